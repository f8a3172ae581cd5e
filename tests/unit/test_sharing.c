/* links: mapper compiler device base */
/* Classes of equal bundles, and which groups share, against their definitions. */
#include "tests/unit/dice.h"
#include "tests/unit/net_builder.h"

#include "mapper/share_decide.h"

static const struct sharing_options plain = {0};

static void find(struct net_builder *b, struct sharing *sharing)
{
    nb_finish(b);
    sharing_find(&b->arena, &b->net, &plain, sharing);
}

/* --- by hand --- */

static void test_all_to_all_is_one_class(void **state)
{
    (void)state;
    struct net_builder b;
    struct sharing sharing;
    nb_init(&b);
    uint32_t set = nb_set(&b, "s"), p = nb_population(&b, "p", 5, set);
    uint32_t q = nb_population(&b, "q", 3, set);
    nb_all_to_all(&b, "p -> q", nb_neurons(&b, p), nb_neurons(&b, q),
                  nb_attr(&b, DENDRITE_AMPA, 1, true));
    find(&b, &sharing);
    assert_int_equal(sharing.classes.n, 1);
    assert_int_equal(sharing.classes.at[0].n_members, 5);
    assert_int_equal(sharing.unshared[5], 5);
    assert_int_equal(sharing_least_words(&sharing, 5), 1);
    assert_int_equal(sharing.groups.n, 1);
    nb_free(&b);
}

static void test_share_off(void **state)
{
    (void)state;
    struct net_builder b;
    struct sharing sharing;
    const struct sharing_options all = {.all_may_share = true};
    nb_init(&b);
    uint32_t p = nb_population(&b, "p", 5, nb_set(&b, "s"));
    nb_all_to_all(&b, "p -> p", nb_neurons(&b, p), nb_neurons(&b, p),
                  nb_attr(&b, DENDRITE_AMPA, 1, false));
    find(&b, &sharing);
    assert_int_equal(sharing.classes.n, 0);
    assert_int_equal(sharing_least_words(&sharing, 0), 5);
    sharing_find(&b.arena, &b.net, &all, &sharing);
    assert_int_equal(sharing_least_words(&sharing, 0), 1);
    nb_free(&b);
}

/* Equal edges from different terms, one repeated, one doubled: bundles do not know terms. */
static void test_terms_do_not_matter(void **state)
{
    (void)state;
    struct net_builder b;
    struct sharing sharing;
    struct nb_edge_vec one = {NULL, 0, 0}, two = {NULL, 0, 0};
    nb_init(&b);
    uint32_t set = nb_set(&b, "s"), p = nb_population(&b, "p", 2, set);
    uint32_t q = nb_population(&b, "q", 1, set), attr = nb_attr(&b, DENDRITE_AMPA, 1, true);
    VEC_PUSH(&b.arena, &one, (struct nb_edge){0, 0, attr, 2});
    VEC_PUSH(&b.arena, &one, (struct nb_edge){0, 1, attr, 1});
    VEC_PUSH(&b.arena, &two, (struct nb_edge){0, 1, attr, 1});
    nb_project(&b, "p -> q", nb_neurons(&b, p), nb_neurons(&b, q), &one);
    nb_project(&b, "p -> q", nb_neurons(&b, p), nb_neurons(&b, q), &two);
    find(&b, &sharing);
    assert_int_equal(sharing.classes.n, 1);
    assert_int_equal(sharing.unshared[2], 4);
    assert_int_equal(sharing_least_words(&sharing, 2), 2);
    nb_free(&b);
}

/* The same sources into two populations: two classes, one group. */
static void test_group_over_populations(void **state)
{
    (void)state;
    struct net_builder b;
    struct sharing sharing;
    nb_init(&b);
    uint32_t set = nb_set(&b, "s"), p = nb_population(&b, "p", 4, set);
    uint32_t q = nb_population(&b, "q", 2, set), r = nb_population(&b, "r", 2, set);
    uint32_t attr = nb_attr(&b, DENDRITE_AMPA, 1, true);
    nb_all_to_all(&b, "p -> q", nb_neurons(&b, p), nb_neurons(&b, q), attr);
    nb_all_to_all(&b, "p -> r", nb_neurons(&b, p), nb_neurons(&b, r), attr);
    nb_all_to_all(&b, "p[0:2] -> p", nb_view(UNIT_NEURON, p, 0, 2), nb_neurons(&b, p), attr);
    find(&b, &sharing);
    assert_int_equal(sharing.classes.n, 3);
    assert_int_equal(sharing.groups.n, 2);
    assert_int_equal(sharing.groups.at[0].n_members, 2);
    assert_int_equal(sharing.groups.at[0].first_term, 2);
    assert_int_equal(sharing.groups.at[1].first_term, 0);
    nb_free(&b);
}

