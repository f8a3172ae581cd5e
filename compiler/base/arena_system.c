#include "compiler/base/arena_system.h"

#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>

enum { HUGE_PAGE = 1 << 21 };

/* Memory of large chunks comes in huge pages where the system has them: touching it first in small
 * ones was half of the time of reading a large file. A wish for the whole huge pages inside,
 * without effect where they do not exist. */
static void prefer_huge_pages(void *memory, size_t size)
{
    uintptr_t begin = ((uintptr_t)memory + HUGE_PAGE - 1) / HUGE_PAGE * HUGE_PAGE;
    uintptr_t end = ((uintptr_t)memory + size) / HUGE_PAGE * HUGE_PAGE;
    if (begin < end)
        madvise((void *)begin, end - begin, MADV_HUGEPAGE);
}

void *arena_system_take(size_t bytes)
{
    void *memory = calloc(1, bytes);
    if (memory)
        prefer_huge_pages(memory, bytes);
    return memory;
}

void arena_system_give(void *memory)
{
    free(memory);
}

void arena_system_lost(void)
{
    abort();
}
