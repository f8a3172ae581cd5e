/* The canonical form, checked on an image in memory: what its decoder and its assembler refuse.
 * Needs no network; whether the image is the right one for a network is the verifier's business. */
#include "backend/image_check.h"

#include "compiler/base/text.h"
#include "compiler/net.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

struct checker {
    struct arena *arena;
    const struct image *image;
    struct image_fault *fault;
    struct image_unit *units;     /* per site */
    uint8_t *probed;              /* per site: spikes are probed */
    uint8_t *heard, *sent;        /* per core and tag: a CAM word listens, a source sends */
    uint32_t cam_bits, sram_bits; /* bits that some field uses */
};

static bool fail(struct checker *c, enum image_part part, size_t index, const char *format, ...)
    __attribute__((format(printf, 4, 5)));
static bool fail(struct checker *c, enum image_part part, size_t index, const char *format, ...)
{
    struct text text;
    text_init(&text, c->arena);
    va_list args;
    va_start(args, format);
    text_add_v(&text, format, args);
    va_end(args);
    *c->fault = (struct image_fault){part, index, text.at};
    return false;
}

/* --- META --- */

static bool is_utf8(const char *s)
{
    for (size_t n = strlen(s); n > 0;) {
        size_t length = utf8_length(s, n);
        if (length == 0)
            return false;
        s += length;
        n -= length;
    }
    return true;
}

static bool check_defines(struct checker *c, const struct image_define_vec *defines)
{
    for (uint32_t i = 0; i < defines->n; i++) {
        if (!is_utf8(defines->at[i].name) || !is_utf8(defines->at[i].value))
            return fail(c, IMAGE_META, 0, "META: define %u is not UTF-8", i);
        if (i > 0 && strcmp(defines->at[i - 1].name, defines->at[i].name) >= 0)
            return fail(c, IMAGE_META, 0, "META: defines are not in the order of their names");
    }
    return true;
}

static bool check_files(struct checker *c, const struct image_file_vec *files)
{
    for (uint32_t i = 0; i < files->n; i++) {
        if (!is_utf8(files->at[i].path))
            return fail(c, IMAGE_META, 0, "META: path of file %u is not UTF-8", i);
        if (i > 0 && strcmp(files->at[0].path, files->at[i].path) == 0)
            return fail(c, IMAGE_META, 0, "META: the main file is listed twice");
        if (i > 1 && strcmp(files->at[i - 1].path, files->at[i].path) >= 0)
            return fail(c, IMAGE_META, 0, "META: files are not in the order of their paths");
    }
    return true;
}

static bool check_meta(struct checker *c)
{
    const struct image_meta *meta = &c->image->meta;
    const struct device *device = c->image->device;
    uint32_t most = device->max_chips_per_axis;
    if (strcmp(meta->target, device->name) != 0)
        return fail(c, IMAGE_META, 0, "META: target is not %s", device->name);
    if (!is_utf8(meta->tool))
        return fail(c, IMAGE_META, 0, "META: the tool version is not UTF-8");
    if (meta->grid_w < 1 || meta->grid_w > most || meta->grid_h < 1 || meta->grid_h > most)
        return fail(c, IMAGE_META, 0, "META: a grid of %u x %u chips, 1 to %u are possible",
                    meta->grid_w, meta->grid_h, most);
    if (meta->chips != meta->grid_w * meta->grid_h)
        return fail(c, IMAGE_META, 0, "META: %u chips on a grid of %u x %u", meta->chips,
                    meta->grid_w, meta->grid_h);
    return check_defines(c, &meta->defines) && check_files(c, &meta->files);
}

/* --- names and shapes --- */

struct named {
    const char *name;
    uint32_t index;
};

static int by_name(const void *a, const void *b)
{
    const struct named *x = a, *y = b;
    int order = strcmp(x->name, y->name);
    return order ? order : (x->index > y->index) - (x->index < y->index);
}

