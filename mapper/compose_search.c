/* Annealing in integers: whole cores change places, blocks change places with blocks of their class
 * or go where there is room. Then blocks are cut in two and the search goes on with the parts, so
 * that populations are split where connectivity says.
 *
 * All work is counted in axons visited; random numbers are hashes of a counter, so the outcome
 * depends on the network alone.
 */
#include "mapper/compose.h"

#include "compiler/base/rng.h"

#include <string.h>

enum {
    HEAT_BITS = 8,       /* temperatures are in units of 2^-HEAT_BITS */
    PROBES = 200,        /* moves tried to find the first temperature */
    COOLINGS = 60,       /* steps from there to rest */
    COOL_BY = 230,       /* per step, in units of 2^-HEAT_BITS */
    MILDNESS = 8,        /* a start that was grown needs less heat than a random one */
    FINEST_PER_CORE = 32 /* blocks of a full core at the finest */
};

struct search {
    struct compose *c;
    uint64_t die, heat;
    struct cost best;
    uint32_t *best_core; /* per block */
    bool ahead;          /* the composition is the best so far, and not saved yet */
    struct shift *shifts;
    uint32_t n_shifts;
    bool ended; /* by the observer */
};

static uint32_t roll(struct search *s, uint32_t sides)
{
    return (uint32_t)((rng_mix(s->die++) >> 32) % sides);
}

/* Whether to bear a change for the worse: with probability 2^(-delta / heat). */
static bool bears(struct search *s, int64_t delta)
{
    uint64_t u = rng_mix(s->die++) | 1;
    uint32_t zeros = (uint32_t)__builtin_clzll(u);
    uint64_t mantissa = (u << zeros) >> 48;                          /* 2^15 .. 2^16 - 1 */
    uint64_t loss = ((uint64_t)zeros << 15) + (1u << 16) - mantissa; /* of log2, in 2^-15 */
    return delta <= 0 || (uint64_t)delta << HEAT_BITS <= (s->heat * loss) >> 15;
}

/* --- moves --------------------------------------------------------------------------------------
 */

/* A block that an axon ties to this one; NET_NONE: it has none. */
static uint32_t neighbour(struct search *s, uint32_t block)
{
    const struct blocks *b = &s->c->blocks;
    uint32_t n = b->first_incidence[block + 1] - b->first_incidence[block];
    if (n == 0)
        return NET_NONE;
    const struct axon *axon =
        &b->axons.at[b->incidences[b->first_incidence[block] + roll(s, n)].axon];
    uint32_t i = roll(s, axon->n_targets + 1);
    return i < axon->n_targets ? b->targets.at[axon->first_target + i] : axon->source;
}

/* A chip other than that of the block: mostly one that an axon ties it to; NET_NONE: none. */
static uint32_t other_chip(struct search *s, uint32_t block)
{
    const struct compose *c = s->c;
    uint32_t own = compose_chip(c, c->core_of[block]), chip = own;
    uint32_t tied = roll(s, 4) ? neighbour(s, block) : NET_NONE;
    if (tied != NET_NONE)
        chip = compose_chip(c, c->core_of[tied]);
    for (uint32_t tries = 0; tries < 8 && (chip == own || c->chip_cores[chip] == 0); tries++)
        chip = roll(s, c->net->chips);
    return chip == own || c->chip_cores[chip] == 0 ? NET_NONE : chip;
}

static uint32_t any_block_on(struct search *s, uint32_t core)
{
    const struct compose *c = s->c;
    uint32_t block = c->cores[core].first_block;
    for (uint32_t i = roll(s, c->cores[core].blocks); i > 0; i--)
        block = c->next_block[block];
    return block;
}

/* A block goes to a core of its class on another chip, in exchange for others there if need be. */
static bool try_blocks(struct search *s)
{
    struct compose *c = s->c;
    uint32_t block = roll(s, c->blocks.all.n), chip, cores = c->device->cores_per_chip;
    uint32_t class = compose_unit(c, block)->class;
    if (!compose_moves(c, block) || (chip = other_chip(s, block)) == NET_NONE)
        return false;
    for (uint32_t i = 0, at = roll(s, cores); i < cores; i++, at = at + 1 == cores ? 0 : at + 1) {
        uint32_t core = chip * cores + at;
        if (c->cores[core].blocks == 0 || c->cores[core].class != class)
            continue;
        s->n_shifts = compose_list_exchange(c, block, core, any_block_on(s, core), s->shifts);
        if (s->n_shifts && compose_shift(c, s->shifts, s->n_shifts))
            return true;
    }
    return false;
}

/* Two cores of different chips exchange all they hold; one may be empty. */
static bool try_cores(struct search *s)
{
    struct compose *c = s->c;
    uint32_t block = roll(s, c->blocks.all.n), own = c->core_of[block], chip;
    if (!compose_moves(c, block) || (chip = other_chip(s, block)) == NET_NONE)
        return false;
    uint32_t other = chip * c->device->cores_per_chip + roll(s, c->device->cores_per_chip);
    s->n_shifts = 0;
    if (!compose_list_core(c, own, other, s->shifts, &s->n_shifts)
        || !compose_list_core(c, other, own, s->shifts, &s->n_shifts))
        return false;
    return compose_shift(c, s->shifts, s->n_shifts);
}

static void undo(struct search *s)
{
    compose_unshift(s->c, s->shifts, s->n_shifts);
}

