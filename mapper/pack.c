/* Levels and order of stage 1, one component at a time.
 *
 * Without place lines and membrane probes the classes are independent and each is a component;
 * otherwise all units are one. For every level (cores, split populations, pieces) the search of
 * pack_search.c is asked for a packing at the lower bound, then one above it, and so on: the first
 * yes is the optimum, and every no before it is the proof. The pattern model gives the bound from
 * which to start and, where the search gives up, the value. Then the runs of every unit are fixed
 * one by one in text order, each at the least place that still has a completion.
 */
#include "mapper/pack.h"

#include "mapper/pack_ilp.h"
#include "mapper/pack_search.h"

#include <string.h>

enum { QUICK_NODES = 2000, CALLS_PER_LIMIT = 8 };

struct component {
    struct arena *arena;
    const struct problem *problem;
    const struct pack_options *options;
    struct pack_state state;
    struct pack_search *search;
    struct pack_limits limits; /* levels decided so far */
    struct pack_limits cost;   /* of amount */
    struct pack_limits bound;  /* proved */
    uint32_t *amount, *trial;  /* best packing so far, and room for the next */
    size_t cells;
    uint64_t slice; /* nodes per question */
    bool canonical;
};

static enum pack_answer ask(struct component *k, const struct pack_limits *limits, uint64_t nodes)
{
    struct pack_limits cost;
    enum pack_answer answer = pack_complete(k->search, &k->state, limits, nodes, k->trial, &cost);
    if (answer == PACK_YES) {
        memcpy(k->amount, k->trial, k->cells * sizeof *k->amount);
        k->cost = cost;
    }
    return answer;
}

/* --- levels -------------------------------------------------------------------------------------
 */

static uint32_t count_cores(const struct component *k)
{
    const struct problem *problem = k->problem;
    uint32_t cores = 0;
    uint32_t *volume = ARENA_ARRAY(k->arena, uint32_t, problem->n_classes);
    for (uint32_t i = 0; i < k->state.units.n; i++) {
        const struct unit *unit = &problem->units.at[k->state.units.at[i]];
        volume[unit->class] += unit->size;
    }
    for (uint32_t c = 0; c < problem->n_classes; c++)
        cores +=
            problem->capacity ? (volume[c] + problem->capacity - 1) / problem->capacity : volume[c];
    return cores;
}

static enum pack_answer level_cores(struct component *k)
{
    bool proved = true;
    k->limits = (struct pack_limits){0, PACK_UNLIMITED, PACK_UNLIMITED};
    k->bound.cores = count_cores(k);
    for (uint32_t cores = k->bound.cores; cores <= k->problem->n_cores; cores++) {
        k->limits.cores = cores;
        enum pack_answer answer = ask(k, &k->limits, k->slice);
        if (answer == PACK_YES)
            return PACK_YES;
        proved = proved && answer == PACK_NO;
        k->bound.cores = proved ? cores + 1 : k->bound.cores;
    }
    return proved ? PACK_NO : PACK_UNKNOWN;
}

/* Where constraints force a level far above its bound, down from what amount costs is the shorter
 * way, once the bound itself is ruled out. */
static void descend(struct component *k, uint32_t *level, uint32_t *bound, const uint32_t *reached)
{
    *level = *reached;
    if (*bound >= *reached)
        return;
    *level = *bound;
    enum pack_answer answer = ask(k, &k->limits, k->slice);
    *bound += answer == PACK_NO;
    while (answer != PACK_UNKNOWN && *bound < *reached) {
        *level = *reached - 1;
        answer = ask(k, &k->limits, k->slice);
        if (answer == PACK_NO)
            *bound = *reached;
    }
    *level = *reached;
}

