/* links: compiler grammar base */
#include "compiler/ast.h"
#include "compiler/base/outfile.h"
#include "compiler/base/text.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

struct fixture {
    struct arena arena;
    struct source_set sources;
    struct diag_sink sink;
    struct ast ast;
};

static void open_fixture(struct fixture *f)
{
    arena_init(&f->arena, NULL);
    source_set_init(&f->sources, &f->arena, ".");
    diag_sink_init(&f->sink, &f->arena);
    f->sink.max_errors = UINT32_MAX;
}

static void parse_bytes(struct fixture *f, const char *text, size_t n)
{
    open_fixture(f);
    uint16_t file = source_add(&f->sources, "test.dyn", text, n);
    parse_file(&f->arena, &f->sources, file, &f->sink, &f->ast);
}

static void parse(struct fixture *f, const char *text)
{
    parse_bytes(f, text, strlen(text));
}

static const char *codes(struct fixture *f)
{
    struct text out;
    text_init(&out, &f->arena);
    diag_sort(&f->sink);
    for (uint32_t i = 0; i < f->sink.all.n; i++)
        text_add(&out, i ? " %s" : "%s", diag_info(f->sink.all.at[i]->code)->code);
    return out.n ? out.at : "";
}

static void expect_codes(const char *text, const char *expected)
{
    struct fixture f;
    parse(&f, text);
    if (strcmp(codes(&f), expected) != 0) {
        print_error("%s\n", text);
        for (uint32_t i = 0; i < f.sink.all.n; i++)
            print_error("  %s\n", f.sink.all.at[i]->message);
    }
    assert_string_equal(codes(&f), expected);
    arena_release(&f.arena);
}

static void expect_message(const char *text, const char *code, const char *message)
{
    struct fixture f;
    parse(&f, text);
    assert_string_equal(codes(&f), code);
    assert_string_equal(f.sink.all.at[0]->message, message);
    arena_release(&f.arena);
}

/* --- trees --- */

struct pair {
    const char *text, *expected;
};

static void expect_expressions(const struct pair *pairs, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        struct fixture f;
        open_fixture(&f);
        const char *text = arena_printf(&f.arena, "let x = %s;", pairs[i].text);
        uint16_t file = source_add(&f.sources, "test.dyn", text, strlen(text));
        parse_file(&f.arena, &f.sources, file, &f.sink, &f.ast);
        const char *expected = arena_printf(&f.arena, "(let x %s)\n", pairs[i].expected);
        assert_string_equal(ast_dump(&f.arena, &f.ast), expected);
        arena_release(&f.arena);
    }
}

static void precedence(void **state)
{
    (void)state;
    static const struct pair pairs[] = {
        {"a or b and c", "(or a (and b c))"},
        {"a and b or c", "(or (and a b) c)"},
        {"not a and b", "(and (not a) b)"},
        {"not pre == post", "(not (== pre post))"},
        {"not not a", "(not (not a))"},
        {"a < b and c >= d", "(and (< a b) (>= c d))"},
        {"a + b < c * d", "(< (+ a b) (* c d))"},
        {"a + 1 in b .. c - 2 and d", "(and (in (+ a 1) b (- c 2)) d)"},
        {"a - b - c", "(- (- a b) c)"},
        {"a / b // c % d * e", "(* (% (// (/ a b) c) d) e)"},
        {"a + b * c", "(+ a (* b c))"},
        {"-a ** b", "(neg (** a b))"},
        {"-a * b", "(* (neg a) b)"},
        {"a ** b ** c", "(** a (** b c))"},
        {"a ** -b", "(** a (neg b))"},
        {"(a + b) * c", "(* (+ a b) c)"},
        {"-a.b", "(neg (. a b))"},
        {"a.b[c](d).e", "(. (call (at (. a b) c) d) e)"},
        {"f(x)[1] ** 2", "(** (at (call f x) 1) 2)"},
        {"(a < b) == (c < d)", "(== (< a b) (< c d))"},
        {"a != (b in 1 .. 2)", "(!= a (in b 1 2))"},
    };
    expect_expressions(pairs, sizeof pairs / sizeof pairs[0]);
}

