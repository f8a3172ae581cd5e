/* The first composition where no rule holds anything: neurons to cores by what axons tie together,
 * class by class, then cores to chips by halving the board.
 *
 * Pieces of large populations are clustered into as many groups of at most a core as counting asks
 * for. Two pieces of a class are tied by axons between them, and by those of a third that both are
 * tied to. What does not come out even is split.
 */
#include "mapper/bisect.h"
#include "mapper/cluster.h"
#include "mapper/compose.h"

#include <stdlib.h>
#include <string.h>

enum { PIECES_PER_CORE = 8, MOST_TIES = 300 };

struct former {
    struct compose *c;
    struct arena *arena;
    struct blocks pieces;
    uint32_t piece_size, *in_order; /* pieces, by where they begin among the neurons */
    struct graph graph;             /* of pieces, by axons */
    uint64_t *degree;               /* per piece */
    uint32_t *core;                 /* per piece: number of its core; NET_NONE: none yet */
    uint32_t *room;                 /* per number of a core */
    uint32_t *first_core;           /* per class + 1: numbers of cores */
    uint32_t *core_of;              /* per neuron: number of its core */
    uint32_t n_cores;
};

/* --- whether it can be done ---------------------------------------------------------------------
 */

static bool is_free(const struct compose *c, uint32_t block)
{
    const struct unit *unit = compose_unit(c, block);
    const struct unit_rule *rule = compose_rule(c, block);
    const struct block *own = &c->blocks.all.at[block];
    return c->core_of[block] == NET_NONE && rule->chip == NET_NONE && rule->family == NET_NONE
           && rule->n_sides == 0 && unit->n_sides == 0
           && unit->cores == (1u << c->device->cores_per_chip) - 1
           && (c->near || (!own->probed && !own->hears_host));
}

static uint32_t class_of(const struct former *f, uint32_t piece)
{
    return f->c->problem->units.at[f->pieces.all.at[piece].unit].class;
}

/* Cores by counting, class by class; false: more than there are, or no more than those of `chips`,
 * or something is not free. */
static bool count_cores(struct former *f, uint32_t chips)
{
    const struct compose *c = f->c;
    uint32_t n = c->problem->n_classes, *size = ARENA_ARRAY(f->arena, uint32_t, n);
    f->first_core = ARENA_ARRAY(f->arena, uint32_t, (size_t)n + 1);
    if (c->problem->capacity == 0)
        return false;
    for (uint32_t b = 0; b < c->blocks.all.n; b++) {
        if (!is_free(c, b))
            return false;
        size[compose_unit(c, b)->class] += c->blocks.all.at[b].size;
    }
    for (uint32_t k = 0; k < n; k++)
        f->first_core[k + 1] =
            f->first_core[k] + (size[k] + c->problem->capacity - 1) / c->problem->capacity;
    f->n_cores = f->first_core[n];
    return f->n_cores <= c->n_cores && f->n_cores > chips * c->device->cores_per_chip;
}

/* --- pieces -------------------------------------------------------------------------------------
 */

static void cut_pieces(struct former *f)
{
    const struct compose *c = f->c;
    uint32_t n = c->net->n_neurons, all = c->blocks.all.n, size = c->problem->capacity;
    f->pieces = c->blocks;
    f->pieces.all = (struct block_vec){0};
    f->pieces.axons = (struct axon_vec){0};
    f->pieces.targets = f->pieces.target_kinds = (struct index_vec){0};
    f->pieces.block_of = ARENA_ARRAY(f->arena, uint32_t, n);
    memcpy(f->pieces.block_of, c->blocks.block_of, n * sizeof *f->pieces.block_of);
    for (uint32_t b = 0; b < all; b++)
        VEC_PUSH(f->arena, &f->pieces.all, c->blocks.all.at[b]);
    f->piece_size = size / PIECES_PER_CORE ? size / PIECES_PER_CORE : 1;
    for (uint32_t b = 0; b < all; b++)
        while (f->pieces.all.at[b].splittable && c->blocks.all.at[b].size > size
               && f->pieces.all.at[b].size > f->piece_size)
            blocks_split(&f->pieces, f->arena, b, f->piece_size);
    f->in_order = ARENA_ARRAY(f->arena, uint32_t, f->pieces.all.n);
    for (uint32_t i = 0, p = 0; i < n; i += f->pieces.all.at[f->in_order[p++]].size)
        f->in_order[p] = f->pieces.block_of[f->pieces.neurons[i]];
    blocks_find_axons(&f->pieces, f->arena);
}

/* --- clusters of a class ------------------------------------------------------------------------
 */

