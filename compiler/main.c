/* dync: arguments in, exit code out; the only place that exits. */
#include "compiler/driver.h"
#include "compiler/messages.h"
#include "compiler/program.h"
#include "compiler/version.h"
#include "compiler/watch.h"
#include "mapper/ilp.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Set by Ctrl-C and the like while there is something to keep: a simulation keeps what it has
 * computed, a placement the best it has found. Everything else just ends, and the files it has
 * begun go with it. These are the only variables outside a function: a signal handler has no other
 * way to hear or speak. */
static volatile sig_atomic_t interrupted;
static volatile sig_atomic_t hears;     /* there is */
static struct driver *volatile at_work; /* whose files go */

static void end_at_once(int number)
{
    struct driver *driver = at_work;
    (void)number;
    if (driver) {
        driver_abandon(driver);
        if (driver->options->form == MESSAGES_TEXT && !driver->options->watch)
            program_say("dync: interrupted\n");
    }
    _exit(EXIT_CODE_INTERRUPTED);
}

/* Asked twice, everything ends: it may wait for somebody to read. */
static void hear(int number)
{
    if (!hears || interrupted)
        end_at_once(number);
    interrupted = 1;
}

/* Signals that the caller had ignored stay ignored (nohup, jobs in the background). */
static void catch_signals(void)
{
    static const int ends[] = {SIGINT, SIGTERM, SIGHUP};
    struct sigaction before, action = {.sa_handler = hear, .sa_flags = SA_RESTART};
    sigemptyset(&action.sa_mask);
    for (size_t i = 0; i < sizeof ends / sizeof ends[0]; i++)
        sigaddset(&action.sa_mask, ends[i]);
    for (size_t i = 0; i < sizeof ends / sizeof ends[0]; i++)
        if (sigaction(ends[i], NULL, &before) == 0 && before.sa_handler != SIG_IGN)
            sigaction(ends[i], &action, NULL);
}

struct job {
    int argc;
    char **argv;
    struct oom_trap *trap;
    struct arena arena; /* options */
    struct options options;
    struct driver driver;
    bool driver_ready;
    bool over; /* no further round could end otherwise: bad usage, or nobody reads the output */
    int exit_code;
};

static bool run_command(struct driver *driver)
{
    static bool (*const run[N_COMMANDS])(struct driver *) = {
        [COMMAND_BUILD] = cmd_build,   [COMMAND_CHECK] = cmd_check,
        [COMMAND_FIT] = cmd_fit,       [COMMAND_TEST] = cmd_test,
        [COMMAND_SIM] = cmd_simulate,  [COMMAND_VERIFY] = cmd_verify,
        [COMMAND_DISASM] = cmd_disasm, [COMMAND_ASM] = cmd_asm,
        [COMMAND_TARGET] = cmd_target, [COMMAND_EXPLAIN] = cmd_explain,
        [COMMAND_FORMAT] = cmd_format,
    };
    return run[driver->options->command](driver);
}

static bool was_interrupted(const struct job *job, bool ok)
{
    return !ok && interrupted && diag_exit_code(&job->driver.sink) == EXIT_CODE_OK;
}

static int exit_code_of(const struct job *job, bool ok)
{
    int code = diag_exit_code(&job->driver.sink);
    if (ok || code != EXIT_CODE_OK)
        return code;
    return interrupted ? EXIT_CODE_INTERRUPTED : EXIT_CODE_VERIFY;
}

/* What goes to standard error: findings, and for people times and how it ended. */
static const char *last_words(struct job *job, bool ok)
{
    struct driver *driver = &job->driver;
    const struct message_options options = {.form = job->options.form,
                                            .color = job->options.color,
                                            .quiet = job->options.quiet,
                                            .program = "dync",
                                            .device = driver->device,
                                            .exit_code = exit_code_of(job, ok)};
    struct text text;
    text_init(&text, &driver->arena);
    text_add(&text, "%s", messages_text(&driver->arena, &driver->sources, &driver->sink, &options));
    if (job->options.form != MESSAGES_TEXT)
        return text.at;
    if (job->options.timing && !job->options.quiet)
        for (uint32_t i = 0; i < driver->n_timing; i++)
            text_add(&text, "%-14s %9.3f ms\n", driver->timing[i].phase,
                     1e3 * driver->timing[i].seconds);
    if (was_interrupted(job, ok))
        text_add(&text, "dync: interrupted%s\n",
                 job->options.command == COMMAND_SIM || job->driver.has_mapping
                     ? "; what was computed is in the .partial files"
                     : "");
    return text.at;
}

/* Standard output, then files, then messages. A report nobody can read is a failure too, so it is
 * printed before the files get their names; the messages are laid out before, so that afterwards
 * nothing is left that could run out of memory. */
static int finish(struct job *job, bool ok)
{
    struct driver *driver = &job->driver;
    const char *why, *said = last_words(job, ok);
    bool printed = write_all(STDOUT_FILENO, driver->out.at, driver->out.n, &why);
    job->over = job->over || !printed;
    bool unwanted = !printed && errno == EPIPE && driver->files.n == 0; /* `dync disasm | head` */
    if (unwanted && ok) {
        program_say(said);
        return EXIT_CODE_MACHINE;
    }
    if (!printed)
        driver_error(driver, DIAG_E0904, "cannot write to", "standard output", why);
    if (!printed || (driver->files_complete && !driver_commit(driver))) {
        ok = false;
        said = last_words(job, ok);
    }
    program_say(said);
    int code = exit_code_of(job, ok);
    if (code == EXIT_CODE_VERIFY && diag_exit_code(&driver->sink) == EXIT_CODE_OK)
        program_say("dync: internal: a phase failed without a message; please report this\n");
    return code;
}

