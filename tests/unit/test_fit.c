/* links: mapper compiler device base */
/* The counting checks and what the mapper says when nothing fits: one below, at and above each
 * limit, and the messages. */
#include "tests/unit/mapping_check.h"

static bool noted(const struct diag *diag, const char *text)
{
    for (uint32_t i = 0; i < diag->notes.n; i++)
        if (strstr(diag->notes.at[i].text, text))
            return true;
    return false;
}
static bool helped(const struct diag *diag, const char *text)
{
    for (uint32_t i = 0; i < diag->fixes.n; i++)
        if (strstr(diag->fixes.at[i].text, text))
            return true;
    return false;
}
static bool counts(struct net_builder *b)
{
    nb_finish(b);
    return nb_fit(b);
}

/* --- neurons --- */

static bool declares(uint32_t n, struct net_builder *b)
{
    nb_init(b);
    nb_population(b, "big", n, nb_set(b, "s"));
    return counts(b);
}

static void test_board_neurons(void **state)
{
    (void)state;
    struct net_builder b;
    assert_true(declares(1023, &b));
    nb_free(&b);
    assert_true(declares(1024, &b));
    nb_free(&b);
    assert_false(declares(1025, &b));
    nb_expect(&b, DIAG_E0308, "declared 1025 neurons, the board has 1024");
    assert_true(helped(nb_found(&b, DIAG_E0308), "2 chips have 2048"));
    assert_null(nb_found(&b, DIAG_E0402));
    nb_free(&b);
}

static void test_reserve(void **state)
{
    (void)state;
    struct net_builder b;
    nb_init(&b);
    b.net.reserve = 0.1; /* 26 of 256 */
    nb_population(&b, "big", 920, nb_set(&b, "s"));
    assert_true(counts(&b));
    assert_int_equal(nb_map(&b), MAP_OK);
    assert_int_equal(b.mapping.cores, 4);
    for (uint32_t n = 0; n < 920; n++)
        assert_true(b.mapping.site_of[n] % 256 < 230);
    nb_free(&b);
    nb_init(&b);
    b.net.reserve = 0.1;
    nb_population(&b, "big", 921, nb_set(&b, "s"));
    assert_false(counts(&b));
    nb_expect(&b, DIAG_E0308, "declared 921 neurons, the board has 920 that may be used");
    nb_free(&b);
}

/* --- bias sets --- */

static void test_bias_sets_need_cores(void **state)
{
    (void)state;
    struct net_builder b;
    nb_init(&b);
    for (uint32_t i = 0; i < 3; i++)
        nb_population(&b, arena_printf(&b.arena, "p%u", i), 300,
                      nb_set(&b, arena_printf(&b.arena, "s%u", i)));
    assert_false(counts(&b));
    nb_expect(&b, DIAG_E0402, "3 bias sets need 6 cores, the board has 4");
    const struct diag *diag = nb_found(&b, DIAG_E0402);
    assert_true(noted(diag, "`s0` 300 neurons -> 2 cores; `s1` 300 -> 2; `s2` 300 -> 2"));
    assert_true(noted(diag, "this is a counting proof (2+2+2 > 4), no search was needed"));
    nb_free(&b);
}

static void test_five_sets(void **state)
{
    (void)state;
    struct net_builder b;
    nb_init(&b);
    for (uint32_t i = 0; i < 5; i++) {
        nb_population(&b, arena_printf(&b.arena, "p%u", i), 10,
                      nb_set(&b, arena_printf(&b.arena, "s%u", i)));
        if (i == 3) {
            net_finish(&b.arena, &b.net);
            assert_true(nb_fit(&b));
        }
    }
    assert_false(counts(&b));
    nb_expect(&b, DIAG_E0402, "5 bias sets need 5 cores, the board has 4");
    assert_true(helped(
        nb_found(&b, DIAG_E0402),
        "`s0` and `s1` differ only in SOIF_LEAK_N; with one common value the cores are enough"));
    nb_free(&b);
}

/* Codes that the compiler still chooses may come out equal: no proof before they are solved. */
static void test_open_codes_prove_nothing(void **state)
{
    (void)state;
    struct net_builder b;
    nb_init(&b);
    for (uint32_t i = 0; i < 5; i++) {
        uint32_t set = nb_set(&b, arena_printf(&b.arena, "s%u", i));
        b.net.bias_sets.at[set].request[BIAS_SOIF_LEAK_N].kind = REQUEST_SOLVED;
        nb_population(&b, arena_printf(&b.arena, "p%u", i), 10, set);
    }
    assert_true(counts(&b));
    assert_int_equal(nb_map(&b), MAP_INFEASIBLE);
    nb_expect(&b, DIAG_E0402, "5 bias sets need 5 cores, the board has 4");
    nb_free(&b);
}

