#include "runtime/scales.h"

#include "runtime/circuits.h"
#include "runtime/route.h"

#include <math.h>

struct sim_scales scales_none(void)
{
    const struct scale none = {INFINITY, ""};
    return (struct sim_scales){none, none, none};
}

static void note(struct scale *scale, double seconds, const char *circuit)
{
    if (seconds < scale->seconds)
        *scale = (struct scale){seconds, circuit};
}

/* --- synapses --- */

/* Types a neuron has a synapse of, as bits; and what the words themselves bring. */
static unsigned note_words(struct sim_scales *scales, const struct image *image,
                           const struct neuron *neuron, size_t site)
{
    const struct device *device = image->device;
    unsigned types = 0;
    for (uint32_t k = 0; k < device->cam_words; k++) {
        uint32_t word = image->cam[site * device->cam_words + k];
        if (!field_get(device, FIELD_cam_weight, word))
            continue;
        for (int type = 0; type < N_SYNAPSE_TYPES; type++)
            if (route_listens(image, word, type))
                types |= 1u << type;
        note(&scales->delay, circuits_delay(image, site, word), "delay");
        if (field_get(device, FIELD_cam_stp, word))
            note(&scales->tau, neuron_tau_std(neuron), "stp");
    }
    return types;
}

unsigned scales_note(struct sim_scales *scales, const struct image *image,
                     const struct neuron *neuron, size_t site)
{
    static const char *const type_name[N_SYNAPSE_TYPES] = {"ampa", "gaba", "nmda", "shunt"};
    static const char *const alpha_name[N_ALPHAS] = {"alpha_ampa", "alpha_nmda"};
    unsigned types = note_words(scales, image, neuron, site);
    struct scale *tau = &scales->tau;
    note(tau, neuron_tau_mem(neuron), "membrane");
    for (int type = 0; type < N_SYNAPSE_TYPES; type++)
        if (types >> type & 1)
            note(tau, neuron_tau_syn(neuron, type), type_name[type]);
    if (neuron->adaptation)
        note(tau, neuron_tau_ahp(neuron), "adaptation");
    for (int k = 0; k < N_ALPHAS; k++) /* of the types 0 and 2 */
        if (types >> 2 * k & neuron->circuits >> k & 1)
            note(tau, neuron_tau_alpha(neuron, k), alpha_name[k]);
    if (neuron->circuits & CIRCUIT_CALCIUM)
        note(tau, neuron_tau_calcium(neuron), "calcium");
    if (neuron->circuits & CIRCUITS_GAIN)
        note(tau, neuron_tau_gain(neuron), "homeostasis");
    note(&scales->refractory, neuron_refractory(neuron), "refractory time");
    return types;
}

/* --- the step --- */

static const double longest = 1e-3;
static const double slack = 1e-9; /* quotients of decimal numbers */

static double round_down(double seconds)
{
    static const uint64_t steps[] = {5, 2, 1};
    double best = 1e-12;
    for (uint64_t power = UINT64_C(1000000000); power; power /= 10) /* ps */
        for (int i = 0; i < 3; i++) {
            double step = (double)(steps[i] * power) / 1e12;
            if (step <= seconds * (1 + slack))
                return step;
        }
    return best;
}

double scales_step(const struct sim_scales *scales, double most, const struct scale **why)
{
    const struct scale *const lasting[] = {&scales->refractory, &scales->delay};
    double bound = longest < most ? longest : most, fine = scales->tau.seconds / 10;
    *why = NULL;
    if (fine < bound) {
        bound = fine;
        *why = &scales->tau;
    }
    double resolved = bound / 10;
    for (int i = 0; i < 2; i++)
        if (lasting[i]->seconds < bound && lasting[i]->seconds >= resolved) {
            bound = lasting[i]->seconds;
            *why = lasting[i];
        }
    return round_down(bound);
}
