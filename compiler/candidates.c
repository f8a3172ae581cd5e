/* Candidates from the form of a mask.
 *
 * The mask is a chain of `and`. Parts that depend on one side alone decide whole lines, or columns
 * of all lines; one part that equates something of pre with something of post (`pre % 4 == post`),
 * or lists pairs, names the candidates of every line. Only parts that cannot fail are used so, and
 * only those before the first that can: then no error that the double loop would meet is missed.
 * What is left is bounded over boxes (candidates_box.c), which minds failures by itself.
 */
#include "compiler/candidates.h"

#include <stdlib.h>

enum { SHORT_LIST = 16 }; /* candidates per line that need no boxes */

static const struct node *node_at(const struct candidates *c, uint32_t node)
{
    return &c->code->nodes.at[node];
}

static bool depends(const struct node *node, enum axis axis)
{
    return axis == AXIS_PRE ? node->pre : node->post;
}

/* --- parts of the mask --- */

static bool is_equation(const struct candidates *c, const struct node *part)
{
    if (part->op != NODE_COMPARE || part->binary != OP_EQ)
        return false;
    const struct node *a = node_at(c, part->a), *b = node_at(c, part->b);
    return a->kind == VALUE_INT && a->pre != a->post && b->pre != b->post && a->pre == b->post;
}

/* A draw fails only where its state says so. */
static bool may_fail(const struct node *node)
{
    return node->op == NODE_DRAW ? node->draw->any_fault : node->fails;
}

static void take_joint_part(struct candidates *c, uint32_t part)
{
    const struct node *node = node_at(c, part);
    if (c->equation != NODE_NONE || c->listed)
        return;
    if (is_equation(c, node))
        c->equation = part;
    else if (c->lines == AXIS_POST && node->op == NODE_PAIRS)
        c->listed = node->rows;
    else if (c->lines == AXIS_POST && node->op == NODE_DRAW)
        c->listed = &node->draw->rows;
}

/* Takes one part of the chain; false if later parts may not be used. */
static bool take_part(struct candidates *c, uint32_t part)
{
    const struct node *node = node_at(c, part);
    if (may_fail(node))
        return false;
    bool line = depends(node, c->lines), along = depends(node, c->along);
    if (node->op == NODE_CONST)
        c->none = c->none || !node->value.boolean;
    else if (line && along)
        take_joint_part(c, part);
    else if (along && c->n_along_parts < CANDIDATE_PARTS)
        c->along_part[c->n_along_parts++] = part;
    else if (line && c->n_line_parts < CANDIDATE_PARTS)
        c->line_part[c->n_line_parts++] = part;
    return true;
}

/* Takes the parts from left to right, up to the first that may fail. A part that a `let` mentions
 * many times is one node and is taken once. */
static void take_parts(struct candidates *c)
{
    struct arena *arena = c->code->arena;
    uint32_t n_waiting = 0;
    bool *taken = ARENA_ARRAY(arena, bool, c->mask + 1);
    uint32_t *waiting = ARENA_ARRAY(arena, uint32_t, (size_t)c->mask + 2); /* an `and` adds one */
    waiting[n_waiting++] = c->mask;
    while (n_waiting > 0) {
        uint32_t at = waiting[--n_waiting];
        const struct node *node = node_at(c, at);
        if (taken[at])
            continue;
        taken[at] = true;
        if (node->op == NODE_AND) {
            waiting[n_waiting++] = node->b;
            waiting[n_waiting++] = node->a;
        } else if (!take_part(c, at)) {
            return;
        }
    }
}

static bool parts_hold(const struct candidates *c, const uint32_t *parts, uint32_t n, uint32_t at)
{
    for (uint32_t i = 0; i < n; i++)
        if (!c->code->tables[parts[i]].at[at].i)
            return false;
    return true;
}

/* --- the equation --- */

static int by_key_and_position(const void *a, const void *b)
{
    const struct key_lane *x = a, *y = b;
    if (x->key != y->key)
        return x->key < y->key ? -1 : 1;
    return x->at < y->at ? -1 : x->at > y->at;
}

static void sort_by_key(struct candidates *c)
{
    const struct node *equation = node_at(c, c->equation);
    bool a_is_along = depends(node_at(c, equation->a), c->along);
    const struct lanes *keys = &c->code->tables[a_is_along ? equation->a : equation->b];
    bool sorted = true;
    c->key_node = a_is_along ? equation->b : equation->a;
    c->keys = ARENA_ARRAY(c->code->arena, struct key_lane, c->n_all);
    c->by_key = ARENA_ARRAY(c->code->arena, uint32_t, c->n_all);
    for (uint32_t i = 0; i < c->n_all; i++) {
        c->keys[i] = (struct key_lane){keys->at[c->all[i]].i, c->all[i]};
        sorted = sorted && (i == 0 || c->keys[i - 1].key <= c->keys[i].key);
    }
    if (!sorted)
        qsort(c->keys, c->n_all, sizeof c->keys[0], by_key_and_position);
    for (uint32_t i = 0; i < c->n_all; i++)
        c->by_key[i] = c->keys[i].at;
}

static uint32_t first_key(const struct candidates *c, int64_t key)
{
    uint32_t lo = 0, hi = c->n_all;
    while (lo < hi) {
        uint32_t mid = lo + (hi - lo) / 2;
        if (c->keys[mid].key < key)
            lo = mid + 1;
        else
            hi = mid;
    }
    return lo;
}

/* --- lines --- */

