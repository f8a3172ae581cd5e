/* Running code: tables first, then lanes. */
#include "compiler/code.h"

#include "compiler/base/rng.h"

#include <math.h>
#include <string.h>

/* --- operands --- */

static enum axis table_axis(const struct node *node)
{
    return node->pre ? AXIS_PRE : AXIS_POST;
}

static bool has_table(const struct node *node)
{
    return node->pre != node->post;
}

static struct lanes *buffer_of(struct code *code, uint32_t node)
{
    struct lanes *buffer = &code->buffers[node];
    if (!buffer->at) {
        buffer->at = ARENA_ARRAY(code->arena, union lane, CODE_LANES);
        if (code->nodes.at[node].fails)
            buffer->failed = ARENA_ARRAY(code->arena, uint8_t, CODE_LANES);
    }
    return buffer;
}

static struct operand gather(struct code *code, uint32_t node, const struct run *run)
{
    const struct lanes *table = &code->tables[node];
    struct lanes *buffer = buffer_of(code, node);
    for (uint32_t i = 0; i < run->n; i++)
        buffer->at[i] = table->at[run->at[i]];
    for (uint32_t i = 0; table->failed && i < run->n; i++)
        buffer->failed[i] = table->failed[run->at[i]];
    return (struct operand){buffer->at, buffer->failed, 1};
}

struct operand code_operand(struct code *code, uint32_t node, const struct run *run)
{
    const struct node *n = &code->nodes.at[node];
    const struct lanes *table = &code->tables[node];
    if (!n->pre && !n->post)
        return (struct operand){table->at, table->failed, 0};
    if (!has_table(n))
        return (struct operand){code->buffers[node].at, code->buffers[node].failed, 1};
    if (table_axis(n) != run->axis)
        return (struct operand){table->at + run->fixed,
                                table->failed ? table->failed + run->fixed : NULL, 0};
    if (!run->consecutive)
        return gather(code, node, run);
    return (struct operand){table->at + run->at[0],
                            table->failed ? table->failed + run->at[0] : NULL, 1};
}

/* --- one node over lanes --- */

struct job {
    struct code *code;
    const struct node *node;
    const struct run *run;
    struct operand a, b, c;
    union lane *out;
    uint8_t *failed; /* NULL: this node never fails */
    uint32_t n;
};

#define A(i) (job->a.at[(i)*job->a.step])
#define B(i) (job->b.at[(i)*job->b.step])
#define C(i) (job->c.at[(i)*job->c.step])
#define EACH_LANE(...)                                                                             \
    for (uint32_t i = 0; i < job->n; i++)                                                          \
    __VA_ARGS__

static bool flag(const struct operand *operand, uint32_t i)
{
    return operand->failed && operand->failed[i * operand->step];
}

/* What any operand failed, this fails. */
static void join_flags(struct job *job)
{
    if (job->failed)
        EACH_LANE(job->failed[i] = flag(&job->a, i) || flag(&job->b, i) || flag(&job->c, i);)
}

static void fail_if(struct job *job, uint32_t i, bool failed)
{
    if (job->failed)
        job->failed[i] = job->failed[i] || failed;
}

static void run_coord(struct job *job)
{
    const struct node *node = job->node;
    const struct view *view = job->code->view[node->axis];
    EACH_LANE({
        int64_t integer = 0;
        double real = 0;
        coordinate_of(job->code->eval->net, view, node->coordinate, job->run->at[i], &integer,
                      &real);
        if (node->kind == VALUE_REAL)
            job->out[i].r = real;
        else
            job->out[i].i = integer;
    })
}

static void run_negate(struct job *job)
{
    if (job->node->kind == VALUE_REAL)
        EACH_LANE(job->out[i].r = -A(i).r;)
    else
        EACH_LANE(fail_if(job, i, __builtin_sub_overflow(0, A(i).i, &job->out[i].i));)
}

static void run_logic(struct job *job)
{
    bool decides = job->node->op == NODE_OR; /* left value that settles the result */
    EACH_LANE({
        bool settled = (A(i).i != 0) == decides;
        if (job->failed)
            job->failed[i] = flag(&job->a, i) || (!settled && flag(&job->b, i));
        job->out[i].i = settled ? decides : B(i).i;
    })
}

static void run_select(struct job *job)
{
    EACH_LANE({
        bool first = A(i).i != 0;
        if (job->failed)
            job->failed[i] = flag(&job->a, i) || (first ? flag(&job->b, i) : flag(&job->c, i));
        job->out[i] = first ? B(i) : C(i);
    })
}

