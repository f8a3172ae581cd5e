/* Synapses that have to share their tag wherever they stand: without the group's one word in place
 * of many their neuron has too few CAM words, even if all its other groups share.
 */
#ifndef DYNC_SHARE_FORCED_H
#define DYNC_SHARE_FORCED_H

#include "backend/device/device.h"
#include "mapper/sharing.h"

struct share_forced {
    uint64_t *first; /* per neuron: of its row, in bits */
    uint8_t *bits;   /* per synapse, in the order of row_read() */
};
/* NULL if there is none. */
const struct share_forced *share_forced_find(struct arena *arena, const struct net *net,
                                             const struct device *device,
                                             const struct sharing *sharing);

static inline bool share_is_forced(const struct share_forced *forced, uint32_t neuron,
                                   uint32_t edge)
{
    if (!forced)
        return false;
    uint64_t bit = forced->first[neuron] + edge;
    return forced->bits[bit / 8] >> bit % 8 & 1;
}

#endif
