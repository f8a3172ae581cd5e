/* V11: the placement is one that `place` lines, `reserve` and membrane probes allow. `near` is a
 * wish and asks for nothing. */
#include "backend/verify/checks.h"

#include <math.h>
#include <string.h>

struct rules {
    struct verify *v;
    uint32_t n_cores;
    uint32_t *marks; /* per core: view + 1 that was last met there */
    uint32_t *count; /* per core: neurons of a view */
};

static uint32_t neuron_of(const struct verify *v, const struct view *view, uint32_t i)
{
    return v->net->populations.at[view->object].first + view_unit(view, i);
}

static uint32_t core_of(const struct verify *v, uint32_t neuron)
{
    return core_of_site(v->site_of[neuron]);
}

static void broken(struct verify *v, const struct place *place, uint32_t neuron, const char *rule)
{
    finding(v, V11, DIAG_E0901, place->span, "%s stands at %s, which `place` does not allow: %s",
            source_name(v, neuron), site_name(v, v->site_of[neuron]), rule);
}

/* --- one rule each: the first neuron that breaks it is named --- */

/* All on the chip, or also the core, that the line names. */
static void check_held(struct verify *v, const struct place *place)
{
    for (uint32_t k = 0; k < place->views.n; k++)
        for (uint32_t i = 0; i < place->views.at[k].size; i++) {
            uint32_t neuron = neuron_of(v, &place->views.at[k], i), core = core_of(v, neuron);
            if (chip_of_core(core) == place->chip
                && (place->kind == PLACE_CHIP || core % layout.cores == place->core))
                continue;
            broken(v, place, neuron,
                   place->kind == PLACE_CHIP
                       ? arena_printf(v->arena, "chip %u is asked for", place->chip)
                       : arena_printf(v->arena, "chip %u core %u is asked for", place->chip,
                                      place->core));
            return;
        }
}

/* Unit after unit on consecutive neurons from the one that the line names. */
static void check_sites(struct verify *v, const struct place *place)
{
    uint32_t next = place->first;
    for (uint32_t k = 0; k < place->views.n; k++)
        for (uint32_t i = 0; i < place->views.at[k].size; i++, next++) {
            uint32_t neuron = neuron_of(v, &place->views.at[k], i);
            if (v->site_of[neuron] % layout.neurons == next)
                continue;
            broken(v, place, neuron,
                   arena_printf(v->arena, "neuron %u of the core is asked for", next));
            return;
        }
}

/* Core or chip of a neuron, as the rule goes by. */
static uint32_t group_of(const struct verify *v, uint32_t neuron, bool by_chip)
{
    uint32_t core = core_of(v, neuron);
    return by_chip ? chip_of_core(core) : core;
}

static void check_together(struct verify *v, const struct place *place, bool by_chip)
{
    uint32_t first = NET_NONE;
    for (uint32_t k = 0; k < place->views.n; k++)
        for (uint32_t i = 0; i < place->views.at[k].size; i++) {
            uint32_t neuron = neuron_of(v, &place->views.at[k], i);
            first = first == NET_NONE ? neuron : first;
            if (group_of(v, neuron, by_chip) == group_of(v, first, by_chip))
                continue;
            broken(v, place, neuron,
                   arena_printf(v->arena, "%s stands at %s", source_name(v, first),
                                site_name(v, v->site_of[first])));
            return;
        }
}

static void check_apart(struct rules *r, const struct place *place, bool by_chip)
{
    memset(r->marks, 0, r->n_cores * sizeof *r->marks);
    for (uint32_t k = 0; k < place->views.n; k++)
        for (uint32_t i = 0; i < place->views.at[k].size; i++) {
            uint32_t neuron = neuron_of(r->v, &place->views.at[k], i);
            uint32_t *mark = &r->marks[group_of(r->v, neuron, by_chip)];
            if (*mark == 0 || *mark == k + 1) {
                *mark = k + 1;
                continue;
            }
            broken(r->v, place, neuron,
                   arena_printf(r->v->arena, "neurons of %s are there",
                                view_text(r->v->arena, r->v->net, &place->views.at[*mark - 1])));
            return;
        }
}

