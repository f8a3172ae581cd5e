/* Operators: types, dimensions and checked arithmetic, in one place for constants and pairs. */
#include "compiler/eval_parts.h"

#include "compiler/base/elementary.h"
#include "compiler/units.h"

#include <math.h>
#include <string.h>

enum { MAX_EXPONENT = 4 };

double real_mod(double a, double b)
{
    double rest = fmod(a, b);
    if (rest != 0 && (rest < 0) != (b < 0))
        rest += b;
    return rest;
}

double power_real(double a, double b)
{
    return elem_pow(a, b);
}

double real_floordiv(double a, double b)
{
    double quotient = (a - real_mod(a, b)) / b, whole = floor(quotient);
    return quotient - whole > 0.5 ? whole + 1 : whole;
}

bool int_floordiv(int64_t a, int64_t b, int64_t *out)
{
    if (a == INT64_MIN && b == -1)
        return false;
    *out = a / b - (a % b != 0 && (a < 0) != (b < 0));
    return true;
}

int64_t int_mod(int64_t a, int64_t b)
{
    if (b == -1)
        return 0;
    int64_t rest = a % b;
    return rest != 0 && (rest < 0) != (b < 0) ? rest + b : rest;
}

bool int_pow(int64_t base, int64_t exponent, int64_t *out)
{
    int64_t result = 1;
    while (exponent > 0) {
        if (exponent % 2 && __builtin_mul_overflow(result, base, &result))
            return false;
        exponent /= 2;
        if (exponent > 0 && __builtin_mul_overflow(base, base, &base))
            return false;
    }
    *out = result;
    return true;
}

static bool is_numeric(const struct value *value)
{
    return value->kind == VALUE_INT || value->kind == VALUE_REAL;
}

static struct dimension dim_of(const struct value *value)
{
    return value->kind == VALUE_REAL ? value->dim : DIM_NONE;
}

static void add_operand_labels(struct eval *eval, struct diag *diag, const struct expr *a_expr,
                               const struct value *a, const struct expr *b_expr,
                               const struct value *b)
{
    struct arena *arena = eval->arena;
    diag_label(eval->sink, diag, a_expr->span, "%s (%s)", dimension_text(arena, dim_of(a)),
               dimension_unit(arena, dim_of(a)));
    diag_label(eval->sink, diag, b_expr->span, "%s (%s)", dimension_text(arena, dim_of(b)),
               dimension_unit(arena, dim_of(b)));
}

static const char *with_article(struct eval *eval, const struct value *value)
{
    return value_kind_text(eval->arena, value);
}

/* E0204 in the words of the operator. */
static void dimensions_differ(struct eval *eval, const struct expr *expr, const struct value *a,
                              const struct value *b)
{
    const char *x = with_article(eval, a), *y = with_article(eval, b);
    struct span at = expr->name_span;
    struct diag *diag;
    switch (expr->op) {
    case OP_ADD:
        diag = eval_report(eval, DIAG_E0204, at, "cannot add %s and %s", x, y);
        break;
    case OP_SUB:
        diag = eval_report(eval, DIAG_E0204, at, "cannot subtract %s from %s", y, x);
        break;
    case OP_MOD:
    case OP_FLOORDIV:
        diag = eval_report(eval, DIAG_E0204, at, "`%s` needs equal dimensions, got %s and %s",
                           binary_op_text(expr->op), x, y);
        break;
    default:
        diag = eval_report(eval, DIAG_E0204, at, "cannot compare %s with %s", x, y);
        break;
    }
    add_operand_labels(eval, diag, expr->a, a, expr->b, b);
}

/* E0203 for the operand that is no number (or whatever `wanted` says). */
static void operand_kind(struct eval *eval, const struct expr *expr, const char *wanted,
                         const struct value *a, const struct value *b, bool a_is_wrong)
{
    const char *subject = arena_printf(eval->arena, "`%s`", binary_op_text(expr->op));
    eval_wrong_type(eval, a_is_wrong ? expr->a->span : expr->b->span, subject, wanted,
                    a_is_wrong ? a : b);
}

static bool both_numeric(struct eval *eval, const struct expr *expr, const struct value *a,
                         const struct value *b)
{
    if (is_numeric(a) && is_numeric(b))
        return true;
    operand_kind(eval, expr, "numbers", a, b, !is_numeric(a));
    return false;
}

