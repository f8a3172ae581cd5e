#include "runtime/table_parts.h"

#include "runtime/crew.h"

#include <string.h>

/* --- how to run --- */

/* Below this many neurons times steps a thread has less to do than meeting the others takes. */
enum { WORTH_A_THREAD = 80000 };
/* Up to this many neurons the counts of all cells are near enough to the processor; what is known
 * of one step at a time needs no sorting. */
enum { FEW_NEURONS = 16384, FEW_FOR_SINGLE_STEPS = 65536 };
/* Events an inbox has room for, per neuron and over all threads. */
enum { EVENTS_PER_NEURON = 8 };

static uint32_t choose_threads(const struct table *table)
{
    uint64_t work = (uint64_t)table->config.n_tiles * table->config.stride * table->block;
    uint64_t n = table->config.threads;
    if (table->config.spread == SPREAD_AUTO && n > work / WORTH_A_THREAD)
        n = work / WORTH_A_THREAD;
    n = n < crew_most() ? n : crew_most();
    n = n < table->config.n_tiles ? n : table->config.n_tiles;
    return table->config.spread == SPREAD_NEVER || n < 1 ? 1 : (uint32_t)n;
}

static bool choose_blocks(const struct table *table)
{
    uint64_t neurons = (uint64_t)table->config.n_tiles * table->config.stride;
    if (table->cell_bits > INBOX_MOST_CELL_BITS || table->config.compat)
        return false;
    if (table->config.spread != SPREAD_AUTO)
        return table->config.spread == SPREAD_ALWAYS;
    return table->n_workers > 1
           || neurons > (table->block > 1 ? FEW_NEURONS : FEW_FOR_SINGLE_STEPS);
}

/* Cuts the tiles into ranges whose words all fit one inbox. */
static void cut_ranges(struct table *table, const uint64_t *load, uint64_t capacity)
{
    uint64_t held = 0;
    table->range = ARENA_ARRAY(table->arena, uint32_t, (size_t)table->config.n_tiles + 1);
    for (uint32_t t = 0; t < table->config.n_tiles; t++) {
        if (table->n_ranges == 0 || held + load[t] > capacity) {
            table->range[table->n_ranges++] = t;
            held = 0;
        }
        held += load[t];
    }
    table->range[table->n_ranges] = table->config.n_tiles;
}

static void make_inboxes(struct table *table, const uint64_t *load)
{
    uint64_t neurons = (uint64_t)table->config.n_tiles * table->config.stride, most = 0;
    uint64_t capacity = EVENTS_PER_NEURON * neurons / table->n_workers;
    for (uint32_t t = 0; t < table->config.n_tiles; t++)
        most = load[t] > most ? load[t] : most;
    capacity = most > capacity ? most : capacity;
    cut_ranges(table, load, capacity);
    for (uint32_t k = 0; k < table->n_workers; k++) {
        struct worker *worker = &table->worker[k];
        worker->cell = ARENA_ARRAY(table->arena, uint64_t, table_cell(table, 1, 0));
        worker->inbox = inbox_new(table->arena, table->config.n_tiles, table->cell_bits,
                                  table->block, capacity);
        for (int type = 0; type < N_SYNAPSE_TYPES; type++)
            worker->arriving.count[type] = worker->cell + table_cell(table, 0, type);
    }
}

void table_spread(struct table *table, const uint64_t *load)
{
    table->n_workers = choose_threads(table);
    table->by_blocks = choose_blocks(table);
    if (!table->by_blocks)
        table->n_workers = 1;
    table_workers(table);
    table->fired = ARENA_ARRAY(table->arena, uint64_t,
                               (size_t)table->block * table->config.n_tiles * table->spike_words);
    if (table->by_blocks)
        make_inboxes(table, load);
    else
        table->count =
            ARENA_ARRAY(table->arena, uint64_t, table_cell(table, table->config.n_tiles, 0));
}

uint32_t table_block(const struct table *table)
{
    return table->block;
}

uint32_t table_threads(const struct table *table)
{
    return table->n_workers;
}

/* --- spikes --- */

static uint64_t *fired_at(const struct table *table, uint32_t step, uint32_t tile)
{
    return table->fired + ((size_t)step * table->config.n_tiles + tile) * table->spike_words;
}

static void advance_tile(struct table *table, uint32_t t, uint32_t step,
                         const struct arriving *arriving)
{
    struct tile *tile = &table->tile[t];
    uint64_t *fired = fired_at(table, step, t);
    uint32_t n = table->config.compat ? table->kernel->step_compat(tile, arriving)
                                      : table->kernel->step(tile, arriving);
    if (n)
        table->kernel->fired(tile, fired);
    else
        memset(fired, 0, table->spike_words * sizeof *fired);
}

