/* Depth-first over the units, by class, then largest first; every unit goes whole to one core or is
 * put off. What was put off is cut over the room that is left, at the end, by a small flow.
 *
 * Symmetry: of interchangeable cores in the same state only the first is tried, and equal plain
 * units take cores in ascending order. Both keep the lexicographically least of all equivalent
 * packings, so together they lose none. Where pieces are not limited, a plain unit is put off only
 * if all larger ones of its class are: exchanging a larger one for it never does harm.
 *
 * Bounds: room per class, and room that no subset of the units still to come can fill.
 */
#include "mapper/pack_search.h"

#include <stdlib.h>
#include <string.h>

enum { MAX_PUT_OFF = 32 };

struct frame {
    uint32_t choice; /* core, or n_cores: put off; what is tried next is choice + 1 */
    bool placed;
};
struct pack_search {
    uint64_t nodes, node_limit;
    uint32_t words;  /* of a reach set: bit b set if some subset of the units has size b */
    uint64_t *reach; /* [position]: subsets of the units of its class from here on */
    uint32_t *order; /* units, in the order of the search */
    uint32_t n;
    uint32_t *volume; /* [position]: neurons of its class from here on */
    uint32_t *rest;   /* per class: neurons not placed */
    struct frame *frames;
    uint32_t put_off[MAX_PUT_OFF], n_put_off;
    uint32_t *flow; /* [put off][core] */
    struct pack_limits limits;
    bool stopped;
};

struct pack_search *pack_search_new(struct arena *arena, const struct pack_state *state,
                                    uint64_t node_limit)
{
    struct pack_search *search = ARENA_NEW(arena, struct pack_search);
    uint32_t n = state->units.n;
    search->node_limit = node_limit;
    search->words = state->problem->capacity / 64 + 1;
    search->reach = ARENA_ARRAY(arena, uint64_t, ((size_t)n + 1) * search->words);
    search->order = ARENA_ARRAY(arena, uint32_t, n);
    search->volume = ARENA_ARRAY(arena, uint32_t, (size_t)n + 1);
    search->rest = ARENA_ARRAY(arena, uint32_t, state->problem->n_classes);
    search->frames = ARENA_ARRAY(arena, struct frame, (size_t)n + 1);
    search->flow = ARENA_ARRAY(arena, uint32_t, (size_t)MAX_PUT_OFF * state->n_cores);
    return search;
}

uint64_t pack_search_nodes(const struct pack_search *search)
{
    return search->nodes;
}

void pack_cost(const struct pack_state *state, const uint32_t *amount, struct pack_limits *cost)
{
    const struct problem *problem = state->problem;
    uint32_t used = 0;
    *cost = (struct pack_limits){0, 0, 0};
    for (uint32_t p = 0; p < problem->net->populations.n; p++) {
        uint32_t cores = 0;
        for (uint32_t a = problem->first_atom[p]; a < problem->first_atom[p + 1]; a++)
            for (uint32_t c = 0; c < state->n_cores; c++)
                if (amount[(size_t)problem->atoms.at[a].unit * state->n_cores + c])
                    cores |= 1u << c;
        used |= cores;
        cost->pieces += (uint32_t)__builtin_popcount(cores);
        cost->splits += (cores & (cores - 1)) != 0;
    }
    cost->cores = (uint32_t)__builtin_popcount(used);
}

/* --- order and reach ----------------------------------------------------------------------------
 */

static bool goes_before(const struct pack_state *state, uint32_t a, uint32_t b)
{
    const struct unit *x = &state->problem->units.at[a], *y = &state->problem->units.at[b];
    uint32_t few_x = (uint32_t)__builtin_popcount(state->may[a]),
             few_y = (uint32_t)__builtin_popcount(state->may[b]);
    if ((few_x == 1) != (few_y == 1))
        return few_x == 1;
    if (x->class != y->class)
        return x->class < y->class;
    if (state->left[a] != state->left[b])
        return state->left[a] > state->left[b];
    return a < b;
}

