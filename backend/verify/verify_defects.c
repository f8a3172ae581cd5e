/* V11, what the board's defect profiles say: no word in a cell that fails with its tag, no tag sent
 * to a core that is not to have it, no neuron where every cell is broken. And the one choice of
 * cells that V10 asks for. */
#include "backend/verify/checks.h"

#include <math.h>

enum { LOWER_FAILS = 1, UPPER_FAILS = 2 };

static const uint8_t *bad_cells(const struct verify *v, size_t site)
{
    return v->net->defects->bad_word + site * layout.cells;
}

static bool dead(const struct verify *v, size_t site)
{
    const uint8_t *bad = bad_cells(v, site);
    for (uint32_t cell = 0; cell < layout.cells; cell++)
        if (bad[cell] != (LOWER_FAILS | UPPER_FAILS))
            return false;
    return true;
}

static void neuron_cells(struct verify *v, uint32_t neuron)
{
    size_t site = v->site_of[neuron];
    const uint8_t *bad = bad_cells(v, site);
    if (dead(v, site))
        finding(v, V11, DIAG_E0901, span_nowhere(),
                "%s stands at %s, all of whose CAM words are defective", source_name(v, neuron),
                site_name(v, site));
    for (uint32_t cell = 0; cell < layout.cells; cell++) {
        uint32_t word = read_cam(v->image, site, cell), tag = layout_cam(word).tag;
        unsigned fails = tag < layout.tags / 2 ? LOWER_FAILS : UPPER_FAILS;
        if (word != 0 && (bad[cell] & fails))
            finding(v, V11, DIAG_E0901, span_nowhere(),
                    "CAM word %u of %s (%s) holds tag %u and is defective for %s tags", cell,
                    source_name(v, neuron), site_name(v, site), tag,
                    fails == LOWER_FAILS ? "lower" : "upper");
    }
}

static void source_tags(struct verify *v, uint32_t source)
{
    struct source_routes routes = routes_of(v, source);
    for (uint32_t i = 0; i < routes.words.n; i++) {
        uint32_t word = read_word(&routes.words, i);
        struct sram_fields route = route_at(&routes, i);
        bool west, empty = word == 0 && source < v->net->n_neurons;
        uint32_t chip = empty ? NET_NONE : route_chip(v, routes.chip, &route, &west);
        for (uint32_t c = 0; c < layout.cores && chip != NET_NONE && route.tag < layout.tags; c++) {
            size_t core = (size_t)chip * layout.cores + c;
            if (route.cores >> c & 1 && v->net->defects->bad_tag[core * layout.tags + route.tag])
                finding(v, V11, DIAG_E0901, span_nowhere(),
                        "%s sends tag %u to chip %u core %u, for which it is not usable",
                        source_name(v, source), route.tag, chip, c);
        }
    }
}

/* `reserve` keeps neurons free that could be used. */
static void core_reserve(struct verify *v, uint32_t core)
{
    uint32_t kept = (uint32_t)ceil(v->net->reserve * (double)layout.neurons), live = 0, held = 0;
    for (uint32_t n = 0; n < layout.neurons; n++) {
        size_t site = (size_t)core * layout.neurons + n;
        live += !dead(v, site);
        held += v->neuron_at[site] != NET_NONE;
    }
    if (kept > 0 && held > 0 && held + kept > live)
        finding(v, V11, DIAG_E0901, v->net->target_span,
                "chip %u core %u holds %u neurons, `reserve` keeps %u of its %u without a defect "
                "free",
                chip_of_core(core), core % layout.cores, held, kept, live);
}

void check_v11_defects(struct verify *v)
{
    if (!v->net->defects)
        return;
    for (uint32_t neuron = 0; neuron < v->net->n_neurons; neuron++)
        neuron_cells(v, neuron);
    for (uint32_t source = 0; source < net_n_sources(v->net); source++)
        source_tags(v, source);
    for (uint32_t core = 0; core < v->image->n_cores; core++)
        core_reserve(v, core);
}

/* --- V10 --- */

/* So many words take the lowest cells that are bad for the other half, then the lowest good ones
 * that are left. */
static void expect(const uint8_t *bad, unsigned other, uint32_t words, uint8_t *taken)
{
    for (unsigned pass = 0; pass < 2; pass++)
        for (uint32_t cell = 0; cell < layout.cells && words > 0; cell++)
            if (!taken[cell] && bad[cell] == (pass == 0 ? other : 0)) {
                taken[cell] = (uint8_t)other; /* 0: free */
                words--;
            }
}

bool cells_as_chosen(struct verify *v, size_t site)
{
    static const uint8_t none_bad[LAYOUT_MOST_CELLS];
    const uint8_t *bad = v->net->defects ? bad_cells(v, site) : none_bad;
    uint8_t taken[LAYOUT_MOST_CELLS] = {0};
    uint32_t lower = 0, upper = 0;
    for (uint32_t cell = 0; cell < layout.cells; cell++) {
        uint32_t word = read_cam(v->image, site, cell);
        bool low = layout_cam(word).tag < layout.tags / 2;
        lower += word != 0 && low;
        upper += word != 0 && !low;
    }
    expect(bad, UPPER_FAILS, lower, taken);
    expect(bad, LOWER_FAILS, upper, taken);
    uint32_t last[2] = {0};
    for (uint32_t cell = 0; cell < layout.cells; cell++) {
        uint32_t word = read_cam(v->image, site, cell);
        bool low = layout_cam(word).tag < layout.tags / 2;
        uint8_t held = word == 0 ? 0 : low ? UPPER_FAILS : LOWER_FAILS;
        if (held != taken[cell] || (word != 0 && word < last[low]))
            return false;
        if (word != 0)
            last[low] = word;
    }
    return true;
}
