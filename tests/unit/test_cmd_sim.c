/* The sim command: stimulus files, streams, messages.
 * links: compiler grammar runtime backend device base */
#include "tests/unit/sim_board.h"

#include "compiler/cmd_sim.h"
#include "compiler/net.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>

struct fixture {
    struct sim_board b;
    struct source_set sources;
    struct diag_sink sink;
    struct text out;
    struct sim_request request;
    char folder[64];
};

static const char *path(struct fixture *f, const char *name)
{
    return arena_printf(&f->b.arena, "%s/%s", f->folder, name);
}

static void write_file(struct fixture *f, const char *name, const char *text)
{
    FILE *file = fopen(path(f, name), "w");
    assert_non_null(file);
    fputs(text, file);
    fclose(file);
}

static const char *file_text(struct fixture *f, const char *name)
{
    FILE *file = fopen(path(f, name), "r");
    if (!file)
        return NULL;
    char *text = ARENA_ARRAY(&f->b.arena, char, 1 << 20);
    size_t n = fread(text, 1, (1 << 20) - 1, file);
    text[n] = 0;
    fclose(file);
    return text;
}

static void add_probe(struct fixture *f, uint8_t kind, uint8_t unit_kind, uint32_t object,
                      uint32_t n)
{
    struct image_probe probe = {.kind = kind, .unit_kind = unit_kind, .object = object};
    probe.n_units = n;
    probe.unit = ARENA_ARRAY(&f->b.arena, uint32_t, n);
    for (uint32_t i = 0; i < n; i++)
        probe.unit[i] = i;
    VEC_PUSH(&f->b.arena, &f->b.image.probes, probe);
}

/* Two neurons that fire once per strong event of `src[0]` and `src[1]`, and an input `go` of one.
 */
static int set_up(void **state)
{
    static struct fixture fixture;
    struct fixture *f = &fixture;
    memset(f, 0, sizeof *f);
    strcpy(f->folder, "test_cmd_sim.XXXXXX");
    assert_non_null(mkdtemp(f->folder));
    sim_board_one_chip(&f->b, 2);
    double uk = f->b.device.ut / f->b.device.kappa;
    sim_board_bias(&f->b, 0, BIAS_SOIF_LEAK_N, uk * f->b.device.c_mem / 5e-3);
    sim_board_bias(&f->b, 0, BIAS_SOIF_GAIN_N, 4 * uk * f->b.device.c_mem / 5e-3);
    sim_board_bias(&f->b, 0, BIAS_SOIF_SPKTHR_P, 1e-9);
    sim_board_bias(&f->b, 0, BIAS_DEAM_ETAU_P, uk * f->b.device.c_ampa / 2e-3);
    sim_board_bias(&f->b, 0, BIAS_DEAM_EGAIN_P, 100 * uk * f->b.device.c_ampa / 2e-3);
    sim_board_bias(&f->b, 0, BIAS_SYAM_W0_P, 300e-9);
    sim_board_listen(&f->b, 0, 10, AMPA, 1);
    sim_board_listen(&f->b, 1, 11, AMPA, 1);
    sim_board_input(&f->b, "src", 2, 1, 10);
    sim_board_input(&f->b, "go", 1, 1, 12);
    add_probe(f, PROBE_SPIKES, 0, 0, 2);
    source_set_init(&f->sources, &f->b.arena, ".");
    diag_sink_init(&f->sink, &f->b.arena);
    text_init(&f->out, &f->b.arena);
    f->request = (struct sim_request){.image = &f->b.image, .duration = 0.02};
    *state = f;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *f = *state;
    char command[128];
    snprintf(command, sizeof command, "rm -rf %s", f->folder);
    int status = system(command);
    arena_release(&f->b.arena);
    return status;
}

static bool run(struct fixture *f)
{
    return cmd_sim(&f->b.arena, &f->sources, &f->request, &f->sink, &f->out);
}

