/* links: compiler verify grammar device base */
#include "compiler/eval_parts.h"
#include "compiler/profile.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

/* A chip of 2 cores of 2 neurons with 2 words and 8 tags. */
struct fixture {
    struct arena arena;
    struct source_set sources;
    struct diag_sink sink;
    struct device device;
    struct elaboration out;
    struct eval eval;
    struct defects *defects;
    uint32_t *first_chip;
    bool ok;
};

static void read_text(struct fixture *f, const char *text, uint32_t chips, uint32_t chip)
{
    memset(f, 0, sizeof *f);
    arena_init(&f->arena, NULL);
    diag_sink_init(&f->sink, &f->arena);
    source_set_init(&f->sources, &f->arena, ".");
    source_add(&f->sources, "p.json", text, strlen(text));
    f->device = *device_dynapse2();
    f->device.cores_per_chip = f->device.neurons_per_core = f->device.cam_words = 2;
    f->device.tags = 8;
    eval_init(&f->eval, &f->arena, &f->sources, &f->sink, &f->device, &f->out);
    f->defects = defects_new(&f->eval, chips, 0.1);
    f->first_chip = ARENA_ARRAY(&f->arena, uint32_t, SPAN_NOWHERE);
    f->ok = profile_read(&f->eval, "p.json", span_nowhere(), chip, f->first_chip, f->defects);
}

static void done(struct fixture *f)
{
    arena_release(&f->arena);
}

#define WORDS "[[0,0],[0,0]]"
#define CORE "[" WORDS "," WORDS "]"
#define CAMS "\"cams\":[" CORE "," CORE "]"

static void no_defects(void **state)
{
    (void)state;
    struct fixture f;
    read_text(&f, "{" CAMS "}", 1, 0);
    assert_true(f.ok);
    assert_int_equal(f.defects->n_bad_words[0] + f.defects->n_bad_words[1], 0);
    assert_int_equal(f.defects->n_bad_tags, 0);
    for (uint32_t tag = 0; tag < 8; tag++)
        assert_true(defects_tag_good(f.defects, 1, tag)
                    && defects_word_good(f.defects, 1, 1, 1, tag));
    done(&f);
}

/* A word is bad above the threshold, not at it, and for the half that failed only. */
static void words_by_half(void **state)
{
    (void)state;
    struct fixture f;
    read_text(&f,
              "{\"cams\":[" CORE ",[" WORDS ",[[0.1,0.1000001],[1,0]]]], \"other\": null,"
              "\"prob\":[[0,1],[0.5,0]]}",
              2, 1);
    assert_true(f.ok);
    assert_int_equal(f.defects->n_bad_words[0], 1);
    assert_int_equal(f.defects->n_bad_words[1], 1);
    const uint32_t core = 3; /* core 1 of chip 1 */
    assert_true(defects_word_good(f.defects, core, 1, 0, 3));
    assert_false(defects_word_good(f.defects, core, 1, 0, 4));
    assert_false(defects_word_good(f.defects, core, 1, 1, 0));
    assert_false(defects_word_good(f.defects, core, 1, 1, 3));
    assert_true(defects_word_good(f.defects, core, 1, 1, 7));
    for (uint32_t other = 0; other < 3; other++)
        assert_true(defects_word_good(f.defects, other, 1, 1, 0)
                    && defects_word_good(f.defects, other, 1, 0, 7));
    done(&f);
}

static void tags_by_core(void **state)
{
    (void)state;
    struct fixture f;
    read_text(&f, "{" CAMS ",\"tags\":[[[],[4,5,6,7]],[[3,0],[7]]]}", 1, 0);
    assert_true(f.ok);
    assert_int_equal(f.defects->n_bad_tags, 4 + 2 + 3);
    static const char good[2][9] = {"00001111", "10010001"};
    for (uint32_t core = 0; core < 2; core++)
        for (uint32_t tag = 0; tag < 8; tag++)
            assert_int_equal(defects_tag_good(f.defects, core, tag), good[core][tag] == '1');
    done(&f);
}

/* What a file says of one chip it says of every other it is named for, though it is read once. */
static void one_file_for_two_chips(void **state)
{
    (void)state;
    struct fixture f;
    read_text(&f, "{\"cams\":[" CORE ",[" WORDS ",[[0,0],[0,1]]]],\"tags\":[[[0],[5,4]],[[],[7]]]}",
              3, 2);
    assert_true(f.ok);
    uint64_t words = f.defects->n_bad_words[1], tags = f.defects->n_bad_tags;
    f.sources.files.at[0]->size = 0; /* whoever reads it now finds no JSON */
    assert_true(profile_read(&f.eval, "p.json", span_nowhere(), 0, f.first_chip, f.defects));
    assert_int_equal(words, 1);
    assert_int_equal(tags, 12);
    assert_int_equal(f.defects->n_bad_words[0], 0);
    assert_int_equal(f.defects->n_bad_words[1], 2 * words);
    assert_int_equal(f.defects->n_bad_tags, 2 * tags);
    for (uint32_t core = 0; core < 2; core++)
        for (uint32_t tag = 0; tag < 8; tag++) {
            assert_int_equal(defects_tag_good(f.defects, core, tag),
                             defects_tag_good(f.defects, core + 4, tag));
            assert_true(defects_tag_good(f.defects, core + 2, tag));
        }
    assert_false(defects_word_good(f.defects, 1, 1, 1, 4));
    assert_true(defects_word_good(f.defects, 3, 1, 1, 4));
    done(&f);
}