static void run_int_division(struct job *job)
{
    bool remainder = job->node->binary == OP_MOD;
    EACH_LANE({
        int64_t a = A(i).i, b = B(i).i, x = 0;
        bool failed = b == 0;
        if (!failed && remainder)
            x = int_mod(a, b);
        else if (!failed)
            failed = !int_floordiv(a, b, &x);
        job->out[i].i = x;
        fail_if(job, i, failed);
    })
}

static void run_square(struct job *job)
{
    EACH_LANE(fail_if(job, i, __builtin_mul_overflow(A(i).i, A(i).i, &job->out[i].i));)
}

static void run_int_power(struct job *job)
{
    if (job->b.step == 0 && B(0).i == 2) {
        run_square(job);
        return;
    }
    EACH_LANE({
        int64_t x = 0;
        fail_if(job, i, B(i).i < 0 || !int_pow(A(i).i, B(i).i, &x));
        job->out[i].i = x;
    })
}

/* Sums and products that cannot overflow (code_reach.c has shown it): plain loops. */
static bool run_sure_ints(struct job *job)
{
    const union lane *a = job->a.at, *b = job->b.at;
    const uint32_t a_step = job->a.step, b_step = job->b.step;
    union lane *out = job->out, *end = out + job->n;
    enum binary_op op = job->node->binary;
    if (job->failed || (op != OP_ADD && op != OP_SUB && op != OP_MUL))
        return false;
    if (op == OP_ADD)
        for (; out < end; out++, a += a_step, b += b_step)
            out->i = a->i + b->i;
    else if (op == OP_SUB)
        for (; out < end; out++, a += a_step, b += b_step)
            out->i = a->i - b->i;
    else
        for (; out < end; out++, a += a_step, b += b_step)
            out->i = a->i * b->i;
    return true;
}

static void run_int_arith(struct job *job)
{
    if (run_sure_ints(job))
        return;
    switch (job->node->binary) {
    case OP_ADD:
        EACH_LANE(fail_if(job, i, __builtin_add_overflow(A(i).i, B(i).i, &job->out[i].i));)
        break;
    case OP_SUB:
        EACH_LANE(fail_if(job, i, __builtin_sub_overflow(A(i).i, B(i).i, &job->out[i].i));)
        break;
    case OP_MUL:
        EACH_LANE(fail_if(job, i, __builtin_mul_overflow(A(i).i, B(i).i, &job->out[i].i));)
        break;
    case OP_POW:
        run_int_power(job);
        break;
    default:
        run_int_division(job);
        break;
    }
}

static void check_finite(struct job *job)
{
    if (job->failed)
        EACH_LANE(job->failed[i] = job->failed[i] || !isfinite(job->out[i].r);)
}

static void run_real_arith(struct job *job)
{
    switch (job->node->binary) {
    case OP_ADD:
        EACH_LANE(job->out[i].r = A(i).r + B(i).r;)
        break;
    case OP_SUB:
        EACH_LANE(job->out[i].r = A(i).r - B(i).r;)
        break;
    case OP_MUL:
        EACH_LANE(job->out[i].r = A(i).r * B(i).r;)
        break;
    case OP_DIV:
        EACH_LANE(job->out[i].r = A(i).r / B(i).r;)
        break;
    case OP_FLOORDIV:
        EACH_LANE(job->out[i].r = real_floordiv(A(i).r, B(i).r);)
        break;
    case OP_MOD:
        EACH_LANE(job->out[i].r = real_mod(A(i).r, B(i).r);)
        break;
    default:
        EACH_LANE(job->out[i].r = power_real(A(i).r, B(i).r);)
        break;
    }
    check_finite(job);
}

#define COMPARE(member)                                                                            \
    switch (job->node->binary) {                                                                   \
    case OP_EQ:                                                                                    \
        EACH_LANE(job->out[i].i = A(i).member == B(i).member;)                                     \
        break;                                                                                     \
    case OP_NE:                                                                                    \
        EACH_LANE(job->out[i].i = A(i).member != B(i).member;)                                     \
        break;                                                                                     \
    case OP_LT:                                                                                    \
        EACH_LANE(job->out[i].i = A(i).member < B(i).member;)                                      \
        break;                                                                                     \
    case OP_GT:                                                                                    \
        EACH_LANE(job->out[i].i = A(i).member > B(i).member;)                                      \
        break;                                                                                     \
    case OP_LE:                                                                                    \
        EACH_LANE(job->out[i].i = A(i).member <= B(i).member;)                                     \
        break;                                                                                     \
    default:                                                                                       \
        EACH_LANE(job->out[i].i = A(i).member >= B(i).member;)                                     \
        break;                                                                                     \
    }

