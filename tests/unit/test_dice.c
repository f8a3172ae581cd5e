/* Dice of projections against their definition: identities, sites, keys, draws.
 * links: compiler grammar backend device base */
#include "edge_matrix.h"

static double die(uint64_t key, uint32_t pre, uint32_t post)
{
    return rng_unit(rng_bits(key, pre, post));
}

static void random_is_its_definition(void **state)
{
    (void)state;
    static const struct {
        const char *projection, *identity;
        uint64_t site;
        double p;
    } cases[] = {
        {"a -> c : ampa(random(0.3), weight = b.s);", "a -> c", 0, 0.3},
        {"rec: a -> c : ampa(random(0.3), weight = b.s);", "rec", 0, 0.3},
        {"a -> c : ampa(random(0), weight = b.s);", "a -> c", 0, 0},
        {"a -> c : ampa(random(1), weight = b.s);", "a -> c", 0, 1},
        {"a -> c : ampa(random(0.9) or random(0.3) and off, weight = b.s);", "a -> c", 0, 0.9},
        {"let r = random(0.4); a -> c : ampa(r and r, weight = b.s);", "a -> c", 0, 0.4},
        {"fn f(p) = random(p); a -> c : ampa(f(0.4), weight = b.s);", "a -> c", 0, 0.4},
        {"for i in 3:4 { rec: a -> c : ampa(random(0.3), weight = b.s); }", "rec[3]", 0, 0.3},
        {"a -> c : ampa(select(off, random(0.5), random(0.3)), weight = b.s);", "a -> c", 1, 0.3},
        {"a[2:6] -> c[1:7:2] : ampa(random(0.3), weight = b.s);", "a[2:6:1] -> c[1:6:2]", 0, 0.3},
    };
    struct edges *edges = malloc(sizeof *edges);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct elab_case *c = dice_case(cases[i].projection, edges);
        const struct projection *projection = &c->out.net.projections.at[0];
        uint64_t key = rng_site_key(42, cases[i].identity, cases[i].site);
        for (uint32_t p = 0; p < projection->pre.size; p++)
            for (uint32_t q = 0; q < projection->post.size; q++)
                assert_int_equal(edges->count[p][q], die(key, p, q) < cases[i].p);
        dice_done(c);
    }
    free(edges);
}

static void two_calls_are_two_dice(void **state)
{
    (void)state;
    struct edges *edges = malloc(sizeof *edges);
    struct elab_case *c =
        dice_case("fn f(p) = random(p); a -> c : ampa(f(0.5) and f(0.6), weight = b.s);", edges);
    uint64_t first = rng_site_key(42, "a -> c", 0), second = rng_site_key(42, "a -> c", 1);
    for (uint32_t p = 0; p < 10; p++)
        for (uint32_t q = 0; q < 8; q++)
            assert_int_equal(edges->count[p][q], die(first, p, q) < 0.5 && die(second, p, q) < 0.6);
    dice_done(c);
    free(edges);
}

/* A `let` rolls once per pair, also across the terms of the projection. */
static void terms_share_the_die_of_a_let(void **state)
{
    (void)state;
    struct edges *edges = malloc(2 * sizeof *edges);
    struct elab_case *c = dice_case("let r = random(0.5); a -> c : ampa(r, weight = b.s), "
                                    "nmda(not r, weight = b.t);",
                                    edges);
    read_edges(c, 1, edges + 1);
    for (uint32_t p = 0; p < 10; p++)
        for (uint32_t q = 0; q < 8; q++)
            assert_int_equal(edges[0].count[p][q] + edges[1].count[p][q], 1);
    dice_done(c);
    free(edges);
}

static void keyed_dice_depend_on_seed_and_key_alone(void **state)
{
    (void)state;
    struct edges *edges = malloc(sizeof *edges);
    struct elab_case *c =
        dice_case("a -> c : ampa(random(0.5, key = 7), weight = b.s); "
                  "a -> c : nmda(random(0.5, key = 7), weight = b.s);", /* no E0226 */
                  edges);
    uint64_t key = rng_user_key(42, 7);
    for (uint32_t t = 0; t < 2; t++) {
        read_edges(c, t, edges);
        for (uint32_t p = 0; p < 10; p++)
            for (uint32_t q = 0; q < 8; q++)
                assert_int_equal(edges->count[p][q], die(key, p, q) < 0.5);
    }
    dice_done(c);
    free(edges);
}

/* The k smallest by full enumeration: how many candidates come before this one. */
static bool drawn(uint64_t key, uint32_t p, uint32_t q, int mode, uint32_t k,
                  bool (*candidate)(uint32_t, uint32_t))
{
    uint32_t before = 0;
    uint64_t mine = rng_bits(key, p, q) >> 11;
    if (!candidate(p, q))
        return false;
    for (uint32_t i = 0; i < 10; i++) {
        for (uint32_t j = 0; j < 8; j++) {
            if ((mode == 0 && j != q) || (mode == 1 && i != p) || !candidate(i, j))
                continue;
            uint64_t other = rng_bits(key, i, j) >> 11;
            before += other < mine || (other == mine && (i < p || (i == p && j < q)));
        }
    }
    return before < k;
}

