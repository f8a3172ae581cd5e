/* links: mapper compiler device base */
/* Chips by columns against all partitions of up to eight cores; and a solver whose numbers are off
 * must not change what is proved. */
#include "mapper/columns.h"

#include "tests/unit/dice.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { MOST_BEST = 40 };
enum { MAX_NODES = 8, MAX_AXONS = 24, MAX_TARGETS = 5, MAX_SIDES = 3, INSTANCES = 1000 };
struct instance {
    struct column_problem problem;
    struct column_axon axons[MAX_AXONS];
    uint32_t targets[MAX_AXONS * MAX_TARGETS], size[MAX_NODES];
    struct column_side sides[MAX_NODES * MAX_SIDES];
    uint32_t first_side[MAX_NODES + 1];
};

static bool has_target(const struct instance *x, uint32_t axon, uint32_t node)
{
    for (uint32_t t = 0; t < x->axons[axon].n_targets; t++)
        if (x->targets[x->axons[axon].first_target + t] == node)
            return true;
    return false;
}

static void random_axons(struct instance *x, struct dice *d)
{
    uint32_t n = x->problem.n_nodes, next = 0;
    for (uint32_t e = 0; e < x->problem.n_axons; e++) {
        uint32_t wanted = 0;
        x->axons[e] = (struct column_axon){.source = roll(d, n),
                                           .first_target = next,
                                           .weight = 1 + roll(d, 20),
                                           .most_chips = roll(d, 3) ? 4 : 1 + roll(d, 3)};
        for (uint32_t t = 1 + roll(d, MAX_TARGETS); t > 0; t--)
            wanted |= 1u << roll(d, n);
        for (uint32_t i = 0; i < n; i++)
            if (wanted >> i & 1)
                x->targets[next++] = i;
        x->axons[e].n_targets = next - x->axons[e].first_target;
    }
}

static void random_sides(struct instance *x, struct dice *d)
{
    uint32_t n = 0;
    for (uint32_t i = 0; i < x->problem.n_nodes; i++) {
        for (uint32_t exclusion = 0; exclusion < MAX_SIDES; exclusion++)
            if (roll(d, 4) == 0)
                x->sides[n++] = (struct column_side){exclusion, roll(d, 3)};
        x->first_side[i + 1] = n;
    }
    x->problem.sides = x->sides;
    x->problem.first_side = x->first_side;
}

static void random_instance(struct instance *x, struct dice *d)
{
    uint32_t cores = 0;
    memset(x, 0, sizeof *x);
    x->problem.per_chip = 2 + roll(d, 3);
    x->problem.n_nodes = 2 + roll(d, MAX_NODES - 1);
    x->problem.n_axons = roll(d, MAX_AXONS + 1);
    x->problem.axons = x->axons;
    x->problem.targets = x->targets;
    x->problem.size = x->size;
    for (uint32_t i = 0; i < x->problem.n_nodes; i++)
        cores += x->size[i] = roll(d, 5) ? 1 : 1 + roll(d, x->problem.per_chip);
    x->problem.chips = (cores + x->problem.per_chip - 1) / x->problem.per_chip + roll(d, 2);
    random_axons(x, d);
    if (roll(d, 3) == 0)
        random_sides(x, d);
}

/* --- by definition ------------------------------------------------------------------------------
 */

static bool sides_agree(const struct instance *x, uint32_t a, uint32_t b)
{
    for (uint32_t i = x->first_side[a]; i < x->first_side[a + 1]; i++)
        for (uint32_t j = x->first_side[b]; j < x->first_side[b + 1]; j++)
            if (x->sides[i].exclusion == x->sides[j].exclusion
                && x->sides[i].side != x->sides[j].side)
                return false;
    return true;
}

static bool keeps_rules(const struct instance *x, const uint32_t *chip_of)
{
    uint32_t size[2 * MAX_NODES * COLUMN_NODES] = {0}, n = x->problem.n_nodes;
    for (uint32_t i = 0; i < n; i++) {
        size[chip_of[i]] += x->size[i];
        for (uint32_t j = 0; j < i; j++)
            if (chip_of[i] == chip_of[j] && !sides_agree(x, i, j))
                return false;
    }
    for (uint32_t k = 0; k < x->problem.chips; k++)
        if (size[k] == 0 || size[k] > x->problem.per_chip)
            return false;
    return true;
}

