/* The shipped single-synapse model of Rockpool's DynapSim (commit 42cee1c9), one Euler step, as its
 * equations stand: one merged, signed synapse, a float timer, a spike count. Slow and literal. */
#include "tests/oracle/oracle_case.h"

#include "runtime/compat_math.h"

#include <math.h>
#include <string.h>

struct single {
    const struct oracle_case *of;
    const double *Idc, *Igain_ahp, *Igain_mem, *Igain_syn, *Ipulse, *Ipulse_ahp, *Iref, *Ispkthr;
    const double *Itau_ahp, *Itau_mem, *Itau_syn, *Iw_ahp, *C_ahp, *C_mem, *C_pulse, *C_pulse_ahp;
    const double *C_ref, *C_syn, *Io, *Ut, *Vth, *kappa_n, *kappa_p;
    double *x, *rec, *iahp, *isyn, *imem, *vmem, *timer, *s;
};

static double at_least(double x, double least)
{
    return x > least ? x : least;
}

static void gather(const struct oracle_case *of, double *x, double *rec, const double *s,
                   const struct case_event *input, uint32_t n_input)
{
    memset(x, 0, of->n_neuron * sizeof *x);
    memset(rec, 0, of->n_neuron * sizeof *rec);
    for (uint32_t e = 0; e < n_input; e++) {
        if (!of->w_in && input[e].index < of->n_neuron)
            x[input[e].index] += input[e].value;
        for (uint32_t i = 0; of->w_in && i < of->n_neuron; i++)
            x[i] += input[e].value * of->w_in[(size_t)input[e].index * of->n_neuron + i];
    }
    for (uint32_t pre = 0; of->w_rec && pre < of->n_neuron; pre++)
        for (uint32_t i = 0; s[pre] > 0 && i < of->n_neuron; i++)
            rec[i] += of->w_rec[(size_t)pre * of->n_neuron + i] * s[pre];
}

static void step_synapse(struct single *m, uint32_t i)
{
    double Io = m->Io[i], UK = m->Ut[i] / ((m->kappa_n[i] + m->kappa_p[i]) / 2);
    double Its = at_least(m->Itau_syn[i], Io), Igs = at_least(m->Igain_syn[i], Io);
    double tau_syn = UK * m->C_syn[i] / Its, t_p = m->Vth[i] * m->C_pulse[i] / m->Ipulse[i];
    double Iw = (m->x[i] + m->rec[i]) * m->of->iscale;
    double inf = at_least(Igs / Its * Iw, Io);
    m->isyn[i] =
        m->isyn[i] * compat_exp(-m->of->dt / tau_syn) + (1 - compat_exp(-t_p / tau_syn)) * inf;
    double Ita = at_least(m->Itau_ahp[i], Io), Iga = at_least(m->Igain_ahp[i], Io);
    double tau_ahp = UK * m->C_ahp[i] / Ita;
    double t_pa = m->Vth[i] * m->C_pulse_ahp[i] / m->Ipulse_ahp[i];
    m->iahp[i] =
        at_least(m->iahp[i] * compat_exp(-m->of->dt / tau_ahp)
                     + (1 - compat_exp(-t_pa / tau_ahp)) * (Iga / Ita) * m->Iw_ahp[i] * m->s[i],
                 Io);
}

static void step_membrane(struct single *m, uint32_t i)
{
    double Io = m->Io[i], dt = m->of->dt, kappa = (m->kappa_n[i] + m->kappa_p[i]) / 2;
    double UK = m->Ut[i] / kappa, kp = kappa * kappa / (kappa + 1);
    double It = at_least(m->Itau_mem[i], Io), Ig = at_least(m->Igain_mem[i], Io);
    double imem = m->imem[i], Ileak = It + m->iahp[i];
    double Iin = m->timer[i] != 0 ? 0 : m->isyn[i] - Ileak + m->Idc[i];
    Iin = at_least(Iin, Io);
    double minf = Ig / It * (Iin - Ileak);
    double fb = Io * compat_exp(kp * m->vmem[i] / m->Ut[i]) / Ileak * (imem + Ig);
    double dI = imem / (UK * m->C_mem[i] / Ileak * (imem + Ig))
                * (minf + fb - imem * (1 + m->iahp[i] / It));
    imem = at_least(imem + dt * dI, Io);
    m->vmem[i] = UK * compat_log(imem / Io);
    m->s[i] = at_least(ceil(compat_log(imem / m->Ispkthr[i])), 0);
    m->imem[i] = m->s[i] > 0 ? Io : imem;
    m->timer[i] = at_least(m->timer[i] - dt, 0);
    if (m->s[i] > 0)
        m->timer[i] = m->Vth[i] * m->C_ref[i] / m->Iref[i];
}

