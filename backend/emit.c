#include "backend/emit.h"

#include <string.h>

/* The parts every step needs. */
struct emitter {
    struct arena *arena;
    const struct net *net;
    const struct device *device;
    const struct bias_plan *plan;
    const struct mapping *mapping;
    struct image *image;
    uint32_t *words; /* room for those of a neuron */
};

/* --- META --- */

void emit_files(struct arena *arena, const struct source_set *sources, struct image_file_vec *files)
{
    for (uint32_t i = 0; sources && i < sources->files.n; i++) {
        const struct source *source = sources->files.at[i];
        if (i != 0 && !source->in_image)
            continue;
        struct image_file file = {.path = arena_strdup(arena, source->path)};
        memcpy(file.sha256, source->sha256, sizeof file.sha256);
        VEC_PUSH(arena, files, file);
        for (uint32_t j = files->n - 1; j > 1; j--) {
            if (strcmp(files->at[j - 1].path, files->at[j].path) <= 0)
                break;
            struct image_file swap = files->at[j];
            files->at[j] = files->at[j - 1];
            files->at[j - 1] = swap;
        }
    }
}

static struct image_meta emit_meta(struct arena *arena, const struct net *net,
                                   const struct device *device, const struct source_set *sources,
                                   const char *tool_version)
{
    struct image_meta meta = {.tool = arena_strdup(arena, tool_version),
                              .target = arena_strdup(arena, device->name),
                              .chips = net->chips,
                              .grid_w = net->grid_w,
                              .grid_h = net->grid_h,
                              .seed = net->seed};
    for (uint32_t i = 0; i < net->defines.n; i++) {
        const struct define *define = &net->defines.at[i];
        struct image_define copy = {.name = arena_strdup(arena, define->name),
                                    .value = arena_strdup(arena, define->value)};
        VEC_PUSH(arena, &meta.defines, copy);
    }
    emit_files(arena, sources, &meta.files);
    return meta;
}

/* --- words --- */

static uint32_t cam_word(const struct emitter *e, const struct bias_class *class,
                         const struct map_word *word)
{
    const struct device *device = e->device;
    const struct syn_attr *attr = &e->net->attrs.at[word->attr];
    uint8_t delay = class->delay[word->attr];
    /* One-hot with AMPA at the top bit, in the order of enum dendrite. */
    uint32_t dendrite = 1u << (N_DENDRITES - 1 - attr->dendrite);
    uint32_t packed = field_put(device, FIELD_cam_tag, 0, word->tag);
    packed = field_put(device, FIELD_cam_dendrite, packed, dendrite);
    packed = field_put(device, FIELD_cam_mismatched, packed, (delay >> 1) & 1u);
    packed = field_put(device, FIELD_cam_precise, packed, delay & 1u);
    packed = field_put(device, FIELD_cam_stp, packed, attr->stp);
    return field_put(device, FIELD_cam_weight, packed, class->mask[word->attr]);
}

/* Puts one word into the ascending words[0 .. n-1]. */
static void insert_ascending(uint32_t *words, uint32_t n, uint32_t word)
{
    while (n > 0 && words[n - 1] > word) {
        words[n] = words[n - 1];
        n--;
    }
    words[n] = word;
}

/* From the lowest cells to those fit for the words: the cells rise within each half of the tags, so
 * they are taken from a copy. */
static void spread_cells(uint32_t *cells, uint32_t n, const uint16_t *cell, uint32_t *words)
{
    memcpy(words, cells, n * sizeof *words);
    memset(cells, 0, n * sizeof *cells);
    for (uint32_t i = 0; i < n; i++)
        cells[cell[i]] = words[i];
}

static void emit_cam(const struct emitter *e, uint32_t neuron, size_t site)
{
    const struct mapping *mapping = e->mapping;
    /* sets that came out equal may share the core: the masks are those of the neuron's own */
    uint32_t class = bias_class_of_population(e->plan, e->net, e->net->population_of[neuron]);
    uint32_t *cells = e->image->cam + site * e->device->cam_words, n = 0;
    uint64_t first = mapping->first_word[neuron];
    for (uint64_t w = first; w < mapping->first_word[neuron + 1]; w++)
        insert_ascending(cells, n++, cam_word(e, &e->plan->classes.at[class], &mapping->words[w]));
    if (mapping->cells)
        spread_cells(cells, n, &mapping->cells[first], e->words);
}

