/* links: base */
#include "compiler/base/json.h"
#include "compiler/base/rng.h"

#include <float.h>
#include <locale.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

enum { SEED = 7 };

static void build(struct json *json)
{
    json_object(json);
    json_key(json, "name");
    json_string(json, "a\"b\\c\n\t\x01\x7F");
    json_key(json, "none");
    json_string(json, NULL);
    json_key(json, "empty");
    json_array(json);
    json_end_array(json);
    json_key(json, "numbers");
    json_array(json);
    json_int(json, INT64_MIN);
    json_uint(json, UINT64_MAX);
    json_real(json, 0.1);
    json_real(json, NAN);
    json_array(json);
    json_bool(json, true);
    json_bool(json, false);
    json_end_array(json);
    json_end_array(json);
    json_key(json, "object");
    json_object(json);
    json_end_object(json);
    json_end_object(json);
}

static void documents_have_one_layout(void **state)
{
    (void)state;
    static const char expected[] = "{\n"
                                   "  \"name\": \"a\\\"b\\\\c\\n\\t\\u0001\\u007f\",\n"
                                   "  \"none\": null,\n"
                                   "  \"empty\": [],\n"
                                   "  \"numbers\": [\n"
                                   "    -9223372036854775808,\n"
                                   "    18446744073709551615,\n"
                                   "    0.1,\n"
                                   "    null,\n"
                                   "    [\n"
                                   "      true,\n"
                                   "      false\n"
                                   "    ]\n"
                                   "  ],\n"
                                   "  \"object\": {}\n"
                                   "}\n";
    struct arena arena;
    struct json json;
    size_t n;
    arena_init(&arena, NULL);
    json_init(&json, &arena, false);
    build(&json);
    assert_string_equal(json_finish(&json, &n), expected);
    assert_int_equal(n, sizeof expected - 1);
    arena_release(&arena);
}

static void compact_documents_are_one_line(void **state)
{
    (void)state;
    struct arena arena;
    struct json json;
    size_t n;
    arena_init(&arena, NULL);
    json_init(&json, &arena, true);
    build(&json);
    assert_string_equal(
        json_finish(&json, &n),
        "{\"name\":\"a\\\"b\\\\c\\n\\t\\u0001\\u007f\",\"none\":null,\"empty\":[],\"numbers\":["
        "-9223372036854775808,18446744073709551615,0.1,null,[true,false]],\"object\":{}}\n");
    arena_release(&arena);
}

static void strings_are_always_utf8(void **state)
{
    (void)state;
    struct arena arena;
    struct json json;
    size_t n;
    arena_init(&arena, NULL);
    json_init(&json, &arena, true);
    json_string(&json, "\xC3\xA9 \xFF\xE2\x82 \xF0\x9F\x98\x80");
    assert_string_equal(json_finish(&json, &n),
                        "\"\xC3\xA9 \\ufffd\\ufffd\\ufffd \xF0\x9F\x98\x80\"\n");
    arena_release(&arena);
}

static void reals_have_their_shortest_text(void **state)
{
    (void)state;
    static const struct {
        double value;
        const char *text;
    } cases[] = {{0, "0"},
                 {-0.0, "-0"},
                 {1, "1"},
                 {-1.5, "-1.5"},
                 {0.1, "0.1"},
                 {1e-9, "1e-09"},
                 {-2.5e-12, "-2.5e-12"},
                 {0.0001, "0.0001"},
                 {0.00001, "1e-05"},
                 {123456, "123456"},
                 {1e15, "1000000000000000"},
                 {1e16, "1e+16"},
                 {1e22, "1e+22"},
                 {1e23, "1e+23"},
                 {1.0 / 3, "0.3333333333333333"},
                 {2.0 / 3, "0.6666666666666666"},
                 {0.1 + 0.2, "0.30000000000000004"},
                 {5e-324, "5e-324"},
                 {0x0.fffffffffffffp-1022, "2.225073858507201e-308"},
                 {DBL_MIN, "2.2250738585072014e-308"},
                 {DBL_MAX, "1.7976931348623157e+308"},
                 {0x1p-44, "5.684341886080802e-14"},
                 {9007199254740992, "9007199254740992"},
                 {100, "100"},
                 {10.25, "10.25"},
                 {INFINITY, "inf"},
                 {-INFINITY, "-inf"},
                 {NAN, "nan"}};
    struct arena arena;
    arena_init(&arena, NULL);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        assert_string_equal(real_text(&arena, cases[i].value), cases[i].text);
    arena_release(&arena);
}

static size_t digits_in(const char *text)
{
    size_t n = 0;
    bool leading = true;
    for (; *text && *text != 'e'; text++) {
        if (*text < '0' || *text > '9')
            continue;
        leading = leading && *text == '0';
        n += !leading;
    }
    return n;
}

/* No shorter scientific notation reads back. */
static bool is_shortest(const char *text, double value)
{
    char shorter[64];
    size_t n = digits_in(text);
    if (n < 2)
        return true;
    snprintf(shorter, sizeof shorter, "%.*e", (int)n - 2, value);
    return strtod(shorter, NULL) != value || strchr(text, 'e') == NULL;
}

static void reals_read_back(void **state)
{
    (void)state;
    uint64_t key = rng_site_key(SEED, "reals", 0);
    for (uint64_t i = 0; i < 300000; i++) {
        char text[REAL_TEXT_SIZE];
        double value;
        uint64_t bits = rng_bits(key, i, 0);
        if (i % 3 == 0)
            bits &= 0x800FFFFFFFFFFFFFu >> i % 52; /* subnormal numbers */
        if (i % 3 == 1)
            bits &= 0xFFF0000000000000u; /* powers of two */
        memcpy(&value, &bits, sizeof value);
        if (!isfinite(value))
            continue;
        real_text_into(text, value);
        if (strtod(text, NULL) != value || strlen(text) >= REAL_TEXT_SIZE
            || !is_shortest(text, value))
            fail_msg("%a became %s (seed %d, number %llu)", value, text, SEED,
                     (unsigned long long)i);
    }
}

static void the_locale_changes_nothing(void **state)
{
    (void)state;
    char text[REAL_TEXT_SIZE];
    static const char *const names[] = {"de_DE.UTF-8", "de_DE.utf8", "fr_FR.UTF-8", "C"};
    size_t i = 0;
    while (i < 3 && !setlocale(LC_ALL, names[i]))
        i++;
    if (i == 3)
        print_message("skipped: no locale with a decimal comma\n");
    assert_string_equal(real_text_into(text, 0.1), "0.1");
    assert_string_equal(real_text_into(text, 1.25e-9), "1.25e-09");
    setlocale(LC_ALL, "C");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(documents_have_one_layout),
        cmocka_unit_test(compact_documents_are_one_line),
        cmocka_unit_test(strings_are_always_utf8),
        cmocka_unit_test(reals_have_their_shortest_text),
        cmocka_unit_test(reals_read_back),
        cmocka_unit_test(the_locale_changes_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
