#include "compiler/base/elementary.h"

#include <float.h>
#include <math.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/* The bits of a result depend on every operation being one of IEEE 754, rounded to its type. */
_Static_assert(FLT_EVAL_METHOD == 0, "results would keep more digits than their type has");
#ifdef __FAST_MATH__
#error "-ffast-math reorders operations; results would differ between builds"
#endif

/* ln 2 in two parts; the first has 32 significant bits, so that k * LN2_HIGH is exact for every
 * exponent k of a double. */
static const double LN2_HIGH = 0x1.62e42feep-1, LN2_LOW = 0x1.a39ef35793c76p-33;

static uint64_t bits_of(double x)
{
    uint64_t bits;
    memcpy(&bits, &x, sizeof bits);
    return bits;
}

static double from_bits(uint64_t bits)
{
    double x;
    memcpy(&x, &bits, sizeof x);
    return x;
}

/* 2^k for normal results, -1022 <= k <= 1023. */
static double power_of_two(int k)
{
    return from_bits((uint64_t)(k + 1023) << 52);
}

/* y * 2^k, rounded once: y is near 1 and |k| is at most 1,100. */
static double scale(double y, int k)
{
    if (k > 1000)
        return y * power_of_two(1000) * power_of_two(k - 1000);
    if (k < -1000)
        return y * power_of_two(k + 1000) * power_of_two(-1000);
    return y * power_of_two(k);
}

static double polynomial(double x, const double *c, int n)
{
    double sum = c[n - 1];
    for (int i = n - 2; i >= 0; i--)
        sum = sum * x + c[i];
    return sum;
}

/* e^x = 2^k e^r with |r| <= ln 2 / 2. The series runs until its terms fall below a hundredth of an
 * ulp; the sum 1 + r is kept with its rounding error, so only the last addition rounds. */
double elem_exp(double x)
{
    static const double term[] = {
        1.0 / 2,         1.0 / 6,          1.0 / 24,         1.0 / 120,     1.0 / 720,
        1.0 / 5040,      1.0 / 40320,      1.0 / 362880,     1.0 / 3628800, 1.0 / 39916800,
        1.0 / 479001600, 1.0 / 6227020800, 1.0 / 87178291200};
    if (isnan(x))
        return x;
    if (x > 709.79)
        return INFINITY;
    if (x < -745.2)
        return 0;
    double k = floor(x * 0x1.71547652b82fep0 + 0.5); /* x / ln 2 */
    double high = x - k * LN2_HIGH, low = k * LN2_LOW;
    double r = high - low;
    double rest = r * r * polynomial(r, term, sizeof term / sizeof term[0]) - low;
    double sum = 1 + high;
    double lost = high - (sum - 1);
    return scale(sum + (lost + rest), (int)k);
}

/* x = 2^k (1 + f) with 1 + f in [sqrt(1/2), sqrt(2)); s = f / (2 + f) and log(1 + f) = 2 artanh s =
 * f - f^2/2 + s (f^2/2 + R), R = 2/3 s^2 + 2/5 s^4 + ... (the arrangement of Ng's fdlibm). */
double elem_log(double x)
{
    static const double term[] = {2.0 / 3,  2.0 / 5,  2.0 / 7,  2.0 / 9,  2.0 / 11, 2.0 / 13,
                                  2.0 / 15, 2.0 / 17, 2.0 / 19, 2.0 / 21, 2.0 / 23, 2.0 / 25};
    const uint64_t root_half = 0x3FE6A09E667F3BCDu; /* sqrt(1/2) */
    int k = 0;
    if (isnan(x) || x < 0)
        return NAN;
    if (x == 0)
        return -INFINITY;
    if (isinf(x))
        return x;
    if (x < DBL_MIN) {
        x *= 0x1p54;
        k = -54;
    }
    int shift = (int)((int64_t)(bits_of(x) - root_half) >> 52);
    k += shift;
    double f = from_bits(bits_of(x) - ((uint64_t)(int64_t)shift << 52)) - 1;
    double s = f / (2 + f), square = s * s, half = 0.5 * f * f;
    double r = square * polynomial(square, term, sizeof term / sizeof term[0]);
    double whole = k * LN2_HIGH, sum = whole + f;
    double lost = k ? f - (sum - whole) : 0;
    return sum + (lost + (k * LN2_LOW - (half - s * (half + r))));
}

