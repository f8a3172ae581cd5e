/* The inner loops: one tile (a core) over one time step.
 *
 * runtime/kernel.inc is the only source; kernel_float.c and kernel_double.c compile it for both
 * precisions and for the vector widths of the processor. All instances of a precision give the same
 * bits: additions, multiplications, divisions and comparisons of IEEE numbers, in one order per
 * neuron, never contracted.
 */
#ifndef DYNC_RUNTIME_KERNEL_H
#define DYNC_RUNTIME_KERNEL_H

#include "runtime/diffusion.h"
#include "runtime/neuron.h"

#include <stddef.h>

enum { SPIKE_BITS = 8 * sizeof(uint64_t) }; /* neurons of a word of `fired` */
enum { KERNEL_LANES = 16 };                 /* neurons of a tile are padded to a multiple of this */

enum kernel_state {
    S_SYN, /* currents of the four types, A */
    S_MEMBRANE = S_SYN + N_SYNAPSE_TYPES,
    S_PEAK,  /* membrane current before the reset: the feedback and the voltage follow it */
    S_AHP,   /* adaptation current */
    S_SPIKE, /* spikes of the last step: 0 or 1; compat: any number */
    S_TIMER, /* steps to stay refractory, a whole number; compat: s */
    N_KERNEL_STATES,
    /* Of the circuits; there only if a neuron of the table has one. */
    S_ALPHA = N_KERNEL_STATES,    /* second integrator of AMPA, of NMDA, A */
    S_REACH = S_ALPHA + N_ALPHAS, /* what reaches the soma of AMPA, GABA, NMDA, A */
    S_CALCIUM = S_REACH + N_REVERSALS,
    S_GAIN,       /* homeostatic factor */
    S_SOMA_GAIN,  /* gain of the soma times that factor, A */
    S_SOMA_RATIO, /* P_RATIO times that factor */
    N_ALL_STATES
};

/* Arrays hold float or double. */
struct tile {
    uint32_t n;        /* neurons, a multiple of KERNEL_LANES */
    bool uniform;      /* params from PARAM_OWN on have one value for all */
    uint32_t n_spikes; /* of the last step */
    bool has_feedback, has_gate, has_adaptation;
    bool has_type[N_SYNAPSE_TYPES]; /* false: no event ever arrives, the current stays at Io */
    unsigned circuits;              /* of any of its neurons */
    struct diffusion *grid;         /* with CIRCUIT_DIFFUSION */
    double dt;                      /* s, compat only */
    double weight[4];               /* weight currents of the core, A */
    void *param[N_ALL_PARAMS];
    void *state[N_ALL_STATES];
    /* Currents of depressed synapses since the last step, A, [n] per type; NULL: none ever arrives.
     * Cleared by the step. */
    double *added[N_SYNAPSE_TYPES];
    void *drive[N_SYNAPSE_TYPES]; /* arriving currents per type, A, compat only */
};

/* What arrives at a tile in a step. */
struct arriving {
    /* Events since the last step, [n] per type: a 16-bit lane per weight bit, the lowest for W0.
     * A type whose `touched` is 0 has none. Both are cleared by the step. */
    uint64_t *count[N_SYNAPSE_TYPES];
    uint8_t *touched;
    void *drive; /* [n], scratch: currents of one type */
};

struct kernel {
    const char *name;
    /* Both return the number of neurons that spiked. */
    uint32_t (*step)(struct tile *tile, const struct arriving *arriving);
    /* Growth in every step, float timer, several spikes a step; takes the `drive` of the tile. */
    uint32_t (*step_compat)(struct tile *tile, const struct arriving *arriving);
    /* The neurons that spiked, a bit each, as many words as that takes. */
    void (*fired)(const struct tile *tile, uint64_t *bits);
};

/* All instances of a precision, best first; those the processor cannot run are left out. Returns
 * their number. */
size_t kernels_float(const struct kernel *found[3]);
size_t kernels_double(const struct kernel *found[3]);

#endif
