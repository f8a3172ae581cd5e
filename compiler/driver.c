#include "compiler/driver.h"

#include "backend/verify/verify.h"
#include "compiler/front.h"
#include "compiler/driver_keep.h"
#include "compiler/driver_models.h"
#include "compiler/driver_rates.h"
#include "compiler/driver_placing.h"
#include "compiler/status_line.h"
#include "compiler/version.h"
#include "mapper/ilp.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

enum { ALL_PERMISSIONS = S_IRWXU | S_IRWXG | S_IRWXO };

void driver_init(struct driver *driver, struct oom_trap *trap, const struct options *options)
{
    memset(driver, 0, sizeof *driver);
    driver->options = options;
    driver->elaborate = options->elaborate;
    driver->device = device_dynapse2();
    arena_init(&driver->arena, trap);
}

void driver_abandon(struct driver *driver)
{
    for (uint32_t i = 0; i < driver->files.n; i++)
        outfile_discard(&driver->files.at[i]);
    if (driver->new_directory)
        rmdir(driver->new_directory);
    driver->files.n = 0;
    driver->new_directory = NULL;
}

void driver_release(struct driver *driver)
{
    sigset_t before = driver_hold();
    driver_abandon(driver);
    arena_release(&driver->arena);
    driver_let(before);
}

sigset_t driver_hold(void)
{
    sigset_t ends, before;
    sigemptyset(&ends);
    sigaddset(&ends, SIGINT);
    sigaddset(&ends, SIGTERM);
    sigaddset(&ends, SIGHUP);
    sigprocmask(SIG_BLOCK, &ends, &before);
    return before;
}

void driver_let(sigset_t before)
{
    sigprocmask(SIG_SETMASK, &before, NULL);
}

/* --- phases --- */

/* Runs one phase under its name. A phase has failed if it says so or left an error in the sink. */
static bool phase(struct driver *driver, const char *name, bool (*run)(struct driver *))
{
    double start = seconds_now();
    bool ok = run(driver) && !diag_has_errors(&driver->sink);
    if (driver->n_timing < MAX_TIMINGS)
        driver->timing[driver->n_timing++] = (struct report_timing){name, seconds_now() - start};
    return ok;
}

static bool run_parse(struct driver *driver)
{
    return front_parse(&driver->arena, &driver->sources, &driver->elaborate, &driver->sink,
                       &driver->ast);
}

static bool run_elaborate(struct driver *driver)
{
    driver->has_net =
        front_elaborate(&driver->arena, &driver->sources, &driver->ast, driver->device,
                        &driver->elaborate, driver->options->defines.at, driver->options->defines.n,
                        &driver->sink, &driver->elaboration);
    driver->has_declared = true;
    if (driver->has_net && driver->options->rates)
        return driver_rates(&driver->arena, &driver->sources, &driver->elaboration.net,
                            driver->options->rates, &driver->sink);
    return driver->has_net;
}

static bool run_quantise(struct driver *driver)
{
    bias_quantise(&driver->arena, &driver->elaboration.net, driver->device, &driver->sink,
                  &driver->plan);
    driver->has_plan = !diag_has_errors(&driver->sink);
    return driver->has_plan;
}

static bool run_count(struct driver *driver)
{
    driver->has_usage = true;
    bool ok = fit_check(&driver->arena, &driver->elaboration.net, driver->device, &driver->plan,
                        &driver->sink, &driver->usage);
    if (!ok && driver->options->command != COMMAND_CHECK)
        driver_remedies(driver);
    return ok;
}

static bool run_solve(struct driver *driver)
{
    bias_solve(&driver->arena, &driver->elaboration.net, driver->device, &driver->sink,
               &driver->plan);
    return true;
}

static bool run_map(struct driver *driver)
{
    struct model_dump models;
    struct placing placing;
    const struct diag_sink before = driver->sink;
    struct map_options options = {.node_limit = driver->options->nodes};
    if (driver->options->dump_lp) {
        if (!model_dump_open(&models, driver, driver->options->dump_lp))
            return false;
        options.dump = &models.dump;
    }
    placing_begin(&placing, driver);
    options.observer = &placing.observer;
    bool placed = driver->options->keep
                      ? driver_keep(driver, driver->options->keep, &options)
                      : map_network(&driver->arena, &driver->elaboration.net, driver->device,
                                    &driver->plan, &options, &driver->sink, &driver->mapping)
                            == MAP_OK;
    driver->has_mapping = placing_end(&placing, placed, &before);
    if (!driver->has_mapping && !placing.ended)
        driver_remedies(driver);
    return driver->has_mapping;
}