static bool run_stimulus(struct fixture *f, const char *text)
{
    write_file(f, "in.csv", text);
    f->request.stimulus = path(f, "in.csv");
    return run(f);
}

/* Every line of a spike file of one probe, as (time, unit). */
static uint32_t spikes_of(const char *text, double *time, uint32_t *unit, uint32_t most)
{
    uint32_t n = 0;
    const char *at = strchr(text, '\n');
    for (; at && at[1] && n < most; at = strchr(at + 1, '\n'), n++)
        assert_int_equal(sscanf(at + 1, "%lf,%u", &time[n], &unit[n]), 2);
    return n;
}

/* --- runs --- */

static void spikes_follow_their_events(void **state)
{
    struct fixture *f = *state;
    double time[100];
    uint32_t unit[100], counts[2] = {0};
    f->request.spikes = path(f, "out.csv");
    assert_true(run_stimulus(f, "time_us,input,index\n1000,src,0\n10000,src,1\n"));
    const char *text = file_text(f, "out.csv");
    assert_memory_equal(text, "time_us,unit\n", 13);
    uint32_t n = spikes_of(text, time, unit, 100);
    assert_true(n >= 2);
    for (uint32_t i = 0; i < n; i++) {
        assert_true(i == 0 || time[i] >= time[i - 1]);
        assert_true(time[i] > (unit[i] ? 10000 : 1000) && time[i] <= 20000);
        counts[unit[i]]++;
    }
    assert_true(counts[0] > 0 && counts[1] > 0);
    assert_null(file_text(f, "out.csv.partial"));
    assert_non_null(strstr(f->out.at, "200 steps of 100 us"));
    assert_non_null(strstr(f->out.at, "cell"));
    assert_int_equal(f->sink.n_errors, 0);
}

/* Columns in any order, `unit` for `index`, comments, blanks, CRLF, no order in time. */
static void headers_decide(void **state)
{
    struct fixture *f = *state;
    f->request.spikes = path(f, "a.csv");
    assert_true(run_stimulus(f, "time_us,input,index\n1000,src,0\n10000,src,1\n12500.5,go,0\n"));
    f->request.spikes = path(f, "b.csv");
    assert_true(run_stimulus(f, "# made by hand\n\nunit , extra,time_us,input\r\n"
                                "0,x,1.25005e4,go\r\n1,,1e4,src\r\n\r\n 0 ,\"y\", 1000. ,src\r\n"));
    assert_string_equal(file_text(f, "a.csv"), file_text(f, "b.csv"));
}

static void one_input_needs_no_name(void **state)
{
    struct fixture *f = *state;
    f->b.image.inputs.n = 1;
    f->request.spikes = path(f, "a.csv");
    assert_true(run_stimulus(f, "time_us,index\n1000,0\n"));
    assert_true(strlen(file_text(f, "a.csv")) > 15);
}

/* Spikes of inputs are echoed; several probes of one file are told apart by their source. */
static void several_probes_have_a_source_column(void **state)
{
    struct fixture *f = *state;
    add_probe(f, PROBE_SPIKES, 1, 1, 1);
    f->request.spikes = path(f, "out.csv");
    assert_true(run_stimulus(f, "time_us,input,index\n1000,src,0\n3000,go,0\n3000,go,0\n"));
    const char *text = file_text(f, "out.csv");
    assert_memory_equal(text, "source,time_us,unit\n", 20);
    assert_non_null(strstr(text, "\ncell,"));
    assert_non_null(strstr(text, "\ngo,3100,0\ngo,3100,0\n"));
    assert_null(strstr(text, "src"));
}

