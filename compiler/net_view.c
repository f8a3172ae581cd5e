/* Views in words: as ranges of their population or input. */
#include "compiler/base/text.h"
#include "compiler/net.h"

const struct dims *view_object_dims(const struct net *net, const struct view *view)
{
    return view->kind == UNIT_NEURON ? &net->populations.at[view->object].dims
                                     : &net->inputs.at[view->object].dims;
}

const char *view_object_name(const struct net *net, const struct view *view)
{
    return view->kind == UNIT_NEURON ? net->populations.at[view->object].name
                                     : net->inputs.at[view->object].name;
}

struct view view_whole(enum unit_kind kind, uint32_t object, const struct dims *dims)
{
    struct view view = {.kind = kind, .object = object, .dims = *dims, .size = 1};
    for (uint32_t d = dims->n; d-- > 0;) {
        view.stride[d] = view.size;
        view.size *= dims->size[d];
    }
    return view;
}

/* A view as ranges of its object: per dimension of the object first index, count and step. */
struct box {
    uint32_t n, lo[NET_MAX_DIMS], count[NET_MAX_DIMS], step[NET_MAX_DIMS], size[NET_MAX_DIMS];
};

static void box_of(const struct net *net, const struct view *view, struct box *box)
{
    const struct dims *whole = view_object_dims(net, view);
    uint32_t last = view->base, first = view->base, inner = 1, v = view->dims.n;
    for (uint32_t d = 0; d < view->dims.n; d++)
        last += (view->dims.size[d] - 1) * view->stride[d];
    box->n = whole->n;
    for (uint32_t d = whole->n; d-- > 0; inner *= whole->size[d]) {
        uint32_t size = whole->size[d], hi = last % size;
        box->size[d] = size;
        box->lo[d] = first % size;
        box->count[d] = 1;
        box->step[d] = 1;
        first /= size;
        last /= size;
        if (hi == box->lo[d])
            continue;
        while (view->dims.size[v - 1] == 1)
            v--; /* a kept dimension of one unit */
        v--;
        box->count[d] = view->dims.size[v];
        box->step[d] = view->stride[v] / inner;
    }
}

static bool box_all(const struct box *box, uint32_t d)
{
    return box->count[d] == box->size[d];
}

/* "14:19", "3", ":" */
static void add_range(struct text *text, const struct box *box, uint32_t d)
{
    uint32_t lo = box->lo[d], count = box->count[d], step = box->step[d];
    if (box_all(box, d))
        text_add(text, ":");
    else if (count == 1)
        text_add(text, "%u", lo);
    else if (step == 1)
        text_add(text, "%u:%u", lo, lo + count);
    else
        text_add(text, "%u:%u:%u", lo, lo + (count - 1) * step + 1, step);
}

static uint32_t restricted_dims(const struct box *box)
{
    uint32_t n = box->n;
    while (n > 0 && box_all(box, n - 1))
        n--;
    return n;
}

const char *view_text(struct arena *arena, const struct net *net, const struct view *view)
{
    struct box box;
    struct text text;
    box_of(net, view, &box);
    text_init(&text, arena);
    text_add(&text, "%s", view_object_name(net, view));
    uint32_t n = restricted_dims(&box);
    for (uint32_t d = 0; d < n; d++) {
        text_add(&text, d ? ", " : "[");
        add_range(&text, &box, d);
    }
    if (n)
        text_add(&text, "]");
    return text.at;
}

const char *view_identity(struct arena *arena, const struct net *net, const struct view *view)
{
    struct box box;
    struct text text;
    box_of(net, view, &box);
    text_init(&text, arena);
    text_add(&text, "%s", view_object_name(net, view));
    for (uint32_t d = 0; d < box.n; d++)
        if (!box_all(&box, d))
            text_add(&text, "[%u:%u:%u]", box.lo[d],
                     box.lo[d] + (box.count[d] - 1) * box.step[d] + 1, box.step[d]);
    return text.at;
}
