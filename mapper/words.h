/* Stage 5: routes of every source and CAM words of every neuron, once cores and sharing stand. */
#ifndef DYNC_WORDS_H
#define DYNC_WORDS_H

#include "backend/device/device.h"
#include "mapper/mapping.h"
#include "mapper/sharing.h"
#include "mapper/cells.h"
#include "mapper/tags.h"

/* How a chip with defects is numbered: see struct tag_rules. */
struct tag_plan {
    unsigned halves;
    bool ask_model;
    bool best_sites; /* neurons stand where most cells are fit for all tags, not lowest */
};
/* What the words are made for. */
struct words_input {
    const struct net *net;
    const struct device *device;
    const struct sharing *sharing;
    const uint8_t *carried; /* [chip][group]: 1 if the group shares its tag there */
    const struct cells *cells;
    const struct tag_plan *plans; /* per chip; NULL without defects */
    const struct ilp_options *ilp;
};
/* Fills routes, words, cells, tags_on_core, shared_tags, term_words of a mapping whose sites are
 * assigned. Without TAGS_FIT only *result is set.
 */
void write_words(struct arena *arena, const struct words_input *in, struct mapping *mapping,
                 struct tags_result *result);

/* CAM words of a neuron with these groups sharing on its chip. */
uint32_t words_of_neuron(const struct sharing *sharing, const uint8_t *carried_there,
                         uint32_t neuron);

/* Sources of a term that share a tag with another, for N0810; shared_tags per term is filled. */
uint32_t *count_sharing_sources(struct arena *arena, const struct net *net,
                                const struct device *device, const struct sharing *sharing,
                                const uint8_t *carried, const struct mapping *mapping,
                                uint32_t *shared_tags);

#endif
