/* Constant expressions: values, types, dimensions, checked arithmetic, names, calls.
 * links: compiler grammar backend device base */
#include "elab_case.h"

/* Each of these holds. */
static const char *const truths[] = {
    /* integers */
    "7 // 2 == 3",
    "-7 // 2 == -4",
    "7 // -2 == -4",
    "-7 // -2 == 3",
    "7 % 3 == 1",
    "-7 % 3 == 2",
    "7 % -3 == -2",
    "-7 % -3 == -1",
    "6 % 3 == 0",
    "-6 % 3 == 0",
    "7 / 2 == 3.5",
    "6 / 2 == 3",
    "2 ** 10 == 1024",
    "2 ** 0 == 1",
    "(-2) ** 3 == -8",
    "2 ** 62 == 4611686018427387904",
    "2 ** -1 == 0.5",
    "2 ** 3 ** 2 == 512",
    "-2 ** 2 == -4",
    "0xFF == 255",
    "1_000 == 1000",
    "9223372036854775807 > 0",
    "-9223372036854775807 - 1 < 0",
    "0b0101 == 5",
    /* reals */
    "0.1 + 0.2 != 0.3",
    "1.5 // 1 == 1",
    "-1.5 // 1 == -2",
    "5.5 % 2 == 1.5",
    "-0.5 % 2 == 1.5",
    "0.5 % -2 == -1.5",
    "1e3 == 1000",
    "abs(2.0 ** 0.5 - sqrt(2.0)) < 1e-15",
    /* quantities */
    "20 ms == 0.02 s",
    "3 nA + 2 nA == 5 nA",
    "1 kHz == 1000 Hz",
    "50 Hz * 20 ms == 1",
    "3 nA * 2 == 6 nA",
    "6 nA / 3 nA == 2",
    "7 ms // 2 ms == 3",
    "7 ms % 2 ms == 1 ms",
    "1 / (20 ms) == 50 Hz",
    "(2 nA) ** 2 == 4 nA * 1 nA",
    "sqrt(4 nA * 1 nA) == 2 nA",
    "0 < 3 nA",
    "3 nA > 0",
    "3 nA + 0 == 3 nA",
    "max(0, 3 nA) == 3 nA",
    "abs(-3 nA) == 3 nA",
    "1 nA * 1 s == 1000 * (1 pA * 1 s)",
    /* comparisons, intervals, logic */
    "1 < 2 and 2 < 3",
    "not (1 > 2)",
    "not 1 == 2",
    "3 in 1 .. 3",
    "1 in 1 .. 3",
    "not 4 in 1 .. 3",
    "not 2 in 3 .. 1",
    "10 ms in 5 .. 20 ms",
    "5 Hz in 5 .. 200 Hz",
    "not 4 Hz in 5 .. 200 Hz",
    "7 kHz in 5 .. 9 kHz",
    "0.5 ms in 0 .. 1 ms",
    "2.5 in 1 .. 3",
    "off or on",
    "not off",
    "on == on",
    "on != off",
    "\"a\" == \"a\"",
    "\"a\" != \"b\"",
    /* only what is needed is evaluated */
    "off and 1 / 0 > 1 or on",
    "on or 1 / 0 > 1",
    "select(on, 1, 1 / 0) == 1",
    "select(off, 1 / 0, 2) == 2",
    /* functions */
    "min(3, 1, 2) == 1",
    "max(3, 1, 2) == 3",
    "min(2, 1.5) == 1.5",
    "min([4, 2, 9]) == 2",
    "abs(-3) == 3",
    "floor(2.7) == 2",
    "floor(-2.1) == -3",
    "ceil(2.1) == 3",
    "ceil(-2.7) == -2",
    "round(2.5) == 3",
    "round(-2.5) == -3",
    "round(2.4) == 2",
    "floor(3) == 3",
    "exp(0) == 1",
    "log(1) == 0",
    "hypot(3, 4) == 5",
    "hypot(3 ms, 4 ms) == 5 ms",
    "gauss(0, 2) == 1",
    "gauss(2.0, 2.0) == exp(-0.5)",
    "sqrt(16) == 4",
    "sum([1, 2, 3]) == 6",
    "sum([]) == 0",
    "sum([1 nA, 3 nA]) == 4 nA",
    "sum([[1, 2], [3, 4]]) == 10",
    "len([1, 2, 3]) == 3",
    "len([]) == 0",
    "rows([[1, 2, 3], [4, 5, 6]]) == 2",
    "cols([[1, 2, 3], [4, 5, 6]]) == 3",
    /* lists and matrices */
    "[1, 2, 3][1] == 2",
    "[[1, 2], [3, 4]][1, 0] == 3",
    "[[1, 2], [3, 4]][1][0] == 3",
    "len([[1, 2], [3, 4]][0]) == 2",
    "[[[1, 2], [3, 4]], [[5, 6], [7, 8]]][1][0, 1] == 6",
    "[i * i for i in 0:4][3] == 9",
    "len([i for i in 0:10:3]) == 4",
    "len([i for i in 5:5]) == 0",
    "[[i + j for j in 0:3] for i in 0:2][1, 2] == 3",
    "[[1, 2.5]][0, 0] == 1.0",
    "[[1 nA, 0]][0, 1] == 0",
    "len([on, off]) == 2",
};

