#include "mapper/columns.h"

#include "mapper/column_best.h"
#include "mapper/column_bound.h"
#include "mapper/column_branch.h"
#include "mapper/column_windows.h"

enum {
    MOST_SETS = 8000000,
    MOST_KEPT = 30000,     /* columns of the last search */
    PROOF_WORK = 20000000, /* columns in relaxations */
    MOST_PROOF_NODES = 2000
};

/* All columns that a cheaper composition could use, and what can be made of them. */
static void close_gap(struct arena *arena, struct pricer *pricer,
                      const struct column_prices *prices, const struct ilp_options *options,
                      struct composition *composition, int64_t *bound)
{
    const struct column_problem *problem = pricer->sets->problem;
    int64_t room = (composition->cost - 1) * ILP_DUAL_SCALE - prices->bound;
    struct column_vec kept = {NULL, 0, 0};
    struct branch_result result;
    if (!pricer_within(pricer, arena, prices, room, MOST_KEPT, &kept))
        return;
    uint16_t *nodes = ARENA_ARRAY(arena, uint16_t, problem->n_nodes);
    uint32_t *chips = ARENA_ARRAY(arena, uint32_t, problem->chips);
    for (uint32_t i = 0; i < problem->n_nodes; i++)
        nodes[i] = (uint16_t)i;
    for (uint32_t k = 0; k < problem->chips; k++)
        chips[k] = k;
    uint64_t most = PROOF_WORK / ((uint64_t)kept.n + 1);
    const struct branch_problem all = {pricer->sets,
                                       nodes,
                                       problem->n_nodes,
                                       problem->chips,
                                       kept.at,
                                       kept.n,
                                       NULL,
                                       composition->cost,
                                       most < MOST_PROOF_NODES ? most : MOST_PROOF_NODES};
    column_branch(arena, &all, options, &result);
    if (result.found)
        composition_take(arena, pricer->sets, composition, result.chosen, chips, problem->chips,
                         result.cost);
    if (result.complete)
        *bound = result.found ? result.cost : all.below;
}

void columns_solve(struct arena *arena, const struct column_problem *problem,
                   const struct ilp_options *options, const struct column_taker *taker,
                   uint32_t most_best, struct column_result *result)
{
    struct column_sets sets;
    struct pricer pricer;
    struct column_prices prices;
    struct composition composition = {result->chip_of, result->cost, false, taker};
    result->bound = 0;
    result->improved = false;
    result->unaided = true;
    result->best = (struct column_list){0, NULL};
    if (problem->n_nodes == 0 || problem->n_nodes >= COLUMN_NONE || problem->chips < 2
        || problem->per_chip > COLUMN_NODES)
        return;
    struct arena *scratch = arena_scratch(arena);
    column_sets_find(scratch, problem, MOST_SETS, &sets);
    pricer_init(&pricer, scratch, &sets);
    prices_init(&prices, scratch, problem);
    result->unaided =
        column_bound_raise(scratch, &pricer, options, result->chip_of, result->cost, &prices);
    int64_t bound = ilp_scaled_ceiling(prices.bound);
    if (bound < composition.cost)
        column_windows(scratch, &pricer, &prices, options, &composition);
    if (bound < composition.cost && sets.complete)
        close_gap(scratch, &pricer, &prices, options, &composition, &bound);
    if (bound == composition.cost && sets.complete && most_best > 0)
        column_best_list(arena, &pricer, &prices, bound, most_best, &result->best);
    arena_scratch_end(scratch);
    result->bound = sets.complete && bound > 0 ? bound : 0;
    result->cost = composition.cost;
    result->improved = composition.improved;
}