static bool check_names(struct checker *c, enum image_part part, struct named *names, uint32_t n)
{
    qsort(names, n, sizeof *names, by_name);
    for (uint32_t i = 0; i < n; i++) {
        if (!names[i].name[0] || !is_utf8(names[i].name))
            return fail(c, part, names[i].index, "number %u has no name or one that is not UTF-8",
                        names[i].index);
        if (i > 0 && strcmp(names[i - 1].name, names[i].name) == 0)
            return fail(c, part, names[i].index, "%s stands here twice", names[i].name);
    }
    return true;
}

/* Product of the dimensions; 0 if there is none that fits 32 bits. */
static uint32_t shape_size(uint32_t n_dims, const uint32_t *dims)
{
    uint32_t size = n_dims >= 1 && n_dims <= IMAGE_MAX_DIMS;
    for (uint32_t d = 0; size && d < n_dims; d++)
        if (__builtin_mul_overflow(size, dims[d], &size))
            size = 0;
    return size;
}

/* --- SYMBOLS --- */

static bool check_piece(struct checker *c, uint32_t p, const struct image_piece *piece)
{
    const struct image *image = c->image;
    const struct device *device = image->device;
    const char *name = image->populations.at[p].name;
    if (piece->chip >= image->meta.chips || piece->core >= device->cores_per_chip
        || piece->neuron >= device->neurons_per_core
        || piece->count > device->neurons_per_core - piece->neuron)
        return fail(c, IMAGE_SYMBOLS, p, "%s: piece at chip%u.core%u.n%u leaves its core", name,
                    piece->chip, piece->core, piece->neuron);
    size_t site = image_site(image, piece->chip, piece->core, piece->neuron);
    for (uint32_t i = 0; i < piece->count; i++) {
        struct image_unit *unit = &c->units[site + i];
        if (unit->population != UINT32_MAX)
            return fail(c, IMAGE_SYMBOLS, p, "%s: %s is taken by %s", name,
                        image_site_name(c->arena, image, site + i),
                        image->populations.at[unit->population].name);
        *unit = (struct image_unit){p, piece->first + i};
    }
    return true;
}

static bool check_population(struct checker *c, uint32_t p)
{
    const struct image_population *population = &c->image->populations.at[p];
    uint32_t size = shape_size(population->n_dims, population->dims), next = 0;
    if (size == 0)
        return fail(c, IMAGE_SYMBOLS, p, "%s: no neurons, or too many", population->name);
    for (uint32_t i = 0; i < population->pieces.n; i++) {
        const struct image_piece *piece = &population->pieces.at[i];
        if (piece->first != next || piece->count == 0 || piece->count > size - next)
            return fail(c, IMAGE_SYMBOLS, p, "%s: pieces do not cover 0 .. %u in order",
                        population->name, size - 1);
        const struct image_piece *last = i > 0 ? piece - 1 : NULL;
        if (last && last->chip == piece->chip && last->core == piece->core
            && last->neuron + last->count == piece->neuron)
            return fail(c, IMAGE_SYMBOLS, p, "%s: two pieces at %u are one", population->name,
                        next);
        if (!check_piece(c, p, piece))
            return false;
        next += piece->count;
    }
    if (next != size)
        return fail(c, IMAGE_SYMBOLS, p, "%s: %u of %u neurons have a place", population->name,
                    next, size);
    return true;
}

static bool check_symbols(struct checker *c)
{
    const struct image_population_vec *all = &c->image->populations;
    struct named *names = ARENA_ARRAY(c->arena, struct named, all->n);
    for (uint32_t p = 0; p < all->n; p++)
        names[p] = (struct named){all->at[p].name, p};
    if (!check_names(c, IMAGE_SYMBOLS, names, all->n))
        return false;
    for (uint32_t p = 0; p < all->n; p++)
        if (!check_population(c, p))
            return false;
    return true;
}

/* --- PROBE --- */

