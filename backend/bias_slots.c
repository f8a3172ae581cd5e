/* The search for free weight slots: by covering and descent, and by all codes of up to two of them,
 * the others off (bias_exact.c). */
#include "backend/bias_slots.h"

#include "compiler/base/rng.h"

#include <math.h>
#include <string.h>

/* Few requests leave many places where descent by single codes ends; with many, covering has found
 * the one that counts. */
enum { FEW = 30 };

/* --- covering -----------------------------------------------------------------------------------
 */

struct cover {
    const struct slot_search *search;
    double error;   /* allowed, as a fraction */
    uint32_t nodes; /* left */
    struct slot_choice choice;
};

/* First request that no sum covers within the error; n if all are covered. */
static uint32_t first_open(const struct cover *cover, const double *sum, uint32_t n_sums)
{
    const struct slot_problem *problem = cover->search->problem;
    uint32_t at = 0;
    while (at < problem->n) {
        double r = (double)problem->za[at], reach = 0;
        for (uint32_t i = 0; i < n_sums; i++)
            if (fabs(sum[i] - r) <= cover->error * r && sum[i] > reach)
                reach = sum[i];
        if (reach == 0)
            return at;
        double last = cover->error < 1 ? reach / (1 - cover->error) : INFINITY;
        uint32_t lo = at + 1, hi = problem->n;
        while (lo < hi) {
            uint32_t mid = lo + (hi - lo) / 2;
            if ((double)problem->za[mid] <= last)
                lo = mid + 1;
            else
                hi = mid;
        }
        at = lo;
    }
    return at;
}

/* The lowest code of the largest current that is at most `za`; UINT32_MAX if there is none. */
static uint32_t code_below(const struct slot_search *search, uint32_t slot, double za)
{
    const int64_t *sorted = search->ascending[slot];
    uint32_t lo = 0, hi = search->n_ascending[slot];
    while (lo < hi) {
        uint32_t mid = lo + (hi - lo) / 2;
        if ((double)sorted[mid] <= za)
            lo = mid + 1;
        else
            hi = mid;
    }
    return lo ? search->ascending_code[slot][lo - 1] : UINT32_MAX;
}

/* Covers the lowest open request by the next free slot on top of each sum so far, as far above it
 * as the error allows, or exactly; so each step leaves the fewest requests open. */
static bool cover_next(struct cover *cover, uint32_t level, const double *sum, uint32_t n_sums)
{
    const struct slot_search *search = cover->search;
    uint32_t open = first_open(cover, sum, n_sums);
    if (open == search->problem->n) {
        for (uint32_t i = level; i < search->n_free; i++)
            cover->choice.code[search->free[i]] = 0;
        return true;
    }
    if (level == search->n_free || cover->nodes == 0)
        return false;
    cover->nodes--;
    uint32_t slot = search->free[level];
    double r = (double)search->problem->za[open], more[1 << NET_SLOTS];
    for (uint32_t b = 0; b <= n_sums; b++)
        for (int exact = 0; exact < 2; exact++) {
            double base = b ? sum[b - 1] : 0;
            uint32_t code = code_below(search, slot, (exact ? r : r * (1 + cover->error)) - base);
            if (code == UINT32_MAX)
                continue;
            double x = (double)search->current[slot][code];
            memcpy(more, sum, n_sums * sizeof *sum);
            more[n_sums] = x;
            for (uint32_t i = 0; i < n_sums; i++)
                more[n_sums + 1 + i] = sum[i] + x;
            cover->choice.code[slot] = code;
            if (cover_next(cover, level + 1, more, 2 * n_sums + 1))
                return true;
        }
    return false;
}

static bool cover_within(struct cover *cover, uint64_t permille)
{
    enum { NODES = 4000 };
    const struct slot_search *search = cover->search;
    double sum[1 << NET_SLOTS];
    uint32_t n = 0;
    for (uint32_t i = 0; i < NET_SLOTS; i++) {
        if (search->problem->free[i])
            continue;
        double x = (double)search->current[i][cover->choice.code[i]];
        for (uint32_t j = 0; j < n; j++)
            sum[n + 1 + j] = sum[j] + x;
        sum[n] = x;
        n = 2 * n + 1;
    }
    cover->error = (double)permille / 1000;
    cover->nodes = NODES;
    return cover_next(cover, 0, sum, n);
}

bool slot_cover(const struct slot_search *search, struct slot_choice *choice)
{
    struct cover cover = {.search = search, .choice = *choice};
    uint64_t lo = 0, hi = choice->worst; /* hi is reached, below lo is not */
    bool improved = false;
    while (lo < hi) {
        uint64_t mid = lo + (hi - lo) / 2;
        if (cover_within(&cover, mid)) {
            struct slot_choice found = cover.choice;
            slot_evaluate(search, &found, NULL);
            if (slot_less(&found, choice)) {
                *choice = found;
                improved = true;
            }
            hi = mid;
        } else {
            lo = mid + 1;
        }
    }
    return improved;
}

