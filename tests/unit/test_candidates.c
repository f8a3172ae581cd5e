/* What is visited against the double loop: random masks over random views give the same edges and
 * the same first error whether most pairs are spared or none is. Local masks spare most.
 * links: compiler grammar backend device base */
#include "elab_case.h"

/* --- random masks --- */

struct text {
    char at[4096];
    uint32_t n;
    uint64_t seed, drawn;
    bool maps; /* of the shapes that conv joins */
};

static uint32_t pick(struct text *t, uint32_t n)
{
    return (uint32_t)(rng_mix(t->seed ^ rng_mix(t->drawn++)) % n);
}

static void put(struct text *t, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    t->n += (uint32_t)vsnprintf(t->at + t->n, sizeof t->at - t->n, format, args);
    va_end(args);
    assert_true(t->n < sizeof t->at);
}

static void put_int(struct text *t, int depth);
static void put_real(struct text *t, int depth);
static void put_mask(struct text *t, int depth);

static void put_coordinate(struct text *t)
{
    static const char *const member[] = {"",   "",   "",   ".x",  ".x",  ".y",
                                         ".y", ".z", ".p", ".px", ".py", ".pz"};
    put(t, "%s%s", pick(t, 2) ? "pre" : "post", member[pick(t, 12)]);
}

static void put_int(struct text *t, int depth)
{
    static const char *const infix[] = {" + ", " - ", " - ", " * ", " % ", " // "};
    static const char *const call[] = {"min", "max"};
    uint32_t what = depth > 0 ? pick(t, 12) : pick(t, 3);
    if (what == 0) {
        put(t, "%u", pick(t, 9));
    } else if (what < 3) {
        put_coordinate(t);
    } else if (what < 8) {
        put(t, "(");
        put_int(t, depth - 1);
        put(t, "%s", infix[pick(t, 6)]);
        if (pick(t, 2))
            put(t, "%u", 1 + pick(t, 12));
        else
            put_int(t, depth - 1);
        put(t, ")");
    } else if (what == 8) {
        put(t, "abs(");
        put_int(t, depth - 1);
        put(t, ")");
    } else if (what == 9) {
        put(t, "%s(", call[pick(t, 2)]);
        put_int(t, depth - 1);
        put(t, ", ");
        put_int(t, depth - 1);
        put(t, ")");
    } else if (what == 10) {
        put(t, "(");
        put_int(t, depth - 1);
        put(t, ") ** %u", pick(t, 4));
    } else {
        put(t, "[3, 1, 4, 1, 5, 9, 2, 6][(");
        put_int(t, depth - 1);
        put(t, ")%s]", pick(t, 8) ? " % 8" : "");
    }
}

static void put_real(struct text *t, int depth)
{
    static const char *const leaf[] = {"pre.u", "pre.v", "post.u", "post.v", "dist(pre, post)"};
    static const char *const unary[] = {"sqrt(abs", "exp(-abs",         "log(1.5 + abs", "abs(",
                                        "(-",       "1.0 * floor(3 * ", "sqrt(0.5 + ",   "1 / ("};
    static const char *const infix[] = {" + ", " - ", " * ", " / ", " % "};
    uint32_t what = depth > 0 ? pick(t, 9) : 0;
    if (what == 0) {
        put(t, "%s", leaf[pick(t, 5)]);
    } else if (what == 1) {
        put(t, "%u.%u", pick(t, 4), pick(t, 10));
    } else if (what < 4) {
        put(t, "%s(", unary[pick(t, 8)]);
        put_real(t, depth - 1);
        put(t, "))");
    } else if (what < 7) {
        put(t, "(");
        put_real(t, depth - 1);
        put(t, "%s", infix[pick(t, 5)]);
        put_real(t, depth - 1);
        put(t, ")");
    } else {
        put(t, what == 7 ? "hypot(" : "gauss(");
        put_real(t, depth - 1);
        put(t, ", ");
        put_real(t, depth - 1);
        put(t, ")");
    }
}