static uint32_t sram_word(const struct device *device, uint32_t cores, int32_t x, int32_t y,
                          uint32_t tag)
{
    int32_t hop = (int32_t)device->max_hop;
    uint32_t packed = field_put(device, FIELD_sram_cores, 0, cores);
    packed = field_put(device, FIELD_sram_x, packed, (uint32_t)(x + hop));
    packed = field_put(device, FIELD_sram_y, packed, (uint32_t)(y + hop));
    return field_put(device, FIELD_sram_tag, packed, tag);
}

/* A route of the mapping as seen from chip `from`. */
static uint32_t route_word(const struct emitter *e, const struct route *route, uint32_t from)
{
    int32_t w = (int32_t)e->net->grid_w, to = (int32_t)route->chip, own = (int32_t)from;
    return sram_word(e->device, route->cores, to % w - own % w, to / w - own / w, route->tag);
}

static void emit_sram(const struct emitter *e, uint32_t neuron, size_t site)
{
    const struct device *device = e->device;
    const struct mapping *mapping = e->mapping;
    struct image_place at = image_place_of(e->image, site);
    uint32_t *entries = e->image->sram + site * device->sram_words, n = 0;
    for (uint64_t r = mapping->first_route[neuron]; r < mapping->first_route[neuron + 1]; r++)
        entries[n++] = route_word(e, &mapping->routes[r], at.chip);
    if (!e->net->probed[neuron])
        return;
    uint32_t tag = at.core * device->neurons_per_core + at.neuron;
    entries[n] = sram_word(device, (1u << device->cores_per_chip) - 1, device->monitor_x,
                           device->monitor_y, tag);
}

static void emit_biases(const struct emitter *e)
{
    for (uint32_t core = 0; core < image_cores(e->image); core++) {
        uint32_t class = e->mapping->class_of_core[core];
        if (class == NET_NONE)
            continue;
        struct bias_code *codes = e->image->bias + (size_t)core * N_BIASES;
        memcpy(codes, e->plan->classes.at[class].code, N_BIASES * sizeof *codes);
    }
}

/* --- symbols, inputs, probes --- */

static void copy_dims(const struct dims *dims, uint32_t *n_dims, uint32_t *size)
{
    *n_dims = dims->n;
    memcpy(size, dims->size, dims->n * sizeof *size);
}

/* The longest runs of a population that lie on consecutive sites of one core. */
static void emit_population(const struct emitter *e, const struct population *population)
{
    struct image_population symbol = {.name = arena_strdup(e->arena, population->name)};
    copy_dims(&population->dims, &symbol.n_dims, symbol.dims);
    size_t previous = 0;
    for (uint32_t i = 0; i < population->size; i++) {
        size_t site = e->mapping->site_of[population->first + i];
        struct image_place at = image_place_of(e->image, site);
        if (i > 0 && site == previous + 1 && at.neuron != 0) {
            symbol.pieces.at[symbol.pieces.n - 1].count++;
        } else {
            struct image_piece piece = {i, 1, at.chip, at.core, at.neuron};
            VEC_PUSH(e->arena, &symbol.pieces, piece);
        }
        previous = site;
    }
    VEC_PUSH(e->arena, &e->image->populations, symbol);
}

static void emit_dvs(const struct dvs *from, struct image_dvs *to)
{
    *to = (struct image_dvs){.mode = from->mode,
                             .on_events = from->on_events,
                             .off_events = from->off_events,
                             .drop_events = from->drop_events,
                             .copy_events = from->copy_events,
                             .handshake_ns = from->handshake_ns,
                             .n_filter = from->n_filter,
                             .filter = from->filter};
    memcpy(to->pooling_shift, from->pooling_shift, sizeof to->pooling_shift);
    memcpy(to->origin, from->origin, sizeof to->origin);
    memcpy(to->max, from->max, sizeof to->max);
    memcpy(to->copy_hop, from->copy_hop, sizeof to->copy_hop);
}

