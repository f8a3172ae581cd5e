/* Every set of cores is tried for every unit; the neurons then are a flow from the units through
 * what their spread admits on a core into the room of the core. One neuron more is sent on a path
 * that may send neurons of other units elsewhere, as long as there is one.
 */
#include "mapper/pack_flow.h"

#include <string.h>

struct network {
    struct pack_flow *f;
    struct pack_state *state;
    uint32_t n_cores;
};

void pack_flow_init(struct pack_flow *flow, struct arena *arena, uint32_t n_cores, uint64_t *nodes,
                    uint64_t node_limit)
{
    size_t cells = (size_t)PACK_MAX_SPLIT * n_cores;
    memset(flow, 0, sizeof *flow);
    flow->flow = ARENA_ARRAY(arena, uint32_t, cells);
    flow->spare = ARENA_ARRAY(arena, uint32_t, cells);
    flow->visited = ARENA_ARRAY(arena, uint8_t, cells + n_cores);
    flow->nodes = nodes;
    flow->node_limit = node_limit;
}

static uint32_t least(uint32_t a, uint32_t b)
{
    return a < b ? a : b;
}

static uint32_t *flow_at(const struct network *w, uint32_t d, uint32_t core)
{
    return &w->f->flow[d * w->n_cores + core];
}

/* Neurons that unit d may still send to a core as far as its own cap goes. */
static uint32_t under_cap(const struct network *w, uint32_t d, uint32_t core)
{
    const struct pack_state *state = w->state;
    if (w->f->unit[d] != state->capped || core != state->capped_core)
        return UINT32_MAX;
    return state->cap - *flow_at(w, d, core);
}

/* Sends up to n neurons of unit d to some core; returns how many. Depth is bounded by the nodes,
 * each visited once: groups times cores. */
static uint32_t send(const struct network *w, uint32_t d, uint32_t n);

/* Makes up to n neurons of unit e leave a core. */
static uint32_t send_away(const struct network *w, uint32_t e, uint32_t core, uint32_t n)
{
    uint32_t sent = send(w, e, least(n, *flow_at(w, e, core)));
    *flow_at(w, e, core) -= sent;
    return sent;
}

static uint32_t into_core(const struct network *w, uint32_t core, uint32_t n)
{
    struct pack_flow *f = w->f;
    uint8_t *visited = &f->visited[PACK_MAX_SPLIT * w->n_cores + core];
    uint32_t *room = &w->state->core[core].room;
    if (*visited)
        return 0;
    *visited = 1;
    if (*room) {
        n = least(n, *room);
        *room -= n;
        return n;
    }
    for (uint32_t e = 0; e < f->n; e++) {
        if (*flow_at(w, e, core) == 0)
            continue;
        uint32_t sent = send_away(w, e, core, n);
        f->spare[f->group[e] * w->n_cores + core] += sent;
        if (sent)
            return sent;
    }
    return 0;
}

static uint32_t into_group(const struct network *w, uint32_t group, uint32_t core, uint32_t n)
{
    struct pack_flow *f = w->f;
    size_t at = (size_t)group * w->n_cores + core;
    if (f->visited[at])
        return 0;
    f->visited[at] = 1;
    if (f->spare[at]) {
        uint32_t sent = into_core(w, core, least(n, f->spare[at]));
        f->spare[at] -= sent;
        if (sent)
            return sent;
    }
    for (uint32_t e = 0; e < f->n; e++) {
        if (f->group[e] != group || *flow_at(w, e, core) == 0)
            continue;
        uint32_t sent = send_away(w, e, core, n);
        if (sent)
            return sent;
    }
    return 0;
}

static uint32_t send(const struct network *w, uint32_t d, uint32_t n)
{
    for (uint32_t core = 0; core < w->n_cores; core++) {
        uint32_t most = least(n, under_cap(w, d, core));
        if (!(w->f->claim[d] >> core & 1) || most == 0)
            continue;
        uint32_t sent = into_group(w, w->f->group[d], core, most);
        *flow_at(w, d, core) += sent;
        if (sent)
            return sent;
    }
    return 0;
}

