#include "backend/decode.h"

#include "backend/checksum.h"
#include "backend/container.h"
#include "compiler/base/text.h"

#include <stdarg.h>
#include <string.h>

static const char *const section_name[N_SECTIONS] = SECTION_NAMES;

/* The only way to the bytes: reads in order, never past the end, and remembers the first fault.
 * After a fault every read gives 0 and changes nothing, so callers check `why` where it matters. */
struct cursor {
    struct arena *arena;
    const char *part; /* section, for messages */
    const uint8_t *at;
    size_t n, pos;
    const char *why; /* NULL: no fault so far */
};

static void fail(struct cursor *in, const char *format, ...) __attribute__((format(printf, 2, 3)));
static void fail(struct cursor *in, const char *format, ...)
{
    if (in->why)
        return;
    struct text text;
    text_init(&text, in->arena);
    text_add(&text, "%s: ", in->part);
    va_list args;
    va_start(args, format);
    text_add_v(&text, format, args);
    va_end(args);
    in->why = text.at;
}

/* n bytes, or NULL after a fault. */
static const uint8_t *take(struct cursor *in, size_t n)
{
    if (!in->why && n > in->n - in->pos)
        fail(in, "ends at byte %zu, %zu more are needed", in->n, n - (in->n - in->pos));
    if (in->why)
        return NULL;
    const uint8_t *at = in->at + in->pos;
    in->pos += n;
    return at;
}

static uint64_t take_le(struct cursor *in, unsigned n)
{
    const uint8_t *at = take(in, n);
    uint64_t value = 0;
    for (unsigned i = 0; at && i < n; i++)
        value |= (uint64_t)at[i] << (8 * i);
    return value;
}

static uint8_t take_u8(struct cursor *in)
{
    return (uint8_t)take_le(in, 1);
}

static uint32_t take_u32(struct cursor *in)
{
    return (uint32_t)take_le(in, 4);
}

static void take_words(struct cursor *in, uint32_t *words, size_t n)
{
    for (size_t i = 0; i < n && !in->why; i++)
        words[i] = take_u32(in);
}

/* A number of items of which each takes at least `least` bytes: bounded by what is left, so that
 * nothing is allocated on the word of a number alone. */
static uint32_t take_count(struct cursor *in, const char *what, size_t least)
{
    uint32_t n = take_u32(in);
    if (n > (in->n - in->pos) / least)
        fail(in, "%u %s cannot fit the %zu bytes left", n, what, in->n - in->pos);
    return in->why ? 0 : n;
}

static const char *take_str(struct cursor *in)
{
    uint32_t n = take_count(in, "bytes of text", 1);
    const uint8_t *at = take(in, n);
    if (at && memchr(at, 0, n))
        fail(in, "text at byte %zu holds a NUL", in->pos - n);
    return at && !in->why ? arena_strndup(in->arena, (const char *)at, n) : "";
}

static void take_end(struct cursor *in)
{
    if (!in->why && in->pos != in->n)
        fail(in, "%zu bytes too many", in->n - in->pos);
}

/* --- container --- */

static struct cursor cursor_on(struct arena *arena, const char *part, const uint8_t *at, size_t n)
{
    return (struct cursor){.arena = arena, .part = part, .at = at, .n = n};
}

static void read_header(struct cursor *in)
{
    const uint8_t *magic = take(in, CONTAINER_MAGIC);
    if (magic && memcmp(magic, CONTAINER_MAGIC_BYTES, CONTAINER_MAGIC) != 0)
        fail(in, memcmp(magic, CONTAINER_MAGIC_BYTES, 6) == 0
                     ? "line ends were changed: the file went through a transfer as text"
                     : "this is no dync image");
    uint64_t version = take_le(in, 2);
    if (version != IMAGE_FORMAT_VERSION)
        fail(in,
             "format version %u is not supported, this reader knows version %d; build it again "
             "from its source",
             (unsigned)version, IMAGE_FORMAT_VERSION);
    uint32_t sections = take_u32(in);
    if (sections != N_SECTIONS)
        fail(in, "%u sections, %d belong here", sections, N_SECTIONS);
    uint64_t length = take_le(in, 8);
    if (length != in->n)
        fail(in, "the file has %zu bytes, its header says %llu", in->n, (unsigned long long)length);
}

/* One row of the table and the section it describes; *next is where the section must begin, and
 * then where the next one must. */