/* --- all together -------------------------------------------------------------------------------
 */

/* Sums in the ratio 1 : 2 : 4 : 8 up to the largest request. */
static void start_ladder(const struct slot_search *search, struct slot_choice *choice)
{
    const struct slot_problem *problem = search->problem;
    double rest = (double)problem->za[problem->n - 1];
    for (uint32_t i = search->n_free; i-- > 0;) {
        rest /= 2;
        uint32_t slot = search->free[i], code = code_below(search, slot, rest);
        choice->code[slot] = code == UINT32_MAX ? 0 : code;
    }
    slot_evaluate(search, choice, NULL);
}

/* Descends from scattered starts. */
static void restart(const struct slot_search *search, struct slot_choice *best)
{
    enum { STARTS = 8 };
    const struct slot_problem *problem = search->problem;
    if (problem->n > FEW)
        return;
    for (uint64_t i = 0; i < STARTS; i++) {
        struct slot_choice trial = *best;
        for (uint32_t f = 0; f < search->n_free; f++) {
            uint32_t slot = search->free[f], most = search->n_ascending[slot];
            while (most > 1 && search->ascending[slot][most - 1] > problem->za[problem->n - 1])
                most--;
            uint64_t at = rng_mix(i * NET_SLOTS + f) % most;
            trial.code[slot] = search->ascending_code[slot][at];
        }
        slot_evaluate(search, &trial, NULL);
        slot_descend(search, &trial);
        if (slot_less(&trial, best))
            *best = trial;
    }
}

static void cover_and_descend(const struct slot_search *search, struct slot_choice *best)
{
    struct slot_choice ladder = *best;
    start_ladder(search, &ladder);
    if (slot_less(&ladder, best))
        *best = ladder;
    slot_cover(search, best);
    slot_descend(search, best);
    slot_descend(search, &ladder);
    if (slot_less(&ladder, best))
        *best = ladder;
}

/* The same worst error with one slot less: the first free one held off. */
static void spare_one(const struct slot_search *search, struct slot_choice *best)
{
    struct slot_problem fewer = *search->problem;
    struct slot_search held;
    struct slot_choice choice = *best;
    if (search->n_free <= SLOT_EXACT + 1 || fewer.n > FEW || best->on < search->n_free)
        return;
    fewer.free[search->free[0]] = false;
    slot_search_init(search->arena, &fewer, &held);
    for (uint32_t f = 0; f < search->n_free; f++)
        choice.code[search->free[f]] = 0;
    slot_evaluate(&held, &choice, NULL);
    cover_and_descend(&held, &choice);
    if (choice.worst > best->worst)
        restart(&held, &choice);
    if (slot_less(&choice, best)) { /* off counts for nothing in either search */
        *best = choice;
        slot_descend(search, best);
    }
}

static uint64_t prove(const struct slot_search *search, struct slot_choice *best)
{
    uint64_t bound = slot_bound(search, best);
    if (bound < best->worst && best->worst > 1) /* 1: nothing to gain but an exact hit */
        restart(search, best);
    spare_one(search, best);
    if (bound == 0 && best->worst == 1)
        bound = slot_exact_bound(search, best);
    return bound;
}

/* With one or two free slots the exact search decides. With more it gives the least choice that
 * keeps all but two off; that one is the minimum if no choice at all has a lower worst error, for
 * any other with this error then has more slots on. */
static void search_slots(struct slot_search *search, struct slot_choice *best,
                         struct slot_result *result)
{
    cover_and_descend(search, best);
    bool exact = slot_exact(search, best);
    if (exact && search->n_free <= SLOT_EXACT) {
        *result = (struct slot_result){best->worst, best->worst, true};
        return;
    }
    slot_descend(search, best);
    result->bound = prove(search, best);
    result->worst = best->worst;
    result->optimal = exact && best->on <= SLOT_EXACT && result->bound == best->worst;
}

void bias_solve_slots(struct arena *arena, struct slot_problem *problem, struct slot_result *result)
{
    struct slot_search search;
    struct slot_choice best = {0};
    *result = (struct slot_result){.optimal = true};
    if (problem->n == 0) {
        for (int i = 0; i < NET_SLOTS; i++)
            if (problem->free[i])
                problem->code[i] = (struct bias_code){0, 0};
        return;
    }
    uint32_t fines = problem->device->max_fine + 1;
    slot_search_init(arena, problem, &search);
    for (int i = 0; i < NET_SLOTS; i++)
        best.code[i] =
            problem->free[i] ? 0 : problem->code[i].coarse * fines + problem->code[i].fine;
    slot_evaluate(&search, &best, NULL);
    result->worst = result->bound = best.worst;
    if (search.n_free)
        search_slots(&search, &best, result);
    for (int i = 0; i < NET_SLOTS; i++)
        problem->code[i] =
            (struct bias_code){(uint8_t)(best.code[i] / fines), (uint8_t)(best.code[i] % fines)};
}
