/* What a node can be over all pairs of a box of pre and a box of post: bounds of numbers and bools,
 * and whether it may fail.
 *
 * Bounds are never too tight; they may be too wide. Operations of IEEE are monotone where they are
 * monotone in exact numbers, so corners bound what lies between; results of our own functions get a
 * margin. Over the whole views this tells which nodes need no flags at all (code_add); over small
 * boxes it tells where a mask cannot hold (candidates.c).
 */
#include "compiler/code.h"

#include <float.h>
#include <math.h>

enum { FEW_CELLS = 100 }; /* of a matrix: looked at one by one */

static const double margin = 0x1p-40; /* relative error of exp, log, hypot, generously */

/* --- making bounds --- */

static struct reach int_reach(int64_t lo, int64_t hi)
{
    return (struct reach){.lo.i = lo, .hi.i = hi};
}

static struct reach real_reach(double lo, double hi)
{
    return (struct reach){.lo.r = lo, .hi.r = hi};
}

/* All that the type can hold. */
static struct reach any(enum value_kind kind, bool fails)
{
    struct reach reach = kind == VALUE_REAL   ? real_reach(-INFINITY, INFINITY)
                         : kind == VALUE_BOOL ? int_reach(0, 1)
                                              : int_reach(INT64_MIN, INT64_MAX);
    reach.fails = fails;
    return reach;
}

static struct reach finite_or_any(double lo, double hi)
{
    return isfinite(lo) && isfinite(hi) ? real_reach(lo, hi) : any(VALUE_REAL, true);
}

static bool is_point(const struct reach *reach)
{
    return reach->lo.i == reach->hi.i;
}

static struct reach join(const struct reach *a, const struct reach *b, bool real)
{
    if (real)
        return real_reach(fmin(a->lo.r, b->lo.r), fmax(a->hi.r, b->hi.r));
    return int_reach(a->lo.i < b->lo.i ? a->lo.i : b->lo.i, a->hi.i > b->hi.i ? a->hi.i : b->hi.i);
}

/* --- leaves --- */

static struct reach const_reach(const struct node *node)
{
    const struct value *value = &node->value;
    switch (value->kind) {
    case VALUE_INT:
        return int_reach(value->integer, value->integer);
    case VALUE_REAL:
        return real_reach(value->real, value->real);
    case VALUE_BOOL:
        return int_reach(value->boolean, value->boolean);
    default:
        return any(value->kind, false);
    }
}

static union lane coord_lane(const struct code *code, const struct node *node, uint32_t position)
{
    union lane lane = {0};
    int64_t integer = 0;
    double real = 0;
    coordinate_of(code->eval->net, code->view[node->axis], node->coordinate, position, &integer,
                  &real);
    if (node->kind == VALUE_REAL)
        lane.r = real;
    else
        lane.i = integer;
    return lane;
}

/* Every coordinate grows with every coordinate of the box (views have positive strides): first and
 * last position bound it. */
static struct reach coord_reach(const struct code *code, const struct node *node,
                                const struct lanes *table, const struct stretch *at)
{
    const struct stretch *along = &at[node->axis];
    if (table && table->at)
        return (struct reach){.lo = table->at[along->first], .hi = table->at[along->last]};
    return (struct reach){.lo = coord_lane(code, node, along->first),
                          .hi = coord_lane(code, node, along->last)};
}

/* --- ints --- */

static struct reach exact_or_any(__int128 lo, __int128 hi)
{
    if (lo < INT64_MIN || hi > INT64_MAX)
        return any(VALUE_INT, true);
    return int_reach((int64_t)lo, (int64_t)hi);
}

static struct reach int_product(const struct reach *a, const struct reach *b)
{
    const int64_t x[2] = {a->lo.i, a->hi.i}, y[2] = {b->lo.i, b->hi.i};
    __int128 lo = (__int128)x[0] * y[0], hi = lo;
    for (int i = 1; i < 4; i++) {
        __int128 corner = (__int128)x[i / 2] * y[i % 2];
        lo = corner < lo ? corner : lo;
        hi = corner > hi ? corner : hi;
    }
    return exact_or_any(lo, hi);
}

static struct reach int_quotient(const struct reach *a, const struct reach *b)
{
    int64_t lo, hi;
    if (b->lo.i <= 0)
        return any(VALUE_INT, b->hi.i >= 0 || a->lo.i == INT64_MIN);
    int_floordiv(a->lo.i, a->lo.i < 0 ? b->lo.i : b->hi.i, &lo);
    int_floordiv(a->hi.i, a->hi.i < 0 ? b->hi.i : b->lo.i, &hi);
    return int_reach(lo, hi);
}

