#include "compiler/sweep_table.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

void sweep_table_init(struct sweep_table *table, struct arena *arena)
{
    *table = (struct sweep_table){.arena = arena};
}

void sweep_table_row(struct sweep_table *table)
{
    VEC_PUSH(table->arena, &table->rows, (struct cells){NULL, 0, 0});
    table->next = 0;
}

/* Rows fill their columns in the same order: the next one is looked at first. */
static uint32_t column_of(struct sweep_table *table, const char *name)
{
    for (uint32_t i = 0; i < table->columns.n; i++) {
        uint32_t column = (table->next + i) % table->columns.n;
        if (strcmp(table->columns.at[column], name) == 0)
            return column;
    }
    const char *copy = arena_strdup(table->arena, name);
    VEC_PUSH(table->arena, &table->columns, copy);
    return table->columns.n - 1;
}

void sweep_table_put(struct sweep_table *table, const char *column, const char *text)
{
    uint32_t at = column_of(table, column);
    struct cells *row = &table->rows.at[table->rows.n - 1];
    const char *copy = arena_strdup(table->arena, text);
    while (row->n <= at)
        VEC_PUSH(table->arena, row, NULL);
    row->at[at] = copy;
    table->next = at + 1;
}

void sweep_table_number(struct sweep_table *table, const char *column, double value)
{
    char text[40] = "";
    if (!isnan(value))
        snprintf(text, sizeof text, "%.9g", value);
    sweep_table_put(table, column, text);
}

static void put_cell(struct text *out, const char *cell)
{
    if (!cell)
        return;
    if (!strpbrk(cell, ",\"\n\r")) {
        text_add(out, "%s", cell);
        return;
    }
    text_add(out, "\"");
    for (; *cell; cell++)
        text_add(out, *cell == '"' ? "\"\"" : "%c", *cell);
    text_add(out, "\"");
}

static void put_row(struct text *out, const struct cells *row, uint32_t n_columns)
{
    for (uint32_t i = 0; i < n_columns; i++) {
        text_add(out, i ? "," : "");
        put_cell(out, i < row->n ? row->at[i] : NULL);
    }
    text_add(out, "\n");
}

void sweep_table_text(const struct sweep_table *table, struct text *out)
{
    put_row(out, &table->columns, table->columns.n);
    for (uint32_t i = 0; i < table->rows.n; i++)
        put_row(out, &table->rows.at[i], table->columns.n);
}

const char *sweep_unit(struct arena *arena, struct dimension dim)
{
    if (dimension_equal(dim, DIM_NONE))
        return "";
    if (dimension_equal(dim, DIM_TIME))
        return "_s";
    if (dimension_equal(dim, DIM_CURRENT))
        return "_a";
    return dimension_equal(dim, DIM_FREQUENCY)
               ? "_hz"
               : arena_printf(arena, "_%s", dimension_unit(arena, dim));
}

void sweep_table_point(struct sweep_table *table, const struct source_set *sources,
                       const struct sweep *sweep, uint32_t point)
{
    struct arena *arena = table->arena;
    sweep_table_number(table, "point", point);
    for (uint32_t a = 0; a < sweep->axes.n; a++) {
        const struct sweep_axis *axis = &sweep->axes.at[a];
        const struct sweep_value *value = &axis->values.at[sweep_index(sweep, a, point)];
        for (uint32_t i = 0; i < axis->targets.n; i++) {
            const char *column = arena_printf(arena, "%s%s", axis->targets.at[i].name,
                                              axis->numbers ? sweep_unit(arena, axis->dim) : "");
            if (isnan(value->number))
                sweep_table_put(table, column, sources->files.at[value->span.file]->text);
            else
                sweep_table_number(table, column, value->number);
        }
    }
}
