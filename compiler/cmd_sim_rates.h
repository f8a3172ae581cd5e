/* `dync sim --rates FILE`: what every neuron fired, in Hz; `dync build --rates` reads it. */
#ifndef DYNC_CMD_SIM_RATES_H
#define DYNC_CMD_SIM_RATES_H

#include "backend/image.h"
#include "compiler/cmd_sim_stream.h"

/* Header and a line `source,unit,rate_hz` per neuron; count: spikes per site. */
void rates_write(struct stream *stream, const struct image *image, const uint64_t *count,
                 double seconds);

#endif