struct cluster {
    struct former *f;
    struct arena *arena;
    uint32_t class;
    struct index_vec members; /* pieces */
    uint32_t *number;         /* per piece: its place among the members */
    uint64_t *tie;            /* per member */
    struct index_vec met;     /* members with a tie */
    struct graph graph;
};

static void add_tie(struct cluster *k, uint32_t piece, uint64_t tie)
{
    uint32_t at = k->number[piece];
    if (tie == 0)
        return;
    if (k->tie[at] == 0)
        VEC_PUSH(k->arena, &k->met, at);
    k->tie[at] += tie;
}

/* Sums the ties of a piece to others of its class, direct ones and those over a third. */
static void find_ties(struct cluster *k, uint32_t piece)
{
    const struct graph *g = &k->f->graph;
    for (uint64_t e = g->first[piece]; e < g->first[piece + 1]; e++) {
        uint32_t third = g->to[e];
        uint64_t tie = g->weight[e];
        if (class_of(k->f, third) == k->class)
            add_tie(k, third, tie);
        if (g->first[third + 1] - g->first[third] > MOST_TIES)
            continue;
        for (uint64_t i = g->first[third]; i < g->first[third + 1]; i++)
            if (g->to[i] != piece && class_of(k->f, g->to[i]) == k->class)
                add_tie(k, g->to[i], tie * g->weight[i] / k->f->degree[third]);
    }
}

static void build_graph(struct cluster *k)
{
    uint32_t n = k->members.n, *size = ARENA_ARRAY(k->arena, uint32_t, n);
    uint64_t *first = ARENA_ARRAY(k->arena, uint64_t, (size_t)n + 1);
    struct index_vec to = {0}, weight = {0};
    k->tie = ARENA_ARRAY(k->arena, uint64_t, n);
    for (uint32_t i = 0; i < n; i++) {
        size[i] = k->f->pieces.all.at[k->members.at[i]].size;
        find_ties(k, k->members.at[i]);
        for (uint32_t m = 0; m < k->met.n; m++) {
            uint64_t tie = k->tie[k->met.at[m]];
            VEC_PUSH(k->arena, &to, k->met.at[m]);
            VEC_PUSH(k->arena, &weight, tie < UINT32_MAX / 4 ? (uint32_t)tie : UINT32_MAX / 4);
            k->tie[k->met.at[m]] = 0;
        }
        k->met.n = 0;
        first[i + 1] = to.n;
    }
    k->graph = (struct graph){n, first, to.at, weight.at, size};
}

static void give_core(struct former *f, uint32_t piece, uint32_t core)
{
    const struct block *own = &f->pieces.all.at[piece];
    f->core[piece] = core;
    f->room[core] -= own->size;
    for (uint32_t i = own->first; i < own->first + own->size; i++)
        f->core_of[f->pieces.neurons[i]] = core;
}

/* --- pieces that stay together ------------------------------------------------------------------
 * Neurons of a population that stand side by side are likely to belong together, and pieces of 1/2,
 * 1/4 .. of a core from its first neuron on are likely to be what its author thinks in.
 */

struct joining {
    struct graph graph;
    uint32_t *unit, *at; /* per vertex; at: its place in the unit, in pieces of its size */
    uint32_t *group;     /* per member: its vertex */
};

static uint64_t strongest(const struct graph *graph, uint32_t vertex)
{
    uint64_t most = 0;
    for (uint64_t e = graph->first[vertex]; e < graph->first[vertex + 1]; e++)
        most = graph_weight(graph, e) > most ? graph_weight(graph, e) : most;
    return most;
}

static uint64_t tie_between(const struct graph *graph, uint32_t a, uint32_t b)
{
    for (uint64_t e = graph->first[a]; e < graph->first[a + 1]; e++)
        if (graph->to[e] == b)
            return graph_weight(graph, e);
    return 0;
}

/* Two halves of the next larger piece, neither with a tie elsewhere that is twice as strong. */
static bool are_halves(const struct joining *j, uint32_t a, uint32_t b, uint32_t limit)
{
    if (b >= j->graph.n || j->unit[a] != j->unit[b] || j->at[a] == NET_NONE || j->at[a] % 2
        || j->at[b] != j->at[a] + 1 || graph_size(&j->graph, a) + graph_size(&j->graph, b) > limit)
        return false;
    uint64_t tie = 2 * tie_between(&j->graph, a, b);
    return tie >= strongest(&j->graph, a) && tie >= strongest(&j->graph, b);
}

