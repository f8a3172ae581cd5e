/* A chip as data: limits, word layouts, biases, latches, constants. All numbers of the device stand
 * once, in dynapse2.def, each row with its source; this header gives them names and types.
 *
 * Limits are run-time data, so that tests can shrink the chip: copy device_dynapse2() and edit the
 * copy.
 */
#ifndef DYNC_DEVICE_H
#define DYNC_DEVICE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct bias_code {
    uint8_t coarse, fine;
};

enum bias_id {
#define BIAS(name, type, scale_milli, coarse, fine, controls, source) BIAS_##name,
#include "backend/device/dynapse2.def"
    N_BIASES
};
enum latch_id {
#define LATCH(name, attribute, meaning, source) LATCH_##name,
#include "backend/device/dynapse2.def"
    N_LATCHES
};
enum limit_id {
#define LIMIT(name, value, meaning, source) LIMIT_##name,
#include "backend/device/dynapse2.def"
    N_LIMITS
};
enum constant_id {
#define CONSTANT(name, value, unit, meaning, source) CONSTANT_##name,
#include "backend/device/dynapse2.def"
    N_CONSTANTS
};
enum field_id {
#define FIELD(word, name, low, width, meaning, source) FIELD_##word##_##name,
#include "backend/device/dynapse2.def"
    N_FIELDS
};
enum camera_id {
#define CAMERA(name, code, width, height, source) CAMERA_##name,
#include "backend/device/dynapse2.def"
    N_CAMERAS
};
enum setting_row { /* one per name; a class's rows occur once per group of the class */
#define SETTING(class, name, kind, most, controls, source) SETTING_ROW_##class##_##name,
#include "backend/device/dynapse2.def"
                   N_SETTING_ROWS
};

struct bias_info {
    const char *name;     /* "SOIF_LEAK_N" */
    char type;            /* 'N' or 'P' */
    int64_t scale_milli;  /* scale factor k, in thousandths; 1000 where no source gives one */
    struct bias_code def; /* value when nothing is stated */
    const char *controls, *source;
};
struct latch_info {
    const char *name;      /* "soif_kill" */
    const char *attribute; /* its name in .dyn, "kill"; "" where only latch.NAME exists */
    const char *meaning, *source;
};
struct limit_info { /* for listings: the value in force is the member of struct device */
    const char *name;
    int32_t value;
    const char *meaning, *source;
};
struct constant_info {
    const char *name;
    double value;
    const char *unit, *meaning, *source;
};
struct field_info { /* of the words our images use: cam_*, sram_* */
    const char *word, *name;
    uint8_t low, width;
    const char *meaning, *source;
};

struct camera_info { /* of the 2-D sensor interface */
    const char *name;
    uint8_t code; /* of its mode */
    uint16_t width, height;
    const char *source;
};

/* Settings outside the cores' biases: analog parameters, switches and numbers of a chip. What
 * nobody states is no part of an image: the loader leaves it as it is. */
enum setting_kind { SETTING_DAC, SETTING_SWITCH, SETTING_NUMBER, SETTING_PROBE };
enum setting_class {
    CLASS_global,
    CLASS_shared,
    CLASS_sadc,
    CLASS_sadc_enable,
    CLASS_chip,
    CLASS_bioamp,
    CLASS_channel,
    CLASS_core,
    CLASS_core_sadc
};
struct setting_info {
    enum setting_class class;
    const char *name; /* "PG_BUF_N" */
    enum setting_kind kind;
    uint8_t most; /* largest value of all but SETTING_DAC */
    const char *controls, *source;
};
struct group_info {
    enum setting_class class;
    const char *prefix; /* "shared01" */
    const char *meaning, *source;
};
struct device_setting { /* one setting of a chip: "shared01" and "PG_BUF_N" */
    const struct group_info *group;
    const struct setting_info *info;
};

