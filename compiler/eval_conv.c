/* conv(K, stride = s, pad = same | valid): a kernel laid over two maps.
 *
 * The value at a pair is K[y][x] with y = pre.y - s * post.y + cy and x likewise, 0 outside K: a
 * correlation, as in every trained network. `same` centres the kernel, cy = (rows - 1) // 2, and
 * wants ceil(pre / s) units of post; `valid` keeps it inside, cy = 0 and floor((pre - rows) / s) +
 * 1 units.
 */
#include "compiler/eval_parts.h"

static const char *const axis_word[2] = {"rows", "columns"};

/* Rows and columns of a view; false if it has more than one plane. */
static bool map_size(const struct view *view, int64_t size[2])
{
    const struct dims *dims = &view->dims;
    size[0] = dims->n > 1 ? dims->size[dims->n - 2] : 1;
    size[1] = dims->size[dims->n - 1];
    return dims->n < 3 || dims->size[0] == 1;
}

static bool read_stride(struct eval *eval, struct scope *scope, const struct expr *expr,
                        int64_t stride[2])
{
    struct value value;
    if (!eval_const(eval, scope, expr, &value))
        return false;
    const struct list *list = value.kind == VALUE_LIST ? value.list : NULL;
    bool pair =
        list && list->n == 2 && list->at[0].kind == VALUE_INT && list->at[1].kind == VALUE_INT;
    if (!pair && value.kind != VALUE_INT)
        return eval_wrong_type(eval, expr->span, "`stride`", "an int or [rows, columns]", &value);
    for (int i = 0; i < 2; i++) {
        stride[i] = pair ? list->at[i].integer : value.integer;
        if (stride[i] >= 1 && stride[i] <= INT32_MAX)
            continue;
        eval_report(eval, DIAG_E0205, expr->span, "`stride` is %lld, allowed are 1 to %d",
                    (long long)stride[i], INT32_MAX);
        return false;
    }
    return true;
}

static bool read_kernel(struct eval *eval, struct scope *scope, const struct expr *expr,
                        const struct matrix **kernel)
{
    struct value value;
    if (!eval_const(eval, scope, expr, &value))
        return false;
    if (value.kind != VALUE_MATRIX)
        return eval_wrong_type(eval, expr->span, "`conv`", "a matrix", &value);
    *kernel = value.matrix;
    return true;
}

static const char *view_size_text(struct eval *eval, const struct view *view)
{
    const char *text =
        arena_printf(eval->arena, "`%s` is", view_text(eval->arena, eval->net, view));
    for (uint32_t d = 0; d < view->dims.n; d++)
        text = arena_printf(eval->arena, "%s%s%u", text, d ? " x " : " ", view->dims.size[d]);
    return text;
}

static bool one_plane(struct eval *eval, const struct expr *call, const struct view *view,
                      int64_t size[2])
{
    if (map_size(view, size))
        return true;
    struct diag *diag =
        eval_report(eval, DIAG_E0603, call->span, "`conv` joins maps of rows and columns, %s",
                    view_size_text(eval, view));
    diag_help(eval->sink, diag, span_nowhere(), NULL, "connect one plane at a time: `%s[0]`, ...",
              view_text(eval->arena, eval->net, view));
    return false;
}

/* The shape that post must have. */
static bool check_shapes(struct eval *eval, const struct expr *call, const struct view *pre,
                         const struct view *post, bool valid, const struct conv *conv)
{
    int64_t from[2], to[2], wanted[2];
    const int64_t kernel[2] = {conv->kernel->rows, conv->kernel->cols};
    if (!one_plane(eval, call, pre, from) || !one_plane(eval, call, post, to))
        return false;
    for (int i = 0; i < 2; i++) {
        if (valid && kernel[i] > from[i]) {
            eval_report(eval, DIAG_E0603, call->span,
                        "a kernel of %lld %s does not fit into the %lld of `%s`",
                        (long long)kernel[i], axis_word[i], (long long)from[i],
                        view_text(eval->arena, eval->net, pre));
            return false;
        }
        int64_t places = valid ? from[i] - kernel[i] : from[i] - 1;
        wanted[i] = places / conv->stride[i] + 1;
    }
    if (to[0] == wanted[0] && to[1] == wanted[1])
        return true;
    struct diag *diag = eval_report(eval, DIAG_E0603, call->span,
                                    "this `conv` over `%s` has %lld x %lld results, %s",
                                    view_text(eval->arena, eval->net, pre), (long long)wanted[0],
                                    (long long)wanted[1], view_size_text(eval, post));
    diag_help(eval->sink, diag, span_nowhere(), NULL,
              "give the target that shape, or `conv` another `stride` or `pad`");
    return false;
}

bool conv_args(struct eval *eval, struct scope *scope, const struct expr *call,
               const struct view *pre, const struct view *post, struct conv *out)
{
    static const struct arg_spec specs[] = {{"K", true}, {"stride", false}, {"pad", false}};
    static const char *const words[] = {"same", "valid"};
    const struct arg *arg[3];
    uint32_t pad = 0;
    *out = (struct conv){.stride = {1, 1}};
    if (!eval_match_args(eval, "conv", call->span, &call->args, specs, 3, 1, arg))
        return false;
    bool ok = read_kernel(eval, scope, arg[0]->value, &out->kernel);
    ok = (!arg[1] || read_stride(eval, scope, arg[1]->value, out->stride)) && ok;
    ok = (!arg[2] || eval_enum(eval, arg[2]->value, "`pad`", words, 2, &pad)) && ok;
    if (!ok || !check_shapes(eval, call, pre, post, pad == 1, out))
        return false;
    out->centre[0] = pad == 1 ? 0 : (out->kernel->rows - 1) / 2;
    out->centre[1] = pad == 1 ? 0 : (out->kernel->cols - 1) / 2;
    return true;
}

void call_conv(struct eval *eval, struct scope *scope, const struct expr *call, struct value *out)
{
    const struct pair *pair = eval->pair;
    struct conv conv;
    if (!pair || !pair->post_view) {
        eval_report(eval, DIAG_E0208, call->span, "`conv` has no meaning here");
        return;
    }
    eval->pair = NULL; /* arguments are constants */
    bool ok = conv_args(eval, scope, call, pair->pre_view, pair->post_view, &conv);
    eval->pair = pair;
    if (!ok)
        return;
    static const enum coordinate along[2] = {COORD_Y, COORD_X};
    const int64_t size[2] = {conv.kernel->rows, conv.kernel->cols};
    int64_t at[2], post;
    double unused;
    for (int i = 0; i < 2; i++) {
        coordinate_of(eval->net, pair->pre_view, along[i], pair->pre, &at[i], &unused);
        coordinate_of(eval->net, pair->post_view, along[i], pair->post, &post, &unused);
        at[i] -= conv.stride[i] * post - conv.centre[i];
    }
    matrix_cell(conv.kernel, 0, out);
    if (at[0] >= 0 && at[0] < size[0] && at[1] >= 0 && at[1] < size[1])
        matrix_cell(conv.kernel, (uint64_t)(at[0] * size[1] + at[1]), out);
    else if (out->kind == VALUE_REAL)
        out->real = 0;
    else if (out->kind == VALUE_INT)
        out->integer = 0;
    else
        out->boolean = false;
}
