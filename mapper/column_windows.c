/* A window grows from the chip whose column has the largest reduced cost, by the chips that share
 * the cheapest columns with it. What a window costs beyond its prices is known, and no column of a
 * better composition of it has a larger reduced cost than that: the others are left out. */
#include "mapper/column_windows.h"

#include "mapper/column_branch.h"

#include <stdlib.h>
#include <string.h>

enum {
    MOST_LOW = 300000, /* columns that windows are composed of */
    MOST_WINDOW = 24,  /* chips */
    WORK_UNIT = 1000,  /* columns times rows of a relaxation */
    ALL_WORK = 1200000,
    VOTERS = 400,    /* columns per node that choose chips */
    VOTE_PART = 1000 /* of a price */
};
static const struct window_size {
    uint32_t chips;
    uint32_t columns, nodes; /* at most; nodes: of branch and bound */
    uint32_t reach;          /* of the votes: times the reduced cost of the first chip's column */
} window_sizes[] = {{4, 1500, 40, 2},  {6, 1500, 40, 3},  {8, 1500, 40, 3},
                    {12, 1500, 40, 2}, {18, 1500, 40, 2}, {24, 1500, 40, 2}};
enum { N_SIZES = sizeof window_sizes / sizeof window_sizes[0] };

struct low { /* a column of small reduced cost */
    int64_t reduced;
    uint32_t at;
};
struct windows {
    struct arena *arena;
    struct pricer *pricer;
    const struct column_prices *prices;
    const struct ilp_options *options;
    struct composition *composition;
    struct column_vec columns;
    struct low *low;       /* by reduced cost */
    struct node_list with; /* per node: columns that hold it, as in low */
    struct column *held;   /* per chip */
    int64_t *excess;       /* per chip: reduced cost of what it holds */
    uint32_t *changed;     /* per chip: when last */
    uint32_t now;
    uint64_t work;
    uint32_t window[MOST_WINDOW], n_window;
    bool *in_window;        /* per chip */
    uint64_t *votes;        /* per chip */
    uint32_t *chips_beyond; /* per axon */
};

static const struct column_problem *problem_of(const struct windows *w)
{
    return w->pricer->sets->problem;
}

/* --- a composition ------------------------------------------------------------------------------
 */

/* What is held on the chip counts more than all else. */
static uint32_t in_common(const struct column_problem *problem, const struct composition *c,
                          const struct column *column, uint32_t chip)
{
    uint32_t n = 0;
    for (uint32_t k = 0; k < column_nodes(column); k++) {
        n += c->chip_of[column->node[k]] == chip;
        if (problem->held && problem->held[column->node[k]] == chip)
            n += COLUMN_NODES + 1;
    }
    return n;
}

/* Pairs columns with chips, most in common first. */
static void assign(struct arena *arena, const struct column_problem *problem,
                   const struct composition *c, const struct column *columns, const uint32_t *chips,
                   uint32_t n, uint32_t *chip_of)
{
    bool *given = ARENA_ARRAY(arena, bool, n), *used = ARENA_ARRAY(arena, bool, n);
    for (uint32_t round = 0; round < n; round++) {
        uint32_t best = 0, column = 0, chip = 0;
        for (uint32_t i = 0; i < n; i++)
            for (uint32_t k = 0; k < n && !given[i]; k++) {
                uint32_t own = used[k] ? 0 : 1 + in_common(problem, c, &columns[i], chips[k]);
                if (own <= best)
                    continue;
                best = own;
                column = i;
                chip = k;
            }
        given[column] = used[chip] = true;
        for (uint32_t k = 0; k < column_nodes(&columns[column]); k++)
            chip_of[columns[column].node[k]] = chips[chip];
    }
}

