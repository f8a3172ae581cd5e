#include "mapper/tag_table.h"

#include "compiler/base/rng.h"

#include <string.h>

enum { LEAST_SLOTS = 1 << 9, MOST_DIRECT = 1 << 22, MOST_CORES_OF_FAMILIES = 4 };

/* --- families -----------------------------------------------------------------------------------
 */

static bool intersect(const uint8_t *in_family, uint32_t n_masks)
{
    for (uint32_t a = 1; a < n_masks; a++)
        for (uint32_t b = 1; b < a && in_family[a]; b++)
            if (in_family[b] && !(a & b))
                return false;
    return true;
}

/* Of every mask and its complement a maximal family holds one, and the mask of all cores. */
static void find_families(struct tag_table *t)
{
    uint32_t n_masks = 1u << t->n_cores, pairs = n_masks / 2 - 1;
    for (uint32_t choice = 0; choice < 1u << pairs; choice++) {
        uint8_t in_family[1 << MOST_CORES_OF_FAMILIES] = {0};
        in_family[n_masks - 1] = 1;
        for (uint32_t mask = 1; mask <= pairs; mask++)
            in_family[choice >> (mask - 1) & 1 ? mask : n_masks - 1 - mask] = 1;
        if (intersect(in_family, n_masks))
            memcpy(t->in_family[t->n_families++], in_family, n_masks);
    }
}

/* For more cores the masks that hold one core: what it hears. */
static void take_cores(struct tag_table *t)
{
    t->n_families = t->n_cores < TAG_TABLE_CORES ? t->n_cores : TAG_TABLE_CORES;
    for (uint32_t f = 0; f < t->n_families; f++)
        for (uint32_t mask = 0; mask < 1u << TAG_TABLE_CORES; mask++)
            t->in_family[f][mask] = mask >> f & 1;
}

/* --- spots --------------------------------------------------------------------------------------
 */

static uint64_t home_of(const struct tag_table *t, uint64_t key)
{
    return rng_mix(key) & (t->n_slots - 1);
}

static void make_room(struct tag_table *t, uint64_t n_slots)
{
    const struct tag_spot *old = t->spots;
    uint64_t n_old = t->n_slots;
    t->n_slots = n_slots;
    t->spots = ARENA_ARRAY(t->arena, struct tag_spot, n_slots);
    for (uint64_t i = 0; i < n_slots; i++)
        t->spots[i].key = UINT64_MAX;
    for (uint64_t i = 0; i < n_old; i++) {
        if (old[i].key == UINT64_MAX)
            continue;
        uint64_t at = home_of(t, old[i].key);
        while (t->spots[at].key != UINT64_MAX)
            at = (at + 1) & (n_slots - 1);
        t->spots[at] = old[i];
    }
}

/* Frees a slot; those behind it that it kept from their homes move up. */
static void free_spot(struct tag_table *t, struct tag_spot *spot)
{
    uint64_t hole = (uint64_t)(spot - t->spots), last = t->n_slots - 1;
    for (uint64_t at = (hole + 1) & last; t->spots[at].key != UINT64_MAX; at = (at + 1) & last) {
        uint64_t home = home_of(t, t->spots[at].key);
        if (((at - home) & last) < ((at - hole) & last))
            continue;
        t->spots[hole] = t->spots[at];
        hole = at;
    }
    t->spots[hole] = (struct tag_spot){.key = UINT64_MAX};
    t->n_taken--;
}

static struct tag_spot *spot_of(struct tag_table *t, uint32_t chip, uint32_t tag)
{
    uint64_t key = (uint64_t)chip * t->n_tags + tag;
    if (t->direct)
        return &t->spots[key];
    uint64_t at = home_of(t, key);
    while (t->spots[at].key != key && t->spots[at].key != UINT64_MAX)
        at = (at + 1) & (t->n_slots - 1);
    if (t->spots[at].key == key)
        return &t->spots[at];
    if (2 * (t->n_taken + 1) > t->n_slots) {
        make_room(t, 2 * t->n_slots);
        return spot_of(t, chip, tag);
    }
    t->n_taken++;
    t->spots[at].key = key;
    return &t->spots[at];
}

/* --- strain -------------------------------------------------------------------------------------
 */

void tag_table_init(struct tag_table *table, struct arena *arena, uint32_t n_chips,
                    uint32_t n_cores, uint32_t n_tags, uint32_t limit)
{
    memset(table, 0, sizeof *table);
    table->arena = arena;
    table->n_chips = n_chips;
    table->n_cores = n_cores < TAG_TABLE_CORES ? n_cores : TAG_TABLE_CORES;
    table->n_tags = n_tags;
    table->limit = limit;
    if (table->n_cores <= MOST_CORES_OF_FAMILIES)
        find_families(table);
    else
        take_cores(table);
    table->weight = ARENA_ARRAY(arena, uint32_t, (size_t)n_chips * table->n_families);
    table->direct = (uint64_t)n_chips * n_tags <= MOST_DIRECT;
    if (table->direct)
        table->spots = ARENA_ARRAY(arena, struct tag_spot, (size_t)n_chips * n_tags);
    else
        make_room(table, LEAST_SLOTS);
}

static uint32_t mask_of(const struct tag_table *t, const struct tag_spot *spot)
{
    uint32_t mask = 0;
    for (uint32_t c = 0; c < t->n_cores; c++)
        mask |= spot->hears[c] ? 1u << c : 0;
    return mask;
}

uint64_t tag_table_strain_of(const struct tag_table *table, uint32_t chip)
{
    const uint32_t *weight = &table->weight[(size_t)chip * table->n_families];
    uint64_t strain = 0;
    for (uint32_t f = 0; f < table->n_families; f++)
        strain += weight[f] > table->limit ? weight[f] - table->limit : 0;
    return strain;
}

static void change(struct tag_table *t, uint32_t chip, uint32_t from, uint32_t to)
{
    uint32_t *weight = &t->weight[(size_t)chip * t->n_families];
    for (uint32_t f = 0; f < t->n_families && from != to; f++) {
        if (t->in_family[f][from] == t->in_family[f][to])
            continue;
        bool joins = t->in_family[f][to];
        t->strain += joins && weight[f] >= t->limit;
        t->strain -= !joins && weight[f] > t->limit;
        weight[f] += joins ? 1u : UINT32_MAX;
    }
}

void tag_table_add(struct tag_table *table, uint32_t chip, uint32_t core, uint32_t tag)
{
    struct tag_spot *spot = spot_of(table, chip, tag);
    uint32_t before = mask_of(table, spot);
    spot->hears[core]++;
    change(table, chip, before, mask_of(table, spot));
}

void tag_table_drop(struct tag_table *table, uint32_t chip, uint32_t core, uint32_t tag)
{
    struct tag_spot *spot = spot_of(table, chip, tag);
    uint32_t before = mask_of(table, spot);
    spot->hears[core]--;
    uint32_t after = mask_of(table, spot);
    change(table, chip, before, after);
    if (after == 0 && !table->direct)
        free_spot(table, spot);
}
