/* Calls of fn and of the builtin functions that give constants. */
#include "compiler/eval_parts.h"

#include "compiler/base/elementary.h"
#include "compiler/load.h"
#include "compiler/measure.h"

#include <math.h>
#include <string.h>

/* --- fn --- */

struct scope *call_scope(struct eval *eval, struct scope *scope, const struct symbol *fn,
                         const struct expr *call)
{
    if (eval->call_depth >= eval->limits.call_depth) {
        eval_limit(eval, call->span, "calls within each other", eval->limits.call_depth,
                   "call-depth");
        return NULL;
    }
    if (!eval_spend_call(eval, call->span))
        return NULL;
    struct scope *inner = scope_new(eval, fn->scope, SCOPE_CALL);
    if (bind_formals(eval, scope, fn->name, call->span, &fn->item->formals, &call->args, inner))
        return inner;
    scope_release(eval, inner);
    return NULL;
}

static void call_fn(struct eval *eval, struct scope *scope, const struct symbol *fn,
                    const struct expr *call, struct value *out)
{
    if (!fn->item)
        return; /* its declaration failed */
    struct scope *inner = call_scope(eval, scope, fn, call);
    if (!inner)
        return;
    eval->call_depth++;
    evaluate(eval, inner, fn->item->value, out);
    eval->call_depth--;
    scope_release(eval, inner);
}

/* --- builtins --- */

const char *builtin_name(enum builtin builtin)
{
    static const char *const name[N_BUILTINS] = {[BUILTIN_SELECT] = "select",
                                                 [BUILTIN_LEN] = "len",
                                                 [BUILTIN_ROWS] = "rows",
                                                 [BUILTIN_COLS] = "cols",
                                                 [BUILTIN_SUM] = "sum",
                                                 [BUILTIN_LOAD] = "load",
                                                 [BUILTIN_DAC] = "dac",
                                                 [BUILTIN_DIST] = "dist",
                                                 [BUILTIN_RANDOM] = "random",
                                                 [BUILTIN_FAN_IN] = "fan_in",
                                                 [BUILTIN_FAN_OUT] = "fan_out",
                                                 [BUILTIN_PAIRS] = "pairs",
                                                 [BUILTIN_CONV] = "conv",
                                                 [BUILTIN_AMPA] = "ampa",
                                                 [BUILTIN_GABA] = "gaba",
                                                 [BUILTIN_NMDA] = "nmda",
                                                 [BUILTIN_SHUNT] = "shunt",
                                                 [BUILTIN_POISSON] = "poisson",
                                                 [BUILTIN_REGULAR] = "regular",
                                                 [BUILTIN_SPIKES] = "spikes",
                                                 [BUILTIN_DVS] = "dvs",
                                                 [BUILTIN_BIOAMP] = "bioamp",
                                                 [BUILTIN_FIXED_TOTAL] = "fixed_total"};
    return builtin < BUILTIN_SELECT ? math_info((enum math_fn)builtin)->name : name[builtin];
}

enum builtin builtin_find(const char *name)
{
    enum builtin b = BUILTIN_MATH;
    while (b < N_BUILTINS && (builtin_name(b)[0] != name[0] || strcmp(builtin_name(b), name)))
        b++;
    return b;
}

enum builtin call_builtin(const struct scope *scope, const struct expr *call)
{
    if (call->kind != EXPR_CALL || call->a->kind != EXPR_NAME
        || scope_find(scope, call->a->text, call->a->span))
        return N_BUILTINS;
    return builtin_find(call->a->text);
}

static bool match_one(struct eval *eval, struct scope *scope, const struct expr *call,
                      struct value *out)
{
    const struct arg_spec spec = {"x", true};
    const struct arg *matched;
    return eval_match_args(eval, call->a->text, call->span, &call->args, &spec, 1, 1, &matched)
           && eval_const(eval, scope, matched->value, out);
}

