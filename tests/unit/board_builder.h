/* Random small boards for tests of the backend: a network, a bias plan and a mapping that belong
 * together, made without front end, bias solver or mapper. Every source has a tag of its own and
 * every edge a CAM word of its own. Same seed, same board. */
#ifndef DYNC_BOARD_BUILDER_H
#define DYNC_BOARD_BUILDER_H

#include "backend/emit.h"
#include "compiler/base/rng.h"

#include <string.h>

struct board {
    struct arena *arena;
    struct device device;
    uint64_t state; /* of the dice */
    struct source_set sources;
    struct net net;
    struct bias_plan plan;
    struct mapping mapping;
    struct image image;
};

static inline uint32_t board_below(struct board *b, uint32_t n)
{
    b->state += 0x9E3779B97F4A7C15u;
    return n ? (uint32_t)((rng_mix(b->state) >> 32) % n) : 0;
}

static inline struct dims board_shape(struct board *b, uint32_t *size)
{
    struct dims dims = {.n = 1 + board_below(b, NET_MAX_DIMS)};
    *size = 1;
    for (uint32_t d = 0; d < dims.n; d++) {
        dims.size[d] = 1 + board_below(b, dims.n == 1 ? 20 : dims.n == 2 ? 6 : 3);
        *size *= dims.size[d];
    }
    return dims;
}

static inline struct view board_whole(enum unit_kind kind, uint32_t object, const struct dims *dims,
                                      uint32_t size)
{
    struct view view = {.kind = kind, .object = object, .dims = *dims, .size = size};
    uint32_t stride = 1;
    for (uint32_t d = dims->n; d-- > 0; stride *= dims->size[d])
        view.stride[d] = stride;
    return view;
}

static inline struct view board_view_of(const struct board *b, enum unit_kind kind, uint32_t object)
{
    if (kind == UNIT_INPUT)
        return board_whole(kind, object, &b->net.inputs.at[object].dims,
                           b->net.inputs.at[object].size);
    return board_whole(kind, object, &b->net.populations.at[object].dims,
                       b->net.populations.at[object].size);
}

/* Every second or third unit of the first dimension of a whole view. */
static inline struct view board_strided(struct board *b, struct view view)
{
    uint32_t step = 1 + board_below(b, 3), from = board_below(b, view.dims.size[0]);
    view.size /= view.dims.size[0];
    view.base += from * view.stride[0];
    view.dims.size[0] = (view.dims.size[0] - from + step - 1) / step;
    view.stride[0] *= step;
    view.size *= view.dims.size[0];
    return view;
}

static inline void board_units(struct board *b, uint32_t n_sets)
{
    struct net *net = &b->net;
    uint32_t n_populations = 1 + board_below(b, 4), n_inputs = board_below(b, 3);
    static const char *const odd[] = {"w.e", "hand[2].cell", "a \"quoted\" \\ name",
                                      "neuro\xc3\xbc"};
    for (uint32_t s = 0; s < n_sets; s++) {
        struct bias_set set = {
            .name = arena_printf(b->arena, "set%u", s), .span = {0, 3, 0}, .parent = NET_NONE};
        for (uint32_t i = 0; i < NET_SLOTS; i++)
            set.slot_name[i] = arena_printf(b->arena, "w%u", i);
        VEC_PUSH(b->arena, &net->bias_sets, set);
    }
    for (uint32_t p = 0; p < n_populations; p++) {
        struct population population = {.name = odd[p],
                                        .first = net->n_neurons,
                                        .bias_set = board_below(b, n_sets),
                                        .span = {4, 9, 0}};
        population.dims = board_shape(b, &population.size);
        net->n_neurons += population.size;
        VEC_PUSH(b->arena, &net->populations, population);
    }
    for (uint32_t i = 0; i < n_inputs; i++) {
        struct input input = {
            .name = arena_printf(b->arena, "in%u", i), .first = net->n_inputs, .span = {10, 12, 0}};
        input.dims = board_shape(b, &input.size);
        net->n_inputs += input.size;
        VEC_PUSH(b->arena, &net->inputs, input);
    }
}

