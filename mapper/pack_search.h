/* Can a partial packing be completed? Our own exhaustive search: a yes comes with the packing, a no
 * is a proof. */
#ifndef DYNC_PACK_SEARCH_H
#define DYNC_PACK_SEARCH_H

#include "mapper/observer.h"
#include "mapper/pack_state.h"

enum pack_answer { PACK_NO, PACK_YES, PACK_UNKNOWN };
struct pack_search; /* scratch of a component */

/* An observer (NULL: nobody) may end every search, which then does not know the answer. */
struct pack_search *pack_search_new(struct arena *arena, const struct pack_state *state,
                                    uint64_t node_limit, const struct observer *observer);

/* Whether the units with neurons left can be placed within the limits. The state comes back as it
 * was. On PACK_YES amount[unit][core] is a completion, what was placed before included; its cost is
 * in *cost. PACK_UNKNOWN when this search has visited `nodes` nodes or all searches of the
 * component have used up its limit. */
enum pack_answer pack_complete(struct pack_search *search, struct pack_state *state,
                               const struct pack_limits *limits, uint64_t nodes, uint32_t *amount,
                               struct pack_limits *cost);
uint64_t pack_search_nodes(const struct pack_search *search);

/* What a full set of amounts costs. */
void pack_cost(const struct pack_state *state, const uint32_t *amount, struct pack_limits *cost);

#endif
