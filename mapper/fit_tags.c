/* SRAM words per source and tags per core, as far as counting goes: E0302, E0304. */
#include "mapper/fit_parts.h"

#include "compiler/base/text.h"
#include "mapper/share_budget.h"

#include <string.h>

/* --- SRAM words --- */

enum { MOST_PASSED_ON = 8 }; /* rounds in which lines pass on what holds their views */

struct least { /* SRAM words of a neuron whatever the placement, its probe aside */
    uint32_t words, chips;
};

/* A line that keeps its views together passes on the chip of one of them; true if that is news. */
static bool pass_on(const struct net *net, const struct place *place, uint32_t *chip_of)
{
    uint32_t chip = net->chips;
    bool news = false;
    if (place->kind != PLACE_TOGETHER_CORE && place->kind != PLACE_TOGETHER_CHIP)
        return false;
    for (uint32_t v = 0; v < place->views.n && chip == net->chips; v++)
        for (uint32_t i = 0; i < place->views.at[v].size && chip == net->chips; i++)
            chip = chip_of[fit_view_neuron(net, &place->views.at[v], i)];
    for (uint32_t v = 0; v < place->views.n && chip < net->chips; v++)
        for (uint32_t i = 0; i < place->views.at[v].size; i++) {
            uint32_t *own = &chip_of[fit_view_neuron(net, &place->views.at[v], i)];
            news = news || *own == net->chips;
            *own = *own == net->chips ? chip : *own;
        }
    return news;
}

uint32_t *fit_held_chips(const struct fit *fit)
{
    const struct net *net = fit->net;
    uint32_t *chip_of = ARENA_ARRAY(fit->arena, uint32_t, net->n_neurons);
    for (uint32_t n = 0; n < net->n_neurons; n++)
        chip_of[n] = net->chips > 1 ? net->chips : 0;
    for (uint32_t p = 0; p < net->places.n; p++) {
        const struct place *place = &net->places.at[p];
        if (place->kind != PLACE_CHIP && place->kind != PLACE_CORE && place->kind != PLACE_AT)
            continue;
        for (uint32_t v = 0; v < place->views.n; v++)
            for (uint32_t i = 0; i < place->views.at[v].size; i++)
                chip_of[fit_view_neuron(net, &place->views.at[v], i)] = place->chip;
    }
    bool news = net->chips > 1;
    for (uint32_t round = 0; round < MOST_PASSED_ON && news; round++) {
        news = false;
        for (uint32_t p = 0; p < net->places.n; p++)
            news = pass_on(net, &net->places.at[p], chip_of) || news;
    }
    return chip_of;
}

/* Counts at every port the tags of groups without which some neuron there has too many words. */
static void share_indispensables(const struct share_budget *budget)
{
    for (uint32_t d = 0; d < budget->n_deliveries; d++) {
        const struct delivery *delivery = &budget->deliveries[d];
        if (!share_indispensable(budget, d))
            continue;
        for (uint32_t i = 0; i < budget->sharing->groups.at[delivery->group].n_members; i++) {
            struct port *port = &budget->ports[budget->member_port[delivery->first_port + i]];
            port->shared++;
            port->carried += delivery->edges;
        }
    }
}

/* Targets that are held nowhere may join those that are, so they count only by their number, or
 * where none is held. */
static struct least least_sram(const struct fit *fit, const struct share_budget *budget,
                               uint32_t neuron, uint32_t chips)
{
    struct least least = {0, 0};
    uint32_t first = budget->first_port[neuron], end = budget->first_port[neuron + 1];
    for (uint32_t p = first; p < end; p++) {
        const struct port *port = &budget->ports[p];
        if (port->chip == fit->net->chips && end - first > 1)
            continue;
        bool own = port->edges > port->open;
        bool any = port->edges > port->carried && port->shared == 0;
        least.words += port->shared + (own || any ? 1u : 0u);
        least.chips++;
    }
    least.chips = chips > least.chips ? chips : least.chips;
    least.words = chips > least.words ? chips : least.words;
    return least;
}

