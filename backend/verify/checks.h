/* What the checks share: the network, the image as read, and where the symbols put each neuron.
 *
 * One function per check of README.md. verify_image() runs them in stages and stops after the first
 * stage with findings, so that a finding is never a mere consequence of an earlier one.
 */
#ifndef DYNC_VERIFY_CHECKS_H
#define DYNC_VERIFY_CHECKS_H

#include "backend/verify/image_read.h"

enum check { V1 = 1, V2, V3, V4, V5, V6, V7, V8, V9, V10, V11, V12, N_CHECKS };

/* One merged bias set: all sets whose stated and defaulted codes are equal. */
struct bias_group {
    uint32_t set;                     /* its first set */
    struct code code[NET_MAX_BIASES]; /* where not solved: what the core has to hold */
    bool solved[NET_MAX_BIASES];
    uint32_t core;    /* its first core, NET_NONE: none */
    double *asked;    /* per attribute of the net: least weight tolerance of the sets whose
                         neurons ask for it; negative: none does */
    uint16_t *config; /* per attribute of the net: low bits of a CAM word that serves it */
};

/* Who sends which tag to which core: sources of (core, tag) are
 * source[first[core * tags + tag] .. first[core * tags + tag + 1]), ascending. */
struct deliveries {
    uint64_t *first;
    uint32_t *source;
};

struct verify {
    struct arena *arena;
    struct diag_sink *sink;
    const struct net *net;
    const char *tool_version;
    const struct read_image *image;
    uint32_t found[N_CHECKS]; /* findings, shown or not */

    size_t n_sites;
    uint32_t *site_of;   /* per neuron */
    uint32_t *neuron_at; /* per site, NET_NONE: no declared neuron */

    uint32_t n_groups;
    struct bias_group *groups;
    uint32_t *group_of_set;            /* NET_NONE: of no population */
    uint32_t *group_of_core;           /* whose codes it was given; NET_NONE: no neuron on it */
    uint32_t net_bias[NET_MAX_BIASES]; /* layout's number of a bias -> the network's */
    int64_t (*current)[LAYOUT_CODES];  /* per bias */

    struct deliveries deliveries;
};

/* Adds a finding; NULL once the check has shown a handful (the rest is counted). */
struct diag *finding(struct verify *v, enum check check, enum diag_code code, struct span span,
                     const char *format, ...) __attribute__((format(printf, 5, 6)));

char *source_name(const struct verify *v, uint32_t source); /* "exc[3]" */
char *site_name(const struct verify *v, size_t site);       /* "chip 0 core 2 neuron 17" */

void check_v12_meta(struct verify *v);    /* META and names are the network's */
void check_v1_symbols(struct verify *v);  /* fills site_of, neuron_at */
void check_v4_residue(struct verify *v);  /* no words where no neuron was declared */
void check_v5_routes(struct verify *v);   /* destinations exist, monitors are declared */
void check_v6_monitors(struct verify *v); /* each recorded spike names one neuron */
void check_v7_cores(struct verify *v);    /* one bias set per core, equal codes per set */
void check_v8_codes(struct verify *v);    /* stated and defaulted codes */
void check_v8_slots(struct verify *v);    /* weight slots chosen by the compiler */
void check_v8_delays(struct verify *v);   /* delay currents chosen by the compiler */
void check_v9_latches(struct verify *v);
void check_v9_settings(struct verify *v); /* of chips: as stated, and as the probes need them */
void check_v2_v3_edges(struct verify *v);
void check_v10_order(struct verify *v); /* destinations, before anything is decoded */
void check_v10_form(struct verify *v);
void check_v11_rules(struct verify *v);   /* place lines, reserve, membrane probes */
void check_v11_defects(struct verify *v); /* cells, tags and neurons that are defective */

/* --- what the checks are made of --- */

/* Merges the bias sets (group_of_set, groups) and finds each group's first core. */
void group_biases(struct verify *v);
/* What the edges into each group ask for. */
void collect_requests(struct verify *v);
/* Attribute -> CAM configuration, from the codes the image holds on the group's first core; weight
 * masks and delay bits are its parts. */
void resolve_attributes(struct verify *v);
void resolve_masks(const struct verify *v, const struct bias_group *group, uint8_t *mask);
void resolve_delays(const struct verify *v, const struct bias_group *group, uint8_t *bits);
/* Whether the CAM words of a site stand in the cells that V10 asks for. */
bool cells_as_chosen(struct verify *v, size_t site);
typedef unsigned __int128 wide;
uint64_t distance(int64_t a, int64_t b);
/* ceil(1000 off / request), up to a bound that keeps sums of squares in 128 bits. */
uint64_t permille(uint64_t off, int64_t request);
void collect_deliveries(struct verify *v);
struct read_senders { /* ascending */
    const uint32_t *source;
    uint64_t n;
};
struct read_senders senders_of(const struct verify *v, uint32_t core, uint32_t tag);

/* Chip that a route from `chip` ends at; NET_NONE: it leaves the board (*west: to the host). */
uint32_t route_chip(const struct verify *v, uint32_t chip, const struct sram_fields *route,
                    bool *west);
/* All routes of a source, neuron or input unit; chip is where hops count from. */
struct source_routes {
    struct read_words words; /* monitor included, empty words too */
    uint32_t chip;
    bool blocks;   /* of a biosignal front end: words name a block of tags, */
    uint32_t unit; /* of which this is the one */
};
struct source_routes routes_of(const struct verify *v, uint32_t source);
/* Route i, in the tag that this source sends. A block that does not exist gives a tag beyond all.
 */
struct sram_fields route_at(const struct source_routes *routes, uint32_t i);

static inline uint32_t chip_of_core(uint32_t core)
{
    return core / layout.cores;
}
static inline uint32_t core_of_site(size_t site)
{
    return (uint32_t)(site / layout.neurons);
}

#endif
