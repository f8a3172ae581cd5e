#include "mapper/share_budget.h"

#include <string.h>

static void list_uses(struct share_budget *b, struct arena *arena)
{
    const struct sharing *sharing = b->sharing;
    b->first_use = ARENA_ARRAY(arena, uint32_t, (size_t)sharing->groups.n + 1);
    b->uses = ARENA_ARRAY(arena, struct group_use, sharing->class_words.n);
    uint32_t *fill = ARENA_ARRAY(arena, uint32_t, (size_t)sharing->groups.n + 1);
    for (uint32_t i = 0; i < sharing->class_words.n; i++)
        fill[sharing->classes.at[sharing->class_words.at[i].class].group + 1]++;
    for (uint32_t g = 0; g < sharing->groups.n; g++) {
        fill[g + 1] += fill[g];
        b->first_use[g + 1] = fill[g + 1];
    }
    for (uint32_t n = 0; n < b->net->n_neurons; n++)
        for (uint64_t i = sharing->first_class_words[n]; i < sharing->first_class_words[n + 1];
             i++) {
            const struct class_words *own = &sharing->class_words.at[i];
            uint32_t group = sharing->classes.at[own->class].group;
            uint32_t others = sharing->groups.at[group].n_members - 1;
            b->uses[fill[group]++] = (struct group_use){n, own->words};
            b->group_edges[group] += own->words;
            b->saved[group] += (uint64_t)others * own->words;
        }
}

static bool taken_before(const struct share_budget *b, uint32_t x, uint32_t y)
{
    const struct share_group *g = &b->sharing->groups.at[x], *h = &b->sharing->groups.at[y];
    if (b->saved[x] != b->saved[y])
        return b->saved[x] > b->saved[y];
    if (g->first_term != h->first_term)
        return g->first_term < h->first_term;
    uint32_t s = b->sharing->members.at[g->first_member],
             t = b->sharing->members.at[h->first_member];
    return s != t ? s < t : x < y;
}

static void order_groups(struct share_budget *b, struct arena *arena)
{
    uint32_t n = b->sharing->groups.n, *scratch = ARENA_ARRAY(arena, uint32_t, n);
    for (uint32_t g = 0; g < n; g++)
        b->order[g] = g;
    for (uint32_t width = 1; width < n; width *= 2) {
        for (uint32_t lo = 0; lo < n; lo += 2 * width) {
            uint32_t mid = lo + width < n ? lo + width : n;
            uint32_t hi = lo + 2 * width < n ? lo + 2 * width : n;
            for (uint32_t i = lo, j = mid, k = lo; k < hi; k++)
                scratch[k] = i < mid && (j == hi || taken_before(b, b->order[i], b->order[j]))
                                 ? b->order[i++]
                                 : b->order[j++];
        }
        memcpy(b->order, scratch, n * sizeof *scratch);
    }
}

static void count_edges(struct share_budget *b, struct arena *arena)
{
    struct edge_vec row = {NULL, 0, 0};
    for (uint32_t n = 0; n < b->net->n_neurons; n++) {
        row_read(arena, b->net, n, &row);
        for (uint32_t e = 0; e < row.n; e++)
            b->edges[row.at[e].source] += row.at[e].repeat;
    }
    for (uint32_t g = 0; g < b->sharing->groups.n; g++) {
        const struct share_group *group = &b->sharing->groups.at[g];
        for (uint32_t i = 0; i < group->n_members; i++)
            b->open_edges[b->sharing->members.at[group->first_member + i]] += b->group_edges[g];
    }
}

void share_budget_init(struct share_budget *budget, struct arena *arena, const struct net *net,
                       const struct device *device, const struct sharing *sharing)
{
    uint32_t n_sources = net_n_sources(net);
    *budget = (struct share_budget){.net = net,
                                    .sharing = sharing,
                                    .cam_words = device->cam_words,
                                    .sram_words = device->sram_words};
    budget->order = ARENA_ARRAY(arena, uint32_t, sharing->groups.n);
    budget->saved = ARENA_ARRAY(arena, uint64_t, sharing->groups.n);
    budget->group_edges = ARENA_ARRAY(arena, uint32_t, sharing->groups.n);
    budget->words = ARENA_ARRAY(arena, uint32_t, net->n_neurons);
    budget->least = ARENA_ARRAY(arena, uint32_t, net->n_neurons);
    budget->edges = ARENA_ARRAY(arena, uint32_t, n_sources);
    budget->carried_edges = ARENA_ARRAY(arena, uint32_t, n_sources);
    budget->open_edges = ARENA_ARRAY(arena, uint32_t, n_sources);
    budget->shared = ARENA_ARRAY(arena, uint32_t, n_sources);
    list_uses(budget, arena);
    order_groups(budget, arena);
    count_edges(budget, arena);
    for (uint32_t n = 0; n < net->n_neurons; n++) {
        budget->words[n] = sharing->unshared[n];
        budget->least[n] = sharing_least_words(sharing, n);
    }
}

static void change(struct share_budget *b, uint32_t group, bool share, uint32_t sign)
{
    const struct share_group *g = &b->sharing->groups.at[group];
    uint32_t others = g->n_members - 1;
    for (uint32_t i = b->first_use[group]; i < b->first_use[group + 1]; i++) {
        uint32_t saving = others * b->uses[i].words;
        if (share)
            b->words[b->uses[i].neuron] -= sign * saving;
        else
            b->least[b->uses[i].neuron] += sign * saving;
    }
    for (uint32_t i = 0; i < g->n_members; i++) {
        uint32_t source = b->sharing->members.at[g->first_member + i];
        b->open_edges[source] -= sign * b->group_edges[group];
        b->shared[source] += share ? sign : 0;
        b->carried_edges[source] += share ? sign * b->group_edges[group] : 0;
    }
}

void share_budget_set(struct share_budget *budget, uint32_t group, bool share)
{
    change(budget, group, share, 1);
}

void share_budget_unset(struct share_budget *budget, uint32_t group, bool share)
{
    change(budget, group, share, UINT32_MAX);
}

uint32_t share_sram_words(const struct share_budget *budget, uint32_t source, bool open)
{
    uint32_t carried = budget->carried_edges[source] + (open ? budget->open_edges[source] : 0);
    if (source >= budget->net->n_neurons)
        return 0;
    return budget->shared[source] + (carried < budget->edges[source])
           + (budget->net->probed[source] != 0);
}

bool share_members_fit(const struct share_budget *budget, uint32_t group, bool open)
{
    const struct share_group *g = &budget->sharing->groups.at[group];
    for (uint32_t i = 0; i < g->n_members; i++)
        if (share_sram_words(budget, budget->sharing->members.at[g->first_member + i], open)
            > budget->sram_words)
            return false;
    return true;
}

bool share_needed(const struct share_budget *budget, uint32_t group)
{
    for (uint32_t i = budget->first_use[group]; i < budget->first_use[group + 1]; i++)
        if (budget->words[budget->uses[i].neuron] > budget->cam_words)
            return true;
    return false;
}

bool share_hopeless(const struct share_budget *budget, uint32_t group)
{
    for (uint32_t i = budget->first_use[group]; i < budget->first_use[group + 1]; i++)
        if (budget->least[budget->uses[i].neuron] > budget->cam_words)
            return true;
    return false;
}
