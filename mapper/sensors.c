#include "mapper/sensors.h"

#include "mapper/board.h"
#include "mapper/rows.h"

#include <string.h>

struct served {
    struct arena *arena;
    const struct net *net;
    const struct device *device;
    const uint32_t *chip_of;
    struct diag_sink *sink;
    uint32_t *pixel_chip; /* per input unit: chip of its targets, NET_NONE: none yet */
    uint32_t *routes;     /* [input][bioamp_routes]: chips of the targets of all units */
    bool *reported;       /* per input */
    bool ok;
};

static struct diag *report(struct served *s, uint32_t input, const char *what)
{
    s->ok = false;
    s->reported[input] = true;
    struct diag *diag =
        diag_add(s->sink, DIAG_E0404, s->net->inputs.at[input].span,
                 "no placement found: in the best one %s; none was disproved", what);
    diag_help(s->sink, diag, span_nowhere(), NULL,
              "`place ..: together(chip);` or `chip(k)` holds the targets of %s together",
              s->net->inputs.at[input].name);
    return diag;
}

/* A pixel sends to one chip. */
static void see_pixel(struct served *s, uint32_t input, uint32_t source, uint32_t chip)
{
    uint32_t *at = &s->pixel_chip[source - s->net->n_neurons];
    if (*at != NET_NONE && *at != chip)
        report(s, input,
               arena_printf(s->arena, "pixel %s has targets on chips %u and %u, one is possible",
                            net_source_name(s->arena, s->net, source), *at, chip));
    *at = chip;
}

static void see_route(struct served *s, uint32_t input, uint32_t chip)
{
    uint32_t most = s->device->bioamp_routes, i = 0;
    uint32_t *at = &s->routes[(size_t)input * most];
    while (i < most && at[i] != chip && at[i] != NET_NONE)
        i++;
    if (i < most)
        at[i] = chip;
    else
        report(s, input,
               arena_printf(s->arena, "%s has targets on more than %u chips",
                            s->net->inputs.at[input].name, most));
}

static void see_edge(struct served *s, const struct edge *edge)
{
    uint32_t index = net_input_of(s->net, edge->source), chip = s->chip_of[edge->target];
    const struct input *input = &s->net->inputs.at[index];
    if (input->kind == INPUT_HOST || s->reported[index])
        return;
    if (!board_in_reach(s->net, s->device, input->chip, chip))
        report(s, index,
               arena_printf(s->arena, "%s, at chip %u, has a target on chip %u, more than %u away",
                            input->name, input->chip, chip, s->device->max_hop));
    else if (input->kind == INPUT_DVS)
        see_pixel(s, index, edge->source, chip);
    else
        see_route(s, index, chip);
}

bool sensors_served(struct arena *arena, const struct net *net, const struct device *device,
                    const uint32_t *chip_of, struct diag_sink *sink)
{
    struct served s = {arena, net, device, chip_of, sink, NULL, NULL, NULL, true};
    size_t n_routes = (size_t)net->inputs.n * device->bioamp_routes;
    struct edge_vec row = {NULL, 0, 0};
    s.pixel_chip = ARENA_ARRAY(arena, uint32_t, net->n_inputs);
    s.routes = ARENA_ARRAY(arena, uint32_t, n_routes);
    s.reported = ARENA_ARRAY(arena, bool, net->inputs.n);
    memset(s.pixel_chip, 0xFF, net->n_inputs * sizeof *s.pixel_chip);
    memset(s.routes, 0xFF, n_routes * sizeof *s.routes);
    for (uint32_t n = 0; n < net->n_neurons && net->n_inputs; n++) {
        row_read(arena, net, n, &row);
        for (uint32_t e = 0; e < row.n; e++)
            if (row.at[e].source >= net->n_neurons)
                see_edge(&s, &row.at[e]);
    }
    return s.ok;
}
