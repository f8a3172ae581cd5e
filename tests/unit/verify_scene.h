/* A small network and a correct image of it, both made by hand: what the tests of the verifier
 * spoil.
 *
 *     src[2] -> exc[3]   ampa  all pairs, w0                     input tags 10, 11
 *     exc[3] -> inh[2,2] nmda  3.1 nA (1 + 2 nA), to inh[i]      exc tags 20, 21, 22
 *     inh    -> exc      gaba  w1, twice, from inh[0, 0]         tag 5
 *     exc    -> exc      shunt solved weight, exc[0], exc[1] -> exc[2], one shared tag 7
 *
 * exc[0 .. 1] stand on core 0, exc[2] on core 2, inh on core 1 from neuron 10; core 3 is empty. */
#ifndef DYNC_VERIFY_SCENE_H
#define DYNC_VERIFY_SCENE_H

#include "backend/verify/layout.h"
#include "tests/unit/verify_image_writer.h"

#define NA INT64_C(1000000000000) /* zA */
enum { SLOT0 = 44, SOIF_LEAK = 1, SOIF_SPKTHR = 4, EXC_CORE = 0, INH_CORE = 1, FAR_CORE = 2 };
enum { EXC0 = 0, EXC1 = 1, EXC2 = FAR_CORE * W_NEURONS, INH = INH_CORE * W_NEURONS + 10 };
enum { LATCH_TYPE = 1 << 12 };

struct scene {
    struct arena *arena;
    struct net net;
    struct model *model;
    const char *tool;
};

static inline uint32_t scene_nearest(uint32_t bias, int64_t za)
{
    int64_t current[LAYOUT_CODES];
    layout_currents(bias, current);
    struct code code = layout_nearest(current, za);
    return (uint32_t)code.coarse * LAYOUT_FINE + code.fine;
}

/* The request that slot w2 at (3, 200) meets without any error. */
static inline int64_t scene_solved_weight(void)
{
    int64_t current[LAYOUT_CODES];
    layout_currents(SLOT0 + 2, current);
    return current[3 * LAYOUT_FINE + 200];
}

static inline void scene_current(struct bias_set *set, uint32_t bias, int64_t za)
{
    set->request[bias] = (struct bias_request){.kind = REQUEST_CURRENT, .za = za};
}

static inline struct bias_set scene_set(const char *name)
{
    struct bias_set set = {.name = name,
                           .parent = NET_NONE,
                           .span = span_nowhere(),
                           .tolerance = 0.1,
                           .weight_tolerance = 0.05,
                           .delay_tolerance = 0.1};
    for (uint32_t i = 0; i < layout.n_biases; i++) {
        struct code quiet = layout_bias(i)->quiet;
        set.request[i] = (struct bias_request){
            .coarse = quiet.coarse, .fine = quiet.fine, .span = span_nowhere()};
    }
    scene_current(&set, SLOT0, 1 * NA);
    scene_current(&set, SLOT0 + 1, 2 * NA);
    scene_current(&set, SLOT0 + 2, 4 * NA);
    scene_current(&set, SLOT0 + 3, 8 * NA);
    return set;
}

static inline void scene_population(struct scene *s, const char *name, struct dims dims,
                                    uint32_t set)
{
    uint32_t size = 1;
    for (uint32_t d = 0; d < dims.n; d++)
        size *= dims.size[d];
    struct population population = {.name = name,
                                    .dims = dims,
                                    .size = size,
                                    .first = s->net.n_neurons,
                                    .bias_set = set,
                                    .span = span_nowhere()};
    VEC_PUSH(s->arena, &s->net.populations, population);
    s->net.n_neurons += size;
}

static inline struct view scene_view(enum unit_kind kind, uint32_t object, uint32_t size)
{
    return (struct view){
        .kind = kind, .object = object, .dims = {1, {size}}, .stride = {1}, .size = size};
}

/* A projection with one term; rows are added by the caller. */
static inline void scene_projection(struct scene *s, const char *name, struct view pre,
                                    struct view post, struct syn_attr attr)
{
    struct projection projection = {.name = name,
                                    .text = name,
                                    .pre = pre,
                                    .post = post,
                                    .first_term = s->net.terms.n,
                                    .n_terms = 1,
                                    .span = span_nowhere()};
    struct term term = {.projection = s->net.projections.n,
                        .dendrite = attr.dendrite,
                        .attr = s->net.attrs.n,
                        .span = span_nowhere()};
    VEC_PUSH(s->arena, &s->net.projections, projection);
    VEC_PUSH(s->arena, &s->net.terms, term);
    VEC_PUSH(s->arena, &s->net.attrs, attr);
}

