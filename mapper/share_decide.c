/* Groups are taken chip by chip in order of CAM words saved: first those that some neuron with too
 * many words still needs, then the rest where that adds no word to another chip, each only while
 * every member stays within its SRAM words. If the first pass leaves a neuron with too many words,
 * the choice is searched exactly, one group and chip after the other in the same order, sharing
 * tried first; the 0/1 model is asked only where that search gives up.
 */
#include "mapper/share_decide.h"

#include "mapper/share_budget.h"

#include <string.h>

struct decider {
    struct arena *arena;
    struct share_budget budget;
    const struct share_options *options;
    struct share_decision *out;
    uint8_t *state; /* per delivery: 0 undecided, 1 separate, 2 shared */
};
enum { UNDECIDED, SEPARATE, SHARED };
enum { NODES_UNHEARD = 256 }; /* of the search, which the observer does not hear of */

static void set(struct decider *d, uint32_t delivery, uint8_t state)
{
    share_budget_set(&d->budget, delivery, state == SHARED);
    d->state[delivery] = state;
}

static void unset(struct decider *d, uint32_t delivery)
{
    share_budget_unset(&d->budget, delivery, d->state[delivery] == SHARED);
    d->state[delivery] = UNDECIDED;
}

/* What no neuron needs must not cost words that lead to another chip: the cut comes first. */
static void share_if_affordable(struct decider *d, uint32_t delivery, bool needed)
{
    set(d, delivery, SHARED);
    if (!share_members_fit(&d->budget, delivery, false)
        || (!needed && share_added_cut(&d->budget, delivery) > 0))
        unset(d, delivery);
}

static bool sources_fit(const struct share_budget *b, bool open)
{
    for (uint32_t s = 0; s < net_n_sources(b->net); s++)
        if (share_sram_words(b, s, open) > b->limit[s])
            return false;
    return true;
}

static bool all_fit(const struct decider *d)
{
    const struct share_budget *b = &d->budget;
    for (uint32_t n = 0; n < b->net->n_neurons; n++)
        if (b->words[n] > b->cam_limit[n])
            return false;
    return sources_fit(b, false);
}

static void pass(struct decider *d, bool needed_only)
{
    for (uint32_t i = 0; i < d->budget.n_deliveries; i++) {
        uint32_t delivery = d->budget.order[i];
        if (d->state[delivery] == UNDECIDED && (!needed_only || share_needed(&d->budget, delivery)))
            share_if_affordable(d, delivery, needed_only);
    }
}

/* --- exact search --- */

static bool viable(const struct decider *d, uint32_t delivery)
{
    return !share_hopeless(&d->budget, delivery) && share_members_fit(&d->budget, delivery, true);
}

/* Whether the bounds allow a choice at all, nothing being decided. */
static bool may_fit(const struct decider *d)
{
    const struct share_budget *b = &d->budget;
    for (uint32_t n = 0; n < b->net->n_neurons; n++)
        if (b->least[n] > b->cam_limit[n])
            return false;
    return sources_fit(b, true);
}

static bool goes_on(const struct decider *d)
{
    return d->out->nodes % NODES_UNHEARD != 0
           || observer_lets(d->options->ilp.observer, "sharing", -1, -1, d->out->nodes);
}

/* Depth-first over the deliveries in order; with all decided the bounds are exact. */
static enum share_status search(struct decider *d)
{
    uint32_t n = d->budget.n_deliveries, depth = 0;
    uint64_t limit = d->options->node_limit ? d->options->node_limit : SHARE_DEFAULT_NODES;
    if (!may_fit(d))
        return SHARE_IMPOSSIBLE;
    for (;;) {
        if (depth == n && all_fit(d))
            return SHARE_FITS;
        bool down = false;
        if (depth < n) {
            uint32_t delivery = d->budget.order[depth];
            d->out->nodes++;
            set(d, delivery, SHARED);
            down = viable(d, delivery);
            if (!down) {
                unset(d, delivery);
                set(d, delivery, SEPARATE);
                down = viable(d, delivery);
            }
            depth++;
        }
        if (d->out->nodes >= limit || !goes_on(d))
            return SHARE_UNDECIDED;
        while (!down && depth > 0) {
            uint32_t delivery = d->budget.order[depth - 1];
            bool was_shared = d->state[delivery] == SHARED;
            unset(d, delivery);
            if (!was_shared) {
                depth--;
                continue;
            }
            set(d, delivery, SEPARATE);
            d->out->nodes++;
            down = viable(d, delivery);
        }
        if (!down)
            return SHARE_IMPOSSIBLE;
    }
}

static void reset(struct decider *d)
{
    for (uint32_t g = 0; g < d->budget.n_deliveries; g++)
        if (d->state[g] != UNDECIDED)
            unset(d, g);
}

/* --- the 0/1 model --- */

struct model_rows {
    uint32_t *cam;  /* per neuron; NET_NONE: none */
    uint32_t *sram; /* per source; NET_NONE: none */
    uint32_t *own;  /* per port; NET_NONE: of a source that sends as many as it likes */
};

