/* The times that a step has to resolve: which there are, what follows for the step, and what
 * becomes shorter while an image runs. links: runtime backend device base */
#include "tests/unit/sim_board.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

static bool near(double a, double b)
{
    return fabs(a - b) <= 1e-9 * fabs(b);
}

static double step(double tau, double refractory, double delay, double most, const char **circuit)
{
    const struct sim_scales scales = {
        {tau, "membrane"}, {refractory, "refractory time"}, {delay, "delay"}};
    const struct scale *why;
    double dt = scales_step(&scales, most, &why);
    *circuit = why ? why->circuit : "";
    return dt;
}

/* At, just above and just below each round step: then it is the next one down. */
static void steps_are_round(void **state)
{
    static const double round[] = {1e-12, 2e-12, 5e-12, 10e-12, 1e-9,   2e-9,
                                   5e-9,  10e-9, 20e-9, 1e-6,   2e-6,   5e-6,
                                   10e-6, 20e-6, 50e-6, 100e-6, 200e-6, 500e-6};
    static const double below[] = {1e-12, 1e-12, 2e-12, 5e-12,  500e-12, 1e-9,
                                   2e-9,  5e-9,  10e-9, 500e-9, 1e-6,    2e-6,
                                   5e-6,  10e-6, 20e-6, 50e-6,  100e-6,  200e-6};
    const char *circuit;
    (void)state;
    for (size_t i = 0; i < sizeof round / sizeof round[0]; i++) {
        assert_true(near(step(10 * round[i], INFINITY, INFINITY, 1, &circuit), round[i]));
        assert_string_equal(circuit, "membrane");
        assert_true(near(step(10.0001 * round[i], INFINITY, INFINITY, 1, &circuit), round[i]));
        assert_true(near(step(9.9999 * round[i], INFINITY, INFINITY, 1, &circuit), below[i]));
    }
}

static void no_step_is_longer_than_a_millisecond_or_the_run(void **state)
{
    const char *circuit;
    (void)state;
    assert_true(near(step(10e-3, INFINITY, INFINITY, 1, &circuit), 1e-3));
    assert_string_equal(circuit, "");
    assert_true(near(step(INFINITY, INFINITY, INFINITY, 1, &circuit), 1e-3));
    assert_true(near(step(1, INFINITY, INFINITY, 0.3e-3, &circuit), 200e-6));
    assert_string_equal(circuit, "");
    assert_true(near(step(9.99e-3, INFINITY, INFINITY, 1, &circuit), 500e-6));
    assert_string_equal(circuit, "membrane");
}

/* What is over within a tenth of a step is over within a step, and bounds nothing. */
static void refractory_times_and_delays_count_where_they_can_be_resolved(void **state)
{
    const char *circuit;
    (void)state;
    assert_true(near(step(1, 700e-6, INFINITY, 1, &circuit), 500e-6));
    assert_string_equal(circuit, "refractory time");
    assert_true(near(step(1, 100e-6, INFINITY, 1, &circuit), 100e-6));
    assert_true(near(step(1, 99e-6, INFINITY, 1, &circuit), 1e-3));
    assert_string_equal(circuit, "");
    assert_true(near(step(1, 1e-3, INFINITY, 1, &circuit), 1e-3));
    assert_string_equal(circuit, "");
    assert_true(near(step(1, 700e-6, 350e-6, 1, &circuit), 200e-6));
    assert_string_equal(circuit, "delay");
    assert_true(near(step(1, 350e-6, 700e-6, 1, &circuit), 200e-6));
    assert_string_equal(circuit, "refractory time");
    assert_true(near(step(1e-3, 50e-6, 1e-6, 1, &circuit), 50e-6));
}

static double tau(struct sim_board *b, enum bias_id bias, double c, double seconds)
{
    return sim_board_tau(b, 0, bias, c, seconds);
}

static struct sim_scales scales_of(struct sim_board *b)
{
    const struct sim_options options = {.dt = 1e-4};
    return sim_scales_of(&b->arena, &b->image, &options);
}