static void values(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof truths / sizeof truths[0]; i++) {
        char text[512];
        snprintf(text, sizeof text, "target dynapse2(); assert %s;", truths[i]);
        struct elab_case *c = case_of(text);
        case_clean(c, "");
        case_free(c);
    }
}

/* The error stands at the mark. */
static const struct {
    const char *expr, *code;
} faults[] = {
    {"@9223372036854775807 + 1", "E0206"},
    {"@-9223372036854775807 - 2", "E0206"},
    {"@4096 ** 8", "E0206"},
    {"@3037000500 * 3037000500", "E0206"},
    {"@-(-9223372036854775807 - 1)", "E0206"},
    {"@abs(-9223372036854775807 - 1)", "E0206"},
    {"@(-9223372036854775807 - 1) // -1", "E0206"},
    {"@round(1e30)", "E0206"},
    {"@1 / 0", "E0209"},
    {"@1 // 0", "E0209"},
    {"@1 % 0", "E0209"},
    {"@1.0 / 0.0", "E0209"},
    {"@sqrt(-1)", "E0209"},
    {"@log(0)", "E0209"},
    {"@exp(1000)", "E0209"},
    {"@1e308 * 10", "E0209"},
    {"@0 ** -1", "E0209"},
    {"@(-8.0) ** 0.5", "E0209"},
    {"3 nA @+ 2 ms", "E0204"},
    {"3 nA @- 2 ms", "E0204"},
    {"3 nA @< 2 ms", "E0204"},
    {"3 nA @== 2", "E0204"},
    {"3 nA @% 2 ms", "E0204"},
    {"3 nA in @1 ms .. 2 nA", "E0204"},
    {"3 nA in 1 .. @2 ms", "E0204"},
    {"floor(@3 nA)", "E0204"},
    {"exp(@1 ms)", "E0204"},
    {"sqrt(@3 nA)", "E0204"},
    {"@hypot(3 nA, 2 ms)", "E0204"},
    {"(1 nA) ** @0.5", "E0204"},
    {"1 nA * 1 nA * 1 nA * 1 nA @* 1 nA", "E0204"},
    {"len(@[[1, 2 nA], [3, 4]])", "E0204"},
    {"1 + @on", "E0203"},
    {"@on + 1", "E0203"},
    {"not @1", "E0203"},
    {"-@on", "E0203"},
    {"on and @1", "E0203"},
    {"@on < off", "E0203"},
    {"@on == 1", "E0203"},
    {"\"a\" == @1", "E0203"},
    {"select(@1, 2, 3)", "E0203"},
    {"len(@3)", "E0203"},
    {"rows(@[1, 2])", "E0203"},
    {"sum(@3)", "E0203"},
    {"@3[0]", "E0203"},
    {"@[1, 2][0, 0]", "E0203"},
    {"[1, 2][@0:1]", "E0203"},
    {"[1, 2][@0.5]", "E0203"},
    {"@min", "E0203"},
    {"@ampa(weight = 1 nA)", "E0203"},
    {"[1, 2, 3][@3]", "E0210"},
    {"[1, 2, 3][@-1]", "E0210"},
    {"[[1, 2], [3, 4]][0, @2]", "E0210"},
    {"[[1, 2], [3, 4]][@2, 0]", "E0210"},
    {"len([i for i in @5:4])", "E0210"},
    {"len([i for i in 0:4:@0])", "E0210"},
    {"len([i for i in @0:])", "E0210"},
    {"len([[1, 2], @[3]])", "E0603"},
    {"@nothing", "E0201"},
    {"@ms", "E0201"},
    {"@true", "E0201"},
    {"@mystery(3)", "E0201"},
    {"@abs()", "E0205"},
    {"@abs(1, 2)", "E0205"},
    {"hypot(@x = 1, y = 2)", "E0205"},
    {"@select(on, 1)", "E0205"},
    {"select(on, 1, @q = 2)", "E0205"},
    {"select(on, 1, 2, @c = on)", "E0205"},
    {"@len(1, 2)", "E0205"},
    {"@dac(6, 0)", "E0503"},
    {"@dac(5, 256)", "E0503"},
    {"@dac(-1, 0)", "E0503"},
    {"dac(@1.5, 0)", "E0203"},
};

