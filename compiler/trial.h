/* One trial of a test: stimuli into the simulated image, spikes into a raster. */
#ifndef DYNC_TRIAL_H
#define DYNC_TRIAL_H

#include "backend/image.h"
#include "compiler/elaborate.h"
#include "compiler/measure.h"
#include "compiler/sim_progress.h"
#include "runtime/sim.h"

#include <signal.h>

/* Where the units of the network are in the image, found by name. */
struct site_map {
    size_t *site;         /* per neuron of the net; SIZE_MAX: not in the image */
    uint32_t *neuron;     /* per site; NET_NONE: no declared neuron */
    uint32_t *input_unit; /* per input unit of the net: the simulator's number; NET_NONE: none */
};
void site_map_init(struct site_map *map, struct arena *arena, const struct net *net,
                   const struct image *image);

enum trial_outcome { TRIAL_DONE, TRIAL_UNSUPPORTED, TRIAL_TOO_MANY_SPIKES, TRIAL_INTERRUPTED };

struct trial {
    const struct test *test;
    const struct net *net;
    const struct image *image;
    const struct site_map *map;
    int64_t dt_ps;
    uint64_t seed;                            /* of stimuli and mismatch */
    uint32_t threads;                         /* at most; 0: as there are processors */
    const volatile sig_atomic_t *interrupted; /* may be NULL */
    struct sim_progress *progress;            /* may be NULL */

    struct arena *arena; /* of everything below */
    enum trial_outcome outcome;
    const char *unsupported;   /* the circuit */
    uint64_t most_spikes;      /* the limit that was passed */
    double least_tau;          /* s */
    const char *least_circuit; /* that has it */
    struct sim_fastest fastest;
    struct raster raster; /* complete if TRIAL_DONE */
};

/* What a step of this trial has to resolve; takes memory of its arena. */
struct sim_scales trial_scales(struct trial *trial);
/* Fills what stands below `arena`. */
void trial_run(struct trial *trial);

#endif
