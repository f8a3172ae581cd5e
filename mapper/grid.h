/* Chips on the grid: which position each chip's contents take, so that packets cross fewest links.
 */
#ifndef DYNC_GRID_H
#define DYNC_GRID_H

#include "compiler/base/vec.h"
#include "mapper/board.h"
#include "mapper/observer.h"

struct grid_chip {
    bool used, held;             /* holds neurons; place lines fix its position */
    bool sends_home, hears_host; /* its position must allow that */
};
/* Between two used chips; several for the same two add up. */
struct grid_tie {
    uint32_t from, to;
    uint64_t traffic; /* SRAM words that neurons on one have for the other */
    uint32_t wish;    /* how near they should stand where hops leave a choice; in all at most
                         GRID_WISHES */
};
struct grid_tie_vec VEC_OF(struct grid_tie);
struct grid_problem {
    const struct net *net;
    const struct device *device;
    const struct grid_chip *chips; /* per chip of the board, as numbered before */
    struct grid_tie_vec ties;
    const struct observer *observer; /* may end the search; NULL: nobody */
};
struct grid_result {
    uint32_t *position; /* per chip; a permutation of the board's chips */
    uint64_t hops;      /* of all traffic */
    bool fits;          /* every packet arrives */
    bool proved;        /* no permutation has fewer hops; if it does not fit, none does */
};
enum { GRID_EXACT_CHIPS = 8, GRID_WISHES = 1 << 12 };

/* Least hops; among those by wishes, then least links to the host. Exactly for up to
 * GRID_EXACT_CHIPS chips that are not held, as far as a fixed amount of work allows: then the
 * position of the first chip is least, and so on. By annealing with fixed work beyond. */
void grid_place(struct arena *arena, const struct grid_problem *problem,
                struct grid_result *result);

#endif
