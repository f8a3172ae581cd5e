#include "mapper/column_branch.h"

#include <string.h>

enum { DEAR = 50, THIN_ROUNDS = 3 };
#define PRICE_LIMIT (((int64_t)1 << 28) * ILP_DUAL_SCALE)

struct limit { /* of chips with targets of an axon, among these nodes */
    uint32_t axon, most;
};
struct limit_vec VEC_OF(struct limit);
struct choice { /* columns of the problem */
    uint32_t n, *at;
};
struct brancher {
    struct arena *arena;
    const struct branch_problem *problem;
    const struct ilp_options *options;
    struct branch_result *out;
    uint32_t *row_of; /* per node */
    struct limit_vec limits;
    bool *is_limited; /* per axon */
    int64_t below;
};

static const struct column *column_at(const struct brancher *b, uint32_t column)
{
    return &b->problem->columns[column];
}

static bool is_target(const struct column_problem *problem, uint32_t axon, uint32_t node)
{
    const struct column_axon *own = &problem->axons[axon];
    for (uint32_t t = 0; t < own->n_targets; t++)
        if (problem->targets[own->first_target + t] == node)
            return true;
    return false;
}

static bool reaches(const struct brancher *b, const struct limit *limit,
                    const struct column *column)
{
    for (uint32_t k = 0; k < column_nodes(column); k++)
        if (is_target(b->problem->sets->problem, limit->axon, column->node[k]))
            return true;
    return false;
}

/* A dear column of every row by itself keeps the relaxation solvable where the branches leave no
 * composition: then the prices prove that. */
static void build(const struct brancher *b, const struct choice *open, struct ilp_model *model,
                  struct arena *arena)
{
    uint32_t rows = b->problem->n_nodes + 1;
    ilp_model_init(model, arena, "columns");
    for (uint32_t i = 0; i < b->problem->n_nodes; i++)
        ilp_add_row(model, ILP_EQUAL, 1);
    ilp_add_row(model, ILP_EQUAL, b->problem->chips);
    for (uint32_t w = 0; w < b->limits.n; w++)
        ilp_add_row(model, ILP_AT_MOST, b->limits.at[w].most);
    for (uint32_t s = 0; s < open->n; s++) {
        const struct column *column = column_at(b, open->at[s]);
        ilp_add_column(model, column->cost, -1);
        for (uint32_t k = 0; k < column_nodes(column); k++)
            ilp_add_entry(model, b->row_of[column->node[k]], 1);
        ilp_add_entry(model, b->problem->n_nodes, 1);
        for (uint32_t w = 0; w < b->limits.n; w++)
            if (reaches(b, &b->limits.at[w], column))
                ilp_add_entry(model, rows + w, 1);
    }
    for (uint32_t i = 0; i < rows; i++) {
        ilp_add_column(model, DEAR * (b->problem->below + 1), -1);
        ilp_add_entry(model, i, 1);
    }
}

/* --- bound --------------------------------------------------------------------------------------
 */

/* What each column costs beyond its prices, those of rows beside the nodes first. */
static int64_t reduce(const struct brancher *b, const struct choice *open, const double *dual,
                      int64_t *price, int64_t *own)
{
    uint32_t n = b->problem->n_nodes;
    int64_t chip = ilp_repaired_dual(dual[n], -PRICE_LIMIT, PRICE_LIMIT);
    int64_t sum = chip * b->problem->chips;
    for (uint32_t i = 0; i < n; i++)
        price[i] = ilp_repaired_dual(dual[i], -PRICE_LIMIT, PRICE_LIMIT);
    for (uint32_t s = 0; s < open->n; s++) {
        const struct column *column = column_at(b, open->at[s]);
        own[s] = column->cost * ILP_DUAL_SCALE - chip;
        for (uint32_t k = 0; k < column_nodes(column); k++)
            own[s] -= price[b->row_of[column->node[k]]];
    }
    for (uint32_t w = 0; w < b->limits.n; w++) {
        int64_t word = ilp_repaired_dual(dual[n + 1 + w], -PRICE_LIMIT, 0);
        sum += word * b->limits.at[w].most;
        for (uint32_t s = 0; s < open->n && word; s++)
            own[s] -= reaches(b, &b->limits.at[w], column_at(b, open->at[s])) ? word : 0;
    }
    return sum;
}