static void literals(void **state)
{
    (void)state;
    static const struct pair pairs[] = {
        {"1_000", "1000"},
        {"0xFF", "255"},
        {"0b0101", "5"},
        {"9223372036854775807", "9223372036854775807"},
        {"0x7fffffffffffffff", "9223372036854775807"},
        {"2.5", "2.5"},
        {"1e-3", "0.001"},
        {"1_0.2_5e+1", "102.5"},
        {"0.1", "0.1"},
        {"20 ms", "(ms 0.02)"},
        {"4nA", "(nA 4e-09)"},
        {"10 us", "(us 1e-05)"},
        {"0.3\t kHz", "(kHz 300)"},
        {"1 s", "(s 1)"},
        {"123456789123456789.123 fA", "(fA 123.45678912345679)"},
        {"3 in 1..2", "(in 3 1 2)"},
        {"2.0", "2.0"},
        {"a[0:500]", "(at a (: 0 500))"},
        {"a[:, 2, ::3, 1:]", "(at a (: _ _) 2 (: _ _ 3) (: 1 _))"},
        {"\"a\\n\\t\\\"\\\\b\"", "\"a\\n\\t\\\"\\\\b\""},
        {"[]", "(list)"},
        {"[1, [2], on]", "(list 1 (list 2) on)"},
        {"[k * 2 for k in 0:n]", "(for k (: 0 n) (* k 2))"},
        {"f()", "(call f)"},
        {"f(1, x = 2, off)", "(call f 1 (= x 2) off)"},
    };
    expect_expressions(pairs, sizeof pairs / sizeof pairs[0]);
}

static void statements(void **state)
{
    (void)state;
    static const struct pair pairs[] = {
        {"import \"lib/wta.dyn\" as lib;", "(import lib \"lib/wta.dyn\")\n"},
        {"target dynapse2;", "(target dynapse2)\n"},
        {"target dynapse2(chips = 4, grid = [1, 2]);",
         "(target dynapse2 (args (= chips 4) (= grid (list 1 2))))\n"},
        {"param n: int = 3;", "(param n (type int) 3)\n"},
        {"param n = 3;", "(param n 3)\n"},
        {"fn f(a, b: real, c: int = 2) = a;", "(fn f (formals (a _) (b real) (c int 2)) a)\n"},
        {"fn f() = 1;", "(fn f (formals) 1)\n"},
        {"net m(k = 2) { let x = k; }", "(net m (formals (k _ 2))\n  (let x k))\n"},
        {"use w = lib.wta(n = 3);", "(use w (args (= n 3)) (. lib wta))\n"},
        {"use w[4] = wta();", "(use w (dims 4) wta)\n"},
        {"bias a : b { membrane.tau = 3 ms; X = dac(1, 2); }",
         "(bias a b\n  (= membrane.tau (ms 0.003))\n  (= X (call dac 1 2)))\n"},
        {"bias a {}", "(bias a)\n"},
        {"population p[2, 3] : b;", "(population p (dims 2 3) b)\n"},
        {"population p[2] : b { model = exponential; }",
         "(population p (dims 2) b\n  (= model exponential))\n"},
        {"input i[3];", "(input i (dims 3))\n"},
        {"input i[3] = bioamp(gain = 2);", "(input i (dims 3) (call bioamp (= gain 2)))\n"},
        {"set a, b[0:2] { kill = on; }", "(set (views a (at b (: 0 2)))\n  (= kill on))\n"},
        {"a -> b[1] : ampa(on), nmda();", "(-> a (at b 1) (values (call ampa on) (call nmda)))\n"},
        {"rec: a -> b : ampa();", "(-> rec a b (values (call ampa)))\n"},
        {"place a, b : core(0, 1), near(c, weight = 2);",
         "(place (views a b) (values (call core 0 1) (call near c (= weight 2))))\n"},
        {"probe a : spikes, membrane;", "(probe (views a) (values spikes membrane))\n"},
        {"for s in 0:4:2 { probe a[s] : spikes; }",
         "(for s (: 0 4 2)\n  (probe (views (at a s)) (values spikes)))\n"},
        {"if a { let b = 1; } else if c {} else { let d = 2; }",
         "(if a\n  (let b 1)\n  (else\n    (if c\n      (else\n        (let d 2)))))\n"},
        {"assert a < b, \"too few\";", "(assert \"too few\" (< a b))\n"},
        {"test \"t\" (seed = 1) { drive x = poisson(50 Hz) during 0 .. 500 ms; set x { kill = on; }"
         " run 1 s; for i in 0:2 { expect rate(x[i]) > 5 Hz during 1 s .. 2 s; } }",
         "(test \"t\" (args (= seed 1))\n"
         "  (drive x (call poisson (Hz 50)) (during 0 (ms 0.5)))\n"
         "  (set (views x)\n    (= kill on))\n"
         "  (run (s 1))\n"
         "  (for i (: 0 2)\n"
         "    (expect (> (call rate (at x i)) (Hz 5)) (during (s 1) (s 2)))))\n"},
        {"\xEF\xBB\xBFlet a = 1;\r\n# caf\xC3\xA9\r\n", "(let a 1)\n"},
        {"", ""},
    };
    for (size_t i = 0; i < sizeof pairs / sizeof pairs[0]; i++) {
        struct fixture f;
        parse(&f, pairs[i].text);
        assert_string_equal(codes(&f), "");
        assert_string_equal(ast_dump(&f.arena, &f.ast), pairs[i].expected);
        arena_release(&f.arena);
    }
}

