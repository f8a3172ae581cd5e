/* links: base
 * Errors are measured in ulps of the result against long double, whose 64 bits of fraction leave an
 * uncertainty of 1/2048 ulp. */
#include "compiler/base/elementary.h"
#include "compiler/base/rng.h"

#include <float.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

enum { POINTS = 1000000, SEED = 20240229 };

/* Number i of the dice `name`, in [low, high). */
static double draw(const char *name, uint64_t i, double low, double high)
{
    return low + (high - low) * rng_unit(rng_bits(rng_site_key(SEED, name, 0), i, 0));
}

static double from_bits(uint64_t bits)
{
    double x;
    memcpy(&x, &bits, sizeof x);
    return x;
}

static double ulps(double got, long double exact)
{
    if (exact == 0)
        return got == 0 ? 0 : INFINITY;
    int exponent;
    frexpl(fabsl(exact), &exponent);
    int place = exponent - 53 < -1074 ? -1074 : exponent - 53;
    return (double)(fabsl((long double)got - exact) / ldexpl(1, place));
}

static void exp_below_one_ulp(void **state)
{
    (void)state;
    double worst = 0;
    for (uint64_t i = 0; i < POINTS; i++) {
        double x = i % 2 ? draw("exp", i, -708, 709.7) : draw("exp", i, -1, 1);
        double error = ulps(elem_exp(x), expl((long double)x));
        worst = error > worst ? error : worst;
    }
    print_message("exp: worst error %.3f ulp (seed %d)\n", worst, SEED);
    assert_true(worst < 1);
}

static void exp_at_the_edges(void **state)
{
    (void)state;
    assert_true(elem_exp(0) == 1);
    assert_true(elem_exp(-0.0) == 1);
    assert_true(elem_exp(1) == 0x1.5bf0a8b145769p1);
    assert_true(elem_exp(INFINITY) == INFINITY);
    assert_true(elem_exp(-INFINITY) == 0);
    assert_true(isnan(elem_exp(NAN)));
    assert_true(elem_exp(0x1.62e42fefa39efp9) < INFINITY);
    assert_true(elem_exp(0x1.62e42fefa39f0p9) == INFINITY);
    assert_true(elem_exp(-745.13) > 0);
    assert_true(elem_exp(-745.14) == 0);
    assert_true(elem_exp(1e308) == INFINITY);
    assert_true(elem_exp(-1e308) == 0);
    for (int i = 0; i < 1000; i++) {
        double x = -708 - 37 * i / 1000.0;
        assert_true(ulps(elem_exp(x), expl((long double)x)) <= 1);
    }
}

static void log_below_one_ulp(void **state)
{
    (void)state;
    double worst = 0;
    for (uint64_t i = 0; i < POINTS; i++) {
        double x = draw("log near 1", i, 0.4, 2.5);
        if (i % 2)
            x = fabs(from_bits(rng_bits(rng_site_key(SEED, "log", 0), i, 0)));
        if (!isfinite(x) || x == 0)
            continue;
        double error = ulps(elem_log(x), logl((long double)x));
        worst = error > worst ? error : worst;
    }
    print_message("log: worst error %.3f ulp (seed %d)\n", worst, SEED);
    assert_true(worst < 1);
}

static void log_at_the_edges(void **state)
{
    (void)state;
    assert_true(elem_log(1) == 0);
    assert_true(elem_log(0) == -INFINITY);
    assert_true(elem_log(-0.0) == -INFINITY);
    assert_true(isnan(elem_log(-1)));
    assert_true(isnan(elem_log(NAN)));
    assert_true(elem_log(INFINITY) == INFINITY);
    assert_true(ulps(elem_log(DBL_MAX), logl((long double)DBL_MAX)) < 1);
    assert_true(ulps(elem_log(0x1p-1074), logl(0x1p-1074L)) < 1);
    assert_true(ulps(elem_log(DBL_MIN), logl((long double)DBL_MIN)) < 1);
    for (int i = 1; i < 100; i++) {
        double above = 1 + i * 0x1p-52, below = 1 - i * 0x1p-53;
        assert_true(ulps(elem_log(above), logl((long double)above)) < 1);
        assert_true(ulps(elem_log(below), logl((long double)below)) < 1);
    }
    for (uint64_t i = 0; i < 1000; i++) { /* around the seam of the reduction */
        double x = from_bits(0x3FE6A09E667F3BCDu - 500 + i);
        assert_true(ulps(elem_log(x), logl((long double)x)) < 1);
        assert_true(ulps(elem_log(2 * x), logl(2 * (long double)x)) < 1);
    }
}

