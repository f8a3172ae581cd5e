/* links: mapper compiler device base */
/* Boards shrunk to 2 cores of 3 neurons with 2 words: every placement and every choice of shared
 * tags is tried, and the mapper must agree on what is possible and what is best. */
#include "tests/unit/mapping_check.h"
#include "tests/unit/random_net.h"
#include "tests/unit/sharing_truth.h"

enum { CORES = 2, SIZE = 3, SITES = CORES * SIZE };

/* --- random instances --- */

static const enum place_kind kinds[] = {PLACE_CORE,       PLACE_AT,     PLACE_TOGETHER_CORE,
                                        PLACE_APART_CORE, PLACE_SPREAD, PLACE_CHIP,
                                        PLACE_NEAR};

static void shrink(struct net_builder *b, struct dice *d)
{
    b->device.cores_per_chip = CORES;
    b->device.neurons_per_core = SIZE;
    b->device.cam_words = 2;
    b->device.sram_words = 1 + roll(d, 4);
    b->device.tags = roll(d, 3) ? 2048 : 1 + roll(d, 4);
    b->net.reserve = roll(d, 6) ? 0 : 0.3;
}

static void random_net(struct net_builder *b, struct dice *d)
{
    shrink(b, d);
    uint32_t n_sets = 1 + roll(d, 2), left = 2 + roll(d, 5), n_places = roll(d, 4);
    for (uint32_t s = 0; s < n_sets; s++)
        nb_set(b, arena_printf(&b->arena, "s%u", s));
    while (left > 0) {
        uint32_t size = 1 + roll(d, left);
        nb_population(b, arena_printf(&b->arena, "p%u", left), size, roll(d, n_sets));
        left -= size;
    }
    uint32_t in = nb_input(b, "in", 2);
    for (uint32_t t = roll(d, 5); t > 0; t--) {
        struct view post = nb_neurons(b, roll(d, b->net.populations.n));
        random_term(b, d,
                    roll(d, 2) ? nb_inputs(b, in) : nb_neurons(b, roll(d, b->net.populations.n)),
                    post, 1 + roll(d, 4), 1 + roll(d, 2), 8);
    }
    for (uint32_t i = 0; i < n_places; i++)
        random_place(b, d, kinds, sizeof kinds / sizeof *kinds);
    if (roll(d, 3) == 0)
        nb_probe(b, random_view(b, d), PROBE_MEMBRANE);
    if (roll(d, 2) == 0)
        nb_probe(b, random_view(b, d), PROBE_SPIKES);
    nb_finish(b);
}

/* --- placements by definition --- */

struct best {
    bool any;
    uint32_t cost;        /* cores, splits, pieces as one number */
    uint32_t site[SITES]; /* of the least vector of (core, neuron) at that cost */
};
struct world {
    struct net_builder *b;
    uint32_t site[SITES]; /* per neuron */
    struct best best;
    struct sharing_truth sharing;
    uint32_t n_choices, choice[1 << TRUTH_GROUPS]; /* masks of groups that words and SRAM allow */
};

static uint32_t neuron_of(const struct net_builder *b, const struct view *view, uint32_t i)
{
    return b->net.populations.at[view->object].first + view_unit(view, i);
}

static uint32_t cores_of_view(const struct world *w, const struct view *view, uint32_t *load)
{
    uint32_t mask = 0;
    load[0] = load[1] = 0;
    for (uint32_t i = 0; i < view->size; i++) {
        uint32_t core = w->site[neuron_of(w->b, view, i)] / SIZE;
        mask |= 1u << core;
        load[core]++;
    }
    return mask;
}

static bool spread_holds(const struct world *w, const struct place *place)
{
    uint32_t load[CORES];
    uint32_t mask = cores_of_view(w, &place->views.at[0], load);
    if ((uint32_t)__builtin_popcount(mask) != place->cores)
        return false;
    return place->cores == 1 || (load[0] <= load[1] + 1 && load[1] <= load[0] + 1);
}

static bool at_holds(const struct world *w, const struct place *place)
{
    const struct view *view = &place->views.at[0];
    for (uint32_t i = 0; i < view->size; i++)
        if (place->first + i >= SIZE
            || w->site[neuron_of(w->b, view, i)] != place->core * SIZE + place->first + i)
            return false;
    return true;
}

static bool place_holds(const struct world *w, const struct place *place)
{
    uint32_t load[CORES], all = 0, both = 0;
    for (uint32_t v = 0; v < place->views.n; v++) {
        uint32_t mask = cores_of_view(w, &place->views.at[v], load);
        both |= all & mask;
        all |= mask;
    }
    switch (place->kind) {
    case PLACE_CORE:
        return all == 1u << place->core;
    case PLACE_AT:
        return at_holds(w, place);
    case PLACE_TOGETHER_CORE:
        return (all & (all - 1)) == 0;
    case PLACE_APART_CORE:
        return both == 0;
    case PLACE_SPREAD:
        return spread_holds(w, place);
    default:
        return true;
    }
}

