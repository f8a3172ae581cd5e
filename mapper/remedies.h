/* What would make a network fit that does not: changes of the text, each placed before it is spoken
 * of. */
#ifndef DYNC_REMEDIES_H
#define DYNC_REMEDIES_H

#include "mapper/map.h"

/* Tries changes of the board, of `share` and `reserve`, and leaving out single place lines and
 * probes, those first that the error names, and adds those that fit to the error. Where nothing was
 * proved and nothing fits, it says what was tried. The work is bounded by the size of the network;
 * options->observer may end it. */
void remedies_add(struct arena *arena, const struct net *net, const struct device *device,
                  const struct map_options *options, struct diag_sink *sink, struct diag *error);

#endif
