/* What the searches for positions share.
 *
 * A price is the sum over ties of links times words, with wishes and the way to the host in lower
 * bits, plus `barred` for every tie whose packets do not arrive and every chip that the host must
 * reach and does not.
 */
#ifndef DYNC_GRID_PARTS_H
#define DYNC_GRID_PARTS_H

#include "mapper/grid.h"

struct grid_link { /* of a chip */
    uint32_t chip;
    bool packets;  /* not only wishes */
    int64_t price; /* of each link between them */
};
struct grid {
    struct arena *arena;
    const struct grid_problem *problem;
    uint32_t n_chips, width, reach;
    bool near;            /* every position reaches every other */
    uint32_t *first_link; /* per chip + 1 */
    struct grid_link *links;
    uint32_t *moving, n_moving; /* chips, ascending */
    uint32_t *free, n_free;     /* positions that these may take, ascending */
    bool loose;                 /* no chip is held */
    uint32_t *position;         /* per chip; NET_NONE: none */
    uint32_t *chip_at;          /* per position; NET_NONE: none */
    uint32_t *x, *y;            /* per position */
    int64_t *own; /* [sends_home + 2 * hears_host][position]: price of standing there */
    int64_t barred;
    int64_t hops; /* of the best so far, for the observer; -1: it does not fit */
    bool ended;   /* by the observer */
};

/* Asks the observer; false: end. */
static inline bool grid_goes_on(struct grid *g, uint64_t work)
{
    g->ended = g->ended || !observer_lets(g->problem->observer, "grid", g->hops, -1, work);
    return !g->ended;
}

static inline void grid_put(struct grid *g, uint32_t chip, uint32_t at)
{
    g->position[chip] = at;
    g->chip_at[at] = chip;
}
static inline void grid_take(struct grid *g, uint32_t chip)
{
    g->chip_at[g->position[chip]] = NET_NONE;
    g->position[chip] = NET_NONE;
}
static inline int64_t grid_own_price(const struct grid *g, uint32_t chip, uint32_t at)
{
    const struct grid_chip *c = &g->problem->chips[chip];
    size_t kind = (size_t)c->sends_home + 2 * (size_t)c->hears_host;
    return g->own[kind * g->n_chips + at];
}
static inline int64_t grid_link_price(const struct grid *g, const struct grid_link *link,
                                      uint32_t at, uint32_t to)
{
    uint32_t dx = board_distance(g->x[at], g->x[to]), dy = board_distance(g->y[at], g->y[to]);
    bool bars = !g->near && link->packets && (dx > g->reach || dy > g->reach);
    return link->price * (dx + dy) + (bars ? g->barred : 0);
}
/* Of a chip at a position beside all that have one. */
static inline int64_t grid_price_at(const struct grid *g, uint32_t chip, uint32_t at)
{
    int64_t sum = grid_own_price(g, chip, at);
    for (uint32_t i = g->first_link[chip]; i < g->first_link[chip + 1]; i++)
        if (g->position[g->links[i].chip] != NET_NONE)
            sum += grid_link_price(g, &g->links[i], at, g->position[g->links[i].chip]);
    return sum;
}
/* Of all chips that have a position. */
int64_t grid_price(const struct grid *g);
/* Gives the moving chips the positions of `position`, which has one per chip. */
void grid_take_over(struct grid *g, const uint32_t *position);

enum { GRID_LUCK_BITS = 8 };
/* Of a random number: how many halvings it survives, in units of 2^-GRID_LUCK_BITS, straight
 * between whole ones. */
static inline uint64_t grid_luck(uint64_t die)
{
    uint64_t zeros = (uint64_t)__builtin_clzll(die | 1);
    uint64_t part = ((die | 1) << zeros << 1) >> (sizeof die * 8 - GRID_LUCK_BITS);
    return ((zeros + 1) << GRID_LUCK_BITS) - part;
}

/* Searches that leave their best in g->position. Each changes chips that move, and only to free
 * positions. */

/* Neighbours by traffic near each other, from the slowest modes of its flow; false where that is
 * too much work, or ended before there was anything. */
bool grid_spread(struct grid *g);
/* seed: of the random numbers; mildness: heat to begin with is halved so often. */
void grid_anneal(struct grid *g, uint32_t seed, uint32_t mildness);
/* Looks for positions where every packet arrives, hops aside; false: it found none. */
bool grid_gather(struct grid *g);
/* Chips without ties between them change places, all at one go, as long as that gains. */
void grid_match(struct grid *g);
/* For up to GRID_EXACT_CHIPS moving chips: all placements that are as good as the one given.
 * *complete: the work sufficed, so what stands in the end is a best one, the first of these in
 * order, or none fits. */
void grid_exhaust(struct grid *g, bool *complete);

#endif
