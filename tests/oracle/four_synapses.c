/* Reference cases of the four-synapse model, run by the simulator's own kernel in its compat form.
 */
#include "tests/oracle/oracle_case.h"

#include "runtime/compat_math.h"
#include "runtime/table.h"

#include <math.h>
#include <string.h>

struct four {
    const struct oracle_case *of;
    struct table *table;
    double *x, *rec; /* arriving currents [neuron][type], A */
    double *uk, *io; /* Ut / kappa, Io */
};

struct param_row {
    const char *name;
    enum quantity quantity;
    double otherwise;
};
static const struct param_row param_row[] = {
    {"Idc", Q_I_DC, 5e-13},
    {"If_nmda", Q_I_NMDA, 5e-13},
    {"Itau_mem", Q_I_LEAK, 5.31914894e-12},
    {"Igain_mem", Q_I_GAIN, 2.12765957e-11},
    {"Ispkthr", Q_I_THRESHOLD, 1e-7},
    {"Iref", Q_I_REFRACTORY, 1.05e-9},
    {"Ipulse", Q_I_PULSE, 3.5e-8},
    {"Itau_ampa", Q_I_SYN_TAU + 0, 8.68794326e-11},
    {"Itau_gaba", Q_I_SYN_TAU + 1, 8.86524823e-11},
    {"Itau_nmda", Q_I_SYN_TAU + 2, 8.86524823e-11},
    {"Itau_shunt", Q_I_SYN_TAU + 3, 8.68794326e-11},
    {"Igain_ampa", Q_I_SYN_GAIN + 0, 8.68794326e-9},
    {"Igain_gaba", Q_I_SYN_GAIN + 1, 8.86524823e-9},
    {"Igain_nmda", Q_I_SYN_GAIN + 2, 8.86524823e-9},
    {"Igain_shunt", Q_I_SYN_GAIN + 3, 8.68794326e-9},
    {"Ipulse_ahp", Q_I_AHP_PULSE, 3.5e-7},
    {"Itau_ahp", Q_I_AHP_TAU, 2.83687943e-11},
    {"Igain_ahp", Q_I_AHP_GAIN, 2.83687943e-11},
    {"Iw_ahp", Q_I_AHP_WEIGHT, 5e-13},
    {"C_mem", Q_C_MEM, 3e-12},
    {"C_ampa", Q_C_SYN + 0, 24.5e-12},
    {"C_gaba", Q_C_SYN + 1, 25e-12},
    {"C_nmda", Q_C_SYN + 2, 25e-12},
    {"C_shunt", Q_C_SYN + 3, 24.5e-12},
    {"C_ahp", Q_C_AHP, 40e-12},
    {"C_pulse", Q_C_PULSE, 0.5e-12},
    {"C_pulse_ahp", Q_C_AHP_PULSE, 0.5e-12},
    {"C_ref", Q_C_REFRACTORY, 1.5e-12},
    {"Ut", Q_UT, 25e-3},
    {"Vth", Q_VTH, 0.7},
    {"Io", Q_IO, 5e-13},
};

/* Input of the step. Without weights channel i is neuron i's AMPA synapse, or, with four channels
 * per neuron, channel 4 i + k its synapse of type k. */
static void gather_input(const struct four *m, const struct case_event *input, uint32_t n_input)
{
    const struct oracle_case *of = m->of;
    size_t n = (size_t)of->n_neuron * N_SYNAPSE_TYPES;
    for (uint32_t e = 0; e < n_input; e++) {
        size_t channel = input[e].index;
        size_t direct = of->n_channel == n ? channel : channel * N_SYNAPSE_TYPES;
        if (!of->w_in && direct < n)
            m->x[direct] += input[e].value;
        for (size_t i = 0; of->w_in && i < n; i++)
            m->x[i] += input[e].value * of->w_in[channel * n + i];
    }
}

