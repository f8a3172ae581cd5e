/* Where everything goes: the mapper's result, complete enough that emit is a mechanical step.
 *
 * Cores are numbered board-wide: core = chip * cores_per_chip + core on the chip; sites likewise:
 * site = core * neurons_per_core + neuron. All arrays live in the arena given to map_network().
 */
#ifndef DYNC_MAPPING_H
#define DYNC_MAPPING_H

#include "compiler/net.h"

struct piece { /* neurons first .. first+count-1 of a population, on consecutive neurons of one core
                */
    uint32_t population, first, count;
    uint32_t core;   /* board-wide */
    uint32_t neuron; /* first neuron on the core */
};
struct route { /* one destination of a source: an SRAM word of a neuron, an event of an input unit
                */
    uint32_t chip;
    uint8_t cores; /* mask of cores that hold a matching CAM word */
    uint16_t tag;
};
struct map_word { /* one CAM word of a neuron, before weights and delays become bits */
    uint16_t tag;
    uint32_t attr; /* of the net */
    uint32_t term; /* first term, in text order, that the word serves */
};
struct piece_vec VEC_OF(struct piece);

struct mapping {
    struct piece_vec pieces; /* by population, then first */
    uint32_t n_cores, n_sites;
    uint32_t *site_of;       /* per neuron */
    uint32_t *neuron_at;     /* per site; NET_NONE: empty */
    uint32_t *class_of_core; /* merged bias set per core; NET_NONE: empty core */

    uint64_t *first_route;  /* per source + 1; inputs' routes are sent by the host */
    struct route *routes;   /* of a source: by chip, then tag */
    uint64_t *first_word;   /* per neuron + 1 */
    struct map_word *words; /* of a neuron: by tag, then attr, then term */
    uint16_t *cells;        /* per word in that order; NULL without defects: the lowest */
    uint32_t *tags_on_core; /* distinct tags delivered to each core */
    uint32_t *shared_tags;  /* per term: tags that two or more of its sources share */
    uint64_t *term_words;   /* per term: CAM words, a shared word counted at its first term */

    /* Value and proved bound per level, in the order of the objective; a bound of -1 means none. */
    int64_t cores, cores_bound, chips, chips_bound, cut, cut_bound, hops, hops_bound;
    /* cut and hops by rate weights (net_set_rates): with rates these are what is minimised after
     * cores and chips, without them they are the same as cut and hops. */
    int64_t weighted_cut, weighted_cut_bound, weighted_hops, weighted_hops_bound;
    uint32_t split_populations, split_bound;
    bool optimal, canonical, deterministic;
};

#endif