/* Lowers one level from what amount costs towards its bound. */
static void lower(struct component *k, uint32_t *level, uint32_t *bound, const uint32_t *reached)
{
    bool proved = true;
    if (!k->state.plain) {
        descend(k, level, bound, reached);
        return;
    }
    for (uint32_t value = *bound; value < *reached; value++) {
        *level = value;
        enum pack_answer answer = ask(k, &k->limits, k->slice);
        if (answer == PACK_YES)
            break;
        proved = proved && answer == PACK_NO;
        *bound = proved ? value + 1 : *bound;
    }
    *level = *reached;
}

/* Populations that no core can hold are split, and have a least number of pieces. */
static void count_splits(struct component *k)
{
    const struct problem *problem = k->problem;
    uint32_t *first = ARENA_ARRAY(k->arena, uint32_t, problem->net->populations.n);
    k->bound.splits = k->bound.pieces = 0;
    for (uint32_t i = 0; i < k->state.units.n; i++) {
        const struct unit *unit = &problem->units.at[k->state.units.at[i]];
        for (uint32_t a = 0; a < unit->n_atoms; a++)
            first[problem->atoms.at[problem->unit_atoms.at[unit->first_atom + a]].population] = 1;
    }
    for (uint32_t p = 0; p < problem->net->populations.n; p++) {
        uint32_t size = first[p] ? problem->size_of[p] : 0;
        k->bound.splits += size > problem->capacity;
        k->bound.pieces +=
            problem->capacity ? (size + problem->capacity - 1) / problem->capacity : 0;
    }
    if (!k->state.plain)
        k->bound.pieces = k->state.spent.pieces;
}

static bool one_plain_class(const struct component *k)
{
    const struct unit_vec *units = &k->problem->units;
    for (uint32_t i = 1; i < k->state.units.n; i++)
        if (units->at[k->state.units.at[i]].class != units->at[k->state.units.at[0]].class)
            return false;
    return k->state.plain;
}

static void level_splits(struct component *k)
{
    if (k->cost.splits == k->bound.splits)
        return;
    k->limits.splits = k->bound.splits;
    if (ask(k, &k->limits, QUICK_NODES) == PACK_YES)
        return;
    struct pack_ilp ilp = {0, false};
    if (one_plain_class(k))
        pack_ilp_solve(k->arena, &k->state, k->limits.cores, &k->options->ilp, k->trial, &ilp);
    if (ilp.bound > k->bound.splits)
        k->bound.splits = ilp.bound;
    struct pack_limits cost;
    if (!ilp.found)
        return;
    pack_cost(&k->state, k->trial, &cost);
    if (cost.cores > k->limits.cores || cost.splits >= k->cost.splits)
        return;
    memcpy(k->amount, k->trial, k->cells * sizeof *k->amount);
    k->cost = cost;
}

static void levels(struct component *k)
{
    count_splits(k);
    uint32_t oversized = k->bound.splits;
    level_splits(k);
    lower(k, &k->limits.splits, &k->bound.splits, &k->cost.splits);
    if (k->state.plain)
        k->bound.pieces += k->bound.splits - oversized; /* two pieces at least */
    lower(k, &k->limits.pieces, &k->bound.pieces, &k->cost.pieces);
}

/* --- order --------------------------------------------------------------------------------------
 */

/* The lexicographically least vector of cores, neuron by neuron. A run of a unit on a core goes on
 * as long as it can, unless the next one can be on a lower core: then it is as short as it can be.
 * Both are found by bisection, since "at least so many" and "at most so many" are monotone.
 */
struct undo {
    struct head head;
    uint32_t distinct;
};

/* Makes n neurons of a unit its next run; open: at least n. */
static struct undo put_run(struct component *k, uint32_t unit, uint32_t core, uint32_t n, bool open)
{
    struct pack_state *state = &k->state;
    struct head *head = &state->head[unit];
    struct undo undo = {*head, state->distinct};
    head->first = head->n++ ? head->first : core;
    head->last = core;
    head->cores |= 1u << core;
    pack_put(state, unit, core, n);
    if (state->left[unit])
        state->distinct |= 1u << core;
    if (open)
        state->may[unit] |= 1u << core;
    return undo;
}

