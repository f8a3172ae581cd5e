/* Groups are taken in order of CAM words saved: first those that some neuron with too many words
 * still needs, then the rest, each only while every member stays within its SRAM words. If the
 * first pass leaves a neuron with too many words, the choice is searched exactly, group by group in
 * the same order, sharing tried first; the 0/1 model is asked only where that search gives up.
 */
#include "mapper/share_decide.h"

#include "mapper/share_budget.h"

#include <string.h>

struct decider {
    struct arena *arena;
    struct share_budget budget;
    const struct share_options *options;
    struct share_decision *out;
    uint8_t *state; /* per group: 0 undecided, 1 separate, 2 shared */
};
enum { UNDECIDED, SEPARATE, SHARED };

static void set(struct decider *d, uint32_t group, uint8_t state)
{
    share_budget_set(&d->budget, group, state == SHARED);
    d->state[group] = state;
}

static void unset(struct decider *d, uint32_t group)
{
    share_budget_unset(&d->budget, group, d->state[group] == SHARED);
    d->state[group] = UNDECIDED;
}

static bool share_if_affordable(struct decider *d, uint32_t group)
{
    set(d, group, SHARED);
    if (share_members_fit(&d->budget, group, false))
        return true;
    unset(d, group);
    return false;
}

static bool all_fit(const struct decider *d)
{
    const struct share_budget *b = &d->budget;
    for (uint32_t n = 0; n < b->net->n_neurons; n++)
        if (b->words[n] > b->cam_words || share_sram_words(b, n, false) > b->sram_words)
            return false;
    return true;
}

static void pass(struct decider *d, bool needed_only)
{
    for (uint32_t i = 0; i < d->budget.sharing->groups.n; i++) {
        uint32_t group = d->budget.order[i];
        if (d->state[group] == UNDECIDED && (!needed_only || share_needed(&d->budget, group)))
            share_if_affordable(d, group);
    }
}

/* --- exact search --- */

static bool viable(const struct decider *d, uint32_t group)
{
    return !share_hopeless(&d->budget, group) && share_members_fit(&d->budget, group, true);
}

/* Whether the bounds allow a choice at all, nothing being decided. */
static bool may_fit(const struct decider *d)
{
    const struct share_budget *b = &d->budget;
    for (uint32_t n = 0; n < b->net->n_neurons; n++)
        if (b->least[n] > b->cam_words || share_sram_words(b, n, true) > b->sram_words)
            return false;
    return true;
}

/* Depth-first over the groups in order; with all decided the bounds are exact. */
static enum share_status search(struct decider *d)
{
    uint32_t n = d->budget.sharing->groups.n, depth = 0;
    uint64_t limit = d->options->node_limit ? d->options->node_limit : SHARE_DEFAULT_NODES;
    if (!may_fit(d))
        return SHARE_IMPOSSIBLE;
    for (;;) {
        if (depth == n && all_fit(d))
            return SHARE_FITS;
        bool down = false;
        if (depth < n) {
            uint32_t group = d->budget.order[depth];
            d->out->nodes++;
            set(d, group, SHARED);
            down = viable(d, group);
            if (!down) {
                unset(d, group);
                set(d, group, SEPARATE);
                down = viable(d, group);
            }
            depth++;
        }
        if (d->out->nodes >= limit)
            return SHARE_UNDECIDED;
        while (!down && depth > 0) {
            uint32_t group = d->budget.order[depth - 1];
            bool was_shared = d->state[group] == SHARED;
            unset(d, group);
            if (!was_shared) {
                depth--;
                continue;
            }
            set(d, group, SEPARATE);
            d->out->nodes++;
            down = viable(d, group);
        }
        if (!down)
            return SHARE_IMPOSSIBLE;
    }
}

static void reset(struct decider *d)
{
    for (uint32_t g = 0; g < d->budget.sharing->groups.n; g++)
        if (d->state[g] != UNDECIDED)
            unset(d, g);
}

/* --- the 0/1 model --- */

static void add_rows(struct decider *d, struct ilp_model *model, uint32_t *cam_row,
                     uint32_t *sram_row)
{
    const struct share_budget *b = &d->budget;
    for (uint32_t n = 0; n < b->net->n_neurons; n++) {
        int64_t over = (int64_t)b->words[n] - b->cam_words;
        cam_row[n] = over > 0 ? ilp_add_row(model, ILP_AT_LEAST, over) : NET_NONE;
        int64_t words = (int64_t)b->sram_words - b->net->probed[n];
        sram_row[n] = b->edges[n] ? ilp_add_row(model, ILP_AT_MOST, words) : NET_NONE;
    }
}

