/* Assignment: every row to a column of its own at the least total cost, exactly, in integers.
 */
#ifndef DYNC_ASSIGN_H
#define DYNC_ASSIGN_H

#include "compiler/base/arena.h"

struct assign {
    uint32_t n_rows, n_columns; /* n_rows <= n_columns */
    const int64_t *cost;        /* [row][column]; magnitudes below 2^61 / n_rows */
};
struct assigned {
    uint32_t *column;               /* per row */
    int64_t *row_price, *col_price; /* row_price + col_price <= cost everywhere, equal where
                                       assigned; col_price <= 0, and 0 where nothing is */
    int64_t cost;                   /* the sum of all prices, too, which proves that it is least */
    uint64_t work;                  /* entries of the matrix looked at */
};

void assign_rows(struct arena *arena, const struct assign *problem, struct assigned *result);

#endif
