/* What an arena needs of the system when its trap has no memory of its own. Programs link
 * arena_system.c; the library libdynsim, which never ends the process, links
 * runtime/standalone/arena_system.c in its place. */
#ifndef DYNC_BASE_ARENA_SYSTEM_H
#define DYNC_BASE_ARENA_SYSTEM_H

#include <stddef.h>

/* Zeroed; NULL: there is none. */
void *arena_system_take(size_t bytes);
void arena_system_give(void *memory);
/* Memory ran out outside of any phase: there is nowhere to report to. */
_Noreturn void arena_system_lost(void);

#endif
