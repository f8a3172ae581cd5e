/* Text through the formatter. What parses is formatted, into the same tree and the same comments,
 * and formatting that again changes nothing; what does not parse is refused. */
#include "compiler/ast.h"
#include "compiler/format.h"
#include "tests/fuzz/fuzz.h"

static const char *tree_of(struct fuzz_run *run, const char *text, size_t n)
{
    struct source_set sources;
    struct diag_sink sink;
    struct ast ast;
    source_set_init(&sources, &run->arena, ".");
    diag_sink_init(&sink, &run->arena);
    parse_file(&run->arena, &sources, source_add(&sources, "fuzz.dyn", text, n), &sink, &ast);
    return diag_has_errors(&sink) ? NULL : ast_dump(&run->arena, &ast);
}

/* The comments of a text that parses, one on a line: what follows a `#` outside of strings. */
static const char *comments_of(struct fuzz_run *run, const char *text, size_t n)
{
    struct text out;
    bool string = false;
    text_init(&out, &run->arena);
    for (size_t i = 0; i < n; i++) {
        if (string && text[i] == '\\') {
            i++;
        } else if (text[i] == '"') {
            string = !string;
        } else if (text[i] == '#' && !string) {
            size_t end = i, last;
            while (end < n && text[end] != '\n')
                end++;
            for (last = end; strchr(" \t\r", text[last - 1]); last--)
                continue;
            text_bytes(&out, text + i, last - i);
            text_bytes(&out, "\n", 1);
            i = end;
        }
    }
    return out.at;
}

static void check_result(struct fuzz_run *run, const struct text *once)
{
    struct source_set sources;
    struct diag_sink sink;
    struct text twice;
    const char *text = (const char *)run->data;
    const char *before = tree_of(run, text, run->size), *after = tree_of(run, once->at, once->n);
    FUZZ_REQUIRE(before && after && !strcmp(before, after));
    FUZZ_REQUIRE(!strcmp(comments_of(run, text, run->size), comments_of(run, once->at, once->n)));
    source_set_init(&sources, &run->arena, ".");
    diag_sink_init(&sink, &run->arena);
    text_init(&twice, &run->arena);
    uint16_t file = source_add(&sources, "fuzz.dyn", once->at, once->n);
    FUZZ_REQUIRE(format_source(&run->arena, &sources, file, &sink, &twice));
    FUZZ_REQUIRE(once->n == twice.n && !memcmp(once->at, twice.at, once->n));
    FUZZ_REQUIRE(once->n == 0 || once->at[once->n - 1] == '\n');
    /* Long indents and columns are bounded. */
    FUZZ_REQUIRE(once->n <= 4 * run->size + (size_t)120 * sources.files.at[0]->n_lines);
}

static void format_phase(void *context)
{
    struct fuzz_run *run = context;
    struct text once;
    fuzz_open(run, "fuzz.dyn");
    text_init(&once, &run->arena);
    bool ok = format_source(&run->arena, &run->sources, 0, &run->sink, &once);
    FUZZ_REQUIRE(ok != diag_has_errors(&run->sink));
    FUZZ_REQUIRE(ok || once.n == 0);
    FUZZ_REQUIRE(diag_exit_code(&run->sink) <= 1);
    if (ok)
        check_result(run, &once);
    fuzz_check_sink(run);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    return fuzz_with(data, size, format_phase);
}
