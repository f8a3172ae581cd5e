/* Stage 4: numbers for the tags that reach one chip.
 *
 * An item is what one sender says to the chip under one number: the source's own tag, or the common
 * tag of a group. Two items may have the same number iff no core hears both. Items whose number is
 * given take it before all others; they are the units of biosignal front ends.
 */
#ifndef DYNC_TAGS_H
#define DYNC_TAGS_H

#include "mapper/ilp.h"

struct tag_item {
    uint32_t mask;   /* cores that hold a matching CAM word; not 0 */
    uint32_t number; /* result */
    bool fixed;      /* or given */
};
enum tags_status { TAGS_FIT, TAGS_IMPOSSIBLE, TAGS_UNDECIDED };
struct tags_result {
    enum tags_status status; /* TAGS_IMPOSSIBLE only with a bound evaluated in integers */
    uint32_t used;           /* numbers in use: highest + 1 */
    uint32_t bound;          /* proved: fewer do not do; 0 if it was not needed */
    uint32_t chip;           /* the one these are about */
};

/* Numbers the items in the order given, each the lowest free one. Where that takes more than
 * `limit` numbers, the items are numbered anew, those with most cores first, which is optimal up to
 * four cores; the relaxed pattern model then proves that none exists if that runs past it too. */
void number_tags(struct arena *arena, struct tag_item *items, uint32_t n, uint32_t n_cores,
                 uint32_t limit, const struct ilp_options *options, struct tags_result *result);

/* The model alone: a proved bound on the numbers that items take, count[mask] of each; 0: none. */
uint32_t tags_bound(struct arena *arena, const uint32_t *count, uint32_t n_cores,
                    const struct ilp_options *options);

#endif
