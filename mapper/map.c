/* The mapper on one screen: sharing, packing, sites, words; what fails is explained. */
#include "mapper/map.h"

#include "mapper/explain.h"
#include "mapper/fit_parts.h"
#include "mapper/map_board.h"
#include "mapper/sensors.h"
#include "mapper/sites.h"
#include "mapper/words.h"

#include <string.h>

enum { MOST_ATTEMPTS = 128, LEAST_ATTEMPTS = 4 }; /* of a placement around defects */
/* Plans for neurons that lack words, in all for so many neurons, but never fewer than the least. */
enum { REPLANNED_NEURONS = 100000, LEAST_REPLANS = 2, MOST_REPLANS = 12 };

struct mapper {
    struct arena *arena;
    const struct net *net;
    const struct device *device;
    const struct bias_plan *plan;
    struct diag_sink *sink;
    struct mapping *mapping;
    struct pack_options pack;
    struct share_options share;
    struct sharing sharing;
    struct share_decision decision;
    struct packing packing;
    struct plan_limits limits; /* of the last plan of the board */
    struct board_plan board;   /* where there are several chips */
    struct cells cells;
    struct settler settler; /* where there are defects */
    bool settled;           /* it found sites at least once */
};

static void set_options(struct mapper *m, const struct map_options *options)
{
    const struct ilp_options ilp = {.node_limit = options->node_limit,
                                    .dump = options->dump,
                                    .shim = options->shim,
                                    .observer = options->observer};
    m->pack = (struct pack_options){.node_limit = options->node_limit, .ilp = ilp};
    m->share = (struct share_options){.node_limit = options->node_limit, .ilp = ilp};
}

/* --- stages --- */

/* On one chip the choice does not depend on the placement; on several it follows it. */
static enum map_status decide_sharing(struct mapper *m)
{
    share_decide(m->arena, m->net, m->device, &m->sharing, NULL, &m->share, &m->decision);
    if (m->decision.status == SHARE_FITS)
        return MAP_OK;
    explain_sharing(m->arena, m->net, m->device, &m->decision, m->sink);
    return m->decision.status == SHARE_IMPOSSIBLE ? MAP_INFEASIBLE : MAP_UNDECIDED;
}

static bool plan(struct mapper *m, const struct plan_limits *limits)
{
    m->limits = *limits;
    m->limits.sharing = &m->sharing;
    plan_board(m->arena, m->net, m->device, m->plan, &m->pack, &m->limits, &m->board);
    return m->board.status == PACK_FITS;
}

/* Packs with a given number of neurons per core (0: all usable). */
static uint32_t *pack_cores(struct mapper *m, uint32_t capacity, struct packing *packing)
{
    const struct problem_options options = {.capacity = capacity};
    struct problem problem;
    problem_build(m->arena, m->net, m->device, m->plan, &options, &problem);
    pack(m->arena, &problem, &m->pack, packing);
    if (packing->status != PACK_FITS)
        return NULL;
    uint32_t *core_of = ARENA_ARRAY(m->arena, uint32_t, m->net->n_neurons);
    cores_of_packing(m->arena, &problem, packing, 0, core_of);
    return core_of;
}

/* CAM words per neuron under the choice of groups, which is one per chip. */
static uint32_t *count_words(struct mapper *m, const uint32_t *core_of)
{
    uint32_t *words = ARENA_ARRAY(m->arena, uint32_t, m->net->n_neurons);
    for (uint32_t n = 0; n < m->net->n_neurons; n++) {
        size_t chip = core_of[n] / m->device->cores_per_chip;
        words[n] =
            words_of_neuron(&m->sharing, m->decision.carried + chip * m->sharing.groups.n, n);
    }
    return words;
}

static void number_words(struct mapper *m, struct tags_result *tags)
{
    const struct words_input in = {m->net,       m->device,
                                   &m->sharing,  m->decision.carried,
                                   &m->cells,    m->cells.defects ? m->settler.plans : NULL,
                                   &m->share.ilp};
    write_words(m->arena, &in, m->mapping, tags);
}

