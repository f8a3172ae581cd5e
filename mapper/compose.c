#include "mapper/compose.h"

#include <string.h>

/* --- what is asked of chips ---------------------------------------------------------------------
 */

static uint32_t root_of(uint32_t *parent, uint32_t unit)
{
    while (parent[unit] != unit)
        unit = parent[unit] = parent[parent[unit]];
    return unit;
}

static bool asks(const struct compose *c, uint32_t place, enum place_kind kind)
{
    return c->net->places.at[place].kind == kind && !(c->ignored && c->ignored[place]);
}

static uint32_t *units_of_neurons(struct compose *c)
{
    const struct problem *problem = c->problem;
    uint32_t *unit_of = ARENA_ARRAY(c->arena, uint32_t, c->net->n_neurons);
    for (uint32_t a = 0; a < problem->atoms.n; a++) {
        const struct atom *atom = &problem->atoms.at[a];
        for (uint32_t i = 0; i < atom->count; i++)
            unit_of[problem->neurons[atom->first + i]] = atom->unit;
    }
    return unit_of;
}

static uint32_t view_neuron(const struct net *net, const struct view *view, uint32_t i)
{
    return net->populations.at[view->object].first + view_unit(view, i);
}

static void unite_place(const struct compose *c, const struct place *place, const uint32_t *unit_of,
                        uint32_t *parent)
{
    uint32_t with = NET_NONE;
    for (uint32_t v = 0; v < place->views.n; v++)
        for (uint32_t i = 0; i < place->views.at[v].size; i++) {
            uint32_t own = root_of(parent, unit_of[view_neuron(c->net, &place->views.at[v], i)]);
            with = with == NET_NONE ? own : root_of(parent, with);
            if (own != with)
                parent[own > with ? own : with] = own > with ? with : own;
        }
}

/* Pixels tie neurons to one chip. Where that takes units whole they are united, and held[unit] is
 * set; where it takes a part of one, the excess says so. */
static void unite_tied(struct compose *c, const uint32_t *unit_of, uint32_t *parent, bool *held)
{
    const uint32_t *root = gathers_ties(&c->gathers, c->arena, c->net);
    uint32_t n = c->problem->units.n;
    uint32_t *tie = ARENA_ARRAY(c->arena, uint32_t, n); /* root of all its neurons */
    uint32_t *first = ARENA_ARRAY(c->arena, uint32_t, c->net->n_neurons);
    bool *partly = ARENA_ARRAY(c->arena, bool, n);
    memset(tie, 0xFF, n * sizeof *tie);
    memset(first, 0xFF, c->net->n_neurons * sizeof *first);
    for (uint32_t i = 0; root && i < c->net->n_neurons; i++) {
        uint32_t *own = &tie[unit_of[i]];
        partly[unit_of[i]] = partly[unit_of[i]] || (*own != NET_NONE && *own != root[i]);
        *own = root[i];
    }
    for (uint32_t u = 0; u < n; u++) {
        if (tie[u] == NET_NONE || partly[u])
            continue;
        uint32_t *with = &first[tie[u]];
        held[u] = c->problem->units.at[u].size > 1;
        *with = *with == NET_NONE ? u : *with;
        uint32_t a = root_of(parent, u), b = root_of(parent, *with);
        parent[a > b ? a : b] = a > b ? b : a;
    }
}

