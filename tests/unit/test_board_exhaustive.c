/* links: mapper compiler device base */
/* Boards shrunk to two or three chips of 2 cores with 2 or 3 neurons: every placement is tried, and
 * for each every choice of what is shared on which chip. What the mapper calls impossible must be,
 * its bounds must hold, what it calls optimal must be, and what it finds must keep to every rule.
 */
#include "tests/unit/mapping_check.h"
#include "tests/unit/random_net.h"
#include "tests/unit/sharing_truth.h"

#include "mapper/board.h"

enum { CORES = 2, MAX_CHIPS = 3, MAX_NEURONS = 6, INPUTS = 2, MAX_SOURCES = MAX_NEURONS + INPUTS };

/* --- random instances ---------------------------------------------------------------------------
 */

static const enum place_kind kinds[] = {PLACE_CHIP,          PLACE_CORE,       PLACE_TOGETHER_CORE,
                                        PLACE_TOGETHER_CHIP, PLACE_APART_CORE, PLACE_APART_CHIP,
                                        PLACE_SPREAD,        PLACE_NEAR};

/* Half of the boards are short of CAM words, so that tags must be shared; some of tags. */
static void shrink(struct net_builder *b, struct dice *d)
{
    b->device.cores_per_chip = CORES;
    b->device.neurons_per_core = 2 + roll(d, 2);
    b->device.cam_words = roll(d, 2) ? 64 : 2 + roll(d, 2);
    b->device.sram_words = 1 + roll(d, 4);
    b->device.tags = roll(d, 8) ? 2048 : 1 + roll(d, 4);
    b->device.max_hop = roll(d, 5) ? 7 : 1;
    b->device.monitor_x = roll(d, 5) ? -7 : -1;
    b->net.chips = 2 + roll(d, 2);
    b->net.grid_w = roll(d, 4) ? b->net.chips : 1;
    b->net.grid_h = b->net.chips / b->net.grid_w;
}

static void random_net(struct net_builder *b, struct dice *d)
{
    shrink(b, d);
    uint32_t most = b->net.chips == 2 ? MAX_NEURONS : MAX_NEURONS - 1;
    uint32_t n_sets = 1 + roll(d, 2), left = 2 + roll(d, most - 1);
    for (uint32_t s = 0; s < n_sets; s++)
        nb_set(b, arena_printf(&b->arena, "s%u", s));
    while (left > 0) {
        uint32_t size = 1 + roll(d, left);
        nb_population(b, arena_printf(&b->arena, "p%u", left), size, roll(d, n_sets));
        left -= size;
    }
    uint32_t in = nb_input(b, "in", 1 + roll(d, INPUTS));
    for (uint32_t t = 1 + roll(d, 4); t > 0; t--) {
        struct view post = nb_neurons(b, roll(d, b->net.populations.n));
        struct view pre =
            roll(d, 4) ? nb_neurons(b, roll(d, b->net.populations.n)) : nb_inputs(b, in);
        random_term(b, d, pre, post, roll(d, 3) ? 2 : 4, 1, UINT32_MAX);
    }
    for (uint32_t n = roll(d, 3); n > 0; n--)
        random_place(b, d, kinds, sizeof kinds / sizeof *kinds);
    if (roll(d, 4) == 0)
        nb_probe(b, random_view(b, d), PROBE_MEMBRANE);
    if (roll(d, 2) == 0)
        nb_probe(b, random_view(b, d), PROBE_SPIKES);
    nb_finish(b);
}

/* --- placements by definition -------------------------------------------------------------------
 */

struct best { /* lexicographically least */
    bool any;
    uint32_t cores, chips, cut, hops;
};
struct world {
    struct net_builder *b;
    uint32_t core[MAX_NEURONS];
    uint32_t reaches[MAX_NEURONS]; /* per neuron: mask of targets */
    uint32_t hears;                /* mask of neurons with synapses from an input */
    struct sharing_truth sharing;
    struct best best;
};

static uint32_t chip_of(const struct world *w, uint32_t neuron)
{
    return w->core[neuron] / CORES;
}
static uint32_t core_of(const struct world *w, uint32_t neuron)
{
    return w->core[neuron];
}
static uint32_t neuron_of(const struct world *w, const struct view *view, uint32_t i)
{
    return w->b->net.populations.at[view->object].first + view_unit(view, i);
}