typedef void spike_fn(struct table *table, uint32_t tile, uint32_t i, uint32_t offset);

static void each_spike(struct table *table, uint32_t step, uint32_t offset, spike_fn *each)
{
    for (uint32_t t = 0; t < table->config.n_tiles; t++) {
        const uint64_t *fired = fired_at(table, step, t);
        for (uint32_t w = 0; w < table->spike_words; w++)
            for (uint64_t left = fired[w]; left; left &= left - 1)
                each(table, t, w * SPIKE_BITS + (uint32_t)__builtin_ctzll(left), offset);
    }
}

static void send(struct table *table, uint32_t tile, uint32_t i, uint32_t offset)
{
    const uint32_t *first = table->rows.tile_source;
    uint32_t source = (first ? first[tile] : tile * table->config.stride) + i;
    if (source < table->rows.n_single)
        delays_send(table->delays, offset, source, 1);
}

/* The spikes of the steps begin .. begin + n - 1 of the run become events. */
static void end_steps(struct table *table, uint32_t begin, uint32_t n)
{
    if (!table->delays)
        return;
    for (uint32_t k = 0; k < n; k++)
        each_spike(table, begin + k, k + 1, send);
    delays_pass(table->delays, n);
}

static void list_spike(struct table *table, uint32_t tile, uint32_t i, uint32_t at)
{
    (void)at;
    table->listed[table->n_listed++] = tile * table->config.stride + i;
}

const uint32_t *table_spikes(struct table *table, uint32_t step, uint32_t *n)
{
    table->n_listed = 0;
    each_spike(table, step, 0, list_spike);
    *n = table->n_listed;
    return table->listed;
}

/* --- events --- */

void table_event(struct table *table, uint32_t offset, uint32_t source, uint32_t count)
{
    table->most_count = count > table->most_count ? count : table->most_count;
    if (count)
        delays_send(table->delays, offset, source, count);
}

static bool is_depressed(const struct table_rows *rows, uint32_t row)
{
    return row >= rows->n_sources && rows->late[row - rows->n_sources].depressed;
}

static bool to_depression(void *context, uint32_t row, uint32_t count)
{
    struct table *table = context;
    const struct table_rows *rows = &table->rows;
    if (is_depressed(rows, row))
        for (uint64_t e = rows->first[row]; e < rows->first[row + 1]; e++)
            depression_event(table->depression, rows->word[e], count);
    return true;
}

/* The currents of depressed synapses in the coming step; a block is one step then. */
static void add_depressed(struct table *table)
{
    uint32_t cell;
    double current;
    if (!table->depression)
        return;
    delays_each(table->delays, 0, 0, 1, to_depression, table);
    while (depression_take(table->depression, &cell, &current)) {
        table->added[cell] += current;
        table->touched[cell >> table->cell_bits] = 1;
    }
}

/* --- step by step --- */

/* Where an event reached many cells, every type counts as touched: that changes no result. */
static void mark_touched(struct table *table, const uint32_t *word, uint64_t n)
{
    enum { WORDS_PER_PAIR = 16 };
    uint32_t pairs = table->config.n_tiles * N_SYNAPSE_TYPES, shift = table->cell_bits + MASK_BITS;
    if (table->n_marked > (uint64_t)WORDS_PER_PAIR * pairs)
        return;
    for (uint64_t e = 0; e < n; e++) {
        table->n_touched += !table->touched[word[e] >> shift];
        table->touched[word[e] >> shift] = 1;
    }
    table->n_marked += n;
    if (table->n_marked <= (uint64_t)WORDS_PER_PAIR * pairs && table->n_touched < pairs / 4 * 3)
        return;
    memset(table->touched, 1, pairs);
    table->n_marked = UINT64_MAX;
}

static bool to_counts(void *context, uint32_t row, uint32_t count)
{
    struct table *table = context;
    const struct table_rows *rows = &table->rows;
    const uint32_t *restrict word = rows->word + rows->first[row];
    const struct lanes *restrict lanes = &table->lanes;
    const uint64_t n = rows->first[row + 1] - rows->first[row];
    uint64_t *restrict cell = table->count;
    if (is_depressed(rows, row))
        return true;
    if (table_saturates(table))
        for (uint64_t e = 0; e < n; e++)
            cell[word[e] >> MASK_BITS] =
                lanes_saturating(cell[word[e] >> MASK_BITS], lanes->of[word[e] & 15], count);
    else if (count == 1)
        for (uint64_t e = 0; e < n; e++)
            cell[word[e] >> MASK_BITS] += lanes->of[word[e] & 15];
    else
        for (uint64_t e = 0; e < n; e++)
            cell[word[e] >> MASK_BITS] += lanes->of[word[e] & 15] * count;
    mark_touched(table, word, n);
    return true;
}

