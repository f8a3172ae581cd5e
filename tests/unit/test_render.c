/* links: base */
#include "compiler/base/render.h"
#include "tests/unit/dice.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

struct fixture {
    struct arena arena;
    struct source_set sources;
    struct diag_sink sink;
    struct render_options options;
};

static int set_up(void **state)
{
    static struct fixture fixture;
    memset(&fixture, 0, sizeof fixture);
    arena_init(&fixture.arena, NULL);
    source_set_init(&fixture.sources, &fixture.arena, ".");
    diag_sink_init(&fixture.sink, &fixture.arena);
    *state = &fixture;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *fixture = *state;
    arena_release(&fixture->arena);
    return 0;
}

static uint16_t add_source(struct fixture *f, const char *path, const char *text)
{
    return source_add(&f->sources, path, text, strlen(text));
}

/* The span of the first `what` behind `after` in a file. */
static struct span find(const struct fixture *f, uint16_t file, const char *after, const char *what)
{
    const char *text = f->sources.files.at[file]->text;
    const char *at = strstr(strstr(text, after), what);
    assert_non_null(at);
    uint32_t begin = (uint32_t)(at - text);
    return (struct span){begin, begin + (uint32_t)strlen(what), file};
}

static void expect(struct fixture *f, const char *expected)
{
    assert_string_equal(render_all(&f->arena, &f->sources, &f->sink, &f->options), expected);
}

static void one_span_with_notes_and_help(void **state)
{
    struct fixture *f = *state;
    char text[256] = "";
    for (int i = 1; i < 29; i++)
        strcat(text, "\n");
    strcat(text, "PC  -> PC  : nmda(random(0.70), weight = pc.rec);\n");
    add_source(f, "4_ei.dyn", text);
    struct span span = find(f, 0, "PC", "PC  -> PC  : nmda(random(0.70), weight = pc.rec);");
    struct diag *diag = diag_add(&f->sink, DIAG_E0301, span,
                                 "population PC: neuron 17 needs 71 CAM words, 64 available");
    diag_caret(&f->sink, diag, "55 of the 71 words");
    diag_note(&f->sink, diag, span_nowhere(),
              "words of PC[17] by projection\n55  PC  -> PC   nmda   4_ei.dyn:29\n 8  src -> PC");
    diag_note(&f->sink, diag, span_nowhere(), "9 of 80 neurons of PC are over the limit");
    diag_help(&f->sink, diag, span_nowhere(), NULL, "`fan_in(48)` in place of `random(0.70)`");
    expect(f, "error[E0301]: population PC: neuron 17 needs 71 CAM words, 64 available\n"
              "  --> 4_ei.dyn:29:1\n"
              "   |\n"
              "29 | PC  -> PC  : nmda(random(0.70), weight = pc.rec);\n"
              "   | ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ 55 of the 71 words\n"
              "   = note: words of PC[17] by projection\n"
              "           55  PC  -> PC   nmda   4_ei.dyn:29\n"
              "            8  src -> PC\n"
              "   = note: 9 of 80 neurons of PC are over the limit\n"
              "   = help: `fan_in(48)` in place of `random(0.70)`\n"
              "\n"
              "1 error\n");
}

static void add_sum(struct fixture *f)
{
    add_source(f, "net.dyn", "# sum\n\nlet a = 3 nA + 2 ms;\n");
    struct diag *diag =
        diag_add(&f->sink, DIAG_E0204, find(f, 0, "nA", "+"), "cannot add a current and a time");
    diag_label(&f->sink, diag, find(f, 0, "=", "3 nA"), "current (A)");
    diag_label(&f->sink, diag, find(f, 0, "=", "2 ms"), "time (s)");
}

static void several_labels_on_one_line(void **state)
{
    struct fixture *f = *state;
    add_sum(f);
    expect(f, "error[E0204]: cannot add a current and a time\n"
              "  --> net.dyn:3:14\n"
              "   |\n"
              " 3 | let a = 3 nA + 2 ms;\n"
              "   |         ---- ^ ---- time (s)\n"
              "   |         |\n"
              "   |         current (A)\n"
              "\n"
              "1 error\n");
}

