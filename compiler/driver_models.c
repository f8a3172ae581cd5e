#include "compiler/driver_models.h"

#include <dirent.h>
#include <errno.h>
#include <string.h>
#include <sys/stat.h>

static void write_model(void *context, const char *name, const char *bytes, size_t n)
{
    struct model_dump *models = context;
    struct arena *scratch = arena_scratch(&models->driver->arena);
    struct outfile file;
    sigset_t before = driver_hold();
    const char *why, *path = arena_printf(scratch, "%s/%s", models->dir, name);
    if (!models->failed
        && (!outfile_write(&file, scratch, path, bytes, n, &why)
            || !outfile_commit_all(&file, 1, NULL, &why))) {
        models->failed = true;
        driver_error(models->driver, DIAG_E0904, "cannot write", path, why);
    }
    driver_let(before);
    arena_scratch_end(scratch);
}

static bool is_model(const char *name)
{
    size_t n = strlen(name);
    return n > 3 && !strcmp(name + n - 3, ".lp");
}

bool model_dump_open(struct model_dump *models, struct driver *driver, const char *dir)
{
    *models = (struct model_dump){{0, write_model, models}, driver, dir, false};
    if (mkdir(dir, 0777) == 0)
        return true;
    int why = errno;
    DIR *listing = why == EEXIST ? opendir(dir) : NULL;
    if (!listing) {
        driver_error(driver, DIAG_E0904, "cannot make the directory", dir,
                     strerror(why == EEXIST ? errno : why));
        return false;
    }
    const struct dirent *entry = readdir(listing);
    while (entry && !is_model(entry->d_name))
        entry = readdir(listing);
    if (entry)
        driver_error(driver, DIAG_E0904, "cannot write models into", dir,
                     "it holds .lp files already, and models of two runs would mix; name a new "
                     "directory");
    closedir(listing);
    return !entry;
}
