/* Why code failed at a pair: finds the operation that did, in the order of evaluation, and lets the
 * evaluator say it in the same words as for a constant. */
#include "compiler/code.h"

struct explain {
    struct code *code;
    struct run run; /* one lane */
    struct pair pair;
};

static bool failed(struct explain *x, uint32_t node)
{
    struct operand operand = code_operand(x->code, node, &x->run);
    return operand.failed && operand.failed[0];
}

static struct value lane_value(struct explain *x, uint32_t node)
{
    const struct node *n = &x->code->nodes.at[node];
    const union lane lane = code_operand(x->code, node, &x->run).at[0];
    if (n->kind == VALUE_REAL)
        return value_real(lane.r, n->dim);
    return n->kind == VALUE_BOOL ? value_bool(lane.i != 0) : value_int(lane.i);
}

static void explain_power(struct explain *x, const struct node *node)
{
    struct value exponent = lane_value(x, node->b);
    if (exponent.integer < 0)
        eval_value_error(x->code->eval, DIAG_E0206, node->expr->span,
                         "int ** %lld is no int; write the base as a real",
                         (long long)exponent.integer);
}

static void explain_arith(struct explain *x, const struct node *node)
{
    struct value a = lane_value(x, node->a), b = lane_value(x, node->b), out;
    if (node->kind == VALUE_INT && node->binary == OP_POW && b.integer < 0)
        explain_power(x, node);
    else
        op_binary(x->code->eval, node->expr, &a, &b, &out);
}

static void explain_math(struct explain *x, const struct node *node)
{
    struct value args[2] = {lane_value(x, node->a), value_poison()}, out;
    const struct span at[2] = {node->expr->span, node->expr->span};
    uint32_t n = 1;
    if (node->b != NODE_NONE)
        args[n++] = lane_value(x, node->b);
    op_math(x->code->eval, node->math, node->expr->span, at, args, n, &out);
}

/* matrix[pre, post] over views that the file does not cover: the shapes say more than one index. */
static bool explain_shape(struct explain *x, const struct node *node)
{
    const struct node *row = &x->code->nodes.at[node->a], *col = &x->code->nodes.at[node->b];
    bool whole = row->op == NODE_COORD && row->coordinate == COORD_INDEX && col->op == NODE_COORD
                 && col->coordinate == COORD_INDEX && row->axis != col->axis;
    if (!whole || !node->matrix->path)
        return false;
    eval_report(x->code->eval, DIAG_E0603, node->expr->span,
                "\"%s\" has shape %u x %u, used as %u x %u", node->matrix->path, node->matrix->rows,
                node->matrix->cols, x->code->view[row->axis]->size, x->code->view[col->axis]->size);
    return true;
}

static void explain_cell(struct explain *x, const struct node *node)
{
    if (explain_shape(x, node))
        return;
    const int64_t at[2] = {lane_value(x, node->a).integer, lane_value(x, node->b).integer};
    const uint32_t size[2] = {node->matrix->rows, node->matrix->cols};
    const struct expr *base = node->expr->a;
    for (int i = 0; i < 2; i++) {
        if (at[i] >= 0 && at[i] < size[i])
            continue;
        struct span span = x->code->nodes.at[i ? node->b : node->a].expr->span;
        eval_value_error(x->code->eval, DIAG_E0210, span, "index %lld outside `%s` (valid: 0..%u)",
                         (long long)at[i], eval_source_text(x->code->eval, base->span),
                         size[i] - 1);
        return;
    }
}

static void explain_random(struct explain *x, const struct node *node)
{
    eval_value_error(x->code->eval, DIAG_E0217, node->expr->args.at[0].value->span,
                     "probability %.9g outside 0 .. 1", lane_value(x, node->a).real);
}