static void whole_powers(void **state)
{
    (void)state;
    assert_true(elem_pow(2, 10) == 1024);
    assert_true(elem_pow(-3, 3) == -27);
    assert_true(elem_pow(10, 22) == 1e22);
    assert_true(elem_pow(2, -1074) == 0x1p-1074 || elem_pow(2, -1074) == 0);
    assert_true(elem_pow(2, -3) == 0.125);
    assert_true(elem_pow(0, 0) == 1);
    assert_true(elem_pow(0, 3) == 0);
    assert_true(elem_pow(0, -1) == INFINITY);
    assert_true(elem_pow(NAN, 0) == 1);
    assert_true(elem_pow(1, NAN) == 1);
    assert_true(isnan(elem_pow(NAN, 1)));
    assert_true(elem_pow(-1, 0x1p70) == 1);
    assert_true(elem_pow(2, INFINITY) == INFINITY);
    assert_true(elem_pow(2, -INFINITY) == 0);
    assert_true(elem_pow(0.5, 1e300) == 0);
    assert_true(elem_pow(1.0000001, 0x1p62) == INFINITY);
}

static void broken_powers(void **state)
{
    (void)state;
    assert_true(isnan(elem_pow(-2, 0.5)));
    assert_true(elem_pow(0, 0.5) == 0);
    assert_true(elem_pow(0, -0.5) == INFINITY);
    for (uint64_t i = 0; i < POINTS / 10; i++) {
        double x = draw("pow x", i, 1e-6, 100), y = draw("pow y", i, -5, 5);
        long double exact = powl((long double)x, (long double)y);
        double allowed = 1 + 3 * fabs(y * log(x)); /* the exponent was rounded twice */
        assert_true(ulps(elem_pow(x, y), exact) < allowed);
    }
}

static void hypot_of_coordinates_is_correctly_rounded(void **state)
{
    (void)state;
    for (uint64_t i = 0; i < POINTS; i++) {
        double x = floor(draw("hypot x", i, 0, 0x1p26)), y = floor(draw("hypot y", i, 0, 0x1p26));
        assert_true(elem_hypot(x, y) == sqrt(x * x + y * y)); /* the sum is exact */
        assert_true(elem_hypot(-y, x) == elem_hypot(x, y));
    }
    assert_true(elem_hypot(3, 4) == 5);
    assert_true(elem_hypot(0x1p26, 0) == 0x1p26);
}

/* The distance to the exact value, which long double has to 64 bits, is at most half an ulp. */
/* The sum of squares against the square of the midpoint between h and a neighbour, both in whole
 * units of 2^-14. */
static int against_midpoint(double h, double neighbour, __int128 squares)
{
    __int128 midpoint = (__int128)(h * 0x1p14) + (__int128)((neighbour - h) * 0x1p13);
    __int128 difference = (squares << 28) - midpoint * midpoint;
    return difference < 0 ? -1 : difference > 0;
}

/* Whole numbers of 40 bits: their squares and those of the midpoints around the result are exact.
 */
