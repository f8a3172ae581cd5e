/* Networks as data: views, rows of edges, iteration by ranges, names.
 * links: compiler base */
#include "compiler/base/rng.h"
#include "compiler/net.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { SEED = 20240611, MAX_PRE = 40, MAX_POST = 30 };

struct dice {
    uint64_t state;
};

static uint32_t below(struct dice *dice, uint32_t n)
{
    return (uint32_t)(rng_mix(dice->state++) % n);
}

/* --- views --- */

struct counted { /* a view and, by plain loops, its units */
    struct view view;
    uint32_t unit[512], n;
};

/* Ranges of a 3-D object; a range of one index may be dropped as the language does. */
static void random_view(struct dice *dice, struct counted *out)
{
    uint32_t size[3], lo[3], count[3], step[3], stride[3] = {1, 1, 1};
    for (int d = 0; d < 3; d++)
        size[d] = 1 + below(dice, 6);
    stride[1] = size[2];
    stride[0] = size[1] * size[2];
    memset(out, 0, sizeof *out);
    for (int d = 0; d < 3; d++) {
        lo[d] = below(dice, size[d]);
        step[d] = 1 + below(dice, 3);
        count[d] = 1 + below(dice, (size[d] - 1 - lo[d]) / step[d] + 1);
        out->view.base += lo[d] * stride[d];
        if (count[d] == 1 && below(dice, 2))
            continue;
        out->view.dims.size[out->view.dims.n] = count[d];
        out->view.stride[out->view.dims.n++] = stride[d] * (count[d] > 1 ? step[d] : 1);
    }
    if (out->view.dims.n == 0) {
        out->view.dims = (struct dims){1, {1}};
        out->view.stride[0] = 1;
    }
    for (uint32_t z = 0; z < count[0]; z++)
        for (uint32_t y = 0; y < count[1]; y++)
            for (uint32_t x = 0; x < count[2]; x++)
                out->unit[out->n++] = (lo[0] + z * step[0]) * stride[0]
                                      + (lo[1] + y * step[1]) * stride[1] + lo[2] + x * step[2];
    out->view.size = out->n;
}

static void views_and_positions(void **state)
{
    (void)state;
    struct dice dice = {SEED};
    print_message("seed %d\n", SEED);
    for (int round = 0; round < 2000; round++) {
        struct counted c;
        random_view(&dice, &c);
        for (uint32_t i = 0; i < c.n; i++)
            assert_int_equal(view_unit(&c.view, i), c.unit[i]);
        for (uint32_t unit = 0; unit < 216; unit++) {
            uint32_t expected = NET_NONE;
            for (uint32_t i = 0; i < c.n; i++)
                if (c.unit[i] == unit)
                    expected = i;
            assert_int_equal(view_position(&c.view, unit), expected);
        }
    }
}

/* --- rows --- */

struct plain_edge {
    uint32_t post, pre, attr, repeat;
};

struct plain_edges {
    struct plain_edge at[4096];
    uint32_t n;
};

static void random_edges(struct dice *dice, struct plain_edges *edges, uint32_t n_pre,
                         uint32_t n_post)
{
    edges->n = 0;
    for (uint32_t post = 0; post < n_post; post++) {
        if (below(dice, 3) == 0)
            continue; /* an empty row */
        for (uint32_t pre = 0; pre < n_pre; pre++) {
            for (uint32_t k = below(dice, 4) == 0 ? 1 + below(dice, 2) : 0; k > 0; k--) {
                uint32_t repeat = below(dice, 5) ? 1 : 1 + below(dice, 300);
                edges->at[edges->n++] = (struct plain_edge){post, pre, below(dice, 3), repeat};
            }
        }
    }
}

static void write_term(struct arena *arena, struct net *net, uint32_t term,
                       const struct plain_edges *edges)
{
    struct row_writer *writer = row_writer_new(arena);
    for (uint32_t i = 0; i < edges->n; i++)
        row_writer_edge(writer, edges->at[i].post, edges->at[i].pre, edges->at[i].attr,
                        edges->at[i].repeat);
    row_writer_finish(writer, &net->terms.at[term]);
}

