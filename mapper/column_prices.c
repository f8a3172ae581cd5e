#include "mapper/column_prices.h"

#include <stdlib.h>
#include <string.h>

enum { MOST_JOINS = 20000000 };
#define NO_PRICE (INT64_MAX / 4)

void prices_init(struct column_prices *prices, struct arena *arena,
                 const struct column_problem *problem)
{
    *prices =
        (struct column_prices){.node = ARENA_ARRAY(arena, int64_t, problem->n_nodes),
                               .words = ARENA_ARRAY(arena, struct word_price, problem->n_axons),
                               .bound = -NO_PRICE};
}

void prices_copy(struct column_prices *to, const struct column_prices *from, uint32_t n_nodes)
{
    memcpy(to->node, from->node, n_nodes * sizeof *to->node);
    memcpy(to->words, from->words, from->n_words * sizeof *to->words);
    to->chip = from->chip;
    to->n_words = from->n_words;
    to->bound = from->bound;
}

void pricer_init(struct pricer *pricer, struct arena *arena, const struct column_sets *sets)
{
    const struct column_problem *problem = sets->problem;
    uint32_t n = problem->n_nodes, room = problem->chips * problem->per_chip;
    *pricer = (struct pricer){.sets = sets};
    for (uint32_t i = 0; i < n; i++)
        room -= problem->size[i];
    pricer->least_cores = problem->per_chip > room ? problem->per_chip - room : 1;
    pricer->least = arena_alloc(arena, n, sizeof *pricer->least);
    pricer->least_at = arena_alloc(arena, n, sizeof *pricer->least_at);
    pricer->share_cores = ARENA_ARRAY(arena, uint32_t, n);
    pricer->share_rest = ARENA_ARRAY(arena, uint32_t, n);
    pricer->words.first = ARENA_ARRAY(arena, uint32_t, (size_t)n + 1);
}

void pricer_know_words(struct pricer *pricer, struct arena *arena,
                       const struct column_prices *prices)
{
    const struct column_problem *problem = pricer->sets->problem;
    uint32_t n = problem->n_nodes, *fill = ARENA_ARRAY(arena, uint32_t, (size_t)n + 1);
    memset(pricer->words.first, 0, ((size_t)n + 1) * sizeof *pricer->words.first);
    for (uint32_t pass = 0; pass < 2; pass++) {
        for (uint32_t w = 0; w < prices->n_words; w++) {
            const struct column_axon *axon = &problem->axons[prices->words[w].axon];
            for (uint32_t t = 0; t < axon->n_targets; t++) {
                uint32_t node = problem->targets[axon->first_target + t];
                if (pass == 0)
                    pricer->words.first[node + 1]++;
                else
                    pricer->words.at[fill[node]++] = w;
            }
        }
        for (uint32_t i = 0; i < n && pass == 0; i++)
            fill[i + 1] = pricer->words.first[i + 1] += pricer->words.first[i];
        if (pass == 0)
            pricer->words.at = ARENA_ARRAY(arena, uint32_t, pricer->words.first[n]);
        fill[0] = 0;
    }
    pricer->seen = ARENA_ARRAY(arena, uint64_t, prices->n_words);
    pricer->now = 0;
}

/* --- the bound ----------------------------------------------------------------------------------
 */

static int64_t words_reached(struct pricer *p, const struct column_prices *prices,
                             const struct column *column)
{
    int64_t sum = 0;
    p->now++;
    for (uint32_t k = 0; k < column_nodes(column); k++)
        for (uint32_t i = p->words.first[column->node[k]]; i < p->words.first[column->node[k] + 1];
             i++) {
            uint32_t w = p->words.at[i];
            sum += p->seen[w] != p->now ? prices->words[w].price : 0;
            p->seen[w] = p->now;
        }
    return sum;
}

int64_t pricer_reduced(struct pricer *p, const struct column_prices *prices,
                       const struct column *column)
{
    int64_t sum = column->cost * ILP_DUAL_SCALE;
    for (uint32_t k = 0; k < COLUMN_NODES && column->node[k] != COLUMN_NONE; k++)
        sum -= prices->node[column->node[k]];
    return prices->n_words ? sum - words_reached(p, prices, column) : sum;
}

