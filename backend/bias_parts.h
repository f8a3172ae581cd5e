/* What the files of the bias stage share. */
#ifndef DYNC_BIAS_PARTS_H
#define DYNC_BIAS_PARTS_H

#include "backend/bias.h"

/* The name under which the user set a bias, or its hardware name. */
const char *bias_attribute(const struct net *net, const struct bias_request *request, int bias);
/* Whether a set has this request, unchanged, from its parent: findings are given once. */
bool bias_inherited(const struct net *net, const struct bias_set *set, int bias);

/* (realised - requested) / requested. */
double bias_error(int64_t realised, int64_t requested);
/* |error| <= tolerance. Both sides are correctly rounded quotients of what was written, so an error
 * of exactly the tolerance passes. */
bool bias_within(int64_t realised, int64_t requested, double tolerance);
/* ceil(1000 |realised - requested| / requested), capped at BIAS_MAX_ERROR. requested > 0. */
uint64_t bias_permille(int64_t realised, int64_t requested);
#define BIAS_MAX_ERROR (UINT64_C(1) << 40)

/* W0713, W0714, N0813: what is stated but not switched on, or switched on but not stated. */
void bias_warn(struct arena *arena, const struct net *net, const struct device *device,
               struct diag_sink *sink);

/* --- free weight slots (bias_solve.c) --- */

struct slot_problem {
    const struct device *device;
    uint32_t n;        /* distinct ampere requests */
    const int64_t *za; /* ascending, > 0 */
    bool free[NET_SLOTS];
    struct bias_code code[NET_SLOTS]; /* given slots: their codes; free ones: the result */
};
struct slot_result {
    uint64_t worst, bound; /* per mille: reached, proved lower bound */
    bool optimal;          /* the whole objective is proved minimal */
};
void bias_solve_slots(struct arena *arena, struct slot_problem *problem,
                      struct slot_result *result);

/* Mask of the non-empty subset of the four currents whose sum is nearest, ties to the lowest mask.
 */
uint8_t bias_nearest_mask(const int64_t slot_za[NET_SLOTS], int64_t za, int64_t *sum);

/* --- delays (bias_delay.c) --- */

struct class_use {        /* edges into one merged set */
    uint64_t *count;      /* per net attr, with repeat */
    uint32_t *first_term; /* per net attr with edges */
};
void bias_solve_delays(struct arena *arena, const struct net *net, const struct device *device,
                       struct diag_sink *sink, struct bias_class *class,
                       const struct class_use *use);

#endif
