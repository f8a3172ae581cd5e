/* What a bias set states without effect, and what the network uses without a statement. */
#include "backend/bias_parts.h"

#include "compiler/base/text.h"

/* What the populations of one set switch on and receive. */
struct set_use {
    uint32_t populations;
    uint32_t example;        /* first population */
    uint16_t latches;        /* of any neuron */
    uint16_t family_latches; /* of any neuron of this set or one that inherits from it */
    uint32_t family;         /* populations of this set or one that inherits from it */
    uint64_t edges[N_DENDRITES];
};

static struct set_use *uses_of(struct arena *arena, const struct net *net)
{
    struct set_use *uses = ARENA_ARRAY(arena, struct set_use, net->bias_sets.n);
    for (uint32_t p = net->populations.n; p-- > 0;) {
        const struct population *population = &net->populations.at[p];
        struct set_use *use = &uses[population->bias_set];
        use->populations++;
        use->example = p;
        for (uint32_t i = 0; i < population->size; i++)
            use->latches |= net->latches[population->first + i];
        for (uint32_t t = net->first_term_of[p]; t < net->first_term_of[p + 1]; t++) {
            const struct term *term = &net->terms.at[net->terms_of[t]];
            use->edges[term->dendrite] += term->n_edges;
        }
    }
    for (uint32_t s = 0; s < net->bias_sets.n; s++)
        for (uint32_t a = s; a != NET_NONE; a = net->bias_sets.at[a].parent) {
            uses[a].family += uses[s].populations;
            uses[a].family_latches |= uses[s].latches;
        }
    return uses;
}

/* --- W0714 --- */

struct circuit {
    const char *name;
    int tau, gain;
    const char *tau_name, *gain_name;
};
static const struct circuit synapse_circuit[N_DENDRITES] = {
    [DENDRITE_AMPA] = {"AMPA", BIAS_DEAM_ETAU_P, BIAS_DEAM_EGAIN_P, "ampa.tau", "ampa.gain"},
    [DENDRITE_GABA] = {"GABA", BIAS_DEGA_ITAU_P, BIAS_DEGA_IGAIN_P, "gaba.tau", "gaba.gain"},
    [DENDRITE_NMDA] = {"NMDA", BIAS_DENM_ETAU_P, BIAS_DENM_EGAIN_P, "nmda.tau", "nmda.gain"},
    [DENDRITE_SHUNT] = {"SHUNT", BIAS_DESC_ITAU_P, BIAS_DESC_IGAIN_P, "shunt.tau", "shunt.gain"},
};
static const struct circuit latched_circuit[] = {
    {"adaptation", BIAS_SOAD_TAU_P, BIAS_SOAD_GAIN_P, "adaptation.tau", "adaptation.gain"},
    {"AMPA alpha", BIAS_DEAM_ITAU_P, BIAS_DEAM_IGAIN_P, "DEAM_ITAU_P", "DEAM_IGAIN_P"},
    {"NMDA alpha", BIAS_DENM_ITAU_P, BIAS_DENM_IGAIN_P, "DENM_ITAU_P", "DENM_IGAIN_P"},
    {"calcium", BIAS_SOCA_TAU_P, BIAS_SOCA_GAIN_P, "SOCA_TAU_P", "SOCA_GAIN_P"},
};
static const uint16_t circuit_latch[] = {1u << LATCH_so_adaptation, 1u << LATCH_deam_alpha,
                                         1u << LATCH_denm_alpha, 1u << LATCH_ho_enable};
enum { N_LATCHED = sizeof latched_circuit / sizeof latched_circuit[0] };

static bool quiet(const struct device *device, const struct bias_set *set, int bias)
{
    struct bias_code code = device->bias[bias].def;
    bool off = code.coarse == 0 && code.fine == 0;
    bool drained = code.coarse == device->max_coarse && code.fine == device->max_fine;
    return set->request[bias].kind == REQUEST_DEFAULT && (off || drained);
}

