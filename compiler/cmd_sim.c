#include "compiler/cmd_sim.h"

#include "compiler/cmd_sim_rates.h"
#include "compiler/cmd_sim_stimulus.h"
#include "compiler/cmd_sim_write.h"
#include "compiler/duration.h"
#include "compiler/net.h"
#include "compiler/sim_progress.h"
#include "compiler/sweep_table.h"
#include "compiler/trial_step.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

struct probe_unit { /* a unit that reports its spikes */
    uint32_t probe, unit;
};
struct hit_vec VEC_OF(uint64_t);
struct session { /* all points of a run */
    struct arena *arena;
    const struct sim_request *request;
    const struct image *image;
    struct diag_sink *sink;
    double dt;
    const char *reason; /* why dt is that; NULL: it was given */
    uint64_t steps;
    struct stimulus_event_vec events;
    uint64_t *first; /* per source (site, then input unit): its entries in `reports` */
    struct probe_unit *reports;
    struct traces traces;
    bool calcium; /* a state that is traced */
    size_t width; /* of a source's name in files; 0: there is one source */
    struct spike_writer spikes;
    struct trace_writer trace;
    struct stream rates, table;
    struct sim_progress progress;
    struct hit_vec hits; /* spikes of this step, probe << 32 | unit */
    bool warned, noted;  /* of a coarse step, a fast membrane */
};
struct run { /* one point */
    struct session *session;
    struct arena *arena;
    const struct image *image;
    uint32_t point;
    struct sim *sim;
    uint32_t next_event, next_noted; /* of events: fed, reported */
    uint64_t *n_spikes;              /* per probe */
    uint64_t *fired;                 /* per site: its spikes */
    double *value;                   /* per traced state */
    uint64_t done;                   /* steps */
};

/* --- units and sources --- */

static uint32_t first_unit(const struct image *image, uint32_t input)
{
    uint32_t first = 0;
    for (uint32_t i = 0; i < input; i++)
        first += image->inputs.at[i].size;
    return first;
}

/* Where the spikes of a probe's unit come from: a site, or behind the sites an input unit. */
static size_t probe_source(const struct image *image, const struct image_probe *probe, uint32_t k)
{
    if (probe->unit_kind == 0)
        return traced_site(image, probe->object, probe->unit[k]);
    return image_sites(image) + first_unit(image, probe->object) + probe->unit[k];
}

static const char *probe_object(const struct image *image, const struct image_probe *probe)
{
    return probe->unit_kind == 0 ? image->populations.at[probe->object].name
                                 : image->inputs.at[probe->object].name;
}

static void index_probes(struct session *session)
{
    const struct image *image = session->image;
    size_t sources = image_sites(image) + first_unit(image, image->inputs.n), width = 0;
    uint32_t n_probes = 0;
    session->first = ARENA_ARRAY(session->arena, uint64_t, sources + 2);
    for (uint32_t p = 0; p < image->probes.n; p++) {
        const struct image_probe *probe = &image->probes.at[p];
        if (probe->kind != PROBE_SPIKES)
            continue;
        n_probes++;
        size_t n = strlen(probe_object(image, probe));
        width = n > width ? n : width;
        for (uint32_t k = 0; k < probe->n_units; k++)
            session->first[probe_source(image, probe, k) + 2]++;
    }
    for (size_t s = 0; s <= sources; s++)
        session->first[s + 1] += session->first[s];
    session->reports = ARENA_ARRAY(session->arena, struct probe_unit, session->first[sources + 1]);
    session->width = n_probes > 1 ? width : 0;
    for (uint32_t p = 0; p < image->probes.n; p++) {
        const struct image_probe *probe = &image->probes.at[p];
        for (uint32_t k = 0; probe->kind == PROBE_SPIKES && k < probe->n_units; k++)
            session->reports[session->first[probe_source(image, probe, k) + 1]++] =
                (struct probe_unit){p, probe->unit[k]};
    }
}

