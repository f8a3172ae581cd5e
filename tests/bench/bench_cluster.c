/* Parts of 256 for 230,400 vertices, beside METIS's k-way partition of the same graph. Printed,
 * never judged. Usage: bench_cluster [VERTICES] */
#include "compiler/base/rng.h"
#include "mapper/cluster.h"

#include <metis.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { LIMIT = 256, GROUP = 200, DEGREE = 32 };

static double cpu_seconds(void)
{
    struct timespec now;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

struct pair {
    uint32_t a, b;
};

static int by_ends(const void *x, const void *y)
{
    const struct pair *a = x, *b = y;
    if (a->a != b->a)
        return a->a < b->a ? -1 : 1;
    return a->b < b->b ? -1 : a->b > b->b;
}

static uint32_t below(uint64_t bits, uint32_t n)
{
    return (uint32_t)(bits % n);
}

typedef uint32_t neighbour_fn(uint32_t n, uint32_t vertex, uint32_t i);

/* Groups under shuffled names, 7/8 of the edges inside. */
static uint32_t grouped(uint32_t n, uint32_t v, uint32_t i)
{
    uint64_t bits = rng_bits(1, v, i);
    if (bits % 8 == 0)
        return below(bits >> 8, n);
    uint32_t first = v / GROUP * GROUP, size = n - first < GROUP ? n - first : GROUP;
    return first + below(bits >> 8, size);
}

/* A torus: a neighbour at most 6 rows and columns away. */
static uint32_t sheet(uint32_t n, uint32_t v, uint32_t i)
{
    uint32_t side = 1;
    while ((side + 1) * (side + 1) <= n)
        side++;
    uint64_t bits = rng_bits(2, v, i);
    uint32_t x = (v % side + side + below(bits, 13) - 6) % side;
    uint32_t y = (v / side % side + side + below(bits >> 32, 13) - 6) % side;
    return y * side + x;
}

static uint32_t uniform(uint32_t n, uint32_t v, uint32_t i)
{
    return below(rng_bits(3, v, i), n);
}

static void make(struct arena *arena, uint32_t n, neighbour_fn *target, struct graph *graph)
{
    size_t n_pairs = 0;
    uint32_t *name = malloc(n * sizeof *name);
    struct pair *pair = malloc((size_t)n * DEGREE * 2 * sizeof *pair);
    for (uint32_t v = 0; v < n; v++)
        name[v] = v;
    for (uint32_t v = n; v-- > 1;) {
        uint32_t other = below(rng_bits(9, v, 0), v + 1), t = name[v];
        name[v] = name[other];
        name[other] = t;
    }
    for (uint32_t v = 0; v < n; v++)
        for (uint32_t i = 0; i < DEGREE; i++) {
            uint32_t u = target(n, v, i);
            if (u == v || u >= n)
                continue;
            pair[n_pairs++] = (struct pair){name[v], name[u]};
            pair[n_pairs++] = (struct pair){name[u], name[v]};
        }
    qsort(pair, n_pairs, sizeof *pair, by_ends);
    uint64_t *first = ARENA_ARRAY(arena, uint64_t, (size_t)n + 1), m = 0;
    uint32_t *to = ARENA_ARRAY(arena, uint32_t, n_pairs);
    for (size_t i = 0; i < n_pairs; i++)
        if (i == 0 || pair[i].a != pair[i - 1].a || pair[i].b != pair[i - 1].b) {
            to[m++] = pair[i].b;
            first[pair[i].a + 1]++;
        }
    for (uint32_t v = 0; v < n; v++)
        first[v + 1] += first[v];
    *graph = (struct graph){n, first, to, NULL, NULL};
    free(pair);
    free(name);
}

static uint32_t largest(const uint32_t *part, uint32_t n, uint32_t n_parts)
{
    uint32_t most = 0, *size = calloc(n_parts, sizeof *size);
    for (uint32_t v = 0; v < n; v++)
        if (++size[part[v]] > most)
            most = size[part[v]];
    free(size);
    return most;
}

static void metis(const struct graph *graph, uint32_t n_parts, uint32_t *part)
{
    idx_t n = (idx_t)graph->n, constraints = 1, parts = (idx_t)n_parts, cut;
    idx_t *first = malloc(((size_t)n + 1) * sizeof *first),
          *to = malloc(graph->first[n] * sizeof *to);
    for (idx_t v = 0; v <= n; v++)
        first[v] = (idx_t)graph->first[v];
    for (uint64_t e = 0; e < graph->first[n]; e++)
        to[e] = (idx_t)graph->to[e];
    METIS_PartGraphKway(&n, &constraints, first, to, NULL, NULL, NULL, &parts, NULL, NULL, NULL,
                        &cut, (idx_t *)part);
    free(first);
    free(to);
}

static void row(const char *name, uint32_t n, neighbour_fn *target)
{
    struct arena arena;
    struct graph graph;
    arena_init(&arena, NULL);
    make(&arena, n, target, &graph);
    uint32_t n_parts = (n + LIMIT - 1) / LIMIT, *part = ARENA_ARRAY(&arena, uint32_t, n);
    double edges = (double)graph.first[n] / 2, start = cpu_seconds();
    bool complete = cluster_graph(&arena, &graph, n_parts, LIMIT, NULL, part);
    double ours = cpu_seconds() - start;
    double our_cut = (double)graph_cut(&graph, part) / edges;
    uint32_t our_largest = complete ? largest(part, n, n_parts) : 0;
    start = cpu_seconds();
    metis(&graph, n_parts, part);
    double theirs = cpu_seconds() - start, their_cut = (double)graph_cut(&graph, part) / edges;
    printf("%-9s %7u vertices %9.0f edges  ours %6.2f s cut %5.2f %% largest %u   METIS %6.2f s "
           "cut %5.2f %% "
           "largest %u   time ratio %.2f cut ratio %.3f\n",
           name, n, edges, ours, 100 * our_cut, our_largest, theirs, 100 * their_cut,
           largest(part, n, n_parts), ours / theirs, our_cut / their_cut);
    arena_release(&arena);
}

int main(int argc, char **argv)
{
    uint32_t n = argc > 1 ? (uint32_t)atoi(argv[1]) : 230400;
    row("groups", n, grouped);
    row("sheet", n, sheet);
    if (n <= 100000)
        row("random", n, uniform);
    return 0;
}