static void single_advance(void *model, const struct case_event *input, uint32_t n)
{
    struct single *m = model;
    gather(m->of, m->x, m->rec, m->s, input, n);
    for (uint32_t i = 0; i < m->of->n_neuron; i++) {
        step_synapse(m, i);
        step_membrane(m, i);
    }
}

static double single_spikes(void *model, uint32_t neuron)
{
    return ((struct single *)model)->s[neuron];
}

static double single_state(void *model, uint32_t neuron, enum case_state state)
{
    const struct single *m = model;
    switch (state) {
    case CASE_IAHP:
        return m->iahp[neuron];
    case CASE_ISYN:
        return m->isyn[neuron];
    case CASE_IMEM:
        return m->imem[neuron];
    case CASE_VMEM:
        return m->vmem[neuron];
    default:
        return NAN;
    }
}

static void read_params(struct arena *arena, struct single *m)
{
    const struct {
        const char *name;
        const double **into;
        double otherwise;
    } row[] = {
        {"Idc", &m->Idc, 5e-13},
        {"Igain_ahp", &m->Igain_ahp, 2.83687943e-11},
        {"Igain_mem", &m->Igain_mem, 2.12765957e-11},
        {"Igain_syn", &m->Igain_syn, 8.68794326e-9},
        {"Ipulse", &m->Ipulse, 3.5e-8},
        {"Ipulse_ahp", &m->Ipulse_ahp, 3.5e-7},
        {"Iref", &m->Iref, 1.05e-9},
        {"Ispkthr", &m->Ispkthr, 1e-7},
        {"Itau_ahp", &m->Itau_ahp, 2.83687943e-11},
        {"Itau_mem", &m->Itau_mem, 5.31914894e-12},
        {"Itau_syn", &m->Itau_syn, 8.68794326e-11},
        {"Iw_ahp", &m->Iw_ahp, 5e-13},
        {"C_ahp", &m->C_ahp, 40e-12},
        {"C_mem", &m->C_mem, 3e-12},
        {"C_pulse", &m->C_pulse, 0.5e-12},
        {"C_pulse_ahp", &m->C_pulse_ahp, 0.5e-12},
        {"C_ref", &m->C_ref, 1.5e-12},
        {"C_syn", &m->C_syn, 24.5e-12},
        {"Io", &m->Io, 5e-13},
        {"Ut", &m->Ut, 25e-3},
        {"Vth", &m->Vth, 0.7},
        {"kappa_n", &m->kappa_n, 0.75},
        {"kappa_p", &m->kappa_p, 0.66},
    };
    for (size_t i = 0; i < sizeof row / sizeof row[0]; i++)
        *row[i].into = case_param(arena, m->of, row[i].name, row[i].otherwise);
}

struct case_runner single_synapse_new(struct arena *arena, const struct oracle_case *of)
{
    struct single *m = ARENA_NEW(arena, struct single);
    double **state[] = {&m->x, &m->rec, &m->iahp, &m->isyn, &m->imem, &m->vmem, &m->timer, &m->s};
    m->of = of;
    read_params(arena, m);
    for (size_t i = 0; i < sizeof state / sizeof state[0]; i++)
        *state[i] = ARENA_ARRAY(arena, double, of->n_neuron);
    for (uint32_t i = 0; i < of->n_neuron; i++)
        m->iahp[i] = m->isyn[i] = m->imem[i] = m->Io[i];
    return (struct case_runner){m, single_advance, single_spikes, single_state};
}