static void errors(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof faults / sizeof faults[0]; i++) {
        char text[512];
        snprintf(text, sizeof text, "target dynapse2();\nlet x = %s;", faults[i].expr);
        if (faults[i].code)
            check_error(text, faults[i].code);
    }
}

static void pairs_have_their_place(void **state)
{
    (void)state;
    check_error("target dynapse2(); assert @pre == 0;", "E0208");
    check_error("target dynapse2(); assert @post.x == 0;", "E0208");
    check_error("target dynapse2(); assert @random(0.5);", "E0208");
    check_error("target dynapse2(); assert dist(pre, @post) > 0;", "E0208");
    check_error("target dynapse2(); let w = pre + 1; assert @w == 0;", "E0208");
    check_error("target dynapse2(); fn f(a) = a + 1; assert f(@pre) == 0;", "E0208");
    check_error("target dynapse2(); fn f(a) = a + post; assert f(1 + @pre) == 0;", "E0208");
}

static void dac_codes_reach_their_limits(void **state)
{
    (void)state;
    struct elab_case *c = case_of("target dynapse2(); let a = dac(5, 255); let b = dac(0, 0);");
    case_clean(c, "");
    case_free(c);
}

static void poison_is_silent(void **state)
{
    (void)state;
    check_error("target dynapse2(); let x = @nothing; let y = x + 1; let z = [x, y]; "
                "assert z[0] == y; for i in 0:x { assert i > y; }",
                "E0201");
}

static void one_message_per_place(void **state)
{
    (void)state;
    check_error("target dynapse2(); for i in 0:100 { let y = [1, 2][@i + 5]; }", "E0210");
}

/* The same error a million times is one message and little memory. */
static void repeated_errors_end(void **state)
{
    (void)state;
    struct oom_trap trap;
    oom_trap_init(&trap);
    const char *text = "target dynapse2(); for i in 0:1000000 { let y = [1, 2][i + 5]; }";
    struct elab_case *c = calloc(1, sizeof *c);
    const struct elaborate_options options = {0};
    arena_init(&c->arena, &trap);
    diag_sink_init(&c->sink, &c->arena);
    source_set_init(&c->sources, &c->arena, ".");
    source_add(&c->sources, "t.dyn", text, strlen(text));
    trap.armed = true;
    parse_file(&c->arena, &c->sources, 0, &c->sink, &c->ast);
    c->ok =
        elaborate(&c->arena, &c->sources, &c->ast, device_dynapse2(), &options, &c->sink, &c->out);
    assert_false(c->ok);
    assert_int_equal(c->sink.n_errors, 1);
    assert_true(trap.bytes < 8 << 20);
    case_free(c);
}

/* A million turns leave nothing behind. */
static void turns_cost_no_memory(void **state)
{
    (void)state;
    struct oom_trap trap;
    oom_trap_init(&trap);
    const char *text = "target dynapse2(); fn f(a, b: int) = a + b; for i in 0:1000000 "
                       "{ let y = f(i, b = 1); assert y == i + 1; }";
    struct elab_case *c = calloc(1, sizeof *c);
    const struct elaborate_options options = {0};
    arena_init(&c->arena, &trap);
    diag_sink_init(&c->sink, &c->arena);
    source_set_init(&c->sources, &c->arena, ".");
    source_add(&c->sources, "t.dyn", text, strlen(text));
    trap.armed = true;
    parse_file(&c->arena, &c->sources, 0, &c->sink, &c->ast);
    c->ok =
        elaborate(&c->arena, &c->sources, &c->ast, device_dynapse2(), &options, &c->sink, &c->out);
    assert_true(c->ok);
    assert_true(trap.bytes < 1 << 20);
    case_free(c);
}

