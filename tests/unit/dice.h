/* Dice of the random tests: the n-th roll hangs on the seed alone, so an instance is named by it.
 */
#ifndef DYNC_TESTS_DICE_H
#define DYNC_TESTS_DICE_H

#include "compiler/base/rng.h"

#include <stdlib.h>

struct dice {
    uint64_t seed, n;
};

static inline uint32_t roll(struct dice *d, uint32_t sides)
{
    return (uint32_t)(rng_bits(d->seed, d->n++, 0) % sides);
}

/* A number from the environment: how many instances, or from which seed on. */
static inline uint64_t dice_setting(const char *name, uint64_t otherwise)
{
    const char *given = getenv(name);
    return given ? strtoull(given, NULL, 10) : otherwise;
}

#endif
