/* The bytes of .npy files, typed by hand after NumPy's description of format 1.0.
 * links: compiler base */
#include "compiler/cmd_sim_npy.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

static int set_up(void **state)
{
    static struct arena arena;
    arena_init(&arena, NULL);
    *state = &arena;
    return 0;
}

static int tear_down(void **state)
{
    arena_release(*state);
    return 0;
}

/* 128 bytes: 10 in front, 118 = 0x76 of text with blanks and a line break at the end. */
static void a_header_by_hand(void **state)
{
    static const char front[] = {'\x93', 'N', 'U', 'M', 'P', 'Y', 1, 0, 0x76, 0};
    static const char text[] = "{'descr': [('time_us', '<f8'), ('unit', '<u4'), ], "
                               "'fortran_order': False, 'shape': (0,), }";
    struct npy npy;
    npy_begin(&npy, *state);
    npy_column(&npy, "time_us", "<f8", 8, 1);
    npy_column(&npy, "unit", "<u4", 4, 1);
    assert_true(npy_end(&npy));
    assert_int_equal(npy.row, 12);
    assert_int_equal(npy.header.n, 128);
    assert_memory_equal(npy.header.at, front, sizeof front);
    assert_memory_equal(npy.header.at + 10, text, strlen(text));
    for (size_t i = 10 + strlen(text); i < 127; i++)
        assert_int_equal(npy.header.at[i], ' ');
    assert_int_equal(npy.header.at[127], '\n');
    assert_memory_equal(npy.header.at + npy.shape_at, "(0,), }", 7);
}

static void columns_of_several_values(void **state)
{
    struct npy npy;
    npy_begin(&npy, *state);
    npy_column(&npy, "exc[0:4]:vmem", "<f8", 8, 4);
    npy_column(&npy, "it's", "<U3", 12, 1);
    assert_true(npy_end(&npy));
    assert_int_equal(npy.row, 44);
    assert_non_null(
        strstr(npy.header.at + 10, "('exc[0:4]:vmem', '<f8', (4,)), ('it_s', '<U3'), ]"));
    assert_int_equal(npy.header.n % 64, 0);
}

/* The number of rows is written over the zero: it never changes the length. */
static void the_number_of_rows(void **state)
{
    char shape[NPY_SHAPE + 1];
    (void)state;
    npy_shape(shape, 1234567);
    assert_memory_equal(shape, "(1234567,), }                   ", NPY_SHAPE);
    npy_shape(shape, UINT64_MAX);
    assert_memory_equal(shape, "(18446744073709551615,), }      ", NPY_SHAPE);
}

static void a_row_by_hand(void **state)
{
    static const unsigned char bytes[] = {0, 0, 0, 0, 0,   0, 0xf8, 0xbf, /* -1.5 */
                                          4, 3, 2, 1, 'a', 0, 0,    0,    'b', 0, 0, 0, 0, 0, 0, 0};
    struct text row;
    text_init(&row, *state);
    npy_f8(&row, -1.5);
    npy_u4(&row, 0x01020304);
    npy_name(&row, "ab", 3);
    assert_int_equal(row.n, sizeof bytes);
    assert_memory_equal(row.at, bytes, sizeof bytes);
}

/* numpy.load reads headers of 10,000 bytes and no more unless it is told to. */
static void the_longest_header(void **state)
{
    uint32_t columns = 0;
    bool fits = true;
    while (fits) {
        struct npy npy;
        columns++;
        npy_begin(&npy, *state);
        for (uint32_t i = 0; i < columns; i++)
            npy_column(&npy, "a", "<f8", 8, 1);
        fits = npy_end(&npy);
        assert_int_equal(fits, npy.header.n - 10 <= 10000);
        assert_int_equal(npy.header.n, (unsigned char)npy.header.at[8]
                                           + 256 * (unsigned char)npy.header.at[9] + 10);
    }
    assert_in_range(columns, 600, 800);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_header_by_hand, set_up, tear_down),
        cmocka_unit_test_setup_teardown(columns_of_several_values, set_up, tear_down),
        cmocka_unit_test_setup_teardown(the_number_of_rows, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_row_by_hand, set_up, tear_down),
        cmocka_unit_test_setup_teardown(the_longest_header, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