/* Joins halves once; false: there were none. */
static bool join_halves(struct arena *arena, struct joining *j, uint32_t n_members, uint32_t limit)
{
    uint32_t n = 0, *group = ARENA_ARRAY(arena, uint32_t, j->graph.n);
    for (uint32_t v = 0; v < j->graph.n; v++) {
        bool halves = are_halves(j, v, v + 1, limit);
        j->unit[n] = j->unit[v];
        j->at[n] = halves ? j->at[v] / 2 : NET_NONE;
        group[v] = n;
        if (halves)
            group[++v] = n;
        n++;
    }
    if (n == j->graph.n)
        return false;
    struct graph coarse;
    graph_contract(arena, &j->graph, group, n, &coarse);
    j->graph = coarse;
    for (uint32_t i = 0; i < n_members; i++)
        j->group[i] = group[j->group[i]];
    return true;
}

static void join_pieces(const struct cluster *k, struct joining *j)
{
    const struct former *f = k->f;
    uint32_t n = k->members.n;
    *j = (struct joining){.graph = k->graph};
    j->unit = ARENA_ARRAY(k->arena, uint32_t, n);
    j->at = ARENA_ARRAY(k->arena, uint32_t, n);
    j->group = ARENA_ARRAY(k->arena, uint32_t, n);
    for (uint32_t i = 0; i < n; i++) {
        const struct block *own = &f->pieces.all.at[k->members.at[i]];
        j->unit[i] = own->unit;
        j->at[i] = (own->first - f->c->blocks.all.at[own->unit].first) / f->piece_size;
        j->group[i] = i;
    }
    while (join_halves(k->arena, j, n, f->c->problem->capacity))
        continue;
}

static void cluster_class(struct former *f, uint32_t class, uint32_t *number)
{
    struct arena *scratch = arena_scratch(f->arena);
    struct cluster k = {.f = f, .arena = scratch, .class = class, .number = number};
    struct joining j;
    for (uint32_t i = 0; i < f->pieces.all.n; i++) {
        uint32_t p = f->in_order[i];
        if (class_of(f, p) != class)
            continue;
        number[p] = k.members.n;
        VEC_PUSH(scratch, &k.members, p);
    }
    build_graph(&k);
    join_pieces(&k, &j);
    uint32_t *part = ARENA_ARRAY(scratch, uint32_t, j.graph.n);
    cluster_graph(scratch, &j.graph, f->first_core[class + 1] - f->first_core[class],
                  f->c->problem->capacity, f->c->observer, part);
    for (uint32_t i = 0; i < k.members.n; i++)
        if (part[j.group[i]] != (uint32_t)NO_PART)
            give_core(f, k.members.at[i], f->first_core[class] + part[j.group[i]]);
    arena_scratch_end(scratch);
}

/* --- what is left -------------------------------------------------------------------------------
 */

/* The core of a class with room that a piece is tied to most closely, or with most room. */
static uint32_t open_core(const struct former *f, uint32_t piece, uint64_t *tie)
{
    const struct graph *g = &f->graph;
    uint32_t class = class_of(f, piece), best = f->first_core[class];
    for (uint64_t e = g->first[piece]; e < g->first[piece + 1]; e++)
        if (f->core[g->to[e]] != NET_NONE)
            tie[f->core[g->to[e]]] += g->weight[e];
    for (uint32_t core = best; core < f->first_core[class + 1]; core++)
        if (f->room[core]
            && (!f->room[best] || tie[core] > tie[best]
                || (tie[core] == tie[best] && f->room[core] > f->room[best])))
            best = core;
    for (uint64_t e = g->first[piece]; e < g->first[piece + 1]; e++)
        if (f->core[g->to[e]] != NET_NONE)
            tie[f->core[g->to[e]]] = 0;
    return best;
}

static bool place_rest(struct former *f)
{
    uint64_t *tie = ARENA_ARRAY(f->arena, uint64_t, f->n_cores);
    for (uint32_t p = 0; p < f->pieces.all.n; p++) {
        const struct block *own = &f->pieces.all.at[p];
        for (uint32_t done = 0; f->core[p] == NET_NONE && done < own->size;) {
            uint32_t core = open_core(f, p, tie), n = own->size - done;
            if (f->room[core] < n && !own->splittable)
                return false;
            n = n < f->room[core] ? n : f->room[core];
            for (uint32_t i = 0; i < n; i++)
                f->core_of[f->pieces.neurons[own->first + done++]] = core;
            f->room[core] -= n;
        }
    }
    return true;
}

/* --- to the board -------------------------------------------------------------------------------
 */

