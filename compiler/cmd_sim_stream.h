/* Output streams: FILE.partial while the run lasts, FILE when it is complete. */
#ifndef DYNC_CMD_SIM_STREAM_H
#define DYNC_CMD_SIM_STREAM_H

#include "compiler/base/diag.h"
#include "compiler/base/text.h"

enum stream_form { STREAM_CSV, STREAM_NPY, STREAM_VCD };
/* By the ending of the name: .npy, .vcd, else CSV. */
enum stream_form stream_form_of(const char *path);

struct stream {
    const char *path, *partial; /* partial NULL: written in place (standard output, devices) */
    enum stream_form form;
    int fd; /* -1: no stream, or failed */
    struct text buffer;
    const char *why;  /* first failure; what was written before it stays, in whole lines or rows */
    uint64_t written; /* bytes that have left the buffer */
    size_t head, row, shape_at; /* STREAM_NPY: bytes of header and row; see npy.h */
};

/* Where the bytes for `path` stand until they are complete. */
char *stream_partial(struct arena *arena, const char *path);
/* Whether one of the two would be written over the other, or over its .partial; NULL and "-" clash
 * with nothing. */
bool stream_clash(struct arena *arena, const char *a, const char *b);
/* path NULL: a stream that takes nothing. False: E0601 in the sink. */
bool stream_open(struct stream *stream, struct arena *arena, const char *path,
                 struct diag_sink *sink);
struct npy;
/* Puts the finished header of a .npy file first; its number of rows follows what is written, so
 * that a file that ends early is one that can be read. */
void stream_npy(struct stream *stream, const struct npy *npy);
/* Writes when the buffer is full. */
void stream_settle(struct stream *stream);
void stream_flush(struct stream *stream);
/* Flushes and closes; with `complete` the file gets its name. False: E0904 in the sink. */
bool stream_close(struct stream *stream, bool complete, struct diag_sink *sink);

#endif
