/* Parts of random networks for the tests that compare the mapper with trying everything. */
#ifndef DYNC_TESTS_RANDOM_NET_H
#define DYNC_TESTS_RANDOM_NET_H

#include "tests/unit/dice.h"
#include "tests/unit/net_builder.h"

/* Neurons of a population that follow each other: often all. */
static inline struct view random_view(struct net_builder *b, struct dice *d)
{
    uint32_t p = roll(d, b->net.populations.n), size = b->net.populations.at[p].size;
    uint32_t first = roll(d, 3) ? 0 : roll(d, size);
    uint32_t n = roll(d, 3) ? size - first : 1 + roll(d, size - first);
    return nb_view(UNIT_NEURON, p, first, n);
}

/* A place line of one of the kinds, whatever it may mean for the views. */
static inline void random_place(struct net_builder *b, struct dice *d, const enum place_kind *kinds,
                                uint32_t n_kinds)
{
    struct place place = {.kind = kinds[roll(d, n_kinds)], .span = nb_span(70 + b->net.places.n)};
    place.chip = roll(d, b->net.chips);
    place.core = roll(d, b->device.cores_per_chip);
    place.first = roll(d, b->device.neurons_per_core);
    place.cores = 1 + roll(d, b->device.cores_per_chip + (b->net.chips > 1));
    bool several = place.kind == PLACE_TOGETHER_CORE || place.kind == PLACE_TOGETHER_CHIP
                   || place.kind == PLACE_APART_CORE || place.kind == PLACE_APART_CHIP;
    for (uint32_t i = 0; i < (several ? 1 + roll(d, 2) : 1); i++)
        VEC_PUSH(&b->arena, &place.views, random_view(b, d));
    VEC_PUSH(&b->arena, &b->net.places, place);
}

/* Synapses of up to `attrs` kinds for `quarters` of four pairs; one in `doubled` is there twice. */
static inline void random_term(struct net_builder *b, struct dice *d, struct view pre,
                               struct view post, uint32_t quarters, uint32_t attrs,
                               uint32_t doubled)
{
    struct nb_edge_vec edges = {NULL, 0, 0};
    bool share = roll(d, 4) != 0;
    for (uint32_t i = 0; i < post.size; i++)
        for (uint32_t j = 0; j < pre.size; j++) {
            if (roll(d, 4) >= quarters)
                continue;
            uint32_t attr = nb_attr(b, DENDRITE_AMPA, (uint8_t)(1 + roll(d, attrs)), share);
            VEC_PUSH(&b->arena, &edges, (struct nb_edge){i, j, attr, roll(d, doubled) ? 1 : 2});
        }
    nb_project(b, "x -> y", pre, post, &edges);
}

#endif