static void merge(const struct pack_state *state, uint32_t *at, uint32_t n, uint32_t *scratch)
{
    for (uint32_t width = 1; width < n; width *= 2) {
        for (uint32_t lo = 0; lo < n; lo += 2 * width) {
            uint32_t mid = lo + width < n ? lo + width : n;
            uint32_t hi = lo + 2 * width < n ? lo + 2 * width : n;
            for (uint32_t i = lo, j = mid, k = lo; k < hi; k++)
                scratch[k] =
                    i < mid && (j == hi || goes_before(state, at[i], at[j])) ? at[i++] : at[j++];
        }
        memcpy(at, scratch, n * sizeof *at);
    }
}

static void order_units(struct pack_search *search, const struct pack_state *state)
{
    search->n = 0;
    for (uint32_t i = 0; i < state->units.n; i++)
        if (state->left[state->units.at[i]])
            search->order[search->n++] = state->units.at[i];
    merge(state, search->order, search->n, search->volume);
    memset(search->rest, 0, state->problem->n_classes * sizeof *search->rest);
    for (uint32_t i = 0; i < search->n; i++)
        search->rest[state->problem->units.at[search->order[i]].class] +=
            state->left[search->order[i]];
}

static uint32_t class_at(const struct pack_search *search, const struct pack_state *state,
                         uint32_t position)
{
    return state->problem->units.at[search->order[position]].class;
}

/* to = from, united with from shifted up by n. */
static void shift_or(uint64_t *to, const uint64_t *from, uint32_t words, uint32_t n)
{
    uint32_t whole = n / 64, bits = n % 64;
    for (uint32_t w = 0; w < words; w++) {
        uint64_t moved = 0;
        if (w >= whole)
            moved = from[w - whole] << bits;
        if (bits && w > whole)
            moved |= from[w - whole - 1] >> (64 - bits);
        to[w] = from[w] | moved;
    }
}

static void find_reach(struct pack_search *search, const struct pack_state *state)
{
    uint32_t words = search->words;
    uint64_t *none = &search->reach[(size_t)search->n * words];
    memset(none, 0, words * sizeof *none);
    none[0] = 1;
    for (uint32_t i = search->n; i-- > 0;) {
        uint64_t *here = &search->reach[(size_t)i * words];
        bool last =
            i + 1 == search->n || class_at(search, state, i) != class_at(search, state, i + 1);
        const uint64_t *next = last ? none : here + words;
        uint32_t size = state->left[search->order[i]];
        search->volume[i] = size + (last ? 0 : search->volume[i + 1]);
        if (size <= state->problem->capacity)
            shift_or(here, next, words, size);
        else
            memcpy(here, next, words * sizeof *here);
    }
}

/* Largest sum of the set that is at most room. */
static uint32_t best_fill(const uint64_t *reach, uint32_t room)
{
    uint64_t word = reach[room / 64] & (~0ull >> (63 - room % 64));
    uint32_t w = room / 64;
    while (word == 0)
        word = reach[--w];
    return w * 64 + 63 - (uint32_t)__builtin_clzll(word);
}

/* --- bounds -------------------------------------------------------------------------------------
 */

/* Whether the room left holds what is left, class by class. */
static bool room_suffices(const struct pack_search *search, const struct pack_state *state)
{
    uint32_t capacity = state->problem->capacity;
    uint32_t empty = search->limits.cores - state->spent.cores;
    if (empty > state->n_cores - state->spent.cores)
        empty = state->n_cores - state->spent.cores;
    for (uint32_t k = 0; k < state->problem->n_classes; k++) {
        uint32_t need = search->rest[k];
        for (uint32_t c = 0; need && c < state->n_cores; c++)
            if (state->core[c].units && state->core[c].class == k)
                need -= need < state->core[c].room ? need : state->core[c].room;
        uint32_t cores = capacity ? need / capacity + (need % capacity != 0) : need;
        if (cores > empty)
            return false;
        empty -= cores;
    }
    return true;
}

/* Whether the units of the class at `position` can fill the room as densely as they must. Units
 * that may still be put off are left out, the largest first. */
