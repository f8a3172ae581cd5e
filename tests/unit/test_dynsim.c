/* libdynsim: the simulator's own spikes and states, memory of the caller's, what is refused.
 * links: runtime mapper backend verify compiler grammar device base */
#include "runtime/dynsim.h"

#include "backend/decode.h"
#include "runtime/sim.h"
#include "tests/unit/verify_built.h"

#include <math.h>

static const char *const network = "tests/fault/verify_small.dyn";
enum { E, I, D, N_POPULATIONS, SRC = 0, CAM, ECG, GO, N_INPUTS }; /* of the network */

/* --- memory of the caller's --- */

struct shop {
    size_t held, most, total;
    unsigned taken, given;
    unsigned refuse_from; /* this and every later call is refused; 0: none */
};

static void *shop_take(void *context, size_t bytes)
{
    struct shop *shop = context;
    if (shop->refuse_from && shop->taken + 1 >= shop->refuse_from)
        return NULL;
    shop->taken++;
    shop->total += bytes;
    shop->held += bytes;
    if (shop->held > shop->most)
        shop->most = shop->held;
    void *memory = malloc(bytes);
    assert_non_null(memory);
    return memset(memory, 0xa5, bytes); /* the content is any */
}

static void shop_give(void *context, void *memory, size_t bytes)
{
    struct shop *shop = context;
    memset(memory, 0x5a, bytes);
    shop->given++;
    shop->held -= bytes;
    free(memory);
}

static struct dynsim *made(const struct built *b, const struct dynsim_options *options)
{
    struct dynsim *sim;
    struct dynsim_problem problem;
    enum dynsim_status status = dynsim_new(&sim, b->bytes, b->n, options, &problem);
    if (status != DYNSIM_OK)
        fail_msg("%s", problem.text);
    assert_string_equal(problem.text, "");
    return sim;
}

static void push_some(struct dynsim *sim, struct dice *dice)
{
    for (uint32_t input = 0; input < dynsim_n_inputs(sim); input++) {
        uint32_t size;
        assert_non_null(dynsim_input(sim, input, &size));
        for (uint32_t k = 0; k < 1 + size / 4; k++)
            assert_true(
                dynsim_event(sim, input, (uint32_t)roll(dice, size), 1 + (uint32_t)roll(dice, 3)));
    }
}

static void all_memory_is_taken_at_the_start(void **state)
{
    (void)state;
    struct built b;
    build(&b, network, NULL);
    for (int use_double = 0; use_double < 2; use_double++) {
        struct shop shop = {0};
        struct dice dice = {11};
        const struct dynsim_memory memory = {shop_take, shop_give, &shop};
        const struct dynsim_options options = {.use_double = use_double, .memory = &memory};
        struct dynsim_need need;
        assert_int_equal(dynsim_need(&need, b.bytes, b.n, &options, NULL), DYNSIM_OK);
        assert_int_equal(shop.held, 0);
        shop = (struct shop){0};
        struct dynsim *sim = made(&b, &options);
        assert_int_equal(need.most, shop.most);
        assert_int_equal(need.kept, shop.held);
        assert_int_equal(need.total, shop.total);
        assert_true(need.kept > 0 && need.kept <= need.most && need.most <= need.total);
        unsigned taken = shop.taken, given = shop.given;
        for (int step = 0; step < 2000; step++) {
            push_some(sim, &dice);
            dynsim_step(sim);
        }
        assert_int_equal(shop.taken, taken);
        assert_int_equal(shop.given, given);
        dynsim_free(sim);
        assert_int_equal(shop.held, 0);
        assert_int_equal(shop.given, shop.taken);
    }
    dynsim_free(NULL);
    release(&b);
}

static void every_refusal_of_memory_is_survived(void **state)
{
    (void)state;
    struct built b;
    build(&b, network, NULL);
    unsigned k = 0;
    enum dynsim_status status = DYNSIM_NO_MEMORY;
    while (status == DYNSIM_NO_MEMORY) {
        struct shop shop = {.refuse_from = ++k};
        const struct dynsim_memory memory = {shop_take, shop_give, &shop};
        const struct dynsim_options options = {.memory = &memory};
        struct dynsim *sim = (struct dynsim *)&shop;
        struct dynsim_problem problem;
        status = dynsim_new(&sim, b.bytes, b.n, &options, &problem);
        if (status == DYNSIM_NO_MEMORY) {
            assert_null(sim);
            assert_string_equal(problem.text, "there is not enough memory for the simulator");
        }
        dynsim_free(sim);
        assert_int_equal(shop.held, 0);
        assert_int_equal(shop.given, shop.taken);
    }
    assert_int_equal(status, DYNSIM_OK);
    assert_true(k > 3); /* at least the simulator, its lists and its tables */
    release(&b);
}