static bool cores_hold(const struct world *w)
{
    const struct net *net = &w->b->net;
    uint32_t load[CORES] = {0}, class[CORES] = {NET_NONE, NET_NONE};
    uint32_t usable = net->reserve > 0 ? SIZE - 1 : SIZE;
    for (uint32_t n = 0; n < net->n_neurons; n++) {
        uint32_t core = w->site[n] / SIZE;
        uint32_t own = bias_class_of_population(&w->b->plan, net, net->population_of[n]);
        if (class[core] != NET_NONE && class[core] != own)
            return false;
        class[core] = own;
        if (++load[core] > usable)
            return false;
    }
    return true;
}

static bool membranes_hold(const struct world *w)
{
    uint32_t watched[CORES] = {NET_NONE, NET_NONE};
    for (uint32_t i = 0; i < w->b->net.probes.n; i++) {
        const struct probe *probe = &w->b->net.probes.at[i];
        for (uint32_t j = 0; probe->kind == PROBE_MEMBRANE && j < probe->view.size; j++) {
            uint32_t neuron = neuron_of(w->b, &probe->view, j), core = w->site[neuron] / SIZE;
            if (watched[core] != NET_NONE && watched[core] != neuron)
                return false;
            watched[core] = neuron;
        }
    }
    return true;
}

/* Runs of neurons of a population on one core. */
static uint32_t runs_of(const struct net *net, const uint32_t *site, uint32_t p)
{
    const struct population *population = &net->populations.at[p];
    uint32_t runs = 1;
    for (uint32_t i = 1; i < population->size; i++)
        runs += site[population->first + i] / SIZE != site[population->first + i - 1] / SIZE;
    return runs;
}

static uint32_t cost_of(const struct world *w)
{
    const struct net *net = &w->b->net;
    uint32_t used = 0, splits = 0, pieces = 0;
    for (uint32_t p = 0; p < net->populations.n; p++) {
        struct view all = nb_neurons(w->b, p);
        uint32_t load[CORES], mask = cores_of_view(w, &all, load);
        used |= mask;
        pieces += runs_of(net, w->site, p);
        splits += mask == 3;
    }
    return ((uint32_t)__builtin_popcount(used) * 100 + splits) * 100 + pieces;
}

/* --- sharing and tags by definition --- */

/* Whether a choice of shared groups leaves every neuron within CAM and SRAM. */
static bool choice_fits(const struct world *w, uint32_t choice)
{
    const struct net *net = &w->b->net;
    uint32_t words[SITES] = {0}, own[SITES + 2] = {0}, groups[SITES + 2] = {0};
    for (uint32_t i = 0; i < w->sharing.edges.n; i++) {
        const struct truth_edge *e = &w->sharing.edges.at[i];
        bool shared = e->group != NET_NONE && (choice >> e->group & 1);
        if (!shared)
            own[e->edge.source] = 1;
        else
            groups[e->edge.source] |= 1u << e->group;
        if (!shared || truth_is_first(&w->sharing, e))
            words[e->edge.target] += e->edge.repeat;
    }
    for (uint32_t n = 0; n < net->n_neurons; n++)
        if (words[n] > w->b->device.cam_words
            || own[n] + (uint32_t)__builtin_popcount(groups[n]) + net->probed[n]
                   > w->b->device.sram_words)
            return false;
    return true;
}

/* Least tag numbers on two cores: those both hear, and the fuller of the rest. */
static uint32_t tags_of(const struct world *w, uint32_t choice)
{
    uint32_t mask[SITES + 2 + TRUTH_GROUPS] = {0}, n[4] = {0};
    for (uint32_t i = 0; i < w->sharing.edges.n; i++) {
        const struct truth_edge *e = &w->sharing.edges.at[i];
        bool shared = e->group != NET_NONE && (choice >> e->group & 1);
        mask[shared ? SITES + 2 + e->group : e->edge.source] |= 1u
                                                                << w->site[e->edge.target] / SIZE;
    }
    for (uint32_t i = 0; i < SITES + 2 + TRUTH_GROUPS; i++)
        n[mask[i]]++;
    return n[3] + (n[1] > n[2] ? n[1] : n[2]);
}

/* --- all placements --- */

static void judge(struct world *w)
{
    bool tags = false;
    if (!cores_hold(w) || !membranes_hold(w))
        return;
    for (uint32_t i = 0; i < w->b->net.places.n; i++)
        if (!place_holds(w, &w->b->net.places.at[i]))
            return;
    for (uint32_t i = 0; i < w->n_choices && !tags; i++)
        tags = tags_of(w, w->choice[i]) <= w->b->device.tags;
    if (!tags)
        return;
    uint32_t cost = cost_of(w);
    if (w->best.any && cost >= w->best.cost)
        return; /* placements come in the order of their vectors */
    w->best.any = true;
    w->best.cost = cost;
    memcpy(w->best.site, w->site, sizeof w->site);
}

static void place_from(struct world *w, uint32_t n, uint32_t used)
{
    if (n == w->b->net.n_neurons) {
        judge(w);
        return;
    }
    for (uint32_t s = 0; s < SITES; s++) {
        if (used >> s & 1)
            continue;
        w->site[n] = s;
        place_from(w, n + 1, used | 1u << s);
    }
}