/* Sites, then words, on the cores planned; around defects in one attempt after another. */
static void place_words(struct mapper *m, const uint32_t *core_of, struct tags_result *tags)
{
    struct settler *settler = m->cells.defects ? &m->settler : NULL;
    *tags = (struct tags_result){.status = TAGS_UNDECIDED, .used = UINT32_MAX};
    if (settler)
        settler_init(settler, m->arena, m->net, m->device, m->plan, &m->cells,
                     count_words(m, core_of), core_of);
    uint32_t attempts = MOST_ATTEMPTS / m->net->chips;
    attempts = attempts > LEAST_ATTEMPTS ? attempts : LEAST_ATTEMPTS;
    for (uint32_t attempt = 0; attempt < attempts; attempt++) {
        if (!assign_sites(m->arena, m->net, m->device, m->plan, core_of, settler, m->mapping))
            return;
        m->settled = true;
        number_words(m, tags);
        if (tags->status == TAGS_FIT || !settler)
            return;
        settle_otherwise(settler, tags->chip);
    }
}

/* Least neurons per core with which the classes need at most `cores` cores. */
static uint32_t balanced_capacity(struct mapper *m, uint32_t cores)
{
    uint32_t *class_of;
    uint32_t n_classes = core_classes(m->arena, m->net, m->plan, true, &class_of);
    uint32_t *volume = ARENA_ARRAY(m->arena, uint32_t, n_classes);
    uint32_t most = usable_neurons(m->net, m->device), capacity = 1;
    for (uint32_t p = 0; p < m->net->populations.n; p++)
        volume[class_of[bias_class_of_population(m->plan, m->net, p)]] +=
            m->net->populations.at[p].size;
    for (; capacity < most; capacity++) {
        uint32_t need = 0;
        for (uint32_t k = 0; k < n_classes; k++)
            need += (volume[k] + capacity - 1) / capacity;
        if (need <= cores)
            break;
    }
    return capacity;
}

static enum map_status give_up(struct mapper *m, const struct tags_result *tags)
{
    if (!m->cells.defects)
        explain_tags(m->net, m->device, tags, m->sink);
    else
        explain_defects(m->arena, m->net, &m->cells, m->settled ? tags : NULL,
                        &m->settler.shortfall, m->sink);
    return MAP_UNDECIDED;
}

/* A core hears too many tags: plans again with blocks where the cores can tell them apart. */
static bool plan_for_tags(struct mapper *m)
{
    uint32_t n_groups = m->sharing.groups.n, fewest = m->device->tags;
    uint8_t *shared = ARENA_ARRAY(m->arena, uint8_t, n_groups);
    for (uint32_t i = 0; i < m->net->chips * n_groups; i++)
        shared[i % n_groups] |= m->decision.carried[i];
    for (uint32_t core = 0; core < m->cells.n_cores && m->cells.defects; core++) {
        uint32_t tags = cells_tags(&m->cells, core);
        fewest = tags > 0 && tags < fewest ? tags : fewest;
    }
    struct tag_load *load = ARENA_NEW(m->arena, struct tag_load);
    *load = (struct tag_load){&m->sharing, shared, fewest};
    return plan(m, &(struct plan_limits){.tags = load});
}

/* A core hears too many tags: spread the neurons more evenly, over more and more cores. */
static bool spread_for_tags(struct mapper *m, struct tags_result *tags)
{
    struct packing spread;
    for (uint32_t cores = m->packing.cores; cores <= device_cores(m->device, 1); cores++) {
        struct tags_result trial;
        const uint32_t *core_of = pack_cores(m, balanced_capacity(m, cores), &spread);
        if (spread.status != PACK_FITS)
            continue;
        place_words(m, core_of, &trial);
        if (trial.used < tags->used)
            *tags = trial;
        if (trial.status != TAGS_FIT)
            continue;
        m->packing.cores = spread.cores;
        m->packing.splits = spread.splits;
        m->packing.split_bound = 0;
        m->packing.canonical = false;
        return true;
    }
    return false;
}

/* Only the packing deals out the shares of a view that is spread over the cores of a chip. */
static bool is_dealt(const struct net *net)
{
    bool dealt = false;
    for (uint32_t i = 0; i < net->places.n; i++)
        dealt = dealt || (net->places.at[i].kind == PLACE_SPREAD && net->places.at[i].cores != 1);
    return dealt;
}

