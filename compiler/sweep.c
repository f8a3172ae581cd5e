#include "compiler/sweep.h"

#include "compiler/base/elementary.h"

#include <math.h>
#include <string.h>

struct reading {
    struct eval *eval;
    const struct sweep_names *names;
    struct sweep_axis *axis;
    const char *values; /* what stands behind "=" */
    struct span whole;  /* of it */
};

static bool bad_form(const struct reading *r, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
static bool bad_form(const struct reading *r, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    const char *why = arena_vprintf(r->eval->arena, format, args);
    va_end(args);
    struct diag *diag = diag_add(r->eval->sink, DIAG_E0229, span_nowhere(), "%s %s: %s",
                                 r->axis->option, r->axis->given, why);
    diag_help(r->eval->sink, diag, span_nowhere(), NULL, "%s, such as `%s pc.membrane.tau=%s`",
              strcmp(r->axis->option, "--set") ? "write NAME.ATTRIBUTE=FROM..TO:N or a list"
                                               : "write NAME.ATTRIBUTE=VALUE",
              r->axis->option, strcmp(r->axis->option, "--set") ? "5ms..50ms:10" : "10ms");
    return false;
}

/* Bytes up to one of `ends` that stands outside brackets, or up to the end. */
static size_t outside_brackets(const char *text, const char *ends)
{
    size_t n = 0;
    for (int depth = 0; text[n]; n++) {
        if (depth == 0 && strchr(ends, text[n]))
            return n;
        depth += text[n] == '(' || text[n] == '[';
        depth -= (text[n] == ')' || text[n] == ']') && depth > 0;
    }
    return n;
}

static const char *trimmed(struct arena *arena, const char *text, size_t n)
{
    while (n > 0 && text[n - 1] == ' ')
        n--;
    size_t skip = strspn(text, " ");
    skip = skip < n ? skip : n;
    return arena_strndup(arena, text + skip, n - skip);
}

/* --- what stands before "=" --- */

static uint32_t find_name(const struct sweep_names *names, const char *path)
{
    uint32_t found = NET_NONE;
    size_t longest = 0;
    for (uint32_t i = 0; i < names->n; i++) {
        size_t n = strlen(names->name[i]);
        if (n > longest && strncmp(path, names->name[i], n) == 0 && path[n] == '.') {
            longest = n;
            found = i;
        }
    }
    return found;
}

static bool unknown_name(const struct reading *r, const char *path, uint16_t file)
{
    struct diag_sink *sink = r->eval->sink;
    size_t n = strcspn(path, ".");
    if (strncmp(path + n, ".core", 5) == 0)
        n += 1 + strcspn(path + n + 1, ".");
    const char *name = arena_strndup(r->eval->arena, path, n);
    const char *near = diag_nearest(name, r->names->name, r->names->n);
    struct diag *diag = diag_add(sink, DIAG_E0201, (struct span){0, (uint32_t)n, file},
                                 "there is no %s `%s`", r->names->what, name);
    if (near)
        diag_help(sink, diag, span_nowhere(), NULL, "did you mean `%s%s`?", near, path + n);
    return false;
}

static bool read_target(struct reading *r, const char *path)
{
    struct eval *eval = r->eval;
    const size_t length = strlen(path);
    if (!strchr(path, '.') || path[length - 1] == '.' || path[0] == '.')
        return bad_form(r, "`%s` is no NAME.ATTRIBUTE", path);
    for (uint32_t i = 0; i < r->axis->targets.n; i++)
        if (strcmp(r->axis->targets.at[i].name, path) == 0)
            return bad_form(r, "`%s` is named twice", path);
    for (uint32_t i = 0; i < r->names->n; i++)
        if (strcmp(r->names->name[i], path) == 0)
            return bad_form(r, "`%s` is no NAME.ATTRIBUTE", path);
    uint16_t file = source_add(eval->sources, r->axis->option, path, length);
    uint32_t object = find_name(r->names, path);
    if (object == NET_NONE)
        return unknown_name(r, path, file);
    uint32_t begin = (uint32_t)strlen(r->names->name[object]) + 1;
    struct sweep_target target = {.name = path,
                                  .attribute = path + begin,
                                  .object = object,
                                  .span = {begin, (uint32_t)length, file}};
    VEC_PUSH(eval->arena, &r->axis->targets, target);
    return true;
}

static bool read_targets(struct reading *r, const char *text)
{
    for (;;) {
        size_t n = outside_brackets(text, ",");
        if (!read_target(r, trimmed(r->eval->arena, text, n)))
            return false;
        if (!text[n])
            return true;
        text += n + 1;
    }
}

/* --- values --- */

/* One expression as a source of its own. */
static bool read_expr(struct reading *r, const char *text, struct sweep_value *value,
                      struct value *of)
{
    struct eval *eval = r->eval;
    uint32_t errors = eval->sink->n_errors;
    if (!*text)
        return bad_form(r, "a value is missing");
    const char *name =
        arena_printf(eval->arena, "%s %s", r->axis->option, r->axis->targets.at[0].name);
    uint16_t file = source_add(eval->sources, name, text, strlen(text));
    struct expr *expr = parse_expr(eval->arena, eval->sources, file, eval->sink);
    *value = (struct sweep_value){expr, NAN, {0, (uint32_t)strlen(text), file}};
    if (!expr || !eval_const(eval, eval->file_scope, expr, of))
        return eval->sink->n_errors != errors ? false : bad_form(r, "`%s` is no value", text);
    if (of->kind == VALUE_INT || of->kind == VALUE_REAL)
        value->number = value_as_real(of);
    return true;
}

static bool push(struct reading *r, struct sweep_value value)
{
    if (r->axis->values.n == SWEEP_MOST_POINTS)
        return bad_form(r, "at most %d values", SWEEP_MOST_POINTS);
    VEC_PUSH(r->eval->arena, &r->axis->values, value);
    return true;
}

static struct dimension dim_of(const struct value *value)
{
    return value->kind == VALUE_REAL ? value->dim : DIM_NONE;
}

/* A column of the table has one unit. */
static bool same_unit(struct reading *r, const struct value *value)
{
    if (value->kind != VALUE_INT && value->kind != VALUE_REAL)
        return true;
    if (r->axis->numbers)
        return dimension_equal(r->axis->dim, dim_of(value))
               || bad_form(r, "its values are of different dimensions");
    r->axis->dim = dim_of(value);
    r->axis->numbers = true;
    return true;
}

static bool read_list(struct reading *r)
{
    const char *text = r->values;
    for (;;) {
        struct sweep_value value;
        struct value of;
        size_t n = outside_brackets(text, ",");
        if (!read_expr(r, trimmed(r->eval->arena, text, n), &value, &of) || !same_unit(r, &of)
            || !push(r, value))
            return false;
        if (!text[n])
            return true;
        if (r->axis->values.n == SWEEP_MOST_LISTED)
            return bad_form(r, "a list has at most %d values; FROM..TO:N has %d", SWEEP_MOST_LISTED,
                            SWEEP_MOST_POINTS);
        text += n + 1;
    }
}

/* "10" or "10:log" */
static bool read_count(struct reading *r, const char *text, uint32_t *count, bool *log)
{
    uint64_t n = 0;
    size_t digits = strspn(text, "0123456789");
    for (size_t i = 0; i < digits && n <= SWEEP_MOST_POINTS; i++)
        n = n * 10 + (uint64_t)(text[i] - '0');
    *log = strcmp(text + digits, ":log") == 0;
    if (digits == 0 || (text[digits] && !*log))
        return bad_form(r, "behind FROM..TO stands `:N` or `:N:log`, N the number of values");
    if (n < 2 || n > SWEEP_MOST_POINTS)
        return bad_form(r, "a range has 2 to %d values", SWEEP_MOST_POINTS);
    *count = (uint32_t)n;
    return true;
}

/* A number as if it had been written. */
static struct expr *literal(struct arena *arena, double number, const struct value *like,
                            struct span span)
{
    struct expr *expr = ARENA_NEW(arena, struct expr);
    bool plain = like->kind == VALUE_INT || dimension_equal(like->dim, DIM_NONE);
    *expr = (struct expr){.kind = plain ? EXPR_REAL : EXPR_QTY, .span = span, .real = number};
    if (!plain)
        expr->unit = dimension_equal(like->dim, DIM_TIME) ? "s" : "A";
    return expr;
}

static bool fill_range(struct reading *r, const struct sweep_value *lo,
                       const struct sweep_value *hi, const struct value *like, uint32_t n, bool log)
{
    double step = (hi->number - lo->number) / (n - 1);
    for (uint32_t i = 0; i < n; i++) {
        double x = log ? lo->number * elem_pow(hi->number / lo->number, (double)i / (n - 1))
                       : lo->number + step * i;
        struct sweep_value value = {literal(r->eval->arena, x, like, r->whole), x, r->whole};
        if (!push(r, i == 0 ? *lo : i == n - 1 ? *hi : value))
            return false;
    }
    return true;
}

static bool read_range(struct reading *r, size_t dots)
{
    struct arena *arena = r->eval->arena;
    const char *behind = r->values + dots + 2;
    size_t n = outside_brackets(behind, ":");
    struct sweep_value lo, hi;
    struct value low, high;
    uint32_t count = 0;
    bool log;
    if (!behind[n])
        return bad_form(r, "FROM..TO needs the number of values behind it, `:10`");
    if (!read_count(r, behind + n + 1, &count, &log)
        || !read_expr(r, trimmed(arena, r->values, dots), &lo, &low)
        || !read_expr(r, trimmed(arena, behind, n), &hi, &high))
        return false;
    bool bare = low.kind == VALUE_INT || (low.kind == VALUE_REAL && value_is_number(&low));
    if (bare && hi.expr->kind == EXPR_QTY /* 5..50ms */
        && !read_expr(r,
                      arena_printf(arena, "%s %s", trimmed(arena, r->values, dots), hi.expr->unit),
                      &lo, &low))
        return false;
    if (isnan(lo.number) || isnan(hi.number) || !dimension_equal(dim_of(&low), dim_of(&high)))
        return bad_form(r, "FROM and TO are numbers, times or currents, both alike");
    if (!dimension_equal(dim_of(&low), DIM_NONE) && !dimension_equal(dim_of(&low), DIM_TIME)
        && !dimension_equal(dim_of(&low), DIM_CURRENT))
        return bad_form(r, "FROM and TO are numbers, times or currents, both alike");
    if (log && !(lo.number > 0 && hi.number > 0))
        return bad_form(r, "`:log` needs FROM and TO above 0");
    r->axis->dim = dim_of(&low);
    r->axis->numbers = true;
    return fill_range(r, &lo, &hi, &low, count, log);
}

/* Where ".." stands; SIZE_MAX: nowhere. */
static size_t find_dots(const char *text)
{
    for (size_t at = 0;; at++) {
        at += outside_brackets(text + at, ".");
        if (!text[at])
            return SIZE_MAX;
        if (text[at + 1] == '.')
            return at;
    }
}

static bool read_values(struct reading *r)
{
    const char *name =
        arena_printf(r->eval->arena, "%s %s", r->axis->option, r->axis->targets.at[0].name);
    uint32_t length = (uint32_t)strlen(r->values);
    r->whole = (struct span){0, length, source_add(r->eval->sources, name, r->values, length)};
    bool one = strcmp(r->axis->option, "--set") == 0;
    size_t dots = find_dots(r->values);
    if (one && (dots != SIZE_MAX || r->values[outside_brackets(r->values, ",")]))
        return bad_form(r, "it takes one value; `--sweep` takes several");
    return dots == SIZE_MAX ? read_list(r) : read_range(r, dots);
}

static bool named_before(const struct reading *r, const struct sweep *sweep)
{
    for (uint32_t a = 0; a < sweep->axes.n; a++)
        for (uint32_t i = 0; i < sweep->axes.at[a].targets.n; i++)
            for (uint32_t k = 0; k < r->axis->targets.n; k++)
                if (!strcmp(sweep->axes.at[a].targets.at[i].name, r->axis->targets.at[k].name))
                    return true;
    return false;
}

bool sweep_add(struct eval *eval, const struct sweep_names *names, const char *option,
               const char *given, struct sweep *sweep)
{
    struct sweep_axis axis = {.option = option, .given = given, .dim = DIM_CURRENT};
    struct reading r = {.eval = eval, .names = names, .axis = &axis};
    const char *equals = strchr(given, '=');
    if (!equals || equals == given)
        return bad_form(&r, "no `=`");
    r.values = equals + 1 + strspn(equals + 1, " ");
    if (!read_targets(&r, arena_strndup(eval->arena, given, (size_t)(equals - given)))
        || !read_values(&r))
        return false;
    if (named_before(&r, sweep))
        return bad_form(&r, "it changes what an earlier one changes");
    uint64_t points = (uint64_t)(sweep->n_points ? sweep->n_points : 1) * axis.values.n;
    if (points > SWEEP_MOST_POINTS)
        return bad_form(&r, "%llu points in all, at most %d", (unsigned long long)points,
                        SWEEP_MOST_POINTS);
    sweep->n_points = (uint32_t)points;
    VEC_PUSH(eval->arena, &sweep->axes, axis);
    return true;
}

/* --- points --- */

uint32_t sweep_index(const struct sweep *sweep, uint32_t axis, uint32_t point)
{
    for (uint32_t a = sweep->axes.n - 1; a > axis; a--)
        point /= sweep->axes.at[a].values.n;
    return point % sweep->axes.at[axis].values.n;
}

struct attr sweep_attr(const struct sweep *sweep, uint32_t axis, uint32_t target, uint32_t point)
{
    const struct sweep_axis *of = &sweep->axes.at[axis];
    const struct sweep_target *at = &of->targets.at[target];
    const struct sweep_value *value = &of->values.at[sweep_index(sweep, axis, point)];
    return (struct attr){at->attribute, at->span, value->span, value->expr};
}
