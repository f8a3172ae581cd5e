#include "backend/emit.h"

#include "backend/checksum.h"
#include "backend/container.h"
#include "compiler/base/text.h"

#include <string.h>

/* struct text grows a buffer of bytes; these give it numbers. */

static void put_le(uint8_t *at, uint64_t value, unsigned n)
{
    for (unsigned i = 0; i < n; i++)
        at[i] = (uint8_t)(value >> (8 * i));
}

static void add_le(struct text *out, uint64_t value, unsigned n)
{
    uint8_t bytes[8];
    put_le(bytes, value, n);
    text_bytes(out, (const char *)bytes, n);
}

static void add_u8(struct text *out, uint8_t value)
{
    add_le(out, value, 1);
}

static void add_u16(struct text *out, uint16_t value)
{
    add_le(out, value, 2);
}

static void add_u32(struct text *out, uint32_t value)
{
    add_le(out, value, 4);
}

static void add_words(struct text *out, const uint32_t *words, size_t n)
{
    for (size_t i = 0; i < n; i++)
        add_u32(out, words[i]);
}

static void add_str(struct text *out, const char *s)
{
    size_t n = strlen(s);
    add_u32(out, (uint32_t)n);
    text_bytes(out, s, n);
}

static void add_meta(struct text *out, const struct image_meta *meta)
{
    add_str(out, meta->tool);
    add_str(out, meta->target);
    add_u32(out, IMAGE_DEVICE_REVISION);
    add_u32(out, meta->chips);
    add_u32(out, meta->grid_w);
    add_u32(out, meta->grid_h);
    add_le(out, meta->seed, 8);
    add_u32(out, meta->defines.n);
    for (uint32_t i = 0; i < meta->defines.n; i++) {
        add_str(out, meta->defines.at[i].name);
        add_str(out, meta->defines.at[i].value);
    }
    add_u32(out, meta->files.n);
    for (uint32_t i = 0; i < meta->files.n; i++) {
        add_str(out, meta->files.at[i].path);
        text_bytes(out, (const char *)meta->files.at[i].sha256, sizeof meta->files.at[i].sha256);
    }
}

static void add_bias(struct text *out, const struct image *image)
{
    for (size_t i = 0; i < (size_t)image_cores(image) * N_BIASES; i++) {
        add_u8(out, image->bias[i].coarse);
        add_u8(out, image->bias[i].fine);
    }
}

static void add_latch(struct text *out, const struct image *image)
{
    for (size_t site = 0; site < image_sites(image); site++)
        add_u16(out, image->latch[site]);
}

static void add_named(struct text *out, const char *name, uint32_t n_dims, const uint32_t *dims)
{
    add_str(out, name);
    add_u32(out, n_dims);
    add_words(out, dims, n_dims);
}

static void add_dvs(struct text *out, const struct image *image, const struct image_dvs *dvs)
{
    int32_t hop = (int32_t)image->device->max_hop;
    add_u8(out, dvs->mode);
    add_u8(out, (uint8_t)(dvs->on_events | dvs->off_events << 1 | dvs->drop_events << 2
                          | dvs->copy_events << 3));
    for (uint32_t i = 0; i < 2; i++)
        add_u8(out, dvs->pooling_shift[i]);
    for (uint32_t i = 0; i < 2; i++)
        add_u16(out, dvs->origin[i]);
    for (uint32_t i = 0; i < 2; i++)
        add_u16(out, dvs->max[i]);
    for (uint32_t i = 0; i < 2; i++)
        add_u16(out, (uint16_t)(dvs->copy_hop[i] + hop));
    add_u32(out, dvs->handshake_ns);
    add_u32(out, dvs->n_filter);
    add_words(out, dvs->filter, dvs->n_filter);
}

static void add_inputs(struct text *out, const struct image *image)
{
    add_u32(out, image->inputs.n);
    for (uint32_t i = 0; i < image->inputs.n; i++) {
        const struct image_input *input = &image->inputs.at[i];
        add_named(out, input->name, input->n_dims, input->dims);
        add_u32(out, input->kind);
        add_u32(out, input->chip);
        if (input->kind == IMAGE_DVS)
            add_dvs(out, image, &input->dvs);
        if (input->kind == IMAGE_BIOAMP) {
            add_u32(out, input->n_routes);
            add_words(out, input->route, input->n_routes);
            continue;
        }
        for (uint32_t u = 0; u < input->size; u++) {
            uint32_t first = input->first_dest[u], n = input->first_dest[u + 1] - first;
            add_u32(out, n);
            add_words(out, input->dest + first, n);
        }
    }
}

