/* Delay currents: the law, classes, tolerances, against brute force on few codes.
 * links: backend device compiler base */
#include "backend/bias_delay.h"
#include "compiler/base/rng.h"
#include "tests/unit/bias_net.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

static const struct bias_class *only_class(const struct bias_net *b)
{
    return &b->plan.classes.at[0];
}

/* The law once more: Q / I in ps, from the codes of a class. */
static int64_t delay_ps(const struct bias_net *b, unsigned bits)
{
    const struct bias_code *code = only_class(b)->code;
    double za = (double)device_bias_za(&b->device, BIAS_SYPD_DLY0_P, code[BIAS_SYPD_DLY0_P]);
    if (bits & 1)
        za += (double)device_bias_za(&b->device, BIAS_SYPD_DLY1_P, code[BIAS_SYPD_DLY1_P]);
    if (bits & 2)
        za += (double)device_bias_za(&b->device, BIAS_SYPD_DLY2_P, code[BIAS_SYPD_DLY2_P]);
    return (int64_t)(3.5e20 / za + 0.5);
}

static bool at_default(const struct bias_net *b, int bias)
{
    struct bias_code code = only_class(b)->code[bias], def = b->device.bias[bias].def;
    return code.coarse == def.coarse && code.fine == def.fine;
}

static void without_delays_nothing_changes(void **state)
{
    (void)state;
    struct bias_net b;
    bias_net_init(&b);
    uint32_t p = add_population(&b, "p", add_set(&b, "a"), 3);
    uint32_t attr = connect_delay(&b, p, 0);
    bias_net_run(&b, true);
    for (int i = 0; i < N_DELAYS; i++)
        assert_true(at_default(&b, BIAS_SYPD_DLY0_P + i));
    const struct bias_class *class = only_class(&b);
    assert_int_equal(class->delay[attr], 3);
    assert_int_equal(class->delays.n, 1);
    assert_true(class->delays.at[0].omitted);
    assert_int_equal(class->delays.at[0].realised_ps, delay_ps(&b, 3));
    assert_int_equal(class->delays.at[0].bits, 3);
    assert_int_equal(class->delays.at[0].count, 3);
    assert_false(class->delays_solved);
    assert_int_equal(findings(&b, DIAG_N0811), 0);
    bias_net_free(&b);
}

/* Class of an edge without a delay where all three currents are given. */
static unsigned fastest_with(struct bias_code i0, struct bias_code i1, struct bias_code i2)
{
    struct bias_net b;
    const struct bias_code code[N_DELAYS] = {i0, i1, i2};
    bias_net_init(&b);
    uint32_t s = add_set(&b, "a");
    for (int i = 0; i < N_DELAYS; i++)
        ask_code(&b, s, BIAS_SYPD_DLY0_P + i, code[i].coarse, code[i].fine);
    uint32_t attr = connect_delay(&b, add_population(&b, "p", s, 1), 0);
    bias_net_run(&b, true);
    const struct bias_class *class = only_class(&b);
    unsigned bits = class->delay[attr];
    assert_int_equal(b.sink.n_errors, 0);
    assert_int_equal(class->delays.at[0].bits, bits);
    assert_int_equal(class->delays.at[0].realised_ps, delay_ps(&b, bits));
    for (unsigned c = 0; c < N_DELAY_CLASSES; c++)
        assert_true(delay_ps(&b, bits) < delay_ps(&b, c)
                    || (delay_ps(&b, bits) == delay_ps(&b, c) && bits <= c));
    bias_net_free(&b);
    return bits;
}

/* Next to a large current the least one is not seen in ps: ties go to the lowest class. */
static void omitted_takes_the_least_delay(void **state)
{
    (void)state;
    const struct bias_code most = {5, 255}, less = {5, 249}, some = {1, 9}, least = {0, 0};
    assert_int_equal(fastest_with(most, most, most), 3);
    assert_int_equal(fastest_with(most, some, some), 3);
    assert_int_equal(fastest_with(most, some, most), 2);
    assert_int_equal(fastest_with(most, less, least), 1);
    assert_int_equal(fastest_with(most, least, least), 3); /* DLY2, 8 times DLY1, is seen */
    assert_int_equal(fastest_with(least, least, least), 3);
}

