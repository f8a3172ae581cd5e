/* Reference cases through the simulator's kernel, in double and in float, and made-up ones.
 * links: oracle runtime device base */
#include "tests/oracle/oracle_case.h"

#include <dirent.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

/* --- the shared cases --- */

typedef void case_fn(struct arena *arena, const struct oracle_case *of);

static unsigned cases_of(const char *folder, case_fn *each)
{
    unsigned n = 0;
    DIR *dir = opendir(folder);
    if (!dir) {
        print_message("skipped: no folder %s\n", folder);
        return 0;
    }
    for (struct dirent *entry; (entry = readdir(dir));) {
        char *ending = strstr(entry->d_name, ".in.csv");
        if (!ending)
            continue;
        struct arena arena;
        const char *why;
        arena_init(&arena, NULL);
        char *path =
            arena_printf(&arena, "%s/%.*s", folder, (int)(ending - entry->d_name), entry->d_name);
        const struct oracle_case *of = case_read(&arena, path, &why);
        if (!of)
            fail_msg("%s", why);
        each(&arena, of);
        arena_release(&arena);
        n++;
    }
    closedir(dir);
    return n;
}

/* The project's own copies, and the whole traces where they are there. */
static void for_each_case(case_fn *each)
{
    const char *shared = getenv("DYNC_SHARED");
    char folder[512];
    snprintf(folder, sizeof folder, "%s/oracle", shared ? shared : "../shared");
    unsigned n = cases_of("tests/oracle/traces", each);
    n += cases_of(folder, each);
    if (n == 0)
        skip();
}

static struct case_runner runner_of(struct arena *arena, const struct oracle_case *of)
{
    return of->model == CASE_FOUR_SYNAPSES ? four_synapses_new(arena, of, true)
                                           : single_synapse_new(arena, of);
}

static void replay_double(struct arena *arena, const struct oracle_case *of)
{
    struct case_runner runner = runner_of(arena, of);
    struct case_result result = case_compare(of, &runner);
    print_message("%s: %llu spikes, trace error %.1e\n", of->name,
                  (unsigned long long)result.spikes, result.trace_error);
    assert_int_equal(result.differ, 0);
    assert_true(result.spikes > 0);
    assert_true(result.trace_error <= 1e-8); /* nine printed digits */
}

static void every_case_in_double(void **state)
{
    (void)state;
    for_each_case(replay_double);
}

/* Spikes of a neuron in order; those of the float run lie within a step of the reference's. */
static void replay_float(struct arena *arena, const struct oracle_case *of)
{
    if (of->model != CASE_FOUR_SYNAPSES || !of->has_f32)
        return;
    struct case_runner runner = four_synapses_new(arena, of, false);
    uint32_t *n = ARENA_ARRAY(arena, uint32_t, of->n_neuron), input = 0;
    uint32_t **at = ARENA_ARRAY(arena, uint32_t *, of->n_neuron);
    for (uint32_t i = 0; i < of->n_neuron; i++)
        at[i] = ARENA_ARRAY(arena, uint32_t, of->n_step);
    for (uint32_t step = 0; step < of->n_step; step++) {
        uint32_t first = input;
        while (input < of->input.n && of->input.at[input].step == step)
            input++;
        runner.advance(runner.model, of->input.at + first, input - first);
        for (uint32_t i = 0; i < of->n_neuron; i++)
            if (runner.spikes(runner.model, i) > 0)
                at[i][n[i]++] = step;
    }
    uint32_t *seen = ARENA_ARRAY(arena, uint32_t, of->n_neuron);
    for (uint32_t k = 0; k < of->spk_f32.n; k++) {
        const struct case_event *spike = &of->spk_f32.at[k];
        assert_true(seen[spike->index] < n[spike->index]);
        assert_true(labs((long)at[spike->index][seen[spike->index]++] - (long)spike->step) <= 1);
    }
    for (uint32_t i = 0; i < of->n_neuron; i++)
        assert_int_equal(seen[i], n[i]);
    print_message("%s: %u float spikes\n", of->name, of->spk_f32.n);
}

