/* Stimuli: the right side of a `drive`. */
#include "compiler/eval_parts.h"

#include "compiler/load.h"

static const struct expr *only_argument(struct eval *eval, const struct expr *call,
                                        const char *name)
{
    const struct arg_spec spec = {name, true};
    const struct arg *arg;
    return eval_match_args(eval, call->a->text, call->span, &call->args, &spec, 1, 1, &arg)
               ? arg->value
               : NULL;
}

static bool rate_argument(struct eval *eval, struct scope *scope, const struct expr *call,
                          double *hz)
{
    const struct expr *expr = only_argument(eval, call, "rate");
    const char *subject = arena_printf(eval->arena, "the rate of `%s`", call->a->text);
    if (!expr || !eval_frequency(eval, scope, expr, subject, hz))
        return false;
    if (*hz >= 0)
        return true;
    eval_value_error(eval, DIAG_E0205, expr->span, "%s is %.9g Hz; it cannot be negative", subject,
                     *hz);
    return false;
}

/* Merge sort: ascending, n small or large, no recursion. */
static void sort_times(struct arena *arena, int64_t *times, uint32_t n)
{
    int64_t *other = ARENA_ARRAY(arena, int64_t, n), *from = times, *to = other;
    for (uint64_t width = 1; width < n; width *= 2) {
        for (uint64_t lo = 0; lo < n; lo += 2 * width) {
            uint64_t mid = lo + width < n ? lo + width : n, hi = mid + width < n ? mid + width : n;
            for (uint64_t a = lo, b = mid, k = lo; k < hi; k++)
                to[k] = a < mid && (b >= hi || from[a] <= from[b]) ? from[a++] : from[b++];
        }
        int64_t *swap = from;
        from = to;
        to = swap;
    }
    for (uint32_t i = 0; from != times && i < n; i++)
        times[i] = from[i];
}

static bool times_argument(struct eval *eval, struct scope *scope, const struct expr *call,
                           struct stimulus *out)
{
    const struct expr *expr = only_argument(eval, call, "times");
    struct value value;
    if (!expr || !eval_const(eval, scope, expr, &value))
        return false;
    if (value.kind != VALUE_LIST)
        return eval_wrong_type(eval, expr->span, "`spikes`", "a list of times", &value);
    if (!eval_spend_units(eval, expr->span, value.list->n))
        return false;
    int64_t *times = ARENA_ARRAY(eval->arena, int64_t, value.list->n);
    for (uint32_t i = 0; i < value.list->n; i++) {
        const struct value *time = &value.list->at[i];
        if (!value_has_dim(time, DIM_TIME))
            return eval_wrong_type(eval, expr->span, "`spikes`", "a list of times", time);
        if (!time_to_ps(value_as_real(time), &times[i]) || times[i] < 0) {
            eval_value_error(eval, DIAG_E0205, expr->span,
                             "spike time %u is %.9g s, allowed are 0 s to 9.2e6 s", i,
                             value_as_real(time));
            return false;
        }
    }
    sort_times(eval->arena, times, value.list->n);
    out->times_ps = times;
    out->n_times = value.list->n;
    return true;
}

void call_stimulus(struct eval *eval, struct scope *scope, const struct expr *call,
                   enum builtin builtin, struct value *out)
{
    struct stimulus *stimulus = ARENA_NEW(eval->arena, struct stimulus);
    bool ok;
    if (builtin == BUILTIN_SPIKES) {
        stimulus->kind = STIMULUS_SPIKES;
        ok = times_argument(eval, scope, call, stimulus);
    } else {
        stimulus->kind = builtin == BUILTIN_POISSON ? STIMULUS_POISSON : STIMULUS_REGULAR;
        ok = rate_argument(eval, scope, call, &stimulus->rate_hz);
    }
    if (ok)
        *out = (struct value){.kind = VALUE_STIMULUS, .stimulus = stimulus};
}

static bool one_stimulus(struct eval *eval, struct scope *scope, const struct expr *expr,
                         struct stimulus *out)
{
    struct value value;
    if (!eval_const(eval, scope, expr, &value))
        return false;
    if (value.kind != VALUE_STIMULUS)
        return eval_wrong_type(eval, expr->span, "`drive`",
                               "poisson(), regular(), spikes() or load()", &value);
    *out = *value.stimulus;
    return true;
}

static bool load_argument(struct eval *eval, struct scope *scope, const struct expr *call,
                          const struct view *view, struct stimulus *of)
{
    const struct expr *expr = only_argument(eval, call, "path");
    const char *path;
    return expr && eval_string(eval, scope, expr, "`load`", &path)
           && load_stimulus(eval, path, expr->span, view, of);
}

bool eval_stimulus(struct eval *eval, struct scope *scope, const struct expr *expr,
                   const struct view *view, struct stimulus **of)
{
    if (!eval_spend_units(eval, expr->span, view->size))
        return false;
    *of = ARENA_ARRAY(eval->arena, struct stimulus, view->size);
    if (call_builtin(scope, expr) == BUILTIN_LOAD)
        return load_argument(eval, scope, expr, view, *of);
    bool each = eval_is_synaptic(eval, scope, expr), ok = true;
    struct pair pair = {.pre_view = view};
    for (uint32_t i = 0; ok && i < view->size; i++) {
        pair.pre = i;
        if (!each && i > 0) {
            (*of)[i] = (*of)[0];
            continue;
        }
        eval_set_pair(eval, each ? &pair : NULL);
        ok = one_stimulus(eval, scope, expr, &(*of)[i]);
    }
    eval_set_pair(eval, NULL);
    return ok;
}
