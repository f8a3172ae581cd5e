#include "runtime/sim.h"

#include "compiler/base/elementary.h"
#include "runtime/circuits.h"
#include "runtime/mismatch.h"
#include "runtime/route.h"
#include "runtime/table.h"

#include <math.h>

const char *const sim_state_name[N_SIM_STATES] = {"membrane", "ampa",       "gaba", "nmda",
                                                  "shunt",    "adaptation", "vmem"};

struct sim {
    const struct image *image;
    const struct route_rows *rows;
    struct table *table;
    uint8_t *alive;            /* per site: declared and not killed */
    double *kappa_ut;          /* per neuron of the table: Ut / kappa, V (SIM_VMEM) */
    double *io;                /* per neuron of the table, A, as the kernel rounds it */
    uint32_t *spike, n_spikes; /* sites */
    double least_tau;
};

/* Neuron of the table at a site, UINT32_MAX: none. */
static uint32_t neuron_of(const struct sim *sim, size_t site)
{
    uint32_t per_core = sim->image->device->neurons_per_core;
    uint32_t tile = sim->rows->core_tile[site / per_core];
    return tile == UINT32_MAX ? UINT32_MAX : tile * sim->rows->stride + (uint32_t)(site % per_core);
}

static size_t site_of(const struct sim *sim, uint32_t neuron)
{
    uint32_t core = sim->rows->tile_core[neuron / sim->rows->stride];
    return (size_t)core * sim->image->device->neurons_per_core + neuron % sim->rows->stride;
}

/* --- making one --- */

static void mark_declared(struct sim *sim)
{
    const struct image *image = sim->image;
    for (uint32_t p = 0; p < image->populations.n; p++) {
        const struct image_piece_vec *pieces = &image->populations.at[p].pieces;
        for (uint32_t i = 0; i < pieces->n; i++) {
            const struct image_piece *piece = &pieces->at[i];
            size_t site = image_site(image, piece->chip, piece->core, piece->neuron);
            for (uint32_t k = 0; k < piece->count; k++)
                sim->alive[site + k] = !(image->latch[site + k] >> LATCH_soif_kill & 1);
        }
    }
}

/* Types a neuron has a synapse of, as bits. */
static unsigned types_in_use(const struct image *image, size_t site)
{
    unsigned types = 0;
    for (uint32_t k = 0; k < image->device->cam_words; k++) {
        uint32_t word = image->cam[site * image->device->cam_words + k];
        for (int type = 0; type < N_SYNAPSE_TYPES; type++)
            if (field_get(image->device, FIELD_cam_weight, word)
                && route_listens(image, word, type))
                types |= 1u << type;
    }
    return types;
}

static void note_tau(struct sim *sim, const struct neuron *neuron, size_t site)
{
    double least = neuron_tau_mem(neuron);
    unsigned types = types_in_use(sim->image, site);
    for (int type = 0; type < N_SYNAPSE_TYPES; type++)
        if (types >> type & 1)
            least = fmin(least, neuron_tau_syn(neuron, type));
    if (neuron->adaptation)
        least = fmin(least, neuron_tau_ahp(neuron));
    sim->least_tau = fmin(sim->least_tau, least);
}

static struct neuron neuron_at(const struct sim *sim, size_t site,
                               const struct sim_options *options)
{
    struct neuron neuron = circuits_neuron(sim->image, site);
    if (options->mismatch > 0)
        mismatch_apply(&neuron, options->seed, site, options->mismatch);
    return neuron;
}

static void set_tile(struct sim *sim, uint32_t tile, const struct sim_options *options)
{
    uint32_t stride = sim->rows->stride, per_core = sim->image->device->neurons_per_core;
    double weight[4];
    circuits_weights(sim->image, sim->rows->tile_core[tile], weight);
    table_weights(sim->table, tile, weight);
    for (uint32_t i = 0; i < stride; i++) {
        size_t site = site_of(sim, tile * stride + (i < per_core ? i : 0));
        struct neuron neuron = neuron_at(sim, site, options);
        neuron.alive = i < per_core && sim->alive[site];
        table_neuron(sim->table, tile * stride + i, &neuron);
        sim->kappa_ut[tile * stride + i] = neuron.q[Q_UT] / neuron.q[Q_KAPPA];
        sim->io[tile * stride + i] = table_state(sim->table, tile * stride + i, S_PEAK);
        if (neuron.alive)
            note_tau(sim, &neuron, site);
    }
}

