/* Column per item: 1 if its tag is of the upper half. Rows only where the cells of a neuron or the
 * tags of a core leave no free choice:
 *
 *     words - room for lower tags <= sum words x <= room for upper tags     per neuron
 *     items - usable lower tags   <= sum x       <= usable upper tags       per core
 */
#include "mapper/tags.h"

struct halves {
    const struct tag_item *items;
    uint32_t n, n_cores, per_half;
    const struct tag_rules *rules;
    struct ilp_model model;
    uint32_t *at_least, *at_most; /* rows per neuron, then per core; UINT32_MAX: none */
};

/* Rows for a choice of `total` words of which `room` go to each half at most. */
static void add_rows(struct halves *h, uint32_t at, uint64_t total, const uint32_t *room)
{
    h->at_least[at] = h->at_most[at] = UINT32_MAX;
    if (total > room[0])
        h->at_least[at] = ilp_add_row(&h->model, ILP_AT_LEAST, (int64_t)(total - room[0]));
    if (total > room[1])
        h->at_most[at] = ilp_add_row(&h->model, ILP_AT_MOST, room[1]);
}

static void add_neuron_rows(struct halves *h, struct arena *arena)
{
    const struct tag_rules *rules = h->rules;
    uint64_t *total = ARENA_ARRAY(arena, uint64_t, rules->n_neurons);
    for (uint32_t u = 0; u < rules->first_use[h->n]; u++)
        total[rules->uses[u].neuron] += rules->uses[u].words;
    for (uint32_t k = 0; k < rules->n_neurons; k++)
        add_rows(h, k, total[k], rules->room[k]);
}

/* A number serves several items of one core never, so a core needs one per item. */
static void add_core_rows(struct halves *h)
{
    for (uint32_t c = 0; c < h->n_cores; c++) {
        uint32_t items = 0, usable[DEVICE_TAG_HALVES] = {0};
        for (uint32_t i = 0; i < h->n; i++)
            items += h->items[i].mask >> c & 1;
        for (uint32_t t = 0; t < DEVICE_TAG_HALVES * h->per_half; t++)
            usable[t >= h->per_half] +=
                !h->rules->bad[(size_t)c * DEVICE_TAG_HALVES * h->per_half + t];
        add_rows(h, h->rules->n_neurons + c, items, usable);
    }
}

static void add_entries(struct halves *h, uint32_t at, int64_t value)
{
    if (h->at_least[at] != UINT32_MAX)
        ilp_add_entry(&h->model, h->at_least[at], value);
    if (h->at_most[at] != UINT32_MAX)
        ilp_add_entry(&h->model, h->at_most[at], value);
}

static void add_columns(struct halves *h)
{
    for (uint32_t i = 0; i < h->n; i++) {
        const struct tag_item *item = &h->items[i];
        bool upper = item->fixed && item->number >= h->per_half;
        ilp_add_column(&h->model, 1, item->fixed && !upper ? 0 : 1);
        for (uint32_t u = h->rules->first_use[i]; u < h->rules->first_use[i + 1]; u++)
            add_entries(h, h->rules->uses[u].neuron, h->rules->uses[u].words);
        for (uint32_t c = 0; c < h->n_cores; c++)
            if (item->mask >> c & 1)
                add_entries(h, h->rules->n_neurons + c, 1);
        if (upper)
            ilp_add_entry(&h->model, ilp_add_row(&h->model, ILP_AT_LEAST, 1), 1);
    }
}

bool choose_tag_halves(struct arena *arena, const struct tag_item *items, uint32_t n,
                       uint32_t n_cores, uint32_t limit, const struct tag_rules *rules,
                       const struct ilp_options *options, uint8_t *half_of)
{
    struct halves h = {.items = items,
                       .n = n,
                       .n_cores = n_cores,
                       .per_half = limit / DEVICE_TAG_HALVES,
                       .rules = rules};
    struct ilp_result result;
    size_t rows = (size_t)rules->n_neurons + n_cores;
    h.at_least = ARENA_ARRAY(arena, uint32_t, rows);
    h.at_most = ARENA_ARRAY(arena, uint32_t, rows);
    ilp_model_init(&h.model, arena, "halves");
    add_neuron_rows(&h, arena);
    add_core_rows(&h);
    add_columns(&h);
    if (h.model.rows.n == 0)
        return true; /* any choice will do */
    ilp_solve(&h.model, options, arena, &result);
    if (result.status != ILP_SOLVED && result.status != ILP_FEASIBLE)
        return false;
    for (uint32_t i = 0; i < n; i++)
        half_of[i] = result.x[i] != 0;
    return true;
}
