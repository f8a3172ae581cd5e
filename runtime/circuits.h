/* From an image to physical neurons, and what of an image this version does not model. */
#ifndef DYNC_RUNTIME_CIRCUITS_H
#define DYNC_RUNTIME_CIRCUITS_H

#include "backend/image.h"
#include "runtime/neuron.h"

/* Quantities from the bias codes of a core and the constants of the device; latches of the site. */
struct neuron circuits_neuron(const struct image *image, size_t site);
/* CIRCUIT bits that the latches of a site switch on. */
unsigned circuits_of(const struct image *image, size_t site);
/* The four weight currents of a core (chip * cores_per_chip + core), A. */
void circuits_weights(const struct image *image, uint32_t core, double weight[4]);

/* Delay of a CAM word of a neuron of the site's core, s: d = C_delay Vth / (I0 + p I1 + m I2); and
 * in steps of dt seconds, rounded, 1 at least. */
double circuits_delay(const struct image *image, size_t site, uint32_t cam_word);
uint32_t circuits_delay_steps(const struct image *image, size_t site, uint32_t cam_word, double dt);

/* NULL, or "the dendrite multiplexer (latch de_mux), whose working is not public, of `PC[3]`": the
 * first circuit in use by a declared neuron that the simulator does not model. */
const char *circuits_unsupported(struct arena *arena, const struct image *image);

/* "a synaptic delay of 4.3 s (p[0])": the longest of the declared neurons. */
const char *circuits_longest_delay(struct arena *arena, const struct image *image);

/* "E[3]", "grid[2, 5]": a unit by its flat index. */
const char *circuits_unit_name(struct arena *arena, const char *name, uint32_t n_dims,
                               const uint32_t *dims, uint32_t index);

#endif
