/* The attributes of bias sets. */
#ifndef DYNC_ELAB_BIAS_H
#define DYNC_ELAB_BIAS_H

#include "compiler/elab.h"

enum bias_quantity {
    QUANTITY_TAU,     /* time constant, tau = C Ut / (kappa I); or a current, or dac() */
    QUANTITY_PULSE,   /* pulse or refractory time, t = C Vth / I; or a current, or dac() */
    QUANTITY_GAIN,    /* ratio to the current of `tau`; or a current, or dac() */
    QUANTITY_CURRENT, /* or dac() */
    QUANTITY_DELAY,   /* delay of a class: a time */
    QUANTITY_SETTING
};
enum bias_setting {
    SETTING_TOLERANCE,
    SETTING_WEIGHT_TOLERANCE,
    SETTING_DELAY_TOLERANCE,
    SETTING_WEIGHT_UNIT,
    N_SETTINGS
};

/* Largest relative errors of biases, weights and delays, unless the set states others. */
#define DEFAULT_TOLERANCE 0.10
#define DEFAULT_WEIGHT_TOLERANCE 0.05
#define DEFAULT_DELAY_TOLERANCE 0.10

struct bias_attribute {
    const char *path; /* "membrane.tau" */
    enum bias_quantity quantity;
    int target;         /* bias, stated delay or setting */
    size_t capacitance; /* TAU, PULSE: offset of C in struct device */
    int tau;            /* GAIN: bias of the time constant */
};
const struct bias_attribute *bias_attribute_find(const char *path);

#endif
