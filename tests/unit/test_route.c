/* Compiled rows against literal CAM matching.
 * links: runtime backend device base */
#include "tests/unit/sim_board.h"

#include "compiler/base/rng.h"
#include "runtime/route.h"
#include "runtime/table.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

struct synapse_event { /* (depressed, delay, neuron, type, mask), packed for sorting */
    uint64_t at[1 << 16];
    uint32_t n;
};

static const double dt = 1e-4;

static uint64_t pack(uint64_t steps, uint64_t site, uint64_t type, uint64_t mask)
{
    return steps << 40 | site << 8 | type << 4 | mask;
}

/* 1/d = (I0 + p I1 + m I2) / Q, in steps, 1 at least. */
static uint64_t literal_steps(const struct image *image, size_t site, uint32_t cam)
{
    const struct device *d = image->device;
    const struct bias_code *bias = image->bias + site / d->neurons_per_core * N_BIASES;
    double za = (double)device_bias_za(d, BIAS_SYPD_DLY0_P, bias[BIAS_SYPD_DLY0_P]);
    if (cam >> 5 & 1)
        za += (double)device_bias_za(d, BIAS_SYPD_DLY1_P, bias[BIAS_SYPD_DLY1_P]);
    if (cam >> 6 & 1)
        za += (double)device_bias_za(d, BIAS_SYPD_DLY2_P, bias[BIAS_SYPD_DLY2_P]);
    uint64_t steps = (uint64_t)(d->c_delay * d->vth / (za * 1e-21) / dt + 0.5);
    return steps > 1 ? steps : 1;
}

static int compare(const void *a, const void *b)
{
    const uint64_t *x = a, *y = b;
    return *x < *y ? -1 : *x > *y;
}

/* What the chip does, word by word: no shortcut of any kind. */
static void literal_delivery(const struct image *image, uint32_t from_chip, uint32_t word,
                             struct synapse_event *out)
{
    const struct device *d = image->device;
    int x = (int)(from_chip % image->meta.grid_w), y = (int)(from_chip / image->meta.grid_w);
    int dx = (int)(word >> 15 & 15) - 7, dy = (int)(word >> 11 & 15) - 7;
    for (; dx; dx += dx < 0 ? 1 : -1) {
        x += dx < 0 ? -1 : 1;
        if (x < 0)
            return; /* at the host */
    }
    y += dy;
    assert_in_range(x, 0, image->meta.grid_w - 1);
    assert_in_range(y, 0, image->meta.grid_h - 1);
    uint32_t chip = (uint32_t)y * image->meta.grid_w + (uint32_t)x;
    for (uint32_t c = 0; c < d->cores_per_chip; c++)
        for (uint32_t n = 0; (word >> 19 >> c & 1) && n < d->neurons_per_core; n++)
            for (uint32_t k = 0; k < d->cam_words; k++) {
                size_t site = image_site(image, chip, c, n);
                uint32_t cam = image->cam[site * d->cam_words + k];
                if (cam && cam >> 11 == (word & 0x7ff) && (cam & 15))
                    for (unsigned type = 0; type < 4; type++)
                        if (cam >> (10 - type) & 1)
                            out->at[out->n++] =
                                pack(literal_steps(image, site, cam), site, type, cam & 15)
                                | (uint64_t)(cam >> 4 & 1) << 63;
            }
}

static void row_events(const struct route_rows *rows, const struct image *image, uint32_t row,
                       struct delay_row late, struct synapse_event *out)
{
    for (uint64_t e = rows->first[row]; e < rows->first[row + 1]; e++) {
        uint32_t neuron;
        int type;
        unsigned mask;
        uint32_t word = late.depressed ? rows->depressed[rows->word[e]] : rows->word[e];
        table_unpack(rows->stride, word, &neuron, &type, &mask);
        size_t site =
            (size_t)rows->tile_core[neuron / rows->stride] * image->device->neurons_per_core
            + neuron % rows->stride;
        out->at[out->n++] =
            pack(late.steps, site, (uint64_t)type, mask) | (uint64_t)late.depressed << 63;
    }
}

