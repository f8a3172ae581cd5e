/* links: mapper compiler device base */
/* Chips by columns against all partitions of up to eight cores; and a solver whose numbers are off
 * must not change what is proved. */
#include "mapper/column_sets.h"

#include "tests/unit/dice.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { MOST_BEST = 40 };
enum { MAX_NODES = 8, MAX_AXONS = 24, MAX_TARGETS = 5, MAX_SIDES = 3, INSTANCES = 1000 };
struct instance {
    struct column_problem problem;
    struct column_axon axons[MAX_AXONS];
    uint32_t targets[MAX_AXONS * MAX_TARGETS], size[MAX_NODES];
    uint32_t held[MAX_NODES];
    struct column_side sides[MAX_NODES * (MAX_SIDES + 1)];
    uint32_t first_side[MAX_NODES + 1];
};

static bool has_target(const struct instance *x, uint32_t axon, uint32_t node)
{
    for (uint32_t t = 0; t < x->axons[axon].n_targets; t++)
        if (x->targets[x->axons[axon].first_target + t] == node)
            return true;
    return false;
}

static void random_axons(struct instance *x, struct dice *d)
{
    uint32_t n = x->problem.n_nodes, next = 0;
    for (uint32_t e = 0; e < x->problem.n_axons; e++) {
        uint32_t wanted = 0;
        x->axons[e] = (struct column_axon){.source = roll(d, n),
                                           .first_target = next,
                                           .weight = 1 + roll(d, 20),
                                           .most_chips = roll(d, 3) ? 4 : 1 + roll(d, 3)};
        for (uint32_t t = 1 + roll(d, MAX_TARGETS); t > 0; t--)
            wanted |= 1u << roll(d, n);
        for (uint32_t i = 0; i < n; i++)
            if (wanted >> i & 1)
                x->targets[next++] = i;
        x->axons[e].n_targets = next - x->axons[e].first_target;
    }
}

/* Every chip holds one node at most: more would be one. */
static void random_held(struct instance *x, struct dice *d)
{
    uint32_t chips = x->problem.chips;
    memset(x->held, 0xFF, sizeof x->held);
    for (uint32_t i = 0; i < x->problem.n_nodes; i++)
        if (chips > 0 && roll(d, 3) == 0)
            x->held[i] = --chips;
    x->problem.held = x->held;
}

/* Nodes that chips hold are on different sides. */
static void random_sides(struct instance *x, struct dice *d)
{
    uint32_t n = 0, rarity = roll(d, 2) ? 4 : UINT32_MAX;
    for (uint32_t i = 0; i < x->problem.n_nodes; i++) {
        for (uint32_t exclusion = 0; exclusion < MAX_SIDES; exclusion++)
            if (roll(d, rarity) == 0)
                x->sides[n++] = (struct column_side){exclusion, roll(d, 3)};
        if (x->problem.held && x->held[i] != UINT32_MAX)
            x->sides[n++] = (struct column_side){MAX_SIDES, x->held[i]};
        x->first_side[i + 1] = n;
    }
    x->problem.sides = x->sides;
    x->problem.first_side = x->first_side;
}

static void random_instance(struct instance *x, struct dice *d)
{
    uint32_t cores = 0;
    memset(x, 0, sizeof *x);
    x->problem.per_chip = 2 + roll(d, 3);
    x->problem.n_nodes = 2 + roll(d, MAX_NODES - 1);
    x->problem.n_axons = roll(d, MAX_AXONS + 1);
    x->problem.axons = x->axons;
    x->problem.targets = x->targets;
    x->problem.size = x->size;
    for (uint32_t i = 0; i < x->problem.n_nodes; i++)
        cores += x->size[i] = roll(d, 5) ? 1 : 1 + roll(d, x->problem.per_chip);
    x->problem.chips = (cores + x->problem.per_chip - 1) / x->problem.per_chip + roll(d, 2);
    random_axons(x, d);
    if (roll(d, 3) == 0)
        random_held(x, d);
    if (x->problem.held || roll(d, 3) == 0)
        random_sides(x, d);
}

/* --- by definition ------------------------------------------------------------------------------
 */

