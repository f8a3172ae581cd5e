/* The mapper: network and device in, mapping out. Stages as in mapper/README.md. */
#ifndef DYNC_MAP_H
#define DYNC_MAP_H

#include "backend/bias.h"
#include "mapper/ilp.h"
#include "mapper/mapping.h"

struct map_options {
    uint64_t node_limit;         /* branch-and-bound nodes per model; 0: default */
    struct ilp_dump *dump;       /* who gets every model as text; NULL: nobody */
    const struct ilp_shim *shim; /* tests: disturbs the solver's numbers; NULL: none */
    const struct observer
        *observer; /* may end the search: the best so far is the result; NULL: nobody */
};
enum map_status { MAP_OK, MAP_INFEASIBLE, MAP_UNDECIDED };

/* Reports E0302, E0304, E0401 to E0404 as the status says. */
enum map_status map_network(struct arena *arena, const struct net *net, const struct device *device,
                            const struct bias_plan *plan, const struct map_options *options,
                            struct diag_sink *sink, struct mapping *mapping);

/* Text form (--dump=mapping). */
char *mapping_dump(struct arena *arena, const struct net *net, const struct mapping *mapping);

#endif
