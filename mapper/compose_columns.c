#include "mapper/compose_columns.h"

#include "compiler/base/rng.h"
#include "mapper/column_best.h"

#include <stdlib.h>
#include <string.h>

enum { MOST_SLOTS = 32 }; /* cores of a chip, as bits of a mask */
enum { MOST_BEST = 100 }; /* compositions of least cut whose hops are compared */

struct column_axon_vec VEC_OF(struct column_axon);
struct column_side_vec VEC_OF(struct column_side);
struct whole { /* a composition by cores */
    struct compose *c;
    struct arena *arena;
    struct column_problem problem;
    uint32_t *node_of;     /* per block */
    uint32_t *held, *size; /* per node */
    uint32_t *number;      /* per chip of the board; NET_NONE: not in use */
    uint32_t *chip;        /* per number */
    uint32_t *chip_of;     /* per node: number */
    struct column_axon_vec axons;
    struct index_vec targets;
    struct column_side_vec sides;
    struct shift *shifts; /* of a change */
    uint32_t n_shifts;
};

bool compose_is_forced(const struct compose *c, struct arena *arena)
{
    uint32_t *size = ARENA_ARRAY(arena, uint32_t, c->problem->n_classes), cores = 0;
    for (uint32_t core = 0; core < c->n_cores; core++)
        cores += c->cores[core].blocks > 0;
    for (uint32_t u = 0; u < c->problem->units.n; u++)
        size[c->problem->units.at[u].class] += c->problem->units.at[u].size;
    for (uint32_t k = 0; k < c->problem->n_classes; k++)
        if (size[k] > c->problem->capacity)
            return false;
    return cores == c->problem->n_classes;
}

/* NET_NONE: the core is empty. */
static uint32_t node_on(const struct whole *w, uint32_t core)
{
    uint32_t block = w->c->cores[core].first_block;
    return block == NET_NONE ? NET_NONE : w->node_of[block];
}

/* --- nodes --------------------------------------------------------------------------------------
 */

static uint32_t root_of(uint32_t *parent, uint32_t core)
{
    while (parent[core] != core)
        core = parent[core] = parent[parent[core]];
    return core;
}

/* Cores that share a family or are held on one chip have to stay together. */
static uint32_t *join_cores(const struct whole *w)
{
    const struct compose *c = w->c;
    uint32_t *parent = ARENA_ARRAY(w->arena, uint32_t, c->n_cores);
    uint32_t *of_family = ARENA_ARRAY(w->arena, uint32_t, c->n_families);
    uint32_t *of_chip = ARENA_ARRAY(w->arena, uint32_t, c->net->chips);
    memset(of_family, 0xFF, c->n_families * sizeof *of_family);
    memset(of_chip, 0xFF, c->net->chips * sizeof *of_chip);
    for (uint32_t core = 0; core < c->n_cores; core++)
        parent[core] = core;
    for (uint32_t b = 0; b < c->blocks.all.n; b++) {
        const struct unit_rule *rule = compose_rule(c, b);
        uint32_t *with[2] = {rule->family != NET_NONE ? &of_family[rule->family] : NULL,
                             rule->chip != NET_NONE ? &of_chip[rule->chip] : NULL};
        for (uint32_t i = 0; i < 2; i++) {
            if (with[i] && *with[i] != NET_NONE)
                parent[root_of(parent, c->core_of[b])] = root_of(parent, *with[i]);
            else if (with[i])
                *with[i] = c->core_of[b];
        }
    }
    return parent;
}

