#include "compiler/cmd_sim.h"

#include "compiler/cmd_sim_rates.h"
#include "compiler/cmd_sim_stimulus.h"
#include "compiler/cmd_sim_stream.h"
#include "compiler/cmd_sim_trace.h"
#include "compiler/duration.h"
#include "compiler/net.h"
#include "runtime/sim.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

struct probe_unit { /* a unit that reports its spikes */
    uint32_t probe, unit;
};
struct hit_vec VEC_OF(uint64_t);
struct run {
    struct arena *arena;
    const struct sim_request *request;
    const struct image *image;
    struct diag_sink *sink;
    struct sim *sim;
    double dt;
    uint64_t steps;
    struct stimulus_event_vec events;
    uint32_t next_event, next_noted; /* of events: fed, reported */
    uint64_t *first; /* per source (site, then input unit): its entries in `reports` */
    struct probe_unit *reports;
    struct hit_vec hits; /* spikes of this step, probe << 32 | unit */
    uint64_t *n_spikes;  /* per probe */
    uint64_t *fired;     /* per site: its spikes */
    uint64_t done;       /* steps */
    struct traced_vec traced;
    bool calcium; /* a state that is traced */
    bool with_source;
    struct stream spikes, trace, rates;
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

static void index_probes(struct run *run)
{
    const struct image *image = run->image;
    size_t sources = image_sites(image) + first_unit(image, image->inputs.n);
    uint32_t n_probes = 0;
    run->first = ARENA_ARRAY(run->arena, uint64_t, sources + 2);
    for (uint32_t p = 0; p < image->probes.n; p++) {
        const struct image_probe *probe = &image->probes.at[p];
        if (probe->kind != PROBE_SPIKES)
            continue;
        n_probes++;
        for (uint32_t k = 0; k < probe->n_units; k++)
            run->first[probe_source(image, probe, k) + 2]++;
    }
    for (size_t s = 0; s <= sources; s++)
        run->first[s + 1] += run->first[s];
    run->reports = ARENA_ARRAY(run->arena, struct probe_unit, run->first[sources + 1]);
    run->n_spikes = ARENA_ARRAY(run->arena, uint64_t, image->probes.n);
    run->with_source = n_probes > 1;
    for (uint32_t p = 0; p < image->probes.n; p++) {
        const struct image_probe *probe = &image->probes.at[p];
        for (uint32_t k = 0; probe->kind == PROBE_SPIKES && k < probe->n_units; k++)
            run->reports[run->first[probe_source(image, probe, k) + 1]++] =
                (struct probe_unit){p, probe->unit[k]};
    }
}

/* False: a --record names what is not there. */
static bool list_traced(struct run *run)
{
    const struct sim_request *request = run->request;
    if (request->trace)
        traced_probes(run->arena, run->image, &run->traced);
    for (uint32_t i = 0; i < request->n_records; i++)
        if (!traced_record(run->arena, run->image, request->record[i], run->sink, &run->traced))
            return false;
    for (uint32_t i = 0; i < run->traced.n; i++)
        run->calcium |= run->traced.at[i].state == SIM_CALCIUM;
    return true;
}

/* --- output --- */

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

static void note_source(struct run *run, size_t source)
{
    for (uint64_t i = run->first[source]; i < run->first[source + 1]; i++)
        VEC_PUSH(run->arena, &run->hits,
                 (uint64_t)run->reports[i].probe << 32 | run->reports[i].unit);
}

static int compare_hits(const void *a, const void *b)
{
    const uint64_t *x = a, *y = b;
    return *x < *y ? -1 : *x > *y;
}

/* The spikes of a step carry the time of its end: an input event may cause one in its own step. */
static void report_spikes(struct run *run, double now)
{
    struct text *text = &run->spikes.buffer;
    if (run->hits.n > 1)
        qsort(run->hits.at, run->hits.n, sizeof run->hits.at[0], compare_hits);
    for (uint32_t i = 0; i < run->hits.n; i++) {
        uint32_t probe = (uint32_t)(run->hits.at[i] >> 32), unit = (uint32_t)run->hits.at[i];
        run->n_spikes[probe]++;
        if (run->spikes.fd < 0)
            continue;
        if (run->with_source)
            text_add(text, "%s,", probe_object(run->image, &run->image->probes.at[probe]));
        add_us(text, now);
        text_add(text, ",%u\n", unit);
    }
    run->hits.n = 0;
    stream_settle(&run->spikes);
}

static void report_trace(struct run *run, double now)
{
    struct text *text = &run->trace.buffer;
    for (uint32_t i = 0; i < run->traced.n; i++) {
        const struct traced *traced = &run->traced.at[i];
        add_us(text, now);
        text_add(text, ",%s,%u,%s,%.9g\n", traced->object, traced->unit,
                 sim_state_name[traced->state], sim_read(run->sim, traced->site, traced->state));
    }
    stream_settle(&run->trace);
}

static void write_headers(struct run *run)
{
    if (run->spikes.fd >= 0)
        text_add(&run->spikes.buffer,
                 run->with_source ? "source,time_us,unit\n" : "time_us,unit\n");
    if (run->trace.fd >= 0)
        text_add(&run->trace.buffer, "time_us,source,unit,state,value\n");
}

/* --- the run --- */

static uint64_t step_of(const struct run *run, const struct stimulus_event *event)
{
    uint64_t step = (uint64_t)sim_step_at(event->time_us, run->dt);
    return step < run->steps ? step : run->steps - 1;
}

/* `offset`: of the step in what is simulated at once. */
static void feed_inputs(struct run *run, uint64_t step, uint32_t offset)
{
    for (;
         run->next_event < run->events.n && step_of(run, &run->events.at[run->next_event]) == step;
         run->next_event++)
        sim_input_at(run->sim, offset, run->events.at[run->next_event].unit, 1);
}

static void note_inputs(struct run *run, uint64_t step)
{
    for (;
         run->next_noted < run->events.n && step_of(run, &run->events.at[run->next_noted]) == step;
         run->next_noted++)
        note_source(run, image_sites(run->image) + run->events.at[run->next_noted].unit);
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
    for (uint32_t k = 0; k < n; k++)
        feed_inputs(run, run->done + k, k);
    sim_run(run->sim, n);
    for (uint32_t k = 0; k < n; k++) {
        note_inputs(run, run->done);
        note_spikes(run, k);
        run->done++;
        report_spikes(run, (double)run->done * run->dt);
        report_trace(run, (double)run->done * run->dt);
    }
}

/* False: interrupted. */
static bool advance(struct run *run)
{
    const volatile sig_atomic_t *interrupted = run->request->interrupted;
    const uint32_t block = run->traced.n ? 1 : sim_block(run->sim);
    while (run->done < run->steps) {
        uint64_t left = run->steps - run->done;
        if (interrupted && *interrupted)
            return false;
        advance_block(run, left < block ? (uint32_t)left : block);
        if (run->spikes.why || run->trace.why)
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

static void summarise(const struct run *run, struct text *out)
{
    double seconds = (double)run->steps * run->dt;
    text_add(out, "simulated %s in %llu steps of %s, %u input events",
             duration_text(run->arena, seconds, 6), (unsigned long long)run->steps,
             duration_text(run->arena, run->dt, 6), run->events.n);
    if (run->request->mismatch > 0)
        text_add(out, ", mismatch %.3g %% (seed %llu)", run->request->mismatch * 100,
                 (unsigned long long)run->request->seed);
    text_add(out, "\n");
    for (uint32_t p = 0; p < run->image->probes.n; p++) {
        const struct image_probe *probe = &run->image->probes.at[p];
        if (probe->kind != PROBE_SPIKES)
            continue;
        uint32_t n = n_alive(run, probe);
        text_add(out, "%-24s %6u units %10llu spikes %10.2f Hz\n", probe_object(run->image, probe),
                 probe->n_units, (unsigned long long)run->n_spikes[p],
                 n ? (double)run->n_spikes[p] / n / seconds : 0);
    }
}

/* --- setting up --- */

static bool make_sim(struct run *run)
{
    const struct sim_request *request = run->request;
    const struct sim_options options = {.dt = run->dt,
                                        .seed = request->seed,
                                        .mismatch = request->mismatch,
                                        .threads = request->threads,
                                        .calcium = run->calcium};
    const char *unsupported;
    run->sim = sim_new(run->arena, run->image, &options, &unsupported);
    if (!run->sim) {
        diag_add(run->sink, DIAG_E0803, span_nowhere(), "the simulator does not model %s",
                 unsupported);
        return false;
    }
    double least = sim_least_tau(run->sim);
    if (sim_is_coarse(run->dt, least)) {
        struct diag *diag = diag_add(
            run->sink, DIAG_W0717, span_nowhere(),
            "the time step, %s, is more than a tenth of the shortest time constant, %s (%s)",
            duration_text(run->arena, run->dt, 4), duration_text(run->arena, least, 4),
            sim_least_circuit(run->sim));
        diag_help(run->sink, diag, span_nowhere(), NULL, "`--dt` of at most %s",
                  duration_text(run->arena, duration_below(least / 10, 2), 2));
    }
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
    struct diag *diag = diag_add(sink, DIAG_E0601, span_nowhere(),
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
    const struct output spikes = {"spikes", request->spikes}, trace = {"trace", request->trace},
                        rates = {"rates", request->rates};
    return check_pair(arena, &spikes, &trace, sink) && check_pair(arena, &spikes, &rates, sink)
           && check_pair(arena, &trace, &rates, sink);
}

static bool open_streams(struct run *run)
{
    const struct sim_request *request = run->request;
    if (!stream_open(&run->spikes, run->arena, request->spikes, run->sink))
        return false;
    if (!stream_open(&run->trace, run->arena, request->trace, run->sink)) {
        stream_close(&run->spikes, false, run->sink);
        return false;
    }
    if (stream_open(&run->rates, run->arena, request->rates, run->sink))
        return true;
    stream_close(&run->spikes, false, run->sink);
    stream_close(&run->trace, false, run->sink);
    return false;
}

static bool set_up(struct run *run, struct source_set *sources)
{
    const struct sim_request *request = run->request;
    double duration = request->duration;
    run->dt = request->dt > 0 ? request->dt : SIM_DEFAULT_DT;
    double steps = ceil(duration / run->dt - 1e-6);
    if (!(steps <= SIM_MOST_STEPS)) {
        struct diag *diag = diag_add(run->sink, DIAG_E0225, span_nowhere(),
                                     "--duration is %.10g steps of %s, the limit is %d", steps,
                                     duration_text(run->arena, run->dt, 6), SIM_MOST_STEPS);
        diag_help(run->sink, diag, span_nowhere(), NULL, "a longer --dt or a shorter --duration");
        return false;
    }
    run->steps = steps < 1 ? 1 : (uint64_t)steps;
    return (!request->stimulus
            || stimulus_read(run->arena, sources, run->image, request->stimulus,
                             floor(duration * 1e12 + 0.5) / 1e6, run->sink, &run->events))
           && list_traced(run) && make_sim(run);
}

bool cmd_sim(struct arena *arena, struct source_set *sources, const struct sim_request *request,
             struct diag_sink *sink, struct text *out)
{
    struct run run = {.arena = arena, .request = request, .image = request->image, .sink = sink};
    if (!check_outputs(request, arena, sink) || !set_up(&run, sources))
        return false;
    index_probes(&run);
    run.fired = ARENA_ARRAY(arena, uint64_t, image_sites(run.image));

    if (!open_streams(&run))
        return false;
    write_headers(&run);
    bool complete = advance(&run);
    if (run.rates.fd >= 0 && run.done > 0)
        rates_write(&run.rates, run.image, run.fired, (double)run.done * run.dt);
    bool written = stream_close(&run.spikes, complete, sink);
    written = stream_close(&run.trace, complete, sink) && written;
    written = stream_close(&run.rates, complete, sink) && written;
    if (complete && written && !request->quiet && !to_stdout(request->spikes)
        && !to_stdout(request->trace) && !to_stdout(request->rates))
        summarise(&run, out);
    return complete && written;
}