static double whole_power(double x, uint64_t n)
{
    double product = 1;
    for (; n; n >>= 1) {
        if (n & 1)
            product *= x;
        x *= x;
    }
    return product;
}

double elem_pow(double x, double y)
{
    if (y == 0 || x == 1)
        return 1;
    if (isnan(x) || isnan(y))
        return NAN;
    if (fabs(y) < 0x1p63 && floor(y) == y) {
        double power = whole_power(x, (uint64_t)fabs(y));
        return y < 0 ? 1 / power : power;
    }
    if (fabs(y) >= 0x1p63) { /* an even number or infinity */
        if (fabs(x) == 1)
            return 1;
        return (fabs(x) > 1) == (y > 0) ? INFINITY : 0;
    }
    if (x == 0)
        return y > 0 ? 0 : INFINITY;
    return elem_exp(y * elem_log(x));
}

/* a * b = high + low exactly (Dekker 1971), for products far from overflow and underflow. */
static double product_low(double a, double b, double high)
{
    const double splitter = 0x1p27 + 1;
    double ta = splitter * a, ah = ta - (ta - a), al = a - ah;
    double tb = splitter * b, bh = tb - (tb - b), bl = b - bh;
    return al * bl - (((high - ah * bh) - al * bh) - ah * bl);
}

/* Adds b to an expansion of n parts that do not overlap, smallest first (Shewchuk 1997). */
static int grow(double *part, int n, double b)
{
    double sum = b;
    for (int i = 0; i < n; i++) {
        double next = sum + part[i], virtual = next - sum;
        part[i] = (sum - (next - virtual)) + (part[i] - virtual);
        sum = next;
    }
    part[n] = sum;
    return n + 1;
}

/* The sign of x^2 + y^2 - (h + half)^2, exactly; half is a power of two. */
static int against_midpoint(double x, double y, double h, double half)
{
    const double factor[3] = {x, y, h}, sign[3] = {1, 1, -1};
    double part[8];
    int n = 0;
    for (int i = 0; i < 3; i++) {
        double high = factor[i] * factor[i];
        n = grow(part, n, sign[i] * high);
        n = grow(part, n, sign[i] * product_low(factor[i], factor[i], high));
    }
    n = grow(part, n, -2 * half * h);
    n = grow(part, n, -half * half);
    while (n > 0 && part[n - 1] == 0)
        n--;
    return n == 0 ? 0 : part[n - 1] > 0 ? 1 : -1;
}

/* sqrt of the rounded sum is at most one place off; comparing the exact sum of squares with the
 * squares of the two midpoints around it settles which neighbour is nearest. */
static double settled_hypot(double x, double y, double h)
{
    double up = from_bits(bits_of(h) + 1), down = from_bits(bits_of(h) - 1);
    bool odd = bits_of(h) & 1;
    int above = against_midpoint(x, y, h, (up - h) / 2);
    if (above > 0 || (above == 0 && odd))
        return up;
    int below = against_midpoint(x, y, h, -(h - down) / 2);
    if (below < 0 || (below == 0 && odd))
        return down;
    return h;
}

/* x^2 + y^2 - h^2 (x >= y; the leading terms cancel exactly) against h times the gap to a
 * neighbour: beyond it the neighbour is nearer. Only what is close to a midpoint needs the exact
 * sum. */
static double nearest_hypot(double x, double y)
{
    const double close = 0x1p-20;
    double h = sqrt(x * x + y * y), xx = x * x, yy = y * y, hh = h * h;
    double low = product_low(x, x, xx) + product_low(y, y, yy) - product_low(h, h, hh);
    double rest = ((xx - hh) + yy) + low;
    double up = from_bits(bits_of(h) + 1), down = from_bits(bits_of(h) - 1);
    double above = h * (up - h), below = h * (h - down);
    if (rest < above * (1 - close) && rest > -below * (1 - close))
        return h;
    if (rest > above * (1 + close))
        return up;
    if (rest < -below * (1 + close))
        return down;
    return settled_hypot(x, y, h);
}

double elem_hypot(double x, double y)
{
    x = fabs(x);
    y = fabs(y);
    if (isinf(x) || isinf(y))
        return INFINITY;
    if (isnan(x) || isnan(y))
        return NAN;
    double large = x > y ? x : y, small = x > y ? y : x;
    if (small == 0 || small < large * 0x1p-30) /* the square of the quotient is lost in rounding */
        return large;
    double unit = 1;
    if (large > 0x1p400)
        unit = 0x1p-600;
    else if (large < 0x1p-400)
        unit = 0x1p600;
    return nearest_hypot(large * unit, small * unit) / unit;
}

