/* SRAM words per source and tags per core, as far as counting goes: E0302, E0304. */
#include "mapper/fit_parts.h"

#include "mapper/share_budget.h"

/* --- SRAM words --- */

/* Whether some neuron has too many CAM words unless this group shares its tag. */
static bool indispensable(const struct fit *fit, const struct share_budget *budget, uint32_t group)
{
    uint32_t others = fit->sharing->groups.at[group].n_members - 1;
    for (uint32_t i = budget->first_use[group]; i < budget->first_use[group + 1]; i++)
        if (fit->least[budget->uses[i].neuron] + others * budget->uses[i].words
            > fit->device->cam_words)
            return true;
    return false;
}

/* Least SRAM words of every neuron on a board of one chip. */
static uint32_t *least_sram(const struct fit *fit, const struct share_budget *budget)
{
    uint32_t *words = ARENA_ARRAY(fit->arena, uint32_t, net_n_sources(fit->net));
    uint32_t *carried = ARENA_ARRAY(fit->arena, uint32_t, net_n_sources(fit->net));
    for (uint32_t g = 0; g < fit->sharing->groups.n && fit->net->chips == 1; g++) {
        const struct share_group *group = &fit->sharing->groups.at[g];
        if (!indispensable(fit, budget, g))
            continue;
        for (uint32_t i = 0; i < group->n_members; i++) {
            uint32_t source = fit->sharing->members.at[group->first_member + i];
            words[source]++;
            carried[source] += budget->group_edges[g];
        }
    }
    for (uint32_t n = 0; n < fit->net->n_neurons; n++) {
        bool own = budget->edges[n] > budget->open_edges[n];
        bool any = budget->edges[n] > carried[n] && words[n] == 0;
        words[n] += (own || any ? 1u : 0u) + (fit->net->probed[n] ? 1u : 0u);
    }
    return words;
}

bool fit_sources(const struct fit *fit)
{
    const struct net *net = fit->net;
    struct share_budget budget;
    bool ok = true;
    share_budget_init(&budget, fit->arena, net, fit->device, fit->sharing);
    uint32_t *words = least_sram(fit, &budget);
    for (uint32_t p = 0; p < net->populations.n; p++) {
        const struct population *population = &net->populations.at[p];
        uint32_t worst = population->first;
        for (uint32_t i = 0; i < population->size; i++)
            if (words[population->first + i] > words[worst])
                worst = population->first + i;
        if (population->size == 0 || words[worst] <= fit->device->sram_words)
            continue;
        ok = false;
        uint32_t probe = net->probed[worst] != 0, tags = words[worst] - probe;
        struct diag *diag = diag_add(
            fit->sink, DIAG_E0302, population->span,
            "population %s: neuron %s needs %u SRAM words (%u tag%s%s), %u available",
            population->name, unit_text(fit->arena, net, worst), words[worst], tags,
            tags == 1 ? "" : "s", probe ? " + 1 spike probe" : "", fit->device->sram_words);
        if (tags > 1)
            diag_note(fit->sink, diag, span_nowhere(),
                      "its targets have too few CAM words unless it shares a tag with other "
                      "sources in each of several projections; every such tag is an SRAM word");
        if (probe)
            diag_help(fit->sink, diag, span_nowhere(), NULL, "without its spike probe it needs %u",
                      tags);
    }
    return ok;
}

/* --- tags --- */

/* Distinct tags that the neurons marked must hear at least: in the worst single population, one tag
 * per class and per source without one; over all, one tag per set of sources that classes link. */
struct hearing {
    const struct fit *fit;
    struct stamped class_of, seen_class, seen_source;
    uint32_t *link; /* per source: union-find over classes */
    struct edge_vec row;
};

static uint32_t link_root(struct hearing *h, uint32_t source)
{
    while (h->link[source] != source) {
        h->link[source] = h->link[h->link[source]];
        source = h->link[source];
    }
    return source;
}

static void link_classes(struct hearing *h)
{
    const struct sharing *sharing = h->fit->sharing;
    for (uint32_t s = 0; s < net_n_sources(h->fit->net); s++)
        h->link[s] = s;
    for (uint32_t c = 0; c < sharing->classes.n; c++) {
        const struct share_class *class = &sharing->classes.at[c];
        uint32_t first = link_root(h, sharing->members.at[class->first_member]);
        for (uint32_t i = 1; i < class->n_members; i++)
            h->link[link_root(h, sharing->members.at[class->first_member + i])] = first;
    }
}

