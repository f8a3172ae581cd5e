/* Improves a composition window by window: a few chips that are tied together are composed anew,
 * exactly, with everything outside as it is. */
#ifndef DYNC_COLUMN_WINDOWS_H
#define DYNC_COLUMN_WINDOWS_H

#include "mapper/column_prices.h"

struct composition {
    uint32_t *chip_of; /* per node */
    int64_t cost;
    bool improved;
    const struct column_taker *taker;
};

/* Takes over a cheaper composition of all nodes on some chips; each column goes to the chip that it
 * has most in common with. False: the taker refused, and nothing has changed. */
bool composition_take(struct arena *arena, const struct column_sets *sets,
                      struct composition *composition, const struct column *columns,
                      const uint32_t *chips, uint32_t n, int64_t cost);

/* prices: repaired; they say which chips cost more than they should, and what might do instead.
 * Ends where no window of the sizes tried is better, after a fixed amount of work, or once the
 * cost meets the bound. */
void column_windows(struct arena *arena, struct pricer *pricer, const struct column_prices *prices,
                    const struct ilp_options *options, struct composition *composition);

#endif
