/* Data files: .npy, matrices, pair lists and spike lists in CSV, stimulus files. The first byte
 * chooses the reader, the others are the file. What is refused has a message. */
#include "compiler/cmd_sim_stimulus.h"
#include "compiler/eval_parts.h"
#include "compiler/load.h"
#include "compiler/load_csv.h"
#include "tests/fuzz/fuzz.h"

#include <math.h>
#include <sys/mman.h>
#include <unistd.h>

enum { DATA_CELLS = 1 << 16, DATA_UNITS = 12 };
static const struct span data_place = {0, 1, 0};

static void check_matrix(const struct matrix *m)
{
    FUZZ_REQUIRE(m->rows > 0 && m->cols > 0 && (uint64_t)m->rows * m->cols <= DATA_CELLS);
    for (uint64_t i = 0; m->kind == VALUE_REAL && i < (uint64_t)m->rows * m->cols; i++)
        FUZZ_REQUIRE(isfinite(m->real[i]));
}

static void data_npy(struct fuzz_run *run)
{
    struct matrix matrix;
    enum diag_code code;
    const char *why = NULL;
    if (npy_read(&run->arena, run->data, run->size, DATA_CELLS, &matrix, &code, &why))
        check_matrix(&matrix);
    else
        FUZZ_REQUIRE(why && why[0]);
}

static void data_eval(struct fuzz_run *run, struct eval *eval, struct elaboration *out)
{
    VEC_PUSH(&run->arena, &out->net.inputs, (struct input){.name = "a", .size = DATA_UNITS});
    out->net.inputs.at[0].dims = (struct dims){1, {DATA_UNITS}};
    eval_init(eval, &run->arena, &run->sources, &run->sink, &run->device, out);
    eval->limits.data_cells = DATA_CELLS;
    eval->limits.data_bytes = FUZZ_BYTES;
    eval->limits.edges = DATA_CELLS;
}

static void data_matrix(struct fuzz_run *run)
{
    struct eval eval;
    struct elaboration out = {0};
    data_eval(run, &eval, &out);
    const struct matrix *matrix = csv_matrix(&eval, "fuzz.csv", data_place, 0);
    FUZZ_REQUIRE((matrix != NULL) != diag_has_errors(&run->sink));
    if (matrix)
        check_matrix(matrix);
}

static void data_pairs(struct fuzz_run *run)
{
    struct eval eval;
    struct elaboration out = {0};
    data_eval(run, &eval, &out);
    const struct pair_list *pairs = csv_pairs(&eval, "fuzz.csv", data_place, 0);
    FUZZ_REQUIRE((pairs != NULL) != diag_has_errors(&run->sink));
    for (uint32_t i = 1; pairs && i < pairs->n; i++)
        FUZZ_REQUIRE(pairs->line[i] > pairs->line[i - 1]);
}

static void data_spikes(struct fuzz_run *run)
{
    struct eval eval;
    struct elaboration out = {0};
    struct stimulus of[DATA_UNITS] = {0};
    const struct view view = {
        .kind = UNIT_INPUT, .dims = {1, {DATA_UNITS}}, .stride = {1}, .size = DATA_UNITS};
    data_eval(run, &eval, &out);
    bool ok = csv_stimulus(&eval, "fuzz.csv", data_place, 0, &view, of);
    FUZZ_REQUIRE(ok != diag_has_errors(&run->sink));
    for (uint32_t u = 0; ok && u < DATA_UNITS; u++)
        for (uint32_t i = 1; i < of[u].n_times; i++)
            FUZZ_REQUIRE(of[u].times_ps[i] >= of[u].times_ps[i - 1]);
}

static void check_events(const struct stimulus_event_vec *events)
{
    for (uint32_t i = 0; i < events->n; i++) {
        FUZZ_REQUIRE(events->at[i].unit < DATA_UNITS && events->at[i].time_us < 1e6);
        FUZZ_REQUIRE(i == 0 || events->at[i].time_us >= events->at[i - 1].time_us);
    }
}

static void data_stimulus(struct fuzz_run *run)
{
    struct image image = {0};
    struct stimulus_event_vec events = {0};
    char path[64];
    int fd = memfd_create("stimulus", MFD_CLOEXEC);
    FUZZ_REQUIRE(fd >= 0 && write(fd, run->data, run->size) == (ssize_t)run->size);
    snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    VEC_PUSH(&run->arena, &image.inputs, (struct image_input){.name = "a", .size = DATA_UNITS - 5});
    VEC_PUSH(&run->arena, &image.inputs, (struct image_input){.name = "in.b", .size = 5});
    bool ok = stimulus_read(&run->arena, &run->sources, &image, path, 1e6, &run->sink, &events);
    close(fd);
    FUZZ_REQUIRE(ok != diag_has_errors(&run->sink));
    if (ok)
        check_events(&events);
}

static void data_phase(void *context)
{
    static void (*const reader[])(struct fuzz_run *) = {data_npy, data_matrix, data_pairs,
                                                        data_spikes, data_stimulus};
    struct fuzz_run *run = context;
    uint8_t which = run->size ? *run->data : 0;
    if (run->size) {
        run->data++;
        run->size--;
    }
    fuzz_open(run, "fuzz.csv");
    reader[which % (sizeof reader / sizeof reader[0])](run);
    fuzz_check_sink(run);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    return fuzz_with(data, size, data_phase);
}