/* A stretch shorter than the divisor keeps its ends unless it wraps. */
static struct reach int_rest(const struct reach *a, const struct reach *b)
{
    if (b->lo.i > 0 && is_point(b) && (__int128)a->hi.i - a->lo.i < b->lo.i) {
        int64_t lo = int_mod(a->lo.i, b->lo.i), hi = int_mod(a->hi.i, b->lo.i);
        if (lo <= hi)
            return int_reach(lo, hi);
    }
    if (b->lo.i > 0)
        return int_reach(0, b->hi.i - 1);
    if (b->hi.i < 0)
        return int_reach(b->lo.i + 1, 0);
    return any(VALUE_INT, true);
}

static struct reach int_power(const struct reach *a, const struct reach *b)
{
    int64_t lo, hi;
    if (!is_point(b) || b->lo.i < 0 || !int_pow(a->lo.i, b->lo.i, &lo)
        || !int_pow(a->hi.i, b->lo.i, &hi))
        return any(VALUE_INT, true);
    if (b->lo.i % 2)
        return int_reach(lo, hi);
    int64_t least = lo < hi ? lo : hi, most = lo < hi ? hi : lo;
    bool around = a->lo.i <= 0 && a->hi.i >= 0 && b->lo.i > 0;
    return int_reach(around ? 0 : least, most);
}

static struct reach int_arith(enum binary_op op, const struct reach *a, const struct reach *b)
{
    switch (op) {
    case OP_ADD:
        return exact_or_any((__int128)a->lo.i + b->lo.i, (__int128)a->hi.i + b->hi.i);
    case OP_SUB:
        return exact_or_any((__int128)a->lo.i - b->hi.i, (__int128)a->hi.i - b->lo.i);
    case OP_MUL:
        return int_product(a, b);
    case OP_FLOORDIV:
        return int_quotient(a, b);
    case OP_MOD:
        return int_rest(a, b);
    default:
        return int_power(a, b);
    }
}

/* --- reals --- */

static struct reach real_product(const struct reach *a, const struct reach *b, bool quotient)
{
    const double x[2] = {a->lo.r, a->hi.r}, y[2] = {b->lo.r, b->hi.r};
    double lo = INFINITY, hi = -INFINITY;
    if (quotient && y[0] <= 0 && y[1] >= 0)
        return any(VALUE_REAL, true);
    for (int i = 0; i < 4; i++) {
        double corner = quotient ? x[i / 2] / y[i % 2] : x[i / 2] * y[i % 2];
        if (!isfinite(corner))
            return any(VALUE_REAL, true);
        lo = fmin(lo, corner);
        hi = fmax(hi, corner);
    }
    return real_reach(lo, hi);
}

enum { SMALL_POWER = 16 };

/* Small whole powers: products, each monotone in the size of the base. */
static struct reach real_power(const struct reach *a, const struct reach *b)
{
    double y = b->lo.r;
    if (!is_point(b) || !(y >= 0 && y <= SMALL_POWER) || floor(y) != y)
        return any(VALUE_REAL, true);
    double lo = power_real(a->lo.r, y), hi = power_real(a->hi.r, y);
    if ((int)y % 2)
        return finite_or_any(lo, hi);
    bool around = a->lo.r <= 0 && a->hi.r >= 0 && y > 0;
    return finite_or_any(around ? 0 : fmin(lo, hi), fmax(lo, hi));
}

static struct reach real_arith(enum binary_op op, const struct reach *a, const struct reach *b)
{
    switch (op) {
    case OP_ADD:
        return finite_or_any(a->lo.r + b->lo.r, a->hi.r + b->hi.r);
    case OP_SUB:
        return finite_or_any(a->lo.r - b->hi.r, a->hi.r - b->lo.r);
    case OP_MUL:
    case OP_DIV:
        return real_product(a, b, op == OP_DIV);
    case OP_MOD:
        if (b->lo.r > 0 && isfinite(b->hi.r) && isfinite(a->lo.r) && isfinite(a->hi.r))
            return real_reach(0, b->hi.r);
        return any(VALUE_REAL, true);
    case OP_POW:
        return real_power(a, b);
    default:
        return any(VALUE_REAL, true);
    }
}

static struct reach negate_reach(bool real, const struct reach *a)
{
    if (real)
        return real_reach(-a->hi.r, -a->lo.r);
    return exact_or_any(-(__int128)a->hi.i, -(__int128)a->lo.i);
}

/* --- mathematics --- */

