#include "compiler/base/source.h"

#include "compiler/base/outfile.h"

#include <errno.h>
#include <fcntl.h>
#include <sha2.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { MAX_FILES = UINT16_MAX - 1, MAX_PATH_PARTS = 64, MAX_MISSES = 100 };

struct span span_nowhere(void)
{
    return (struct span){0, 0, SPAN_NOWHERE};
}

struct span span_join(struct span a, struct span b)
{
    if (a.file != b.file)
        return a;
    return (struct span){a.begin, b.end, a.file};
}

void source_set_init(struct source_set *set, struct arena *arena, const char *root)
{
    *set = (struct source_set){.arena = arena, .root = arena_strdup(arena, root)};
}

static void index_lines(struct arena *arena, struct source *source)
{
    uint32_t n = 1, line = 1;
    for (uint32_t i = 0; i < source->size; i++)
        n += source->text[i] == '\n';
    source->line = ARENA_ARRAY(arena, uint32_t, n);
    source->n_lines = n;
    for (uint32_t i = 0; i < source->size; i++)
        if (source->text[i] == '\n')
            source->line[line++] = i + 1;
}

const char *source_from_here(struct arena *arena, const struct source_set *set, const char *path)
{
    size_t n = strlen(set->root);
    if (path[0] == '/' || !strcmp(set->root, "."))
        return path;
    return arena_printf(arena, "%s%s%s", set->root, n && set->root[n - 1] == '/' ? "" : "/", path);
}

static uint16_t add(struct source_set *set, const char *path, const char *text, uint32_t size)
{
    struct source *source = ARENA_NEW(set->arena, struct source);
    source->path = source->shown = arena_strdup(set->arena, path);
    source->text = text;
    source->size = size;
    SHA2_CTX hash;
    SHA256Init(&hash);
    SHA256Update(&hash, (const uint8_t *)text, size);
    SHA256Final(source->sha256, &hash);
    index_lines(set->arena, source);
    VEC_PUSH(set->arena, &set->files, source);
    return (uint16_t)(set->files.n - 1);
}

uint16_t source_add(struct source_set *set, const char *path, const char *text, size_t size)
{
    uint16_t index = add(set, path, arena_strndup(set->arena, text, size), (uint32_t)size);
    set->files.at[index]->in_memory = true;
    return index;
}

/* The path parts of `path` seen from the directory of `from`; false if it climbs above the root. */
static bool resolve(struct source_set *set, const char *from, const char *path, char **resolved)
{
    const char *slash = from ? strrchr(from, '/') : NULL;
    char *whole = slash ? arena_printf(set->arena, "%.*s/%s", (int)(slash - from), from, path)
                        : arena_strdup(set->arena, path);
    char *parts[MAX_PATH_PARTS], *save = NULL;
    uint32_t n = 0;
    if (path[0] == '/')
        return false;
    for (char *part = strtok_r(whole, "/", &save); part; part = strtok_r(NULL, "/", &save)) {
        if (!strcmp(part, "."))
            continue;
        if (!strcmp(part, "..")) {
            if (n == 0)
                return false;
            n--;
        } else if (n < MAX_PATH_PARTS) {
            parts[n++] = part;
        } else {
            return false;
        }
    }
    *resolved = arena_strdup(set->arena, n ? parts[0] : ".");
    for (uint32_t i = 1; i < n; i++)
        *resolved = arena_printf(set->arena, "%s/%s", *resolved, parts[i]);
    return true;
}

/* Opens a path of one part below a directory. A link where a directory is wanted fails as not being
 * a directory; that it is a link says more. */
static int open_part(int dir, const char *part, bool directory)
{
    struct stat st;
    int how = O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK | (directory ? O_DIRECTORY : 0);
    int fd = openat(dir, part, how);
    if (fd < 0 && errno == ENOTDIR) {
        bool link = fstatat(dir, part, &st, AT_SYMLINK_NOFOLLOW) == 0 && S_ISLNK(st.st_mode);
        errno = link ? ELOOP : ENOTDIR;
    }
    return fd;
}

