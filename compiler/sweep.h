/* --set and --sweep: attributes of bias sets under other values, point by point.
 *
 *     NAME.ATTRIBUTE[,NAME.ATTRIBUTE ..] = VALUE              one value
 *                                          VALUE,VALUE ..     several
 *                                          FROM..TO:N[:log]   N values from FROM to TO
 *
 * ATTRIBUTE and VALUE are those of `bias` blocks. A run visits every combination, the last axis
 * fastest; --set comes before --sweep.
 */
#ifndef DYNC_SWEEP_H
#define DYNC_SWEEP_H

#include "compiler/elab.h"

enum { SWEEP_MOST_POINTS = 100000, SWEEP_MOST_LISTED = 1000 };

struct sweep_target {
    const char *name;      /* as given: "pc.membrane.tau" */
    const char *attribute; /* "membrane.tau" */
    uint32_t object;       /* index among the names */
    struct span span;      /* of the attribute */
};
struct sweep_value {
    struct expr *expr;
    double number;    /* SI base unit; NaN: dac() */
    struct span span; /* of the value, as part of a text in the source set */
};
struct sweep_target_vec VEC_OF(struct sweep_target);
struct sweep_value_vec VEC_OF(struct sweep_value);
struct sweep_axis {
    const char *option, *given; /* "--set"; its argument */
    struct sweep_target_vec targets;
    struct sweep_value_vec values;
    bool numbers;         /* some value is one, and no dac() */
    struct dimension dim; /* of those; a current without */
};
struct sweep_axis_vec VEC_OF(struct sweep_axis);
struct sweep {
    struct sweep_axis_vec axes;
    uint32_t n_points; /* 1 without axes */
};

/* What may stand before the attribute, and what to call it: "bias set", "population or core". */
struct sweep_names {
    uint32_t n;
    const char *const *name;
    const char *what;
};

/* Reads one argument and appends its axis. False: E0229 (its form), E0201 (no such name), or what
 * is wrong with a value. */
bool sweep_add(struct eval *eval, const struct sweep_names *names, const char *option,
               const char *given, struct sweep *sweep);

/* Number of the value that axis `axis` has at a point. */
uint32_t sweep_index(const struct sweep *sweep, uint32_t axis, uint32_t point);

/* The statement that an axis makes at a point about one of its targets. */
struct attr sweep_attr(const struct sweep *sweep, uint32_t axis, uint32_t target, uint32_t point);

#endif
