/* Local improvement of parts: moves where there is room, exchanges where there is none. */
#include "mapper/cluster.h"

#include "compiler/base/vec.h"

#include <stdlib.h>

enum { MOVE_ROUNDS = 6, SWAP_ROUNDS = 20, CHOICES = 4 };
enum { LITTLE = 10000 }; /* a round that saves less than this part of all edges is the last */

struct wish { /* a vertex that would go to another part; gain in edge weight, may be negative */
    int64_t gain;
    uint32_t low, high; /* the two parts */
    uint32_t vertex;
    bool up; /* from low to high */
};
struct wish_vec VEC_OF(struct wish);

struct refining {
    struct arena *arena;
    const struct graph *graph;
    uint32_t n_parts, limit;
    uint32_t *part, *size_of_part;
    struct ties ties;
};

static void move(struct refining *r, uint32_t vertex, uint32_t to)
{
    uint32_t size = graph_size(r->graph, vertex);
    r->size_of_part[r->part[vertex]] -= size;
    r->size_of_part[to] += size;
    r->part[vertex] = to;
}

/* Moves every vertex to the part with room it has most ties with. Returns the weight saved. */
static uint64_t move_round(struct refining *r)
{
    uint64_t saved = 0;
    for (uint32_t v = 0; v < r->graph->n; v++) {
        uint32_t own = r->part[v], best = own, size = graph_size(r->graph, v);
        if (own == (uint32_t)NO_PART)
            continue;
        ties_of(&r->ties, r->graph, r->part, v);
        uint64_t here = r->ties.to_part[own], most = here;
        for (uint32_t i = 0; i < r->ties.n; i++) {
            uint32_t to = r->ties.parts[i];
            if (r->ties.to_part[to] > most && r->size_of_part[to] + size <= r->limit) {
                most = r->ties.to_part[to];
                best = to;
            }
        }
        ties_clear(&r->ties);
        if (best != own) {
            saved += most - here;
            move(r, v, best);
        }
    }
    return saved;
}

/* The parts a vertex would most like to be in, whether or not they have room. */
static void add_wishes(struct refining *r, uint32_t vertex, struct wish_vec *wishes)
{
    uint32_t own = r->part[vertex], choice[CHOICES], n = 0;
    ties_of(&r->ties, r->graph, r->part, vertex);
    const uint64_t *tie = r->ties.to_part;
    for (uint32_t i = 0; i < r->ties.n; i++) {
        uint32_t to = r->ties.parts[i], at = n < CHOICES ? n++ : CHOICES;
        if (to == own) {
            n -= at < CHOICES;
            continue;
        }
        for (; at > 0 && tie[choice[at - 1]] < tie[to]; at--)
            if (at < CHOICES)
                choice[at] = choice[at - 1];
        if (at < CHOICES)
            choice[at] = to;
    }
    for (uint32_t i = 0; i < n; i++) {
        uint32_t to = choice[i];
        int64_t gain = (int64_t)tie[to] - (int64_t)tie[own];
        if (2 * tie[to] > tie[own])
            VEC_PUSH(
                r->arena, wishes,
                (struct wish){gain, own < to ? own : to, own < to ? to : own, vertex, own < to});
    }
    ties_clear(&r->ties);
}

static int by_parts_and_gain(const void *a, const void *b)
{
    const struct wish *x = a, *y = b;
    if (x->low != y->low)
        return x->low < y->low ? -1 : 1;
    if (x->high != y->high)
        return x->high < y->high ? -1 : 1;
    if (x->up != y->up)
        return x->up ? -1 : 1;
    if (x->gain != y->gain)
        return x->gain > y->gain ? -1 : 1;
    return x->vertex < y->vertex ? -1 : x->vertex > y->vertex;
}