static bool sides_agree(const struct instance *x, uint32_t a, uint32_t b)
{
    for (uint32_t i = x->first_side[a]; i < x->first_side[a + 1]; i++)
        for (uint32_t j = x->first_side[b]; j < x->first_side[b + 1]; j++)
            if (x->sides[i].exclusion == x->sides[j].exclusion
                && x->sides[i].side != x->sides[j].side)
                return false;
    return true;
}

static bool keeps_rules(const struct instance *x, const uint32_t *chip_of)
{
    uint32_t size[2 * MAX_NODES * COLUMN_NODES] = {0}, n = x->problem.n_nodes;
    for (uint32_t i = 0; i < n; i++) {
        size[chip_of[i]] += x->size[i];
        for (uint32_t j = 0; j < i; j++)
            if (chip_of[i] == chip_of[j] && !sides_agree(x, i, j))
                return false;
    }
    for (uint32_t k = 0; k < x->problem.chips; k++)
        if (size[k] == 0 || size[k] > x->problem.per_chip)
            return false;
    return true;
}

/* Cost of a composition on exactly that many chips; -1 if it breaks a limit. */
static int64_t cost_of(const struct instance *x, const uint32_t *chip_of)
{
    int64_t cost = 0;
    if (!keeps_rules(x, chip_of))
        return -1;
    for (uint32_t e = 0; e < x->problem.n_axons; e++) {
        uint32_t chips = 0;
        for (uint32_t i = 0; i < x->problem.n_nodes; i++)
            if (has_target(x, e, i))
                chips |= 1u << chip_of[i];
        if ((uint32_t)__builtin_popcount(chips) > x->axons[e].most_chips)
            return -1;
        chips &= ~(1u << chip_of[x->axons[e].source]);
        cost += __builtin_popcount(chips) * x->axons[e].weight;
    }
    return cost;
}

/* Next composition, each once: a node opens the next chip at most; false: that was the last. */
static bool next_composition(uint32_t *chip_of, uint32_t n, uint32_t chips)
{
    for (uint32_t i = n; i-- > 1;) {
        uint32_t open = 0;
        for (uint32_t j = 0; j < i; j++)
            open = chip_of[j] + 1 > open ? chip_of[j] + 1 : open;
        if (chip_of[i] < open && chip_of[i] + 1 < chips) {
            chip_of[i]++;
            memset(chip_of + i + 1, 0, (n - i - 1) * sizeof *chip_of);
            return true;
        }
    }
    return false;
}

/* Counts through all compositions; `first` is the dearest that keeps to the limits, *n_best how
 * many are the cheapest. */
static int64_t best_of_all(const struct instance *x, uint32_t *first, uint32_t *n_best)
{
    uint32_t chip_of[MAX_NODES] = {0};
    int64_t best = -1, worst = -1;
    do {
        int64_t cost = cost_of(x, chip_of);
        if (cost > worst) {
            worst = cost;
            memcpy(first, chip_of, sizeof chip_of);
        }
        *n_best = cost < 0 ? *n_best : best < 0 || cost < best ? 1 : *n_best + (cost == best);
        if (cost >= 0 && (best < 0 || cost < best))
            best = cost;
    } while (next_composition(chip_of, x->problem.n_nodes, x->problem.chips));
    return best;
}

/* Exchanges numbers of chips, so that every node that is held stands where it must. */
static void number_as_held(const struct instance *x, uint32_t *chip_of)
{
    for (uint32_t i = 0; i < x->problem.n_nodes && x->problem.held; i++) {
        uint32_t from = chip_of[i], to = x->held[i];
        for (uint32_t j = 0; j < x->problem.n_nodes && to != UINT32_MAX; j++)
            chip_of[j] = chip_of[j] == from ? to : chip_of[j] == to ? from : chip_of[j];
    }
}

static bool stands_as_held(const struct column_problem *problem, const uint32_t *chip_of)
{
    for (uint32_t i = 0; i < problem->n_nodes && problem->held; i++)
        if (problem->held[i] != UINT32_MAX && problem->held[i] != chip_of[i])
            return false;
    return true;
}

/* --- comparison ---------------------------------------------------------------------------------
 */