static void form_families(struct compose *c, const uint32_t *unit_of)
{
    bool *held = ARENA_ARRAY(c->arena, bool, c->problem->units.n);
    uint32_t n = c->problem->units.n, *parent = ARENA_ARRAY(c->arena, uint32_t, n);
    uint32_t *members = ARENA_ARRAY(c->arena, uint32_t, n);
    for (uint32_t u = 0; u < n; u++)
        parent[u] = u;
    for (uint32_t p = 0; p < c->net->places.n; p++)
        if (asks(c, p, PLACE_TOGETHER_CHIP))
            unite_place(c, &c->net->places.at[p], unit_of, parent);
    unite_tied(c, unit_of, parent, held);
    for (uint32_t u = 0; u < n; u++)
        members[root_of(parent, u)]++;
    for (uint32_t u = 0; u < n; u++) {
        uint32_t root = root_of(parent, u);
        c->rules[u] = (struct unit_rule){NET_NONE, NET_NONE, 0, 0};
        /* a unit that may be split needs a family to itself where it is held together */
        if (members[root] > 1 || held[u])
            c->rules[u].family = root == u ? c->n_families++ : c->rules[root].family;
    }
    for (uint32_t p = 0; p < c->net->places.n; p++) {
        const struct place *place = &c->net->places.at[p];
        for (uint32_t v = 0; v < place->views.n && asks(c, p, PLACE_TOGETHER_CHIP); v++)
            for (uint32_t i = 0; i < place->views.at[v].size; i++) {
                uint32_t *family =
                    &c->rules[unit_of[view_neuron(c->net, &place->views.at[v], i)]].family;
                *family = *family == NET_NONE ? c->n_families++ : *family;
            }
    }
}

/* A chip that holds one unit of a family holds all. */
static void hold_families(struct compose *c)
{
    uint32_t *chip = ARENA_ARRAY(c->arena, uint32_t, c->n_families);
    memset(chip, 0xFF, c->n_families * sizeof *chip);
    for (uint32_t u = 0; u < c->problem->units.n; u++) {
        struct unit_rule *rule = &c->rules[u];
        rule->chip = c->problem->units.at[u].chip;
        if (rule->family == NET_NONE || rule->chip == NET_NONE)
            continue;
        if (chip[rule->family] != NET_NONE && chip[rule->family] != rule->chip)
            c->impossible = true;
        chip[rule->family] = rule->chip;
    }
    for (uint32_t u = 0; u < c->problem->units.n; u++)
        if (c->rules[u].family != NET_NONE)
            c->rules[u].chip = chip[c->rules[u].family];
}

static void add_side(struct chip_side_vec *own, struct arena *arena, struct chip_side side,
                     bool *conflict)
{
    for (uint32_t i = 0; i < own->n; i++) {
        if (own->at[i].exclusion != side.exclusion)
            continue;
        *conflict = *conflict || own->at[i].side != side.side;
        return;
    }
    VEC_PUSH(arena, own, side);
}

static void keep_apart(struct compose *c, const uint32_t *unit_of)
{
    struct chip_side_vec *by_unit =
        ARENA_ARRAY(c->arena, struct chip_side_vec, c->problem->units.n);
    for (uint32_t p = 0; p < c->net->places.n; p++) {
        const struct place *place = &c->net->places.at[p];
        if (!asks(c, p, PLACE_APART_CHIP))
            continue;
        for (uint32_t v = 0; v < place->views.n; v++)
            for (uint32_t i = 0; i < place->views.at[v].size; i++)
                add_side(&by_unit[unit_of[view_neuron(c->net, &place->views.at[v], i)]], c->arena,
                         (struct chip_side){c->n_chip_exclusions, v}, &c->impossible);
        c->n_chip_exclusions++;
    }
    for (uint32_t u = 0; u < c->problem->units.n; u++) {
        c->rules[u].first_side = c->sides.n;
        c->rules[u].n_sides = by_unit[u].n;
        for (uint32_t i = 0; i < by_unit[u].n; i++)
            VEC_PUSH(c->arena, &c->sides, by_unit[u].at[i]);
    }
}

/* A family has one side of an exclusion at most. */
static void check_families(struct compose *c)
{
    size_t cells = (size_t)c->n_chip_exclusions * c->n_families;
    uint32_t *side_of = ARENA_ARRAY(c->arena, uint32_t, cells);
    for (uint32_t u = 0; u < c->problem->units.n; u++)
        for (uint32_t i = 0; i < c->rules[u].n_sides && c->rules[u].family != NET_NONE; i++) {
            const struct chip_side *side = &c->sides.at[c->rules[u].first_side + i];
            uint32_t *own = &side_of[(size_t)side->exclusion * c->n_families + c->rules[u].family];
            c->impossible = c->impossible || (*own && *own != side->side + 1);
            *own = side->side + 1;
        }
}

