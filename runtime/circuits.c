#include "runtime/circuits.h"

#include <math.h>

static double bias_current(const struct image *image, size_t site, enum bias_id bias)
{
    size_t core = site / image->device->neurons_per_core;
    struct bias_code code = image->bias[core * N_BIASES + bias];
    return (double)device_bias_za(image->device, (int)bias, code) * 1e-21;
}

static bool latch(const struct image *image, size_t site, enum latch_id which)
{
    return image->latch[site] >> which & 1;
}

unsigned circuits_of(const struct image *image, size_t site)
{
    const bool regulated =
        latch(image, site, LATCH_ho_enable) && latch(image, site, LATCH_ho_active);
    unsigned circuits = latch(image, site, LATCH_deam_alpha) ? CIRCUIT_ALPHA_AMPA : 0;
    circuits |= latch(image, site, LATCH_denm_alpha) ? CIRCUIT_ALPHA_NMDA : 0;
    circuits |= latch(image, site, LATCH_de_conductance) ? CIRCUIT_CONDUCTANCE : 0;
    circuits |= latch(image, site, LATCH_deam_ampa) ? CIRCUIT_DIFFUSION : 0;
    if (regulated)
        circuits |=
            CIRCUIT_CALCIUM
            | (latch(image, site, LATCH_ho_so_de) ? CIRCUIT_SOMA_GAIN : CIRCUIT_DENDRITE_GAIN);
    return circuits;
}

struct neuron circuits_neuron(const struct image *image, size_t site)
{
    static const struct {
        enum quantity quantity;
        enum bias_id bias;
    } row[] = {
        {Q_I_DC, BIAS_SOIF_DC_P},
        {Q_I_NMDA, BIAS_DENM_NMREV_N},
        {Q_I_LEAK, BIAS_SOIF_LEAK_N},
        {Q_I_GAIN, BIAS_SOIF_GAIN_N},
        {Q_I_THRESHOLD, BIAS_SOIF_SPKTHR_P},
        {Q_I_REFRACTORY, BIAS_SOIF_REFR_N},
        {Q_I_PULSE, BIAS_SYPD_EXT_N},
        {Q_I_SYN_TAU + 0, BIAS_DEAM_ETAU_P},
        {Q_I_SYN_TAU + 1, BIAS_DEGA_ITAU_P},
        {Q_I_SYN_TAU + 2, BIAS_DENM_ETAU_P},
        {Q_I_SYN_TAU + 3, BIAS_DESC_ITAU_P},
        {Q_I_SYN_GAIN + 0, BIAS_DEAM_EGAIN_P},
        {Q_I_SYN_GAIN + 1, BIAS_DEGA_IGAIN_P},
        {Q_I_SYN_GAIN + 2, BIAS_DENM_EGAIN_P},
        {Q_I_SYN_GAIN + 3, BIAS_DESC_IGAIN_P},
        {Q_I_AHP_PULSE, BIAS_SOAD_PWTAU_N},
        {Q_I_AHP_TAU, BIAS_SOAD_TAU_P},
        {Q_I_AHP_GAIN, BIAS_SOAD_GAIN_P},
        {Q_I_AHP_WEIGHT, BIAS_SOAD_W_N},
        {Q_I_STD_WEIGHT, BIAS_SYAM_STDW_N},
        {Q_I_STD_STRENGTH, BIAS_SYAW_STDSTR_N},
        {Q_I_ALPHA_TAU + 0, BIAS_DEAM_ITAU_P},
        {Q_I_ALPHA_TAU + 1, BIAS_DENM_ITAU_P},
        {Q_I_ALPHA_GAIN + 0, BIAS_DEAM_IGAIN_P},
        {Q_I_ALPHA_GAIN + 1, BIAS_DENM_IGAIN_P},
        {Q_I_REVERSAL + 0, BIAS_DEAM_REV_N},
        {Q_I_REVERSAL + 1, BIAS_DEGA_REV_P},
        {Q_I_REVERSAL + 2, BIAS_DENM_REV_N},
        {Q_I_VERTICAL, BIAS_DEAM_VRES_P},
        {Q_I_HORIZONTAL, BIAS_DEAM_HRES_P},
        {Q_I_TO_NEURON, BIAS_DEAM_NRES_P},
        {Q_I_CA_TAU, BIAS_SOCA_TAU_P},
        {Q_I_CA_GAIN, BIAS_SOCA_GAIN_P},
        {Q_I_CA_WEIGHT, BIAS_SOCA_W_N},
        {Q_I_HO_TARGET, BIAS_SOHO_VREF_P},
        {Q_I_HO_HOLD, BIAS_SOHO_VH_P},
        {Q_I_HO_LOW, BIAS_SOHO_VREF_L_P},
        {Q_I_HO_MIDDLE, BIAS_SOHO_VREF_M_P},
        {Q_I_HO_HIGH, BIAS_SOHO_VREF_H_P},
    };
    const struct device *device = image->device;
    struct neuron neuron = {
        .q = {[Q_C_MEM] = device->c_mem,
              [Q_C_SYN] = device->c_ampa,
              [Q_C_SYN + 1] = device->c_gaba,
              [Q_C_SYN + 2] = device->c_nmda,
              [Q_C_SYN + 3] = device->c_shunt,
              [Q_C_AHP] = device->c_ahp,
              [Q_C_PULSE] = device->c_pulse,
              [Q_C_AHP_PULSE] = device->c_pulse_ahp,
              [Q_C_REFRACTORY] = device->c_ref,
              [Q_KAPPA] = device->kappa,
              [Q_UT] = device->ut,
              [Q_VTH] = device->vth,
              [Q_IO] = device->io,
              [Q_C_STD] = device->c_std,
              [Q_C_ALPHA] = device->c_ampa,
              [Q_C_ALPHA + 1] = device->c_nmda,
              [Q_C_CA] = device->c_calcium,
              [Q_C_HO] = device->c_homeostasis},
        .dc = latch(image, site, LATCH_so_dc),
        .adaptation = latch(image, site, LATCH_so_adaptation),
        .nmda_gate = latch(image, site, LATCH_denm_nmda),
        .exponential = latch(image, site, LATCH_soif_type),
        .alive = !latch(image, site, LATCH_soif_kill),
        .circuits = circuits_of(image, site),
    };
    for (size_t i = 0; i < sizeof row / sizeof row[0]; i++)
        neuron.q[row[i].quantity] = bias_current(image, site, row[i].bias);
    return neuron;
}