bool composition_take(struct arena *arena, const struct column_sets *sets,
                      struct composition *composition, const struct column *columns,
                      const uint32_t *chips, uint32_t n, int64_t cost)
{
    struct arena *scratch = arena_scratch(arena);
    const struct column_taker *taker = composition->taker;
    uint32_t nodes = sets->problem->n_nodes;
    uint32_t *chip_of = ARENA_ARRAY(scratch, uint32_t, nodes);
    memcpy(chip_of, composition->chip_of, nodes * sizeof *chip_of);
    assign(scratch, sets->problem, composition, columns, chips, n, chip_of);
    bool taken = !taker || taker->take(taker->context, chip_of);
    if (taken) {
        memcpy(composition->chip_of, chip_of, nodes * sizeof *chip_of);
        composition->cost = cost;
        composition->improved = true;
    }
    arena_scratch_end(scratch);
    return taken;
}

static void hold(struct windows *w)
{
    const struct column_problem *problem = problem_of(w);
    for (uint32_t k = 0; k < problem->chips; k++)
        memset(w->held[k].node, 0xFF, sizeof w->held[k].node);
    for (uint32_t i = 0; i < problem->n_nodes; i++) {
        struct column *column = &w->held[w->composition->chip_of[i]];
        column->node[column_nodes(column)] = (uint16_t)i;
    }
    for (uint32_t k = 0; k < problem->chips; k++) {
        w->held[k].cost = column_cost(w->pricer->sets, &w->held[k]);
        w->excess[k] = pricer_reduced(w->pricer, w->prices, &w->held[k]) - w->prices->chip;
    }
}

/* --- columns ------------------------------------------------------------------------------------
 */

static int cheaper_low(const void *a, const void *b)
{
    const struct low *x = a, *y = b;
    if (x->reduced != y->reduced)
        return x->reduced < y->reduced ? -1 : 1;
    return x->at < y->at ? -1 : x->at > y->at;
}

typedef bool lister(struct pricer *pricer, struct arena *arena, const struct column_prices *prices,
                    int64_t room, uint32_t most, struct column_vec *out);

/* All columns of a kind below some reduced cost, as many as there is room for. */
static void find_low(struct windows *w, lister *list, uint32_t most)
{
    int64_t room = w->composition->cost * ILP_DUAL_SCALE - w->prices->bound;
    for (bool all = false; !all && room > 0; room /= 2) {
        struct arena *scratch = arena_scratch(w->arena);
        struct column_vec found = {NULL, 0, 0};
        all = list(w->pricer, scratch, w->prices, room, most, &found);
        for (uint32_t s = 0; s < found.n && all; s++)
            VEC_PUSH(w->arena, &w->columns, found.at[s]);
        arena_scratch_end(scratch);
    }
}

static void index_low(struct windows *w)
{
    uint32_t n = problem_of(w)->n_nodes, *fill = ARENA_ARRAY(w->arena, uint32_t, (size_t)n + 1);
    w->low = ARENA_ARRAY(w->arena, struct low, w->columns.n);
    w->with.first = ARENA_ARRAY(w->arena, uint32_t, (size_t)n + 1);
    for (uint32_t s = 0; s < w->columns.n; s++) {
        const struct column *column = &w->columns.at[s];
        w->low[s] = (struct low){pricer_reduced(w->pricer, w->prices, column) - w->prices->chip, s};
        for (uint32_t k = 0; k < column_nodes(column); k++)
            w->with.first[column->node[k] + 1]++;
    }
    if (w->columns.n)
        qsort(w->low, w->columns.n, sizeof *w->low, cheaper_low);
    for (uint32_t i = 0; i < n; i++)
        fill[i + 1] = w->with.first[i + 1] += w->with.first[i];
    w->with.at = ARENA_ARRAY(w->arena, uint32_t, w->with.first[n]);
    for (uint32_t s = 0; s < w->columns.n; s++) {
        const struct column *column = &w->columns.at[w->low[s].at];
        for (uint32_t k = 0; k < column_nodes(column); k++)
            w->with.at[fill[column->node[k]]++] = s;
    }
}

/* --- windows ------------------------------------------------------------------------------------
 */