static void hypot_picks_the_nearest(void **state)
{
    (void)state;
    for (uint64_t i = 0; i < 300000; i++) {
        double x = floor(draw("hypot long x", i, 0x1p39, 0x1p40));
        double y = floor(draw("hypot long y", i, i % 3 ? 0x1p11 : 0x1p30, 0x1p40));
        __int128 a = (__int128)x, b = (__int128)y, squares = a * a + b * b;
        double h = elem_hypot(x, y);
        assert_true(against_midpoint(h, nextafter(h, INFINITY), squares) <= 0);
        assert_true(against_midpoint(h, nextafter(h, 0), squares) >= 0);
    }
}

static void hypot_of_any_reals_is_correctly_rounded(void **state)
{
    (void)state;
    double worst = 0;
    for (uint64_t i = 0; i < POINTS; i++) {
        double stretch = ldexp(1, (int)(i % 40));
        double x = draw("real x", i, 0, 1) * stretch, y = draw("real y", i, 0, 1);
        long double a = x, b = y, exact = hypotl(a, b);
        double error = ulps(elem_hypot(x, y), exact);
        worst = error > worst ? error : worst;
    }
    print_message("hypot: worst error %.5f ulp (seed %d)\n", worst, SEED);
    assert_true(worst < 0.5 + 0x1p-9);
}

static void hypot_at_the_edges(void **state)
{
    (void)state;
    assert_true(elem_hypot(1e300, 1e300) == hypot(1e300, 1e300));
    assert_true(elem_hypot(3e-300, 4e-300) == 5e-300);
    assert_true(elem_hypot(DBL_MAX, DBL_MAX) == INFINITY);
    assert_true(elem_hypot(INFINITY, NAN) == INFINITY);
    assert_true(isnan(elem_hypot(1, NAN)));
    assert_true(elem_hypot(0, 0) == 0);
    assert_true(elem_hypot(0, -2.5) == 2.5);
    assert_true(elem_hypot(0x1p-1074, 0) == 0x1p-1074);
    assert_true(elem_hypot(1, 0x1p-27) == 1);
    assert_true(elem_hypot(1, 0x1p-26) == 1 + 0x1p-52 || elem_hypot(1, 0x1p-26) == 1);
}

static void cos_of_a_turn(void **state)
{
    (void)state;
    const long double two_pi = 6.283185307179586476925286766559005768L;
    double worst = 0;
    for (uint64_t i = 0; i < POINTS; i++) {
        double turns = draw("turns", i, 0, 1);
        double error = fabs((double)(elem_cos_turn(turns) - cosl(two_pi * (long double)turns)));
        worst = error > worst ? error : worst;
    }
    print_message("cos: worst absolute error %.3g\n", worst);
    assert_true(worst < 2.5e-16);
    assert_true(elem_cos_turn(0) == 1);
    assert_true(elem_cos_turn(0.25) == 0);
    assert_true(elem_cos_turn(0.5) == -1);
    assert_true(elem_cos_turn(0.75) == 0);
    assert_true(elem_cos_turn(1) == 1);
}

/* A digest of a million results each. It changes only with the algorithms, never with the compiler,
 * its options or the machine. */
static void bits_are_the_same_everywhere(void **state)
{
    (void)state;
    uint64_t digest = 0;
    for (uint64_t i = 0; i < POINTS; i++) {
        double x = rng_unit(rng_bits(1, i, 0)), y = rng_unit(rng_bits(1, i, 1));
        const double results[] = {
            elem_exp(x * 1400 - 700), elem_log(x * 100), elem_pow(x * 10, y * 8 - 4),
            elem_hypot(x, y * 9),     elem_cos_turn(x),  rng_gauss(i * 0x9E3779B97F4A7C15u, i)};
        for (size_t k = 0; k < sizeof results / sizeof results[0]; k++) {
            uint64_t bits;
            memcpy(&bits, &results[k], sizeof bits);
            digest = rng_mix(digest ^ bits);
        }
    }
    assert_true(digest == 0x702e13eb5750fa17u);
}

static double parse(const char *text)
{
    return elem_parse_real(text, (unsigned)strlen(text));
}