/* The list holds every cheapest composition, each once, unless they are too many. */
static void check_list(const struct instance *x, const struct column_result *result,
                       uint32_t n_best)
{
    uint32_t n = x->problem.n_nodes;
    assert_int_equal(result->best.n, n_best <= MOST_BEST && x->problem.chips > 1 ? n_best : 0);
    for (uint32_t i = 0; i < result->best.n; i++) {
        const uint32_t *own = result->best.chip_of + i * n;
        assert_int_equal(cost_of(x, own), result->cost);
        for (uint32_t k = 0; k < i; k++)
            assert_true(memcmp(own, result->best.chip_of + k * n, n * sizeof *own) != 0);
    }
}

static void compare(void **state)
{
    (void)state;
    static const struct ilp_shim noise = {77, 1e-7};
    uint32_t solved = 0, proved = 0, unaided = 0;
    for (uint64_t seed = 1; seed <= INSTANCES; seed++) {
        struct instance x;
        struct dice dice = {seed, 0};
        uint32_t first[MAX_NODES], chip_of[MAX_NODES], found[2][MAX_NODES] = {{0}};
        bool alone[2] = {false, false};
        random_instance(&x, &dice);
        uint32_t n_best = 0;
        int64_t best = best_of_all(&x, first, &n_best);
        if (best >= 0)
            number_as_held(&x, first);
        for (uint32_t disturbed = 0; best >= 0 && disturbed < 2; disturbed++) {
            struct arena arena;
            arena_init(&arena, NULL);
            memcpy(chip_of, first, sizeof chip_of);
            struct ilp_options options = {.shim = disturbed ? &noise : NULL};
            struct column_result result = {.cost = cost_of(&x, first), .chip_of = chip_of};
            columns_solve(&arena, &x.problem, &options, NULL, MOST_BEST, &result);
            if (result.bound > best)
                fail_msg("seed %d: bound %d, %d is possible", (int)seed, (int)result.bound,
                         (int)best);
            if (cost_of(&x, chip_of) != result.cost)
                fail_msg("seed %d: cost %d is stated, it is %d", (int)seed, (int)result.cost,
                         (int)cost_of(&x, chip_of));
            assert_int_equal(result.improved, memcmp(chip_of, first, sizeof chip_of) != 0
                                                  && result.cost < cost_of(&x, first));
            if (!stands_as_held(&x.problem, chip_of))
                fail_msg("seed %d: moved from a chip that holds it", (int)seed);
            memcpy(found[disturbed], chip_of, sizeof chip_of);
            alone[disturbed] = result.unaided;
            solved++;
            unaided += result.unaided;
            proved += result.bound == result.cost;
            if (result.bound == result.cost)
                check_list(&x, &result, n_best);
            arena_release(&arena);
        }
        assert_int_equal(alone[0], alone[1]);
        if (alone[0])
            assert_memory_equal(found[0], found[1], x.problem.n_nodes * sizeof found[0][0]);
    }
    print_message("%u solved, %u of them proved, %u without the solver\n", solved, proved, unaided);
    assert_true(solved > INSTANCES && proved == solved);
    assert_true(unaided > 0 && unaided < solved);
}

/* --- sets ---------------------------------------------------------------------------------------
 */

static bool are_near(const struct instance *x, uint32_t a, uint32_t b)
{
    for (uint32_t e = 0; e < x->problem.n_axons; e++) {
        bool at_a = has_target(x, e, a), at_b = has_target(x, e, b);
        if ((at_a && at_b) || (at_a && x->axons[e].source == b)
            || (at_b && x->axons[e].source == a))
            return true;
    }
    return false;
}

/* Whether nodes may be a column and axons connect them; its cost. */
static bool is_set(const struct instance *x, uint32_t nodes, int64_t *cost)
{
    uint32_t reached = nodes & -nodes, cores = 0, before;
    *cost = 0;
    for (uint32_t i = 0; i < x->problem.n_nodes; i++)
        for (uint32_t j = 0; j < i && nodes >> i & 1; j++)
            if ((nodes >> j & 1) && x->problem.first_side && !sides_agree(x, i, j))
                return false;
    do {
        before = reached;
        for (uint32_t i = 0; i < x->problem.n_nodes; i++)
            for (uint32_t j = 0; j < x->problem.n_nodes && nodes >> i & 1; j++)
                if ((reached >> j & 1) && i != j && are_near(x, i, j))
                    reached |= 1u << i;
    } while (reached != before);
    for (uint32_t e = 0; e < x->problem.n_axons; e++) {
        bool enters = false;
        for (uint32_t i = 0; i < x->problem.n_nodes; i++)
            enters = enters || ((nodes >> i & 1) && has_target(x, e, i));
        *cost += enters && !(nodes >> x->axons[e].source & 1) ? x->axons[e].weight : 0;
    }
    for (uint32_t i = 0; i < x->problem.n_nodes; i++)
        cores += nodes >> i & 1 ? x->size[i] : 0;
    return reached == nodes && cores <= x->problem.per_chip;
}

