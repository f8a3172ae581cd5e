/* Phase 2: every name of the text, executed or not.
 *
 * The walk of the later phases evaluates only what is instantiated, called or taken. This pass
 * reads the rest too, with nothing but the lexical scopes, so that a misspelt name in an unused net
 * is not found on the day the net is first used. Names that only a value could decide (members of
 * instances, slots, enumerators) are left to the evaluator.
 */
#include "compiler/elab_parts.h"
#include "compiler/measure.h"

#include <string.h>

enum { MAX_NET_NESTING = 256 }; /* bounded by the parser */

struct block {
    const struct item_vec *items;
    const struct block *around;
};

struct names {
    struct eval *eval;
    const struct item *nets[MAX_NET_NESTING]; /* whose bodies enclose this place */
    uint32_t n_nets;
    struct imported_scope_vec imported;
    const struct block *block; /* being read */
    bool in_fn;
};

static void read_items(struct names *names, struct scope *scope, const struct item_vec *items);
static void read_expr(struct names *names, struct scope *scope, const struct expr *expr);

/* --- expressions --- */

/* The call of `name` inside an expression, NULL if there is none. */
static const struct expr *find_call(const struct expr *expr, const char *name)
{
    const struct expr *found = NULL;
    if (!expr)
        return NULL;
    if (expr->kind == EXPR_CALL && expr->a->kind == EXPR_NAME && !strcmp(expr->a->text, name))
        return expr;
    const struct range *range = expr->range, none = {0};
    if (!range)
        range = &none;
    const struct expr *parts[] = {expr->a, expr->b, expr->c, range->lo, range->hi, range->step};
    for (size_t i = 0; !found && i < sizeof parts / sizeof parts[0]; i++)
        found = find_call(parts[i], name);
    for (uint32_t i = 0; !found && i < expr->args.n; i++)
        found = find_call(expr->args.at[i].value, name);
    for (uint32_t i = 0; !found && i < expr->subs.n; i++)
        found = find_call(expr->subs.at[i].index, name);
    for (uint32_t i = 0; !found && i < expr->list.n; i++)
        found = find_call(expr->list.at[i], name);
    return found;
}

bool expr_calls(const struct expr *expr, const char *name)
{
    return find_call(expr, name) != NULL;
}

static bool declares(const struct item *item, const char *name)
{
    return item->kind != ITEM_PROJECTION && item->kind != ITEM_FOR && item->kind != ITEM_TARGET
           && item->name && !strcmp(item->name, name);
}

/* Where the blocks being read declare a name, if they do. */
static struct span declaration_of(const struct names *names, const char *name)
{
    for (const struct block *block = names->block; block; block = block->around)
        for (uint32_t i = 0; i < block->items->n; i++)
            if (declares(block->items->at[i], name))
                return block->items->at[i]->name_span;
    return span_nowhere();
}

static void read_name(struct names *names, struct scope *scope, const struct expr *expr)
{
    if (scope_find(scope, expr->text, expr->span) || builtin_find(expr->text) != N_BUILTINS)
        return;
    const struct diag_sink *sink = names->eval->sink;
    bool shown = sink->n_errors < sink->max_errors; /* the search is long */
    eval_late_name(names->eval, scope, expr->text, expr->span,
                   shown ? declaration_of(names, expr->text) : span_nowhere());
}

/* Arguments in which a bare name is an enumerator. */
static bool takes_word(enum builtin builtin, const struct arg *arg, uint32_t position)
{
    if (builtin >= BUILTIN_AMPA && builtin <= BUILTIN_SHUNT)
        return arg->name && !strcmp(arg->name, "delay");
    if (builtin == BUILTIN_DIST)
        return position == 2;
    return builtin == BUILTIN_CONV || builtin == BUILTIN_DVS || builtin == BUILTIN_BIOAMP;
}

static void read_call(struct names *names, struct scope *scope, const struct expr *call)
{
    enum builtin builtin = call_builtin(scope, call);
    if (call->a->kind != EXPR_NAME)
        read_expr(names, scope, call->a);
    else if (builtin == N_BUILTINS && !scope_find(scope, call->a->text, call->a->span)
             && !(names->in_fn && measure_known(call->a->text)))
        eval_unknown_function(names->eval, scope, call->a);
    for (uint32_t i = 0; i < call->args.n; i++) {
        const struct arg *arg = &call->args.at[i];
        if (arg->value->kind == EXPR_NAME && takes_word(builtin, arg, i))
            continue;
        read_expr(names, scope, arg->value);
    }
}

