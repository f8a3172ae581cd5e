#include "mapper/sites.h"

#include <string.h>

struct sites {
    struct arena *arena;
    const struct problem *problem;
    struct mapping *mapping;
    uint32_t *next; /* per core: lowest site that may be free, on the core */
};

static void settle(struct sites *s, uint32_t neuron, uint32_t core, uint32_t site)
{
    uint32_t board_site = core * s->problem->neurons_per_core + site;
    s->mapping->site_of[neuron] = board_site;
    s->mapping->neuron_at[board_site] = neuron;
}

static uint32_t first_neuron(const struct problem *problem, const struct atom *atom)
{
    return problem->net->populations.at[atom->population].first + atom->first;
}

static void settle_fixed(struct sites *s, const struct atom *atom, uint32_t core)
{
    for (uint32_t i = 0; i < atom->count; i++)
        settle(s, first_neuron(s->problem, atom) + i, core, atom->site + i);
}

static void settle_next(struct sites *s, uint32_t neuron, uint32_t core)
{
    const uint32_t *at = s->mapping->neuron_at + (size_t)core * s->problem->neurons_per_core;
    while (at[s->next[core]] != NET_NONE)
        s->next[core]++;
    settle(s, neuron, core, s->next[core]);
}

/* First share of every unit; shares of a unit follow each other. */
static uint32_t *first_shares(struct arena *arena, const struct problem *problem,
                              const struct packing *packing)
{
    uint32_t *first = ARENA_ARRAY(arena, uint32_t, problem->units.n);
    for (uint32_t i = packing->shares.n; i-- > 0;)
        first[packing->shares.at[i].unit] = i;
    return first;
}

static void settle_all(struct sites *s, const struct packing *packing, bool fixed)
{
    const struct problem *problem = s->problem;
    uint32_t *share_of = first_shares(s->arena, problem, packing);
    for (uint32_t a = 0; a < problem->atoms.n; a++) {
        const struct atom *atom = &problem->atoms.at[a];
        const struct share *share = &packing->shares.at[share_of[atom->unit]];
        if (fixed != (atom->site != NET_NONE))
            continue;
        if (fixed) {
            settle_fixed(s, atom, share->core);
            continue;
        }
        bool split = problem->units.at[atom->unit].size != share->count;
        for (uint32_t i = 0, used = 0; i < atom->count; i++, used++) {
            if (split && used == share->count) {
                share++;
                used = 0;
            }
            settle_next(s, first_neuron(problem, atom) + i, share->core);
        }
    }
}

static void collect_pieces(struct arena *arena, const struct net *net, uint32_t neurons_per_core,
                           struct mapping *mapping)
{
    for (uint32_t p = 0; p < net->populations.n; p++) {
        const struct population *population = &net->populations.at[p];
        for (uint32_t i = 0; i < population->size; i++) {
            uint32_t site = mapping->site_of[population->first + i];
            struct piece *last = i > 0 ? &mapping->pieces.at[mapping->pieces.n - 1] : NULL;
            if (last && site % neurons_per_core != 0
                && site == last->core * neurons_per_core + last->neuron + last->count)
                last->count++;
            else
                VEC_PUSH(arena, &mapping->pieces,
                         (struct piece){p, i, 1, site / neurons_per_core, site % neurons_per_core});
        }
    }
}

static void name_classes(const struct net *net, const struct bias_plan *plan,
                         struct mapping *mapping)
{
    for (uint32_t i = 0; i < mapping->pieces.n; i++) {
        const struct piece *piece = &mapping->pieces.at[i];
        uint32_t class = bias_class_of_population(plan, net, piece->population);
        uint32_t *core = &mapping->class_of_core[piece->core];
        *core = class < *core ? class : *core;
    }
}

void assign_sites(struct arena *arena, const struct problem *problem, const struct bias_plan *plan,
                  const struct packing *packing, struct mapping *mapping)
{
    const struct net *net = problem->net;
    mapping->n_cores = problem->n_cores;
    mapping->n_sites = problem->n_cores * problem->neurons_per_core;
    mapping->site_of = ARENA_ARRAY(arena, uint32_t, net->n_neurons);
    mapping->neuron_at = ARENA_ARRAY(arena, uint32_t, mapping->n_sites);
    mapping->class_of_core = ARENA_ARRAY(arena, uint32_t, mapping->n_cores);
    memset(mapping->neuron_at, 0xFF, mapping->n_sites * sizeof *mapping->neuron_at);
    memset(mapping->class_of_core, 0xFF, mapping->n_cores * sizeof *mapping->class_of_core);
    memset(&mapping->pieces, 0, sizeof mapping->pieces);
    struct sites s = {arena, problem, mapping, NULL};
    s.next = ARENA_ARRAY(arena, uint32_t, problem->n_cores);
    settle_all(&s, packing, true);
    settle_all(&s, packing, false);
    collect_pieces(arena, net, problem->neurons_per_core, mapping);
    name_classes(net, plan, mapping);
}
