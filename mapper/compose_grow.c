/* Chips are grown one after the other: a first block, then always the block that axons tie most
 * closely to what the chip holds, for its size, until four cores are full. What may be split fills
 * a core to the brim, so that no more cores are used than counting asks for.
 */
#include "mapper/compose.h"

#include <string.h>

struct grower {
    struct compose *c;
    uint32_t n;       /* blocks that axons know; parts cut off later are like their origin */
    uint32_t *origin; /* per block */
    uint64_t *tie;    /* per block known: traffic of axons between it and the chip at hand */
    uint32_t first;   /* no block below this one is left to place */
};

static bool is_free(const struct compose *c, uint32_t block)
{
    return c->core_of[block] == NET_NONE && compose_rule(c, block)->chip == NET_NONE
           && compose_rule(c, block)->family == NET_NONE;
}

/* Counts what a block that joins the chip ties to it. Two targets of one axon are tied too: one
 * word serves both. */
static void join(struct grower *g, uint32_t block)
{
    const struct blocks *b = &g->c->blocks;
    uint32_t known = g->origin[block];
    for (uint32_t i = b->first_incidence[known]; i < b->first_incidence[known + 1]; i++) {
        const struct axon *axon = &b->axons.at[b->incidences[i].axon];
        uint64_t tie = b->incidences[i].is_source ? 2 * axon->traffic : axon->traffic;
        for (uint32_t t = 0; t < axon->n_targets; t++)
            g->tie[b->targets.at[axon->first_target + t]] += tie;
        if (b->incidences[i].is_target)
            g->tie[axon->source] += 2 * axon->traffic;
    }
}

/* The core of the chip that takes a block, or part of it: one of its class with room, else an empty
 * one; NET_NONE: none. */
static uint32_t core_for(const struct grower *g, uint32_t block, uint32_t chip)
{
    const struct compose *c = g->c;
    uint32_t cores = c->device->cores_per_chip, empty = NET_NONE;
    bool whole = !c->blocks.all.at[block].splittable;
    for (uint32_t core = chip * cores; core < (chip + 1) * cores; core++) {
        if (!(whole ? compose_can(c, block, core) : compose_admits(c, block, core)))
            continue;
        if (c->cores[core].blocks)
            return core;
        empty = empty == NET_NONE ? core : empty;
    }
    return empty;
}

/* The free block that is tied most closely to the chip and finds room there; NET_NONE: none does.
 */
static uint32_t closest(const struct grower *g, uint32_t chip)
{
    const struct compose *c = g->c;
    uint32_t best = NET_NONE;
    uint64_t best_tie = 0, best_size = 1;
    for (uint32_t b = g->first; b < c->blocks.all.n; b++) {
        if (!is_free(c, b))
            continue;
        uint64_t tie = g->tie[g->origin[b]] + 1, size = c->blocks.all.at[b].size;
        if (tie * best_size > best_tie * size && core_for(g, b, chip) != NET_NONE) {
            best = b;
            best_tie = tie;
            best_size = size;
        }
    }
    return best;
}

static void place(struct grower *g, uint32_t block, uint32_t chip)
{
    struct compose *c = g->c;
    uint32_t core = core_for(g, block, chip), room = c->cores[core].room;
    if (c->blocks.all.at[block].size > room) {
        uint32_t part = compose_split(c, block, room);
        g->origin[part] = g->origin[block];
        block = part;
    }
    compose_put(c, block, core);
    join(g, block);
}

static void grow_chip(struct grower *g, uint32_t chip)
{
    struct compose *c = g->c;
    memset(g->tie, 0, g->n * sizeof *g->tie);
    for (uint32_t b = 0; b < c->blocks.all.n; b++)
        if (c->core_of[b] != NET_NONE && compose_chip(c, c->core_of[b]) == chip)
            join(g, b);
    for (uint32_t b = closest(g, chip); b != NET_NONE; b = closest(g, chip)) {
        place(g, b, chip);
        while (g->first < c->blocks.all.n && !is_free(c, g->first))
            g->first++;
    }
}

static bool all_placed(const struct compose *c)
{
    for (uint32_t b = 0; b < c->blocks.all.n; b++)
        if (c->core_of[b] == NET_NONE)
            return false;
    return true;
}

/* Chips in use first. */
bool compose_grow(struct compose *c)
{
    struct grower g = {.c = c, .n = c->blocks.all.n};
    blocks_find_axons(&c->blocks, c->arena);
    g.origin = ARENA_ARRAY(c->arena, uint32_t, c->net->n_neurons);
    g.tie = ARENA_ARRAY(c->arena, uint64_t, g.n);
    for (uint32_t b = 0; b < g.n; b++)
        g.origin[b] = b;
    for (uint32_t fresh = 0; fresh < 2; fresh++)
        for (uint32_t chip = 0; chip < c->net->chips && !all_placed(c); chip++)
            if ((c->chip_cores[chip] == 0) == (fresh == 1))
                grow_chip(&g, chip);
    return all_placed(c);
}
