/* A proved lower bound on the worst error of any choice of slot codes.
 *
 * For an error E, every request R demands that some subset sum lies in [R - R E, R + R E]. Slots
 * start with all their currents as intervals. The search picks the request with the fewest subsets
 * that can still reach it, assumes each of them in turn, and narrows the intervals; if every
 * assumption ends with an empty interval, no choice has a worst error of E or less. A few requests
 * suffice for the proof: those at the ends of the cells of the best choice known, which hurt most.
 * All in integers.
 */
#include "backend/bias_slots.h"

#include <string.h>

enum { MAX_SAMPLES = 2 * N_SUMS, MAX_NODES = 4000 };

struct demand { /* some subset sum must lie in lo .. hi */
    int64_t lo, hi;
    uint8_t mask; /* the subset assumed; 0: none yet */
};
struct box {
    int64_t lo[NET_SLOTS], hi[NET_SLOTS];
};
struct proof {
    const struct slot_search *search;
    uint32_t n, nodes;
    bool witnessed;     /* refuted() met a box that serves every demand */
    struct box witness; /* the box */
    struct demand demand[MAX_SAMPLES];
};

/* The interval snapped inwards to currents that exist; false if it is empty. */
static bool snap(const struct slot_search *search, int slot, int64_t *lo, int64_t *hi)
{
    const int64_t *sorted = search->ascending[slot];
    uint32_t a = 0, b = search->n_ascending[slot];
    while (a < b) { /* first current >= lo */
        uint32_t mid = a + (b - a) / 2;
        if (sorted[mid] < *lo)
            a = mid + 1;
        else
            b = mid;
    }
    uint32_t first = a;
    b = search->n_ascending[slot];
    while (a < b) { /* first current > hi */
        uint32_t mid = a + (b - a) / 2;
        if (sorted[mid] <= *hi)
            a = mid + 1;
        else
            b = mid;
    }
    if (first >= a)
        return false;
    *lo = sorted[first];
    *hi = sorted[a - 1];
    return true;
}

static void sum_range(const struct box *box, uint8_t mask, int64_t *lo, int64_t *hi)
{
    *lo = *hi = 0;
    for (int i = 0; i < NET_SLOTS; i++)
        if (mask >> i & 1) {
            *lo += box->lo[i];
            *hi += box->hi[i];
        }
}

/* One demand with an assumed subset: each slot's interval from those of the others. */
static bool narrow(const struct proof *proof, const struct demand *demand, struct box *box,
                   bool *changed)
{
    int64_t lo, hi;
    sum_range(box, demand->mask, &lo, &hi);
    for (int i = 0; i < NET_SLOTS; i++) {
        if (!(demand->mask >> i & 1))
            continue;
        int64_t new_lo = demand->lo - (hi - box->hi[i]), new_hi = demand->hi - (lo - box->lo[i]);
        new_lo = new_lo > box->lo[i] ? new_lo : box->lo[i];
        new_hi = new_hi < box->hi[i] ? new_hi : box->hi[i];
        if (new_lo == box->lo[i] && new_hi == box->hi[i])
            continue;
        if (!proof->search->problem->free[i] || !snap(proof->search, i, &new_lo, &new_hi))
            return false;
        box->lo[i] = new_lo;
        box->hi[i] = new_hi;
        *changed = true;
        sum_range(box, demand->mask, &lo, &hi);
    }
    return true;
}

/* Interchangeable slots may be taken in ascending order of current. */
static bool order(const struct proof *proof, struct box *box)
{
    const struct slot_search *search = proof->search;
    for (uint32_t f = 1; search->symmetric && f < search->n_free; f++) {
        uint32_t a = search->free[f - 1], b = search->free[f];
        box->lo[b] = box->lo[a] > box->lo[b] ? box->lo[a] : box->lo[b];
    }
    for (uint32_t f = search->n_free; search->symmetric && f-- > 1;) {
        uint32_t a = search->free[f - 1], b = search->free[f];
        box->hi[a] = box->hi[b] < box->hi[a] ? box->hi[b] : box->hi[a];
    }
    for (int i = 0; i < NET_SLOTS; i++)
        if (box->lo[i] > box->hi[i])
            return false;
    return true;
}

static bool propagate(const struct proof *proof, struct box *box)
{
    enum { MAX_ROUNDS = 20 }; /* stopping early only widens the box */
    bool changed = true;
    for (int round = 0; changed && round < MAX_ROUNDS; round++) {
        changed = false;
        if (!order(proof, box))
            return false;
        for (uint32_t d = 0; d < proof->n; d++)
            if (proof->demand[d].mask && !narrow(proof, &proof->demand[d], box, &changed))
                return false;
    }
    return true;
}

/* Subsets that can still meet a demand: their number; 0 if it is met whatever happens, -1 if none.
 */