static void take_run(struct component *k, uint32_t unit, uint32_t core, uint32_t n,
                     const struct undo *undo)
{
    k->state.head[unit] = undo->head;
    k->state.distinct = undo->distinct;
    pack_take(&k->state, unit, core, n);
}

/* Whether what was put has a completion; amount is then one. */
static bool completes(struct component *k)
{
    if (!pack_within(&k->state, &k->limits))
        return false;
    enum pack_answer answer = ask(k, &k->limits, k->slice);
    k->canonical = k->canonical && answer != PACK_UNKNOWN;
    return answer == PACK_YES;
}

static uint32_t found_on(const struct component *k, uint32_t unit, uint32_t core)
{
    return k->amount[(size_t)unit * k->state.n_cores + core];
}

static bool can_hold(struct component *k, uint32_t unit, uint32_t core, uint32_t n, bool open)
{
    if (!pack_can(&k->state, &k->limits, unit, core, n))
        return false;
    struct undo undo = put_run(k, unit, core, n, open);
    bool answer = completes(k);
    take_run(k, unit, core, n, &undo);
    return answer;
}

static uint32_t population_of(const struct component *k, uint32_t unit)
{
    const struct problem *problem = k->problem;
    return problem->atoms.at[problem->unit_atoms.at[problem->units.at[unit].first_atom]].population;
}

static bool one_atom(const struct component *k, uint32_t unit)
{
    const uint32_t *first = &k->problem->first_atom[population_of(k, unit)];
    return first[1] == first[0] + 1;
}

static bool can_hold_rest(struct component *k, uint32_t unit, uint32_t core)
{
    uint32_t left = k->state.left[unit];
    return found_on(k, unit, core) == left || can_hold(k, unit, core, left, false);
}

/* Whether a run can start on a core and the unit go on elsewhere. */
static bool can_start(struct component *k, uint32_t unit, uint32_t core)
{
    const struct pack_state *state = &k->state;
    uint32_t n_on = state->n_on[population_of(k, unit)];
    if (!k->problem->units.at[unit].splittable || state->left[unit] < 2)
        return false;
    if (n_on < 2 && state->spent.splits >= k->limits.splits)
        return false;
    if (one_atom(k, unit) && found_on(k, unit, core))
        return true;
    return can_hold(k, unit, core, 1, true);
}

/* Most neurons of the run that starts on a core; amount says how many are known to do. */
static uint32_t longest_run(struct component *k, uint32_t unit, uint32_t core)
{
    uint32_t left = k->state.left[unit] - 1, room = k->state.core[core].room;
    uint32_t least = found_on(k, unit, core), most = left < room ? left : room;
    if (least >= most || can_hold(k, unit, core, most, true))
        return most;
    while (most - least > 1) {
        uint32_t n = least + (most - least) / 2;
        if (can_hold(k, unit, core, n, true))
            least = found_on(k, unit, core);
        else
            most = n;
    }
    return least;
}

/* Whether at most n neurons on one core can be followed by a run on another. */
static bool can_turn(struct component *k, uint32_t unit, uint32_t core, uint32_t n, uint32_t next)
{
    struct pack_state *state = &k->state;
    if (!pack_can(state, &k->limits, unit, core, 1))
        return false;
    struct undo undo = put_run(k, unit, core, 1, true), then;
    state->capped = unit;
    state->capped_core = core;
    state->cap = n - 1;
    bool answer = pack_can(state, &k->limits, unit, next, 1);
    if (answer) {
        then = put_run(k, unit, next, 1, true);
        answer = completes(k);
        take_run(k, unit, next, 1, &then);
    }
    state->capped = NET_NONE;
    take_run(k, unit, core, 1, &undo);
    return answer;
}

/* Least neurons of the run on a core that a run on a lower core can follow; 0: none can. Runs of a
 * population of one atom can be exchanged, so the lower core would have come first. */
