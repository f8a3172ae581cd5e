#include "mapper/blocks.h"

#include "compiler/base/rng.h"
#include "mapper/rows.h"

#include <string.h>

/* Events of the host, and of sensors at chip 0. */
static bool enters_at_zero(const struct net *net, uint32_t source)
{
    return source >= net->n_neurons && net->inputs.at[net_input_of(net, source)].chip == 0;
}

static void mark_hearers(struct blocks *blocks, struct arena *arena)
{
    struct edge_vec row = {NULL, 0, 0};
    blocks->hears_host = ARENA_ARRAY(arena, uint8_t, blocks->net->n_neurons);
    for (uint32_t n = 0; n < blocks->net->n_neurons && blocks->net->n_inputs; n++) {
        row_read(arena, blocks->net, n, &row);
        for (uint32_t e = 0; e < row.n; e++)
            blocks->hears_host[n] |= enters_at_zero(blocks->net, row.at[e].source);
    }
}

static void describe(struct blocks *blocks, uint32_t block)
{
    struct block *own = &blocks->all.at[block];
    own->probed = own->hears_host = false;
    for (uint32_t i = own->first; i < own->first + own->size; i++) {
        uint32_t neuron = blocks->neurons[i];
        blocks->block_of[neuron] = block;
        own->probed = own->probed || blocks->net->probed[neuron];
        own->hears_host = own->hears_host || blocks->hears_host[neuron];
    }
}

void blocks_init(struct blocks *blocks, struct arena *arena, const struct net *net,
                 const struct problem *problem)
{
    uint32_t next = 0;
    *blocks = (struct blocks){.net = net, .problem = problem, .taken = net->probed};
    blocks->neurons = ARENA_ARRAY(arena, uint32_t, net->n_neurons);
    blocks->block_of = ARENA_ARRAY(arena, uint32_t, net->n_neurons);
    mark_hearers(blocks, arena);
    for (uint32_t u = 0; u < problem->units.n; u++) {
        const struct unit *unit = &problem->units.at[u];
        VEC_PUSH(arena, &blocks->all,
                 (struct block){
                     .unit = u, .first = next, .size = unit->size, .splittable = unit->splittable});
        for (uint32_t a = 0; a < unit->n_atoms; a++) {
            const struct atom *atom =
                &problem->atoms.at[problem->unit_atoms.at[unit->first_atom + a]];
            for (uint32_t i = 0; i < atom->count; i++)
                blocks->neurons[next++] = problem->neurons[atom->first + i];
        }
        describe(blocks, u);
    }
}

uint32_t blocks_split(struct blocks *blocks, struct arena *arena, uint32_t block, uint32_t size)
{
    struct block part = blocks->all.at[block];
    uint32_t fresh = blocks->all.n;
    part.size = size;
    blocks->all.at[block].first += size;
    blocks->all.at[block].size -= size;
    VEC_PUSH(arena, &blocks->all, part);
    describe(blocks, block);
    describe(blocks, fresh);
    return fresh;
}

/* --- axons --------------------------------------------------------------------------------------
 */

struct finder {
    struct blocks *b;
    struct arena *arena, *scratch;
    uint32_t *first_pair; /* per neuron + 1 */
    uint32_t *pairs;      /* target blocks of a neuron, twice their number + kind, ascending */
    struct edge_vec row;
    struct stamped seen;
};

/* Each kind of a pair once; of two kinds the lower first. */
static void see_pair(struct finder *f, uint32_t target, uint32_t source, uint32_t kind,
                     uint32_t *at, bool store)
{
    if (source >= f->b->net->n_neurons)
        return;
    uint32_t kinds = stamped_has(&f->seen, source) ? f->seen.value[source] : 0;
    if (kinds >> kind & 1)
        return;
    stamped_set(&f->seen, source, kinds | 1u << kind);
    if (store) {
        uint32_t *next = &f->pairs[at[source]];
        *next = 2 * target + kind;
        if (kinds && kind == 0) {
            next[0] = next[-1];
            next[-1] = 2 * target;
        }
    }
    at[source]++;
}

/* Calls every (source neuron, target block, kind) once, targets ascending: counts, or stores. */
static void each_pair(struct finder *f, uint32_t *at, bool store)
{
    const struct net *net = f->b->net;
    for (uint32_t t = 0; t < f->b->all.n; t++) {
        const struct block *block = &f->b->all.at[t];
        stamped_clear(&f->seen);
        for (uint32_t i = block->first; i < block->first + block->size; i++) {
            row_read(f->scratch, net, f->b->neurons[i], &f->row);
            for (uint32_t e = 0; e < f->row.n; e++)
                see_pair(f, t, f->row.at[e].source,
                         share_is_forced(f->b->forced, f->b->neurons[i], e), at, store);
        }
    }
}

static void find_pairs(struct finder *f)
{
    uint32_t n = f->b->net->n_neurons, *count = ARENA_ARRAY(f->scratch, uint32_t, n);
    f->first_pair = ARENA_ARRAY(f->scratch, uint32_t, (size_t)n + 1);
    stamped_init(&f->seen, f->scratch, n);
    each_pair(f, count, false);
    for (uint32_t i = 0; i < n; i++) {
        f->first_pair[i + 1] = f->first_pair[i] + count[i];
        count[i] = f->first_pair[i];
    }
    f->pairs = ARENA_ARRAY(f->scratch, uint32_t, f->first_pair[n]);
    each_pair(f, count, true);
}

