/* Proved lower bounds of a board's objective, by counting alone. */
#ifndef DYNC_BOUNDS_H
#define DYNC_BOUNDS_H

#include "mapper/compose.h"

struct bounds {
    uint32_t cores; /* of any placement */
    uint32_t chips; /* with `cores` cores or more */
    int64_t cut;
    int64_t detour; /* links beyond the first that words to other chips cross */
    int64_t weighted_cut, weighted_detour; /* by rate weights; the same where all count alike */
    int64_t hops_of_least_cut; /* by rate weights, of placements whose weighted cut is that here */
};
/* The composition's rules say which neurons are held on chips; where its blocks stand is of no
 * account. */
void bounds_count(struct arena *arena, const struct compose *c, struct bounds *bounds);

#endif
