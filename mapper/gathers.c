#include "mapper/gathers.h"

#include "mapper/rows.h"

#include <string.h>

struct gathered_vec VEC_OF(struct gathered);

/* Gather of an input unit; NET_NONE: its input has as many words as it likes. */
static uint32_t gather_of(const struct net *net, const uint32_t *first, uint32_t source)
{
    uint32_t input = net_input_of(net, source);
    const struct input *own = &net->inputs.at[input];
    if (first[input] == NET_NONE)
        return NET_NONE;
    return first[input] + (own->kind == INPUT_DVS ? source - net->n_neurons - own->first : 0);
}

/* First gather of every input: a camera has one per pixel, a front end one. */
static uint32_t *number(struct gathers *g, struct arena *arena, const struct net *net)
{
    uint32_t *first = ARENA_ARRAY(arena, uint32_t, net->inputs.n);
    for (uint32_t i = 0; i < net->inputs.n; i++) {
        first[i] = net->inputs.at[i].kind == INPUT_DVS ? g->n : NET_NONE;
        g->n += first[i] == NET_NONE ? 0 : net->inputs.at[i].size;
    }
    g->n_cameras = g->n;
    for (uint32_t i = 0; i < net->inputs.n; i++)
        if (net->inputs.at[i].kind == INPUT_BIOAMP)
            first[i] = g->n++;
    return first;
}

void gathers_init(struct gathers *g, struct arena *arena, const struct net *net,
                  const struct device *device)
{
    struct edge_vec row = {NULL, 0, 0};
    struct index_vec of = {NULL, 0, 0};
    struct stamped seen;
    *g = (struct gathers){0};
    const uint32_t *first = number(g, arena, net);
    if (net->chips == 1 || g->n == 0) {
        g->n = g->n_cameras = 0;
        return;
    }
    g->limit = ARENA_ARRAY(arena, uint32_t, g->n);
    for (uint32_t i = 0; i < g->n; i++)
        g->limit[i] = i < g->n_cameras ? device->dvs_words : device->bioamp_routes;
    g->first_of = ARENA_ARRAY(arena, uint32_t, (size_t)net->n_neurons + 1);
    g->size = ARENA_ARRAY(arena, uint32_t, g->n);
    stamped_init(&seen, arena, g->n);
    for (uint32_t n = 0; n < net->n_neurons; n++) {
        stamped_clear(&seen);
        row_read(arena, net, n, &row);
        for (uint32_t e = 0; e < row.n; e++) {
            uint32_t source = row.at[e].source;
            uint32_t own = source < net->n_neurons ? NET_NONE : gather_of(net, first, source);
            if (own == NET_NONE || stamped_has(&seen, own))
                continue;
            stamped_set(&seen, own, 1);
            VEC_PUSH(arena, &of, own);
            g->size[own]++;
        }
        g->first_of[n + 1] = of.n;
    }
    g->of = of.at;
}

/* --- reach --------------------------------------------------------------------------------------
 */

static int64_t excess_of(const struct gathers *g, uint32_t gather)
{
    struct gather_reach *reach = &g->reach[g->first_reach[gather]];
    uint32_t n = g->n_reach[gather];
    int64_t excess = 0;
    for (uint32_t done = 0; done < n; done++) { /* those with most neurons first */
        uint32_t most = done;
        for (uint32_t i = done + 1; i < n && done < g->limit[gather]; i++)
            most = reach[i].neurons > reach[most].neurons ? i : most;
        struct gather_reach keep = reach[done];
        reach[done] = reach[most];
        reach[most] = keep;
        excess += done < g->limit[gather] ? 0 : reach[done].neurons;
    }
    return excess;
}

static void join(struct gathers *g, const struct gathered *own, uint32_t chip)
{
    struct gather_reach *reach = &g->reach[g->first_reach[own->gather]];
    uint32_t i = 0;
    while (i < g->n_reach[own->gather] && reach[i].chip != chip)
        i++;
    if (i == g->n_reach[own->gather])
        reach[g->n_reach[own->gather]++] = (struct gather_reach){chip, 0};
    reach[i].neurons += own->neurons;
}

static void leave(struct gathers *g, const struct gathered *own, uint32_t chip)
{
    struct gather_reach *reach = &g->reach[g->first_reach[own->gather]];
    uint32_t i = 0;
    while (reach[i].chip != chip)
        i++;
    reach[i].neurons -= own->neurons;
    if (reach[i].neurons == 0)
        reach[i] = reach[--g->n_reach[own->gather]];
}

