/* V2: no edge is missing. V3: no edge is spurious.
 *
 * For every neuron the image's words, with everybody who sends their tags, are counted per (CAM
 * configuration, source); the network's edges are taken off; what is left is spurious. So shared
 * tags and parallel synapses need no rule of their own. Work is linear in words and edges, memory
 * in sources.
 */
#include "backend/verify/checks.h"

#include <string.h>

enum { ENOUGH = 64 }; /* findings after which the rest of the image is not looked at */

struct tally {
    uint32_t *local;  /* per CAM configuration: number within this neuron, NET_NONE */
    uint32_t *count;  /* [local][source], all zero between neurons */
    uint32_t *config; /* per local */
    uint32_t n_local, room, n_sources; /* room: rows of count */
};

static bool delivered(const struct verify *v, uint32_t source, uint32_t i, uint32_t *chip,
                      struct sram_fields *route)
{
    struct source_routes routes = routes_of(v, source);
    bool west;
    *route = route_at(&routes, i);
    *chip = route_chip(v, routes.chip, route, &west);
    return *chip != NET_NONE;
}

static uint64_t *bucket(const struct verify *v, uint32_t chip, uint32_t core, uint32_t tag)
{
    size_t board_core = (size_t)chip * layout.cores + core;
    return &v->deliveries.first[board_core * layout.tags + tag];
}

/* Calls for every (source, core, tag) of the image, sources ascending: counts with `place` false,
 * places with `place` true, where each bucket's start has moved to its end when all is done. */
static void each_delivery(struct verify *v, bool place)
{
    uint32_t chip;
    struct sram_fields route;
    for (uint32_t source = 0; source < net_n_sources(v->net); source++)
        for (uint32_t i = 0; i < routes_of(v, source).words.n; i++) {
            if (!delivered(v, source, i, &chip, &route))
                continue;
            for (uint32_t core = 0; core < layout.cores; core++) {
                if (!(route.cores >> core & 1))
                    continue;
                uint64_t *at = bucket(v, chip, core, route.tag);
                if (place)
                    v->deliveries.source[at[0]++] = source;
                else
                    at[1]++;
            }
        }
}

void collect_deliveries(struct verify *v)
{
    size_t n = (size_t)v->image->n_cores * layout.tags;
    uint64_t *first = ARENA_ARRAY(v->arena, uint64_t, n + 1);
    v->deliveries.first = first;
    each_delivery(v, false);
    for (size_t i = 0; i < n; i++)
        first[i + 1] += first[i];
    v->deliveries.source = ARENA_ARRAY(v->arena, uint32_t, first[n]);
    each_delivery(v, true);
    for (size_t i = n; i > 0; i--)
        first[i] = first[i - 1];
    first[0] = 0;
}

struct read_senders senders_of(const struct verify *v, uint32_t core, uint32_t tag)
{
    const uint64_t *first = &v->deliveries.first[(size_t)core * layout.tags + tag];
    return (struct read_senders){v->deliveries.source + first[0], first[1] - first[0]};
}

static void start_neuron(struct tally *tally)
{
    for (uint32_t i = 0; i < tally->n_local; i++)
        tally->local[tally->config[i]] = NET_NONE;
    tally->n_local = 0;
}

static void more_rows(struct arena *arena, struct tally *tally)
{
    size_t row = tally->n_sources * sizeof *tally->count;
    uint32_t *bigger = arena_alloc(arena, 2 * (size_t)tally->room, row);
    memcpy(bigger, tally->count, tally->room * row);
    tally->count = bigger;
    tally->room *= 2;
}

static uint32_t *row_of(struct arena *arena, struct tally *tally, uint32_t config)
{
    if (tally->local[config] == NET_NONE) {
        if (tally->n_local == tally->room)
            more_rows(arena, tally);
        tally->local[config] = tally->n_local;
        tally->config[tally->n_local++] = config;
    }
    return tally->count + (size_t)tally->local[config] * tally->n_sources;
}

