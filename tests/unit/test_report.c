/* The fit report and the map, field by field.
 * links: backend compiler device base */
#include "backend/quantity.h"
#include "backend/report.h"
#include "compiler/base/outfile.h"
#include "tests/unit/tiny_board.h"

#include <jansson.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

/* --- helpers --- */

static struct report_input input_of(const struct board *b, const struct diag_sink *sink)
{
    return (struct report_input){.status = REPORT_FITS,
                                 .tool_version = "0.1.0",
                                 .solver_name = "GLPK",
                                 .solver_version = "5.0",
                                 .net = &b->net,
                                 .device = &b->device,
                                 .sources = &b->sources,
                                 .plan = &b->plan,
                                 .mapping = &b->mapping,
                                 .image = &b->image,
                                 .sink = sink};
}

static json_t *parsed(struct arena *arena, const struct report_input *input)
{
    size_t n;
    json_error_t error;
    char *text = report_json(arena, input, &n);
    json_t *report = json_loadb(text, n, JSON_REJECT_DUPLICATES, &error);
    if (!report)
        fail_msg("line %d: %s", error.line, error.text);
    return report;
}

/* The value at a path like "chips.0.cores.1.neurons"; fails if there is none. */
static json_t *at(json_t *value, const char *path)
{
    char part[64];
    const char *rest = path;
    while (*rest) {
        size_t n = strcspn(rest, ".");
        memcpy(part, rest, n);
        part[n] = 0;
        rest += n + (rest[n] == '.');
        value = json_is_array(value) ? json_array_get(value, (size_t)atoi(part))
                                     : json_object_get(value, part);
        if (!value)
            fail_msg("no %s in %s", part, path);
    }
    return value;
}

static long long whole(json_t *value, const char *path)
{
    json_t *found = at(value, path);
    if (!json_is_integer(found))
        fail_msg("%s is no integer", path);
    return json_integer_value(found);
}

static bool is_null(json_t *value, const char *path)
{
    return json_is_null(at(value, path));
}

static const char *word(json_t *value, const char *path)
{
    return json_string_value(at(value, path));
}

static bool near(double a, double b)
{
    return fabs(a - b) <= 1e-12 * fabs(b);
}

/* Runs tests/tools/validate_schema on a text: its exit code. */
static int validate(const char *schema, const char *text, size_t n)
{
    char path[] = "/tmp/dync-test-XXXXXX", command[256];
    int fd = mkstemp(path);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, text, n), n);
    close(fd);
    snprintf(command, sizeof command,
             "tests/tools/validate_schema tests/schema/%s.schema.json %s >&2", schema, path);
    int status = system(command);
    unlink(path);
    return status;
}

/* --- what the tiny board reports --- */

static void state_requests(struct board *b)
{
    struct bias_request *leak = &b->net.bias_sets.at[0].request[BIAS_SOIF_LEAK_N];
    *leak = (struct bias_request){.kind = REQUEST_CURRENT,
                                  .za = 12000000000,
                                  .amperes = 1.2e-11,
                                  .attribute = "membrane.tau"};
    b->net.bias_sets.at[0].request[BIAS_SOIF_GAIN_N].kind = REQUEST_CODE;
    struct bias_class *fast = &b->plan.classes.at[0], *slow = &b->plan.classes.at[1];
    fast->slot[3] = SLOT_OFF;
    slow->slot[1] = SLOT_SOLVED;
    slow->worst_permille = 30;
    slow->bound_permille = 20;
    slow->weights_optimal = false;
    struct weight_choice by_slots = {.slots = true, .realised_za = 5, .mask = 1, .count = 1};
    struct weight_choice by_current = {.requested_za = 4000000000000,
                                       .realised_za = 4100000000000,
                                       .mask = 10,
                                       .error_permille = 25,
                                       .error = 0.025,
                                       .count = 7};
    VEC_PUSH(b->arena, &fast->weights, by_slots);
    VEC_PUSH(b->arena, &slow->weights, by_current);
    struct delay_choice delays[] = {{.omitted = true, .realised_ps = 1000, .count = 1},
                                    {.named = true, .realised_ps = 2000, .bits = 1, .count = 2},
                                    {.requested_ps = 1500000000,
                                     .realised_ps = 1200000000,
                                     .bits = 3,
                                     .error = -0.2,
                                     .count = 3}};
    for (size_t i = 0; i < sizeof delays / sizeof *delays; i++)
        VEC_PUSH(b->arena, &slow->delays, delays[i]);
}

