#include "mapper/problem.h"

#include "mapper/rows.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* --- classes and capacity -----------------------------------------------------------------------
 */

uint32_t usable_neurons(const struct net *net, const struct device *device)
{
    double kept = ceil(net->reserve * (double)device->neurons_per_core);
    if (!(kept > 0))
        return device->neurons_per_core;
    return kept >= (double)device->neurons_per_core ? 0 : device->neurons_per_core - (uint32_t)kept;
}

static bool left_to_compiler(const struct net *net, uint32_t bias)
{
    for (uint32_t s = 0; s < net->bias_sets.n; s++)
        if (net->bias_sets.at[s].request[bias].kind == REQUEST_SOLVED)
            return true;
    return false;
}

static bool same_codes(const struct bias_class *a, const struct bias_class *b, const bool *open)
{
    for (uint32_t i = 0; i < N_BIASES; i++)
        if (!open[i]
            && (a->code[i].coarse != b->code[i].coarse || a->code[i].fine != b->code[i].fine))
            return false;
    return true;
}

uint32_t core_classes(struct arena *arena, const struct net *net, const struct bias_plan *plan,
                      bool solved, uint32_t **class_of)
{
    bool open[N_BIASES] = {false};
    uint32_t n = 0, *found = ARENA_ARRAY(arena, uint32_t, plan->classes.n), *example;
    example = ARENA_ARRAY(arena, uint32_t, plan->classes.n);
    for (uint32_t b = 0; b < N_BIASES && b < net->n_biases; b++)
        open[b] = !solved && left_to_compiler(net, b);
    memset(found, 0xFF, plan->classes.n * sizeof *found);
    for (uint32_t p = 0; p < net->populations.n; p++) {
        uint32_t own = bias_class_of_population(plan, net, p), c = 0;
        if (found[own] != NET_NONE)
            continue;
        while (c < n && !same_codes(&plan->classes.at[example[c]], &plan->classes.at[own], open))
            c++;
        if (c == n)
            example[n++] = own;
        found[own] = c;
    }
    *class_of = found;
    return n;
}

/* --- atoms --------------------------------------------------------------------------------------
 */

struct neuron_list { /* of a view: those that are to be placed */
    uint32_t n, *at;
};
struct list_vec VEC_OF(struct neuron_list);
struct builder {
    struct arena *arena;
    const struct net *net;
    const struct device *device;
    const struct problem_options *options;
    struct problem *out;
    uint32_t *label; /* per neuron: neurons of one population with equal labels are alike */
    uint32_t n_labels;
    uint32_t *atom_of;            /* per neuron */
    uint32_t *parent;             /* per atom: union-find */
    uint32_t *allowed;            /* per atom: cores */
    uint32_t *chip;               /* per atom: chip; NET_NONE: any */
    struct neuron_list **lists;   /* [place][view] */
    struct list_vec spread_lists; /* one per spread of the problem */
    uint32_t *spread_of;          /* per neuron: first spread that counts it; NET_NONE: none */
    struct side_vec atom_sides;
    struct index_vec side_atom; /* atom of each of atom_sides */
    struct index_vec membranes; /* neurons, ascending */
};

static bool in_use(const struct builder *b, uint32_t place)
{
    return !b->options->ignored || !b->options->ignored[place];
}

static uint32_t view_neuron(const struct net *net, const struct view *view, uint32_t i)
{
    return net->populations.at[view->object].first + view_unit(view, i);
}

static bool is_here(const struct builder *b, uint32_t neuron)
{
    const uint32_t *core_of = b->options->core_of;
    return !core_of || core_of[neuron] / b->device->cores_per_chip == b->options->chip;
}

/* Whether this is the problem of a whole board of several chips. */
static bool whole_board(const struct builder *b)
{
    return b->net->chips > 1 && !b->options->core_of;
}

static struct neuron_list list_view(const struct builder *b, const struct view *view)
{
    struct neuron_list list = {0, ARENA_ARRAY(b->arena, uint32_t, view->size)};
    for (uint32_t i = 0; i < view->size; i++)
        if (is_here(b, view_neuron(b->net, view, i)))
            list.at[list.n++] = view_neuron(b->net, view, i);
    return list;
}

