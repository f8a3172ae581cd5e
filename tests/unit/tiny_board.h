/* The board of tests/oracle/tiny.dynimg.hex, as network, plan and mapping. */
#ifndef DYNC_TINY_BOARD_H
#define DYNC_TINY_BOARD_H

#include "tests/unit/board_builder.h"

static inline struct device tiny_device(void)
{
    struct device device = *device_dynapse2();
    device.cores_per_chip = 2;
    device.neurons_per_core = 3;
    device.cam_words = device.sram_words = 2;
    return device;
}

static inline uint32_t tiny_term(struct board *b, const char *name, struct view pre,
                                 struct view post, uint8_t dendrite)
{
    struct net *net = &b->net;
    struct projection projection = {.name = name,
                                    .text = name,
                                    .pre = pre,
                                    .post = post,
                                    .first_term = net->terms.n,
                                    .n_terms = 1};
    projection.span = (struct span){net->terms.n * 4, net->terms.n * 4 + 3, 0};
    struct term term = {.projection = net->projections.n, .dendrite = dendrite};
    struct syn_attr attr = {.dendrite = dendrite,
                            .weight_kind = WEIGHT_SLOTS,
                            .share = true,
                            .stp = dendrite == DENDRITE_SHUNT};
    VEC_PUSH(b->arena, &net->projections, projection);
    VEC_PUSH(b->arena, &net->terms, term);
    VEC_PUSH(b->arena, &net->attrs, attr);
    return net->terms.n - 1;
}

static inline void tiny_edge(struct board *b, uint32_t term, uint32_t pre)
{
    struct term *t = &b->net.terms.at[term];
    struct row_writer *rows = row_writer_new(b->arena);
    row_writer_edge(rows, 0, pre, term, 1);
    row_writer_finish(rows, t);
}

static inline void tiny_net(struct board *b)
{
    struct net *net = &b->net;
    *net = (struct net){.target = b->device.name,
                        .chips = 1,
                        .grid_w = 1,
                        .grid_h = 1,
                        .seed = 42,
                        .n_biases = N_BIASES};
    for (uint32_t i = 0; i < N_BIASES; i++)
        net->bias_name[i] = b->device.bias[i].name;
    VEC_PUSH(b->arena, &net->defines, (struct define){"n", "3"});
    for (uint32_t s = 0; s < 2; s++) {
        struct bias_set set = {.name = s ? "slow" : "fast", .span = {0, 3, 0}, .parent = NET_NONE};
        for (uint32_t i = 0; i < NET_SLOTS; i++)
            set.slot_name[i] = arena_printf(b->arena, "w%u", i);
        VEC_PUSH(b->arena, &net->bias_sets, set);
    }
    struct population pa = {.name = "a", .dims = {1, {2}}, .size = 2};
    struct population pb = {.name = "b", .dims = {2, {1, 1}}, .size = 1, .first = 2, .bias_set = 1};
    struct input in = {.name = "in", .dims = {1, {2}}, .size = 2};
    VEC_PUSH(b->arena, &net->populations, pa);
    VEC_PUSH(b->arena, &net->populations, pb);
    VEC_PUSH(b->arena, &net->inputs, in);
    net->n_neurons = 3;
    net->n_inputs = 2;
    struct view va = board_view_of(b, UNIT_NEURON, 0), vb = board_view_of(b, UNIT_NEURON, 1);
    struct view vin = board_view_of(b, UNIT_INPUT, 0);
    tiny_edge(b, tiny_term(b, "in -> a", vin, va, DENDRITE_AMPA), 0);
    tiny_edge(b, tiny_term(b, "a -> b", va, vb, DENDRITE_NMDA), 0);
    tiny_edge(b, tiny_term(b, "rest", va, vb, DENDRITE_SHUNT), 1);
    VEC_PUSH(b->arena, &net->probes, (struct probe){.view = va, .kind = PROBE_SPIKES});
    net->latches = ARENA_ARRAY(b->arena, uint16_t, 3);
    net->latches[1] = 1u << LATCH_so_adaptation;
    net->latches[2] = 1u << LATCH_ho_active;
    net_finish(b->arena, net);
}

static inline void tiny_plan(struct board *b)
{
    static uint8_t mask[3] = {1, 10, 4}, delay[3] = {0, 1, 2};
    b->plan.class_of_set = ARENA_ARRAY(b->arena, uint32_t, 2);
    for (uint32_t s = 0; s < 2; s++) {
        struct bias_class class = {.weights_optimal = true, .mask = mask, .delay = delay};
        for (uint32_t i = 0; i < N_BIASES; i++)
            class.code[i] = (struct bias_code){(uint8_t)(i % 6), (uint8_t)(4 * i + s)};
        VEC_PUSH(b->arena, &class.sets, s);
        b->plan.class_of_set[s] = s;
        VEC_PUSH(b->arena, &b->plan.classes, class);
    }
}

static inline void tiny_mapping(struct board *b)
{
    static uint32_t site_of[] = {0, 1, 5}, neuron_at[] = {0, 1, NET_NONE, NET_NONE, NET_NONE, 2};
    static uint32_t class_of_core[] = {0, 1}, tags[] = {1, 2}, shared[3] = {0};
    static uint64_t first_route[] = {0, 1, 2, 2, 3, 3}, first_word[] = {0, 1, 1, 3};
    static uint64_t term_words[] = {1, 1, 1};
    static struct route routes[] = {{0, 2, 517}, {0, 2, 2047}, {0, 1, 0}};
    static struct map_word words[] = {{0, 0, 0}, {517, 1, 1}, {2047, 2, 2}};
    struct piece pieces[] = {{0, 0, 2, 0, 0}, {1, 0, 1, 1, 2}};
    b->mapping = (struct mapping){.n_cores = 2,
                                  .n_sites = 6,
                                  .site_of = site_of,
                                  .neuron_at = neuron_at,
                                  .class_of_core = class_of_core,
                                  .first_route = first_route,
                                  .routes = routes,
                                  .first_word = first_word,
                                  .words = words,
                                  .tags_on_core = tags,
                                  .shared_tags = shared,
                                  .term_words = term_words,
                                  .cores = 2,
                                  .cores_bound = 2,
                                  .chips = 1,
                                  .chips_bound = 1,
                                  .optimal = true,
                                  .canonical = true,
                                  .deterministic = true};
    VEC_PUSH(b->arena, &b->mapping.pieces, pieces[0]);
    VEC_PUSH(b->arena, &b->mapping.pieces, pieces[1]);
}

static inline void board_tiny(struct board *b, struct arena *arena)
{
    *b = (struct board){.arena = arena, .device = tiny_device()};
    source_set_init(&b->sources, arena, ".");
    source_add(&b->sources, "net.dyn", "abc", 3);
    source_add(&b->sources, "a.npy", "", 0);
    b->sources.files.at[0]->in_image = b->sources.files.at[1]->in_image = true;
    tiny_net(b);
    tiny_plan(b);
    tiny_mapping(b);
    emit_image(arena, &b->net, &b->device, &b->plan, &b->mapping, &b->sources, "0.1.0", &b->image);
}

#endif
