#include "mapper/cluster.h"

#include <stdlib.h>
#include <string.h>

/* Groups of a level are at most 16 times as large as those before: with smaller steps wrong early
 * joins freeze, with larger ones blobs of a regular sheet get ragged (cut of 256-vertex parts 37,
 * 28, 30 and 36, 37, 38 % with 4, 16 and 64; tests/bench/bench_cluster.c). */
enum { MAX_LEVELS = 16, JOIN_ROUNDS = 6, GROWTH = 16 };
/* Small graphs are cheap: they are tried in several orders of the vertices. */
enum { TRIES = 8, TRIED_VERTICES = 8192 };

struct level {
    struct graph graph;
    uint32_t *group; /* of its vertices: vertex of the next level */
};

/* --- bottom up --- */

struct joining {
    const struct graph *graph;
    uint32_t limit;
    uint32_t stride; /* coprime to the number of vertices: their order */
    uint32_t *group, *size_of_group;
    struct ties ties;
};

/* The neighbouring group with most ties that has room; the own one on a tie. */
static uint32_t best_group(const struct joining *j, uint32_t vertex)
{
    uint32_t own = j->group[vertex], best = own, size = graph_size(j->graph, vertex);
    uint64_t most = j->ties.to_part[own];
    for (uint32_t i = 0; i < j->ties.n; i++) {
        uint32_t to = j->ties.parts[i];
        if (j->ties.to_part[to] > most && j->size_of_group[to] + size <= j->limit) {
            most = j->ties.to_part[to];
            best = to;
        }
    }
    return best;
}

static uint32_t join_round(struct joining *j)
{
    uint32_t moved = 0, n = j->graph->n;
    for (uint32_t i = 0; i < n; i++) {
        uint32_t v = (uint32_t)((uint64_t)i * j->stride % n);
        ties_of(&j->ties, j->graph, j->group, v);
        uint32_t to = best_group(j, v), own = j->group[v];
        ties_clear(&j->ties);
        if (to == own)
            continue;
        j->size_of_group[own] -= graph_size(j->graph, v);
        j->size_of_group[to] += graph_size(j->graph, v);
        j->group[v] = to;
        moved++;
    }
    return moved;
}

/* 1 for the first try, then some number coprime to n. */
static uint32_t stride_of(uint32_t n, uint32_t try)
{
    uint32_t stride = try == 0 ? 1 : n * 5 / 8 / try + 1;
    for (;; stride++) {
        uint32_t a = n, b = stride;
        while (b) {
            uint32_t rest = a % b;
            a = b;
            b = rest;
        }
        if (a == 1)
            return stride;
    }
}

/* Groups of at most `limit`, numbered by their first vertex. */
static uint32_t *join(struct arena *arena, const struct graph *graph, uint32_t limit, uint32_t try,
                      uint32_t *n_groups)
{
    struct arena *scratch = arena_scratch(arena);
    struct joining j = {.graph = graph, .limit = limit, .stride = stride_of(graph->n, try)};
    uint32_t *number = ARENA_ARRAY(scratch, uint32_t, graph->n);
    j.group = ARENA_ARRAY(arena, uint32_t, graph->n);
    j.size_of_group = ARENA_ARRAY(scratch, uint32_t, graph->n);
    ties_init(scratch, &j.ties, graph->n);
    for (uint32_t v = 0; v < graph->n; v++) {
        j.group[v] = v;
        j.size_of_group[v] = graph_size(graph, v);
    }
    for (int round = 0; round < JOIN_ROUNDS && join_round(&j) > graph->n / 50; round++)
        continue;
    *n_groups = 0;
    for (uint32_t v = 0; v < graph->n; v++) {
        if (number[j.group[v]] == 0)
            number[j.group[v]] = ++*n_groups;
        j.group[v] = number[j.group[v]] - 1;
    }
    arena_scratch_end(scratch);
    return j.group;
}

/* Levels up to groups of the size of a part; the last has no groups above it. */
static uint32_t build_levels(struct arena *arena, const struct graph *graph, uint32_t limit,
                             uint32_t try, struct level *level)
{
    uint32_t n = 1, size = GROWTH;
    level[0].graph = *graph;
    while (n < MAX_LEVELS) {
        struct level *top = &level[n - 1];
        uint32_t n_groups, allowed = size < limit ? size : limit;
        top->group = join(arena, &top->graph, allowed, try, &n_groups);
        if (n_groups < top->graph.n) {
            graph_contract(arena, &top->graph, top->group, n_groups, &level[n].graph);
            n++;
        }
        if (allowed == limit)
            break;
        size *= GROWTH;
    }
    level[n - 1].group = NULL;
    return n;
}

/* --- top down --- */

struct filling {
    uint32_t n_parts, limit;
    uint32_t *size_of_part;
    uint32_t n_open; /* parts that have something */
    struct ties ties;
};

struct sized {
    uint32_t size, vertex;
};
static int by_size(const void *a, const void *b)
{
    const struct sized *x = a, *y = b;
    if (x->size != y->size)
        return x->size > y->size ? -1 : 1;
    return x->vertex < y->vertex ? -1 : x->vertex > y->vertex;
}