static void put_comparison(struct text *t, int depth, bool real)
{
    static const char *const infix[] = {" < ", " <= ", " > ", " >= ", " == ", " == ", " != "};
    void (*put_number)(struct text *, int) = real ? put_real : put_int;
    put_number(t, depth);
    if (pick(t, 4) == 0) {
        uint32_t lo = pick(t, 5);
        put(t, real ? " in 0.%u .. 1.%u" : " in %u .. %u", lo, lo + pick(t, 4));
        return;
    }
    put(t, "%s", infix[pick(t, 7)]);
    if (pick(t, 2))
        put(t, real ? "%u.%u" : "%u", pick(t, 6), pick(t, 10));
    else
        put_number(t, depth);
}

static void put_local(struct text *t)
{
    static const char *const mask[] = {
        "abs(pre - post) <= 2",
        "pre == post",
        "pre.x == post.x",
        "dist(pre, post) <= 3",
        "dist(pre, post) < 1.5",
        "min((pre - post) % 97, (post - pre) % 97) in 1 .. 3",
        "hypot(pre.u - post.u, pre.v - post.v) < 0.1",
        "abs(pre.x - post.x) <= 1 and abs(pre.y - post.y) <= 2",
        "pre // 16 == post // 16",
        "(pre.x - post.x) ** 2 + (pre.y - post.y) ** 2 in 2 .. 9",
        "abs(pre.y % 5 - post.y % 5) < 1",
        "gauss(dist(pre, post), 2.0) > 0.2",
        "pre in 100 .. 120",
        "post.p % 7 == 3",
        "conv(K, stride = 2) > 0",
        "conv(K, stride = 2) in -2 .. -1",
    };
    put(t, "%s", mask[pick(t, sizeof mask / sizeof mask[0] - (t->maps ? 0 : 2))]);
}

static void put_dice(struct text *t, int depth)
{
    static const char *const draw[] = {"fan_in(2", "fan_out(1", "fixed_total(50"};
    uint32_t what = pick(t, 6);
    if (what < 3) {
        put(t, "random(0.%u)", pick(t, 10));
        return;
    }
    put(t, "%s, {", draw[what - 3]); /* { } stand for brackets: see render() */
    if (pick(t, 2))
        put_local(t);
    else
        put_mask(t, depth - 1);
    put(t, "})");
}

static void put_mask(struct text *t, int depth)
{
    static const char *const infix[] = {" and ", " and ", " or "};
    uint32_t what = depth > 0 ? pick(t, 14) : pick(t, 5);
    put(t, "(");
    if (what < 3) {
        put_local(t);
    } else if (what < 5) {
        put_comparison(t, depth > 1 ? 2 : 1, what == 4);
    } else if (what < 10) {
        put_mask(t, depth - 1);
        put(t, "%s", infix[pick(t, 3)]);
        put_mask(t, depth - 1);
    } else if (what == 10) {
        put(t, "not ");
        put_mask(t, depth - 1);
    } else if (what == 11) {
        put(t, "select(");
        put_mask(t, depth - 1);
        put(t, ", ");
        put_mask(t, depth - 1);
        put(t, ", ");
        put_mask(t, depth - 1);
        put(t, ")");
    } else {
        put_dice(t, depth);
    }
    put(t, ")");
}

/* --- both ways --- */

static const struct {
    const char *pre, *post, *from, *to;
} shapes[] = {
    {"[300]", "[97]", "a", "c"},          {"[20, 25]", "[10, 9]", "a", "c"},
    {"[5, 9, 7]", "[3, 6, 6]", "a", "c"}, {"[30, 30]", "[8, 16]", "a[1:29:2, :]", "c[:, 3:15]"},
    {"[70, 3]", "[90, 2]", "a", "c"},     {"[2, 16, 16]", "[4, 9, 9]", "a[1]", "c[1:3]"},
    {"[24, 23]", "[12, 12]", "a", "c"},
};
enum { N_SHAPES = sizeof shapes / sizeof shapes[0] };

/* With `all`, an `or` that is never on, and that bounds say nothing about, has every pair visited,
 * by the mask itself and by every draw in it. */
