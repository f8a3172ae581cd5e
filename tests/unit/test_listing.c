/* Listings: written, read back, refused.
 * links: backend compiler device base */
#include "compiler/base/text.h"
#include "tests/unit/tiny_board.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

struct assembly {
    struct source_set sources;
    struct diag_sink sink;
    struct image image;
    bool ok;
};

static void assemble(struct arena *arena, const struct device *device, const char *text,
                     struct assembly *a)
{
    source_set_init(&a->sources, arena, ".");
    diag_sink_init(&a->sink, arena);
    uint16_t file = source_add(&a->sources, "x.dynasm", text, strlen(text));
    a->ok = image_assemble(arena, device, &a->sources, file, &a->sink, &a->image);
}

/* The first finding as "LINE:COL: message". */
static char *first_finding(struct arena *arena, const struct assembly *a)
{
    if (a->sink.all.n == 0)
        return arena_strdup(arena, "nothing");
    const struct diag *diag = a->sink.all.at[0];
    struct line_col at = {0};
    if (diag->labels.n && diag->labels.at[0].span.file != SPAN_NOWHERE)
        at = source_line_col(a->sources.files.at[0], diag->labels.at[0].span.begin);
    return arena_printf(arena, "%u:%u: %s", at.line, at.col, diag->message);
}

/* --- round trip --- */

static void assert_trip(struct arena *arena, const struct image *image, uint64_t seed)
{
    struct assembly a;
    size_t n, again_n;
    char *text = image_listing(arena, image);
    assemble(arena, image->device, text, &a);
    if (!a.ok)
        fail_msg("seed %llu: %s", (unsigned long long)seed, first_finding(arena, &a));
    uint8_t *bytes = image_encode(arena, image, &n);
    uint8_t *again = image_encode(arena, &a.image, &again_n);
    if (n != again_n || memcmp(bytes, again, n) != 0)
        fail_msg("seed %llu: other bytes", (unsigned long long)seed);
    if (strcmp(text, image_listing(arena, &a.image)) != 0)
        fail_msg("seed %llu: other text", (unsigned long long)seed);
}

static void random_images_survive_the_trip(void **state)
{
    (void)state;
    static const uint32_t grid[][2] = {{1, 1}, {2, 1}, {1, 2}, {3, 1}};
    for (uint64_t seed = 300; seed < 400; seed++) {
        struct arena arena;
        struct board b;
        arena_init(&arena, NULL);
        board_random(&b, &arena, seed, grid[seed % 4][0], grid[seed % 4][1]);
        assert_trip(&arena, &b.image, seed);
        arena_release(&arena);
    }
}

/* Names and values with everything a string may hold. */
static void odd_text_survives_the_trip(void **state)
{
    (void)state;
    struct arena arena;
    struct board b;
    arena_init(&arena, NULL);
    board_tiny(&b, &arena);
    b.image.meta.defines.at[0].value = "\x01\t\r\n\\\"#\x7f\xc2\x85\xe2\x82\xac";
    b.image.meta.files.at[0].path = "dir/# not a comment.dyn";
    b.image.meta.seed = UINT64_MAX;
    b.image.populations.at[0].name = "a\nb";
    assert_trip(&arena, &b.image, 0);
    char *text = image_listing(&arena, &b.image);
    for (const char *at = text; *at; at++) /* no control character but the end of a line */
        assert_true((unsigned char)*at >= 0x20 || *at == '\n');
    assert_null(strchr(text, 0x7F));
    assert_non_null(strstr(text, "define \"n\" = \"\\x01\\x09\\x0d\\n\\\\\\\"#\\x7f\\xc2\\x85"));
    arena_release(&arena);
}

/* --- form --- */

static void listing_reads_as_expected(void **state)
{
    (void)state;
    static const char *const lines[] = {
        "\npopulation \"b\" [1, 1]\n  piece 0 .. 0 at chip0.core1.n2\n",
        "\nprobe spikes of population \"a\" 0 .. 1\n",
        "\n# chip0.core1.n2 = b[0, 0]: 2 CAM words, 0 SRAM words\n",
        "\nlatch chip0.core0.n1 so_adaptation\n",
        "\ncam chip0.core0.n0[0]     tag    0 ampa  w0                     # from in[0]\n",
        "\ncam chip0.core1.n2[1]     tag 2047 shunt w2 mismatched stp      # from a[1]\n",
        "\nsram chip0.core0.n0[1]    cores 0+1 x -7 y 0 tag 0              # to the host\n",
        "\n  send 0 cores 0 x 0 y 0 tag 0                                  # to a\n",
    };
    struct arena arena;
    struct board b;
    arena_init(&arena, NULL);
    board_tiny(&b, &arena);
    char *text = image_listing(&arena, &b.image);
    for (size_t i = 0; i < sizeof lines / sizeof *lines; i++)
        if (!strstr(text, lines[i]))
            fail_msg("missing:%sin:\n%s", lines[i], text);
    arena_release(&arena);
}

