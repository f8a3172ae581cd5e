/* What the files of the evaluator share among themselves and with the expansion of projections.
 * Other parts use eval.h. */
#ifndef DYNC_EVAL_PARTS_H
#define DYNC_EVAL_PARTS_H

#include "compiler/eval.h"

/* Limits that are not the user's to set. */
enum {
    EVAL_MAX_DEPTH = 1000,       /* expressions within expressions, calls inlined */
    EVAL_MAX_INSTANCE_DEPTH = 32 /* nets within nets; limits.instance_depth is at most this */
};

struct loaded_vec;
struct reported; /* findings by code and place: eval_message.c */
struct eval_private {
    struct reported *reported; /* open hash table */
    uint32_t n_reported, reported_cap;
    struct diag *unread;   /* takes the notes of repeated findings */
    uint32_t n_repeated;   /* errors */
    uint32_t n_symbols;    /* ids given */
    uint64_t turns, calls; /* spent of limits.loop_turns, limits.calls ... */
    uint64_t statements, instances, named_units, pairs;
    uint32_t depth;            /* of evaluate() */
    uint32_t serial;           /* changes with every pair: validates memos of aliases */
    bool compiling;            /* calls are inlined into code for pairs */
    bool stopped;              /* a limit was passed: evaluate nothing more */
    struct scope *free_scopes; /* released scopes, for reuse */
    struct symbol *free_symbols;
    struct loaded_vec *loaded; /* data files already turned into numbers: load.c */
    uint8_t *named_slots;      /* per bias set: slots that a weight names */
    uint32_t named_slots_cap;
};

/* eval.c ----------------------------------------------------------------------------------------*/

void eval_init(struct eval *eval, struct arena *arena, struct source_set *sources,
               struct diag_sink *sink, const struct device *device, struct elaboration *out);

/* The value of any expression; *out is poison after an error. */
void evaluate(struct eval *eval, struct scope *scope, const struct expr *expr, struct value *out);
/* The value of what a name or path stands for. */
void evaluate_symbol(struct eval *eval, const struct expr *expr, const struct symbol *symbol,
                     struct value *out);
/* Sets the pair under which expressions are read (NULL: none) and forgets memos. */
void eval_set_pair(struct eval *eval, const struct pair *pair);

/* eval_message.c --------------------------------------------------------------------------------*/

/* A fault of values rather than types (overflow, division by zero, index): reports it with the pair
 * in question, or stays silent while speculating. */
void eval_value_error(struct eval *eval, enum diag_code code, struct span span, const char *format,
                      ...) __attribute__((format(printf, 4, 5)));
/* No finding of this code will be given at this place: another says why. */
void eval_hush(struct eval *eval, enum diag_code code, struct span span);
/* E0214 "mask must be a bool, got a number", with `!= 0` as fix for numbers. */
void eval_mask_type(struct eval *eval, const struct expr *mask, const struct value *got);
/* E0201 like eval_unknown_name(), for a name whose declaration stands further down. */
void eval_late_name(struct eval *eval, const struct scope *scope, const char *name,
                    struct span span, struct span declared);
/* E0201 for the callee of a call, for the type of a formal or param. */
void eval_unknown_function(struct eval *eval, struct scope *scope, const struct expr *name);
void eval_unknown_type(struct eval *eval, const char *type, struct span span);
/* E0225: `what` has passed the limit; nothing more is evaluated. Always false. */
bool eval_limit(struct eval *eval, struct span span, const char *what, uint64_t limit,
                const char *option);
/* Adds to the turns spent; false (E0225) beyond the limit. */
bool eval_spend_turns(struct eval *eval, struct span span, uint64_t turns);
/* Counts a statement, or a step of a test; false (E0225) beyond the limit. */
bool eval_spend_statement(struct eval *eval, struct span span);
/* The same for a call of an fn. */
bool eval_spend_call(struct eval *eval, struct span span);
/* Counts units that a statement names one by one (neurons, input units, settings of chips, times of
 * spikes): what naming them costs; false (E0225) beyond the limit. */
