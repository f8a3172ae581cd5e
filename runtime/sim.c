#include "runtime/sim.h"

#include "compiler/base/elementary.h"
#include "runtime/circuits.h"
#include "runtime/mismatch.h"
#include "runtime/route.h"
#include "runtime/table.h"

#include <math.h>

const char *const sim_state_name[N_SIM_STATES] = {
    "membrane", "ampa",    "gaba", "nmda",      "shunt",     "adaptation",
    "vmem",     "calcium", "gain", "ampa_soma", "gaba_soma", "nmda_soma"};

struct fast {        /* a neuron whose membrane may become faster than its biases say */
    uint32_t neuron; /* of the table */
    float tau, leak; /* s, A */
    float dc, gate;  /* A, 0: the latch is off */
};
struct fast_vec VEC_OF(struct fast);
struct fast_tile { /* those of a tile, and what holds for all of them */
    uint32_t first, end;
    float tau, leak; /* the longest, the least */
};

enum site_kind { SITE_EMPTY, SITE_KILLED, SITE_ALIVE };

struct sim {
    const struct image *image;
    const struct route_rows *rows;
    struct table *table;
    uint8_t *kind; /* per site: enum site_kind */

    double *kappa_ut;      /* per neuron of the table: Ut / kappa, V (SIM_VMEM) */
    double *io;            /* per neuron of the table, A, as the kernel rounds it */
    uint32_t *spike, run;  /* sites; steps of the last run */
    uint32_t *tile_source; /* site of a tile's first neuron */
    unsigned calcium;      /* CIRCUIT_CALCIUM if every neuron is to have it */
    struct sim_scales scales;
    struct fast_vec fast;
    struct fast_tile *fast_tile; /* per tile */
    double dt;
    double fast_tau;        /* the shortest of what may quicken them, s */
    uint32_t period, since; /* steps between two looks at them, and since the last one */
    struct sim_fastest fastest;
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
                sim->kind[site + k] =
                    image->latch[site + k] >> LATCH_soif_kill & 1 ? SITE_KILLED : SITE_ALIVE;
        }
    }
}

static bool calcium_is_probed(const struct image *image)
{
    enum { PROBE_KIND_CALCIUM = 7 };
    for (uint32_t i = 0; i < image->probes.n; i++)
        if (image->probes.at[i].kind == PROBE_KIND_CALCIUM)
            return true;
    return false;
}

/* Of any declared neuron. */
static unsigned circuits_in_use(const struct sim *sim)
{
    unsigned circuits = sim->calcium;
    for (size_t site = 0; site < image_sites(sim->image); site++)
        if (sim->kind[site] != SITE_EMPTY)
            circuits |= circuits_of(sim->image, site);
    return circuits;
}

static void note_alive(struct sim *sim, struct arena *arena, const struct neuron *neuron,
                       uint32_t number, size_t site)
{
    enum { GABA = 1 };
    bool gaba = scales_note(&sim->scales, sim->image, neuron, site) >> GABA & 1;
    if (gaba)
        sim->fast_tau = fmin(sim->fast_tau, neuron_tau_syn(neuron, GABA));
    if (neuron->adaptation)
        sim->fast_tau = fmin(sim->fast_tau, neuron_tau_ahp(neuron));
    if (gaba || neuron->adaptation)
        VEC_PUSH(arena, &sim->fast,
                 (struct fast){.neuron = number,
                               .tau = (float)neuron_tau_mem(neuron),
                               .leak = (float)neuron->q[Q_I_LEAK],
                               .dc = neuron->dc ? (float)neuron->q[Q_I_DC] : 0,
                               .gate = neuron->nmda_gate ? (float)neuron->q[Q_I_NMDA] : 0});
}

static struct neuron neuron_at(const struct sim *sim, size_t site,
                               const struct sim_options *options)
{
    struct neuron neuron = circuits_neuron(sim->image, site);
    neuron.alive = sim->kind[site] == SITE_ALIVE;
    neuron.circuits = sim->kind[site] == SITE_EMPTY ? 0 : neuron.circuits | sim->calcium;
    if (options->mismatch > 0)
        mismatch_apply(&neuron, options->seed, site, options->mismatch);
    return neuron;
}

