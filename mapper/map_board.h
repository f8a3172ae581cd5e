/* Boards of several chips: neurons to cores of chips. */
#ifndef DYNC_MAP_BOARD_H
#define DYNC_MAP_BOARD_H

#include "mapper/bounds.h"
#include "mapper/compose_tags.h"
#include "mapper/counts.h"
#include "mapper/pack.h"

/* Neurons that stay together, or, of what may be split, those left over: the largest such part that
 * found no core in the best attempt, and the most room that a core had for its bias set. */
struct no_room {
    uint32_t neuron, size; /* the first of them; how many: 0: no part */
    uint32_t parts, room;  /* parts not placed */
};
struct board_plan {
    enum pack_status status; /* PACK_IMPOSSIBLE only with a proof */
    uint32_t *core_of;       /* per neuron: board-wide core */
    uint32_t cores, chips, splits;
    struct bounds bounds;
    int64_t excess; /* SRAM words too many and packets that do not arrive, at least */
    bool canonical;
    uint64_t nodes;
    struct no_room no_room; /* where it is PACK_UNDECIDED */
};
struct plan_limits {
    uint32_t capacity;           /* neurons per core, fewer than may be used; 0: all of them */
    const struct tag_load *tags; /* NULL: cores hear whatever comes */
    const uint8_t *taken;        /* per neuron: SRAM words besides one per chip; NULL: for probes */
    const struct sharing *sharing; /* counts words of synapses that must share; NULL: none do */
};
/* The bounds hold for these limits alone. With tags given, blocks go where the cores can tell them
 * apart and stay as composed; that also serves a single chip. */
void plan_board(struct arena *arena, const struct net *net, const struct device *device,
                const struct bias_plan *plan, const struct pack_options *options,
                const struct plan_limits *limits, struct board_plan *out);

/* Whether place lines alone rule out every placement: they contradict each other, or what they hold
 * on one chip cannot stand there; or counting does, and *proof says what. `ignored` as in
 * problem_options; only_counts: nothing but counting is tried. False proves nothing. */
bool board_disproved(struct arena *arena, const struct net *net, const struct device *device,
                     const struct bias_plan *plan, const struct pack_options *options,
                     const bool *ignored, bool only_counts, struct board_proof *proof);

#endif
