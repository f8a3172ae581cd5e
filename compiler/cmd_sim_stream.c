#include "compiler/cmd_sim_stream.h"

#include "compiler/base/outfile.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { BUFFER_BYTES = 1 << 16 };
static const char ending[] = ".partial";

/* What is no regular file (a device, a pipe) cannot be replaced: it is written as it is. */
static bool in_place(const char *path)
{
    struct stat st;
    return stat(path, &st) == 0 && !S_ISREG(st.st_mode);
}

/* The folder without links and "..", then the name: streams replace names, not what they link to.
 */
static const char *full_name(struct arena *arena, const char *path)
{
    char folder[PATH_MAX];
    const char *slash = strrchr(path, '/'), *name = slash ? slash + 1 : path;
    const char *given = slash ? arena_strndup(arena, path, (size_t)(name - path)) : ".";
    return realpath(given, folder) ? arena_printf(arena, "%s/%s", folder, name) : path;
}

char *stream_partial(struct arena *arena, const char *path)
{
    return arena_printf(arena, "%s%s", path, ending);
}

static bool is_partial_of(const char *a, const char *b)
{
    size_t n = strlen(b);
    return strncmp(a, b, n) == 0 && strcmp(a + n, ending) == 0;
}

bool stream_clash(struct arena *arena, const char *a, const char *b)
{
    if (!a || !b || !strcmp(a, "-") || !strcmp(b, "-"))
        return false;
    a = full_name(arena, a);
    b = full_name(arena, b);
    return strcmp(a, b) == 0 || is_partial_of(a, b) || is_partial_of(b, a);
}

bool stream_open(struct stream *stream, struct arena *arena, const char *path,
                 struct diag_sink *sink)
{
    *stream = (struct stream){.path = path, .fd = -1};
    text_init(&stream->buffer, arena);
    if (!path)
        return true;
    if (!strcmp(path, "-")) {
        stream->fd = STDOUT_FILENO;
        return true;
    }
    bool direct = in_place(path);
    if (!direct)
        stream->partial = stream_partial(arena, path);
    int how = O_WRONLY | O_CLOEXEC | O_NOCTTY | (direct ? 0 : O_CREAT | O_TRUNC | O_NOFOLLOW);
    stream->fd = open(direct ? path : stream->partial, how, 0666);
    if (stream->fd >= 0)
        return true;
    diag_add(sink, DIAG_E0601, span_nowhere(), "cannot open \"%s\" for writing: %s",
             direct ? path : stream->partial, strerror(errno));
    return false;
}

void stream_flush(struct stream *stream)
{
    if (stream->fd >= 0 && !stream->why && stream->buffer.n)
        write_all(stream->fd, stream->buffer.at, stream->buffer.n, &stream->why);
    stream->buffer.n = 0;
}

void stream_settle(struct stream *stream)
{
    if (stream->buffer.n >= BUFFER_BYTES)
        stream_flush(stream);
}

static void finish(struct stream *stream, bool complete)
{
    if (stream->partial && complete && !stream->why && fsync(stream->fd) != 0 && errno != EINVAL)
        stream->why = strerror(errno);
    if (close(stream->fd) != 0 && errno != EINTR && !stream->why)
        stream->why = strerror(errno);
    if (stream->partial && complete && !stream->why && rename(stream->partial, stream->path) != 0)
        stream->why = strerror(errno);
}

bool stream_close(struct stream *stream, bool complete, struct diag_sink *sink)
{
    if (!stream->path || stream->fd < 0)
        return true;
    stream_flush(stream);
    if (stream->fd != STDOUT_FILENO)
        finish(stream, complete);
    stream->fd = -1;
    if (!stream->why)
        return true;
    struct diag *diag = diag_add(sink, DIAG_E0904, span_nowhere(), "cannot write \"%s\": %s",
                                 stream->path, stream->why);
    if (stream->partial)
        diag_note(sink, diag, span_nowhere(), "what was computed until then is in \"%s\"",
                  stream->partial);
    return false;
}
