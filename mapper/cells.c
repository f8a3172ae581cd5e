#include "mapper/cells.h"

#include "mapper/problem.h"

#include <string.h>

/* --- the profile --- */

static void count_site(const struct defects *defects, size_t site, struct cell_room *room)
{
    const uint8_t *bad = defects->bad_word + site * defects->words;
    for (uint32_t k = 0; k < defects->words; k++)
        if (bad[k] == 0)
            room->both++;
        else if (bad[k] != CELLS_ANY)
            room->only[bad[k] == CELLS_LOWER]++;
}

static void count_tags(const struct cells *cells, uint32_t core)
{
    const struct defects *d = cells->defects;
    for (uint32_t t = 0; t < d->tags; t++)
        cells->usable_tags[core][device_tag_half(cells->device, t)] +=
            !d->bad_tag[(size_t)core * d->tags + t];
}

void cells_read(struct arena *arena, const struct net *net, const struct device *device,
                struct cells *cells)
{
    const struct defects *d = net->defects;
    *cells = (struct cells){.device = device, .n_cores = device_cores(device, net->chips)};
    if (!d || d->n_bad_words[0] + d->n_bad_words[1] + d->n_bad_tags == 0)
        return;
    cells->defects = d;
    cells->room = ARENA_ARRAY(arena, struct cell_room, (size_t)d->cores * d->neurons);
    cells->usable_tags = arena_alloc(arena, d->cores, sizeof *cells->usable_tags);
    for (size_t site = 0; site < (size_t)d->cores * d->neurons; site++)
        count_site(d, site, &cells->room[site]);
    for (uint32_t core = 0; core < d->cores; core++)
        count_tags(cells, core);
}

/* --- room --- */

uint32_t cells_of_half(const struct cells *cells, size_t site, uint32_t half)
{
    return cells_at(cells, site, 1u << half);
}

uint32_t cells_at(const struct cells *cells, size_t site, unsigned halves)
{
    if (!cells->defects)
        return cells->device->cam_words;
    const struct cell_room *room = &cells->room[site];
    const uint32_t *tags = cells->usable_tags[site / cells->defects->neurons];
    uint32_t n = 0;
    bool any = false;
    for (uint32_t half = 0; half < DEVICE_TAG_HALVES; half++) {
        if (!(halves >> half & 1) || tags[half] == 0)
            continue;
        n += room->only[half];
        any = true;
    }
    return any ? n + room->both : 0;
}

uint32_t cells_rank(const struct cells *cells, size_t site, unsigned halves)
{
    const struct cell_room *room = cells->defects ? &cells->room[site] : NULL;
    if (room && room->only[0] + room->only[1] + room->both == 0)
        return 0;
    return cells_at(cells, site, halves) + 1;
}

uint32_t cells_tags(const struct cells *cells, uint32_t core)
{
    return cells->defects ? cells->usable_tags[core][0] + cells->usable_tags[core][1]
                          : cells->device->tags;
}

/* --- the cells of a neuron --- */

/* The cells of one kind of words, `own` of them fit for this half alone, then `both` after the
 * first `skip` of those fit for all. Returns their number. */
static uint32_t take(const uint8_t *bad, uint32_t words, uint32_t half, uint32_t own, uint32_t skip,
                     uint32_t both, uint16_t *cell)
{
    uint32_t n = 0;
    for (uint32_t k = 0; k < words; k++) {
        bool fit = bad[k] == CELLS_ANY - (1u << half) ? own > 0 : bad[k] == 0 && !skip && both > 0;
        own -= fit && bad[k] != 0;
        both -= fit && bad[k] == 0;
        skip -= !fit && bad[k] == 0 && skip > 0;
        if (fit)
            cell[n++] = (uint16_t)k;
    }
    return n;
}

void cells_choose(const struct cells *cells, size_t site, uint32_t lower, uint32_t upper,
                  uint16_t *cell)
{
    const struct defects *d = cells->defects;
    const struct cell_room *room = &cells->room[site];
    const uint8_t *bad = d->bad_word + site * d->words;
    const uint32_t wanted[DEVICE_TAG_HALVES] = {lower, upper};
    for (uint32_t half = 0, skip = 0; half < DEVICE_TAG_HALVES; half++) {
        uint32_t own = wanted[half] < room->only[half] ? wanted[half] : room->only[half];
        uint32_t both = wanted[half] - own;
        cell += take(bad, d->words, half, own, skip, both, cell);
        skip = both;
    }
}

/* --- limits --- */

static uint32_t most_of(const struct cells *cells, size_t first, size_t end)
{
    uint32_t most = 0;
    for (size_t site = first; site < end; site++) {
        uint32_t n = cells_at(cells, site, CELLS_ANY);
        most = n > most ? n : most;
    }
    return most;
}

/* One place line: its neurons find no more cells than the sites that it leaves them have. */
static void limit_line(const struct net *net, const struct cells *cells, const struct place *place,
                       uint32_t *limit)
{
    size_t neurons = cells->device->neurons_per_core, cores = cells->device->cores_per_chip;
    size_t first = place->chip * cores * neurons, end = first + cores * neurons;
    if (place->kind != PLACE_CHIP && place->kind != PLACE_CORE && place->kind != PLACE_AT)
        return;
    if (place->kind != PLACE_CHIP) {
        first += place->core * neurons;
        end = first + neurons;
    }
    uint32_t most = most_of(cells, first, end);
    size_t next = first + place->first;
    for (uint32_t v = 0; v < place->views.n; v++)
        for (uint32_t i = 0; i < place->views.at[v].size; i++, next++) {
            const struct view *view = &place->views.at[v];
            uint32_t *own = &limit[net->populations.at[view->object].first + view_unit(view, i)];
            uint32_t here = most;
            if (place->kind == PLACE_AT && next < end && cells_rank(cells, next, CELLS_ANY) > 0)
                here = cells_at(cells, next, CELLS_ANY); /* else E0303 */
            *own = here < *own ? here : *own;
        }
}

uint32_t *cells_limits(struct arena *arena, const struct net *net, const struct cells *cells)
{
    uint32_t *limit = ARENA_ARRAY(arena, uint32_t, net->n_neurons);
    size_t n_sites = (size_t)cells->n_cores * cells->device->neurons_per_core;
    uint32_t most = cells->defects ? most_of(cells, 0, n_sites) : cells->device->cam_words;
    for (uint32_t n = 0; n < net->n_neurons; n++)
        limit[n] = most;
    for (uint32_t p = 0; p < net->places.n && cells->defects; p++)
        limit_line(net, cells, &net->places.at[p], limit);
    return limit;
}

uint32_t cells_neurons(const struct net *net, const struct cells *cells, uint32_t core)
{
    uint32_t per_core = cells->device->neurons_per_core, live = 0;
    uint32_t usable = usable_neurons(net, cells->device), kept = per_core - usable;
    for (uint32_t n = 0; n < per_core; n++)
        live += cells_rank(cells, (size_t)core * per_core + n, CELLS_ANY) > 0;
    return live > kept ? live - kept : 0;
}
