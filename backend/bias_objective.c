/* The objective of a choice of slot codes, and descent by single codes. */
#include "backend/bias_slots.h"

#include <stdlib.h>
#include <string.h>

uint64_t bias_permille(int64_t realised, int64_t requested)
{
    uint64_t r = (uint64_t)requested;
    uint64_t off = realised > requested ? (uint64_t)realised - r : r - (uint64_t)realised;
    if (off > UINT64_MAX / 1000) {
        unsigned __int128 e = ((unsigned __int128)off * 1000 + r - 1) / r;
        return e < BIAS_MAX_ERROR ? (uint64_t)e : BIAS_MAX_ERROR;
    }
    uint64_t e = off * 1000 / r;
    e += off * 1000 % r != 0;
    return e < BIAS_MAX_ERROR ? e : BIAS_MAX_ERROR;
}

uint8_t bias_nearest_mask(const int64_t slot_za[NET_SLOTS], int64_t za, int64_t *sum)
{
    uint8_t best = 0;
    uint64_t least = UINT64_MAX;
    for (uint8_t mask = 1; mask <= N_SUMS; mask++) {
        int64_t s = 0;
        for (int i = 0; i < NET_SLOTS; i++)
            s += mask >> i & 1 ? slot_za[i] : 0;
        uint64_t off = s > za ? (uint64_t)s - (uint64_t)za : (uint64_t)za - (uint64_t)s;
        if (off < least) {
            least = off;
            best = mask;
            *sum = s;
        }
    }
    return best;
}

/* --- setting up --- */

struct coded {
    int64_t za;
    uint32_t code;
};

static int ascending(const void *a, const void *b)
{
    const struct coded *x = a, *y = b;
    if (x->za != y->za)
        return x->za < y->za ? -1 : 1;
    return (x->code > y->code) - (x->code < y->code);
}

static void tabulate(struct slot_search *search, int slot)
{
    const struct device *device = search->problem->device;
    int64_t *current = ARENA_ARRAY(search->arena, int64_t, search->n_codes);
    int64_t *sorted = ARENA_ARRAY(search->arena, int64_t, search->n_codes);
    uint32_t *codes = ARENA_ARRAY(search->arena, uint32_t, search->n_codes);
    struct coded *all = ARENA_ARRAY(search->arena, struct coded, search->n_codes);
    uint32_t fines = device->max_fine + 1, n = 0;
    for (uint32_t c = 0; c < search->n_codes; c++) {
        struct bias_code code = {(uint8_t)(c / fines), (uint8_t)(c % fines)};
        current[c] = device_bias_za(device, BIAS_SYAM_W0_P + slot, code);
        all[c] = (struct coded){current[c], c};
    }
    qsort(all, search->n_codes, sizeof *all, ascending);
    for (uint32_t i = 0; i < search->n_codes; i++)
        if (n == 0 || sorted[n - 1] != all[i].za) {
            sorted[n] = all[i].za;
            codes[n++] = all[i].code;
        }
    search->current[slot] = current;
    search->ascending[slot] = sorted;
    search->ascending_code[slot] = codes;
    search->n_ascending[slot] = n;
}

void slot_search_init(struct arena *arena, const struct slot_problem *problem,
                      struct slot_search *search)
{
    const struct device *device = problem->device;
    memset(search, 0, sizeof *search);
    search->arena = arena;
    search->problem = problem;
    search->n_codes = (device->max_coarse + 1) * (device->max_fine + 1);
    search->symmetric = true;
    for (int i = 0; i < NET_SLOTS; i++) {
        tabulate(search, i);
        if (!problem->free[i])
            continue;
        int64_t scale = device->bias[BIAS_SYAM_W0_P + i].scale_milli;
        uint32_t first = search->n_free ? search->free[0] : (uint32_t)i;
        if (device->bias[BIAS_SYAM_W0_P + first].scale_milli != scale)
            search->symmetric = false;
        search->free[search->n_free++] = (uint32_t)i;
    }
    double *sum1 = ARENA_ARRAY(arena, double, (size_t)problem->n + 1);
    double *sum2 = ARENA_ARRAY(arena, double, (size_t)problem->n + 1);
    for (uint32_t i = 0; i < problem->n; i++) {
        double inverse = 1.0 / (double)problem->za[i];
        sum1[i + 1] = sum1[i] + inverse;
        sum2[i + 1] = sum2[i] + inverse * inverse;
    }
    search->sum1 = sum1;
    search->sum2 = sum2;
}

/* --- the objective --- */

void slot_sums(const struct slot_search *search, const uint32_t *code, int64_t sums[N_SUMS])
{
    int n = 0;
    for (int i = 0; i < NET_SLOTS; i++) {
        int64_t x = search->current[i][code[i]], shifted[N_SUMS], merged[N_SUMS];
        for (int j = 0; j < n; j++)
            shifted[j + 1] = sums[j] + x;
        shifted[0] = x;
        int a = 0, b = 0, m = 0; /* two ascending lists: old sums, and all of them plus x */
        while (a < n || b <= n)
            merged[m++] = b > n || (a < n && sums[a] < shifted[b]) ? sums[a++] : shifted[b++];
        memcpy(sums, merged, (size_t)m * sizeof *sums);
        n = m;
    }
}

