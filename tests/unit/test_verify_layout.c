/* The verifier's own tables. links: verify compiler base */
#include "tests/unit/verify_scene.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>

/* The defaults that are currents are the codes nearest to them. */
static void layout_defaults(void **state)
{
    (void)state;
    static const struct {
        uint32_t bias;
        int64_t za;
    } rows[] = {{0, 500000000},      {1, 5319148936},   {2, 21276595745},    {3, 1050000000000},
                {4, 100 * NA},       {21, 86879432624}, {22, 8687943262411}, {38, 86879432624},
                {39, 8687943262411}, {40, 35 * NA}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct code quiet = layout_bias(rows[i].bias)->quiet;
        assert_int_equal((uint32_t)quiet.coarse * LAYOUT_FINE + quiet.fine,
                         scene_nearest(rows[i].bias, rows[i].za));
    }
}

static void layout_ties(void **state)
{
    (void)state;
    int64_t current[LAYOUT_CODES];
    for (uint32_t i = 0; i < LAYOUT_CODES; i++)
        current[i] = 1000;
    current[300] = 10;
    current[400] = 14;
    struct code code = layout_nearest(current, 12); /* 300 and 400 are equally far */
    assert_int_equal((uint32_t)code.coarse * LAYOUT_FINE + code.fine, 300);
    assert_string_equal(layout_bias(43)->name, "SYPD_DLY2_P");
    assert_string_equal(layout_bias(51)->name, "SYSA_VB_P");
}

static void configurations_in_words(void **state)
{
    (void)state;
    struct arena arena;
    arena_init(&arena, NULL);
    uint32_t config = layout_config(DENDRITE_AMPA, 1, true, 5);
    assert_string_equal(layout_config_text(&arena, config), "ampa, w0 + w2, stp, precise");
    config = layout_config(DENDRITE_SHUNT, 2, false, 8);
    assert_string_equal(layout_config_text(&arena, config), "shunt, w3, mismatched");
    config = layout_config(DENDRITE_GABA, 0, false, 2) | layout_config(DENDRITE_NMDA, 0, false, 0);
    assert_string_equal(layout_config_text(&arena, config), "gaba + nmda, w1");
    assert_string_equal(layout_config_text(&arena, 0), "no dendrite, no weight");
    assert_string_equal(layout_latch_name(0), "so_dc");
    assert_string_equal(layout_latch_name(13), "ho_active");
    assert_string_equal(layout_latch_name(14), "?");
    arena_release(&arena);
}

/* Every code of every bias against the simulated table of the circuit, within what the compact
 * model promises. */
static void layout_against_table(void **state)
{
    (void)state;
    const char *shared = getenv("DYNC_SHARED");
    char path[512], type;
    unsigned coarse, fine, rows = 0;
    double amperes;
    snprintf(path, sizeof path, "%s/data/bias_table.csv", shared ? shared : "../shared");
    FILE *file = fopen(path, "r");
    if (!file) {
        print_message("SKIPPED: no %s\n", path);
        return;
    }
    int64_t n[LAYOUT_CODES], p[LAYOUT_CODES];
    layout_currents(25, n); /* DEAM_REV_N and DEGA_REV_P have the factor 1 */
    layout_currents(37, p);
    assert_int_equal(fscanf(file, "%*[^\n]\n"), 0);
    while (fscanf(file, "%c,%u,%u,%lf\n", &type, &coarse, &fine, &amperes) == 4) {
        double ours = 1e-21 * (double)(type == 'N' ? n : p)[coarse * LAYOUT_FINE + fine];
        double limit = coarse ? 0.011 : 0.068;
        assert_true(ours > amperes * (1 - limit) && ours < amperes * (1 + limit));
        rows++;
    }
    fclose(file);
    assert_int_equal(rows, 2 * LAYOUT_CODES);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(layout_defaults),
        cmocka_unit_test(layout_ties),
        cmocka_unit_test(configurations_in_words),
        cmocka_unit_test(layout_against_table),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
