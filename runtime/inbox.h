/* Events of a few steps, sorted by the tile they reach, so that a tile can be advanced through all
 * these steps while its state and its counts stay in the first cache.
 *
 * A thread fills an inbox of its own; then each tile is emptied by one thread. Events stand in
 * chunks that follow each other per tile, taken from a pool of fixed size.
 */
#ifndef DYNC_RUNTIME_INBOX_H
#define DYNC_RUNTIME_INBOX_H

#include "compiler/base/arena.h"
#include "runtime/counts.h"

struct inbox;

enum { INBOX_MOST_CELL_BITS = 32 - 16 - MASK_BITS - TYPE_BITS };

/* Room for `capacity` events of up to `block` steps. */
struct inbox *inbox_new(struct arena *arena, uint32_t n_tiles, uint32_t cell_bits, uint32_t block,
                        uint64_t capacity);
void inbox_clear(struct inbox *inbox);
/* `count` events of a row in the step at hand. False: no room, nothing was added. */
bool inbox_add(struct inbox *inbox, const uint32_t *word, uint64_t n, uint32_t count);
/* Events in it. */
uint64_t inbox_used(const struct inbox *inbox);
/* What comes next belongs to the next step. */
void inbox_end_step(struct inbox *inbox);

/* Adds the events of a step to the cells of a tile, and sets touched[type] where there is one. The
 * steps of a tile in order, each once. */
void inbox_take(struct inbox *inbox, uint32_t tile, uint32_t step, bool saturating, uint64_t *cell,
                uint8_t *touched);

/* The room as cells, *n of them, instead of events: all 0, or as they were left since the last call
 * if no inbox_clear came between. Next comes inbox_clear, or this again. */
uint64_t *inbox_cells(struct inbox *inbox, uint64_t *n);

#endif
