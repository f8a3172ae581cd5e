/* Exact parts of the search for free weight slots: all codes of two slots, the others off, and
 * whether a request can be met to the last zA. */
#include "backend/bias_slots.h"

#include "compiler/base/rng.h"

/* --- the last slot of a pair against all of its codes -------------------------------------------
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
        search->work += line->n_base;
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

/* All codes of slots a and b. False if the work limit came first. */
static bool exact_pair(struct slot_search *search, struct slot_choice trial, uint32_t a, uint32_t b,
                       uint64_t most_work, struct line *line, struct slot_choice *best)
{
    for (uint32_t code = 0; code < search->n_codes; code++) {
        trial.code[a] = code;
        exact_line(search, trial, b, search->symmetric ? code : 0, line, best);
        if (search->work > most_work && code + 1 < search->n_codes)
            return false;
    }
    return true;
}

/* Comparisons allowed. 15 requests and two slots need 1536^2 * 8 * 15 at most; more than that, or
 * many requests of which two slots serve few anyway, are not worth the time. */
static uint64_t exact_work(const struct slot_search *search)
{
    enum { FEW = 15 };
    bool worth = search->n_free <= SLOT_EXACT || search->problem->n <= FEW;
    return worth ? UINT64_C(400000000) : UINT64_C(20000000);
}

bool slot_exact(struct slot_search *search, struct slot_choice *best)
{
    struct line line = {.slack_of = UINT64_MAX};
    struct slot_choice trial = *best;
    uint32_t n = search->n_free;
    line.code = ARENA_ARRAY(search->arena, uint32_t, search->n_codes);
    line.slack = ARENA_ARRAY(search->arena, int64_t, search->problem->n);
    for (uint32_t f = 0; f < n; f++)
        trial.code[search->free[f]] = 0;
    if (n == 1) {
        exact_line(search, trial, search->free[0], 0, &line, best);
        return true;
    }
    uint64_t most_work = exact_work(search);
    for (uint32_t i = search->symmetric ? n - 2 : 0; i < n; i++)
        for (uint32_t j = i + 1; j < n; j++)
            if (!exact_pair(search, trial, search->free[i], search->free[j], most_work, &line,
                            best))
                return false;
    return true;
}

/* --- requests met to the last zA ----------------------------------------------------------------
 */

enum outcome { HIT, NO_HIT, OUT_OF_WORK };

struct hit { /* codes whose currents have a sum, found among distinct ascending currents */
    const int64_t *current;
    uint32_t n_currents;
    uint64_t work;          /* steps left */
    uint32_t at[NET_SLOTS]; /* positions in the list */
    uint64_t *pairs;        /* bits of hashed sums of two currents; NULL: not needed yet */
    struct arena *arena;
};

static bool hit_one(struct hit *hit, uint32_t from, int64_t rest)
{
    uint32_t lo = from, hi = hit->n_currents;
    while (lo < hi) {
        uint32_t mid = lo + (hi - lo) / 2;
        if (hit->current[mid] < rest)
            lo = mid + 1;
        else
            hi = mid;
    }
    hit->at[0] = lo;
    return lo < hit->n_currents && hit->current[lo] == rest;
}

/* Two currents from both ends of the list. */
static bool hit_two(struct hit *hit, uint32_t from, int64_t rest)
{
    uint32_t i = from, j = hit->n_currents;
    while (i < j && hit->work) {
        int64_t wanted = rest - hit->current[i];
        hit->work--;
        if (hit->current[j - 1] > wanted) {
            j--;
        } else if (hit->current[j - 1] < wanted) {
            i++;
        } else {
            hit->at[0] = i;
            hit->at[1] = j - 1;
            return true;
        }
    }
    return false;
}

/* Two hashes of a sum, as numbers of bits. */
enum { HASH_BITS = 25 };
static void hash_pair(int64_t sum, uint64_t bit[2])
{
    uint64_t mixed = rng_mix((uint64_t)sum);
    bit[0] = mixed >> (64 - HASH_BITS);
    bit[1] = mixed & ((UINT64_C(1) << HASH_BITS) - 1);
}

