/* Members: `pre.x`, `w.e`, `exc.ff`. */
#include "compiler/eval_parts.h"

#include <string.h>

/* --- coordinates --- */

static const char *const coordinate_names[N_COORDINATES] = {
    [COORD_INDEX] = "", [COORD_X] = "x", [COORD_Y] = "y",   [COORD_Z] = "z",   [COORD_U] = "u",
    [COORD_V] = "v",    [COORD_P] = "p", [COORD_PX] = "px", [COORD_PY] = "py", [COORD_PZ] = "pz"};

bool coordinate_find(const char *name, enum coordinate *out)
{
    for (enum coordinate c = COORD_X; c < N_COORDINATES; c++) {
        if (strcmp(coordinate_names[c], name))
            continue;
        *out = c;
        return true;
    }
    return false;
}

bool coordinate_is_real(enum coordinate coordinate)
{
    return coordinate == COORD_U || coordinate == COORD_V;
}

/* Column, row or layer of flat index `i` (axis 0, 1, 2); [n] counts as one row. */
static uint32_t along(const struct dims *dims, uint32_t i, uint32_t axis)
{
    for (uint32_t a = 0; a < dims->n; a++) {
        uint32_t size = dims->size[dims->n - 1 - a];
        if (a == axis)
            return i % size;
        i /= size;
    }
    return 0;
}

static uint32_t extent(const struct dims *dims, uint32_t axis)
{
    return axis < dims->n ? dims->size[dims->n - 1 - axis] : 1;
}

void coordinate_of(const struct net *net, const struct view *view, enum coordinate coordinate,
                   uint32_t position, int64_t *integer, double *real)
{
    const struct dims *whole = view_object_dims(net, view);
    switch (coordinate) {
    case COORD_INDEX:
        *integer = position;
        break;
    case COORD_X:
    case COORD_Y:
    case COORD_Z:
        *integer = along(&view->dims, position, (uint32_t)(coordinate - COORD_X));
        break;
    case COORD_U:
    case COORD_V: {
        uint32_t axis = (uint32_t)(coordinate - COORD_U);
        *real = (along(&view->dims, position, axis) + 0.5) / extent(&view->dims, axis);
        break;
    }
    case COORD_P:
        *integer = view_unit(view, position);
        break;
    default:
        *integer = along(whole, view_unit(view, position), (uint32_t)(coordinate - COORD_PX));
        break;
    }
}

static void pair_member(struct eval *eval, const struct expr *expr, struct value *out)
{
    bool pre = expr->a->kind == EXPR_PRE;
    struct value position;
    enum coordinate coordinate;
    int64_t integer = 0;
    double real = 0;
    evaluate(eval, eval->file_scope, expr->a, &position);
    if (position.kind == VALUE_POISON)
        return;
    if (!coordinate_find(expr->text, &coordinate)) {
        eval_report(eval, DIAG_E0201, expr->name_span,
                    "`%s` has no member `%s`; it has x, y, z, u, v, p, px, py, pz",
                    pre ? "pre" : "post", expr->text);
        return;
    }
    coordinate_of(eval->net, pre ? eval->pair->pre_view : eval->pair->post_view, coordinate,
                  pre ? eval->pair->pre : eval->pair->post, &integer, &real);
    *out = coordinate_is_real(coordinate) ? value_real(real, DIM_NONE) : value_int(integer);
}

/* --- imported files --- */

const struct symbol *import_member(struct eval *eval, const struct expr *expr,
                                   const struct symbol *import)
{
    const struct symbol *symbol = scope_member(import->scope, expr->text);
    if (symbol && expr->text[0] != '_')
        return symbol;
    const char *path = import->item->text;
    if (symbol) {
        struct diag *diag = eval_report(eval, DIAG_E0201, expr->name_span,
                                        "`%s` is private to \"%s\"", expr->text, path);
        diag_note(eval->sink, diag, symbol->span, "a leading `_` keeps it inside");
        return NULL;
    }
    struct diag_match match = {.text = expr->text};
    struct diag *diag =
        eval_report(eval, DIAG_E0201, expr->name_span, "\"%s\" declares no `%s`", path, expr->text);
    diag_note(eval->sink, diag, import->span, "`%s` is imported here", import->name);
    if (!diag->kept)
        return NULL;
    scope_offer_members(import->scope, &match);
    if (match.name && match.name[0] != '_')
        diag_help(eval->sink, diag, expr->name_span, match.name, "did you mean `%s`?", match.name);
    return NULL;
}

