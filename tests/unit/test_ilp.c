/* links: mapper compiler device base */
/* The solver behind its interface: answers, limits, faults inside it, integer checks. */
#include "mapper/ilp_text.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* max 5a + 4b + 3c with 2a + 3b + c <= 5, 4a + b + 2c <= 11, 3a + 4b + 2c <= 8 */
static void small_model(struct ilp_model *model, struct arena *arena)
{
    static const int64_t value[3][3] = {{2, 4, 3}, {3, 1, 4}, {1, 2, 2}};
    ilp_model_init(model, arena, "small");
    ilp_add_row(model, ILP_AT_MOST, 5);
    ilp_add_row(model, ILP_AT_MOST, 11);
    ilp_add_row(model, ILP_AT_MOST, 8);
    for (uint32_t j = 0; j < 3; j++) {
        ilp_add_column(model, -5 + (int64_t)j, -1);
        for (uint32_t i = 0; i < 3; i++)
            ilp_add_entry(model, i, value[j][i]);
    }
}

static void test_optimum(void **state)
{
    (void)state;
    struct arena arena;
    struct ilp_model model;
    struct ilp_result result;
    const struct ilp_options options = {0};
    int64_t cost;
    arena_init(&arena, NULL);
    small_model(&model, &arena);
    ilp_solve(&model, &options, &arena, &result);
    assert_int_equal(result.status, ILP_SOLVED);
    assert_true(ilp_check(&model, result.x, &cost));
    assert_int_equal(cost, -13);
    assert_non_null(result.dual);
    arena_release(&arena);
}

static void test_infeasible_is_a_hint(void **state)
{
    (void)state;
    struct arena arena;
    struct ilp_model model;
    struct ilp_result result;
    const struct ilp_options options = {0};
    arena_init(&arena, NULL);
    ilp_model_init(&model, &arena, "none");
    ilp_add_row(&model, ILP_AT_LEAST, 2);
    ilp_add_column(&model, 1, 1);
    ilp_add_entry(&model, 0, 1);
    ilp_solve(&model, &options, &arena, &result);
    assert_int_equal(result.status, ILP_INFEASIBLE);
    arena_release(&arena);
}

static void test_relaxation_only(void **state)
{
    (void)state;
    struct arena arena;
    struct ilp_model model;
    struct ilp_result result;
    const struct ilp_options options = {.relaxation = true};
    arena_init(&arena, NULL);
    small_model(&model, &arena);
    ilp_solve(&model, &options, &arena, &result);
    assert_int_equal(result.status, ILP_RELAXED);
    assert_non_null(result.dual);
    arena_release(&arena);
}

/* A row that does not exist is a fatal error inside the solver: it comes back as no answer, and the
 * next model is solved as if nothing had been. */
static void test_fault_inside_the_solver(void **state)
{
    (void)state;
    struct arena arena;
    struct ilp_model model;
    struct ilp_result result;
    const struct ilp_options options = {0};
    arena_init(&arena, NULL);
    small_model(&model, &arena);
    model.entries.at[4].row = 99;
    ilp_solve(&model, &options, &arena, &result);
    assert_int_equal(result.status, ILP_NOTHING);
    arena_release(&arena);
    test_optimum(NULL);
}

/* An equation with no small tree: sum of even numbers equals an odd one. */
static void test_node_limit(void **state)
{
    (void)state;
    struct arena arena;
    struct ilp_model model;
    struct ilp_result result;
    const struct ilp_options options = {.node_limit = 50};
    arena_init(&arena, NULL);
    ilp_model_init(&model, &arena, "parity");
    ilp_add_row(&model, ILP_EQUAL, 41);
    for (uint32_t j = 0; j < 40; j++) {
        ilp_add_column(&model, 0, 1);
        ilp_add_entry(&model, 0, 2);
    }
    ilp_solve(&model, &options, &arena, &result);
    assert_int_equal(result.status, ILP_NOTHING);
    assert_true(result.nodes > 50 && result.nodes < 60);
    arena_release(&arena);
}

/* Numbers farther than 1e-6 from integers are not believed; nearer ones are rounded. */
static void test_noise(void **state)
{
    (void)state;
    const struct ilp_shim slight = {3, 1e-7}, strong = {3, 1e-3};
    const struct ilp_options near = {.shim = &slight}, far = {.shim = &strong};
    struct arena arena;
    struct ilp_model model;
    struct ilp_result result;
    int64_t cost;
    arena_init(&arena, NULL);
    small_model(&model, &arena);
    ilp_solve(&model, &near, &arena, &result);
    assert_int_equal(result.status, ILP_SOLVED);
    assert_true(ilp_check(&model, result.x, &cost) && cost == -13);
    ilp_solve(&model, &far, &arena, &result);
    assert_int_equal(result.status, ILP_NOTHING);
    arena_release(&arena);
}

static void test_check_sees_every_row(void **state)
{
    (void)state;
    struct arena arena;
    struct ilp_model model;
    int64_t cost, x[3] = {2, 0, 1};
    arena_init(&arena, NULL);
    small_model(&model, &arena);
    assert_true(ilp_check(&model, x, &cost));
    x[2] = 2;
    assert_false(ilp_check(&model, x, &cost));
    x[2] = -1;
    assert_false(ilp_check(&model, x, &cost));
    x[2] = 1;
    model.columns.at[0].upper = 1;
    assert_false(ilp_check(&model, x, &cost));
    arena_release(&arena);
}