static void every_case_in_float(void **state)
{
    (void)state;
    for_each_case(replay_float);
}

/* A raster with one cell changed is found, whichever way: the comparison can fail. */
static void replay_damaged(struct arena *arena, const struct oracle_case *of)
{
    struct oracle_case damaged = *of;
    struct case_event_vec spikes = {0};
    for (uint32_t k = 0; k < of->spk_f64.n; k++)
        VEC_PUSH(arena, &spikes, of->spk_f64.at[k]);
    spikes.at[spikes.n / 2].value += 1;
    damaged.spk_f64 = spikes;
    struct case_runner runner = runner_of(arena, of);
    assert_int_equal(case_compare(&damaged, &runner).differ, 1);
    spikes.at[spikes.n / 2].value -= 1;
    damaged.spk_f64.n--;
    runner = runner_of(arena, of);
    assert_int_equal(case_compare(&damaged, &runner).differ, 1);
    damaged.spk_f64.n++;
    if (of->trace.n) {
        damaged.trace.at[of->trace.n / 2].value[CASE_IMEM] *= 1 + 1e-5;
        runner = runner_of(arena, of);
        assert_true(case_compare(&damaged, &runner).trace_error > 9e-6);
    }
}

static void damage_is_found(void **state)
{
    (void)state;
    for_each_case(replay_damaged);
}

/* --- made-up cases: what the format allows --- */

struct made {
    struct arena arena;
    char path[256];
};

static void write_part(const struct made *made, const char *ending, const char *text)
{
    char name[288];
    snprintf(name, sizeof name, "%s%s", made->path, ending);
    FILE *file = fopen(name, "w");
    assert_non_null(file);
    fputs(text, file);
    fclose(file);
}

static const struct oracle_case *make_case(struct made *made, const char *json, const char *input,
                                           const char **why)
{
    const char *folder = getenv("TMPDIR");
    snprintf(made->path, sizeof made->path, "%s/replayXXXXXX", folder ? folder : P_tmpdir);
    int fd = mkstemp(made->path);
    assert_true(fd >= 0);
    close(fd);
    arena_init(&made->arena, NULL);
    write_part(made, ".json", json);
    write_part(made, ".in.csv", input);
    write_part(made, ".spk_f64.csv", "step,neuron,count\n");
    return case_read(&made->arena, made->path, why);
}

static void remove_case(struct made *made)
{
    static const char *const ending[] = {"", ".json", ".in.csv", ".spk_f64.csv"};
    for (size_t i = 0; i < 4; i++) {
        char name[288];
        snprintf(name, sizeof name, "%s%s", made->path, ending[i]);
        unlink(name);
    }
    arena_release(&made->arena);
}

/* Scalars for all neurons, no weights, missing keys, columns in another order, events not sorted.
 */
static void optional_parts_may_be_missing(void **state)
{
    (void)state;
    struct made made;
    const char *why;
    const struct oracle_case *of =
        make_case(&made,
                  "{\"model\":\"old_four_synapse\",\"n_neuron\":3,\"n_step\":5,\"n_channel\":12,"
                  "\"dt\":0.0005,\"params\":{\"Idc\":1e-12,\"Itau_mem\":[5e-12,6e-12,7e-12]},"
                  "\"w_in\":null}",
                  "value,step,channel\n6e-8,3,4\n1e-8,0,0\n2e-8,0,11\n", &why);
    assert_non_null(of);
    assert_int_equal(of->input.at[2].step, 3);
    assert_true(case_param(&made.arena, of, "Idc", 0)[2] >= 1e-12);
    assert_true(case_param(&made.arena, of, "C_mem", 3e-12)[1] >= 3e-12);
    struct case_runner runner = four_synapses_new(&made.arena, of, true);
    runner.advance(runner.model, of->input.at, 2);
    double ampa = runner.state(runner.model, 0, CASE_IAMPA);
    assert_true(ampa > 6e-13); /* 4 channels per neuron: channel 0 is AMPA of neuron 0 ... */
    assert_true(runner.state(runner.model, 2, CASE_ISHUNT) > ampa); /* ... 11 SHUNT of neuron 2 */
    assert_true(runner.state(runner.model, 2, CASE_IAMPA) < 6e-13);
    remove_case(&made);
}

