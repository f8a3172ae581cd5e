/* Connected sets are enumerated each once (ESU): a set grows from its least node by neighbours
 * that no earlier node of it has; the cost is kept as it grows. */
#include "mapper/column_sets.h"

#include <stdlib.h>
#include <string.h>

enum { SOME_NEIGHBOURS = 60, LEAST_NEIGHBOURS = 4 };
struct index_list VEC_OF(uint32_t);

/* --- who is near whom ---------------------------------------------------------------------------
 */

struct pair_sink {
    struct node_list *list;
    uint32_t *count; /* NULL: to be stored at `fill` */
    uint32_t *fill;
};

static void put_pair(struct pair_sink *sink, uint32_t node, uint32_t item)
{
    if (sink->count)
        sink->count[node]++;
    else
        sink->list->at[sink->fill[node]++] = item;
}

static void each_end(const struct column_problem *problem, struct pair_sink *from,
                     struct pair_sink *to)
{
    for (uint32_t e = 0; e < problem->n_axons; e++) {
        const struct column_axon *axon = &problem->axons[e];
        put_pair(from, axon->source, e);
        for (uint32_t t = 0; t < axon->n_targets; t++)
            put_pair(to, problem->targets[axon->first_target + t], e);
    }
}

/* Offsets from counts; the counts become where to fill in. */
static void open_list(struct arena *arena, struct node_list *list, uint32_t n, uint32_t *count)
{
    list->first = ARENA_ARRAY(arena, uint32_t, (size_t)n + 1);
    for (uint32_t i = 0; i < n; i++) {
        list->first[i + 1] = list->first[i] + count[i];
        count[i] = list->first[i];
    }
    list->at = ARENA_ARRAY(arena, uint32_t, list->first[n]);
}

static void list_ends(struct arena *arena, struct column_sets *sets)
{
    uint32_t n = sets->problem->n_nodes;
    uint32_t *starts = ARENA_ARRAY(arena, uint32_t, n), *ends = ARENA_ARRAY(arena, uint32_t, n);
    struct pair_sink from = {&sets->from, starts, starts}, to = {&sets->to, ends, ends};
    each_end(sets->problem, &from, &to);
    open_list(arena, &sets->from, n, starts);
    open_list(arena, &sets->to, n, ends);
    from.count = to.count = NULL;
    each_end(sets->problem, &from, &to);
}

struct neighbour {
    uint32_t node;
    int64_t tie;
};
struct meeting { /* of one node with its neighbours */
    const struct column_sets *sets;
    uint32_t *at; /* per node: where it stands in met, plus one; 0: not yet */
    struct neighbour *met;
    uint32_t n;
};

static void see(struct meeting *m, uint32_t other, int64_t tie)
{
    if (m->at[other] == 0) {
        m->met[m->n] = (struct neighbour){other, 0};
        m->at[other] = ++m->n;
    }
    m->met[m->at[other] - 1].tie += tie;
}

static void see_targets(struct meeting *m, uint32_t axon, int64_t tie)
{
    const struct column_axon *own = &m->sets->problem->axons[axon];
    for (uint32_t t = 0; t < own->n_targets; t++)
        see(m, m->sets->problem->targets[own->first_target + t], tie);
}

static int closer(const void *a, const void *b)
{
    const struct neighbour *x = a, *y = b;
    if (x->tie != y->tie)
        return x->tie > y->tie ? -1 : 1;
    return x->node < y->node ? -1 : x->node > y->node;
}

/* The neighbours of a node; closest first if only some are wanted. */
static void meet(struct meeting *m, uint32_t node, uint32_t most)
{
    const struct column_sets *sets = m->sets;
    m->n = 0;
    for (uint32_t k = sets->from.first[node]; k < sets->from.first[node + 1]; k++)
        see_targets(m, sets->from.at[k], 2 * sets->problem->axons[sets->from.at[k]].weight);
    for (uint32_t k = sets->to.first[node]; k < sets->to.first[node + 1]; k++) {
        const struct column_axon *axon = &sets->problem->axons[sets->to.at[k]];
        see(m, axon->source, 2 * axon->weight);
        see_targets(m, sets->to.at[k], axon->weight);
    }
    for (uint32_t k = 0; k < m->n; k++)
        m->at[m->met[k].node] = 0;
    for (uint32_t k = 0; k < m->n; k++)
        if (m->met[k].node == node)
            m->met[k--] = m->met[--m->n];
    if (m->n <= most)
        return;
    qsort(m->met, m->n, sizeof *m->met, closer);
    m->n = most;
}

static bool wants(const uint32_t *wanted, uint32_t n, uint32_t node)
{
    for (uint32_t k = 0; k < n; k++)
        if (wanted[k] == node)
            return true;
    return false;
}

