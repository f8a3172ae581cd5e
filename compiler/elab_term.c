#include "compiler/elab_term.h"

#include <string.h>

enum term_arg { ARG_MASK, ARG_WEIGHT, ARG_DELAY, ARG_STP, ARG_REPEAT, ARG_SHARE, N_TERM_ARGS };

struct term_reader {
    struct elab *elab;
    struct eval *eval;
    struct code *code;
    const struct pending *pending;
    struct synapse *out;
    uint32_t bias_set; /* of the target */
};

/* --- warnings about masks --- */

static bool is_pre_post(const struct expr *expr, enum binary_op op)
{
    return expr->kind == EXPR_BINARY && expr->op == op
           && ((expr->a->kind == EXPR_PRE && expr->b->kind == EXPR_POST)
               || (expr->a->kind == EXPR_POST && expr->b->kind == EXPR_PRE));
}

/* First and last unit of a box. */
static void unit_span(const struct view *view, uint32_t *first, uint32_t *last)
{
    *first = view->base;
    *last = view_unit(view, view->size - 1);
}

static bool views_overlap(const struct view *a, const struct view *b)
{
    uint32_t a0, a1, b0, b1;
    if (a->kind != b->kind || a->object != b->object)
        return false;
    unit_span(a, &a0, &a1);
    unit_span(b, &b0, &b1);
    if (a1 < b0 || b1 < a0)
        return false;
    for (uint32_t i = 0; i < a->size; i++)
        if (view_position(b, view_unit(a, i)) != NET_NONE)
            return true;
    return false;
}

static void warn_pairing(struct term_reader *reader, const struct expr *mask)
{
    const struct view *pre = &reader->pending->pre, *post = &reader->pending->post;
    struct eval *eval = reader->eval;
    bool equality = is_pre_post(mask, OP_EQ);
    if (equality && pre->size != post->size) {
        uint32_t more = pre->size > post->size ? pre->size - post->size : post->size - pre->size;
        eval_report(eval, DIAG_W0219, mask->span,
                    "views have %u and %u units; `pre == post` leaves %u unconnected", pre->size,
                    post->size, more);
    } else if ((equality || is_pre_post(mask, OP_NE)) && views_overlap(pre, post)
               && !view_equal(pre, post)) {
        struct diag *diag = eval_report(
            eval, DIAG_W0716, mask->span,
            "`%s` and `%s` overlap; `%s` compares positions in them, not neurons",
            view_text(eval->arena, eval->net, pre), view_text(eval->arena, eval->net, post),
            eval_source_text(eval, mask->span));
        const char *fix = equality ? "pre.p == post.p" : "pre.p != post.p";
        diag_help(eval->sink, diag, mask->span, fix, "to compare neurons, write `%s`", fix);
    }
}

static const struct expr *unrestricted_draw(struct scope *scope, const struct expr *expr)
{
    enum builtin builtin = expr->kind == EXPR_CALL ? call_builtin(scope, expr) : N_BUILTINS;
    if (builtin != BUILTIN_FAN_IN && builtin != BUILTIN_FAN_OUT && builtin != BUILTIN_FIXED_TOTAL)
        return NULL;
    uint32_t masks = 0;
    for (uint32_t i = 0; i < expr->args.n; i++)
        masks += !expr->args.at[i].name || !strcmp(expr->args.at[i].name, "mask");
    return masks < 2 ? expr : NULL;
}

/* `fan_in(k) and m` draws k and then drops some of them. */
static void warn_order(struct term_reader *reader, const struct expr *mask)
{
    struct eval *eval = reader->eval;
    struct scope *scope = reader->pending->scope;
    if (mask->kind != EXPR_BINARY || mask->op != OP_AND)
        return;
    const struct expr *draw = unrestricted_draw(scope, mask->a), *rest = mask->b;
    if (!draw) {
        draw = unrestricted_draw(scope, mask->b);
        rest = mask->a;
    }
    if (!draw || draw->args.n == 0)
        return;
    const char *fix = arena_printf(eval->arena, "%s(%s, %s)", draw->a->text,
                                   eval_source_text(eval, draw->args.at[0].value->span),
                                   eval_source_text(eval, rest->span));
    struct diag *diag =
        eval_report(eval, DIAG_W0718, mask->span,
                    "`%s` draws before `%s` restricts: fewer than asked for remain",
                    eval_source_text(eval, draw->span), eval_source_text(eval, rest->span));
    diag_help(eval->sink, diag, mask->span, fix, "draw among those that remain: `%s`", fix);
}

/* --- arguments --- */

static bool read_mask(struct term_reader *reader, const struct arg *arg)
{
    if (!arg)
        return true;
    reader->out->mask_expr = arg->value;
    reader->out->mask = code_expr(reader->code, reader->pending->scope, arg->value);
    struct value mask = code_value(reader->code, reader->out->mask);
    if (mask.kind == VALUE_POISON)
        return false;
    if (mask.kind != VALUE_BOOL) {
        eval_mask_type(reader->eval, arg->value, &mask);
        return false;
    }
    warn_pairing(reader, arg->value);
    warn_order(reader, arg->value);
    return true;
}

