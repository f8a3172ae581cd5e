/* A partial packing: which units stand on which cores, with undo, and what it costs so far. */
#ifndef DYNC_PACK_STATE_H
#define DYNC_PACK_STATE_H

#include "mapper/pack_runs.h"

struct pack_limits {
    uint32_t cores, splits, pieces; /* cores used; populations on several cores; runs of neurons
                                       of a population on one core */
};
struct core_state {
    uint32_t class, room, units; /* class: NET_NONE while empty */
};
struct pack_state {
    const struct problem *problem;
    struct index_vec units; /* of this component, in text order */
    uint32_t n_cores;
    bool plain; /* all units are */
    struct core_state *core;
    uint32_t *left;      /* per unit: neurons not placed yet */
    uint32_t *may;       /* per unit: cores it may still use */
    uint32_t *amount;    /* [unit][core] */
    uint32_t *on;        /* [population][core]: atoms there */
    uint32_t *n_on;      /* per population: cores it is on */
    uint32_t *occupant;  /* [exclusion][core]: side + 1, 0: none */
    uint32_t *occupants; /* [exclusion][core]: units of that side */
    uint32_t *load;      /* [spread][core]: neurons there */
    uint32_t *target;    /* [spread][core]: neurons that are to stand there; at most so many */
    uint32_t *mask;      /* per unit: cores it is on or claims */
    struct head *head;   /* per unit: runs whose place in the order is decided */
    uint32_t *runs;      /* per population: least_runs(), at least floor */
    uint32_t *floor;     /* per population: runs it has in any packing; 0 if all units are plain */
    uint32_t distinct;   /* mask of cores that are not interchangeable */
    uint32_t capped, capped_core, cap; /* a unit that may put only so many more neurons on a core;
                                          NET_NONE: none */
    struct runs_view view;
    uint32_t *cost_mask; /* scratch of pack_cost() */
    struct pack_limits spent;
};
enum { PACK_UNLIMITED = UINT32_MAX };

void pack_state_init(struct pack_state *state, struct arena *arena, const struct problem *problem,
                     const struct index_vec *units, uint32_t n_cores);

static inline uint32_t *pack_amount(const struct pack_state *state, uint32_t unit, uint32_t core)
{
    return &state->amount[(size_t)unit * state->n_cores + core];
}

/* Spread that counts all neurons of a splittable unit; NET_NONE: none does. */
uint32_t pack_spread_of(const struct pack_state *state, uint32_t unit);

/* Whether n neurons of a unit may join a core, limits on splits and pieces aside. n may be 0: a
 * claim on the core that is filled later. */
bool pack_can(const struct pack_state *state, const struct pack_limits *limits, uint32_t unit,
              uint32_t core, uint32_t n);
void pack_put(struct pack_state *state, uint32_t unit, uint32_t core, uint32_t n);
/* Undoes the latest pack_put() on that core. */
void pack_take(struct pack_state *state, uint32_t unit, uint32_t core, uint32_t n);
bool pack_within(const struct pack_state *state, const struct pack_limits *limits);

#endif
