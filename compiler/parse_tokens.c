#include "compiler/parse.h"

#include "grammar/dyn.tab.h"

#include <string.h>

static int closer_of(int opener)
{
    return opener == TOK_LPAREN ? TOK_RPAREN : opener == TOK_LBRACKET ? TOK_RBRACKET : TOK_RBRACE;
}

/* Blanks at the beginning of the line that holds this offset. */
static uint32_t indent_of(const struct parse_ctx *ctx, uint32_t at)
{
    uint32_t line = source_line_of(ctx->source, at), begin = ctx->source->line[line], end = begin;
    while (ctx->text[end] == ' ' || ctx->text[end] == '\t')
        end++;
    return end - begin;
}

static bool first_of_line(const struct parse_ctx *ctx, uint32_t at)
{
    while (at > 0 && (ctx->text[at - 1] == ' ' || ctx->text[at - 1] == '\t'))
        at--;
    return at == 0 || ctx->text[at - 1] == '\n';
}

/* Whether a token may only stand at the beginning of a statement (`in`, `else`, ... may not). */
static bool begins_statement(int kind)
{
    switch (kind) {
    case TOK_IMPORT:
    case TOK_TARGET:
    case TOK_PARAM:
    case TOK_LET:
    case TOK_FN:
    case TOK_NET:
    case TOK_USE:
    case TOK_BIAS:
    case TOK_POPULATION:
    case TOK_INPUT:
    case TOK_SET:
    case TOK_PLACE:
    case TOK_PROBE:
    case TOK_FOR:
    case TOK_IF:
    case TOK_TEST:
    case TOK_DRIVE:
    case TOK_RUN:
    case TOK_EXPECT:
    case TOK_ASSERT:
        return true;
    default:
        return false;
    }
}

/* A statement keyword that is the first word of its line: a `;` or `}` is missing before it. */
static bool begins_line_and_statement(const struct parse_ctx *ctx, struct parse_token token)
{
    return begins_statement(token.kind) && first_of_line(ctx, token.span.begin);
}

const struct parse_bracket *open_before(const struct parse_ctx *ctx)
{
    return ctx->depth_before ? &ctx->open[ctx->depth_before - 1] : NULL;
}

bool shows_unclosed_block(const struct parse_ctx *ctx)
{
    const struct parse_bracket *block = open_before(ctx);
    return block && block->kind == TOK_LBRACE && begins_line_and_statement(ctx, ctx->last)
           && indent_of(ctx, ctx->last.span.begin) <= indent_of(ctx, block->span.begin);
}

/* A `}` closes the innermost block whatever is open inside it; other closers only their own. */
static void close_bracket(struct parse_ctx *ctx, int kind)
{
    uint32_t depth = ctx->depth;
    if (kind == TOK_RBRACE)
        while (depth > 0 && ctx->open[depth - 1].kind != TOK_LBRACE)
            depth--;
    if (depth > 0 && closer_of(ctx->open[depth - 1].kind) == kind)
        ctx->depth = depth - 1;
}

/* Follows the brackets; false if the token would nest too deeply. */
static bool follow(struct parse_ctx *ctx, struct parse_token token)
{
    ctx->depth_before = ctx->depth;
    switch (token.kind) {
    case TOK_LPAREN:
    case TOK_LBRACKET:
    case TOK_LBRACE:
        if (ctx->depth == PARSE_MAX_NESTING)
            return false;
        ctx->open[ctx->depth++] = (struct parse_bracket){token.kind, token.span};
        return true;
    case TOK_RPAREN:
    case TOK_RBRACKET:
    case TOK_RBRACE:
        close_bracket(ctx, token.kind);
        return true;
    default:
        return true;
    }
}

static struct parse_token scan(struct parse_ctx *ctx, union DYN_YYSTYPE *value)
{
    struct parse_token token = ctx->again;
    if (token.kind >= 0) {
        ctx->again.kind = -1;
        return token;
    }
    token.span = (struct span){ctx->size, ctx->size, ctx->file};
    token.kind = dyn_scan(value, &token.span, ctx->scanner);
    if (token.kind == 0)
        token.span = (struct span){ctx->size, ctx->size, ctx->file};
    else if (ctx->tokens)
        VEC_PUSH(ctx->token_arena, ctx->tokens,
                 (struct token){token.span.begin, token.span.end, token.kind});
    return token;
}

/* Takes the next token of a statement that is being skipped. `blocks` counts blocks opened since
 * the error. True if the statement ends with this token, or, *before set, just before it. */
