/* What the compiler had to solve: which requests each merged bias set has to serve, and the CAM
 * configuration of each attribute that follows from the codes in the image. */
#include "backend/verify/checks.h"

uint64_t distance(int64_t a, int64_t b)
{
    return a > b ? (uint64_t)a - (uint64_t)b : (uint64_t)b - (uint64_t)a;
}

uint64_t permille(uint64_t off, int64_t request)
{
    const uint64_t most = UINT64_C(1) << 40;
    uint64_t thousand;
    if (request <= 0 || __builtin_mul_overflow(off, 1000, &thousand))
        return most;
    uint64_t e = thousand / (uint64_t)request + (thousand % (uint64_t)request != 0);
    return e < most ? e : most;
}

/* Whether some edge asks for anything that depends on what was solved for others. */
static bool anything_asked(const struct net *net)
{
    for (uint32_t i = 0; i < net->attrs.n; i++)
        if (net->attrs.at[i].weight_kind == WEIGHT_AMPERES
            || net->attrs.at[i].delay_kind != DELAY_OMITTED)
            return true;
    return false;
}

static void ask(struct verify *v, const struct population *population)
{
    struct edge_iter iter;
    struct edge edge;
    double tolerance = v->net->bias_sets.at[population->bias_set].weight_tolerance;
    double *asked = v->groups[v->group_of_set[population->bias_set]].asked;
    net_edges_start(&iter, v->net, population->first, population->first + population->size);
    while (net_edges_next(&iter, &edge))
        if (asked[edge.attr] < 0 || asked[edge.attr] > tolerance)
            asked[edge.attr] = tolerance;
}

void collect_requests(struct verify *v)
{
    for (uint32_t g = 0; g < v->n_groups; g++) {
        v->groups[g].asked = ARENA_ARRAY(v->arena, double, v->net->attrs.n);
        for (uint32_t i = 0; i < v->net->attrs.n; i++)
            v->groups[g].asked[i] = -1;
    }
    for (uint32_t p = 0; p < v->net->populations.n && anything_asked(v->net); p++)
        ask(v, &v->net->populations.at[p]);
}

void resolve_attributes(struct verify *v)
{
    uint32_t n = v->net->attrs.n;
    uint8_t *mask = arena_alloc(v->arena, n, 1), *delay = arena_alloc(v->arena, n, 1);
    for (uint32_t g = 0; g < v->n_groups; g++) {
        resolve_masks(v, &v->groups[g], mask);
        resolve_delays(v, &v->groups[g], delay);
        v->groups[g].config = ARENA_ARRAY(v->arena, uint16_t, n);
        for (uint32_t i = 0; i < n; i++) {
            const struct syn_attr *attr = &v->net->attrs.at[i];
            v->groups[g].config[i] = (uint16_t)layout_config((enum dendrite)attr->dendrite,
                                                             delay[i], attr->stp, mask[i]);
        }
    }
}
