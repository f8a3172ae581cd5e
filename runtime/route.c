#include "runtime/route.h"

#include "runtime/circuits.h"
#include "runtime/table.h"

#include <stdlib.h>
#include <string.h>

static int32_t hop(const struct device *device, enum field_id field, uint32_t word)
{
    return (int32_t)field_get(device, field, word) - (int32_t)device->max_hop;
}

struct route_place route_walk(const struct image *image, uint32_t from_chip, uint32_t word)
{
    int32_t w = (int32_t)image->meta.grid_w, h = (int32_t)image->meta.grid_h;
    int32_t x = (int32_t)from_chip % w + hop(image->device, FIELD_sram_x, word);
    int32_t y = (int32_t)from_chip / w + hop(image->device, FIELD_sram_y, word);
    if (x < 0)
        return (struct route_place){.host = true};
    uint32_t chip = (uint32_t)(y * w + x);
    if (x >= w || y < 0 || y >= h || chip >= image->meta.chips)
        return (struct route_place){.off_grid = true};
    return (struct route_place){.chip = chip};
}

bool route_listens(const struct image *image, uint32_t cam_word, int type)
{
    uint32_t dendrite = field_get(image->device, FIELD_cam_dendrite, cam_word);
    return dendrite >> (ROUTE_DENDRITE_BITS - 1 - type) & 1;
}

/* Delay class of a synapse (precise + 2 mismatched), and whether it is depressed. */
enum { N_CLASSES = 4, KIND_CLASS = 3, KIND_DEPRESSED = 4 };

/* A synapse that has no place in the plain row. Sorted, the words of a row are together. */
struct synapse {
    uint32_t steps, word;
    bool depressed; /* then `word` is its number */
};
struct synapse_vec VEC_OF(struct synapse);

struct words {
    uint32_t *at;
    uint64_t n, cap;
};
struct late_row {
    struct delay_row delay;
    uint64_t first; /* in `late` */
};
struct late_row_vec VEC_OF(struct late_row);

struct router {
    struct arena *arena;
    const struct image *image;
    double dt;
    struct route_rows *rows;
    uint32_t *steps;     /* [tile][class] */
    uint32_t *bucket;    /* [tile][tag]: first synapse of the tag; one more at the end */
    uint32_t *match;     /* by (tile, tag): row words, of depressed synapses their number */
    uint8_t *kind;       /* likewise */
    uint32_t n_numbered; /* depressed synapses so far */
    struct words out, late;
    struct late_row_vec late_rows;
    struct synapse_vec pending; /* of the source at hand */
    const char *fault;
};

static const uint32_t *cam_of(const struct router *r, size_t site)
{
    return r->image->cam + site * r->image->device->cam_words;
}

/* --- tiles --- */

static bool core_has_words(const struct router *r, uint32_t core)
{
    const struct device *device = r->image->device;
    size_t n = (size_t)device->neurons_per_core * device->cam_words;
    const uint32_t *cam = cam_of(r, (size_t)core * device->neurons_per_core);
    for (size_t k = 0; k < n; k++)
        if (cam[k])
            return true;
    return false;
}

static void find_tiles(struct router *r)
{
    const struct image *image = r->image;
    const struct device *device = image->device;
    uint32_t cores = device_cores(device, image->meta.chips);
    bool *used = ARENA_ARRAY(r->arena, bool, cores);
    for (uint32_t p = 0; p < image->populations.n; p++) {
        const struct image_piece_vec *pieces = &image->populations.at[p].pieces;
        for (uint32_t i = 0; i < pieces->n; i++)
            used[pieces->at[i].chip * device->cores_per_chip + pieces->at[i].core] = true;
    }
    r->rows->core_tile = ARENA_ARRAY(r->arena, uint32_t, cores);
    r->rows->tile_core = ARENA_ARRAY(r->arena, uint32_t, cores);
    for (uint32_t core = 0; core < cores; core++) {
        r->rows->core_tile[core] = UINT32_MAX;
        if (!used[core] && !core_has_words(r, core))
            continue;
        r->rows->core_tile[core] = r->rows->n_tiles;
        r->rows->tile_core[r->rows->n_tiles++] = core;
    }
}

/* --- CAM by tag --- */

/* Steps of the four delay classes of a core, numbered precise + 2 mismatched. */
static uint32_t class_of(const struct device *device, uint32_t cam_word)
{
    return field_get(device, FIELD_cam_precise, cam_word)
           + 2 * field_get(device, FIELD_cam_mismatched, cam_word);
}