/* The AMPA grid of a core. */
static void set_grid(struct sim *sim, struct arena *arena, uint32_t tile,
                     const struct sim_options *options)
{
    const struct device *device = sim->image->device;
    struct diffusion_node *node =
        ARENA_ARRAY(arena, struct diffusion_node, device->neurons_per_core);
    bool any = false;
    for (uint32_t i = 0; i < device->neurons_per_core; i++) {
        struct neuron neuron = neuron_at(sim, site_of(sim, tile * sim->rows->stride + i), options);
        node[i] = (struct diffusion_node){.on = neuron.circuits & CIRCUIT_DIFFUSION,
                                          .neuron = neuron.q[Q_I_TO_NEURON],
                                          .vertical = neuron.q[Q_I_VERTICAL],
                                          .horizontal = neuron.q[Q_I_HORIZONTAL]};
        any |= node[i].on;
    }
    if (any)
        table_grid(sim->table, tile, node, device->neurons_per_core, device->grid_rows);
}

static void set_tile(struct sim *sim, struct arena *arena, uint32_t tile,
                     const struct sim_options *options)
{
    uint32_t first = sim->fast.n;
    uint32_t stride = sim->rows->stride, per_core = sim->image->device->neurons_per_core;
    double weight[4];
    circuits_weights(sim->image, sim->rows->tile_core[tile], weight);
    table_weights(sim->table, tile, weight);
    for (uint32_t i = 0; i < stride; i++) {
        size_t site = site_of(sim, tile * stride + (i < per_core ? i : 0));
        struct neuron neuron = neuron_at(sim, site, options);
        neuron.alive = i < per_core && neuron.alive;
        table_neuron(sim->table, tile * stride + i, &neuron);
        sim->kappa_ut[tile * stride + i] = neuron.q[Q_UT] / neuron.q[Q_KAPPA];
        sim->io[tile * stride + i] = table_state(sim->table, tile * stride + i, S_PEAK);
        if (neuron.alive)
            note_alive(sim, arena, &neuron, tile * stride + i, site);
    }
    struct fast_tile *of = &sim->fast_tile[tile];
    *of = (struct fast_tile){.first = first, .end = sim->fast.n, .leak = INFINITY};
    for (uint32_t k = of->first; k < of->end; k++) {
        const struct fast *fast = &sim->fast.at[k];
        of->tau = fast->tau > of->tau ? fast->tau : of->tau;
        of->leak = fast->leak < of->leak ? fast->leak : of->leak;
    }
}

static struct sim *sim_build(struct arena *arena, const struct image *image,
                             const struct route_rows *rows, const struct sim_options *options)
{
    struct sim *sim = ARENA_NEW(arena, struct sim);
    size_t neurons = (size_t)rows->n_tiles * rows->stride;
    sim->image = image;
    sim->rows = rows;
    sim->scales = scales_none();
    sim->fast_tau = INFINITY;
    sim->fastest.seconds = INFINITY;
    sim->dt = options->dt;
    sim->fast_tile = ARENA_ARRAY(arena, struct fast_tile, rows->n_tiles);
    sim->kind = ARENA_ARRAY(arena, uint8_t, image_sites(image));
    mark_declared(sim);
    sim->calcium = options->calcium || calcium_is_probed(image) ? CIRCUIT_CALCIUM : 0;
    struct table_config config = {.dt = options->dt,
                                  .use_double = options->use_double,
                                  .circuits = circuits_in_use(sim),
                                  .n_tiles = rows->n_tiles,
                                  .stride = rows->stride,
                                  .threads = options->threads};
    config.uniform = !(options->mismatch > 0) && !(config.circuits & CIRCUIT_SOMA_GAIN);
    sim->table = table_new(arena, &config);
    sim->kappa_ut = ARENA_ARRAY(arena, double, neurons);
    sim->io = ARENA_ARRAY(arena, double, neurons);
    sim->spike = ARENA_ARRAY(arena, uint32_t, neurons);
    sim->tile_source = ARENA_ARRAY(arena, uint32_t, rows->n_tiles);
    for (uint32_t tile = 0; tile < rows->n_tiles; tile++)
        sim->tile_source[tile] = (uint32_t)site_of(sim, tile * rows->stride);
    for (uint32_t tile = 0; tile < rows->n_tiles; tile++) {
        set_tile(sim, arena, tile, options);
        if (config.circuits & CIRCUIT_DIFFUSION)
            set_grid(sim, arena, tile, options);
    }
    double period = floor(sim->fast_tau / (4 * options->dt));
    sim->period = period < 1 ? 1 : period < 1e6 ? (uint32_t)period : 1000000;
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
    }
    table_depressed(sim->table, synapse, rows->n_depressed);
}

