/* Networks made by hand for tests of the mapper: populations with bias sets, edges one by one. */
#ifndef DYNC_TESTS_NET_BUILDER_H
#define DYNC_TESTS_NET_BUILDER_H

#include "backend/bias.h"
#include "backend/device/device.h"
#include "compiler/base/diag.h"
#include "compiler/base/rng.h"
#include "compiler/net.h"
#include "mapper/fit.h"
#include "mapper/map.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { NB_MAX_SETS = 32 };
struct nb_edge {
    uint32_t post, pre, attr, repeat;
};
struct nb_edge_vec VEC_OF(struct nb_edge);

struct net_builder {
    struct arena arena;
    struct net net;
    struct device device;
    struct bias_plan plan;
    struct diag_sink sink;
    struct mapping mapping;
    struct fit_usage usage;
    struct map_options options;
};

static inline struct span nb_span(uint32_t line)
{
    return (struct span){line * 100, line * 100 + 10, 0};
}

static inline void nb_init(struct net_builder *b)
{
    memset(b, 0, sizeof *b);
    arena_init(&b->arena, NULL);
    diag_sink_init(&b->sink, &b->arena);
    b->device = *device_dynapse2();
    b->net.target = "dynapse2";
    b->net.chips = b->net.grid_w = b->net.grid_h = 1;
    b->net.target_span = nb_span(1);
    b->net.n_biases = N_BIASES;
    for (uint32_t i = 0; i < N_BIASES; i++)
        b->net.bias_name[i] = b->device.bias[i].name;
}

static inline void nb_free(struct net_builder *b)
{
    arena_release(&b->arena);
}

/* Names live in the arena; set k has its own codes. */
static inline uint32_t nb_set(struct net_builder *b, const char *name)
{
    struct bias_set set;
    struct bias_class class;
    memset(&set, 0, sizeof set);
    memset(&class, 0, sizeof class);
    set.name = arena_strdup(&b->arena, name);
    set.span = nb_span(10 + b->net.bias_sets.n);
    set.parent = NET_NONE;
    VEC_PUSH(&b->arena, &b->net.bias_sets, set);
    class.code[BIAS_SOIF_LEAK_N] = (struct bias_code){1, (uint8_t)b->plan.classes.n};
    VEC_PUSH(&b->arena, &class.sets, b->net.bias_sets.n - 1);
    VEC_PUSH(&b->arena, &b->plan.classes, class);
    if (!b->plan.class_of_set)
        b->plan.class_of_set = ARENA_ARRAY(&b->arena, uint32_t, NB_MAX_SETS);
    b->plan.class_of_set[b->net.bias_sets.n - 1] = b->plan.classes.n - 1;
    return b->net.bias_sets.n - 1;
}

static inline uint32_t nb_population(struct net_builder *b, const char *name, uint32_t size,
                                     uint32_t set)
{
    struct population p = {.name = arena_strdup(&b->arena, name),
                           .dims = {1, {size}},
                           .size = size,
                           .first = b->net.n_neurons,
                           .bias_set = set,
                           .span = nb_span(20 + b->net.populations.n)};
    b->net.n_neurons += size;
    VEC_PUSH(&b->arena, &b->net.populations, p);
    return b->net.populations.n - 1;
}

static inline uint32_t nb_input(struct net_builder *b, const char *name, uint32_t size)
{
    struct input input = {.name = arena_strdup(&b->arena, name),
                          .dims = {1, {size}},
                          .size = size,
                          .first = b->net.n_inputs,
                          .span = nb_span(15 + b->net.inputs.n)};
    b->net.n_inputs += size;
    VEC_PUSH(&b->arena, &b->net.inputs, input);
    return b->net.inputs.n - 1;
}

static inline struct view nb_view(enum unit_kind kind, uint32_t object, uint32_t first,
                                  uint32_t size)
{
    return (struct view){.kind = kind,
                         .object = object,
                         .base = first,
                         .dims = {1, {size}},
                         .stride = {1},
                         .size = size};
}
static inline struct view nb_neurons(const struct net_builder *b, uint32_t population)
{
    return nb_view(UNIT_NEURON, population, 0, b->net.populations.at[population].size);
}
static inline struct view nb_inputs(const struct net_builder *b, uint32_t input)
{
    return nb_view(UNIT_INPUT, input, 0, b->net.inputs.at[input].size);
}

static inline uint32_t nb_attr(struct net_builder *b, enum dendrite dendrite, uint8_t slots,
                               bool share)
{
    struct attr_table *attrs = &b->net.attrs;
    for (uint32_t a = 0; a < attrs->n; a++)
        if (attrs->at[a].dendrite == dendrite && attrs->at[a].slots == slots
            && attrs->at[a].share == share)
            return a;
    VEC_PUSH(&b->arena, attrs,
             (struct syn_attr){.dendrite = (uint8_t)dendrite, .slots = slots, .share = share});
    return attrs->n - 1;
}

