/* The chip and the image words as the verifier knows them.
 *
 * Typed a second time from the published facts and from backend/README.md, and compared with the
 * compiler's own tables by nothing but the images both have to agree on. Sources: Rockpool's
 * Dynap-SE2 definitions for counts, ranges, latches and scale factors; the dump of a live
 * configuration for the 52 names and their defaults; our own fit of the bias generator.
 */
#ifndef DYNC_VERIFY_LAYOUT_H
#define DYNC_VERIFY_LAYOUT_H

#include "compiler/net.h"

enum { LAYOUT_COARSE = 6, LAYOUT_FINE = 256, LAYOUT_CODES = LAYOUT_COARSE * LAYOUT_FINE };
enum { LAYOUT_MOST_CELLS = 64 };

struct layout {
    const char *target;
    uint32_t revision, format, sections;
    uint32_t max_side; /* chips in a row or column of a board */
    uint32_t cores;    /* per chip */
    uint32_t neurons;  /* per core */
    uint32_t cells;    /* CAM words per neuron */
    uint32_t entries;  /* SRAM words per neuron */
    uint32_t tags;
    uint32_t configs; /* values of a CAM word's configuration bits */
    int32_t max_hop, monitor_x, monitor_y;
    uint32_t n_biases, n_latches;
    uint32_t first_slot, first_delay; /* SYAM_W0_P, SYPD_DLY0_P; the others follow */
    uint32_t n_delays;
    uint32_t window, pool, filter;    /* of a camera: pixels, factor, pixels dropped, at most */
    uint32_t pixel_words;             /* destinations of a pixel */
    uint32_t channels, types, routes; /* of the biosignal front end */
    uint64_t delay_charge; /* 0.5 pF * 0.7 V, in zA us: a delay is this over its current */
};
extern const struct layout layout;

struct code {
    uint8_t coarse, fine;
};
struct layout_bias {
    const char *name;
    uint16_t permille; /* scale factor, in thousandths */
    struct code quiet; /* what it holds when nobody asks */
};
const struct layout_bias *layout_bias(uint32_t bias);
const char *layout_latch_name(uint32_t latch);

struct layout_camera {
    const char *name;
    uint32_t mode, width, height;
};
const struct layout_camera *layout_camera(uint32_t mode); /* NULL: no such mode */

/* Settings of a chip, in the order of their numbers. */
enum layout_value { LAYOUT_CODE, LAYOUT_SWITCH, LAYOUT_BYTE, LAYOUT_PROBED };
struct layout_setting {
    const char *prefix, *name; /* "shared01", "PG_BUF_N" */
    enum layout_value value;
};
/* False: there are not so many. */
bool layout_setting(uint32_t number, struct layout_setting *setting);
/* The sADC channel that carries what a probe of this kind records, NULL: none does. */
const char *layout_channel(enum probe_kind kind);

/* Currents of one bias at all its codes, zA, in order of coarse, then fine. */
void layout_currents(uint32_t bias, int64_t current[LAYOUT_CODES]);
/* Least |I - za|, then lowest coarse, then lowest fine. */
struct code layout_nearest(const int64_t current[LAYOUT_CODES], int64_t za);

struct cam_fields { /* config: everything but the tag; rest: bits of no field */
    uint32_t tag, config, rest;
};
struct sram_fields { /* x, y: hops */
    uint32_t tag, cores, rest;
    int32_t x, y;
};
static inline struct cam_fields layout_cam(uint32_t word)
{
    return (struct cam_fields){
        .tag = word >> 11 & 0x7FF, .config = word & 0x7FF, .rest = word >> 22};
}
static inline struct sram_fields layout_sram(uint32_t word)
{
    return (struct sram_fields){.tag = word & 0x7FF,
                                .cores = word >> 19 & 0xF,
                                .rest = word >> 23,
                                .x = (int32_t)(word >> 15 & 0xF) - layout.max_hop,
                                .y = (int32_t)(word >> 11 & 0xF) - layout.max_hop};
}
uint32_t layout_config(enum dendrite dendrite, uint32_t delay_bits, bool stp, uint32_t mask);
/* "ampa, w0 + w2, stp, precise" */
char *layout_config_text(struct arena *arena, uint32_t config);

#endif
