/* From a term to its rows of edges.
 *
 * The meaning is the double loop over all pairs. What is visited is less: candidates.h.
 */
#include "compiler/elab_term.h"

#include "compiler/candidates.h"

#include <math.h>

struct expansion {
    struct elab *elab;
    struct eval *eval;
    struct code *code;
    const struct pending *pending;
    const struct synapse *synapse;
    struct plan mask_plan, attr_plan;
    uint64_t cost;       /* what a pair counts */
    bool mask_is_listed; /* the candidates are what the mask draws or lists */
    struct candidates candidates;
    struct row_writer *writer;
    bool same_attr;       /* weight, stp, delay and repeat do not depend on the pair */
    bool attr_known;      /* then: `attr` and `repeat` are read */
    struct syn_attr last; /* of the edge before */
    uint32_t attr;
    int64_t repeat;
    uint32_t passing[CODE_LANES];
};

static const struct node *node_at(const struct expansion *x, uint32_t node)
{
    return &x->code->nodes.at[node];
}

/* --- what an edge asks for --- */

struct edge_operands {
    struct operand weight, repeat, stp, delay;
};

static struct operand operand_or_none(struct expansion *x, uint32_t node, const struct run *run)
{
    if (node == NODE_NONE)
        return (struct operand){NULL, NULL, 0};
    return code_operand(x->code, node, run);
}

static bool lane_failed(struct expansion *x, const struct operand *operand, uint32_t node,
                        uint32_t i, uint32_t pre, uint32_t post)
{
    if (!operand->failed || !operand->failed[i * operand->step])
        return false;
    code_explain(x->code, node, pre, post);
    return true;
}

static bool bad_value(struct expansion *x, enum diag_code code, const struct expr *expr,
                      uint32_t pre, uint32_t post, const char *what)
{
    eval_report(x->eval, code, expr->span, "%s, at pre = %u, post = %u", what, pre, post);
    return false;
}

static bool read_weight(struct expansion *x, const struct operand *operand, uint32_t i,
                        uint32_t pre, uint32_t post, struct syn_attr *attr)
{
    const union lane lane = operand->at[i * operand->step];
    const struct node *node = node_at(x, x->synapse->weight);
    if (node->kind == VALUE_SLOTS) {
        attr->weight_kind = WEIGHT_SLOTS;
        attr->slots = (uint8_t)lane.i;
        return true;
    }
    int64_t unit = x->synapse->weight_unit_za;
    bool fits = unit > 0 ? multiple_to_za(lane.r, unit, &attr->weight_za)
                         : current_to_za(lane.r, &attr->weight_za);
    attr->weight_kind = WEIGHT_AMPERES;
    if (fits && attr->weight_za >= 1)
        return true;
    const char *amount =
        arena_printf(x->eval->arena, "weight is %.9g%s", lane.r, unit > 0 ? "" : " A");
    if (fits || lane.r < 0)
        return bad_value(x, DIAG_E0221, x->synapse->weight_expr, pre, post,
                         arena_printf(x->eval->arena, "%s%s; a weight is positive", amount,
                                      lane.r > 0 ? ", which rounds to 0 zA (1e-21 A)" : ""));
    return bad_value(x, DIAG_E0206, x->synapse->weight_expr, pre, post,
                     arena_printf(x->eval->arena, "%s, beyond 9.2 mA", amount));
}

static bool read_repeat(struct expansion *x, const struct operand *operand, uint32_t i,
                        uint32_t pre, uint32_t post, int64_t *repeat)
{
    *repeat = operand->at ? operand->at[i * operand->step].i : 1;
    if (*repeat >= 0)
        return true;
    return bad_value(
        x, DIAG_E0222, x->synapse->repeat_expr, pre, post,
        arena_printf(x->eval->arena, "repeat is %lld; it is 0 or more", (long long)*repeat));
}

static bool read_delay(struct expansion *x, const struct operand *operand, uint32_t i, uint32_t pre,
                       uint32_t post, struct syn_attr *attr)
{
    if (x->synapse->delay_named) {
        attr->delay_kind = DELAY_CLASS;
        attr->delay_class = x->synapse->delay_class;
        return true;
    }
    attr->delay_kind = DELAY_OMITTED;
    if (!operand->at)
        return true;
    double seconds = operand->at[i * operand->step].r;
    int64_t ps;
    if (!time_to_ps(seconds, &ps) || ps < 0)
        return bad_value(
            x, DIAG_E0205, x->synapse->delay_expr, pre, post,
            arena_printf(x->eval->arena, "delay is %.9g s; allowed are 0 s to 9.2e6 s", seconds));
    attr->delay_ps = ps;
    attr->delay_kind = ps > 0 ? DELAY_TIME : DELAY_OMITTED;
    return true;
}

