/* CAM cells that defects leave: a word's tag decides which half of the tags its cell must be fit
 * for.
 *
 * A cell is fit for tags of the lower half, of the upper one, of both, or bad. So many words with
 * lower tags, so many with upper ones have cells of their own at a site iff neither number exceeds
 * the cells fit for that half, nor their sum the cells fit for any (Hall's condition for two
 * kinds). A site without a fit cell is dead: nothing is placed there.
 */
#ifndef DYNC_CELLS_H
#define DYNC_CELLS_H

#include "backend/device/device.h"
#include "compiler/net.h"

enum { CELLS_LOWER = 1, CELLS_UPPER = 2, CELLS_ANY = 3 }; /* halves of the tags, as a mask */

struct cell_room { /* cells of a site fit for tags of one half only, of both */
    uint32_t only[DEVICE_TAG_HALVES], both;
};
struct cells {
    const struct device *device;
    const struct defects *defects; /* NULL: no profile, or one without a defect */
    uint32_t n_cores;
    struct cell_room *room;                     /* per site */
    uint32_t (*usable_tags)[DEVICE_TAG_HALVES]; /* per core */
};
/* In the arena of net's own users; reads the profile once. */
void cells_read(struct arena *arena, const struct net *net, const struct device *device,
                struct cells *cells);

/* Cells of a site for tags of these halves; halves of which its core has no usable tag do not
 * count. */
uint32_t cells_at(const struct cells *cells, size_t site, unsigned halves);
/* Most words of the neurons at a site with tags of one half. */
uint32_t cells_of_half(const struct cells *cells, size_t site, uint32_t half);
/* What a site offers to words with tags of these halves, by rank: 0: it is dead; k + 1: k cells. A
 * neuron with k words needs rank k + 1. */
uint32_t cells_rank(const struct cells *cells, size_t site, unsigned halves);
/* Tags that a core can be sent. */
uint32_t cells_tags(const struct cells *cells, uint32_t core);
/* The cells of `lower` words with lower tags and of `upper` ones with upper tags, which have room:
 * cell[i] of the i-th word by tag. Either kind takes the lowest cells fit for it alone, then the
 * lowest that are left of those fit for both; its words stand in ascending cells. */
void cells_choose(const struct cells *cells, size_t site, uint32_t lower, uint32_t upper,
                  uint16_t *cell);

/* Most cells that each neuron may find, wherever place lines let it stand: its CAM words. */
uint32_t *cells_limits(struct arena *arena, const struct net *net, const struct cells *cells);
/* Live sites of a core less those that `reserve` keeps free. */
uint32_t cells_neurons(const struct net *net, const struct cells *cells, uint32_t core);

#endif
