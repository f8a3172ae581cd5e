/* Emitting images, and the canonical form.
 * links: backend compiler device base */
#include "tests/unit/tiny_board.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

/* --- emit --- */

static void words_are_those_computed_by_hand(void **state)
{
    (void)state;
    struct arena arena;
    struct board b;
    arena_init(&arena, NULL);
    board_tiny(&b, &arena);
    const uint32_t cam[] = {0x00000401, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x0010292A, 0x003FF8D4};
    const uint32_t sram[] = {0x0013BA05, 0x00183800, 0x0013BFFF, 0x00183801, 0, 0,
                             0,          0,          0,          0,          0, 0};
    const uint16_t latch[] = {0, 2, 0, 0, 0, 0x2000};
    assert_memory_equal(b.image.cam, cam, sizeof cam);
    assert_memory_equal(b.image.sram, sram, sizeof sram);
    assert_memory_equal(b.image.latch, latch, sizeof latch);
    assert_int_equal(b.image.inputs.at[0].first_dest[1], 1);
    assert_int_equal(b.image.inputs.at[0].first_dest[2], 1);
    assert_int_equal(b.image.inputs.at[0].dest[0], 0x000BB800);
    assert_int_equal(b.image.bias[BIAS_SOIF_LEAK_N].fine, 4);
    assert_int_equal(b.image.bias[N_BIASES + BIAS_SYAM_W3_P].fine, 4 * 47 + 1);
    arena_release(&arena);
}

/* A board of 2 x 2 chips of full size: hops in both directions and the monitor word. */
static void hops_and_monitor_by_hand(void **state)
{
    (void)state;
    struct arena arena;
    struct image image;
    arena_init(&arena, NULL);
    struct image_meta meta = {"0", "dynapse2", 4, 2, 2, 0, {0}, {0}};
    image_init(&arena, &image, device_dynapse2(), &meta);
    /* x + 1: 8 << 15, y - 1: 6 << 11, core 3: 8 << 19, tag 2047 */
    struct image_route route = image_route_of(&image, 2, 0x00400000 | 0x40000 | 0x3000 | 0x7FF);
    assert_true(route.on_board);
    assert_false(route.to_host);
    assert_int_equal(route.chip, 1);
    assert_int_equal(route.x, 1);
    assert_int_equal(route.y, -1);
    assert_int_equal(route.cores, 8);
    assert_int_equal(route.tag, 2047);
    assert_false(image_route_of(&image, 0, 0x00400000 | 0x40000 | 0x3000).on_board); /* y = -1 */
    assert_false(image_route_of(&image, 1, 0x00400000 | 0x40000 | 0x3800).on_board); /* x = 2 */
    /* Core 2, neuron 17: all cores (780000h), x -7, y 0 (3800h), tag 2 * 256 + 17 = 211h */
    route = image_route_of(&image, 3, 0x00783A11);
    assert_true(route.to_host);
    assert_int_equal(route.x, -7);
    assert_int_equal(route.tag, 529);
    arena_release(&arena);
}

static void meta_lists_main_file_first(void **state)
{
    (void)state;
    struct arena arena;
    struct board b;
    arena_init(&arena, NULL);
    board_random(&b, &arena, 5, 1, 1);
    const struct image_file_vec *files = &b.image.meta.files;
    assert_int_equal(files->n, 3);
    assert_string_equal(files->at[0].path, "net.dyn");
    assert_string_equal(files->at[1].path, "a.npy");
    assert_string_equal(files->at[2].path, "z.csv");
    assert_memory_equal(files->at[1].sha256, b.sources.files.at[3]->sha256, 32);
    arena_release(&arena);
}

/* Two pieces of the mapping that follow each other on one core become one symbol. */
static void pieces_are_as_long_as_possible(void **state)
{
    (void)state;
    struct arena arena;
    struct board b;
    arena_init(&arena, NULL);
    board_tiny(&b, &arena);
    b.mapping.pieces.at[0].count = 1;
    struct piece second = {0, 1, 1, 0, 1};
    VEC_PUSH(&arena, &b.mapping.pieces, second);
    emit_image(&arena, &b.net, &b.device, &b.plan, &b.mapping, &b.sources, "0.1.0", &b.image);
    assert_int_equal(b.image.populations.at[0].pieces.n, 1);
    assert_int_equal(b.image.populations.at[0].pieces.at[0].count, 2);
    arena_release(&arena);
}

