#include "backend/quantity.h"

#include <math.h>

enum { DIGITS = 4 };

/* value * 10^-21 or so in four significant digits; units[0] stands for the integer 1, each further
 * one for 1,000 of the one before. The last one takes what is larger. */
static char *si_text(struct arena *arena, int64_t value, const char *const *units, unsigned n,
                     const char *zero)
{
    const char *sign = value < 0 ? "-" : "";
    uint64_t rest = value < 0 ? 0 - (uint64_t)value : (uint64_t)value, scale = 1, step = 1;
    unsigned unit = 0, decimals = DIGITS - 1;
    if (value == 0)
        return arena_strdup(arena, zero);
    while (unit + 1 < n && rest / scale >= 1000) {
        scale *= 1000;
        unit++;
    }
    for (uint64_t whole = rest / scale; whole >= 10 && decimals > 0; whole /= 10)
        decimals--;
    for (unsigned d = 0; d < decimals; d++)
        step *= 10;
    if (scale < step) /* a few of the smallest unit: all digits are whole */
        return arena_printf(arena, "%s%llu %s", sign, (unsigned long long)rest, units[unit]);
    uint64_t part = scale / step, shown = rest / part + (rest % part >= part - part / 2);
    if (shown >= step * 1000 && unit + 1 < n) /* 999.96 rounds to the next unit */
        return arena_printf(arena, "%s1.000 %s", sign, units[unit + 1]);
    if (decimals == 0)
        return arena_printf(arena, "%s%llu %s", sign, (unsigned long long)shown, units[unit]);
    return arena_printf(arena, "%s%llu.%0*llu %s", sign, (unsigned long long)(shown / step),
                        (int)decimals, (unsigned long long)(shown % step), units[unit]);
}

char *amperes_text(struct arena *arena, int64_t za)
{
    static const char *const units[] = {"zA", "aA", "fA", "pA", "nA", "uA", "mA"};
    return si_text(arena, za, units, sizeof units / sizeof *units, "0 A");
}

char *seconds_text(struct arena *arena, int64_t ps)
{
    static const char *const units[] = {"ps", "ns", "us", "ms"};
    const int64_t second = 1000000000000;
    static const char *const long_units[] = {"ms", "s"};
    if (ps >= second || ps <= -second)
        return si_text(arena, ps / (second / 1000), long_units, 2, "0 s");
    return si_text(arena, ps, units, sizeof units / sizeof *units, "0 s");
}

char *percent_text(struct arena *arena, double error)
{
    const double most = 1e12;
    double hundredths = floor(fabs(error) * 1e4 + 0.5);
    if (!(hundredths < most))
        return arena_strdup(arena, error < 0 ? "-large" : "+large");
    uint64_t n = (uint64_t)hundredths;
    return arena_printf(arena, "%s%llu.%02llu %%",
                        n == 0      ? ""
                        : error < 0 ? "-"
                                    : "+",
                        (unsigned long long)(n / 100), (unsigned long long)(n % 100));
}

char *share_text(struct arena *arena, double fraction)
{
    return arena_printf(arena, "%.4g %%", fabs(fraction) * 100);
}
