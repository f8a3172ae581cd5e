/* The reference simulator: runs what an image says, step by step.
 *
 * Input is the image alone. Equations, units and sources: runtime/README.md. Results have the same
 * bits on every machine for the same image, options and events. A simulator lives in its arena;
 * there is no global state.
 */
#ifndef DYNC_SIM_H
#define DYNC_SIM_H

#include "runtime/scales.h"

struct sim_options {
    double dt;        /* s, > 0 */
    uint64_t seed;    /* of the mismatch */
    double mismatch;  /* relative standard deviation per neuron and parameter; 0: none */
    bool use_double;  /* double kernel instead of float */
    uint32_t threads; /* at most; 0: as there are processors. No result depends on it. */
    bool calcium; /* the calcium current of every neuron; probed or regulated ones have it anyway */
};

enum sim_state {
    SIM_MEMBRANE,
    SIM_AMPA,
    SIM_GABA,
    SIM_NMDA,
    SIM_SHUNT,
    SIM_ADAPTATION,
    SIM_VMEM,
    SIM_CALCIUM,
    SIM_GAIN,      /* homeostatic factor, 1 */
    SIM_AMPA_SOMA, /* what reaches the soma: after diffusion, reversal, homeostasis */
    SIM_GABA_SOMA,
    SIM_NMDA_SOMA, /* before the gate */
    N_SIM_STATES
};
extern const char *const sim_state_name[N_SIM_STATES];

struct sim;

/* NULL: *unsupported names the circuit the image switches on and this version does not model
 * (E0803), with the population concerned. Arena failures unwind to the arena's trap. */
struct sim *sim_new(struct arena *arena, const struct image *image,
                    const struct sim_options *options, const char **unsupported);

/* Global number of an input unit: sum of the sizes of the inputs before it, plus its index. */
void sim_input(struct sim *sim, uint32_t unit, uint32_t count); /* events of the coming step */
void sim_step(struct sim *sim);
/* Sites (image_site) that spiked in the last step, ascending; until the next call. */
const uint32_t *sim_spikes(struct sim *sim, uint32_t *n);

/* Several steps at once, with the same results and faster: at most sim_block, the shortest delay
 * between neurons, 1 or more. Offsets count from the coming step, in sim_spikes_at from the first
 * of the last run. */
uint32_t sim_block(const struct sim *sim);
void sim_input_at(struct sim *sim, uint32_t offset, uint32_t unit, uint32_t count);
void sim_run(struct sim *sim, uint32_t steps);
const uint32_t *sim_spikes_at(struct sim *sim, uint32_t offset, uint32_t *n);

/* State of a site after the last step, A (SIM_VMEM: V). A synapse with an alpha function reads as
 * the difference of its two integrators. */
double sim_read(const struct sim *sim, size_t site, enum sim_state state);
/* Smallest time constant of any circuit in use, s. */
double sim_least_tau(const struct sim *sim);
/* The circuit it belongs to: "membrane", "ampa"; "" where there is no neuron. Static. */
const char *sim_least_circuit(const struct sim *sim);
/* What of a run becomes fast only while it runs: GABA and adaptation are leak, and shorten the time
 * constant of a membrane to tau Itau / (Itau + I_gaba + I_ahp) / (1 + I_ahp / Itau). They are
 * looked at four times in the shortest of their time constants. */
struct sim_fastest {
    double seconds; /* shortest time constant seen, INFINITY: none is shorter than a step */
    size_t site;
    double amperes; /* of the currents that were added */
};
struct sim_fastest sim_fastest(const struct sim *sim);

/* The times that a step has to resolve, without making a simulator; only the options' seed,
 * mismatch and calcium count. */
struct sim_scales sim_scales_of(struct arena *arena, const struct image *image,
                                const struct sim_options *options);

/* Number of the step, from 0, that holds a time of events; a time on a boundary belongs to the step
 * that begins there, although quotients of decimal times may lie just below a whole number. */
double sim_step_at(double time_us, double dt);
/* Whether a step is too long for this smallest time constant: more than a tenth of it (W0717). */
bool sim_is_coarse(double dt, double least_tau);
/* Whether a site holds a declared neuron that is not killed. */
bool sim_alive(const struct sim *sim, size_t site);

#endif