/* Masks of cores and of chips that hold neurons of a view. */
static void masks_of(const struct world *w, const struct view *view, uint32_t *cores,
                     uint32_t *chips, uint32_t *load)
{
    *cores = *chips = 0;
    memset(load, 0, MAX_CHIPS * CORES * sizeof *load);
    for (uint32_t i = 0; i < view->size; i++) {
        uint32_t neuron = neuron_of(w, view, i);
        *cores |= 1u << core_of(w, neuron);
        *chips |= 1u << chip_of(w, neuron);
        load[core_of(w, neuron)]++;
    }
}

static bool is_even(const uint32_t *load, uint32_t cores)
{
    uint32_t least = UINT32_MAX, most = 0;
    for (uint32_t c = 0; c < MAX_CHIPS * CORES; c++) {
        least = (cores >> c & 1) && load[c] < least ? load[c] : least;
        most = load[c] > most ? load[c] : most;
    }
    return most <= least + 1;
}

static bool place_holds(const struct world *w, const struct place *place)
{
    uint32_t cores = 0, chips = 0, both_cores = 0, both_chips = 0, load[MAX_CHIPS * CORES];
    for (uint32_t v = 0; v < place->views.n; v++) {
        uint32_t on_cores, on_chips;
        masks_of(w, &place->views.at[v], &on_cores, &on_chips, load);
        both_cores |= cores & on_cores;
        both_chips |= chips & on_chips;
        cores |= on_cores;
        chips |= on_chips;
    }
    switch (place->kind) {
    case PLACE_CHIP:
        return chips == 1u << place->chip;
    case PLACE_CORE:
        return cores == 1u << (place->chip * CORES + place->core);
    case PLACE_TOGETHER_CORE:
        return (cores & (cores - 1)) == 0;
    case PLACE_TOGETHER_CHIP:
        return (chips & (chips - 1)) == 0;
    case PLACE_APART_CORE:
        return both_cores == 0;
    case PLACE_APART_CHIP:
        return both_chips == 0;
    case PLACE_SPREAD:
        return (uint32_t)__builtin_popcount(cores) == place->cores && is_even(load, cores);
    default:
        return true;
    }
}

static bool cores_hold(const struct world *w)
{
    uint32_t class[MAX_CHIPS * CORES], watched[MAX_CHIPS * CORES];
    memset(class, 0xFF, sizeof class);
    memset(watched, 0xFF, sizeof watched);
    for (uint32_t n = 0; n < w->b->net.n_neurons; n++) {
        uint32_t own =
            bias_class_of_population(&w->b->plan, &w->b->net, w->b->net.population_of[n]);
        if (class[core_of(w, n)] != NET_NONE && class[core_of(w, n)] != own)
            return false;
        class[core_of(w, n)] = own;
    }
    for (uint32_t i = 0; i < w->b->net.probes.n; i++) {
        const struct probe *probe = &w->b->net.probes.at[i];
        for (uint32_t j = 0; probe->kind == PROBE_MEMBRANE && j < probe->view.size; j++) {
            uint32_t neuron = neuron_of(w, &probe->view, j);
            if (watched[core_of(w, neuron)] != NET_NONE && watched[core_of(w, neuron)] != neuron)
                return false;
            watched[core_of(w, neuron)] = neuron;
        }
    }
    return true;
}

/* Chips that a neuron reaches. */
static uint32_t chips_reached(const struct world *w, uint32_t neuron)
{
    uint32_t chips = 0;
    for (uint32_t t = 0; t < w->b->net.n_neurons; t++)
        if (w->reaches[neuron] >> t & 1)
            chips |= 1u << chip_of(w, t);
    return chips;
}

static bool packets_arrive(const struct world *w)
{
    const struct net *net = &w->b->net;
    const struct device *device = &w->b->device;
    for (uint32_t n = 0; n < net->n_neurons; n++) {
        uint32_t chips = chips_reached(w, n);
        if (net->probed[n] && !board_sends_home(net, device, chip_of(w, n)))
            return false;
        if ((w->hears >> n & 1) && !board_hears_host(net, device, chip_of(w, n)))
            return false;
        for (uint32_t c = 0; c < net->chips; c++)
            if ((chips >> c & 1) && !board_in_reach(net, device, chip_of(w, n), c))
                return false;
    }
    return true;
}