static bool run_emit(struct driver *driver)
{
    struct image emitted;
    const char *why;
    emit_image(&driver->arena, &driver->elaboration.net, driver->device, &driver->plan,
               &driver->mapping, &driver->sources, DYNC_VERSION, &emitted);
    driver->bytes = image_encode(&driver->arena, &emitted, &driver->n_bytes);
    driver->has_image = image_decode(&driver->arena, driver->device, driver->bytes, driver->n_bytes,
                                     &driver->image, &why);
    if (!driver->has_image)
        diag_add(&driver->sink, DIAG_E0901, span_nowhere(),
                 "internal: the image does not decode (%s); please report this network", why);
    return driver->has_image;
}

struct front_files driver_files(const struct driver *driver, const char *path)
{
    return (struct front_files){.path = path,
                                .root = driver->options->root,
                                .max_bytes = driver->options->max_source,
                                .folders = driver->options->import_folders,
                                .profiles = driver->options->profiles};
}

bool driver_check(struct driver *driver, const char *path)
{
    const struct front_files files = driver_files(driver, path);
    return front_open(&driver->arena, &driver->sources, &files, &driver->sink, &driver->elaborate)
           && phase(driver, "parse", run_parse) && phase(driver, "elaborate", run_elaborate)
           && phase(driver, "quantise", run_quantise) && phase(driver, "count", run_count);
}

bool driver_place(struct driver *driver)
{
    return phase(driver, "solve biases", run_solve) && phase(driver, "place", run_map);
}

bool driver_emit(struct driver *driver)
{
    return phase(driver, "emit", run_emit);
}

bool driver_verify(struct driver *driver, const uint8_t *bytes, size_t n)
{
    double start = seconds_now();
    bool ok = verify_image(&driver->arena, &driver->elaboration.net, DYNC_VERSION, bytes, n,
                           &driver->sink);
    if (driver->n_timing < MAX_TIMINGS)
        driver->timing[driver->n_timing++] =
            (struct report_timing){"verify", seconds_now() - start};
    return ok;
}

bool driver_prove(struct driver *driver)
{
    return driver_check(driver, driver->options->files.at[0]) && driver_place(driver)
           && driver_emit(driver) && driver_verify(driver, driver->bytes, driver->n_bytes);
}

/* --- what they made --- */

void driver_report(const struct driver *driver, struct report_input *input)
{
    int code = diag_exit_code(&driver->sink);
    *input = (struct report_input){
        .status = code == EXIT_CODE_OK          ? REPORT_FITS
                  : code == EXIT_CODE_UNDECIDED ? REPORT_UNDECIDED
                                                : REPORT_INFEASIBLE,
        .tool_version = DYNC_VERSION,
        .solver_name = "GLPK",
        .solver_version = ilp_solver_version(),
        .net = &driver->elaboration.net,
        .device = driver->device,
        .sources = &driver->sources,
        .plan = driver->has_plan ? &driver->plan : NULL,
        .usage = driver->has_usage ? &driver->usage : NULL,
        .mapping = driver->has_mapping ? &driver->mapping : NULL,
        .image = driver->has_image ? &driver->image : NULL,
        .sink = &driver->sink,
        .kept = driver->kept,
        .what_ifs = driver->what_ifs.at,
        .n_what_ifs = driver->what_ifs.n,
        .timing = driver->options->timing ? driver->timing : NULL,
        .n_timing = driver->options->timing ? driver->n_timing : 0,
    };
}

void driver_dump(struct driver *driver)
{
    unsigned dump = driver->options->dump;
    if (dump & DUMP_AST)
        text_add(&driver->out, "%s", ast_dump(&driver->arena, &driver->ast));
    if (dump & DUMP_NET && driver->has_net)
        text_add(&driver->out, "%s", net_dump(&driver->arena, &driver->elaboration.net, true));
    if (dump & DUMP_MAPPING && driver->has_mapping)
        text_add(&driver->out, "%s",
                 mapping_dump(&driver->arena, &driver->elaboration.net, &driver->mapping));
    if (dump & DUMP_IMAGE && driver->has_image)
        text_add(&driver->out, "%s", image_listing(&driver->arena, &driver->image));
}

/* --- files --- */

void driver_error(struct driver *driver, enum diag_code code, const char *what, const char *path,
                  const char *why)
{
    diag_add(&driver->sink, code, span_nowhere(), "%s \"%s\": %s", what, path, why);
}

static bool is_file(const struct stat *file, const char *path)
{
    struct stat other;
    return stat(path, &other) == 0 && other.st_dev == file->st_dev && other.st_ino == file->st_ino;
}