struct device {
    const char *name;
    uint32_t revision; /* of the tables; images name it */
    uint32_t cores_per_chip, neurons_per_core, grid_rows, cam_words, sram_words, tags, max_hop;
    uint32_t weight_slots, max_coarse, max_fine, max_chips_per_axis;
    int32_t monitor_x, monitor_y; /* hops of a spike probe's word */
    uint32_t dvs_window, dvs_pool, dvs_filter, dvs_words;
    uint32_t bioamp_channels, bioamp_types, bioamp_routes;
    struct bias_info bias[N_BIASES];
    struct latch_info latch[N_LATCHES];
    struct field_info field[N_FIELDS];
    const struct limit_info *limit;       /* N_LIMITS rows */
    const struct constant_info *constant; /* N_CONSTANTS rows */
    const struct camera_info *camera;     /* N_CAMERAS rows */
    const struct group_info *group;
    uint32_t n_groups;
    const struct setting_info *setting; /* N_SETTING_ROWS rows, those of a class together */
    /* Currents of the bias generator before the scale factor, zA, [N, P][coarse][fine], always the
     * whole table: [2][6][256], also where max_coarse and max_fine are lowered. */
    const int64_t *dac;
    /* Constants of the analog circuits (F, V, A, 1). */
    double c_mem, c_ahp, c_ampa, c_gaba, c_nmda, c_shunt, c_pulse, c_pulse_ahp, c_ref, c_delay,
        c_std, c_calcium, c_homeostasis;
    double kappa, ut, vth, io;
    int64_t default_slot_za[4]; /* a slot that is named but not given: 1, 2, 4, 8 nA */
};
const struct device *device_dynapse2(void);

/* Number of the bias or latch with this hardware name; -1 if there is none. */
int device_bias(const struct device *device, const char *name);
int device_latch(const struct device *device, const char *name);

/* Current of a bias at a code, zA: table current times scale factor, rounded once, half up. */
int64_t device_bias_za(const struct device *device, int bias, struct bias_code code);
/* The code nearest to a current: least |I - request|, then lowest coarse, then lowest fine. */
struct bias_code device_bias_nearest(const struct device *device, int bias, int64_t za);
/* Smallest and largest current of a bias, zA. */
void device_bias_range(const struct device *device, int bias, int64_t *least, int64_t *most);

/* The settings of a chip are numbered by group, then row: how many, one of them, and the number of
 * a prefix and a name (-1: none). */
uint32_t device_n_settings(const struct device *device);
struct device_setting device_setting_at(const struct device *device, uint32_t number);
int device_setting_find(const struct device *device, const char *prefix, const char *name);
/* Tags of the biosignal front end: a block of them, aligned to their number. */
static inline uint32_t device_bioamp_tags(const struct device *device)
{
    return device->bioamp_channels * device->bioamp_types;
}

/* CAM cells fail with the tags of one half of their range or of the other. */
enum { DEVICE_TAG_HALVES = 2 };
static inline uint32_t device_tag_half(const struct device *device, uint32_t tag)
{
    return tag >= device->tags / DEVICE_TAG_HALVES;
}

/* Field access for packed words; of a value that is too wide the low bits are kept. */
uint32_t field_get(const struct device *device, enum field_id field, uint32_t word);
uint32_t field_put(const struct device *device, enum field_id field, uint32_t word, uint32_t value);

/* Consistency of the tables: fields fit their word and do not overlap, names are unique, codes are
 * legal, defaults are the nearest codes of the currents they stand for, every row cites a source,
 * decode(encode(x)) == x. NULL, or a constant sentence about the first fault. */
const char *device_self_check(const struct device *device);

/* Chips stand at x = h % w, y = h / w of the board's grid; the host stands at x = -1 beside every
 * row. */
static inline uint32_t device_cores(const struct device *device, uint32_t chips)
{
    return chips * device->cores_per_chip;
}
static inline uint32_t device_chip_neurons(const struct device *device)
{
    return device->cores_per_chip * device->neurons_per_core;
}

#endif
