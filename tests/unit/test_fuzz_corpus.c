/* The inputs that fuzzing found to matter, through the functions that fuzzing runs: each target of
 * tests/fuzz reads every file of its corpus. A finding ends the program; the file is named before.
 * links: backend compiler grammar mapper verify device base */
#define LLVMFuzzerTestOneInput input_of_parse
#include "tests/fuzz/fuzz_parse.c"
#undef LLVMFuzzerTestOneInput
#define LLVMFuzzerTestOneInput input_of_front
#include "tests/fuzz/fuzz_front.c"
#undef LLVMFuzzerTestOneInput
#define LLVMFuzzerTestOneInput input_of_build
#include "tests/fuzz/fuzz_build.c"
#undef LLVMFuzzerTestOneInput
#define LLVMFuzzerTestOneInput input_of_image
#include "tests/fuzz/fuzz_image.c"
#undef LLVMFuzzerTestOneInput
#define LLVMFuzzerTestOneInput input_of_listing
#include "tests/fuzz/fuzz_listing.c"
#undef LLVMFuzzerTestOneInput
#define LLVMFuzzerTestOneInput input_of_data
#include "tests/fuzz/fuzz_data.c"
#undef LLVMFuzzerTestOneInput

#define LLVMFuzzerTestOneInput input_of_format
#include "tests/fuzz/fuzz_format.c"
#undef LLVMFuzzerTestOneInput

#define LLVMFuzzerTestOneInput input_of_render
#include "tests/fuzz/fuzz_render.c"
#undef LLVMFuzzerTestOneInput

#include "tests/fuzz/small_layout.c"

#include "compiler/base/outfile.h"

#include <dirent.h>
#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

enum { LARGEST_INPUT = 1 << 20 };

static void replay_file(const char *path, int (*target)(const uint8_t *, size_t))
{
    struct arena arena;
    uint8_t *bytes;
    size_t n;
    const char *why;
    arena_init(&arena, NULL);
    if (!read_whole(&arena, path, LARGEST_INPUT, &bytes, &n, &why))
        fail_msg("%s: %s", path, why);
    fprintf(stderr, "%s\n", path);
    target(bytes, n);
    arena_release(&arena);
}

static void replay(const char *name, int (*target)(const uint8_t *, size_t))
{
    char path[512];
    uint32_t n = 0;
    snprintf(path, sizeof path, "tests/fuzz/corpus/%s", name);
    DIR *folder = opendir(path);
    if (!folder)
        fail_msg("%s cannot be read", path);
    for (struct dirent *entry = readdir(folder); entry; entry = readdir(folder)) {
        if (entry->d_name[0] == '.')
            continue;
        snprintf(path, sizeof path, "tests/fuzz/corpus/%s/%s", name, entry->d_name);
        replay_file(path, target);
        n++;
    }
    closedir(folder);
    assert_true(n > 0);
}

#define REPLAY(name)                                                                               \
    static void name##_inputs(void **state)                                                        \
    {                                                                                              \
        (void)state;                                                                               \
        replay(#name, input_of_##name);                                                            \
    }
REPLAY(parse)
REPLAY(front)
REPLAY(build)
REPLAY(image)
REPLAY(listing)
REPLAY(data)
REPLAY(format)
REPLAY(render)

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(parse_inputs),   cmocka_unit_test(front_inputs),
        cmocka_unit_test(build_inputs),   cmocka_unit_test(image_inputs),
        cmocka_unit_test(listing_inputs), cmocka_unit_test(data_inputs),
        cmocka_unit_test(format_inputs),  cmocka_unit_test(render_inputs),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
