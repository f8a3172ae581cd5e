/* Tags in a composition: where some core would hear more than it can tell apart, blocks change
 * cores until none does.
 */
#ifndef DYNC_COMPOSE_TAGS_H
#define DYNC_COMPOSE_TAGS_H

#include "mapper/compose.h"
#include "mapper/sharing.h"

struct tag_load {
    const struct sharing *sharing;
    const uint8_t *shared; /* per group: 1 if it sends one tag */
    uint32_t limit;        /* tags that a core can be sent */
};
/* Moves blocks of a counted composition, and cuts them where that helps, within an amount of work
 * that depends on the network alone. Returns how far tags still are beyond the limit: 0 says that
 * every chip has numbers enough (up to four cores to a chip; beyond, that every core has).
 * patience: after so many rounds, at least 1, that take little of much strain, blocks are not cut
 * finer. */
uint64_t compose_relieve(struct compose *c, const struct tag_load *load, uint32_t patience);

/* Strain beyond which a round that takes little of it promises nothing. */
uint64_t compose_much_strain(const struct net *net);

#endif
