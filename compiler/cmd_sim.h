/* `dync sim`: runs a decoded image with input spikes from a file; spikes and traces as streams. */
#ifndef DYNC_CMD_SIM_H
#define DYNC_CMD_SIM_H

#include "backend/image.h"
#include "compiler/base/diag.h"
#include "compiler/base/text.h"

#include <signal.h>

#define SIM_DEFAULT_DT 100e-6         /* s */
enum { SIM_MOST_STEPS = 1000000000 }; /* of one run, as of a trial of a test */

struct sweep_table;
/* Points of a sweep: the same image under other bias codes. */
struct sim_points {
    uint32_t n;
    void *context;
    /* The image of a point, in the arena given. NULL: reported. */
    const struct image *(*image)(void *context, struct arena *arena, uint32_t point);
    /* Begins the row of a point in the table, NULL: there is none. */
    void (*row)(void *context, const struct image *image, uint32_t point);
    struct sweep_table *table;
};

struct sim_request {
    const struct image *image;
    const struct sim_points *points; /* NULL: the image as it is */
    const char *stimulus;            /* path, "-" standard input, NULL: none */
    const char *spikes;              /* path, "-" standard output, NULL: none */
    const char *trace;               /* likewise */
    const char *rates;               /* likewise */
    const char *table;               /* likewise, of the points */
    const char *const *record;       /* VIEW:STATES, traced besides the probes */
    uint32_t n_records;
    double duration;                          /* s, > 0 */
    double dt;                                /* s; 0: 100 us */
    bool dt_auto;                             /* the longest that resolves all points */
    double mismatch;                          /* relative standard deviation */
    uint64_t seed;                            /* of the mismatch */
    uint32_t threads;                         /* at most; 0: as there are processors */
    bool quiet;                               /* no summary */
    bool progress;                            /* a line on standard error while it runs */
    const volatile sig_atomic_t *interrupted; /* may be NULL; non-zero: flush what there is, stop */
};

/* Outputs are streams: FILE.partial, renamed when complete; after a write error or an interrupt
 * what was computed stays in FILE.partial. The summary goes to `out`, unless a stream has standard
 * output; in a sweep every point adds a row to its table instead, and files have a column `point`.
 * False: findings in the sink (E0601 files, E0604 stimulus or record, E0803 circuits, E0904
 * writing), or interrupted. */
bool cmd_sim(struct arena *arena, struct source_set *sources, const struct sim_request *request,
             struct diag_sink *sink, struct text *out);

#endif
