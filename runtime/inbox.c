#include "runtime/inbox.h"

#include <string.h>

enum { CHUNK = 64 };

struct inbox {
    uint32_t n_tiles, cell_bits, step;
    uint64_t used, capacity;
    uint64_t n_chunks_most;
    uint32_t n_chunks; /* taken; chunk 0 stays unused */
    bool holds_cells;  /* the pool, instead of events */
    uint32_t *pool;    /* events: count - 1 above the cell of the tile and the mask */
    uint32_t *next;    /* per chunk */
    uint32_t *first;   /* per tile: chunk */
    uint32_t *at;   /* per tile: where the next event goes; at the end of a chunk: none taken yet */
    uint32_t *end;  /* [step][tile]: `at` after the step */
    uint32_t *read; /* per tile: what was emptied so far, as `at` */
    struct lanes lanes;
};

struct inbox *inbox_new(struct arena *arena, uint32_t n_tiles, uint32_t cell_bits, uint32_t block,
                        uint64_t capacity)
{
    struct inbox *inbox = ARENA_NEW(arena, struct inbox);
    uint64_t chunks = capacity / CHUNK + n_tiles + 2;
    *inbox = (struct inbox){
        .n_tiles = n_tiles,
        .cell_bits = cell_bits,
        .capacity = capacity,
        .n_chunks_most = chunks,
        .pool = arena_alloc(arena, chunks * CHUNK * sizeof(uint32_t), _Alignof(uint64_t)),
        .next = ARENA_ARRAY(arena, uint32_t, chunks),
        .first = ARENA_ARRAY(arena, uint32_t, n_tiles),
        .at = ARENA_ARRAY(arena, uint32_t, n_tiles),
        .end = ARENA_ARRAY(arena, uint32_t, (size_t)block * n_tiles),
        .read = ARENA_ARRAY(arena, uint32_t, n_tiles),
        .lanes = lanes_of_masks()};
    return inbox;
}

void inbox_clear(struct inbox *inbox)
{
    memset(inbox->at, 0, inbox->n_tiles * sizeof *inbox->at);
    memset(inbox->read, 0, inbox->n_tiles * sizeof *inbox->read);
    inbox->used = 0;
    inbox->n_chunks = 1;
    inbox->step = 0;
    inbox->holds_cells = false;
}

static __attribute__((noinline)) uint32_t next_chunk(struct inbox *inbox, uint32_t tile)
{
    uint32_t chunk = inbox->n_chunks++, at = inbox->at[tile];
    if (at)
        inbox->next[at / CHUNK - 1] = chunk;
    else
        inbox->first[tile] = chunk;
    return chunk * CHUNK;
}

static inline void add_event(struct inbox *inbox, uint32_t tile, uint32_t event)
{
    uint32_t at = inbox->at[tile];
    if (at % CHUNK == 0)
        at = next_chunk(inbox, tile);
    inbox->pool[at] = event;
    inbox->at[tile] = at + 1;
}

static uint32_t event_count(uint32_t count)
{
    return (count < LANE_MAX ? count : LANE_MAX) - 1;
}

bool inbox_add(struct inbox *inbox, const uint32_t *word, uint64_t n, uint32_t count)
{
    const uint32_t bits = inbox->cell_bits + TYPE_BITS + MASK_BITS, low = (UINT32_C(1) << bits) - 1;
    const uint32_t more = event_count(count) << bits;
    if (n > inbox->capacity - inbox->used)
        return false;
    inbox->used += n;
    for (uint64_t e = 0; e < n; e++)
        add_event(inbox, word[e] >> bits, (word[e] & low) | more);
    return true;
}

uint64_t *inbox_cells(struct inbox *inbox, uint64_t *n)
{
    *n = inbox->n_chunks_most * CHUNK * sizeof *inbox->pool / sizeof(uint64_t);
    if (!inbox->holds_cells)
        memset(inbox->pool, 0, *n * sizeof(uint64_t));
    inbox->holds_cells = true;
    return (uint64_t *)inbox->pool;
}

void inbox_end_step(struct inbox *inbox)
{
    memcpy(inbox->end + (size_t)inbox->step * inbox->n_tiles, inbox->at,
           inbox->n_tiles * sizeof *inbox->at);
    inbox->step++;
}

uint64_t inbox_used(const struct inbox *inbox)
{
    return inbox->used;
}

static void take_plain(const struct inbox *inbox, const uint32_t *event, uint32_t n,
                       uint64_t *restrict cell)
{
    const uint32_t bits = inbox->cell_bits + TYPE_BITS + MASK_BITS, low = (UINT32_C(1) << bits) - 1;
    const struct lanes *restrict lanes = &inbox->lanes;
    for (uint32_t e = 0; e < n; e++)
        cell[(event[e] & low) >> MASK_BITS] +=
            lanes->of[event[e] & 15] * ((uint64_t)(event[e] >> bits) + 1);
}

static void take_saturating(const struct inbox *inbox, const uint32_t *event, uint32_t n,
                            uint64_t *restrict cell)
{
    const uint32_t bits = inbox->cell_bits + TYPE_BITS + MASK_BITS, low = (UINT32_C(1) << bits) - 1;
    for (uint32_t e = 0; e < n; e++) {
        uint64_t *to = &cell[(event[e] & low) >> MASK_BITS];
        *to = lanes_saturating(*to, inbox->lanes.of[event[e] & 15], (event[e] >> bits) + 1);
    }
}

/* Where there are many events, every type counts as touched: that changes no result. */
static void touch(const struct inbox *inbox, const uint32_t *event, uint32_t n, uint8_t *touched)
{
    enum { MANY = 32 };
    for (uint32_t e = 0; e < n && n < MANY; e++)
        touched[event[e] >> (inbox->cell_bits + MASK_BITS) & ((1 << TYPE_BITS) - 1)] = 1;
    if (n >= MANY)
        memset(touched, 1, 1 << TYPE_BITS);
}

void inbox_take(struct inbox *inbox, uint32_t tile, uint32_t step, bool saturating, uint64_t *cell,
                uint8_t *touched)
{
    uint32_t at = inbox->read[tile], end = inbox->end[(size_t)step * inbox->n_tiles + tile];
    inbox->read[tile] = end;
    while (at != end) {
        if (at % CHUNK == 0)
            at = (at ? inbox->next[at / CHUNK - 1] : inbox->first[tile]) * CHUNK;
        uint32_t stop = (at / CHUNK + 1) * CHUNK;
        if (at / CHUNK == (end - 1) / CHUNK)
            stop = end;
        (saturating ? take_saturating : take_plain)(inbox, inbox->pool + at, stop - at, cell);
        touch(inbox, inbox->pool + at, stop - at, touched);
        at = stop;
    }
}