static void name_slots(struct eval *eval, uint32_t set, uint8_t mask)
{
    struct eval_private *private = eval->private;
    if (set >= private->named_slots_cap) {
        uint32_t cap = eval->net->bias_sets.n;
        uint8_t *bigger = ARENA_ARRAY(eval->arena, uint8_t, cap);
        for (uint32_t i = 0; i < private->named_slots_cap; i++)
            bigger[i] = private->named_slots[i];
        private->named_slots = bigger;
        private->named_slots_cap = cap;
    }
    private->named_slots[set] |= mask;
}

/* A slot sum belongs to the target's set or to a parent of it. */
static bool check_sum(struct term_reader *reader, const struct node *n)
{
    struct eval *eval = reader->eval;
    const struct net *net = eval->net;
    uint32_t set = n->value.slots.bias_set;
    if (net_bias_inherits(net, reader->bias_set, set)) {
        name_slots(eval, reader->bias_set, n->value.slots.mask);
        return true;
    }
    const char *text = eval_source_text(eval, n->expr->span);
    const char *dot = strrchr(text, '.');
    const char *target = net->bias_sets.at[reader->bias_set].name;
    struct diag *diag = eval_report(eval, DIAG_E0505, n->expr->span,
                                    "slot `%s` belongs to bias `%s`, but the target uses `%s`",
                                    text, net->bias_sets.at[set].name, target);
    if (n->expr->kind == EXPR_DOT && dot) {
        const char *fix = arena_printf(eval->arena, "%s%s", target, dot);
        diag_help(eval->sink, diag, n->expr->span, fix, "write `%s`", fix);
    }
    return false;
}

/* The sums that a weight selects from. They are a graph, in which a `let` may stand many times, and
 * operands come before their users: one walk down finds them all, each once. */
static bool check_slots(struct term_reader *reader, uint32_t weight)
{
    const struct node *nodes = reader->code->nodes.at;
    bool *reached = ARENA_ARRAY(reader->code->arena, bool, weight + 1);
    bool ok = true;
    reached[weight] = true;
    for (uint32_t i = weight + 1; i-- > 0;)
        if (reached[i] && nodes[i].op == NODE_SELECT)
            reached[nodes[i].b] = reached[nodes[i].c] = true;
    for (uint32_t i = 0; i <= weight; i++)
        if (reached[i] && nodes[i].op != NODE_SELECT)
            ok = check_sum(reader, &nodes[i]) && ok;
    return ok;
}

static bool needs_unit(struct term_reader *reader, const struct expr *weight)
{
    struct eval *eval = reader->eval;
    const struct bias_set *set = &eval->net->bias_sets.at[reader->bias_set];
    reader->out->weight_unit_za = set->weight_unit_za;
    if (set->weight_unit_za > 0)
        return true;
    struct diag *diag =
        eval_report(eval, DIAG_E0203, weight->span,
                    "a weight without unit needs `weight.unit` in bias set `%s`", set->name);
    diag_note(eval->sink, diag, set->span, "`%s` is declared here", set->name);
    diag_help(eval->sink, diag, span_nowhere(), NULL,
              "give the weight in amperes, or add `weight.unit = 1 nA;` to `%s`", set->name);
    return false;
}

static bool read_weight(struct term_reader *reader, const struct arg *arg)
{
    struct eval *eval = reader->eval;
    if (!arg) {
        struct diag *diag = eval_report(eval, DIAG_E0221, reader->out->call->span,
                                        "`%s` needs a weight", reader->out->call->a->text);
        diag_help(eval->sink, diag, span_nowhere(), NULL,
                  "add `weight = SET.slot`, a current, or a number times `weight.unit`");
        return false;
    }
    reader->out->weight_expr = arg->value;
    uint32_t node = code_expr(reader->code, reader->pending->scope, arg->value);
    struct value weight = code_value(reader->code, node);
    reader->out->weight = node;
    if (weight.kind == VALUE_POISON)
        return false;
    if (weight.kind == VALUE_SLOTS)
        return check_slots(reader, node);
    if (weight.kind == VALUE_REAL && dimension_equal(weight.dim, DIM_CURRENT))
        return true;
    if (!value_is_number(&weight))
        return eval_wrong_type(eval, arg->value->span, "`weight`",
                               "a slot, a current or a plain number", &weight);
    reader->out->weight = code_widen(reader->code, node, DIM_NONE);
    return reader->out->weight != NODE_NONE && needs_unit(reader, arg->value);
}

static bool unknown_class(struct eval *eval, const struct expr *expr, const char *near)
{
    struct diag *diag = eval_report(eval, DIAG_E0201, expr->span, "unknown name `%s`", expr->text);
    diag_help(eval->sink, diag, expr->span, near, "did you mean `%s`?", near);
    return false;
}