struct heard {
    struct arena *arena;
    char *name, *text;
};
static void hear(void *context, const char *name, const char *bytes, size_t n)
{
    struct heard *heard = context;
    heard->name = arena_strdup(heard->arena, name);
    heard->text = arena_strndup(heard->arena, bytes, n);
}

/* Rows of every sense, an empty row, bounds and none, a cost of nothing; names count up. */
static void test_models_as_text(void **state)
{
    (void)state;
    struct arena arena;
    struct ilp_model model;
    struct ilp_result result;
    arena_init(&arena, NULL);
    struct heard heard = {.arena = &arena};
    struct ilp_dump dump = {41, hear, &heard};
    struct ilp_options options = {.dump = &dump};
    ilp_model_init(&model, &arena, "small");
    ilp_add_row(&model, ILP_AT_LEAST, 3);
    ilp_add_row(&model, ILP_AT_MOST, 9);
    ilp_add_row(&model, ILP_AT_MOST, 0);
    ilp_add_row(&model, ILP_EQUAL, -1);
    ilp_add_column(&model, 2, 5);
    ilp_add_entry(&model, 0, 2);
    ilp_add_entry(&model, 3, -1);
    ilp_add_column(&model, 0, -1);
    ilp_add_entry(&model, 3, 1);
    ilp_add_entry(&model, 0, 1);
    ilp_solve(&model, &options, &arena, &result);
    assert_string_equal(heard.name, "042-small.lp");
    assert_string_equal(heard.text, "\\ small: 2 columns, 4 rows, integer\n"
                                    "\\ optimum 4\n"
                                    "Minimize\n cost: + 2 x0\n"
                                    "Subject To\n"
                                    " r0: + 2 x0 + 1 x1 >= 3\n"
                                    " r1: + 0 x0 <= 9\n"
                                    " r2: + 0 x0 <= 0\n"
                                    " r3: - 1 x0 + 1 x1 = -1\n"
                                    "Bounds\n 0 <= x0 <= 5\n"
                                    "Generals\n x0 x1\nEnd\n");
    options.relaxation = true;
    ilp_solve(&model, &options, &arena, &result);
    assert_string_equal(heard.name, "043-small.lp");
    assert_non_null(strstr(heard.text, "linear relaxation\n\\ relaxed optimum 2.666667\n"));
    assert_null(strstr(heard.text, "Generals"));
    model.rows.at[3].rhs = -9;
    ilp_solve(&model, &options, &arena, &result);
    assert_non_null(strstr(heard.text, "\\ infeasible\n"));
    arena_release(&arena);
}

/* No line grows with the model. */
static void test_lines_are_short(void **state)
{
    (void)state;
    struct arena arena;
    struct ilp_model model;
    struct ilp_result result;
    arena_init(&arena, NULL);
    struct heard heard = {.arena = &arena};
    struct ilp_dump dump = {0, hear, &heard};
    const struct ilp_options options = {.dump = &dump};
    ilp_model_init(&model, &arena, "long");
    ilp_add_row(&model, ILP_AT_LEAST, 1000000007);
    for (int64_t j = 0; j < 500; j++) {
        ilp_add_column(&model, 1000000000 + j, -1);
        ilp_add_entry(&model, 0, 1000000 + j);
    }
    ilp_solve(&model, &options, &arena, &result);
    for (const char *line = heard.text; *line; line += strcspn(line, "\n") + 1)
        assert_true(strcspn(line, "\n") < 200);
    arena_release(&arena);
}

static void test_integer_duals(void **state)
{
    (void)state;
    assert_int_equal(ilp_repaired_dual(0.5, 0, ILP_DUAL_SCALE), ILP_DUAL_SCALE / 2);
    assert_int_equal(ilp_repaired_dual(-1e-9, 0, ILP_DUAL_SCALE), 0);
    assert_int_equal(ilp_repaired_dual(7.0, 0, ILP_DUAL_SCALE), ILP_DUAL_SCALE);
    assert_int_equal(ilp_repaired_dual((double)NAN, 0, ILP_DUAL_SCALE), 0);
    assert_int_equal(ilp_scaled_ceiling(0), 0);
    assert_int_equal(ilp_scaled_ceiling(1), 1);
    assert_int_equal(ilp_scaled_ceiling(ILP_DUAL_SCALE), 1);
    assert_int_equal(ilp_scaled_ceiling(ILP_DUAL_SCALE + 1), 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_optimum),
        cmocka_unit_test(test_infeasible_is_a_hint),
        cmocka_unit_test(test_relaxation_only),
        cmocka_unit_test(test_fault_inside_the_solver),
        cmocka_unit_test(test_node_limit),
        cmocka_unit_test(test_noise),
        cmocka_unit_test(test_check_sees_every_row),
        cmocka_unit_test(test_models_as_text),
        cmocka_unit_test(test_lines_are_short),
        cmocka_unit_test(test_integer_duals),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
