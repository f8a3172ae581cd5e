/* Quantisation, tolerances, merging and warnings.
 * links: backend device compiler base */
#include "tests/unit/bias_net.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

static void take_the_nearest_code(void **state)
{
    (void)state;
    struct bias_net b;
    bias_net_init(&b);
    uint32_t s = add_set(&b, "a");
    ask_current(&b, s, BIAS_SOIF_SPKTHR_P, 5 * NA);
    ask_code(&b, s, BIAS_SOAD_CASC_P, 5, 250);
    bias_net_run(&b, false);
    const struct bias_class *class = &b.plan.classes.at[0];
    struct bias_code near = device_bias_nearest(&b.device, BIAS_SOIF_SPKTHR_P, 5 * NA);
    assert_memory_equal(&class->code[BIAS_SOIF_SPKTHR_P], &near, sizeof near);
    assert_int_equal(class->code[BIAS_SOAD_CASC_P].coarse, 5);
    assert_int_equal(class->code[BIAS_SOAD_CASC_P].fine, 250);
    for (int i = 0; i < N_BIASES; i++)
        if (i != BIAS_SOIF_SPKTHR_P && i != BIAS_SOAD_CASC_P)
            assert_memory_equal(&class->code[i], &b.device.bias[i].def, sizeof near);
    assert_int_equal(b.sink.n_errors, 0);
    bias_net_free(&b);
}

/* A device of two codes, 1000 and 2000 zA: every error is a round number. */
static void two_codes(struct bias_net *b, int64_t *dac)
{
    for (int i = 0; i < 2 * 6 * 256; i++)
        dac[i] = 1000;
    dac[1] = dac[6 * 256 + 1] = 2000;
    b->device.dac = dac;
    b->device.max_coarse = 0;
    b->device.max_fine = 1;
    for (int i = 0; i < N_BIASES; i++) {
        b->device.bias[i].scale_milli = 1000;
        b->device.bias[i].def = (struct bias_code){0, 0};
    }
}

static uint32_t errors_at(int64_t za, double tolerance, enum diag_code code)
{
    struct bias_net b;
    int64_t dac[2 * 6 * 256];
    bias_net_init(&b);
    two_codes(&b, dac);
    uint32_t s = add_set(&b, "a");
    ask_current(&b, s, BIAS_SOIF_LEAK_N, za);
    set_at(&b, s)->tolerance = tolerance;
    bias_net_run(&b, false);
    uint32_t n = findings(&b, code);
    assert_int_equal(b.sink.n_errors, n);
    bias_net_free(&b);
    return n;
}

static void tolerance_holds_at_its_limit(void **state)
{
    (void)state;
    assert_int_equal(errors_at(1250, 0.2, DIAG_E0504), 0); /* 250 of 1250: exactly 20 % */
    assert_int_equal(errors_at(1249, 0.2, DIAG_E0504), 0);
    assert_int_equal(errors_at(1251, 0.2, DIAG_E0504), 1);
    assert_int_equal(errors_at(1600, 0.25, DIAG_E0504), 0); /* 400 of 1600 */
    assert_int_equal(errors_at(1599, 0.25, DIAG_E0504), 1);
    assert_int_equal(errors_at(1000, 0.0, DIAG_E0504), 0);
    assert_int_equal(errors_at(1001, 0.0, DIAG_E0504), 1);
}

static void range_holds_at_its_limit(void **state)
{
    (void)state;
    for (int k = 0; k < 2; k++) {
        double tolerance = k ? 0.2 : 0;
        assert_int_equal(errors_at(1000, tolerance, DIAG_E0502), 0);
        assert_int_equal(errors_at(2000, tolerance, DIAG_E0502), 0);
        assert_int_equal(errors_at(0, tolerance, DIAG_E0502), 1);
        assert_int_equal(errors_at(-5, tolerance, DIAG_E0502), 1);
        assert_int_equal(errors_at(INT64_MAX, tolerance, DIAG_E0502), 1);
    }
    assert_int_equal(errors_at(999, 0, DIAG_E0502), 1);
    assert_int_equal(errors_at(2001, 0, DIAG_E0502), 1);
    assert_int_equal(errors_at(-5, 1e6, DIAG_E0502), 1); /* no tolerance makes up for a sign */
    assert_int_equal(errors_at(0, 1e6, DIAG_E0502), 1);
}

