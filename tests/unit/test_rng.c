/* links: base
 * The values are those the language reference states for its dice. */
#include "compiler/base/rng.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

static void stated_values(void **state)
{
    (void)state;
    uint64_t key = rng_site_key(0, "a -> b", 0);
    assert_true(rng_bits(key, 0, 0) == 0x635edf81fbc7cb92u);
    assert_true(rng_unit(rng_bits(key, 0, 0)) == 0.3881663982718059);
    assert_true(rng_bits(rng_site_key(42, "src -> hidden", 0), 3, 5) == 0xe54c7a0ce676c6e8u);
    assert_true(rng_bits(rng_site_key(7, "w.rec", 1), 63, 0) == 0x78e22090b8ae918au);
    assert_true(rng_bits(rng_user_key(42, 7), 3, 5) == 0xf1eef78815437008u);
}

/* First outputs of SplitMix64 from state 0 and the published FNV-1a test values. */
static void published_values(void **state)
{
    (void)state;
    assert_true(rng_mix(0) == 0xe220a8397b1dcdafu);
    assert_true(rng_mix(0x9E3779B97F4A7C15u) == 0x6e789e6aa1b965f4u);
    assert_true(rng_fnv("") == 0xcbf29ce484222325u);
    assert_true(rng_fnv("a") == 0xaf63dc4c8601ec8cu);
    assert_true(rng_fnv("foobar") == 0x85944171f73967e8u);
}

static void unit_stays_in_its_interval(void **state)
{
    (void)state;
    assert_true(rng_unit(0) == 0);
    assert_true(rng_unit(UINT64_MAX) == 1 - 0x1p-53);
    assert_true(rng_unit(0x7FF) == 0);
    assert_true(rng_unit(0x800) == 0x1p-53);
}

static void keys_differ(void **state)
{
    (void)state;
    assert_true(rng_user_key(1, -1) != rng_user_key(1, 1));
    assert_true(rng_site_key(1, "a", 0) != rng_site_key(1, "a", 1));
    assert_true(rng_site_key(1, "a", 0) != rng_site_key(2, "a", 0));
    assert_true(rng_bits(5, 1, 2) != rng_bits(5, 2, 1));
}

static void gauss_has_the_moments_of_a_normal_number(void **state)
{
    (void)state;
    enum { N = 200000 };
    double sum = 0, squares = 0, fourth = 0, largest = 0;
    uint64_t key = rng_site_key(1, "gauss", 0);
    for (uint64_t i = 0; i < N; i++) {
        double g = rng_gauss(rng_bits(key, i, 0), rng_bits(key, i, 1));
        sum += g;
        squares += g * g;
        fourth += g * g * g * g;
        largest = fabs(g) > largest ? fabs(g) : largest;
    }
    assert_true(fabs(sum / N) < 0.01);
    assert_true(fabs(squares / N - 1) < 0.02);
    assert_true(fabs(fourth / N - 3) < 0.1);
    assert_true(largest > 3.5 && largest < 6.5);
    assert_true(isfinite(rng_gauss(UINT64_MAX, 0)));
    assert_true(rng_gauss(0, 0) == 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(stated_values),
        cmocka_unit_test(published_values),
        cmocka_unit_test(unit_stays_in_its_interval),
        cmocka_unit_test(keys_differ),
        cmocka_unit_test(gauss_has_the_moments_of_a_normal_number),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
