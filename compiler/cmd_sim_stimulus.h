/* Stimulus files: CSV with a header, columns time_us, input, index in any order. */
#ifndef DYNC_CMD_SIM_STIMULUS_H
#define DYNC_CMD_SIM_STIMULUS_H

#include "backend/image.h"
#include "compiler/base/diag.h"

struct stimulus_event {
    double time_us;
    uint32_t unit; /* global: sizes of the inputs before, plus index */
    uint32_t line;
};
struct stimulus_event_vec VEC_OF(struct stimulus_event);

/* Events by time, then unit, then line. The column `input` may be missing if the image has one
 * input; `unit` is another word for `index`. Events at or after `duration_us` are faults. False:
 * findings in the sink, E0601 or E0604 with the place. */
bool stimulus_read(struct arena *arena, struct source_set *sources, const struct image *image,
                   const char *path, double duration_us, struct diag_sink *sink,
                   struct stimulus_event_vec *events);

#endif
