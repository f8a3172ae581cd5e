/* `dync sim`: runs a decoded image with input spikes from a file; spikes and traces as CSV streams.
 */
#ifndef DYNC_CMD_SIM_H
#define DYNC_CMD_SIM_H

#include "backend/image.h"
#include "compiler/base/diag.h"
#include "compiler/base/text.h"

#include <signal.h>

#define SIM_DEFAULT_DT 100e-6         /* s */
enum { SIM_MOST_STEPS = 1000000000 }; /* of one run, as of a trial of a test */

struct sim_request {
    const struct image *image;
    const char *stimulus;      /* path, "-" standard input, NULL: none */
    const char *spikes;        /* path, "-" standard output, NULL: none */
    const char *trace;         /* likewise */
    const char *rates;         /* likewise */
    const char *const *record; /* VIEW:STATES, traced besides the probes */
    uint32_t n_records;
    double duration;                          /* s, > 0 */
    double dt;                                /* s; 0: 100 us */
    double mismatch;                          /* relative standard deviation */
    uint64_t seed;                            /* of the mismatch */
    uint32_t threads;                         /* at most; 0: as there are processors */
    bool quiet;                               /* no summary */
    const volatile sig_atomic_t *interrupted; /* may be NULL; non-zero: flush what there is, stop */
};

/* Outputs are streams: FILE.partial, renamed when complete; after a write error or an interrupt
 * what was computed stays in FILE.partial. The summary goes to `out`, unless a stream has standard
 * output. False: findings in the sink (E0601 files, E0604 stimulus or record, E0803 circuits, E0904
 * writing), or interrupted. */
bool cmd_sim(struct arena *arena, struct source_set *sources, const struct sim_request *request,
             struct diag_sink *sink, struct text *out);

#endif