/* Gives every node its share of the least cost per node of the columns that hold it. */
static void repair(const struct brancher *b, const struct choice *open, int64_t *price,
                   int64_t *own, int64_t *share)
{
    for (uint32_t i = 0; i < b->problem->n_nodes; i++)
        share[i] = INT64_MAX;
    for (uint32_t s = 0; s < open->n; s++) {
        const struct column *column = column_at(b, open->at[s]);
        int64_t n = column_nodes(column), each = own[s] / n - (own[s] % n < 0);
        for (uint32_t k = 0; k < n; k++) {
            int64_t *least = &share[b->row_of[column->node[k]]];
            *least = each < *least ? each : *least;
        }
    }
    for (uint32_t i = 0; i < b->problem->n_nodes; i++)
        price[i] += share[i] == INT64_MAX ? 0 : share[i];
    for (uint32_t s = 0; s < open->n; s++)
        for (uint32_t k = 0; k < column_nodes(column_at(b, open->at[s])); k++)
            own[s] -= share[b->row_of[column_at(b, open->at[s])->node[k]]];
}

/* Leaves the columns that a composition of the open ones which costs less than the best could use;
 * none, if there is no such composition. */
static void thin_out(const struct brancher *b, struct choice *open, const double *dual,
                     struct arena *arena)
{
    uint32_t rows = b->problem->n_nodes, n = 0;
    int64_t *price = ARENA_ARRAY(arena, int64_t, rows), *share = ARENA_ARRAY(arena, int64_t, rows);
    int64_t *own = ARENA_ARRAY(arena, int64_t, open->n), sum;
    sum = reduce(b, open, dual, price, own);
    for (uint32_t round = 0; round < THIN_ROUNDS; round++) {
        repair(b, open, price, own, share);
        int64_t room = (b->below - 1) * ILP_DUAL_SCALE - sum;
        bool covered = true; /* some column holds each node */
        for (uint32_t i = 0; i < rows; i++) {
            room -= price[i];
            covered = covered && share[i] != INT64_MAX;
        }
        n = 0;
        for (uint32_t s = 0; s < open->n && covered; s++)
            if (own[s] <= room) {
                own[n] = own[s];
                open->at[n++] = open->at[s];
            }
        open->n = n;
    }
}

/* --- compositions -------------------------------------------------------------------------------
 */

/* Takes the limits that the columns chosen break into the model: how many are broken, and how many
 * of these were not in the model yet. */
static uint32_t broken_limits(struct brancher *b, const struct column *chosen, uint32_t *fresh)
{
    const struct branch_problem *problem = b->problem;
    const struct column_problem *whole = problem->sets->problem;
    uint32_t broken = 0;
    *fresh = 0;
    for (uint32_t e = 0; e < whole->n_axons; e++) {
        struct limit limit = {e, whole->axons[e].most_chips};
        uint32_t beyond = problem->chips_beyond ? problem->chips_beyond[e] : 0, n = 0;
        if (whole->axons[e].n_targets <= limit.most)
            continue;
        limit.most = limit.most > beyond ? limit.most - beyond : 0;
        for (uint32_t k = 0; k < problem->chips; k++)
            n += reaches(b, &limit, &chosen[k]);
        if (n <= limit.most)
            continue;
        broken++;
        if (b->is_limited[e])
            continue;
        b->is_limited[e] = true;
        VEC_PUSH(b->arena, &b->limits, limit);
        ++*fresh;
    }
    return broken;
}