/* Marks the sites of a spike probe: each of them holds a monitor entry. */
static void mark_probed(struct checker *c, const struct image_probe *probe)
{
    for (size_t site = 0; site < image_sites(c->image); site++) {
        const struct image_unit *unit = &c->units[site];
        for (uint32_t lo = 0, hi = probe->n_units; unit->population == probe->object && lo < hi;) {
            uint32_t mid = lo + (hi - lo) / 2;
            if (probe->unit[mid] == unit->index) {
                c->probed[site] = 1;
                break;
            }
            if (probe->unit[mid] < unit->index)
                lo = mid + 1;
            else
                hi = mid;
        }
    }
}

static bool check_probe(struct checker *c, uint32_t i)
{
    const struct image *image = c->image;
    const struct image_probe *probe = &image->probes.at[i];
    bool input = probe->unit_kind == UNIT_INPUT;
    if (probe->unit_kind > UNIT_INPUT
        || probe->object >= (input ? image->inputs.n : image->populations.n))
        return fail(c, IMAGE_PROBE, i, "probe %u: there is no %s %u", i,
                    input ? "input" : "population", probe->object);
    if (probe->kind >= N_PROBE_KINDS || (input && probe->kind != PROBE_SPIKES))
        return fail(c, IMAGE_PROBE, i, "probe %u: kind %u is not possible here", i, probe->kind);
    const struct image_population *p = image->populations.at + (input ? 0 : probe->object);
    uint32_t size = input ? image->inputs.at[probe->object].size : shape_size(p->n_dims, p->dims);
    if (probe->n_units == 0)
        return fail(c, IMAGE_PROBE, i, "probe %u: no units", i);
    for (uint32_t u = 0; u < probe->n_units; u++) {
        if (probe->unit[u] >= size)
            return fail(c, IMAGE_PROBE, i, "probe %u: unit %u, the last is %u", i, probe->unit[u],
                        size - 1);
        if (u > 0 && probe->unit[u - 1] >= probe->unit[u])
            return fail(c, IMAGE_PROBE, i, "probe %u: units do not ascend at %u", i,
                        probe->unit[u]);
    }
    if (probe->kind == PROBE_SPIKES && !input)
        mark_probed(c, probe);
    return true;
}

static bool check_probes(struct checker *c)
{
    for (uint32_t i = 0; i < c->image->probes.n; i++)
        if (!check_probe(c, i))
            return false;
    return true;
}

/* --- BIAS and LATCH --- */

static bool core_is_used(const struct checker *c, uint32_t core)
{
    uint32_t n = c->image->device->neurons_per_core;
    for (uint32_t i = 0; i < n; i++)
        if (c->units[(size_t)core * n + i].population != UINT32_MAX)
            return true;
    return false;
}

static bool check_bias(struct checker *c)
{
    const struct device *device = c->image->device;
    for (uint32_t core = 0; core < image_cores(c->image); core++) {
        bool used = core_is_used(c, core);
        for (uint32_t b = 0; b < N_BIASES; b++) {
            size_t index = (size_t)core * N_BIASES + b;
            struct bias_code code = c->image->bias[index], def = device->bias[b].def;
            uint32_t chip = core / device->cores_per_chip, own = core % device->cores_per_chip;
            if (code.coarse > device->max_coarse || code.fine > device->max_fine)
                return fail(c, IMAGE_BIAS, index, "chip%u.core%u: %s has no code (%u, %u)", chip,
                            own, device->bias[b].name, code.coarse, code.fine);
            if (!used && (code.coarse != def.coarse || code.fine != def.fine))
                return fail(c, IMAGE_BIAS, index,
                            "chip%u.core%u: %s is set, but the core has no neurons", chip, own,
                            device->bias[b].name);
        }
    }
    return true;
}

static bool check_latches(struct checker *c)
{
    for (size_t site = 0; site < image_sites(c->image); site++) {
        uint16_t latches = c->image->latch[site];
        if (latches >> N_LATCHES)
            return fail(c, IMAGE_LATCH, site, "%s: no such latch, bits %#x",
                        image_site_name(c->arena, c->image, site), latches);
        if (latches && c->units[site].population == UINT32_MAX)
            return fail(c, IMAGE_LATCH, site, "%s: latches, but no declared neuron",
                        image_site_name(c->arena, c->image, site));
    }
    return true;
}