static void list_places(struct builder *b)
{
    b->lists = ARENA_ARRAY(b->arena, struct neuron_list *, b->net->places.n);
    for (uint32_t p = 0; p < b->net->places.n; p++) {
        const struct place *place = &b->net->places.at[p];
        b->lists[p] = ARENA_ARRAY(b->arena, struct neuron_list, place->views.n);
        for (uint32_t v = 0; v < place->views.n; v++)
            b->lists[p][v] = list_view(b, &place->views.at[v]);
    }
}

/* Neurons from .. to-1 of a list become different from all others. */
static void mark(struct builder *b, const struct neuron_list *list, uint32_t from, uint32_t to)
{
    uint32_t *fresh = ARENA_ARRAY(b->arena, uint32_t, b->n_labels);
    uint32_t n_before = b->n_labels;
    for (uint32_t i = from; i < to; i++) {
        uint32_t *label = &b->label[list->at[i]];
        if (*label >= n_before)
            continue;
        if (!fresh[*label])
            fresh[*label] = b->n_labels++;
        *label = fresh[*label];
    }
}

/* Whether lines of a kind tell neurons apart: those about whole chips do where there are several.
 */
static bool tells_apart(const struct builder *b, enum place_kind kind)
{
    if (kind == PLACE_CHIP || kind == PLACE_TOGETHER_CHIP || kind == PLACE_APART_CHIP)
        return whole_board(b);
    return kind == PLACE_CORE || kind == PLACE_AT || kind == PLACE_TOGETHER_CORE
           || kind == PLACE_APART_CORE || kind == PLACE_SPREAD;
}

/* Whether an earlier spread asks the same of the same neurons. */
static bool spread_repeats(const struct builder *b, const struct neuron_list *list, uint32_t cores)
{
    uint32_t s = list->n ? b->spread_of[list->at[0]] : NET_NONE;
    if (s == NET_NONE || b->out->spreads.at[s].size != list->n
        || b->out->spreads.at[s].cores != cores)
        return false;
    for (uint32_t i = 1; i < list->n; i++)
        if (b->spread_of[list->at[i]] != s)
            return false;
    return true;
}

/* Neurons of one spread are alike; those that several spreads count are placed one by one, since
 * shares of two spreads at once are no matter of amounts. */
static void mark_spread(struct builder *b, const struct neuron_list *list, uint32_t cores)
{
    uint32_t s = b->out->spreads.n;
    if (list->n == 0 || spread_repeats(b, list, cores))
        return;
    if (cores > list->n || cores > b->out->n_cores)
        b->out->impossible = true;
    VEC_PUSH(b->arena, &b->out->spreads, (struct spread){cores, list->n});
    VEC_PUSH(b->arena, &b->spread_lists, *list);
    mark(b, list, 0, list->n);
    for (uint32_t i = 0; i < list->n; i++) {
        uint32_t neuron = list->at[i];
        if (b->spread_of[neuron] == NET_NONE) {
            b->spread_of[neuron] = s;
            continue;
        }
        b->label[neuron] = b->n_labels++;
        b->out->spreads_overlap = true;
    }
}

/* First neuron of share k of a list spread over several cores of a board; the larger shares come
 * first. */
static uint32_t share_start(const struct neuron_list *list, uint32_t cores, uint32_t k)
{
    uint32_t larger = list->n % cores;
    return k * (list->n / cores) + (k < larger ? k : larger);
}

static void mark_shares(struct builder *b, const struct neuron_list *list, uint32_t cores)
{
    b->out->narrowed = true;
    if (cores > list->n || cores > device_cores(b->device, b->net->chips))
        b->out->impossible = true;
    for (uint32_t k = 0; k < cores; k++)
        mark(b, list, share_start(list, cores, k), share_start(list, cores, k + 1));
}

