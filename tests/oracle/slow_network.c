#include "tests/oracle/slow_network.h"

#include <math.h>
#include <string.h>

/* --- edges --- */

static const struct bias_class *class_of(const struct net *net, const struct bias_plan *plan,
                                         uint32_t neuron)
{
    return &plan->classes.at[bias_class_of_population(plan, net, net->population_of[neuron])];
}

static double weight_of(const struct device *device, const struct bias_code *code, unsigned mask)
{
    double sum = 0;
    for (unsigned bit = 0; bit < NET_SLOTS; bit++)
        if (mask >> bit & 1)
            sum += slow_current(device, code, BIAS_SYAM_W0_P + bit);
    return sum;
}

static uint32_t delay_steps(const struct device *device, const struct bias_code *code,
                            unsigned bits, double dt)
{
    double current = slow_current(device, code, BIAS_SYPD_DLY0_P);
    if (bits & 1)
        current += slow_current(device, code, BIAS_SYPD_DLY1_P);
    if (bits & 2)
        current += slow_current(device, code, BIAS_SYPD_DLY2_P);
    double steps = floor(device->c_delay * device->vth / current / dt + 0.5);
    return (uint32_t)fmin(fmax(steps, 1), UINT32_MAX);
}

static void add_edge(struct slow_network *s, const struct bias_plan *plan, const struct edge *edge)
{
    const struct device *d = s->device;
    const struct bias_class *class = class_of(s->net, plan, edge->target);
    struct slow_edge e = {.source = edge->source, .target = edge->target, .left = 1};
    e.dendrite = s->net->attrs.at[edge->attr].dendrite;
    e.stp = s->net->attrs.at[edge->attr].stp;
    e.weight = weight_of(d, class->code, class->mask[edge->attr]);
    e.steps = delay_steps(d, class->code, class->delay[edge->attr], s->dt);
    e.depress = slow_current(d, class->code, BIAS_SYAM_STDW_N);
    e.recover = d->ut / d->kappa * d->c_std / slow_current(d, class->code, BIAS_SYAW_STDSTR_N);
    for (uint32_t i = 0; i < edge->repeat; i++)
        VEC_PUSH(s->arena, &s->edges, e);
}

void slow_network_init(struct slow_network *s, struct arena *arena, const struct net *net,
                       const struct device *device, const struct bias_plan *plan,
                       const uint32_t *site_of, double dt, uint32_t n_steps)
{
    *s = (struct slow_network){.net = net,
                               .device = device,
                               .site_of = site_of,
                               .dt = dt,
                               .n_steps = n_steps,
                               .arena = arena};
    size_t sources = (size_t)net->n_neurons + net->n_inputs;
    s->sent = ARENA_ARRAY(arena, uint32_t, sources * n_steps);
    s->neuron = ARENA_ARRAY(arena, struct slow_neuron, net->n_neurons);
    for (uint32_t i = 0; i < net->n_neurons; i++)
        slow_neuron_init(&s->neuron[i], device, class_of(net, plan, i)->code, net->latches[i], dt);
    struct edge_iter iter;
    struct edge edge;
    net_edges_start(&iter, net, 0, net->n_neurons);
    while (net_edges_next(&iter, &edge))
        add_edge(s, plan, &edge);
}

/* --- a step --- */

void slow_network_input(struct slow_network *s, uint32_t unit, uint32_t count)
{
    s->sent[((size_t)s->net->n_neurons + unit) * s->n_steps + s->step] += count;
}

/* Events that reach the edge's target in this step. A spike of step k acts in step k + steps, an
 * event of an input one step earlier: it is there when its step begins. */
static uint32_t arriving(const struct slow_network *s, const struct slow_edge *e)
{
    uint32_t ago = e->source < s->net->n_neurons ? e->steps : e->steps - 1;
    return ago > s->step ? 0 : s->sent[(size_t)e->source * s->n_steps + s->step - ago];
}

static void deliver(const struct slow_network *s, struct slow_edge *e)
{
    struct slow_neuron *n = &s->neuron[e->target];
    if (e->stp)
        e->left = 1 - (1 - e->left) * exp(-s->dt / e->recover);
    for (uint32_t i = arriving(s, e); i > 0; i--) {
        n->event[e->dendrite] = true;
        n->iw[e->dendrite] += e->stp ? e->left * e->weight : e->weight;
        if (e->stp)
            e->left = e->left * e->weight / (e->weight + e->depress);
    }
}

void slow_network_step(struct slow_network *s)
{
    uint32_t count = s->net->n_neurons;
    for (uint32_t i = 0; i < count; i++) {
        memset(s->neuron[i].iw, 0, sizeof s->neuron[i].iw);
        memset(s->neuron[i].event, 0, sizeof s->neuron[i].event);
    }
    for (uint32_t i = 0; i < s->edges.n; i++)
        deliver(s, &s->edges.at[i]);
    for (uint32_t i = 0; i < count; i++) {
        slow_synapses(&s->neuron[i]);
        slow_feedback(&s->neuron[i]);
    }
    slow_diffuse(s);
    for (uint32_t i = 0; i < count; i++) {
        slow_membrane(&s->neuron[i]);
        s->sent[(size_t)i * s->n_steps + s->step] = s->neuron[i].spiked;
    }
    s->step++;
}