/* Splits a block by the cores of its neurons; core[] is per block. */
static void split_by_core(struct former *f, uint32_t block, struct index_vec *core)
{
    struct compose *c = f->c;
    const struct block *own = &c->blocks.all.at[block];
    uint32_t *neurons = &c->blocks.neurons[own->first], n = own->size;
    uint32_t *sorted = ARENA_ARRAY(f->arena, uint32_t, n), *count = f->room;
    uint32_t class = compose_unit(c, block)->class, from = f->first_core[class],
             to = f->first_core[class + 1], at = 0, last = NET_NONE;
    for (uint32_t i = 0; i < n; i++)
        count[f->core_of[neurons[i]]]++;
    for (uint32_t k = from; k < to; k++) {
        uint32_t own_count = count[k];
        count[k] = at;
        at += own_count;
    }
    for (uint32_t i = 0; i < n; i++)
        sorted[count[f->core_of[neurons[i]]]++] = neurons[i];
    memcpy(neurons, sorted, n * sizeof *neurons);
    for (uint32_t i = 0; i < n; i++)
        last = f->core_of[neurons[i]];
    for (uint32_t k = from, begin = 0; k < to; k++) {
        uint32_t size = count[k] - begin;
        begin = count[k];
        count[k] = 0;
        if (size == 0 || k == last)
            continue;
        compose_split(c, block, size);
        VEC_PUSH(c->arena, core, k);
    }
    core->at[block] = last;
}

/* Sites near the corner where the host's events enter. */
static uint32_t *choose_sites(const struct former *f, uint32_t n)
{
    const struct net *net = f->c->net;
    uint32_t *sites = ARENA_ARRAY(f->arena, uint32_t, n), m = 0;
    for (uint32_t ring = 0; m < n; ring++)
        for (uint32_t site = 0; site < net->chips && m < n; site++) {
            uint32_t x = site % net->grid_w, y = site / net->grid_w;
            if ((x > y ? x : y) == ring)
                sites[m++] = site;
        }
    return sites;
}

static void put_on_board(struct former *f)
{
    struct compose *c = f->c;
    uint32_t per_chip = c->device->cores_per_chip, n = c->blocks.all.n;
    uint32_t chips = (f->n_cores + per_chip - 1) / per_chip;
    struct index_vec core = {0};
    struct hyper hyper;
    memset(f->room, 0, f->n_cores * sizeof *f->room);
    for (uint32_t b = 0; b < n; b++)
        VEC_PUSH(c->arena, &core, 0);
    for (uint32_t b = 0; b < n; b++)
        split_by_core(f, b, &core);
    blocks_find_axons(&c->blocks, c->arena);
    hyper_build(f->arena, &c->blocks, core.at, chips * per_chip, &hyper);
    uint32_t *site_of = ARENA_ARRAY(f->arena, uint32_t, hyper.n);
    uint32_t *next = ARENA_ARRAY(f->arena, uint32_t, c->net->chips);
    uint32_t *board_core = ARENA_ARRAY(f->arena, uint32_t, hyper.n);
    bisect_place(f->arena, &hyper, choose_sites(f, chips), chips, c->net->grid_w, per_chip,
                 c->observer, site_of);
    for (uint32_t v = 0; v < hyper.n; v++)
        board_core[v] = site_of[v] * per_chip + next[site_of[v]]++;
    for (uint32_t b = 0; b < c->blocks.all.n; b++)
        compose_put(c, b, board_core[core.at[b]]);
}

bool compose_cores(struct compose *c, uint32_t chips)
{
    struct former f = {.c = c, .arena = arena_scratch(c->arena)};
    struct hyper hyper;
    bool placed = count_cores(&f, chips);
    if (placed) {
        cut_pieces(&f);
        uint32_t n = f.pieces.all.n, *number = ARENA_ARRAY(f.arena, uint32_t, n);
        for (uint32_t p = 0; p < n; p++)
            number[p] = p;
        hyper_build(f.arena, &f.pieces, number, n, &hyper);
        hyper_graph(f.arena, &hyper, &f.graph);
        f.degree = ARENA_ARRAY(f.arena, uint64_t, n);
        f.core = ARENA_ARRAY(f.arena, uint32_t, n);
        f.room = ARENA_ARRAY(f.arena, uint32_t, f.n_cores);
        f.core_of = ARENA_ARRAY(f.arena, uint32_t, c->net->n_neurons);
        memset(f.core, 0xFF, n * sizeof *f.core);
        for (uint32_t p = 0; p < n; p++)
            for (uint64_t e = f.graph.first[p]; e < f.graph.first[p + 1]; e++)
                f.degree[p] += f.graph.weight[e];
        for (uint32_t k = 0; k < f.n_cores; k++)
            f.room[k] = c->problem->capacity;
        for (uint32_t k = 0; k < c->problem->n_classes; k++)
            cluster_class(&f, k, number);
        placed = place_rest(&f);
        if (placed)
            put_on_board(&f);
    }
    arena_scratch_end(f.arena);
    c->formed = placed;
    return placed;
}