/* A neuron at the limit of its words, and a population over the border of two cores. */
static void full_neuron_and_split_population(void **state)
{
    (void)state;
    struct arena arena;
    struct board b;
    struct image_fault fault;
    arena_init(&arena, NULL);
    board_tiny(&b, &arena);
    static uint32_t site_of[] = {2, 3, 5}, class_of_core[] = {0, 0};
    b.mapping.site_of = site_of;
    b.mapping.class_of_core = class_of_core;
    b.net.populations.at[1].bias_set = 0;
    emit_image(&arena, &b.net, &b.device, &b.plan, &b.mapping, &b.sources, "0.1.0", &b.image);
    assert_int_equal(b.image.populations.at[0].pieces.n, 2);
    assert_int_equal(b.image.populations.at[0].pieces.at[1].core, 1);
    assert_int_equal(b.image.populations.at[0].pieces.at[1].neuron, 0);
    assert_int_not_equal(b.image.cam[5 * 2 + 1], 0);
    assert_true(image_check(&arena, &b.image, &fault));
    arena_release(&arena);
}

static void random_boards_are_canonical(void **state)
{
    (void)state;
    static const uint32_t grid[][2] = {{1, 1}, {2, 1}, {1, 2}, {3, 1}};
    for (uint64_t seed = 0; seed < 60; seed++) {
        struct arena arena;
        struct board b;
        struct image_fault fault = {0};
        arena_init(&arena, NULL);
        board_random(&b, &arena, seed, grid[seed % 4][0], grid[seed % 4][1]);
        if (!image_check(&arena, &b.image, &fault))
            fail_msg("seed %llu: %s", (unsigned long long)seed, fault.text);
        arena_release(&arena);
    }
}

/* --- canonical form --- */

enum { A0 = 0, A1 = 1, NOBODY = 2, B = 5 }; /* sites of the tiny board */