/* Neither do: neurons change cores, and populations are split wherever that helps. */
static bool exchange_for_tags(struct mapper *m, struct tags_result *tags)
{
    struct tags_result trial;
    if (is_dealt(m->net) || !plan_for_tags(m) || m->board.excess > 0)
        return false;
    place_words(m, m->board.core_of, &trial);
    if (trial.used < tags->used)
        *tags = trial;
    m->packing.cores = m->board.cores;
    m->packing.splits = m->board.splits;
    m->packing.split_bound = 0;
    m->packing.canonical = false;
    return trial.status == TAGS_FIT;
}

static enum map_status place_on_chip(struct mapper *m)
{
    struct tags_result tags;
    const uint32_t *core_of = pack_cores(m, 0, &m->packing);
    if (m->packing.status != PACK_FITS) {
        explain_packing(m->arena, m->net, m->device, m->plan, &m->pack, &m->packing, m->sink);
        return m->packing.status == PACK_IMPOSSIBLE ? MAP_INFEASIBLE : MAP_UNDECIDED;
    }
    place_words(m, core_of, &tags);
    if (tags.status == TAGS_FIT)
        return MAP_OK;
    if (spread_for_tags(m, &tags) || exchange_for_tags(m, &tags))
        return MAP_OK;
    return give_up(m, &tags);
}

static void note_beyond(struct beyond *all, uint32_t source, uint32_t from, uint32_t to,
                        uint32_t distance, bool first)
{
    all->words++;
    all->sources += first;
    if (distance <= all->distance)
        return;
    *all = (struct beyond){source, from, to, distance, all->words, all->sources};
}

/* Whether every packet of a neuron or the host arrives; reports those that do not. */
static bool packets_arrive(const struct mapper *m)
{
    const struct mapping *mapping = m->mapping;
    const struct net *net = m->net;
    struct beyond all = {0};
    for (uint32_t s = 0; s < net_n_sources(net); s++) {
        bool neuron = s < net->n_neurons;
        uint32_t words = all.words;
        if (!neuron && net->inputs.at[net_input_of(net, s)].kind != INPUT_HOST)
            continue; /* sensors_served() looked after it */
        uint32_t own = neuron ? m->board.core_of[s] / m->device->cores_per_chip : 0;
        if (neuron && net->probed[s] && !board_sends_home(net, m->device, own))
            note_beyond(&all, s, own, NET_NONE, own % net->grid_w + 1, true);
        for (uint64_t r = mapping->first_route[s]; r < mapping->first_route[s + 1]; r++) {
            uint32_t to = mapping->routes[r].chip, distance = board_farther(net, own, to);
            if (distance > m->device->max_hop)
                note_beyond(&all, s, own, to, distance, words == all.words);
        }
    }
    if (all.words > 0)
        explain_reach(m->arena, net, m->device, &all, m->sink);
    return all.words == 0;
}

/* Neurons of the most worn core that has any alive. */
static uint32_t least_alive(const struct mapper *m)
{
    uint32_t least = usable_neurons(m->net, m->device);
    for (uint32_t core = 0; core < m->cells.n_cores && m->cells.defects; core++) {
        uint32_t alive = cells_neurons(m->net, &m->cells, core);
        least = alive > 0 && alive < least ? alive : least;
    }
    return least;
}

/* Plans the board again with no more neurons on a core than given. What was proved of cores and
 * chips of the first plan stays. */
static bool plan_for_defects(struct mapper *m, uint32_t least)
{
    struct bounds first = m->board.bounds;
    if (!m->cells.defects || least >= usable_neurons(m->net, m->device))
        return false;
    plan(m, &(struct plan_limits){.capacity = least});
    m->board.bounds = (struct bounds){.cores = first.cores, .chips = first.chips};
    m->board.canonical = false;
    return m->board.status == PACK_FITS;
}

/* Plans the board again, with fewer chips for the neurons that lack words because they would send
 * two tags to one. What was proved of cores and chips of the first plan stays. */