/* Chips whose nodes stand with those of a chip in columns that cost less than `room`. */
static void vote(struct windows *w, uint32_t chip, int64_t room)
{
    for (uint32_t k = 0; k < column_nodes(&w->held[chip]); k++) {
        uint32_t node = w->held[chip].node[k], first = w->with.first[node];
        uint32_t end = w->with.first[node + 1];
        end = end - first > VOTERS ? first + VOTERS : end;
        for (uint32_t i = first; i < end && w->low[w->with.at[i]].reduced < room; i++) {
            const struct low *low = &w->low[w->with.at[i]];
            const struct column *column = &w->columns.at[low->at];
            for (uint32_t j = 0; j < column_nodes(column); j++)
                w->votes[w->composition->chip_of[column->node[j]]] +=
                    (uint64_t)(room - low->reduced) / VOTE_PART + 1;
        }
    }
}

static void open_window(struct windows *w, uint32_t seed, const struct window_size *size)
{
    const struct column_problem *problem = problem_of(w);
    int64_t room = size->reach * w->excess[seed] + ILP_DUAL_SCALE;
    memset(w->votes, 0, problem->chips * sizeof *w->votes);
    memset(w->in_window, 0, problem->chips * sizeof *w->in_window);
    w->n_window = 0;
    for (uint32_t next = seed; next < problem->chips && w->n_window < size->chips;) {
        w->window[w->n_window++] = next;
        w->in_window[next] = true;
        vote(w, next, room);
        next = problem->chips;
        for (uint32_t k = 0; k < problem->chips; k++)
            if (!w->in_window[k] && w->votes[k] > 0
                && (next == problem->chips || w->votes[k] > w->votes[next]))
                next = k;
    }
}

/* Columns of the window's nodes up to a reduced cost, after those that it has; false: too many. */
static bool list_columns(struct windows *w, struct arena *arena, int64_t room, uint32_t most,
                         struct column_vec *out)
{
    out->n = 0;
    for (uint32_t c = 0; c < w->n_window; c++)
        VEC_PUSH(arena, out, w->held[w->window[c]]);
    for (uint32_t c = 0; c < w->n_window; c++)
        for (uint32_t k = 0; k < column_nodes(&w->held[w->window[c]]); k++) {
            uint32_t node = w->held[w->window[c]].node[k];
            for (uint32_t i = w->with.first[node];
                 i < w->with.first[node + 1] && w->low[w->with.at[i]].reduced <= room; i++) {
                const struct column *column = &w->columns.at[w->low[w->with.at[i]].at];
                bool inside = column->node[0] == node;
                for (uint32_t j = 1; inside && j < column_nodes(column); j++)
                    inside = w->in_window[w->composition->chip_of[column->node[j]]];
                if (inside && out->n == most)
                    return false;
                if (inside)
                    VEC_PUSH(arena, out, *column);
            }
        }
    return true;
}

/* Per axon: chips outside the window that it reaches. */
static void count_beyond(struct windows *w)
{
    const struct column_problem *problem = problem_of(w);
    const uint32_t *chip_of = w->composition->chip_of;
    for (uint32_t e = 0; e < problem->n_axons; e++) {
        const struct column_axon *axon = &problem->axons[e];
        const uint32_t *target = &problem->targets[axon->first_target];
        w->chips_beyond[e] = 0;
        if (axon->n_targets <= axon->most_chips)
            continue;
        for (uint32_t t = 0; t < axon->n_targets; t++) {
            bool fresh = !w->in_window[chip_of[target[t]]];
            for (uint32_t s = 0; s < t && fresh; s++)
                fresh = chip_of[target[s]] != chip_of[target[t]];
            w->chips_beyond[e] += fresh;
        }
    }
}

/* Composes the window anew; true if that is better. */
static bool try_window(struct windows *w, const struct window_size *size)
{
    struct arena *scratch = arena_scratch(w->arena);
    struct column_vec columns = {NULL, 0, 0};
    uint16_t *nodes = ARENA_ARRAY(scratch, uint16_t, (size_t)w->n_window * COLUMN_NODES);
    uint32_t n = 0;
    int64_t excess = 0, cost = 0;
    struct branch_result result = {.found = false};
    for (uint32_t c = 0; c < w->n_window; c++) {
        const struct column *held = &w->held[w->window[c]];
        excess += w->excess[w->window[c]];
        cost += held->cost;
        for (uint32_t k = 0; k < column_nodes(held); k++)
            nodes[n++] = held->node[k];
    }
    for (int64_t room = excess - ILP_DUAL_SCALE;
         room > 0 && !list_columns(w, scratch, room, size->columns, &columns);)
        room /= 2;
    if (excess >= ILP_DUAL_SCALE && columns.n > w->n_window + 1) {
        count_beyond(w);
        const struct branch_problem problem = {w->pricer->sets, nodes,      n,
                                               w->n_window,     columns.at, columns.n,
                                               w->chips_beyond, cost,       size->nodes};
        column_branch(scratch, &problem, w->options, &result);
        w->work += result.nodes * columns.n * n / WORK_UNIT;
    }
    bool better =
        result.found
        && composition_take(w->arena, w->pricer->sets, w->composition, result.chosen, w->window,
                            w->n_window, w->composition->cost - cost + result.cost);
    if (better)
        hold(w);
    arena_scratch_end(scratch);
    return better;
}