/* Units of one spread share a group, whose spare room is what the targets leave. */
static void form_groups(const struct network *w)
{
    struct pack_flow *f = w->f;
    const struct pack_state *state = w->state;
    for (uint32_t d = 0; d < f->n; d++) {
        uint32_t spread = pack_spread_of(state, f->unit[d]), first = 0;
        while (first < d && (spread == NET_NONE || pack_spread_of(state, f->unit[first]) != spread))
            first++;
        f->group[d] = first;
        for (uint32_t c = 0; c < w->n_cores && first == d; c++) {
            size_t at = (size_t)spread * w->n_cores + c;
            f->spare[d * w->n_cores + c] =
                spread == NET_NONE ? UINT32_MAX / 2 : state->target[at] - state->load[at];
        }
    }
}

/* Whether the units fit into the cores they claim; the room is given back. */
static bool neurons_fit(const struct network *w)
{
    struct pack_flow *f = w->f;
    bool fits = true;
    memset(f->flow, 0, (size_t)f->n * w->n_cores * sizeof *f->flow);
    form_groups(w);
    for (uint32_t d = 0; d < f->n && fits; d++) {
        uint32_t need = w->state->left[f->unit[d]];
        while (need > 0 && fits) {
            memset(f->visited, 0, ((size_t)PACK_MAX_SPLIT + 1) * w->n_cores);
            uint32_t sent = send(w, d, need);
            need -= sent;
            fits = sent > 0;
        }
    }
    for (uint32_t d = 0; d < f->n; d++)
        for (uint32_t c = 0; c < w->n_cores; c++)
            w->state->core[c].room += *flow_at(w, d, c);
    return fits;
}

static bool claim_cores(const struct network *w, const struct pack_limits *limits, uint32_t unit,
                        uint32_t cores, uint32_t *claimed)
{
    *claimed = 0;
    for (uint32_t c = 0; c < w->n_cores; c++) {
        if (!(cores >> c & 1))
            continue;
        if (!pack_can(w->state, limits, unit, c, 0))
            return false;
        pack_put(w->state, unit, c, 0);
        *claimed |= 1u << c;
    }
    return pack_within(w->state, limits);
}

static void unclaim_cores(const struct network *w, uint32_t unit, uint32_t claimed)
{
    for (uint32_t c = w->n_cores; c-- > 0;)
        if (claimed >> c & 1)
            pack_take(w->state, unit, c, 0);
}

/* Cores that a unit must claim: those its spread wants neurons on, if no other unit is left to
 * bring them. */
static uint32_t owed_cores(const struct pack_state *state, uint32_t unit)
{
    uint32_t spread = pack_spread_of(state, unit), cores = 0, owed = 0;
    for (uint32_t c = 0; c < state->n_cores && spread != NET_NONE; c++) {
        size_t at = (size_t)spread * state->n_cores + c;
        owed += state->target[at] - state->load[at];
        cores |= state->target[at] > state->load[at] ? 1u << c : 0;
    }
    return owed == state->left[unit] ? cores : 0;
}

/* Tries every set of two or more cores for unit d and all after it, largest sets first. Depth is at
 * most PACK_MAX_SPLIT. */
static bool settle(const struct network *w, const struct pack_limits *limits, uint32_t d)
{
    struct pack_flow *f = w->f;
    if (d == f->n)
        return neurons_fit(w);
    uint32_t unit = f->unit[d], all = w->state->may[unit], owed = owed_cores(w->state, unit);
    for (uint32_t cores = all; cores != 0; cores = (cores - 1) & all) {
        if ((cores & (cores - 1)) == 0 || (cores & owed) != owed)
            continue;
        if (++*f->nodes > f->node_limit) {
            f->stopped = true;
            return false;
        }
        bool found = claim_cores(w, limits, unit, cores, &f->claim[d]) && settle(w, limits, d + 1);
        unclaim_cores(w, unit, f->claim[d]);
        if (found || f->stopped)
            return found;
    }
    return false;
}

bool pack_flow_fits(struct pack_flow *flow, struct pack_state *state,
                    const struct pack_limits *limits)
{
    const struct network w = {flow, state, state->n_cores};
    flow->stopped = false;
    return settle(&w, limits, 0);
}
