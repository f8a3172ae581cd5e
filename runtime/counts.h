/* Counting events: a cell per neuron and synapse type, in it a 16-bit lane per weight bit.
 *
 * A row word is a cell and the mask of the lanes that an event adds to. The cells of a type of a
 * tile stand together, `cell_bits` bits of the cell's number count them; above are 2 bits for the
 * type, then the tile.
 */
#ifndef DYNC_RUNTIME_COUNTS_H
#define DYNC_RUNTIME_COUNTS_H

#include <stdint.h>

enum { MASK_BITS = 4, TYPE_BITS = 2, LANE_MAX = 0xffff };

/* Increment of every mask. */
struct lanes {
    uint64_t of[1 << MASK_BITS];
};

static inline struct lanes lanes_of_masks(void)
{
    struct lanes lanes = {{0}};
    for (unsigned mask = 0; mask < 1 << MASK_BITS; mask++)
        for (unsigned bit = 0; bit < MASK_BITS; bit++)
            if (mask >> bit & 1)
                lanes.of[mask] += UINT64_C(1) << 16 * bit;
    return lanes;
}

static inline uint64_t lanes_saturating(uint64_t lanes, uint64_t increment, uint32_t count)
{
    uint64_t sum = 0;
    for (int bit = 0; bit < MASK_BITS; bit++) {
        uint64_t lane = (lanes >> 16 * bit & LANE_MAX) + (increment >> 16 * bit & 1) * count;
        sum |= (lane < LANE_MAX ? lane : LANE_MAX) << 16 * bit;
    }
    return sum;
}

#endif
