/* Attributes of bias sets: units, ratios, slots, inheritance, messages.
 * links: compiler grammar backend device base */
#include "compiler/elab.h"
#include "compiler/eval_parts.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

struct bench {
    struct arena arena;
    struct source_set sources;
    struct diag_sink sink;
    struct ast ast;
    struct elaboration out;
    struct eval eval;
};

/* Reads the bias statements of a text. */
static struct bench *read_text(const char *text)
{
    struct bench *b = calloc(1, sizeof *b);
    arena_init(&b->arena, NULL);
    diag_sink_init(&b->sink, &b->arena);
    source_set_init(&b->sources, &b->arena, ".");
    uint16_t file = source_add(&b->sources, "t.dyn", text, strlen(text));
    parse_file(&b->arena, &b->sources, file, &b->sink, &b->ast);
    assert_int_equal(b->sink.n_errors, 0);
    eval_init(&b->eval, &b->arena, &b->sources, &b->sink, device_dynapse2(), &b->out);
    for (uint32_t i = 0; i < b->ast.items.n; i++)
        if (b->ast.items.at[i]->kind == ITEM_BIAS)
            elab_bias_item(&b->eval, b->eval.file_scope, b->ast.items.at[i]);
    return b;
}

static void done(struct bench *b)
{
    arena_release(&b->arena);
    free(b);
}

static const struct bias_set *set_named(const struct bench *b, const char *name)
{
    for (uint32_t i = 0; i < b->out.net.bias_sets.n; i++)
        if (strcmp(b->out.net.bias_sets.at[i].name, name) == 0)
            return &b->out.net.bias_sets.at[i];
    fail_msg("no set %s", name);
    return NULL;
}

static int64_t za_of(const struct bench *b, const char *set, int bias)
{
    const struct bias_request *request = &set_named(b, set)->request[bias];
    assert_int_equal(request->kind, REQUEST_CURRENT);
    return request->za;
}

/* One text, one error of one code, whose message holds `part`. */
static struct bench *refuse(const char *text, enum diag_code code, const char *part)
{
    struct bench *b = read_text(text);
    if (b->sink.n_errors != 1)
        fail_msg("%s: %u errors", text, b->sink.n_errors);
    const struct diag *diag = b->sink.all.at[0];
    if (diag->code != code || !strstr(diag->message, part))
        fail_msg("%s: %s: %s", text, diag_info(diag->code)->code, diag->message);
    return b;
}

static void refused(const char *text, enum diag_code code, const char *part)
{
    done(refuse(text, code, part));
}

/* --- conversions --- */

static void times_become_currents(void **state)
{
    (void)state;
    struct bench *b =
        read_text("bias a { membrane.tau = 20 ms; ampa.tau = 10 ms; gaba.tau = 10 ms;"
                  " nmda.tau = 10 ms; shunt.tau = 10 ms; adaptation.tau = 50 ms;"
                  " spike.refractory = 1 ms; pulse = 10 us; adaptation.pulse = 1 us; }");
    assert_int_equal(b->sink.all.n, 0);
    /* The currents that Rockpool publishes for these times, to the digits given there. */
    const struct {
        int bias;
        int64_t za;
    } expected[] = {
        {BIAS_SOIF_LEAK_N, 5319148936},       {BIAS_DEAM_ETAU_P, 86879432624},
        {BIAS_DEGA_ITAU_P, 88652482270},      {BIAS_DENM_ETAU_P, 88652482270},
        {BIAS_DESC_ITAU_P, 86879432624},      {BIAS_SOAD_TAU_P, 28368794326},
        {BIAS_SOIF_REFR_N, 1050000000000},    {BIAS_SYPD_EXT_N, 35000000000000},
        {BIAS_SOAD_PWTAU_N, 350000000000000},
    };
    for (size_t i = 0; i < sizeof expected / sizeof expected[0]; i++)
        if (llabs(za_of(b, "a", expected[i].bias) - expected[i].za) > 1)
            fail_msg("%s: %lld", b->eval.device->bias[expected[i].bias].name,
                     (long long)za_of(b, "a", expected[i].bias));
    done(b);
}