static void colors_only_when_asked(void **state)
{
    struct fixture *f = *state;
    add_sum(f);
    f->options.color = true;
    expect(f, "\x1b[1;31merror[E0204]\x1b[0m\x1b[1m: cannot add a current and a time\x1b[0m\n"
              "  \x1b[1;34m-->\x1b[0m net.dyn:3:14\n"
              "\x1b[1;34m   |\x1b[0m\n"
              "\x1b[1;34m 3 |\x1b[0m let a = 3 nA + 2 ms;\n"
              "\x1b[1;34m   |\x1b[0m         \x1b[1;34m----\x1b[0m \x1b[1;31m^\x1b[0m "
              "\x1b[1;34m----\x1b[0m \x1b[1;34mtime (s)\x1b[0m\n"
              "\x1b[1;34m   |\x1b[0m         \x1b[1;34m|\x1b[0m\n"
              "\x1b[1;34m   |\x1b[0m         \x1b[1;34mcurrent (A)\x1b[0m\n"
              "\n"
              "1 error\n");
}

static void a_finding_without_a_place(void **state)
{
    struct fixture *f = *state;
    struct diag *diag = diag_add(&f->sink, DIAG_W0711, span_nowhere(), "inh receives nothing");
    diag_note(&f->sink, diag, span_nowhere(), "it has 5 neurons");
    diag_help(&f->sink, diag, span_nowhere(), "exc -> inh", "%s", "");
    expect(f, "warning[W0711]: inh receives nothing\n"
              "   = note: it has 5 neurons\n"
              "   = help: write `exc -> inh`\n"
              "\n"
              "1 warning\n");
}

static void notes_with_a_place_show_it(void **state)
{
    struct fixture *f = *state;
    add_source(f, "a.dyn", "population exc[4] : p;\npopulation exc[5] : p;\n");
    add_source(f, "b.dyn", "population exc[6] : p;\n");
    struct diag *diag =
        diag_add(&f->sink, DIAG_E0211, find(f, 0, "[4]", "exc"), "`exc` is already declared");
    diag_note(&f->sink, diag, find(f, 0, "pop", "exc"), "first declared here");
    diag_note(&f->sink, diag, span_nowhere(), "names are unique");
    diag_label(&f->sink, diag, find(f, 1, "pop", "exc"), "and here");
    expect(f, "error[E0211]: `exc` is already declared\n"
              "  --> a.dyn:2:12\n"
              "   |\n"
              " 2 | population exc[5] : p;\n"
              "   |            ^^^\n"
              "  ::: b.dyn:1:12\n"
              "   |\n"
              " 1 | population exc[6] : p;\n"
              "   |            --- and here\n"
              "   = note: names are unique\n"
              "note: first declared here\n"
              "  --> a.dyn:1:12\n"
              "   |\n"
              " 1 | population exc[4] : p;\n"
              "   |            ^^^\n"
              "\n"
              "1 error\n");
}

static void spans_of_several_lines(void **state)
{
    struct fixture *f = *state;
    add_source(f, "n.dyn", "net w() {\n    one;\n}\n\n\n  net v() {\n\n    two;\n  }\n");
    struct span first = find(f, 0, "net", "net w() {\n    one;\n}");
    struct span second = find(f, 0, "  net v", "net v() {\n\n    two;\n  }");
    struct diag *diag = diag_add(&f->sink, DIAG_E0213, first, "net uses itself");
    diag_caret(&f->sink, diag, "this one");
    diag_label(&f->sink, diag, second, "through this");
    expect(f, "error[E0213]: net uses itself\n"
              "  --> n.dyn:1:1\n"
              "   |\n"
              " 1 | net w() {\n"
              "   | ^^^^^^^^^\n"
              " 2 |     one;\n"
              " 3 | }\n"
              "   | ^ this one\n"
              "...\n"
              " 6 |   net v() {\n"
              "   |   ---------\n"
              "...\n"
              " 9 |   }\n"
              "   |   - through this\n"
              "\n"
              "1 error\n");
}

static void labels_hang_from_right_to_left(void **state)
{
    struct fixture *f = *state;
    add_source(f, "n.dyn", "a bb ccc dddd\n");
    struct diag *diag = diag_add(&f->sink, DIAG_E0219, find(f, 0, "a", "bb"), "m");
    diag_caret(&f->sink, diag, "two");
    diag_label(&f->sink, diag, find(f, 0, "a", "a"), "one");
    diag_label(&f->sink, diag, find(f, 0, "a", "dddd"), "%s", "");
    diag_label(&f->sink, diag, find(f, 0, "a", "ccc"), "three");
    expect(f, "error[E0219]: m\n"
              "  --> n.dyn:1:3\n"
              "   |\n"
              " 1 | a bb ccc dddd\n"
              "   | - ^^ --- ----\n"
              "   | | |  |\n"
              "   | | |  three\n"
              "   | | two\n"
              "   | one\n"
              "\n"
              "1 error\n");
}

