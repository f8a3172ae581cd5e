/* A small writer of image files for tests of the verifier, typed from backend/README.md and sharing
 * nothing with the product's encoder. One chip. What a test wants wrong it changes in the model, or
 * in the bytes before they are sealed again. */
#ifndef DYNC_VERIFY_IMAGE_WRITER_H
#define DYNC_VERIFY_IMAGE_WRITER_H

#include "compiler/net.h"

#include <sha2.h>
#include <string.h>
#include <zlib.h>

enum { W_CORES = 4, W_NEURONS = 256, W_CELLS = 64, W_ENTRIES = 4, W_BIASES = 52 };
enum { W_SITES = W_CORES * W_NEURONS, W_SECTIONS = 9, W_HEADER = 312, W_MOST_PIECES = 8 };
enum { W_MOST_OBJECTS = 4, W_MOST_DESTS = 8 };

struct w_piece {
    uint32_t first, count, chip, core, neuron;
};
struct w_camera {
    uint8_t mode, flags, shift[2];
    uint16_t origin[2], max[2];
    int copy[2];
    uint32_t handshake, n_filter, filter[4];
};
struct w_setting {
    uint32_t chip;
    uint16_t number;
    uint8_t value[2];
};
struct w_object { /* population or input */
    const char *name;
    uint32_t n_dims, dims[3];
    uint32_t n_pieces;
    struct w_piece piece[W_MOST_PIECES];
    uint32_t kind, chip; /* of inputs */
    struct w_camera camera;
    uint32_t n_dests[W_MOST_OBJECTS], dest[W_MOST_OBJECTS][W_MOST_DESTS]; /* of input units */
};
struct w_probe {
    uint8_t kind, unit_kind;
    uint32_t object, n, unit[W_MOST_DESTS];
};
struct model {
    const char *tool, *target;
    uint32_t revision, chips, w, h;
    uint64_t seed;
    uint32_t n_defines, n_files;
    struct define define[2];
    const char *file[3];
    uint8_t sha[3][32];
    uint32_t cam[W_SITES][W_CELLS], sram[W_SITES][W_ENTRIES];
    uint8_t bias[W_CORES][W_BIASES][2];
    uint16_t latch[W_SITES];
    uint32_t n_inputs, n_probes, n_populations;
    struct w_object input[W_MOST_OBJECTS], population[W_MOST_OBJECTS];
    struct w_probe probe[W_MOST_OBJECTS];
    uint32_t n_settings;
    struct w_setting setting[W_MOST_DESTS];
};

struct pen {
    uint8_t *at;
    size_t n, section;
};

static inline void w_int(struct pen *pen, uint64_t value, unsigned n)
{
    for (; n > 0; n--, value >>= 8)
        pen->at[pen->n++] = (uint8_t)value;
}

static inline void w_str(struct pen *pen, const char *text)
{
    w_int(pen, strlen(text), 4);
    memcpy(pen->at + pen->n, text, strlen(text));
    pen->n += strlen(text);
}

static inline uint64_t w_get(const uint8_t *at, unsigned n)
{
    uint64_t value = 0;
    while (n-- > 0)
        value = value << 8 | at[n];
    return value;
}

static inline void w_put(uint8_t *at, uint64_t value, unsigned n)
{
    struct pen pen = {.at = at};
    w_int(&pen, value, n);
}

/* Puts CRCs and the SHA in order again after a change of the bytes. Table rows that do not lie in
 * the file are left alone. */
static inline void w_seal(uint8_t *bytes, size_t n)
{
    SHA2_CTX hash;
    for (unsigned i = 0; i < W_SECTIONS; i++) {
        uint8_t *row = bytes + 24 + 32 * i;
        uint64_t offset = w_get(row + 8, 8), length = w_get(row + 16, 8);
        if (offset <= n && length <= n - offset)
            w_put(row + 24, crc32_z(0, bytes + offset, length), 4);
    }
    SHA256Init(&hash);
    SHA256Update(&hash, bytes, n - 32);
    SHA256Final(bytes + n - 32, &hash);
}