static void head_and_placement(void **state)
{
    (void)state;
    struct arena arena;
    struct board b;
    arena_init(&arena, NULL);
    board_tiny(&b, &arena);
    struct report_input input = input_of(&b, NULL);
    json_t *r = parsed(&arena, &input);
    assert_string_equal(word(r, "schema"), "dyn-report/1");
    assert_string_equal(word(r, "tool.name"), "dync");
    assert_string_equal(word(r, "solver.version"), "5.0");
    assert_string_equal(word(r, "source.0.path"), "net.dyn");
    assert_string_equal(word(r, "source.0.sha256"),
                        "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    assert_string_equal(word(r, "source.1.path"), "a.npy");
    assert_int_equal(json_array_size(at(r, "source")), 2);
    assert_string_equal(word(r, "target.name"), "dynapse2");
    assert_int_equal(whole(r, "target.grid.1"), 1);
    assert_true(is_null(r, "target.profile"));
    assert_int_equal(whole(r, "seed"), 42);
    assert_string_equal(word(r, "status"), "fits");
    assert_int_equal(whole(r, "placement.cores_used"), 2);
    assert_int_equal(whole(r, "placement.cores_bound"), 2);
    assert_int_equal(whole(r, "placement.chips_used"), 1);
    assert_int_equal(whole(r, "placement.cut"), 0);
    assert_int_equal(whole(r, "placement.hops_bound"), 0);
    assert_true(json_number_value(at(r, "placement.gap")) == 0);
    assert_true(is_null(r, "placement.gap_level"));
    assert_true(json_is_true(at(r, "placement.optimal")));
    assert_null(json_object_get(r, "simulation"));
    assert_null(json_object_get(r, "timing"));
    json_decref(r);
    arena_release(&arena);
}

static void utilization_and_cores(void **state)
{
    (void)state;
    struct arena arena;
    struct board b;
    arena_init(&arena, NULL);
    board_tiny(&b, &arena);
    struct report_input input = input_of(&b, NULL);
    json_t *r = parsed(&arena, &input), *u = at(r, "utilization");
    assert_int_equal(whole(u, "neurons.used"), 3);
    assert_int_equal(whole(u, "neurons.available"), 6);
    assert_int_equal(whole(u, "neurons.max_per_core"), 2);
    assert_int_equal(whole(u, "cores.used"), 2);
    assert_int_equal(whole(u, "cores.available"), 2);
    assert_int_equal(whole(u, "chips.used"), 1);
    assert_int_equal(whole(u, "cam.used"), 3);
    assert_int_equal(whole(u, "cam.available"), 12);
    assert_int_equal(whole(u, "cam.max_per_neuron"), 2);
    assert_int_equal(whole(u, "cam.unshared"), 3);
    assert_int_equal(whole(u, "sram.used"), 4); /* two routes and two monitor words */
    assert_int_equal(whole(u, "sram.available"), 12);
    assert_int_equal(whole(u, "sram.max_per_neuron"), 2);
    assert_int_equal(whole(u, "tags.used"), 3);
    assert_int_equal(whole(u, "tags.available"), 4096);
    assert_int_equal(whole(u, "tags.max_per_core"), 2);
    assert_int_equal(whole(u, "bias_sets.used"), 2);
    assert_int_equal(whole(u, "bias_sets.available"), 2);
    json_t *cores = at(r, "chips.0.cores");
    assert_int_equal(whole(r, "chips.0.id"), 0);
    assert_int_equal(whole(cores, "0.neurons"), 2);
    assert_int_equal(whole(cores, "0.cam"), 1);
    assert_int_equal(whole(cores, "0.sram"), 4);
    assert_int_equal(whole(cores, "0.tags"), 1);
    assert_string_equal(word(cores, "0.bias_sets.0"), "fast");
    assert_int_equal(whole(cores, "0.cam_histogram.0"), 1);
    assert_int_equal(whole(cores, "0.cam_histogram.1"), 1);
    assert_int_equal(json_array_size(at(cores, "0.cam_histogram")), 3);
    assert_int_equal(whole(cores, "1.tags"), 2);
    assert_int_equal(whole(cores, "1.cam_histogram.2"), 1);
    json_decref(r);
    arena_release(&arena);
}

static void populations_and_projections(void **state)
{
    (void)state;
    struct arena arena;
    struct board b;
    arena_init(&arena, NULL);
    board_tiny(&b, &arena);
    struct report_input input = input_of(&b, NULL);
    json_t *r = parsed(&arena, &input), *p = at(r, "populations");
    assert_string_equal(word(p, "0.name"), "a");
    assert_int_equal(whole(p, "0.size"), 2);
    assert_int_equal(whole(p, "0.span.line"), 1);
    assert_int_equal(whole(p, "0.placements.0.count"), 2);
    assert_int_equal(whole(p, "0.fan_in.min"), 0);
    assert_int_equal(whole(p, "0.fan_in.median"), 0); /* the lower one of 0 and 1 */
    assert_int_equal(whole(p, "0.fan_in.max"), 1);
    assert_int_equal(whole(p, "0.cam.max"), 1);
    assert_int_equal(whole(p, "0.fan_out_chips.max"), 1);
    assert_int_equal(whole(p, "1.placements.0.core"), 1);
    assert_int_equal(whole(p, "1.placements.0.neuron"), 2);
    assert_int_equal(whole(p, "1.fan_in.median"), 2);
    assert_int_equal(whole(p, "1.fan_out_chips.max"), 0);
    json_t *t = at(r, "projections");
    assert_int_equal(json_array_size(t), 3);
    assert_string_equal(word(t, "0.name"), "in -> a");
    assert_string_equal(word(t, "2.dendrite"), "shunt");
    assert_int_equal(whole(t, "1.synapses"), 1);
    assert_int_equal(whole(t, "1.cam_words"), 1);
    assert_int_equal(whole(t, "1.cam_words_unshared"), 1);
    assert_int_equal(whole(t, "1.shared_tags"), 0);
    json_decref(r);
    arena_release(&arena);
}

static void biases_weights_delays(void **state)
{
    (void)state;
    struct arena arena;
    struct board b;
    arena_init(&arena, NULL);
    board_tiny(&b, &arena);
    state_requests(&b);
    struct report_input input = input_of(&b, NULL);
    json_t *r = parsed(&arena, &input), *biases = at(r, "biases");
    assert_int_equal(json_array_size(biases), 2 * N_BIASES);
    assert_string_equal(word(biases, "1.set"), "fast");
    assert_string_equal(word(biases, "1.parameter"), "SOIF_LEAK_N");
    struct bias_code code = b.plan.classes.at[0].code[BIAS_SOIF_LEAK_N];
    double realised = 1e-21 * (double)device_bias_za(&b.device, BIAS_SOIF_LEAK_N, code);
    assert_true(json_number_value(at(biases, "1.requested")) == 1.2e-11);
    assert_true(near(json_number_value(at(biases, "1.realised")), realised));
    assert_true(near(json_number_value(at(biases, "1.error")), (realised - 1.2e-11) / 1.2e-11));
    assert_int_equal(whole(biases, "1.coarse"), code.coarse);
    assert_true(is_null(biases, "2.requested")); /* dac() */
    assert_true(is_null(biases, "2.error"));
    assert_true(is_null(biases, "3.requested")); /* a default */
    json_t *w = at(r, "weights");
    assert_string_equal(word(w, "0.slots.3.state"), "off");
    assert_string_equal(word(w, "1.slots.1.state"), "solved");
    assert_string_equal(word(w, "1.slots.2.name"), "w2");
    assert_true(is_null(w, "0.requests.0.requested"));
    assert_true(is_null(w, "0.requests.0.error"));
    assert_true(json_is_false(at(w, "1.optimal")));
    assert_int_equal(whole(w, "1.worst"), 30);
    assert_int_equal(whole(w, "1.bound"), 20);
    assert_true(json_number_value(at(w, "1.requests.0.requested")) == 4e-9);
    assert_true(json_number_value(at(w, "1.requests.0.realised")) == 4.1e-9);
    assert_true(json_number_value(at(w, "1.requests.0.error")) == 0.025);
    assert_int_equal(whole(w, "1.requests.0.mask"), 10);
    assert_int_equal(whole(w, "1.requests.0.count"), 7);
    json_t *d = at(r, "delays");
    assert_int_equal(json_array_size(d), 3);
    assert_true(is_null(d, "0.requested"));
    assert_string_equal(word(d, "0.class"), "none");
    assert_true(is_null(d, "1.error"));
    assert_string_equal(word(d, "1.class"), "precise");
    assert_true(json_number_value(at(d, "2.requested")) == 1.5e-3);
    assert_true(json_number_value(at(d, "2.realised")) == 1.2e-3);
    assert_true(json_number_value(at(d, "2.error")) == -0.2);
    assert_string_equal(word(d, "2.class"), "both");
    json_decref(r);
    arena_release(&arena);
}

/* --- bounds and gaps --- */

struct gap_case {
    int64_t bound[4]; /* of a mapping with the values 2, 1, 0, 0 */
    bool null;
    double gap;
    const char *level;
};

static void gaps(void **state)
{
    (void)state;
    static const struct gap_case cases[] = {
        {{2, 1, 0, 0}, false, 0, NULL},    {{1, 1, 0, 0}, false, 0.5, "cores"},
        {{-1, 1, 0, 0}, true, 0, "cores"}, {{2, -1, 0, 0}, true, 0, "chips"},
        {{2, 1, -1, 0}, true, 0, "cut"},   {{2, 1, 0, -1}, true, 0, "hops"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct arena arena;
        struct board b;
        arena_init(&arena, NULL);
        board_tiny(&b, &arena);
        b.mapping.cores_bound = cases[i].bound[0];
        b.mapping.chips_bound = cases[i].bound[1];
        b.mapping.cut_bound = cases[i].bound[2];
        b.mapping.hops_bound = cases[i].bound[3];
        b.mapping.optimal = !cases[i].level;
        struct report_input input = input_of(&b, NULL);
        json_t *r = parsed(&arena, &input), *gap = at(r, "placement.gap");
        const char *level = json_string_value(at(r, "placement.gap_level"));
        assert_true(cases[i].null ? json_is_null(gap) : json_number_value(gap) == cases[i].gap);
        assert_true(level ? cases[i].level && !strcmp(level, cases[i].level) : !cases[i].level);
        json_decref(r);
        assert_non_null(report_text(&arena, &input));
        arena_release(&arena);
    }
}

/* Words with hops by the mapping's own routes, not by the image's words. */
static void count_routes(const struct board *b, long long *cut, long long *hops)
{
    const struct mapping *m = &b->mapping;
    uint32_t per_chip = device_chip_neurons(&b->device), w = b->net.grid_w;
    for (uint32_t i = 0; i < b->net.n_neurons; i++)
        for (uint64_t r = m->first_route[i]; r < m->first_route[i + 1]; r++) {
            uint32_t from = m->site_of[i] / per_chip, to = m->routes[r].chip;
            int dx = (int)(to % w) - (int)(from % w), dy = (int)(to / w) - (int)(from / w);
            *cut += dx || dy;
            *hops += abs(dx) + abs(dy);
        }
}

static void random_boards_add_up(void **state)
{
    (void)state;
    static const uint32_t grid[][2] = {{1, 1}, {2, 1}, {1, 2}, {3, 1}};
    for (uint64_t seed = 500; seed < 540; seed++) {
        struct arena arena;
        struct board b;
        arena_init(&arena, NULL);
        board_random(&b, &arena, seed, grid[seed % 4][0], grid[seed % 4][1]);
        struct report_input input = input_of(&b, NULL);
        json_t *r = parsed(&arena, &input);
        long long words = 0, neurons = 0, tags = 0, cam = 0, cut = 0, hops = 0;
        size_t t, chip, core, k;
        json_t *row, *cores, *one, *bin;
        json_array_foreach(at(r, "projections"), t, row) words += whole(row, "cam_words");
        json_array_foreach(at(r, "chips"), chip, row)
        {
            cores = at(row, "cores");
            json_array_foreach(cores, core, one)
            {
                long long placed = 0;
                json_array_foreach(at(one, "cam_histogram"), k, bin)
                {
                    placed += json_integer_value(bin);
                    cam += (long long)k * json_integer_value(bin);
                }
                assert_int_equal(placed, whole(one, "neurons"));
                neurons += placed;
                tags += whole(one, "tags");
                uint32_t number = (uint32_t)(chip * b.device.cores_per_chip + core);
                assert_int_equal(whole(one, "tags"), b.mapping.tags_on_core[number]);
                assert_int_equal(json_array_size(at(one, "bias_sets")) > 0, placed > 0);
            }
        }
        count_routes(&b, &cut, &hops);
        assert_int_equal(words, whole(r, "utilization.cam.used"));
        assert_int_equal(cam, whole(r, "utilization.cam.used"));
        assert_int_equal(neurons, b.net.n_neurons);
        assert_int_equal(tags, whole(r, "utilization.tags.used"));
        assert_int_equal(whole(r, "utilization.cores.used"), board_cores_used(&b));
        assert_int_equal(whole(r, "placement.cut"), cut);
        assert_int_equal(whole(r, "placement.hops"), hops);
        json_decref(r);
        arena_release(&arena);
    }
}

/* Cores of two sets with equal codes have one vector; sets of a merged class are all named. */
static void merged_sets_are_named(void **state)
{
    (void)state;
    struct arena arena;
    struct board b;
    arena_init(&arena, NULL);
    board_tiny(&b, &arena);
    VEC_PUSH(&arena, &b.plan.classes.at[0].sets, 1);
    b.plan.class_of_set[1] = 0;
    b.mapping.class_of_core[1] = 0;
    b.plan.classes.n = 1;
    memcpy(b.image.bias + N_BIASES, b.image.bias, N_BIASES * sizeof *b.image.bias);
    struct report_input input = input_of(&b, NULL);
    json_t *r = parsed(&arena, &input);
    assert_int_equal(whole(r, "utilization.bias_sets.used"), 1);
    assert_string_equal(word(r, "chips.0.cores.1.bias_sets.0"), "fast");
    assert_string_equal(word(r, "chips.0.cores.1.bias_sets.1"), "slow");
    assert_int_equal(json_array_size(at(r, "biases")), N_BIASES);
    json_decref(r);
    b.mapping.class_of_core[1] = 1; /* the mapping of the tiny board is static */
    arena_release(&arena);
}

/* --- what does not fit --- */

static void without_a_fit(void **state)
{
    (void)state;
    struct arena arena;
    struct board b;
    struct diag_sink sink;
    uint32_t words[] = {70, 0, 2};
    struct fit_usage usage = {.words = words, .words_unshared = words};
    arena_init(&arena, NULL);
    board_tiny(&b, &arena);
    diag_sink_init(&sink, &arena);
    struct span span = {1, 2, 0};
    diag_add(&sink, DIAG_E0301, span, "population a: neuron 0 needs 70 CAM words, 2 available");
    struct report_input input = input_of(&b, &sink);
    input.status = REPORT_INFEASIBLE;
    input.mapping = NULL;
    input.image = NULL;
    input.usage = &usage;
    for (int turn = 0; turn < 4; turn++) {
        json_t *r = parsed(&arena, &input);
        assert_string_equal(word(r, "status"), turn == 3 ? "undecided" : "infeasible");
        assert_true(is_null(r, "placement"));
        assert_true(is_null(r, "chips"));
        assert_true(is_null(r, "populations.0.placements"));
        assert_true(is_null(r, "populations.0.fan_out_chips.max"));
        assert_int_equal(whole(r, "populations.1.fan_in.max"), 2);
        assert_true(is_null(r, "projections.0.cam_words"));
        assert_int_equal(whole(r, "utilization.neurons.used"), 3);
        assert_true(is_null(r, "utilization.sram.used"));
        assert_string_equal(word(r, "diagnostics.0.code"), "E0301");
        if (input.usage) {
            assert_int_equal(whole(r, "utilization.cam.used"), 72);
            assert_int_equal(whole(r, "utilization.cam.max_per_neuron"), 70);
            assert_int_equal(whole(r, "populations.0.cam.max"), 70);
        } else {
            assert_true(is_null(r, "utilization.cam.used"));
            assert_true(is_null(r, "populations.0.cam.max"));
        }
        assert_int_equal(json_array_size(at(r, "biases")) > 0, input.plan != NULL);
        json_decref(r);
        size_t n;
        char *text = report_json(&arena, &input, &n);
        assert_int_equal(validate("report", text, n), 0);
        const char *words_text = report_text(&arena, &input);
        assert_non_null(strstr(words_text, "least need"));
        assert_null(strstr(words_text, " \n"));
        if (turn == 0) /* counting stopped before the slots were solved */
            b.plan.classes.at[0].mask = b.plan.classes.at[1].mask = NULL;
        if (turn == 1) {
            input.usage = NULL;
            input.plan = NULL;
        }
        if (turn == 2)
            input.status = REPORT_UNDECIDED;
    }
    arena_release(&arena);
}

/* Findings stand in source order, whatever the order they were found in. */
static void findings_are_sorted(void **state)
{
    (void)state;
    struct arena arena;
    struct board b;
    struct diag_sink sink;
    arena_init(&arena, NULL);
    board_tiny(&b, &arena);
    diag_sink_init(&sink, &arena);
    diag_add(&sink, DIAG_W0711, (struct span){2, 3, 0}, "second");
    diag_add(&sink, DIAG_N0810, (struct span){0, 1, 0}, "first");
    struct report_input input = input_of(&b, &sink);
    json_t *r = parsed(&arena, &input);
    assert_string_equal(word(r, "diagnostics.0.message"), "first");
    assert_string_equal(word(r, "diagnostics.1.message"), "second");
    assert_string_equal(sink.all.at[0]->message, "second");
    json_decref(r);
    arena_release(&arena);
}

/* --- schemas --- */

static void reports_and_maps_are_valid(void **state)
{
    (void)state;
    for (uint64_t seed = 600; seed < 606; seed++) {
        struct arena arena;
        struct board b;
        struct report_timing timing[] = {{"parse", 0.001}, {"place", 0.5}};
        size_t n;
        arena_init(&arena, NULL);
        if (seed == 600) {
            board_tiny(&b, &arena);
            state_requests(&b);
        } else {
            board_random(&b, &arena, seed, 1 + (uint32_t)seed % 3, 1);
        }
        struct report_input input = input_of(&b, NULL);
        input.timing = seed % 2 ? timing : NULL;
        input.n_timing = seed % 2 ? 2 : 0;
        char *text = report_json(&arena, &input, &n);
        if (validate("report", text, n) != 0)
            fail_msg("seed %llu: the report is not valid", (unsigned long long)seed);
        text = map_json(&arena, &b.image, &n);
        if (validate("map", text, n) != 0)
            fail_msg("seed %llu: the map is not valid", (unsigned long long)seed);
        arena_release(&arena);
    }
}

struct spoiling {
    const char *from, *to;
};

/* The schema notices: each replacement makes a valid report one that is not. */
static void the_schema_is_strict(void **state)
{
    (void)state;
    static const struct spoiling spoilings[] = {
        {"\"dyn-report/1\"", "\"dyn-report/2\""},
        {"\"seed\": 42", "\"seed\": -1"},
        {"\"seed\": 42", "\"seed\": 42, \"more\": 1"},
        {"\"seed\": 42", "\"seeds\": 42"},
        {"\"status\": \"fits\"", "\"status\": \"infeasible\""},
        {"\"cut_bound\": 0", "\"cut_bound\": 0.5"},
        {"\"deterministic\": true", "\"deterministic\": 1"},
        {"\"available\":6", "\"available\":null"},
        {"\"dendrite\": \"nmda\"", "\"dendrite\": \"none\""},
        {"\"state\":\"given\"", "\"state\":\"taken\""},
        {"ba7816bf", "BA7816BF"},
        {"\"diagnostics\": []", "\"diagnostics\": [{}]"},
        {"\"gap_level\": null", "\"gap_level\": null, \"gap_level\": null"},
    };
    struct arena arena;
    struct board b;
    size_t n;
    arena_init(&arena, NULL);
    board_tiny(&b, &arena);
    struct report_input input = input_of(&b, NULL);
    char *text = report_json(&arena, &input, &n);
    assert_int_equal(validate("report", text, n), 0);
    for (size_t i = 0; i < sizeof spoilings / sizeof *spoilings; i++) {
        char *found = strstr(text, spoilings[i].from);
        if (!found)
            fail_msg("%s is not in the report:\n%s", spoilings[i].from, text);
        char *spoiled = arena_printf(&arena, "%.*s%s%s", (int)(found - text), text, spoilings[i].to,
                                     found + strlen(spoilings[i].from));
        if (validate("report", spoiled, strlen(spoiled)) == 0)
            fail_msg("%s was accepted", spoilings[i].to);
    }
    arena_release(&arena);
}

/* --- text --- */

static void text_says_what_matters(void **state)
{
    (void)state;
    static const char *const lines[] = {
        "Fit: net.dyn on dynapse2, 1 chip: fits, optimal, canonical\n",
        "\nneurons                  3           6    50 %  chip0.core0: 2 of 3\n",
        "\nCAM words                3          12    25 %  b[0, 0]: 2 of 2 (nmda 1, shunt 1)\n",
        "\nSRAM words               4          12    33 %  a[0]: 2 of 2 (1 for its spike probe)\n",
        "\ntags                     3        4096    <1 %  chip0.core1: 2 of 2048\n",
        "\ncores                    2           2          cores that hold neurons, proved least\n",
        "\nProved: no placement is better at any level.\n",
        "\nchip0.core0     |################........|       2       1       4       1  fast\n",
        "\n                  0 |@@ | 2\n",
        "\na                      2         0/0/1         0/0/1       1  chip0.core0 n0..n1\n",
        "\nrest            shunt            1           1             0  ",
        "\nbias set fast: 1 core\n",
        "membrane.tau            12.00 pA",
        "  50 of 52 parameters stand at their defaults\n",
        "w1+w3                        +2.50 %           7\n",
        "  worst weight error 30 per mille, at least 20 with any slots\n",
        "both                        -20.00 %           3\n",
    };
    struct arena arena;
    struct board b;
    arena_init(&arena, NULL);
    board_tiny(&b, &arena);
    state_requests(&b);
    struct report_input input = input_of(&b, NULL);
    char *text = report_text(&arena, &input);
    for (size_t i = 0; i < sizeof lines / sizeof *lines; i++)
        if (!strstr(text, lines[i]))
            fail_msg("missing: %s in:\n%s", lines[i], text);
    arena_release(&arena);
}

/* A trained network asks for many currents: up to 15 they are listed, more are grouped by sum. */
static void many_weights_are_grouped(void **state)
{
    (void)state;
    for (uint32_t n = 15; n <= 16; n++) {
        struct arena arena;
        struct board b;
        arena_init(&arena, NULL);
        board_tiny(&b, &arena);
        for (uint32_t i = 0; i < n; i++) {
            struct weight_choice weight = {.requested_za = 1000000000000 + i * 10000000000,
                                           .realised_za = 1050000000000,
                                           .mask = (uint8_t)(i < 4 ? 3 : 5),
                                           .error = 0.05 - 0.01 * i,
                                           .count = 2};
            VEC_PUSH(&arena, &b.plan.classes.at[0].weights, weight);
        }
        struct report_input input = input_of(&b, NULL);
        char *text = report_text(&arena, &input);
        static const char listed[] = "\n      1.140 nA    1.050 nA  w0+w2 ";
        static const char grouped[] = "  16 different weights by the sum that serves them:\n"
                                      "          from          to    realised  sum of";
        static const char row[] = "\n      1.040 nA    1.150 nA    1.050 nA  w0+w2"
                                  "                       -10.00 %          24\n";
        bool is_listed = strstr(text, listed), is_grouped = strstr(text, grouped);
        if (is_listed != (n == 15) || is_grouped != (n == 16) || !strstr(text, row) != (n == 15))
            fail_msg("%u weights:\n%s", n, text);
        arena_release(&arena);
    }
}

struct quantity_case {
    int64_t value;
    const char *text;
};

static void quantities(void **state)
{
    (void)state;
    static const struct quantity_case currents[] = {{0, "0 A"},
                                                    {1, "1 zA"},
                                                    {999, "999 zA"},
                                                    {1000, "1.000 aA"},
                                                    {-1234567, "-1.235 fA"},
                                                    {12345678901, "12.35 pA"},
                                                    {4000000000000, "4.000 nA"},
                                                    {999949999, "999.9 fA"},
                                                    {999950000, "1.000 pA"},
                                                    {1000000000000000, "1.000 uA"},
                                                    {INT64_MAX, "9.223 mA"},
                                                    {INT64_MIN, "-9.223 mA"}};
    static const struct quantity_case times[] = {{0, "0 s"},
                                                 {1500000000, "1.500 ms"},
                                                 {999, "999 ps"},
                                                 {1000000000000, "1.000 s"},
                                                 {20000000000, "20.00 ms"},
                                                 {123456789000000, "123.5 s"}};
    struct arena arena;
    arena_init(&arena, NULL);
    for (size_t i = 0; i < sizeof currents / sizeof *currents; i++)
        assert_string_equal(amperes_text(&arena, currents[i].value), currents[i].text);
    for (size_t i = 0; i < sizeof times / sizeof *times; i++)
        assert_string_equal(seconds_text(&arena, times[i].value), times[i].text);
    assert_string_equal(percent_text(&arena, 0.0125), "+1.25 %");
    assert_string_equal(percent_text(&arena, -0.00004), "0.00 %");
    assert_string_equal(percent_text(&arena, -0.00005), "-0.01 %");
    assert_string_equal(percent_text(&arena, 1e300), "+large");
    arena_release(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(head_and_placement),
        cmocka_unit_test(utilization_and_cores),
        cmocka_unit_test(populations_and_projections),
        cmocka_unit_test(biases_weights_delays),
        cmocka_unit_test(gaps),
        cmocka_unit_test(random_boards_add_up),
        cmocka_unit_test(merged_sets_are_named),
        cmocka_unit_test(without_a_fit),
        cmocka_unit_test(findings_are_sorted),
        cmocka_unit_test(reports_and_maps_are_valid),
        cmocka_unit_test(the_schema_is_strict),
        cmocka_unit_test(text_says_what_matters),
        cmocka_unit_test(many_weights_are_grouped),
        cmocka_unit_test(quantities),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