/* --- the same as the simulator --- */

static struct sim *reference(struct arena *arena, const struct built *b, struct image *image,
                             const struct sim_options *options)
{
    const char *why;
    assert_true(image_decode(arena, device_dynapse2(), b->bytes, b->n, image, &why));
    struct sim *sim = sim_new(arena, image, options, &why);
    assert_non_null(sim);
    return sim;
}

/* Spikes and every state of every declared neuron, bit by bit. */
static uint32_t same_as(const struct dynsim *sim, struct sim *of, const struct image *image,
                        const struct image_unit *unit)
{
    uint32_t n, expected;
    const struct dynsim_spike *spike = dynsim_spikes(sim, &n);
    const uint32_t *site = sim_spikes(of, &expected);
    assert_int_equal(n, expected);
    for (uint32_t i = 0; i < n; i++) {
        assert_int_equal(spike[i].population, unit[site[i]].population);
        assert_int_equal(spike[i].index, unit[site[i]].index);
    }
    for (size_t s = 0; s < image_sites(image); s++)
        for (int k = 0; unit[s].population != UINT32_MAX && k < DYNSIM_N_STATES; k++) {
            double a = dynsim_read(sim, unit[s].population, unit[s].index, (enum dynsim_state)k);
            double b = sim_read(of, s, (enum sim_state)k);
            assert_memory_equal(&a, &b, sizeof a);
        }
    return n;
}

/* Two runs side by side, the second with other neurons: neither knows of the other. The bytes of
 * the image are spoilt as soon as the simulators stand, and begin at an odd address. */
static void bits_of_the_simulator(void **state)
{
    (void)state;
    struct built b;
    build(&b, network, "copies=2");
    for (int use_double = 0; use_double < 2; use_double++) {
        const struct dynsim_options options[2] = {
            {.use_double = use_double, .calcium = true},
            {.use_double = use_double, .dt = 250e-6, .mismatch = 0.2, .mismatch_seed = 9}};
        struct image image[2];
        struct sim *of[2];
        struct dynsim *sim[2];
        uint8_t *odd = malloc(b.n + 1);
        assert_non_null(odd);
        for (int k = 0; k < 2; k++) {
            const struct dynsim_options *o = &options[k];
            const struct sim_options same = {.dt = k ? 250e-6 : 100e-6,
                                             .seed = o->mismatch_seed,
                                             .mismatch = o->mismatch,
                                             .use_double = o->use_double,
                                             .calcium = o->calcium};
            of[k] = reference(&b.arena, &b, &image[k], &same);
            memcpy(odd + 1, b.bytes, b.n);
            assert_int_equal(dynsim_new(&sim[k], odd + 1, b.n, o, NULL), DYNSIM_OK);
            memset(odd, 0xee, b.n + 1);
            assert_true(dynsim_least_tau(sim[k]) == sim_least_tau(of[k]));
        }
        free(odd);
        struct image_unit *unit = image_units(&b.arena, &image[0]);
        struct dice dice = {3};
        uint32_t spikes[2] = {0};
        for (uint32_t step = 0; step < 1500; step++)
            for (int k = 0; k < 2; k++) {
                uint32_t index = (uint32_t)roll(&dice, 12), count = 5 + (uint32_t)roll(&dice, 9);
                assert_true(dynsim_event(sim[k], SRC, index, count));
                assert_true(dynsim_event(sim[k], GO, index % 2, count));
                sim_input(of[k], index, count);
                sim_input(of[k],
                          image[k].inputs.at[SRC].size + image[k].inputs.at[CAM].size
                              + image[k].inputs.at[ECG].size + index % 2,
                          count);
                assert_int_equal(dynsim_steps(sim[k]), step);
                dynsim_step(sim[k]);
                sim_step(of[k]);
                spikes[k] += same_as(sim[k], of[k], &image[k], unit);
            }
        assert_true(spikes[0] > 100 && spikes[1] > 100);
        dynsim_free(sim[0]);
        dynsim_free(sim[1]);
    }
    release(&b);
}

