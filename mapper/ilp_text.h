/* Models as text in the LP format of CPLEX, which other solvers read. */
#ifndef DYNC_ILP_TEXT_H
#define DYNC_ILP_TEXT_H

#include "mapper/ilp.h"

/* Column j is x<j>, row i is r<i>, both from 0. Comments at the head name the model and say what
 * the solver found, in one of the forms
 *     \ optimum 12                      \ relaxed optimum 11.500000      \ infeasible
 *     \ feasible 13, node limit         \ no answer
 * The text is n bytes of the arena. */
char *ilp_text(struct arena *arena, const struct ilp_model *model,
               const struct ilp_options *options, const struct ilp_result *result, size_t *n);

/* Hands the text to options->dump, if there is one, under its name NNN-STAGE.lp. */
void ilp_dump(const struct ilp_model *model, const struct ilp_options *options,
              const struct ilp_result *result);

#endif
