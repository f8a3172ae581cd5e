/* A table whose columns come up as its rows are filled: the result of a sweep, as CSV. */
#ifndef DYNC_SWEEP_TABLE_H
#define DYNC_SWEEP_TABLE_H

#include "compiler/base/text.h"
#include "compiler/sweep.h"

struct cells VEC_OF(const char *);
struct rows VEC_OF(struct cells);
struct sweep_table {
    struct arena *arena;
    struct cells columns;
    struct rows rows;
    uint32_t next; /* column that the next cell is most likely in */
};

void sweep_table_init(struct sweep_table *table, struct arena *arena);
void sweep_table_row(struct sweep_table *table); /* begins one */
/* A cell of the last row. Both texts are copied. */
void sweep_table_put(struct sweep_table *table, const char *column, const char *text);
/* The same with nine digits; NaN: an empty cell. */
void sweep_table_number(struct sweep_table *table, const char *column, double value);
/* Header line and rows; cells are quoted where they have to be (RFC 4180). */
void sweep_table_text(const struct sweep_table *table, struct text *out);

/* Columns of the number of a point and of the values asked for: SI units, named behind `_`. */
void sweep_table_point(struct sweep_table *table, const struct source_set *sources,
                       const struct sweep *sweep, uint32_t point);
/* "_s", "_a", "_hz", "" */
const char *sweep_unit(struct arena *arena, struct dimension dim);

#endif