static void overlapping_labels(void **state)
{
    struct fixture *f = *state;
    add_source(f, "n.dyn", "exc -> inh\n");
    struct diag *diag = diag_add(&f->sink, DIAG_E0219, find(f, 0, "exc", "exc -> inh"), "m");
    diag_caret(&f->sink, diag, "whole");
    diag_label(&f->sink, diag, find(f, 0, "exc", "exc"), "left");
    diag_label(&f->sink, diag, find(f, 0, "exc", "inh"), "right");
    expect(f, "error[E0219]: m\n"
              "  --> n.dyn:1:1\n"
              "   |\n"
              " 1 | exc -> inh\n"
              "   | ^^^^^^^^^^ right\n"
              "   | |\n"
              "   | left\n"
              "   | whole\n"
              "\n"
              "1 error\n");
}

static void columns_count_code_points_and_tabs_are_widened(void **state)
{
    struct fixture *f = *state;
    add_source(f, "n.dyn", "# one\r\n\tx\t\xC2\xB5\xF0\x9F\x98\x80z\r\n");
    diag_add(&f->sink, DIAG_E0101, find(f, 0, "x", "z"), "m");
    expect(f, "error[E0101]: m\n"
              "  --> n.dyn:2:6\n"
              "   |\n"
              " 2 |     x   \xC2\xB5\xF0\x9F\x98\x80z\n"
              "   |           ^\n"
              "\n"
              "1 error\n");
}

static void nothing_reaches_the_terminal_unescaped(void **state)
{
    struct fixture *f = *state;
    add_source(f, "a\x1b.dyn", "x\x1b[31m\xFF\xC2\x9B\xE2\x80\xAEy\x7F z\rw\n");
    struct diag *diag =
        diag_add(&f->sink, DIAG_E0101, find(f, 0, "x", "y"), "bad \x1b[2J\n\xFE text");
    diag_caret(&f->sink, diag, "l\x07\t");
    diag_note(&f->sink, diag, span_nowhere(), "n\x08\nm\r");
    expect(f, "error[E0101]: bad <1B>[2J<0A><FE> text\n"
              "  --> a<1B>.dyn:1:10\n"
              "   |\n"
              " 1 | x<1B>[31m<FF><9B><U+202E>y<7F> z<0D>w\n"
              "   |                          ^ l<07> \n"
              "   = note: n<08>\n"
              "           m<0D>\n"
              "\n"
              "1 error\n");
}

static void places_at_the_end_of_a_file(void **state)
{
    struct fixture *f = *state;
    uint16_t empty = add_source(f, "empty.dyn", "");
    uint16_t open = add_source(f, "open.dyn", "let a = 1");
    uint16_t closed = add_source(f, "closed.dyn", "let a = 1\n");
    diag_add(&f->sink, DIAG_E0106, (struct span){0, 0, empty}, "nothing here");
    diag_add(&f->sink, DIAG_E0106, (struct span){9, 9, open}, "expected `;`");
    diag_add(&f->sink, DIAG_E0106, (struct span){4000000000, 4000000001, closed}, "far away");
    expect(f, "error[E0106]: nothing here\n"
              "  --> empty.dyn:1:1\n"
              "   |\n"
              " 1 |\n"
              "   | ^\n"
              "\n"
              "error[E0106]: expected `;`\n"
              "  --> open.dyn:1:10\n"
              "   |\n"
              " 1 | let a = 1\n"
              "   |          ^\n"
              "\n"
              "error[E0106]: far away\n"
              "  --> closed.dyn:2:1\n"
              "   |\n"
              " 2 |\n"
              "   | ^\n"
              "\n"
              "3 errors\n");
}

