/* Words and limits of the listing (.dynasm) that its writer and its reader share. The language:
 * backend/README.md. */
#ifndef DYNC_LISTING_H
#define DYNC_LISTING_H

#include "compiler/net.h"

enum {
    LISTING_VERSION = 1,
    LISTING_MAX_UNITS = 1 << 24 /* of one input: a number alone must not cost gigabytes */
};

/* The one-hot dendrite bits of a CAM word, in the order of enum dendrite. */
static inline uint32_t listing_dendrite_bit(uint32_t dendrite)
{
    return 1u << (N_DENDRITES - 1 - dendrite);
}

#endif
