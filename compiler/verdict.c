#include "compiler/verdict.h"

#include <math.h>
#include <string.h>

enum { MOST_SHOWN = 12 }; /* values of single trials in a note */

void verdict_init(struct verdict *verdict, struct arena *arena, struct eval *eval,
                  struct diag_sink *sink, const struct test *test)
{
    *verdict = (struct verdict){.arena = arena, .eval = eval, .sink = sink, .test = test};
    verdict->judged = ARENA_ARRAY(arena, struct judged, test->expects.n);
}

/* --- one expectation, one trial --- */

struct judging {
    struct verdict *verdict;
    const struct test_expect *expect;
    struct measuring measuring;
};

static bool evaluate(struct judging *j, const struct expr *expr, struct value *value)
{
    struct eval *eval = j->verdict->eval;
    struct measures hook = measures_over(&j->measuring);
    eval->failure = NULL;
    eval->sink = j->verdict->sink;
    eval->measures = &hook;
    bool ok = eval_const(eval, j->expect->scope, expr, value);
    eval->measures = NULL;
    return ok;
}

static const char *source_text(const struct verdict *verdict, const struct expr *expr)
{
    const char *text = verdict->eval->sources->files.at[expr->span.file]->text;
    return arena_strndup(verdict->arena, text + expr->span.begin,
                         expr->span.end - expr->span.begin);
}

/* "rate(PC) = 61.3 Hz": a measure under its resolved name, anything else as written. */
static const char *operand_text(struct judging *j, const struct expr *expr, bool left)
{
    struct value value;
    uint32_t before = j->measuring.seen.n;
    if (!evaluate(j, expr, &value))
        return source_text(j->verdict, expr);
    bool measure = expr->kind == EXPR_CALL && j->measuring.seen.n == before + 1
                   && expr->a->kind == EXPR_NAME
                   && !scope_find(j->expect->scope, expr->a->text, expr->a->span);
    const char *name = measure ? j->measuring.seen.at[before].label : source_text(j->verdict, expr);
    if (!left && expr->height == 0)
        return name; /* a literal speaks for itself */
    return arena_printf(j->verdict->arena, "%s = %s", name,
                        measured_text(j->verdict->arena, &value));
}

/* Why an expression that should hold does not: of `a and b` the first part that fails. */
static const char *reason(struct judging *j, const struct expr *expr)
{
    struct arena *arena = j->verdict->arena;
    struct value value;
    while (expr->kind == EXPR_BINARY && expr->op == OP_AND)
        expr = evaluate(j, expr->a, &value) && value.kind == VALUE_BOOL && value.boolean ? expr->b
                                                                                         : expr->a;
    if (!evaluate(j, expr, &value))
        return arena_printf(arena, "%s has no value: %s", source_text(j->verdict, expr),
                            j->verdict->eval->failure ? j->verdict->eval->failure : "see above");
    if (expr->kind == EXPR_IN)
        return arena_printf(arena, "%s, expected %s .. %s", operand_text(j, expr->a, true),
                            source_text(j->verdict, expr->b), source_text(j->verdict, expr->c));
    if (expr->kind == EXPR_BINARY && expr->op >= OP_EQ && expr->op <= OP_GE)
        return arena_printf(arena, "%s, expected %s %s", operand_text(j, expr->a, true),
                            binary_op_text(expr->op), operand_text(j, expr->b, false));
    return arena_printf(arena, "`%s` does not hold", source_text(j->verdict, expr));
}

static struct track *find_track(struct verdict *verdict, struct judged *judged,
                                const struct measured *measured)
{
    for (uint32_t i = 0; i < judged->tracks.n; i++)
        if (!strcmp(judged->tracks.at[i].label, measured->label))
            return &judged->tracks.at[i];
    const char *label = arena_strdup(verdict->arena, measured->label);
    VEC_PUSH(verdict->arena, &judged->tracks,
             (struct track){.label = label, .kind = measured->value});
    return &judged->tracks.at[judged->tracks.n - 1];
}

