#include "runtime/dynsim.h"

#include "backend/decode.h"
#include "runtime/sim.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

_Static_assert((int)DYNSIM_N_STATES == (int)N_SIM_STATES && (int)DYNSIM_VMEM == (int)SIM_VMEM
                   && (int)DYNSIM_GAIN == (int)SIM_GAIN
                   && (int)DYNSIM_NMDA_SOMA == (int)SIM_NMDA_SOMA,
               "the states of the library are those of the simulator");

struct place { /* of a named group of units */
    const char *name;
    uint32_t first, size;
};

struct dynsim {
    struct dynsim_memory memory;
    struct arena_memory counted; /* counts on the way to `memory` */
    struct dynsim_need need;
    struct oom_trap trap;
    struct arena arena;

    struct image image;
    struct sim *sim;
    double dt;
    uint64_t steps;
    uint32_t n_populations, n_inputs;
    struct place *population, *input;
    size_t *site;            /* of a population's unit, at first + index */
    struct image_unit *unit; /* of a site */
    struct dynsim_spike *spike;
    uint32_t n_spikes;
};

/* --- memory --- */

static void *system_take(void *context, size_t bytes)
{
    (void)context;
    return malloc(bytes);
}

static void system_give(void *context, void *memory, size_t bytes)
{
    (void)context;
    (void)bytes;
    free(memory);
}

static void count_taken(struct dynsim_need *need, size_t bytes)
{
    need->kept += bytes;
    need->total += bytes;
    if (need->kept > need->most)
        need->most = need->kept;
}

static void *take(void *context, size_t bytes)
{
    struct dynsim *sim = context;
    void *memory = sim->memory.take(sim->memory.context, bytes);
    if (memory)
        count_taken(&sim->need, bytes);
    return memory;
}

static void give(void *context, void *memory, size_t bytes)
{
    struct dynsim *sim = context;
    sim->memory.give(sim->memory.context, memory, bytes);
    sim->need.kept -= bytes;
}

/* --- making one --- */

struct making {
    struct dynsim *sim;
    const uint8_t *bytes;
    size_t n;
    struct sim_options options;
    struct dynsim_problem *problem;
    enum dynsim_status status;
};

static enum dynsim_status say(struct dynsim_problem *problem, enum dynsim_status status,
                              const char *what, const char *detail)
{
    if (problem)
        snprintf(problem->text, sizeof problem->text, "%s%s", what, detail);
    return status;
}

static void list_inputs(struct dynsim *sim)
{
    sim->n_inputs = sim->image.inputs.n;
    sim->input = ARENA_ARRAY(&sim->arena, struct place, sim->n_inputs);
    uint32_t first = 0;
    for (uint32_t i = 0; i < sim->n_inputs; i++) {
        const struct image_input *input = &sim->image.inputs.at[i];
        sim->input[i] = (struct place){input->name, first, input->size};
        first += input->size;
    }
}

static void list_populations(struct dynsim *sim)
{
    const struct image *image = &sim->image;
    uint32_t first = 0;
    sim->n_populations = image->populations.n;
    sim->population = ARENA_ARRAY(&sim->arena, struct place, sim->n_populations);
    sim->site = ARENA_ARRAY(&sim->arena, size_t, image_sites(image));
    for (uint32_t p = 0; p < sim->n_populations; p++) {
        const struct image_population *population = &image->populations.at[p];
        struct place *place = &sim->population[p];
        *place = (struct place){population->name, first, 0};
        for (uint32_t i = 0; i < population->pieces.n; i++)
            place->size += population->pieces.at[i].count;
        first += place->size;
    }
    sim->unit = image_units(&sim->arena, image);
    for (size_t site = 0; site < image_sites(image); site++)
        if (sim->unit[site].population != UINT32_MAX)
            sim->site[sim->population[sim->unit[site].population].first + sim->unit[site].index] =
                site;
    sim->spike = ARENA_ARRAY(&sim->arena, struct dynsim_spike, first);
}

static void make(void *arg)
{
    struct making *making = arg;
    struct dynsim *sim = making->sim;
    const char *why;
    if (!image_decode(&sim->arena, device_dynapse2(), making->bytes, making->n, &sim->image,
                      &why)) {
        making->status = say(making->problem, DYNSIM_BAD_IMAGE, "the image is refused: ", why);
        return;
    }
    sim->sim = sim_new(&sim->arena, &sim->image, &making->options, &why);
    if (!sim->sim) {
        making->status =
            say(making->problem, DYNSIM_NOT_MODELLED, "the simulator does not model ", why);
        return;
    }
    list_inputs(sim);
    list_populations(sim);
    making->status = DYNSIM_OK;
}

static enum dynsim_status check_options(const struct dynsim_options *options,
                                        struct dynsim_problem *problem)
{
    const double least_dt = 1e-12, most_dt = 9e6;
    double dt = options->dt;
    if (!(dt == 0 || (dt >= least_dt && dt <= most_dt)))
        return say(problem, DYNSIM_BAD_OPTION, "the time step must be 1e-12 to 9e6 seconds", "");
    if (!(options->mismatch >= 0 && options->mismatch <= 1))
        return say(problem, DYNSIM_BAD_OPTION, "the mismatch must be 0 to 1", "");
    return DYNSIM_OK;
}