static bool same_targets(const struct finder *f, const struct axon *axon, uint32_t neuron)
{
    uint32_t n = f->first_pair[neuron + 1] - f->first_pair[neuron], i = 0;
    if (axon->n_targets != n || axon->taken != f->b->taken[neuron])
        return false;
    while (i < n
           && f->pairs[f->first_pair[neuron] + i]
                  == 2 * f->b->targets.at[axon->first_target + i]
                         + f->b->target_kinds.at[axon->first_target + i])
        i++;
    return i == n;
}

static uint64_t targets_hash(const struct finder *f, uint32_t block, uint32_t neuron)
{
    uint64_t hash = rng_mix((uint64_t)block << 8 | f->b->taken[neuron]);
    for (uint32_t i = f->first_pair[neuron]; i < f->first_pair[neuron + 1]; i++)
        hash = rng_mix(hash ^ f->pairs[i]);
    return hash;
}

static void new_axon(struct finder *f, uint32_t block, uint32_t neuron)
{
    struct blocks *b = f->b;
    uint32_t from = f->first_pair[neuron], to = f->first_pair[neuron + 1];
    const struct axon axon = {.source = block,
                              .weight = 1,
                              .traffic = net_rate_weight(b->net, neuron),
                              .first_target = b->targets.n,
                              .n_targets = to - from,
                              .taken = b->taken[neuron]};
    for (uint32_t i = from; i < to; i++) {
        VEC_PUSH(f->arena, &b->targets, f->pairs[i] / 2);
        VEC_PUSH(f->arena, &b->target_kinds, f->pairs[i] % 2);
    }
    VEC_PUSH(f->arena, &b->axons, axon);
}

/* Open addressing over axon numbers + 1. */
static void merge_neurons(struct finder *f)
{
    struct blocks *b = f->b;
    uint32_t slots = 16;
    while (slots < 2 * b->net->n_neurons)
        slots *= 2;
    uint32_t *table = ARENA_ARRAY(f->scratch, uint32_t, slots);
    for (uint32_t s = 0; s < b->all.n; s++)
        for (uint32_t i = b->all.at[s].first; i < b->all.at[s].first + b->all.at[s].size; i++) {
            uint32_t neuron = b->neurons[i], from = f->first_pair[neuron];
            uint32_t n = f->first_pair[neuron + 1] - from;
            if (n == 0 || (n == 1 && f->pairs[from] / 2 == s))
                continue;
            uint64_t at = targets_hash(f, s, neuron) & (slots - 1);
            while (table[at]
                   && (b->axons.at[table[at] - 1].source != s
                       || !same_targets(f, &b->axons.at[table[at] - 1], neuron)))
                at = (at + 1) & (slots - 1);
            if (table[at]) {
                b->axons.at[table[at] - 1].weight++;
                b->axons.at[table[at] - 1].traffic += net_rate_weight(b->net, neuron);
                continue;
            }
            new_axon(f, s, neuron);
            table[at] = b->axons.n;
        }
}

/* Calls for every block of an axon with its roles. */
static void each_incidence(struct finder *f, uint32_t *at, bool store)
{
    struct blocks *b = f->b;
    for (uint32_t e = 0; e < b->axons.n; e++) {
        const struct axon *axon = &b->axons.at[e];
        bool source_seen = false;
        for (uint32_t i = 0; i < axon->n_targets; i++) {
            uint32_t t = b->targets.at[axon->first_target + i];
            if (store)
                b->incidences[at[t]] =
                    (struct incidence){e, t == axon->source, true,
                                       (uint8_t)b->target_kinds.at[axon->first_target + i]};
            at[t]++;
            source_seen = source_seen || t == axon->source;
        }
        if (source_seen)
            continue;
        if (store)
            b->incidences[at[axon->source]] = (struct incidence){e, true, false, 0};
        at[axon->source]++;
    }
}

static void find_incidences(struct finder *f)
{
    struct blocks *b = f->b;
    uint32_t n = b->all.n, *count = ARENA_ARRAY(f->scratch, uint32_t, n);
    b->first_incidence = ARENA_ARRAY(f->arena, uint32_t, (size_t)n + 1);
    each_incidence(f, count, false);
    for (uint32_t i = 0; i < n; i++) {
        b->first_incidence[i + 1] = b->first_incidence[i] + count[i];
        count[i] = b->first_incidence[i];
    }
    b->incidences = ARENA_ARRAY(f->arena, struct incidence, b->first_incidence[n]);
    each_incidence(f, count, true);
}

void blocks_find_axons(struct blocks *blocks, struct arena *arena)
{
    struct finder f = {.b = blocks, .arena = arena, .scratch = arena_scratch(arena)};
    blocks->axons.n = blocks->targets.n = blocks->target_kinds.n = 0;
    find_pairs(&f);
    merge_neurons(&f);
    find_incidences(&f);
    arena_scratch_end(f.scratch);
}