static void mark_pairs(struct hit *hit)
{
    hit->pairs = ARENA_ARRAY(hit->arena, uint64_t, (size_t)1 << (HASH_BITS - 6));
    for (uint32_t i = 0; i < hit->n_currents; i++)
        for (uint32_t j = i; j < hit->n_currents; j++) {
            uint64_t bit[2];
            hash_pair(hit->current[i] + hit->current[j], bit);
            for (int k = 0; k < 2; k++)
                hit->pairs[bit[k] / 64] |= UINT64_C(1) << bit[k] % 64;
        }
}

/* Two pairs: the sum of the second is looked up among those of all pairs before it is sought. */
static bool hit_four(struct hit *hit, int64_t rest)
{
    if (!hit->pairs)
        mark_pairs(hit);
    for (uint32_t i = 0; i < hit->n_currents; i++)
        for (uint32_t j = i; j < hit->n_currents; j++) {
            int64_t other = rest - hit->current[i] - hit->current[j];
            uint64_t bit[2];
            if (other < 0)
                break;
            hash_pair(other, bit);
            if (!(hit->pairs[bit[0] / 64] >> bit[0] % 64 & 1)
                || !(hit->pairs[bit[1] / 64] >> bit[1] % 64 & 1) || !hit_two(hit, 0, other))
                continue;
            hit->at[2] = i;
            hit->at[3] = j;
            return true;
        }
    return false;
}

/* `n` currents from position `from` on, in ascending order. */
static bool hit_sum(struct hit *hit, uint32_t n, uint32_t from, int64_t rest)
{
    if (n == 0)
        return rest == 0;
    if (n == 1)
        return hit_one(hit, from, rest);
    if (n == 2)
        return hit_two(hit, from, rest);
    if (n == NET_SLOTS)
        return hit_four(hit, rest);
    for (uint32_t i = from; i < hit->n_currents && hit->work; i++) {
        if (hit->current[i] > rest / n)
            break;
        hit->at[n - 1] = i;
        if (hit_sum(hit, n - 1, i, rest - hit->current[i]))
            return true;
    }
    return false;
}

/* Whether some choice has a sum that is exactly `za`: the currents of the given slots in any subset
 * and up to n_free others. Interchangeable slots only. */
static enum outcome hit_request(const struct slot_search *search, int64_t za, struct hit *hit,
                                struct slot_choice *choice)
{
    uint32_t n_given = 0, slot[NET_SLOTS];
    for (uint32_t i = 0; i < NET_SLOTS; i++)
        if (!search->problem->free[i])
            slot[n_given++] = i;
    for (uint32_t subset = 0; subset < 1u << n_given; subset++) {
        int64_t rest = za;
        for (uint32_t i = 0; i < n_given; i++)
            rest -= subset >> i & 1 ? search->current[slot[i]][choice->code[slot[i]]] : 0;
        for (uint32_t n = subset == 0; n <= search->n_free && rest >= 0; n++) {
            bool found = hit_sum(hit, n, 0, rest);
            for (uint32_t f = 0; f < search->n_free && found; f++)
                choice->code[search->free[f]] =
                    f < n ? search->ascending_code[search->free[f]][hit->at[f]] : 0;
            if (found || hit->work == 0)
                return found ? HIT : OUT_OF_WORK;
        }
    }
    return NO_HIT;
}

uint64_t slot_exact_bound(const struct slot_search *search, struct slot_choice *best)
{
    enum { MOST_REQUESTS = 8 };
    if (!search->symmetric || search->n_free == 0)
        return 0;
    struct hit hit = {.current = search->ascending[search->free[0]],
                      .n_currents = search->n_ascending[search->free[0]],
                      .work = UINT64_C(100000000),
                      .arena = search->arena};
    for (uint32_t r = 0; r < search->problem->n && r < MOST_REQUESTS && best->worst; r++) {
        struct slot_choice trial = *best;
        enum outcome outcome = hit_request(search, search->problem->za[r], &hit, &trial);
        if (outcome != HIT)
            return outcome == NO_HIT;
        slot_evaluate(search, &trial, NULL);
        slot_descend(search, &trial);
        if (slot_less(&trial, best))
            *best = trial;
    }
    return 0;
}
