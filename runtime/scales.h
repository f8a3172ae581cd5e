/* The times an image lives by: what a time step has to resolve. */
#ifndef DYNC_RUNTIME_SCALES_H
#define DYNC_RUNTIME_SCALES_H

#include "backend/image.h"
#include "runtime/neuron.h"

struct scale {           /* the shortest of a kind, over all neurons that are alive */
    double seconds;      /* INFINITY: there is none */
    const char *circuit; /* static: "membrane", "ampa"; "" where there is none */
};
struct sim_scales {
    struct scale tau;        /* time constants of circuits in use */
    struct scale refractory; /* "refractory time" */
    struct scale delay;      /* "delay", of synapses */
};

struct sim_scales scales_none(void);
/* Takes a neuron's into account; mismatch is in its quantities. The types it has synapses of, as
 * bits. */
unsigned scales_note(struct sim_scales *scales, const struct image *image,
                     const struct neuron *neuron, size_t site);

/* The longest step of 1, 2 or 5 times a power of ten, at most 1 ms and at most `most` (s), that is
 * at most a tenth of every time constant, and no longer than a refractory time or a delay that such
 * a step could resolve: one of less than a tenth of that is over within a step in any case. *why:
 * what bounds it; NULL: 1 ms, or `most`. Whole picoseconds. */
double scales_step(const struct sim_scales *scales, double most, const struct scale **why);

#endif
