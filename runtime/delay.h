/* Events under way: the histories of the sources, from sending to arrival.
 *
 * A history is a ring with one slot per step and one cell per row: a bit where the source sends at
 * most one event in a step (neurons), else a count that stays at 65,535, the most events of one
 * step that make a difference. So the memory is known before the first step and none is taken
 * later. Rows of one delay stand together in a line, so that a step looks at one slot of each line.
 * Rows without delay are those of one step.
 */
#ifndef DYNC_RUNTIME_DELAY_H
#define DYNC_RUNTIME_DELAY_H

#include "compiler/base/arena.h"

/* Events of `source` arrive `steps` - 1 steps later than those of its plain row; steps >= 1. */
struct delay_row {
    uint32_t source, steps;
    bool depressed; /* what the row holds, for the table: synapses with short-term depression */
};

struct delay_config {
    uint32_t n_sources,
        n_single; /* the sources 0 .. n_single - 1 send at most one event in a step */
    bool plain_single,
        plain_others;             /* whether any source below n_single, any other has a plain row */
    const struct delay_row *late; /* by source, ascending; their rows are numbered from n_sources */
    uint32_t n_late;
    uint32_t most_block; /* of delays_block */
    uint64_t most_bytes;
};

struct delays;

/* NULL: the rings of delayed rows would take more than most_bytes. */
struct delays *delays_new(struct arena *arena, const struct delay_config *config);

/* Steps that can be made before anything sent in them by a source below n_single arrives: the
 * shortest of their delays, 1 .. most_block. */
uint32_t delays_block(const struct delays *delays);

/* `count` events of the step `offset` steps after the coming one, offset <= delays_block. */
void delays_send(struct delays *delays, uint32_t offset, uint32_t source, uint32_t count);

/* What arrives `offset` steps after the coming one, offset < delays_block: calls `visit` for the
 * rows of part k of n, some at a time and in any order. Changes nothing, so that all parts may be
 * visited at once. False: `visit` returned false and was not called again. */
struct delay_event {
    uint32_t row, count;
};
typedef bool delays_visit(void *context, const struct delay_event *event, uint32_t n);
bool delays_each(const struct delays *delays, uint32_t offset, uint32_t k, uint32_t n,
                 delays_visit *visit, void *context);

/* The first n steps are over, n <= delays_block: what arrived in them is forgotten. */
void delays_pass(struct delays *delays, uint32_t n);

#endif