/* Bounds of the size of a real. */
static struct reach size_of(const struct reach *a)
{
    double lo = fabs(a->lo.r), hi = fabs(a->hi.r);
    bool around = a->lo.r <= 0 && a->hi.r >= 0;
    return real_reach(around ? 0 : fmin(lo, hi), fmax(lo, hi));
}

/* Of int operands: abs, min, max; floor, ceil and round leave them as they are. */
static struct reach int_math(enum math_fn fn, const struct reach *a, const struct reach *b)
{
    struct reach out = *a;
    if (fn == MATH_MIN || fn == MATH_MAX) {
        bool min = fn == MATH_MIN;
        out.lo.i = (b->lo.i < a->lo.i) == min ? b->lo.i : a->lo.i;
        out.hi.i = (b->hi.i < a->hi.i) == min ? b->hi.i : a->hi.i;
    } else if (fn == MATH_ABS && a->lo.i < 0) {
        struct reach mirror = negate_reach(false, a);
        if (mirror.fails)
            return mirror;
        out = join(a, &mirror, false);
        out.lo.i = a->hi.i < 0 ? mirror.lo.i : 0;
    }
    out.fails = false;
    return out;
}

/* floor, ceil, round of a real to an int. */
static struct reach whole_reach(enum math_fn fn, const struct reach *a)
{
    double lo = math_real(fn, a->lo.r, 0), hi = math_real(fn, a->hi.r, 0);
    if (!(lo >= -9223372036854775808.0 && hi < 9223372036854775808.0))
        return any(VALUE_INT, true);
    return int_reach((int64_t)lo, (int64_t)hi);
}

/* exp between two arguments, with a margin; what is next to nothing counts as 0. */
static struct reach exp_reach(double lo, double hi)
{
    double least = math_real(MATH_EXP, lo, 0) * (1 - margin);
    double most = math_real(MATH_EXP, hi, 0) * (1 + margin);
    return finite_or_any(least < 0x1p-1000 ? 0 : least, most < 0x1p-1000 ? 0x1p-1000 : most);
}

static struct reach log_reach(const struct reach *a)
{
    if (!(a->lo.r > 0))
        return any(VALUE_REAL, true);
    double lo = math_real(MATH_LOG, a->lo.r, 0), hi = math_real(MATH_LOG, a->hi.r, 0);
    return finite_or_any(lo - (fabs(lo) + 1) * margin, hi + (fabs(hi) + 1) * margin);
}

static struct reach sqrt_reach(const struct reach *a)
{
    if (!(a->lo.r >= 0))
        return any(VALUE_REAL, true);
    return finite_or_any(sqrt(a->lo.r), sqrt(a->hi.r));
}

static struct reach hypot_reach(const struct reach *a, const struct reach *b)
{
    struct reach x = size_of(a), y = size_of(b);
    if (!(x.hi.r < 0x1p500 && y.hi.r < 0x1p500))
        return any(VALUE_REAL, true);
    double lo = sqrt(x.lo.r * x.lo.r + y.lo.r * y.lo.r) * (1 - margin);
    double hi = sqrt(x.hi.r * x.hi.r + y.hi.r * y.hi.r) * (1 + margin);
    return real_reach(lo < 0x1p-400 ? 0 : lo, hi < 0x1p-400 ? 0x1p-400 : hi);
}

static struct reach gauss_reach(const struct reach *d, const struct reach *sigma)
{
    struct reach x = size_of(d), s = size_of(sigma);
    if (!(s.lo.r > 0x1p-500 && s.hi.r < 0x1p500 && x.hi.r < 0x1p500))
        return (struct reach){.lo.r = 0, .hi.r = 1, .fails = true};
    double least = -x.hi.r * x.hi.r / (2 * s.lo.r * s.lo.r);
    double most = -x.lo.r * x.lo.r / (2 * s.hi.r * s.hi.r);
    struct reach out = exp_reach(least, most);
    out.hi.r = fmin(out.hi.r, 1);
    return out;
}

static struct reach real_math(enum math_fn fn, const struct reach *a, const struct reach *b)
{
    switch (fn) {
    case MATH_ABS:
        return size_of(a);
    case MATH_MIN:
        return real_reach(fmin(a->lo.r, b->lo.r), fmin(a->hi.r, b->hi.r));
    case MATH_MAX:
        return real_reach(fmax(a->lo.r, b->lo.r), fmax(a->hi.r, b->hi.r));
    case MATH_SQRT:
        return sqrt_reach(a);
    case MATH_EXP:
        return exp_reach(a->lo.r, a->hi.r);
    case MATH_LOG:
        return log_reach(a);
    case MATH_HYPOT:
        return hypot_reach(a, b);
    case MATH_GAUSS:
        return gauss_reach(a, b);
    default:
        return whole_reach(fn, a);
    }
}

