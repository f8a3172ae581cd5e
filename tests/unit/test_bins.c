/* links: mapper compiler device base */
/* Packing into bins: bound and search against an exhaustive packing, and planted packings found. */
#include "tests/unit/net_builder.h"

#include "mapper/bins.h"

enum { MOST = 64, NODES = 1600000 };

static uint32_t dice(uint64_t seed, uint32_t i, uint32_t sides)
{
    return (uint32_t)(rng_bits(seed, i, 0) % sides);
}

/* Every part to every bin with room. */
static bool fits(const uint32_t *size, uint32_t n, uint32_t *room, uint32_t bins)
{
    if (n == 0)
        return true;
    for (uint32_t b = 0; b < bins; b++) {
        if (room[b] < size[n - 1])
            continue;
        room[b] -= size[n - 1];
        bool rest = fits(size, n - 1, room, bins);
        room[b] += size[n - 1];
        if (rest)
            return true;
    }
    return false;
}

static void check_packing(const struct bins *bins, const uint32_t *bin_of)
{
    uint32_t load[MOST] = {0};
    for (uint32_t i = 0; i < bins->n; i++) {
        assert_true(bin_of[i] < bins->n_bins);
        load[bin_of[i]] += bins->size[i];
    }
    for (uint32_t b = 0; b < bins->n_bins; b++)
        assert_true(load[b] <= bins->room[b]);
}

static void test_agrees_with_every_packing(void **state)
{
    (void)state;
    uint32_t found = 0, refused = 0;
    for (uint64_t seed = 0; seed < 4000; seed++) {
        struct arena arena;
        uint32_t size[8], room[5], bin_of[8], capacity = 4 + dice(seed, 0, 12);
        uint32_t n = 1 + dice(seed, 1, 8), n_bins = 1 + dice(seed, 2, 4);
        uint32_t n_open = dice(seed, 3, 2) ? dice(seed, 4, n_bins + 1) : 0;
        arena_init(&arena, NULL);
        for (uint32_t i = 0; i < n; i++)
            size[i] = 1 + dice(seed, 10 + i, capacity);
        for (uint32_t b = 0; b < n_bins; b++)
            room[b] = b < n_open ? dice(seed, 30 + b, capacity + 1) : capacity;
        const struct bins bins = {size, n, room, n_bins, n_open, NODES};
        uint64_t nodes = 0;
        enum bins_answer answer = bins_pack(&arena, &bins, bin_of, &nodes);
        assert_true(nodes <= NODES);
        bool yes = fits(size, n, room, n_bins);
        assert_int_equal(answer, yes ? BINS_YES : BINS_NO);
        if (yes)
            check_packing(&bins, bin_of);
        if (yes && n_open == 0)
            assert_true(bins_least(size, n, 0, capacity) <= n_bins);
        found += yes;
        refused += !yes;
        arena_release(&arena);
    }
    assert_true(found > 500 && refused > 500);
}

/* Bins cut at random, without any room to spare. */
static void test_finds_planted(void **state)
{
    (void)state;
    for (uint64_t seed = 0; seed < 60; seed++) {
        struct arena arena;
        uint32_t n_bins = 1 + dice(seed, 0, 16), pieces = 2 + dice(seed, 1, 4), n = 0;
        uint32_t size[MOST * 6], room[MOST], bin_of[MOST * 6];
        arena_init(&arena, NULL);
        for (uint32_t b = 0; b < n_bins; b++) {
            uint32_t left = 256;
            room[b] = 256;
            for (uint32_t k = pieces; k > 1; k--) {
                uint32_t even = left / k;
                size[n] = even - even / 3 + dice(seed, 100 + n, 2 * even / 3);
                left -= size[n++];
            }
            size[n++] = left;
        }
        const struct bins bins = {size, n, room, n_bins, 0, NODES};
        assert_int_equal(bins_least(size, n, 0, 256), n_bins);
        uint64_t nodes = 0;
        if (bins_pack(&arena, &bins, bin_of, &nodes) != BINS_YES)
            fail_msg("seed %u: %u bins of %u parts", (unsigned)seed, n_bins, pieces);
        check_packing(&bins, bin_of);
        arena_release(&arena);
    }
}

static void test_bounds_at_their_limits(void **state)
{
    (void)state;
    uint32_t size[9];
    for (uint32_t i = 0; i < 9; i++)
        size[i] = 128;
    assert_int_equal(bins_least(size, 8, 0, 256), 4);
    assert_int_equal(bins_least(size, 8, 1, 256), 5);
    assert_int_equal(bins_least(size, 9, 0, 256), 5);
    for (uint32_t i = 0; i < 9; i++)
        size[i] = 129;
    assert_int_equal(bins_least(size, 9, 9 * 127, 256), 9);
    assert_int_equal(bins_least(size, 9, 9 * 127 + 1, 256), 10);
    for (uint32_t i = 0; i < 9; i++)
        size[i] = 85;
    assert_int_equal(bins_least(size, 9, 9, 256), 4);
    assert_int_equal(bins_least(size, 9, 0, 256), 3);
    for (uint32_t i = 0; i < 9; i++)
        size[i] = 86;
    assert_int_equal(bins_least(size, 9, 0, 256), 5);
    size[0] = size[1] = 200;
    size[2] = size[3] = 57;
    assert_int_equal(bins_least(size, 4, 0, 256), 3);
    size[2] = size[3] = 56;
    assert_int_equal(bins_least(size, 4, 0, 256), 2);
    assert_int_equal(bins_least(size, 0, 0, 256), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_agrees_with_every_packing),
                                       cmocka_unit_test(test_finds_planted),
                                       cmocka_unit_test(test_bounds_at_their_limits)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
