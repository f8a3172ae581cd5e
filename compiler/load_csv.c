#include "compiler/load_csv.h"

#include "compiler/csv.h"
#include "compiler/eval_parts.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* --- lines and cells --- */

struct table {
    struct csv csv;
    struct eval *eval;
    const char *path;
    struct span span; /* where the program names the file */
};

static void open_table(struct table *table, struct eval *eval, const char *path, struct span span,
                       uint16_t file)
{
    *table = (struct table){.eval = eval, .path = path, .span = span};
    csv_start(&table->csv, eval->sources->files.at[file]);
}

static bool bad_cell(struct table *table, const struct csv_cell *cell, const char *what)
{
    eval_report(table->eval, DIAG_E0604, table->span, "\"%s\":%u: column %u is not %s: `%s`",
                table->path, table->csv.line, table->csv.column, what,
                csv_shown(table->eval->arena, cell));
    return false;
}

static bool real_cell(struct table *table, const struct csv_cell *cell, double *out)
{
    enum csv_status status = csv_real(cell, out);
    return status == CSV_GOOD
           || bad_cell(table, cell,
                       status == CSV_MALFORMED ? "a number" : "within the range of numbers");
}

static bool int_cell(struct table *table, const struct csv_cell *cell, int64_t *out)
{
    enum csv_status status = csv_int(cell, out);
    return status == CSV_GOOD
           || bad_cell(table, cell, status == CSV_MALFORMED ? "an int" : "below 2^63");
}

static bool fault(struct table *table, const char *what)
{
    eval_report(table->eval, DIAG_E0604, table->span, "\"%s\":%u: %s", table->path, table->csv.line,
                what);
    return false;
}

static bool empty(struct table *table)
{
    eval_report(table->eval, DIAG_E0604, table->span, "\"%s\" holds no numbers", table->path);
    return false;
}

static bool too_many_cells(struct table *table)
{
    uint64_t limit = table->eval->limits.data_cells;
    struct diag *diag =
        eval_report(table->eval, DIAG_E0225, table->span, "\"%s\" holds more than %llu numbers",
                    table->path, (unsigned long long)limit);
    diag_note(table->eval->sink, diag, span_nowhere(), "the limit is `--limit data-cells=%llu`",
              (unsigned long long)limit);
    return false;
}

/* --- header --- */

/* A number that is none, or nothing: no name of a column. */
static bool is_not_finite(const struct csv_cell *cell)
{
    static const char *const words[] = {"nan", "inf", "infinity"};
    uint32_t sign = cell->n > 0 && (cell->text[0] == '+' || cell->text[0] == '-');
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
        if (cell->n - sign == strlen(words[i])
            && !strncasecmp(cell->text + sign, words[i], cell->n - sign))
            return true;
    return cell->n == 0;
}

/* Whether the first line is a header: its first cell is no number, and neither is any other. False:
 * reported, a line of numbers with something else before them. */
static bool find_header(struct table *table, bool *header)
{
    struct csv line = table->csv;
    struct csv_cell first, cell;
    *header = csv_next_cell(&line, &first) && !csv_is_number(&first);
    bool mixed = *header && is_not_finite(&first);
    while (*header && csv_next_cell(&line, &cell))
        mixed = mixed || csv_is_number(&cell);
    if (!mixed)
        return true;
    struct diag *diag =
        eval_report(table->eval, DIAG_E0604, table->span,
                    "\"%s\":%u: neither a header nor numbers: column 1 is `%s`", table->path,
                    table->csv.line, csv_shown(table->eval->arena, &first));
    diag_help(table->eval->sink, diag, span_nowhere(), NULL,
              "a header holds names only; `#` begins a line that is passed over");
    return false;
}

/* --- matrices --- */

struct number_vec VEC_OF(double);