static bool plan_for_words(struct mapper *m, uint8_t *taken)
{
    struct bounds first = m->board.bounds;
    uint32_t most = m->device->sram_words - 1;
    bool more = false;
    for (uint32_t n = 0; n < m->net->n_neurons; n++) {
        uint32_t least = m->net->probed[n] + m->decision.doubled[n], next = taken[n] + 1u;
        if (m->decision.doubled[n] == 0 || taken[n] >= most)
            continue;
        next = next > least ? next : least;
        taken[n] = (uint8_t)(next < most ? next : most);
        more = true;
    }
    struct plan_limits limits = m->limits;
    limits.taken = taken;
    if (!more || !plan(m, &limits))
        return false;
    m->board.bounds = (struct bounds){.cores = first.cores, .chips = first.chips};
    m->board.canonical = false;
    return m->board.excess == 0;
}

static uint32_t *chips_planned(const struct mapper *m)
{
    uint32_t *chip_of = ARENA_ARRAY(m->arena, uint32_t, m->net->n_neurons);
    for (uint32_t n = 0; n < m->net->n_neurons; n++)
        chip_of[n] = m->board.core_of[n] / m->device->cores_per_chip;
    return chip_of;
}

static uint32_t replans(const struct mapper *m)
{
    uint32_t n = REPLANNED_NEURONS / m->net->n_neurons;
    return n < LEAST_REPLANS ? LEAST_REPLANS : n > MOST_REPLANS ? MOST_REPLANS : n;
}

/* *tags: what became of the words, where the status is MAP_OK. *shortage: else, unless it FITS, why
 * the words of no plan could be shared; that is not reported yet. */
static enum map_status place_planned(struct mapper *m, struct tags_result *tags,
                                     struct share_decision *shortage)
{
    uint32_t left = replans(m);
    uint8_t *taken = ARENA_ARRAY(m->arena, uint8_t, m->net->n_neurons);
    *shortage = (struct share_decision){.status = SHARE_FITS};
    memcpy(taken, m->net->probed, m->net->n_neurons);
    do {
        const uint32_t *chip_of = chips_planned(m);
        if (!sensors_served(m->arena, m->net, m->device, chip_of, m->sink))
            return MAP_UNDECIDED;
        share_decide(m->arena, m->net, m->device, &m->sharing, chip_of, &m->share, &m->decision);
        if (m->decision.status == SHARE_FITS) {
            place_words(m, m->board.core_of, tags);
            return MAP_OK;
        }
        if (shortage->status == SHARE_FITS)
            *shortage = m->decision;
    } while (left-- > 0 && plan_for_words(m, taken));
    shortage->status = SHARE_UNDECIDED; /* whatever was shown holds for these plans alone */
    return MAP_UNDECIDED;
}

/* Around defects: with no more neurons on a core than the most worn one has alive, then over the
 * cores of so many chips, from as many as the first plan took on, and at last over all. A plan that
 * leaves neurons without words is passed over: the next may do. */
static enum map_status place_around(struct mapper *m, struct tags_result *tags)
{
    uint32_t chips = m->net->chips, first = m->board.chips, left = replans(m), last = 0;
    enum map_status status = MAP_OK;
    for (uint32_t k = first - 1; k <= chips && m->cells.defects; k++) {
        struct tags_result trial;
        struct share_decision shortage;
        if (left-- == 0)
            k = chips;
        uint32_t capacity =
            k < first ? least_alive(m) : balanced_capacity(m, device_cores(m->device, k));
        if (capacity == last || !plan_for_defects(m, capacity))
            continue;
        last = capacity;
        status = place_planned(m, &trial, &shortage);
        if (status == MAP_OK)
            *tags = trial;
        if ((status != MAP_OK && shortage.status == SHARE_FITS) || tags->status == TAGS_FIT)
            return status;
    }
    return MAP_OK;
}

