/* Annealing: a chip goes to a free position, anywhere or beside a chip that it has ties with; who
 * stands there takes its old one.
 */
#include "mapper/grid_parts.h"

#include "compiler/base/rng.h"

#include <string.h>

enum { ROUNDS = 60, COLD_ROUNDS = 2, COOL_BY = 231, COOL_BITS = 8, HEAT_BITS = 40 };
/* Links visited: per chip and position, in all; what a step costs besides them. */
enum { WORK_PER_PAIR = 40000, MOST_WORK = 100000000, STEP = 16 };

struct annealer {
    struct grid *g;
    uint64_t die, work;
    uint64_t heat; /* in units of 2^scale */
    uint32_t scale;
    int64_t price;
};

static uint32_t roll(struct annealer *a, uint32_t sides)
{
    return (uint32_t)(((rng_mix(a->die++) >> 32) * sides) >> 32);
}

/* A price above 0 is borne with a chance of about 2^(-price / heat): it is compared with the
 * logarithm of a die, straight between powers of two. */
static bool bears(struct annealer *a, int64_t price)
{
    if (price <= 0)
        return true;
    uint64_t luck = grid_luck(rng_mix(a->die++));
    return (uint64_t)price >> a->scale <= (a->heat * luck) >> GRID_LUCK_BITS;
}

/* A position beside a chip that this one has ties with; NET_NONE: the step leads nowhere. */
static uint32_t beside_neighbour(struct annealer *a, uint32_t chip)
{
    const struct grid *g = a->g;
    uint32_t n = g->first_link[chip + 1] - g->first_link[chip];
    if (n == 0)
        return NET_NONE;
    uint32_t at = g->position[g->links[g->first_link[chip] + roll(a, n)].chip];
    switch (roll(a, 4)) {
    case 0:
        return g->x[at] > 0 ? at - 1 : NET_NONE;
    case 1:
        return g->x[at] + 1 < g->width ? at + 1 : NET_NONE;
    case 2:
        return at >= g->width ? at - g->width : NET_NONE;
    default:
        return at + g->width < g->n_chips ? at + g->width : NET_NONE;
    }
}

static void step(struct annealer *a, const bool *is_free)
{
    struct grid *g = a->g;
    uint32_t chip = g->moving[roll(a, g->n_moving)], from = g->position[chip];
    uint32_t at = roll(a, 2) ? beside_neighbour(a, chip) : g->free[roll(a, g->n_free)];
    a->work += STEP;
    if (at == NET_NONE || at == from || !is_free[at])
        return;
    uint32_t other = g->chip_at[at];
    int64_t before = grid_price_at(g, chip, from), after;
    a->work += 2 * (g->first_link[chip + 1] - g->first_link[chip]);
    if (other != NET_NONE) {
        a->work += 2 * (g->first_link[other + 1] - g->first_link[other]);
        before += grid_price_at(g, other, at);
        grid_take(g, other);
    }
    /* both prices hold the ties between the two, and these stay as they are */
    g->chip_at[from] = NET_NONE;
    grid_put(g, chip, at);
    if (other != NET_NONE)
        grid_put(g, other, from);
    after = grid_price_at(g, chip, at);
    after += other != NET_NONE ? grid_price_at(g, other, from) : 0;
    if (bears(a, after - before)) {
        a->price += after - before;
        return;
    }
    if (other != NET_NONE)
        grid_take(g, other);
    else
        g->chip_at[at] = NET_NONE;
    grid_put(g, chip, from);
    if (other != NET_NONE)
        grid_put(g, other, at);
}

static bool *mark_free(const struct grid *g)
{
    bool *is_free = ARENA_ARRAY(g->arena, bool, g->n_chips);
    for (uint32_t i = 0; i < g->n_free; i++)
        is_free[g->free[i]] = true;
    return is_free;
}

/* To begin with: what a chip's ties cost on average for each link they cross. */
static void warm_up(struct annealer *a, uint32_t mildness)
{
    const struct grid *g = a->g;
    uint64_t heat = 0;
    for (uint32_t i = 0; i < g->first_link[g->n_chips]; i++)
        heat += (uint64_t)g->links[i].price / g->n_moving;
    heat >>= mildness;
    for (a->scale = 0; heat >> a->scale >> HEAT_BITS; a->scale++)
        ;
    a->heat = heat >> a->scale;
}

void grid_anneal(struct grid *g, uint32_t seed, uint32_t mildness)
{
    struct annealer a = {.g = g, .die = (uint64_t)seed << 48, .price = grid_price(g)};
    uint64_t work = (uint64_t)g->n_moving * g->n_free * WORK_PER_PAIR;
    uint32_t *best = ARENA_ARRAY(g->arena, uint32_t, g->n_chips);
    const bool *is_free = mark_free(g);
    int64_t least = a.price;
    work = work < MOST_WORK ? work : MOST_WORK;
    warm_up(&a, mildness);
    memcpy(best, g->position, g->n_chips * sizeof *best);
    for (uint32_t round = 0; round < ROUNDS && !g->ended; round++) {
        while (a.work < work * (round + 1) / ROUNDS)
            step(&a, is_free);
        if (a.price < least) {
            least = a.price;
            memcpy(best, g->position, g->n_chips * sizeof *best);
        }
        a.heat = round + 1 + COLD_ROUNDS < ROUNDS ? (a.heat * COOL_BY) >> COOL_BITS : 0;
        grid_goes_on(g, a.work);
    }
    grid_take_over(g, best);
}
