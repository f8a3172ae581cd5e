#include "mapper/share_budget.h"

#include "mapper/cells.h"

#include <string.h>

/* --- who hears whom, chip by chip ---------------------------------------------------------------
 */

struct lister {
    struct arena *arena;
    struct share_budget *b;
    uint32_t *neurons, *first; /* neurons by chip; per chip + 1 */
    struct stamped port_of, delivery_of;
    uint32_t *used_ports, *used_deliveries; /* per source, per group: on chips before this one */
    struct edge_vec row;
};

static void sort_neurons(struct lister *l, const uint32_t *chip_of)
{
    uint32_t n = l->b->net->n_neurons;
    l->b->n_chips = 1;
    for (uint32_t i = 0; i < n && chip_of; i++)
        l->b->n_chips = chip_of[i] >= l->b->n_chips ? chip_of[i] + 1 : l->b->n_chips;
    l->neurons = ARENA_ARRAY(l->arena, uint32_t, n);
    l->first = ARENA_ARRAY(l->arena, uint32_t, (size_t)l->b->n_chips + 2);
    uint32_t *fill = l->first + 1;
    for (uint32_t i = 0; i < n; i++)
        fill[(chip_of ? chip_of[i] : 0) + 1]++;
    for (uint32_t c = 0; c < l->b->n_chips; c++)
        fill[c + 1] += fill[c];
    for (uint32_t i = 0; i < n; i++)
        l->neurons[fill[chip_of ? chip_of[i] : 0]++] = i;
}

/* Number of the port of a source to the chip at hand, made when it is first asked for. */
static uint32_t port_at(struct lister *l, uint32_t source)
{
    if (!stamped_has(&l->port_of, source))
        stamped_set(&l->port_of, source, l->b->first_port[source] + l->used_ports[source]++);
    return l->port_of.value[source];
}

static uint32_t delivery_at(struct lister *l, uint32_t group, const uint32_t *first)
{
    if (!stamped_has(&l->delivery_of, group))
        stamped_set(&l->delivery_of, group, first[group] + l->used_deliveries[group]++);
    return l->delivery_of.value[group];
}

static void start_pass(struct lister *l)
{
    memset(l->used_ports, 0, net_n_sources(l->b->net) * sizeof *l->used_ports);
    memset(l->used_deliveries, 0, l->b->sharing->groups.n * sizeof *l->used_deliveries);
}

static void start_chip(struct lister *l)
{
    stamped_clear(&l->port_of);
    stamped_clear(&l->delivery_of);
}

static uint32_t group_of(const struct share_budget *b, const struct class_words *own)
{
    return b->sharing->classes.at[own->class].group;
}

/* Counts ports and deliveries, with first_port and first all zero. */
static void count_pairs(struct lister *l, const uint32_t *first)
{
    const struct sharing *sharing = l->b->sharing;
    start_pass(l);
    for (uint32_t chip = 0; chip < l->b->n_chips; chip++) {
        start_chip(l);
        for (uint32_t i = l->first[chip]; i < l->first[chip + 1]; i++) {
            uint32_t n = l->neurons[i];
            row_read(l->arena, l->b->net, n, &l->row);
            for (uint32_t e = 0; e < l->row.n; e++)
                port_at(l, l->row.at[e].source);
            for (uint64_t k = sharing->first_class_words[n]; k < sharing->first_class_words[n + 1];
                 k++)
                delivery_at(l, group_of(l->b, &sharing->class_words.at[k]), first);
        }
    }
}

static void add_use(struct lister *l, uint32_t at, const struct class_words *own, uint32_t neuron,
                    bool store)
{
    struct delivery *delivery = &l->b->deliveries[at];
    uint32_t others = l->b->sharing->groups.at[delivery->group].n_members - 1;
    if (store) {
        l->b->uses[delivery->first_use + delivery->n_uses] = (struct group_use){neuron, own->words};
        delivery->edges += own->words;
        delivery->saved += (uint64_t)others * own->words;
    }
    delivery->n_uses++;
}

/* Fills the ports, then counts the uses of deliveries, then stores them. */
static void fill_pairs(struct lister *l, const uint32_t *first, bool store)
{
    struct share_budget *b = l->b;
    start_pass(l);
    for (uint32_t chip = 0; chip < b->n_chips; chip++) {
        start_chip(l);
        for (uint32_t i = l->first[chip]; i < l->first[chip + 1]; i++) {
            uint32_t n = l->neurons[i];
            l->row.n = 0;
            if (!store)
                row_read(l->arena, b->net, n, &l->row);
            for (uint32_t e = 0; e < l->row.n; e++) {
                struct port *port = &b->ports[port_at(l, l->row.at[e].source)];
                port->chip = chip;
                port->edges += l->row.at[e].repeat;
            }
            for (uint64_t k = b->sharing->first_class_words[n];
                 k < b->sharing->first_class_words[n + 1]; k++) {
                const struct class_words *own = &b->sharing->class_words.at[k];
                uint32_t at = delivery_at(l, group_of(b, own), first);
                b->deliveries[at].group = group_of(b, own);
                b->deliveries[at].chip = chip;
                add_use(l, at, own, n, store);
            }
        }
    }
}

