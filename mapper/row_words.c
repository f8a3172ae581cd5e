/* From the synapses of a neuron to its CAM words, given which groups share their tags. */
#include "mapper/sharing.h"

struct tally { /* copies of one attribute seen so far, from one source or for one group */
    uint32_t attr, count, next;
};
struct tally_vec VEC_OF(struct tally);

struct row_words {
    struct arena *arena;
    const struct net *net;
    const struct sharing *sharing;
    uint32_t population; /* class_of is for this one */
    struct stamped class_of;
    struct edge_vec row;
    struct tally_vec tallies;
    struct stamped of_source, of_group; /* first tally */
};

struct row_words *row_words_new(struct arena *arena, const struct net *net,
                                const struct sharing *sharing)
{
    struct row_words *scratch = ARENA_NEW(arena, struct row_words);
    scratch->arena = arena;
    scratch->net = net;
    scratch->sharing = sharing;
    scratch->population = NET_NONE;
    stamped_init(&scratch->class_of, arena, net_n_sources(net));
    stamped_init(&scratch->of_source, arena, net_n_sources(net));
    stamped_init(&scratch->of_group, arena, sharing->groups.n);
    return scratch;
}

static uint32_t *tally_of(struct row_words *scratch, struct stamped *heads, uint32_t i,
                          uint32_t attr)
{
    uint32_t at = stamped_has(heads, i) ? heads->value[i] : NET_NONE;
    while (at != NET_NONE && scratch->tallies.at[at].attr != attr)
        at = scratch->tallies.at[at].next;
    if (at == NET_NONE) {
        uint32_t next = stamped_has(heads, i) ? heads->value[i] : NET_NONE;
        at = scratch->tallies.n;
        VEC_PUSH(scratch->arena, &scratch->tallies, (struct tally){attr, 0, next});
        stamped_set(heads, i, at);
    }
    return &scratch->tallies.at[at].count;
}

/* Edges come in the order of their terms, so the member that reaches its k-th copy first names the
 * first term that the group's k-th word serves. */
static void share_edge(struct row_words *scratch, const struct edge *edge, uint32_t group,
                       struct row_word_vec *words)
{
    uint32_t *mine = tally_of(scratch, &scratch->of_source, edge->source, edge->attr);
    uint32_t reached = *mine += edge->repeat;
    uint32_t *made = tally_of(scratch, &scratch->of_group, group, edge->attr);
    for (; *made < reached; ++*made)
        VEC_PUSH(scratch->arena, words, (struct row_word){true, group, edge->attr, edge->term});
}

void row_words_read(struct row_words *scratch, uint32_t neuron, const uint8_t *carried,
                    struct row_word_vec *words)
{
    const struct sharing *sharing = scratch->sharing;
    uint32_t population = scratch->net->population_of[neuron];
    if (population != scratch->population)
        sharing_classes_into(sharing, population, &scratch->class_of);
    scratch->population = population;
    scratch->tallies.n = 0;
    stamped_clear(&scratch->of_source);
    stamped_clear(&scratch->of_group);
    words->n = 0;
    row_read(scratch->arena, scratch->net, neuron, &scratch->row);
    for (uint32_t e = 0; e < scratch->row.n; e++) {
        const struct edge *edge = &scratch->row.at[e];
        uint32_t group = NET_NONE;
        if (scratch->net->attrs.at[edge->attr].share
            && stamped_has(&scratch->class_of, edge->source))
            group = sharing->classes.at[scratch->class_of.value[edge->source]].group;
        if (group != NET_NONE && (!carried || carried[group]))
            share_edge(scratch, edge, group, words);
        else
            for (uint32_t k = 0; k < edge->repeat; k++)
                VEC_PUSH(scratch->arena, words,
                         (struct row_word){false, edge->source, edge->attr, edge->term});
    }
}
