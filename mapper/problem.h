/* What has to be placed where, as pure combinatorics: no biases, no synapses, no text.
 *
 * Place lines and membrane probes cut every population into atoms, runs of neurons that no
 * constraint tells apart. Atoms that have to stay on one core form a unit; an unconstrained
 * population is a unit of one atom, and the only kind that may be split over cores. A core holds
 * units of one class and at most `capacity` neurons.
 */
#ifndef DYNC_PROBLEM_H
#define DYNC_PROBLEM_H

#include "backend/bias.h"

struct atom { /* neurons of a population: problem.neurons[first .. first+count-1] */
    uint32_t population, first, count;
    uint32_t unit;
    uint32_t site; /* neuron of its core that it must start on; NET_NONE: any */
};
struct unit {
    uint32_t class; /* of core_classes() */
    uint32_t size;  /* neurons */
    uint32_t cores; /* mask of the cores it may use, of one chip */
    uint32_t chip;  /* chip that it must stand on; NET_NONE: any */
    bool splittable;
    bool plain;                       /* a whole population that no constraint mentions */
    uint32_t first_atom, n_atoms;     /* in unit_atoms: in text order */
    uint32_t first_side, n_sides;     /* in sides */
    uint32_t first_spread, n_spreads; /* in spread_parts */
};
/* Neurons that stand on exactly `cores` cores, in shares differing by at most one. */
struct spread {
    uint32_t cores, size;
};
struct spread_part { /* neurons of a unit that a spread counts; of a splittable unit all */
    uint32_t spread, neurons;
};
/* At most one side of an exclusion on any core: apart(core), membrane probes. */
struct side {
    uint32_t exclusion, side;
};
struct atom_vec VEC_OF(struct atom);
struct unit_vec VEC_OF(struct unit);
struct side_vec VEC_OF(struct side);
struct spread_vec VEC_OF(struct spread);
struct spread_part_vec VEC_OF(struct spread_part);
struct index_vec VEC_OF(uint32_t);

struct problem {
    const struct net *net;
    uint32_t n_cores, capacity, neurons_per_core; /* n_cores: of one chip */
    uint32_t *neurons;                            /* those to be placed, in text order */
    uint32_t *size_of;                            /* per population: how many of them */
    uint32_t n_classes, n_exclusions;
    struct atom_vec atoms; /* by population, then first */
    uint32_t *first_atom;  /* per population + 1 */
    struct unit_vec units; /* by first atom */
    struct index_vec unit_atoms;
    struct side_vec sides;
    struct spread_vec spreads; /* over two cores or more: over one they hold units together */
    struct spread_part_vec spread_parts;
    uint32_t *common;      /* [spread][spread]: neurons that both count */
    bool spreads_overlap;  /* some neuron counts in two of them */
    uint32_t pinned_cores; /* mask of cores that some unit may not exchange for another */
    bool impossible;       /* some constraint contradicts itself or another, without any search */
    bool narrowed;         /* more is asked for than the constraints do: see problem_build() */
};

/* Neurons of a core that may be used: reserve = r keeps ceil(r * neurons) free. */
uint32_t usable_neurons(const struct net *net, const struct device *device);

/* Classes of populations that may share a core, numbered by first use in text order: equal codes
 * in all biases, or, with `solved` false, in all that are not left to the compiler, so that sets
 * that may still come out equal count as equal. class_of is per bias class of the plan. Returns
 * their number. */
uint32_t core_classes(struct arena *arena, const struct net *net, const struct bias_plan *plan,
                      bool solved, uint32_t **class_of);

/* The problem of a board of one chip; of one chip of a larger board, where core_of says which
 * neurons stand there; or of the whole of a larger board. There, a spread over several cores is
 * narrowed to runs of neurons in the order of its view, one on each core, and what is asked of
 * whole chips is left to who puts the units on chips. */
struct problem_options {
    const bool *ignored;     /* per place line, true to leave it out; NULL: none is */
    uint32_t capacity;       /* 0, or fewer neurons per core than usable */
    const uint32_t *core_of; /* per neuron: board-wide core; NULL: not one chip of several */
    uint32_t chip;
};
void problem_build(struct arena *arena, const struct net *net, const struct device *device,
                   const struct bias_plan *plan, const struct problem_options *options,
                   struct problem *problem);

#endif
