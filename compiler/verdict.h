/* Judging a test: its expectations over the rasters of its trials.
 *
 * A trial passes if all expectations hold in it; the test passes if at least `pass` of its trials
 * do. An expectation whose measure has no value fails.
 */
#ifndef DYNC_VERDICT_H
#define DYNC_VERDICT_H

#include "compiler/base/text.h"
#include "compiler/measure.h"

struct real_vec VEC_OF(double);

struct track { /* one measure over the trials */
    const char *label;
    struct value kind; /* its type; the number is of no matter */
    struct real_vec values;
};
struct track_vec VEC_OF(struct track);

struct judged { /* one expectation */
    struct track_vec tracks;
    uint32_t n_failed, first_failed; /* trials */
    const char *why;                 /* "rate(PC) = 61.3 Hz, expected 1 .. 40 Hz" */
    bool reported;                   /* the evaluator has already told what is wrong */
};

struct verdict {
    struct arena *arena;
    struct eval *eval;
    struct diag_sink *sink;
    const struct test *test;
    struct judged *judged; /* per expectation */
    uint32_t trials, passed;
};

void verdict_init(struct verdict *verdict, struct arena *arena, struct eval *eval,
                  struct diag_sink *sink, const struct test *test);
/* Evaluates all expectations on one trial; nothing of the raster is kept. */
void verdict_add(struct verdict *verdict, const struct raster *raster);
/* Writes the test's lines to `out`; E0801 for every expectation that failed. True if it passed. */
bool verdict_finish(struct verdict *verdict, int64_t dt_ps, struct text *out);

#endif
