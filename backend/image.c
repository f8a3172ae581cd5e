#include "backend/image.h"

void image_init(struct arena *arena, struct image *image, const struct device *device,
                const struct image_meta *meta)
{
    *image = (struct image){.device = device, .meta = *meta};
    size_t sites = image_sites(image), cores = image_cores(image);
    image->cam = ARENA_ARRAY(arena, uint32_t, sites * device->cam_words);
    image->sram = ARENA_ARRAY(arena, uint32_t, sites * device->sram_words);
    image->latch = ARENA_ARRAY(arena, uint16_t, sites);
    image->bias = ARENA_ARRAY(arena, struct bias_code, cores * N_BIASES);
    for (size_t core = 0; core < cores; core++)
        for (size_t b = 0; b < N_BIASES; b++)
            image->bias[core * N_BIASES + b] = device->bias[b].def;
}

struct image_place image_place_of(const struct image *image, size_t site)
{
    const struct device *device = image->device;
    uint32_t core = (uint32_t)(site / device->neurons_per_core);
    return (struct image_place){.chip = core / device->cores_per_chip,
                                .core = core % device->cores_per_chip,
                                .neuron = (uint32_t)(site % device->neurons_per_core)};
}

char *image_site_name(struct arena *arena, const struct image *image, size_t site)
{
    struct image_place at = image_place_of(image, site);
    return arena_printf(arena, "chip%u.core%u.n%u", at.chip, at.core, at.neuron);
}

struct image_route image_route_of(const struct image *image, uint32_t from, uint32_t word)
{
    const struct device *device = image->device;
    int32_t hop = (int32_t)device->max_hop;
    int32_t w = (int32_t)image->meta.grid_w, h = (int32_t)image->meta.grid_h;
    struct image_route route = {
        .cores = field_get(device, FIELD_sram_cores, word),
        .tag = field_get(device, FIELD_sram_tag, word),
        .x = (int32_t)field_get(device, FIELD_sram_x, word) - hop,
        .y = (int32_t)field_get(device, FIELD_sram_y, word) - hop,
    };
    int32_t x = (int32_t)from % w + route.x, y = (int32_t)from / w + route.y;
    route.to_host = x < 0;
    route.on_board = route.to_host || (x < w && y >= 0 && y < h);
    if (route.on_board && !route.to_host)
        route.chip = (uint32_t)(y * w + x);
    return route;
}

struct image_unit *image_units(struct arena *arena, const struct image *image)
{
    size_t sites = image_sites(image);
    struct image_unit *units = ARENA_ARRAY(arena, struct image_unit, sites);
    for (size_t site = 0; site < sites; site++)
        units[site] = (struct image_unit){UINT32_MAX, UINT32_MAX};
    for (uint32_t p = 0; p < image->populations.n; p++) {
        const struct image_piece_vec *pieces = &image->populations.at[p].pieces;
        for (uint32_t i = 0; i < pieces->n; i++) {
            const struct image_piece *piece = &pieces->at[i];
            size_t site = image_site(image, piece->chip, piece->core, piece->neuron);
            for (uint32_t j = 0; j < piece->count; j++)
                units[site + j] = (struct image_unit){p, piece->first + j};
        }
    }
    return units;
}