/* --- place lines --- */

static bool pinned(uint32_t n, struct net_builder *b)
{
    nb_init(b);
    uint32_t p = nb_population(b, "exc", n, nb_set(b, "s"));
    nb_place(b, PLACE_CORE, 1, p)->core = 0;
    return counts(b);
}

static void test_neurons_pinned_to_a_core(void **state)
{
    (void)state;
    struct net_builder b;
    assert_true(pinned(255, &b));
    nb_free(&b);
    assert_true(pinned(256, &b));
    assert_int_equal(nb_map(&b), MAP_OK);
    nb_free(&b);
    assert_false(pinned(257, &b));
    nb_expect(&b, DIAG_E0303, "population exc needs 257 neurons, 256 usable on chip 0 core 0");
    nb_free(&b);
}

static void test_together_on_a_core(void **state)
{
    (void)state;
    struct net_builder b;
    nb_init(&b);
    uint32_t set = nb_set(&b, "s"), p = nb_population(&b, "p", 200, set);
    uint32_t q = nb_population(&b, "q", 57, set);
    nb_place(&b, PLACE_TOGETHER_CORE, 2, p, q);
    assert_false(counts(&b));
    nb_expect(&b, DIAG_E0303, "these views need 257 neurons, 256 usable on a core");
    nb_free(&b);
}

static void test_at(void **state)
{
    (void)state;
    struct net_builder b;
    nb_init(&b);
    uint32_t set = nb_set(&b, "s"), p = nb_population(&b, "p", 100, set);
    uint32_t q = nb_population(&b, "q", 150, set);
    struct place *at = nb_place(&b, PLACE_AT, 1, p);
    at->core = 2;
    at->first = 156;
    assert_true(counts(&b));
    assert_int_equal(nb_map(&b), MAP_OK);
    assert_int_equal(b.mapping.site_of[0], 2 * 256 + 156);
    assert_int_equal(b.mapping.site_of[99], 2 * 256 + 255);
    assert_int_equal(b.mapping.cores, 1);
    assert_int_equal(b.mapping.site_of[100], 2 * 256);
    b.net.places.at[0].first = 157;
    assert_false(nb_fit(&b));
    nb_expect(&b, DIAG_E0303, "p takes neurons 157 to 256 of chip 0 core 2, the last one is 255");
    assert_true(helped(nb_found(&b, DIAG_E0303), "by itself it fits from neuron 156 on"));
    (void)q;
    nb_free(&b);
}

/* Neurons around a fixed block: two pieces on one core, one population on one core. */
static void test_block_in_the_middle(void **state)
{
    (void)state;
    struct net_builder b;
    nb_init(&b);
    uint32_t set = nb_set(&b, "s"), p = nb_population(&b, "p", 10, set);
    nb_population(&b, "q", 200, set);
    nb_place(&b, PLACE_AT, 1, p)->first = 100;
    assert_true(counts(&b));
    assert_int_equal(nb_map(&b), MAP_OK);
    assert_null(mapping_fault(&b));
    assert_int_equal(b.mapping.cores, 1);
    assert_int_equal(b.mapping.pieces.n, 3);
    assert_int_equal(b.mapping.split_populations, 0);
    nb_free(&b);
}

static void test_two_sets_on_one_core(void **state)
{
    (void)state;
    struct net_builder b;
    nb_init(&b);
    uint32_t p = nb_population(&b, "exc", 10, nb_set(&b, "pc"));
    uint32_t q = nb_population(&b, "inh", 10, nb_set(&b, "pv"));
    nb_place(&b, PLACE_CORE, 1, p)->core = 1;
    nb_place(&b, PLACE_CORE, 1, q)->core = 1;
    assert_false(counts(&b));
    nb_expect(&b, DIAG_E0401,
              "exc and inh are both placed on chip 0 core 1, but pc and pv differ in 1 bias");
    assert_true(noted(nb_found(&b, DIAG_E0401), "SOIF_LEAK_N  dac(1, 0), dac(1, 1)"));
    nb_free(&b);
    nb_init(&b);
    p = nb_population(&b, "exc", 10, nb_set(&b, "pc"));
    q = nb_population(&b, "inh", 10, nb_set(&b, "pv"));
    nb_place(&b, PLACE_TOGETHER_CORE, 2, p, q);
    assert_false(counts(&b));
    nb_expect(&b, DIAG_E0401,
              "exc and inh are both placed on one core, but pc and pv differ in 1 bias");
    nb_free(&b);
}

