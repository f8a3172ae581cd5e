/* links: base */
#include "compiler/base/diag.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

struct fixture {
    struct arena arena;
    struct diag_sink sink;
};

static int set_up(void **state)
{
    static struct fixture fixture;
    arena_init(&fixture.arena, NULL);
    diag_sink_init(&fixture.sink, &fixture.arena);
    *state = &fixture;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *fixture = *state;
    arena_release(&fixture->arena);
    return 0;
}

static struct span at(uint16_t file, uint32_t begin)
{
    return (struct span){begin, begin + 1, file};
}

static bool known_exit(int code)
{
    return code >= 0 && code <= 7;
}

static void the_table_is_consistent(void **state)
{
    (void)state;
    for (int i = 0; i < N_DIAG_CODES; i++) {
        const struct diag_info *info = diag_info((enum diag_code)i);
        assert_int_equal(strlen(info->code), 5);
        assert_true(strspn(info->name, "abcdefghijklmnopqrstuvwxyz-") == strlen(info->name));
        assert_true(info->severity
                    == (info->code[0] == 'E'   ? SEVERITY_ERROR
                        : info->code[0] == 'W' ? SEVERITY_WARNING
                                               : SEVERITY_NOTE));
        assert_true(known_exit(info->exit_code));
        assert_true((info->exit_code == 0) == (info->severity != SEVERITY_ERROR));
        for (int j = 0; j < i; j++) {
            assert_string_not_equal(diag_info((enum diag_code)j)->code, info->code);
            assert_string_not_equal(diag_info((enum diag_code)j)->name, info->name);
        }
    }
}

static void findings_keep_all_they_are_given(void **state)
{
    struct fixture *f = *state;
    char edit[] = "exc";
    struct diag *diag = diag_add(&f->sink, DIAG_E0201, at(0, 4), "unknown name `%s`", "exh");
    diag_caret(&f->sink, diag, "%s", "here");
    diag_label(&f->sink, diag, at(0, 9), "%d", 2);
    diag_note(&f->sink, diag, span_nowhere(), "%s", "n");
    diag_help(&f->sink, diag, at(0, 4), edit, "write `%s`", "exc");
    edit[0] = '?';
    assert_int_equal(f->sink.all.n, 1);
    assert_ptr_equal(f->sink.all.at[0], diag);
    assert_string_equal(diag->message, "unknown name `exh`");
    assert_int_equal(diag->labels.n, 2);
    assert_string_equal(diag->labels.at[0].text, "here");
    assert_string_equal(diag->labels.at[1].text, "2");
    assert_string_equal(diag->notes.at[0].text, "n");
    assert_string_equal(diag->fixes.at[0].replacement, "exc");
    assert_string_equal(diag->fixes.at[0].text, "write `exc`");
}

static void exit_codes_take_the_largest(void **state)
{
    struct fixture *f = *state;
    assert_int_equal(diag_exit_code(&f->sink), 0);
    diag_add(&f->sink, DIAG_W0711, span_nowhere(), "w");
    assert_int_equal(diag_exit_code(&f->sink), 0);
    assert_false(diag_has_errors(&f->sink));
    diag_add(&f->sink, DIAG_E0301, span_nowhere(), "e");
    diag_add(&f->sink, DIAG_E0201, span_nowhere(), "e");
    assert_int_equal(diag_exit_code(&f->sink), 3);
    assert_true(diag_has_errors(&f->sink));
}

