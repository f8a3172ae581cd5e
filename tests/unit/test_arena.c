/* links: base */
#include "compiler/base/arena.h"
#include "compiler/base/text.h"
#include "compiler/base/vec.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

static void storage_is_zeroed_aligned_and_apart(void **state)
{
    (void)state;
    struct arena arena;
    arena_init(&arena, NULL);
    char *before = NULL;
    for (size_t n = 0; n < 5000; n += 7) {
        char *at = arena_alloc(&arena, n, 3);
        assert_true((uintptr_t)at % _Alignof(max_align_t) == 0);
        for (size_t i = 0; i < 3 * n; i++)
            assert_true(at[i] == 0);
        memset(at, 0xAA, 3 * n);
        assert_true(n == 0 || at != before);
        before = n ? at : before;
    }
    arena_release(&arena);
    assert_null(arena.chunks);
}

static void large_objects_have_room(void **state)
{
    (void)state;
    struct arena arena;
    arena_init(&arena, NULL);
    char *large = arena_alloc(&arena, 3 << 20, 1);
    large[(3 << 20) - 1] = 1;
    char *small = arena_alloc(&arena, 16, 1);
    assert_true(small < large || small >= large + (3 << 20));
    arena_release(&arena);
}

static void copies_end_with_zero(void **state)
{
    (void)state;
    struct arena arena;
    arena_init(&arena, NULL);
    assert_string_equal(arena_strdup(&arena, "dendrite"), "dendrite");
    assert_string_equal(arena_strndup(&arena, "dendrite", 3), "den");
    assert_string_equal(arena_printf(&arena, "%s[%d]", "exc", 7), "exc[7]");
    assert_string_equal(arena_printf(&arena, "%s", ""), "");
    arena_release(&arena);
}

struct job {
    struct arena arena;
    size_t count, size;
    int done;
};

static void allocate(void *arg)
{
    struct job *job = arg;
    arena_alloc(&job->arena, job->count, job->size);
    job->done++;
}

static void allocate_ten(void *arg)
{
    for (int i = 0; i < 10; i++)
        allocate(arg);
}

static void overflow_counts_as_out_of_memory(void **state)
{
    (void)state;
    static const size_t counts[][2] = {{SIZE_MAX, 2},
                                       {SIZE_MAX / 2 + 1, 2},
                                       {SIZE_MAX, 1},
                                       {SIZE_MAX - 15, 1},
                                       {SIZE_MAX - 100, 1}};
    for (size_t i = 0; i < sizeof counts / sizeof counts[0]; i++) {
        struct oom_trap trap;
        oom_trap_init(&trap);
        struct job job = {.count = counts[i][0], .size = counts[i][1]};
        arena_init(&job.arena, &trap);
        assert_false(phase_run(&trap, allocate, &job));
        assert_int_equal(job.done, 0);
        assert_false(trap.armed);
        arena_release(&job.arena);
    }
}

static void every_allocation_can_be_made_to_fail(void **state)
{
    (void)state;
    for (uint64_t allowed = 0; allowed <= 11; allowed++) {
        struct oom_trap trap;
        oom_trap_init(&trap);
        trap.allowed = allowed;
        struct job job = {.count = 1, .size = 8};
        arena_init(&job.arena, &trap);
        assert_true(phase_run(&trap, allocate_ten, &job) == (allowed >= 10));
        assert_int_equal(job.done, allowed < 10 ? allowed : 10);
        if (allowed < 10)
            assert_false(phase_run(&trap, allocate, &job)); /* and all after it */
        arena_release(&job.arena);
    }
}

static void a_limit_holds_for_all_arenas_of_a_trap(void **state)
{
    (void)state;
    struct oom_trap trap;
    oom_trap_init(&trap);
    trap.bytes_limit = 1 << 16;
    struct job first = {.count = 40000, .size = 1}, second = {.count = 40000, .size = 1};
    arena_init(&first.arena, &trap);
    arena_init(&second.arena, &trap);
    assert_true(phase_run(&trap, allocate, &first));
    assert_true(trap.bytes >= 40000);
    assert_false(phase_run(&trap, allocate, &second));
    arena_release(&first.arena);
    assert_int_equal(trap.bytes, 0);
    assert_true(phase_run(&trap, allocate, &second));
    arena_release(&second.arena);
}

static void a_limit_holds_to_the_byte(void **state)
{
    (void)state;
    for (size_t over = 0; over < 2; over++) {
        struct oom_trap trap;
        oom_trap_init(&trap);
        trap.bytes_limit = 1 << 20;
        struct job job = {.count = (1 << 20) + 16 * over, .size = 1};
        arena_init(&job.arena, &trap);
        assert_true(phase_run(&trap, allocate, &job) == (over == 0));
        arena_release(&job.arena);
    }
}

struct outer_job {
    struct oom_trap *trap;
    struct job inner;
    bool inner_failed, survived;
};

static void run_inner(void *arg)
{
    struct outer_job *outer = arg;
    outer->inner_failed = !phase_run(outer->trap, allocate, &outer->inner);
    assert_true(outer->trap->armed);
    outer->survived = true;
    oom_trap_spring(outer->trap);
    outer->survived = false;
}