static void long_lines_are_shown_around_the_mark(void **state)
{
    struct fixture *f = *state;
    enum { WIDTH = 120, N = 1000 };
    static char text[N + 1], shown[WIDTH + 1], expected[4096];
    for (int i = 0; i < N; i++)
        text[i] = (char)('a' + i % 26);
    add_source(f, "n.dyn", text);
    diag_add(&f->sink, DIAG_E0101, (struct span){500, 503, 0}, "m");
    memcpy(shown, text + 460, WIDTH);
    snprintf(expected, sizeof expected,
             "error[E0101]: m\n  --> n.dyn:1:501\n   |\n 1 | ...%s...\n   | %43s^^^\n\n1 error\n",
             shown, "");
    expect(f, expected);
    diag_sink_init(&f->sink, &f->arena);
    diag_add(&f->sink, DIAG_E0101, (struct span){N - 1, N, 0}, "m");
    memcpy(shown, text + N - WIDTH, WIDTH);
    snprintf(expected, sizeof expected,
             "error[E0101]: m\n  --> n.dyn:1:1000\n   |\n 1 | ...%s\n   | %122s^\n\n1 error\n",
             shown, "");
    expect(f, expected);
}

static void line_width_at_its_limit(void **state)
{
    (void)state;
    for (size_t n = 119; n <= 121; n++) {
        struct fixture *f;
        void *fresh;
        set_up(&fresh);
        f = fresh;
        char text[128] = "";
        memset(text, 'x', n);
        add_source(f, "n.dyn", text);
        diag_add(&f->sink, DIAG_E0101, (struct span){0, 1, 0}, "m");
        const char *out = render_all(&f->arena, &f->sources, &f->sink, &f->options);
        assert_true((strstr(out, "...") != NULL) == (n > 120));
        tear_down(&fresh);
    }
}

/* The message with n characters of `width` bytes on either side of the mark, without its place. */
static const char *amid(struct fixture *f, uint32_t n, const char *character)
{
    size_t width = strlen(character);
    char *text = arena_alloc(&f->arena, 2 * n * width + 4, 1);
    for (uint32_t i = 0; i < n; i++) {
        memcpy(text + i * width, character, width);
        memcpy(text + (n + i) * width + 3, character, width);
    }
    memcpy(text + n * width, "let", 3);
    uint16_t file = add_source(f, "n.dyn", text);
    diag_sink_init(&f->sink, &f->arena);
    uint32_t begin = n * (uint32_t)width;
    diag_add(&f->sink, DIAG_E0101, (struct span){begin, begin + 3, file}, "m");
    return strstr(render_all(&f->arena, &f->sources, &f->sink, &f->options), "   |\n");
}

static void what_lies_far_from_the_mark_changes_nothing(void **state)
{
    static const char *const character[] = {"x", "\xC2\xB5", "\xE2\x82\xAC", "\xF0\x9F\x98\x80"};
    static const uint32_t n[] = {255, 256, 257, 341, 342, 511, 512, 513, 1023, 1024, 1025, 100000};
    struct fixture *f = *state;
    for (size_t c = 0; c < sizeof character / sizeof *character; c++)
        for (size_t i = 0; i < sizeof n / sizeof *n; i++)
            assert_string_equal(amid(f, n[i], character[c]), amid(f, 200, character[c]));
}

static void totals_and_surplus(void **state)
{
    struct fixture *f = *state;
    f->sink.max_errors = 1;
    diag_add(&f->sink, DIAG_E0201, span_nowhere(), "one");
    diag_add(&f->sink, DIAG_E0201, span_nowhere(), "two");
    diag_add(&f->sink, DIAG_W0711, span_nowhere(), "w");
    expect(f, "error[E0201]: one\n\nwarning[W0711]: w\n\n"
              "1 more error not shown (--max-errors 1)\n2 errors, 1 warning\n");
    diag_add(&f->sink, DIAG_E0201, span_nowhere(), "three");
    diag_add(&f->sink, DIAG_W0711, span_nowhere(), "w");
    diag_add(&f->sink, DIAG_N0812, span_nowhere(), "n");
    diag_add(&f->sink, DIAG_N0812, span_nowhere(), "n");
    expect(f,
           "error[E0201]: one\n\nwarning[W0711]: w\n\nnote[N0812]: n\n\n"
           "2 more errors not shown (--max-errors 1)\n1 more warning not shown (--max-errors 1)\n"
           "1 more note not shown (--max-errors 1)\n3 errors, 2 warnings\n");
    f->options.quiet = true;
    expect(f, "error[E0201]: one\n\n2 more errors not shown (--max-errors 1)\n3 errors\n");
}

