/* Times as text, exact and rounded. links: compiler base */
#include "compiler/duration.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>

#include <cmocka.h>

static void exact_times(void **state)
{
    (void)state;
    static const struct {
        int64_t ps;
        const char *text;
    } row[] = {
        {0, "0 s"},
        {1, "1e-12 s"},
        {999, "9.99e-10 s"},
        {1000, "1 ns"},
        {1001, "1.001e-09 s"},
        {1500000, "1500 ns"},
        {100000000, "100 us"},
        {1000000000, "1 ms"},
        {INT64_C(1500000000000), "1500 ms"},
        {INT64_C(9000000000000000000), "9000000 s"},
    };
    struct arena arena;
    arena_init(&arena, NULL);
    for (size_t i = 0; i < sizeof row / sizeof row[0]; i++)
        assert_string_equal(time_text(&arena, row[i].ps), row[i].text);
    arena_release(&arena);
}

/* A number that rounds to the next unit is written in it. */
static void rounded_times(void **state)
{
    (void)state;
    static const struct {
        double seconds;
        int digits;
        const char *text;
    } row[] = {
        {0, 4, "0 s"},
        {1, 4, "1 s"},
        {0.99994, 4, "999.9 ms"},
        {0.99996, 4, "1 s"},
        {0.0124, 4, "12.4 ms"},
        {0.0124, 1, "10 ms"},
        {9.9999999e-5, 6, "100 us"},
        {3.3e-7, 2, "330 ns"},
        {4e-12, 2, "0.004 ns"},
        {-0.5, 4, "-500 ms"},
        {1e6, 6, "1000000 s"},
    };
    struct arena arena;
    arena_init(&arena, NULL);
    for (size_t i = 0; i < sizeof row / sizeof row[0]; i++)
        assert_string_equal(duration_text(&arena, row[i].seconds, row[i].digits), row[i].text);
    arena_release(&arena);
}

/* A bound that is proposed holds: never above, never more than one in the last digit below. */
static void bounds(void **state)
{
    (void)state;
    struct arena arena;
    arena_init(&arena, NULL);
    assert_string_equal(duration_text(&arena, duration_below(1.699e-3, 2), 2), "1.6 ms");
    assert_string_equal(duration_text(&arena, duration_below(1.7e-3, 2), 2), "1.7 ms");
    assert_string_equal(duration_text(&arena, duration_below(9.99e-6, 2), 2), "9.9 us");
    assert_string_equal(duration_text(&arena, duration_below(1e-3, 2), 2), "1 ms");
    for (double x = 1.7e-9; x < 2000; x *= 1.37) {
        assert_true(duration_below(x, 2) <= x * (1 + 1e-9));
        assert_true(duration_below(x, 2) > x * 0.9);
    }
    arena_release(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(exact_times),
        cmocka_unit_test(rounded_times),
        cmocka_unit_test(bounds),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
