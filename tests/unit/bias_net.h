/* Networks by hand for the tests of biases: sets with single requests, populations, and one
 * projection from an input unit per weight. */
#ifndef DYNC_BIAS_NET_H
#define DYNC_BIAS_NET_H

#include "backend/bias.h"

#include <string.h>

#define NA INT64_C(1000000000000) /* in zA */
#define US INT64_C(1000000)       /* in ps */
#define MS (1000 * US)

struct bias_net {
    struct arena arena;
    struct device device;
    struct net net;
    struct diag_sink sink;
    struct bias_plan plan;
    uint32_t place; /* spans are numbered */
};

static inline struct span next_place(struct bias_net *b)
{
    b->place += 10;
    return (struct span){b->place, b->place + 5, 0};
}

static inline void bias_net_init(struct bias_net *b)
{
    memset(b, 0, sizeof *b);
    arena_init(&b->arena, NULL);
    diag_sink_init(&b->sink, &b->arena);
    b->device = *device_dynapse2();
    b->net.n_biases = N_BIASES;
    for (int i = 0; i < N_BIASES; i++)
        b->net.bias_name[i] = b->device.bias[i].name;
    VEC_PUSH(&b->arena, &b->net.inputs,
             (struct input){.name = "src", .dims = {1, {1}}, .size = 1, .first = 0});
    b->net.n_inputs = 1;
}

static inline void bias_net_free(struct bias_net *b)
{
    arena_release(&b->arena);
}

static inline uint32_t add_set(struct bias_net *b, const char *name)
{
    static const char *const slot[NET_SLOTS] = {"w0", "w1", "w2", "w3"};
    struct bias_set set = {.name = name, .span = next_place(b), .parent = NET_NONE};
    set.tolerance = 0.1;
    set.weight_tolerance = 0.05;
    set.delay_tolerance = 0.1;
    for (int i = 0; i < N_BIASES; i++) {
        struct bias_code code = b->device.bias[i].def;
        set.request[i] = (struct bias_request){.kind = REQUEST_DEFAULT,
                                               .coarse = code.coarse,
                                               .fine = code.fine,
                                               .span = span_nowhere()};
    }
    for (int i = 0; i < NET_SLOTS; i++) {
        set.request[BIAS_SYAM_W0_P + i].kind = REQUEST_SOLVED;
        set.slot_name[i] = slot[i];
    }
    VEC_PUSH(&b->arena, &b->net.bias_sets, set);
    return b->net.bias_sets.n - 1;
}

static inline struct bias_set *set_at(struct bias_net *b, uint32_t set)
{
    return &b->net.bias_sets.at[set];
}

static inline void ask_current(struct bias_net *b, uint32_t set, int bias, int64_t za)
{
    set_at(b, set)->request[bias] = (struct bias_request){
        .kind = REQUEST_CURRENT, .za = za, .span = next_place(b), .attribute = "attribute"};
}

static inline void ask_code(struct bias_net *b, uint32_t set, int bias, uint8_t coarse,
                            uint8_t fine)
{
    set_at(b, set)->request[bias] = (struct bias_request){.kind = REQUEST_CODE,
                                                          .coarse = coarse,
                                                          .fine = fine,
                                                          .span = next_place(b),
                                                          .attribute = "attribute"};
}

static inline uint32_t add_population(struct bias_net *b, const char *name, uint32_t set,
                                      uint32_t size)
{
    VEC_PUSH(&b->arena, &b->net.populations,
             (struct population){.name = name,
                                 .dims = {1, {size}},
                                 .size = size,
                                 .first = b->net.n_neurons,
                                 .bias_set = set,
                                 .span = next_place(b)});
    b->net.n_neurons += size;
    return b->net.populations.n - 1;
}

static inline uint32_t add_attr(struct bias_net *b, struct syn_attr attr)
{
    VEC_PUSH(&b->arena, &b->net.attrs, attr);
    return b->net.attrs.n - 1;
}

/* All of the input's one unit to all of a population. */
static inline void connect(struct bias_net *b, uint32_t population, uint32_t attr)
{
    const struct population *post = &b->net.populations.at[population];
    uint32_t t = b->net.terms.n;
    struct span span = next_place(b);
    struct view from = {.kind = UNIT_INPUT, .dims = {1, {1}}, .stride = {1}, .size = 1};
    struct view to = {.kind = UNIT_NEURON,
                      .object = population,
                      .dims = post->dims,
                      .stride = {1},
                      .size = post->size};
    VEC_PUSH(&b->arena, &b->net.projections,
             (struct projection){.name = "src -> it",
                                 .text = "src -> it",
                                 .pre = from,
                                 .post = to,
                                 .first_term = t,
                                 .n_terms = 1,
                                 .span = span});
    VEC_PUSH(&b->arena, &b->net.terms,
             (struct term){.projection = b->net.projections.n - 1,
                           .dendrite = b->net.attrs.at[attr].dendrite,
                           .span = span,
                           .n_edges = post->size,
                           .all = true,
                           .attr = attr});
}

static inline uint32_t connect_amperes(struct bias_net *b, uint32_t population, int64_t za)
{
    uint32_t attr = add_attr(b, (struct syn_attr){.weight_kind = WEIGHT_AMPERES, .weight_za = za});
    connect(b, population, attr);
    return attr;
}

static inline uint32_t connect_slots(struct bias_net *b, uint32_t population, uint8_t mask)
{
    uint32_t attr = add_attr(b, (struct syn_attr){.weight_kind = WEIGHT_SLOTS, .slots = mask});
    connect(b, population, attr);
    return attr;
}

static inline uint32_t connect_delay(struct bias_net *b, uint32_t population, int64_t ps)
{
    uint32_t attr = add_attr(b, (struct syn_attr){.weight_kind = WEIGHT_SLOTS,
                                                  .slots = 1,
                                                  .delay_kind = ps ? DELAY_TIME : DELAY_OMITTED,
                                                  .delay_ps = ps});
    connect(b, population, attr);
    return attr;
}

static inline void bias_net_run(struct bias_net *b, bool solve)
{
    if (!b->net.latches)
        b->net.latches = ARENA_ARRAY(&b->arena, uint16_t, b->net.n_neurons);
    net_finish(&b->arena, &b->net);
    bias_quantise(&b->arena, &b->net, &b->device, &b->sink, &b->plan);
    if (solve)
        bias_solve(&b->arena, &b->net, &b->device, &b->sink, &b->plan);
}

static inline uint32_t findings(const struct bias_net *b, enum diag_code code)
{
    uint32_t n = 0;
    for (uint32_t i = 0; i < b->sink.all.n; i++)
        n += b->sink.all.at[i]->code == code;
    return n;
}

static inline const char *message(const struct bias_net *b, enum diag_code code)
{
    for (uint32_t i = 0; i < b->sink.all.n; i++)
        if (b->sink.all.at[i]->code == code)
            return b->sink.all.at[i]->message;
    return "";
}

#endif
