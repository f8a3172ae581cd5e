/* links: mapper compiler device base */
/* Whole mappings, decoded and compared with their nets. */
#include "tests/unit/mapping_check.h"

#include <stdio.h>
#include <time.h>

static void map_ok(struct net_builder *b)
{
    nb_finish(b);
    assert_true(nb_fit(b));
    assert_int_equal(nb_map(b), MAP_OK);
    const char *fault = mapping_fault(b);
    if (fault)
        fail_msg("%s", fault);
}

/* --- cores --- */

static int64_t cores_of_equal(uint32_t n, uint32_t size)
{
    struct net_builder b;
    nb_init(&b);
    uint32_t set = nb_set(&b, "s");
    for (uint32_t i = 0; i < n; i++)
        nb_population(&b, arena_printf(&b.arena, "p%u", i), size, set);
    map_ok(&b);
    assert_true(b.mapping.optimal && b.mapping.canonical && b.mapping.deterministic);
    assert_int_equal(b.mapping.cores, b.mapping.cores_bound);
    int64_t cores = b.mapping.cores;
    nb_free(&b);
    return cores;
}

static void test_core_counts(void **state)
{
    (void)state;
    assert_int_equal(cores_of_equal(1, 1), 1);
    assert_int_equal(cores_of_equal(1, 255), 1);
    assert_int_equal(cores_of_equal(1, 256), 1);
    assert_int_equal(cores_of_equal(1, 257), 2);
    assert_int_equal(cores_of_equal(1, 1024), 4);
    assert_int_equal(cores_of_equal(5, 150), 3);
    assert_int_equal(cores_of_equal(1024, 1), 4);
    assert_int_equal(cores_of_equal(16, 64), 4);
}

static void test_split_populations(void **state)
{
    (void)state;
    struct net_builder b;
    nb_init(&b);
    uint32_t set = nb_set(&b, "s");
    for (uint32_t i = 0; i < 5; i++)
        nb_population(&b, arena_printf(&b.arena, "p%u", i), 150, set);
    map_ok(&b);
    assert_int_equal(b.mapping.split_populations, 2);
    assert_int_equal(b.mapping.split_bound, 2);
    assert_int_equal(b.mapping.pieces.n, 7);
    /* p0 whole and the first 106 of p1 on core 0; the rest as low as it goes */
    assert_int_equal(b.mapping.site_of[0], 0);
    assert_int_equal(b.mapping.site_of[150], 150);
    nb_free(&b);
}

static void add_place(struct net_builder *b, enum place_kind kind, struct view view, uint32_t n)
{
    struct place place = {.kind = kind, .span = nb_span(70 + b->net.places.n)};
    place.cores = n;
    VEC_PUSH(&b->arena, &place.views, view);
    VEC_PUSH(&b->arena, &b->net.places, place);
}

/* The held part and what joins it on its core are one piece. */
static void test_pieces_are_ranges(void **state)
{
    (void)state;
    struct net_builder b;
    nb_init(&b);
    uint32_t set = nb_set(&b, "s"), p = nb_population(&b, "p", 300, set);
    add_place(&b, PLACE_CORE, nb_view(UNIT_NEURON, p, 100, 200), 0);
    nb_finish(&b);
    assert_int_equal(nb_map(&b), MAP_OK);
    assert_true(b.mapping.canonical);
    assert_int_equal(b.mapping.pieces.n, 2);
    assert_int_equal(b.mapping.pieces.at[0].count, 44);
    assert_int_equal(b.mapping.pieces.at[0].core, 1);
    assert_int_equal(b.mapping.pieces.at[1].count, 256);
    assert_int_equal(b.mapping.pieces.at[1].core, 0);
    nb_free(&b);
}

