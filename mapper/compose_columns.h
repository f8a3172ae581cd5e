/* A composition as whole cores: their contents stay as they are, only which cores stand together on
 * a chip is optimised anew. */
#ifndef DYNC_COMPOSE_COLUMNS_H
#define DYNC_COMPOSE_COLUMNS_H

#include "mapper/columns.h"
#include "mapper/compose.h"

/* Regroups the cores in use on as many chips, all rules kept; *improved: with less cut. Where every
 * class fits one core, so that any placement with as many cores as classes has one core per class,
 * the result is a lower bound of the cut of such a placement on as many chips as are in use; else,
 * or if something is in excess, -1. */
int64_t compose_by_columns(struct compose *c, const struct ilp_options *options, bool *improved);

#endif
