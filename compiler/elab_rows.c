/* From a term to its rows of edges.
 *
 * The meaning is the double loop over all pairs. What is visited is less: the mask is a chain of
 * `and`; parts that depend on one side alone decide whole rows or whole columns, and one part that
 * equates something of pre with something of post (`pre == post + 1`, `pre // 16 == post // 16`),
 * or lists pairs, names the candidates of every target. Only parts that cannot fail are used so,
 * and only those before the first that can: then no error that the double loop would meet is
 * missed.
 */
#include "compiler/elab_term.h"

#include <math.h>
#include <stdlib.h>

enum { MAX_PARTS = 64 };

struct key_lane { /* a source and its key in the equation */
    int64_t key;
    uint32_t pre;
};

struct candidates {
    bool none;                     /* a constant part is off */
    uint32_t row_part[MAX_PARTS];  /* depend on post alone */
    uint32_t lane_part[MAX_PARTS]; /* depend on pre alone */
    uint32_t n_row_parts, n_lane_parts;
    uint32_t equation, listed; /* nodes, NODE_NONE without */
    uint32_t key_node;         /* of the equation: the side of post */
    struct key_lane *keys;     /* sorted */
    uint32_t *lanes;           /* sources that pass their parts, or in order of keys */
    uint32_t n_lanes;
};

struct expansion {
    struct elab *elab;
    struct eval *eval;
    struct code *code;
    const struct pending *pending;
    const struct synapse *synapse;
    struct plan mask_plan, attr_plan;
    uint64_t cost; /* what a pair counts */
    struct candidates candidates;
    struct row_writer *writer;
    bool same_attr;       /* weight, stp, delay and repeat do not depend on the pair */
    bool attr_known;      /* then: `attr` and `repeat` are read */
    struct syn_attr last; /* of the edge before */
    uint32_t attr;
    int64_t repeat;
    uint32_t passing[CODE_LANES];
};

/* --- which pairs to visit --- */

static const struct node *node_at(const struct expansion *x, uint32_t node)
{
    return &x->code->nodes.at[node];
}

static bool is_equation(const struct expansion *x, const struct node *part)
{
    if (part->op != NODE_COMPARE || part->binary != OP_EQ)
        return false;
    const struct node *a = node_at(x, part->a), *b = node_at(x, part->b);
    return a->kind == VALUE_INT && a->pre != a->post && b->pre != b->post && a->pre == b->post;
}

/* Takes one part of the chain; false if later parts may not be used. */
static bool take_part(struct expansion *x, uint32_t part)
{
    struct candidates *c = &x->candidates;
    const struct node *node = node_at(x, part);
    if (node->fails)
        return false;
    if (node->op == NODE_CONST)
        c->none = c->none || !node->value.boolean;
    else if (node->pre && node->post && c->equation == NODE_NONE && c->listed == NODE_NONE) {
        if (is_equation(x, node))
            c->equation = part;
        else if (node->op == NODE_PAIRS)
            c->listed = part;
    } else if (node->pre && !node->post && c->n_lane_parts < MAX_PARTS)
        c->lane_part[c->n_lane_parts++] = part;
    else if (node->post && !node->pre && c->n_row_parts < MAX_PARTS)
        c->row_part[c->n_row_parts++] = part;
    return true;
}

/* Takes the parts from left to right, up to the first that may fail. A part that a `let` mentions
 * many times is one node and is taken once. */
static void take_parts(struct expansion *x)
{
    struct arena *arena = x->code->arena;
    uint32_t n = x->code->nodes.n, n_waiting = 0;
    bool *taken = ARENA_ARRAY(arena, bool, n);
    uint32_t *waiting = ARENA_ARRAY(arena, uint32_t, (size_t)n + 1); /* an `and` adds one */
    waiting[n_waiting++] = x->synapse->mask;
    while (n_waiting > 0) {
        uint32_t at = waiting[--n_waiting];
        const struct node *node = node_at(x, at);
        if (taken[at])
            continue;
        taken[at] = true;
        if (node->op == NODE_AND) {
            waiting[n_waiting++] = node->b;
            waiting[n_waiting++] = node->a;
        } else if (!take_part(x, at)) {
            return;
        }
    }
}

static bool table_holds(const struct expansion *x, uint32_t node, uint32_t position)
{
    return x->code->tables[node].at[position].i != 0;
}

static bool lane_passes(const struct expansion *x, uint32_t pre)
{
    for (uint32_t i = 0; i < x->candidates.n_lane_parts; i++)
        if (!table_holds(x, x->candidates.lane_part[i], pre))
            return false;
    return true;
}

static bool row_passes(const struct expansion *x, uint32_t post)
{
    for (uint32_t i = 0; i < x->candidates.n_row_parts; i++)
        if (!table_holds(x, x->candidates.row_part[i], post))
            return false;
    return true;
}

static int by_key_and_pre(const void *a, const void *b)
{
    const struct key_lane *x = a, *y = b;
    if (x->key != y->key)
        return x->key < y->key ? -1 : 1;
    return x->pre < y->pre ? -1 : x->pre > y->pre;
}

