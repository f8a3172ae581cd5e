/* Random numbers as a hash of what they are for: no state, so order and threads cannot change a
 * network.
 *
 * Bit by bit as grammar/README.md ("Random numbers") states it: SplitMix64's output function over
 * (seed, identity, site, pre, post); FNV-1a over names.
 */
#ifndef DYNC_BASE_RNG_H
#define DYNC_BASE_RNG_H

#include <stdint.h>

uint64_t rng_mix(uint64_t z);
uint64_t rng_fnv(const char *text);
uint64_t rng_site_key(uint64_t seed, const char *identity, uint64_t site);
uint64_t rng_user_key(uint64_t seed, int64_t key); /* `key = n` */
uint64_t rng_bits(uint64_t site_key, uint64_t pre, uint64_t post);
double rng_unit(uint64_t bits); /* top 53 bits, in [0, 1) */
/* Two uniform numbers to one standard normal number (Box-Muller with our own log, sqrt, cos). */
double rng_gauss(uint64_t bits_a, uint64_t bits_b);

#endif
