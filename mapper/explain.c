#include "mapper/explain.h"

#include "compiler/base/text.h"
#include "mapper/fit_parts.h"

#include <string.h>

/* --- packing --- */

static const char *counted(struct arena *arena, uint64_t n, const char *noun)
{
    return arena_printf(arena, "%llu %s%s", (unsigned long long)n, noun, n == 1 ? "" : "s");
}

static enum pack_status try_without(struct arena *arena, const struct net *net,
                                    const struct device *device, const struct bias_plan *plan,
                                    const struct pack_options *options, const bool *ignored,
                                    bool only_counts)
{
    struct board_proof proof;
    if (net->chips > 1)
        return board_disproved(arena, net, device, plan, options, ignored, only_counts, &proof)
                   ? PACK_IMPOSSIBLE
                   : PACK_UNDECIDED;
    struct problem problem;
    struct packing packing;
    struct pack_options any = *options;
    const struct problem_options cut = {.ignored = ignored};
    any.feasibility = true;
    problem_build(arena, net, device, plan, &cut, &problem);
    pack(arena, &problem, &any, &packing);
    return packing.status;
}

struct conflict { /* place lines that rule out every placement */
    struct arena *arena;
    const struct net *net;
    const struct device *device;
    const struct bias_plan *plan;
    const struct pack_options *options;
    bool only_counts;
    bool *ignored; /* per line: the proof does not need it */
};

/* Leaves out lines from .. to - 1, as many as the proof does not need, the last first, so that the
 * earliest of equally good sets remains. What goes as a whole is tried once. Returns how many stay,
 * each of which is needed. */
static uint32_t filter(struct conflict *c, uint32_t from, uint32_t to)
{
    if (from == to)
        return 0;
    memset(c->ignored + from, true, to - from);
    if (try_without(c->arena, c->net, c->device, c->plan, c->options, c->ignored, c->only_counts)
        == PACK_IMPOSSIBLE)
        return 0;
    memset(c->ignored + from, false, to - from);
    if (to - from == 1)
        return 1;
    uint32_t middle = from + (to - from) / 2, kept = filter(c, middle, to);
    return kept + filter(c, from, middle);
}

static uint32_t membrane_probes(const struct net *net, struct span *span)
{
    uint32_t n = 0;
    for (uint32_t i = net->probes.n; i-- > 0;)
        if (net->probes.at[i].kind == PROBE_MEMBRANE) {
            n += net->probes.at[i].view.size;
            *span = net->probes.at[i].span;
        }
    return n;
}

/* Labels the constraints after the first one, those of a loop once; returns how many are not shown.
 */
static uint32_t label_others(const struct net *net, const bool *ignored, uint32_t first,
                             struct diag_sink *sink, struct diag *diag)
{
    uint32_t listed = 1, unlisted = 0, last = first;
    for (uint32_t i = first + 1; i < net->places.n; i++) {
        if (ignored[i])
            continue;
        struct span span = net->places.at[i].span, before = net->places.at[last].span;
        bool same = span.file == before.file && span.begin == before.begin;
        if (!same && listed == FIT_MOST_LISTED) {
            unlisted++;
            continue;
        }
        last = i;
        if (same)
            continue;
        listed++;
        diag_label(sink, diag, span, "together with this");
    }
    return unlisted;
}

static void explain_conflict(struct arena *arena, const struct net *net, const bool *ignored,
                             uint32_t kept, const struct packing *packing,
                             const struct board_proof *proof, struct diag_sink *sink)
{
    struct span first = net->target_span;
    uint32_t probes = membrane_probes(net, &first), i = 0;
    while (i < net->places.n && ignored[i])
        i++;
    first = kept ? net->places.at[i].span : first;
    struct diag *diag = diag_add(sink, DIAG_E0403, first,
                                 kept ? "no placement exists under %s"
                                      : "no placement exists for these probes and bias sets",
                                 counted(arena, kept, "`place` constraint"));
    uint32_t unlisted = label_others(net, ignored, i, sink, diag);
    if (unlisted > 0)
        diag_note(sink, diag, span_nowhere(), "and together with %s",
                  counted(arena, unlisted, "more constraint"));
    if (kept > 1)
        diag_note(sink, diag, span_nowhere(),
                  net->chips > 1 ? "without any one of the %u this is no proof"
                                 : "leave out any one of the %u and the rest can be met",
                  kept);
    if (probes > 1)
        diag_note(sink, diag, span_nowhere(), "%u membrane probes need %u different cores", probes,
                  probes);
    if (proof->of)
        diag_note(sink, diag, span_nowhere(),
                  "this is a counting proof (%u %s needed, the board has %u), no search was needed",
                  proof->need, proof->of, proof->have);
    else if (packing->nodes == 0)
        diag_note(sink, diag, span_nowhere(), "this is a counting proof, no search was needed");
    else
        diag_note(sink, diag, span_nowhere(),
                  "certificate: every placement was excluded by search (%s)",
                  counted(arena, packing->nodes, "node"));
}

