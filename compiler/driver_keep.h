/* --keep MAP.json: the placement of an earlier build stays where it can. */
#ifndef DYNC_DRIVER_KEEP_H
#define DYNC_DRIVER_KEEP_H

#include "compiler/driver.h"

/* Places the driver's network. Pieces of the earlier placement are held where they were, all of
 * them if some placement is found with all, else as many as are found to go together, by halving,
 * in text order; the rest is placed as always. driver->kept says how many stayed. False: reported
 * (E0601, E0604, or what map_network() has to say of the network without the earlier placement). */
bool driver_keep(struct driver *driver, const char *path, const struct map_options *options);

#endif