void circuits_weights(const struct image *image, uint32_t core, double weight[4])
{
    size_t site = (size_t)core * image->device->neurons_per_core;
    for (int slot = 0; slot < 4; slot++)
        weight[slot] = bias_current(image, site, (enum bias_id)(BIAS_SYAM_W0_P + slot));
}

double circuits_delay(const struct image *image, size_t site, uint32_t cam_word)
{
    const struct device *device = image->device;
    double current = bias_current(image, site, BIAS_SYPD_DLY0_P);
    if (field_get(device, FIELD_cam_precise, cam_word))
        current += bias_current(image, site, BIAS_SYPD_DLY1_P);
    if (field_get(device, FIELD_cam_mismatched, cam_word))
        current += bias_current(image, site, BIAS_SYPD_DLY2_P);
    return device->c_delay * device->vth / current;
}

uint32_t circuits_delay_steps(const struct image *image, size_t site, uint32_t cam_word, double dt)
{
    double steps = floor(circuits_delay(image, site, cam_word) / dt + 0.5);
    if (!(steps < 0x1p30)) /* beyond any memory: refused as too long */
        return 1u << 30;
    return steps > 1 ? (uint32_t)steps : 1;
}

const char *circuits_unit_name(struct arena *arena, const char *name, uint32_t n_dims,
                               const uint32_t *dims, uint32_t index)
{
    if (n_dims < 2)
        return arena_printf(arena, "%s[%u]", name, index);
    if (n_dims == 2)
        return arena_printf(arena, "%s[%u, %u]", name, index / dims[1], index % dims[1]);
    return arena_printf(arena, "%s[%u, %u, %u]", name, index / dims[1] / dims[2],
                        index / dims[2] % dims[1], index % dims[2]);
}

/* --- what is not modelled --- */

struct search {
    struct arena *arena;
    const struct image *image;
};

/* Nothing public says what these do. */
static const char *latch_circuit(const struct image *image, size_t site)
{
    if (latch(image, site, LATCH_de_mux))
        return "the dendrite multiplexer (latch de_mux), whose working is not public,";
    if (latch(image, site, LATCH_coho_ca_mem) && circuits_of(image, site) & CIRCUITS_GAIN)
        return "homeostasis with latch coho_ca_mem, whose sense is not public,";
    return NULL;
}

static const char *piece_circuit(const struct search *s, const struct image_population *population,
                                 const struct image_piece *piece)
{
    size_t first = image_site(s->image, piece->chip, piece->core, piece->neuron);
    for (uint32_t i = 0; i < piece->count; i++) {
        const char *found = latch_circuit(s->image, first + i);
        if (found)
            return arena_printf(s->arena, "%s of `%s`", found,
                                circuits_unit_name(s->arena, population->name, population->n_dims,
                                                   population->dims, piece->first + i));
    }
    return NULL;
}

const char *circuits_unsupported(struct arena *arena, const struct image *image)
{
    const struct search s = {arena, image};
    const char *found = NULL;
    for (uint32_t p = 0; !found && p < image->populations.n; p++) {
        const struct image_population *population = &image->populations.at[p];
        for (uint32_t i = 0; !found && i < population->pieces.n; i++)
            found = piece_circuit(&s, population, &population->pieces.at[i]);
    }
    return found;
}

/* --- the longest delay --- */

static double site_delay(const struct image *image, size_t site)
{
    double longest = 0;
    for (uint32_t k = 0; k < image->device->cam_words; k++) {
        uint32_t word = image->cam[site * image->device->cam_words + k];
        if (field_get(image->device, FIELD_cam_weight, word)
            && field_get(image->device, FIELD_cam_dendrite, word))
            longest = fmax(longest, circuits_delay(image, site, word));
    }
    return longest;
}

const char *circuits_longest_delay(struct arena *arena, const struct image *image)
{
    double longest = 0;
    const char *where = "";
    for (uint32_t p = 0; p < image->populations.n; p++) {
        const struct image_population *population = &image->populations.at[p];
        for (uint32_t i = 0; i < population->pieces.n; i++) {
            const struct image_piece *piece = &population->pieces.at[i];
            size_t first = image_site(image, piece->chip, piece->core, piece->neuron);
            for (uint32_t k = 0; k < piece->count; k++) {
                double delay = site_delay(image, first + k);
                if (!(delay > longest))
                    continue;
                longest = delay;
                where = circuits_unit_name(arena, population->name, population->n_dims,
                                           population->dims, piece->first + k);
            }
        }
    }
    return arena_printf(arena, "a synaptic delay of %.4g s of `%s`", longest, where);
}