/* What spread cannot do is proved, at the line that asks for it. */
static void expect_no_spread(uint32_t size, uint32_t cores, bool held)
{
    struct net_builder b;
    nb_init(&b);
    uint32_t set = nb_set(&b, "s"), p = nb_population(&b, "p", size, set);
    add_place(&b, PLACE_SPREAD, nb_neurons(&b, p), cores);
    if (held)
        add_place(&b, PLACE_CORE, nb_neurons(&b, p), 0);
    nb_finish(&b);
    assert_int_equal(nb_map(&b), MAP_INFEASIBLE);
    assert_int_equal(b.sink.all.n, 1);
    assert_int_equal(b.sink.all.at[0]->code, DIAG_E0403);
    nb_free(&b);
}

static void test_spread_is_disproved(void **state)
{
    (void)state;
    expect_no_spread(2, 3, false);
    expect_no_spread(40, 2, true);
    expect_no_spread(40, 5, false);
}

static void test_one_core_per_set(void **state)
{
    (void)state;
    struct net_builder b;
    nb_init(&b);
    uint32_t a = nb_set(&b, "a"), c = nb_set(&b, "c");
    nb_population(&b, "x", 10, a);
    nb_population(&b, "y", 10, c);
    nb_population(&b, "z", 10, a);
    map_ok(&b);
    assert_int_equal(b.mapping.cores, 2);
    assert_int_equal(b.mapping.site_of[0], 0);
    assert_int_equal(b.mapping.site_of[10], 256);
    assert_int_equal(b.mapping.site_of[20], 10);
    assert_int_equal(b.mapping.class_of_core[1], 1);
    assert_int_equal(b.mapping.class_of_core[2], NET_NONE);
    nb_free(&b);
}

/* Sets that came out equal after solving share a core. */
static void test_equal_codes_share(void **state)
{
    (void)state;
    struct net_builder b;
    nb_init(&b);
    uint32_t a = nb_set(&b, "a"), c = nb_set(&b, "c");
    memcpy(b.plan.classes.at[1].code, b.plan.classes.at[0].code, sizeof b.plan.classes.at[0].code);
    nb_population(&b, "x", 10, a);
    nb_population(&b, "y", 10, c);
    nb_finish(&b);
    assert_int_equal(nb_map(&b), MAP_OK);
    assert_int_equal(b.mapping.cores, 1);
    assert_int_equal(b.mapping.class_of_core[0], 0);
    nb_free(&b);
}

/* --- words --- */

static void test_wta(void **state)
{
    (void)state;
    struct net_builder b;
    nb_init(&b);
    uint32_t set = nb_set(&b, "s");
    uint32_t e = nb_population(&b, "e", 128, set), i = nb_population(&b, "i", 32, set);
    uint32_t in = nb_input(&b, "in", 32);
    nb_random(&b, "in -> e", nb_inputs(&b, in), nb_neurons(&b, e), 8, 1,
              nb_attr(&b, DENDRITE_AMPA, 1, true));
    nb_random(&b, "e -> e", nb_neurons(&b, e), nb_neurons(&b, e), 24, 2,
              nb_attr(&b, DENDRITE_NMDA, 2, true));
    uint32_t shunt = nb_all_to_all(&b, "i -> e", nb_neurons(&b, i), nb_neurons(&b, e),
                                   nb_attr(&b, DENDRITE_SHUNT, 4, true));
    nb_random(&b, "e -> i", nb_neurons(&b, e), nb_neurons(&b, i), 64, 3,
              nb_attr(&b, DENDRITE_NMDA, 8, true));
    nb_probe(&b, nb_neurons(&b, e), PROBE_SPIKES);
    map_ok(&b);
    assert_int_equal(b.mapping.first_word[1], 33);
    assert_int_equal(b.mapping.first_word[160] - b.mapping.first_word[159], 64);
    assert_int_equal(b.mapping.term_words[shunt], 128);
    assert_int_equal(b.mapping.shared_tags[shunt], 1);
    nb_expect(&b, DIAG_N0810, "32 sources share one tag in i -> e; nearby events will merge");
    nb_free(&b);
}

