/* The one form at its limits; what it looks like is in tests/golden/commands/format.dyn.
 * links: compiler grammar base */
#include "compiler/format.h"

#include "compiler/ast.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

struct fixture {
    struct oom_trap trap;
    struct arena arena;
};

static void begin(struct fixture *f)
{
    oom_trap_init(&f->trap);
    arena_init(&f->arena, &f->trap);
}

static struct text formatted(struct fixture *f, const char *text)
{
    struct source_set sources;
    struct diag_sink sink;
    struct text out;
    source_set_init(&sources, &f->arena, ".");
    diag_sink_init(&sink, &f->arena);
    text_init(&out, &f->arena);
    uint16_t file = source_add(&sources, "test.dyn", text, strlen(text));
    if (!format_source(&f->arena, &sources, file, &sink, &out))
        fail_msg("%s", sink.all.at[0]->message);
    return out;
}

static void expect_form(const char *text, const char *expected)
{
    struct fixture f;
    begin(&f);
    struct text once = formatted(&f, text);
    assert_string_equal(once.at, expected);
    assert_string_equal(formatted(&f, once.at).at, expected);
    arena_release(&f.arena);
}

static void blanks_inside_brackets_and_quantities(void **state)
{
    (void)state;
    expect_form("let v = map[o,:,2 : 5];\nlet w = m[ :,: ];\nlet q = [20\tms,20ms, 20 \t  ms];\n",
                "let v = map[o, :, 2:5];\nlet w = m[:, :];\nlet q = [20 ms, 20ms, 20 ms];\n");
}

/* Longest line of the text, in bytes. */
static size_t widest(const char *text)
{
    size_t most = 0;
    while (*text) {
        size_t n = strcspn(text, "\n");
        most = n > most ? n : most;
        text += n + (text[n] == '\n');
    }
    return most;
}

static const char *repeated(struct fixture *f, const char *text, uint32_t n)
{
    struct text out;
    text_init(&out, &f->arena);
    for (uint32_t i = 0; i < n; i++)
        text_bytes(&out, text, strlen(text));
    return out.at;
}

static void lines_hold_120_columns(void **state)
{
    (void)state;
    struct fixture f;
    begin(&f);
    /* "let x = f(NAME, 1);" has 15 columns beside NAME. */
    for (uint32_t n = 105; n <= 107; n++) {
        const char *text = arena_printf(&f.arena, "let x = f(%s, 1);\n", repeated(&f, "n", n));
        const char *broken =
            arena_printf(&f.arena, "let x = f(%s,\n          1);\n", repeated(&f, "n", n));
        assert_string_equal(formatted(&f, text).at, n <= 105 ? text : broken);
    }
    /* "bias x { a = NAME; b = 1; }" likewise, 23 columns. */
    for (uint32_t n = 96; n <= 98; n++) {
        const char *name = repeated(&f, "n", n);
        const char *text = arena_printf(&f.arena, "bias x { a = %s; b = 1; }\n", name);
        const char *block = arena_printf(&f.arena, "bias x {\n    a = %s;  b = 1;\n}\n", name);
        assert_int_equal(strlen(text), n + 24);
        assert_string_equal(formatted(&f, text).at, n + 23 <= 120 ? text : block);
    }
    arena_release(&f.arena);
}

static void columns_count_characters(void **state)
{
    (void)state;
    expect_form("test \"\xC3\xA4\xE2\x82\xAC\" { run 1 s; }  # \xC3\xA4\n"
                "test \"aa\" { run 1 s; }# b\n",
                "test \"\xC3\xA4\xE2\x82\xAC\" { run 1 s; }                     # \xC3\xA4\n"
                "test \"aa\" { run 1 s; }                     # b\n");
}

static void comments_stand_behind_the_longest(void **state)
{
    (void)state;
    struct fixture f;
    begin(&f);
    /* "let x = NAME;" has 9 columns beside NAME; the comment stands at 43, or two behind. */
    static const uint32_t code[] = {40, 41, 42, 69, 70, 71};
    static const uint32_t column[] = {43, 43, 44, 71, 72, 73}, other[] = {43, 43, 44, 71, 72, 43};
    for (uint32_t i = 0; i < sizeof code / sizeof code[0]; i++) {
        const char *name = repeated(&f, "n", code[i] - 9);
        const char *text = arena_printf(&f.arena, "let y = 1; # b\nlet x = %s; # a\n", name);
        const char *expected =
            arena_printf(&f.arena, "let y = 1;%*s# b\nlet x = %s;%*s# a\n", (int)other[i] - 10, "",
                         name, (int)(column[i] - code[i]), "");
        assert_string_equal(formatted(&f, text).at, expected);
    }
    arena_release(&f.arena);
}

