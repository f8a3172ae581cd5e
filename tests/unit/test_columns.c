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

enum { MAX_CORES = 8, MAX_AXONS = 24 };
struct instance {
    struct column_problem problem;
    struct column_axon axons[MAX_AXONS];
};

static void random_instance(struct instance *x, struct dice *d)
{
    memset(x, 0, sizeof *x);
    x->problem.per_chip = 2 + roll(d, 3);
    x->problem.n_cores = 2 + roll(d, MAX_CORES - 1);
    x->problem.chips = (x->problem.n_cores + x->problem.per_chip - 1) / x->problem.per_chip;
    x->problem.n_axons = roll(d, MAX_AXONS + 1);
    x->problem.axons = x->axons;
    for (uint32_t e = 0; e < x->problem.n_axons; e++) {
        struct column_axon *axon = &x->axons[e];
        axon->source = roll(d, x->problem.n_cores);
        axon->weight = 1 + roll(d, 20);
        axon->most_chips = roll(d, 6) ? 4 : 1 + roll(d, 3);
        for (uint32_t t = 1 + roll(d, 4); t > 0; t--)
            axon->targets |= UINT64_C(1) << roll(d, x->problem.n_cores);
    }
}

/* --- by definition ------------------------------------------------------------------------------
 */

/* Cost of a composition on exactly that many chips; -1 if it breaks a limit. */
static int64_t cost_of(const struct instance *x, const uint32_t *chip_of)
{
    uint32_t size[MAX_CORES] = {0};
    int64_t cost = 0;
    for (uint32_t i = 0; i < x->problem.n_cores; i++)
        if (++size[chip_of[i]] > x->problem.per_chip)
            return -1;
    for (uint32_t k = 0; k < x->problem.chips; k++)
        if (size[k] == 0)
            return -1;
    for (uint32_t e = 0; e < x->problem.n_axons; e++) {
        uint32_t chips = 0;
        for (uint32_t i = 0; i < x->problem.n_cores; i++)
            if (x->axons[e].targets >> i & 1)
                chips |= 1u << chip_of[i];
        if ((uint32_t)__builtin_popcount(chips) > x->axons[e].most_chips)
            return -1;
        chips &= ~(1u << chip_of[x->axons[e].source]);
        cost += __builtin_popcount(chips) * x->axons[e].weight;
    }
    return cost;
}

/* Counts through all compositions; `first` is the first that keeps to the limits. */
static int64_t best_of_all(const struct instance *x, uint32_t *first)
{
    uint32_t chip_of[MAX_CORES] = {0}, n = x->problem.n_cores;
    int64_t best = -1;
    for (;;) {
        int64_t cost = cost_of(x, chip_of);
        if (cost >= 0 && best < 0)
            memcpy(first, chip_of, sizeof chip_of);
        if (cost >= 0 && (best < 0 || cost < best))
            best = cost;
        uint32_t i = 0;
        while (i < n && ++chip_of[i] == x->problem.chips)
            chip_of[i++] = 0;
        if (i == n)
            return best;
    }
}

/* --- comparison ---------------------------------------------------------------------------------
 */

static void compare(void **state)
{
    (void)state;
    static const struct ilp_shim noise = {77, 1e-7};
    uint32_t solved = 0, proved = 0;
    for (uint64_t seed = 1; seed <= 400; seed++) {
        struct instance x;
        struct dice dice = {seed, 0};
        uint32_t first[MAX_CORES], chip_of[MAX_CORES];
        random_instance(&x, &dice);
        int64_t best = best_of_all(&x, first);
        for (uint32_t disturbed = 0; best >= 0 && disturbed < 2; disturbed++) {
            struct arena arena;
            arena_init(&arena, NULL);
            memcpy(chip_of, first, sizeof chip_of);
            struct ilp_options options = {.shim = disturbed ? &noise : NULL};
            struct column_result result = {.cost = cost_of(&x, first), .chip_of = chip_of};
            columns_solve(&arena, &x.problem, &options, 1000, &result);
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
            arena_release(&arena);
        }
    }
    print_message("%u solved, %u of them proved\n", solved, proved);
    assert_true(solved > 400 && proved > solved - solved / 20);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(compare)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
