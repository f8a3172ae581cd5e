/* Which vertices belong together: a graph cut into parts of limited size, with few edges between
 * them. Heuristic, deterministic, time and memory linear in the edges.
 *
 * Groups grow bottom up: every vertex joins the neighbouring group it has most ties with, under a
 * size limit that rises from level to level to that of a part. The largest groups become the cores
 * of the parts; the rest is taken apart again, level by level, until it fits what is left. Then
 * single vertices move, or change places in pairs, as long as that saves edges.
 */
#ifndef DYNC_CLUSTER_H
#define DYNC_CLUSTER_H

#include "mapper/graph.h"
#include "mapper/observer.h"

/* Fills part[v] with 0 .. n_parts-1 so that no part's size exceeds `limit`. False if that was not
 * reached: always where the sizes add up to more than n_parts * limit, never where all sizes are 1
 * and they do not. Ended by the observer (NULL: nobody), it improves nothing further. */
bool cluster_graph(struct arena *arena, const struct graph *graph, uint32_t n_parts, uint32_t limit,
                   const struct observer *observer, uint32_t *part);

/* Improves parts that keep the limit; size_of_part is kept up to date (cluster_refine.c). */
void cluster_refine(struct arena *arena, const struct graph *graph, uint32_t n_parts,
                    uint32_t limit, const struct observer *observer, uint32_t *part,
                    uint32_t *size_of_part);

#endif
