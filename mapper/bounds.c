/* Cores: what is held on a chip needs cores there; the rest fills what these leave. Chips: by their
 * cores, and those that hold something. Cut and detours, neuron by neuron: a target held on
 * another chip costs a word, and the links to it beyond the first; so does every chip more than one
 * that the neuron and its targets need by their cores, wherever these stand.
 */
#include "mapper/bounds.h"

#include "mapper/rows.h"

#include <string.h>

/* --- cores and chips ----------------------------------------------------------------------------
 */

static uint32_t divide_up(uint32_t n, uint32_t by)
{
    return by ? (n + by - 1) / by : n;
}

static void count_cores(struct arena *arena, const struct compose *c, struct bounds *bounds)
{
    const struct problem *problem = c->problem;
    uint32_t chips = c->net->chips, capacity = problem->capacity;
    uint32_t *held = ARENA_ARRAY(arena, uint32_t, (size_t)problem->n_classes * chips);
    uint32_t *free = ARENA_ARRAY(arena, uint32_t, problem->n_classes), occupied = 0;
    for (uint32_t u = 0; u < problem->units.n; u++) {
        const struct unit *unit = &problem->units.at[u];
        if (c->rules[u].chip == NET_NONE)
            free[unit->class] += unit->size;
        else
            held[(size_t)unit->class * chips + c->rules[u].chip] += unit->size;
    }
    for (uint32_t k = 0; k < problem->n_classes; k++) {
        uint32_t cores = 0, room = 0;
        for (uint32_t h = 0; h < chips; h++) {
            uint32_t own = held[(size_t)k * chips + h];
            cores += divide_up(own, capacity);
            room += divide_up(own, capacity) * capacity - own;
        }
        bounds->cores += cores + (free[k] > room ? divide_up(free[k] - room, capacity) : 0);
    }
    for (uint32_t h = 0; h < chips; h++) {
        bool any = false;
        for (uint32_t k = 0; k < problem->n_classes; k++)
            any = any || held[(size_t)k * chips + h];
        occupied += any;
    }
    bounds->chips = divide_up(bounds->cores, c->device->cores_per_chip);
    bounds->chips = occupied > bounds->chips ? occupied : bounds->chips;
}

/* --- cut and hops -------------------------------------------------------------------------------
 */

struct outlook {              /* a neuron and its targets */
    uint32_t class_targets;   /* of the class at hand */
    uint32_t cores;           /* that they need, class by class */
    uint32_t foreign, detour; /* chips other than its own that hold targets; links to them beyond
                                 the first */
};
struct counter {
    struct arena *arena;
    const struct compose *c;
    struct outlook *sources;
    uint32_t *class_of, *chip_of; /* per neuron; chip: NET_NONE: not held */
    struct stamped seen, in_row;
    struct edge_vec row;
    struct index_vec list;
};

static void describe_neurons(struct counter *n)
{
    const struct problem *problem = n->c->problem;
    n->class_of = ARENA_ARRAY(n->arena, uint32_t, n->c->net->n_neurons);
    n->chip_of = ARENA_ARRAY(n->arena, uint32_t, n->c->net->n_neurons);
    for (uint32_t a = 0; a < problem->atoms.n; a++) {
        const struct atom *atom = &problem->atoms.at[a];
        for (uint32_t i = 0; i < atom->count; i++) {
            uint32_t neuron = problem->neurons[atom->first + i];
            n->class_of[neuron] = problem->units.at[atom->unit].class;
            n->chip_of[neuron] = n->c->rules[atom->unit].chip;
        }
    }
}

/* Neurons sorted by a key below `keys` (others last): order and first[key]. */
static uint32_t *sort_by(const struct counter *n, const uint32_t *key, uint32_t keys,
                         uint32_t **first)
{
    uint32_t all = n->c->net->n_neurons, *order = ARENA_ARRAY(n->arena, uint32_t, all);
    uint32_t *fill = ARENA_ARRAY(n->arena, uint32_t, (size_t)keys + 3);
    for (uint32_t i = 0; i < all; i++)
        fill[(key[i] < keys ? key[i] : keys) + 2]++;
    for (uint32_t k = 0; k <= keys; k++)
        fill[k + 2] += fill[k + 1];
    for (uint32_t i = 0; i < all; i++)
        order[fill[(key[i] < keys ? key[i] : keys) + 1]++] = i;
    *first = fill;
    return order;
}