static void read_optional(struct names *names, struct scope *scope, const struct expr *expr)
{
    if (expr)
        read_expr(names, scope, expr);
}

static void read_range(struct names *names, struct scope *scope, const struct range *range)
{
    read_optional(names, scope, range->lo);
    read_optional(names, scope, range->hi);
    read_optional(names, scope, range->step);
}

static void read_comprehension(struct names *names, struct scope *scope, const struct expr *expr)
{
    struct symbol variable = {.name = expr->text,
                              .kind = SYMBOL_VALUE,
                              .span = expr->name_span,
                              .visible_from = expr->span.begin};
    read_range(names, scope, expr->range);
    struct scope *inner = scope_new(names->eval, scope, SCOPE_BLOCK);
    scope_declare(names->eval, inner, &variable);
    read_expr(names, inner, expr->a);
    scope_release(names->eval, inner);
}

static void read_subs(struct names *names, struct scope *scope, const struct sub_vec *subs)
{
    for (uint32_t i = 0; i < subs->n; i++) {
        read_optional(names, scope, subs->at[i].index);
        if (!subs->at[i].index)
            read_range(names, scope, &subs->at[i].range);
    }
}

static void read_parts(struct names *names, struct scope *scope, const struct expr *expr)
{
    read_optional(names, scope, expr->a);
    read_optional(names, scope, expr->b);
    read_optional(names, scope, expr->c);
    read_subs(names, scope, &expr->subs);
    for (uint32_t i = 0; i < expr->list.n; i++)
        read_expr(names, scope, expr->list.at[i]);
}

static void read_expr(struct names *names, struct scope *scope, const struct expr *expr)
{
    const struct symbol *import = scope_find_import(scope, expr);
    if (import)
        import_member(names->eval, expr, import);
    else if (expr->kind == EXPR_NAME)
        read_name(names, scope, expr);
    else if (expr->kind == EXPR_CALL)
        read_call(names, scope, expr);
    else if (expr->kind == EXPR_FOR)
        read_comprehension(names, scope, expr);
    else if (expr->kind > EXPR_NAME)
        read_parts(names, scope, expr);
}

static void read_exprs(struct names *names, struct scope *scope, const struct expr_vec *exprs)
{
    for (uint32_t i = 0; i < exprs->n; i++)
        read_expr(names, scope, exprs->at[i]);
}

/* --- statements --- */

static void declare(struct names *names, struct scope *scope, const struct item *item,
                    enum symbol_kind kind)
{
    const struct symbol symbol = {.name = item->name,
                                  .kind = kind,
                                  .span = item->name_span,
                                  .value = value_poison(),
                                  .item = item};
    scope_declare(names->eval, scope, &symbol);
}

static void read_formals(struct names *names, struct scope *inner, const struct formal_vec *formals)
{
    for (uint32_t i = 0; i < formals->n; i++) {
        const struct formal *formal = &formals->at[i];
        const struct symbol symbol = {
            .name = formal->name, .kind = SYMBOL_VALUE, .span = formal->span};
        read_optional(names, inner, formal->value);
        if (formal->type && !type_expected(formal->type))
            eval_unknown_type(names->eval, formal->type, formal->type_span);
        scope_declare(names->eval, inner, &symbol);
    }
}

static void read_fn(struct names *names, struct scope *scope, const struct item *item)
{
    const struct expr *again = find_call(item->value, item->name);
    if (again) {
        struct diag *diag = eval_report(names->eval, DIAG_E0223, again->a->span,
                                        "fn `%s` calls itself", item->name);
        diag_note(names->eval->sink, diag, item->name_span, "there is no recursion; declared here");
    }
    declare(names, scope, item, SYMBOL_FN);
    struct scope *inner = scope_new(names->eval, scope, SCOPE_CALL);
    read_formals(names, inner, &item->formals);
    names->in_fn = true; /* it may be called in `expect` */
    read_expr(names, inner, item->value);
    names->in_fn = false;
    scope_release(names->eval, inner);
}