static struct dynsim *new_empty(const struct dynsim_options *options)
{
    static const struct dynsim_memory of_system = {system_take, system_give, NULL};
    const struct dynsim_memory *memory = options->memory ? options->memory : &of_system;
    struct dynsim *sim = memory->take(memory->context, sizeof *sim);
    if (!sim)
        return NULL;
    *sim = (struct dynsim){.memory = *memory, .counted = {take, give, sim}};
    count_taken(&sim->need, sizeof *sim);
    sim->dt = options->dt > 0 ? options->dt : 100e-6;
    oom_trap_init(&sim->trap);
    sim->trap.memory = &sim->counted;
    arena_init(&sim->arena, &sim->trap);
    return sim;
}

enum dynsim_status dynsim_new(struct dynsim **sim, const void *image, size_t bytes,
                              const struct dynsim_options *options, struct dynsim_problem *problem)
{
    static const struct dynsim_options none;
    options = options ? options : &none;
    *sim = NULL;
    say(problem, DYNSIM_OK, "", "");
    enum dynsim_status status = check_options(options, problem);
    if (status != DYNSIM_OK)
        return status;
    struct making making = {.sim = new_empty(options),
                            .bytes = image,
                            .n = image ? bytes : 0,
                            .problem = problem,
                            .status = DYNSIM_NO_MEMORY};
    if (making.sim) {
        making.options = (struct sim_options){.dt = making.sim->dt,
                                              .seed = options->mismatch_seed,
                                              .mismatch = options->mismatch,
                                              .use_double = options->use_double,
                                              .calcium = options->calcium};
        if (!phase_run(&making.sim->trap, make, &making))
            making.status = DYNSIM_NO_MEMORY;
    }
    if (making.status == DYNSIM_OK)
        *sim = making.sim;
    else
        dynsim_free(making.sim);
    if (making.status == DYNSIM_NO_MEMORY)
        say(problem, DYNSIM_NO_MEMORY, "there is not enough memory for the simulator", "");
    return making.status;
}

void dynsim_free(struct dynsim *sim)
{
    if (!sim)
        return;
    arena_release(&sim->arena);
    sim->memory.give(sim->memory.context, sim, sizeof *sim);
}

enum dynsim_status dynsim_need(struct dynsim_need *need, const void *image, size_t bytes,
                               const struct dynsim_options *options, struct dynsim_problem *problem)
{
    struct dynsim *sim;
    enum dynsim_status status = dynsim_new(&sim, image, bytes, options, problem);
    *need = sim ? sim->need : (struct dynsim_need){0};
    dynsim_free(sim);
    return status;
}

/* --- names --- */

static const char *named(const struct place *place, uint32_t n, uint32_t at, uint32_t *size)
{
    if (size)
        *size = at < n ? place[at].size : 0;
    return at < n ? place[at].name : NULL;
}

uint32_t dynsim_n_populations(const struct dynsim *sim)
{
    return sim->n_populations;
}

const char *dynsim_population(const struct dynsim *sim, uint32_t population, uint32_t *size)
{
    return named(sim->population, sim->n_populations, population, size);
}

uint32_t dynsim_n_inputs(const struct dynsim *sim)
{
    return sim->n_inputs;
}

const char *dynsim_input(const struct dynsim *sim, uint32_t input, uint32_t *size)
{
    return named(sim->input, sim->n_inputs, input, size);
}

const char *dynsim_state_name(enum dynsim_state state)
{
    return (unsigned)state < DYNSIM_N_STATES ? sim_state_name[state] : NULL;
}

/* --- running --- */

bool dynsim_event(struct dynsim *sim, uint32_t input, uint32_t index, uint32_t count)
{
    if (input >= sim->n_inputs || index >= sim->input[input].size)
        return false;
    sim_input(sim->sim, sim->input[input].first + index, count);
    return true;
}

void dynsim_step(struct dynsim *sim)
{
    uint32_t n;
    sim_step(sim->sim);
    const uint32_t *site = sim_spikes(sim->sim, &n);
    for (uint32_t i = 0; i < n; i++)
        sim->spike[i] =
            (struct dynsim_spike){sim->unit[site[i]].population, sim->unit[site[i]].index};
    sim->n_spikes = n;
    sim->steps++;
}

double dynsim_dt(const struct dynsim *sim)
{
    return sim->dt;
}

uint64_t dynsim_steps(const struct dynsim *sim)
{
    return sim->steps;
}

uint64_t dynsim_step_of(const struct dynsim *sim, double time_us)
{
    const double most = 9007199254740992; /* 2^53 */
    double step = sim_step_at(time_us, sim->dt);
    if (!(step > 0))
        return 0;
    return step < most ? (uint64_t)step : UINT64_MAX;
}

double dynsim_least_tau(const struct dynsim *sim)
{
    return sim_least_tau(sim->sim);
}

const struct dynsim_spike *dynsim_spikes(const struct dynsim *sim, uint32_t *n)
{
    *n = sim->n_spikes;
    return sim->spike;
}

double dynsim_read(const struct dynsim *sim, uint32_t population, uint32_t index,
                   enum dynsim_state state)
{
    if (population >= sim->n_populations || index >= sim->population[population].size
        || (unsigned)state >= DYNSIM_N_STATES)
        return NAN;
    return sim_read(sim->sim, sim->site[sim->population[population].first + index],
                    (enum sim_state)state);
}
