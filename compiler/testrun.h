/* Running the tests of a network on its decoded image.
 *
 * The simulator sees the image alone; names become sites through the image's SYMBOLS and INPUT
 * sections. Stimuli are spike times in continuous time that depend on the seed, the trial, the
 * drive and the unit, and are then put into steps: so another dt gives the same events.
 */
#ifndef DYNC_TESTRUN_H
#define DYNC_TESTRUN_H

#include "backend/image.h"
#include "compiler/base/text.h"
#include "compiler/elaborate.h"
#include "compiler/sim_progress.h"
#include "compiler/verdict.h"

#include <signal.h>

struct testrun_options {
    double dt;                         /* s, for all tests; 0: each its own */
    uint32_t threads;                  /* at most; 0: as there are processors */
    bool dt_auto;                      /* the longest that resolves what is in use, for each test */
    const char *only;                  /* tests whose title holds this text; NULL: all */
    struct test_outcome_vec *outcomes; /* not NULL: takes what was measured, in the arena of the
                                          run; then no text, and no E0801 */
    const volatile sig_atomic_t *interrupted; /* may be NULL; non-zero: stop */
    struct sim_progress *progress;            /* may be NULL */
};

/* Runs them in text order and writes one line per test, then the measured values, to `out`. True if
 * all hold. E0801 an expectation failed, E0803 the simulator does not model a circuit that is on,
 * E0225 too many steps or spikes, E0228 no test has the title, W0717 coarse dt. */
/* With `outcomes` true means that all tests could be run, and false also that it was interrupted.
 */
bool testrun_all(struct arena *arena, const struct elaboration *elaboration,
                 const struct image *image, const struct testrun_options *options,
                 struct diag_sink *sink, struct text *out);

#endif