static void scales_are_those_of_circuits_in_use(void **state)
{
    struct sim_board b;
    (void)state;
    sim_board_one_chip(&b, 2);
    double mem = tau(&b, BIAS_SOIF_LEAK_N, b.device.c_mem, 20e-3);
    double gaba = tau(&b, BIAS_DEGA_ITAU_P, b.device.c_gaba, 3e-3);
    double refractory =
        b.device.c_ref * b.device.vth
        / sim_board_bias(&b, 0, BIAS_SOIF_REFR_N, b.device.c_ref * b.device.vth / 2e-3);
    double delay =
        b.device.c_delay * b.device.vth
        / sim_board_bias(&b, 0, BIAS_SYPD_DLY0_P, b.device.c_delay * b.device.vth / 4e-3);
    struct sim_scales scales = scales_of(&b);
    assert_true(near(scales.tau.seconds, mem) && near(scales.refractory.seconds, refractory));
    assert_true(isinf(scales.delay.seconds)); /* no word, no delay */
    sim_board_listen(&b, 1, 5, GABA, 1);
    scales = scales_of(&b);
    assert_true(near(scales.tau.seconds, gaba) && near(scales.delay.seconds, delay));
    assert_string_equal(scales.tau.circuit, "gaba");
    sim_board_latch(&b, 1, LATCH_soif_kill);
    scales = scales_of(&b);
    assert_true(near(scales.tau.seconds, mem) && isinf(scales.delay.seconds));
    sim_board_latch(&b, 0, LATCH_soif_kill);
    assert_true(isinf(scales_of(&b).tau.seconds));
    arena_release(&b.arena);
}

/* Driven by a direct current, with GABA on top of the leak: tau Itau / (Itau + I_gaba). */
static void gaba_makes_membranes_fast(void **state)
{
    struct sim_board b;
    (void)state;
    sim_board_one_chip(&b, 2);
    double mem = tau(&b, BIAS_SOIF_LEAK_N, b.device.c_mem, 20e-3);
    double leak = b.device.ut / b.device.kappa * b.device.c_mem / mem;
    tau(&b, BIAS_DEGA_ITAU_P, b.device.c_gaba, 10e-3);
    sim_board_bias(&b, 0, BIAS_SOIF_SPKTHR_P, 100e-9);
    sim_board_bias(&b, 0, BIAS_SOIF_DC_P, 50e-9);
    sim_board_bias(&b, 0, BIAS_DEGA_IGAIN_P, 1e-9);
    sim_board_bias(&b, 0, BIAS_SYAM_W0_P, 40e-9);
    sim_board_bias(&b, 0, BIAS_SYPD_EXT_N, b.device.c_pulse * b.device.vth / 100e-6);
    for (size_t site = 0; site < 2; site++)
        sim_board_listen(&b, site, 5, GABA, 1);
    sim_board_latch(&b, 1, LATCH_so_dc); /* the other one is silenced: it does not count */
    sim_board_input(&b, "src", 1, 1, 5);
    struct sim *sim = sim_board_run(&b, 1e-3, false);
    double most = 0;
    assert_true(isinf(sim_fastest(sim).seconds));
    for (int i = 0; i < 60; i++) {
        if (i == 20)
            sim_input(sim, 0, 1);
        sim_step(sim);
        if (i % 2 == 1) /* looked at every floor(10 / 4) steps */
            most = fmax(most, sim_read(sim, 1, SIM_GABA));
    }
    struct sim_fastest fastest = sim_fastest(sim);
    assert_true(most > 25 * leak);
    assert_int_equal(fastest.site, 1);
    assert_true(fabs(fastest.amperes - most) < 1e-5 * most);
    assert_true(fabs(fastest.seconds - mem * leak / (leak + most)) < 1e-5 * fastest.seconds);
    arena_release(&b.arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(steps_are_round),
        cmocka_unit_test(no_step_is_longer_than_a_millisecond_or_the_run),
        cmocka_unit_test(refractory_times_and_delays_count_where_they_can_be_resolved),
        cmocka_unit_test(scales_are_those_of_circuits_in_use),
        cmocka_unit_test(gaba_makes_membranes_fast),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