/* The elements of one list given in place of several arguments. */
static bool spread_list(const struct value *only, const struct value **values, uint32_t *n)
{
    if (only->kind != VALUE_LIST || only->list->n == 0)
        return false;
    *values = only->list->at;
    *n = only->list->n;
    return true;
}

static void call_math(struct eval *eval, struct scope *scope, const struct expr *call,
                      enum math_fn fn, struct value *out)
{
    const struct math_info *info = math_info(fn);
    uint32_t n = call->args.n;
    if (n < info->least || n > info->most) {
        eval_report(eval, DIAG_E0205, call->span, "`%s` takes %s%u argument%s, got %u", info->name,
                    info->most > 2 ? "at least " : "", info->least, info->least == 1 ? "" : "s", n);
        return;
    }
    struct value *args = ARENA_ARRAY(eval->arena, struct value, n);
    bool ok = true;
    for (uint32_t i = 0; i < n; i++) {
        if (call->args.at[i].name) {
            eval_report(eval, DIAG_E0205, call->args.at[i].name_span,
                        "arguments of `%s` have no names", info->name);
            return;
        }
        ok = eval_const(eval, scope, call->args.at[i].value, &args[i]) && ok;
    }
    if (!ok)
        return;
    const struct value *values = args;
    bool list = n == 1 && info->most > 2 && spread_list(&args[0], &values, &n);
    *out = values[0];
    struct span at[2] = {call->args.at[0].value->span, call->args.at[0].value->span};
    for (uint32_t i = 1; i < n && out->kind != VALUE_POISON; i++) {
        struct value pair[2] = {*out, values[i]};
        at[1] = call->args.at[list ? 0 : i].value->span;
        op_math(eval, fn, call->span, at, pair, 2, out);
    }
    if (n == 1)
        op_math(eval, fn, call->span, at, values, 1, out);
}

static void call_select(struct eval *eval, struct scope *scope, const struct expr *call,
                        struct value *out)
{
    static const struct arg_spec specs[] = {{"c", true}, {"a", true}, {"b", true}};
    const struct arg *arg[3];
    struct value c, a, b;
    if (!eval_match_args(eval, "select", call->span, &call->args, specs, 3, 3, arg)
        || !eval_const(eval, scope, arg[0]->value, &c))
        return;
    if (c.kind != VALUE_BOOL) {
        eval_wrong_type(eval, arg[0]->value->span, "the condition of `select`", "a bool", &c);
        return;
    }
    if (!c.unknown) {
        evaluate(eval, scope, arg[c.boolean ? 1 : 2]->value, out);
        return;
    }
    eval->speculative++;
    bool ok = eval_const(eval, scope, arg[1]->value, &a);
    ok = eval_const(eval, scope, arg[2]->value, &b) && ok;
    eval->speculative--;
    if (ok && op_unify(eval, call->span, "`select`", arg[1]->value, &a, arg[2]->value, &b))
        *out = value_unknown(a.kind, a.dim);
}

static void call_size(struct eval *eval, struct scope *scope, const struct expr *call,
                      enum builtin builtin, struct value *out)
{
    struct value value;
    if (!match_one(eval, scope, call, &value))
        return;
    bool len = builtin == BUILTIN_LEN;
    if (value.kind == VALUE_MATRIX)
        *out = value_int(builtin == BUILTIN_COLS ? value.matrix->cols : value.matrix->rows);
    else if (len && value.kind == VALUE_LIST)
        *out = value_int(value.list->n);
    else if (len && value.kind == VALUE_VIEW)
        *out = value_int(value.view.size);
    else
        eval_wrong_type(eval, call->args.at[0].value->span,
                        arena_printf(eval->arena, "`%s`", call->a->text),
                        len ? "a list or a population" : "a matrix", &value);
}

