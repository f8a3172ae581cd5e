/* One program given as text, elaborated: for tests of the evaluator and of elaborate(). */
#ifndef DYNC_TESTS_ELAB_CASE_H
#define DYNC_TESTS_ELAB_CASE_H

#include "compiler/base/rng.h"
#include "compiler/elab_parts.h"
#include "compiler/front.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

struct elab_case {
    struct arena arena;
    struct source_set sources;
    struct diag_sink sink;
    struct ast ast;
    struct elaboration out;
    const char *text;
    bool ok;
};

/* A bias set, two populations and an input, for programs about something else. */
#define PREAMBLE                                                                                   \
    "target dynapse2(chips = 1, seed = 42); bias b { weight.s = 1 nA; weight.t = 2 nA; "           \
    "weight.unit = 1 nA; } "

static inline struct elab_case *case_in(const char *root, const char *text,
                                        const struct elaborate_options *options,
                                        const struct device *device, const char *const *defines,
                                        uint32_t n_defines)
{
    struct elab_case *c = calloc(1, sizeof *c);
    arena_init(&c->arena, NULL);
    diag_sink_init(&c->sink, &c->arena);
    source_set_init(&c->sources, &c->arena, root);
    c->text = text;
    uint16_t file = source_add(&c->sources, "t.dyn", text, strlen(text));
    parse_file(&c->arena, &c->sources, file, &c->sink, &c->ast);
    if (c->sink.n_errors > 0)
        fail_msg("%s\nin: %s", c->sink.all.at[0]->message, text);
    c->ok = front_elaborate(&c->arena, &c->sources, &c->ast, device, options, defines, n_defines,
                            &c->sink, &c->out);
    return c;
}

static inline struct elab_case *case_with(const char *text, const struct elaborate_options *options)
{
    return case_in(".", text, options, device_dynapse2(), NULL, 0);
}

static inline struct elab_case *case_of(const char *text)
{
    const struct elaborate_options options = {0};
    return case_with(text, &options);
}

static inline void case_free(struct elab_case *c)
{
    arena_release(&c->arena);
    free(c);
}

static inline struct diag *case_find(struct elab_case *c, const char *code)
{
    for (uint32_t i = 0; i < c->sink.all.n; i++)
        if (!strcmp(diag_info(c->sink.all.at[i]->code)->code, code))
            return c->sink.all.at[i];
    return NULL;
}

static inline uint32_t case_count(const struct elab_case *c, const char *code)
{
    uint32_t n = 0;
    for (uint32_t i = 0; i < c->sink.all.n; i++)
        n += !strcmp(diag_info(c->sink.all.at[i]->code)->code, code);
    return n;
}

static inline void case_fail(const struct elab_case *c, const char *what)
{
    print_error("in: %s\n", c->text);
    for (uint32_t i = 0; i < c->sink.all.n; i++)
        print_error("  %s %s\n", diag_info(c->sink.all.at[i]->code)->code,
                    c->sink.all.at[i]->message);
    fail_msg("%s", what);
}

/* No errors, and no other finding than the ones listed in `allowed` (codes in one text). */
static inline void case_clean(struct elab_case *c, const char *allowed)
{
    for (uint32_t i = 0; i < c->sink.all.n; i++)
        if (!strstr(allowed, diag_info(c->sink.all.at[i]->code)->code))
            case_fail(c, "a finding that nobody asked for");
    if (!c->ok)
        case_fail(c, "not elaborated");
}

/* The only error is `code`, and stands at the text behind the mark `@` ... given as line:col. */
static inline const struct diag *case_error(struct elab_case *c, const char *code, uint32_t line,
                                            uint32_t col)
{
    const struct diag *diag = case_find(c, code);
    if (!diag)
        case_fail(c, arena_printf(&c->arena, "no %s", code));
    if (c->sink.n_errors > 1)
        case_fail(c, "more than one error");
    if (line) {
        const struct span span = diag->labels.at[0].span;
        if (span.file == SPAN_NOWHERE)
            case_fail(c, "the finding has no place");
        struct line_col at = source_line_col(c->sources.files.at[span.file], span.begin);
        if (at.line != line || at.col != col)
            case_fail(c, arena_printf(&c->arena, "%s stands at %u:%u, expected %u:%u", code,
                                      at.line, at.col, line, col));
    }
    return diag;
}

/* Programs in which `@` marks where the error stands (the mark is taken out). */
static inline void check_error(const char *marked, const char *code)
{
    char *text = strdup(marked), *mark = strchr(text, '@');
    uint32_t line = 0, col = 0;
    if (mark) {
        line = col = 1;
        for (const char *at = text; at < mark; at++) {
            col = *at == '\n' ? 1 : col + 1;
            line += *at == '\n';
        }
        memmove(mark, mark + 1, strlen(mark));
    }
    struct elab_case *c = case_of(text);
    case_error(c, code, line, col);
    assert_false(c->ok);
    case_free(c);
    free(text);
}

#endif
