/* V1: where each neuron went. V4: nothing where none went. V9: latches. */
#include "backend/verify/checks.h"

static bool on_board(const struct verify *v, const struct read_piece *piece)
{
    return piece->chip < v->image->meta.chips && piece->core < layout.cores
           && piece->neuron < layout.neurons && piece->count <= layout.neurons - piece->neuron;
}

static void put(struct verify *v, uint32_t neuron, size_t site)
{
    uint32_t other = v->neuron_at[site];
    if (other != NET_NONE)
        finding(v, V1, DIAG_E0901, span_nowhere(), "%s and %s are both at %s",
                source_name(v, other), source_name(v, neuron), site_name(v, site));
    if (v->site_of[neuron] != NET_NONE)
        finding(v, V1, DIAG_E0901, span_nowhere(), "%s is placed twice: at %s and at %s",
                source_name(v, neuron), site_name(v, v->site_of[neuron]), site_name(v, site));
    v->neuron_at[site] = neuron;
    v->site_of[neuron] = (uint32_t)site;
}

static void place_piece(struct verify *v, const struct population *population,
                        const struct read_piece *piece)
{
    uint32_t core = piece->chip * layout.cores + piece->core;
    if (!on_board(v, piece)) {
        finding(v, V1, DIAG_E0901, population->span,
                "%s: %u neurons at chip %u core %u neuron %u are not on the board",
                population->name, piece->count, piece->chip, piece->core, piece->neuron);
        return;
    }
    if (piece->first > population->size || piece->count > population->size - piece->first) {
        finding(v, V1, DIAG_E0901, population->span, "%s[%u] .. are placed, it has %u neurons",
                population->name, piece->first, population->size);
        return;
    }
    for (uint32_t i = 0; i < piece->count; i++)
        put(v, population->first + piece->first + i,
            (size_t)core * layout.neurons + piece->neuron + i);
}

static void fill(uint32_t *at, size_t n, uint32_t value)
{
    for (size_t i = 0; i < n; i++)
        at[i] = value;
}

void check_v1_symbols(struct verify *v)
{
    const struct net *net = v->net;
    v->site_of = ARENA_ARRAY(v->arena, uint32_t, net->n_neurons);
    v->neuron_at = ARENA_ARRAY(v->arena, uint32_t, v->n_sites);
    fill(v->site_of, net->n_neurons, NET_NONE);
    fill(v->neuron_at, v->n_sites, NET_NONE);
    for (uint32_t p = 0; p < net->populations.n; p++)
        for (uint32_t i = 0; i < v->image->populations[p].n_pieces; i++)
            place_piece(v, &net->populations.at[p], &v->image->populations[p].pieces[i]);
    for (uint32_t i = 0; i < net->n_neurons; i++)
        if (v->site_of[i] == NET_NONE)
            finding(v, V1, DIAG_E0901, net->populations.at[net->population_of[i]].span,
                    "%s is not placed", source_name(v, i));
}

void check_v4_residue(struct verify *v)
{
    for (size_t site = 0; site < v->n_sites; site++) {
        if (v->neuron_at[site] != NET_NONE)
            continue;
        for (uint32_t k = 0; k < layout.cells; k++)
            if (read_cam(v->image, site, k) != 0)
                finding(v, V4, DIAG_E0902, span_nowhere(),
                        "CAM word %u of %s is set, but no neuron was placed there", k,
                        site_name(v, site));
        for (uint32_t k = 0; k < layout.entries; k++)
            if (read_sram(v->image, site, k) != 0)
                finding(v, V4, DIAG_E0902, span_nowhere(),
                        "SRAM word %u of %s is set, but no neuron was placed there", k,
                        site_name(v, site));
    }
}

void check_v9_latches(struct verify *v)
{
    for (size_t site = 0; site < v->n_sites; site++) {
        uint32_t neuron = v->neuron_at[site], held = read_latches(v->image, site);
        uint32_t asked = neuron == NET_NONE ? 0 : v->net->latches[neuron];
        if (held == asked)
            continue;
        uint32_t bit = (uint32_t)__builtin_ctz(held ^ asked);
        finding(v, V9, DIAG_E0901,
                neuron == NET_NONE ? span_nowhere()
                                   : v->net->populations.at[v->net->population_of[neuron]].span,
                "latch %s of %s (%s) is %s", layout_latch_name(bit),
                neuron == NET_NONE ? "an empty place" : source_name(v, neuron), site_name(v, site),
                held >> bit & 1 ? "on, but was not asked for" : "off, but was asked for");
    }
}
