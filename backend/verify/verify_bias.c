/* V7: one bias set per core. V8, first part: every stated current became the nearest code, every
 * other bias holds its documented default. */
#include "backend/verify/checks.h"

#include <string.h>

static const struct bias_request *request_of(const struct verify *v, uint32_t set, uint32_t bias)
{
    return &v->net->bias_sets.at[set].request[v->net_bias[bias]];
}

static struct code code_of(const struct verify *v, const struct bias_request *request,
                           uint32_t bias)
{
    if (request->kind == REQUEST_CURRENT)
        return layout_nearest(v->current[bias], request->za);
    if (request->kind == REQUEST_CODE)
        return (struct code){request->coarse, request->fine};
    return layout_bias(bias)->quiet;
}

static bool same_code(struct code a, struct code b)
{
    return a.coarse == b.coarse && a.fine == b.fine;
}

static int64_t current_of(const struct verify *v, uint32_t bias, struct code code)
{
    return v->current[bias][code.coarse * LAYOUT_FINE + code.fine];
}

/* Equal stated and defaulted codes, the same left to the compiler, and equal stated delays. */
static bool mergeable(const struct verify *v, const struct bias_group *a,
                      const struct bias_group *b)
{
    const struct bias_set *x = &v->net->bias_sets.at[a->set], *y = &v->net->bias_sets.at[b->set];
    for (uint32_t bias = 0; bias < layout.n_biases; bias++)
        if (a->solved[bias] != b->solved[bias] || !same_code(a->code[bias], b->code[bias]))
            return false;
    for (uint32_t i = 0; i < NET_STATED_DELAYS; i++)
        if (x->delay[i].ps != y->delay[i].ps)
            return false;
    return true;
}

static struct bias_group quantised(const struct verify *v, uint32_t set)
{
    struct bias_group group = {.set = set, .core = NET_NONE};
    for (uint32_t bias = 0; bias < layout.n_biases; bias++) {
        const struct bias_request *request = request_of(v, set, bias);
        bool delay = bias - layout.first_delay < layout.n_delays; /* below it wraps */
        group.solved[bias] =
            request->kind == REQUEST_SOLVED || (delay && request->kind == REQUEST_DEFAULT);
        if (!group.solved[bias])
            group.code[bias] = code_of(v, request, bias);
    }
    return group;
}

static uint32_t group_of(struct verify *v, uint32_t set)
{
    struct bias_group own = quantised(v, set);
    for (uint32_t g = 0; g < v->n_groups; g++)
        if (mergeable(v, &v->groups[g], &own))
            return g;
    v->groups[v->n_groups] = own;
    return v->n_groups++;
}

static void cores_of_groups(struct verify *v)
{
    v->group_of_core = ARENA_ARRAY(v->arena, uint32_t, v->image->n_cores);
    for (uint32_t core = 0; core < v->image->n_cores; core++)
        v->group_of_core[core] = NET_NONE;
    for (uint32_t i = 0; i < v->net->n_neurons; i++) {
        uint32_t set = v->net->populations.at[v->net->population_of[i]].bias_set;
        uint32_t core = core_of_site(v->site_of[i]), group = v->group_of_set[set];
        if (v->group_of_core[core] == NET_NONE)
            v->group_of_core[core] = group;
        if (v->groups[group].core > core) /* NET_NONE is the largest */
            v->groups[group].core = core;
    }
}

/* The network numbers its biases by a list of names of its own. */
static void number_biases(struct verify *v)
{
    for (uint32_t bias = 0; bias < layout.n_biases; bias++) {
        uint32_t i = 0;
        while (i < v->net->n_biases && strcmp(v->net->bias_name[i], layout_bias(bias)->name) != 0)
            i++;
        if (i == v->net->n_biases)
            finding(v, V8, DIAG_E0901, span_nowhere(), "the network knows no bias %s",
                    layout_bias(bias)->name);
        v->net_bias[bias] = i;
    }
}

void group_biases(struct verify *v)
{
    const struct net *net = v->net;
    number_biases(v);
    if (v->found[V8])
        return;
    v->current = arena_alloc(v->arena, layout.n_biases, sizeof *v->current);
    for (uint32_t bias = 0; bias < layout.n_biases; bias++)
        layout_currents(bias, v->current[bias]);
    v->groups = ARENA_ARRAY(v->arena, struct bias_group, net->bias_sets.n);
    v->group_of_set = ARENA_ARRAY(v->arena, uint32_t, net->bias_sets.n);
    for (uint32_t set = 0; set < net->bias_sets.n; set++)
        v->group_of_set[set] = NET_NONE;
    for (uint32_t p = 0; p < net->populations.n; p++) {
        uint32_t set = net->populations.at[p].bias_set;
        if (v->group_of_set[set] == NET_NONE)
            v->group_of_set[set] = group_of(v, set);
    }
    cores_of_groups(v);
}

/* --- V7 --- */