/* Quarter turns are taken off exactly; the rest is an angle of at most pi/4. */
double elem_cos_turn(double turns)
{
    static const double even[] = {1,
                                  -1.0 / 2,
                                  1.0 / 24,
                                  -1.0 / 720,
                                  1.0 / 40320,
                                  -1.0 / 3628800,
                                  1.0 / 479001600,
                                  -1.0 / 87178291200,
                                  1.0 / 20922789888000};
    static const double odd[] = {1,
                                 -1.0 / 6,
                                 1.0 / 120,
                                 -1.0 / 5040,
                                 1.0 / 362880,
                                 -1.0 / 39916800,
                                 1.0 / 6227020800,
                                 -1.0 / 1307674368000};
    double quarters = floor(4 * turns + 0.5);
    double angle = (turns - quarters / 4) * 0x1.921fb54442d18p2;
    double square = angle * angle;
    double cosine = polynomial(square, even, sizeof even / sizeof even[0]);
    double sine = angle * polynomial(square, odd, sizeof odd / sizeof odd[0]);
    switch ((int)quarters & 3) {
    case 0:
        return cosine;
    case 1:
        return -sine;
    case 2:
        return -cosine;
    default:
        return sine;
    }
}

/* A double and every midpoint between two doubles has at most 767 significant digits, so beyond
 * that it only matters whether anything other than zero follows. */
enum { SIGNIFICANT = 770, EXPONENT_LIMIT = 100000 };

struct decimal { /* digit[0..n) * 10^exponent */
    char digit[SIGNIFICANT + 32];
    int n;
    int64_t exponent;
};

static void add_digit(struct decimal *decimal, char digit, bool fraction)
{
    bool leading = decimal->n == 0 && digit == '0', kept = decimal->n < SIGNIFICANT;
    if (kept && !leading)
        decimal->digit[decimal->n++] = digit;
    else if (!kept && digit != '0')
        decimal->digit[SIGNIFICANT - 1] = '1'; /* not zero: stands for all that follows */
    if (fraction && (kept || leading))
        decimal->exponent--;
    if (!fraction && !kept)
        decimal->exponent++;
}

/* Reads "e-12" and the like at text[0..n); false if it is anything else. */
static bool add_exponent(struct decimal *decimal, const char *text, unsigned n)
{
    unsigned i = 1;
    int64_t value = 0;
    bool negative = n > 1 && text[1] == '-';
    if (n > 1 && (text[1] == '-' || text[1] == '+'))
        i++;
    if (i >= n)
        return false;
    for (; i < n; i++) {
        if (text[i] < '0' || text[i] > '9')
            return false;
        if (value < INT32_MAX)
            value = value * 10 + (text[i] - '0');
    }
    decimal->exponent += negative ? -value : value;
    return true;
}

static bool read_decimal(struct decimal *decimal, const char *text, unsigned n)
{
    bool fraction = false, any = false;
    for (unsigned i = 0; i < n; i++) {
        if (text[i] >= '0' && text[i] <= '9') {
            add_digit(decimal, text[i], fraction);
            any = true;
        } else if (text[i] == '.' && !fraction) {
            fraction = true;
        } else if (text[i] == 'e' || text[i] == 'E') {
            return any && add_exponent(decimal, text + i, n - i);
        } else if (text[i] != '_') {
            return false;
        }
    }
    return any;
}

/* strtod is correctly rounded; only its decimal point follows the locale, so it gets none. */
double elem_parse_real(const char *text, unsigned length)
{
    struct decimal decimal = {.n = 0};
    if (!read_decimal(&decimal, text, length))
        return NAN;
    if (decimal.n == 0)
        return 0;
    int64_t exponent = decimal.exponent;
    bool negative = exponent < 0;
    uint64_t rest = (uint64_t)(negative ? -exponent : exponent);
    char *at = decimal.digit + decimal.n, reversed[8];
    int n = 0;
    if (rest > EXPONENT_LIMIT)
        rest = EXPONENT_LIMIT;
    do {
        reversed[n++] = (char)('0' + rest % 10);
        rest /= 10;
    } while (rest);
    *at++ = 'e';
    *at++ = negative ? '-' : '+';
    while (n > 0)
        *at++ = reversed[--n];
    *at = 0;
    return strtod(decimal.digit, NULL);
}
