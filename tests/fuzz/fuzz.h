/* What the fuzz targets share: a chip so small that one run takes milliseconds, a run whose memory
 * is bounded, and the findings common to all targets.
 *
 * A target is a file fuzz_NAME.c with LLVMFuzzerTestOneInput; it ends the process on a finding. The
 * Makefile links each with libFuzzer and the sanitizers; tests/unit/test_fuzz_corpus.c replays
 * tests/fuzz/corpus/NAME through the same functions with any compiler.
 */
#ifndef DYNC_FUZZ_H
#define DYNC_FUZZ_H

#include "backend/device/device.h"
#include "compiler/base/render.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* small_layout.c gives the verifier the same sizes. */
enum { SMALL_CORES = 2, SMALL_NEURONS = 16, SMALL_CELLS = 8, SMALL_TAGS = 64, SMALL_SIDE = 2 };
enum { FUZZ_BYTES = 1 << 26 };

static inline struct device fuzz_device(void)
{
    struct device device = *device_dynapse2();
    device.cores_per_chip = SMALL_CORES;
    device.neurons_per_core = SMALL_NEURONS;
    device.cam_words = SMALL_CELLS;
    device.tags = SMALL_TAGS;
    device.max_chips_per_axis = SMALL_SIDE;
    return device;
}

#define FUZZ_REQUIRE(holds)                                                                        \
    do {                                                                                           \
        if (!(holds)) {                                                                            \
            fprintf(stderr, "%s:%d: finding: %s\n", __FILE__, __LINE__, #holds);                   \
            abort();                                                                               \
        }                                                                                          \
    } while (0)

struct fuzz_run {
    const uint8_t *data;
    size_t size;
    struct oom_trap trap;
    struct arena arena;
    struct device device;
    struct source_set sources;
    struct diag_sink sink;
};

static inline void fuzz_check_span(const struct source_set *sources, struct span span)
{
    if (span.file == SPAN_NOWHERE)
        return;
    FUZZ_REQUIRE(span.file < sources->files.n);
    FUZZ_REQUIRE(span.begin <= span.end);
    FUZZ_REQUIRE(span.end <= sources->files.at[span.file]->size + 1);
}

/* Every finding has words, places lie inside their file, and both forms can be printed. */
static inline void fuzz_check_sink(struct fuzz_run *run)
{
    for (uint32_t i = 0; i < run->sink.all.n; i++) {
        const struct diag *diag = run->sink.all.at[i];
        FUZZ_REQUIRE(diag->message && diag->message[0]);
        for (uint32_t k = 0; k < diag->labels.n; k++)
            fuzz_check_span(&run->sources, diag->labels.at[k].span);
        for (uint32_t k = 0; k < diag->notes.n; k++)
            fuzz_check_span(&run->sources, diag->notes.at[k].span);
        for (uint32_t k = 0; k < diag->fixes.n; k++)
            fuzz_check_span(&run->sources, diag->fixes.at[k].span);
    }
    const struct render_options text = {.format = RENDER_TEXT, .color = true};
    const struct render_options json = {.format = RENDER_JSON};
    const char *shown = render_all(&run->arena, &run->sources, &run->sink, &text);
    FUZZ_REQUIRE((shown[0] != 0) == (run->sink.all.n > 0));
    render_all(&run->arena, &run->sources, &run->sink, &json);
}

/* Runs `phase` on a fresh fuzz_run with the bytes as file 0, "fuzz.dyn"; running out of the bounded
 * memory ends it quietly. */
static inline int fuzz_with(const uint8_t *data, size_t size, void (*phase)(void *))
{
    struct fuzz_run run = {.data = data, .size = size, .device = fuzz_device()};
    oom_trap_init(&run.trap);
    run.trap.bytes_limit = FUZZ_BYTES;
    arena_init(&run.arena, &run.trap);
    phase_run(&run.trap, phase, &run);
    arena_release(&run.arena);
    FUZZ_REQUIRE(run.trap.bytes == 0);
    return 0;
}

/* Root of the files that inputs may load. */
#define FUZZ_ROOT "tests/fuzz/files"

static inline void fuzz_open(struct fuzz_run *run, const char *name)
{
    source_set_init(&run->sources, &run->arena, FUZZ_ROOT);
    diag_sink_init(&run->sink, &run->arena);
    source_add(&run->sources, name, (const char *)run->data, run->size);
    run->sources.files.at[0]->in_image = true;
}

#endif
