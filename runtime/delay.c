#include "runtime/delay.h"

#include <stdlib.h>

enum { WORD_BITS = 8 * sizeof(uint64_t), COUNT_BITS = 16 };

/* Rows of one delay and one kind of source. */
struct line {
    uint32_t steps, bits, n; /* n: cells of a slot, in the order of the sources */
    uint32_t words;          /* of a slot */
    uint32_t at;             /* slot of the coming step's events; the one behind it arrives */
    uint32_t *row;           /* per cell */
    uint64_t *ring;          /* [steps][words] */
};

struct delays {
    struct line *line;
    uint32_t n_lines;
    uint32_t *first;               /* per source: its rows */
    uint32_t *row_line, *row_cell; /* per row */
    uint32_t now_line, now_word;   /* of delays_arrive */
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

static struct sorted *sort_rows(struct arena *arena, const struct delay_row *row, uint32_t n,
                                uint32_t n_single)
{
    struct sorted *sorted = ARENA_ARRAY(arena, struct sorted, n);
    for (uint32_t r = 0; r < n; r++) {
        uint32_t bits = row[r].source < n_single ? 1 : COUNT_BITS;
        sorted[r] = (struct sorted){(uint64_t)row[r].steps << 32 | bits, r};
    }
    qsort(sorted, n, sizeof *sorted, compare_sorted);
    return sorted;
}

static void add_line(struct delays *delays, const struct sorted *sorted, uint32_t n,
                     uint32_t *cell_row)
{
    struct line *line = &delays->line[delays->n_lines];
    *line = (struct line){.steps = (uint32_t)(sorted->key >> 32),
                          .bits = (uint32_t)sorted->key,
                          .n = n,
                          .row = cell_row};
    line->words = (uint32_t)(((uint64_t)n * line->bits + WORD_BITS - 1) / WORD_BITS);
    for (uint32_t i = 0; i < n; i++) {
        line->row[i] = sorted[i].row;
        delays->row_line[sorted[i].row] = delays->n_lines;
        delays->row_cell[sorted[i].row] = i;
    }
    delays->n_lines++;
}

static bool allocate_rings(struct arena *arena, struct delays *delays, uint64_t most_bytes)
{
    uint64_t left = most_bytes / sizeof(uint64_t);
    for (uint32_t k = 0; k < delays->n_lines; k++) {
        struct line *line = &delays->line[k];
        uint64_t words = (uint64_t)line->steps * line->words;
        if (words > left)
            return false;
        left -= words;
    }
    for (uint32_t k = 0; k < delays->n_lines; k++) {
        struct line *line = &delays->line[k];
        line->ring = ARENA_ARRAY(arena, uint64_t, (size_t)line->steps * line->words);
    }
    return true;
}

struct delays *delays_new(struct arena *arena, const struct delay_row *row, uint32_t n_rows,
                          uint32_t n_sources, uint32_t n_single, uint64_t most_bytes)
{
    struct delays *delays = ARENA_NEW(arena, struct delays);
    struct sorted *sorted = sort_rows(arena, row, n_rows, n_single);
    uint32_t *cell_row = ARENA_ARRAY(arena, uint32_t, n_rows), n_lines = 0;
    for (uint32_t i = 0; i < n_rows; i++)
        n_lines += i == 0 || sorted[i].key != sorted[i - 1].key;
    delays->line = ARENA_ARRAY(arena, struct line, n_lines);
    delays->first = ARENA_ARRAY(arena, uint32_t, (size_t)n_sources + 1);
    delays->row_line = ARENA_ARRAY(arena, uint32_t, n_rows);
    delays->row_cell = ARENA_ARRAY(arena, uint32_t, n_rows);
    for (uint32_t begin = 0, i = 1; begin < n_rows; i++)
        if (i == n_rows || sorted[i].key != sorted[begin].key) {
            add_line(delays, sorted + begin, i - begin, cell_row + begin);
            begin = i;
        }
    for (uint32_t r = 0; r < n_rows; r++)
        delays->first[row[r].source + 1]++;
    for (uint32_t s = 0; s < n_sources; s++)
        delays->first[s + 1] += delays->first[s];
    return allocate_rings(arena, delays, most_bytes) ? delays : NULL;
}

/* --- events --- */

static uint64_t most_of(const struct line *line)
{
    return (UINT64_C(1) << line->bits) - 1;
}

static void add_to_cell(const struct line *line, uint32_t cell, uint32_t count)
{
    uint64_t bit = (uint64_t)cell * line->bits, most = most_of(line);
    uint64_t *word = &line->ring[(size_t)line->at * line->words + bit / WORD_BITS];
    uint64_t shift = bit % WORD_BITS, sum = (*word >> shift & most) + count;
    *word = (*word & ~(most << shift)) | (sum < most ? sum : most) << shift;
}

void delays_send(struct delays *delays, uint32_t source, uint32_t count)
{
    for (uint32_t r = delays->first[source]; r < delays->first[source + 1]; r++)
        add_to_cell(&delays->line[delays->row_line[r]], delays->row_cell[r], count);
}

static void next_step(struct delays *delays)
{
    for (uint32_t k = 0; k < delays->n_lines; k++) {
        struct line *line = &delays->line[k];
        line->at = line->at + 1 < line->steps ? line->at + 1 : 0;
    }
    delays->now_line = delays->now_word = 0;
}

bool delays_arrive(struct delays *delays, uint32_t *row, uint32_t *count)
{
    for (; delays->now_line < delays->n_lines; delays->now_line++, delays->now_word = 0) {
        const struct line *line = &delays->line[delays->now_line];
        uint32_t slot = line->at + 1 < line->steps ? line->at + 1 : 0;
        uint64_t *word = line->ring + (size_t)slot * line->words, most = most_of(line);
        for (; delays->now_word < line->words; delays->now_word++) {
            uint64_t left = word[delays->now_word];
            if (left == 0)
                continue;
            uint32_t part = (uint32_t)__builtin_ctzll(left) / line->bits;
            *count = (uint32_t)(left >> part * line->bits & most);
            *row = line->row[delays->now_word * (WORD_BITS / line->bits) + part];
            word[delays->now_word] = left & ~(most << part * line->bits);
            return true;
        }
    }
    next_step(delays);
    return false;
}
