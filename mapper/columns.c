/* With prices u of the cores (any prices), a composition of K columns costs
 *
 *     sum u[i] + sum over its columns S of (c[S] - u(S))  >=  sum u[i] + K min over S of (c[S] -
 * u(S)),
 *
 * a lower bound whatever the solver did. A column that exceeds that minimum by more than the room
 * between bound and best cost is in no cheaper composition; the others are few.
 *
 * Prices are multiples of 1 / ILP_DUAL_SCALE, so all sums here are integers.
 */
#include "mapper/columns.h"

#include <string.h>

enum {
    MOST_ROUNDS = 150,
    MOST_COLUMNS = 200000,
    PRICE_LIMIT = 1 << 28,
    DEAR = 50,
    POOL_NODES = 200
};

struct column {
    uint64_t cores;
    int64_t cost;
    int64_t slack; /* over the least reduced cost, scaled */
};
struct column_vec VEC_OF(struct column);
struct axon_list {
    uint32_t n, *at;
};
struct pricer {
    struct arena *arena;
    const struct column_problem *problem;
    const struct ilp_options *options;
    struct column_result *out;
    struct axon_list *from, *to; /* per core: axons that start there, that have a target there */
    struct column_vec pool;      /* of the master */
    int64_t *price, *best_price; /* per core, scaled */
    int64_t least, best_least;   /* reduced cost of all columns */
    int64_t bound;               /* scaled */
    struct column *best_with;    /* per core: column of least reduced cost that holds it */
    int64_t keep;                /* slack up to which columns are kept; negative: none */
    struct column_vec kept;
};

static void list_axons(struct pricer *p)
{
    uint32_t n = p->problem->n_cores, m = p->problem->n_axons;
    p->from = ARENA_ARRAY(p->arena, struct axon_list, n);
    p->to = ARENA_ARRAY(p->arena, struct axon_list, n);
    for (uint32_t i = 0; i < n; i++) {
        p->from[i].at = ARENA_ARRAY(p->arena, uint32_t, m);
        p->to[i].at = ARENA_ARRAY(p->arena, uint32_t, m);
        for (uint32_t e = 0; e < m; e++) {
            const struct column_axon *axon = &p->problem->axons[e];
            if (axon->source == i)
                p->from[i].at[p->from[i].n++] = e;
            if (axon->targets >> i & 1)
                p->to[i].at[p->to[i].n++] = e;
        }
    }
}

/* --- all columns --------------------------------------------------------------------------------
 */

/* What a core adds to the cost of a column. */
static int64_t added_cost(const struct pricer *p, uint64_t cores, uint32_t core)
{
    int64_t sum = 0;
    for (uint32_t k = 0; k < p->to[core].n; k++) {
        const struct column_axon *axon = &p->problem->axons[p->to[core].at[k]];
        if (!(axon->targets & cores) && !((cores | UINT64_C(1) << core) >> axon->source & 1))
            sum += axon->weight;
    }
    for (uint32_t k = 0; k < p->from[core].n; k++) {
        const struct column_axon *axon = &p->problem->axons[p->from[core].at[k]];
        if (axon->targets & cores)
            sum -= axon->weight;
    }
    return sum;
}

static void see_column(struct pricer *p, const struct column *column, int64_t reduced)
{
    if (reduced < p->least)
        p->least = reduced;
    if (p->keep >= 0) {
        if (reduced - p->best_least <= p->keep && p->kept.n < MOST_COLUMNS)
            VEC_PUSH(p->arena, &p->kept,
                     (struct column){column->cores, column->cost, reduced - p->best_least});
        return;
    }
    for (uint64_t left = column->cores; left; left &= left - 1) {
        struct column *best = &p->best_with[__builtin_ctzll(left)];
        if (best->cores == 0 || reduced < best->slack)
            *best = (struct column){column->cores, column->cost, reduced};
    }
}

