/* How fast the simulator is, and how near to what the processor can do.
 *
 * A benchmark, not a test: figures are printed, never judged. The network is the one of the peers'
 * figures: N neurons with 64 random sources each (24 AMPA, 16 NMDA, 12 GABA, 12 shunt), delay 1 ms,
 * exponential somata with adaptation, direct currents within 20 %. It has more sources than a board
 * has tags, so it enters below them. Times of one thread are processor times, best of several short
 * runs; threads are compared by the clock on the wall, taking turns.
 * Usage: bench_sim [kernels] [NEURONS...] (default 1024 16384 65536 230400)
 */
#include "compiler/base/rng.h"
#include "runtime/table.h"
#include "tests/bench/bench_roof.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

enum { STRIDE = 256, FAN_IN = 64, RUNS = 5 };

/* --- the network --- */

/* Membrane 20 ms, gain 4; synapses 5, 10, 50, 10 ms at gain 100; adaptation 100 ms. */
static struct neuron typical(double dc)
{
    struct neuron neuron = {.exponential = true, .adaptation = true, .dc = true, .alive = true};
    double *q = neuron.q;
    const double tau[N_SYNAPSE_TYPES] = {5e-3, 10e-3, 50e-3, 10e-3};
    q[Q_KAPPA] = 0.705, q[Q_UT] = 25e-3, q[Q_VTH] = 0.7, q[Q_IO] = 0.5e-12, q[Q_I_DC] = dc;
    q[Q_C_MEM] = 3e-12, q[Q_C_AHP] = 40e-12, q[Q_C_REFRACTORY] = 1.5e-12;
    q[Q_C_PULSE] = q[Q_C_AHP_PULSE] = 0.5e-12;
    q[Q_I_LEAK] = 5.3e-12, q[Q_I_GAIN] = 21e-12, q[Q_I_THRESHOLD] = 1e-9;
    q[Q_I_REFRACTORY] = 0.525e-9, q[Q_I_PULSE] = q[Q_I_AHP_PULSE] = 35e-9;
    q[Q_I_AHP_TAU] = q[Q_I_AHP_GAIN] = 14e-12, q[Q_I_AHP_WEIGHT] = 1e-12;
    for (int k = 0; k < N_SYNAPSE_TYPES; k++) {
        q[Q_C_SYN + k] = 25e-12;
        q[Q_I_SYN_TAU + k] = q[Q_UT] / q[Q_KAPPA] * q[Q_C_SYN + k] / tau[k];
        q[Q_I_SYN_GAIN + k] = 100 * q[Q_I_SYN_TAU + k];
    }
    return neuron;
}

struct form {
    uint32_t n, fan_in, threads;
    double dt, dc; /* dc 0: nothing ever happens */
    bool use_double, mismatch;
    const struct kernel *kernel;
};

struct bench {
    struct arena arena;
    struct table *table;
    struct form form;
};

/* Rows by source from lists by target: types in the order of the peers' script. */
static void random_rows(struct bench *b, uint64_t *first, uint32_t *word)
{
    const uint32_t n = b->form.n, fan = b->form.fan_in;
    for (uint32_t target = 0; target < n; target++)
        for (uint32_t k = 0; k < fan; k++)
            first[rng_bits(1, target, k) % n + 1]++;
    for (uint32_t s = 0; s < n; s++)
        first[s + 1] += first[s];
    for (uint32_t target = 0; target < n; target++)
        for (uint32_t k = 0; k < fan; k++) {
            int type = k * 64 < 24 * fan ? 0 : k * 64 < 40 * fan ? 2 : k * 64 < 52 * fan ? 1 : 3;
            word[first[rng_bits(1, target, k) % n]++] =
                table_word(b->table, target, type, 1u << type);
        }
    for (uint32_t s = n; s > 0; s--) /* placing moved every begin to the end of its row */
        first[s] = first[s - 1];
    first[0] = 0;
}