static void names(void **state)
{
    (void)state;
    struct elab_case *c = case_of("target dynapse2(); let exc = 1; let x = exh;");
    const struct diag *diag = case_error(c, "E0201", 1, 41);
    assert_int_equal(diag->fixes.n, 1);
    assert_string_equal(diag->fixes.at[0].replacement, "exc");
    assert_int_equal(diag->notes.n, 1);
    case_free(c);
    check_error("target dynapse2(); let x = @y; let y = 1;", "E0201");
    check_error("target dynapse2(); let x = 1; let @x = 2;", "E0211");
    check_error("target dynapse2(); let x = 1; for @x in 0:2 { assert x >= 0; }", "E0211");
    check_error("target dynapse2(); let x = 1; let y = [x for @x in 0:2];", "E0211");
    check_error("target dynapse2(); let x = 1; fn f(@x) = x;", "E0211");
    check_error("target dynapse2(); let @min = 1;", "E0211");
    check_error("target dynapse2(); fn f(a) = a; let x = @f;", "E0203");
    check_error("target dynapse2(); let a = 1; let x = @a(2);", "E0203");
    c = case_of("target dynapse2(); let rate = 3; let none = 4; let core = 5; let spread = 6;");
    case_clean(c, ""); /* measures, enumerators and placement words reserve nothing */
    case_free(c);
}

static void functions(void **state)
{
    (void)state;
    struct elab_case *c = case_of(
        "target dynapse2();\n"
        "fn add(a, b = 10) = a + b; fn twice(x: real) = 2 * x; fn late(c) = c > 0 and 10 / c > 1;\n"
        "fn nest(x) = add(x, add(x));\n"
        "assert add(1) == 11; assert add(1, 2) == 3; assert add(b = 1, a = 2) == 3;\n"
        "assert add(1, b = 5) == 6; assert twice(3) == 6.0; assert nest(1) == 12;\n"
        "assert not late(0); fn chain(a, b = a + 1, c = b + 1) = [a, b, c];\n"
        "assert chain(1)[2] == 3;");
    case_clean(c, "");
    case_free(c);
    check_error("target dynapse2(); fn f(a) = @f(a);", "E0223");
    check_error("target dynapse2(); fn f(a) = a; let x = @f();", "E0205");
    check_error("target dynapse2(); fn f(a) = a; let x = @f(1, 2);", "E0205");
    check_error("target dynapse2(); fn f(alpha) = alpha; let x = f(@alpah = 1);", "E0205");
    check_error("target dynapse2(); fn f(a) = a; let x = f(1, @a = 2);", "E0205");
    check_error("target dynapse2(); fn f(a, b) = a; let x = f(a = 1, @2);", "E0205");
    check_error("target dynapse2(); fn f(a: time) = a; let x = f(@3 nA);", "E0203");
    check_error("target dynapse2(); fn f(a: int) = a; let x = f(@2.5);", "E0203");
    check_error("target dynapse2(); fn f(a = 1 ms) = a; let x = f(@3);", "E0203");
    check_error("target dynapse2(); fn f(a: @tiem) = a;", "E0201");
}

/* f0 .. f(n-1), each calling the one before. */
static struct elab_case *call_chain(uint32_t n)
{
    char *text = malloc(64 * (n + 4)), *at = text;
    at += sprintf(at, "target dynapse2(); fn f0(x) = x + 1; ");
    for (uint32_t i = 1; i < n; i++)
        at += sprintf(at, "fn f%u(x) = f%u(x); ", i, i - 1);
    sprintf(at, "assert f%u(1) == 2;", n - 1);
    struct elab_case *c = case_of(text);
    return c;
}

static void call_depth(void **state)
{
    (void)state;
    for (uint32_t n = 63; n <= 64; n++) {
        struct elab_case *c = call_chain(n);
        case_clean(c, "");
        free((char *)(uintptr_t)c->text);
        case_free(c);
    }
    struct elab_case *c = call_chain(65);
    case_error(c, "E0225", 0, 0);
    free((char *)(uintptr_t)c->text);
    case_free(c);
}

/* Every fn calls the one before twice: 2^40 calls if nobody counted. */
static void exponential_calls_end(void **state)
{
    (void)state;
    char text[4096], *at = text;
    at += sprintf(at, "target dynapse2(); fn f0(x) = x; ");
    for (int i = 1; i < 40; i++)
        at += sprintf(at, "fn f%d(x) = f%d(x) + f%d(x); ", i, i - 1, i - 1);
    sprintf(at, "let y = f39(1);");
    struct elab_case *c = case_of(text);
    case_error(c, "E0225", 0, 0);
    case_free(c);
}