/* --- CAM --- */

static size_t bit_of(const struct checker *c, size_t core, uint32_t tag)
{
    return core * c->image->device->tags + tag;
}

static bool get_bit(const uint8_t *bits, size_t i)
{
    return bits[i / 8] >> (i % 8) & 1;
}

static void set_bit(uint8_t *bits, size_t i)
{
    bits[i / 8] |= (uint8_t)(1u << (i % 8));
}

/* What is wrong with a CAM word by itself, or NULL. */
static const char *cam_word_fault(const struct checker *c, uint32_t word)
{
    const struct device *device = c->image->device;
    uint32_t dendrite = field_get(device, FIELD_cam_dendrite, word);
    uint32_t weight = field_get(device, FIELD_cam_weight, word);
    if (word & ~c->cam_bits)
        return "bits are set that belong to no field";
    if (field_get(device, FIELD_cam_tag, word) >= device->tags)
        return "the tag is too large";
    if (dendrite == 0 || (dendrite & (dendrite - 1)) != 0)
        return "not exactly one dendrite";
    if (weight == 0 || weight >> device->weight_slots)
        return "no weight bit, or one that does not exist";
    return NULL;
}

/* Which cells are fit for the tags of a half is for a profile to say, which an image has no copy
 * of; words with tags of one half ascend in any case. */
static bool check_cam_site(struct checker *c, size_t site)
{
    const struct image *image = c->image;
    uint32_t n = image->device->cam_words, last[DEVICE_TAG_HALVES] = {0};
    const uint32_t *words = image->cam + site * n;
    for (uint32_t i = 0; i < n; i++) {
        if (words[i] == 0)
            continue;
        const char *what = cam_word_fault(c, words[i]);
        uint32_t tag = field_get(image->device, FIELD_cam_tag, words[i]);
        uint32_t *before = what ? NULL : &last[device_tag_half(image->device, tag)];
        if (c->units[site].population == UINT32_MAX)
            what = "no declared neuron stands here";
        else if (!what && *before > words[i])
            what = "smaller than the word before it";
        if (what)
            return fail(c, IMAGE_CAM, site * n + i, "CAM word %s[%u]: %s",
                        image_site_name(c->arena, image, site), i, what);
        set_bit(c->heard, bit_of(c, site / image->device->neurons_per_core, tag));
        *before = words[i];
    }
    return true;
}

static bool check_cam(struct checker *c)
{
    for (size_t site = 0; site < image_sites(c->image); site++)
        if (!check_cam_site(c, site))
            return false;
    return true;
}

/* Every word hears someone: to be called when all senders were checked. */
static bool check_senders(struct checker *c)
{
    const struct image *image = c->image;
    uint32_t n = image->device->cam_words;
    for (size_t i = 0; i < image_sites(image) * n; i++) {
        uint32_t tag = field_get(image->device, FIELD_cam_tag, image->cam[i]);
        size_t core = i / n / image->device->neurons_per_core;
        if (image->cam[i] && !get_bit(c->sent, bit_of(c, core, tag)))
            return fail(c, IMAGE_CAM, i, "CAM word %s[%zu]: nobody sends tag %u to this core",
                        image_site_name(c->arena, image, i / n), i % n, tag);
    }
    return true;
}

/* --- SRAM and INPUT --- */

