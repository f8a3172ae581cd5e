/* A reference case: PATH.json, PATH.in.csv, PATH.spk_f64.csv (.spk_f32.csv), PATH.trace_f64.csv.
 * Format: README.md of the reference data. SI units throughout.
 */
#ifndef DYNC_TESTS_ORACLE_CASE_H
#define DYNC_TESTS_ORACLE_CASE_H

#include "compiler/base/arena.h"
#include "compiler/base/vec.h"

enum case_model { CASE_SINGLE_SYNAPSE, CASE_FOUR_SYNAPSES };

struct case_event { /* input, or an output spike count */
    uint32_t step, index;
    double value;
};
struct case_event_vec VEC_OF(struct case_event);

enum case_state {
    CASE_IAHP,
    CASE_ISYN,
    CASE_IAMPA,
    CASE_IGABA,
    CASE_INMDA,
    CASE_ISHUNT,
    CASE_IMEM,
    CASE_VMEM,
    N_CASE_STATES
};
struct case_sample {
    uint32_t step, neuron;
    double value[N_CASE_STATES]; /* those of the case's columns */
};
struct case_sample_vec VEC_OF(struct case_sample);

struct case_param {
    const char *name;
    double *value; /* per neuron */
};
struct case_param_vec VEC_OF(struct case_param);

struct oracle_case {
    const char *name;
    enum case_model model;
    uint32_t n_neuron, n_step, n_channel;
    double dt, iscale;
    struct case_param_vec params;
    double *w_in;  /* [channel][post] or [channel][post][4]; NULL: channel i drives neuron i */
    double *w_rec; /* [pre][post] or [pre][post][4]; NULL: none */
    struct case_event_vec input;   /* by step */
    struct case_event_vec spk_f64; /* by step, then neuron */
    struct case_event_vec spk_f32; /* empty where the file is absent */
    bool has_f32, column[N_CASE_STATES];
    struct case_sample_vec trace; /* by step; empty where the file is absent */
};

/* NULL and *why (in the arena) where the case cannot be read. */
struct oracle_case *case_read(struct arena *arena, const char *path, const char **why);
/* Values of a parameter per neuron; `otherwise` for all where the case does not give it. */
const double *case_param(struct arena *arena, const struct oracle_case *of, const char *name,
                         double otherwise);

/* What a run is compared with. D: cells of the raster that differ. Error: the largest
 * |a - b| / max(|b|, 1e-15 A or 1e-6 V) over all traced states. */
struct case_result {
    uint64_t spikes, differ;
    double trace_error;
};
/* One model being stepped: `advance` runs step k with its input events and then answers reads. */
struct case_runner {
    void *model;
    void (*advance)(void *model, const struct case_event *input, uint32_t n);
    double (*spikes)(void *model, uint32_t neuron);
    double (*state)(void *model, uint32_t neuron, enum case_state state);
};
struct case_result case_compare(const struct oracle_case *of, const struct case_runner *runner);

struct case_runner single_synapse_new(struct arena *arena, const struct oracle_case *of);
struct case_runner four_synapses_new(struct arena *arena, const struct oracle_case *of,
                                     bool use_double);

#endif
