/* Mismatch: no two transistors are equal.
 *
 * Every quantity of every neuron (enum quantity: the list of Rockpool's frozen prototype, with
 * kappa as one number and a tau, gain and capacitance per synapse type) is multiplied by
 * 1 + sigma N(0, 1), drawn once from a hash of (seed, quantity, site). Weight currents are shared
 * by a core and excluded. A factor is at least 1/20: a current cannot turn round.
 */
#ifndef DYNC_RUNTIME_MISMATCH_H
#define DYNC_RUNTIME_MISMATCH_H

#include "runtime/neuron.h"

#include <stddef.h>

void mismatch_apply(struct neuron *neuron, uint64_t seed, size_t site, double sigma);

#endif
