#include "mapper/fit.h"

#include "compiler/base/text.h"
#include "mapper/fit_parts.h"

#include <string.h>

/* --- texts --- */

const char *core_text(struct arena *arena, uint32_t chip, uint32_t core)
{
    return arena_printf(arena, "chip %u core %u", chip, core);
}

const char *unit_text(struct arena *arena, const struct net *net, uint32_t neuron)
{
    const struct population *population = &net->populations.at[net->population_of[neuron]];
    if (population->dims.n == 1)
        return arena_printf(arena, "%u", neuron - population->first);
    return strrchr(net_source_name(arena, net, neuron), '[');
}

/* --- neurons --- */

/* The population with which the count goes over the limit. */
static uint32_t straw(const struct net *net, uint64_t limit)
{
    uint64_t sum = 0;
    for (uint32_t p = 0; p < net->populations.n; p++) {
        sum += net->populations.at[p].size;
        if (sum > limit)
            return p;
    }
    return net->populations.n - 1;
}

static void list_populations(const struct fit *fit, struct diag *diag)
{
    struct text text;
    text_init(&text, fit->arena);
    text_add(&text, "neurons by population");
    for (uint32_t p = 0; p < fit->net->populations.n && p < FIT_MOST_LISTED; p++)
        text_add(&text, "\n%6u  %s", fit->net->populations.at[p].size,
                 fit->net->populations.at[p].name);
    if (fit->net->populations.n > FIT_MOST_LISTED)
        text_add(&text, "\nand %u more", fit->net->populations.n - FIT_MOST_LISTED);
    diag_note(fit->sink, diag, span_nowhere(), "%s", text.at);
}

bool fit_neurons(const struct fit *fit)
{
    const struct net *net = fit->net;
    uint32_t per_core = usable_neurons(net, fit->device), kept = fit->device->neurons_per_core;
    uint64_t cores = device_cores(fit->device, net->chips), usable = cores * per_core;
    bool defects = fit->cells->defects != NULL;
    kept -= per_core;
    if (defects)
        usable = 0;
    for (uint32_t core = 0; core < cores && defects; core++)
        usable += cells_neurons(net, fit->cells, core);
    if (net->n_neurons <= usable)
        return true;
    struct diag *diag =
        diag_add(fit->sink, DIAG_E0308, net->populations.at[straw(net, usable)].span,
                 kept || defects ? "declared %u neuron%s, the board has %llu that may be used"
                                 : "declared %u neuron%s, the board has %llu",
                 net->n_neurons, net->n_neurons == 1 ? "" : "s", (unsigned long long)usable);
    if (defects)
        diag_note(fit->sink, diag, span_nowhere(),
                  "neurons whose CAM words are all defective are not used (\"%s\")",
                  fit->cells->defects->profile);
    if (kept)
        diag_note(fit->sink, diag, span_nowhere(),
                  "`reserve` keeps %u of the %u neurons of every core free", kept,
                  fit->device->neurons_per_core);
    list_populations(fit, diag);
    uint64_t per_chip = (uint64_t)fit->device->cores_per_chip * per_core;
    if (per_chip && !defects)
        diag_help(fit->sink, diag, net->target_span, NULL, "%llu chips have %llu",
                  (unsigned long long)((net->n_neurons + per_chip - 1) / per_chip),
                  (unsigned long long)((net->n_neurons + per_chip - 1) / per_chip * per_chip));
    return false;
}

/* --- warnings --- */

static bool has_latch(const struct fit *fit, uint32_t neuron, enum latch_id latch)
{
    return fit->net->latches && (fit->net->latches[neuron] >> latch & 1);
}

static bool driven_by_current(const struct fit *fit, const struct population *population)
{
    for (uint32_t i = 0; i < population->size; i++)
        if (!has_latch(fit, population->first + i, LATCH_so_dc))
            return false;
    return true;
}

static void warn_silent(const struct fit *fit, const struct population *population)
{
    for (uint32_t i = 0; i < population->size; i++)
        if (fit->sharing->unshared[population->first + i])
            return;
    if (!driven_by_current(fit, population))
        diag_add(fit->sink, DIAG_W0711, population->span, "population %s receives nothing",
                 population->name);
}

