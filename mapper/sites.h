/* From cores to neurons: the canonical numbering on every core. */
#ifndef DYNC_SITES_H
#define DYNC_SITES_H

#include "mapper/mapping.h"
#include "mapper/pack.h"
#include "mapper/settle.h"

/* The core of every neuron that a packing places, its cores numbered from first_core on; what
 * core_of says of others stays. */
void cores_of_packing(struct arena *arena, const struct problem *problem,
                      const struct packing *packing, uint32_t first_core, uint32_t *core_of);

/* Fills pieces, site_of, neuron_at, class_of_core, n_cores, n_sites. On a core neurons stand in
 * text order from the lowest free site; those that at() fixes stand where it says. With a settler
 * (NULL without defects) they stand where it puts them, not always on the core planned; false: it
 * finds no sites. */
bool assign_sites(struct arena *arena, const struct net *net, const struct device *device,
                  const struct bias_plan *plan, const uint32_t *core_of, struct settler *settler,
                  struct mapping *mapping);

#endif
