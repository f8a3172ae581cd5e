/* Output streams: FILE.partial while the run lasts, FILE when it is complete. */
#ifndef DYNC_CMD_SIM_STREAM_H
#define DYNC_CMD_SIM_STREAM_H

#include "compiler/base/diag.h"
#include "compiler/base/text.h"

struct stream {
    const char *path, *partial; /* partial NULL: written in place (standard output, devices) */
    int fd;                     /* -1: no stream, or failed */
    struct text buffer;
    const char *why; /* first failure; what was written before it stays */
};

/* Where the bytes for `path` stand until they are complete. */
char *stream_partial(struct arena *arena, const char *path);
/* Whether one of the two would be written over the other, or over its .partial; NULL and "-" clash
 * with nothing. */
bool stream_clash(struct arena *arena, const char *a, const char *b);
/* path NULL: a stream that takes nothing. False: E0601 in the sink. */
bool stream_open(struct stream *stream, struct arena *arena, const char *path,
                 struct diag_sink *sink);
/* Writes when the buffer is full. */
void stream_settle(struct stream *stream);
void stream_flush(struct stream *stream);
/* Flushes and closes; with `complete` the file gets its name. False: E0904 in the sink. */
bool stream_close(struct stream *stream, bool complete, struct diag_sink *sink);

#endif
