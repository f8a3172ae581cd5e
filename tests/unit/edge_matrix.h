/* Edges of one term as a matrix over the positions in its views. */
#ifndef DYNC_TESTS_EDGE_MATRIX_H
#define DYNC_TESTS_EDGE_MATRIX_H

#include "elab_case.h"

enum { MAX_UNITS = 128 };
struct edges {                            /* of one term, by position in the views */
    uint32_t count[MAX_UNITS][MAX_UNITS]; /* [pre][post], with repeat */
    uint32_t attr[MAX_UNITS][MAX_UNITS];
    uint64_t total;
};

static inline void read_edges(const struct elab_case *c, uint32_t term, struct edges *out)
{
    const struct net *net = &c->out.net;
    const struct projection *projection = &net->projections.at[net->terms.at[term].projection];
    struct edge_iter iter;
    struct edge edge;
    memset(out, 0, sizeof *out);
    net_edges_start(&iter, net, 0, net->n_neurons);
    while (net_edges_next(&iter, &edge)) {
        if (edge.term != term)
            continue;
        uint32_t first = projection->pre.kind == UNIT_NEURON
                             ? net->populations.at[projection->pre.object].first
                             : net->n_neurons + net->inputs.at[projection->pre.object].first;
        uint32_t pre = view_position(&projection->pre, edge.source - first);
        uint32_t post = view_position(
            &projection->post, edge.target - net->populations.at[projection->post.object].first);
        assert_true(pre < MAX_UNITS && post < MAX_UNITS);
        out->count[pre][post] += edge.repeat;
        out->attr[pre][post] = edge.attr;
        out->total += edge.repeat;
    }
    assert_int_equal(out->total, net->terms.at[term].n_edges);
}

/* Programs with seed 42, whose views have 10 and 8 units. */
static inline struct elab_case *dice_case(const char *projection, struct edges *edges)
{
    char *text = malloc(2048);
    snprintf(text, 2048, PREAMBLE "population a[10] : b; population c[8] : b; %s", projection);
    struct elab_case *c = case_of(text);
    if (!c->ok)
        case_fail(c, "not elaborated");
    if (edges)
        read_edges(c, 0, edges);
    return c;
}

static inline void dice_done(struct elab_case *c)
{
    free((char *)(uintptr_t)c->text);
    case_free(c);
}

#endif