static void compare_source(const struct route_rows *rows, const struct image *image,
                           uint32_t source, struct synapse_event *want)
{
    static struct synapse_event got;
    got.n = 0;
    row_events(rows, image, source, (struct delay_row){.steps = 1}, &got);
    for (uint32_t i = 0; i < rows->n_late; i++)
        if (rows->late[i].source == source) {
            assert_true(rows->late[i].steps > 1 || rows->late[i].depressed);
            row_events(rows, image, rows->n_sources + i, rows->late[i], &got);
        }
    assert_int_equal(got.n, want->n);
    qsort(got.at, got.n, sizeof got.at[0], compare);
    qsort(want->at, want->n, sizeof want->at[0], compare);
    assert_memory_equal(got.at, want->at, got.n * sizeof got.at[0]);
}

static uint64_t compare_image(struct sim_board *b)
{
    static struct synapse_event want;
    const struct image *image = &b->image;
    const char *fault;
    const struct route_rows *rows = route_compile(&b->arena, image, dt, &fault);
    assert_non_null(rows);
    uint32_t per_chip = device_chip_neurons(&b->device), source = 0;
    uint64_t total = 0;
    for (; source < image->meta.chips * per_chip; source++, total += want.n) {
        want.n = 0;
        for (uint32_t e = 0; e < b->device.sram_words; e++)
            if (image->sram[source * b->device.sram_words + e])
                literal_delivery(image, source / per_chip,
                                 image->sram[source * b->device.sram_words + e], &want);
        compare_source(rows, image, source, &want);
    }
    for (uint32_t i = 0; i < image->inputs.n; i++)
        for (uint32_t u = 0; u < image->inputs.at[i].size; u++, total += want.n) {
            want.n = 0;
            const struct image_input *input = &image->inputs.at[i];
            for (uint32_t k = input->first_dest[u]; k < input->first_dest[u + 1]; k++)
                literal_delivery(image, 0, input->dest[k], &want);
            compare_source(rows, image, source++, &want);
        }
    assert_int_equal(rows->n_sources, source);
    return total;
}

struct dice {
    uint64_t seed, n;
};
static uint32_t below(struct dice *dice, uint32_t n)
{
    return (uint32_t)(rng_bits(dice->seed, 77, dice->n++) % n);
}

/* A word from the chip that stays on the grid or goes west to the host. */
static uint32_t random_route(struct sim_board *b, struct dice *dice, int x, int y, uint32_t tags)
{
    int to_x = (int)below(dice, b->image.meta.grid_w + 1) - 1;
    int to_y = (int)below(dice, b->image.meta.grid_h);
    uint32_t cores = 1 + below(dice, (1u << b->device.cores_per_chip) - 1);
    return sim_board_route(b, cores, to_x < 0 ? -7 : to_x - x, to_y - y, below(dice, tags));
}

static void fill_randomly(struct sim_board *b, struct dice *dice)
{
    const struct device *d = &b->device;
    uint32_t per_chip = device_chip_neurons(d), tags = 1 + below(dice, 6);
    for (uint32_t site = 0; site < b->image.meta.chips * per_chip; site++) {
        int x = (int)(site / per_chip % b->image.meta.grid_w);
        int y = (int)(site / per_chip / b->image.meta.grid_w);
        for (uint32_t k = 0; k < d->cam_words; k++)
            if (below(dice, 3)) /* any dendrite bits, mask 0 and flags too */
                b->image.cam[site * d->cam_words + k] = below(dice, tags) << 11 | below(dice, 2048);
        for (uint32_t e = 0; e < d->sram_words; e++)
            if (below(dice, 2))
                b->image.sram[site * d->sram_words + e] = random_route(b, dice, x, y, tags);
    }
    for (uint32_t core = 0; core < image_cores(&b->image); core++)
        for (int k = 0; k < 3; k++) /* 14 us to 2 ms, and beyond */
            b->image.bias[core * N_BIASES + BIAS_SYPD_DLY0_P + (uint32_t)k] =
                (struct bias_code){(uint8_t)(1 + below(dice, 2)), (uint8_t)below(dice, 256)};
    sim_board_input(b, "in", 3, 1, 0);
    for (uint32_t u = 0; u < 3; u++)
        b->image.inputs.at[0].dest[u] = random_route(b, dice, 0, 0, tags);
}

