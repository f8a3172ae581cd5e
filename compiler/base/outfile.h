/* Output files that appear whole or not at all.
 *
 * outfile_write() puts the bytes into DIR/.NAME.tmp.PID (exclusive, no symbolic links), writes all,
 * syncs and closes. The caller may read the file back (temp_path) and judge it;
 * outfile_commit_all() then gives it its name, outfile_discard() removes it. A group is committed
 * by outfile_commit_all() only when every member was written. What a killed process left behind for
 * the same name is removed by the next outfile_write().
 */
#ifndef DYNC_BASE_OUTFILE_H
#define DYNC_BASE_OUTFILE_H

#include "compiler/base/arena.h"

struct outfile {
    const char *path, *temp_path;
    const char *old_path; /* a second name of the file that is being replaced */
    bool written;         /* temp_path exists */
    bool renamed;         /* path is the new file, which can still be taken back */
    bool replaced;        /* old_path exists */
};
/* false: *why is a phrase with the cause; nothing is left behind. */
bool outfile_write(struct outfile *file, struct arena *arena, const char *path, const void *bytes,
                   size_t n, const char **why);
/* All of them or none: if one cannot get its name, those before it are undone. On failure *failed
 * is the number of the culprit (may be NULL) and no temporary file is left. */
bool outfile_commit_all(struct outfile *files, size_t n, size_t *failed, const char **why);
void outfile_discard(struct outfile *file);

/* Writes to a descriptor (standard output), handling short writes, EINTR and EAGAIN. On failure
 * errno says why: EPIPE where the reader has gone. */
bool write_all(int fd, const void *bytes, size_t n, const char **why);
enum read_status { READ_OK, READ_FAILED, READ_TOO_LARGE };
/* Reads a descriptor to its end: n bytes and a terminating 0 behind them. READ_FAILED: see errno.
 */
enum read_status read_fd(struct arena *arena, int fd, size_t max_bytes, uint8_t **bytes, size_t *n);
/* A phrase for messages, taken from errno where reading has failed. */
const char *read_why(enum read_status status);
/* Reads a whole file anywhere (images, stimuli named on the command line); "-" is standard input.
 * A terminating 0 stands behind the n bytes. */
bool read_whole(struct arena *arena, const char *path, size_t max_bytes, uint8_t **bytes, size_t *n,
                const char **why);

#endif
