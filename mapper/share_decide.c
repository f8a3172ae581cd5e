/* Groups are taken chip by chip in order of CAM words saved: first those that some neuron with too
 * many words still needs, then the rest where that adds no word to another chip, each only while
 * every member stays within its SRAM words. If the first pass leaves a neuron with too many words,
 * the choice is searched exactly, part by part, in the same order, sharing tried first; the 0/1
 * model is asked only for parts that the search gives up.
 */
#include "mapper/share_decide.h"

#include "mapper/share_search.h"

#include <string.h>

/* Iterations of the simplex method for all models together. */
enum { MODEL_ITERATIONS = 50000 };

struct decider {
    struct arena *arena;
    struct share_budget budget;
    const struct share_options *options;
    struct share_decision *out;
    uint8_t *state; /* per delivery */
};

static void share(struct decider *d, uint32_t delivery)
{
    share_budget_set(&d->budget, delivery, true);
    d->state[delivery] = SHARE_SHARED;
}

static void unset(struct decider *d, uint32_t delivery)
{
    share_budget_unset(&d->budget, delivery, d->state[delivery] == SHARE_SHARED);
    d->state[delivery] = SHARE_OPEN;
}

/* What no neuron needs must not cost words that lead to another chip: the cut comes first. */
static void share_if_affordable(struct decider *d, uint32_t delivery, bool needed)
{
    share(d, delivery);
    if (!share_members_fit(&d->budget, delivery, false)
        || (!needed && share_added_cut(&d->budget, delivery) > 0))
        unset(d, delivery);
}

static bool sources_fit(const struct share_budget *b)
{
    for (uint32_t s = 0; s < net_n_sources(b->net); s++)
        if (share_sram_words(b, s, false) > b->limit[s])
            return false;
    return true;
}

static bool neurons_fit(const struct share_budget *b, const uint32_t *words)
{
    for (uint32_t n = 0; n < b->net->n_neurons; n++)
        if (words[n] > b->cam_limit[n])
            return false;
    return true;
}

static void pass(struct decider *d, bool needed_only)
{
    for (uint32_t i = 0; i < d->budget.n_deliveries; i++) {
        uint32_t delivery = d->budget.order[i];
        if (d->state[delivery] == SHARE_OPEN
            && (!needed_only || share_needed(&d->budget, delivery)))
            share_if_affordable(d, delivery, needed_only);
    }
}

/* --- the decision --- */

static void reset(struct decider *d)
{
    for (uint32_t g = 0; g < d->budget.n_deliveries; g++)
        if (d->state[g] != SHARE_OPEN)
            unset(d, g);
}

/* The sources that lack words if everything needed were shared regardless, and which lacks most. */
static void name_shortage(struct decider *d, struct arena *arena)
{
    const struct share_budget *b = &d->budget;
    d->out->doubled = ARENA_ARRAY(arena, uint8_t, b->net->n_neurons);
    reset(d);
    for (uint32_t i = 0; i < b->n_deliveries; i++)
        if (share_needed(b, b->order[i]))
            share(d, b->order[i]);
    int64_t worst = INT64_MIN;
    for (uint32_t s = 0; s < net_n_sources(b->net); s++) {
        uint32_t words = share_sram_words(b, s, false),
                 chips = b->first_port[s + 1] - b->first_port[s];
        if (s < b->net->n_neurons && words > b->limit[s])
            d->out->doubled[s] = (uint8_t)(words - b->net->probed[s] - chips);
        if (b->limit[s] == UINT32_MAX || (int64_t)words - b->limit[s] <= worst)
            continue;
        worst = (int64_t)words - b->limit[s];
        d->out->short_words = words;
        d->out->short_source = s;
        d->out->short_chips = chips;
    }
}

/* One part that cannot be met settles the matter; the first that nobody decides ends it. */
static enum share_status decide_parts(struct decider *d)
{
    uint32_t iterations = MODEL_ITERATIONS;
    struct share_search search;
    enum share_status status = SHARE_FITS;
    if (!sources_fit(&d->budget) || !neurons_fit(&d->budget, d->budget.least))
        return SHARE_IMPOSSIBLE;
    share_search_init(&search, d->arena, &d->budget, d->state, d->options);
    for (uint32_t part = 0; part < search.n_parts && status == SHARE_FITS; part++) {
        status = share_search_part(&search, part);
        if (status != SHARE_UNDECIDED)
            continue;
        status = share_model_part(&search, part, &d->options->ilp, &iterations);
        d->out->canonical = false;
    }
    d->out->nodes = search.nodes;
    return status;
}

static void decide_exactly(struct decider *d, struct arena *arena)
{
    reset(d);
    d->out->status = decide_parts(d);
    if (d->out->status != SHARE_FITS) {
        name_shortage(d, arena);
        return;
    }
    for (uint32_t g = 0; g < d->budget.n_deliveries; g++)
        if (d->state[g] == SHARE_SEPARATE)
            unset(d, g);
}

void share_decide(struct arena *arena, const struct net *net, const struct device *device,
                  const struct sharing *sharing, const uint32_t *chip_of,
                  const struct share_options *options, struct share_decision *decision)
{
    struct arena *scratch = arena_scratch(arena);
    struct decider d = {.arena = scratch, .options = options, .out = decision};
    uint32_t n_groups = sharing->groups.n;
    memset(decision, 0, sizeof *decision);
    decision->canonical = true;
    share_budget_init(&d.budget, scratch, net, device, sharing, chip_of);
    d.state = ARENA_ARRAY(scratch, uint8_t, d.budget.n_deliveries);
    pass(&d, true);
    if (!neurons_fit(&d.budget, d.budget.words) || !sources_fit(&d.budget))
        decide_exactly(&d, arena);
    if (decision->status == SHARE_FITS)
        pass(&d, false);
    decision->carried = ARENA_ARRAY(arena, uint8_t, (size_t)net->chips * n_groups);
    for (uint32_t i = 0; i < d.budget.n_deliveries; i++) {
        const struct delivery *delivery = &d.budget.deliveries[i];
        decision->carried[(size_t)delivery->chip * n_groups + delivery->group] =
            d.state[i] == SHARE_SHARED;
    }
    arena_scratch_end(scratch);
}
