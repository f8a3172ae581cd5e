/* Necessary conditions, by counting alone: what cannot fit whatever the placement. Milliseconds, no
 * solver.
 *
 * Counts every class of sources with equal bundles as one word (the least any placement can reach),
 * so an error here is a proof. Reports E0301 to E0306, E0308, E0401, E0402 and the notes W0711,
 * W0712.
 */
#ifndef DYNC_FIT_H
#define DYNC_FIT_H

#include "backend/bias.h"

struct fit_usage { /* least need of each neuron, for the report of a network that does not fit */
    uint32_t *words, *words_unshared; /* per neuron */
    uint64_t *term_words_unshared;    /* per term, with repeat */
};
/* True if nothing is disproved. */
bool fit_check(struct arena *arena, const struct net *net, const struct device *device,
               const struct bias_plan *plan, struct diag_sink *sink, struct fit_usage *usage);

#endif
