/* Sensors as composition sees them: the pixels of a camera have fewer destination words than a
 * neuron, and the units of a biosignal front end have theirs together. A gather is one pixel, or
 * one front end, with the neurons that hear it; it may reach so many chips.
 */
#ifndef DYNC_GATHERS_H
#define DYNC_GATHERS_H

#include "backend/device/device.h"
#include "mapper/blocks.h"

struct gather_reach { /* neurons on one chip that hear it */
    uint32_t chip, neurons;
};
struct gathered { /* by neurons of one block */
    uint32_t gather, neurons;
};
struct gathers {
    uint32_t n, n_cameras;           /* the first ones are pixels */
    uint32_t *limit;                 /* per gather: chips */
    uint32_t *first_of;              /* per neuron + 1 */
    uint32_t *of;                    /* gathers that a neuron hears, each once */
    uint32_t *size;                  /* per gather: neurons that hear it */
    uint32_t *first_gather;          /* per block + 1; of the blocks when they were counted */
    struct gathered *gathered;       /* of a block, each gather once */
    uint32_t *first_reach, *n_reach; /* per gather */
    struct gather_reach *reach;
};
/* None where the board has one chip. */
void gathers_init(struct gathers *gathers, struct arena *arena, const struct net *net,
                  const struct device *device);
/* Where the blocks as they are reach, from the chip of every one. Returns the excess: of every
 * gather the neurons on other chips than those that hold most of them, as many as it may reach. */
int64_t gathers_count(struct gathers *gathers, struct arena *arena, const struct blocks *blocks,
                      const uint32_t *core_of, uint32_t cores_per_chip);
/* A block goes from one chip to another; returns by how much the excess changes. *work: gathers
 * visited are added. */
int64_t gathers_shift(struct gathers *gathers, uint32_t block, uint32_t from, uint32_t to,
                      uint64_t *work);

/* Per neuron: the lowest of those that pixels tie to one chip with it. NULL: there is no camera. */
uint32_t *gathers_ties(const struct gathers *gathers, struct arena *arena, const struct net *net);

#endif
