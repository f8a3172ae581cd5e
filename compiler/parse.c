#include "compiler/parse.h"

#include "grammar/dyn.tab.h"

#include <string.h>

static const char byte_order_mark[] = "\xEF\xBB\xBF";

static struct parse_ctx *start(struct arena *arena, const struct source_set *sources, uint16_t file,
                               struct diag_sink *sink)
{
    struct parse_ctx *ctx = ARENA_NEW(arena, struct parse_ctx);
    const struct source *source = sources->files.at[file];
    ctx->arena = arena;
    ctx->sink = sink;
    ctx->source = source;
    ctx->text = source->text;
    ctx->size = source->size;
    ctx->file = file;
    ctx->again.kind = -1;
    ctx->last.span.file = ctx->previous.span.file = file;
    ctx->scanned = arena_alloc(arena, (size_t)ctx->size + 2, 1);
    memcpy(ctx->scanned, ctx->text, ctx->size);
    uint32_t skip = 0;
    if (ctx->size >= 3 && !memcmp(ctx->text, byte_order_mark, 3))
        skip = 3;
    ctx->scanner = dyn_scanner_new(ctx, ctx->scanned + skip, ctx->size - skip);
    return ctx;
}

/* A zero byte tells that this is no text (an image given by mistake): one finding, and no
 * thousands. */
static bool is_text(const struct source *source, uint16_t file, struct diag_sink *sink)
{
    const char *zero = memchr(source->text, 0, source->size);
    if (!zero)
        return true;
    uint32_t at = (uint32_t)(zero - source->text);
    struct diag *diag = diag_add(sink, DIAG_E0101, (struct span){at, at + 1, file},
                                 "character U+0000 is not allowed here");
    diag_note(sink, diag, span_nowhere(), "\"%s\" is no text: nothing of it was read",
              source->path);
    return false;
}

void parse_file(struct arena *arena, const struct source_set *sources, uint16_t file,
                struct diag_sink *sink, struct ast *ast)
{
    *ast = (struct ast){.file = file};
    if (!is_text(sources->files.at[file], file, sink))
        return;
    struct parse_ctx *ctx = start(arena, sources, file, sink);
    ctx->first_token = TOK_WHOLE_FILE;
    parse_run(ctx);
    *ast = (struct ast){.items = take_items(ctx, 0), .file = file};
}

void parse_tokens(struct arena *arena, const struct source_set *sources, uint16_t file,
                  struct diag_sink *sink, struct token_vec *tokens)
{
    *tokens = (struct token_vec){0};
    if (!is_text(sources->files.at[file], file, sink))
        return;
    struct arena *scratch = arena_scratch(arena);
    struct parse_ctx *ctx = start(scratch, sources, file, sink);
    ctx->first_token = TOK_WHOLE_FILE;
    ctx->tokens = tokens;
    ctx->token_arena = arena;
    parse_run(ctx);
    arena_scratch_end(scratch);
}

struct expr *parse_expr(struct arena *arena, const struct source_set *sources, uint16_t file,
                        struct diag_sink *sink)
{
    if (!is_text(sources->files.at[file], file, sink))
        return NULL;
    struct parse_ctx *ctx = start(arena, sources, file, sink);
    ctx->first_token = TOK_EXPRESSION;
    if (parse_run(ctx) != 0 || ctx->spoiled)
        return NULL;
    return ctx->expr;
}
