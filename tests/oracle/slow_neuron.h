/* One neuron as runtime/README.md writes it, with libm and doubles: the equations, one after the
 * other, and nothing saved for later.
 *
 * Units: A, V, F, s. Independent of runtime/: it shares the page with it and no code.
 */
#ifndef DYNC_SLOW_NEURON_H
#define DYNC_SLOW_NEURON_H

#include "backend/device/device.h"
#include "compiler/net.h"

enum { SLOW_N_ALPHA = DENDRITE_NMDA + 1 }; /* AMPA and NMDA have a second integrator */

/* A leaky integrator whose charge depends on its own current. */
struct slow_dpi {
    double capacitance, itau, igain, pulse; /* F, A, A, s */
    double growth, floor;                   /* 0.95 or 0.75; Io or 0 */
    double current;
};

struct slow_soma {
    double imem, ipeak; /* after and before the reset */
};

struct slow_neuron {
    const struct device *device;
    const struct bias_code *code; /* of its bias set, by bias number */
    uint16_t latches;
    double dt;

    double iw[N_DENDRITES]; /* arriving in this step, A */
    bool event[N_DENDRITES];

    struct slow_dpi synapse[N_DENDRITES], second[SLOW_N_ALPHA];
    struct slow_dpi adaptation, calcium;
    double gain;     /* of the homeostasis */
    double diffused; /* AMPA current that the grid leaves to this neuron */
    struct slow_soma soma;
    struct slow_soma shadow; /* the same soma, but nudged in every step by far more than rounding */
    double spread;           /* from the shadow, relative, the most since the last spike */
    double distance;         /* of ipeak from the threshold, relative */
    uint32_t blocked;        /* steps */
    bool spiked, killed;     /* spiked: in the last step */
};

void slow_neuron_init(struct slow_neuron *n, const struct device *device,
                      const struct bias_code *code, uint16_t latches, double dt);
bool slow_latch(const struct slow_neuron *n, enum latch_id latch);
double slow_current(const struct device *device, const struct bias_code *code, enum bias_id bias);

/* The parts of a step, in this order. Before the first: iw and event of the step. Between the
 * second and the third: `diffused` of neurons of the AMPA grid. */
void slow_synapses(struct slow_neuron *n);
void slow_feedback(struct slow_neuron *n); /* adaptation, calcium, homeostasis */
void slow_membrane(struct slow_neuron *n); /* dendrites, membrane, spike */

/* What a synapse gives: its current, or the difference of its two integrators. */
double slow_synapse_current(const struct slow_neuron *n, enum dendrite dendrite);

#endif
