/* Exhaustive search for delay currents, with intervals for everything that follows from the rest.
 */
#include "backend/bias_delay.h"

#include <math.h>

enum { MAX_PIECES = 16 };

struct piece {
    int64_t lo, hi;
};
struct pieces { /* a union of closed intervals of currents, zA */
    uint32_t n;
    struct piece at[MAX_PIECES];
};
struct range_search {
    const struct delay_problem *problem;
    unsigned solve;
    struct delay_codes *best;
    uint64_t limit; /* worst error that still matters */
    bool found;
    uint64_t work; /* left */
};

/* --- law and objective --- */

static int64_t class_current(const struct delay_problem *problem, const uint32_t code[N_DELAYS],
                             int class)
{
    int64_t za = problem->current[0][code[0]];
    for (int i = 1; i < N_DELAYS; i++)
        za += class >> (i - 1) & 1 ? problem->current[i][code[i]] : 0;
    return za;
}

int64_t delay_of(const struct delay_problem *problem, const uint32_t code[N_DELAYS], int class)
{
    uint64_t za = (uint64_t)class_current(problem, code, class);
    return (int64_t)((problem->charge + za / 2) / za);
}

int delay_class(const struct delay_problem *problem, const uint32_t code[N_DELAYS],
                const struct delay_wish *wish)
{
    int best = 0;
    int64_t least = INT64_MAX;
    if (wish->class != ANY_CLASS)
        return wish->class;
    for (int class = 0; class < N_DELAY_CLASSES; class ++) {
        int64_t off = delay_of(problem, code, class) - wish->ps;
        off = off < 0 ? -off : off;
        if (off < least) {
            least = off;
            best = class;
        }
    }
    return best;
}

/* False as soon as the codes cannot be better than the best so far. */
static bool evaluate(const struct range_search *search, struct delay_codes *codes)
{
    const struct delay_problem *problem = search->problem;
    codes->worst = 0;
    codes->squares = 0;
    codes->within = true;
    for (uint32_t i = 0; i < problem->n; i++) {
        const struct delay_wish *wish = &problem->wish[i];
        int64_t ps = delay_of(problem, codes->code, delay_class(problem, codes->code, wish));
        uint64_t e = bias_permille(ps, wish->ps);
        codes->within = codes->within && bias_within(ps, wish->ps, wish->tolerance);
        codes->squares += (unsigned __int128)e * e;
        codes->worst = e > codes->worst ? e : codes->worst;
        if (codes->worst > search->limit)
            return false;
    }
    return true;
}

static bool better(const struct delay_codes *a, const struct delay_codes *b)
{
    if (a->within != b->within)
        return a->within;
    if (a->worst != b->worst)
        return a->worst < b->worst;
    if (a->squares != b->squares)
        return a->squares < b->squares;
    for (int i = 0; i < N_DELAYS; i++)
        if (a->code[i] != b->code[i])
            return a->code[i] < b->code[i];
    return false;
}

static void try_codes(struct range_search *search, const uint32_t code[N_DELAYS])
{
    struct delay_codes trial = {.code = {code[0], code[1], code[2]}};
    if (!evaluate(search, &trial) || (search->found && !better(&trial, search->best)))
        return;
    *search->best = trial;
    search->found = true;
    search->limit = trial.within ? trial.worst : search->limit;
}

/* --- intervals --- */

/* Currents whose delay is within `limit` per mille of a wish, a little wider than exact. */
static struct piece wish_range(const struct range_search *search, const struct delay_wish *wish)
{
    const double margin = 1e-9, most = 9e18;
    double r = (double)wish->ps, q = (double)search->problem->charge;
    double off = r * (double)search->limit / 1000 + 1; /* 1 ps: rounding of the delay */
    double lo = q / (r + off) * (1 - margin) - 1;
    double hi = r > off ? q / (r - off) * (1 + margin) + 1 : most;
    return (struct piece){lo > 0 ? (int64_t)lo : 0, hi < most ? (int64_t)hi : (int64_t)most};
}

static bool uses(int class, int current)
{
    return current == 0 || (class >> (current - 1) & 1);
}

