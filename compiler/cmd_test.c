/* `dync test`: the tests of a network as it is written, or point by point under other biases. */
#include "compiler/cmd_sim_stream.h"
#include "compiler/driver.h"
#include "compiler/sim_progress.h"
#include "compiler/sweep_table.h"
#include "compiler/testrun.h"

#include <math.h>
#include <string.h>

static bool prove(struct driver *driver, struct sweep *sweep)
{
    return driver_check(driver, driver->options->files.at[0]) && driver_sweep_read(driver, sweep)
           && driver_place(driver) && driver_emit(driver)
           && driver_verify(driver, driver->bytes, driver->n_bytes);
}

static struct testrun_options run_options(const struct driver *driver)
{
    return (struct testrun_options){.dt = driver->options->dt,
                                    .threads = driver->options->threads,
                                    .dt_auto = driver->options->dt_auto,
                                    .only = driver->options->filter};
}

/* One set of biases: what the tests print. */
static bool run_once(struct driver *driver, const struct sweep *sweep)
{
    struct testrun_options options = run_options(driver);
    struct sweep_point *scene = ARENA_NEW(&driver->arena, struct sweep_point);
    const struct image *image = &driver->image;
    if (sweep->axes.n) {
        if (!driver_sweep_point(driver, &driver->arena, sweep, 0, scene))
            return false;
        image = &scene->image;
    }
    struct sim_progress progress;
    sim_progress_begin(&progress, driver->options->progress == PROGRESS_ON);
    options.progress = &progress;
    bool passed = testrun_all(&driver->arena, &driver->elaboration, image, &options, &driver->sink,
                              &driver->out);
    sim_progress_end(&progress);
    return passed;
}

/* --- the table of a sweep --- */

struct sweep_run {
    struct driver *driver;
    const struct sweep *sweep;
    struct sweep_table table;
    struct sim_progress progress;
};

static void put_realised(struct sweep_run *run, const struct sweep_point *scene)
{
    const struct sweep *sweep = run->sweep;
    struct arena *arena = run->table.arena;
    for (uint32_t a = 0; a < sweep->axes.n; a++) {
        const struct sweep_axis *axis = &sweep->axes.at[a];
        for (uint32_t i = 0; i < axis->targets.n; i++) {
            const struct sweep_target *target = &axis->targets.at[i];
            uint32_t class = scene->plan.class_of_set[target->object];
            double value =
                bias_realised(run->driver->device, &scene->net.bias_sets.at[target->object],
                              target->attribute, axis->dim, scene->plan.classes.at[class].code);
            sweep_table_number(
                &run->table,
                arena_printf(arena, "%s_realised%s", target->name, sweep_unit(arena, axis->dim)),
                value);
        }
    }
}

static void put_track(struct sweep_run *run, const char *title, const struct track_range *range)
{
    struct sweep_table *table = &run->table;
    const char *unit = sweep_unit(table->arena, range->dim);
    const char *name = arena_printf(table->arena, "%s: %s", title, range->label);
    sweep_table_number(table, arena_printf(table->arena, "%s_mean%s", name, unit), range->mean);
    sweep_table_number(table, arena_printf(table->arena, "%s_min%s", name, unit), range->least);
    sweep_table_number(table, arena_printf(table->arena, "%s_max%s", name, unit), range->most);
}

static void put_outcome(struct sweep_run *run, const struct test_outcome *outcome)
{
    struct sweep_table *table = &run->table;
    struct arena *arena = table->arena;
    sweep_table_number(table, arena_printf(arena, "%s: dt_s", outcome->title),
                       ps_in_seconds(outcome->dt_ps));
    for (uint32_t i = 0; i < outcome->n_expects; i++) {
        const struct expect_outcome *expect = &outcome->expects[i];
        for (uint32_t k = 0; k < expect->n_tracks; k++)
            put_track(run, outcome->title, &expect->tracks[k]);
        sweep_table_put(table, arena_printf(arena, "%s: %s", outcome->title, expect->text),
                        expect->passed ? "pass" : "fail");
    }
    sweep_table_put(table, outcome->title, outcome->passed ? "pass" : "fail");
}

/* False: reported, or interrupted; then there is no row. */
static bool run_point(struct sweep_run *run, struct arena *scratch, uint32_t point)
{
    struct driver *driver = run->driver;
    struct sweep_point *scene = ARENA_NEW(scratch, struct sweep_point);
    struct test_outcome_vec outcomes = {NULL, 0, 0};
    struct testrun_options options = run_options(driver);
    struct text unused;
    text_init(&unused, scratch);
    options.outcomes = &outcomes;
    options.interrupted = driver->interrupted;
    options.progress = &run->progress;
    run->progress.points =
        arena_printf(scratch, "point %u of %u, ", point + 1, run->sweep->n_points);
    if (!driver_sweep_point(driver, scratch, run->sweep, point, scene)
        || !testrun_all(scratch, &driver->elaboration, &scene->image, &options, &driver->sink,
                        &unused))
        return false;
    sweep_table_row(&run->table);
    sweep_table_point(&run->table, &driver->sources, run->sweep, point);
    put_realised(run, scene);
    for (uint32_t i = 0; i < outcomes.n; i++)
        put_outcome(run, &outcomes.at[i]);
    return true;
}

/* A step that is too coarse is told at the first point where it is. */
static bool run_points(struct sweep_run *run)
{
    struct driver *driver = run->driver;
    struct diag_sink *sink = &driver->sink;
    bool ok = true;
    for (uint32_t point = 0; ok && point < run->sweep->n_points; point++) {
        uint32_t warnings = sink->n_warnings;
        struct arena *scratch = arena_scratch(&driver->arena);
        ok = run_point(run, scratch, point);
        arena_scratch_end(scratch);
        if (sink->n_warnings != warnings)
            sink->switches[DIAG_W0717] = DIAG_OFF;
    }
    return ok && !diag_has_errors(sink);
}

/* Whatever was computed is written: of a sweep that was cut short to FILE.partial. */
static bool run_sweep(struct driver *driver, const struct sweep *sweep)
{
    struct sweep_run run = {.driver = driver, .sweep = sweep};
    struct stream stream;
    const char *path = driver->options->output ? driver->options->output : "-";
    if (strcmp(path, "-") != 0
        && (!driver_spares(driver, path)
            || !driver_spares(driver, stream_partial(&driver->arena, path))))
        return false;
    if (!stream_open(&stream, &driver->arena, path, &driver->sink))
        return false;
    sweep_table_init(&run.table, &driver->arena);
    if (driver->hears)
        *driver->hears = 1;
    sim_progress_begin(&run.progress, driver->options->progress == PROGRESS_ON);
    bool complete = run_points(&run);
    sim_progress_end(&run.progress);
    if (run.table.rows.n)
        sweep_table_text(&run.table, &stream.buffer);
    return stream_close(&stream, complete, &driver->sink) && complete;
}

bool cmd_test(struct driver *driver)
{
    struct sweep sweep;
    bool ok = prove(driver, &sweep);
    driver_dump(driver);
    if (!ok)
        return false;
    if (driver->options->sweeps.n == 0 && !driver->options->output)
        return run_once(driver, &sweep);
    return run_sweep(driver, &sweep);
}