static void list_quiet(struct text *names, const struct device *device, const struct bias_set *set,
                       const struct circuit *circuit)
{
    const int bias[] = {circuit->tau, circuit->gain};
    const char *const name[] = {circuit->tau_name, circuit->gain_name};
    for (int i = 0; i < 2; i++)
        if (quiet(device, set, bias[i]))
            text_add(names, "%s%s = dac(%u, %u)", names->n ? ", " : "", name[i],
                     device->bias[bias[i]].def.coarse, device->bias[bias[i]].def.fine);
}

static void note_circuit(struct diag_sink *sink, struct diag *diag, const struct set_use *use,
                         const struct net *net, int dendrite)
{
    diag_note(sink, diag, span_nowhere(), "%llu %s synapse%s reach %s",
              (unsigned long long)use->edges[dendrite], dendrite_name[dendrite],
              use->edges[dendrite] == 1 ? "" : "s", net->populations.at[use->example].name);
}

static void warn_quiet(struct arena *arena, const struct net *net, const struct device *device,
                       struct diag_sink *sink, uint32_t number, const struct set_use *use)
{
    const struct bias_set *set = &net->bias_sets.at[number];
    struct text names;
    text_init(&names, arena);
    size_t start[N_DENDRITES];
    for (int d = 0; d < N_DENDRITES; d++) {
        start[d] = names.n;
        if (use->edges[d])
            list_quiet(&names, device, set, &synapse_circuit[d]);
        start[d] = names.n - start[d];
    }
    for (int l = 0; l < N_LATCHED; l++)
        if (use->latches & circuit_latch[l])
            list_quiet(&names, device, set, &latched_circuit[l]);
    if (!names.n)
        return;
    struct diag *diag =
        diag_add(sink, DIAG_W0714, set->span,
                 "`%s` uses circuits that stand at their quiet defaults: %s", set->name, names.at);
    for (int d = 0; d < N_DENDRITES; d++)
        if (start[d])
            note_circuit(sink, diag, use, net, d);
    diag_help(sink, diag, span_nowhere(), NULL, "state them in `%s`, or their currents stay off",
              set->name);
}

/* --- W0713 --- */

struct latched_bias {
    int bias;
    int latch;
    const char *attribute;
};
static const struct latched_bias latched_bias[] = {
    {BIAS_SOIF_DC_P, LATCH_so_dc, "dc"},
    {BIAS_SOAD_TAU_P, LATCH_so_adaptation, "adaptation"},
    {BIAS_SOAD_GAIN_P, LATCH_so_adaptation, "adaptation"},
    {BIAS_SOAD_W_N, LATCH_so_adaptation, "adaptation"},

    {BIAS_SOAD_PWTAU_N, LATCH_so_adaptation, "adaptation"},
    {BIAS_SOAD_CASC_P, LATCH_so_adaptation, "adaptation"},
};
enum { N_LATCHED_BIASES = sizeof latched_bias / sizeof latched_bias[0] };

static bool stated_here(const struct net *net, const struct bias_set *set, int bias)
{
    return set->request[bias].kind != REQUEST_DEFAULT && !bias_inherited(net, set, bias);
}

/* The pulse of the adaptation charges the calcium too. */
static bool pulse_of_calcium(const struct net *net, const struct set_use *use)
{
    if (use->family_latches >> LATCH_ho_enable & 1)
        return true;
    for (uint32_t i = 0; i < net->probes.n; i++)
        if (net->probes.at[i].kind == PROBE_CALCIUM)
            return true;
    return false;
}

