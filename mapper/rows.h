/* The synapses of one neuron, read into a buffer that is used again and again. */
#ifndef DYNC_MAPPER_ROWS_H
#define DYNC_MAPPER_ROWS_H

#include "compiler/net.h"

struct edge_vec VEC_OF(struct edge);

/* Reads the edges into a neuron, by term, then position of the source. */
static inline void row_read(struct arena *arena, const struct net *net, uint32_t neuron,
                            struct edge_vec *row)
{
    struct edge_iter iter;
    struct edge edge;
    row->n = 0;
    net_edges_start(&iter, net, neuron, neuron + 1);
    while (net_edges_next(&iter, &edge))
        VEC_PUSH(arena, row, edge);
}

/* A map over units that is emptied in no time: an entry counts only if its stamp is the current
 * one. */
struct stamped {
    uint32_t *stamp, *value, now;
};
static inline void stamped_init(struct stamped *map, struct arena *arena, size_t n)
{
    map->stamp = ARENA_ARRAY(arena, uint32_t, n);
    map->value = ARENA_ARRAY(arena, uint32_t, n);
    map->now = 1;
}
static inline void stamped_clear(struct stamped *map)
{
    map->now++;
}
static inline bool stamped_has(const struct stamped *map, uint32_t i)
{
    return map->stamp[i] == map->now;
}
static inline void stamped_set(struct stamped *map, uint32_t i, uint32_t value)
{
    map->stamp[i] = map->now;
    map->value[i] = value;
}

#endif
