#include "compiler/trial.h"

#include "compiler/duration.h"
#include "compiler/stimulate.h"

#include <string.h>

/* --- names to sites --- */

static const struct image_population *find_population(const struct image *image, const char *name)
{
    for (uint32_t i = 0; i < image->populations.n; i++)
        if (!strcmp(image->populations.at[i].name, name))
            return &image->populations.at[i];
    return NULL;
}

static void map_population(struct site_map *map, const struct image *image,
                           const struct population *population)
{
    const struct image_population *symbol = find_population(image, population->name);
    for (uint32_t i = 0; symbol && i < symbol->pieces.n; i++) {
        const struct image_piece *piece = &symbol->pieces.at[i];
        size_t site = image_site(image, piece->chip, piece->core, piece->neuron);
        for (uint32_t k = 0; k < piece->count && piece->first + k < population->size; k++) {
            uint32_t neuron = population->first + piece->first + k;
            map->site[neuron] = site + k;
            map->neuron[site + k] = neuron;
        }
    }
}

static void map_input(struct site_map *map, const struct image *image, const struct input *input)
{
    uint32_t first = 0;
    for (uint32_t i = 0; i < image->inputs.n; i++) {
        const struct image_input *symbol = &image->inputs.at[i];
        if (!strcmp(symbol->name, input->name) && symbol->size == input->size) {
            for (uint32_t k = 0; k < input->size; k++)
                map->input_unit[input->first + k] = first + k;
            return;
        }
        first += symbol->size;
    }
}

void site_map_init(struct site_map *map, struct arena *arena, const struct net *net,
                   const struct image *image)
{
    size_t sites = image_sites(image);
    map->site = ARENA_ARRAY(arena, size_t, net->n_neurons);
    map->neuron = ARENA_ARRAY(arena, uint32_t, sites);
    map->input_unit = ARENA_ARRAY(arena, uint32_t, net->n_inputs);
    for (uint32_t i = 0; i < net->n_neurons; i++)
        map->site[i] = SIZE_MAX;
    for (size_t i = 0; i < sites; i++)
        map->neuron[i] = NET_NONE;
    for (uint32_t i = 0; i < net->n_inputs; i++)
        map->input_unit[i] = NET_NONE;
    for (uint32_t i = 0; i < net->populations.n; i++)
        map_population(map, image, &net->populations.at[i]);
    for (uint32_t i = 0; i < net->inputs.n; i++)
        map_input(map, image, &net->inputs.at[i]);
}

/* --- the run --- */

struct running {
    struct trial *trial;
    struct image image; /* with the latches of the test */
    struct sim *sim;
    struct stimulation *stimulation;
    uint64_t recorded;
};

/* A copy of the image whose latches follow the `set` steps; the original stays as it is. */
static void set_latches(struct running *r)
{
    struct trial *trial = r->trial;
    const struct test *test = trial->test;
    size_t sites = image_sites(&r->image);
    r->image.latch = ARENA_ARRAY(trial->arena, uint16_t, sites);
    memcpy(r->image.latch, trial->image->latch, sites * sizeof r->image.latch[0]);
    for (uint32_t i = 0; i < test->sets.n; i++) {
        const struct test_set *set = &test->sets.at[i];
        uint32_t first = trial->net->populations.at[set->view.object].first;
        for (uint32_t k = 0; k < set->view.size; k++) {
            size_t site = trial->map->site[first + view_unit(&set->view, k)];
            if (site == SIZE_MAX)
                continue;
            uint16_t kept = r->image.latch[site] & (uint16_t)~set->latch_mask;
            r->image.latch[site] = kept | (set->latch_value & set->latch_mask);
        }
    }
}

static void note_alive(struct running *r)
{
    struct trial *trial = r->trial;
    for (uint32_t i = 0; i < trial->net->n_neurons; i++) {
        size_t site = trial->map->site[i];
        trial->raster.alive[i] = site != SIZE_MAX && sim_alive(r->sim, site);
    }
}