static void turns(void **state)
{
    (void)state;
    struct elaborate_options options = {.limits = {.loop_turns = 10}};
    static const struct {
        const char *text;
        bool fits;
    } cases[] = {{"target dynapse2(); for i in 0:9 { assert i >= 0; }", true},
                 {"target dynapse2(); for i in 0:10 { assert i >= 0; }", true},
                 {"target dynapse2(); for i in 0:11 { assert i >= 0; }", false},
                 {"target dynapse2(); for i in 0:5 { assert i >= 0; } for j in 0:5 {}", true},
                 {"target dynapse2(); for i in 0:5 { assert i >= 0; } for j in 0:6 {}", false},
                 {"target dynapse2(); for i in 0:2 { for j in 0:4 {} }", true},
                 {"target dynapse2(); for i in 0:2 { for j in 0:5 {} }", false},
                 {"target dynapse2(); let x = [i for i in 0:11];", false}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct elab_case *c = case_with(cases[i].text, &options);
        assert_int_equal(c->ok, cases[i].fits);
        assert_int_equal(case_count(c, "E0225"), !cases[i].fits);
        case_free(c);
    }
}

static void huge_loops_end(void **state)
{
    (void)state;
    struct elab_case *c =
        case_of("target dynapse2(); for i in 0:1000000 { for j in 0:1000000 { assert on; } }");
    case_error(c, "E0225", 0, 0);
    case_free(c);
    c = case_of("target dynapse2(); let x = [i for i in 0:9000000000000000000];");
    case_error(c, "E0225", 0, 0);
    case_free(c);
}

/* Released scopes are used again: the loop's names are new in each turn. */
static void turns_are_fresh(void **state)
{
    (void)state;
    struct elab_case *c =
        case_of("target dynapse2(); for i in 0:1000 { let a = i * 2; let b = a + 1; if b > 3 "
                "{ let c = b; assert c == 2 * i + 1; } else { let c = 0; assert c == 0; } }");
    case_clean(c, "");
    case_free(c);
}

static void assertions(void **state)
{
    (void)state;
    struct elab_case *c = case_of("target dynapse2(); assert 1 > 2, \"too small\";");
    assert_string_equal(case_error(c, "E0227", 1, 27)->message, "too small");
    case_free(c);
    check_error("target dynapse2(); assert @1;", "E0203");
    check_error("target dynapse2(); if @1 { assert on; }", "E0203");
    check_error("target dynapse2(); if off { assert on; } else { assert @off; }", "E0227");
}

static void messages(void **state)
{
    (void)state;
    struct elab_case *c = case_of("target dynapse2();\nlet a = 3 nA + 2 ms;");
    const struct diag *diag = case_error(c, "E0204", 2, 14);
    assert_string_equal(diag->message, "cannot add a current and a time");
    assert_int_equal(diag->labels.n, 3);
    assert_string_equal(diag->labels.at[1].text, "current (A)");
    assert_string_equal(diag->labels.at[2].text, "time (s)");
    case_free(c);
    c = case_of("target dynapse2(); let a = 4096 ** 8;");
    assert_string_equal(case_error(c, "E0206", 1, 28)->message, "integer overflow in `4096 ** 8`");
    case_free(c);
    c = case_of("target dynapse2(); let a = true;");
    assert_string_equal(case_error(c, "E0201", 1, 28)->fixes.at[0].replacement, "on");
    case_free(c);
    c = case_of("target dynapse2(); let a = dac(6, 10);");
    assert_string_equal(case_error(c, "E0503", 1, 28)->message,
                        "dac(6, 10): coarse is 0..5, fine 0..255");
    case_free(c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(values),
        cmocka_unit_test(errors),
        cmocka_unit_test(pairs_have_their_place),
        cmocka_unit_test(dac_codes_reach_their_limits),
        cmocka_unit_test(poison_is_silent),
        cmocka_unit_test(one_message_per_place),
        cmocka_unit_test(repeated_errors_end),
        cmocka_unit_test(turns_cost_no_memory),
        cmocka_unit_test(names),
        cmocka_unit_test(functions),
        cmocka_unit_test(call_depth),
        cmocka_unit_test(exponential_calls_end),
        cmocka_unit_test(turns),
        cmocka_unit_test(huge_loops_end),
        cmocka_unit_test(turns_are_fresh),
        cmocka_unit_test(assertions),
        cmocka_unit_test(messages),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
