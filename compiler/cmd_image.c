/* Commands on an image: verify, disasm, asm, sim. */
#include "compiler/cmd_sim.h"
#include "compiler/cmd_sim_stream.h"
#include "compiler/driver.h"
#include "compiler/reverify.h"
#include "compiler/version.h"

#include <string.h>

enum { LARGEST_IMAGE_MIB = 2048 };

static bool read_image(struct driver *driver, const char *path)
{
    const char *why;
    if (read_whole(&driver->arena, path, (size_t)LARGEST_IMAGE_MIB << 20, &driver->bytes,
                   &driver->n_bytes, &why))
        return true;
    driver_error(driver, DIAG_E0601, "cannot open", path, why);
    return false;
}

static bool decode_image(struct driver *driver, const char *path)
{
    const char *why;
    if (!read_image(driver, path))
        return false;
    driver->has_image = image_decode(&driver->arena, driver->device, driver->bytes, driver->n_bytes,
                                     &driver->image, &why);
    if (!driver->has_image)
        driver_error(driver, DIAG_E0903, "cannot read", path, why);
    return driver->has_image;
}

bool cmd_verify(struct driver *driver)
{
    const char *source = driver->options->files.at[0], *image = driver->options->files.at[1];
    const struct front_files files = driver_files(driver, source);
    if (!read_image(driver, image)
        || !reverify(&driver->arena, &driver->sources, &files, driver->bytes, driver->n_bytes,
                     DYNC_VERSION, driver->device, &driver->sink))
        return false;
    if (!driver->options->quiet)
        text_add(&driver->out, "%s: verified: the image is exactly the network of %s\n", image,
                 source);
    return true;
}

/* Text or bytes to -o, or to standard output. */
static bool put(struct driver *driver, const void *bytes, size_t n)
{
    const char *path = driver->options->output;
    if (!path || !strcmp(path, "-")) {
        text_bytes(&driver->out, bytes, n);
        return true;
    }
    driver->files_complete = driver_queue(driver, path, bytes, n) != NULL;
    return driver->files_complete;
}

bool cmd_disasm(struct driver *driver)
{
    if (!decode_image(driver, driver->options->files.at[0]))
        return false;
    const char *listing = image_listing(&driver->arena, &driver->image);
    return put(driver, listing, strlen(listing));
}

bool cmd_asm(struct driver *driver)
{
    const char *path = driver->options->files.at[0], *why;
    uint8_t *text;
    size_t n;
    if (!read_whole(&driver->arena, path, (size_t)LARGEST_IMAGE_MIB << 20, &text, &n, &why)) {
        driver_error(driver, DIAG_E0601, "cannot open", path, why);
        return false;
    }
    uint16_t file = source_add(&driver->sources, path, (const char *)text, n);
    if (!image_assemble(&driver->arena, driver->device, &driver->sources, file, &driver->sink,
                        &driver->image))
        return false;
    driver->bytes = image_encode(&driver->arena, &driver->image, &driver->n_bytes);
    return put(driver, driver->bytes, driver->n_bytes);
}

/* Neither an output nor what holds it until it is complete may be an input. */
static bool spares_inputs(struct driver *driver)
{
    const struct options *options = driver->options;
    const char *const outputs[] = {options->spikes, options->trace, options->rates,
                                   options->output};
    for (size_t i = 0; i < sizeof outputs / sizeof outputs[0]; i++)
        if (outputs[i] && strcmp(outputs[i], "-") != 0
            && (!driver_spares(driver, outputs[i])
                || !driver_spares(driver, stream_partial(&driver->arena, outputs[i]))))
            return false;
    return true;
}

static struct sim_request sim_request_of(const struct driver *driver)
{
    const struct options *options = driver->options;
    return (struct sim_request){
        .image = &driver->image,
        .stimulus = options->stimulus,
        .spikes = options->spikes,
        .trace = options->trace,
        .rates = options->rates,
        .record = options->records.at,
        .n_records = options->records.n,
        .duration = options->duration,
        .dt = options->dt,
        .dt_auto = options->dt_auto,
        .mismatch = options->mismatch,
        .seed = options->elaborate.seed_given ? options->elaborate.seed : driver->image.meta.seed,
        .threads = options->threads,
        .quiet = options->quiet,
        .progress = options->progress == PROGRESS_ON,
        .interrupted = driver->interrupted,
        .table = options->output,
    };
}

static bool to_stdout(const char *path)
{
    return path && !strcmp(path, "-");
}

/* The table goes to standard output unless a stream has it. */
static const char *table_path(const struct options *options)
{
    if (options->output)
        return options->output;
    bool taken = options->quiet || to_stdout(options->spikes) || to_stdout(options->trace);
    return taken ? NULL : "-";
}

static bool simulate_points(struct driver *driver, struct sim_request *request)
{
    struct sim_points points;
    if (!driver_sweep_image(driver, &points))
        return false;
    request->points = &points;
    request->table = table_path(driver->options);
    return cmd_sim(&driver->arena, &driver->sources, request, &driver->sink, &driver->out);
}

bool cmd_simulate(struct driver *driver)
{
    const struct options *options = driver->options;
    if (!spares_inputs(driver) || !decode_image(driver, options->files.at[0]))
        return false;
    struct sim_request request = sim_request_of(driver);
    if (options->sets.n || options->sweeps.n)
        return simulate_points(driver, &request);
    return cmd_sim(&driver->arena, &driver->sources, &request, &driver->sink, &driver->out);
}
