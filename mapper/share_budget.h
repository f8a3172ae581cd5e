/* What sharing or not sharing a group means for CAM and SRAM on one chip. */
#ifndef DYNC_SHARE_BUDGET_H
#define DYNC_SHARE_BUDGET_H

#include "backend/device/device.h"
#include "mapper/sharing.h"

struct group_use { /* of one neuron */
    uint32_t neuron, words;
};
struct group_use_vec VEC_OF(struct group_use);
struct share_budget {
    const struct net *net;
    const struct sharing *sharing;
    uint32_t cam_words, sram_words;
    uint32_t *order;     /* groups: most words saved first */
    uint64_t *saved;     /* per group: CAM words on this chip */
    uint32_t *first_use; /* per group + 1 */
    struct group_use *uses;
    uint32_t *group_edges;           /* per group: edges of each member that it carries */
    uint32_t *words;                 /* per neuron: as decided so far */
    uint32_t *least;                 /* per neuron: with every undecided group shared */
    uint32_t *edges, *carried_edges; /* per source */
    uint32_t *open_edges;            /* per source: edges of undecided groups */
    uint32_t *shared;                /* per source: groups it shares in */
};
void share_budget_init(struct share_budget *budget, struct arena *arena, const struct net *net,
                       const struct device *device, const struct sharing *sharing);

/* Decides an undecided group, and takes the decision back. */
void share_budget_set(struct share_budget *budget, uint32_t group, bool share);
void share_budget_unset(struct share_budget *budget, uint32_t group, bool share);

/* SRAM words of a source: shared tags, its own tag if it needs one, its probe. `open`: undecided
 * groups count as carrying their edges at no cost, a lower bound. Input units have no SRAM. */
uint32_t share_sram_words(const struct share_budget *budget, uint32_t source, bool open);
/* Whether all members of a group stay within their SRAM words. */
bool share_members_fit(const struct share_budget *budget, uint32_t group, bool open);
/* Whether some neuron that the group serves has too many CAM words: as decided so far, or at least.
 */
bool share_needed(const struct share_budget *budget, uint32_t group);
bool share_hopeless(const struct share_budget *budget, uint32_t group);

#endif
