/* Expressions of a wanted type: the helpers of eval.h. */
#include "compiler/eval_parts.h"

#include <string.h>

bool eval_int(struct eval *eval, struct scope *scope, const struct expr *expr, const char *subject,
              int64_t *out)
{
    struct value value;
    if (!eval_const(eval, scope, expr, &value))
        return false;
    if (value.kind != VALUE_INT)
        return eval_wrong_type(eval, expr->span, subject, "an int", &value);
    *out = value.integer;
    return !value.unknown;
}

bool eval_int_in(struct eval *eval, struct scope *scope, const struct expr *expr,
                 const char *subject, int64_t lo, int64_t hi, int64_t *out)
{
    if (!eval_int(eval, scope, expr, subject, out))
        return false;
    if (*out >= lo && *out <= hi)
        return true;
    if (hi == INT64_MAX)
        eval_report(eval, DIAG_E0205, expr->span, "%s is %lld, allowed is %lld or more", subject,
                    (long long)*out, (long long)lo);
    else
        eval_report(eval, DIAG_E0205, expr->span, "%s is %lld, allowed are %lld to %lld", subject,
                    (long long)*out, (long long)lo, (long long)hi);
    return false;
}

static bool number(struct eval *eval, struct scope *scope, const struct expr *expr,
                   const char *subject, const char *expected, struct dimension dim, double *out)
{
    struct value value;
    if (!eval_const(eval, scope, expr, &value))
        return false;
    if (!value_has_dim(&value, dim))
        return eval_wrong_type(eval, expr->span, subject, expected, &value);
    *out = value_as_real(&value);
    return !value.unknown;
}

bool eval_real(struct eval *eval, struct scope *scope, const struct expr *expr, const char *subject,
               double *out)
{
    return number(eval, scope, expr, subject, "a plain number", DIM_NONE, out);
}

bool eval_real_in(struct eval *eval, struct scope *scope, const struct expr *expr,
                  const char *subject, double lo, double hi, double *out)
{
    if (!eval_real(eval, scope, expr, subject, out))
        return false;
    if (*out >= lo && *out <= hi)
        return true;
    eval_report(eval, DIAG_E0205, expr->span, "%s is %.9g, allowed are %.9g to %.9g", subject, *out,
                lo, hi);
    return false;
}

bool eval_bool(struct eval *eval, struct scope *scope, const struct expr *expr, const char *subject,
               bool *out)
{
    struct value value;
    if (!eval_const(eval, scope, expr, &value))
        return false;
    if (value.kind != VALUE_BOOL)
        return eval_wrong_type(eval, expr->span, subject, "on, off or a comparison", &value);
    *out = value.boolean;
    return !value.unknown;
}

bool eval_string(struct eval *eval, struct scope *scope, const struct expr *expr,
                 const char *subject, const char **out)
{
    struct value value;
    if (!eval_const(eval, scope, expr, &value))
        return false;
    if (value.kind != VALUE_STRING)
        return eval_wrong_type(eval, expr->span, subject, "a string", &value);
    *out = value.string;
    return true;
}

bool eval_time(struct eval *eval, struct scope *scope, const struct expr *expr, const char *subject,
               double *seconds)
{
    return number(eval, scope, expr, subject, "a time", DIM_TIME, seconds);
}

bool eval_current(struct eval *eval, struct scope *scope, const struct expr *expr,
                  const char *subject, double *amperes)
{
    return number(eval, scope, expr, subject, "a current", DIM_CURRENT, amperes);
}

bool eval_frequency(struct eval *eval, struct scope *scope, const struct expr *expr,
                    const char *subject, double *hz)
{
    return number(eval, scope, expr, subject, "a frequency", DIM_FREQUENCY, hz);
}

bool eval_time_ps(struct eval *eval, struct scope *scope, const struct expr *expr,
                  const char *subject, int64_t *ps)
{
    double seconds = 0;
    if (!eval_time(eval, scope, expr, subject, &seconds))
        return false;
    if (time_to_ps(seconds, ps))
        return true;
    eval_report(eval, DIAG_E0206, expr->span, "%s of %.9g s is beyond 9.2e6 s", subject, seconds);
    return false;
}