/* A class asked for by name is taken, be it slower. */
static void named_and_omitted_side_by_side(void **state)
{
    (void)state;
    struct bias_net b;
    bias_net_init(&b);
    uint32_t p = add_population(&b, "p", add_set(&b, "a"), 1);
    uint32_t named = add_attr(&b, (struct syn_attr){.weight_kind = WEIGHT_SLOTS,
                                                    .slots = 1,
                                                    .delay_kind = DELAY_CLASS,
                                                    .delay_class = 1});
    connect(&b, p, named);
    uint32_t none = connect_delay(&b, p, 0);
    bias_net_run(&b, true);
    assert_int_equal(only_class(&b)->delay[named], 1);
    assert_int_equal(only_class(&b)->delay[none], 3);
    bias_net_free(&b);
}

static void one_delay_takes_the_slow_class(void **state)
{
    (void)state;
    struct bias_net b;
    bias_net_init(&b);
    uint32_t p = add_population(&b, "p", add_set(&b, "a"), 3);
    uint32_t slow = connect_delay(&b, p, 5 * MS), none = connect_delay(&b, p, 0);
    bias_net_run(&b, true);
    const struct bias_class *class = only_class(&b);
    assert_int_equal(b.sink.n_errors, 0);
    assert_int_equal(class->delay[slow], 0);
    assert_int_equal(class->delay[none], 3);
    assert_true(at_default(&b, BIAS_SYPD_DLY1_P) && at_default(&b, BIAS_SYPD_DLY2_P));
    assert_int_equal(class->delays.at[0].requested_ps, 5 * MS);
    assert_int_equal(class->delays.at[0].realised_ps, delay_ps(&b, 0));
    assert_true(class->delays.at[0].error_permille <= 20);
    assert_true(class->delays.at[1].omitted);
    assert_true(class->delays.at[1].realised_ps < US);
    assert_true(class->delays_solved);
    assert_int_equal(findings(&b, DIAG_N0811), 1);
    bias_net_free(&b);
}

static void three_delays_take_three_currents(void **state)
{
    (void)state;
    struct bias_net b;
    bias_net_init(&b);
    uint32_t p = add_population(&b, "p", add_set(&b, "a"), 3);
    const int64_t ps[] = {20 * MS, 3 * MS, 8 * MS};
    uint32_t attr[3];
    for (int i = 0; i < 3; i++)
        attr[i] = connect_delay(&b, p, ps[i]);
    bias_net_run(&b, true);
    const struct bias_class *class = only_class(&b);
    assert_int_equal(b.sink.n_errors, 0);
    assert_int_equal(class->delay[attr[0]], 0);
    assert_int_equal(class->delays.n, 3);
    for (uint32_t i = 0; i < 3; i++) {
        const struct delay_choice *choice = &class->delays.at[i];
        assert_int_equal(choice->realised_ps, delay_ps(&b, choice->bits));
        assert_true(choice->error_permille <= 100);
        assert_int_equal(choice->count, 3);
    }
    assert_true(class->delays.at[0].requested_ps < class->delays.at[2].requested_ps);
    bias_net_free(&b);
}

/* 1/d_both = 1/d_P + 1/d_M - 1/d_none: 20, 10, 10 ms leave 6.67 ms for the fourth class. */
static uint32_t fourth(int64_t ps)
{
    struct bias_net b;
    bias_net_init(&b);
    uint32_t s = add_set(&b, "a");
    uint32_t p = add_population(&b, "p", s, 1);
    set_at(&b, s)->delay[NET_DELAY_NONE] = (struct delay_request){20 * MS, next_place(&b)};
    set_at(&b, s)->delay[NET_DELAY_PRECISE] = (struct delay_request){10 * MS, next_place(&b)};
    set_at(&b, s)->delay[NET_DELAY_MISMATCHED] = (struct delay_request){10 * MS, next_place(&b)};
    connect_delay(&b, p, ps);
    bias_net_run(&b, true);
    uint32_t n = findings(&b, DIAG_E0506);
    assert_int_equal(b.sink.n_errors, n);
    bias_net_free(&b);
    return n;
}

