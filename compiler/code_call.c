/* Calls and subscripts in synaptic expressions. */
#include "compiler/code.h"

#include "compiler/base/rng.h"
#include "compiler/load.h"

#include <stdlib.h>
#include <string.h>

/* --- the evaluator, pair by pair --- */

/* The type is that of the first pair; the evaluator's values must keep to it (code_run.c). */
uint32_t code_tree(struct code *code, struct scope *scope, const struct expr *expr)
{
    struct eval *eval = code->eval;
    struct pair first = {.pre_view = code->view[AXIS_PRE], .post_view = code->view[AXIS_POST]};
    struct value value;
    eval_set_pair(eval, &first);
    eval->speculative++;
    evaluate(eval, scope, expr, &value);
    eval->speculative--;
    eval_set_pair(eval, NULL);
    if (value.kind == VALUE_POISON)
        return NODE_NONE;
    if (value.kind != VALUE_INT && value.kind != VALUE_REAL && value.kind != VALUE_BOOL) {
        eval_wrong_type(eval, expr->span, "an expression per pair", "a number or a bool", &value);
        return NODE_NONE;
    }
    struct node node = code_node(NODE_TREE, value.kind, expr);
    node.dim = value.kind == VALUE_REAL ? value.dim : DIM_NONE;
    node.pre = node.post = true;
    node.scope = scope;
    scope_keep(scope);
    return code_add(code, &node);
}

/* --- mathematics --- */

static uint32_t math_node(struct code *code, enum math_fn fn, const struct expr *call,
                          const struct span *at, uint32_t a, uint32_t b)
{
    struct value args[2] = {code_value(code, a), code_value(code, b)}, result;
    uint32_t n = b == NODE_NONE ? 1 : 2;
    if (a == NODE_NONE)
        return NODE_NONE;
    code->eval->speculative++;
    op_math(code->eval, fn, call->span, at, args, n, &result);
    code->eval->speculative--;
    if (result.kind == VALUE_POISON)
        return NODE_NONE;
    if (!result.unknown)
        return code_const(code, call, &result);
    struct node node = code_node(NODE_MATH, result.kind, call);
    node.dim = result.dim;
    node.math = fn;
    bool real = args[0].kind == VALUE_REAL || (n == 2 && args[1].kind == VALUE_REAL)
                || result.kind == VALUE_REAL;
    struct dimension dim = args[0].kind == VALUE_REAL && !args[0].zero ? args[0].dim
                           : n == 2 && args[1].kind == VALUE_REAL      ? args[1].dim
                                                                       : DIM_NONE;
    node.a = real ? code_widen(code, a, dim) : a;
    node.b = n == 2 ? (real ? code_widen(code, b, dim) : b) : NODE_NONE;
    return code_add(code, &node);
}

static uint32_t code_math(struct code *code, struct scope *scope, const struct expr *call,
                          enum math_fn fn)
{
    const struct math_info *info = math_info(fn);
    uint32_t n = call->args.n, node = NODE_NONE;
    bool named = false;
    for (uint32_t i = 0; i < n; i++)
        named = named || call->args.at[i].name;
    if (n < info->least || n > info->most || named)
        return code_tree(code, scope, call); /* for the message */
    struct span at[2] = {call->args.at[0].value->span, call->args.at[0].value->span};
    for (uint32_t i = 0; i < n; i++) {
        uint32_t next = code_expr(code, scope, call->args.at[i].value);
        if (next == NODE_NONE)
            return NODE_NONE;
        at[1] = call->args.at[i].value->span;
        node = i == 0 ? next : math_node(code, fn, call, at, node, next);
    }
    if (n > 1)
        return node;
    if (code->nodes.at[node].kind == VALUE_LIST || code->nodes.at[node].kind == VALUE_MATRIX)
        return code_tree(code, scope, call);
    return math_node(code, fn, call, at, node, NODE_NONE);
}

