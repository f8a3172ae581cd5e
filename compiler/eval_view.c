/* Views: from an expression to the units of one population or input, or of several. */
#include "compiler/eval_parts.h"

enum { LEAST_UNITS = 16 }; /* that a view counts for: it takes room itself */

static void instance_as_view(struct eval *eval, const struct expr *expr,
                             const struct instance *instance, const char *subject)
{
    struct diag *diag =
        eval_report(eval, DIAG_E0203, expr->span,
                    "%s takes one population, `%s` is an instance "
                    "of net `%s` with %u",
                    subject, instance->path, instance->net->name, instance->populations.n);
    for (uint32_t i = 0; i < instance->populations.n && i < 5; i++)
        diag_note(eval->sink, diag, span_nowhere(), "it has `%s`",
                  view_text(eval->arena, eval->net, &instance->populations.at[i]));
}

bool eval_view(struct eval *eval, struct scope *scope, const struct expr *expr, const char *subject,
               struct view *out)
{
    struct value value;
    if (!eval_const(eval, scope, expr, &value))
        return false;
    if (value.kind == VALUE_VIEW) {
        *out = value.view;
        return true;
    }
    if (value.kind == VALUE_INSTANCE)
        instance_as_view(eval, expr, value.instance, subject);
    else
        eval_wrong_type(eval, expr->span, subject, "a population or an input", &value);
    return false;
}

bool eval_views(struct eval *eval, struct scope *scope, const struct expr *expr,
                const char *subject, struct view_vec *out)
{
    struct value value;
    if (!eval_const(eval, scope, expr, &value))
        return false;
    if (value.kind == VALUE_VIEW) {
        VEC_PUSH(eval->arena, out, value.view);
        return true;
    }
    uint32_t n = value.kind == VALUE_INSTANCES ? value.instances->n : 1;
    if (value.kind != VALUE_INSTANCE && value.kind != VALUE_INSTANCES)
        return eval_wrong_type(eval, expr->span, subject, "populations or inputs", &value);
    for (uint32_t i = 0; i < n; i++) {
        const struct instance *instance =
            value.kind == VALUE_INSTANCES ? &value.instances->at[i] : value.instance;
        for (uint32_t j = 0; j < instance->populations.n; j++)
            VEC_PUSH(eval->arena, out, instance->populations.at[j]);
    }
    return true;
}

bool eval_named_views(struct eval *eval, struct scope *scope, const struct expr *expr,
                      const char *subject, uint32_t times, struct view_vec *out)
{
    uint64_t units = 0;
    uint32_t first = out->n;
    if (eval->private->stopped || !eval_views(eval, scope, expr, subject, out))
        return false;
    for (uint32_t v = first; v < out->n; v++)
        units += out->at[v].size > LEAST_UNITS ? out->at[v].size : LEAST_UNITS;
    return eval_spend_units(eval, expr->span, (unsigned __int128)units * times);
}
