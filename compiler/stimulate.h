/* The events of a trial: spike times of all drives, merged in time. */
#ifndef DYNC_STIMULATE_H
#define DYNC_STIMULATE_H

#include "compiler/elaborate.h"

struct stimulation;

/* `trial_seed` distinguishes trials; `run_ps` ends the last window. */
struct stimulation *stimulation_new(struct arena *arena, const struct net *net,
                                    const struct test *test, uint64_t trial_seed);
/* Takes the next event before `end_ps`; false if there is none. `*input` is the number of the input
 * unit in the net. */
bool stimulation_next(struct stimulation *stimulation, int64_t end_ps, uint32_t *input);

#endif