/* A projection of one term. edges: by post, then pre, as row_writer_edge() wants them. */
static inline uint32_t nb_project(struct net_builder *b, const char *text, struct view pre,
                                  struct view post, const struct nb_edge_vec *edges)
{
    struct projection p = {.name = arena_strdup(&b->arena, text),
                           .text = arena_strdup(&b->arena, text),
                           .pre = pre,
                           .post = post,
                           .first_term = b->net.terms.n,
                           .n_terms = 1,
                           .span = nb_span(40 + b->net.projections.n)};
    struct term term = {.projection = b->net.projections.n, .span = p.span};
    struct row_writer *writer = row_writer_new(&b->arena);
    for (uint32_t i = 0; i < edges->n; i++)
        row_writer_edge(writer, edges->at[i].post, edges->at[i].pre, edges->at[i].attr,
                        edges->at[i].repeat);
    if (edges->n)
        term.dendrite = b->net.attrs.at[edges->at[0].attr].dendrite;
    row_writer_finish(writer, &term);
    VEC_PUSH(&b->arena, &b->net.projections, p);
    VEC_PUSH(&b->arena, &b->net.terms, term);
    return b->net.terms.n - 1;
}

static inline uint32_t nb_all_to_all(struct net_builder *b, const char *text, struct view pre,
                                     struct view post, uint32_t attr)
{
    struct nb_edge_vec none = {NULL, 0, 0};
    uint32_t t = nb_project(b, text, pre, post, &none);
    struct term *term = &b->net.terms.at[t];
    term->all = true;
    term->attr = attr;
    term->dendrite = b->net.attrs.at[attr].dendrite;
    term->n_edges = (uint64_t)pre.size * post.size;
    return t;
}

/* Post i hears pres (i * step + 0 .. k-1) modulo the number of pres. */
static inline uint32_t nb_band(struct net_builder *b, const char *text, struct view pre,
                               struct view post, uint32_t k, uint32_t step, uint32_t attr)
{
    struct nb_edge_vec edges = {NULL, 0, 0};
    for (uint32_t i = 0; i < post.size; i++)
        for (uint32_t j = 0; j < pre.size; j++)
            if ((j + pre.size - i * step % pre.size) % pre.size < k)
                VEC_PUSH(&b->arena, &edges, (struct nb_edge){i, j, attr, 1});
    return nb_project(b, text, pre, post, &edges);
}

/* Every post hears k pres drawn by hash. */
static inline uint32_t nb_random(struct net_builder *b, const char *text, struct view pre,
                                 struct view post, uint32_t k, uint64_t seed, uint32_t attr)
{
    struct nb_edge_vec edges = {NULL, 0, 0};
    for (uint32_t i = 0; i < post.size; i++)
        for (uint32_t j = 0, left = k; j < pre.size && left > 0; j++)
            if (rng_bits(seed, j, i) % (pre.size - j) < left) {
                VEC_PUSH(&b->arena, &edges, (struct nb_edge){i, j, attr, 1});
                left--;
            }
    return nb_project(b, text, pre, post, &edges);
}

static inline struct place *nb_place(struct net_builder *b, enum place_kind kind, uint32_t n, ...)
{
    struct place place = {.kind = kind, .span = nb_span(70 + b->net.places.n)};
    va_list views;
    va_start(views, n);
    for (uint32_t i = 0; i < n; i++)
        VEC_PUSH(&b->arena, &place.views, nb_neurons(b, va_arg(views, uint32_t)));
    va_end(views);
    VEC_PUSH(&b->arena, &b->net.places, place);
    return &b->net.places.at[b->net.places.n - 1];
}

static inline void nb_probe(struct net_builder *b, struct view view, enum probe_kind kind)
{
    VEC_PUSH(&b->arena, &b->net.probes, (struct probe){view, kind, nb_span(60 + b->net.probes.n)});
}

static inline void nb_finish(struct net_builder *b)
{
    net_finish(&b->arena, &b->net);
    if (!b->net.latches)
        b->net.latches = ARENA_ARRAY(&b->arena, uint16_t, b->net.n_neurons);
}

static inline bool nb_fit(struct net_builder *b)
{
    return fit_check(&b->arena, &b->net, &b->device, &b->plan, &b->sink, &b->usage);
}
static inline enum map_status nb_map(struct net_builder *b)
{
    return map_network(&b->arena, &b->net, &b->device, &b->plan, &b->options, &b->sink,
                       &b->mapping);
}

/* The first finding with this code, or NULL. */
static inline const struct diag *nb_found(const struct net_builder *b, enum diag_code code)
{
    for (uint32_t i = 0; i < b->sink.all.n; i++)
        if (b->sink.all.at[i]->code == code)
            return b->sink.all.at[i];
    return NULL;
}
static inline void nb_expect(const struct net_builder *b, enum diag_code code, const char *message)
{
    const struct diag *diag = nb_found(b, code);
    if (!diag)
        fail_msg("%s was not reported", diag_info(code)->code);
    else
        assert_string_equal(diag->message, message);
}

#endif
