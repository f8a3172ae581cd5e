/* links: mapper compiler device base */
/* The solver behind its interface: answers, limits, faults inside it, integer checks. */
#include "mapper/ilp.h"

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
        cmocka_unit_test(test_integer_duals),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
