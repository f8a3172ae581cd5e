/* Which expressions depend on the pair. Their height is bounded by the parser. */
#include "compiler/eval_parts.h"

static bool name_is_synaptic(const struct scope *scope, const struct expr *name)
{
    const struct symbol *symbol = scope_find_path(scope, name);
    return symbol && symbol->kind == SYMBOL_ALIAS;
}

static bool callee_is_synaptic(const struct scope *scope, const struct expr *call)
{
    const struct symbol *symbol = scope_find_path(scope, call->a);
    if (symbol)
        return symbol->kind == SYMBOL_FN && symbol->value.kind == VALUE_BOOL
               && symbol->value.boolean;
    if (call->a->kind != EXPR_NAME)
        return false;
    enum builtin builtin = builtin_find(call->a->text);
    return builtin >= BUILTIN_DIST && builtin <= BUILTIN_CONV;
}

static bool range_is_synaptic(struct eval *eval, struct scope *scope, const struct range *range)
{
    return (range->lo && eval_is_synaptic(eval, scope, range->lo))
           || (range->hi && eval_is_synaptic(eval, scope, range->hi))
           || (range->step && eval_is_synaptic(eval, scope, range->step));
}

static bool parts_are_synaptic(struct eval *eval, struct scope *scope, const struct expr *expr)
{
    bool found = expr->kind == EXPR_FOR && range_is_synaptic(eval, scope, expr->range);
    for (uint32_t i = 0; !found && i < expr->args.n; i++)
        found = eval_is_synaptic(eval, scope, expr->args.at[i].value);
    for (uint32_t i = 0; !found && i < expr->subs.n; i++)
        found = expr->subs.at[i].index ? eval_is_synaptic(eval, scope, expr->subs.at[i].index)
                                       : range_is_synaptic(eval, scope, &expr->subs.at[i].range);
    for (uint32_t i = 0; !found && i < expr->list.n; i++)
        found = eval_is_synaptic(eval, scope, expr->list.at[i]);
    return found;
}

bool eval_is_synaptic(struct eval *eval, struct scope *scope, const struct expr *expr)
{
    if (expr->kind == EXPR_PRE || expr->kind == EXPR_POST)
        return true;
    if (expr->kind == EXPR_NAME || scope_find_import(scope, expr))
        return name_is_synaptic(scope, expr);
    if (expr->kind < EXPR_NAME)
        return false;
    if (expr->kind == EXPR_CALL) {
        if (callee_is_synaptic(scope, expr))
            return true;
    } else if (expr->a && eval_is_synaptic(eval, scope, expr->a)) {
        return true;
    }
    return (expr->b && eval_is_synaptic(eval, scope, expr->b))
           || (expr->c && eval_is_synaptic(eval, scope, expr->c))
           || parts_are_synaptic(eval, scope, expr);
}