static bool same_attr(const struct syn_attr *a, const struct syn_attr *b)
{
    return a->weight_za == b->weight_za && a->slots == b->slots && a->delay_ps == b->delay_ps
           && a->stp == b->stp && a->weight_kind == b->weight_kind;
}

/* Reads lane i of the operands into x->attr and x->repeat. */
static bool read_edge(struct expansion *x, const struct edge_operands *from, uint32_t i,
                      uint32_t pre, uint32_t post)
{
    const struct synapse *synapse = x->synapse;
    struct syn_attr attr = {.dendrite = (uint8_t)synapse->dendrite, .share = synapse->share};
    if (lane_failed(x, &from->weight, synapse->weight, i, pre, post)
        || lane_failed(x, &from->repeat, synapse->repeat, i, pre, post)
        || lane_failed(x, &from->stp, synapse->stp, i, pre, post)
        || lane_failed(x, &from->delay, synapse->delay, i, pre, post))
        return false;
    attr.stp = from->stp.at && from->stp.at[i * from->stp.step].i != 0;
    if (!read_weight(x, &from->weight, i, pre, post, &attr)
        || !read_repeat(x, &from->repeat, i, pre, post, &x->repeat)
        || !read_delay(x, &from->delay, i, pre, post, &attr))
        return false;
    if (!x->attr_known || !same_attr(&attr, &x->last))
        x->attr = attr_intern(x->elab, &attr);
    x->last = attr;
    x->attr_known = true;
    return true;
}

static struct edge_operands edge_operands(struct expansion *x, const struct run *run)
{
    return (struct edge_operands){.weight = operand_or_none(x, x->synapse->weight, run),
                                  .repeat = operand_or_none(x, x->synapse->repeat, run),
                                  .stp = operand_or_none(x, x->synapse->stp, run),
                                  .delay = operand_or_none(x, x->synapse->delay, run)};
}

/* --- edges --- */

static bool charge_edges(struct expansion *x, unsigned __int128 n)
{
    uint64_t limit = x->eval->limits.edges;
    if (n <= limit - x->elab->n_edges) {
        x->elab->n_edges += (uint64_t)n;
        return true;
    }
    struct diag *diag =
        eval_report(x->eval, DIAG_E0225, x->synapse->call->span,
                    "the network has more than %llu synapses", (unsigned long long)limit);
    diag_note(x->eval->sink, diag, span_nowhere(), "the limit is `--limit edges=%llu`",
              (unsigned long long)limit);
    x->eval->private->stopped = true;
    return false;
}

static bool emit_lanes(struct expansion *x, const struct run *run)
{
    struct edge_operands from;
    bool known = x->same_attr && x->attr_known;
    if (!known) {
        code_run(x->code, &x->attr_plan, run);
        from = edge_operands(x, run);
    }
    for (uint32_t i = 0; i < run->n; i++) {
        if (!(x->same_attr && x->attr_known) && !read_edge(x, &from, i, run->at[i], run->fixed))
            return false;
        if (x->repeat == 0)
            continue;
        if (!charge_edges(x, (uint64_t)x->repeat))
            return false;
        row_writer_edge(x->writer, run->fixed, run->at[i], x->attr, (uint32_t)x->repeat);
    }
    return true;
}

/* Lanes of a run that become edges; the rest of the run waits. */
static bool emit_some(struct expansion *x, const struct run *run, const uint32_t *at, uint32_t n)
{
    struct run some = *run;
    if (n == 0)
        return true;
    some.at = at;
    some.n = n;
    some.consecutive = run_is_consecutive(at, n);
    return emit_lanes(x, &some);
}

/* One stretch of candidates: those where the mask holds become edges. What comes before a pair
 * without value is read first: its errors are earlier. */
static bool expand_lanes(struct expansion *x, const struct run *run)
{
    uint32_t mask_node = x->synapse->mask, passing = 0;
    if (mask_node == NODE_NONE || x->mask_is_listed)
        return emit_lanes(x, run);
    code_run(x->code, &x->mask_plan, run);
    struct operand mask = code_operand(x->code, mask_node, run);
    for (uint32_t i = 0; i < run->n; i++) {
        if (mask.failed && mask.failed[i * mask.step]) {
            if (emit_some(x, run, x->passing, passing))
                code_explain(x->code, mask_node, run->at[i], run->fixed);
            return false;
        }
        if (mask.at[i * mask.step].i)
            x->passing[passing++] = run->at[i];
    }
    return emit_some(x, run, x->passing, passing);
}

