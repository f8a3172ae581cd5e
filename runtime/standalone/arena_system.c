#include "compiler/base/arena_system.h"

#include <stdlib.h>

void *arena_system_take(size_t bytes)
{
    return calloc(1, bytes);
}

void arena_system_give(void *memory)
{
    free(memory);
}

/* Never reached: whatever the library allocates, it allocates inside a phase (runtime/dynsim.c). */
void arena_system_lost(void)
{
    __builtin_trap();
}
