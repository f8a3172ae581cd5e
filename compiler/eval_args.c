/* Arguments: matched by position and name, checked against declared types, bound to formals. */
#include "compiler/eval_parts.h"

#include <string.h>

/* --- arguments --- */

static void too_many(struct eval *eval, const char *callee, struct span call,
                     const struct arg *first_extra, uint32_t n_args, uint32_t n_specs,
                     uint32_t n_positional)
{
    if (n_args > n_specs)
        eval_report(eval, DIAG_E0205, call, "`%s` takes %u argument%s, got %u", callee, n_specs,
                    n_specs == 1 ? "" : "s", n_args);
    else if (n_positional == 0)
        eval_report(eval, DIAG_E0205, first_extra->value->span,
                    "arguments of `%s` are given by name: `name = value`", callee);
    else
        eval_report(eval, DIAG_E0205, first_extra->value->span,
                    "`%s` takes %u argument%s by position, further ones by name", callee,
                    n_positional, n_positional == 1 ? "" : "s");
}

static void no_parameter(struct eval *eval, const char *callee, const struct arg *arg,
                         const struct arg_spec *specs, uint32_t n_specs)
{
    const char **names = ARENA_ARRAY(eval->arena, const char *, n_specs);
    for (uint32_t i = 0; i < n_specs; i++)
        names[i] = specs[i].name;
    struct diag *diag = eval_report(eval, DIAG_E0205, arg->name_span, "`%s` has no parameter `%s`",
                                    callee, arg->name);
    const char *near = diag_nearest(arg->name, names, n_specs);
    if (near)
        diag_help(eval->sink, diag, arg->name_span, near, "did you mean `%s`?", near);
}

static bool match_named(struct eval *eval, const char *callee, const struct arg *arg,
                        const struct arg_spec *specs, uint32_t n_specs, const struct arg **matched)
{
    for (uint32_t i = 0; i < n_specs; i++) {
        if (strcmp(specs[i].name, arg->name))
            continue;
        if (matched[i]) {
            struct diag *diag =
                eval_report(eval, DIAG_E0205, arg->name_span,
                            "argument `%s` of `%s` is given twice", arg->name, callee);
            diag_note(eval->sink, diag, matched[i]->value->span, "first given here");
            return false;
        }
        matched[i] = arg;
        return true;
    }
    no_parameter(eval, callee, arg, specs, n_specs);
    return false;
}

bool eval_match_args(struct eval *eval, const char *callee, struct span call,
                     const struct arg_vec *args, const struct arg_spec *specs, uint32_t n_specs,
                     uint32_t n_positional, const struct arg **matched)
{
    bool ok = true, named = false;
    uint32_t position = 0;
    for (uint32_t i = 0; i < n_specs; i++)
        matched[i] = NULL;
    for (uint32_t i = 0; i < args->n; i++) {
        const struct arg *arg = &args->at[i];
        if (arg->name) {
            named = true;
            ok = match_named(eval, callee, arg, specs, n_specs, matched) && ok;
        } else if (named) {
            eval_report(eval, DIAG_E0205, arg->value->span,
                        "an argument of `%s` by position follows one by name", callee);
            ok = false;
        } else if (position >= n_positional) {
            too_many(eval, callee, call, arg, args->n, n_specs, n_positional);
            return false;
        } else {
            matched[position++] = arg;
        }
    }
    for (uint32_t i = 0; ok && i < n_specs; i++) {
        if (!specs[i].required || matched[i])
            continue;
        eval_report(eval, DIAG_E0205, call, "`%s` needs argument `%s`", callee, specs[i].name);
        ok = false;
    }
    return ok;
}

/* --- types of formals and params --- */

static const struct type_info {
    const char *name, *expected;
    enum value_kind kind;
    int8_t a, s, v;
} types[] = {{"int", "an int", VALUE_INT, 0, 0, 0},
             {"real", "a plain number", VALUE_REAL, 0, 0, 0},
             {"bool", "a bool", VALUE_BOOL, 0, 0, 0},
             {"string", "a string", VALUE_STRING, 0, 0, 0},
             {"time", "a time", VALUE_REAL, 0, 1, 0},
             {"current", "a current", VALUE_REAL, 1, 0, 0},
             {"voltage", "a voltage", VALUE_REAL, 0, 0, 1},
             {"frequency", "a frequency", VALUE_REAL, 0, -1, 0},
             {"view", "a population or an input", VALUE_VIEW, 0, 0, 0},
             {"bias", "a bias set", VALUE_BIAS, 0, 0, 0}};
enum { N_TYPES = sizeof types / sizeof types[0] };

static const struct type_info *find_type(const char *type)
{
    for (uint32_t i = 0; i < N_TYPES; i++)
        if (!strcmp(types[i].name, type))
            return &types[i];
    return NULL;
}