/* Chips that the targets of every source need by their number. */
static uint32_t *chips_by_number(const struct fit *fit)
{
    const struct net *net = fit->net;
    uint32_t *chips = ARENA_ARRAY(fit->arena, uint32_t, net_n_sources(net));
    uint32_t room = fit->device->cores_per_chip * usable_neurons(net, fit->device);
    struct edge_vec row = {NULL, 0, 0};
    struct stamped seen;
    if (net->chips == 1 || room == 0)
        return chips;
    stamped_init(&seen, fit->arena, net_n_sources(net));
    for (uint32_t n = 0; n < net->n_neurons; n++) {
        stamped_clear(&seen);
        row_read(fit->arena, net, n, &row);
        for (uint32_t e = 0; e < row.n; e++) {
            chips[row.at[e].source] += !stamped_has(&seen, row.at[e].source);
            stamped_set(&seen, row.at[e].source, 1);
        }
    }
    for (uint32_t s = 0; s < net_n_sources(net); s++)
        chips[s] = (chips[s] + room - 1) / room;
    return chips;
}

/* Counts at the sources into a view that no chip shares with the other views of its line. */
static void count_view(const struct fit *fit, const struct view *view, struct stamped *seen,
                       uint32_t *views)
{
    struct edge_vec row = {NULL, 0, 0};
    stamped_clear(seen);
    for (uint32_t i = 0; i < view->size; i++) {
        row_read(fit->arena, fit->net, fit_view_neuron(fit->net, view, i), &row);
        for (uint32_t e = 0; e < row.n; e++) {
            views[row.at[e].source] += !stamped_has(seen, row.at[e].source);
            stamped_set(seen, row.at[e].source, 1);
        }
    }
}

/* Least chips that every source sends to: by the number of its targets, or because a line keeps
 * them on different chips. */
static uint32_t *least_chips(const struct fit *fit)
{
    const struct net *net = fit->net;
    uint32_t n = net_n_sources(net), *chips = chips_by_number(fit);
    uint32_t *views = ARENA_ARRAY(fit->arena, uint32_t, n);
    struct stamped seen;
    stamped_init(&seen, fit->arena, n);
    for (uint32_t p = 0; p < net->places.n; p++) {
        const struct place *place = &net->places.at[p];
        if (place->kind != PLACE_APART_CHIP || place->views.n < 2)
            continue;
        memset(views, 0, n * sizeof *views);
        for (uint32_t v = 0; v < place->views.n; v++)
            count_view(fit, &place->views.at[v], &seen, views);
        for (uint32_t s = 0; s < n; s++)
            chips[s] = views[s] > chips[s] ? views[s] : chips[s];
    }
    return chips;
}

struct shortage {    /* of the neurons of one population */
    uint32_t neuron; /* the worst */
    struct least worst;
    uint32_t n_over, most_unprobed; /* words of the worst, all probes aside */
};

/* Projections in which the neuron shares a tag that its targets cannot do without. */
static void note_shared_tags(const struct fit *fit, const struct share_budget *budget,
                             uint32_t neuron, struct diag *diag)
{
    struct text text;
    uint32_t n = 0;
    text_init(&text, fit->arena);
    for (uint32_t d = 0; d < budget->n_deliveries; d++) {
        const struct share_group *group = &fit->sharing->groups.at[budget->deliveries[d].group];
        const uint32_t *members = &fit->sharing->members.at[group->first_member];
        uint32_t i = 0;
        while (i < group->n_members && members[i] != neuron)
            i++;
        if (i == group->n_members || !share_indispensable(budget, d))
            continue;
        if (n++ < FIT_MOST_LISTED)
            text_add(
                &text, "\n%6u sources  %s", group->n_members,
                fit->net->projections.at[fit->net->terms.at[group->first_term].projection].text);
    }
    if (n > FIT_MOST_LISTED)
        text_add(&text, "\nand %u more", n - FIT_MOST_LISTED);
    if (n)
        diag_note(fit->sink, diag, span_nowhere(),
                  "the targets have too few CAM words unless %s shares a tag in each of%s",
                  net_source_name(fit->arena, fit->net, neuron), text.at);
}

