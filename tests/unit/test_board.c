/* links: mapper compiler device base */
/* Boards of several chips: limits one below, at and one above, and what mappings of boards say. */
#include "tests/unit/mapping_check.h"

#include "mapper/board.h"

static void start(struct net_builder *b, uint32_t w, uint32_t h)
{
    nb_init(b);
    b->net.chips = w * h;
    b->net.grid_w = w;
    b->net.grid_h = h;
}

static void hold(struct net_builder *b, uint32_t population, uint32_t chip)
{
    nb_place(b, PLACE_CHIP, 1, population)->chip = chip;
}

static void one_to_one(struct net_builder *b, struct view pre, struct view post)
{
    struct nb_edge_vec edges = {NULL, 0, 0};
    for (uint32_t i = 0; i < pre.size && i < post.size; i++)
        VEC_PUSH(&b->arena, &edges, (struct nb_edge){i, i, nb_attr(b, DENDRITE_AMPA, 1, true), 1});
    nb_project(b, "x -> y", pre, post, &edges);
}

/* Counts and maps; the mapping must carry exactly the net and state its cut and hops. */
static void map_ok(struct net_builder *b)
{
    int64_t cut = 0, hops = 0;
    nb_finish(b);
    if (!nb_fit(b))
        fail_msg("%s", b->sink.all.at[0]->message);
    assert_int_equal(nb_map(b), MAP_OK);
    const char *fault = mapping_fault(b);
    if (fault)
        fail_msg("%s", fault);
    uint32_t sites = device_chip_neurons(&b->device);
    for (uint32_t n = 0; n < b->net.n_neurons; n++)
        for (uint64_t r = b->mapping.first_route[n]; r < b->mapping.first_route[n + 1]; r++) {
            uint32_t from = b->mapping.site_of[n] / sites, to = b->mapping.routes[r].chip;
            cut += from != to;
            hops += board_hops(&b->net, from, to);
            assert_true(board_in_reach(&b->net, &b->device, from, to));
        }
    assert_int_equal(b->mapping.cut, cut);
    assert_int_equal(b->mapping.hops, hops);
    assert_true(b->mapping.cut_bound <= cut && b->mapping.hops_bound <= hops);
    assert_true(b->mapping.cores_bound <= b->mapping.cores);
    assert_true(b->mapping.chips_bound <= b->mapping.chips);
}

static void refused(struct net_builder *b, enum diag_code code, const char *message)
{
    nb_finish(b);
    assert_false(nb_fit(b));
    nb_expect(b, code, message);
    assert_int_equal(b->sink.n_errors, 1);
}

/* --- reach --------------------------------------------------------------------------------------
 */

static void pair(struct net_builder *b, uint32_t w, uint32_t h, uint32_t from, uint32_t to)
{
    start(b, w, h);
    uint32_t set = nb_set(b, "s"), x = nb_population(b, "a", 3, set);
    uint32_t y = nb_population(b, "z", 3, set);
    one_to_one(b, nb_neurons(b, x), nb_neurons(b, y));
    hold(b, x, from);
    hold(b, y, to);
}

static void test_seven_hops_not_eight(void **state)
{
    (void)state;
    struct net_builder b;
    pair(&b, 9, 1, 8, 1);
    map_ok(&b);
    assert_int_equal(b.mapping.hops, 21);
    assert_true(b.mapping.optimal);
    nb_free(&b);
    pair(&b, 9, 1, 0, 8);
    refused(&b, DIAG_E0305,
            "a[0] cannot reach z[0]: chip 8 is 8 chips from chip 0 in x, 7 are possible");
    nb_free(&b);
    pair(&b, 2, 9, 1, 14);
    map_ok(&b);
    assert_int_equal(b.mapping.hops, 24);
    nb_free(&b);
    pair(&b, 2, 9, 1, 16);
    refused(&b, DIAG_E0305,
            "a[0] cannot reach z[0]: chip 16 is 8 chips from chip 1 in y, 7 are possible");
    nb_free(&b);
}

