/* Random networks, built to the decoded image and simulated from it, spike as the network itself
 * does when it is run from its edges, by another evaluation of the same equations. With arguments:
 * the networks of these files instead.
 * links: oracle compiler grammar backend mapper runtime device base */
#include "backend/emit.h"
#include "compiler/front.h"
#include "mapper/fit.h"
#include "mapper/map.h"
#include "runtime/sim.h"
#include "tests/oracle/slow_network.h"
#include "tests/unit/twin_text.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { NETWORKS = 40, MOST_STEPS = 1200, LEAST_STEPS = 150 };
enum { NEURON_WORK = 100, MOST_WORK = 20000000 }; /* in edges; in edge steps */
static const double tie = 1e-9;                   /* relative distance from the threshold */
static const double tolerance = 1e-6;             /* of states, relative */
static const double least = 1e-15;                /* A */

struct tally {
    unsigned built, refused, alive, ties, unresolved, coarse;
    unsigned long long steps, spikes, edges, delayed, depressing;
    unsigned latched[N_LATCHES]; /* networks with a neuron that has it and spikes, or is killed */
    double apart;                /* largest relative difference of a state */
};

struct twins {
    struct arena arena;
    const char *path; /* NULL: the text is drawn */
    struct source_set sources;
    struct diag_sink sink;
    struct text text;
    struct twin drawing;
    struct ast ast;
    struct elaboration elaboration;
    struct bias_plan plan;
    struct fit_usage usage;
    struct mapping mapping;
    struct image emitted, image;
    struct slow_network slow;
    struct sim *sim;
    uint64_t seed, drawn;
    uint32_t *site_of; /* per neuron, as the image says */
};

static bool open_source(struct twins *w, struct elaborate_options *options)
{
    const struct front_files files = {.path = w->path};
    if (w->path)
        return front_open(&w->arena, &w->sources, &files, &w->sink, options);
    source_set_init(&w->sources, &w->arena, ".");
    twin_text(&w->drawing, &w->text, w->seed);
    source_add(&w->sources, "twin.dyn", w->text.at, w->text.n);
    return true;
}

static bool to_image(struct twins *w)
{
    const struct device *device = device_dynapse2();
    struct elaborate_options options = {0};
    const struct map_options map = {0};
    const char *why;
    struct net *net = &w->elaboration.net;
    struct arena *arena = &w->arena;
    if (!open_source(w, &options) || !front_parse(arena, &w->sources, &options, &w->sink, &w->ast)
        || !front_elaborate(arena, &w->sources, &w->ast, device, &options, NULL, 0, &w->sink,
                            &w->elaboration))
        return false;
    bias_quantise(arena, net, device, &w->sink, &w->plan);
    if (diag_has_errors(&w->sink) || !fit_check(arena, net, device, &w->plan, &w->sink, &w->usage))
        return false;
    bias_solve(arena, net, device, &w->sink, &w->plan);
    if (diag_has_errors(&w->sink)
        || map_network(arena, net, device, &w->plan, &map, &w->sink, &w->mapping) != MAP_OK)
        return false;
    emit_image(arena, net, device, &w->plan, &w->mapping, &w->sources, "test", &w->emitted);
    size_t n;
    uint8_t *bytes = image_encode(arena, &w->emitted, &n);
    return image_decode(arena, device, bytes, n, &w->image, &why);
}

/* Where the decoded image says that the neurons are. */
static void read_sites(struct twins *w)
{
    const struct net *net = &w->elaboration.net;
    w->site_of = ARENA_ARRAY(&w->arena, uint32_t, net->n_neurons);
    for (uint32_t p = 0; p < w->image.populations.n; p++) {
        const struct image_piece_vec *pieces = &w->image.populations.at[p].pieces;
        for (uint32_t i = 0; i < pieces->n; i++) {
            const struct image_piece *piece = &pieces->at[i];
            size_t site = image_site(&w->image, piece->chip, piece->core, piece->neuron);
            for (uint32_t k = 0; k < piece->count; k++)
                w->site_of[net->populations.at[p].first + piece->first + k] = (uint32_t)(site + k);
        }
    }
}

/* --- the comparison --- */

static double apart(double a, double b)
{
    return fabs(a - b) / fmax(fabs(b), least);
}

static double membrane_apart(const struct twins *w, uint32_t neuron)
{
    return apart(sim_read(w->sim, w->site_of[neuron], SIM_MEMBRANE),
                 w->slow.neuron[neuron].soma.imem);
}

/* The states that follow from spikes alone. */
static double others_apart(const struct twins *w, uint32_t neuron)
{
    const struct slow_neuron *n = &w->slow.neuron[neuron];
    uint32_t site = w->site_of[neuron];
    double most = apart(sim_read(w->sim, site, SIM_ADAPTATION), n->adaptation.current);
    most = fmax(most, apart(sim_read(w->sim, site, SIM_CALCIUM), n->calcium.current));
    most = fmax(most, apart(sim_read(w->sim, site, SIM_GAIN), n->gain));
    for (unsigned k = 0; k < N_DENDRITES; k++)
        most = fmax(most, apart(sim_read(w->sim, site, SIM_AMPA + k), slow_synapse_current(n, k)));
    return most;
}