static bool read_delay(struct term_reader *reader, const struct arg *arg)
{
    static const char *const words[] = {"none", "precise", "mismatched", "both"};
    uint32_t which;
    if (!arg)
        return true;
    reader->out->delay_expr = arg->value;
    if (expr_is_word(arg->value, words, 4, &which)) {
        reader->out->delay_named = true;
        reader->out->delay_class = (uint8_t)which; /* bit 0 precise, bit 1 mismatched */
        return true;
    }
    if (arg->value->kind == EXPR_NAME
        && !scope_find(reader->pending->scope, arg->value->text, arg->value->span)) {
        const char *near = diag_nearest(arg->value->text, words, 4);
        if (near)
            return unknown_class(reader->eval, arg->value, near);
    }
    uint32_t node = code_expr(reader->code, reader->pending->scope, arg->value);
    struct value delay = code_value(reader->code, node);
    if (delay.kind == VALUE_POISON)
        return false;
    if (!value_has_dim(&delay, DIM_TIME))
        return eval_wrong_type(reader->eval, arg->value->span, "`delay`",
                               "a time, none, precise, mismatched or both", &delay);
    reader->out->delay = code_widen(reader->code, node, DIM_TIME);
    return reader->out->delay != NODE_NONE;
}

static bool read_typed(struct term_reader *reader, const struct arg *arg, enum value_kind kind,
                       const char *subject, const char *expected, uint32_t *node)
{
    if (!arg)
        return true;
    *node = code_expr(reader->code, reader->pending->scope, arg->value);
    struct value value = code_value(reader->code, *node);
    if (value.kind == VALUE_POISON)
        return false;
    return value.kind == kind
           || eval_wrong_type(reader->eval, arg->value->span, subject, expected, &value);
}

static bool read_argument(struct term_reader *reader, enum term_arg which, const struct arg *arg)
{
    struct synapse *out = reader->out;
    switch (which) {
    case ARG_MASK:
        return read_mask(reader, arg);
    case ARG_WEIGHT:
        return read_weight(reader, arg);
    case ARG_DELAY:
        return read_delay(reader, arg);
    case ARG_STP:
        return read_typed(reader, arg, VALUE_BOOL, "`stp`", "on or off", &out->stp);
    case ARG_REPEAT:
        out->repeat_expr = arg ? arg->value : NULL;
        return read_typed(reader, arg, VALUE_INT, "`repeat`", "an int", &out->repeat);
    default:
        return !arg
               || eval_bool(reader->eval, reader->pending->scope, arg->value, "`share`",
                            &out->share);
    }
}

static bool synapse_kind(struct term_reader *reader, const struct expr *call)
{
    static const enum dendrite dendrites[] = {DENDRITE_AMPA, DENDRITE_GABA, DENDRITE_NMDA,
                                              DENDRITE_SHUNT};
    struct eval *eval = reader->eval;
    enum builtin builtin = call_builtin(reader->pending->scope, call);
    if (builtin >= BUILTIN_AMPA && builtin <= BUILTIN_SHUNT) {
        reader->out->dendrite = dendrites[builtin - BUILTIN_AMPA];
        return true;
    }
    struct diag *diag =
        eval_report(eval, DIAG_E0203, call->span, "a projection takes synapses, got `%s`",
                    eval_source_text(eval, call->span));
    const char *near = call->kind == EXPR_CALL && call->a->kind == EXPR_NAME
                           ? diag_nearest(call->a->text, dendrite_name, N_DENDRITES)
                           : NULL;
    if (near)
        diag_help(eval->sink, diag, call->a->span, near, "did you mean `%s`?", near);
    else
        diag_note(eval->sink, diag, span_nowhere(), "synapses are ampa, gaba, nmda and shunt");
    return false;
}

bool term_check(struct elab *elab, struct code *code, const struct pending *pending,
                const struct expr *call, struct synapse *out)
{
    static const struct arg_spec specs[N_TERM_ARGS] = {
        [ARG_MASK] = {"mask", false},     [ARG_WEIGHT] = {"weight", false},
        [ARG_DELAY] = {"delay", false},   [ARG_STP] = {"stp", false},
        [ARG_REPEAT] = {"repeat", false}, [ARG_SHARE] = {"share", false}};
    struct eval *eval = elab->eval;
    struct term_reader reader = {
        .elab = elab, .eval = eval, .code = code, .pending = pending, .out = out};
    const struct arg *arg[N_TERM_ARGS];
    *out = (struct synapse){.call = call,
                            .share = true,
                            .mask = NODE_NONE,
                            .weight = NODE_NONE,
                            .repeat = NODE_NONE,
                            .stp = NODE_NONE,
                            .delay = NODE_NONE};
    reader.bias_set = eval->net->populations.at[pending->post.object].bias_set;
    if (!synapse_kind(&reader, call)
        || !eval_match_args(eval, call->a->text, call->span, &call->args, specs, N_TERM_ARGS, 1,
                            arg))
        return false;
    bool ok = arg[ARG_WEIGHT] || read_weight(&reader, NULL);
    /* in the order of the text, so that dice are numbered as they are read */
    for (uint32_t i = 0; i < call->args.n; i++)
        for (uint32_t a = 0; a < N_TERM_ARGS; a++)
            if (arg[a] == &call->args.at[i])
                ok = read_argument(&reader, (enum term_arg)a, arg[a]) && ok;
    return ok;
}
