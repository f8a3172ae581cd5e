/* Text to syntax tree: CPU time of parse_file() on flat texts of 20 MB. Printed, never judged. */
#include "compiler/ast.h"
#include "compiler/base/text.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

enum { BYTES = 20000000, RUNS = 7 };

static double cpu_seconds(void)
{
    struct timespec now;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

/* A million short statements. */
static unsigned declarations(struct text *out)
{
    unsigned i = 0;
    for (; out->n < BYTES; i++)
        text_add(out, i % 2 ? "let b%06u = %u * 3;\n" : "let a%06u = %u nA;\n", i, i % 97);
    return i;
}

/* Long ones, as networks have them. */
static unsigned projections(struct text *out)
{
    unsigned i = 0;
    for (; out->n < BYTES; i++)
        text_add(out, "p%u -> q%u : ampa(pre == post + %u, weight = b.w0, delay = 3 ms);\n", i % 97,
                 i % 89, i % 7);
    return i;
}

struct result {
    double seconds, mebibytes; /* of memory the tree holds */
    unsigned statements;
    size_t bytes;
};

static void parse_once(unsigned (*fill)(struct text *), struct oom_trap *trap,
                       struct result *result)
{
    struct arena texts, tree;
    struct text text;
    struct source_set sources;
    struct diag_sink sink;
    struct ast ast;
    arena_init(&texts, trap);
    arena_init(&tree, trap);
    text_init(&text, &texts);
    result->statements = fill(&text);
    result->bytes = text.n;
    source_set_init(&sources, &texts, ".");
    diag_sink_init(&sink, &texts);
    uint16_t file = source_add(&sources, "flat.dyn", text.at, text.n);
    size_t before = trap->bytes;
    double start = cpu_seconds();
    parse_file(&tree, &sources, file, &sink, &ast);
    result->seconds = cpu_seconds() - start;
    result->mebibytes = (double)(trap->bytes - before) / (1 << 20);
    if (ast.items.n != result->statements)
        printf("%u of %u statements read\n", ast.items.n, result->statements);
    arena_release(&tree);
    arena_release(&texts);
}

static int by_value(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return x < y ? -1 : x > y;
}

static void row(const char *name, unsigned (*fill)(struct text *), struct oom_trap *trap)
{
    double seconds[RUNS];
    struct result result;
    for (int i = 0; i < RUNS; i++) {
        parse_once(fill, trap, &result);
        seconds[i] = result.seconds;
    }
    qsort(seconds, RUNS, sizeof seconds[0], by_value);
    printf("%-14s %9u statements %6.1f MB  median %6.1f MB/s of CPU time  best %6.1f  tree %6.1f "
           "MiB\n",
           name, result.statements, 1e-6 * (double)result.bytes,
           1e-6 * (double)result.bytes / seconds[RUNS / 2],
           1e-6 * (double)result.bytes / seconds[0], result.mebibytes);
}

int main(void)
{
    struct oom_trap trap;
    oom_trap_init(&trap);
    row("declarations", declarations, &trap);
    row("projections", projections, &trap);
    return 0;
}