/* Each departs from the tiny board in one point. */
static void tag_without_sender(struct image *i)
{
    i->sram[A0 * 2] = i->sram[A0 * 2 + 1];
    i->sram[A0 * 2 + 1] = 0;
}
static void mask_too_wide(struct image *i)
{
    i->sram[A0 * 2] |= 1u << 19;
}
static void mask_empty(struct image *i)
{
    i->sram[A0 * 2] &= ~(3u << 19);
}
static void mask_of_no_core(struct image *i)
{
    i->sram[A0 * 2] |= 4u << 19;
}
static void sram_reserved_bit(struct image *i)
{
    i->sram[A0 * 2] |= 1u << 31;
}
static void sram_hop_too_long(struct image *i)
{
    i->sram[A0 * 2] |= 15u << 15;
}
static void sram_off_the_board(struct image *i)
{
    i->sram[A0 * 2] += 1u << 11;
}
static void sram_gap(struct image *i)
{
    i->sram[A0 * 2] = 0;
}
static void sram_of_nobody(struct image *i)
{
    i->sram[NOBODY * 2] = i->sram[A0 * 2];
}
static void monitor_missing(struct image *i)
{
    i->sram[A0 * 2 + 1] = 0;
}
static void monitor_unasked(struct image *i)
{
    i->sram[B * 2] = 0x00183805;
}
static void monitor_of_another(struct image *i)
{
    i->sram[A0 * 2 + 1]++;
}
static void monitor_near(struct image *i)
{
    i->sram[A0 * 2 + 1] += 1u << 15;
}
static void monitor_first(struct image *i)
{
    uint32_t word = i->sram[A0 * 2];
    i->sram[A0 * 2] = i->sram[A0 * 2 + 1];
    i->sram[A0 * 2 + 1] = word;
}
static void cam_descends(struct image *i)
{
    i->cam[B * 2 + 1] = i->cam[B * 2] - 1; /* a weight less, of the same half of the tags */
}
static void cam_of_nobody(struct image *i)
{
    i->cam[NOBODY * 2] = i->cam[A0 * 2];
}
static void cam_reserved_bit(struct image *i)
{
    i->cam[B * 2 + 1] |= 1u << 22;
}
static void cam_two_dendrites(struct image *i)
{
    i->cam[B * 2] |= 1u << 10;
}
static void cam_no_dendrite(struct image *i)
{
    i->cam[B * 2] &= ~(15u << 7);
}
static void cam_no_weight(struct image *i)
{
    i->cam[B * 2] &= ~15u;
}
static void cam_stale(struct image *i)
{
    i->cam[A1 * 2] = i->cam[B * 2];
}
static void coarse_too_large(struct image *i)
{
    i->bias[BIAS_SYAM_W1_P].coarse = 6;
}
static void latch_too_many(struct image *i)
{
    i->latch[A0] = 1u << N_LATCHES;
}
static void latch_of_nobody(struct image *i)
{
    i->latch[NOBODY] = 1;
}
static void piece_leaves_core(struct image *i)
{
    i->populations.at[1].pieces.at[0].neuron = 3;
}
static void piece_on_no_chip(struct image *i)
{
    i->populations.at[1].pieces.at[0].chip = UINT32_MAX;
}
static void piece_too_long(struct image *i)
{
    i->populations.at[0].pieces.at[0].count = UINT32_MAX;
}
static void piece_overlaps(struct image *i)
{
    i->populations.at[1].pieces.at[0] = (struct image_piece){0, 1, 0, 0, 1};
}
static void piece_missing(struct image *i)
{
    i->populations.at[0].pieces.n = 0;
}
static void names_equal(struct image *i)
{
    i->populations.at[1].name = "a";
}
static void name_empty(struct image *i)
{
    i->populations.at[1].name = "";
}
static void name_no_utf8(struct image *i)
{
    i->inputs.at[0].name = "\xc0\x80";
}
static void dims_zero(struct image *i)
{
    i->populations.at[1].dims[0] = 0;
}
static void dims_overflow(struct image *i)
{
    i->populations.at[1].dims[0] = i->populations.at[1].dims[1] = 1u << 16;
}
static void probe_kind(struct image *i)
{
    i->probes.at[0].kind = 8;
}
static void probe_unit_kind(struct image *i)
{
    i->probes.at[0].unit_kind = 2;
}
static void probe_object(struct image *i)
{
    i->probes.at[0].object = 2;
}
static void probe_unit(struct image *i)
{
    i->probes.at[0].unit[1] = 2;
}
static void probe_descends(struct image *i)
{
    i->probes.at[0].unit[0] = 1;
}
static void probe_of_nothing(struct image *i)
{
    i->probes.at[0].n_units = 0;
}
static void probe_membrane_of_input(struct image *i)
{
    i->probes.at[0].unit_kind = 1;
    i->probes.at[0].kind = 1;
}
static void input_twice(struct image *i)
{
    i->inputs.at[0].first_dest[2] = 2;
    i->inputs.at[0].first_dest[1] = 2;
    static uint32_t twice[2];
    twice[0] = twice[1] = i->inputs.at[0].dest[0];
    i->inputs.at[0].dest = twice;
}
static void input_to_host(struct image *i)
{
    i->inputs.at[0].dest[0] = 0x00183800;
}
static void grid_wrong(struct image *i)
{
    i->meta.grid_w = 2;
}
static void target_wrong(struct image *i)
{
    i->meta.target = "speck";
}
static void defines_descend(struct image *i)
{
    static struct image_define two[] = {{"b", ""}, {"a", ""}};
    i->meta.defines.at = two;
    i->meta.defines.n = 2;
}
static void file_twice(struct image *i)
{
    i->meta.files.at[1].path = "net.dyn";
}