static uint32_t code_select(struct code *code, struct scope *scope, const struct expr *call)
{
    static const struct arg_spec specs[] = {{"c", true}, {"a", true}, {"b", true}};
    const struct arg *arg[3];
    struct eval *eval = code->eval;
    if (!eval_match_args(eval, "select", call->span, &call->args, specs, 3, 3, arg))
        return NODE_NONE;
    uint32_t c = code_expr(code, scope, arg[0]->value), a = code_expr(code, scope, arg[1]->value);
    uint32_t b = code_expr(code, scope, arg[2]->value);
    struct value when = code_value(code, c), x = code_value(code, a), y = code_value(code, b);
    if (when.kind != VALUE_BOOL) {
        eval_wrong_type(eval, arg[0]->value->span, "the condition of `select`", "a bool", &when);
        return NODE_NONE;
    }
    if (!op_unify(eval, call->span, "`select`", arg[1]->value, &x, arg[2]->value, &y))
        return NODE_NONE;
    if (x.kind == VALUE_REAL) {
        a = code_widen(code, a, x.dim);
        b = code_widen(code, b, y.dim);
    }
    if (!when.unknown)
        return when.boolean ? a : b;
    struct node node = code_node(NODE_SELECT, x.kind, call);
    node.dim = x.dim;
    node.a = c;
    node.b = a;
    node.c = b;
    return code_add(code, &node);
}

static uint32_t code_dist(struct code *code, const struct expr *call)
{
    bool torus;
    const struct view *pre = code->view[AXIS_PRE], *post = code->view[AXIS_POST];
    if (!dist_args(code->eval, call, &torus)
        || (torus && !dist_shapes(code->eval, call, pre, post)))
        return NODE_NONE;
    struct node node = code_node(NODE_DIST, VALUE_REAL, call);
    uint32_t part[2];
    for (int i = 0; i < 2; i++) {
        struct node minus = code_node(NODE_ARITH, VALUE_INT, call);
        minus.binary = OP_SUB;
        minus.a = code_coord(code, AXIS_PRE, i ? COORD_Y : COORD_X, call);
        minus.b = code_coord(code, AXIS_POST, i ? COORD_Y : COORD_X, call);
        part[i] = minus.b == NODE_NONE ? NODE_NONE : code_add(code, &minus);
    }
    if (part[1] == NODE_NONE)
        return NODE_NONE;
    node.a = part[0];
    node.b = part[1];
    node.torus_cols = torus ? post->dims.size[post->dims.n - 1] : 0;
    node.torus_rows = torus && post->dims.n > 1 ? post->dims.size[post->dims.n - 2] : 0;
    return code_add(code, &node);
}

/* pre.y - (stride * post.y - centre), and x likewise: the place in the kernel. */
static uint32_t kernel_place(struct code *code, const struct expr *call, const struct conv *conv,
                             int axis)
{
    const enum coordinate along = axis ? COORD_X : COORD_Y;
    const struct value stride = value_int(conv->stride[axis]);
    const struct value centre = value_int(conv->centre[axis]);
    struct node times = code_node(NODE_ARITH, VALUE_INT, call), first = times, minus = times;
    times.binary = OP_MUL;
    times.a = code_coord(code, AXIS_POST, along, call);
    times.b = code_const(code, call, &stride);
    first.binary = minus.binary = OP_SUB;
    first.b = code_const(code, call, &centre);
    minus.a = code_coord(code, AXIS_PRE, along, call);
    if (minus.a == NODE_NONE)
        return NODE_NONE;
    first.a = code_add(code, &times);
    minus.b = first.a == NODE_NONE ? NODE_NONE : code_add(code, &first);
    return minus.b == NODE_NONE ? NODE_NONE : code_add(code, &minus);
}

static uint32_t code_conv(struct code *code, struct scope *scope, const struct expr *call)
{
    struct conv conv;
    if (!conv_args(code->eval, scope, call, code->view[AXIS_PRE], code->view[AXIS_POST], &conv))
        return NODE_NONE;
    struct node node = code_node(NODE_KERNEL, conv.kernel->kind, call);
    node.dim = conv.kernel->dim;
    node.matrix = conv.kernel;
    node.a = kernel_place(code, call, &conv, 0);
    node.b = node.a == NODE_NONE ? NODE_NONE : kernel_place(code, call, &conv, 1);
    return node.b == NODE_NONE ? NODE_NONE : code_add(code, &node);
}

/* --- dice --- */

/* Key of a die: its own, or from the seed, the identity and the ordinal of the call. */
static bool die_key(struct code *code, struct scope *scope, const struct arg *key,
                    const struct expr *call, uint32_t site, uint64_t *out)
{
    int64_t k;
    uint64_t seed = code->eval->net->seed;
    if (!code->dice)
        code->first_die = call->span;
    code->dice = true;
    if (!key) {
        *out = rng_site_key(seed, code->identity, site);
        code->rolls = true;
        return true;
    }
    if (!eval_int(code->eval, scope, key->value, "`key`", &k))
        return false;
    *out = rng_user_key(seed, k);
    return true;
}

