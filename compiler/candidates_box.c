/* Candidates from bounds: where over a box of pre and a box of post the mask can neither hold nor
 * fail, no pair of theirs is visited.
 *
 * The lines are halved, outermost dimension first, so that the parts stand in order; each part
 * takes over the boxes that were left to the whole and cuts off what its own bounds rule out. Boxes
 * are shaved from both ends of every dimension, and once few lines remain the large ones are split,
 * so that a band around a ring falls into its two ends. A handful of lines then shares one list.
 */
#include "compiler/candidates.h"

#include <stdlib.h>

enum {
    MOST_BOXES = 32,    /* left to one part of the lines */
    LEAF_LINES = 8,     /* share a list */
    SPLIT_LINES = 64,   /* from here on boxes are split */
    SPLIT_VOLUME = 128, /* not worth splitting */
    LEAST_LINE = 64,    /* positions on a line that are worth a search */
    LEAST_PAIRS = 1 << 14,
    SHAVING = 8, /* a slab thinner than this part of the box is left on */
    PROBES = 5,
    WORK_PER_LINE = 2000 /* nodes bounded per line; then the boxes stay as they are */
};

struct box { /* inclusive ranges of the coordinates of a view, outermost first */
    uint32_t lo[NET_MAX_DIMS], hi[NET_MAX_DIMS];
};
struct box_list {
    struct box at[MOST_BOXES];
    uint32_t n;
};
struct row { /* of a box: consecutive positions */
    uint32_t first, n;
};

struct boxes {
    struct candidates *c;
    const struct view *lines, *along;
    struct plan still, moving; /* nodes without and with the positions along the line */
    struct reach *reach;       /* per node */
    struct stretch at[N_AXES];
    uint64_t work, most_work;
    struct row *rows;
    uint32_t *positions;
};

/* --- geometry --- */

static struct box whole_box(const struct view *view)
{
    struct box box = {{0}, {0}};
    for (uint32_t d = 0; d < view->dims.n; d++)
        box.hi[d] = view->dims.size[d] - 1;
    return box;
}

static uint32_t position(const struct view *view, const uint32_t *coordinate)
{
    uint32_t at = 0;
    for (uint32_t d = 0; d < view->dims.n; d++)
        at = at * view->dims.size[d] + coordinate[d];
    return at;
}

static struct stretch stretch_of(const struct view *view, const struct box *box)
{
    return (struct stretch){position(view, box->lo), position(view, box->hi)};
}

static uint32_t length(const struct box *box, uint32_t d)
{
    return box->hi[d] - box->lo[d] + 1;
}

static uint32_t volume(const struct view *view, const struct box *box)
{
    uint32_t n = 1;
    for (uint32_t d = 0; d < view->dims.n; d++)
        n *= length(box, d);
    return n;
}

static uint64_t list_volume(const struct view *view, const struct box_list *list)
{
    uint64_t n = 0;
    for (uint32_t i = 0; i < list->n; i++)
        n += volume(view, &list->at[i]);
    return n;
}

/* Halves a box along dimension d. */
static void halve(const struct box *box, uint32_t d, struct box half[2])
{
    half[0] = half[1] = *box;
    half[0].hi[d] = box->lo[d] + (length(box, d) - 1) / 2;
    half[1].lo[d] = half[0].hi[d] + 1;
}

/* --- bounding the mask --- */

static void bound_nodes(struct boxes *b, const struct plan *plan)
{
    const struct code *code = b->c->code;
    for (uint32_t i = 0; i < plan->n; i++) {
        const struct node *node = &code->nodes.at[plan->at[i]];
        const struct lanes *table = &code->tables[plan->at[i]];
        const struct stretch *own = node->pre ? &b->at[AXIS_PRE] : &b->at[AXIS_POST];
        if (node->pre != node->post && own->first == own->last)
            b->reach[plan->at[i]] = (struct reach){table->at[own->first], table->at[own->first],
                                                   table->failed && table->failed[own->first]};
        else
            b->reach[plan->at[i]] = code_reach(code, node, table, b->reach, b->at);
    }
    b->work += plan->n;
    b->c->code->steps += plan->n;
}

/* Whether the mask can hold, or fail, somewhere on these lines in this box. */
static bool possible(struct boxes *b, const struct box *box)
{
    b->at[b->c->along] = stretch_of(b->along, box);
    bound_nodes(b, &b->moving);
    const struct reach *mask = &b->reach[b->c->mask];
    return mask->hi.i != 0 || mask->fails;
}