static void test_probes_near_the_host(void **state)
{
    (void)state;
    for (uint32_t chip = 6; chip <= 7; chip++) {
        struct net_builder b;
        start(&b, 8, 2);
        uint32_t p = nb_population(&b, "p", 3, nb_set(&b, "s"));
        nb_probe(&b, nb_neurons(&b, p), PROBE_SPIKES);
        hold(&b, p, 8 + chip);
        if (chip == 6)
            map_ok(&b);
        else
            refused(&b, DIAG_E0305,
                    "spikes of p[0] cannot reach the host: it is 8 chips from chip 15, 7 are "
                    "possible");
        nb_free(&b);
    }
}

static void test_inputs_near_chip_0(void **state)
{
    (void)state;
    static const uint32_t at[4] = {7, 8, 7 * 9, 8 * 9};
    static const char *const refusal[4] = {
        NULL, "in[0] cannot reach p[0]: chip 8 is 8 chips from chip 0 in x, 7 are possible", NULL,
        "in[0] cannot reach p[0]: chip 72 is 8 chips from chip 0 in y, 7 are possible"};
    for (uint32_t i = 0; i < 4; i++) {
        struct net_builder b;
        start(&b, 9, 9);
        uint32_t p = nb_population(&b, "p", 3, nb_set(&b, "s")), in = nb_input(&b, "in", 3);
        one_to_one(&b, nb_inputs(&b, in), nb_neurons(&b, p));
        hold(&b, p, at[i]);
        if (refusal[i])
            refused(&b, DIAG_E0305, refusal[i]);
        else
            map_ok(&b);
        nb_free(&b);
    }
}

/* A row of eight chips of two cores with three neurons each: 42 places send their spikes home. */
static void test_room_near_the_host(void **state)
{
    (void)state;
    for (uint32_t n = 42; n <= 43; n++) {
        struct net_builder b;
        start(&b, 8, 1);
        b.device.cores_per_chip = 2;
        b.device.neurons_per_core = 3;
        uint32_t set = nb_set(&b, "s");
        uint32_t quiet = nb_population(&b, "quiet", 5, set), p = nb_population(&b, "p", n, set);
        (void)quiet;
        nb_probe(&b, nb_neurons(&b, p), PROBE_SPIKES);
        if (n == 42)
            map_ok(&b);
        else
            refused(&b, DIAG_E0305,
                    "no place is left within reach of the host: 43 neurons have a spike probe, 42 "
                    "places on the 7 chips with x <= 6");
        nb_free(&b);
    }
}

/* --- SRAM words ---------------------------------------------------------------------------------
 */

/* One neuron that reaches `chips` chips, perhaps probed. */
static void star(struct net_builder *b, uint32_t chips, bool probed)
{
    start(b, 3, 2);
    uint32_t set = nb_set(b, "s"), hub = nb_population(b, "hub", 1, set);
    for (uint32_t i = 0; i < chips; i++) {
        uint32_t p = nb_population(b, arena_printf(&b->arena, "p%u", i), 2, set);
        nb_all_to_all(b, "hub -> p", nb_neurons(b, hub), nb_neurons(b, p),
                      nb_attr(b, DENDRITE_AMPA, 1, true));
        hold(b, p, i);
    }
    if (probed)
        nb_probe(b, nb_neurons(b, hub), PROBE_SPIKES);
}

static void test_four_chips_not_five(void **state)
{
    (void)state;
    struct net_builder b;
    star(&b, 4, false);
    map_ok(&b);
    assert_int_equal(b.mapping.cut, 3); /* the hub stands with one of them */
    nb_free(&b);
    star(&b, 5, false);
    refused(&b, DIAG_E0302, "population hub: neuron 0 needs 5 SRAM words (5 chips), 4 available");
    nb_free(&b);
    star(&b, 3, true);
    map_ok(&b);
    nb_free(&b);
    star(&b, 4, true);
    refused(&b, DIAG_E0302,
            "population hub: neuron 0 needs 5 SRAM words (4 chips + 1 spike probe), 4 available");
    nb_free(&b);
}