/* All units of a biosignal front end have the routes of the first, with tags that count up. */
static void emit_block(const struct emitter *e, const struct route *routes, uint64_t n,
                       struct image_input *symbol)
{
    for (uint64_t r = 0; r < n && r < IMAGE_MAX_ROUTES; r++) {
        struct route block = routes[r];
        block.tag = (uint16_t)(block.tag / device_bioamp_tags(e->device));
        symbol->route[symbol->n_routes++] = route_word(e, &block, symbol->chip);
    }
    image_spread_routes(e->arena, e->image, symbol);
}

static void emit_input(const struct emitter *e, const struct input *input)
{
    const struct mapping *mapping = e->mapping;
    struct image_input symbol = {.name = arena_strdup(e->arena, input->name), .size = input->size};
    copy_dims(&input->dims, &symbol.n_dims, symbol.dims);
    uint32_t source = e->net->n_neurons + input->first;
    uint64_t first = mapping->first_route[source];
    uint64_t n = mapping->first_route[source + input->size] - first;
    symbol.kind = (uint8_t)input->kind;
    symbol.chip = input->chip;
    if (input->kind == INPUT_BIOAMP) {
        emit_block(e, &mapping->routes[first], mapping->first_route[source + 1] - first, &symbol);
        VEC_PUSH(e->arena, &e->image->inputs, symbol);
        return;
    }
    if (input->kind == INPUT_DVS)
        emit_dvs(input->dvs, &symbol.dvs);
    symbol.first_dest = ARENA_ARRAY(e->arena, uint32_t, (size_t)input->size + 1);
    symbol.dest = ARENA_ARRAY(e->arena, uint32_t, n);
    for (uint32_t i = 0; i <= input->size; i++)
        symbol.first_dest[i] = (uint32_t)(mapping->first_route[source + i] - first);
    for (uint64_t r = 0; r < n; r++)
        symbol.dest[r] = route_word(e, &mapping->routes[first + r], input->chip);
    VEC_PUSH(e->arena, &e->image->inputs, symbol);
}

static void emit_probe(const struct emitter *e, const struct probe *probe)
{
    struct image_probe symbol = {.kind = (uint8_t)probe->kind,
                                 .unit_kind = (uint8_t)probe->view.kind,
                                 .object = probe->view.object,
                                 .n_units = probe->view.size};
    symbol.unit = ARENA_ARRAY(e->arena, uint32_t, symbol.n_units);
    for (uint32_t i = 0; i < symbol.n_units; i++)
        symbol.unit[i] = view_unit(&probe->view, i);
    VEC_PUSH(e->arena, &e->image->probes, symbol);
}

static void emit_settings(const struct emitter *e)
{
    for (uint32_t i = 0; i < e->net->settings.n; i++) {
        const struct chip_setting *stated = &e->net->settings.at[i];
        struct image_setting setting = {
            stated->chip, (uint16_t)stated->number, {stated->value[0], stated->value[1]}};
        VEC_PUSH(e->arena, &e->image->settings, setting);
    }
    image_imply_settings(e->arena, e->image);
}

void emit_image(struct arena *arena, const struct net *net, const struct device *device,
                const struct bias_plan *plan, const struct mapping *mapping,
                const struct source_set *sources, const char *tool_version, struct image *image)
{
    struct image_meta meta = emit_meta(arena, net, device, sources, tool_version);
    image_init(arena, image, device, &meta);
    uint32_t *words = ARENA_ARRAY(arena, uint32_t, device->cam_words);
    struct emitter e = {arena, net, device, plan, mapping, image, words};
    for (uint32_t neuron = 0; neuron < net->n_neurons; neuron++) {
        size_t site = mapping->site_of[neuron];
        emit_cam(&e, neuron, site);
        emit_sram(&e, neuron, site);
        image->latch[site] = net->latches[neuron];
    }
    emit_biases(&e);
    for (uint32_t i = 0; i < net->populations.n; i++)
        emit_population(&e, &net->populations.at[i]);
    for (uint32_t i = 0; i < net->inputs.n; i++)
        emit_input(&e, &net->inputs.at[i]);
    for (uint32_t i = 0; i < net->probes.n; i++)
        emit_probe(&e, &net->probes.at[i]);
    emit_settings(&e);
}
