#include "mapper/pack_state.h"

#include <string.h>

void pack_state_init(struct pack_state *state, struct arena *arena, const struct problem *problem,
                     const struct index_vec *units, uint32_t n_cores)
{
    memset(state, 0, sizeof *state);
    state->problem = problem;
    state->units = *units;
    state->n_cores = n_cores;
    state->plain = true;
    state->core = ARENA_ARRAY(arena, struct core_state, n_cores);
    state->left = ARENA_ARRAY(arena, uint32_t, problem->units.n);
    state->may = ARENA_ARRAY(arena, uint32_t, problem->units.n);
    state->amount = ARENA_ARRAY(arena, uint32_t, (size_t)problem->units.n * n_cores);
    state->on = ARENA_ARRAY(arena, uint32_t, (size_t)problem->net->populations.n * n_cores);
    state->n_on = ARENA_ARRAY(arena, uint32_t, problem->net->populations.n);
    state->occupant = ARENA_ARRAY(arena, uint32_t, (size_t)problem->n_exclusions * n_cores);
    state->occupants = ARENA_ARRAY(arena, uint32_t, (size_t)problem->n_exclusions * n_cores);
    state->distinct = problem->pinned_cores;
    for (uint32_t c = 0; c < n_cores; c++)
        state->core[c] = (struct core_state){NET_NONE, problem->capacity, 0};
    for (uint32_t i = 0; i < units->n; i++) {
        const struct unit *unit = &problem->units.at[units->at[i]];
        state->left[units->at[i]] = unit->size;
        state->may[units->at[i]] = unit->cores & ((1u << n_cores) - 1);
        state->plain = state->plain && unit->plain;
    }
}

static bool sides_admit(const struct pack_state *state, const struct unit *unit, uint32_t core)
{
    for (uint32_t i = 0; i < unit->n_sides; i++) {
        const struct side *side = &state->problem->sides.at[unit->first_side + i];
        uint32_t there = state->occupant[(size_t)side->exclusion * state->n_cores + core];
        if (there != 0 && there != side->side + 1)
            return false;
    }
    return true;
}

bool pack_can(const struct pack_state *state, const struct pack_limits *limits, uint32_t unit,
              uint32_t core, uint32_t n)
{
    const struct unit *u = &state->problem->units.at[unit];
    const struct core_state *c = &state->core[core];
    if (!(state->may[unit] >> core & 1) || c->room < n)
        return false;
    if (c->units ? c->class != u->class : state->spent.cores >= limits->cores)
        return false;
    return sides_admit(state, u, core);
}

static void count_atom(struct pack_state *state, uint32_t population, uint32_t core, bool enter)
{
    uint32_t *there = &state->on[(size_t)population * state->n_cores + core];
    uint32_t *cores = &state->n_on[population];
    if (enter && (*there)++ == 0) {
        state->spent.pieces++;
        state->spent.splits += ++*cores == 2;
    }
    if (!enter && --*there == 0) {
        state->spent.pieces--;
        state->spent.splits -= --*cores == 1;
    }
}

static void count_unit(struct pack_state *state, const struct unit *unit, uint32_t core, bool enter)
{
    const struct problem *problem = state->problem;
    for (uint32_t i = 0; i < unit->n_atoms; i++)
        count_atom(state,
                   problem->atoms.at[problem->unit_atoms.at[unit->first_atom + i]].population, core,
                   enter);
    for (uint32_t i = 0; i < unit->n_sides; i++) {
        const struct side *side = &problem->sides.at[unit->first_side + i];
        size_t at = (size_t)side->exclusion * state->n_cores + core;
        state->occupants[at] += enter ? 1 : UINT32_MAX;
        state->occupant[at] = state->occupants[at] ? side->side + 1 : 0;
    }
}

void pack_put(struct pack_state *state, uint32_t unit, uint32_t core, uint32_t n)
{
    const struct unit *u = &state->problem->units.at[unit];
    struct core_state *c = &state->core[core];
    if (c->units++ == 0) {
        c->class = u->class;
        state->spent.cores++;
    }
    c->room -= n;
    state->left[unit] -= n;
    state->may[unit] &= ~(1u << core);
    *pack_amount(state, unit, core) += n;
    count_unit(state, u, core, true);
}

void pack_take(struct pack_state *state, uint32_t unit, uint32_t core, uint32_t n)
{
    struct core_state *c = &state->core[core];
    if (--c->units == 0) {
        c->class = NET_NONE;
        state->spent.cores--;
    }
    c->room += n;
    state->left[unit] += n;
    state->may[unit] |= 1u << core;
    *pack_amount(state, unit, core) -= n;
    count_unit(state, &state->problem->units.at[unit], core, false);
}

bool pack_within(const struct pack_state *state, const struct pack_limits *limits)
{
    return state->spent.cores <= limits->cores && state->spent.splits <= limits->splits
           && state->spent.pieces <= limits->pieces;
}