static bool spiked(const struct twins *w, uint32_t site)
{
    uint32_t n;
    const uint32_t *spikes = sim_spikes(w->sim, &n);
    for (uint32_t i = 0; i < n; i++)
        if (spikes[i] == site)
            return true;
    return false;
}

static void report(const struct twins *w, uint32_t step, uint32_t neuron, const char *what)
{
    const struct slow_neuron *n = &w->slow.neuron[neuron];
    struct arena arena;
    arena_init(&arena, NULL);
    print_error("%s, seed %llu, dt %g, step %u, %s: %s\n", w->path ? w->path : "drawn",
                (unsigned long long)w->seed, w->slow.dt, step,
                net_source_name(&arena, &w->elaboration.net, neuron), what);
    for (unsigned k = 0; k < N_DENDRITES; k++)
        print_error("  %s %.17g, from the image %.17g\n", dendrite_name[k],
                    slow_synapse_current(n, k), sim_read(w->sim, w->site_of[neuron], SIM_AMPA + k));
    print_error("  membrane %.17g (%.17g), %.3g from the threshold; adaptation %.17g (%.17g),"
                " calcium %.17g (%.17g), gain %.17g (%.17g)\n%s\n",
                n->soma.imem, sim_read(w->sim, w->site_of[neuron], SIM_MEMBRANE), n->distance,
                n->adaptation.current, sim_read(w->sim, w->site_of[neuron], SIM_ADAPTATION),
                n->calcium.current, sim_read(w->sim, w->site_of[neuron], SIM_CALCIUM), n->gain,
                sim_read(w->sim, w->site_of[neuron], SIM_GAIN), w->path ? "" : w->text.at);
    arena_release(&arena);
}

enum outcome { EQUAL, TIE, UNRESOLVED, APART };

/* What excuses a neuron whose spike (or membrane, by `by`) differs; else it is reported. */
static enum outcome excuse(const struct twins *w, uint32_t step, uint32_t neuron, bool spikes,
                           double by)
{
    const struct slow_neuron *n = &w->slow.neuron[neuron];
    if (spikes && n->distance <= tie)
        return TIE;
    if ((spikes ? n->distance : by) <= n->spread)
        return UNRESOLVED;
    report(w, step, neuron,
           !spikes     ? "the membrane differs"
           : n->spiked ? "the image does not spike"
                       : "only the image spikes");
    return APART;
}

static enum outcome compare_states(const struct twins *w, uint32_t step, uint32_t neuron,
                                   struct tally *tally)
{
    double others = others_apart(w, neuron), membrane = membrane_apart(w, neuron);
    if (!(others <= tolerance)) {
        report(w, step, neuron, "a state differs");
        return APART;
    }
    if (!(membrane <= tolerance))
        return excuse(w, step, neuron, false, membrane);
    tally->apart = fmax(tally->apart, others);
    if (w->slow.neuron[neuron].spread < tolerance)
        tally->apart = fmax(tally->apart, membrane);
    return EQUAL;
}

static enum outcome worse(enum outcome a, enum outcome b)
{
    return a > b ? a : b;
}

/* Spikes of all neurons, then, if these are equal, their states. */
static enum outcome compare_step(const struct twins *w, uint32_t step, struct tally *tally)
{
    enum outcome outcome = EQUAL;
    uint32_t count = w->elaboration.net.n_neurons;
    for (uint32_t i = 0; i < count; i++) {
        tally->spikes += w->slow.neuron[i].spiked;
        if (w->slow.neuron[i].spiked != spiked(w, w->site_of[i]))
            outcome = worse(outcome, excuse(w, step, i, true, 0));
    }
    for (uint32_t i = 0; i < count && outcome == EQUAL; i++)
        outcome = compare_states(w, step, i, tally);
    return outcome;
}

/* Poisson events with a rate of its own for every unit, up to 400 Hz, with silent stretches. */
static void drive(struct twins *w, uint32_t step)
{
    double dt = w->slow.dt;
    for (uint32_t unit = 0; unit < w->elaboration.net.n_inputs; unit++) {
        double rate = 400 * rng_unit(rng_bits(w->seed, 1, unit));
        if (rng_unit(rng_bits(w->seed, 2 + step / 300, unit)) < 0.2
            || rng_unit(rng_bits(w->seed + 1, step, unit)) >= rate * dt)
            continue;
        uint32_t count = 1 + (rng_bits(w->seed + 2, step, unit) % 16 == 0);
        slow_network_input(&w->slow, unit, count);
        sim_input(w->sim, unit, count);
    }
}