/* What the nearest end serves within the tolerance is no error, though it is out of range. */
static void range_ends_with_the_tolerance(void **state)
{
    (void)state;
    assert_int_equal(errors_at(2500, 0.2, DIAG_E0502), 0); /* 500 of 2500: exactly 20 % */
    assert_int_equal(errors_at(2501, 0.2, DIAG_E0502), 1);
    assert_int_equal(errors_at(800, 0.25, DIAG_E0502), 0); /* 200 of 800: exactly 25 % */
    assert_int_equal(errors_at(799, 0.25, DIAG_E0502), 1);
    assert_int_equal(errors_at(999, 0.25, DIAG_E0502), 0);
    assert_int_equal(errors_at(2001, 0.2, DIAG_E0502), 0);
}

static void beyond_the_end_takes_the_end(void **state)
{
    (void)state;
    struct bias_net b;
    int64_t least, most;
    bias_net_init(&b);
    uint32_t s = add_set(&b, "a");
    device_bias_range(&b.device, BIAS_SOIF_DC_P, &least, &most);
    ask_current(&b, s, BIAS_SOIF_DC_P, most + most / 900);
    bias_net_run(&b, false);
    assert_int_equal(findings(&b, DIAG_E0502), 0);
    assert_int_equal(b.sink.n_errors, 0);
    struct bias_code code = b.plan.classes.at[0].code[BIAS_SOIF_DC_P];
    assert_int_equal(device_bias_za(&b.device, BIAS_SOIF_DC_P, code), most);
    bias_net_free(&b);
}

static void messages_name_the_range(void **state)
{
    (void)state;
    struct bias_net b;
    bias_net_init(&b);
    uint32_t s = add_set(&b, "cell");
    ask_current(&b, s, BIAS_SOIF_LEAK_N, 5319); /* 5.3 aA */
    bias_net_run(&b, false);
    assert_int_equal(findings(&b, DIAG_E0502), 1);
    const char *text = message(&b, DIAG_E0502);
    assert_non_null(strstr(text, "`cell`"));
    assert_non_null(strstr(text, "SOIF_LEAK_N"));
    assert_non_null(strstr(text, "smallest"));
    assert_true(b.sink.all.at[0]->notes.n >= 1);
    assert_true(b.sink.all.at[0]->fixes.n >= 1);
    bias_net_free(&b);
}

static void inherited_requests_are_reported_once(void **state)
{
    (void)state;
    struct bias_net b;
    bias_net_init(&b);
    uint32_t parent = add_set(&b, "cell");
    ask_current(&b, parent, BIAS_SOIF_LEAK_N, 1);
    uint32_t child = add_set(&b, "pc");
    *set_at(&b, child) = *set_at(&b, parent);
    set_at(&b, child)->parent = parent;
    bias_net_run(&b, false);
    assert_int_equal(findings(&b, DIAG_E0502), 1);
    bias_net_free(&b);
}

/* A child may be stricter than its parent about the same request. */
static void inherited_requests_keep_the_childs_tolerance(void **state)
{
    (void)state;
    struct bias_net b;
    int64_t dac[2 * 6 * 256];
    bias_net_init(&b);
    two_codes(&b, dac);
    uint32_t parent = add_set(&b, "cell");
    ask_current(&b, parent, BIAS_SOIF_LEAK_N, 1200);
    set_at(&b, parent)->tolerance = 0.2;
    uint32_t child = add_set(&b, "strict");
    *set_at(&b, child) = *set_at(&b, parent);
    set_at(&b, child)->name = "strict";
    set_at(&b, child)->parent = parent;
    set_at(&b, child)->tolerance = 0.1;
    bias_net_run(&b, false);
    assert_int_equal(findings(&b, DIAG_E0504), 1);
    assert_non_null(strstr(message(&b, DIAG_E0504), "`strict`"));
    bias_net_free(&b);
}

