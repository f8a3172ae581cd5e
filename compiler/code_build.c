#include "compiler/code.h"

#include "compiler/base/rng.h"

void code_init(struct code *code, struct eval *eval, const struct view *pre,
               const struct view *post, const char *identity)
{
    *code = (struct code){.eval = eval,
                          .arena = arena_scratch(eval->arena),
                          .view = {pre, post},
                          .identity = identity};
}

void code_release(struct code *code)
{
    arena_scratch_end(code->arena);
}

/* --- nodes --- */

static void inherit(struct code *code, struct node *node, uint32_t operand)
{
    if (operand == NODE_NONE)
        return;
    const struct node *from = &code->nodes.at[operand];
    node->pre = node->pre || from->pre;
    node->post = node->post || from->post;
}

/* Over all pairs. Where nothing can fail, no flags are needed. */
static void bound(struct code *code, struct node *node)
{
    const struct stretch whole[N_AXES] = {{0, code->view[AXIS_PRE]->size - 1},
                                          {0, code->view[AXIS_POST]->size - 1}};
    const struct reach reach = code_reach(code, node, NULL, code->whole.at, whole);
    VEC_PUSH(code->arena, &code->whole, reach);
    node->fails = reach.fails;
}

uint32_t code_add(struct code *code, const struct node *node)
{
    struct node copy = *node;
    if (code->nodes.n >= CODE_MAX_NODES) {
        eval_limit(code->eval, node->expr->span, "operations in one projection", CODE_MAX_NODES,
                   NULL);
        return NODE_NONE;
    }
    inherit(code, &copy, copy.a);
    inherit(code, &copy, copy.b);
    inherit(code, &copy, copy.c);
    bound(code, &copy);
    VEC_PUSH(code->arena, &code->nodes, copy);
    return code->nodes.n - 1;
}

struct node code_node(enum node_op op, enum value_kind kind, const struct expr *expr)
{
    return (struct node){
        .op = op, .kind = kind, .a = NODE_NONE, .b = NODE_NONE, .c = NODE_NONE, .expr = expr};
}

uint32_t code_const(struct code *code, const struct expr *expr, const struct value *value)
{
    struct node node = code_node(NODE_CONST, value->kind, expr);
    node.dim = value->kind == VALUE_REAL ? value->dim : DIM_NONE;
    node.value = *value;
    return code_add(code, &node);
}

struct value code_value(const struct code *code, uint32_t node)
{
    if (node == NODE_NONE)
        return value_poison();
    const struct node *n = &code->nodes.at[node];
    return n->op == NODE_CONST ? n->value : value_unknown(n->kind, n->dim);
}

uint32_t code_widen(struct code *code, uint32_t node, struct dimension dim)
{
    if (node == NODE_NONE)
        return NODE_NONE;
    const struct node *from = &code->nodes.at[node];
    if (from->op == NODE_CONST) {
        struct value value = value_real(value_as_real(&from->value), dim);
        return code_const(code, from->expr, &value);
    }
    if (from->kind == VALUE_REAL)
        return node;
    struct node widen = code_node(NODE_WIDEN, VALUE_REAL, from->expr);
    widen.a = node;
    return code_add(code, &widen);
}

uint32_t code_coord(struct code *code, enum axis axis, enum coordinate coordinate,
                    const struct expr *expr)
{
    struct node node =
        code_node(NODE_COORD, coordinate_is_real(coordinate) ? VALUE_REAL : VALUE_INT, expr);
    node.axis = axis;
    node.coordinate = coordinate;
    node.pre = axis == AXIS_PRE;
    node.post = axis == AXIS_POST;
    return code_add(code, &node);
}

/* --- expressions --- */

/* What does not depend on the pair is a constant, or fails wherever it is needed. */
static uint32_t fold(struct code *code, struct scope *scope, const struct expr *expr)
{
    struct value value;
    code->eval->speculative++;
    evaluate(code->eval, scope, expr, &value);
    code->eval->speculative--;
    if (value.kind == VALUE_POISON)
        return NODE_NONE;
    if (!value.unknown)
        return code_const(code, expr, &value);
    struct node node = code_node(NODE_FAIL, value.kind, expr);
    node.dim = value.kind == VALUE_REAL ? value.dim : DIM_NONE;
    node.fails = true;
    node.scope = scope;
    scope_keep(scope);
    return code_add(code, &node);
}