/* --- conflicts that need a search --- */

static void test_conflicting_lines(void **state)
{
    (void)state;
    struct net_builder b;
    nb_init(&b);
    uint32_t set = nb_set(&b, "s"), p[5];
    for (uint32_t i = 0; i < 5; i++)
        p[i] = nb_population(&b, arena_printf(&b.arena, "p%u", i), 10, set);
    nb_place(&b, PLACE_TOGETHER_CORE, 1, p[0]);
    nb_place(&b, PLACE_TOGETHER_CORE, 2, p[1], p[2]);
    nb_place(&b, PLACE_NEAR, 1, p[0]);
    nb_place(&b, PLACE_TOGETHER_CORE, 2, p[2], p[3]);
    nb_place(&b, PLACE_APART_CORE, 2, p[1], p[3]);
    assert_true(counts(&b));
    assert_int_equal(nb_map(&b), MAP_INFEASIBLE);
    nb_expect(&b, DIAG_E0403, "no placement exists under 3 `place` constraints");
    const struct diag *diag = nb_found(&b, DIAG_E0403);
    assert_int_equal(diag->labels.n, 3);
    assert_int_equal(diag->labels.at[0].span.begin, nb_span(71).begin);
    assert_int_equal(diag->labels.at[1].span.begin, nb_span(73).begin);
    assert_int_equal(diag->labels.at[2].span.begin, nb_span(74).begin);
    nb_free(&b);
}

static void test_too_many_apart(void **state)
{
    (void)state;
    struct net_builder b;
    nb_init(&b);
    uint32_t set = nb_set(&b, "s"), p[5];
    for (uint32_t i = 0; i < 5; i++)
        p[i] = nb_population(&b, arena_printf(&b.arena, "p%u", i), 10, set);
    nb_place(&b, PLACE_APART_CORE, 4, p[0], p[1], p[2], p[3]);
    assert_true(counts(&b));
    assert_int_equal(nb_map(&b), MAP_OK);
    assert_int_equal(b.mapping.cores, 4);
    assert_int_equal(b.mapping.cores_bound, 4);
    nb_place(&b, PLACE_APART_CORE, 5, p[0], p[1], p[2], p[3], p[4]);
    assert_int_equal(nb_map(&b), MAP_INFEASIBLE);
    nb_expect(&b, DIAG_E0403, "no placement exists under 1 `place` constraint");
    nb_free(&b);
}

static void test_spread(void **state)
{
    (void)state;
    struct net_builder b;
    uint32_t load[4] = {0};
    nb_init(&b);
    uint32_t p = nb_population(&b, "p", 10, nb_set(&b, "s"));
    nb_place(&b, PLACE_SPREAD, 1, p)->cores = 4;
    assert_true(counts(&b));
    assert_int_equal(nb_map(&b), MAP_OK);
    for (uint32_t n = 0; n < 10; n++)
        load[b.mapping.site_of[n] / 256]++;
    assert_true(load[0] == 3 && load[1] == 3 && load[2] == 2 && load[3] == 2);
    nb_free(&b);
}

/* --- membrane probes --- */

static void test_membrane_probes(void **state)
{
    (void)state;
    struct net_builder b;
    nb_init(&b);
    uint32_t p = nb_population(&b, "exc", 20, nb_set(&b, "s"));
    nb_probe(&b, nb_view(UNIT_NEURON, p, 10, 1), PROBE_MEMBRANE);
    nb_probe(&b, nb_view(UNIT_NEURON, p, 12, 1), PROBE_MEMBRANE);
    assert_true(counts(&b));
    assert_int_equal(nb_map(&b), MAP_OK);
    assert_int_equal(b.mapping.cores, 2);
    assert_null(mapping_fault(&b));
    nb_place(&b, PLACE_CORE, 1, p)->core = 1;
    assert_false(nb_fit(&b));
    nb_expect(&b, DIAG_E0306, "two membrane probes on chip 0 core 1: exc[10], exc[12]");
    nb_free(&b);
    nb_init(&b);
    p = nb_population(&b, "exc", 20, nb_set(&b, "s"));
    nb_probe(&b, nb_view(UNIT_NEURON, p, 0, 5), PROBE_MEMBRANE);
    assert_false(counts(&b));
    nb_expect(&b, DIAG_E0306, "5 neurons with a membrane probe, the board has 4 cores");
    nb_free(&b);
}

/* --- words --- */

