#include "backend/report.h"

#include "backend/quantity.h"
#include "backend/report_text.h"
#include "backend/talk.h"

#include <math.h>
#include <string.h>

/* --- columns --- */

void report_left(struct report_writer *w, const char *s, int width)
{
    struct text cell;
    text_init(&cell, w->arena);
    text_quoted(&cell, s);
    text_add(&w->out, "%-*s", width, cell.at);
}

char *report_where(struct report_writer *w, struct span span)
{
    if (span.file == SPAN_NOWHERE || !w->in->sources || span.file >= w->in->sources->files.n)
        return arena_strdup(w->arena, "");
    const struct source *source = w->in->sources->files.at[span.file];
    struct line_col at = source_line_col(source, span.begin);
    struct text path;
    text_init(&path, w->arena);
    text_quoted(&path, source->path);
    return arena_printf(w->arena, "%s:%u:%u", path.at, at.line, at.col);
}

static void put_known(struct report_writer *w, int64_t value, int width)
{
    if (value == FACT_UNKNOWN)
        text_add(&w->out, "%*s", width, "-");
    else
        text_add(&w->out, "%*lld", width, (long long)value);
}

/* Whole per cent; what is used but less than half of one is not shown as nothing. */
static void put_share(struct report_writer *w, int64_t used, uint64_t available)
{
    if (used == FACT_UNKNOWN || available == 0) {
        text_add(&w->out, "%8s", "");
        return;
    }
    double percent = floor(100.0 * (double)used / (double)available + 0.5);
    if (used > 0 && percent < 1)
        text_add(&w->out, "%8s", "<1 %");
    else
        text_add(&w->out, "%6.0f %%", percent);
}

/* --- head --- */

static void put_title(struct report_writer *w)
{
    static const char *const status[] = {"fits", "does not fit", "no placement found"};
    const struct report_input *in = w->in;
    const struct mapping *mapping = in->mapping;
    const char *path = in->sources && in->sources->files.n ? in->sources->files.at[0]->path : "";
    text_add(&w->out, "Fit: ");
    report_left(w, path, 0);
    text_add(&w->out, " on %s, %u chip%s", in->device->name, in->net->chips,
             in->net->chips == 1 ? "" : "s");
    if (in->net->grid_h > 1)
        text_add(&w->out, " (%u x %u)", in->net->grid_w, in->net->grid_h);
    text_add(&w->out, ": %s", status[in->status]);
    if (mapping)
        text_add(&w->out, "%s%s%s", mapping->optimal ? ", optimal" : "",
                 mapping->canonical ? ", canonical" : "",
                 mapping->deterministic ? "" : ", not reproducible (time limit or interrupt)");
    text_add(&w->out, "\n\n");
}

/* "(ampa 8, nmda 24)": the words of a neuron by dendrite. */
static void put_dendrites(struct report_writer *w, uint32_t neuron)
{
    const struct image *image = w->in->image;
    const struct device *device = w->in->device;
    uint32_t count[N_DENDRITES] = {0};
    const char *separator = " (";
    const uint32_t *words =
        image->cam + (size_t)w->in->mapping->site_of[neuron] * device->cam_words;
    for (uint32_t i = 0; i < device->cam_words; i++)
        for (uint32_t d = 0; d < N_DENDRITES; d++)
            count[d] +=
                field_get(device, FIELD_cam_dendrite, words[i]) == 1u << (N_DENDRITES - 1 - d);
    for (uint32_t d = 0; d < N_DENDRITES; d++) {
        if (!count[d])
            continue;
        text_add(&w->out, "%s%s %u", separator, dendrite_name[d], count[d]);
        separator = ", ";
    }
    text_add(&w->out, "%s", separator[0] == ',' ? ")" : "");
}