/* Cores of this chip that hold neurons of the list. */
static uint32_t cores_held(const struct builder *b, const struct neuron_list *list)
{
    uint32_t cores = 0;
    for (uint32_t i = 0; i < list->n; i++)
        cores |= 1u << b->options->core_of[list->at[i]] % b->device->cores_per_chip;
    return (uint32_t)__builtin_popcount(cores);
}

static bool is_spread(const struct place *place)
{
    return place->kind == PLACE_SPREAD && place->cores != 1;
}

static void mark_places(struct builder *b)
{
    for (uint32_t i = 0; i < b->net->places.n; i++) {
        const struct place *place = &b->net->places.at[i];
        if (!in_use(b, i) || !tells_apart(b, place->kind))
            continue;
        for (uint32_t v = 0; v < place->views.n; v++) {
            const struct neuron_list *list = &b->lists[i][v];
            if (!is_spread(place))
                mark(b, list, 0, list->n);
            else if (whole_board(b) && place->cores)
                mark_shares(b, list, place->cores);
            else
                mark_spread(b, list, b->options->core_of ? cores_held(b, list) : place->cores);
        }
    }
}

static int ascending(const void *x, const void *y)
{
    uint32_t a, c;
    memcpy(&a, x, sizeof a);
    memcpy(&c, y, sizeof c);
    return a < c ? -1 : a > c;
}

static void mark_membranes(struct builder *b)
{
    struct index_vec all = {NULL, 0, 0};
    for (uint32_t i = 0; i < b->net->probes.n; i++) {
        const struct probe *probe = &b->net->probes.at[i];
        if (probe->kind != PROBE_MEMBRANE || probe->view.kind != UNIT_NEURON)
            continue;
        struct neuron_list list = list_view(b, &probe->view);
        for (uint32_t j = 0; j < list.n; j++)
            VEC_PUSH(b->arena, &all, list.at[j]);
    }
    if (all.n)
        qsort(all.at, all.n, sizeof all.at[0], ascending);
    for (uint32_t i = 0; i < all.n; i++) {
        if (i > 0 && all.at[i] == all.at[i - 1])
            continue;
        VEC_PUSH(b->arena, &b->membranes, all.at[i]);
        b->label[all.at[i]] = b->n_labels++;
    }
}

static void cut_atoms(struct builder *b)
{
    struct problem *out = b->out;
    uint32_t next = 0;
    out->first_atom = ARENA_ARRAY(b->arena, uint32_t, (size_t)b->net->populations.n + 1);
    out->size_of = ARENA_ARRAY(b->arena, uint32_t, b->net->populations.n);
    out->neurons = ARENA_ARRAY(b->arena, uint32_t, b->net->n_neurons);
    for (uint32_t p = 0; p < b->net->populations.n; p++) {
        const struct population *population = &b->net->populations.at[p];
        uint32_t last = 0;
        out->first_atom[p] = out->atoms.n;
        for (uint32_t n = population->first; n < population->first + population->size; n++) {
            if (!is_here(b, n))
                continue;
            if (out->size_of[p]++ == 0 || b->label[n] != last)
                VEC_PUSH(b->arena, &out->atoms, (struct atom){p, next, 0, 0, NET_NONE});
            last = b->label[n];
            out->neurons[next++] = n;
            out->atoms.at[out->atoms.n - 1].count++;
            b->atom_of[n] = out->atoms.n - 1;
        }
    }
    out->first_atom[b->net->populations.n] = out->atoms.n;
}

/* --- constraints on atoms -----------------------------------------------------------------------
 */

static uint32_t root_of(const struct builder *b, uint32_t atom)
{
    while (b->parent[atom] != atom)
        atom = b->parent[atom];
    return atom;
}

static void unite(struct builder *b, uint32_t x, uint32_t y)
{
    uint32_t a = root_of(b, x), c = root_of(b, y);
    if (a < c)
        b->parent[c] = a;
    else
        b->parent[a] = c;
}

static void unite_list(struct builder *b, const struct neuron_list *list, uint32_t with)
{
    for (uint32_t i = 0; i < list->n; i++)
        unite(b, with, b->atom_of[list->at[i]]);
}

