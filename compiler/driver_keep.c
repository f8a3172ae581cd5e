#include "compiler/driver_keep.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

enum { LARGEST_MAP_MIB = 1000, MOST_TRIALS = 40 };

struct held { /* a piece of the earlier placement */
    uint32_t population, first, count, chip, core, neuron;
};
struct held_vec VEC_OF(struct held);
struct keeper {
    struct driver *driver;
    const struct map_options *options;
    struct held_vec held; /* pieces that the board and the network still have room for */
    bool *accepted;       /* per piece */
    bool *listed;         /* per population of the network, and one beyond: the map has it */
    bool *placed;         /* per neuron of the network: the map has it */
    uint64_t known, gone; /* neurons of the map that the network has, and has not */
    uint32_t old_w, trials;
    const char *wrong; /* with a map that can be read */
};

/* --- reading ------------------------------------------------------------------------------------
 */

static bool read_u32(const json_t *object, const char *key, uint32_t *value)
{
    const json_t *member = json_object_get(object, key);
    json_int_t n = json_integer_value(member);
    *value = (uint32_t)n;
    return json_is_integer(member) && n >= 0 && n <= UINT32_MAX;
}

static uint32_t population_named(const struct net *net, const char *name)
{
    uint32_t p = 0;
    while (p < net->populations.n && strcmp(net->populations.at[p].name, name) != 0)
        p++;
    return p;
}

/* The chip at the same column and row, or of the same number; one beyond the board if there is
 * none. */
static uint32_t chip_now(const struct keeper *k, uint32_t chip, bool by_number)
{
    const struct net *net = &k->driver->elaboration.net;
    uint32_t x = chip % k->old_w, y = chip / k->old_w;
    if (by_number)
        return chip < net->chips ? chip : net->chips;
    return x < net->grid_w && y < net->grid_h ? y * net->grid_w + x : net->chips;
}

/* Neurons whose chip the board has. */
static uint64_t with_chip(const struct keeper *k, bool by_number)
{
    uint64_t n = 0;
    for (uint32_t i = 0; i < k->held.n; i++)
        if (chip_now(k, k->held.at[i].chip, by_number) < k->driver->elaboration.net.chips)
            n += k->held.at[i].count;
    return n;
}

/* Chips stay where they are on the board, which keeps neighbours near; on a board of another shape
 * they keep their numbers if more of them stay so. Pieces of chips that are gone are dropped. */
static void match_chips(struct keeper *k)
{
    bool by_number = with_chip(k, true) > with_chip(k, false);
    uint32_t kept = 0;
    for (uint32_t i = 0; i < k->held.n; i++) {
        struct held held = k->held.at[i];
        held.chip = chip_now(k, held.chip, by_number);
        if (held.chip < k->driver->elaboration.net.chips)
            k->held.at[kept++] = held;
    }
    k->held.n = kept;
}

/* False: the map has a neuron twice. */
static bool note_placed(struct keeper *k, const struct held *held)
{
    const struct population *population =
        &k->driver->elaboration.net.populations.at[held->population];
    for (uint32_t n = 0; n < held->count; n++) {
        bool *placed = &k->placed[population->first + held->first + n];
        if (*placed)
            k->wrong = arena_printf(&k->driver->arena, "it places neuron %u of `%s` twice",
                                    held->first + n, population->name);
        if (*placed)
            return false;
        *placed = true;
    }
    return true;
}

static bool take_piece(struct keeper *k, struct held held)
{
    const struct net *net = &k->driver->elaboration.net;
    const struct device *device = k->driver->device;
    uint32_t size =
        held.population < net->populations.n ? net->populations.at[held.population].size : 0;
    uint32_t left = held.first < size ? size - held.first : 0;
    uint32_t stay = held.count < left ? held.count : left;
    k->known += stay;
    k->gone += held.count - stay;
    held.count = stay;
    if (stay > 0 && !note_placed(k, &held))
        return false;
    if (stay > 0 && held.core < device->cores_per_chip && held.neuron < device->neurons_per_core
        && stay <= device->neurons_per_core - held.neuron)
        VEC_PUSH(&k->driver->arena, &k->held, held);
    return true;
}

