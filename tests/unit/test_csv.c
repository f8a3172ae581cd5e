/* links: compiler base */
#include "compiler/csv.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

struct fixture {
    struct arena arena;
    struct source_set sources;
    struct csv csv;
};

static void start(struct fixture *f, const char *text)
{
    arena_init(&f->arena, NULL);
    source_set_init(&f->sources, &f->arena, ".");
    uint16_t file = source_add(&f->sources, "t.csv", text, strlen(text));
    csv_start(&f->csv, f->sources.files.at[file]);
}

static void expect_cell(struct fixture *f, uint32_t line, uint32_t column, const char *text)
{
    struct csv_cell cell;
    assert_true(csv_next_cell(&f->csv, &cell));
    assert_int_equal(f->csv.line, line);
    assert_int_equal(f->csv.column, column);
    assert_true(csv_cell_is(&cell, text));
}

static void lines_and_cells(void **state)
{
    struct fixture f;
    struct csv_cell cell;
    (void)state;
    start(&f, "# head\n \t\r\n  # also\n a b ,\t2 \r\n,\n3");
    assert_true(csv_next_line(&f.csv));
    expect_cell(&f, 4, 1, "a b");
    expect_cell(&f, 4, 2, "2");
    assert_false(csv_next_cell(&f.csv, &cell));
    assert_true(csv_next_line(&f.csv));
    expect_cell(&f, 5, 1, "");
    expect_cell(&f, 5, 2, "");
    assert_false(csv_next_cell(&f.csv, &cell));
    assert_true(csv_next_line(&f.csv));
    expect_cell(&f, 6, 1, "3");
    assert_false(csv_next_line(&f.csv));
    arena_release(&f.arena);
}

static struct csv_cell cell_of(const char *text)
{
    return (struct csv_cell){text, (uint32_t)strlen(text)};
}

static void reals(void **state)
{
    static const char *const bad[] = {"", "+", ".", "e3", "1e", "1e+", "1.2.3", "0x1", "nan", "1 "};
    double x;
    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        struct csv_cell cell = cell_of(bad[i]);
        assert_int_equal(csv_real(&cell, &x), CSV_MALFORMED);
    }
    struct csv_cell good = cell_of("-.5e1"), large = cell_of("1e999");
    assert_int_equal(csv_real(&good, &x), CSV_GOOD);
    assert_true(x >= -5 && x <= -5);
    assert_int_equal(csv_real(&large, &x), CSV_OUT_OF_RANGE);
}

static void ints(void **state)
{
    struct csv_cell last = cell_of("-9223372036854775807"), over = cell_of("9223372036854775808");
    struct csv_cell real = cell_of("1.0"), none = cell_of("-");
    int64_t x;
    (void)state;
    assert_int_equal(csv_int(&last, &x), CSV_GOOD);
    assert_true(x == -INT64_MAX);
    assert_int_equal(csv_int(&over, &x), CSV_OUT_OF_RANGE);
    assert_int_equal(csv_int(&real, &x), CSV_MALFORMED);
    assert_int_equal(csv_int(&none, &x), CSV_MALFORMED);
}

static void what_is_shown_is_short_and_printable(void **state)
{
    struct fixture f;
    (void)state;
    start(&f, "");
    struct csv_cell cell = cell_of("a\x1b[b\xff");
    assert_string_equal(csv_shown(&f.arena, &cell), "a?[b?");
    cell = cell_of("0123456789012345678901234567890123456789X");
    assert_string_equal(csv_shown(&f.arena, &cell), "0123456789012345678901234567890123456789");
    arena_release(&f.arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lines_and_cells),
        cmocka_unit_test(reals),
        cmocka_unit_test(ints),
        cmocka_unit_test(what_is_shown_is_short_and_printable),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