static void look_at_lines(struct boxes *b, const struct box *lines)
{
    b->at[b->c->lines] = stretch_of(b->lines, lines);
    bound_nodes(b, &b->still);
}

/* --- narrowing --- */

/* Cuts slabs off one end of a dimension, in growing and then shrinking steps. */
static void shave_end(struct boxes *b, struct box *box, uint32_t d, bool low)
{
    uint32_t least = length(box, d) / SHAVING, step = least ? least : 1;
    least = step;
    while (step >= least && step < length(box, d)) {
        struct box slab = *box;
        if (low)
            slab.hi[d] = box->lo[d] + step - 1;
        else
            slab.lo[d] = box->hi[d] - (step - 1);
        if (possible(b, &slab)) {
            step /= 2;
            continue;
        }
        if (low)
            box->lo[d] += step;
        else
            box->hi[d] -= step;
        least = length(box, d) / SHAVING ? length(box, d) / SHAVING : 1;
        step = 2 * step < length(box, d) ? 2 * step : length(box, d) / 2;
    }
}

static bool narrow_box(struct boxes *b, struct box *box)
{
    if (!possible(b, box))
        return false;
    for (uint32_t d = 0; d < b->along->dims.n; d++) {
        shave_end(b, box, d, true);
        shave_end(b, box, d, false);
    }
    return true;
}

static uint32_t longest_side(const struct view *view, const struct box *box)
{
    uint32_t longest = 0;
    for (uint32_t d = 1; d < view->dims.n; d++)
        if (length(box, d) > length(box, longest))
            longest = d;
    return longest;
}

/* Splits the largest box in two, as long as there is a large one and room. */
static void split_boxes(struct boxes *b, struct box_list *list)
{
    while (list->n > 0 && list->n < MOST_BOXES && b->work < b->most_work) {
        uint32_t largest = 0;
        for (uint32_t i = 1; i < list->n; i++)
            if (volume(b->along, &list->at[i]) > volume(b->along, &list->at[largest]))
                largest = i;
        if (volume(b->along, &list->at[largest]) <= SPLIT_VOLUME)
            return;
        struct box half[2];
        halve(&list->at[largest], longest_side(b->along, &list->at[largest]), half);
        list->at[largest] = list->at[--list->n];
        for (int i = 0; i < 2; i++)
            if (narrow_box(b, &half[i]))
                list->at[list->n++] = half[i];
    }
}

static void narrow(struct boxes *b, const struct box *lines, const struct box_list *from,
                   struct box_list *to)
{
    *to = *from;
    if (b->work >= b->most_work)
        return;
    look_at_lines(b, lines);
    to->n = 0;
    for (uint32_t i = 0; i < from->n; i++) {
        struct box box = from->at[i];
        if (narrow_box(b, &box))
            to->at[to->n++] = box;
    }
    if (volume(b->lines, lines) <= SPLIT_LINES)
        split_boxes(b, to);
}

/* --- lists of positions --- */

static int by_first(const void *a, const void *b)
{
    const struct row *x = a, *y = b;
    return x->first < y->first ? -1 : x->first > y->first;
}

/* The rows of a box: its last dimension is consecutive. */
static uint32_t add_rows(struct boxes *b, const struct box *box, uint32_t n_rows)
{
    uint32_t last = b->along->dims.n - 1, at[NET_MAX_DIMS];
    for (uint32_t d = 0; d <= last; d++)
        at[d] = box->lo[d];
    for (;;) {
        b->rows[n_rows++] = (struct row){position(b->along, at), length(box, last)};
        uint32_t d = last;
        while (d > 0 && at[d - 1] == box->hi[d - 1]) {
            at[d - 1] = box->lo[d - 1];
            d--;
        }
        if (d == 0)
            return n_rows;
        at[d - 1]++;
    }
}

/* The positions in the boxes that pass by themselves, ascending: boxes do not overlap. */
static const uint32_t *list_positions(struct boxes *b, const struct box_list *list, uint32_t *n)
{
    const struct candidates *c = b->c;
    uint32_t n_rows = 0;
    *n = c->n_all;
    if (2 * list_volume(b->along, list) >= b->along->size)
        return c->all;
    for (uint32_t i = 0; i < list->n; i++)
        n_rows = add_rows(b, &list->at[i], n_rows);
    if (list->n > 1)
        qsort(b->rows, n_rows, sizeof b->rows[0], by_first);
    *n = 0;
    for (uint32_t i = 0; i < n_rows; i++)
        for (uint32_t at = b->rows[i].first; at < b->rows[i].first + b->rows[i].n; at++)
            if (!c->passes || c->passes[at])
                b->positions[(*n)++] = at;
    return b->positions;
}

