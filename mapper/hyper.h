/* A hypergraph of axons between the cores, or the pieces of populations, that hold their neurons: a
 * net ties the vertex of its source and those of its targets, all alike, since the cut of a board
 * is the sum over nets of weight * (chips touched - 1). */
#ifndef DYNC_HYPER_H
#define DYNC_HYPER_H

#include "mapper/blocks.h"
#include "mapper/graph.h"

struct hyper {
    uint32_t n, n_nets;
    uint32_t *first_pin; /* n_nets + 1 */
    uint32_t *pins;      /* vertices, ascending within a net, two or more */
    uint64_t *weight;    /* per net */
    uint32_t *first_net; /* n + 1 */
    uint32_t *nets;      /* of a vertex */
};

/* The nets of the axons of `blocks`, whose block b is part of vertex vertex[b] < n; equal ones are
 * one, and those inside one vertex none. */
void hyper_build(struct arena *arena, const struct blocks *blocks, const uint32_t *vertex,
                 uint32_t n, struct hyper *hyper);

/* Every net as edges between its vertices that weigh as much as taking one of them away; of nets
 * with very many vertices only those to the first are kept. */
void hyper_graph(struct arena *arena, const struct hyper *hyper, struct graph *graph);

#endif