/* Targets by number alone: two cores of three neurons a chip, a source that reaches 24 or 25. */
static void test_targets_fill_chips(void **state)
{
    (void)state;
    for (uint32_t n = 24; n <= 25; n++) {
        struct net_builder b;
        start(&b, 5, 1);
        b.device.cores_per_chip = 2;
        b.device.neurons_per_core = 3;
        uint32_t set = nb_set(&b, "s"), hub = nb_population(&b, "hub", 1, set);
        uint32_t p = nb_population(&b, "p", n, set);
        nb_all_to_all(&b, "hub -> p", nb_neurons(&b, hub), nb_neurons(&b, p),
                      nb_attr(&b, DENDRITE_AMPA, 1, true));
        if (n == 24) {
            map_ok(&b);
            assert_int_equal(b.mapping.cut, 4); /* its own chip has room for 5 */
        } else {
            refused(&b, DIAG_E0302,
                    "population hub: neuron 0 needs 5 SRAM words (5 chips), 4 available");
        }
        nb_free(&b);
    }
}

/* --- tags ---------------------------------------------------------------------------------------
 */

/* Eight cores hear 2,048 tags each, 16,384 in all; 2,049 on one are too many even if the others
 * hear few. */
static void test_tags_are_counted_per_core(void **state)
{
    (void)state;
    for (uint32_t extra = 0; extra <= 1; extra++) {
        struct net_builder b;
        start(&b, 2, 1);
        for (uint32_t i = 0; i < 8; i++) {
            uint32_t set = nb_set(&b, arena_printf(&b.arena, "s%u", i));
            uint32_t p = nb_population(&b, arena_printf(&b.arena, "p%u", i), 40, set);
            uint32_t tags = extra == 0 ? 2048 : i == 7 ? 2049 : 100;
            uint32_t in = nb_input(&b, arena_printf(&b.arena, "in%u", i), tags);
            struct nb_edge_vec edges = {NULL, 0, 0};
            for (uint32_t k = 0; k < tags; k++)
                VEC_PUSH(&b.arena, &edges,
                         (struct nb_edge){k / 60, k, nb_attr(&b, DENDRITE_AMPA, 1, false), 1});
            nb_project(&b, "in -> p", nb_inputs(&b, in), nb_neurons(&b, p), &edges);
            struct place *place = nb_place(&b, PLACE_CORE, 1, p);
            place->chip = i / 4;
            place->core = i % 4;
        }
        if (extra) {
            refused(&b, DIAG_E0304, "chip 1 core 3 needs 2049 tags, 2048 exist");
        } else {
            map_ok(&b);
            for (uint32_t core = 0; core < 8; core++)
                assert_int_equal(b.mapping.tags_on_core[core], 2048);
        }
        nb_free(&b);
    }
}

/* --- place lines --------------------------------------------------------------------------------
 */

static void test_together_and_apart(void **state)
{
    (void)state;
    struct net_builder b;
    start(&b, 2, 1);
    uint32_t set = nb_set(&b, "s"), p[3];
    for (uint32_t i = 0; i < 3; i++)
        p[i] = nb_population(&b, arena_printf(&b.arena, "p%u", i), 300, set);
    nb_place(&b, PLACE_TOGETHER_CHIP, 2, p[0], p[2]);
    nb_place(&b, PLACE_APART_CHIP, 2, p[1], p[2]);
    map_ok(&b);
    assert_int_equal(b.mapping.chips, 2);
    for (uint32_t n = 0; n < 900; n++) {
        uint32_t chip = b.mapping.site_of[n] / device_chip_neurons(&b.device);
        bool middle = n >= 300 && n < 600;
        assert_int_equal(chip == b.mapping.site_of[0] / device_chip_neurons(&b.device), !middle);
    }
    nb_free(&b);
}

