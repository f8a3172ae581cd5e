#include "mapper/column_bound.h"

#include <stdlib.h>
#include <string.h>

enum {
    ASCENT_WORK = 400000000, /* sets looked at */
    MOST_STEPS = 500,
    LEAST_STEPS = 60,
    PATIENCE = 12, /* steps without progress before they are halved */
    STEP_BITS = 8,
    SHARE = 12, /* divisible by all numbers of cores */
    MOST_ROUNDS = 60,
    IDLE_ROUNDS = 3,
    START_PER_NODE = 6,
    FRESH_PER_NODE = 4,
    MOST_OFFERED = 400000,
    LEAST_GAIN = ILP_DUAL_SCALE / 1000,
    MOST_FRESH_WORDS = 200
};
#define PRICE_LIMIT (((int64_t)1 << 28) * ILP_DUAL_SCALE)

struct raiser {
    struct arena *arena;
    struct pricer *pricer;
    const struct ilp_options *options;
    const uint32_t *chip_of;
    int64_t cost;
    struct column_prices *best, now, probe;
    struct column_vec pool; /* of the master */
    bool *has_word;         /* per axon */
};

static int64_t best_bound(const struct raiser *r)
{
    return r->best->bound > 0 ? ilp_scaled_ceiling(r->best->bound) : 0;
}

/* Whether the bound meets the cost, or the observer ends the way there. */
static bool is_over(const struct raiser *r, uint64_t nodes)
{
    int64_t bound = best_bound(r);
    return bound >= r->cost
           || !observer_lets(r->options->observer, "columns", r->cost, bound, nodes);
}

static uint32_t n_nodes(const struct raiser *r)
{
    return r->pricer->sets->problem->n_nodes;
}

/* Repairs prices in place; true if their bound is the best so far. */
static bool judge(struct raiser *r, struct column_prices *prices)
{
    pricer_repair(r->pricer, prices);
    if (prices->bound <= r->best->bound)
        return false;
    prices_copy(r->best, prices, n_nodes(r));
    return true;
}

/* --- ascent -------------------------------------------------------------------------------------
 */

static void count_set(const struct raiser *r, uint32_t set, int64_t part, int64_t *slope)
{
    const struct column *column = &r->pricer->sets->at[set];
    for (uint32_t k = 0; k < column_nodes(column); k++)
        slope[column->node[k]] -= part;
}

/* How the bound changes with each price, times SHARE: every node takes part in the column that set
 * its share, by its cores. */
static int64_t find_slope(const struct raiser *r, int64_t *slope)
{
    const struct pricer *p = r->pricer;
    int64_t square = 0;
    for (uint32_t i = 0; i < n_nodes(r); i++)
        slope[i] = SHARE;
    for (uint32_t i = 0; i < n_nodes(r); i++) {
        uint32_t a = p->share_cores[i], t = p->share_rest[i];
        if (a == 0)
            continue;
        int64_t part = (int64_t)SHARE * p->sets->problem->size[i] / (a + t);
        count_set(r, p->least_at[i][a], part, slope);
        for (; t > 0; t -= p->rest_cores[t])
            count_set(r, p->rest_at[t], part, slope);
    }
    for (uint32_t i = 0; i < n_nodes(r); i++)
        square += slope[i] * slope[i];
    return square;
}

/* Within what a price may be. */
static int64_t stepped(int64_t price, int64_t step, int64_t slope)
{
    int64_t most = 2 * PRICE_LIMIT / (slope < 0 ? 1 - slope : 1 + slope);
    step = step > most ? most : step < -most ? -most : step;
    price += step * slope;
    return price > PRICE_LIMIT ? PRICE_LIMIT : price < -PRICE_LIMIT ? -PRICE_LIMIT : price;
}

/* Steps along the slope, so long that they would reach the cost if it stayed as it is. */
static void ascend(struct raiser *r)
{
    uint32_t n = n_nodes(r), idle = 0, sets = r->pricer->sets->n;
    uint32_t most = sets ? ASCENT_WORK / sets : MOST_STEPS;
    int64_t *slope = ARENA_ARRAY(r->arena, int64_t, n), factor = 1 << STEP_BITS;
    most = most > MOST_STEPS ? MOST_STEPS : most < LEAST_STEPS ? LEAST_STEPS : most;
    for (uint32_t i = 0; i < n; i++)
        r->now.node[i] = r->cost * ILP_DUAL_SCALE / n;
    for (uint32_t step = 0; step < most && factor > 0 && !is_over(r, step); step++) {
        pricer_look(r->pricer, &r->now);
        bool better = judge(r, &r->now);
        int64_t square = find_slope(r, slope);
        idle = better ? 0 : idle + 1;
        if (idle == PATIENCE) {
            factor /= 2;
            idle = 0;
        }
        if (square == 0)
            return;
        int64_t gap = r->cost * ILP_DUAL_SCALE - r->now.bound;
        int64_t each = gap / square < PRICE_LIMIT / SHARE ? gap / square * SHARE : PRICE_LIMIT;
        for (uint32_t i = 0; i < n; i++)
            r->now.node[i] = stepped(r->now.node[i], each * factor / (1 << STEP_BITS), slope[i]);
    }
}