/* Every column whose lowest cores are those given; depth is at most per_chip. */
static void extend(struct pricer *p, const struct column *column, uint32_t from, uint32_t size)
{
    for (uint32_t i = from; i < p->problem->n_cores; i++) {
        struct column next = {column->cores | UINT64_C(1) << i,
                              column->cost + added_cost(p, column->cores, i), 0};
        int64_t own = next.cost * ILP_DUAL_SCALE;
        for (uint64_t left = next.cores; left; left &= left - 1)
            own -= p->price[__builtin_ctzll(left)];
        see_column(p, &next, own);
        if (size + 1 < p->problem->per_chip)
            extend(p, &next, i + 1, size + 1);
    }
}

static void price_all(struct pricer *p)
{
    const struct column none = {0, 0, 0};
    p->least = INT64_MAX;
    memset(p->best_with, 0, p->problem->n_cores * sizeof *p->best_with);
    extend(p, &none, 0, 0);
}

/* --- the master ---------------------------------------------------------------------------------
 */

static void build(const struct pricer *p, struct ilp_model *model)
{
    ilp_model_init(model, p->arena, "columns");
    for (uint32_t i = 0; i < p->problem->n_cores; i++)
        ilp_add_row(model, ILP_EQUAL, 1);
    ilp_add_row(model, ILP_EQUAL, p->problem->chips);
    for (uint32_t s = 0; s < p->pool.n; s++) {
        ilp_add_column(model, p->pool.at[s].cost, -1);
        for (uint64_t left = p->pool.at[s].cores; left; left &= left - 1)
            ilp_add_entry(model, (uint32_t)__builtin_ctzll(left), 1);
        ilp_add_entry(model, p->problem->n_cores, 1);
    }
}

static void add_to_pool(struct pricer *p, const struct column *column)
{
    for (uint32_t s = 0; s < p->pool.n; s++)
        if (p->pool.at[s].cores == column->cores)
            return;
    VEC_PUSH(p->arena, &p->pool, *column);
}

static int64_t column_cost(const struct pricer *p, uint64_t cores)
{
    int64_t cost = 0;
    for (uint32_t e = 0; e < p->problem->n_axons; e++) {
        const struct column_axon *axon = &p->problem->axons[e];
        cost += (axon->targets & cores) && !(cores >> axon->source & 1) ? axon->weight : 0;
    }
    return cost;
}

/* The composition given, so that the first master has a solution. */
static void start_pool(struct pricer *p)
{
    for (uint32_t chip = 0; chip < p->problem->chips; chip++) {
        uint64_t cores = 0;
        for (uint32_t i = 0; i < p->problem->n_cores; i++)
            cores |= p->out->chip_of[i] == chip ? UINT64_C(1) << i : 0;
        const struct column column = {cores, column_cost(p, cores), 0};
        if (cores)
            add_to_pool(p, &column);
    }
}

/* Prices by the duals; true if the bound may still rise. */
static bool raise_bound(struct pricer *p, const double *dual)
{
    int64_t sum = 0, limit = (int64_t)PRICE_LIMIT * ILP_DUAL_SCALE;
    uint32_t before = p->pool.n;
    for (uint32_t i = 0; i < p->problem->n_cores; i++) {
        p->price[i] = ilp_repaired_dual(dual[i], -limit, limit);
        sum += p->price[i];
    }
    price_all(p);
    if (sum + p->problem->chips * p->least > p->bound) {
        p->bound = sum + p->problem->chips * p->least;
        p->best_least = p->least;
        memcpy(p->best_price, p->price, p->problem->n_cores * sizeof *p->price);
    }
    for (uint32_t i = 0; i < p->problem->n_cores; i++)
        add_to_pool(p, &p->best_with[i]);
    return p->pool.n > before && ilp_scaled_ceiling(p->bound) < p->out->cost;
}

