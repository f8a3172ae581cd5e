/* links: mapper compiler device base */
/* Descent on small random boards, full to the brim and with few words and short reach: it ends,
 * what it counts is what there is, and the cost never rises. */
#include "tests/unit/random_net.h"

#include "mapper/compose.h"

#include <unistd.h>

enum { BOARDS = 300, NEURONS = 8, MOST_WORK = 20000000, SECONDS = 120 };

static bool in_time(void *context, const struct progress *progress)
{
    *(uint64_t *)context = progress->nodes;
    return progress->nodes < MOST_WORK;
}

static void random_board(struct net_builder *b, struct dice *d)
{
    nb_init(b);
    b->net.grid_w = 2 + roll(d, 4);
    b->net.grid_h = 1 + roll(d, 2);
    b->net.chips = b->net.grid_w * b->net.grid_h;
    b->device.neurons_per_core = NEURONS;
    b->device.sram_words = 1 + roll(d, 4);
    b->device.max_hop = 1 + roll(d, 2);
    nb_set(b, "s");
    nb_set(b, "t");
    uint32_t cores[2] = {b->net.chips * 2, b->net.chips * 2};
    for (uint32_t set = 0; set < 2; set++)
        for (uint32_t left = cores[set] * NEURONS, size; left > 0; left -= size) {
            size = 1u << roll(d, 4);
            size = size < left ? size : left;
            nb_population(b, arena_printf(&b->arena, "p%u", b->net.populations.n), size, set);
        }
    for (uint32_t i = 0; i < 2 * b->net.populations.n; i++)
        random_term(b, d, random_view(b, d), random_view(b, d), 1, 1, UINT32_MAX);
    nb_finish(b);
}

/* Returns whether anything was saved. */
static bool descend(struct net_builder *b, uint32_t how)
{
    struct problem problem;
    struct compose c;
    uint64_t heard = 0;
    const struct observer observer = {in_time, &heard, true};
    const struct problem_options whole = {0};
    problem_build(&b->arena, &b->net, &b->device, &b->plan, &whole, &problem);
    compose_init(&c, &b->arena, &b->net, &b->device, &problem, NULL);
    c.blocks.taken = b->net.probed;
    c.observer = &observer;
    assert_true(compose_start(&c, START_BY_SIZE));
    compose_count(&c);
    const struct cost before = c.cost;
    assert_true(compose_climb(&c, how));
    const struct cost after = c.cost;
    compose_count(&c);
    assert_int_equal(c.cost.excess, after.excess);
    assert_int_equal(c.cost.cut, after.cut);
    if (how & CLIMB_EXCESS_FIRST) {
        assert_false(cost_less(&before, &after));
        return cost_less(&after, &before);
    }
    assert_true(compose_price(&c, &after) <= compose_price(&c, &before));
    return compose_price(&c, &after) < compose_price(&c, &before);
}

static void test_descent_ends(void **state)
{
    (void)state;
    uint32_t saved[4] = {0};
    alarm(SECONDS); /* a loop that hears nobody */
    for (uint32_t i = 0; i < BOARDS; i++) {
        struct dice d = {.seed = 7000 + i};
        struct net_builder b;
        random_board(&b, &d);
        for (uint32_t how = 0; how < 4; how++)
            saved[how] += descend(&b, how);
        nb_free(&b);
    }
    alarm(0);
    for (uint32_t how = 0; how < 4; how++)
        assert_true(saved[how] > BOARDS / 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_descent_ends)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
