#include "backend/verify/image_read.h"

#include "compiler/base/text.h"

#include <sha2.h>
#include <string.h>
#include <zlib.h>

enum { HEADER = 24, ROW = 32, SHA = 32, ALIGN = 8, ID = 8 };
enum section_id { META, CAM, SRAM, BIAS, LATCH, INPUT, PROBE, SYMBOLS, CHIP, N_SECTIONS };
static const char section_name[N_SECTIONS][ID] = {"META",  "CAM",   "SRAM",    "BIAS", "LATCH",
                                                  "INPUT", "PROBE", "SYMBOLS", "CHIP"};
static const uint8_t magic[] = {'D', 'Y', 'N', 'I', 'M', 'G', '\r', '\n', 0x1A, '\n'};

struct section {
    const uint8_t *at;
    uint64_t length;
};
struct reader {
    struct arena *arena;
    struct diag_sink *sink;
    const uint8_t *bytes;
    size_t n;
    struct section section[N_SECTIONS];
};

__attribute__((format(printf, 2, 3))) static bool refuse(const struct reader *reader,
                                                         const char *format, ...)
{
    struct text why;
    va_list args;
    text_init(&why, reader->arena);
    va_start(args, format);
    text_add_v(&why, format, args);
    va_end(args);
    diag_add(reader->sink, DIAG_E0903, span_nowhere(), "image check V12: %s", why.at);
    return false;
}

static uint64_t little(const uint8_t *at, unsigned n)
{
    uint64_t value = 0;
    while (n-- > 0)
        value = value << 8 | at[n];
    return value;
}

uint32_t read_u32(const uint8_t *at)
{
    return (uint32_t)at[0] | (uint32_t)at[1] << 8 | (uint32_t)at[2] << 16 | (uint32_t)at[3] << 24;
}

/* --- container --- */

static bool header(const struct reader *reader)
{
    const uint8_t *at = reader->bytes;
    size_t least = HEADER + ROW * N_SECTIONS + SHA;
    if (reader->n < sizeof magic || memcmp(at, magic, sizeof magic) != 0)
        return refuse(reader, "this is not a .dynimg file (the first bytes differ)");
    if (reader->n < least)
        return refuse(reader, "file cut off: %zu bytes, an image has at least %zu", reader->n,
                      least);
    uint64_t version = little(at + 10, 2), sections = little(at + 12, 4),
             length = little(at + 16, 8);
    if (version != layout.format)
        return refuse(reader, "format version %u, this verifier reads version %u",
                      (unsigned)version, layout.format);
    if (sections != layout.sections)
        return refuse(reader, "%u sections, version %u has %u", (unsigned)sections, layout.format,
                      layout.sections);
    if (length != reader->n)
        return refuse(reader, "file length: %zu bytes, the header says %llu", reader->n,
                      (unsigned long long)length);
    return true;
}

static bool fingerprint(const struct reader *reader)
{
    uint8_t sha[SHA];
    SHA2_CTX hash;
    SHA256Init(&hash);
    SHA256Update(&hash, reader->bytes, reader->n - SHA);
    SHA256Final(sha, &hash);
    if (memcmp(sha, reader->bytes + reader->n - SHA, SHA) != 0)
        return refuse(reader,
                      "the SHA-256 over the file does not match: it was damaged or changed");
    return true;
}

/* Checks row i of the section table; *end is where the section before ended, padded. */
static bool section(struct reader *reader, unsigned i, uint64_t *end)
{
    const uint8_t *row = reader->bytes + HEADER + ROW * i;
    uint64_t offset = little(row + 8, 8), length = little(row + 16, 8), limit = reader->n - SHA;
    const char *name = section_name[i];
    if (memcmp(row, name, ID) != 0)
        return refuse(reader, "section %u is not %s", i, name);
    if (offset != *end || length > limit - offset) /* *end <= limit always */
        return refuse(reader, "section %s: offset %llu, length %llu do not fit the file", name,
                      (unsigned long long)offset, (unsigned long long)length);
    uint64_t pad = (ALIGN - length % ALIGN) % ALIGN;
    if (pad > limit - offset - length)
        return refuse(reader, "section %s: its padding is cut off", name);
    const uint8_t *at = reader->bytes + offset;
    for (uint64_t k = 0; k < pad; k++)
        if (at[length + k] != 0)
            return refuse(reader, "section %s: the bytes behind it are not zero", name);
    uint32_t crc = (uint32_t)crc32_z(0, at, length);
    if (crc != read_u32(row + 24))
        return refuse(reader, "section %s: its CRC-32 does not match", name);
    if (read_u32(row + 28) != 0)
        return refuse(reader, "section %s: reserved field is not zero", name);
    reader->section[i] = (struct section){at, length};
    *end = offset + length + pad;
    return true;
}