/* False: a --record names what is not there. */
static bool list_traced(struct session *session)
{
    const struct sim_request *request = session->request;
    struct traces *traces = &session->traces;
    traces_init(traces, session->arena, session->image);
    if (request->trace)
        traced_probes(session->arena, session->image, traces);
    for (uint32_t i = 0; i < request->n_records; i++)
        if (!traced_record(session->arena, session->image, request->record[i], session->sink,
                           traces))
            return false;
    for (uint32_t i = 0; i < traces->traced.n; i++)
        session->calcium |= traces->traced.at[i].state == SIM_CALCIUM;
    return true;
}

/* --- output --- */

static void note_source(struct run *run, size_t source)
{
    struct session *session = run->session;
    for (uint64_t i = session->first[source]; i < session->first[source + 1]; i++)
        VEC_PUSH(session->arena, &session->hits,
                 (uint64_t)session->reports[i].probe << 32 | session->reports[i].unit);
}

static int compare_hits(const void *a, const void *b)
{
    const uint64_t *x = a, *y = b;
    return *x < *y ? -1 : *x > *y;
}

/* The spikes of a step carry the time of its end: an input event may cause one in its own step. */
static void report_spikes(struct run *run, double now)
{
    struct hit_vec *hits = &run->session->hits;
    struct spike_writer *writer = &run->session->spikes;
    if (hits->n > 1)
        qsort(hits->at, hits->n, sizeof hits->at[0], compare_hits);
    for (uint32_t i = 0; i < hits->n; i++) {
        uint32_t probe = (uint32_t)(hits->at[i] >> 32), unit = (uint32_t)hits->at[i];
        run->n_spikes[probe]++;
        spikes_put(writer, run->point, now, probe_object(run->image, &run->image->probes.at[probe]),
                   unit);
    }
    hits->n = 0;
    stream_settle(&writer->stream);
}

static void report_trace(struct run *run, double now)
{
    const struct traced_vec *traced = &run->session->traces.traced;
    if (run->session->trace.stream.fd < 0)
        return;
    for (uint32_t i = 0; i < traced->n; i++)
        run->value[i] = sim_read(run->sim, traced->at[i].site, traced->at[i].state);
    trace_put(&run->session->trace, run->point, now, run->value);
}

/* --- the run --- */

static uint64_t step_of(const struct session *session, const struct stimulus_event *event)
{
    uint64_t step = (uint64_t)sim_step_at(event->time_us, session->dt);
    return step < session->steps ? step : session->steps - 1;
}

/* `offset`: of the step in what is simulated at once. */
static void feed_inputs(struct run *run, uint64_t step, uint32_t offset)
{
    const struct session *session = run->session;
    const struct stimulus_event_vec *events = &session->events;
    for (; run->next_event < events->n && step_of(session, &events->at[run->next_event]) == step;
         run->next_event++)
        sim_input_at(run->sim, offset, events->at[run->next_event].unit, 1);
}

static void note_inputs(struct run *run, uint64_t step)
{
    const struct session *session = run->session;
    const struct stimulus_event_vec *events = &session->events;
    for (; run->next_noted < events->n && step_of(session, &events->at[run->next_noted]) == step;
         run->next_noted++)
        note_source(run, image_sites(run->image) + events->at[run->next_noted].unit);
}

static void note_spikes(struct run *run, uint32_t offset)
{
    uint32_t n;
    const uint32_t *spike = sim_spikes_at(run->sim, offset, &n);
    for (uint32_t i = 0; i < n; i++) {
        note_source(run, spike[i]);
        run->fired[spike[i]]++;
    }
}

/* Several steps at once, where no state is asked for after each of them. */
static void advance_block(struct run *run, uint32_t n)
{
    double dt = run->session->dt;
    for (uint32_t k = 0; k < n; k++)
        feed_inputs(run, run->done + k, k);
    sim_run(run->sim, n);
    for (uint32_t k = 0; k < n; k++) {
        note_inputs(run, run->done);
        note_spikes(run, k);
        run->done++;
        report_spikes(run, (double)run->done * dt);
        report_trace(run, (double)run->done * dt);
    }
}