/* From counts per item to the first of each; returns their sum. */
static uint32_t running_sum(uint32_t *first, const uint32_t *count, uint32_t n)
{
    uint32_t sum = 0;
    for (uint32_t i = 0; i < n; i++) {
        first[i] = sum;
        sum += count[i];
    }
    first[n] = sum;
    return sum;
}

static void link_members(struct lister *l)
{
    struct share_budget *b = l->b;
    uint32_t total = 0;
    for (uint32_t d = 0; d < b->n_deliveries; d++) {
        b->deliveries[d].first_port = total;
        total += b->sharing->groups.at[b->deliveries[d].group].n_members;
    }
    b->member_port = ARENA_ARRAY(l->arena, uint32_t, total);
    for (uint32_t d = 0; d < b->n_deliveries; d++) {
        const struct delivery *delivery = &b->deliveries[d];
        const struct share_group *group = &b->sharing->groups.at[delivery->group];
        for (uint32_t i = 0; i < group->n_members; i++) {
            uint32_t p = b->first_port[b->sharing->members.at[group->first_member + i]];
            while (b->ports[p].chip != delivery->chip)
                p++;
            b->member_port[delivery->first_port + i] = p;
            b->ports[p].open += delivery->edges;
        }
    }
}

static void list_pairs(struct lister *l, const uint32_t *chip_of)
{
    struct share_budget *b = l->b;
    uint32_t n_sources = net_n_sources(b->net), n_groups = b->sharing->groups.n, next = 0;
    uint32_t *first = ARENA_ARRAY(l->arena, uint32_t, (size_t)n_groups + 1);
    stamped_init(&l->port_of, l->arena, n_sources);
    stamped_init(&l->delivery_of, l->arena, n_groups);
    l->used_ports = ARENA_ARRAY(l->arena, uint32_t, n_sources);
    l->used_deliveries = ARENA_ARRAY(l->arena, uint32_t, n_groups);
    b->first_port = ARENA_ARRAY(l->arena, uint32_t, (size_t)n_sources + 1);
    sort_neurons(l, chip_of);
    count_pairs(l, first);
    b->ports =
        ARENA_ARRAY(l->arena, struct port, running_sum(b->first_port, l->used_ports, n_sources));
    b->n_deliveries = running_sum(first, l->used_deliveries, n_groups);
    b->deliveries = ARENA_ARRAY(l->arena, struct delivery, b->n_deliveries);
    b->uses = ARENA_ARRAY(l->arena, struct group_use, b->sharing->class_words.n);
    fill_pairs(l, first, false);
    for (uint32_t d = 0; d < b->n_deliveries; d++) {
        b->deliveries[d].first_use = next;
        next += b->deliveries[d].n_uses;
        b->deliveries[d].n_uses = 0;
    }
    fill_pairs(l, first, true);
    link_members(l);
}

/* --- order --------------------------------------------------------------------------------------
 */

static bool taken_before(const struct share_budget *b, uint32_t x, uint32_t y)
{
    const struct delivery *c = &b->deliveries[x], *d = &b->deliveries[y];
    const struct share_group *g = &b->sharing->groups.at[c->group],
                             *h = &b->sharing->groups.at[d->group];
    if (c->saved != d->saved)
        return c->saved > d->saved;
    if (g->first_term != h->first_term)
        return g->first_term < h->first_term;
    uint32_t s = b->sharing->members.at[g->first_member],
             t = b->sharing->members.at[h->first_member];
    return s != t ? s < t : x < y;
}

static void order_deliveries(struct share_budget *b, struct arena *arena)
{
    uint32_t n = b->n_deliveries, *scratch = ARENA_ARRAY(arena, uint32_t, n);
    b->order = ARENA_ARRAY(arena, uint32_t, n);
    for (uint32_t d = 0; d < n; d++)
        b->order[d] = d;
    for (uint32_t width = 1; width < n; width *= 2) {
        for (uint32_t lo = 0; lo < n; lo += 2 * width) {
            uint32_t mid = lo + width < n ? lo + width : n;
            uint32_t hi = lo + 2 * width < n ? lo + 2 * width : n;
            for (uint32_t i = lo, j = mid, k = lo; k < hi; k++)
                scratch[k] = i < mid && (j == hi || taken_before(b, b->order[i], b->order[j]))
                                 ? b->order[i++]
                                 : b->order[j++];
        }
        memcpy(b->order, scratch, n * sizeof *scratch);
    }
}

static void set_limits(struct share_budget *b, struct arena *arena, const struct device *device)
{
    const struct net *net = b->net;
    b->limit = ARENA_ARRAY(arena, uint32_t, net_n_sources(net));
    for (uint32_t s = 0; s < net_n_sources(net); s++)
        b->limit[s] = s < net->n_neurons ? device->sram_words : UINT32_MAX;
    for (uint32_t i = 0; i < net->inputs.n; i++)
        for (uint32_t u = 0; u < net->inputs.at[i].size && net->inputs.at[i].kind == INPUT_DVS; u++)
            b->limit[net->n_neurons + net->inputs.at[i].first + u] = device->dvs_words;
}

