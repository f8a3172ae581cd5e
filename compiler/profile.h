/* Defect profiles as labs measure them: one JSON file per chip.
 *
 *     {"cams": [core][neuron][word][half], "tags": [core][half][..], "prob": [half][core]}
 *
 * `cams`: the share of trials in which a CAM word failed with tags of the lower and the upper half,
 * 0 to 1. `tags`, which may be missing: the tags each core can be sent, by half; none in a list:
 * none of that half. `prob` is a summary and is only checked. Other members are passed over.
 */
#ifndef DYNC_PROFILE_H
#define DYNC_PROFILE_H

#include "compiler/eval.h"

/* Room for a board of so many chips, without a defect. */
struct defects *defects_new(struct eval *eval, uint32_t chips, double threshold);
/* Adds what the profile `path`, named at `span`, says of a chip. first_chip: per file of the
 * sources (SPAN_NOWHERE of them), 1 + the first chip it was read for, 0 before; a file is read
 * once. E0225, E0601, E0602, E0604. */
bool profile_read(struct eval *eval, const char *path, struct span span, uint32_t chip,
                  uint32_t *first_chip, struct defects *defects);

#endif