/* False: interrupted. */
static bool advance(struct run *run)
{
    struct session *session = run->session;
    const volatile sig_atomic_t *interrupted = session->request->interrupted;
    const uint32_t block = session->traces.traced.n ? 1 : sim_block(run->sim);
    while (run->done < session->steps) {
        uint64_t left = session->steps - run->done;
        if (interrupted && *interrupted)
            return false;
        advance_block(run, left < block ? (uint32_t)left : block);
        sim_progress_at(&session->progress, (double)run->done * session->dt);
        if (session->spikes.stream.why || session->trace.stream.why)
            return true; /* nothing more can be written: stream_close reports it */
    }
    return true;
}

/* --- summary --- */

static uint32_t n_alive(const struct run *run, const struct image_probe *probe)
{
    uint32_t n = 0;
    for (uint32_t k = 0; k < probe->n_units; k++)
        n += probe->unit_kind != 0
             || sim_alive(run->sim, traced_site(run->image, probe->object, probe->unit[k]));
    return n;
}

static double rate_of(const struct run *run, uint32_t probe)
{
    uint32_t n = n_alive(run, &run->image->probes.at[probe]);
    double seconds = (double)run->session->steps * run->session->dt;
    return n ? (double)run->n_spikes[probe] / n / seconds : 0;
}

static void summarise(const struct run *run, struct text *out)
{
    const struct session *session = run->session;
    const struct sim_request *request = session->request;
    text_add(out, "simulated %s in %llu steps of %s",
             duration_text(run->arena, (double)session->steps * session->dt, 6),
             (unsigned long long)session->steps, duration_text(run->arena, session->dt, 6));
    if (session->reason)
        text_add(out, " (%s)", session->reason);
    text_add(out, ", %u input events", session->events.n);
    if (request->mismatch > 0)
        text_add(out, ", mismatch %.3g %% (seed %llu)", request->mismatch * 100,
                 (unsigned long long)request->seed);
    text_add(out, "\n");
    for (uint32_t p = 0; p < run->image->probes.n; p++) {
        const struct image_probe *probe = &run->image->probes.at[p];
        if (probe->kind == PROBE_SPIKES)
            text_add(out, "%-24s %6u units %10llu spikes %10.2f Hz\n",
                     probe_object(run->image, probe), probe->n_units,
                     (unsigned long long)run->n_spikes[p], rate_of(run, p));
    }
}

static void put_row(const struct run *run)
{
    const struct sim_points *points = run->session->request->points;
    struct sweep_table *table = points->table;
    points->row(points->context, run->image, run->point);
    sweep_table_number(table, "dt_s", run->session->dt);
    for (uint32_t p = 0; p < run->image->probes.n; p++) {
        const struct image_probe *probe = &run->image->probes.at[p];
        if (probe->kind != PROBE_SPIKES)
            continue;
        const char *name = probe_object(run->image, probe);
        sweep_table_number(table, arena_printf(run->arena, "%s_spikes", name),
                           (double)run->n_spikes[p]);
        sweep_table_number(table, arena_printf(run->arena, "%s_rate_hz", name), rate_of(run, p));
    }
}

/* --- setting up --- */

static void warn_coarse(struct run *run)
{
    struct session *session = run->session;
    double least = sim_least_tau(run->sim);
    if (session->warned || !sim_is_coarse(session->dt, least))
        return;
    session->warned = true;
    struct diag *diag =
        diag_add(session->sink, DIAG_W0717, span_nowhere(),
                 "the time step, %s, is more than a tenth of the shortest time constant, %s (%s)",
                 duration_text(run->arena, session->dt, 4), duration_text(run->arena, least, 4),
                 sim_least_circuit(run->sim));
    diag_help(session->sink, diag, span_nowhere(), NULL, "`--dt` of at most %s",
              duration_text(run->arena, duration_below(least / 10, 2), 2));
}

static struct sim_options options_of(const struct session *session)
{
    return (struct sim_options){.dt = session->dt,
                                .seed = session->request->seed,
                                .mismatch = session->request->mismatch,
                                .threads = session->request->threads,
                                .calcium = session->calcium};
}

