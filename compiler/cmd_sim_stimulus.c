#include "compiler/cmd_sim_stimulus.h"

#include "compiler/base/outfile.h"
#include "compiler/csv.h"

#include <stdlib.h>
#include <string.h>

enum { LARGEST_STIMULUS_MIB = 1024 };

struct reader {
    struct arena *arena;
    const struct image *image;
    struct diag_sink *sink;
    struct csv csv;
    uint16_t file;
    double duration_us;
    enum csv_spike_column column[CSV_MOST_SPIKE_COLUMNS];
    uint32_t width;
    uint32_t *first; /* of each input's units */
    struct stimulus_event_vec *events;
};

static struct span cell_span(const struct reader *r, const struct csv_cell *cell)
{
    uint32_t begin = (uint32_t)(cell->text - r->csv.source->text);
    return (struct span){begin, begin + (cell->n ? cell->n : 1), r->file};
}

static struct csv_cell whole_line(const struct reader *r)
{
    return (struct csv_cell){r->csv.text, (uint32_t)(r->csv.end - r->csv.text)};
}

/* --- header --- */

static bool missing_column(struct reader *r, const char *name)
{
    struct csv_cell line = whole_line(r);
    struct diag *diag =
        diag_add(r->sink, DIAG_E0604, cell_span(r, &line),
                 "\"%s\": the header names no column `%s`", r->csv.source->path, name);
    diag_help(r->sink, diag, span_nowhere(), NULL,
              "the first line is a header such as `time_us,input,index`");
    return false;
}

static bool second_column(struct reader *r, const struct csv_cell *cell,
                          enum csv_spike_column column)
{
    static const char *const means[] = {"", "times", "units", "inputs"};
    diag_add(r->sink, DIAG_E0604, cell_span(r, cell),
             "\"%s\": the header names a second column of %s: `%s`", r->csv.source->path,
             means[column], csv_shown(r->arena, cell));
    return false;
}

static bool read_header(struct reader *r)
{
    struct csv_cell cell, line = whole_line(r);
    bool named[N_CSV_SPIKE_COLUMNS] = {false};
    for (r->width = 0; csv_next_cell(&r->csv, &cell); r->width++) {
        if (r->width == CSV_MOST_SPIKE_COLUMNS) {
            diag_add(r->sink, DIAG_E0604, cell_span(r, &line),
                     "\"%s\": a spike list has at most %d columns", r->csv.source->path,
                     CSV_MOST_SPIKE_COLUMNS);
            return false;
        }
        /* `source` is what dync sim itself writes */
        enum csv_spike_column column =
            csv_cell_is(&cell, "source") ? CSV_INPUT : csv_spike_column(&cell);
        if (named[column])
            return second_column(r, &cell, column);
        r->column[r->width] = column;
        named[column] = column != CSV_OTHER;
    }
    if (!named[CSV_TIME_US])
        return missing_column(r, "time_us");
    if (!named[CSV_UNIT])
        return missing_column(r, "index");
    if (!named[CSV_INPUT] && r->image->inputs.n != 1)
        return missing_column(r, "input");
    return true;
}

/* --- rows --- */

struct row { /* its cells, with their columns; text NULL: absent */
    struct csv_cell cell[N_CSV_SPIKE_COLUMNS];
    uint32_t column[N_CSV_SPIKE_COLUMNS];
};

static bool bad_cell(struct reader *r, const struct row *row, enum csv_spike_column column,
                     const char *what)
{
    const struct csv_cell *cell = &row->cell[column];
    diag_add(r->sink, DIAG_E0604, cell_span(r, cell), "\"%s\":%u: column %u is %s: `%s`",
             r->csv.source->path, r->csv.line, row->column[column], what,
             csv_shown(r->arena, cell));
    return false;
}

/* A board counts microseconds in 32 bits: what lies beyond could not be played to it. */
static bool within_clock(struct reader *r, const struct row *row, double time_us)
{
    const struct csv_cell *cell = &row->cell[CSV_TIME_US];
    if (time_us < (double)UINT32_MAX + 1)
        return true;
    struct diag *diag =
        diag_add(r->sink, DIAG_E0604, cell_span(r, cell),
                 "\"%s\":%u: %s us is beyond the clock of a board, which ends at %u us (71.6 min)",
                 r->csv.source->path, r->csv.line, csv_shown(r->arena, cell), UINT32_MAX);
    diag_help(r->sink, diag, span_nowhere(), NULL, "split the stimulus into several runs");
    return false;
}

static bool read_time(struct reader *r, const struct row *row, double *time_us)
{
    const struct csv_cell *cell = &row->cell[CSV_TIME_US];
    if (csv_real(cell, time_us) == CSV_MALFORMED || *time_us < 0)
        return bad_cell(r, row, CSV_TIME_US, "not a time in microseconds");
    if (*time_us < r->duration_us)
        return within_clock(r, row, *time_us);
    struct diag *diag =
        diag_add(r->sink, DIAG_E0604, cell_span(r, cell),
                 "\"%s\":%u: the run ends at %.15g us, before %s us", r->csv.source->path,
                 r->csv.line, r->duration_us, csv_shown(r->arena, cell));
    diag_help(r->sink, diag, span_nowhere(), NULL, "--duration sets the length of the run");
    return false;
}

