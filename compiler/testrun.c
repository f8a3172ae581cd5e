#include "compiler/testrun.h"

#include "compiler/base/rng.h"
#include "compiler/duration.h"
#include "compiler/trial.h"
#include "compiler/trial_step.h"
#include "compiler/verdict.h"
#include "runtime/sim.h"

#include <string.h>

enum { MOST_TITLES = 5 }; /* named where none was meant */

struct testrun {
    struct arena *arena;
    const struct elaboration *elaboration;
    const struct image *image;
    struct diag_sink *sink;
    struct text *out;
    struct site_map map;
    int64_t dt_ps; /* 0: each test its own */
    const struct testrun_options *options;
};

static bool chosen(const struct test *test, const struct testrun_options *options)
{
    return !options->only || strstr(test->title, options->only);
}

static void warn_coarse(struct testrun *run, const struct test *test, const struct trial *trial)
{
    double least = trial->least_tau;
    if (!sim_is_coarse(ps_in_seconds(trial->dt_ps), least))
        return;
    struct diag *diag = diag_add(run->sink, DIAG_W0717, test->span,
                                 "test \"%s\": dt %s is more than a tenth of the shortest time "
                                 "constant, %s (%s)",
                                 test->title, time_text(run->arena, trial->dt_ps),
                                 duration_text(run->arena, least, 4), trial->least_circuit);
    diag_help(run->sink, diag, span_nowhere(), NULL, "`dt = %s` in its parentheses, or --dt",
              duration_text(run->arena, duration_below(least / 10, 2), 2));
}

/* False: a finding was reported and further trials would only repeat it. */
static bool report_trial(struct testrun *run, const struct test *test, const struct trial *trial)
{
    switch (trial->outcome) {
    case TRIAL_UNSUPPORTED:
        diag_add(run->sink, DIAG_E0803, test->span, "test \"%s\": the simulator does not model %s",
                 test->title, trial->unsupported);
        return false;
    case TRIAL_TOO_MANY_SPIKES: {
        struct diag *diag = diag_add(run->sink, DIAG_E0225, test->span,
                                     "test \"%s\" has more than %llu spikes and events in a trial",
                                     test->title, (unsigned long long)trial->most_spikes);
        diag_help(run->sink, diag, span_nowhere(), NULL, "run less time, or at lower rates");
        return false;
    }
    case TRIAL_INTERRUPTED:
        return false;
    default:
        return true;
    }
}

struct one_trial {
    struct testrun *run;
    struct verdict *verdict;
    struct trial trial;
    uint32_t index;
    bool ok;
};

static void run_and_judge(void *arg)
{
    struct one_trial *one = arg;
    struct trial *trial = &one->trial;
    trial_run(trial);
    one->ok = report_trial(one->run, trial->test, trial);
    if (one->ok && one->index == 0) {
        warn_coarse(one->run, trial->test, trial);
        step_note_fast(one->run->sink, trial->arena, trial->image, trial->test->span,
                       arena_printf(trial->arena, "test \"%s\": ", trial->test->title),
                       ps_in_seconds(trial->dt_ps), &trial->fastest);
    }
    if (one->ok)
        verdict_add(one->verdict, &trial->raster);
}

static uint64_t trial_seed(const struct test *test, uint32_t index)
{
    return rng_mix(rng_mix(test->seed) ^ index);
}

static void begin_part(struct testrun *run, const struct test *test, uint32_t index)
{
    struct sim_progress *progress = run->options->progress;
    if (progress && progress->on)
        sim_progress_part(progress, ps_in_seconds(test->run_ps),
                          arena_printf(run->arena, "%s\"%s\"%s", progress->points, test->title,
                                       test->trials == 1
                                           ? ""
                                           : arena_printf(run->arena, ", trial %u of %u", index + 1,
                                                          test->trials)));
}

/* One trial in an arena of its own, so that many trials take the memory of one. Out of memory goes
 * on to the phase around after that arena is released. */
