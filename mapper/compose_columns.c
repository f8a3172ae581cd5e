#include "mapper/compose_columns.h"

#include <string.h>

enum { NODE_LIMIT = 2000 };

struct whole { /* a composition by classes */
    struct compose *c;
    struct column_problem problem;
    struct column_axon *axons;
    uint32_t *chip_of; /* per class, numbered by first use */
    uint32_t *chip;    /* per number: chip of the board */
};

static bool cores_are_forced(const struct compose *c)
{
    uint32_t *size = ARENA_ARRAY(c->arena, uint32_t, c->problem->n_classes);
    uint32_t cores = 0;
    if (c->problem->n_classes > COLUMNS_MAX_CORES)
        return false;
    for (uint32_t core = 0; core < c->n_cores; core++)
        cores += c->cores[core].blocks > 0;
    for (uint32_t u = 0; u < c->problem->units.n; u++)
        size[c->problem->units.at[u].class] += c->problem->units.at[u].size;
    for (uint32_t k = 0; k < c->problem->n_classes; k++)
        if (size[k] > c->problem->capacity)
            return false;
    return cores == c->problem->n_classes;
}

static uint32_t class_of(const struct compose *c, uint32_t block)
{
    return compose_unit(c, block)->class;
}

static void number_chips(struct whole *w)
{
    const struct compose *c = w->c;
    w->chip_of = ARENA_ARRAY(c->arena, uint32_t, c->problem->n_classes);
    w->chip = ARENA_ARRAY(c->arena, uint32_t, c->net->chips);
    for (uint32_t core = 0; core < c->n_cores; core++) {
        uint32_t chip = compose_chip(c, core), k = 0;
        if (c->cores[core].blocks == 0)
            continue;
        while (k < w->problem.chips && w->chip[k] != chip)
            k++;
        if (k == w->problem.chips)
            w->chip[w->problem.chips++] = chip;
        w->chip_of[c->cores[core].class] = k;
    }
}

static void list_axons(struct whole *w)
{
    const struct compose *c = w->c;
    w->axons = ARENA_ARRAY(c->arena, struct column_axon, c->blocks.axons.n);
    for (uint32_t e = 0; e < c->blocks.axons.n; e++) {
        const struct axon *axon = &c->blocks.axons.at[e];
        struct column_axon *own = &w->axons[w->problem.n_axons++];
        *own = (struct column_axon){.source = class_of(c, axon->source),
                                    .weight = (int64_t)axon->traffic,
                                    .most_chips = c->device->sram_words - axon->probed};
        for (uint32_t i = 0; i < axon->n_targets; i++)
            own->targets |= UINT64_C(1)
                            << class_of(c, c->blocks.targets.at[axon->first_target + i]);
        if (own->targets == UINT64_C(1) << own->source && own->most_chips > 0)
            w->problem.n_axons--;
    }
    w->problem.axons = w->axons;
}

static bool free_of_rules(const struct compose *c)
{
    for (uint32_t u = 0; u < c->problem->units.n; u++) {
        uint32_t cores = c->problem->units.at[u].cores;
        if (c->rules[u].chip != NET_NONE || c->rules[u].family != NET_NONE || c->rules[u].n_sides
            || (cores & (cores - 1)) == 0)
            return false;
    }
    return c->near;
}

/* Moves every class to the chip that the composition by columns gives it. */
static void take_over(struct whole *w)
{
    struct compose *c = w->c;
    uint32_t *next = ARENA_ARRAY(c->arena, uint32_t, w->problem.chips);
    uint32_t *core_of = ARENA_ARRAY(c->arena, uint32_t, c->problem->n_classes);
    for (uint32_t k = 0; k < c->problem->n_classes; k++) {
        uint32_t number = w->chip_of[k];
        core_of[k] = w->chip[number] * c->device->cores_per_chip + next[number]++;
    }
    for (uint32_t b = 0; b < c->blocks.all.n; b++)
        compose_take(c, b);
    for (uint32_t b = 0; b < c->blocks.all.n; b++)
        compose_put(c, b, core_of[class_of(c, b)]);
    compose_count(c);
}

int64_t compose_by_columns(struct compose *c, const struct ilp_options *options, bool *improved)
{
    struct whole w = {.c = c};
    *improved = false;
    if (!cores_are_forced(c) || c->cost.excess > 0)
        return -1;
    number_chips(&w);
    list_axons(&w);
    w.problem.n_cores = c->problem->n_classes;
    w.problem.per_chip = c->device->cores_per_chip;
    struct column_result result = {.cost = c->cost.cut, .chip_of = w.chip_of};
    columns_solve(c->arena, &w.problem, options, NODE_LIMIT, &result);
    if (result.improved && free_of_rules(c)) {
        take_over(&w);
        *improved = true;
    } else if (result.improved) {
        return result.cost; /* a bound, since rules can only make it dearer */
    }
    return result.bound;
}