static uint32_t code_random(struct code *code, struct scope *scope, const struct expr *call)
{
    static const struct arg_spec specs[] = {{"p", true}, {"key", false}};
    const struct arg *arg[2];
    uint32_t site = code->n_sites++;
    struct node node = code_node(NODE_RANDOM, VALUE_BOOL, call);
    if (!eval_match_args(code->eval, "random", call->span, &call->args, specs, 2, 1, arg))
        return NODE_NONE;
    node.a = code_expr(code, scope, arg[0]->value);
    struct value p = code_value(code, node.a);
    if (p.kind != VALUE_POISON && !value_is_number(&p))
        eval_wrong_type(code->eval, arg[0]->value->span, "`random`", "a probability (a number)",
                        &p);
    if (!value_is_number(&p) || !die_key(code, scope, arg[1], call, site, &node.key))
        return NODE_NONE;
    node.a = code_widen(code, node.a, DIM_NONE);
    node.pre = node.post = true;
    return code_add(code, &node);
}

static const char *const draw_side[] = {"`post`", "`pre`", "neither `pre` nor `post`"};

/* The count may depend only on the side whose candidates are drawn from. */
static bool draw_count(struct code *code, const struct expr *call, const struct arg *arg,
                       struct node *node)
{
    struct value k = code_value(code, node->a);
    if (k.kind == VALUE_POISON)
        return false;
    if (k.kind != VALUE_INT)
        return eval_wrong_type(code->eval, arg->value->span,
                               arena_printf(code->eval->arena, "`%s`", call->a->text),
                               "a count (an int)", &k);
    const struct node *count = &code->nodes.at[node->a];
    bool pre = node->draw_kind == DRAW_FAN_OUT, post = node->draw_kind == DRAW_FAN_IN;
    if ((!count->pre || pre) && (!count->post || post))
        return true;
    eval_report(code->eval, DIAG_E0203, arg->value->span, "the count of `%s` may depend on %s only",
                call->a->text, draw_side[node->draw_kind]);
    return false;
}

static uint32_t code_draw_call(struct code *code, struct scope *scope, const struct expr *call,
                               enum draw_kind kind)
{
    static const struct arg_spec specs[] = {{"k", true}, {"mask", false}, {"key", false}};
    const struct arg *arg[3];
    uint32_t site = code->n_sites++;
    struct node node = code_node(NODE_DRAW, VALUE_BOOL, call);
    if (!eval_match_args(code->eval, call->a->text, call->span, &call->args, specs, 3, 2, arg))
        return NODE_NONE;
    node.draw_kind = kind;
    node.a = code_expr(code, scope, arg[0]->value);
    bool ok = draw_count(code, call, arg[0], &node);
    if (arg[1]) {
        node.b = code_expr(code, scope, arg[1]->value);
        struct value mask = code_value(code, node.b);
        if (mask.kind != VALUE_BOOL) {
            eval_mask_type(code->eval, arg[1]->value, &mask);
            ok = false;
        } else if (!mask.unknown && mask.boolean) {
            node.b = NODE_NONE;
        }
    }
    if (!die_key(code, scope, arg[2], call, site, &node.key) || !ok)
        return NODE_NONE;
    node.pre = node.post = true;
    return code_add(code, &node);
}

/* --- pairs(FILE) --- */

struct file_pair {
    uint32_t pre, post, line;
};

static int by_post_and_pre(const void *a, const void *b)
{
    const struct file_pair *x = a, *y = b;
    if (x->post != y->post)
        return x->post < y->post ? -1 : 1;
    if (x->pre != y->pre)
        return x->pre < y->pre ? -1 : 1;
    return x->line < y->line ? -1 : x->line > y->line;
}

static bool pair_inside(struct code *code, const struct expr *call, const struct pair_list *list,
                        uint32_t i)
{
    const int64_t at[N_AXES] = {list->pre[i], list->post[i]};
    for (int a = 0; a < N_AXES; a++) {
        const struct view *view = code->view[a];
        if (at[a] >= 0 && at[a] < view->size)
            continue;
        eval_report(code->eval, DIAG_E0210, call->span, "\"%s\":%u: %s %lld outside `%s` (0..%u)",
                    list->path, list->line[i], a == AXIS_PRE ? "pre" : "post", (long long)at[a],
                    view_text(code->eval->arena, code->eval->net, view), view->size - 1);
        return false;
    }
    return true;
}