static void put_worst_neuron(struct report_writer *w, enum resource resource)
{
    const struct report_facts *facts = w->facts;
    bool cam = resource == RESOURCE_CAM;
    uint32_t neuron = cam ? facts->worst_cam : facts->worst_sram;
    if (neuron == NET_NONE)
        return;
    text_add(&w->out, "  ");
    report_left(w, net_source_name(w->arena, w->in->net, neuron), 0);
    text_add(&w->out, ": %lld of %u", (long long)facts->resources[resource].most,
             cam ? w->in->device->cam_words : w->in->device->sram_words);
    if (cam && w->in->image)
        put_dendrites(w, neuron);
    if (!cam && w->in->net->probed[neuron])
        text_add(&w->out, " (1 for its spike probe)");
}

static void put_worst_core(struct report_writer *w, enum resource resource)
{
    const struct report_facts *facts = w->facts;
    bool tags = resource == RESOURCE_TAGS;
    for (uint32_t core = 0; w->in->image && core < facts->n_cores; core++) {
        int64_t used = tags ? facts->cores[core].tags : facts->cores[core].neurons;
        if (used != facts->resources[resource].most)
            continue;
        text_add(&w->out, "  chip%u.core%u: %lld of %u", core / w->in->device->cores_per_chip,
                 core % w->in->device->cores_per_chip, (long long)used,
                 tags ? w->in->device->tags : w->in->device->neurons_per_core);
        return;
    }
}

static void put_resources(struct report_writer *w)
{
    static const char *const names[N_RESOURCES] = {"neurons",    "cores", "chips",    "CAM words",
                                                   "SRAM words", "tags",  "bias sets"};
    const struct report_facts *facts = w->facts;
    text_add(&w->out, "%-16s%10s%12s%8s  %s\n", "resource", w->in->image ? "used" : "least need",
             "available", "use", "worst");
    for (enum resource r = RESOURCE_NEURONS; r < N_RESOURCES; r++) {
        const struct resource_facts *resource = &facts->resources[r];
        text_add(&w->out, "%-16s", names[r]);
        put_known(w, resource->used, 10);
        text_add(&w->out, "%12llu", (unsigned long long)resource->available);
        put_share(w, resource->used, resource->available);
        if (r == RESOURCE_CAM || r == RESOURCE_SRAM)
            put_worst_neuron(w, r);
        if (r == RESOURCE_NEURONS || r == RESOURCE_TAGS)
            put_worst_core(w, r);
        text_add(&w->out, "\n");
    }
    int64_t cam = facts->resources[RESOURCE_CAM].used;
    if (cam != FACT_UNKNOWN && (uint64_t)cam < facts->unshared)
        text_add(&w->out, "Shared tags save %llu of %llu CAM words.\n",
                 (unsigned long long)(facts->unshared - (uint64_t)cam),
                 (unsigned long long)facts->unshared);
    text_add(&w->out, "\n");
}

/* --- placement --- */

/* What stayed of an earlier placement. */
static void put_kept(struct report_writer *w)
{
    const struct report_kept *kept = &w->in->kept;
    if (!kept->given)
        return;
    text_add(&w->out, "Kept where the earlier map has them: %llu of %llu neurons",
             (unsigned long long)kept->stayed, (unsigned long long)kept->known);
    if (kept->gone > 0)
        text_add(&w->out, "; %llu more that it has are not in this network",
                 (unsigned long long)kept->gone);
    text_add(&w->out, ".\n");
}

static void put_proof(struct report_writer *w)
{
    const struct report_facts *facts = w->facts;
    const struct mapping *mapping = w->in->mapping;
    if (mapping->optimal)
        text_add(&w->out, "Proved: no placement is better at any level.\n");
    else if (facts->gap_level < N_LEVELS && isfinite(facts->gap))
        text_add(&w->out, "Not proved least: %s, gap %s.\n", level_name[facts->gap_level],
                 percent_text(w->arena, facts->gap));
    else if (facts->gap_level < N_LEVELS)
        text_add(&w->out, "Not proved least: %s.\n", level_name[facts->gap_level]);
    if (mapping->split_populations)
        text_add(&w->out, "%u population%s split over cores; at least %u must be.\n",
                 mapping->split_populations, mapping->split_populations == 1 ? " is" : "s are",
                 mapping->split_bound);
    text_add(&w->out, "\n");
}