/* --- SRAM budgets --- */

/* A source of `n` groups of two, one per target population, and its SRAM words. */
static void star(struct net_builder *b, uint32_t n, bool probed, bool own_edge,
                 struct share_decision *decision)
{
    const struct share_options options = {0};
    struct sharing sharing;
    nb_init(b);
    uint32_t set = nb_set(b, "s"), p = nb_population(b, "p", n + 1, set);
    uint32_t attr = nb_attr(b, DENDRITE_AMPA, 1, true);
    for (uint32_t i = 0; i < n; i++) {
        struct nb_edge_vec edges = {NULL, 0, 0};
        uint32_t q = nb_population(b, arena_printf(&b->arena, "q%u", i), 1 + i, set);
        for (uint32_t j = 0; j < 1 + i; j++) {
            VEC_PUSH(&b->arena, &edges, (struct nb_edge){j, 0, attr, 1});
            VEC_PUSH(&b->arena, &edges, (struct nb_edge){j, i + 1, attr, 1});
        }
        nb_project(b, "p -> q", nb_neurons(b, p), nb_neurons(b, q), &edges);
    }
    if (own_edge) {
        struct nb_edge_vec edges = {NULL, 0, 0};
        VEC_PUSH(&b->arena, &edges, (struct nb_edge){0, 0, attr, 1});
        nb_project(b, "p -> p", nb_neurons(b, p), nb_neurons(b, p), &edges);
    }
    if (probed)
        nb_probe(b, nb_neurons(b, p), PROBE_SPIKES);
    find(b, &sharing);
    share_decide(&b->arena, &b->net, &b->device, &sharing, NULL, &options, decision);
}

static uint32_t shared_in_star(uint32_t n, bool probed, bool own_edge)
{
    struct net_builder b;
    struct share_decision decision;
    uint32_t shared = 0;
    star(&b, n, probed, own_edge, &decision);
    assert_int_equal(decision.status, SHARE_FITS);
    for (uint32_t g = 0; g < n; g++)
        shared += decision.carried[g];
    nb_free(&b);
    return shared;
}

static void test_sram_words_bound_sharing(void **state)
{
    (void)state;
    assert_int_equal(shared_in_star(3, false, false), 3);
    assert_int_equal(shared_in_star(3, false, true), 3);
    assert_int_equal(shared_in_star(3, true, false), 3);
    assert_int_equal(shared_in_star(3, true, true), 2);
    /* the fourth word: three groups and the edges of the fourth in a tag of its own, or, once it is
     * taken, four groups and nothing left over */
    assert_int_equal(shared_in_star(4, false, false), 4);
    assert_int_equal(shared_in_star(4, false, true), 3);
    assert_int_equal(shared_in_star(4, true, false), 2);
    assert_int_equal(shared_in_star(5, false, false), 3);
}

/* The greatest saving is taken first. */
static void test_order_by_saving(void **state)
{
    (void)state;
    struct net_builder b;
    struct share_decision decision;
    star(&b, 5, false, false, &decision);
    assert_false(decision.carried[0] || decision.carried[1]);
    assert_true(decision.carried[2] && decision.carried[3] && decision.carried[4]);
    nb_free(&b);
}

/* --- random nets against the definitions --- */

static void random_net(struct net_builder *b, struct dice *d)
{
    uint32_t set = nb_set(b, "s"), sources = nb_population(b, "a", 2 + roll(d, 4), set);
    uint32_t in = nb_input(b, "in", 1 + roll(d, 2)), n = 1 + roll(d, 4);
    for (uint32_t p = 0; p < n; p++)
        nb_population(b, arena_printf(&b->arena, "p%u", p), 1 + roll(d, 2), set);
    for (uint32_t t = 2 + roll(d, 6); t > 0; t--) {
        struct nb_edge_vec edges = {NULL, 0, 0};
        struct view pre = roll(d, 3) ? nb_neurons(b, sources) : nb_inputs(b, in);
        struct view post = nb_neurons(b, roll(d, n + 1));
        uint32_t full = roll(d, 2), cut = roll(d, pre.size);
        for (uint32_t i = 0; i < post.size; i++)
            for (uint32_t j = 0; j < pre.size; j++)
                if (full ? (j < cut) == (full > 0) || cut == 0 : roll(d, 2))
                    VEC_PUSH(&b->arena, &edges,
                             (struct nb_edge){i, j, nb_attr(b, DENDRITE_AMPA, 1, roll(d, 9) != 0),
                                              full ? 1 : 1 + roll(d, 2)});
        nb_project(b, "x -> y", pre, post, &edges);
    }
    if (roll(d, 2))
        nb_probe(b, nb_neurons(b, sources), PROBE_SPIKES);
    b->device.cam_words = 1 + roll(d, 5);
    b->device.sram_words = 1 + roll(d, 4);
}

