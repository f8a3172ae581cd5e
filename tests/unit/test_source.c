/* links: base */
#include "compiler/base/source.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <cmocka.h>

struct fixture {
    struct arena arena;
    struct source_set sources;
    char folder[64];
};

static void put(const struct fixture *f, const char *path, const char *text)
{
    char whole[256];
    snprintf(whole, sizeof whole, "%s/%s", f->folder, path);
    FILE *file = fopen(whole, "w");
    assert_non_null(file);
    fputs(text, file);
    fclose(file);
}

static char *at(const struct fixture *f, const char *path)
{
    static char whole[256];
    snprintf(whole, sizeof whole, "%s/%s", f->folder, path);
    return whole;
}

/* FOLDER/root is the project; FOLDER/secret lies outside. */
static int set_up(void **state)
{
    static struct fixture fixture;
    struct fixture *f = &fixture;
    strcpy(f->folder, "test_source.XXXXXX");
    assert_non_null(mkdtemp(f->folder));
    mkdir(at(f, "root"), 0777);
    mkdir(at(f, "root/sub"), 0777);
    mkdir(at(f, "root/sub/deep"), 0777);
    put(f, "secret", "secret");
    put(f, "root/main.dyn", "main\n");
    put(f, "root/sub/a.dyn", "in sub\n");
    put(f, "root/sub/deep/b.dyn", "deep\n");
    arena_init(&f->arena, NULL);
    source_set_init(&f->sources, &f->arena, at(f, "root"));
    *state = f;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *f = *state;
    char command[128];
    arena_release(&f->arena);
    snprintf(command, sizeof command, "rm -rf '%s'", f->folder);
    return system(command);
}

static enum source_status read_from(struct fixture *f, const char *path, uint16_t from,
                                    uint16_t *index)
{
    const char *why = NULL;
    enum source_status status = source_read(&f->sources, path, from, 1000, index, &why);
    assert_true(status == SOURCE_OK || why != NULL);
    return status;
}

static void files_are_found_beside_the_file_that_names_them(void **state)
{
    struct fixture *f = *state;
    uint16_t main_file, a, b, again;
    assert_int_equal(read_from(f, "main.dyn", SPAN_NOWHERE, &main_file), SOURCE_OK);
    assert_int_equal(read_from(f, "sub/a.dyn", main_file, &a), SOURCE_OK);
    assert_int_equal(read_from(f, "deep/b.dyn", a, &b), SOURCE_OK);
    assert_string_equal(f->sources.files.at[b]->path, "sub/deep/b.dyn");
    assert_string_equal(f->sources.files.at[b]->text, "deep\n");
    assert_int_equal(f->sources.files.at[b]->size, 5);
    assert_int_equal(read_from(f, "../.././sub//a.dyn", b, &again), SOURCE_OK);
    assert_int_equal(again, a); /* read once */
    assert_int_equal(f->sources.files.n, 3);
}

static void nothing_outside_the_root_is_read(void **state)
{
    struct fixture *f = *state;
    static const char *const outside[] = {"../secret",
                                          "/etc/passwd",
                                          "sub/../../secret",
                                          "/",
                                          "..",
                                          "sub/deep/../../../secret",
                                          "./../root/main.dyn"};
    uint16_t index;
    for (size_t i = 0; i < sizeof outside / sizeof outside[0]; i++)
        assert_int_equal(read_from(f, outside[i], SPAN_NOWHERE, &index), SOURCE_OUTSIDE);
    char many[400] = "";
    for (int i = 0; i < 65; i++)
        strcat(many, "sub/");
    assert_int_equal(read_from(f, many, SPAN_NOWHERE, &index), SOURCE_OUTSIDE);
    assert_int_equal(f->sources.files.n, 0);
}

static void only_regular_files_are_read(void **state)
{
    struct fixture *f = *state;
    uint16_t index;
    assert_int_equal(symlink("../secret", at(f, "root/link")), 0);
    assert_int_equal(symlink("..", at(f, "root/up")), 0);
    assert_int_equal(symlink("main.dyn", at(f, "root/inside")), 0);
    assert_int_equal(mkfifo(at(f, "root/fifo"), 0666), 0);
    assert_int_equal(read_from(f, "link", SPAN_NOWHERE, &index), SOURCE_NOT_REGULAR);
    assert_int_equal(read_from(f, "inside", SPAN_NOWHERE, &index), SOURCE_NOT_REGULAR);
    assert_int_equal(read_from(f, "up/secret", SPAN_NOWHERE, &index), SOURCE_NOT_REGULAR);
    assert_int_equal(read_from(f, "fifo", SPAN_NOWHERE, &index), SOURCE_NOT_REGULAR);
    assert_int_equal(read_from(f, "sub", SPAN_NOWHERE, &index), SOURCE_NOT_REGULAR);
    assert_int_equal(read_from(f, "", SPAN_NOWHERE, &index), SOURCE_NOT_REGULAR);
    assert_int_equal(f->sources.files.n, 0);
}

