#include "compiler/base/arena.h"

#include "compiler/base/arena_system.h"

#include <stdio.h>
#include <string.h>

/* Chunks grow geometrically up to this size, so that small phases stay small and large ones do not
 * pay one malloc per object. */
enum { FIRST_CHUNK = 4096, LARGEST_CHUNK = 1 << 25 };

struct arena_chunk {
    struct arena_chunk *next;
    size_t used, size;
    max_align_t data[];
};

void oom_trap_init(struct oom_trap *trap)
{
    memset(trap, 0, sizeof *trap);
    trap->allowed = UINT64_MAX;
}

void oom_trap_spring(struct oom_trap *trap)
{
    if (!trap || !trap->armed)
        arena_system_lost();
    longjmp(trap->where, 1);
}

/* Failures go to the enclosing phase again, if there is one. */
static void end_phase(struct oom_trap *trap, bool nested, jmp_buf outer)
{
    if (nested)
        memcpy(trap->where, outer, sizeof trap->where);
    trap->armed = nested;
}

bool phase_run(struct oom_trap *trap, void (*fn)(void *), void *arg)
{
    const bool nested = trap->armed;
    jmp_buf outer;
    if (nested)
        memcpy(outer, trap->where, sizeof outer);
    if (setjmp(trap->where)) {
        end_phase(trap, nested, outer);
        return false;
    }
    trap->armed = true;
    fn(arg);
    end_phase(trap, nested, outer);
    return true;
}

void arena_init(struct arena *arena, struct oom_trap *trap)
{
    *arena = (struct arena){.trap = trap};
}

/* Zeroed memory of the trap, or of the system. */
static void *take(const struct oom_trap *trap, size_t bytes)
{
    if (!trap || !trap->memory)
        return arena_system_take(bytes);
    void *memory = trap->memory->take(trap->memory->context, bytes);
    return memory ? memset(memory, 0, bytes) : NULL;
}

static void give(const struct oom_trap *trap, void *memory, size_t bytes)
{
    if (trap && trap->memory)
        trap->memory->give(trap->memory->context, memory, bytes);
    else
        arena_system_give(memory);
}

static void release_chunks(struct arena *arena)
{
    while (arena->chunks) {
        struct arena_chunk *next = arena->chunks->next;
        if (arena->trap)
            arena->trap->bytes -= arena->chunks->size;
        give(arena->trap, arena->chunks, sizeof *next + arena->chunks->size);
        arena->chunks = next;
    }
}

void arena_scratch_end(struct arena *scratch)
{
    for (struct arena *inner = scratch->scratch; inner; inner = inner->next)
        arena_scratch_end(inner);
    release_chunks(scratch);
    scratch->scratch = NULL; /* it lay in the chunks */
    scratch->busy = false;
}

void arena_release(struct arena *arena)
{
    arena_scratch_end(arena);
}

struct arena *arena_scratch(struct arena *parent)
{
    struct arena *scratch = parent->scratch;
    while (scratch && scratch->busy)
        scratch = scratch->next;
    if (!scratch) {
        scratch = ARENA_NEW(parent, struct arena);
        arena_init(scratch, parent->trap);
        scratch->next = parent->scratch;
        parent->scratch = scratch;
    }
    scratch->busy = true;
    return scratch;
}

/* Whether this many bytes more stay within the limit of the trap. */
static bool admitted(const struct oom_trap *trap, size_t size)
{
    if (!trap || !trap->bytes_limit)
        return true;
    return trap->bytes <= trap->bytes_limit && size <= trap->bytes_limit - trap->bytes;
}

static struct arena_chunk *new_chunk(struct arena *arena, size_t need)
{
    size_t size = arena->chunks ? arena->chunks->size * 2 : FIRST_CHUNK;
    if (size > LARGEST_CHUNK)
        size = LARGEST_CHUNK;
    if (size < need)
        size = need;
    if (size > PTRDIFF_MAX - sizeof(struct arena_chunk) || !admitted(arena->trap, size))
        oom_trap_spring(arena->trap);
    struct arena_chunk *chunk = take(arena->trap, sizeof *chunk + size);
    if (!chunk)
        oom_trap_spring(arena->trap);
    chunk->size = size;
    chunk->next = arena->chunks;
    arena->chunks = chunk;
    if (arena->trap)
        arena->trap->bytes += size;
    return chunk;
}

void *arena_alloc(struct arena *arena, size_t count, size_t size)
{
    const size_t align = _Alignof(max_align_t);
    size_t bytes;
    if (arena->trap && arena->trap->allowed != UINT64_MAX && arena->trap->allowed-- == 0) {
        arena->trap->allowed = 0;
        oom_trap_spring(arena->trap);
    }
    if (__builtin_mul_overflow(count, size, &bytes) || bytes > SIZE_MAX - align)
        oom_trap_spring(arena->trap);
    bytes = (bytes + align - 1) / align * align;
    struct arena_chunk *chunk = arena->chunks;
    if (!chunk || chunk->size - chunk->used < bytes)
        chunk = new_chunk(arena, bytes);
    char *at = (char *)chunk->data + chunk->used;
    chunk->used += bytes;
    return at;
}

char *arena_strndup(struct arena *arena, const char *text, size_t n)
{
    char *copy = arena_alloc(arena, n + 1, 1);
    memcpy(copy, text, n);
    return copy;
}

char *arena_strdup(struct arena *arena, const char *text)
{
    return arena_strndup(arena, text, strlen(text));
}

char *arena_vprintf(struct arena *arena, const char *format, va_list args)
{
    va_list again;
    va_copy(again, args);
    int n = vsnprintf(NULL, 0, format, args);
    char *text = arena_alloc(arena, n < 0 ? 1 : (size_t)n + 1, 1);
    if (n >= 0)
        vsnprintf(text, (size_t)n + 1, format, again);
    va_end(again);
    return text;
}

char *arena_printf(struct arena *arena, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    char *text = arena_vprintf(arena, format, args);
    va_end(args);
    return text;
}