static void surplus_findings_are_counted(void **state)
{
    struct fixture *f = *state;
    f->sink.max_errors = 2;
    for (uint32_t n = 1; n <= 3; n++) {
        assert_non_null(diag_add(&f->sink, DIAG_E0201, span_nowhere(), "e"));
        assert_int_equal(f->sink.all.n, n < 2 ? n : 2);
        assert_int_equal(f->sink.n_errors, n);
    }
    for (uint32_t n = 1; n <= 4; n++) {
        struct diag *note =
            diag_add(&f->sink, n % 2 ? DIAG_W0711 : DIAG_N0810, span_nowhere(), "n");
        diag_note(&f->sink, note, span_nowhere(), "warnings and notes have room of their own");
    }
    assert_int_equal(f->sink.all.n, 6);
    diag_add(&f->sink, DIAG_W0711, span_nowhere(), "surplus");
    diag_add(&f->sink, DIAG_N0810, span_nowhere(), "surplus");
    assert_int_equal(f->sink.n_warnings, 3);
    assert_int_equal(f->sink.n_notes, 3);
    diag_add(&f->sink, DIAG_E0301, span_nowhere(), "not shown, but it decides the exit code");
    assert_int_equal(f->sink.all.n, 6);
    assert_int_equal(diag_exit_code(&f->sink), 3);
}

static void warnings_follow_their_switches(void **state)
{
    struct fixture *f = *state;
    f->sink.switches[DIAG_W0711] = DIAG_OFF;
    struct diag *off = diag_add(&f->sink, DIAG_W0711, span_nowhere(), "off");
    diag_note(&f->sink, off, span_nowhere(), "chained all the same");
    assert_int_equal(f->sink.all.n, 0);
    assert_int_equal(f->sink.n_warnings, 0);
    f->sink.switches[DIAG_W0712] = DIAG_AS_ERROR;
    assert_true(diag_add(&f->sink, DIAG_W0712, span_nowhere(), "e")->severity == SEVERITY_ERROR);
    assert_int_equal(diag_exit_code(&f->sink), 1);
    f->sink.switches[DIAG_N0810] = DIAG_OFF;
    diag_add(&f->sink, DIAG_N0810, span_nowhere(), "n");
    f->sink.switches[DIAG_E0201] = DIAG_OFF;
    diag_add(&f->sink, DIAG_E0201, span_nowhere(), "errors cannot be switched off");
    assert_int_equal(f->sink.all.n, 2);
    assert_int_equal(f->sink.n_errors, 2);
}

static void werror_spares_what_is_off_or_a_warning_by_name(void **state)
{
    struct fixture *f = *state;
    f->sink.warnings_are_errors = true;
    f->sink.switches[DIAG_W0711] = DIAG_OFF;
    f->sink.switches[DIAG_W0712] = DIAG_AS_WARNING;
    diag_add(&f->sink, DIAG_W0711, span_nowhere(), "off");
    diag_add(&f->sink, DIAG_W0712, span_nowhere(), "warning");
    diag_add(&f->sink, DIAG_N0810, span_nowhere(), "note");
    assert_false(diag_has_errors(&f->sink));
    assert_int_equal(f->sink.n_warnings, 1);
    diag_add(&f->sink, DIAG_W0713, span_nowhere(), "error");
    assert_int_equal(diag_exit_code(&f->sink), 1);
}

static void sorting_is_by_place_and_stable(void **state)
{
    struct fixture *f = *state;
    static const struct {
        uint16_t file;
        uint32_t begin;
    } places[] = {{1, 5}, {SPAN_NOWHERE, 0}, {0, 9}, {0, 2}, {1, 5},
                  {0, 9}, {SPAN_NOWHERE, 0}, {1, 0}};
    static const char *const order[] = {"3", "2", "5", "7", "0", "4", "1", "6"};
    for (int i = 0; i < 8; i++)
        diag_add(&f->sink, DIAG_W0711, at(places[i].file, places[i].begin), "%d", i);
    diag_sort(&f->sink);
    for (int i = 0; i < 8; i++)
        assert_string_equal(f->sink.all.at[i]->message, order[i]);
}