static void equal_codes_are_merged(void **state)
{
    (void)state;
    struct bias_net b;
    bias_net_init(&b);
    uint32_t a = add_set(&b, "a"), same = add_set(&b, "same"), stated = add_set(&b, "stated");
    uint32_t near = add_set(&b, "near"), far = add_set(&b, "far"), slot = add_set(&b, "slot");
    uint32_t delay = add_set(&b, "delay");
    const struct bias_info *threshold = &b.device.bias[BIAS_SOIF_SPKTHR_P];
    ask_code(&b, stated, BIAS_SOIF_SPKTHR_P, threshold->def.coarse, threshold->def.fine);
    int64_t za = device_bias_za(&b.device, BIAS_SOIF_SPKTHR_P, threshold->def);
    ask_current(&b, near, BIAS_SOIF_SPKTHR_P, za + 1);
    ask_code(&b, far, BIAS_SOIF_SPKTHR_P, threshold->def.coarse,
             (uint8_t)(threshold->def.fine - 1));
    ask_code(&b, slot, BIAS_SYAM_W2_P, 0, 0); /* given, though at the code of a free one */
    set_at(&b, delay)->delay[NET_DELAY_NONE].ps = 5 * MS;
    bias_net_run(&b, false);
    const uint32_t *class = b.plan.class_of_set;
    assert_int_equal(class[a], 0);
    assert_int_equal(class[same], 0);
    assert_int_equal(class[stated], 0);
    assert_int_equal(class[near], 0);
    assert_int_equal(class[far], 1);
    assert_int_equal(class[slot], 2);
    assert_int_equal(class[delay], 3);
    assert_int_equal(b.plan.classes.n, 4);
    assert_int_equal(b.plan.classes.at[0].sets.n, 4);
    assert_int_equal(b.plan.classes.at[0].sets.at[3], near);
    assert_int_equal(b.plan.classes.at[2].slot[2], SLOT_GIVEN);
    bias_net_free(&b);
}

static void merged_sets_are_solved_together(void **state)
{
    (void)state;
    struct bias_net b;
    bias_net_init(&b);
    uint32_t a = add_set(&b, "a"), same = add_set(&b, "same");
    uint32_t p = add_population(&b, "p", a, 2), q = add_population(&b, "q", same, 3);
    uint32_t x = connect_amperes(&b, p, 2 * NA), y = connect_amperes(&b, q, 2 * NA);
    uint32_t z = connect_amperes(&b, q, 5 * NA);
    bias_net_run(&b, true);
    assert_int_equal(b.plan.classes.n, 1);
    const struct bias_class *class = &b.plan.classes.at[0];
    assert_int_equal(class->weights.n, 2);
    assert_int_equal(class->weights.at[0].requested_za, 2 * NA);
    assert_int_equal(class->weights.at[0].count, 5);
    assert_int_equal(class->weights.at[1].count, 3);
    assert_int_equal(class->mask[x], class->mask[y]);
    assert_int_equal(class->mask[z], class->weights.at[1].mask);
    assert_int_equal(b.sink.n_errors, 0);
    bias_net_free(&b);
}

/* --- warnings --- */

static void quiet_circuits_are_told_once(void **state)
{
    (void)state;
    struct bias_net b;
    bias_net_init(&b);
    uint32_t s = add_set(&b, "a");
    ask_current(&b, s, BIAS_SOIF_SPKTHR_P, 5 * NA);
    uint32_t p = add_population(&b, "p", s, 2), q = add_population(&b, "q", s, 2);
    for (uint8_t d = 0; d < N_DENDRITES; d++) {
        uint32_t attr = add_attr(&b, (struct syn_attr){.dendrite = d, .slots = 1});
        connect(&b, p, attr);
        connect(&b, q, attr);
    }
    ask_code(&b, s, BIAS_DEGA_IGAIN_P, 0, 0); /* stated: not a default */
    bias_net_run(&b, false);
    assert_int_equal(findings(&b, DIAG_W0714), 1);
    const char *text = message(&b, DIAG_W0714);
    assert_non_null(strstr(text, "nmda.tau"));
    assert_non_null(strstr(text, "nmda.gain"));
    assert_non_null(strstr(text, "gaba.tau"));
    assert_null(strstr(text, "gaba.gain"));
    assert_null(strstr(text, "ampa"));
    assert_null(strstr(text, "shunt"));
    assert_int_equal(b.sink.n_errors, 0);
    bias_net_free(&b);
}

static void unused_circuits_are_not_told(void **state)
{
    (void)state;
    struct bias_net b;
    bias_net_init(&b);
    uint32_t s = add_set(&b, "a");
    ask_current(&b, s, BIAS_SOIF_SPKTHR_P, 5 * NA);
    connect_slots(&b, add_population(&b, "p", s, 2), 1); /* AMPA has real defaults */
    bias_net_run(&b, false);
    assert_int_equal(b.sink.all.n, 0);
    bias_net_free(&b);
}