static void test_contradiction(void **state)
{
    (void)state;
    struct net_builder b;
    start(&b, 2, 1);
    uint32_t set = nb_set(&b, "s"), p[3];
    for (uint32_t i = 0; i < 3; i++)
        p[i] = nb_population(&b, arena_printf(&b.arena, "p%u", i), 30, set);
    nb_place(&b, PLACE_TOGETHER_CHIP, 2, p[0], p[1]);
    hold(&b, p[2], 0);
    nb_place(&b, PLACE_APART_CHIP, 2, p[0], p[1]);
    nb_finish(&b);
    assert_true(nb_fit(&b));
    assert_int_equal(nb_map(&b), MAP_INFEASIBLE);
    nb_expect(&b, DIAG_E0403, "no placement exists under 2 `place` constraints");
    nb_free(&b);
}

/* --- parts that stay whole ----------------------------------------------------------------------
 */

/* Cuts the cores of a chip into parts without room to spare; the same for every copy. */
static uint32_t cut_cores(uint32_t seed, uint32_t per_core, uint32_t *size)
{
    uint32_t n = 0;
    for (uint32_t core = 0; core < 4; core++) {
        uint32_t left = per_core;
        for (uint32_t k = 2 + (uint32_t)(rng_bits(seed, core, 7) % 3); k > 1; k--) {
            uint32_t even = left / k;
            size[n] = even - 20 + (uint32_t)(rng_bits(seed, n, core) % 40);
            left -= size[n++];
        }
        size[n++] = left;
    }
    return n;
}

/* What fits one chip fits k chips k times. */
static void test_copies_fill_the_board(void **state)
{
    (void)state;
    for (uint32_t seed = 0; seed < 12; seed++) {
        uint32_t size[16], chips = seed % 2 ? 4 : 2;
        struct net_builder b;
        start(&b, chips, 1);
        uint32_t set = nb_set(&b, "s"), n = cut_cores(seed, b.device.neurons_per_core, size);
        for (uint32_t i = 0; i < n * chips; i++) {
            uint32_t p = nb_population(&b, arena_printf(&b.arena, "p%u", i), size[i % n], set);
            nb_place(&b, PLACE_TOGETHER_CORE, 1, p);
        }
        map_ok(&b);
        assert_int_equal(b.mapping.cores, 4 * chips);
        assert_int_equal(b.mapping.split_populations, 0);
        nb_free(&b);
    }
}

/* The same where lines hold every copy on a chip, and a bias set takes one core of each. */
static void test_copies_held_on_chips(void **state)
{
    (void)state;
    static const uint32_t size[9] = {84, 85, 87, 83, 86, 87, 85, 86, 85};
    struct net_builder b;
    start(&b, 2, 1);
    uint32_t set = nb_set(&b, "s"), other = nb_set(&b, "t");
    for (uint32_t i = 0; i < 18; i++) {
        uint32_t p = nb_population(&b, arena_printf(&b.arena, "p%u", i), size[i / 2], set);
        nb_place(&b, PLACE_TOGETHER_CORE, 1, p);
        hold(&b, p, i % 2);
    }
    for (uint32_t i = 0; i < 2; i++)
        hold(&b, nb_population(&b, i ? "q" : "r", 256, other), i);
    map_ok(&b);
    assert_int_equal(b.mapping.cores, 8);
    nb_free(&b);
}

/* As many parts over half a core as there are cores, and one more; one view apart per chip or core,
 * and one more. */