static enum map_status place_on_board(struct mapper *m)
{
    struct tags_result tags;
    struct share_decision shortage = {.status = SHARE_FITS};
    plan(m, &(struct plan_limits){0});
    m->packing.status = m->board.status;
    m->packing.nodes = m->board.nodes;
    if (m->board.status == PACK_IMPOSSIBLE) {
        explain_packing(m->arena, m->net, m->device, m->plan, &m->pack, &m->packing, m->sink);
        return MAP_INFEASIBLE;
    }
    if (m->board.status == PACK_UNDECIDED) {
        explain_no_room(m->arena, m->net, &m->board.no_room, m->sink);
        return MAP_UNDECIDED;
    }
    enum map_status status = place_planned(m, &tags, &shortage);
    if (status == MAP_OK && tags.status != TAGS_FIT)
        status = place_around(m, &tags);
    if (status == MAP_OK && tags.status != TAGS_FIT && plan_for_tags(m))
        status = place_planned(m, &tags, &shortage);
    if (shortage.status != SHARE_FITS)
        explain_sharing(m->arena, m->net, m->device, &shortage, m->sink);
    if (status != MAP_OK)
        return status;
    if (tags.status != TAGS_FIT)
        return give_up(m, &tags);
    return packets_arrive(m) ? MAP_OK : MAP_UNDECIDED;
}

/* --- result --- */

/* Above so many terms that share tags, one note stands for all: the report lists each. */
enum { MOST_SHARING_NOTES = 3 };

static struct diag *note_shared_term(struct mapper *m, uint32_t t, uint32_t sources)
{
    const struct term *term = &m->net->terms.at[t];
    uint32_t tags = m->mapping->shared_tags[t];
    struct diag *diag = diag_add(m->sink, DIAG_N0810, term->span,
                                 "%u sources share %s in %s; nearby events will merge", sources,
                                 tags == 1 ? "one tag" : arena_printf(m->arena, "%u tags", tags),
                                 m->net->projections.at[term->projection].text);
    diag_help(m->sink, diag, span_nowhere(), NULL,
              "`share = off` keeps every synapse in a word of its own");
    return diag;
}

static void note_sharing(struct mapper *m)
{
    const struct net *net = m->net;
    uint32_t *shared = ARENA_ARRAY(m->arena, uint32_t, net->terms.n), n = 0;
    uint32_t *sources = count_sharing_sources(m->arena, net, m->device, &m->sharing,
                                              m->decision.carried, m->mapping, shared);
    m->mapping->shared_tags = shared;
    for (uint32_t t = 0; t < net->terms.n; t++)
        n += shared[t] > 0;
    for (uint32_t t = 0; t < net->terms.n; t++) {
        if (shared[t] == 0)
            continue;
        struct diag *diag = note_shared_term(m, t, sources[t]);
        if (n <= MOST_SHARING_NOTES)
            continue;
        diag_note(
            m->sink, diag, span_nowhere(),
            "so do sources in %u other synapse terms; the report lists the shared tags of each",
            n - 1);
        return;
    }
}

static void state_chip(struct mapper *m)
{
    struct mapping *mapping = m->mapping;
    mapping->cores = m->packing.cores;
    mapping->cores_bound = m->packing.cores_bound;
    mapping->chips = mapping->chips_bound = m->net->n_neurons > 0;
    mapping->split_populations = m->packing.splits;
    mapping->split_bound = m->packing.split_bound;
    mapping->canonical = m->packing.canonical && m->decision.canonical;
}

/* Words of neurons to other chips than their own, and the links they cross; monitors are no routes.
 */
static void count_links(struct mapper *m)
{
    struct mapping *mapping = m->mapping;
    for (uint32_t n = 0; n < m->net->n_neurons; n++) {
        uint32_t own = m->board.core_of[n] / m->device->cores_per_chip;
        for (uint64_t r = mapping->first_route[n]; r < mapping->first_route[n + 1]; r++) {
            int64_t weight = net_rate_weight(m->net, n);
            uint32_t away = mapping->routes[r].chip != own;
            uint32_t hops = board_hops(m->net, own, mapping->routes[r].chip);
            mapping->cut += away;
            mapping->hops += hops;
            mapping->weighted_cut += away * weight;
            mapping->weighted_hops += hops * weight;
        }
    }
}

static int64_t larger(int64_t a, int64_t b)
{
    return a > b ? a : b;
}

/* Each bound holds with the levels before it at their values: so many cores need so many chips, and
 * every word of the cut crosses a link, or more. */