static const uint32_t *equal_keys(const struct candidates *c, uint32_t line, uint32_t *n)
{
    int64_t key = c->code->tables[c->key_node].at[line].i;
    uint32_t first = first_key(c, key);
    *n = (key == INT64_MAX ? c->n_all : first_key(c, key + 1)) - first;
    return c->by_key + first;
}

/* The candidates of a line by its parts; *named if fewer than all that pass. */
static const uint32_t *line_by_parts(const struct candidates *c, uint32_t line, uint32_t *n,
                                     bool *named)
{
    *n = 0;
    *named = true;
    if (c->none || !parts_hold(c, c->line_part, c->n_line_parts, line))
        return NULL;
    if (c->listed) {
        *n = (uint32_t)(c->listed->row[line + 1] - c->listed->row[line]);
        return c->listed->pre + c->listed->row[line];
    }
    if (c->equation != NODE_NONE)
        return equal_keys(c, line, n);
    *named = false;
    *n = c->n_all;
    return c->all;
}

struct handing { /* out the shorter list of parts and boxes */
    struct candidates *c;
    candidates_visit *visit;
    void *context;
};

static bool hand_out(void *context, uint32_t line, const uint32_t *at, uint32_t n)
{
    struct handing *h = context;
    struct candidates *c = h->c;
    bool named;
    uint32_t n_parts;
    const uint32_t *parts = line_by_parts(c, line, &n_parts, &named);
    if (!c->boxes || (named && n_parts <= n)) {
        at = parts;
        n = n_parts;
    }
    c->code->eval->private->pairs += n * c->cost;
    return h->visit(h->context, line, at, n);
}

bool candidates_each(struct candidates *c, candidates_visit *visit, void *context)
{
    struct handing handing = {c, visit, context};
    if (c->boxes)
        return boxes_each(c->boxes, hand_out, &handing);
    for (uint32_t line = 0; line < c->code->view[c->lines]->size; line++)
        if (!hand_out(&handing, line, NULL, 0))
            return false;
    return true;
}

/* --- finding --- */

static void pass_positions(struct candidates *c)
{
    uint32_t size = c->code->view[c->along]->size;
    c->all = ARENA_ARRAY(c->code->arena, uint32_t, size);
    if (c->n_along_parts > 0)
        c->passes = ARENA_ARRAY(c->code->arena, bool, size);
    for (uint32_t at = 0; at < size; at++) {
        bool holds = parts_hold(c, c->along_part, c->n_along_parts, at);
        if (c->passes)
            c->passes[at] = holds;
        if (holds)
            c->all[c->n_all++] = at;
    }
}

/* Whether the parts name few candidates already. */
static bool names_few(const struct candidates *c)
{
    uint64_t total = 0, lines = c->code->view[c->lines]->size;
    if (c->mask == NODE_NONE || c->none || c->n_all == 0)
        return true;
    for (uint32_t line = 0; line < lines; line++) {
        uint32_t n;
        bool named;
        line_by_parts(c, line, &n, &named);
        total += n;
    }
    return total <= lines * SHORT_LIST;
}

void candidates_find(struct candidates *c, struct code *code, uint32_t mask, enum axis lines)
{
    *c = (struct candidates){.code = code,
                             .mask = mask,
                             .lines = lines,
                             .along = lines == AXIS_POST ? AXIS_PRE : AXIS_POST,
                             .equation = NODE_NONE};
    code->steps += (uint64_t)code->view[AXIS_PRE]->size + code->view[AXIS_POST]->size;
    if (mask != NODE_NONE)
        take_parts(c);
    pass_positions(c);
    if (c->equation != NODE_NONE)
        sort_by_key(c);
    if (!names_few(c))
        c->boxes = boxes_find(c);
}

/* --- limits --- */

static bool add_to(void *context, uint32_t line, const uint32_t *at, uint32_t n)
{
    uint64_t *sum = context;
    (void)line;
    (void)at;
    *sum += n;
    return true;
}

uint64_t candidates_count(struct candidates *c)
{
    uint64_t n = 0, cost = c->cost; /* n: two positions of 32 bits */
    c->cost = 0;
    candidates_each(c, add_to, &n);
    c->cost = cost;
    return n;
}

static uint64_t most_dice(const struct code *code)
{
    uint32_t chips = code->eval->net->chips;
    return (uint64_t)CODE_DICE_PAIRS * (chips > CODE_DICE_CHIPS ? chips : CODE_DICE_CHIPS);
}

static bool dice_allowed(struct code *code, uint64_t n)
{
    struct eval *eval = code->eval;
    uint64_t most = most_dice(code);
    if (!code->dice || n <= most)
        return true;
    struct diag *diag = eval_report(eval, DIAG_E0225, code->first_die,
                                    "dice over %llu pairs; a projection that rolls dice has at "
                                    "most %llu",
                                    (unsigned long long)n, (unsigned long long)most);
    diag_help(eval->sink, diag, span_nowhere(), NULL,
              "connect smaller views, a block at a time, or restrict the dice to what is near: "
              "`dist(pre, post) <= 3 and random(0.1)`, `fan_in(8, dist(pre, post) <= 3)`");
    return false;
}

bool candidates_charge(struct candidates *c, struct span span, uint64_t cost)
{
    struct code *code = c->code;
    struct eval *eval = code->eval;
    uint64_t left = eval->limits.pairs - eval->private->pairs;
    uint64_t all = (uint64_t)c->n_all * code->view[c->lines]->size;
    if ((!code->dice || all <= most_dice(code)) && (unsigned __int128)all * cost <= left) {
        c->cost = cost;
        return true;
    }
    uint64_t n = candidates_count(c);
    return dice_allowed(code, n) && eval_charge_pairs(eval, span, (unsigned __int128)n * cost);
}