static void add_probes(struct text *out, const struct image *image)
{
    add_u32(out, image->probes.n);
    for (uint32_t i = 0; i < image->probes.n; i++) {
        const struct image_probe *probe = &image->probes.at[i];
        add_u8(out, probe->kind);
        add_u8(out, probe->unit_kind);
        add_u16(out, 0);
        add_u32(out, probe->object);
        add_u32(out, probe->n_units);
        add_words(out, probe->unit, probe->n_units);
    }
}

static void add_symbols(struct text *out, const struct image *image)
{
    add_u32(out, image->populations.n);
    for (uint32_t i = 0; i < image->populations.n; i++) {
        const struct image_population *population = &image->populations.at[i];
        add_named(out, population->name, population->n_dims, population->dims);
        add_u32(out, population->pieces.n);
        for (uint32_t j = 0; j < population->pieces.n; j++) {
            const struct image_piece *piece = &population->pieces.at[j];
            add_u32(out, piece->first);
            add_u32(out, piece->count);
            add_u32(out, piece->chip);
            add_u32(out, piece->core);
            add_u32(out, piece->neuron);
        }
    }
}

static void add_settings(struct text *out, const struct image *image)
{
    add_u32(out, image->settings.n);
    for (uint32_t i = 0; i < image->settings.n; i++) {
        const struct image_setting *setting = &image->settings.at[i];
        add_u32(out, setting->chip);
        add_u16(out, setting->number);
        add_u8(out, setting->value[0]);
        add_u8(out, setting->value[1]);
    }
}

static void add_section(struct text *out, const struct image *image, enum section section)
{
    const struct device *device = image->device;
    switch (section) {
    case SECTION_META:
        add_meta(out, &image->meta);
        break;
    case SECTION_CAM:
        add_words(out, image->cam, image_sites(image) * device->cam_words);
        break;
    case SECTION_SRAM:
        add_words(out, image->sram, image_sites(image) * device->sram_words);
        break;
    case SECTION_BIAS:
        add_bias(out, image);
        break;
    case SECTION_LATCH:
        add_latch(out, image);
        break;
    case SECTION_INPUT:
        add_inputs(out, image);
        break;
    case SECTION_PROBE:
        add_probes(out, image);
        break;
    case SECTION_SYMBOLS:
        add_symbols(out, image);
        break;
    case SECTION_CHIP:
        add_settings(out, image);
        break;
    case N_SECTIONS:
        break;
    }
}

static void write_row(struct text *out, enum section section, size_t offset, size_t length)
{
    static const char *const names[N_SECTIONS] = SECTION_NAMES;
    uint8_t *row = (uint8_t *)out->at + CONTAINER_HEADER + (size_t)section * CONTAINER_ROW;
    memcpy(row, names[section], strlen(names[section]));
    put_le(row + 8, offset, 8);
    put_le(row + 16, length, 8);
    put_le(row + 24, checksum_crc32((const uint8_t *)out->at + offset, length), 4);
}

uint8_t *image_encode(struct arena *arena, const struct image *image, size_t *n)
{
    static const char zeros[CONTAINER_HEADER + N_SECTIONS * CONTAINER_ROW] = {0};
    struct text out;
    text_init(&out, arena);
    text_bytes(&out, zeros, sizeof zeros);
    for (enum section s = SECTION_META; s < N_SECTIONS; s++) {
        size_t offset = out.n;
        add_section(&out, image, s);
        write_row(&out, s, offset, out.n - offset);
        text_bytes(&out, zeros, (CONTAINER_ALIGN - out.n % CONTAINER_ALIGN) % CONTAINER_ALIGN);
    }
    uint8_t *header = (uint8_t *)out.at;
    memcpy(header, CONTAINER_MAGIC_BYTES, CONTAINER_MAGIC);
    put_le(header + 10, IMAGE_FORMAT_VERSION, 2);
    put_le(header + 12, N_SECTIONS, 4);
    put_le(header + 16, out.n + CONTAINER_DIGEST, 8);
    uint8_t digest[CONTAINER_DIGEST];
    checksum_sha256(header, out.n, digest);
    text_bytes(&out, (const char *)digest, sizeof digest);
    *n = out.n;
    return (uint8_t *)out.at;
}
