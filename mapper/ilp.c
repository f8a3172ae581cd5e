#include "mapper/ilp.h"

#include <math.h>
#include <string.h>

void ilp_model_init(struct ilp_model *model, struct arena *arena, const char *name)
{
    memset(model, 0, sizeof *model);
    model->arena = arena;
    model->name = name;
}

uint32_t ilp_add_row(struct ilp_model *model, enum ilp_sense sense, int64_t rhs)
{
    VEC_PUSH(model->arena, &model->rows, (struct ilp_row){sense, rhs});
    return model->rows.n - 1;
}

uint32_t ilp_add_column(struct ilp_model *model, int64_t cost, int64_t upper)
{
    VEC_PUSH(model->arena, &model->columns, (struct ilp_column){cost, upper, model->entries.n, 0});
    return model->columns.n - 1;
}

void ilp_add_entry(struct ilp_model *model, uint32_t row, int64_t value)
{
    VEC_PUSH(model->arena, &model->entries, (struct ilp_entry){row, value});
    model->columns.at[model->columns.n - 1].n_entries++;
}

static bool row_holds(const struct ilp_row *row, int64_t activity)
{
    if (row->sense == ILP_AT_LEAST)
        return activity >= row->rhs;
    if (row->sense == ILP_AT_MOST)
        return activity <= row->rhs;
    return activity == row->rhs;
}

bool ilp_check(const struct ilp_model *model, const int64_t *x, int64_t *cost)
{
    int64_t *activity = ARENA_ARRAY(model->arena, int64_t, model->rows.n);
    *cost = 0;
    for (uint32_t j = 0; j < model->columns.n; j++) {
        const struct ilp_column *column = &model->columns.at[j];
        if (x[j] < 0 || (column->upper >= 0 && x[j] > column->upper))
            return false;
        *cost += column->cost * x[j];
        for (uint32_t e = 0; e < column->n_entries; e++) {
            const struct ilp_entry *entry = &model->entries.at[column->first_entry + e];
            activity[entry->row] += entry->value * x[j];
        }
    }
    for (uint32_t i = 0; i < model->rows.n; i++)
        if (!row_holds(&model->rows.at[i], activity[i]))
            return false;
    return true;
}

int64_t ilp_repaired_dual(double dual, int64_t lo, int64_t hi)
{
    double scaled = floor(dual * ILP_DUAL_SCALE + 0.5);
    if (!(scaled > (double)lo))
        return lo;
    return scaled > (double)hi ? hi : (int64_t)scaled;
}

int64_t ilp_scaled_ceiling(int64_t scaled)
{
    int64_t whole = scaled / ILP_DUAL_SCALE;
    return whole + (scaled > whole * ILP_DUAL_SCALE);
}
