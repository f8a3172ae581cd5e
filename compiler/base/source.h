/* Source texts and data files, read once into memory, and spans into them.
 *
 * All files of a build live in one source_set, so that a span is two byte offsets and a file number
 * and outlives every arena but the set's own. Lines and columns are computed only when printed.
 * Files are opened below the project root only: no absolute path, no "..", no symbolic link,
 * regular files only.
 */
#ifndef DYNC_BASE_SOURCE_H
#define DYNC_BASE_SOURCE_H

#include "compiler/base/arena.h"
#include "compiler/base/vec.h"

struct span {
    uint32_t begin, end; /* byte offsets, end exclusive */
    uint16_t file;       /* index in the source_set; SPAN_NOWHERE: no place in any file */
};
enum { SPAN_NOWHERE = UINT16_MAX };
struct span span_nowhere(void);
struct span span_join(struct span a, struct span b); /* from a's begin to b's end, same file */

struct source {
    const char *path;  /* as META and the report name it: relative to the project root */
    const char *shown; /* as messages name it: it opens from the current folder */
    const char *text;  /* size bytes and a terminating 0 */
    uint32_t size;
    uint8_t sha256[32];
    uint32_t *line; /* byte offset of each line's first byte */
    uint32_t n_lines;
    bool in_image;  /* listed in META; files read only by test blocks are not */
    bool in_memory; /* from source_add() */
};

struct source_vec VEC_OF(struct source *);
struct source_miss { /* a file that was asked for and not read */
    const char *path;
    bool absent; /* there is none */
};
struct source_miss_vec VEC_OF(struct source_miss);
struct source_set {
    struct arena *arena;
    const char *root;   /* directory; all paths resolve below it */
    uint64_t max_bytes; /* of one source text; whoever opens the main file says */
    struct source_vec files;
    struct source_miss_vec
        misses; /* the first hundred: what would make another answer if it came */
};

enum source_status {
    SOURCE_OK,
    SOURCE_ABSENT,      /* no such file */
    SOURCE_MISSING,     /* cannot be opened: errno text in *why */
    SOURCE_OUTSIDE,     /* leaves the project root */
    SOURCE_NOT_REGULAR, /* directory, FIFO, device, symbolic link */
    SOURCE_TOO_LARGE,
    SOURCE_TOO_MANY /* 65,534 files */
};

void source_set_init(struct source_set *set, struct arena *arena, const char *root);

/* Reads the file `path`, relative to the directory of file `from` (SPAN_NOWHERE: to the root); the
 * same file is read once. `*index` is its number. On failure `*why` is a phrase for the message. */
enum source_status source_read(struct source_set *set, const char *path, uint16_t from,
                               uint64_t max_bytes, uint16_t *index, const char **why);

/* Whether source_read() would find the file without reading it, since that has been done. */
bool source_known(struct source_set *set, const char *path, uint16_t from, uint16_t *index);

/* A path below the root as it opens from the current folder: behind the root as it was given. */
const char *source_from_here(struct arena *arena, const struct source_set *set, const char *path);

/* A text that is already in memory (standard input, tests). The text is copied. */
uint16_t source_add(struct source_set *set, const char *path, const char *text, size_t size);

struct line_col {
    uint32_t line, col; /* from 1; columns count code points */
};
/* Number of the line, from 0, that holds the byte at `offset`. */
uint32_t source_line_of(const struct source *source, uint32_t offset);
struct line_col source_line_col(const struct source *source, uint32_t offset);

#endif
