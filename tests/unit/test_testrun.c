/* Test blocks run on images: from text to verdict, by way of mapper and emitter.
 * links: compiler grammar backend mapper runtime device base */
#include "backend/emit.h"
#include "compiler/testrun.h"
#include "mapper/map.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static const char *const prelude =
    "target dynapse2(chips = 1);\n"
    "bias b {\n"
    "    membrane.tau = 20 ms; membrane.gain = 4; spike.threshold = 5 nA; spike.refractory = 2 "
    "ms;\n"
    "    ampa.tau = 10 ms; ampa.gain = 100; pulse = 10 us; weight.w = 16 nA;\n"
    "}\n"
    "input i[8];\n"
    "population p[4] : b;\n"
    "i -> p : ampa(weight = b.w, share = off);\n"
    "probe p : spikes;\n";

struct fixture {
    struct arena arena;
    struct source_set sources;
    struct diag_sink sink;
    struct ast ast;
    struct elaboration elaboration;
    struct bias_plan plan;
    struct mapping mapping;
    struct image image;
    struct text out;
    struct testrun_options options;
    bool passed;
};

static void build(struct fixture *f, const char *text)
{
    struct elaborate_options options = {0};
    const struct map_options map = {0};
    const struct device *device = device_dynapse2();
    struct net *net = &f->elaboration.net;
    *f = (struct fixture){0};
    arena_init(&f->arena, NULL);
    source_set_init(&f->sources, &f->arena, ".");
    diag_sink_init(&f->sink, &f->arena);
    text_init(&f->out, &f->arena);
    uint16_t file = source_add(&f->sources, "t.dyn", text, strlen(text));
    parse_file(&f->arena, &f->sources, file, &f->sink, &f->ast);
    bool ok =
        elaborate(&f->arena, &f->sources, &f->ast, device, &options, &f->sink, &f->elaboration);
    if (!ok)
        print_error("%s\n", f->sink.all.at[0]->message);
    assert_true(ok);
    bias_quantise(&f->arena, net, device, &f->sink, &f->plan);
    bias_solve(&f->arena, net, device, &f->sink, &f->plan);
    assert_int_equal(map_network(&f->arena, net, device, &f->plan, &map, &f->sink, &f->mapping),
                     MAP_OK);
    emit_image(&f->arena, net, device, &f->plan, &f->mapping, &f->sources, "test", &f->image);
}

static void build_tests(struct fixture *f, const char *blocks)
{
    char text[4000];
    snprintf(text, sizeof text, "%s%s", prelude, blocks);
    build(f, text);
}

static void run(struct fixture *f)
{
    f->passed = testrun_all(&f->arena, &f->elaboration, &f->image, &f->options, &f->sink, &f->out);
}

static const struct diag *last_error(struct fixture *f)
{
    for (uint32_t i = f->sink.all.n; i-- > 0;)
        if (f->sink.all.at[i]->severity == SEVERITY_ERROR)
            return f->sink.all.at[i];
    fail_msg("no error was reported");
    return NULL;
}

static void passes_and_fails(void **state)
{
    (void)state;
    struct fixture f;
    build_tests(&f, "test \"a\" { drive i = regular(100 Hz); run 300 ms; expect active(p) == 1; }\n"
                    "test \"b\" { run 300 ms; expect active(p) == 1; }\n"
                    "test \"c\" { drive i[0] = spikes([10 ms, 20 ms]); run 50 ms;"
                    " expect count(i[0]) == 2 and count(i) == 2; }\n");
    run(&f);
    assert_false(f.passed);
    assert_string_equal(last_error(&f)->message,
                        "test \"b\": active(p) = 0, expected == 1 (trial 1 of 1, seed 0)");
    assert_int_equal(f.sink.n_errors, 1);
    assert_int_equal(diag_exit_code(&f.sink), 7);
    assert_non_null(strstr(f.out.at, "test \"a\": passed (300 ms, dt 100 us, 1 trial)\n"));
    assert_non_null(strstr(f.out.at, "test \"b\": FAILED (300 ms, dt 100 us, 1 trial)\n"));
    assert_non_null(strstr(f.out.at, "1 of 3 tests failed\n"));
    arena_release(&f.arena);
}

static void only_some(void **state)
{
    (void)state;
    struct fixture f;
    build_tests(&f,
                "test \"fires\" { drive i = regular(100 Hz); run 300 ms; expect active(p) == 1; }\n"
                "test \"fails\" { run 300 ms; expect active(p) == 1; }\n");
    f.options.only = "fire";
    run(&f);
    assert_true(f.passed);
    f.options.only = "nothing";
    run(&f);
    assert_false(f.passed);
    assert_int_equal(last_error(&f)->code, DIAG_E0228);
    arena_release(&f.arena);
}

