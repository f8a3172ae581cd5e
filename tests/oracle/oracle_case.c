#include "tests/oracle/oracle_case.h"

#include "compiler/base/elementary.h"
#include "compiler/base/outfile.h"

#include <jansson.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_BYTES = 1 << 30, MAX_COLUMNS = 16 };

struct reader {
    struct arena *arena;
    const char *path, *why; /* why: the first fault */
    struct oracle_case *into;
};

static bool fault(struct reader *r, const char *what)
{
    if (!r->why)
        r->why = arena_printf(r->arena, "%s: %s", r->path, what);
    return false;
}

/* --- JSON --- */

static uint32_t get_count(struct reader *r, const json_t *root, const char *key)
{
    json_int_t value = json_integer_value(json_object_get(root, key));
    if (value < 0 || value > INT32_MAX)
        fault(r, arena_printf(r->arena, "`%s` is no count", key));
    return (uint32_t)value;
}

static double get_number(const json_t *root, const char *key, double otherwise)
{
    const json_t *value = json_object_get(root, key);
    return json_is_number(value) ? json_number_value(value) : otherwise;
}

/* Numbers of nested lists in order; false when there are not exactly n. */
static bool flatten(const json_t *value, double *into, size_t n, size_t *filled, int depth)
{
    if (json_is_number(value)) {
        if (*filled == n)
            return false;
        into[(*filled)++] = json_number_value(value);
        return true;
    }
    if (!json_is_array(value) || depth == 0)
        return false;
    for (size_t i = 0; i < json_array_size(value); i++)
        if (!flatten(json_array_get(value, i), into, n, filled, depth - 1))
            return false;
    return true;
}

static double *get_weights(struct reader *r, const json_t *root, const char *key, size_t rows)
{
    const json_t *value = json_object_get(root, key);
    if (!value || json_is_null(value))
        return NULL;
    size_t width = r->into->model == CASE_FOUR_SYNAPSES ? 4 : 1, filled = 0;
    size_t n = rows * r->into->n_neuron * width;
    double *weights = ARENA_ARRAY(r->arena, double, n);
    if (!flatten(value, weights, n, &filled, 3) || filled != n)
        fault(r, arena_printf(r->arena, "`%s` has the wrong shape", key));
    return weights;
}

/* One number for all neurons, or one per neuron. */
static void get_param(struct reader *r, const char *name, const json_t *value)
{
    uint32_t n = r->into->n_neuron;
    double *values = ARENA_ARRAY(r->arena, double, n);
    size_t filled = 0;
    if (json_is_null(value))
        return;
    bool whole = flatten(value, values, n, &filled, 2);
    if (whole && filled == 1)
        for (uint32_t i = 1; i < n; i++)
            values[i] = values[0];
    else if (!whole || filled != n)
        fault(r, arena_printf(r->arena, "parameter %s has the wrong length", name));
    VEC_PUSH(r->arena, &r->into->params, (struct case_param){arena_strdup(r->arena, name), values});
}

static enum case_model get_model(const struct reader *r, const json_t *root)
{
    const char *model = json_string_value(json_object_get(root, "model"));
    if (model)
        return strstr(model, "four") ? CASE_FOUR_SYNAPSES : CASE_SINGLE_SYNAPSE;
    return r->into->name[0] == 'B' ? CASE_FOUR_SYNAPSES : CASE_SINGLE_SYNAPSE;
}

static void read_json(struct reader *r, const json_t *root)
{
    struct oracle_case *into = r->into;
    into->model = get_model(r, root);
    into->n_neuron = get_count(r, root, "n_neuron");
    into->n_step = get_count(r, root, "n_step");
    into->n_channel = get_count(r, root, "n_channel");
    into->dt = get_number(root, "dt", 1e-3);
    into->iscale = get_number(root, "Iscale", 1e-8);
    if (into->n_neuron == 0 || !(into->dt > 0)) {
        fault(r, "no neurons or no time step");
        return;
    }
    const char *name;
    json_t *value;
    json_object_foreach(json_object_get(root, "params"), name, value) get_param(r, name, value);
    into->w_in = get_weights(r, root, "w_in", into->n_channel);
    into->w_rec = get_weights(r, root, "w_rec", into->n_neuron);
}

static bool load_json(struct reader *r)
{
    json_error_t error;
    json_t *root = json_load_file(r->path, 0, &error);
    if (!json_is_object(root))
        fault(r, root ? "no object" : error.text);
    else
        read_json(r, root);
    json_decref(root);
    return !r->why;
}

/* --- CSV: a header and rows of numbers --- */

typedef void row_fn(struct reader *r, const double *cell, const int *column, int n);

