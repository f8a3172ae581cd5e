/* All placements that could be better, chip after chip and position after position, each in order.
 * What the chips that have no position yet must at least cost is an assignment: at a position, a
 * chip pays its ties to those that stand, and half of those to the others as if these, the
 * strongest first, took the nearest positions (the bound of Gilmore and Lawler). Prices are doubled
 * for that half.
 */
#include "mapper/grid_parts.h"

#include "mapper/assign.h"

#include <string.h>

/* Entries of matrices looked at; positions at most. */
enum { MOST_WORK = 100000000, MOST_POSITIONS = 1 << 12 };
/* Beyond all doubled prices, as g->barred is at most 2^55; eight of them still add up. */
#define BARRED (INT64_C(1) << 57)

struct exhaust {
    struct grid *g;
    uint32_t n;                                                          /* moving chips */
    const struct grid_link *between[GRID_EXACT_CHIPS][GRID_EXACT_CHIPS]; /* NULL: no tie */
    int64_t *price[GRID_EXACT_CHIPS + 1]; /* [depth][chip * positions + position]: doubled, beside
                                             what is held and the chips before */
    uint32_t *nearest;                    /* [free position][k]: links to the k-th nearest other */
    uint32_t at[GRID_EXACT_CHIPS];        /* index of a free position */
    bool *taken;                          /* per free position */
    int64_t *matrix;
    uint64_t work, heard;
    int64_t best; /* doubled; only what is less is of interest */
    bool found, complete;
    uint32_t *best_position;
};

/* --- what is known beforehand -------------------------------------------------------------------
 */

static void list_nearest(struct exhaust *x, struct arena *arena)
{
    const struct grid *g = x->g;
    uint32_t longest = g->width + g->n_chips / g->width;
    uint32_t *count = ARENA_ARRAY(arena, uint32_t, longest);
    x->nearest = ARENA_ARRAY(arena, uint32_t, (size_t)g->n_free * GRID_EXACT_CHIPS);
    for (uint32_t i = 0; i < g->n_free; i++) {
        uint32_t *nearest = x->nearest + (size_t)i * GRID_EXACT_CHIPS, n = 0;
        memset(count, 0, longest * sizeof *count);
        for (uint32_t j = 0; j < g->n_free; j++)
            count[board_hops(g->problem->net, g->free[i], g->free[j])]++;
        for (uint32_t links = 1; links < longest; links++)
            for (; count[links] > 0 && n < GRID_EXACT_CHIPS; count[links]--)
                nearest[n++] = links;
    }
}

static int64_t doubled(const struct grid *g, int64_t price)
{
    return price >= g->barred ? BARRED : 2 * price;
}

static void describe(struct exhaust *x, struct arena *arena)
{
    struct grid *g = x->g;
    uint32_t f = g->n_free;
    for (uint32_t depth = 0; depth <= x->n; depth++)
        x->price[depth] = ARENA_ARRAY(arena, int64_t, (size_t)x->n * f);
    for (uint32_t i = 0; i < x->n; i++) {
        uint32_t chip = g->moving[i];
        for (uint32_t k = g->first_link[chip]; k < g->first_link[chip + 1]; k++)
            for (uint32_t j = 0; j < x->n; j++)
                if (g->links[k].chip == g->moving[j])
                    x->between[i][j] = &g->links[k];
        for (uint32_t s = 0; s < f; s++)
            x->price[0][(size_t)i * f + s] = doubled(g, grid_price_at(g, chip, g->free[s]));
    }
    list_nearest(x, arena);
    x->taken = ARENA_ARRAY(arena, bool, f);
    x->matrix = ARENA_ARRAY(arena, int64_t, (size_t)x->n * f);
    x->best_position = ARENA_ARRAY(arena, uint32_t, g->n_chips);
}

/* --- bounds -------------------------------------------------------------------------------------
 */

/* Prices of the chips from `depth` on, once the one before has taken its position. */
static void add_prices(struct exhaust *x, uint32_t depth)
{
    const struct grid *g = x->g;
    uint32_t f = g->n_free;
    for (uint32_t i = depth; i < x->n; i++) {
        const struct grid_link *link = x->between[i][depth - 1];
        for (uint32_t s = 0; s < f; s++) {
            int64_t price = x->price[depth - 1][(size_t)i * f + s];
            if (link)
                price +=
                    doubled(g, grid_link_price(g, link, g->free[s], g->free[x->at[depth - 1]]));
            x->price[depth][(size_t)i * f + s] = price < BARRED ? price : BARRED;
        }
    }
    x->work += (uint64_t)(x->n - depth) * f;
}

