/* Positions from which every packet arrives, whatever the hops: annealing on how far ties reach too
 * far, in chips, all alike. It goes through positions that are no placements yet, where an
 * annealing that bars them finds no way. Ends as soon as nothing is out of reach.
 */
#include "mapper/grid_parts.h"

#include "compiler/base/rng.h"

#include <string.h>

enum { RUNS = 3, ROUNDS = 60, COOL_BY = 246, COOL_BITS = 8 };
enum { START = 1 << GRID_LUCK_BITS }; /* heat: one chip too far doubles the odds against it */
enum { OWN = 4 };                     /* of a chip that the host does not reach */
/* Ties visited, per chip and position and in all; what a step costs besides them. */
enum { WORK_PER_PAIR = 10000, MOST_WORK = 400000000, STEP = 4 };

struct gatherer {
    struct grid *g;
    uint32_t *first, *other; /* per chip + 1: chips that it has packets for or from */
    uint64_t die, work, heat;
    uint64_t over;
};

static uint32_t roll(struct gatherer *a, uint32_t sides)
{
    return (uint32_t)(((rng_mix(a->die++) >> 32) * sides) >> 32);
}

static void list_ties(struct gatherer *a)
{
    const struct grid *g = a->g;
    uint32_t n = 0;
    a->first = ARENA_ARRAY(g->arena, uint32_t, g->n_chips + 1);
    a->other = ARENA_ARRAY(g->arena, uint32_t, g->first_link[g->n_chips]);
    for (uint32_t chip = 0; chip < g->n_chips; chip++) {
        for (uint32_t i = g->first_link[chip]; i < g->first_link[chip + 1]; i++)
            if (g->links[i].packets)
                a->other[n++] = g->links[i].chip;
        a->first[chip + 1] = n;
    }
}

static uint32_t beyond(const struct grid *g, uint32_t at, uint32_t to)
{
    uint32_t dx = board_distance(g->x[at], g->x[to]), dy = board_distance(g->y[at], g->y[to]);
    return (dx > g->reach ? dx - g->reach : 0) + (dy > g->reach ? dy - g->reach : 0);
}

/* Of a chip where it stands. */
static uint32_t over_of(struct gatherer *a, uint32_t chip)
{
    const struct grid *g = a->g;
    uint32_t at = g->position[chip], sum = grid_own_price(g, chip, at) >= g->barred ? OWN : 0;
    for (uint32_t i = a->first[chip]; i < a->first[chip + 1]; i++)
        sum += beyond(g, at, g->position[a->other[i]]);
    a->work += a->first[chip + 1] - a->first[chip] + STEP;
    return sum;
}

static uint64_t over_of_all(struct gatherer *a)
{
    const struct grid *g = a->g;
    uint64_t ties = 0, own = 0;
    for (uint32_t i = 0; i < g->n_chips; i++) {
        if (g->position[i] == NET_NONE)
            continue;
        for (uint32_t k = a->first[i]; k < a->first[i + 1]; k++)
            ties += beyond(g, g->position[i], g->position[a->other[k]]);
        own += grid_own_price(g, i, g->position[i]) >= g->barred ? OWN : 0;
    }
    return ties / 2 + own;
}

static void exchange(struct grid *g, uint32_t chip, uint32_t at)
{
    uint32_t from = g->position[chip], other = g->chip_at[at];
    grid_put(g, chip, at);
    if (other == NET_NONE)
        g->chip_at[from] = NET_NONE;
    else
        grid_put(g, other, from);
}

static void step(struct gatherer *a)
{
    struct grid *g = a->g;
    uint32_t chip = g->moving[roll(a, g->n_moving)], from = g->position[chip];
    uint32_t at = g->free[roll(a, g->n_free)], other = g->chip_at[at];
    a->work += STEP;
    if (at == from)
        return;
    /* what lies between the two is counted twice before and after, and stays */
    uint32_t before = over_of(a, chip) + (other != NET_NONE ? over_of(a, other) : 0);
    exchange(g, chip, at);
    uint32_t after = over_of(a, chip) + (other != NET_NONE ? over_of(a, other) : 0);
    if (after > before
        && (uint64_t)(after - before) << (2 * GRID_LUCK_BITS)
               > a->heat * grid_luck(rng_mix(a->die++)))
        exchange(g, chip, from);
    else
        a->over = a->over + after - before;
}

static void anneal(struct gatherer *a, uint64_t work, uint32_t *best, uint64_t *least)
{
    struct grid *g = a->g;
    a->heat = START;
    a->work = 0;
    a->over = over_of_all(a);
    for (uint32_t round = 0; round<ROUNDS && * least> 0 && !g->ended; round++) {
        while (a->work < work * (round + 1) / ROUNDS && a->over > 0)
            step(a);
        if (a->over < *least) {
            *least = a->over;
            memcpy(best, g->position, g->n_chips * sizeof *best);
        }
        a->heat = (a->heat * COOL_BY) >> COOL_BITS;
        g->ended = !observer_lets(g->problem->observer, "grid", -1, -1, a->work);
    }
}

bool grid_gather(struct grid *g)
{
    struct gatherer a = {.g = g};
    uint64_t work = (uint64_t)g->n_moving * g->n_free * WORK_PER_PAIR, least;
    uint32_t *best = ARENA_ARRAY(g->arena, uint32_t, g->n_chips);
    work = work < MOST_WORK ? work : MOST_WORK;
    list_ties(&a);
    least = over_of_all(&a);
    memcpy(best, g->position, g->n_chips * sizeof *best);
    for (uint32_t run = 0; run < RUNS && least > 0 && !g->ended; run++)
        anneal(&a, work, best, &least);
    grid_take_over(g, best);
    return least == 0;
}