static bool read_population(struct keeper *k, const json_t *entry)
{
    const char *name = json_string_value(json_object_get(entry, "name"));
    const json_t *pieces = json_object_get(entry, "pieces"), *piece;
    size_t i;
    if (!name || !json_is_array(pieces))
        return false;
    const struct net *net = &k->driver->elaboration.net;
    struct held held = {.population = population_named(net, name)};
    if (held.population < net->populations.n && k->listed[held.population]) {
        k->wrong = arena_printf(&k->driver->arena, "it lists population `%s` twice", name);
        return false;
    }
    k->listed[held.population] = true;
    json_array_foreach(pieces, i, piece)
    {
        if (!read_u32(piece, "first", &held.first) || !read_u32(piece, "count", &held.count)
            || !read_u32(piece, "chip", &held.chip) || !read_u32(piece, "core", &held.core)
            || !read_u32(piece, "neuron", &held.neuron) || !take_piece(k, held))
            return false;
    }
    return true;
}

static bool read_map(struct keeper *k, const json_t *root)
{
    const json_t *populations = json_object_get(root, "populations"), *entry;
    const json_t *grid = json_object_get(json_object_get(root, "target"), "grid");
    const char *schema = json_string_value(json_object_get(root, "schema"));
    json_int_t w = json_integer_value(json_array_get(grid, 0));
    size_t i;
    if (!schema || strcmp(schema, "dyn-map/1") != 0 || !json_is_array(populations) || w < 1
        || w > UINT32_MAX)
        return false;
    k->old_w = (uint32_t)w;
    json_array_foreach(populations, i, entry) if (!read_population(k, entry)) return false;
    match_chips(k);
    return true;
}

static bool read_file(struct keeper *k, const char *path)
{
    struct driver *driver = k->driver;
    const char *why;
    uint8_t *bytes;
    size_t n;
    if (!read_whole(&driver->arena, path, (size_t)LARGEST_MAP_MIB << 20, &bytes, &n, &why)) {
        driver_error(driver, DIAG_E0601, "cannot open the map", path, why);
        return false;
    }
    json_error_t error;
    json_t *root = json_loadb((const char *)bytes, n, JSON_REJECT_DUPLICATES, &error);
    bool ok = root && read_map(k, root);
    json_decref(root);
    if (!ok)
        driver_error(driver, DIAG_E0604, "cannot read the map", path,
                     k->wrong ? k->wrong
                              : "it is no NET.map.json of `dync build` "
                                "(tests/schema/map.schema.json)");
    return ok;
}

/* Large pieces come first: where two cannot both stay, the larger does. */
static int compare_held(const void *a, const void *b)
{
    const struct held *x = a, *y = b;
    if (x->count != y->count)
        return x->count < y->count ? 1 : -1;
    if (x->population != y->population)
        return x->population < y->population ? -1 : 1;
    return x->first < y->first ? -1 : x->first > y->first;
}

/* --- trials -------------------------------------------------------------------------------------
 */

static struct place place_of(struct arena *arena, const struct held *held)
{
    const struct view view = {.kind = UNIT_NEURON,
                              .object = held->population,
                              .base = held->first,
                              .dims = {1, {held->count}},
                              .stride = {1},
                              .size = held->count};
    struct place place = {.kind = PLACE_AT,
                          .chip = held->chip,
                          .core = held->core,
                          .first = held->neuron,
                          .span = span_nowhere(),
                          .statement = span_nowhere()};
    VEC_PUSH(arena, &place.views, view);
    return place;
}

/* Maps with the accepted pieces and those from .. to-1 held. What it has to say is kept if it
 * succeeds, or if nothing was held. */
