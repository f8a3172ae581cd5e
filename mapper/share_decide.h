/* Stage 3: which groups send one tag to which chip, as far as CAM demands it and SRAM affords it.
 */
#ifndef DYNC_SHARE_DECIDE_H
#define DYNC_SHARE_DECIDE_H

#include "backend/device/device.h"
#include "mapper/ilp.h"
#include "mapper/sharing.h"

enum share_status { SHARE_FITS, SHARE_IMPOSSIBLE, SHARE_UNDECIDED };
struct share_decision {
    enum share_status status; /* SHARE_IMPOSSIBLE only after our own exhaustive search */
    uint8_t *carried;         /* [chip][group]: 1 if it shares its tag on this chip */
    bool canonical;
    uint64_t nodes;
    uint32_t short_source, short_words; /* a source that needs too many words, and how many */
    uint32_t short_chips;               /* chips it sends to */
    uint8_t *doubled; /* where it does not fit: per neuron that is short of words, how many it would
                         send to chips that it sends another to */
};
struct share_options {
    uint64_t node_limit;
    struct ilp_options ilp;
};
enum { SHARE_DEFAULT_NODES = 200000 };

/* chip_of: the chip of every neuron; NULL: a board of one chip. */
void share_decide(struct arena *arena, const struct net *net, const struct device *device,
                  const struct sharing *sharing, const uint32_t *chip_of,
                  const struct share_options *options, struct share_decision *decision);

#endif
