/* Vertices of a hypergraph to chips, by halving.
 * links: mapper compiler device base */
#include "compiler/base/rng.h"
#include "mapper/bisect.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* --- hypergraphs from lists of nets ---
 * A block per vertex and an axon per net, its first pin the source. */
enum { MOST_PINS = 8 };
struct net_text {
    uint32_t n, pins[MOST_PINS];
    uint64_t weight;
};

static struct hyper from_nets(struct arena *arena, uint32_t n, const struct net_text *nets,
                              uint32_t n_nets)
{
    struct blocks blocks = {0};
    struct hyper hyper;
    uint32_t *vertex = ARENA_ARRAY(arena, uint32_t, n);
    for (uint32_t v = 0; v < n; v++)
        vertex[v] = v;
    for (uint32_t e = 0; e < n_nets; e++) {
        struct axon axon = {.source = nets[e].pins[0],
                            .weight = 1,
                            .traffic = nets[e].weight,
                            .first_target = blocks.targets.n,
                            .n_targets = nets[e].n - 1};
        for (uint32_t i = 1; i < nets[e].n; i++)
            VEC_PUSH(arena, &blocks.targets, nets[e].pins[i]);
        VEC_PUSH(arena, &blocks.axons, axon);
    }
    hyper_build(arena, &blocks, vertex, n, &hyper);
    return hyper;
}

static struct net_text *random_nets(struct arena *arena, uint64_t seed, uint32_t n, uint32_t n_nets)
{
    struct net_text *nets = ARENA_ARRAY(arena, struct net_text, n_nets);
    for (uint32_t e = 0; e < n_nets; e++) {
        nets[e].n = 2 + (uint32_t)(rng_bits(seed, e, 0) % (MOST_PINS - 1));
        nets[e].weight = 1 + rng_bits(seed, e, 1) % 9;
        for (uint32_t i = 0; i < nets[e].n; i++)
            nets[e].pins[i] = (uint32_t)(rng_bits(seed, e, 2 + i) % n);
    }
    return nets;
}

static uint64_t cut_of(const struct hyper *h, const uint32_t *site_of)
{
    uint64_t cut = 0;
    for (uint32_t e = 0; e < h->n_nets; e++)
        for (uint32_t i = h->first_pin[e]; i < h->first_pin[e + 1]; i++) {
            bool met = false;
            for (uint32_t k = h->first_pin[e]; k < i; k++)
                met = met || site_of[h->pins[k]] == site_of[h->pins[i]];
            cut += i > h->first_pin[e] && !met ? h->weight[e] : 0;
        }
    return cut;
}

/* --- tests --- */

static void equal_nets_are_one(void **state)
{
    (void)state;
    const struct net_text nets[] = {
        {3, {2, 0, 1}, 5}, {3, {0, 1, 2}, 7}, {2, {1, 1}, 9}, {3, {0, 1, 1}, 2}, {2, {1, 0}, 1}};
    struct arena arena;
    arena_init(&arena, NULL);
    struct hyper h = from_nets(&arena, 3, nets, 5);
    assert_int_equal(h.n_nets, 2);
    assert_int_equal(h.first_pin[2], 5);
    assert_int_equal(h.weight[0], 12);
    assert_int_equal(h.weight[1], 3);
    assert_int_equal(h.first_net[1] - h.first_net[0], 2);
    assert_int_equal(h.first_net[3] - h.first_net[2], 1);
    arena_release(&arena);
}

/* Whatever the pass does, the cut it keeps is the cut there is, never worse, and the sizes stay. */
static void refining_counts_what_it_cuts(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 200; seed++) {
        struct arena arena;
        arena_init(&arena, NULL);
        uint32_t n = 2 + (uint32_t)(seed % 30), n_low = 1 + (uint32_t)(rng_mix(seed) % (n - 1));
        struct hyper hyper =
            from_nets(&arena, n + 5, random_nets(&arena, seed, n + 5, 3 * n), 3 * n);
        uint32_t *list = ARENA_ARRAY(&arena, uint32_t, n);
        uint32_t *number = ARENA_ARRAY(&arena, uint32_t, n + 5);
        struct halves h = {&hyper, list, n, n_low, number, ARENA_ARRAY(&arena, uint8_t, n), 0};
        memset(number, 0xFF, (n + 5) * sizeof *number);
        for (uint32_t i = 0; i < n; i++) { /* all but the last five vertices, backwards */
            list[i] = n - 1 - i;
            number[list[i]] = i;
            h.side[i] = i >= n_low;
        }
        halves_count(&h);
        uint64_t before = h.cut, low = 0;
        halves_refine(&arena, &h);
        uint64_t kept = h.cut;
        assert_true(kept <= before);
        halves_count(&h);
        assert_int_equal(h.cut, kept);
        for (uint32_t i = 0; i < n; i++)
            low += h.side[i] == 0;
        assert_int_equal(low, n_low);
        arena_release(&arena);
    }
}

/* Two cliques, shuffled, hang by a thread: it is what is cut, wherever the division starts. */
static void a_thread_is_found(void **state)
{
    (void)state;
    enum { HALF = 12 };
    for (uint64_t seed = 1; seed <= 20; seed++) {
        struct arena arena;
        arena_init(&arena, NULL);
        struct net_text nets[2 * HALF * HALF];
        uint32_t place[2 * HALF], n = 0;
        for (uint32_t v = 0; v < 2 * HALF; v++)
            place[v] = v;
        for (uint32_t v = 2 * HALF - 1; v > 0; v--) {
            uint32_t u = (uint32_t)(rng_bits(seed, v, 0) % (v + 1)), keep = place[v];
            place[v] = place[u];
            place[u] = keep;
        }
        for (uint32_t side = 0; side < 2; side++)
            for (uint32_t v = 0; v < HALF; v++)
                for (uint32_t u = 0; u < v; u++)
                    nets[n++] =
                        (struct net_text){2, {place[side * HALF + v], place[side * HALF + u]}, 10};
        nets[n++] = (struct net_text){2, {place[0], place[HALF]}, 1};
        struct hyper hyper = from_nets(&arena, 2 * HALF, nets, n);
        const uint32_t sites[2] = {0, 1};
        uint32_t site_of[2 * HALF];
        bisect_place(&arena, &hyper, sites, 2, 2, HALF, NULL, site_of);
        assert_int_equal(cut_of(&hyper, site_of), 1);
        arena_release(&arena);
    }
}

