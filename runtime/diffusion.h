/* AMPA diffusion: the synaptic currents of neighbours on the grid of a core spread through
 * resistors.
 *
 * A static network: node i takes in the current I_i, a resistor of conductance N_i leads to its
 * neuron, others to the nodes above, below, left and right of it. The current into neuron i is
 * N_i u_i with sum over the neighbours g (u_i - u_j) + N_i u_i = I_i. Neurons off the grid keep
 * their current. The matrix is banded and factored once.
 */
#ifndef DYNC_RUNTIME_DIFFUSION_H
#define DYNC_RUNTIME_DIFFUSION_H

#include "compiler/base/arena.h"

struct diffusion_node {
    bool on;                             /* takes part */
    double neuron, vertical, horizontal; /* conductances, any unit: to its neuron, to the next node
                                            below, to the next on the right */
};

struct diffusion;

/* Node i stands in row i % rows, column i / rows; the edges of the grid are open. */
struct diffusion *diffusion_new(struct arena *arena, const struct diffusion_node *node, uint32_t n,
                                uint32_t rows);
uint32_t diffusion_size(const struct diffusion *diffusion);
/* Where diffusion_solve finds the n currents and leaves the result. */
double *diffusion_currents(struct diffusion *diffusion);
void diffusion_solve(struct diffusion *diffusion);

#endif