/* Tags into the marked neurons of one population; `roots` counts linked sets seen the first time.
 */
static uint32_t tags_into(struct hearing *h, uint32_t p, const uint8_t *marked, uint32_t *roots)
{
    const struct population *population = &h->fit->net->populations.at[p];
    uint32_t tags = 0;
    sharing_classes_into(h->fit->sharing, p, &h->class_of);
    stamped_clear(&h->seen_class);
    for (uint32_t n = population->first; n < population->first + population->size; n++) {
        if (marked && !marked[n])
            continue;
        row_read(h->fit->arena, h->fit->net, n, &h->row);
        for (uint32_t e = 0; e < h->row.n; e++) {
            const struct edge *edge = &h->row.at[e];
            uint32_t source = edge->source, lowest = source, root = link_root(h, source);
            if (stamped_has(&h->class_of, source))
                lowest =
                    h->fit->sharing->members
                        .at[h->fit->sharing->classes.at[h->class_of.value[source]].first_member];
            tags += !stamped_has(&h->seen_class, lowest);
            stamped_set(&h->seen_class, lowest, 1);
            *roots += !stamped_has(&h->seen_source, root);
            stamped_set(&h->seen_source, root, 1);
        }
    }
    return tags;
}

static uint32_t least_tags(struct hearing *h, const uint8_t *marked)
{
    uint32_t most = 0, roots = 0;
    stamped_clear(&h->seen_source);
    for (uint32_t p = 0; p < h->fit->net->populations.n; p++) {
        uint32_t tags = tags_into(h, p, marked, &roots);
        most = tags > most ? tags : most;
    }
    return most > roots ? most : roots;
}

static void report_tags(const struct fit *fit, struct span span, const char *who, uint32_t need,
                        uint32_t limit, bool core)
{
    struct diag *diag = diag_add(fit->sink, DIAG_E0304, span, "%s needs %u tags, %u exist%s", who,
                                 need, limit, core ? "" : " on all its cores together");
    diag_note(fit->sink, diag, span_nowhere(),
              "counted with every class of sources with equal synapses as one tag; a core tells %u "
              "tags apart",
              fit->device->tags);
    diag_help(fit->sink, diag, span_nowhere(), NULL,
              "equal bundles that may be shared (`share = on`, all-to-all masks) count once");
}

/* Tags of what one place line holds on one core. */
static bool check_place(struct hearing *h, const struct place *place)
{
    const struct fit *fit = h->fit;
    bool on_core =
        place->kind == PLACE_CORE || place->kind == PLACE_AT || place->kind == PLACE_TOGETHER_CORE;
    if (!on_core || place->views.n == 0)
        return true;
    uint8_t *marked = ARENA_ARRAY(fit->arena, uint8_t, fit->net->n_neurons);
    for (uint32_t v = 0; v < place->views.n; v++)
        for (uint32_t i = 0; i < place->views.at[v].size; i++)
            marked[fit_view_neuron(fit->net, &place->views.at[v], i)] = 1;
    uint32_t need = least_tags(h, marked);
    if (need <= fit->device->tags)
        return true;
    const char *who = place->kind == PLACE_TOGETHER_CORE
                          ? "the core of these neurons"
                          : core_text(fit->arena, place->chip, place->core);
    report_tags(fit, place->span, who, need, fit->device->tags, true);
    return false;
}

bool fit_tags(const struct fit *fit)
{
    const struct net *net = fit->net;
    uint32_t n_sources = net_n_sources(net);
    uint64_t limit = (uint64_t)device_cores(fit->device, net->chips) * fit->device->tags;
    if (n_sources <= fit->device->tags)
        return true;
    struct hearing h = {.fit = fit, .link = ARENA_ARRAY(fit->arena, uint32_t, n_sources)};
    stamped_init(&h.class_of, fit->arena, n_sources);
    stamped_init(&h.seen_class, fit->arena, n_sources);
    stamped_init(&h.seen_source, fit->arena, n_sources);
    link_classes(&h);
    bool ok = true;
    for (uint32_t i = 0; i < net->places.n; i++)
        ok = check_place(&h, &net->places.at[i]) && ok;
    uint32_t need = least_tags(&h, NULL);
    if (need > limit) {
        report_tags(fit, net->target_span, "the board", need, (uint32_t)limit, false);
        ok = false;
    }
    return ok;
}
