#include "runtime/neuron.h"

#include "compiler/base/elementary.h"
#include "runtime/compat_math.h"

#include <math.h>

static double tau(const struct neuron *neuron, double c, double i_tau)
{
    return neuron->q[Q_UT] / neuron->q[Q_KAPPA] * c / i_tau;
}

double neuron_tau_mem(const struct neuron *neuron)
{
    return tau(neuron, neuron->q[Q_C_MEM], neuron->q[Q_I_LEAK]);
}

double neuron_refractory(const struct neuron *neuron)
{
    return neuron->q[Q_VTH] * neuron->q[Q_C_REFRACTORY] / neuron->q[Q_I_REFRACTORY];
}

double neuron_tau_syn(const struct neuron *neuron, int type)
{
    return tau(neuron, neuron->q[Q_C_SYN + type], neuron->q[Q_I_SYN_TAU + type]);
}

double neuron_tau_ahp(const struct neuron *neuron)
{
    return tau(neuron, neuron->q[Q_C_AHP], neuron->q[Q_I_AHP_TAU]);
}

double neuron_tau_std(const struct neuron *neuron)
{
    return tau(neuron, neuron->q[Q_C_STD], neuron->q[Q_I_STD_STRENGTH]);
}

double neuron_tau_alpha(const struct neuron *neuron, int which)
{
    return tau(neuron, neuron->q[Q_C_ALPHA + which], neuron->q[Q_I_ALPHA_TAU + which]);
}

double neuron_tau_calcium(const struct neuron *neuron)
{
    return tau(neuron, neuron->q[Q_C_CA], neuron->q[Q_I_CA_TAU]);
}

double neuron_tau_gain(const struct neuron *neuron)
{
    return tau(neuron, neuron->q[Q_C_HO], neuron->q[Q_I_HO_HOLD]);
}

bool param_is_own(int param)
{
    return param < PARAM_OWN || (param >= N_PARAMS && param < P_ALPHA);
}

unsigned param_circuits(int param)
{
    if (param < N_PARAMS)
        return 0;
    if (param >= P_HO_TARGET || param == P_HO_RATE || param == P_SOMA_GAIN_ON)
        return CIRCUITS_GAIN;
    if (param == P_CA_WEIGHT || (param >= P_CA && param < P_REVERSAL))
        return CIRCUIT_CALCIUM;
    return CIRCUITS_DENDRITE;
}

/* In compat no parameter current counts as less than Io. */
static double at_least_io(const struct neuron *neuron, bool compat, enum quantity which)
{
    double current = neuron->q[which];
    return compat && current < neuron->q[Q_IO] ? neuron->q[Q_IO] : current;
}

struct dpi_circuit {
    enum quantity tau, gain, c, pulse, c_pulse;
};

static void fold_dpi(const struct neuron *neuron, double dt, bool compat, struct dpi_circuit of,
                     double *param)
{
    double i_tau = at_least_io(neuron, compat, of.tau);
    double i_gain = at_least_io(neuron, compat, of.gain);
    double (*exponential)(double) = compat ? compat_exp : elem_exp;
    double time = tau(neuron, neuron->q[of.c], i_tau);
    double t_pulse = neuron->q[Q_VTH] * neuron->q[of.c_pulse] / neuron->q[of.pulse];
    param[DPI_DECAY] = exponential(-dt / time);
    param[DPI_GAIN] = i_gain;
    param[DPI_INV_GAIN] = 1 / i_gain;
    param[DPI_PULSE] = t_pulse / time;
    param[DPI_CHARGE] = 1 - exponential(-t_pulse / time);
    param[DPI_RATIO] = i_gain / i_tau;
}

/* Whole steps of the refractory time; the small allowance takes t_ref = n dt as n steps although
 * the quotient of two rounded numbers may lie just above n. */
static double refractory_steps(double t_ref, double dt)
{
    double steps = ceil(t_ref / dt - 1e-6), most = 0x1p24 - 1; /* whole numbers of a float */
    if (!(steps < most))
        return most;
    return steps > 0 ? steps : 0;
}