/* A chip's ties to the others from `depth` on, the strongest first. */
static uint32_t sort_ties(const struct exhaust *x, uint32_t i, uint32_t depth, int64_t *ties)
{
    uint32_t n = 0;
    for (uint32_t j = depth; j < x->n; j++) {
        if (j == i || !x->between[i][j])
            continue;
        uint32_t k = n++;
        for (; k > 0 && ties[k - 1] < x->between[i][j]->price; k--)
            ties[k] = ties[k - 1];
        ties[k] = x->between[i][j]->price;
    }
    return n;
}

/* What all chips from `depth` on must cost at least; BARRED or more: they cannot stand. */
static int64_t least_rest(struct exhaust *x, uint32_t depth)
{
    uint32_t f = x->g->n_free, columns = 0;
    if (depth == x->n)
        return 0;
    for (uint32_t s = 0; s < f; s++)
        columns += !x->taken[s];
    for (uint32_t i = depth; i < x->n; i++) {
        int64_t ties[GRID_EXACT_CHIPS], *row = x->matrix + (size_t)(i - depth) * columns;
        uint32_t n = sort_ties(x, i, depth, ties);
        for (uint32_t s = 0; s < f; s++) {
            if (x->taken[s])
                continue;
            int64_t price = x->price[depth][(size_t)i * f + s];
            for (uint32_t k = 0; k < n; k++)
                price += ties[k] * x->nearest[(size_t)s * GRID_EXACT_CHIPS + k];
            *row++ = price < BARRED ? price : BARRED;
        }
    }
    struct arena *scratch = arena_scratch(x->g->arena);
    const struct assign problem = {x->n - depth, columns, x->matrix};
    struct assigned rest;
    assign_rows(scratch, &problem, &rest);
    x->work += (uint64_t)(x->n - depth) * f + rest.work;
    arena_scratch_end(scratch);
    return rest.cost;
}

/* --- the search ---------------------------------------------------------------------------------
 */

static bool goes_on(struct exhaust *x)
{
    if (x->work - x->heard >= OBSERVER_STRIDE && !x->g->ended) {
        x->heard = x->work;
        grid_goes_on(x->g, x->work);
    }
    x->complete = x->complete && x->work < MOST_WORK && !x->g->ended;
    return x->complete;
}

/* Depth is at most GRID_EXACT_CHIPS. */
static void extend(struct exhaust *x, uint32_t depth, int64_t price)
{
    const struct grid *g = x->g;
    if (depth == x->n) {
        x->best = price;
        x->found = true;
        for (uint32_t i = 0; i < x->n; i++)
            x->best_position[g->moving[i]] = g->free[x->at[i]];
        return;
    }
    for (uint32_t s = 0; s < g->n_free && goes_on(x); s++) {
        int64_t own = x->price[depth][(size_t)depth * g->n_free + s];
        if (x->taken[s] || own >= BARRED || price + own >= x->best)
            continue;
        x->taken[s] = true;
        x->at[depth] = s;
        add_prices(x, depth + 1);
        int64_t rest = least_rest(x, depth + 1);
        if (rest < BARRED && price + own + rest < x->best)
            extend(x, depth + 1, price + own);
        x->taken[s] = false;
    }
}

void grid_exhaust(struct grid *g, bool *complete)
{
    *complete = false;
    if (g->ended || g->n_free > MOST_POSITIONS)
        return;
    struct arena *scratch = arena_scratch(g->arena);
    struct exhaust x = {.g = g, .n = g->n_moving, .complete = true, .best = BARRED};
    uint32_t *given = ARENA_ARRAY(scratch, uint32_t, g->n_chips);
    memcpy(given, g->position, g->n_chips * sizeof *given);
    int64_t all = grid_price(g);
    for (uint32_t i = 0; i < g->n_moving; i++)
        grid_take(g, g->moving[i]);
    int64_t held = grid_price(g);
    if (all < g->barred)
        x.best = 2 * (all - held) + 1;
    describe(&x, scratch);
    if (held < g->barred)
        extend(&x, 0, 0);
    for (uint32_t i = 0; i < g->n_moving; i++)
        grid_put(g, g->moving[i], x.found ? x.best_position[g->moving[i]] : given[g->moving[i]]);
    *complete = x.complete;
    arena_scratch_end(scratch);
}