static void read_net(struct names *names, struct scope *scope, const struct item *item)
{
    declare(names, scope, item, SYMBOL_NET);
    if (names->n_nets == MAX_NET_NESTING)
        return;
    names->nets[names->n_nets++] = item;
    struct scope *inner = scope_new(names->eval, scope, SCOPE_NET);
    read_formals(names, inner, &item->formals);
    read_items(names, inner, &item->items);
    scope_release(names->eval, inner);
    names->n_nets--;
}

static void read_use(struct names *names, struct scope *scope, const struct item *item)
{
    read_exprs(names, scope, &item->dims);
    read_expr(names, scope, item->view);
    const struct symbol *net = scope_find_path(scope, item->view);
    for (uint32_t i = 0; net && i < names->n_nets; i++)
        if (net->kind == SYMBOL_NET && net->item == names->nets[i])
            eval_report(names->eval, DIAG_E0213, item->view->span, "net `%s` uses itself",
                        item->view->text);
    for (uint32_t i = 0; i < item->args.n; i++)
        read_expr(names, scope, item->args.at[i].value);
    declare(names, scope, item, SYMBOL_INSTANCE);
}

static void read_attrs(struct names *names, struct scope *scope, const struct attr_vec *attrs)
{
    for (uint32_t i = 0; i < attrs->n; i++)
        read_expr(names, scope, attrs->at[i].value);
}

/* Of a latch attribute a bare name may be a word; which, its name decides in the evaluator. */
static void read_latches(struct names *names, struct scope *scope, const struct attr_vec *attrs)
{
    for (uint32_t i = 0; i < attrs->n; i++)
        if (attrs->at[i].value->kind != EXPR_NAME || !strcmp(attrs->at[i].path, "rate"))
            read_expr(names, scope, attrs->at[i].value);
}

static void read_set(struct names *names, struct scope *scope, const struct item *item)
{
    bool chips = false;
    for (uint32_t i = 0; i < item->views.n; i++) {
        const struct expr *view = item->views.at[i];
        if (!elab_names_chips(scope, view)) {
            read_expr(names, scope, view);
            continue;
        }
        chips = true;
        if (view->kind == EXPR_INDEX)
            read_subs(names, scope, &view->subs);
    }
    if (chips)
        read_attrs(names, scope, &item->attrs);
    else
        read_latches(names, scope, &item->attrs);
}

static void read_place(struct names *names, struct scope *scope, const struct item *item)
{
    read_exprs(names, scope, &item->views);
    for (uint32_t i = 0; i < item->values.n; i++) {
        const struct expr *call = item->values.at[i];
        if (call->kind != EXPR_CALL || call->a->kind != EXPR_NAME)
            continue;
        bool word = !strcmp(call->a->text, "together") || !strcmp(call->a->text, "apart");
        for (uint32_t a = 0; !word && a < call->args.n; a++)
            read_expr(names, scope, call->args.at[a].value);
    }
}

static void read_block(struct names *names, struct scope *scope, const struct item *loop,
                       const struct item_vec *items)
{
    struct scope *inner = scope_new(names->eval, scope, SCOPE_BLOCK);
    if (loop)
        declare(names, inner, loop, SYMBOL_VALUE);
    read_items(names, inner, items);
    scope_release(names->eval, inner);
}

static const struct item *bias_named(const struct item_vec *items, const char *name)
{
    for (uint32_t i = 0; i < items->n; i++)
        if (items->at[i]->kind == ITEM_BIAS && !strcmp(items->at[i]->name, name))
            return items->at[i];
    return NULL;
}

/* Bases that are declared only further down lead back to the set: E0212, and no E0201. */
static bool bias_circle(struct names *names, struct scope *scope, const struct item *item)
{
    struct eval *eval = names->eval;
    const struct item *next = item;
    const char *circle = item->name;
    for (uint32_t steps = 0; steps <= names->block->items->n; steps++) {
        if (!next->view || next->view->kind != EXPR_NAME
            || scope_find(scope, next->view->text, item->view->span))
            return false;
        circle = arena_printf(eval->arena, "%s, %s", circle, next->view->text);
        next = bias_named(names->block->items, next->view->text);
        if (!next)
            return false;
        if (next != item)
            continue;
        eval_report(eval, DIAG_E0212, item->view->span,
                    "bias sets inherit from each other in a circle: %s", circle);
        eval_hush(eval, DIAG_E0201, item->view->span);
        return true;
    }
    return false; /* a circle that does not hold this set */
}