static void names_are_proposed_within_two_edits(void **state)
{
    (void)state;
    const char *const names[] = {"exc", "inh", "membrane", "x"};
    const size_t n = sizeof names / sizeof names[0];
    assert_string_equal(diag_nearest("exh", names, n), "exc");
    assert_string_equal(diag_nearest("membrne", names, n), "membrane");
    assert_string_equal(diag_nearest("membrn", names, n), "membrane");
    assert_null(diag_nearest("membr", names, n));
    assert_null(diag_nearest("zz", names, 2));
    assert_null(diag_nearest("", names, n));
    assert_null(diag_nearest("y", names, n)); /* one letter is no likeness to one letter */
    assert_null(diag_nearest("exc", names, 0));
    char longest[200];
    memset(longest, 'a', sizeof longest);
    longest[sizeof longest - 1] = 0;
    const char *const same = longest;
    assert_null(diag_nearest(longest, &same, 1));
    longest[128] = 0;
    assert_string_equal(diag_nearest(longest, &same, 1), longest);
    const char *const alike[] = {"axc", "exd", "exc"}; /* the first of equally near ones */
    assert_string_equal(diag_nearest("exh", alike, 2), "exd");
    assert_string_equal(diag_nearest("ehc", alike, 2), "axc");
    const char *const cases[] = {"exd", "Exc", "exc"}; /* case decides between equally near ones */
    assert_string_equal(diag_nearest("EXC", cases, 3), "Exc");
    assert_string_equal(diag_nearest("exx", cases, 3), "exd");
    assert_string_equal(diag_nearest("MEMBRAEN", names, n), "membrane");
    assert_string_equal(diag_nearest("hni", names, n), "inh"); /* a swap and a letter */
    assert_null(diag_nearest("HnI ", cases, 3));
    const char *const swapped[] = {"abcd"}; /* two swaps are two edits, three are not */
    assert_string_equal(diag_nearest("badc", swapped, 1), "abcd");
    const char *const longer[] = {"abcdef"};
    assert_null(diag_nearest("badcfe", longer, 1));
    const char *const lengths[] = {"popul", "populations"};
    assert_string_equal(diag_nearest("populat", lengths, 1), "popul");
    assert_string_equal(diag_nearest("populatio", lengths, 2), "populations");
    assert_null(diag_nearest("populati", lengths, 2));
}

static void codes_are_found_by_number_and_name(void **state)
{
    (void)state;
    assert_int_equal(diag_named("E0301"), DIAG_E0301);
    assert_int_equal(diag_named("w0219"), DIAG_W0219);
    assert_int_equal(diag_named("Cam-Words"), DIAG_E0301);
    assert_int_equal(diag_named("cam"), -1);
    assert_int_equal(diag_named(""), -1);
    assert_true(diag_info(DIAG_E0219)->reserved);
    assert_false(diag_info(DIAG_W0219)->reserved);
}

static void surplus_findings_are_not_kept(void **state)
{
    struct fixture *f = *state;
    f->sink.max_errors = 2;
    for (int i = 0; i < 4; i++)
        assert_int_equal(diag_add(&f->sink, DIAG_E0201, at(0, 0), "%d", i)->kept, i < 2);
    f->sink.switches[DIAG_W0711] = DIAG_OFF;
    assert_false(diag_add(&f->sink, DIAG_W0711, at(0, 0), "off")->kept);
    assert_true(diag_add(&f->sink, DIAG_W0713, at(0, 0), "on")->kept);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_table_is_consistent),
        cmocka_unit_test_setup_teardown(findings_keep_all_they_are_given, set_up, tear_down),
        cmocka_unit_test_setup_teardown(exit_codes_take_the_largest, set_up, tear_down),
        cmocka_unit_test_setup_teardown(surplus_findings_are_counted, set_up, tear_down),
        cmocka_unit_test_setup_teardown(warnings_follow_their_switches, set_up, tear_down),
        cmocka_unit_test_setup_teardown(werror_spares_what_is_off_or_a_warning_by_name, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(sorting_is_by_place_and_stable, set_up, tear_down),
        cmocka_unit_test(names_are_proposed_within_two_edits),
        cmocka_unit_test(codes_are_found_by_number_and_name),
        cmocka_unit_test_setup_teardown(surplus_findings_are_not_kept, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