static void sort_by_key(struct expansion *x)
{
    struct candidates *c = &x->candidates;
    const struct node *equation = node_at(x, c->equation);
    bool a_is_pre = node_at(x, equation->a)->pre;
    const struct lanes *keys = &x->code->tables[a_is_pre ? equation->a : equation->b];
    c->key_node = a_is_pre ? equation->b : equation->a;
    c->keys = ARENA_ARRAY(x->code->arena, struct key_lane, c->n_lanes);
    for (uint32_t i = 0; i < c->n_lanes; i++)
        c->keys[i] = (struct key_lane){keys->at[c->lanes[i]].i, c->lanes[i]};
    if (c->n_lanes > 1)
        qsort(c->keys, c->n_lanes, sizeof c->keys[0], by_key_and_pre);
    for (uint32_t i = 0; i < c->n_lanes; i++)
        c->lanes[i] = c->keys[i].pre;
}

static void find_candidates(struct expansion *x)
{
    struct candidates *c = &x->candidates;
    uint32_t n_pre = x->pending->pre.size;
    c->equation = c->listed = NODE_NONE;
    if (x->synapse->mask != NODE_NONE)
        take_parts(x);
    c->lanes = ARENA_ARRAY(x->code->arena, uint32_t, n_pre);
    for (uint32_t pre = 0; pre < n_pre; pre++)
        if (lane_passes(x, pre))
            c->lanes[c->n_lanes++] = pre;
    if (c->equation != NODE_NONE)
        sort_by_key(x);
}

static uint32_t first_key(const struct candidates *c, int64_t key)
{
    uint32_t lo = 0, hi = c->n_lanes;
    while (lo < hi) {
        uint32_t mid = lo + (hi - lo) / 2;
        if (c->keys[mid].key < key)
            lo = mid + 1;
        else
            hi = mid;
    }
    return lo;
}

/* The sources to visit for one target, ascending. */
static const uint32_t *row_candidates(const struct expansion *x, uint32_t post, uint32_t *n)
{
    const struct candidates *c = &x->candidates;
    *n = 0;
    if (c->none || !row_passes(x, post))
        return NULL;
    if (c->listed != NODE_NONE) {
        const struct pair_rows *rows = node_at(x, c->listed)->rows;
        *n = (uint32_t)(rows->row[post + 1] - rows->row[post]);
        return rows->pre + rows->row[post];
    }
    if (c->equation == NODE_NONE) {
        *n = c->n_lanes;
        return c->lanes;
    }
    int64_t key = x->code->tables[c->key_node].at[post].i;
    uint32_t first = first_key(c, key), end = first;
    while (end < c->n_lanes && c->keys[end].key == key)
        end++;
    *n = end - first;
    return c->lanes + first;
}

static bool charge_pairs(struct expansion *x)
{
    unsigned __int128 n = 0;
    uint32_t row;
    for (uint32_t post = 0; post < x->pending->post.size; post++) {
        row_candidates(x, post, &row);
        n += row;
    }
    return elab_charge_pairs(x->elab, x->synapse->call->span, n * x->cost);
}

bool elab_charge_pairs(struct elab *elab, struct span span, unsigned __int128 n)
{
    struct eval *eval = elab->eval;
    uint64_t limit = eval->limits.pairs;
    if (n <= limit - elab->n_pairs) {
        elab->n_pairs += (uint64_t)n;
        return true;
    }
    struct diag *diag =
        eval_report(eval, DIAG_E0225, span, "the masks evaluate more than %llu pairs in all",
                    (unsigned long long)limit);
    diag_note(eval->sink, diag, span_nowhere(), "the limit is `--limit pairs=%llu`",
              (unsigned long long)limit);
    diag_help(eval->sink, diag, span_nowhere(), NULL,
              "connect smaller views, or start the mask with an equation of `pre` and `post`: "
              "then only the pairs that fulfil it are visited");
    eval->private->stopped = true;
    return false;
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
                         arena_printf(x->eval->arena, "%s; a weight is positive", amount));
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

static bool is_consecutive(const uint32_t *at, uint32_t n)
{
    return at[n - 1] - at[0] == n - 1; /* ascending */
}

/* One stretch of candidates: those where the mask holds become edges. */
static bool expand_lanes(struct expansion *x, uint32_t post, const uint32_t *at, uint32_t n)
{
    struct run run = {
        .axis = AXIS_PRE, .fixed = post, .at = at, .n = n, .consecutive = is_consecutive(at, n)};
    uint32_t mask_node = x->synapse->mask;
    if (mask_node == NODE_NONE)
        return emit_lanes(x, &run);
    code_run(x->code, &x->mask_plan, &run);
    struct operand mask = code_operand(x->code, mask_node, &run);
    uint32_t passing = 0;
    for (uint32_t i = 0; i < n; i++) {
        if (lane_failed(x, &mask, mask_node, i, at[i], post))
            return false;
        if (mask.at[i * mask.step].i)
            x->passing[passing++] = at[i];
    }
    if (passing == 0)
        return true;
    run.at = x->passing;
    run.n = passing;
    run.consecutive = is_consecutive(x->passing, passing);
    return emit_lanes(x, &run);
}

static bool expand_rows(struct expansion *x)
{
    for (uint32_t post = 0; post < x->pending->post.size; post++) {
        uint32_t n;
        const uint32_t *at = row_candidates(x, post, &n);
        for (uint32_t first = 0; first < n; first += CODE_LANES) {
            uint32_t chunk = n - first < CODE_LANES ? n - first : CODE_LANES;
            if (!expand_lanes(x, post, at + first, chunk))
                return false;
        }
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
    if (!done) {
        find_candidates(&x);
        x.writer = row_writer_new(elab->eval->arena);
        if (!charge_pairs(&x) || !expand_rows(&x))
            return false;
        row_writer_finish(x.writer, &term);
    }
    VEC_PUSH(elab->eval->arena, &elab->eval->net->terms, term);
    return true;
}