static void test_counted_out(void **state)
{
    (void)state;
    for (uint32_t over = 0; over < 2; over++)
        for (uint32_t kind = 0; kind < 3; kind++) {
            struct net_builder b;
            start(&b, 2, 1);
            uint32_t set = nb_set(&b, "s"), n = (kind == 2 ? 2 : 8) + over;
            uint32_t size = kind == 0 ? b.device.neurons_per_core / 2 + 1 : 5;
            for (uint32_t i = 0; i < n; i++) {
                uint32_t p = nb_population(&b, arena_printf(&b.arena, "p%u", i), size, set);
                if (kind == 0)
                    nb_place(&b, PLACE_TOGETHER_CORE, 1, p);
            }
            struct place *apart =
                kind ? nb_place(&b, kind == 1 ? PLACE_APART_CORE : PLACE_APART_CHIP, 0) : NULL;
            for (uint32_t i = 0; i < n && apart; i++)
                VEC_PUSH(&b.arena, &apart->views, nb_neurons(&b, i));
            if (over == 0) {
                map_ok(&b);
            } else {
                nb_finish(&b);
                assert_true(nb_fit(&b));
                assert_int_equal(nb_map(&b), MAP_INFEASIBLE);
                nb_expect(&b, DIAG_E0403,
                          kind ? "no placement exists under 1 `place` constraint"
                               : "no placement exists under 9 `place` constraints");
            }
            nb_free(&b);
        }
}

/* Seven even shares over two chips of four cores. */
static void test_spread_over_chips(void **state)
{
    (void)state;
    struct net_builder b;
    start(&b, 2, 1);
    uint32_t p = nb_population(&b, "p", 1000, nb_set(&b, "s")), load[8] = {0}, used = 0;
    nb_place(&b, PLACE_SPREAD, 1, p)->cores = 7;
    map_ok(&b);
    for (uint32_t n = 0; n < 1000; n++)
        load[b.mapping.site_of[n] / b.device.neurons_per_core]++;
    for (uint32_t c = 0; c < 8; c++) {
        used += load[c] > 0;
        assert_true(load[c] == 0 || load[c] == 142 || load[c] == 143);
    }
    assert_int_equal(used, 7);
    nb_free(&b);
}

/* Three chips in a row, nothing between them but a wish. */
static void test_near_is_a_wish(void **state)
{
    (void)state;
    for (uint32_t other = 1; other < 3; other++) {
        struct net_builder b;
        uint32_t p[3], chip[3];
        start(&b, 3, 1);
        b.device.cores_per_chip = 2;
        b.device.neurons_per_core = 3;
        uint32_t set = nb_set(&b, "s");
        for (uint32_t i = 0; i < 3; i++)
            p[i] = nb_population(&b, arena_printf(&b.arena, "p%u", i), 6, set);
        for (uint32_t i = 0; i < 3; i++)
            nb_all_to_all(&b, "p -> p", nb_neurons(&b, p[i]), nb_neurons(&b, p[i]),
                          nb_attr(&b, DENDRITE_AMPA, 1, true));
        hold(&b, p[0], 0);
        struct place *near = nb_place(&b, PLACE_NEAR, 1, p[0]);
        near->near = nb_neurons(&b, p[other]);
        near->weight = 0.5;
        map_ok(&b);
        for (uint32_t i = 0; i < 3; i++)
            chip[i] = b.mapping.site_of[6 * i] / device_chip_neurons(&b.device);
        assert_int_equal(b.mapping.cut, 0);
        assert_int_equal(chip[0], 0);
        assert_int_equal(chip[other], 1);
        nb_free(&b);
    }
}

/* Where a chip is one core, a population larger than that goes on over chips. */
static void test_chips_of_one_core(void **state)
{
    (void)state;
    for (uint32_t size = 9; size <= 13; size++) {
        struct net_builder b;
        start(&b, 6, 1);
        b.device.cores_per_chip = 1;
        b.device.neurons_per_core = 2;
        uint32_t set = nb_set(&b, "s"), a = nb_population(&b, "a", size - 1, set);
        uint32_t z = nb_population(&b, "z", 1, set);
        one_to_one(&b, nb_view(UNIT_NEURON, a, 0, 2), nb_view(UNIT_NEURON, a, size - 3, 2));
        nb_all_to_all(&b, "a[1] -> z", nb_view(UNIT_NEURON, a, 1, 1), nb_neurons(&b, z),
                      nb_attr(&b, DENDRITE_AMPA, 1, true));
        if (size == 13) {
            nb_finish(&b);
            assert_false(nb_fit(&b));
        } else {
            map_ok(&b);
            assert_int_equal(b.mapping.cores, (size + 1) / 2);
            assert_int_equal(b.mapping.cut, 1); /* two pairs of a triple and a pair */
        }
        nb_free(&b);
    }
}

