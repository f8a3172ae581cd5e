/* Subscripts, lists and matrices. */
#include "compiler/eval_parts.h"

/* --- lists --- */

void matrix_cell(const struct matrix *matrix, uint64_t index, struct value *out)
{
    if (matrix->kind == VALUE_INT)
        *out = value_int(matrix->integer[index]);
    else if (matrix->kind == VALUE_REAL)
        *out = value_real(matrix->real[index], matrix->dim);
    else
        *out = value_bool(matrix->boolean[index]);
}

static bool is_row(const struct value *value)
{
    if (value->kind != VALUE_LIST || value->list->n == 0)
        return false;
    for (uint32_t i = 0; i < value->list->n; i++)
        if (value->list->at[i].unknown
            || (value->list->at[i].kind != VALUE_INT && value->list->at[i].kind != VALUE_REAL))
            return false;
    return true;
}

/* The dimension all cells share; the literal 0 fits. Reports the first that differs. */
static bool cells_dim(struct eval *eval, const struct expr *expr, const struct list *rows,
                      enum value_kind *kind, struct dimension *dim)
{
    bool set = false;
    *kind = VALUE_INT;
    *dim = DIM_NONE;
    for (uint32_t r = 0; r < rows->n; r++) {
        for (uint32_t c = 0; c < rows->at[r].list->n; c++) {
            const struct value *cell = &rows->at[r].list->at[c];
            if (cell->kind == VALUE_REAL)
                *kind = VALUE_REAL;
            if (cell->zero)
                continue;
            struct dimension d = cell->kind == VALUE_REAL ? cell->dim : DIM_NONE;
            if (set && !dimension_equal(d, *dim)) {
                eval_report(eval, DIAG_E0204, expr->span,
                            "the numbers of a matrix have one dimension; row %u, column %u is %s",
                            r, c, value_kind_text(eval->arena, cell));
                return false;
            }
            *dim = d;
            set = true;
        }
    }
    if (!dimension_equal(*dim, DIM_NONE))
        *kind = VALUE_REAL;
    return true;
}

static struct value matrix_value(struct eval *eval, const struct list *rows, enum value_kind kind,
                                 struct dimension dim)
{
    uint32_t n_cols = rows->at[0].list->n;
    struct matrix *matrix = ARENA_NEW(eval->arena, struct matrix);
    *matrix = (struct matrix){.rows = rows->n, .cols = n_cols, .kind = kind, .dim = dim};
    size_t n = (size_t)rows->n * n_cols;
    int64_t *integer = kind == VALUE_INT ? ARENA_ARRAY(eval->arena, int64_t, n) : NULL;
    double *real = kind == VALUE_REAL ? ARENA_ARRAY(eval->arena, double, n) : NULL;
    for (size_t i = 0; i < n; i++) {
        const struct value *cell = &rows->at[i / n_cols].list->at[i % n_cols];
        if (integer)
            integer[i] = cell->integer;
        else
            real[i] = value_as_real(cell);
    }
    matrix->integer = integer;
    matrix->real = real;
    return (struct value){.kind = VALUE_MATRIX, .matrix = matrix};
}

/* A list of rows of numbers is a matrix. */
static void list_result(struct eval *eval, const struct expr *expr, struct value *at, uint32_t n,
                        struct value *out)
{
    struct list *list = ARENA_NEW(eval->arena, struct list);
    *list = (struct list){n, at};
    *out = (struct value){.kind = VALUE_LIST, .list = list};
    bool rows = n > 0;
    for (uint32_t i = 0; i < n; i++)
        rows = rows && is_row(&at[i]);
    if (!rows)
        return;
    for (uint32_t i = 1; i < n; i++) {
        if (at[i].list->n == at[0].list->n)
            continue;
        const struct expr *row = expr->kind == EXPR_LIST ? expr->list.at[i] : expr;
        eval_report(eval, DIAG_E0603, row->span, "row %u has %u numbers, row 0 has %u", i,
                    at[i].list->n, at[0].list->n);
        *out = value_poison();
        return;
    }
    enum value_kind kind;
    struct dimension dim;
    if (cells_dim(eval, expr, list, &kind, &dim))
        *out = matrix_value(eval, list, kind, dim);
    else
        *out = value_poison();
}