/* Keeps the values seen. One expectation may read a measure twice; the last reading counts. */
static void keep_values(struct verdict *verdict, struct judged *judged,
                        const struct measured_vec *seen)
{
    for (uint32_t i = 0; i < seen->n; i++) {
        struct track *track = find_track(verdict, judged, &seen->at[i]);
        while (track->values.n < verdict->trials)
            VEC_PUSH(verdict->arena, &track->values, NAN);
        double value = value_as_real(&seen->at[i].value);
        if (track->values.n == verdict->trials)
            VEC_PUSH(verdict->arena, &track->values, value);
        else
            track->values.at[verdict->trials] = value;
    }
}

static bool judge(struct verdict *verdict, uint32_t index, const struct raster *raster,
                  struct arena *scratch)
{
    const struct test_expect *expect = &verdict->test->expects.at[index];
    struct judged *judged = &verdict->judged[index];
    struct judging j = {.verdict = verdict,
                        .expect = expect,
                        .measuring = {.raster = raster,
                                      .from_ps = expect->from_ps,
                                      .to_ps = expect->to_ps,
                                      .windowed = expect->to_ps != INT64_MAX,
                                      .arena = scratch}};
    struct value value;
    bool known = evaluate(&j, expect->expr, &value);
    keep_values(verdict, judged, &j.measuring.seen);
    if (known && value.kind == VALUE_BOOL && value.boolean)
        return true;
    judged->reported = judged->reported || (!known && !verdict->eval->failure);
    if (judged->n_failed++ == 0) {
        judged->first_failed = verdict->trials;
        judged->why = reason(&j, expect->expr);
    }
    return false;
}

void verdict_add(struct verdict *verdict, const struct raster *raster)
{
    struct arena *scratch = arena_scratch(verdict->arena);
    bool all = true;
    for (uint32_t i = 0; i < verdict->test->expects.n; i++)
        all = judge(verdict, i, raster, scratch) && all;
    verdict->eval->failure = NULL; /* it may lie in the scratch arena */
    arena_scratch_end(scratch);
    verdict->passed += all;
    verdict->trials++;
}

/* --- reports --- */

static const char *track_number(struct verdict *verdict, const struct track *track, double x)
{
    struct value value = track->kind;
    if (value.kind == VALUE_INT && x == floor(x))
        value.integer = (int64_t)x;
    else if (value.kind == VALUE_INT)
        value = value_real(x, DIM_NONE);
    else
        value.real = x;
    return measured_text(verdict->arena, &value);
}

static void note_trials(struct verdict *verdict, struct diag *diag, const struct track *track)
{
    struct text text;
    uint32_t n = track->values.n;
    text_init(&text, verdict->arena);
    text_add(&text, "%s per trial: ", track->label);
    for (uint32_t i = 0; i < n && i < MOST_SHOWN; i++)
        text_add(&text, "%s%s", i ? ", " : "",
                 isnan(track->values.at[i]) ? "none"
                                            : track_number(verdict, track, track->values.at[i]));
    if (n > MOST_SHOWN)
        text_add(&text, " and %u more", n - MOST_SHOWN);
    diag_note(verdict->sink, diag, span_nowhere(), "%s", text.at);
}

static void report(struct verdict *verdict, uint32_t index)
{
    const struct test *test = verdict->test;
    const struct judged *judged = &verdict->judged[index];
    struct diag *diag =
        diag_add(verdict->sink, DIAG_E0801, test->expects.at[index].span,
                 "test \"%s\": %s (trial %u of %u, seed %llu)", test->title, judged->why,
                 judged->first_failed + 1, test->trials, (unsigned long long)test->seed);
    if (test->trials == 1)
        return;
    diag_note(verdict->sink, diag, span_nowhere(),
              "it fails in %u of %u trials; the test asks for %.4g %% of trials in which all holds",
              judged->n_failed, test->trials, test->pass * 100);
    for (uint32_t i = 0; i < judged->tracks.n; i++)
        note_trials(verdict, diag, &judged->tracks.at[i]);
}