/* --- column generation --------------------------------------------------------------------------
 */

/* The composition given, so that the first master has a solution. */
static void start_pool(struct raiser *r)
{
    const struct column_problem *problem = r->pricer->sets->problem;
    struct column none = {.cost = 0};
    memset(none.node, 0xFF, sizeof none.node);
    for (uint32_t chip = 0; chip < problem->chips; chip++)
        VEC_PUSH(r->arena, &r->pool, none);
    for (uint32_t i = 0; i < problem->n_nodes; i++) {
        struct column *column = &r->pool.at[r->chip_of[i]];
        column->node[column_nodes(column)] = (uint16_t)i;
    }
    for (uint32_t chip = 0; chip < problem->chips; chip++)
        r->pool.at[chip].cost = column_cost(r->pricer->sets, &r->pool.at[chip]);
}

struct offer {
    int64_t reduced;
    uint32_t at;
};
static int cheaper_offer(const void *a, const void *b)
{
    const struct offer *x = a, *y = b;
    if (x->reduced != y->reduced)
        return x->reduced < y->reduced ? -1 : 1;
    return x->at < y->at ? -1 : x->at > y->at;
}

/* Adds the cheapest of the columns offered, up to `each` for every node. */
static uint32_t add_best(struct raiser *r, const struct column_prices *prices,
                         const struct column_vec *offered, uint32_t each)
{
    struct arena *scratch = arena_scratch(r->arena);
    struct offer *offers = ARENA_ARRAY(scratch, struct offer, offered->n);
    uint32_t *taken = ARENA_ARRAY(scratch, uint32_t, n_nodes(r)), before = r->pool.n;
    for (uint32_t s = 0; s < offered->n; s++)
        offers[s] = (struct offer){pricer_reduced(r->pricer, prices, &offered->at[s]), s};
    if (offered->n)
        qsort(offers, offered->n, sizeof *offers, cheaper_offer);
    for (uint32_t s = 0; s < offered->n; s++) {
        const struct column *column = &offered->at[offers[s].at];
        bool wanted = false;
        for (uint32_t k = 0; k < column_nodes(column); k++)
            wanted = wanted || taken[column->node[k]] < each;
        for (uint32_t k = 0; wanted && k < column_nodes(column); k++)
            taken[column->node[k]]++;
        if (wanted)
            VEC_PUSH(r->arena, &r->pool, *column);
    }
    arena_scratch_end(scratch);
    return r->pool.n - before;
}

/* The cheapest columns by the prices that our own ascent found. */
static void fill_pool(struct raiser *r)
{
    int64_t gap = r->cost * ILP_DUAL_SCALE - r->best->bound, room = gap >> 16;
    for (;; room *= 4) {
        struct arena *scratch = arena_scratch(r->arena);
        struct column_vec offered = {NULL, 0, 0};
        pricer_within(r->pricer, scratch, r->best, room, MOST_OFFERED, &offered);
        bool enough = offered.n >= START_PER_NODE * n_nodes(r) || room >= gap;
        if (enough)
            add_best(r, r->best, &offered, START_PER_NODE);
        arena_scratch_end(scratch);
        if (enough)
            return;
    }
}

static void build(struct raiser *r, struct ilp_model *model, struct arena *arena)
{
    const struct column_problem *problem = r->pricer->sets->problem;
    uint32_t n = problem->n_nodes;
    uint32_t *seen = ARENA_ARRAY(arena, uint32_t, r->now.n_words);
    ilp_model_init(model, arena, "columns");
    for (uint32_t i = 0; i < n; i++)
        ilp_add_row(model, ILP_EQUAL, 1);
    ilp_add_row(model, ILP_EQUAL, problem->chips);
    for (uint32_t w = 0; w < r->now.n_words; w++)
        ilp_add_row(model, ILP_AT_MOST, problem->axons[r->now.words[w].axon].most_chips);
    for (uint32_t s = 0; s < r->pool.n; s++) {
        const struct column *column = &r->pool.at[s];
        const struct node_list *words = &r->pricer->words;
        ilp_add_column(model, column->cost, -1);
        for (uint32_t k = 0; k < column_nodes(column); k++)
            ilp_add_entry(model, column->node[k], 1);
        ilp_add_entry(model, n, 1);
        for (uint32_t k = 0; k < column_nodes(column); k++)
            for (uint32_t i = words->first[column->node[k]]; i < words->first[column->node[k] + 1];
                 i++) {
                if (seen[words->at[i]] == s + 1)
                    continue;
                seen[words->at[i]] = s + 1;
                ilp_add_entry(model, n + 1 + words->at[i], 1);
            }
    }
}