void compose_init(struct compose *c, struct arena *arena, const struct net *net,
                  const struct device *device, const struct problem *problem, const bool *ignored)
{
    *c = (struct compose){
        .arena = arena, .net = net, .device = device, .problem = problem, .ignored = ignored};
    c->near = board_is_near(net, device);
    c->rules = ARENA_ARRAY(arena, struct unit_rule, problem->units.n);
    const uint32_t *unit_of = units_of_neurons(c);
    gathers_init(&c->gathers, arena, net, device);
    form_families(c, unit_of);
    hold_families(c);
    keep_apart(c, unit_of);
    check_families(c);
    blocks_init(&c->blocks, arena, net, problem);
    c->n_cores = device_cores(device, net->chips);
    c->core_of = ARENA_ARRAY(arena, uint32_t, net->n_neurons);
    memset(c->core_of, 0xFF, net->n_neurons * sizeof *c->core_of);
    c->next_block = ARENA_ARRAY(arena, uint32_t, net->n_neurons);
    c->previous_block = ARENA_ARRAY(arena, uint32_t, net->n_neurons);
    c->cores = ARENA_ARRAY(arena, struct board_core, c->n_cores);
    for (uint32_t i = 0; i < c->n_cores; i++)
        c->cores[i] = (struct board_core){NET_NONE, problem->capacity, 0, NET_NONE};
    size_t on_cores = (size_t)problem->n_exclusions * c->n_cores;
    c->core_occupant = ARENA_ARRAY(arena, uint32_t, on_cores);
    c->core_occupants = ARENA_ARRAY(arena, uint32_t, on_cores);
    size_t on_chips = (size_t)c->n_chip_exclusions * net->chips;
    c->chip_occupant = ARENA_ARRAY(arena, uint32_t, on_chips);
    c->chip_occupants = ARENA_ARRAY(arena, uint32_t, on_chips);
    c->family_chip = ARENA_ARRAY(arena, uint32_t, c->n_families);
    c->family_blocks = ARENA_ARRAY(arena, uint32_t, c->n_families);
    c->chip_cores = ARENA_ARRAY(arena, uint32_t, net->chips);
}

/* --- blocks on cores ----------------------------------------------------------------------------
 */

static bool sides_admit(const struct compose *c, uint32_t block, uint32_t core)
{
    const struct unit *unit = compose_unit(c, block);
    const struct unit_rule *rule = compose_rule(c, block);
    for (uint32_t i = 0; i < unit->n_sides; i++) {
        const struct side *side = &c->problem->sides.at[unit->first_side + i];
        uint32_t there = c->core_occupant[(size_t)side->exclusion * c->n_cores + core];
        if (there && there != side->side + 1)
            return false;
    }
    for (uint32_t i = 0; i < rule->n_sides; i++) {
        const struct chip_side *side = &c->sides.at[rule->first_side + i];
        size_t at = (size_t)side->exclusion * c->net->chips + compose_chip(c, core);
        if (c->chip_occupant[at] && c->chip_occupant[at] != side->side + 1)
            return false;
    }
    return true;
}

static bool host_admits(const struct compose *c, uint32_t block, uint32_t chip)
{
    const struct block *own = &c->blocks.all.at[block];
    return (!own->probed || board_sends_home(c->net, c->device, chip))
           && (!own->hears_host || board_hears_host(c->net, c->device, chip));
}

