/* Synaptic expressions as code: compiled once per projection, run over many pairs.
 *
 * The terms of a projection become one graph of typed nodes, operands before their users; a `let`
 * is one node however often it is mentioned. Constants are folded by the evaluator. Types and
 * dimensions are checked while the graph is built; what remains for the pairs are numbers. A node
 * depends on nothing, on pre, on post, or on both:
 *
 *   pre or post alone   computed once for all positions, into a table
 *   both                computed for up to CODE_LANES pairs at a time, into a buffer
 *
 * Lanes run along one axis (the sources of one target, or the targets of one source). Nodes are
 * computed for every lane without branching; what may fail (division, overflow, index) carries a
 * flag per lane. `and`, `or` and `select` pass on only the flags of what they needed, so an
 * error counts exactly where evaluation from left to right would have met it.
 */
#ifndef DYNC_CODE_H
#define DYNC_CODE_H

#include "compiler/eval_parts.h"

enum { CODE_LANES = 512, CODE_MAX_NODES = 1 << 14, CODE_CHEAP_NODES = 50 };
enum { CODE_STEPS_PER_PAIR = 8 }; /* steps of preparation that count like a pair */
enum { CODE_MAX_TABLE_BYTES = 1 << 30 };
/* Most pairs of a projection that rolls dice, per chip; at least as many as on four. */
enum { CODE_DICE_PAIRS = 1 << 22, CODE_DICE_CHIPS = 4 };

enum node_op {
    NODE_CONST,
    NODE_COORD, /* a coordinate of pre or post */
    NODE_WIDEN, /* int to real */
    NODE_NEG,
    NODE_NOT,
    NODE_AND,
    NODE_OR,
    NODE_ARITH, /* binary_op on two ints or two reals */
    NODE_COMPARE,
    NODE_IN,     /* a in b .. c */
    NODE_SELECT, /* a ? b : c */
    NODE_MATH,   /* math_fn */
    NODE_CELL,   /* matrix[a, b] */
    NODE_KERNEL, /* matrix[a, b], 0 outside */
    NODE_DIST,
    NODE_RANDOM, /* die < a */
    NODE_DRAW,   /* fan_in, fan_out, fixed_total: a = count, b = mask or NODE_NONE */
    NODE_PAIRS,  /* pairs(FILE) */
    NODE_TREE,   /* anything else: read by the evaluator, pair by pair */
    NODE_FAIL    /* a constant that has no value: an error wherever it is needed */
};
enum { NODE_NONE = UINT32_MAX };
enum axis { AXIS_PRE, AXIS_POST, N_AXES };
enum draw_kind { DRAW_FAN_IN, DRAW_FAN_OUT, DRAW_FIXED_TOTAL };

union lane {
    int64_t i; /* ints, bools as 0 and 1, slots as a mask */
    double r;
};
struct lanes { /* results of a node, one per lane or position */
    union lane *at;
    uint8_t *failed; /* NULL: never */
};

struct reach { /* what a node can be over some pairs: lo <= value <= hi where it does not fail */
    union lane lo, hi;
    bool fails; /* may fail */
};

struct reach_vec VEC_OF(struct reach);

struct pair_rows {       /* pairs by post */
    const uint64_t *row; /* n_post + 1 */
    const uint32_t *pre; /* ascending in a row */
};

enum draw_fault { DRAW_OK, DRAW_COUNT_FAILED, DRAW_COUNT_NEGATIVE, DRAW_MASK_FAILED, DRAW_TOO_FEW };
struct draw_state { /* of one target (fan_in), one source (fan_out) or all (fixed_total) */
    enum draw_fault fault;
    uint32_t pre, post; /* where the mask failed */
    uint64_t offered;   /* candidates */
    int64_t wanted;
};
struct draw { /* which pairs are drawn */
    struct pair_rows rows;
    struct draw_state *state;
    bool any_fault; /* some state has one */
};

struct node {
    enum node_op op;
    enum value_kind kind; /* of the result: INT, REAL, BOOL, SLOTS (as a mask in an int) */
    struct dimension dim;
    uint32_t a, b, c;
    bool pre, post; /* depends on */
    bool fails;     /* some lane may carry an error flag */
    enum binary_op binary;
    enum math_fn math;
    enum coordinate coordinate;
    enum axis axis; /* COORD: of which side */
    enum draw_kind draw_kind;
    struct value value;             /* CONST */
    const struct matrix *matrix;    /* CELL, KERNEL */
    int64_t torus_cols, torus_rows; /* DIST on a torus; 0: none */
    uint64_t key;                   /* RANDOM, DRAW: site key of the die */
    const uint64_t *die;            /* per pre: the die's bits before post enters */
    struct draw *draw;
    const struct pair_rows *rows;
    const struct expr *expr;
    struct scope *scope; /* TREE, FAIL */
};
struct node_vec VEC_OF(struct node);

