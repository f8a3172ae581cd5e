/* fan_in, fan_out and fixed_total: which pairs are drawn, for all pairs at once.
 *
 * Of the candidates of one target (source, all) the k with the smallest dice win, ties by position.
 * A bounded heap keeps the k best so far, its worst on top, so that memory follows what is drawn.
 */
#include "compiler/code.h"

#include "compiler/base/rng.h"

#include <string.h>

struct ticket { /* a candidate: order by die, then pre, then post */
    uint64_t die;
    uint32_t pre, post;
};

static bool ticket_less(const struct ticket *a, const struct ticket *b)
{
    if (a->die != b->die)
        return a->die < b->die;
    return a->pre != b->pre ? a->pre < b->pre : a->post < b->post;
}

struct winners { /* a heap with the worst on top */
    struct ticket *at;
    uint64_t n, most;
};

static void sift_down(struct winners *heap, uint64_t i)
{
    struct ticket moving = heap->at[i];
    for (;;) {
        uint64_t child = 2 * i + 1;
        if (child >= heap->n)
            break;
        if (child + 1 < heap->n && ticket_less(&heap->at[child], &heap->at[child + 1]))
            child++;
        if (!ticket_less(&moving, &heap->at[child]))
            break;
        heap->at[i] = heap->at[child];
        i = child;
    }
    heap->at[i] = moving;
}

static void enter(struct winners *heap, const struct ticket *ticket)
{
    if (heap->most == 0)
        return;
    if (heap->n == heap->most) {
        if (!ticket_less(ticket, &heap->at[0]))
            return;
        heap->at[0] = *ticket;
        sift_down(heap, 0);
        return;
    }
    uint64_t i = heap->n++;
    while (i > 0 && ticket_less(&heap->at[(i - 1) / 2], ticket)) {
        heap->at[i] = heap->at[(i - 1) / 2];
        i = (i - 1) / 2;
    }
    heap->at[i] = *ticket;
}

/* --- candidates --- */

struct drawing { /* one draw node at work */
    struct code *code;
    const struct node *node;
    struct plan plan; /* of the mask */
    enum axis axis;   /* along which candidates are read */
    struct winners winners;
};

bool draw_has(const struct code *code, const struct draw *draw, uint32_t pre, uint32_t post)
{
    uint64_t bit = (uint64_t)post * code->view[AXIS_PRE]->size + pre;
    return draw->bits[bit / 64] >> (bit % 64) & 1;
}

static void set_bit(const struct drawing *d, const struct ticket *ticket)
{
    uint64_t bit = (uint64_t)ticket->post * d->code->view[AXIS_PRE]->size + ticket->pre;
    d->node->draw->bits[bit / 64] |= UINT64_C(1) << (bit % 64);
}

/* Lets the candidates among some lanes take part. False if the mask has no value in one. */
static bool offer_lanes(struct drawing *d, const struct run *run, struct draw_state *state)
{
    struct operand mask = {NULL, NULL, 0};
    if (d->node->b != NODE_NONE) {
        code_run(d->code, &d->plan, run);
        mask = code_operand(d->code, d->node->b, run);
    }
    for (uint32_t i = 0; i < run->n; i++) {
        struct ticket ticket = {.pre = run->axis == AXIS_PRE ? run->at[i] : run->fixed,
                                .post = run->axis == AXIS_POST ? run->at[i] : run->fixed};
        if (mask.failed && mask.failed[i * mask.step]) {
            state->fault = DRAW_MASK_FAILED;
            state->pre = ticket.pre;
            state->post = ticket.post;
            return false;
        }
        if (mask.at && !mask.at[i * mask.step].i)
            continue;
        ticket.die = rng_mix(d->node->die[ticket.pre] ^ ticket.post) >> 11;
        state->offered++;
        enter(&d->winners, &ticket);
    }
    return true;
}