static void count_words(struct verify *v, struct tally *tally, size_t site)
{
    for (uint32_t cell = 0; cell < layout.cells; cell++) {
        uint32_t word = read_cam(v->image, site, cell);
        struct cam_fields fields = layout_cam(word);
        if (word == 0)
            continue;
        uint32_t *count = row_of(v->arena, tally, fields.config);
        struct read_senders senders = senders_of(v, core_of_site(site), fields.tag);
        for (uint64_t i = 0; i < senders.n; i++)
            count[senders.source[i]]++;
    }
}

static void missing(struct verify *v, const struct edge *edge, uint32_t config, uint32_t n)
{
    const struct term *term = &v->net->terms.at[edge->term];
    struct diag *diag =
        finding(v, V2, DIAG_E0901, term->span, "edge %s -> %s (%s) is missing from the image",
                source_name(v, edge->source), source_name(v, edge->target),
                layout_config_text(v->arena, config));
    if (diag && edge->repeat > 1)
        diag_note(v->sink, diag, span_nowhere(), "%u of its %u parallel synapses", n, edge->repeat);
}

static void take_edges(struct verify *v, struct tally *tally, uint32_t neuron)
{
    struct edge_iter iter;
    struct edge edge;
    uint32_t set = v->net->populations.at[v->net->population_of[neuron]].bias_set;
    const struct bias_group *group = &v->groups[v->group_of_set[set]];
    net_edges_start(&iter, v->net, neuron, neuron + 1);
    while (net_edges_next(&iter, &edge) && v->found[V2] < ENOUGH) {
        uint32_t config = group->config[edge.attr], local = tally->local[config], none = 0;
        uint32_t *left = local == NET_NONE
                             ? &none
                             : &tally->count[(size_t)local * tally->n_sources + edge.source];
        uint32_t found = *left < edge.repeat ? *left : edge.repeat;
        *left -= found;
        if (found < edge.repeat)
            missing(v, &edge, config, edge.repeat - found);
    }
}

static void spurious(struct verify *v, size_t site, const struct cam_fields *word, uint32_t source,
                     const struct read_senders *senders)
{
    struct diag *diag = finding(v, V3, DIAG_E0902, span_nowhere(),
                                "spurious edge %s -> %s (%s): %s hears tag %u, which %s sends",
                                source_name(v, source), source_name(v, v->neuron_at[site]),
                                layout_config_text(v->arena, word->config), site_name(v, site),
                                word->tag, source_name(v, source));
    for (uint64_t i = 0; diag && i < senders->n; i++)
        if (senders->source[i] != source) {
            diag_note(v->sink, diag, span_nowhere(), "%s sends the same tag to this core",
                      source_name(v, senders->source[i]));
            break;
        }
}

/* Leaves all counts zero for the next neuron. */
static void sweep_left(struct verify *v, struct tally *tally, size_t site)
{
    for (uint32_t cell = 0; cell < layout.cells; cell++) {
        uint32_t word = read_cam(v->image, site, cell);
        struct cam_fields fields = layout_cam(word);
        if (word == 0)
            continue;
        uint32_t *count = row_of(v->arena, tally, fields.config);
        struct read_senders senders = senders_of(v, core_of_site(site), fields.tag);
        for (uint64_t i = 0; i < senders.n; i++) {
            if (count[senders.source[i]] && v->found[V3] < ENOUGH)
                spurious(v, site, &fields, senders.source[i], &senders);
            count[senders.source[i]] = 0;
        }
    }
}

void check_v2_v3_edges(struct verify *v)
{
    struct tally tally = {.n_sources = net_n_sources(v->net), .room = 4};
    tally.local = ARENA_ARRAY(v->arena, uint32_t, layout.configs);
    tally.config = ARENA_ARRAY(v->arena, uint32_t, layout.cells);
    for (uint32_t i = 0; i < layout.configs; i++)
        tally.local[i] = NET_NONE;
    tally.count = arena_alloc(v->arena, tally.room, tally.n_sources * sizeof *tally.count);
    for (size_t site = 0; site < v->n_sites; site++) {
        if (v->neuron_at[site] == NET_NONE)
            continue;
        start_neuron(&tally);
        count_words(v, &tally, site);
        take_edges(v, &tally, v->neuron_at[site]);
        sweep_left(v, &tally, site);
        if (v->found[V2] + v->found[V3] >= ENOUGH)
            return;
    }
}