static void render(const char *mask, bool all, char *out)
{
    for (; *mask; mask++) {
        if (*mask == '}')
            out += sprintf(out, "%s)", all ? " or sum([pre, post]) < 0" : "");
        else
            *out++ = *mask == '{' ? '(' : *mask;
    }
    *out = '\0';
}

static struct elab_case *mask_case(uint32_t shape, const char *mask, bool all, char *text)
{
    char *at =
        text
        + sprintf(text,
                  "target dynapse2(chips = 1, seed = 42); bias b { weight.s = 1 nA; } "
                  "population a%s : b; population c%s : b; %s -> %s : ampa(",
                  shapes[shape].pre, shapes[shape].post, shapes[shape].from, shapes[shape].to);
    render(mask, all, at);
    strcat(at, ", weight = b.s);");
    return case_of(text);
}

static const struct diag *first_error(const struct elab_case *c)
{
    for (uint32_t i = 0; i < c->sink.all.n; i++)
        if (diag_info(c->sink.all.at[i]->code)->severity == SEVERITY_ERROR)
            return c->sink.all.at[i];
    return NULL;
}

/* The same words about the same piece of text. */
static bool same_error(const struct elab_case *a, const struct elab_case *b)
{
    const struct diag *x = first_error(a), *y = first_error(b);
    if (!x || !y)
        return x == y;
    return x->code == y->code && !strncmp(x->message, y->message, 12)
           && !strcmp(strstr(x->message, ", at ") ? strstr(x->message, ", at ") : "",
                      strstr(y->message, ", at ") ? strstr(y->message, ", at ") : "")
           && a->text[x->labels.at[0].span.begin] == b->text[y->labels.at[0].span.begin];
}

static void same_edges(const struct elab_case *sparse, const struct elab_case *dense)
{
    struct edge_iter x, y;
    struct edge a, b;
    net_edges_start(&x, &sparse->out.net, 0, sparse->out.net.n_neurons);
    net_edges_start(&y, &dense->out.net, 0, dense->out.net.n_neurons);
    while (net_edges_next(&x, &a)) {
        if (!net_edges_next(&y, &b) || a.source != b.source || a.target != b.target)
            case_fail(sparse, "another edge than the double loop");
        assert_int_equal(a.attr, b.attr);
        assert_int_equal(a.repeat, b.repeat);
    }
    if (net_edges_next(&y, &b))
        case_fail(sparse, "an edge of the double loop is missing");
}

enum { N_MASKS = 40 };

static void random_masks_equal_the_double_loop(void **state)
{
    (void)state;
    char *text[2] = {malloc(1 << 16), malloc(1 << 16)};
    uint32_t n_failed = 0, n_edges = 0;
    for (uint32_t i = 0; i < N_MASKS * N_SHAPES; i++) {
        struct text mask = {.seed = i, .maps = i % N_SHAPES == N_SHAPES - 1};
        put(&mask, "{");
        put_mask(&mask, 3);
        put(&mask, "}");
        struct elab_case *sparse = mask_case(i % N_SHAPES, mask.at, false, text[0]);
        struct elab_case *dense = mask_case(i % N_SHAPES, mask.at, true, text[1]);
        if (!same_error(sparse, dense)) {
            case_fail(dense, "see below");
            case_fail(sparse, "another first error");
        }
        if (sparse->ok)
            same_edges(sparse, dense);
        n_failed += !sparse->ok;
        n_edges += sparse->ok && sparse->out.net.terms.at[0].n_edges > 0;
        case_free(sparse);
        case_free(dense);
    }
    print_message("%u masks: %u fail, %u connect\n", N_MASKS * N_SHAPES, n_failed, n_edges);
    assert_true(n_failed > N_MASKS / 2 && n_edges > N_MASKS);
    free(text[0]);
    free(text[1]);
}

/* --- how much is visited --- */

