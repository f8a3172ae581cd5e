/* Bounds of ints and reals, from the shapes of the views upwards. Where the bounds show that an
 * operation cannot overflow, divide by zero or miss a matrix, its node needs no flags. */
#include "compiler/code.h"

#include <float.h>
#include <math.h>

static struct number_range int_range(int64_t lo, int64_t hi)
{
    return (struct number_range){.known = true, .lo = lo, .hi = hi};
}

static struct number_range real_range(double lo, double hi)
{
    if (!isfinite(lo) || !isfinite(hi))
        return (struct number_range){.known = false};
    return (struct number_range){.known = true, .real_lo = lo, .real_hi = hi};
}

static struct number_range range_of(const struct code *code, uint32_t node)
{
    return node == NODE_NONE ? (struct number_range){.known = false} : code->nodes.at[node].range;
}

static struct number_range hull(const struct number_range *a, const struct number_range *b)
{
    return (struct number_range){.known = a->known && b->known,
                                 .lo = a->lo < b->lo ? a->lo : b->lo,
                                 .hi = a->hi > b->hi ? a->hi : b->hi,
                                 .real_lo = fmin(a->real_lo, b->real_lo),
                                 .real_hi = fmax(a->real_hi, b->real_hi)};
}

static void const_range(struct node *node)
{
    const struct value *value = &node->value;
    if (node->kind == VALUE_INT)
        node->range = int_range(value->integer, value->integer);
    else if (node->kind == VALUE_REAL)
        node->range = real_range(value->real, value->real);
}

static void coord_range(const struct code *code, struct node *node)
{
    const struct view *view = code->view[node->axis];
    const struct dims *whole = view_object_dims(code->eval->net, view);
    int64_t size = 1;
    for (uint32_t d = 0; d < whole->n; d++)
        size *= whole->size[d]; /* every coordinate is below the number of units */
    node->range = node->kind == VALUE_REAL ? real_range(0, 1) : int_range(0, size - 1);
}

static bool exact(__int128 x, int64_t *out)
{
    *out = (int64_t)x;
    return x >= INT64_MIN && x <= INT64_MAX;
}

/* Least and greatest of the four corners. */
static bool int_corners(enum binary_op op, const struct number_range *a,
                        const struct number_range *b, struct number_range *out)
{
    const int64_t x[2] = {a->lo, a->hi}, y[2] = {b->lo, b->hi};
    for (int i = 0; i < 4; i++) {
        __int128 p = x[i / 2], q = y[i % 2];
        __int128 r = op == OP_ADD ? p + q : op == OP_SUB ? p - q : p * q;
        int64_t corner;
        if (!exact(r, &corner))
            return false;
        if (i == 0 || corner < out->lo)
            out->lo = corner;
        if (i == 0 || corner > out->hi)
            out->hi = corner;
    }
    out->known = true;
    return true;
}

/* Division and remainder by a divisor of one sign. */
static bool int_division(enum binary_op op, const struct number_range *a,
                         const struct number_range *b, struct number_range *out)
{
    if (!b->known || b->lo <= 0)
        return false;
    if (op == OP_MOD) {
        *out = int_range(0, b->hi - 1);
        return true;
    }
    if (!a->known)
        return false;
    int64_t corner[2];
    int_floordiv(a->lo, a->lo < 0 ? b->lo : b->hi, &corner[0]);
    int_floordiv(a->hi, a->hi < 0 ? b->hi : b->lo, &corner[1]);
    *out = int_range(corner[0], corner[1]);
    return true;
}

static bool int_arith(const struct node *node, const struct number_range *a,
                      const struct number_range *b, struct number_range *out)
{
    if (node->binary == OP_FLOORDIV || node->binary == OP_MOD)
        return int_division(node->binary, a, b, out);
    return node->binary != OP_POW && a->known && b->known && int_corners(node->binary, a, b, out);
}

static bool real_arith(const struct node *node, const struct number_range *a,
                       const struct number_range *b, struct number_range *out)
{
    double lo = INFINITY, hi = -INFINITY;
    if (!a->known || !b->known)
        return false;
    if (node->binary == OP_DIV ? b->real_lo <= 0 && b->real_hi >= 0
                               : node->binary > OP_SUB || node->binary == OP_POW
                                     || node->binary == OP_FLOORDIV || node->binary == OP_MOD)
        return false;
    const double x[2] = {a->real_lo, a->real_hi}, y[2] = {b->real_lo, b->real_hi};
    for (int i = 0; i < 4; i++) {
        double p = x[i / 2], q = y[i % 2], r;
        if (node->binary == OP_ADD)
            r = p + q;
        else if (node->binary == OP_SUB)
            r = p - q;
        else
            r = node->binary == OP_MUL ? p * q : p / q;
        lo = fmin(lo, r);
        hi = fmax(hi, r);
    }
    *out = real_range(lo, hi);
    return out->known;
}

