#include "mapper/share_search.h"

#include <string.h>

enum { VISITS_PER_NODE = 500, NODES_UNHEARD = 300 };

void share_search_set(struct share_search *s, uint32_t delivery, enum share_state state)
{
    share_budget_set(s->budget, delivery, state == SHARE_SHARED);
    s->state[delivery] = (uint8_t)state;
}

void share_search_unset(struct share_search *s, uint32_t delivery)
{
    share_budget_unset(s->budget, delivery, s->state[delivery] == SHARE_SHARED);
    s->state[delivery] = SHARE_OPEN;
}

/* --- links --------------------------------------------------------------------------------------
 */

static const struct share_group *group_of(const struct share_search *s, uint32_t delivery)
{
    return &s->budget->sharing->groups.at[s->budget->deliveries[delivery].group];
}

static bool has_too_many(const struct share_budget *b, uint32_t neuron)
{
    return b->words[neuron] > b->cam_limit[neuron];
}

/* Calls for the links of all deliveries that some neuron may need: counts, or stores them. */
static void each_link(struct share_search *s, uint32_t *neurons, uint32_t *sources, bool store)
{
    const struct share_budget *b = s->budget;
    for (uint32_t k = 0; k < b->n_deliveries; k++) {
        uint32_t d = b->order[k];
        const struct delivery *own = &b->deliveries[d];
        const struct share_group *group = group_of(s, d);
        if (!share_needed(b, d))
            continue;
        for (uint32_t i = own->first_use; i < own->first_use + own->n_uses; i++) {
            uint32_t n = b->uses[i].neuron;
            if (store && has_too_many(b, n))
                s->of_neuron[neurons[n]] =
                    (struct share_link){d, (group->n_members - 1) * b->uses[i].words};
            neurons[n] += has_too_many(b, n);
        }
        for (uint32_t i = 0; i < group->n_members; i++) {
            uint32_t source = b->sharing->members.at[group->first_member + i];
            if (store && b->limit[source] != UINT32_MAX)
                s->of_source[sources[source]] =
                    (struct share_link){d, b->member_port[own->first_port + i]};
            sources[source] += b->limit[source] != UINT32_MAX;
        }
    }
}

/* From counts to the first of each, and where to store them. */
static uint32_t *running_sums(struct arena *arena, uint32_t *count, uint32_t n)
{
    uint32_t *first = ARENA_ARRAY(arena, uint32_t, (size_t)n + 1);
    for (uint32_t i = 0; i < n; i++) {
        first[i + 1] = first[i] + count[i];
        count[i] = first[i];
    }
    return first;
}

static void find_links(struct share_search *s)
{
    uint32_t n_neurons = s->budget->net->n_neurons, n_sources = net_n_sources(s->budget->net);
    uint32_t *neurons = ARENA_ARRAY(s->arena, uint32_t, n_neurons);
    uint32_t *sources = ARENA_ARRAY(s->arena, uint32_t, n_sources);
    each_link(s, neurons, sources, false);
    s->first_of_neuron = running_sums(s->arena, neurons, n_neurons);
    s->first_of_source = running_sums(s->arena, sources, n_sources);
    s->of_neuron = ARENA_ARRAY(s->arena, struct share_link, s->first_of_neuron[n_neurons]);
    s->of_source = ARENA_ARRAY(s->arena, struct share_link, s->first_of_source[n_sources]);
    each_link(s, neurons, sources, true);
}

/* --- parts --------------------------------------------------------------------------------------
 */

static uint32_t root_of(uint32_t *parent, uint32_t d)
{
    while (parent[d] != d)
        d = parent[d] = parent[parent[d]];
    return d;
}

static void tie(uint32_t *parent, const struct share_link *links, uint32_t first, uint32_t end)
{
    for (uint32_t i = first + 1; i < end; i++)
        parent[root_of(parent, links[i].delivery)] = root_of(parent, links[first].delivery);
}

