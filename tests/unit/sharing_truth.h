/* Classes of equal bundles by definition, for small networks: edge by edge, pair of sources by
 * pair. Classes with the same members are a group, which sends one tag if it is shared. */
#ifndef DYNC_TESTS_SHARING_TRUTH_H
#define DYNC_TESTS_SHARING_TRUTH_H

#include "tests/unit/net_builder.h"

enum { TRUTH_GROUPS = 16, TRUTH_SOURCES = 8 };

struct truth_edge {
    struct edge edge;
    uint32_t group; /* that may carry it, or NET_NONE */
};
struct truth_edge_vec VEC_OF(struct truth_edge);

struct sharing_truth {
    uint32_t members[TRUTH_GROUPS]; /* masks of sources */
    uint32_t n_groups;
    struct truth_edge_vec edges;
};

static inline uint32_t truth_count(const struct net *net, uint32_t source, uint32_t target,
                                   uint32_t attr)
{
    struct edge_iter iter;
    struct edge edge;
    uint32_t n = 0;
    net_edges_start(&iter, net, target, target + 1);
    while (net_edges_next(&iter, &edge))
        if (edge.source == source && edge.attr == attr)
            n += edge.repeat;
    return n;
}

static inline bool truth_same(const struct net *net, uint32_t s, uint32_t t, uint32_t p)
{
    uint32_t any = 0;
    for (uint32_t i = 0; i < net->populations.at[p].size; i++)
        for (uint32_t a = 0; a < net->attrs.n; a++) {
            uint32_t target = net->populations.at[p].first + i;
            uint32_t x = truth_count(net, s, target, a), y = truth_count(net, t, target, a);
            if (net->attrs.at[a].share && x != y)
                return false;
            any += net->attrs.at[a].share ? x : 0;
        }
    return any > 0;
}

/* Group that may carry an edge: all sources with the bundle of its own, if it is not alone. */
static inline uint32_t truth_group(const struct net *net, struct sharing_truth *truth,
                                   const struct edge *edge)
{
    uint32_t members = 0, p = net->population_of[edge->target], g = 0;
    assert_true(net_n_sources(net) <= TRUTH_SOURCES);
    if (!net->attrs.at[edge->attr].share)
        return NET_NONE;
    for (uint32_t s = 0; s < net_n_sources(net); s++)
        members |= (uint32_t)truth_same(net, edge->source, s, p) << s;
    if ((members & (members - 1)) == 0)
        return NET_NONE;
    while (g < truth->n_groups && truth->members[g] != members)
        g++;
    if (g == truth->n_groups) {
        assert_true(g < TRUTH_GROUPS);
        truth->members[truth->n_groups++] = members;
    }
    return g;
}

static inline void truth_find(struct net_builder *b, struct sharing_truth *truth)
{
    struct edge_iter iter;
    struct edge edge;
    memset(truth, 0, sizeof *truth);
    net_edges_start(&iter, &b->net, 0, b->net.n_neurons);
    while (net_edges_next(&iter, &edge)) {
        struct truth_edge known = {edge, truth_group(&b->net, truth, &edge)};
        VEC_PUSH(&b->arena, &truth->edges, known);
    }
}

/* Whether this edge is the one of its group's that a shared tag counts as a word. */
static inline bool truth_is_first(const struct sharing_truth *truth, const struct truth_edge *edge)
{
    return (truth->members[edge->group] & ((1u << edge->edge.source) - 1)) == 0;
}

#endif