static void every_attribute_takes_amperes_and_codes(void **state)
{
    (void)state;
    struct bench *b = read_text("bias a { membrane.tau = 5 pA; membrane.gain = 20 pA;"
                                " spike.refractory = 1 nA; dc = dac(2, 80); pulse = dac(4, 32);"
                                " ampa.gain = dac(0, 0); SOAD_CASC_P = dac(5, 250);"
                                " SOHO_VB_P = 3 nA; weight.x = dac(3, 31); }");
    assert_int_equal(b->sink.all.n, 0);
    const struct bias_set *set = set_named(b, "a");
    assert_int_equal(za_of(b, "a", BIAS_SOIF_LEAK_N), 5000000000);
    assert_int_equal(za_of(b, "a", BIAS_SOIF_GAIN_N), 20000000000);
    assert_int_equal(za_of(b, "a", BIAS_SOIF_REFR_N), 1000000000000);
    assert_int_equal(za_of(b, "a", BIAS_SOHO_VB_P), 3000000000000);
    assert_int_equal(set->request[BIAS_SOIF_DC_P].kind, REQUEST_CODE);
    assert_int_equal(set->request[BIAS_SOIF_DC_P].coarse, 2);
    assert_int_equal(set->request[BIAS_SOIF_DC_P].fine, 80);
    assert_int_equal(set->request[BIAS_SOAD_CASC_P].fine, 250);
    assert_int_equal(set->request[BIAS_SYAM_W0_P].kind, REQUEST_CODE);
    assert_string_equal(set->request[BIAS_SOIF_LEAK_N].attribute, "membrane.tau");
    assert_string_equal(set->request[BIAS_SOHO_VB_P].attribute, "SOHO_VB_P");
    done(b);
}

static void unstated_biases_stand_at_defaults(void **state)
{
    (void)state;
    struct bench *b = read_text("bias a { }");
    const struct bias_set *set = set_named(b, "a");
    for (int i = 0; i < N_BIASES; i++) {
        bool slot = i >= BIAS_SYAM_W0_P && i <= BIAS_SYAM_W3_P;
        assert_int_equal(set->request[i].kind, slot ? REQUEST_SOLVED : REQUEST_DEFAULT);
        assert_int_equal(set->request[i].coarse, b->eval.device->bias[i].def.coarse);
        assert_int_equal(set->request[i].fine, b->eval.device->bias[i].def.fine);
    }
    assert_true(set->tolerance == 0.10 && set->weight_tolerance == 0.05
                && set->delay_tolerance == 0.10);
    assert_int_equal(set->parent, NET_NONE);
    done(b);
}

static void gains_are_ratios_to_their_own_tau(void **state)
{
    (void)state;
    struct bench *b =
        read_text("bias a { membrane.gain = 4; membrane.tau = 20 ms; ampa.gain = 100; }"
                  "bias b { membrane.tau = dac(1, 10); membrane.gain = 2.5; }"
                  "bias c { membrane.tau = 7 pA; membrane.gain = 3; }");
    const struct device *device = b->eval.device;
    assert_int_equal(b->sink.all.n, 0);
    /* From the current before rounding: 4 * 5319148936.17 zA. */
    assert_int_equal(za_of(b, "a", BIAS_SOIF_GAIN_N), 21276595745);
    int64_t tau = device_bias_za(device, BIAS_DEAM_ETAU_P, device->bias[BIAS_DEAM_ETAU_P].def);
    assert_true(llabs(za_of(b, "a", BIAS_DEAM_EGAIN_P) - 100 * tau) <= 1);
    tau = device_bias_za(device, BIAS_SOIF_LEAK_N, (struct bias_code){1, 10});
    assert_true(llabs(za_of(b, "b", BIAS_SOIF_GAIN_N) - tau * 5 / 2) <= 1);
    assert_int_equal(za_of(b, "c", BIAS_SOIF_GAIN_N), 21000000000);
    done(b);
}

/* --- inheritance --- */

static void children_keep_ratios(void **state)
{
    (void)state;
    struct bench *b =
        read_text("bias a { membrane.tau = 20 ms; membrane.gain = 4; gaba.gain = 3 nA;"
                  " weight.ff = 3 nA; tolerance = 0.2; }"
                  "bias b : a { membrane.tau = 5 ms; gaba.tau = 1 ms; }"
                  "bias c : b { SOIF_LEAK_N = 1 pA; dc = 1 nA; }");
    assert_int_equal(b->sink.all.n, 0);
    assert_int_equal(za_of(b, "a", BIAS_SOIF_GAIN_N), 21276595745);
    assert_int_equal(za_of(b, "b", BIAS_SOIF_GAIN_N), 85106382979);
    assert_int_equal(za_of(b, "b", BIAS_DEGA_IGAIN_P), 3000000000000);
    assert_int_equal(za_of(b, "c", BIAS_SOIF_LEAK_N), 1000000000);
    assert_int_equal(za_of(b, "c", BIAS_SOIF_GAIN_N), 4000000000);
    assert_int_equal(set_named(b, "a")->request[BIAS_SOIF_DC_P].kind, REQUEST_DEFAULT);
    assert_int_equal(za_of(b, "c", BIAS_SYAM_W0_P), 3000000000000);
    assert_string_equal(set_named(b, "c")->slot_name[0], "ff");
    assert_true(set_named(b, "c")->tolerance == 0.2);
    assert_int_equal(set_named(b, "b")->parent, 0);
    assert_int_equal(set_named(b, "c")->parent, 1);
    done(b);
}

