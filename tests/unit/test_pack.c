/* links: mapper compiler device base */
/* Packing: values and order against enumeration, the pattern model against our own search. */
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
    const struct problem_options options = {NULL, 0};
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

/* --- random instances against enumeration --- */

enum { CORES = 3, SIZE = 4, MAX_NEURONS = CORES * SIZE, MAX_VECTOR = 3 * MAX_NEURONS };

struct plan_vector { /* of a packing: per population in text order, (core, -count) per piece */
    uint32_t cost, n;
    int32_t at[MAX_VECTOR];
};
struct enumeration {
    struct net_builder *b;
    uint32_t core[MAX_NEURONS];
    struct plan_vector best;
    bool any;
};

static bool shares_contiguous(const struct enumeration *e, uint32_t p)
{
    const struct population *population = &e->b->net.populations.at[p];
    uint32_t left = 0;
    for (uint32_t i = 1; i < population->size; i++) {
        uint32_t core = e->core[population->first + i];
        if (core == e->core[population->first + i - 1])
            continue;
        left |= 1u << e->core[population->first + i - 1];
        if (left >> core & 1)
            return false;
    }
    return true;
}

static void vector_of(const struct enumeration *e, struct plan_vector *v)
{
    const struct net *net = &e->b->net;
    uint32_t used = 0, splits = 0, pieces = 0;
    v->n = 0;
    for (uint32_t p = 0; p < net->populations.n; p++) {
        const struct population *population = &net->populations.at[p];
        uint32_t mask = 0;
        for (uint32_t i = 0; i < population->size; i++) {
            uint32_t core = e->core[population->first + i];
            if (i == 0 || core != e->core[population->first + i - 1]) {
                v->at[v->n++] = (int32_t)core;
                v->at[v->n++] = 0;
            }
            v->at[v->n - 1]--;
            mask |= 1u << core;
        }
        used |= mask;
        pieces += (uint32_t)__builtin_popcount(mask);
        splits += (mask & (mask - 1)) != 0;
    }
    v->cost = ((uint32_t)__builtin_popcount(used) * 100 + splits) * 100 + pieces;
}

static bool less(const struct plan_vector *a, const struct plan_vector *b)
{
    if (a->cost != b->cost)
        return a->cost < b->cost;
    for (uint32_t i = 0; i < a->n && i < b->n; i++)
        if (a->at[i] != b->at[i])
            return a->at[i] < b->at[i];
    return false;
}

static void enumerate(struct enumeration *e, uint32_t n, uint32_t *load, uint32_t *class)
{
    const struct net *net = &e->b->net;
    if (n == net->n_neurons) {
        struct plan_vector v;
        for (uint32_t p = 0; p < net->populations.n; p++)
            if (!shares_contiguous(e, p))
                return;
        vector_of(e, &v);
        if (!e->any || less(&v, &e->best))
            e->best = v;
        e->any = true;
        return;
    }
    uint32_t own = net->populations.at[net->population_of[n]].bias_set;
    for (uint32_t c = 0; c < CORES; c++) {
        if (load[c] == SIZE || (load[c] > 0 && class[c] != own))
            continue;
        uint32_t before = class[c];
        class[c] = own;
        load[c]++;
        e->core[n] = c;
        enumerate(e, n + 1, load, class);
        load[c]--;
        class[c] = before;
    }
}

static void packed_vector(const struct packing *packing, struct plan_vector *v)
{
    v->n = 0;
    for (uint32_t i = 0; i < packing->shares.n; i++) {
        v->at[v->n++] = (int32_t)packing->shares.at[i].core;
        v->at[v->n++] = -(int32_t)packing->shares.at[i].count;
    }
    v->cost = (packing->cores * 100 + packing->splits) * 100 + packing->pieces;
}

static void random_populations(struct net_builder *b, uint64_t seed)
{
    uint32_t sets = 1 + dice(seed, 0, 2), left = 2 + dice(seed, 1, 10);
    for (uint32_t s = 0; s < sets; s++)
        nb_set(b, s ? "t" : "s");
    for (uint32_t i = 2; left > 0; i++) {
        uint32_t most = left < 6 ? left : 6, size = 1 + dice(seed, 3 * i, most);
        nb_population(b, "p", size, dice(seed, 3 * i + 1, sets));
        left -= size;
    }
    b->device.cores_per_chip = CORES;
    b->device.neurons_per_core = SIZE;
}

static void test_random_against_enumeration(void **state)
{
    (void)state;
    enum { INSTANCES = 1500 };
    uint32_t fit = 0, split = 0;
    for (uint64_t seed = 1; seed <= INSTANCES; seed++) {
        struct net_builder b;
        struct packing packing;
        struct plan_vector got;
        nb_init(&b);
        random_populations(&b, seed);
        solve(&b, NULL, &packing);
        struct enumeration e = {.b = &b};
        uint32_t load[CORES] = {0}, class[CORES] = {0};
        enumerate(&e, 0, load, class);
        assert_int_not_equal(packing.status, PACK_UNDECIDED);
        if ((packing.status == PACK_FITS) != e.any)
            fail_msg("seed %llu: status %d, possible %d", (unsigned long long)seed, packing.status,
                     e.any);
        if (e.any) {
            packed_vector(&packing, &got);
            assert_true(packing.canonical);
            if (got.n != e.best.n || less(&got, &e.best) || less(&e.best, &got))
                fail_msg("seed %llu: cost %u, best %u, or not the least", (unsigned long long)seed,
                         got.cost, e.best.cost);
        }
        fit += e.any;
        split += e.any && packing.splits > 0;
        nb_free(&b);
    }
    print_message("seeds 1..%d: %u fit, %u of them with split populations\n", INSTANCES, fit,
                  split);
    assert_true(fit > INSTANCES / 2 && split > INSTANCES / 10);
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
        struct pack_search *search = pack_search_new(&b.arena, &pack_state, UINT64_MAX);
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
        cmocka_unit_test(test_exact_fill),
        cmocka_unit_test(test_random_against_enumeration),
        cmocka_unit_test(test_model_against_search),
        cmocka_unit_test(test_shim_changes_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
