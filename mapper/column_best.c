#include "mapper/column_best.h"

#include <stdlib.h>
#include <string.h>

enum { MOST_COLUMNS = 10000, MOST_STEPS = 3000000 };

struct lister {
    struct arena *arena;
    const struct column_problem *problem;
    struct column_vec columns; /* in order of their nodes */
    int64_t *reduced;          /* per column */
    uint32_t *first;           /* per node + 1: of the columns that begin with it */
    int64_t room, cost;
    uint32_t *chip_of; /* per node; UINT32_MAX: on none yet */
    uint32_t most;
    uint64_t steps;
    bool too_many;
    struct column_list *out;
};

static int by_nodes(const void *a, const void *b)
{
    const struct column *x = a, *y = b;
    for (uint32_t k = 0; k < COLUMN_NODES; k++)
        if (x->node[k] != y->node[k])
            return x->node[k] < y->node[k] ? -1 : 1;
    return 0;
}

static bool keeps_to_limits(const struct lister *l)
{
    const struct column_problem *p = l->problem;
    for (uint32_t e = 0; e < p->n_axons; e++) {
        const uint32_t *target = &p->targets[p->axons[e].first_target];
        uint32_t chips = 0;
        for (uint32_t i = 0; i < p->axons[e].n_targets; i++) {
            bool met = false;
            for (uint32_t k = 0; k < i; k++)
                met = met || l->chip_of[target[k]] == l->chip_of[target[i]];
            chips += !met;
        }
        if (chips > p->axons[e].most_chips)
            return false;
    }
    return true;
}

static void put_out(struct lister *l, int64_t cost)
{
    uint32_t n = l->problem->n_nodes;
    if (cost > l->cost || !keeps_to_limits(l))
        return;
    l->too_many = l->out->n == l->most;
    if (!l->too_many)
        memcpy(l->out->chip_of + (size_t)l->out->n++ * n, l->chip_of, n * sizeof *l->chip_of);
}

/* The next chip holds the first node that stands on none. Depth is at most the number of chips. */
static void fill_chip(struct lister *l, uint32_t chip, uint32_t node, int64_t reduced, int64_t cost)
{
    while (node < l->problem->n_nodes && l->chip_of[node] != UINT32_MAX)
        node++;
    if (node == l->problem->n_nodes) {
        if (chip == l->problem->chips)
            put_out(l, cost);
        return;
    }
    if (chip == l->problem->chips)
        return;
    for (uint32_t s = l->first[node]; s < l->first[node + 1] && !l->too_many; s++) {
        const struct column *column = &l->columns.at[s];
        bool free = reduced + l->reduced[s] <= l->room;
        uint32_t n = column_nodes(column);
        l->too_many = l->steps++ >= MOST_STEPS;
        for (uint32_t k = 0; k < n; k++)
            free = free && l->chip_of[column->node[k]] == UINT32_MAX;
        if (!free)
            continue;
        for (uint32_t k = 0; k < n; k++)
            l->chip_of[column->node[k]] = chip;
        fill_chip(l, chip + 1, node + 1, reduced + l->reduced[s], cost + column->cost);
        for (uint32_t k = 0; k < n; k++)
            l->chip_of[column->node[k]] = UINT32_MAX;
    }
}

static void sort_columns(struct lister *l, struct pricer *pricer,
                         const struct column_prices *prices)
{
    uint32_t n = l->problem->n_nodes;
    if (l->columns.n)
        qsort(l->columns.at, l->columns.n, sizeof *l->columns.at, by_nodes);
    l->reduced = ARENA_ARRAY(l->arena, int64_t, l->columns.n);
    l->first = ARENA_ARRAY(l->arena, uint32_t, (size_t)n + 1);
    for (uint32_t s = 0; s < l->columns.n; s++) {
        l->reduced[s] = pricer_reduced(pricer, prices, &l->columns.at[s]) - prices->chip;
        l->first[l->columns.at[s].node[0] + 1]++;
    }
    for (uint32_t i = 0; i < n; i++)
        l->first[i + 1] += l->first[i];
}

void column_best_list(struct arena *arena, struct pricer *pricer,
                      const struct column_prices *prices, int64_t cost, uint32_t most,
                      struct column_list *list)
{
    struct arena *scratch = arena_scratch(arena);
    uint32_t n = pricer->sets->problem->n_nodes;
    struct lister l = {.arena = scratch,
                       .problem = pricer->sets->problem,
                       .room = cost * ILP_DUAL_SCALE - prices->bound,
                       .cost = cost,
                       .most = most,
                       .out = list};
    *list = (struct column_list){0, ARENA_ARRAY(arena, uint32_t, (size_t)most * n)};
    if (pricer_within(pricer, scratch, prices, l.room, MOST_COLUMNS, &l.columns)) {
        l.chip_of = ARENA_ARRAY(scratch, uint32_t, n);
        memset(l.chip_of, 0xFF, n * sizeof *l.chip_of);
        sort_columns(&l, pricer, prices);
        fill_chip(&l, 0, 0, 0, 0);
    }
    if (l.too_many)
        list->n = 0;
    arena_scratch_end(scratch);
}

/* --- hops ---------------------------------------------------------------------------------------
 */

bool column_hops(struct arena *arena, const struct column_problem *problem, const uint32_t *chip_of,
                 const struct net *net, const struct device *device,
                 const struct observer *observer, uint64_t *hops)
{
    struct arena *scratch = arena_scratch(arena);
    struct grid_chip *chips = ARENA_ARRAY(scratch, struct grid_chip, net->chips);
    uint32_t *met = ARENA_ARRAY(scratch, uint32_t, problem->chips);
    struct grid_problem grid = {.net = net, .device = device, .chips = chips, .observer = observer};
    struct grid_result result;
    for (uint32_t k = 0; k < problem->chips; k++)
        chips[k].used = true;
    for (uint32_t e = 0; e < problem->n_axons; e++) {
        const struct column_axon *axon = &problem->axons[e];
        met[chip_of[axon->source]] = e + 1;
        for (uint32_t i = 0; i < axon->n_targets; i++) {
            uint32_t from = chip_of[axon->source];
            uint32_t to = chip_of[problem->targets[axon->first_target + i]];
            if (met[to] != e + 1)
                VEC_PUSH(scratch, &grid.ties,
                         (struct grid_tie){from, to, (uint64_t)axon->weight, 0});
            met[to] = e + 1;
        }
    }
    grid_place(scratch, &grid, &result);
    *hops = result.hops;
    arena_scratch_end(scratch);
    return result.proved && result.fits;
}