/* Column g: group g shares. Column groups + k: source k needs a tag of its own; it does not if
 * every group that could carry its edges does, and one row says so: sum of its groups + own >= all.
 */
static void add_columns(struct decider *d, struct ilp_model *model, const uint32_t *cam_row,
                        const uint32_t *sram_row, const uint32_t *own_row)
{
    const struct share_budget *b = &d->budget;
    for (uint32_t g = 0; g < b->sharing->groups.n; g++) {
        const struct share_group *group = &b->sharing->groups.at[g];
        ilp_add_column(model, -(int64_t)b->saved[g], 1);
        for (uint32_t i = b->first_use[g]; i < b->first_use[g + 1]; i++)
            if (cam_row[b->uses[i].neuron] != NET_NONE)
                ilp_add_entry(model, cam_row[b->uses[i].neuron],
                              (int64_t)(group->n_members - 1) * b->uses[i].words);
        for (uint32_t i = 0; i < group->n_members; i++) {
            uint32_t source = b->sharing->members.at[group->first_member + i];
            if (source >= b->net->n_neurons || sram_row[source] == NET_NONE)
                continue;
            ilp_add_entry(model, sram_row[source], 1);
            ilp_add_entry(model, own_row[source], b->group_edges[g]);
        }
    }
    for (uint32_t n = 0; n < b->net->n_neurons; n++) {
        if (sram_row[n] == NET_NONE)
            continue;
        ilp_add_column(model, 0, 1);
        ilp_add_entry(model, sram_row[n], 1);
        ilp_add_entry(model, own_row[n], b->edges[n]);
    }
}

static enum share_status ask_model(struct decider *d)
{
    const struct share_budget *b = &d->budget;
    struct ilp_model model;
    struct ilp_result result;
    uint32_t n = b->net->n_neurons, *row = ARENA_ARRAY(d->arena, uint32_t, 3 * (size_t)n);
    ilp_model_init(&model, d->arena, "sharing");
    add_rows(d, &model, row, row + n);
    for (uint32_t s = 0; s < n; s++)
        if (row[n + s] != NET_NONE)
            row[2 * (size_t)n + s] = ilp_add_row(&model, ILP_AT_LEAST, b->edges[s]);
    add_columns(d, &model, row, row + n, row + 2 * (size_t)n);
    ilp_solve(&model, &d->options->ilp, d->arena, &result);
    if (result.status != ILP_SOLVED && result.status != ILP_FEASIBLE)
        return SHARE_UNDECIDED;
    for (uint32_t g = 0; g < b->sharing->groups.n; g++)
        set(d, g, result.x[g] ? SHARED : SEPARATE);
    d->out->canonical = false;
    return all_fit(d) ? SHARE_FITS : SHARE_UNDECIDED;
}

/* --- the decision --- */

/* The neuron that lacks most SRAM words if everything needed were shared regardless. */
static void name_shortage(struct decider *d)
{
    const struct share_budget *b = &d->budget;
    reset(d);
    for (uint32_t i = 0; i < b->sharing->groups.n; i++)
        if (share_needed(b, b->order[i]))
            set(d, b->order[i], SHARED);
    for (uint32_t n = 0; n < b->net->n_neurons; n++) {
        uint32_t words = share_sram_words(b, n, false);
        if (words > d->out->short_words) {
            d->out->short_words = words;
            d->out->short_source = n;
        }
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
        for (uint32_t g = 0; g < d->budget.sharing->groups.n; g++)
            if (d->state[g] == SEPARATE)
                unset(d, g);
        return;
    }
    name_shortage(d);
}

void share_decide(struct arena *arena, const struct net *net, const struct device *device,
                  const struct sharing *sharing, const struct share_options *options,
                  struct share_decision *decision)
{
    struct decider d = {.arena = arena, .options = options, .out = decision};
    memset(decision, 0, sizeof *decision);
    decision->canonical = true;
    share_budget_init(&d.budget, arena, net, device, sharing);
    d.state = ARENA_ARRAY(arena, uint8_t, sharing->groups.n);
    pass(&d, true);
    if (!all_fit(&d))
        decide_exactly(&d);
    if (decision->status == SHARE_FITS)
        pass(&d, false);
    decision->carried = ARENA_ARRAY(arena, uint8_t, sharing->groups.n);
    for (uint32_t g = 0; g < sharing->groups.n; g++)
        decision->carried[g] = d.state[g] == SHARED;
}
