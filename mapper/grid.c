#include "mapper/grid.h"

#include "compiler/base/rng.h"

#include <string.h>

enum { ROUNDS = 40, HEAT_BITS = 8, COOL_BY = 220, TRIES_PER_PAIR = 400, MAX_TRIES = 400000 };
enum { WISH_BITS = 20 }; /* all wishes over the longest way stay below one hop of one word */
#define OUT_OF_REACH (UINT64_C(1) << 50) /* price of packets that cannot arrive */

struct grid {
    const struct grid_problem *problem;
    struct grid_result *out;
    uint32_t n_chips;
    uint64_t *between; /* [a][b]: price of a hop between them, traffic and wishes both ways */
    uint32_t *moving, n_moving;
    uint32_t *free, n_free; /* positions that no held chip takes, ascending */
    uint32_t *position;     /* per chip */
    uint32_t *chip_at;      /* per position: chip; NET_NONE: none */
    uint64_t nodes;
};

static uint64_t between(const struct grid *g, uint32_t a, uint32_t b)
{
    return g->between[(size_t)a * g->n_chips + b];
}

/* Price of the traffic between two chips at two positions. */
static uint64_t pair_price(const struct grid *g, uint32_t a, uint32_t at, uint32_t b, uint32_t bt)
{
    uint64_t traffic = between(g, a, b);
    if (!traffic)
        return 0;
    bool packets = traffic >> WISH_BITS;
    uint64_t far =
        packets && !board_in_reach(g->problem->net, g->problem->device, at, bt) ? OUT_OF_REACH : 0;
    return traffic * board_hops(g->problem->net, at, bt) + far;
}

/* What a position asks of a chip besides its traffic. */
static uint64_t host_price(const struct grid *g, uint32_t chip, uint32_t at)
{
    const struct grid_chip *own = &g->problem->chips[chip];
    bool ok = (!own->sends_home || board_sends_home(g->problem->net, g->problem->device, at))
              && (!own->hears_host || board_hears_host(g->problem->net, g->problem->device, at));
    return ok ? 0 : OUT_OF_REACH;
}

/* Price of a chip at a position beside all that have one. */
static uint64_t price_at(const struct grid *g, uint32_t chip, uint32_t at)
{
    uint64_t sum = host_price(g, chip, at);
    for (uint32_t b = 0; b < g->n_chips; b++)
        if (b != chip && g->position[b] != NET_NONE)
            sum += pair_price(g, chip, at, b, g->position[b]);
    return sum;
}

static uint64_t total_price(const struct grid *g)
{
    uint64_t sum = 0;
    for (uint32_t a = 0; a < g->n_chips; a++) {
        if (!g->problem->chips[a].used)
            continue;
        sum += host_price(g, a, g->position[a]);
        for (uint32_t b = 0; b < a; b++)
            if (g->problem->chips[b].used)
                sum += pair_price(g, a, g->position[a], b, g->position[b]);
    }
    return sum;
}

static void put(struct grid *g, uint32_t chip, uint32_t at)
{
    g->position[chip] = at;
    g->chip_at[at] = chip;
}

static void take(struct grid *g, uint32_t chip)
{
    g->chip_at[g->position[chip]] = NET_NONE;
    g->position[chip] = NET_NONE;
}

/* --- exactly ------------------------------------------------------------------------------------
 */

/* One link at least for all traffic of chips that have no position yet. */
static uint64_t least_rest(const struct grid *g, uint32_t depth)
{
    uint64_t sum = 0;
    for (uint32_t i = depth; i < g->n_moving; i++) {
        for (uint32_t b = 0; b < g->n_chips; b++)
            if (g->position[b] != NET_NONE)
                sum += between(g, g->moving[i], b);
        for (uint32_t j = depth; j < i; j++)
            sum += between(g, g->moving[i], g->moving[j]);
    }
    return sum;
}

/* Depth is at most GRID_EXACT_CHIPS. The result holds the best so far. */
static void extend(struct grid *g, uint32_t depth, uint64_t price, uint64_t *best)
{
    if (depth == g->n_moving) {
        *best = price;
        memcpy(g->out->position, g->position, g->n_chips * sizeof *g->position);
        return;
    }
    uint32_t chip = g->moving[depth];
    for (uint32_t i = 0; i < g->n_free && g->nodes < GRID_NODES; i++) {
        if (g->chip_at[g->free[i]] != NET_NONE)
            continue;
        uint64_t own = price + price_at(g, chip, g->free[i]);
        g->nodes++;
        put(g, chip, g->free[i]);
        if (own + least_rest(g, depth + 1) < *best)
            extend(g, depth + 1, own, best);
        take(g, chip);
    }
}

static void search_exactly(struct grid *g)
{
    uint64_t held = 0, best = UINT64_MAX;
    for (uint32_t i = 0; i < g->n_moving; i++)
        take(g, g->moving[i]);
    for (uint32_t a = 0; a < g->n_chips; a++)
        if (g->position[a] != NET_NONE) {
            held += host_price(g, a, g->position[a]);
            for (uint32_t b = 0; b < a; b++)
                if (g->position[b] != NET_NONE)
                    held += pair_price(g, a, g->position[a], b, g->position[b]);
        }
    extend(g, 0, held, &best);
    g->out->proved = g->nodes < GRID_NODES;
    for (uint32_t i = 0; i < g->n_moving; i++)
        put(g, g->moving[i], g->out->position[g->moving[i]]);
}

/* --- annealing ----------------------------------------------------------------------------------
 */