static bool expand_row(void *context, uint32_t post, const uint32_t *at, uint32_t n)
{
    struct run run = {.axis = AXIS_PRE, .fixed = post};
    for (uint32_t first = 0; first < n; first += CODE_LANES) {
        run.at = at + first;
        run.n = n - first < CODE_LANES ? n - first : CODE_LANES;
        run.consecutive = run_is_consecutive(run.at, run.n);
        if (!expand_lanes(context, &run))
            return false;
    }
    return true;
}

static bool constant_or_none(const struct expansion *x, uint32_t node)
{
    return node == NODE_NONE || (!node_at(x, node)->pre && !node_at(x, node)->post);
}

static bool mask_is_all(const struct expansion *x)
{
    uint32_t mask = x->synapse->mask;
    return mask == NODE_NONE
           || (node_at(x, mask)->op == NODE_CONST && node_at(x, mask)->value.boolean);
}

/* Every pair once, with one attribute: described, not visited. */
static bool expand_all(struct expansion *x, struct term *term, bool *done)
{
    uint32_t zero = 0;
    struct run run = {.axis = AXIS_PRE, .fixed = 0, .at = &zero, .n = 1, .consecutive = true};
    *done = false;
    if (!mask_is_all(x) || !x->same_attr)
        return true;
    const struct edge_operands from = edge_operands(x, &run);
    if (!read_edge(x, &from, 0, 0, 0))
        return false;
    if (x->repeat != 1)
        return true;
    term->all = *done = true;
    term->attr = x->attr;
    term->n_edges = (uint64_t)x->pending->pre.size * x->pending->post.size;
    return charge_edges(x, term->n_edges);
}

static void make_plans(struct expansion *x)
{
    const struct synapse *synapse = x->synapse;
    const uint32_t attrs[] = {synapse->weight, synapse->repeat, synapse->stp, synapse->delay};
    code_plan(x->code, &synapse->mask, 1, &x->mask_plan);
    code_plan(x->code, attrs, sizeof attrs / sizeof attrs[0], &x->attr_plan);
    x->cost = code_cost(x->code, &x->mask_plan) + code_cost(x->code, &x->attr_plan) - 1;
    x->same_attr = true;
    for (size_t i = 0; i < sizeof attrs / sizeof attrs[0]; i++)
        x->same_attr = x->same_attr && constant_or_none(x, attrs[i]);
}

static bool expand_rows(struct expansion *x, struct term *term)
{
    struct candidates candidates;
    uint32_t mask = x->synapse->mask;
    candidates_find(&candidates, x->code, mask, AXIS_POST);
    if (!candidates_charge(&candidates, x->synapse->call->span, x->cost))
        return false;
    x->mask_is_listed =
        mask != NODE_NONE && candidates.listed
        && (node_at(x, mask)->op == NODE_DRAW || node_at(x, mask)->op == NODE_PAIRS);
    x->writer = row_writer_new(x->eval->arena);
    if (!candidates_each(&candidates, expand_row, x))
        return false;
    row_writer_finish(x->writer, term);
    return true;
}

/* Remembers a mask that a bound on the number of sources may replace. */
static void note_draw(struct expansion *x)
{
    struct net *net = x->eval->net;
    const struct expr *mask = x->synapse->mask_expr;
    if (mask && mask->kind == EXPR_CALL && mask->args.n == 1
        && call_builtin(x->pending->scope, mask) == BUILTIN_RANDOM)
        VEC_PUSH(
            x->eval->arena, &net->draws,
            (struct term_draw){net->terms.n, mask->span, eval_source_text(x->eval, mask->span)});
}

bool term_expand(struct elab *elab, struct code *code, const struct pending *pending,
                 uint32_t projection, const struct synapse *synapse)
{
    struct expansion x = {
        .elab = elab, .eval = elab->eval, .code = code, .pending = pending, .synapse = synapse};
    struct term term = {.projection = projection,
                        .dendrite = (uint8_t)synapse->dendrite,
                        .span = synapse->call->span};
    bool done;
    make_plans(&x);
    if (!expand_all(&x, &term, &done))
        return false;
    if (!done && !expand_rows(&x, &term))
        return false;
    note_draw(&x);
    VEC_PUSH(elab->eval->arena, &elab->eval->net->terms, term);
    return true;
}
