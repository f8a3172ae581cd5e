/* Digital routing: which synapses a packet reaches, as the chip decides it by hops, core masks and
 * CAM match, compiled once into rows.
 *
 * A packet leaves its source's chip, walks x first, then y. West of column 0 it reaches the host
 * and stops. Elsewhere off the grid it is a fault. On the chip where it ends, every core of its
 * mask compares its tag with every CAM word: each match is one synapse event, additive.
 */
#ifndef DYNC_RUNTIME_ROUTE_H
#define DYNC_RUNTIME_ROUTE_H

#include "backend/image.h"
#include "runtime/delay.h"

struct route_place { /* where a packet ends */
    bool off_grid, host;
    uint32_t chip; /* if neither */
};
struct route_place route_walk(const struct image *image, uint32_t from_chip, uint32_t word);

/* Synapse type of a one-hot bit of the dendrite field (AMPA, GABA, NMDA, SHUNT = 0 .. 3 for the
 * bits 3 .. 0). */
enum { ROUTE_DENDRITE_BITS = 4 };
bool route_listens(const struct image *image, uint32_t cam_word, int type);

/* One row per source, of its plain words. Behind them, by source, one per delay of more than a step
 * and one per delay of synapses with short-term depression: these hold numbers of `depressed`. */
struct route_rows {
    uint32_t n_sources; /* sites, then input units */
    uint32_t n_late, n_depressed;
    uint64_t *first; /* n_sources + n_late + 1 */
    uint32_t *word;  /* table_pack words: neuron = tile * stride + index in the core */
    struct delay_row *late;
    uint32_t *depressed; /* table_pack words */
    uint32_t n_tiles, stride;
    uint32_t *tile_core;  /* tile -> core of the board (chip * cores_per_chip + core) */
    uint32_t *core_tile;  /* core -> tile, UINT32_MAX: no tile */
    uint64_t host_events; /* words, over all sources, that lead to the host */
};

/* Tiles are the cores that hold a declared neuron or a CAM word. Words with weight mask 0 carry no
 * current and are left out. `dt`, s, turns delays into steps. NULL: *fault says which packet leaves
 * the grid. */
struct route_rows *route_compile(struct arena *arena, const struct image *image, double dt,
                                 const char **fault);

#endif