/* One source shares a tag with another into one population and speaks alone to a second. */
static void test_shared_and_own_tag(void **state)
{
    (void)state;
    struct net_builder b;
    struct nb_edge_vec edges = {NULL, 0, 0};
    nb_init(&b);
    uint32_t set = nb_set(&b, "s");
    uint32_t p = nb_population(&b, "p", 2, set), q = nb_population(&b, "q", 3, set);
    uint32_t on = nb_attr(&b, DENDRITE_AMPA, 1, true), off = nb_attr(&b, DENDRITE_AMPA, 1, false);
    nb_all_to_all(&b, "p -> q", nb_neurons(&b, p), nb_neurons(&b, q), on);
    VEC_PUSH(&b.arena, &edges, (struct nb_edge){1, 0, off, 3});
    nb_project(&b, "p -> q", nb_neurons(&b, p), nb_neurons(&b, q), &edges);
    map_ok(&b);
    assert_int_equal(b.mapping.first_route[1], 2);
    assert_int_equal(b.mapping.first_route[2], 3);
    /* own tag before the shared one: lowest sender first */
    assert_int_equal(b.mapping.routes[0].tag, 0);
    assert_int_equal(b.mapping.routes[1].tag, 1);
    assert_int_equal(b.mapping.first_word[4] - b.mapping.first_word[3], 4);
    nb_free(&b);
}

static void test_term_of_shared_word(void **state)
{
    (void)state;
    struct net_builder b;
    nb_init(&b);
    uint32_t set = nb_set(&b, "s");
    uint32_t p = nb_population(&b, "p", 4, set), q = nb_population(&b, "q", 2, set);
    uint32_t on = nb_attr(&b, DENDRITE_AMPA, 1, true);
    /* two projections whose sources have equal bundles: one word, of the first */
    nb_all_to_all(&b, "p[2:4] -> q", nb_view(UNIT_NEURON, p, 2, 2), nb_neurons(&b, q), on);
    nb_all_to_all(&b, "p[0:2] -> q", nb_view(UNIT_NEURON, p, 0, 2), nb_neurons(&b, q), on);
    map_ok(&b);
    assert_int_equal(b.mapping.term_words[0], 2);
    assert_int_equal(b.mapping.term_words[1], 0);
    assert_int_equal(b.mapping.shared_tags[0], 1);
    assert_int_equal(b.mapping.shared_tags[1], 1);
    nb_free(&b);
}

/* --- random nets of middling size --- */

struct random_net {
    uint64_t seed, n;
};
static uint32_t roll(struct random_net *r, uint32_t sides)
{
    return (uint32_t)(rng_bits(r->seed, r->n++, 0) % sides);
}

static struct view random_source(struct net_builder *b, struct random_net *r, uint32_t in)
{
    return roll(r, 3) ? nb_neurons(b, roll(r, b->net.populations.n)) : nb_inputs(b, in);
}

static void random_net(struct net_builder *b, uint64_t seed)
{
    struct random_net r = {seed, 0};
    nb_init(b);
    uint32_t sets = 1 + roll(&r, 3), n = 1 + roll(&r, 6);
    for (uint32_t s = 0; s < sets; s++)
        nb_set(b, "s");
    for (uint32_t p = 0; p < n; p++)
        nb_population(b, "p", 1 + roll(&r, 60), roll(&r, sets));
    uint32_t in = nb_input(b, "in", 1 + roll(&r, 40));
    for (uint32_t t = 1 + roll(&r, 6); t > 0; t--) {
        struct view pre = random_source(b, &r, in), post = nb_neurons(b, roll(&r, n));
        uint32_t attr = nb_attr(b, (enum dendrite)roll(&r, 4), 1, roll(&r, 4) != 0);
        if (roll(&r, 2))
            nb_all_to_all(b, "t", pre, post, attr);
        else
            nb_random(b, "t", pre, post, roll(&r, 12), seed, attr);
    }
    if (roll(&r, 3) == 0)
        nb_place(b, PLACE_APART_CORE, 2, roll(&r, n), roll(&r, n));
    if (roll(&r, 2))
        nb_probe(b, nb_neurons(b, roll(&r, n)), PROBE_SPIKES);
    if (roll(&r, 4) == 0)
        nb_probe(b, nb_view(UNIT_NEURON, roll(&r, n), 0, 1), PROBE_MEMBRANE);
    nb_finish(b);
}