static void class_steps(const struct router *r, uint32_t tile, uint32_t steps[N_CLASSES])
{
    size_t site = (size_t)r->rows->tile_core[tile] * r->image->device->neurons_per_core;
    for (uint32_t k = 0; k < N_CLASSES; k++) {
        uint32_t word = field_put(r->image->device, FIELD_cam_precise, 0, k & 1);
        word = field_put(r->image->device, FIELD_cam_mismatched, word, k >> 1);
        steps[k] = circuits_delay_steps(r->image, site, word, r->dt);
    }
}

/* Calls `each` for every synapse of the tile, in order of neuron, word, type. */
typedef void synapse_fn(struct router *r, size_t bucket, uint32_t row_word, uint8_t kind);

static void each_synapse(struct router *r, uint32_t tile, synapse_fn *each)
{
    const struct device *device = r->image->device;
    size_t base = (size_t)r->rows->tile_core[tile] * device->neurons_per_core;
    for (uint32_t i = 0; i < device->neurons_per_core; i++) {
        const uint32_t *cam = cam_of(r, base + i);
        for (uint32_t k = 0; k < device->cam_words; k++) {
            uint32_t mask = field_get(device, FIELD_cam_weight, cam[k]);
            if (mask == 0)
                continue;
            size_t bucket = (size_t)tile * device->tags + field_get(device, FIELD_cam_tag, cam[k]);
            uint32_t neuron = tile * r->rows->stride + i, kind = class_of(device, cam[k]);
            kind |= field_get(device, FIELD_cam_stp, cam[k]) ? KIND_DEPRESSED : 0;
            for (int type = 0; type < N_SYNAPSE_TYPES; type++)
                if (route_listens(r->image, cam[k], type))
                    each(r, bucket, table_pack(r->rows->stride, neuron, type, mask), (uint8_t)kind);
        }
    }
}

static void count_synapse(struct router *r, size_t bucket, uint32_t row_word, uint8_t kind)
{
    (void)row_word;
    r->rows->n_depressed += kind / KIND_DEPRESSED;
    r->bucket[bucket + 1]++;
}

static void place_synapse(struct router *r, size_t bucket, uint32_t row_word, uint8_t kind)
{
    if (kind & KIND_DEPRESSED) {
        r->rows->depressed[r->n_numbered] = row_word;
        row_word = r->n_numbered++;
    }
    r->kind[r->bucket[bucket]] = kind;
    r->match[r->bucket[bucket]++] = row_word;
}

static void sort_by_tag(struct router *r)
{
    size_t n = (size_t)r->rows->n_tiles * r->image->device->tags;
    r->bucket = ARENA_ARRAY(r->arena, uint32_t, n + 1);
    r->steps = ARENA_ARRAY(r->arena, uint32_t, (size_t)r->rows->n_tiles * N_CLASSES);
    for (uint32_t t = 0; t < r->rows->n_tiles; t++) {
        class_steps(r, t, r->steps + (size_t)t * N_CLASSES);
        each_synapse(r, t, count_synapse);
    }
    for (size_t b = 0; b < n; b++)
        r->bucket[b + 1] += r->bucket[b];
    r->match = ARENA_ARRAY(r->arena, uint32_t, r->bucket[n]);
    r->kind = ARENA_ARRAY(r->arena, uint8_t, r->bucket[n]);
    r->rows->depressed = ARENA_ARRAY(r->arena, uint32_t, r->rows->n_depressed);
    for (uint32_t t = 0; t < r->rows->n_tiles; t++)
        each_synapse(r, t, place_synapse);
    for (size_t b = n; b > 0; b--) /* placing moved every begin to the end of its bucket */
        r->bucket[b] = r->bucket[b - 1];
    r->bucket[0] = 0;
}

/* --- packets --- */

static void reserve(struct router *r, struct words *words, uint64_t more)
{
    if (words->n + more <= words->cap)
        return;
    uint64_t cap = 2 * words->cap + more;
    uint32_t *at = ARENA_ARRAY(r->arena, uint32_t, cap);
    for (uint64_t i = 0; i < words->n; i++)
        at[i] = words->at[i];
    words->at = at;
    words->cap = cap;
}

static void deliver_core(struct router *r, uint32_t core, uint32_t tag)
{
    uint32_t tile = r->rows->core_tile[core];
    if (tile == UINT32_MAX)
        return;
    size_t bucket = (size_t)tile * r->image->device->tags + tag;
    uint32_t begin = r->bucket[bucket], end = r->bucket[bucket + 1];
    reserve(r, &r->out, end - begin);
    for (uint32_t i = begin; i < end; i++) {
        struct synapse synapse = {r->steps[tile * N_CLASSES + (r->kind[i] & KIND_CLASS)],
                                  r->match[i], r->kind[i] & KIND_DEPRESSED};
        if (synapse.steps == 1 && !synapse.depressed)
            r->out.at[r->out.n++] = synapse.word;
        else
            VEC_PUSH(r->arena, &r->pending, synapse);
    }
}