/* One line into numbers; a header has none. */
static bool matrix_line(struct table *table, struct number_vec *numbers, bool first, uint32_t *cols)
{
    struct csv_cell cell;
    bool header = false;
    *cols = 0;
    if (first && !find_header(table, &header))
        return false;
    if (header)
        return true;
    while (csv_next_cell(&table->csv, &cell)) {
        double x;
        if (!real_cell(table, &cell, &x))
            return false;
        if (numbers->n >= table->eval->limits.data_cells)
            return too_many_cells(table);
        VEC_PUSH(table->eval->arena, numbers, x);
        (*cols)++;
    }
    return true;
}

const struct matrix *csv_matrix(struct eval *eval, const char *path, struct span span,
                                uint16_t file)
{
    struct table table;
    struct number_vec numbers = {0};
    uint32_t rows = 0, cols = 0, n;
    bool first = true;
    open_table(&table, eval, path, span, file);
    while (csv_next_line(&table.csv)) {
        if (!matrix_line(&table, &numbers, first, &n))
            return NULL;
        first = false;
        if (n == 0)
            continue;
        if (rows > 0 && n != cols) {
            eval_report(eval, DIAG_E0603, span, "\"%s\":%u: %u numbers, the lines above have %u",
                        path, table.csv.line, n, cols);
            return NULL;
        }
        cols = n;
        rows++;
    }
    if (rows == 0) {
        empty(&table);
        return NULL;
    }
    struct matrix *matrix = ARENA_NEW(eval->arena, struct matrix);
    *matrix = (struct matrix){.rows = rows,
                              .cols = cols,
                              .kind = VALUE_REAL,
                              .real = numbers.at,
                              .path = table.csv.source->path};
    return matrix;
}

/* --- pairs --- */

struct pair_row {
    int64_t pre, post;
    uint32_t line;
};
struct pair_row_vec VEC_OF(struct pair_row);

static bool pair_line(struct table *table, bool first, struct pair_row_vec *rows)
{
    struct csv_cell cell[2], extra;
    struct pair_row row = {.line = table->csv.line};
    bool header = false;
    if (first && !find_header(table, &header))
        return false;
    bool two = csv_next_cell(&table->csv, &cell[0]) && csv_next_cell(&table->csv, &cell[1]);
    if (two && header)
        return true;
    if (!two || csv_next_cell(&table->csv, &extra))
        return fault(table, "a pair has two columns, pre and post");
    table->csv.column = 1;
    if (!int_cell(table, &cell[0], &row.pre))
        return false;
    table->csv.column = 2;
    if (!int_cell(table, &cell[1], &row.post))
        return false;
    if (rows->n >= table->eval->limits.data_cells / 2)
        return too_many_cells(table);
    VEC_PUSH(table->eval->arena, rows, row);
    return true;
}

const struct pair_list *csv_pairs(struct eval *eval, const char *path, struct span span,
                                  uint16_t file)
{
    struct table table;
    struct pair_row_vec rows = {0};
    bool first = true;
    open_table(&table, eval, path, span, file);
    for (; csv_next_line(&table.csv); first = false)
        if (!pair_line(&table, first, &rows))
            return NULL;
    struct pair_list *list = ARENA_NEW(eval->arena, struct pair_list);
    int64_t *pre = ARENA_ARRAY(eval->arena, int64_t, rows.n);
    int64_t *post = ARENA_ARRAY(eval->arena, int64_t, rows.n);
    uint32_t *line = ARENA_ARRAY(eval->arena, uint32_t, rows.n);
    for (uint32_t i = 0; i < rows.n; i++) {
        pre[i] = rows.at[i].pre;
        post[i] = rows.at[i].post;
        line[i] = rows.at[i].line;
    }
    *list = (struct pair_list){path, rows.n, pre, post, line};
    return list;
}

/* --- spike lists --- */

struct spike {
    uint32_t unit;
    int64_t ps;
};
struct spike_vec VEC_OF(struct spike);
static bool spike_header(struct table *table, enum csv_spike_column *columns, uint32_t *n)
{
    struct csv_cell cell;
    uint32_t times = 0, units = 0;
    *n = 0;
    while (csv_next_cell(&table->csv, &cell)) {
        if (*n >= CSV_MOST_SPIKE_COLUMNS)
            return fault(table, "a spike list has at most 32 columns");
        enum csv_spike_column column = csv_spike_column(&cell);
        times += column == CSV_TIME_US;
        units += column == CSV_UNIT;
        columns[(*n)++] = column;
    }
    return (times == 1 && units == 1)
           || fault(table, "a spike list starts with a header naming the columns `time_us` and "
                           "`unit` (or `index`)");
}

