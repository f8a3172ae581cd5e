/* Threads, blocks of steps, how much room there is for events: nothing of it changes a bit.
 * links: runtime backend device base */
#include "runtime/crew.h"
#include "runtime/inbox.h"
#include "tests/unit/table_net.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

static const struct {
    const char *name;
    struct net_form form;
    unsigned circuits;
    struct net_run run;
    uint32_t block;
} net_case[] = {
    {"recurrence", {0}, 0, {1500, 99, false, 0.05, false}, 1},
    {"delays, depression, all circuits",
     {false, true, 0},
     ALL_CIRCUITS,
     {1500, 99, false, 0.05, false},
     1},
    {"delays of 7 steps and more", {false, false, 7}, 0, {1500, 99, false, 0.05, false}, 7},
    {"the same by blocks of 3", {false, false, 7}, 0, {1500, 3, false, 0.05, false}, 7},
    {"delays of 40 steps and more, all circuits",
     {false, false, 40},
     ALL_CIRCUITS,
     {1500, 99, false, 0.05, false},
     TABLE_MOST_BLOCK},
    {"more events than a lane holds", {false, true, 0}, 0, {600, 99, true, 0.3, false}, 1},
    {"the same with delays", {false, false, 5}, 0, {600, 99, true, 0.3, false}, 5},
    {"more events than there is room for", {false, false, 6}, 0, {600, 99, false, 0.9, true}, 6},
    {"the same step by step", {0}, 0, {600, 99, true, 0.2, true}, 1},
};

static uint64_t hash_with(size_t c, bool use_double, uint32_t threads, enum table_spread spread,
                          uint64_t *spikes)
{
    struct net net;
    struct net_run run = net_case[c].run;
    struct table_config config = {.dt = 1e-4,
                                  .use_double = use_double,
                                  .circuits = net_case[c].circuits,
                                  .n_tiles = NEURONS / STRIDE,
                                  .stride = STRIDE,
                                  .threads = threads,
                                  .spread = spread};
    *spikes = 0;
    assert_true(make_net(&net, &config, net_case[c].form));
    assert_int_equal(table_block(net.table), net_case[c].block);
    assert_true(table_threads(net.table) <= (threads ? threads : crew_processors()));
    if (spread == SPREAD_ALWAYS && crew_most() > 1)
        assert_int_equal(table_threads(net.table), threads < 3 ? threads : 3); /* a tile each */
    if (spread == SPREAD_NEVER)
        run.most_block = 1;
    uint64_t hash = run_net(&net, run, spikes);
    arena_release(&net.arena);
    return hash;
}

static void no_number_of_threads_changes_a_bit(void **state)
{
    (void)state;
    static const uint32_t threads[] = {1, 2, 3, 8};
    for (size_t c = 0; c < sizeof net_case / sizeof net_case[0]; c++)
        for (int use_double = 0; use_double < 2; use_double++) {
            uint64_t spikes, again, want = hash_with(c, use_double, 1, SPREAD_NEVER, &spikes);
            print_message("%s: %llu spikes, hash %#llx\n", net_case[c].name,
                          (unsigned long long)spikes, (unsigned long long)want);
            assert_true(spikes > 100);
            for (size_t k = 0; k < sizeof threads / sizeof threads[0]; k++) {
                assert_int_equal(hash_with(c, use_double, threads[k], SPREAD_ALWAYS, &again), want);
                assert_int_equal(again, spikes);
            }
            assert_int_equal(hash_with(c, use_double, 0, SPREAD_AUTO, &again), want);
        }
}

/* Small networks have nothing to share. */
static void small_networks_take_one_thread(void **state)
{
    (void)state;
    for (uint32_t asked = 0; asked <= 8; asked += 8) {
        struct net net;
        struct table_config config = {
            .dt = 1e-4, .n_tiles = NEURONS / STRIDE, .stride = STRIDE, .threads = asked};
        assert_true(make_net(&net, &config, (struct net_form){0}));
        assert_int_equal(table_threads(net.table), 1);
        arena_release(&net.arena);
    }
}

/* One way takes twice the time of the other; later it is the other way round. */
static void the_faster_way_is_taken(void **state)
{
    (void)state;
    for (uint32_t faster = 0; faster < 2; faster++) {
        struct crew_pace pace;
        memset(&pace, 0, sizeof pace);
        uint32_t taken[2] = {0}, first = faster, turns = 20000;
        for (uint32_t turn = 0; turn < 2 * turns; turn++) {
            uint32_t way = crew_pace_way(&pace), now = turn < turns ? first : 1 - first;
            assert_true(way < 2);
            taken[way == now]++;
            crew_pace_note(&pace, way == now ? 1e-3 : 2e-3);
        }
        assert_true(taken[0] < 2 * turns / 10);
        assert_true(taken[0] > 10); /* it is tried again */
    }
}

/* --- the inbox --- */

enum { TILES = 5, CELL_BITS = 4, CELLS = 4 << CELL_BITS, STEPS = 3 };

/* Random rows in random steps against plain addition; up to the last event that has room. */
static void inboxes_hold_what_they_are_given(void **state)
{
    (void)state;
    const struct lanes lanes = lanes_of_masks();
    for (uint64_t seed = 0; seed < 200; seed++) {
        static uint64_t want[STEPS][TILES * CELLS];
        uint64_t got[CELLS], capacity = 1 + seed * 3, used = 0;
        struct arena arena;
        struct dice dice = {.seed = seed};
        bool full = false;
        arena_init(&arena, NULL);
        memset(want, 0, sizeof want);
        struct inbox *inbox = inbox_new(&arena, TILES, CELL_BITS, STEPS, capacity);
        for (int turn = 0; turn < 2; turn++) { /* the second after an inbox_clear */
            used = 0;
            memset(want, 0, sizeof want);
            inbox_clear(inbox);
            for (int step = 0; step < STEPS; step++) {
                for (int row = 0; row < 20; row++) {
                    uint32_t word[9], n = (uint32_t)(unit(&dice) * 10);
                    uint32_t count = unit(&dice) < 0.2 ? (uint32_t)(unit(&dice) * 90000) + 1 : 1;
                    for (uint32_t e = 0; e < n; e++) {
                        uint32_t cell = (uint32_t)(unit(&dice) * TILES * CELLS);
                        word[e] = cell << MASK_BITS | (uint32_t)(unit(&dice) * 16);
                    }
                    bool room = n <= capacity - used;
                    assert_int_equal(inbox_add(inbox, word, n, count), room);
                    full |= !room;
                    used += room ? n : 0;
                    for (uint32_t e = 0; room && e < n; e++) {
                        uint32_t cell = word[e] >> MASK_BITS;
                        want[step][cell] =
                            lanes_saturating(want[step][cell], lanes.of[word[e] & 15], count);
                    }
                }
                inbox_end_step(inbox);
            }
            for (uint32_t tile = 0; tile < TILES; tile++)
                for (uint32_t step = 0; step < STEPS; step++) {
                    uint8_t touched[4] = {0};
                    memset(got, 0, sizeof got);
                    inbox_take(inbox, tile, step, true, got, touched);
                    assert_memory_equal(got, &want[step][tile * CELLS], sizeof got);
                    for (uint32_t cell = 0; cell < CELLS; cell++)
                        assert_true(!got[cell] || touched[cell >> CELL_BITS]);
                }
        }
        assert_true(full || seed > 60);
        arena_release(&arena);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(no_number_of_threads_changes_a_bit),
        cmocka_unit_test(small_networks_take_one_thread),
        cmocka_unit_test(the_faster_way_is_taken),
        cmocka_unit_test(inboxes_hold_what_they_are_given),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