/* --- annealing ----------------------------------------------------------------------------------
 */

static void save(struct search *s)
{
    memcpy(s->best_core, s->c->core_of, s->c->blocks.all.n * sizeof *s->best_core);
    s->ahead = false;
}

static void restore(struct search *s)
{
    struct compose *c = s->c;
    for (uint32_t b = 0; b < c->blocks.all.n; b++)
        compose_take(c, b);
    for (uint32_t b = 0; b < c->blocks.all.n; b++)
        compose_put(c, b, s->best_core[b]);
    compose_count(c);
}

/* One move and the verdict on it. */
static void step(struct search *s)
{
    struct cost before = s->c->cost;
    bool ahead = s->ahead;
    s->c->work++;
    if (!(roll(s, 2) ? try_blocks(s) : try_cores(s)))
        return;
    if (!bears(s, compose_price(s->c, &s->c->cost) - compose_price(s->c, &before))) {
        undo(s);
        return;
    }
    if (cost_less(&s->c->cost, &s->best)) {
        s->best = s->c->cost;
        s->ahead = true;
    } else if (ahead && cost_less(&before, &s->c->cost)) {
        undo(s); /* save what is left behind before leaving it */
        save(s);
    }
}

static int64_t mean_change(struct search *s)
{
    int64_t sum = 0, n = 0;
    for (uint32_t i = 0; i < PROBES; i++) {
        int64_t before = compose_price(s->c, &s->c->cost);
        if (!(roll(s, 2) ? try_blocks(s) : try_cores(s)))
            continue;
        int64_t change = compose_price(s->c, &s->c->cost) - before;
        undo(s);
        sum += change < 0 ? -change : change;
        n += change != 0;
    }
    return n ? sum / n : 0;
}

/* Cools from `start` to rest. */
static void anneal(struct search *s, uint64_t start, uint64_t work)
{
    struct compose *c = s->c;
    uint64_t begin = c->work;
    s->heat = start;
    s->best = c->cost;
    save(s);
    s->ahead = false;
    uint64_t heard = begin;
    for (uint32_t i = 0; i < COOLINGS && !s->ended; i++) {
        while (c->work < begin + work * (i + 1) / COOLINGS && !s->ended) {
            step(s);
            if (c->work - heard < OBSERVER_STRIDE)
                continue;
            heard = c->work;
            s->ended = !observer_lets(c->observer, "chips", s->best.cut, -1, c->work);
        }
        s->heat = i + 2 < COOLINGS ? (s->heat * COOL_BY) >> HEAT_BITS : 0;
    }
    if (s->ahead)
        save(s);
    else
        restore(s);
}

/* --- finer and finer ----------------------------------------------------------------------------
 */

/* Largest power of two below n, so that parts of different blocks have equal sizes. */
static uint32_t part_of(uint32_t n)
{
    uint32_t part = 1;
    while (2 * part < n)
        part *= 2;
    return part;
}

/* Halves what may be split, is not as fine as can be and has cores to choose from; false: nothing
 * was. */
static bool refine(struct compose *c)
{
    uint32_t n = c->blocks.all.n, finest = c->problem->capacity / FINEST_PER_CORE;
    uint32_t *cores = ARENA_ARRAY(c->arena, uint32_t, c->problem->n_classes);
    bool any = false;
    for (uint32_t core = 0; core < c->n_cores; core++)
        if (c->cores[core].blocks)
            cores[c->cores[core].class]++;
    for (uint32_t b = 0; b < n; b++) {
        const struct block *block = &c->blocks.all.at[b];
        if (!block->splittable || !compose_moves(c, b) || block->size <= (finest ? finest : 1)
            || cores[compose_unit(c, b)->class] < 2)
            continue;
        compose_split(c, b, part_of(block->size));
        any = true;
    }
    return any;
}

static bool anything_moves(const struct compose *c)
{
    for (uint32_t b = 0; b < c->blocks.all.n; b++)
        if (compose_moves(c, b))
            return true;
    return false;
}

/* A good start is worth no heat. Excess is put right at any price last, where blocks are small. */
static void climb(struct search *s)
{
    struct compose *c = s->c;
    s->ended = !compose_climb(c, CLIMB_CORES);
    while (!s->ended && refine(c)) {
        compose_count(c);
        s->ended = !compose_climb(c, 0);
    }
    if (!s->ended && c->cost.excess > 0)
        s->ended = !compose_climb(c, CLIMB_CORES | CLIMB_EXCESS_FIRST);
}

void compose_search(struct compose *c, uint64_t work)
{
    struct search s = {.c = c, .die = c->work};
    s.best_core = ARENA_ARRAY(c->arena, uint32_t, c->net->n_neurons);
    s.shifts = ARENA_ARRAY(c->arena, struct shift, 2 * (size_t)c->device->neurons_per_core + 2);
    compose_count(c);
    if (c->net->chips < 2 || !anything_moves(c))
        return;
    if (c->formed) {
        climb(&s);
        c->formed = false; /* what is asked for once more needs heat */
        return;
    }
    uint64_t start = ((uint64_t)mean_change(&s) << HEAT_BITS) / MILDNESS;
    anneal(&s, start / MILDNESS, work);
    anneal(&s, start, work);
    while (!s.ended && refine(c)) {
        compose_count(c);
        start /= 2;
        anneal(&s, start / 4, work / 2);
    }
}
