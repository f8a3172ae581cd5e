#include "compiler/parse.h"

#include <string.h>

/* --- expressions --- */

struct expr *build_leaf(struct parse_ctx *ctx, enum expr_kind kind, struct span span)
{
    struct expr *expr = ARENA_NEW(ctx->arena, struct expr);
    expr->kind = kind;
    expr->span = span;
    return expr;
}

struct expr *build_text(struct parse_ctx *ctx, enum expr_kind kind, const char *text,
                        struct span span)
{
    struct expr *expr = build_leaf(ctx, kind, span);
    expr->text = text;
    return expr;
}

/* Counts `child` into the height of `expr`. An expression that grows too high is reported once per
 * statement and cut here, so that nobody ever recurses deeper than the limit. */
static void add_child(struct parse_ctx *ctx, struct expr *expr, struct expr *child)
{
    if (!child || child->height < expr->height)
        return;
    if (child->height < PARSE_MAX_NESTING) {
        expr->height = (uint16_t)(child->height + 1);
        return;
    }
    if (!ctx->deep)
        report_nesting(ctx, expr->span, "expression");
    ctx->deep = true;
    *child = (struct expr){.kind = EXPR_INT, .span = child->span};
}

struct expr *build_unary(struct parse_ctx *ctx, enum expr_kind kind, struct expr *a,
                         struct span span)
{
    struct expr *expr = build_leaf(ctx, kind, span);
    expr->a = a;
    add_child(ctx, expr, a);
    return expr;
}

static bool is_comparison(const struct expr *expr)
{
    if (expr->parens)
        return false;
    return expr->kind == EXPR_IN
           || (expr->kind == EXPR_BINARY && expr->op >= OP_EQ && expr->op <= OP_GE);
}

static const char *text_of(struct parse_ctx *ctx, const struct expr *expr)
{
    return arena_strndup(ctx->arena, ctx->text + expr->span.begin,
                         expr->span.end - expr->span.begin);
}

static bool ascends(enum binary_op op)
{
    return op == OP_LT || op == OP_LE;
}

/* `left` is a comparison and meets another operator of its own rank, with b behind it. */
static void report_chain(struct parse_ctx *ctx, const struct expr *left, struct span op_span,
                         const struct expr *b)
{
    struct diag *diag = parse_fault(ctx, DIAG_E0108, op_span, "comparison cannot be chained");
    if (!diag)
        return;
    diag_caret(ctx->sink, diag, "second comparison");
    diag_label(ctx->sink, diag, left->name_span, "first comparison");
    if (left->kind == EXPR_IN || !b) {
        diag_help(ctx->sink, diag, span_nowhere(), NULL, "join comparisons by `and`");
        return;
    }
    const char *second =
        arena_strndup(ctx->arena, ctx->text + op_span.begin, op_span.end - op_span.begin);
    const char *middle = text_of(ctx, left->b), *right = text_of(ctx, b);
    const char *fixed =
        arena_printf(ctx->arena, "%s and %s %s %s", text_of(ctx, left), middle, second, right);
    struct span whole = span_join(left->span, b->span);
    if (ascends(left->op) && strchr(second, '<'))
        diag_help(ctx->sink, diag, whole, fixed, "write `%s`, or `%s in %s .. %s`", fixed, middle,
                  text_of(ctx, left->a), right);
    else
        diag_help(ctx->sink, diag, whole, fixed, "write `%s`", fixed);
}

struct expr *build_binary(struct parse_ctx *ctx, enum binary_op op, struct span op_span,
                          struct expr *a, struct expr *b)
{
    struct expr *expr = build_leaf(ctx, EXPR_BINARY, span_join(a->span, b->span));
    expr->op = op;
    expr->name_span = op_span;
    if (op >= OP_EQ && op <= OP_GE && is_comparison(a))
        report_chain(ctx, a, op_span, b);
    expr->a = a;
    expr->b = b;
    add_child(ctx, expr, a);
    add_child(ctx, expr, b);
    return expr;
}

