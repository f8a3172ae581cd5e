#include "backend/device/device.h"

#include <string.h>

enum { DAC_N, DAC_P, DAC_TYPES };
enum { DAC_COARSES = 6, DAC_FINES = 256 };

/* The 256 currents of one coarse row, spelled out by the preprocessor: S_k lists the sums over the
 * subsets of bits 0 .. k on top of s, Z_k the same with the first entry replaced by z. */
#define S0(s, b0) (s), (s) + (b0)
#define S1(s, b0, b1) S0(s, b0), S0((s) + (b1), b0)
#define S2(s, b0, b1, b2) S1(s, b0, b1), S1((s) + (b2), b0, b1)
#define S3(s, b0, b1, b2, b3) S2(s, b0, b1, b2), S2((s) + (b3), b0, b1, b2)
#define S4(s, b0, b1, b2, b3, b4) S3(s, b0, b1, b2, b3), S3((s) + (b4), b0, b1, b2, b3)
#define S5(s, b0, b1, b2, b3, b4, b5) S4(s, b0, b1, b2, b3, b4), S4((s) + (b5), b0, b1, b2, b3, b4)
#define S6(s, b0, b1, b2, b3, b4, b5, b6)                                                          \
    S5(s, b0, b1, b2, b3, b4, b5), S5((s) + (b6), b0, b1, b2, b3, b4, b5)
#define Z0(z, s, b0) (z), (s) + (b0)
#define Z1(z, s, b0, b1) Z0(z, s, b0), S0((s) + (b1), b0)
#define Z2(z, s, b0, b1, b2) Z1(z, s, b0, b1), S1((s) + (b2), b0, b1)
#define Z3(z, s, b0, b1, b2, b3) Z2(z, s, b0, b1, b2), S2((s) + (b3), b0, b1, b2)
#define Z4(z, s, b0, b1, b2, b3, b4) Z3(z, s, b0, b1, b2, b3), S3((s) + (b4), b0, b1, b2, b3)
#define Z5(z, s, b0, b1, b2, b3, b4, b5)                                                           \
    Z4(z, s, b0, b1, b2, b3, b4), S4((s) + (b5), b0, b1, b2, b3, b4)
#define Z6(z, s, b0, b1, b2, b3, b4, b5, b6)                                                       \
    Z5(z, s, b0, b1, b2, b3, b4, b5), S5((s) + (b6), b0, b1, b2, b3, b4, b5)
#define Z7(z, s, b0, b1, b2, b3, b4, b5, b6, b7)                                                   \
    Z6(z, s, b0, b1, b2, b3, b4, b5, b6), S6((s) + (b7), b0, b1, b2, b3, b4, b5, b6)

/* One row per type and coarse value, in the order of the file; find_row checks that order. */
static const int64_t dac_rows[][DAC_FINES] = {
#define DAC(type, coarse, fine0, base, b0, b1, b2, b3, b4, b5, b6, b7, source)                     \
    {Z7(INT64_C(fine0), INT64_C(base), INT64_C(b0), INT64_C(b1), INT64_C(b2), INT64_C(b3),         \
        INT64_C(b4), INT64_C(b5), INT64_C(b6), INT64_C(b7))},
#include "backend/device/dynapse2.def"
};

