#include "mapper/graph.h"

uint64_t graph_cut(const struct graph *graph, const uint32_t *part)
{
    uint64_t cut = 0;
    for (uint32_t v = 0; v < graph->n; v++)
        for (uint64_t e = graph->first[v]; e < graph->first[v + 1]; e++)
            if (part[v] != part[graph->to[e]])
                cut += graph_weight(graph, e);
    return cut / 2;
}

void ties_init(struct arena *arena, struct ties *ties, uint32_t n_parts)
{
    ties->to_part = ARENA_ARRAY(arena, uint64_t, n_parts);
    ties->parts = ARENA_ARRAY(arena, uint32_t, n_parts);
    ties->n = 0;
}

void ties_of(struct ties *ties, const struct graph *graph, const uint32_t *part, uint32_t vertex)
{
    for (uint64_t e = graph->first[vertex]; e < graph->first[vertex + 1]; e++) {
        uint32_t to = part[graph->to[e]];
        if (to == (uint32_t)NO_PART)
            continue;
        if (ties->to_part[to] == 0)
            ties->parts[ties->n++] = to;
        ties->to_part[to] += graph_weight(graph, e);
    }
}

void ties_clear(struct ties *ties)
{
    for (uint32_t i = 0; i < ties->n; i++)
        ties->to_part[ties->parts[i]] = 0;
    ties->n = 0;
}

/* Vertices by group: members[first[g] .. first[g+1]), ascending. */
static void sort_members(struct arena *arena, const struct graph *graph, const uint32_t *group,
                         uint32_t n_groups, uint32_t **first, uint32_t **members)
{
    *first = ARENA_ARRAY(arena, uint32_t, (size_t)n_groups + 2);
    *members = ARENA_ARRAY(arena, uint32_t, graph->n);
    for (uint32_t v = 0; v < graph->n; v++)
        (*first)[group[v] + 2]++;
    for (uint32_t g = 0; g < n_groups; g++)
        (*first)[g + 2] += (*first)[g + 1];
    for (uint32_t v = 0; v < graph->n; v++)
        (*members)[(*first)[group[v] + 1]++] = v;
}

void graph_contract(struct arena *arena, const struct graph *graph, const uint32_t *group,
                    uint32_t n_groups, struct graph *coarse)
{
    struct arena *scratch = arena_scratch(arena);
    uint32_t *begin, *members, *size = ARENA_ARRAY(arena, uint32_t, n_groups);
    uint64_t *first = ARENA_ARRAY(arena, uint64_t, (size_t)n_groups + 1), n = 0;
    struct ties ties;
    ties_init(scratch, &ties, n_groups);
    sort_members(scratch, graph, group, n_groups, &begin, &members);
    /* At most as many edges as before; pages of the arrays that stay unused are never touched. */
    uint32_t *to = ARENA_ARRAY(arena, uint32_t, graph->first[graph->n]);
    uint32_t *weight = ARENA_ARRAY(arena, uint32_t, graph->first[graph->n]);
    for (uint32_t g = 0; g < n_groups; g++) {
        for (uint32_t i = begin[g]; i < begin[g + 1]; i++) {
            ties_of(&ties, graph, group, members[i]);
            size[g] += graph_size(graph, members[i]);
        }
        for (uint32_t i = 0; i < ties.n; i++)
            if (ties.parts[i] != g) {
                to[n] = ties.parts[i];
                weight[n++] = (uint32_t)ties.to_part[ties.parts[i]];
            }
        first[g + 1] = n;
        ties_clear(&ties);
    }
    *coarse = (struct graph){n_groups, first, to, weight, size};
    arena_scratch_end(scratch);
}