static bool container(struct reader *reader)
{
    uint64_t end = HEADER + ROW * N_SECTIONS;
    if (!header(reader) || !fingerprint(reader))
        return false;
    for (unsigned i = 0; i < N_SECTIONS; i++)
        if (!section(reader, i, &end))
            return false;
    if (end != reader->n - SHA)
        return refuse(reader, "%llu bytes belong to no section",
                      (unsigned long long)(reader->n - SHA - end));
    return true;
}

/* --- items of a section: running off its end leaves `bad` set and yields zeros --- */

struct cursor {
    struct arena *arena;
    const uint8_t *at;
    uint64_t left;
    bool bad;
};

static struct cursor open_section(const struct reader *reader, enum section_id id)
{
    const struct section *section = &reader->section[id];
    return (struct cursor){.arena = reader->arena, .at = section->at, .left = section->length};
}

static const uint8_t *take(struct cursor *cursor, uint64_t n)
{
    if (cursor->bad || n > cursor->left) {
        cursor->bad = true;
        return NULL;
    }
    const uint8_t *at = cursor->at;
    cursor->at += n;
    cursor->left -= n;
    return at;
}

static uint64_t take_int(struct cursor *cursor, unsigned n)
{
    const uint8_t *at = take(cursor, n);
    return at ? little(at, n) : 0;
}

static uint32_t take_u32(struct cursor *cursor)
{
    return (uint32_t)take_int(cursor, 4);
}

/* A count of items of at least `least` bytes each: never more than the section can still hold. */
static uint32_t take_count(struct cursor *cursor, uint32_t least)
{
    uint32_t n = take_u32(cursor);
    if (n > cursor->left / least)
        cursor->bad = true;
    return cursor->bad ? 0 : n;
}

static const char *take_str(struct cursor *cursor)
{
    uint32_t n = take_count(cursor, 1);
    const uint8_t *at = take(cursor, n);
    if (!at || memchr(at, 0, n)) {
        cursor->bad = true;
        return "";
    }
    char *text = arena_alloc(cursor->arena, (size_t)n + 1, 1);
    memcpy(text, at, n);
    return text;
}

static struct read_words take_words(struct cursor *cursor)
{
    struct read_words words = {.n = take_count(cursor, 4)};
    words.at = take(cursor, 4 * (uint64_t)words.n);
    return words;
}

static uint32_t take_dims(struct cursor *cursor, struct dims *dims)
{
    uint32_t size = 1;
    dims->n = take_u32(cursor);
    if (dims->n < 1 || dims->n > NET_MAX_DIMS) {
        cursor->bad = true;
        dims->n = 0;
    }
    for (uint32_t d = 0; d < dims->n; d++) {
        dims->size[d] = take_u32(cursor);
        if (__builtin_mul_overflow(size, dims->size[d], &size))
            cursor->bad = true;
    }
    return cursor->bad ? 0 : size;
}

static bool finish(const struct reader *reader, enum section_id id, const struct cursor *cursor)
{
    if (cursor->bad || cursor->left != 0)
        return refuse(reader, "section %s: its counts and its length do not agree",
                      section_name[id]);
    return true;
}

/* --- sections --- */

