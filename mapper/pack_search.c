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

#include "mapper/pack_flow.h"

#include <stdlib.h>
#include <string.h>

enum { NODES_UNHEARD = 512 }; /* of the search, which the observer does not hear of */

struct frame {
    uint32_t choice; /* core, or n_cores: put off; what is tried next is choice + 1 */
    bool placed;
    uint32_t size; /* neurons placed there */
};
struct pack_search {
    uint64_t nodes, node_limit;
    const struct observer *observer;
    uint64_t unheard; /* nodes at which it hears next */
    uint32_t words;   /* of a reach set: bit b set if some subset of the units has size b */
    uint64_t *reach;  /* [position]: subsets of the units of its class from here on */
    uint32_t *order;  /* units, in the order of the search */
    uint32_t n;
    uint32_t *volume; /* [position]: neurons of its class from here on */
    uint32_t *rest;   /* per class: neurons not placed */
    struct frame *frames;
    uint32_t partial;      /* position of a unit that is partly placed; NET_NONE: none */
    uint32_t newly_split;  /* units put off whose populations do not count as split yet */
    struct pack_flow flow; /* units put off */
    uint32_t *shape;       /* per spread: shape of its targets, see next_shape() */
    uint32_t n_shapes;     /* 3 to the power of cores */
    struct pack_limits limits;
    bool stopped,
        passed_over; /* node limit reached or ended by the observer; a choice was left out */
};

