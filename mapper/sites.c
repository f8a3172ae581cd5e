#include "mapper/sites.h"

#include <string.h>

/* First share of every unit; shares of a unit follow each other. */
static uint32_t *first_shares(struct arena *arena, const struct problem *problem,
                              const struct packing *packing)
{
    uint32_t *first = ARENA_ARRAY(arena, uint32_t, problem->units.n);
    for (uint32_t i = packing->shares.n; i-- > 0;)
        first[packing->shares.at[i].unit] = i;
    return first;
}

void cores_of_packing(struct arena *arena, const struct problem *problem,
                      const struct packing *packing, uint32_t first_core, uint32_t *core_of)
{
    uint32_t *share_of = first_shares(arena, problem, packing);
    for (uint32_t a = 0; a < problem->atoms.n; a++) {
        const struct atom *atom = &problem->atoms.at[a];
        const struct share *share = &packing->shares.at[share_of[atom->unit]];
        bool split = problem->units.at[atom->unit].size != share->count;
        for (uint32_t i = 0, used = 0; i < atom->count; i++, used++) {
            if (split && used == share->count) {
                share++;
                used = 0;
            }
            core_of[problem->neurons[atom->first + i]] = first_core + share->core;
        }
    }
}

static void settle(struct mapping *mapping, uint32_t neuron, size_t site)
{
    mapping->site_of[neuron] = (uint32_t)site;
    mapping->neuron_at[site] = neuron;
}

static void settle_fixed(const struct net *net, const struct device *device,
                         const struct place *place, struct mapping *mapping)
{
    size_t core = (size_t)place->chip * device->cores_per_chip + place->core;
    size_t next = core * device->neurons_per_core + place->first;
    for (uint32_t v = 0; v < place->views.n; v++) {
        const struct view *view = &place->views.at[v];
        for (uint32_t i = 0; i < view->size; i++)
            settle(mapping, net->populations.at[view->object].first + view_unit(view, i), next++);
    }
}

static void settle_rest(struct arena *arena, const struct net *net, const struct device *device,
                        const uint32_t *core_of, struct mapping *mapping)
{
    uint32_t *next = ARENA_ARRAY(arena, uint32_t, mapping->n_cores);
    for (uint32_t n = 0; n < net->n_neurons; n++) {
        const uint32_t *at = mapping->neuron_at + (size_t)core_of[n] * device->neurons_per_core;
        if (mapping->site_of[n] != NET_NONE)
            continue;
        while (at[next[core_of[n]]] != NET_NONE)
            next[core_of[n]]++;
        settle(mapping, n, (size_t)core_of[n] * device->neurons_per_core + next[core_of[n]]);
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

bool assign_sites(struct arena *arena, const struct net *net, const struct device *device,
                  const struct bias_plan *plan, const uint32_t *core_of, struct settler *settler,
                  struct mapping *mapping)
{
    mapping->n_cores = device_cores(device, net->chips);
    mapping->n_sites = mapping->n_cores * device->neurons_per_core;
    mapping->site_of = ARENA_ARRAY(arena, uint32_t, net->n_neurons);
    mapping->neuron_at = ARENA_ARRAY(arena, uint32_t, mapping->n_sites);
    mapping->class_of_core = ARENA_ARRAY(arena, uint32_t, mapping->n_cores);
    memset(mapping->site_of, 0xFF, net->n_neurons * sizeof *mapping->site_of);
    memset(mapping->neuron_at, 0xFF, mapping->n_sites * sizeof *mapping->neuron_at);
    memset(mapping->class_of_core, 0xFF, mapping->n_cores * sizeof *mapping->class_of_core);
    memset(&mapping->pieces, 0, sizeof mapping->pieces);
    for (uint32_t i = 0; i < net->places.n; i++)
        if (net->places.at[i].kind == PLACE_AT)
            settle_fixed(net, device, &net->places.at[i], mapping);
    if (settler && !settle_neurons(settler, mapping))
        return false;
    if (!settler)
        settle_rest(arena, net, device, core_of, mapping);
    collect_pieces(arena, net, device->neurons_per_core, mapping);
    name_classes(net, plan, mapping);
    return true;
}