/* The common dimension of two numbers, the literal 0 fitting any. */
static bool common_dim(const struct value *a, const struct value *b, struct dimension *dim)
{
    if (a->zero && !b->zero) {
        *dim = dim_of(b);
        return true;
    }
    *dim = dim_of(a);
    return b->zero || dimension_equal(dim_of(a), dim_of(b));
}

/* --- types --- */

static bool check_exponents(struct eval *eval, struct span span, int a, int s, int v,
                            struct dimension *dim)
{
    int least = a < s ? a : s, most = a > s ? a : s;
    least = v < least ? v : least;
    most = v > most ? v : most;
    if (least < -MAX_EXPONENT || most > MAX_EXPONENT) {
        eval_report(eval, DIAG_E0204, span,
                    "the result would be in A^%d s^%d V^%d; exponents go from -%d to %d", a, s, v,
                    MAX_EXPONENT, MAX_EXPONENT);
        return false;
    }
    *dim = (struct dimension){(int8_t)a, (int8_t)s, (int8_t)v};
    return true;
}

/* Exponent of a quantity with units: a known int, since it decides the type. */
static bool power_type(struct eval *eval, const struct expr *expr, const struct value *a,
                       const struct value *b, struct value *out)
{
    struct dimension d = dim_of(a), dim = DIM_NONE;
    if (!value_is_number(b)) {
        operand_kind(eval, expr, "a plain number as exponent", a, b, false);
        return false;
    }
    if (!dimension_equal(d, DIM_NONE)) {
        if (b->kind != VALUE_INT || b->unknown || b->integer < -16 || b->integer > 16) {
            eval_report(eval, DIAG_E0204, expr->b->span, "%s can only be raised to a constant int",
                        with_article(eval, a));
            return false;
        }
        int n = (int)b->integer;
        if (!check_exponents(eval, expr->name_span, d.a * n, d.s * n, d.v * n, &dim))
            return false;
    }
    /* int ** negative int is real: of an unknown exponent the sign is not known */
    bool integer = a->kind == VALUE_INT && b->kind == VALUE_INT && (b->unknown || b->integer >= 0);
    *out = value_unknown(integer ? VALUE_INT : VALUE_REAL, dim);
    return true;
}

static bool arithmetic_type(struct eval *eval, const struct expr *expr, const struct value *a,
                            const struct value *b, struct value *out)
{
    if (!both_numeric(eval, expr, a, b))
        return false;
    bool integer = a->kind == VALUE_INT && b->kind == VALUE_INT;
    struct dimension x = dim_of(a), y = dim_of(b), dim = DIM_NONE;
    int sign = expr->op == OP_DIV ? -1 : 1;
    switch (expr->op) {
    case OP_POW:
        return power_type(eval, expr, a, b, out);
    case OP_MUL:
    case OP_DIV:
        if (!check_exponents(eval, expr->name_span, x.a + sign * y.a, x.s + sign * y.s,
                             x.v + sign * y.v, &dim))
            return false;
        integer = integer && expr->op == OP_MUL;
        break;
    default:
        if (!common_dim(a, b, &dim)) {
            dimensions_differ(eval, expr, a, b);
            return false;
        }
        if (expr->op == OP_FLOORDIV)
            dim = DIM_NONE;
        break;
    }
    *out = value_unknown(integer ? VALUE_INT : VALUE_REAL, dim);
    return true;
}

/* A bool beside something else, most likely `M[pre, post] != 0` on a matrix of bools. */
static void bool_with_other(struct eval *eval, const struct expr *expr, const struct value *a,
                            const struct value *b)
{
    bool left = a->kind == VALUE_BOOL;
    const struct expr *truth = left ? expr->a : expr->b, *rest = left ? expr->b : expr->a;
    const struct value *other = left ? b : a;
    const char *text = eval_source_text(eval, truth->span);
    bool zero = other->zero,
         one = other->kind == VALUE_INT && !other->unknown && other->integer == 1;
    struct diag *diag = eval_report(eval, DIAG_E0203, expr->span, "`%s` compares a bool with %s",
                                    binary_op_text(expr->op), value_kind_text(eval->arena, other));
    if ((!zero && !one) || rest->kind != EXPR_INT)
        return;
    bool plain = (expr->op == OP_NE) == zero;
    const char *fix = arena_printf(eval->arena, plain ? "%s" : "not %s", text);
    diag_help(eval->sink, diag, expr->span, fix, "a bool needs no comparison: `%s`", fix);
}