static struct best cost_of(const struct world *w)
{
    struct best cost = {true, 0, 0, 0, 0};
    uint32_t cores = 0, chips = 0;
    for (uint32_t n = 0; n < w->b->net.n_neurons; n++) {
        uint32_t own = chip_of(w, n), reached = chips_reached(w, n);
        cores |= 1u << core_of(w, n);
        chips |= 1u << own;
        for (uint32_t c = 0; c < w->b->net.chips; c++) {
            cost.cut += (reached >> c & 1) && c != own;
            cost.hops += reached >> c & 1 ? board_hops(&w->b->net, own, c) : 0;
        }
    }
    cost.cores = (uint32_t)__builtin_popcount(cores);
    cost.chips = (uint32_t)__builtin_popcount(chips);
    return cost;
}

static bool better(const struct best *a, const struct best *b)
{
    if (a->cores != b->cores)
        return a->cores < b->cores;
    if (a->chips != b->chips)
        return a->chips < b->chips;
    return a->cut != b->cut ? a->cut < b->cut : a->hops < b->hops;
}

/* --- words by definition ------------------------------------------------------------------------
 */

/* What sources need on one chip under one choice of shared groups: a word for each tag, of which
 * two with one number, for cores that differ, are sent as one. */
struct need {
    uint8_t words[MAX_SOURCES], merged[MAX_SOURCES];
};
enum { MOST_NEEDS = 1 << TRUTH_GROUPS, ITEMS = MAX_SOURCES + TRUTH_GROUPS };
struct chip_needs {
    struct need at[MOST_NEEDS];
    uint32_t n;
};
struct item { /* a source's own tag, or that of a group */
    uint32_t cores, senders;
};

static bool on_chip(const struct world *w, const struct truth_edge *e, uint32_t chip)
{
    return chip_of(w, e->edge.target) == chip;
}

/* Counts words and tags; false if a neuron or a core of the chip cannot hold them. */
static bool chip_fits(const struct world *w, uint32_t chip, uint32_t choice, struct item *items)
{
    uint32_t cam[MAX_NEURONS] = {0}, n[4] = {0};
    memset(items, 0, ITEMS * sizeof *items);
    for (uint32_t i = 0; i < w->sharing.edges.n; i++) {
        const struct truth_edge *e = &w->sharing.edges.at[i];
        if (!on_chip(w, e, chip))
            continue;
        bool shared = e->group != NET_NONE && (choice >> e->group & 1);
        struct item *item = &items[shared ? MAX_SOURCES + e->group : e->edge.source];
        item->cores |= 1u << core_of(w, e->edge.target) % CORES;
        item->senders |= 1u << e->edge.source;
        if (!shared || truth_is_first(&w->sharing, e))
            cam[e->edge.target] += e->edge.repeat;
    }
    for (uint32_t i = 0; i < w->b->net.n_neurons; i++)
        if (cam[i] > w->b->device.cam_words)
            return false;
    for (uint32_t i = 0; i < ITEMS; i++)
        n[items[i].cores]++;
    return n[3] + (n[1] > n[2] ? n[1] : n[2]) <= w->b->device.tags;
}

/* Every way to give one number to items of core 0, from `item` on, and items of core 1: none takes
 * more numbers than another. */
static void pair_items(const struct item *items, uint32_t item, uint32_t paired, struct need *need,
                       struct chip_needs *needs)
{
    while (item < ITEMS && items[item].cores != 1)
        item++;
    if (item == ITEMS) {
        assert_true(needs->n < MOST_NEEDS);
        needs->at[needs->n++] = *need;
        return;
    }
    pair_items(items, item + 1, paired, need, needs);
    for (uint32_t with = 0; with < ITEMS; with++) {
        uint32_t both = items[item].senders & items[with].senders;
        if (items[with].cores != 2 || (paired >> with & 1) || both == 0)
            continue;
        for (uint32_t s = 0; s < MAX_SOURCES; s++)
            need->merged[s] = (uint8_t)(need->merged[s] + (both >> s & 1));
        pair_items(items, item + 1, paired | 1u << with, need, needs);
        for (uint32_t s = 0; s < MAX_SOURCES; s++)
            need->merged[s] = (uint8_t)(need->merged[s] - (both >> s & 1));
    }
}

