/* A composition as whole cores: their contents stay as they are, only which cores stand together on
 * a chip is optimised anew. */
#ifndef DYNC_COMPOSE_COLUMNS_H
#define DYNC_COMPOSE_COLUMNS_H

#include "mapper/columns.h"
#include "mapper/compose.h"

/* Whether every class has one core in any placement on as many cores as are in use. */
bool compose_is_forced(const struct compose *c, struct arena *arena);

struct compose_proof {
    int64_t cut;  /* see below; -1: none */
    int64_t hops; /* of any such placement that has this cut; -1: none */
    bool improved;
    bool unaided; /* no number of the solver went into this */
};
/* Regroups the cores in use on as many chips, all rules kept; improved: with less cut, or with as
 * much and fewer hops. Where every class fits one core, so that any placement with as many cores as
 * classes has one core per class, proof->cut is a lower bound of the cut of such a placement on as
 * many chips as are in use; and if that is met, all compositions that meet it are few, and so are
 * the chips, proof->hops is what the best of them needs, which is taken. */
void compose_by_columns(struct compose *c, const struct ilp_options *options,
                        struct compose_proof *proof);

#endif
