#include "compiler/cmd_sim_stimulus.h"

#include "compiler/base/elementary.h"
#include "compiler/base/outfile.h"

#include <stdlib.h>
#include <string.h>

enum { LARGEST_STIMULUS_MIB = 1024 };

enum column { COLUMN_TIME, COLUMN_INPUT, COLUMN_INDEX, N_COLUMNS };
enum { MOST_CELLS = 32 };

struct cell {
    const char *at;
    uint32_t n;
};
struct reader {
    struct arena *arena;
    const struct image *image;
    struct diag_sink *sink;
    const struct source *source;
    uint16_t file;
    double duration_us;
    int column[N_COLUMNS]; /* position in a row, -1: absent */
    int width;
    uint32_t *first; /* of each input's units */
    struct stimulus_event_vec *events;
};

static struct span cell_span(const struct reader *r, struct cell cell)
{
    uint32_t begin = (uint32_t)(cell.at - r->source->text);
    return (struct span){begin, begin + (cell.n ? cell.n : 1), r->file};
}

/* Splits a line at its commas; blanks around cells do not count. Returns the number of cells. */
static int split(struct cell line, struct cell cell[MOST_CELLS])
{
    int n = 0;
    const char *at = line.at, *end = line.at + line.n;
    for (;; at++) {
        const char *stop = at;
        while (stop < end && *stop != ',')
            stop++;
        const char *from = at, *to = stop;
        while (from < to && (*from == ' ' || *from == '\t'))
            from++;
        while (to > from && (to[-1] == ' ' || to[-1] == '\t' || to[-1] == '\r'))
            to--;
        if (n == MOST_CELLS)
            return n + 1;
        cell[n++] = (struct cell){from, (uint32_t)(to - from)};
        at = stop;
        if (at == end)
            return n;
    }
}

static bool is(struct cell cell, const char *text)
{
    return cell.n == strlen(text) && memcmp(cell.at, text, cell.n) == 0;
}

/* --- header --- */

static int column_of(struct cell cell)
{
    if (is(cell, "time_us"))
        return COLUMN_TIME;
    if (is(cell, "input"))
        return COLUMN_INPUT;
    return is(cell, "index") || is(cell, "unit") ? COLUMN_INDEX : -1;
}

static bool missing_column(struct reader *r, struct cell line, const char *name)
{
    struct diag *diag = diag_add(r->sink, DIAG_E0604, cell_span(r, line),
                                 "\"%s\": the header names no column `%s`", r->source->path, name);
    diag_help(r->sink, diag, span_nowhere(), NULL,
              "the first line is a header such as `time_us,input,index`");
    return false;
}

static bool read_header(struct reader *r, struct cell line)
{
    struct cell cell[MOST_CELLS];
    r->width = split(line, cell);
    for (int c = 0; c < N_COLUMNS; c++)
        r->column[c] = -1;
    for (int i = 0; i < r->width && i < MOST_CELLS; i++) {
        int column = column_of(cell[i]);
        if (column >= 0 && r->column[column] < 0)
            r->column[column] = i;
    }
    if (r->column[COLUMN_TIME] < 0)
        return missing_column(r, line, "time_us");
    if (r->column[COLUMN_INDEX] < 0)
        return missing_column(r, line, "index");
    if (r->column[COLUMN_INPUT] < 0 && r->image->inputs.n != 1)
        return missing_column(r, line, "input");
    return true;
}

/* --- rows --- */

static bool digits(struct cell cell, uint32_t *at)
{
    uint32_t begin = *at;
    while (*at < cell.n && cell.at[*at] >= '0' && cell.at[*at] <= '9')
        ++*at;
    return *at > begin;
}

/* Digits, with a fraction and an exponent if there are any. */
static bool is_number(struct cell cell)
{
    uint32_t at = 0;
    bool whole = digits(cell, &at), fraction = false;
    if (at < cell.n && cell.at[at] == '.') {
        at++;
        fraction = digits(cell, &at);
    }
    if (!whole && !fraction)
        return false;
    if (at < cell.n && (cell.at[at] == 'e' || cell.at[at] == 'E')) {
        at++;
        if (at < cell.n && (cell.at[at] == '+' || cell.at[at] == '-'))
            at++;
        if (!digits(cell, &at))
            return false;
    }
    return at == cell.n;
}

static bool bad_cell(struct reader *r, struct cell cell, int position, const char *what)
{
    diag_add(r->sink, DIAG_E0604, cell_span(r, cell), "\"%s\":%u: column %d is %s: `%.*s`",
             r->source->path,
             source_line_col(r->source, (uint32_t)(cell.at - r->source->text)).line, position + 1,
             what, (int)(cell.n < 40 ? cell.n : 40), cell.at);
    return false;
}

