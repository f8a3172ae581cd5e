#include "compiler/base/vec.h"

#include <string.h>

void *vec_grow(struct arena *arena, const void *at, uint32_t n, uint32_t *cap, size_t size)
{
    if (*cap > UINT32_MAX / 2)
        oom_trap_spring(arena->trap);
    uint32_t bigger = *cap ? *cap * 2 : 8;
    void *copy = arena_alloc(arena, bigger, size);
    if (n)
        memcpy(copy, at, (size_t)n * size);
    *cap = bigger;
    return copy;
}