static bool ends_statement(struct parse_ctx *ctx, struct parse_token token, bool first,
                           uint32_t *blocks, bool *before)
{
    *before = false;
    if (token.kind == 0) {
        *before = true;
    } else if (token.kind == TOK_LBRACE) {
        ++*blocks;
        return false;
    } else if (token.kind == TOK_RBRACE) {
        if (*blocks > 0)
            return --*blocks == 0;
        /* The end of the enclosing block; without one a stray brace, which goes with the rest. */
        *before = ctx->depth > 0 && !first;
    } else if (*blocks > 0) {
        return false;
    } else if (token.kind != TOK_SEMICOLON) {
        *before = !first && begins_line_and_statement(ctx, token);
        return *before;
    }
    return true;
}

/* The innermost block stays open, brackets inside it are forgotten. */
static void forget_brackets(struct parse_ctx *ctx)
{
    while (ctx->depth > 0 && ctx->open[ctx->depth - 1].kind != TOK_LBRACE)
        ctx->depth--;
}

/* Whether the offending token may be tried again as the beginning of the next statement: it was not
 * itself the first token of the bad one. */
static bool inside_statement(const struct parse_ctx *ctx)
{
    int before = ctx->previous.kind;
    return before != TOK_SEMICOLON && before != TOK_LBRACE && before != TOK_RBRACE && before != 0
           && before != TOK_SKIPPED && before != TOK_UNCLOSED;
}

static bool is_word(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

/* Whether a statement that is being skipped goes on behind a `}`: with `else`, or with a `;` or `}`
 * that would stand alone. */
static bool goes_on(const struct parse_ctx *ctx, uint32_t at)
{
    const char *text = ctx->text + at;
    for (;;) {
        text += strspn(text, " \t\r\n");
        if (*text != '#')
            break;
        text += strcspn(text, "\n");
    }
    if (*text == ';' || (*text == '}' && ctx->depth == 0))
        return true;
    return !strncmp(text, "else", 4) && !is_word(text[4]);
}

/* Skips from the offending token (ctx->last) to the end of its statement. */
static void skip_statement(struct parse_ctx *ctx, union DYN_YYSTYPE *value)
{
    struct parse_token token = ctx->last;
    uint32_t blocks = token.kind == TOK_DYN_YYerror && ctx->cut == '{';
    bool before = false, first = !inside_statement(ctx);
    bool done = token.kind == TOK_DYN_YYerror && ctx->cut == ';';
    ctx->depth = ctx->depth_before;
    forget_brackets(ctx);
    while (!done) {
        done = ends_statement(ctx, token, first, &blocks, &before);
        if (done && !before && token.kind == TOK_RBRACE)
            done = !goes_on(ctx, token.span.end);
        if (!done)
            token = scan(ctx, value);
        first = false;
    }
    if (before)
        ctx->again = token;
}

static int recover(struct parse_ctx *ctx, union DYN_YYSTYPE *value, struct span *span)
{
    int kind = TOK_SKIPPED;
    ctx->recovering = false;
    if (ctx->unclosed) {
        ctx->again = ctx->last;
        ctx->depth = ctx->depth_before;
        close_bracket(ctx, TOK_RBRACE);
        kind = TOK_UNCLOSED;
    } else {
        ctx->quiet = true;
        skip_statement(ctx, value);
        ctx->quiet = false;
    }
    ctx->cut = 0;
    ctx->unclosed = false;
    ctx->spoiled = false;
    ctx->deep = false;
    ctx->last.kind = kind;
    *span = ctx->last.span;
    return kind;
}

int dyn_yylex(union DYN_YYSTYPE *value, struct span *span, struct parse_ctx *ctx)
{
    if (ctx->first_token) {
        int kind = ctx->first_token;
        ctx->first_token = 0;
        *span = (struct span){0, 0, ctx->file};
        return kind;
    }
    if (ctx->recovering)
        return recover(ctx, value, span);
    ctx->previous = ctx->last;
    ctx->last = scan(ctx, value);
    *span = ctx->last.span;
    if (ctx->last.kind == TOK_DYN_YYerror) {
        ctx->recovering = true;
        ctx->depth_before = ctx->depth;
    } else if (!follow(ctx, ctx->last)) {
        report_nesting(ctx, ctx->last.span, "bracket");
        ctx->recovering = true;
        return TOK_DYN_YYerror;
    }
    return ctx->last.kind;
}