/* Sum of a class without one current; false if it needs one that is not chosen yet. */
static bool rest_of_class(const struct range_search *search, const uint32_t code[N_DELAYS],
                          int class, int current, unsigned chosen, int64_t *za)
{
    *za = 0;
    for (int i = 0; i < N_DELAYS; i++) {
        if (i == current || !uses(class, i))
            continue;
        if (!(chosen >> i & 1))
            return false;
        *za += search->problem->current[i][code[i]];
    }
    return true;
}

static void add_piece(struct pieces *pieces, int64_t lo, int64_t hi)
{
    if (lo > hi || pieces->n == MAX_PIECES)
        return;
    pieces->at[pieces->n++] = (struct piece){lo, hi};
}

/* pieces := pieces intersected with other; kept as it is where there would be too many. */
static void intersect(struct pieces *pieces, const struct pieces *other)
{
    struct pieces result = {0};
    if (pieces->n * other->n > MAX_PIECES)
        return;
    for (uint32_t i = 0; i < pieces->n; i++)
        for (uint32_t j = 0; j < other->n; j++) {
            struct piece a = pieces->at[i], b = other->at[j];
            add_piece(&result, a.lo > b.lo ? a.lo : b.lo, a.hi < b.hi ? a.hi : b.hi);
        }
    *pieces = result;
}

/* Which values of a current serve a wish, given the chosen ones. False: the wish does not depend on
 * it alone, or is served without it. */
static bool serving(const struct range_search *search, const uint32_t code[N_DELAYS],
                    const struct delay_wish *wish, int current, unsigned chosen,
                    struct pieces *pieces)
{
    struct piece range = wish_range(search, wish);
    pieces->n = 0;
    for (int class = 0; class < N_DELAY_CLASSES; class ++) {
        int64_t rest;
        if (wish->class != ANY_CLASS && wish->class != class)
            continue;
        if (!rest_of_class(search, code, class, current, chosen, &rest))
            return false;
        if (uses(class, current)) {
            add_piece(pieces, range.lo - rest, range.hi - rest);
        } else if (rest >= range.lo && rest <= range.hi) {
            return false;
        }
    }
    return true;
}

static struct pieces possible(const struct range_search *search, const uint32_t code[N_DELAYS],
                              int current, unsigned chosen)
{
    struct pieces pieces = {.n = 1, .at = {{0, INT64_MAX}}}, own;
    for (uint32_t i = 0; i < search->problem->n && pieces.n; i++)
        if (serving(search, code, &search->problem->wish[i], current, chosen, &own))
            intersect(&pieces, &own);
    return pieces;
}

/* First position in the ascending codes whose current is at least za. */
static uint32_t first_at_least(const struct delay_problem *problem, int current, int64_t za)
{
    uint32_t lo = 0, hi = problem->n_codes;
    while (lo < hi) {
        uint32_t mid = lo + (hi - lo) / 2;
        if (problem->current[current][problem->ascending[current][mid]] < za)
            lo = mid + 1;
        else
            hi = mid;
    }
    return lo;
}

/* Chooses the currents from `current` on; depth is at most N_DELAYS. */
static void choose(struct range_search *search, uint32_t code[N_DELAYS], int current,
                   unsigned chosen)
{
    const struct delay_problem *problem = search->problem;
    while (current < N_DELAYS && !(search->solve >> current & 1))
        current++;
    if (current == N_DELAYS) {
        try_codes(search, code);
        return;
    }
    struct pieces pieces = possible(search, code, current, chosen);
    for (uint32_t p = 0; p < pieces.n; p++)
        for (uint32_t i = first_at_least(problem, current, pieces.at[p].lo); i < problem->n_codes;
             i++) {
            code[current] = problem->ascending[current][i];
            if (problem->current[current][code[current]] > pieces.at[p].hi || search->work == 0)
                break;
            search->work--;
            choose(search, code, current + 1, chosen | 1u << current);
        }
}

bool delay_search(const struct delay_problem *problem, unsigned solve, uint64_t limit,
                  struct delay_codes *best)
{
    const uint64_t work = 5000000; /* codes tried in all */
    struct range_search search = {
        .problem = problem, .solve = solve, .best = best, .limit = limit, .work = work};
    uint32_t code[N_DELAYS] = {problem->held[0], problem->held[1], problem->held[2]};
    unsigned held = ((1u << N_DELAYS) - 1) & ~solve;
    choose(&search, code, 0, held);
    return search.found;
}