static bool comparison_type(struct eval *eval, const struct expr *expr, const struct value *a,
                            const struct value *b, struct value *out)
{
    struct dimension dim;
    bool equality = expr->op == OP_EQ || expr->op == OP_NE;
    *out = value_unknown(VALUE_BOOL, DIM_NONE);
    if (equality && a->kind == b->kind && (a->kind == VALUE_BOOL || a->kind == VALUE_STRING))
        return true;
    if (equality && (a->kind == VALUE_BOOL || b->kind == VALUE_BOOL)) {
        bool_with_other(eval, expr, a, b);
        return false;
    }
    if (!is_numeric(a) || !is_numeric(b)) {
        bool a_is_wrong =
            !is_numeric(a) && !(equality && (a->kind == VALUE_BOOL || a->kind == VALUE_STRING));
        operand_kind(eval, expr, equality ? "two values of one type" : "numbers", a, b, a_is_wrong);
        return false;
    }
    if (common_dim(a, b, &dim))
        return true;
    dimensions_differ(eval, expr, a, b);
    return false;
}

static bool slots_sum(struct eval *eval, const struct expr *expr, const struct value *a,
                      const struct value *b, struct value *out)
{
    if (a->unknown || b->unknown) {
        eval_report(eval, DIAG_E0203, expr->span,
                    "a sum of slots is constant; choose between whole sums with `select`");
        return false;
    }
    /* A parent's slot names the child's value at that position: the sum is the child's. */
    bool left = net_bias_inherits(eval->net, a->slots.bias_set, b->slots.bias_set);
    if (!left && !net_bias_inherits(eval->net, b->slots.bias_set, a->slots.bias_set)) {
        const struct bias_set_vec *sets = &eval->net->bias_sets;
        eval_report(eval, DIAG_E0505, expr->span,
                    "a sum of slots must stay within one bias set and its parents, got `%s` and "
                    "`%s`",
                    sets->at[a->slots.bias_set].name, sets->at[b->slots.bias_set].name);
        return false;
    }
    if (a->slots.mask & b->slots.mask) {
        eval_report(eval, DIAG_E0505, expr->b->span,
                    "a slot stands twice in this sum; each of the four is either in or out");
        return false;
    }
    *out = left ? *a : *b;
    out->slots.mask = a->slots.mask | b->slots.mask;
    return true;
}

/* Leaves the unknown value of the right type in *out. */
static bool binary_type(struct eval *eval, const struct expr *expr, const struct value *a,
                        const struct value *b, struct value *out)
{
    switch (expr->op) {
    case OP_AND:
    case OP_OR:
        *out = value_unknown(VALUE_BOOL, DIM_NONE);
        if (a->kind == VALUE_BOOL && b->kind == VALUE_BOOL)
            return true;
        operand_kind(eval, expr, "bools", a, b, a->kind != VALUE_BOOL);
        return false;
    case OP_EQ:
    case OP_NE:
    case OP_LT:
    case OP_GT:
    case OP_LE:
    case OP_GE:
        return comparison_type(eval, expr, a, b, out);
    default:
        return arithmetic_type(eval, expr, a, b, out);
    }
}

/* --- numbers --- */

void op_real_result(struct eval *eval, struct span span, double x, struct dimension dim,
                    struct value *out)
{
    *out = value_real(x, dim);
    if (isfinite(x))
        return;
    eval_value_error(eval, DIAG_E0209, span, "the result of `%s` is not a finite number",
                     eval_source_text(eval, span));
    *out = eval->speculative ? value_unknown(VALUE_REAL, dim) : value_poison();
}

static void failed_value(struct eval *eval, struct value *out)
{
    if (eval->speculative)
        out->unknown = true; /* of the type already in place */
    else
        *out = value_poison();
}

static void int_result(struct eval *eval, const struct expr *expr, bool fits, int64_t x,
                       struct value *out)
{
    if (fits) {
        *out = value_int(x);
        return;
    }
    eval_value_error(eval, DIAG_E0206, expr->span, "integer overflow in `%s`",
                     eval_source_text(eval, expr->span));
    failed_value(eval, out);
}