/* Cost of a composition on exactly that many chips; -1 if it breaks a limit. */
static int64_t cost_of(const struct instance *x, const uint32_t *chip_of)
{
    int64_t cost = 0;
    if (!keeps_rules(x, chip_of))
        return -1;
    for (uint32_t e = 0; e < x->problem.n_axons; e++) {
        uint32_t chips = 0;
        for (uint32_t i = 0; i < x->problem.n_nodes; i++)
            if (has_target(x, e, i))
                chips |= 1u << chip_of[i];
        if ((uint32_t)__builtin_popcount(chips) > x->axons[e].most_chips)
            return -1;
        chips &= ~(1u << chip_of[x->axons[e].source]);
        cost += __builtin_popcount(chips) * x->axons[e].weight;
    }
    return cost;
}

/* Next composition, each once: a node opens the next chip at most; false: that was the last. */
static bool next_composition(uint32_t *chip_of, uint32_t n, uint32_t chips)
{
    for (uint32_t i = n; i-- > 1;) {
        uint32_t open = 0;
        for (uint32_t j = 0; j < i; j++)
            open = chip_of[j] + 1 > open ? chip_of[j] + 1 : open;
        if (chip_of[i] < open && chip_of[i] + 1 < chips) {
            chip_of[i]++;
            memset(chip_of + i + 1, 0, (n - i - 1) * sizeof *chip_of);
            return true;
        }
    }
    return false;
}

/* Counts through all compositions; `first` is the dearest that keeps to the limits, *n_best how
 * many are the cheapest. */
static int64_t best_of_all(const struct instance *x, uint32_t *first, uint32_t *n_best)
{
    uint32_t chip_of[MAX_NODES] = {0};
    int64_t best = -1, worst = -1;
    do {
        int64_t cost = cost_of(x, chip_of);
        if (cost > worst) {
            worst = cost;
            memcpy(first, chip_of, sizeof chip_of);
        }
        *n_best = cost < 0 ? *n_best : best < 0 || cost < best ? 1 : *n_best + (cost == best);
        if (cost >= 0 && (best < 0 || cost < best))
            best = cost;
    } while (next_composition(chip_of, x->problem.n_nodes, x->problem.chips));
    return best;
}

/* --- comparison ---------------------------------------------------------------------------------
 */

/* The list holds every cheapest composition, each once, unless they are too many. */
static void check_list(const struct instance *x, const struct column_result *result,
                       uint32_t n_best)
{
    uint32_t n = x->problem.n_nodes;
    assert_int_equal(result->best.n, n_best <= MOST_BEST && x->problem.chips > 1 ? n_best : 0);
    for (uint32_t i = 0; i < result->best.n; i++) {
        const uint32_t *own = result->best.chip_of + i * n;
        assert_int_equal(cost_of(x, own), result->cost);
        for (uint32_t k = 0; k < i; k++)
            assert_true(memcmp(own, result->best.chip_of + k * n, n * sizeof *own) != 0);
    }
}

static void compare(void **state)
{
    (void)state;
    static const struct ilp_shim noise = {77, 1e-7};
    uint32_t solved = 0, proved = 0;
    for (uint64_t seed = 1; seed <= INSTANCES; seed++) {
        struct instance x;
        struct dice dice = {seed, 0};
        uint32_t first[MAX_NODES], chip_of[MAX_NODES];
        random_instance(&x, &dice);
        uint32_t n_best = 0;
        int64_t best = best_of_all(&x, first, &n_best);
        for (uint32_t disturbed = 0; best >= 0 && disturbed < 2; disturbed++) {
            struct arena arena;
            arena_init(&arena, NULL);
            memcpy(chip_of, first, sizeof chip_of);
            struct ilp_options options = {.shim = disturbed ? &noise : NULL};
            struct column_result result = {.cost = cost_of(&x, first), .chip_of = chip_of};
            columns_solve(&arena, &x.problem, &options, NULL, MOST_BEST, &result);
            if (result.bound > best)
                fail_msg("seed %d: bound %d, %d is possible", (int)seed, (int)result.bound,
                         (int)best);
            if (cost_of(&x, chip_of) != result.cost)
                fail_msg("seed %d: cost %d is stated, it is %d", (int)seed, (int)result.cost,
                         (int)cost_of(&x, chip_of));
            assert_int_equal(result.improved, memcmp(chip_of, first, sizeof chip_of) != 0
                                                  && result.cost < cost_of(&x, first));
            solved++;
            proved += result.bound == result.cost;
            if (result.bound == result.cost)
                check_list(&x, &result, n_best);
            arena_release(&arena);
        }
    }
    print_message("%u solved, %u of them proved\n", solved, proved);
    assert_true(solved > INSTANCES && proved == solved);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(compare)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
