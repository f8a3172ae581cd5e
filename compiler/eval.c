#include "compiler/eval_parts.h"

#include "compiler/units.h"

#include <string.h>

void eval_init(struct eval *eval, struct arena *arena, struct source_set *sources,
               struct diag_sink *sink, const struct device *device, struct elaboration *out)
{
    *eval = (struct eval){.arena = arena,
                          .sources = sources,
                          .sink = sink,
                          .device = device,
                          .out = out,
                          .net = &out->net,
                          .private = ARENA_NEW(arena, struct eval_private)};
    eval->private->serial = 1;
    eval->file_scope = scope_new(eval, NULL, SCOPE_FILE);
    eval->file_scope->kept = true;
}

void eval_set_pair(struct eval *eval, const struct pair *pair)
{
    eval->pair = pair;
    eval->private->serial++;
}

static void no_pair(struct eval *eval, struct span span, const char *what, struct value *out)
{
    struct diag *diag = eval_report(eval, DIAG_E0208, span, "%s has no meaning here", what);
    diag_note(eval->sink, diag, span_nowhere(),
              "only mask, weight, repeat, stp and delay of a projection and the stimulus of a "
              "drive see the pair");
    *out = value_poison();
}

static void evaluate_position(struct eval *eval, const struct expr *expr, struct value *out)
{
    bool pre = expr->kind == EXPR_PRE;
    if (!eval->pair || (!pre && !eval->pair->post_view))
        no_pair(eval, expr->span, pre ? "`pre`" : "`post`", out);
    else
        *out = value_int(pre ? eval->pair->pre : eval->pair->post);
}

/* An alias is read for the pair at hand; one value per pair, however often it is mentioned. */
static void evaluate_alias(struct eval *eval, const struct expr *expr, struct symbol *symbol,
                           struct value *out)
{
    uint32_t serial = eval->private->serial;
    if (symbol->memo_serial == serial && !eval->speculative) {
        *out = symbol->memo;
        return;
    }
    if (!eval->pair) {
        no_pair(eval, expr->span,
                arena_printf(eval->arena, "`%s`, which depends on `pre` and `post`,", symbol->name),
                out);
        return;
    }
    evaluate(eval, symbol->scope, symbol->expr, out);
    if (symbol->type && out->kind != VALUE_POISON
        && !conform(eval, symbol->type, symbol->span, symbol->expr->span,
                    arena_printf(eval->arena, "`%s`", symbol->name), out))
        *out = value_poison();
    if (eval->speculative)
        return;
    symbol->memo = *out;
    symbol->memo_serial = serial;
}

static void name_without_value(struct eval *eval, const struct expr *expr,
                               const struct symbol *symbol, struct value *out)
{
    const char *text = eval_source_text(eval, expr->span);
    *out = value_poison();
    if (symbol->kind == SYMBOL_FN && symbol->value.kind == VALUE_POISON && !symbol->item)
        return;
    if (symbol->kind == SYMBOL_FN)
        eval_report(eval, DIAG_E0203, expr->span, "`%s` is an fn, not a value; give it arguments",
                    text);
    else if (symbol->kind == SYMBOL_NET)
        eval_report(eval, DIAG_E0203, expr->span,
                    "`%s` is a net, not a value; instantiate it with `use`", text);
    else
        eval_report(eval, DIAG_E0203, expr->span,
                    "`%s` is an imported file, not a value; name something in it: `%s.NAME`", text,
                    text);
}

void evaluate_symbol(struct eval *eval, const struct expr *expr, const struct symbol *symbol,
                     struct value *out)
{
    if (symbol->kind == SYMBOL_ALIAS) {
        union { /* the memo is no part of what the symbol means */
            const struct symbol *shown;
            struct symbol *memo;
        } same = {.shown = symbol};
        evaluate_alias(eval, expr, same.memo, out);
    } else if (symbol->kind == SYMBOL_FN || symbol->kind == SYMBOL_NET
               || symbol->kind == SYMBOL_IMPORT) {
        name_without_value(eval, expr, symbol, out);
    } else {
        *out = symbol->value;
        out->zero = false;
    }
}

static void unresolved(struct eval *eval, struct scope *scope, const struct expr *expr,
                       struct value *out)
{
    *out = value_poison();
    if (builtin_find(expr->text) == N_BUILTINS) {
        eval_unknown_name(eval, scope, expr->text, expr->span);
        return;
    }
    eval_report(eval, DIAG_E0203, expr->span, "`%s` is a function, not a value; give it arguments",
                expr->text);
}