static inline void board_attrs(struct board *b)
{
    for (uint32_t i = 0; i < 6; i++) {
        struct syn_attr attr = {.dendrite = (uint8_t)(i % N_DENDRITES),
                                .weight_kind = WEIGHT_SLOTS,
                                .slots = (uint8_t)(1 + board_below(b, 15)),
                                .stp = board_below(b, 2),
                                .share = true};
        VEC_PUSH(b->arena, &b->net.attrs, attr);
    }
}

/* One projection with one term; `room` is how many words each neuron has left. */
static inline void board_projection(struct board *b, uint32_t *room)
{
    struct net *net = &b->net;
    bool from_input = net->inputs.n > 0 && board_below(b, 2);
    uint32_t pre = board_below(b, from_input ? net->inputs.n : net->populations.n);
    uint32_t post = board_below(b, net->populations.n);
    struct projection projection = {.name = arena_printf(b->arena, "p%u", net->projections.n),
                                    .text = "pre -> post",
                                    .first_term = net->terms.n,
                                    .n_terms = 1,
                                    .span = {13, 20, 0}};
    projection.pre = board_view_of(b, from_input ? UNIT_INPUT : UNIT_NEURON, pre);
    projection.post = board_view_of(b, UNIT_NEURON, post);
    struct term term = {.projection = net->projections.n,
                        .dendrite = (uint8_t)board_below(b, N_DENDRITES),
                        .span = {13, 20, 0}};
    struct row_writer *rows = row_writer_new(b->arena);
    for (uint32_t i = 0; i < projection.post.size; i++)
        for (uint32_t j = 0; j < projection.pre.size; j++) {
            uint32_t *left = &room[net->populations.at[post].first + i];
            uint32_t repeat = 1 + board_below(b, 2);
            if (board_below(b, 4) || *left < repeat)
                continue;
            *left -= repeat;
            uint32_t attr = board_below(b, 2) ? term.dendrite : (term.dendrite + 4u) % 6u;
            if (net->attrs.at[attr].dendrite != term.dendrite)
                attr = term.dendrite;
            row_writer_edge(rows, i, j, attr, repeat);
        }
    row_writer_finish(rows, &term);
    VEC_PUSH(b->arena, &net->projections, projection);
    VEC_PUSH(b->arena, &net->terms, term);
}

static inline void board_probes(struct board *b)
{
    struct net *net = &b->net;
    for (uint32_t n = board_below(b, 4); n > 0; n--) {
        bool input = net->inputs.n > 0 && board_below(b, 4) == 0;
        uint32_t object = board_below(b, input ? net->inputs.n : net->populations.n);
        struct probe probe = {.kind = input ? PROBE_SPIKES : (enum probe_kind)board_below(b, 4)};
        probe.view = board_strided(b, board_view_of(b, input ? UNIT_INPUT : UNIT_NEURON, object));
        VEC_PUSH(b->arena, &net->probes, probe);
    }
}

static inline void board_net(struct board *b, uint32_t w, uint32_t h)
{
    struct net *net = &b->net;
    *net = (struct net){.target = b->device.name,
                        .chips = w * h,
                        .grid_w = w,
                        .grid_h = h,
                        .seed = rng_mix(b->state) >> 1,
                        .n_biases = N_BIASES};
    for (uint32_t i = 0; i < N_BIASES; i++)
        net->bias_name[i] = b->device.bias[i].name;
    for (uint32_t i = board_below(b, 3); i > 0; i--) {
        struct define define = {arena_printf(b->arena, "n%u", 9 - i), i == 1 ? "1 \"x\"" : ""};
        VEC_PUSH(b->arena, &net->defines, define);
    }
    board_units(b, 1 + board_below(b, w * h > 1 ? 3 : 2));
    board_attrs(b);
    uint32_t *room = ARENA_ARRAY(b->arena, uint32_t, net->n_neurons);
    for (uint32_t i = 0; i < net->n_neurons; i++)
        room[i] = b->device.cam_words;
    for (uint32_t n = 1 + board_below(b, 5); n > 0; n--)
        board_projection(b, room);
    board_probes(b);
    net->latches = ARENA_ARRAY(b->arena, uint16_t, net->n_neurons);
    for (uint32_t i = 0; i < net->n_neurons; i++)
        net->latches[i] = (uint16_t)(board_below(b, 3) ? 0 : board_below(b, 1u << N_LATCHES));
    net_finish(b->arena, net);
}

