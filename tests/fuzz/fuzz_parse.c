/* libFuzzer target for the parser. Beyond not crashing: spans lie inside the text, a text with
 * errors has messages, and the dump of a text does not depend on how often it is parsed. */
#include "compiler/ast.h"

#include <stdint.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static char *parse(struct arena *arena, const struct source_set *sources, uint32_t *errors)
{
    struct diag_sink sink;
    struct ast ast;
    diag_sink_init(&sink, arena);
    parse_file(arena, sources, 0, &sink, &ast);
    *errors = sink.n_errors;
    for (uint32_t i = 0; i < sink.all.n; i++) {
        struct span span = sink.all.at[i]->labels.at[0].span;
        if (span.file != 0 || span.begin > span.end || span.end > sources->files.at[0]->size)
            __builtin_trap();
    }
    return ast_dump(arena, &ast);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena arena;
    struct source_set sources;
    uint32_t errors, again;
    arena_init(&arena, NULL);
    source_set_init(&sources, &arena, ".");
    source_add(&sources, "fuzz.dyn", (const char *)data, size);
    char *first = parse(&arena, &sources, &errors);
    char *second = parse(&arena, &sources, &again);
    if (errors != again || strcmp(first, second) != 0)
        __builtin_trap();
    struct diag_sink sink;
    diag_sink_init(&sink, &arena);
    struct expr *expr = parse_expr(&arena, &sources, 0, &sink);
    if ((expr != NULL) == diag_has_errors(&sink))
        __builtin_trap();
    arena_release(&arena);
    return 0;
}