static void silence_where_nothing_was_found(void **state)
{
    struct fixture *f = *state;
    expect(f, "");
    diag_add(&f->sink, DIAG_N0812, span_nowhere(), "no target");
    expect(f, "note[N0812]: no target\n");
    f->options.quiet = true;
    expect(f, "");
}

static void json_lines(void **state)
{
    struct fixture *f = *state;
    add_source(f, "n.dyn", "\xC2\xB5 a\nb\n");
    struct diag *diag = diag_add(&f->sink, DIAG_E0201, (struct span){3, 6, 0}, "unknown \"a\"");
    diag_caret(&f->sink, diag, "here");
    diag_label(&f->sink, diag, span_nowhere(), "nowhere");
    diag_note(&f->sink, diag, (struct span){0, 2, 0}, "see");
    diag_note(&f->sink, diag, span_nowhere(), "n");
    diag_help(&f->sink, diag, (struct span){3, 4, 0}, "c", "write c");
    diag_help(&f->sink, diag, span_nowhere(), NULL, "or not");
    diag_add(&f->sink, DIAG_W0711, span_nowhere(), "w");
    f->options.format = RENDER_JSON;
    expect(
        f,
        "{\"code\":\"E0201\",\"name\":\"unknown-name\",\"severity\":\"error\",\"message\":"
        "\"unknown "
        "\\\"a\\\"\",\"spans\":[{\"file\":\"n.dyn\",\"line\":1,\"col\":3,\"end_line\":2,"
        "\"end_col\":2,\"bytes\":[3,6],\"label\":\"here\"}],\"notes\":[{\"message\":\"see\","
        "\"spans\":[{\"file\":\"n.dyn\",\"line\":1,\"col\":1,\"end_line\":1,\"end_col\":2,"
        "\"bytes\":[0,2]}]},{\"message\":\"n\",\"spans\":[]}],\"fixes\":[{\"message\":\"write c\","
        "\"replacement\":\"c\",\"spans\":[{\"file\":\"n.dyn\",\"line\":1,\"col\":3,\"end_line\":1,"
        "\"end_col\":4,\"bytes\":[3,4]}],\"bytes\":[3,4]},{\"message\":\"or not\","
        "\"replacement\":null,\"spans\":[],\"bytes\":null}]}\n"
        "{\"code\":\"W0711\",\"name\":\"receives-nothing\",\"severity\":\"warning\","
        "\"message\":\"w\",\"spans\":[],\"notes\":[],\"fixes\":[]}\n");
}

/* The report keeps to its schema: no name, no labels, no bytes of spans. */
static void json_of_the_report(void **state)
{
    struct fixture *f = *state;
    struct json json;
    size_t n;
    add_source(f, "n.dyn", "abc\n");
    struct diag *diag = diag_add(&f->sink, DIAG_E0201, (struct span){1, 2, 0}, "m");
    diag_caret(&f->sink, diag, "here");
    json_init(&json, &f->arena, true);
    render_diag_json(&json, &f->sources, diag, false);
    assert_string_equal(json_finish(&json, &n),
                        "{\"code\":\"E0201\",\"severity\":\"error\",\"message\":\"m\",\"spans\":["
                        "{\"file\":\"n.dyn\",\"line\":1,\"col\":2,\"end_line\":1,\"end_col\":3}],"
                        "\"notes\":[],\"fixes\":[]}\n");
}

/* --- Random messages over random texts --- */

static void random_text(struct dice *dice, char *text, uint32_t n)
{
    static const char *const pieces[] = {"\t",
                                         "\r\n",
                                         "\n",
                                         "\xC3\xA9",
                                         "\xF0\x9F\x98\x80",
                                         "\x1b[31m",
                                         "\xE2\x80\xAE",
                                         "\xFF",
                                         "let a",
                                         " ",
                                         "\x80\x80",
                                         "x",
                                         "y",
                                         "\r",
                                         "\x7F"};
    uint32_t line_breaks = roll(dice, 2), at = 0;
    while (at < n) {
        const char *piece = pieces[roll(dice, sizeof pieces / sizeof pieces[0])];
        size_t length = strlen(piece);
        if (strchr(piece, '\n') && !line_breaks)
            continue;
        if (length > n - at)
            length = n - at;
        memcpy(text + at, piece, length);
        at += (uint32_t)length;
    }
    text[n] = 0;
}