static bool spike_unit(struct table *table, const struct csv_cell *cell, const struct view *view,
                       uint32_t *unit)
{
    int64_t x;
    if (!int_cell(table, cell, &x))
        return false;
    if (x < 0 || x >= view->size) {
        eval_report(table->eval, DIAG_E0210, table->span,
                    "\"%s\":%u: unit %lld outside `%s` (0..%u)", table->path, table->csv.line,
                    (long long)x, view_text(table->eval->arena, table->eval->net, view),
                    view->size - 1);
        return false;
    }
    *unit = (uint32_t)x;
    return true;
}

static bool spike_time(struct table *table, const struct csv_cell *cell, int64_t *ps)
{
    double us;
    if (!real_cell(table, cell, &us))
        return false;
    if (us < 0 || !time_to_ps(us * 1e-6, ps))
        return bad_cell(table, cell, "a time of 0 to 9.2e12 us");
    return true;
}

static bool spike_line(struct table *table, const enum csv_spike_column *columns, uint32_t n,
                       const struct view *view, struct spike_vec *spikes)
{
    struct csv_cell cell;
    struct spike spike = {0};
    bool other_input = false;
    uint32_t i = 0;
    for (; csv_next_cell(&table->csv, &cell); i++) {
        if (i >= n)
            return fault(table, "more columns than the header names");
        if (columns[i] == CSV_TIME_US && !spike_time(table, &cell, &spike.ps))
            return false;
        if (columns[i] == CSV_INPUT)
            other_input = !csv_cell_is(&cell, view_object_name(table->eval->net, view));
        else if (columns[i] == CSV_UNIT && !spike_unit(table, &cell, view, &spike.unit))
            return false;
    }
    if (i < n)
        return fault(table, "fewer columns than the header names");
    if (other_input)
        return true;
    if (spikes->n >= table->eval->limits.data_cells / 2)
        return too_many_cells(table);
    VEC_PUSH(table->eval->arena, spikes, spike);
    return true;
}

static int by_unit_and_time(const void *a, const void *b)
{
    const struct spike *x = a, *y = b;
    if (x->unit != y->unit)
        return x->unit < y->unit ? -1 : 1;
    return x->ps < y->ps ? -1 : x->ps > y->ps; /* equal spikes are indistinguishable */
}

static void give_out_spikes(struct eval *eval, const struct spike_vec *spikes,
                            const struct view *view, struct stimulus *of)
{
    int64_t *times = ARENA_ARRAY(eval->arena, int64_t, spikes->n);
    uint32_t at = 0;
    for (uint32_t i = 0; i < spikes->n; i++)
        times[i] = spikes->at[i].ps;
    for (uint32_t u = 0; u < view->size; u++) {
        uint32_t first = at;
        while (at < spikes->n && spikes->at[at].unit == u)
            at++;
        of[u] = (struct stimulus){
            .kind = STIMULUS_SPIKES, .times_ps = times + first, .n_times = at - first};
    }
}

bool csv_stimulus(struct eval *eval, const char *path, struct span span, uint16_t file,
                  const struct view *view, struct stimulus *of)
{
    struct table table;
    struct spike_vec spikes = {0};
    enum csv_spike_column columns[CSV_MOST_SPIKE_COLUMNS];
    uint32_t n;
    open_table(&table, eval, path, span, file);
    if (!csv_next_line(&table.csv))
        return empty(&table);
    if (!spike_header(&table, columns, &n))
        return false;
    while (csv_next_line(&table.csv))
        if (!spike_line(&table, columns, n, view, &spikes))
            return false;
    if (spikes.n > 1)
        qsort(spikes.at, spikes.n, sizeof spikes.at[0], by_unit_and_time);
    give_out_spikes(eval, &spikes, view, of);
    return true;
}
