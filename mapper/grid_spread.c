/* Of all that could flow along the ties of chips, the slowest to level out are two modes that
 * change from one end of the network to the other: they are coordinates. Turned by several angles
 * and stretched to ranks, each picture is laid on the positions by an assignment; the best is kept.
 *
 * Plain operations on doubles in a fixed order: the same everywhere.
 */
#include "mapper/grid_parts.h"

#include "compiler/base/elementary.h"
#include "compiler/base/rng.h"
#include "mapper/assign.h"

#include <stdlib.h>
#include <string.h>

enum { ANGLES = 32, LEAST_CHIPS = 3 };
/* Rounds of flow, ties visited by them, entries of an assignment's matrix, and looks at those. */
enum { MOST_ROUNDS = 2000, MOST_FLOW = 40000000, MOST_PAIRS = 1 << 20, MOST_LOOKS = 400000000 };
#define BARRED_COST (INT64_C(1) << 48)

struct ranked {
    double at;
    uint32_t i;
};
struct spreader {
    struct grid *g;
    struct arena *arena;
    uint32_t n;       /* moving chips; all below is by their number among these */
    uint32_t *number; /* per chip; NET_NONE: does not move */
    double *weight;   /* sum of ties */
    double *mode[2], *next;
    uint32_t *rank[2];
    struct ranked *order;
    uint32_t width, height; /* of what ranks are stretched to */
    int64_t *cost;          /* [chip][free position] */
    uint64_t work;          /* entries looked at */
};

/* --- modes --------------------------------------------------------------------------------------
 */

/* of: NULL for the mode that is the same everywhere. */
static void remove_mode(const struct spreader *s, double *x, const double *of)
{
    double shared = 0, square = 0;
    for (uint32_t i = 0; i < s->n; i++) {
        shared += s->weight[i] * x[i] * (of ? of[i] : 1);
        square += s->weight[i] * (of ? of[i] * of[i] : 1);
    }
    for (uint32_t i = 0; i < s->n && square > 0; i++)
        x[i] -= shared / square * (of ? of[i] : 1);
}

/* One round; the largest value becomes 1. */
static void flow(const struct spreader *s, double *x)
{
    const struct grid *g = s->g;
    double most = 0;
    for (uint32_t i = 0; i < s->n; i++) {
        double sum = 0;
        for (uint32_t k = g->first_link[g->moving[i]]; k < g->first_link[g->moving[i] + 1]; k++)
            if (s->number[g->links[k].chip] != NET_NONE)
                sum += (double)g->links[k].price * x[s->number[g->links[k].chip]];
        s->next[i] = x[i] + sum / s->weight[i];
        most = s->next[i] > most ? s->next[i] : -s->next[i] > most ? -s->next[i] : most;
    }
    for (uint32_t i = 0; i < s->n; i++)
        x[i] = most > 0 ? s->next[i] / most : 0;
}

static void find_mode(struct spreader *s, uint32_t which)
{
    const struct grid *g = s->g;
    double *x = s->mode[which], square = 0;
    uint64_t rounds = MOST_FLOW / (2 * ((uint64_t)g->first_link[g->n_chips] + s->n));
    rounds = rounds < MOST_ROUNDS ? rounds : MOST_ROUNDS;
    for (uint32_t i = 0; i < s->n; i++)
        x[i] = rng_unit(rng_mix((uint64_t)which << 32 | i)) - 0.5;
    for (uint64_t round = 0; round < rounds; round++) {
        remove_mode(s, x, NULL);
        if (which > 0)
            remove_mode(s, x, s->mode[0]);
        flow(s, x);
    }
    for (uint32_t i = 0; i < s->n; i++)
        square += s->weight[i] * x[i] * x[i];
    for (uint32_t i = 0; i < s->n && square > 0; i++)
        x[i] *= elem_pow(square, -0.5);
}

/* --- pictures -----------------------------------------------------------------------------------
 */

static int by_place(const void *x, const void *y)
{
    const struct ranked *a = x, *b = y;
    if (a->at != b->at)
        return a->at < b->at ? -1 : 1;
    return (a->i > b->i) - (a->i < b->i);
}

/* Ranks along (c, d) of the plane of the modes. */
static void rank_along(struct spreader *s, double c, double d, uint32_t *rank)
{
    for (uint32_t i = 0; i < s->n; i++)
        s->order[i] = (struct ranked){c * s->mode[0][i] + d * s->mode[1][i], i};
    qsort(s->order, s->n, sizeof *s->order, by_place);
    for (uint32_t k = 0; k < s->n; k++)
        rank[s->order[k].i] = k;
}