static bool filling_suffices(const struct pack_search *search, const struct pack_state *state,
                             uint32_t position)
{
    uint32_t class = class_at(search, state, position), must = search->volume[position];
    uint32_t cut = search->limits.splits == PACK_UNLIMITED
                       ? search->n
                       : search->limits.splits - state->spent.splits - search->n_put_off;
    for (uint32_t i = position; i < search->n && cut > 0; i++, cut--) {
        if (class_at(search, state, i) != class)
            break;
        must -= state->left[search->order[i]];
    }
    const uint64_t *reach = &search->reach[(size_t)position * search->words];
    uint32_t fill = 0, empty = search->limits.cores - state->spent.cores;
    for (uint32_t c = 0; c < state->n_cores; c++) {
        if (state->core[c].units == 0 && empty > 0)
            empty--;
        else if (state->core[c].units == 0 || state->core[c].class != class)
            continue;
        fill += best_fill(reach, state->core[c].room);
    }
    return must <= fill;
}

/* Most (unit, core) pairs that units put off now or later can take, by the limit on pieces. */
static uint32_t most_parts(const struct pack_search *search, const struct pack_state *state,
                           uint32_t position)
{
    uint32_t later = search->limits.splits - state->spent.splits - search->n_put_off;
    uint32_t whole = search->n - position;
    whole -= later < whole ? later : whole;
    uint32_t spent = state->spent.pieces + whole;
    return spent < search->limits.pieces ? search->limits.pieces - spent : 0;
}

/* Cores that no part of a split unit reaches are filled by whole units alone: what these must waste
 * may not exceed the room to spare. Cores are taken to be reached where most is wasted. */
static bool waste_is_bearable(const struct pack_search *search, const struct pack_state *state,
                              uint32_t position)
{
    if (search->limits.pieces == PACK_UNLIMITED || search->limits.splits == PACK_UNLIMITED)
        return true;
    uint32_t class = class_at(search, state, position), waste[32], n = 0, room = 0;
    uint32_t empty = search->limits.cores - state->spent.cores;
    const uint64_t *reach = &search->reach[(size_t)position * search->words];
    for (uint32_t c = 0; c < state->n_cores; c++) {
        uint32_t here = state->core[c].room;
        if (state->core[c].units == 0 && empty > 0)
            empty--;
        else if (state->core[c].units == 0 || state->core[c].class != class)
            continue;
        room += here;
        uint32_t i = n++;
        for (waste[i] = here - best_fill(reach, here); i > 0 && waste[i] < waste[i - 1]; i--) {
            uint32_t keep = waste[i];
            waste[i] = waste[i - 1];
            waste[i - 1] = keep;
        }
    }
    uint32_t parts = most_parts(search, state, position), lost = 0;
    for (uint32_t i = 0; i + parts < n; i++)
        lost += waste[i];
    return room >= search->rest[class] && lost <= room - search->rest[class];
}

static bool worth_it(const struct pack_search *search, const struct pack_state *state,
                     uint32_t position)
{
    if (!pack_within(state, &search->limits) || !room_suffices(search, state))
        return false;
    if (state->plain && search->limits.splits != PACK_UNLIMITED
        && state->spent.splits + search->n_put_off > search->limits.splits)
        return false;
    if (!state->plain || position == search->n)
        return true;
    return filling_suffices(search, state, position) && waste_is_bearable(search, state, position);
}

/* --- what was put off ---------------------------------------------------------------------------
 */

/* Moves `n` neurons of put-off unit d onto cores, rerouting others where a core is full; returns
 * how many found room. Depth is bounded by the number of cores. */
static uint32_t push_flow(struct pack_search *search, struct pack_state *state,
                          const uint32_t *claim, uint32_t d, uint32_t n, uint32_t *visited)
{
    uint32_t cores = state->n_cores, *flow = search->flow;
    for (uint32_t c = 0; c < cores; c++) {
        if (!(claim[d] >> c & 1) || *visited >> c & 1)
            continue;
        *visited |= 1u << c;
        uint32_t sent = n < state->core[c].room ? n : state->core[c].room;
        if (sent > 0) {
            state->core[c].room -= sent;
            flow[d * cores + c] += sent;
            return sent;
        }
        for (uint32_t e = 0; e < search->n_put_off; e++) {
            uint32_t there = flow[e * cores + c];
            if (e == d || there == 0)
                continue;
            sent = push_flow(search, state, claim, e, n < there ? n : there, visited);
            if (sent == 0)
                continue;
            flow[e * cores + c] -= sent;
            flow[d * cores + c] += sent;
            return sent;
        }
    }
    return 0;
}

