#include "mapper/settle.h"

#include "mapper/problem.h"

#include <string.h>

/* Tried for every order of the cores. */
static const struct tag_plan plan_at[] = {{CELLS_ANY, false, false},   {CELLS_UPPER, false, false},
                                          {CELLS_LOWER, false, false}, {CELLS_ANY, false, true},
                                          {CELLS_ANY, true, true},     {CELLS_ANY, true, false}};
enum { N_PLANS = sizeof plan_at / sizeof plan_at[0], MOST_CORES = 8 };

/* --- what may move ------------------------------------------------------------------------------
 */

static void hold_views(const struct view *views, uint32_t n, uint8_t *held)
{
    for (uint32_t v = 0; v < n; v++)
        if (views[v].kind == UNIT_NEURON)
            held[views[v].object] = 1;
}

static uint8_t *held_populations(struct arena *arena, const struct net *net)
{
    uint8_t *held = ARENA_ARRAY(arena, uint8_t, net->populations.n);
    for (uint32_t p = 0; p < net->places.n; p++)
        hold_views(net->places.at[p].views.at, net->places.at[p].views.n, held);
    for (uint32_t p = 0; p < net->probes.n; p++)
        if (net->probes.at[p].kind == PROBE_MEMBRANE)
            hold_views(&net->probes.at[p].view, 1, held);
    return held;
}

static uint8_t *fixed_cores(struct arena *arena, const struct net *net, const struct device *device)
{
    uint8_t *fixed = ARENA_ARRAY(arena, uint8_t, device_cores(device, net->chips));
    for (uint32_t p = 0; p < net->places.n; p++) {
        const struct place *place = &net->places.at[p];
        if (place->kind == PLACE_CORE || place->kind == PLACE_AT)
            fixed[(size_t)place->chip * device->cores_per_chip + place->core] = 1;
    }
    return fixed;
}

static uint32_t *population_classes(struct arena *arena, const struct net *net,
                                    const struct bias_plan *plan)
{
    uint32_t *of_class, *class_of = ARENA_ARRAY(arena, uint32_t, net->populations.n);
    core_classes(arena, net, plan, true, &of_class);
    for (uint32_t p = 0; p < net->populations.n; p++)
        class_of[p] = of_class[bias_class_of_population(plan, net, p)];
    return class_of;
}

void settler_init(struct settler *s, struct arena *arena, const struct net *net,
                  const struct device *device, const struct bias_plan *plan,
                  const struct cells *cells, const uint32_t *need, const uint32_t *planned)
{
    *s = (struct settler){.arena = arena,
                          .net = net,
                          .device = device,
                          .cells = cells,
                          .class_of = population_classes(arena, net, plan),
                          .need = need,
                          .planned = planned,
                          .held = held_populations(arena, net),
                          .fixed = fixed_cores(arena, net, device),
                          .attempt = ARENA_ARRAY(arena, uint32_t, net->chips),
                          .core_of = ARENA_ARRAY(arena, uint32_t, net->n_neurons),
                          .plans = ARENA_ARRAY(arena, struct tag_plan, net->chips)};
}

void settle_otherwise(struct settler *s, uint32_t chip)
{
    s->attempt[chip]++;
}

/* --- orders of the cores ------------------------------------------------------------------------
 */

/* The order-th permutation of the cores of a chip that may change places, by factorial digits, the
 * first of them the most significant. Returns how many there are. */
static uint32_t order_cores(const struct settler *s, uint32_t chip, uint32_t order, uint32_t *to)
{
    uint32_t n = s->device->cores_per_chip, free_core[MOST_CORES] = {0}, n_free = 0, orders = 1;
    for (uint32_t c = 0; c < n; c++)
        to[c] = c;
    for (uint32_t c = 0; c < n && n <= MOST_CORES; c++)
        if (!s->fixed[(size_t)chip * n + c])
            free_core[n_free++] = c;
    for (uint32_t i = 2; i <= n_free; i++)
        orders *= i;
    uint32_t all = orders;
    order %= all;
    uint32_t left[MOST_CORES], rest = n_free;
    memcpy(left, free_core, sizeof left);
    for (uint32_t i = 0; i < n_free; i++) {
        orders /= rest--;
        uint32_t k = order / orders;
        order %= orders;
        to[free_core[i]] = left[k];
        memmove(&left[k], &left[k + 1], (rest - k) * sizeof left[0]);
    }
    return all;
}

/* --- one chip -----------------------------------------------------------------------------------
 */

struct chip {
    struct settler *s;
    struct mapping *mapping;
    uint32_t number, kept, levels; /* levels: ranks of a site */
    unsigned halves;
    uint32_t *neurons, n; /* on the chip, in text order */
    uint32_t *wanting;    /* [core][k]: neurons on it that need rank k, at `at` excepted */
    uint32_t *offering;   /* [core][k]: free sites that have it */
    uint32_t *class_on;   /* per core, NET_NONE: empty */
    uint32_t may_open;    /* empty cores that may still be opened */
};