static void list_blocks(struct gathers *g, struct arena *arena, const struct blocks *blocks)
{
    struct gathered_vec of = {NULL, 0, 0};
    struct stamped seen; /* where it stands in `of` */
    stamped_init(&seen, arena, g->n);
    g->first_gather = ARENA_ARRAY(arena, uint32_t, (size_t)blocks->all.n + 1);
    for (uint32_t b = 0; b < blocks->all.n; b++) {
        const struct block *own = &blocks->all.at[b];
        stamped_clear(&seen);
        for (uint32_t i = own->first; i < own->first + own->size; i++) {
            uint32_t n = blocks->neurons[i];
            for (uint32_t k = g->first_of[n]; k < g->first_of[n + 1]; k++) {
                if (!stamped_has(&seen, g->of[k])) {
                    stamped_set(&seen, g->of[k], of.n);
                    VEC_PUSH(arena, &of, (struct gathered){g->of[k], 0});
                }
                of.at[seen.value[g->of[k]]].neurons++;
            }
        }
        g->first_gather[b + 1] = of.n;
    }
    g->gathered = of.at;
}

int64_t gathers_count(struct gathers *g, struct arena *arena, const struct blocks *blocks,
                      const uint32_t *core_of, uint32_t cores_per_chip)
{
    int64_t excess = 0;
    uint32_t total = 0;
    if (g->n == 0)
        return 0;
    list_blocks(g, arena, blocks);
    g->first_reach = ARENA_ARRAY(arena, uint32_t, g->n);
    g->n_reach = ARENA_ARRAY(arena, uint32_t, g->n);
    for (uint32_t i = 0; i < g->n; i++) {
        g->first_reach[i] = total;
        total += g->size[i] < blocks->net->chips ? g->size[i] : blocks->net->chips;
    }
    g->reach = ARENA_ARRAY(arena, struct gather_reach, total);
    for (uint32_t b = 0; b < blocks->all.n; b++)
        for (uint32_t k = g->first_gather[b]; k < g->first_gather[b + 1]; k++)
            join(g, &g->gathered[k], core_of[b] / cores_per_chip);
    for (uint32_t i = 0; i < g->n; i++)
        excess += excess_of(g, i);
    return excess;
}

int64_t gathers_shift(struct gathers *g, uint32_t block, uint32_t from, uint32_t to, uint64_t *work)
{
    int64_t change = 0;
    if (g->n == 0)
        return 0;
    *work += g->first_gather[block + 1] - g->first_gather[block];
    for (uint32_t k = g->first_gather[block]; k < g->first_gather[block + 1]; k++) {
        change -= excess_of(g, g->gathered[k].gather);
        leave(g, &g->gathered[k], from);
        join(g, &g->gathered[k], to);
        change += excess_of(g, g->gathered[k].gather);
    }
    return change;
}

/* --- ties ---------------------------------------------------------------------------------------
 */

static uint32_t root_of(uint32_t *parent, uint32_t neuron)
{
    while (parent[neuron] != neuron)
        neuron = parent[neuron] = parent[parent[neuron]];
    return neuron;
}

uint32_t *gathers_ties(const struct gathers *g, struct arena *arena, const struct net *net)
{
    if (g->n_cameras == 0)
        return NULL;
    uint32_t *parent = ARENA_ARRAY(arena, uint32_t, net->n_neurons);
    uint32_t *heard_by = ARENA_ARRAY(arena, uint32_t, g->n_cameras);
    memset(heard_by, 0xFF, g->n_cameras * sizeof *heard_by);
    for (uint32_t n = 0; n < net->n_neurons; n++) {
        parent[n] = n;
        for (uint32_t k = g->first_of[n]; k < g->first_of[n + 1]; k++) {
            if (g->of[k] >= g->n_cameras || g->limit[g->of[k]] != 1)
                continue;
            uint32_t *first = &heard_by[g->of[k]];
            *first = *first == NET_NONE ? n : *first;
            uint32_t a = root_of(parent, *first), b = root_of(parent, n);
            parent[a > b ? a : b] = a > b ? b : a;
        }
    }
    for (uint32_t n = 0; n < net->n_neurons; n++)
        parent[n] = root_of(parent, n); /* the lowest of those tied: roots come before */
    return parent;
}
