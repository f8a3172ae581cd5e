/* Output files that appear whole or not at all.
 *
 * outfile_write() puts the bytes into DIR/.NAME.tmp.PID (exclusive, no symbolic links), writes all,
 * syncs and closes. The caller may read the file back (outfile_temp_path) and judge it;
 * outfile_commit() then gives it its name, outfile_discard() removes it. A group is committed only
 * when every member was written.
 */
#ifndef DYNC_BASE_OUTFILE_H
#define DYNC_BASE_OUTFILE_H

#include "compiler/base/arena.h"

struct outfile {
    const char *path, *temp_path;
    bool written;
};
/* false: *why is a phrase with the cause; nothing is left behind. */
bool outfile_write(struct outfile *file, struct arena *arena, const char *path, const void *bytes,
                   size_t n, const char **why);
bool outfile_commit(struct outfile *file, const char **why);
void outfile_discard(struct outfile *file);
/* Writes to a descriptor (standard output), handling short writes and EINTR. */
bool write_all(int fd, const void *bytes, size_t n, const char **why);
/* Reads a whole file anywhere (images, stimuli named on the command line). */
bool read_whole(struct arena *arena, const char *path, size_t max_bytes, uint8_t **bytes, size_t *n,
                const char **why);

#endif