static uint64_t copies(const struct net_builder *b, uint32_t source, uint32_t target, uint32_t attr)
{
    struct edge_iter iter;
    struct edge edge;
    uint64_t n = 0;
    net_edges_start(&iter, &b->net, target, target + 1);
    while (net_edges_next(&iter, &edge))
        if (edge.source == source && edge.attr == attr && b->net.attrs.at[attr].share)
            n += edge.repeat;
    return n;
}

static bool equal_bundles(const struct net_builder *b, uint32_t s, uint32_t t, uint32_t p)
{
    const struct population *population = &b->net.populations.at[p];
    uint64_t any = 0;
    for (uint32_t i = 0; i < population->size; i++)
        for (uint32_t a = 0; a < b->net.attrs.n; a++) {
            uint64_t x = copies(b, s, population->first + i, a);
            if (x != copies(b, t, population->first + i, a))
                return false;
            any += x;
        }
    return any > 0;
}

static uint32_t class_in(const struct sharing *sharing, uint32_t p, uint32_t source)
{
    for (uint32_t i = sharing->first_membership[p]; i < sharing->first_membership[p + 1]; i++)
        if (sharing->memberships.at[i].source == source)
            return sharing->memberships.at[i].class;
    return NET_NONE;
}

static void check_classes(const struct net_builder *b, const struct sharing *sharing, uint64_t seed)
{
    for (uint32_t p = 0; p < b->net.populations.n; p++)
        for (uint32_t s = 0; s < net_n_sources(&b->net); s++)
            for (uint32_t t = 0; t < s; t++) {
                uint32_t x = class_in(sharing, p, s), y = class_in(sharing, p, t);
                if ((x != NET_NONE && x == y) != equal_bundles(b, s, t, p))
                    fail_msg("seed %llu: sources %u and %u into population %u",
                             (unsigned long long)seed, s, t, p);
            }
}

/* SRAM and CAM words under a choice of groups, counted edge by edge. */
static bool choice_fits(const struct net_builder *b, const struct sharing *sharing, uint32_t choice)
{
    uint32_t words[32] = {0}, own[32] = {0}, groups[32] = {0};
    struct edge_iter iter;
    struct edge edge;
    net_edges_start(&iter, &b->net, 0, b->net.n_neurons);
    while (net_edges_next(&iter, &edge)) {
        uint32_t class = b->net.attrs.at[edge.attr].share
                             ? class_in(sharing, b->net.population_of[edge.target], edge.source)
                             : NET_NONE;
        uint32_t group = class == NET_NONE ? NET_NONE : sharing->classes.at[class].group;
        bool shared = group != NET_NONE && (choice >> group & 1);
        if (shared)
            groups[edge.source] |= 1u << group;
        else
            own[edge.source] = 1;
        if (!shared || sharing->members.at[sharing->classes.at[class].first_member] == edge.source)
            words[edge.target] += edge.repeat;
    }
    for (uint32_t n = 0; n < b->net.n_neurons; n++)
        if (words[n] > b->device.cam_words
            || own[n] + (uint32_t)__builtin_popcount(groups[n]) + b->net.probed[n]
                   > b->device.sram_words)
            return false;
    return true;
}

struct tally {
    uint32_t fits, impossible, skipped;
};

