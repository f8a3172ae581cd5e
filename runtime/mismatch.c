#include "runtime/mismatch.h"

#include "compiler/base/rng.h"

void mismatch_apply(struct neuron *neuron, uint64_t seed, size_t site, double sigma)
{
    for (unsigned k = 0; k < N_QUANTITIES; k++) {
        uint64_t key = rng_site_key(seed, "mismatch", k);
        double factor = 1 + sigma * rng_gauss(rng_bits(key, site, 0), rng_bits(key, site, 1));
        neuron->q[k] *= factor > 0.05 ? factor : 0.05;
    }
}