/* By rank: a neuron without words needs a live site, too. */
static uint32_t need_of(const struct chip *c, uint32_t neuron)
{
    return c->s->need[neuron] + 1;
}

static uint32_t own_core(const struct chip *c, uint32_t neuron)
{
    return c->s->core_of[neuron] % c->s->device->cores_per_chip;
}

static void add(const struct chip *c, uint32_t *counts, uint32_t core, uint32_t rank, int by)
{
    for (uint32_t k = 1; k <= rank; k++)
        counts[core * c->levels + k] += (uint32_t)by;
}

static uint32_t room_at(const struct chip *c, size_t site)
{
    return cells_rank(c->s->cells, site, c->halves);
}

/* The highest rank at which a core has too few sites; 0: none. `reserve` counts live ones.
 */
static uint32_t lacking(const struct chip *c, uint32_t core)
{
    for (uint32_t k = c->levels - 1; k > 0; k--) {
        size_t at = (size_t)core * c->levels + k;
        if (c->wanting[at] + (k == 1 ? c->kept : 0) > c->offering[at])
            return k;
    }
    return 0;
}

static void count_chip(struct chip *c)
{
    struct settler *s = c->s;
    uint32_t cores = s->device->cores_per_chip, per_core = s->device->neurons_per_core;
    for (uint32_t i = 0; i < cores * per_core; i++) {
        size_t site = (size_t)c->number * cores * per_core + i;
        if (c->mapping->neuron_at[site] == NET_NONE)
            add(c, c->offering, i / per_core, room_at(c, site), 1);
    }
    for (uint32_t core = 0; core < cores; core++)
        c->class_on[core] = NET_NONE;
    for (uint32_t i = 0; i < c->n; i++) {
        uint32_t neuron = c->neurons[i], core = own_core(c, neuron);
        c->class_on[core] = s->class_of[s->net->population_of[neuron]];
        if (c->mapping->site_of[neuron] == NET_NONE)
            add(c, c->wanting, core, need_of(c, neuron), 1);
    }
}

/* Another core of the chip that has room for one more: of the same class first, else empty. */
static uint32_t refuge(struct chip *c, uint32_t neuron, bool empty)
{
    uint32_t class = c->s->class_of[c->s->net->population_of[neuron]];
    for (uint32_t core = 0; core < c->s->device->cores_per_chip; core++) {
        if (core == own_core(c, neuron) || c->class_on[core] != (empty ? NET_NONE : class))
            continue;
        add(c, c->wanting, core, need_of(c, neuron), 1);
        bool fits = lacking(c, core) == 0;
        add(c, c->wanting, core, need_of(c, neuron), -1);
        if (fits)
            return core;
    }
    return NET_NONE;
}

/* Moves the last neuron that needs the rank and may go. */
static bool move_one(struct chip *c, uint32_t core, uint32_t rank)
{
    struct settler *s = c->s;
    for (uint32_t i = c->n; i-- > 0;) {
        uint32_t neuron = c->neurons[i], population = s->net->population_of[neuron];
        if (own_core(c, neuron) != core || s->held[population] || need_of(c, neuron) < rank)
            continue;
        uint32_t to = refuge(c, neuron, false);
        if (to == NET_NONE && c->may_open > 0) {
            to = refuge(c, neuron, true);
            c->may_open -= to != NET_NONE;
        }
        if (to == NET_NONE)
            continue;
        add(c, c->wanting, core, need_of(c, neuron), -1);
        add(c, c->wanting, to, need_of(c, neuron), 1);
        c->class_on[to] = s->class_of[population];
        s->core_of[neuron] = c->number * s->device->cores_per_chip + to;
        return true;
    }
    return false;
}

static bool relieve(struct chip *c)
{
    for (uint32_t core = 0; core < c->s->device->cores_per_chip; core++)
        for (uint32_t rank = lacking(c, core); rank > 0; rank = lacking(c, core)) {
            size_t at = (size_t)core * c->levels + rank;
            uint32_t kept = rank == 1 ? c->kept : 0, sites = c->offering[at];
            c->s->shortfall =
                (struct shortfall){c->number * c->s->device->cores_per_chip + core, rank - 1,
                                   c->wanting[at], sites > kept ? sites - kept : 0};
            if (!move_one(c, core, rank))
                return false;
        }
    return true;
}

/* Whether the site leaves enough for the others: between what the neuron needs and what the site
 * has one site goes and no neuron does. */
