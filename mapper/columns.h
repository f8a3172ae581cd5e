/* Whole cores to chips, with proof: least sum over chips of the axons that enter them.
 *
 * A column is what one chip may hold, a set of at most `per_chip` cores; its cost is the weight of
 * the axons from outside that have a target in it. A composition is a partition of the cores into
 * `chips` columns.
 */
#ifndef DYNC_COLUMNS_H
#define DYNC_COLUMNS_H

#include "mapper/ilp.h"

enum { COLUMNS_MAX_CORES = 8 * (int)sizeof(uint64_t) }; /* bits of a mask */
struct column_axon {
    uint32_t source;  /* core */
    uint64_t targets; /* mask of cores */
    int64_t weight;
    uint32_t most_chips; /* that it may reach, its own included */
};
struct column_problem {
    uint32_t n_cores, chips, per_chip; /* at most COLUMNS_MAX_CORES; n_cores <= chips * per_chip */
    const struct column_axon *axons;
    uint32_t n_axons;
};
struct column_result {
    int64_t cost;      /* of chip_of; in: of the composition given */
    uint32_t *chip_of; /* per core; in: a composition that keeps to most_chips */
    int64_t bound;     /* proved: no composition costs less */
    bool improved;     /* chip_of is not what was given */
};

/* Raises the bound by column generation: the solver proposes prices of cores, every column is
 * priced by us and the bound evaluated in integers. Then all columns that a cheaper composition
 * could use are searched, as far as node_limit allows: with bound == cost none exists. */
void columns_solve(struct arena *arena, const struct column_problem *problem,
                   const struct ilp_options *options, uint64_t node_limit,
                   struct column_result *result);

#endif