/* A shared tag and one of the source's own may get one number where different cores hear them: they
 * are one word then, and the cut is what the words are, no more. */
static void test_one_number_is_one_word(void **state)
{
    (void)state;
    for (uint32_t apart = 0; apart < 2; apart++) {
        struct net_builder b;
        start(&b, 2, 1);
        b.device.cam_words = 3; /* z hears three, and one again from a[0] where it is not apart */
        uint32_t set = nb_set(&b, "s"), a = nb_population(&b, "a", 3, set);
        uint32_t y = nb_population(&b, "y", 1, set), z = nb_population(&b, "z", 1, set);
        nb_all_to_all(&b, "a -> z", nb_neurons(&b, a), nb_neurons(&b, z),
                      nb_attr(&b, DENDRITE_AMPA, 1, true));
        nb_all_to_all(&b, "a[0] -> z", nb_view(UNIT_NEURON, a, 0, 1), nb_neurons(&b, apart ? y : z),
                      nb_attr(&b, DENDRITE_AMPA, 2, false));
        b.device.cam_words -= apart;
        hold(&b, a, 0);
        struct place *held = nb_place(&b, PLACE_CORE, 1, y);
        held->chip = 1;
        held->core = 0;
        held = nb_place(&b, PLACE_CORE, 1, z);
        held->chip = held->core = 1;
        map_ok(&b);
        assert_int_equal(b.mapping.first_route[1], apart ? 1 : 2);
        assert_int_equal(b.mapping.cut, apart ? 3 : 4);
        assert_int_equal(b.mapping.cut_bound, 3);
        nb_free(&b);
    }
}

/* --- hops ---------------------------------------------------------------------------------------
 */

/* Cores full of one class each, so all that is open is which of them share a chip, and where. */
static void test_hops_proved(void **state)
{
    (void)state;
    for (uint32_t wide = 0; wide < 2; wide++) {
        struct net_builder b;
        uint32_t p[8];
        start(&b, wide ? 4 : 2, wide ? 1 : 2);
        b.device.cores_per_chip = 2;
        b.device.neurons_per_core = 3;
        for (uint32_t i = 0; i < 8; i++)
            p[i] = nb_population(&b, arena_printf(&b.arena, "p%u", i), 3,
                                 nb_set(&b, arena_printf(&b.arena, "s%u", i)));
        for (uint32_t i = 0; i < 4; i++) /* pairs that are dear to part */
            one_to_one(&b, nb_neurons(&b, p[i]), nb_neurons(&b, p[7 - i]));
        for (uint32_t i = 0; i < 4; i++) /* and one to each other pair */
            if (i != 2)
                nb_all_to_all(&b, "hub -> p", nb_neurons(&b, p[2]), nb_neurons(&b, p[i]),
                              nb_attr(&b, DENDRITE_AMPA, 1, true));
        map_ok(&b);
        assert_int_equal(b.mapping.cut, 9);
        assert_int_equal(b.mapping.hops, 12); /* two beside the hub, one behind */
        assert_true(b.mapping.optimal);
        nb_free(&b);
    }
}