bool eval_spend_units(struct eval *eval, struct span span, unsigned __int128 n);
/* Adds to the pairs for which masks are evaluated; false (E0225) beyond the limit. */
bool eval_charge_pairs(struct eval *eval, struct span span, unsigned __int128 n);
/* The text of an expression as written, cut to a line's width. */
const char *eval_source_text(struct eval *eval, struct span span);

/* eval_ops.c ------------------------------------------------------------------------------------*/

/* out = a op b and friends: types first, then, if both are known, numbers. `expr` gives spans. */
void op_binary(struct eval *eval, const struct expr *expr, const struct value *a,
               const struct value *b, struct value *out);
void op_negate(struct eval *eval, const struct expr *expr, const struct value *a,
               struct value *out);
void op_not(struct eval *eval, const struct expr *expr, const struct value *a, struct value *out);
/* a in b .. c; `expr` is the EXPR_IN. */
void op_in(struct eval *eval, const struct expr *expr, const struct value *a, const struct value *b,
           const struct value *c, struct value *out);
/* Applies the unit inference of intervals: a bare number `lo` takes the unit of the literal `hi`.
 */
void op_interval_unit(const struct expr *lo_expr, const struct expr *hi_expr, struct value *lo);
/* Both are of one type after int -> real widening; else E0203 / E0204 at `expr`. */
bool op_unify(struct eval *eval, struct span span, const char *what, const struct expr *a_expr,
              struct value *a, const struct expr *b_expr, struct value *b);
/* Real from a computation: NaN and infinity are E0209. */
void op_real_result(struct eval *eval, struct span span, double x, struct dimension dim,
                    struct value *out);
double real_mod(double a, double b);      /* sign of the divisor; b != 0 */
double real_floordiv(double a, double b); /* b != 0 */
double power_real(double a, double b);
bool int_floordiv(int64_t a, int64_t b, int64_t *out);      /* false: overflow; b != 0 */
int64_t int_mod(int64_t a, int64_t b);                      /* b != 0 */
bool int_pow(int64_t base, int64_t exponent, int64_t *out); /* exponent >= 0; false: overflow */

/* eval_math.c -----------------------------------------------------------------------------------*/

enum math_fn {
    MATH_ABS,
    MATH_FLOOR,
    MATH_CEIL,
    MATH_ROUND,
    MATH_SQRT,
    MATH_EXP,
    MATH_LOG,
    MATH_HYPOT,
    MATH_GAUSS,
    MATH_MIN,
    MATH_MAX,
    N_MATH_FNS
};
struct math_info {
    const char *name;
    uint8_t least, most; /* arguments */
};
const struct math_info *math_info(enum math_fn fn);
/* On scalars: MIN and MAX of two. `at[i]` is where argument i stands. */
void op_math(struct eval *eval, enum math_fn fn, struct span span, const struct span *at,
             const struct value *args, uint32_t n, struct value *out);
/* The number behind op_math for reals: no checks. */
double math_real(enum math_fn fn, double a, double b);

/* eval_call.c -----------------------------------------------------------------------------------*/

enum builtin {
    BUILTIN_MATH, /* + enum math_fn */
    BUILTIN_SELECT = BUILTIN_MATH + N_MATH_FNS,
    BUILTIN_LEN,
    BUILTIN_ROWS,
    BUILTIN_COLS,
    BUILTIN_SUM,
    BUILTIN_LOAD,
    BUILTIN_DAC,
    BUILTIN_DIST, /* from here to PAIRS: synaptic */
    BUILTIN_RANDOM,
    BUILTIN_FAN_IN,
    BUILTIN_FAN_OUT,
    BUILTIN_FIXED_TOTAL,
    BUILTIN_PAIRS,
    BUILTIN_CONV,
    BUILTIN_AMPA, /* synapses */
    BUILTIN_GABA,
    BUILTIN_NMDA,
    BUILTIN_SHUNT,
    BUILTIN_POISSON, /* stimuli */
    BUILTIN_REGULAR,
    BUILTIN_SPIKES,
    BUILTIN_DVS,
    BUILTIN_BIOAMP,
    N_BUILTINS
};
/* The builtin function of this name, or N_BUILTINS. */
enum builtin builtin_find(const char *name);
const char *builtin_name(enum builtin builtin);
/* The builtin that a call names, unless a visible name hides it; N_BUILTINS for others. */
enum builtin call_builtin(const struct scope *scope, const struct expr *call);