bool compose_admits(const struct compose *c, uint32_t block, uint32_t core)
{
    const struct unit *unit = compose_unit(c, block);
    const struct unit_rule *rule = compose_rule(c, block);
    const struct board_core *there = &c->cores[core];
    uint32_t chip = compose_chip(c, core);
    if (there->room == 0 || (there->blocks && there->class != unit->class))
        return false;
    if (!(unit->cores >> core % c->device->cores_per_chip & 1)
        || (rule->chip != NET_NONE && rule->chip != chip))
        return false;
    if (rule->family != NET_NONE && c->family_blocks[rule->family]
        && c->family_chip[rule->family] != chip)
        return false;
    return (c->near || host_admits(c, block, chip)) && sides_admit(c, block, core);
}

bool compose_can(const struct compose *c, uint32_t block, uint32_t core)
{
    return c->cores[core].room >= c->blocks.all.at[block].size && compose_admits(c, block, core);
}

static void count_sides(struct compose *c, uint32_t block, uint32_t core, bool enter)
{
    const struct unit *unit = compose_unit(c, block);
    const struct unit_rule *rule = compose_rule(c, block);
    for (uint32_t i = 0; i < unit->n_sides; i++) {
        const struct side *side = &c->problem->sides.at[unit->first_side + i];
        size_t at = (size_t)side->exclusion * c->n_cores + core;
        c->core_occupants[at] += enter ? 1 : UINT32_MAX;
        c->core_occupant[at] = c->core_occupants[at] ? side->side + 1 : 0;
    }
    for (uint32_t i = 0; i < rule->n_sides; i++) {
        const struct chip_side *side = &c->sides.at[rule->first_side + i];
        size_t at = (size_t)side->exclusion * c->net->chips + compose_chip(c, core);
        c->chip_occupants[at] += enter ? 1 : UINT32_MAX;
        c->chip_occupant[at] = c->chip_occupants[at] ? side->side + 1 : 0;
    }
}

void compose_put(struct compose *c, uint32_t block, uint32_t core)
{
    struct board_core *there = &c->cores[core];
    uint32_t family = compose_rule(c, block)->family, chip = compose_chip(c, core);
    if (there->blocks++ == 0) {
        there->class = compose_unit(c, block)->class;
        c->chip_cores[chip]++;
    }
    there->room -= c->blocks.all.at[block].size;
    c->core_of[block] = core;
    c->previous_block[block] = NET_NONE;
    c->next_block[block] = there->first_block;
    if (there->first_block != NET_NONE)
        c->previous_block[there->first_block] = block;
    there->first_block = block;
    count_sides(c, block, core, true);
    if (family == NET_NONE)
        return;
    c->family_blocks[family]++;
    c->family_chip[family] = chip;
}

void compose_take(struct compose *c, uint32_t block)
{
    uint32_t core = c->core_of[block], family = compose_rule(c, block)->family;
    struct board_core *there = &c->cores[core];
    if (--there->blocks == 0) {
        there->class = NET_NONE;
        c->chip_cores[compose_chip(c, core)]--;
    }
    there->room += c->blocks.all.at[block].size;
    c->core_of[block] = NET_NONE;
    if (c->previous_block[block] == NET_NONE)
        there->first_block = c->next_block[block];
    else
        c->next_block[c->previous_block[block]] = c->next_block[block];
    if (c->next_block[block] != NET_NONE)
        c->previous_block[c->next_block[block]] = c->previous_block[block];
    count_sides(c, block, core, false);
    if (family != NET_NONE)
        c->family_blocks[family]--;
}

uint32_t compose_split(struct compose *c, uint32_t block, uint32_t size)
{
    uint32_t core = c->core_of[block], fresh;
    if (core != NET_NONE)
        compose_take(c, block);
    fresh = blocks_split(&c->blocks, c->arena, block, size);
    c->core_of[fresh] = NET_NONE;
    if (core == NET_NONE)
        return fresh;
    compose_put(c, fresh, core);
    compose_put(c, block, core);
    return fresh;
}

/* --- cost ---------------------------------------------------------------------------------------
 */