static void every_connected_set_is_listed_once(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= INSTANCES; seed++) {
        struct instance x;
        struct dice dice = {seed, 0};
        struct arena arena;
        struct column_sets sets;
        bool seen[1 << MAX_NODES] = {false};
        uint32_t n = 0;
        int64_t cost;
        arena_init(&arena, NULL);
        random_instance(&x, &dice);
        column_sets_find(&arena, &x.problem, 1 << MAX_NODES, &sets);
        assert_true(sets.complete);
        for (uint32_t s = 0; s < sets.n; s++) {
            uint32_t nodes = 0;
            for (uint32_t k = 0; k < column_nodes(&sets.at[s]); k++)
                nodes |= 1u << sets.at[s].node[k];
            assert_false(seen[nodes]);
            seen[nodes] = true;
            assert_true(is_set(&x, nodes, &cost));
            assert_int_equal(sets.at[s].cost, cost);
            assert_int_equal(column_cost(&sets, &sets.at[s]), cost);
        }
        for (uint32_t nodes = 1; nodes < 1u << x.problem.n_nodes; nodes++)
            n += is_set(&x, nodes, &cost);
        assert_int_equal(sets.n, n);
        column_sets_find(&arena, &x.problem, n - 1, &sets);
        assert_false(sets.complete);
        assert_true(sets.n < n);
        arena_release(&arena);
    }
}

/* --- a board ------------------------------------------------------------------------------------
 */

enum { BOARD = 160, GROUP = 8, BOARD_AXONS = 2 * BOARD };
struct board {
    struct column_problem problem;
    struct column_axon axons[BOARD_AXONS];
    uint32_t targets[BOARD_AXONS * 4], size[BOARD], chip_of[BOARD], held[BOARD];
    struct column_side sides[BOARD];
    uint32_t first_side[BOARD + 1];
};

static void draw_target(struct board *b, struct dice *d, struct column_axon *axon, uint32_t node)
{
    uint32_t target = roll(d, 4) ? node / GROUP * GROUP + roll(d, GROUP) : roll(d, BOARD);
    uint32_t *at = &b->targets[axon->first_target], n = axon->n_targets;
    for (uint32_t t = 0; t < n; t++)
        if (at[t] == target)
            return;
    for (; target != node && n > 0 && at[n - 1] > target; n--)
        at[n] = at[n - 1];
    if (target == node)
        return;
    at[n] = target;
    axon->n_targets++;
}

/* Two axons per core, to 1 to 4 cores each, three of four of them nearby; placed group by group, a
 * core of each of four groups on a chip, so that there is much to gain. */
static void draw_board(struct board *b, struct dice *d)
{
    memset(b, 0, sizeof *b);
    for (uint32_t e = 0; e < BOARD_AXONS; e++) {
        uint32_t next = e ? b->axons[e - 1].first_target + b->axons[e - 1].n_targets : 0;
        b->axons[e] = (struct column_axon){e / 2, next, 0, 1 + roll(d, 20), 4};
        for (uint32_t t = 1 + roll(d, 4); t > 0; t--)
            draw_target(b, d, &b->axons[e], e / 2);
    }
    for (uint32_t i = 0; i < BOARD; i++) {
        b->size[i] = 1;
        b->chip_of[i] = i % (BOARD / COLUMN_NODES);
    }
    b->problem = (struct column_problem){.n_nodes = BOARD,
                                         .chips = BOARD / COLUMN_NODES,
                                         .per_chip = COLUMN_NODES,
                                         .size = b->size,
                                         .axons = b->axons,
                                         .n_axons = BOARD_AXONS,
                                         .targets = b->targets};
}

