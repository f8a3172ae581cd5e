#include "compiler/cmd_sim_stream.h"

#include "compiler/base/outfile.h"
#include "compiler/cmd_sim_npy.h"

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

static bool ends_in(const char *path, const char *with)
{
    size_t n = strlen(path), m = strlen(with);
    return n > m && strcmp(path + n - m, with) == 0;
}

enum stream_form stream_form_of(const char *path)
{
    return ends_in(path, ".npy") ? STREAM_NPY : ends_in(path, ".vcd") ? STREAM_VCD : STREAM_CSV;
}

/* The number of rows stands in front of them: the way back has to be open. */
static bool can_go_back(struct stream *stream, struct diag_sink *sink)
{
    if (stream->form != STREAM_NPY || lseek(stream->fd, 0, SEEK_CUR) >= 0)
        return true;
    diag_add(
        sink, DIAG_E0601, span_nowhere(),
        "cannot write \"%s\": a .npy file begins with the number of its rows, and a pipe cannot "
        "be written twice",
        stream->path);
    close(stream->fd);
    stream->fd = -1;
    return false;
}

bool stream_open(struct stream *stream, struct arena *arena, const char *path,
                 struct diag_sink *sink)
{
    *stream =
        (struct stream){.path = path, .fd = -1, .form = path ? stream_form_of(path) : STREAM_CSV};
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
        return can_go_back(stream, sink);
    diag_add(sink, DIAG_E0601, span_nowhere(), "cannot open \"%s\" for writing: %s",
             direct ? path : stream->partial, strerror(errno));
    return false;
}

void stream_npy(struct stream *stream, const struct npy *npy)
{
    stream->head = npy->header.n;
    stream->row = npy->row;
    stream->shape_at = npy->shape_at;
    text_bytes(&stream->buffer, npy->header.at, npy->header.n);
}

/* Bytes at the front of the buffer that end with a whole line, or row. */
static uint64_t whole(const struct stream *stream, uint64_t n)
{
    uint64_t end = stream->written + n;
    if (stream->form == STREAM_NPY)
        return end < stream->head ? 0 : n - (end - stream->head) % stream->row;
    while (n > 0 && stream->buffer.at[n - 1] != '\n')
        n--;
    return n;
}

/* After a failure a part of the buffer may stand in the file. */
static void cut_to_whole(struct stream *stream)
{
    off_t at = stream->partial ? lseek(stream->fd, 0, SEEK_CUR) : -1;
    if (at < 0 || (uint64_t)at < stream->written)
        return;
    stream->written += whole(stream, (uint64_t)at - stream->written);
    if (ftruncate(stream->fd, (off_t)stream->written) != 0)
        stream->written = (uint64_t)at; /* the rest of a row behind the last does no harm */
}

static void count_rows(struct stream *stream)
{
    char shape[NPY_SHAPE + 1];
    if (stream->form != STREAM_NPY || stream->written < stream->head)
        return;
    npy_shape(shape, (stream->written - stream->head) / stream->row);
    if (pwrite(stream->fd, shape, NPY_SHAPE, (off_t)stream->shape_at) != NPY_SHAPE && !stream->why)
        stream->why = strerror(errno);
}

void stream_flush(struct stream *stream)
{
    if (stream->fd >= 0 && !stream->why && stream->buffer.n) {
        if (write_all(stream->fd, stream->buffer.at, stream->buffer.n, &stream->why))
            stream->written += stream->buffer.n;
        else
            cut_to_whole(stream);
        count_rows(stream);
    }
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
