/* links: mapper compiler device base */
/* Chips to positions against all ways to place them, and large boards against a planted way; the
 * assignments below that, against all permutations. */
#include "mapper/assign.h"
#include "mapper/grid.h"

#include "tests/unit/dice.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* --- assignments --------------------------------------------------------------------------------
 */

static int64_t least_from(const struct assign *p, uint32_t row, uint32_t taken)
{
    int64_t least = INT64_MAX;
    if (row == p->n_rows)
        return 0;
    for (uint32_t j = 0; j < p->n_columns; j++) {
        if (taken >> j & 1)
            continue;
        int64_t cost = p->cost[row * p->n_columns + j] + least_from(p, row + 1, taken | 1u << j);
        least = cost < least ? cost : least;
    }
    return least;
}

static void check_assignment(const struct assign *p, const struct assigned *r)
{
    int64_t cost = 0, prices = 0;
    uint64_t seen = 0;
    for (uint32_t i = 0; i < p->n_rows; i++) {
        assert_true(r->column[i] < p->n_columns && !(seen >> r->column[i] & 1));
        seen |= UINT64_C(1) << r->column[i];
        cost += p->cost[i * p->n_columns + r->column[i]];
        prices += r->row_price[i];
        for (uint32_t j = 0; j < p->n_columns; j++)
            assert_true(r->row_price[i] + r->col_price[j] <= p->cost[i * p->n_columns + j]);
    }
    for (uint32_t j = 0; j < p->n_columns; j++) {
        assert_true(r->col_price[j] <= 0 && (seen >> j & 1 || r->col_price[j] == 0));
        prices += r->col_price[j];
    }
    assert_int_equal(r->cost, cost);
    assert_int_equal(prices, cost);
}

static void test_assignments(void **state)
{
    struct arena arena;
    (void)state;
    for (uint32_t seed = 0; seed < 400; seed++) {
        struct dice d = {seed, 0};
        int64_t cost[7 * 60];
        arena_init(&arena, NULL);
        struct assign p = {1 + roll(&d, 6), 0, cost};
        p.n_columns = p.n_rows + roll(&d, 7 - p.n_rows);
        if (seed % 8 == 0)
            p.n_columns = 60;
        for (uint32_t i = 0; i < p.n_rows * p.n_columns; i++)
            cost[i] = seed % 3 ? (int64_t)roll(&d, 20) - 10
                               : (int64_t)roll(&d, 1 << 30) << 28 >> (seed % 5);
        struct assigned r;
        assign_rows(&arena, &p, &r);
        check_assignment(&p, &r);
        if (p.n_columns <= 7)
            assert_int_equal(r.cost, least_from(&p, 0, 0));
        arena_release(&arena);
    }
}

/* --- all placements -----------------------------------------------------------------------------
 */

struct board {
    struct arena arena;
    struct net net;
    struct device device;
    struct grid_chip *chips;
    struct grid_problem problem;
    struct grid_result result;
};

static void start(struct board *b, uint32_t w, uint32_t h)
{
    memset(b, 0, sizeof *b);
    arena_init(&b->arena, NULL);
    b->net.grid_w = w;
    b->net.grid_h = h;
    b->net.chips = w * h;
    b->device = *device_dynapse2();
    b->chips = ARENA_ARRAY(&b->arena, struct grid_chip, b->net.chips);
    b->problem = (struct grid_problem){.net = &b->net, .device = &b->device, .chips = b->chips};
}

static void tie(struct board *b, uint32_t from, uint32_t to, uint64_t traffic, uint32_t wish)
{
    VEC_PUSH(&b->arena, &b->problem.ties, (struct grid_tie){from, to, traffic, wish});
}

/* Places, and checks what any placement must be; the hops are counted anew. */
static void place(struct board *b)
{
    uint64_t hops = 0;
    bool fits = true;
    grid_place(&b->arena, &b->problem, &b->result);
    bool *seen = ARENA_ARRAY(&b->arena, bool, b->net.chips);
    for (uint32_t a = 0; a < b->net.chips; a++) {
        uint32_t at = b->result.position[a];
        assert_true(at < b->net.chips && !seen[at]);
        seen[at] = true;
        if (b->chips[a].used && b->chips[a].held)
            assert_int_equal(at, a);
        if (!b->chips[a].used)
            continue;
        fits = fits && (!b->chips[a].sends_home || board_sends_home(&b->net, &b->device, at));
        fits = fits && (!b->chips[a].hears_host || board_hears_host(&b->net, &b->device, at));
    }
    for (uint32_t i = 0; i < b->problem.ties.n; i++) {
        const struct grid_tie *t = &b->problem.ties.at[i];
        uint32_t from = b->result.position[t->from], to = b->result.position[t->to];
        hops += t->traffic * board_hops(&b->net, from, to);
        fits = fits && (!t->traffic || board_in_reach(&b->net, &b->device, from, to));
    }
    assert_int_equal(b->result.hops, hops);
    assert_int_equal(b->result.fits, fits);
}