static void state_board(struct mapper *m)
{
    struct mapping *mapping = m->mapping;
    const struct bounds *bounds = &m->board.bounds;
    uint32_t per_chip = m->device->cores_per_chip;
    count_links(m);
    mapping->cores = m->board.cores;
    mapping->cores_bound = bounds->cores;
    mapping->chips = m->board.chips;
    mapping->chips_bound = (m->board.cores + per_chip - 1) / per_chip;
    if (bounds->chips > mapping->chips_bound)
        mapping->chips_bound = bounds->chips;
    mapping->weighted_cut_bound = bounds->weighted_cut;
    mapping->weighted_hops_bound = mapping->weighted_cut + bounds->weighted_detour;
    if (mapping->weighted_cut == bounds->weighted_cut)
        mapping->weighted_hops_bound =
            larger(mapping->weighted_hops_bound, bounds->hops_of_least_cut);
    mapping->cut_bound = m->net->rate_weight ? bounds->cut : bounds->weighted_cut;
    mapping->hops_bound =
        m->net->rate_weight ? mapping->cut + bounds->detour : mapping->weighted_hops_bound;
    mapping->split_populations = m->board.splits;
    for (uint32_t p = 0; p < m->net->populations.n; p++)
        mapping->split_bound += m->net->populations.at[p].size > usable_neurons(m->net, m->device);
    mapping->canonical = m->board.canonical && m->decision.canonical;
}

/* Neurons that had to make way for defects may have opened cores and split populations. */
static void state_settled(struct mapper *m)
{
    struct mapping *mapping = m->mapping;
    bool as_planned = true;
    int64_t cores = 0;
    uint32_t splits = 0;
    for (uint32_t c = 0; c < mapping->n_cores; c++)
        cores += mapping->class_of_core[c] != NET_NONE;
    for (uint32_t p = 0; p < m->net->populations.n; p++) {
        const struct population *population = &m->net->populations.at[p];
        const uint32_t *core_of = m->settler.core_of + population->first;
        uint32_t i = 0;
        while (i < population->size && core_of[i] == core_of[0])
            i++;
        splits += i < population->size;
    }
    for (uint32_t n = 0; n < m->net->n_neurons; n++)
        as_planned = as_planned && m->settler.core_of[n] == m->settler.planned[n];
    for (uint32_t c = 0; c < m->net->chips; c++)
        as_planned = as_planned && m->settler.attempt[c] == 0;
    mapping->cores = cores;
    mapping->split_populations = splits;
    mapping->canonical = mapping->canonical && as_planned;
    if (as_planned || m->net->chips == 1)
        return;
    mapping->cut_bound = mapping->weighted_cut_bound = 0; /* of a board with other cores */
    mapping->hops_bound = mapping->cut;
    mapping->weighted_hops_bound = mapping->weighted_cut;
}

static bool all_met(const struct mapping *mapping)
{
    return mapping->cores == mapping->cores_bound && mapping->chips == mapping->chips_bound
           && mapping->weighted_cut == mapping->weighted_cut_bound
           && mapping->weighted_hops == mapping->weighted_hops_bound;
}

enum map_status map_network(struct arena *arena, const struct net *net, const struct device *device,
                            const struct bias_plan *plan, const struct map_options *options,
                            struct diag_sink *sink, struct mapping *mapping)
{
    const struct sharing_options as_written = {0};
    enum map_status status = MAP_OK;
    struct mapper m = {.arena = arena,
                       .net = net,
                       .device = device,
                       .plan = plan,
                       .sink = sink,
                       .mapping = mapping};
    memset(mapping, 0, sizeof *mapping);
    set_options(&m, options);
    if (!fit_bias_cores(arena, net, device, plan, true, sink))
        return MAP_INFEASIBLE;
    cells_read(arena, net, device, &m.cells);
    sharing_find(arena, net, &as_written, &m.sharing);
    if (net->chips == 1)
        status = decide_sharing(&m);
    if (status == MAP_OK)
        status = net->chips == 1 ? place_on_chip(&m) : place_on_board(&m);
    if (status != MAP_OK)
        return status;
    if (net->chips == 1)
        state_chip(&m);
    else
        state_board(&m);
    if (m.cells.defects)
        state_settled(&m);
    mapping->optimal = all_met(mapping);
    mapping->deterministic = true;
    note_sharing(&m);
    return MAP_OK;
}