static inline void board_plan(struct board *b)
{
    struct net *net = &b->net;
    b->plan.class_of_set = ARENA_ARRAY(b->arena, uint32_t, net->bias_sets.n);
    for (uint32_t s = 0; s < net->bias_sets.n; s++) {
        struct bias_class class = {.weights_optimal = true};
        b->plan.class_of_set[s] = s;
        VEC_PUSH(b->arena, &class.sets, s);
        for (uint32_t i = 0; i < N_BIASES; i++)
            class.code[i] = board_below(b, 2) ? b->device.bias[i].def
                                              : (struct bias_code){(uint8_t)board_below(b, 6),
                                                                   (uint8_t)board_below(b, 256)};
        class.mask = ARENA_ARRAY(b->arena, uint8_t, net->attrs.n);
        class.delay = ARENA_ARRAY(b->arena, uint8_t, net->attrs.n);
        for (uint32_t i = 0; i < net->attrs.n; i++) {
            class.mask[i] = (uint8_t)(1 + board_below(b, 15));
            class.delay[i] = (uint8_t)board_below(b, 4);
        }
        VEC_PUSH(b->arena, &b->plan.classes, class);
    }
}

/* Fills cores class by class; a population goes on where the one before ended. */
static inline void board_place(struct board *b)
{
    struct net *net = &b->net;
    struct mapping *m = &b->mapping;
    uint32_t per_core = b->device.neurons_per_core, core = 0;
    m->n_cores = device_cores(&b->device, net->chips);
    m->n_sites = m->n_cores * per_core;
    m->site_of = ARENA_ARRAY(b->arena, uint32_t, net->n_neurons);
    m->neuron_at = ARENA_ARRAY(b->arena, uint32_t, m->n_sites);
    m->class_of_core = ARENA_ARRAY(b->arena, uint32_t, m->n_cores);
    memset(m->neuron_at, 0xFF, m->n_sites * sizeof *m->neuron_at);
    memset(m->class_of_core, 0xFF, m->n_cores * sizeof *m->class_of_core);
    for (uint32_t s = 0; s < net->bias_sets.n; s++) {
        uint32_t at = per_core; /* the first neuron opens a core */
        for (uint32_t p = 0; p < net->populations.n; p++) {
            const struct population *population = &net->populations.at[p];
            for (uint32_t i = 0; population->bias_set == s && i < population->size; i++) {
                if (at == per_core
                    || (core + net->bias_sets.n < m->n_cores && board_below(b, 40) == 0)) {
                    m->class_of_core[core++] = s;
                    at = board_below(b, 3);
                }
                uint32_t site = (core - 1) * per_core + at++;
                m->site_of[population->first + i] = site;
                m->neuron_at[site] = population->first + i;
            }
        }
    }
}

static inline void board_pieces(struct board *b)
{
    struct mapping *m = &b->mapping;
    uint32_t per_core = b->device.neurons_per_core;
    for (uint32_t p = 0; p < b->net.populations.n; p++)
        for (uint32_t i = 0; i < b->net.populations.at[p].size; i++) {
            uint32_t site = m->site_of[b->net.populations.at[p].first + i];
            struct piece *last = m->pieces.n ? &m->pieces.at[m->pieces.n - 1] : NULL;
            if (i > 0 && last->core == site / per_core
                && last->neuron + last->count == site % per_core) {
                last->count++;
                continue;
            }
            struct piece piece = {p, i, 1, site / per_core, site % per_core};
            VEC_PUSH(b->arena, &m->pieces, piece);
        }
}