static void make_rows(struct bench *b)
{
    const uint32_t n = b->form.n, steps = (uint32_t)(1e-3 / b->form.dt + 0.5);
    struct table_rows rows = {.n_sources = n, .n_single = n, .n_late = steps > 1 ? n : 0};
    uint64_t *first = ARENA_ARRAY(&b->arena, uint64_t, (size_t)rows.n_late + n + 1);
    uint32_t *word = ARENA_ARRAY(&b->arena, uint32_t, (size_t)n * b->form.fan_in);
    struct delay_row *late = ARENA_ARRAY(&b->arena, struct delay_row, rows.n_late);
    random_rows(b, first + rows.n_late, word);
    for (uint32_t s = 0; s < rows.n_late; s++)
        late[s] = (struct delay_row){s, steps, false};
    rows.first = first, rows.word = word, rows.late = late;
    if (!table_rows(b->table, &rows))
        exit(1);
}

static void make(struct bench *b, const struct form *form)
{
    const double weight[4] = {20e-12, 20e-12, 5e-12, 5e-12};
    struct table_config config = {.dt = form->dt,
                                  .use_double = form->use_double,
                                  .uniform = !form->mismatch,
                                  .n_tiles = form->n / STRIDE,
                                  .stride = STRIDE,
                                  .kernel = form->kernel,
                                  .threads = form->threads};
    arena_init(&b->arena, NULL);
    b->form = *form;
    b->table = table_new(&b->arena, &config);
    for (uint32_t i = 0; i < form->n; i++) {
        double jitter = 0.8 + 0.4 * rng_unit(rng_bits(2, i, 0));
        struct neuron neuron = typical(form->dc * jitter);
        table_neuron(b->table, i, &neuron);
    }
    for (uint32_t t = 0; t < config.n_tiles; t++)
        table_weights(b->table, t, weight);
    make_rows(b);
}

/* Makes about so many steps, whole blocks; returns them. Counts spikes. */
static uint32_t advance(struct bench *b, uint32_t steps, uint64_t *spikes)
{
    uint32_t block = table_block(b->table), made = 0, n;
    for (; made < steps; made += block) {
        table_run(b->table, block);
        for (uint32_t k = 0; spikes && k < block; k++, *spikes += n)
            (void)table_spikes(b->table, k, &n);
    }
    return made;
}

static double rate_of(double dt, double dc)
{
    const struct form form = {.n = 1024, .fan_in = FAN_IN, .threads = 1, .dt = dt, .dc = dc};
    struct bench b;
    uint64_t spikes = 0;
    make(&b, &form);
    advance(&b, (uint32_t)(0.2 / dt), NULL);
    uint32_t steps = advance(&b, (uint32_t)(0.5 / dt), &spikes);
    arena_release(&b.arena);
    return (double)spikes / form.n / (steps * dt);
}

/* The direct current at which 1,024 neurons fire so often. */
static double current_for(double dt, double rate)
{
    double low = 1e-12, high = 1e-6;
    for (int k = 0; k < 14; k++) {
        double middle = sqrt(low * high);
        if (rate_of(dt, middle) < rate)
            low = middle;
        else
            high = middle;
    }
    return sqrt(low * high);
}

/* --- measuring --- */

struct measured {
    double step, rate, events; /* s per step, Hz, events per step */
};

/* Best of runs of some 50 ms, after a start of 100 ms of biological time. */
static struct measured measure(struct bench *b)
{
    struct measured m = {.step = 1e9};
    uint64_t spikes = 0, all = 0;
    uint32_t steps = (uint32_t)(30e6 / b->form.n) + 1, total = 0;
    if (b->form.dc > 0)
        advance(b, (uint32_t)(0.1 / b->form.dt), NULL);
    for (int run = 0; run < RUNS; run++) {
        double start = bench_cpu();
        spikes = 0;
        uint32_t made = advance(b, steps, NULL);
        double each = (bench_cpu() - start) / made;
        m.step = each < m.step ? each : m.step;
        total += advance(b, steps / 4 + 1, &spikes);
        all += spikes;
    }
    m.rate = (double)all / b->form.n / (total * b->form.dt);
    m.events = (double)all * b->form.fan_in / total;
    return m;
}

