#include "compiler/cmd_sim_trace.h"

#include "compiler/base/text.h"
#include "compiler/net.h"
#include "runtime/circuits.h"

#include <string.h>

size_t traced_site(const struct image *image, uint32_t population, uint32_t unit)
{
    const struct image_piece_vec *pieces = &image->populations.at[population].pieces;
    for (uint32_t i = 0; i < pieces->n; i++) {
        const struct image_piece *piece = &pieces->at[i];
        if (unit - piece->first < piece->count)
            return image_site(image, piece->chip, piece->core, piece->neuron + unit - piece->first);
    }
    return SIZE_MAX;
}

void traces_init(struct traces *traces, struct arena *arena, const struct image *image)
{
    _Static_assert(N_SIM_STATES <= 16, "a bit per state");
    *traces = (struct traces){.probed = ARENA_ARRAY(arena, uint16_t, image_sites(image)),
                              .recorded = ARENA_ARRAY(arena, uint16_t, image_sites(image))};
}

static void trace_unit(struct arena *arena, const struct image *image, uint32_t population,
                       uint32_t unit, enum sim_state state, struct traces *traces)
{
    size_t site = traced_site(image, population, unit);
    if ((traces->probed[site] | traces->recorded[site]) >> state & 1)
        return;
    VEC_PUSH(arena, &traces->traced,
             (struct traced){.object = image->populations.at[population].name,
                             .unit = unit,
                             .state = state,
                             .site = site});
}

static void probe_unit(struct arena *arena, const struct image *image, uint32_t population,
                       uint32_t unit, enum sim_state state, struct traces *traces)
{
    trace_unit(arena, image, population, unit, state, traces);
    traces->probed[traced_site(image, population, unit)] |= (uint16_t)(1u << state);
}

void traced_probes(struct arena *arena, const struct image *image, struct traces *traces)
{
    static const enum sim_state state[N_PROBE_KINDS] = {
        [PROBE_MEMBRANE] = SIM_MEMBRANE,   [PROBE_AMPA_CURRENT] = SIM_AMPA,
        [PROBE_GABA_CURRENT] = SIM_GABA,   [PROBE_NMDA_CURRENT] = SIM_NMDA,
        [PROBE_SHUNT_CURRENT] = SIM_SHUNT, [PROBE_ADAPTATION] = SIM_ADAPTATION,
        [PROBE_CALCIUM] = SIM_CALCIUM,
    };
    for (uint32_t p = 0; p < image->probes.n; p++) {
        const struct image_probe *probe = &image->probes.at[p];
        for (uint32_t k = 0; probe->kind != PROBE_SPIKES && k < probe->n_units; k++) {
            probe_unit(arena, image, probe->object, probe->unit[k], state[probe->kind], traces);
            if (probe->kind == PROBE_MEMBRANE)
                probe_unit(arena, image, probe->object, probe->unit[k], SIM_VMEM, traces);
        }
    }
}

/* --- --record --- */

struct span_of { /* of one dimension */
    uint32_t from, to;
};
struct record {
    struct arena *arena;
    const struct image *image;
    const char *text;
    struct diag_sink *sink;
    uint32_t population;
    struct span_of dim[IMAGE_MAX_DIMS];
};

static bool refuse(const struct record *r, const char *what, const char *near)
{
    struct diag *diag =
        diag_add(r->sink, DIAG_E0230, span_nowhere(), "--record `%s`: %s", r->text, what);
    if (near)
        diag_help(r->sink, diag, span_nowhere(), NULL, "did you mean `%s`?", near);
    return false;
}

/* The longest name of a population that the text begins with; what follows is its index. */
static bool find_population(struct record *r, const char *view)
{
    const struct image_population_vec *all = &r->image->populations;
    const char **names = ARENA_ARRAY(r->arena, const char *, all->n);
    size_t longest = 0;
    for (uint32_t i = 0; i < all->n; i++) {
        size_t n = strlen(names[i] = all->at[i].name);
        if (n <= longest || strncmp(view, names[i], n) != 0 || (view[n] && view[n] != '['))
            continue;
        longest = n;
        r->population = i;
    }
    if (longest)
        return true;
    const char *name = arena_strndup(r->arena, view, strcspn(view, "["));
    return refuse(r, arena_printf(r->arena, "the image has no population `%s`", name),
                  diag_nearest(name, names, all->n));
}

static bool read_number(const char **at, uint32_t *value)
{
    uint64_t number = 0;
    size_t n = strspn(*at, "0123456789");
    for (size_t i = 0; i < n && number <= UINT32_MAX; i++)
        number = number * 10 + (uint64_t)((*at)[i] - '0');
    *at += n;
    *value = (uint32_t)number;
    return n > 0 && number <= UINT32_MAX;
}

