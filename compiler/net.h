/* The network a .dyn file means: names resolved, units applied, edges known, nothing placed.
 *
 * Everything refers by index. A *source* is a neuron or an input unit: neurons are numbered 0 ..
 * n_neurons-1 over the populations in text order, input units follow as n_neurons + 0 ..
 * n_inputs-1. Edges are kept per synapse term as compressed rows by target and handed out by
 * net_edges_*() in target order; there is no array of all edges. Currents are integers in zA (1e-21
 * A), times integers in ps (1e-12 s).
 *
 * The struct is filled by elaborate and read-only afterwards; it lives in the arena of the
 * elaboration.
 */
#ifndef DYNC_NET_H
#define DYNC_NET_H

#include "compiler/base/source.h"

enum { NET_MAX_DIMS = 3, NET_SLOTS = 4, NET_MAX_BIASES = 64 };
enum { NET_NONE = UINT32_MAX };

/* Order of the oracle's tables and of the simulator's states. */
enum dendrite { DENDRITE_AMPA, DENDRITE_GABA, DENDRITE_NMDA, DENDRITE_SHUNT, N_DENDRITES };
extern const char *const dendrite_name[N_DENDRITES];

struct dims { /* rows before columns: size[n-1] is x, size[n-2] y, size[n-3] z */
    uint32_t n, size[NET_MAX_DIMS];
};

enum unit_kind { UNIT_NEURON, UNIT_INPUT };

/* Some units of one population or input, in order: a strided box. A dropped dimension has no entry.
 */
struct view {
    enum unit_kind kind;
    uint32_t object;               /* index in populations or inputs */
    uint32_t base;                 /* flat index in the object of the view's unit 0 */
    struct dims dims;              /* the view's own shape; a single unit is [1] */
    uint32_t stride[NET_MAX_DIMS]; /* in flat indices of the object, per view dimension */
    uint32_t size;                 /* product of dims */
};
/* Flat index in the object of unit i of the view, and back (NET_NONE: not in the view). */
uint32_t view_unit(const struct view *view, uint32_t i);
uint32_t view_position(const struct view *view, uint32_t unit);
/* The same units in the same shape. */
bool view_equal(const struct view *a, const struct view *b);

/* --- biases as requested --- */

enum request_kind {
    REQUEST_DEFAULT, /* not stated: coarse, fine hold the default code */
    REQUEST_CODE,    /* dac(coarse, fine) */
    REQUEST_CURRENT, /* za, rounded once from what was written */
    REQUEST_SOLVED   /* a weight slot or delay bias that the compiler chooses */
};
struct bias_request {
    enum request_kind kind;
    uint8_t coarse, fine;
    int64_t za;
    bool is_ratio; /* a gain stated as a ratio to the time constant's current: heirs keep it */
    double ratio, amperes; /* the ratio; REQUEST_CURRENT: the current before rounding */
    struct span span;      /* of the attribute; SPAN_NOWHERE for defaults */
    const char *attribute; /* as written, "membrane.tau"; NULL for defaults */
};

/* delay.none / .precise / .mismatched: the delay of synapses with those bits; ps 0: not stated. */
struct delay_request {
    int64_t ps;
    struct span span;
};
enum { NET_DELAY_NONE, NET_DELAY_PRECISE, NET_DELAY_MISMATCHED, NET_STATED_DELAYS };

struct bias_set {
    const char *name; /* full path */
    struct span span;
    uint32_t parent;                             /* NET_NONE without */
    struct bias_request request[NET_MAX_BIASES]; /* by bias number of net->bias_name */
    const char *slot_name[NET_SLOTS];            /* "ff", or the pinned name */
    struct delay_request delay[NET_STATED_DELAYS];
    int64_t weight_unit_za; /* weight.unit, 0: not stated */
    double tolerance, weight_tolerance, delay_tolerance;
};

extern const char *const slot_pinned_name[NET_SLOTS]; /* "w0" .. "w3": always understood */

/* --- units --- */

struct population {
    const char *name; /* full path, "w.e" or "hand[2].cell" */
    struct dims dims;
    uint32_t size, first; /* neurons first .. first + size - 1 */
    uint32_t bias_set;
    bool has_rate;  /* `rate = ` is stated: what its neurons are expected to fire */
    double rate_hz; /* likewise, at least 0 */
    struct span span;
};

/* Where the events of an input come from: the host, or a sensor at the interface of one chip. */
enum input_kind { INPUT_HOST, INPUT_DVS, INPUT_BIOAMP, N_INPUT_KINDS };
struct dvs { /* 2-D sensor interface; [0] is x, [1] y; pixels of the input: [row, column] */
    const char *camera;
    uint8_t mode; /* code of the camera */
    bool on_events, off_events, drop_events, copy_events;
    uint8_t pooling_shift[2];   /* a pooled pixel is 2^shift raw ones wide, high */
    uint16_t origin[2], max[2]; /* first and last raw pixel of the window */
    int8_t copy_hop[2];         /* to where raw events are copied, in chips; 0, 0 without */
    uint32_t handshake_ns;      /* davis_req_ack_bugfix_delay_ns */
    uint32_t n_filter, *filter; /* raw pixels dropped: y << 16 | x, ascending */
};
struct input {
    const char *name;
    struct dims dims;
    uint32_t size, first; /* input units first .. first + size - 1 (without the n_neurons offset) */
    enum input_kind kind;
    uint32_t chip;         /* whose interface the sensor is at; 0 for the host */
    const struct dvs *dvs; /* INPUT_DVS */
    struct span span;
};