static struct net *two_populations(struct arena *arena)
{
    struct net *net = ARENA_NEW(arena, struct net);
    VEC_PUSH(arena, &net->populations,
             (struct population){.name = "p", .dims = {1, {MAX_POST}}, .size = MAX_POST});
    VEC_PUSH(arena, &net->populations,
             (struct population){
                 .name = "q", .dims = {2, {2, 5}}, .size = 10, .first = MAX_POST, .bias_set = 0});
    VEC_PUSH(arena, &net->inputs,
             (struct input){.name = "i", .dims = {1, {MAX_PRE}}, .size = MAX_PRE});
    net->n_neurons = MAX_POST + 10;
    net->n_inputs = MAX_PRE;
    return net;
}

static void add_projection(struct arena *arena, struct net *net, struct view pre, struct view post)
{
    VEC_PUSH(arena, &net->projections,
             (struct projection){
                 .name = "x", .pre = pre, .post = post, .first_term = net->terms.n, .n_terms = 1});
    VEC_PUSH(arena, &net->terms, (struct term){.projection = net->projections.n - 1});
}

static struct view line(enum unit_kind kind, uint32_t object, uint32_t first, uint32_t n,
                        uint32_t step)
{
    return (struct view){.kind = kind,
                         .object = object,
                         .base = first,
                         .dims = {1, {n}},
                         .stride = {step},
                         .size = n};
}

static void rows_come_back(void **state)
{
    (void)state;
    struct dice dice = {SEED + 1};
    struct plain_edges *edges = malloc(sizeof *edges);
    for (int round = 0; round < 200; round++) {
        struct arena arena;
        arena_init(&arena, NULL);
        struct net *net = two_populations(&arena);
        random_edges(&dice, edges, MAX_PRE, MAX_POST);
        add_projection(&arena, net, line(UNIT_INPUT, 0, 0, MAX_PRE, 1),
                       line(UNIT_NEURON, 0, 0, MAX_POST, 1));
        write_term(&arena, net, 0, edges);
        net_finish(&arena, net);
        struct edge_iter iter;
        struct edge edge;
        uint64_t total = 0;
        uint32_t n = 0;
        net_edges_start(&iter, net, 0, net->n_neurons);
        for (; net_edges_next(&iter, &edge); n++) {
            const struct plain_edge *expected = &edges->at[n];
            assert_true(n < edges->n);
            assert_int_equal(edge.target, expected->post);
            assert_int_equal(edge.source, net->n_neurons + expected->pre);
            assert_int_equal(edge.attr, expected->attr);
            assert_int_equal(edge.repeat, expected->repeat);
            total += edge.repeat;
        }
        assert_int_equal(n, edges->n);
        assert_int_equal(total, net->terms.at[0].n_edges);
        arena_release(&arena);
    }
    free(edges);
}

/* Ranges of targets, put together, give what one range over all gives. */
static void ranges_add_up(void **state)
{
    (void)state;
    struct dice dice = {SEED + 2};
    struct plain_edges *edges = malloc(sizeof *edges);
    struct arena arena;
    arena_init(&arena, NULL);
    struct net *net = two_populations(&arena);
    random_edges(&dice, edges, 20, 10);
    add_projection(&arena, net, line(UNIT_INPUT, 0, 3, 20, 1), line(UNIT_NEURON, 0, 5, 10, 2));
    write_term(&arena, net, 0, edges);
    add_projection(&arena, net, line(UNIT_NEURON, 0, 0, 4, 7), line(UNIT_NEURON, 1, 1, 3, 3));
    net->terms.at[1].all = true;
    net->terms.at[1].attr = 9;
    net->terms.at[1].n_edges = 12;
    net_finish(&arena, net);
    struct edge all[4096];
    uint32_t n = 0, k = 0;
    struct edge_iter iter;
    net_edges_start(&iter, net, 0, net->n_neurons);
    while (net_edges_next(&iter, &all[n]))
        n++;
    assert_int_equal(n, edges->n + 12);
    assert_int_equal(all[n - 1].source, 21);
    assert_int_equal(all[n - 1].target, MAX_POST + 7);
    assert_int_equal(all[n - 1].attr, 9);
    assert_int_equal(all[0].target % 2, 1);
    for (uint32_t first = 0; first < net->n_neurons;) {
        struct edge edge;
        uint32_t end = first + 1 + below(&dice, 6);
        if (end > net->n_neurons)
            end = net->n_neurons;
        net_edges_start(&iter, net, first, end);
        for (; net_edges_next(&iter, &edge); k++)
            assert_memory_equal(&edge, &all[k], sizeof edge);
        first = end;
    }
    assert_int_equal(k, n);
    net_edges_start(&iter, net, 3, 3);
    struct edge none;
    assert_false(net_edges_next(&iter, &none));
    free(edges);
    arena_release(&arena);
}

