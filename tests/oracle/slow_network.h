/* A network run from its edges: every edge is a synapse of its own and carries its own events after
 * its own delay. There are no tags, no CAM words, no routes and no image.
 *
 * Biases and delay classes are those of the plan, which decides them. Where a neuron stands matters
 * to one circuit, the AMPA grid of a core: `site_of` says it. Everything that was ever sent is
 * kept, and every edge looks into it in every step.
 */
#ifndef DYNC_SLOW_NETWORK_H
#define DYNC_SLOW_NETWORK_H

#include "backend/bias.h"
#include "tests/oracle/slow_neuron.h"

struct slow_edge {
    uint32_t source, target, dendrite;
    uint32_t steps; /* of the delay, 1 at least */
    double weight;  /* A, of one event */
    bool stp;
    double left;    /* of the weight, 0 .. 1 */
    double depress; /* Istdw, A */
    double recover; /* tau_std, s */
};
struct slow_edge_vec VEC_OF(struct slow_edge);

struct slow_network {
    const struct net *net;
    const struct device *device;
    const uint32_t *site_of; /* per neuron */
    double dt;
    uint32_t n_steps, step; /* the run's length, and the coming step */
    struct slow_edge_vec edges;
    struct slow_neuron *neuron;
    uint32_t *sent; /* [source][step]: its events */
    struct arena *arena;
};

void slow_network_init(struct slow_network *s, struct arena *arena, const struct net *net,
                       const struct device *device, const struct bias_plan *plan,
                       const uint32_t *site_of, double dt, uint32_t n_steps);
/* Events of an input unit in the coming step. */
void slow_network_input(struct slow_network *s, uint32_t unit, uint32_t count);
/* At most n_steps of them. Afterwards neuron[i].spiked tells who spiked. */
void slow_network_step(struct slow_network *s);

/* Sets `diffused` of all neurons with the latch. */
void slow_diffuse(struct slow_network *s);

#endif
