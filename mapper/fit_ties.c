/* Neurons that sensors tie to one chip, or to a few, against the cores of these: E0403. */
#include "mapper/fit_parts.h"

#include "compiler/base/text.h"
#include "mapper/gathers.h"

#include <string.h>

struct tied { /* neurons that have to stand on so many chips together */
    const struct fit *fit;
    uint32_t *class_of, n_classes; /* per bias class of the plan */
    uint32_t *in_class;            /* neurons */
    uint32_t *in_population;
    uint32_t neurons;
};

static void clear(struct tied *t)
{
    t->neurons = 0;
    memset(t->in_class, 0, t->n_classes * sizeof *t->in_class);
    memset(t->in_population, 0, t->fit->net->populations.n * sizeof *t->in_population);
}

static void count(struct tied *t, uint32_t neuron)
{
    uint32_t population = t->fit->net->population_of[neuron];
    t->in_class[t->class_of[bias_class_of_population(t->fit->plan, t->fit->net, population)]]++;
    t->in_population[population]++;
    t->neurons++;
}

static uint32_t cores_needed(const struct tied *t)
{
    uint32_t room = usable_neurons(t->fit->net, t->fit->device), cores = 0;
    for (uint32_t k = 0; k < t->n_classes && room > 0; k++)
        cores += (t->in_class[k] + room - 1) / room;
    return cores;
}

static const char *populations_text(const struct tied *t)
{
    const struct net *net = t->fit->net;
    uint32_t listed = 0, rest = 0;
    struct text text;
    text_init(&text, t->fit->arena);
    for (uint32_t p = 0; p < net->populations.n; p++) {
        if (t->in_population[p] == 0)
            continue;
        if (listed++ < FIT_MOST_LISTED)
            text_add(&text, "%s%s", listed > 1 ? ", " : "", net->populations.at[p].name);
        else
            rest++;
    }
    if (rest)
        text_add(&text, " and %u more", rest);
    return text.at;
}

/* The first pixel that ties the neuron; it may hear front ends besides. */
static uint32_t pixel_of(const struct gathers *g, uint32_t neuron)
{
    uint32_t k = g->first_of[neuron], end = g->first_of[neuron + 1];
    while (k < end && (g->of[k] >= g->n_cameras || g->limit[g->of[k]] != 1))
        k++;
    return k < end ? g->of[k] : NET_NONE;
}

/* The camera of a pixel; there is a camera. */
static const struct input *camera_of(const struct net *net, uint32_t pixel)
{
    const struct input *camera = NULL;
    for (uint32_t i = 0; i < net->inputs.n; i++) {
        if (net->inputs.at[i].kind != INPUT_DVS)
            continue;
        camera = &net->inputs.at[i];
        if (pixel < camera->size)
            break;
        pixel -= camera->size;
    }
    return camera;
}

static void report_pixels(const struct tied *t, const struct input *camera)
{
    const struct fit *fit = t->fit;
    struct diag *diag = diag_add(
        fit->sink, DIAG_E0403, camera->span,
        "no placement exists: the pixels of %s tie %u neurons of %s to one chip, which need %u "
        "cores, %u exist",
        camera->name, t->neurons, populations_text(t), cores_needed(t),
        fit->device->cores_per_chip);
    diag_note(fit->sink, diag, span_nowhere(),
              "the interface of a camera sends a pixel's events to one chip, so neurons that hear "
              "one pixel stand on one chip, and with them those that hear other pixels of these");
    diag_help(fit->sink, diag, span_nowhere(), NULL,
              "fields that do not overlap tie fewer neurons; or let neurons of one chip hear the "
              "pixels and pass their spikes on");
}

static bool check_pixels(struct tied *t, const struct gathers *g)
{
    const struct net *net = t->fit->net;
    const uint32_t *root = gathers_ties(g, t->fit->arena, net);
    uint32_t *next = ARENA_ARRAY(t->fit->arena, uint32_t, net->n_neurons), n = net->n_neurons;
    uint32_t *first = ARENA_ARRAY(t->fit->arena, uint32_t, net->n_neurons);
    bool ok = true;
    memset(first, 0xFF, n * sizeof *first);
    for (uint32_t i = n; root && i-- > 0;) { /* lists of those with one root */
        next[i] = first[root[i]];
        first[root[i]] = i;
    }
    for (uint32_t i = 0; root && i < n; i++) {
        if (root[i] != i || next[i] == NET_NONE)
            continue;
        clear(t);
        for (uint32_t k = i; k != NET_NONE; k = next[k])
            count(t, k);
        if (cores_needed(t) <= t->fit->device->cores_per_chip)
            continue;
        report_pixels(t, camera_of(net, pixel_of(g, i)));
        ok = false;
    }
    return ok;
}

static bool check_front_end(struct tied *t, const struct gathers *g, uint32_t gather,
                            const struct input *input)
{
    const struct fit *fit = t->fit;
    uint32_t cores = fit->device->bioamp_routes * fit->device->cores_per_chip;
    clear(t);
    for (uint32_t n = 0; n < fit->net->n_neurons; n++)
        for (uint32_t k = g->first_of[n]; k < g->first_of[n + 1]; k++)
            if (g->of[k] == gather)
                count(t, n);
    if (cores_needed(t) <= cores)
        return true;
    struct diag *diag = diag_add(
        fit->sink, DIAG_E0403, input->span,
        "no placement exists: %u neurons of %s hear the units of %s and need %u cores, it reaches "
        "%u",
        t->neurons, populations_text(t), input->name, cores_needed(t), cores);
    diag_note(fit->sink, diag, span_nowhere(),
              "all units of a biosignal front end go to %u chips at most",
              fit->device->bioamp_routes);
    diag_help(fit->sink, diag, span_nowhere(), NULL,
              "let neurons there hear the units and pass their spikes on");
    return false;
}

bool fit_ties(const struct fit *fit)
{
    const struct net *net = fit->net;
    struct gathers gathers;
    struct tied tied = {.fit = fit};
    bool ok = true;
    gathers_init(&gathers, fit->arena, net, fit->device);
    if (gathers.n == 0)
        return true;
    uint32_t gather = gathers.n_cameras;
    tied.n_classes = core_classes(fit->arena, net, fit->plan, false, &tied.class_of);
    tied.in_class = ARENA_ARRAY(fit->arena, uint32_t, tied.n_classes);
    tied.in_population = ARENA_ARRAY(fit->arena, uint32_t, net->populations.n);
    ok = check_pixels(&tied, &gathers);
    for (uint32_t i = 0; i < net->inputs.n; i++)
        if (net->inputs.at[i].kind == INPUT_BIOAMP)
            ok = check_front_end(&tied, &gathers, gather++, &net->inputs.at[i]) && ok;
    return ok;
}
