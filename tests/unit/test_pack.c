/* links: mapper compiler device base */
/* Packing: values and order against enumeration, the pattern model against our own search. */
#include "tests/unit/dice.h"
#include "tests/unit/net_builder.h"

#include "mapper/pack.h"
#include "mapper/pack_ilp.h"
#include "mapper/pack_search.h"

#include <time.h>

static uint32_t dice(uint64_t seed, uint32_t i, uint32_t sides)
{
    return (uint32_t)(rng_bits(seed, i, 0) % sides);
}

static void build(struct net_builder *b, struct problem *problem)
{
    const struct problem_options options = {.capacity = 0};
    nb_finish(b);
    problem_build(&b->arena, &b->net, &b->device, &b->plan, &options, problem);
}

static void solve(struct net_builder *b, const struct ilp_shim *shim, struct packing *packing)
{
    struct problem problem;
    const struct pack_options options = {.ilp = {.shim = shim}};
    build(b, &problem);
    pack(&b->arena, &problem, &options, packing);
}

/* --- by hand --- */

static void expect_values(const uint32_t *sizes, uint32_t n, uint32_t cores, uint32_t splits,
                          uint32_t pieces)
{
    struct net_builder b;
    struct packing packing;
    nb_init(&b);
    uint32_t set = nb_set(&b, "s");
    for (uint32_t i = 0; i < n; i++)
        nb_population(&b, arena_printf(&b.arena, "p%u", i), sizes[i], set);
    solve(&b, NULL, &packing);
    assert_int_equal(packing.status, PACK_FITS);
    assert_int_equal(packing.cores, cores);
    assert_int_equal(packing.cores_bound, cores);
    assert_int_equal(packing.splits, splits);
    assert_int_equal(packing.split_bound, splits);
    assert_int_equal(packing.pieces, pieces);
    assert_int_equal(packing.pieces_bound, pieces);
    assert_true(packing.canonical);
    nb_free(&b);
}

static void test_values(void **state)
{
    (void)state;
    expect_values((const uint32_t[]){256}, 1, 1, 0, 1);
    expect_values((const uint32_t[]){257}, 1, 2, 1, 2);
    expect_values((const uint32_t[]){150, 150, 150, 150, 150}, 5, 3, 2, 7);
    /* three cores with 56 free each and one population of 168: one split population, three pieces
     */
    expect_values((const uint32_t[]){200, 200, 200, 168}, 4, 3, 1, 6);
    expect_values((const uint32_t[]){129, 128, 127, 128}, 4, 2, 0, 4);
    expect_values((const uint32_t[]){700}, 1, 3, 1, 3);
    expect_values((const uint32_t[]){300, 212}, 2, 2, 1, 3);
    expect_values((const uint32_t[]){1000, 24}, 2, 4, 1, 5);
    expect_values((const uint32_t[]){700, 100, 100, 100}, 4, 4, 1, 7);
}

/* A unit that is split already is no second split: the least vector keeps core 1 for p0. */
static void test_least_order(void **state)
{
    (void)state;
    static const struct share least[] = {{0, 0, 256}, {0, 1, 256}, {0, 2, 156}, {0, 3, 32},
                                         {1, 2, 100}, {2, 3, 100}, {3, 3, 100}};
    struct net_builder b;
    struct packing packing;
    nb_init(&b);
    uint32_t set = nb_set(&b, "s");
    for (uint32_t i = 0; i < 4; i++)
        nb_population(&b, arena_printf(&b.arena, "p%u", i), i ? 100 : 700, set);
    solve(&b, NULL, &packing);
    assert_int_equal(packing.shares.n, sizeof least / sizeof least[0]);
    assert_memory_equal(packing.shares.at, least, sizeof least);
    nb_free(&b);
}