static struct best exhaust(struct net_builder *b)
{
    struct world w = {.b = b};
    truth_find(b, &w.sharing);
    for (uint32_t choice = 0; choice < 1u << w.sharing.n_groups; choice++)
        if (choice_fits(&w, choice))
            w.choice[w.n_choices++] = choice;
    if (w.n_choices)
        place_from(&w, 0, 0);
    return w.best;
}

/* --- comparison --- */

static uint32_t mapped_cost(const struct net_builder *b)
{
    uint32_t pieces = 0, splits = 0;
    for (uint32_t p = 0; p < b->net.populations.n; p++) {
        uint32_t mask = 0;
        for (uint32_t i = 0; i < b->net.populations.at[p].size; i++)
            mask |= 1u << b->mapping.site_of[b->net.populations.at[p].first + i] / SIZE;
        pieces += runs_of(&b->net, b->mapping.site_of, p);
        splits += mask == 3;
    }
    assert_int_equal(splits, b->mapping.split_populations);
    return ((uint32_t)b->mapping.cores * 100 + splits) * 100 + pieces;
}

struct tally {
    uint64_t fits, infeasible, undecided, missed;
};

static void compare(struct net_builder *b, uint64_t seed, struct tally *tally)
{
    struct best best = exhaust(b);
    bool counted = nb_fit(b);
    enum map_status status = counted ? nb_map(b) : MAP_INFEASIBLE;
    bool hard = b->device.tags < 2048;
    if (status == MAP_UNDECIDED && !hard)
        fail_msg("seed %llu: undecided", (unsigned long long)seed);
    if (status == MAP_INFEASIBLE && best.any)
        fail_msg("seed %llu: called infeasible (%s), but is not", (unsigned long long)seed,
                 b->sink.all.at[0]->message);
    if (status == MAP_INFEASIBLE && !diag_has_errors(&b->sink))
        fail_msg("seed %llu: infeasible without a message", (unsigned long long)seed);
    tally->fits += status == MAP_OK;
    tally->infeasible += status == MAP_INFEASIBLE;
    tally->undecided += status == MAP_UNDECIDED;
    tally->missed += status == MAP_UNDECIDED && best.any;
    if (status != MAP_OK)
        return;
    const char *fault = mapping_fault(b);
    if (fault)
        fail_msg("seed %llu: %s", (unsigned long long)seed, fault);
    if (!best.any)
        fail_msg("seed %llu: mapped what is impossible", (unsigned long long)seed);
    if (b->mapping.optimal && (uint32_t)b->mapping.cores != best.cost / 10000)
        fail_msg("seed %llu: %d cores called optimal, %u are", (unsigned long long)seed,
                 (int)b->mapping.cores, best.cost / 10000);
    if ((b->mapping.canonical || !hard) && mapped_cost(b) != best.cost)
        fail_msg("seed %llu: cost %u, best %u", (unsigned long long)seed, mapped_cost(b),
                 best.cost);
    if (!hard && !b->mapping.canonical)
        fail_msg("seed %llu: not canonical", (unsigned long long)seed);
    if (b->mapping.canonical
        && memcmp(best.site, b->mapping.site_of, b->net.n_neurons * sizeof best.site[0]) != 0)
        fail_msg("seed %llu: called canonical, but is not the least", (unsigned long long)seed);
}

/* A place line must hold in the mapping, whatever the mapper thinks. */
static void check_lines(struct net_builder *b, uint64_t seed)
{
    struct world w = {.b = b};
    memcpy(w.site, b->mapping.site_of, b->net.n_neurons * sizeof w.site[0]);
    for (uint32_t i = 0; i < b->net.places.n; i++)
        if (!place_holds(&w, &b->net.places.at[i]))
            fail_msg("seed %llu: place line %u does not hold", (unsigned long long)seed, i);
    if (!membranes_hold(&w) || !cores_hold(&w))
        fail_msg("seed %llu: a core holds what it cannot", (unsigned long long)seed);
}

static void test_random_instances(void **state)
{
    (void)state;
    uint64_t n = dice_setting("DYNC_INSTANCES", 20000), first = dice_setting("DYNC_TEST_SEED", 1);
    struct tally tally = {0};
    for (uint64_t seed = first; seed < first + n; seed++) {
        struct net_builder b;
        struct dice dice = {seed, 0};
        nb_init(&b);
        random_net(&b, &dice);
        uint64_t before = tally.fits;
        compare(&b, seed, &tally);
        if (tally.fits > before)
            check_lines(&b, seed);
        nb_free(&b);
    }
    print_message("seeds from %llu on: %llu instances, %llu fit, %llu do not, %llu undecided, "
                  "%llu of them possible\n",
                  (unsigned long long)first, (unsigned long long)n, (unsigned long long)tally.fits,
                  (unsigned long long)tally.infeasible, (unsigned long long)tally.undecided,
                  (unsigned long long)tally.missed);
    assert_true(tally.fits > n / 5);
    assert_true(tally.infeasible > n / 5);
    assert_true(tally.undecided < n / 20);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_random_instances)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
