/* The AMPA grid of a core, by elimination with the full matrix, every step anew. */
#include "tests/oracle/slow_network.h"

struct grid { /* of one core */
    struct slow_network *s;
    uint32_t n, *member; /* neurons */
    double *m;           /* n rows of n conductances and a right side */
};

static double *row(const struct grid *g, uint32_t i)
{
    return g->m + (size_t)i * (g->n + 1);
}

/* Conductance between two neurons of the core; 0: they are no neighbours. */
static double between(const struct grid *g, uint32_t a, uint32_t b)
{
    const struct device *d = g->s->device;
    const struct bias_code *code = g->s->neuron[a].code;
    uint32_t per_core = d->neurons_per_core, rows = d->grid_rows;
    uint32_t first = g->s->site_of[a] % per_core, second = g->s->site_of[b] % per_core;
    uint32_t x = first / rows, y = first % rows, x2 = second / rows, y2 = second % rows;
    if (x == x2 && (y + 1 == y2 || y2 + 1 == y))
        return slow_current(d, code, BIAS_DEAM_VRES_P);
    if (y == y2 && (x + 1 == x2 || x2 + 1 == x))
        return slow_current(d, code, BIAS_DEAM_HRES_P);
    return 0;
}

static void fill(struct grid *g)
{
    for (uint32_t i = 0; i < g->n; i++)
        for (uint32_t j = 0; j <= g->n; j++)
            row(g, i)[j] = 0;
    for (uint32_t i = 0; i < g->n; i++) {
        const struct slow_neuron *n = &g->s->neuron[g->member[i]];
        row(g, i)[i] += slow_current(g->s->device, n->code, BIAS_DEAM_NRES_P);
        row(g, i)[g->n] = slow_synapse_current(n, DENDRITE_AMPA);
        for (uint32_t j = 0; j < g->n; j++) {
            double conductance = i == j ? 0 : between(g, g->member[i], g->member[j]);
            row(g, i)[i] += conductance;
            row(g, i)[j] -= conductance;
        }
    }
}

/* The matrix is diagonally dominant: no pivots need be looked for. */
static void solve(struct grid *g)
{
    for (uint32_t k = 0; k < g->n; k++)
        for (uint32_t i = 0; i < g->n; i++) {
            double factor = i == k ? 0 : row(g, i)[k] / row(g, k)[k];
            for (uint32_t j = 0; j <= g->n && factor != 0; j++)
                row(g, i)[j] -= factor * row(g, k)[j];
        }
    for (uint32_t i = 0; i < g->n; i++) {
        struct slow_neuron *n = &g->s->neuron[g->member[i]];
        n->diffused =
            slow_current(g->s->device, n->code, BIAS_DEAM_NRES_P) * row(g, i)[g->n] / row(g, i)[i];
    }
}

static bool in_grid(const struct slow_network *s, uint32_t neuron, uint32_t core)
{
    return slow_latch(&s->neuron[neuron], LATCH_deam_ampa)
           && s->site_of[neuron] / s->device->neurons_per_core == core;
}

void slow_diffuse(struct slow_network *s)
{
    uint32_t cores = device_cores(s->device, s->net->chips), count = s->net->n_neurons;
    for (uint32_t core = 0; core < cores; core++) {
        struct arena *scratch = arena_scratch(s->arena);
        struct grid g = {.s = s};
        g.member = ARENA_ARRAY(scratch, uint32_t, count);
        for (uint32_t i = 0; i < count; i++)
            if (in_grid(s, i, core))
                g.member[g.n++] = i;
        g.m = ARENA_ARRAY(scratch, double, (size_t)g.n *(g.n + 1));
        if (g.n > 0) {
            fill(&g);
            solve(&g);
        }
        arena_scratch_end(scratch);
    }
}
