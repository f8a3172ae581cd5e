/* V10: every bit that placement and tags leave open has the one value that backend/README.md
 * gives it. Runs last: what the words mean has been proved. */
#include "backend/verify/checks.h"

#include <string.h>

static void pieces(struct verify *v, const struct population *population,
                   const struct read_population *read)
{
    for (uint32_t i = 0; i < read->n_pieces; i++) {
        const struct read_piece *piece = &read->pieces[i], *last = piece - 1;
        if (piece->count == 0)
            finding(v, V10, DIAG_E0902, population->span, "piece %u of %s is empty", i,
                    population->name);
        else if (i > 0 && piece->first < last->first)
            finding(v, V10, DIAG_E0902, population->span, "pieces of %s are out of order",
                    population->name);
        else if (i > 0 && piece->chip == last->chip && piece->core == last->core
                 && piece->neuron == last->neuron + last->count) /* the index follows on: V1 */
            finding(v, V10, DIAG_E0902, population->span, "pieces %u and %u of %s are one", i - 1,
                    i, population->name);
    }
}

/* Words rise and fill the lowest cells that are fit; bits of no field are zero; somebody sends the
 * tag. */
static void cam(struct verify *v, size_t site)
{
    uint32_t core = core_of_site(site);
    if (!cells_as_chosen(v, site))
        finding(v, V10, DIAG_E0902, span_nowhere(), "CAM words of %s (%s) are out of order",
                source_name(v, v->neuron_at[site]), site_name(v, site));
    for (uint32_t cell = 0; cell < layout.cells; cell++) {
        uint32_t word = read_cam(v->image, site, cell);
        struct cam_fields fields = layout_cam(word);
        if (fields.rest)
            finding(v, V10, DIAG_E0902, span_nowhere(), "CAM word %u of %s has bits of no field",
                    cell, source_name(v, v->neuron_at[site]));
        if (word != 0 && senders_of(v, core, fields.tag).n == 0)
            finding(v, V10, DIAG_E0902, span_nowhere(),
                    "CAM word %u of %s waits for tag %u, which nobody sends to %s", cell,
                    source_name(v, v->neuron_at[site]), fields.tag, site_name(v, site));
    }
}

struct held_tags { /* which tags have a CAM word on which core */
    uint8_t *held;
};

static struct held_tags hold_tags(struct verify *v)
{
    struct held_tags tags = {arena_alloc(v->arena, v->image->n_cores, layout.tags)};
    for (uint32_t i = 0; i < v->net->n_neurons; i++)
        for (uint32_t cell = 0; cell < layout.cells; cell++) {
            uint32_t word = read_cam(v->image, v->site_of[i], cell);
            size_t core = core_of_site(v->site_of[i]);
            if (word)
                tags.held[core * layout.tags + layout_cam(word).tag] = 1;
        }
    return tags;
}

/* The mask names cores that hold the tag, or one of the n tags from it on, and at least one. */
static bool least_mask(const struct held_tags *tags, uint32_t chip, const struct sram_fields *route,
                       uint32_t n)
{
    for (uint32_t core = 0; core < layout.cores; core++) {
        size_t board_core = (size_t)chip * layout.cores + core;
        bool held = false;
        for (uint32_t t = 0; t < n && !held; t++)
            held = tags->held[board_core * layout.tags + route->tag + t];
        if (route->cores >> core & 1 && !held)
            return false;
    }
    return route->cores != 0;
}

/* Destinations rise by chip, then tag, the host last; nothing stands behind an empty word. */
static void order(struct verify *v, uint32_t source)
{
    struct source_routes routes = routes_of(v, source);
    uint64_t last = 0;
    bool any = false, ended = false;
    for (uint32_t i = 0; i < routes.words.n; i++) {
        uint32_t word = read_word(&routes.words, i);
        struct sram_fields route = route_at(&routes, i);
        bool west, empty = word == 0 && source < v->net->n_neurons;
        uint64_t chip = route_chip(v, routes.chip, &route, &west); /* the host: the last chip */
        uint64_t rank = routes.blocks ? chip : chip * layout.tags + route.tag;
        if (!empty && (ended || (any && rank <= last)))
            finding(v, V10, DIAG_E0902, span_nowhere(), "destinations of %s are out of order",
                    source_name(v, source));
        if (route.rest)
            finding(v, V10, DIAG_E0902, span_nowhere(), "destination %u of %s has bits of no field",
                    i, source_name(v, source));
        ended = empty;
        last = rank;
        any = true;
    }
}

void check_v10_order(struct verify *v)
{
    for (uint32_t source = 0; source < net_n_sources(v->net); source++)
        order(v, source);
}

static void masks(struct verify *v, const struct held_tags *tags, uint32_t source)
{
    struct source_routes routes = routes_of(v, source);
    uint32_t all = (1u << layout.cores) - 1;
    uint32_t n = routes.blocks ? layout.channels * layout.types : 1;
    if (routes.unit > 0) /* a block is looked at once, from its first tag on */
        return;
    for (uint32_t i = 0; i < routes.words.n; i++) {
        uint32_t word = read_word(&routes.words, i);
        struct sram_fields route = route_at(&routes, i);
        bool west, empty = word == 0 && source < v->net->n_neurons;
        uint32_t chip = route_chip(v, routes.chip, &route, &west);
        if (!empty && chip == NET_NONE && route.cores != all)
            finding(v, V10, DIAG_E0902, span_nowhere(),
                    "the event of %s to the host names cores %#x, not all", source_name(v, source),
                    route.cores);
        if (chip != NET_NONE && !empty && !least_mask(tags, chip, &route, n))
            finding(v, V10, DIAG_E0902, span_nowhere(),
                    "destination %u of %s names a core of chip %u without a word of tag %u", i,
                    source_name(v, source), chip, route.tag);
    }
}

static void quiet_cores(struct verify *v)
{
    for (uint32_t core = 0; core < v->image->n_cores; core++)
        for (uint32_t bias = 0; bias < layout.n_biases && v->group_of_core[core] == NET_NONE;
             bias++) {
            struct code held = read_bias(v->image, core, bias), quiet = layout_bias(bias)->quiet;
            if (held.coarse != quiet.coarse || held.fine != quiet.fine)
                finding(v, V10, DIAG_E0902, span_nowhere(),
                        "%s of chip %u core %u, which is empty, is (%u,%u), not its default",
                        layout_bias(bias)->name, chip_of_core(core), core % layout.cores,
                        held.coarse, held.fine);
        }
}

static void meta(struct verify *v)
{
    const struct verify_meta *meta = &v->image->meta;
    if (strcmp(meta->tool, v->tool_version) != 0)
        finding(v, V10, DIAG_E0901, span_nowhere(), "written by dync %s, this is dync %s",
                meta->tool, v->tool_version);
    for (uint32_t i = 1; i < meta->n_files; i++)
        if (strcmp(meta->files[0].path, meta->files[i].path) == 0
            || (i > 1 && strcmp(meta->files[i - 1].path, meta->files[i].path) >= 0))
            finding(v, V10, DIAG_E0902, span_nowhere(), "the list of files is out of order");
}

void check_v10_form(struct verify *v)
{
    struct held_tags tags = hold_tags(v);
    meta(v);
    for (uint32_t p = 0; p < v->net->populations.n; p++)
        pieces(v, &v->net->populations.at[p], &v->image->populations[p]);
    for (uint32_t i = 0; i < v->net->n_neurons; i++)
        cam(v, v->site_of[i]);
    for (uint32_t i = 0; i < net_n_sources(v->net); i++)
        masks(v, &tags, i);
    quiet_cores(v);
}