static bool map_held(struct keeper *k, uint32_t from, uint32_t to, struct arena *arena,
                     struct mapping *mapping)
{
    struct driver *driver = k->driver;
    struct diag_sink sink = driver->sink;
    struct net net = driver->elaboration.net;
    struct place_vec places = {NULL, 0, 0};
    for (uint32_t i = 0; i < net.places.n; i++)
        VEC_PUSH(arena, &places, net.places.at[i]);
    for (uint32_t i = 0; i < k->held.n; i++)
        if (k->accepted[i] || (i >= from && i < to))
            VEC_PUSH(arena, &places, place_of(arena, &k->held.at[i]));
    net.places = places;
    bool held = places.n > driver->elaboration.net.places.n;
    k->trials++;
    bool fits = map_network(arena, &net, driver->device, &driver->plan, k->options, &sink, mapping)
                == MAP_OK;
    if (mapping == &driver->mapping && (fits || !held))
        driver->sink = sink;
    return fits;
}

static void accept(struct keeper *k, uint32_t from, uint32_t to)
{
    for (uint32_t i = from; i < to; i++)
        k->accepted[i] = true;
}

/* Accepts what goes together with what has been accepted, half by half. */
static void add_pieces(struct keeper *k, uint32_t from, uint32_t to, bool known_to_fail)
{
    bool fits = false;
    if (from == to || k->trials >= MOST_TRIALS)
        return;
    if (!known_to_fail) {
        struct arena *scratch = arena_scratch(&k->driver->arena);
        struct mapping mapping;
        fits = map_held(k, from, to, scratch, &mapping);
        arena_scratch_end(scratch);
    }
    if (fits) {
        accept(k, from, to);
    } else if (to - from > 1) {
        uint32_t middle = from + (to - from) / 2;
        add_pieces(k, from, middle, false);
        add_pieces(k, middle, to, false);
    }
}

/* Nothing was proved of placements that do not keep the pieces. */
static void forget_bounds(struct mapping *mapping)
{
    mapping->cores_bound = mapping->chips_bound = mapping->cut_bound = mapping->hops_bound = -1;
    mapping->weighted_cut_bound = mapping->weighted_hops_bound = -1;
    mapping->split_bound = 0;
    mapping->optimal = mapping->canonical = false;
}

static void count_kept(struct keeper *k)
{
    struct driver *driver = k->driver;
    const struct net *net = &driver->elaboration.net;
    const struct device *device = driver->device;
    driver->kept = (struct report_kept){.given = true, .known = k->known, .gone = k->gone};
    for (uint32_t i = 0; i < k->held.n; i++) {
        const struct held *held = &k->held.at[i];
        uint32_t core = held->chip * device->cores_per_chip + held->core;
        uint32_t first = net->populations.at[held->population].first + held->first;
        for (uint32_t n = 0; n < held->count; n++)
            driver->kept.stayed += driver->mapping.site_of[first + n]
                                   == core * device->neurons_per_core + held->neuron + n;
    }
}

bool driver_keep(struct driver *driver, const char *path, const struct map_options *options)
{
    struct keeper k = {.driver = driver, .options = options};
    k.listed = ARENA_ARRAY(&driver->arena, bool, (size_t)driver->elaboration.net.populations.n + 1);
    k.placed = ARENA_ARRAY(&driver->arena, bool, driver->elaboration.net.n_neurons);
    if (!read_file(&k, path))
        return false;
    if (k.held.n > 0)
        qsort(k.held.at, k.held.n, sizeof k.held.at[0], compare_held);
    k.accepted = ARENA_ARRAY(&driver->arena, bool, k.held.n);
    bool fits = map_held(&k, 0, k.held.n, &driver->arena, &driver->mapping);
    if (fits)
        accept(&k, 0, k.held.n);
    else if (k.held.n > 0)
        add_pieces(&k, 0, k.held.n, true);
    if (!fits && (k.held.n == 0 || !map_held(&k, 0, 0, &driver->arena, &driver->mapping)))
        return false;
    for (uint32_t i = 0; i < k.held.n; i++)
        if (k.accepted[i])
            forget_bounds(&driver->mapping);
    count_kept(&k);
    return true;
}
