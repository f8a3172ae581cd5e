/* Test blocks: what the front end accepts, and what measures and expectations say of given spikes.
 * links: compiler grammar device base */
#include "compiler/base/render.h"
#include "compiler/verdict.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

static const int64_t ms = 1000000000, us = 1000000;

/* p: neurons 0 .. 3, q: 4 .. 5; i: inputs 0 .. 1. */
static const char *const prelude = "target dynapse2(chips = 1);\n"
                                   "bias b { membrane.tau = 20 ms; }\n"
                                   "input i[2];\n"
                                   "population p[4] : b;\n"
                                   "population q[2] : b;\n";

struct fixture {
    struct oom_trap trap;
    struct arena arena;
    struct source_set sources;
    struct diag_sink sink;
    struct ast ast;
    struct elaboration elaboration;
    struct raster raster;
    struct text out;
};

static bool elaborate_text(struct fixture *f, const char *block)
{
    struct elaborate_options options = {0};
    *f = (struct fixture){0};
    oom_trap_init(&f->trap);
    arena_init(&f->arena, &f->trap);
    source_set_init(&f->sources, &f->arena, ".");
    diag_sink_init(&f->sink, &f->arena);
    text_init(&f->out, &f->arena);
    const char *text = arena_printf(&f->arena, "%s%s", prelude, block);
    uint16_t file = source_add(&f->sources, "t.dyn", text, strlen(text));
    parse_file(&f->arena, &f->sources, file, &f->sink, &f->ast);
    assert_false(diag_has_errors(&f->sink));
    return elaborate(&f->arena, &f->sources, &f->ast, device_dynapse2(), &options, &f->sink,
                     &f->elaboration);
}

static void clear_raster(struct fixture *f, int64_t dt_ps)
{
    f->raster = (struct raster){.neurons = ARENA_ARRAY(&f->arena, struct train, 6),
                                .inputs = ARENA_ARRAY(&f->arena, struct train, 2),
                                .alive = ARENA_ARRAY(&f->arena, uint8_t, 6),
                                .dt_ps = dt_ps,
                                .run_ps = f->elaboration.tests.at[0].run_ps};
    memset(f->raster.alive, 1, 6);
}

/* Spikes at these times, ms; a negative time ends the list. */
static void spikes(struct fixture *f, struct train *train, const double *at_ms)
{
    for (; *at_ms >= 0; at_ms++)
        VEC_PUSH(&f->arena, train, (uint32_t)(*at_ms * 1e9 / (double)f->raster.dt_ps + 0.5) - 1);
}
#define SPIKES(f, train, ...) spikes((f), (train), (const double[]){__VA_ARGS__, -1})

static void standard_raster(struct fixture *f)
{
    clear_raster(f, 100 * us);
    SPIKES(f, &f->raster.neurons[0], 10, 20, 40, 80, 100);
    SPIKES(f, &f->raster.neurons[1], 30, 50);
    SPIKES(f, &f->raster.neurons[2], 70);
    SPIKES(f, &f->raster.neurons[4], 10, 20, 30, 40);
    SPIKES(f, &f->raster.inputs[0], 5, 5, 15);
}

static const char *codes(struct fixture *f)
{
    struct text out;
    text_init(&out, &f->arena);
    for (uint32_t i = 0; i < f->sink.all.n; i++)
        if (f->sink.all.at[i]->severity == SEVERITY_ERROR)
            text_add(&out, out.n ? " %s" : "%s", diag_info(f->sink.all.at[i]->code)->code);
    return out.n ? out.at : "";
}

