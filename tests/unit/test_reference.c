/* The language reference: its example files compile, its tables name what there is.
 * links: compiler grammar device base */
#include "compiler/base/outfile.h"
#include "compiler/elaborate.h"
#include "compiler/measure.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static const char *const path = "grammar/README.md";

static const char *page(struct arena *arena)
{
    uint8_t *bytes;
    size_t n;
    const char *why = "";
    if (!read_whole(arena, path, 1 << 20, &bytes, &n, &why))
        fail_msg("%s: %s", path, why);
    return arena_strndup(arena, (const char *)bytes, n);
}

static void compile(const char *text, size_t n)
{
    struct arena arena;
    struct source_set sources;
    struct diag_sink sink;
    struct ast ast;
    struct elaboration elaboration = {0};
    struct elaborate_options options = {0};
    arena_init(&arena, NULL);
    source_set_init(&sources, &arena, ".");
    diag_sink_init(&sink, &arena);
    uint16_t file = source_add(&sources, "example.dyn", text, n);
    parse_file(&arena, &sources, file, &sink, &ast);
    bool ok =
        !diag_has_errors(&sink)
        && elaborate(&arena, &sources, &ast, device_dynapse2(), &options, &sink, &elaboration);
    for (uint32_t i = 0; i < sink.all.n; i++)
        if (sink.all.at[i]->severity != SEVERITY_NOTE)
            print_error("%s\n", sink.all.at[i]->message);
    assert_true(ok);
    assert_int_equal(sink.n_warnings, 0);
    assert_true(elaboration.net.populations.n > 0);
    arena_release(&arena);
}

static void examples_compile(void **state)
{
    (void)state;
    static const char mark[] = "```dyn\n";
    struct arena arena;
    uint32_t n = 0;
    arena_init(&arena, NULL);
    for (const char *at = strstr(page(&arena), mark); at; at = strstr(at, mark), n++) {
        at += strlen(mark);
        compile(at, (size_t)(strstr(at, "\n```") + 1 - at));
    }
    assert_int_equal(n, 4);
    arena_release(&arena);
}

static void tables_are_complete(void **state)
{
    (void)state;
    static const char *const words[] = {
#define KEYWORD(word, proposal) #word,
#include "grammar/keywords.def"
#define UNIT(text, exponent, dimension) #text,
#include "grammar/units.def"
    };
    struct arena arena;
    struct measuring measuring = {0};
    struct measures measures = measures_over(&measuring);
    arena_init(&arena, NULL);
    const char *text = page(&arena);
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
        if (!strstr(text, words[i]))
            fail_msg("%s does not name `%s`", path, words[i]);
    for (uint32_t i = 0; i < measures.n_names; i++) {
        assert_true(measures.is_measure(measures.names[i]));
        if (!strstr(text, arena_printf(&arena, "| `%s(", measures.names[i])))
            fail_msg("%s has no row for `%s`", path, measures.names[i]);
    }
    arena_release(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(examples_compile),
        cmocka_unit_test(tables_are_complete),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
