/* An undirected graph with sizes of vertices and weights of edges, as compressed rows. Every edge
 * stands in the rows of both its ends; there are no loops and no parallel edges. */
#ifndef DYNC_GRAPH_H
#define DYNC_GRAPH_H

#include "compiler/base/arena.h"

struct graph {
    uint32_t n;
    const uint64_t *first;  /* n + 1 */
    const uint32_t *to;     /* first[n] */
    const uint32_t *weight; /* of the edges; NULL: all 1 */
    const uint32_t *size;   /* of the vertices; NULL: all 1 */
};

static inline uint32_t graph_weight(const struct graph *graph, uint64_t edge)
{
    return graph->weight ? graph->weight[edge] : 1;
}
static inline uint32_t graph_size(const struct graph *graph, uint32_t vertex)
{
    return graph->size ? graph->size[vertex] : 1;
}

/* Sum of the weights of edges whose ends lie in different parts, each edge counted once. */
uint64_t graph_cut(const struct graph *graph, const uint32_t *part);

/* The graph of the groups group[v] in 0 .. n_groups-1: their sizes add up, edges between two groups
 * become one, edges inside vanish. */
void graph_contract(struct arena *arena, const struct graph *graph, const uint32_t *group,
                    uint32_t n_groups, struct graph *coarse);

/* Sums of edge weights from one vertex into the parts (or groups) of its neighbours. */
struct ties {
    uint64_t *to_part; /* per part; zero outside ties_of() .. ties_clear() */
    uint32_t *parts;   /* those with an edge, in order of the row */
    uint32_t n;
};
void ties_init(struct arena *arena, struct ties *ties, uint32_t n_parts);
/* Parts of NO_PART are left out. */
enum { NO_PART = UINT32_MAX };
void ties_of(struct ties *ties, const struct graph *graph, const uint32_t *part, uint32_t vertex);
void ties_clear(struct ties *ties);

#endif
