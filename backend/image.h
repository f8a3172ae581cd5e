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

enum { IMAGE_FORMAT_VERSION = 1, IMAGE_MAX_DIMS = 3 };

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
struct image_dest { /* an event the host sends for one spike of an input unit; hops from chip (0, 0)
                     */
    uint32_t word;  /* packed like an SRAM word */
};
struct image_input {
    const char *name;
    uint32_t n_dims, dims[IMAGE_MAX_DIMS], size;
    uint32_t *first_dest; /* size + 1 */
    uint32_t *dest;       /* packed like SRAM words, per unit by chip, then tag */
};
struct image_probe { /* kind as enum probe_kind of net.h; the units in the order of the view */
    uint8_t kind;
    uint8_t unit_kind;       /* 0 population, 1 input */
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
};

/* Allocates the arrays for meta->chips chips, all words empty, biases at their defaults. */
void image_init(struct arena *arena, struct image *image, const struct device *device,
                const struct image_meta *meta);

static inline size_t image_site(const struct image *image, uint32_t chip, uint32_t core,
                                uint32_t neuron)
{
    return ((size_t)chip * image->device->cores_per_chip + core) * image->device->neurons_per_core +
           neuron;
}

#endif