static struct measured measure_form(const struct form *form)
{
    struct bench b;
    make(&b, form);
    struct measured m = measure(&b);
    arena_release(&b.arena);
    return m;
}

/* Seconds of wall time per step with one thread and with as many as the table takes, taking turns.
 */
static void compare_threads(struct form form)
{
    struct bench b[2];
    double best[2] = {1e9, 1e9};
    for (uint32_t k = 0; k < 2; k++) {
        form.threads = k ? 0 : 1;
        make(&b[k], &form);
        advance(&b[k], (uint32_t)(0.05 / form.dt), NULL);
    }
    for (int run = 0; run < 2 * RUNS; run++)
        for (int k = 0; k < 2; k++) {
            double start = bench_wall();
            uint32_t made = advance(&b[k], (uint32_t)(20e6 / form.n) + 1, NULL);
            double each = (bench_wall() - start) / made;
            best[k] = each < best[k] ? each : best[k];
        }
    printf("  %u threads %.2fx", table_threads(b[1].table), best[0] / best[1]);
    arena_release(&b[0].arena);
    arena_release(&b[1].arena);
}

/* Figures of others, s per s of biological time, from machines of another kind (the project's
 * reference page on performance; Brian2 2.5.1 C++ standalone, float32, -O3 -ffast-math
 * -march=native; GeNN 5.4 single-threaded CPU); 0: none. Not measured here. */
static const struct {
    uint32_t n;
    double dt, rate, brian2, genn;
} quoted[] = {
    {1024, 1e-3, 20, 0.0233, 0.0455}, {1024, 1e-3, 100, 0.0500, 0.121},
    {1024, 1e-4, 20, 0.200, 0.637},   {1024, 1e-4, 100, 0.229, 0},
    {16384, 1e-3, 20, 0.592, 0.872},  {16384, 1e-3, 100, 1.30, 1.22},
    {16384, 1e-4, 20, 3.83, 7.47},    {16384, 1e-4, 100, 4.78, 0},
    {65536, 1e-3, 20, 4.21, 6.80},    {65536, 1e-3, 100, 7.7, 10.3},
    {65536, 1e-4, 20, 0, 28.0},
};

static void print_quoted(uint32_t n, double dt, double rate)
{
    for (size_t i = 0; i < sizeof quoted / sizeof quoted[0]; i++)
        if (quoted[i].n == n && fabs(quoted[i].dt - dt) < 1e-9 && fabs(quoted[i].rate - rate) < 1) {
            if (quoted[i].brian2 > 0)
                printf("  Brian2 %.3g", quoted[i].brian2);
            if (quoted[i].genn > 0)
                printf("  GeNN %.3g", quoted[i].genn);
        }
}

/* Peak of the process for such a network, in a process of its own. */
static double peak_bytes(const struct form *form)
{
    int status;
    struct rusage usage;
    fflush(stdout);
    pid_t child = fork();
    if (child == 0) {
        struct bench b;
        if (form->n) {
            make(&b, form);
            advance(&b, 20, NULL);
        }
        _exit(0);
    }
    if (child < 0 || wait4(child, &status, 0, &usage) < 0)
        exit(1);
    return 1024.0 * (double)usage.ru_maxrss;
}

static void print_memory(uint32_t n, double dt)
{
    const struct form none = {.n = 0},
                      half = {.n = n, .fan_in = 32, .threads = 1, .dt = dt, .dc = 1e-9};
    const struct form whole = {.n = n, .fan_in = 64, .threads = 1, .dt = dt, .dc = 1e-9};
    double empty = peak_bytes(&none), a = peak_bytes(&half) - empty, z = peak_bytes(&whole) - empty;
    double synapse = (z - a) / n / 32;
    printf("%7u neurons, dt %g ms: peak %.1f MB, %.1f B per synapse and %.0f B per neuron\n", n,
           dt * 1e3, z * 1e-6, synapse, z / n - 64 * synapse);
}

