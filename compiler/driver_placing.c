#include "compiler/driver_placing.h"

#include "mapper/remedies.h"

#include <stdio.h>

static bool is_interrupted(const struct placing *placing)
{
    const volatile sig_atomic_t *interrupted = placing->driver->interrupted;
    return interrupted && *interrupted;
}

/* --- the line ---------------------------------------------------------------------------------*/

static void show(struct placing *placing, const struct progress *progress, double now)
{
    char line[240], gap[24] = "", best[40] = "", bound[40] = "";
    if (progress->best >= 0)
        snprintf(best, sizeof best, "  best %lld", (long long)progress->best);
    if (progress->bound >= 0)
        snprintf(bound, sizeof bound, "  bound %lld", (long long)progress->bound);
    if (progress->bound >= 0 && progress->best >= progress->bound && progress->best > 0)
        snprintf(gap, sizeof gap, "  gap %.1f %%",
                 100 * (double)(progress->best - progress->bound) / (double)progress->best);
    snprintf(line, sizeof line, "place %.1f s  %s%s%s%s  nodes %llu", now - placing->begin,
             progress->stage, best, bound, gap, (unsigned long long)progress->nodes);
    status_line_show(&placing->line, now, line);
}

/* --- the search -------------------------------------------------------------------------------*/

static bool go_on(void *context, const struct progress *progress)
{
    struct placing *placing = context;
    const struct options *options = placing->driver->options;
    double now = seconds_now();
    if (options->progress == PROGRESS_ON && status_line_due(&placing->line, now))
        show(placing, progress, now);
    if (is_interrupted(placing)
        || (options->time_limit > 0 && now - placing->begin >= options->time_limit))
        placing->ended = true;
    return !placing->ended;
}

void placing_begin(struct placing *placing, struct driver *driver)
{
    *placing = (struct placing){.driver = driver, .begin = seconds_now()};
    placing->observer = (struct observer){.go_on = go_on, .context = placing};
    if (driver->hears)
        *driver->hears = 1;
}

static void stop(struct placing *placing)
{
    status_line_wipe(&placing->line);
    if (placing->driver->hears)
        *placing->driver->hears = 0;
}

static const char *what_ended(const struct placing *placing)
{
    if (is_interrupted(placing))
        return "an interrupt";
    return arena_printf(&placing->driver->arena, "--time-limit (%.9g s)",
                        placing->driver->options->time_limit);
}

static void say_ended(struct placing *placing)
{
    struct driver *driver = placing->driver;
    struct diag *diag = diag_add(&driver->sink, DIAG_W0720, driver->elaboration.net.target_span,
                                 "%s ended the search for a better placement: the best so far is "
                                 "used",
                                 what_ended(placing));
    diag_note(
        &driver->sink, diag, span_nowhere(),
        "it is whole, and proved like any other; another run may end elsewhere and give other "
        "bytes");
}

/* The first way out is more time; what else there is comes behind it. */
static void propose_time(struct driver *driver, struct diag *diag)
{
    struct diag_fix_vec others = diag->fixes;
    diag->fixes = (struct diag_fix_vec){NULL, 0, 0};
    diag_help(&driver->sink, diag, span_nowhere(), NULL,
              "a longer `--time-limit`, or none, may find one");
    for (uint32_t i = 0; i < others.n; i++)
        VEC_PUSH(driver->sink.arena, &diag->fixes, others.at[i]);
}

bool placing_end(struct placing *placing, bool placed, const struct diag_sink *before)
{
    struct driver *driver = placing->driver;
    stop(placing);
    if (placed) {
        driver->mapping.deterministic = !placing->ended && driver->options->time_limit == 0;
        if (placing->ended) {
            driver->mapping.canonical = false;
            say_ended(placing);
        }
        return true;
    }
    if (!placing->ended || diag_exit_code(&driver->sink) != EXIT_CODE_UNDECIDED)
        return false;
    if (is_interrupted(placing)) {
        driver->sink = *before;
        return false;
    }
    struct diag *diag = driver->sink.all.at[driver->sink.all.n - 1];
    diag_note(&driver->sink, diag, span_nowhere(), "%s ended the search before there was one",
              what_ended(placing));
    propose_time(driver, diag);
    return false;
}

/* The first error, if all are about what fits; those about the CAM words of a neuron have proposals
 * of their own. */
static struct diag *error_to_mend(const struct driver *driver)
{
    struct diag *first = NULL;
    for (uint32_t i = 0; i < driver->sink.all.n; i++) {
        struct diag *diag = driver->sink.all.at[i];
        int code = diag_info(diag->code)->exit_code;
        if (diag->severity != SEVERITY_ERROR)
            continue;
        if ((code != EXIT_CODE_UNFIT && code != EXIT_CODE_UNDECIDED) || diag->code == DIAG_E0301)
            return NULL;
        first = first ? first : diag;
    }
    return first;
}

void driver_remedies(struct driver *driver)
{
    struct placing placing;
    struct map_options options = {.node_limit = driver->options->nodes};
    struct diag *error = error_to_mend(driver);
    if (!error || driver->options->keep)
        return;
    placing_begin(&placing, driver);
    options.observer = &placing.observer;
    remedies_add(&driver->arena, &driver->elaboration.net, driver->device, &options, &driver->sink,
                 error);
    stop(&placing);
}
