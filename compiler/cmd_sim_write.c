#include "compiler/cmd_sim_write.h"

#include "compiler/cmd_sim_npy.h"
#include "compiler/cmd_sim_vcd.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

/* Microseconds, exact to a millionth, without needless digits. */
static void add_us(struct text *text, double seconds)
{
    uint64_t whole = (uint64_t)floor(seconds * 1e12 + 0.5), rest = whole % 1000000;
    int digits = 6;
    text_add(text, "%llu", (unsigned long long)(whole / 1000000));
    if (rest == 0)
        return;
    for (; rest % 10 == 0; digits--)
        rest /= 10;
    text_add(text, ".%0*llu", digits, (unsigned long long)rest);
}

static double us_of(double seconds)
{
    return floor(seconds * 1e12 + 0.5) / 1e6;
}

/* --- spikes --- */

static void spikes_npy(struct spike_writer *writer, struct arena *arena)
{
    struct npy npy;
    char type[32];
    npy_begin(&npy, arena);
    if (writer->points)
        npy_column(&npy, "point", "<u4", 4, 1);
    snprintf(type, sizeof type, "<U%zu", writer->width);
    if (writer->width)
        npy_column(&npy, "source", type, 4 * writer->width, 1);
    npy_column(&npy, "time_us", "<f8", 8, 1);
    npy_column(&npy, "unit", "<u4", 4, 1);
    npy_end(&npy);
    stream_npy(&writer->stream, &npy);
}

bool spikes_begin(struct spike_writer *writer, struct arena *arena, const char *path, size_t width,
                  bool points, struct diag_sink *sink)
{
    *writer = (struct spike_writer){.width = width, .points = points};
    if (!stream_open(&writer->stream, arena, path, sink))
        return false;
    if (writer->stream.fd >= 0 && writer->stream.form == STREAM_NPY)
        spikes_npy(writer, arena);
    else if (writer->stream.fd >= 0)
        text_add(&writer->stream.buffer, "%s%stime_us,unit\n", points ? "point," : "",
                 width ? "source," : "");
    return true;
}

void spikes_put(struct spike_writer *writer, uint32_t point, double now, const char *source,
                uint32_t unit)
{
    struct text *text = &writer->stream.buffer;
    if (writer->stream.fd < 0)
        return;
    if (writer->stream.form == STREAM_NPY) {
        if (writer->points)
            npy_u4(text, point);
        npy_name(text, source, writer->width);
        npy_f8(text, us_of(now));
        npy_u4(text, unit);
        return;
    }
    if (writer->points)
        text_add(text, "%u,", point);
    if (writer->width)
        text_add(text, "%s,", source);
    add_us(text, now);
    text_add(text, ",%u\n", unit);
}

/* --- traces --- */

/* Neighbours in the list that are units of one population, at equal distances, in one state share a
 * column: "exc[0:4]:ampa", "grid[2:34:8]:vmem", flat indices as Python slices them. */
static uint32_t run_length(const struct traced_vec *traced, uint32_t first, uint32_t *step)
{
    const struct traced *at = traced->at;
    uint32_t n = 1;
    *step = 1;
    while (first + n < traced->n) {
        const struct traced *a = &at[first + n - 1], *b = &at[first + n];
        if (a->object != b->object || a->state != b->state || b->unit <= a->unit
            || (n > 1 && b->unit - a->unit != *step))
            break;
        *step = b->unit - a->unit;
        n++;
    }
    return n;
}

static void trace_columns(struct npy *npy, struct arena *arena, const struct traced_vec *traced)
{
    for (uint32_t i = 0, n; i < traced->n; i += n) {
        const struct traced *first = &traced->at[i];
        uint32_t step;
        n = run_length(traced, i, &step);
        const char *units = arena_printf(arena, "%u", first->unit);
        if (n > 1)
            units = arena_printf(arena, "%u:%u", first->unit, traced->at[i + n - 1].unit + 1);
        if (step > 1)
            units = arena_printf(arena, "%s:%u", units, step);
        npy_column(
            npy,
            arena_printf(arena, "%s[%s]:%s", first->object, units, sim_state_name[first->state]),
            "<f8", 8, n);
    }
}

/* False: numpy.load would not read the header. */
static bool trace_header(struct npy *npy, struct arena *arena, const char *path,
                         const struct traced_vec *traced, bool points, struct diag_sink *sink)
{
    npy_begin(npy, arena);
    if (points)
        npy_column(npy, "point", "<u4", 4, 1);
    npy_column(npy, "time_us", "<f8", 8, 1);
    trace_columns(npy, arena, traced);
    if (npy_end(npy))
        return true;
    struct diag *diag =
        diag_add(sink, DIAG_E0225, span_nowhere(),
                 "the columns of \"%s\" need a header of %zu bytes, the limit of numpy.load is %d",
                 path, npy->header.n, NPY_MOST_HEADER);
    diag_help(sink, diag, span_nowhere(), NULL,
              "record ranges, `exc[0:64]:vmem`, which share a column, or write CSV");
    return false;
}

bool trace_begin(struct trace_writer *writer, struct arena *arena, const char *path,
                 const struct traced_vec *traced, double dt, bool points, struct diag_sink *sink)
{
    struct npy npy;
    enum stream_form form = path ? stream_form_of(path) : STREAM_CSV;
    *writer = (struct trace_writer){.traced = traced, .points = points, .stream.fd = -1};
    if (form == STREAM_NPY && !trace_header(&npy, arena, path, traced, points, sink))
        return false;
    if (!stream_open(&writer->stream, arena, path, sink))
        return false;
    if (writer->stream.fd < 0)
        return true;
    if (form == STREAM_NPY)
        stream_npy(&writer->stream, &npy);
    else if (form == STREAM_VCD)
        vcd_begin(writer, arena, dt);
    else
        text_add(&writer->stream.buffer, "%stime_us,source,unit,state,value\n",
                 points ? "point," : "");
    return true;
}

static void put_npy(struct trace_writer *writer, uint32_t point, double now, const double *value)
{
    struct text *text = &writer->stream.buffer;
    if (writer->points)
        npy_u4(text, point);
    npy_f8(text, us_of(now));
    for (uint32_t i = 0; i < writer->traced->n; i++)
        npy_f8(text, value[i]);
}

static void put_csv(struct trace_writer *writer, uint32_t point, double now, const double *value)
{
    struct text *text = &writer->stream.buffer;
    for (uint32_t i = 0; i < writer->traced->n; i++) {
        const struct traced *traced = &writer->traced->at[i];
        if (writer->points)
            text_add(text, "%u,", point);
        add_us(text, now);
        text_add(text, ",%s,%u,%s,%.9g\n", traced->object, traced->unit,
                 sim_state_name[traced->state], value[i]);
    }
}

void trace_put(struct trace_writer *writer, uint32_t point, double now, const double *value)
{
    if (writer->stream.fd < 0)
        return;
    if (writer->stream.form == STREAM_VCD)
        vcd_put(writer, now, value);
    else if (writer->stream.form == STREAM_NPY)
        put_npy(writer, point, now, value);
    else
        put_csv(writer, point, now, value);
    stream_settle(&writer->stream);
}