static struct sim_options options_of(const struct trial *trial)
{
    return (struct sim_options){.dt = ps_in_seconds(trial->dt_ps),
                                .seed = trial->seed,
                                .mismatch = trial->test->mismatch,
                                .threads = trial->threads};
}

static bool make_sim(struct running *r)
{
    struct trial *trial = r->trial;
    const struct sim_options options = options_of(trial);
    r->sim = sim_new(trial->arena, &r->image, &options, &trial->unsupported);
    if (!r->sim) {
        trial->outcome = TRIAL_UNSUPPORTED;
        return false;
    }
    trial->least_tau = sim_least_tau(r->sim);
    trial->least_circuit = sim_least_circuit(r->sim);
    note_alive(r);
    return true;
}

static bool record(struct running *r, struct train *train, uint32_t step)
{
    VEC_PUSH(r->trial->arena, train, step);
    return ++r->recorded <= TEST_MOST_SPIKES;
}

/* `offset`: of the step in what is simulated at once. */
static bool feed(struct running *r, uint32_t step, uint32_t offset)
{
    struct trial *trial = r->trial;
    int64_t end = ((int64_t)step + 1) * trial->dt_ps;
    uint32_t input;
    while (stimulation_next(r->stimulation, end, &input)) {
        if (trial->map->input_unit[input] != NET_NONE)
            sim_input_at(r->sim, offset, trial->map->input_unit[input], 1);
        if (!record(r, &trial->raster.inputs[input], step))
            return false;
    }
    return true;
}

static bool collect(struct running *r, uint32_t step, uint32_t offset)
{
    struct trial *trial = r->trial;
    uint32_t n;
    const uint32_t *spike = sim_spikes_at(r->sim, offset, &n);
    for (uint32_t i = 0; i < n; i++) {
        uint32_t neuron = trial->map->neuron[spike[i]];
        if (neuron != NET_NONE && !record(r, &trial->raster.neurons[neuron], step))
            return false;
    }
    return true;
}

static bool run_block(struct running *r, uint32_t first, uint32_t n)
{
    bool room = true;
    for (uint32_t k = 0; k < n && room; k++)
        room = feed(r, first + k, k);
    if (room)
        sim_run(r->sim, n);
    for (uint32_t k = 0; k < n && room; k++)
        room = collect(r, first + k, k);
    return room;
}

static void run_steps(struct running *r)
{
    struct trial *trial = r->trial;
    int64_t steps = (trial->raster.run_ps - 1) / trial->dt_ps + 1, block = sim_block(r->sim);
    for (int64_t step = 0; step < steps; step += block) {
        if (trial->interrupted && *trial->interrupted) {
            trial->outcome = TRIAL_INTERRUPTED;
            return;
        }
        sim_progress_at(trial->progress, ps_in_seconds(step * trial->dt_ps));
        if (!run_block(r, (uint32_t)step,
                       (uint32_t)(block < steps - step ? block : steps - step))) {
            trial->outcome = TRIAL_TOO_MANY_SPIKES;
            trial->most_spikes = TEST_MOST_SPIKES;
            return;
        }
    }
}

struct sim_scales trial_scales(struct trial *trial)
{
    struct running r = {.trial = trial, .image = *trial->image};
    const struct sim_options options = options_of(trial);
    set_latches(&r);
    return sim_scales_of(trial->arena, &r.image, &options);
}

void trial_run(struct trial *trial)
{
    struct running r = {.trial = trial, .image = *trial->image};
    struct raster *raster = &trial->raster;
    trial->outcome = TRIAL_DONE;
    raster->neurons = ARENA_ARRAY(trial->arena, struct train, trial->net->n_neurons);
    raster->inputs = ARENA_ARRAY(trial->arena, struct train, trial->net->n_inputs);
    raster->alive = ARENA_ARRAY(trial->arena, uint8_t, trial->net->n_neurons);
    raster->dt_ps = trial->dt_ps;
    raster->run_ps = trial->test->run_ps;
    set_latches(&r);
    if (!make_sim(&r))
        return;
    r.stimulation = stimulation_new(trial->arena, trial->net, trial->test, trial->seed);
    run_steps(&r);
    trial->fastest = sim_fastest(r.sim);
}