static void traces_hold_every_step(void **state)
{
    struct fixture *f = *state;
    uint32_t lines = 0;
    add_probe(f, PROBE_MEMBRANE, 0, 0, 1);
    add_probe(f, PROBE_AMPA_CURRENT, 0, 0, 2);
    f->request.trace = path(f, "trace.csv");
    f->request.dt = 33.5e-6;
    f->request.duration = 67e-6;
    assert_true(run(f));
    const char *text = file_text(f, "trace.csv");
    assert_memory_equal(text, "time_us,source,unit,state,value\n33.5,cell,0,membrane,", 53);
    assert_non_null(strstr(text, "\n33.5,cell,0,vmem,0\n33.5,cell,0,ampa,"));
    assert_non_null(strstr(text, "\n67,cell,1,ampa,"));
    for (; (text = strchr(text, '\n')); text++)
        lines++;
    assert_int_equal(lines, 1 + 2 * 4);
}

/* A probed calcium current is simulated: silent at first, then charged by the cell's own spikes. */
static void calcium_is_traced(void **state)
{
    struct fixture *f = *state;
    sim_board_bias(&f->b, 0, BIAS_SOCA_W_N, 10e-9);
    sim_board_bias(&f->b, 0, BIAS_SOCA_GAIN_P, 1e-9);
    sim_board_bias(&f->b, 0, BIAS_SOCA_TAU_P, 20e-12);
    add_probe(f, PROBE_CALCIUM, 0, 0, 1);
    f->request.trace = path(f, "trace.csv");
    assert_true(run_stimulus(f, "time_us,input,index\n1000,src,0\n"));
    const char *text = file_text(f, "trace.csv"), *last = text;
    assert_non_null(strstr(text, "\n100,cell,0,calcium,0\n"));
    while (strstr(last, ",calcium,"))
        last = strstr(last, ",calcium,") + 9;
    assert_true(strtod(last, NULL) > 1e-13);
}

static void coarse_steps_are_warned_of(void **state)
{
    struct fixture *f = *state;
    f->request.dt = 190e-6; /* a tenth of the AMPA time constant, 2 ms less the code's error */
    assert_true(run(f));
    assert_int_equal(f->sink.n_warnings, 0);
    f->request.dt = 210e-6;
    assert_true(run(f));
    assert_int_equal(f->sink.n_warnings, 1);
    assert_int_equal(f->sink.all.at[0]->code, DIAG_W0717);
}

/* --- faults --- */

static void expect_fault(struct fixture *f, enum diag_code code, const char *word)
{
    assert_true(f->sink.n_errors > 0);
    const struct diag *diag = f->sink.all.at[f->sink.all.n - 1];
    assert_int_equal(diag->code, code);
    if (!strstr(diag->message, word))
        fail_msg("`%s` does not hold `%s`", diag->message, word);
}

static void bad_stimuli_are_refused(void **state)
{
    struct fixture *f = *state;
    static const struct {
        const char *text, *word;
    } row[] = {
        {"", "no header"},
        {"1000,src,0\n", "`time_us`"},
        {"time_us,input\n", "`index`"},
        {"time_us,index\n1,0\n", "`input`"},
        {"time_us,input,index\n1,srv,0\n", "no input `srv`"},
        {"time_us,input,index\n1,src,2\n", "0 to 1"},
        {"time_us,input,index\n1,go,99999999999999999999\n", "1 units"},
        {"time_us,input,index\n1,src,-1\n", "column 3 is not an index"},
        {"time_us,input,index\n1,src,0.5\n", "not an index"},
        {"time_us,input,index\nn/a,src,0\n", "column 1 is not a time"},
        {"time_us,input,index\n-5,src,0\n", "not a time"},
        {"time_us,input,index\n0x10,src,0\n", "not a time"},
        {"time_us,input,index\n1e,src,0\n", "not a time"},
        {"time_us,input,index\nnan,src,0\n", "not a time"},
        {"time_us,input,index\n,src,0\n", "not a time"},
        {"time_us,input,index\n20000,src,0\n", "ends at 20000 us"},
        {"time_us,input,index\n1e300,src,0\n", "ends at"},
        {"time_us,input,index\n\n1,src\n", "3 columns, this line 2"},
        {"time_us,input,index\n1,src,0,0\n", "3 columns, this line 4"},
    };
    f->request.spikes = path(f, "out.csv");
    for (size_t i = 0; i < sizeof row / sizeof row[0]; i++) {
        assert_false(run_stimulus(f, row[i].text));
        expect_fault(f, DIAG_E0604, row[i].word);
        assert_null(file_text(f, "out.csv"));
        assert_null(file_text(f, "out.csv.partial"));
    }
    assert_true(run_stimulus(f, "time_us,input,index\n19999.999,src,0\n"));
}

