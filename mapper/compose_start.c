/* Blocks are placed in the order of how little choice they have: those held on a core, on a chip,
 * together on a chip, those that must stay whole, largest first, and the rest. Each goes to a core
 * of its class that is in use, then to an empty core of a chip in use, then to a new chip; what may
 * be split fills cores to the brim, so that the cores needed are those that counting asks for.
 */
#include "mapper/compose.h"

#include <stdlib.h>
#include <string.h>

struct starter {
    struct compose *c;
    const uint32_t *family_size; /* neurons, per family */
    const bool *host_family;     /* per family: some block has to stand near the host */
    uint32_t *order, n;          /* blocks */
    uint32_t variant;
};

/* --- order --------------------------------------------------------------------------------------
 */

enum standing { HELD_ON_CORE, HELD_ON_CHIP, IN_FAMILY, WHOLE, FREE };

static enum standing standing_of(const struct compose *c, uint32_t block)
{
    const struct unit *unit = compose_unit(c, block);
    const struct unit_rule *rule = compose_rule(c, block);
    bool whole = !c->blocks.all.at[block].splittable;
    if (rule->chip != NET_NONE && (unit->cores & (unit->cores - 1)) == 0)
        return HELD_ON_CORE;
    if (rule->chip != NET_NONE)
        return HELD_ON_CHIP;
    if (rule->family != NET_NONE)
        return IN_FAMILY;
    return whole ? WHOLE : FREE;
}

/* Where some chips are out of the host's reach, what depends on it goes first. */
static bool needs_host(const struct starter *s, uint32_t block)
{
    const struct block *own = &s->c->blocks.all.at[block];
    uint32_t family = compose_rule(s->c, block)->family;
    if (s->c->near)
        return false;
    return own->probed || own->hears_host || (family != NET_NONE && s->host_family[family]);
}

static bool goes_before(const struct starter *s, uint32_t a, uint32_t b)
{
    const struct compose *c = s->c;
    const struct block *x = &c->blocks.all.at[a], *y = &c->blocks.all.at[b];
    enum standing p = standing_of(c, a), q = standing_of(c, b);
    uint32_t f = compose_rule(c, a)->family, g = compose_rule(c, b)->family;
    if (p != q)
        return p < q;
    if (needs_host(s, a) != needs_host(s, b))
        return needs_host(s, a);
    if (p == IN_FAMILY && f != g)
        return s->family_size[f] != s->family_size[g] ? s->family_size[f] > s->family_size[g]
                                                      : f < g;
    if (x->splittable != y->splittable)
        return y->splittable;
    if (!x->splittable && x->size != y->size)
        return x->size > y->size;
    uint32_t k = compose_unit(c, a)->class, l = compose_unit(c, b)->class;
    return k != l ? k < l : a < b;
}

static void order_blocks(struct starter *s)
{
    uint32_t n = s->c->blocks.all.n, *scratch = ARENA_ARRAY(s->c->arena, uint32_t, n);
    uint32_t *at = ARENA_ARRAY(s->c->arena, uint32_t, n);
    for (uint32_t i = 0; i < n; i++)
        at[i] = i;
    for (uint32_t width = 1; width < n; width *= 2) {
        for (uint32_t lo = 0; lo < n; lo += 2 * width) {
            uint32_t mid = lo + width < n ? lo + width : n;
            uint32_t hi = lo + 2 * width < n ? lo + 2 * width : n;
            for (uint32_t i = lo, j = mid, k = lo; k < hi; k++)
                scratch[k] =
                    i < mid && (j == hi || !goes_before(s, at[j], at[i])) ? at[i++] : at[j++];
        }
        memcpy(at, scratch, n * sizeof *at);
    }
    s->order = at;
    s->n = n;
}

/* --- cores --------------------------------------------------------------------------------------
 */

/* The core in use with least room that takes a whole block, or with some room that takes part of
 * it; NET_NONE: none. */
static uint32_t used_core(const struct compose *c, uint32_t block, uint32_t chip, bool part)
{
    uint32_t best = NET_NONE;
    for (uint32_t core = 0; core < c->n_cores; core++) {
        const struct board_core *there = &c->cores[core];
        if (there->blocks == 0 || (chip != NET_NONE && compose_chip(c, core) != chip))
            continue;
        if (best != NET_NONE && there->room >= c->cores[best].room)
            continue;
        if (part ? compose_admits(c, block, core) : compose_can(c, block, core))
            best = core;
    }
    return best;
}

static uint32_t empty_core(const struct compose *c, uint32_t block, uint32_t chip, bool new_chip)
{
    for (uint32_t core = 0; core < c->n_cores; core++) {
        if (c->cores[core].blocks || (chip != NET_NONE && compose_chip(c, core) != chip))
            continue;
        if ((c->chip_cores[compose_chip(c, core)] == 0) == new_chip
            && compose_admits(c, block, core))
            return core;
    }
    return NET_NONE;
}

static uint32_t choose_core(const struct compose *c, uint32_t block, uint32_t chip)
{
    bool splittable = c->blocks.all.at[block].splittable;
    uint32_t core = used_core(c, block, chip, splittable);
    if (!splittable && c->blocks.all.at[block].size > c->problem->capacity)
        return NET_NONE;
    if (core == NET_NONE)
        core = empty_core(c, block, chip, false);
    return core == NET_NONE ? empty_core(c, block, chip, true) : core;
}

