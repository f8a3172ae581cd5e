/* From tree to network: names, types, units, nets, views, masks, bias requests, tests.
 *
 * Phases as in grammar/README.md: 2 resolve names, 3 constants, 4 nets, 5 declarations (each runs
 * to the end even after errors); 6 expands projections and runs only if there are none. The result
 * refers into `arena`.
 */
#ifndef DYNC_ELABORATE_H
#define DYNC_ELABORATE_H

#include "backend/device/device.h"
#include "compiler/ast.h"
#include "compiler/limits.h"
#include "compiler/net.h"

struct define_text { /* -D name=value as given; `file` is the value as a source of the set */
    const char *name;
    uint16_t file;
    const char *value;
};
struct folder_vec VEC_OF(const char *);
struct elaborate_options {
    struct folder_vec profiles;       /* --profile, as seen from the root; in place of the file's */
    struct folder_vec import_folders; /* -I, as seen from the project root */
    struct folder_vec import_listed;  /* files an image names: where none of the folders has one */
    const struct define_text *defines;
    uint32_t n_defines;
    bool seed_given;
    bool reserve_given;
    bool dt_given;                  /* --dt: whoever runs a test checks its steps */
    uint64_t seed;                  /* --seed */
    double reserve;                 /* in place of the file's */
    uint32_t chips;                 /* --chips, 0: as the file says */
    uint32_t grid_w, grid_h;        /* --grid, 0: as the file says */
    struct elaborate_limits limits; /* 0 members take the default */
};

/* --- test blocks, resolved --- */

enum stimulus_kind { STIMULUS_POISSON, STIMULUS_REGULAR, STIMULUS_SPIKES };
struct stimulus {
    enum stimulus_kind kind;
    double rate_hz;          /* poisson, regular */
    const int64_t *times_ps; /* spikes: ascending */
    uint32_t n_times;
};
struct test_drive {
    struct view view;       /* input units or neurons' inputs: always an input */
    struct stimulus *of;    /* per unit of the view */
    int64_t from_ps, to_ps; /* window; to_ps = INT64_MAX without `during` */
    struct span span;
};
struct test_set {
    struct view view;
    uint16_t latch_mask, latch_value;
};
struct scope;
struct test_expect {
    const struct expr *expr;
    struct scope *scope;
    int64_t from_ps, to_ps;
    struct span span;
};
struct test_drive_vec VEC_OF(struct test_drive);
struct test_set_vec VEC_OF(struct test_set);
struct test_expect_vec VEC_OF(struct test_expect);
struct test {
    const char *title;
    uint64_t seed;
    uint32_t trials;
    double mismatch, pass;
    int64_t dt_ps, run_ps;
    struct test_drive_vec drives;
    struct test_set_vec sets;
    struct test_expect_vec expects;
    struct span span;
};
struct test_vec VEC_OF(struct test);

struct eval; /* evaluator state, kept for the tests' expectations: eval.h */
struct elaboration {
    struct net net;
    struct test_vec tests;
    struct eval *eval;
};

/* Whether the test runs at least one step of dt_ps and no more than TEST_MOST_STEPS; E0802 and
 * E0225 at `span`. elaborate() has checked the test's own, unless dt_given. */
bool test_steps_fit(struct arena *arena, struct diag_sink *sink, const struct test *test,
                    int64_t dt_ps, struct span span);

/* Reads the files it needs through `sources`; `main` is the parsed main file. True if there are no
 * errors. After errors out->net holds what was declared, without projections, for the report. */
bool elaborate(struct arena *arena, struct source_set *sources, const struct ast *main,
               const struct device *device, const struct elaborate_options *options,
               struct diag_sink *sink, struct elaboration *out);

#endif