static void a_failed_parent_gives_no_second_message(void **state)
{
    (void)state;
    refused("bias a { membrane.tau = 3 mV; } bias b : a { dc = 1 nA; } bias c : b { }", DIAG_E0203,
            "`membrane.tau`");
}

/* --- slots --- */

static void slots_take_positions(void **state)
{
    (void)state;
    struct bench *b = read_text("bias a { weight.x = 1 nA; weight.w2 = 4 nA; weight.y = 2 nA; }"
                                "bias b : a { weight.z = 8 nA; weight.x = 5 nA; weight.w1 = 6 nA; }"
                                "bias c { SYAM_W0_P = 1 nA; weight.p = 2 nA; weight.w1 = 3 nA; }");
    assert_int_equal(b->sink.all.n, 0);
    const struct bias_set *a = set_named(b, "a"), *child = set_named(b, "b");
    assert_string_equal(a->slot_name[0], "x");
    assert_string_equal(a->slot_name[1], "y");
    assert_string_equal(a->slot_name[2], "w2");
    assert_string_equal(a->slot_name[3], "w3");
    assert_int_equal(a->request[BIAS_SYAM_W3_P].kind, REQUEST_SOLVED);
    assert_int_equal(za_of(b, "a", BIAS_SYAM_W1_P), 2000000000000);
    assert_string_equal(child->slot_name[3], "z");
    assert_int_equal(za_of(b, "b", BIAS_SYAM_W0_P), 5000000000000);
    assert_int_equal(za_of(b, "b", BIAS_SYAM_W1_P), 6000000000000); /* y, under its position */
    assert_string_equal(child->slot_name[1], "y");
    const struct bias_set *c = set_named(b, "c");
    assert_string_equal(c->slot_name[2], "p");
    assert_int_equal(za_of(b, "c", BIAS_SYAM_W2_P), 2000000000000);
    done(b);
}

static void four_slots_and_no_more(void **state)
{
    (void)state;
    done(read_text(
        "bias a { weight.a = 1 nA; weight.b = 1 nA; weight.c = 1 nA; weight.d = 1 nA; }"));
    struct bench *b = refuse("bias a { weight.a = 1 nA; weight.b = 1 nA; weight.c = 1 nA;"
                             " weight.d = 1 nA; weight.e = 1 nA; }",
                             DIAG_E0307, "`a` names 5 weight slots, a core has 4");
    assert_true(b->sink.all.at[0]->notes.n >= 4);
    done(b);
    refused("bias a { weight.a = 1 nA; weight.b = 1 nA; } bias b : a { weight.c = 1 nA;"
            " weight.d = 1 nA; weight.e = 1 nA; }",
            DIAG_E0307, "`b` names 5");
}

static void settings_are_no_slots(void **state)
{
    (void)state;
    struct bench *b = read_text("bias a { weight.unit = 8 nA; weight.tolerance = 0.35;"
                                " delay.tolerance = 0.2; tolerance = 0; delay.none = 5 ms;"
                                " delay.precise = 20 us; }");
    assert_int_equal(b->sink.all.n, 0);
    const struct bias_set *set = set_named(b, "a");
    assert_int_equal(set->weight_unit_za, 8000000000000);
    assert_true(set->weight_tolerance == 0.35 && set->delay_tolerance == 0.2
                && set->tolerance == 0);
    assert_int_equal(set->delay[NET_DELAY_NONE].ps, 5000000000);
    assert_int_equal(set->delay[NET_DELAY_PRECISE].ps, 20000000);
    assert_int_equal(set->delay[NET_DELAY_MISMATCHED].ps, 0);
    assert_int_equal(set->request[BIAS_SYAM_W0_P].kind, REQUEST_SOLVED);
    done(b);
}

/* --- messages --- */

static void set_twice_names_both(void **state)
{
    (void)state;
    struct bench *b = refuse("bias a { membrane.tau = 20 ms; SOIF_LEAK_N = 3 pA; }", DIAG_E0207,
                             "SOIF_LEAK_N is set twice: by `membrane.tau` and by `SOIF_LEAK_N`");
    const struct diag *diag = b->sink.all.at[0];
    assert_int_equal(diag->labels.at[0].span.begin, 31);
    assert_int_equal(diag->notes.at[0].span.begin, 9);
    done(b);
    refused("bias a { dc = 1 nA; dc = 2 nA; }", DIAG_E0207, "`dc` is set twice");
    refused("bias a { weight.x = 1 nA; weight.x = 2 nA; }", DIAG_E0207, "`weight.x` is set twice");
    refused("bias a { weight.w1 = 1 nA; SYAM_W1_P = 2 nA; }", DIAG_E0207, "SYAM_W1_P is set twice");
    refused("bias a { tolerance = 0.1; tolerance = 0.1; }", DIAG_E0207, "`tolerance` is set twice");
    refused("bias a { delay.none = 1 ms; delay.none = 1 ms; }", DIAG_E0207, "`delay.none`");
}