static void add_side(struct builder *b, uint32_t atom, uint32_t exclusion, uint32_t side)
{
    VEC_PUSH(b->arena, &b->atom_sides, (struct side){exclusion, side});
    VEC_PUSH(b->arena, &b->side_atom, atom);
}

static void side_of_list(struct builder *b, const struct neuron_list *list, uint32_t from,
                         uint32_t to, struct side side)
{
    uint32_t last = NET_NONE;
    for (uint32_t i = from; i < to; i++) {
        uint32_t atom = b->atom_of[list->at[i]];
        if (atom != last)
            add_side(b, atom, side.exclusion, side.side);
        last = atom;
    }
}

static void keep_together(struct builder *b, const struct neuron_list *lists, uint32_t n)
{
    uint32_t with = NET_NONE;
    for (uint32_t v = 0; v < n; v++) {
        if (lists[v].n && with == NET_NONE)
            with = b->atom_of[lists[v].at[0]];
        unite_list(b, &lists[v], with);
    }
}

static void hold_on_chip(struct builder *b, const struct neuron_list *list, uint32_t chip)
{
    if (chip >= b->net->chips || (list->n && b->options->core_of && chip != b->options->chip))
        b->out->impossible = true;
    for (uint32_t i = 0; i < list->n; i++) {
        uint32_t *own = &b->chip[b->atom_of[list->at[i]]];
        if (*own != NET_NONE && *own != chip)
            b->out->impossible = true;
        *own = chip;
    }
}

static void pin(struct builder *b, const struct place *place, const struct neuron_list *lists)
{
    uint32_t cores = b->device->cores_per_chip;
    uint32_t core = place->core;
    bool exists = place->chip < b->net->chips && core < cores;
    keep_together(b, lists, place->views.n);
    for (uint32_t v = 0; v < place->views.n; v++) {
        hold_on_chip(b, &lists[v], place->chip);
        for (uint32_t i = 0; i < lists[v].n; i++) {
            b->allowed[b->atom_of[lists[v].at[i]]] &= exists ? 1u << core : 0;
            b->out->pinned_cores |= exists ? 1u << core : 0;
        }
    }
}

/* Consecutive units of the views on consecutive neurons. */
static void pin_sites(struct builder *b, const struct place *place, const struct neuron_list *lists)
{
    uint32_t next = place->first;
    pin(b, place, lists);
    for (uint32_t v = 0; v < place->views.n; v++)
        for (uint32_t i = 0; i < lists[v].n; i++, next++) {
            struct atom *atom = &b->out->atoms.at[b->atom_of[lists[v].at[i]]];
            if (b->out->neurons[atom->first] != lists[v].at[i])
                continue;
            if (atom->site != NET_NONE && atom->site != next)
                b->out->impossible = true;
            atom->site = next;
        }
    if (next > b->device->neurons_per_core || next < place->first)
        b->out->impossible = true;
}

/* At most one of several lists on a core. */
static void keep_apart(struct builder *b, const struct neuron_list *lists, uint32_t n)
{
    uint32_t exclusion = b->out->n_exclusions++;
    for (uint32_t v = 0; v < n; v++)
        side_of_list(b, &lists[v], 0, lists[v].n, (struct side){exclusion, v});
}

/* On a board, every share by itself and no two on one core. */
static void hold_shares(struct builder *b, const struct neuron_list *list, uint32_t cores)
{
    uint32_t exclusion = b->out->n_exclusions++;
    for (uint32_t k = 0; k < cores && cores <= list->n; k++) {
        uint32_t from = share_start(list, cores, k), to = share_start(list, cores, k + 1);
        const struct neuron_list share = {to - from, list->at + from};
        unite_list(b, &share, b->atom_of[list->at[from]]);
        side_of_list(b, list, from, to, (struct side){exclusion, k});
    }
}