static bool run_trial(struct testrun *run, const struct test *test, int64_t dt_ps, uint32_t index,
                      struct verdict *verdict)
{
    struct arena scratch;
    struct oom_trap *trap = run->arena->trap;
    struct one_trial one = {.run = run,
                            .verdict = verdict,
                            .index = index,
                            .trial = {.test = test,
                                      .net = &run->elaboration->net,
                                      .image = run->image,
                                      .map = &run->map,
                                      .dt_ps = dt_ps,
                                      .seed = trial_seed(test, index),
                                      .threads = run->options->threads,
                                      .interrupted = run->options->interrupted,
                                      .progress = run->options->progress,
                                      .arena = &scratch}};
    bool memory = true;
    arena_init(&scratch, trap);
    begin_part(run, test, index);
    if (trap)
        memory = phase_run(trap, run_and_judge, &one);
    else
        run_and_judge(&one);
    arena_release(&scratch);
    if (!memory)
        oom_trap_spring(trap);
    if (run->options->progress)
        sim_progress_done(run->options->progress, ps_in_seconds(test->run_ps));
    return one.ok;
}

static void no_such_test(struct testrun *run, const struct test_vec *tests, const char *only)
{
    struct diag *diag = diag_add(run->sink, DIAG_E0228, span_nowhere(),
                                 "no test has a title with \"%s\" in it", only);
    for (uint32_t i = 0; i < tests->n && i < MOST_TITLES; i++)
        diag_note(run->sink, diag, tests->at[i].span, "test \"%s\"", tests->at[i].title);
}

/* One step for all trials, which differ where there is mismatch. */
static int64_t choose_dt(struct testrun *run, const struct test *test, const char **reason)
{
    struct sim_scales all = scales_none();
    const struct scale *why;
    for (uint32_t i = 0; i < (test->mismatch > 0 ? test->trials : 1); i++) {
        struct arena *scratch = arena_scratch(run->arena);
        struct trial trial = {.test = test,
                              .net = &run->elaboration->net,
                              .image = run->image,
                              .map = &run->map,
                              .seed = trial_seed(test, i),
                              .arena = scratch};
        struct sim_scales of = trial_scales(&trial);
        all = step_shortest(&all, &of);
        arena_scratch_end(scratch);
    }
    double dt = scales_step(&all, ps_in_seconds(test->run_ps), &why);
    *reason = step_reason(run->arena, why);
    return (int64_t)(dt * ps_per_s + 0.5);
}

static bool run_test(struct testrun *run, const struct test *test)
{
    struct verdict verdict;
    const char *reason = NULL;
    int64_t dt_ps = run->dt_ps ? run->dt_ps : test->dt_ps;
    if (run->options->dt_auto)
        dt_ps = choose_dt(run, test, &reason);
    if ((run->dt_ps || reason) && !test_steps_fit(run->arena, run->sink, test, dt_ps, test->span))
        return false;
    verdict_init(&verdict, run->arena, run->elaboration->eval, run->sink, test);
    for (uint32_t i = 0; i < test->trials; i++)
        if (!run_trial(run, test, dt_ps, i, &verdict))
            return false;
    if (!run->options->outcomes) {
        bool passed = verdict_finish(&verdict, dt_ps, run->out);
        if (reason)
            text_add(run->out, "    dt %s: %s\n", time_text(run->arena, dt_ps), reason);
        return passed;
    }
    VEC_PUSH(run->arena, run->options->outcomes, verdict_outcome(&verdict, dt_ps));
    return true;
}

static void add_summary(struct text *out, uint32_t n, uint32_t passed, uint32_t all)
{
    if (all == 0)
        text_add(out, "no test blocks\n");
    else if (passed == n)
        text_add(out, "%u test%s passed\n", n, n == 1 ? "" : "s");
    else
        text_add(out, "%u of %u test%s failed\n", n - passed, n, n == 1 ? "" : "s");
}

bool testrun_all(struct arena *arena, const struct elaboration *elaboration,
                 const struct image *image, const struct testrun_options *options,
                 struct diag_sink *sink, struct text *out)
{
    const struct test_vec *tests = &elaboration->tests;
    struct testrun run = {.arena = arena,
                          .elaboration = elaboration,
                          .image = image,
                          .sink = sink,
                          .out = out,
                          .options = options,
                          .dt_ps = (int64_t)(options->dt * ps_per_s + 0.5)};
    uint32_t n = 0, passed = 0;
    site_map_init(&run.map, arena, &elaboration->net, image);
    for (uint32_t i = 0; i < tests->n; i++) {
        if (!chosen(&tests->at[i], options))
            continue;
        n++;
        passed += run_test(&run, &tests->at[i]);
    }
    if (n == 0 && options->only) {
        no_such_test(&run, tests, options->only);
        return false;
    }
    if (!options->outcomes)
        add_summary(out, n, passed, tests->n);
    return passed == n;
}