/* The distance along one side: on a ring of `period` it grows to the half and falls again. */
static struct reach ring_reach(const struct reach *d, int64_t period)
{
    struct reach size = int_math(MATH_ABS, d, d);
    int64_t lo = size.lo.i, hi = size.hi.i;
    if (period == 0)
        return size;
    int64_t at_lo = lo < period - lo ? lo : period - lo,
            at_hi = hi < period - hi ? hi : period - hi;
    bool crest = lo <= period / 2 && hi >= period / 2;
    return int_reach(at_lo < at_hi ? at_lo : at_hi, crest           ? period / 2
                                                    : at_lo > at_hi ? at_lo
                                                                    : at_hi);
}

static struct reach dist_reach(const struct node *node, const struct reach *a,
                               const struct reach *b)
{
    struct reach x = ring_reach(a, node->torus_cols), y = ring_reach(b, node->torus_rows);
    return real_reach(dist_of(x.lo.i, y.lo.i, 0, 0), dist_of(x.hi.i, y.hi.i, 0, 0));
}

/* --- matrices and lists of pairs --- */

static struct reach cell_bounds(const struct matrix *matrix, uint64_t cell)
{
    if (matrix->kind == VALUE_REAL)
        return real_reach(matrix->real[cell], matrix->real[cell]);
    int64_t x = matrix->kind == VALUE_INT ? matrix->integer[cell] : matrix->boolean[cell];
    return int_reach(x, x);
}

static int64_t clamp(int64_t x, int64_t hi)
{
    return x < 0 ? 0 : x > hi ? hi : x;
}

/* matrix[a, b]; the place of a kernel may lie outside, where it is 0. */
static struct reach cell_reach(const struct node *node, const struct reach *row,
                               const struct reach *col)
{
    const struct matrix *matrix = node->matrix;
    const int64_t rows = matrix->rows, cols = matrix->cols;
    bool kernel = node->op == NODE_KERNEL, real = matrix->kind == VALUE_REAL;
    bool inside = row->lo.i >= 0 && row->hi.i < rows && col->lo.i >= 0 && col->hi.i < cols;
    bool outside = row->hi.i < 0 || row->lo.i >= rows || col->hi.i < 0 || col->lo.i >= cols;
    const struct reach zero = {.lo.i = 0, .hi.i = 0}; /* of a real too */
    if (outside)
        return kernel ? zero : any(matrix->kind, true);
    int64_t r0 = clamp(row->lo.i, rows - 1), r1 = clamp(row->hi.i, rows - 1);
    int64_t c0 = clamp(col->lo.i, cols - 1), c1 = clamp(col->hi.i, cols - 1);
    struct reach out = zero;
    if ((r1 - r0 + 1) * (c1 - c0 + 1) > FEW_CELLS) {
        out = real ? real_reach(-DBL_MAX, DBL_MAX) : any(matrix->kind, false);
    } else {
        if (inside || !kernel)
            out = cell_bounds(matrix, (uint64_t)(r0 * cols + c0));
        for (int64_t r = r0; r <= r1; r++)
            for (int64_t c = c0; c <= c1; c++) {
                struct reach cell = cell_bounds(matrix, (uint64_t)(r * cols + c));
                out = join(&out, &cell, real);
            }
    }
    out.fails = !inside && !kernel;
    return out;
}

enum { FEW_ROWS = 16 };

/* Whether a row of the box lists a pre of the box; many rows are not looked at. */
static struct reach listed_reach(const struct pair_rows *rows, const struct stretch *at)
{
    const struct stretch *pre = &at[AXIS_PRE], *post = &at[AXIS_POST];
    if (rows->row[post->first] == rows->row[post->last + 1])
        return int_reach(0, 0);
    if (post->last - post->first >= FEW_ROWS)
        return int_reach(0, 1);
    for (uint32_t row = post->first; row <= post->last; row++) {
        uint64_t i = pair_rows_from(rows, row, pre->first);
        if (i < rows->row[row + 1] && rows->pre[i] <= pre->last)
            return int_reach(0, 1);
    }
    return int_reach(0, 0);
}

static struct reach draw_reach(const struct node *node, const struct stretch *at)
{
    if (!node->draw)
        return any(VALUE_BOOL, true);
    struct reach out = listed_reach(&node->draw->rows, at);
    out.fails = node->draw->any_fault;
    return out;
}

/* --- bools --- */

static struct reach flag_reach(bool may, bool must)
{
    return int_reach(must, may);
}

