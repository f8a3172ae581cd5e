/* Vertices to the chips of a board by halving: the region of the board at hand is cut across, and
 * the vertices in it are divided between the halves so that few nets cross, until single chips are
 * left. What is tied closely thus comes to stand on one chip, or on near ones. */
#ifndef DYNC_BISECT_H
#define DYNC_BISECT_H

#include "mapper/hyper.h"
#include "mapper/observer.h"

/* Fills site_of[v] with one of the sites x + y * grid_w, each taken by `per_site` vertices:
 * hyper->n is n_sites * per_site. Ended by the observer (NULL: nobody), it divides what is left in
 * order. */
void bisect_place(struct arena *arena, const struct hyper *hyper, const uint32_t *sites,
                  uint32_t n_sites, uint32_t grid_w, uint32_t per_site,
                  const struct observer *observer, uint32_t *site_of);

/* Some vertices of a graph, and orders of them in which few edges lead far: by the slowest modes of
 * diffusion along the edges (spectral.c). order[k], of n_orders arrays, is filled with the numbers
 * 0 .. n-1 of the list. */
enum { SPECTRAL_ORDERS = 8 };
void spectral_orders(struct arena *arena, const struct graph *graph, const uint32_t *list,
                     uint32_t n, uint32_t *order[SPECTRAL_ORDERS]);

/* Parts of the board that were divided as one, columns and rows from .. to. */
struct box {
    uint32_t x0, x1, y0, y1;
};
struct box_vec VEC_OF(struct box);
/* Turns boxes over and exchanges sites, so that what is tied comes closer; what stands on one site
 * stays together. n_sites: of the whole board (bisect_mirror.c). The observer may end it anywhere.
 */
void bisect_mirror(struct arena *arena, const struct graph *graph, const struct box_vec *boxes,
                   uint32_t grid_w, uint32_t n_sites, const struct observer *observer,
                   uint32_t *site_of);

/* Improves a division of some vertices into two sides of fixed sizes (bisect_refine.c). */
struct halves {
    const struct hyper *hyper;
    const uint32_t *list;   /* vertices */
    uint32_t n, n_low;      /* of them; those to be on side 0 */
    const uint32_t *number; /* per vertex: its place in the list; NET_NONE: not in it */
    uint8_t *side;          /* per place in the list */
    uint64_t cut;           /* weight of the nets on both sides */
};
void halves_count(struct halves *h);
void halves_refine(struct arena *arena, struct halves *h);

#endif
