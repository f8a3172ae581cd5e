#include "mapper/pack_state.h"

#include <string.h>

/* Runs that a population of the component has in any packing: by its size, and by the cores of a
 * spread. */
static void raise_floor(struct pack_state *state, const struct unit *unit)
{
    const struct problem *problem = state->problem;
    for (uint32_t i = 0; i < unit->n_atoms; i++) {
        uint32_t atom = problem->unit_atoms.at[unit->first_atom + i];
        uint32_t population = problem->atoms.at[atom].population;
        uint32_t size = problem->size_of[population];
        uint32_t *floor = &state->floor[population];
        uint32_t least = problem->capacity ? (size - 1) / problem->capacity + 1 : 1;
        *floor = least > *floor ? least : *floor;
    }
    for (uint32_t i = 0; i < unit->n_spreads && unit->n_atoms == 1; i++) {
        uint32_t cores =
            problem->spreads.at[problem->spread_parts.at[unit->first_spread + i].spread].cores;
        uint32_t atom = problem->unit_atoms.at[unit->first_atom];
        uint32_t *floor = &state->floor[problem->atoms.at[atom].population];
        *floor = cores > *floor ? cores : *floor;
    }
}

static void set_floors(struct pack_state *state)
{
    for (uint32_t i = 0; i < state->units.n && !state->plain; i++)
        raise_floor(state, &state->problem->units.at[state->units.at[i]]);
    for (uint32_t p = 0; p < state->problem->net->populations.n; p++) {
        state->runs[p] = state->floor[p];
        state->spent.pieces += state->floor[p];
    }
}

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
    state->load = ARENA_ARRAY(arena, uint32_t, (size_t)problem->spreads.n * n_cores);
    state->target = ARENA_ARRAY(arena, uint32_t, (size_t)problem->spreads.n * n_cores);
    state->mask = ARENA_ARRAY(arena, uint32_t, problem->units.n);
    state->head = ARENA_ARRAY(arena, struct head, problem->units.n);
    state->cost_mask = ARENA_ARRAY(arena, uint32_t, problem->units.n);
    state->runs = ARENA_ARRAY(arena, uint32_t, problem->net->populations.n);
    state->floor = ARENA_ARRAY(arena, uint32_t, problem->net->populations.n);
    state->distinct = problem->pinned_cores;
    state->capped = NET_NONE;
    state->view = (struct runs_view){
        problem,     n_cores,     state->mask,
        state->head, state->left, ARENA_ARRAY(arena, uint32_t, 2 * (size_t)n_cores)};
    for (size_t i = 0; i < (size_t)problem->spreads.n * n_cores; i++)
        state->target[i] = PACK_UNLIMITED;
    for (uint32_t c = 0; c < n_cores; c++)
        state->core[c] = (struct core_state){NET_NONE, problem->capacity, 0};
    for (uint32_t i = 0; i < units->n; i++) {
        const struct unit *unit = &problem->units.at[units->at[i]];
        state->left[units->at[i]] = unit->size;
        state->may[units->at[i]] = unit->cores & ((1u << n_cores) - 1);
        state->plain = state->plain && unit->plain;
    }
    set_floors(state);
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

uint32_t pack_spread_of(const struct pack_state *state, uint32_t unit)
{
    const struct unit *u = &state->problem->units.at[unit];
    return u->n_spreads ? state->problem->spread_parts.at[u->first_spread].spread : NET_NONE;
}

/* Neurons of part i of a unit among n of the unit. */
static uint32_t counted_in(const struct pack_state *state, const struct unit *unit, uint32_t i,
                           uint32_t n)
{
    return unit->splittable ? n : state->problem->spread_parts.at[unit->first_spread + i].neurons;
}

static bool spreads_admit(const struct pack_state *state, const struct unit *unit, uint32_t core,
                          uint32_t n)
{
    for (uint32_t i = 0; i < unit->n_spreads; i++) {
        uint32_t spread = state->problem->spread_parts.at[unit->first_spread + i].spread;
        size_t at = (size_t)spread * state->n_cores + core;
        uint32_t more = counted_in(state, unit, i, n);
        if (state->target[at] - state->load[at] < (more ? more : 1))
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
    if (unit == state->capped && core == state->capped_core && n > state->cap)
        return false;
    return sides_admit(state, u, core) && spreads_admit(state, u, core, n);
}

static void count_atom(struct pack_state *state, uint32_t population, uint32_t core, bool enter)
{
    uint32_t *there = &state->on[(size_t)population * state->n_cores + core];
    uint32_t *cores = &state->n_on[population];
    if (enter && (*there)++ == 0)
        state->spent.splits += ++*cores == 2;
    if (!enter && --*there == 0)
        state->spent.splits -= --*cores == 1;
}

static void count_unit(struct pack_state *state, const struct unit *unit, uint32_t core, bool enter)
{
    const struct problem *problem = state->problem;
    uint32_t counted = NET_NONE;
    for (uint32_t i = 0; i < unit->n_atoms; i++) {
        uint32_t atom = problem->unit_atoms.at[unit->first_atom + i];
        uint32_t population = problem->atoms.at[atom].population;
        count_atom(state, population, core, enter);
        if (population == counted)
            continue;
        counted = population;
        state->spent.pieces -= state->runs[population];
        uint32_t runs = least_runs(&state->view, population), floor = state->floor[population];
        state->runs[population] = runs > floor ? runs : floor;
        state->spent.pieces += state->runs[population];
    }
    for (uint32_t i = 0; i < unit->n_sides; i++) {
        const struct side *side = &problem->sides.at[unit->first_side + i];
        size_t at = (size_t)side->exclusion * state->n_cores + core;
        state->occupants[at] += enter ? 1 : UINT32_MAX;
        state->occupant[at] = state->occupants[at] ? side->side + 1 : 0;
    }
}

static void count_spreads(struct pack_state *state, const struct unit *unit, uint32_t core,
                          uint32_t n, bool enter)
{
    for (uint32_t i = 0; i < unit->n_spreads; i++) {
        uint32_t spread = state->problem->spread_parts.at[unit->first_spread + i].spread;
        uint32_t more = counted_in(state, unit, i, n);
        state->load[(size_t)spread * state->n_cores + core] += enter ? more : 0 - more;
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
    state->mask[unit] |= 1u << core;
    *pack_amount(state, unit, core) += n;
    count_spreads(state, u, core, n, true);
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
    if (*pack_amount(state, unit, core) == 0)
        state->mask[unit] &= ~(1u << core);
    count_spreads(state, &state->problem->units.at[unit], core, n, false);
    count_unit(state, &state->problem->units.at[unit], core, false);
}

bool pack_within(const struct pack_state *state, const struct pack_limits *limits)
{
    return state->spent.cores <= limits->cores && state->spent.splits <= limits->splits
           && state->spent.pieces <= limits->pieces;
}