static void call_sum(struct eval *eval, struct scope *scope, const struct expr *call,
                     struct value *out)
{
    struct value value;
    if (!match_one(eval, scope, call, &value))
        return;
    struct span at = call->args.at[0].value->span;
    if (value.kind != VALUE_MATRIX && value.kind != VALUE_LIST) {
        eval_wrong_type(eval, at, "`sum`", "a list or a matrix", &value);
        return;
    }
    const struct matrix *matrix = value.kind == VALUE_MATRIX ? value.matrix : NULL;
    uint64_t n = matrix ? (uint64_t)matrix->rows * matrix->cols : value.list->n;
    struct expr operand = {.span = at};
    struct expr plus = {.kind = EXPR_BINARY,
                        .op = OP_ADD,
                        .span = call->span,
                        .a = &operand,
                        .b = &operand,
                        .name_span = call->span};
    *out = value_int(0);
    out->zero = true;
    for (uint64_t i = 0; i < n && out->kind != VALUE_POISON; i++) {
        struct value cell, sum = *out;
        if (matrix)
            matrix_cell(matrix, i, &cell);
        else
            cell = value.list->at[i];
        op_binary(eval, &plus, &sum, &cell, out);
    }
    out->zero = false;
}

static void call_load(struct eval *eval, struct scope *scope, const struct expr *call,
                      struct value *out)
{
    static const struct arg_spec spec = {"path", true};
    const struct arg *arg;
    const char *path;
    if (!eval_match_args(eval, "load", call->span, &call->args, &spec, 1, 1, &arg)
        || !eval_string(eval, scope, arg->value, "`load`", &path))
        return;
    const struct matrix *matrix = load_matrix(eval, path, arg->value->span);
    if (matrix)
        *out = (struct value){.kind = VALUE_MATRIX, .matrix = matrix};
}

static void call_dac(struct eval *eval, struct scope *scope, const struct expr *call,
                     struct value *out)
{
    static const struct arg_spec specs[] = {{"coarse", true}, {"fine", true}};
    const struct arg *arg[2];
    int64_t coarse = 0, fine = 0;
    if (!eval_match_args(eval, "dac", call->span, &call->args, specs, 2, 2, arg))
        return;
    bool ok = eval_int(eval, scope, arg[0]->value, "the coarse value of `dac`", &coarse);
    ok = eval_int(eval, scope, arg[1]->value, "the fine value of `dac`", &fine) && ok;
    if (!ok)
        return;
    int64_t most_coarse = eval->device->max_coarse, most_fine = eval->device->max_fine;
    if (coarse < 0 || coarse > most_coarse || fine < 0 || fine > most_fine) {
        eval_report(eval, DIAG_E0503, call->span,
                    "dac(%lld, %lld): coarse is 0..%lld, fine 0..%lld", (long long)coarse,
                    (long long)fine, (long long)most_coarse, (long long)most_fine);
        return;
    }
    *out = (struct value){.kind = VALUE_DAC, .dac = {(uint8_t)coarse, (uint8_t)fine}};
}

bool dist_args(struct eval *eval, const struct expr *call, bool *torus)
{
    static const char *const words[] = {"torus"};
    uint32_t n = call->args.n, which;
    *torus = n == 3;
    if (n < 2 || n > 3 || call->args.at[0].value->kind != EXPR_PRE
        || call->args.at[1].value->kind != EXPR_POST) {
        eval_report(eval, DIAG_E0205, call->span, "`dist` takes `pre, post` or `pre, post, torus`");
        return false;
    }
    return n == 2
           || eval_enum(eval, call->args.at[2].value, "the third argument of `dist`", words, 1,
                        &which);
}

bool dist_shapes(struct eval *eval, const struct expr *call, const struct view *pre,
                 const struct view *post)
{
    bool equal = pre->dims.n == post->dims.n;
    for (uint32_t d = 0; equal && d < pre->dims.n; d++)
        equal = pre->dims.size[d] == post->dims.size[d];
    if (!equal)
        eval_report(eval, DIAG_E0603, call->span,
                    "`dist(pre, post, torus)` needs views of equal shape, `%s` and `%s` differ",
                    view_text(eval->arena, eval->net, pre),
                    view_text(eval->arena, eval->net, post));
    return equal;
}

