/* --rates FILE: what neurons were found to fire, as `dync sim --rates` writes it. */
#ifndef DYNC_DRIVER_RATES_H
#define DYNC_DRIVER_RATES_H

#include "compiler/base/diag.h"
#include "compiler/net.h"

/* Reads CSV with a header that names the columns source, unit and rate_hz in any order, and weighs
 * the net's neurons by it (net_set_rates); a neuron without a line keeps its population's rate.
 * Lines of inputs are passed over. False: findings in the sink, E0601 or E0604 with the place. */
bool driver_rates(struct arena *arena, struct source_set *sources, struct net *net,
                  const char *path, struct diag_sink *sink);

#endif