static void read_declaration(struct names *names, struct scope *scope, const struct item *item)
{
    switch (item->kind) {
    case ITEM_PARAM:
    case ITEM_LET:
        if (item->kind == ITEM_PARAM && item->type && !type_expected(item->type))
            eval_unknown_type(names->eval, item->type, item->type_span);
        read_expr(names, scope, item->value);
        declare(names, scope, item, SYMBOL_VALUE);
        break;
    case ITEM_BIAS:
        if (item->view && !bias_circle(names, scope, item))
            read_expr(names, scope, item->view);
        read_attrs(names, scope, &item->attrs);
        declare(names, scope, item, SYMBOL_BIAS);
        break;
    case ITEM_POPULATION:
        read_exprs(names, scope, &item->dims);
        read_expr(names, scope, item->view);
        read_latches(names, scope, &item->attrs);
        declare(names, scope, item, SYMBOL_POPULATION);
        break;
    default:
        read_exprs(names, scope, &item->dims);
        read_optional(names, scope, item->value);
        declare(names, scope, item, SYMBOL_INPUT);
        break;
    }
}

static void read_plain(struct names *names, struct scope *scope, const struct item *item)
{
    for (uint32_t i = 0; i < item->args.n; i++)
        read_expr(names, scope, item->args.at[i].value);
    read_optional(names, scope, item->view);
    read_optional(names, scope, item->view2);
    read_optional(names, scope, item->value);
    read_exprs(names, scope, &item->views);
    if (item->kind == ITEM_PROJECTION)
        read_exprs(names, scope, &item->values);
}

static void read_import(struct names *names, struct scope *scope, const struct item *item)
{
    struct scope *inner = elab_find_import(&names->imported, item);
    if (!inner) {
        inner = elab_add_import(names->eval, &names->imported, scope, item);
        if (item->imported)
            read_items(names, inner, &item->imported->items);
    }
    elab_declare_import(names->eval, scope, item, inner);
}

static void read_item(struct names *names, struct scope *scope, const struct item *item)
{
    switch (item->kind) {
    case ITEM_IMPORT:
        read_import(names, scope, item);
        break;
    case ITEM_FN:
        read_fn(names, scope, item);
        break;
    case ITEM_NET:
        read_net(names, scope, item);
        break;
    case ITEM_USE:
        read_use(names, scope, item);
        break;
    case ITEM_PARAM:
    case ITEM_LET:
    case ITEM_BIAS:
    case ITEM_POPULATION:
    case ITEM_INPUT:
        read_declaration(names, scope, item);
        break;
    case ITEM_SET:
        read_set(names, scope, item);
        break;
    case ITEM_PLACE:
        read_place(names, scope, item);
        break;
    case ITEM_FOR:
        read_range(names, scope, item->range);
        read_block(names, scope, item, &item->items);
        break;
    case ITEM_IF:
        read_expr(names, scope, item->value);
        read_block(names, scope, NULL, &item->items);
        read_block(names, scope, NULL, &item->orelse);
        break;
    case ITEM_TEST:
        break; /* tests are always evaluated */
    default:
        read_plain(names, scope, item);
        break;
    }
}

static void read_items(struct names *names, struct scope *scope, const struct item_vec *items)
{
    const struct block block = {items, scope->kind == SCOPE_IMPORTED ? NULL : names->block};
    const struct block *around = names->block;
    names->block = &block;
    for (uint32_t i = 0; i < items->n; i++)
        if (elab_may_stand(names->eval, items->at[i], scope->kind))
            read_item(names, scope, items->at[i]);
    names->block = around;
}

void elab_names(struct eval *eval, const struct item_vec *items)
{
    struct names *names = ARENA_NEW(eval->arena, struct names);
    names->eval = eval;
    struct scope *scope = scope_new(eval, NULL, SCOPE_FILE);
    read_items(names, scope, items);
    scope_release(eval, scope);
}
