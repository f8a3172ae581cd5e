#include "compiler/net.h"

#include <string.h>

const char *const dendrite_name[N_DENDRITES] = {"ampa", "gaba", "nmda", "shunt"};
const char *const probe_name[N_PROBE_KINDS] = {"spikes",       "membrane",     "ampa_current",
                                               "gaba_current", "nmda_current", "shunt_current",
                                               "adaptation",   "calcium"};
const char *const slot_pinned_name[NET_SLOTS] = {"w0", "w1", "w2", "w3"};

/* Whether consecutive units are consecutive in the object. */
static bool is_dense(const struct view *view)
{
    uint32_t stride = 1;
    for (uint32_t d = view->dims.n; d-- > 0; stride *= view->dims.size[d])
        if (view->stride[d] != stride)
            return false;
    return true;
}

uint32_t view_unit(const struct view *view, uint32_t i)
{
    uint32_t unit = view->base;
    if (is_dense(view))
        return unit + i;
    for (uint32_t d = view->dims.n; d-- > 0;) {
        unit += i % view->dims.size[d] * view->stride[d];
        i /= view->dims.size[d];
    }
    return unit;
}

/* Dimensions are nested boxes with strides that shrink inwards, so the position is read off
 * greedily. */
uint32_t view_position(const struct view *view, uint32_t unit)
{
    if (unit < view->base)
        return NET_NONE;
    uint32_t rest = unit - view->base, position = 0;
    for (uint32_t d = 0; d < view->dims.n; d++) {
        uint32_t inner = 0; /* largest offset the inner dimensions can add */
        for (uint32_t e = d + 1; e < view->dims.n; e++)
            inner += (view->dims.size[e] - 1) * view->stride[e];
        uint32_t i = rest / view->stride[d];
        if (i >= view->dims.size[d])
            i = view->dims.size[d] - 1;
        rest -= i * view->stride[d];
        if (rest > inner)
            return NET_NONE;
        position = position * view->dims.size[d] + i;
    }
    return rest == 0 ? position : NET_NONE;
}

bool net_bias_inherits(const struct net *net, uint32_t set, uint32_t ancestor)
{
    for (; set != NET_NONE; set = net->bias_sets.at[set].parent)
        if (set == ancestor)
            return true;
    return false;
}

uint32_t net_input_of(const struct net *net, uint32_t source)
{
    uint32_t unit = source - net->n_neurons, lo = 0, hi = net->inputs.n;
    while (hi - lo > 1) {
        uint32_t mid = lo + (hi - lo) / 2;
        if (net->inputs.at[mid].first <= unit)
            lo = mid;
        else
            hi = mid;
    }
    return lo;
}

void net_source_unit(const struct net *net, uint32_t source, enum unit_kind *kind, uint32_t *object,
                     uint32_t *index)
{
    if (source < net->n_neurons) {
        *kind = UNIT_NEURON;
        *object = net->population_of[source];
        *index = source - net->populations.at[*object].first;
        return;
    }
    *kind = UNIT_INPUT;
    *object = net_input_of(net, source);
    *index = source - net->n_neurons - net->inputs.at[*object].first;
}

char *net_source_name(struct arena *arena, const struct net *net, uint32_t source)
{
    enum unit_kind kind;
    uint32_t object, index, at[NET_MAX_DIMS];
    net_source_unit(net, source, &kind, &object, &index);
    bool neuron = kind == UNIT_NEURON;
    const struct dims *dims =
        neuron ? &net->populations.at[object].dims : &net->inputs.at[object].dims;
    const char *name = neuron ? net->populations.at[object].name : net->inputs.at[object].name;
    for (uint32_t d = dims->n; d-- > 0;) {
        at[d] = index % dims->size[d];
        index /= dims->size[d];
    }
    if (dims->n == 3)
        return arena_printf(arena, "%s[%u, %u, %u]", name, at[0], at[1], at[2]);
    if (dims->n == 2)
        return arena_printf(arena, "%s[%u, %u]", name, at[0], at[1]);
    return arena_printf(arena, "%s[%u]", name, at[0]);
}

