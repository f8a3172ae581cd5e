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

struct view_list VEC_OF(const struct view *);
struct builder {
    struct arena *arena;
    const struct net *net;
    const struct device *device;
    const struct problem_options *options;
    struct problem *out;
    uint32_t *label; /* per neuron: neurons of one population with equal labels are alike */
    uint32_t n_labels;
    uint32_t *atom_of;             /* per neuron */
    uint32_t *parent;              /* per atom: union-find */
    uint32_t *allowed;             /* per atom: cores */
    struct view_list spread_views; /* one per spread of the problem */
    uint32_t *spread_of;           /* per neuron: first spread that counts it; NET_NONE: none */
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

/* Units from .. to-1 of a view become different from all other neurons. */
static void mark(struct builder *b, const struct view *view, uint32_t from, uint32_t to)
{
    uint32_t *fresh = ARENA_ARRAY(b->arena, uint32_t, b->n_labels);
    uint32_t n_before = b->n_labels;
    for (uint32_t i = from; i < to; i++) {
        uint32_t *label = &b->label[view_neuron(b->net, view, i)];
        if (*label >= n_before)
            continue;
        if (!fresh[*label])
            fresh[*label] = b->n_labels++;
        *label = fresh[*label];
    }
}

static bool constrains_cores(enum place_kind kind)
{
    return kind == PLACE_CORE || kind == PLACE_AT || kind == PLACE_TOGETHER_CORE
           || kind == PLACE_APART_CORE || kind == PLACE_SPREAD;
}

/* Whether an earlier spread asks the same of the same neurons. */
static bool spread_repeats(const struct builder *b, const struct view *view, uint32_t cores)
{
    uint32_t s = view->size ? b->spread_of[view_neuron(b->net, view, 0)] : NET_NONE;
    if (s == NET_NONE || b->out->spreads.at[s].size != view->size
        || b->out->spreads.at[s].cores != cores)
        return false;
    for (uint32_t i = 1; i < view->size; i++)
        if (b->spread_of[view_neuron(b->net, view, i)] != s)
            return false;
    return true;
}

/* Neurons of one spread are alike; those that several spreads count are placed one by one, since
 * shares of two spreads at once are no matter of amounts. */
static void mark_spread(struct builder *b, const struct view *view, uint32_t cores)
{
    uint32_t s = b->out->spreads.n;
    if (spread_repeats(b, view, cores))
        return;
    if (cores > view->size || cores > b->out->n_cores)
        b->out->impossible = true;
    VEC_PUSH(b->arena, &b->out->spreads, (struct spread){cores, view->size});
    VEC_PUSH(b->arena, &b->spread_views, view);
    mark(b, view, 0, view->size);
    for (uint32_t i = 0; i < view->size; i++) {
        uint32_t neuron = view_neuron(b->net, view, i);
        if (b->spread_of[neuron] == NET_NONE) {
            b->spread_of[neuron] = s;
            continue;
        }
        b->label[neuron] = b->n_labels++;
        b->out->spreads_overlap = true;
    }
}

static bool is_spread(const struct place *place)
{
    return place->kind == PLACE_SPREAD && place->cores != 1;
}

static void mark_places(struct builder *b)
{
    for (uint32_t i = 0; i < b->net->places.n; i++) {
        const struct place *place = &b->net->places.at[i];
        if (!in_use(b, i) || !constrains_cores(place->kind))
            continue;
        for (uint32_t v = 0; v < place->views.n; v++) {
            const struct view *view = &place->views.at[v];
            if (is_spread(place))
                mark_spread(b, view, place->cores);
            else
                mark(b, view, 0, view->size);
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
        for (uint32_t j = 0; j < probe->view.size; j++)
            VEC_PUSH(b->arena, &all, view_neuron(b->net, &probe->view, j));
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
    out->first_atom = ARENA_ARRAY(b->arena, uint32_t, (size_t)b->net->populations.n + 1);
    for (uint32_t p = 0; p < b->net->populations.n; p++) {
        const struct population *population = &b->net->populations.at[p];
        out->first_atom[p] = out->atoms.n;
        for (uint32_t i = 0; i < population->size; i++) {
            uint32_t neuron = population->first + i;
            if (i == 0 || b->label[neuron] != b->label[neuron - 1])
                VEC_PUSH(b->arena, &out->atoms, (struct atom){p, i, 0, 0, NET_NONE});
            out->atoms.at[out->atoms.n - 1].count++;
            b->atom_of[neuron] = out->atoms.n - 1;
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

static void unite_view(struct builder *b, const struct view *view, uint32_t with)
{
    for (uint32_t i = 0; i < view->size; i++)
        unite(b, with, b->atom_of[view_neuron(b->net, view, i)]);
}

static void add_side(struct builder *b, uint32_t atom, uint32_t exclusion, uint32_t side)
{
    VEC_PUSH(b->arena, &b->atom_sides, (struct side){exclusion, side});
    VEC_PUSH(b->arena, &b->side_atom, atom);
}

static void side_of_view(struct builder *b, const struct view *view, uint32_t exclusion,
                         uint32_t side)
{
    uint32_t last = NET_NONE;
    for (uint32_t i = 0; i < view->size; i++) {
        uint32_t atom = b->atom_of[view_neuron(b->net, view, i)];
        if (atom != last)
            add_side(b, atom, exclusion, side);
        last = atom;
    }
}

static void keep_together(struct builder *b, const struct place *place)
{
    if (place->views.n == 0 || place->views.at[0].size == 0)
        return;
    uint32_t with = b->atom_of[view_neuron(b->net, &place->views.at[0], 0)];
    for (uint32_t v = 0; v < place->views.n; v++)
        unite_view(b, &place->views.at[v], with);
}

static void pin(struct builder *b, const struct place *place)
{
    uint32_t cores = b->device->cores_per_chip;
    uint32_t core = place->core;
    bool exists = place->chip < b->net->chips && core < cores;
    keep_together(b, place);
    for (uint32_t v = 0; v < place->views.n; v++)
        for (uint32_t i = 0; i < place->views.at[v].size; i++) {
            uint32_t atom = b->atom_of[view_neuron(b->net, &place->views.at[v], i)];
            b->allowed[atom] &= exists ? 1u << core : 0;
        }
    if (exists && place->views.n)
        b->out->pinned_cores |= 1u << core;
}

/* Consecutive units of the views on consecutive neurons. */
static void pin_sites(struct builder *b, const struct place *place)
{
    uint32_t next = place->first;
    pin(b, place);
    for (uint32_t v = 0; v < place->views.n; v++) {
        const struct view *view = &place->views.at[v];
        for (uint32_t i = 0; i < view->size; i++, next++) {
            uint32_t neuron = view_neuron(b->net, view, i);
            struct atom *atom = &b->out->atoms.at[b->atom_of[neuron]];
            if (neuron - b->net->populations.at[atom->population].first != atom->first)
                continue;
            if (atom->site != NET_NONE && atom->site != next)
                b->out->impossible = true;
            atom->site = next;
        }
    }
    if (next > b->device->neurons_per_core || next < place->first)
        b->out->impossible = true;
}

static void keep_apart(struct builder *b, const struct place *place)
{
    uint32_t exclusion = b->out->n_exclusions++;
    for (uint32_t v = 0; v < place->views.n; v++)
        side_of_view(b, &place->views.at[v], exclusion, v);
}

/* On one core: each view by itself. Over more: list_spreads(). */
static void spread(struct builder *b, const struct place *place)
{
    if (place->cores == 0)
        b->out->impossible = true;
    for (uint32_t v = 0; v < place->views.n && place->cores == 1; v++) {
        const struct view *view = &place->views.at[v];
        if (view->size)
            unite_view(b, view, b->atom_of[view_neuron(b->net, view, 0)]);
    }
}

static void apply_place(struct builder *b, const struct place *place)
{
    switch (place->kind) {
    case PLACE_CORE:
        pin(b, place);
        break;
    case PLACE_AT:
        pin_sites(b, place);
        break;
    case PLACE_TOGETHER_CORE:
        keep_together(b, place);
        break;
    case PLACE_APART_CORE:
        keep_apart(b, place);
        break;
    case PLACE_SPREAD:
        spread(b, place);
        break;
    case PLACE_APART_CHIP: /* there is one chip */
        if (place->views.n > 1)
            b->out->impossible = true;
        break;
    case PLACE_CHIP:
        if (place->chip >= b->net->chips)
            b->out->impossible = true;
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
            apply_place(b, &b->net->places.at[i]);
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
            VEC_PUSH(b->arena, &out->units,
                     (struct unit){.class = class, .cores = (1u << out->n_cores) - 1});
        }
        atom->unit = out->atoms.at[root].unit;
        struct unit *unit = &out->units.at[atom->unit];
        unit->size += atom->count;
        unit->cores &= b->allowed[a];
        unit->n_atoms++;
        if (unit->class != class)
            out->impossible = true;
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
        const struct view *view = b->spread_views.at[s];
        for (uint32_t i = 0; i < view->size; i++)
            marked[view_neuron(b->net, view, i)] = 1;
        for (uint32_t t = 0; t < n; t++)
            for (uint32_t i = 0; i < b->spread_views.at[t]->size; i++)
                out->common[(size_t)s * n + t] +=
                    marked[view_neuron(b->net, b->spread_views.at[t], i)];
        for (uint32_t i = 0; i < view->size; i++)
            marked[view_neuron(b->net, view, i)] = 0;
    }
}

/* Counts the neurons of every unit in every spread. */
static void list_spreads(struct builder *b)
{
    struct problem *out = b->out;
    struct spread_part_vec *by_unit = ARENA_ARRAY(b->arena, struct spread_part_vec, out->units.n);
    for (uint32_t s = 0; s < out->spreads.n; s++)
        for (uint32_t i = 0; i < b->spread_views.at[s]->size; i++) {
            uint32_t atom = b->atom_of[view_neuron(b->net, b->spread_views.at[s], i)];
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
        bool whole = atom->count == b->net->populations.at[atom->population].size;
        bool held = b->label[b->net->populations.at[atom->population].first + atom->first] != 0;
        bool free = unit->cores == (1u << out->n_cores) - 1;
        unit->splittable = unit->n_atoms == 1 && (unit->cores & (unit->cores - 1)) != 0;
        unit->plain = unit->n_atoms == 1 && whole && free && !held;
        if (unit->cores == 0)
            out->impossible = true;
    }
}

/* A unit that a line holds on one core must not be split, even if it is one atom. */
static void hold_whole(struct builder *b)
{
    for (uint32_t i = 0; i < b->net->places.n; i++) {
        const struct place *place = &b->net->places.at[i];
        if (!in_use(b, i)
            || (place->kind != PLACE_TOGETHER_CORE
                && (place->kind != PLACE_SPREAD || is_spread(place))))
            continue;
        for (uint32_t v = 0; v < place->views.n; v++)
            for (uint32_t j = 0; j < place->views.at[v].size; j++) {
                uint32_t atom = b->atom_of[view_neuron(b->net, &place->views.at[v], j)];
                b->out->units.at[b->out->atoms.at[atom].unit].splittable = false;
            }
    }
}

/* No two atoms on one site. */
static void check_sites(struct builder *b)
{
    struct problem *out = b->out;
    uint32_t n = out->neurons_per_core;
    uint8_t *taken = ARENA_ARRAY(b->arena, uint8_t, (size_t)out->n_cores * n);
    for (uint32_t a = 0; a < out->atoms.n && !out->impossible; a++) {
        const struct atom *atom = &out->atoms.at[a];
        if (atom->site == NET_NONE)
            continue;
        uint32_t core = (uint32_t)__builtin_ctz(b->allowed[a]);
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
    problem->n_cores = device_cores(device, net->chips);
    problem->neurons_per_core = device->neurons_per_core;
    problem->capacity = options->capacity ? options->capacity : usable_neurons(net, device);
    problem->n_classes = core_classes(arena, net, plan, true, &class_of);
    b.label = ARENA_ARRAY(arena, uint32_t, net->n_neurons);
    b.atom_of = ARENA_ARRAY(arena, uint32_t, net->n_neurons);
    b.spread_of = ARENA_ARRAY(arena, uint32_t, net->n_neurons);
    memset(b.spread_of, 0xFF, net->n_neurons * sizeof *b.spread_of);
    mark_places(&b);
    mark_membranes(&b);
    cut_atoms(&b);
    b.parent = ARENA_ARRAY(arena, uint32_t, problem->atoms.n);
    b.allowed = ARENA_ARRAY(arena, uint32_t, problem->atoms.n);
    for (uint32_t a = 0; a < problem->atoms.n; a++) {
        b.parent[a] = a;
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
