#include "runtime/delay.h"

#include <stdlib.h>
#include <string.h>

enum { WORD_BITS = 8 * sizeof(uint64_t), COUNT_BITS = 16, FEW_LINES = 8, BATCH = 128 };

/* Rows of one delay and one kind of source. */
struct line {
    uint32_t steps, bits, n; /* n: cells of a slot, in the order of the sources */
    uint32_t words;          /* of a slot */
    uint32_t first_row;      /* of the cells, in a row, where `row` is NULL */
    uint32_t *row;           /* per cell */
    uint32_t slots, at;      /* at: what arrives in the coming step */
    uint64_t *ring;          /* [slots][words] */
};

struct delays {
    struct delay_config config;
    uint32_t block;
    struct line plain[2]; /* of the sources below n_single, of the others */
    struct line *line;
    uint32_t n_lines;
    uint32_t *first;               /* per source: its late rows */
    uint32_t *row_line, *row_cell; /* per late row; NULL: the rows of a line follow each other */
};

/* --- making the lines --- */

struct sorted {
    uint64_t key; /* steps, bits */
    uint32_t row;
};

static int compare_sorted(const void *a, const void *b)
{
    const struct sorted *x = a, *y = b;
    if (x->key != y->key)
        return x->key < y->key ? -1 : 1;
    return (x->row > y->row) - (x->row < y->row);
}

static struct sorted *sort_rows(struct arena *scratch, const struct delay_config *config)
{
    struct sorted *sorted = ARENA_ARRAY(scratch, struct sorted, config->n_late);
    for (uint32_t r = 0; r < config->n_late; r++) {
        uint32_t bits = config->late[r].source < config->n_single ? 1 : COUNT_BITS;
        sorted[r] = (struct sorted){(uint64_t)config->late[r].steps << 32 | bits, r};
    }
    qsort(sorted, config->n_late, sizeof *sorted, compare_sorted);
    return sorted;
}

static struct line line_of(uint32_t steps, uint32_t bits, uint32_t n, uint32_t first_row)
{
    return (struct line){.steps = steps,
                         .bits = bits,
                         .n = n,
                         .words = (uint32_t)(((uint64_t)n * bits + WORD_BITS - 1) / WORD_BITS),
                         .first_row = first_row};
}

static void add_line(struct delays *delays, const struct sorted *sorted, uint32_t n,
                     uint32_t *cell_row)
{
    struct line *line = &delays->line[delays->n_lines];
    *line = line_of((uint32_t)(sorted->key >> 32), (uint32_t)sorted->key, n,
                    delays->config.n_sources + sorted->row);
    for (uint32_t i = 0; cell_row && i < n; i++) {
        cell_row[i] = delays->config.n_sources + sorted[i].row;
        delays->row_line[sorted[i].row] = delays->n_lines;
        delays->row_cell[sorted[i].row] = i;
    }
    line->row = cell_row;
    delays->n_lines++;
}

static void make_lines(struct arena *arena, struct delays *delays, const struct sorted *sorted)
{
    const uint32_t n = delays->config.n_late;
    uint32_t n_lines = 0, *cell_row = NULL;
    bool in_order = true;
    for (uint32_t i = 0; i < n; i++) {
        n_lines += i == 0 || sorted[i].key != sorted[i - 1].key;
        in_order &= sorted[i].row == i;
    }
    delays->line = ARENA_ARRAY(arena, struct line, n_lines);
    if (!in_order || n_lines > FEW_LINES) {
        cell_row = ARENA_ARRAY(arena, uint32_t, n);
        delays->row_line = ARENA_ARRAY(arena, uint32_t, n);
        delays->row_cell = ARENA_ARRAY(arena, uint32_t, n);
    }
    for (uint32_t begin = 0, i = 1; begin < n; i++)
        if (i == n || sorted[i].key != sorted[begin].key) {
            add_line(delays, sorted + begin, i - begin, cell_row ? cell_row + begin : NULL);
            begin = i;
        }
}

static void find_late(struct arena *arena, struct delays *delays)
{
    const struct delay_config *config = &delays->config;
    delays->first = ARENA_ARRAY(arena, uint32_t, (size_t)config->n_sources + 1);
    for (uint32_t r = 0; r < config->n_late; r++)
        delays->first[config->late[r].source + 1]++;
    for (uint32_t s = 0; s < config->n_sources; s++)
        delays->first[s + 1] += delays->first[s];
}

/* Lines with a row of a source below n_single hold bits. */
static uint32_t shortest(const struct delays *delays)
{
    uint32_t least = delays->config.plain_single ? 1 : delays->config.most_block;
    for (uint32_t k = 0; k < delays->n_lines; k++)
        if (delays->line[k].bits == 1 && delays->line[k].steps < least)
            least = delays->line[k].steps;
    return least;
}

/* The limit is on what delays are the reason of, not on the slots of a block. */
static bool has_room(struct delays *delays)
{
    uint64_t left = delays->config.most_bytes / sizeof(uint64_t);
    for (uint32_t k = 0; k < delays->n_lines; k++) {
        uint64_t words = (uint64_t)delays->line[k].steps * delays->line[k].words;
        if (words > left)
            return false;
        left -= words;
    }
    return true;
}