static void number_nodes(struct whole *w)
{
    const struct compose *c = w->c;
    uint32_t *parent = join_cores(w), *node = ARENA_ARRAY(w->arena, uint32_t, c->n_cores);
    w->node_of = ARENA_ARRAY(w->arena, uint32_t, c->blocks.all.n);
    w->size = ARENA_ARRAY(w->arena, uint32_t, c->n_cores);
    w->held = ARENA_ARRAY(w->arena, uint32_t, c->n_cores);
    w->chip_of = ARENA_ARRAY(w->arena, uint32_t, c->n_cores);
    w->number = ARENA_ARRAY(w->arena, uint32_t, c->net->chips);
    w->chip = ARENA_ARRAY(w->arena, uint32_t, c->net->chips);
    memset(node, 0xFF, c->n_cores * sizeof *node);
    memset(w->held, 0xFF, c->n_cores * sizeof *w->held);
    memset(w->number, 0xFF, c->net->chips * sizeof *w->number);
    for (uint32_t core = 0; core < c->n_cores; core++) {
        uint32_t chip = compose_chip(c, core), root = root_of(parent, core);
        if (c->cores[core].blocks == 0)
            continue;
        if (w->number[chip] == NET_NONE) {
            w->chip[w->problem.chips] = chip;
            w->number[chip] = w->problem.chips++;
        }
        if (node[root] == NET_NONE)
            node[root] = w->problem.n_nodes++;
        for (uint32_t b = c->cores[core].first_block; b != NET_NONE; b = c->next_block[b])
            w->node_of[b] = node[root];
        w->size[node[root]]++;
        w->chip_of[node[root]] = w->number[chip];
    }
    for (uint32_t b = 0; b < c->blocks.all.n; b++)
        if (compose_rule(c, b)->chip != NET_NONE)
            w->held[w->node_of[b]] = w->number[compose_rule(c, b)->chip];
    w->problem.size = w->size;
    w->problem.held = w->held;
}

/* --- exclusions ---------------------------------------------------------------------------------
 */

/* Cores of its chip that a core's blocks may use. */
static uint32_t slots_of(const struct compose *c, uint32_t core)
{
    uint32_t slots = UINT32_MAX;
    for (uint32_t b = c->cores[core].first_block; b != NET_NONE; b = c->next_block[b])
        slots &= compose_unit(c, b)->cores;
    return slots;
}

static void add_side(struct whole *w, uint32_t first, uint32_t exclusion, uint32_t side)
{
    for (uint32_t i = first; i < w->sides.n; i++)
        if (w->sides.at[i].exclusion == exclusion)
            return;
    VEC_PUSH(w->arena, &w->sides, (struct column_side){exclusion, side});
}

static void list_sides_of(struct whole *w, uint32_t node, uint32_t core)
{
    const struct compose *c = w->c;
    uint32_t first = w->sides.n, slots = slots_of(c, core);
    for (uint32_t b = c->cores[core].first_block; b != NET_NONE; b = c->next_block[b])
        for (uint32_t i = 0; i < compose_rule(c, b)->n_sides; i++) {
            const struct chip_side *side = &c->sides.at[compose_rule(c, b)->first_side + i];
            add_side(w, first, side->exclusion, side->side);
        }
    if (w->held[node] != NET_NONE)
        add_side(w, first, c->n_chip_exclusions, w->held[node]);
    for (uint32_t k = 0; k < c->device->cores_per_chip; k++)
        if (slots == UINT32_C(1) << k)
            add_side(w, first, c->n_chip_exclusions + 1 + k, node);
}

/* apart(chip), what is held on different chips, and what needs the same core of a chip. */
static void list_sides(struct whole *w)
{
    uint32_t n = w->problem.n_nodes, *first = ARENA_ARRAY(w->arena, uint32_t, (size_t)n + 1);
    for (uint32_t i = 0; i < n; i++) {
        for (uint32_t core = 0; core < w->c->n_cores; core++)
            if (node_on(w, core) == i)
                list_sides_of(w, i, core);
        first[i + 1] = w->sides.n;
    }
    w->problem.sides = w->sides.at;
    w->problem.first_side = w->sides.n ? first : NULL;
}

/* --- axons --------------------------------------------------------------------------------------
 */

static int by_number(const void *a, const void *b)
{
    uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
    return x < y ? -1 : x > y;
}

/* Its targets by nodes, each once, at the end of the list; false: it costs nothing, whatever stands
 * where. */
