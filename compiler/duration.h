/* Times: picoseconds in the network and its tests, seconds in the simulator, text for people. */
#ifndef DYNC_DURATION_H
#define DYNC_DURATION_H

#include "compiler/base/arena.h"

static const double ps_per_s = 1e12;

static inline double ps_in_seconds(int64_t ps)
{
    return (double)ps / ps_per_s;
}

/* Exact, as one writes it: "100 us", "1 s". */
const char *time_text(struct arena *arena, int64_t ps);
/* Rounded to so many significant digits, in the largest unit of which it is at least one: "12.4
 * ms", "1 s" rather than "1000 ms". Nanoseconds are the smallest unit. */
const char *duration_text(struct arena *arena, double seconds, int digits);
/* The largest duration of so many significant digits that is not longer: for a bound to propose. */
double duration_below(double seconds, int digits);

#endif
