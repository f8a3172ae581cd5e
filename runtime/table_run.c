#include "runtime/table_parts.h"

#include "runtime/crew.h"

#include <string.h>

/* --- how to run --- */

/* Below this many neurons times steps a thread has less to do than meeting the others takes. */
enum { WORTH_A_THREAD = 80000 };
/* Up to this many neurons the counts of all cells are near enough to the processor; what is known
 * of one step at a time needs no sorting. */
enum { FEW_NEURONS = 16384, FEW_FOR_SINGLE_STEPS = 65536 };
/* Events the inboxes have room for, per neuron and over all threads; and from how many in a step on
 * counting them where they arrive is faster than sorting them, for one thread and for several, each
 * of which then reads all rows. */
enum { EVENTS_PER_NEURON = 8, CROWDED_FOR_ONE = 3, CROWDED_FOR_SEVERAL = 6 };

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

/* An inbox has room for the cells of a tile at least, and one cell more: see run_crowded. */
static void make_inboxes(struct table *table)
{
    uint64_t neurons = (uint64_t)table->config.n_tiles * table->config.stride;
    uint64_t capacity = EVENTS_PER_NEURON * neurons / table->n_workers;
    uint64_t least = 2 * ((uint64_t)table_cell(table, 1, 0) + 1);
    for (uint32_t k = 0; k < table->n_workers; k++) {
        struct worker *worker = &table->worker[k];
        worker->cell = ARENA_ARRAY(table->arena, uint64_t, table_cell(table, 1, 0));
        worker->inbox = inbox_new(table->arena, table->config.n_tiles, table->cell_bits,
                                  table->block, capacity > least ? capacity : least);
        for (int type = 0; type < N_SYNAPSE_TYPES; type++)
            worker->arriving.count[type] = worker->cell + table_cell(table, 0, type);
    }
}

