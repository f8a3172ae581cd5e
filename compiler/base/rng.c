#include "compiler/base/rng.h"

#include "compiler/base/elementary.h"

#include <math.h>

/* SplitMix64 (Steele, Lea, Flood, OOPSLA 2014): one step of its counter, then its output function.
 */
uint64_t rng_mix(uint64_t z)
{
    z += 0x9E3779B97F4A7C15u;
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
    return z ^ (z >> 31);
}

uint64_t rng_fnv(const char *text)
{
    uint64_t hash = 0xCBF29CE484222325u;
    for (; *text; text++)
        hash = (hash ^ (unsigned char)*text) * 0x100000001B3u;
    return hash;
}

uint64_t rng_site_key(uint64_t seed, const char *identity, uint64_t site)
{
    return rng_mix(rng_mix(rng_mix(seed) ^ rng_fnv(identity)) ^ site);
}

uint64_t rng_user_key(uint64_t seed, int64_t key)
{
    return rng_mix(rng_mix(seed) ^ rng_mix((uint64_t)key));
}

uint64_t rng_bits(uint64_t site_key, uint64_t pre, uint64_t post)
{
    return rng_mix(rng_mix(site_key ^ pre) ^ post);
}

double rng_unit(uint64_t bits)
{
    return (double)(bits >> 11) * 0x1p-53;
}

double rng_gauss(uint64_t bits_a, uint64_t bits_b)
{
    double above_zero = 1 - rng_unit(bits_a); /* in (0, 1]: the logarithm is finite */
    return sqrt(-2 * elem_log(above_zero)) * elem_cos_turn(rng_unit(bits_b));
}