/* Judges one trial of the standard raster; the messages of the failures, joined. */
static void expect_verdict(const char *expectation, const char *why)
{
    struct fixture f;
    struct verdict verdict;
    const char *block = NULL;
    struct arena scratch;
    arena_init(&scratch, NULL);
    block = arena_printf(&scratch, "test \"t\" (seed = 7) { run 100 ms; %s }\n", expectation);
    if (!elaborate_text(&f, block))
        print_error("%s\n", f.sink.all.at[0]->message);
    assert_string_equal(codes(&f), "");
    const struct test *test = &f.elaboration.tests.at[0];
    standard_raster(&f);
    verdict_init(&verdict, &f.arena, f.elaboration.eval, &f.sink, test);
    verdict_add(&verdict, &f.raster);
    bool passed = verdict_finish(&verdict, f.raster.dt_ps, &f.out);
    assert_int_equal(passed, why == NULL);
    if (why) {
        const char *message = arena_printf(&f.arena, "test \"t\": %s (trial 1 of 1, seed 7)", why);
        assert_string_equal(codes(&f), "E0801");
        assert_string_equal(f.sink.all.at[f.sink.all.n - 1]->message, message);
    }
    arena_release(&scratch);
    arena_release(&f.arena);
}

static void measures(void **state)
{
    (void)state;
    expect_verdict("expect count(p) == 8;", NULL);
    expect_verdict("expect count(p[0:2]) == 7 and count(q[1]) == 0;", NULL);
    expect_verdict("expect rate(p) in 19.99 .. 20.01 Hz;", NULL);
    expect_verdict("expect rate(q[1]) == 0 Hz;", NULL);
    expect_verdict("expect count(i) == 3 and count(i[1]) == 0;", NULL);
    expect_verdict("expect active(p) == 0.75;", NULL);
    expect_verdict("expect first_spike(p) in 9.99 .. 10.01 ms;", NULL);
    expect_verdict("expect order(first_spike(p[0]), first_spike(p[1]), first_spike(p[2]));", NULL);
    expect_verdict("expect not order(first_spike(p[0]), first_spike(q[0]));", NULL);
    expect_verdict("expect isi(p[0]) in 22.49 .. 22.51 ms;", NULL);
    expect_verdict("expect isi(p[0], first) in 9.99 .. 10.01 ms;", NULL);
    expect_verdict("expect isi(p[0], last) in 19.99 .. 20.01 ms;", NULL);
    expect_verdict("expect isi(p, which = first) in 14.99 .. 15.01 ms;", NULL);
    /* intervals 10, 20, 40, 20 ms: mean 22.5, deviation sqrt(118.75) */
    expect_verdict("expect cv(p) in 0.4843 .. 0.4844;", NULL);
    expect_verdict("expect cv(q) in 0 .. 1e-9;", NULL);
}

static void windows(void **state)
{
    (void)state;
    /* A spike at 40 ms belongs to the window that ends there. */
    expect_verdict("expect count(p[0]) == 3 during 0 .. 40 ms;", NULL);
    expect_verdict("expect count(p[0]) == 2 during 40 .. 100 ms;", NULL);
    expect_verdict("expect count(p[0]) == 1 during 39.9 .. 40 ms;", NULL);
    expect_verdict("expect count(p[0]) == 0 during 40 .. 79.9 ms;", NULL);
    expect_verdict("expect rate(q[0]) in 199 .. 201 Hz during 20 .. 30.0 ms;",
                   "rate(q[0]) during 20 ms .. 30 ms = 100 Hz, expected 199 .. 201 Hz");
    expect_verdict("expect rate(p[0]) == rate(p[1]) during 10 .. 50 ms;", NULL);
}