static void faults_name_line_and_suggestion(void **state)
{
    struct fixture *f = *state;
    assert_false(run_stimulus(f, "time_us,input,index\n1,src,0\n2,srx,0\n3,src,7\n"));
    assert_int_equal(f->sink.n_errors, 2);
    const struct diag *diag = f->sink.all.at[0];
    assert_non_null(strstr(diag->message, "\":3:"));
    assert_string_equal(diag->fixes.at[0].replacement, "src");
    struct span span = diag->labels.at[0].span;
    assert_memory_equal(f->sources.files.at[span.file]->text + span.begin, "srx", 3);
    assert_int_equal(span.end - span.begin, 3);
}

static void missing_files_are_named(void **state)
{
    struct fixture *f = *state;
    f->request.stimulus = path(f, "none.csv");
    assert_false(run(f));
    expect_fault(f, DIAG_E0601, "none.csv");
    f->request.stimulus = NULL;
    f->request.spikes = path(f, "no/such/folder.csv");
    assert_false(run(f));
    expect_fault(f, DIAG_E0601, "folder.csv");
}

static void a_full_disk_is_reported(void **state)
{
    struct fixture *f = *state;
    if (access("/dev/full", W_OK) != 0)
        skip();
    f->request.spikes = "/dev/full";
    assert_false(run(f));
    expect_fault(f, DIAG_E0904, "/dev/full");
    assert_int_equal(diag_exit_code(&f->sink), 5);
    assert_int_equal(f->out.n, 0);
}

/* What was there before stays until the run is complete; an interrupt keeps what was computed. */
static void interrupts_leave_the_partial_file(void **state)
{
    struct fixture *f = *state;
    static volatile sig_atomic_t stop = 1;
    write_file(f, "out.csv", "old\n");
    f->request.spikes = path(f, "out.csv");
    f->request.interrupted = &stop;
    assert_false(run(f));
    assert_string_equal(file_text(f, "out.csv"), "old\n");
    assert_string_equal(file_text(f, "out.csv.partial"), "time_us,unit\n");
    stop = 0;
    assert_true(run(f));
    assert_string_equal(file_text(f, "out.csv"), "time_us,unit\n");
    assert_null(file_text(f, "out.csv.partial"));
}

static void circuits_not_modelled_end_the_run(void **state)
{
    struct fixture *f = *state;
    sim_board_latch(&f->b, 1, LATCH_de_mux);
    f->request.spikes = path(f, "out.csv");
    assert_false(run(f));
    expect_fault(f, DIAG_E0803, "`cell[1]`");
    assert_int_equal(diag_exit_code(&f->sink), 5);
    assert_null(file_text(f, "out.csv.partial"));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(spikes_follow_their_events),
        TEST(headers_decide),
        TEST(one_input_needs_no_name),
        TEST(several_probes_have_a_source_column),
        TEST(traces_hold_every_step),
        TEST(calcium_is_traced),
        TEST(coarse_steps_are_warned_of),
        TEST(bad_stimuli_are_refused),
        TEST(faults_name_line_and_suggestion),
        TEST(missing_files_are_named),
        TEST(a_full_disk_is_reported),
        TEST(interrupts_leave_the_partial_file),
        TEST(circuits_not_modelled_end_the_run),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
