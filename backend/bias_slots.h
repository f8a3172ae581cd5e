/* The search for free weight slots: what its files share. The objective is stated in bias_solve.c.
 */
#ifndef DYNC_BIAS_SLOTS_H
#define DYNC_BIAS_SLOTS_H

#include "backend/bias_parts.h"

/* Codes are numbered coarse * (max_fine + 1) + fine, so numbers compare like codes; number 0 is
 * (0, 0), off. */
struct slot_choice {
    uint32_t code[NET_SLOTS];
    uint64_t worst;            /* per mille */
    uint32_t on;               /* free slots that are not off */
    unsigned __int128 squares; /* sum of e^2 over distinct requests */
};

struct slot_search {
    struct arena *arena;
    const struct slot_problem *problem;
    uint32_t n_codes;
    uint32_t n_free, free[NET_SLOTS];          /* free positions, ascending */
    bool symmetric;                            /* free slots have one scale factor */
    const int64_t *current[NET_SLOTS];         /* per slot and code, zA */
    const int64_t *ascending[NET_SLOTS];       /* the distinct currents of a slot, ascending */
    const uint32_t *ascending_code[NET_SLOTS]; /* and the lowest code of each */
    uint32_t n_ascending[NET_SLOTS];
    const double *sum1, *sum2; /* sums of 1/R and 1/R^2 over the first i requests */
    uint64_t work;             /* comparisons made by the exact search */
};

void slot_search_init(struct arena *arena, const struct slot_problem *problem,
                      struct slot_search *search);

/* Sorted sums of the 15 non-empty subsets. */
enum { N_SUMS = (1 << NET_SLOTS) - 1 };
void slot_sums(const struct slot_search *search, const uint32_t *code, int64_t sums[N_SUMS]);
/* Number of requests nearest to sums[0 .. i]: the end of the cell of sum i. */
uint32_t slot_cell_end(const struct slot_problem *problem, const int64_t *sums, int i);

/* Fills the objective of choice->code. With a limit, returns early with false once it is certain
 * not to be less than the limit; the objective is then incomplete. */
bool slot_evaluate(const struct slot_search *search, struct slot_choice *choice,
                   const struct slot_choice *limit);
bool slot_less(const struct slot_choice *a, const struct slot_choice *b);

/* Changes one code at a time, always to the best of all codes of that slot, until no change of one
 * code lowers the objective. */
void slot_descend(const struct slot_search *search, struct slot_choice *choice);
/* Free slots are interchangeable: sorts their codes, which never raises the objective. */
void slot_sort(const struct slot_search *search, struct slot_choice *choice);

/* Starting points for many requests: few sums that cover all requests within as small an error as
 * possible. True if `choice` was improved. */
bool slot_cover(const struct slot_search *search, struct slot_choice *choice);

/* Lowers *best to the minimum over all choices with at most SLOT_EXACT free slots on; false if the
 * work limit came first, *best is then only a choice. */
enum { SLOT_EXACT = 2 };
bool slot_exact(struct slot_search *search, struct slot_choice *best);

/* Proved lower bound on the worst error of any choice, at most best->worst. What the proof comes
 * across may improve *best, which stays a choice that no change of one code improves. */
uint64_t slot_bound(const struct slot_search *search, struct slot_choice *best);
/* 1 per mille if it is proved that some request is met exactly by no choice, else 0; *best as for
 * slot_bound. */
uint64_t slot_exact_bound(const struct slot_search *search, struct slot_choice *best);

#endif
