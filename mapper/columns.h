/* Whole cores to chips, with proof: least sum over chips of the axons that enter them.
 *
 * A node is a core, or cores that have to stand on one chip. A column is what one chip may hold, a
 * set of nodes of at most `per_chip` cores; its cost is the weight of the axons from outside that
 * have a target in it. A composition is a partition of the nodes into `chips` columns.
 */
#ifndef DYNC_COLUMNS_H
#define DYNC_COLUMNS_H

#include "mapper/ilp.h"

enum { COLUMN_NODES = 4, COLUMN_NONE = UINT16_MAX }; /* the most nodes of a column; no node */
struct column {
    uint16_t node[COLUMN_NODES]; /* ascending, then COLUMN_NONE */
    int64_t cost;
};
struct column_vec VEC_OF(struct column);

struct column_axon {
    uint32_t source;                  /* node */
    uint32_t first_target, n_targets; /* nodes, ascending, in targets */
    int64_t weight;
    uint32_t most_chips; /* with a target, that of the source included */
};
struct column_side { /* at most one side of an exclusion in any column */
    uint32_t exclusion, side;
};
struct column_problem {
    uint32_t n_nodes; /* below COLUMN_NONE */
    uint32_t chips;
    uint32_t per_chip;    /* cores, at most COLUMN_NODES */
    const uint32_t *size; /* per node: cores, 1 .. per_chip */
    const uint32_t *held; /* per node: chip that it must stand on, or UINT32_MAX; NULL: none is */
    const struct column_axon *axons;
    uint32_t n_axons;
    const uint32_t *targets;
    const struct column_side *sides;
    const uint32_t *first_side; /* per node + 1; NULL: there are no exclusions */
};
struct column_list {      /* of compositions */
    uint32_t n, *chip_of; /* [composition][node] */
};
struct column_result {
    int64_t cost;      /* of chip_of; in: of the composition given */
    uint32_t *chip_of; /* per node; in: a composition that keeps to all limits, no chip is empty */
    int64_t bound;     /* proved: no composition that keeps to all limits costs less */
    bool improved;     /* chip_of is not what was given */
    bool unaided;      /* all of this came about without the solver */
    struct column_list best; /* with bound == cost: all that cost as much, if they are at most
                                `most_best`; else none */
};

/* Is asked before a cheaper composition is taken over, and may refuse it. */
struct column_taker {
    bool (*take)(void *context, const uint32_t *chip_of);
    void *context;
};

/* Raises the bound by column generation: every column is priced by us and the bound evaluated in
 * integers. Then groups of chips, and at last all columns that a cheaper composition could use, are
 * searched, as far as the work allows, which is counted: with bound == cost none exists.
 * taker: NULL: every composition is taken over. */
void columns_solve(struct arena *arena, const struct column_problem *problem,
                   const struct ilp_options *options, const struct column_taker *taker,
                   uint32_t most_best, struct column_result *result);

#endif
