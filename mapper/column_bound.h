/* The bound of a composition problem: prices are raised by our own ascent first, then by column
 * generation with the solver. */
#ifndef DYNC_COLUMN_BOUND_H
#define DYNC_COLUMN_BOUND_H

#include "mapper/column_prices.h"

/* Prices, repaired, with a bound as high as could be found; `chip_of` is a composition of that
 * cost, and the way is over once the bound meets it. True: our own ascent did that, without the
 * solver. */
bool column_bound_raise(struct arena *arena, struct pricer *pricer,
                        const struct ilp_options *options, const uint32_t *chip_of, int64_t cost,
                        struct column_prices *best);

#endif