static void run_compare_int(struct job *job)
{
    COMPARE(i)
}

static void run_compare_real(struct job *job)
{
    COMPARE(r)
}

static void run_in(struct job *job, bool real)
{
    if (real)
        EACH_LANE(job->out[i].i = A(i).r >= B(i).r && A(i).r <= C(i).r;)
    else
        EACH_LANE(job->out[i].i = A(i).i >= B(i).i && A(i).i <= C(i).i;)
}

static void run_int_math(struct job *job)
{
    enum math_fn fn = job->node->math;
    EACH_LANE({
        int64_t a = A(i).i;
        if (fn == MATH_MIN)
            job->out[i].i = B(i).i < a ? B(i).i : a;
        else if (fn == MATH_MAX)
            job->out[i].i = B(i).i > a ? B(i).i : a;
        else if (fn == MATH_ABS && a < 0)
            fail_if(job, i, __builtin_sub_overflow(0, a, &job->out[i].i));
        else
            job->out[i].i = a;
    })
}

/* floor, ceil, round of a real to an int. */
static void run_whole(struct job *job)
{
    EACH_LANE({
        double x = math_real(job->node->math, A(i).r, 0);
        bool fits = x >= -9223372036854775808.0 && x < 9223372036854775808.0;
        job->out[i].i = fits ? (int64_t)x : 0;
        fail_if(job, i, !fits);
    })
}

static void run_math(struct job *job, bool real)
{
    bool two = job->node->b != NODE_NONE;
    if (!real) {
        run_int_math(job);
    } else if (job->node->kind == VALUE_INT) {
        run_whole(job);
    } else {
        EACH_LANE(job->out[i].r = math_real(job->node->math, A(i).r, two ? B(i).r : A(i).r);)
        check_finite(job);
    }
}

/* The place of a kernel (NODE_KERNEL) lies outside as a matter of course: there it is 0. */
static void run_cell(struct job *job)
{
    const struct matrix *matrix = job->node->matrix;
    const union lane outside = {0};
    bool kernel = job->node->op == NODE_KERNEL;
    EACH_LANE({
        int64_t row = A(i).i, col = B(i).i;
        bool inside = row >= 0 && row < matrix->rows && col >= 0 && col < matrix->cols;
        uint64_t at = inside ? (uint64_t)row * matrix->cols + (uint64_t)col : 0;
        if (matrix->kind == VALUE_REAL)
            job->out[i].r = matrix->real[at];
        else
            job->out[i].i = matrix->kind == VALUE_INT ? matrix->integer[at] : matrix->boolean[at];
        if (kernel && !inside)
            job->out[i] = outside;
        fail_if(job, i, !inside && !kernel);
    })
}

static void run_dist(struct job *job)
{
    int64_t cols = job->node->torus_cols, rows = job->node->torus_rows;
    EACH_LANE(job->out[i].r = dist_of(A(i).i, B(i).i, cols, rows);)
}

/* Positions of lane i on both axes. */
static uint32_t lane_pre(const struct run *run, uint32_t i)
{
    return run->axis == AXIS_PRE ? run->at[i] : run->fixed;
}

static uint32_t lane_post(const struct run *run, uint32_t i)
{
    return run->axis == AXIS_POST ? run->at[i] : run->fixed;
}

static void run_random(struct job *job)
{
    const uint64_t *die = job->node->die;
    EACH_LANE({
        double p = A(i).r;
        uint64_t bits = rng_mix(die[lane_pre(job->run, i)] ^ lane_post(job->run, i));
        job->out[i].i = rng_unit(bits) < p;
        fail_if(job, i, !(p >= 0 && p <= 1));
    })
}

uint64_t pair_rows_from(const struct pair_rows *rows, uint32_t row, uint32_t pre)
{
    uint64_t lo = rows->row[row], hi = rows->row[row + 1];
    while (lo < hi) {
        uint64_t mid = lo + (hi - lo) / 2;
        if (rows->pre[mid] < pre)
            lo = mid + 1;
        else
            hi = mid;
    }
    return lo;
}

bool pair_rows_has(const struct pair_rows *rows, uint32_t pre, uint32_t post)
{
    uint64_t at = pair_rows_from(rows, post, pre);
    return at < rows->row[post + 1] && rows->pre[at] == pre;
}