static void allocate_rings(struct arena *arena, struct delays *delays)
{
    for (uint32_t k = 0; k < delays->n_lines + 2; k++) {
        struct line *line = k < 2 ? &delays->plain[k] : &delays->line[k - 2];
        line->slots = line->steps + delays->block;
        line->ring = ARENA_ARRAY(arena, uint64_t, (size_t)line->slots * line->words);
    }
}

struct delays *delays_new(struct arena *arena, const struct delay_config *config)
{
    struct delays *delays = ARENA_NEW(arena, struct delays);
    struct arena *scratch = arena_scratch(arena);
    const uint32_t n = config->n_sources, single = config->n_single;
    delays->config = *config;
    delays->plain[0] = line_of(1, 1, config->plain_single ? single : 0, 0);
    delays->plain[1] = line_of(1, COUNT_BITS, config->plain_others ? n - single : 0, single);
    if (config->n_late) {
        make_lines(arena, delays, sort_rows(scratch, config));
        find_late(arena, delays);
    }
    arena_scratch_end(scratch);
    if (!has_room(delays))
        return NULL;
    delays->block = shortest(delays);
    allocate_rings(arena, delays);
    return delays;
}

uint32_t delays_block(const struct delays *delays)
{
    return delays->block;
}

/* --- events --- */

static uint64_t most_of(const struct line *line)
{
    return (UINT64_C(1) << line->bits) - 1;
}

/* Slot of what arrives `ahead` steps after the coming one. */
static uint64_t *slot_of(const struct line *line, uint32_t ahead)
{
    uint32_t slot = line->at + ahead;
    slot -= slot < line->slots ? 0 : line->slots;
    return line->ring + (size_t)slot * line->words;
}

static void add_to_cell(const struct line *line, uint32_t offset, uint32_t cell, uint32_t count)
{
    uint64_t bit = (uint64_t)cell * line->bits, most = most_of(line);
    uint64_t *word = slot_of(line, offset + line->steps - 1) + bit / WORD_BITS;
    uint64_t shift = bit % WORD_BITS, sum = (*word >> shift & most) + count;
    *word = (*word & ~(most << shift)) | (sum < most ? sum : most) << shift;
}

/* Where the rows of a line follow each other, the line holds those of one delay. */
static void send_late(struct delays *delays, uint32_t row, uint32_t offset, uint32_t count)
{
    uint32_t k = 0, number = delays->config.n_sources + row;
    if (delays->row_line) {
        add_to_cell(&delays->line[delays->row_line[row]], offset, delays->row_cell[row], count);
        return;
    }
    while (number - delays->line[k].first_row >= delays->line[k].n)
        k++;
    add_to_cell(&delays->line[k], offset, number - delays->line[k].first_row, count);
}

void delays_send(struct delays *delays, uint32_t offset, uint32_t source, uint32_t count)
{
    const uint32_t single = delays->config.n_single;
    const struct line *plain = &delays->plain[source >= single];
    if (plain->n)
        add_to_cell(plain, offset, source >= single ? source - single : source, count);
    if (delays->first)
        for (uint32_t r = delays->first[source]; r < delays->first[source + 1]; r++)
            send_late(delays, r, offset, count);
}

static bool each_of_line(const struct line *line, uint32_t offset, uint32_t k, uint32_t n,
                         delays_visit *visit, void *context)
{
    const uint64_t *slot = slot_of(line, offset), most = most_of(line);
    const uint32_t end = (uint32_t)((uint64_t)line->words * (k + 1) / n);
    struct delay_event event[BATCH];
    uint32_t held = 0;
    for (uint32_t w = (uint32_t)((uint64_t)line->words * k / n); w < end; w++)
        for (uint64_t left = slot[w]; left;) {
            uint32_t part = (uint32_t)__builtin_ctzll(left) / line->bits, shift = part * line->bits;
            uint32_t cell = w * (WORD_BITS / line->bits) + part;
            if (held == BATCH && !visit(context, event, held))
                return false;
            held = held == BATCH ? 0 : held;
            event[held++] =
                (struct delay_event){line->row ? line->row[cell] : line->first_row + cell,
                                     (uint32_t)(left >> shift & most)};
            left &= ~(most << shift);
        }
    return held == 0 || visit(context, event, held);
}

bool delays_each(const struct delays *delays, uint32_t offset, uint32_t k, uint32_t n,
                 delays_visit *visit, void *context)
{
    for (int i = 0; i < 2; i++)
        if (!each_of_line(&delays->plain[i], offset, k, n, visit, context))
            return false;
    for (uint32_t i = 0; i < delays->n_lines; i++)
        if (!each_of_line(&delays->line[i], offset, k, n, visit, context))
            return false;
    return true;
}

static void pass_line(struct line *line, uint32_t n)
{
    for (uint32_t k = 0; k < n; k++)
        if (line->words)
            memset(slot_of(line, k), 0, line->words * sizeof(uint64_t));
    line->at = (line->at + n) % line->slots;
}

void delays_pass(struct delays *delays, uint32_t n)
{
    for (int i = 0; i < 2; i++)
        pass_line(&delays->plain[i], n);
    for (uint32_t i = 0; i < delays->n_lines; i++)
        pass_line(&delays->line[i], n);
}