void explain_packing(struct arena *arena, const struct net *net, const struct device *device,
                     const struct bias_plan *plan, const struct pack_options *options,
                     const struct packing *packing, struct diag_sink *sink)
{
    bool *ignored = ARENA_ARRAY(arena, bool, (size_t)net->places.n + 1);
    if (packing->status == PACK_IMPOSSIBLE) {
        struct board_proof proof = {NULL, 0, 0};
        if (net->chips > 1)
            board_disproved(arena, net, device, plan, options, NULL, false, &proof);
        struct conflict conflict = {.arena = arena,
                                    .net = net,
                                    .device = device,
                                    .plan = plan,
                                    .options = options,
                                    .only_counts = proof.of != NULL,
                                    .ignored = ignored};
        uint32_t kept = filter(&conflict, 0, net->places.n);
        if (proof.of)
            board_disproved(arena, net, device, plan, options, ignored, true, &proof);
        explain_conflict(arena, net, ignored, kept, packing, &proof, sink);
        return;
    }
    struct diag *diag = diag_add(sink, DIAG_E0404, net->target_span,
                                 "search stopped after %s without a placement; none was disproved",
                                 counted(arena, packing->nodes, "node"));
    diag_help(sink, diag, span_nowhere(), NULL,
              "a higher node limit, or fewer `place` constraints, may find one");
}

void explain_no_room(struct arena *arena, const struct net *net, const struct no_room *no_room,
                     struct diag_sink *sink)
{
    static const char help[] =
        "fewer `place` constraints, or lines that say which chip, may find one";
    if (no_room->size == 0) {
        struct diag *diag = diag_add(sink, DIAG_E0404, net->target_span,
                                     "no placement found: what `spread` asks for found no cores in "
                                     "the order of its view; none was disproved");
        diag_help(sink, diag, span_nowhere(), NULL, help);
        return;
    }
    const struct population *population = &net->populations.at[net->population_of[no_room->neuron]];
    struct diag *diag = diag_add(
        sink, DIAG_E0404, population->span,
        "no placement found: %s, from %s on, found no core; none was disproved",
        counted(arena, no_room->size, "neuron"), net_source_name(arena, net, no_room->neuron));
    if (no_room->room < no_room->size)
        diag_note(
            sink, diag, span_nowhere(),
            "parts were placed one by one, in several orders; in the best of them no core had "
            "room for more than %u of this bias set",
            no_room->room);
    else
        diag_note(
            sink, diag, span_nowhere(),
            "parts were placed one by one, in several orders; in the best of them cores had room "
            "for %u, but `place` lines, or probes, stood against each",
            no_room->room);
    if (no_room->parts > 1)
        diag_note(sink, diag, span_nowhere(), "%s not placed then either",
                  no_room->parts == 2
                      ? "one more part was"
                      : arena_printf(arena, "%u more parts were", no_room->parts - 1));
    diag_help(sink, diag, span_nowhere(), NULL, help);
}

/* --- sharing --- */

static void state_choices(struct arena *arena, const struct share_decision *decision,
                          struct diag_sink *sink, struct diag *diag)
{
    diag_note(sink, diag, span_nowhere(),
              "certificate: all choices of shared tags were searched (%s)",
              counted(arena, decision->nodes, "node"));
}

