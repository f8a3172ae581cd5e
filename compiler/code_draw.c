/* fan_in, fan_out and fixed_total: which pairs are drawn, for all pairs at once.
 *
 * Of the candidates of one target (source, all) the k with the smallest dice win, ties by position.
 * A bounded heap keeps the k best so far, its worst on top, so that memory follows what is drawn.
 * Only candidates are read: pairs where the mask may hold (candidates.h).
 */
#include "compiler/candidates.h"

#include "compiler/base/rng.h"

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

struct ticket_vec VEC_OF(struct ticket);

struct drawing { /* one draw node at work */
    struct code *code;
    const struct node *node;
    struct plan plan; /* of the mask */
    struct candidates candidates;
    struct winners winners;
    struct ticket_vec drawn; /* of all lines */
    uint64_t most;           /* pairs that may be drawn */
};

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

static bool offer_line(struct drawing *d, uint32_t line, const uint32_t *at, uint32_t n,
                       struct draw_state *state)
{
    struct run run = {.axis = d->candidates.along, .fixed = line};
    for (uint32_t first = 0; first < n; first += CODE_LANES) {
        run.at = at + first;
        run.n = n - first < CODE_LANES ? n - first : CODE_LANES;
        run.consecutive = run_is_consecutive(run.at, run.n);
        if (!offer_lanes(d, &run, state))
            return false;
    }
    return true;
}

/* --- drawing --- */

/* k of one line; a count beyond the candidates needs no heap of its size. */
static bool read_count(struct drawing *d, uint32_t line, uint64_t candidates,
                       struct draw_state *state)
{
    const struct node *count = &d->code->nodes.at[d->node->a];
    const struct lanes *table = &d->code->tables[d->node->a];
    uint32_t at = count->pre || count->post ? line : 0;
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
    d->winners.most = wanted <= candidates ? wanted : 0;
    d->winners.n = 0;
    return true;
}

/* A draw keeps at most as many pairs as the network may have synapses. */
static bool within_limit(struct drawing *d, uint64_t more)
{
    if (more <= d->most - d->drawn.n)
        return true;
    return eval_limit(d->code->eval, d->node->expr->span, "pairs drawn in one call", d->most,
                      "edges");
}

static void award(struct drawing *d, struct draw_state *state)
{
    if (state->offered < (uint64_t)state->wanted) {
        state->fault = DRAW_TOO_FEW;
        return;
    }
    for (uint64_t i = 0; i < d->winners.n; i++)
        VEC_PUSH(d->code->arena, &d->drawn, d->winners.at[i]);
}

static bool draw_line(void *context, uint32_t line, const uint32_t *at, uint32_t n)
{
    struct drawing *d = context;
    struct draw_state *state = &d->node->draw->state[line];
    if (read_count(d, line, n, state)) {
        if (!within_limit(d, d->winners.most))
            return false;
        if (offer_line(d, line, at, n, state))
            award(d, state);
    }
    d->node->draw->any_fault = d->node->draw->any_fault || state->fault != DRAW_OK;
    return true;
}

static bool draw_lines(struct drawing *d)
{
    uint32_t line = d->code->view[d->candidates.along]->size;
    d->winners.at = ARENA_ARRAY(d->code->arena, struct ticket, line);
    return candidates_each(&d->candidates, draw_line, d);
}

static bool offer_to_all(void *context, uint32_t line, const uint32_t *at, uint32_t n)
{
    struct drawing *d = context;
    return offer_line(d, line, at, n, &d->node->draw->state[0]);
}

static bool draw_total(struct drawing *d)
{
    struct draw *draw = d->node->draw;
    if (read_count(d, 0, candidates_count(&d->candidates), &draw->state[0])) {
        if (!within_limit(d, d->winners.most))
            return false;
        d->winners.at = ARENA_ARRAY(d->code->arena, struct ticket, d->winners.most);
        if (candidates_each(&d->candidates, offer_to_all, d))
            award(d, &draw->state[0]);
    }
    draw->any_fault = draw->state[0].fault != DRAW_OK;
    return true;
}

/* Places of `n` keys below `size` in sorted order: at[key] is where its first one goes. */
static uint64_t *first_places(struct arena *arena, const struct ticket *tickets, uint32_t n,
                              uint32_t size, bool by_post)
{
    uint64_t *at = ARENA_ARRAY(arena, uint64_t, (size_t)size + 1);
    for (uint32_t i = 0; i < n; i++)
        at[(by_post ? tickets[i].post : tickets[i].pre) + 1]++;
    for (uint32_t key = 0; key < size; key++)
        at[key + 1] += at[key];
    return at;
}

/* Rows by post, each ascending in pre: sorted by counting, pre first. */
static void sort_drawn(struct drawing *d)
{
    struct arena *arena = d->code->arena;
    const struct ticket *drawn = d->drawn.at;
    uint32_t n = d->drawn.n, n_post = d->code->view[AXIS_POST]->size;
    uint64_t *next = first_places(arena, drawn, n, d->code->view[AXIS_PRE]->size, false);
    uint64_t *row = first_places(arena, drawn, n, n_post, true);
    uint32_t *by_pre = ARENA_ARRAY(arena, uint32_t, n), *pre = ARENA_ARRAY(arena, uint32_t, n);
    for (uint32_t i = 0; i < n; i++)
        by_pre[next[drawn[i].pre]++] = i;
    for (uint32_t i = 0; i < n; i++)
        pre[row[drawn[by_pre[i]].post]++] = drawn[by_pre[i]].pre;
    for (uint32_t post = n_post; post > 0; post--) /* each stands at the next row's first */
        row[post] = row[post - 1];
    row[0] = 0;
    d->node->draw->rows = (struct pair_rows){row, pre};
}

bool code_draw(struct code *code, uint32_t node)
{
    struct node *n = &code->nodes.at[node];
    struct drawing d = {.code = code, .node = n};
    enum axis lines = n->draw_kind == DRAW_FAN_OUT ? AXIS_PRE : AXIS_POST;
    uint64_t most = code->eval->limits.edges;
    bool total = n->draw_kind == DRAW_FIXED_TOTAL;
    if (n->b != NODE_NONE)
        code_plan(code, &n->b, 1, &d.plan);
    candidates_find(&d.candidates, code, n->b, lines);
    if (!candidates_charge(&d.candidates, n->expr->span, code_cost(code, &d.plan)))
        return false;
    n->draw = ARENA_NEW(code->arena, struct draw);
    n->draw->state =
        ARENA_ARRAY(code->arena, struct draw_state, total ? 1 : code->view[lines]->size);
    d.most = most < UINT32_MAX ? most : UINT32_MAX;
    if (!(total ? draw_total(&d) : draw_lines(&d)))
        return false;
    sort_drawn(&d);
    return true;
}