struct annealer {
    struct grid *g;
    uint64_t die, heat;
};

static uint32_t roll(struct annealer *a, uint32_t sides)
{
    return (uint32_t)((rng_mix(a->die++) >> 32) % sides);
}

static bool bears(struct annealer *a, int64_t delta)
{
    uint32_t zeros = (uint32_t)__builtin_clzll(rng_mix(a->die++) | 1);
    return delta <= 0 || (uint64_t)delta <= (a->heat * zeros) >> HEAT_BITS;
}

/* A chip goes to a free position; the one there, if any, goes to its old one. */
static void step(struct annealer *a)
{
    struct grid *g = a->g;
    uint32_t chip = g->moving[roll(a, g->n_moving)], at = g->free[roll(a, g->n_free)];
    uint32_t from = g->position[chip], other = g->chip_at[at];
    if (at == from)
        return;
    uint64_t before = price_at(g, chip, from), after;
    take(g, chip);
    if (other != NET_NONE) {
        before += price_at(g, other, at);
        take(g, other);
        put(g, other, from);
    }
    after = (other != NET_NONE ? price_at(g, other, from) : 0) + price_at(g, chip, at);
    put(g, chip, at);
    if (bears(a, (int64_t)(after - before)))
        return;
    take(g, chip);
    if (other != NET_NONE) {
        take(g, other);
        put(g, other, at);
    }
    put(g, chip, from);
}

static void search_by_annealing(struct grid *g)
{
    struct annealer a = {.g = g};
    uint64_t tries = (uint64_t)g->n_moving * g->n_free * TRIES_PER_PAIR;
    uint64_t start = 0, total = total_price(g), best = total;
    for (size_t i = 0; i < (size_t)g->n_chips * g->n_chips; i++)
        start += g->between[i];
    a.heat = (start << HEAT_BITS) / ((uint64_t)g->n_moving * 2);
    tries = tries < MAX_TRIES ? tries : MAX_TRIES;
    memcpy(g->out->position, g->position, g->n_chips * sizeof *g->position);
    for (uint32_t round = 0; round < ROUNDS; round++) {
        if (!observer_lets(g->problem->observer, "grid", -1, -1, round))
            break;
        for (uint64_t i = 0; i < tries / ROUNDS; i++)
            step(&a);
        total = total_price(g);
        if (total < best) {
            best = total;
            memcpy(g->out->position, g->position, g->n_chips * sizeof *g->position);
        }
        a.heat = round + 3 < ROUNDS ? (a.heat * COOL_BY) >> HEAT_BITS : 0;
    }
    for (uint32_t i = 0; i < g->n_moving; i++)
        take(g, g->moving[i]);
    for (uint32_t i = 0; i < g->n_moving; i++)
        put(g, g->moving[i], g->out->position[g->moving[i]]);
}

/* --- all ----------------------------------------------------------------------------------------
 */

/* Chips that hold nothing take what positions are left, in order. */
static void fill_rest(struct grid *g)
{
    uint32_t next = 0;
    memcpy(g->out->position, g->position, g->n_chips * sizeof *g->position);
    for (uint32_t chip = 0; chip < g->n_chips; chip++) {
        if (g->out->position[chip] != NET_NONE)
            continue;
        while (g->chip_at[next] != NET_NONE)
            next++;
        g->out->position[chip] = next++;
    }
}

static uint64_t hop_price(const struct grid *g, uint32_t from, uint32_t to)
{
    size_t at = (size_t)from * g->n_chips + to;
    return (g->problem->traffic[at] << WISH_BITS) + g->problem->wish[at];
}

static void list_chips(struct grid *g)
{
    const struct grid_chip *chips = g->problem->chips;
    memset(g->position, 0xFF, g->n_chips * sizeof *g->position);
    memset(g->chip_at, 0xFF, g->n_chips * sizeof *g->chip_at);
    for (uint32_t a = 0; a < g->n_chips; a++) {
        for (uint32_t b = 0; b < g->n_chips; b++)
            g->between[(size_t)a * g->n_chips + b] =
                a == b ? 0 : hop_price(g, a, b) + hop_price(g, b, a);
        if (chips[a].used)
            put(g, a, a);
        if (chips[a].used && !chips[a].held)
            g->moving[g->n_moving++] = a;
        if (!chips[a].used || !chips[a].held)
            g->free[g->n_free++] = a;
    }
}

void grid_place(struct arena *arena, const struct grid_problem *problem, struct grid_result *result)
{
    uint32_t n = problem->net->chips;
    struct grid g = {.problem = problem, .out = result, .n_chips = n};
    g.between = ARENA_ARRAY(arena, uint64_t, (size_t)n * n);
    g.moving = ARENA_ARRAY(arena, uint32_t, n);
    g.free = ARENA_ARRAY(arena, uint32_t, n);
    g.position = ARENA_ARRAY(arena, uint32_t, n);
    g.chip_at = ARENA_ARRAY(arena, uint32_t, n);
    *result = (struct grid_result){.position = ARENA_ARRAY(arena, uint32_t, n)};
    list_chips(&g);
    if (g.n_moving <= GRID_EXACT_CHIPS)
        search_exactly(&g);
    if (g.n_moving > GRID_EXACT_CHIPS || !result->proved)
        search_by_annealing(&g);
    uint64_t price = total_price(&g);
    result->fits = price < OUT_OF_REACH;
    result->hops = (price % OUT_OF_REACH) >> WISH_BITS;
    fill_rest(&g);
}