struct departure {
    void (*make)(struct image *);
    enum image_part part;
    const char *says;
};
static const struct departure departures[] = {
    {tag_without_sender, IMAGE_CAM, "nobody sends tag 517"},
    {mask_too_wide, IMAGE_SRAM, "no CAM word of a target core hears"},
    {mask_empty, IMAGE_SRAM, "no target core"},
    {mask_of_no_core, IMAGE_SRAM, "no target core"},
    {sram_reserved_bit, IMAGE_SRAM, "belong to no field"},
    {sram_hop_too_long, IMAGE_SRAM, "a hop is too long"},
    {sram_off_the_board, IMAGE_SRAM, "not on the board"},
    {sram_gap, IMAGE_SRAM, "an empty entry comes before"},
    {sram_of_nobody, IMAGE_SRAM, "no declared neuron"},
    {monitor_missing, IMAGE_SRAM, "no word leads to the host"},
    {monitor_unasked, IMAGE_SRAM, "the spikes are not probed"},
    {monitor_of_another, IMAGE_SRAM, "not this neuron's monitor word"},
    {monitor_near, IMAGE_SRAM, "not this neuron's monitor word"},
    {monitor_first, IMAGE_SRAM, "follows the monitor word"},
    {cam_descends, IMAGE_CAM, "smaller than the word before"},
    {cam_of_nobody, IMAGE_CAM, "no declared neuron"},
    {cam_reserved_bit, IMAGE_CAM, "belong to no field"},
    {cam_two_dendrites, IMAGE_CAM, "not exactly one dendrite"},
    {cam_no_dendrite, IMAGE_CAM, "not exactly one dendrite"},
    {cam_no_weight, IMAGE_CAM, "no weight bit"},
    {cam_stale, IMAGE_CAM, "nobody sends tag 517"},
    {coarse_too_large, IMAGE_BIAS, "SYAM_W1_P has no code (6, 180)"},
    {latch_too_many, IMAGE_LATCH, "no such latch"},
    {latch_of_nobody, IMAGE_LATCH, "no declared neuron"},
    {piece_leaves_core, IMAGE_SYMBOLS, "leaves its core"},
    {piece_on_no_chip, IMAGE_SYMBOLS, "leaves its core"},
    {piece_too_long, IMAGE_SYMBOLS, "do not cover 0 .. 1"},
    {piece_overlaps, IMAGE_SYMBOLS, "chip0.core0.n1 is taken by a"},
    {piece_missing, IMAGE_SYMBOLS, "0 of 2 neurons have a place"},
    {names_equal, IMAGE_SYMBOLS, "a stands here twice"},
    {name_empty, IMAGE_SYMBOLS, "has no name"},
    {name_no_utf8, IMAGE_INPUT, "not UTF-8"},
    {dims_zero, IMAGE_SYMBOLS, "no neurons, or too many"},
    {dims_overflow, IMAGE_SYMBOLS, "no neurons, or too many"},
    {probe_kind, IMAGE_PROBE, "kind 8 is not possible"},
    {probe_unit_kind, IMAGE_PROBE, "there is no"},
    {probe_object, IMAGE_PROBE, "there is no population 2"},
    {probe_unit, IMAGE_PROBE, "unit 2, the last is 1"},
    {probe_descends, IMAGE_PROBE, "do not ascend"},
    {probe_of_nothing, IMAGE_PROBE, "no units"},
    {probe_membrane_of_input, IMAGE_PROBE, "kind 1 is not possible"},
    {input_twice, IMAGE_INPUT, "do not ascend"},
    {input_to_host, IMAGE_INPUT, "not on the board"},
    {grid_wrong, IMAGE_META, "1 chips on a grid of 2 x 1"},
    {target_wrong, IMAGE_META, "target is not dynapse2"},
    {defines_descend, IMAGE_META, "order of their names"},
    {file_twice, IMAGE_META, "listed twice"},
};

static void every_departure_is_found(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof departures / sizeof *departures; i++) {
        struct arena arena;
        struct board b;
        struct image_fault fault = {0};
        arena_init(&arena, NULL);
        board_tiny(&b, &arena);
        assert_true(image_check(&arena, &b.image, &fault));
        departures[i].make(&b.image);
        if (image_check(&arena, &b.image, &fault))
            fail_msg("departure %zu (%s) was accepted", i, departures[i].says);
        if (fault.part != departures[i].part || !strstr(fault.text, departures[i].says))
            fail_msg("departure %zu: part %d, \"%s\" instead of \"%s\"", i, (int)fault.part,
                     fault.text, departures[i].says);
        arena_release(&arena);
    }
}

/* A core that nobody uses must stand at its defaults. */
static void unused_core_holds_defaults(void **state)
{
    (void)state;
    struct arena arena;
    struct board b;
    struct image_fault fault;
    arena_init(&arena, NULL);
    board_random(&b, &arena, 1, 2, 1);
    uint32_t last = image_cores(&b.image) - 1;
    assert_true(b.mapping.class_of_core[last] == NET_NONE);
    b.image.bias[(size_t)last * N_BIASES + BIAS_SOIF_DC_P].fine ^= 1;
    assert_false(image_check(&arena, &b.image, &fault));
    assert_int_equal(fault.part, IMAGE_BIAS);
    assert_non_null(strstr(fault.text, "chip1.core3: SOIF_DC_P is set"));
    arena_release(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(words_are_those_computed_by_hand),
        cmocka_unit_test(hops_and_monitor_by_hand),
        cmocka_unit_test(meta_lists_main_file_first),
        cmocka_unit_test(pieces_are_as_long_as_possible),
        cmocka_unit_test(full_neuron_and_split_population),
        cmocka_unit_test(random_boards_are_canonical),
        cmocka_unit_test(every_departure_is_found),
        cmocka_unit_test(unused_core_holds_defaults),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