static void failures(void **state)
{
    (void)state;
    expect_verdict("expect rate(p) in 1 .. 5 Hz;", "rate(p) = 20 Hz, expected 1 .. 5 Hz");
    expect_verdict("expect rate(p) > 3 * rate(q);",
                   "rate(p) = 20 Hz, expected > 3 * rate(q) = 60 Hz");
    expect_verdict("expect rate(p) > 3 Hz and count(q) == 3;", "count(q) = 4, expected == 3");
    expect_verdict("expect count(q) == 3 and rate(p) > 3 Hz;", "count(q) = 4, expected == 3");
    expect_verdict("expect isi(p, last) < 1 ms;", "isi(p, last) = 20 ms, expected < 1 ms");
    expect_verdict("for k in 0:2 { expect count(p[k]) == 5; }", "count(p[1]) = 2, expected == 5");
    expect_verdict("expect not active(p) > 0.5;", "`not active(p) > 0.5` does not hold");
    expect_verdict("expect isi(p[2]) > 0 s;",
                   "isi(p[2]) > 0 s has no value: no two spikes of one unit in p[2]");
    expect_verdict("expect cv(p[1]) > 0;",
                   "cv(p[1]) > 0 has no value: no three spikes of one unit in p[1]");
    expect_verdict("expect first_spike(q[1]) > 0 s;",
                   "first_spike(q[1]) > 0 s has no value: no spike of q[1]");
    expect_verdict("expect order(first_spike(p[2]), first_spike(p[1]));",
                   "`order(first_spike(p[2]), first_spike(p[1]))` does not hold");
}

/* chi of Golomb: 1 for equal trains, small for alternating ones. */
static void synchrony(void **state)
{
    (void)state;
    static const struct {
        double shift;
        const char *block;
    } cases[] = {{0, "test \"t\" { run 200 ms; expect synchrony(q) in 0.999999 .. 1.000001; }"},
                 {10, "test \"t\" { run 200 ms; expect synchrony(q, bin = 10 ms) in 0 .. 1e-6; }"}};
    for (size_t c = 0; c < 2; c++) {
        struct fixture f;
        struct verdict verdict;
        assert_true(elaborate_text(&f, cases[c].block));
        clear_raster(&f, 100 * us);
        for (double t = 5; t < 200; t += 20) {
            SPIKES(&f, &f.raster.neurons[4], t);
            SPIKES(&f, &f.raster.neurons[5], t + cases[c].shift);
        }
        verdict_init(&verdict, &f.arena, f.elaboration.eval, &f.sink, &f.elaboration.tests.at[0]);
        verdict_add(&verdict, &f.raster);
        assert_true(verdict_finish(&verdict, f.raster.dt_ps, &f.out));
        arena_release(&f.arena);
    }
}

static void killed_neurons(void **state)
{
    (void)state;
    struct fixture f;
    struct verdict verdict;
    assert_true(elaborate_text(&f, "test \"t\" { run 100 ms; expect rate(p) in 34.9 .. 35.1 Hz;"
                                   " expect active(p) == 1; }"));
    standard_raster(&f);
    f.raster.alive[2] = f.raster.alive[3] = 0; /* p[0], p[1]: 7 spikes */
    verdict_init(&verdict, &f.arena, f.elaboration.eval, &f.sink, &f.elaboration.tests.at[0]);
    verdict_add(&verdict, &f.raster);
    assert_true(verdict_finish(&verdict, f.raster.dt_ps, &f.out));
    f.raster.alive[0] = f.raster.alive[1] = 0;
    verdict_init(&verdict, &f.arena, f.elaboration.eval, &f.sink, &f.elaboration.tests.at[0]);
    verdict_add(&verdict, &f.raster);
    assert_false(verdict_finish(&verdict, f.raster.dt_ps, &f.out));
    assert_string_equal(f.sink.all.at[f.sink.all.n - 2]->message,
                        "test \"t\": rate(p) in 34.9 .. 35.1 Hz has no value: no living unit in p "
                        "(trial 1 of 1, seed 0)");
    arena_release(&f.arena);
}