static bool meta_section(const struct reader *reader, struct verify_meta *meta)
{
    struct cursor cursor = open_section(reader, META);
    meta->tool = take_str(&cursor);
    meta->target = take_str(&cursor);
    uint32_t revision = take_u32(&cursor);
    meta->chips = take_u32(&cursor);
    meta->grid_w = take_u32(&cursor);
    meta->grid_h = take_u32(&cursor);
    meta->seed = take_int(&cursor, 8);
    meta->n_defines = take_count(&cursor, 8);
    meta->defines = ARENA_ARRAY(reader->arena, struct define, meta->n_defines);
    for (uint32_t i = 0; i < meta->n_defines; i++) {
        meta->defines[i].name = take_str(&cursor);
        meta->defines[i].value = take_str(&cursor);
    }
    meta->n_files = take_count(&cursor, 4 + SHA);
    meta->files = ARENA_ARRAY(reader->arena, struct verify_file, meta->n_files);
    for (uint32_t i = 0; i < meta->n_files; i++) {
        meta->files[i].path = take_str(&cursor);
        const uint8_t *sha = take(&cursor, SHA);
        if (sha)
            memcpy(meta->files[i].sha256, sha, SHA);
    }
    if (!finish(reader, META, &cursor))
        return false;
    if (strcmp(meta->target, layout.target) != 0 || revision != layout.revision)
        return refuse(reader, "target %s revision %u, this verifier knows %s revision %u",
                      meta->target, revision, layout.target, layout.revision);
    if (meta->grid_w < 1 || meta->grid_w > layout.max_side || meta->grid_h < 1
        || meta->grid_h > layout.max_side || meta->chips != meta->grid_w * meta->grid_h)
        return refuse(reader, "%u chips on a grid of %u x %u", meta->chips, meta->grid_w,
                      meta->grid_h);
    return true;
}

static bool sized(const struct reader *reader, enum section_id id, uint64_t need,
                  const uint8_t **at)
{
    if (reader->section[id].length != need)
        return refuse(reader, "section %s: %llu bytes, this board needs %llu", section_name[id],
                      (unsigned long long)reader->section[id].length, (unsigned long long)need);
    *at = reader->section[id].at;
    return true;
}

static bool board_sections(const struct reader *reader, struct read_image *image)
{
    image->n_cores = image->meta.chips * layout.cores;
    uint64_t sites = (uint64_t)image->n_cores * layout.neurons;
    return sized(reader, CAM, sites * layout.cells * 4, &image->cam)
           && sized(reader, SRAM, sites * layout.entries * 4, &image->sram)
           && sized(reader, BIAS, (uint64_t)image->n_cores * layout.n_biases * 2, &image->bias)
           && sized(reader, LATCH, sites * 2, &image->latch);
}

static void take_dvs(struct cursor *cursor, struct read_dvs *dvs)
{
    dvs->mode = (uint32_t)take_int(cursor, 1);
    dvs->flags = (uint32_t)take_int(cursor, 1);
    for (uint32_t i = 0; i < 2; i++)
        dvs->shift[i] = (uint32_t)take_int(cursor, 1);
    for (uint32_t i = 0; i < 2; i++)
        dvs->origin[i] = (uint32_t)take_int(cursor, 2);
    for (uint32_t i = 0; i < 2; i++)
        dvs->max[i] = (uint32_t)take_int(cursor, 2);
    for (uint32_t i = 0; i < 2; i++)
        dvs->copy_hop[i] = (int32_t)take_int(cursor, 2) - layout.max_hop;
    dvs->handshake_ns = take_u32(cursor);
    dvs->filter = take_words(cursor);
}

/* What the host or a sensor sends: of a biosignal front end one list for all units. */
static void take_events(struct cursor *cursor, struct read_input *input)
{
    if (input->kind == INPUT_BIOAMP) {
        input->blocks = take_words(cursor);
        if (input->blocks.n > layout.routes || input->size != layout.channels * layout.types)
            cursor->bad = true;
        return;
    }
    if (input->size > cursor->left / 4)
        cursor->bad = true;
    if (cursor->bad)
        return;
    input->dest = ARENA_ARRAY(cursor->arena, struct read_words, input->size);
    for (uint32_t unit = 0; unit < input->size; unit++)
        input->dest[unit] = take_words(cursor);
}

