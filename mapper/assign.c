/* Shortest augmenting paths: rows come one by one, and each takes the way to a free column that is
 * shortest by the costs less the prices; prices then change so that no cost lies below them.
 */
#include "mapper/assign.h"

#include <string.h>

enum { FREE = UINT32_MAX };

struct path_search {
    const struct assign *problem;
    struct assigned *out;
    uint32_t *row_of; /* per column; FREE */
    int64_t *length;  /* per column: of the shortest way found */
    uint32_t *before; /* per column: the column before it on that way; FREE: the new row itself */
    bool *reached;    /* per column: nothing shorter can come */
};

/* Looks at all columns from a row that is `so_far` away; the nearest that is not reached. */
static uint32_t look_around(struct path_search *s, uint32_t row, uint32_t from, int64_t so_far)
{
    const int64_t *cost = s->problem->cost + (size_t)row * s->problem->n_columns;
    int64_t own = so_far - s->out->row_price[row];
    uint32_t nearest = FREE;
    for (uint32_t j = 0; j < s->problem->n_columns; j++) {
        if (s->reached[j])
            continue;
        int64_t length = own + cost[j] - s->out->col_price[j];
        if (length < s->length[j]) {
            s->length[j] = length;
            s->before[j] = from;
        }
        if (nearest == FREE || s->length[j] < s->length[nearest])
            nearest = j;
    }
    s->out->work += s->problem->n_columns;
    return nearest;
}

static void add_row(struct path_search *s, uint32_t row)
{
    uint32_t n = s->problem->n_columns, end = FREE;
    int64_t so_far = 0;
    memset(s->reached, 0, n * sizeof *s->reached);
    for (uint32_t j = 0; j < n; j++)
        s->length[j] = INT64_MAX;
    for (uint32_t at = row;;) {
        end = look_around(s, at, end, so_far);
        so_far = s->length[end];
        s->reached[end] = true;
        at = s->row_of[end];
        if (at == FREE)
            break;
    }
    s->out->row_price[row] += so_far;
    for (uint32_t j = 0; j < n; j++) {
        if (!s->reached[j])
            continue;
        s->out->col_price[j] -= so_far - s->length[j];
        if (s->row_of[j] != FREE)
            s->out->row_price[s->row_of[j]] += so_far - s->length[j];
    }
    for (uint32_t j = end; j != FREE; j = s->before[j])
        s->row_of[j] = s->before[j] == FREE ? row : s->row_of[s->before[j]];
}

void assign_rows(struct arena *arena, const struct assign *problem, struct assigned *result)
{
    uint32_t n = problem->n_columns;
    struct arena *scratch = arena_scratch(arena);
    *result = (struct assigned){.column = ARENA_ARRAY(arena, uint32_t, problem->n_rows),
                                .row_price = ARENA_ARRAY(arena, int64_t, problem->n_rows),
                                .col_price = ARENA_ARRAY(arena, int64_t, n)};
    struct path_search s = {problem,
                            result,
                            ARENA_ARRAY(scratch, uint32_t, n),
                            ARENA_ARRAY(scratch, int64_t, n),
                            ARENA_ARRAY(scratch, uint32_t, n),
                            ARENA_ARRAY(scratch, bool, n)};
    for (uint32_t j = 0; j < n; j++)
        s.row_of[j] = FREE;
    for (uint32_t i = 0; i < problem->n_rows; i++)
        add_row(&s, i);
    for (uint32_t j = 0; j < n; j++)
        if (s.row_of[j] != FREE) {
            result->column[s.row_of[j]] = j;
            result->cost += problem->cost[(size_t)s.row_of[j] * n + j];
        }
    arena_scratch_end(scratch);
}
