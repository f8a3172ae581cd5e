/* The board image in memory: what the files hold, decoded, and nothing else.
 *
 * CAM and SRAM words are packed as the FIELD rows of dynapse2.def say; the word 0 is empty. Arrays
 * are indexed [chip][core][neuron][word], chips row by row. An image owns nothing: it lives in its
 * arena. Equal mappings give equal images, equal images equal bytes.
 */
#ifndef DYNC_IMAGE_H
#define DYNC_IMAGE_H

#include "backend/device/device.h"
#include "compiler/base/arena.h"
#include "compiler/base/vec.h"

enum {
    IMAGE_FORMAT_VERSION = 2,
    IMAGE_DEVICE_REVISION = 1,
    IMAGE_MAX_DIMS = 3,
    IMAGE_MAX_ROUTES = 2
};

struct image_file { /* a source or data file the network was made from */
    const char *path;
    uint8_t sha256[32];
};
struct image_define {
    const char *name, *value;
};
struct image_file_vec VEC_OF(struct image_file);
struct image_define_vec VEC_OF(struct image_define);

struct image_meta {
    const char *tool;   /* version of dync that wrote it */
    const char *target; /* device name */
    uint32_t chips, grid_w, grid_h;
    uint64_t seed;
    struct image_define_vec defines; /* by name */
    struct image_file_vec files;     /* [0] is the main file; then by path */
};

struct image_piece { /* neurons first .. first+count-1 of a population */
    uint32_t first, count;
    uint32_t chip, core, neuron;
};
struct image_piece_vec VEC_OF(struct image_piece);
struct image_population {
    const char *name;
    uint32_t n_dims, dims[IMAGE_MAX_DIMS];
    struct image_piece_vec pieces; /* by first; together the whole population */
};
/* Where the events of an input come from, as enum input_kind of net.h. */
enum image_input_kind { IMAGE_HOST, IMAGE_DVS, IMAGE_BIOAMP, N_IMAGE_INPUT_KINDS };
struct image_dvs { /* 2-D sensor interface; [0] is x, [1] y; as struct dvs of net.h */
    uint8_t mode;
    bool on_events, off_events, drop_events, copy_events;
    uint8_t pooling_shift[2];
    uint16_t origin[2], max[2];
    int8_t copy_hop[2];
    uint32_t handshake_ns;
    uint32_t n_filter, *filter; /* raw pixels, y << 16 | x, ascending */
};
struct image_input {
    const char *name;
    uint32_t n_dims, dims[IMAGE_MAX_DIMS], size;
    uint8_t kind;
    uint32_t chip;        /* where hops count from: the sensor's chip, 0 for the host */
    struct image_dvs dvs; /* IMAGE_DVS */
    uint32_t n_routes, route[IMAGE_MAX_ROUTES]; /* IMAGE_BIOAMP: destinations, packed like SRAM
                                                   words, with the number of the block of tags in
                                                   place of the tag */
    uint32_t *first_dest;                       /* size + 1 */
    uint32_t *dest; /* events of one spike: packed like SRAM words, per unit by chip, then tag;
                       those of a biosignal front end follow from its routes */
};
struct image_setting { /* of one chip; number in the device's list */
    uint32_t chip;
    uint16_t number;
    uint8_t value[2]; /* coarse, fine; or the value, 0 */
};
struct image_setting_vec VEC_OF(struct image_setting);
struct image_probe { /* kind as enum probe_kind of net.h; the units in the order of the view */
    uint8_t kind;
    uint8_t unit_kind;       /* 0 population, 1 input, as enum unit_kind of net.h */
    uint32_t object;         /* number of the population or input */
    uint32_t n_units, *unit; /* flat indices in the object */
};
struct image_population_vec VEC_OF(struct image_population);
struct image_input_vec VEC_OF(struct image_input);
struct image_probe_vec VEC_OF(struct image_probe);

struct image {
    const struct device *device;
    struct image_meta meta;
    uint32_t *cam;  /* chips * cores * neurons * cam_words */
    uint32_t *sram; /* chips * cores * neurons * sram_words */
    struct bias_code
        *bias;       /* chips * cores * N_BIASES; a core without neurons holds the defaults */
    uint16_t *latch; /* chips * cores * neurons: bit i = latch i */
    struct image_population_vec populations; /* in text order */
    struct image_input_vec inputs;
    struct image_probe_vec probes;
    struct image_setting_vec settings; /* by chip, then number; what nobody states is not listed */
};

/* Where an image departs from the canonical form that backend/README.md states. */
enum image_part {
    IMAGE_META,
    IMAGE_CAM,   /* index: word, image_site * cam_words + cell */
    IMAGE_SRAM,  /* index: word, image_site * sram_words + entry */
    IMAGE_BIAS,  /* index: board-wide core * N_BIASES + bias */
    IMAGE_LATCH, /* index: image_site */
    IMAGE_INPUT, /* index: number of the input, probe, population */
    IMAGE_PROBE,
    IMAGE_SYMBOLS,
    IMAGE_SETTINGS, /* index: number of the entry */
    N_IMAGE_PARTS
};
struct image_fault {
    enum image_part part;
    size_t index;
    const char *text; /* what is wrong, with the place: "chip0.core2.n17[3]: no weight bit" */
};

/* Allocates the arrays for meta->chips chips, all words empty, biases at their defaults. */
void image_init(struct arena *arena, struct image *image, const struct device *device,
                const struct image_meta *meta);

/* True if the image is one that emit could have written for some network: the bits of every word,
 * board geometry, order, names. False: the first departure in *fault. */
bool image_check(struct arena *arena, const struct image *image, struct image_fault *fault);

static inline size_t image_site(const struct image *image, uint32_t chip, uint32_t core,
                                uint32_t neuron)
{
    return ((size_t)chip * image->device->cores_per_chip + core) * image->device->neurons_per_core
           + neuron;
}

/* Number of sites and of board-wide cores. */
static inline size_t image_sites(const struct image *image)
{
    return (size_t)image->meta.chips * device_chip_neurons(image->device);
}
static inline uint32_t image_cores(const struct image *image)
{
    return device_cores(image->device, image->meta.chips);
}

/* A site's parts, and its name "chip0.core2.n17". */
struct image_place {
    uint32_t chip, core, neuron;
};
struct image_place image_place_of(const struct image *image, size_t site);
char *image_site_name(struct arena *arena, const struct image *image, size_t site);

/* An SRAM word or input event in words. The target of a route from chip `from` is
 * (from + x, from + y) on the grid; a word that walks off the west end goes to the host. */
struct image_route {
    uint32_t cores, tag;
    int32_t x, y;  /* hops */
    bool to_host;  /* then chip is meaningless */
    bool on_board; /* false: the target is neither a chip nor the host */
    uint32_t chip;
};
struct image_route image_route_of(const struct image *image, uint32_t from, uint32_t word);

/* Fills the events of a biosignal front end from its routes. */
void image_spread_routes(struct arena *arena, const struct image *image, struct image_input *input);

/* Adds the settings that follow from the probes: the neuron on the monitor of each core, and the
 * sADC channels of the currents probed there unless they are stated. Of two membrane probes on one
 * core the first counts. */
void image_imply_settings(struct arena *arena, struct image *image);
/* "chip0 shared01.PG_BUF_N" */
char *image_setting_name(struct arena *arena, const struct image *image, uint32_t chip,
                         uint32_t number);

/* What each site carries, by the symbols; one entry per site. */
struct image_unit {
    uint32_t population, index; /* UINT32_MAX: no declared neuron */
};
struct image_unit *image_units(struct arena *arena, const struct image *image);

#endif