static bool within(const char *mask, uint64_t pairs)
{
    char text[1024];
    snprintf(text, sizeof text,
             "target dynapse2(chips = 4, seed = 42); bias b { weight.s = 1 nA; } "
             "population a[64, 64] : b; a -> a : ampa(%s, weight = b.s);",
             mask);
    const struct elaborate_options options = {.limits = {.pairs = pairs}};
    struct elab_case *c = case_with(text, &options);
    bool ok = c->ok;
    assert_int_equal(case_count(c, "E0225"), !ok);
    case_free(c);
    return ok;
}

/* Of 2^24 pairs; a handful of targets share a list. */
static void local_masks_visit_little(void **state)
{
    (void)state;
    static const struct {
        const char *mask;
        uint32_t per_target;
    } cases[] = {
        {"pre == post", 1},
        {"post == pre + 1", 1},
        {"post == (pre + 1) % 4096", 1},
        {"pre % 4 == post", 1},
        {"abs(pre - post) <= 2", 13},
        {"pre - post in -2 .. 2", 13},
        {"pre >= post - 2 and pre <= post + 2", 13},
        {"min((pre - post) % 4096, (post - pre) % 4096) in 1 .. 3", 16},
        {"pre == post or pre == post + 1", 28},
        {"pre // 16 == post // 16", 16},
        {"dist(pre, post) <= 3", 100},
        {"dist(pre, post, torus) <= 3", 100},
        {"hypot(pre.u - post.u, pre.v - post.v) < 0.05", 110},
        {"abs(pre.x - post.x) <= 2 and abs(pre.y - post.y) <= 2", 60},
        {"max(abs(pre.x - post.x), abs(pre.y - post.y)) < 3", 60},
        {"(pre.x - post.x) ** 2 + (pre.y - post.y) ** 2 <= 9", 100},
        {"gauss(dist(pre, post), 2.0) > 0.4", 100},
        {"conv([[1, 0, -1], [2, 0, -2], [1, 0, -1]]) != 0", 30},
        {"dist(pre, post) <= 3 and random(0.2)", 100},
        {"random(0.2) and dist(pre, post) <= 3", 100},
        {"fan_in(4, dist(pre, post) <= 2)", 70},
        {"fan_out(4, dist(pre, post) <= 2)", 70},
        {"pre.x == post.x and abs(pre.y - post.y) <= 1", 25},
        {"post.x == 3 and pre.y == 2", 1},
        {"pre.x % 8 == 0 and 1 / (pre.x + 1) > 0.5 and pre.y < 4", 64},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        if (!within(cases[i].mask, 4096 * (uint64_t)cases[i].per_target))
            fail_msg("more than %u sources per target: %s", cases[i].per_target, cases[i].mask);
}

/* Where nothing is spared, every pair counts once. */
static void dense_masks_visit_all(void **state)
{
    (void)state;
    static const char *const masks[] = {"random(0.01)", "pre != post and random(0.01)",
                                        "fan_in(3, pre != post)", "pre * post % 97 == 5"};
    for (size_t i = 0; i < sizeof masks / sizeof masks[0]; i++) {
        bool draw = strchr(masks[i], 'f') != NULL; /* and then lists what is drawn */
        uint64_t all = (1 << 24) + (draw ? 3 * 4096 : 0);
        assert_true(within(masks[i], all));
        assert_false(within(masks[i], all - 1));
    }
}

/* A loop of projections that visit next to nothing ends at the limit all the same. */
static void preparation_counts(void **state)
{
    (void)state;
    const char *text = "target dynapse2(chips = 4); bias b { weight.s = 1 nA; } "
                       "population a[64, 64] : b; for i in 0:100 { "
                       "a -> a : ampa(pre == i and post == 0, weight = b.s); }";
    for (uint64_t pairs = 100; pairs <= 1000000; pairs *= 100) {
        const struct elaborate_options options = {.limits = {.pairs = pairs}};
        struct elab_case *c = case_with(text, &options);
        assert_int_equal(c->ok, pairs == 1000000);
        assert_int_equal(case_count(c, "E0225"), pairs < 1000000);
        case_free(c);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(random_masks_equal_the_double_loop),
        cmocka_unit_test(local_masks_visit_little),
        cmocka_unit_test(dense_masks_visit_all),
        cmocka_unit_test(preparation_counts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