static void look_at_rest(struct pricer *p)
{
    const struct column_problem *problem = p->sets->problem;
    int64_t one[COLUMN_NODES + 1];
    uint32_t at[COLUMN_NODES + 1] = {0};
    for (uint32_t a = 1; a <= problem->per_chip; a++) {
        one[a] = NO_PRICE;
        for (uint32_t i = 0; i < problem->n_nodes; i++)
            if (p->least[i][a] < one[a]) {
                one[a] = p->least[i][a];
                at[a] = p->least_at[i][a];
            }
    }
    p->of_rest[0] = 0;
    for (uint32_t t = 1; t <= problem->per_chip; t++) {
        p->of_rest[t] = NO_PRICE;
        for (uint32_t a = 1; a <= t; a++) {
            if (one[a] == NO_PRICE || p->of_rest[t - a] == NO_PRICE
                || one[a] + p->of_rest[t - a] >= p->of_rest[t])
                continue;
            p->of_rest[t] = one[a] + p->of_rest[t - a];
            p->rest_cores[t] = a;
            p->rest_at[t] = at[a];
        }
    }
}

void pricer_look(struct pricer *p, const struct column_prices *prices)
{
    const struct column_problem *problem = p->sets->problem;
    for (uint32_t i = 0; i < problem->n_nodes; i++)
        for (uint32_t a = 0; a <= COLUMN_NODES; a++)
            p->least[i][a] = NO_PRICE;
    for (uint32_t s = 0; s < p->sets->n; s++) {
        const struct column *column = &p->sets->at[s];
        int64_t reduced = pricer_reduced(p, prices, column);
        uint32_t cores = column_cores(problem, column);
        for (uint32_t k = 0; k < COLUMN_NODES && column->node[k] != COLUMN_NONE; k++) {
            uint32_t i = column->node[k];
            if (reduced >= p->least[i][cores])
                continue;
            p->least[i][cores] = reduced;
            p->least_at[i][cores] = s;
        }
    }
    look_at_rest(p);
}

static int64_t divide_down(int64_t a, int64_t b)
{
    return a / b - (a % b < 0);
}

/* The least reduced cost per core of the columns that hold a node. */
static int64_t share_of(struct pricer *p, uint32_t node, int64_t chip)
{
    uint32_t most = p->sets->problem->per_chip;
    int64_t best = NO_PRICE;
    for (uint32_t a = 1; a <= most; a++)
        for (uint32_t t = 0; a + t <= most; t++) {
            if (a + t < p->least_cores || p->least[node][a] == NO_PRICE
                || p->of_rest[t] == NO_PRICE)
                continue;
            int64_t each = divide_down(p->least[node][a] + p->of_rest[t] - chip, a + t);
            if (each >= best)
                continue;
            best = each;
            p->share_cores[node] = a;
            p->share_rest[node] = t;
        }
    return best == NO_PRICE ? 0 : best;
}

void pricer_repair(struct pricer *p, struct column_prices *prices)
{
    const struct column_problem *problem = p->sets->problem;
    prices->bound = (int64_t)problem->chips * prices->chip;
    for (uint32_t i = 0; i < problem->n_nodes; i++) {
        prices->node[i] += problem->size[i] * share_of(p, i, prices->chip);
        prices->bound += prices->node[i];
    }
    for (uint32_t w = 0; w < prices->n_words; w++)
        prices->bound += prices->words[w].price * problem->axons[prices->words[w].axon].most_chips;
}

/* --- columns of small reduced cost --------------------------------------------------------------
 */

struct part { /* a connected set that is cheap enough to be part of a column */
    int64_t reduced;
    uint32_t set;
};
struct part_vec VEC_OF(struct part);
struct joiner {
    struct pricer *p;
    struct arena *arena;
    const struct column_prices *prices;
    int64_t room;                            /* the chip's price included */
    struct part_vec parts[COLUMN_NODES + 1]; /* by cores; by reduced cost */
    struct column column;
    uint32_t chosen[COLUMN_NODES], n_chosen, cores;
    uint64_t joins;
    uint32_t most;
    struct column_vec *out;
};

static int cheaper_part(const void *a, const void *b)
{
    const struct part *x = a, *y = b;
    if (x->reduced != y->reduced)
        return x->reduced < y->reduced ? -1 : 1;
    return x->set < y->set ? -1 : x->set > y->set;
}

/* What joins a column of so many cores adds at least until it is large enough. */
static int64_t least_rest(const struct pricer *p, uint32_t cores, uint32_t from)
{
    int64_t least = NO_PRICE;
    for (uint32_t t = from; cores + t <= p->sets->problem->per_chip; t++)
        if (cores + t >= p->least_cores && p->of_rest[t] < least)
            least = p->of_rest[t];
    return least;
}