static void note_fast(struct run *run)
{
    struct session *session = run->session;
    struct sim_fastest fastest = sim_fastest(run->sim);
    if (session->noted || !(session->dt > fastest.seconds))
        return;
    session->noted = true;
    step_note_fast(session->sink, run->arena, run->image, span_nowhere(), "", session->dt,
                   &fastest);
}

static bool make_sim(struct run *run)
{
    struct session *session = run->session;
    const struct sim_options options = options_of(session);
    const char *unsupported;
    run->sim = sim_new(run->arena, run->image, &options, &unsupported);
    if (!run->sim) {
        diag_add(session->sink, DIAG_E0803, span_nowhere(), "the simulator does not model %s",
                 unsupported);
        return false;
    }
    warn_coarse(run);
    return true;
}

static bool to_stdout(const char *path)
{
    return path && !strcmp(path, "-");
}

struct output {
    const char *what, *path;
};

static bool check_pair(struct arena *arena, const struct output *a, const struct output *b,
                       struct diag_sink *sink)
{
    if (!stream_clash(arena, a->path, b->path))
        return true;
    struct diag *diag = diag_add(sink, DIAG_E0230, span_nowhere(),
                                 "%s and %s would be written to the same file: \"%s\", \"%s\"",
                                 a->what, b->what, a->path, b->path);
    diag_help(sink, diag, span_nowhere(), NULL,
              "give `--%s` and `--%s` files of different names; each is written as "
              "NAME.partial first",
              a->what, b->what);
    return false;
}

static bool check_outputs(const struct sim_request *request, struct arena *arena,
                          struct diag_sink *sink)
{
    const struct output output[] = {{"spikes", request->spikes},
                                    {"trace", request->trace},
                                    {"rates", request->rates},
                                    {"output", request->table}};
    for (size_t a = 0; a < sizeof output / sizeof output[0]; a++)
        for (size_t b = 0; b < a; b++)
            if (!check_pair(arena, &output[b], &output[a], sink))
                return false;
    return true;
}

static bool close_streams(struct session *session, bool complete)
{
    bool written = stream_close(&session->spikes.stream, complete, session->sink);
    written = stream_close(&session->trace.stream, complete, session->sink) && written;
    written = stream_close(&session->table, complete, session->sink) && written;
    return stream_close(&session->rates, complete, session->sink) && written;
}

static bool open_streams(struct session *session)
{
    const struct sim_request *request = session->request;
    struct diag_sink *sink = session->sink;
    bool points = request->points != NULL;
    session->spikes.stream.fd = session->trace.stream.fd = session->rates.fd = -1;
    session->table.fd = -1;
    if (spikes_begin(&session->spikes, session->arena, request->spikes, session->width, points,
                     sink)
        && trace_begin(&session->trace, session->arena, request->trace, &session->traces.traced,
                       session->dt, points, sink)
        && stream_open(&session->rates, session->arena, request->rates, sink)
        && stream_open(&session->table, session->arena, request->table, sink))
        return true;
    close_streams(session, false);
    return false;
}

/* One step for all points. False: a point has no image. */
static bool choose_dt(struct session *session)
{
    const struct sim_points *points = session->request->points;
    const struct sim_options options = options_of(session);
    struct sim_scales all = scales_none();
    const struct scale *why;
    for (uint32_t point = 0; point < (points ? points->n : 1); point++) {
        struct arena *scratch = arena_scratch(session->arena);
        const struct image *image =
            points ? points->image(points->context, scratch, point) : session->image;
        struct sim_scales of = image ? sim_scales_of(scratch, image, &options) : all;
        all = step_shortest(&all, &of);
        arena_scratch_end(scratch);
        if (!image)
            return false;
    }
    session->dt = scales_step(&all, session->request->duration, &why);
    session->reason = step_reason(session->arena, why);
    return true;
}

