#include "mapper/share_forced.h"

#include "mapper/cells.h"

/* Whether a class of a neuron must share. */
static bool must_share(const struct sharing *sharing, const struct class_words *own, uint32_t least,
                       uint32_t limit)
{
    return least + (sharing->classes.at[own->class].n_members - 1) * own->words > limit;
}

static bool any_forced(const struct net *net, const struct sharing *sharing, const uint32_t *limit)
{
    for (uint32_t n = 0; n < net->n_neurons; n++) {
        uint32_t least = sharing_least_words(sharing, n);
        for (uint64_t k = sharing->first_class_words[n]; k < sharing->first_class_words[n + 1]; k++)
            if (must_share(sharing, &sharing->class_words.at[k], least, limit[n]))
                return true;
    }
    return false;
}

static void mark_row(struct share_forced *forced, const struct net *net,
                     const struct sharing *sharing, const struct stamped *class_of,
                     const struct edge_vec *row, struct stamped *must, uint32_t neuron,
                     uint32_t limit)
{
    uint32_t least = sharing_least_words(sharing, neuron);
    bool any = false;
    stamped_clear(must);
    for (uint64_t k = sharing->first_class_words[neuron];
         k < sharing->first_class_words[neuron + 1]; k++) {
        const struct class_words *own = &sharing->class_words.at[k];
        if (!must_share(sharing, own, least, limit))
            continue;
        stamped_set(must, own->class, 1);
        any = true;
    }
    for (uint32_t e = 0; any && e < row->n; e++) {
        const struct edge *edge = &row->at[e];
        uint64_t bit = forced->first[neuron] + e;
        if (net->attrs.at[edge->attr].share && stamped_has(class_of, edge->source)
            && stamped_has(must, class_of->value[edge->source]))
            forced->bits[bit / 8] = (uint8_t)(forced->bits[bit / 8] | 1u << bit % 8);
    }
}

const struct share_forced *share_forced_find(struct arena *arena, const struct net *net,
                                             const struct device *device,
                                             const struct sharing *sharing)
{
    struct share_forced *forced = ARENA_NEW(arena, struct share_forced);
    struct arena *scratch = arena_scratch(arena);
    struct edge_vec row = {NULL, 0, 0};
    struct stamped class_of, must;
    struct cells cells;
    cells_read(scratch, net, device, &cells);
    const uint32_t *limit = cells_limits(scratch, net, &cells);
    bool any = any_forced(net, sharing, limit);
    if (any) {
        stamped_init(&class_of, scratch, net_n_sources(net));
        stamped_init(&must, scratch, sharing->classes.n);
        forced->first = ARENA_ARRAY(arena, uint64_t, (size_t)net->n_neurons + 1);
        for (uint32_t n = 0; n < net->n_neurons; n++) {
            row_read(scratch, net, n, &row);
            forced->first[n + 1] = forced->first[n] + row.n;
        }
        forced->bits = ARENA_ARRAY(arena, uint8_t, forced->first[net->n_neurons] / 8 + 1);
        for (uint32_t p = 0; p < net->populations.n; p++) {
            const struct population *own = &net->populations.at[p];
            sharing_classes_into(sharing, p, &class_of);
            for (uint32_t n = own->first; n < own->first + own->size; n++) {
                row_read(scratch, net, n, &row);
                mark_row(forced, net, sharing, &class_of, &row, &must, n, limit[n]);
            }
        }
    }
    arena_scratch_end(scratch);
    return any ? forced : NULL;
}