enum { EXACT_SIDE = 1 << 25 }; /* squares add up to less than 2^53 */

double dist_of(int64_t dx, int64_t dy, int64_t cols, int64_t rows)
{
    dx = dx < 0 ? -dx : dx;
    dy = dy < 0 ? -dy : dy;
    if (cols && cols - dx < dx)
        dx = cols - dx;
    if (rows && rows - dy < dy)
        dy = rows - dy;
    if (dx <= EXACT_SIDE && dy <= EXACT_SIDE) /* an exact sum of squares: sqrt rounds correctly */
        return sqrt((double)(dx * dx + dy * dy));
    return elem_hypot((double)dx, (double)dy);
}

static void call_dist(struct eval *eval, const struct expr *call, struct value *out)
{
    bool torus;
    struct value at;
    if (!dist_args(eval, call, &torus))
        return;
    evaluate(eval, eval->file_scope, call->args.at[1].value, &at);
    if (at.kind == VALUE_POISON)
        return;
    const struct pair *pair = eval->pair;
    if (torus && !dist_shapes(eval, call, pair->pre_view, pair->post_view))
        return;
    int64_t x[2], y[2];
    double unused;
    coordinate_of(eval->net, pair->pre_view, COORD_X, pair->pre, &x[0], &unused);
    coordinate_of(eval->net, pair->pre_view, COORD_Y, pair->pre, &y[0], &unused);
    coordinate_of(eval->net, pair->post_view, COORD_X, pair->post, &x[1], &unused);
    coordinate_of(eval->net, pair->post_view, COORD_Y, pair->post, &y[1], &unused);
    const struct dims *dims = &pair->post_view->dims;
    int64_t cols = torus ? dims->size[dims->n - 1] : 0;
    int64_t rows = torus && dims->n > 1 ? dims->size[dims->n - 2] : 0;
    *out = value_real(dist_of(x[0] - x[1], y[0] - y[1], cols, rows), DIM_NONE);
}

/* Builtins that are no values by themselves. */
static void misplaced_builtin(struct eval *eval, const struct expr *call, enum builtin builtin)
{
    if (builtin >= BUILTIN_AMPA && builtin <= BUILTIN_SHUNT) {
        eval_report(eval, DIAG_E0203, call->span,
                    "`%s` makes a synapse; it stands after the `:` of a projection", call->a->text);
    } else if (builtin == BUILTIN_DVS || builtin == BUILTIN_BIOAMP) {
        eval_report(eval, DIAG_E0203, call->span, "`%s` is the source of an input, not a value",
                    call->a->text);
    } else {
        struct diag *diag =
            eval_report(eval, DIAG_E0208, call->span, "`%s` has no meaning here", call->a->text);
        diag_note(eval->sink, diag, span_nowhere(),
                  "it depends on the pair, which only mask, weight, repeat, stp and delay of a "
                  "projection see");
    }
}

static void evaluate_builtin(struct eval *eval, struct scope *scope, const struct expr *call,
                             enum builtin builtin, struct value *out)
{
    if (builtin < BUILTIN_SELECT) {
        call_math(eval, scope, call, (enum math_fn)builtin, out);
        return;
    }
    switch (builtin) {
    case BUILTIN_SELECT:
        call_select(eval, scope, call, out);
        break;
    case BUILTIN_LEN:
    case BUILTIN_ROWS:
    case BUILTIN_COLS:
        call_size(eval, scope, call, builtin, out);
        break;
    case BUILTIN_SUM:
        call_sum(eval, scope, call, out);
        break;
    case BUILTIN_LOAD:
        call_load(eval, scope, call, out);
        break;
    case BUILTIN_DAC:
        call_dac(eval, scope, call, out);
        break;
    case BUILTIN_DIST:
        call_dist(eval, call, out);
        break;
    case BUILTIN_CONV:
        call_conv(eval, scope, call, out);
        break;
    case BUILTIN_POISSON:
    case BUILTIN_REGULAR:
    case BUILTIN_SPIKES:
        call_stimulus(eval, scope, call, builtin, out);
        break;
    default:
        misplaced_builtin(eval, call, builtin);
        break;
    }
}

