/* A usable neuron for tests of the simulator, and what they ask of it. */
#ifndef DYNC_SIM_NEURON_H
#define DYNC_SIM_NEURON_H

#include "tests/unit/sim_board.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

static inline void assert_near(double got, double want, double relative)
{
    if (!(fabs(got - want) <= relative * fabs(want)))
        fail_msg("got %.12g, expected %.12g within %g", got, want, relative);
}

/* Biases that make a usable neuron on core 0; returns tau_mem. */
static inline double usable(struct sim_board *b)
{
    const struct device *d = &b->device;
    double tau = sim_board_tau(b, 0, BIAS_SOIF_LEAK_N, d->c_mem, 20e-3);
    double leak = d->ut / d->kappa * d->c_mem / tau;
    sim_board_bias(b, 0, BIAS_SOIF_GAIN_N, 4 * leak);
    sim_board_bias(b, 0, BIAS_SOIF_SPKTHR_P, 5e-9);
    sim_board_bias(b, 0, BIAS_SOIF_REFR_N, d->vth * d->c_ref / 2e-3);
    sim_board_bias(b, 0, BIAS_SYPD_EXT_N, d->vth * d->c_pulse / 10e-6);
    const enum bias_id tau_bias[4] = {BIAS_DEAM_ETAU_P, BIAS_DEGA_ITAU_P, BIAS_DENM_ETAU_P,
                                      BIAS_DESC_ITAU_P};
    const enum bias_id gain_bias[4] = {BIAS_DEAM_EGAIN_P, BIAS_DEGA_IGAIN_P, BIAS_DENM_EGAIN_P,
                                       BIAS_DESC_IGAIN_P};
    const double c[4] = {d->c_ampa, d->c_gaba, d->c_nmda, d->c_shunt};
    for (int k = 0; k < 4; k++) {
        double current = d->ut / d->kappa * c[k] / 10e-3;
        sim_board_bias(b, 0, tau_bias[k], current);
        sim_board_bias(b, 0, gain_bias[k], 100 * current);
    }
    for (int slot = 0; slot < 4; slot++)
        sim_board_bias(b, 0, (enum bias_id)(BIAS_SYAM_W0_P + slot), 1e-9 * (1 << slot));
    return tau;
}

static inline double current_of(const struct sim_board *b, enum bias_id bias)
{
    return 1e-21 * (double)device_bias_za(&b->device, (int)bias, b->image.bias[bias]);
}

static inline uint32_t count_spikes(struct sim *sim, uint64_t steps, size_t site)
{
    uint32_t spikes = 0;
    while (steps--) {
        uint32_t n;
        sim_step(sim);
        const uint32_t *spike = sim_spikes(sim, &n);
        for (uint32_t i = 0; i < n; i++)
            spikes += spike[i] == site;
    }
    return spikes;
}

static const enum sim_state synapse_state[4] = {SIM_AMPA, SIM_GABA, SIM_NMDA, SIM_SHUNT};

#endif
