/* The counting checks one by one. Each returns true if it disproves nothing; each is a proof. */
#ifndef DYNC_FIT_PARTS_H
#define DYNC_FIT_PARTS_H

#include "mapper/cells.h"
#include "mapper/fit.h"
#include "mapper/problem.h"
#include "mapper/sharing.h"

struct fit {
    struct arena *arena;
    const struct net *net;
    const struct device *device;
    const struct bias_plan *plan;
    struct diag_sink *sink;
    const struct sharing *sharing;
    const uint32_t *least; /* per neuron: CAM words with every class shared */
    const struct cells *cells;
    const uint32_t *limit; /* per neuron: CAM words it may find */
};

/* E0308: declared neurons against the board. */
bool fit_neurons(const struct fit *fit);
/* E0308: neurons with so many CAM words against those of the board that have as many; for a network
 * in which every neuron by itself finds enough. */
bool fit_sites(const struct fit *fit);
/* Neurons that are too many for some cores: the least k such that more of them need k CAM words
 * than neurons of the cores have k, or the most that all of these need; `reserve` is respected.
 * Every neuron needs one that is alive. */
struct lack {
    uint32_t words, neurons, sites; /* none: no more neurons than sites */
};
/* marked: the neurons meant; NULL: all. Of cores first .. first + n - 1. */
struct lack find_lack(const struct fit *fit, const uint8_t *marked, uint32_t first, uint32_t n);
/* E0402: cores that the bias sets need. solved: compare all codes; else those given so far. */
bool fit_bias_cores(struct arena *arena, const struct net *net, const struct device *device,
                    const struct bias_plan *plan, bool solved, struct diag_sink *sink);
/* E0303, E0401: what single place lines, and all lines about one core or chip, ask for. */
bool fit_places(const struct fit *fit);
/* E0306: membrane probes forced onto one core. */
bool fit_probes(const struct fit *fit);
/* E0301: CAM words per neuron. */
bool fit_words(const struct fit *fit);
/* The help of E0301 for a population: changes of the text with which every neuron of it fits, each
 * recounted; none where none was found. It takes several
 * counts of the population, so fit_words() asks for the first few populations only. term_words:
 * words of the worst neuron, per term. */
void fit_remedies(const struct fit *fit, uint32_t population, uint32_t worst,
                  const uint32_t *term_words, struct diag *diag);
/* E0302: SRAM words per source. */
bool fit_sources(const struct fit *fit);
/* E0403: neurons that pixels of cameras tie to one chip, or a biosignal front end to a few, against
 * the cores of these. */
bool fit_ties(const struct fit *fit);
/* Chip on which place lines hold each neuron; where none does, the number of chips, or 0 on a board
 * of one. */
uint32_t *fit_held_chips(const struct fit *fit);
/* E0305: packets within reach of chips and host. */
bool fit_reach(const struct fit *fit, const uint32_t *chip_of);
/* E0304: tags per core and per chip. */
bool fit_tags(const struct fit *fit);
/* W0711, W0712. */
void fit_warnings(const struct fit *fit);

/* "chip 0 core 1" */
const char *core_text(struct arena *arena, uint32_t chip, uint32_t core);
/* A neuron of a population, as in "population exc: neuron 17": "17", or "[0, 3]" in two dimensions.
 */
const char *unit_text(struct arena *arena, const struct net *net, uint32_t neuron);
static inline uint32_t fit_view_neuron(const struct net *net, const struct view *view, uint32_t i)
{
    return net->populations.at[view->object].first + view_unit(view, i);
}

/* Lists in messages stop after this many entries: "and 12 more". */
enum { FIT_MOST_LISTED = 5 };

#endif
