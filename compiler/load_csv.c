#include "compiler/load_csv.h"

#include "compiler/base/elementary.h"
#include "compiler/eval_parts.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { SHOWN_CELL = 40 };

/* --- lines and cells
 * ------------------------------------------------------------------------------- */

struct csv {
    struct eval *eval;
    const char *path;
    struct span span; /* where the program names the file */
    const struct source *source;
    uint16_t file;
    uint32_t at; /* next byte */
    uint32_t line;
    const char *text, *end; /* the current line, without its end */
    const char *next;       /* rest of the line, NULL after its last cell */
    uint32_t column;
};

struct cell {
    const char *text;
    uint32_t n;
};

static void csv_open(struct csv *csv, struct eval *eval, const char *path, struct span span,
                     uint16_t file)
{
    *csv = (struct csv){.eval = eval,
                        .path = path,
                        .span = span,
                        .source = eval->sources->files.at[file],
                        .file = file};
}

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\r';
}

/* The next line that is neither empty nor a comment. */
static bool next_line(struct csv *csv)
{
    const struct source *source = csv->source;
    while (csv->at < source->size) {
        const char *from = source->text + csv->at, *limit = source->text + source->size;
        const char *end = memchr(from, '\n', (size_t)(limit - from));
        if (!end)
            end = limit;
        csv->at += (uint32_t)(end - from) + 1;
        csv->line++;
        while (from < end && is_blank(*from))
            from++;
        while (end > from && is_blank(end[-1]))
            end--;
        if (from == end || *from == '#')
            continue;
        csv->text = csv->next = from;
        csv->end = end;
        csv->column = 0;
        return true;
    }
    return false;
}

static bool next_cell(struct csv *csv, struct cell *cell)
{
    if (!csv->next)
        return false;
    const char *from = csv->next, *end = memchr(from, ',', (size_t)(csv->end - from));
    csv->next = end ? end + 1 : NULL;
    if (!end)
        end = csv->end;
    while (from < end && is_blank(*from))
        from++;
    while (end > from && is_blank(end[-1]))
        end--;
    *cell = (struct cell){from, (uint32_t)(end - from)};
    csv->column++;
    return true;
}

/* Cell text for a message: cut, and with anything unprintable replaced. */
static const char *shown(struct csv *csv, const struct cell *cell)
{
    uint32_t n = cell->n < SHOWN_CELL ? cell->n : SHOWN_CELL;
    char *text = arena_strndup(csv->eval->arena, cell->text, n);
    for (uint32_t i = 0; i < n; i++)
        if (text[i] < ' ' || text[i] > '~')
            text[i] = '?';
    return text;
}

static bool bad_cell(struct csv *csv, const struct cell *cell, const char *what)
{
    eval_report(csv->eval, DIAG_E0604, csv->span, "\"%s\":%u: column %u is not %s: `%s`", csv->path,
                csv->line, csv->column, what, shown(csv, cell));
    return false;
}

static uint32_t count_digits(const struct cell *cell, uint32_t i)
{
    uint32_t n = 0;
    while (i + n < cell->n && cell->text[i + n] >= '0' && cell->text[i + n] <= '9')
        n++;
    return n;
}

/* [+-] digits [. digits] [e [+-] digits], with a digit before or behind the point. */
static bool is_number(const struct cell *cell)
{
    uint32_t i = cell->n > 0 && (cell->text[0] == '+' || cell->text[0] == '-');
    uint32_t digits = count_digits(cell, i);
    i += digits;
    if (i < cell->n && cell->text[i] == '.') {
        uint32_t behind = count_digits(cell, i + 1);
        digits += behind;
        i += 1 + behind;
    }
    if (digits == 0)
        return false;
    if (i < cell->n && (cell->text[i] == 'e' || cell->text[i] == 'E')) {
        i++;
        i += i < cell->n && (cell->text[i] == '+' || cell->text[i] == '-');
        digits = count_digits(cell, i);
        i += digits;
    }
    return digits > 0 && i == cell->n;
}

static bool real_cell(struct csv *csv, const struct cell *cell, double *out)
{
    if (!is_number(cell))
        return bad_cell(csv, cell, "a number");
    uint32_t sign = cell->text[0] == '+' || cell->text[0] == '-';
    *out = elem_parse_real(cell->text + sign, cell->n - sign);
    if (!isfinite(*out))
        return bad_cell(csv, cell, "within the range of numbers");
    if (cell->text[0] == '-')
        *out = -*out;
    return true;
}

