/* Files of a simulation: spikes as CSV or npy, traces as CSV, npy or VCD, by the ending of the
 * name.
 *
 * Times are microseconds, currents ampere, `vmem` volt, in every form. With `points` (a sweep) a
 * column `point` stands first; a VCD has one point.
 */
#ifndef DYNC_CMD_SIM_WRITE_H
#define DYNC_CMD_SIM_WRITE_H

#include "compiler/cmd_sim_stream.h"
#include "compiler/cmd_sim_trace.h"

struct spike_writer {
    struct stream stream;
    bool points;
    size_t width; /* characters of a source's name; 0: no column `source` */
};
/* path NULL: takes nothing. `width`: of the longest name of a source, 0: one source, no column.
 * False: E0601. */
bool spikes_begin(struct spike_writer *writer, struct arena *arena, const char *path, size_t width,
                  bool points, struct diag_sink *sink);
void spikes_put(struct spike_writer *writer, uint32_t point, double now, const char *source,
                uint32_t unit);

struct trace_writer {
    struct stream stream;
    bool points;
    const struct traced_vec *traced;
    double *last; /* VCD: per traced state, what was written */
    double tick;  /* VCD: s */
    bool begun;   /* VCD: a value has been written */
};
/* False: E0601, or E0225 where the columns of a .npy file are too many for its header. */
bool trace_begin(struct trace_writer *writer, struct arena *arena, const char *path,
                 const struct traced_vec *traced, double dt, bool points, struct diag_sink *sink);
/* One value per traced state. */
void trace_put(struct trace_writer *writer, uint32_t point, double now, const double *value);

#endif