static inline void scene_edges(struct scene *s, uint32_t n, const uint32_t (*pair)[2],
                               uint32_t repeat)
{
    struct term *term = &s->net.terms.at[s->net.terms.n - 1];
    struct row_writer *writer = row_writer_new(s->arena);
    for (uint32_t i = 0; i < n; i++)
        row_writer_edge(writer, pair[i][1], pair[i][0], term->attr, repeat);
    row_writer_finish(writer, term);
}

static inline void scene_synapses(struct scene *s)
{
    static const uint32_t one[3][2] = {{0, 0}, {1, 1}, {2, 2}};
    static const uint32_t back[3][2] = {{0, 0}, {0, 1}, {0, 2}};
    static const uint32_t both[2][2] = {{0, 2}, {1, 2}};
    struct view src = scene_view(UNIT_INPUT, 0, 2), exc = scene_view(UNIT_NEURON, 0, 3);
    struct view inh = scene_view(UNIT_NEURON, 1, 4);
    scene_projection(s, "src -> exc", src, exc,
                     (struct syn_attr){.dendrite = DENDRITE_AMPA, .slots = 1, .share = true});
    s->net.terms.at[0].all = true;
    s->net.terms.at[0].n_edges = 6;
    scene_projection(s, "exc -> inh", exc, inh,
                     (struct syn_attr){.dendrite = DENDRITE_NMDA,
                                       .weight_kind = WEIGHT_AMPERES,
                                       .weight_za = 3 * NA + NA / 10});
    scene_edges(s, 3, one, 1);
    scene_projection(s, "inh -> exc", inh, exc,
                     (struct syn_attr){.dendrite = DENDRITE_GABA, .slots = 2, .stp = true});
    scene_edges(s, 3, back, 2);
    scene_projection(s, "exc -> exc", exc, exc,
                     (struct syn_attr){.dendrite = DENDRITE_SHUNT,
                                       .weight_kind = WEIGHT_AMPERES,
                                       .weight_za = scene_solved_weight(),
                                       .share = true});
    scene_edges(s, 2, both, 1);
}

static inline void scene_net(struct scene *s)
{
    struct net *net = &s->net;
    struct bias_set pc = scene_set("pc"), pv = scene_set("pv");
    net->target = "dynapse2";
    net->chips = net->grid_w = net->grid_h = 1;
    net->seed = 7;
    net->n_biases = layout.n_biases;
    for (uint32_t i = 0; i < layout.n_biases; i++)
        net->bias_name[i] = layout_bias(i)->name;
    VEC_PUSH(s->arena, &net->defines, (struct define){"n", "3"});
    scene_current(&pc, SOIF_LEAK, 5319000000);
    pc.request[SOIF_SPKTHR] = (struct bias_request){.kind = REQUEST_CODE, .coarse = 4, .fine = 100};
    pc.request[SLOT0 + 2].kind = pc.request[SLOT0 + 3].kind = REQUEST_SOLVED;
    VEC_PUSH(s->arena, &net->bias_sets, pc);
    VEC_PUSH(s->arena, &net->bias_sets, pv);
    scene_population(s, "exc", (struct dims){1, {3}}, 0);
    scene_population(s, "inh", (struct dims){2, {2, 2}}, 1);
    struct input src = {.name = "src", .dims = {1, {2}}, .size = 2, .span = span_nowhere()};
    VEC_PUSH(s->arena, &net->inputs, src);
    net->n_inputs = 2;
    scene_synapses(s);
    net->latches = ARENA_ARRAY(s->arena, uint16_t, net->n_neurons);
    net->latches[0] = net->latches[1] = net->latches[2] = LATCH_TYPE;
    VEC_PUSH(s->arena, &net->probes,
             (struct probe){scene_view(UNIT_NEURON, 0, 3), PROBE_SPIKES, span_nowhere()});
    VEC_PUSH(s->arena, &net->probes,
             (struct probe){scene_view(UNIT_INPUT, 0, 2), PROBE_SPIKES, span_nowhere()});
    net_finish(s->arena, net);
}

static inline void scene_code(struct model *m, uint32_t core, uint32_t bias, uint32_t code)
{
    m->bias[core][bias][0] = (uint8_t)(code / LAYOUT_FINE);
    m->bias[core][bias][1] = (uint8_t)(code % LAYOUT_FINE);
}

