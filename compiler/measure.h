/* Measures: the functions of `expect` that read the spikes of a run.
 *
 * Names, arguments, units and formulas are those of the table in grammar/README.md. A spike of step
 * k = 0, 1, .. has time (k + 1) * dt; a window holds the times from < t <= to. Killed neurons are
 * left out. A measure without a value (a rate of no neuron, an interval where nothing fires) gives
 * a sentence in eval->failure, which fails the expectation.
 */
#ifndef DYNC_MEASURE_H
#define DYNC_MEASURE_H

#include "compiler/duration.h"
#include "compiler/eval.h"

enum { TEST_MOST_STEPS = 1000000000, TEST_MOST_SPIKES = 1 << 25 }; /* of one trial */

/* The spikes of one unit: step numbers, ascending; input events may share a step. */
struct train VEC_OF(uint32_t);

struct raster {                     /* what was recorded in one trial */
    struct train *neurons, *inputs; /* by number in the net; inputs without offset */
    uint8_t *alive;                 /* per neuron */
    int64_t dt_ps, run_ps;
};

struct measured {      /* a measure that was read, for reports */
    const char *label; /* "rate(w.e[14:19])" */
    struct value value;
};
struct measured_vec VEC_OF(struct measured);

struct measuring {               /* the context of the hook */
    const struct raster *raster; /* NULL: arguments are checked, values are unknown */
    int64_t from_ps, to_ps;      /* window; to_ps may be INT64_MAX */
    bool windowed;               /* stated by `during`: labels then name it */
    struct arena *arena;         /* of the trial: takes `seen`, eval->failure and passing needs */
    struct measured_vec seen;    /* appended at each call */
};

/* A hook for eval->measures; both structs must outlive its use. */
struct measures measures_over(struct measuring *measuring);
bool measure_known(const char *name);

/* A value with its unit, scaled: "33.1 Hz", "12.4 ms", "0.87". */
const char *measured_text(struct arena *arena, const struct value *value);

#endif
