/* Units that are split over cores: which cores they claim, and how many neurons go to each. */
#ifndef DYNC_PACK_FLOW_H
#define DYNC_PACK_FLOW_H

#include "mapper/pack_state.h"

enum { PACK_MAX_SPLIT = 48 };
struct pack_flow {
    uint32_t n, unit[PACK_MAX_SPLIT]; /* the units to split */
    uint32_t claim[PACK_MAX_SPLIT];   /* their cores */
    uint32_t group[PACK_MAX_SPLIT];   /* units of one spread have one group */
    uint32_t *flow;                   /* [unit][core] */
    uint32_t *spare;                  /* [group][core]: neurons that the spread still admits */
    uint8_t *visited;                 /* [group][core], then [core] */
    uint64_t *nodes, node_limit;
    bool stopped; /* the node limit came first */
};
void pack_flow_init(struct pack_flow *flow, struct arena *arena, uint32_t n_cores, uint64_t *nodes,
                    uint64_t node_limit);

/* Whether the units can be split over two or more cores each within the limits. On true `flow` says
 * how; the state is as before. */
bool pack_flow_fits(struct pack_flow *flow, struct pack_state *state,
                    const struct pack_limits *limits);

#endif