struct dac_row {
    uint8_t type, coarse;
    const char *source;
};
static const struct dac_row dac_row[] = {
#define DAC(type, coarse, fine0, base, b0, b1, b2, b3, b4, b5, b6, b7, source)                     \
    {DAC_##type, coarse, source},
#include "backend/device/dynapse2.def"
};
enum { N_DAC_ROWS = sizeof dac_row / sizeof dac_row[0] };

struct default_row {
    int bias;
    int64_t za;
    const char *source;
};
static const struct default_row default_row[] = {
#define DEFAULT(name, za, source) {BIAS_##name, INT64_C(za), source},
#include "backend/device/dynapse2.def"
};
enum { N_DEFAULT_ROWS = sizeof default_row / sizeof default_row[0] };

static const struct limit_info limit_row[] = {
#define LIMIT(name, value, meaning, source) {#name, value, meaning, source},
#include "backend/device/dynapse2.def"
};
static const struct constant_info constant_row[] = {
#define CONSTANT(name, value, unit, meaning, source) {#name, value, unit, meaning, source},
#include "backend/device/dynapse2.def"
};

static const struct camera_info camera_row[] = {
#define CAMERA(name, code, width, height, source) {#name, code, width, height, source},
#include "backend/device/dynapse2.def"
};
static const struct group_info group_row[] = {
#define GROUP(class, prefix, meaning, source) {CLASS_##class, prefix, meaning, source},
#include "backend/device/dynapse2.def"
};
static const struct setting_info setting_row[] = {
#define SETTING(class, name, kind, most, controls, source)                                         \
    {CLASS_##class, #name, SETTING_##kind, most, controls, source},
#include "backend/device/dynapse2.def"
};

static const struct device dynapse2 = {
    .name = "dynapse2",
#define LIMIT(name, value, meaning, source) .name = value,
#include "backend/device/dynapse2.def"
    .bias =
        {
#define BIAS(name, type, scale_milli, coarse, fine, controls, source)                              \
    {#name, #type[0], scale_milli, {coarse, fine}, controls, source},
#include "backend/device/dynapse2.def"
        },
    .latch =
        {
#define LATCH(name, attribute, meaning, source) {#name, attribute, meaning, source},
#include "backend/device/dynapse2.def"
        },
    .field =
        {
#define FIELD(word, name, low, width, meaning, source) {#word, #name, low, width, meaning, source},
#include "backend/device/dynapse2.def"
        },
    .limit = limit_row,
    .constant = constant_row,
    .camera = camera_row,
    .group = group_row,
    .n_groups = sizeof group_row / sizeof group_row[0],
    .setting = setting_row,
    .dac = &dac_rows[0][0],
#define CONSTANT(name, value, unit, meaning, source) .name = value,
#include "backend/device/dynapse2.def"
    .default_slot_za =
        {
#define SLOT(za, source) INT64_C(za),
#include "backend/device/dynapse2.def"
        },
};

const struct device *device_dynapse2(void)
{
    return &dynapse2;
}

int device_bias(const struct device *device, const char *name)
{
    for (int i = 0; i < N_BIASES; i++)
        if (strcmp(device->bias[i].name, name) == 0)
            return i;
    return -1;
}

int device_latch(const struct device *device, const char *name)
{
    for (int i = 0; i < N_LATCHES; i++)
        if (strcmp(device->latch[i].name, name) == 0)
            return i;
    return -1;
}

/* --- currents --- */

static const int64_t *dac_of(const struct device *device, int bias)
{
    size_t type = device->bias[bias].type == 'P' ? DAC_P : DAC_N;
    return device->dac + type * DAC_COARSES * DAC_FINES;
}

/* The largest table current times the largest scale factor is below 5e18. */
static int64_t scaled(int64_t table_za, int64_t scale_milli)
{
    return (table_za * scale_milli + 500) / 1000;
}

int64_t device_bias_za(const struct device *device, int bias, struct bias_code code)
{
    const int64_t *dac = dac_of(device, bias);
    return scaled(dac[code.coarse * DAC_FINES + code.fine], device->bias[bias].scale_milli);
}

/* |a - b| of currents that are not negative; requests may be negative where nothing checked. */
static uint64_t distance(int64_t a, int64_t b)
{
    return a > b ? (uint64_t)a - (uint64_t)b : (uint64_t)b - (uint64_t)a;
}

struct bias_code device_bias_nearest(const struct device *device, int bias, int64_t za)
{
    const int64_t *dac = dac_of(device, bias);
    int64_t scale = device->bias[bias].scale_milli;
    struct bias_code best = {0, 0};
    uint64_t least = UINT64_MAX;
    for (uint32_t coarse = 0; coarse <= device->max_coarse; coarse++)
        for (uint32_t fine = 0; fine <= device->max_fine; fine++) {
            uint64_t error = distance(scaled(dac[coarse * DAC_FINES + fine], scale), za);
            if (error >= least)
                continue;
            least = error;
            best = (struct bias_code){(uint8_t)coarse, (uint8_t)fine};
        }
    return best;
}

void device_bias_range(const struct device *device, int bias, int64_t *least, int64_t *most)
{
    *least = INT64_MAX;
    *most = INT64_MIN;
    for (uint32_t coarse = 0; coarse <= device->max_coarse; coarse++)
        for (uint32_t fine = 0; fine <= device->max_fine; fine++) {
            struct bias_code code = {(uint8_t)coarse, (uint8_t)fine};
            int64_t za = device_bias_za(device, bias, code);
            *least = za < *least ? za : *least;
            *most = za > *most ? za : *most;
        }
}

/* --- fields --- */

static uint32_t field_mask(const struct field_info *field)
{
    return field->width >= 32 ? UINT32_MAX : (UINT32_C(1) << field->width) - 1;
}

uint32_t field_get(const struct device *device, enum field_id field, uint32_t word)
{
    const struct field_info *info = &device->field[field];
    return word >> info->low & field_mask(info);
}

uint32_t field_put(const struct device *device, enum field_id field, uint32_t word, uint32_t value)
{
    const struct field_info *info = &device->field[field];
    uint32_t mask = field_mask(info);
    return (word & ~(mask << info->low)) | (value & mask) << info->low;
}

/* --- self-check --- */

static bool missing(const char *text)
{
    return !text || !text[0];
}

static const char *check_field(const struct device *device, int f)
{
    const struct field_info *field = &device->field[f];
    if (missing(field->source) || missing(field->name) || missing(field->word))
        return "a field has no name, no word or no source";
    if (field->width == 0 || field->low + field->width > 32)
        return "a field does not fit its word";
    for (int g = 0; g < f; g++) {
        const struct field_info *other = &device->field[g];
        if (strcmp(field->word, other->word) != 0)
            continue;
        if (strcmp(field->name, other->name) == 0)
            return "two fields of a word have one name";
        if (field->low < other->low + other->width && other->low < field->low + field->width)
            return "two fields of a word overlap";
    }
    uint32_t most = field_mask(field);
    for (int background = 0; background < 2; background++) {
        uint32_t word = background ? UINT32_MAX : 0;
        uint32_t put = field_put(device, (enum field_id)f, word, most / 3);
        if (field_get(device, (enum field_id)f, put) != most / 3
            || ((put ^ word) & ~(most << field->low)) != 0)
            return "a field is not read as it is written";
    }
    return NULL;
}

static const char *check_bias(const struct device *device, int b)
{
    const struct bias_info *bias = &device->bias[b];
    if (missing(bias->source) || missing(bias->name) || missing(bias->controls))
        return "a bias has no name, no meaning or no source";
    if (bias->scale_milli <= 0)
        return "a bias has a scale factor that is not positive";
    if (bias->def.coarse > device->max_coarse || bias->def.fine > device->max_fine)
        return "the default of a bias is not a code";
    size_t length = strlen(bias->name);
    if (length < 3 || bias->name[length - 2] != '_' || bias->name[length - 1] != bias->type)
        return "the name of a bias does not end with its type";
    if (device_bias(device, bias->name) != b)
        return "two biases have one name";
    return NULL;
}

static const char *check_latch(const struct device *device, int l)
{
    const struct latch_info *latch = &device->latch[l];
    if (missing(latch->source) || missing(latch->name) || missing(latch->meaning)
        || !latch->attribute)
        return "a latch has no name, no meaning or no source";
    if (device_latch(device, latch->name) != l)
        return "two latches have one name";
    return NULL;
}

/* Every type and coarse value has its row at its place; currents are positive. */
static const char *check_dac(const struct device *device)
{
    if (N_DAC_ROWS != DAC_TYPES * DAC_COARSES || device->max_coarse >= DAC_COARSES
        || device->max_fine >= DAC_FINES)
        return "the bias generator has the wrong number of rows";
    for (int row = 0; row < N_DAC_ROWS; row++)
        if (dac_row[row].type != row / DAC_COARSES || dac_row[row].coarse != row % DAC_COARSES
            || missing(dac_row[row].source))
            return "a row of the bias generator is out of order or has no source";
    for (int i = 0; i < N_DAC_ROWS * DAC_FINES; i++)
        if (device->dac[i] <= 0)
            return "a current of the bias generator is not positive";
    return NULL;
}

static const char *check_defaults(const struct device *device)
{
    for (int i = 0; i < N_DEFAULT_ROWS; i++) {
        const struct default_row *row = &default_row[i];
        struct bias_code code = device_bias_nearest(device, row->bias, row->za);
        const struct bias_code *def = &device->bias[row->bias].def;
        if (missing(row->source))
            return "a default has no source";
        if (code.coarse != def->coarse || code.fine != def->fine)
            return "the default of a bias is not the nearest code of its current";
    }
    return NULL;
}

static const char *check_facts(const struct device *device)
{
    for (int i = 0; i < N_LIMITS; i++)
        if (missing(device->limit[i].source) || missing(device->limit[i].meaning))
            return "a limit has no meaning or no source";
    for (int i = 0; i < N_CONSTANTS; i++)
        if (missing(device->constant[i].source) || missing(device->constant[i].meaning)
            || !(device->constant[i].value > 0))
            return "a constant has no meaning, no source or no positive value";
    return NULL;
}

/* Every setting has its own name in its group, every group rows, every camera a size and a source.
 */
static const char *check_settings(const struct device *device)
{
    for (uint32_t i = 0; i < device_n_settings(device); i++) {
        struct device_setting at = device_setting_at(device, i);
        if (missing(at.group->source) || missing(at.group->meaning) || missing(at.info->source)
            || missing(at.info->controls))
            return "a setting has no meaning or no source";
        if (device_setting_find(device, at.group->prefix, at.info->name) != (int)i)
            return "two settings have one name";
    }
    for (int i = 0; i < N_CAMERAS; i++)
        if (missing(device->camera[i].source) || !device->camera[i].width
            || !device->camera[i].height)
            return "a camera has no size or no source";
    return NULL;
}

/* The counts of the chip against the fields that must hold them. */
static const char *check_widths(const struct device *device)
{
    uint32_t hops = 2 * device->max_hop;
    if (device->tags - 1 > field_mask(&device->field[FIELD_cam_tag])
        || device->tags - 1 > field_mask(&device->field[FIELD_sram_tag]))
        return "a tag field is too narrow";
    if (hops > field_mask(&device->field[FIELD_sram_x])
        || hops > field_mask(&device->field[FIELD_sram_y]))
        return "a hop field is too narrow";
    if (device_bioamp_tags(device) > device->tags || device->tags % device_bioamp_tags(device) != 0)
        return "the tags of the biosignal front end do not fit";
    if (device->weight_slots > device->field[FIELD_cam_weight].width
        || device->cores_per_chip > device->field[FIELD_sram_cores].width)
        return "a mask field is too narrow";
    return NULL;
}

const char *device_self_check(const struct device *device)
{
    const char *fault = check_facts(device);
    for (int f = 0; !fault && f < N_FIELDS; f++)
        fault = check_field(device, f);
    for (int b = 0; !fault && b < N_BIASES; b++)
        fault = check_bias(device, b);
    for (int l = 0; !fault && l < N_LATCHES; l++)
        fault = check_latch(device, l);
    if (!fault)
        fault = check_settings(device);
    if (!fault)
        fault = check_widths(device);
    if (!fault)
        fault = check_dac(device);
    return fault ? fault : check_defaults(device);
}