/* A chip with 37 neurons of 1,024 is listed in fewer lines than it has empty words. */
static void empty_parts_are_left_out(void **state)
{
    (void)state;
    struct arena arena;
    struct board b;
    arena_init(&arena, NULL);
    board_random(&b, &arena, 3, 2, 1);
    uint32_t lines = 0, cams = 0;
    for (const char *at = image_listing(&arena, &b.image); *at; at++) {
        lines += *at == '\n';
        cams += strncmp(at, "\ncam ", 5) == 0;
    }
    assert_true(lines < 1000);
    assert_int_equal(cams, b.mapping.first_word[b.net.n_neurons]);
    arena_release(&arena);
}

/* --- reading --- */

static void comments_and_blanks_do_not_matter(void **state)
{
    (void)state;
    struct arena arena;
    struct board b;
    struct assembly a;
    struct text bare;
    size_t n, again_n;
    arena_init(&arena, NULL);
    board_tiny(&b, &arena);
    text_init(&bare, &arena);
    for (const char *at = image_listing(&arena, &b.image); *at; at++) {
        if (*at == '#')
            at = strchr(at, '\n');
        text_add(&bare, "%s", *at == ' ' ? "  \t" : *at == '\n' ? "\r\n" : "");
        if (*at != ' ' && *at != '\n')
            text_bytes(&bare, at, 1);
    }
    assemble(&arena, &b.device, bare.at, &a);
    if (!a.ok)
        fail_msg("%s", first_finding(&arena, &a));
    uint8_t *bytes = image_encode(&arena, &b.image, &n);
    uint8_t *again = image_encode(&arena, &a.image, &again_n);
    assert_int_equal(n, again_n);
    assert_memory_equal(bytes, again, n);
    arena_release(&arena);
}

/* A listing of the tiny board, as short as it can be. */
static const char *const head[] = {"dynasm 1", "tool \"0\"",
                                   "target \"dynapse2\" revision 1 chips 1 grid 1 x 1", "seed 1"};
static const char *const body[] = {
    "define \"n\" = \"3\"",
    "file \"a\" sha256 \"ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad\"",
    "population \"a\" [2]",
    "piece 0 .. 1 at chip0.core0.n0",
    "population \"b\" [1, 1]",
    "piece 0 .. 0 at chip0.core1.n2",
    "input \"in\" [2]",
    "send 0 cores 0 x 0 y 0 tag 0",
    "probe spikes of population \"a\" 0 .. 1",
    "probe spikes of input \"in\" 0, 1",
    "bias chip0.core0 SOIF_DC_P (1, 255)",
    "latch chip0.core0.n1 so_dc + ho_active",
    "cam chip0.core0.n0[0] tag 0 ampa w0",
    "cam chip0.core1.n2[0] tag 517 nmda w1+w3 precise",
    "cam chip0.core1.n2[1] tag 2047 shunt w2 mismatched stp",
    "sram chip0.core0.n0[0] cores 1 x 0 y 0 tag 517",
    "sram chip0.core0.n0[1] cores 0+1 x -7 y 0 tag 0",
    "sram chip0.core0.n1[0] cores 1 x 0 y 0 tag 2047",
    "sram chip0.core0.n1[1] cores 0+1 x -7 y 0 tag 1",
};
enum { HEAD = sizeof head / sizeof *head, BODY = sizeof body / sizeof *body };

/* The listing with line `number` (from 1) replaced. */
static char *with_line(struct arena *arena, uint32_t number, const char *line)
{
    struct text text;
    text_init(&text, arena);
    for (uint32_t i = 0; i < HEAD + BODY; i++)
        text_add(&text, "%s\n", i + 1 == number ? line : i < HEAD ? head[i] : body[i - HEAD]);
    return text.at;
}

