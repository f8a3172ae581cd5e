/* One neuron as physical quantities (A, F, V), and what the kernel makes of them.
 *
 * The equations with units and sources are in runtime/README.md.
 */
#ifndef DYNC_RUNTIME_NEURON_H
#define DYNC_RUNTIME_NEURON_H

#include <stdbool.h>
#include <stdint.h>

enum { N_SYNAPSE_TYPES = 4 }; /* in this order everywhere: AMPA, GABA, NMDA, SHUNT */

/* Every quantity that differs from neuron to neuron on silicon: mismatch draws one number for each.
 * The four of a kind follow the order of the synapse types. */
enum quantity {
    Q_I_DC,
    Q_I_NMDA,       /* gate of the NMDA synapse */
    Q_I_LEAK,       /* membrane */
    Q_I_GAIN,       /* membrane */
    Q_I_THRESHOLD,  /* spike */
    Q_I_REFRACTORY, /* spike */
    Q_I_PULSE,      /* of an arriving event */
    Q_I_SYN_TAU,
    Q_I_SYN_GAIN = Q_I_SYN_TAU + N_SYNAPSE_TYPES,
    Q_I_AHP_PULSE = Q_I_SYN_GAIN + N_SYNAPSE_TYPES,
    Q_I_AHP_TAU,
    Q_I_AHP_GAIN,
    Q_I_AHP_WEIGHT,
    Q_C_MEM,
    Q_C_SYN,
    Q_C_AHP = Q_C_SYN + N_SYNAPSE_TYPES,
    Q_C_PULSE,
    Q_C_AHP_PULSE,
    Q_C_REFRACTORY,
    Q_KAPPA,          /* subthreshold slope factor, mean of n and p */
    Q_UT,             /* thermal voltage */
    Q_VTH,            /* swing of the pulse and refractory circuits */
    Q_IO,             /* dark current: floor of every current that is a state */
    Q_I_STD_WEIGHT,   /* short-term depression: how far an event weakens a synapse */
    Q_I_STD_STRENGTH, /* how fast it recovers */
    Q_C_STD,
    N_QUANTITIES
};

struct neuron {
    double q[N_QUANTITIES];
    bool dc, adaptation, nmda_gate, exponential; /* latches: off, the term is absent */
    bool alive; /* false: killed or not declared: its membrane stays at rest */
};

/* Constants of the kernel, one value per neuron. PARAM_OWN of them depend on latches and differ
 * within a core even without mismatch. */
enum param {
    P_DC,         /* A; 0: latch off */
    P_NMDA,       /* A; 0: no gate */
    P_RATE,       /* dt kappa / (Ut C_mem), 1/A; 0: not alive */
    P_FEEDBACK,   /* Io, A; 0: threshold neuron */
    P_AHP_WEIGHT, /* A; 0: no adaptation */
    PARAM_OWN,
    P_LEAK = PARAM_OWN, /* A */
    P_INV_LEAK,
    P_RATIO, /* Igain / Ileak */
    P_GAIN,
    P_THRESHOLD,
    P_IO,
    P_INV_IO,
    P_POWER,      /* kappa / (kappa + 1) */
    P_REFRACTORY, /* whole steps; compat: s */
    P_AHP_FLOOR,
    P_UK,     /* Ut / kappa, V; this and the next three: compat only */
    P_UT,     /* V */
    P_KP,     /* kappa^2 / (kappa + 1) */
    P_UK_CAP, /* Ut / kappa C_mem, C */
    P_AHP,
    N_DPI_PARAMS = 6,
    P_SYN = P_AHP + N_DPI_PARAMS,
    N_PARAMS = P_SYN + N_DPI_PARAMS * N_SYNAPSE_TYPES
};
/* Of a differential pair integrator (synapse, adaptation). */
enum dpi_param {
    DPI_DECAY, /* exp(-dt / tau) */
    DPI_GAIN,  /* Igain, A */
    DPI_INV_GAIN,
    DPI_PULSE,  /* t_pulse / tau */
    DPI_CHARGE, /* 1 - exp(-t_pulse / tau) */
    DPI_RATIO   /* Igain / Itau */
};

/* The constants of a neuron for steps of dt seconds. `compat`: the form the reference rasters were
 * made with (every term on, parameters not below Io, refractory time in seconds). */
void neuron_fold(const struct neuron *neuron, double dt, bool compat, double param[N_PARAMS]);

/* Time constants, s. */
double neuron_tau_mem(const struct neuron *neuron);
double neuron_tau_syn(const struct neuron *neuron, int type);
double neuron_tau_ahp(const struct neuron *neuron);
double neuron_tau_std(const struct neuron *neuron);

#endif