static bool input_section(const struct reader *reader, struct read_image *image)
{
    struct cursor cursor = open_section(reader, INPUT);
    image->n_inputs = take_count(&cursor, 20);
    image->inputs = ARENA_ARRAY(reader->arena, struct read_input, image->n_inputs);
    for (uint32_t i = 0; i < image->n_inputs && !cursor.bad; i++) {
        struct read_input *input = &image->inputs[i];
        input->name = take_str(&cursor);
        input->size = take_dims(&cursor, &input->dims);
        input->kind = take_u32(&cursor);
        input->chip = take_u32(&cursor);
        if (input->kind >= N_INPUT_KINDS || input->chip >= image->meta.chips)
            cursor.bad = true;
        if (input->kind == INPUT_DVS)
            take_dvs(&cursor, &input->dvs);
        take_events(&cursor, input);
    }
    return finish(reader, INPUT, &cursor);
}

static bool probe_section(const struct reader *reader, struct read_image *image)
{
    struct cursor cursor = open_section(reader, PROBE);
    image->n_probes = take_count(&cursor, 12);
    image->probes = ARENA_ARRAY(reader->arena, struct read_probe, image->n_probes);
    for (uint32_t i = 0; i < image->n_probes; i++) {
        struct read_probe *probe = &image->probes[i];
        probe->kind = (uint32_t)take_int(&cursor, 1);
        probe->unit_kind = (uint32_t)take_int(&cursor, 1);
        if (take_int(&cursor, 2) != 0)
            cursor.bad = true;
        probe->object = take_u32(&cursor);
        probe->units = take_words(&cursor);
    }
    return finish(reader, PROBE, &cursor);
}

static bool symbol_section(const struct reader *reader, struct read_image *image)
{
    struct cursor cursor = open_section(reader, SYMBOLS);
    image->n_populations = take_count(&cursor, 12);
    image->populations = ARENA_ARRAY(reader->arena, struct read_population, image->n_populations);
    for (uint32_t i = 0; i < image->n_populations; i++) {
        struct read_population *population = &image->populations[i];
        population->name = take_str(&cursor);
        population->size = take_dims(&cursor, &population->dims);
        population->n_pieces = take_count(&cursor, 20);
        population->pieces = ARENA_ARRAY(reader->arena, struct read_piece, population->n_pieces);
        for (uint32_t k = 0; k < population->n_pieces; k++) {
            struct read_piece *piece = &population->pieces[k];
            piece->first = take_u32(&cursor);
            piece->count = take_u32(&cursor);
            piece->chip = take_u32(&cursor);
            piece->core = take_u32(&cursor);
            piece->neuron = take_u32(&cursor);
        }
    }
    return finish(reader, SYMBOLS, &cursor);
}

static bool chip_section(const struct reader *reader, struct read_image *image)
{
    struct cursor cursor = open_section(reader, CHIP);
    image->n_settings = take_count(&cursor, 8);
    image->settings = ARENA_ARRAY(reader->arena, struct read_setting, image->n_settings);
    for (uint32_t i = 0; i < image->n_settings; i++) {
        struct read_setting *setting = &image->settings[i];
        setting->chip = take_u32(&cursor);
        setting->number = (uint32_t)take_int(&cursor, 2);
        setting->value[0] = (uint8_t)take_int(&cursor, 1);
        setting->value[1] = (uint8_t)take_int(&cursor, 1);
    }
    return finish(reader, CHIP, &cursor);
}

bool image_read_meta(struct arena *arena, const uint8_t *bytes, size_t n, struct diag_sink *sink,
                     struct verify_meta *meta)
{
    struct reader reader = {.arena = arena, .sink = sink, .bytes = bytes, .n = n};
    return container(&reader) && meta_section(&reader, meta);
}

bool image_read(struct arena *arena, const uint8_t *bytes, size_t n, struct diag_sink *sink,
                struct read_image *image)
{
    struct reader reader = {.arena = arena, .sink = sink, .bytes = bytes, .n = n};
    return container(&reader) && meta_section(&reader, &image->meta)
           && board_sections(&reader, image) && input_section(&reader, image)
           && probe_section(&reader, image) && symbol_section(&reader, image)
           && chip_section(&reader, image);
}
