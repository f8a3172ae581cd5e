/* Whether a placement lets sensors reach their targets: cameras have one destination per pixel,
 * biosignal front ends a few for all units, and both count hops from the chip they are at. */
#ifndef DYNC_SENSORS_H
#define DYNC_SENSORS_H

#include "backend/device/device.h"
#include "compiler/base/diag.h"
#include "compiler/net.h"

/* chip_of: per neuron. False: E0404 says which sensor is not served; nothing is proved by that. */
bool sensors_served(struct arena *arena, const struct net *net, const struct device *device,
                    const uint32_t *chip_of, struct diag_sink *sink);

#endif