static void arith_range(const struct code *code, struct node *node)
{
    struct number_range a = range_of(code, node->a), b = range_of(code, node->b);
    bool sure = node->kind == VALUE_INT ? int_arith(node, &a, &b, &node->range)
                                        : real_arith(node, &a, &b, &node->range);
    if (sure)
        return;
    node->range.known = false;
    node->fails = true;
}

static void negate_range(const struct code *code, struct node *node)
{
    struct number_range a = range_of(code, node->a);
    if (node->kind == VALUE_REAL)
        node->range = a.known ? real_range(-a.real_hi, -a.real_lo) : a;
    else if (a.known && a.lo > INT64_MIN)
        node->range = int_range(-a.hi, -a.lo);
    else
        node->fails = true;
}

static void abs_range(struct node *node, const struct number_range *a)
{
    if (node->kind == VALUE_REAL && a->known)
        node->range = real_range(0, fmax(fabs(a->real_lo), fabs(a->real_hi)));
    else if (node->kind == VALUE_INT && a->known && a->lo > INT64_MIN)
        node->range = int_range(0, a->hi > -a->lo ? a->hi : -a->lo);
    else
        node->fails = node->fails || node->kind == VALUE_INT;
}

static void math_range(const struct code *code, struct node *node)
{
    struct number_range a = range_of(code, node->a), b = range_of(code, node->b);
    switch (node->math) {
    case MATH_ABS:
        abs_range(node, &a);
        break;
    case MATH_MIN:
    case MATH_MAX:
        node->range = hull(&a, &b);
        break;
    case MATH_GAUSS: /* within 0 .. 1 unless sigma is 0 */
        node->range = real_range(0, 1);
        node->fails = node->fails || !b.known || (b.real_lo <= 0 && b.real_hi >= 0)
                      || !isfinite(b.real_lo * b.real_lo + b.real_hi * b.real_hi) || !a.known
                      || !isfinite(a.real_lo * a.real_lo + a.real_hi * a.real_hi);
        break;
    case MATH_SQRT:
        if (a.known && a.real_lo >= 0)
            node->range = real_range(0, sqrt(a.real_hi));
        else
            node->fails = true;
        break;
    case MATH_HYPOT:
        if (a.known && b.known && fabs(a.real_lo) + fabs(a.real_hi) < 1e150
            && fabs(b.real_lo) + fabs(b.real_hi) < 1e150)
            node->range = real_range(0, 1e151);
        else
            node->fails = true;
        break;
    default:
        node->fails = true;
        break;
    }
}

static void kernel_range(struct node *node)
{
    if (node->kind == VALUE_REAL) /* every cell is finite */
        node->range = real_range(-DBL_MAX, DBL_MAX);
}

static void cell_range(const struct code *code, struct node *node)
{
    struct number_range row = range_of(code, node->a), col = range_of(code, node->b);
    bool inside = row.known && row.lo >= 0 && row.hi < node->matrix->rows && col.known
                  && col.lo >= 0 && col.hi < node->matrix->cols;
    node->fails = node->fails || !inside;
    if (node->kind == VALUE_REAL) /* every cell is finite */
        node->range = real_range(-DBL_MAX, DBL_MAX);
}

void code_range(struct code *code, struct node *node)
{
    struct number_range a = range_of(code, node->a), b = range_of(code, node->b);
    struct number_range c = range_of(code, node->c);
    switch (node->op) {
    case NODE_CONST:
        const_range(node);
        break;
    case NODE_COORD:
        coord_range(code, node);
        break;
    case NODE_WIDEN:
        node->range = a.known ? real_range((double)a.lo, (double)a.hi) : real_range(-1e19, 1e19);
        break;
    case NODE_NEG:
        negate_range(code, node);
        break;
    case NODE_ARITH:
        arith_range(code, node);
        break;
    case NODE_SELECT:
        node->range = hull(&b, &c);
        break;
    case NODE_MATH:
        math_range(code, node);
        break;
    case NODE_CELL:
        cell_range(code, node);
        break;
    case NODE_KERNEL:
        kernel_range(node);
        break;
    case NODE_DIST: /* differences of positions */
        node->range = real_range(0, 1e12);
        break;
    case NODE_RANDOM:
        node->fails = node->fails || !a.known || a.real_lo < 0 || a.real_hi > 1;
        break;
    case NODE_DRAW:
    case NODE_TREE:
        node->fails = true;
        break;
    default:
        break;
    }
}
