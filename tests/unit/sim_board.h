/* Images made by hand for tests of the simulator: no compiler, no mapper. */
#ifndef DYNC_SIM_BOARD_H
#define DYNC_SIM_BOARD_H

#include "backend/image.h"
#include "runtime/sim.h"

#include <string.h>

enum { AMPA, GABA, NMDA, SHUNT };

struct sim_board {
    struct arena arena;
    struct device device; /* a copy: tests may shrink it before sim_board_image */
    struct image image;
    uint32_t n_cam[4096]; /* CAM and SRAM words used, by site */
    uint32_t n_sram[4096];
};

static inline void sim_board_init(struct sim_board *b)
{
    memset(b, 0, sizeof *b);
    arena_init(&b->arena, NULL);
    b->device = *device_dynapse2();
}

static inline void sim_board_image(struct sim_board *b, uint32_t grid_w, uint32_t grid_h)
{
    struct image_meta meta = {.tool = "0",
                              .target = "dynapse2",
                              .chips = grid_w * grid_h,
                              .grid_w = grid_w,
                              .grid_h = grid_h};
    image_init(&b->arena, &b->image, &b->device, &meta);
}

/* One chip and a population of n neurons from the first neuron of core 0 on. */
static inline void sim_board_population(struct sim_board *b, const char *name, uint32_t n,
                                        uint32_t core, uint32_t neuron)
{
    struct image_population population = {.name = name, .n_dims = 1, .dims = {n}};
    struct image_piece piece = {.count = n, .core = core, .neuron = neuron};
    VEC_PUSH(&b->arena, &population.pieces, piece);
    VEC_PUSH(&b->arena, &b->image.populations, population);
}

static inline void sim_board_one_chip(struct sim_board *b, uint32_t n)
{
    sim_board_init(b);
    sim_board_image(b, 1, 1);
    sim_board_population(b, "cell", n, 0, 0);
}

/* Sets the nearest code; returns the current it gives, A. */
static inline double sim_board_bias(struct sim_board *b, uint32_t core, enum bias_id bias,
                                    double amperes)
{
    struct bias_code code = device_bias_nearest(&b->device, (int)bias, (int64_t)(amperes * 1e21));
    b->image.bias[core * N_BIASES + bias] = code;
    return 1e-21 * (double)device_bias_za(&b->device, (int)bias, code);
}

static inline void sim_board_latch(struct sim_board *b, size_t site, enum latch_id latch)
{
    b->image.latch[site] |= (uint16_t)(1u << latch);
}

static inline uint32_t sim_board_cam_word(const struct sim_board *b, uint32_t tag, int type,
                                          uint32_t mask)
{
    uint32_t word = field_put(&b->device, FIELD_cam_tag, 0, tag);
    word = field_put(&b->device, FIELD_cam_dendrite, word, 8u >> type);
    return field_put(&b->device, FIELD_cam_weight, word, mask);
}

static inline void sim_board_listen(struct sim_board *b, size_t site, uint32_t tag, int type,
                                    uint32_t mask)
{
    b->image.cam[site * b->device.cam_words + b->n_cam[site]++] =
        sim_board_cam_word(b, tag, type, mask);
}

static inline uint32_t sim_board_route(const struct sim_board *b, uint32_t cores, int x, int y,
                                       uint32_t tag)
{
    uint32_t word = field_put(&b->device, FIELD_sram_cores, 0, cores);
    word = field_put(&b->device, FIELD_sram_x, word, (uint32_t)(x + (int)b->device.max_hop));
    word = field_put(&b->device, FIELD_sram_y, word, (uint32_t)(y + (int)b->device.max_hop));
    return field_put(&b->device, FIELD_sram_tag, word, tag);
}

static inline void sim_board_send(struct sim_board *b, size_t site, uint32_t word)
{
    b->image.sram[site * b->device.sram_words + b->n_sram[site]++] = word;
}

/* An input whose unit i sends tag first_tag + i to the cores of the mask on chip (0, 0). */
static inline void sim_board_input(struct sim_board *b, const char *name, uint32_t size,
                                   uint32_t cores, uint32_t first_tag)
{
    struct image_input input = {.name = name, .n_dims = 1, .dims = {size}, .size = size};
    input.first_dest = ARENA_ARRAY(&b->arena, uint32_t, size + 1);
    input.dest = ARENA_ARRAY(&b->arena, uint32_t, size);
    for (uint32_t i = 0; i < size; i++) {
        input.first_dest[i + 1] = i + 1;
        input.dest[i] = sim_board_route(b, cores, 0, 0, first_tag + i);
    }
    VEC_PUSH(&b->arena, &b->image.inputs, input);
}

static inline struct sim *sim_board_run(struct sim_board *b, double dt, bool use_double)
{
    struct sim_options options = {.dt = dt, .use_double = use_double};
    const char *unsupported;
    return sim_new(&b->arena, &b->image, &options, &unsupported);
}

/* Currents of circuits with a time constant: Itau = (Ut / kappa) C / tau. */
static inline double sim_board_tau(struct sim_board *b, uint32_t core, enum bias_id bias, double c,
                                   double tau)
{
    double uk = b->device.ut / b->device.kappa;
    return uk * c / sim_board_bias(b, core, bias, uk * c / tau);
}

#endif
