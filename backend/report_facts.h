/* What the fit report says, counted once for its text and its JSON form. Definitions: the fields of
 * tests/schema/report.schema.json. */
#ifndef DYNC_REPORT_FACTS_H
#define DYNC_REPORT_FACTS_H

#include "backend/report.h"

enum { FACT_UNKNOWN = -1 };

struct spread { /* over the neurons of a population; the median is the lower one */
    uint32_t least, median, most;
};
struct core_facts { /* one core of the board, counted from the image */
    uint32_t neurons, cam, sram, tags;
    uint32_t *histogram; /* [k]: placed neurons with k CAM words, k = 0 .. cam_words */
    uint32_t class;      /* of the plan; NET_NONE: empty core */
};
struct population_facts {
    struct spread fan_in; /* edges with repeat */
    struct spread cam;    /* words in the image, or the least need if there is no image */
    bool cam_known;
    int64_t fan_out_chips; /* most destination chips of one neuron; FACT_UNKNOWN */
};

enum resource {
    RESOURCE_NEURONS,
    RESOURCE_CORES,
    RESOURCE_CHIPS,
    RESOURCE_CAM,
    RESOURCE_SRAM,
    RESOURCE_TAGS,
    RESOURCE_BIAS_SETS,
    N_RESOURCES
};
struct resource_facts {
    int64_t used; /* FACT_UNKNOWN where the work stopped before */
    uint64_t available;
    int64_t most; /* per neuron (CAM, SRAM) or core (neurons, tags); FACT_UNKNOWN */
};

enum level { /* the weighted ones only where rates are known */
             LEVEL_CORES,
             LEVEL_CHIPS,
             LEVEL_CUT,
             LEVEL_HOPS,
             LEVEL_CUT_WEIGHTED,
             LEVEL_HOPS_WEIGHTED,
             N_LEVELS
};
extern const char *const level_name[N_LEVELS];
struct level_facts {
    int64_t value, bound; /* bound: FACT_UNKNOWN if none is proved */
};

struct report_facts {
    const struct report_input *in; /* mapping and image NULL unless the network fits */
    uint32_t n_cores;
    struct core_facts *cores; /* NULL without image */
    struct population_facts *populations;
    struct resource_facts resources[N_RESOURCES];
    uint64_t unshared;                   /* CAM words if no tag were shared: edges with repeat */
    struct level_facts levels[N_LEVELS]; /* with image and mapping only */
    bool weighted;                       /* by rates: what is minimised after the chips */
    uint32_t gap_level; /* first minimised level whose bound is not met; N_LEVELS: none */
    double gap;         /* (value - bound) / value there; NaN without a bound */
    uint32_t worst_cam, worst_sram; /* neurons with most words; NET_NONE */
};

struct report_facts *report_facts_new(struct arena *arena, const struct report_input *input);

/* Names of all bias sets of a merged class, and of its first, which rows name. */
const char *class_name(const struct report_input *input, uint32_t class);

#endif