uint32_t slot_cell_end(const struct slot_problem *problem, const int64_t *sums, int i)
{
    if (i == N_SUMS - 1)
        return problem->n;
    int64_t middle = (sums[i] + sums[i + 1]) / 2; /* nearer to sums[i], or equally near */
    uint32_t lo = 0, hi = problem->n;
    while (lo < hi) {
        uint32_t mid = lo + (hi - lo) / 2;
        if (problem->za[mid] <= middle)
            lo = mid + 1;
        else
            hi = mid;
    }
    return lo;
}

/* Within a cell the error falls towards the sum from both sides, so its ends have the largest. */
static bool worst_of_cells(const struct slot_problem *problem, const int64_t *sums,
                           uint32_t end[N_SUMS], uint64_t limit, uint64_t *worst)
{
    *worst = 0;
    for (int i = 0; i < N_SUMS; i++) {
        uint32_t begin = i ? end[i - 1] : 0;
        end[i] = slot_cell_end(problem, sums, i);
        if (begin == end[i])
            continue;
        uint64_t low = bias_permille(sums[i], problem->za[begin]);
        uint64_t high = bias_permille(sums[i], problem->za[end[i] - 1]);
        *worst = low > *worst ? low : *worst;
        *worst = high > *worst ? high : *worst;
        if (*worst > limit)
            return false;
    }
    return true;
}

/* A lower bound on the sum of squares from the prefix sums, less what rounding can have added. */
static double least_squares(const struct slot_search *search, const int64_t *sums,
                            const uint32_t end[N_SUMS])
{
    const double per_mille = 1e6, rounding = 1e-9;
    double total = 0, size = 0;
    for (int i = 0; i < N_SUMS; i++) {
        uint32_t begin = i ? end[i - 1] : 0;
        double s = (double)sums[i], n = (double)(end[i] - begin);
        double one = s * (search->sum1[end[i]] - search->sum1[begin]);
        double two = s * s * (search->sum2[end[i]] - search->sum2[begin]);
        total += two - 2 * one + n;
        size += s * s * search->sum2[end[i]] + 2 * s * search->sum1[end[i]] + n;
    }
    return per_mille * (total - rounding * size);
}

static unsigned __int128 sum_of_squares(const struct slot_problem *problem, const int64_t *sums,
                                        const uint32_t end[N_SUMS])
{
    unsigned __int128 total = 0;
    for (int i = 0; i < N_SUMS; i++)
        for (uint32_t r = i ? end[i - 1] : 0; r < end[i]; r++) {
            uint64_t e = bias_permille(sums[i], problem->za[r]);
            total += (unsigned __int128)e * e;
        }
    return total;
}

bool slot_less(const struct slot_choice *a, const struct slot_choice *b)
{
    if (a->worst != b->worst)
        return a->worst < b->worst;
    if (a->on != b->on)
        return a->on < b->on;
    if (a->squares != b->squares)
        return a->squares < b->squares;
    for (int i = 0; i < NET_SLOTS; i++)
        if (a->code[i] != b->code[i])
            return a->code[i] < b->code[i];
    return false;
}

bool slot_evaluate(const struct slot_search *search, struct slot_choice *choice,
                   const struct slot_choice *limit)
{
    int64_t sums[N_SUMS];
    uint32_t end[N_SUMS];
    slot_sums(search, choice->code, sums);
    if (!worst_of_cells(search->problem, sums, end, limit ? limit->worst : UINT64_MAX,
                        &choice->worst))
        return false;
    choice->on = 0;
    for (uint32_t i = 0; i < search->n_free; i++)
        choice->on += choice->code[search->free[i]] != 0;
    bool tie = limit && choice->worst == limit->worst;
    if (tie && choice->on > limit->on)
        return false;
    tie = tie && choice->on == limit->on;
    if (tie && least_squares(search, sums, end) > (double)limit->squares)
        return false;
    choice->squares = sum_of_squares(search->problem, sums, end);
    return !limit || slot_less(choice, limit);
}

/* --- descent --- */

void slot_sort(const struct slot_search *search, struct slot_choice *choice)
{
    for (uint32_t i = 1; search->symmetric && i < search->n_free; i++)
        for (uint32_t j = i; j > 0; j--) {
            uint32_t *a = &choice->code[search->free[j - 1]], *b = &choice->code[search->free[j]];
            if (*a <= *b)
                break;
            uint32_t t = *a;
            *a = *b;
            *b = t;
        }
}

static bool improve_slot(const struct slot_search *search, uint32_t slot,
                         struct slot_choice *choice)
{
    struct slot_choice trial = *choice;
    bool improved = false;
    for (uint32_t code = 0; code < search->n_codes; code++) {
        trial.code[slot] = code;
        if (!slot_evaluate(search, &trial, choice))
            continue;
        *choice = trial;
        improved = true;
    }
    return improved;
}

void slot_descend(const struct slot_search *search, struct slot_choice *choice)
{
    slot_sort(search, choice);
    for (bool improved = true; improved;) {
        improved = false;
        for (uint32_t i = 0; i < search->n_free; i++)
            improved |= improve_slot(search, search->free[i], choice);
        slot_sort(search, choice);
    }
}