static struct track_range range_of(const struct track *track)
{
    double sum = 0, least = INFINITY, most = -INFINITY;
    uint32_t n = 0;
    for (uint32_t i = 0; i < track->values.n; i++) {
        double x = track->values.at[i];
        if (isnan(x))
            continue;
        sum += x;
        least = fmin(least, x);
        most = fmax(most, x);
        n++;
    }
    struct track_range range = {.label = track->label, .mean = NAN, .least = NAN, .most = NAN};
    if (track->kind.kind == VALUE_REAL)
        range.dim = track->kind.dim;
    if (n) {
        range.mean = sum / n;
        range.least = least;
        range.most = most;
    }
    return range;
}

/* "rate(PC) = 33.2 Hz", with several trials their mean and range. */
static void add_track(struct verdict *verdict, const struct track *track, struct text *out)
{
    struct track_range range = range_of(track);
    text_add(out, "    %s = %s", track->label, track_number(verdict, track, range.mean));
    if (range.least < range.most)
        text_add(out, " (%s .. %s)", track_number(verdict, track, range.least),
                 track_number(verdict, track, range.most));
    text_add(out, "\n");
}

static bool shown_before(const struct verdict *verdict, uint32_t index, const char *label)
{
    for (uint32_t i = 0; i < index; i++)
        for (uint32_t k = 0; k < verdict->judged[i].tracks.n; k++)
            if (!strcmp(verdict->judged[i].tracks.at[k].label, label))
                return true;
    return false;
}

static void add_tracks(struct verdict *verdict, struct text *out)
{
    for (uint32_t i = 0; i < verdict->test->expects.n; i++) {
        const struct track_vec *tracks = &verdict->judged[i].tracks;
        for (uint32_t k = 0; k < tracks->n; k++)
            if (!shown_before(verdict, i, tracks->at[k].label))
                add_track(verdict, &tracks->at[k], out);
    }
}

/* So many of the trials are as many as the test asks for. */
static bool enough(const struct test *test, uint32_t trials)
{
    return trials >= test->pass * test->trials - 1e-9;
}

struct test_outcome verdict_outcome(struct verdict *verdict, int64_t dt_ps)
{
    const struct test *test = verdict->test;
    struct test_outcome outcome = {.title = test->title,
                                   .dt_ps = dt_ps,
                                   .passed = enough(test, verdict->passed),
                                   .n_expects = test->expects.n};
    outcome.expects = ARENA_ARRAY(verdict->arena, struct expect_outcome, outcome.n_expects);
    for (uint32_t i = 0; i < outcome.n_expects; i++) {
        const struct judged *judged = &verdict->judged[i];
        struct expect_outcome *expect = &outcome.expects[i];
        expect->text = source_text(verdict, test->expects.at[i].expr);
        expect->passed = enough(test, verdict->trials - judged->n_failed);
        expect->n_tracks = judged->tracks.n;
        expect->tracks = ARENA_ARRAY(verdict->arena, struct track_range, judged->tracks.n);
        for (uint32_t k = 0; k < judged->tracks.n; k++)
            expect->tracks[k] = range_of(&judged->tracks.at[k]);
    }
    return outcome;
}

bool verdict_finish(struct verdict *verdict, int64_t dt_ps, struct text *out)
{
    const struct test *test = verdict->test;
    bool passed = enough(test, verdict->passed), reported = false;
    text_add(out, "test \"%s\": %s (%s, dt %s, ", test->title, passed ? "passed" : "FAILED",
             time_text(verdict->arena, test->run_ps), time_text(verdict->arena, dt_ps));
    if (verdict->passed == test->trials || test->trials == 1)
        text_add(out, "%u trial%s)\n", test->trials, test->trials == 1 ? "" : "s");
    else
        text_add(out, "%u of %u trials)\n", verdict->passed, test->trials);
    add_tracks(verdict, out);
    for (uint32_t i = 0; i < test->expects.n; i++)
        reported = reported || verdict->judged[i].reported;
    for (uint32_t i = 0; !passed && i < test->expects.n; i++)
        if (verdict->judged[i].n_failed && !verdict->judged[i].reported)
            report(verdict, i);
    return passed && !reported;
}