static void refused(const char *text, const char *message)
{
    struct fixture f;
    read_text(&f, text, 1, 0);
    assert_false(f.ok);
    assert_int_equal(f.sink.n_errors, 1);
    assert_int_equal(f.sink.all.at[0]->code, DIAG_E0604);
    assert_string_equal(f.sink.all.at[0]->message, message);
    done(&f);
}

static void other_shapes(void **state)
{
    (void)state;
    refused("[]", "\"p.json\" is no profile: an object with `cams` is needed");
    refused("{}", "\"p.json\": cams is not a list");
    refused("{\"cams\":[" CORE "]}", "\"p.json\": cams has 1 entries, 2 are needed");
    refused("{\"cams\":[" CORE ",[" WORDS ",3]]}", "\"p.json\": cams[1][1] is not a list");
    refused("{\"cams\":[[" WORDS ",[[0,0],[0,0],[0,0]]]," CORE "]}",
            "\"p.json\": cams[0][1] has 3 entries, 2 are needed");
    refused("{\"cams\":[[" WORDS ",[[0,0],[0]]]," CORE "]}",
            "\"p.json\": cams[0][1][1] has 1 entries, 2 are needed");
    refused("{" CAMS ",\"prob\":[[0,0]]}", "\"p.json\": prob has 1 entries, 2 are needed");
    refused("{" CAMS ",\"tags\":[[[],[]]]}", "\"p.json\": tags has 1 entries, 2 are needed");
    refused("{" CAMS ",\"tags\":[[[],[]],[[]]]}",
            "\"p.json\": tags[1] has 1 entries, 2 are needed");
    refused("{" CAMS ",\"tags\":[[[],[]],{}]}", "\"p.json\": tags[1] is not a list");
    refused("{" CAMS ",\"tags\":[[[],3],[[],[]]]}", "\"p.json\": tags[0][1] is not a list");
}

static void other_values(void **state)
{
    (void)state;
    static const char *const bad[] = {"1.01", "-0.01", "\"0\"", "null", "true", "[0]"};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        char text[400];
        snprintf(text, sizeof text, "{\"cams\":[[" WORDS ",[[0,0],[0,%s]]]," CORE "]}", bad[i]);
        refused(text, "\"p.json\": cams[0][1][1][1] is not a number from 0 to 1");
    }
    refused("{" CAMS ",\"prob\":[[0,0],[0,2]]}",
            "\"p.json\": prob[1][1] is not a number from 0 to 1");
    refused("{" CAMS ",\"tags\":[[[0,4],[]],[[],[]]]}",
            "\"p.json\": tags[0][0][1] is not a tag of its half");
    refused("{" CAMS ",\"tags\":[[[],[]],[[],[3]]]}",
            "\"p.json\": tags[1][1][0] is not a tag of its half");
    refused("{" CAMS ",\"tags\":[[[],[]],[[],[8]]]}",
            "\"p.json\": tags[1][1][0] is not a tag of its half");
    refused("{" CAMS ",\"tags\":[[[],[]],[[-1],[]]]}",
            "\"p.json\": tags[1][0][0] is not a tag of its half");
    refused("{" CAMS ",\"tags\":[[[],[-9223372036854775808]],[[],[]]]}",
            "\"p.json\": tags[0][1][0] is not a tag of its half");
    refused("{" CAMS ",\"tags\":[[[1.0],[]],[[],[]]]}",
            "\"p.json\": tags[0][0][0] is not a tag of its half");
    refused("{" CAMS ",\"tags\":[[[1,2,1],[]],[[],[]]]}",
            "\"p.json\": tags[0][0][2] stands in its list already");
}

static void no_json(void **state)
{
    (void)state;
    static const char *const bad[] = {"",
                                      "{",
                                      "{" CAMS,
                                      "{\"cams\":[1e999]}",
                                      "{" CAMS "} x",
                                      "{" CAMS "," CAMS "}",
                                      "{\"cams\":[\n\n[}"};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        struct fixture f;
        read_text(&f, bad[i], 1, 0);
        assert_false(f.ok);
        assert_int_equal(f.sink.n_errors, 1);
        assert_int_equal(f.sink.all.at[0]->code, DIAG_E0604);
        assert_non_null(strstr(f.sink.all.at[0]->message, "no JSON"));
        done(&f);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(no_defects),   cmocka_unit_test(words_by_half),
        cmocka_unit_test(tags_by_core), cmocka_unit_test(one_file_for_two_chips),
        cmocka_unit_test(other_shapes), cmocka_unit_test(other_values),
        cmocka_unit_test(no_json),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
