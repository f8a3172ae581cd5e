/* All compositions of the least cost, once it is proved, and which of them needs fewest hops. */
#ifndef DYNC_COLUMN_BEST_H
#define DYNC_COLUMN_BEST_H

#include "mapper/column_prices.h"
#include "mapper/grid.h"

/* Lists all compositions that cost no more than `cost` and keep to all limits; prices: repaired.
 * list->n is 0 if they are more than `most`, or finding them is too much work. */
void column_best_list(struct arena *arena, struct pricer *pricer,
                      const struct column_prices *prices, int64_t cost, uint32_t most,
                      struct column_list *list);

/* Least hops of a composition on a board where all chips reach each other and the host. False: the
 * number is not proved to be the least. */
bool column_hops(struct arena *arena, const struct column_problem *problem, const uint32_t *chip_of,
                 const struct net *net, const struct device *device,
                 const struct observer *observer, uint64_t *hops);

#endif