/* On one core: each view by itself. Over more of one chip: list_spreads(). */
static void spread(struct builder *b, const struct place *place, const struct neuron_list *lists)
{
    if (place->cores == 0)
        b->out->impossible = true;
    for (uint32_t v = 0; v < place->views.n; v++) {
        if (place->cores == 1)
            keep_together(b, &lists[v], 1);
        else if (whole_board(b))
            hold_shares(b, &lists[v], place->cores);
    }
}

/* All chips but one are of no account here: two views on this one are too many. */
static void keep_off(struct builder *b, const struct place *place, const struct neuron_list *lists)
{
    uint32_t here = 0;
    for (uint32_t v = 0; v < place->views.n; v++)
        here += lists[v].n > 0;
    if (here > 1 && !whole_board(b))
        b->out->impossible = true;
}

static void apply_place(struct builder *b, const struct place *place,
                        const struct neuron_list *lists)
{
    switch (place->kind) {
    case PLACE_CORE:
        pin(b, place, lists);
        break;
    case PLACE_AT:
        pin_sites(b, place, lists);
        break;
    case PLACE_TOGETHER_CORE:
        keep_together(b, lists, place->views.n);
        break;
    case PLACE_APART_CORE:
        keep_apart(b, lists, place->views.n);
        break;
    case PLACE_SPREAD:
        spread(b, place, lists);
        break;
    case PLACE_APART_CHIP:
        keep_off(b, place, lists);
        break;
    case PLACE_CHIP:
        for (uint32_t v = 0; v < place->views.n; v++)
            hold_on_chip(b, &lists[v], place->chip);
        break;
    case PLACE_TOGETHER_CHIP:
    case PLACE_NEAR:
        break;
    }
}

static void apply_constraints(struct builder *b)
{
    for (uint32_t i = 0; i < b->net->places.n; i++)
        if (in_use(b, i))
            apply_place(b, &b->net->places.at[i], b->lists[i]);
    if (b->membranes.n < 2)
        return;
    uint32_t exclusion = b->out->n_exclusions++;
    for (uint32_t i = 0; i < b->membranes.n; i++)
        add_side(b, b->atom_of[b->membranes.at[i]], exclusion, i);
}

/* --- units --------------------------------------------------------------------------------------
 */

static void collect_units(struct builder *b, const uint32_t *class_of, const struct bias_plan *plan)
{
    struct problem *out = b->out;
    for (uint32_t a = 0; a < out->atoms.n; a++) {
        struct atom *atom = &out->atoms.at[a];
        uint32_t root = root_of(b, a);
        uint32_t class = class_of[bias_class_of_population(plan, b->net, atom->population)];
        if (root == a) {
            atom->unit = out->units.n;
            VEC_PUSH(
                b->arena, &out->units,
                (struct unit){.class = class, .cores = (1u << out->n_cores) - 1, .chip = NET_NONE});
        }
        atom->unit = out->atoms.at[root].unit;
        struct unit *unit = &out->units.at[atom->unit];
        unit->size += atom->count;
        unit->cores &= b->allowed[a];
        unit->n_atoms++;
        if (unit->class != class)
            out->impossible = true;
        if (b->chip[a] != NET_NONE && unit->chip != NET_NONE && unit->chip != b->chip[a])
            out->impossible = true;
        unit->chip = b->chip[a] != NET_NONE ? b->chip[a] : unit->chip;
    }
}

/* Lists the atoms of every unit, in text order. */
static void list_atoms(struct builder *b)
{
    struct problem *out = b->out;
    uint32_t next = 0;
    for (uint32_t u = 0; u < out->units.n; u++) {
        out->units.at[u].first_atom = next;
        next += out->units.at[u].n_atoms;
        out->units.at[u].n_atoms = 0;
    }
    for (uint32_t a = 0; a < out->atoms.n; a++)
        VEC_PUSH(b->arena, &out->unit_atoms, 0);
    for (uint32_t a = 0; a < out->atoms.n; a++) {
        struct unit *unit = &out->units.at[out->atoms.at[a].unit];
        out->unit_atoms.at[unit->first_atom + unit->n_atoms++] = a;
    }
}

