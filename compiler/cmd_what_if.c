/* `dync fit --what-if`: the network placed again under other options, side by side. */
#include "backend/talk.h"
#include "compiler/driver.h"

#include <string.h>

enum { WIDTH = 15 };

/* What became of a driver's network, in the arena given. */
static struct report_outcome outcome_of(struct arena *arena, const struct driver *driver,
                                        const char *label)
{
    const struct mapping *m = &driver->mapping;
    struct report_outcome outcome = {.changes = label};
    for (uint32_t i = 0; i < driver->sink.all.n && !outcome.code; i++) {
        const struct diag *diag = driver->sink.all.at[i];
        if (diag->severity != SEVERITY_ERROR)
            continue;
        outcome.code = diag_info(diag->code)->code;
        outcome.exit_code = diag_info(diag->code)->exit_code;
        outcome.message = arena_strdup(arena, diag->message);
    }
    if (outcome.code || !driver->has_mapping)
        return outcome;
    const int64_t value[REPORT_LEVELS] = {m->cores, m->chips, m->weighted_cut, m->weighted_hops};
    const int64_t bound[REPORT_LEVELS] = {m->cores_bound, m->chips_bound, m->weighted_cut_bound,
                                          m->weighted_hops_bound};
    outcome.optimal = m->optimal;
    memcpy(outcome.value, value, sizeof value);
    memcpy(outcome.bound, bound, sizeof bound);
    return outcome;
}

struct trial {
    struct driver driver;
    struct options options;
    const struct driver *stated;
};

static void run_trial(void *arg)
{
    struct trial *trial = arg;
    struct driver *driver = &trial->driver;
    const struct diag_sink *stated = &trial->stated->sink;
    source_set_init(&driver->sources, &driver->arena, ".");
    diag_sink_init(&driver->sink, &driver->arena);
    text_init(&driver->out, &driver->arena);
    driver->sink.max_errors = stated->max_errors;
    driver->sink.warnings_are_errors = stated->warnings_are_errors;
    memcpy(driver->sink.switches, stated->switches, sizeof stated->switches);
    driver_prove(driver);
}

/* The trial has memory of its own, which is given back whatever becomes of it. */
static struct report_outcome try_variant(struct driver *driver, const char *what_if)
{
    struct trial *trial = ARENA_NEW(&driver->arena, struct trial);
    trial->options = *driver->options;
    trial->options.dump_lp = NULL;
    trial->stated = driver;
    options_what_if(&driver->arena, what_if, &trial->options);
    driver_init(&trial->driver, driver->arena.trap, &trial->options);
    trial->driver.interrupted = driver->interrupted;
    trial->driver.hears = driver->hears;
    bool done = phase_run(driver->arena.trap, run_trial, trial);
    struct report_outcome outcome = {0};
    if (done)
        outcome = outcome_of(&driver->arena, &trial->driver, what_if);
    driver_release(&trial->driver);
    if (!done)
        oom_trap_spring(driver->arena.trap);
    return outcome;
}

/* --- the table --- */

static const char *verdict_of(struct arena *arena, const struct report_outcome *outcome)
{
    if (!outcome->code)
        return outcome->optimal ? "fits, optimal" : "fits";
    const char *what = outcome->exit_code == EXIT_CODE_UNFIT       ? "does not fit"
                       : outcome->exit_code == EXIT_CODE_UNDECIDED ? "none found"
                                                                   : "error";
    return arena_printf(arena, "%s: %s", what, outcome->code);
}

static const char *quoted(struct arena *arena, const char *text)
{
    struct text quoted;
    text_init(&quoted, arena);
    text_quoted(&quoted, text);
    return quoted.at;
}

static const char *cell(struct arena *arena, const struct report_outcome *outcome, uint32_t level)
{
    int64_t value = outcome->value[level], bound = outcome->bound[level];
    if (outcome->code)
        return "-";
    if (bound == value)
        return arena_printf(arena, "%lld", (long long)value);
    if (bound < 0)
        return arena_printf(arena, "%lld (?)", (long long)value);
    return arena_printf(arena, "%lld (%lld)", (long long)value, (long long)bound);
}

static void put_table(struct driver *driver, const struct report_outcome_vec *outcomes)
{
    bool weighted = driver->has_net && driver->elaboration.net.rate_weight;
    const char *const levels[REPORT_LEVELS] = {"cores", "chips", weighted ? "cut_weighted" : "cut",
                                               weighted ? "hops_weighted" : "hops"};
    struct text *out = &driver->out;
    int wide = 16;
    bool open = false;
    for (uint32_t i = 0; i < outcomes->n; i++) {
        int n = (int)strlen(quoted(&driver->arena, outcomes->at[i].changes)) + 2;
        wide = n > wide ? n : wide;
        for (uint32_t l = 0; l < REPORT_LEVELS; l++)
            open = open || outcomes->at[i].bound[l] != outcomes->at[i].value[l];
    }
    text_add(out, "%s%-*s%-20s", out->n ? "\n" : "", wide, "what if", "outcome");
    for (uint32_t l = 0; l < REPORT_LEVELS; l++)
        text_add(out, "%*s", WIDTH, levels[l]);
    for (uint32_t i = 0; i < outcomes->n; i++) {
        const struct report_outcome *outcome = &outcomes->at[i];
        text_add(out, "\n%-*s%-20s", wide, quoted(&driver->arena, outcome->changes),
                 verdict_of(&driver->arena, outcome));
        for (uint32_t l = 0; l < REPORT_LEVELS; l++)
            text_add(out, "%*s", WIDTH, cell(&driver->arena, outcome, l));
    }
    text_add(out, "\n%s", open ? "In parentheses: the proved bound, where it is not met.\n" : "");
    for (uint32_t i = 0; i < outcomes->n; i++)
        if (outcomes->at[i].code)
            text_add(out, "%s: %s: %s\n", quoted(&driver->arena, outcomes->at[i].changes),
                     outcomes->at[i].code, quoted(&driver->arena, outcomes->at[i].message));
}

void driver_try_what_ifs(struct driver *driver)
{
    const struct text_vec *what_ifs = &driver->options->what_ifs;
    for (uint32_t i = 0; i < what_ifs->n; i++) {
        if (driver->interrupted && *driver->interrupted)
            return;
        VEC_PUSH(&driver->arena, &driver->what_ifs, try_variant(driver, what_ifs->at[i]));
    }
}

void driver_put_what_ifs(struct driver *driver)
{
    struct report_outcome_vec all = {NULL, 0, 0};
    if (driver->what_ifs.n == 0)
        return;
    VEC_PUSH(&driver->arena, &all, outcome_of(&driver->arena, driver, "as stated"));
    for (uint32_t i = 0; i < driver->what_ifs.n; i++)
        VEC_PUSH(&driver->arena, &all, driver->what_ifs.at[i]);
    put_table(driver, &all);
}
