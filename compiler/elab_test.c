/* `test` blocks: arguments, stimuli, latches, duration and expectations, checked and resolved. */
#include "compiler/elab.h"
#include "compiler/eval_parts.h"
#include "compiler/measure.h"

#include <string.h>

enum { MOST_TRIALS = 1000000 };
static const int64_t default_dt_ps = 100000000; /* 100 us */

struct test_builder {
    struct eval *eval;
    struct test *test;
    const struct item *run; /* NULL until it was met */
    bool ok;                /* false: the test is not kept */
};

/* --- arguments --- */

static bool read_seed(struct eval *eval, struct scope *scope, const struct expr *expr,
                      struct test *test)
{
    int64_t seed;
    if (!eval_int_in(eval, scope, expr, "`seed`", 0, INT64_MAX, &seed))
        return false;
    test->seed = (uint64_t)seed;
    return true;
}

static bool read_trials(struct eval *eval, struct scope *scope, const struct expr *expr,
                        struct test *test)
{
    int64_t trials;
    if (!eval_int_in(eval, scope, expr, "`trials`", 1, MOST_TRIALS, &trials))
        return false;
    test->trials = (uint32_t)trials;
    return true;
}

static bool read_dt(struct eval *eval, struct scope *scope, const struct expr *expr,
                    struct test *test)
{
    if (!eval_time_ps(eval, scope, expr, "`dt`", &test->dt_ps))
        return false;
    if (test->dt_ps > 0)
        return true;
    eval_report(eval, DIAG_E0205, expr->span, "`dt` must be longer than 0 s");
    return false;
}

static bool read_args(struct eval *eval, struct scope *scope, const struct item *item,
                      struct test *test)
{
    enum { SEED, TRIALS, MISMATCH, PASS, DT, N_ARGS };
    static const struct arg_spec specs[N_ARGS] = {
        {"seed", false}, {"trials", false}, {"mismatch", false}, {"pass", false}, {"dt", false}};
    const struct arg *arg[N_ARGS];
    if (!eval_match_args(eval, "test", item->name_span, &item->args, specs, N_ARGS, 0, arg))
        return false;
    bool ok = !arg[SEED] || read_seed(eval, scope, arg[SEED]->value, test);
    ok = (!arg[TRIALS] || read_trials(eval, scope, arg[TRIALS]->value, test)) && ok;
    ok = (!arg[MISMATCH]
          || eval_real_in(eval, scope, arg[MISMATCH]->value, "`mismatch`", 0, 1, &test->mismatch))
         && ok;
    ok = (!arg[PASS] || eval_real_in(eval, scope, arg[PASS]->value, "`pass`", 0, 1, &test->pass))
         && ok;
    return (!arg[DT] || read_dt(eval, scope, arg[DT]->value, test)) && ok;
}

/* --- steps --- */

static bool add_drive(struct test_builder *b, struct scope *scope, const struct item *item)
{
    struct eval *eval = b->eval;
    struct test_drive drive = {.span = item->span};
    if (!eval_view(eval, scope, item->view, "`drive`", &drive.view))
        return false;
    if (drive.view.kind != UNIT_INPUT) {
        struct diag *diag =
            eval_report(eval, DIAG_E0203, item->view->span, "`drive` takes an input, got %s",
                        view_text(eval->arena, eval->net, &drive.view));
        diag_help(eval->sink, diag, span_nowhere(), NULL,
                  "declare an `input` and project it to the population");
        return false;
    }
    bool window =
        eval_window(eval, scope, item->during_lo, item->during_hi, &drive.from_ps, &drive.to_ps);
    if (!eval_stimulus(eval, scope, item->value, &drive.view, &drive.of) || !window)
        return false;
    VEC_PUSH(eval->arena, &b->test->drives, drive);
    return true;
}

static bool add_set(struct test_builder *b, struct scope *scope, const struct item *item)
{
    struct eval *eval = b->eval;
    struct test_set set = {0};
    struct view_vec views = {0};
    bool ok = true;
    for (uint32_t i = 0; i < item->views.n; i++)
        ok = eval_named_views(eval, scope, item->views.at[i], "`set`", 1, &views) && ok;
    ok = eval_latches(eval, scope, &item->attrs, &set.latch_mask, &set.latch_value) && ok;
    for (uint32_t i = 0; ok && i < views.n; i++) {
        set.view = views.at[i];
        if (set.view.kind != UNIT_NEURON) {
            eval_report(eval, DIAG_E0203, item->views.at[0]->span,
                        "`set` takes populations, got the input %s",
                        view_text(eval->arena, eval->net, &set.view));
            return false;
        }
        VEC_PUSH(eval->arena, &b->test->sets, set);
    }
    return ok;
}