static void generate(struct pricer *p)
{
    struct ilp_options relaxed = *p->options;
    relaxed.relaxation = true;
    for (uint32_t round = 0; round < MOST_ROUNDS; round++) {
        int64_t bound = p->bound == INT64_MIN ? -1 : ilp_scaled_ceiling(p->bound);
        if (!observer_lets(p->options->observer, "columns", p->out->cost, bound, round))
            return;
        struct arena *scratch = arena_scratch(p->arena), *own = p->arena;
        struct ilp_model model;
        struct ilp_result result;
        p->arena = scratch;
        build(p, &model);
        ilp_solve(&model, &relaxed, scratch, &result);
        p->arena = own;
        bool more = result.dual && raise_bound(p, result.dual);
        arena_scratch_end(scratch);
        if (!more)
            return;
    }
}

/* --- the search among the columns that are left -------------------------------------------------
 */

/* Branches on two cores: on one chip, or not. At every node the bound is evaluated anew, over all
 * columns that its branches leave, with prices that the solver proposes for them. */
struct node {
    uint32_t n, *at; /* columns in kept */
};
struct brancher {
    struct pricer *p;
    uint64_t nodes, node_limit;
    bool complete; /* no node was left without a proof */
};

/* A dear column of every row by itself keeps the relaxation solvable where the branches leave no
 * composition: then the prices prove that. */
static void build_node(const struct pricer *p, const struct node *node, struct ilp_model *model,
                       struct arena *arena)
{
    uint32_t rows = p->problem->n_cores + 1;
    ilp_model_init(model, arena, "columns");
    for (uint32_t i = 0; i < p->problem->n_cores; i++)
        ilp_add_row(model, ILP_EQUAL, 1);
    ilp_add_row(model, ILP_EQUAL, p->problem->chips);
    for (uint32_t s = 0; s < node->n; s++) {
        const struct column *column = &p->kept.at[node->at[s]];
        ilp_add_column(model, column->cost, -1);
        for (uint64_t left = column->cores; left; left &= left - 1)
            ilp_add_entry(model, (uint32_t)__builtin_ctzll(left), 1);
        ilp_add_entry(model, p->problem->n_cores, 1);
    }
    for (uint32_t i = 0; i < rows; i++) {
        ilp_add_column(model, DEAR * (p->out->cost + 1), -1);
        ilp_add_entry(model, i, 1);
    }
}

/* Leaves the columns that a composition of the node's columns which costs less than the best could
 * use; none, if there is no such composition. */
static void thin_out(const struct pricer *p, struct node *node, const double *dual,
                     struct arena *arena)
{
    int64_t sum = 0, least = INT64_MAX, price[COLUMNS_MAX_CORES], room;
    int64_t limit = (int64_t)PRICE_LIMIT * ILP_DUAL_SCALE, *own;
    uint32_t n = 0;
    if (node->n == 0)
        return;
    own = ARENA_ARRAY(arena, int64_t, node->n);
    for (uint32_t i = 0; i < p->problem->n_cores; i++) {
        price[i] = ilp_repaired_dual(dual[i], -limit, limit);
        sum += price[i];
    }
    for (uint32_t s = 0; s < node->n; s++) {
        const struct column *column = &p->kept.at[node->at[s]];
        own[s] = column->cost * ILP_DUAL_SCALE;
        for (uint64_t left = column->cores; left; left &= left - 1)
            own[s] -= price[__builtin_ctzll(left)];
        least = own[s] < least ? own[s] : least;
    }
    room = (p->out->cost - 1) * ILP_DUAL_SCALE - sum - p->problem->chips * least;
    for (uint32_t s = 0; s < node->n; s++)
        if (own[s] - least <= room)
            node->at[n++] = node->at[s];
    node->n = n;
}

static bool keeps_to_chips(const struct column_problem *problem, const uint64_t *chips)
{
    for (uint32_t e = 0; e < problem->n_axons; e++) {
        uint32_t n = 0;
        for (uint32_t k = 0; k < problem->chips; k++)
            n += (problem->axons[e].targets & chips[k]) != 0;
        if (n > problem->axons[e].most_chips)
            return false;
    }
    return true;
}