static void check_spread(struct rules *r, const struct place *place, const struct view *view)
{
    uint32_t cores = 0, least = UINT32_MAX, most = 0;
    memset(r->count, 0, r->n_cores * sizeof *r->count);
    for (uint32_t i = 0; i < view->size; i++)
        r->count[core_of(r->v, neuron_of(r->v, view, i))]++;
    for (uint32_t c = 0; c < r->n_cores; c++) {
        if (r->count[c] == 0)
            continue;
        cores++;
        least = r->count[c] < least ? r->count[c] : least;
        most = r->count[c] > most ? r->count[c] : most;
    }
    if (cores == place->cores && most <= least + 1)
        return;
    finding(r->v, V11, DIAG_E0901, place->span,
            "%s stands on %u cores with %u to %u neurons each, `place` asks for %u even shares",
            view_text(r->v->arena, r->v->net, view), cores, least, most, place->cores);
}

static void check_place(struct rules *r, const struct place *place)
{
    switch (place->kind) {
    case PLACE_CHIP:
    case PLACE_CORE:
        check_held(r->v, place);
        break;
    case PLACE_AT:
        check_held(r->v, place);
        check_sites(r->v, place);
        break;
    case PLACE_TOGETHER_CORE:
    case PLACE_TOGETHER_CHIP:
        check_together(r->v, place, place->kind == PLACE_TOGETHER_CHIP);
        break;
    case PLACE_APART_CORE:
    case PLACE_APART_CHIP:
        check_apart(r, place, place->kind == PLACE_APART_CHIP);
        break;
    case PLACE_SPREAD:
        for (uint32_t k = 0; k < place->views.n; k++)
            if (place->views.at[k].size)
                check_spread(r, place, &place->views.at[k]);
        break;
    case PLACE_NEAR:
        break;
    }
}

/* --- reserve, membrane probes --- */

static void check_reserve(struct rules *r)
{
    uint32_t kept = (uint32_t)ceil(r->v->net->reserve * (double)layout.neurons);
    memset(r->count, 0, r->n_cores * sizeof *r->count);
    for (uint32_t n = 0; n < r->v->net->n_neurons; n++)
        r->count[core_of(r->v, n)]++;
    for (uint32_t c = 0; c < r->n_cores; c++)
        if (r->count[c] + kept > layout.neurons)
            finding(r->v, V11, DIAG_E0901, r->v->net->target_span,
                    "chip %u core %u holds %u neurons, `reserve` keeps %u of %u free",
                    chip_of_core(c), c % layout.cores, r->count[c], kept, layout.neurons);
}

static void check_membranes(struct rules *r)
{
    memset(r->marks, 0, r->n_cores * sizeof *r->marks);
    for (uint32_t p = 0; p < r->v->net->probes.n; p++) {
        const struct probe *probe = &r->v->net->probes.at[p];
        if (probe->kind != PROBE_MEMBRANE || probe->view.kind != UNIT_NEURON)
            continue;
        for (uint32_t i = 0; i < probe->view.size; i++) {
            uint32_t neuron = neuron_of(r->v, &probe->view, i);
            uint32_t *mark = &r->marks[core_of(r->v, neuron)];
            if (*mark && *mark != neuron + 1)
                finding(r->v, V11, DIAG_E0901, probe->span,
                        "the membranes of %s and %s are both probed on chip %u core %u",
                        source_name(r->v, *mark - 1), source_name(r->v, neuron),
                        chip_of_core(core_of(r->v, neuron)), core_of(r->v, neuron) % layout.cores);
            *mark = neuron + 1;
        }
    }
}

void check_v11_rules(struct verify *v)
{
    struct rules r = {.v = v, .n_cores = v->image->n_cores};
    r.marks = ARENA_ARRAY(v->arena, uint32_t, r.n_cores);
    r.count = ARENA_ARRAY(v->arena, uint32_t, r.n_cores);
    for (uint32_t p = 0; p < v->net->places.n; p++)
        check_place(&r, &v->net->places.at[p]);
    check_reserve(&r);
    check_membranes(&r);
}