static void add_rows(struct decider *d, struct ilp_model *model, struct model_rows *rows)
{
    const struct share_budget *b = &d->budget;
    uint32_t n_neurons = b->net->n_neurons, n_sources = net_n_sources(b->net);
    rows->cam = ARENA_ARRAY(d->arena, uint32_t, n_neurons);
    rows->sram = ARENA_ARRAY(d->arena, uint32_t, n_sources);
    rows->own = ARENA_ARRAY(d->arena, uint32_t, b->first_port[n_sources]);
    for (uint32_t s = 0; s < n_sources; s++) {
        int64_t over = s < n_neurons ? (int64_t)b->words[s] - b->cam_limit[s] : 0;
        if (s < n_neurons)
            rows->cam[s] = over > 0 ? ilp_add_row(model, ILP_AT_LEAST, over) : NET_NONE;
        int64_t words = (int64_t)b->limit[s] - (s < n_neurons ? b->net->probed[s] : 0);
        bool limited = b->limit[s] != UINT32_MAX && b->first_port[s] < b->first_port[s + 1];
        rows->sram[s] = limited ? ilp_add_row(model, ILP_AT_MOST, words) : NET_NONE;
    }
    for (uint32_t s = 0; s < n_sources; s++)
        for (uint32_t p = b->first_port[s]; p < b->first_port[s + 1]; p++)
            rows->own[p] = rows->sram[s] == NET_NONE
                               ? NET_NONE
                               : ilp_add_row(model, ILP_AT_LEAST, b->ports[p].edges);
}

/* A column per delivery: the group shares there. Then one per port: the source needs a tag of its
 * own there; it does not if every group that could carry its edges does, and one row says so: edges
 * of its groups + edges * own >= edges. */
static void add_columns(struct decider *d, struct ilp_model *model, const struct model_rows *rows)
{
    const struct share_budget *b = &d->budget;
    for (uint32_t i = 0; i < b->n_deliveries; i++) {
        const struct delivery *delivery = &b->deliveries[i];
        const struct share_group *group = &b->sharing->groups.at[delivery->group];
        ilp_add_column(model, -(int64_t)delivery->saved, 1);
        for (uint32_t u = delivery->first_use; u < delivery->first_use + delivery->n_uses; u++)
            if (rows->cam[b->uses[u].neuron] != NET_NONE)
                ilp_add_entry(model, rows->cam[b->uses[u].neuron],
                              (int64_t)(group->n_members - 1) * b->uses[u].words);
        for (uint32_t m = 0; m < group->n_members; m++) {
            uint32_t source = b->sharing->members.at[group->first_member + m];
            uint32_t own = rows->own[b->member_port[delivery->first_port + m]];
            if (own == NET_NONE)
                continue;
            ilp_add_entry(model, rows->sram[source], 1);
            ilp_add_entry(model, own, delivery->edges);
        }
    }
    for (uint32_t s = 0; s < net_n_sources(b->net); s++)
        for (uint32_t p = b->first_port[s]; p < b->first_port[s + 1] && rows->sram[s] != NET_NONE;
             p++) {
            ilp_add_column(model, 0, 1);
            ilp_add_entry(model, rows->sram[s], 1);
            ilp_add_entry(model, rows->own[p], b->ports[p].edges);
        }
}

static enum share_status ask_model(struct decider *d)
{
    const struct share_budget *b = &d->budget;
    struct ilp_model model;
    struct ilp_result result;
    struct model_rows rows;
    ilp_model_init(&model, d->arena, "sharing");
    add_rows(d, &model, &rows);
    add_columns(d, &model, &rows);
    ilp_solve(&model, &d->options->ilp, d->arena, &result);
    if (result.status != ILP_SOLVED && result.status != ILP_FEASIBLE)
        return SHARE_UNDECIDED;
    for (uint32_t i = 0; i < b->n_deliveries; i++)
        set(d, i, result.x[i] ? SHARED : SEPARATE);
    d->out->canonical = false;
    return all_fit(d) ? SHARE_FITS : SHARE_UNDECIDED;
}

/* --- the decision --- */

/* The source that lacks most words if everything needed were shared regardless. */
static void name_shortage(struct decider *d)
{
    const struct share_budget *b = &d->budget;
    reset(d);
    for (uint32_t i = 0; i < b->n_deliveries; i++)
        if (share_needed(b, b->order[i]))
            set(d, b->order[i], SHARED);
    int64_t worst = INT64_MIN;
    for (uint32_t s = 0; s < net_n_sources(b->net); s++) {
        uint32_t words = share_sram_words(b, s, false);
        if (b->limit[s] == UINT32_MAX || (int64_t)words - b->limit[s] <= worst)
            continue;
        worst = (int64_t)words - b->limit[s];
        d->out->short_words = words;
        d->out->short_source = s;
        d->out->short_chips = b->first_port[s + 1] - b->first_port[s];
    }
}

static void decide_exactly(struct decider *d)
{
    reset(d);
    d->out->status = search(d);
    if (d->out->status == SHARE_UNDECIDED) {
        reset(d);
        d->out->status = ask_model(d);
    }
    if (d->out->status == SHARE_FITS) {
        for (uint32_t g = 0; g < d->budget.n_deliveries; g++)
            if (d->state[g] == SEPARATE)
                unset(d, g);
        return;
    }
    name_shortage(d);
}

void share_decide(struct arena *arena, const struct net *net, const struct device *device,
                  const struct sharing *sharing, const uint32_t *chip_of,
                  const struct share_options *options, struct share_decision *decision)
{
    struct decider d = {.arena = arena, .options = options, .out = decision};
    uint32_t n_groups = sharing->groups.n;
    memset(decision, 0, sizeof *decision);
    decision->canonical = true;
    share_budget_init(&d.budget, arena, net, device, sharing, chip_of);
    d.state = ARENA_ARRAY(arena, uint8_t, d.budget.n_deliveries);
    pass(&d, true);
    if (!all_fit(&d))
        decide_exactly(&d);
    if (decision->status == SHARE_FITS)
        pass(&d, false);
    decision->carried = ARENA_ARRAY(arena, uint8_t, (size_t)net->chips * n_groups);
    for (uint32_t i = 0; i < d.budget.n_deliveries; i++) {
        const struct delivery *delivery = &d.budget.deliveries[i];
        decision->carried[(size_t)delivery->chip * n_groups + delivery->group] =
            d.state[i] == SHARED;
    }
}