static void missing_files_say_so(void **state)
{
    struct fixture *f = *state;
    uint16_t index;
    char name[400];
    memset(name, 'x', sizeof name);
    name[sizeof name - 1] = 0;
    assert_int_equal(read_from(f, "none.dyn", SPAN_NOWHERE, &index), SOURCE_ABSENT);
    assert_int_equal(read_from(f, "none/none.dyn", SPAN_NOWHERE, &index), SOURCE_ABSENT);
    assert_int_equal(read_from(f, "main.dyn/x", SPAN_NOWHERE, &index), SOURCE_ABSENT);
    assert_int_equal(read_from(f, name, SPAN_NOWHERE, &index), SOURCE_MISSING);
}

static void sizes_are_limited(void **state)
{
    struct fixture *f = *state;
    uint16_t index;
    const char *why;
    put(f, "root/ten", "0123456789");
    assert_int_equal(source_read(&f->sources, "ten", SPAN_NOWHERE, 9, &index, &why),
                     SOURCE_TOO_LARGE);
    assert_int_equal(source_read(&f->sources, "ten", SPAN_NOWHERE, 10, &index, &why), SOURCE_OK);
    put(f, "root/eleven", "0123456789x");
    assert_int_equal(source_read(&f->sources, "eleven", SPAN_NOWHERE, 10, &index, &why),
                     SOURCE_TOO_LARGE);
}

static void large_files_arrive_whole(void **state)
{
    struct fixture *f = *state;
    enum { N = 300000 };
    uint16_t index;
    const char *why;
    char *text = arena_alloc(&f->arena, N + 1, 1);
    for (int i = 0; i < N; i++)
        text[i] = (char)('a' + i % 23);
    put(f, "root/large", text);
    assert_int_equal(source_read(&f->sources, "large", SPAN_NOWHERE, N, &index, &why), SOURCE_OK);
    assert_string_equal(f->sources.files.at[index]->text, text);
}

static void places(void **state)
{
    struct fixture *f = *state;
    static const struct {
        uint32_t offset, line, col;
    } cases[] = {{0, 1, 1}, {1, 1, 2}, {2, 2, 1}, {3, 2, 2}, {5, 2, 3},
                 {6, 2, 4}, {7, 3, 1}, {8, 4, 1}, {9, 4, 2}, {100, 4, 2}};
    uint16_t index = source_add(&f->sources, "t", "a\nx\xC3\xA9y\n\nz", 9);
    const struct source *source = f->sources.files.at[index];
    assert_int_equal(source->n_lines, 4);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct line_col place = source_line_col(source, cases[i].offset);
        assert_int_equal(place.line, cases[i].line);
        assert_int_equal(place.col, cases[i].col);
    }
}

static void texts_are_hashed_and_copied(void **state)
{
    struct fixture *f = *state;
    static const uint8_t abc[] = {0xba, 0x78, 0x16, 0xbf, 0x8f, 0x01, 0xcf, 0xea};
    char text[] = "abc";
    uint16_t index = source_add(&f->sources, "t", text, 3);
    text[0] = 'x';
    assert_string_equal(f->sources.files.at[index]->text, "abc");
    assert_memory_equal(f->sources.files.at[index]->sha256, abc, sizeof abc);
    assert_int_equal(source_add(&f->sources, "empty", "", 0), index + 1);
    assert_int_equal(f->sources.files.at[index + 1]->n_lines, 1);
}

static void spans_join(void **state)
{
    (void)state;
    struct span joined = span_join((struct span){1, 3, 0}, (struct span){5, 9, 0});
    assert_true(joined.begin == 1 && joined.end == 9 && joined.file == 0);
    joined = span_join((struct span){1, 3, 0}, (struct span){5, 9, 1});
    assert_true(joined.begin == 1 && joined.end == 3 && joined.file == 0);
    assert_int_equal(span_nowhere().file, SPAN_NOWHERE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(files_are_found_beside_the_file_that_names_them, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(nothing_outside_the_root_is_read, set_up, tear_down),
        cmocka_unit_test_setup_teardown(only_regular_files_are_read, set_up, tear_down),
        cmocka_unit_test_setup_teardown(missing_files_say_so, set_up, tear_down),
        cmocka_unit_test_setup_teardown(sizes_are_limited, set_up, tear_down),
        cmocka_unit_test_setup_teardown(large_files_arrive_whole, set_up, tear_down),
        cmocka_unit_test_setup_teardown(places, set_up, tear_down),
        cmocka_unit_test_setup_teardown(texts_are_hashed_and_copied, set_up, tear_down),
        cmocka_unit_test(spans_join),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