static bool divisor_ok(struct eval *eval, const struct expr *expr, const struct value *b,
                       struct value *out)
{
    if (value_as_real(b) != 0)
        return true;
    eval_value_error(eval, DIAG_E0209, expr->span, "division by zero in `%s`",
                     eval_source_text(eval, expr->span));
    failed_value(eval, out);
    return false;
}

static void int_binary(struct eval *eval, const struct expr *expr, int64_t a, int64_t b,
                       struct value *out)
{
    int64_t x = 0;
    bool fits = true;
    switch (expr->op) {
    case OP_ADD:
        fits = !__builtin_add_overflow(a, b, &x);
        break;
    case OP_SUB:
        fits = !__builtin_sub_overflow(a, b, &x);
        break;
    case OP_MUL:
        fits = !__builtin_mul_overflow(a, b, &x);
        break;
    case OP_FLOORDIV:
        fits = int_floordiv(a, b, &x);
        break;
    case OP_MOD:
        x = int_mod(a, b);
        break;
    default:
        fits = int_pow(a, b, &x);
        break;
    }
    int_result(eval, expr, fits, x, out);
}

static double real_binary(enum binary_op op, double a, double b)
{
    switch (op) {
    case OP_ADD:
        return a + b;
    case OP_SUB:
        return a - b;
    case OP_MUL:
        return a * b;
    case OP_DIV:
        return a / b;
    case OP_FLOORDIV:
        return real_floordiv(a, b);
    case OP_MOD:
        return real_mod(a, b);
    default:
        return power_real(a, b);
    }
}

static bool compare_numbers(enum binary_op op, const struct value *a, const struct value *b)
{
    bool less, equal;
    if (a->kind == VALUE_INT && b->kind == VALUE_INT) {
        less = a->integer < b->integer;
        equal = a->integer == b->integer;
    } else {
        less = value_as_real(a) < value_as_real(b);
        equal = value_as_real(a) == value_as_real(b);
    }
    switch (op) {
    case OP_EQ:
        return equal;
    case OP_NE:
        return !equal;
    case OP_LT:
        return less;
    case OP_LE:
        return less || equal;
    case OP_GT:
        return !less && !equal;
    default:
        return !less;
    }
}

static bool compare(enum binary_op op, const struct value *a, const struct value *b)
{
    if (is_numeric(a))
        return compare_numbers(op, a, b);
    bool equal = a->kind == VALUE_BOOL ? a->boolean == b->boolean : !strcmp(a->string, b->string);
    return equal == (op == OP_EQ);
}

static bool divides(enum binary_op op)
{
    return op == OP_DIV || op == OP_FLOORDIV || op == OP_MOD;
}

void op_binary(struct eval *eval, const struct expr *expr, const struct value *a,
               const struct value *b, struct value *out)
{
    bool poisoned = a->kind == VALUE_POISON || b->kind == VALUE_POISON;
    if (!poisoned && expr->op == OP_ADD && a->kind == VALUE_SLOTS && b->kind == VALUE_SLOTS) {
        if (!slots_sum(eval, expr, a, b, out))
            *out = value_poison();
        return;
    }
    if (poisoned || !binary_type(eval, expr, a, b, out)) {
        *out = value_poison();
        return;
    }
    if (a->unknown || b->unknown)
        return;
    if (divides(expr->op) && !divisor_ok(eval, expr, b, out))
        return;
    if (expr->op == OP_AND || expr->op == OP_OR)
        *out = value_bool(expr->op == OP_AND ? a->boolean && b->boolean : a->boolean || b->boolean);
    else if (out->kind == VALUE_BOOL)
        *out = value_bool(compare(expr->op, a, b));
    else if (out->kind == VALUE_INT)
        int_binary(eval, expr, a->integer, b->integer, out);
    else
        op_real_result(eval, expr->span, real_binary(expr->op, value_as_real(a), value_as_real(b)),
                       out->dim, out);
}

void op_negate(struct eval *eval, const struct expr *expr, const struct value *a, struct value *out)
{
    int64_t x = 0;
    *out = *a;
    if (a->kind == VALUE_POISON)
        return;
    if (!is_numeric(a)) {
        eval_wrong_type(eval, expr->a->span, "`-`", "a number", a);
        *out = value_poison();
        return;
    }
    out->zero = false;
    if (a->unknown)
        return;
    if (a->kind == VALUE_REAL) {
        out->real = -a->real;
        return;
    }
    bool fits = !__builtin_sub_overflow(0, a->integer, &x);
    int_result(eval, expr, fits, x, out);
}