/* --- lines --- */

struct visiting {
    struct boxes *b;
    candidates_visit *visit;
    void *context;
};

static bool visit_leaf(const struct visiting *v, const struct box *lines,
                       const struct box_list *list)
{
    uint32_t n;
    const uint32_t *at = list_positions(v->b, list, &n);
    struct stretch all = stretch_of(v->b->lines, lines);
    for (uint32_t line = all.first; line <= all.last; line++)
        if (!v->visit(v->context, line, at, n))
            return false;
    return true;
}

static bool visit_lines(const struct visiting *v, const struct box *lines,
                        const struct box_list *from)
{
    struct box_list list;
    struct box half[2];
    uint32_t d = 0;
    narrow(v->b, lines, from, &list);
    if (volume(v->b->lines, lines) <= LEAF_LINES)
        return visit_leaf(v, lines, &list);
    while (length(lines, d) == 1)
        d++;
    halve(lines, d, half);
    return visit_lines(v, &half[0], &list) && visit_lines(v, &half[1], &list);
}

bool boxes_each(struct boxes *boxes, candidates_visit *visit, void *context)
{
    struct visiting v = {boxes, visit, context};
    struct box lines = whole_box(boxes->lines);
    struct box_list list = {.at = {whole_box(boxes->along)}, .n = 1};
    boxes->work = 0;
    return visit_lines(&v, &lines, &list);
}

/* --- whether it pays --- */

static void plan_nodes(struct boxes *b)
{
    const struct code *code = b->c->code;
    struct arena *arena = code->arena;
    uint32_t n = b->c->mask + 1;
    bool *wanted = ARENA_ARRAY(arena, bool, n);
    uint32_t *still = ARENA_ARRAY(arena, uint32_t, n), *moving = ARENA_ARRAY(arena, uint32_t, n);
    wanted[b->c->mask] = true;
    for (uint32_t i = n; i-- > 0;) {
        const struct node *node = &code->nodes.at[i];
        const uint32_t of[] = {node->a, node->b, node->c};
        if (!wanted[i] || node->op == NODE_DRAW) /* draws have read their operands */
            continue;
        for (int k = 0; k < 3; k++)
            if (of[k] != NODE_NONE)
                wanted[of[k]] = true;
    }
    b->still.at = still;
    b->moving.at = moving;
    for (uint32_t i = 0; i < n; i++) {
        const struct node *node = &code->nodes.at[i];
        bool moves = b->c->along == AXIS_PRE ? node->pre : node->post;
        if (wanted[i] && moves)
            moving[b->moving.n++] = i;
        else if (wanted[i])
            still[b->still.n++] = i;
    }
    b->reach = ARENA_ARRAY(arena, struct reach, n);
}

/* Tries a few single lines: bounds that spare little there spare little anywhere. */
static bool spares_much(struct boxes *b)
{
    const struct box_list all = {.at = {whole_box(b->along)}, .n = 1};
    uint64_t left = 0;
    for (uint32_t i = 0; i < PROBES; i++) {
        uint32_t line = (uint32_t)((uint64_t)(b->lines->size - 1) * i / (PROBES - 1));
        struct box box;
        struct box_list list;
        for (uint32_t d = b->lines->dims.n; d-- > 0; line /= b->lines->dims.size[d])
            box.lo[d] = box.hi[d] = line % b->lines->dims.size[d];
        narrow(b, &box, &all, &list);
        left += list_volume(b->along, &list);
    }
    return 2 * left < PROBES * (uint64_t)b->along->size;
}

struct boxes *boxes_find(struct candidates *c)
{
    const struct view *lines = c->code->view[c->lines], *along = c->code->view[c->along];
    if (along->size < LEAST_LINE || (uint64_t)along->size * lines->size < LEAST_PAIRS)
        return NULL;
    struct boxes *b = ARENA_NEW(c->code->arena, struct boxes);
    *b = (struct boxes){
        .c = c, .lines = lines, .along = along, .most_work = (uint64_t)lines->size * WORK_PER_LINE};
    plan_nodes(b);
    if (!spares_much(b))
        return NULL;
    b->rows = ARENA_ARRAY(c->code->arena, struct row, along->size);
    b->positions = ARENA_ARRAY(c->code->arena, uint32_t, along->size);
    return b;
}