struct worth { /* of a placement, in order of weight */
    uint64_t hops, wishes, ways;
};
struct trial { /* all placements by plain recursion */
    const struct board *b;
    uint32_t at[16], best_at[16];
    bool taken[16], found;
    struct worth best;
};

static int compare(const struct worth *a, const struct worth *b)
{
    if (a->hops != b->hops)
        return a->hops < b->hops ? -1 : 1;
    if (a->wishes != b->wishes)
        return a->wishes < b->wishes ? -1 : 1;
    return (a->ways > b->ways) - (a->ways < b->ways);
}

static void weigh(struct trial *t)
{
    const struct board *b = t->b;
    struct worth own = {0, 0, 0};
    for (uint32_t i = 0; i < b->problem.ties.n; i++) {
        const struct grid_tie *x = &b->problem.ties.at[i];
        uint32_t from = t->at[x->from], to = t->at[x->to], hops = board_hops(&b->net, from, to);
        if (x->traffic && !board_in_reach(&b->net, &b->device, from, to))
            return;
        own.hops += x->traffic * hops;
        own.wishes += x->wish * hops;
    }
    for (uint32_t a = 0; a < b->net.chips; a++)
        if (b->chips[a].used)
            own.ways += t->at[a] % b->net.grid_w + t->at[a] / b->net.grid_w;
    if (t->found && compare(&own, &t->best) >= 0)
        return;
    t->found = true;
    t->best = own;
    memcpy(t->best_at, t->at, sizeof t->at);
}

static void try_all(struct trial *t, uint32_t chip)
{
    const struct board *b = t->b;
    while (chip < b->net.chips && (!b->chips[chip].used || b->chips[chip].held))
        chip++;
    if (chip >= b->net.chips) {
        weigh(t);
        return;
    }
    for (uint32_t at = 0; at < b->net.chips; at++) {
        if (t->taken[at]
            || (b->chips[chip].sends_home && !board_sends_home(&b->net, &b->device, at))
            || (b->chips[chip].hears_host && !board_hears_host(&b->net, &b->device, at)))
            continue;
        t->taken[at] = true;
        t->at[chip] = at;
        try_all(t, chip + 1);
        t->taken[at] = false;
    }
}

static void compare_with_all(struct board *b)
{
    struct trial t = {.b = b};
    bool stands = true;
    for (uint32_t a = 0; a < b->net.chips; a++)
        if (b->chips[a].used && b->chips[a].held) {
            t.taken[a] = true;
            t.at[a] = a;
            stands = stands && (!b->chips[a].sends_home || board_sends_home(&b->net, &b->device, a))
                     && (!b->chips[a].hears_host || board_hears_host(&b->net, &b->device, a));
        }
    if (stands)
        try_all(&t, 0);
    assert_int_equal(b->result.fits, t.found);
    assert_true(b->result.proved);
    for (uint32_t a = 0; a < b->net.chips && t.found; a++)
        if (b->chips[a].used)
            assert_int_equal(b->result.position[a], t.best_at[a]);
}

static void random_board(struct board *b, uint32_t w, uint32_t h, struct dice *d)
{
    uint32_t density = 1 + roll(d, 4), most = 1 + roll(d, 50), left = 8;
    start(b, w, h);
    b->device.max_hop = roll(d, 3) ? 1 + roll(d, 3) : 7;
    b->device.monitor_x = -1 - (int32_t)roll(d, 4);
    for (uint32_t a = 0; a < b->net.chips; a++) {
        bool used = left > 0 && roll(d, 4) > 0;
        left -= used;
        b->chips[a] = (struct grid_chip){used, roll(d, 6) == 0, roll(d, 6) == 0, roll(d, 6) == 0};
    }
    for (uint32_t a = 0; a < b->net.chips; a++)
        for (uint32_t c = 0; c < b->net.chips; c++)
            if (a != c && b->chips[a].used && b->chips[c].used && roll(d, 4) < density)
                tie(b, a, c, roll(d, most), roll(d, 4) ? 0 : roll(d, 30));
}

