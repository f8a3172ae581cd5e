/* Graphs cut into parts of limited size.
 * links: mapper compiler device base */
#include "compiler/base/rng.h"
#include "mapper/cluster.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* A graph from a full matrix of weights. */
static struct graph from_matrix(struct arena *arena, uint32_t n, const uint32_t *weight,
                                const uint32_t *size)
{
    uint64_t *first = ARENA_ARRAY(arena, uint64_t, (size_t)n + 1), m = 0;
    uint32_t *to = ARENA_ARRAY(arena, uint32_t, (size_t)n * n);
    uint32_t *of_edge = ARENA_ARRAY(arena, uint32_t, (size_t)n * n);
    for (uint32_t v = 0; v < n; v++) {
        for (uint32_t u = 0; u < n; u++)
            if (u != v && weight[v * n + u]) {
                to[m] = u;
                of_edge[m++] = weight[v * n + u];
            }
        first[v + 1] = m;
    }
    return (struct graph){n, first, to, of_edge, size};
}

static uint32_t *random_matrix(struct arena *arena, uint64_t seed, uint32_t n, uint32_t percent)
{
    uint32_t *weight = ARENA_ARRAY(arena, uint32_t, (size_t)n * n);
    for (uint32_t v = 0; v < n; v++)
        for (uint32_t u = v + 1; u < n; u++)
            if (rng_bits(seed, v, u) % 100 < percent)
                weight[v * n + u] = weight[u * n + v] =
                    1 + (uint32_t)(rng_bits(seed + 1, v, u) % 9);
    return weight;
}

static void check_parts(const struct graph *graph, uint32_t n_parts, uint32_t limit,
                        const uint32_t *part)
{
    uint32_t *size = calloc(n_parts, sizeof *size);
    for (uint32_t v = 0; v < graph->n; v++) {
        assert_true(part[v] < n_parts);
        size[part[v]] += graph_size(graph, v);
    }
    for (uint32_t p = 0; p < n_parts; p++)
        assert_true(size[p] <= limit);
    free(size);
}

/* Full parts, no room anywhere: the limit still holds, and equal calls give equal parts. */
static void limit_holds_without_slack(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 60; seed++) {
        struct arena arena;
        arena_init(&arena, NULL);
        uint32_t limit = 1 + (uint32_t)(seed % 9), n_parts = 1 + (uint32_t)(seed % 7);
        uint32_t n = limit * n_parts, part[64], again[64];
        struct graph graph = from_matrix(&arena, n, random_matrix(&arena, seed, n, 30), NULL);
        assert_true(cluster_graph(&arena, &graph, n_parts, limit, NULL, part));
        assert_true(cluster_graph(&arena, &graph, n_parts, limit, NULL, again));
        assert_memory_equal(part, again, n * sizeof *part);
        check_parts(&graph, n_parts, limit, part);
        arena_release(&arena);
    }
}

static void one_vertex_too_many_is_told(void **state)
{
    (void)state;
    struct arena arena;
    arena_init(&arena, NULL);
    uint32_t part[13];
    struct graph graph = from_matrix(&arena, 13, random_matrix(&arena, 5, 13, 40), NULL);
    assert_false(cluster_graph(&arena, &graph, 3, 4, NULL, part));
    assert_true(cluster_graph(&arena, &graph, 4, 4, NULL, part));
    arena_release(&arena);
}

static uint64_t least_cut(const struct graph *graph, uint32_t n_parts, uint32_t limit,
                          uint32_t vertex, uint32_t *part, uint32_t *size)
{
    if (vertex == graph->n)
        return graph_cut(graph, part);
    uint64_t least = UINT64_MAX;
    for (uint32_t p = 0; p < n_parts; p++) {
        if (size[p] + graph_size(graph, vertex) > limit)
            continue;
        part[vertex] = p;
        size[p] += graph_size(graph, vertex);
        uint64_t cut = least_cut(graph, n_parts, limit, vertex + 1, part, size);
        size[p] -= graph_size(graph, vertex);
        if (cut < least)
            least = cut;
    }
    return least;
}