/* --- messages --- */

static void messages(void **state)
{
    (void)state;
    expect_message("let \xC3\xA9 = 3;", "E0101", "character U+00E9 is not allowed here");
    expect_message("bias b { dc = 3 \xC2\xB5\x41; }", "E0101",
                   "character U+00B5 is not allowed here");
    expect_message("let a = 3 \x80;", "E0101", "byte 0x80 is not UTF-8 text");
    expect_message("let a = 3; # \xFF", "E0101", "byte 0xFF is not UTF-8 text");
    expect_message("let a = 3 \r;", "E0101", "character U+000D is not allowed here");
    expect_message("let a = \"x;\n", "E0102", "string is not closed before the end of the line");
    expect_message("population in[3] : b;", "E0103",
                   "`in` is a keyword and cannot name a population");
    expect_message("bias b { weight.in = 3 nA; }", "E0103",
                   "`in` is a keyword and cannot name an attribute");
    expect_message("bias b { input = 3 nA; }", "E0103",
                   "`input` is a keyword and cannot name an attribute");
    expect_message("drive -> x : ampa();", "E0103",
                   "`drive` is a keyword and cannot name anything");
    expect_message("let a = 50Hx;", "E0104", "`50Hx`: unknown unit `Hx`");
    expect_message("let a = 50 Hx;", "E0104", "`50 Hx`: unknown unit `Hx`");
    expect_message("let a = 20 msx;", "E0104", "`20 msx`: unknown unit `msx`");
    expect_message("let a = 3_;", "E0104", "`3_`: unknown unit `_`");
    expect_message("let a = 0xFFns;", "E0104",
                   "`0xFFns`: not a hexadecimal or binary number, and those take no unit");
    expect_message("let a = 9223372036854775808;", "E0105",
                   "number out of range: 9223372036854775808");
    expect_message("let a = 1e999;", "E0105", "number out of range: 1e999");
    expect_message("net x() { let a = 3 }", "E0106", "unexpected `}`, expecting `;`");
    expect_message("let a = ;", "E0106", "unexpected `;`, expecting an expression");
    expect_message("let a = (1;", "E0106", "unexpected `;`, expecting `)`");
    expect_message("a -> b : ampa(x;", "E0106", "unexpected `;`, expecting `=`, `,` or `)`");
    expect_message("let a = 3", "E0106", "unexpected end of file, expecting `;`");
    expect_message("run 3 s;", "E0106", "unexpected `run`, expecting a statement");
    expect_message("bias b { 3; }", "E0106", "unexpected `3`, expecting an attribute or `}`");
    expect_message("let a = b < c < d;", "E0108", "comparison cannot be chained");
    expect_message("let a = b in 1 .. 2 == c;", "E0108", "comparison cannot be chained");
    expect_message("for s in 0 .. 4 { }", "E0109",
                   "`0..4` is an interval; `for` needs an index range");
    expect_message("let a = b[0 .. 4];", "E0109",
                   "`0..4` is an interval; a subscript needs an index range");
    expect_message("let a = \"\\q\";", "E0111", "unknown escape `\\q`");
}