static void run_draw(struct job *job)
{
    const struct draw *draw = job->node->draw;
    enum draw_kind kind = job->node->draw_kind;
    EACH_LANE({
        uint32_t pre = lane_pre(job->run, i), post = lane_post(job->run, i);
        uint32_t who = kind == DRAW_FAN_IN ? post : kind == DRAW_FAN_OUT ? pre : 0;
        job->out[i].i = pair_rows_has(&draw->rows, pre, post);
        job->failed[i] = draw->state[who].fault != DRAW_OK;
    })
}

static void run_pairs(struct job *job)
{
    EACH_LANE(job->out[i].i =
                  pair_rows_has(job->node->rows, lane_pre(job->run, i), lane_post(job->run, i));)
}

static void run_tree(struct job *job)
{
    struct eval *eval = job->code->eval;
    const struct node *node = job->node;
    eval->speculative++;
    EACH_LANE({
        struct pair pair = {.pre_view = job->code->view[AXIS_PRE],
                            .post_view = job->code->view[AXIS_POST],
                            .pre = lane_pre(job->run, i),
                            .post = lane_post(job->run, i)};
        struct value value;
        eval_set_pair(eval, &pair);
        evaluate(eval, node->scope, node->expr, &value);
        bool same = value.kind == node->kind && !value.unknown
                    && (value.kind != VALUE_REAL || dimension_equal(value.dim, node->dim));
        job->failed[i] = !same;
        if (value.kind == VALUE_REAL)
            job->out[i].r = same ? value.real : 0;
        else
            job->out[i].i = !same ? 0 : value.kind == VALUE_INT ? value.integer : value.boolean;
    })
    eval->speculative--;
    eval_set_pair(eval, NULL);
}

static void run_constant(struct job *job)
{
    const struct value *value = &job->node->value;
    switch (value->kind) {
    case VALUE_INT:
        job->out->i = value->integer;
        break;
    case VALUE_REAL:
        job->out->r = value->real;
        break;
    case VALUE_BOOL:
        job->out->i = value->boolean;
        break;
    case VALUE_SLOTS:
        job->out->i = value->slots.mask;
        break;
    default:
        job->out->i = 0;
        break;
    }
}

static void run_operator(struct job *job, bool real)
{
    switch (job->node->op) {
    case NODE_WIDEN:
        EACH_LANE(job->out[i].r = (double)A(i).i;)
        break;
    case NODE_NEG:
        run_negate(job);
        break;
    case NODE_NOT:
        EACH_LANE(job->out[i].i = !A(i).i;)
        break;
    case NODE_AND:
    case NODE_OR:
        run_logic(job);
        break;
    case NODE_ARITH:
        if (real)
            run_real_arith(job);
        else
            run_int_arith(job);
        break;
    case NODE_COMPARE:
        if (real)
            run_compare_real(job);
        else
            run_compare_int(job);
        break;
    case NODE_IN:
        run_in(job, real);
        break;
    default:
        run_select(job);
        break;
    }
}

static void run_node(struct job *job)
{
    bool real = job->node->a != NODE_NONE && job->code->nodes.at[job->node->a].kind == VALUE_REAL;
    join_flags(job);
    switch (job->node->op) {
    case NODE_CONST:
        run_constant(job);
        break;
    case NODE_FAIL:
        job->failed[0] = 1;
        break;
    case NODE_COORD:
        run_coord(job);
        break;
    case NODE_MATH:
        run_math(job, real);
        break;
    case NODE_CELL:
    case NODE_KERNEL:
        run_cell(job);
        break;
    case NODE_DIST:
        run_dist(job);
        break;
    case NODE_RANDOM:
        run_random(job);
        break;
    case NODE_DRAW:
        run_draw(job);
        break;
    case NODE_PAIRS:
        run_pairs(job);
        break;
    case NODE_TREE:
        run_tree(job);
        break;
    default:
        run_operator(job, real);
        break;
    }
}

/* Draws have read their operands already. */
static struct operand operand_of(struct code *code, const struct node *node, uint32_t operand,
                                 const struct run *run)
{
    if (operand == NODE_NONE || node->op == NODE_DRAW)
        return (struct operand){NULL, NULL, 0};
    return code_operand(code, operand, run);
}