/* Neighbours are nodes of which one is among the closest of the other. Going through the nodes in
 * order fills every list in order. */
static void list_neighbours(struct arena *arena, struct column_sets *sets, uint32_t most)
{
    struct arena *scratch = arena_scratch(arena);
    uint32_t n = sets->problem->n_nodes, *count = ARENA_ARRAY(scratch, uint32_t, n);
    uint32_t *first = ARENA_ARRAY(scratch, uint32_t, (size_t)n + 1);
    struct meeting m = {sets, ARENA_ARRAY(scratch, uint32_t, n),
                        ARENA_ARRAY(scratch, struct neighbour, n), 0};
    struct index_list wanted = {NULL, 0, 0};
    for (uint32_t i = 0; i < n; i++) {
        meet(&m, i, most);
        for (uint32_t k = 0; k < m.n; k++)
            VEC_PUSH(scratch, &wanted, m.met[k].node);
        first[i + 1] = wanted.n;
    }
    for (uint32_t pass = 0; pass < 2; pass++) {
        for (uint32_t i = 0; i < n; i++)
            for (uint32_t k = first[i]; k < first[i + 1]; k++) {
                uint32_t j = wanted.at[k];
                bool mutual = wants(&wanted.at[first[j]], first[j + 1] - first[j], i);
                if (mutual && j > i)
                    continue; /* once from either side */
                if (pass == 1) {
                    sets->near.at[count[i]] = j;
                    sets->near.at[count[j]] = i;
                }
                count[i]++;
                count[j]++;
            }
        if (pass == 0)
            open_list(arena, &sets->near, n, count);
    }
    arena_scratch_end(scratch);
}

bool columns_are_near(const struct column_sets *sets, const struct column *a,
                      const struct column *b)
{
    for (uint32_t i = 0; i < column_nodes(a); i++)
        for (uint32_t k = sets->near.first[a->node[i]]; k < sets->near.first[a->node[i] + 1]; k++)
            if (column_holds(b, sets->near.at[k]))
                return true;
    return false;
}

/* --- of one column ------------------------------------------------------------------------------
 */

uint32_t column_cores(const struct column_problem *problem, const struct column *column)
{
    uint32_t cores = 0;
    for (uint32_t k = 0; k < column_nodes(column); k++)
        cores += problem->size[column->node[k]];
    return cores;
}

bool column_admits(const struct column_problem *problem, uint32_t a, uint32_t b)
{
    if (!problem->first_side)
        return true;
    for (uint32_t i = problem->first_side[a]; i < problem->first_side[a + 1]; i++)
        for (uint32_t j = problem->first_side[b]; j < problem->first_side[b + 1]; j++)
            if (problem->sides[i].exclusion == problem->sides[j].exclusion
                && problem->sides[i].side != problem->sides[j].side)
                return false;
    return true;
}

/* An axon enters a column once: where its first target there stands. */
static bool enters_at(const struct column_sets *sets, const struct column *column, uint32_t axon,
                      uint32_t node)
{
    const struct column_axon *own = &sets->problem->axons[axon];
    uint32_t t = own->first_target;
    while (!column_holds(column, sets->problem->targets[t]))
        t++;
    return sets->problem->targets[t] == node && !column_holds(column, own->source);
}

int64_t column_cost(const struct column_sets *sets, const struct column *column)
{
    int64_t cost = 0;
    for (uint32_t i = 0; i < column_nodes(column); i++) {
        uint32_t node = column->node[i];
        for (uint32_t k = sets->to.first[node]; k < sets->to.first[node + 1]; k++)
            if (enters_at(sets, column, sets->to.at[k], node))
                cost += sets->problem->axons[sets->to.at[k]].weight;
    }
    return cost;
}

void column_order(struct column *column)
{
    for (uint32_t i = 1; i < COLUMN_NODES; i++) {
        uint16_t node = column->node[i];
        uint32_t k = i;
        for (; k > 0 && column->node[k - 1] > node; k--)
            column->node[k] = column->node[k - 1];
        column->node[k] = node;
    }
}

/* --- all of them --------------------------------------------------------------------------------
 */

struct growth {
    struct column_sets *sets;
    uint32_t most, n;
    uint32_t *hits;  /* per axon: targets in the set */
    bool *held;      /* per node */
    bool *near;      /* per node: in the set or next to it */
    uint32_t *stack; /* candidates, level upon level */
    uint32_t root, cores;
    struct column set;
    uint32_t n_nodes;
};