/* Edges out of every killed neuron. */
static uint64_t *count_killed_edges(const struct fit *fit)
{
    const struct net *net = fit->net;
    struct edge_vec row = {NULL, 0, 0};
    uint64_t *edges = ARENA_ARRAY(fit->arena, uint64_t, net->n_neurons);
    for (uint32_t n = 0; n < net->n_neurons; n++) {
        row_read(fit->arena, net, n, &row);
        for (uint32_t e = 0; e < row.n; e++)
            if (row.at[e].source < net->n_neurons
                && has_latch(fit, row.at[e].source, LATCH_soif_kill))
                edges[row.at[e].source] += row.at[e].repeat;
    }
    return edges;
}

static void warn_killed(const struct fit *fit, const struct population *population,
                        const uint64_t *edges)
{
    struct text names;
    uint64_t total = 0;
    uint32_t listed = 0, n = 0;
    text_init(&names, fit->arena);
    for (uint32_t i = 0; i < population->size; i++) {
        uint32_t neuron = population->first + i;
        total += edges[neuron];
        n += edges[neuron] > 0;
        if (edges[neuron] && listed < FIT_MOST_LISTED)
            text_add(&names, "%s%s", listed++ ? ", " : "",
                     net_source_name(fit->arena, fit->net, neuron));
    }
    if (n > listed)
        text_add(&names, " and %u more", n - listed);
    if (n)
        diag_add(fit->sink, DIAG_W0712, population->span, "killed neuron%s %s %s of %llu synapse%s",
                 n == 1 ? "" : "s", names.at, n == 1 ? "is the source" : "are sources",
                 (unsigned long long)total, total == 1 ? "" : "s");
}

void fit_warnings(const struct fit *fit)
{
    const struct net *net = fit->net;
    bool killed = false;
    for (uint32_t p = 0; p < net->populations.n; p++)
        warn_silent(fit, &net->populations.at[p]);
    for (uint32_t n = 0; n < net->n_neurons; n++)
        killed = killed || has_latch(fit, n, LATCH_soif_kill);
    if (!killed)
        return;
    uint64_t *edges = count_killed_edges(fit);
    for (uint32_t p = 0; p < net->populations.n; p++)
        warn_killed(fit, &net->populations.at[p], edges);
}

/* --- all of them --- */

static uint32_t *least_words(struct arena *arena, const struct net *net,
                             const struct sharing *sharing)
{
    uint32_t *words = ARENA_ARRAY(arena, uint32_t, net->n_neurons);
    for (uint32_t n = 0; n < net->n_neurons; n++)
        words[n] = sharing_least_words(sharing, n);
    return words;
}

static bool run_all(const struct fit *fit)
{
    bool ok = fit_neurons(fit);
    ok = fit_bias_cores(fit->arena, fit->net, fit->device, fit->plan, false, fit->sink) && ok;
    ok = fit_places(fit) && ok;
    ok = fit_probes(fit) && ok;
    ok = fit_reach(fit, fit_held_chips(fit)) && ok;
    bool words_fit = fit_words(fit);
    if (words_fit) {
        ok = fit_sites(fit) && ok;
        ok = fit_sources(fit) && fit_ties(fit) && ok;
    }
    ok = fit_tags(fit) && ok;
    fit_warnings(fit);
    return ok && words_fit;
}

bool fit_check(struct arena *arena, const struct net *net, const struct device *device,
               const struct bias_plan *plan, struct diag_sink *sink, struct fit_usage *usage)
{
    const struct sharing_options as_written = {0};
    struct sharing *sharing = ARENA_NEW(arena, struct sharing);
    sharing_find(arena, net, &as_written, sharing);
    usage->words = least_words(arena, net, sharing);
    usage->words_unshared = sharing->unshared;
    usage->term_words_unshared = ARENA_ARRAY(arena, uint64_t, net->terms.n);
    for (uint32_t t = 0; t < net->terms.n; t++)
        usage->term_words_unshared[t] = net->terms.at[t].n_edges;
    struct cells cells;
    cells_read(arena, net, device, &cells);
    const uint32_t *limit = cells_limits(arena, net, &cells);
    const struct fit fit = {arena, net, device, plan, sink, sharing, usage->words, &cells, limit};
    return run_all(&fit);
}
