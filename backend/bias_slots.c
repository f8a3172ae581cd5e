/* The search for free weight slots: exact for one or two of them, else by covering and descent. */
#include "backend/bias_slots.h"

#include "compiler/base/rng.h"

#include <math.h>
#include <string.h>

enum { EXACT_FREE = 2 };
/* Comparisons the exact search may make: 15 requests and two slots need 1536^2 * 8 * 15 at most. */
static const uint64_t exact_work = UINT64_C(400000000);

/* --- exact: the last free slot against all of its codes -----------------------------------------
 */

struct line {
    uint32_t n, *code;            /* codes of the last slot that are still possible */
    int64_t *slack;               /* per request: largest |sum - R| at the best worst error */
    uint64_t slack_of;            /* the worst error of slack */
    int64_t base[1 << NET_SLOTS]; /* sums without the last slot, the empty one included */
    uint32_t n_base;
};

static void set_slack(const struct slot_problem *problem, uint64_t worst, struct line *line)
{
    if (line->slack_of == worst)
        return;
    for (uint32_t r = 0; r < problem->n; r++) {
        unsigned __int128 slack = (unsigned __int128)worst * (uint64_t)problem->za[r] / 1000;
        line->slack[r] = slack < INT64_MAX ? (int64_t)slack : INT64_MAX;
    }
    line->slack_of = worst;
}

static void set_bases(const struct slot_search *search, const uint32_t *code, uint32_t last,
                      struct line *line)
{
    line->n_base = 1;
    line->base[0] = 0;
    for (uint32_t i = 0; i < NET_SLOTS; i++) {
        if (i == last)
            continue;
        for (uint32_t b = 0; b < line->n_base; b++)
            line->base[line->n_base + b] = line->base[b] + search->current[i][code[i]];
        line->n_base *= 2;
    }
}

static bool reaches(const struct line *line, uint32_t first, int64_t extra, int64_t za,
                    int64_t slack)
{
    for (uint32_t b = first; b < line->n_base; b++) {
        int64_t off = line->base[b] + extra - za;
        if (off <= slack && -off <= slack)
            return true;
    }
    return false;
}

/* Keeps the codes with which every request is within the best worst error: any other choice is
 * worse. */
static void filter_line(struct slot_search *search, uint32_t last, struct line *line)
{
    const struct slot_problem *problem = search->problem;
    for (uint32_t r = 0; r < problem->n && line->n; r++) {
        if (reaches(line, 1, 0, problem->za[r], line->slack[r]))
            continue;
        uint32_t kept = 0;
        search->work += (uint64_t)line->n * line->n_base;
        for (uint32_t i = 0; i < line->n; i++) {
            int64_t x = search->current[last][line->code[i]];
            if (reaches(line, 0, x, problem->za[r], line->slack[r]))
                line->code[kept++] = line->code[i];
        }
        line->n = kept;
    }
}

static void exact_line(struct slot_search *search, struct slot_choice trial, uint32_t last,
                       uint32_t first_code, struct line *line, struct slot_choice *best)
{
    set_slack(search->problem, best->worst, line);
    set_bases(search, trial.code, last, line);
    line->n = 0;
    for (uint32_t code = first_code; code < search->n_codes; code++)
        line->code[line->n++] = code;
    filter_line(search, last, line);
    for (uint32_t i = 0; i < line->n; i++) {
        trial.code[last] = line->code[i];
        if (slot_evaluate(search, &trial, best))
            *best = trial;
    }
}

/* Lowers *best to the minimum over all codes; false if the work limit came first. */
static bool exact_search(struct slot_search *search, struct slot_choice *best)
{
    struct line line = {.slack_of = UINT64_MAX};
    line.code = ARENA_ARRAY(search->arena, uint32_t, search->n_codes);
    line.slack = ARENA_ARRAY(search->arena, int64_t, search->problem->n);
    if (search->n_free == 1) {
        exact_line(search, *best, search->free[0], 0, &line, best);
        return true;
    }
    struct slot_choice trial = *best;
    for (uint32_t code = 0; code < search->n_codes; code++) {
        trial.code[search->free[0]] = code;
        exact_line(search, trial, search->free[1], search->symmetric ? code : 0, &line, best);
        if (search->work > exact_work)
            return code + 1 == search->n_codes;
    }
    return true;
}

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

/* Descends from scattered starts. Few requests leave many places where descent by single codes
 * ends; with many, covering has found the one that counts. */
static void restart(const struct slot_search *search, struct slot_choice *best)
{
    enum { FEW = 30, STARTS = 8 };
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

static void search_slots(struct slot_search *search, struct slot_choice *best, bool *optimal)
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
    *optimal = search->n_free <= EXACT_FREE && exact_search(search, best);
    if (!*optimal)
        slot_descend(search, best); /* the exact search may have moved it before it stopped */
}

static uint64_t prove(const struct slot_search *search, struct slot_choice *best)
{
    uint64_t bound = slot_bound(search, best);
    if (bound < best->worst && best->worst > 1) /* 1: nothing to gain but an exact hit */
        restart(search, best);
    return bound;
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
    if (search.n_free)
        search_slots(&search, &best, &result->optimal);
    result->bound = result->optimal ? best.worst : prove(&search, &best);
    for (int i = 0; i < NET_SLOTS; i++)
        problem->code[i] =
            (struct bias_code){(uint8_t)(best.code[i] / fines), (uint8_t)(best.code[i] % fines)};
    result->worst = best.worst;
}
