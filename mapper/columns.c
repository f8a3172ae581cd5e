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

enum { MOST_ROUNDS = 150, MOST_COLUMNS = 200000, PRICE_LIMIT = 1 << 20 };

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
    relaxed.dump_dir = NULL;
    for (uint32_t round = 0; round < MOST_ROUNDS; round++) {
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

struct cover {
    struct pricer *p;
    uint32_t *first, *at; /* columns by their lowest core, then slack */
    uint64_t *chosen, *best;
    int64_t left; /* slack that may still be spent */
    uint64_t nodes, node_limit;
    bool found;
};

static bool keeps_to_chips(const struct cover *c)
{
    const struct column_problem *problem = c->p->problem;
    for (uint32_t e = 0; e < problem->n_axons; e++) {
        uint32_t chips = 0;
        for (uint32_t k = 0; k < problem->chips; k++)
            chips += (problem->axons[e].targets & c->chosen[k]) != 0;
        if (chips > problem->axons[e].most_chips)
            return false;
    }
    return true;
}

/* The lowest core without a chip gets one. Depth is at most the number of chips. */
static void cover_from(struct cover *c, uint32_t depth, uint64_t covered)
{
    const struct column_problem *problem = c->p->problem;
    uint64_t all = ~UINT64_C(0) >> (64 - problem->n_cores);
    if (covered == all && depth == problem->chips && keeps_to_chips(c)) {
        memcpy(c->best, c->chosen, problem->chips * sizeof *c->best);
        c->found = true;
    }
    if (covered == all || depth == problem->chips)
        return;
    uint32_t low = (uint32_t)__builtin_ctzll(~covered);
    for (uint32_t i = c->first[low]; i < c->first[low + 1]; i++) {
        const struct column *column = &c->p->kept.at[c->at[i]];
        if (column->slack > c->left || c->found || c->nodes >= c->node_limit)
            return;
        if (column->cores & covered)
            continue;
        c->nodes++;
        c->chosen[depth] = column->cores;
        c->left -= column->slack;
        cover_from(c, depth + 1, covered | column->cores);
        c->left += column->slack;
    }
}

static bool goes_before(const struct pricer *p, uint32_t a, uint32_t b)
{
    const struct column *x = &p->kept.at[a], *y = &p->kept.at[b];
    uint32_t low_x = (uint32_t)__builtin_ctzll(x->cores),
             low_y = (uint32_t)__builtin_ctzll(y->cores);
    if (low_x != low_y)
        return low_x < low_y;
    return x->slack != y->slack ? x->slack < y->slack : x->cores < y->cores;
}

static void sort_columns(struct cover *c)
{
    uint32_t n = c->p->kept.n, *scratch = ARENA_ARRAY(c->p->arena, uint32_t, n);
    c->at = ARENA_ARRAY(c->p->arena, uint32_t, n);
    c->first = ARENA_ARRAY(c->p->arena, uint32_t, (size_t)c->p->problem->n_cores + 1);
    for (uint32_t i = 0; i < n; i++) {
        c->at[i] = i;
        c->first[__builtin_ctzll(c->p->kept.at[i].cores) + 1]++;
    }
    for (uint32_t i = 0; i < c->p->problem->n_cores; i++)
        c->first[i + 1] += c->first[i];
    for (uint32_t width = 1; width < n; width *= 2) {
        for (uint32_t lo = 0; lo < n; lo += 2 * width) {
            uint32_t mid = lo + width < n ? lo + width : n;
            uint32_t hi = lo + 2 * width < n ? lo + 2 * width : n;
            for (uint32_t i = lo, j = mid, k = lo; k < hi; k++)
                scratch[k] = i < mid && (j == hi || goes_before(c->p, c->at[i], c->at[j]))
                                 ? c->at[i++]
                                 : c->at[j++];
        }
        memcpy(c->at, scratch, n * sizeof *scratch);
    }
}

static void adopt(struct cover *c)
{
    struct column_result *out = c->p->out;
    out->cost = 0;
    out->improved = true;
    for (uint32_t k = 0; k < c->p->problem->chips; k++) {
        out->cost += column_cost(c->p, c->best[k]);
        for (uint64_t left = c->best[k]; left; left &= left - 1)
            out->chip_of[__builtin_ctzll(left)] = k;
    }
}

/* Cheaper compositions one after the other, until none is left: then the last one is the best. */
static void close_gap(struct pricer *p, uint64_t node_limit)
{
    struct cover c = {.p = p, .node_limit = node_limit};
    int64_t room = (p->out->cost - 1) * (int64_t)ILP_DUAL_SCALE - p->bound;
    p->price = p->best_price;
    p->keep = room;
    price_all(p);
    if (p->kept.n == MOST_COLUMNS)
        return;
    c.chosen = ARENA_ARRAY(p->arena, uint64_t, p->problem->chips);
    c.best = ARENA_ARRAY(p->arena, uint64_t, p->problem->chips);
    sort_columns(&c);
    do {
        c.left = (p->out->cost - 1) * (int64_t)ILP_DUAL_SCALE - p->bound;
        c.found = false;
        if (c.left >= 0)
            cover_from(&c, 0, 0);
        if (c.found)
            adopt(&c);
    } while (c.found);
    if (c.nodes < node_limit)
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