/* The part with room that has most ties; NO_PART without ties. */
static uint32_t best_part(const struct filling *f, uint32_t size)
{
    uint32_t best = NO_PART;
    uint64_t most = 0;
    for (uint32_t i = 0; i < f->ties.n; i++) {
        uint32_t to = f->ties.parts[i];
        if (f->size_of_part[to] + size <= f->limit && f->ties.to_part[to] > most) {
            most = f->ties.to_part[to];
            best = to;
        }
    }
    return best;
}

/* The part with most room, NO_PART if even that has too little. */
static uint32_t roomiest_part(const struct filling *f, uint32_t size)
{
    uint32_t best = 0;
    for (uint32_t p = 1; p < f->n_parts; p++)
        if (f->size_of_part[p] < f->size_of_part[best])
            best = p;
    return f->size_of_part[best] + size <= f->limit ? best : (uint32_t)NO_PART;
}

static void put(struct filling *f, uint32_t *part, uint32_t vertex, uint32_t size, uint32_t to)
{
    part[vertex] = to;
    f->size_of_part[to] += size;
}

/* The largest groups open the parts. */
static void open_parts(struct arena *arena, struct filling *f, const struct graph *graph,
                       uint32_t *part)
{
    struct arena *scratch = arena_scratch(arena);
    struct sized *order = ARENA_ARRAY(scratch, struct sized, graph->n);
    for (uint32_t v = 0; v < graph->n; v++)
        order[v] = (struct sized){graph_size(graph, v), v};
    qsort(order, graph->n, sizeof order[0], by_size);
    for (uint32_t i = 0; i < graph->n && f->n_open < f->n_parts; i++)
        if (order[i].size <= f->limit)
            put(f, part, order[i].vertex, order[i].size, f->n_open++);
    arena_scratch_end(scratch);
}

/* Whole groups go where they have ties and fit; at the finest level, where anything fits. */
static void fill_parts(struct filling *f, const struct graph *graph, uint32_t *part, bool finest)
{
    for (uint32_t v = 0; v < graph->n; v++) {
        if (part[v] != (uint32_t)NO_PART)
            continue;
        uint32_t size = graph_size(graph, v);
        ties_of(&f->ties, graph, part, v);
        uint32_t to = best_part(f, size);
        ties_clear(&f->ties);
        if (to == (uint32_t)NO_PART && finest)
            to = roomiest_part(f, size);
        if (to != (uint32_t)NO_PART)
            put(f, part, v, size, to);
    }
}

static uint32_t *part_array(struct arena *arena, uint32_t n)
{
    uint32_t *part = ARENA_ARRAY(arena, uint32_t, n);
    memset(part, 0xFF, (size_t)n * sizeof *part);
    return part;
}

static bool cluster_once(struct arena *arena, const struct graph *graph, uint32_t n_parts,
                         uint32_t limit, uint32_t try, const struct observer *observer,
                         uint32_t *part)
{
    struct arena *scratch = arena_scratch(arena);
    struct level level[MAX_LEVELS + 1];
    struct filling f = {.n_parts = n_parts, .limit = limit};
    uint32_t n = build_levels(scratch, graph, limit, try, level);
    f.size_of_part = ARENA_ARRAY(scratch, uint32_t, n_parts);
    ties_init(scratch, &f.ties, n_parts);
    uint32_t *of = part_array(scratch, level[n - 1].graph.n);
    open_parts(scratch, &f, &level[n - 1].graph, of);
    for (uint32_t l = n; l-- > 0;) {
        fill_parts(&f, &level[l].graph, of, l == 0);
        cluster_refine(scratch, &level[l].graph, n_parts, limit, observer, of, f.size_of_part);
        if (l == 0)
            break;
        uint32_t *finer = part_array(scratch, level[l - 1].graph.n);
        for (uint32_t v = 0; v < level[l - 1].graph.n; v++)
            finer[v] = of[level[l - 1].group[v]];
        of = finer;
    }
    bool complete = true;
    for (uint32_t v = 0; v < graph->n; v++) {
        complete = complete && of[v] != (uint32_t)NO_PART;
        part[v] = of[v];
    }
    arena_scratch_end(scratch);
    return complete;
}

bool cluster_graph(struct arena *arena, const struct graph *graph, uint32_t n_parts, uint32_t limit,
                   const struct observer *observer, uint32_t *part)
{
    struct arena *scratch = arena_scratch(arena);
    uint32_t *tried = ARENA_ARRAY(scratch, uint32_t, graph->n);
    bool complete = cluster_once(arena, graph, n_parts, limit, 0, observer, part);
    uint64_t least = graph_cut(graph, part);
    for (uint32_t try = 1; try < TRIES && graph->n <= TRIED_VERTICES; try++) {
        if (!observer_lets(observer, "chips", -1, -1, try))
            break;
        bool done = cluster_once(arena, graph, n_parts, limit, try, observer, tried);
        uint64_t cut = graph_cut(graph, tried);
        if (done > complete || (done == complete && cut < least)) {
            memcpy(part, tried, graph->n * sizeof *part);
            complete = done;
            least = cut;
        }
    }
    arena_scratch_end(scratch);
    return complete;
}