static struct file_pair *sorted_pairs(struct code *code, const struct expr *call,
                                      const struct pair_list *list)
{
    struct file_pair *pairs = ARENA_ARRAY(code->arena, struct file_pair, list->n);
    for (uint32_t i = 0; i < list->n; i++) {
        if (!pair_inside(code, call, list, i))
            return NULL;
        pairs[i] =
            (struct file_pair){(uint32_t)list->pre[i], (uint32_t)list->post[i], list->line[i]};
    }
    if (list->n > 1)
        qsort(pairs, list->n, sizeof pairs[0], by_post_and_pre);
    for (uint32_t i = 1; i < list->n; i++) {
        if (pairs[i].post != pairs[i - 1].post || pairs[i].pre != pairs[i - 1].pre)
            continue;
        eval_report(code->eval, DIAG_E0604, call->span,
                    "\"%s\":%u: the pair %u, %u stands already in line %u", list->path,
                    pairs[i].line, pairs[i].pre, pairs[i].post, pairs[i - 1].line);
        return NULL;
    }
    return pairs;
}

static uint32_t code_pairs(struct code *code, struct scope *scope, const struct expr *call)
{
    static const struct arg_spec spec = {"path", true};
    const struct arg *arg;
    const char *path;
    struct eval *eval = code->eval;
    if (!eval_match_args(eval, "pairs", call->span, &call->args, &spec, 1, 1, &arg)
        || !eval_string(eval, scope, arg->value, "`pairs`", &path))
        return NODE_NONE;
    const struct pair_list *list = load_pairs(eval, path, arg->value->span);
    const struct file_pair *pairs = list ? sorted_pairs(code, call, list) : NULL;
    if (!pairs)
        return NODE_NONE;
    uint32_t n_post = code->view[AXIS_POST]->size;
    struct pair_rows *rows = ARENA_NEW(code->arena, struct pair_rows);
    uint64_t *row = ARENA_ARRAY(code->arena, uint64_t, (size_t)n_post + 1);
    uint32_t *pre = ARENA_ARRAY(code->arena, uint32_t, list->n);
    for (uint32_t i = 0, p = 0; p < n_post; p++) {
        for (; i < list->n && pairs[i].post == p; i++)
            pre[i] = pairs[i].pre;
        row[p + 1] = i;
    }
    *rows = (struct pair_rows){row, pre};
    struct node node = code_node(NODE_PAIRS, VALUE_BOOL, call);
    node.pre = node.post = true;
    node.rows = rows;
    return code_add(code, &node);
}

/* --- calls --- */

/* Synaptic arguments first, in the order of the text, so that their dice are numbered before those
 * of the body. */
static uint32_t code_fn(struct code *code, struct scope *scope, const struct symbol *fn,
                        const struct expr *call)
{
    struct eval *eval = code->eval;
    if (!fn->item)
        return NODE_NONE;
    eval->private->compiling = true;
    struct scope *inner = call_scope(eval, scope, fn, call);
    eval->private->compiling = false;
    if (!inner)
        return NODE_NONE;
    for (uint32_t i = 0; i < call->args.n; i++) {
        const struct arg *arg = &call->args.at[i];
        const char *name = arg->name ? arg->name : fn->item->formals.at[i].name;
        const struct symbol *formal = scope_member(inner, name);
        if (formal->kind == SYMBOL_ALIAS)
            code_alias(code, formal);
    }
    eval->call_depth++;
    uint32_t node = code_expr(code, inner, fn->item->value);
    eval->call_depth--;
    scope_release(eval, inner);
    return node;
}

uint32_t code_call(struct code *code, struct scope *scope, const struct expr *call)
{
    const struct symbol *symbol = scope_find_path(scope, call->a);
    if (symbol && symbol->kind == SYMBOL_FN)
        return code_fn(code, scope, symbol, call);
    enum builtin builtin = call_builtin(scope, call);
    if (builtin < BUILTIN_SELECT)
        return code_math(code, scope, call, (enum math_fn)builtin);
    switch (builtin) {
    case BUILTIN_SELECT:
        return code_select(code, scope, call);
    case BUILTIN_DIST:
        return code_dist(code, call);
    case BUILTIN_CONV:
        return code_conv(code, scope, call);
    case BUILTIN_RANDOM:
        return code_random(code, scope, call);
    case BUILTIN_FAN_IN:
        return code_draw_call(code, scope, call, DRAW_FAN_IN);
    case BUILTIN_FAN_OUT:
        return code_draw_call(code, scope, call, DRAW_FAN_OUT);
    case BUILTIN_FIXED_TOTAL:
        return code_draw_call(code, scope, call, DRAW_FIXED_TOTAL);
    case BUILTIN_PAIRS:
        return code_pairs(code, scope, call);
    default:
        return code_tree(code, scope, call); /* sums over rows, and the evaluator's messages */
    }
}