static void add_cost(struct compose *c, uint32_t axon, int64_t sign)
{
    const struct axon *own = &c->blocks.axons.at[axon];
    const struct reach *reach = &c->reach[c->first_reach[axon]];
    uint32_t chip = compose_chip(c, c->core_of[own->source]), foreign = 0, far = 0;
    uint32_t words = c->n_reach[axon] + own->taken, limit = c->device->sram_words;
    for (uint32_t i = 0; i < c->n_reach[axon]; i++) {
        foreign += reach[i].chip != chip;
        far += !c->near && !c->loose && !board_in_reach(c->net, c->device, chip, reach[i].chip);
    }
    c->cost.cut += sign * foreign * (int64_t)own->traffic;
    c->cost.excess += sign * (far + (words > limit ? words - limit : 0)) * own->weight;
}

static void add_target(struct compose *c, uint32_t axon, uint32_t chip, uint32_t kind)
{
    struct reach *reach = &c->reach[c->first_reach[axon]];
    uint32_t i = 0;
    while (i < c->n_reach[axon] && (reach[i].chip != chip || reach[i].kind != kind))
        i++;
    if (i == c->n_reach[axon])
        reach[c->n_reach[axon]++] = (struct reach){chip, kind, 0};
    reach[i].blocks++;
}

static void drop_target(struct compose *c, uint32_t axon, uint32_t chip, uint32_t kind)
{
    struct reach *reach = &c->reach[c->first_reach[axon]];
    uint32_t i = 0;
    while (reach[i].chip != chip || reach[i].kind != kind)
        i++;
    if (--reach[i].blocks == 0)
        reach[i] = reach[--c->n_reach[axon]];
}

void compose_count(struct compose *c)
{
    blocks_find_axons(&c->blocks, c->arena);
    uint32_t n = c->blocks.axons.n, total = 0, kinds = c->blocks.forced ? 2 : 1;
    c->first_reach = ARENA_ARRAY(c->arena, uint32_t, (size_t)n + 1);
    c->n_reach = ARENA_ARRAY(c->arena, uint32_t, n);
    c->stamp = ARENA_ARRAY(c->arena, uint32_t, n);
    c->now = 0;
    for (uint32_t e = 0; e < n; e++) {
        uint32_t targets = c->blocks.axons.at[e].n_targets;
        c->first_reach[e] = total;
        total += targets < kinds * c->net->chips ? targets : kinds * c->net->chips;
    }
    c->reach = ARENA_ARRAY(c->arena, struct reach, total);
    c->cost = (struct cost){0, 0};
    for (uint32_t e = 0; e < n; e++) {
        const struct axon *axon = &c->blocks.axons.at[e];
        for (uint32_t i = 0; i < axon->n_targets; i++)
            add_target(c, e,
                       compose_chip(c, c->core_of[c->blocks.targets.at[axon->first_target + i]]),
                       c->blocks.target_kinds.at[axon->first_target + i]);
        add_cost(c, e, 1);
    }
    c->cost.excess +=
        gathers_count(&c->gathers, c->arena, &c->blocks, c->core_of, c->device->cores_per_chip);
}

/* Puts the blocks where they go, each of which stands nowhere; false: back where they were. */
static bool put_all(struct compose *c, const struct shift *shifts, uint32_t n)
{
    uint32_t done = 0;
    while (done < n && compose_can(c, shifts[done].block, shifts[done].to)) {
        compose_put(c, shifts[done].block, shifts[done].to);
        done++;
    }
    if (done == n)
        return true;
    for (uint32_t i = 0; i < done; i++)
        compose_take(c, shifts[i].block);
    for (uint32_t i = 0; i < n; i++)
        compose_put(c, shifts[i].block, shifts[i].from);
    return false;
}

/* Adds or takes off the cost of all axons of the blocks, each once. */
static void cost_of_shift(struct compose *c, const struct shift *shifts, uint32_t n, int64_t sign)
{
    c->now++;
    for (uint32_t i = 0; i < n; i++) {
        uint32_t end = c->blocks.first_incidence[shifts[i].block + 1];
        for (uint32_t k = c->blocks.first_incidence[shifts[i].block]; k < end; k++) {
            uint32_t axon = c->blocks.incidences[k].axon;
            if (c->stamp[axon] == c->now)
                continue;
            c->stamp[axon] = c->now;
            add_cost(c, axon, sign);
        }
    }
}