static bool read_time(struct reader *r, const struct cell *cell, double *time_us)
{
    struct cell at = cell[r->column[COLUMN_TIME]];
    if (!is_number(at))
        return bad_cell(r, at, r->column[COLUMN_TIME], "not a time, a number of microseconds,");
    *time_us = elem_parse_real(at.at, at.n);
    if (*time_us < r->duration_us)
        return true;
    struct diag *diag =
        diag_add(r->sink, DIAG_E0604, cell_span(r, at),
                 "\"%s\":%u: the run ends at %.15g us, before %.*s us", r->source->path,
                 source_line_col(r->source, (uint32_t)(at.at - r->source->text)).line,
                 r->duration_us, (int)(at.n < 40 ? at.n : 40), at.at);
    diag_help(r->sink, diag, span_nowhere(), NULL, "--duration sets the length of the run");
    return false;
}

static bool unknown_input(struct reader *r, struct cell cell)
{
    const struct image_input_vec *inputs = &r->image->inputs;
    const char **names = ARENA_ARRAY(r->arena, const char *, inputs->n);
    for (uint32_t i = 0; i < inputs->n; i++)
        names[i] = inputs->at[i].name;
    const char *text = arena_strndup(r->arena, cell.at, cell.n);
    const char *near = diag_nearest(text, names, inputs->n);
    struct diag *diag =
        diag_add(r->sink, DIAG_E0604, cell_span(r, cell), "\"%s\":%u: the image has no input `%s`",
                 r->source->path,
                 source_line_col(r->source, (uint32_t)(cell.at - r->source->text)).line, text);
    if (near)
        diag_help(r->sink, diag, cell_span(r, cell), near, "did you mean `%s`?", near);
    return false;
}

static bool read_input(struct reader *r, const struct cell *cell, uint32_t *input)
{
    *input = 0;
    if (r->column[COLUMN_INPUT] < 0)
        return true;
    struct cell at = cell[r->column[COLUMN_INPUT]];
    for (; *input < r->image->inputs.n; ++*input)
        if (is(at, r->image->inputs.at[*input].name))
            return true;
    return unknown_input(r, at);
}

static bool read_index(struct reader *r, const struct cell *cell, uint32_t input, uint32_t *index)
{
    const struct image_input *of = &r->image->inputs.at[input];
    struct cell at = cell[r->column[COLUMN_INDEX]];
    uint32_t end = 0;
    if (!digits(at, &end) || end != at.n)
        return bad_cell(r, at, r->column[COLUMN_INDEX], "not an index");
    double value = elem_parse_real(at.at, at.n);
    if (value < of->size) {
        *index = (uint32_t)value;
        return true;
    }
    diag_add(r->sink, DIAG_E0604, cell_span(r, at),
             "\"%s\":%u: input `%s` has %u units, 0 to %u; there is no %.*s", r->source->path,
             source_line_col(r->source, (uint32_t)(at.at - r->source->text)).line, of->name,
             of->size, of->size - 1, (int)(at.n < 40 ? at.n : 40), at.at);
    return false;
}

static void read_row(struct reader *r, struct cell line, uint32_t number)
{
    struct cell cell[MOST_CELLS];
    struct stimulus_event event = {.line = number};
    uint32_t input = 0, index = 0;
    int n = split(line, cell);
    if (n != r->width) {
        diag_add(r->sink, DIAG_E0604, cell_span(r, line),
                 "\"%s\":%u: the header has %d columns, this line %d", r->source->path, number,
                 r->width, n);
        return;
    }
    bool good = read_time(r, cell, &event.time_us);
    if (read_input(r, cell, &input) && read_index(r, cell, input, &index) && good) {
        event.unit = r->first[input] + index;
        VEC_PUSH(r->arena, r->events, event);
    }
}

static void read_lines(struct reader *r)
{
    bool header = false;
    for (uint32_t k = 0; k < r->source->n_lines; k++) {
        uint32_t begin = r->source->line[k];
        uint32_t end = k + 1 < r->source->n_lines ? r->source->line[k + 1] : r->source->size;
        while (end > begin
               && (r->source->text[end - 1] == '\n' || r->source->text[end - 1] == '\r'))
            end--;
        struct cell line = {r->source->text + begin, end - begin};
        if (line.n == 0 || line.at[0] == '#')
            continue;
        if (header)
            read_row(r, line, k + 1);
        else if (!read_header(r, line))
            return;
        header = true;
    }
    if (!header)
        diag_add(r->sink, DIAG_E0604, (struct span){0, 0, r->file},
                 "\"%s\" has no header; it begins with a line such as `time_us,input,index`",
                 r->source->path);
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
    r.source = sources->files.at[r.file];
    read_lines(&r);
    if (events->n)
        qsort(events->at, events->n, sizeof events->at[0], compare_events);
    return sink->n_errors == errors;
}
