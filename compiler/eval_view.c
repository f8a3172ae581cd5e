/* Views: resolution and the text by which messages and dice know them. */
#include "compiler/eval_parts.h"

#include "compiler/base/text.h"

static void instance_as_view(struct eval *eval, const struct expr *expr,
                             const struct instance *instance, const char *subject)
{
    struct diag *diag =
        eval_report(eval, DIAG_E0203, expr->span,
                    "%s takes one population, `%s` is an instance "
                    "of net `%s` with %u",
                    subject, instance->path, instance->net->name, instance->populations.n);
    for (uint32_t i = 0; i < instance->populations.n && i < 5; i++)
        diag_note(eval->sink, diag, span_nowhere(), "it has `%s`",
                  view_text(eval->arena, eval->net, &instance->populations.at[i]));
}

bool eval_view(struct eval *eval, struct scope *scope, const struct expr *expr, const char *subject,
               struct view *out)
{
    struct value value;
    if (!eval_const(eval, scope, expr, &value))
        return false;
    if (value.kind == VALUE_VIEW) {
        *out = value.view;
        return true;
    }
    if (value.kind == VALUE_INSTANCE)
        instance_as_view(eval, expr, value.instance, subject);
    else
        eval_wrong_type(eval, expr->span, subject, "a population or an input", &value);
    return false;
}

bool eval_views(struct eval *eval, struct scope *scope, const struct expr *expr,
                const char *subject, struct view_vec *out)
{
    struct value value;
    if (!eval_const(eval, scope, expr, &value))
        return false;
    if (value.kind == VALUE_VIEW) {
        VEC_PUSH(eval->arena, out, value.view);
        return true;
    }
    uint32_t n = value.kind == VALUE_INSTANCES ? value.instances->n : 1;
    if (value.kind != VALUE_INSTANCE && value.kind != VALUE_INSTANCES)
        return eval_wrong_type(eval, expr->span, subject, "populations or inputs", &value);
    for (uint32_t i = 0; i < n; i++) {
        const struct instance *instance =
            value.kind == VALUE_INSTANCES ? &value.instances->at[i] : value.instance;
        for (uint32_t j = 0; j < instance->populations.n; j++)
            VEC_PUSH(eval->arena, out, instance->populations.at[j]);
    }
    return true;
}

/* --- text
 * ------------------------------------------------------------------------------------------ */

/* A view as ranges of its object: per dimension of the object first index, count and step. */
struct box {
    uint32_t n, lo[NET_MAX_DIMS], count[NET_MAX_DIMS], step[NET_MAX_DIMS], size[NET_MAX_DIMS];
};

static void box_of(const struct net *net, const struct view *view, struct box *box)
{
    const struct dims *whole = object_dims(net, view);
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
    text_add(&text, "%s", object_name(net, view));
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
    text_add(&text, "%s", object_name(net, view));
    uint32_t n = restricted_dims(&box);
    for (uint32_t d = 0; d < n; d++) {
        if (box_all(&box, d))
            text_add(&text, "[:]");
        else
            text_add(&text, "[%u:%u:%u]", box.lo[d],
                     box.lo[d] + (box.count[d] - 1) * box.step[d] + 1, box.step[d]);
    }
    return text.at;
}

const char *object_name(const struct net *net, const struct view *view)
{
    return view->kind == UNIT_NEURON ? net->populations.at[view->object].name
                                     : net->inputs.at[view->object].name;
}