static void tie_deliveries(const struct share_search *s, uint32_t *parent)
{
    const struct share_budget *b = s->budget;
    for (uint32_t d = 0; d < b->n_deliveries; d++)
        parent[d] = d;
    for (uint32_t n = 0; n < b->net->n_neurons; n++)
        tie(parent, s->of_neuron, s->first_of_neuron[n], s->first_of_neuron[n + 1]);
    for (uint32_t source = 0; source < net_n_sources(b->net); source++) {
        uint32_t first = s->first_of_source[source], end = s->first_of_source[source + 1];
        if (first < end && share_sram_words(b, source, false) + (end - first) > b->limit[source])
            tie(parent, s->of_source, first, end);
    }
}

/* Parts in the order of their first deliveries; within a part the order stays. */
static void form_parts(struct share_search *s)
{
    const struct share_budget *b = s->budget;
    uint32_t n = b->n_deliveries, *parent = ARENA_ARRAY(s->arena, uint32_t, n);
    uint32_t *part_of = ARENA_ARRAY(s->arena, uint32_t, n), *fill = s->first_part + 1;
    memset(part_of, 0xFF, n * sizeof *part_of);
    tie_deliveries(s, parent);
    for (uint32_t k = 0; k < n; k++) {
        if (!share_needed(b, b->order[k]))
            continue;
        uint32_t *part = &part_of[root_of(parent, b->order[k])];
        *part = *part == UINT32_MAX ? s->n_parts++ : *part;
        fill[*part + 1]++;
    }
    for (uint32_t p = 0; p < s->n_parts; p++)
        fill[p + 1] += fill[p];
    for (uint32_t k = 0; k < n; k++) {
        uint32_t d = b->order[k];
        if (!share_needed(b, d))
            continue;
        s->position[d] = fill[part_of[root_of(parent, d)]]++;
        s->part[s->position[d]] = d;
    }
}

void share_search_init(struct share_search *search, struct arena *arena,
                       struct share_budget *budget, uint8_t *state,
                       const struct share_options *options)
{
    uint64_t node_limit = options->node_limit ? options->node_limit : SHARE_DEFAULT_NODES;
    size_t n = budget->n_deliveries;
    *search = (struct share_search){.arena = arena,
                                    .budget = budget,
                                    .state = state,
                                    .node_limit = node_limit,
                                    .visit_limit = node_limit * VISITS_PER_NODE,
                                    .observer = options->ilp.observer};
    search->first_part = ARENA_ARRAY(arena, uint32_t, n + 2);
    search->part = ARENA_ARRAY(arena, uint32_t, n);
    search->position = ARENA_ARRAY(arena, uint32_t, n);
    search->trail = ARENA_ARRAY(arena, uint32_t, n);
    search->chosen = ARENA_ARRAY(arena, uint8_t, n);
    uint32_t n_sources = net_n_sources(budget->net), n_ports = budget->first_port[n_sources];
    stamped_init(&search->cam_row, arena, budget->net->n_neurons);
    stamped_init(&search->sram_row, arena, n_sources);
    stamped_init(&search->own_row, arena, n_ports);
    stamped_init(&search->part_edges, arena, n_ports);
    find_links(search);
    form_parts(search);
}

/* --- decisions and what follows from them -------------------------------------------------------
 */

static void decide(struct share_search *s, uint32_t delivery, enum share_state state, bool freely)
{
    share_search_set(s, delivery, state);
    s->chosen[s->n_trail] = freely;
    s->trail[s->n_trail++] = delivery;
}

/* SRAM words of a source if this delivery shared, too, and nothing else that is open. */
static uint32_t words_with(const struct share_search *s, uint32_t words,
                           const struct share_link *link)
{
    const struct port *port = &s->budget->ports[link->of];
    uint32_t edges = s->budget->deliveries[link->delivery].edges;
    bool own_before = port->carried < port->edges, own_after = port->carried + edges < port->edges;
    return words + 1 + own_after - own_before;
}

/* What a source has no word left for stays separate; false: it has too many words already. */
static bool draw_source(struct share_search *s, uint32_t source)
{
    const struct share_budget *b = s->budget;
    if (b->limit[source] == UINT32_MAX)
        return true;
    uint32_t words = share_sram_words(b, source, false), end = s->first_of_source[source + 1];
    for (uint32_t i = s->first_of_source[source]; i < end; i++) {
        const struct share_link *link = &s->of_source[i];
        s->visits++;
        if (s->state[link->delivery] == SHARE_OPEN && words_with(s, words, link) > b->limit[source])
            decide(s, link->delivery, SHARE_SEPARATE, false);
    }
    return words <= b->limit[source];
}