static bool any(uint32_t p, uint32_t q)
{
    (void)p;
    (void)q;
    return true;
}

static bool unequal(uint32_t p, uint32_t q)
{
    return p != q;
}

static void draws_are_their_definition(void **state)
{
    (void)state;
    static const struct {
        const char *mask;
        int mode;
        uint32_t k;
        bool (*candidate)(uint32_t, uint32_t);
    } cases[] = {
        {"fan_in(0)", 0, 0, any},
        {"fan_in(1)", 0, 1, any},
        {"fan_in(4)", 0, 4, any},
        {"fan_in(10)", 0, 10, any},
        {"fan_in(4, pre != post)", 0, 4, unequal},
        {"fan_in(9, pre != post)", 0, 9, unequal},
        {"fan_in(4, mask = pre != post)", 0, 4, unequal},
        {"fan_out(3)", 1, 3, any},
        {"fan_out(8)", 1, 8, any},
        {"fan_out(3, pre != post)", 1, 3, unequal},
        {"fixed_total(0)", 2, 0, any},
        {"fixed_total(17)", 2, 17, any},
        {"fixed_total(80)", 2, 80, any},
        {"fixed_total(17, pre != post)", 2, 17, unequal},
    };
    struct edges *edges = malloc(sizeof *edges);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char projection[128];
        snprintf(projection, sizeof projection, "a -> c : ampa(%s, weight = b.s);", cases[i].mask);
        struct elab_case *c = dice_case(projection, edges);
        uint64_t key = rng_site_key(42, "a -> c", 0);
        for (uint32_t p = 0; p < 10; p++)
            for (uint32_t q = 0; q < 8; q++)
                assert_int_equal(edges->count[p][q],
                                 drawn(key, p, q, cases[i].mode, cases[i].k, cases[i].candidate));
        dice_done(c);
    }
    free(edges);
}

static void counts_may_follow_the_fixed_side(void **state)
{
    (void)state;
    struct edges *edges = malloc(sizeof *edges);
    struct elab_case *c = dice_case("a -> c : ampa(fan_in(post + 1), weight = b.s);", edges);
    for (uint32_t q = 0; q < 8; q++) {
        uint32_t n = 0;
        for (uint32_t p = 0; p < 10; p++)
            n += edges->count[p][q];
        assert_int_equal(n, q + 1);
    }
    dice_done(c);
    check_error(PREAMBLE "population a[3] : b; a -> a : ampa(fan_in(@pre), weight = b.s);",
                "E0203");
    check_error(PREAMBLE "population a[3] : b; a -> a : ampa(fan_out(@post), weight = b.s);",
                "E0203");
    check_error(PREAMBLE "population a[3] : b; a -> a : ampa(fixed_total(@post), weight = b.s);",
                "E0203");
    free(edges);
}

/* Draws within draws, and draws under a mask that is evaluated sparsely. */
static void draws_nest(void **state)
{
    (void)state;
    struct edges *edges = malloc(sizeof *edges);
    struct elab_case *c = dice_case("a -> c : ampa(fan_out(2, fan_in(5)), weight = b.s);", edges);
    uint64_t inner = rng_site_key(42, "a -> c", 1), outer = rng_site_key(42, "a -> c", 0);
    if (c->ok) {
        for (uint32_t p = 0; p < 10; p++) {
            for (uint32_t q = 0; q < 8; q++) {
                uint32_t before = 0;
                bool in = drawn(inner, p, q, 0, 5, any);
                for (uint32_t j = 0; j < 8; j++)
                    before += drawn(inner, p, j, 0, 5, any)
                              && rng_bits(outer, p, j) >> 11 < rng_bits(outer, p, q) >> 11;
                assert_int_equal(edges->count[p][q], in && before < 2);
            }
        }
    }
    dice_done(c);
    c = dice_case("a -> c : ampa(pre == post and random(0.5), weight = b.s);", edges);
    uint64_t key = rng_site_key(42, "a -> c", 0);
    for (uint32_t p = 0; p < 10; p++)
        for (uint32_t q = 0; q < 8; q++)
            assert_int_equal(edges->count[p][q], p == q && die(key, p, q) < 0.5);
    dice_done(c);
    free(edges);
}