static inline void board_words(struct board *b, uint8_t *reached)
{
    struct net *net = &b->net;
    struct mapping *m = &b->mapping;
    struct {
        struct map_word *at;
        uint32_t n, cap;
    } words = {0};
    m->first_word = ARENA_ARRAY(b->arena, uint64_t, (size_t)net->n_neurons + 1);
    m->term_words = ARENA_ARRAY(b->arena, uint64_t, net->terms.n);
    m->shared_tags = ARENA_ARRAY(b->arena, uint32_t, net->terms.n);
    for (uint32_t i = 0; i < net->n_neurons; i++) {
        struct edge_iter iter;
        struct edge edge;
        net_edges_start(&iter, net, i, i + 1);
        while (net_edges_next(&iter, &edge)) {
            uint32_t core = m->site_of[i] / b->device.neurons_per_core;
            reached[(size_t)edge.source * m->n_cores + core] = 1;
            m->term_words[edge.term] += edge.repeat;
            for (uint32_t r = 0; r < edge.repeat; r++) {
                struct map_word word = {(uint16_t)edge.source, edge.attr, edge.term};
                VEC_PUSH(b->arena, &words, word);
            }
        }
        m->first_word[i + 1] = words.n;
    }
    m->words = words.at;
}

static inline void board_routes(struct board *b, const uint8_t *reached)
{
    struct net *net = &b->net;
    struct mapping *m = &b->mapping;
    struct {
        struct route *at;
        uint32_t n, cap;
    } routes = {0};
    m->first_route = ARENA_ARRAY(b->arena, uint64_t, (size_t)net_n_sources(net) + 1);
    m->tags_on_core = ARENA_ARRAY(b->arena, uint32_t, m->n_cores);
    for (uint32_t s = 0; s < net_n_sources(net); s++) {
        for (uint32_t chip = 0; chip < net->chips; chip++) {
            struct route route = {.chip = chip, .tag = (uint16_t)s};
            for (uint32_t c = 0; c < b->device.cores_per_chip; c++) {
                uint32_t core = chip * b->device.cores_per_chip + c;
                if (!reached[(size_t)s * m->n_cores + core])
                    continue;
                route.cores |= (uint8_t)(1u << c);
                m->tags_on_core[core]++;
            }
            if (route.cores)
                VEC_PUSH(b->arena, &routes, route);
        }
        m->first_route[s + 1] = routes.n;
    }
    m->routes = routes.at;
}

static inline uint32_t board_cores_used(const struct board *b)
{
    uint32_t n = 0;
    for (uint32_t core = 0; core < b->mapping.n_cores; core++)
        n += b->mapping.class_of_core[core] != NET_NONE;
    return n;
}

static inline uint32_t board_chips_used(const struct board *b)
{
    uint32_t n = 0, last = UINT32_MAX;
    for (uint32_t core = 0; core < b->mapping.n_cores; core++) {
        uint32_t chip = core / b->device.cores_per_chip;
        if (b->mapping.class_of_core[core] == NET_NONE || chip == last)
            continue;
        last = chip;
        n++;
    }
    return n;
}

static inline void board_sources(struct board *b)
{
    static const char text[] = "bias set0 {}\npopulation w.e\ninput in\np: a -> b\n";
    source_set_init(&b->sources, b->arena, ".");
    source_add(&b->sources, "net.dyn", text, sizeof text - 1);
    source_add(&b->sources, "z.csv", "1,2\n", 4);
    source_add(&b->sources, "skipped.csv", "3\n", 2);
    source_add(&b->sources, "a.npy", "4", 1);
    b->sources.files.at[0]->in_image = true;
    b->sources.files.at[1]->in_image = true;
    b->sources.files.at[3]->in_image = true;
}

/* A board of w x h chips. Its populations have up to 80 neurons together and 1 to 3 bias sets. */
static inline void board_random(struct board *b, struct arena *arena, uint64_t seed, uint32_t w,
                                uint32_t h)
{
    *b = (struct board){.arena = arena, .device = *device_dynapse2(), .state = seed};
    board_sources(b);
    board_net(b, w, h);
    board_plan(b);
    board_place(b);
    board_pieces(b);
    uint8_t *reached =
        ARENA_ARRAY(arena, uint8_t, (size_t)net_n_sources(&b->net) * b->mapping.n_cores);
    board_words(b, reached);
    board_routes(b, reached);
    struct mapping *m = &b->mapping;
    m->cores = m->cores_bound = board_cores_used(b);
    m->chips = m->chips_bound = board_chips_used(b);
    m->cut_bound = m->hops_bound = b->net.chips > 1 ? -1 : 0;
    m->optimal = m->canonical = b->net.chips == 1;
    m->deterministic = true;
    emit_image(arena, &b->net, &b->device, &b->plan, m, &b->sources, "0.1.0", &b->image);
}

#endif
