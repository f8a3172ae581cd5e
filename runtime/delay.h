/* Delayed events: the histories of those sources that have a row of more than one step.
 *
 * A history is a ring with one slot per step of the delay and one cell per row: a bit where the
 * source sends at most one event in a step (neurons), else a count that stays at 65,535, the most
 * events of one step that make a difference. So the memory is known before the first step and none
 * is taken later. Rows of one delay stand together in a line, so that a step looks at one slot of
 * each line.
 */
#ifndef DYNC_RUNTIME_DELAY_H
#define DYNC_RUNTIME_DELAY_H

#include "compiler/base/arena.h"

/* Events of `source` arrive `steps` - 1 steps later than those of its plain row; steps >= 1. */
struct delay_row {
    uint32_t source, steps;
    bool depressed; /* what the row holds, for the table: synapses with short-term depression */
};

struct delays;

/* Rows by source, ascending. The sources 0 .. n_single - 1 send at most one event in a step. NULL:
 * the rings would take more than most_bytes. */
struct delays *delays_new(struct arena *arena, const struct delay_row *row, uint32_t n_rows,
                          uint32_t n_sources, uint32_t n_single, uint64_t most_bytes);

/* Events of the coming step. */
void delays_send(struct delays *delays, uint32_t source, uint32_t count);

/* Takes the next event that arrives in the coming step: number of its row, and how many. False: no
 * more; from then on the step after is the coming one. */
bool delays_arrive(struct delays *delays, uint32_t *row, uint32_t *count);

#endif
