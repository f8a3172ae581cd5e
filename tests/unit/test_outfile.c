/* links: base */
#include "compiler/base/outfile.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>
#include <cmocka.h>

struct fixture {
    struct arena arena;
    char folder[64];
};

static int set_up(void **state)
{
    static struct fixture fixture;
    strcpy(fixture.folder, "test_outfile.XXXXXX");
    assert_non_null(mkdtemp(fixture.folder));
    arena_init(&fixture.arena, NULL);
    *state = &fixture;
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

static char *at(struct fixture *f, const char *name)
{
    return arena_printf(&f->arena, "%s/%s", f->folder, name);
}

static void put(struct fixture *f, const char *name, const char *text)
{
    FILE *file = fopen(at(f, name), "w");
    assert_non_null(file);
    fputs(text, file);
    fclose(file);
}

static void expect_text(struct fixture *f, const char *name, const char *text)
{
    uint8_t *bytes;
    size_t n;
    const char *why;
    if (!text) {
        assert_int_not_equal(access(at(f, name), F_OK), 0);
        return;
    }
    assert_true(read_whole(&f->arena, at(f, name), 1 << 20, &bytes, &n, &why));
    assert_int_equal(n, strlen(text));
    assert_memory_equal(bytes, text, n + 1);
}

static unsigned count_files(struct fixture *f)
{
    unsigned n = 0;
    DIR *dir = opendir(f->folder);
    assert_non_null(dir);
    for (struct dirent *entry = readdir(dir); entry; entry = readdir(dir))
        n += strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0;
    closedir(dir);
    return n;
}

static struct outfile write_text(struct fixture *f, const char *name, const char *text)
{
    struct outfile file;
    const char *why = "";
    if (!outfile_write(&file, &f->arena, at(f, name), text, strlen(text), &why))
        fail_msg("%s: %s", name, why);
    return file;
}

static void a_file_appears_with_its_commit(void **state)
{
    struct fixture *f = *state;
    const char *why;
    struct outfile file = write_text(f, "a", "new");
    expect_text(f, "a", NULL);
    expect_text(f, file.temp_path + strlen(f->folder) + 1, "new");
    assert_true(outfile_commit_all(&file, 1, NULL, &why));
    expect_text(f, "a", "new");
    assert_int_equal(count_files(f), 1);
}

static void a_discarded_file_leaves_the_old_one(void **state)
{
    struct fixture *f = *state;
    put(f, "a", "old");
    struct outfile file = write_text(f, "a", "new");
    expect_text(f, "a", "old");
    outfile_discard(&file);
    outfile_discard(&file);
    expect_text(f, "a", "old");
    assert_int_equal(count_files(f), 1);
}

static void a_file_is_replaced(void **state)
{
    struct fixture *f = *state;
    const char *why;
    put(f, "a", "old");
    struct outfile file = write_text(f, "a", "");
    assert_true(outfile_commit_all(&file, 1, NULL, &why));
    expect_text(f, "a", "");
    assert_int_equal(count_files(f), 1);
}

static void a_group_is_committed_whole_or_not_at_all(void **state)
{
    struct fixture *f = *state;
    const char *why = NULL;
    size_t failed = 99;
    put(f, "b", "old b");
    struct outfile files[3] = {write_text(f, "a", "new a"), write_text(f, "b", "new b"),
                               write_text(f, "c", "new c")};
    assert_int_equal(mkdir(at(f, "c"), 0777), 0); /* the third cannot get its name */
    assert_false(outfile_commit_all(files, 3, &failed, &why));
    assert_int_equal(failed, 2);
    assert_non_null(why);
    expect_text(f, "a", NULL);
    expect_text(f, "b", "old b");
    assert_int_equal(count_files(f), 2);
    assert_int_equal(rmdir(at(f, "c")), 0);
    struct outfile again[3] = {write_text(f, "a", "new a"), write_text(f, "b", "new b"),
                               write_text(f, "c", "new c")};
    assert_true(outfile_commit_all(again, 3, NULL, &why));
    expect_text(f, "a", "new a");
    expect_text(f, "b", "new b");
    expect_text(f, "c", "new c");
    assert_int_equal(count_files(f), 3);
}

static void refused(struct fixture *f, const char *path)
{
    struct outfile file;
    const char *why = NULL;
    assert_false(outfile_write(&file, &f->arena, path, "x", 1, &why));
    assert_non_null(why);
    assert_false(file.written);
}

static void places_that_take_no_file(void **state)
{
    struct fixture *f = *state;
    char name[300];
    memset(name, 'x', sizeof name);
    name[sizeof name - 1] = 0;
    refused(f, at(f, "none/a"));
    refused(f, at(f, ""));
    refused(f, f->folder);
    refused(f, "/dev/null");
    refused(f, "/dev/full");
    refused(f, at(f, name));
    mkfifo(at(f, "fifo"), 0666);
    refused(f, at(f, "fifo"));
    assert_int_equal(count_files(f), 1);
}

static void a_symbolic_link_is_replaced_not_followed(void **state)
{
    struct fixture *f = *state;
    const char *why;
    put(f, "target", "old");
    assert_int_equal(symlink("target", at(f, "a")), 0);
    struct outfile file = write_text(f, "a", "new");
    assert_true(outfile_commit_all(&file, 1, NULL, &why));
    expect_text(f, "a", "new");
    expect_text(f, "target", "old");
}

/* A process number that was in use a moment ago and no longer is. */
static pid_t dead_process(void)
{
    pid_t child = fork();
    if (child == 0)
        _exit(0);
    assert_true(child > 0);
    assert_int_equal(waitpid(child, NULL, 0), child);
    return child;
}

static void leftovers_of_dead_processes_are_removed(void **state)
{
    struct fixture *f = *state;
    const char *why;
    long dead = (long)dead_process();
    put(f, arena_printf(&f->arena, ".a.tmp.%ld", dead), "x");
    put(f, arena_printf(&f->arena, ".a.old.%ld", dead), "x");
    put(f, arena_printf(&f->arena, ".a.tmp.%ld", (long)getpid()), "ours, from before a reboot");
    put(f, arena_printf(&f->arena, ".a.tmp.%ld", (long)getppid()), "of a process that lives");
    put(f, arena_printf(&f->arena, ".ab.tmp.%ld", dead), "of another file");
    put(f, arena_printf(&f->arena, ".a.tmp.%ldx", dead), "of another program");
    put(f, ".a.tmp.", "of another program");
    put(f, ".a.tmp.99999999999999999999", "no process number");
    struct outfile file = write_text(f, "a", "new");
    assert_true(outfile_commit_all(&file, 1, NULL, &why));
    expect_text(f, "a", "new");
    assert_int_equal(count_files(f), 6);
}

static void a_limit_on_the_file_size_is_reported(void **state)
{
    struct fixture *f = *state;
    put(f, "a", "old");
    pid_t child = fork();
    if (child == 0) {
        char bytes[5000] = "";
        struct outfile file;
        const char *why = "";
        signal(SIGXFSZ, SIG_IGN);
        setrlimit(RLIMIT_FSIZE, &(struct rlimit){4096, 4096});
        bool good = outfile_write(&file, &f->arena, at(f, "a"), bytes, sizeof bytes, &why);
        _exit(!good && strcmp(why, strerror(EFBIG)) == 0 ? 0 : 1);
    }
    int status;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
    expect_text(f, "a", "old");
    assert_int_equal(count_files(f), 1);
}

static void writing_to_a_descriptor(void **state)
{
    (void)state;
    const char *why = NULL;
    int full = open("/dev/full", O_WRONLY);
    assert_true(full >= 0);
    assert_false(write_all(full, "x", 1, &why));
    assert_string_equal(why, strerror(ENOSPC));
    assert_true(write_all(full, "", 0, &why));
    close(full);
    assert_false(write_all(full, "x", 1, &why));
    assert_string_equal(why, strerror(EBADF));
}

/* A pipe without room: the writer waits until the reader, who is slow, has taken all. */
static void writing_to_a_pipe_that_does_not_block(void **state)
{
    struct fixture *f = *state;
    enum { N = 1 << 18 };
    int ends[2];
    const char *why = "";
    char *bytes = arena_alloc(&f->arena, N, 1);
    assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
    pid_t child = fork();
    if (child == 0) {
        char buffer[4096];
        size_t total = 0;
        close(ends[1]);
        for (ssize_t n; (n = read(ends[0], buffer, sizeof buffer)) > 0;)
            total += (size_t)n;
        _exit(total == N ? 0 : 1);
    }
    close(ends[0]);
    assert_int_equal(fcntl(ends[1], F_SETFL, O_NONBLOCK), 0);
    assert_true(write_all(ends[1], bytes, N, &why));
    close(ends[1]);
    int status;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(WEXITSTATUS(status), 0);
}

static void reading_at_the_limit(void **state)
{
    struct fixture *f = *state;
    const size_t sizes[] = {0, 1, 65534, 65535, 65536, 200000};
    uint8_t *bytes;
    size_t n;
    const char *why = NULL;
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        char *text = arena_alloc(&f->arena, sizes[i] + 1, 1);
        memset(text, 'x', sizes[i]);
        put(f, "a", text);
        expect_text(f, "a", text);
        assert_true(read_whole(&f->arena, at(f, "a"), sizes[i], &bytes, &n, &why));
        if (sizes[i] > 0)
            assert_false(read_whole(&f->arena, at(f, "a"), sizes[i] - 1, &bytes, &n, &why));
    }
    assert_false(read_whole(&f->arena, at(f, "none"), 10, &bytes, &n, &why));
    assert_string_equal(why, strerror(ENOENT));
    assert_false(read_whole(&f->arena, f->folder, 10, &bytes, &n, &why));
    assert_string_equal(why, strerror(EISDIR));
    assert_false(read_whole(&f->arena, "/dev/zero", 100000, &bytes, &n, &why));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_file_appears_with_its_commit, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_discarded_file_leaves_the_old_one, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_file_is_replaced, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_group_is_committed_whole_or_not_at_all, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(places_that_take_no_file, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_symbolic_link_is_replaced_not_followed, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(leftovers_of_dead_processes_are_removed, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_limit_on_the_file_size_is_reported, set_up, tear_down),
        cmocka_unit_test(writing_to_a_descriptor),
        cmocka_unit_test_setup_teardown(writing_to_a_pipe_that_does_not_block, set_up, tear_down),
        cmocka_unit_test_setup_teardown(reading_at_the_limit, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