struct memo_slot {
    uint32_t symbol; /* id + 1; 0: free */
    uint32_t node;
};

struct code {
    struct eval *eval;
    struct arena *arena; /* of this projection only */
    const struct view *view[N_AXES];
    const char *identity; /* of the dice */
    struct node_vec nodes;
    struct reach_vec whole; /* per node: over all pairs */
    struct memo_slot *memo; /* let and synaptic arguments already compiled, by symbol id */
    uint32_t n_memo, memo_cap;
    uint32_t n_sites; /* dice counted in text order */
    bool rolls;       /* some die depends on the identity */
    bool dice;        /* some die at all */
    struct span first_die;
    struct lanes *tables, *buffers; /* per node, after code_prepare() */
    uint64_t table_bytes;
    uint64_t steps; /* of preparation: positions in tables and lists, nodes bounded */
};

/* code_build.c ----------------------------------------------------------------------------------*/

void code_init(struct code *code, struct eval *eval, const struct view *pre,
               const struct view *post, const char *identity);
void code_release(struct code *code);
/* A node without operands, to be filled and added. */
struct node code_node(enum node_op op, enum value_kind kind, const struct expr *expr);
uint32_t code_add(struct code *code, const struct node *node);
/* The node of an expression; NODE_NONE after errors. */
uint32_t code_expr(struct code *code, struct scope *scope, const struct expr *expr);
/* The node of a synaptic `let` or argument, compiled at its first mention. */
uint32_t code_alias(struct code *code, const struct symbol *symbol);
uint32_t code_const(struct code *code, const struct expr *expr, const struct value *value);
/* The type of a node as a value: known if it is constant. */
struct value code_value(const struct code *code, uint32_t node);
/* The node as a real of its dimension (the literal 0 takes `dim`); NODE_NONE stays NODE_NONE. */
uint32_t code_widen(struct code *code, uint32_t node, struct dimension dim);
uint32_t code_coord(struct code *code, enum axis axis, enum coordinate coordinate,
                    const struct expr *expr);

/* code_call.c -----------------------------------------------------------------------------------*/

uint32_t code_call(struct code *code, struct scope *scope, const struct expr *call);
uint32_t code_index(struct code *code, struct scope *scope, const struct expr *expr);
/* By the evaluator, pair by pair. */
uint32_t code_tree(struct code *code, struct scope *scope, const struct expr *expr);

/* code_reach.c ----------------------------------------------------------------------------------*/

/* A box of one side: a range of every coordinate of the view, by its first and last position. */
struct stretch {
    uint32_t first, last;
};
/* What a node can be over the pairs of two boxes, its operands being `of` there. `table`: the
 * node's own, NULL before there is one. */
struct reach code_reach(const struct code *code, const struct node *node, const struct lanes *table,
                        const struct reach *of, const struct stretch *at);

/* code_run.c ------------------------------------------------------------------------------------*/

/* Computes tables and draws. False: reported. */
bool code_prepare(struct code *code);

/* Nodes to compute per lane for some results, operands first. */
struct plan {
    const uint32_t *at;
    uint32_t n;
};
void code_plan(struct code *code, const uint32_t *roots, uint32_t n_roots, struct plan *plan);

/* What a pair counts towards the limit of pairs: 1, and 1 more for every 50 operations beyond the
 * first few and for every one that the evaluator does. */
uint64_t code_cost(const struct code *code, const struct plan *plan);

struct run { /* lanes at[0 .. n) along `axis`, the other side fixed */
    enum axis axis;
    uint32_t fixed;
    const uint32_t *at;
    uint32_t n;       /* <= CODE_LANES */
    bool consecutive; /* at[i] = at[0] + i */
};
void code_run(struct code *code, const struct plan *plan, const struct run *run);
static inline bool run_is_consecutive(const uint32_t *at, uint32_t n) /* ascending, n >= 1 */
{
    return at[n - 1] - at[0] == n - 1;
}

struct operand { /* how to read a node in lane i: at[i * step], failed[i * failed_step] */
    const union lane *at;
    const uint8_t *failed; /* NULL: never */
    uint32_t step;
};
/* Valid until the next code_run(). Tables of the lanes' axis are gathered into the node's buffer.
 */
struct operand code_operand(struct code *code, uint32_t node, const struct run *run);

/* code_draw.c -----------------------------------------------------------------------------------*/

/* False: a limit, reported. */
bool code_draw(struct code *code, uint32_t node);
/* Place of the first pre >= `pre` of a row; the row's end if there is none. */
uint64_t pair_rows_from(const struct pair_rows *rows, uint32_t row, uint32_t pre);
bool pair_rows_has(const struct pair_rows *rows, uint32_t pre, uint32_t post);

/* code_error.c ----------------------------------------------------------------------------------*/

/* Reports why `node` fails at a pair where its flag is set. */
void code_explain(struct code *code, uint32_t node, uint32_t pre, uint32_t post);

#endif
