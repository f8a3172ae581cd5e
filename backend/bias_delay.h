/* The search for delay currents: what its files share. Law and objective: bias_delay.c. */
#ifndef DYNC_BIAS_DELAY_H
#define DYNC_BIAS_DELAY_H

#include "backend/bias_parts.h"

enum { N_DELAYS = 3, N_DELAY_CLASSES = 4, ANY_CLASS = N_DELAY_CLASSES };

struct delay_wish { /* one distinct delay request */
    int64_t ps;
    int class;        /* the class it is tied to, or ANY_CLASS */
    double tolerance; /* least of those who ask */
};

/* Codes are numbered coarse * (max_fine + 1) + fine. */
struct delay_codes {
    uint32_t code[N_DELAYS];
    uint64_t worst;            /* largest e over the wishes, per mille */
    unsigned __int128 squares; /* sum of e^2 */
    bool within;               /* every wish within its tolerance */
};

struct delay_problem {
    struct arena *arena;
    unsigned __int128 charge; /* Q in zA ps: a delay is Q over its current */
    uint32_t n_codes;
    const int64_t *current[N_DELAYS];    /* by code, zA */
    const uint32_t *ascending[N_DELAYS]; /* codes by current, then code */
    bool free[N_DELAYS];
    uint32_t held[N_DELAYS]; /* code where the current is given or not needed */
    uint32_t n;
    const struct delay_wish *wish; /* by ps, then class */
};

/* Delay of a class at some codes, ps, rounded half up. */
int64_t delay_of(const struct delay_problem *problem, const uint32_t code[N_DELAYS], int class);
/* The class a wish gets: its own, or the one whose delay is nearest, ties to the lowest. */
int delay_class(const struct delay_problem *problem, const uint32_t code[N_DELAYS],
                const struct delay_wish *wish);

/* Best codes with the free currents of `solve` (a mask) solved and the others held, among those
 * whose worst error is at most `limit` per mille. False: there are none. */
bool delay_search(const struct delay_problem *problem, unsigned solve, uint64_t limit,
                  struct delay_codes *best);

#endif
