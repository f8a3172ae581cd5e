/* V12, the part after the container: META and the tables of names say what the network says. */
#include "backend/verify/checks.h"

#include <string.h>

static void differs(struct verify *v, const char *what, const char *image, const char *source)
{
    finding(v, V12, DIAG_E0901, span_nowhere(),
            "the image is of another network: its %s is %s, the source's is %s", what, image,
            source);
}

static void number(struct verify *v, const char *what, uint64_t image, uint64_t source)
{
    if (image != source)
        differs(v, what, arena_printf(v->arena, "%llu", (unsigned long long)image),
                arena_printf(v->arena, "%llu", (unsigned long long)source));
}

static void target(struct verify *v)
{
    const struct verify_meta *meta = &v->image->meta;
    const struct net *net = v->net;
    if (strcmp(meta->target, net->target) != 0)
        differs(v, "target", meta->target, net->target);
    number(v, "number of chips", meta->chips, net->chips);
    number(v, "grid width", meta->grid_w, net->grid_w);
    number(v, "grid height", meta->grid_h, net->grid_h);
    number(v, "seed", meta->seed, net->seed);
}

static void defines(struct verify *v)
{
    const struct verify_meta *meta = &v->image->meta;
    const struct define_vec *given = &v->net->defines;
    number(v, "number of -D options", meta->n_defines, given->n);
    for (uint32_t i = 0; i < meta->n_defines && i < given->n; i++) {
        const struct define *a = &meta->defines[i], *b = &given->at[i];
        if (strcmp(a->name, b->name) != 0 || strcmp(a->value, b->value) != 0)
            differs(v, "-D list", arena_printf(v->arena, "%s=%s", a->name, a->value),
                    arena_printf(v->arena, "%s=%s", b->name, b->value));
    }
}

static char *shape(const struct verify *v, const char *name, const struct dims *dims)
{
    char *text = arena_printf(v->arena, "%s[", name);
    for (uint32_t d = 0; d < dims->n; d++)
        text = arena_printf(v->arena, "%s%s%u", text, d ? ", " : "", dims->size[d]);
    return arena_printf(v->arena, "%s]", text);
}

static void object(struct verify *v, const char *what, uint32_t i, const char *name,
                   const struct dims *dims, const char *net_name, const struct dims *net_dims)
{
    bool same = strcmp(name, net_name) == 0 && dims->n == net_dims->n;
    for (uint32_t d = 0; same && d < dims->n; d++)
        same = dims->size[d] == net_dims->size[d];
    if (!same)
        differs(v, arena_printf(v->arena, "%s %u", what, i + 1), shape(v, name, dims),
                shape(v, net_name, net_dims));
}

static bool same_pair(const uint32_t a[2], uint32_t x, uint32_t y)
{
    return a[0] == x && a[1] == y;
}

static bool same_camera(const struct read_dvs *a, const struct dvs *b)
{
    uint32_t flags = (uint32_t)b->on_events | (uint32_t)b->off_events << 1
                     | (uint32_t)b->drop_events << 2 | (uint32_t)b->copy_events << 3;
    const struct layout_camera *camera = layout_camera(a->mode);
    bool same = camera && strcmp(camera->name, b->camera) == 0 && a->flags == flags
                && same_pair(a->shift, b->pooling_shift[0], b->pooling_shift[1])
                && same_pair(a->origin, b->origin[0], b->origin[1])
                && same_pair(a->max, b->max[0], b->max[1]) && a->copy_hop[0] == b->copy_hop[0]
                && a->copy_hop[1] == b->copy_hop[1] && a->handshake_ns == b->handshake_ns
                && a->filter.n == b->n_filter;
    for (uint32_t i = 0; same && i < b->n_filter; i++)
        same = read_word(&a->filter, i) == b->filter[i];
    return same;
}

/* The window of a camera, reckoned again: it holds the pixels and stays within the camera. */
static bool camera_holds(const struct read_input *input)
{
    const struct layout_camera *camera = layout_camera(input->dvs.mode);
    const uint32_t size[2] = {camera->width, camera->height};
    bool holds = input->dims.n == 2 && input->dvs.filter.n <= layout.filter;
    for (uint32_t axis = 0; holds && axis < 2; axis++) {
        uint32_t pixels = input->dims.size[1 - axis], shift = input->dvs.shift[axis];
        uint64_t end = input->dvs.origin[axis] + ((uint64_t)pixels << shift);
        holds = pixels <= layout.window && 1u << shift <= layout.pool
                && end == (uint64_t)input->dvs.max[axis] + 1 && end <= size[axis];
    }
    return holds;
}

static void sensor(struct verify *v, const struct read_input *a, const struct input *b)
{
    static const char *const kinds[N_INPUT_KINDS] = {"the host", "a camera",
                                                     "a biosignal front end"};
    if (a->kind != (uint32_t)b->kind) {
        differs(v, arena_printf(v->arena, "source of %s", b->name), kinds[a->kind], kinds[b->kind]);
        return;
    }
    number(v, arena_printf(v->arena, "chip of %s", b->name), a->chip, b->chip);
    if (a->kind != INPUT_DVS)
        return;
    if (!same_camera(&a->dvs, b->dvs))
        finding(v, V12, DIAG_E0901, b->span,
                "the image is of another network: %s is not this camera with this window", b->name);
    else if (!camera_holds(a))
        finding(v, V12, DIAG_E0901, b->span, "the window of %s does not hold its pixels", b->name);
}

static void names(struct verify *v)
{
    const struct read_image *image = v->image;
    const struct net *net = v->net;
    number(v, "number of populations", image->n_populations, net->populations.n);
    for (uint32_t i = 0; i < image->n_populations && i < net->populations.n; i++) {
        const struct read_population *a = &image->populations[i];
        const struct population *b = &net->populations.at[i];
        object(v, "population", i, a->name, &a->dims, b->name, &b->dims);
    }
    number(v, "number of inputs", image->n_inputs, net->inputs.n);
    for (uint32_t i = 0; i < image->n_inputs && i < net->inputs.n; i++) {
        const struct read_input *a = &image->inputs[i];
        const struct input *b = &net->inputs.at[i];
        object(v, "input", i, a->name, &a->dims, b->name, &b->dims);
        sensor(v, a, b);
    }
}

static bool same_probe(const struct read_probe *a, const struct probe *b)
{
    if (a->kind != (uint32_t)b->kind || a->unit_kind != (uint32_t)b->view.kind
        || a->object != b->view.object || a->units.n != b->view.size)
        return false;
    for (uint32_t i = 0; i < a->units.n; i++)
        if (read_word(&a->units, i) != view_unit(&b->view, i))
            return false;
    return true;
}

static void probes(struct verify *v)
{
    const struct net *net = v->net;
    number(v, "number of probes", v->image->n_probes, net->probes.n);
    for (uint32_t i = 0; i < v->image->n_probes && i < net->probes.n; i++) {
        const struct probe *probe = &net->probes.at[i];
        if (same_probe(&v->image->probes[i], probe))
            continue;
        finding(v, V12, DIAG_E0901, probe->span,
                "probe %u of the image is not this probe of %s (%s, %u units)", i + 1,
                view_object_name(net, &probe->view), probe_name[probe->kind], probe->view.size);
    }
}

void check_v12_meta(struct verify *v)
{
    target(v);
    defines(v);
    names(v);
    probes(v);
}