static inline void w_begin(struct pen *pen, const char *name)
{
    uint8_t *row = pen->at + 24 + 32 * pen->section++;
    memset(row, 0, 32);
    memcpy(row, name, strlen(name));
    w_put(row + 8, pen->n, 8);
}

static inline void w_end(struct pen *pen)
{
    uint8_t *row = pen->at + 24 + 32 * (pen->section - 1);
    w_put(row + 16, pen->n - w_get(row + 8, 8), 8);
    while (pen->n % 8 != 0)
        pen->at[pen->n++] = 0;
}

static inline void w_meta(struct pen *pen, const struct model *m)
{
    w_begin(pen, "META");
    w_str(pen, m->tool);
    w_str(pen, m->target);
    w_int(pen, m->revision, 4);
    w_int(pen, m->chips, 4);
    w_int(pen, m->w, 4);
    w_int(pen, m->h, 4);
    w_int(pen, m->seed, 8);
    w_int(pen, m->n_defines, 4);
    for (uint32_t i = 0; i < m->n_defines; i++) {
        w_str(pen, m->define[i].name);
        w_str(pen, m->define[i].value);
    }
    w_int(pen, m->n_files, 4);
    for (uint32_t i = 0; i < m->n_files; i++) {
        w_str(pen, m->file[i]);
        memcpy(pen->at + pen->n, m->sha[i], 32);
        pen->n += 32;
    }
    w_end(pen);
}

static inline void w_board(struct pen *pen, const struct model *m)
{
    w_begin(pen, "CAM");
    for (unsigned site = 0; site < W_SITES; site++)
        for (unsigned k = 0; k < W_CELLS; k++)
            w_int(pen, m->cam[site][k], 4);
    w_end(pen);
    w_begin(pen, "SRAM");
    for (unsigned site = 0; site < W_SITES; site++)
        for (unsigned k = 0; k < W_ENTRIES; k++)
            w_int(pen, m->sram[site][k], 4);
    w_end(pen);
    w_begin(pen, "BIAS");
    for (unsigned core = 0; core < W_CORES; core++)
        for (unsigned k = 0; k < W_BIASES; k++)
            w_int(pen, w_get(m->bias[core][k], 2), 2);
    w_end(pen);
    w_begin(pen, "LATCH");
    for (unsigned site = 0; site < W_SITES; site++)
        w_int(pen, m->latch[site], 2);
    w_end(pen);
}

static inline void w_head(struct pen *pen, const struct w_object *object)
{
    w_str(pen, object->name);
    w_int(pen, object->n_dims, 4);
    for (uint32_t d = 0; d < object->n_dims; d++)
        w_int(pen, object->dims[d], 4);
}

static inline void w_camera(struct pen *pen, const struct w_camera *camera)
{
    w_int(pen, camera->mode, 1);
    w_int(pen, camera->flags, 1);
    for (uint32_t i = 0; i < 2; i++)
        w_int(pen, camera->shift[i], 1);
    for (uint32_t i = 0; i < 2; i++)
        w_int(pen, camera->origin[i], 2);
    for (uint32_t i = 0; i < 2; i++)
        w_int(pen, camera->max[i], 2);
    for (uint32_t i = 0; i < 2; i++)
        w_int(pen, (uint64_t)(camera->copy[i] + 7), 2);
    w_int(pen, camera->handshake, 4);
    w_int(pen, camera->n_filter, 4);
    for (uint32_t i = 0; i < camera->n_filter; i++)
        w_int(pen, camera->filter[i], 4);
}