static void run_step(struct table *table, uint32_t step)
{
    struct arriving arriving = table->worker[0].arriving;
    table->n_marked = table->n_touched = 0;
    if (table->delays)
        delays_each(table->delays, 0, 0, 1, to_counts, table);
    add_depressed(table);
    for (uint32_t t = 0; t < table->config.n_tiles; t++) {
        for (int type = 0; type < N_SYNAPSE_TYPES; type++)
            arriving.count[type] = table->count + table_cell(table, t, type);
        arriving.touched = table->touched + (size_t)t * N_SYNAPSE_TYPES;
        advance_tile(table, t, step, &arriving);
    }
    end_steps(table, step, 1);
}

/* --- by blocks --- */

struct block {
    struct table *table;
    uint32_t begin, n;       /* steps of the run */
    uint32_t tile, tile_end; /* the tiles at hand */
    uint32_t workers;
    bool ranged; /* not all tiles: one step */
    uint32_t done;
};

struct sorting {
    struct block *block;
    struct inbox *inbox;
};

static bool to_inbox(void *context, uint32_t row, uint32_t count)
{
    const struct sorting *sorting = context;
    const struct block *block = sorting->block;
    const struct table_rows *rows = &block->table->rows;
    const uint32_t *word = rows->word + rows->first[row];
    const uint64_t n = rows->first[row + 1] - rows->first[row];
    if (is_depressed(rows, row))
        return true;
    if (!block->ranged)
        return inbox_add(sorting->inbox, word, n, count);
    inbox_add_range(sorting->inbox, word, n, count, block->tile, block->tile_end);
    return true;
}

/* What arrives in part k of n of the rows, until the inbox is full. */
static void sort_events(struct block *block, uint32_t k, uint32_t n)
{
    struct table *table = block->table;
    struct worker *worker = &table->worker[k];
    struct sorting sorting = {block, worker->inbox};
    inbox_clear(worker->inbox);
    for (worker->steps = 0; worker->steps < block->n; worker->steps++) {
        if (!delays_each(table->delays, worker->steps, k, n, to_inbox, &sorting))
            break;
        inbox_end_step(worker->inbox);
    }
}

static void advance_block(struct block *block, uint32_t t, struct worker *worker, uint32_t n,
                          uint32_t steps)
{
    struct table *table = block->table;
    const bool saturating = table_saturates(table);
    worker->arriving.touched = table->touched + (size_t)t * N_SYNAPSE_TYPES;
    for (uint32_t step = 0; step < steps; step++) {
        for (uint32_t k = 0; k < n; k++)
            inbox_take(table->worker[k].inbox, t, step, saturating, worker->cell,
                       worker->arriving.touched);
        advance_tile(table, t, block->begin + step, &worker->arriving);
    }
}

static void block_body(void *context, uint32_t k, uint32_t n)
{
    struct block *block = context;
    uint32_t tiles = block->tile_end - block->tile, steps = block->n;
    sort_events(block, k, n);
    crew_meet();
    for (uint32_t j = 0; j < n; j++)
        steps = block->table->worker[j].steps < steps ? block->table->worker[j].steps : steps;
    uint32_t end = block->tile + (uint32_t)((uint64_t)tiles * (k + 1) / n);
    for (uint32_t t = block->tile + (uint32_t)((uint64_t)tiles * k / n); t < end && steps; t++)
        advance_block(block, t, &block->table->worker[k], n, steps);
    if (k == 0)
        block->done = steps;
}

/* Too many events for the inboxes even in one step: range after range of the tiles. */
static void run_ranges(struct block *block)
{
    struct table *table = block->table;
    block->n = 1;
    block->ranged = true;
    for (uint32_t r = 0; r < table->n_ranges; r++) {
        block->tile = table->range[r];
        block->tile_end = table->range[r + 1];
        crew_run(block->workers, block_body, block);
    }
}

/* Returns the steps made, 1 .. n. */
static uint32_t run_block(struct table *table, uint32_t begin, uint32_t n)
{
    const bool choose = table->n_workers > 1 && table->config.spread == SPREAD_AUTO;
    struct block block = {.table = table,
                          .begin = begin,
                          .n = n,
                          .tile_end = table->config.n_tiles,
                          .workers = choose && crew_pace_way(&table->pace) ? 1 : table->n_workers};
    double start = choose ? crew_clock() : 0;
    add_depressed(table);
    crew_run(block.workers, block_body, &block);
    if (block.done == 0)
        run_ranges(&block);
    end_steps(table, begin, block.done);
    if (choose)
        crew_pace_note(&table->pace, (crew_clock() - start) / block.done);
    return block.done;
}

void table_run(struct table *table, uint32_t n)
{
    for (uint32_t done = 0; done < n;)
        if (table->by_blocks)
            done += run_block(table, done, n - done);
        else
            run_step(table, done++);
}
