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