static void phases_nest(void **state)
{
    (void)state;
    for (int fails = 0; fails < 2; fails++) {
        struct oom_trap trap;
        oom_trap_init(&trap);
        struct outer_job outer = {.trap = &trap,
                                  .inner = {.count = fails ? SIZE_MAX : 1, .size = 1}};
        arena_init(&outer.inner.arena, &trap);
        assert_false(phase_run(&trap, run_inner, &outer));
        assert_true(outer.survived && outer.inner_failed == (fails == 1));
        assert_false(trap.armed);
        arena_release(&outer.inner.arena);
    }
}

struct number_vec VEC_OF(uint32_t);

static void vectors_keep_their_items(void **state)
{
    (void)state;
    enum { N = 100000 };
    struct arena arena;
    struct number_vec vec = {0};
    arena_init(&arena, NULL);
    for (uint32_t i = 0; i < N; i++)
        VEC_PUSH(&arena, &vec, i * 3);
    assert_int_equal(vec.n, N);
    assert_true(vec.cap >= N);
    for (uint32_t i = 0; i < N; i++)
        assert_true(vec.at[i] == i * 3);
    arena_release(&arena);
}

static void grow_too_far(void *arg)
{
    struct job *job = arg;
    uint32_t cap = (uint32_t)1 << 31;
    vec_grow(&job->arena, NULL, 0, &cap, 1);
}

static void a_vector_too_long_is_out_of_memory(void **state)
{
    (void)state;
    struct oom_trap trap;
    oom_trap_init(&trap);
    struct job job = {.done = 0};
    arena_init(&job.arena, &trap);
    assert_false(phase_run(&trap, grow_too_far, &job));
    arena_release(&job.arena);
}

static void texts_grow(void **state)
{
    (void)state;
    struct arena arena;
    struct text text;
    char expected[4096] = "";
    arena_init(&arena, NULL);
    text_init(&text, &arena);
    assert_string_equal(text.at, "");
    for (int i = 0; i < 500; i++) {
        text_add(&text, "%d,", i);
        snprintf(expected + strlen(expected), sizeof expected - strlen(expected), "%d,", i);
        assert_int_equal(text.n, strlen(expected));
    }
    assert_string_equal(text.at, expected);
    text_bytes(&text, "\0x", 2);
    assert_int_equal(text.n, strlen(expected) + 2);
    assert_true(text.at[text.n - 1] == 'x' && text.at[text.n] == 0);
    arena_release(&arena);
}

/* Appending exactly what is left, one less and one more. */
static void texts_grow_at_their_capacity(void **state)
{
    (void)state;
    struct arena arena;
    arena_init(&arena, NULL);
    for (int over = -2; over <= 2; over++) {
        struct text bytes, format;
        text_init(&bytes, &arena);
        text_init(&format, &arena);
        int n = (int)bytes.cap + over;
        char *filler = arena_alloc(&arena, (size_t)n + 1, 1);
        memset(filler, 'x', (size_t)n);
        text_bytes(&bytes, filler, (size_t)n);
        text_add(&format, "%s", filler);
        assert_string_equal(bytes.at, filler);
        assert_string_equal(format.at, filler);
        assert_true(bytes.n == (size_t)n && bytes.n < bytes.cap && format.n < format.cap);
    }
    arena_release(&arena);
}

static void utf8_is_judged_as_unicode_does(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        size_t length;
    } cases[] = {{"a", 1},
                 {"\x7F", 1},
                 {"\x80", 0},
                 {"\xC1\xBF", 0},
                 {"\xC2\x80", 2},
                 {"\xDF\xBF", 2},
                 {"\xE0\x9F\xBF", 0},
                 {"\xE0\xA0\x80", 3},
                 {"\xED\x9F\xBF", 3},
                 {"\xED\xA0\x80", 0},
                 {"\xEF\xBF\xBF", 3},
                 {"\xF0\x8F\xBF\xBF", 0},
                 {"\xF0\x90\x80\x80", 4},
                 {"\xF4\x8F\xBF\xBF", 4},
                 {"\xF4\x90\x80\x80", 0},
                 {"\xF5\x80\x80\x80", 0},
                 {"\xFF", 0},
                 {"\xC3(", 0},
                 {"\xE2\x82(", 0},
                 {"\xE2\x82", 0},
                 {"\xF0\x9F\x98", 0},
                 {"", 0}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        assert_int_equal(utf8_length(cases[i].text, strlen(cases[i].text)), cases[i].length);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(storage_is_zeroed_aligned_and_apart),
        cmocka_unit_test(large_objects_have_room),
        cmocka_unit_test(copies_end_with_zero),
        cmocka_unit_test(overflow_counts_as_out_of_memory),
        cmocka_unit_test(every_allocation_can_be_made_to_fail),
        cmocka_unit_test(a_limit_holds_for_all_arenas_of_a_trap),
        cmocka_unit_test(a_limit_holds_to_the_byte),
        cmocka_unit_test(phases_nest),
        cmocka_unit_test(vectors_keep_their_items),
        cmocka_unit_test(a_vector_too_long_is_out_of_memory),
        cmocka_unit_test(texts_grow),
        cmocka_unit_test(texts_grow_at_their_capacity),
        cmocka_unit_test(utf8_is_judged_as_unicode_does),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