static void gather_recurrent(const struct four *m)
{
    size_t n = (size_t)m->of->n_neuron * N_SYNAPSE_TYPES;
    uint32_t n_spikes;
    const uint32_t *spike = table_spikes(m->table, 0, &n_spikes);
    for (uint32_t k = 0; m->of->w_rec && k < n_spikes; k++) {
        double count = table_spike_count(m->table, spike[k]);
        for (size_t i = 0; i < n; i++)
            m->rec[i] += m->of->w_rec[spike[k] * n + i] * count;
    }
}

static void four_advance(void *model, const struct case_event *input, uint32_t n_input)
{
    struct four *m = model;
    size_t n = (size_t)m->of->n_neuron * N_SYNAPSE_TYPES;
    memset(m->x, 0, n * sizeof *m->x);
    memset(m->rec, 0, n * sizeof *m->rec);
    gather_input(m, input, n_input);
    gather_recurrent(m);
    for (uint32_t i = 0; i < n; i++)
        table_drive(m->table, i / N_SYNAPSE_TYPES, (int)(i % N_SYNAPSE_TYPES), m->x[i] + m->rec[i]);
    table_run(m->table, 1);
}

static double four_spikes(void *model, uint32_t neuron)
{
    return table_spike_count(((struct four *)model)->table, neuron);
}

static double four_state(void *model, uint32_t neuron, enum case_state state)
{
    const struct four *m = model;
    static const enum kernel_state kernel_state[N_CASE_STATES] = {
        [CASE_IAHP] = S_AHP,      [CASE_IAMPA] = S_SYN,      [CASE_IGABA] = S_SYN + 1,
        [CASE_INMDA] = S_SYN + 2, [CASE_ISHUNT] = S_SYN + 3, [CASE_IMEM] = S_MEMBRANE,
        [CASE_VMEM] = S_PEAK,
    };
    if (state == CASE_ISYN)
        return NAN;
    double value = table_state(m->table, neuron, kernel_state[state]);
    return state == CASE_VMEM ? m->uk[neuron] * compat_log(value / m->io[neuron]) : value;
}

static void set_neurons(struct arena *arena, struct four *m, uint32_t padded)
{
    const double *column[sizeof param_row / sizeof param_row[0]];
    const double *kappa_n = case_param(arena, m->of, "kappa_n", 0.75);
    const double *kappa_p = case_param(arena, m->of, "kappa_p", 0.66);
    for (size_t p = 0; p < sizeof param_row / sizeof param_row[0]; p++)
        column[p] = case_param(arena, m->of, param_row[p].name, param_row[p].otherwise);
    for (uint32_t i = 0; i < padded; i++) {
        uint32_t k = i < m->of->n_neuron ? i : 0;
        struct neuron neuron = {.alive = i < m->of->n_neuron};
        for (size_t p = 0; p < sizeof param_row / sizeof param_row[0]; p++)
            neuron.q[param_row[p].quantity] = column[p][k];
        neuron.q[Q_KAPPA] = (kappa_n[k] + kappa_p[k]) / 2;
        table_neuron(m->table, i, &neuron);
        if (i < m->of->n_neuron) {
            m->uk[i] = neuron.q[Q_UT] / neuron.q[Q_KAPPA];
            m->io[i] = neuron.q[Q_IO];
        }
    }
}

struct case_runner four_synapses_new(struct arena *arena, const struct oracle_case *of,
                                     bool use_double)
{
    struct four *m = ARENA_NEW(arena, struct four);
    uint32_t padded = (of->n_neuron + KERNEL_LANES - 1) / KERNEL_LANES * KERNEL_LANES;
    struct table_config config = {
        .dt = of->dt, .use_double = use_double, .compat = true, .n_tiles = 1, .stride = padded};
    m->of = of;
    m->table = table_new(arena, &config);
    m->x = ARENA_ARRAY(arena, double, (size_t)of->n_neuron *N_SYNAPSE_TYPES);
    m->rec = ARENA_ARRAY(arena, double, (size_t)of->n_neuron *N_SYNAPSE_TYPES);
    m->uk = ARENA_ARRAY(arena, double, of->n_neuron);
    m->io = ARENA_ARRAY(arena, double, of->n_neuron);
    set_neurons(arena, m, padded);
    return (struct case_runner){m, four_advance, four_spikes, four_state};
}