static void warn_no_latch(const struct net *net, struct diag_sink *sink, uint32_t number,
                          const struct set_use *use)
{
    const struct bias_set *set = &net->bias_sets.at[number];
    int told = -1;
    for (int i = 0; i < N_LATCHED_BIASES; i++) {
        const struct latched_bias *row = &latched_bias[i];
        if (row->latch == told || (use->family_latches >> row->latch & 1)
            || !stated_here(net, set, row->bias)
            || (row->bias == BIAS_SOAD_PWTAU_N && pulse_of_calcium(net, use)))
            continue;
        told = row->latch;
        struct diag *diag = diag_add(sink, DIAG_W0713, set->request[row->bias].span,
                                     "%s of `%s` has no effect: no neuron has `%s = on`",
                                     bias_attribute(net, &set->request[row->bias], row->bias),
                                     set->name, row->attribute);
        diag_help(sink, diag, span_nowhere(), NULL, "add `%s = on` to a population of `%s`",
                  row->attribute, set->name);
    }
}

struct synaptic_latch {
    int latch;
    enum dendrite dendrite;
};
static const struct synaptic_latch synaptic_latch[] = {
    {LATCH_denm_nmda, DENDRITE_NMDA},
    {LATCH_denm_alpha, DENDRITE_NMDA},
    {LATCH_deam_alpha, DENDRITE_AMPA}, /* ampa_diffusion brings current from neighbours */
};
enum { N_SYNAPTIC_LATCHES = sizeof synaptic_latch / sizeof synaptic_latch[0] };

static void warn_no_synapse(const struct net *net, const struct device *device,
                            struct diag_sink *sink, uint32_t p)
{
    const struct population *population = &net->populations.at[p];
    uint64_t edges[N_DENDRITES] = {0};
    uint16_t latches = 0;
    for (uint32_t i = 0; i < population->size; i++)
        latches |= net->latches[population->first + i];
    for (uint32_t t = net->first_term_of[p]; t < net->first_term_of[p + 1]; t++)
        edges[net->terms.at[net->terms_of[t]].dendrite] += net->terms.at[net->terms_of[t]].n_edges;
    for (int i = 0; i < N_SYNAPTIC_LATCHES; i++) {
        const struct synaptic_latch *row = &synaptic_latch[i];
        if ((latches >> row->latch & 1) && !edges[row->dendrite])
            diag_add(sink, DIAG_W0713, population->span,
                     "attribute %s has no effect: no %s synapse reaches %s",
                     device->latch[row->latch].attribute, dendrite_name[row->dendrite],
                     population->name);
    }
}

/* --- N0813 --- */

static void note_threshold(const struct net *net, const struct device *device,
                           struct diag_sink *sink, const struct population *population)
{
    const struct bias_set *set = &net->bias_sets.at[population->bias_set];
    if (set->request[BIAS_SOIF_SPKTHR_P].kind != REQUEST_DEFAULT)
        return;
    uint32_t threshold = 0;
    for (uint32_t i = 0; i < population->size; i++)
        threshold += !(net->latches[population->first + i] >> LATCH_soif_type & 1);
    if (!threshold)
        return;
    struct bias_code code = device->bias[BIAS_SOIF_SPKTHR_P].def;
    struct diag *diag = diag_add(sink, DIAG_N0813, population->span,
                                 "%s may never fire: `%s` leaves spike.threshold at its default",
                                 population->name, set->name);
    diag_note(sink, diag, set->span,
              "the default is dac(%u, %u); neurons with `model = threshold` have no feedback that "
              "carries them there",
              code.coarse, code.fine);
}

void bias_warn(struct arena *arena, const struct net *net, const struct device *device,
               struct diag_sink *sink)
{
    const struct set_use *uses = uses_of(arena, net);
    for (uint32_t s = 0; s < net->bias_sets.n; s++) {
        if (uses[s].populations)
            warn_quiet(arena, net, device, sink, s, &uses[s]);
        if (uses[s].family)
            warn_no_latch(net, sink, s, &uses[s]);
    }
    for (uint32_t p = 0; p < net->populations.n; p++) {
        warn_no_synapse(net, device, sink, p);
        note_threshold(net, device, sink, &net->populations.at[p]);
    }
}