static void reals_that_are_hard_to_read(void **state)
{
    (void)state;
    assert_true(parse("0.1") == 0.1);
    assert_true(parse("1_000.5") == 1000.5);
    assert_true(parse("9007199254740993") == 9007199254740992.0);
    assert_true(parse("9007199254740993.00000000000000000000001") == 9007199254740994.0);
    assert_true(parse("2.2250738585072012e-308") == 0x1p-1022);
    assert_true(parse("2.2250738585072011e-308") == 0x0.fffffffffffffp-1022);
    assert_true(parse("4.9406564584124654e-324") == 0x1p-1074);
    assert_true(parse("2.4703282292062327e-324") == 0);
    assert_true(parse("2.4703282292062328e-324") == 0x1p-1074);
    assert_true(parse("1.7976931348623157e308") == DBL_MAX);
    assert_true(parse("1.7976931348623159e308") == INFINITY);
    assert_true(parse("1e999999999999999999999") == INFINITY);
    assert_true(parse("1e-999999999999999999999") == 0);
    assert_true(parse("0e999999999999999999999") == 0);
    assert_true(parse("0.000") == 0);
    assert_true(parse("7") == 7);
    assert_true(parse("1E+3") == 1000);
    assert_true(elem_parse_real("3e5", 1) == 3);
}

static void long_texts_are_rounded_as_if_read_whole(void **state)
{
    (void)state;
    enum { ZEROS = 5000 };
    static char text[ZEROS + 64];
    memset(text, '0', sizeof text);
    memcpy(text, "9007199254740993.", 17); /* halfway between two doubles */
    text[17 + ZEROS] = 0;
    assert_true(parse(text) == 9007199254740992.0);
    text[17 + ZEROS - 1] = '1'; /* a little more than halfway, far behind */
    assert_true(parse(text) == 9007199254740994.0);
    memset(text, '0', ZEROS);
    text[1] = '.';
    memcpy(text + ZEROS, "25e4999", 8);
    assert_true(parse(text) == 2.5);
    memset(text, '0', ZEROS);
    text[0] = '1';
    memcpy(text + ZEROS, "e-5000", 7);
    assert_true(parse(text) == 0.1);
}

static void texts_that_are_no_real(void **state)
{
    (void)state;
    static const char *const bad[] = {"",   ".",     "e5",  "1e",    "1e+", "1.2.3",
                                      "-1", "+1",    "0x1", "nan",   "inf", "1 ",
                                      " 1", "1e5.0", "1,5", "1e-_5", "_",   "1e--5"};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        assert_true(isnan(parse(bad[i])));
}

static void reading_agrees_with_strtod(void **state)
{
    (void)state;
    for (uint64_t i = 0; i < POINTS / 10; i++) {
        double x = fabs(from_bits(rng_bits(rng_site_key(SEED, "parse", 0), i, 0)));
        char text[64];
        if (!isfinite(x))
            continue;
        snprintf(text, sizeof text, "%.*e", (int)(i % 25), x);
        assert_true(parse(text) == strtod(text, NULL));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(exp_below_one_ulp),
        cmocka_unit_test(exp_at_the_edges),
        cmocka_unit_test(log_below_one_ulp),
        cmocka_unit_test(log_at_the_edges),
        cmocka_unit_test(whole_powers),
        cmocka_unit_test(broken_powers),
        cmocka_unit_test(hypot_of_coordinates_is_correctly_rounded),
        cmocka_unit_test(hypot_picks_the_nearest),
        cmocka_unit_test(hypot_of_any_reals_is_correctly_rounded),
        cmocka_unit_test(hypot_at_the_edges),
        cmocka_unit_test(cos_of_a_turn),
        cmocka_unit_test(bits_are_the_same_everywhere),
        cmocka_unit_test(reals_that_are_hard_to_read),
        cmocka_unit_test(long_texts_are_rounded_as_if_read_whole),
        cmocka_unit_test(texts_that_are_no_real),
        cmocka_unit_test(reading_agrees_with_strtod),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