static bool int_cell(struct csv *csv, const struct cell *cell, int64_t *out)
{
    uint32_t sign = cell->n > 0 && (cell->text[0] == '+' || cell->text[0] == '-');
    uint32_t digits = count_digits(cell, sign);
    if (digits == 0 || sign + digits != cell->n)
        return bad_cell(csv, cell, "an int");
    int64_t x = 0;
    for (uint32_t i = sign; i < cell->n; i++)
        if (__builtin_mul_overflow(x, 10, &x) || __builtin_add_overflow(x, cell->text[i] - '0', &x))
            return bad_cell(csv, cell, "below 2^63");
    *out = cell->text[0] == '-' ? -x : x;
    return true;
}

static bool csv_fault(struct csv *csv, const char *what)
{
    eval_report(csv->eval, DIAG_E0604, csv->span, "\"%s\":%u: %s", csv->path, csv->line, what);
    return false;
}

static bool csv_empty(struct csv *csv)
{
    eval_report(csv->eval, DIAG_E0604, csv->span, "\"%s\" holds no numbers", csv->path);
    return false;
}

static bool too_many_cells(struct csv *csv)
{
    uint64_t limit = csv->eval->limits.data_cells;
    struct diag *diag =
        eval_report(csv->eval, DIAG_E0225, csv->span, "\"%s\" holds more than %llu numbers",
                    csv->path, (unsigned long long)limit);
    diag_note(csv->eval->sink, diag, span_nowhere(), "the limit is `--limit data-cells=%llu`",
              (unsigned long long)limit);
    return false;
}

/* --- matrices
 * -------------------------------------------------------------------------------------- */

struct number_vec VEC_OF(double);

/* One line into numbers; a first line whose first cell is no number is a header. */
static bool matrix_line(struct csv *csv, struct number_vec *numbers, bool first, uint32_t *cols)
{
    struct cell cell;
    *cols = 0;
    while (next_cell(csv, &cell)) {
        double x;
        if (first && csv->column == 1 && !is_number(&cell))
            return true;
        if (!real_cell(csv, &cell, &x))
            return false;
        if (numbers->n >= csv->eval->limits.data_cells)
            return too_many_cells(csv);
        VEC_PUSH(csv->eval->arena, numbers, x);
        (*cols)++;
    }
    return true;
}

const struct matrix *csv_matrix(struct eval *eval, const char *path, struct span span,
                                uint16_t file)
{
    struct csv csv;
    struct number_vec numbers = {0};
    uint32_t rows = 0, cols = 0, n;
    bool first = true;
    csv_open(&csv, eval, path, span, file);
    while (next_line(&csv)) {
        if (!matrix_line(&csv, &numbers, first, &n))
            return NULL;
        first = false;
        if (n == 0)
            continue;
        if (rows > 0 && n != cols) {
            eval_report(eval, DIAG_E0603, span, "\"%s\":%u: %u numbers, the lines above have %u",
                        path, csv.line, n, cols);
            return NULL;
        }
        cols = n;
        rows++;
    }
    if (rows == 0) {
        csv_empty(&csv);
        return NULL;
    }
    struct matrix *matrix = ARENA_NEW(eval->arena, struct matrix);
    *matrix = (struct matrix){.rows = rows,
                              .cols = cols,
                              .kind = VALUE_REAL,
                              .real = numbers.at,
                              .path = csv.source->path};
    return matrix;
}

/* --- pairs
 * ----------------------------------------------------------------------------------------- */

struct pair_row {
    int64_t pre, post;
    uint32_t line;
};
struct pair_row_vec VEC_OF(struct pair_row);

static bool pair_line(struct csv *csv, bool first, struct pair_row_vec *rows)
{
    struct cell cell[2], extra;
    struct pair_row row = {.line = csv->line};
    bool two = next_cell(csv, &cell[0]) && next_cell(csv, &cell[1]);
    if (two && first && !is_number(&cell[0]))
        return true; /* header */
    if (!two || next_cell(csv, &extra))
        return csv_fault(csv, "a pair has two columns, pre and post");
    csv->column = 1;
    if (!int_cell(csv, &cell[0], &row.pre))
        return false;
    csv->column = 2;
    if (!int_cell(csv, &cell[1], &row.post))
        return false;
    if (rows->n >= csv->eval->limits.data_cells / 2)
        return too_many_cells(csv);
    VEC_PUSH(csv->eval->arena, rows, row);
    return true;
}