/* Places a block, in parts if need be. */
static bool settle(struct compose *c, uint32_t block, uint32_t chip)
{
    for (;;) {
        uint32_t core = choose_core(c, block, chip);
        if (core == NET_NONE)
            return false;
        if (c->blocks.all.at[block].size <= c->cores[core].room) {
            compose_put(c, block, core);
            return true;
        }
        compose_put(c, compose_split(c, block, c->cores[core].room), core);
    }
}

/* --- families -----------------------------------------------------------------------------------
 */

static void clear_family(struct compose *c, uint32_t family)
{
    for (uint32_t b = 0; b < c->blocks.all.n; b++)
        if (c->core_of[b] != NET_NONE && compose_rule(c, b)->family == family)
            compose_take(c, b);
}

static bool settle_family(struct starter *s, uint32_t from, uint32_t to, uint32_t family,
                          uint32_t chip)
{
    struct compose *c = s->c;
    for (uint32_t b = 0; b < c->blocks.all.n; b++) /* parts of earlier attempts too */
        if (b >= s->n && compose_rule(c, b)->family == family && !settle(c, b, chip))
            return false;
    for (uint32_t i = from; i < to; i++)
        if (!settle(c, s->order[i], chip))
            return false;
    return true;
}

/* Chips in use first, so that a family opens a new one only where it fits nowhere else; or last. */
static bool place_family(struct starter *s, uint32_t from, uint32_t to)
{
    struct compose *c = s->c;
    uint32_t family = compose_rule(c, s->order[from])->family;
    for (uint32_t pass = 0; pass < 2; pass++)
        for (uint32_t chip = 0; chip < c->net->chips; chip++) {
            uint32_t fresh = s->variant & START_FRESH_CHIPS ? 1 - pass : pass;
            if ((c->chip_cores[chip] == 0) != (fresh == 1))
                continue;
            if (settle_family(s, from, to, family, chip))
                return true;
            clear_family(c, family);
            if (fresh)
                break; /* an empty chip is like any other */
        }
    return false;
}

static const uint32_t *family_sizes(const struct compose *c)
{
    uint32_t *size = ARENA_ARRAY(c->arena, uint32_t, c->n_families);
    for (uint32_t b = 0; b < c->blocks.all.n; b++)
        if (compose_rule(c, b)->family != NET_NONE)
            size[compose_rule(c, b)->family] += c->blocks.all.at[b].size;
    return size;
}

static const bool *host_families(const struct compose *c)
{
    bool *host = ARENA_ARRAY(c->arena, bool, c->n_families);
    for (uint32_t b = 0; b < c->blocks.all.n; b++)
        if (compose_rule(c, b)->family != NET_NONE
            && (c->blocks.all.at[b].probed || c->blocks.all.at[b].hears_host))
            host[compose_rule(c, b)->family] = true;
    return host;
}

static bool is_free(const struct compose *c, uint32_t block)
{
    return standing_of(c, block) >= WHOLE;
}

/* Places the blocks of standings first .. last in order, as far as they stand nowhere yet. */
static bool place_blocks(struct starter *s, enum standing first, enum standing last)
{
    struct compose *c = s->c;
    for (uint32_t i = 0, end; i < s->n; i = end) {
        uint32_t block = s->order[i], family = compose_rule(c, block)->family;
        enum standing standing = standing_of(c, block);
        end = i + 1;
        if (standing < first || standing > last || c->core_of[block] != NET_NONE)
            continue;
        if (standing == IN_FAMILY) {
            while (end < s->n && standing_of(c, s->order[end]) == IN_FAMILY
                   && compose_rule(c, s->order[end])->family == family)
                end++;
            if (!place_family(s, i, end))
                return false;
        } else if (!settle(c, block, compose_rule(c, block)->chip)) {
            return false;
        }
    }
    return true;
}

/* Takes back all blocks that no rule concerns; parts stay parts. */
static void clear_free(struct starter *s)
{
    for (uint32_t b = 0; b < s->c->blocks.all.n; b++)
        if (is_free(s->c, b) && s->c->core_of[b] != NET_NONE)
            compose_take(s->c, b);
    order_blocks(s);
}

/* What a line about cores keeps apart goes before what is packed by search. */
static bool place_packed(struct starter *s)
{
    struct compose *c = s->c;
    if (!place_blocks(s, HELD_ON_CORE, HELD_ON_CORE))
        return false;
    for (uint32_t chip = 0; chip < c->net->chips; chip++)
        if (!compose_pack(c, chip))
            return false;
    if (!place_blocks(s, HELD_ON_CHIP, IN_FAMILY))
        return false;
    for (uint32_t i = 0; i < s->n; i++) {
        uint32_t block = s->order[i];
        bool apart = compose_unit(c, block)->n_sides || compose_rule(c, block)->n_sides;
        if (apart && standing_of(c, block) == WHOLE && !settle(c, block, NET_NONE))
            return false;
    }
    return compose_pack(c, NET_NONE) && place_blocks(s, WHOLE, FREE);
}

bool compose_start(struct compose *c, uint32_t variant)
{
    struct starter s = {.c = c,
                        .variant = variant,
                        .family_size = family_sizes(c),
                        .host_family = host_families(c)};
    if ((variant & START_FRESH_CHIPS) && c->n_families == 0)
        return false; /* the same again */
    if (variant == 0 && compose_cores(c, FEW_CHIPS))
        return true;
    order_blocks(&s);
    if (variant & START_PACKED)
        return place_packed(&s);
    if (!place_blocks(&s, HELD_ON_CORE, IN_FAMILY))
        return false;
    if (!(variant & START_BY_SIZE) && c->near && compose_grow(c))
        return true;
    clear_free(&s);
    return place_blocks(&s, WHOLE, FREE);
}