/* --- synapses --- */

enum weight_kind { WEIGHT_SLOTS, WEIGHT_AMPERES };
enum delay_kind { DELAY_OMITTED, DELAY_TIME, DELAY_CLASS };

/* What an edge asks for. Equal attributes have equal index in net->attrs. */
struct syn_attr {
    uint8_t dendrite;
    uint8_t weight_kind;
    uint8_t slots; /* WEIGHT_SLOTS: mask, bit i = W_i */
    uint8_t delay_kind;
    uint8_t delay_class; /* DELAY_CLASS: bit 0 precise, bit 1 mismatched */
    bool stp, share;
    int64_t weight_za; /* WEIGHT_AMPERES */
    int64_t delay_ps;  /* DELAY_TIME, > 0 */
};

/* A term whose mask is `random(p)` and nothing else, for advice. */
struct term_draw {
    uint32_t term;
    struct span span; /* of the mask */
    const char *text;
};
/* One synapse term of a projection, `ampa(...)`. */
struct term {
    uint32_t projection;
    uint8_t dendrite;
    struct span span;
    uint64_t n_edges;         /* counted with repeat */
    bool all;                 /* every pair, once, with attribute `attr`: no rows are stored */
    uint32_t attr;            /* if all */
    uint32_t n_rows;          /* targets with edges */
    const uint32_t *row_post; /* their positions in the post view, ascending */
    const uint64_t *row;      /* n_rows + 1 offsets into code; see net_rows.c for the code */
    const uint8_t *code;
};
struct projection {
    const char *name; /* label path, or the text */
    const char *text; /* "src -> hidden", for messages */
    struct view pre, post;
    uint32_t first_term, n_terms;
    struct span span; /* the whole statement */
};

struct edge {
    uint32_t source, target; /* source id, neuron */
    uint32_t attr, term;
    uint32_t repeat; /* >= 1 parallel synapses */
};

/* --- the rest --- */

enum probe_kind {
    PROBE_SPIKES,
    PROBE_MEMBRANE,
    PROBE_AMPA_CURRENT,
    PROBE_GABA_CURRENT,
    PROBE_NMDA_CURRENT,
    PROBE_SHUNT_CURRENT,
    PROBE_ADAPTATION,
    PROBE_CALCIUM,
    N_PROBE_KINDS
};
extern const char *const probe_name[N_PROBE_KINDS];
struct probe {
    struct view view;
    enum probe_kind kind;
    struct span span;
};

enum place_kind {
    PLACE_CHIP,
    PLACE_CORE,
    PLACE_AT,
    PLACE_TOGETHER_CORE,
    PLACE_TOGETHER_CHIP,
    PLACE_APART_CORE,
    PLACE_APART_CHIP,
    PLACE_SPREAD,
    PLACE_NEAR
};
struct view_vec VEC_OF(struct view);
struct place {
    enum place_kind kind;
    struct view_vec views;             /* a net instance stands for all its populations */
    struct view near;                  /* PLACE_NEAR */
    double weight;                     /* PLACE_NEAR */
    uint32_t chip, core, first, cores; /* as the kind needs */
    struct span span;                  /* the constraint */
    struct span statement;
};

/* A setting of one chip, as `set chip[k]` or an argument of `bioamp` states it. */
struct chip_setting {
    uint32_t chip, number; /* in the device's list of settings */
    const char *name;      /* "shared01.PG_BUF_N" */
    uint8_t value[2];      /* coarse, fine; or the value, 0 */
    struct span span;
};

/* What the defect profiles of a board leave. A CAM word may take tags of one half of their range
 * and fail with those of the other; a core may be unfit for single tags. Cores are counted over the
 * board. */
enum { NET_TAG_HALVES = 2 };
struct defects {
    const char *profile;                  /* paths of the profiles, comma separated */
    double threshold;                     /* words that failed more often than this are bad */
    uint32_t cores, neurons, words, tags; /* on the board; per core; per neuron; per core */
    uint8_t *bad_word; /* per core, neuron, word: bit h is set if it fails with tags of half h */
    uint8_t *bad_tag;  /* per core, tag: 1 if the core is not to be sent it */
    uint64_t n_bad_words[NET_TAG_HALVES], n_bad_tags;
};
bool defects_word_good(const struct defects *defects, uint32_t core, uint32_t neuron, uint32_t word,
                       uint32_t tag);
bool defects_tag_good(const struct defects *defects, uint32_t core, uint32_t tag);

struct define { /* -D name=value, in the order of the names */
    const char *name, *value;
};

