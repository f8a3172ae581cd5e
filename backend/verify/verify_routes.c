/* V5: every event ends at a chip that exists, or at the host if its neuron is probed.
 * V6: the host can tell from a monitor word which neuron it came from. */
#include "backend/verify/checks.h"

uint32_t route_chip(const struct verify *v, uint32_t chip, const struct sram_fields *route,
                    bool *west)
{
    const struct verify_meta *meta = &v->image->meta;
    int32_t width = (int32_t)meta->grid_w, height = (int32_t)meta->grid_h;
    int32_t x = (int32_t)chip % width + route->x, y = (int32_t)chip / width + route->y;
    *west = x < 0; /* x is walked first */
    if (x < 0 || x >= width || y < 0 || y >= height)
        return NET_NONE;
    return (uint32_t)(y * width + x);
}

struct source_routes routes_of(const struct verify *v, uint32_t source)
{
    enum unit_kind kind;
    uint32_t object, index;
    net_source_unit(v->net, source, &kind, &object, &index);
    const struct read_input *input = &v->image->inputs[kind == UNIT_INPUT ? object : 0];
    if (kind == UNIT_INPUT && input->kind == INPUT_BIOAMP)
        return (struct source_routes){
            .words = input->blocks, .chip = input->chip, .blocks = true, .unit = index};
    if (kind == UNIT_INPUT)
        return (struct source_routes){.words = input->dest[index], .chip = input->chip};
    size_t site = v->site_of[source];
    return (struct source_routes){
        .words = {v->image->sram + 4 * site * layout.entries, layout.entries},
        .chip = chip_of_core(core_of_site(site))};
}

struct sram_fields route_at(const struct source_routes *routes, uint32_t i)
{
    struct sram_fields route = layout_sram(read_word(&routes->words, i));
    if (routes->blocks)
        route.tag = route.tag * layout.channels * layout.types + routes->unit;
    return route;
}

static bool probed(const struct verify *v, uint32_t source)
{
    return source < v->net->n_neurons && v->net->probed[source];
}

/* The interface of a camera holds one destination per pixel. */
static void check_pixel(struct verify *v, uint32_t source, const struct source_routes *routes)
{
    if (source >= v->net->n_neurons
        && v->net->inputs.at[net_input_of(v->net, source)].kind == INPUT_DVS
        && routes->words.n > layout.pixel_words)
        finding(v, V5, DIAG_E0902, span_nowhere(), "pixel %s has %u destinations, %u possible",
                source_name(v, source), routes->words.n, layout.pixel_words);
}

static void source_v5(struct verify *v, uint32_t source)
{
    struct source_routes routes = routes_of(v, source);
    uint32_t monitors = 0, wanted = probed(v, source);
    for (uint32_t i = 0; i < routes.words.n; i++) {
        uint32_t word = read_word(&routes.words, i);
        struct sram_fields route = route_at(&routes, i);
        bool west;
        if (word == 0 && !routes.blocks)
            continue;
        if (route.tag >= layout.tags)
            finding(v, V5, DIAG_E0902, span_nowhere(), "event %u of %s: there is no tag %u", i,
                    source_name(v, source), route.tag);
        else if (route.x > layout.max_hop || route.y > layout.max_hop)
            finding(v, V5, DIAG_E0902, span_nowhere(), "event %u of %s: hop beyond %d", i,
                    source_name(v, source), layout.max_hop);
        else if (route_chip(v, routes.chip, &route, &west) == NET_NONE && !west)
            finding(v, V5, DIAG_E0902, span_nowhere(),
                    "event %u of %s goes %d, %d chips from chip %u, where there is none", i,
                    source_name(v, source), route.x, route.y, routes.chip);
        else
            monitors += west;
    }
    check_pixel(v, source, &routes);
    if (monitors > wanted)
        finding(v, V5, DIAG_E0902, span_nowhere(),
                "%s sends %u events to the host for each spike, %u asked for",
                source_name(v, source), monitors, wanted);
    if (monitors < wanted)
        finding(v, V5, DIAG_E0901, span_nowhere(), "%s is probed, but its spikes stay on the board",
                source_name(v, source));
}

void check_v5_routes(struct verify *v)
{
    for (uint32_t source = 0; source < net_n_sources(v->net); source++)
        source_v5(v, source);
}

static void neuron_v6(struct verify *v, uint32_t neuron)
{
    struct source_routes routes = routes_of(v, neuron);
    size_t site = v->site_of[neuron];
    uint32_t address = (uint32_t)(site % ((size_t)layout.cores * layout.neurons));
    for (uint32_t i = 0; i < routes.words.n; i++) {
        uint32_t word = read_word(&routes.words, i);
        struct sram_fields route = layout_sram(word);
        bool west;
        if (word == 0 || route_chip(v, routes.chip, &route, &west) != NET_NONE || !west)
            continue;
        if (route.tag != address || route.x != layout.monitor_x || route.y != layout.monitor_y)
            finding(v, V6, DIAG_E0902, span_nowhere(),
                    "spikes of %s reach the host as tag %u, hops %d, %d; its own are %u, %d, %d",
                    source_name(v, neuron), route.tag, route.x, route.y, address, layout.monitor_x,
                    layout.monitor_y);
    }
}

void check_v6_monitors(struct verify *v)
{
    for (uint32_t neuron = 0; neuron < v->net->n_neurons; neuron++)
        neuron_v6(v, neuron);
}