static void the_fourth_class_is_not_free(void **state)
{
    (void)state;
    assert_int_equal(fourth(6667 * US), 0);
    assert_int_equal(fourth(6 * MS), 0); /* within 10 % of each, all currents bent a little */
    assert_int_equal(fourth(3 * MS), 1);
    assert_int_equal(fourth(10 * MS), 0); /* shares a class */
}

static void five_delays_are_too_many(void **state)
{
    (void)state;
    struct bias_net b;
    bias_net_init(&b);
    uint32_t p = add_population(&b, "p", add_set(&b, "fire"), 1);
    const int64_t ps[] = {MS, 2 * MS, 3 * MS, 5 * MS, 8 * MS};
    for (int i = 0; i < 5; i++)
        connect_delay(&b, p, ps[i]);
    bias_net_run(&b, true);
    assert_int_equal(findings(&b, DIAG_E0506), 1);
    assert_non_null(strstr(message(&b, DIAG_E0506), "`fire` needs 5 delays"));
    const struct diag *diag = b.sink.all.at[b.sink.all.n - 1];
    assert_true(diag->notes.n >= 5);
    assert_int_equal(diag->fixes.n, 1);
    bias_net_free(&b);
}

static void out_of_reach_is_told(void **state)
{
    (void)state;
    struct bias_net b;
    bias_net_init(&b);
    uint32_t p = add_population(&b, "p", add_set(&b, "a"), 1);
    connect_delay(&b, p, 60 * 1000 * MS); /* a minute */
    bias_net_run(&b, true);
    assert_int_equal(findings(&b, DIAG_E0506), 1);
    bias_net_free(&b);
}

static void given_currents_stay(void **state)
{
    (void)state;
    struct bias_net b;
    bias_net_init(&b);
    uint32_t s = add_set(&b, "a");
    ask_code(&b, s, BIAS_SYPD_DLY0_P, 0, 0); /* never */
    uint32_t p = add_population(&b, "p", s, 1);
    uint32_t timed = connect_delay(&b, p, 2 * MS), none = connect_delay(&b, p, 0);
    uint32_t named = add_attr(&b, (struct syn_attr){.weight_kind = WEIGHT_SLOTS,
                                                    .slots = 1,
                                                    .delay_kind = DELAY_CLASS,
                                                    .delay_class = 2});
    connect(&b, p, named);
    bias_net_run(&b, true);
    const struct bias_class *class = only_class(&b);
    assert_int_equal(b.sink.n_errors, 0);
    assert_int_equal(class->code[BIAS_SYPD_DLY0_P].coarse, 0);
    assert_int_equal(class->code[BIAS_SYPD_DLY0_P].fine, 0);
    assert_int_equal(class->delay[timed], 1);
    assert_int_equal(class->delay[named], 2);
    assert_int_equal(class->delay[none], 3);
    assert_int_equal(class->delays.n, 3);
    assert_true(class->delays.at[1].named);
    bias_net_free(&b);
}

/* --- against brute force --- */

struct few { /* delays of all classes for all codes of a small device */
    struct delay_problem problem;
    int64_t current[N_DELAYS][64];
    uint32_t ascending[N_DELAYS][64];
};