static void put_placement(struct report_writer *w)
{
    static const char *const meaning[N_LEVELS] = {"cores that hold neurons",
                                                  "chips that hold neurons",
                                                  "SRAM words that lead to another chip",
                                                  "chip borders these words cross",
                                                  "the cut, each word by its neuron's rate",
                                                  "the hops, likewise"};
    if (!w->in->image)
        return;
    text_add(&w->out, "%-16s%10s%12s\n", "placement", "value", "bound");
    for (uint32_t l = 0; l < (w->facts->weighted ? N_LEVELS : LEVEL_CUT_WEIGHTED); l++) {
        const struct level_facts *level = &w->facts->levels[l];
        text_add(&w->out, "%-16s", level_name[l]);
        put_known(w, level->value, 10);
        put_known(w, level->bound, 12);
        text_add(&w->out, "%8s  %s%s\n", "", meaning[l],
                 level->value == level->bound ? ", proved least" : "");
    }
    put_kept(w);
    put_proof(w);
}

/* One character per number of words, darker where more neurons have it. */
static void put_histogram(struct report_writer *w, const struct core_facts *core)
{
    static const char ink[] = " .:-=+*#%@";
    const uint32_t shades = sizeof ink - 2;
    uint32_t n = w->in->device->cam_words + 1, most = 0;
    for (uint32_t k = 0; k < n; k++)
        most = core->histogram[k] > most ? core->histogram[k] : most;
    text_add(&w->out, "  0 |");
    for (uint32_t k = 0; k < n; k++) {
        uint64_t shade = ((uint64_t)core->histogram[k] * shades + most - 1) / most;
        text_bytes(&w->out, &ink[shade], 1);
    }
    text_add(&w->out, "| %u", n - 1);
}

static void put_bar(struct report_writer *w, uint32_t part, uint32_t whole)
{
    enum { WIDTH = 24 };
    uint32_t full = (uint32_t)(((uint64_t)part * WIDTH + whole - 1) / whole);
    text_add(&w->out, "|");
    for (uint32_t i = 0; i < WIDTH; i++)
        text_bytes(&w->out, i < full ? "#" : ".", 1);
    text_add(&w->out, "|");
}

static void put_core(struct report_writer *w, uint32_t number, const struct core_facts *core)
{
    const struct bias_class *class = &w->in->plan->classes.at[core->class];
    uint32_t cores = w->in->device->cores_per_chip;
    char *name = arena_printf(w->arena, "chip%u.core%u", number / cores, number % cores);
    text_add(&w->out, "%-16s", name);
    put_bar(w, core->neurons, w->in->device->neurons_per_core);
    text_add(&w->out, "%8u%8u%8u%8u  ", core->neurons, core->cam, core->sram, core->tags);
    for (uint32_t s = 0; s < class->sets.n; s++) {
        text_add(&w->out, "%s", s ? ", " : "");
        report_left(w, w->in->net->bias_sets.at[class->sets.at[s]].name, 0);
    }
    text_add(&w->out, "\n%-16s", "");
    put_histogram(w, core);
    text_add(&w->out, "\n");
}

static void put_cores(struct report_writer *w)
{
    if (!w->in->image)
        return;
    text_add(&w->out, "%-16s%-26s%8s%8s%8s%8s  %s\n", "core", "", "neurons", "CAM", "SRAM", "tags",
             "bias sets; below: neurons by number of CAM words");
    for (uint32_t core = 0; core < w->facts->n_cores; core++)
        if (w->facts->cores[core].neurons)
            put_core(w, core, &w->facts->cores[core]);
    text_add(&w->out, "\n");
}

/* --- populations and projections --- */

static int name_width(const struct report_writer *w)
{
    enum { LEAST = 14, MOST = 40 };
    const struct net *net = w->in->net;
    size_t width = LEAST;
    for (uint32_t p = 0; p < net->populations.n; p++)
        if (strlen(net->populations.at[p].name) > width)
            width = strlen(net->populations.at[p].name);
    for (uint32_t p = 0; p < net->projections.n; p++)
        if (strlen(net->projections.at[p].name) > width)
            width = strlen(net->projections.at[p].name);
    return (int)(width < MOST ? width : MOST) + 2;
}