/* Counts a neuron among its own targets, once. */
static void count_target(struct counter *n, uint32_t source)
{
    if (source >= n->c->net->n_neurons || stamped_has(&n->in_row, source))
        return;
    stamped_set(&n->in_row, source, 1);
    if (!stamped_has(&n->seen, source))
        VEC_PUSH(n->arena, &n->list, source);
    stamped_set(&n->seen, source, 1);
    n->sources[source].class_targets++;
}

static void count_class(struct counter *n, const uint32_t *order, uint32_t from, uint32_t to)
{
    stamped_clear(&n->seen);
    n->list.n = 0;
    for (uint32_t i = from; i < to; i++) {
        stamped_clear(&n->in_row);
        row_read(n->arena, n->c->net, order[i], &n->row);
        count_target(n, order[i]);
        for (uint32_t e = 0; e < n->row.n; e++)
            count_target(n, n->row.at[e].source);
    }
    for (uint32_t i = 0; i < n->list.n; i++) {
        struct outlook *source = &n->sources[n->list.at[i]];
        source->cores += divide_up(source->class_targets, n->c->problem->capacity);
        source->class_targets = 0;
    }
}

static void count_chip(struct counter *n, uint32_t chip, const uint32_t *order, uint32_t from,
                       uint32_t to)
{
    stamped_clear(&n->seen);
    for (uint32_t i = from; i < to; i++) {
        row_read(n->arena, n->c->net, order[i], &n->row);
        for (uint32_t e = 0; e < n->row.n; e++) {
            uint32_t source = n->row.at[e].source;
            if (source >= n->c->net->n_neurons || stamped_has(&n->seen, source))
                continue;
            stamped_set(&n->seen, source, 1);
            if (n->chip_of[source] == chip)
                continue;
            n->sources[source].foreign++;
            if (n->chip_of[source] != NET_NONE)
                n->sources[source].detour += board_hops(n->c->net, n->chip_of[source], chip) - 1;
        }
    }
}

/* Links beyond the first to so many chips, where most stand near: in the middle of the board. */
static uint32_t least_detour(const struct net *net, uint32_t chips)
{
    uint32_t middle = net->grid_h / 2 * net->grid_w + net->grid_w / 2, links = 0, sum = 0;
    while (chips > 0 && links++ < net->grid_w + net->grid_h)
        for (uint32_t chip = 0; chip < net->chips && chips > 0; chip++)
            if (board_hops(net, middle, chip) == links) {
                sum += links - 1;
                chips--;
            }
    return sum;
}

static void add_up(const struct counter *n, struct bounds *bounds)
{
    uint32_t *detour = ARENA_ARRAY(n->arena, uint32_t, n->c->net->chips);
    uint32_t known = 0; /* of these; more chips never need less */
    for (uint32_t i = 0; i < n->c->net->n_neurons; i++) {
        const struct outlook *source = &n->sources[i];
        uint32_t chips = divide_up(source->cores, n->c->device->cores_per_chip);
        uint32_t foreign = source->foreign;
        if (n->chip_of[i] == NET_NONE && foreign > 0)
            foreign--; /* it may stand with some of them */
        foreign = chips > foreign + 1 ? chips - 1 : foreign;
        for (; known <= foreign && known < n->c->net->chips; known++)
            detour[known] = least_detour(n->c->net, known);
        int64_t weight = net_rate_weight(n->c->net, i);
        uint32_t beyond = foreign < known ? detour[foreign] : 0;
        beyond = source->detour > beyond ? source->detour : beyond;
        bounds->cut += foreign;
        bounds->detour += beyond;
        bounds->weighted_cut += foreign * weight;
        bounds->weighted_detour += beyond * weight;
    }
}

void bounds_count(struct arena *arena, const struct compose *c, struct bounds *bounds)
{
    struct arena *scratch = arena_scratch(arena);
    struct counter n = {.arena = scratch, .c = c};
    uint32_t *first, *order, classes = c->problem->n_classes, chips = c->net->chips;
    *bounds = (struct bounds){0};
    count_cores(scratch, c, bounds);
    n.sources = ARENA_ARRAY(scratch, struct outlook, c->net->n_neurons);
    stamped_init(&n.seen, scratch, c->net->n_neurons);
    stamped_init(&n.in_row, scratch, c->net->n_neurons);
    describe_neurons(&n);
    order = sort_by(&n, n.class_of, classes, &first);
    for (uint32_t k = 0; k < classes; k++)
        count_class(&n, order, first[k], first[k + 1]);
    order = sort_by(&n, n.chip_of, chips, &first);
    for (uint32_t h = 0; h < chips; h++)
        count_chip(&n, h, order, first[h], first[h + 1]);
    add_up(&n, bounds);
    arena_scratch_end(scratch);
}