/* Two neurons; the first excites the second one step later through w_rec. */
static void recurrent_weights_act_in_the_next_step(void **state)
{
    (void)state;
    struct made made;
    const char *why;
    const struct oracle_case *of =
        make_case(&made,
                  "{\"model\":\"old_four_synapse\",\"n_neuron\":2,\"n_step\":50,\"n_channel\":1,"
                  "\"dt\":0.001,\"params\":{\"Idc\":[1e-8,5e-13]},\"w_in\":[[[0,0,0,0],[0,0,0,0]]],"
                  "\"w_rec\":[[[0,0,0,0],[0,0,6e-8,0]],[[0,0,0,0],[0,0,0,0]]]}",
                  "step,channel,value\n", &why);
    assert_non_null(of);
    struct case_runner runner = four_synapses_new(&made.arena, of, true);
    int step = 0;
    do {
        runner.advance(runner.model, NULL, 0);
        assert_true(runner.state(runner.model, 1, CASE_INMDA) < 6e-13);
        assert_true(++step < 50);
    } while (!(runner.spikes(runner.model, 0) > 0));
    runner.advance(runner.model, NULL, 0);
    assert_true(runner.state(runner.model, 1, CASE_INMDA) > 1e-11);
    remove_case(&made);
}

static void single_synapse_without_weights(void **state)
{
    (void)state;
    struct made made;
    const char *why;
    const struct oracle_case *of =
        make_case(&made,
                  "{\"model\":\"head_single_synapse\",\"n_neuron\":2,\"n_step\":2,"
                  "\"n_channel\":2,\"dt\":0.001,\"Iscale\":1e-8,\"params\":{}}",
                  "step,channel,value\n0,1,3\n", &why);
    assert_non_null(of);
    struct case_runner runner = single_synapse_new(&made.arena, of);
    runner.advance(runner.model, of->input.at, 1);
    assert_true(runner.state(runner.model, 0, CASE_ISYN) < 6e-13);
    assert_true(runner.state(runner.model, 1, CASE_ISYN) > 1e-9);
    remove_case(&made);
}

static void broken_cases_are_refused(void **state)
{
    (void)state;
    static const struct {
        const char *json, *input, *word;
    } row[] = {
        {"{", "step,channel,value\n", "json"},
        {"[]", "step,channel,value\n", "no object"},
        {"{\"n_neuron\":0}", "step,channel,value\n", "no neurons"},
        {"{\"n_neuron\":-1}", "step,channel,value\n", "n_neuron"},
        {"{\"n_neuron\":2,\"params\":{\"Idc\":[1,2,3]}}", "step,channel,value\n", "Idc"},
        {"{\"n_neuron\":2,\"n_channel\":1,\"w_in\":[[1]]}", "step,channel,value\n", "w_in"},
        {"{\"n_neuron\":2,\"n_channel\":1}", "step,channel,value\n0,1,1\n", "no channel"},
        {"{\"n_neuron\":2,\"n_channel\":1}", "step,channel,value\n0,1\n", "too short"},
    };
    for (size_t i = 0; i < sizeof row / sizeof row[0]; i++) {
        struct made made;
        const char *why = "";
        assert_null(make_case(&made, row[i].json, row[i].input, &why));
        if (!strstr(why, row[i].word))
            fail_msg("`%s` does not hold `%s`", why, row[i].word);
        remove_case(&made);
    }
    struct arena arena;
    const char *why;
    arena_init(&arena, NULL);
    assert_null(case_read(&arena, "/nowhere/at/all", &why));
    arena_release(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_case_in_double),
        cmocka_unit_test(every_case_in_float),
        cmocka_unit_test(damage_is_found),
        cmocka_unit_test(optional_parts_may_be_missing),
        cmocka_unit_test(recurrent_weights_act_in_the_next_step),
        cmocka_unit_test(single_synapse_without_weights),
        cmocka_unit_test(broken_cases_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