static uint32_t chips_reached(const struct board *b, const struct column_axon *axon)
{
    const uint32_t *target = &b->targets[axon->first_target];
    uint32_t chips = 0;
    for (uint32_t t = 0; t < axon->n_targets; t++) {
        bool fresh = true;
        for (uint32_t s = 0; s < t; s++)
            fresh = fresh && b->chip_of[target[s]] != b->chip_of[target[t]];
        chips += fresh;
    }
    return chips;
}

/* Two or three chips for an axon, more only where it starts with more, which is in order of the
 * cores. Every fourth chip holds its first core. How many axons have more targets than that. */
static uint32_t limit_board(struct board *b, struct dice *d)
{
    uint32_t limited = 0, n = 0;
    memset(b->held, 0xFF, sizeof b->held);
    for (uint32_t i = 0; i < BOARD; i++) {
        b->chip_of[i] = i / COLUMN_NODES;
        if (i % (4 * COLUMN_NODES) == 0) {
            b->held[i] = b->chip_of[i];
            b->sides[n++] = (struct column_side){0, b->chip_of[i]};
        }
        b->first_side[i + 1] = n;
    }
    for (uint32_t e = 0; e < BOARD_AXONS; e++) {
        uint32_t most = 2 + roll(d, 2), reached = chips_reached(b, &b->axons[e]);
        b->axons[e].most_chips = most > reached ? most : reached;
        limited += b->axons[e].n_targets > b->axons[e].most_chips;
    }
    b->problem.held = b->held;
    b->problem.sides = b->sides;
    b->problem.first_side = b->first_side;
    return limited;
}

static int64_t board_cost(const struct board *b)
{
    int64_t cost = 0;
    for (uint32_t e = 0; e < BOARD_AXONS; e++) {
        const uint32_t *target = &b->targets[b->axons[e].first_target];
        for (uint32_t t = 0; t < b->axons[e].n_targets; t++) {
            bool fresh = b->chip_of[target[t]] != b->chip_of[b->axons[e].source];
            for (uint32_t s = 0; s < t; s++)
                fresh = fresh && b->chip_of[target[s]] != b->chip_of[target[t]];
            cost += fresh ? b->axons[e].weight : 0;
        }
    }
    return cost;
}

static void improve_board(struct board *board, int64_t percent)
{
    struct arena arena;
    const struct ilp_options options = {.node_limit = 0};
    arena_init(&arena, NULL);
    struct column_result result = {.cost = board_cost(board), .chip_of = board->chip_of};
    int64_t before = result.cost;
    columns_solve(&arena, &board->problem, &options, NULL, 0, &result);
    print_message("cut %lld, from %lld, bound %lld\n", (long long)result.cost, (long long)before,
                  (long long)result.bound);
    assert_true(result.improved);
    assert_int_equal(result.cost, board_cost(board));
    assert_true(result.bound <= result.cost);
    assert_true((result.cost - result.bound) * 100 <= percent * result.cost);
    arena_release(&arena);
}

/* Forty chips: far from where it starts, and close to the bound if not at it; also where prices are
 * as large as weights make them. */
static void windows_come_close_to_the_bound(void **state)
{
    (void)state;
    struct board *board = calloc(1, sizeof *board);
    assert_non_null(board);
    for (int64_t factor = 1; factor <= 1000000; factor *= 1000000) {
        struct dice dice = {1, 0};
        draw_board(board, &dice);
        for (uint32_t e = 0; e < BOARD_AXONS; e++)
            board->axons[e].weight *= factor;
        improve_board(board, 3);
    }
    free(board);
}

static void windows_keep_to_limits_and_to_what_is_held(void **state)
{
    (void)state;
    struct board *board = calloc(1, sizeof *board);
    assert_non_null(board);
    for (uint64_t seed = 1; seed <= 3; seed++) {
        struct dice dice = {seed, 0};
        draw_board(board, &dice);
        assert_true(limit_board(board, &dice) > BOARD / 8);
        improve_board(board, 20);
        assert_true(stands_as_held(&board->problem, board->chip_of));
        for (uint32_t e = 0; e < BOARD_AXONS; e++)
            assert_true(chips_reached(board, &board->axons[e]) <= board->axons[e].most_chips);
    }
    free(board);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(compare), cmocka_unit_test(every_connected_set_is_listed_once),
        cmocka_unit_test(windows_come_close_to_the_bound),
        cmocka_unit_test(windows_keep_to_limits_and_to_what_is_held)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