/* What is wrong with a route from chip `from` that follows `last` (NULL: the first), or NULL. */
static const char *route_fault(struct checker *c, uint32_t from, uint32_t word,
                               const uint32_t *last_word)
{
    const struct device *device = c->image->device;
    struct image_route route = image_route_of(c->image, from, word);
    int32_t hop = (int32_t)device->max_hop;
    if (word & ~c->sram_bits)
        return "bits are set that belong to no field";
    if (route.x > hop || route.y > hop)
        return "a hop is too long";
    if (route.to_host || !route.on_board)
        return "the target is not on the board";
    if (route.cores == 0 || route.cores >> device->cores_per_chip)
        return "no target core, or one that does not exist";
    if (route.tag >= device->tags)
        return "the tag is too large";
    for (uint32_t core = 0; core < device->cores_per_chip; core++) {
        size_t bit = bit_of(c, (size_t)route.chip * device->cores_per_chip + core, route.tag);
        if (!(route.cores >> core & 1))
            continue;
        if (!get_bit(c->heard, bit))
            return "no CAM word of a target core hears the tag";
        set_bit(c->sent, bit);
    }
    if (!last_word)
        return NULL;
    struct image_route last = image_route_of(c->image, from, *last_word);
    if (last.chip > route.chip || (last.chip == route.chip && last.tag >= route.tag))
        return "routes do not ascend by chip, then tag";
    return NULL;
}

static const char *monitor_fault(const struct checker *c, size_t site, uint32_t word)
{
    const struct device *device = c->image->device;
    struct image_place at = image_place_of(c->image, site);
    struct image_route route = image_route_of(c->image, at.chip, word);
    if (!c->probed[site])
        return "leads to the host, but the spikes are not probed";
    if ((word & ~c->sram_bits) || route.x != device->monitor_x || route.y != device->monitor_y
        || route.cores != (1u << device->cores_per_chip) - 1
        || route.tag != at.core * device->neurons_per_core + at.neuron)
        return "leads to the host, but is not this neuron's monitor word";
    return NULL;
}

static bool check_sram_site(struct checker *c, size_t site)
{
    const struct image *image = c->image;
    uint32_t n = image->device->sram_words, chip = image_place_of(image, site).chip;
    const uint32_t *words = image->sram + site * n;
    bool monitored = false, ended = false;
    for (uint32_t i = 0; i < n; i++) {
        const char *what = NULL;
        if (!words[i]) {
            ended = true;
            continue;
        }
        if (c->units[site].population == UINT32_MAX)
            what = "no declared neuron stands here";
        else if (ended || monitored)
            what = ended ? "an empty entry comes before" : "follows the monitor word";
        else if (image_route_of(image, chip, words[i]).to_host)
            what = monitor_fault(c, site, words[i]), monitored = true;
        else
            what = route_fault(c, chip, words[i], i > 0 ? &words[i - 1] : NULL);
        if (what)
            return fail(c, IMAGE_SRAM, site * n + i, "SRAM word %s[%u]: %s",
                        image_site_name(c->arena, image, site), i, what);
    }
    if (c->probed[site] && !monitored)
        return fail(c, IMAGE_SRAM, site * n, "%s: spikes are probed, but no word leads to the host",
                    image_site_name(c->arena, image, site));
    return true;
}

static bool check_sram(struct checker *c)
{
    for (size_t site = 0; site < image_sites(c->image); site++)
        if (!check_sram_site(c, site))
            return false;
    return true;
}

/* A destination of a biosignal front end: a block of tags, of which each core hears at least one.
 */
static const char *block_fault(struct checker *c, const struct image_input *input, uint32_t r)
{
    const struct device *device = c->image->device;
    struct image_route route = image_route_of(c->image, input->chip, input->route[r]);
    uint32_t block = device_bioamp_tags(device), first = route.tag * block;
    if (input->route[r] & ~c->sram_bits || route.tag >= device->tags / block)
        return "no such block of tags";
    if (route.x > (int32_t)device->max_hop || route.y > (int32_t)device->max_hop || route.to_host
        || !route.on_board)
        return "the target is not on the board";
    if (route.cores == 0 || route.cores >> device->cores_per_chip)
        return "no target core, or one that does not exist";
    for (uint32_t core = 0; core < device->cores_per_chip; core++) {
        size_t bit = bit_of(c, (size_t)route.chip * device->cores_per_chip + core, first);
        bool heard = false;
        for (uint32_t t = 0; t < block && route.cores >> core & 1; t++) {
            heard = heard || get_bit(c->heard, bit + t);
            set_bit(c->sent, bit + t);
        }
        if (route.cores >> core & 1 && !heard)
            return "no CAM word of a target core hears a tag of the block";
    }
    return r > 0 && image_route_of(c->image, input->chip, input->route[r - 1]).chip >= route.chip
               ? "destinations do not ascend by chip"
               : NULL;
}