/* Whether the put-off units fit into the cores they claim; the room is given back. */
static bool flow_fits(struct pack_search *search, struct pack_state *state, const uint32_t *claim)
{
    bool fits = true;
    memset(search->flow, 0, (size_t)search->n_put_off * state->n_cores * sizeof *search->flow);
    for (uint32_t d = 0; d < search->n_put_off && fits; d++) {
        uint32_t need = state->left[search->put_off[d]];
        while (need > 0 && fits) {
            uint32_t visited = 0, sent = push_flow(search, state, claim, d, need, &visited);
            need -= sent;
            fits = sent > 0;
        }
    }
    for (uint32_t d = 0; d < search->n_put_off; d++)
        for (uint32_t c = 0; c < state->n_cores; c++)
            state->core[c].room += search->flow[d * state->n_cores + c];
    return fits;
}

static bool claim_cores(struct pack_search *search, struct pack_state *state, uint32_t unit,
                        uint32_t cores, uint32_t *claimed)
{
    *claimed = 0;
    for (uint32_t c = 0; c < state->n_cores; c++) {
        if (!(cores >> c & 1))
            continue;
        if (!pack_can(state, &search->limits, unit, c, 0))
            return false;
        pack_put(state, unit, c, 0);
        *claimed |= 1u << c;
    }
    return pack_within(state, &search->limits);
}

static void unclaim_cores(struct pack_state *state, uint32_t unit, uint32_t claimed)
{
    for (uint32_t c = state->n_cores; c-- > 0;)
        if (claimed >> c & 1)
            pack_take(state, unit, c, 0);
}

/* Tries every set of two or more cores for put-off unit d and all after it, largest sets first.
 * Depth is at most MAX_PUT_OFF. */
static bool settle(struct pack_search *search, struct pack_state *state, uint32_t *claim,
                   uint32_t d)
{
    if (d == search->n_put_off)
        return flow_fits(search, state, claim);
    uint32_t unit = search->put_off[d], all = state->may[unit];
    for (uint32_t cores = all; cores != 0; cores = (cores - 1) & all) {
        if ((cores & (cores - 1)) == 0)
            continue;
        if (++search->nodes > search->node_limit) {
            search->stopped = true;
            return false;
        }
        bool found = claim_cores(search, state, unit, cores, &claim[d])
                     && settle(search, state, claim, d + 1);
        unclaim_cores(state, unit, claim[d]);
        if (found || search->stopped)
            return found;
    }
    return false;
}

static bool leaf(struct pack_search *search, struct pack_state *state, uint32_t *amount,
                 struct pack_limits *cost)
{
    uint32_t claim[MAX_PUT_OFF];
    if (!settle(search, state, claim, 0))
        return false;
    size_t cells = (size_t)state->problem->units.n * state->n_cores;
    memcpy(amount, state->amount, cells * sizeof *amount);
    for (uint32_t d = 0; d < search->n_put_off; d++)
        for (uint32_t c = 0; c < state->n_cores; c++)
            amount[(size_t)search->put_off[d] * state->n_cores + c] +=
                search->flow[d * state->n_cores + c];
    pack_cost(state, amount, cost);
    return true;
}

/* --- the search ---------------------------------------------------------------------------------
 */

static bool same_state(const struct pack_state *state, uint32_t a, uint32_t b)
{
    const struct core_state *x = &state->core[a], *y = &state->core[b];
    if ((state->distinct >> a & 1) || (state->distinct >> b & 1))
        return false;
    if (x->units == 0 || y->units == 0)
        return x->units == y->units;
    return state->plain && x->class == y->class && x->room == y->room;
}

static bool repeats_earlier(const struct pack_state *state, uint32_t core)
{
    for (uint32_t c = 0; c < core; c++)
        if (same_state(state, c, core))
            return true;
    return false;
}

