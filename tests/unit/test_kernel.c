/* The kernel: same bits everywhere, accuracy of one step, mismatch.
 * links: runtime backend device base */
#include "tests/unit/sim_board.h"
#include "tests/unit/table_net.h"

#include "runtime/compat_math.h"
#include "runtime/mismatch.h"
#include "runtime/table.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

static uint64_t hash_of(const struct table_config *config, bool same, uint64_t *spikes)
{
    struct net net;
    assert_true(make_net(&net, config, (struct net_form){same, config->circuits, 0}));
    uint64_t hash = run_net(&net, (struct net_run){4000, 1, false, 0.05, false}, spikes);
    arena_release(&net.arena);
    return hash;
}

/* The hashes were computed once and hold for every compiler, flag and instruction set. */
static void bits_are_the_same_everywhere(void **state)
{
    (void)state;
    static const uint64_t want[4] = {0x8377d2f56accfab6, 0xbaff2ab030fe0461, 0xc38ac4d71d1e5932,
                                     0xae0b4662bbadd7e4};
    for (int form = 0; form < 4; form++) {
        const struct kernel *found[3];
        size_t n = form % 2 ? kernels_double(found) : kernels_float(found);
        for (size_t k = 0; k < n; k++) {
            struct table_config config = {.dt = 1e-4,
                                          .use_double = form % 2,
                                          .circuits = form / 2 ? ALL_CIRCUITS : 0,
                                          .n_tiles = NEURONS / STRIDE,
                                          .stride = STRIDE,
                                          .kernel = found[k]};
            uint64_t spikes = 0, hash = hash_of(&config, false, &spikes);
            print_message("%s: %llu spikes, hash %#llx\n", found[k]->name,
                          (unsigned long long)spikes, (unsigned long long)hash);
            assert_true(spikes > 1000);
            assert_int_equal(hash, want[form]);
        }
    }
}

/* Constants read once per tile or per neuron: no difference. */
static void uniform_tiles_equal_varied_ones(void **state)
{
    (void)state;
    for (int form = 0; form < 4; form++) { /* the gain of a soma is never uniform */
        uint64_t hash[2], spikes[2] = {0};
        for (int uniform = 0; uniform < 2; uniform++) {
            struct table_config config = {.dt = 1e-4,
                                          .use_double = form % 2,
                                          .circuits =
                                              form / 2 ? ALL_CIRCUITS & ~CIRCUIT_SOMA_GAIN : 0,
                                          .uniform = uniform,
                                          .n_tiles = NEURONS / STRIDE,
                                          .stride = STRIDE};
            hash[uniform] = hash_of(&config, true, &spikes[uniform]);
        }
        assert_true(spikes[0] > 1000);
        assert_int_equal(hash[0], hash[1]);
    }
}

/* One step as the equations are printed, with libm. */
static double literal_membrane(const struct neuron *n, const double *now, double blocked, double dt)
{
    const double *q = n->q;
    double uk = q[Q_UT] / q[Q_KAPPA], imem = now[S_MEMBRANE];
    double ahp = now[S_AHP], it = q[Q_I_LEAK], ig = q[Q_I_GAIN];
    double leak = it + now[S_SYN + 1] + ahp;
    double nmda = now[S_SYN + 2] / (1 + (n->nmda_gate ? q[Q_I_NMDA] : 0) / imem);
    double in = nmda + now[S_SYN] - now[S_SYN + 3] + (n->dc ? q[Q_I_DC] : 0) - leak;
    in = fmax(blocked > 0 ? 0 : in, q[Q_IO]);
    double vmem = uk * log(now[S_PEAK] / q[Q_IO]);
    double kp = q[Q_KAPPA] * q[Q_KAPPA] / (q[Q_KAPPA] + 1);
    double feedback = n->exponential ? q[Q_IO] * exp(kp * vmem / q[Q_UT]) / leak * (imem + ig) : 0;
    double slope = imem / ((uk * q[Q_C_MEM] / leak) * (imem + ig))
                   * (ig / it * (in - leak) + feedback - imem * (1 + ahp / it));
    return n->alive ? fmax(imem + dt * slope, q[Q_IO]) : imem;
}

/* The synapses and the adaptation of a step act in it, so the membrane is checked from the state
 * before and the currents after. */
