/* Pieces of a population: least number of runs of neurons on one core, as far as the cores of its
 * atoms are known. */
#ifndef DYNC_PACK_RUNS_H
#define DYNC_PACK_RUNS_H

#include "mapper/problem.h"

/* The runs of a splittable unit that have their place in index order; the rest of it follows. */
struct head {
    uint32_t n;           /* runs */
    uint32_t first, last; /* cores */
    uint32_t cores;       /* mask of all */
};
struct runs_view {
    const struct problem *problem;
    uint32_t n_cores;
    const uint32_t *mask;    /* per unit: its cores, all of them or none yet; heads included */
    const struct head *head; /* per unit; NULL: none */
    const uint32_t *left;    /* per unit: neurons not placed yet; NULL: all are */
    uint32_t *scratch;       /* 2 n_cores */
};
/* Least runs of a population over all orders of the runs of each atom. Atoms without cores join
 * their neighbours wherever that helps, so that a partial packing gives a lower bound; a population
 * of one atom without cores counts 0. */
uint32_t least_runs(const struct runs_view *view, uint32_t population);

#endif