static void alignment_heals_slips_of_two(void **state)
{
    (void)state;
    for (int apart = 0; apart <= 3; apart++) {
        char text[64];
        snprintf(text, sizeof text, "let a   = 1;\nlet bbb%*s = 2;\n", apart, "");
        expect_form(text, apart == 0   ? "let a   = 1;\nlet bbb = 2;\n"
                          : apart <= 2 ? "let a   = 1;\nlet bbb = 2;\n"
                                       : "let a = 1;\nlet bbb = 2;\n");
    }
    /* Across an empty line or a comment there are no neighbours. */
    expect_form("let a   = 1;\n\nlet bbb = 2;\n", "let a = 1;\n\nlet bbb = 2;\n");
    expect_form("let a   = 1;\n# c\nlet bbb = 2;\n", "let a = 1;\n# c\nlet bbb = 2;\n");
}

static void contradicting_columns_end(void **state)
{
    (void)state;
    /* The second line begins where `core` stands, which waits for `b`; and that waits for `near`
     * of the second line, since the author put one above the other. */
    expect_form("place a,   b : core(0, 0),\nchip(1),   near(c);\n",
                "place a, b : core(0, 0),\n             chip(1), near(c);\n");
    expect_form("place a,   b : core(0, 0);\nplace aa, b : chip(1);\n",
                "place a,  b : core(0, 0);\nplace aa, b : chip(1);\n");
}

static void deep_blocks_stay_at_80(void **state)
{
    (void)state;
    struct fixture f;
    begin(&f);
    for (uint32_t depth = 20; depth <= 22; depth++) {
        const char *text = arena_printf(&f.arena, "%s\na -> b : ampa(weight = 1);\n%s",
                                        repeated(&f, "if on {\n", depth), repeated(&f, "}", depth));
        assert_int_equal(widest(formatted(&f, text).at), 80 + strlen("a -> b : ampa(weight = 1);"));
    }
    arena_release(&f.arena);
}

static void brackets_go_on_below_themselves_up_to_72(void **state)
{
    (void)state;
    struct fixture f;
    begin(&f);
    for (uint32_t n = 62; n <= 64; n++) { /* "let x = NAME(": the value stands at 9 + n */
        const char *name = repeated(&f, "n", n);
        const char *text = arena_printf(&f.arena, "let x = %s(1,\n2);\n", name);
        const char *expected = arena_printf(&f.arena, "let x = %s(1,\n%*s2);\n", name,
                                            9 + n <= 72 ? (int)(9 + n) : 4, "");
        assert_string_equal(formatted(&f, text).at, expected);
    }
    arena_release(&f.arena);
}

/* Hostile texts: the result and the memory grow with the text, not with its square. */
static void growth_is_linear(void **state)
{
    (void)state;
    static const struct {
        const char *head, *repeat, *tail;
    } texts[] = {
        {"let a = [", "1, ", "1];"},
        {"let a = [[[[[[[[[[", "1,\n", "1]]]]]]]]]];"},
        {"bias b {", "a   = 1 ;", "}"},
        {"", "let a  = 1;  # c\nlet bb = 22;\n", ""},
        {"", "a   -> b : ampa(x,  y);\naaa -> b : ampa(xx, y);\n", ""},
        {"", "# c\n\n\n", ""},
        {"let a = 1", "\n+ 1", ";"},
        {"let a = f(                                                                  ",
         "1,\n                                                                           ", "1);"},
    };
    for (uint32_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        struct fixture f;
        begin(&f);
        uint32_t n = i == 6 ? 200 : (1 << 19) / (uint32_t)strlen(texts[i].repeat);
        const char *text = arena_printf(&f.arena, "%s%s%s", texts[i].head,
                                        repeated(&f, texts[i].repeat, n), texts[i].tail);
        size_t size = strlen(text);
        f.trap.bytes_limit = 400 * size + (1 << 23);
        struct text once = formatted(&f, text);
        assert_true(once.n <= 8 * size);
        assert_string_equal(formatted(&f, once.at).at, once.at);
        arena_release(&f.arena);
    }
}

static void errors_leave_nothing(void **state)
{
    (void)state;
    static const char *const texts[] = {"input a[1", "let a = ;", "\xFF", "let a = \"x", "}"};
    for (uint32_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        struct fixture f;
        struct source_set sources;
        struct diag_sink sink;
        struct text out;
        begin(&f);
        source_set_init(&sources, &f.arena, ".");
        diag_sink_init(&sink, &f.arena);
        text_init(&out, &f.arena);
        text_add(&out, "before");
        uint16_t file = source_add(&sources, "test.dyn", texts[i], strlen(texts[i]));
        assert_false(format_source(&f.arena, &sources, file, &sink, &out));
        assert_true(sink.n_errors > 0);
        assert_string_equal(out.at, "before");
        arena_release(&f.arena);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(blanks_inside_brackets_and_quantities),
        cmocka_unit_test(lines_hold_120_columns),
        cmocka_unit_test(columns_count_characters),
        cmocka_unit_test(comments_stand_behind_the_longest),
        cmocka_unit_test(alignment_heals_slips_of_two),
        cmocka_unit_test(contradicting_columns_end),
        cmocka_unit_test(deep_blocks_stay_at_80),
        cmocka_unit_test(brackets_go_on_below_themselves_up_to_72),
        cmocka_unit_test(growth_is_linear),
        cmocka_unit_test(errors_leave_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
