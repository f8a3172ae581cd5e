/* Proofs by counting cores and chips of a whole board. */
#ifndef DYNC_COUNTS_H
#define DYNC_COUNTS_H

#include "mapper/compose.h"

struct board_proof { /* why no placement exists: more is needed than there is */
    const char *of;  /* "cores", "chips"; NULL: another proof */
    uint32_t need, have;
};
/* Whether views kept apart, or parts that stay whole, need more cores or chips than the board has.
 * The composition's rules and units are read; where blocks stand is of no account. The problem must
 * not be narrowed. */
bool board_counts(struct arena *arena, const struct compose *c, struct board_proof *proof);

#endif