/* Takes the columns with the largest parts for a composition, if they are one. */
static bool round_up(struct brancher *b, const struct node *node, const double *part)
{
    const struct column_problem *problem = b->p->problem;
    uint64_t chips[COLUMNS_MAX_CORES], covered = 0;
    int64_t cost = 0;
    uint32_t n = 0;
    for (uint32_t s = 0; s < node->n; s++) {
        const struct column *column = &b->p->kept.at[node->at[s]];
        if (part[s] < 0.5)
            continue;
        if (n == problem->chips || (column->cores & covered))
            return false;
        covered |= column->cores;
        cost += column->cost;
        chips[n++] = column->cores;
    }
    if (n < problem->chips || covered != ~UINT64_C(0) >> (COLUMNS_MAX_CORES - problem->n_cores)
        || cost >= b->p->out->cost || !keeps_to_chips(problem, chips))
        return false;
    b->p->out->cost = cost;
    b->p->out->improved = true;
    for (uint32_t k = 0; k < n; k++)
        for (uint64_t left = chips[k]; left; left &= left - 1)
            b->p->out->chip_of[__builtin_ctzll(left)] = k;
    return true;
}

/* The two cores that the relaxation leaves most undecided: together in about half of their parts.
 */
static bool choose_pair(const struct pricer *p, const struct node *node, const double *part,
                        uint32_t *pair)
{
    double together[COLUMNS_MAX_CORES][COLUMNS_MAX_CORES] = {{0}}, best = 1e-6;
    for (uint32_t s = 0; s < node->n; s++) {
        uint64_t cores = p->kept.at[node->at[s]].cores;
        for (uint64_t i = part[s] > 1e-6 ? cores : 0; i; i &= i - 1)
            for (uint64_t j = i & (i - 1); j; j &= j - 1)
                together[__builtin_ctzll(i)][__builtin_ctzll(j)] += part[s];
    }
    for (uint32_t i = 0; i < p->problem->n_cores; i++)
        for (uint32_t j = i + 1; j < p->problem->n_cores; j++) {
            double open = together[i][j] < 0.5 ? together[i][j] : 1 - together[i][j];
            if (open <= best)
                continue;
            best = open;
            pair[0] = i;
            pair[1] = j;
        }
    return best > 1e-6;
}

/* Two cores that some column has together and some other apart; false: the columns are disjoint, so
 * that there is one composition of them at most. */
static bool choose_any_pair(const struct pricer *p, const struct node *node, uint32_t *pair)
{
    for (uint32_t s = 0; s < node->n; s++)
        for (uint32_t t = 0; t < node->n; t++) {
            uint64_t x = p->kept.at[node->at[s]].cores, y = p->kept.at[node->at[t]].cores;
            if (!(x & y) || !(x & ~y))
                continue;
            pair[0] = (uint32_t)__builtin_ctzll(x & y);
            pair[1] = (uint32_t)__builtin_ctzll(x & ~y);
            return true;
        }
    return false;
}

static struct node branch_of(struct arena *arena, const struct pricer *p, const struct node *node,
                             const uint32_t *pair, bool together)
{
    struct node branch = {0, ARENA_ARRAY(arena, uint32_t, node->n)};
    for (uint32_t s = 0; s < node->n; s++) {
        uint64_t cores = p->kept.at[node->at[s]].cores;
        uint32_t held = (uint32_t)((cores >> pair[0] & 1) + (cores >> pair[1] & 1));
        if (together ? held != 1 : held != 2)
            branch.at[branch.n++] = node->at[s];
    }
    return branch;
}

/* Depth is bounded by the number of pairs: every branch decides one for good. The node's list is
 * used up. */
