/* From cores to neurons: the canonical numbering on every core. */
#ifndef DYNC_SITES_H
#define DYNC_SITES_H

#include "mapper/mapping.h"
#include "mapper/pack.h"

/* Fills pieces, site_of, neuron_at, class_of_core, n_cores, n_sites. On a core neurons stand in
 * text order from the lowest free site; those that at() fixes stand where it says. */
void assign_sites(struct arena *arena, const struct problem *problem, const struct bias_plan *plan,
                  const struct packing *packing, struct mapping *mapping);

#endif
