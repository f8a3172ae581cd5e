#include "compiler/base/outfile.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static bool failed_with(int error, const char **why)
{
    *why = strerror(error);
    return false;
}

/* --- Names: DIR/.NAME.tmp.PID and DIR/.NAME.old.PID --- */

static const char *base_name(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash ? slash + 1 : path;
}

static char *directory_of(struct arena *arena, const char *path)
{
    size_t n = (size_t)(base_name(path) - path);
    return n == 0 ? arena_strdup(arena, ".") : arena_strndup(arena, path, n);
}

static char *hidden_path(struct arena *arena, const char *path, const char *role)
{
    const char *name = base_name(path);
    return arena_printf(arena, "%.*s.%s.%s.%ld", (int)(name - path), path, name, role,
                        (long)getpid());
}

/* The process that made this file for NAME, 0 if the file is none of ours. */
static pid_t maker(const char *file, const char *name)
{
    size_t n = strlen(name);
    if (file[0] != '.' || strncmp(file + 1, name, n) != 0)
        return 0;
    const char *role = file + 1 + n;
    if (strncmp(role, ".tmp.", 5) != 0 && strncmp(role, ".old.", 5) != 0)
        return 0;
    char *end;
    long pid = role[5] >= '1' && role[5] <= '9' ? strtol(role + 5, &end, 10) : 0;
    return pid > 0 && pid == (pid_t)pid && *end == 0 ? (pid_t)pid : 0;
}

/* Removes what dead processes left for this name. Failures do not matter: the files are hidden and
 * the next run tries again. */
static void remove_leftovers(struct arena *arena, const char *path)
{
    const char *name = base_name(path);
    DIR *dir = opendir(directory_of(arena, path));
    if (!dir)
        return;
    for (struct dirent *entry = readdir(dir); entry; entry = readdir(dir)) {
        pid_t pid = maker(entry->d_name, name);
        if (pid && pid != getpid() && kill(pid, 0) != 0 && errno == ESRCH)
            unlinkat(dirfd(dir), entry->d_name, 0);
    }
    closedir(dir);
}

/* --- System calls that may be interrupted --- */

static int open_retrying(const char *path, int how)
{
    int fd;
    do
        fd = open(path, how | O_CLOEXEC | O_NOCTTY, 0666);
    while (fd < 0 && errno == EINTR);
    return fd;
}

static bool sync_fd(int fd)
{
    while (fsync(fd) != 0)
        if (errno != EINTR)
            return errno == EINVAL || errno == EROFS || errno == ENOTSUP; /* pipes, /dev/full */
    return true;
}

/* After an interrupted close the descriptor is gone, and the bytes are synced already. */
static bool close_fd(int fd)
{
    return close(fd) == 0 || errno == EINTR;
}

static bool rename_retrying(const char *from, const char *to)
{
    while (rename(from, to) != 0)
        if (errno != EINTR)
            return false;
    return true;
}

bool write_all(int fd, const void *bytes, size_t n, const char **why)
{
    const char *at = bytes;
    while (n > 0) {
        ssize_t done = write(fd, at, n);
        if (done > 0) {
            at += done;
            n -= (size_t)done;
        } else if (done < 0 && errno == EAGAIN) {
            poll(&(struct pollfd){.fd = fd, .events = POLLOUT}, 1, -1);
        } else if (done == 0 || errno != EINTR) {
            return failed_with(done == 0 ? EIO : errno, why);
        }
    }
    return true;
}

/* --- Writing --- */

/* Renaming onto a device or a directory would take its place. */
static bool replaceable(const char *path, const char **why)
{
    struct stat st;
    if (!*base_name(path))
        return failed_with(EISDIR, why);
    if (stat(path, &st) != 0 || S_ISREG(st.st_mode))
        return true;
    *why = S_ISDIR(st.st_mode) ? strerror(EISDIR) : "it is not a regular file";
    return false;
}

/* A file that already has our process number was left by an earlier process of that number. */
static int create(const char *path)
{
    const int how = O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW;
    int fd = open_retrying(path, how);
    if (fd < 0 && errno == EEXIST && unlink(path) == 0)
        fd = open_retrying(path, how);
    return fd;
}

bool outfile_write(struct outfile *file, struct arena *arena, const char *path, const void *bytes,
                   size_t n, const char **why)
{
    *file = (struct outfile){.path = arena_strdup(arena, path)};
    file->temp_path = hidden_path(arena, path, "tmp");
    file->old_path = hidden_path(arena, path, "old");
    if (!replaceable(path, why))
        return false;
    remove_leftovers(arena, path);
    int fd = create(file->temp_path);
    if (fd < 0)
        return failed_with(errno, why);
    file->written = true;
    bool good = write_all(fd, bytes, n, why);
    if (good && !sync_fd(fd))
        good = failed_with(errno, why);
    if (!close_fd(fd) && good)
        good = failed_with(errno, why);
    if (!good)
        outfile_discard(file);
    return good;
}

