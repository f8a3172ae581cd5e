/* How fast the simulator's inner parts are: neuron updates and events per second, per kernel.
 *
 * A benchmark, not a test: figures are printed, never judged. Best of several short runs, one
 * thread. Usage: bench_sim [NEURONS] (default 1024, 16384)
 */
#include "compiler/base/rng.h"
#include "runtime/table.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

enum { STRIDE = 256, FAN_OUT = 64, RUNS = 7 };

static double now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

/* Membrane 20 ms, gain 4; synapses 5, 10, 50, 10 ms at gain 100; no spikes unless driven hard. */
static struct neuron typical(bool exponential)
{
    struct neuron neuron = {.exponential = exponential, .alive = true};
    double *q = neuron.q;
    const double tau[N_SYNAPSE_TYPES] = {5e-3, 10e-3, 50e-3, 10e-3};
    q[Q_KAPPA] = 0.705, q[Q_UT] = 25e-3, q[Q_VTH] = 0.7, q[Q_IO] = 0.5e-12;
    q[Q_C_MEM] = 3e-12, q[Q_C_AHP] = 40e-12, q[Q_C_REFRACTORY] = 1.5e-12;
    q[Q_C_PULSE] = q[Q_C_AHP_PULSE] = 0.5e-12;
    q[Q_I_LEAK] = 5.3e-12, q[Q_I_GAIN] = 21e-12, q[Q_I_THRESHOLD] = 5e-9;
    q[Q_I_REFRACTORY] = 0.5e-9, q[Q_I_PULSE] = q[Q_I_AHP_PULSE] = 35e-9;
    q[Q_I_AHP_TAU] = q[Q_I_AHP_GAIN] = 28e-12;
    for (int k = 0; k < N_SYNAPSE_TYPES; k++) {
        q[Q_C_SYN + k] = 25e-12;
        q[Q_I_SYN_TAU + k] = q[Q_UT] / q[Q_KAPPA] * q[Q_C_SYN + k] / tau[k];
        q[Q_I_SYN_GAIN + k] = 100 * q[Q_I_SYN_TAU + k];
    }
    return neuron;
}

/* Alpha functions, reversal, calcium and the homeostasis of the dendrites; no grid. */
enum { CIRCUITS = CIRCUITS_ALPHA | CIRCUIT_CONDUCTANCE | CIRCUIT_CALCIUM | CIRCUIT_DENDRITE_GAIN };

static void add_circuits(struct neuron *neuron)
{
    double *q = neuron->q;
    neuron->circuits = CIRCUITS;
    for (int k = 0; k < N_ALPHAS; k++) {
        q[Q_C_ALPHA + k] = 25e-12;
        q[Q_I_ALPHA_TAU + k] = 300e-12, q[Q_I_ALPHA_GAIN + k] = 10e-9;
    }
    for (int k = 0; k < N_REVERSALS; k++)
        q[Q_I_REVERSAL + k] = 1e-9;
    q[Q_C_CA] = q[Q_C_HO] = 40e-12;
    q[Q_I_CA_TAU] = q[Q_I_CA_GAIN] = 28e-12, q[Q_I_CA_WEIGHT] = 1e-9;
    q[Q_I_HO_TARGET] = 10e-12, q[Q_I_HO_HOLD] = 1e-12;
    q[Q_I_HO_LOW] = 1e-10, q[Q_I_HO_MIDDLE] = 1e-9, q[Q_I_HO_HIGH] = 10e-9;
}

struct bench {
    struct arena arena;
    struct table *table;
    uint32_t n;
};

static void make(struct bench *b, uint32_t n, const struct kernel *kernel, bool use_double,
                 bool exponential, bool uniform, bool circuits)
{
    const double weight[4] = {1e-9, 2e-9, 4e-9, 8e-9};
    struct table_config config = {.dt = 100e-6,
                                  .use_double = use_double,
                                  .uniform = uniform,
                                  .circuits = circuits ? CIRCUITS : 0,
                                  .n_tiles = n / STRIDE,
                                  .stride = STRIDE,
                                  .kernel = kernel};
    struct neuron neuron = typical(exponential);
    if (circuits)
        add_circuits(&neuron);
    arena_init(&b->arena, NULL);
    b->n = n;
    b->table = table_new(&b->arena, &config);
    for (uint32_t i = 0; i < n; i++)
        table_neuron(b->table, i, &neuron);
    for (uint32_t t = 0; t < config.n_tiles; t++)
        table_weights(b->table, t, weight);
    uint64_t *first = ARENA_ARRAY(&b->arena, uint64_t, n + 1);
    uint32_t *word = ARENA_ARRAY(&b->arena, uint32_t, (size_t)n * FAN_OUT);
    for (uint32_t s = 0; s < n; s++) {
        first[s + 1] = first[s] + FAN_OUT;
        for (uint32_t k = 0; k < FAN_OUT; k++)
            word[first[s] + k] = table_word(b->table, (uint32_t)(rng_bits(1, s, k) % n),
                                            (int)(k % N_SYNAPSE_TYPES), 1u << k % 4);
    }
    table_rows(b->table, n, first, word);
}

/* Seconds per neuron and step without any event. */
static double update(struct bench *b)
{
    uint32_t steps = 8000000 / b->n;
    double best = 1;
    for (int run = 0; run < RUNS; run++) {
        double start = now();
        for (uint32_t s = 0; s < steps; s++)
            table_step(b->table);
        double each = (now() - start) / steps / b->n;
        best = each < best ? each : best;
    }
    return best;
}

/* Seconds per event: one in 50 neurons sends in a step. The step itself is not counted. */
static double events(struct bench *b)
{
    double best = 1;
    for (int run = 0; run < RUNS; run++) {
        double spent = 0;
        uint32_t sent = 0;
        for (uint32_t s = 0; s < 200; s++) {
            double start = now();
            for (uint32_t i = s % 50; i < b->n; i += 50, sent++)
                table_event(b->table, i, 1);
            spent += now() - start;
            table_step(b->table);
        }
        double each = spent / sent / FAN_OUT;
        best = each < best ? each : best;
    }
    return best;
}

static void report(uint32_t n, const struct kernel *kernel, bool use_double)
{
    static const struct {
        const char *name;
        bool exponential, uniform, circuits;
    } row[] = {{"threshold", false, true, false},
               {"exponential", true, true, false},
               {"exponential, mismatch", true, false, false},
               {"exponential, circuits", true, true, true}};
    for (size_t i = 0; i < sizeof row / sizeof row[0]; i++) {
        struct bench b;
        make(&b, n, kernel, use_double, row[i].exponential, row[i].uniform, row[i].circuits);
        double step = update(&b), event = events(&b);
        printf(
            "%-14s %7u neurons  %-22s %8.0f M updates/s (%5.2f ns) %6.0f M events/s (%5.2f ns)\n",
            kernel->name, n, row[i].name, 1e-6 / step, 1e9 * step, 1e-6 / event, 1e9 * event);
        arena_release(&b.arena);
    }
}

int main(int argc, char **argv)
{
    const uint32_t given = argc > 1 ? (uint32_t)strtoul(argv[1], NULL, 10) / STRIDE * STRIDE : 0;
    const uint32_t size[] = {given ? given : 1024, 16384};
    for (size_t k = 0; k < (given ? 1 : 2); k++) {
        const struct kernel *found[3];
        size_t n = kernels_float(found);
        for (size_t i = 0; i < n; i++)
            report(size[k], found[i], false);
        n = kernels_double(found);
        for (size_t i = 0; i < n; i++)
            report(size[k], found[i], true);
    }
    return 0;
}
