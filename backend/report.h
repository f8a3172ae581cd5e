/* The fit report, as text for people and as JSON (schema dyn-report/1,
 * tests/schema/report.schema.json). */
#ifndef DYNC_REPORT_H
#define DYNC_REPORT_H

#include "backend/bias.h"
#include "backend/image.h"
#include "mapper/fit.h"
#include "mapper/mapping.h"

enum report_status { REPORT_FITS, REPORT_INFEASIBLE, REPORT_UNDECIDED };
struct report_timing {
    const char *phase;
    double seconds;
};
struct report_kept { /* of an earlier placement that was to be kept */
    bool given;
    uint64_t known, gone; /* neurons it places that the network has, and has not */
    uint64_t stayed;      /* of those known */
};
/* What becomes of the network under other options (--what-if). */
enum { REPORT_LEVELS = 4 }; /* cores, chips, cut, hops; the last two as rates weigh them */
struct report_outcome {
    const char *changes;        /* as given */
    const char *code, *message; /* of the first error, NULL: none */
    int exit_code;              /* likewise */
    bool optimal;
    int64_t value[REPORT_LEVELS],
        bound[REPORT_LEVELS]; /* where there is no error; bound -1: none */
};
struct report_outcome_vec VEC_OF(struct report_outcome);
struct report_input {
    enum report_status status;
    const char *tool_version, *solver_name, *solver_version;
    const struct net *net;
    const struct device *device;
    const struct source_set *sources;
    const struct bias_plan *plan; /* NULL where the work stopped earlier; so too the next three */
    const struct fit_usage *usage;
    const struct mapping *mapping;
    const struct image *image;
    const struct diag_sink *sink;
    struct report_kept kept;
    const struct report_timing *timing; /* NULL: no timing */
    uint32_t n_timing;
    const struct report_outcome *what_ifs;
    uint32_t n_what_ifs;
};
char *report_json(struct arena *arena, const struct report_input *input, size_t *n);
char *report_text(struct arena *arena, const struct report_input *input);

#endif
