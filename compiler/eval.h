/* The evaluator: constant expressions, views, calls and their messages.
 *
 * Conventions. Every eval_*() function that returns bool returns false when the value failed; the
 * message has then been reported (or the cause was poison and nothing more is to be said), so
 * callers just give up on their object and go on with the next. One place gives one message of a
 * code, however often it is evaluated (loop turns, instances). `subject` names what asks, quoted
 * where it is the user's word: "`membrane.tau`", "the mask", "argument `p` of `random`".
 *
 * How the parts fit: elaborate() walks the statements in text order and calls elab_bias_item() and
 * elab_test_item() (elab.h) for the statements that have files of their own.
 */
#ifndef DYNC_EVAL_H
#define DYNC_EVAL_H

#include "backend/device/device.h"
#include "compiler/elaborate.h"
#include "compiler/scope.h"
#include "compiler/value.h"

/* --- state --- */

/* `pre` and `post` while an expression is read for one pair. */
struct pair {
    const struct view *pre_view, *post_view; /* post_view NULL: drives, where only `pre` exists */
    uint32_t pre, post;                      /* positions in the views */
};

/* Measures in `expect`. Called for f(args) where f names a measure. The hook matches and evaluates
 * the arguments itself (eval_match_args, eval_views, eval_enum) and gives a value: unknown while
 * the block is checked, the measured one after the simulation. `false`: the argument errors have
 * been reported, or eval->failure is set to a sentence ("no unit of PC fired"), which fails the
 * expectation. */
struct measures {
    bool (*is_measure)(const char *name);
    bool (*call)(void *context, struct eval *eval, struct scope *scope, const struct expr *call,
                 struct value *out);
    void *context;
    const char *const *names; /* for suggestions */
    uint32_t n_names;
};

struct instance {
    const char *path; /* "w", "hand[2].phalanx[0]" */
    struct scope *scope;
    const struct item *net;
    struct view_vec populations; /* all, nested instances included, in text order */
};
struct instances {
    uint32_t n;
    const struct instance *at;
};

struct eval_private; /* caches, dice sites: eval.c */
struct eval {
    struct arena *arena;
    struct source_set *sources;
    struct diag_sink *sink;
    const struct device *device;
    struct elaborate_limits limits;
    struct elaboration *out; /* results: out->net, out->tests */
    struct net *net;         /* &out->net */
    struct scope *file_scope;

    const struct pair *pair;         /* NULL: `pre` and `post` are E0208 */
    const struct measures *measures; /* NULL: no measures here */
    const char *failure;             /* set by a measure */
    bool dt_given;                   /* the steps of tests are not those of the file */
    bool in_test;                    /* data files are not listed in the image */
    uint32_t call_depth, speculative;
    struct eval_private *private;
};

/* --- messages --- */

/* Like diag_add, but one finding per (code, span). Never NULL. */
struct diag *eval_report(struct eval *eval, enum diag_code code, struct span span,
                         const char *format, ...) __attribute__((format(printf, 4, 5)));
/* E0203 "SUBJECT takes EXPECTED, got a voltage"; silent for poison. Always false. */
bool eval_wrong_type(struct eval *eval, struct span span, const char *subject, const char *expected,
                     const struct value *got);
/* E0201 with the nearest visible name and its declaration. */
void eval_unknown_name(struct eval *eval, const struct scope *scope, const char *name,
                       struct span span);

/* --- expressions --- */

/* Any expression. Constant unless eval->pair is set; false if *out is poison. */
bool eval_const(struct eval *eval, struct scope *scope, const struct expr *expr, struct value *out);

/* Whether the expression mentions `pre` or `post`, directly or through names, or rolls dice. */
bool eval_is_synaptic(struct eval *eval, struct scope *scope, const struct expr *expr);

/* Typed: E0203 (E0204 for a wrong dimension is not used here) names subject and expected kind. */
bool eval_int(struct eval *eval, struct scope *scope, const struct expr *expr, const char *subject,
              int64_t *out);
/* lo <= value <= hi, else E0205 "SUBJECT is 7, allowed are 1 to 4". */
bool eval_int_in(struct eval *eval, struct scope *scope, const struct expr *expr,
                 const char *subject, int64_t lo, int64_t hi, int64_t *out);
bool eval_real(struct eval *eval, struct scope *scope, const struct expr *expr, const char *subject,
               double *out); /* plain number, ints widen */
bool eval_real_in(struct eval *eval, struct scope *scope, const struct expr *expr,
                  const char *subject, double lo, double hi, double *out);
