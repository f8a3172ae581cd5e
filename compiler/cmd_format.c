/* `dync fmt`: files into the one form, in place. */
#include "compiler/driver.h"
#include "compiler/format.h"
#include "compiler/front.h"

#include <string.h>
#include <sys/stat.h>

/* As file number *index of the sources; the same limit as for the other commands. */
static bool read_source(struct driver *driver, const char *path, uint16_t *index)
{
    const char *why;
    uint8_t *bytes;
    size_t n;
    struct stat st;
    uint64_t most = driver->options->max_source;
    if (most == 0)
        most = (uint64_t)FRONT_SOURCE_MIB << 20;
    if (driver->sources.files.n == SPAN_NOWHERE - 1) {
        driver_error(driver, DIAG_E0225, "cannot open", path, "too many files at once");
        return false;
    }
    if (strcmp(path, "-") != 0 && stat(path, &st) == 0 && !S_ISREG(st.st_mode)
        && !S_ISDIR(st.st_mode)) {
        driver_error(driver, DIAG_E0601, "cannot open", path, "it is not a regular file");
        return false;
    }
    if (!read_whole(&driver->arena, path, (size_t)most, &bytes, &n, &why)) {
        driver_error(driver, DIAG_E0601, "cannot open", path, why);
        return false;
    }
    *index = source_add(&driver->sources, path, (const char *)bytes, n);
    return true;
}

/* From the first byte that would change to the end of its line. */
static struct span first_difference(const struct source *source, uint16_t file,
                                    const struct text *text)
{
    uint32_t i = 0;
    while (i < source->size && i < text->n && source->text[i] == text->at[i])
        i++;
    return (struct span){i, i + (uint32_t)strcspn(source->text + i, "\r\n"), file};
}

static void report_unformatted(struct driver *driver, uint16_t file, const struct text *text)
{
    const struct source *source = driver->sources.files.at[file];
    bool piped = !strcmp(source->path, "-");
    const char *name =
        piped ? "standard input" : arena_printf(&driver->arena, "\"%s\"", source->path);
    struct diag *diag = diag_add(&driver->sink, DIAG_E0112, first_difference(source, file, text),
                                 "%s is not in the one form", name);
    diag_caret(&driver->sink, diag, "would change from here on");
    diag_help(&driver->sink, diag, span_nowhere(), NULL,
              piped ? "`dync fmt %s` prints it in that form" : "`dync fmt %s` rewrites it",
              source->path);
    text_add(&driver->out, "%s\n", source->path);
}

static bool format_file(struct driver *driver, const char *path)
{
    struct text text;
    uint16_t file;
    if (!read_source(driver, path, &file))
        return false;
    text_init(&text, &driver->arena);
    if (!format_source(&driver->arena, &driver->sources, file, &driver->sink, &text))
        return false;
    const struct source *source = driver->sources.files.at[file];
    bool same = source->size == text.n && !memcmp(source->text, text.at, text.n);
    if (driver->options->check_only) {
        if (!same)
            report_unformatted(driver, file, &text);
        return same;
    }
    if (strcmp(path, "-") != 0)
        return same || driver_replace(driver, path, text.at, text.n);
    text_bytes(&driver->out, text.at, text.n);
    return true;
}

/* Every file is looked at, whatever becomes of the others; those that are fine are written. */
bool cmd_format(struct driver *driver)
{
    bool ok = true;
    for (uint32_t i = 0; i < driver->options->files.n; i++)
        ok = format_file(driver, driver->options->files.at[i]) && ok;
    driver->files_complete = true;
    return ok;
}
