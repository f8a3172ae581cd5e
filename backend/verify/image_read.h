/* The verifier's own reader of image files: strict, nothing taken on trust.
 *
 * Container, versions, lengths, counts, checksums and strings are checked here; what the words mean
 * is the business of the checks. The result points into the bytes and into the arena.
 */
#ifndef DYNC_VERIFY_IMAGE_READ_H
#define DYNC_VERIFY_IMAGE_READ_H

#include "backend/verify/layout.h"
#include "backend/verify/verify.h"

struct read_words { /* n words from `at`, little-endian */
    const uint8_t *at;
    uint32_t n;
};
struct read_dvs {         /* as struct dvs */
    uint32_t mode, flags; /* bits: on, off, drop, copy */
    uint32_t shift[2], origin[2], max[2];
    int32_t copy_hop[2];
    uint32_t handshake_ns;
    struct read_words filter;
};
struct read_input {
    const char *name;
    struct dims dims;
    uint32_t size, kind, chip;
    struct read_dvs dvs;      /* INPUT_DVS */
    struct read_words blocks; /* INPUT_BIOAMP: destinations; the tag field is a block's number */
    struct read_words *dest;  /* per unit; else */
};
struct read_setting {
    uint32_t chip, number;
    uint8_t value[2];
};
struct read_probe {
    uint32_t kind, unit_kind, object;
    struct read_words units;
};
struct read_piece {
    uint32_t first, count, chip, core, neuron;
};
struct read_population {
    const char *name;
    struct dims dims;
    uint32_t size, n_pieces;
    struct read_piece *pieces;
};
struct read_image {
    struct verify_meta meta;
    const uint8_t *cam, *sram, *bias, *latch; /* sections, their lengths checked */
    uint32_t n_cores;                         /* of the board */
    uint32_t n_inputs, n_probes, n_populations, n_settings;
    struct read_setting *settings;
    struct read_input *inputs;
    struct read_probe *probes;
    struct read_population *populations;
};

/* False: E0903 was reported; names the check V12. */
bool image_read(struct arena *arena, const uint8_t *bytes, size_t n, struct diag_sink *sink,
                struct read_image *image);
/* The same, up to META. */
bool image_read_meta(struct arena *arena, const uint8_t *bytes, size_t n, struct diag_sink *sink,
                     struct verify_meta *meta);

uint32_t read_u32(const uint8_t *at);
static inline uint32_t read_word(const struct read_words *words, uint32_t i)
{
    return read_u32(words->at + 4 * (size_t)i);
}
/* CAM and SRAM words of a site, site = board-wide core * neurons + neuron. */
static inline uint32_t read_cam(const struct read_image *image, size_t site, uint32_t cell)
{
    return read_u32(image->cam + 4 * (site * layout.cells + cell));
}
static inline uint32_t read_sram(const struct read_image *image, size_t site, uint32_t entry)
{
    return read_u32(image->sram + 4 * (site * layout.entries + entry));
}
static inline struct code read_bias(const struct read_image *image, uint32_t core, uint32_t bias)
{
    const uint8_t *at = image->bias + 2 * ((size_t)core * layout.n_biases + bias);
    return (struct code){at[0], at[1]};
}
static inline uint32_t read_latches(const struct read_image *image, size_t site)
{
    return (uint32_t)image->latch[2 * site] | (uint32_t)image->latch[2 * site + 1] << 8;
}

#endif