static void check_decision(struct net_builder *b, const struct sharing *sharing, uint64_t seed,
                           struct tally *tally)
{
    const struct share_options options = {0};
    struct share_decision decision;
    bool any = false;
    uint32_t choice = 0;
    if (sharing->groups.n > 12) {
        tally->skipped++;
        return;
    }
    for (uint32_t c = 0; c < 1u << sharing->groups.n && !any; c++)
        any = choice_fits(b, sharing, c);
    share_decide(&b->arena, &b->net, &b->device, sharing, NULL, &options, &decision);
    for (uint32_t g = 0; g < sharing->groups.n; g++)
        choice |= (uint32_t)decision.carried[g] << g;
    if ((decision.status == SHARE_FITS) != any || decision.status == SHARE_UNDECIDED)
        fail_msg("seed %llu: decided %d, any choice fits: %d", (unsigned long long)seed,
                 decision.status, any);
    if (any && !choice_fits(b, sharing, choice))
        fail_msg("seed %llu: the choice does not fit", (unsigned long long)seed);
    tally->fits += any;
    tally->impossible += !any;
}

static void test_random_nets(void **state)
{
    (void)state;
    enum { NETS = 4000 };
    struct tally tally = {0};
    uint64_t classes = 0;
    for (uint64_t seed = 1; seed <= NETS; seed++) {
        struct net_builder b;
        struct sharing sharing, collided;
        struct dice dice = {seed, 0};
        const struct sharing_options collide = {.hash_mask = 3};
        nb_init(&b);
        random_net(&b, &dice);
        find(&b, &sharing);
        check_classes(&b, &sharing, seed);
        sharing_find(&b.arena, &b.net, &collide, &collided);
        check_classes(&b, &collided, seed);
        assert_int_equal(collided.classes.n, sharing.classes.n);
        assert_int_equal(collided.groups.n, sharing.groups.n);
        check_decision(&b, &sharing, seed, &tally);
        classes += sharing.classes.n;
        nb_free(&b);
    }
    print_message("seeds 1..%d: %u fit, %u do not, %u skipped, %llu classes\n", NETS, tally.fits,
                  tally.impossible, tally.skipped, (unsigned long long)classes);
    assert_true(tally.fits > NETS / 10 && tally.impossible > NETS / 10);
}

/* --- several chips ---------------------------------------------------------------------------- */

/* SRAM and CAM words where a group shares on some chips only, counted edge by edge: bit
 * chip * groups + group of `choice`. */
static bool board_choice_fits(const struct net_builder *b, const struct sharing *sharing,
                              const uint32_t *chip_of, uint64_t choice)
{
    uint32_t words[32] = {0};
    uint64_t sent[32] = {0}; /* per source: bit 16 * chip + group, group 15 for its own tag */
    struct edge_iter iter;
    struct edge edge;
    net_edges_start(&iter, &b->net, 0, b->net.n_neurons);
    while (net_edges_next(&iter, &edge)) {
        uint32_t chip = chip_of[edge.target], group = NET_NONE;
        uint32_t class = b->net.attrs.at[edge.attr].share
                             ? class_in(sharing, b->net.population_of[edge.target], edge.source)
                             : NET_NONE;
        if (class != NET_NONE)
            group = sharing->classes.at[class].group;
        bool shared = group != NET_NONE && (choice >> (chip * sharing->groups.n + group) & 1);
        sent[edge.source] |= UINT64_C(1) << (16 * chip + (shared ? group : 15));
        if (!shared || sharing->members.at[sharing->classes.at[class].first_member] == edge.source)
            words[edge.target] += edge.repeat;
    }
    for (uint32_t n = 0; n < b->net.n_neurons; n++)
        if (words[n] > b->device.cam_words
            || (uint32_t)__builtin_popcountll(sent[n]) + b->net.probed[n] > b->device.sram_words)
            return false;
    return true;
}

/* `node_limit` 1: the model must decide. */
static void check_board(struct net_builder *b, const struct sharing *sharing,
                        const uint32_t *chip_of, uint32_t chips, uint64_t node_limit, uint64_t seed,
                        struct tally *tally)
{
    const struct share_options options = {.node_limit = node_limit};
    struct share_decision decision;
    uint32_t bits = chips * sharing->groups.n;
    bool any = false;
    uint64_t choice = 0;
    for (uint64_t c = 0; c < UINT64_C(1) << bits && !any; c++)
        any = board_choice_fits(b, sharing, chip_of, c);
    share_decide(&b->arena, &b->net, &b->device, sharing, chip_of, &options, &decision);
    for (uint32_t i = 0; i < bits; i++)
        choice |= (uint64_t)decision.carried[i] << i;
    tally->skipped += decision.status == SHARE_UNDECIDED;
    if ((decision.status == SHARE_FITS && !any) || (decision.status == SHARE_IMPOSSIBLE && any)
        || (decision.status == SHARE_UNDECIDED && node_limit == 0))
        fail_msg("seed %llu: decided %d, any choice fits: %d", (unsigned long long)seed,
                 decision.status, any);
    if (decision.status == SHARE_FITS && !board_choice_fits(b, sharing, chip_of, choice))
        fail_msg("seed %llu: the choice does not fit", (unsigned long long)seed);
    tally->fits += any;
    tally->impossible += !any;
}

