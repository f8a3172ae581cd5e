/* Commands on a network: check, fit, build. */
#include "compiler/driver.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>

bool cmd_check(struct driver *driver)
{
    bool ok = driver_check(driver, driver->options->files.at[0]);
    driver_dump(driver);
    if (!ok || driver->options->quiet || driver->options->dump)
        return ok;
    const struct net *net = &driver->elaboration.net;
    uint64_t edges = 0;
    for (uint32_t t = 0; t < net->terms.n; t++)
        edges += net->terms.at[t].n_edges;
    text_add(&driver->out,
             "%s: %u neurons, %u inputs, %llu synapses, %u bias sets: nothing found by counting "
             "that does not fit %s\n",
             driver->options->files.at[0], net->n_neurons, net->n_inputs, (unsigned long long)edges,
             driver->plan.classes.n, net->target);
    return true;
}

bool cmd_fit(struct driver *driver)
{
    bool ok = driver_prove(driver);
    struct report_input input;
    driver_dump(driver);
    int code = diag_exit_code(&driver->sink);
    if (!ok && code == EXIT_CODE_OK)
        return false; /* interrupted before there was a placement */
    bool reportable =
        code == EXIT_CODE_OK || code == EXIT_CODE_UNFIT || code == EXIT_CODE_UNDECIDED;
    if (!reportable || !driver->has_declared)
        return ok;
    driver_try_what_ifs(driver);
    driver_report(driver, &input);
    if (driver->options->report) {
        size_t n;
        char *json = report_json(&driver->arena, &input, &n);
        if (!strcmp(driver->options->report, "-"))
            text_bytes(&driver->out, json, n);
        else if (driver_queue(driver, driver->options->report, json, n))
            driver->files_complete = true;
        else
            return false;
    }
    if (!driver->options->quiet && !driver->options->dump
        && (!driver->options->report || strcmp(driver->options->report, "-") != 0))
        text_add(&driver->out, "%s", report_text(&driver->arena, &input));
    driver_put_what_ifs(driver);
    return ok;
}

/* --- build --- */

/* "DIR/" + name of the source without ".dyn" + ending. */
static const char *output_path(struct driver *driver, const char *ending)
{
    const char *path = driver->options->files.at[0], *slash = strrchr(path, '/');
    const char *name = slash ? slash + 1 : path;
    size_t n = strlen(name);
    if (!strcmp(name, "-")) {
        name = "net";
        n = strlen(name);
    } else if (n > 4 && !strcmp(name + n - 4, ".dyn")) {
        n -= 4;
    }
    const char *dir = driver->options->output;
    size_t m = strlen(dir);
    while (m > 1 && dir[m - 1] == '/')
        m--;
    return arena_printf(&driver->arena, "%.*s/%.*s%s", (int)m, dir, (int)n, name, ending);
}

static bool make_directory(struct driver *driver)
{
    struct stat st;
    const char *dir = driver->options->output;
    if (driver_make_directory(driver, dir))
        return true;
    if (errno == EEXIST && stat(dir, &st) == 0 && S_ISDIR(st.st_mode))
        return true;
    driver_error(driver, DIAG_E0904, "cannot make the directory", dir,
                 errno == EEXIST ? "a file of that name exists" : strerror(errno));
    return false;
}

/* Writes the image under a temporary name and proves the bytes as they stand in that file. */
static bool write_and_prove(struct driver *driver)
{
    const char *why, *path = output_path(driver, ".dynimg");
    struct outfile *file = driver_queue(driver, path, driver->bytes, driver->n_bytes);
    uint8_t *written;
    size_t n;
    if (!file)
        return false;
    if (!read_whole(&driver->arena, file->temp_path, SIZE_MAX, &written, &n, &why)) {
        driver_error(driver, DIAG_E0904, "cannot read back", path, why);
        return false;
    }
    return driver_verify(driver, written, n);
}

bool cmd_build(struct driver *driver)
{
    if (!driver_check(driver, driver->options->files.at[0]) || !driver_place(driver)
        || !driver_emit(driver) || !make_directory(driver) || !write_and_prove(driver)) {
        driver_dump(driver);
        return false;
    }
    struct report_input input;
    size_t n_map, n_report;
    diag_sort(&driver->sink);
    driver_report(driver, &input);
    char *map = map_json(&driver->arena, &driver->image, &n_map);
    char *report = report_json(&driver->arena, &input, &n_report);
    const char *text = report_text(&driver->arena, &input);
    driver_dump(driver);
    if (!driver_queue(driver, output_path(driver, ".map.json"), map, n_map)
        || !driver_queue(driver, output_path(driver, ".report.json"), report, n_report))
        return false;
    if (!driver->options->quiet && !driver->options->dump)
        text_add(&driver->out, "%s", text);
    driver->files_complete = true;
    return true;
}
