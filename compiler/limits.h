/* Limits of the front end (limits.def): every input ends within them, with E0225. */
#ifndef DYNC_LIMITS_H
#define DYNC_LIMITS_H

#include "backend/device/device.h"

struct elaborate_limits {
#define LIMIT(member, name, number, scale, what) uint64_t member;
#include "compiler/limits.def"
};

/* What `--limit NAME=...` sets; NULL for an unknown name. The name need not end with a zero. */
uint64_t *limits_find(struct elaborate_limits *limits, const char *name, size_t n);
/* The limits for a board of so many chips, each lowered to what was stated (0: nothing was). */
void limits_for(const struct elaborate_limits *stated, uint32_t chips, const struct device *device,
                struct elaborate_limits *limits);
/* The name of a limit that was stated higher than it is on this board, with the two values; NULL:
 * none was. */
const char *limits_raised(const struct elaborate_limits *stated,
                          const struct elaborate_limits *limits, uint64_t *given, uint64_t *most);

#endif