const struct pair_list *csv_pairs(struct eval *eval, const char *path, struct span span,
                                  uint16_t file)
{
    struct csv csv;
    struct pair_row_vec rows = {0};
    bool first = true;
    csv_open(&csv, eval, path, span, file);
    for (; next_line(&csv); first = false)
        if (!pair_line(&csv, first, &rows))
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

/* --- spike lists
 * ----------------------------------------------------------------------------------- */

struct spike {
    uint32_t unit;
    int64_t ps;
};
struct spike_vec VEC_OF(struct spike);
enum spike_column { COLUMN_NONE, COLUMN_TIME, COLUMN_UNIT, COLUMN_INPUT };
enum { MAX_SPIKE_COLUMNS = 16 };

static bool cell_is(const struct cell *cell, const char *text)
{
    return cell->n == strlen(text) && !memcmp(cell->text, text, cell->n);
}

static bool spike_header(struct csv *csv, enum spike_column *columns, uint32_t *n)
{
    struct cell cell;
    uint32_t times = 0, units = 0;
    *n = 0;
    while (next_cell(csv, &cell)) {
        if (*n >= MAX_SPIKE_COLUMNS)
            return csv_fault(csv, "a spike list has at most 16 columns");
        enum spike_column column = COLUMN_NONE;
        if (cell_is(&cell, "time_us"))
            column = COLUMN_TIME;
        else if (cell_is(&cell, "unit") || cell_is(&cell, "index"))
            column = COLUMN_UNIT;
        else if (cell_is(&cell, "input"))
            column = COLUMN_INPUT;
        times += column == COLUMN_TIME;
        units += column == COLUMN_UNIT;
        columns[(*n)++] = column;
    }
    return (times == 1 && units == 1)
           || csv_fault(csv, "a spike list starts with a header naming the columns `time_us` and "
                             "`unit` (or `index`)");
}

static bool spike_unit(struct csv *csv, const struct cell *cell, const struct view *view,
                       uint32_t *unit)
{
    int64_t x;
    if (!int_cell(csv, cell, &x))
        return false;
    if (x < 0 || x >= view->size) {
        eval_report(csv->eval, DIAG_E0210, csv->span, "\"%s\":%u: unit %lld outside `%s` (0..%u)",
                    csv->path, csv->line, (long long)x,
                    view_text(csv->eval->arena, csv->eval->net, view), view->size - 1);
        return false;
    }
    *unit = (uint32_t)x;
    return true;
}

static bool spike_time(struct csv *csv, const struct cell *cell, int64_t *ps)
{
    double us;
    if (!real_cell(csv, cell, &us))
        return false;
    if (us < 0 || !time_to_ps(us * 1e-6, ps))
        return bad_cell(csv, cell, "a time of 0 to 9.2e12 us");
    return true;
}

static bool spike_line(struct csv *csv, const enum spike_column *columns, uint32_t n,
                       const struct view *view, struct spike_vec *spikes)
{
    struct cell cell;
    struct spike spike = {0};
    bool other_input = false;
    uint32_t i = 0;
    for (; next_cell(csv, &cell); i++) {
        if (i >= n)
            return csv_fault(csv, "more columns than the header names");
        if (columns[i] == COLUMN_TIME && !spike_time(csv, &cell, &spike.ps))
            return false;
        if (columns[i] == COLUMN_INPUT)
            other_input = !cell_is(&cell, view_object_name(csv->eval->net, view));
        else if (columns[i] == COLUMN_UNIT && !spike_unit(csv, &cell, view, &spike.unit))
            return false;
    }
    if (i < n)
        return csv_fault(csv, "fewer columns than the header names");
    if (other_input)
        return true;
    if (spikes->n >= csv->eval->limits.data_cells / 2)
        return too_many_cells(csv);
    VEC_PUSH(csv->eval->arena, spikes, spike);
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
    struct csv csv;
    struct spike_vec spikes = {0};
    enum spike_column columns[MAX_SPIKE_COLUMNS];
    uint32_t n;
    csv_open(&csv, eval, path, span, file);
    if (!next_line(&csv))
        return csv_empty(&csv);
    if (!spike_header(&csv, columns, &n))
        return false;
    while (next_line(&csv))
        if (!spike_line(&csv, columns, n, view, &spikes))
            return false;
    if (spikes.n > 1)
        qsort(spikes.at, spikes.n, sizeof spikes.at[0], by_unit_and_time);
    give_out_spikes(eval, &spikes, view, of);
    return true;
}