static void deliver(struct router *r, uint32_t from_chip, uint32_t word)
{
    const struct device *device = r->image->device;
    struct route_place place = route_walk(r->image, from_chip, word);
    r->rows->host_events += place.host;
    if (place.off_grid && !r->fault)
        r->fault = arena_printf(r->arena, "a packet from chip %u that leaves the grid", from_chip);
    if (place.off_grid || place.host)
        return;
    uint32_t cores = field_get(device, FIELD_sram_cores, word);
    uint32_t tag = field_get(device, FIELD_sram_tag, word);
    for (uint32_t c = 0; c < device->cores_per_chip; c++)
        if (cores >> c & 1)
            deliver_core(r, place.chip * device->cores_per_chip + c, tag);
}

static int compare_synapses(const void *a, const void *b)
{
    const struct synapse *x = a, *y = b;
    if (x->depressed != y->depressed)
        return x->depressed ? 1 : -1;
    if (x->steps != y->steps)
        return x->steps < y->steps ? -1 : 1;
    return (x->word > y->word) - (x->word < y->word);
}

/* What the source's packets reached becomes its rows. */
static void end_source(struct router *r, size_t source)
{
    const struct synapse *late = r->pending.at;
    r->rows->first[source + 1] = r->out.n;
    if (r->pending.n == 0)
        return;
    qsort(r->pending.at, r->pending.n, sizeof *r->pending.at, compare_synapses);
    reserve(r, &r->late, r->pending.n);
    for (uint32_t i = 0; i < r->pending.n; i++) {
        if (i == 0 || late[i].steps != late[i - 1].steps
            || late[i].depressed != late[i - 1].depressed)
            VEC_PUSH(
                r->arena, &r->late_rows,
                (struct late_row){{(uint32_t)source, late[i].steps, late[i].depressed}, r->late.n});
        r->late.at[r->late.n++] = late[i].word;
    }
    r->pending.n = 0;
}

static void route_sites(struct router *r, size_t n_sites)
{
    const struct device *device = r->image->device;
    for (size_t site = 0; site < n_sites; site++) {
        const uint32_t *sram = r->image->sram + site * device->sram_words;
        for (uint32_t e = 0; e < device->sram_words; e++)
            if (sram[e])
                deliver(r, (uint32_t)(site / device_chip_neurons(device)), sram[e]);
        end_source(r, site);
    }
}

static void route_inputs(struct router *r, size_t source)
{
    for (uint32_t k = 0; k < r->image->inputs.n; k++) {
        const struct image_input *input = &r->image->inputs.at[k];
        for (uint32_t unit = 0; unit < input->size; unit++) {
            for (uint32_t d = input->first_dest[unit]; d < input->first_dest[unit + 1]; d++)
                deliver(r, input->chip, input->dest[d]);
            end_source(r, source++);
        }
    }
}

/* The delayed rows behind the others. */
static void append_late(struct router *r)
{
    struct route_rows *rows = r->rows;
    const struct late_row_vec *late = &r->late_rows;
    uint64_t *first = ARENA_ARRAY(r->arena, uint64_t, (size_t)rows->n_sources + late->n + 1);
    memcpy(first, rows->first, ((size_t)rows->n_sources + 1) * sizeof *first);
    rows->late = ARENA_ARRAY(r->arena, struct delay_row, late->n);
    rows->n_late = late->n;
    for (uint32_t i = 0; i < late->n; i++) {
        rows->late[i] = late->at[i].delay;
        first[rows->n_sources + i] = r->out.n + late->at[i].first;
    }
    first[rows->n_sources + late->n] = r->out.n + r->late.n;
    reserve(r, &r->out, r->late.n);
    for (uint64_t i = 0; i < r->late.n; i++)
        r->out.at[r->out.n + i] = r->late.at[i];
    rows->first = first;
}

struct route_rows *route_compile(struct arena *arena, const struct image *image, double dt,
                                 const char **fault)
{
    struct router r = {.arena = arena, .image = image, .dt = dt};
    const struct device *device = image->device;
    size_t sites = image_sites(image), sources = sites;
    for (uint32_t k = 0; k < image->inputs.n; k++)
        sources += image->inputs.at[k].size;
    r.rows = ARENA_NEW(arena, struct route_rows);
    r.rows->stride = (device->neurons_per_core + KERNEL_LANES - 1) / KERNEL_LANES * KERNEL_LANES;
    r.rows->n_sources = (uint32_t)sources;
    r.rows->first = ARENA_ARRAY(arena, uint64_t, sources + 1);
    find_tiles(&r);
    sort_by_tag(&r);
    route_sites(&r, sites);
    route_inputs(&r, sites);
    append_late(&r);
    r.rows->word = r.out.at;
    *fault = r.fault;
    return r.fault ? NULL : r.rows;
}