static int options(const struct demand *demand, const struct box *box)
{
    int n = 0;
    for (uint8_t mask = 1; mask <= N_SUMS; mask++) {
        int64_t lo, hi;
        sum_range(box, mask, &lo, &hi);
        if (lo >= demand->lo && hi <= demand->hi)
            return 0;
        n += lo <= demand->hi && hi >= demand->lo;
    }
    return n ? n : -1;
}

/* True if no choice in the box meets all demands; false says nothing. */
static bool refuted(struct proof *proof, struct box box)
{
    if (!propagate(proof, &box))
        return true;
    if (proof->nodes == 0)
        return false;
    proof->nodes--;
    struct demand *pick = NULL;
    int fewest = N_SUMS + 1;
    for (uint32_t d = 0; d < proof->n; d++) {
        int n = proof->demand[d].mask ? 0 : options(&proof->demand[d], &box);
        if (n < 0)
            return true;
        if (n > 0 && n < fewest) {
            fewest = n;
            pick = &proof->demand[d];
        }
    }
    if (!pick) {
        proof->witnessed = true;
        proof->witness = box;
        return false;
    }
    bool none = true;
    for (uint8_t mask = 1; mask <= N_SUMS && none; mask++) {
        int64_t lo, hi;
        sum_range(&box, mask, &lo, &hi);
        if (lo > pick->hi || hi < pick->lo)
            continue;
        pick->mask = mask;
        none = refuted(proof, box);
    }
    pick->mask = 0;
    return none;
}

static void take_samples(struct proof *proof, const struct slot_choice *best, int64_t *za)
{
    const struct slot_problem *problem = proof->search->problem;
    int64_t sums[N_SUMS];
    uint32_t begin = 0;
    proof->n = 0;
    slot_sums(proof->search, best->code, sums);
    if (problem->n <= MAX_SAMPLES) {
        proof->n = problem->n;
        memcpy(za, problem->za, problem->n * sizeof *za);
        return;
    }
    for (int i = 0; i < N_SUMS; i++) {
        uint32_t end = slot_cell_end(problem, sums, i);
        if (begin < end)
            za[proof->n++] = problem->za[begin];
        if (begin + 1 < end)
            za[proof->n++] = problem->za[end - 1];
        begin = end;
    }
}

static bool refute(struct proof *proof, const struct slot_choice *best, const int64_t *za,
                   uint64_t permille)
{
    const struct slot_search *search = proof->search;
    struct box box;
    for (int i = 0; i < NET_SLOTS; i++) {
        bool free = search->problem->free[i];
        int64_t given = search->current[i][best->code[i]];
        box.lo[i] = free ? search->ascending[i][0] : given;
        box.hi[i] = free ? search->ascending[i][search->n_ascending[i] - 1] : given;
    }
    for (uint32_t d = 0; d < proof->n; d++) {
        unsigned __int128 slack = (unsigned __int128)permille * (uint64_t)za[d] / 1000;
        int64_t off = slack < INT64_MAX ? (int64_t)slack : INT64_MAX;
        int64_t lo = za[d] > off ? za[d] - off : 0;
        int64_t hi = za[d] < INT64_MAX - off ? za[d] + off : INT64_MAX;
        proof->demand[d] = (struct demand){lo, hi, 0};
    }
    proof->nodes = MAX_NODES;
    proof->witnessed = false;
    return refuted(proof, box);
}

/* Descends from the middle of the box that was met. */
static void follow_witness(const struct proof *proof, struct slot_choice *best)
{
    const struct slot_search *search = proof->search;
    struct slot_choice trial = *best;
    for (uint32_t f = 0; f < search->n_free; f++) {
        uint32_t slot = search->free[f], at = 0;
        int64_t lo = proof->witness.lo[slot];
        int64_t middle = lo + (proof->witness.hi[slot] - lo) / 2;
        while (at + 1 < search->n_ascending[slot] && search->ascending[slot][at + 1] <= middle)
            at++;
        trial.code[slot] = search->ascending_code[slot][at];
    }
    slot_evaluate(search, &trial, NULL);
    slot_descend(search, &trial);
    if (slot_less(&trial, best))
        *best = trial;
}

uint64_t slot_bound(const struct slot_search *search, struct slot_choice *best)
{
    struct proof proof = {.search = search};
    int64_t za[MAX_SAMPLES];
    uint64_t lo = 0, hi = best->worst; /* everything below lo is refuted */
    while (lo < hi) {
        uint64_t mid = lo + (hi - lo) / 2;
        take_samples(&proof, best, za);
        if (refute(&proof, best, za, mid)) {
            lo = mid + 1;
            continue;
        }
        hi = mid;
        if (proof.witnessed)
            follow_witness(&proof, best);
        hi = best->worst < hi ? best->worst : hi;
    }
    return lo;
}