/* Sixty populations that fill four cores to the last neuron. */
static void test_exact_fill(void **state)
{
    (void)state;
    struct net_builder b;
    struct packing packing;
    uint32_t left = 1024;
    nb_init(&b);
    uint32_t set = nb_set(&b, "s");
    for (uint32_t i = 0; i < 60; i++) {
        uint32_t size = i == 59 ? left : 10 + dice(7, i, 14);
        nb_population(&b, arena_printf(&b.arena, "p%u", i), size, set);
        left -= size;
    }
    clock_t start = clock();
    solve(&b, NULL, &packing);
    print_message("exact fill: %.1f ms, %llu nodes, splits %u (bound %u), canonical %d\n",
                  1e3 * (double)(clock() - start) / CLOCKS_PER_SEC,
                  (unsigned long long)packing.nodes, packing.splits, packing.split_bound,
                  packing.canonical);
    assert_int_equal(packing.status, PACK_FITS);
    assert_int_equal(packing.cores, 4);
    nb_free(&b);
}

/* --- random instances against enumeration -------------------------------------------------------
 */

enum { MAX_CORES = 4, MAX_SIZE = 6, MAX_NEURONS = MAX_CORES * MAX_SIZE };

struct enumeration { /* of all placements whose populations are contiguous on every core */
    struct net_builder *b;
    uint32_t n_cores, size;
    uint32_t core[MAX_NEURONS];
    uint32_t load[MAX_CORES], class[MAX_CORES];
    uint32_t best[MAX_NEURONS], cost; /* cores, splits, pieces as one number; UINT32_MAX: none */
};

/* Cores used, populations split and pieces of the first n neurons. */
static uint32_t cost_of(const struct enumeration *e, const uint32_t *core, uint32_t n)
{
    const struct net *net = &e->b->net;
    uint32_t used = 0, splits = 0, pieces = 0, on = 0;
    for (uint32_t i = 0; i < n; i++) {
        bool first = i == 0 || net->population_of[i] != net->population_of[i - 1];
        on = first ? 0 : on;
        pieces += first || core[i] != core[i - 1];
        splits += on && !(on & (on - 1)) && !(on >> core[i] & 1);
        on |= 1u << core[i];
        used |= on;
    }
    return ((uint32_t)__builtin_popcount(used) * 100 + splits) * 100 + pieces;
}

/* Whether neuron n may stand on a core: bias set, room, no second piece there. */
static bool may_stand(const struct enumeration *e, uint32_t n, uint32_t core)
{
    const struct net *net = &e->b->net;
    uint32_t population = net->population_of[n];
    if (e->load[core] == e->size
        || (e->load[core] && e->class[core] != net->populations.at[population].bias_set))
        return false;
    for (uint32_t i = net->populations.at[population].first; i < n; i++)
        if (e->core[i] == core && e->core[n - 1] != core)
            return false;
    return true;
}

/* In the order of the vectors, so that the first of equal cost is the least. */
static void enumerate(struct enumeration *e, uint32_t n)
{
    const struct net *net = &e->b->net;
    uint32_t cost = cost_of(e, e->core, n);
    if (cost >= e->cost)
        return;
    if (n == net->n_neurons) {
        memcpy(e->best, e->core, sizeof e->best);
        e->cost = cost;
        return;
    }
    for (uint32_t c = 0; c < e->n_cores; c++) {
        bool empty = e->load[c] == 0;
        if (may_stand(e, n, c)) {
            uint32_t before = e->class[c];
            e->class[c] = net->populations.at[net->population_of[n]].bias_set;
            e->load[c]++;
            e->core[n] = c;
            enumerate(e, n + 1);
            e->load[c]--;
            e->class[c] = before;
        }
        if (empty)
            break; /* empty cores are alike */
    }
}

static void cores_of(const struct net *net, const struct packing *packing, uint32_t *core)
{
    uint32_t n = 0;
    for (uint32_t i = 0; i < packing->shares.n; i++)
        for (uint32_t k = 0; k < packing->shares.at[i].count; k++)
            core[n++] = packing->shares.at[i].core;
    assert_int_equal(n, net->n_neurons);
}

static void random_populations(struct net_builder *b, uint64_t seed, uint32_t n_cores,
                               uint32_t size)
{
    uint32_t sets = 1 + dice(seed, 0, 2), all = n_cores * size < 15 ? n_cores * size : 15;
    uint32_t left = all / 2 + dice(seed, 1, all - all / 2 + 1);
    uint32_t largest = seed % 2 ? all : 1 + dice(seed, 2, all);
    for (uint32_t s = 0; s < sets; s++)
        nb_set(b, s ? "t" : "s");
    for (uint32_t i = 2; left > 0; i++) {
        uint32_t most = left < largest ? left : largest, n = 1 + dice(seed, 3 * i, most);
        nb_population(b, "p", n, dice(seed, 3 * i + 1, sets));
        left -= n;
    }
    b->device.cores_per_chip = n_cores;
    b->device.neurons_per_core = size;
}