void evaluate_list(struct eval *eval, struct scope *scope, const struct expr *expr,
                   struct value *out)
{
    uint32_t n = expr->list.n;
    bool ok = true;
    struct value *at = ARENA_ARRAY(eval->arena, struct value, n);
    for (uint32_t i = 0; i < n; i++) {
        evaluate(eval, scope, expr->list.at[i], &at[i]);
        ok = ok && at[i].kind != VALUE_POISON;
    }
    *out = value_poison();
    if (ok)
        list_result(eval, expr, at, n, out);
}

void evaluate_comprehension(struct eval *eval, struct scope *scope, const struct expr *expr,
                            struct value *out)
{
    struct index_range range;
    *out = value_poison();
    if (!eval_for_range(eval, scope, expr->range, &range))
        return;
    bool ok = true;
    struct value *at = ARENA_ARRAY(eval->arena, struct value, range.n);
    /* in `[a for i in r]` the name stands behind its use */
    struct symbol variable = {.name = expr->text,
                              .kind = SYMBOL_VALUE,
                              .span = expr->name_span,
                              .visible_from = expr->span.begin};
    for (uint64_t i = 0; i < range.n && !eval->private->stopped; i++) {
        struct scope *inner = scope_new(eval, scope, SCOPE_BLOCK);
        variable.value = value_int(range.lo + (int64_t)i * range.step);
        if (scope_declare(eval, inner, &variable))
            evaluate(eval, inner, expr->a, &at[i]);
        else
            at[i] = value_poison();
        ok = ok && at[i].kind != VALUE_POISON;
        scope_release(eval, inner);
        if (!ok)
            return;
    }
    if (ok && !eval->private->stopped)
        list_result(eval, expr, at, (uint32_t)range.n, out);
}

/* --- ranges and indices --- */

static bool optional_int(struct eval *eval, struct scope *scope, const struct expr *expr,
                         const char *subject, int64_t absent, int64_t *out)
{
    *out = absent;
    return !expr || eval_int(eval, scope, expr, subject, out);
}

static bool range_parts(struct eval *eval, struct scope *scope, const struct range *range,
                        int64_t hi_absent, struct index_range *out)
{
    bool lo = optional_int(eval, scope, range->lo, "an index range", 0, &out->lo);
    bool hi = optional_int(eval, scope, range->hi, "an index range", hi_absent, &out->hi);
    bool step = optional_int(eval, scope, range->step, "an index range", 1, &out->step);
    if (!lo || !hi || !step)
        return false;
    if (out->step >= 1)
        return true;
    eval_report(eval, DIAG_E0210, range->step->span, "step %lld of an index range; steps are >= 1",
                (long long)out->step);
    return false;
}

static uint64_t range_count(const struct index_range *range)
{
    if (range->hi <= range->lo)
        return 0;
    uint64_t width = (uint64_t)range->hi - (uint64_t)range->lo;
    return (width - 1) / (uint64_t)range->step + 1;
}

bool eval_for_range(struct eval *eval, struct scope *scope, const struct range *range,
                    struct index_range *out)
{
    if (!range->hi) {
        eval_report(eval, DIAG_E0210, range->span, "the range of a loop needs an end: `0:n`");
        return false;
    }
    if (!range_parts(eval, scope, range, 0, out))
        return false;
    out->n = range_count(out);
    if (out->hi < out->lo) {
        eval_report(eval, DIAG_E0210, range->span, "range %lld:%lld ends before it starts",
                    (long long)out->lo, (long long)out->hi);
        return false;
    }
    if (out->n > UINT32_MAX)
        return eval_limit(eval, range->span, "loop turns in all", eval->limits.loop_turns,
                          "loop-turns");
    return eval_spend_turns(eval, range->span, out->n);
}

/* "exc[64]", "map[4, 16]": as written, with the shape. */
static const char *shaped_text(struct eval *eval, const struct expr *base, const struct dims *dims)
{
    const char *text = eval_source_text(eval, base->span);
    for (uint32_t d = 0; d < dims->n; d++)
        text = arena_printf(eval->arena, "%s%s%u", text, d ? ", " : "[", dims->size[d]);
    return arena_printf(eval->arena, "%s]", text);
}

static bool slice(struct eval *eval, struct scope *scope, const struct range *range, uint32_t size,
                  const struct expr *base, const struct dims *dims, struct index_range *out)
{
    if (!range_parts(eval, scope, range, size, out))
        return false;
    const char *what = "";
    if (out->lo < 0 || out->lo >= out->hi || out->hi > size)
        what = shaped_text(eval, base, dims);
    if (out->lo < 0 || out->lo > out->hi || out->hi > size) {
        eval_report(eval, DIAG_E0210, range->span, "range %lld:%lld outside `%s` (valid: 0:%u)",
                    (long long)out->lo, (long long)out->hi, what, size);
        return false;
    }
    out->n = range_count(out);
    if (out->n > 0)
        return true;
    eval_report(eval, DIAG_E0210, range->span, "range %lld:%lld of `%s` is empty",
                (long long)out->lo, (long long)out->hi, what);
    return false;
}

