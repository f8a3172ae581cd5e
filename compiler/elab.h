/* The parts of elaborate() that have files of their own, and what they share.
 *
 * Statements are walked in text order. A part declares its names with scope_declare(), puts its
 * results into eval->net or eval->out and reports through eval_report().
 */
#ifndef DYNC_ELAB_H
#define DYNC_ELAB_H

#include "compiler/eval.h"

/* `bias NAME : BASE { ... }` (elab_bias.c). Evaluates the base with eval_bias_set() and the
 * attributes with eval_const() or the typed helpers, appends to net->bias_sets (name =
 * scope_prefix(scope) + item->name) and declares a SYMBOL_BIAS whose value is value_bias(index), or
 * value_poison() where the set failed. Requests of slots that are neither given nor inherited are
 * REQUEST_SOLVED; elaborate turns those that a projection names into the device's default slot
 * currents. E0202, E0203, E0207, E0307; dac() codes are checked by the evaluator (E0503). */
void elab_bias_item(struct eval *eval, struct scope *scope, const struct item *item);

/* Changes one attribute of set `number` as if its block had stated it so, for it and for every set
 * that has it from there. Biases, weight slots and delays only. `sets` are the net's, or a copy of
 * them. The messages are those of a block, at the spans of `attr`; false: reported, and the sets
 * are unusable. */
bool bias_restate(struct eval *eval, struct bias_set_vec *sets, uint32_t number,
                  const struct attr *attr);

/* What the codes of a set give for an attribute that bias_restate() took: a time for `dim` time,
 * the ratio of a gain for a plain number, else amperes; NaN for delays, which no single code gives.
 */
double bias_realised(const struct device *device, const struct bias_set *set, const char *attribute,
                     struct dimension dim, const struct bias_code *code);

/* `test "title" (args) { steps }` (elab_test.c). Appends to eval->out->tests. Steps are checked
 * completely here: `expect` expressions are read once with eval->measures set to a hook that gives
 * unknown values, and kept as (expr, scope): testrun.h reads them again with the measured spikes.
 * eval->in_test is set by the caller. */
void elab_test_item(struct eval *eval, struct scope *scope, const struct item *item);

#endif
