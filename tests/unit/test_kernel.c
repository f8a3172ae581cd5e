/* The kernel: same bits everywhere, accuracy of one step, mismatch.
 * links: runtime backend device base */
#include "tests/unit/sim_board.h"

#include "compiler/base/rng.h"
#include "runtime/compat_math.h"
#include "runtime/mismatch.h"
#include "runtime/table.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

enum { NEURONS = 96, STRIDE = 32, SOURCES = NEURONS + 8 };
enum { ALL_CIRCUITS = 2 * CIRCUIT_DENDRITE_GAIN - 1 };

struct dice {
    uint64_t seed, n;
};
static double unit(struct dice *dice)
{
    return rng_unit(rng_bits(dice->seed, 99, dice->n++));
}
/* Between a and b, evenly in the logarithm of powers of two. */
static double between(struct dice *dice, double a, double b)
{
    double x = a;
    for (double u = unit(dice); x * 1.25 < b && u > 0.1; u = unit(dice))
        x *= 1.25;
    return x;
}

static struct neuron random_neuron(struct dice *dice)
{
    struct neuron neuron = {.alive = true};
    neuron.dc = unit(dice) < 0.5;
    neuron.adaptation = unit(dice) < 0.5;
    neuron.nmda_gate = unit(dice) < 0.5;
    neuron.exponential = unit(dice) < 0.5;
    neuron.alive = unit(dice) < 0.95;
    double *q = neuron.q;
    q[Q_KAPPA] = 0.705, q[Q_UT] = 25e-3, q[Q_VTH] = 0.7, q[Q_IO] = 0.5e-12;
    q[Q_C_MEM] = 3e-12, q[Q_C_AHP] = 40e-12, q[Q_C_REFRACTORY] = 1.5e-12;
    q[Q_C_PULSE] = q[Q_C_AHP_PULSE] = 0.5e-12;
    q[Q_I_DC] = between(dice, 1e-10, 5e-9), q[Q_I_NMDA] = between(dice, 1e-11, 1e-9);
    q[Q_I_LEAK] = between(dice, 3e-12, 5e-11), q[Q_I_GAIN] = between(dice, 1e-11, 2e-10);
    q[Q_I_THRESHOLD] = between(dice, 1e-9, 1e-7), q[Q_I_REFRACTORY] = between(dice, 2e-10, 5e-9);
    q[Q_I_PULSE] = between(dice, 1e-8, 1e-7), q[Q_I_AHP_PULSE] = between(dice, 1e-8, 1e-7);
    q[Q_I_AHP_TAU] = between(dice, 1e-11, 1e-10), q[Q_I_AHP_GAIN] = between(dice, 1e-11, 1e-9);
    q[Q_I_AHP_WEIGHT] = between(dice, 1e-10, 1e-8);
    for (int k = 0; k < N_SYNAPSE_TYPES; k++) {
        q[Q_C_SYN + k] = 25e-12;
        q[Q_I_SYN_TAU + k] = between(dice, 1e-11, 2e-10);
        q[Q_I_SYN_GAIN + k] = between(dice, 1e-10, 1e-8);
    }
    return neuron;
}

/* All circuits of table_config's bits, each in about half of the neurons. */
static void add_circuits(struct neuron *neuron, unsigned circuits, struct dice *dice)
{
    double *q = neuron->q;
    neuron->circuits = circuits & CIRCUIT_CALCIUM;
    for (unsigned bit = 1; bit <= CIRCUIT_DENDRITE_GAIN; bit <<= 1)
        if (unit(dice) < 0.5)
            neuron->circuits |= bit & circuits;
    for (int k = 0; k < N_ALPHAS; k++) {
        q[Q_C_ALPHA + k] = 25e-12;
        q[Q_I_ALPHA_TAU + k] = between(dice, 5e-11, 5e-10);
        q[Q_I_ALPHA_GAIN + k] = between(dice, 1e-10, 1e-8);
    }
    for (int k = 0; k < N_REVERSALS; k++)
        q[Q_I_REVERSAL + k] = between(dice, 1e-10, 1e-8);
    q[Q_I_TO_NEURON] = between(dice, 1e-12, 1e-9);
    q[Q_I_VERTICAL] = between(dice, 1e-12, 1e-9), q[Q_I_HORIZONTAL] = between(dice, 1e-12, 1e-9);
    q[Q_C_CA] = q[Q_C_HO] = 40e-12;
    q[Q_I_CA_TAU] = between(dice, 1e-11, 1e-10), q[Q_I_CA_GAIN] = between(dice, 1e-11, 1e-9);
    q[Q_I_CA_WEIGHT] = between(dice, 1e-10, 1e-8), q[Q_I_HO_TARGET] = between(dice, 1e-12, 1e-9);
    q[Q_I_HO_HOLD] = between(dice, 1e-12, 1e-10), q[Q_I_HO_LOW] = between(dice, 1e-10, 1e-9);
    q[Q_I_HO_MIDDLE] = 1e-9, q[Q_I_HO_HIGH] = between(dice, 1e-9, 1e-8);
}

struct net {
    struct arena arena;
    struct table *table;
};

static void set_grid(struct net *net, uint32_t tile, const struct neuron *neuron)
{
    struct diffusion_node node[STRIDE];
    for (int i = 0; i < STRIDE; i++)
        node[i] = (struct diffusion_node){.on = neuron[i].circuits & CIRCUIT_DIFFUSION,
                                          .neuron = neuron[i].q[Q_I_TO_NEURON],
                                          .vertical = neuron[i].q[Q_I_VERTICAL],
                                          .horizontal = neuron[i].q[Q_I_HORIZONTAL]};
    table_grid(net->table, tile, node, STRIDE, 4);
}