static void test_all_small_boards(void **state)
{
    static const uint32_t shape[][2] = {{2, 1}, {1, 3}, {4, 1}, {1, 5}, {6, 1}, {7, 1}, {2, 2},
                                        {3, 2}, {2, 3}, {2, 4}, {4, 2}, {3, 3}, {8, 1}, {1, 8}};
    enum { SHAPES = sizeof shape / sizeof *shape };
    (void)state;
    for (uint32_t seed = 0; seed < 28 * SHAPES; seed++) {
        struct dice d = {seed, 0};
        struct board b;
        const uint32_t *own = shape[seed % SHAPES];
        if (own[0] * own[1] > 7 && seed % 7 > 0)
            continue;
        random_board(&b, own[0], own[1], &d);
        place(&b);
        compare_with_all(&b);
        arena_release(&b.arena);
    }
}

/* --- limits -------------------------------------------------------------------------------------
 */

/* A row of nine full chips: 0 and 1 have packets for each other, whom the rest pull apart. */
static void test_reach_in_rows(void **state)
{
    (void)state;
    for (uint32_t w = 8; w <= 10; w++) {
        struct board b;
        start(&b, w, 1);
        for (uint32_t a = 0; a < w; a++)
            b.chips[a].used = true;
        b.chips[0].held = b.chips[w - 1].held = true;
        tie(&b, 0, 1, 1000, 0);
        tie(&b, 1, w - 1, 1, 0);
        place(&b);
        assert_true(b.result.fits);
        assert_int_equal(b.result.hops, w <= 9 ? 1000 + w - 2 : 2000 + w - 3);
        arena_release(&b.arena);
    }
}

/* Chips that send home and that hear the host, at the last place and one beyond. */
static void test_host_limits(void **state)
{
    (void)state;
    for (uint32_t w = 7; w <= 9; w++)
        for (uint32_t kind = 0; kind < 3; kind++) {
            struct board b;
            bool x = kind < 2; /* as a row, or as a column */
            uint32_t most = kind == 0 ? 6 : 7;
            start(&b, x ? w : 1, x ? 1 : w);
            for (uint32_t a = 0; a < w; a++)
                b.chips[a] = (struct grid_chip){true, a + 1 < w, a + 1 == w && kind == 0,
                                                a + 1 == w && kind > 0};
            place(&b); /* the last chip has no choice */
            assert_int_equal(b.result.fits, w - 1 <= most);
            assert_true(b.result.proved);
            arena_release(&b.arena);
        }
}

/* --- larger boards ------------------------------------------------------------------------------
 */

/* Chips talk to those around them, and a few to far ones; their numbers are shuffled. Returns the
 * hops of what was planted. */
static uint64_t plant(struct board *b, uint32_t w, uint32_t h, uint32_t far, uint32_t seed)
{
    struct dice d = {seed, 0};
    uint64_t hops = 0;
    start(b, w, h);
    uint32_t n = w * h, *chip = ARENA_ARRAY(&b->arena, uint32_t, n);
    for (uint32_t i = 0; i < n; i++) {
        uint32_t k = roll(&d, i + 1);
        chip[i] = chip[k];
        chip[k] = i;
        b->chips[i].used = true;
    }
    for (uint32_t at = 0; at < n; at++)
        for (uint32_t to = 0; to < n; to++) {
            uint32_t links = board_hops(&b->net, at, to);
            uint64_t words = links == 1 ? 60 + roll(&d, 100) : links == 2 ? roll(&d, 15) : 0;
            if (words == 0 && roll(&d, n) < far && board_in_reach(&b->net, &b->device, at, to))
                words = 1 + roll(&d, 8);
            if (words == 0 || at == to)
                continue;
            tie(b, chip[at], chip[to], words, 0);
            hops += words * links;
        }
    return hops;
}