/* `set` of a test silences neurons for this test only; measures leave them out. */
static void latches_of_a_test(void **state)
{
    (void)state;
    struct fixture f;
    build_tests(&f, "test \"killed\" { set p[0:2] { kill = on; } drive i = regular(100 Hz);"
                    " run 300 ms; expect active(p) == 1; expect count(p[0:2]) == 0; }\n"
                    "test \"alive\" { drive i = regular(100 Hz); run 300 ms;"
                    " expect count(p[0]) > 0 and count(p[1]) > 0; }\n");
    run(&f);
    assert_true(f.passed);
    arena_release(&f.arena);
}

/* The same seed gives the same values, another trial others; --dt replaces the step of all tests.
 */
static void trials_and_steps(void **state)
{
    (void)state;
    struct fixture f;
    build_tests(&f, "test \"t\" (seed = 3, trials = 4, mismatch = 0.1) { drive i = poisson(60 Hz);"
                    " run 200 ms; expect count(i) > 100000; }\n");
    run(&f);
    const struct diag *first = last_error(&f);
    run(&f);
    const struct diag *second = last_error(&f);
    assert_ptr_not_equal(first, second);
    assert_string_equal(first->notes.at[1].text, second->notes.at[1].text);
    f.options.dt = 10e-6;
    run(&f);
    assert_string_equal(first->notes.at[1].text, last_error(&f)->notes.at[1].text);
    assert_non_null(strstr(f.out.at, "dt 10 us, 0 of 4 trials"));
    unsigned a, b, c, d;
    assert_int_equal(
        sscanf(first->notes.at[1].text, "count(i) per trial: %u, %u, %u, %u", &a, &b, &c, &d), 4);
    assert_true(a != b || b != c || c != d);
    arena_release(&f.arena);
}

/* A run and a step whose sum is behind the end of the time range: the last step still comes. */
static void longest_runs(void **state)
{
    (void)state;
    struct fixture f;
    build_tests(&f, "test \"t\" (dt = 8000000 s) { drive i[0] = spikes([1 s]); run 9000000 s;"
                    " expect count(i[0]) == 1; }\n");
    run(&f);
    assert_true(f.passed);
    arena_release(&f.arena);
}

static void refusals(void **state)
{
    (void)state;
    struct fixture f;
    build_tests(&f, "test \"t\" { set p { latch.de_mux = on; } run 100 ms; }\n");
    run(&f);
    assert_false(f.passed);
    assert_int_equal(last_error(&f)->code, DIAG_E0803);
    arena_release(&f.arena);

    build_tests(&f, "test \"t\" { drive i = regular(1 MHz); run 4.194304 s; }\n");
    run(&f);
    assert_false(f.passed);
    assert_int_equal(last_error(&f)->code, DIAG_E0225);
    f.options.dt = 1e-9; /* more steps than allowed: refused before the first */
    run(&f);
    assert_int_equal(last_error(&f)->code, DIAG_E0225);
    assert_non_null(strstr(last_error(&f)->message, "steps of 1 ns"));
    arena_release(&f.arena);

    build_tests(&f, "test \"t\" (dt = 3 ms) { run 300 ms; expect count(p) == 0; }\n");
    run(&f);
    uint32_t coarse = 0;
    for (uint32_t i = 0; i < f.sink.all.n; i++)
        coarse += f.sink.all.at[i]->code == DIAG_W0717;
    assert_int_equal(coarse, 1);
    arena_release(&f.arena);
}

/* --- running out of memory at every allocation --- */

static void run_in_phase(void *arg)
{
    run(arg);
}

static void out_of_memory(void **state)
{
    (void)state;
    uint64_t step = 1;
    for (uint64_t allowed = 0;; allowed += step) {
        struct oom_trap trap;
        struct fixture f;
        oom_trap_init(&trap);
        build_tests(&f, "test \"t\" (trials = 2) { drive i = poisson(50 Hz); run 5 ms;"
                        " expect count(p) >= 0; }\n");
        f.arena.trap = &trap;
        trap.allowed = allowed;
        bool done = phase_run(&trap, run_in_phase, &f);
        f.arena.trap = NULL;
        arena_release(&f.arena);
        if (done)
            break;
        assert_true(allowed < 5000);
        step = allowed < 30 ? 1 : 7;
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(passes_and_fails),  cmocka_unit_test(only_some),
        cmocka_unit_test(latches_of_a_test), cmocka_unit_test(trials_and_steps),
        cmocka_unit_test(longest_runs),      cmocka_unit_test(refusals),
        cmocka_unit_test(out_of_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