/* `pass` is the share of trials in which all expectations hold; the limit itself passes. */
static void trials(void **state)
{
    (void)state;
    for (uint32_t good = 6; good <= 8; good++) {
        struct fixture f;
        struct verdict verdict;
        assert_true(elaborate_text(&f, "test \"t\" (trials = 10, pass = 0.7) { run 100 ms;"
                                       " expect count(p[0]) > 1; }"));
        verdict_init(&verdict, &f.arena, f.elaboration.eval, &f.sink, &f.elaboration.tests.at[0]);
        for (uint32_t i = 0; i < 10; i++) {
            clear_raster(&f, ms);
            SPIKES(&f, &f.raster.neurons[0], 10);
            if (i < good)
                SPIKES(&f, &f.raster.neurons[0], 20);
            verdict_add(&verdict, &f.raster);
        }
        bool passed = verdict_finish(&verdict, ms, &f.out);
        assert_int_equal(passed, good >= 7);
        if (!passed) {
            const struct diag *diag = f.sink.all.at[f.sink.all.n - 1];
            assert_string_equal(
                diag->message, "test \"t\": count(p[0]) = 1, expected > 1 (trial 7 of 10, seed 0)");
            assert_string_equal(diag->notes.at[1].text,
                                "count(p[0]) per trial: 2, 2, 2, 2, 2, 2, 1, 1, 1, 1");
        }
        arena_release(&f.arena);
    }
}

static void report_lines(void **state)
{
    (void)state;
    struct fixture f;
    struct verdict verdict;
    assert_true(elaborate_text(&f, "test \"fires\" { run 100 ms; expect rate(p) > 0 Hz;"
                                   " expect rate(p) < 2 * rate(q) and isi(q) > 1 ms; }"));
    standard_raster(&f);
    verdict_init(&verdict, &f.arena, f.elaboration.eval, &f.sink, &f.elaboration.tests.at[0]);
    verdict_add(&verdict, &f.raster);
    assert_true(verdict_finish(&verdict, f.raster.dt_ps, &f.out));
    assert_string_equal(f.out.at, "test \"fires\": passed (100 ms, dt 100 us, 1 trial)\n"
                                  "    rate(p) = 20 Hz\n"
                                  "    rate(q) = 20 Hz\n"
                                  "    isi(q) = 10 ms\n");
    arena_release(&f.arena);
}

/* --- what the front end says of test blocks --- */

static void expect_codes(const char *block, const char *expected)
{
    struct fixture f;
    bool ok = elaborate_text(&f, block);
    if (strcmp(codes(&f), expected) != 0)
        for (uint32_t i = 0; i < f.sink.all.n; i++)
            print_error("%s: %s\n", block, f.sink.all.at[i]->message);
    assert_string_equal(codes(&f), expected);
    assert_int_equal(ok, expected[0] == 0);
    arena_release(&f.arena);
}