/* --- net instances --- */

static void no_member(struct eval *eval, const struct expr *expr, const struct instance *instance)
{
    struct diag_match match = {.text = expr->text};
    struct diag *diag = eval_report(eval, DIAG_E0201, expr->name_span, "net `%s` declares no `%s`",
                                    instance->net->name, expr->text);
    if (!diag->kept)
        return;
    scope_offer_members(instance->scope, &match);
    if (match.name && match.name[0] != '_')
        diag_help(eval->sink, diag, expr->name_span, match.name, "did you mean `%s`?", match.name);
}

static void instance_member(struct eval *eval, const struct expr *expr,
                            const struct instance *instance, struct value *out)
{
    const struct symbol *symbol = scope_member(instance->scope, expr->text);
    if (!symbol) {
        no_member(eval, expr, instance);
        return;
    }
    if (expr->text[0] == '_') {
        struct diag *diag =
            eval_report(eval, DIAG_E0201, expr->name_span, "`%s` is private to net `%s`",
                        expr->text, instance->net->name);
        diag_note(eval->sink, diag, symbol->span, "a leading `_` keeps it inside");
        return;
    }
    if (symbol->kind == SYMBOL_FN || symbol->kind == SYMBOL_NET || symbol->kind == SYMBOL_ALIAS) {
        eval_report(eval, DIAG_E0203, expr->name_span,
                    "`%s` is not a value that net `%s` shows outside", expr->text,
                    instance->net->name);
        return;
    }
    *out = symbol->value;
    out->zero = false;
}

/* --- bias sets --- */

static void slot_member(struct eval *eval, const struct expr *expr, uint32_t bias_set,
                        struct value *out)
{
    const struct bias_set *set = &eval->net->bias_sets.at[bias_set];
    const char *names[2 * NET_SLOTS];
    uint32_t n = 0;
    for (uint32_t i = 0; i < NET_SLOTS; i++) {
        bool named = set->slot_name[i] && !strcmp(set->slot_name[i], expr->text);
        if (named || !strcmp(slot_pinned_name[i], expr->text)) {
            *out = (struct value){.kind = VALUE_SLOTS, .slots = {bias_set, (uint8_t)(1u << i)}};
            return;
        }
        if (set->slot_name[i])
            names[n++] = set->slot_name[i];
    }
    struct diag *diag = eval_report(eval, DIAG_E0201, expr->name_span,
                                    "bias set `%s` has no weight slot `%s`", set->name, expr->text);
    diag_note(eval->sink, diag, set->span, "`%s` is declared here", set->name);
    const char *near = diag_nearest(expr->text, names, n);
    if (near)
        diag_help(eval->sink, diag, expr->name_span, near, "did you mean `%s`?", near);
    else
        diag_help(eval->sink, diag, span_nowhere(), NULL,
                  "declare `weight.%s` in the set, or use w0 to w3", expr->text);
}

void evaluate_dot(struct eval *eval, struct scope *scope, const struct expr *expr,
                  struct value *out)
{
    struct value base;
    *out = value_poison();
    if (expr->a->kind == EXPR_PRE || expr->a->kind == EXPR_POST) {
        pair_member(eval, expr, out);
        return;
    }
    const struct symbol *import = scope_find_import(scope, expr);
    if (import) {
        const struct symbol *member = import_member(eval, expr, import);
        if (member)
            evaluate_symbol(eval, expr, member, out);
        return;
    }
    if (!eval_const(eval, scope, expr->a, &base))
        return;
    if (base.kind == VALUE_INSTANCE) {
        instance_member(eval, expr, base.instance, out);
    } else if (base.kind == VALUE_BIAS) {
        slot_member(eval, expr, base.bias_set, out);
    } else if (base.kind == VALUE_INSTANCES) {
        eval_report(eval, DIAG_E0203, expr->a->span,
                    "`%s` is an array of %u net instances; say which: `%s[0].%s`",
                    eval_source_text(eval, expr->a->span), base.instances->n,
                    eval_source_text(eval, expr->a->span), expr->text);
    } else {
        eval_wrong_type(eval, expr->a->span, arena_printf(eval->arena, "`.%s`", expr->text),
                        "a net instance or a bias set", &base);
    }
}
