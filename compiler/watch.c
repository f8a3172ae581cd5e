#include "compiler/watch.h"

#include "compiler/base/outfile.h"

#include <poll.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <unistd.h>

struct stamp {
    bool exists;
    dev_t device;
    ino_t number;
    off_t size;
    struct timespec modified, changed;
};
struct watched {
    const char *path;
    struct stamp stamp; /* as the last round found it */
};

/* --- stamps --- */

static struct stamp stamp_of(const char *path)
{
    struct stat st;
    if (stat(path, &st) != 0)
        return (struct stamp){.exists = false};
    return (struct stamp){true, st.st_dev, st.st_ino, st.st_size, st.st_mtim, st.st_ctim};
}

static bool same_time(struct timespec a, struct timespec b)
{
    return a.tv_sec == b.tv_sec && a.tv_nsec == b.tv_nsec;
}

static bool same_stamp(const struct stamp *a, const struct stamp *b)
{
    if (!a->exists || !b->exists)
        return a->exists == b->exists;
    return a->device == b->device && a->number == b->number && a->size == b->size
           && same_time(a->modified, b->modified) && same_time(a->changed, b->changed);
}

/* Takes the stamps anew. *gone: files that were there before and are not now. */
static bool look(struct watch *watch, bool *gone)
{
    bool changed = false;
    for (uint32_t i = 0; i < watch->files.n; i++) {
        struct watched *file = &watch->files.at[i];
        struct stamp stamp = stamp_of(file->path);
        *gone = *gone || (file->stamp.exists && !stamp.exists);
        changed = changed || !same_stamp(&file->stamp, &stamp);
        file->stamp = stamp;
    }
    return changed;
}

/* --- the list --- */

static const struct watched *find(const struct watched_vec *files, const char *path)
{
    for (uint32_t i = 0; i < files->n; i++)
        if (!strcmp(files->at[i].path, path))
            return &files->at[i];
    return NULL;
}

/* Adds a file with the stamp it had before the round; false: it is new, and has the one of now. */
static bool add_file(struct watch *watch, struct arena *arena, const struct watched_vec *before,
                     const char *path)
{
    const struct watched *known = find(before, path);
    struct watched file = {arena_strdup(arena, path), known ? known->stamp : stamp_of(path)};
    VEC_PUSH(arena, &watch->files, file);
    return known != NULL;
}

static bool holds(struct arena *parent, const char *path, const struct source *source)
{
    struct arena *scratch = arena_scratch(parent);
    const char *why;
    uint8_t *bytes;
    size_t n;
    bool same = read_whole(scratch, path, source->size, &bytes, &n, &why) && n == source->size
                && !memcmp(bytes, source->text, n);
    arena_scratch_end(scratch);
    return same;
}

void watch_begin(struct watch *watch, struct oom_trap *trap, const char *path)
{
    struct watched_vec nothing = {0};
    *watch = (struct watch){.trap = trap, .events = inotify_init1(IN_CLOEXEC | IN_NONBLOCK)};
    arena_init(&watch->arena, trap);
    add_file(watch, &watch->arena, &nothing, path);
}

void watch_note(struct watch *watch, const struct source_set *sources)
{
    struct arena *old = &watch->arena, fresh;
    struct watched_vec before = watch->files;
    arena_init(&fresh, watch->trap);
    watch->files = (struct watched_vec){0};
    add_file(watch, &fresh, &before, before.at[0].path);
    for (uint32_t i = 0; i < sources->files.n; i++) {
        const struct source *source = sources->files.at[i];
        const char *path = source_from_here(&fresh, sources, source->path);
        if (!source->in_memory && !add_file(watch, &fresh, &before, path))
            watch->changed = watch->changed || !holds(&fresh, path, source);
    }
    for (uint32_t i = 0; i < sources->misses.n; i++) {
        const struct source_miss *miss = &sources->misses.at[i];
        const char *path = source_from_here(&fresh, sources, miss->path);
        if (!add_file(watch, &fresh, &before, path) && miss->absent)
            watch->changed = watch->changed || watch->files.at[watch->files.n - 1].stamp.exists;
    }
    arena_release(old);
    watch->arena = fresh;
}

/* --- waiting --- */

/* Asks for events of the folder of a file, or of the nearest one above that exists: of the folder,
 * since a file that is replaced is another one under the same name. */
static void ask_for_events(struct watch *watch, const char *path)
{
    const uint32_t mask = IN_CLOSE_WRITE | IN_MODIFY | IN_ATTRIB | IN_MOVE | IN_CREATE | IN_DELETE
                          | IN_DELETE_SELF | IN_MOVE_SELF;
    struct arena *scratch = arena_scratch(&watch->arena);
    char *folder = arena_strdup(scratch, path), *slash;
    while ((slash = strrchr(folder, '/')) && slash != folder) {
        *slash = 0;
        if (inotify_add_watch(watch->events, folder, mask) >= 0)
            break;
    }
    if (!slash)
        inotify_add_watch(watch->events, ".", mask);
    else if (slash == folder)
        inotify_add_watch(watch->events, "/", mask);
    arena_scratch_end(scratch);
}

/* Until an event or for so long; what the event says does not matter. */
static void doze(struct watch *watch, int milliseconds)
{
    char events[4096];
    struct pollfd wait = {.fd = watch->events, .events = POLLIN};
    if (poll(&wait, 1, milliseconds) > 0)
        while (read(watch->events, events, sizeof events) > 0)
            continue;
}

/* Waits while there are changes, and a while for files that vanished. */
static void settle(struct watch *watch, bool gone)
{
    bool left = false;
    for (int waited = 0; gone && waited < WATCH_RETURN_MS; waited += WATCH_SETTLE_MS) {
        poll(NULL, 0, WATCH_SETTLE_MS);
        gone = !look(watch, &left);
    }
    do
        poll(NULL, 0, WATCH_SETTLE_MS);
    while (look(watch, &left));
}

void watch_wait(struct watch *watch)
{
    bool gone = false;
    for (uint32_t i = 0; watch->events >= 0 && i < watch->files.n; i++)
        ask_for_events(watch, watch->files.at[i].path);
    while (!look(watch, &gone) && !watch->changed)
        doze(watch, WATCH_EVERY_MS);
    settle(watch, gone);
    watch->changed = false;
}

void watch_end(struct watch *watch)
{
    if (watch->events >= 0)
        close(watch->events);
    arena_release(&watch->arena);
}