/* `base` is what is indexed; `dims` the shape of a view, NULL for lists and matrices. */
static bool index_in(struct eval *eval, struct span span, int64_t index, uint32_t size,
                     const struct expr *base, const struct dims *dims)
{
    if (index >= 0 && index < size)
        return true;
    const char *what = dims ? shaped_text(eval, base, dims) : eval_source_text(eval, base->span);
    if (size == 0)
        eval_value_error(eval, DIAG_E0210, span, "index %lld outside `%s`, which is empty",
                         (long long)index, what);
    else
        eval_value_error(eval, DIAG_E0210, span, "index %lld outside `%s` (valid: 0..%u)",
                         (long long)index, what, size - 1);
    return false;
}

bool eval_subscript(struct eval *eval, struct scope *scope, const struct sub *sub, uint32_t size,
                    const struct expr *base, struct index_range *out)
{
    const struct dims dims = {1, {size}};
    int64_t index;
    if (!sub->index)
        return slice(eval, scope, &sub->range, size, base, &dims, out);
    if (!eval_int(eval, scope, sub->index, "an index", &index)
        || !index_in(eval, sub->index->span, index, size, base, &dims))
        return false;
    *out = (struct index_range){.lo = index, .hi = index + 1, .step = 1, .n = 1};
    return true;
}

/* --- what can be indexed --- */

/* Ints of the subscripts of a list, matrix or instances of a net; unknown if one of them is. */
static bool plain_indices(struct eval *eval, struct scope *scope, const struct expr *expr,
                          uint32_t most, int64_t *at, bool *unknown)
{
    if (expr->subs.n < 1 || expr->subs.n > most) {
        eval_report(eval, DIAG_E0203, expr->span, "`%s` takes %s, got %u",
                    eval_source_text(eval, expr->a->span),
                    most > 1 ? "one or two subscripts" : "one subscript", expr->subs.n);
        return false;
    }
    for (uint32_t i = 0; i < expr->subs.n; i++) {
        struct value value;
        if (!expr->subs.at[i].index) {
            eval_report(eval, DIAG_E0203, expr->subs.at[i].range.span,
                        "`%s` takes indices, not ranges: it is no population or input",
                        eval_source_text(eval, expr->a->span));
            return false;
        }
        if (!eval_const(eval, scope, expr->subs.at[i].index, &value))
            return false;
        if (value.kind != VALUE_INT)
            return eval_wrong_type(eval, expr->subs.at[i].index->span, "an index", "an int",
                                   &value);
        *unknown = *unknown || value.unknown;
        at[i] = value.integer;
    }
    return true;
}

static void index_list(struct eval *eval, struct scope *scope, const struct expr *expr,
                       const struct list *list, struct value *out)
{
    int64_t at[1];
    bool unknown = false;
    if (!plain_indices(eval, scope, expr, 1, at, &unknown))
        return;
    if (unknown && list->n > 0)
        *out = value_unknown(list->at[0].kind, list->at[0].dim);
    else if (index_in(eval, expr->subs.at[0].index->span, at[0], list->n, expr->a, NULL))
        *out = list->at[at[0]];
    else if (eval->speculative && list->n > 0)
        *out = value_unknown(list->at[0].kind, list->at[0].dim);
}

static void matrix_row(struct eval *eval, struct span span, const struct matrix *matrix,
                       uint32_t row, struct value *out)
{
    if (eval->pair && !eval_spend_turns(eval, span, matrix->cols))
        return;
    struct value *at = ARENA_ARRAY(eval->arena, struct value, matrix->cols);
    for (uint32_t c = 0; c < matrix->cols; c++)
        matrix_cell(matrix, (uint64_t)row * matrix->cols + c, &at[c]);
    struct list *list = ARENA_NEW(eval->arena, struct list);
    *list = (struct list){matrix->cols, at};
    *out = (struct value){.kind = VALUE_LIST, .list = list};
}

