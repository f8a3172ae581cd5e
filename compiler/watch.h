/* `--watch`: waiting until a file that was read, or would have been, is another.
 *
 * Whether a file has changed is told by its stamp (which file it is, size, times); for a file that
 * is met for the first time, by its content. inotify only says when to look; where it does not work
 * the files are looked at all the same, every WATCH_EVERY_MS. So editors that write a new file and
 * rename it, network folders, and files that come later are all one case.
 */
#ifndef DYNC_WATCH_H
#define DYNC_WATCH_H

#include "compiler/base/source.h"

enum {
    WATCH_EVERY_MS = 1000, /* between looks without an event */
    WATCH_SETTLE_MS = 40,  /* a change is complete when nothing more happened for so long */
    WATCH_RETURN_MS = 500  /* a file that vanished may come back for so long: editors do that */
};

struct watched;
struct watched_vec VEC_OF(struct watched);
struct watch {
    struct oom_trap *trap;
    struct arena arena; /* of the list */
    struct watched_vec files;
    int events;   /* inotify, -1 without */
    bool changed; /* a file met for the first time was another already when it was noted */
};

/* Notes the main file as it is now. */
void watch_begin(struct watch *watch, struct oom_trap *trap, const char *path);
/* After a round: the files to wait for are the main one and all that the round read or missed. */
void watch_note(struct watch *watch, const struct source_set *sources);
/* Returns when one of them has changed and is at rest. */
void watch_wait(struct watch *watch);
void watch_end(struct watch *watch);

#endif