void eval_unknown_function(struct eval *eval, struct scope *scope, const struct expr *name)
{
    struct diag_match match = {.text = name->text};
    if (measure_known(name->text)) {
        struct diag *diag =
            eval_report(eval, DIAG_E0208, name->span, "`%s` has no meaning here", name->text);
        diag_note(eval->sink, diag, span_nowhere(), "it measures a run: only `expect` sees it");
        return;
    }
    struct diag *diag =
        eval_report(eval, DIAG_E0201, name->span, "unknown function `%s`", name->text);
    if (!diag->kept)
        return;
    for (enum builtin b = BUILTIN_MATH; b < N_BUILTINS; b++)
        diag_offer(&match, builtin_name(b));
    for (uint32_t i = 0; eval->measures && i < eval->measures->n_names; i++)
        diag_offer(&match, eval->measures->names[i]);
    scope_offer_names(scope, name->span, &match);
    if (match.name)
        diag_help(eval->sink, diag, name->span, match.name, "did you mean `%s`?", match.name);
}

static void not_callable(struct eval *eval, const struct expr *call, const struct symbol *symbol)
{
    const char *what = symbol->kind == SYMBOL_NET      ? "a net, instantiated with `use`"
                       : symbol->kind == SYMBOL_IMPORT ? "an imported file"
                       : symbol->kind == SYMBOL_ALIAS
                           ? "an expression"
                           : value_kind_text(eval->arena, &symbol->value);
    bool poison = symbol->kind != SYMBOL_NET && symbol->kind != SYMBOL_IMPORT
                  && symbol->kind != SYMBOL_ALIAS && symbol->value.kind == VALUE_POISON;
    if (!poison)
        eval_report(eval, DIAG_E0203, call->a->span, "`%s` is %s; only functions are called",
                    eval_source_text(eval, call->a->span), what);
}

static void call_name(struct eval *eval, struct scope *scope, const struct expr *call,
                      struct value *out)
{
    const char *name = call->a->text;
    const struct symbol *symbol = scope_find(scope, name, call->a->span);
    if (symbol && symbol->kind == SYMBOL_FN) {
        call_fn(eval, scope, symbol, call, out);
        return;
    }
    const struct measures *measures = eval->measures;
    if (measures && measures->is_measure(name)) {
        if (!measures->call(measures->context, eval, scope, call, out))
            *out = value_poison();
        return;
    }
    enum builtin builtin = symbol ? N_BUILTINS : builtin_find(name);
    if (builtin != N_BUILTINS)
        evaluate_builtin(eval, scope, call, builtin, out);
    else if (!symbol)
        eval_unknown_function(eval, scope, call->a);
    else
        not_callable(eval, call, symbol);
}

static void call_member(struct eval *eval, struct scope *scope, const struct expr *call,
                        const struct symbol *import, struct value *out)
{
    const struct symbol *symbol = import_member(eval, call->a, import);
    if (symbol && symbol->kind == SYMBOL_FN)
        call_fn(eval, scope, symbol, call, out);
    else if (symbol)
        not_callable(eval, call, symbol);
}

void evaluate_call(struct eval *eval, struct scope *scope, const struct expr *expr,
                   struct value *out)
{
    *out = value_poison();
    const struct symbol *import = scope_find_import(scope, expr->a);
    if (expr->a->kind == EXPR_NAME)
        call_name(eval, scope, expr, out);
    else if (import)
        call_member(eval, scope, expr, import, out);
    else
        eval_report(eval, DIAG_E0203, expr->a->span, "`%s` is not a function",
                    eval_source_text(eval, expr->a->span));
}
