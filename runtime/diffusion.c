#include "runtime/diffusion.h"

/* A = L D L^T, row i of L below the diagonal in lower[i * rows + k], k = 1 .. rows: column i - k.
 */
struct diffusion {
    uint32_t n, rows;
    double *lower, *inverse; /* 1 / D */
    double *neuron;          /* N; 1 where a node is off: its row of A is that of the unit matrix */
    double *current;
};

static double *lower_at(const struct diffusion *d, uint32_t row, uint32_t back)
{
    return &d->lower[(size_t)row * d->rows + back - 1];
}

static double edge(const struct diffusion_node *node, uint32_t a, uint32_t b, uint32_t rows)
{
    if (!node[a].on || !node[b].on)
        return 0;
    return b == a + rows ? node[a].horizontal : node[a].vertical;
}

/* Diagonal and lower part of A, in place of D and L. */
static void build(struct diffusion *d, const struct diffusion_node *node, double *diagonal)
{
    for (uint32_t i = 0; i < d->n; i++) {
        uint32_t column = i / d->rows;
        const uint32_t next[2] = {i + 1, i + d->rows};
        diagonal[i] += node[i].on ? node[i].neuron : 1;
        for (int k = 0; k < 2; k++) {
            bool is_one = next[k] < d->n && (k == 1 || next[k] / d->rows == column);
            double g = is_one ? edge(node, i, next[k], d->rows) : 0;
            if (!(g > 0))
                continue;
            diagonal[i] += g;
            diagonal[next[k]] += g;
            *lower_at(d, next[k], next[k] - i) -= g;
        }
    }
}

static void factor(struct diffusion *d, double *diagonal)
{
    for (uint32_t i = 0; i < d->n; i++) {
        uint32_t most = i < d->rows ? i : d->rows;
        for (uint32_t k = most; k > 0; k--) { /* column i - k */
            uint32_t column = i - k;
            double sum = *lower_at(d, i, k);
            for (uint32_t m = k + 1; m <= most; m++)
                if (m - k <= d->rows)
                    sum -= *lower_at(d, i, m) * diagonal[i - m] * *lower_at(d, column, m - k);
            *lower_at(d, i, k) = sum / diagonal[column];
        }
        for (uint32_t k = 1; k <= most; k++)
            diagonal[i] -= *lower_at(d, i, k) * *lower_at(d, i, k) * diagonal[i - k];
        d->inverse[i] = 1 / diagonal[i];
    }
}

struct diffusion *diffusion_new(struct arena *arena, const struct diffusion_node *node, uint32_t n,
                                uint32_t rows)
{
    struct diffusion *d = ARENA_NEW(arena, struct diffusion);
    double *diagonal = ARENA_ARRAY(arena, double, n);
    d->n = n;
    d->rows = rows;
    d->lower = ARENA_ARRAY(arena, double, (size_t)n *rows);
    d->inverse = ARENA_ARRAY(arena, double, n);
    d->neuron = ARENA_ARRAY(arena, double, n);
    d->current = ARENA_ARRAY(arena, double, n);
    for (uint32_t i = 0; i < n; i++)
        d->neuron[i] = node[i].on ? node[i].neuron : 1;
    build(d, node, diagonal);
    factor(d, diagonal);
    return d;
}

uint32_t diffusion_size(const struct diffusion *diffusion)
{
    return diffusion->n;
}

double *diffusion_currents(struct diffusion *diffusion)
{
    return diffusion->current;
}

void diffusion_solve(struct diffusion *d)
{
    double *u = d->current;
    for (uint32_t i = 0; i < d->n; i++) {
        uint32_t most = i < d->rows ? i : d->rows;
        double sum = u[i];
        for (uint32_t k = 1; k <= most; k++)
            sum -= *lower_at(d, i, k) * u[i - k];
        u[i] = sum;
    }
    for (uint32_t i = d->n; i-- > 0;) {
        uint32_t most = d->n - 1 - i < d->rows ? d->n - 1 - i : d->rows;
        double sum = u[i] * d->inverse[i];
        for (uint32_t k = 1; k <= most; k++)
            sum -= *lower_at(d, i + k, k) * u[i + k];
        u[i] = sum;
    }
    for (uint32_t i = 0; i < d->n; i++)
        u[i] *= d->neuron[i];
}