static void unknown_attributes_get_a_suggestion(void **state)
{
    (void)state;
    const struct {
        const char *text, *fix;
    } cases[] = {{"bias a { tau = 20 ms; }", "membrane.tau"},
                 {"bias a { membrane.ta = 20 ms; }", "membrane.tau"},
                 {"bias a { SOIF_LEAK_P = 1 nA; }", "SOIF_LEAK_N"},
                 {"bias a { threshold = 1 nA; }", "spike.threshold"},
                 {"bias a { weight.x.y = 1 nA; }", NULL},
                 {"bias a { delay.both = 1 ms; }", NULL}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct bench *b = refuse(cases[i].text, DIAG_E0202, "is not an attribute of a bias set");
        const struct diag *diag = b->sink.all.at[0];
        assert_int_equal(diag->fixes.n, 1);
        if (cases[i].fix)
            assert_string_equal(diag->fixes.at[0].replacement, cases[i].fix);
        done(b);
    }
}

static void wrong_types_are_named(void **state)
{
    (void)state;
    refused("bias a { membrane.tau = 3 mV; }", DIAG_E0203,
            "`membrane.tau` takes a time, a current or dac(), got a voltage");
    refused("bias a { membrane.tau = 3; }", DIAG_E0203, "`membrane.tau`");
    refused("bias a { membrane.gain = 3 ms; }", DIAG_E0203,
            "`membrane.gain` takes a plain number, a current or dac()");
    refused("bias a { dc = 3 ms; }", DIAG_E0203, "`dc` takes a current or dac()");
    refused("bias a { SOIF_LEAK_N = 3 ms; }", DIAG_E0203, "`SOIF_LEAK_N`");
    refused("bias a { delay.none = 3 nA; }", DIAG_E0203, "`delay.none`");
    refused("bias a { delay.none = dac(1, 2); }", DIAG_E0203, "`delay.none`");
    refused("bias a { tolerance = 3 nA; }", DIAG_E0203, "`tolerance`");
    refused("bias a { weight.unit = 3; }", DIAG_E0203, "`weight.unit`");
    refused("bias a { weight.x = 3; }", DIAG_E0203, "`weight.x`");
}

static void impossible_values_are_named(void **state)
{
    (void)state;
    refused("bias a { membrane.tau = 0 ms; }", DIAG_E0205, "`membrane.tau` must be more than 0");
    refused("bias a { membrane.tau = -5 ms; }", DIAG_E0205, "`membrane.tau`");
    refused("bias a { membrane.gain = 0; }", DIAG_E0205, "`membrane.gain`");
    refused("bias a { delay.none = 0 ms; }", DIAG_E0205, "`delay.none`");
    refused("bias a { weight.unit = 0 nA; }", DIAG_E0205, "`weight.unit`");
    refused("bias a { tolerance = -0.1; }", DIAG_E0205, "`tolerance`");
    refused("bias a { weight.tolerance = 11; }", DIAG_E0205, "`weight.tolerance`");
    refused("bias a { dc = dac(6, 10); }", DIAG_E0503, "dac(6, 10)");
    refused("bias a { dc = dac(5, 256); }", DIAG_E0503, "dac(5, 256)");
    refused("bias a { dc = 1000 mA; }", DIAG_E0206, "`dc`");
    refused("bias a { membrane.tau = 1e-9 ns; }", DIAG_E0206, "`membrane.tau`");
}

static void all_errors_of_a_set_are_told(void **state)
{
    (void)state;
    struct bench *b = read_text("bias a { tau = 1 ms; dc = 1 ms; dc = 2 nA; pulse = 1 mV; }");
    assert_int_equal(b->sink.n_errors, 4);
    assert_int_equal(b->out.net.bias_sets.n, 0);
    done(b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(times_become_currents),
        cmocka_unit_test(every_attribute_takes_amperes_and_codes),
        cmocka_unit_test(unstated_biases_stand_at_defaults),
        cmocka_unit_test(gains_are_ratios_to_their_own_tau),
        cmocka_unit_test(children_keep_ratios),
        cmocka_unit_test(a_failed_parent_gives_no_second_message),
        cmocka_unit_test(slots_take_positions),
        cmocka_unit_test(four_slots_and_no_more),
        cmocka_unit_test(settings_are_no_slots),
        cmocka_unit_test(set_twice_names_both),
        cmocka_unit_test(unknown_attributes_get_a_suggestion),
        cmocka_unit_test(wrong_types_are_named),
        cmocka_unit_test(impossible_values_are_named),
        cmocka_unit_test(all_errors_of_a_set_are_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
