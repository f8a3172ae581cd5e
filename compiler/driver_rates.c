#include "compiler/driver_rates.h"

#include "compiler/base/outfile.h"
#include "compiler/csv.h"

#include <string.h>

enum { LARGEST_RATES_MIB = 200, MOST_COLUMNS = 32 };
enum column { COLUMN_SOURCE, COLUMN_UNIT, COLUMN_RATE, N_COLUMNS, OTHER = N_COLUMNS };
static const char *const column_name[N_COLUMNS] = {"source", "unit", "rate_hz"};

struct reader {
    struct arena *arena;
    struct net *net;
    struct diag_sink *sink;
    struct csv csv;
    uint16_t file;
    enum column column[MOST_COLUMNS];
    uint32_t width;
    double *hz;            /* per neuron, below 0: none */
    uint32_t last;         /* population of the line before */
    struct csv_cell *cell; /* of the line at hand, by column */
};

static struct span span_of(const struct reader *r, const struct csv_cell *cell)
{
    uint32_t begin = (uint32_t)(cell->text - r->csv.source->text);
    return (struct span){begin, begin + (cell->n ? cell->n : 1), r->file};
}

static struct span line_span(const struct reader *r)
{
    const struct csv_cell line = {r->csv.text, (uint32_t)(r->csv.end - r->csv.text)};
    return span_of(r, &line);
}

static bool bad_cell(struct reader *r, enum column column, const char *what)
{
    const struct csv_cell *cell = &r->cell[column];
    diag_add(r->sink, DIAG_E0604, span_of(r, cell), "\"%s\":%u: column `%s` is %s: `%s`",
             r->csv.source->path, r->csv.line, column_name[column], what,
             csv_shown(r->arena, cell));
    return false;
}

static bool read_header(struct reader *r)
{
    bool named[N_COLUMNS + 1] = {false};
    struct csv_cell cell;
    bool any = csv_next_line(&r->csv);
    for (r->width = 0; any && r->width < MOST_COLUMNS && csv_next_cell(&r->csv, &cell);
         r->width++) {
        enum column column = COLUMN_SOURCE;
        while (column < OTHER && (named[column] || !csv_cell_is(&cell, column_name[column])))
            column++;
        r->column[r->width] = column;
        named[column] = true;
    }
    for (uint32_t c = 0; c < N_COLUMNS; c++) {
        if (named[c])
            continue;
        struct diag *diag = diag_add(
            r->sink, DIAG_E0604, any ? line_span(r) : (struct span){0, 0, r->file},
            "\"%s\": the header names no column `%s`", r->csv.source->path, column_name[c]);
        diag_help(r->sink, diag, span_nowhere(), NULL, "the first line is `source,unit,rate_hz`");
        return false;
    }
    return true;
}

static bool of_input(const struct reader *r)
{
    for (uint32_t i = 0; i < r->net->inputs.n; i++)
        if (csv_cell_is(&r->cell[COLUMN_SOURCE], r->net->inputs.at[i].name))
            return true;
    return false;
}

static bool unknown_population(struct reader *r)
{
    const struct csv_cell *cell = &r->cell[COLUMN_SOURCE];
    const struct population_vec *all = &r->net->populations;
    struct diag_match match = {.text = arena_strndup(r->arena, cell->text, cell->n)};
    for (uint32_t p = 0; p < all->n; p++)
        diag_offer(&match, all->at[p].name);
    struct diag *diag = diag_add(r->sink, DIAG_E0604, span_of(r, cell),
                                 "\"%s\":%u: the network has no population `%s`",
                                 r->csv.source->path, r->csv.line, csv_shown(r->arena, cell));
    if (match.name)
        diag_help(r->sink, diag, span_of(r, cell), match.name, "did you mean `%s`?", match.name);
    return false;
}

/* Lines of a population mostly follow each other. */
static bool find_population(struct reader *r)
{
    const struct population_vec *all = &r->net->populations;
    for (uint32_t i = 0; i < all->n; i++) {
        uint32_t p = (r->last + i) % all->n;
        if (!csv_cell_is(&r->cell[COLUMN_SOURCE], all->at[p].name))
            continue;
        r->last = p;
        return true;
    }
    return unknown_population(r);
}

static bool read_unit(struct reader *r, uint32_t *neuron)
{
    const struct population *of = &r->net->populations.at[r->last];
    int64_t value;
    enum csv_status status = csv_int(&r->cell[COLUMN_UNIT], &value);
    if (status == CSV_MALFORMED || (status == CSV_GOOD && value < 0))
        return bad_cell(r, COLUMN_UNIT, "not an index");
    if (status == CSV_OUT_OF_RANGE || value >= of->size) {
        diag_add(r->sink, DIAG_E0604, span_of(r, &r->cell[COLUMN_UNIT]),
                 "\"%s\":%u: population `%s` has %u neurons, 0 to %u; there is no %s",
                 r->csv.source->path, r->csv.line, of->name, of->size, of->size - 1,
                 csv_shown(r->arena, &r->cell[COLUMN_UNIT]));
        return false;
    }
    *neuron = of->first + (uint32_t)value;
    return r->hz[*neuron] < 0 || bad_cell(r, COLUMN_UNIT, "stated twice");
}

static void read_row(struct reader *r)
{
    struct csv_cell cell;
    uint32_t n = 0, neuron = 0;
    double hz;
    for (; csv_next_cell(&r->csv, &cell); n++)
        if (n < r->width && r->column[n] < OTHER)
            r->cell[r->column[n]] = cell;
    if (n != r->width) {
        diag_add(r->sink, DIAG_E0604, line_span(r),
                 "\"%s\":%u: the header has %u columns, this line %u", r->csv.source->path,
                 r->csv.line, r->width, n);
        return;
    }
    if (of_input(r) || !find_population(r) || !read_unit(r, &neuron))
        return;
    if (csv_real(&r->cell[COLUMN_RATE], &hz) != CSV_GOOD || hz < 0)
        bad_cell(r, COLUMN_RATE, "no number of Hz from 0 on");
    else
        r->hz[neuron] = hz;
}

bool driver_rates(struct arena *arena, struct source_set *sources, struct net *net,
                  const char *path, struct diag_sink *sink)
{
    const char *why;
    uint8_t *bytes;
    size_t n;
    uint32_t errors = sink->n_errors;
    struct csv_cell cell[N_COLUMNS];
    struct reader r = {.arena = arena, .net = net, .sink = sink, .cell = cell};
    if (!read_whole(arena, path, (size_t)LARGEST_RATES_MIB << 20, &bytes, &n, &why)) {
        diag_add(sink, DIAG_E0601, span_nowhere(), "cannot open rates \"%s\": %s", path, why);
        return false;
    }
    r.file =
        source_add(sources, strcmp(path, "-") ? path : "<standard input>", (const char *)bytes, n);
    csv_start(&r.csv, sources->files.at[r.file]);
    r.hz = ARENA_ARRAY(arena, double, net->n_neurons);
    for (uint32_t i = 0; i < net->n_neurons; i++)
        r.hz[i] = -1;
    if (read_header(&r))
        while (csv_next_line(&r.csv))
            read_row(&r);
    net_set_rates(arena, net, r.hz);
    return sink->n_errors == errors;
}