static int column_of(const char *const *names, int n_names, const char *text, size_t n)
{
    for (int i = 0; i < n_names; i++)
        if (strlen(names[i]) == n && memcmp(names[i], text, n) == 0)
            return i;
    return -1;
}

/* Reads up to a comma or the end of the line; returns where it stopped. */
static const char *cell_end(const char *at)
{
    while (*at && *at != ',' && *at != '\n' && *at != '\r')
        at++;
    return at;
}

static const char *next_line(const char *at)
{
    while (*at == '\r')
        at++;
    return *at == '\n' ? at + 1 : at;
}

static const char *read_header(struct reader *r, const char *at, const char *const *names,
                               int n_names, int column[MAX_COLUMNS], int *n)
{
    for (*n = 0; *n < MAX_COLUMNS; at++) {
        const char *end = cell_end(at);
        column[(*n)++] = column_of(names, n_names, at, (size_t)(end - at));
        at = end;
        if (*at != ',')
            return next_line(at);
    }
    fault(r, "too many columns");
    return at;
}

static double cell_value(const char *at, const char *end)
{
    bool minus = *at == '-';
    at += minus;
    double value = elem_parse_real(at, (unsigned)(end - at));
    return minus ? -value : value;
}

static bool read_csv(struct reader *r, const char *suffix, const char *const *names, int n_names,
                     row_fn *row)
{
    uint8_t *bytes;
    size_t size;
    const char *path = arena_printf(r->arena, "%s%s", r->path, suffix), *why;
    if (!read_whole(r->arena, path, MAX_BYTES, &bytes, &size, &why))
        return false;
    char *text = arena_strndup(r->arena, (const char *)bytes, size);
    int column[MAX_COLUMNS], n;
    const char *at = read_header(r, text, names, n_names, column, &n);
    while (*at && !r->why) {
        double cell[MAX_COLUMNS];
        int filled = 0;
        for (; filled < n; at++) {
            const char *end = cell_end(at);
            cell[filled++] = cell_value(at, end);
            at = end;
            if (*at != ',')
                break;
        }
        if (filled != n)
            return fault(r, "a row is too short");
        at = next_line(at);
        row(r, cell, column, n);
    }
    return !r->why;
}

/* --- rows --- */

static const char *const event_columns[] = {"step", "channel", "neuron", "value", "count"};

static struct case_event event_of(const double *cell, const int *column, int n)
{
    struct case_event event = {0};
    for (int i = 0; i < n; i++) {
        if (column[i] == 0)
            event.step = (uint32_t)cell[i];
        else if (column[i] == 1 || column[i] == 2)
            event.index = (uint32_t)cell[i];
        else if (column[i] >= 3)
            event.value = cell[i];
    }
    return event;
}

static void input_row(struct reader *r, const double *cell, const int *column, int n)
{
    struct case_event event = event_of(cell, column, n);
    if (event.index >= r->into->n_channel)
        fault(r, "an input event names no channel");
    VEC_PUSH(r->arena, &r->into->input, event);
}

static void spike_row(struct reader *r, struct case_event_vec *into, struct case_event event)
{
    if (event.index >= r->into->n_neuron)
        fault(r, "a spike names no neuron");
    VEC_PUSH(r->arena, into, event);
}

static void spike64_row(struct reader *r, const double *cell, const int *column, int n)
{
    spike_row(r, &r->into->spk_f64, event_of(cell, column, n));
}

static void spike32_row(struct reader *r, const double *cell, const int *column, int n)
{
    spike_row(r, &r->into->spk_f32, event_of(cell, column, n));
}

static const char *const trace_columns[] = {"iahp",   "isyn", "iampa", "igaba", "inmda",
                                            "ishunt", "imem", "vmem",  "step",  "neuron"};

static void trace_row(struct reader *r, const double *cell, const int *column, int n)
{
    struct case_sample sample = {0};
    for (int i = 0; i < n; i++) {
        if (column[i] == N_CASE_STATES)
            sample.step = (uint32_t)cell[i];
        else if (column[i] == N_CASE_STATES + 1)
            sample.neuron = (uint32_t)cell[i];
        else if (column[i] >= 0) {
            sample.value[column[i]] = cell[i];
            r->into->column[column[i]] = true;
        }
    }
    if (sample.neuron >= r->into->n_neuron)
        fault(r, "a trace names no neuron");
    VEC_PUSH(r->arena, &r->into->trace, sample);
}

/* Files may list neuron by neuron: everything is brought into the order of the run. Rows of equal
 * step and index keep no order of their own, and need none. */
static int by_step(uint32_t step_a, uint32_t step_b, uint32_t a, uint32_t b)
{
    if (step_a != step_b)
        return step_a < step_b ? -1 : 1;
    return a < b ? -1 : a > b;
}

