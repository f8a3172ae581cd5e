/* E0305: packets that cannot arrive whatever the mapper does, because place lines hold both ends
 * too far apart or an end too far from the host, or because too few chips lie within its reach. */
#include "mapper/fit_parts.h"

#include "mapper/board.h"

struct reach {
    const struct fit *fit;
    const uint32_t *chip_of; /* per neuron: chip on which lines hold it; the board's chips: none */
    uint8_t *hears_host;     /* per neuron: has synapses from what enters at chip 0 */
    bool *reported;          /* per term */
    bool ok;
};

static bool held(const struct reach *r, uint32_t neuron)
{
    return r->chip_of[neuron] < r->fit->net->chips;
}

static bool holds_chip(enum place_kind kind)
{
    return kind == PLACE_CHIP || kind == PLACE_CORE || kind == PLACE_AT;
}

/* The first line from `from` on that holds a neuron on a chip, or keeps it with others; NET_NONE:
 * none. */
static uint32_t line_of(const struct net *net, uint32_t neuron, bool with_others, uint32_t from)
{
    uint32_t index = neuron - net->populations.at[net->population_of[neuron]].first;
    for (uint32_t p = from; p < net->places.n; p++) {
        const struct place *place = &net->places.at[p];
        bool together = place->kind == PLACE_TOGETHER_CORE || place->kind == PLACE_TOGETHER_CHIP;
        if (with_others ? !together : !holds_chip(place->kind))
            continue;
        for (uint32_t v = 0; v < place->views.n; v++)
            if (place->views.at[v].object == net->population_of[neuron]
                && view_position(&place->views.at[v], index) != NET_NONE)
                return p;
    }
    return NET_NONE;
}

static void note_place(const struct reach *r, struct diag *diag, uint32_t neuron)
{
    const struct net *net = r->fit->net;
    const char *name = net_source_name(r->fit->arena, net, neuron);
    uint32_t line = line_of(net, neuron, false, 0);
    if (line != NET_NONE) {
        diag_note(r->fit->sink, diag, net->places.at[line].span, "%s is held on chip %u here", name,
                  net->places.at[line].chip);
        return;
    }
    for (line = line_of(net, neuron, true, 0); line != NET_NONE;
         line = line_of(net, neuron, true, line + 1)) {
        const struct place *place = &net->places.at[line];
        diag_note(r->fit->sink, diag, place->span, "%s is kept with others here", name);
        for (uint32_t v = 0; v < place->views.n; v++) {
            uint32_t other = fit_view_neuron(net, &place->views.at[v], 0);
            if (other == neuron || line_of(net, other, false, 0) == NET_NONE)
                continue;
            note_place(r, diag, other);
            return;
        }
    }
}

/* --- synapses -----------------------------------------------------------------------------------
 */

/* "chip 8 is 8 chips from chip 0 in x, 7 are possible" */
static const char *gap_text(const struct reach *r, uint32_t from, uint32_t to)
{
    uint32_t w = r->fit->net->grid_w, most = r->fit->device->max_hop;
    uint32_t x = board_distance(from % w, to % w), y = board_distance(from / w, to / w);
    return arena_printf(r->fit->arena, "chip %u is %u chips from chip %u in %s, %u are possible",
                        to, x > most ? x : y, from, x > most ? "x" : "y", most);
}

/* The chip from which hops of an input unit count: its sensor's, or 0. */
static uint32_t entry_chip(const struct net *net, uint32_t source)
{
    return net->inputs.at[net_input_of(net, source)].chip;
}

static bool is_sensor(const struct net *net, uint32_t source)
{
    return net->inputs.at[net_input_of(net, source)].kind != INPUT_HOST;
}

static void report_edge(struct reach *r, const struct edge *edge, uint32_t from, uint32_t to)
{
    const struct net *net = r->fit->net;
    struct diag *diag =
        diag_add(r->fit->sink, DIAG_E0305, net->terms.at[edge->term].span, "%s cannot reach %s: %s",
                 net_source_name(r->fit->arena, net, edge->source),
                 net_source_name(r->fit->arena, net, edge->target), gap_text(r, from, to));
    if (edge->source >= net->n_neurons)
        diag_note(r->fit->sink, diag, span_nowhere(), "%s events enter at chip %u",
                  is_sensor(net, edge->source) ? "the sensor's" : "the host's",
                  entry_chip(net, edge->source));
    else
        note_place(r, diag, edge->source);
    note_place(r, diag, edge->target);
    r->reported[edge->term] = true;
    r->ok = false;
}