static void short_listing_is_accepted(void **state)
{
    (void)state;
    struct arena arena;
    struct assembly a;
    struct device device = tiny_device();
    arena_init(&arena, NULL);
    assemble(&arena, &device, with_line(&arena, 0, NULL), &a);
    if (!a.ok)
        fail_msg("%s", first_finding(&arena, &a));
    assert_int_equal(a.image.bias[BIAS_SOIF_DC_P].fine, 255);
    assert_int_equal(a.image.bias[BIAS_SOIF_LEAK_N].fine, device.bias[BIAS_SOIF_LEAK_N].def.fine);
    assert_int_equal(a.image.latch[1], 1u << LATCH_so_dc | 1u << LATCH_ho_active);
    assert_int_equal(a.image.cam[10], 0x0010292A);
    assert_int_equal(a.image.sram[0], 0x0013BA05);
    assert_int_equal(a.image.inputs.at[0].first_dest[1], 1);
    assert_int_equal(a.image.inputs.at[0].first_dest[2], 1);
    assert_int_equal(a.image.probes.at[1].n_units, 2);
    arena_release(&arena);
}

struct mistake {
    uint32_t line;
    const char *text, *says; /* says: "COL: message", or part of a message */
};
static const struct mistake mistakes[] = {
    {1, "dynasm 2", ":8: listing versions other than 1 are not supported"},
    {1, "dynsam 1", ":1: expected `dynasm`, found `dynsam`"},
    {1, "", "expected `dynasm`, found `tool`"},
    {2, "tool", ":5: expected the tool's version, found the end of the line"},
    {3, "target \"speck\" revision 1 chips 1 grid 1 x 1", ":8: this assembler knows target"},
    {3, "target \"dynapse2\" revision 9 chips 1 grid 1 x 1", ":28: this assembler knows revision"},
    {3, "target \"dynapse2\" revision 1 chips 2 grid 1 x 1", ":36: 2 chips do not make a grid"},
    {3, "target \"dynapse2\" revision 1 chips 99999999 grid 1 x 1", "too large for a number of"},
    {3, "target \"dynapse2\" revision 1 chips 0 grid 0 x 0", ":36: 0 chips do not make a grid"},
    {4, "seed 18446744073709551616", ":6: this number is too large"},
    {4, "seed 1 2", ":8: the statement should end here"},
    {4, "seed -1", ":6: expected a seed, found `-`"},
    {5, "define \"n\" \"3\"", ":12: expected `=`, found `\"3\"`"},
    {5, "define \"n = 3", ":8: this text is not closed on its line"},
    {5, "define \"n\" = \"\\q\"", ":14: unknown escape"},
    {5, "define \"n\" = \"\\x00\"", ":14: unknown escape"},
    {5, "define \"n\" = \"\\xff\"", "define 0 is not UTF-8"},
    {6, "file \"a\" sha256 \"ba78\"", ":17: a SHA-256 has 64 digits"},
    {7, "populaton \"a\" [2]", ":1: `populaton` is not a statement; `population` is near"},
    {7, "population \"a\" [0]", ":16: no units"},
    {7, "population \"a\" [7]", "too large for a dimension, at most 6"},
    {7, "population \"a\" [3, 3]", ":16: more units than are possible here"},
    {7, "population \"a\" [1, 1, 1, 2]", ":16: more than 3 dimensions"},
    {7, "population \"a\" [4]", ":1: a: 2 of 4 neurons have a place"},
    {8, "piece 1 .. 0 at chip0.core0.n0", ":7: a piece from 1 to 0 is empty"},
    {8, "piece 0 .. 1 at chip1.core0.n0", ":17: expected `chip0` to `chip0`, found `chip1`"},
    {8, "piece 0 .. 1 at chip0.core2.n0", ":23: expected `core0` to `core1`, found `core2`"},
    {8, "piece 0 .. 1 at chip0.core0.n3", ":29: expected `n0` to `n2`, found `n3`"},
    {8, "piece 0 .. 1 at chip0.core0.n00", ":29: expected `n0` to `n2`, found `n00`"},
    {8, "piece 0 .. 1 at chip0.core0.n2", "a: piece at chip0.core0.n2 leaves its core"},
    {8, "seed 1", ":1: `seed` is not a statement"},
    {9, "input \"b\" [1, 1]", ":1: `piece` follows its `population`"},
    {10, "send 0 cores 0 x 0 y 0 tag 0", ":1: `send` follows its `input`"},
    {11, "input \"in\" [16777217]", "too large for a dimension"},
    {11, "input \"in\" [4096, 4097]", ":12: more units than are possible here"},
    {12, "send 2 cores 0 x 0 y 0 tag 0", ":6: 2 is too large for a unit, at most 1"},
    {12, "send 0 cores 2 x 0 y 0 tag 0", ":14: 2 is too large for a core, at most 1"},
    {12, "send 0 cores 0+0 x 0 y 0 tag 0", ":16: core 0 stands here twice"},
    {12, "send 0 cores 0 x 8 y 0 tag 0", ":18: 8 is too large for a hop, at most 7"},
    {12, "send 0 cores 0 x 0 y 0 tag 2048", ":28: 2048 is too large for a tag, at most 2047"},
    {12, "send 0 cores 0 x 1 y 0 tag 0",
     "input in: unit 0, event 0: the target is not on the board"},
    {13, "probe spike of population \"a\" 0", ":7: `spike` is not a measure; `spikes` is near"},
    {13, "probe spikes of net \"a\" 0", ":17: `net` is not `population` or `input`"},
    {13, "probe spikes of population \"c\" 0", ":28: no population of this name stands above"},
    {13, "probe spikes of population \"a\" 2", "2 is too large for a unit, at most 1"},
    {13, "probe spikes of population \"a\" 1, 0", ":35: units ascend"},
    {13, "probe spikes of population \"a\" 0 .. 1 step 2", ":32: units ascend, and a range ends"},
    {13, "probe spikes of population \"a\" 0 .. 1 step 0", ":32: units ascend"},
    {14, "probe membrane of input \"in\" 0", ":1: probe 1: kind 1 is not possible here"},
    {15, "bias chip0.core0 SOIF_DC_N (0, 0)", "is not a bias; `SOIF_DC_P` is near"},
    {15, "bias chip0.core0 SOIF_DC_P (6, 0)", ":29: 6 is too large for a coarse code, at most 5"},
    {15, "bias chip0.core0 SOIF_DC_P (0, 256)", ":32: 256 is too large for a fine code"},
    {16, "latch chip0.core0.n1 so_dc + so_dc", ":30: this latch stands here twice"},
    {16, "latch chip0.core0.n2 so_dc", ":1: chip0.core0.n2: latches, but no declared neuron"},
    {17, "cam chip0.core0.n0[2] tag 0 ampa w0", ":20: 2 is too large for a word of a neuron"},
    {17, "cam chip0.core0.n0[0] tag 0 amp w0", ":29: `amp` is not a dendrite; `ampa` is near"},
    {17, "cam chip0.core0.n0[0] tag 0 ampa w4", ":34: expected `w0` to `w3`, found `w4`"},
    {17, "cam chip0.core0.n0[0] tag 0 ampa", "found the end of the line"},
    {17, "cam chip0.core0.n0[0] tag 0 ampa w0+w0", ":37: this weight current stands here twice"},
    {17, "cam chip0.core0.n0[0] tag 0 ampa w0 stp precise", ":41: the statement should end here"},
    {17, "cam chip0.core0.n0[0] tag 1 ampa w0", "no CAM word of a target core hears the tag"},
    {18, "cam chip0.core0.n0[0] tag 0 ampa w0", ":1: this CAM word is given twice"},
    {19, "cam chip0.core1.n2[1] tag 516 nmda w0", "smaller than the word before it"},
    {20, "sram chip0.core0.n0[0] cores 0 x 0 y 0 tag 517",
     ":1: SRAM word chip0.core0.n0[0]: no CA"},
    {21, "sram chip0.core0.n0[1] cores 0+1 x -7 y 0 tag 1",
     ":1: SRAM word chip0.core0.n0[1]: leads"},
    {21, "sram chip0.core0.n0[1] cores 0+1 x -6 y 0 tag 0", "not this neuron's monitor word"},
    {22, "sram chip0.core0.n0[0] cores 1 x 0 y 0 tag 517", ":1: this SRAM word is given twice"},
    {23, "sram chip0.core0.n1[1] cores 0+1 x ~7", ":36: this character is not allowed here"},
    {23, "sram chip0.core0.n1[1] cores 0+1 x -7 y 0 tag", "found the end of the line"},
};

