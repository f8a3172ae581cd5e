/* links: compiler base */
#include "compiler/program.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>
#include <cmocka.h>

static void memory_is_limited_by_the_machine(void **state)
{
    (void)state;
    size_t physical = (size_t)sysconf(_SC_PHYS_PAGES) * (size_t)sysconf(_SC_PAGESIZE);
    struct oom_trap trap;
    program_start(&trap);
    assert_true(trap.bytes_limit > 0);
    assert_true(trap.bytes_limit <= physical / 4 * 3);
    assert_int_equal(trap.bytes_limit, program_memory_limit());
}

/* Exit code: 0 if under this limit of the address space (bytes) the limit of memory is `wanted`. */
static int limit_in_child(rlim_t space, size_t wanted)
{
    pid_t child = fork();
    if (child == 0) {
        struct rlimit limit = {space, space};
        _exit(setrlimit(RLIMIT_AS, &limit) != 0 || program_memory_limit() != wanted);
    }
    int status;
    assert_int_equal(waitpid(child, &status, 0), child);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static void memory_is_limited_by_the_address_space(void **state)
{
    (void)state;
    assert_int_equal(limit_in_child((rlim_t)64 << 20, (size_t)48 << 20), 0);
    assert_int_equal(limit_in_child((rlim_t)1 << 30, (size_t)768 << 20), 0);
    assert_int_equal(limit_in_child((rlim_t)1 << 60, program_memory_limit()), 0);
}

static void take_more_than_the_limit(void *arena)
{
    struct arena *of = arena;
    arena_alloc(of, of->trap->bytes_limit + 1, 1);
}

static void more_is_out_of_memory(void **state)
{
    struct oom_trap trap;
    struct arena arena;
    (void)state;
    program_start(&trap);
    arena_init(&arena, &trap);
    assert_false(phase_run(&trap, take_more_than_the_limit, &arena));
    arena_release(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(memory_is_limited_by_the_machine),
        cmocka_unit_test(memory_is_limited_by_the_address_space),
        cmocka_unit_test(more_is_out_of_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