static void bad_blocks(void **state)
{
    (void)state;
    expect_codes("test \"t\" { run 1 s; expect count(p) >= 0; }", "");
    expect_codes("test \"t\" { }", "E0802");
    expect_codes("test \"t\" { run 0 s; }", "E0802");
    expect_codes("test \"t\" { run 1 s; run 1 s; }", "E0207");
    expect_codes("test \"t\" { expect rate(p) > 1 Hz; run 1 s; }", "E0220");
    expect_codes("test \"t\" { run 1; }", "E0203");
    expect_codes("test \"t\" { drive p = poisson(3 Hz); run 1 s; }", "E0203");
    expect_codes("test \"t\" { drive i = 3; run 1 s; }", "E0203");
    expect_codes("test \"t\" { drive i = poisson(3 s); run 1 s; }", "E0203");
    expect_codes("test \"t\" { drive i = poisson(pre * 3 Hz); run 1 s; expect count(p) >= 0; }",
                 "");
    expect_codes("test \"t\" { drive i = regular(9 Hz) during 2 s .. 1 s; run 1 s; }", "E0205");
    expect_codes("test \"t\" { drive nobody = regular(9 Hz); run 1 s; }", "E0201");
    expect_codes("test \"t\" { set i { kill = on; } run 1 s; }", "E0203");
    expect_codes("test \"t\" { set p[0] { kill = on; } run 1 s; expect count(p) >= 0; }", "");
    expect_codes("test \"t\" { set p { nonsense = on; } run 1 s; }", "E0202");
    expect_codes("test \"t\" (trials = 0) { run 1 s; }", "E0205");
    expect_codes("test \"t\" (pass = 1.1) { run 1 s; }", "E0205");
    expect_codes("test \"t\" (mismatch = -0.1) { run 1 s; }", "E0205");
    expect_codes("test \"t\" (dt = 0 s) { run 1 s; }", "E0205");
    expect_codes("test \"t\" (seed = -1) { run 1 s; }", "E0205");
    expect_codes("test \"t\" (trial = 1) { run 1 s; }", "E0205");
    expect_codes("test \"t\" (dt = 1 ns) { run 1 s; expect count(p) >= 0; }", "");
    expect_codes("test \"t\" (dt = 1 ns) { run 1.1 s; }", "E0225");
    expect_codes("test \"t\" { run 1 s; expect 3; }", "E0203");
    expect_codes("test \"t\" { run 1 s; expect rate(p); }", "E0203");
    expect_codes("test \"t\" { run 1 s; expect rate(p) > 3 s; }", "E0204");
    expect_codes("test \"t\" { run 1 s; expect rate(p, 3) > 3 Hz; }", "E0205");
    expect_codes("test \"t\" { run 1 s; expect rat(p) > 3 Hz; }", "E0201");
    expect_codes("test \"t\" { run 1 s; expect isi(p, frist) > 3 s; }", "E0203");
    expect_codes("test \"t\" { run 1 s; expect synchrony(p, bin = 0 s) > 1; }", "E0205");
    expect_codes("test \"t\" { run 1 s; expect order(first_spike(p)); }", "E0205");
    expect_codes("test \"t\" { run 1 s; expect order(rate(p), 1 s); }", "E0203");
    expect_codes("test \"t\" { run 1 s; expect rate(p) > 3 Hz during 1 s .. 2 s; }", "E0205");
    expect_codes("test \"t\" { run 1 s; expect rate(p) > 3 Hz during 1 s .. 1 s; }", "E0205");
    expect_codes("test \"t\" { run 1 s; expect rate(p) > 3 Hz during 0.5 .. 1 s; }", "");
    expect_codes("test \"t\" { run 1 s; for k in 0:9 { expect count(p[k]) > 3; } }", "E0210");
    expect_codes("assert rate(p) > 1 Hz;", "E0208");
}

/* A trial leaves its values and nothing else: labels, samples and sentences go with it. */
static void trials_take_no_memory(void **state)
{
    (void)state;
    enum { TRIALS = 1 << 14, VALUES = 4, CHUNKS = 2 << 20 };
    struct fixture f;
    struct verdict verdict;
    assert_true(elaborate_text(
        &f, "test \"t\" (trials = 1000) { run 100 ms; expect count(p) == 8 and rate(p) > 0 Hz;"
            " expect isi(p[0:2], first) > 1 us during 10 ms .. 60 ms;"
            " expect synchrony(p, bin = 10 ms) > 2 or isi(q[1]) > 0 s; }\n"));
    standard_raster(&f);
    verdict_init(&verdict, &f.arena, f.elaboration.eval, &f.sink, &f.elaboration.tests.at[0]);
    verdict_add(&verdict, &f.raster);
    size_t before = f.trap.bytes;
    for (int i = 1; i < TRIALS; i++)
        verdict_add(&verdict, &f.raster);
    /* vectors double, their shorter forms stay */
    assert_true(f.trap.bytes - before <= 2 * TRIALS * VALUES * sizeof(double) + CHUNKS);
    assert_null(f.elaboration.eval->failure);
    arena_release(&f.arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(measures),
        cmocka_unit_test(windows),
        cmocka_unit_test(failures),
        cmocka_unit_test(synchrony),
        cmocka_unit_test(killed_neurons),
        cmocka_unit_test(trials),
        cmocka_unit_test(report_lines),
        cmocka_unit_test(bad_blocks),
        cmocka_unit_test(trials_take_no_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