struct population_vec VEC_OF(struct population);
struct input_vec VEC_OF(struct input);
struct bias_set_vec VEC_OF(struct bias_set);
struct projection_vec VEC_OF(struct projection);
struct term_vec VEC_OF(struct term);
struct term_draw_vec VEC_OF(struct term_draw);
struct attr_table VEC_OF(struct syn_attr);
struct probe_vec VEC_OF(struct probe);
struct place_vec VEC_OF(struct place);
struct chip_setting_vec VEC_OF(struct chip_setting);
struct define_vec VEC_OF(struct define);

struct net {
    const char *target; /* "dynapse2" */
    uint32_t chips, grid_w, grid_h;
    bool grid_stated; /* grid = [W, H] rather than chips = N */
    uint64_t seed;
    double reserve;
    struct span target_span;
    const struct defects *defects; /* NULL without profile */
    struct define_vec defines;

    uint32_t n_biases;
    const char *bias_name[NET_MAX_BIASES]; /* hardware names in the device's order */

    struct bias_set_vec bias_sets;
    struct population_vec populations;
    struct input_vec inputs;
    struct projection_vec projections;
    struct term_vec terms;
    struct term_draw_vec draws; /* by term */
    struct attr_table attrs;
    struct probe_vec probes;
    struct place_vec places;
    struct chip_setting_vec settings; /* by chip, then number */
    uint32_t n_neurons, n_inputs;
    uint16_t *latches;       /* per neuron: bit i = latch i of the device's list */
    uint32_t *population_of; /* per neuron */
    uint8_t *probed;         /* per neuron: 1 if its spikes are probed */
    uint32_t *rate_weight;   /* per neuron: see net_set_rates(); NULL: all count alike */

    uint32_t *
        terms_of; /* terms by target population: terms_of[first_term_of[p] .. first_term_of[p+1]) */
    uint32_t *first_term_of;
};

/* What a word of a neuron to another chip weighs. */
enum { NET_RATE_SCALE = 1000 };
static inline uint32_t net_rate_weight(const struct net *net, uint32_t neuron)
{
    return net->rate_weight ? net->rate_weight[neuron] : 1;
}
/* Sets rate_weight to round(NET_RATE_SCALE * rate / largest rate). hz: per neuron, below 0 where
 * the population's rate counts; neurons without any rate weigh as much as the busiest. Where no
 * rate is known, or none above 0, all count alike. */
void net_set_rates(struct arena *arena, struct net *net, const double *hz);

static inline uint32_t net_n_sources(const struct net *net)
{
    return net->n_neurons + net->n_inputs;
}
/* Whether a bias set is `ancestor` or inherits from it. */
bool net_bias_inherits(const struct net *net, uint32_t set, uint32_t ancestor);
/* The input that a source id beyond the neurons belongs to. */
uint32_t net_input_of(const struct net *net, uint32_t source);
/* The object a source belongs to and its flat index there. */
void net_source_unit(const struct net *net, uint32_t source, enum unit_kind *kind, uint32_t *object,
                     uint32_t *index);
/* "exc[3]", "map[2, 5, 7]", "src[1]": in the user's own indices. */
char *net_source_name(struct arena *arena, const struct net *net, uint32_t source);

/* The population or input that a view is of: its full name, its shape; and a view of all of it. */
const char *view_object_name(const struct net *net, const struct view *view);
const struct dims *view_object_dims(const struct net *net, const struct view *view);
struct view view_whole(enum unit_kind kind, uint32_t object, const struct dims *dims);

/* A view as written, for messages: "chain[3]", "w.e[14:19]"; and as dice identify it, with a range
 * for every dimension that is not taken whole: "chain[3:4:1]". */
const char *view_text(struct arena *arena, const struct net *net, const struct view *view);
const char *view_identity(struct arena *arena, const struct net *net, const struct view *view);

/* --- building and reading rows --- */

/* Builds the rows of one term: rows in ascending post, edges of a row in ascending pre. */
struct row_writer;
struct row_writer *row_writer_new(struct arena *arena);
void row_writer_edge(struct row_writer *writer, uint32_t post, uint32_t pre, uint32_t attr,
                     uint32_t repeat);
void row_writer_finish(struct row_writer *writer, struct term *term);

/* Fills the indices derived from the rest (population_of, probed, terms_of). */
void net_finish(struct arena *arena, struct net *net);

/* All edges into neurons first .. end-1: by target, then term, then position of the source in its
 * view. */
struct edge_iter {
    const struct net *net;
    uint32_t target, end;
    uint32_t next_term; /* index in terms_of */
    const struct term *term;
    uint32_t term_index, position, pre, left; /* of the open row */
    const uint8_t *at, *row_end;
    uint32_t attr;
};
void net_edges_start(struct edge_iter *iter, const struct net *net, uint32_t first, uint32_t end);
bool net_edges_next(struct edge_iter *iter, struct edge *edge);

/* Text form (--dump=net): one line per object and, with `edges`, per edge. */
char *net_dump(struct arena *arena, const struct net *net, bool edges);

#endif
