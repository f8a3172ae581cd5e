#include "mapper/ilp_text.h"

#include "compiler/base/text.h"

#include <stdlib.h>

enum { TERMS_PER_LINE = 8 }; /* readers know a longest line */

struct writer {
    struct text text;
    uint32_t on_line;
};
struct row_entry {
    uint32_t column;
    int64_t value;
};

static void add_term(struct writer *w, int64_t value, uint32_t column)
{
    if (w->on_line > 0 && w->on_line % TERMS_PER_LINE == 0)
        text_add(&w->text, "\n   ");
    w->on_line++;
    text_add(&w->text, " %c %llu x%u", value < 0 ? '-' : '+',
             (unsigned long long)(value < 0 ? -(uint64_t)value : (uint64_t)value), column);
}

static int64_t cost_of(const struct ilp_model *model, const int64_t *x)
{
    int64_t cost = 0;
    for (uint32_t j = 0; j < model->columns.n; j++)
        cost += model->columns.at[j].cost * x[j];
    return cost;
}

static void add_answer(struct writer *w, const struct ilp_model *model,
                       const struct ilp_result *result)
{
    switch (result->status) {
    case ILP_SOLVED:
        text_add(&w->text, "\\ optimum %lld\n", (long long)cost_of(model, result->x));
        break;
    case ILP_FEASIBLE:
        text_add(&w->text, "\\ feasible %lld, node limit\n", (long long)cost_of(model, result->x));
        break;
    case ILP_RELAXED:
        text_add(&w->text, "\\ relaxed optimum %.6f\n", result->relaxed);
        break;
    case ILP_INFEASIBLE:
        text_add(&w->text, "\\ infeasible\n");
        break;
    case ILP_NOTHING:
        text_add(&w->text, "\\ no answer\n");
        break;
    }
}

static void add_objective(struct writer *w, const struct ilp_model *model)
{
    w->on_line = 0;
    text_add(&w->text, "Minimize\n cost:");
    for (uint32_t j = 0; j < model->columns.n; j++)
        if (model->columns.at[j].cost)
            add_term(w, model->columns.at[j].cost, j);
    if (w->on_line == 0)
        add_term(w, 0, 0);
}

static void add_rows(struct writer *w, struct arena *scratch, const struct ilp_model *model)
{
    static const char *const sense[] = {
        [ILP_AT_LEAST] = ">=", [ILP_AT_MOST] = "<=", [ILP_EQUAL] = "="};
    uint32_t m = model->rows.n;
    uint32_t *first = ARENA_ARRAY(scratch, uint32_t, (size_t)m + 2);
    struct row_entry *entries = ARENA_ARRAY(scratch, struct row_entry, model->entries.n);
    for (uint32_t e = 0; e < model->entries.n; e++)
        first[model->entries.at[e].row + 2]++;
    for (uint32_t i = 0; i < m; i++)
        first[i + 2] += first[i + 1];
    for (uint32_t j = 0; j < model->columns.n; j++) {
        const struct ilp_column *column = &model->columns.at[j];
        for (uint32_t e = column->first_entry; e < column->first_entry + column->n_entries; e++)
            entries[first[model->entries.at[e].row + 1]++] =
                (struct row_entry){j, model->entries.at[e].value};
    }
    text_add(&w->text, "\nSubject To\n");
    for (uint32_t i = 0; i < m; i++) {
        w->on_line = 0;
        text_add(&w->text, " r%u:", i);
        for (uint32_t e = first[i]; e < first[i + 1]; e++)
            add_term(w, entries[e].value, entries[e].column);
        if (w->on_line == 0)
            add_term(w, 0, 0);
        text_add(&w->text, " %s %lld\n", sense[model->rows.at[i].sense],
                 (long long)model->rows.at[i].rhs);
    }
}

/* Columns are at least 0 unless something else is said. */
static void add_bounds(struct writer *w, const struct ilp_model *model, bool relaxation)
{
    text_add(&w->text, "Bounds\n");
    for (uint32_t j = 0; j < model->columns.n; j++)
        if (model->columns.at[j].upper >= 0)
            text_add(&w->text, " 0 <= x%u <= %lld\n", j, (long long)model->columns.at[j].upper);
    if (!relaxation && model->columns.n > 0) {
        text_add(&w->text, "Generals\n");
        for (uint32_t j = 0; j < model->columns.n; j++)
            text_add(&w->text, " x%u%s", j, j % TERMS_PER_LINE == TERMS_PER_LINE - 1 ? "\n" : "");
        text_add(&w->text, "\n");
    }
    text_add(&w->text, "End\n");
}

char *ilp_text(struct arena *arena, const struct ilp_model *model,
               const struct ilp_options *options, const struct ilp_result *result, size_t *n)
{
    struct arena *scratch = arena_scratch(arena);
    struct writer w;
    text_init(&w.text, arena);
    text_add(&w.text, "\\ %s: %u columns, %u rows, %s\n", model->name, model->columns.n,
             model->rows.n, options->relaxation ? "linear relaxation" : "integer");
    add_answer(&w, model, result);
    add_objective(&w, model);
    add_rows(&w, scratch, model);
    add_bounds(&w, model, options->relaxation);
    arena_scratch_end(scratch);
    *n = w.text.n;
    return w.text.at;
}

void ilp_dump(const struct ilp_model *model, const struct ilp_options *options,
              const struct ilp_result *result)
{
    struct ilp_dump *dump = options->dump;
    if (!dump)
        return;
    struct arena *scratch = arena_scratch(model->arena);
    size_t n;
    const char *bytes = ilp_text(scratch, model, options, result, &n);
    const char *name = arena_printf(scratch, "%03u-%s.lp", ++dump->n, model->name);
    dump->write(dump->context, name, bytes, n);
    arena_scratch_end(scratch);
}
