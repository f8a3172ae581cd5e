/* Diffusion along edges forgets its slowest modes last: a few vectors are smoothed again and again
 * and kept apart from each other. In a regular sheet the two slowest are mixed at will, hence
 * several mixtures are offered. Plain IEEE arithmetic in a fixed order: the same on every machine.
 */
#include "mapper/bisect.h"

#include "compiler/base/rng.h"

#include <math.h>
#include <stdlib.h>

enum { MODES = 2, EDGE_STEPS = 6000000, MOST_STEPS = 3000, LEAST_STEPS = 60, KEPT_APART = 10 };

struct diffusion {
    uint32_t n;
    uint32_t *first, *to;
    double *weight, *degree;
    double *mode[MODES], *next;
};

struct ranked {
    double value;
    uint32_t vertex;
};

static int by_value(const void *a, const void *b)
{
    const struct ranked *x = a, *y = b;
    if (x->value < y->value || x->value > y->value)
        return x->value < y->value ? -1 : 1;
    return x->vertex < y->vertex ? -1 : x->vertex > y->vertex;
}

/* The edges between vertices of the list. */
static void take_edges(struct arena *scratch, const struct graph *graph, const uint32_t *list,
                       struct diffusion *d)
{
    uint32_t *number = ARENA_ARRAY(scratch, uint32_t, graph->n), edges = 0;
    for (uint32_t i = 0; i < d->n; i++) {
        number[list[i]] = i + 1;
        edges += (uint32_t)(graph->first[list[i] + 1] - graph->first[list[i]]);
    }
    d->first = ARENA_ARRAY(scratch, uint32_t, (size_t)d->n + 1);
    d->to = ARENA_ARRAY(scratch, uint32_t, edges);
    d->weight = ARENA_ARRAY(scratch, double, edges);
    d->degree = ARENA_ARRAY(scratch, double, d->n);
    for (uint32_t i = 0; i < d->n; i++) {
        uint32_t at = d->first[i];
        for (uint64_t e = graph->first[list[i]]; e < graph->first[list[i] + 1]; e++) {
            if (number[graph->to[e]] == 0)
                continue;
            d->to[at] = number[graph->to[e]] - 1;
            d->weight[at++] = graph_weight(graph, e);
            d->degree[i] += graph_weight(graph, e);
        }
        d->first[i + 1] = at;
    }
}

/* Takes the share of a lower mode out of a vector, weighing by degree. */
static void take_out(const struct diffusion *d, const double *mode, double *x)
{
    double along = 0, norm = 0;
    for (uint32_t i = 0; i < d->n; i++) {
        double m = mode ? mode[i] : 1;
        along += d->degree[i] * m * x[i];
        norm += d->degree[i] * m * m;
    }
    along = norm > 0 ? along / norm : 0;
    for (uint32_t i = 0; i < d->n; i++)
        x[i] -= along * (mode ? mode[i] : 1);
}

static void keep_apart(struct diffusion *d)
{
    for (uint32_t k = 0; k < MODES; k++) {
        double norm = 0;
        take_out(d, NULL, d->mode[k]);
        for (uint32_t l = 0; l < k; l++)
            take_out(d, d->mode[l], d->mode[k]);
        for (uint32_t i = 0; i < d->n; i++)
            norm += d->degree[i] * d->mode[k][i] * d->mode[k][i];
        norm = norm > 0 ? 1 / sqrt(norm) : 0;
        for (uint32_t i = 0; i < d->n; i++)
            d->mode[k][i] *= norm;
    }
}

static void smooth(struct diffusion *d, uint32_t k)
{
    double *x = d->mode[k];
    for (uint32_t i = 0; i < d->n; i++) {
        double sum = 0;
        for (uint32_t e = d->first[i]; e < d->first[i + 1]; e++)
            sum += d->weight[e] * x[d->to[e]];
        d->next[i] = d->degree[i] > 0 ? 0.5 * (x[i] + sum / d->degree[i]) : 0;
    }
    d->mode[k] = d->next;
    d->next = x;
}

static void find_modes(struct arena *scratch, struct diffusion *d)
{
    uint64_t steps = EDGE_STEPS / ((uint64_t)d->first[d->n] + d->n + 1);
    steps = steps < MOST_STEPS ? steps : MOST_STEPS;
    if (steps > (uint64_t)d->n * d->n) /* a chain of n takes about that many */
        steps = (uint64_t)d->n * d->n;
    steps = steps > LEAST_STEPS ? steps : LEAST_STEPS;
    d->next = ARENA_ARRAY(scratch, double, d->n);
    for (uint32_t k = 0; k < MODES; k++) {
        d->mode[k] = ARENA_ARRAY(scratch, double, d->n);
        for (uint32_t i = 0; i < d->n; i++)
            d->mode[k][i] = rng_unit(rng_mix(i * UINT64_C(2) + k)) - 0.5;
    }
    for (uint32_t s = 0; s < steps; s++) {
        if (s % KEPT_APART == 0)
            keep_apart(d);
        for (uint32_t k = 0; k < MODES; k++)
            smooth(d, k);
    }
    keep_apart(d);
}

void spectral_orders(struct arena *arena, const struct graph *graph, const uint32_t *list,
                     uint32_t n, uint32_t *order[SPECTRAL_ORDERS])
{
    /* cosine and sine of 0, 22.5, .. 157.5 degrees */
    static const double mix[SPECTRAL_ORDERS][MODES] = {{1, 0},
                                                       {0.923879533, 0.382683432},
                                                       {0.707106781, 0.707106781},
                                                       {0.382683432, 0.923879533},
                                                       {0, 1},
                                                       {-0.382683432, 0.923879533},
                                                       {-0.707106781, 0.707106781},
                                                       {-0.923879533, 0.382683432}};
    struct arena *scratch = arena_scratch(arena);
    struct diffusion d = {.n = n};
    struct ranked *ranked = ARENA_ARRAY(scratch, struct ranked, n);
    take_edges(scratch, graph, list, &d);
    find_modes(scratch, &d);
    for (uint32_t k = 0; k < SPECTRAL_ORDERS; k++) {
        for (uint32_t i = 0; i < n; i++)
            ranked[i] = (struct ranked){mix[k][0] * d.mode[0][i] + mix[k][1] * d.mode[1][i], i};
        qsort(ranked, n, sizeof *ranked, by_value);
        for (uint32_t i = 0; i < n; i++)
            order[k][i] = ranked[i].vertex;
    }
    arena_scratch_end(scratch);
}