/* Every mapping decodes to its net, and a disturbed solver gives the same bytes. */
static void test_random_nets(void **state)
{
    (void)state;
    enum { NETS = 400 };
    uint32_t fit = 0;
    for (uint64_t seed = 1; seed <= NETS; seed++) {
        const struct ilp_shim shim = {seed, 1e-7};
        struct net_builder b;
        random_net(&b, seed);
        if (nb_fit(&b) && nb_map(&b) == MAP_OK) {
            const char *fault = mapping_fault(&b);
            if (fault)
                fail_msg("seed %llu: %s", (unsigned long long)seed, fault);
            char *straight = mapping_dump(&b.arena, &b.net, &b.mapping);
            b.options.shim = &shim;
            assert_int_equal(nb_map(&b), MAP_OK);
            assert_string_equal(straight, mapping_dump(&b.arena, &b.net, &b.mapping));
            fit++;
        }
        nb_free(&b);
    }
    print_message("seeds 1..%d: %u fit\n", NETS, fit);
    assert_true(fit > NETS / 4);
}

/* --- boards, empty nets --- */

/* Ten neurons need no second chip. */
static void test_board_with_room(void **state)
{
    (void)state;
    struct net_builder b;
    nb_init(&b);
    b.net.chips = b.net.grid_w = 2;
    nb_population(&b, "p", 10, nb_set(&b, "s"));
    map_ok(&b);
    assert_int_equal(b.mapping.cores, 1);
    assert_int_equal(b.mapping.chips, 1);
    assert_int_equal(b.mapping.cut, 0);
    assert_true(b.mapping.optimal);
    nb_free(&b);
}

static void test_empty_net(void **state)
{
    (void)state;
    struct net_builder b;
    nb_init(&b);
    map_ok(&b);
    assert_int_equal(b.mapping.cores, 0);
    assert_int_equal(b.mapping.chips, 0);
    assert_true(b.mapping.optimal);
    nb_free(&b);
}

/* --- speed --- */

static double milliseconds(void)
{
    struct timespec t;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return 1e3 * (double)t.tv_sec + 1e-6 * (double)t.tv_nsec;
}

static void test_full_chip(void **state)
{
    (void)state;
    struct net_builder b;
    nb_init(&b);
    uint32_t p = nb_population(&b, "p", 1024, nb_set(&b, "s"));
    nb_band(&b, "p -> p", nb_neurons(&b, p), nb_neurons(&b, p), 64, 37,
            nb_attr(&b, DENDRITE_AMPA, 1, true));
    nb_probe(&b, nb_neurons(&b, p), PROBE_SPIKES);
    nb_finish(&b);
    double start = milliseconds();
    assert_true(nb_fit(&b));
    double counted = milliseconds();
    assert_int_equal(nb_map(&b), MAP_OK);
    double mapped = milliseconds();
    print_message("full chip: count %.1f ms, map %.1f ms\n", counted - start, mapped - counted);
    assert_null(mapping_fault(&b));
    nb_free(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_core_counts),
        cmocka_unit_test(test_split_populations),
        cmocka_unit_test(test_pieces_are_ranges),
        cmocka_unit_test(test_spread_is_disproved),
        cmocka_unit_test(test_one_core_per_set),
        cmocka_unit_test(test_equal_codes_share),
        cmocka_unit_test(test_wta),
        cmocka_unit_test(test_shared_and_own_tag),
        cmocka_unit_test(test_term_of_shared_word),
        cmocka_unit_test(test_random_nets),
        cmocka_unit_test(test_board_with_room),
        cmocka_unit_test(test_empty_net),
        cmocka_unit_test(test_full_chip),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
