/* Stage 5: routes of every source and CAM words of every neuron, once cores and sharing stand. */
#ifndef DYNC_WORDS_H
#define DYNC_WORDS_H

#include "backend/device/device.h"
#include "mapper/mapping.h"
#include "mapper/sharing.h"
#include "mapper/tags.h"

/* Fills routes, words, tags_on_core, shared_tags, term_words of a mapping whose sites are assigned.
 * carried: [chip][group], 1 if the group shares its tag there. Without TAGS_FIT only *result is
 * set.
 */
void write_words(struct arena *arena, const struct net *net, const struct device *device,
                 const struct sharing *sharing, const uint8_t *carried,
                 const struct ilp_options *options, struct mapping *mapping,
                 struct tags_result *result);

/* Sources of a term that share a tag with another, for N0810; shared_tags per term is filled. */
uint32_t *count_sharing_sources(struct arena *arena, const struct net *net,
                                const struct device *device, const struct sharing *sharing,
                                const uint8_t *carried, const struct mapping *mapping,
                                uint32_t *shared_tags);

#endif