static void every_mistake_is_located(void **state)
{
    (void)state;
    struct device device = tiny_device();
    for (size_t i = 0; i < sizeof mistakes / sizeof *mistakes; i++) {
        struct arena arena;
        struct assembly a;
        arena_init(&arena, NULL);
        assemble(&arena, &device, with_line(&arena, mistakes[i].line, mistakes[i].text), &a);
        char *found = first_finding(&arena, &a);
        if (a.ok || !strstr(found, mistakes[i].says))
            fail_msg("`%s`: found \"%s\" instead of \"%s\"", mistakes[i].text, found,
                     mistakes[i].says);
        assert_int_equal(a.sink.all.at[0]->code, DIAG_E0903);
        bool same_line = (uint32_t)atoi(found) == mistakes[i].line;
        if (mistakes[i].says[0] == ':' && !same_line && mistakes[i].line != 9
            && mistakes[i].line != 10)
            fail_msg("`%s`: line %s", mistakes[i].text, found);
        arena_release(&arena);
    }
}

static void several_mistakes_are_reported(void **state)
{
    (void)state;
    struct arena arena;
    struct assembly a;
    struct device device = tiny_device();
    arena_init(&arena, NULL);
    char *text = arena_printf(&arena, "%s\ncam 7\nbias x\n", with_line(&arena, 16, "latch ?"));
    assemble(&arena, &device, text, &a);
    assert_false(a.ok);
    assert_int_equal(a.sink.n_errors, 3);
    arena_release(&arena);
}