static bool has_side(const struct problem *out, const struct unit *unit, struct side side)
{
    for (uint32_t i = unit->first_side; i < out->sides.n; i++)
        if (out->sides.at[i].exclusion == side.exclusion && out->sides.at[i].side == side.side)
            return true;
    return false;
}

/* Lists the sides of every unit; two sides of one exclusion in one unit cannot be. */
static void list_sides(struct builder *b)
{
    struct problem *out = b->out;
    struct index_vec *by_unit = ARENA_ARRAY(b->arena, struct index_vec, out->units.n);
    for (uint32_t i = 0; i < b->atom_sides.n; i++)
        VEC_PUSH(b->arena, &by_unit[out->atoms.at[b->side_atom.at[i]].unit], i);
    for (uint32_t u = 0; u < out->units.n; u++) {
        struct unit *unit = &out->units.at[u];
        unit->first_side = out->sides.n;
        for (uint32_t i = 0; i < by_unit[u].n; i++) {
            struct side side = b->atom_sides.at[by_unit[u].at[i]];
            if (!has_side(out, unit, side))
                VEC_PUSH(b->arena, &out->sides, side);
        }
        unit->n_sides = out->sides.n - unit->first_side;
        for (uint32_t i = unit->first_side + 1; i < out->sides.n; i++)
            for (uint32_t j = unit->first_side; j < i; j++)
                if (out->sides.at[i].exclusion == out->sides.at[j].exclusion)
                    out->impossible = true;
    }
}

/* Counts the neurons that two spreads have in common. */
static void count_common(struct builder *b)
{
    struct problem *out = b->out;
    uint32_t n = out->spreads.n;
    uint8_t *marked = ARENA_ARRAY(b->arena, uint8_t, b->net->n_neurons);
    out->common = ARENA_ARRAY(b->arena, uint32_t, (size_t)n * n);
    for (uint32_t s = 0; s < n && out->spreads_overlap; s++) {
        const struct neuron_list *list = &b->spread_lists.at[s];
        for (uint32_t i = 0; i < list->n; i++)
            marked[list->at[i]] = 1;
        for (uint32_t t = 0; t < n; t++)
            for (uint32_t i = 0; i < b->spread_lists.at[t].n; i++)
                out->common[(size_t)s * n + t] += marked[b->spread_lists.at[t].at[i]];
        for (uint32_t i = 0; i < list->n; i++)
            marked[list->at[i]] = 0;
    }
}

/* Counts the neurons of every unit in every spread. */
static void list_spreads(struct builder *b)
{
    struct problem *out = b->out;
    struct spread_part_vec *by_unit = ARENA_ARRAY(b->arena, struct spread_part_vec, out->units.n);
    for (uint32_t s = 0; s < out->spreads.n; s++)
        for (uint32_t i = 0; i < b->spread_lists.at[s].n; i++) {
            uint32_t atom = b->atom_of[b->spread_lists.at[s].at[i]];
            struct spread_part_vec *parts = &by_unit[out->atoms.at[atom].unit];
            if (parts->n == 0 || parts->at[parts->n - 1].spread != s)
                VEC_PUSH(b->arena, parts, (struct spread_part){s, 0});
            parts->at[parts->n - 1].neurons++;
        }
    for (uint32_t u = 0; u < out->units.n; u++) {
        out->units.at[u].first_spread = out->spread_parts.n;
        out->units.at[u].n_spreads = by_unit[u].n;
        for (uint32_t i = 0; i < by_unit[u].n; i++)
            VEC_PUSH(b->arena, &out->spread_parts, by_unit[u].at[i]);
    }
}

static void describe_units(struct builder *b)
{
    struct problem *out = b->out;
    for (uint32_t u = 0; u < out->units.n; u++) {
        struct unit *unit = &out->units.at[u];
        const struct atom *atom = &out->atoms.at[out->unit_atoms.at[unit->first_atom]];
        bool whole = atom->count == out->size_of[atom->population];
        bool held = b->label[out->neurons[atom->first]] != 0;
        bool free = unit->cores == (1u << out->n_cores) - 1;
        bool choice = (unit->cores & (unit->cores - 1)) != 0 || (free && whole_board(b));
        unit->splittable = unit->n_atoms == 1 && choice;
        unit->plain = unit->n_atoms == 1 && whole && free && !held;
        if (unit->cores == 0)
            out->impossible = true;
    }
}