static bool is_done(const struct windows *w)
{
    int64_t bound = ilp_scaled_ceiling(w->prices->bound), cost = w->composition->cost;
    return w->work >= ALL_WORK || bound >= cost
           || !observer_lets(w->options->observer, "columns", cost, bound, w->now);
}

/* Whether a chip of the window has changed since `then`. */
static bool is_fresh(const struct windows *w, uint32_t then)
{
    for (uint32_t c = 0; c < w->n_window; c++)
        if (w->changed[w->window[c]] >= then)
            return true;
    return false;
}

/* The chip with most excess among those not tried yet. */
static uint32_t worst_chip(const struct windows *w, const bool *tried)
{
    uint32_t n = problem_of(w)->chips, worst = n;
    for (uint32_t k = 0; k < n; k++)
        if (!tried[k] && (worst == n || w->excess[k] > w->excess[worst]))
            worst = k;
    return worst;
}

/* Every chip once as the seed; true if anything was better. tried_at: per chip, when its window of
 * this size was composed last. */
static bool sweep(struct windows *w, const struct window_size *size, uint32_t *tried_at)
{
    bool *tried = ARENA_ARRAY(w->arena, bool, problem_of(w)->chips), better = false;
    for (uint32_t i = 0; i < problem_of(w)->chips && !is_done(w); i++) {
        uint32_t seed = worst_chip(w, tried);
        tried[seed] = true;
        open_window(w, seed, size);
        if (w->n_window < 2 || !is_fresh(w, tried_at[seed]))
            continue;
        tried_at[seed] = ++w->now;
        if (!try_window(w, size))
            continue;
        better = true;
        w->now++;
        for (uint32_t c = 0; c < w->n_window; c++)
            w->changed[w->window[c]] = w->now;
    }
    return better;
}

void column_windows(struct arena *arena, struct pricer *pricer, const struct column_prices *prices,
                    const struct ilp_options *options, struct composition *composition)
{
    struct arena *scratch = arena_scratch(arena);
    uint32_t chips = pricer->sets->problem->chips, size = 0, *tried_at[N_SIZES];
    struct windows w = {.arena = scratch,
                        .pricer = pricer,
                        .prices = prices,
                        .options = options,
                        .composition = composition};
    w.held = ARENA_ARRAY(scratch, struct column, chips);
    w.excess = ARENA_ARRAY(scratch, int64_t, chips);
    w.changed = ARENA_ARRAY(scratch, uint32_t, chips);
    w.in_window = ARENA_ARRAY(scratch, bool, chips);
    w.votes = ARENA_ARRAY(scratch, uint64_t, chips);
    w.chips_beyond = ARENA_ARRAY(scratch, uint32_t, pricer->sets->problem->n_axons);
    find_low(&w, pricer_connected, MOST_LOW);
    find_low(&w, pricer_joined, MOST_LOW / 4);
    index_low(&w);
    hold(&w);
    for (uint32_t i = 0; i < N_SIZES; i++)
        tried_at[i] = ARENA_ARRAY(scratch, uint32_t, chips);
    while (size < N_SIZES && !is_done(&w)) {
        if (!sweep(&w, &window_sizes[size], tried_at[size]))
            size = window_sizes[size].chips < chips ? size + 1 : N_SIZES;
    }
    arena_scratch_end(scratch);
}
