#include "compiler/duration.h"

#include <math.h>

static const struct unit {
    int64_t ps;
    const char *name;
} units[] = {{1000000000000, "s"}, {1000000000, "ms"}, {1000000, "us"}, {1000, "ns"}};
enum { N_UNITS = sizeof units / sizeof units[0] };

const char *time_text(struct arena *arena, int64_t ps)
{
    for (int i = 0; i < N_UNITS; i++)
        if (ps % units[i].ps == 0)
            return arena_printf(arena, "%lld %s", (long long)(ps / units[i].ps), units[i].name);
    return arena_printf(arena, "%.12g s", ps_in_seconds(ps));
}

const char *duration_text(struct arena *arena, double seconds, int digits)
{
    double least = 1, step = 1;
    int i = 0;
    for (int d = 0; d < digits; d++)
        least /= 10;
    while (i + 1 < N_UNITS && seconds != 0 /* what rounds to 1 of a unit counts as 1 */
           && fabs(seconds) < (double)units[i].ps / ps_per_s * (1 - least / 2))
        i++;
    double x = seconds * (ps_per_s / (double)units[i].ps);
    if (fabs(x) * least < 1)
        return arena_printf(arena, "%.*g %s", digits, x, units[i].name);
    while (fabs(x) * least >= step) /* more digits before the point than asked for */
        step *= 10;
    return arena_printf(arena, "%.0f %s", floor(x / step + 0.5) * step, units[i].name);
}

double duration_below(double seconds, int digits)
{
    double step = 1;
    while (step > seconds && step > 1 / ps_per_s)
        step /= 10;
    while (step * 10 <= seconds)
        step *= 10;
    for (int d = 1; d < digits; d++)
        step /= 10;
    return floor(seconds / step * (1 + 1e-12)) * step;
}