static void too_few(struct explain *x, const struct node *node, const struct draw_state *state)
{
    static const char *const offers[] = {"only %llu sources", "only %llu targets",
                                         "only %llu pairs"};
    struct code *code = x->code;
    struct eval *eval = code->eval;
    const struct arg *count = &node->expr->args.at[0];
    const char *where = node->draw_kind == DRAW_FAN_IN    ? ", at post = %u"
                        : node->draw_kind == DRAW_FAN_OUT ? ", at pre = %u"
                                                          : "";
    const char *offered = arena_printf(eval->arena,
                                       node->draw_kind == DRAW_FAN_IN    ? offers[0]
                                       : node->draw_kind == DRAW_FAN_OUT ? offers[1]
                                                                         : offers[2],
                                       (unsigned long long)state->offered);
    struct diag *diag = eval_report(
        eval, DIAG_E0218, node->expr->span, "%s(%lld): `%s` offers %s%s", node->expr->a->text,
        (long long)state->wanted,
        view_text(eval->arena, eval->net,
                  code->view[node->draw_kind == DRAW_FAN_OUT ? AXIS_POST : AXIS_PRE]),
        offered,
        node->b == NODE_NONE
            ? ""
            : arena_printf(eval->arena, where,
                           node->draw_kind == DRAW_FAN_OUT ? x->pair.pre : x->pair.post));
    if (count->value->kind == EXPR_INT)
        diag_help(eval->sink, diag, count->value->span,
                  arena_printf(eval->arena, "%llu", (unsigned long long)state->offered),
                  "%llu is the most that can be drawn", (unsigned long long)state->offered);
}

static void explain_draw(struct explain *x, const struct node *node)
{
    uint32_t who = node->draw_kind == DRAW_FAN_IN    ? x->pair.post
                   : node->draw_kind == DRAW_FAN_OUT ? x->pair.pre
                                                     : 0;
    const struct draw_state *state = &node->draw->state[who];
    switch (state->fault) {
    case DRAW_COUNT_FAILED:
        code_explain(x->code, node->a, x->pair.pre, x->pair.post);
        break;
    case DRAW_COUNT_NEGATIVE:
        eval_value_error(x->code->eval, DIAG_E0205, node->expr->args.at[0].value->span,
                         "the count of `%s` is %lld; it cannot be negative", node->expr->a->text,
                         (long long)state->wanted);
        break;
    case DRAW_MASK_FAILED:
        code_explain(x->code, node->b, state->pre, state->post);
        break;
    default:
        too_few(x, node, state);
        break;
    }
}

/* The evaluator says it; if it finds nothing wrong, the type has changed between pairs. */
static void explain_tree(struct explain *x, const struct node *node)
{
    struct eval *eval = x->code->eval;
    struct value value;
    eval_set_pair(eval, &x->pair);
    evaluate(eval, node->scope, node->expr, &value);
    if (value.kind != VALUE_POISON)
        eval_value_error(eval, DIAG_E0203, node->expr->span, "the type differs between pairs: %s",
                         value_kind_text(eval->arena, &value));
}

static void explain_own(struct explain *x, const struct node *node)
{
    switch (node->op) {
    case NODE_NEG: {
        struct value a = lane_value(x, node->a), out;
        op_negate(x->code->eval, node->expr, &a, &out);
        break;
    }
    case NODE_ARITH:
        explain_arith(x, node);
        break;
    case NODE_MATH:
        explain_math(x, node);
        break;
    case NODE_CELL:
        explain_cell(x, node);
        break;
    case NODE_RANDOM:
        explain_random(x, node);
        break;
    case NODE_DRAW:
        explain_draw(x, node);
        break;
    default:
        explain_tree(x, node);
        break;
    }
}

/* The operand whose failure is the cause, NODE_NONE if the node itself failed. */
static uint32_t cause(struct explain *x, const struct node *node)
{
    if (node->op == NODE_DRAW)
        return NODE_NONE;
    if (node->a != NODE_NONE && failed(x, node->a))
        return node->a;
    if (node->op == NODE_AND || node->op == NODE_OR)
        return node->b;
    if (node->op == NODE_SELECT)
        return lane_value(x, node->a).boolean ? node->b : node->c;
    if (node->b != NODE_NONE && failed(x, node->b))
        return node->b;
    return node->c != NODE_NONE && failed(x, node->c) ? node->c : NODE_NONE;
}

void code_explain(struct code *code, uint32_t node, uint32_t pre, uint32_t post)
{
    struct explain x = {
        .code = code,
        .run = {.axis = AXIS_PRE, .fixed = post, .at = &pre, .n = 1, .consecutive = true},
        .pair = {.pre_view = code->view[AXIS_PRE],
                 .post_view = code->view[AXIS_POST],
                 .pre = pre,
                 .post = post}};
    struct plan plan;
    code_plan(code, &node, 1, &plan);
    code_run(code, &plan, &x.run);
    for (uint32_t next = cause(&x, &code->nodes.at[node]); next != NODE_NONE;
         next = cause(&x, &code->nodes.at[node]))
        node = next;
    eval_set_pair(code->eval, &x.pair);
    explain_own(&x, &code->nodes.at[node]);
    eval_set_pair(code->eval, NULL);
}