static void names_and_ends(void **state)
{
    (void)state;
    static const char *const population[N_POPULATIONS] = {"e", "i", "d"};
    static const char *const input[N_INPUTS] = {"src", "cam", "ecg", "go"};
    static const uint32_t n_neurons[N_POPULATIONS] = {40, 12, 7},
                          n_units[N_INPUTS] = {12, 6, 64, 2};
    struct built b;
    build(&b, network, NULL);
    struct dynsim *sim = made(&b, NULL);
    uint32_t size;
    assert_int_equal(dynsim_n_populations(sim), N_POPULATIONS);
    assert_int_equal(dynsim_n_inputs(sim), N_INPUTS);
    for (uint32_t p = 0; p < N_POPULATIONS; p++) {
        assert_string_equal(dynsim_population(sim, p, &size), population[p]);
        assert_int_equal(size, n_neurons[p]);
        assert_true(dynsim_read(sim, p, size - 1, DYNSIM_NMDA_SOMA) > 0);
        assert_true(isnan(dynsim_read(sim, p, size, DYNSIM_MEMBRANE)) != 0);
    }
    for (uint32_t i = 0; i < N_INPUTS; i++) {
        assert_string_equal(dynsim_input(sim, i, &size), input[i]);
        assert_int_equal(size, n_units[i]);
        assert_true(dynsim_event(sim, i, size - 1, 1));
        assert_false(dynsim_event(sim, i, size, 1));
    }
    assert_null(dynsim_population(sim, N_POPULATIONS, &size));
    assert_int_equal(size, 0);
    assert_null(dynsim_input(sim, N_INPUTS, &size));
    assert_int_equal(size, 0);
    assert_false(dynsim_event(sim, N_INPUTS, 0, 1));
    assert_true(isnan(dynsim_read(sim, N_POPULATIONS, 0, DYNSIM_MEMBRANE)) != 0);
    assert_true(isnan(dynsim_read(sim, 0, 0, DYNSIM_N_STATES)) != 0);
    assert_string_equal(dynsim_state_name(DYNSIM_MEMBRANE), "membrane");
    assert_string_equal(dynsim_state_name(DYNSIM_NMDA_SOMA), "nmda_soma");
    assert_null(dynsim_state_name(DYNSIM_N_STATES));
    dynsim_free(sim);
    release(&b);
}

static void times_and_steps(void **state)
{
    (void)state;
    struct built b;
    build(&b, network, NULL);
    struct dynsim *sim = made(&b, NULL);
    assert_true(dynsim_dt(sim) == 100e-6);
    assert_int_equal(dynsim_step_of(sim, 0), 0);
    assert_int_equal(dynsim_step_of(sim, 99.999), 0);
    for (uint64_t step = 0; step < 20000; step++)
        assert_int_equal(dynsim_step_of(sim, 100.0 * (double)step), step);
    assert_int_equal(dynsim_step_of(sim, -5), 0);
    assert_int_equal(dynsim_step_of(sim, NAN), 0);
    assert_true(dynsim_step_of(sim, 1e300) == UINT64_MAX);
    assert_true(dynsim_step_of(sim, INFINITY) == UINT64_MAX);
    dynsim_free(sim);
    release(&b);
}

/* --- what is refused --- */

static void refused(const void *bytes, size_t n, const struct dynsim_options *options,
                    enum dynsim_status expected, const char *says)
{
    struct dynsim *sim = NULL;
    struct dynsim_need need = {1, 1, 1};
    struct dynsim_problem problem;
    assert_int_equal(dynsim_new(&sim, bytes, n, options, &problem), expected);
    assert_null(sim);
    if (!strstr(problem.text, says))
        fail_msg("\"%s\" does not say \"%s\"", problem.text, says);
    assert_int_equal(dynsim_need(&need, bytes, n, options, NULL), expected);
    assert_int_equal(need.most + need.kept + need.total, 0);
}