static struct span random_span(struct dice *dice, uint32_t n)
{
    if (roll(dice, 8) == 0)
        return span_nowhere();
    uint32_t begin = roll(dice, n + 10), length = roll(dice, roll(dice, 3) ? 8 : n + 10);
    if (roll(dice, 50) == 0)
        return (struct span){begin + length, begin, 0};
    return (struct span){begin, begin + length, 0};
}

/* Only printable text and line breaks, no line longer than what one part of a message may take. */
static void check_harmless(const char *out, size_t longest)
{
    size_t width = 0;
    for (const char *at = out; *at;) {
        size_t n = utf8_length(at, strlen(at) < 4 ? strlen(at) : 4);
        assert_true(n > 0);
        assert_true(*at == '\n' || ((unsigned char)*at >= ' ' && *at != 0x7F));
        assert_true(strncmp(at, "\xE2\x80\xAE", 3) != 0);
        width = *at == '\n' ? 0 : width + 1;
        assert_true(width <= longest);
        at += n;
    }
}

static void render_random(struct dice *dice, char *text, uint32_t n)
{
    void *fresh;
    set_up(&fresh);
    struct fixture *f = fresh;
    random_text(dice, text, n);
    source_add(&f->sources, "n.dyn", text, n);
    struct diag *diag = diag_add(&f->sink, DIAG_E0106, random_span(dice, n), "m");
    for (uint32_t i = roll(dice, 6); i > 0; i--)
        diag_label(&f->sink, diag, random_span(dice, n), roll(dice, 2) ? "a label" : "\x1b");
    for (uint32_t i = roll(dice, 3); i > 0; i--)
        diag_note(&f->sink, diag, random_span(dice, n), "n");
    check_harmless(render_all(&f->arena, &f->sources, &f->sink, &f->options), 200);
    f->options.color = true;
    render_all(&f->arena, &f->sources, &f->sink, &f->options);
    f->options.format = RENDER_JSON;
    check_harmless(render_all(&f->arena, &f->sources, &f->sink, &f->options), 4000);
    tear_down(&fresh);
}

static void random_messages_do_no_harm(void **state)
{
    (void)state;
    const char *chosen = getenv("SEED");
    uint64_t seed = chosen ? strtoull(chosen, NULL, 0) : 1;
    print_message("SEED=%llu\n", (unsigned long long)seed);
    static char text[(1 << 20) + 1];
    for (uint64_t i = 0; i < 20000; i++) {
        struct dice dice = {rng_site_key(seed, "render", i), 0};
        render_random(&dice, text, roll(&dice, i % 100 ? 80 : 2000) + 1);
    }
    for (uint64_t i = 0; i < 12; i++) {
        struct dice dice = {rng_site_key(seed, "long", i), 0};
        render_random(&dice, text, 1 << 20);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(one_span_with_notes_and_help, set_up, tear_down),
        cmocka_unit_test_setup_teardown(several_labels_on_one_line, set_up, tear_down),
        cmocka_unit_test_setup_teardown(colors_only_when_asked, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_finding_without_a_place, set_up, tear_down),
        cmocka_unit_test_setup_teardown(notes_with_a_place_show_it, set_up, tear_down),
        cmocka_unit_test_setup_teardown(spans_of_several_lines, set_up, tear_down),
        cmocka_unit_test_setup_teardown(labels_hang_from_right_to_left, set_up, tear_down),
        cmocka_unit_test_setup_teardown(overlapping_labels, set_up, tear_down),
        cmocka_unit_test_setup_teardown(columns_count_code_points_and_tabs_are_widened, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(nothing_reaches_the_terminal_unescaped, set_up, tear_down),
        cmocka_unit_test_setup_teardown(places_at_the_end_of_a_file, set_up, tear_down),
        cmocka_unit_test_setup_teardown(long_lines_are_shown_around_the_mark, set_up, tear_down),
        cmocka_unit_test_setup_teardown(what_lies_far_from_the_mark_changes_nothing, set_up,
                                        tear_down),
        cmocka_unit_test(line_width_at_its_limit),
        cmocka_unit_test_setup_teardown(totals_and_surplus, set_up, tear_down),
        cmocka_unit_test_setup_teardown(silence_where_nothing_was_found, set_up, tear_down),
        cmocka_unit_test_setup_teardown(json_lines, set_up, tear_down),
        cmocka_unit_test_setup_teardown(json_of_the_report, set_up, tear_down),
        cmocka_unit_test(random_messages_do_no_harm),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
