/* What sharing or not sharing a group means for CAM and SRAM, chip by chip. */
#ifndef DYNC_SHARE_BUDGET_H
#define DYNC_SHARE_BUDGET_H

#include "backend/device/device.h"
#include "mapper/sharing.h"

struct group_use { /* of one neuron */
    uint32_t neuron, words;
};
struct group_use_vec VEC_OF(struct group_use);
/* One group and one chip that holds targets of it: shared there whole or not at all. */
struct delivery {
    uint32_t group, chip;
    uint32_t first_use, n_uses; /* the neurons there, in uses */
    uint32_t first_port;        /* of each member in member_port: its port to the chip */
    uint32_t edges;             /* of each member that it carries */
    uint64_t saved;             /* CAM words */
};
struct port { /* one source and one chip that holds targets of it */
    uint32_t chip;
    uint32_t edges, carried, open; /* all; of groups that share; of deliveries not decided yet */
    uint32_t shared;               /* groups it shares in */
};
struct share_budget {
    const struct net *net;
    const struct sharing *sharing;
    const uint32_t *chip_of; /* per neuron; NULL: all on one chip */
    uint32_t n_chips;
    const uint32_t *cam_limit; /* per neuron: CAM words it may have */
    uint32_t n_deliveries;
    struct delivery *deliveries; /* by group, then chip */
    uint32_t *order;             /* deliveries: most words saved first */
    struct group_use *uses;
    uint32_t *first_port; /* per source + 1 */
    struct port *ports;   /* of a source: by chip */
    uint32_t *member_port;
    uint32_t *limit; /* per source: words it has; UINT32_MAX: as many as it likes */
    uint32_t *words; /* per neuron: as decided so far */
    uint32_t *least; /* per neuron: with every undecided group shared */
};
/* chip_of: per neuron; NULL: all stand on chip 0. */
void share_budget_init(struct share_budget *budget, struct arena *arena, const struct net *net,
                       const struct device *device, const struct sharing *sharing,
                       const uint32_t *chip_of);

/* Decides an undecided delivery, and takes the decision back. */
void share_budget_set(struct share_budget *budget, uint32_t delivery, bool share);
void share_budget_unset(struct share_budget *budget, uint32_t delivery, bool share);

/* SRAM words of a source: shared tags, its own tag wherever it needs one, its probe. `open`:
 * undecided groups count as carrying their edges at no cost, a lower bound. A pixel of a camera has
 * destination words of its interface; other input units have no such words and take none. */
uint32_t share_sram_words(const struct share_budget *budget, uint32_t source, bool open);
/* Whether all members of a delivery stay within their SRAM words. */
bool share_members_fit(const struct share_budget *budget, uint32_t delivery, bool open);
/* SRAM words of neurons for chips other than their own that a delivery takes more, or fewer, when
 * the group shares there; 0 on one chip. The delivery is decided to share. */
int64_t share_added_cut(const struct share_budget *budget, uint32_t delivery);
/* Whether some neuron that the delivery serves has too many CAM words: as decided so far, or at
 * least. */
bool share_needed(const struct share_budget *budget, uint32_t delivery);
bool share_hopeless(const struct share_budget *budget, uint32_t delivery);
/* Whether some neuron that it serves has too many CAM words unless the group shares its tag there.
 */
bool share_indispensable(const struct share_budget *budget, uint32_t delivery);

#endif