/* Applies the first edit of every message; the result must be free of errors. */
static void expect_fix(const char *text, const char *fixed)
{
    struct fixture f;
    parse(&f, text);
    assert_int_equal(f.sink.all.n, 1);
    assert_true(f.sink.all.at[0]->fixes.n > 0);
    const struct diag_fix *fix = &f.sink.all.at[0]->fixes.at[0];
    assert_non_null(fix->replacement);
    const char *out = arena_printf(&f.arena, "%.*s%s%s", (int)fix->span.begin, text,
                                   fix->replacement, text + fix->span.end);
    assert_string_equal(out, fixed);
    expect_codes(out, "");
    arena_release(&f.arena);
}

static void fixes(void **state)
{
    (void)state;
    expect_fix("bias b { dc = 3 \xC2\xB5\x41; }", "bias b { dc = 3 uA; }");
    expect_fix("let a = b \xE2\x88\x92 c;", "let a = b - c;");
    expect_fix("population in[3] : b;", "population src[3] : b;");
    expect_fix("let a = 50Hx;", "let a = 50Hz;");
    expect_fix("let a = 50 hz;", "let a = 50 Hz;");
    expect_fix("net x() { let a = 3 }", "net x() { let a = 3; }");
    expect_fix("let a = 3\nlet b = 4;", "let a = 3;\nlet b = 4;");
    expect_fix("let a = b < c <= d;", "let a = b < c and c <= d;");
    expect_fix("let a = b == c != d + 1;", "let a = b == c and c != d + 1;");
    expect_fix("for s in 0..4 { }", "for s in 0:4 { }");
    expect_fix("bias b {\n  dc = 3 nA;\nlet x = 3;", "bias b {\n  dc = 3 nA; }\nlet x = 3;");
}

static void keywords_as_names(void **state)
{
    (void)state;
    static const char *const words[] = {
#define KEYWORD(word, proposal) #word,
#include "grammar/keywords.def"
    };
    static const char *const proposals[] = {
#define KEYWORD(word, proposal) #proposal,
#include "grammar/keywords.def"
    };
    size_t n = sizeof words / sizeof words[0];
    assert_int_equal(n, 31);
    for (size_t i = 0; i < n; i++) {
        char text[100];
        snprintf(text, sizeof text, "population %s[3] : b;", words[i]);
        expect_codes(text, "E0103");
        snprintf(text, sizeof text, "population %s[3] : b;", proposals[i]);
        expect_codes(text, "");
        snprintf(text, sizeof text, "population x%s[3] : %s_1;", words[i], words[i]);
        expect_codes(text, "");
    }
}

/* --- recovery --- */

static void nine_of_nine(void **state)
{
    (void)state;
    expect_codes("target dynapse2(chips = );\n"
                 "param in = 3;\n"
                 "bias b {\n"
                 "    membrane.tau = 20 ms\n"
                 "    membrane.gain = 4;\n"
                 "    dc 3 nA;\n"
                 "    weight.ff = 3 nX;\n"
                 "}\n"
                 "population p[10] b;\n"
                 "for s in 0:4 {\n"
                 "    p -> p : ampa(weight = ;\n"
                 "    p -> p : nmda(weight = b.ff);\n"
                 "}\n"
                 "probe p spikes;\n"
                 "test \"t\" {\n"
                 "    drive = poisson(3 Hz);\n"
                 "    run 1 s;\n"
                 "}\n",
                 "E0106 E0103 E0106 E0106 E0104 E0106 E0106 E0106 E0106");
    expect_codes("net w(n: int = ) { let a = 3; population x[3] : b; }\n"
                 "for s 0:4 { let a = 3; let b = 4; }\n"
                 "if a { let b = 1; } els { let c = 2; }\n"
                 "if ( { let b = 1; } else if c { let c = 2; } else { let d = 3; }\n"
                 "let s = \"abc;\n"
                 "let t = 1 < 2 < 3;\n"
                 "let u = (1 + [2, 3);\n"
                 "use v = ;\n"
                 "test \"x { run 1 s; expect a; }\n"
                 "test \"y\" { run; for i in 0..3 { expect rate(x); } }\n",
                 "E0106 E0106 E0106 E0106 E0102 E0108 E0106 E0106 E0102 E0106 E0109");
}