static void larger_probability_only_adds(void **state)
{
    (void)state;
    struct edges *edges = malloc(2 * sizeof *edges);
    struct elab_case *few = dice_case("a -> c : ampa(random(0.2), weight = b.s);", edges);
    struct elab_case *more = dice_case("a -> c : ampa(random(0.4), weight = b.s);", edges + 1);
    for (uint32_t p = 0; p < 10; p++)
        for (uint32_t q = 0; q < 8; q++)
            assert_true(edges[1].count[p][q] >= edges[0].count[p][q]);
    assert_true(edges[1].total > edges[0].total);
    dice_done(few);
    dice_done(more);
    free(edges);
}

static void identities_are_told_apart(void **state)
{
    (void)state;
    check_error(PREAMBLE "population a[3] : b; a -> a : ampa(random(0.5), weight = b.s);\n"
                         "@a -> a : nmda(random(0.5), weight = b.s);",
                "E0226");
    check_error(PREAMBLE "population a[3] : b;\nfor i in 0:2 { @a -> a : ampa(random(0.5), "
                         "weight = b.s); }",
                "E0226");
    /* A view of another shape with the same identity hides nothing. */
    check_error(PREAMBLE "population a[1, 1] : b; a -> a : ampa(random(0.5), weight = b.s);\n"
                         "a[0, :] -> a : ampa(random(0.5), weight = b.s);\n"
                         "@a[0, :] -> a : nmda(random(0.5), weight = b.s);",
                "E0226");
    struct elab_case *c =
        dice_case("a -> c : ampa(random(0.5), weight = b.s); a -> c : nmda(weight = b.s);"
                  "x: a -> c : nmda(random(0.5), weight = b.s);"
                  "for i in 0:2 { y: a -> c : gaba(random(0.5), weight = b.s); }",
                  NULL);
    assert_string_equal(c->out.net.projections.at[4].name, "y[1]");
    dice_done(c);
    check_error(PREAMBLE "population a[3] : b; x: a -> a : ampa(weight = b.s);\n"
                         "@x: a -> a : ampa(weight = b.s);",
                "E0211");
}

static void identity_has_the_instance(void **state)
{
    (void)state;
    struct elab_case *c = case_of(
        PREAMBLE "net hand(n: int) { population f[n] : b; rec: f -> f : ampa(random(0.5), weight = "
                 "b.s); f -> f : nmda(random(0.5), weight = b.s); } use w = hand(4); "
                 "use c[2] = hand(4);");
    case_clean(c, "");
    assert_string_equal(c->out.net.projections.at[0].name, "w.rec");
    assert_string_equal(c->out.net.projections.at[1].name, "w.f -> w.f");
    assert_string_equal(c->out.net.projections.at[4].name, "c[1].rec");
    assert_string_equal(c->out.net.projections.at[5].name, "c[1].f -> c[1].f");
    case_free(c);
}

/* Dice count where they are rolled. */
static void dice_where_the_mask_can_hold(void **state)
{
    (void)state;
    static const char *const masks[] = {"pre == post and random(0.5)",
                                        "random(0.5) and abs(pre - post) <= 2",
                                        "fan_in(1, abs(pre - post) <= 2)"};
    for (size_t i = 0; i < 3; i++) {
        char text[512];
        snprintf(text, sizeof text,
                 "target dynapse2(chips = 4); bias b { weight.s = 1 nA; } population a[4096] : b; "
                 "input s[4098]; s -> a : ampa(%s, weight = b.s);",
                 masks[i]);
        struct elab_case *c = case_of(text);
        case_clean(c, "N0813");
        case_free(c);
    }
}

static void dice_over_too_many_pairs(void **state)
{
    (void)state;
    static const struct {
        uint32_t inputs;
        bool fits;
    } cases[] = {{4095, true}, {4096, true}, {4097, false}};
    for (size_t i = 0; i < 3; i++) { /* 2^24 = 4096 * 4096 */
        char text[512];
        snprintf(text, sizeof text,
                 "target dynapse2(chips = 4); bias b { weight.s = 1 nA; } population a[4096] : b; "
                 "input s[%u]; s -> a : ampa(random(0.001), weight = b.s);",
                 cases[i].inputs);
        struct elab_case *c = case_of(text);
        assert_int_equal(case_count(c, "E0225"), !cases[i].fits);
        assert_int_equal(c->ok, cases[i].fits);
        case_free(c);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(random_is_its_definition),
        cmocka_unit_test(two_calls_are_two_dice),
        cmocka_unit_test(terms_share_the_die_of_a_let),
        cmocka_unit_test(keyed_dice_depend_on_seed_and_key_alone),
        cmocka_unit_test(draws_are_their_definition),
        cmocka_unit_test(counts_may_follow_the_fixed_side),
        cmocka_unit_test(draws_nest),
        cmocka_unit_test(larger_probability_only_adds),
        cmocka_unit_test(identities_are_told_apart),
        cmocka_unit_test(identity_has_the_instance),
        cmocka_unit_test(dice_where_the_mask_can_hold),
        cmocka_unit_test(dice_over_too_many_pairs),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
