#include "tests/bench/bench_roof.h"

#include "compiler/base/rng.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

static double seconds(clockid_t clock)
{
    struct timespec t;
    clock_gettime(clock, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

double bench_cpu(void)
{
    return seconds(CLOCK_PROCESS_CPUTIME_ID);
}

double bench_wall(void)
{
    return seconds(CLOCK_MONOTONIC);
}

/* --- arithmetic --- */

enum { LANES = 16, CHAINS = 12, TURNS = 4000, SAMPLES = 60 };
typedef float vec __attribute__((vector_size(LANES * sizeof(float))));

#ifdef __x86_64__
#define WIDEST __attribute__((target_clones("avx512f", "avx2", "default"), noinline))
#else
#define WIDEST __attribute__((noinline))
#endif

/* Independent chains of multiplications and additions, not contracted: as many of each. */
WIDEST static float mixed(float start)
{
    vec x[CHAINS], m, c;
    for (int i = 0; i < LANES; i++)
        m[i] = 0.999f, c[i] = 0.001f;
    for (int k = 0; k < CHAINS; k++)
        for (int i = 0; i < LANES; i++)
            x[k][i] = start + (float)k;
    for (int turn = 0; turn < TURNS; turn++) {
#pragma GCC unroll 12
        for (int k = 0; k < CHAINS; k++)
            x[k] = x[k] * m + c;
    }
    float sum = 0;
    for (int k = 0; k < CHAINS; k++)
        sum += x[k][0];
    return sum;
}

WIDEST static float divided(float start)
{
    vec x[CHAINS], c;
    for (int i = 0; i < LANES; i++)
        c[i] = 1.5f;
    for (int k = 0; k < CHAINS; k++)
        for (int i = 0; i < LANES; i++)
            x[k][i] = start + (float)k;
    for (int turn = 0; turn < TURNS; turn++) {
#pragma GCC unroll 12
        for (int k = 0; k < CHAINS; k++)
            x[k] = c / x[k];
    }
    float sum = 0;
    for (int k = 0; k < CHAINS; k++)
        sum += x[k][0];
    return sum;
}

/* s of one operation on one number; best of many. */
static double each(float (*function)(float), int operations)
{
    volatile float sink;
    double best = 1;
    for (int s = 0; s < SAMPLES; s++) {
        double start = bench_wall();
        sink = function(1.0f);
        double time = (bench_wall() - start) / ((double)TURNS * CHAINS * LANES * operations);
        best = time < best ? time : best;
    }
    (void)sink;
    return best;
}

/* Operations of runtime/kernel.inc per neuron and step, comparisons, selections and the integer
 * part of exp and log included: decay of a synapse, its charge and the conversion of its events,
 * adaptation, soma. */
enum { DECAY = 2, CHARGE = 19 + 11, ADAPTATION = 20, SOMA = 68 };
enum { CHARGE_DIVISIONS = 1, ADAPTATION_DIVISIONS = 1, SOMA_DIVISIONS = 2 };

struct roof bench_roof(void)
{
    struct roof roof;
    double operation = each(mixed, 2), division = each(divided, 1);
    const int rest = 5 * DECAY + SOMA, charge = 4 * CHARGE + ADAPTATION + SOMA;
    const int few = SOMA_DIVISIONS, many = few + ADAPTATION_DIVISIONS + 4 * CHARGE_DIVISIONS;
    roof.rest = rest * operation + few * division;
    roof.charge = charge * operation + many * division;
    snprintf(roof.text, sizeof roof.text,
             "%.1f G operations/s, %.1f G divisions/s; a step at rest is %d and %d, with events %d "
             "and %d: %.2f, %.2f ns",
             1e-9 / operation, 1e-9 / division, rest, few, charge, many, 1e9 * roof.rest,
             1e9 * roof.charge);
    return roof;
}

/* --- scatter --- */

static __attribute__((noinline)) void scatter(float *restrict to, const uint32_t *restrict index,
                                              uint32_t n, float weight)
{
    for (uint32_t i = 0; i < n; i++)
        to[index[i]] += weight;
}

double bench_scatter(uint32_t n)
{
    enum { INDICES = 1 << 18 };
    float *to = calloc((size_t)n * 4, sizeof *to);
    uint32_t *index = calloc(INDICES, sizeof *index);
    double best = 1;
    if (!to || !index)
        exit(1);
    for (uint32_t i = 0; i < INDICES; i++)
        index[i] = (uint32_t)(rng_bits(3, i, 0) % ((uint64_t)n * 4));
    for (int s = 0; s < SAMPLES; s++) {
        double start = bench_wall();
        scatter(to, index, INDICES, 0.1f);
        double time = (bench_wall() - start) / INDICES;
        best = time < best ? time : best;
    }
    free(to);
    free(index);
    return best;
}
