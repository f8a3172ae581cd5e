/* What there is to say about a time step: why it was chosen, and whether it was short enough. */
#ifndef DYNC_TRIAL_STEP_H
#define DYNC_TRIAL_STEP_H

#include "compiler/base/diag.h"
#include "runtime/sim.h"

/* "a tenth of the ampa time constant, 10.02 ms", "the shortest refractory time, 2.02 ms"; why NULL:
 * that it is the longest step there is. */
const char *step_reason(struct arena *arena, const struct scale *why);
/* The shorter of each. */
struct sim_scales step_shortest(const struct sim_scales *a, const struct sim_scales *b);
/* N0816 if some membrane became faster than a step; `subject` begins the sentence: "test \"x\": ".
 */
void step_note_fast(struct diag_sink *sink, struct arena *arena, const struct image *image,
                    struct span span, const char *subject, double dt,
                    const struct sim_fastest *fastest);

#endif