void table_spread(struct table *table)
{
    table->n_workers = choose_threads(table);
    table->by_blocks = choose_blocks(table);
    if (!table->by_blocks)
        table->n_workers = 1;
    table_workers(table);
    table->fired = ARENA_ARRAY(table->arena, uint64_t,
                               (size_t)table->block * table->config.n_tiles * table->spike_words);
    if (table->by_blocks)
        make_inboxes(table);
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

/* Asks for what the steps of a tile need, if there is such a tile. */
static void fetch_tile(const struct table *table, uint32_t t)
{
    enum { LINE = 64 };
    if (t >= table->config.n_tiles)
        return;
    const struct tile *tile = &table->tile[t];
    const size_t size = (table->config.use_double ? sizeof(double) : sizeof(float)) * tile->n;
    for (int s = 0; s < N_KERNEL_STATES; s++)
        for (size_t at = 0; at < size; at += LINE)
            __builtin_prefetch((const char *)tile->state[s] + at, 1);
    for (int p = 0; p < PARAM_OWN; p++)
        for (size_t at = 0; at < size; at += LINE)
            __builtin_prefetch((const char *)tile->param[p] + at);
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

struct row {
    const uint32_t *word;
    uint64_t n; /* 0 also where it is depressed */
    uint32_t count;
};

/* Row i of the n events. The rows of sources are far apart in memory, so that those that come next
 * are asked for while one is read. */
static inline struct row row_of(const struct table_rows *rows, const struct delay_event *event,
                                uint32_t i, uint32_t n)
{
    enum { FIRST_AHEAD = 16, WORDS_AHEAD = 6, LINE = 16, MOST_LINES = 8 };
    const uint32_t row = event[i].row;
    if (i + FIRST_AHEAD < n)
        __builtin_prefetch(&rows->first[event[i + FIRST_AHEAD].row]);
    if (i + WORDS_AHEAD < n) {
        const uint64_t *first = &rows->first[event[i + WORDS_AHEAD].row];
        uint64_t most = first[0] + MOST_LINES * LINE, end = first[1] < most ? first[1] : most;
        for (uint64_t e = first[0]; e < end; e += LINE)
            __builtin_prefetch(&rows->word[e]);
    }
    return (struct row){rows->word + rows->first[row],
                        is_depressed(rows, row) ? 0 : rows->first[row + 1] - rows->first[row],
                        event[i].count};
}

static bool to_depression(void *context, const struct delay_event *event, uint32_t n)
{
    struct table *table = context;
    const struct table_rows *rows = &table->rows;
    for (uint32_t i = 0; i < n; i++)
        if (is_depressed(rows, event[i].row))
            for (uint64_t e = rows->first[event[i].row]; e < rows->first[event[i].row + 1]; e++)
                depression_event(table->depression, rows->word[e], event[i].count);
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

static void add_to_counts(struct table *table, struct row row)
{
    const uint32_t *restrict word = row.word;
    const struct lanes *restrict lanes = &table->lanes;
    uint64_t *restrict cell = table->count;
    if (table_saturates(table))
        for (uint64_t e = 0; e < row.n; e++)
            cell[word[e] >> MASK_BITS] =
                lanes_saturating(cell[word[e] >> MASK_BITS], lanes->of[word[e] & 15], row.count);
    else if (row.count == 1)
        for (uint64_t e = 0; e < row.n; e++)
            cell[word[e] >> MASK_BITS] += lanes->of[word[e] & 15];
    else
        for (uint64_t e = 0; e < row.n; e++)
            cell[word[e] >> MASK_BITS] += lanes->of[word[e] & 15] * row.count;
    mark_touched(table, word, row.n);
}

static bool to_counts(void *context, const struct delay_event *event, uint32_t n)
{
    struct table *table = context;
    for (uint32_t i = 0; i < n; i++)
        add_to_counts(table, row_of(&table->rows, event, i, n));
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
    uint32_t begin, n; /* steps of the run */
    uint32_t workers, done;
    uint64_t events; /* so many as there was room for, at least */
};

struct sorting {
    const struct table_rows *rows;
    struct inbox *inbox;
};

static bool to_inbox(void *context, const struct delay_event *event, uint32_t n)
{
    const struct sorting *sorting = context;
    for (uint32_t i = 0; i < n; i++) {
        struct row row = row_of(sorting->rows, event, i, n);
        if (!inbox_add(sorting->inbox, row.word, row.n, row.count))
            return false;
    }
    return true;
}

/* What arrives in part k of n of the rows, until the inbox is full. */
static void sort_events(struct block *block, uint32_t k, uint32_t n)
{
    struct table *table = block->table;
    struct worker *worker = &table->worker[k];
    struct sorting sorting = {&table->rows, worker->inbox};
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
    fetch_tile(table, t + 1);
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
    uint32_t tiles = block->table->config.n_tiles, steps = block->n;
    sort_events(block, k, n);
    crew_meet();
    for (uint32_t j = 0; j < n; j++)
        steps = block->table->worker[j].steps < steps ? block->table->worker[j].steps : steps;
    uint32_t end = (uint32_t)((uint64_t)tiles * (k + 1) / n);
    for (uint32_t t = (uint32_t)((uint64_t)tiles * k / n); t < end && steps; t++)
        advance_block(block, t, &block->table->worker[k], n, steps);
    if (k > 0)
        return;
    block->done = steps;
    for (uint32_t j = 0; j < n; j++)
        block->events += inbox_used(block->table->worker[j].inbox);
}

/* --- crowded steps --- */

/* More events in one step than the inboxes have room for: every thread reads all rows and counts
 * what is for its own tiles, so many at a time as its inbox has room for the cells of. */
struct counting {
    struct table *table;
    uint64_t *cell; /* of the tiles at hand; behind the last one what is for others goes */
    uint32_t first, n;
    bool all; /* the tiles at hand are all there are */
    uint64_t events;
};

static void count_row(const struct counting *counting, struct row row, bool saturating)
{
    const uint32_t first = counting->first, n = counting->n;
    const uint32_t *restrict word = row.word;
    const struct lanes *restrict lanes = &counting->table->lanes;
    uint64_t *restrict cell = counting->cell;
    if (!saturating && row.count == 1 && counting->all)
        for (uint64_t e = 0; e < row.n; e++)
            cell[word[e] >> MASK_BITS] += lanes->of[word[e] & 15];
    else
        for (uint64_t e = 0; e < row.n; e++) {
            uint32_t at = (word[e] >> MASK_BITS) - first;
            uint64_t *to = &cell[at < n ? at : n], more = lanes->of[word[e] & 15];
            *to = saturating ? lanes_saturating(*to, more, row.count) : *to + more * row.count;
        }
}

static bool to_own_counts(void *context, const struct delay_event *event, uint32_t n)
{
    struct counting *counting = context;
    const bool saturating = table_saturates(counting->table);
    for (uint32_t i = 0; i < n; i++) {
        struct row row = row_of(&counting->table->rows, event, i, n);
        count_row(counting, row, saturating);
        counting->events += row.n;
    }
    return true;
}

static void advance_counted(struct block *block, const struct counting *counting,
                            struct arriving arriving, uint32_t begin, uint32_t end)
{
    struct table *table = block->table;
    uint8_t *touched = table->touched + (size_t)begin * N_SYNAPSE_TYPES;
    memset(touched, 1, (size_t)(end - begin) * N_SYNAPSE_TYPES);
    for (uint32_t t = begin; t < end; t++, touched += N_SYNAPSE_TYPES) {
        for (int type = 0; type < N_SYNAPSE_TYPES; type++)
            arriving.count[type] = counting->cell + table_cell(table, t - begin, type);
        arriving.touched = touched;
        fetch_tile(table, t + 1);
        advance_tile(table, t, block->begin, &arriving);
    }
}

static void crowded_body(void *context, uint32_t k, uint32_t n)
{
    struct block *block = context;
    struct table *table = block->table;
    const struct worker *worker = &table->worker[k];
    const uint32_t tiles = table->config.n_tiles, per_tile = table_cell(table, 1, 0);
    const uint32_t end = (uint32_t)((uint64_t)tiles * (k + 1) / n);
    uint64_t room;
    struct counting counting = {.table = table, .cell = inbox_cells(worker->inbox, &room)};
    const uint64_t most = (room - 1) / per_tile;
    for (uint32_t begin = (uint32_t)((uint64_t)tiles * k / n), next; begin < end; begin = next) {
        next = most < end - begin ? begin + (uint32_t)most : end;
        counting.first = begin * per_tile;
        counting.n = (next - begin) * per_tile;
        counting.all = next - begin == tiles;
        counting.events = 0;
        delays_each(table->delays, 0, 0, 1, to_own_counts, &counting);
        counting.cell[counting.n] = 0;
        advance_counted(block, &counting, worker->arriving, begin, next);
    }
    if (k == 0)
        block->events = counting.events;
}

static void run_crowded(struct block *block)
{
    crew_run(block->workers, crowded_body, block);
    block->done = 1;
}

static bool is_crowded(const struct block *block)
{
    const struct table_config *config = &block->table->config;
    uint64_t most = block->workers > 1 ? CROWDED_FOR_SEVERAL : CROWDED_FOR_ONE;
    return block->events / block->done > most * config->n_tiles * config->stride;
}

/* Returns the steps made, 1 .. n. */
static uint32_t run_block(struct table *table, uint32_t begin, uint32_t n)
{
    const bool choose = table->n_workers > 1 && table->config.spread == SPREAD_AUTO;
    struct block block = {.table = table,
                          .begin = begin,
                          .n = n,
                          .workers = choose && crew_pace_way(&table->pace) ? 1 : table->n_workers};
    double start = choose ? crew_clock() : 0;
    add_depressed(table);
    if (!table->crowded)
        crew_run(block.workers, block_body, &block);
    if (block.done == 0)
        run_crowded(&block);
    table->crowded = is_crowded(&block);
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