void op_not(struct eval *eval, const struct expr *expr, const struct value *a, struct value *out)
{
    *out = *a;
    if (a->kind == VALUE_POISON)
        return;
    if (a->kind != VALUE_BOOL) {
        eval_wrong_type(eval, expr->a->span, "`not`", "a bool", a);
        *out = value_poison();
        return;
    }
    out->boolean = !a->boolean;
}

/* --- intervals --- */

/* Exact powers of ten, so that one division or product rounds once. */
static double power_of_ten(int n)
{
    double x = 1;
    while (n-- > 0)
        x *= 10;
    return x;
}

void op_interval_unit(const struct expr *lo_expr, const struct expr *hi_expr, struct value *lo)
{
    const struct expr *literal = lo_expr->kind == EXPR_NEG ? lo_expr->a : lo_expr;
    while (hi_expr->kind == EXPR_NEG)
        hi_expr = hi_expr->a;
    if ((literal->kind != EXPR_INT && literal->kind != EXPR_REAL) || hi_expr->kind != EXPR_QTY
        || !value_is_number(lo))
        return;
    const struct unit *unit = unit_find(hi_expr->unit, strlen(hi_expr->unit));
    double x = value_as_real(lo);
    *lo =
        value_real(unit->power < 0 ? x / power_of_ten(-unit->power) : x * power_of_ten(unit->power),
                   unit->dim);
}

static bool interval_bound(struct eval *eval, const struct expr *expr, const struct expr *bound,
                           const struct value *a, const struct value *b)
{
    struct dimension dim;
    if (!is_numeric(b)) {
        eval_wrong_type(eval, bound->span, "an interval", "numbers", b);
        return false;
    }
    if (common_dim(a, b, &dim))
        return true;
    struct diag *diag = eval_report(eval, DIAG_E0204, bound->span, "cannot compare %s with %s",
                                    with_article(eval, a), with_article(eval, b));
    add_operand_labels(eval, diag, expr->a, a, bound, b);
    return false;
}

void op_in(struct eval *eval, const struct expr *expr, const struct value *a, const struct value *b,
           const struct value *c, struct value *out)
{
    struct value lo = *b;
    *out = value_poison();
    if (a->kind == VALUE_POISON || b->kind == VALUE_POISON || c->kind == VALUE_POISON)
        return;
    if (!is_numeric(a)) {
        eval_wrong_type(eval, expr->a->span, "`in`", "a number", a);
        return;
    }
    if (!b->unknown)
        op_interval_unit(expr->b, expr->c, &lo);
    bool hi_ok = interval_bound(eval, expr, expr->c, a, c);
    bool inferred = lo.kind != b->kind || !dimension_equal(lo.dim, b->dim);
    if ((!hi_ok && inferred) || !interval_bound(eval, expr, expr->b, a, &lo) || !hi_ok)
        return;
    *out = value_unknown(VALUE_BOOL, DIM_NONE);
    if (!a->unknown && !b->unknown && !c->unknown)
        *out = value_bool(compare_numbers(OP_GE, a, &lo) && compare_numbers(OP_LE, a, c));
}

bool op_unify(struct eval *eval, struct span span, const char *what, const struct expr *a_expr,
              struct value *a, const struct expr *b_expr, struct value *b)
{
    struct dimension dim;
    if (a->kind == VALUE_POISON || b->kind == VALUE_POISON)
        return false;
    if (is_numeric(a) && is_numeric(b)) {
        if (!common_dim(a, b, &dim)) {
            struct diag *diag = eval_report(eval, DIAG_E0204, span, "%s: %s and %s do not agree",
                                            what, with_article(eval, a), with_article(eval, b));
            add_operand_labels(eval, diag, a_expr, a, b_expr, b);
            return false;
        }
        if (a->kind == VALUE_INT && b->kind == VALUE_INT)
            return true;
        *a = a->unknown ? value_unknown(VALUE_REAL, dim) : value_real(value_as_real(a), dim);
        *b = b->unknown ? value_unknown(VALUE_REAL, dim) : value_real(value_as_real(b), dim);
        return true;
    }
    if (a->kind == b->kind)
        return true;
    eval_report(eval, DIAG_E0203, span, "%s: %s and %s do not agree", what, with_article(eval, a),
                with_article(eval, b));
    return false;
}
