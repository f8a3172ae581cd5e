/* Blocks that stay whole, packed into cores by search: where placing them one after the other
 * leaves room in many cores and none for the last of them. Class by class, each on as few empty
 * cores as the search finds, beside what stands on used ones.
 */
#include "mapper/bins.h"
#include "mapper/compose.h"

#include <stdlib.h>
#include <string.h>

enum { NODES = 16000000, MOST_NODES = 40000000, MOST_TRIES = 8 }; /* of a packing, of all, bins */

struct packer {
    struct compose *c;
    struct arena *arena;
    uint32_t chip;        /* NET_NONE: any */
    struct index_vec all; /* blocks to be placed, of all classes */
    uint32_t class;
    struct index_vec blocks, open; /* those of the class; its used cores with room */
    uint32_t *bin_of, n_bins;      /* per block of the list; bins: open cores, then empty ones */
};

static bool is_meant(const struct packer *p, uint32_t block)
{
    const struct compose *c = p->c;
    const struct unit_rule *rule = compose_rule(c, block);
    const struct unit *unit = compose_unit(c, block);
    return c->core_of[block] == NET_NONE && !c->blocks.all.at[block].splittable
           && unit->n_sides == 0 && rule->n_sides == 0 && rule->chip == p->chip
           && (p->chip != NET_NONE || rule->family == NET_NONE);
}

static bool is_near(const struct packer *p, uint32_t core)
{
    return p->chip == NET_NONE || compose_chip(p->c, core) == p->chip;
}

/* Returns the number of empty cores. */
static uint32_t find_parts(struct packer *p)
{
    const struct compose *c = p->c;
    uint32_t empty = 0;
    p->blocks.n = p->open.n = 0;
    for (uint32_t i = 0; i < p->all.n; i++)
        if (compose_unit(c, p->all.at[i])->class == p->class)
            VEC_PUSH(p->arena, &p->blocks, p->all.at[i]);
    for (uint32_t core = 0; core < c->n_cores; core++) {
        if (!is_near(p, core))
            continue;
        empty += c->cores[core].blocks == 0;
        if (c->cores[core].blocks && c->cores[core].class == p->class && c->cores[core].room)
            VEC_PUSH(p->arena, &p->open, core);
    }
    return empty;
}

/* The least number of empty cores from the bound on with which a packing is found. */
static bool pack_parts(struct packer *p, uint32_t empty)
{
    struct compose *c = p->c;
    uint32_t n = p->blocks.n, capacity = c->problem->capacity, beside = 0;
    uint32_t *size = ARENA_ARRAY(p->arena, uint32_t, n);
    uint32_t *room = ARENA_ARRAY(p->arena, uint32_t, (size_t)p->open.n + empty);
    p->bin_of = ARENA_ARRAY(p->arena, uint32_t, n);
    for (uint32_t i = 0; i < n; i++)
        size[i] = c->blocks.all.at[p->blocks.at[i]].size;
    for (uint32_t i = 0; i < p->open.n + empty; i++)
        room[i] = i < p->open.n ? c->cores[p->open.at[i]].room : capacity;
    for (uint32_t i = 0; i < p->open.n; i++)
        beside += room[i];
    uint32_t least = bins_least(size, n, 0, capacity);
    uint32_t spared = beside / (capacity ? capacity : 1) + p->open.n;
    least = least > spared ? least - spared : 0;
    for (uint32_t tries = 0; tries < MOST_TRIES && least <= empty; tries++, least++) {
        uint64_t left = c->pack_nodes < MOST_NODES ? MOST_NODES - c->pack_nodes : 0;
        const struct bins bins = {
            size, n, room, p->open.n + least, p->open.n, left < NODES ? left : NODES};
        p->n_bins = bins.n_bins;
        if (bins_pack(p->arena, &bins, p->bin_of, &c->pack_nodes) == BINS_YES)
            return true;
    }
    return false;
}

static bool takes_all(const struct packer *p, uint32_t bin, uint32_t core)
{
    for (uint32_t i = 0; i < p->blocks.n; i++)
        if (p->bin_of[i] == bin && !compose_can(p->c, p->blocks.at[i], core))
            return false;
    return true;
}

/* An empty core for a bin, of a chip in use if there is one; NET_NONE: none. */
static uint32_t core_for(const struct packer *p, uint32_t bin)
{
    const struct compose *c = p->c;
    uint32_t fresh = NET_NONE;
    for (uint32_t core = 0; core < c->n_cores; core++) {
        bool used = c->chip_cores[compose_chip(c, core)] > 0;
        if (c->cores[core].blocks || !is_near(p, core) || (!used && fresh != NET_NONE)
            || !takes_all(p, bin, core))
            continue;
        if (used)
            return core;
        fresh = core;
    }
    return fresh;
}

/* Bins in the order of their first block, so that what is written side by side stands so. */
static bool put_parts(struct packer *p)
{
    struct compose *c = p->c;
    uint32_t *core_of = ARENA_ARRAY(p->arena, uint32_t, p->n_bins);
    memset(core_of, 0xFF, p->n_bins * sizeof *core_of);
    for (uint32_t i = 0; i < p->open.n && i < p->n_bins; i++)
        core_of[i] = p->open.at[i];
    for (uint32_t i = 0; i < p->blocks.n; i++) {
        uint32_t bin = p->bin_of[i], block = p->blocks.at[i];
        if (core_of[bin] == NET_NONE)
            core_of[bin] = core_for(p, bin);
        if (core_of[bin] == NET_NONE || !compose_can(c, block, core_of[bin]))
            return false;
        compose_put(c, block, core_of[bin]);
    }
    return true;
}

bool compose_pack(struct compose *c, uint32_t chip)
{
    struct packer p = {.c = c, .arena = arena_scratch(c->arena), .chip = chip};
    bool placed = true;
    for (uint32_t b = 0; b < c->blocks.all.n; b++)
        if (is_meant(&p, b))
            VEC_PUSH(p.arena, &p.all, b);
    for (p.class = 0; p.class < c->problem->n_classes && p.all.n && placed; p.class ++) {
        uint32_t empty = find_parts(&p);
        placed = p.blocks.n == 0 || (pack_parts(&p, empty) && put_parts(&p));
    }
    arena_scratch_end(p.arena);
    return placed;
}
