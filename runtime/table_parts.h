/* What the files of the table share. */
#ifndef DYNC_RUNTIME_TABLE_PARTS_H
#define DYNC_RUNTIME_TABLE_PARTS_H

#include "runtime/crew.h"
#include "runtime/inbox.h"
#include "runtime/table.h"

/* What a thread needs for itself. */
struct worker {
    struct arriving arriving; /* drive; counts of one tile */
    uint64_t *cell;           /* of those counts */
    struct inbox *inbox;
    uint32_t steps; /* of the block at hand for which the inbox had room */
};

struct table {
    struct table_config config;
    struct arena *arena;
    const struct kernel *kernel;
    uint32_t cell_bits;   /* see counts.h */
    uint32_t spike_words; /* of a tile and step */
    struct tile *tile;
    uint8_t *touched; /* [tile][type]: an event or the current of a depressed synapse is there */

    struct table_rows rows;
    struct delays *delays;         /* NULL: no rows */
    struct depression *depression; /* NULL: none */
    double *added;                 /* per cell, A */
    uint32_t block;
    uint32_t most_met;   /* most often that a lane is met by one event of every row */
    uint32_t most_count; /* of table_event so far; 1 at least */

    struct worker *worker;
    uint32_t n_workers;
    struct crew_pace pace; /* way 0: all workers, 1: the first alone */
    bool by_blocks;        /* inboxes; otherwise step by step in one thread: */
    uint64_t *count;       /* cells: [tile][type][1 << cell_bits] */
    struct lanes lanes;
    uint64_t n_marked;  /* words of this step that were looked at for `touched`, */
    uint32_t n_touched; /* and what they touched first */
    bool crowded;       /* the last step had more events than the inboxes have room for */

    uint64_t *fired;            /* a bit per neuron: [step of the run][tile][spike_words] */
    uint32_t *listed, n_listed; /* table_spikes */
};

static inline uint32_t table_cell(const struct table *table, uint32_t tile, int type)
{
    return (tile << TYPE_BITS | (uint32_t)type) << table->cell_bits;
}

/* Whether lanes could overflow. */
static inline bool table_saturates(const struct table *table)
{
    return (uint64_t)table->most_met * table->most_count > LANE_MAX;
}

/* The workers and what each of them needs for the kernel. */
void table_workers(struct table *table);
/* Decides about threads and blocks, once the rows are known. */
void table_spread(struct table *table);

#endif