/* Rows behind those of the sources: every third source has one of delayed words, every fourth one
 * of depressed synapses. */
static uint32_t add_late(struct net *net, struct dice *dice, struct delay_row *late,
                         uint64_t *first, uint32_t *word)
{
    struct depressed depressed[SOURCES * 4];
    uint32_t n = 0, n_depressed = 0;
    for (uint32_t s = 0; s < SOURCES; s++)
        for (uint32_t kind = 0; kind < 2; kind++) {
            if (s % (3 + kind))
                continue;
            late[n] = (struct delay_row){s, 1 + (uint32_t)(unit(dice) * 50), kind};
            first[SOURCES + n + 1] = first[SOURCES + n] + 4;
            for (uint32_t k = 0; k < 4; k++) {
                uint32_t target = (uint32_t)(unit(dice) * NEURONS);
                uint32_t one = table_word(net->table, target, (int)(unit(dice) * 4), 5);
                uint32_t *to = &word[first[SOURCES + n] + k];
                *to = kind ? n_depressed : one;
                if (kind)
                    depressed[n_depressed++] = (struct depressed){one, 1e-9, 20e-3};
            }
            n++;
        }
    table_depressed(net->table, depressed, n_depressed);
    return n;
}

/* A random recurrent network: 3 tiles, 8 inputs, 40 synapses per source. `same`: the neurons of a
 * tile have equal quantities. */
static void make_net(struct net *net, const struct table_config *config, bool same)
{
    struct dice dice = {.seed = 5}, more = {.seed = 6};
    struct neuron neuron[NEURONS];
    struct delay_row *late;
    uint64_t *first;
    uint32_t *word, n_late = 0;
    arena_init(&net->arena, NULL);
    net->table = table_new(&net->arena, config);
    for (uint32_t i = 0; i < NEURONS; i++) {
        neuron[i] = random_neuron(&dice);
        if (config->circuits)
            add_circuits(&neuron[i], config->circuits, &more);
        if (same && i % STRIDE)
            memcpy(neuron[i].q, neuron[i - 1].q, sizeof neuron[i].q);
        table_neuron(net->table, i, &neuron[i]);
    }
    for (uint32_t t = 0; config->circuits && t < NEURONS / STRIDE; t++)
        set_grid(net, t, neuron + (size_t)t * STRIDE);
    const double weight[4] = {1e-9, 2e-9, 4e-9, 8e-9};
    for (uint32_t t = 0; t < NEURONS / STRIDE; t++)
        table_weights(net->table, t, weight);
    first = ARENA_ARRAY(&net->arena, uint64_t, 2 * SOURCES + 1);
    word = ARENA_ARRAY(&net->arena, uint32_t, SOURCES * 50);
    late = ARENA_ARRAY(&net->arena, struct delay_row, SOURCES);
    for (uint32_t s = 0; s < SOURCES; s++) {
        first[s + 1] = first[s] + 40;
        for (uint32_t k = 0; k < 40; k++) { /* one draw per statement: the order is defined */
            uint32_t target = (uint32_t)(unit(&dice) * NEURONS);
            int type = (int)(unit(&dice) * 4);
            unsigned mask = 1 + (unsigned)(unit(&dice) * 15);
            word[first[s] + k] = table_word(net->table, target, type, mask);
        }
    }
    if (config->circuits)
        n_late = add_late(net, &more, late, first, word);
    assert_true(table_delays(net->table, late, n_late, SOURCES, NEURONS));
    table_rows(net->table, SOURCES + n_late, first, word);
}

static void hash_in(uint64_t *hash, double value)
{
    uint64_t bits;
    memcpy(&bits, &value, sizeof bits);
    *hash = rng_mix(*hash ^ bits);
}

static uint64_t run_net(struct net *net, uint32_t steps, uint64_t *spikes)
{
    uint64_t hash = 0;
    for (uint32_t step = 0; step < steps; step++) {
        uint32_t n;
        for (uint32_t s = 0; s < 8; s++)
            if (rng_unit(rng_bits(3, step, s)) < 0.05)
                table_event(net->table, NEURONS + s, 1);
        table_step(net->table);
        const uint32_t *spike = table_spikes(net->table, &n);
        for (uint32_t i = 0; i < n; i++) {
            hash = rng_mix(hash ^ ((uint64_t)step << 32 | spike[i]));
            table_event(net->table, spike[i], 1);
        }
        *spikes += n;
    }
    for (uint32_t i = 0; i < NEURONS; i++)
        for (int s = 0; s < N_ALL_STATES; s++)
            if (table_has(net->table, i, (enum kernel_state)s))
                hash_in(&hash, table_state(net->table, i, (enum kernel_state)s));
    return hash;
}

static uint64_t hash_of(const struct table_config *config, bool same, uint64_t *spikes)
{
    struct net net;
    make_net(&net, config, same);
    uint64_t hash = run_net(&net, 4000, spikes);
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
        make_net(&net, &config, false);
        for (uint32_t i = 0; i < NEURONS; i++)
            neuron[i] = random_neuron(&dice);
        double before[NEURONS][N_KERNEL_STATES];
        for (uint32_t step = 0; step < 3000; step++) {
            uint64_t spikes = 0;
            for (uint32_t i = 0; i < NEURONS; i++)
                for (int s = 0; s < N_KERNEL_STATES; s++)
                    before[i][s] = table_state(net.table, i, (enum kernel_state)s);
            run_net(&net, 1, &spikes);
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
