/* links: mapper compiler device base */
/* Tag numbers: the pattern model, the numbering and exhaustive colouring must agree. */
#include "tests/unit/net_builder.h"

#include "mapper/tags.h"

static uint32_t dice(uint64_t seed, uint32_t i, uint32_t sides)
{
    return (uint32_t)(rng_bits(seed, i, 0) % sides);
}

/* Fewest numbers for the items by trying every colouring, the first item of a colour opening it. */
static uint32_t colour(const struct tag_item *items, uint32_t n, uint32_t at, uint32_t *busy,
                       uint32_t used, uint32_t best)
{
    if (used >= best)
        return best;
    if (at == n)
        return used;
    for (uint32_t k = 0; k < used; k++) {
        if (busy[k] & items[at].mask)
            continue;
        busy[k] |= items[at].mask;
        best = colour(items, n, at + 1, busy, used, best);
        busy[k] &= ~items[at].mask;
    }
    busy[used] = items[at].mask;
    return colour(items, n, at + 1, busy, used + 1, best);
}

static bool legal(const struct tag_item *items, uint32_t n, uint32_t limit)
{
    for (uint32_t i = 0; i < n; i++) {
        if (items[i].number >= limit)
            return false;
        for (uint32_t j = 0; j < i; j++)
            if (items[i].number == items[j].number && (items[i].mask & items[j].mask))
                return false;
    }
    return true;
}

static void test_model_against_colouring(void **state)
{
    (void)state;
    enum { INSTANCES = 3000 };
    struct arena arena;
    const struct ilp_options options = {0};
    uint32_t reached = 0;
    for (uint64_t seed = 1; seed <= INSTANCES; seed++) {
        struct tag_item items[9] = {{0}};
        uint32_t cores = 1 + dice(seed, 100, 4), n = dice(seed, 101, 10), count[16] = {0};
        uint32_t busy[16];
        struct tags_result result;
        arena_init(&arena, NULL);
        for (uint32_t i = 0; i < n; i++) {
            items[i].mask = 1 + dice(seed, i, (1u << cores) - 1);
            count[items[i].mask]++;
        }
        uint32_t best = colour(items, n, 0, busy, 0, n + 1);
        uint32_t bound = tags_bound(&arena, count, cores, &options);
        if (bound != best)
            fail_msg("seed %llu: bound %u, by colouring %u", (unsigned long long)seed, bound, best);
        number_tags(&arena, items, n, cores, best, &options, &result);
        assert_int_equal(result.status, TAGS_FIT);
        assert_true(legal(items, n, best));
        reached += result.bound > 0;
        if (best > 0) {
            number_tags(&arena, items, n, cores, best - 1, &options, &result);
            assert_int_equal(result.status, TAGS_IMPOSSIBLE);
            assert_int_equal(result.bound, best);
        }
        arena_release(&arena);
    }
    print_message("seeds 1..%d: the model was needed %u times\n", INSTANCES, reached);
    assert_true(reached > 10);
}

/* Lowest free first, in the order of the items. */
static void test_numbers_are_lowest_free(void **state)
{
    (void)state;
    struct arena arena;
    const struct ilp_options options = {0};
    struct tags_result result;
    struct tag_item items[] = {{1, 9, false}, {2, 9, false},  {3, 9, false},
                               {1, 9, false}, {12, 9, false}, {2, 9, false}};
    const uint32_t expected[] = {0, 0, 1, 2, 0, 2};
    arena_init(&arena, NULL);
    number_tags(&arena, items, 6, 4, 2048, &options, &result);
    for (uint32_t i = 0; i < 6; i++)
        assert_int_equal(items[i].number, expected[i]);
    assert_int_equal(result.used, 3);
    arena_release(&arena);
}

/* In order the numbers run out, widest first they do not. */
static void test_limit_and_around(void **state)
{
    (void)state;
    struct arena arena;
    const struct ilp_options options = {0};
    struct tags_result result;
    enum { N = 2048 };
    arena_init(&arena, NULL);
    struct tag_item *items = ARENA_ARRAY(&arena, struct tag_item, 2 * N + 1);
    for (uint32_t i = 0; i < 2 * N; i++)
        items[i].mask = i % 2 ? 2 : 1;
    number_tags(&arena, items, 2 * N, 2, N, &options, &result);
    assert_int_equal(result.status, TAGS_FIT);
    items[2 * N].mask = 1;
    number_tags(&arena, items, 2 * N + 1, 2, N, &options, &result);
    assert_int_equal(result.status, TAGS_IMPOSSIBLE);
    assert_int_equal(result.bound, N + 1);
    /* 01|10 first, then pairs that only fit beside each other */
    struct tag_item few[] = {{1, 0, false},  {4, 0, false}, {3, 0, false},
                             {12, 0, false}, {2, 0, false}, {8, 0, false}};
    number_tags(&arena, few, 6, 4, 2, &options, &result);
    assert_int_equal(result.status, TAGS_FIT);
    assert_true(legal(few, 6, 2));
    arena_release(&arena);
}

/* A block of given numbers keeps them, in either order; others go around it where a core hears
 * both, and only there. */
static void test_given_numbers(void **state)
{
    (void)state;
    struct arena arena;
    const struct ilp_options options = {0};
    struct tags_result result;
    enum { BLOCK = 64, N = 200 };
    arena_init(&arena, NULL);
    for (uint32_t limit = 150; limit < 300; limit += 49) { /* 150: only widest first fits */
        struct tag_item *items = ARENA_ARRAY(&arena, struct tag_item, N);
        for (uint32_t i = 0; i < N; i++)
            items[i].mask = i < 50 ? 2 : i < 50 + BLOCK ? 1 : i < 150 ? 3 : 8;
        for (uint32_t i = 0; i < BLOCK; i++) {
            items[50 + i].fixed = true;
            items[50 + i].number = BLOCK + i;
        }
        number_tags(&arena, items, N, 4, limit, &options, &result);
        assert_int_equal(result.status, TAGS_FIT);
        for (uint32_t i = 0; i < BLOCK; i++)
            assert_int_equal(items[50 + i].number, BLOCK + i);
        assert_true(legal(items, N, limit));
        for (uint32_t i = 150; i < N; i++)
            assert_int_equal(items[i].number, i - 150); /* another core: nothing in the way */
    }
    struct tag_item over[] = {{1, 100, true}, {1, 0, false}};
    number_tags(&arena, over, 2, 1, 64, &options, &result);
    assert_int_equal(result.status,
                     TAGS_UNDECIDED); /* the given number is too large, not the count */
    arena_release(&arena);
}

/* Reordered columns and disturbed numbers change nothing. */
static void test_shim_changes_nothing(void **state)
{
    (void)state;
    struct arena arena;
    arena_init(&arena, NULL);
    for (uint64_t seed = 1; seed <= 200; seed++) {
        const struct ilp_shim shim = {seed, 1e-7};
        const struct ilp_options straight = {0}, disturbed = {.shim = &shim};
        uint32_t count[16] = {0};
        for (uint32_t m = 1; m < 16; m++)
            count[m] = dice(seed, m, 300);
        assert_int_equal(tags_bound(&arena, count, 4, &straight),
                         tags_bound(&arena, count, 4, &disturbed));
    }
    arena_release(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_model_against_colouring),
        cmocka_unit_test(test_numbers_are_lowest_free),
        cmocka_unit_test(test_limit_and_around),
        cmocka_unit_test(test_given_numbers),
        cmocka_unit_test(test_shim_changes_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