/* Wherever a statement goes wrong, the statement after it is read again. */
static void recovers_everywhere(void **state)
{
    (void)state;
    static const char *const places[] = {
        "%s\n",
        "net x() {\n%s\n}\n",
        "net x() {\n    %s\n}\n",
        "for i in 0:3 {\n%s\n}\n",
        "if a {\n%s\n} else {\n}\n",
        "bias b {\n    dc = 3 nA;\n%s\n}\n",
        "bias b {\n    dc = 3 nA;\n    %s\n}\n",
        "population p[3] : b {\n%s\n}\n",
        "test \"t\" {\n    run 1 s;\n%s\n}\n",
        "test \"t\" {\n    run 1 s;\n    %s\n}\n",
        "test \"t\" {\n    for i in 0:3 {\n%s\n    }\n}\n",
        "test \"t\" {\n    drive a = %s\n}\n",
        "let a = 3 + %s\n",
        "a -> b : ampa(%s\n",
    };
    static const char *const bad[] = {
#define KEYWORD(word, proposal) #word " ;", #word, #word " x", #word " = 3;", #word "(",
#include "grammar/keywords.def"
        ")", "]", "{", "}", "{ ; }", "( }", "x", "x y;", "\"", "\x01", "((((", "3 nA", "else {}",
    };
    for (size_t i = 0; i < sizeof places / sizeof places[0]; i++) {
        for (size_t k = 0; k < sizeof bad / sizeof bad[0]; k++) {
            struct fixture f;
            open_fixture(&f);
            char text[400];
            int n = snprintf(text, sizeof text, places[i], bad[k]);
            snprintf(text + n, sizeof text - (size_t)n, "%s",
                     ";\n}}\nlet good = 1;\nlet bad_one = ;\nlet last = 2;\n");
            uint16_t file = source_add(&f.sources, "test.dyn", text, strlen(text));
            parse_file(&f.arena, &f.sources, file, &f.sink, &f.ast);
            diag_sort(&f.sink);
            uint32_t at = (uint32_t)(strstr(text, "bad_one") - text);
            bool found = false;
            for (uint32_t d = 0; d < f.sink.all.n; d++)
                found |= f.sink.all.at[d]->labels.at[0].span.begin == at + 10;
            if (!found || f.sink.all.n > 6)
                print_error("%s", text);
            assert_true(found);
            assert_true(f.sink.all.n <= 6);
            arena_release(&f.arena);
        }
    }
}

static void bad_statements_are_left_out(void **state)
{
    (void)state;
    struct fixture f;
    parse(&f,
          "let a = 1;\nlet b = 1 < 2 < 3;\nlet c = 3mx;\nfor i in 0:2 { let d = ; let e = 1; }\n"
          "bias x { dc = \"\\q\"; }\nlet f = 2;\n");
    assert_string_equal(ast_dump(&f.arena, &f.ast),
                        "(let a 1)\n(for i (: 0 2)\n  (let e 1))\n(let f 2)\n");
    arena_release(&f.arena);
}

/* --- limits --- */

static char *repeat(struct arena *arena, const char *before, const char *piece, uint32_t n,
                    const char *after)
{
    struct text text;
    text_init(&text, arena);
    text_add(&text, "%s", before);
    for (uint32_t i = 0; i < n; i++)
        text_bytes(&text, piece, strlen(piece));
    text_add(&text, "%s", after);
    return text.at;
}

