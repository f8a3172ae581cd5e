/* Parts that must stay whole, packed into bins: the units of one class and the cores of a board. */
#ifndef DYNC_BINS_H
#define DYNC_BINS_H

#include "compiler/base/arena.h"

#include <stdint.h>

/* Least number of bins of equal capacity for n parts and `loose` more that may be divided at will:
 * by what they hold, by parts so large that only j of them share a bin, and by the room that parts
 * over half a bin leave to smaller ones. A bound, not the optimum. */
uint32_t bins_least(const uint32_t *size, uint32_t n, uint32_t loose, uint32_t capacity);

enum bins_answer { BINS_NO, BINS_YES, BINS_UNKNOWN };
struct bins {
    const uint32_t *size; /* per part, at least 1 */
    uint32_t n;
    const uint32_t *room; /* per bin; those from n_open on have equal room */
    uint32_t n_bins, n_open;
    uint64_t node_limit; /* of all attempts, which differ in their order */
};
/* Our own exhaustive search, bin by bin: bin_of is filled on BINS_YES, BINS_NO is a proof.
 * Adds the nodes visited to *nodes. */
enum bins_answer bins_pack(struct arena *arena, const struct bins *bins, uint32_t *bin_of,
                           uint64_t *nodes);

#endif