/* Opens root/path one component at a time without following symbolic links. */
static int open_below(const char *root, const char *path)
{
    int dir = open(root, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    while (dir >= 0) {
        const char *slash = strchr(path, '/');
        char part[256];
        size_t n = slash ? (size_t)(slash - path) : strlen(path);
        int next = -1;
        if (n < sizeof part) {
            memcpy(part, path, n);
            part[n] = 0;
            next = open_part(dir, part, slash != NULL);
        } else {
            errno = ENAMETOOLONG;
        }
        int error = errno;
        close(dir);
        errno = error;
        if (!slash || next < 0)
            return next;
        path = slash + 1;
        dir = next;
    }
    return -1;
}

static enum source_status read_file(struct source_set *set, const char *path, uint64_t max_bytes,
                                    uint16_t *index, const char **why)
{
    int fd = open_below(set->root, path);
    struct stat st;
    if (fd < 0) {
        *why = errno == ELOOP ? "it is a symbolic link" : strerror(errno);
        return errno == ELOOP                        ? SOURCE_NOT_REGULAR
               : errno == ENOENT || errno == ENOTDIR ? SOURCE_ABSENT
                                                     : SOURCE_MISSING;
    }
    if (fstat(fd, &st) != 0 || !S_ISREG(st.st_mode)) {
        close(fd);
        *why = "it is not a regular file";
        return SOURCE_NOT_REGULAR;
    }
    if (max_bytes > UINT32_MAX - 1)
        max_bytes = UINT32_MAX - 1;
    uint8_t *text;
    size_t size;
    enum read_status status = READ_TOO_LARGE;
    if (st.st_size >= 0 && (uint64_t)st.st_size <= max_bytes)
        status = read_fd(set->arena, fd, (size_t)max_bytes, &text, &size);
    *why = read_why(status);
    close(fd);
    if (status != READ_OK)
        return status == READ_TOO_LARGE ? SOURCE_TOO_LARGE : SOURCE_MISSING;
    *index = add(set, path, (const char *)text, (uint32_t)size);
    set->files.at[*index]->shown = source_from_here(set->arena, set, path);
    return SOURCE_OK;
}

static const char *path_of(const struct source_set *set, uint16_t file)
{
    return file == SPAN_NOWHERE ? NULL : set->files.at[file]->path;
}

/* Texts that never were files have names too ("-", "-D n"); only the main one is ever asked for. */
static bool find_read(const struct source_set *set, const char *resolved, uint16_t *index)
{
    for (uint32_t i = 0; i < set->files.n; i++) {
        if (strcmp(set->files.at[i]->path, resolved) || (i > 0 && set->files.at[i]->in_memory))
            continue;
        *index = (uint16_t)i;
        return true;
    }
    return false;
}

bool source_known(struct source_set *set, const char *path, uint16_t from, uint16_t *index)
{
    char *resolved;
    return resolve(set, path_of(set, from), path, &resolved) && find_read(set, resolved, index);
}

/* Each once; a loop may ask for the same file a million times. */
static void note_miss(struct source_set *set, const char *path, bool absent)
{
    for (uint32_t i = 0; i < set->misses.n; i++)
        if (!strcmp(set->misses.at[i].path, path))
            return;
    if (set->misses.n < MAX_MISSES)
        VEC_PUSH(set->arena, &set->misses, (struct source_miss){path, absent});
}

enum source_status source_read(struct source_set *set, const char *path, uint16_t from,
                               uint64_t max_bytes, uint16_t *index, const char **why)
{
    char *resolved;
    if (!resolve(set, path_of(set, from), path, &resolved)) {
        *why = "it leaves the project root";
        return SOURCE_OUTSIDE;
    }
    if (find_read(set, resolved, index))
        return SOURCE_OK;
    if (set->files.n >= MAX_FILES) {
        *why = "too many files";
        return SOURCE_TOO_MANY;
    }
    enum source_status status = read_file(set, resolved, max_bytes, index, why);
    if (status != SOURCE_OK)
        note_miss(set, resolved, status == SOURCE_ABSENT);
    return status;
}

uint32_t source_line_of(const struct source *source, uint32_t offset)
{
    uint32_t lo = 0, hi = source->n_lines;
    while (hi - lo > 1) {
        uint32_t mid = lo + (hi - lo) / 2;
        if (source->line[mid] <= offset)
            lo = mid;
        else
            hi = mid;
    }
    return lo;
}

struct line_col source_line_col(const struct source *source, uint32_t offset)
{
    if (offset > source->size)
        offset = source->size;
    uint32_t line = source_line_of(source, offset), col = 1;
    for (uint32_t i = source->line[line]; i < offset; i++)
        col += ((unsigned char)source->text[i] & 0xC0) != 0x80;
    return (struct line_col){line + 1, col};
}