static struct reach compare_reach(enum binary_op op, const struct reach *a, const struct reach *b,
                                  bool real)
{
    bool a_below = real ? a->lo.r < b->hi.r : a->lo.i < b->hi.i; /* for some */
    bool a_above = real ? a->hi.r > b->lo.r : a->hi.i > b->lo.i;
    bool a_least = real ? a->lo.r <= b->hi.r : a->lo.i <= b->hi.i;
    bool a_most = real ? a->hi.r >= b->lo.r : a->hi.i >= b->lo.i;
    switch (op) {
    case OP_EQ:
        return flag_reach(a_least && a_most, !a_below && !a_above);
    case OP_NE:
        return flag_reach(a_below || a_above, !(a_least && a_most));
    case OP_LT:
        return flag_reach(a_below, !a_most);
    case OP_GT:
        return flag_reach(a_above, !a_least);
    case OP_LE:
        return flag_reach(a_least, !a_above);
    default:
        return flag_reach(a_most, !a_below);
    }
}

static struct reach in_reach(const struct reach *a, const struct reach *lo, const struct reach *hi,
                             bool real)
{
    struct reach from = compare_reach(OP_GE, a, lo, real), to = compare_reach(OP_LE, a, hi, real);
    return int_reach(from.lo.i & to.lo.i, from.hi.i & to.hi.i);
}

/* A failure counts where evaluation from left to right gets to it. */
static struct reach logic_reach(bool or, const struct reach *a, const struct reach *b)
{
    struct reach out = or ? int_reach(a->lo.i | b->lo.i, a->hi.i | b->hi.i)
                          : int_reach(a->lo.i & b->lo.i, a->hi.i & b->hi.i);
    bool gets_there = or ? !a->lo.i : a->hi.i != 0;
    out.fails = a->fails || (gets_there && b->fails);
    return out;
}

static struct reach select_reach(const struct reach *c, const struct reach *a,
                                 const struct reach *b, bool real)
{
    struct reach out = !c->hi.i ? *b : c->lo.i ? *a : join(a, b, real);
    out.fails = c->fails || (c->hi.i && a->fails) || (!c->lo.i && b->fails);
    return out;
}

static struct reach random_reach(const struct reach *p)
{
    struct reach out = flag_reach(p->hi.r > 0, p->lo.r >= 1);
    out.fails = !(p->lo.r >= 0 && p->hi.r <= 1);
    return out;
}

/* --- nodes --- */

static struct reach number_reach(const struct node *node, const struct reach *a,
                                 const struct reach *b, bool real)
{
    switch (node->op) {
    case NODE_WIDEN:
        return real_reach((double)a->lo.i, (double)a->hi.i);
    case NODE_NEG:
        return negate_reach(real, a);
    case NODE_ARITH:
        return real ? real_arith(node->binary, a, b) : int_arith(node->binary, a, b);
    case NODE_MATH:
        return real ? real_math(node->math, a, b) : int_math(node->math, a, b);
    case NODE_CELL:
    case NODE_KERNEL:
        return cell_reach(node, a, b);
    case NODE_DIST:
        return dist_reach(node, a, b);
    case NODE_COMPARE:
        return compare_reach(node->binary, a, b, real);
    case NODE_NOT:
        return int_reach(!a->hi.i, !a->lo.i);
    default:
        return random_reach(a);
    }
}

struct reach code_reach(const struct code *code, const struct node *node, const struct lanes *table,
                        const struct reach *of, const struct stretch *at)
{
    static const struct reach nothing = {.fails = false};
    const struct reach *a = node->a == NODE_NONE ? &nothing : &of[node->a];
    const struct reach *b = node->b == NODE_NONE ? &nothing : &of[node->b];
    const struct reach *c = node->c == NODE_NONE ? &nothing : &of[node->c];
    bool real = node->a != NODE_NONE && code->nodes.at[node->a].kind == VALUE_REAL;
    struct reach out;
    switch (node->op) {
    case NODE_CONST:
        return const_reach(node);
    case NODE_COORD:
        return coord_reach(code, node, table, at);
    case NODE_AND:
    case NODE_OR:
        return logic_reach(node->op == NODE_OR, a, b);
    case NODE_SELECT:
        return select_reach(a, b, c, node->kind == VALUE_REAL);
    case NODE_PAIRS:
        return listed_reach(node->rows, at);
    case NODE_DRAW:
        return draw_reach(node, at);
    case NODE_TREE:
    case NODE_FAIL:
        return any(node->kind, true);
    case NODE_IN:
        out = in_reach(a, b, c, real);
        break;
    default:
        out = number_reach(node, a, b, real);
        break;
    }
    out.fails = out.fails || a->fails || b->fails || c->fails;
    return out;
}