static void test_random_boards(void **state)
{
    (void)state;
    enum { NETS = 3000, MOST_BITS = 12 };
    struct tally searched = {0}, modelled = {0};
    for (uint64_t seed = 1; seed <= NETS; seed++) {
        struct net_builder b;
        struct sharing sharing;
        struct dice dice = {seed, 1000};
        uint32_t chip_of[32], chips = 2 + roll(&dice, 2);
        nb_init(&b);
        random_net(&b, &dice);
        b.device.sram_words += roll(&dice, 3);
        b.net.chips = b.net.grid_w = chips;
        find(&b, &sharing);
        for (uint32_t n = 0; n < b.net.n_neurons; n++)
            chip_of[n] = roll(&dice, chips);
        if (chips * sharing.groups.n <= MOST_BITS) {
            check_board(&b, &sharing, chip_of, chips, 0, seed, &searched);
            check_board(&b, &sharing, chip_of, chips, 1, seed, &modelled);
        }
        nb_free(&b);
    }
    print_message("seeds 1..%d: %u fit, %u do not\n", NETS, searched.fits, searched.impossible);
    assert_true(searched.fits > NETS / 10 && searched.impossible > NETS / 10);
}

/* Sources that fall into other classes at every target, with words for less than half of what the
 * targets need: more choices than anybody can look at. It must end all the same, by each limit. */
static enum share_status partitions(uint32_t targets, uint32_t cam_words, uint64_t node_limit)
{
    enum { SOURCES = 40, CLASSES = 8 };
    struct net_builder b;
    struct sharing sharing;
    struct share_decision decision;
    const struct share_options options = {.node_limit = node_limit};
    struct dice dice = {7, 0};
    nb_init(&b);
    uint32_t set = nb_set(&b, "s"), pre = nb_population(&b, "pre", SOURCES, set);
    for (uint32_t t = 0; t < targets; t++) {
        struct nb_edge_vec edges = {NULL, 0, 0};
        uint32_t post = nb_population(&b, arena_printf(&b.arena, "q%u", t), 1, set);
        for (uint32_t s = 0; s < SOURCES; s++) {
            uint8_t slots = (uint8_t)(1 + roll(&dice, CLASSES));
            VEC_PUSH(&b.arena, &edges,
                     (struct nb_edge){0, s, nb_attr(&b, DENDRITE_AMPA, slots, true), 1});
        }
        nb_project(&b, "pre -> q", nb_neurons(&b, pre), nb_neurons(&b, post), &edges);
    }
    b.device.cam_words = cam_words;
    find(&b, &sharing);
    share_decide(&b.arena, &b.net, &b.device, &sharing, NULL, &options, &decision);
    nb_free(&b);
    return decision.status;
}

static void test_limits(void **state)
{
    (void)state;
    assert_int_equal(partitions(5, 23, 0), SHARE_IMPOSSIBLE);
    assert_int_equal(partitions(5, 23, 1), SHARE_UNDECIDED); /* the model proves nothing */
    for (uint32_t targets = 3; targets <= 6; targets++) {
        uint32_t words = 4 * targets + 6; /* enough, by search and by model */
        assert_int_equal(partitions(targets, words, 0), SHARE_FITS);
        assert_int_equal(partitions(targets, words, 1), SHARE_FITS);
    }
    assert_int_equal(partitions(14, 33, 0), SHARE_UNDECIDED);
    assert_int_equal(partitions(400, 22, 100), SHARE_UNDECIDED); /* too large for a model */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_all_to_all_is_one_class),
        cmocka_unit_test(test_share_off),
        cmocka_unit_test(test_terms_do_not_matter),
        cmocka_unit_test(test_group_over_populations),
        cmocka_unit_test(test_sram_words_bound_sharing),
        cmocka_unit_test(test_order_by_saving),
        cmocka_unit_test(test_random_nets),
        cmocka_unit_test(test_random_boards),
        cmocka_unit_test(test_limits),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