/* Beside all divisions of small graphs: never below the optimum, and near it on average. */
static void small_graphs_come_near_the_optimum(void **state)
{
    (void)state;
    uint64_t ours = 0, best = 0;
    for (uint64_t seed = 100; seed < 180; seed++) {
        struct arena arena;
        arena_init(&arena, NULL);
        uint32_t part[9], all[9], size[3] = {0};
        struct graph graph = from_matrix(&arena, 9, random_matrix(&arena, seed, 9, 45), NULL);
        assert_true(cluster_graph(&arena, &graph, 3, 3, NULL, part));
        uint64_t cut = graph_cut(&graph, part), least = least_cut(&graph, 3, 3, 0, all, size);
        assert_true(cut >= least);
        ours += cut;
        best += least;
        arena_release(&arena);
    }
    print_message("small graphs: %u, least %u\n", (unsigned)ours, (unsigned)best);
    assert_true(10 * ours <= 12 * best);
}

/* Dense groups of the size of a part under shuffled numbers are found again. */
static void planted_groups_are_found(void **state)
{
    (void)state;
    enum { GROUPS = 12, SIZE = 16, N = GROUPS * SIZE };
    struct arena arena;
    arena_init(&arena, NULL);
    uint32_t *weight = ARENA_ARRAY(&arena, uint32_t, N * N), part[N];
    for (uint32_t v = 0; v < N; v++)
        for (uint32_t u = 0; u < v; u++) {
            bool inside = v * 7 % N / SIZE == u * 7 % N / SIZE;
            if (rng_bits(3, v, u) % 100 < (inside ? 60u : 2u))
                weight[v * N + u] = weight[u * N + v] = 1;
        }
    struct graph graph = from_matrix(&arena, N, weight, NULL);
    assert_true(cluster_graph(&arena, &graph, GROUPS, SIZE, NULL, part));
    check_parts(&graph, GROUPS, SIZE, part);
    uint32_t planted[N];
    for (uint32_t v = 0; v < N; v++)
        planted[v] = v * 7 % N / SIZE;
    assert_int_equal(graph_cut(&graph, part), graph_cut(&graph, planted));
    arena_release(&arena);
}

static void vertices_have_sizes(void **state)
{
    (void)state;
    static const uint32_t size[] = {5, 1, 4, 2, 3, 5, 1, 4};
    struct arena arena;
    arena_init(&arena, NULL);
    uint32_t part[8];
    struct graph graph = from_matrix(&arena, 8, random_matrix(&arena, 11, 8, 60), size);
    assert_true(cluster_graph(&arena, &graph, 5, 6, NULL, part));
    check_parts(&graph, 5, 6, part);
    arena_release(&arena);
}

/* 0 - 1 - 2 - 3 with weights 1, 2, 4 and 0 - 3 with 8; groups {0, 1}, {2, 3}. */
static void contraction_adds_up(void **state)
{
    (void)state;
    struct arena arena;
    arena_init(&arena, NULL);
    uint32_t weight[16] = {0, 1, 0, 8, 1, 0, 2, 0, 0, 2, 0, 4, 8, 0, 4, 0}, group[] = {0, 0, 1, 1};
    struct graph coarse, graph = from_matrix(&arena, 4, weight, NULL);
    graph_contract(&arena, &graph, group, 2, &coarse);
    assert_int_equal(coarse.n, 2);
    assert_int_equal(coarse.first[2], 2);
    assert_int_equal(coarse.to[0], 1);
    assert_int_equal(coarse.weight[0], 10);
    assert_int_equal(coarse.weight[1], 10);
    assert_int_equal(coarse.size[0], 2);
    assert_int_equal(graph_cut(&graph, group), 10);
    arena_release(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(limit_holds_without_slack),
        cmocka_unit_test(one_vertex_too_many_is_told),
        cmocka_unit_test(small_graphs_come_near_the_optimum),
        cmocka_unit_test(planted_groups_are_found),
        cmocka_unit_test(vertices_have_sizes),
        cmocka_unit_test(contraction_adds_up),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