/* All that a chip may be like. Nothing shared takes the fewest words, so if that fits it is enough.
 */
static void chip_needs(const struct world *w, uint32_t chip, struct chip_needs *needs)
{
    uint32_t there = 0;
    struct item items[ITEMS];
    for (uint32_t i = 0; i < w->sharing.edges.n; i++)
        if (w->sharing.edges.at[i].group != NET_NONE && on_chip(w, &w->sharing.edges.at[i], chip))
            there |= 1u << w->sharing.edges.at[i].group;
    needs->n = 0;
    for (uint32_t choice = 0; choice <= there; choice++)
        if ((choice & ~there) == 0 && chip_fits(w, chip, choice, items)) {
            struct need need = {0};
            for (uint32_t i = 0; i < ITEMS; i++)
                for (uint32_t s = 0; s < MAX_SOURCES; s++)
                    need.words[s] = (uint8_t)(need.words[s] + (items[i].senders >> s & 1));
            pair_items(items, 0, 0, &need, needs);
            if (choice == 0)
                return;
        }
}

static bool words_left(const struct world *w, uint32_t *used, const struct need *need)
{
    bool fits = true;
    for (uint32_t n = 0; n < w->b->net.n_neurons; n++) {
        used[n] += need->words[n];
        fits = fits && used[n] + w->b->net.probed[n] <= w->b->device.sram_words;
    }
    return fits;
}

/* Least cut, then hops, over the chips from `chip` on. */
static void choose_from(const struct world *w, const struct chip_needs *needs, uint32_t chip,
                        const uint32_t *used, struct best cost, struct best *best)
{
    if (chip == w->b->net.chips) {
        if (!best->any || better(&cost, best))
            *best = cost;
        return;
    }
    for (uint32_t i = 0; i < needs[chip].n; i++) {
        uint32_t more[MAX_NEURONS];
        struct best next = cost;
        memcpy(more, used, sizeof more);
        if (!words_left(w, more, &needs[chip].at[i]))
            continue;
        for (uint32_t n = 0; n < w->b->net.n_neurons; n++) {
            uint32_t words = needs[chip].at[i].words[n] - needs[chip].at[i].merged[n],
                     hops = board_hops(&w->b->net, chip_of(w, n), chip);
            next.cut += hops ? words : 0;
            next.hops += words * hops;
        }
        choose_from(w, needs, chip + 1, more, next, best);
    }
}

/* `cost` with the words that the placement needs; not `any` if they do not fit. */
static struct best with_words(const struct world *w, struct best cost)
{
    static struct chip_needs needs[MAX_CHIPS];
    static const uint32_t none[MAX_NEURONS];
    struct best best = {0};
    for (uint32_t chip = 0; chip < w->b->net.chips; chip++)
        chip_needs(w, chip, &needs[chip]);
    cost.cut = cost.hops = 0;
    choose_from(w, needs, 0, none, cost, &best);
    return best;
}

/* --- all placements -----------------------------------------------------------------------------
 */

static bool allowed(const struct world *w)
{
    if (!cores_hold(w) || !packets_arrive(w))
        return false;
    for (uint32_t i = 0; i < w->b->net.places.n; i++)
        if (!place_holds(w, &w->b->net.places.at[i]))
            return false;
    return true;
}

/* Which neuron of a core it is matters to nothing here. */
static void place_from(struct world *w, uint32_t n, uint32_t *load)
{
    if (n == w->b->net.n_neurons) {
        struct best cost = cost_of(w); /* of one word for each chip reached: no more is less */
        if ((!w->best.any || better(&cost, &w->best)) && allowed(w)) {
            cost = with_words(w, cost);
            if (cost.any && (!w->best.any || better(&cost, &w->best)))
                w->best = cost;
        }
        return;
    }
    for (uint32_t c = 0; c < w->b->net.chips * CORES; c++) {
        if (load[c] == w->b->device.neurons_per_core)
            continue;
        load[c]++;
        w->core[n] = c;
        place_from(w, n + 1, load);
        load[c]--;
    }
}