/* What a neuron cannot do without is shared; false: it has too many words in any case. */
static bool draw_neuron(struct share_search *s, uint32_t neuron)
{
    const struct share_budget *b = s->budget;
    uint32_t least = b->least[neuron], limit = b->cam_limit[neuron];
    for (uint32_t i = s->first_of_neuron[neuron]; i < s->first_of_neuron[neuron + 1]; i++) {
        const struct share_link *link = &s->of_neuron[i];
        s->visits++;
        if (s->state[link->delivery] == SHARE_OPEN && least + link->of > limit)
            decide(s, link->delivery, SHARE_SHARED, false);
    }
    return least <= limit;
}

static bool draw_members(struct share_search *s, uint32_t delivery)
{
    const struct share_group *group = group_of(s, delivery);
    for (uint32_t i = 0; i < group->n_members; i++)
        if (!draw_source(s, s->budget->sharing->members.at[group->first_member + i]))
            return false;
    return true;
}

static bool draw_uses(struct share_search *s, uint32_t delivery)
{
    const struct delivery *own = &s->budget->deliveries[delivery];
    for (uint32_t i = own->first_use; i < own->first_use + own->n_uses; i++)
        if (!draw_neuron(s, s->budget->uses[i].neuron))
            return false;
    return true;
}

/* All consequences of what was decided; false: a contradiction. */
static bool draw(struct share_search *s)
{
    while (s->n_drawn < s->n_trail) {
        uint32_t delivery = s->trail[s->n_drawn++];
        if (s->state[delivery] == SHARE_SHARED ? !draw_members(s, delivery)
                                               : !draw_uses(s, delivery))
            return false;
    }
    return true;
}

/* What follows with nothing decided. */
static bool draw_part(struct share_search *s, uint32_t part)
{
    for (uint32_t i = s->first_part[part]; i < s->first_part[part + 1]; i++)
        if (!draw_members(s, s->part[i]) || !draw_uses(s, s->part[i]))
            return false;
    return draw(s);
}

/* --- the search ---------------------------------------------------------------------------------
 */

/* The last choice made freely becomes its contrary; its position, or UINT32_MAX: there is none. */
static uint32_t turn_back(struct share_search *s)
{
    while (s->n_trail > 0) {
        uint32_t delivery = s->trail[--s->n_trail];
        share_search_unset(s, delivery);
        s->n_drawn = s->n_trail;
        if (!s->chosen[s->n_trail])
            continue;
        decide(s, delivery, SHARE_SEPARATE, false);
        return s->position[delivery];
    }
    return UINT32_MAX;
}

static bool goes_on(const struct share_search *s)
{
    if (s->nodes >= s->node_limit || s->visits >= s->visit_limit)
        return false;
    return s->nodes % NODES_UNHEARD != 0 || observer_lets(s->observer, "sharing", -1, -1, s->nodes);
}

/* What no neuron needs any more is not needed further down either, so the position only grows. */
static enum share_status search(struct share_search *s, uint32_t part)
{
    uint32_t at = s->first_part[part], end = s->first_part[part + 1];
    if (!draw_part(s, part))
        return SHARE_IMPOSSIBLE;
    for (;;) {
        while (at < end
               && (s->state[s->part[at]] != SHARE_OPEN || !share_needed(s->budget, s->part[at])))
            at++;
        if (at == end)
            return SHARE_FITS;
        s->nodes++;
        decide(s, s->part[at], SHARE_SHARED, true);
        while (!draw(s)) {
            at = turn_back(s);
            if (at == UINT32_MAX)
                return SHARE_IMPOSSIBLE;
        }
        if (!goes_on(s))
            return SHARE_UNDECIDED;
    }
}

enum share_status share_search_part(struct share_search *s, uint32_t part)
{
    s->n_trail = s->n_drawn = 0;
    enum share_status status = search(s, part);
    while (status != SHARE_FITS && s->n_trail > 0)
        share_search_unset(s, s->trail[--s->n_trail]);
    return status;
}