/* A neuron that needs all chips of a row reaches some of them by a detour, wherever they stand. */
static void test_detours_are_counted(void **state)
{
    (void)state;
    for (uint32_t chips = 3; chips <= 4; chips++) {
        struct net_builder b;
        start(&b, chips, 1);
        b.device.cores_per_chip = 2;
        b.device.neurons_per_core = 2;
        uint32_t set = nb_set(&b, "s"), hub = nb_population(&b, "hub", 1, set);
        uint32_t p = nb_population(&b, "p", 4 * chips - 1, set);
        nb_all_to_all(&b, "hub -> p", nb_neurons(&b, hub), nb_neurons(&b, p),
                      nb_attr(&b, DENDRITE_AMPA, 1, true));
        map_ok(&b);
        assert_int_equal(b.mapping.cut, chips - 1);
        assert_int_equal(b.mapping.hops, chips == 3 ? 2 : 4);
        assert_true(b.mapping.optimal);
        nb_free(&b);
    }
}

/* --- shape --------------------------------------------------------------------------------------
 */

enum { SIDE = 32, RADIUS = 2 }; /* a sheet over 2x2 chips of 16x16 neurons */

static bool is_near(int32_t x, int32_t y)
{
    return x * x + y * y <= RADIUS * RADIUS;
}

static uint32_t square_of(int32_t x, int32_t y)
{
    return (uint32_t)(x / (SIDE / 2) + 2 * (y / (SIDE / 2)));
}

/* Neurons and foreign squares that they reach. */
static int64_t cut_of_squares(void)
{
    int64_t cut = 0;
    for (int32_t i = 0; i < SIDE * SIDE; i++) {
        bool met[4] = {false};
        for (int32_t k = 0; k < SIDE * SIDE; k++)
            if (is_near(i % SIDE - k % SIDE, i / SIDE - k / SIDE))
                met[square_of(k % SIDE, k / SIDE)] = true;
        for (uint32_t square = 0; square < 4; square++)
            cut += met[square] && square != square_of(i % SIDE, i / SIDE);
    }
    return cut;
}

static void test_a_sheet_in_squares(void **state)
{
    (void)state;
    struct net_builder b;
    start(&b, 2, 2);
    b.device.neurons_per_core = SIDE * SIDE / 16;
    uint32_t p = nb_population(&b, "p", SIDE * SIDE, nb_set(&b, "s"));
    struct nb_edge_vec edges = {NULL, 0, 0};
    for (int32_t i = 0; i < SIDE * SIDE; i++)
        for (int32_t k = 0; k < SIDE * SIDE; k++)
            if (i != k && is_near(i % SIDE - k % SIDE, i / SIDE - k / SIDE))
                VEC_PUSH(&b.arena, &edges,
                         (struct nb_edge){(uint32_t)i, (uint32_t)k,
                                          nb_attr(&b, DENDRITE_AMPA, 1, true), 1});
    nb_project(&b, "p -> p", nb_neurons(&b, p), nb_neurons(&b, p), &edges);
    map_ok(&b);
    assert_true(b.mapping.cut <= cut_of_squares());
    nb_free(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_seven_hops_not_eight),
                                       cmocka_unit_test(test_probes_near_the_host),
                                       cmocka_unit_test(test_inputs_near_chip_0),
                                       cmocka_unit_test(test_room_near_the_host),
                                       cmocka_unit_test(test_four_chips_not_five),
                                       cmocka_unit_test(test_targets_fill_chips),
                                       cmocka_unit_test(test_tags_are_counted_per_core),
                                       cmocka_unit_test(test_together_and_apart),
                                       cmocka_unit_test(test_contradiction),
                                       cmocka_unit_test(test_copies_fill_the_board),
                                       cmocka_unit_test(test_copies_held_on_chips),
                                       cmocka_unit_test(test_counted_out),
                                       cmocka_unit_test(test_spread_over_chips),
                                       cmocka_unit_test(test_near_is_a_wish),
                                       cmocka_unit_test(test_chips_of_one_core),
                                       cmocka_unit_test(test_one_number_is_one_word),
                                       cmocka_unit_test(test_hops_proved),
                                       cmocka_unit_test(test_a_sheet_in_squares),
                                       cmocka_unit_test(test_detours_are_counted)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