static void fold_membrane(const struct neuron *neuron, double dt, bool compat, double *param)
{
    const double *q = neuron->q;
    double leak = at_least_io(neuron, compat, Q_I_LEAK);
    double gain = at_least_io(neuron, compat, Q_I_GAIN);
    double t_ref = q[Q_VTH] * q[Q_C_REFRACTORY] / q[Q_I_REFRACTORY];
    param[P_RATE] = neuron->alive ? dt * q[Q_KAPPA] / (q[Q_UT] * q[Q_C_MEM]) : 0;
    param[P_LEAK] = leak;
    param[P_INV_LEAK] = 1 / leak;
    param[P_RATIO] = gain / leak;
    param[P_GAIN] = gain;
    param[P_THRESHOLD] = q[Q_I_THRESHOLD];
    param[P_IO] = q[Q_IO];
    param[P_INV_IO] = 1 / q[Q_IO];
    param[P_POWER] = q[Q_KAPPA] / (q[Q_KAPPA] + 1);
    param[P_UK] = q[Q_UT] / q[Q_KAPPA];
    param[P_UT] = q[Q_UT];
    param[P_KP] = q[Q_KAPPA] * q[Q_KAPPA] / (q[Q_KAPPA] + 1);
    param[P_UK_CAP] = param[P_UK] * q[Q_C_MEM];
    param[P_REFRACTORY] = compat ? t_ref : refractory_steps(t_ref, dt);
}

void neuron_fold(const struct neuron *neuron, double dt, bool compat, double param[N_PARAMS])
{
    const double *q = neuron->q;
    param[P_DC] = compat || neuron->dc ? q[Q_I_DC] : 0;
    param[P_NMDA] = compat || neuron->nmda_gate ? q[Q_I_NMDA] : 0;
    param[P_FEEDBACK] = compat || neuron->exponential ? q[Q_IO] : 0;
    param[P_AHP_WEIGHT] = compat || neuron->adaptation ? q[Q_I_AHP_WEIGHT] : 0;
    param[P_AHP_FLOOR] = compat ? q[Q_IO] : 0;
    fold_membrane(neuron, dt, compat, param);

    fold_dpi(neuron, dt, compat,
             (struct dpi_circuit){Q_I_AHP_TAU, Q_I_AHP_GAIN, Q_C_AHP, Q_I_AHP_PULSE, Q_C_AHP_PULSE},
             param + P_AHP);
    for (unsigned type = 0; type < N_SYNAPSE_TYPES; type++)
        fold_dpi(neuron, dt, compat,
                 (struct dpi_circuit){Q_I_SYN_TAU + type, Q_I_SYN_GAIN + type, Q_C_SYN + type,
                                      Q_I_PULSE, Q_C_PULSE},
                 param + P_SYN + N_DPI_PARAMS * type);
}

void neuron_fold_circuits(const struct neuron *neuron, double dt, double param[N_ALL_PARAMS])
{
    const double *q = neuron->q, log2_e = 1.4426950408889634, most = 60; /* 2^60: any bound */
    const bool gain = neuron->circuits & CIRCUITS_GAIN;
    double rate = dt / neuron_tau_gain(neuron) * log2_e;
    param[P_CONDUCTANCE_ON] = neuron->circuits & CIRCUIT_CONDUCTANCE ? 1 : 0;
    param[P_SOMA_GAIN_ON] = neuron->circuits & CIRCUIT_SOMA_GAIN ? 1 : 0;
    param[P_DENDRITE_GAIN_ON] = neuron->circuits & CIRCUIT_DENDRITE_GAIN ? 1 : 0;
    param[P_HO_RATE] = gain ? fmin(rate, most) : 0;
    param[P_HO_TARGET] = q[Q_I_HO_TARGET];
    param[P_HO_LOW] = fmin(q[Q_I_HO_LOW] / q[Q_I_HO_MIDDLE], 1);
    param[P_HO_HIGH] = fmax(q[Q_I_HO_HIGH] / q[Q_I_HO_MIDDLE], 1);
    param[P_CA_WEIGHT] = q[Q_I_CA_WEIGHT];
    for (int k = 0; k < N_REVERSALS; k++)
        param[P_REVERSAL + k] = q[Q_I_REVERSAL + k];
    fold_dpi(neuron, dt, false,
             (struct dpi_circuit){Q_I_CA_TAU, Q_I_CA_GAIN, Q_C_CA, Q_I_AHP_PULSE, Q_C_AHP_PULSE},
             param + P_CA);
    for (unsigned k = 0; k < N_ALPHAS; k++) {
        param[P_ALPHA_ON + k] = neuron->circuits >> k & 1 ? 1 : 0;
        fold_dpi(neuron, dt, false,
                 (struct dpi_circuit){Q_I_ALPHA_TAU + k, Q_I_ALPHA_GAIN + k, Q_C_ALPHA + k,
                                      Q_I_PULSE, Q_C_PULSE},
                 param + P_ALPHA + N_DPI_PARAMS * k);
    }
}