static void compute(struct code *code, uint32_t node, const struct run *run, union lane *out,
                    uint8_t *failed)
{
    const struct node *n = &code->nodes.at[node];
    struct job job = {.code = code,
                      .node = n,
                      .run = run,
                      .out = out,
                      .failed = failed,
                      .n = n->pre || n->post ? run->n : 1};
    job.a = operand_of(code, n, n->a, run);
    job.b = operand_of(code, n, n->b, run);
    job.c = operand_of(code, n, n->c, run);
    run_node(&job);
}

/* --- plans --- */

static void mark(const struct code *code, bool *wanted, uint32_t node)
{
    if (node != NODE_NONE && code->nodes.at[node].pre && code->nodes.at[node].post)
        wanted[node] = true;
}

void code_plan(struct code *code, const uint32_t *roots, uint32_t n_roots, struct plan *plan)
{
    struct arena *arena = code->arena;
    bool *wanted = ARENA_ARRAY(arena, bool, code->nodes.n);
    uint32_t n = 0;
    for (uint32_t i = 0; i < n_roots; i++)
        mark(code, wanted, roots[i]);
    for (uint32_t i = code->nodes.n; i-- > 0;) {
        const struct node *node = &code->nodes.at[i];
        if (!wanted[i])
            continue;
        n++;
        if (node->op == NODE_DRAW)
            continue;
        mark(code, wanted, node->a);
        mark(code, wanted, node->b);
        mark(code, wanted, node->c);
    }
    uint32_t *at = ARENA_ARRAY(arena, uint32_t, n);
    for (uint32_t i = 0, k = 0; i < code->nodes.n; i++)
        if (wanted[i])
            at[k++] = i;
    *plan = (struct plan){at, n};
}

uint64_t code_cost(const struct code *code, const struct plan *plan)
{
    uint64_t cost = 1 + plan->n / CODE_CHEAP_NODES;
    for (uint32_t i = 0; i < plan->n; i++)
        cost += code->nodes.at[plan->at[i]].op == NODE_TREE;
    return cost;
}

void code_run(struct code *code, const struct plan *plan, const struct run *run)
{
    for (uint32_t i = 0; i < plan->n; i++) {
        struct lanes *buffer = buffer_of(code, plan->at[i]);
        compute(code, plan->at[i], run, buffer->at, buffer->failed);
    }
}

/* --- tables --- */

static bool fill_table(struct code *code, uint32_t node)
{
    const struct node *n = &code->nodes.at[node];
    struct arena *arena = code->arena;
    enum axis axis = table_axis(n);
    uint32_t size = n->pre || n->post ? code->view[axis]->size : 1;
    uint32_t at[CODE_LANES];
    code->table_bytes += (uint64_t)size * (sizeof(union lane) + n->fails);
    if (code->table_bytes > CODE_MAX_TABLE_BYTES)
        return eval_limit(code->eval, n->expr->span, "bytes of tables in one projection",
                          CODE_MAX_TABLE_BYTES, NULL);
    code->steps += size;
    struct lanes *table = &code->tables[node];
    table->at = ARENA_ARRAY(arena, union lane, size);
    table->failed = n->fails ? ARENA_ARRAY(arena, uint8_t, size) : NULL;
    for (uint32_t first = 0; first < size; first += CODE_LANES) {
        struct run run = {.axis = axis, .at = at, .consecutive = true};
        for (run.n = 0; run.n < CODE_LANES && first + run.n < size; run.n++)
            at[run.n] = first + run.n;
        compute(code, node, &run, table->at + first, table->failed ? table->failed + first : NULL);
    }
    return true;
}

/* The part of a die's bits that depends on pre alone. */
static const uint64_t *die_table(struct code *code, uint64_t key)
{
    uint32_t n = code->view[AXIS_PRE]->size;
    uint64_t *die = ARENA_ARRAY(code->arena, uint64_t, n);
    for (uint32_t pre = 0; pre < n; pre++)
        die[pre] = rng_mix(key ^ pre);
    return die;
}

bool code_prepare(struct code *code)
{
    struct arena *arena = code->arena;
    code->tables = ARENA_ARRAY(arena, struct lanes, code->nodes.n);
    code->buffers = ARENA_ARRAY(arena, struct lanes, code->nodes.n);
    for (uint32_t i = 0; i < code->nodes.n; i++) {
        struct node *node = &code->nodes.at[i];
        if (node->op == NODE_RANDOM || node->op == NODE_DRAW)
            node->die = die_table(code, node->key);
        bool done = node->op == NODE_DRAW     ? code_draw(code, i)
                    : node->pre && node->post ? true
                                              : fill_table(code, i);
        if (!done)
            return false;
    }
    return true;
}