static void names_and_units(void **state)
{
    (void)state;
    struct arena arena;
    arena_init(&arena, NULL);
    struct net *net = two_populations(&arena);
    VEC_PUSH(&arena, &net->inputs,
             (struct input){.name = "j", .dims = {3, {2, 2, 2}}, .size = 8, .first = MAX_PRE});
    net->n_inputs += 8;
    net_finish(&arena, net);
    static const struct {
        uint32_t source;
        const char *name;
    } cases[] = {{0, "p[0]"},
                 {MAX_POST - 1, "p[29]"},
                 {MAX_POST, "q[0, 0]"},
                 {MAX_POST + 9, "q[1, 4]"},
                 {MAX_POST + 10, "i[0]"},
                 {MAX_POST + 10 + MAX_PRE - 1, "i[39]"},
                 {MAX_POST + 10 + MAX_PRE, "j[0, 0, 0]"},
                 {MAX_POST + 10 + MAX_PRE + 6, "j[1, 1, 0]"}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        assert_string_equal(net_source_name(&arena, net, cases[i].source), cases[i].name);
    assert_int_equal(net_n_sources(net), MAX_POST + 10 + MAX_PRE + 8);
    assert_int_equal(net->population_of[MAX_POST], 1);
    arena_release(&arena);
}

static void test_rate_weights(void **state)
{
    (void)state;
    struct arena arena;
    struct net net = {0};
    arena_init(&arena, NULL);
    VEC_PUSH(&arena, &net.populations, (struct population){.size = 2, .first = 0});
    VEC_PUSH(&arena, &net.populations,
             (struct population){.size = 2, .first = 2, .has_rate = true, .rate_hz = 30});
    net.n_neurons = 4;
    net_finish(&arena, &net);
    const uint32_t stated[] = {1000, 1000, 1000, 1000};
    assert_memory_equal(net.rate_weight, stated, sizeof stated);
    /* 0.0149 of the largest rounds to 15, 0.0004 of it to nothing; without a rate: the largest */
    const double measured[] = {14.9, 0.4, -1, 1000};
    const uint32_t weights[] = {15, 0, 30, 1000};
    net_set_rates(&arena, &net, measured);
    assert_memory_equal(net.rate_weight, weights, sizeof weights);
    const double one[] = {-1, 60, -1, -1};
    const uint32_t others[] = {1000, 1000, 500, 500};
    net_set_rates(&arena, &net, one);
    assert_memory_equal(net.rate_weight, others, sizeof others);
    const double silent[] = {0, 0, 0, 0};
    net_set_rates(&arena, &net, silent);
    assert_null(net.rate_weight);
    net.populations.at[1].has_rate = false;
    net_set_rates(&arena, &net, NULL);
    assert_null(net.rate_weight);
    assert_int_equal(net_rate_weight(&net, 3), 1);
    arena_release(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(views_and_positions), cmocka_unit_test(rows_come_back),
        cmocka_unit_test(ranges_add_up),       cmocka_unit_test(test_rate_weights),
        cmocka_unit_test(names_and_units),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