static bool translate(struct whole *w, uint32_t axon, struct column_axon *own)
{
    const struct compose *c = w->c;
    const struct axon *from = &c->blocks.axons.at[axon];
    *own = (struct column_axon){.source = w->node_of[from->source],
                                .first_target = w->targets.n,
                                .weight = (int64_t)from->traffic,
                                .most_chips = c->device->sram_words - from->taken};
    for (uint32_t i = 0; i < from->n_targets; i++)
        VEC_PUSH(w->arena, &w->targets, w->node_of[c->blocks.targets.at[from->first_target + i]]);
    uint32_t *at = &w->targets.at[own->first_target];
    qsort(at, from->n_targets, sizeof *at, by_number);
    for (uint32_t i = 0; i < from->n_targets; i++)
        if (i == 0 || at[i] != at[i - 1])
            at[own->n_targets++] = at[i];
    w->targets.n = own->first_target + own->n_targets;
    return (own->weight > 0 && (own->n_targets > 1 || at[0] != own->source))
           || own->n_targets > own->most_chips;
}

static bool same_axon(const struct whole *w, const struct column_axon *a,
                      const struct column_axon *b)
{
    return a->source == b->source && a->most_chips == b->most_chips && a->n_targets == b->n_targets
           && memcmp(&w->targets.at[a->first_target], &w->targets.at[b->first_target],
                     a->n_targets * sizeof *w->targets.at)
                  == 0;
}

static uint64_t hash_axon(const struct whole *w, const struct column_axon *axon)
{
    uint64_t hash = rng_mix(axon->source ^ (uint64_t)axon->most_chips << 32);
    for (uint32_t i = 0; i < axon->n_targets; i++)
        hash = rng_mix(hash ^ w->targets.at[axon->first_target + i]);
    return hash;
}

/* Those alike count as one. Open addressing over axon numbers + 1. */
static void list_axons(struct whole *w)
{
    const struct blocks *blocks = &w->c->blocks;
    uint32_t slots = 16;
    while (slots < 2 * blocks->axons.n)
        slots *= 2;
    uint32_t *table = ARENA_ARRAY(w->arena, uint32_t, slots);
    for (uint32_t e = 0; e < blocks->axons.n; e++) {
        struct column_axon own;
        if (!translate(w, e, &own)) {
            w->targets.n = own.first_target;
            continue;
        }
        uint64_t at = hash_axon(w, &own) & (slots - 1);
        while (table[at] && !same_axon(w, &w->axons.at[table[at] - 1], &own))
            at = (at + 1) & (slots - 1);
        if (table[at]) {
            w->axons.at[table[at] - 1].weight += own.weight;
            w->targets.n = own.first_target;
            continue;
        }
        VEC_PUSH(w->arena, &w->axons, own);
        table[at] = w->axons.n;
    }
    w->problem.axons = w->axons.at;
    w->problem.n_axons = w->axons.n;
    w->problem.targets = w->targets.at;
}

/* --- taking over --------------------------------------------------------------------------------
 */

/* Gives cores that come to a chip a free core each that they may use. Depth is at most the cores of
 * a chip. */
static bool give_slots(const struct compose *c, const uint32_t *cores, uint32_t n, uint32_t free,
                       uint32_t *slot)
{
    if (n == 0)
        return true;
    for (uint32_t k = 0; k < c->device->cores_per_chip; k++) {
        slot[n - 1] = k;
        if ((free & slots_of(c, cores[n - 1])) >> k & 1
            && give_slots(c, cores, n - 1, free & ~(UINT32_C(1) << k), slot))
            return true;
    }
    return false;
}

/* Lists as shifts what comes to a chip; false: there are no cores for it. */
static bool list_arrivals(struct whole *w, uint32_t number, const uint32_t *chip_of)
{
    const struct compose *c = w->c;
    uint32_t chip = w->chip[number], cores[MOST_SLOTS] = {0}, slot[MOST_SLOTS], n = 0;
    uint32_t per_chip = c->device->cores_per_chip, free = UINT32_MAX >> (MOST_SLOTS - per_chip);
    for (uint32_t core = 0; core < c->n_cores; core++) {
        uint32_t node = node_on(w, core);
        if (node == NET_NONE || chip_of[node] != number)
            continue;
        if (compose_chip(c, core) == chip)
            free &= ~(UINT32_C(1) << core % per_chip);
        else if (n == per_chip)
            return false;
        else
            cores[n++] = core;
    }
    if (!give_slots(c, cores, n, free, slot))
        return false;
    for (uint32_t i = 0; i < n; i++)
        for (uint32_t b = c->cores[cores[i]].first_block; b != NET_NONE; b = c->next_block[b])
            w->shifts[w->n_shifts++] = (struct shift){b, 0, chip * per_chip + slot[i]};
    return true;
}