static bool hears(uint32_t words, bool share, struct net_builder *b)
{
    nb_init(b);
    uint32_t set = nb_set(b, "s"), src = nb_input(b, "src", 100);
    uint32_t p = nb_population(b, "PC", 20, set), q = nb_population(b, "PV", 4, set);
    nb_all_to_all(b, "PV -> PC", nb_neurons(b, q), nb_neurons(b, p),
                  nb_attr(b, DENDRITE_SHUNT, 4, share));
    nb_random(b, "src -> PC", nb_inputs(b, src), nb_neurons(b, p), words - 4, 5,
              nb_attr(b, DENDRITE_NMDA, 1, true));
    return counts(b);
}

static void test_cam_words(void **state)
{
    (void)state;
    struct net_builder b;
    assert_true(hears(63, false, &b));
    nb_free(&b);
    assert_true(hears(64, false, &b));
    assert_int_equal(b.usage.words[0], 64);
    assert_int_equal(b.usage.words[20], 0);
    assert_int_equal(nb_map(&b), MAP_OK);
    assert_null(mapping_fault(&b));
    nb_free(&b);
    assert_false(hears(65, false, &b));
    nb_expect(&b, DIAG_E0301, "population PC: neuron 0 needs 65 CAM words, 64 available");
    const struct diag *diag = nb_found(&b, DIAG_E0301);
    assert_string_equal(diag->labels.at[0].text, "61 of the 65 words");
    assert_int_equal(diag->labels.at[0].span.begin, nb_span(41).begin);
    assert_true(noted(diag, "words of PC[0] by projection\n  61  src -> PC  nmda\n   4  PV -> PC   "
                            "shunt"));
    assert_true(noted(diag, "20 of 20 neurons of PC are over the limit, the worst by 1"));
    assert_true(helped(diag, "`share = on`"));
    nb_free(&b);
    assert_true(hears(67, true, &b));
    assert_int_equal(b.usage.words[0], 64);
    assert_int_equal(b.usage.words_unshared[0], 67);
    assert_int_equal(b.usage.term_words_unshared[0], 80);
    nb_free(&b);
    assert_false(hears(70, true, &b));
    assert_true(helped(nb_found(&b, DIAG_E0301), "`fan_in(63)`"));
    nb_free(&b);
}

/* One message per population. */
static void test_one_message_per_population(void **state)
{
    (void)state;
    struct net_builder b;
    uint32_t n = 0;
    nb_init(&b);
    uint32_t src = nb_input(&b, "src", 100), p = nb_population(&b, "p", 9, nb_set(&b, "s"));
    nb_population(&b, "quiet", 3, 0);
    nb_all_to_all(&b, "src -> p", nb_inputs(&b, src), nb_neurons(&b, p),
                  nb_attr(&b, DENDRITE_AMPA, 1, false));
    assert_false(counts(&b));
    for (uint32_t i = 0; i < b.sink.all.n; i++)
        n += b.sink.all.at[i]->code == DIAG_E0301;
    assert_int_equal(n, 1);
    nb_expect(&b, DIAG_W0711, "population quiet receives nothing");
    nb_free(&b);
}

/* --- SRAM words --- */

/* p[0] must share a tag with each of n rivals in a population of its own, or CAM runs out. */
static bool shares_in(uint32_t n, bool probe, struct net_builder *b)
{
    nb_init(b);
    uint32_t set = nb_set(b, "s"), p = nb_population(b, "p", n + 1, set);
    uint32_t in = nb_input(b, "in", 63 * n), attr = nb_attr(b, DENDRITE_AMPA, 1, true);
    for (uint32_t i = 0; i < n; i++) {
        struct nb_edge_vec edges = {NULL, 0, 0};
        uint32_t q = nb_population(b, arena_printf(&b->arena, "q%u", i), 1, set);
        VEC_PUSH(&b->arena, &edges, (struct nb_edge){0, 0, attr, 1});
        VEC_PUSH(&b->arena, &edges, (struct nb_edge){0, i + 1, attr, 1});
        nb_project(b, "p -> q", nb_neurons(b, p), nb_neurons(b, q), &edges);
        nb_all_to_all(b, "in -> q", nb_view(UNIT_INPUT, in, 63 * i, 63), nb_neurons(b, q),
                      nb_attr(b, DENDRITE_AMPA, 2, false));
    }
    if (probe)
        nb_probe(b, nb_neurons(b, p), PROBE_SPIKES);
    return counts(b);
}

