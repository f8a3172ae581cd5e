/* links: compiler base */
#include "compiler/stimulate.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

enum { UNITS = 20 };
static const int64_t ms = 1000000000, us = 1000000;

struct fixture {
    struct arena arena;
    struct net net;
    struct test test;
};

static void set_up(struct fixture *f, int64_t run_ps)
{
    *f = (struct fixture){0};
    arena_init(&f->arena, NULL);
    VEC_PUSH(&f->arena, &f->net.inputs,
             (struct input){.name = "a", .size = 3, .dims = {.n = 1, .size = {3}}});
    VEC_PUSH(
        &f->arena, &f->net.inputs,
        (struct input){.name = "b", .size = UNITS, .first = 3, .dims = {.n = 1, .size = {UNITS}}});
    f->net.n_inputs = 3 + UNITS;
    f->test.run_ps = run_ps;
}

/* Drives units lo .. hi-1 of input b. */
static void drive(struct fixture *f, struct stimulus stimulus, uint32_t lo, uint32_t hi,
                  int64_t from_ps, int64_t to_ps)
{
    struct test_drive drive = {.from_ps = from_ps, .to_ps = to_ps};
    drive.view = (struct view){.kind = UNIT_INPUT, .object = 1, .base = lo, .size = hi - lo};
    drive.view.dims = (struct dims){.n = 1, .size = {hi - lo}};
    drive.view.stride[0] = 1;
    drive.of = ARENA_ARRAY(&f->arena, struct stimulus, hi - lo);
    for (uint32_t i = 0; i < hi - lo; i++)
        drive.of[i] = stimulus;
    VEC_PUSH(&f->arena, &f->test.drives, drive);
}

static struct stimulus at_rate(enum stimulus_kind kind, double hz)
{
    return (struct stimulus){.kind = kind, .rate_hz = hz};
}

/* Events per step of one input unit. */
static uint32_t *counts(struct fixture *f, uint64_t seed, int64_t dt, uint32_t input)
{
    struct stimulation *s = stimulation_new(&f->arena, &f->net, &f->test, seed);
    uint32_t steps = (uint32_t)(f->test.run_ps / dt);
    uint32_t *n = ARENA_ARRAY(&f->arena, uint32_t, steps + 1);
    for (uint32_t k = 0; k < steps; k++) {
        uint32_t unit;
        while (stimulation_next(s, (k + 1) * dt, &unit))
            n[k] += unit == input;
    }
    uint32_t left;
    assert_false(stimulation_next(s, INT64_MAX, &left)); /* windows end with the run */
    return n;
}

static uint32_t total(const uint32_t *n, uint32_t from, uint32_t to)
{
    uint32_t sum = 0;
    for (uint32_t k = from; k < to; k++)
        sum += n[k];
    return sum;
}

static void regular_times(void **state)
{
    (void)state;
    struct fixture f;
    set_up(&f, 1000 * ms);
    drive(&f, at_rate(STIMULUS_REGULAR, 200), 2, 4, 100 * ms, 200 * ms);
    uint32_t *n = counts(&f, 1, 100 * us, 3 + 2);
    for (uint32_t k = 0; k < 10000; k++)
        assert_int_equal(n[k], k >= 1000 && k < 2000 && k % 50 == 0);
    assert_int_equal(total(counts(&f, 1, 100 * us, 3 + 4), 0, 10000), 0);
    arena_release(&f.arena);
}

static void listed_times(void **state)
{
    (void)state;
    static const int64_t times[] = {0, 5000000000, 5000000001, 9999999999, 10000000000};
    struct fixture f;
    set_up(&f, 20 * ms);
    struct stimulus spikes = {.kind = STIMULUS_SPIKES, .times_ps = times, .n_times = 5};
    drive(&f, spikes, 0, 1, 0, 10 * ms);
    drive(&f, spikes, 0, 1, 5 * ms, INT64_MAX); /* drives of one unit add up */
    uint32_t *n = counts(&f, 1, ms, 3);
    static const uint32_t expected[20] = {[0] = 1, [5] = 4, [9] = 2, [10] = 1};
    for (uint32_t k = 0; k < 20; k++)
        assert_int_equal(n[k], expected[k]);
    arena_release(&f.arena);
}

/* The same events at every dt: ten steps of 10 us hold what one of 100 us holds. */
static void independent_of_dt(void **state)
{
    (void)state;
    struct fixture f;
    set_up(&f, 500 * ms);
    drive(&f, at_rate(STIMULUS_POISSON, 300), 0, UNITS, 0, INT64_MAX);
    drive(&f, at_rate(STIMULUS_REGULAR, 77), 0, UNITS, 13 * ms, 400 * ms);
    uint32_t *coarse = counts(&f, 9, 100 * us, 3 + 7), *fine = counts(&f, 9, 10 * us, 3 + 7);
    for (uint32_t k = 0; k < 5000; k++)
        assert_int_equal(coarse[k], total(fine, 10 * k, 10 * k + 10));
    arena_release(&f.arena);
}

static void poisson_statistics(void **state)
{
    (void)state;
    struct fixture f;
    set_up(&f, 1000000 * ms);
    drive(&f, at_rate(STIMULUS_POISSON, 40), 0, 2, 0, INT64_MAX);
    uint32_t *a = counts(&f, 3, ms, 3), *b = counts(&f, 3, ms, 4), *c = counts(&f, 4, ms, 3);
    double mean = 0, square = 0;
    uint32_t common = 0, again = 0;
    for (uint32_t k = 0; k < 10000; k++) { /* windows of 100 ms: mean 4, variance 4 */
        double n = total(a, 100 * k, 100 * k + 100);
        mean += n / 10000;
        square += n * n / 10000;
    }
    for (uint32_t k = 0; k < 1000000; k++) {
        common += a[k] && b[k];
        again += a[k] && c[k];
    }
    assert_true(mean > 3.92 && mean < 4.08);
    assert_true(square - mean * mean > 3.76 && square - mean * mean < 4.24);
    assert_true(common > 1300 && common < 1800); /* independent: 1e6 * 0.0392^2 = 1538 */
    assert_true(again > 1300 && again < 1800);
    arena_release(&f.arena);
}

static void silence(void **state)
{
    (void)state;
    struct fixture f;
    set_up(&f, 1000 * ms);
    drive(&f, at_rate(STIMULUS_POISSON, 0), 0, UNITS, 0, INT64_MAX);
    drive(&f, at_rate(STIMULUS_POISSON, 1e-300), 0, UNITS, 0, INT64_MAX);
    drive(&f, at_rate(STIMULUS_REGULAR, 0), 0, UNITS, 0, INT64_MAX);
    drive(&f, at_rate(STIMULUS_REGULAR, 50), 0, UNITS, 2000 * ms, INT64_MAX);
    for (uint32_t input = 0; input < f.net.n_inputs; input++)
        assert_int_equal(total(counts(&f, 1, ms, input), 0, 1000), 0);
    f.test.drives.n = 0;
    assert_int_equal(total(counts(&f, 1, ms, 0), 0, 1000), 0);
    arena_release(&f.arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(regular_times),     cmocka_unit_test(listed_times),
        cmocka_unit_test(independent_of_dt), cmocka_unit_test(poisson_statistics),
        cmocka_unit_test(silence),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