static void read_edges(struct world *w)
{
    struct edge_iter iter;
    struct edge edge;
    net_edges_start(&iter, &w->b->net, 0, w->b->net.n_neurons);
    while (net_edges_next(&iter, &edge))
        if (edge.source < w->b->net.n_neurons)
            w->reaches[edge.source] |= 1u << edge.target;
        else
            w->hears |= 1u << edge.target;
}

/* --- comparison ---------------------------------------------------------------------------------
 */

struct tally {
    uint32_t fits, infeasible, undecided, missed, best, optimal;
};

static void check_mapped(struct world *w, uint64_t seed, struct tally *tally)
{
    const struct mapping *m = &w->b->mapping;
    const struct best *best = &w->best;
    const char *fault = mapping_fault(w->b);
    if (fault)
        fail_msg("seed %llu: %s", (unsigned long long)seed, fault);
    for (uint32_t n = 0; n < w->b->net.n_neurons; n++)
        w->core[n] = m->site_of[n] / w->b->device.neurons_per_core;
    if (!allowed(w))
        fail_msg("seed %llu: a rule is broken", (unsigned long long)seed);
    bool same[4] = {m->cores == best->cores, m->chips == best->chips, m->cut == best->cut,
                    m->hops == best->hops};
    int64_t bound[4] = {m->cores_bound, m->chips_bound, m->cut_bound, m->hops_bound};
    int64_t least[4] = {best->cores, best->chips, best->cut, best->hops};
    for (uint32_t i = 0; i < 4; i++) {
        if (bound[i] > least[i])
            fail_msg("seed %llu: level %u is bounded by %lld, %lld is possible",
                     (unsigned long long)seed, i, (long long)bound[i], (long long)least[i]);
        if (!same[i])
            break; /* later bounds go by other values */
    }
    bool all = same[0] && same[1] && same[2] && same[3];
    if (m->optimal && !all)
        fail_msg("seed %llu: called optimal, but is not", (unsigned long long)seed);
    tally->fits++;
    tally->best += all;
    tally->optimal += m->optimal;
}

static void compare(struct net_builder *b, uint64_t seed, struct tally *tally)
{
    struct world w = {.b = b};
    read_edges(&w);
    truth_find(b, &w.sharing);
    uint32_t load[MAX_CHIPS * CORES] = {0};
    place_from(&w, 0, load);
    enum map_status status = nb_fit(b) ? nb_map(b) : MAP_INFEASIBLE;
    if (status == MAP_OK) {
        if (!w.best.any)
            fail_msg("seed %llu: mapped what is impossible", (unsigned long long)seed);
        check_mapped(&w, seed, tally);
    } else if (status == MAP_INFEASIBLE) {
        if (w.best.any)
            fail_msg("seed %llu: called infeasible (%s), but is not", (unsigned long long)seed,
                     b->sink.all.at[0]->message);
        tally->infeasible++;
    } else {
        tally->undecided++;
        tally->missed += w.best.any;
    }
}

static void test_random_boards(void **state)
{
    (void)state;
    uint64_t n = dice_setting("DYNC_INSTANCES", 2000), first = dice_setting("DYNC_TEST_SEED", 1);
    struct tally tally = {0};
    for (uint64_t seed = first; seed < first + n; seed++) {
        struct net_builder b;
        struct dice dice = {seed, 0};
        nb_init(&b);
        random_net(&b, &dice);
        compare(&b, seed, &tally);
        nb_free(&b);
    }
    print_message("seeds from %llu on: %llu boards, %u fit, %u the best there is, %u proved so; %u "
                  "impossible, %u undecided, %u of them possible\n",
                  (unsigned long long)first, (unsigned long long)n, tally.fits, tally.best,
                  tally.optimal, tally.infeasible, tally.undecided, tally.missed);
    assert_true(tally.fits > n / 2 && tally.infeasible > n / 10);
    assert_true(tally.best > tally.fits - tally.fits / 50);
    assert_true(tally.optimal > tally.fits * 3 / 4);
    assert_true(tally.missed < n / 200);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_random_boards)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