static void report_source(const struct fit *fit, const struct share_budget *budget,
                          const struct shortage *shortage)
{
    const struct net *net = fit->net;
    uint32_t neuron = shortage->neuron, words = shortage->worst.words;
    const struct population *population = &net->populations.at[net->population_of[neuron]];
    uint32_t probe = net->probed[neuron] != 0;
    bool by_chips = net->chips > 1 && words == shortage->worst.chips;
    struct diag *diag = diag_add(
        fit->sink, DIAG_E0302, population->span,
        "population %s: neuron %s needs %u SRAM words (%u %s%s%s), %u available", population->name,
        unit_text(fit->arena, net, neuron), words + probe, words, by_chips ? "chip" : "tag",
        words == 1 ? "" : "s", probe ? " + 1 spike probe" : "", fit->device->sram_words);
    if (by_chips)
        diag_note(fit->sink, diag, span_nowhere(),
                  "a word reaches one chip, the neuron's own included");
    else if (words > 1)
        note_shared_tags(fit, budget, neuron, diag);
    diag_note(fit->sink, diag, span_nowhere(), "%u of %u neurons of %s %s over the limit",
              shortage->n_over, population->size, population->name,
              shortage->n_over == 1 ? "is" : "are");
    if (shortage->most_unprobed <= fit->device->sram_words)
        diag_help(fit->sink, diag, span_nowhere(), NULL,
                  "without spike probes on these, every neuron of %s needs at most %u",
                  population->name, fit->device->sram_words);
}

/* The interface of a camera has fewer destinations for a pixel than a neuron has words. */
static bool fit_pixels(const struct fit *fit, const struct share_budget *budget,
                       const uint32_t *chips, const struct input *input)
{
    uint32_t first = fit->net->n_neurons + input->first, pixel = first;
    struct least worst = {0, 0};
    for (uint32_t s = first; s < first + input->size; s++) {
        struct least own = least_sram(fit, budget, s, chips[s]);
        if (own.words <= worst.words)
            continue;
        worst = own;
        pixel = s;
    }
    if (worst.words <= fit->device->dvs_words)
        return true;
    struct diag *diag = diag_add(
        fit->sink, DIAG_E0302, input->span,
        "input %s: pixel %s needs %u destination words (%u %s), %u available", input->name,
        strrchr(net_source_name(fit->arena, fit->net, pixel), '['), worst.words, worst.words,
        worst.words == worst.chips ? "chips" : "tags", fit->device->dvs_words);
    diag_note(fit->sink, diag, span_nowhere(),
              "the interface of a camera sends a pixel's events to one chip under one tag");
    if (worst.words == worst.chips)
        diag_help(fit->sink, diag, span_nowhere(), NULL,
                  "hold its targets on one chip, or let neurons there pass its spikes on");
    else
        diag_help(
            fit->sink, diag, span_nowhere(), NULL,
            "its targets have too few CAM words unless it shares a tag with others; with fewer "
            "synapses on them it could do with a tag of its own");
    return false;
}

/* Chips to which place lines spread the targets of a biosignal front end. */
static bool fit_routes(const struct fit *fit, const struct share_budget *budget,
                       const struct input *input)
{
    uint32_t first = fit->net->n_neurons + input->first, n_chips = 0;
    uint8_t *held = ARENA_ARRAY(fit->arena, uint8_t, (size_t)fit->net->chips + 1);
    for (uint32_t p = budget->first_port[first]; p < budget->first_port[first + input->size]; p++) {
        uint32_t chip = budget->ports[p].chip;
        n_chips += chip < fit->net->chips && !held[chip];
        held[chip] = 1;
    }
    if (n_chips <= fit->device->bioamp_routes)
        return true;
    struct diag *diag =
        diag_add(fit->sink, DIAG_E0302, input->span,
                 "input %s: its units need %u destination words (%u chips), %u available",
                 input->name, n_chips, n_chips, fit->device->bioamp_routes);
    diag_help(fit->sink, diag, span_nowhere(), NULL,
              "a biosignal front end reaches %u chips; hold its targets there",
              fit->device->bioamp_routes);
    return false;
}

