/* The pattern model of stage 1: how many populations of one class must be split? */
#ifndef DYNC_PACK_ILP_H
#define DYNC_PACK_ILP_H

#include "mapper/ilp.h"
#include "mapper/pack_state.h"

struct pack_ilp {
    uint32_t bound; /* proved: no packing on `cores` cores splits fewer populations */
    bool found;     /* amount holds a packing, checked in integers */
};
/* For an empty state whose units are plain and of one class. */
void pack_ilp_solve(struct arena *arena, const struct pack_state *state, uint32_t cores,
                    const struct ilp_options *options, uint32_t *amount, struct pack_ilp *result);

#endif