static void print_network(const struct roof *roof, uint32_t n, double dt, const double rate[2],
                          const double dc[2])
{
    struct form form = {.n = n, .fan_in = FAN_IN, .threads = 1, .dt = dt};
    struct measured rest = measure_form(&form), m[2];
    for (int k = 0; k < 2; k++) {
        form.dc = dc[k];
        m[k] = measure_form(&form);
    }
    double event = (m[1].step - m[0].step) / (m[1].events - m[0].events);
    double scatter = bench_scatter(n);
    printf("\n%u neurons, dt %g ms\n", n, dt * 1e3);
    printf("  update at rest %.2f ns, %.0f %% of its roof %.2f ns; an event %.2f ns, %.0f %% of "
           "scatter-add "
           "%.2f ns\n",
           1e9 * rest.step / n, 100 * roof->rest * n / rest.step, 1e9 * roof->rest, 1e9 * event,
           100 * scatter / event, 1e9 * scatter);
    for (int k = 0; k < 2; k++) {
        double bound = roof->charge * n + m[k].events * scatter;
        printf("  %3.0f Hz (%.1f): %.4g s per s, %.0f %% of the roofline %.4g; update with events "
               "%.2f ns, %.0f %% of %.2f ns",
               rate[k], m[k].rate, m[k].step / dt, 100 * bound / m[k].step, bound / dt,
               1e9 * (m[k].step - m[k].events * event) / n,
               100 * roof->charge * n / (m[k].step - m[k].events * event), 1e9 * roof->charge);
        form.dc = dc[k];
        compare_threads(form);
        print_quoted(n, dt, rate[k]);
        printf("\n");
    }
}

/* --- all kernels --- */

static void print_kernels(uint32_t n)
{
    for (int use_double = 0; use_double < 2; use_double++) {
        const struct kernel *found[3];
        size_t kernels = use_double ? kernels_double(found) : kernels_float(found);
        for (size_t k = 0; k < kernels; k++)
            for (int mismatch = 0; mismatch < 2; mismatch++) {
                const struct form form = {.n = n,
                                          .fan_in = FAN_IN,
                                          .threads = 1,
                                          .dt = 1e-3,
                                          .use_double = use_double,
                                          .mismatch = mismatch,
                                          .kernel = found[k]};
                struct measured m = measure_form(&form);
                printf("%-14s %7u neurons%s  %6.2f ns an update\n", found[k]->name, n,
                       mismatch ? ", mismatch" : "          ", 1e9 * m.step / n);
            }
    }
}

int main(int argc, char **argv)
{
    static const uint32_t usual[] = {1024, 16384, 65536, 230400};
    static const double dt[] = {1e-3, 1e-4}, rate[2] = {20, 100};
    const bool kernels = argc > 1 && !strcmp(argv[1], "kernels");
    const int first = kernels ? 2 : 1, sizes = argc > first ? argc - first : 4;
    double dc[2][2];
    if (kernels) {
        print_kernels(argc > 2 ? (uint32_t)strtoul(argv[2], NULL, 10) / STRIDE * STRIDE : 1024);
        return 0;
    }
    for (int i = 0; i < sizes; i++)
        for (int d = 0; d < 2; d++)
            print_memory((argc > first ? (uint32_t)strtoul(argv[first + i], NULL, 10) : usual[i])
                             / STRIDE * STRIDE,
                         dt[d]);
    struct roof roof = bench_roof();
    printf("roofs: %s\n", roof.text);
    for (int d = 0; d < 2; d++)
        for (int k = 0; k < 2; k++)
            dc[d][k] = current_for(dt[d], rate[k]);
    for (int i = 0; i < sizes; i++)
        for (int d = 0; d < 2; d++) {
            uint32_t n = argc > first ? (uint32_t)strtoul(argv[first + i], NULL, 10) : usual[i];
            print_network(&roof, n / STRIDE * STRIDE, dt[d], rate, dc[d]);
            fflush(stdout);
        }
    printf("Brian2 and GeNN: quoted from another machine, not measured here.\n");
    return 0;
}