void evaluate_call(struct eval *eval, struct scope *scope, const struct expr *expr,
                   struct value *out);
/* The scope of the body of `fn` called with these arguments; NULL after errors. Synaptic arguments
 * become aliases. Release it with scope_release(). */
struct scope *call_scope(struct eval *eval, struct scope *scope, const struct symbol *fn,
                         const struct expr *call);
/* dist(pre, post[, torus]): checks, and the distance for differences dx, dy; cols, rows 0: no
 * torus. */
bool dist_args(struct eval *eval, const struct expr *call, bool *torus);
bool dist_shapes(struct eval *eval, const struct expr *call, const struct view *pre,
                 const struct view *post);
double dist_of(int64_t dx, int64_t dy, int64_t cols, int64_t rows);

/* eval_conv.c -----------------------------------------------------------------------------------*/

struct conv {
    const struct matrix *kernel;
    int64_t stride[2], centre[2]; /* rows, columns */
};
/* The arguments of conv(K, stride, pad) over two views: E0203, E0205, E0603. */
bool conv_args(struct eval *eval, struct scope *scope, const struct expr *call,
               const struct view *pre, const struct view *post, struct conv *out);
void call_conv(struct eval *eval, struct scope *scope, const struct expr *call, struct value *out);

/* eval_args.c -----------------------------------------------------------------------------------*/

/* Binds the arguments of a call or use to formals in `inner`. */
bool bind_formals(struct eval *eval, struct scope *scope, const char *callee, struct span call,
                  const struct formal_vec *formals, const struct arg_vec *args,
                  struct scope *inner);
/* Checks and widens a value to a declared type ("int", "time", ...); E0203, unknown types E0201. */
bool conform(struct eval *eval, const char *type, struct span type_span, struct span span,
             const char *subject, struct value *value);
/* The same without a message: widens the value if it fits. */
bool type_accepts(const char *type, struct value *value);
/* "an int", "a time"; NULL for unknown types. */
const char *type_expected(const char *type);
/* The type that a value's own kind implies; NULL if it has no name. */
const char *type_of_value(const struct value *value);

/* eval_index.c ----------------------------------------------------------------------------------*/

void evaluate_index(struct eval *eval, struct scope *scope, const struct expr *expr,
                    struct value *out);
/* An index or a range of 0 .. size - 1 of `base`, which has one dimension. E0203, E0210. */
bool eval_subscript(struct eval *eval, struct scope *scope, const struct sub *sub, uint32_t size,
                    const struct expr *base, struct index_range *out);
void evaluate_list(struct eval *eval, struct scope *scope, const struct expr *expr,
                   struct value *out);
void evaluate_comprehension(struct eval *eval, struct scope *scope, const struct expr *expr,
                            struct value *out);
void matrix_cell(const struct matrix *matrix, uint64_t index, struct value *out);

/* eval_dot.c ------------------------------------------------------------------------------------*/

void evaluate_dot(struct eval *eval, struct scope *scope, const struct expr *expr,
                  struct value *out);
/* What a path into an imported file names (scope_find_import() gave `import`); E0201. */
const struct symbol *import_member(struct eval *eval, const struct expr *expr,
                                   const struct symbol *import);
/* Members of pre and post. */
enum coordinate {
    COORD_INDEX,
    COORD_X,
    COORD_Y,
    COORD_Z,
    COORD_U,
    COORD_V,
    COORD_P,
    COORD_PX,
    COORD_PY,
    COORD_PZ,
    N_COORDINATES
};
bool coordinate_find(const char *name, enum coordinate *out);
bool coordinate_is_real(enum coordinate coordinate);
/* The coordinate of unit `position` of a view; `real` for U and V, else `integer`. */
void coordinate_of(const struct net *net, const struct view *view, enum coordinate coordinate,
                   uint32_t position, int64_t *integer, double *real);

/* eval_stimulus.c -------------------------------------------------------------------------------*/

void call_stimulus(struct eval *eval, struct scope *scope, const struct expr *call,
                   enum builtin builtin, struct value *out);

#endif