static void search(struct brancher *b, struct node *node)
{
    struct arena *scratch = arena_scratch(b->p->arena);
    struct ilp_options relaxed = *b->p->options;
    struct ilp_model model;
    struct ilp_result result;
    struct node all = {node->n, ARENA_ARRAY(scratch, uint32_t, node->n)};
    uint32_t pair[2];
    relaxed.relaxation = true;
    build_node(b->p, node, &model, scratch);
    ilp_solve(&model, &relaxed, scratch, &result);
    bool open = result.dual && b->nodes++ < b->node_limit
                && observer_lets(b->p->options->observer, "columns", b->p->out->cost,
                                 b->p->out->bound, b->nodes);
    b->complete = b->complete && open;
    if (open) {
        memcpy(all.at, node->at, node->n * sizeof *all.at);
        round_up(b, &all, result.part);
        thin_out(b->p, node, result.dual, scratch);
        open = node->n > 0;
    }
    if (open && !choose_pair(b->p, &all, result.part, pair) && !choose_any_pair(b->p, node, pair)) {
        double *whole = ARENA_ARRAY(scratch, double, node->n);
        for (uint32_t s = 0; s < node->n; s++)
            whole[s] = 1;
        round_up(b, node, whole);
        open = false;
    }
    for (uint32_t together = 2; open && together-- > 0;) {
        struct node branch = branch_of(scratch, b->p, node, pair, together == 1);
        if (branch.n > 0)
            search(b, &branch);
    }
    arena_scratch_end(scratch);
}

/* The best that the master's columns give makes the rest of the way shorter. */
static void try_pool(struct brancher *b)
{
    struct arena *scratch = arena_scratch(b->p->arena);
    struct ilp_options options = *b->p->options;
    struct ilp_model model;
    struct ilp_result result;
    const struct column_vec none = {NULL, 0, 0};
    struct node node = {b->p->pool.n, ARENA_ARRAY(scratch, uint32_t, b->p->pool.n)};
    double *part = ARENA_ARRAY(scratch, double, (size_t)node.n + b->p->problem->n_cores + 1);
    options.node_limit = POOL_NODES;
    for (uint32_t s = 0; s < node.n; s++)
        node.at[s] = s;
    b->p->kept = b->p->pool;
    build_node(b->p, &node, &model, scratch);
    ilp_solve(&model, &options, scratch, &result);
    if (result.status == ILP_SOLVED || result.status == ILP_FEASIBLE) {
        for (uint32_t s = 0; s < node.n; s++)
            part[s] = (double)result.x[s];
        round_up(b, &node, part);
    }
    b->p->kept = none;
    arena_scratch_end(scratch);
}

/* All columns that a cheaper composition could use, and what can be made of them. */
static void close_gap(struct pricer *p, uint64_t node_limit)
{
    struct brancher b = {.p = p, .node_limit = node_limit, .complete = true};
    try_pool(&b);
    p->price = p->best_price;
    p->keep = (p->out->cost - 1) * (int64_t)ILP_DUAL_SCALE - p->bound;
    price_all(p);
    if (p->kept.n == MOST_COLUMNS)
        return;
    struct node root = {p->kept.n, ARENA_ARRAY(p->arena, uint32_t, p->kept.n)};
    for (uint32_t s = 0; s < root.n; s++)
        root.at[s] = s;
    search(&b, &root);
    if (b.complete)
        p->out->bound = p->out->cost;
}

void columns_solve(struct arena *arena, const struct column_problem *problem,
                   const struct ilp_options *options, uint64_t node_limit,
                   struct column_result *result)
{
    struct pricer p = {.arena = arena,
                       .problem = problem,
                       .options = options,
                       .out = result,
                       .bound = INT64_MIN,
                       .keep = -1};
    uint32_t n = problem->n_cores;
    result->bound = 0;
    result->improved = false;
    if (n == 0 || n > COLUMNS_MAX_CORES)
        return;
    p.price = ARENA_ARRAY(arena, int64_t, n);
    p.best_price = ARENA_ARRAY(arena, int64_t, n);
    p.best_with = ARENA_ARRAY(arena, struct column, n);
    list_axons(&p);
    start_pool(&p);
    generate(&p);
    if (p.bound == INT64_MIN)
        return;
    int64_t bound = ilp_scaled_ceiling(p.bound);
    result->bound = bound > 0 ? bound : 0;
    if (result->bound < result->cost)
        close_gap(&p, node_limit);
}