/* Whether columns are a composition: their cost, else -1. */
static int64_t composition(const struct brancher *b, const struct choice *taken,
                           struct column *chosen, struct arena *arena)
{
    bool *covered = ARENA_ARRAY(arena, bool, b->problem->n_nodes);
    uint32_t nodes = 0;
    int64_t cost = 0;
    if (taken->n != b->problem->chips)
        return -1;
    for (uint32_t s = 0; s < taken->n; s++) {
        chosen[s] = *column_at(b, taken->at[s]);
        cost += chosen[s].cost;
        for (uint32_t k = 0; k < column_nodes(&chosen[s]); k++) {
            bool *held = &covered[b->row_of[chosen[s].node[k]]];
            if (*held)
                return -1;
            *held = true;
            nodes++;
        }
    }
    return nodes == b->problem->n_nodes ? cost : -1;
}

/* Takes over columns that are a cheaper composition within the limits; false: it breaks some that
 * are in the model only from now on. */
static bool take_over(struct brancher *b, const struct choice *taken, struct arena *arena)
{
    struct column *chosen = ARENA_ARRAY(arena, struct column, b->problem->chips);
    int64_t cost = composition(b, taken, chosen, arena);
    uint32_t fresh;
    if (cost < 0 || cost >= b->below)
        return true;
    if (broken_limits(b, chosen, &fresh) > 0)
        return fresh == 0;
    memcpy(b->out->chosen, chosen, b->problem->chips * sizeof *chosen);
    b->below = b->out->cost = cost;
    b->out->found = true;
    return true;
}

/* The columns with the largest parts. */
static bool round_up(struct brancher *b, const struct choice *open, const double *part,
                     struct arena *arena)
{
    struct choice taken = {0, ARENA_ARRAY(arena, uint32_t, open->n)};
    for (uint32_t s = 0; s < open->n; s++)
        if (part[s] > 0.5)
            taken.at[taken.n++] = open->at[s];
    return take_over(b, &taken, arena);
}

/* --- branches -----------------------------------------------------------------------------------
 */

/* The two nodes that the relaxation leaves most undecided: together in about half of their parts.
 */
static bool choose_pair(const struct brancher *b, const struct choice *open, const double *part,
                        uint32_t *pair, struct arena *arena)
{
    uint32_t n = b->problem->n_nodes;
    double *together = ARENA_ARRAY(arena, double, (size_t)n *n), best = 1e-6;
    for (uint32_t s = 0; s < open->n; s++) {
        const struct column *column = column_at(b, open->at[s]);
        for (uint32_t i = 0; part[s] > 1e-6 && i < column_nodes(column); i++)
            for (uint32_t j = i + 1; j < column_nodes(column); j++)
                together[(size_t)b->row_of[column->node[i]] * n + b->row_of[column->node[j]]] +=
                    part[s];
    }
    for (uint32_t i = 0; i < n; i++)
        for (uint32_t j = 0; j < n; j++) {
            double own = together[(size_t)i * n + j], undecided = own < 0.5 ? own : 1 - own;
            if (undecided <= best)
                continue;
            best = undecided;
            pair[0] = b->problem->nodes[i];
            pair[1] = b->problem->nodes[j];
        }
    return best > 1e-6;
}

/* Two nodes that some column has together and some other apart; false: the columns are disjoint, so
 * that there is one composition of them at most. */
static bool choose_any_pair(const struct brancher *b, const struct choice *open, uint32_t *pair)
{
    for (uint32_t s = 0; s < open->n; s++)
        for (uint32_t t = 0; t < open->n; t++) {
            const struct column *x = column_at(b, open->at[s]), *y = column_at(b, open->at[t]);
            bool shared = false, other = false;
            for (uint32_t k = 0; k < column_nodes(x); k++) {
                bool held = column_holds(y, x->node[k]);
                pair[!held] = x->node[k];
                shared = shared || held;
                other = other || !held;
            }
            if (shared && other)
                return true;
        }
    return false;
}

/* Whether each branch by two nodes has fewer columns: some hold one of them, and some both. That is
 * not so of every pair the relaxation leaves undecided, which may use what is left out by now, or a
 * dear column. */
static bool splits(const struct brancher *b, const struct choice *open, const uint32_t *pair)
{
    bool one = false, both = false;
    for (uint32_t s = 0; s < open->n; s++) {
        const struct column *column = column_at(b, open->at[s]);
        bool first = column_holds(column, pair[0]), second = column_holds(column, pair[1]);
        one = one || first != second;
        both = both || (first && second);
    }
    return one && both;
}