static void shift_targets(struct compose *c, const struct shift *shift)
{
    uint32_t from = compose_chip(c, shift->from), to = compose_chip(c, shift->to);
    uint32_t first = c->blocks.first_incidence[shift->block],
             end = c->blocks.first_incidence[shift->block + 1];
    c->work += end - first;
    if (from != to)
        c->cost.excess += gathers_shift(&c->gathers, shift->block, from, to, &c->work);
    for (uint32_t k = first; k < end && from != to; k++) {
        const struct incidence *own = &c->blocks.incidences[k];
        if (!own->is_target)
            continue;
        drop_target(c, own->axon, from, own->kind);
        add_target(c, own->axon, to, own->kind);
    }
}

bool compose_shift(struct compose *c, struct shift *shifts, uint32_t n)
{
    c->work++;
    for (uint32_t i = 0; i < n; i++) {
        shifts[i].from = c->core_of[shifts[i].block];
        compose_take(c, shifts[i].block);
    }
    if (!put_all(c, shifts, n))
        return false;
    for (uint32_t i = 0; i < n; i++)
        c->core_of[shifts[i].block] = shifts[i].from;
    cost_of_shift(c, shifts, n, -1);
    for (uint32_t i = 0; i < n; i++) {
        c->core_of[shifts[i].block] = shifts[i].to;
        shift_targets(c, &shifts[i]);
    }
    cost_of_shift(c, shifts, n, 1);
    return true;
}

void compose_unshift(struct compose *c, struct shift *shifts, uint32_t n)
{
    for (uint32_t i = 0; i < n; i++)
        shifts[i].to = shifts[i].from;
    compose_shift(c, shifts, n);
}

/* --- what may change places ---------------------------------------------------------------------
 */

enum { EXCESS_PRICE = 16 }; /* of a forbidden SRAM word, in words of cut */

/* With rates a word of cut weighs up to the scale of the weights. */
int64_t compose_word_price(const struct compose *c)
{
    return EXCESS_PRICE * (c->net->rate_weight ? NET_RATE_SCALE : 1);
}

int64_t compose_price(const struct compose *c, const struct cost *cost)
{
    return cost->excess * compose_word_price(c) + cost->cut;
}

bool compose_moves(const struct compose *c, uint32_t block)
{
    const struct unit *unit = compose_unit(c, block);
    const struct unit_rule *rule = compose_rule(c, block);
    return rule->chip == NET_NONE && rule->family == NET_NONE
           && ((unit->cores & (unit->cores - 1)) != 0 || c->device->cores_per_chip == 1);
}

bool compose_list_core(const struct compose *c, uint32_t core, uint32_t to, struct shift *shifts,
                       uint32_t *n)
{
    for (uint32_t b = c->cores[core].first_block; b != NET_NONE; b = c->next_block[b]) {
        if (!compose_moves(c, b))
            return false;
        shifts[(*n)++] = (struct shift){b, 0, to};
    }
    return true;
}

uint32_t compose_list_exchange(const struct compose *c, uint32_t block, uint32_t core,
                               uint32_t first, struct shift *shifts)
{
    uint32_t own = c->core_of[block], size = c->blocks.all.at[block].size, other = first, n = 1;
    uint32_t room = c->cores[core].room, most = c->cores[own].room + size, taken = 0;
    shifts[0] = (struct shift){block, 0, core};
    for (uint32_t i = 0; i < c->cores[core].blocks && room + taken < size; i++) {
        uint32_t part = c->blocks.all.at[other].size;
        if (taken + part <= most && compose_moves(c, other)) {
            taken += part;
            shifts[n++] = (struct shift){other, 0, own};
        }
        other = c->next_block[other];
        other = other == NET_NONE ? c->cores[core].first_block : other;
    }
    return room + taken >= size ? n : 0;
}