struct ear {
    uint32_t heard, end_at;
};
static bool hear(void *context, const struct progress *progress)
{
    struct ear *ear = context;
    assert_string_equal(progress->stage, "chips");
    return ++ear->heard < ear->end_at;
}

/* Ended at any time, every site is full, and nothing is tried any more: halving and turning are
 * told once each. */
static void an_end_leaves_all_on_sites(void **state)
{
    (void)state;
    enum { TILES = 64, SITES = 16 };
    struct net_text nets[TILES];
    uint32_t sites[SITES], site_of[TILES], end_at = 1;
    for (uint32_t v = 0; v < TILES; v++)
        nets[v] = (struct net_text){2, {v * 37 % TILES, (v + 1) * 37 % TILES}, 3};
    for (uint32_t i = 0; i < SITES; i++)
        sites[i] = SITES - 1 - i;
    for (bool ended = true; ended; end_at++) {
        struct arena arena;
        arena_init(&arena, NULL);
        struct hyper hyper = from_nets(&arena, TILES, nets, TILES);
        struct ear ear = {.end_at = end_at};
        const struct observer observer = {hear, &ear, true};
        uint32_t filled[SITES] = {0};
        bisect_place(&arena, &hyper, sites, SITES, 4, 4, &observer, site_of);
        for (uint32_t v = 0; v < TILES; v++)
            filled[site_of[v]]++;
        for (uint32_t i = 0; i < SITES; i++)
            assert_int_equal(filled[i], 4);
        assert_true(ear.heard <= end_at + 1);
        ended = ear.heard >= end_at;
        arena_release(&arena);
    }
    assert_true(end_at > SITES); /* every region but single sites asked */
}

/* A sheet of W x H tiles, in shuffled order, whose neighbours talk: four tiles to a chip, in
 * squares, and chips near each other where their tiles are. */
static void a_sheet_comes_out_in_squares(void **state)
{
    (void)state;
    enum { W = 12, H = 8, TILES = W * H };
    struct arena arena;
    arena_init(&arena, NULL);
    struct net_text nets[2 * TILES];
    uint32_t n = 0, sites[TILES / 4], site_of[TILES];
    for (uint32_t y = 0; y < H; y++)
        for (uint32_t x = 0; x < W; x++) {
            uint32_t v = (y * W + x) * 37 % TILES;
            if (x + 1 < W)
                nets[n++] = (struct net_text){2, {v, (y * W + x + 1) * 37 % TILES}, 3};
            if (y + 1 < H)
                nets[n++] = (struct net_text){2, {v, ((y + 1) * W + x) * 37 % TILES}, 3};
        }
    struct hyper hyper = from_nets(&arena, TILES, nets, n);
    for (uint32_t i = 0; i < TILES / 4; i++)
        sites[i] = i;
    bisect_place(&arena, &hyper, sites, TILES / 4, W / 2, 4, NULL, site_of);
    uint32_t filled[TILES / 4] = {0};
    for (uint32_t v = 0; v < TILES; v++)
        filled[site_of[v]]++;
    for (uint32_t i = 0; i < TILES / 4; i++)
        assert_int_equal(filled[i], 4);
    /* 5 borders of columns with 8 edges each, 3 of rows with 12 */
    assert_int_equal(cut_of(&hyper, site_of), 3 * (5 * 8 + 3 * 12));
    int hops = 0;
    for (uint32_t e = 0; e < hyper.n_nets; e++) {
        uint32_t a = site_of[hyper.pins[hyper.first_pin[e]]];
        uint32_t b = site_of[hyper.pins[hyper.first_pin[e] + 1]];
        hops += abs((int)(a % (W / 2)) - (int)(b % (W / 2)))
                + abs((int)(a / (W / 2)) - (int)(b / (W / 2)));
    }
    assert_true(hops < 2 * (5 * 8 + 3 * 12));
    arena_release(&arena);
}

/* No nets at all, one chip, sites in a line. */
static void nothing_to_go_by(void **state)
{
    (void)state;
    struct arena arena;
    arena_init(&arena, NULL);
    struct hyper hyper = from_nets(&arena, 6, NULL, 0);
    const uint32_t sites[3] = {0, 1, 2};
    uint32_t site_of[6], filled[3] = {0};
    bisect_place(&arena, &hyper, sites, 3, 3, 2, NULL, site_of);
    for (uint32_t v = 0; v < 6; v++)
        filled[site_of[v]]++;
    for (uint32_t i = 0; i < 3; i++)
        assert_int_equal(filled[i], 2);
    bisect_place(&arena, &hyper, sites + 2, 1, 3, 6, NULL, site_of);
    assert_int_equal(site_of[5], 2);
    arena_release(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(equal_nets_are_one), cmocka_unit_test(refining_counts_what_it_cuts),
        cmocka_unit_test(a_thread_is_found),  cmocka_unit_test(a_sheet_comes_out_in_squares),
        cmocka_unit_test(nothing_to_go_by),   cmocka_unit_test(an_end_leaves_all_on_sites),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