/* What moving the vertex to `to` saves now; *tie is the weight of its edge to `other`. */
static int64_t gain_of(const struct refining *r, uint32_t vertex, uint32_t to, uint32_t other,
                       int64_t *tie)
{
    int64_t gain = 0;
    for (uint64_t e = r->graph->first[vertex]; e < r->graph->first[vertex + 1]; e++) {
        uint32_t there = r->graph->to[e], part = r->part[there];
        int64_t weight = graph_weight(r->graph, e);
        gain += part == to ? weight : part == r->part[vertex] ? -weight : 0;
        if (there == other)
            *tie = weight;
    }
    return gain;
}

static bool fits(const struct refining *r, uint32_t part, uint32_t in, uint32_t out)
{
    return r->size_of_part[part] - graph_size(r->graph, out) + graph_size(r->graph, in) <= r->limit;
}

/* Exchanges two vertices if that still saves something. */
static uint64_t exchange(struct refining *r, const struct wish *up, const struct wish *down)
{
    uint32_t u = up->vertex, v = down->vertex;
    int64_t tie = 0;
    if (r->part[u] != up->low || r->part[v] != up->high || !fits(r, up->high, u, v)
        || !fits(r, up->low, v, u))
        return 0;
    int64_t saved = gain_of(r, u, up->high, v, &tie) + gain_of(r, v, up->low, u, &tie) - 2 * tie;
    if (saved <= 0)
        return 0;
    move(r, u, up->high);
    move(r, v, up->low);
    return (uint64_t)saved;
}

/* The wishes between two parts: best against best. */
static uint64_t exchange_between(struct refining *r, const struct wish *wish, uint32_t n)
{
    uint32_t n_up = 0, i = 0, k;
    uint64_t saved = 0;
    while (n_up < n && wish[n_up].up)
        n_up++;
    for (k = n_up; i < n_up && k < n && wish[i].gain + wish[k].gain > 0;) {
        uint64_t won = exchange(r, &wish[i], &wish[k]);
        saved += won;
        if (won || wish[i].gain < wish[k].gain) {
            k++;
            i += won > 0;
        } else {
            i++;
        }
    }
    return saved;
}

static uint64_t swap_round(struct refining *r)
{
    struct arena *scratch = arena_scratch(r->arena), *arena = r->arena;
    struct wish_vec wishes = {0};
    uint64_t saved = 0;
    r->arena = scratch;
    for (uint32_t v = 0; v < r->graph->n; v++)
        if (r->part[v] != (uint32_t)NO_PART)
            add_wishes(r, v, &wishes);
    if (wishes.n)
        qsort(wishes.at, wishes.n, sizeof wishes.at[0], by_parts_and_gain);
    for (uint32_t i = 0, k; i < wishes.n; i = k) {
        for (k = i; k < wishes.n && wishes.at[k].low == wishes.at[i].low
                    && wishes.at[k].high == wishes.at[i].high;
             k++)
            continue;
        saved += exchange_between(r, &wishes.at[i], k - i);
    }
    r->arena = arena;
    arena_scratch_end(scratch);
    return saved;
}

static uint64_t total_weight(const struct graph *graph)
{
    uint64_t total = 0;
    for (uint64_t e = 0; e < graph->first[graph->n]; e++)
        total += graph_weight(graph, e);
    return total;
}

void cluster_refine(struct arena *arena, const struct graph *graph, uint32_t n_parts,
                    uint32_t limit, const struct observer *observer, uint32_t *part,
                    uint32_t *size_of_part)
{
    struct arena *scratch = arena_scratch(arena);
    struct refining r = {scratch, graph, n_parts, limit, part, size_of_part, {0}};
    uint64_t little = total_weight(graph) / LITTLE;
    ties_init(scratch, &r.ties, n_parts);
    for (uint32_t round = 0; round < SWAP_ROUNDS; round++) {
        if (!observer_lets(observer, "chips", -1, -1, round))
            break;
        uint64_t saved = 0;
        for (int i = 0; i < MOVE_ROUNDS; i++) {
            uint64_t now = move_round(&r);
            saved += now;
            if (now <= little)
                break;
        }
        saved += swap_round(&r);
        if (saved <= little)
            break;
    }
    arena_scratch_end(scratch);
}
