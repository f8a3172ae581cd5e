/* An independent look at a mapping: does it carry exactly the edges of its net? Everything is
 * decoded from routes and words; nothing of the mapper is used. */
#ifndef DYNC_TESTS_MAPPING_CHECK_H
#define DYNC_TESTS_MAPPING_CHECK_H

#include "tests/unit/net_builder.h"

struct mc_synapse {
    uint32_t source, target, attr;
};
struct mc_synapse_vec VEC_OF(struct mc_synapse);

static inline int mc_compare(const void *x, const void *y)
{
    return memcmp(x, y, sizeof(struct mc_synapse));
}

static inline void mc_wanted(struct net_builder *b, struct mc_synapse_vec *all)
{
    struct edge_iter iter;
    struct edge edge;
    net_edges_start(&iter, &b->net, 0, b->net.n_neurons);
    while (net_edges_next(&iter, &edge))
        for (uint32_t k = 0; k < edge.repeat; k++)
            VEC_PUSH(&b->arena, all, (struct mc_synapse){edge.source, edge.target, edge.attr});
}

static inline void mc_deliver(struct net_builder *b, uint32_t source, const struct route *route,
                              struct mc_synapse_vec *all)
{
    const struct mapping *m = &b->mapping;
    for (uint32_t n = 0; n < b->net.n_neurons; n++) {
        uint32_t core = m->site_of[n] / b->device.neurons_per_core;
        if (core / b->device.cores_per_chip != route->chip
            || !(route->cores >> core % b->device.cores_per_chip & 1))
            continue;
        for (uint64_t i = m->first_word[n]; i < m->first_word[n + 1]; i++)
            if (m->words[i].tag == route->tag)
                VEC_PUSH(&b->arena, all, (struct mc_synapse){source, n, m->words[i].attr});
    }
}

static inline const char *mc_sites(struct net_builder *b)
{
    const struct mapping *m = &b->mapping;
    uint32_t in_pieces = 0;
    for (uint32_t n = 0; n < b->net.n_neurons; n++) {
        if (m->site_of[n] >= m->n_sites || m->neuron_at[m->site_of[n]] != n)
            return "a neuron has no site of its own";
        uint32_t own = bias_class_of_population(&b->plan, &b->net, b->net.population_of[n]);
        if (m->class_of_core[m->site_of[n] / b->device.neurons_per_core] != own)
            return "a core has another bias class than its neuron";
    }
    for (uint32_t i = 0; i < m->pieces.n; i++) {
        const struct piece *p = &m->pieces.at[i];
        for (uint32_t k = 0; k < p->count; k++)
            if (m->site_of[b->net.populations.at[p->population].first + p->first + k]
                != p->core * b->device.neurons_per_core + p->neuron + k)
                return "a piece disagrees with the sites";
        in_pieces += p->count;
    }
    return in_pieces == b->net.n_neurons ? NULL : "pieces do not cover the neurons";
}

static inline const char *mc_limits(struct net_builder *b)
{
    const struct mapping *m = &b->mapping;
    for (uint32_t n = 0; n < b->net.n_neurons; n++) {
        if (m->first_word[n + 1] - m->first_word[n] > b->device.cam_words)
            return "too many CAM words";
        if (m->first_route[n + 1] - m->first_route[n] + b->net.probed[n] > b->device.sram_words)
            return "too many SRAM words";
    }
    for (uint64_t i = 0; i < m->first_route[net_n_sources(&b->net)]; i++)
        if (m->routes[i].tag >= b->device.tags || m->routes[i].cores == 0)
            return "bad route";
    for (uint32_t c = 0; c < m->n_cores; c++)
        if (m->tags_on_core[c] > b->device.tags)
            return "too many tags on a core";
    return NULL;
}

static inline const char *mc_counts(struct net_builder *b)
{
    uint64_t total = 0;
    for (uint32_t t = 0; t < b->net.terms.n; t++)
        total += b->mapping.term_words[t];
    return total == b->mapping.first_word[b->net.n_neurons] ? NULL
                                                            : "term_words do not sum to the words";
}

/* NULL, or what is wrong. */
static inline const char *mapping_fault(struct net_builder *b)
{
    struct mc_synapse_vec wanted = {NULL, 0, 0}, got = {NULL, 0, 0};
    const char *fault = mc_sites(b);
    fault = fault ? fault : mc_limits(b);
    fault = fault ? fault : mc_counts(b);
    if (fault)
        return fault;
    mc_wanted(b, &wanted);
    for (uint32_t s = 0; s < net_n_sources(&b->net); s++)
        for (uint64_t i = b->mapping.first_route[s]; i < b->mapping.first_route[s + 1]; i++)
            mc_deliver(b, s, &b->mapping.routes[i], &got);
    if (wanted.n != got.n)
        return "the number of synapses differs";
    if (wanted.n) {
        qsort(wanted.at, wanted.n, sizeof wanted.at[0], mc_compare);
        qsort(got.at, got.n, sizeof got.at[0], mc_compare);
    }
    return wanted.n && memcmp(wanted.at, got.at, wanted.n * sizeof wanted.at[0])
               ? "a synapse differs"
               : NULL;
}

#endif
