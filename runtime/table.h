/* Neurons and rows: the simulator below CAM words and tags.
 *
 * Neurons stand in tiles of `stride` (a core each); neuron number = tile * stride + index. Sources
 * are numbered freely; a row lists where the events of a source arrive. runtime/sim fills a table
 * from an image; the replay of reference cases and the benchmarks fill it by hand.
 *
 * One step: (1) events since the last step become currents, (2) synapses, adaptation, membranes
 * advance by dt. A neuron's spike is an event of its source in the next step; it arrives then, or
 * later where a row is delayed. Steps up to the shortest delay between neurons make a block: a tile
 * is advanced by all of them before the next one is touched, and threads meet once in it.
 */
#ifndef DYNC_RUNTIME_TABLE_H
#define DYNC_RUNTIME_TABLE_H

#include "compiler/base/arena.h"
#include "runtime/delay.h"
#include "runtime/depression.h"
#include "runtime/kernel.h"

enum table_spread {
    SPREAD_AUTO,  /* threads only where they pay */
    SPREAD_NEVER, /* one thread, step by step */
    SPREAD_ALWAYS /* as many threads as asked for, by blocks: for tests */
};

struct table_config {
    double dt; /* s */
    bool use_double;
    bool compat;       /* the form of the reference rasters; currents are set by table_drive */
    bool uniform;      /* all neurons of a tile have equal quantities (latches may differ) */
    unsigned circuits; /* of any neuron; with CIRCUIT_SOMA_GAIN not uniform */
    uint32_t n_tiles, stride;
    const struct kernel *kernel; /* NULL: the best the processor runs */
    uint32_t threads;            /* at most; 0: as there are processors. No result depends on it */
    enum table_spread spread;
};

struct table;
/* Every neuron must be set once before the first step. */
struct table *table_new(struct arena *arena, const struct table_config *config);
void table_neuron(struct table *table, uint32_t neuron, const struct neuron *values);
/* The grid of a tile; needed where a neuron has CIRCUIT_DIFFUSION. */
void table_grid(struct table *table, uint32_t tile, const struct diffusion_node *node, uint32_t n,
                uint32_t rows);
/* The four currents a row's mask selects from, A. */
void table_weights(struct table *table, uint32_t tile, const double weight[4]);

/* Fields of a row word; table_word() is table_pack() with the stride of a table, for tests. */
uint32_t table_word(const struct table *table, uint32_t neuron, int type, unsigned mask);
void table_unpack(uint32_t stride, uint32_t word, uint32_t *neuron, int *type, unsigned *mask);
uint32_t table_pack(uint32_t stride, uint32_t neuron, int type, unsigned mask);

/* Rows. Row r is word[first[r]] .. word[first[r + 1] - 1]; all arrays stay the caller's and must
 * outlive the table. An event adds the currents of the mask, once per word. Row s < n_sources is
 * that of source s, without delay. Row n_sources + i belongs to source late[i].source and delays by
 * late[i].steps; if it is depressed it holds numbers of synapses instead of words. */
struct table_rows {
    const uint64_t *first;
    const uint32_t *word;
    uint32_t n_sources, n_single; /* the sources 0 .. n_single - 1 send at most one event a step */
    const struct delay_row *late;
    uint32_t n_late;
    const uint32_t *tile_source; /* source of the first neuron of a tile, the others follow; NULL:
                                    the number of the neuron. From n_single on it is none. */
};
/* Comes after table_weights and table_depressed. False: the histories of what is under way would
 * take more than TABLE_MOST_HISTORY bytes. */
enum { TABLE_MOST_HISTORY = 1 << 28 };
bool table_rows(struct table *table, const struct table_rows *rows);
/* The synapses with short-term depression; the weights of the tiles are set. */
void table_depressed(struct table *table, const struct depressed *synapse, uint32_t n);

/* Steps that table_run makes at most: those that no spike of them can reach, 1 .. TABLE_MOST_BLOCK.
 */
enum { TABLE_MOST_BLOCK = 16 };
uint32_t table_block(const struct table *table);
/* Events besides the spikes of neurons, in the step `offset` steps after the coming one, offset <
 * table_block. A lane counts to 65,535 and stays there: beyond that many simultaneous events of
 * one weight bit the current no longer grows. */
void table_event(struct table *table, uint32_t offset, uint32_t source, uint32_t count);
/* Current arriving in the coming steps until set again, A (compat only). */
void table_drive(struct table *table, uint32_t neuron, int type, double amperes);
/* Makes n steps, 1 .. table_block. */
void table_run(struct table *table, uint32_t n);
/* Threads that table_run uses; for tests and benchmarks. */
uint32_t table_threads(const struct table *table);

/* Neurons that spiked in step `step` of the last run, ascending; until the next call. */
const uint32_t *table_spikes(struct table *table, uint32_t step, uint32_t *n);
/* Spikes of a neuron in the last step: 0 or 1; more only in compat. One by one, for tests. */
double table_spike_count(const struct table *table, uint32_t neuron);
double table_state(const struct table *table, uint32_t neuron, enum kernel_state state);
/* The largest of a tile's neurons; of one of the N_KERNEL_STATES that every core keeps. */
double table_greatest(const struct table *table, uint32_t tile, enum kernel_state state);
/* Whether the neuron's core keeps the state; else it reads 0. */
bool table_has(const struct table *table, uint32_t neuron, enum kernel_state state);

#endif
