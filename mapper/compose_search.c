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
    EXCESS_PRICE = 16,   /* of a forbidden SRAM word, in words of cut */
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

/* With rates a word of cut weighs up to the scale of the weights. */
static int64_t price(const struct search *s, const struct cost *cost)
{
    int64_t word = s->c->net->rate_weight ? NET_RATE_SCALE : 1;
    return cost->excess * EXCESS_PRICE * word + cost->cut;
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

static bool block_moves(const struct compose *c, uint32_t block)
{
    const struct unit *unit = compose_unit(c, block);
    const struct unit_rule *rule = compose_rule(c, block);
    return rule->chip == NET_NONE && rule->family == NET_NONE
           && (unit->cores & (unit->cores - 1)) != 0;
}

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

/* Lists as shifts a block and those of a core of its class that make room for it there and find
 * room where it stood, from a random one on; false: they do not come out even. */
static bool list_exchange(struct search *s, uint32_t block, uint32_t core)
{
    const struct compose *c = s->c;
    uint32_t own = c->core_of[block], size = c->blocks.all.at[block].size;
    uint32_t room = c->cores[core].room, most = c->cores[own].room + size, taken = 0;
    uint32_t other = any_block_on(s, core);
    s->shifts[0] = (struct shift){block, 0, core};
    s->n_shifts = 1;
    for (uint32_t i = 0; i < c->cores[core].blocks && room + taken < size; i++) {
        uint32_t part = c->blocks.all.at[other].size;
        if (taken + part <= most && block_moves(c, other)) {
            taken += part;
            s->shifts[s->n_shifts++] = (struct shift){other, 0, own};
        }
        other = c->next_block[other];
        other = other == NET_NONE ? c->cores[core].first_block : other;
    }
    return room + taken >= size;
}

/* A block goes to a core of its class on another chip, in exchange for others there if need be. */
static bool try_blocks(struct search *s)
{
    struct compose *c = s->c;
    uint32_t block = roll(s, c->blocks.all.n), chip, cores = c->device->cores_per_chip;
    uint32_t class = compose_unit(c, block)->class;
    if (!block_moves(c, block) || (chip = other_chip(s, block)) == NET_NONE)
        return false;
    for (uint32_t i = 0, at = roll(s, cores); i < cores; i++, at = at + 1 == cores ? 0 : at + 1) {
        uint32_t core = chip * cores + at;
        if (c->cores[core].blocks == 0 || c->cores[core].class != class)
            continue;
        if (list_exchange(s, block, core) && compose_shift(c, s->shifts, s->n_shifts))
            return true;
    }
    return false;
}

/* Lists the blocks of a core as shifts; false if some may not move. */
static bool list_core(struct search *s, uint32_t core, uint32_t to)
{
    const struct compose *c = s->c;
    for (uint32_t b = c->cores[core].first_block; b != NET_NONE; b = c->next_block[b]) {
        if (!block_moves(c, b))
            return false;
        s->shifts[s->n_shifts++] = (struct shift){b, 0, to};
    }
    return true;
}

/* Two cores of different chips exchange all they hold; one may be empty. */
static bool try_cores(struct search *s)
{
    struct compose *c = s->c;
    uint32_t block = roll(s, c->blocks.all.n), own = c->core_of[block], chip;
    if (!block_moves(c, block) || (chip = other_chip(s, block)) == NET_NONE)
        return false;
    uint32_t other = chip * c->device->cores_per_chip + roll(s, c->device->cores_per_chip);
    s->n_shifts = 0;
    if (!list_core(s, own, other) || !list_core(s, other, own))
        return false;
    return compose_shift(c, s->shifts, s->n_shifts);
}

static void undo(struct search *s)
{
    for (uint32_t i = 0; i < s->n_shifts; i++)
        s->shifts[i].to = s->shifts[i].from;
    compose_shift(s->c, s->shifts, s->n_shifts);
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
    if (!bears(s, price(s, &s->c->cost) - price(s, &before))) {
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
        int64_t before = price(s, &s->c->cost);
        if (!(roll(s, 2) ? try_blocks(s) : try_cores(s)))
            continue;
        int64_t change = price(s, &s->c->cost) - before;
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
        if (!block->splittable || !block_moves(c, b) || block->size <= (finest ? finest : 1)
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
        if (block_moves(c, b))
            return true;
    return false;
}

/* A good start is worth no heat; finer blocks are tried as long as that does not cost more than it
 * can be worth. */
static void climb(struct search *s)
{
    struct compose *c = s->c;
    s->ended = !compose_climb(c, true);
    while (!s->ended && refine(c)) {
        compose_count(c);
        s->ended = !compose_climb(c, false);
    }
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