static bool fit_sensors(const struct fit *fit, const struct share_budget *budget,
                        const uint32_t *chips)
{
    bool ok = true;
    for (uint32_t i = 0; i < fit->net->inputs.n; i++) {
        const struct input *input = &fit->net->inputs.at[i];
        if (input->kind == INPUT_DVS)
            ok = fit_pixels(fit, budget, chips, input) && ok;
        else if (input->kind == INPUT_BIOAMP)
            ok = fit_routes(fit, budget, input) && ok;
    }
    return ok;
}

static void count_shortage(const struct fit *fit, const struct share_budget *budget,
                           uint32_t neuron, uint32_t chips, struct shortage *shortage)
{
    const uint8_t *probed = fit->net->probed;
    struct least own = least_sram(fit, budget, neuron, chips);
    uint32_t words = own.words + probed[neuron];
    shortage->n_over += words > fit->device->sram_words;
    if (own.words > shortage->most_unprobed)
        shortage->most_unprobed = own.words;
    if (words <= shortage->worst.words + probed[shortage->neuron])
        return;
    shortage->worst = own;
    shortage->neuron = neuron;
}

bool fit_sources(const struct fit *fit)
{
    const struct net *net = fit->net;
    struct share_budget budget;
    bool ok = true;
    share_budget_init(&budget, fit->arena, net, fit->device, fit->sharing, fit_held_chips(fit));
    share_indispensables(&budget);
    const uint32_t *chips = least_chips(fit);
    for (uint32_t p = 0; p < net->populations.n; p++) {
        const struct population *population = &net->populations.at[p];
        struct shortage shortage = {.neuron = population->first};
        for (uint32_t n = population->first; n < population->first + population->size; n++)
            count_shortage(fit, &budget, n, chips[n], &shortage);
        if (shortage.n_over == 0)
            continue;
        report_source(fit, &budget, &shortage);
        ok = false;
    }
    return fit_sensors(fit, &budget, chips) && ok;
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

static void hearing_init(struct hearing *h, const struct fit *fit)
{
    uint32_t n = net_n_sources(fit->net);
    *h = (struct hearing){.fit = fit, .link = ARENA_ARRAY(fit->arena, uint32_t, n)};
    stamped_init(&h->class_of, fit->arena, n);
    stamped_init(&h->seen_class, fit->arena, n);
    stamped_init(&h->seen_source, fit->arena, n);
    link_classes(h);
}

/* How many sources of each population and input the marked neurons hear. */
static void note_sources(struct hearing *h, const uint8_t *marked, struct diag *diag)
{
    const struct net *net = h->fit->net;
    uint32_t n_objects = net->populations.n + net->inputs.n, listed = 0, rest = 0;
    uint32_t *heard = ARENA_ARRAY(h->fit->arena, uint32_t, n_objects);
    struct text text;
    text_init(&text, h->fit->arena);
    stamped_clear(&h->seen_source);
    for (uint32_t n = 0; n < net->n_neurons; n++) {
        row_read(h->fit->arena, net, n, &h->row);
        for (uint32_t e = 0; (!marked || marked[n]) && e < h->row.n; e++) {
            uint32_t source = h->row.at[e].source;
            uint32_t object = source < net->n_neurons
                                  ? net->population_of[source]
                                  : net->populations.n + net_input_of(net, source);
            heard[object] += !stamped_has(&h->seen_source, source);
            stamped_set(&h->seen_source, source, 1);
        }
    }
    for (uint32_t most = UINT32_MAX, o = 0; o < n_objects; o++) { /* most sources first */
        uint32_t best = n_objects;
        for (uint32_t i = 0; i < n_objects; i++)
            if (heard[i] && (best == n_objects || heard[i] > heard[best]))
                best = i;
        if (best == n_objects)
            break;
        most = heard[best];
        heard[best] = 0;
        if (listed++ < FIT_MOST_LISTED)
            text_add(&text, "\n%6u  %s", most,
                     best < net->populations.n ? net->populations.at[best].name
                                               : net->inputs.at[best - net->populations.n].name);
        else
            rest += most;
    }
    if (rest)
        text_add(&text, "\n%6u  in %u more", rest, listed - FIT_MOST_LISTED);
    diag_note(h->fit->sink, diag, span_nowhere(), "sources heard there%s", text.at);
}

static bool all_may_share(const struct net *net)
{
    for (uint32_t a = 0; a < net->attrs.n; a++)
        if (!net->attrs.at[a].share)
            return false;
    return true;
}

/* The tags that are left with share = on, counted again. */
static void help_share(const struct fit *fit, const uint8_t *marked, uint64_t limit,
                       struct diag *diag)
{
    if (all_may_share(fit->net) || !diag->kept)
        return;
    const struct sharing_options options = {.all_may_share = true};
    struct sharing sharing;
    struct hearing h;
    struct fit supposed = *fit;
    sharing_find(fit->arena, fit->net, &options, &sharing);
    supposed.sharing = &sharing;
    hearing_init(&h, &supposed);
    uint32_t need = least_tags(&h, marked);
    if (need <= limit)
        diag_help(fit->sink, diag, span_nowhere(), NULL,
                  "with `share = on` throughout, %u tag%s enough by this count", need,
                  need == 1 ? " is" : "s are");
}

static void report_tags(struct hearing *h, const uint8_t *marked, struct span span, const char *who,
                        uint32_t need, uint64_t limit)
{
    const struct fit *fit = h->fit;
    struct diag *diag =
        diag_add(fit->sink, DIAG_E0304, span, "%s needs %u tags, %llu %s%s", who, need,
                 (unsigned long long)limit, fit->cells->defects ? "are usable" : "exist",
                 marked ? "" : " on all its cores together");
    if (diag->kept)
        note_sources(h, marked, diag);
    diag_note(fit->sink, diag, span_nowhere(),
              "counted with every class of sources with equal synapses as one tag; a core tells %u "
              "tags apart",
              fit->device->tags);
    help_share(fit, marked, limit, diag);
}

/* Tags of the core that a line names, or of the one with most. */
static uint32_t place_tags(const struct fit *fit, const struct place *place)
{
    uint32_t most = 0;
    if (place->kind != PLACE_TOGETHER_CORE)
        return cells_tags(fit->cells, place->chip * fit->device->cores_per_chip + place->core);
    for (uint32_t core = 0; core < fit->cells->n_cores; core++) {
        uint32_t tags = cells_tags(fit->cells, core);
        most = tags > most ? tags : most;
    }
    return most;
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
    uint32_t need = least_tags(h, marked), limit = place_tags(fit, place);
    if (need <= limit)
        return true;
    const char *who = place->kind == PLACE_TOGETHER_CORE
                          ? "the core of these neurons"
                          : core_text(fit->arena, place->chip, place->core);
    report_tags(h, marked, place->span, who, need, limit);
    return false;
}

bool fit_tags(const struct fit *fit)
{
    const struct net *net = fit->net;
    uint32_t n_sources = net_n_sources(net);
    uint32_t fewest = fit->device->tags;
    uint64_t limit = 0;
    for (uint32_t core = 0; core < fit->cells->n_cores; core++) {
        uint32_t tags = cells_tags(fit->cells, core);
        fewest = tags < fewest ? tags : fewest;
        limit += tags;
    }
    if (n_sources <= fewest)
        return true;
    struct hearing h;
    hearing_init(&h, fit);
    bool ok = true;
    for (uint32_t i = 0; i < net->places.n; i++)
        ok = check_place(&h, &net->places.at[i]) && ok;
    uint32_t need = least_tags(&h, NULL);
    if (need > limit) {
        report_tags(&h, NULL, net->target_span, "the board", need, limit);
        ok = false;
    }
    return ok;
}