static void index_matrix(struct eval *eval, struct scope *scope, const struct expr *expr,
                         const struct matrix *matrix, struct value *out)
{
    int64_t at[2];
    bool unknown = false;
    if (!plain_indices(eval, scope, expr, 2, at, &unknown))
        return;
    if (unknown && expr->subs.n == 2) {
        *out = value_unknown(matrix->kind, matrix->dim);
        return;
    }
    bool row_ok = index_in(eval, expr->subs.at[0].index->span, at[0], matrix->rows, expr->a, NULL);
    if (row_ok && expr->subs.n == 1) {
        matrix_row(eval, expr->span, matrix, (uint32_t)at[0], out);
        return;
    }
    if (row_ok && index_in(eval, expr->subs.at[1].index->span, at[1], matrix->cols, expr->a, NULL))
        matrix_cell(matrix, (uint64_t)at[0] * matrix->cols + (uint64_t)at[1], out);
    else if (eval->speculative && expr->subs.n == 2)
        *out = value_unknown(matrix->kind, matrix->dim);
}

static void index_instances(struct eval *eval, struct scope *scope, const struct expr *expr,
                            const struct instances *instances, struct value *out)
{
    int64_t at[1];
    bool unknown = false;
    if (plain_indices(eval, scope, expr, 1, at, &unknown)
        && index_in(eval, expr->subs.at[0].index->span, at[0], instances->n, expr->a, NULL))
        *out = (struct value){.kind = VALUE_INSTANCE, .instance = &instances->at[at[0]]};
}

/* Narrows one dimension of the box; an index drops it. */
static bool narrow(struct eval *eval, struct scope *scope, const struct expr *expr,
                   const struct sub *sub, uint32_t d, const struct view *whole, struct view *out)
{
    uint32_t size = whole->dims.size[d], stride = whole->stride[d];
    struct index_range range;
    int64_t index;
    if (sub->index) {
        if (!eval_int(eval, scope, sub->index, "an index", &index)
            || !index_in(eval, sub->index->span, index, size, expr->a, &whole->dims))
            return false;
        out->base += (uint32_t)index * stride;
        return true;
    }
    if (!slice(eval, scope, &sub->range, size, expr->a, &whole->dims, &range))
        return false;
    out->base += (uint32_t)range.lo * stride;
    out->dims.size[out->dims.n] = (uint32_t)range.n;
    /* the stride of a single unit is never walked; a step beyond the object would overflow it */
    out->stride[out->dims.n] = range.n > 1 ? stride * (uint32_t)range.step : stride;
    out->dims.n++;
    return true;
}

static void index_view(struct eval *eval, struct scope *scope, const struct expr *expr,
                       const struct view *whole, struct value *out)
{
    struct view view = {.kind = whole->kind, .object = whole->object, .base = whole->base};
    bool ok = true;
    if (expr->subs.n > whole->dims.n) {
        eval_report(eval, DIAG_E0203, expr->span, "`%s` has %u dimension%s, got %u subscripts",
                    eval_source_text(eval, expr->a->span), whole->dims.n,
                    whole->dims.n == 1 ? "" : "s", expr->subs.n);
        return;
    }
    for (uint32_t d = 0; d < expr->subs.n; d++)
        ok = narrow(eval, scope, expr, &expr->subs.at[d], d, whole, &view) && ok;
    for (uint32_t d = expr->subs.n; d < whole->dims.n; d++) {
        view.dims.size[view.dims.n] = whole->dims.size[d];
        view.stride[view.dims.n++] = whole->stride[d];
    }
    if (!ok)
        return;
    if (view.dims.n == 0) {
        view.dims = (struct dims){1, {1}};
        view.stride[0] = 1;
    }
    view.size = 1;
    for (uint32_t d = 0; d < view.dims.n; d++)
        view.size *= view.dims.size[d];
    *out = value_view(&view);
}

void evaluate_index(struct eval *eval, struct scope *scope, const struct expr *expr,
                    struct value *out)
{
    struct value base;
    *out = value_poison();
    if (!eval_const(eval, scope, expr->a, &base))
        return;
    if (base.kind == VALUE_LIST)
        index_list(eval, scope, expr, base.list, out);
    else if (base.kind == VALUE_MATRIX)
        index_matrix(eval, scope, expr, base.matrix, out);
    else if (base.kind == VALUE_VIEW)
        index_view(eval, scope, expr, &base.view, out);
    else if (base.kind == VALUE_INSTANCES)
        index_instances(eval, scope, expr, base.instances, out);
    else
        eval_wrong_type(eval, expr->a->span, "`[ ]`", "a list, a matrix or a population", &base);
}