/* The core was given the codes of the first set on it; another may share them if they are its own.
 */
static void shares_core(struct verify *v, uint32_t core, const struct population *guest)
{
    const struct bias_group *own = &v->groups[v->group_of_set[guest->bias_set]];
    const struct bias_group *host = &v->groups[v->group_of_core[core]];
    for (uint32_t bias = 0; bias < layout.n_biases && own != host; bias++) {
        struct code held = read_bias(v->image, core, bias);
        bool agreed = !host->solved[bias] && same_code(host->code[bias], own->code[bias]);
        if (own->solved[bias] || agreed || (host->solved[bias] && same_code(held, own->code[bias])))
            continue;
        finding(v, V7, DIAG_E0901, guest->span,
                "%s with `%s` is on chip %u core %u, which holds `%s`: they differ in %s",
                guest->name, v->net->bias_sets.at[guest->bias_set].name, chip_of_core(core),
                core % layout.cores, v->net->bias_sets.at[host->set].name, layout_bias(bias)->name);
        return;
    }
}

/* What was solved for a set is the same on all its cores. */
static void same_solution(struct verify *v, uint32_t core, uint32_t set)
{
    const struct bias_group *group = &v->groups[v->group_of_set[set]];
    for (uint32_t bias = 0; bias < layout.n_biases; bias++) {
        struct code here = read_bias(v->image, core, bias);
        struct code there = read_bias(v->image, group->core, bias);
        if (group->solved[bias] && !same_code(here, there))
            finding(v, V7, DIAG_E0901, span_nowhere(),
                    "%s of `%s` is (%u,%u) on chip %u core %u but (%u,%u) on chip %u core %u",
                    layout_bias(bias)->name, v->net->bias_sets.at[set].name, here.coarse, here.fine,
                    chip_of_core(core), core % layout.cores, there.coarse, there.fine,
                    chip_of_core(group->core), group->core % layout.cores);
    }
}

void check_v7_cores(struct verify *v)
{
    for (uint32_t p = 0; p < v->net->populations.n; p++) {
        const struct read_population *population = &v->image->populations[p];
        for (uint32_t i = 0; i < population->n_pieces; i++) {
            const struct read_piece *piece = &population->pieces[i];
            uint32_t core = piece->chip * layout.cores + piece->core;
            if (piece->count == 0)
                continue;
            shares_core(v, core, &v->net->populations.at[p]);
            same_solution(v, core, v->net->populations.at[p].bias_set);
        }
    }
}

/* --- V8 --- */

static void held_code(struct verify *v, uint32_t core, uint32_t bias)
{
    const struct bias_group *group = &v->groups[v->group_of_core[core]];
    const struct bias_request *request = request_of(v, group->set, bias);
    struct code held = read_bias(v->image, core, bias), need = group->code[bias];
    const char *name = layout_bias(bias)->name, *set = v->net->bias_sets.at[group->set].name;
    if (held.coarse >= LAYOUT_COARSE)
        finding(v, V8, DIAG_E0901, request->span, "%s on chip %u core %u: no code (%u,%u)", name,
                chip_of_core(core), core % layout.cores, held.coarse, held.fine);
    else if (!group->solved[bias] && !same_code(held, need))
        finding(v, V8, DIAG_E0901, request->span,
                "%s of `%s` on chip %u core %u is (%u,%u); %s (%u,%u)", name, set,
                chip_of_core(core), core % layout.cores, held.coarse, held.fine,
                request->kind == REQUEST_CURRENT ? "the nearest code is"
                : request->kind == REQUEST_CODE  ? "stated is"
                                                 : "the default is",
                need.coarse, need.fine);
}

static void within_tolerance(struct verify *v, uint32_t set, uint32_t bias)
{
    const struct bias_request *request = request_of(v, set, bias);
    const struct bias_set *owner = &v->net->bias_sets.at[set];
    if (request->kind != REQUEST_CURRENT)
        return;
    int64_t za = current_of(v, bias, code_of(v, request, bias));
    double off = (double)(za > request->za ? za - request->za : request->za - za);
    if (request->za <= 0 || off / (double)request->za > owner->tolerance)
        finding(v, V8, DIAG_E0901, request->span,
                "%s of `%s`: the nearest code is %.1f %% off, %.1f %% are allowed",
                layout_bias(bias)->name, owner->name, 100 * off / (double)request->za,
                100 * owner->tolerance);
}

void check_v8_codes(struct verify *v)
{
    for (uint32_t core = 0; core < v->image->n_cores; core++)
        for (uint32_t bias = 0; bias < layout.n_biases && v->group_of_core[core] != NET_NONE;
             bias++)
            held_code(v, core, bias);
    for (uint32_t set = 0; set < v->net->bias_sets.n; set++)
        for (uint32_t bias = 0; bias < layout.n_biases && v->group_of_set[set] != NET_NONE; bias++)
            within_tolerance(v, set, bias);
}