/* E0404: what the source needs if all that its targets need is shared. */
static void sharing_undecided(struct arena *arena, const struct share_decision *decision,
                              struct span span, const char *needs, uint32_t available,
                              struct diag_sink *sink)
{
    struct diag *diag = diag_add(sink, DIAG_E0404, span,
                                 "search stopped after %s without a choice of shared tags that "
                                 "fits; none was disproved",
                                 counted(arena, decision->nodes, "node"));
    if (decision->short_words > available)
        diag_note(sink, diag, span_nowhere(),
                  "where every tag is shared that its targets need, %s, %u available", needs,
                  available);
}

static void explain_pixel(struct arena *arena, const struct net *net, const struct device *device,
                          const struct share_decision *decision, struct diag_sink *sink)
{
    const struct input *input = &net->inputs.at[net_input_of(net, decision->short_source)];
    const char *pixel = strrchr(net_source_name(arena, net, decision->short_source), '[');
    const char *needs = arena_printf(arena, "input %s: pixel %s needs %s", input->name, pixel,
                                     counted(arena, decision->short_words, "destination word"));
    if (decision->status == SHARE_UNDECIDED) {
        sharing_undecided(arena, decision, input->span, needs, device->dvs_words, sink);
        return;
    }
    struct diag *diag =
        diag_add(sink, DIAG_E0302, input->span, "%s, %u available", needs, device->dvs_words);
    diag_note(sink, diag, span_nowhere(),
              "the interface of a camera sends a pixel's events to one chip under one tag, and its "
              "targets have too few CAM words unless it shares tags");
    state_choices(arena, decision, sink, diag);
}

void explain_sharing(struct arena *arena, const struct net *net, const struct device *device,
                     const struct share_decision *decision, struct diag_sink *sink)
{
    uint32_t source = decision->short_source;
    if (source >= net->n_neurons) {
        explain_pixel(arena, net, device, decision, sink);
        return;
    }
    const struct population *population = &net->populations.at[net->population_of[source]];
    uint32_t probe = net->probed[source] != 0, tags = decision->short_words - probe;
    const char *where = net->chips > 1 ? arena_printf(arena, " to %s",
                                                      counted(arena, decision->short_chips, "chip"))
                                       : "";
    const char *needs =
        arena_printf(arena, "neuron %s of %s needs %u SRAM words (%s%s%s)",
                     unit_text(arena, net, source), population->name, decision->short_words,
                     counted(arena, tags, "tag"), where, probe ? " + 1 spike probe" : "");
    if (decision->status == SHARE_UNDECIDED && net->chips > 1
        && decision->short_words > device->sram_words) {
        struct diag *best =
            diag_add(sink, DIAG_E0404, population->span,
                     "no placement found: in the best one %s, %u available; none was disproved",
                     needs, device->sram_words);
        diag_help(sink, best, span_nowhere(), NULL,
                  "`place ..: together(chip);` or `chip(k)` holds its targets on fewer chips");
        return;
    }
    if (decision->status == SHARE_UNDECIDED) {
        sharing_undecided(arena, decision, population->span, needs, device->sram_words, sink);
        return;
    }
    struct diag *diag =
        diag_add(sink, DIAG_E0302, population->span,
                 "population %s: neuron %s needs %u SRAM words (%s%s), %u available",
                 population->name, unit_text(arena, net, source), decision->short_words,
                 counted(arena, tags, "tag"), probe ? " + 1 spike probe" : "", device->sram_words);
    diag_note(sink, diag, span_nowhere(),
              "its targets have room for it only if it shares a tag with other sources in each of "
              "several projections, and every shared tag takes an SRAM word");
    state_choices(arena, decision, sink, diag);
    if (probe)
        diag_note(sink, diag, span_nowhere(), "its spike probe takes one of the words");
}

/* --- reach --- */