static void latched_circuits_count_as_used(void **state)
{
    (void)state;
    struct bias_net b;
    bias_net_init(&b);
    uint32_t s = add_set(&b, "a");
    add_population(&b, "p", s, 2);
    b.net.latches = ARENA_ARRAY(&b.arena, uint16_t, 2);
    b.net.latches[1] = 1u << LATCH_so_adaptation | 1u << LATCH_soif_type;
    b.net.latches[0] = 1u << LATCH_soif_type;
    bias_net_run(&b, false);
    assert_int_equal(findings(&b, DIAG_W0714), 1);
    assert_non_null(strstr(message(&b, DIAG_W0714), "adaptation.tau"));
    assert_int_equal(findings(&b, DIAG_N0813), 0);
    bias_net_free(&b);
}

static void threshold_neurons_need_a_threshold(void **state)
{
    (void)state;
    struct bias_net b;
    bias_net_init(&b);
    uint32_t silent = add_set(&b, "silent"), stated = add_set(&b, "stated");
    ask_code(&b, stated, BIAS_SOIF_SPKTHR_P, 4, 244);
    add_population(&b, "p", silent, 2);
    add_population(&b, "q", stated, 2);
    bias_net_run(&b, false);
    assert_int_equal(findings(&b, DIAG_N0813), 1);
    assert_non_null(strstr(message(&b, DIAG_N0813), "p may never fire"));
    bias_net_free(&b);
}

static void biases_need_their_latch(void **state)
{
    (void)state;
    for (int latched = 0; latched < 2; latched++) {
        struct bias_net b;
        bias_net_init(&b);
        uint32_t parent = add_set(&b, "cell");
        ask_current(&b, parent, BIAS_SOIF_SPKTHR_P, 5 * NA);
        ask_current(&b, parent, BIAS_SOIF_DC_P, NA);
        ask_current(&b, parent, BIAS_SOAD_TAU_P, NA);
        ask_current(&b, parent, BIAS_SOAD_GAIN_P, NA);
        uint32_t child = add_set(&b, "pc");
        *set_at(&b, child) = *set_at(&b, parent);
        set_at(&b, child)->parent = parent;
        add_population(&b, "p", child, 3);
        b.net.latches = ARENA_ARRAY(&b.arena, uint16_t, 3);
        if (latched)
            b.net.latches[2] = 1u << LATCH_so_dc;
        bias_net_run(&b, false);
        assert_int_equal(findings(&b, DIAG_W0713), latched ? 1 : 2); /* dc, adaptation */
        bias_net_free(&b);
    }
}

static void gates_need_their_synapses(void **state)
{
    (void)state;
    for (uint8_t dendrite = 0; dendrite < N_DENDRITES; dendrite++) {
        struct bias_net b;
        bias_net_init(&b);
        uint32_t p = add_population(&b, "det", add_set(&b, "a"), 2);
        connect(&b, p, add_attr(&b, (struct syn_attr){.dendrite = dendrite, .slots = 1}));
        b.net.latches = ARENA_ARRAY(&b.arena, uint16_t, 2);
        b.net.latches[1] = 1u << LATCH_denm_nmda;
        bias_net_run(&b, false);
        assert_int_equal(findings(&b, DIAG_W0713), dendrite == DENDRITE_NMDA ? 0 : 1);
        if (dendrite != DENDRITE_NMDA)
            assert_string_equal(message(&b, DIAG_W0713),
                                "attribute nmda_gate has no effect: no nmda synapse reaches det");
        bias_net_free(&b);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(take_the_nearest_code),
        cmocka_unit_test(tolerance_holds_at_its_limit),
        cmocka_unit_test(range_holds_at_its_limit),
        cmocka_unit_test(range_ends_with_the_tolerance),
        cmocka_unit_test(beyond_the_end_takes_the_end),
        cmocka_unit_test(messages_name_the_range),
        cmocka_unit_test(inherited_requests_are_reported_once),
        cmocka_unit_test(inherited_requests_keep_the_childs_tolerance),
        cmocka_unit_test(equal_codes_are_merged),
        cmocka_unit_test(merged_sets_are_solved_together),
        cmocka_unit_test(quiet_circuits_are_told_once),
        cmocka_unit_test(unused_circuits_are_not_told),
        cmocka_unit_test(latched_circuits_count_as_used),
        cmocka_unit_test(threshold_neurons_need_a_threshold),
        cmocka_unit_test(biases_need_their_latch),
        cmocka_unit_test(gates_need_their_synapses),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
