/* Stage 1: populations to cores.
 *
 * Least cores; then fewest split populations, then fewest pieces, runs of neurons on one core; then
 * the lexicographically least vector of the cores of all neurons in text order, cores numbered by
 * first use.
 */
#ifndef DYNC_PACK_H
#define DYNC_PACK_H

#include "mapper/ilp.h"
#include "mapper/problem.h"

struct share { /* neurons of a unit on one core; those of a unit follow in index order */
    uint32_t unit, core, count;
};
struct share_vec VEC_OF(struct share);

enum pack_status { PACK_FITS, PACK_IMPOSSIBLE, PACK_UNDECIDED };
struct packing {
    enum pack_status
        status; /* PACK_IMPOSSIBLE only with a proof by our own search or by counting */
    struct share_vec shares; /* by unit in text order */
    uint32_t cores, cores_bound, splits, split_bound, pieces, pieces_bound;
    bool canonical; /* it is the least of all optimal packings */
    uint64_t nodes; /* visited by our own search */
};
struct pack_options {
    uint64_t node_limit;
    bool feasibility; /* stop at the first packing: any will do */
    struct ilp_options ilp;
};
enum { PACK_DEFAULT_NODES = 1000000 };

void pack(struct arena *arena, const struct problem *problem, const struct pack_options *options,
          struct packing *packing);

#endif