void share_budget_init(struct share_budget *budget, struct arena *arena, const struct net *net,
                       const struct device *device, const struct sharing *sharing,
                       const uint32_t *chip_of)
{
    *budget = (struct share_budget){.net = net, .sharing = sharing, .chip_of = chip_of};
    struct cells cells;
    cells_read(arena, net, device, &cells);
    budget->cam_limit = cells_limits(arena, net, &cells);
    set_limits(budget, arena, device);
    struct lister lister = {.arena = arena, .b = budget};
    list_pairs(&lister, chip_of);
    order_deliveries(budget, arena);
    budget->words = ARENA_ARRAY(arena, uint32_t, net->n_neurons);
    budget->least = ARENA_ARRAY(arena, uint32_t, net->n_neurons);
    for (uint32_t n = 0; n < net->n_neurons; n++) {
        budget->words[n] = sharing->unshared[n];
        budget->least[n] = sharing_least_words(sharing, n);
    }
}

/* --- decisions ----------------------------------------------------------------------------------
 */

static void change(struct share_budget *b, uint32_t at, bool share, uint32_t sign)
{
    const struct delivery *d = &b->deliveries[at];
    const struct share_group *g = &b->sharing->groups.at[d->group];
    uint32_t others = g->n_members - 1;
    for (uint32_t i = d->first_use; i < d->first_use + d->n_uses; i++) {
        uint32_t saving = others * b->uses[i].words;
        if (share)
            b->words[b->uses[i].neuron] -= sign * saving;
        else
            b->least[b->uses[i].neuron] += sign * saving;
    }
    for (uint32_t i = 0; i < g->n_members; i++) {
        struct port *port = &b->ports[b->member_port[d->first_port + i]];
        port->open -= sign * d->edges;
        port->shared += share ? sign : 0;
        port->carried += share ? sign * d->edges : 0;
    }
}

void share_budget_set(struct share_budget *budget, uint32_t delivery, bool share)
{
    change(budget, delivery, share, 1);
}

void share_budget_unset(struct share_budget *budget, uint32_t delivery, bool share)
{
    change(budget, delivery, share, UINT32_MAX);
}

uint32_t share_sram_words(const struct share_budget *budget, uint32_t source, bool open)
{
    uint32_t words = 0;
    if (budget->limit[source] == UINT32_MAX)
        return 0;
    for (uint32_t p = budget->first_port[source]; p < budget->first_port[source + 1]; p++) {
        const struct port *port = &budget->ports[p];
        words += port->shared + (port->carried + (open ? port->open : 0) < port->edges);
    }
    return words + (source < budget->net->n_neurons && budget->net->probed[source]);
}

bool share_members_fit(const struct share_budget *budget, uint32_t delivery, bool open)
{
    const struct share_group *g = &budget->sharing->groups.at[budget->deliveries[delivery].group];
    for (uint32_t i = 0; i < g->n_members; i++) {
        uint32_t source = budget->sharing->members.at[g->first_member + i];
        if (share_sram_words(budget, source, open) > budget->limit[source])
            return false;
    }
    return true;
}

int64_t share_added_cut(const struct share_budget *budget, uint32_t delivery)
{
    const struct delivery *d = &budget->deliveries[delivery];
    const struct share_group *g = &budget->sharing->groups.at[d->group];
    int64_t added = 0;
    for (uint32_t i = 0; i < g->n_members && budget->chip_of; i++) {
        uint32_t source = budget->sharing->members.at[g->first_member + i];
        const struct port *port = &budget->ports[budget->member_port[d->first_port + i]];
        if (source >= budget->net->n_neurons || budget->chip_of[source] == d->chip)
            continue;
        bool own_before = port->carried - d->edges < port->edges;
        bool own_after = port->carried < port->edges;
        added += 1 + own_after - own_before;
    }
    return added;
}

static bool some_use(const struct share_budget *b, uint32_t delivery, const uint32_t *words)
{
    const struct delivery *d = &b->deliveries[delivery];
    for (uint32_t i = d->first_use; i < d->first_use + d->n_uses; i++)
        if (words[b->uses[i].neuron] > b->cam_limit[b->uses[i].neuron])
            return true;
    return false;
}

bool share_needed(const struct share_budget *budget, uint32_t delivery)
{
    return some_use(budget, delivery, budget->words);
}

bool share_hopeless(const struct share_budget *budget, uint32_t delivery)
{
    return some_use(budget, delivery, budget->least);
}

bool share_indispensable(const struct share_budget *budget, uint32_t delivery)
{
    const struct delivery *d = &budget->deliveries[delivery];
    uint32_t others = budget->sharing->groups.at[d->group].n_members - 1;
    for (uint32_t i = d->first_use; i < d->first_use + d->n_uses; i++)
        if (budget->least[budget->uses[i].neuron] + others * budget->uses[i].words
            > budget->cam_limit[budget->uses[i].neuron])
            return true;
    return false;
}