static void read_section(struct cursor *in, enum section section, size_t *next,
                         struct cursor *content)
{
    const char *name = section_name[section];
    in->part = name;
    char padded[CONTAINER_NAME] = {0};
    memcpy(padded, name, strlen(name));
    const uint8_t *found = take(in, CONTAINER_NAME);
    if (found && memcmp(found, padded, CONTAINER_NAME) != 0)
        fail(in, "row %d of the section table does not name it", (int)section);
    uint64_t offset = take_le(in, 8), length = take_le(in, 8);
    uint32_t crc = take_u32(in);
    if (take_u32(in) != 0)
        fail(in, "reserved bytes of the section table are not zero");
    if (offset != *next)
        fail(in, "begins at byte %llu, %zu is its place", (unsigned long long)offset, *next);
    if (!in->why && length > in->n - CONTAINER_DIGEST - *next)
        fail(in, "%llu bytes long, beyond the end of the file", (unsigned long long)length);
    if (in->why)
        return;
    *content = cursor_on(in->arena, name, in->at + *next, (size_t)length);
    if (crc != checksum_crc32(content->at, content->n))
        fail(in, "checksum mismatch (CRC-32)");
    *next += (size_t)length;
    for (; *next % CONTAINER_ALIGN != 0 && *next < in->n - CONTAINER_DIGEST; ++*next)
        if (in->at[*next] != 0)
            fail(in, "bytes after the section are not zero");
}

static void read_digest(struct cursor *in, size_t next)
{
    in->part = "file";
    if (!in->why && next != in->n - CONTAINER_DIGEST)
        fail(in, "%zu bytes between the last section and the checksum",
             in->n - CONTAINER_DIGEST - next);
    if (in->why)
        return;
    uint8_t digest[CONTAINER_DIGEST];
    checksum_sha256(in->at, next, digest);
    if (memcmp(digest, in->at + next, sizeof digest) != 0)
        fail(in, "checksum mismatch (SHA-256)");
}

static const char *open_container(struct arena *arena, const uint8_t *bytes, size_t n,
                                  struct cursor *content)
{
    struct cursor in = cursor_on(arena, "file", bytes, n);
    size_t next = CONTAINER_HEADER + N_SECTIONS * CONTAINER_ROW;
    read_header(&in);
    if (!in.why && n < next + CONTAINER_DIGEST)
        fail(&in, "%zu bytes are too few for an image", n);
    for (enum section s = SECTION_META; s < N_SECTIONS && !in.why; s++)
        read_section(&in, s, &next, &content[s]);
    read_digest(&in, next);
    return in.why;
}

/* --- sections --- */

static void read_defines(struct cursor *in, struct image_define_vec *defines)
{
    uint32_t n = take_count(in, "defines", 8);
    for (uint32_t i = 0; i < n && !in->why; i++) {
        struct image_define define = {.name = take_str(in)};
        define.value = take_str(in);
        VEC_PUSH(in->arena, defines, define);
    }
}

static void read_files(struct cursor *in, struct image_file_vec *files)
{
    uint32_t n = take_count(in, "files", 4 + CONTAINER_DIGEST);
    for (uint32_t i = 0; i < n && !in->why; i++) {
        struct image_file file = {.path = take_str(in)};
        const uint8_t *sha256 = take(in, sizeof file.sha256);
        if (sha256)
            memcpy(file.sha256, sha256, sizeof file.sha256);
        VEC_PUSH(in->arena, files, file);
    }
}

static void read_meta(struct cursor *in, const struct device *device, struct image_meta *meta)
{
    *meta = (struct image_meta){.tool = take_str(in)};
    meta->target = take_str(in);
    if (!in->why && strcmp(meta->target, device->name) != 0)
        fail(in, "the image is for target %s, this reader for %s", meta->target, device->name);
    uint32_t revision = take_u32(in);
    if (revision != IMAGE_DEVICE_REVISION)
        fail(in, "device revision %u, this reader knows revision %d", revision,
             IMAGE_DEVICE_REVISION);
    meta->chips = take_u32(in);
    meta->grid_w = take_u32(in);
    meta->grid_h = take_u32(in);
    meta->seed = take_le(in, 8);
    read_defines(in, &meta->defines);
    read_files(in, &meta->files);
    take_end(in);
}

/* The sections of fixed size must have the length that the board gives them: checked before
 * anything is allocated for it. chips comes from the file, so the product is taken with care. */
static void check_length(struct cursor *in, uint32_t chips, size_t per_chip)
{
    size_t need;
    if (__builtin_mul_overflow((size_t)chips, per_chip, &need) || need != in->n)
        fail(in, "%zu bytes, not the %zu per chip of %u chips", in->n, per_chip, chips);
}

