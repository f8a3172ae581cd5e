#include "mapper/hyper.h"

#include "compiler/base/rng.h"

#include <stdlib.h>
#include <string.h>

enum { CLIQUE_PINS = 16, EDGE_SCALE = 32 };

struct weight_vec VEC_OF(uint64_t);
struct builder {
    struct hyper *out;
    struct arena *scratch;
    const struct blocks *blocks;
    const uint32_t *vertex;
    struct stamped_pins {
        uint32_t *stamp, now;
    } seen;
    uint32_t *table, slots; /* open addressing over net numbers + 1 */
    struct index_vec pins, first;
    struct weight_vec weight;
};

static int by_number(const void *a, const void *b)
{
    const uint32_t *x = a, *y = b;
    return *x < *y ? -1 : *x > *y;
}

static void add_pin(struct builder *b, uint32_t vertex)
{
    if (b->seen.stamp[vertex] == b->seen.now)
        return;
    b->seen.stamp[vertex] = b->seen.now;
    VEC_PUSH(b->scratch, &b->pins, vertex);
}

/* Whether net `net` has the pins that stand at the end of the list. */
static bool same_pins(const struct builder *b, uint32_t net, uint32_t from)
{
    uint32_t n = b->pins.n - from, first = b->first.at[net];
    uint32_t end = net + 1 < b->first.n ? b->first.at[net + 1] : from;
    return end - first == n
           && memcmp(&b->pins.at[first], &b->pins.at[from], n * sizeof(uint32_t)) == 0;
}

static void add_net(struct builder *b, const struct axon *axon)
{
    uint32_t from = b->pins.n;
    uint64_t hash = 0;
    b->seen.now++;
    add_pin(b, b->vertex[axon->source]);
    for (uint32_t i = 0; i < axon->n_targets; i++)
        add_pin(b, b->vertex[b->blocks->targets.at[axon->first_target + i]]);
    if (b->pins.n - from < 2) {
        b->pins.n = from;
        return;
    }
    qsort(&b->pins.at[from], b->pins.n - from, sizeof(uint32_t), by_number);
    for (uint32_t i = from; i < b->pins.n; i++)
        hash = rng_mix(hash ^ b->pins.at[i]);
    uint64_t at = hash & (b->slots - 1);
    while (b->table[at] && !same_pins(b, b->table[at] - 1, from))
        at = (at + 1) & (b->slots - 1);
    if (b->table[at]) {
        b->weight.at[b->table[at] - 1] += axon->traffic;
        b->pins.n = from;
        return;
    }
    VEC_PUSH(b->scratch, &b->first, from);
    VEC_PUSH(b->scratch, &b->weight, axon->traffic);
    b->table[at] = b->first.n;
}

static void index_vertices(struct arena *arena, struct hyper *h)
{
    uint32_t total = h->first_pin[h->n_nets];
    h->first_net = ARENA_ARRAY(arena, uint32_t, (size_t)h->n + 2);
    h->nets = ARENA_ARRAY(arena, uint32_t, total);
    for (uint32_t i = 0; i < total; i++)
        h->first_net[h->pins[i] + 2]++;
    for (uint32_t v = 0; v < h->n; v++)
        h->first_net[v + 2] += h->first_net[v + 1];
    for (uint32_t e = 0; e < h->n_nets; e++)
        for (uint32_t i = h->first_pin[e]; i < h->first_pin[e + 1]; i++)
            h->nets[h->first_net[h->pins[i] + 1]++] = e;
}

void hyper_build(struct arena *arena, const struct blocks *blocks, const uint32_t *vertex,
                 uint32_t n, struct hyper *hyper)
{
    struct builder b = {.out = hyper,
                        .scratch = arena_scratch(arena),
                        .blocks = blocks,
                        .vertex = vertex,
                        .slots = 16};
    while (b.slots < 2 * blocks->axons.n)
        b.slots *= 2;
    b.table = ARENA_ARRAY(b.scratch, uint32_t, b.slots);
    b.seen.stamp = ARENA_ARRAY(b.scratch, uint32_t, n);
    for (uint32_t e = 0; e < blocks->axons.n; e++)
        add_net(&b, &blocks->axons.at[e]);
    *hyper = (struct hyper){.n = n, .n_nets = b.first.n};
    hyper->first_pin = ARENA_ARRAY(arena, uint32_t, (size_t)b.first.n + 1);
    hyper->pins = ARENA_ARRAY(arena, uint32_t, b.pins.n);
    hyper->weight = ARENA_ARRAY(arena, uint64_t, b.first.n);
    if (b.first.n) {
        memcpy(hyper->first_pin, b.first.at, b.first.n * sizeof *hyper->first_pin);
        memcpy(hyper->pins, b.pins.at, b.pins.n * sizeof *hyper->pins);
        memcpy(hyper->weight, b.weight.at, b.first.n * sizeof *hyper->weight);
    }
    hyper->first_pin[b.first.n] = b.pins.n;
    index_vertices(arena, hyper);
    arena_scratch_end(b.scratch);
}

/* --- as a graph ---------------------------------------------------------------------------------
 */

void hyper_graph(struct arena *arena, const struct hyper *hyper, struct graph *graph)
{
    struct arena *scratch = arena_scratch(arena);
    uint64_t *first = ARENA_ARRAY(arena, uint64_t, (size_t)hyper->n + 1);
    struct index_vec to = {0}, weight = {0};
    uint64_t *tie = ARENA_ARRAY(scratch, uint64_t, hyper->n);
    struct index_vec met = {0};
    for (uint32_t v = 0; v < hyper->n; v++) {
        for (uint32_t k = hyper->first_net[v]; k < hyper->first_net[v + 1]; k++) {
            uint32_t e = hyper->nets[k], begin = hyper->first_pin[e], end = hyper->first_pin[e + 1];
            uint64_t each = hyper->weight[e] * EDGE_SCALE / (end - begin - 1);
            if (end - begin > CLIQUE_PINS && hyper->pins[begin] != v)
                end = begin + 1;
            for (uint32_t i = begin; i < end; i++) {
                uint32_t u = hyper->pins[i];
                if (u == v || each == 0)
                    continue;
                if (tie[u] == 0)
                    VEC_PUSH(scratch, &met, u);
                tie[u] += each;
            }
        }
        for (uint32_t i = 0; i < met.n; i++) {
            uint64_t sum = tie[met.at[i]];
            VEC_PUSH(arena, &to, met.at[i]);
            VEC_PUSH(arena, &weight, sum < UINT32_MAX / 4 ? (uint32_t)sum : UINT32_MAX / 4);
            tie[met.at[i]] = 0;
        }
        met.n = 0;
        first[v + 1] = to.n;
    }
    *graph = (struct graph){hyper->n, first, to.at, weight.at, NULL};
    arena_scratch_end(scratch);
}
