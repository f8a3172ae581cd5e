/* One neuron as physical quantities (A, F, V), and what the kernel makes of them.
 *
 * The equations with units and sources are in runtime/README.md.
 */
#ifndef DYNC_RUNTIME_NEURON_H
#define DYNC_RUNTIME_NEURON_H

#include <stdbool.h>
#include <stdint.h>

enum { N_SYNAPSE_TYPES = 4 }; /* in this order everywhere: AMPA, GABA, NMDA, SHUNT */
enum { N_ALPHAS = 2, N_REVERSALS = 3 };

/* Circuits beyond synapses, soma and adaptation, as bits; what no neuron of a table has takes
 * neither time nor memory. */
enum circuit {
    CIRCUIT_ALPHA_AMPA = 1 << 0,
    CIRCUIT_ALPHA_NMDA = 1 << 1,
    CIRCUIT_CONDUCTANCE = 1 << 2,
    CIRCUIT_DIFFUSION = 1 << 3,
    CIRCUIT_CALCIUM = 1 << 4,
    CIRCUIT_SOMA_GAIN = 1 << 5, /* homeostasis; with CIRCUIT_CALCIUM */
    CIRCUIT_DENDRITE_GAIN = 1 << 6,
    CIRCUITS_ALPHA = CIRCUIT_ALPHA_AMPA | CIRCUIT_ALPHA_NMDA,
    CIRCUITS_GAIN = CIRCUIT_SOMA_GAIN | CIRCUIT_DENDRITE_GAIN,
    CIRCUITS_DENDRITE =
        CIRCUITS_ALPHA | CIRCUIT_CONDUCTANCE | CIRCUIT_DIFFUSION | CIRCUIT_DENDRITE_GAIN
};

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
    Q_I_ALPHA_TAU, /* second integrator of AMPA, of NMDA; likewise the next two */
    Q_I_ALPHA_GAIN = Q_I_ALPHA_TAU + N_ALPHAS,
    Q_C_ALPHA = Q_I_ALPHA_GAIN + N_ALPHAS,
    Q_I_REVERSAL = Q_C_ALPHA + N_ALPHAS,       /* of AMPA, GABA, NMDA */
    Q_I_VERTICAL = Q_I_REVERSAL + N_REVERSALS, /* resistors of the AMPA grid: to the node below, */
    Q_I_HORIZONTAL,                            /* to the node on the right, */
    Q_I_TO_NEURON,                             /* to the neuron */
    Q_I_CA_TAU,
    Q_I_CA_GAIN,
    Q_I_CA_WEIGHT,
    Q_C_CA,
    Q_I_HO_TARGET, /* calcium current the homeostasis aims at */
    Q_I_HO_HOLD,   /* moves the gain */
    Q_I_HO_LOW,    /* the gain lies between low / middle and high / middle */
    Q_I_HO_MIDDLE,
    Q_I_HO_HIGH,
    Q_C_HO,
    N_QUANTITIES
};

struct neuron {
    double q[N_QUANTITIES];
    bool dc, adaptation, nmda_gate, exponential; /* latches: off, the term is absent */
    bool alive; /* false: killed or not declared: its membrane stays at rest */
    unsigned circuits;
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
    N_PARAMS = P_SYN + N_DPI_PARAMS * N_SYNAPSE_TYPES,

    /* Of the circuits; those before P_ALPHA differ within a core. */
    P_ALPHA_ON = N_PARAMS, /* 1 or 0, of AMPA, of NMDA; likewise the next three */
    P_CONDUCTANCE_ON = P_ALPHA_ON + N_ALPHAS,
    P_SOMA_GAIN_ON,
    P_DENDRITE_GAIN_ON,
    P_HO_RATE, /* dt / tau * log2(e); 0: no homeostasis */
    P_CA_WEIGHT,
    P_ALPHA,
    P_CA = P_ALPHA + N_DPI_PARAMS * N_ALPHAS,
    P_REVERSAL = P_CA + N_DPI_PARAMS,
    P_HO_TARGET = P_REVERSAL + N_REVERSALS,
    P_HO_LOW,
    P_HO_HIGH,
    N_ALL_PARAMS
};
/* Whether the neurons of a uniform core may differ in it; the circuits that need it, 0: all do. */
bool param_is_own(int param);
unsigned param_circuits(int param);

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
/* Those from N_PARAMS on; of a neuron without circuits they change nothing. */
void neuron_fold_circuits(const struct neuron *neuron, double dt, double param[N_ALL_PARAMS]);

/* Time constants, s. */
double neuron_tau_mem(const struct neuron *neuron);
double neuron_tau_syn(const struct neuron *neuron, int type);
double neuron_tau_ahp(const struct neuron *neuron);
double neuron_tau_std(const struct neuron *neuron);
double neuron_tau_alpha(const struct neuron *neuron, int which); /* 0: AMPA, 1: NMDA */
double neuron_tau_calcium(const struct neuron *neuron);
double neuron_tau_gain(const struct neuron *neuron);   /* of the homeostasis */
double neuron_refractory(const struct neuron *neuron); /* a time, s */

#endif
