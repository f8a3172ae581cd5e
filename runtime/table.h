/* Neurons and rows: the simulator below CAM words and tags.
 *
 * Neurons stand in tiles of `stride` (a core each); neuron number = tile * stride + index. Sources
 * are numbered freely; a row lists where the events of a source arrive. runtime/sim fills a table
 * from an image; the replay of reference cases and the benchmarks fill it by hand.
 *
 * One step: (1) events since the last step become currents, (2) synapses, adaptation, membranes
 * advance by dt. Who spiked is told afterwards; the caller decides which source that is and calls
 * table_event, so that a spike arrives in the next step, or later where a row is delayed.
 */
#ifndef DYNC_RUNTIME_TABLE_H
#define DYNC_RUNTIME_TABLE_H

#include "compiler/base/arena.h"
#include "runtime/delay.h"
#include "runtime/depression.h"
#include "runtime/kernel.h"

struct table_config {
    double dt; /* s */
    bool use_double;
    bool compat;       /* the form of the reference rasters; currents are set by table_drive */
    bool uniform;      /* all neurons of a tile have equal quantities (latches may differ) */
    unsigned circuits; /* of any neuron; with CIRCUIT_SOMA_GAIN not uniform */
    uint32_t n_tiles, stride;
    const struct kernel *kernel; /* NULL: the best the processor runs */
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

/* Rows. Row s, that of source s, is word[first[s]] .. word[first[s + 1] - 1]; the arrays stay the
 * caller's and
 * must outlive the table. An event of s adds the currents of the mask, once per word. */
uint32_t table_word(const struct table *table, uint32_t neuron, int type, unsigned mask);
void table_rows(struct table *table, uint32_t n_rows, const uint64_t *first, const uint32_t *word);
/* Of the rows the last n are no sources but parts of one: row n_sources + i belongs to source
 * late[i].source and delays by late[i].steps; if it is depressed it holds numbers of synapses
 * instead of words. The sources 0 .. n_single - 1 send at most one event in a step. Comes before
 * table_rows. False: the histories would take more than TABLE_MOST_HISTORY bytes. */
enum { TABLE_MOST_HISTORY = 1 << 28 };
bool table_delays(struct table *table, const struct delay_row *late, uint32_t n, uint32_t n_sources,
                  uint32_t n_single);
/* The synapses with short-term depression; the weights of the tiles are set. */
void table_depressed(struct table *table, const struct depressed *synapse, uint32_t n);
/* Fields of a row word. */
void table_unpack(uint32_t stride, uint32_t word, uint32_t *neuron, int *type, unsigned *mask);
uint32_t table_pack(uint32_t stride, uint32_t neuron, int type, unsigned mask);

/* Events of the coming step. A lane counts to 65,535 and stays there: beyond that many
 * simultaneous events of one weight bit the current no longer grows. */
void table_event(struct table *table, uint32_t source, uint32_t count);
/* Current arriving in the coming steps until set again, A (compat only). */
void table_drive(struct table *table, uint32_t neuron, int type, double amperes);
void table_step(struct table *table);

/* Neurons that spiked in the last step, ascending. */
const uint32_t *table_spikes(const struct table *table, uint32_t *n);
/* Spikes of a neuron in the last step: 0 or 1; more only in compat. */
double table_spike_count(const struct table *table, uint32_t neuron);
double table_state(const struct table *table, uint32_t neuron, enum kernel_state state);
/* Whether the neuron's core keeps the state; else it reads 0. */
bool table_has(const struct table *table, uint32_t neuron, enum kernel_state state);

#endif