static void check_lengths(struct cursor *content, const struct device *device, uint32_t chips)
{
    size_t sites = device_chip_neurons(device);
    check_length(&content[SECTION_CAM], chips, sites * device->cam_words * 4);
    check_length(&content[SECTION_SRAM], chips, sites * device->sram_words * 4);
    check_length(&content[SECTION_BIAS], chips, (size_t)device->cores_per_chip * N_BIASES * 2);
    check_length(&content[SECTION_LATCH], chips, sites * 2);
}

static void read_bias(struct cursor *in, struct image *image)
{
    for (size_t i = 0; i < (size_t)image_cores(image) * N_BIASES; i++) {
        image->bias[i].coarse = take_u8(in);
        image->bias[i].fine = take_u8(in);
    }
}

static void read_latch(struct cursor *in, struct image *image)
{
    for (size_t site = 0; site < image_sites(image); site++)
        image->latch[site] = (uint16_t)take_le(in, 2);
}

static const char *read_named(struct cursor *in, uint32_t *n_dims, uint32_t *dims)
{
    const char *name = take_str(in);
    *n_dims = take_u32(in);
    if (*n_dims < 1 || *n_dims > IMAGE_MAX_DIMS)
        fail(in, "%s has %u dimensions, 1 to %d are possible", name, *n_dims, IMAGE_MAX_DIMS);
    if (!in->why)
        take_words(in, dims, *n_dims);
    return name;
}

static void read_dvs(struct cursor *in, const struct device *device, struct image_dvs *dvs)
{
    dvs->mode = take_u8(in);
    uint8_t flags = take_u8(in);
    if (flags >> 4)
        fail(in, "flags %#x of a camera are unknown", flags);
    dvs->on_events = flags & 1;
    dvs->off_events = flags >> 1 & 1;
    dvs->drop_events = flags >> 2 & 1;
    dvs->copy_events = flags >> 3 & 1;
    for (uint32_t i = 0; i < 2; i++)
        dvs->pooling_shift[i] = take_u8(in);
    for (uint32_t i = 0; i < 2; i++)
        dvs->origin[i] = (uint16_t)take_le(in, 2);
    for (uint32_t i = 0; i < 2; i++)
        dvs->max[i] = (uint16_t)take_le(in, 2);
    for (uint32_t i = 0; i < 2; i++) {
        uint64_t hop = take_le(in, 2);
        if (hop > 2 * device->max_hop)
            fail(in, "a camera copies its events too far");
        dvs->copy_hop[i] = (int8_t)((int64_t)hop - device->max_hop);
    }
    dvs->handshake_ns = take_u32(in);
    dvs->n_filter = take_count(in, "pixels dropped", 4);
    dvs->filter = ARENA_ARRAY(in->arena, uint32_t, dvs->n_filter);
    take_words(in, dvs->filter, dvs->n_filter);
}

static void read_routes(struct cursor *in, const struct image *image, struct image_input *input)
{
    input->n_routes = take_u32(in);
    if (input->n_routes > image->device->bioamp_routes)
        fail(in, "%s has %u destinations, %u are possible", input->name, input->n_routes,
             image->device->bioamp_routes);
    if (input->size != device_bioamp_tags(image->device))
        fail(in, "%s has %u units, a biosignal front end has %u", input->name, input->size,
             device_bioamp_tags(image->device));
    if (in->why)
        return;
    take_words(in, input->route, input->n_routes);
    image_spread_routes(in->arena, image, input);
}

/* The size is bounded by what is left, as every unit takes at least its count; that of a biosignal
 * front end, which has one count, is checked before anything is made for it. */
static void read_input(struct cursor *in, const struct image *image, struct image_input *input)
{
    input->name = read_named(in, &input->n_dims, input->dims);
    uint32_t kind = take_u32(in);
    if (kind >= N_IMAGE_INPUT_KINDS)
        fail(in, "%s is an input of unknown kind %u", input->name, kind);
    uint64_t size = 1;
    for (uint32_t d = 0; d < input->n_dims && !in->why; d++) {
        if (__builtin_mul_overflow(size, input->dims[d], &size) || size == 0 || size > UINT32_MAX
            || (kind != IMAGE_BIOAMP && size > (in->n - in->pos) / 4))
            fail(in, "%s has more units than the file could hold, or none", input->name);
    }
    if (in->why)
        return;
    input->size = (uint32_t)size;
    input->kind = (uint8_t)kind;
    input->chip = take_u32(in);
    if (kind == IMAGE_DVS)
        read_dvs(in, image->device, &input->dvs);
    if (kind == IMAGE_BIOAMP) {
        read_routes(in, image, input);
        return;
    }
    input->first_dest = ARENA_ARRAY(in->arena, uint32_t, (size_t)size + 1);
    struct {
        uint32_t *at, n, cap;
    } dest = {0};
    for (uint32_t u = 0; u < size && !in->why; u++) {
        uint32_t n = take_count(in, "destinations", 4);
        for (uint32_t i = 0; i < n; i++)
            VEC_PUSH(in->arena, &dest, take_u32(in));
        input->first_dest[u + 1] = dest.n;
    }
    input->dest = dest.n ? dest.at : ARENA_ARRAY(in->arena, uint32_t, 0);
}