/* Takes limits into the model that the solution breaks. */
static bool limit_words(struct raiser *r, const double *part, struct arena *arena)
{
    const struct column_sets *sets = r->pricer->sets;
    double *chips = ARENA_ARRAY(arena, double, sets->problem->n_axons);
    uint32_t *seen = ARENA_ARRAY(arena, uint32_t, sets->problem->n_axons), before = r->now.n_words;
    for (uint32_t s = 0; s < r->pool.n; s++)
        for (uint32_t k = 0; part[s] > 1e-9 && k < column_nodes(&r->pool.at[s]); k++) {
            uint32_t node = r->pool.at[s].node[k];
            for (uint32_t i = sets->to.first[node]; i < sets->to.first[node + 1]; i++) {
                chips[sets->to.at[i]] += seen[sets->to.at[i]] != s + 1 ? part[s] : 0;
                seen[sets->to.at[i]] = s + 1;
            }
        }
    for (uint32_t e = 0; e < sets->problem->n_axons; e++) {
        if (r->has_word[e] || chips[e] <= sets->problem->axons[e].most_chips + 1e-6
            || r->now.n_words - before == MOST_FRESH_WORDS)
            continue;
        r->has_word[e] = true;
        r->now.words[r->now.n_words++] = (struct word_price){e, 0};
    }
    if (r->now.n_words == before)
        return false;
    memcpy(r->best->words + r->best->n_words, r->now.words + r->best->n_words,
           (r->now.n_words - r->best->n_words) * sizeof *r->now.words);
    r->best->n_words = r->now.n_words;
    pricer_know_words(r->pricer, r->arena, &r->now);
    return true;
}

static void take_duals(struct raiser *r, const double *dual)
{
    uint32_t n = n_nodes(r);
    for (uint32_t i = 0; i < n; i++)
        r->now.node[i] = ilp_repaired_dual(dual[i], -PRICE_LIMIT, PRICE_LIMIT);
    r->now.chip = ilp_repaired_dual(dual[n], -PRICE_LIMIT, PRICE_LIMIT);
    for (uint32_t w = 0; w < r->now.n_words; w++)
        r->now.words[w].price = ilp_repaired_dual(dual[n + 1 + w], -PRICE_LIMIT, 0);
}

/* Half the way from the best prices to those of the solver. */
static void meet_halfway(struct raiser *r)
{
    const struct column_prices *best = r->best;
    struct column_prices *probe = &r->probe;
    prices_copy(probe, &r->now, n_nodes(r));
    for (uint32_t i = 0; i < n_nodes(r); i++)
        probe->node[i] = (best->node[i] + r->now.node[i]) / 2;
    probe->chip = (best->chip + r->now.chip) / 2;
    for (uint32_t w = 0; w < probe->n_words; w++)
        probe->words[w].price = (best->words[w].price + r->now.words[w].price) / 2;
}

/* Prices by the duals; true if the master has something new. */
static bool price_columns(struct raiser *r)
{
    struct arena *scratch = arena_scratch(r->arena);
    struct column_vec offered = {NULL, 0, 0};
    pricer_within(r->pricer, scratch, &r->now, -LEAST_GAIN, MOST_OFFERED, &offered);
    uint32_t fresh = add_best(r, &r->now, &offered, FRESH_PER_NODE);
    meet_halfway(r);
    judge(r, &r->now); /* pricer_within() looked at these */
    pricer_look(r->pricer, &r->probe);
    judge(r, &r->probe);
    arena_scratch_end(scratch);
    return fresh > 0;
}

static void generate(struct raiser *r)
{
    struct ilp_options relaxed = *r->options;
    uint32_t idle = 0;
    relaxed.relaxation = true;
    for (uint32_t round = 0; round < MOST_ROUNDS && idle < IDLE_ROUNDS && !is_over(r, round);
         round++) {
        struct arena *scratch = arena_scratch(r->arena);
        struct ilp_model model;
        struct ilp_result result;
        int64_t before = r->best->bound;
        build(r, &model, scratch);
        ilp_solve(&model, &relaxed, scratch, &result);
        bool more = result.dual != NULL;
        if (more && !limit_words(r, result.part, scratch)) {
            take_duals(r, result.dual);
            more = price_columns(r);
            idle = r->best->bound > before ? 0 : idle + 1;
        }
        arena_scratch_end(scratch);
        if (!more)
            return;
    }
}

bool column_bound_raise(struct arena *arena, struct pricer *pricer,
                        const struct ilp_options *options, const uint32_t *chip_of, int64_t cost,
                        struct column_prices *best)
{
    const struct column_problem *problem = pricer->sets->problem;
    struct raiser r = {.arena = arena,
                       .pricer = pricer,
                       .options = options,
                       .chip_of = chip_of,
                       .cost = cost,
                       .best = best};
    prices_init(&r.now, arena, problem);
    prices_init(&r.probe, arena, problem);
    r.has_word = ARENA_ARRAY(arena, bool, problem->n_axons);
    pricer_know_words(pricer, arena, best);
    ascend(&r);
    if (best_bound(&r) >= cost)
        return true;
    if (is_over(&r, 0))
        return false;
    start_pool(&r);
    fill_pool(&r);
    generate(&r);
    return false;
}