static void put_spread(struct report_writer *w, const struct spread *spread, bool known)
{
    char *text =
        known ? arena_printf(w->arena, "%u/%u/%u", spread->least, spread->median, spread->most)
              : arena_strdup(w->arena, "-");
    text_add(&w->out, "%14s", text);
}

static void put_places(struct report_writer *w, uint32_t population)
{
    enum { SHOWN = 4 };
    const struct image_piece_vec *pieces = &w->in->image->populations.at[population].pieces;
    for (uint32_t i = 0; i < pieces->n && i < SHOWN; i++) {
        const struct image_piece *piece = &pieces->at[i];
        text_add(&w->out, "%schip%u.core%u n%u..n%u", i ? ", " : "", piece->chip, piece->core,
                 piece->neuron, piece->neuron + piece->count - 1);
    }
    if (pieces->n > SHOWN)
        text_add(&w->out, " and %u more", pieces->n - SHOWN);
}

static void put_populations(struct report_writer *w)
{
    const struct net *net = w->in->net;
    int width = name_width(w);
    text_add(&w->out, "%-*s%8s%14s%14s%8s  %s\n", width, "population", "size", "fan-in",
             "CAM words", "chips", w->in->image ? "where" : "(least, median, most of a neuron)");
    for (uint32_t p = 0; p < net->populations.n; p++) {
        const struct population_facts *facts = &w->facts->populations[p];
        report_left(w, net->populations.at[p].name, width);
        text_add(&w->out, "%8u", net->populations.at[p].size);
        put_spread(w, &facts->fan_in, true);
        put_spread(w, &facts->cam, facts->cam_known);
        put_known(w, facts->fan_out_chips, 8);
        text_add(&w->out, "  ");
        if (w->in->image)
            put_places(w, p);
        text_add(&w->out, "\n");
    }
    text_add(&w->out, "\n");
}

static void put_projections(struct report_writer *w)
{
    const struct net *net = w->in->net;
    const struct mapping *mapping = w->in->mapping;
    int width = name_width(w);
    if (net->terms.n == 0)
        return;
    text_add(&w->out, "%-*s%-8s%10s%12s%14s  %s\n", width, "projection", "dendrite", "synapses",
             "CAM words", "shared tags", "stated");
    for (uint32_t t = 0; t < net->terms.n; t++) {
        const struct term *term = &net->terms.at[t];
        report_left(w, net->projections.at[term->projection].name, width);
        text_add(&w->out, "%-8s%10llu", dendrite_name[term->dendrite],
                 (unsigned long long)term->n_edges);
        put_known(w, mapping ? (int64_t)mapping->term_words[t] : FACT_UNKNOWN, 12);
        put_known(w, mapping ? (int64_t)mapping->shared_tags[t] : FACT_UNKNOWN, 14);
        text_add(&w->out, "  %s\n", report_where(w, term->span));
    }
    text_add(&w->out, "\n");
}

/* Empty cells at the end of a line leave blanks that nobody sees and every diff shows. */
static char *without_trailing_blanks(struct text *text)
{
    size_t kept = 0;
    for (size_t i = 0; i < text->n; i++) {
        if (text->at[i] == '\n')
            while (kept > 0 && text->at[kept - 1] == ' ')
                kept--;
        text->at[kept++] = text->at[i];
    }
    text->at[kept] = 0;
    return text->at;
}

char *report_text(struct arena *arena, const struct report_input *input)
{
    struct report_writer w = {.arena = arena, .facts = report_facts_new(arena, input)};
    w.in = w.facts->in;
    text_init(&w.out, arena);
    put_title(&w);
    put_resources(&w);
    put_placement(&w);
    put_cores(&w);
    put_populations(&w);
    put_projections(&w);
    report_put_biases(&w);
    return without_trailing_blanks(&w.out);
}
