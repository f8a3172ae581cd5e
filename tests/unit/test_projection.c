/* Projections: masks against a plain double loop written here, attributes of edges, errors of terms
 * and pairs, warnings and limits.
 * links: compiler grammar backend device base */
#include "edge_matrix.h"

#include "compiler/base/elementary.h"

#include <math.h>

/* --- masks --- */

struct at {             /* one pair as the naive loop sees it */
    int64_t p, q, n, m; /* pre, post and the sizes of their views */
    int64_t px, py, pz, qx, qy, qz;
    double pu, pv, qu, qv;
};

static int64_t floor_div(int64_t a, int64_t b)
{
    return (int64_t)floor((double)a / (double)b);
}

static int64_t floor_mod(int64_t a, int64_t b)
{
    return a - b * floor_div(a, b);
}

static int64_t least(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

static double distance(const struct at *a)
{
    return sqrt((double)((a->px - a->qx) * (a->px - a->qx) + (a->py - a->qy) * (a->py - a->qy)));
}

/* The masks: as written in the language, and as the loop decides them. */
#define MASKS                                                                                      \
    MASK("on", true)                                                                               \
    MASK("off", false)                                                                             \
    MASK("pre == post", a->p == a->q)                                                              \
    MASK("post == pre", a->p == a->q)                                                              \
    MASK("pre != post", a->p != a->q)                                                              \
    MASK("not pre == post", a->p != a->q)                                                          \
    MASK("post == pre + 1", a->q == a->p + 1)                                                      \
    MASK("post == (pre + 1) % 5", a->q == floor_mod(a->p + 1, 5))                                  \
    MASK("(post - 1) % 4 == pre", floor_mod(a->q - 1, 4) == a->p)                                  \
    MASK("pre // 2 == post // 2", floor_div(a->p, 2) == floor_div(a->q, 2))                        \
    MASK("pre % 3 == post", floor_mod(a->p, 3) == a->q)                                            \
    MASK("abs(pre - post) <= 2", llabs(a->p - a->q) <= 2)                                          \
    MASK("pre == 3", a->p == 3)                                                                    \
    MASK("post == 2", a->q == 2)                                                                   \
    MASK("pre < 3 and post > 1", a->p<3 && a->q> 1)                                                \
    MASK("pre == post and pre % 2 == 0", a->p == a->q && a->p % 2 == 0)                            \
    MASK("pre % 2 == 0 and pre == post", a->p == a->q && a->p % 2 == 0)                            \
    MASK("pre == post or pre == post + 1", a->p == a->q || a->p == a->q + 1)                       \
    MASK("pre == post and post == pre", a->p == a->q)                                              \
    MASK("pre + post == 4", a->p + a->q == 4)                                                      \
    MASK("pre * post % 3 == 1", floor_mod(a->p * a->q, 3) == 1)                                    \
    MASK("pre - post in -1 .. 2", a->p - a->q >= -1 && a->p - a->q <= 2)                           \
    MASK("min((pre - post) % 5, (post - pre) % 5) in 1 .. 2",                                      \
         least(floor_mod(a->p - a->q, 5), floor_mod(a->q - a->p, 5)) >= 1                          \
             && least(floor_mod(a->p - a->q, 5), floor_mod(a->q - a->p, 5)) <= 2)                  \
    MASK("pre.x == post.x", a->px == a->qx)                                                        \
    MASK("pre.y == post.x and pre.x != 1", a->py == a->qx && a->px != 1)                           \
    MASK("pre.x == post.y + 1", a->px == a->qy + 1)                                                \
    MASK("pre.z == post.z and pre.p >= 0", a->pz == a->qz)                                         \
    MASK("dist(pre, post) <= 1.5", distance(a) <= 1.5)                                             \
    MASK("hypot(pre.u - post.u, pre.v - post.v) < 0.3",                                            \
         sqrt((a->pu - a->qu) * (a->pu - a->qu) + (a->pv - a->qv) * (a->pv - a->qv)) < 0.3)        \
    MASK("gauss(dist(pre, post), 1.0) > 0.5", elem_exp(-distance(a) * distance(a) / 2) > 0.5)      \
    MASK("select(pre > post, pre % 2 == 0, post % 2 == 0)",                                        \
         a->p > a->q ? a->p % 2 == 0 : a->q % 2 == 0)                                              \
    MASK("pre / 2 > post", (double)a->p / 2 > (double)a->q)                                        \
    MASK("pre ** 2 > post", a->p * a->p > a->q)                                                    \
    MASK("floor(pre / 2) == post", floor_div(a->p, 2) == a->q)                                     \
    MASK("max(pre, post) == 3", (a->p > a->q ? a->p : a->q) == 3)                                  \
    MASK("pre != post and 1 / (pre - post) > 0.4",                                                 \
         a->p != a->q && 1.0 / (double)(a->p - a->q) > 0.4)                                        \
    MASK("pre == post or 12 % (pre - post) == 0", a->p == a->q || floor_mod(12, a->p - a->q) == 0) \
    MASK("pre < 2 and [on, off][pre]", a->p == 0)                                                  \
    MASK("sum([[1, 2, 3], [4, 5, 6], [7, 8, 9]][pre % 3]) > 10 + post",                            \
         6 + 9 * (a->p % 3) > 10 + a->q)                                                           \
    MASK("[[1, 0], [0, 1]][pre % 2, post % 2] != 0", a->p % 2 == a->q % 2)                         \
    MASK("[[1, 0], [0, 1]][pre % 2][post % 2] != 0", a->p % 2 == a->q % 2)                         \
    MASK("[0.5, 1.5, 2.5][pre % 3] < post", (double)(a->p % 3) + 0.5 < (double)a->q)               \
    MASK("shift(2)", a->p == a->q + 2)                                                             \
    MASK("apart(pre, post)", a->p > a->q)                                                          \
    MASK("near and pre != post", llabs(a->p - a->q) < 2 && a->p != a->q)                           \
    MASK("n == 5 and pre == post", a->p == a->q)                                                   \
    MASK("len([i for i in 0:post + 1]) > pre", a->q + 1 > a->p)

static bool decide(size_t which, const struct at *a)
{
    size_t i = 0;
#define MASK(text, holds)                                                                          \
    if (i++ == which)                                                                              \
        return holds;
    MASKS
#undef MASK
    fail_msg("no mask %zu", which);
    return false;
}

static const char *const mask_texts[] = {
#define MASK(text, holds) text,
    MASKS
#undef MASK
};
enum { N_MASKS = sizeof mask_texts / sizeof mask_texts[0] };

static const struct shape {
    const char *pre, *post; /* declarations are a[..], c[..]; views as used */
    const char *pre_view, *post_view;
    uint32_t pre_dims[3], post_dims[3]; /* of the views: z, y, x; 1 where absent */
} shapes[] = {
    {"[7]", "[5]", "a", "c", {1, 1, 7}, {1, 1, 5}},
    {"[6]", "[6]", "a", "c", {1, 1, 6}, {1, 1, 6}},
    {"[3, 4]", "[4, 3]", "a", "c", {1, 3, 4}, {1, 4, 3}},
    {"[2, 2, 3]", "[2, 2, 3]", "a", "c", {2, 2, 3}, {2, 2, 3}},
    {"[12]", "[10]", "a[1:11:2]", "c[2:9]", {1, 1, 5}, {1, 1, 7}},
    {"[4, 5]", "[3, 4, 2]", "a[1:3, 0:5:2]", "c[:, 1]", {1, 2, 3}, {1, 3, 2}},
    {"[1]", "[9]", "a", "c", {1, 1, 1}, {1, 1, 9}},
};
enum { N_SHAPES = sizeof shapes / sizeof shapes[0] };

static uint32_t shape_size(const uint32_t *dims)
{
    return dims[0] * dims[1] * dims[2];
}

static struct at pair_at(const struct shape *shape, uint32_t p, uint32_t q)
{
    const uint32_t *d = shape->pre_dims, *e = shape->post_dims;
    struct at a = {.p = p, .q = q, .n = shape_size(d), .m = shape_size(e)};
    a.px = p % d[2];
    a.py = p / d[2] % d[1];
    a.pz = p / d[2] / d[1];
    a.qx = q % e[2];
    a.qy = q / e[2] % e[1];
    a.qz = q / e[2] / e[1];
    a.pu = ((double)a.px + 0.5) / d[2];
    a.pv = ((double)a.py + 0.5) / d[1];
    a.qu = ((double)a.qx + 0.5) / e[2];
    a.qv = ((double)a.qy + 0.5) / e[1];
    return a;
}

static struct elab_case *mask_case(const struct shape *shape, const char *mask, char *text,
                                   size_t size)
{
    snprintf(text, size,
             PREAMBLE "let n = 5; fn shift(k) = pre == post + k; fn apart(u, v) = u > v; "
                      "let near = abs(pre - post) < 2; "
                      "population a%s : b; population c%s : b; %s -> %s : ampa(%s, weight = b.s);",
             shape->pre, shape->post, shape->pre_view, shape->post_view, mask);
    return case_of(text);
}

static void masks_equal_the_double_loop(void **state)
{
    (void)state;
    struct edges *edges = malloc(sizeof *edges);
    for (size_t s = 0; s < N_SHAPES; s++) {
        for (size_t m = 0; m < N_MASKS; m++) {
            char text[1024];
            struct elab_case *c = mask_case(&shapes[s], mask_texts[m], text, sizeof text);
            case_clean(c, "W0715 W0716 W0219");
            read_edges(c, 0, edges);
            for (uint32_t p = 0; p < shape_size(shapes[s].pre_dims); p++) {
                for (uint32_t q = 0; q < shape_size(shapes[s].post_dims); q++) {
                    struct at a = pair_at(&shapes[s], p, q);
                    if (edges->count[p][q] != decide(m, &a))
                        fail_msg("%s over %s -> %s: pair %u, %u has %u edges", mask_texts[m],
                                 shapes[s].pre_view, shapes[s].post_view, p, q, edges->count[p][q]);
                }
            }
            case_free(c);
        }
    }
    free(edges);
}

/* --- attributes --- */

static const struct syn_attr *attr_of(const struct elab_case *c, const struct edges *edges,
                                      uint32_t p, uint32_t q)
{
    assert_true(edges->count[p][q] > 0);
    return &c->out.net.attrs.at[edges->attr[p][q]];
}

static void weights(void **state)
{
    (void)state;
    struct edges *edges = malloc(sizeof *edges);
    struct elab_case *c = dice_case("a -> c : ampa(weight = b.s + b.t);", edges);
    assert_int_equal(attr_of(c, edges, 3, 4)->weight_kind, WEIGHT_SLOTS);
    assert_int_equal(attr_of(c, edges, 3, 4)->slots, 3);
    assert_true(c->out.net.terms.at[0].all);
    dice_done(c);
    c = dice_case("a -> c : ampa(weight = 3.2 nA);", edges);
    assert_int_equal(attr_of(c, edges, 0, 0)->weight_za, 3200000000000);
    dice_done(c);
    c = dice_case("a -> c : ampa(weight = 1.5);", edges); /* times weight.unit */
    assert_int_equal(attr_of(c, edges, 0, 0)->weight_za, 1500000000000);
    dice_done(c);
    c = dice_case("a -> c : ampa(weight = (pre + 1) * 1 nA);", edges);
    for (uint32_t p = 0; p < 10; p++)
        assert_int_equal(attr_of(c, edges, p, 7)->weight_za, (p + 1) * 1000000000000);
    assert_int_equal(c->out.net.attrs.n, 10);
    dice_done(c);
    c = dice_case("a -> c : ampa(weight = select(pre < 5, b.s, b.s + b.w3));", edges);
    assert_int_equal(attr_of(c, edges, 4, 0)->slots, 1);
    assert_int_equal(attr_of(c, edges, 5, 0)->slots, 9);
    dice_done(c);
    c = dice_case("a -> c : ampa(pre > 0, weight = 12 nA / pre);", edges); /* only where needed */
    assert_int_equal(attr_of(c, edges, 4, 0)->weight_za, 3000000000000);
    dice_done(c);
    free(edges);
}

static void repeat_delay_stp_share(void **state)
{
    (void)state;
    struct edges *edges = malloc(sizeof *edges);
    struct elab_case *c =
        dice_case("a -> c : ampa(weight = b.s, repeat = pre % 3, delay = post * 1 ms, "
                  "stp = pre == post, share = off);",
                  edges);
    for (uint32_t p = 0; p < 10; p++) {
        for (uint32_t q = 0; q < 8; q++) {
            assert_int_equal(edges->count[p][q], p % 3);
            if (p % 3 == 0)
                continue;
            const struct syn_attr *attr = attr_of(c, edges, p, q);
            assert_int_equal(attr->delay_kind, q ? DELAY_TIME : DELAY_OMITTED);
            assert_int_equal(attr->delay_ps, (int64_t)q * 1000000000);
            assert_int_equal(attr->stp, p == q);
            assert_false(attr->share);
        }
    }
    dice_done(c);
    c = dice_case("a -> c : gaba(pre == post, weight = b.s, delay = both);", edges);
    assert_int_equal(attr_of(c, edges, 1, 1)->delay_kind, DELAY_CLASS);
    assert_int_equal(attr_of(c, edges, 1, 1)->delay_class, 3);
    assert_int_equal(attr_of(c, edges, 1, 1)->dendrite, DENDRITE_GABA);
    dice_done(c);
    c = dice_case("a -> c : ampa(weight = b.s, repeat = 2);", edges);
    assert_int_equal(edges->total, 160);
    dice_done(c);
    c = dice_case("a -> c : ampa(weight = b.s, repeat = 0);", edges);
    assert_int_equal(edges->total, 0);
    assert_int_equal(case_count(c, "W0715"), 1);
    dice_done(c);
    free(edges);
}

#define ALONE PREAMBLE "population a[4] : b; "

static void errors_of_terms(void **state)
{
    (void)state;
    check_error(ALONE "a -> a : ampa(@pre - post, weight = b.s);", "E0214");
    check_error(ALONE "a -> a : ampa(@3, weight = b.s);", "E0214");
    check_error(ALONE "a -> a : @ampa(on);", "E0221");
    check_error(ALONE "a -> a : ampa(weight = @0 nA);", "E0221");
    check_error(ALONE "a -> a : ampa(weight = @(pre - 2) * 1 nA);", "E0221");
    check_error(ALONE "a -> a : ampa(weight = @-1);", "E0221");
    check_error(ALONE "a -> a : ampa(weight = @1 ms);", "E0203");
    check_error(ALONE "a -> a : ampa(weight = @on);", "E0203");
    check_error(ALONE "a -> a : ampa(weight = b.s, repeat = @-1);", "E0222");
    check_error(ALONE "a -> a : ampa(weight = b.s, repeat = @pre - 1);", "E0222");
    check_error(ALONE "a -> a : ampa(weight = b.s, repeat = @1.5);", "E0203");
    check_error(ALONE "a -> a : ampa(weight = b.s, stp = @1);", "E0203");
    check_error(ALONE "a -> a : ampa(weight = b.s, share = @1);", "E0203");
    check_error(ALONE "a -> a : ampa(weight = b.s, share = @pre > 1);", "E0208");
    check_error(ALONE "a -> a : ampa(weight = b.s, delay = @3);", "E0203");
    check_error(ALONE "a -> a : ampa(weight = b.s, delay = @-1 ms);", "E0205");
    check_error(ALONE "a -> a : ampa(weight = b.s, @wieght = b.s);", "E0205");
    check_error(ALONE "a -> a : ampa(on, @b.s);", "E0205");
    check_error(ALONE "a -> a : @ampo(weight = b.s);", "E0201");
    check_error(ALONE "a -> a : @sum([1]);", "E0203");
    check_error(ALONE "a -> a : ampa(weight = b.s + @b.s);", "E0505");
    check_error(ALONE "bias d { weight.x = 1 nA; } a -> a : ampa(weight = @d.x);", "E0505");
    check_error(ALONE "a -> a : ampa(weight = b.@u);", "E0201");
    check_error(ALONE "input i[3]; a -> @i : ampa(weight = b.s);", "E0216");
    check_error("target dynapse2(); bias b { weight.s = 1 nA; } population a[4] : b; "
                "a -> a : ampa(weight = @2.5);",
                "E0203");
}

/* A weight without unit is rounded as one with it: half away from zero, once. */
static void weights_round_once(void **state)
{
    (void)state;
    static const struct {
        const char *unit, *weight;
        int64_t za;
    } cases[] = {
        {"1 nA", "pre * 0 + 0.1", 100000000000},
        {"1 nA", "(pre * 0 + 0.1) * 1 nA", 100000000000},
        {"1 pA", "pre * 0 + 4.5e-9", 5}, /* 4.5 zA */
        {"1 pA", "(pre * 0 + 4.5e-9) * 1 pA", 5},
        {"1 pA", "pre * 0 + 0.4999999999999999e-9", 0},
        {"1 pA", "(pre * 0 + 0.4999999999999999e-9) * 1 pA", 0},
        {"1 mA", "pre * 0 + 9.1", INT64_C(9100000000000000000)},
        {"1 mA", "(pre * 0 + 9.1) * 1 mA", INT64_C(9100000000000000000)},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char text[512];
        snprintf(text, sizeof text,
                 "target dynapse2(chips = 1); bias b { weight.unit = %s; } population a[1] : b; "
                 "a -> a : ampa(weight = %s);",
                 cases[i].unit, cases[i].weight);
        struct elab_case *c = case_of(text);
        if (cases[i].za == 0)
            assert_non_null(case_find(c, "E0221"));
        else if (!c->ok)
            case_fail(c, "a weight that fits");
        else
            assert_int_equal(c->out.net.attrs.at[0].weight_za, cases[i].za);
        case_free(c);
    }
    check_error("target dynapse2(chips = 1); bias b { weight.unit = 1 mA; } population a[1] : b; "
                "a -> a : ampa(weight = @-10000.0);",
                "E0221");
    check_error("target dynapse2(chips = 1); bias b { weight.unit = 1 mA; } population a[1] : b; "
                "a -> a : ampa(weight = @9.3);",
                "E0206");
}

/* Faults of values name the first pair that needs them. */
static void errors_of_pairs(void **state)
{
    (void)state;
    static const struct {
        const char *mask, *code, *tail;
    } cases[] = {
        {"@1 / (pre - 2) > 1", "E0209", "at pre = 2, post = 0"},
        {"pre == 2 and @1 // (post - 1) > 1", "E0209", "at pre = 2, post = 1"},
        {"pre != 2 and 1 / (pre - 2) > 1 or @1 % (post - 3) == 0", "E0209", "at pre = 0, post = 3"},
        {"[1, 2, 3][@pre] > post", "E0210", "at pre = 3, post = 0"},
        {"[[1, 2, 3, 4], [1, 2, 3, 4]][post, pre] > 0", "E0210", "at pre = 0, post = 2"},
        {"random(@pre / 2)", "E0217", "at pre = 3, post = 0"},
        {"random(@1.2)", "E0217", "at pre = 0, post = 0"},
        {"random(@-0.1)", "E0217", "at pre = 0, post = 0"},
        {"@fan_in(5)", "E0218", "`a` offers only 4 sources"},
        {"@fan_in(4, pre != post)", "E0218", "at post = 0"},
        {"@fan_out(5)", "E0218", "`a` offers only 4 targets"},
        {"@fixed_total(17)", "E0218", "only 16 pairs"},
        {"fan_in(@post - 1)", "E0205", "at pre = 0, post = 0"},
        {"fan_in(1, @1 / (pre - 1) > 0)", "E0209", "at pre = 1, post = 0"},
        {"@(pre + 1) * 9223372036854775807 > 0", "E0206", "at pre = 1, post = 0"},
        {"@abs(pre - 9223372036854775807 - 1) > 0", "E0206", "at pre = 0, post = 0"},
        {"@1 / 0 > pre", "E0209", "at pre = 0, post = 0"},
        {"@2 ** (pre - 1) > 1", "E0206", "at pre = 0, post = 0"},
        {"@sqrt(pre - post) > 1", "E0209", "at pre = 0, post = 1"},
        {"sum([[1, 2], [3, 4]][@pre]) > 0", "E0210", "at pre = 2, post = 0"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char text[1024], *mark;
        snprintf(text, sizeof text, ALONE "a -> a : ampa(%s, weight = b.s);", cases[i].mask);
        mark = strchr(text, '@');
        uint32_t col = mark ? (uint32_t)(mark - text) + 1 : 0;
        if (mark)
            memmove(mark, mark + 1, strlen(mark));
        struct elab_case *c = case_of(text);
        const struct diag *diag = case_error(c, cases[i].code, mark ? 1 : 0, col);
        if (!strstr(diag->message, cases[i].tail))
            case_fail(c, cases[i].tail);
        case_free(c);
    }
}

/* What is never needed is never an error. */
static void lazy_masks(void **state)
{
    (void)state;
    static const char *const masks[] = {
        "off and 1 / 0 > pre",
        "on or 1 / 0 > pre",
        "pre < 0 and fan_in(99)",
        "pre > 99 and random(7)",
        "pre >= 0 or [1][pre] > 0",
        "select(pre == post, on, 1 / (pre - post) < 2)",
        "pre == post and [0, 1, 2, 3][pre] == post",
    };
    for (size_t i = 0; i < sizeof masks / sizeof masks[0]; i++) {
        char text[1024];
        snprintf(text, sizeof text, ALONE "a -> a : ampa(%s, weight = b.s);", masks[i]);
        struct elab_case *c = case_of(text);
        case_clean(c, "W0715 W0718");
        case_free(c);
    }
}

static void warnings(void **state)
{
    (void)state;
    static const struct {
        const char *text, *code;
    } cases[] = {
        {ALONE "population d[6] : b; a -> d : ampa(pre == post, weight = b.s);", "W0219"},
        {ALONE "a[0:3] -> a[1:4] : ampa(pre == post, weight = b.s);", "W0716"},
        {ALONE "a[0:3] -> a[1:4] : ampa(pre != post, weight = b.s);", "W0716"},
        {ALONE "a -> a : ampa(pre == post + 9, weight = b.s);", "W0715"},
        {ALONE "a -> a : ampa(fan_in(2) and pre != post, weight = b.s);", "W0718"},
        {ALONE "a -> a : ampa(pre != post and fan_out(2), weight = b.s);", "W0718"},
        {ALONE "a -> a : ampa(pre == post, weight = b.s);", NULL},
        {ALONE "a[0:2] -> a[2:4] : ampa(pre == post, weight = b.s);", NULL},
        {ALONE "a -> a : ampa(fan_in(2, pre != post), weight = b.s);", NULL},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct elab_case *c = case_of(cases[i].text);
        assert_true(c->ok);
        if (c->sink.all.n != (cases[i].code != NULL))
            case_fail(c, "another number of warnings");
        if (cases[i].code)
            assert_string_equal(diag_info(c->sink.all.at[0]->code)->code, cases[i].code);
        case_free(c);
    }
}

/* --- limits --- */

static void limit_case(const char *projection, const struct elaborate_limits *limits, bool fits)
{
    char text[1024];
    snprintf(text, sizeof text, PREAMBLE "population a[10] : b; population c[8] : b; %s",
             projection);
    struct elaborate_options options = {.limits = *limits};
    struct elab_case *c = case_with(text, &options);
    if (c->ok != fits)
        case_fail(c, fits ? "refused within the limit" : "accepted beyond the limit");
    assert_int_equal(case_count(c, "E0225"), !fits);
    case_free(c);
}

static void limits(void **state)
{
    (void)state;
    for (uint64_t n = 79; n <= 81; n++) {
        const struct elaborate_limits edges = {.edges = n}, pairs = {.pairs = n};
        limit_case("a -> c : ampa(weight = b.s);", &edges, n >= 80);
        limit_case("a -> c : ampa(pre >= post - 99, weight = b.s);", &edges, n >= 80);
        limit_case("a -> c : ampa(pre + post >= 0, weight = b.s);", &pairs, n >= 80);
        limit_case("a -> c : ampa(fixed_total(3), weight = b.s);", &pairs, false); /* 160 */
    }
    for (uint64_t n = 7; n <= 9; n++) { /* sparse masks count what they visit */
        const struct elaborate_limits pairs = {.pairs = n};
        limit_case("a -> c : ampa(pre == post, weight = b.s);", &pairs, n >= 8);
        limit_case("a -> c : ampa(weight = b.s);", &pairs, true);
        limit_case("a -> c : ampa(pre == 3, weight = b.s);", &pairs, n >= 8);
    }
}

/* Chains of `let` and doubling calls end with a message, in milliseconds. */
/* The limit of operations may fall on any part of any operator. */
static void the_last_operation(void **state)
{
    (void)state;
    static const char *const parts[] = {"pre.u in 0.1 .. 0.2", "pre in 0.5 .. 2",
                                        "max(pre, 0.5) > 1",   "select(pre > 1, 2, 0.5) > post",
                                        "dist(pre, post) > 1", "pre + 0.5 > post",
                                        "random(pre)"};
    char *text = malloc(1 << 20);
    for (size_t p = 0; p < sizeof parts / sizeof parts[0]; p++) {
        for (unsigned before = 0; before < 12; before++) {
            char *at = text + sprintf(text, ALONE "let q = ");
            for (unsigned i = 0; i < before; i++)
                at += sprintf(at, "not ");
            at += sprintf(at, "(pre > 1000); ");
            for (unsigned i = 0; i < 100; i++) {
                at += sprintf(at, "let q%u = ", i);
                for (unsigned j = 0; j < 64; j++)
                    at += sprintf(at, "%s%s", j ? " or " : "", parts[p]);
                at += sprintf(at, "; ");
            }
            at += sprintf(at, "a -> a : ampa(q");
            for (unsigned i = 0; i < 100; i++)
                at += sprintf(at, " or q%u", i);
            sprintf(at, ", weight = b.s);");
            struct elab_case *c = case_of(text);
            case_error(c, "E0225", 0, 0);
            case_free(c);
        }
    }
    free(text);
}

/* A `let` may stand many times: 60 nodes, not 2^60 walks. */
static void shared_names_end(void **state)
{
    (void)state;
    char *text = malloc(1 << 20);
    char *at = text + sprintf(text, ALONE "let m0 = pre > 1; let w0 = select(pre > 2, b.s, b.t); ");
    for (int i = 1; i < 60; i++)
        at += sprintf(at, "let m%d = m%d and m%d; let w%d = select(post > 1, w%d, w%d); ", i, i - 1,
                      i - 1, i, i - 1, i - 1);
    sprintf(at, "a -> a : ampa(m59 and pre / (pre - 1) > 0, weight = w59);");
    struct elab_case *c = case_of(text);
    case_clean(c, "N0813");
    assert_int_equal(c->out.net.terms.at[0].n_edges, 8);
    case_free(c);
    sprintf(text, ALONE "bias d { weight.x = 1 nA; } let w0 = select(pre > 2, b.s, d.x); "
                        "let w1 = select(post > 1, w0, w0); a -> a : ampa(weight = w1);");
    c = case_of(text); /* slots of two sets */
    assert_false(c->ok);
    assert_int_equal(case_count(c, "E0505"), 1);
    case_free(c);
    free(text);
}

static void large_expressions_end(void **state)
{
    (void)state;
    char *text = malloc(1 << 20), *at = text;
    for (int n = 400; n <= 600; n += 200) {
        at = text + sprintf(text, ALONE "let v0 = pre; ");
        for (int i = 1; i < n; i++)
            at += sprintf(at, "let v%d = v%d + 1; ", i, i - 1);
        sprintf(at, "a -> a : ampa(v%d > 0, weight = b.s);", n - 1);
        struct elab_case *c = case_of(text);
        assert_int_equal(case_count(c, "E0225"), n > 500);
        assert_int_equal(c->ok, n < 500);
        case_free(c);
    }
    at = text + sprintf(text, ALONE "let v0 = pre; "); /* shared: 60 operations, not 2^60 */
    for (int i = 1; i < 60; i++)
        at += sprintf(at, "let v%d = (v%d + v%d) %% 97; ", i, i - 1, i - 1);
    sprintf(at, "a -> a : ampa(v59 > 40, weight = b.s);");
    struct elab_case *c = case_of(text);
    case_clean(c, "W0715");
    case_free(c);
    at = text + sprintf(text, ALONE "fn f0(x) = x + pre; ");
    for (int i = 1; i < 40; i++)
        at += sprintf(at, "fn f%d(x) = f%d(x) + f%d(x + 1); ", i, i - 1, i - 1);
    sprintf(at, "a -> a : ampa(f39(post) > 0, weight = b.s);");
    c = case_of(text);
    case_error(c, "E0225", 0, 0);
    case_free(c);
    free(text);
}

/* A million projections' worth of bookkeeping must not outgrow their edges. */
static void memory_follows_the_edges(void **state)
{
    (void)state;
    struct oom_trap trap;
    oom_trap_init(&trap);
    const char *text =
        PREAMBLE "population a[1000] : b; for i in 0:1000 { a -> a : ampa(pre == i and post == 0, "
                 "weight = b.s); }";
    struct elab_case *c = calloc(1, sizeof *c);
    arena_init(&c->arena, &trap);
    diag_sink_init(&c->sink, &c->arena);
    source_set_init(&c->sources, &c->arena, ".");
    source_add(&c->sources, "t.dyn", text, strlen(text));
    const struct elaborate_options options = {0};
    trap.armed = true;
    parse_file(&c->arena, &c->sources, 0, &c->sink, &c->ast);
    c->ok =
        elaborate(&c->arena, &c->sources, &c->ast, device_dynapse2(), &options, &c->sink, &c->out);
    assert_true(c->ok);
    assert_int_equal(c->out.net.terms.n, 1000);
    assert_true(trap.bytes < 4 << 20);
    case_free(c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(masks_equal_the_double_loop),
        cmocka_unit_test(weights),
        cmocka_unit_test(repeat_delay_stp_share),
        cmocka_unit_test(errors_of_terms),
        cmocka_unit_test(weights_round_once),
        cmocka_unit_test(errors_of_pairs),
        cmocka_unit_test(lazy_masks),
        cmocka_unit_test(warnings),
        cmocka_unit_test(limits),
        cmocka_unit_test(the_last_operation),
        cmocka_unit_test(shared_names_end),
        cmocka_unit_test(large_expressions_end),
        cmocka_unit_test(memory_follows_the_edges),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