static void read_inputs(struct cursor *in, struct image *image)
{
    uint32_t n = take_count(in, "inputs", 20);
    for (uint32_t i = 0; i < n && !in->why; i++) {
        struct image_input input = {0};
        read_input(in, image, &input);
        VEC_PUSH(in->arena, &image->inputs, input);
    }
    take_end(in);
}

static void read_probes(struct cursor *in, struct image *image)
{
    uint32_t n = take_count(in, "probes", 12);
    for (uint32_t i = 0; i < n && !in->why; i++) {
        struct image_probe probe = {.kind = take_u8(in)};
        probe.unit_kind = take_u8(in);
        if (take_le(in, 2) != 0)
            fail(in, "reserved bytes of probe %u are not zero", i);
        probe.object = take_u32(in);
        probe.n_units = take_count(in, "units", 4);
        probe.unit = ARENA_ARRAY(in->arena, uint32_t, probe.n_units);
        take_words(in, probe.unit, probe.n_units);
        VEC_PUSH(in->arena, &image->probes, probe);
    }
    take_end(in);
}

static void read_symbols(struct cursor *in, struct image *image)
{
    uint32_t n = take_count(in, "populations", 16);
    for (uint32_t i = 0; i < n && !in->why; i++) {
        struct image_population population = {0};
        population.name = read_named(in, &population.n_dims, population.dims);
        uint32_t pieces = take_count(in, "pieces", 20);
        for (uint32_t j = 0; j < pieces && !in->why; j++) {
            struct image_piece piece = {.first = take_u32(in)};
            piece.count = take_u32(in);
            piece.chip = take_u32(in);
            piece.core = take_u32(in);
            piece.neuron = take_u32(in);
            VEC_PUSH(in->arena, &population.pieces, piece);
        }
        VEC_PUSH(in->arena, &image->populations, population);
    }
    take_end(in);
}

static void read_settings(struct cursor *in, struct image *image)
{
    uint32_t n = take_count(in, "settings", 8);
    for (uint32_t i = 0; i < n && !in->why; i++) {
        struct image_setting setting = {.chip = take_u32(in)};
        setting.number = (uint16_t)take_le(in, 2);
        setting.value[0] = take_u8(in);
        setting.value[1] = take_u8(in);
        VEC_PUSH(in->arena, &image->settings, setting);
    }
    take_end(in);
}

/* The first fault of any section, in their order. */
static const char *first_fault(const struct cursor *content)
{
    for (enum section s = SECTION_META; s < N_SECTIONS; s++)
        if (content[s].why)
            return content[s].why;
    return NULL;
}

static const char *read_sections(struct arena *arena, const struct device *device,
                                 struct cursor *content, struct image *image)
{
    struct image_meta meta;
    read_meta(&content[SECTION_META], device, &meta);
    if (content[SECTION_META].why)
        return content[SECTION_META].why;
    check_lengths(content, device, meta.chips);
    if (first_fault(content))
        return first_fault(content);
    image_init(arena, image, device, &meta);
    take_words(&content[SECTION_CAM], image->cam, image_sites(image) * device->cam_words);
    take_words(&content[SECTION_SRAM], image->sram, image_sites(image) * device->sram_words);
    read_bias(&content[SECTION_BIAS], image);
    read_latch(&content[SECTION_LATCH], image);
    read_inputs(&content[SECTION_INPUT], image);
    read_probes(&content[SECTION_PROBE], image);
    read_symbols(&content[SECTION_SYMBOLS], image);
    read_settings(&content[SECTION_CHIP], image);
    return first_fault(content);
}

bool image_decode(struct arena *arena, const struct device *device, const uint8_t *bytes, size_t n,
                  struct image *image, const char **why)
{
    struct cursor content[N_SECTIONS];
    struct image_fault fault;
    *why = open_container(arena, bytes, n, content);
    if (!*why)
        *why = read_sections(arena, device, content, image);
    if (!*why && !image_check(arena, image, &fault))
        *why = fault.text;
    return !*why;
}