static struct choice branch_of(struct arena *arena, const struct brancher *b,
                               const struct choice *open, const uint32_t *pair, bool together)
{
    struct choice branch = {0, ARENA_ARRAY(arena, uint32_t, open->n)};
    for (uint32_t s = 0; s < open->n; s++) {
        const struct column *column = column_at(b, open->at[s]);
        uint32_t held = (uint32_t)column_holds(column, pair[0]) + column_holds(column, pair[1]);
        if (together ? held != 1 : held != 2)
            branch.at[branch.n++] = open->at[s];
    }
    return branch;
}

/* Solves the relaxation of what is open, again while compositions come to light that break limits
 * which are not in the model yet. False: it could not be solved, or there is no work left. */
static bool relax(struct brancher *b, const struct choice *open, struct arena *arena,
                  struct ilp_result *result)
{
    struct ilp_options relaxed = *b->options;
    relaxed.relaxation = true;
    for (;;) {
        struct ilp_model model;
        if (b->out->nodes++ >= b->problem->node_limit
            || !observer_lets(b->options->observer, "columns", b->below, 0, b->out->nodes))
            return false;
        struct arena *scratch = arena_scratch(arena);
        build(b, open, &model, scratch);
        ilp_solve(&model, &relaxed, arena, result);
        arena_scratch_end(scratch);
        if (!result->dual)
            return false;
        if (round_up(b, open, result->part, arena))
            return true;
    }
}

/* Thins out the list, and finds two nodes to branch by; false: there is nothing left to search. */
static bool find_pair(struct brancher *b, struct choice *open, uint32_t *pair)
{
    struct arena *scratch = arena_scratch(b->arena);
    struct choice all = {open->n, ARENA_ARRAY(scratch, uint32_t, open->n)};
    struct ilp_result result;
    bool going = relax(b, open, scratch, &result);
    b->out->complete = b->out->complete && going;
    if (going) {
        memcpy(all.at, open->at, open->n * sizeof *all.at);
        thin_out(b, open, result.dual, scratch);
        going = open->n > 0;
    }
    if (going && (!choose_pair(b, &all, result.part, pair, scratch) || !splits(b, open, pair))
        && !choose_any_pair(b, open, pair)) {
        take_over(b, open, scratch);
        going = false;
    }
    arena_scratch_end(scratch);
    return going;
}

/* Depth is bounded by the number of columns, as every branch has fewer, and by the limit of nodes;
 * a level keeps nothing but its list while the next ones are searched. The list is used up. */
static void search(struct brancher *b, struct choice *open)
{
    uint32_t pair[2];
    bool going = find_pair(b, open, pair);
    for (uint32_t together = 2; going && together-- > 0;) {
        struct arena *scratch = arena_scratch(b->arena);
        struct choice branch = branch_of(scratch, b, open, pair, together == 1);
        if (branch.n > 0)
            search(b, &branch);
        arena_scratch_end(scratch);
    }
}

void column_branch(struct arena *arena, const struct branch_problem *problem,
                   const struct ilp_options *options, struct branch_result *result)
{
    struct brancher b = {.arena = arena,
                         .problem = problem,
                         .options = options,
                         .out = result,
                         .below = problem->below};
    struct choice all = {problem->n_columns, ARENA_ARRAY(arena, uint32_t, problem->n_columns)};
    *result = (struct branch_result){.complete = true,
                                     .chosen = ARENA_ARRAY(arena, struct column, problem->chips)};
    b.row_of = ARENA_ARRAY(arena, uint32_t, problem->sets->problem->n_nodes);
    b.is_limited = ARENA_ARRAY(arena, bool, problem->sets->problem->n_axons);
    for (uint32_t i = 0; i < problem->n_nodes; i++)
        b.row_of[problem->nodes[i]] = i;
    for (uint32_t s = 0; s < all.n; s++)
        all.at[s] = s;
    if (all.n > 0)
        search(&b, &all);
}