static int64_t enter(struct growth *g, uint32_t node)
{
    const struct column_sets *sets = g->sets;
    int64_t added = 0;
    for (uint32_t k = sets->from.first[node]; k < sets->from.first[node + 1]; k++)
        if (g->hits[sets->from.at[k]])
            added -= sets->problem->axons[sets->from.at[k]].weight;
    g->held[node] = true;
    for (uint32_t k = sets->to.first[node]; k < sets->to.first[node + 1]; k++) {
        uint32_t e = sets->to.at[k];
        if (g->hits[e]++ == 0 && !g->held[sets->problem->axons[e].source])
            added += sets->problem->axons[e].weight;
    }
    g->set.node[g->n_nodes++] = (uint16_t)node;
    g->cores += sets->problem->size[node];
    return added;
}

static void leave(struct growth *g, uint32_t node)
{
    const struct column_sets *sets = g->sets;
    g->held[node] = false;
    for (uint32_t k = sets->to.first[node]; k < sets->to.first[node + 1]; k++)
        g->hits[sets->to.at[k]]--;
    g->set.node[--g->n_nodes] = COLUMN_NONE;
    g->cores -= sets->problem->size[node];
}

static void store(struct growth *g, int64_t cost)
{
    if (g->sets->at && g->n < g->most) {
        g->sets->at[g->n] = g->set;
        g->sets->at[g->n].cost = cost;
        column_order(&g->sets->at[g->n]);
    }
    g->n++;
}

static bool may_join(const struct growth *g, uint32_t node)
{
    const struct column_problem *problem = g->sets->problem;
    bool may = g->cores + problem->size[node] <= problem->per_chip;
    for (uint32_t k = 0; may && k < g->n_nodes; k++)
        may = column_admits(problem, g->set.node[k], node);
    return may;
}

/* Candidates stand at stack[first .. end - 1]. Depth is at most COLUMN_NODES. */
static void grow(struct growth *g, uint32_t first, uint32_t end, int64_t cost)
{
    const struct column_sets *sets = g->sets;
    store(g, cost);
    if (g->cores == sets->problem->per_chip)
        return;
    for (uint32_t next = end; next > first && g->n <= g->most; next--) {
        uint32_t node = g->stack[next - 1], top = next - 1;
        if (!may_join(g, node))
            continue;
        uint32_t fresh = end; /* above all candidates of this level */
        for (uint32_t k = first; k < next - 1; k++)
            g->stack[fresh++] = g->stack[k];
        top = fresh;
        for (uint32_t k = sets->near.first[node]; k < sets->near.first[node + 1]; k++) {
            uint32_t other = sets->near.at[k];
            if (other <= g->root || g->near[other])
                continue;
            g->near[other] = true;
            g->stack[top++] = other;
        }
        grow(g, end, top, cost + enter(g, node));
        leave(g, node);
        while (top > fresh)
            g->near[g->stack[--top]] = false;
    }
}

/* Counts the sets, or stores them once there is room. */
static void grow_all(struct growth *g)
{
    const struct column_sets *sets = g->sets;
    g->n = 0;
    for (uint32_t root = 0; root < sets->problem->n_nodes && g->n <= g->most; root++) {
        uint32_t top = 0;
        g->root = root;
        g->near[root] = true;
        for (uint32_t k = sets->near.first[root]; k < sets->near.first[root + 1]; k++) {
            uint32_t other = sets->near.at[k];
            if (other <= root)
                continue;
            g->near[other] = true;
            g->stack[top++] = other;
        }
        grow(g, 0, top, enter(g, root));
        leave(g, root);
        while (top > 0)
            g->near[g->stack[--top]] = false;
        g->near[root] = false;
    }
}

void column_sets_find(struct arena *arena, const struct column_problem *problem, uint32_t most,
                      struct column_sets *sets)
{
    struct arena *scratch = arena_scratch(arena);
    uint32_t n = problem->n_nodes, neighbours = n;
    struct growth g = {.sets = sets, .most = most};
    *sets = (struct column_sets){.problem = problem};
    list_ends(arena, sets);
    g.hits = ARENA_ARRAY(scratch, uint32_t, problem->n_axons);
    g.held = ARENA_ARRAY(scratch, bool, n);
    g.near = ARENA_ARRAY(scratch, bool, n);
    g.stack = ARENA_ARRAY(scratch, uint32_t, ((size_t)COLUMN_NODES + 1) * n);
    memset(g.set.node, 0xFF, sizeof g.set.node);
    for (;; neighbours = neighbours > SOME_NEIGHBOURS ? SOME_NEIGHBOURS : neighbours * 3 / 4) {
        list_neighbours(arena, sets, neighbours);
        grow_all(&g);
        if (g.n <= g.most || neighbours <= LEAST_NEIGHBOURS)
            break;
        g.most = most < MOST_HINTS ? most : MOST_HINTS;
    }
    sets->complete = g.n <= g.most && neighbours >= n;
    sets->n = g.n <= g.most ? g.n : g.most;
    sets->at = ARENA_ARRAY(arena, struct column, sets->n);
    grow_all(&g);
    arena_scratch_end(scratch);
}