static bool set_up(struct session *session, struct source_set *sources)
{
    const struct sim_request *request = session->request;
    double duration = request->duration;
    if (!list_traced(session))
        return false;
    session->dt = request->dt > 0 ? request->dt : SIM_DEFAULT_DT;
    if (request->dt_auto && !choose_dt(session))
        return false;
    double steps = ceil(duration / session->dt - 1e-6);
    if (!(steps <= SIM_MOST_STEPS)) {
        struct diag *diag = diag_add(session->sink, DIAG_E0225, span_nowhere(),
                                     "--duration is %.10g steps of %s, the limit is %d", steps,
                                     duration_text(session->arena, session->dt, 6), SIM_MOST_STEPS);
        diag_help(session->sink, diag, span_nowhere(), NULL,
                  "a longer --dt or a shorter --duration");
        return false;
    }
    session->steps = steps < 1 ? 1 : (uint64_t)steps;
    return !request->stimulus
           || stimulus_read(session->arena, sources, session->image, request->stimulus,
                            floor(duration * 1e12 + 0.5) / 1e6, session->sink, &session->events);
}

/* --- points --- */

static struct run *run_new(struct session *session, struct arena *arena, const struct image *image,
                           uint32_t point)
{
    struct run *run = ARENA_NEW(arena, struct run);
    *run = (struct run){.session = session, .arena = arena, .image = image, .point = point};
    run->n_spikes = ARENA_ARRAY(arena, uint64_t, image->probes.n);
    run->fired = ARENA_ARRAY(arena, uint64_t, image_sites(image));
    run->value = ARENA_ARRAY(arena, double, session->traces.traced.n);
    return run;
}

static void begin_part(struct run *run)
{
    struct session *session = run->session;
    const struct sim_points *points = session->request->points;
    sim_progress_part(&session->progress, (double)session->steps * session->dt,
                      points ? arena_printf(run->arena, "point %u of %u", run->point + 1, points->n)
                             : "");
}

static bool streams_fail(const struct session *session)
{
    return session->spikes.stream.why || session->trace.stream.why;
}

/* False: a finding, or interrupted. */
static bool run_point(struct session *session, struct arena *arena, uint32_t point)
{
    const struct sim_points *points = session->request->points;
    const struct image *image = points->image(points->context, arena, point);
    if (!image)
        return false;
    struct run *run = run_new(session, arena, image, point);
    if (!make_sim(run))
        return false;
    begin_part(run);
    bool complete = advance(run);
    sim_progress_done(&session->progress, (double)run->done * session->dt);
    if (!complete || streams_fail(session))
        return false;
    note_fast(run);
    put_row(run);
    return true;
}

static bool run_points(struct session *session)
{
    bool ok = true;
    for (uint32_t point = 0; ok && point < session->request->points->n; point++) {
        struct arena *scratch = arena_scratch(session->arena);
        ok = run_point(session, scratch, point);
        arena_scratch_end(scratch);
    }
    sim_progress_end(&session->progress);
    if (session->table.fd >= 0 && session->request->points->table->rows.n)
        sweep_table_text(session->request->points->table, &session->table.buffer);
    return close_streams(session, ok) && ok;
}

static bool run_alone(struct session *session, struct text *out)
{
    const struct sim_request *request = session->request;
    struct run *run = run_new(session, session->arena, session->image, 0);
    if (!make_sim(run) || !open_streams(session))
        return false;
    begin_part(run);
    bool complete = advance(run);
    sim_progress_done(&session->progress, (double)run->done * session->dt);
    sim_progress_end(&session->progress);
    if (session->rates.fd >= 0 && run->done > 0)
        rates_write(&session->rates, run->image, run->fired, (double)run->done * session->dt);
    bool written = close_streams(session, complete);
    note_fast(run);
    if (complete && written && !request->quiet && !to_stdout(request->spikes)
        && !to_stdout(request->trace) && !to_stdout(request->rates))
        summarise(run, out);
    return complete && written;
}

bool cmd_sim(struct arena *arena, struct source_set *sources, const struct sim_request *request,
             struct diag_sink *sink, struct text *out)
{
    struct session session = {
        .arena = arena, .request = request, .image = request->image, .sink = sink};
    if (!check_outputs(request, arena, sink) || !set_up(&session, sources))
        return false;
    index_probes(&session);
    sim_progress_begin(&session.progress, request->progress);
    if (!request->points)
        return run_alone(&session, out);
    return open_streams(&session) && run_points(&session);
}