static void evaluate_name(struct eval *eval, struct scope *scope, const struct expr *expr,
                          struct value *out)
{
    const struct symbol *symbol = scope_find(scope, expr->text, expr->span);
    if (symbol)
        evaluate_symbol(eval, expr, symbol, out);
    else
        unresolved(eval, scope, expr, out);
}

/* and, or: the right side counts only where the left does not decide. With an unknown left side the
 * right is read for its type, and its value may not matter. */
static void evaluate_logic(struct eval *eval, struct scope *scope, const struct expr *expr,
                           struct value *out)
{
    struct value a, b;
    evaluate(eval, scope, expr->a, &a);
    if (a.kind == VALUE_BOOL && !a.unknown && a.boolean == (expr->op == OP_OR)) {
        *out = a;
        return;
    }
    bool unsure = a.unknown;
    eval->speculative += unsure;
    evaluate(eval, scope, expr->b, &b);
    eval->speculative -= unsure;
    op_binary(eval, expr, &a, &b, out);
}

static void evaluate_binary(struct eval *eval, struct scope *scope, const struct expr *expr,
                            struct value *out)
{
    struct value a, b;
    if (expr->op == OP_AND || expr->op == OP_OR) {
        evaluate_logic(eval, scope, expr, out);
        return;
    }
    evaluate(eval, scope, expr->a, &a);
    evaluate(eval, scope, expr->b, &b);
    op_binary(eval, expr, &a, &b, out);
}

static void evaluate_interval(struct eval *eval, struct scope *scope, const struct expr *expr,
                              struct value *out)
{
    struct value a, b, c;
    evaluate(eval, scope, expr->a, &a);
    evaluate(eval, scope, expr->b, &b);
    evaluate(eval, scope, expr->c, &c);
    op_in(eval, expr, &a, &b, &c, out);
}

static void evaluate_unary(struct eval *eval, struct scope *scope, const struct expr *expr,
                           struct value *out)
{
    struct value a;
    evaluate(eval, scope, expr->a, &a);
    if (expr->kind == EXPR_NEG)
        op_negate(eval, expr, &a, out);
    else
        op_not(eval, expr, &a, out);
}

static void evaluate_compound(struct eval *eval, struct scope *scope, const struct expr *expr,
                              struct value *out)
{
    switch (expr->kind) {
    case EXPR_NEG:
    case EXPR_NOT:
        evaluate_unary(eval, scope, expr, out);
        break;
    case EXPR_BINARY:
        evaluate_binary(eval, scope, expr, out);
        break;
    case EXPR_IN:
        evaluate_interval(eval, scope, expr, out);
        break;
    case EXPR_CALL:
        evaluate_call(eval, scope, expr, out);
        break;
    case EXPR_INDEX:
        evaluate_index(eval, scope, expr, out);
        break;
    case EXPR_DOT:
        evaluate_dot(eval, scope, expr, out);
        break;
    case EXPR_LIST:
        evaluate_list(eval, scope, expr, out);
        break;
    default:
        evaluate_comprehension(eval, scope, expr, out);
        break;
    }
}

static void evaluate_leaf(struct eval *eval, struct scope *scope, const struct expr *expr,
                          struct value *out)
{
    switch (expr->kind) {
    case EXPR_INT:
        *out = value_int(expr->integer);
        out->zero = expr->integer == 0;
        break;
    case EXPR_REAL:
        *out = value_real(expr->real, DIM_NONE);
        out->zero = expr->real == 0;
        break;
    case EXPR_QTY:
        *out = value_real(expr->real, DIM_NONE);
        out->dim = unit_find(expr->unit, strlen(expr->unit))->dim;
        break;
    case EXPR_STRING:
        *out = value_string(expr->text);
        break;
    case EXPR_BOOL:
        *out = value_bool(expr->integer != 0);
        break;
    case EXPR_PRE:
    case EXPR_POST:
        evaluate_position(eval, expr, out);
        break;
    default:
        evaluate_name(eval, scope, expr, out);
        break;
    }
}

void evaluate(struct eval *eval, struct scope *scope, const struct expr *expr, struct value *out)
{
    *out = value_poison();
    if (eval->private->stopped)
        return;
    if (expr->kind <= EXPR_NAME) {
        evaluate_leaf(eval, scope, expr, out);
        return;
    }
    if (eval->private->depth >= EVAL_MAX_DEPTH) {
        eval_limit(eval, expr->span, "expressions within each other", EVAL_MAX_DEPTH, NULL);
        return;
    }
    eval->private->depth++;
    evaluate_compound(eval, scope, expr, out);
    eval->private->depth--;
}

bool eval_const(struct eval *eval, struct scope *scope, const struct expr *expr, struct value *out)
{
    evaluate(eval, scope, expr, out);
    return out->kind != VALUE_POISON;
}
