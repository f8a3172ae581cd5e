/* Growable arrays in an arena. Declare a named struct with VEC_OF, push with VEC_PUSH:
 *
 *     struct edge_vec VEC_OF(struct edge);
 *     VEC_PUSH(arena, &vec, edge);       vec.at[i], vec.n
 *
 * Growing copies within the arena; the old storage is freed with the arena, so the waste is at most
 * the final size once more. Pointers into a vector are valid until the next push.
 */
#ifndef DYNC_BASE_VEC_H
#define DYNC_BASE_VEC_H

#include "compiler/base/arena.h"

#define VEC_OF(T)                                                                                  \
    {                                                                                              \
        T *at;                                                                                     \
        uint32_t n, cap;                                                                           \
    }

/* Storage for at least n + 1 items, the first n copied. */
void *vec_grow(struct arena *arena, const void *at, uint32_t n, uint32_t *cap, size_t size);

#define VEC_PUSH(arena, vec, ...)                                                                  \
    do {                                                                                           \
        if ((vec)->n == (vec)->cap)                                                                \
            (vec)->at = vec_grow((arena), (vec)->at, (vec)->n, &(vec)->cap, sizeof(vec)->at[0]);   \
        (vec)->at[(vec)->n++] = (__VA_ARGS__);                                                     \
    } while (0)

#endif