static void limits(void **state)
{
    (void)state;
    struct arena a;
    arena_init(&a, NULL);
    for (uint32_t n = 255; n <= 257; n++) {
        const char *wrong = n > 256 ? "E0107" : "";
        char *open = repeat(&a, "let a = ", "(", n, "1");
        expect_codes(repeat(&a, open, ")", n, ";"), wrong);
        open = repeat(&a, "", "for i in 0:1 {", n, "");
        expect_codes(repeat(&a, open, "}", n, ""), wrong);
        expect_codes(repeat(&a, "let a = 1", " + 1", n, ";"), wrong);
        expect_codes(repeat(&a, "let a = ", "-", n, "1;"), wrong);
        expect_codes(repeat(&a, "let a = 1", " ** 1", n, ";"), wrong);
        expect_codes(repeat(&a, "let a = b", ".b", n, ";"), wrong);
        expect_codes(repeat(&a, "if a {}", " else if a {}", n - 1, ""), wrong);
    }
    for (uint32_t n = 127; n <= 129; n++)
        expect_codes(repeat(&a, "let ", "x", n, " = 1;"), n > 128 ? "E0110" : "");
    arena_release(&a);
}

static void million_brackets(void **state)
{
    (void)state;
    static const char *const pieces[] = {"(",  "[",        "{",          "}",
                                         "-",  "not ",     "1+",         "1**",
                                         "a.", "net a(){", "let a = (;", "if a {} else ",
                                         "f(", "\"",       "bias a {\n", "\xFF"};
    for (size_t i = 0; i < sizeof pieces / sizeof pieces[0]; i++) {
        struct fixture f;
        open_fixture(&f);
        f.sink.max_errors = 100;
        /* One message per statement takes longer than the parse itself. */
        uint32_t n = strchr(pieces[i], ';') ? 10000 : 1000000;
        char *text = repeat(&f.arena, "let a = ", pieces[i], n, "");
        clock_t begin = clock();
        uint16_t file = source_add(&f.sources, "test.dyn", text, strlen(text));
        parse_file(&f.arena, &f.sources, file, &f.sink, &f.ast);
        double seconds = (double)(clock() - begin) / CLOCKS_PER_SEC;
        assert_true(diag_has_errors(&f.sink));
        assert_true(seconds < 10);
        arena_release(&f.arena);
    }
}

/* --- properties of the tree --- */

static void check_span(struct span inner, struct span outer)
{
    assert_true(inner.begin <= inner.end);
    assert_true(inner.begin >= outer.begin && inner.end <= outer.end);
    assert_int_equal(inner.file, outer.file);
}

static void check_expr(const struct expr *expr, struct span outer);

static void check_optional(const struct expr *expr, struct span outer)
{
    if (expr)
        check_expr(expr, outer);
}

static void check_range(const struct range *range, struct span outer)
{
    check_optional(range->lo, outer);
    check_optional(range->hi, outer);
    check_optional(range->step, outer);
}

static void check_exprs(const struct expr_vec *list, struct span outer)
{
    for (uint32_t i = 0; i < list->n; i++)
        check_expr(list->at[i], outer);
}

static void check_expr(const struct expr *expr, struct span outer)
{
    check_span(expr->span, outer);
    check_optional(expr->a, expr->span);
    check_optional(expr->b, expr->span);
    check_optional(expr->c, expr->span);
    for (uint32_t i = 0; i < expr->args.n; i++)
        check_expr(expr->args.at[i].value, expr->span);
    for (uint32_t i = 0; i < expr->subs.n; i++) {
        check_optional(expr->subs.at[i].index, expr->span);
        if (!expr->subs.at[i].index)
            check_range(&expr->subs.at[i].range, expr->span);
    }
    check_exprs(&expr->list, expr->span);
    if (expr->range)
        check_range(expr->range, expr->span);
}

static void check_parts(const struct item *item)
{
    check_optional(item->view, item->span);
    check_optional(item->view2, item->span);
    check_optional(item->value, item->span);
    check_optional(item->during_lo, item->span);
    check_optional(item->during_hi, item->span);
    check_exprs(&item->dims, item->span);
    check_exprs(&item->views, item->span);
    check_exprs(&item->values, item->span);
    if (item->range)
        check_range(item->range, item->span);
    for (uint32_t i = 0; i < item->args.n; i++)
        check_expr(item->args.at[i].value, item->span);
    for (uint32_t i = 0; i < item->formals.n; i++)
        check_optional(item->formals.at[i].value, item->span);
    for (uint32_t i = 0; i < item->attrs.n; i++) {
        check_span(item->attrs.at[i].path_span, item->attrs.at[i].span);
        check_expr(item->attrs.at[i].value, item->attrs.at[i].span);
    }
}

