/* Values of the language: what an expression of a .dyn file evaluates to.
 *
 * A value is plain data; lists, matrices and texts it refers to live in the arena of the
 * elaboration. Quantities are binary64 in SI base units (A, s, V; Hz = 1/s) with integer exponents.
 * A value can be *unknown*: its type is known, its number is not (a measure before the simulation,
 * `pre` before any pair). Operations on unknown values check types and give unknown values.
 */
#ifndef DYNC_VALUE_H
#define DYNC_VALUE_H

#include "compiler/net.h"

enum value_kind {
    VALUE_POISON, /* failed and already reported: gives no further message */
    VALUE_INT,
    VALUE_REAL, /* a quantity; a plain number if all exponents are 0 */
    VALUE_BOOL,
    VALUE_STRING,
    VALUE_LIST,
    VALUE_MATRIX,
    VALUE_VIEW,      /* units of one population or input */
    VALUE_INSTANCE,  /* a net instance: as a view, all its populations */
    VALUE_INSTANCES, /* an array of net instances, not yet indexed */
    VALUE_BIAS,      /* a bias set */
    VALUE_SLOTS,     /* a sum of weight slots of one bias set */
    VALUE_DAC,       /* dac(coarse, fine) */
    VALUE_STIMULUS,
    N_VALUE_KINDS
};

struct dimension { /* A^a s^s V^v, each -4 .. 4 */
    int8_t a, s, v;
};
static inline bool dimension_equal(struct dimension x, struct dimension y)
{
    return x.a == y.a && x.s == y.s && x.v == y.v;
}
#define DIM_CURRENT_INIT                                                                           \
    {                                                                                              \
        1, 0, 0                                                                                    \
    }
#define DIM_TIME_INIT                                                                              \
    {                                                                                              \
        0, 1, 0                                                                                    \
    }
#define DIM_VOLTAGE_INIT                                                                           \
    {                                                                                              \
        0, 0, 1                                                                                    \
    }
#define DIM_FREQUENCY_INIT                                                                         \
    {                                                                                              \
        0, -1, 0                                                                                   \
    }
#define DIM_NONE ((struct dimension){0, 0, 0})
#define DIM_CURRENT ((struct dimension)DIM_CURRENT_INIT)
#define DIM_TIME ((struct dimension)DIM_TIME_INIT)
#define DIM_VOLTAGE ((struct dimension)DIM_VOLTAGE_INIT)
#define DIM_FREQUENCY ((struct dimension)DIM_FREQUENCY_INIT)

struct value;
struct list {
    uint32_t n;
    const struct value *at;
};
struct matrix { /* rows x cols numbers of one type, row-major; one of the arrays is set */
    uint32_t rows, cols;
    enum value_kind kind; /* VALUE_INT, VALUE_REAL or VALUE_BOOL */
    struct dimension dim;
    const int64_t *integer;
    const double *real;
    const uint8_t *boolean;
    const char *path; /* of the data file; NULL for a list of lists */
};
struct slots {
    uint32_t bias_set;
    uint8_t mask; /* bit i = W_i */
};
struct dac {
    uint8_t coarse, fine; /* checked against the device */
};
struct instance; /* eval.h */
struct instances;
struct stimulus; /* elaborate.h */

struct value {
    enum value_kind kind;
    bool unknown;
    bool zero;            /* the literal 0, which fits any dimension */
    struct dimension dim; /* VALUE_REAL */
    union {
        int64_t integer;
        double real;
        bool boolean;
        const char *string;
        const struct list *list;
        const struct matrix *matrix;
        struct view view;
        const struct instance *instance;
        const struct instances *instances;
        uint32_t bias_set; /* index in net->bias_sets */
        struct slots slots;
        struct dac dac;
        const struct stimulus *stimulus;
    };
};

struct value value_poison(void);
struct value value_int(int64_t x);
struct value value_real(double x, struct dimension dim);
struct value value_bool(bool x);
struct value value_string(const char *text);
struct value value_view(const struct view *view);
struct value value_bias(uint32_t bias_set);
/* The same type with an unknown number. */
struct value value_unknown(enum value_kind kind, struct dimension dim);

bool value_is_number(const struct value *value);                     /* int or plain real */
bool value_has_dim(const struct value *value, struct dimension dim); /* or is the literal 0 */
double value_as_real(const struct value *value);                     /* of an int or a real */

/* "an int", "a time", "a current", "a bool", "a population", "A^2 s", ... for messages. */
const char *value_kind_text(struct arena *arena, const struct value *value);
/* "current", "time", "A s^-1", ... and its unit: "A", "s", "1/s". */
const char *dimension_text(struct arena *arena, struct dimension dim);
const char *dimension_unit(struct arena *arena, struct dimension dim);

/* Rounded once, half away from zero, to the net's integers; false beyond +-9.2e18. */
bool current_to_za(double ampere, int64_t *za);
bool multiple_to_za(double number, int64_t unit_za, int64_t *za); /* number * unit_za */
bool time_to_ps(double seconds, int64_t *ps);

#endif