static inline void scene_codes(struct model *m)
{
    for (uint32_t core = 0; core < W_CORES; core++) {
        for (uint32_t i = 0; i < W_BIASES; i++) {
            struct code quiet = layout_bias(i)->quiet;
            scene_code(m, core, i, (uint32_t)quiet.coarse * LAYOUT_FINE + quiet.fine);
        }
        for (uint32_t i = 0; i < NET_SLOTS && core < 3; i++)
            scene_code(m, core, SLOT0 + i, scene_nearest(SLOT0 + i, NA << i));
    }
    for (uint32_t core = EXC_CORE; core <= FAR_CORE; core += FAR_CORE) {
        scene_code(m, core, SOIF_LEAK, scene_nearest(SOIF_LEAK, 5319000000));
        scene_code(m, core, SOIF_SPKTHR, 4 * LAYOUT_FINE + 100);
        scene_code(m, core, SLOT0 + 2, 3 * LAYOUT_FINE + 200);
        scene_code(m, core, SLOT0 + 3, 0);
    }
}

static inline void scene_words(struct model *m)
{
    static const uint32_t exc[3] = {EXC0, EXC1, EXC2};
    for (uint32_t i = 0; i < 3; i++) {
        uint32_t *cam = m->cam[exc[i]], *sram = m->sram[exc[i]];
        *cam++ = w_cam(5, DENDRITE_GABA, 3, true, 2);
        *cam++ = w_cam(5, DENDRITE_GABA, 3, true, 2);
        if (i == 2)
            *cam++ = w_cam(7, DENDRITE_SHUNT, 3, false, 4);
        *cam++ = w_cam(10, DENDRITE_AMPA, 3, false, 1);
        *cam++ = w_cam(11, DENDRITE_AMPA, 3, false, 1);
        if (i < 2)
            *sram++ = w_sram(1 << FAR_CORE, 0, 0, 7);
        *sram++ = w_sram(1 << INH_CORE, 0, 0, 20 + i);
        *sram++ = w_monitor(exc[i]);
        m->cam[INH + i][0] = w_cam(20 + i, DENDRITE_NMDA, 3, false, 3);
        m->latch[exc[i]] = LATCH_TYPE;
    }
    m->sram[INH][0] = w_sram(1 << EXC_CORE | 1 << FAR_CORE, 0, 0, 5);
}

static inline void scene_symbols(struct model *m)
{
    m->n_populations = 2;
    m->population[0] = (struct w_object){.name = "exc",
                                         .n_dims = 1,
                                         .dims = {3},
                                         .n_pieces = 2,
                                         .piece = {{0, 2, 0, 0, 0}, {2, 1, 0, 2, 0}}};
    m->population[1] = (struct w_object){
        .name = "inh", .n_dims = 2, .dims = {2, 2}, .n_pieces = 1, .piece = {{0, 4, 0, 1, 10}}};
    m->n_inputs = 1;
    m->input[0] = (struct w_object){.name = "src", .n_dims = 1, .dims = {2}, .n_dests = {1, 1}};
    m->input[0].dest[0][0] = w_sram(1 << EXC_CORE | 1 << FAR_CORE, 0, 0, 10);
    m->input[0].dest[1][0] = w_sram(1 << EXC_CORE | 1 << FAR_CORE, 0, 0, 11);
    m->n_probes = 2;
    m->probe[0] = (struct w_probe){.n = 3, .unit = {0, 1, 2}};
    m->probe[1] = (struct w_probe){.unit_kind = 1, .n = 2, .unit = {0, 1}};
}

/* Number of a setting; the last of all plus one if there is none of this name. */
static inline uint16_t scene_setting_number(const char *prefix, const char *name)
{
    struct layout_setting setting;
    uint16_t i = 0;
    while (layout_setting(i, &setting)
           && (strcmp(setting.prefix, prefix) != 0 || strcmp(setting.name, name) != 0))
        i++;
    return i;
}

static inline void scene_setting(struct model *m, const char *prefix, const char *name, uint8_t a,
                                 uint8_t b)
{
    m->setting[m->n_settings++] = (struct w_setting){0, scene_setting_number(prefix, name), {a, b}};
}

static inline void scene_start(struct scene *s, struct arena *arena)
{
    *s = (struct scene){.arena = arena, .tool = "1.2.3"};
    scene_net(s);
    struct model *m = s->model = ARENA_NEW(arena, struct model);
    m->tool = "1.2.3";
    m->target = "dynapse2";
    m->revision = m->chips = m->w = m->h = 1;
    m->seed = 7;
    m->n_defines = 1;
    m->define[0] = (struct define){"n", "3"};
    m->n_files = 3;
    m->file[0] = "net.dyn";
    m->file[1] = "a.npy";
    m->file[2] = "b.npy";
    scene_codes(m);
    scene_words(m);
    scene_symbols(m);
}

/* A fault to spoil a scene with, the checks that have to name it, and the exit. */
struct fault {
    const char *name, *checks;
    int exit_code;
    void (*spoil)(struct scene *s);
};
#define FAULT(checks, exit_code, name)                                                             \
    {                                                                                              \
#name, checks, exit_code, name                                                             \
    }

#endif