static void rows_equal_literal_matching(void **state)
{
    (void)state;
    uint64_t events = 0;
    for (uint64_t seed = 0; seed < 200; seed++) {
        struct dice dice = {.seed = seed};
        struct sim_board b;
        sim_board_init(&b);
        b.device.cores_per_chip = 1 + below(&dice, 4);
        b.device.neurons_per_core = 1 + below(&dice, 20);
        b.device.cam_words = 1 + below(&dice, 5);
        b.device.sram_words = 1 + below(&dice, 4);
        sim_board_image(&b, 1 + below(&dice, 3), 1 + below(&dice, 3));
        if (below(&dice, 2))
            sim_board_population(&b, "p", 1, 0, 0);
        fill_randomly(&b, &dice);
        events += compare_image(&b);
        arena_release(&b.arena);
    }
    print_message("seeds 0 to 199: %llu events compared\n", (unsigned long long)events);
    assert_true(events > 10000);
}

static void full_size_chip(void **state)
{
    (void)state;
    struct sim_board b;
    sim_board_init(&b);
    sim_board_image(&b, 1, 1);
    sim_board_population(&b, "p", 256, 3, 0);
    size_t last = image_site(&b.image, 0, 3, 255);
    for (uint32_t k = 0; k < 64; k++) /* one tag in all 64 words: every match counts */
        sim_board_listen(&b, last, 2047, SHUNT, 15);
    sim_board_send(&b, 0, sim_board_route(&b, 8, 0, 0, 2047));
    sim_board_send(&b, 0, sim_board_route(&b, 7, 0, 0, 2047));
    assert_int_equal(compare_image(&b), 64);
    arena_release(&b.arena);
}

static void packets_that_leave_the_grid_are_named(void **state)
{
    (void)state;
    static const struct {
        int x, y;
        bool good, host;
    } row[] = {{0, 0, true, false},  {1, 0, true, false},   {2, 0, false, false},
               {0, 1, false, false}, {0, -1, false, false}, {-1, 0, true, true},
               {-7, 0, true, true},  {-7, 5, true, true}};
    for (size_t i = 0; i < sizeof row / sizeof row[0]; i++) {
        struct sim_board b;
        const char *fault;
        sim_board_init(&b);
        sim_board_image(&b, 2, 1);
        sim_board_send(&b, 0, sim_board_route(&b, 1, row[i].x, row[i].y, 0));
        const struct route_rows *rows = route_compile(&b.arena, &b.image, dt, &fault);
        assert_int_equal(rows != NULL, row[i].good);
        if (rows)
            assert_int_equal(rows->host_events, row[i].host);
        else
            assert_non_null(strstr(fault, "chip 0"));
        arena_release(&b.arena);
    }
}

/* A packet that walks off the west end stops there, wherever y would lead. */
static void core_masks_select(void **state)
{
    (void)state;
    struct sim_board b;
    const char *fault;
    sim_board_init(&b);
    sim_board_image(&b, 1, 1);
    for (uint32_t c = 0; c < 4; c++)
        sim_board_listen(&b, image_site(&b.image, 0, c, 0), 5, AMPA, 1);
    sim_board_send(&b, 0, sim_board_route(&b, 0x5, 0, 0, 5));
    const struct route_rows *rows = route_compile(&b.arena, &b.image, dt, &fault);
    assert_int_equal(rows->first[1] - rows->first[0], 2);
    assert_int_equal(rows->n_tiles, 4);
    arena_release(&b.arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rows_equal_literal_matching),
        cmocka_unit_test(full_size_chip),
        cmocka_unit_test(packets_that_leave_the_grid_are_named),
        cmocka_unit_test(core_masks_select),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