static void note_network(const struct twins *w, struct tally *tally, bool *fired)
{
    const struct net *net = &w->elaboration.net;
    bool alive = false, latched[N_LATCHES] = {false};
    for (uint32_t i = 0; i < net->n_neurons; i++)
        for (int k = 0; k < N_LATCHES; k++) {
            alive |= fired[i];
            latched[k] |= (fired[i] || w->slow.neuron[i].killed) && net->latches[i] >> k & 1;
        }
    for (int k = 0; k < N_LATCHES; k++)
        tally->latched[k] += latched[k];
    tally->alive += alive;
    tally->coarse += sim_is_coarse(w->slow.dt, sim_least_tau(w->sim));
    tally->edges += w->slow.edges.n;
    for (uint32_t i = 0; i < w->slow.edges.n; i++) {
        tally->delayed += w->slow.edges.at[i].steps > 1;
        tally->depressing += w->slow.edges.at[i].stp;
    }
}

/* Shorter runs for larger networks. */
static uint32_t steps_for(const struct twins *w)
{
    size_t work = (size_t)w->slow.edges.n + (size_t)NEURON_WORK * w->elaboration.net.n_neurons;
    size_t steps = MOST_WORK / (work + 1);
    return steps > MOST_STEPS ? MOST_STEPS : steps < LEAST_STEPS ? LEAST_STEPS : (uint32_t)steps;
}

static bool run(struct twins *w, struct tally *tally)
{
    static const double dts[] = {100e-6, 50e-6, 200e-6, 20e-6};
    const struct net *net = &w->elaboration.net;
    double dt = dts[rng_bits(w->seed, 3, 0) % 4];
    const struct sim_options options = {.dt = dt, .use_double = true, .calcium = true};
    const char *unsupported;
    bool *fired = ARENA_ARRAY(&w->arena, bool, net->n_neurons);
    w->sim = sim_new(&w->arena, &w->image, &options, &unsupported);
    assert_non_null(w->sim);
    slow_network_init(&w->slow, &w->arena, net, device_dynapse2(), &w->plan, w->site_of, dt,
                      MOST_STEPS);
    uint32_t steps = steps_for(w);
    enum outcome outcome = EQUAL;
    for (uint32_t step = 0; step < steps && outcome == EQUAL; step++) {
        drive(w, step);
        sim_step(w->sim);
        slow_network_step(&w->slow);
        outcome = compare_step(w, step, tally);
        tally->steps++;
        for (uint32_t i = 0; i < net->n_neurons; i++)
            fired[i] |= w->slow.neuron[i].spiked;
    }
    tally->ties += outcome == TIE;
    tally->unresolved += outcome == UNRESOLVED;
    note_network(w, tally, fired);
    return outcome != APART;
}

static bool one_network(uint64_t seed, const char *path, struct tally *tally)
{
    struct twins w = {.seed = rng_mix(seed), .path = path};
    arena_init(&w.arena, NULL);
    diag_sink_init(&w.sink, &w.arena);
    text_init(&w.text, &w.arena);
    bool built = to_image(&w), ok = true;
    tally->built += built;
    tally->refused += !built;
    if (built) {
        read_sites(&w);
        ok = run(&w, tally);
    } else
        print_message("network %llu%s%s is refused: %s\n", (unsigned long long)seed,
                      path ? ", " : "", path ? path : "",
                      w.sink.all.n ? w.sink.all.at[w.sink.all.n - 1]->message : "no reason");
    arena_release(&w.arena);
    return ok;
}

static unsigned long long from_environment(const char *name, unsigned long long otherwise)
{
    const char *given = getenv(name);
    return given ? strtoull(given, NULL, 10) : otherwise;
}

static void networks_spike_alike(void **state)
{
    char **paths = *state;
    struct tally tally = {0};
    uint64_t first = from_environment("DYNC_TEST_SEED", 1), n = 0;
    while (paths[n])
        n++;
    bool drawn = n == 0;
    if (drawn)
        n = from_environment("DYNC_TWINS", NETWORKS);
    unsigned apart = 0;
    for (uint64_t i = 0; i < n && apart < 3; i++)
        apart += !one_network(first + i, drawn ? NULL : paths[i], &tally);
    print_message("%u networks (%u refused), %u alive, %u with a coarse step, %llu edges (%llu "
                  "delayed, %llu depressing), %llu steps, %llu spikes; %u ties, %u with membranes "
                  "too fast for the step; states apart by %.2g at most; %u differ\n",
                  tally.built, tally.refused, tally.alive, tally.coarse, tally.edges, tally.delayed,
                  tally.depressing, tally.steps, tally.spikes, tally.ties, tally.unresolved,
                  tally.apart, apart);
    for (int k = 0; k < N_LATCHES; k++)
        print_message("  %-16s %u networks\n", device_dynapse2()->latch[k].name, tally.latched[k]);
    assert_int_equal(apart, 0);
    assert_true(tally.built >= n - n / 10 && tally.alive >= tally.built / 2);
    assert_true(tally.ties <= n / 100 + 1 && tally.unresolved <= n / 20 + 1);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_prestate(networks_spike_alike, argv + (argc > 0))};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