/* An output that is one of the command's own inputs would destroy it. */
static bool is_input(struct driver *driver, const char *path)
{
    struct stat out;
    const struct source_set *sources = &driver->sources;
    const struct options *options = driver->options;
    const char *const read[] = {options->stimulus, options->keep,
                                options->command == COMMAND_SIM ? NULL : options->rates};
    if (stat(path, &out) != 0 || !S_ISREG(out.st_mode))
        return false;
    for (uint32_t i = 0; i < options->files.n; i++)
        if (is_file(&out, options->files.at[i]))
            return true;
    for (size_t i = 0; i < sizeof read / sizeof read[0]; i++)
        if (read[i] && is_file(&out, read[i]))
            return true;
    for (uint32_t i = 0; i < sources->files.n; i++) {
        const struct source *source = sources->files.at[i];
        if (!source->in_memory
            && is_file(&out, arena_printf(&driver->arena, "%s/%s", sources->root, source->path)))
            return true;
    }
    return false;
}

bool driver_make_directory(struct driver *driver, const char *path)
{
    sigset_t before = driver_hold();
    bool made = mkdir(path, 0777) == 0;
    if (made)
        driver->new_directory = path;
    driver_let(before);
    return made;
}

static struct outfile *queue(struct driver *driver, const char *path, const void *bytes, size_t n)
{
    const char *why;
    sigset_t before = driver_hold();
    VEC_PUSH(&driver->arena, &driver->files, (struct outfile){.path = path});
    struct outfile *file = &driver->files.at[driver->files.n - 1];
    bool written = outfile_write(file, &driver->arena, path, bytes, n, &why);
    driver->files.n -= !written;
    driver_let(before);
    if (written)
        return file;
    driver_error(driver, DIAG_E0904, "cannot write", path, why);
    return NULL;
}

bool driver_spares(struct driver *driver, const char *path)
{
    if (!is_input(driver, path))
        return true;
    driver_error(driver, DIAG_E0904, "cannot write", path, "it is an input of this command");
    return false;
}

struct outfile *driver_queue(struct driver *driver, const char *path, const void *bytes, size_t n)
{
    return driver_spares(driver, path) ? queue(driver, path, bytes, n) : NULL;
}

static bool is_queued(const struct driver *driver, const char *path)
{
    for (uint32_t i = 0; i < driver->files.n; i++)
        if (!strcmp(driver->files.at[i].path, path))
            return true;
    return false;
}

bool driver_replace(struct driver *driver, const char *path, const void *bytes, size_t n)
{
    char real[PATH_MAX];
    struct stat st;
    if (!realpath(path, real) || stat(real, &st) != 0) {
        driver_error(driver, DIAG_E0904, "cannot write", path, strerror(errno));
        return false;
    }
    if (is_queued(driver, real))
        return true;
    struct outfile *file = queue(driver, real, bytes, n);
    if (!file)
        return false;
    bool owned = st.st_uid == geteuid() || chown(file->temp_path, st.st_uid, st.st_gid) == 0;
    if ((owned || errno == EPERM) && chmod(file->temp_path, st.st_mode & ALL_PERMISSIONS) == 0)
        return true;
    driver_error(driver, DIAG_E0904, "cannot write", path, strerror(errno));
    sigset_t before = driver_hold();
    outfile_discard(file);
    driver->files.n--;
    driver_let(before);
    return false;
}

/* Two builds into one folder give their files names one after the other, so that the files of a
 * name come from one build. -1 where the file system knows no locks. */
static int lock_folder(struct driver *driver)
{
    const char *path = driver->files.n ? driver->files.at[0].path : ".",
               *slash = strrchr(path, '/');
    const char *folder =
        slash ? arena_strndup(&driver->arena, path, (size_t)(slash - path) + 1) : ".";
    int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    while (fd >= 0 && flock(fd, LOCK_EX) != 0 && errno == EINTR)
        continue;
    return fd;
}

bool driver_commit(struct driver *driver)
{
    const char *why;
    size_t failed;
    int lock = lock_folder(driver);
    sigset_t before = driver_hold();
    bool done = outfile_commit_all(driver->files.at, driver->files.n, &failed, &why);
    if (lock >= 0)
        close(lock);
    if (!done || driver->files.n == 0)
        driver_let(before);
    if (!done) {
        driver_error(driver, DIAG_E0904, "cannot write", driver->files.at[failed].path, why);
        return false;
    }
    driver->files.n = 0;
    driver->new_directory = NULL;
    return true;
}