static struct sim *sim_build(struct arena *arena, const struct image *image,
                             const struct route_rows *rows, const struct sim_options *options)
{
    struct sim *sim = ARENA_NEW(arena, struct sim);
    size_t neurons = (size_t)rows->n_tiles * rows->stride;
    struct table_config config = {.dt = options->dt,
                                  .use_double = options->use_double,
                                  .uniform = !(options->mismatch > 0),
                                  .n_tiles = rows->n_tiles,
                                  .stride = rows->stride};
    sim->image = image;
    sim->rows = rows;
    sim->least_tau = INFINITY;
    sim->table = table_new(arena, &config);
    sim->alive = ARENA_ARRAY(arena, uint8_t, image_sites(image));
    sim->kappa_ut = ARENA_ARRAY(arena, double, neurons);
    sim->io = ARENA_ARRAY(arena, double, neurons);
    sim->spike = ARENA_ARRAY(arena, uint32_t, neurons);
    mark_declared(sim);
    for (uint32_t tile = 0; tile < rows->n_tiles; tile++)
        set_tile(sim, tile, options);
    return sim;
}

/* The part of a depressed synapse that is its neuron's. */
static void set_depressed(struct sim *sim, struct arena *arena, const struct sim_options *options)
{
    const struct route_rows *rows = sim->rows;
    struct depressed *synapse = ARENA_ARRAY(arena, struct depressed, rows->n_depressed);
    uint32_t last = UINT32_MAX;
    struct neuron neuron = {0};
    for (uint32_t k = 0; k < rows->n_depressed; k++) {
        uint32_t at;
        int type;
        unsigned mask;
        table_unpack(rows->stride, rows->depressed[k], &at, &type, &mask);
        if (at != last)
            neuron = neuron_at(sim, site_of(sim, at), options);
        last = at;
        synapse[k] = (struct depressed){.word = rows->depressed[k],
                                        .pull = neuron.q[Q_I_STD_WEIGHT],
                                        .tau = neuron_tau_std(&neuron)};
        if (sim->alive[site_of(sim, at)])
            sim->least_tau = fmin(sim->least_tau, synapse[k].tau);
    }
    table_depressed(sim->table, synapse, rows->n_depressed);
}

/* False: the spikes under way have no room. */
static bool set_rows(struct sim *sim)
{
    const struct route_rows *rows = sim->rows;
    bool room = table_delays(sim->table, rows->late, rows->n_late, rows->n_sources,
                             (uint32_t)image_sites(sim->image));
    if (room)
        table_rows(sim->table, rows->n_sources + rows->n_late, rows->first, rows->word);
    return room;
}

/* What has no room, and the way out. */
static const char *too_long(struct arena *arena, const struct image *image, double dt)
{
    return arena_printf(
        arena,
        "%s in steps of %.4g us: the spikes under way need more than %u MiB; take a "
        "longer step",
        circuits_longest_delay(arena, image), dt * 1e6, TABLE_MOST_HISTORY >> 20);
}

struct sim *sim_new(struct arena *arena, const struct image *image,
                    const struct sim_options *options, const char **unsupported)
{
    struct sim *sim = NULL;
    const char *found = circuits_unsupported(arena, image);
    const struct route_rows *rows = found ? NULL : route_compile(arena, image, options->dt, &found);
    if (rows) {
        sim = sim_build(arena, image, rows, options);
        set_depressed(sim, arena, options);
        if (!set_rows(sim))
            found = too_long(arena, image, options->dt);
    }
    *unsupported = found;
    return found ? NULL : sim;
}

/* --- running --- */

void sim_input(struct sim *sim, uint32_t unit, uint32_t count)
{
    table_event(sim->table, (uint32_t)image_sites(sim->image) + unit, count);
}

void sim_step(struct sim *sim)
{
    table_step(sim->table);
    uint32_t n;
    const uint32_t *spike = table_spikes(sim->table, &n);
    for (uint32_t i = 0; i < n; i++) {
        sim->spike[i] = (uint32_t)site_of(sim, spike[i]);
        table_event(sim->table, sim->spike[i], 1);
    }
    sim->n_spikes = n;
}

const uint32_t *sim_spikes(const struct sim *sim, uint32_t *n)
{
    *n = sim->n_spikes;
    return sim->spike;
}

double sim_read(const struct sim *sim, size_t site, enum sim_state state)
{
    static const enum kernel_state kernel_state[N_SIM_STATES] = {
        [SIM_MEMBRANE] = S_MEMBRANE, [SIM_AMPA] = S_SYN,      [SIM_GABA] = S_SYN + 1,
        [SIM_NMDA] = S_SYN + 2,      [SIM_SHUNT] = S_SYN + 3, [SIM_ADAPTATION] = S_AHP,
        [SIM_VMEM] = S_PEAK,
    };
    uint32_t neuron = neuron_of(sim, site);
    if (neuron == UINT32_MAX)
        return 0;
    double value = table_state(sim->table, neuron, kernel_state[state]);
    if (state == SIM_VMEM)
        return sim->kappa_ut[neuron] * elem_log(value / sim->io[neuron]);
    return value;
}

double sim_least_tau(const struct sim *sim)
{
    return sim->least_tau;
}

/* A tenth that was computed in another way is still a tenth. */
bool sim_is_coarse(double dt, double least_tau)
{
    return dt > least_tau / 10 * (1 + 1e-9);
}

bool sim_alive(const struct sim *sim, size_t site)
{
    return sim->alive[site];
}