static void test_sram_words(void **state)
{
    (void)state;
    struct net_builder b;
    assert_true(shares_in(3, true, &b));
    assert_int_equal(nb_map(&b), MAP_OK);
    assert_null(mapping_fault(&b));
    nb_free(&b);
    assert_true(shares_in(4, false, &b));
    assert_int_equal(nb_map(&b), MAP_OK);
    nb_free(&b);
    assert_false(shares_in(4, true, &b));
    nb_expect(&b, DIAG_E0302,
              "population p: neuron 0 needs 5 SRAM words (4 tags + 1 spike probe), 4 available");
    assert_true(helped(nb_found(&b, DIAG_E0302), "without spike probes on these, every neuron of"));
    nb_free(&b);
    assert_false(shares_in(5, false, &b));
    nb_expect(&b, DIAG_E0302, "population p: neuron 0 needs 5 SRAM words (5 tags), 4 available");
    nb_free(&b);
}

/* --- tags --- */

static bool needs_tags(uint32_t n, bool on_one_core, struct net_builder *b)
{
    struct nb_edge_vec edges = {NULL, 0, 0};
    nb_init(b);
    uint32_t p = nb_population(b, "p", 250, nb_set(b, "s")), in = nb_input(b, "in", n);
    uint32_t attr = nb_attr(b, DENDRITE_AMPA, 1, false);
    for (uint32_t j = 0; j < n; j++)
        VEC_PUSH(&b->arena, &edges, (struct nb_edge){j * 250 / n, j, attr, 1});
    nb_project(b, "in -> p", nb_inputs(b, in), nb_neurons(b, p), &edges);
    if (on_one_core)
        nb_place(b, PLACE_TOGETHER_CORE, 1, p);
    return counts(b);
}

static void test_tags(void **state)
{
    (void)state;
    struct net_builder b;
    assert_true(needs_tags(2048, true, &b));
    assert_int_equal(nb_map(&b), MAP_OK);
    assert_int_equal(b.mapping.tags_on_core[0], 2048);
    assert_null(mapping_fault(&b));
    nb_free(&b);
    assert_false(needs_tags(2049, true, &b));
    nb_expect(&b, DIAG_E0304, "the core of these neurons needs 2049 tags, 2048 exist");
    nb_free(&b);
    /* free to use more cores, it fits: one core is the bound, two are used */
    assert_true(needs_tags(4000, false, &b));
    assert_int_equal(nb_map(&b), MAP_OK);
    assert_null(mapping_fault(&b));
    assert_int_equal(b.mapping.cores, 2);
    assert_int_equal(b.mapping.cores_bound, 1);
    assert_false(b.mapping.optimal || b.mapping.canonical);
    nb_free(&b);
    assert_false(needs_tags(8193, false, &b));
    nb_expect(&b, DIAG_E0304, "the board needs 8193 tags, 8192 exist on all its cores together");
    nb_free(&b);
}

/* --- warnings --- */

static void test_warnings(void **state)
{
    (void)state;
    struct net_builder b;
    nb_init(&b);
    uint32_t set = nb_set(&b, "s"), p = nb_population(&b, "p", 8, set);
    uint32_t q = nb_population(&b, "q", 3, set);
    nb_all_to_all(&b, "p -> q", nb_neurons(&b, p), nb_neurons(&b, q),
                  nb_attr(&b, DENDRITE_AMPA, 1, true));
    b.net.latches = ARENA_ARRAY(&b.arena, uint16_t, 11);
    for (uint32_t i = 0; i < 8; i++)
        b.net.latches[i] = 1u << LATCH_so_dc | (i < 7 ? 1u << LATCH_soif_kill : 0);
    assert_true(counts(&b));
    nb_expect(&b, DIAG_W0712,
              "killed neurons p[0], p[1], p[2], p[3], p[4] and 2 more are sources of 21 synapses");
    assert_null(nb_found(&b, DIAG_W0711)); /* p is driven by its DC current */
    nb_free(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_board_neurons),
        cmocka_unit_test(test_reserve),
        cmocka_unit_test(test_bias_sets_need_cores),
        cmocka_unit_test(test_five_sets),
        cmocka_unit_test(test_open_codes_prove_nothing),
        cmocka_unit_test(test_neurons_pinned_to_a_core),
        cmocka_unit_test(test_together_on_a_core),
        cmocka_unit_test(test_at),
        cmocka_unit_test(test_block_in_the_middle),
        cmocka_unit_test(test_two_sets_on_one_core),
        cmocka_unit_test(test_conflicting_lines),
        cmocka_unit_test(test_too_many_apart),
        cmocka_unit_test(test_spread),
        cmocka_unit_test(test_membrane_probes),
        cmocka_unit_test(test_cam_words),
        cmocka_unit_test(test_one_message_per_population),
        cmocka_unit_test(test_sram_words),
        cmocka_unit_test(test_tags),
        cmocka_unit_test(test_warnings),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