static bool set_run(struct test_builder *b, struct scope *scope, const struct item *item)
{
    if (b->run) {
        struct diag *diag = eval_report(b->eval, DIAG_E0207, item->span,
                                        "a test has one `run`, this is the second");
        diag_note(b->eval->sink, diag, b->run->span, "the first one");
        return false;
    }
    b->run = item;
    return eval_time_ps(b->eval, scope, item->value, "`run`", &b->test->run_ps);
}

/* A window of `expect` lies inside the run and spans some time. */
static bool check_window(struct test_builder *b, const struct item *item,
                         const struct test_expect *expect)
{
    struct span span;
    if (!item->during_lo)
        return true;
    span = span_join(item->during_lo->span, item->during_hi->span);
    if (expect->from_ps == expect->to_ps) {
        eval_report(b->eval, DIAG_E0205, span, "this window spans no time");
        return false;
    }
    if (b->run && b->test->run_ps > 0 && expect->to_ps > b->test->run_ps) {
        struct diag *diag = eval_report(
            b->eval, DIAG_E0205, span, "this window ends at %s, the test runs %s",
            time_text(b->eval->arena, expect->to_ps), time_text(b->eval->arena, b->test->run_ps));
        diag_note(b->eval->sink, diag, b->run->span, "run here");
        return false;
    }
    return true;
}

/* The expression is read with unknown measures: types are checked, numbers are not. */
static bool add_expect(struct test_builder *b, struct scope *scope, const struct item *item)
{
    struct eval *eval = b->eval;
    struct measuring unknown = {0};
    struct measures hook = measures_over(&unknown);
    struct test_expect expect = {.expr = item->value, .scope = scope, .span = item->span};
    if (!b->run) {
        struct diag *diag = eval_report(eval, DIAG_E0220, item->span,
                                        "`expect` stands before the `run` of its test");
        diag_help(eval->sink, diag, span_nowhere(), NULL, "write `run TIME;` before it");
        b->ok = false;
    }
    bool window =
        eval_window(eval, scope, item->during_lo, item->during_hi, &expect.from_ps, &expect.to_ps);
    struct value value;
    eval->measures = &hook;
    bool ok = eval_const(eval, scope, item->value, &value);
    eval->measures = NULL;
    if (ok && value.kind != VALUE_BOOL)
        ok = eval_wrong_type(eval, item->value->span, "`expect`", "a comparison", &value);
    if (!ok || !window || !check_window(b, item, &expect))
        return false;
    scope_keep(scope);
    VEC_PUSH(eval->arena, &b->test->expects, expect);
    return true;
}

static void add_steps(struct test_builder *b, struct scope *scope, const struct item_vec *steps);

static bool add_turns(struct test_builder *b, struct scope *scope, const struct item *item)
{
    struct index_range range;
    if (!eval_for_range(b->eval, scope, item->range, &range))
        return false;
    for (uint64_t i = 0; i < range.n && !b->eval->private->stopped; i++) {
        int64_t index = range.lo + (int64_t)i * range.step;
        struct scope *turn = eval_for_turn(b->eval, scope, item, index);
        add_steps(b, turn, &item->items);
        scope_release(b->eval, turn);
    }
    return true;
}

static bool add_step(struct test_builder *b, struct scope *scope, const struct item *item)
{
    switch (item->kind) {
    case ITEM_DRIVE:
        return add_drive(b, scope, item);
    case ITEM_SET:
        return add_set(b, scope, item);
    case ITEM_RUN:
        return set_run(b, scope, item);
    case ITEM_EXPECT:
        return add_expect(b, scope, item);
    case ITEM_FOR:
        return add_turns(b, scope, item);
    default:
        return true; /* the grammar has no other steps */
    }
}

/* Blocks nest at most as deep as the parser allows. */
static void add_steps(struct test_builder *b, struct scope *scope, const struct item_vec *steps)
{
    for (uint32_t i = 0; i < steps->n && !b->eval->private->stopped; i++)
        b->ok = eval_spend_statement(b->eval, steps->at[i]->span)
                && add_step(b, scope, steps->at[i]) && b->ok;
}

/* --- the whole --- */

bool test_steps_fit(struct arena *arena, struct diag_sink *sink, const struct test *test,
                    int64_t dt_ps, struct span span)
{
    if (test->run_ps < dt_ps) {
        diag_add(sink, DIAG_E0802, span, "test \"%s\" runs %s, less than one step of %s",
                 test->title, time_text(arena, test->run_ps), time_text(arena, dt_ps));
        return false;
    }
    if (test->run_ps / dt_ps <= TEST_MOST_STEPS)
        return true;
    diag_add(sink, DIAG_E0225, span, "test \"%s\" has %lld steps of %s, the limit is %d",
             test->title, (long long)(test->run_ps / dt_ps), time_text(arena, dt_ps),
             TEST_MOST_STEPS);
    return false;
}

