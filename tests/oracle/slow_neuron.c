#include "tests/oracle/slow_neuron.h"

#include <math.h>
#include <string.h>

static const double zepto = 1e-21; /* A per zA */
static const double synapse_growth = 0.95, adaptation_growth = 0.75;
static const double refractory_slack = 1e-6; /* of a step */
static const double most_blocked = 16777215;
static const double nudge = 1e-13; /* of a shadow, relative, a step */

double slow_current(const struct device *device, const struct bias_code *code, enum bias_id bias)
{
    return (double)device_bias_za(device, (int)bias, code[bias]) * zepto;
}

static double bias(const struct slow_neuron *n, enum bias_id id)
{
    return slow_current(n->device, n->code, id);
}

bool slow_latch(const struct slow_neuron *n, enum latch_id latch)
{
    return n->latches >> latch & 1;
}

/* --- integrators --- */

static struct slow_dpi dpi(const struct slow_neuron *n, enum bias_id tau, enum bias_id gain,
                           double capacitance)
{
    const struct device *d = n->device;
    return (struct slow_dpi){.capacitance = capacitance,
                             .itau = bias(n, tau),
                             .igain = bias(n, gain),
                             .pulse = d->vth * d->c_pulse / bias(n, BIAS_SYPD_EXT_N),
                             .growth = synapse_growth,
                             .floor = d->io,
                             .current = d->io};
}

/* Adaptation and calcium: no floor, and a pulse of their own. */
static struct slow_dpi slow_dpi_of_spikes(const struct slow_neuron *n, enum bias_id tau,
                                          enum bias_id gain, double capacitance)
{
    const struct device *d = n->device;
    struct slow_dpi a = dpi(n, tau, gain, capacitance);
    a.pulse = d->vth * d->c_pulse_ahp / bias(n, BIAS_SOAD_PWTAU_N);
    a.growth = adaptation_growth;
    a.floor = a.current = 0;
    return a;
}

static void dpi_step(const struct slow_neuron *n, struct slow_dpi *a, bool event, double iw)
{
    double tau = n->device->ut / n->device->kappa * a->capacitance / a->itau;
    double r = a->growth * a->igain / (a->current + a->igain);
    double i = a->current * exp(-n->dt / tau);
    if (event) {
        double pulled = r * i * (a->pulse / tau) * (iw / a->igain + 1 - i / a->igain);
        double charged = (1 - r) * (1 - exp(-a->pulse / tau)) * (a->igain / a->itau) * iw;
        i = i + pulled + charged;
    }
    a->current = fmax(i, a->floor);
}

void slow_neuron_init(struct slow_neuron *n, const struct device *device,
                      const struct bias_code *code, uint16_t latches, double dt)
{
    memset(n, 0, sizeof *n);
    n->device = device;
    n->code = code;
    n->latches = latches;
    n->dt = dt;
    n->synapse[DENDRITE_AMPA] = dpi(n, BIAS_DEAM_ETAU_P, BIAS_DEAM_EGAIN_P, device->c_ampa);
    n->synapse[DENDRITE_GABA] = dpi(n, BIAS_DEGA_ITAU_P, BIAS_DEGA_IGAIN_P, device->c_gaba);
    n->synapse[DENDRITE_NMDA] = dpi(n, BIAS_DENM_ETAU_P, BIAS_DENM_EGAIN_P, device->c_nmda);
    n->synapse[DENDRITE_SHUNT] = dpi(n, BIAS_DESC_ITAU_P, BIAS_DESC_IGAIN_P, device->c_shunt);
    n->second[DENDRITE_AMPA] = dpi(n, BIAS_DEAM_ITAU_P, BIAS_DEAM_IGAIN_P, device->c_ampa);
    n->second[DENDRITE_NMDA] = dpi(n, BIAS_DENM_ITAU_P, BIAS_DENM_IGAIN_P, device->c_nmda);
    n->adaptation = slow_dpi_of_spikes(n, BIAS_SOAD_TAU_P, BIAS_SOAD_GAIN_P, device->c_ahp);
    n->calcium = slow_dpi_of_spikes(n, BIAS_SOCA_TAU_P, BIAS_SOCA_GAIN_P, device->c_calcium);
    n->gain = 1;
    n->soma = n->shadow = (struct slow_soma){device->io, device->io};
    n->distance = INFINITY;
    n->killed = slow_latch(n, LATCH_soif_kill);
}

static bool has_alpha(const struct slow_neuron *n, enum dendrite dendrite)
{
    return (dendrite == DENDRITE_AMPA && slow_latch(n, LATCH_deam_alpha))
           || (dendrite == DENDRITE_NMDA && slow_latch(n, LATCH_denm_alpha));
}

void slow_synapses(struct slow_neuron *n)
{
    for (unsigned k = 0; k < N_DENDRITES; k++) {
        dpi_step(n, &n->synapse[k], n->event[k], n->iw[k]);
        if (has_alpha(n, k))
            dpi_step(n, &n->second[k], n->event[k], n->iw[k]);
    }
}

double slow_synapse_current(const struct slow_neuron *n, enum dendrite dendrite)
{
    double i = n->synapse[dendrite].current;
    return has_alpha(n, dendrite) ? fmax(i - n->second[dendrite].current, 0) : i;
}

/* --- what the neuron's own spikes do --- */

