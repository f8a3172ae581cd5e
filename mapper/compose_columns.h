/* Where the cores of a placement are forced, the chips are a matter of whole cores: proof. */
#ifndef DYNC_COMPOSE_COLUMNS_H
#define DYNC_COMPOSE_COLUMNS_H

#include "mapper/columns.h"
#include "mapper/compose.h"

/* If every class fits one core, so that any placement with as many cores as classes has one core
 * per class: the least cut of such a placement on as many chips as are in use, or a lower bound of
 * it; -1 if the cores are not forced, or too many. A cheaper composition is taken over where no
 * rule about chips stands against it; *improved says so. */
int64_t compose_by_columns(struct compose *c, const struct ilp_options *options, bool *improved);

#endif