static bool offer_line(struct drawing *d, uint32_t fixed, struct draw_state *state)
{
    uint32_t at[CODE_LANES], size = d->code->view[d->axis]->size;
    struct run run = {.axis = d->axis, .fixed = fixed, .at = at, .consecutive = true};
    for (uint32_t first = 0; first < size; first += CODE_LANES) {
        for (run.n = 0; run.n < CODE_LANES && first + run.n < size; run.n++)
            at[run.n] = first + run.n;
        if (!offer_lanes(d, &run, state))
            return false;
    }
    return true;
}

/* --- drawing --- */

/* k of one line; a count that is too large is too few candidates and needs no heap of its size. */
static bool read_count(struct drawing *d, uint32_t fixed, uint64_t most, struct draw_state *state)
{
    const struct node *count = &d->code->nodes.at[d->node->a];
    const struct lanes *table = &d->code->tables[d->node->a];
    uint32_t at = count->pre || count->post ? fixed : 0;
    if (table->failed && table->failed[at]) {
        state->fault = DRAW_COUNT_FAILED;
        return false;
    }
    state->wanted = table->at[at].i;
    if (state->wanted < 0) {
        state->fault = DRAW_COUNT_NEGATIVE;
        return false;
    }
    uint64_t wanted = (uint64_t)state->wanted;
    d->winners.most = wanted < most ? wanted : most;
    d->winners.n = 0;
    return true;
}

static void award(struct drawing *d, struct draw_state *state)
{
    if (state->offered < (uint64_t)state->wanted) {
        state->fault = DRAW_TOO_FEW;
        return;
    }
    for (uint64_t i = 0; i < d->winners.n; i++)
        set_bit(d, &d->winners.at[i]);
}

static void draw_lines(struct drawing *d, uint32_t n_lines, uint32_t line)
{
    d->winners.at = ARENA_ARRAY(d->code->arena, struct ticket, line);
    for (uint32_t fixed = 0; fixed < n_lines; fixed++) {
        struct draw_state *state = &d->node->draw->state[fixed];
        if (read_count(d, fixed, line, state) && offer_line(d, fixed, state))
            award(d, state);
    }
}

static void draw_total(struct drawing *d, uint32_t n_pre, uint32_t n_post)
{
    struct draw_state *state = &d->node->draw->state[0];
    if (!read_count(d, 0, (uint64_t)n_pre * n_post, state))
        return;
    d->winners.at = ARENA_ARRAY(d->code->arena, struct ticket, d->winners.most);
    for (uint32_t post = 0; post < n_post; post++)
        if (!offer_line(d, post, state))
            return;
    award(d, state);
}

void code_draw(struct code *code, uint32_t node)
{
    struct arena *arena = code->arena;
    struct node *n = &code->nodes.at[node];
    uint32_t n_pre = code->view[AXIS_PRE]->size, n_post = code->view[AXIS_POST]->size;
    uint64_t n_pairs = (uint64_t)n_pre * n_post;
    uint32_t n_states = n->draw_kind == DRAW_FAN_IN    ? n_post
                        : n->draw_kind == DRAW_FAN_OUT ? n_pre
                                                       : 1;
    n->draw = ARENA_NEW(arena, struct draw);
    n->draw->bits = ARENA_ARRAY(arena, uint64_t, n_pairs / 64 + 1);
    n->draw->state = ARENA_ARRAY(arena, struct draw_state, n_states);
    struct drawing d = {
        .code = code, .node = n, .axis = n->draw_kind == DRAW_FAN_OUT ? AXIS_POST : AXIS_PRE};
    if (n->b != NODE_NONE)
        code_plan(code, &n->b, 1, &d.plan);
    if (n->draw_kind == DRAW_FIXED_TOTAL)
        draw_total(&d, n_pre, n_post);
    else
        draw_lines(&d, n_states, n->draw_kind == DRAW_FAN_IN ? n_pre : n_post);
}