void explain_reach(struct arena *arena, const struct net *net, const struct device *device,
                   const struct beyond *beyond, struct diag_sink *sink)
{
    uint32_t source = beyond->source;
    struct span span = source < net->n_neurons
                           ? net->populations.at[net->population_of[source]].span
                           : net->inputs.at[net_input_of(net, source)].span;
    const char *to =
        beyond->to == NET_NONE ? "the host" : arena_printf(arena, "chip %u", beyond->to);
    struct diag *diag =
        diag_add(sink, DIAG_E0404, span,
                 "no placement found: in the best one packets of %s, at chip %u, would travel more "
                 "than %u chips; none was disproved",
                 net_source_name(arena, net, source), beyond->from, device->max_hop);
    diag_note(
        sink, diag, span_nowhere(),
        "out of reach: %s of %s; the farthest is this one to %s, %u links along a row or column",
        counted(arena, beyond->words, "word"), counted(arena, beyond->sources, "source"), to,
        beyond->distance);
    diag_help(sink, diag, span_nowhere(), NULL,
              "`place ..: chip(k);` near its targets, or a board with shorter rows, brings them "
              "together");
}

/* --- tags --- */

void explain_tags(const struct net *net, const struct device *device,
                  const struct tags_result *result, struct diag_sink *sink)
{
    struct diag *diag =
        diag_add(sink, DIAG_E0404, net->target_span,
                 "no placement found: the best of those tried needs %u tags on a chip, %u exist; "
                 "none was disproved",
                 result->used, device->tags);
    diag_note(sink, diag, span_nowhere(),
              "two tags may have one number only if no core hears both");
    diag_help(
        sink, diag, span_nowhere(), NULL,
        "fewer sources per core, or bundles that are equal and may be shared, need fewer tags");
}

/* --- defects --- */

struct range {
    uint32_t least, most;
};

/* CAM words of a neuron of a core for tags of one half. */
static struct range words_of_core(const struct cells *cells, uint32_t core, uint32_t half)
{
    struct range words = {UINT32_MAX, 0};
    uint32_t per_core = cells->device->neurons_per_core;
    for (uint32_t n = 0; n < per_core; n++) {
        uint32_t own = cells_of_half(cells, (size_t)core * per_core + n, half);
        words.least = own < words.least ? own : words.least;
        words.most = own > words.most ? own : words.most;
    }
    return words;
}

static void note_cores(struct arena *arena, const struct cells *cells, uint32_t chip,
                       struct diag *diag, struct diag_sink *sink)
{
    uint32_t n_cores = cells->device->cores_per_chip;
    struct text text;
    text_init(&text, arena);
    text_add(&text, "usable on chip %u", chip);
    for (uint32_t c = 0; c < n_cores; c++) {
        uint32_t core = chip * n_cores + c;
        struct range lower = words_of_core(cells, core, 0), upper = words_of_core(cells, core, 1);
        text_add(&text,
                 "\ncore %u: %4u lower tags, %u to %u CAM words of a neuron for them; "
                 "%4u upper tags, %u to %u",
                 c, cells->usable_tags[core][0], lower.least, lower.most,
                 cells->usable_tags[core][1], upper.least, upper.most);
    }
    diag_note(sink, diag, span_nowhere(), "%s", text.at);
}

void explain_defects(struct arena *arena, const struct net *net, const struct cells *cells,
                     const struct tags_result *tags, const struct shortfall *shortfall,
                     struct diag_sink *sink)
{
    uint32_t per_chip = cells->device->cores_per_chip, missing = 0;
    uint32_t chip = tags ? tags->chip : shortfall->core / per_chip;
    if (tags && tags->used > cells->device->tags && tags->used != UINT32_MAX)
        missing = tags->used - cells->device->tags;
    struct diag *diag =
        diag_add(sink, DIAG_E0404, net->target_span,
                 "no placement found around the defects of \"%s\"; none was disproved",
                 cells->defects->profile);
    if (missing > 0)
        diag_note(sink, diag, span_nowhere(),
                  "the last attempt left %s of chip %u without a number that the cores can be sent "
                  "and their neurons have CAM words for",
                  counted(arena, missing, "tag"), chip);
    else if (!tags)
        diag_note(sink, diag, span_nowhere(),
                  "at last %s of chip %u core %u needed %u CAM words or more, %u have as many",
                  counted(arena, shortfall->neurons, "neuron"), chip, shortfall->core % per_chip,
                  shortfall->words, shortfall->sites);
    note_cores(arena, cells, chip, diag, sink);
    diag_help(sink, diag, span_nowhere(), NULL,
              "fewer synapses per neuron, `share = on`, or a higher `profile_threshold` need less "
              "of the chip");
}