static bool unknown_input(struct reader *r, const struct csv_cell *cell)
{
    const struct image_input_vec *inputs = &r->image->inputs;
    const char **names = ARENA_ARRAY(r->arena, const char *, inputs->n);
    for (uint32_t i = 0; i < inputs->n; i++)
        names[i] = inputs->at[i].name;
    const char *text = arena_strndup(r->arena, cell->text, cell->n);
    const char *near = diag_nearest(text, names, inputs->n);
    struct diag *diag =
        diag_add(r->sink, DIAG_E0604, cell_span(r, cell), "\"%s\":%u: the image has no input `%s`",
                 r->csv.source->path, r->csv.line, text);
    if (near)
        diag_help(r->sink, diag, cell_span(r, cell), near, "did you mean `%s`?", near);
    return false;
}

static bool read_input(struct reader *r, const struct row *row, uint32_t *input)
{
    const struct csv_cell *cell = &row->cell[CSV_INPUT];
    *input = 0;
    if (!cell->text)
        return true;
    for (; *input < r->image->inputs.n; ++*input)
        if (csv_cell_is(cell, r->image->inputs.at[*input].name))
            return true;
    return unknown_input(r, cell);
}

static bool read_index(struct reader *r, const struct row *row, uint32_t input, uint32_t *index)
{
    const struct image_input *of = &r->image->inputs.at[input];
    const struct csv_cell *cell = &row->cell[CSV_UNIT];
    int64_t value = 0;
    enum csv_status status = csv_int(cell, &value);
    if (status == CSV_MALFORMED || value < 0)
        return bad_cell(r, row, CSV_UNIT, "not an index");
    if (status == CSV_GOOD && value < of->size) {
        *index = (uint32_t)value;
        return true;
    }
    diag_add(r->sink, DIAG_E0604, cell_span(r, cell),
             "\"%s\":%u: input `%s` has %u units, 0 to %u; there is no %s", r->csv.source->path,
             r->csv.line, of->name, of->size, of->size - 1, csv_shown(r->arena, cell));
    return false;
}

/* False: the line has more or fewer cells than the header. */
static bool read_cells(struct reader *r, struct row *row)
{
    struct csv_cell cell, line = whole_line(r);
    uint32_t n = 0;
    for (; csv_next_cell(&r->csv, &cell); n++) {
        if (n >= r->width)
            continue;
        row->cell[r->column[n]] = cell;
        row->column[r->column[n]] = n + 1;
    }
    if (n == r->width)
        return true;
    diag_add(r->sink, DIAG_E0604, cell_span(r, &line),
             "\"%s\":%u: the header has %u columns, this line %u", r->csv.source->path, r->csv.line,
             r->width, n);
    return false;
}

static void read_row(struct reader *r)
{
    struct row row = {0};
    struct stimulus_event event = {.line = r->csv.line};
    uint32_t input = 0, index = 0;
    if (!read_cells(r, &row))
        return;
    bool good = read_time(r, &row, &event.time_us);
    if (read_input(r, &row, &input) && read_index(r, &row, input, &index) && good) {
        event.unit = r->first[input] + index;
        VEC_PUSH(r->arena, r->events, event);
    }
}

static void read_lines(struct reader *r)
{
    if (!csv_next_line(&r->csv)) {
        diag_add(r->sink, DIAG_E0604, (struct span){0, 0, r->file},
                 "\"%s\" has no header; it begins with a line such as `time_us,input,index`",
                 r->csv.source->path);
        return;
    }
    if (read_header(r))
        while (csv_next_line(&r->csv))
            read_row(r);
}

static int compare_events(const void *a, const void *b)
{
    const struct stimulus_event *x = a, *y = b;
    if (x->time_us < y->time_us || x->time_us > y->time_us)
        return x->time_us < y->time_us ? -1 : 1;
    if (x->unit != y->unit)
        return x->unit < y->unit ? -1 : 1;
    return x->line < y->line ? -1 : x->line > y->line;
}

bool stimulus_read(struct arena *arena, struct source_set *sources, const struct image *image,
                   const char *path, double duration_us, struct diag_sink *sink,
                   struct stimulus_event_vec *events)
{
    uint8_t *bytes;
    size_t n;
    const char *why;
    uint32_t errors = sink->n_errors;
    const char *name = strcmp(path, "-") ? path : "<standard input>";
    if (!read_whole(arena, path, (size_t)LARGEST_STIMULUS_MIB << 20, &bytes, &n, &why)) {
        diag_add(sink, DIAG_E0601, span_nowhere(), "cannot open stimulus \"%s\": %s", name, why);
        return false;
    }
    struct reader r = {.arena = arena,
                       .image = image,
                       .sink = sink,
                       .duration_us = duration_us,
                       .events = events,
                       .first = ARENA_ARRAY(arena, uint32_t, (size_t)image->inputs.n + 1)};
    for (uint32_t i = 0; i < image->inputs.n; i++)
        r.first[i + 1] = r.first[i] + image->inputs.at[i].size;
    r.file = source_add(sources, name, (const char *)bytes, n);
    csv_start(&r.csv, sources->files.at[r.file]);
    read_lines(&r);
    if (events->n)
        qsort(events->at, events->n, sizeof events->at[0], compare_events);
    return sink->n_errors == errors;
}