/* Nothing stands before them that they could be parts of. */
static void misplaced_parts_are_refused_once(void **state)
{
    (void)state;
    struct device device = tiny_device();
    const char *const parts[] = {"send 0 cores 0 x 0 y 0 tag 0", "piece 0 .. 1 at chip0.core0.n0"};
    for (int i = 0; i < 2; i++) {
        struct arena arena;
        struct assembly a;
        arena_init(&arena, NULL);
        char *text = arena_printf(&arena, "%s\n%s\n%s\n%s\n%s\n%s\n%s\n", head[0], head[1], head[2],
                                  head[3], parts[i], parts[i], parts[i]);
        assemble(&arena, &device, text, &a);
        assert_false(a.ok);
        assert_int_equal(a.sink.n_errors, 1);
        assert_non_null(strstr(first_finding(&arena, &a), "5:1: `"));
        arena_release(&arena);
    }
}

/* Whatever stands in the file: an answer, and with it a place or an image. */
static void damaged_listings_are_answered(void **state)
{
    (void)state;
    struct arena arena;
    struct board b;
    arena_init(&arena, NULL);
    board_tiny(&b, &arena);
    char *text = image_listing(&arena, &b.image);
    size_t n = strlen(text);
    for (uint32_t i = 0; i < 3000; i++) {
        struct arena scratch;
        struct assembly a;
        arena_init(&scratch, NULL);
        char *copy = arena_strdup(&scratch, text);
        for (uint32_t k = 1 + board_below(&b, 3); k > 0; k--)
            copy[board_below(&b, (uint32_t)n)] = (char)(1 + board_below(&b, 255));
        if (i % 3 == 0)
            copy[board_below(&b, (uint32_t)n)] = 0;
        assemble(&scratch, &b.device, copy, &a);
        if (!a.ok && a.sink.n_errors == 0)
            fail_msg("turn %u: refused without a reason", i);
        arena_release(&scratch);
    }
    arena_release(&arena);
}

/* Steps of every width, and a change of step within a probe. */
static void probe_ranges(void **state)
{
    (void)state;
    struct arena arena;
    struct board b;
    arena_init(&arena, NULL);
    board_random(&b, &arena, 21, 1, 1);
    struct image_population *population = &b.image.populations.at[0];
    uint32_t size = 1;
    for (uint32_t d = 0; d < population->n_dims; d++)
        size *= population->dims[d];
    for (uint32_t step = 1; step < 5; step++) {
        struct image_probe probe = {.kind = PROBE_MEMBRANE};
        probe.unit = ARENA_ARRAY(&arena, uint32_t, size);
        for (uint32_t u = 0; u<size; u += u> size / 2 ? 1 : step)
            probe.unit[probe.n_units++] = u;
        VEC_PUSH(&arena, &b.image.probes, probe);
    }
    assert_trip(&arena, &b.image, 21);
    arena_release(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(random_images_survive_the_trip),
        cmocka_unit_test(odd_text_survives_the_trip),
        cmocka_unit_test(listing_reads_as_expected),
        cmocka_unit_test(empty_parts_are_left_out),
        cmocka_unit_test(comments_and_blanks_do_not_matter),
        cmocka_unit_test(short_listing_is_accepted),
        cmocka_unit_test(every_mistake_is_located),
        cmocka_unit_test(several_mistakes_are_reported),
        cmocka_unit_test(misplaced_parts_are_refused_once),
        cmocka_unit_test(damaged_listings_are_answered),
        cmocka_unit_test(probe_ranges),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