/* Lowest choice that the order among equal units allows at a position. */
static uint32_t least_choice(const struct pack_search *search, const struct pack_state *state,
                             uint32_t position)
{
    if (position == 0 || state->distinct)
        return 0;
    uint32_t own = search->order[position], before = search->order[position - 1];
    const struct unit *x = &state->problem->units.at[own], *y = &state->problem->units.at[before];
    bool equal = x->plain && y->plain && x->class == y->class && x->size == y->size
                 && state->left[own] == x->size;
    return equal ? search->frames[position - 1].choice : 0;
}

static bool may_put_off(const struct pack_search *search, const struct pack_state *state,
                        uint32_t position)
{
    uint32_t unit = search->order[position];
    if (!state->problem->units.at[unit].splittable || state->left[unit] < 2
        || search->n_put_off + 1 >= state->n_cores || search->n_put_off == MAX_PUT_OFF)
        return false;
    if (!state->plain || search->limits.pieces != PACK_UNLIMITED || state->distinct)
        return true;
    for (uint32_t i = position; i-- > 0;) {
        uint32_t larger = search->order[i];
        if (class_at(search, state, i) != class_at(search, state, position))
            break;
        if (state->left[larger] > state->left[unit] && search->frames[i].choice != state->n_cores)
            return false;
    }
    return true;
}

static bool try_choice(struct pack_search *search, struct pack_state *state, uint32_t position,
                       uint32_t choice)
{
    uint32_t unit = search->order[position], size = state->left[unit];
    struct frame *frame = &search->frames[position];
    if (choice == state->n_cores) {
        if (!may_put_off(search, state, position))
            return false;
        search->put_off[search->n_put_off++] = unit;
    } else {
        if (repeats_earlier(state, choice) || !pack_can(state, &search->limits, unit, choice, size))
            return false;
        pack_put(state, unit, choice, size);
        search->rest[state->problem->units.at[unit].class] -= size;
    }
    *frame = (struct frame){choice, true};
    search->nodes++;
    return worth_it(search, state, position + 1);
}

static void undo_choice(struct pack_search *search, struct pack_state *state, uint32_t position)
{
    struct frame *frame = &search->frames[position];
    uint32_t unit = search->order[position];
    if (!frame->placed)
        return;
    frame->placed = false;
    if (frame->choice == state->n_cores) {
        search->n_put_off--;
        return;
    }
    uint32_t size = *pack_amount(state, unit, frame->choice);
    pack_take(state, unit, frame->choice, size);
    search->rest[state->problem->units.at[unit].class] += size;
}

/* Next choice at a position that is worth following; false when all are done. */
static bool advance(struct pack_search *search, struct pack_state *state, uint32_t position,
                    uint32_t from)
{
    for (uint32_t choice = from; choice <= state->n_cores; choice++) {
        if (try_choice(search, state, position, choice))
            return true;
        undo_choice(search, state, position);
    }
    return false;
}

static enum pack_answer run(struct pack_search *search, struct pack_state *state, uint64_t end,
                            uint32_t *amount, struct pack_limits *cost)
{
    uint32_t position = 0, from = 0;
    for (;;) {
        bool found = position == search->n && leaf(search, state, amount, cost);
        if (!found && !search->stopped && search->nodes < end && position < search->n
            && advance(search, state, position, from)) {
            position++;
            from = position < search->n ? least_choice(search, state, position) : 0;
            continue;
        }
        if (found || search->stopped || search->nodes >= end || position == 0) {
            while (position-- > 0)
                undo_choice(search, state, position);
            return found                                     ? PACK_YES
                   : search->stopped || search->nodes >= end ? PACK_UNKNOWN
                                                             : PACK_NO;
        }
        position--;
        from = search->frames[position].choice + 1;
        undo_choice(search, state, position);
    }
}

enum pack_answer pack_complete(struct pack_search *search, struct pack_state *state,
                               const struct pack_limits *limits, uint64_t nodes, uint32_t *amount,
                               struct pack_limits *cost)
{
    uint64_t left = search->node_limit - search->nodes;
    uint64_t end = search->nodes + (nodes < left ? nodes : left);
    search->limits = *limits;
    search->n_put_off = 0;
    search->stopped = false;
    if (search->nodes >= search->node_limit) {
        return PACK_UNKNOWN;
    }
    order_units(search, state);
    find_reach(search, state);
    if (!worth_it(search, state, 0))
        return PACK_NO;
    return run(search, state, end, amount, cost);
}
