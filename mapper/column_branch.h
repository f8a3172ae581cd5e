/* Exact search among given columns: the cheapest composition of some nodes on some chips.
 *
 * Branches on two nodes: on one chip, or not. At every branch the bound is evaluated anew, in
 * integers, with prices that the solver proposes, and columns that no cheaper composition can use
 * are left out. Limits of axons are taken into the model where a composition breaks them.
 */
#ifndef DYNC_COLUMN_BRANCH_H
#define DYNC_COLUMN_BRANCH_H

#include "mapper/column_sets.h"

struct branch_problem {
    const struct column_sets *sets;
    const uint16_t *nodes; /* to be covered */
    uint32_t n_nodes, chips;
    const struct column *columns; /* of these nodes alone */
    uint32_t n_columns;
    const uint32_t *chips_beyond; /* per axon: other chips with targets of it; NULL: none has any */
    int64_t below;                /* only what costs less is of interest */
    uint64_t node_limit;
};
struct branch_result {
    bool found, complete; /* complete: nothing cheaper than what was found, or than `below`, is */
    int64_t cost;         /* of what was found: the columns chosen[0 .. chips - 1] */
    struct column *chosen;
    uint64_t nodes;
};
void column_branch(struct arena *arena, const struct branch_problem *problem,
                   const struct ilp_options *options, struct branch_result *result);

#endif