bool eval_current_za(struct eval *eval, struct scope *scope, const struct expr *expr,
                     const char *subject, int64_t *za)
{
    double amperes = 0;
    if (!eval_current(eval, scope, expr, subject, &amperes))
        return false;
    if (current_to_za(amperes, za))
        return true;
    eval_report(eval, DIAG_E0206, expr->span, "%s of %.9g A is beyond 9.2 mA", subject, amperes);
    return false;
}

bool eval_bias_set(struct eval *eval, struct scope *scope, const struct expr *expr,
                   const char *subject, uint32_t *bias_set)
{
    struct value value;
    if (!eval_const(eval, scope, expr, &value))
        return false;
    if (value.kind != VALUE_BIAS)
        return eval_wrong_type(eval, expr->span, subject, "a bias set", &value);
    *bias_set = value.bias_set;
    return true;
}

static bool window_bound(struct eval *eval, const struct expr *expr, const struct value *value,
                         int64_t *ps)
{
    if (!value_has_dim(value, DIM_TIME))
        return eval_wrong_type(eval, expr->span, "`during`", "times", value);
    if (!time_to_ps(value_as_real(value), ps) || *ps < 0) {
        eval_report(eval, DIAG_E0205, expr->span, "a window lies between 0 s and 9.2e6 s");
        return false;
    }
    return true;
}

bool eval_window(struct eval *eval, struct scope *scope, const struct expr *lo,
                 const struct expr *hi, int64_t *from_ps, int64_t *to_ps)
{
    struct value a, b;
    *from_ps = 0;
    *to_ps = INT64_MAX;
    if (!lo || !hi)
        return true;
    bool lo_ok = eval_const(eval, scope, lo, &a), hi_ok = eval_const(eval, scope, hi, &b);
    if (!lo_ok || !hi_ok)
        return false;
    op_interval_unit(lo, hi, &a);
    lo_ok = window_bound(eval, lo, &a, from_ps);
    if (!window_bound(eval, hi, &b, to_ps) || !lo_ok)
        return false;
    if (*from_ps <= *to_ps)
        return true;
    eval_report(eval, DIAG_E0205, span_join(lo->span, hi->span),
                "this window ends before it starts");
    return false;
}

struct scope *eval_for_turn(struct eval *eval, struct scope *scope, const struct item *item,
                            int64_t index)
{
    struct scope *turn = scope_new(eval, scope, SCOPE_BLOCK);
    turn->turn = true;
    turn->index = index;
    struct symbol variable = {.name = item->name,
                              .kind = SYMBOL_VALUE,
                              .span = item->name_span,
                              .value = value_int(index),
                              .item = item};
    scope_declare(eval, turn, &variable);
    return turn;
}

/* --- enumerators --- */

bool expr_is_word(const struct expr *expr, const char *const *words, uint32_t n_words,
                  uint32_t *which)
{
    const char *text = NULL;
    if (expr->kind == EXPR_NAME)
        text = expr->text;
    else if (expr->kind == EXPR_BOOL)
        text = expr->integer ? "on" : "off";
    for (uint32_t i = 0; text && i < n_words; i++) {
        if (strcmp(words[i], text))
            continue;
        *which = i;
        return true;
    }
    return false;
}

bool eval_enum(struct eval *eval, const struct expr *expr, const char *subject,
               const char *const *words, uint32_t n_words, uint32_t *which)
{
    if (expr_is_word(expr, words, n_words, which))
        return true;
    const char *list = words[0];
    for (uint32_t i = 1; i < n_words; i++)
        list =
            arena_printf(eval->arena, "%s%s%s", list, i + 1 == n_words ? " or " : ", ", words[i]);
    struct diag *diag = eval_report(eval, DIAG_E0203, expr->span, "%s takes %s, got `%s`", subject,
                                    list, eval_source_text(eval, expr->span));
    const char *near = expr->kind == EXPR_NAME ? diag_nearest(expr->text, words, n_words) : NULL;
    if (near)
        diag_help(eval->sink, diag, expr->span, near, "did you mean `%s`?", near);
    return false;
}