static void set_up(struct few *few, const struct device *device)
{
    struct delay_problem *p = &few->problem;
    memset(few, 0, sizeof *few);
    p->charge = (unsigned __int128)3.5e20;
    p->n_codes = (device->max_coarse + 1) * (device->max_fine + 1);
    for (int i = 0; i < N_DELAYS; i++) {
        for (uint32_t c = 0; c < p->n_codes; c++) {
            struct bias_code code = {(uint8_t)(c / (device->max_fine + 1)),
                                     (uint8_t)(c % (device->max_fine + 1))};
            few->current[i][c] = device_bias_za(device, BIAS_SYPD_DLY0_P + i, code);
            uint32_t at = c;
            for (; at > 0 && few->current[i][few->ascending[i][at - 1]] > few->current[i][c]; at--)
                few->ascending[i][at] = few->ascending[i][at - 1];
            few->ascending[i][at] = c;
        }
        p->current[i] = few->current[i];
        p->ascending[i] = few->ascending[i];
        p->free[i] = true;
        p->held[i] = p->n_codes - 1;
    }
}

static bool slow_search(const struct delay_problem *p, unsigned solve, uint64_t limit,
                        struct delay_codes *best)
{
    bool found = false;
    uint32_t n = p->n_codes;
    for (uint32_t k = 0; k < n * n * n; k++) {
        struct delay_codes t = {.code = {k / n / n, k / n % n, k % n}, .within = true};
        bool skip = false;
        for (int i = 0; i < N_DELAYS; i++)
            skip = skip || (!(solve >> i & 1) && t.code[i] != p->held[i]);
        for (uint32_t w = 0; w < p->n && !skip; w++) {
            int64_t d = delay_of(p, t.code, delay_class(p, t.code, &p->wish[w]));
            uint64_t e = bias_permille(d, p->wish[w].ps);
            t.within = t.within && bias_within(d, p->wish[w].ps, p->wish[w].tolerance);
            t.worst = e > t.worst ? e : t.worst;
            t.squares += (unsigned __int128)e * e;
        }
        if (skip || !t.within || t.worst > limit)
            continue;
        if (!found || t.worst < best->worst
            || (t.worst == best->worst && t.squares < best->squares))
            *best = t;
        found = true;
    }
    return found;
}

static void search_equals_brute_force(void **state)
{
    (void)state;
    struct device small = *device_dynapse2();
    small.max_coarse = 1;
    small.max_fine = 15;
    struct few few;
    set_up(&few, &small);
    uint64_t dice = 21;
    uint32_t found_some = 0;
    print_message("seed 21\n");
    for (int trial = 0; trial < 200; trial++) {
        struct delay_wish wish[3];
        dice = rng_mix(dice);
        few.problem.n = 1 + (uint32_t)(dice % 3);
        few.problem.wish = wish;
        for (uint32_t i = 0; i < few.problem.n; i++) {
            dice = rng_mix(dice);
            wish[i] =
                (struct delay_wish){(int64_t)(dice >> 20) % (300 * MS) + 10 * MS, ANY_CLASS, 0.2};
        }
        wish[few.problem.n - 1].class = dice % 3 ? 0 : ANY_CLASS;
        unsigned solve = (unsigned)(dice >> 8) & 7;
        struct delay_codes fast = {0}, slow = {0};
        bool a = delay_search(&few.problem, solve, 201, &fast) && fast.within;
        bool b = slow_search(&few.problem, solve, 201, &slow);
        assert_int_equal(a, b);
        found_some += a;
        if (!a)
            continue;
        for (int i = 0; i < N_DELAYS; i++)
            assert_int_equal(fast.code[i], slow.code[i]);
        assert_int_equal(fast.worst, slow.worst);
    }
    print_message("%u of 200 solvable\n", found_some);
    assert_true(found_some >= 20);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(without_delays_nothing_changes),
        cmocka_unit_test(omitted_takes_the_least_delay),
        cmocka_unit_test(named_and_omitted_side_by_side),
        cmocka_unit_test(one_delay_takes_the_slow_class),
        cmocka_unit_test(three_delays_take_three_currents),
        cmocka_unit_test(the_fourth_class_is_not_free),
        cmocka_unit_test(five_delays_are_too_many),
        cmocka_unit_test(out_of_reach_is_told),
        cmocka_unit_test(given_currents_stay),
        cmocka_unit_test(search_equals_brute_force),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