static void compare(const struct enumeration *e, const struct packing *packing, uint64_t seed)
{
    uint32_t core[MAX_NEURONS] = {0};
    if (packing->status == PACK_UNDECIDED
        || (packing->status == PACK_FITS) != (e->cost != UINT32_MAX))
        fail_msg("seed %llu: status %d, least cost %u", (unsigned long long)seed, packing->status,
                 e->cost);
    if (packing->status != PACK_FITS)
        return;
    cores_of(&e->b->net, packing, core);
    uint32_t cost = cost_of(e, core, e->b->net.n_neurons);
    assert_true(packing->canonical);
    assert_int_equal(cost, (packing->cores * 100 + packing->splits) * 100 + packing->pieces);
    if (cost != e->cost || memcmp(core, e->best, e->b->net.n_neurons * sizeof core[0]) != 0)
        fail_msg("seed %llu: cost %u, best %u, or not the least", (unsigned long long)seed, cost,
                 e->cost);
}

static void test_random_against_enumeration(void **state)
{
    (void)state;
    enum { INSTANCES = 6000 };
    uint32_t fit = 0, split = 0, many = 0;
    for (uint64_t seed = 1; seed <= INSTANCES; seed++) {
        struct net_builder b;
        struct packing packing;
        struct enumeration e = {.b = &b,
                                .n_cores = 2 + dice(seed, 1000, MAX_CORES - 1),
                                .size = 3 + dice(seed, 1001, MAX_SIZE - 2),
                                .cost = UINT32_MAX};
        nb_init(&b);
        random_populations(&b, seed, e.n_cores, e.size);
        solve(&b, NULL, &packing);
        if (packing.status == PACK_FITS) /* what costs more is of no interest */
            e.cost = (packing.cores * 100 + packing.splits) * 100 + packing.pieces + 1;
        enumerate(&e, 0);
        compare(&e, &packing, seed);
        fit += packing.status == PACK_FITS;
        split += packing.splits > 0;
        many += packing.status == PACK_FITS && packing.shares.n > b.net.populations.n + 1;
        nb_free(&b);
    }
    print_message(
        "seeds 1..%d: %u fit, %u of them with split populations, %u with two more pieces\n",
        INSTANCES, fit, split, many);
    assert_true(fit > INSTANCES / 2 && split > INSTANCES / 4 && many > INSTANCES / 20);
}

/* --- the pattern model --- */

static void test_model_against_search(void **state)
{
    (void)state;
    enum { INSTANCES = 300 };
    uint32_t tight = 0, nonzero = 0;
    for (uint64_t seed = 1; seed <= INSTANCES; seed++) {
        struct net_builder b;
        struct problem problem;
        struct pack_state pack_state;
        struct pack_ilp ilp;
        struct index_vec units = {NULL, 0, 0};
        const struct ilp_options options = {0};
        nb_init(&b);
        uint32_t set = nb_set(&b, "s"), volume = 0, n = 2 + dice(seed, 0, 8);
        b.device.neurons_per_core = 20;
        for (uint32_t i = 0; i < n; i++) {
            uint32_t size = 3 + dice(seed, 10 + i, 18);
            if (volume + size > 80)
                break;
            nb_population(&b, "p", size, set);
            volume += size;
        }
        build(&b, &problem);
        for (uint32_t u = 0; u < problem.units.n; u++)
            VEC_PUSH(&b.arena, &units, u);
        pack_state_init(&pack_state, &b.arena, &problem, &units, problem.n_cores);
        uint32_t cores = (volume + 19) / 20, cells = problem.units.n * problem.n_cores;
        uint32_t *amount = ARENA_ARRAY(&b.arena, uint32_t, cells);
        pack_ilp_solve(&b.arena, &pack_state, cores, &options, amount, &ilp);
        struct pack_search *search = pack_search_new(&b.arena, &pack_state, UINT64_MAX, NULL);
        struct pack_limits limits = {cores, 0, PACK_UNLIMITED}, cost;
        while (pack_complete(search, &pack_state, &limits, UINT64_MAX, amount, &cost) == PACK_NO)
            limits.splits++;
        if (ilp.bound > limits.splits)
            fail_msg("seed %llu: bound %u above the optimum %u", (unsigned long long)seed,
                     ilp.bound, limits.splits);
        assert_true(ilp.found);
        tight += ilp.bound == limits.splits;
        nonzero += limits.splits > 0;
        nb_free(&b);
    }
    print_message("seeds 1..%d: bound tight %u times, optimum above 0 %u times\n", INSTANCES, tight,
                  nonzero);
    assert_true(tight > INSTANCES * 8 / 10 && nonzero > INSTANCES / 10);
}