static void check_items(const struct item_vec *items, struct span outer)
{
    uint32_t end = outer.begin;
    for (uint32_t i = 0; i < items->n; i++) {
        const struct item *item = items->at[i];
        check_span(item->span, outer);
        assert_true(item->span.begin >= end); /* in the order of the text, without overlap */
        end = item->span.end;
        if (item->name)
            check_span(item->name_span, item->span);
        if (item->type)
            check_span(item->type_span, item->span);
        check_parts(item);
        check_items(&item->items, item->span);
        check_items(&item->orelse, item->span);
    }
}

static void examples(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        uint32_t items;
    } files[] = {{"1_single.dyn", 7}, {"2_feedforward.dyn", 10}, {"3_wta.dyn", 12},
                 {"4_ei.dyn", 23},    {"5_lsm.dyn", 14},         {"6_dvs.dyn", 8},
                 {"7_tde.dyn", 14},   {"8_synfire.dyn", 13}};
    for (size_t i = 0; i < sizeof files / sizeof files[0]; i++) {
        struct fixture f;
        open_fixture(&f);
        uint16_t file;
        const char *why = "";
        const char *path = arena_printf(&f.arena, "tests/unit/parse/%s", files[i].name);
        assert_int_equal(source_read(&f.sources, path, SPAN_NOWHERE, 1 << 20, &file, &why),
                         SOURCE_OK);
        parse_file(&f.arena, &f.sources, file, &f.sink, &f.ast);
        assert_string_equal(codes(&f), "");
        assert_int_equal(f.ast.items.n, files[i].items);
        struct span whole = {0, f.sources.files.at[file]->size, file};
        check_items(&f.ast.items, whole);
        arena_release(&f.arena);
    }
}

static void single_expression(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        bool good;
    } cases[] = {{"3 nA", true},       {"1 + ", false},  {"1; 2", false}, {"", false},
                 {"1 < 2 < 3", false}, {"[1, 2]", true}, {"3mx", false}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct fixture f;
        open_fixture(&f);
        uint16_t file = source_add(&f.sources, "-D", cases[i].text, strlen(cases[i].text));
        struct expr *expr = parse_expr(&f.arena, &f.sources, file, &f.sink);
        assert_int_equal(expr != NULL, cases[i].good);
        assert_int_equal(diag_has_errors(&f.sink), !cases[i].good);
        arena_release(&f.arena);
    }
}

static void parse_one(void *arg)
{
    struct fixture *f = arg;
    parse_file(&f->arena, &f->sources, 0, &f->sink, &f->ast);
}

/* Every allocation of a parse fails once: the trap is reached each time and nothing leaks. */
static void out_of_memory(void **state)
{
    (void)state;
    static const char text[] =
        "let a = [1, f(x = 2), \"s\"];\nnet n(k = 3) { bias b { x = 1 nA; } }\n"
        "let b = ((1 < 2 < 3;\n";
    for (uint64_t allowed = 0;; allowed++) {
        struct oom_trap trap;
        struct fixture f;
        oom_trap_init(&trap);
        open_fixture(&f);
        source_add(&f.sources, "test.dyn", text, strlen(text));
        f.arena.trap = &trap;
        trap.allowed = allowed;
        bool done = phase_run(&trap, parse_one, &f);
        f.arena.trap = NULL;
        arena_release(&f.arena);
        if (done)
            break;
        assert_true(allowed < 1000);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(precedence),
        cmocka_unit_test(literals),
        cmocka_unit_test(statements),
        cmocka_unit_test(messages),
        cmocka_unit_test(fixes),
        cmocka_unit_test(keywords_as_names),
        cmocka_unit_test(nine_of_nine),
        cmocka_unit_test(recovers_everywhere),
        cmocka_unit_test(bad_statements_are_left_out),
        cmocka_unit_test(limits),
        cmocka_unit_test(million_brackets),
        cmocka_unit_test(examples),
        cmocka_unit_test(single_expression),
        cmocka_unit_test(out_of_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