static void usage_error(struct job *job, const char *error)
{
    program_say(arena_printf(&job->arena, "dync: %s\n", error));
    job->exit_code = EXIT_CODE_USAGE;
    job->over = true;
}

/* Help and version, which no command stands behind. */
static void print(struct job *job, const char *text)
{
    const char *why;
    if (program_print(text, &why))
        return;
    diag_sink_init(&job->driver.sink, &job->arena);
    source_set_init(&job->driver.sources, &job->arena, ".");
    driver_error(&job->driver, DIAG_E0904, "cannot write to", "standard output", why);
    program_say(messages_text(&job->arena, &job->driver.sources, &job->driver.sink,
                              &(struct message_options){.form = job->options.form,
                                                        .color = job->options.color,
                                                        .program = "dync",
                                                        .device = device_dynapse2(),
                                                        .exit_code = EXIT_CODE_MACHINE}));
    job->exit_code = EXIT_CODE_MACHINE;
}

static void print_version(struct job *job)
{
    print(job, arena_printf(&job->arena,
                            "dync %s\nsolver: GLPK %s\ntargets: dynapse2\n"
                            "licence: GPL-3.0-or-later\n",
                            DYNC_VERSION, ilp_solver_version()));
}

static void print_help(struct job *job)
{
    print(job, options_help(&job->arena, job->options.command));
}

/* One command from its files to its messages. */
static void run_round(void *arg)
{
    struct job *job = arg;
    const char *error;
    driver_init(&job->driver, job->trap, &job->options);
    job->driver_ready = true;
    at_work = &job->driver;
    source_set_init(&job->driver.sources, &job->driver.arena, ".");
    diag_sink_init(&job->driver.sink, &job->driver.arena);
    text_init(&job->driver.out, &job->driver.arena);
    job->driver.sink.max_errors = job->options.max_errors;
    if (!options_switches(&job->arena, &job->options, &job->driver.sink, &error)) {
        usage_error(job, error);
        return;
    }
    job->driver.interrupted = &interrupted;
    job->driver.hears = &hears;
    hears = job->options.command == COMMAND_SIM;
    bool ok = run_command(&job->driver);
    job->exit_code = finish(job, ok);
}

static void end_round(struct job *job)
{
    if (job->driver_ready)
        driver_release(&job->driver);
    at_work = NULL;
    job->driver_ready = false;
}

/* On a terminal every round has the screen for itself. */
static void clear_screen(void)
{
    const char *why, *term = getenv("TERM"), *clear = "\x1b[H\x1b[2J";
    int fd = isatty(STDOUT_FILENO) ? STDOUT_FILENO : STDERR_FILENO;
    if (isatty(fd))
        write_all(fd, clear, term && strcmp(term, "dumb") ? strlen(clear) : 0, &why);
}

/* Round after round, until Ctrl-C or until nobody reads. A round that runs out of memory is one
 * that failed: the next change may be the remedy. */
static void watch_rounds(struct job *job)
{
    struct watch watch;
    watch_begin(&watch, job->trap, job->options.files.at[0]);
    for (;;) {
        clear_screen();
        if (!phase_run(job->trap, run_round, job))
            messages_out_of_memory(job->trap, job->options.form, "nothing was written");
        if (job->over)
            break;
        watch_note(&watch, &job->driver.sources);
        end_round(job);
        if (isatty(STDERR_FILENO) && !job->options.quiet)
            program_say("waiting for a change; Ctrl-C ends\n");
        watch_wait(&watch);
    }
    watch_end(&watch);
}

static void run_job(void *arg)
{
    struct job *job = arg;
    const char *error;
    if (!options_parse(&job->arena, job->argc, job->argv, &job->options, &error)) {
        usage_error(job, error);
        return;
    }
    if (job->options.help || job->options.version) {
        if (job->options.version)
            print_version(job);
        else
            print_help(job);
        return;
    }
    if (job->options.watch)
        watch_rounds(job);
    else
        run_round(job);
}

#ifdef DYNC_FAULTS
/* Test builds fail the n-th allocation, n from the environment. */
static void arrange_failure(struct oom_trap *trap)
{
    const char *n = getenv("DYNC_FAIL_ALLOC");
    if (n)
        trap->allowed = strtoull(n, NULL, 10);
}
#else
static void arrange_failure(struct oom_trap *trap)
{
    (void)trap;
}
#endif

int main(int argc, char **argv)
{
    struct oom_trap trap;
    struct job job = {.argc = argc, .argv = argv, .trap = &trap};
    program_start(&trap);
    arrange_failure(&trap);
    catch_signals();
    arena_init(&job.arena, &trap);
    if (!phase_run(&trap, run_job, &job)) {
        messages_out_of_memory(&trap, job.options.form,
                               job.options.command == COMMAND_SIM
                                   ? "any .partial file ends before the run does"
                                   : "nothing was written");
        job.exit_code = EXIT_CODE_MACHINE;
    }
    end_round(&job);
    arena_release(&job.arena);
    return job.exit_code;
}