/* False: the spikes under way have no room. */
static bool set_rows(struct sim *sim)
{
    const struct route_rows *rows = sim->rows;
    const struct table_rows all = {.first = rows->first,
                                   .word = rows->word,
                                   .n_sources = rows->n_sources,
                                   .n_single = (uint32_t)image_sites(sim->image),
                                   .late = rows->late,
                                   .n_late = rows->n_late,
                                   .tile_source = sim->tile_source};
    return table_rows(sim->table, &all);
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

uint32_t sim_block(const struct sim *sim)
{
    return table_block(sim->table);
}

void sim_input_at(struct sim *sim, uint32_t offset, uint32_t unit, uint32_t count)
{
    table_event(sim->table, offset, (uint32_t)image_sites(sim->image) + unit, count);
}

void sim_input(struct sim *sim, uint32_t unit, uint32_t count)
{
    sim_input_at(sim, 0, unit, count);
}

const uint32_t *sim_spikes_at(struct sim *sim, uint32_t offset, uint32_t *n)
{
    const uint32_t *spike = table_spikes(sim->table, offset, n);
    for (uint32_t i = 0; i < *n; i++)
        sim->spike[i] = (uint32_t)site_of(sim, spike[i]);
    return sim->spike;
}

const uint32_t *sim_spikes(struct sim *sim, uint32_t *n)
{
    *n = 0;
    return sim->run ? sim_spikes_at(sim, sim->run - 1, n) : sim->spike;
}

/* A synapse reads as the difference of its two integrators if the alpha function is on. */
static double synapse(const struct sim *sim, size_t site, uint32_t neuron, int type)
{
    double current = table_state(sim->table, neuron, (enum kernel_state)(S_SYN + type));
    int which = type / 2;
    if (type % 2 || !(circuits_of(sim->image, site) >> which & 1))
        return current;
    return fmax(current - table_state(sim->table, neuron, (enum kernel_state)(S_ALPHA + which)), 0);
}

/* Without any circuit on the way the synapse's own current reaches the soma. */
static double at_soma(const struct sim *sim, size_t site, uint32_t neuron, int type)
{
    return table_has(sim->table, neuron, S_REACH)
               ? table_state(sim->table, neuron, (enum kernel_state)(S_REACH + type))
               : synapse(sim, site, neuron, type);
}

double sim_read(const struct sim *sim, size_t site, enum sim_state state)
{
    uint32_t neuron = neuron_of(sim, site);
    if (neuron == UINT32_MAX)
        return 0;
    switch (state) {
    case SIM_MEMBRANE:
        return table_state(sim->table, neuron, S_MEMBRANE);
    case SIM_ADAPTATION:
        return table_state(sim->table, neuron, S_AHP);
    case SIM_CALCIUM:
        return table_state(sim->table, neuron, S_CALCIUM);
    case SIM_GAIN:
        return table_has(sim->table, neuron, S_GAIN) ? table_state(sim->table, neuron, S_GAIN) : 1;
    case SIM_VMEM:
        return sim->kappa_ut[neuron]
               * elem_log(table_state(sim->table, neuron, S_PEAK) / sim->io[neuron]);
    case SIM_AMPA_SOMA:
    case SIM_GABA_SOMA:
    case SIM_NMDA_SOMA:
        return at_soma(sim, site, neuron, (int)(state - SIM_AMPA_SOMA));
    default:
        return synapse(sim, site, neuron, (int)(state - SIM_AMPA));
    }
}

/* --- time constants --- */

/* Whether the input beats the leak: the membrane is on its way up, and Euler steps that are too
 * long for it pass the current it would settle at. A silenced one stays near its floor all the
 * same. */
static bool is_driven(const struct sim *sim, const struct fast *fast, size_t site, double leak)
{
    uint32_t n = fast->neuron;
    double membrane = table_state(sim->table, n, S_MEMBRANE), nmda = at_soma(sim, site, n, 2);
    double in = at_soma(sim, site, n, 0) + nmda / (1 + fast->gate / membrane)
                - table_state(sim->table, n, (enum kernel_state)(S_SYN + 3)) + fast->dc - leak;
    return in > leak;
}

static void look_at_tile(struct sim *sim, const struct fast_tile *of)
{
    double limit = fmin(sim->fastest.seconds, sim->dt);
    for (uint32_t i = of->first; i < of->end; i++) {
        const struct fast *fast = &sim->fast.at[i];
        size_t site = site_of(sim, fast->neuron);
        double leak = fast->leak, ahp = table_state(sim->table, fast->neuron, S_AHP);
        double added = at_soma(sim, site, fast->neuron, 1) + ahp;
        double seconds = fast->tau * leak / (leak + added) / (1 + ahp / leak);
        if (seconds < limit && is_driven(sim, fast, site, leak + added)) {
            sim->fastest = (struct sim_fastest){seconds, site, added};
            limit = seconds;
        }
    }
}

/* Most tiles have no current that would be enough, and one look at the largest says so. */
static void look_at_membranes(struct sim *sim)
{
    double limit = fmin(sim->fastest.seconds, sim->dt);
    for (uint32_t tile = 0; tile < sim->rows->n_tiles; tile++) {
        const struct fast_tile *of = &sim->fast_tile[tile];
        if (of->first == of->end)
            continue;
        double ahp = table_greatest(sim->table, tile, S_AHP) / of->leak,
               gaba = table_greatest(sim->table, tile, (enum kernel_state)(S_SYN + 1)) / of->leak;
        if ((1 + gaba + ahp) * (1 + ahp) * limit * (1 + 1e-6) > of->tau)
            look_at_tile(sim, of);
    }
}

void sim_run(struct sim *sim, uint32_t steps)
{
    table_run(sim->table, steps);
    sim->run = steps;
    sim->since += steps;
    if (sim->fast.n && sim->since >= sim->period) {
        sim->since = 0;
        look_at_membranes(sim);
    }
}

void sim_step(struct sim *sim)
{
    sim_run(sim, 1);
}

struct sim_fastest sim_fastest(const struct sim *sim)
{
    return sim->fastest;
}

struct sim_scales sim_scales_of(struct arena *arena, const struct image *image,
                                const struct sim_options *options)
{
    struct sim sim = {.image = image};
    struct sim_scales scales = scales_none();
    sim.kind = ARENA_ARRAY(arena, uint8_t, image_sites(image));
    sim.calcium = options->calcium || calcium_is_probed(image) ? CIRCUIT_CALCIUM : 0;
    mark_declared(&sim);
    for (size_t site = 0; site < image_sites(image); site++) {
        if (sim.kind[site] != SITE_ALIVE)
            continue;
        struct neuron neuron = neuron_at(&sim, site, options);
        scales_note(&scales, image, &neuron, site);
    }
    return scales;
}

double sim_least_tau(const struct sim *sim)
{
    return sim->scales.tau.seconds;
}

const char *sim_least_circuit(const struct sim *sim)
{
    return sim->scales.tau.circuit;
}

double sim_step_at(double time_us, double dt)
{
    return floor(time_us * 1e-6 / dt + 1e-9);
}

/* A tenth that was computed in another way is still a tenth. */
bool sim_is_coarse(double dt, double least_tau)
{
    return dt > least_tau / 10 * (1 + 1e-9);
}

bool sim_alive(const struct sim *sim, size_t site)
{
    return sim->kind[site] == SITE_ALIVE;
}