void outfile_discard(struct outfile *file)
{
    if (file->written)
        unlink(file->temp_path);
    if (file->replaced)
        unlink(file->old_path);
    file->written = file->replaced = false;
}

/* --- Committing --- */

/* The file under the name gets a second name, so that it can come back. Where the file system knows
 * no second names the replacement is still atomic, only not revocable. */
static bool give_name(struct outfile *file, const char **why)
{
    if (!replaceable(file->path, why))
        return false;
    unlink(file->old_path);
    file->replaced = link(file->path, file->old_path) == 0;
    bool revocable = file->replaced || errno == ENOENT;
    if (!rename_retrying(file->temp_path, file->path))
        return failed_with(errno, why);
    file->written = false;
    file->renamed = revocable;
    return true;
}

static void take_back(struct outfile *file)
{
    if (file->renamed && file->replaced)
        file->replaced = !rename_retrying(file->old_path, file->path);
    else if (file->renamed)
        unlink(file->path);
    file->renamed = false;
    outfile_discard(file);
}

/* Makes the new name last a power failure. */
static bool sync_directory(const struct outfile *file, const char **why)
{
    char dir[4096];
    size_t n = (size_t)(base_name(file->path) - file->path);
    if (n >= sizeof dir)
        return failed_with(ENAMETOOLONG, why);
    memcpy(dir, n ? file->path : ".", n ? n : 1);
    dir[n ? n : 1] = 0;
    int fd = open_retrying(dir, O_RDONLY | O_DIRECTORY);
    if (fd < 0)
        return errno == EACCES || failed_with(errno, why); /* may be written but not read */
    bool good = sync_fd(fd) || failed_with(errno, why);
    close_fd(fd);
    return good;
}

bool outfile_commit_all(struct outfile *files, size_t n, size_t *failed, const char **why)
{
    size_t done = 0;
    while (done < n && give_name(&files[done], why))
        done++;
    bool good = done == n;
    for (size_t i = 0; i < n && good; i++) {
        done = i;
        good = sync_directory(&files[i], why);
    }
    for (size_t i = 0; i < n; i++) {
        if (good)
            outfile_discard(&files[i]);
        else
            take_back(&files[i]);
    }
    if (!good && failed)
        *failed = done;
    return good;
}

/* --- Reading --- */

/* A vector that doubles, so that pipes and files that grow are read alike. */
enum read_status read_fd(struct arena *arena, int fd, size_t max_bytes, uint8_t **bytes, size_t *n)
{
    size_t cap = 1 << 16;
    *bytes = arena_alloc(arena, cap, 1);
    *n = 0;
    for (;;) {
        ssize_t got = read(fd, *bytes + *n, cap - 1 - *n);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return READ_FAILED;
        *n += (size_t)got;
        if (*n > max_bytes)
            return READ_TOO_LARGE;
        if (got == 0)
            break;
        if (*n == cap - 1) {
            uint8_t *bigger = arena_alloc(arena, cap * 2, 1);
            memcpy(bigger, *bytes, *n);
            *bytes = bigger;
            cap *= 2;
        }
    }
    (*bytes)[*n] = 0;
    return READ_OK;
}

const char *read_why(enum read_status status)
{
    return status == READ_OK ? "" : status == READ_TOO_LARGE ? "it is too large" : strerror(errno);
}

/* A pipe nobody writes to is empty, not something to wait for; a regular file says its size before
 * it is read. */
static int open_for_reading(const char *path, size_t max_bytes, const char **why)
{
    struct stat st;
    int fd = open_retrying(path, O_RDONLY | O_NONBLOCK);
    if (fd < 0) {
        failed_with(errno, why);
        return -1;
    }
    fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) & ~O_NONBLOCK);
    if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && (uint64_t)st.st_size > max_bytes) {
        close(fd);
        *why = read_why(READ_TOO_LARGE);
        return -1;
    }
    return fd;
}

bool read_whole(struct arena *arena, const char *path, size_t max_bytes, uint8_t **bytes, size_t *n,
                const char **why)
{
    bool standard = strcmp(path, "-") == 0;
    int fd = standard ? STDIN_FILENO : open_for_reading(path, max_bytes, why);
    if (fd < 0)
        return false;
    enum read_status status = read_fd(arena, fd, max_bytes, bytes, n);
    *why = read_why(status);
    if (!standard)
        close(fd);
    return status == READ_OK;
}