static uint32_t code_member(struct code *code, struct scope *scope, const struct expr *expr)
{
    enum coordinate coordinate;
    if (expr->a->kind != EXPR_PRE && expr->a->kind != EXPR_POST)
        return code_tree(code, scope, expr);
    enum axis axis = expr->a->kind == EXPR_PRE ? AXIS_PRE : AXIS_POST;
    if (coordinate_find(expr->text, &coordinate))
        return code_coord(code, axis, coordinate, expr);
    eval_report(code->eval, DIAG_E0201, expr->name_span,
                "`%s` has no member `%s`; it has x, y, z, u, v, p, px, py, pz",
                axis == AXIS_PRE ? "pre" : "post", expr->text);
    return NODE_NONE;
}

/* --- names --- */

static struct memo_slot *memo_slot(struct memo_slot *memo, uint32_t cap, uint32_t symbol)
{
    uint32_t i = (uint32_t)rng_mix(symbol) & (cap - 1);
    while (memo[i].symbol != 0 && memo[i].symbol != symbol)
        i = (i + 1) & (cap - 1);
    return &memo[i];
}

static void remember(struct code *code, uint32_t symbol, uint32_t node)
{
    if (2 * code->n_memo >= code->memo_cap) {
        uint32_t cap = code->memo_cap ? code->memo_cap * 2 : 16;
        struct memo_slot *memo = ARENA_ARRAY(code->arena, struct memo_slot, cap);
        for (uint32_t i = 0; i < code->memo_cap; i++)
            if (code->memo[i].symbol)
                *memo_slot(memo, cap, code->memo[i].symbol) = code->memo[i];
        code->memo = memo;
        code->memo_cap = cap;
    }
    *memo_slot(code->memo, code->memo_cap, symbol) = (struct memo_slot){symbol, node};
    code->n_memo++;
}

/* The node under the declared type of the formal it is bound to. */
static uint32_t conforming(struct code *code, const struct symbol *symbol, uint32_t node)
{
    if (node == NODE_NONE || !symbol->type)
        return node;
    struct value value = code_value(code, node);
    const char *subject = arena_printf(code->eval->arena, "argument `%s`", symbol->name);
    if (!conform(code->eval, symbol->type, symbol->span, symbol->expr->span, subject, &value))
        return NODE_NONE;
    return value.kind == VALUE_REAL ? code_widen(code, node, value.dim) : node;
}

uint32_t code_alias(struct code *code, const struct symbol *symbol)
{
    if (code->n_memo > 0) {
        const struct memo_slot *slot = memo_slot(code->memo, code->memo_cap, symbol->id + 1);
        if (slot->symbol)
            return slot->node;
    }
    uint32_t node = conforming(code, symbol, code_expr(code, symbol->scope, symbol->expr));
    remember(code, symbol->id + 1, node);
    return node;
}

/* --- operators --- */

static uint32_t add_unary(struct code *code, const struct expr *expr, enum node_op op, uint32_t a,
                          const struct value *result)
{
    if (result->kind == VALUE_POISON)
        return NODE_NONE;
    if (!result->unknown)
        return code_const(code, expr, result);
    struct node node = code_node(op, result->kind, expr);
    node.dim = result->dim;
    node.a = a;
    return code_add(code, &node);
}

static uint32_t code_unary(struct code *code, struct scope *scope, const struct expr *expr)
{
    uint32_t a = code_expr(code, scope, expr->a);
    struct value value = code_value(code, a), result;
    code->eval->speculative++;
    if (expr->kind == EXPR_NEG)
        op_negate(code->eval, expr, &value, &result);
    else
        op_not(code->eval, expr, &value, &result);
    code->eval->speculative--;
    return add_unary(code, expr, expr->kind == EXPR_NEG ? NODE_NEG : NODE_NOT, a, &result);
}

/* A constant left side decides here; both sides are compiled, so that dice keep their numbers. */
static uint32_t code_logic(struct code *code, const struct expr *expr, uint32_t a, uint32_t b)
{
    const struct value left = code_value(code, a);
    if (!left.unknown)
        return left.boolean == (expr->op == OP_OR) ? a : b;
    struct node node = code_node(expr->op == OP_AND ? NODE_AND : NODE_OR, VALUE_BOOL, expr);
    node.a = a;
    node.b = b;
    return code_add(code, &node);
}

static bool compares(enum binary_op op)
{
    return op >= OP_EQ && op <= OP_GE;
}