struct expr *build_in(struct parse_ctx *ctx, struct span op_span, struct expr *a, struct expr *lo,
                      struct expr *hi)
{
    struct expr *expr = build_leaf(ctx, EXPR_IN, span_join(a->span, hi->span));
    expr->name_span = op_span;
    if (is_comparison(a))
        report_chain(ctx, a, op_span, NULL);
    expr->a = a;
    expr->b = lo;
    expr->c = hi;
    add_child(ctx, expr, a);
    add_child(ctx, expr, lo);
    add_child(ctx, expr, hi);
    return expr;
}

struct expr *build_call(struct parse_ctx *ctx, struct expr *a, struct arg_vec args,
                        struct span span)
{
    struct expr *expr = build_leaf(ctx, EXPR_CALL, span);
    expr->a = a;
    expr->args = args;
    add_child(ctx, expr, a);
    for (uint32_t i = 0; i < args.n; i++)
        add_child(ctx, expr, args.at[i].value);
    return expr;
}

static void add_range(struct parse_ctx *ctx, struct expr *expr, const struct range *range)
{
    add_child(ctx, expr, range->lo);
    add_child(ctx, expr, range->hi);
    add_child(ctx, expr, range->step);
}

struct expr *build_index(struct parse_ctx *ctx, struct expr *a, struct sub_vec subs,
                         struct span span)
{
    struct expr *expr = build_leaf(ctx, EXPR_INDEX, span);
    expr->a = a;
    expr->subs = subs;
    add_child(ctx, expr, a);
    for (uint32_t i = 0; i < subs.n; i++) {
        add_child(ctx, expr, subs.at[i].index);
        add_range(ctx, expr, &subs.at[i].range);
    }
    return expr;
}

struct expr *build_dot(struct parse_ctx *ctx, struct expr *a, const char *name,
                       struct span name_span)
{
    struct expr *expr = build_text(ctx, EXPR_DOT, name, span_join(a->span, name_span));
    expr->a = a;
    expr->name_span = name_span;
    add_child(ctx, expr, a);
    return expr;
}

struct expr *build_list(struct parse_ctx *ctx, struct expr_vec list, struct span span)
{
    struct expr *expr = build_leaf(ctx, EXPR_LIST, span);
    expr->list = list;
    for (uint32_t i = 0; i < list.n; i++)
        add_child(ctx, expr, list.at[i]);
    return expr;
}

struct expr *build_for(struct parse_ctx *ctx, struct expr *a, const char *name,
                       struct span name_span, const struct range *range, struct span span)
{
    struct expr *expr = build_text(ctx, EXPR_FOR, name, span);
    expr->a = a;
    expr->name_span = name_span;
    expr->range = range;
    add_child(ctx, expr, a);
    add_range(ctx, expr, range);
    return expr;
}

struct range *build_range(struct parse_ctx *ctx, struct expr *lo, struct expr *hi,
                          struct expr *step, struct span span)
{
    struct range *range = ARENA_NEW(ctx->arena, struct range);
    *range = (struct range){lo, hi, step, span};
    return range;
}

struct range *build_interval_range(struct parse_ctx *ctx, struct expr *lo, struct expr *hi,
                                   struct span dots, struct span span)
{
    const char *low = text_of(ctx, lo), *high = text_of(ctx, hi);
    bool subscript = ctx->text[ctx->last.span.begin] != '{';
    struct diag *diag =
        parse_fault(ctx, DIAG_E0109, span, "`%.60s..%.60s` is an interval; %s needs an index range",
                    low, high, subscript ? "a subscript" : "`for`");
    if (diag) {
        diag_note(
            ctx->sink, diag, span_nowhere(),
            "`a:b` counts the indices from a to b - 1; `a .. b` is an interval of quantities");
        diag_help(ctx->sink, diag, dots, ":", "write `%.60s:%.60s`", low, high);
    }
    return build_range(ctx, lo, hi, NULL, span);
}