static void one_step_is_as_printed(void **state)
{
    (void)state;
    const double dt = 1e-5;
    double worst[2] = {0};
    for (int use_double = 0; use_double < 2; use_double++) {
        struct table_config config = {
            .dt = dt, .use_double = use_double, .n_tiles = NEURONS / STRIDE, .stride = STRIDE};
        struct net net;
        struct dice dice = {.seed = 5};
        struct neuron neuron[NEURONS];
        assert_true(make_net(&net, &config, (struct net_form){0}));
        for (uint32_t i = 0; i < NEURONS; i++)
            neuron[i] = random_neuron(&dice);
        double before[NEURONS][N_KERNEL_STATES];
        for (uint32_t step = 0; step < 3000; step++) {
            uint64_t spikes = 0;
            for (uint32_t i = 0; i < NEURONS; i++)
                for (int s = 0; s < N_KERNEL_STATES; s++)
                    before[i][s] = table_state(net.table, i, (enum kernel_state)s);
            run_net(&net, (struct net_run){1, 1, false, 0.05, false}, &spikes);
            for (uint32_t i = 0; i < NEURONS; i++) {
                for (int s = S_SYN; s < S_MEMBRANE; s++)
                    before[i][s] = table_state(net.table, i, (enum kernel_state)s);
                before[i][S_AHP] = table_state(net.table, i, S_AHP);
                double want = literal_membrane(&neuron[i], before[i], before[i][S_TIMER], dt);
                double error = fabs(table_state(net.table, i, S_PEAK) - want)
                               / fmax(want, before[i][S_MEMBRANE]);
                worst[use_double] = fmax(worst[use_double], error);
            }
        }
        arena_release(&net.arena);
    }
    print_message("largest relative error of a step: float %.2g, double %.2g\n", worst[0],
                  worst[1]);
    assert_true(worst[0] < 2e-5); /* differences of large currents */
    assert_true(worst[1] < 1e-14);
}

/* --- exp and log of the reference rasters --- */

static void compat_functions_are_close(void **state)
{
    (void)state;
    struct dice dice = {.seed = 8};
    double worst_exp = 0, worst_log = 0;
    for (int k = 0; k < 200000; k++) {
        double x = (unit(&dice) - 0.5) * 200, y = between(&dice, 1e-12, 1e9) * (1 + unit(&dice));
        worst_exp = fmax(worst_exp, fabs(compat_exp(x) / exp(x) - 1));
        worst_log = fmax(worst_log, fabs(compat_log(y) - log(y)) / fmax(fabs(log(y)), 0.01));
    }
    assert_true(worst_exp < 4e-16);
    assert_true(worst_log < 1e-14);
    /* Values that differ from the correctly rounded ones in the last bit. */
    assert_true(compat_exp(-0.001) >= 0x1.ff7cfe56f1a9fp-1);
    assert_true(compat_exp(0) >= 1 && compat_exp(0) <= 1);
    assert_true(compat_log(1) >= 0 && compat_log(1) <= 0);
    assert_true(isinf(compat_exp(1000)) && compat_exp(-1000) <= 0);
    assert_true(isinf(compat_log(0)) && isnan(compat_log(-1)));
}

/* --- mismatch --- */

static void mismatch_is_gaussian_and_repeatable(void **state)
{
    (void)state;
    enum { SITES = 20000 };
    double sum = 0, square = 0, product = 0;
    for (size_t site = 0; site < SITES; site++) {
        struct neuron a, b;
        for (int k = 0; k < N_QUANTITIES; k++)
            a.q[k] = b.q[k] = 1;
        mismatch_apply(&a, 7, site, 0.2);
        mismatch_apply(&b, 7, site, 0.2);
        assert_memory_equal(a.q, b.q, sizeof a.q);
        sum += a.q[Q_I_LEAK];
        square += (a.q[Q_I_LEAK] - 1) * (a.q[Q_I_LEAK] - 1);
        product += (a.q[Q_I_LEAK] - 1) * (a.q[Q_I_GAIN] - 1);
        mismatch_apply(&b, 8, site, 0.2);
        assert_true(memcmp(a.q, b.q, sizeof a.q) != 0);
    }
    assert_true(fabs(sum / SITES - 1) < 0.006); /* four standard errors */
    assert_true(fabs(sqrt(square / SITES) - 0.2) < 0.005);
    assert_true(fabs(product / SITES) < 0.0012);
}

static void mismatch_never_turns_a_current_round(void **state)
{
    (void)state;
    for (size_t site = 0; site < 1000; site++) {
        struct neuron neuron;
        for (int k = 0; k < N_QUANTITIES; k++)
            neuron.q[k] = 1;
        mismatch_apply(&neuron, 1, site, 3);
        for (int k = 0; k < N_QUANTITIES; k++)
            assert_true(neuron.q[k] >= 0.05);
    }
}

static double spread_of_time_constants(double sigma, uint64_t seed)
{
    struct sim_board b;
    const char *unsupported;
    sim_board_one_chip(&b, 100);
    struct sim_options options = {.dt = 1e-4, .seed = seed, .mismatch = sigma};
    struct sim *sim = sim_new(&b.arena, &b.image, &options, &unsupported);
    double least = sim_least_tau(sim);
    arena_release(&b.arena);
    return least;
}

static void mismatch_reaches_the_simulation(void **state)
{
    (void)state;
    double none = spread_of_time_constants(0, 1), some = spread_of_time_constants(0.2, 1);
    assert_true(some < none);
    assert_true(some <= spread_of_time_constants(0.2, 1));
    assert_true(fabs(some - spread_of_time_constants(0.2, 2)) > 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(bits_are_the_same_everywhere),
        cmocka_unit_test(uniform_tiles_equal_varied_ones),
        cmocka_unit_test(one_step_is_as_printed),
        cmocka_unit_test(compat_functions_are_close),
        cmocka_unit_test(mismatch_is_gaussian_and_repeatable),
        cmocka_unit_test(mismatch_never_turns_a_current_round),
        cmocka_unit_test(mismatch_reaches_the_simulation),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