static int compare_events(const void *a, const void *b)
{
    const struct case_event *x = a, *y = b;
    int order = by_step(x->step, y->step, x->index, y->index);
    return order ? order : (x->value > y->value) - (x->value < y->value);
}

static int compare_samples(const void *a, const void *b)
{
    const struct case_sample *x = a, *y = b;
    int order = by_step(x->step, y->step, x->neuron, y->neuron);
    return order ? order : memcmp(x->value, y->value, sizeof x->value);
}

static void sort_rows(struct oracle_case *of)
{
    struct case_event_vec *events[] = {&of->input, &of->spk_f64, &of->spk_f32};
    for (int i = 0; i < 3; i++)
        if (events[i]->n)
            qsort(events[i]->at, events[i]->n, sizeof events[i]->at[0], compare_events);
    if (of->trace.n)
        qsort(of->trace.at, of->trace.n, sizeof of->trace.at[0], compare_samples);
}

struct oracle_case *case_read(struct arena *arena, const char *path, const char **why)
{
    struct oracle_case *into = ARENA_NEW(arena, struct oracle_case);
    struct reader r = {.arena = arena, .into = into};
    const char *slash = strrchr(path, '/');
    into->name = arena_strdup(arena, slash ? slash + 1 : path);
    r.path = arena_printf(arena, "%s.json", path);
    bool good = load_json(&r);
    r.path = path;
    if (good && !read_csv(&r, ".in.csv", event_columns, 5, input_row))
        good = fault(&r, "cannot read .in.csv");
    if (good && !read_csv(&r, ".spk_f64.csv", event_columns, 5, spike64_row))
        good = fault(&r, "cannot read .spk_f64.csv");
    if (good)
        into->has_f32 = read_csv(&r, ".spk_f32.csv", event_columns, 5, spike32_row);
    if (good)
        read_csv(&r, ".trace_f64.csv", trace_columns, 10, trace_row);
    sort_rows(into);
    *why = r.why;
    return r.why ? NULL : into;
}

const double *case_param(struct arena *arena, const struct oracle_case *of, const char *name,
                         double otherwise)
{
    for (uint32_t i = 0; i < of->params.n; i++)
        if (strcmp(of->params.at[i].name, name) == 0)
            return of->params.at[i].value;
    double *values = ARENA_ARRAY(arena, double, of->n_neuron);
    for (uint32_t i = 0; i < of->n_neuron; i++)
        values[i] = otherwise;
    return values;
}

/* --- comparison --- */

static double relative_error(double got, double want, enum case_state state)
{
    double floor = state == CASE_VMEM ? 1e-6 : 1e-15;
    double scale = fabs(want) > floor ? fabs(want) : floor;
    double error = fabs(got - want) / scale;
    return isnan(error) ? INFINITY : error;
}

static void compare_raster(const struct oracle_case *of, const struct case_runner *runner,
                           uint32_t step, uint32_t *next, struct case_result *result)
{
    for (uint32_t i = 0; i < of->n_neuron; i++) {
        double want = 0, got = runner->spikes(runner->model, i);
        if (*next < of->spk_f64.n && of->spk_f64.at[*next].step == step
            && of->spk_f64.at[*next].index == i)
            want = of->spk_f64.at[(*next)++].value;
        result->spikes += (uint64_t)got;
        result->differ += got < want || got > want;
    }
}

static void compare_trace(const struct oracle_case *of, const struct case_runner *runner,
                          uint32_t step, uint32_t *next, struct case_result *result)
{
    for (; *next < of->trace.n && of->trace.at[*next].step == step; ++*next) {
        const struct case_sample *sample = &of->trace.at[*next];
        for (int s = 0; s < N_CASE_STATES; s++) {
            if (!of->column[s])
                continue;
            double got = runner->state(runner->model, sample->neuron, (enum case_state)s);
            double error = relative_error(got, sample->value[s], (enum case_state)s);
            result->trace_error = error > result->trace_error ? error : result->trace_error;
        }
    }
}

struct case_result case_compare(const struct oracle_case *of, const struct case_runner *runner)
{
    struct case_result result = {0};
    uint32_t input = 0, spike = 0, sample = 0;
    for (uint32_t step = 0; step < of->n_step; step++) {
        uint32_t first = input;
        while (input < of->input.n && of->input.at[input].step == step)
            input++;
        runner->advance(runner->model, of->input.at + first, input - first);
        compare_raster(of, runner, step, &spike, &result);
        compare_trace(of, runner, step, &sample, &result);
    }
    /* Rows left over: not in order, or beyond the run. */
    result.differ += of->spk_f64.n - spike;
    if (sample < of->trace.n || input < of->input.n)
        result.trace_error = INFINITY;
    return result;
}
