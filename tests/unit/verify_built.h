/* A network built in memory, up to the bytes of its image, and the judgement of spoilt copies. */
#ifndef DYNC_VERIFY_BUILT_H
#define DYNC_VERIFY_BUILT_H

#include "backend/verify/verify.h"
#include "compiler/driver.h"
#include "compiler/reverify.h"
#include "compiler/version.h"
#include "tests/unit/verify_image_writer.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>

enum { SECTION_META, SECTION_CAM, SECTION_SRAM, SECTION_BIAS, SECTION_LATCH, SECTION_INPUT };
enum { SECTION_PROBE = 6, SECTION_SYMBOLS = 7, SECTION_CHIP = 8 };

struct built {
    const char *path;
    struct options options;
    struct driver driver;
    struct arena arena; /* of options, and of the copies */
    uint8_t *bytes;     /* a copy to spoil */
    size_t n;
};

static inline void build(struct built *b, const char *path, const char *define)
{
    memset(b, 0, sizeof *b);
    b->path = path;
    arena_init(&b->arena, NULL);
    if (define)
        VEC_PUSH(&b->arena, &b->options.defines, define);
    driver_init(&b->driver, NULL, &b->options);
    source_set_init(&b->driver.sources, &b->driver.arena, ".");
    diag_sink_init(&b->driver.sink, &b->driver.arena);
    text_init(&b->driver.out, &b->driver.arena);
    if (!driver_check(&b->driver, path) || !driver_place(&b->driver) || !driver_emit(&b->driver))
        fail_msg("%s does not build: %s", path,
                 b->driver.sink.all.n ? b->driver.sink.all.at[0]->message : "no reason given");
    b->n = b->driver.n_bytes;
    b->bytes = memcpy(arena_alloc(&b->arena, b->n, 1), b->driver.bytes, b->n);
}

static inline void release(struct built *b)
{
    driver_release(&b->driver);
    arena_release(&b->arena);
}

static inline void restore(struct built *b)
{
    memcpy(b->bytes, b->driver.bytes, b->n);
}

static inline uint64_t section_at(const struct built *b, unsigned section)
{
    return w_get(b->driver.bytes + 24 + 32 * section + 8, 8);
}

static inline uint64_t section_length(const struct built *b, unsigned section)
{
    return w_get(b->driver.bytes + 24 + 32 * section + 16, 8);
}

/* Number of the first check a message names; 0: none is named. */
static inline int check_named(const struct diag_sink *sink)
{
    int check;
    for (uint32_t i = 0; i < sink->all.n; i++)
        if (sscanf(sink->all.at[i]->message, "image check V%d:", &check) == 1)
            return check;
    return 0;
}

/* As dync-verify does: META, source again, all checks. `elaborated` false: the network is known,
 * only the bytes are read again. -1: accepted; else the check that refused, 0 if none is named. */
static inline int refused_by(const struct built *b, bool elaborate)
{
    struct arena arena;
    struct diag_sink sink;
    struct source_set sources;
    arena_init(&arena, NULL);
    diag_sink_init(&sink, &arena);
    const struct front_files files = {.path = b->path};
    bool accepted = elaborate ? reverify(&arena, &sources, &files, b->bytes, b->n, DYNC_VERSION,
                                         b->driver.device, &sink)
                              : verify_image(&arena, &b->driver.elaboration.net, DYNC_VERSION,
                                             b->bytes, b->n, &sink);
    int check = accepted ? -1 : check_named(&sink);
    int code = diag_exit_code(&sink);
    if (!accepted)
        assert_true(code == 5 || code == 6 || code == 1 || code == 2);
    arena_release(&arena);
    return check;
}

struct dice {
    uint64_t state;
};

static inline uint64_t roll(struct dice *dice, uint64_t n)
{
    uint64_t z = dice->state += 0x9E3779B97F4A7C15u;
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
    return (z ^ (z >> 31)) % n;
}

/* The seed of this run: from the environment, else a fixed one; printed so that it can be repeated.
 */
static inline struct dice dice_of_run(void)
{
    const char *given = getenv("DYNC_TEST_SEED");
    uint64_t seed = given ? strtoull(given, NULL, 10) : 1;
    print_message("seed %llu (DYNC_TEST_SEED)\n", (unsigned long long)seed);
    return (struct dice){seed};
}

#endif