/* "3", "2:5", ":5", "2:", ":" */
static bool read_span(struct record *r, const char **at, uint32_t size, struct span_of *dim)
{
    bool first = true, range;
    *dim = (struct span_of){0, size};
    *at += strspn(*at, " ");
    if (**at != ':')
        first = read_number(at, &dim->from);
    range = **at == ':';
    *at += range;
    if (!range && first && dim->from < UINT32_MAX)
        dim->to = dim->from + 1;
    if (range && strchr("0123456789", **at) && **at && !read_number(at, &dim->to))
        first = false;
    *at += strspn(*at, " ");
    if (!first || (**at != ',' && **at != ']'))
        return refuse(r, "an index is a number, or FROM:TO", NULL);
    if (dim->from >= dim->to || dim->to > size)
        return refuse(
            r, arena_printf(r->arena, "index %u:%u is not within 0:%u", dim->from, dim->to, size),
            NULL);
    return true;
}

static bool read_index(struct record *r, const char *at)
{
    const struct image_population *population = &r->image->populations.at[r->population];
    uint32_t n = 0;
    for (uint32_t d = 0; d < population->n_dims; d++)
        r->dim[d] = (struct span_of){0, population->dims[d]};
    if (!*at)
        return true;
    do {
        at++; /* [ or , */
        if (n == population->n_dims)
            return refuse(r,
                          arena_printf(r->arena, "`%s` has %u dimension%s", population->name, n,
                                       n == 1 ? "" : "s"),
                          NULL);
        if (!read_span(r, &at, population->dims[n], &r->dim[n]))
            return false;
        n++;
    } while (*at == ',');
    return at[1] == '\0' || refuse(r, "nothing may follow the index", NULL);
}

static bool record_unit(struct record *r, uint32_t unit, enum sim_state state,
                        struct traces *traces)
{
    const struct image_population *of = &r->image->populations.at[r->population];
    uint16_t *recorded = &traces->recorded[traced_site(r->image, r->population, unit)];
    if (*recorded >> state & 1) {
        const char *name = circuits_unit_name(r->arena, of->name, of->n_dims, of->dims, unit);
        return refuse(
            r, arena_printf(r->arena, "%s of `%s` is recorded twice", sim_state_name[state], name),
            NULL);
    }
    trace_unit(r->arena, r->image, r->population, unit, state, traces);
    *recorded |= (uint16_t)(1u << state);
    return true;
}

static bool add_units(struct record *r, enum sim_state state, struct traces *traces)
{
    const struct image_population *population = &r->image->populations.at[r->population];
    struct span_of d[IMAGE_MAX_DIMS] = {{0, 1}, {0, 1}, {0, 1}};
    uint32_t size[IMAGE_MAX_DIMS] = {1, 1, 1}, lead = IMAGE_MAX_DIMS - population->n_dims;
    for (uint32_t k = 0; k < population->n_dims; k++) {
        d[lead + k] = r->dim[k];
        size[lead + k] = population->dims[k];
    }
    for (uint32_t z = d[0].from; z < d[0].to; z++)
        for (uint32_t y = d[1].from; y < d[1].to; y++)
            for (uint32_t x = d[2].from; x < d[2].to; x++)
                if (!record_unit(r, (z * size[1] + y) * size[2] + x, state, traces))
                    return false;
    return true;
}

static const char *unknown_state(struct arena *arena, const char *name)
{
    struct text text;
    text_init(&text, arena);
    text_add(&text, "there is no state `%s`; there are", name);
    for (int state = 0; state < N_SIM_STATES; state++)
        text_add(&text, "%s %s", state ? "," : "", sim_state_name[state]);
    return text.at;
}

static bool add_states(struct record *r, const char *at, struct traces *traces)
{
    for (;;) {
        size_t n = strcspn(at, ",");
        const char *name = arena_strndup(r->arena, at, n);
        int state = 0;
        while (state < N_SIM_STATES && strcmp(name, sim_state_name[state]) != 0)
            state++;
        if (state == N_SIM_STATES)
            return refuse(r, unknown_state(r->arena, name),
                          diag_nearest(name, sim_state_name, N_SIM_STATES));
        if (!add_units(r, (enum sim_state)state, traces))
            return false;
        if (!at[n])
            return true;
        at += n + 1;
    }
}

/* The colon before the states is the last one: those of indices stand within brackets. */
bool traced_record(struct arena *arena, const struct image *image, const char *text,
                   struct diag_sink *sink, struct traces *traces)
{
    struct record r = {.arena = arena, .image = image, .text = text, .sink = sink};
    const char *bracket = strrchr(text, ']'), *colon = strrchr(text, ':');
    if (!colon || (bracket && colon < bracket))
        return refuse(&r, "write VIEW:STATE,STATE, such as `exc[3]:membrane,calcium`", NULL);
    const char *view = arena_strndup(arena, text, (size_t)(colon - text));
    if (!find_population(&r, view))
        return false;
    const char *index = view + strlen(image->populations.at[r.population].name);
    return read_index(&r, index) && add_states(&r, colon + 1, traces);
}