/* Whether a line holds each of its views, or each share, on one core. */
static bool holds_whole(const struct builder *b, const struct place *place)
{
    if (place->kind == PLACE_SPREAD)
        return !is_spread(place) || whole_board(b);
    return place->kind == PLACE_TOGETHER_CORE || place->kind == PLACE_CORE
           || place->kind == PLACE_AT;
}

/* A unit that a line holds on one core must not be split, even if it is one atom. */
static void hold_whole(struct builder *b)
{
    for (uint32_t i = 0; i < b->net->places.n; i++) {
        const struct place *place = &b->net->places.at[i];
        for (uint32_t v = 0; v < place->views.n && in_use(b, i) && holds_whole(b, place); v++)
            for (uint32_t j = 0; j < b->lists[i][v].n; j++) {
                uint32_t atom = b->atom_of[b->lists[i][v].at[j]];
                b->out->units.at[b->out->atoms.at[atom].unit].splittable = false;
            }
    }
}

/* No two atoms on one site. */
static void check_sites(struct builder *b)
{
    struct problem *out = b->out;
    uint32_t n = out->neurons_per_core;
    size_t sites = (size_t)device_cores(b->device, b->net->chips) * n;
    uint8_t *taken = ARENA_ARRAY(b->arena, uint8_t, sites);
    for (uint32_t a = 0; a < out->atoms.n && !out->impossible; a++) {
        const struct atom *atom = &out->atoms.at[a];
        if (atom->site == NET_NONE)
            continue;
        uint32_t core = b->chip[a] * out->n_cores + (uint32_t)__builtin_ctz(b->allowed[a]);
        for (uint32_t i = 0; i < atom->count; i++)
            if (taken[core * n + atom->site + i]++)
                out->impossible = true;
    }
}

void problem_build(struct arena *arena, const struct net *net, const struct device *device,
                   const struct bias_plan *plan, const struct problem_options *options,
                   struct problem *problem)
{
    memset(problem, 0, sizeof *problem);
    struct builder b = {.arena = arena,
                        .net = net,
                        .device = device,
                        .options = options,
                        .out = problem,
                        .n_labels = 1};
    uint32_t *class_of;
    problem->net = net;
    problem->n_cores = device->cores_per_chip;
    problem->neurons_per_core = device->neurons_per_core;
    problem->capacity = options->capacity ? options->capacity : usable_neurons(net, device);
    problem->n_classes = core_classes(arena, net, plan, true, &class_of);
    b.label = ARENA_ARRAY(arena, uint32_t, net->n_neurons);
    b.atom_of = ARENA_ARRAY(arena, uint32_t, net->n_neurons);
    b.spread_of = ARENA_ARRAY(arena, uint32_t, net->n_neurons);
    memset(b.spread_of, 0xFF, net->n_neurons * sizeof *b.spread_of);
    list_places(&b);
    mark_places(&b);
    mark_membranes(&b);
    cut_atoms(&b);
    b.parent = ARENA_ARRAY(arena, uint32_t, problem->atoms.n);
    b.allowed = ARENA_ARRAY(arena, uint32_t, problem->atoms.n);
    b.chip = ARENA_ARRAY(arena, uint32_t, problem->atoms.n);
    for (uint32_t a = 0; a < problem->atoms.n; a++) {
        b.parent[a] = a;
        b.chip[a] = NET_NONE;
        b.allowed[a] = (1u << problem->n_cores) - 1;
    }
    apply_constraints(&b);
    collect_units(&b, class_of, plan);
    list_atoms(&b);
    list_sides(&b);
    list_spreads(&b);
    count_common(&b);
    describe_units(&b);
    hold_whole(&b);
    check_sites(&b);
}
