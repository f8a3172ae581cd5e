/* Mathematical functions on scalars. */
#include "compiler/eval_parts.h"

#include "compiler/base/elementary.h"

#include <math.h>

const struct math_info *math_info(enum math_fn fn)
{
    static const struct math_info info[N_MATH_FNS] = {
        [MATH_ABS] = {"abs", 1, 1},        [MATH_FLOOR] = {"floor", 1, 1},
        [MATH_CEIL] = {"ceil", 1, 1},      [MATH_ROUND] = {"round", 1, 1},
        [MATH_SQRT] = {"sqrt", 1, 1},      [MATH_EXP] = {"exp", 1, 1},
        [MATH_LOG] = {"log", 1, 1},        [MATH_HYPOT] = {"hypot", 2, 2},
        [MATH_GAUSS] = {"gauss", 2, 2},    [MATH_MIN] = {"min", 1, UINT8_MAX},
        [MATH_MAX] = {"max", 1, UINT8_MAX}};
    return &info[fn];
}

static double round_half_away(double a)
{
    double whole = floor(fabs(a));
    whole += fabs(a) - whole >= 0.5;
    return a < 0 ? -whole : whole;
}

double math_real(enum math_fn fn, double a, double b)
{
    switch (fn) {
    case MATH_ABS:
        return fabs(a);
    case MATH_FLOOR:
        return floor(a);
    case MATH_CEIL:
        return ceil(a);
    case MATH_ROUND:
        return round_half_away(a);
    case MATH_SQRT:
        return sqrt(a);
    case MATH_EXP:
        return elem_exp(a);
    case MATH_LOG:
        return elem_log(a);
    case MATH_HYPOT:
        return elem_hypot(a, b);
    case MATH_GAUSS:
        return elem_exp(-a * a / (2 * b * b));
    case MATH_MIN:
        return b < a ? b : a;
    default:
        return b > a ? b : a;
    }
}

static bool to_whole(enum math_fn fn)
{
    return fn == MATH_FLOOR || fn == MATH_CEIL || fn == MATH_ROUND;
}

/* Root of a quantity: every exponent must be even. */
static bool root_dim(struct eval *eval, struct span span, struct dimension d, struct dimension *out)
{
    if (d.a % 2 || d.s % 2 || d.v % 2) {
        eval_report(eval, DIAG_E0204, span, "a %s has no square root: its unit is %s",
                    dimension_text(eval->arena, d), dimension_unit(eval->arena, d));
        return false;
    }
    *out = (struct dimension){(int8_t)(d.a / 2), (int8_t)(d.s / 2), (int8_t)(d.v / 2)};
    return true;
}

/* The type of the result, as an unknown value; operands are numbers. */
static bool math_type(struct eval *eval, enum math_fn fn, struct span span, struct value *a,
                      struct value *b, const struct span *at, struct value *out)
{
    struct dimension dim = a->kind == VALUE_REAL ? a->dim : DIM_NONE;
    bool two = math_info(fn)->most > 1, integer = a->kind == VALUE_INT;
    struct expr a_place = {.span = at[0]}, b_place = {.span = at[two ? 1 : 0]};
    const char *what = arena_printf(eval->arena, "`%s`", math_info(fn)->name);
    if (two && !op_unify(eval, span, what, &a_place, a, &b_place, b))
        return false;
    bool plain = to_whole(fn) || fn == MATH_EXP || fn == MATH_LOG;
    if (plain && !dimension_equal(dim, DIM_NONE)) {
        eval_report(eval, DIAG_E0204, at[0], "%s takes a plain number, got %s", what,
                    value_kind_text(eval->arena, a));
        return false;
    }
    if (two && a->kind == VALUE_REAL)
        dim = a->dim; /* after unification, where one was the literal 0 */
    if (fn == MATH_SQRT && !root_dim(eval, at[0], dim, &dim))
        return false;
    integer = to_whole(fn)
              || ((fn == MATH_ABS || fn == MATH_MIN || fn == MATH_MAX) && a->kind == VALUE_INT);
    *out = value_unknown(integer ? VALUE_INT : VALUE_REAL, fn == MATH_GAUSS ? DIM_NONE : dim);
    return true;
}

static void overflow(struct eval *eval, struct span span, struct value *out)
{
    eval_value_error(eval, DIAG_E0206, span, "integer overflow in `%s`",
                     eval_source_text(eval, span));
    *out = eval->speculative ? value_unknown(VALUE_INT, DIM_NONE) : value_poison();
}

static void int_math(struct eval *eval, enum math_fn fn, struct span span, int64_t a, int64_t b,
                     struct value *out)
{
    if (fn == MATH_ABS && a == INT64_MIN)
        overflow(eval, span, out);
    else if (fn == MATH_ABS)
        *out = value_int(a < 0 ? -a : a);
    else if (fn == MATH_MIN)
        *out = value_int(b < a ? b : a);
    else if (fn == MATH_MAX)
        *out = value_int(b > a ? b : a);
    else
        *out = value_int(a); /* floor, ceil, round of an int */
}

static void compute(struct eval *eval, enum math_fn fn, struct span span, const struct value *a,
                    const struct value *b, struct value *out)
{
    if (a->kind == VALUE_INT && out->kind == VALUE_INT) {
        int_math(eval, fn, span, a->integer, b->integer, out);
        return;
    }
    double x = math_real(fn, value_as_real(a), value_as_real(b));
    if (out->kind == VALUE_REAL)
        op_real_result(eval, span, x, out->dim, out);
    else if (x >= -9223372036854775808.0 && x < 9223372036854775808.0)
        *out = value_int((int64_t)x);
    else
        overflow(eval, span, out);
}

void op_math(struct eval *eval, enum math_fn fn, struct span span, const struct span *at,
             const struct value *args, uint32_t n, struct value *out)
{
    struct value a = args[0], b = args[n - 1];
    const char *subject = arena_printf(eval->arena, "`%s`", math_info(fn)->name);
    *out = value_poison();
    for (uint32_t i = 0; i < n; i++) {
        if (args[i].kind == VALUE_POISON)
            return;
        if (args[i].kind != VALUE_INT && args[i].kind != VALUE_REAL) {
            eval_wrong_type(eval, at[i], subject, "numbers", &args[i]);
            return;
        }
    }
    a.zero = a.zero && n == 2; /* the literal 0 takes a dimension only beside another number */
    if (!math_type(eval, fn, span, &a, &b, at, out)) {
        *out = value_poison();
        return;
    }
    if (!a.unknown && !b.unknown)
        compute(eval, fn, span, &a, &b, out);
}