static void check_edges(struct reach *r)
{
    const struct net *net = r->fit->net;
    struct edge_vec row = {NULL, 0, 0};
    for (uint32_t n = 0; n < net->n_neurons; n++) {
        row_read(r->fit->arena, net, n, &row);
        for (uint32_t e = 0; e < row.n; e++) {
            const struct edge *edge = &row.at[e];
            bool input = edge->source >= net->n_neurons;
            uint32_t enters = input ? entry_chip(net, edge->source) : 0;
            r->hears_host[n] |= input && enters == 0;
            if (!held(r, n) || (!input && !held(r, edge->source)) || r->reported[edge->term])
                continue;
            uint32_t from = input ? enters : r->chip_of[edge->source];
            if (!board_in_reach(net, r->fit->device, from, r->chip_of[n]))
                report_edge(r, edge, from, r->chip_of[n]);
        }
    }
}

/* --- spike probes -------------------------------------------------------------------------------
 */

static void check_probes(struct reach *r)
{
    const struct net *net = r->fit->net;
    for (uint32_t p = 0; p < net->probes.n; p++) {
        const struct probe *probe = &net->probes.at[p];
        for (uint32_t i = 0;
             probe->kind == PROBE_SPIKES && probe->view.kind == UNIT_NEURON && i < probe->view.size;
             i++) {
            uint32_t neuron = fit_view_neuron(net, &probe->view, i);
            if (!held(r, neuron) || board_sends_home(net, r->fit->device, r->chip_of[neuron]))
                continue;
            struct diag *diag = diag_add(
                r->fit->sink, DIAG_E0305, probe->span,
                "spikes of %s cannot reach the host: it is %u chips from chip %u, %d are possible",
                net_source_name(r->fit->arena, net, neuron), r->chip_of[neuron] % net->grid_w + 1,
                r->chip_of[neuron], -r->fit->device->monitor_x);
            note_place(r, diag, neuron);
            r->ok = false;
            break;
        }
    }
}

/* --- room within reach of the host --------------------------------------------------------------
 */

struct demand {
    uint32_t neurons;
    uint64_t room;
    uint32_t chips;
};

static void report_room(struct reach *r, const struct demand *demand, const char *who,
                        const char *where)
{
    if (demand->neurons <= demand->room)
        return;
    struct diag *diag =
        diag_add(r->fit->sink, DIAG_E0305, r->fit->net->target_span,
                 "no place is left within reach of the host: %u neurons %s, %llu places on the %u "
                 "chip%s %s",
                 demand->neurons, who, (unsigned long long)demand->room, demand->chips,
                 demand->chips == 1 ? "" : "s", where);
    diag_help(r->fit->sink, diag, span_nowhere(), NULL,
              "a board of more rows has more chips near the host than one of longer rows");
    r->ok = false;
}

static void check_room(struct reach *r)
{
    const struct net *net = r->fit->net;
    const struct device *device = r->fit->device;
    uint32_t per_chip = device->cores_per_chip * usable_neurons(net, device);
    struct demand home = {0, 0, 0}, input = {0, 0, 0};
    for (uint32_t chip = 0; chip < net->chips; chip++) {
        home.chips += board_sends_home(net, device, chip);
        input.chips += board_hears_host(net, device, chip);
    }
    home.room = (uint64_t)home.chips * per_chip;
    input.room = (uint64_t)input.chips * per_chip;
    for (uint32_t n = 0; n < net->n_neurons; n++) {
        home.neurons += net->probed[n] != 0;
        input.neurons += r->hears_host[n];
    }
    report_room(r, &home, "have a spike probe",
                arena_printf(r->fit->arena, "with x <= %d", -device->monitor_x - 1));
    report_room(r, &input, "hear an input",
                arena_printf(r->fit->arena, "with x, y <= %u", device->max_hop));
}

bool fit_reach(const struct fit *fit, const uint32_t *chip_of)
{
    struct reach r = {.fit = fit, .chip_of = chip_of, .ok = true};
    if (board_is_near(fit->net, fit->device))
        return true;
    r.hears_host = ARENA_ARRAY(fit->arena, uint8_t, fit->net->n_neurons);
    r.reported = ARENA_ARRAY(fit->arena, bool, fit->net->terms.n);
    check_edges(&r);
    check_probes(&r);
    if (r.ok)
        check_room(&r);
    return r.ok;
}