static uint32_t shortest_run(struct component *k, uint32_t unit, uint32_t core)
{
    uint32_t best = k->state.left[unit];
    if (one_atom(k, unit) || !k->problem->units.at[unit].splittable)
        return 0;
    for (uint32_t next = 0; next < core; next++) {
        uint32_t none = 0;
        if (best < 2 || !can_turn(k, unit, core, best - 1, next))
            continue;
        best = found_on(k, unit, core);
        while (best - none > 1) {
            uint32_t n = none + (best - none) / 2;
            if (can_turn(k, unit, core, n, next))
                best = found_on(k, unit, core);
            else
                none = n;
        }
    }
    return best < k->state.left[unit] ? best : 0;
}

static bool fix_least(struct component *k, uint32_t unit, struct share *share)
{
    for (uint32_t core = 0; core < k->state.n_cores; core++) {
        if (!(k->state.may[unit] >> core & 1))
            continue;
        bool rest = can_hold_rest(k, unit, core);
        if (!rest && !can_start(k, unit, core))
            continue;
        uint32_t n = shortest_run(k, unit, core);
        if (n == 0)
            n = rest ? k->state.left[unit] : longest_run(k, unit, core);
        put_run(k, unit, core, n, false);
        *share = (struct share){unit, core, n};
        return true;
    }
    return false;
}

/* What is left of a unit as amount has it, in the order of the cores: after the search gave up. */
static void fix_as_found(struct component *k, uint32_t unit, struct packing *packing)
{
    struct pack_state *state = &k->state;
    k->canonical = false;
    for (uint32_t c = 0; c < state->n_cores; c++) {
        uint32_t n = found_on(k, unit, c) - *pack_amount(state, unit, c);
        if (n == 0)
            continue;
        put_run(k, unit, c, n, false);
        VEC_PUSH(k->arena, &packing->shares, (struct share){unit, c, n});
    }
}

/* amount is a completion of what was fixed so far at any time. */
static void order(struct component *k, struct packing *packing)
{
    for (uint32_t i = 0; i < k->state.units.n; i++) {
        uint32_t unit = k->state.units.at[i];
        while (k->state.left[unit] > 0) {
            struct share share;
            if (fix_least(k, unit, &share))
                VEC_PUSH(k->arena, &packing->shares, share);
            else
                fix_as_found(k, unit, packing);
        }
    }
    k->cost.pieces = k->state.spent.pieces;
}

/* The packing in amount as it stands. */
static void as_found(struct component *k, struct packing *packing)
{
    for (uint32_t i = 0; i < k->state.units.n; i++)
        for (uint32_t c = 0; c < k->state.n_cores; c++) {
            uint32_t unit = k->state.units.at[i];
            uint32_t n = k->amount[(size_t)unit * k->state.n_cores + c];
            if (n)
                VEC_PUSH(k->arena, &packing->shares, (struct share){unit, c, n});
        }
}

/* --- components ---------------------------------------------------------------------------------
 */

static void add_result(const struct component *k, struct packing *packing)
{
    packing->cores += k->cost.cores;
    packing->cores_bound += k->bound.cores;
    packing->splits += k->cost.splits;
    packing->split_bound += k->bound.splits;
    packing->pieces += k->cost.pieces;
    packing->pieces_bound += k->bound.pieces;
    packing->canonical = packing->canonical && k->canonical && k->bound.cores == k->cost.cores
                         && k->bound.splits == k->cost.splits && k->bound.pieces == k->cost.pieces;
    packing->nodes += pack_search_nodes(k->search);
}