static void collect_parts(struct joiner *j)
{
    struct pricer *p = j->p;
    for (uint32_t s = 0; s < p->sets->n; s++) {
        const struct column *column = &p->sets->at[s];
        uint32_t cores = column_cores(p->sets->problem, column);
        if (cores == p->sets->problem->per_chip)
            continue;
        int64_t reduced = pricer_reduced(p, j->prices, column), rest = least_rest(p, cores, 1);
        if (rest != NO_PRICE && reduced + rest <= j->room)
            VEC_PUSH(j->arena, &j->parts[cores], (struct part){reduced, s});
    }
    for (uint32_t a = 1; a < COLUMN_NODES; a++)
        if (j->parts[a].n)
            qsort(j->parts[a].at, j->parts[a].n, sizeof(struct part), cheaper_part);
}

static bool stands_apart(const struct joiner *j, const struct column *part)
{
    const struct column_sets *sets = j->p->sets;
    for (uint32_t c = 0; c < j->n_chosen; c++) {
        const struct column *other = &sets->at[j->chosen[c]];
        for (uint32_t a = 0; a < column_nodes(part); a++)
            for (uint32_t b = 0; b < column_nodes(other); b++)
                if (part->node[a] == other->node[b]
                    || !column_admits(sets->problem, part->node[a], other->node[b]))
                    return false;
        if (columns_are_near(sets, part, other))
            return false; /* together they are a connected set, and cost less */
    }
    return true;
}

static void put_out(struct joiner *j)
{
    struct column column = {.cost = 0};
    uint32_t n = 0;
    memset(column.node, 0xFF, sizeof column.node);
    for (uint32_t c = 0; c < j->n_chosen; c++) {
        const struct column *part = &j->p->sets->at[j->chosen[c]];
        for (uint32_t k = 0; k < column_nodes(part); k++)
            column.node[n++] = part->node[k];
        column.cost += part->cost;
    }
    column_order(&column);
    VEC_PUSH(j->arena, j->out, column);
}

/* Parts follow by falling cores, then as listed, so that every set of them comes once. Depth is at
 * most COLUMN_NODES. */
static void join(struct joiner *j, int64_t reduced, uint32_t last_cores, uint32_t after)
{
    struct pricer *p = j->p;
    uint32_t most = p->sets->problem->per_chip;
    if (j->n_chosen > 1 && j->cores >= p->least_cores && reduced <= j->room)
        put_out(j);
    for (uint32_t a = last_cores < most - j->cores ? last_cores : most - j->cores; a > 0; a--) {
        const struct part_vec *parts = &j->parts[a];
        int64_t rest = least_rest(p, j->cores + a, j->n_chosen == 0);
        for (uint32_t i = a == last_cores ? after : 0; i < parts->n; i++) {
            const struct part *part = &parts->at[i];
            if (j->joins++ >= MOST_JOINS || j->out->n > j->most || rest == NO_PRICE
                || reduced + part->reduced + rest > j->room)
                break;
            if (!stands_apart(j, &p->sets->at[part->set]))
                continue;
            j->chosen[j->n_chosen++] = part->set;
            j->cores += a;
            join(j, reduced + part->reduced, a, i + 1);
            j->cores -= a;
            j->n_chosen--;
        }
    }
}

bool pricer_connected(struct pricer *p, struct arena *arena, const struct column_prices *prices,
                      int64_t room, uint32_t most, struct column_vec *out)
{
    for (uint32_t s = 0; s < p->sets->n; s++) {
        const struct column *column = &p->sets->at[s];
        if (column_cores(p->sets->problem, column) < p->least_cores
            || pricer_reduced(p, prices, column) - prices->chip > room)
            continue;
        if (out->n >= most)
            return false;
        VEC_PUSH(arena, out, *column);
    }
    return true;
}

bool pricer_joined(struct pricer *p, struct arena *arena, const struct column_prices *prices,
                   int64_t room, uint32_t most, struct column_vec *out)
{
    struct joiner j = {.p = p,
                       .arena = arena,
                       .prices = prices,
                       .room = room + prices->chip,
                       .most = most,
                       .out = out};
    pricer_look(p, prices);
    collect_parts(&j);
    join(&j, 0, p->sets->problem->per_chip - 1, 0);
    return out->n <= most && j.joins < MOST_JOINS;
}

bool pricer_within(struct pricer *p, struct arena *arena, const struct column_prices *prices,
                   int64_t room, uint32_t most, struct column_vec *out)
{
    return pricer_connected(p, arena, prices, room, most, out)
           && pricer_joined(p, arena, prices, room, most, out);
}