static inline void w_input(struct pen *pen, const struct w_object *input)
{
    uint32_t size = 1;
    w_head(pen, input);
    for (uint32_t d = 0; d < input->n_dims; d++)
        size *= input->dims[d];
    w_int(pen, input->kind, 4);
    w_int(pen, input->chip, 4);
    if (input->kind == INPUT_DVS)
        w_camera(pen, &input->camera);
    if (input->kind == INPUT_BIOAMP) {
        w_int(pen, input->n_dests[0], 4);
        for (uint32_t k = 0; k < input->n_dests[0]; k++)
            w_int(pen, input->dest[0][k], 4);
        return;
    }
    for (uint32_t unit = 0; unit < size; unit++) {
        w_int(pen, input->n_dests[unit], 4);
        for (uint32_t k = 0; k < input->n_dests[unit]; k++)
            w_int(pen, input->dest[unit][k], 4);
    }
}

static inline void w_population(struct pen *pen, const struct w_object *population)
{
    w_head(pen, population);
    w_int(pen, population->n_pieces, 4);
    for (uint32_t i = 0; i < population->n_pieces; i++) {
        const struct w_piece *piece = &population->piece[i];
        w_int(pen, piece->first, 4);
        w_int(pen, piece->count, 4);
        w_int(pen, piece->chip, 4);
        w_int(pen, piece->core, 4);
        w_int(pen, piece->neuron, 4);
    }
}

static inline void w_tables(struct pen *pen, const struct model *m)
{
    w_begin(pen, "INPUT");
    w_int(pen, m->n_inputs, 4);
    for (uint32_t i = 0; i < m->n_inputs; i++)
        w_input(pen, &m->input[i]);
    w_end(pen);
    w_begin(pen, "PROBE");
    w_int(pen, m->n_probes, 4);
    for (uint32_t i = 0; i < m->n_probes; i++) {
        const struct w_probe *probe = &m->probe[i];
        w_int(pen, probe->kind, 1);
        w_int(pen, probe->unit_kind, 1);
        w_int(pen, 0, 2);
        w_int(pen, probe->object, 4);
        w_int(pen, probe->n, 4);
        for (uint32_t k = 0; k < probe->n; k++)
            w_int(pen, probe->unit[k], 4);
    }
    w_end(pen);
    w_begin(pen, "SYMBOLS");
    w_int(pen, m->n_populations, 4);
    for (uint32_t i = 0; i < m->n_populations; i++)
        w_population(pen, &m->population[i]);
    w_end(pen);
    w_begin(pen, "CHIP");
    w_int(pen, m->n_settings, 4);
    for (uint32_t i = 0; i < m->n_settings; i++) {
        w_int(pen, m->setting[i].chip, 4);
        w_int(pen, m->setting[i].number, 2);
        w_int(pen, m->setting[i].value[0], 1);
        w_int(pen, m->setting[i].value[1], 1);
    }
    w_end(pen);
}

/* The model as a sealed file. */
static inline uint8_t *w_write(struct arena *arena, const struct model *m, size_t *n)
{
    static const uint8_t magic[] = {'D', 'Y', 'N', 'I', 'M', 'G', '\r', '\n', 0x1A, '\n'};
    struct pen pen = {.at = arena_alloc(arena, sizeof *m + 8192, 1), .n = W_HEADER};
    memcpy(pen.at, magic, sizeof magic);
    w_put(pen.at + 10, 2, 2);
    w_put(pen.at + 12, W_SECTIONS, 4);
    w_meta(&pen, m);
    w_board(&pen, m);
    w_tables(&pen, m);
    pen.n += 32;
    w_put(pen.at + 16, pen.n, 8);
    w_seal(pen.at, pen.n);
    *n = pen.n;
    return pen.at;
}

static inline uint32_t w_cam(uint32_t tag, enum dendrite dendrite, unsigned delay, bool stp,
                             unsigned weight)
{
    static const uint32_t hot[] = {8, 4, 2, 1};
    return tag << 11 | hot[dendrite] << 7 | delay << 5 | (uint32_t)stp << 4 | weight;
}

static inline uint32_t w_sram(unsigned cores, int x, int y, uint32_t tag)
{
    return cores << 19 | (uint32_t)(x + 7) << 15 | (uint32_t)(y + 7) << 11 | tag;
}

static inline uint32_t w_monitor(uint32_t site)
{
    return w_sram(15, -7, 0, site);
}

#endif