/* --- subscripts --- */

/* A list of numbers of one dimension, or of bools, as a matrix of one row. */
static const struct matrix *list_as_row(struct code *code, const struct list *list)
{
    struct arena *arena = code->arena;
    if (list->n == 0)
        return NULL;
    bool bools = list->at[0].kind == VALUE_BOOL, ints = true;
    for (uint32_t i = 0; i < list->n; i++) {
        const struct value *cell = &list->at[i];
        bool fits = bools ? cell->kind == VALUE_BOOL
                          : (cell->kind == VALUE_INT || cell->kind == VALUE_REAL)
                                && cell->kind == list->at[0].kind
                                && dimension_equal(cell->dim, list->at[0].dim);
        if (!fits)
            return NULL;
        ints = ints && cell->kind == VALUE_INT;
    }
    struct matrix *row = ARENA_NEW(arena, struct matrix);
    int64_t *integer = ARENA_ARRAY(arena, int64_t, ints ? list->n : 0);
    double *real = ARENA_ARRAY(arena, double, ints || bools ? 0 : list->n);
    uint8_t *boolean = ARENA_ARRAY(arena, uint8_t, bools ? list->n : 0);
    for (uint32_t i = 0; i < list->n; i++) {
        if (bools)
            boolean[i] = list->at[i].boolean;
        else if (ints)
            integer[i] = list->at[i].integer;
        else
            real[i] = list->at[i].real;
    }
    *row = (struct matrix){.rows = 1,
                           .cols = list->n,
                           .kind = list->at[0].kind,
                           .dim = list->at[0].dim,
                           .integer = integer,
                           .real = real,
                           .boolean = boolean};
    return row;
}

/* The matrix that an expression names for every pair, NULL if it depends on the pair. */
static bool constant_base(struct code *code, struct scope *scope, const struct expr *expr,
                          struct value *out)
{
    return !eval_is_synaptic(code->eval, scope, expr) && eval_const(code->eval, scope, expr, out);
}

static uint32_t cell_index(struct code *code, struct scope *scope, const struct sub *sub)
{
    uint32_t node = code_expr(code, scope, sub->index);
    struct value value = code_value(code, node);
    if (value.kind == VALUE_INT || node == NODE_NONE)
        return node;
    eval_wrong_type(code->eval, sub->index->span, "an index", "an int", &value);
    return NODE_NONE;
}

static uint32_t cell_node(struct code *code, struct scope *scope, const struct expr *expr,
                          const struct matrix *matrix, const struct sub *row, const struct sub *col)
{
    struct node node = code_node(NODE_CELL, matrix->kind, expr);
    const struct value zero = value_int(0);
    node.dim = matrix->dim;
    node.matrix = matrix;
    node.a = row ? cell_index(code, scope, row) : code_const(code, expr, &zero);
    node.b = cell_index(code, scope, col);
    return node.a == NODE_NONE || node.b == NODE_NONE ? NODE_NONE : code_add(code, &node);
}

uint32_t code_index(struct code *code, struct scope *scope, const struct expr *expr)
{
    struct value base;
    const struct expr *inner = expr->a->kind == EXPR_INDEX ? expr->a : NULL;
    uint32_t n = expr->subs.n;
    bool plain = true;
    for (uint32_t i = 0; i < n; i++)
        plain = plain && expr->subs.at[i].index;
    uint32_t errors = code->eval->sink->n_errors;
    if (plain && constant_base(code, scope, expr->a, &base)) {
        if (base.kind == VALUE_MATRIX && n == 2)
            return cell_node(code, scope, expr, base.matrix, &expr->subs.at[0], &expr->subs.at[1]);
        const struct matrix *row =
            base.kind == VALUE_LIST && n == 1 ? list_as_row(code, base.list) : NULL;
        if (row)
            return cell_node(code, scope, expr, row, NULL, &expr->subs.at[0]);
    } else if (plain && inner && n == 1 && inner->subs.n == 1 && inner->subs.at[0].index
               && constant_base(code, scope, inner->a, &base) && base.kind == VALUE_MATRIX) {
        return cell_node(code, scope, expr, base.matrix, &inner->subs.at[0], &expr->subs.at[0]);
    }
    if (code->eval->sink->n_errors != errors)
        return NODE_NONE;
    return code_tree(code, scope, expr);
}