static bool spares(const struct chip *c, uint32_t core, uint32_t need, uint32_t room)
{
    for (uint32_t k = need + 1; k <= room; k++)
        if (c->wanting[core * c->levels + k] >= c->offering[core * c->levels + k])
            return false;
    return true;
}

/* The site for a neuron among those that leave the others enough, of which there is one: the
 * lowest, or that with most cells fit for all tags. */
static size_t pick_site(const struct chip *c, uint32_t core, uint32_t need)
{
    uint32_t per_core = c->s->device->neurons_per_core;
    size_t first = ((size_t)c->number * c->s->device->cores_per_chip + core) * per_core;
    size_t best = first + per_core;
    for (size_t site = first; site < first + per_core; site++) {
        uint32_t rank = room_at(c, site);
        if (c->mapping->neuron_at[site] != NET_NONE || rank < need || !spares(c, core, need, rank))
            continue;
        if (!c->s->plans[c->number].best_sites)
            return site;
        if (best == first + per_core || c->s->cells->room[site].both > c->s->cells->room[best].both)
            best = site;
    }
    return best;
}

/* In text order. */
static void take_sites(struct chip *c)
{
    for (uint32_t i = 0; i < c->n; i++) {
        uint32_t neuron = c->neurons[i], core = own_core(c, neuron), need = need_of(c, neuron);
        if (c->mapping->site_of[neuron] != NET_NONE)
            continue;
        size_t site = pick_site(c, core, need);
        add(c, c->wanting, core, need, -1);
        add(c, c->offering, core, room_at(c, site), -1);
        c->mapping->site_of[neuron] = (uint32_t)site;
        c->mapping->neuron_at[site] = neuron;
    }
}

/* Those that a place line puts on a site. */
static bool fixed_fit(const struct chip *c)
{
    for (uint32_t i = 0; i < c->n; i++) {
        uint32_t site = c->mapping->site_of[c->neurons[i]];
        uint32_t need = need_of(c, c->neurons[i]);
        if (site == NET_NONE || room_at(c, site) >= need)
            continue;
        c->s->shortfall = (struct shortfall){site / c->s->device->neurons_per_core, need - 1, 1, 0};
        return false;
    }
    return true;
}

static bool try_attempt(struct chip *c, const uint32_t *to)
{
    uint32_t cores = c->s->device->cores_per_chip, levels = cores * c->levels;
    memset(c->wanting, 0, levels * sizeof *c->wanting);
    memset(c->offering, 0, levels * sizeof *c->offering);
    for (uint32_t i = 0; i < c->n; i++)
        c->s->core_of[c->neurons[i]] = c->number * cores + to[c->s->planned[c->neurons[i]] % cores];
    count_chip(c);
    if (!fixed_fit(c) || !relieve(c))
        return false;
    take_sites(c);
    return true;
}

/* No core is opened before all orders were tried without, then one, and so on. The model is asked
 * once for each number of cores. */
static bool settle_chip(struct chip *c)
{
    struct settler *s = c->s;
    uint32_t to[MOST_CORES], *attempt = &s->attempt[c->number], opened = 0;
    for (; opened < s->device->cores_per_chip; ++*attempt) {
        uint32_t order = *attempt / N_PLANS, orders = order_cores(s, c->number, order, to);
        opened = order / orders;
        s->plans[c->number] = plan_at[*attempt % N_PLANS];
        c->halves = s->plans[c->number].halves;
        c->may_open = opened;
        if ((!s->plans[c->number].ask_model || order % orders == 0) && try_attempt(c, to))
            return opened < s->device->cores_per_chip;
    }
    return false;
}

bool settle_neurons(struct settler *s, struct mapping *mapping)
{
    struct arena *scratch = arena_scratch(s->arena);
    const struct device *device = s->device;
    uint32_t cores = device->cores_per_chip, usable = usable_neurons(s->net, device);
    struct chip c = {.s = s,
                     .mapping = mapping,
                     .kept = device->neurons_per_core - usable,
                     .levels = device->cam_words + 2};
    bool ok = true;
    c.wanting = ARENA_ARRAY(scratch, uint32_t, (size_t)cores * c.levels);
    c.offering = ARENA_ARRAY(scratch, uint32_t, (size_t)cores * c.levels);
    c.class_on = ARENA_ARRAY(scratch, uint32_t, cores);
    c.neurons = ARENA_ARRAY(scratch, uint32_t, s->net->n_neurons);
    for (c.number = 0; c.number < s->net->chips && ok; c.number++) {
        c.n = 0;
        for (uint32_t n = 0; n < s->net->n_neurons; n++)
            if (s->planned[n] / cores == c.number)
                c.neurons[c.n++] = n;
        ok = settle_chip(&c);
    }
    arena_scratch_end(scratch);
    return ok;
}