/* How far a rank, stretched to so many positions, is from the middle of one; in 1 / 2n of it. */
static int64_t offset(const struct spreader *s, uint32_t rank, uint32_t size, uint32_t at)
{
    return (int64_t)(2 * rank + 1) * size - (int64_t)(2 * at + 1) * s->n;
}

static void lay_out(struct spreader *s)
{
    struct grid *g = s->g;
    struct arena *scratch = arena_scratch(s->arena);
    struct assigned best;
    for (uint32_t i = 0; i < s->n; i++)
        for (uint32_t j = 0; j < g->n_free; j++) {
            uint32_t at = g->free[j];
            int64_t dx = offset(s, s->rank[0][i], s->width, g->x[at]);
            int64_t dy = offset(s, s->rank[1][i], s->height, g->y[at]);
            bool barred = grid_own_price(g, g->moving[i], at) >= g->barred;
            s->cost[(size_t)i * g->n_free + j] = dx * dx + dy * dy + (barred ? BARRED_COST : 0);
        }
    const struct assign problem = {s->n, g->n_free, s->cost};
    assign_rows(scratch, &problem, &best);
    s->work += (uint64_t)s->n * g->n_free + best.work;
    for (uint32_t i = 0; i < s->n; i++)
        grid_take(g, g->moving[i]);
    for (uint32_t i = 0; i < s->n; i++)
        grid_put(g, g->moving[i], g->free[best.column[i]]);
    arena_scratch_end(scratch);
}

/* Where no chip is held, the picture is as near to a square as the board allows. */
static void choose_size(struct spreader *s)
{
    uint32_t w = s->g->width, h = s->g->n_chips / w, side = 1;
    while (side * side < s->n)
        side++;
    s->height = !s->g->loose || side > h ? h : side;
    s->width = s->g->loose ? (s->n + s->height - 1) / s->height : w;
    if (s->width > w) {
        s->width = w;
        s->height = (s->n + w - 1) / w;
    }
}

static void describe(struct spreader *s)
{
    const struct grid *g = s->g;
    s->number = ARENA_ARRAY(s->arena, uint32_t, g->n_chips);
    s->weight = ARENA_ARRAY(s->arena, double, s->n);
    s->next = ARENA_ARRAY(s->arena, double, s->n);
    s->order = ARENA_ARRAY(s->arena, struct ranked, s->n);
    s->cost = ARENA_ARRAY(s->arena, int64_t, (size_t)s->n * g->n_free);
    for (uint32_t k = 0; k < 2; k++) {
        s->mode[k] = ARENA_ARRAY(s->arena, double, s->n);
        s->rank[k] = ARENA_ARRAY(s->arena, uint32_t, s->n);
    }
    memset(s->number, 0xFF, g->n_chips * sizeof *s->number);
    for (uint32_t i = 0; i < s->n; i++)
        s->number[g->moving[i]] = i;
    for (uint32_t i = 0; i < s->n; i++) {
        s->weight[i] = 1;
        for (uint32_t k = g->first_link[g->moving[i]]; k < g->first_link[g->moving[i] + 1]; k++)
            if (s->number[g->links[k].chip] != NET_NONE)
                s->weight[i] += (double)g->links[k].price;
    }
    choose_size(s);
}

bool grid_spread(struct grid *g)
{
    if (g->n_moving < LEAST_CHIPS || (uint64_t)g->n_moving * g->n_free > MOST_PAIRS)
        return false;
    struct arena *scratch = arena_scratch(g->arena);
    struct spreader s = {.g = g, .arena = scratch, .n = g->n_moving};
    uint32_t *best = ARENA_ARRAY(scratch, uint32_t, g->n_chips);
    int64_t least = INT64_MAX;
    describe(&s);
    find_mode(&s, 0);
    find_mode(&s, 1);
    for (uint32_t angle = 0; angle < ANGLES && s.work < MOST_LOOKS && grid_goes_on(g, s.work);
         angle++) {
        double c = elem_cos_turn(angle / (4.0 * ANGLES));
        double d = elem_cos_turn((ANGLES - angle) / (4.0 * ANGLES));
        rank_along(&s, c, d, s.rank[0]);
        rank_along(&s, -d, c, s.rank[1]);
        lay_out(&s);
        if (grid_price(g) >= least)
            continue;
        least = grid_price(g);
        memcpy(best, g->position, g->n_chips * sizeof *best);
    }
    if (least < INT64_MAX)
        grid_take_over(g, best);
    arena_scratch_end(scratch);
    return least < INT64_MAX;
}