bool view_equal(const struct view *a, const struct view *b)
{
    if (a->kind != b->kind || a->object != b->object || a->base != b->base
        || a->dims.n != b->dims.n)
        return false;
    for (uint32_t d = 0; d < a->dims.n; d++)
        if (a->dims.size[d] != b->dims.size[d] || a->stride[d] != b->stride[d])
            return false;
    return true;
}

bool defects_word_good(const struct defects *defects, uint32_t core, uint32_t neuron, uint32_t word,
                       uint32_t tag)
{
    size_t at = ((size_t)core * defects->neurons + neuron) * defects->words + word;
    unsigned half = tag >= defects->tags / NET_TAG_HALVES;
    return !(defects->bad_word[at] & 1u << half);
}

bool defects_tag_good(const struct defects *defects, uint32_t core, uint32_t tag)
{
    return !defects->bad_tag[(size_t)core * defects->tags + tag];
}

static void index_terms(struct arena *arena, struct net *net)
{
    uint32_t n = net->populations.n, total = 0;
    net->first_term_of = ARENA_ARRAY(arena, uint32_t, (size_t)n + 1);
    uint32_t *fill = ARENA_ARRAY(arena, uint32_t, n);
    for (uint32_t t = 0; t < net->terms.n; t++)
        net->first_term_of[net->projections.at[net->terms.at[t].projection].post.object + 1]++;
    for (uint32_t p = 0; p < n; p++) {
        total += net->first_term_of[p + 1];
        net->first_term_of[p + 1] = total;
        fill[p] = net->first_term_of[p];
    }
    net->terms_of = ARENA_ARRAY(arena, uint32_t, total);
    for (uint32_t t = 0; t < net->terms.n; t++)
        net->terms_of[fill[net->projections.at[net->terms.at[t].projection].post.object]++] = t;
}

void net_finish(struct arena *arena, struct net *net)
{
    net->population_of = ARENA_ARRAY(arena, uint32_t, net->n_neurons);
    net->probed = ARENA_ARRAY(arena, uint8_t, net->n_neurons);
    for (uint32_t p = 0; p < net->populations.n; p++)
        for (uint32_t i = 0; i < net->populations.at[p].size; i++)
            net->population_of[net->populations.at[p].first + i] = p;
    for (uint32_t i = 0; i < net->probes.n; i++) {
        const struct probe *probe = &net->probes.at[i];
        if (probe->kind != PROBE_SPIKES || probe->view.kind != UNIT_NEURON)
            continue;
        uint32_t first = net->populations.at[probe->view.object].first;
        for (uint32_t j = 0; j < probe->view.size; j++)
            net->probed[first + view_unit(&probe->view, j)] = 1;
    }
    index_terms(arena, net);
    net_set_rates(arena, net, NULL);
}

static double rate_of(const struct net *net, const double *hz, uint32_t neuron)
{
    const struct population *population = &net->populations.at[net->population_of[neuron]];
    if (hz && hz[neuron] >= 0)
        return hz[neuron];
    return population->has_rate ? population->rate_hz : -1;
}

void net_set_rates(struct arena *arena, struct net *net, const double *hz)
{
    double largest = 0;
    net->rate_weight = NULL;
    for (uint32_t n = 0; n < net->n_neurons; n++) {
        double rate = rate_of(net, hz, n);
        largest = rate > largest ? rate : largest;
    }
    if (!(largest > 0))
        return;
    net->rate_weight = ARENA_ARRAY(arena, uint32_t, net->n_neurons);
    for (uint32_t n = 0; n < net->n_neurons; n++) {
        double rate = rate_of(net, hz, n);
        net->rate_weight[n] = rate < 0 ? (uint32_t)NET_RATE_SCALE
                                       : (uint32_t)(NET_RATE_SCALE * (rate / largest) + 0.5);
    }
}
