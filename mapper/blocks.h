/* Blocks and axons: a network as composition sees it.
 *
 * A block is a set of neurons that stay on one core: a whole unit of the problem, or a part of one
 * that may be split. An axon stands for all neurons of a block that reach the same blocks. What the
 * board pays for an axon depends on the chips of these blocks alone.
 *
 * A synapse that has to share its tag, since its neuron has too few CAM words otherwise, takes a
 * word beside that of the source's own tag where both go to one chip: the axon then names the block
 * twice, once by each kind.
 */
#ifndef DYNC_BLOCKS_H
#define DYNC_BLOCKS_H

#include "mapper/problem.h"
#include "mapper/share_forced.h"

struct block {
    uint32_t unit, first, size; /* neurons: blocks.neurons[first .. first+size-1] */
    bool splittable;
    bool probed;     /* the spikes of some neuron go to the host */
    bool hears_host; /* some neuron has synapses from an input */
};
struct block_vec VEC_OF(struct block);
struct axon { /* `weight` neurons of block `source`, each with at least one target outside it */
    uint32_t source, weight;
    uint64_t traffic;                 /* sum of their rate weights */
    uint32_t first_target, n_targets; /* blocks, ascending, in targets; by kind */
    uint32_t taken; /* SRAM words of a neuron that are not for its chips, one each */
};
struct axon_vec VEC_OF(struct axon);
struct incidence { /* of a block */
    uint32_t axon;
    bool is_source, is_target;
    uint8_t kind; /* of the target: 1 under a tag that it must share */
};

struct blocks {
    const struct net *net;
    const struct problem *problem;
    struct block_vec all;
    uint32_t *neurons;    /* by block */
    uint32_t *block_of;   /* per neuron */
    uint8_t *hears_host;  /* per neuron: has synapses from an input */
    const uint8_t *taken; /* per neuron: as of an axon; at first for spike probes alone */
    const struct share_forced *forced; /* NULL: no synapse must share */
    struct axon_vec axons;
    struct index_vec targets;
    struct index_vec target_kinds;
    uint32_t *first_incidence; /* per block + 1 */
    struct incidence *incidences;
};

/* One block per unit; axons are not found yet. */
void blocks_init(struct blocks *blocks, struct arena *arena, const struct net *net,
                 const struct problem *problem);
/* Cuts the first `size` neurons off a block; they become a new block, whose number is returned. */
uint32_t blocks_split(struct blocks *blocks, struct arena *arena, uint32_t block, uint32_t size);
/* Finds the axons of the blocks as they are. */
void blocks_find_axons(struct blocks *blocks, struct arena *arena);

#endif