/* --- many populations ---------------------------------------------------------------------------
 */

struct many {
    uint32_t populations, cores, splits, pieces, proved, sets;
    double seconds, worst;
};

/* Five populations of 16 to 200 neurons with one bias set: a packing of its own. */
static void pack_a_set(uint64_t seed, struct many *sum)
{
    struct net_builder b;
    struct packing packing;
    nb_init(&b);
    uint32_t set = nb_set(&b, "s"), n = 5;
    for (uint32_t i = 0; i < n; i++)
        nb_population(&b, "p", 16 + dice(seed, i, 185), set);
    clock_t start = clock();
    solve(&b, NULL, &packing);
    double seconds = (double)(clock() - start) / CLOCKS_PER_SEC;
    assert_int_equal(packing.status, PACK_FITS);
    sum->populations += n;
    sum->cores += packing.cores;
    sum->splits += packing.splits;
    sum->pieces += packing.pieces;
    sum->proved += packing.canonical && packing.cores == packing.cores_bound
                   && packing.splits == packing.split_bound
                   && packing.pieces == packing.pieces_bound;
    sum->sets++;
    sum->seconds += seconds;
    sum->worst = seconds > sum->worst ? seconds : sum->worst;
    nb_free(&b);
}

static void test_many_populations(void **state)
{
    (void)state;
    uint64_t n = dice_setting("DYNC_POPULATIONS", 5000);
    uint64_t seed = dice_setting("DYNC_TEST_SEED", 1);
    struct many sum = {0};
    while (sum.populations < n)
        pack_a_set(seed++, &sum);
    print_message("%u populations of %u bias sets in %u cores, %u of them split, %u pieces: %u of "
                  "%u sets proved least, %.3f s, worst set %.1f ms\n",
                  sum.populations, sum.sets, sum.cores, sum.splits, sum.pieces, sum.proved,
                  sum.sets, sum.seconds, 1e3 * sum.worst);
    assert_int_equal(sum.proved, sum.sets);
}

static void test_shim_changes_nothing(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 300; seed++) {
        struct net_builder b;
        struct packing straight, disturbed;
        const struct ilp_shim shim = {seed, 1e-7};
        uint32_t left = 1024;
        nb_init(&b);
        uint32_t set = nb_set(&b, "s");
        for (uint32_t i = 0; i < 14 && left > 200; i++) {
            uint32_t size = 40 + dice(seed, i, 120);
            nb_population(&b, "p", size, set);
            left -= size;
        }
        solve(&b, NULL, &straight);
        solve(&b, &shim, &disturbed);
        assert_int_equal(straight.shares.n, disturbed.shares.n);
        assert_memory_equal(straight.shares.at, disturbed.shares.at,
                            straight.shares.n * sizeof straight.shares.at[0]);
        assert_int_equal(straight.canonical, disturbed.canonical);
        assert_int_equal(straight.split_bound, disturbed.split_bound);
        nb_free(&b);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_values),
        cmocka_unit_test(test_least_order),
        cmocka_unit_test(test_exact_fill),
        cmocka_unit_test(test_random_against_enumeration),
        cmocka_unit_test(test_model_against_search),
        cmocka_unit_test(test_many_populations),
        cmocka_unit_test(test_shim_changes_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