static bool is_regulated(const struct slow_neuron *n)
{
    return slow_latch(n, LATCH_ho_enable) && slow_latch(n, LATCH_ho_active);
}

static void regulate(struct slow_neuron *n)
{
    double reference = bias(n, BIAS_SOHO_VREF_P), ica = n->calcium.current;
    double tau =
        n->device->ut / n->device->kappa * n->device->c_homeostasis / bias(n, BIAS_SOHO_VH_P);
    double middle = bias(n, BIAS_SOHO_VREF_M_P);
    double least = fmin(bias(n, BIAS_SOHO_VREF_L_P) / middle, 1);
    double most = fmax(bias(n, BIAS_SOHO_VREF_H_P) / middle, 1);
    double log_gain = log(n->gain) + n->dt / tau * (reference - ica) / (reference + ica);
    n->gain = fmin(fmax(exp(log_gain), least), most);
}

void slow_feedback(struct slow_neuron *n)
{
    if (slow_latch(n, LATCH_so_adaptation))
        dpi_step(n, &n->adaptation, n->spiked, bias(n, BIAS_SOAD_W_N));
    dpi_step(n, &n->calcium, n->spiked, bias(n, BIAS_SOCA_W_N));
    if (is_regulated(n))
        regulate(n);
}

/* --- dendrites and membrane --- */

struct dendrites {
    double ampa, gaba, nmda, shunt;
};

static struct dendrites dendrites_of(const struct slow_neuron *n, double imem)
{
    struct dendrites i = {
        slow_synapse_current(n, DENDRITE_AMPA), slow_synapse_current(n, DENDRITE_GABA),
        slow_synapse_current(n, DENDRITE_NMDA), slow_synapse_current(n, DENDRITE_SHUNT)};
    if (slow_latch(n, LATCH_deam_ampa))
        i.ampa = n->diffused;
    if (is_regulated(n) && !slow_latch(n, LATCH_ho_so_de)) {
        i.ampa *= n->gain;
        i.nmda *= n->gain;
    }
    if (slow_latch(n, LATCH_de_conductance)) {
        double ampa = bias(n, BIAS_DEAM_REV_N), nmda = bias(n, BIAS_DENM_REV_N),
               gaba = bias(n, BIAS_DEGA_REV_P);
        i.ampa = i.ampa * ampa / (ampa + imem);
        i.nmda = i.nmda * nmda / (nmda + imem);
        i.gaba = i.gaba * imem / (imem + gaba);
    }
    if (slow_latch(n, LATCH_denm_nmda))
        i.nmda = i.nmda / (1 + bias(n, BIAS_DENM_NMREV_N) / imem);
    return i;
}

static double membrane_slope(const struct slow_neuron *n, struct slow_soma soma)
{
    const struct device *d = n->device;
    struct dendrites i = dendrites_of(n, soma.imem);
    double itau = bias(n, BIAS_SOIF_LEAK_N), igain = bias(n, BIAS_SOIF_GAIN_N);
    double iahp = slow_latch(n, LATCH_so_adaptation) ? n->adaptation.current : 0;
    double idc = slow_latch(n, LATCH_so_dc) ? bias(n, BIAS_SOIF_DC_P) : 0;
    if (is_regulated(n) && slow_latch(n, LATCH_ho_so_de))
        igain *= n->gain;
    double ileak = itau + i.gaba + iahp;
    double iin = fmax(i.nmda + i.ampa - i.shunt + idc - ileak, d->io);
    if (n->blocked > 0)
        iin = d->io;
    double iinf = igain / itau * (iin - ileak);
    double fb = 0;
    if (slow_latch(n, LATCH_soif_type))
        fb = d->io * pow(soma.ipeak / d->io, d->kappa / (d->kappa + 1)) * (soma.imem + igain)
             / ileak;
    return soma.imem * ileak / (d->ut / d->kappa * d->c_mem * (soma.imem + igain))
           * (iinf + fb - soma.imem * (1 + iahp / itau));
}

static struct slow_soma advance(const struct slow_neuron *n, struct slow_soma soma)
{
    double imem = fmax(soma.imem + n->dt * membrane_slope(n, soma), n->device->io);
    return (struct slow_soma){imem, imem};
}

/* The shadow spikes when the neuron does. */
static void advance_both(struct slow_neuron *n)
{
    n->shadow = advance(n, n->shadow);
    n->soma = advance(n, n->soma);
    n->shadow.imem += n->shadow.imem * nudge;
    n->shadow.ipeak = n->shadow.imem;
    n->spread = fmax(n->spread, fabs(n->shadow.imem - n->soma.imem) / n->soma.imem);
}

void slow_membrane(struct slow_neuron *n)
{
    const struct device *d = n->device;
    if (n->spiked)
        n->spread = 0;
    n->spiked = false;
    n->distance = INFINITY;
    if (n->killed)
        return;
    double threshold = bias(n, BIAS_SOIF_SPKTHR_P);
    double t_ref = d->vth * d->c_ref / bias(n, BIAS_SOIF_REFR_N);
    advance_both(n);
    n->distance = fabs(n->soma.imem - threshold) / threshold;
    if (n->blocked > 0)
        n->blocked--;
    if (n->soma.imem > threshold) {
        n->spiked = true;
        n->soma.imem = n->shadow.imem = d->io;
        n->blocked = (uint32_t)fmin(fmax(ceil(t_ref / n->dt - refractory_slack), 0), most_blocked);
    }
}