static struct dimension real_dim(const struct value *value, const struct value *other)
{
    if (value->kind == VALUE_REAL && !value->zero)
        return value->dim;
    return other->kind == VALUE_REAL && value->zero ? other->dim : DIM_NONE;
}

static uint32_t code_binary(struct code *code, struct scope *scope, const struct expr *expr)
{
    uint32_t a = code_expr(code, scope, expr->a), b = code_expr(code, scope, expr->b);
    struct value x = code_value(code, a), y = code_value(code, b), result;
    code->eval->speculative++;
    op_binary(code->eval, expr, &x, &y, &result);
    code->eval->speculative--;
    if (result.kind == VALUE_POISON)
        return NODE_NONE;
    if (expr->op == OP_AND || expr->op == OP_OR)
        return code_logic(code, expr, a, b);
    if (!result.unknown)
        return code_const(code, expr, &result);
    bool real = result.kind == VALUE_REAL
                || (compares(expr->op) && (x.kind == VALUE_REAL || y.kind == VALUE_REAL));
    struct node node = code_node(compares(expr->op) ? NODE_COMPARE : NODE_ARITH, result.kind, expr);
    node.dim = result.dim;
    node.binary = expr->op;
    node.a = real ? code_widen(code, a, real_dim(&x, &y)) : a;
    node.b = real ? code_widen(code, b, real_dim(&y, &x)) : b;
    return node.a == NODE_NONE || node.b == NODE_NONE ? NODE_NONE : code_add(code, &node);
}

static uint32_t code_interval(struct code *code, struct scope *scope, const struct expr *expr)
{
    uint32_t a = code_expr(code, scope, expr->a), b = code_expr(code, scope, expr->b);
    uint32_t c = code_expr(code, scope, expr->c);
    struct value x = code_value(code, a), lo = code_value(code, b), hi = code_value(code, c);
    struct value result;
    op_in(code->eval, expr, &x, &lo, &hi, &result);
    if (result.kind == VALUE_POISON)
        return NODE_NONE;
    if (!result.unknown)
        return code_const(code, expr, &result);
    struct node node = code_node(NODE_IN, VALUE_BOOL, expr);
    if (!lo.unknown) {
        op_interval_unit(expr->b, expr->c, &lo);
        b = code_const(code, expr->b, &lo);
    }
    bool real = x.kind == VALUE_REAL || lo.kind == VALUE_REAL || hi.kind == VALUE_REAL;
    struct dimension dim = x.kind == VALUE_REAL && !x.zero ? x.dim : real_dim(&lo, &hi);
    node.a = real ? code_widen(code, a, dim) : a;
    node.b = real ? code_widen(code, b, dim) : b;
    node.c = real ? code_widen(code, c, dim) : c;
    return node.a == NODE_NONE || node.b == NODE_NONE || node.c == NODE_NONE
               ? NODE_NONE
               : code_add(code, &node);
}

static uint32_t code_compound(struct code *code, struct scope *scope, const struct expr *expr)
{
    switch (expr->kind) {
    case EXPR_NEG:
    case EXPR_NOT:
        return code_unary(code, scope, expr);
    case EXPR_BINARY:
        return code_binary(code, scope, expr);
    case EXPR_IN:
        return code_interval(code, scope, expr);
    case EXPR_CALL:
        return code_call(code, scope, expr);
    case EXPR_INDEX:
        return code_index(code, scope, expr);
    case EXPR_DOT:
        return code_member(code, scope, expr);
    default:
        return code_tree(code, scope, expr);
    }
}

uint32_t code_expr(struct code *code, struct scope *scope, const struct expr *expr)
{
    struct eval_private *private = code->eval->private;
    uint32_t node = NODE_NONE;
    if (private->stopped)
        return NODE_NONE;
    if (expr->kind == EXPR_PRE || expr->kind == EXPR_POST)
        return code_coord(code, expr->kind == EXPR_PRE ? AXIS_PRE : AXIS_POST, COORD_INDEX, expr);
    if (!eval_is_synaptic(code->eval, scope, expr))
        return fold(code, scope, expr);
    if (private->depth >= EVAL_MAX_DEPTH) {
        eval_limit(code->eval, expr->span, "expressions within each other", EVAL_MAX_DEPTH, NULL);
        return NODE_NONE;
    }
    private->depth++;
    if (expr->kind == EXPR_NAME || scope_find_import(scope, expr))
        node = code_alias(code, scope_find_path(scope, expr));
    else
        node = code_compound(code, scope, expr);
    private->depth--;
    return node;
}