/* Moves cores to the chips that a composition by columns gives them; false: some rule forbids it,
 * and nothing has changed. */
static bool move_cores(struct whole *w, const uint32_t *chip_of)
{
    w->n_shifts = 0;
    for (uint32_t k = 0; k < w->problem.chips; k++)
        if (!list_arrivals(w, k, chip_of))
            return false;
    return compose_shift(w->c, w->shifts, w->n_shifts);
}

static void move_back(struct whole *w)
{
    for (uint32_t i = 0; i < w->n_shifts; i++)
        w->shifts[i].to = w->shifts[i].from;
    compose_shift(w->c, w->shifts, w->n_shifts);
}

/* Only what is better stays. */
static bool take(void *context, const uint32_t *chip_of)
{
    struct whole *w = context;
    const struct cost before = w->c->cost;
    if (!move_cores(w, chip_of))
        return false;
    if (cost_less(&w->c->cost, &before))
        return true;
    move_back(w);
    return false;
}

/* --- hops ---------------------------------------------------------------------------------------
 */

static bool chips_are_free(const struct whole *w)
{
    bool free = w->c->near && w->problem.chips <= GRID_EXACT_CHIPS;
    for (uint32_t i = 0; i < w->problem.n_nodes; i++)
        free = free && w->held[i] == NET_NONE;
    return free;
}

/* The composition that needs the fewest hops of all with this cut; the one at hand, if it does. */
static void compare_hops(struct whole *w, const struct column_list *best,
                         struct compose_proof *proof)
{
    struct compose *c = w->c;
    const struct cost before = c->cost;
    const uint32_t *least_of = NULL;
    uint64_t least, hops;
    bool proved =
        column_hops(w->arena, &w->problem, w->chip_of, c->net, c->device, c->observer, &least);
    for (uint32_t i = 0; i < best->n && proved; i++) {
        const uint32_t *chip_of = best->chip_of + (size_t)i * w->problem.n_nodes;
        proved = column_hops(w->arena, &w->problem, chip_of, c->net, c->device, c->observer, &hops);
        if (!proved || hops >= least)
            continue;
        least = hops;
        least_of = chip_of;
    }
    if (!proved)
        return;
    proof->hops = (int64_t)least;
    if (!least_of || !move_cores(w, least_of))
        return;
    if (c->cost.excess > before.excess || c->cost.cut > before.cut)
        move_back(w);
    else
        proof->improved = true;
}

void compose_by_columns(struct compose *c, const struct ilp_options *options,
                        struct compose_proof *proof)
{
    *proof = (struct compose_proof){-1, -1, false, true};
    if (c->cost.excess > 0 || c->device->cores_per_chip > COLUMN_NODES)
        return;
    struct arena *scratch = arena_scratch(c->arena);
    struct whole w = {.c = c, .arena = scratch};
    bool forced = compose_is_forced(c, scratch);
    w.shifts = ARENA_ARRAY(scratch, struct shift, c->blocks.all.n);
    w.problem.per_chip = c->device->cores_per_chip;
    number_nodes(&w);
    list_sides(&w);
    list_axons(&w);
    struct column_result result = {.cost = c->cost.cut, .chip_of = w.chip_of};
    const struct column_taker taker = {take, &w};
    bool compared = forced && chips_are_free(&w);
    columns_solve(scratch, &w.problem, options, &taker, compared ? MOST_BEST : 0, &result);
    proof->improved = result.improved;
    proof->unaided = result.unaided;
    proof->cut = forced ? result.bound : -1;
    if (result.best.n > 0 && result.cost == c->cost.cut)
        compare_hops(&w, &result.best, proof);
    arena_scratch_end(scratch);
}