struct pack_search *pack_search_new(struct arena *arena, const struct pack_state *state,
                                    uint64_t node_limit, const struct observer *observer)
{
    struct pack_search *search = ARENA_NEW(arena, struct pack_search);
    uint32_t n = state->units.n;
    search->node_limit = node_limit;
    search->observer = observer;
    search->unheard = NODES_UNHEARD;
    search->words = state->problem->capacity / 64 + 1;
    search->reach = ARENA_ARRAY(arena, uint64_t, ((size_t)n + 1) * search->words);
    search->order = ARENA_ARRAY(arena, uint32_t, n);
    search->volume = ARENA_ARRAY(arena, uint32_t, (size_t)n + 1);
    search->rest = ARENA_ARRAY(arena, uint32_t, state->problem->n_classes);
    search->frames = ARENA_ARRAY(arena, struct frame, (size_t)n + 1);
    search->shape = ARENA_ARRAY(arena, uint32_t, state->problem->spreads.n);
    search->n_shapes = 1;
    for (uint32_t c = 0; c < state->n_cores && state->problem->spreads.n; c++)
        search->n_shapes *= 3;
    pack_flow_init(&search->flow, arena, state->n_cores, &search->nodes, node_limit);
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
    struct runs_view view = state->view;
    view.mask = state->cost_mask;
    view.left = NULL;
    *cost = (struct pack_limits){0, 0, 0};
    for (uint32_t i = 0; i < problem->units.n; i++) {
        state->cost_mask[i] = 0;
        for (uint32_t c = 0; c < state->n_cores; c++)
            if (amount[(size_t)i * state->n_cores + c])
                state->cost_mask[i] |= 1u << c;
    }
    for (uint32_t p = 0; p < problem->net->populations.n; p++) {
        uint32_t cores = 0;
        for (uint32_t a = problem->first_atom[p]; a < problem->first_atom[p + 1]; a++)
            cores |= state->cost_mask[problem->atoms.at[a].unit];
        used |= cores;
        cost->splits += (cores & (cores - 1)) != 0;
        if (cores)
            cost->pieces += least_runs(&view, p);
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
    search->partial = NET_NONE;
    for (uint32_t i = 0; i < search->n; i++)
        if (state->left[search->order[i]] != state->problem->units.at[search->order[i]].size)
            search->partial = i;
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

/* Most units from a position on that can still be put off: as many populations as the limit lets
 * be split, and a unit that is in parts already. */
static uint32_t most_splits(const struct pack_search *search, const struct pack_state *state,
                            uint32_t position)
{
    bool partial = search->partial != NET_NONE && search->partial >= position;
    return search->limits.splits - state->spent.splits - search->newly_split + partial;
}

/* Whether the units of the class at `position` can fill the room as densely as they must. Units
 * that may still be put off are left out, the largest first. */
static bool filling_suffices(const struct pack_search *search, const struct pack_state *state,
                             uint32_t position)
{
    uint32_t class = class_at(search, state, position), must = search->volume[position];
    uint32_t cut =
        search->limits.splits == PACK_UNLIMITED ? search->n : most_splits(search, state, position);
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

/* Most (unit, core) pairs that units put off now or later can take, by the limit on pieces. A unit
 * that is partly placed may go on with its latest run at no cost. */
static uint32_t most_parts(const struct pack_search *search, const struct pack_state *state,
                           uint32_t position)
{
    uint32_t later = most_splits(search, state, position);
    uint32_t whole = search->n - position;
    whole -= later < whole ? later : whole;
    uint32_t spent = state->spent.pieces + whole;
    bool going_on = search->partial != NET_NONE;
    return (spent < search->limits.pieces ? search->limits.pieces - spent : 0) + going_on;
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
        && state->spent.splits + search->newly_split > search->limits.splits)
        return false;
    if (!state->plain || position == search->n)
        return true;
    return filling_suffices(search, state, position) && waste_is_bearable(search, state, position);
}

/* --- the search ---------------------------------------------------------------------------------
 */

static bool leaf(struct pack_search *search, struct pack_state *state, uint32_t *amount,
                 struct pack_limits *cost)
{
    struct pack_flow *flow = &search->flow;
    bool fits = pack_flow_fits(flow, state, &search->limits);
    search->stopped = search->stopped || flow->stopped;
    if (!fits)
        return false;
    size_t cells = (size_t)state->problem->units.n * state->n_cores;
    memcpy(amount, state->amount, cells * sizeof *amount);
    for (uint32_t d = 0; d < flow->n; d++)
        for (uint32_t c = 0; c < state->n_cores; c++)
            amount[(size_t)flow->unit[d] * state->n_cores + c] +=
                flow->flow[d * state->n_cores + c];
    pack_cost(state, amount, cost);
    return true;
}

/* Whether the first n spreads ask the same of two cores. */
static bool same_targets(const struct pack_state *state, uint32_t a, uint32_t b, uint32_t n)
{
    for (uint32_t s = 0; s < n; s++) {
        const uint32_t *target = &state->target[(size_t)s * state->n_cores];
        if (target[a] != target[b])
            return false;
    }
    return true;
}

static bool same_state(const struct pack_state *state, uint32_t a, uint32_t b)
{
    const struct core_state *x = &state->core[a], *y = &state->core[b];
    if ((state->distinct >> a & 1) || (state->distinct >> b & 1))
        return false;
    if (!same_targets(state, a, b, state->problem->spreads.n))
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

static bool may_put_off(struct pack_search *search, const struct pack_state *state,
                        uint32_t position)
{
    uint32_t unit = search->order[position];
    if (!state->problem->units.at[unit].splittable || state->left[unit] < 2)
        return false;
    /* Parts can be exchanged until units and cores form no circle: fewer units in parts than cores.
     */
    if (state->problem->spreads.n == 0 && search->flow.n + 1 >= state->n_cores)
        return false;
    if (search->flow.n == PACK_MAX_SPLIT) {
        search->passed_over = true;
        return false;
    }
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

/* Whether putting off a unit splits a population that is on one core at most so far. While the
 * units put off claim no cores yet, the answer changes only for several units of one population,
 * which are not plain: there the count is of no account. */
static bool newly_split(const struct pack_state *state, uint32_t unit)
{
    const struct problem *problem = state->problem;
    uint32_t atom = problem->unit_atoms.at[problem->units.at[unit].first_atom];
    return state->plain && state->n_on[problem->atoms.at[atom].population] < 2;
}

static void count_node(struct pack_search *search)
{
    if (++search->nodes < search->unheard)
        return;
    search->unheard = search->nodes + NODES_UNHEARD;
    if (!observer_lets(search->observer, "cores", -1, -1, search->nodes))
        search->stopped = true;
}

static bool try_choice(struct pack_search *search, struct pack_state *state, uint32_t position,
                       uint32_t choice)
{
    uint32_t unit = search->order[position], size = state->left[unit];
    struct frame *frame = &search->frames[position];
    if (choice == state->n_cores) {
        if (!may_put_off(search, state, position))
            return false;
        search->flow.unit[search->flow.n++] = unit;
        search->newly_split += newly_split(state, unit);
    } else {
        if (repeats_earlier(state, choice) || !pack_can(state, &search->limits, unit, choice, size))
            return false;
        pack_put(state, unit, choice, size);
        search->rest[state->problem->units.at[unit].class] -= size;
    }
    *frame = (struct frame){choice, true, size};
    count_node(search);
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
        search->flow.n--;
        search->newly_split -= newly_split(state, unit);
        return;
    }
    pack_take(state, unit, frame->choice, frame->size);
    search->rest[state->problem->units.at[unit].class] += frame->size;
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

/* --- targets of spreads -------------------------------------------------------------------------
 */

/* Neurons per core by a shape: digit c in base 3 says whether core c holds none, the smaller or the
 * larger share. */
static void set_targets(struct pack_state *state, uint32_t s, uint32_t shape)
{
    const struct spread *spread = &state->problem->spreads.at[s];
    for (uint32_t c = 0; c < state->n_cores; c++, shape /= 3)
        state->target[(size_t)s * state->n_cores + c] =
            shape % 3 ? spread->size / spread->cores + shape % 3 - 1 : 0;
}

/* Whether the targets add up, and leave each core what it holds already. */
static bool targets_hold(const struct pack_state *state, uint32_t s, uint32_t shape)
{
    const struct spread *spread = &state->problem->spreads.at[s];
    uint32_t cores = 0, larger = 0;
    for (uint32_t c = 0; c < state->n_cores; c++, shape /= 3) {
        size_t at = (size_t)s * state->n_cores + c;
        if (state->target[at] < state->load[at])
            return false;
        cores += shape % 3 != 0;
        larger += shape % 3 == 2;
    }
    return cores == spread->cores && larger == spread->size % spread->cores;
}

/* Whether the cores have room for the first s + 1 targets. */
static bool targets_fit(const struct pack_state *state, const struct pack_limits *limits,
                        uint32_t s)
{
    uint32_t used = 0;
    for (uint32_t c = 0; c < state->n_cores; c++) {
        uint64_t need = 0;
        for (uint32_t i = 0; i <= s; i++) {
            size_t at = (size_t)i * state->n_cores + c;
            uint32_t more = state->target[at] - state->load[at];
            if (!state->problem->spreads_overlap)
                need += more;
            else if (more > need)
                need = more;
        }
        if (need > state->core[c].room)
            return false;
        used += need > 0 || state->core[c].units;
    }
    return used <= limits->cores;
}

/* Whether spread s can stand on every core beside spread t: what t has no room for is not in t. */
static bool targets_agree(const struct pack_state *state, uint32_t s, uint32_t t)
{
    const struct problem *problem = state->problem;
    uint32_t other = problem->spreads.at[s].size - problem->common[s * problem->spreads.n + t];
    for (uint32_t c = 0; c < state->n_cores; c++)
        if (state->target[(size_t)s * state->n_cores + c]
            > state->target[(size_t)t * state->n_cores + c] + other)
            return false;
    return true;
}

static bool targets_agree_all(const struct pack_state *state, uint32_t s)
{
    for (uint32_t t = 0; t < s && state->problem->spreads_overlap; t++)
        if (!targets_agree(state, s, t) || !targets_agree(state, t, s))
            return false;
    return true;
}

/* Of interchangeable cores the first takes the most. */
static bool targets_descend(const struct pack_state *state, uint32_t s)
{
    const uint32_t *target = &state->target[(size_t)s * state->n_cores];
    for (uint32_t b = 1; b < state->n_cores; b++)
        for (uint32_t a = 0; a < b; a++) {
            bool fixed = (state->distinct >> a & 1) || (state->distinct >> b & 1)
                         || state->core[a].units || state->core[b].units;
            if (!fixed && same_targets(state, a, b, s) && target[a] < target[b])
                return false;
        }
    return true;
}

/* Sets the next possible targets of spread s, from shape[s] on; false when there are no more. */
static bool next_shape(struct pack_search *search, struct pack_state *state, uint32_t s)
{
    for (; search->shape[s] < search->n_shapes; search->shape[s]++) {
        set_targets(state, s, search->shape[s]);
        if (!targets_hold(state, s, search->shape[s]) || !targets_descend(state, s)
            || !targets_fit(state, &search->limits, s) || !targets_agree_all(state, s))
            continue;
        search->shape[s]++;
        return true;
    }
    return false;
}

/* run() for all targets of the spreads, one after the other. */
static enum pack_answer run_targets(struct pack_search *search, struct pack_state *state,
                                    uint64_t end, uint32_t *amount, struct pack_limits *cost)
{
    uint32_t n = state->problem->spreads.n, s = 0;
    enum pack_answer answer = PACK_NO;
    search->shape[0] = 0;
    for (;;) {
        if (search->nodes >= end)
            return PACK_UNKNOWN;
        count_node(search);
        if (search->stopped)
            return PACK_UNKNOWN;
        if (!next_shape(search, state, s)) {
            if (s-- == 0)
                return answer;
            continue;
        }
        if (s + 1 < n) {
            search->shape[++s] = 0;
            continue;
        }
        answer = run(search, state, end, amount, cost);
        if (answer != PACK_NO)
            return answer;
    }
}

static void clear_targets(struct pack_state *state)
{
    for (size_t i = 0; i < (size_t)state->problem->spreads.n * state->n_cores; i++)
        state->target[i] = PACK_UNLIMITED;
}

enum pack_answer pack_complete(struct pack_search *search, struct pack_state *state,
                               const struct pack_limits *limits, uint64_t nodes, uint32_t *amount,
                               struct pack_limits *cost)
{
    uint64_t left = search->node_limit - search->nodes;
    uint64_t end = search->nodes + (nodes < left ? nodes : left);
    search->limits = *limits;
    search->flow.n = search->newly_split = 0;
    search->stopped = search->passed_over = false;
    if (search->nodes >= search->node_limit)
        return PACK_UNKNOWN;
    order_units(search, state);
    find_reach(search, state);
    if (!worth_it(search, state, 0))
        return PACK_NO;
    if (state->problem->spreads.n == 0)
        return run(search, state, end, amount, cost);
    enum pack_answer answer = run_targets(search, state, end, amount, cost);
    clear_targets(state);
    return answer == PACK_NO && search->passed_over ? PACK_UNKNOWN : answer;
}