static void options_out_of_range(void **state)
{
    (void)state;
    struct built b;
    build(&b, "examples/01-one-neuron/one_neuron.dyn", NULL);
    const double dt[] = {NAN, -1e-4, INFINITY, 0.99e-12, 9.01e6, -INFINITY};
    for (size_t i = 0; i < sizeof dt / sizeof dt[0]; i++)
        refused(b.bytes, b.n, &(struct dynsim_options){.dt = dt[i]}, DYNSIM_BAD_OPTION,
                "time step");
    const double mismatch[] = {NAN, -1e-9, 1.000001, INFINITY};
    for (size_t i = 0; i < sizeof mismatch / sizeof mismatch[0]; i++)
        refused(b.bytes, b.n, &(struct dynsim_options){.mismatch = mismatch[i]}, DYNSIM_BAD_OPTION,
                "mismatch");
    dynsim_free(made(&b, &(struct dynsim_options){.dt = 1e-12, .mismatch = 1}));
    dynsim_free(made(&b, &(struct dynsim_options){.dt = 9e6}));
    release(&b);
}

static void damaged_images(void **state)
{
    (void)state;
    struct built b;
    build(&b, network, NULL);
    struct dice dice = dice_of_run();
    refused(NULL, 0, NULL, DYNSIM_BAD_IMAGE, "refused");
    refused(NULL, b.n, NULL, DYNSIM_BAD_IMAGE, "refused");
    for (size_t n = 0; n < 700; n++)
        refused(b.bytes, n, NULL, DYNSIM_BAD_IMAGE, "refused");
    refused(b.bytes, b.n - 1, NULL, DYNSIM_BAD_IMAGE, "its header says");
    for (int i = 0; i < 150; i++) {
        uint64_t bit = roll(&dice, 8 * (uint64_t)b.n);
        b.bytes[bit / 8] ^= (uint8_t)(1u << bit % 8);
        refused(b.bytes, b.n, NULL, DYNSIM_BAD_IMAGE, "refused");
        b.bytes[bit / 8] ^= (uint8_t)(1u << bit % 8);
    }
    dynsim_free(made(&b, NULL));
    release(&b);
}

/* A change behind checksums that are right again: refused by what it says, or an image of something
 * else, and then it runs. */
static void strange_images(void **state)
{
    (void)state;
    struct built b;
    build(&b, network, "copies=2");
    struct dice dice = dice_of_run();
    uint32_t count[DYNSIM_NOT_MODELLED + 1] = {0};
    for (int i = 0; i < 150; i++) {
        unsigned section = SECTION_CAM + (unsigned)roll(&dice, SECTION_CHIP - SECTION_CAM + 1);
        uint64_t length = section_length(&b, section);
        uint8_t *byte = b.bytes + section_at(&b, section) + roll(&dice, length < 99 ? length : 99);
        *byte ^= (uint8_t)(1u << roll(&dice, 8));
        w_seal(b.bytes, b.n);
        struct dynsim *sim;
        count[dynsim_new(&sim, b.bytes, b.n, NULL, NULL)]++;
        for (int step = 0; sim && step < 20; step++) {
            push_some(sim, &dice);
            dynsim_step(sim);
        }
        dynsim_free(sim);
        restore(&b);
    }
    assert_true(count[DYNSIM_OK] > 10 && count[DYNSIM_BAD_IMAGE] > 10);
    assert_int_equal(count[DYNSIM_NO_MEMORY] + count[DYNSIM_BAD_OPTION], 0);
    release(&b);
}

static void what_is_not_modelled(void **state)
{
    (void)state;
    struct built b;
    build(&b, "tests/golden/codes/E0803.dyn", NULL);
    refused(b.bytes, b.n, NULL, DYNSIM_NOT_MODELLED, "de_mux");
    release(&b);
    build(&b, network, NULL); /* 20 ms under way, a bit per neuron and step */
    refused(b.bytes, b.n, &(struct dynsim_options){.dt = 1e-12}, DYNSIM_NOT_MODELLED, "256 MiB");
    release(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(all_memory_is_taken_at_the_start),
        cmocka_unit_test(every_refusal_of_memory_is_survived),
        cmocka_unit_test(bits_of_the_simulator),
        cmocka_unit_test(names_and_ends),
        cmocka_unit_test(times_and_steps),
        cmocka_unit_test(options_out_of_range),
        cmocka_unit_test(damaged_images),
        cmocka_unit_test(strange_images),
        cmocka_unit_test(what_is_not_modelled),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
