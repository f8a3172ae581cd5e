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

struct track_range { /* over the trials in which it had a value */
    const char *label;
    struct dimension dim;
    double mean, least, most; /* SI; NaN: it never had one */
};
struct expect_outcome {
    const char *text; /* as written */
    bool passed;      /* in as many trials as the test asks for */
    uint32_t n_tracks;
    struct track_range *tracks;
};
struct test_outcome {
    const char *title;
    int64_t dt_ps;
    bool passed;
    uint32_t n_expects;
    struct expect_outcome *expects;
};
struct test_outcome_vec VEC_OF(struct test_outcome);

void verdict_init(struct verdict *verdict, struct arena *arena, struct eval *eval,
                  struct diag_sink *sink, const struct test *test);
/* Evaluates all expectations on one trial; nothing of the raster is kept. */
void verdict_add(struct verdict *verdict, const struct raster *raster);
/* Writes the test's lines to `out`; E0801 for every expectation that failed. True if it passed. */
bool verdict_finish(struct verdict *verdict, int64_t dt_ps, struct text *out);
/* The same for tables: reports nothing. */
struct test_outcome verdict_outcome(struct verdict *verdict, int64_t dt_ps);

#endif
