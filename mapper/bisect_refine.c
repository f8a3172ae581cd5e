/* Two sides, refined as Fiduccia and Mattheyses do: every vertex moves once per pass, the best one
 * first, also for the worse, and the pass is taken back to its best moment. */
#include "mapper/bisect.h"

#include <string.h>

enum { PASSES = 12, SLACK_PART = 32, PATIENCE = 60 };

struct pass {
    struct halves *h;
    uint32_t *pins[2]; /* per net: pins on a side, of the list */
    int64_t *gain;     /* per place in the list */
    bool *locked;
    uint32_t *moved, n_moved;
    uint32_t on_low;
};

static uint32_t pins_on(const struct halves *h, uint32_t net, uint32_t side)
{
    uint32_t n = 0;
    for (uint32_t i = h->hyper->first_pin[net]; i < h->hyper->first_pin[net + 1]; i++) {
        uint32_t at = h->number[h->hyper->pins[i]];
        n += at != NET_NONE && h->side[at] == side;
    }
    return n;
}

void halves_count(struct halves *h)
{
    h->cut = 0;
    for (uint32_t i = 0; i < h->n; i++)
        for (uint32_t k = h->hyper->first_net[h->list[i]]; k < h->hyper->first_net[h->list[i] + 1];
             k++) {
            uint32_t net = h->hyper->nets[k], first = h->hyper->first_pin[net];
            while (h->number[h->hyper->pins[first]] == NET_NONE)
                first++;
            if (h->hyper->pins[first] == h->list[i] && pins_on(h, net, 1 - h->side[i]))
                h->cut += h->hyper->weight[net];
        }
}

static void count_pins(struct pass *p)
{
    const struct halves *h = p->h;
    for (uint32_t i = 0; i < h->n; i++)
        for (uint32_t k = h->hyper->first_net[h->list[i]]; k < h->hyper->first_net[h->list[i] + 1];
             k++)
            p->pins[h->side[i]][h->hyper->nets[k]]++;
}

static void find_gain(struct pass *p, uint32_t i)
{
    const struct halves *h = p->h;
    int64_t gain = 0;
    for (uint32_t k = h->hyper->first_net[h->list[i]]; k < h->hyper->first_net[h->list[i] + 1];
         k++) {
        uint32_t net = h->hyper->nets[k], own = p->pins[h->side[i]][net],
                 other = p->pins[1 - h->side[i]][net];
        if (own == 1 && other)
            gain += (int64_t)h->hyper->weight[net];
        else if (own > 1 && other == 0)
            gain -= (int64_t)h->hyper->weight[net];
    }
    p->gain[i] = gain;
}

/* Adds to the gain of all vertices of a net on one side that may still move. */
static void add_gain(struct pass *p, uint32_t net, uint32_t side, int64_t gain)
{
    const struct hyper *hyper = p->h->hyper;
    for (uint32_t i = hyper->first_pin[net]; i < hyper->first_pin[net + 1]; i++) {
        uint32_t at = p->h->number[hyper->pins[i]];
        if (at != NET_NONE && p->h->side[at] == side)
            p->gain[at] += gain;
    }
}

static void move(struct pass *p, uint32_t i)
{
    struct halves *h = p->h;
    uint32_t from = h->side[i], to = 1 - from;
    h->cut -= (uint64_t)p->gain[i];
    p->on_low += from ? 1 : UINT32_MAX;
    for (uint32_t k = h->hyper->first_net[h->list[i]]; k < h->hyper->first_net[h->list[i] + 1];
         k++) {
        uint32_t net = h->hyper->nets[k];
        int64_t w = (int64_t)h->hyper->weight[net];
        uint32_t own = p->pins[from][net]--, other = p->pins[to][net]++;
        if (own + other == 1)
            continue;
        if (other == 0)
            add_gain(p, net, from, w); /* the net is cut now: they may follow */
        else if (other == 1)
            add_gain(p, net, to, -w); /* it was alone there */
        if (own == 1)
            add_gain(p, net, to, -w); /* no longer cut: they would cut it */
        else if (own == 2)
            add_gain(p, net, from, w); /* one is left alone */
    }
    h->side[i] = (uint8_t)to;
    find_gain(p, i);
}

/* The free vertex with most gain on a side; NET_NONE: none. */
static uint32_t best_of(const struct pass *p, uint32_t side)
{
    uint32_t best = NET_NONE;
    for (uint32_t i = 0; i < p->h->n; i++)
        if (!p->locked[i] && p->h->side[i] == side
            && (best == NET_NONE || p->gain[i] > p->gain[best]))
            best = i;
    return best;
}

/* Of both sides while they are nearly as large as they should be, else of the one too large. */
static uint32_t choose(const struct pass *p, uint32_t slack)
{
    uint32_t low = p->on_low + slack > p->h->n_low ? best_of(p, 0) : NET_NONE;
    uint32_t high = p->on_low < p->h->n_low + slack ? best_of(p, 1) : NET_NONE;
    if (low == NET_NONE || high == NET_NONE)
        return low == NET_NONE ? high : low;
    if (p->gain[low] != p->gain[high])
        return p->gain[low] > p->gain[high] ? low : high;
    return p->on_low > p->h->n_low ? low : high;
}

static bool run_pass(struct pass *p)
{
    struct halves *h = p->h;
    uint64_t before = h->cut, best = h->cut;
    uint32_t kept = 0, patience = PATIENCE + h->n / 8, slack = h->n / SLACK_PART;
    slack = slack < 4 ? 4 : slack;
    p->n_moved = 0;
    memset(p->locked, 0, h->n * sizeof *p->locked);
    for (uint32_t i = 0; i < h->n; i++)
        find_gain(p, i);
    while (p->n_moved < h->n && p->n_moved < kept + patience) {
        uint32_t i = choose(p, slack);
        if (i == NET_NONE)
            break;
        p->locked[i] = true;
        move(p, i);
        p->moved[p->n_moved++] = i;
        if (p->on_low == h->n_low && h->cut < best) {
            best = h->cut;
            kept = p->n_moved;
        }
    }
    while (p->n_moved > kept)
        move(p, p->moved[--p->n_moved]);
    return h->cut < before;
}

void halves_refine(struct arena *arena, struct halves *h)
{
    struct arena *scratch = arena_scratch(arena);
    struct pass p = {.h = h};
    p.pins[0] = ARENA_ARRAY(scratch, uint32_t, h->hyper->n_nets);
    p.pins[1] = ARENA_ARRAY(scratch, uint32_t, h->hyper->n_nets);
    p.gain = ARENA_ARRAY(scratch, int64_t, h->n);
    p.locked = ARENA_ARRAY(scratch, bool, h->n);
    p.moved = ARENA_ARRAY(scratch, uint32_t, h->n);
    for (uint32_t i = 0; i < h->n; i++)
        p.on_low += h->side[i] == 0;
    count_pins(&p);
    halves_count(h);
    for (uint32_t i = 0; i < PASSES && run_pass(&p); i++)
        continue;
    arena_scratch_end(scratch);
}