static void solve(struct arena *arena, const struct problem *problem,
                  const struct pack_options *options, const struct index_vec *units,
                  struct packing *packing)
{
    struct component k = {.arena = arena, .problem = problem, .options = options};
    uint64_t limit = options->node_limit ? options->node_limit : PACK_DEFAULT_NODES;
    pack_state_init(&k.state, arena, problem, units, problem->n_cores);
    k.search = pack_search_new(arena, &k.state, limit, options->ilp.observer);
    k.slice = limit / CALLS_PER_LIMIT;
    k.cells = (size_t)problem->units.n * problem->n_cores;
    k.amount = ARENA_ARRAY(arena, uint32_t, k.cells);
    k.trial = ARENA_ARRAY(arena, uint32_t, k.cells);
    k.canonical = true;
    enum pack_answer answer = level_cores(&k);
    if (answer == PACK_YES && !options->feasibility) {
        levels(&k);
        order(&k, packing);
    } else if (answer == PACK_YES) {
        as_found(&k, packing);
    } else if (packing->status != PACK_IMPOSSIBLE) {
        packing->status = answer == PACK_NO ? PACK_IMPOSSIBLE : PACK_UNDECIDED;
    }
    add_result(&k, packing);
}

/* Cores numbered by first use in text order; components used the same numbers independently. */
static void number_cores(struct arena *arena, const struct problem *problem,
                         struct share_vec *shares)
{
    uint32_t n = 0;
    uint32_t *number = ARENA_ARRAY(arena, uint32_t, (size_t)problem->n_classes * problem->n_cores);
    for (uint32_t i = 0; i < shares->n; i++) {
        struct share *share = &shares->at[i];
        uint32_t class = problem->units.at[share->unit].class;
        uint32_t *own = &number[class * problem->n_cores + share->core];
        if (*own == 0)
            *own = ++n;
        share->core = *own - 1;
    }
}

/* Shares of all components, back in text order; each component's are in order already. */
static void sort_shares(struct arena *arena, const struct problem *problem,
                        struct share_vec *shares)
{
    uint32_t *at = ARENA_ARRAY(arena, uint32_t, (size_t)problem->units.n + 1);
    struct share *sorted = ARENA_ARRAY(arena, struct share, shares->n);
    for (uint32_t i = 0; i < shares->n; i++)
        at[shares->at[i].unit + 1]++;
    for (uint32_t u = 0; u < problem->units.n; u++)
        at[u + 1] += at[u];
    for (uint32_t i = 0; i < shares->n; i++)
        sorted[at[shares->at[i].unit]++] = shares->at[i];
    shares->at = sorted;
    shares->cap = shares->n;
}

static void solve_by_class(struct arena *arena, const struct problem *problem,
                           const struct pack_options *options, struct packing *packing)
{
    for (uint32_t class = 0; class < problem->n_classes; class ++) {
        struct index_vec units = {NULL, 0, 0};
        for (uint32_t u = 0; u < problem->units.n; u++)
            if (problem->units.at[u].class == class)
                VEC_PUSH(arena, &units, u);
        solve(arena, problem, options, &units, packing);
    }
    if (packing->cores_bound > problem->n_cores)
        packing->status = PACK_IMPOSSIBLE;
    else if (packing->cores > problem->n_cores)
        packing->status = PACK_UNDECIDED;
    if (packing->status != PACK_FITS)
        return;
    sort_shares(arena, problem, &packing->shares);
    number_cores(arena, problem, &packing->shares);
}

static void solve_whole(struct arena *arena, const struct problem *problem,
                        const struct pack_options *options, struct packing *packing)
{
    struct index_vec units = {NULL, 0, 0};
    for (uint32_t u = 0; u < problem->units.n; u++)
        VEC_PUSH(arena, &units, u);
    solve(arena, problem, options, &units, packing);
}

void pack(struct arena *arena, const struct problem *problem, const struct pack_options *options,
          struct packing *packing)
{
    memset(packing, 0, sizeof *packing);
    packing->canonical = true;
    if (problem->impossible)
        packing->status = PACK_IMPOSSIBLE;
    else if (problem->pinned_cores == 0 && problem->n_exclusions == 0 && problem->spreads.n == 0)
        solve_by_class(arena, problem, options, packing);
    else
        solve_whole(arena, problem, options, packing);
}
