/* dync-verify: the verifier alone, without mapper and emitter. Proves that an image is exactly the
 * network of its source. */
#include "backend/device/device.h"
#include "compiler/base/outfile.h"
#include "compiler/messages.h"
#include "compiler/options.h"
#include "compiler/program.h"
#include "compiler/reverify.h"
#include "compiler/version.h"

#include <string.h>

enum { EXIT_USAGE = 2, EXIT_MACHINE = 5, EXIT_REFUSED = 6, LARGEST_IMAGE_MIB = 2048 };

static const char help[] =
    "usage: dync-verify [options] NET.dyn NET.dynimg\n"
    "\n"
    "Proves that the image is exactly the network of the source: reads the bytes, elaborates\n"
    "the source again with the seed, board and -D values the image records, and compares both,\n"
    "edge by edge.\n"
    "\n"
    "  --root DIR               project root (default: the folder of NET.dyn)\n"
    "  -I, --import-path DIR    where the build looked for imports, if the files the image lists\n"
    "                           leave it open; may stand several times\n"
    "  --profile FILE           defect profile given to the build; one for every chip\n"
    "  --max-source BYTES       largest source file read (default 64 MiB)\n"
    "  --message-format FORMAT  text, json or sarif\n"
    "  -q, --quiet              errors only\n"
    "  --version, --help\n"
    "\n"
    "exit: 0 verified, 1 errors in the source, 2 usage, 5 a file cannot be read or is damaged,\n"
    "6 the image is not this network, or a file named in it has changed\n";

struct job {
    int argc;
    char **argv;
    struct arena arena;
    struct front_files source;
    const char *files[2];
    uint32_t n_files;
    enum message_form form;
    bool quiet, help, version;
    int exit_code;
};

/* The value of an option `--name VALUE` or `--name=VALUE`; NULL: argument i is another option. */
static const char *value_of(const struct job *job, int *i, const char *name)
{
    const char *given = job->argv[*i];
    size_t n = strlen(name);
    if (strncmp(given, name, n) != 0)
        return NULL;
    if (given[n] == '=')
        return given + n + 1;
    if (given[n] != 0 || *i + 1 >= job->argc)
        return NULL;
    return job->argv[++*i];
}

static bool is(const char *given, const char *a, const char *b)
{
    return strcmp(given, a) == 0 || strcmp(given, b) == 0;
}

static bool parse_argument(struct job *job, int *i)
{
    const char *given = job->argv[*i], *value;
    if ((value = value_of(job, i, "--root")))
        job->source.root = value;
    else if ((value = value_of(job, i, "--max-source")))
        return options_count(value, UINT32_MAX - 1, &job->source.max_bytes)
               && job->source.max_bytes > 0;
    else if ((value = value_of(job, i, "--import-path")) || (value = value_of(job, i, "-I")))
        VEC_PUSH(&job->arena, &job->source.folders, value);
    else if ((value = value_of(job, i, "--profile")))
        VEC_PUSH(&job->arena, &job->source.profiles, value);
    else if ((value = value_of(job, i, "--message-format")))
        return message_form_named(value, &job->form);
    else if (is(given, "-q", "--quiet"))
        job->quiet = true;
    else if (is(given, "-h", "--help"))
        job->help = true;
    else if (strcmp(given, "--version") == 0)
        job->version = true;
    else if (given[0] == '-' || job->n_files == 2)
        return false;
    else
        job->files[job->n_files++] = given;
    return true;
}

static bool parse_arguments(struct job *job)
{
    for (int i = 1; i < job->argc; i++)
        if (!parse_argument(job, &i)) {
            program_say(
                arena_printf(&job->arena, "dync-verify: %s: not understood\n", job->argv[i]));
            return false;
        }
    return true;
}

static bool prove(struct job *job, struct source_set *sources, struct diag_sink *sink)
{
    uint8_t *bytes;
    size_t n;
    const char *why;
    if (!read_whole(&job->arena, job->files[1], (size_t)LARGEST_IMAGE_MIB << 20, &bytes, &n,
                    &why)) {
        diag_add(sink, DIAG_E0601, span_nowhere(), "cannot open \"%s\": %s", job->files[1], why);
        return false;
    }
    job->source.path = job->files[0];
    return reverify(&job->arena, sources, &job->source, bytes, n, DYNC_VERSION, device_dynapse2(),
                    sink);
}

/* A verdict nobody can read is none. */
static bool print_verdict(struct job *job, struct diag_sink *sink)
{
    const char *why;
    if (job->quiet
        || program_print(arena_printf(&job->arena, "%s: verified: exactly the network of %s\n",
                                      job->files[1], job->files[0]),
                         &why))
        return true;
    diag_add(sink, DIAG_E0904, span_nowhere(), "cannot write to \"standard output\": %s", why);
    return false;
}

static void verify_job(struct job *job)
{
    struct source_set sources;
    struct diag_sink sink;
    source_set_init(&sources, &job->arena, ".");
    diag_sink_init(&sink, &job->arena);
    bool proved = prove(job, &sources, &sink) && print_verdict(job, &sink);
    job->exit_code = diag_exit_code(&sink);
    if (!proved && job->exit_code == 0)
        job->exit_code = EXIT_REFUSED;
    const struct message_options options = {.form = job->form,
                                            .quiet = job->quiet,
                                            .program = "dync-verify",
                                            .device = device_dynapse2(),
                                            .exit_code = job->exit_code};
    program_say(messages_text(&job->arena, &sources, &sink, &options));
}

static void run_job(void *arg)
{
    struct job *job = arg;
    job->exit_code = EXIT_USAGE;
    if (!parse_arguments(job))
        return;
    if (job->help || job->version) {
        const char *why, *text = job->help ? help : "dync-verify " DYNC_VERSION "\n";
        job->exit_code = program_print(text, &why) ? 0 : EXIT_MACHINE;
    } else if (job->n_files != 2)
        program_say(help);
    else
        verify_job(job);
}

int main(int argc, char **argv)
{
    struct oom_trap trap;
    struct job job = {.argc = argc, .argv = argv};
    program_start(&trap);
    arena_init(&job.arena, &trap);
    if (!phase_run(&trap, run_job, &job)) {
        messages_out_of_memory(&trap, job.form, "nothing was proved");
        job.exit_code = EXIT_MACHINE;
    }
    arena_release(&job.arena);
    return job.exit_code;
}