static bool check_duration(struct test_builder *b, const struct item *item)
{
    const struct test *test = b->test;
    struct span span = b->run ? b->run->span : item->name_span;
    if ((b->run && !b->ok) || b->eval->private->stopped)
        return false; /* the time itself may have failed, or was not reached */
    if (test->run_ps <= 0) {
        struct diag *diag =
            eval_report(b->eval, DIAG_E0802, span, "test \"%s\" runs 0 s", test->title);
        diag_help(b->eval->sink, diag, span_nowhere(), NULL, "write `run 1 s;` for example");
        return false;
    }
    return b->eval->dt_given
           || test_steps_fit(b->eval->arena, b->eval->sink, test, test->dt_ps, span);
}

static double expected_events(const struct test *test, const struct test_drive *drive)
{
    int64_t to = drive->to_ps < test->run_ps ? drive->to_ps : test->run_ps;
    double seconds = to > drive->from_ps ? ps_in_seconds(to - drive->from_ps) : 0, n = 0;
    for (uint32_t i = 0; i < drive->view.size; i++)
        n += drive->of[i].kind == STIMULUS_SPIKES ? 0 : drive->of[i].rate_hz * seconds;
    return n;
}

/* Rates that no trial can record are refused before the first event is made. */
static bool check_events(struct test_builder *b)
{
    const struct test *test = b->test;
    double n = 0;
    for (uint32_t i = 0; i < test->drives.n; i++) {
        n += expected_events(test, &test->drives.at[i]);
        if (n <= TEST_MOST_SPIKES)
            continue;
        struct diag *diag = eval_report(b->eval, DIAG_E0225, test->drives.at[i].span,
                                        "test \"%s\" drives its inputs with %.3g events, a trial "
                                        "records at most %d",
                                        test->title, n, TEST_MOST_SPIKES);
        diag_help(b->eval->sink, diag, span_nowhere(), NULL, "run less time, or at lower rates");
        return false;
    }
    return true;
}

/* Whether some unit has an event in the window before the run ends; a rate is taken to have one. */
static bool drive_acts(const struct test *test, const struct test_drive *drive)
{
    int64_t to = drive->to_ps < test->run_ps ? drive->to_ps : test->run_ps;
    for (uint32_t i = 0; i < drive->view.size && drive->from_ps < to; i++) {
        const struct stimulus *of = &drive->of[i];
        if (of->kind != STIMULUS_SPIKES)
            return true;
        for (uint32_t t = 0; t < of->n_times; t++)
            if (of->times_ps[t] >= drive->from_ps && of->times_ps[t] < to)
                return true;
    }
    return false;
}

static void warn_idle(const struct test_builder *b)
{
    const struct test *test = b->test;
    struct diag_sink *sink = b->eval->sink;
    for (uint32_t i = 0; i < test->drives.n; i++) {
        const struct test_drive *drive = &test->drives.at[i];
        if (drive_acts(test, drive))
            continue;
        struct diag *diag = eval_report(b->eval, DIAG_W0719, drive->span,
                                        "this drive of %s has no event before the run ends, at %s",
                                        view_text(b->eval->arena, b->eval->net, &drive->view),
                                        time_text(b->eval->arena, test->run_ps));
        diag_note(sink, diag, b->run->span, "the run of test \"%s\"", test->title);
    }
    if (test->expects.n > 0)
        return;
    struct diag *diag =
        eval_report(b->eval, DIAG_W0719, test->span, "test \"%s\" expects nothing", test->title);
    diag_help(sink, diag, span_nowhere(), NULL, "write `expect CONDITION;` behind its `run`");
}

void elab_test_item(struct eval *eval, struct scope *scope, const struct item *item)
{
    struct test test = {.title = item->text,
                        .trials = 1,
                        .pass = 1,
                        .seed = eval->net->seed,
                        .dt_ps = default_dt_ps,
                        .span = item->name_span};
    struct test_builder builder = {.eval = eval, .test = &test, .ok = true};
    builder.ok = read_args(eval, scope, item, &test);
    struct scope *inner = scope_new(eval, scope, SCOPE_BLOCK);
    add_steps(&builder, inner, &item->items);
    scope_release(eval, inner);
    if (!check_duration(&builder, item) || !builder.ok || !check_events(&builder))
        return;
    warn_idle(&builder);
    VEC_PUSH(eval->arena, &eval->out->tests, test);
}