/* --- lists --- */

/* Storage for the elements of a stack above `mark`, which leave it. */
static void *take(struct parse_ctx *ctx, const void *at, uint32_t *n, uint32_t mark, size_t size,
                  uint32_t *count)
{
    *count = *n - mark;
    if (*count == 0)
        return NULL;
    void *copy = arena_alloc(ctx->arena, *count, size);
    memcpy(copy, (const char *)at + (size_t)mark * size, (size_t)*count * size);
    *n = mark;
    return copy;
}

#define TAKE(Name, Vec)                                                                            \
    struct Vec take_##Name(struct parse_ctx *ctx, uint32_t mark)                                   \
    {                                                                                              \
        struct Vec out = {0};                                                                      \
        out.at = take(ctx, ctx->Name.at, &ctx->Name.n, mark, sizeof ctx->Name.at[0], &out.n);      \
        out.cap = out.n;                                                                           \
        return out;                                                                                \
    }
TAKE(exprs, expr_vec)
TAKE(args, arg_vec)
TAKE(subs, sub_vec)
TAKE(formals, formal_vec)
TAKE(attrs, attr_vec)
TAKE(items, item_vec)

/* --- statements --- */

struct item *build_item(struct parse_ctx *ctx, enum item_kind kind, struct span span)
{
    struct item *item = ARENA_NEW(ctx->arena, struct item);
    item->kind = kind;
    item->span = span;
    return item;
}

struct item *build_named(struct parse_ctx *ctx, enum item_kind kind, struct span span,
                         const char *name, struct span name_span)
{
    struct item *item = build_item(ctx, kind, span);
    item->name = name;
    item->name_span = name_span;
    return item;
}

void push_item(struct parse_ctx *ctx, struct item *item)
{
    ctx->deep = false;
    if (!item)
        return;
    if (ctx->spoiled && ctx->spoiled_at >= item->span.begin && ctx->spoiled_at < item->span.end) {
        ctx->spoiled = false;
        return;
    }
    VEC_PUSH(ctx->arena, &ctx->items, item);
}

const char *join_path(struct parse_ctx *ctx, const char *path, const char *name, struct span span)
{
    size_t n = strlen(path), m = strlen(name);
    if (n > PARSE_MAX_PATH)
        return path;
    if (n + 1 + m > PARSE_MAX_PATH)
        parse_fault(ctx, DIAG_E0110, span, "this attribute has more than %d bytes", PARSE_MAX_PATH);
    char *joined = arena_alloc(ctx->arena, n + m + 2, 1);
    memcpy(joined, path, n);
    joined[n] = '.';
    memcpy(joined + n + 1, name, m);
    return joined;
}

static struct item *build_if(struct parse_ctx *ctx, struct expr *condition, uint32_t items,
                             struct span span)
{
    struct item *item = build_item(ctx, ITEM_IF, span);
    item->value = condition;
    item->items = take_items(ctx, items);
    return item;
}

struct if_chain *if_chain_new(struct parse_ctx *ctx, struct expr *condition, uint32_t items,
                              struct span span)
{
    struct if_chain *chain = ARENA_NEW(ctx->arena, struct if_chain);
    chain->first = chain->last = build_if(ctx, condition, items, span);
    chain->n = 1;
    return chain;
}

void if_chain_add(struct parse_ctx *ctx, struct if_chain *chain, struct expr *condition,
                  uint32_t items, struct span span)
{
    struct item *item = build_if(ctx, condition, items, span);
    if (chain->n++ == PARSE_MAX_NESTING)
        report_nesting(ctx, span, "chain of `else if`");
    if (chain->n > PARSE_MAX_NESTING)
        return;
    VEC_PUSH(ctx->arena, &chain->last->orelse, item);
    chain->last = item;
}

struct item *if_chain_item(struct if_chain *chain, struct span span)
{
    chain->first->span = span;
    return chain->first;
}
