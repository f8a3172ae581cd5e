/* Arenas: every phase result lives in one arena and is freed with it.
 *
 * An allocation never returns NULL. When memory runs out (or a test asked for a
 * failure) the arena jumps to its trap, which phase_run() set up; the phase then
 * reports "out of memory" and its arenas are released by their owner.
 *
 * Ownership: whoever calls arena_init() calls arena_release(). Objects may point
 * into their own arena or into a longer-lived one.
 */
#ifndef DYNC_BASE_ARENA_H
#define DYNC_BASE_ARENA_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Where chunks come from: take gives NULL or memory aligned for any type, of any content; give gets
 * it back with its size. */
struct arena_memory {
    void *(*take)(void *context, size_t bytes);
    void (*give)(void *context, void *memory, size_t bytes);
    void *context;
};

struct oom_trap {
    jmp_buf where;
    bool armed;         /* inside phase_run() */
    uint64_t allowed;   /* allocations left before an injected failure; UINT64_MAX: no injection */
    size_t bytes;       /* bytes held by all arenas of this trap */
    size_t bytes_limit; /* 0: none; more than this is treated as out of memory */
    const struct arena_memory *memory; /* NULL: the system's */
};

void oom_trap_init(struct oom_trap *trap);

/* Runs fn(arg); true if it returned, false if an arena of this trap ran out of memory. Phases nest:
 * whoever owns an arena inside a phase runs its use as a phase, releases the arena and then springs
 * the trap again. */
bool phase_run(struct oom_trap *trap, void (*fn)(void *), void *arg);

/* For libraries that signal out of memory in their own way: unwinds like a failed allocation. */
_Noreturn void oom_trap_spring(struct oom_trap *trap);

struct arena_chunk;
struct arena {
    struct arena_chunk *chunks;
    struct oom_trap *trap;
    struct arena *scratch; /* arenas for passing needs: arena_scratch() */
    struct arena *next;    /* of the same parent */
    bool busy;
};

/* trap may be NULL (tests, small tools): running out of memory then aborts. */
void arena_init(struct arena *arena, struct oom_trap *trap);
void arena_release(struct arena *arena);

/* An arena for what is needed for a while only. Give it back with arena_scratch_end(); it is
 * released with its parent at the latest, also when memory ran out in between. */
struct arena *arena_scratch(struct arena *parent);
void arena_scratch_end(struct arena *scratch);

/* Zeroed storage for count objects of the given size, aligned for any type. count * size == 0 gives
 * a valid pointer to nothing. Overflow of the product counts as out of memory. */
void *arena_alloc(struct arena *arena, size_t count, size_t size);
char *arena_strdup(struct arena *arena, const char *text);
char *arena_strndup(struct arena *arena, const char *text, size_t n);
char *arena_printf(struct arena *arena, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
char *arena_vprintf(struct arena *arena, const char *format, va_list args);

#define ARENA_NEW(arena, T) ((T *)arena_alloc((arena), 1, sizeof(T)))
#define ARENA_ARRAY(arena, T, n) ((T *)arena_alloc((arena), (n), sizeof(T)))

#endif