bool eval_bool(struct eval *eval, struct scope *scope, const struct expr *expr, const char *subject,
               bool *out);
bool eval_string(struct eval *eval, struct scope *scope, const struct expr *expr,
                 const char *subject, const char **out);
/* In seconds, amperes, Hz; the _ps and _za forms round once to the net's integers (E0206 if too
 * large). The sign is the caller's affair. */
bool eval_time(struct eval *eval, struct scope *scope, const struct expr *expr, const char *subject,
               double *seconds);
bool eval_time_ps(struct eval *eval, struct scope *scope, const struct expr *expr,
                  const char *subject, int64_t *ps);
bool eval_current(struct eval *eval, struct scope *scope, const struct expr *expr,
                  const char *subject, double *amperes);
bool eval_current_za(struct eval *eval, struct scope *scope, const struct expr *expr,
                     const char *subject, int64_t *za);
bool eval_frequency(struct eval *eval, struct scope *scope, const struct expr *expr,
                    const char *subject, double *hz);
bool eval_bias_set(struct eval *eval, struct scope *scope, const struct expr *expr,
                   const char *subject, uint32_t *bias_set);

/* lo .. hi of two expressions; a bare number on the left takes the right bound's unit. For `during`
 * use eval_window: times >= 0, E0205 if the end is before the start. Both NULL: 0 .. INT64_MAX. */
bool eval_window(struct eval *eval, struct scope *scope, const struct expr *lo,
                 const struct expr *hi, int64_t *from_ps, int64_t *to_ps);

/* Index range of a `for`: absent lo is 0, absent hi an error, step >= 1. E0210, E0203. The turns
 * are counted against limits.loop_turns (E0225) before the first. */
struct index_range {
    int64_t lo, hi, step;
    uint64_t n;
};
bool eval_for_range(struct eval *eval, struct scope *scope, const struct range *range,
                    struct index_range *out);
/* A new block scope with the loop variable of `item` (ITEM_FOR) set to `index`. */
struct scope *eval_for_turn(struct eval *eval, struct scope *scope, const struct item *item,
                            int64_t index);

/* --- views --- */

/* One view: `e`, `w.e`, `c[1].e`, `map[o, 2:5]`, a formal bound to a view. */
bool eval_view(struct eval *eval, struct scope *scope, const struct expr *expr, const char *subject,
               struct view *out);
/* One or several: a net instance stands for all its populations. Appends to *out. */
bool eval_views(struct eval *eval, struct scope *scope, const struct expr *expr,
                const char *subject, struct view_vec *out);
/* The same for a statement that does something with each unit `times` times; E0225 beyond the limit
 * of named units. */
bool eval_named_views(struct eval *eval, struct scope *scope, const struct expr *expr,
                      const char *subject, uint32_t times, struct view_vec *out);

/* --- calls --- */

struct arg_spec {
    const char *name;
    bool required;
};
/* Binds arguments by position, then by name: matched[i] is the argument for specs[i] or NULL. The
 * first n_positional specs may be given by position. E0205: too many, unknown name (with the
 * nearest), given twice, missing. All faults are reported; false if any. */
bool eval_match_args(struct eval *eval, const char *callee, struct span call,
                     const struct arg_vec *args, const struct arg_spec *specs, uint32_t n_specs,
                     uint32_t n_positional, const struct arg **matched);

/* An enumerator argument: one of `words` (`on` and `off` count as words). They are looked up only
 * here and hide nothing elsewhere. E0203 lists the words, with the nearest as fix. */
bool eval_enum(struct eval *eval, const struct expr *expr, const char *subject,
               const char *const *words, uint32_t n_words, uint32_t *which);
/* Whether expr is just a name among words: for arguments that take a value or an enumerator. */
bool expr_is_word(const struct expr *expr, const char *const *words, uint32_t n_words,
                  uint32_t *which);

/* --- stimuli --- */

/* The right side of a `drive`: poisson(RATE), regular(RATE), spikes([TIMES]), load(FILE), evaluated
 * once, or per unit of the view where it mentions `pre`. *of has view->size members. */
bool eval_stimulus(struct eval *eval, struct scope *scope, const struct expr *expr,
                   const struct view *view, struct stimulus **of);

/* --- latches --- */

/* Attributes of `population` and `set`: which latches they name and to what they set them. E0202,
 * E0203, E0207. */
bool eval_latches(struct eval *eval, struct scope *scope, const struct attr_vec *attrs,
                  uint16_t *mask, uint16_t *value);

#endif
