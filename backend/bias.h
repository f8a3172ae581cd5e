/* From requested currents to DAC codes, before placement.
 *
 * Bias sets are quantised code by code; sets whose stated and defaulted codes are equal are merged;
 * then the free weight slots and the delay currents of each merged set are solved once, over all
 * projections that target it (objective and order: see bias_solve.c). The result says, for every
 * merged set, all 52 codes and for every synapse attribute the CAM word's weight mask and delay
 * bits.
 */
#ifndef DYNC_BIAS_H
#define DYNC_BIAS_H

#include "backend/device/device.h"
#include "compiler/base/diag.h"
#include "compiler/net.h"

struct weight_choice { /* one distinct weight of a merged set: amperes ascending, then slots by mask
                        */
    bool slots;        /* asked for by slots: requested_za is then meaningless */
    int64_t requested_za;
    int64_t realised_za;
    uint8_t mask;
    uint32_t error_permille; /* ceil(1000 |I - R| / R) */
    double error;            /* signed, (realised - requested) / requested; 0 for slots */
    uint64_t count;          /* edges, with repeat */
};
struct delay_choice {     /* one distinct delay request of a merged set */
    bool omitted;         /* no delay asked for: fastest class, see bias_delay.c */
    bool named;           /* asked for by class name */
    int64_t requested_ps; /* 0 if omitted or named */
    int64_t realised_ps;
    uint8_t bits; /* bit 0 precise, bit 1 mismatched */
    uint32_t error_permille;
    double error;
    uint64_t count;
};
struct weight_choice_vec VEC_OF(struct weight_choice);
struct delay_choice_vec VEC_OF(struct delay_choice);
struct set_vec VEC_OF(uint32_t);

enum slot_state { SLOT_GIVEN, SLOT_SOLVED, SLOT_OFF };

struct bias_class {      /* one merged bias set */
    struct set_vec sets; /* net bias set numbers, in text order; equal in all stated and defaulted
                            codes, in what is left to the compiler and in stated delays */
    struct bias_code code[N_BIASES];
    enum slot_state slot[NET_SLOTS];
    bool weights_optimal; /* the slots are proved optimal */
    uint32_t worst_permille,
        bound_permille; /* of ampere requests: reached and proved lower bound */
    struct weight_choice_vec weights;
    struct delay_choice_vec delays;
    bool delays_solved; /* some delay current was chosen by us */
    uint8_t *mask;      /* per net attr: CAM weight mask (0: attr not used here); NULL before
                           bias_solve */
    uint8_t *delay;     /* per net attr: bit 0 precise, bit 1 mismatched */
};
struct bias_class_vec VEC_OF(struct bias_class);

struct bias_plan {
    struct bias_class_vec classes;
    uint32_t *class_of_set; /* per net bias set */
};

/* Stage one, used by `check`: quantises the given biases and merges sets. Reports E0502, E0504,
 * W0713, W0714 and N0813. The free slots and delays of the result are not solved yet. */
void bias_quantise(struct arena *arena, const struct net *net, const struct device *device,
                   struct diag_sink *sink, struct bias_plan *plan);
/* Stage two: solves slots and delays. Reports E0501, E0506, N0811. The objectives and their tie
 * rules stand at the head of bias_solve.c (weights) and bias_delay.c (delays). */
void bias_solve(struct arena *arena, const struct net *net, const struct device *device,
                struct diag_sink *sink, struct bias_plan *plan);

static inline uint32_t bias_class_of_population(const struct bias_plan *plan, const struct net *net,
                                                uint32_t population)
{
    return plan->class_of_set[net->populations.at[population].bias_set];
}

#endif
