/* What dync and dync-verify do alike around their work: descriptors, signals, memory, last words.
 */
#ifndef DYNC_PROGRAM_H
#define DYNC_PROGRAM_H

#include "compiler/base/arena.h"

/* Before anything else: opens closed standard descriptors, lets failed writes be errors of write()
 * in place of signals, and readies the trap with the limit on memory below. */
void program_start(struct oom_trap *trap);

/* Bytes all arenas may take: three quarters of the machine's memory, or of the address space where
 * that is limited to less (`ulimit -v`). More counts as out of memory, before the machine swaps. */
size_t program_memory_limit(void);

/* To standard error; what cannot be written there is lost. */
void program_say(const char *text);
/* To standard output; false with the cause in *why. */
bool program_print(const char *text, const char **why);

#endif