void eval_unknown_type(struct eval *eval, const char *type, struct span span)
{
    const char *names[N_TYPES];
    for (uint32_t i = 0; i < N_TYPES; i++)
        names[i] = types[i].name;
    struct diag *diag = eval_report(eval, DIAG_E0201, span, "unknown type `%s`", type);
    const char *near = diag_nearest(type, names, N_TYPES);
    if (near)
        diag_help(eval->sink, diag, span, near, "did you mean `%s`?", near);
    else
        diag_note(eval->sink, diag, span_nowhere(),
                  "types are int, real, bool, string, time, current, voltage, frequency, view and "
                  "bias");
}

bool type_accepts(const char *type, struct value *value)
{
    const struct type_info *info = find_type(type);
    if (!info || value->kind == VALUE_POISON)
        return false;
    struct dimension dim = {info->a, info->s, info->v};
    bool number = value->kind == VALUE_INT || value->kind == VALUE_REAL;
    if (info->kind == VALUE_REAL && number && value_has_dim(value, dim)) {
        *value =
            value->unknown ? value_unknown(VALUE_REAL, dim) : value_real(value_as_real(value), dim);
        return true;
    }
    return info->kind == value->kind && info->kind != VALUE_REAL;
}

const char *type_expected(const char *type)
{
    const struct type_info *info = find_type(type);
    return info ? info->expected : NULL;
}

bool conform(struct eval *eval, const char *type, struct span type_span, struct span span,
             const char *subject, struct value *value)
{
    if (!find_type(type)) {
        eval_unknown_type(eval, type, type_span);
        return false;
    }
    return type_accepts(type, value)
           || eval_wrong_type(eval, span, subject, type_expected(type), value);
}

const char *type_of_value(const struct value *value)
{
    for (uint32_t i = 0; i < N_TYPES; i++) {
        const struct dimension dim = {types[i].a, types[i].s, types[i].v};
        if (types[i].kind == value->kind
            && (value->kind != VALUE_REAL || dimension_equal(dim, value->dim)))
            return types[i].name;
    }
    return NULL;
}

/* --- formals --- */

/* The declared type of a formal: its own, or that of its default. */
static const char *formal_type(struct eval *eval, const struct formal *formal, struct scope *inner)
{
    struct value value;
    if (formal->type || !formal->value || eval_is_synaptic(eval, inner, formal->value))
        return formal->type;
    return eval_const(eval, inner, formal->value, &value) ? type_of_value(&value) : NULL;
}

static bool bind_formal(struct eval *eval, struct scope *scope, const char *callee,
                        const struct formal *formal, const struct expr *expr, struct scope *inner)
{
    struct symbol symbol = {.name = formal->name, .kind = SYMBOL_VALUE, .span = formal->span};
    symbol.type = formal_type(eval, formal, inner);
    struct span type_span = formal->type ? formal->type_span : formal->span;
    bool pairs = eval->pair || eval->private->compiling; /* else E0208 where `pre` stands */
    if (pairs && inner->kind == SCOPE_CALL && eval_is_synaptic(eval, scope, expr)) {
        symbol.kind = SYMBOL_ALIAS;
        symbol.expr = expr;
        symbol.scope = scope;
        return scope_declare(eval, inner, &symbol) != NULL;
    }
    bool ok = eval_const(eval, scope, expr, &symbol.value);
    if (ok && symbol.type && !type_accepts(symbol.type, &symbol.value))
        ok = conform(eval, symbol.type, type_span, expr->span,
                     arena_printf(eval->arena, "argument `%s` of `%s`", formal->name, callee),
                     &symbol.value);
    symbol.value.zero = false;
    if (!ok)
        symbol.value = value_poison();
    return scope_declare(eval, inner, &symbol) != NULL && ok;
}

enum { FEW_FORMALS = 16 }; /* calls with so many need no memory */

bool bind_formals(struct eval *eval, struct scope *scope, const char *callee, struct span call,
                  const struct formal_vec *formals, const struct arg_vec *args, struct scope *inner)
{
    struct arg_spec few_specs[FEW_FORMALS] = {{0}}, *specs = few_specs;
    const struct arg *few_matched[FEW_FORMALS], **matched = few_matched;
    uint32_t n = formals->n;
    if (n > FEW_FORMALS) {
        specs = ARENA_ARRAY(eval->arena, struct arg_spec, n);
        matched = ARENA_ARRAY(eval->arena, const struct arg *, n);
    }
    for (uint32_t i = 0; i < n; i++)
        specs[i] = (struct arg_spec){formals->at[i].name, formals->at[i].value == NULL};
    if (!eval_match_args(eval, callee, call, args, specs, n, n, matched))
        return false;
    bool ok = true;
    for (uint32_t i = 0; i < n; i++) {
        const struct formal *formal = &formals->at[i];
        const struct expr *expr = matched[i] ? matched[i]->value : formal->value;
        ok = bind_formal(eval, matched[i] ? scope : inner, callee, formal, expr, inner) && ok;
    }
    return ok;
}