static void test_planted_boards(void **state)
{
    static const uint32_t shape[][2] = {{4, 4}, {3, 5}, {9, 1}, {16, 1}, {8, 8}, {12, 5}, {15, 15}};
    (void)state;
    for (uint32_t i = 0; i < sizeof shape / sizeof *shape; i++) {
        struct board b;
        uint64_t hops = plant(&b, shape[i][0], shape[i][1], i % 2 * 2, i);
        place(&b);
        assert_true(b.result.fits);
        assert_true(b.result.hops <= hops);
        arena_release(&b.arena);
    }
}

/* Ties alike between chips anywhere in reach of each other, so that no picture shows where they
 * stood; a part of them sends to the host. */
static void test_random_ties_in_reach(void **state)
{
    struct dice d = {7, 0};
    struct board b;
    (void)state;
    start(&b, 15, 15);
    uint32_t n = b.net.chips, *chip = ARENA_ARRAY(&b.arena, uint32_t, n);
    for (uint32_t i = 0; i < n; i++) {
        uint32_t k = roll(&d, i + 1);
        chip[i] = chip[k];
        chip[k] = i;
    }
    for (uint32_t at = 0; at < n; at++)
        b.chips[chip[at]] =
            (struct grid_chip){.used = true, .sends_home = at % 15 < 7 && roll(&d, 4) == 0};
    for (uint32_t at = 0; at < n; at++)
        for (uint32_t to = 0; to < n; to++)
            if (at != to && roll(&d, n) < 7 && board_in_reach(&b.net, &b.device, at, to))
                tie(&b, chip[at], chip[to], 1 + roll(&d, 20), 0);
    place(&b);
    assert_true(b.result.fits);
    arena_release(&b.arena);
}

/* Few chips on a large board: as near to each other as on a board of just their size, from the
 * corner that the host is at. */
static void test_compact(void **state)
{
    (void)state;
    for (uint32_t side = 2; side <= 4; side++) {
        struct board small, large;
        uint32_t n = side * side, x = 0, y = 0;
        uint64_t hops = plant(&small, side, side, 3, n);
        start(&large, 12, 11);
        large.problem.ties = small.problem.ties;
        for (uint32_t a = 0; a < n; a++)
            large.chips[a].used = true;
        place(&large);
        assert_true(large.result.hops <= hops);
        for (uint32_t a = 0; a < n; a++) {
            uint32_t at = large.result.position[a];
            x = at % 12 > x ? at % 12 : x;
            y = at / 12 > y ? at / 12 : y;
        }
        assert_true(x < side && y < side);
        arena_release(&small.arena);
        arena_release(&large.arena);
    }
}

/* Words by the million, as rates make them, on a board where every chip talks to every other. */
static void test_large_numbers(void **state)
{
    struct board b, light;
    struct dice d = {1, 0};
    (void)state;
    start(&b, 15, 15);
    start(&light, 15, 15);
    for (uint32_t a = 0; a < b.net.chips; a++)
        b.chips[a].used = light.chips[a].used = true;
    b.device.max_hop = light.device.max_hop = 14;
    for (uint32_t a = 0; a < b.net.chips; a++)
        for (uint32_t c = 0; c < a; c++) {
            uint32_t words = 1 + roll(&d, 9);
            tie(&b, a, c, UINT64_C(1000000) * words, 1);
            tie(&light, a, c, words, 0);
        }
    place(&b);
    place(&light);
    assert_true(b.result.fits && light.result.fits);
    assert_true(b.result.hops < light.result.hops * 1010000);
    arena_release(&b.arena);
    arena_release(&light.arena);
}

static bool never(void *context, const struct progress *progress)
{
    (void)context;
    assert_string_equal(progress->stage, "grid");
    return false;
}

static void test_ended_early(void **state)
{
    const struct observer observer = {never, NULL, true};
    struct board b;
    (void)state;
    plant(&b, 8, 8, 0, 1);
    b.problem.observer = &observer;
    place(&b);
    assert_true(b.result.fits);
    arena_release(&b.arena);
    plant(&b, 3, 3, 0, 1);
    b.chips[8].held = true;
    b.problem.observer = &observer;
    place(&b);
    assert_false(b.result.proved);
    arena_release(&b.arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_assignments),          cmocka_unit_test(test_all_small_boards),
        cmocka_unit_test(test_reach_in_rows),        cmocka_unit_test(test_host_limits),
        cmocka_unit_test(test_planted_boards),       cmocka_unit_test(test_compact),
        cmocka_unit_test(test_random_ties_in_reach), cmocka_unit_test(test_large_numbers),
        cmocka_unit_test(test_ended_early)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