static bool check_blocks(struct checker *c, uint32_t i)
{
    const struct image_input *input = &c->image->inputs.at[i];
    for (uint32_t r = 0; r < input->n_routes; r++) {
        const char *what = block_fault(c, input, r);
        if (what)
            return fail(c, IMAGE_INPUT, i, "input %s: destination %u: %s", input->name, r, what);
    }
    return true;
}

static bool check_input(struct checker *c, uint32_t i)
{
    const struct image_input *input = &c->image->inputs.at[i];
    const char *sensor;
    if (input->size == 0 || shape_size(input->n_dims, input->dims) != input->size)
        return fail(c, IMAGE_INPUT, i, "input %s: no units, or too many", input->name);
    sensor = image_sensor_fault(c->arena, c->image, i);
    if (sensor)
        return fail(c, IMAGE_INPUT, i, "input %s: %s", input->name, sensor);
    if (input->kind == IMAGE_BIOAMP)
        return check_blocks(c, i);
    for (uint32_t u = 0; u < input->size; u++)
        for (uint32_t d = input->first_dest[u]; d < input->first_dest[u + 1]; d++) {
            const uint32_t *last = d > input->first_dest[u] ? &input->dest[d - 1] : NULL;
            const char *what = route_fault(c, input->chip, input->dest[d], last);
            if (what)
                return fail(c, IMAGE_INPUT, i, "input %s: unit %u, event %u: %s", input->name, u,
                            d - input->first_dest[u], what);
        }
    return true;
}

static bool check_inputs(struct checker *c)
{
    const struct image_input_vec *all = &c->image->inputs;
    struct named *names = ARENA_ARRAY(c->arena, struct named, all->n);
    for (uint32_t i = 0; i < all->n; i++)
        names[i] = (struct named){all->at[i].name, i};
    if (!check_names(c, IMAGE_INPUT, names, all->n))
        return false;
    for (uint32_t i = 0; i < all->n; i++)
        if (!check_input(c, i))
            return false;
    return true;
}

static bool check_settings(struct checker *c)
{
    size_t index;
    const char *what = image_settings_fault(c->arena, c->image, &index);
    return !what || fail(c, IMAGE_SETTINGS, index, "%s", what);
}

/* --- all --- */

static uint32_t bits_of_fields(const struct device *device, const char *word)
{
    uint32_t bits = 0;
    for (uint32_t f = 0; f < N_FIELDS; f++)
        if (!strcmp(device->field[f].word, word))
            bits |= ((1u << device->field[f].width) - 1) << device->field[f].low;
    return bits;
}

bool image_check(struct arena *arena, const struct image *image, struct image_fault *fault)
{
    struct checker c = {.arena = arena, .image = image, .fault = fault};
    if (!check_meta(&c))
        return false;
    size_t sites = image_sites(image);
    size_t bits = (size_t)image_cores(image) * image->device->tags;
    c.units = ARENA_ARRAY(arena, struct image_unit, sites);
    for (size_t site = 0; site < sites; site++)
        c.units[site] = (struct image_unit){UINT32_MAX, UINT32_MAX};
    c.probed = ARENA_ARRAY(arena, uint8_t, sites);
    c.heard = ARENA_ARRAY(arena, uint8_t, bits / 8 + 1);
    c.sent = ARENA_ARRAY(arena, uint8_t, bits / 8 + 1);
    c.cam_bits = bits_of_fields(image->device, "cam");
    c.sram_bits = bits_of_fields(image->device, "sram");
    return check_symbols(&c) && check_probes(&c) && check_bias(&c) && check_latches(&c)
           && check_cam(&c) && check_inputs(&c) && check_sram(&c) && check_senders(&c)
           && check_settings(&c);
}
