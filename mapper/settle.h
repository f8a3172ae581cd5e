/* Neurons on the sites of cores whose cells are not all fit.
 *
 * A neuron with k CAM words may stand where k cells or more are fit, so the neurons of a core find
 * sites iff for every k no more neurons need k than sites have k (the neighbourhoods are nested).
 * Every chip is settled by itself, by attempts in a fixed order: its cores change places, as far as
 * place lines let them, and for each order the words may have tags of both halves, of the upper or
 * of the lower one alone, last with the halves chosen by a model. Where a core has too many neurons
 * for its sites, those that nothing holds there move to other cores of the chip, to empty ones only
 * when nothing else did.
 */
#ifndef DYNC_SETTLE_H
#define DYNC_SETTLE_H

#include "mapper/words.h"
#include "backend/bias.h"

struct settler {
    struct arena *arena;
    const struct net *net;
    const struct device *device;
    const struct cells *cells;
    const uint32_t *class_of; /* per population: of populations that may share a core */
    const uint32_t *need;     /* per neuron: CAM words */
    const uint32_t *planned;  /* per neuron: board-wide core, before anything moves */
    const uint8_t *held;      /* per population: a place line or membrane probe speaks of it */
    const uint8_t *fixed;     /* per core: a place line names it */
    uint32_t *attempt;        /* per chip */
    uint32_t *core_of;        /* result: per neuron */
    struct tag_plan *plans;   /* result: per chip */
    struct shortfall {        /* of the last attempt that failed */
        uint32_t core, words, neurons, sites; /* so many need so many words, so few have them */
    } shortfall;
};
void settler_init(struct settler *s, struct arena *arena, const struct net *net,
                  const struct device *device, const struct bias_plan *plan,
                  const struct cells *cells, const uint32_t *need, const uint32_t *planned);

/* Settles every chip by its attempt or the first later one that finds sites; fills site_of and
 * neuron_at of the mapping, whose sites are empty, core_of, and the plans. False: some chip has no
 * attempt left. */
bool settle_neurons(struct settler *s, struct mapping *mapping);
/* Sends a chip whose tags found no numbers to its next attempt. */
void settle_otherwise(struct settler *s, uint32_t chip);

#endif
