/* Bin completion: one bin after the other is filled, as full as the parts left allow, then less so,
 * as long as the room lost in all bins leaves enough. A bin of equal room with all to come takes
 * the largest part left, which has to go somewhere. Fills with room for one more part are left out:
 * that part can move there from whichever bin it is in.
 */
#include "mapper/bins.h"

#include "compiler/base/rng.h"

#include <string.h>

static uint32_t divide_up(uint64_t n, uint32_t by)
{
    return (uint32_t)((n + by - 1) / by);
}

/* --- counting -----------------------------------------------------------------------------------
 */

/* Parts of at least `small` neurons, those over half a bin first: what these leave to the others;
 * parts over capacity - small have a bin to themselves. */
static uint32_t least_beside(const uint32_t *size, uint32_t n, uint32_t loose, uint32_t capacity,
                             uint32_t small)
{
    uint32_t large = 0;
    uint64_t room = 0, rest = small <= 1 ? loose : 0;
    for (uint32_t i = 0; i < n; i++) {
        if (size[i] > capacity / 2) {
            large++;
            room += size[i] + small <= capacity ? capacity - size[i] : 0;
        } else if (size[i] >= small) {
            rest += size[i];
        }
    }
    return large + (rest > room ? divide_up(rest - room, capacity) : 0);
}

uint32_t bins_least(const uint32_t *size, uint32_t n, uint32_t loose, uint32_t capacity)
{
    uint64_t total = loose;
    for (uint32_t i = 0; i < n; i++)
        total += size[i];
    if (capacity == 0)
        return (uint32_t)total;
    uint32_t least = divide_up(total, capacity);
    for (uint32_t k = 1; k <= capacity; k++) {
        uint32_t beside = k <= capacity / 2 ? least_beside(size, n, loose, capacity, k) : 0;
        uint32_t over = 0;
        for (uint32_t i = 0; i < n; i++)
            over += (uint64_t)size[i] * (k + 1) > capacity;
        least = beside > least ? beside : least;
        least = divide_up(over, k) > least ? divide_up(over, k) : least;
    }
    return least;
}

/* --- search -------------------------------------------------------------------------------------
 */

enum { ATTEMPTS = 16, AHEAD = 8 };
struct bin {
    uint32_t first;         /* of its parts in picks */
    uint32_t target, fixed; /* neurons it is to hold; parts that are not up for choice */
    uint64_t waste;         /* that this bin and all later ones may leave */
};
struct search {
    const struct bins *bins;
    uint32_t n_types, *size, *count; /* types of equal parts, in the order they are tried */
    uint32_t words, most;            /* of a reach set; most room of a bin */
    uint64_t *reach;                 /* [type]: sums of parts of this type and those after it */
    struct bin *bin;
    uint32_t *picks, n_picks;   /* types */
    uint32_t left;              /* parts not placed */
    uint64_t nodes, node_limit; /* of one attempt */
};

/* Types by size, descending; or in an order near that one, which a number picks. */
static void find_types(struct search *s, struct arena *arena, uint64_t shuffle)
{
    const struct bins *bins = s->bins;
    uint32_t *of_size = ARENA_ARRAY(arena, uint32_t, (size_t)s->most + 1);
    s->n_types = 0;
    for (uint32_t i = 0; i < bins->n; i++)
        s->n_types += of_size[bins->size[i]]++ == 0;
    s->size = ARENA_ARRAY(arena, uint32_t, s->n_types);
    s->count = ARENA_ARRAY(arena, uint32_t, s->n_types);
    uint32_t n = 0;
    for (uint32_t size = s->most + 1; size-- > 1;)
        if (of_size[size])
            s->size[n++] = size;
    /* by insertion, each a few places before where its size would have it */
    for (uint32_t t = 1; shuffle && t < n; t++) {
        uint32_t size = s->size[t], at = t;
        uint32_t ahead = (uint32_t)(rng_mix(shuffle * (s->most + 1) + t) % (shuffle % AHEAD + 2));
        for (; at > 0 && ahead > 0; at--, ahead--)
            s->size[at] = s->size[at - 1];
        s->size[at] = size;
    }
    for (uint32_t t = 0; t < n; t++)
        s->count[t] = of_size[s->size[t]];
}

/* to |= to shifted up by n */
static void shift_or(uint64_t *to, uint32_t words, uint32_t n)
{
    uint32_t whole = n / 64, bits = n % 64;
    for (uint32_t w = words; w-- > whole;) {
        uint64_t moved = to[w - whole] << bits;
        if (bits && w > whole)
            moved |= to[w - whole - 1] >> (64 - bits);
        to[w] |= moved;
    }
}

static bool reaches(const struct search *s, uint32_t type, uint32_t sum)
{
    return s->reach[(size_t)type * s->words + sum / 64] >> sum % 64 & 1;
}

static void find_reach(struct search *s)
{
    uint64_t *none = &s->reach[(size_t)s->n_types * s->words];
    memset(none, 0, s->words * sizeof *none);
    none[0] = 1;
    for (uint32_t t = s->n_types; t-- > 0;) {
        uint64_t *here = &s->reach[(size_t)t * s->words];
        memcpy(here, here + s->words, s->words * sizeof *here);
        for (uint32_t i = 0; i < s->count[t] && i < s->most / s->size[t]; i++)
            shift_or(here, s->words, s->size[t]);
    }
    s->nodes += s->n_types / 8 + 1;
}

static void pick(struct search *s, uint32_t type)
{
    s->count[type]--;
    s->left--;
    s->picks[s->n_picks++] = type;
    s->nodes++;
}

static uint32_t take_back(struct search *s)
{
    uint32_t type = s->picks[--s->n_picks];
    s->count[type]++;
    s->left++;
    return type;
}

static void pick_largest(struct search *s)
{
    uint32_t largest = s->n_types;
    for (uint32_t t = 0; t < s->n_types; t++)
        if (s->count[t] && (largest == s->n_types || s->size[t] > s->size[largest]))
            largest = t;
    pick(s, largest);
}

/* Whether some part that is left would fit besides. */
static bool has_room_for_more(const struct search *s, uint32_t waste)
{
    for (uint32_t t = 0; t < s->n_types && waste; t++)
        if (s->count[t] && s->size[t] <= waste)
            return true;
    return false;
}

/* First type from `from` on that can be one of several that sum up to `need`. */
static uint32_t first_type(const struct search *s, uint32_t from, uint32_t need)
{
    uint32_t t = from;
    while (t < s->n_types
           && !(s->count[t] && s->size[t] <= need && reaches(s, t, need - s->size[t])))
        t++;
    return t;
}

/* Fills a bin for the first time, or otherwise than it is filled: all choices that sum up to the
 * target, types in ascending order, then to one neuron less. False: there is none left. */
static bool fill(struct search *s, uint32_t b, bool again)
{
    struct bin *bin = &s->bin[b];
    uint32_t room = s->bins->room[b], from = 0, fixed = bin->first + bin->fixed, held = 0;
    bool back = again;
    for (uint32_t i = bin->first; i < s->n_picks; i++)
        held += s->size[s->picks[i]];
    for (;;) {
        uint32_t need = bin->target - held, t = s->n_types;
        if (s->nodes >= s->node_limit)
            return false;
        if (!back && need == 0 && !has_room_for_more(s, room - held))
            return true;
        if (!back && need > 0)
            t = first_type(s, from, need);
        if (t < s->n_types) {
            pick(s, t);
            held += s->size[t];
            from = t;
            continue;
        }
        back = false;
        if (s->n_picks > fixed) {
            from = take_back(s) + 1;
            held -= s->size[from - 1];
        } else if (bin->target == held || room - bin->target >= bin->waste) {
            return false;
        } else {
            bin->target--;
            s->nodes++;
            from = 0;
        }
    }
}

/* Opens a bin: what it must hold, and what it can. */
static void open_bin(struct search *s, uint32_t b)
{
    struct bin *bin = &s->bin[b];
    bin->first = s->n_picks;
    bin->fixed = b >= s->bins->n_open;
    bin->target = s->bins->room[b];
    if (b > 0) {
        const struct bin *before = &s->bin[b - 1];
        bin->waste = before->waste - (s->bins->room[b - 1] - before->target);
    }
    if (bin->fixed)
        pick_largest(s);
    find_reach(s);
}

/* Back to a bin that is full: reach as it was when it was opened. */
static void reopen_bin(struct search *s, uint32_t b)
{
    uint32_t from = s->bin[b].first + s->bin[b].fixed;
    for (uint32_t i = from; i < s->n_picks; i++)
        s->count[s->picks[i]]++;
    find_reach(s);
    for (uint32_t i = from; i < s->n_picks; i++)
        s->count[s->picks[i]]--;
}

static enum bins_answer search_bins(struct search *s, uint32_t *last)
{
    uint32_t b = 0;
    bool again = false;
    open_bin(s, 0);
    for (;;) {
        bool full = fill(s, b, again);
        if (full && s->left == 0) {
            *last = b;
            return BINS_YES;
        }
        if (s->nodes >= s->node_limit)
            return BINS_UNKNOWN;
        again = !full || b + 1 == s->bins->n_bins;
        if (!again) {
            open_bin(s, ++b);
            continue;
        }
        if (full)
            continue;
        while (s->n_picks > s->bin[b].first)
            take_back(s);
        if (b == 0)
            return BINS_NO;
        reopen_bin(s, --b);
    }
}

/* Gives the parts of every type, in order, to the bins that picked it. */
static void hand_out(const struct search *s, uint32_t last, uint32_t *bin_of, struct arena *arena)
{
    uint32_t *next = ARENA_ARRAY(arena, uint32_t, s->n_types);
    for (uint32_t b = 0, i = 0; i < s->n_picks; i++) {
        while (b < last && i >= s->bin[b + 1].first)
            b++;
        uint32_t t = s->picks[i];
        while (s->bins->size[next[t]] != s->size[t])
            next[t]++;
        bin_of[next[t]++] = b;
    }
}

static bool prepare(struct search *s, struct arena *arena)
{
    const struct bins *bins = s->bins;
    uint64_t room = 0, total = 0;
    for (uint32_t b = 0; b < bins->n_bins; b++) {
        room += bins->room[b];
        s->most = bins->room[b] > s->most ? bins->room[b] : s->most;
    }
    for (uint32_t i = 0; i < bins->n; i++) {
        total += bins->size[i];
        if (bins->size[i] > s->most)
            return false;
    }
    if (total > room)
        return false;
    s->words = s->most / 64 + 1;
    s->bin = ARENA_ARRAY(arena, struct bin, bins->n_bins);
    s->bin[0].waste = room - total;
    s->picks = ARENA_ARRAY(arena, uint32_t, bins->n);
    return true;
}

enum bins_answer bins_pack(struct arena *arena, const struct bins *bins, uint32_t *bin_of,
                           uint64_t *nodes)
{
    struct arena *scratch = arena_scratch(arena);
    struct search s = {.bins = bins, .node_limit = bins->node_limit / ATTEMPTS};
    enum bins_answer answer = bins->n ? BINS_NO : BINS_YES;
    if (bins->n && bins->n_bins && prepare(&s, scratch)) {
        answer = BINS_UNKNOWN;
        for (uint32_t i = 0; i < ATTEMPTS && answer == BINS_UNKNOWN; i++) {
            uint32_t last;
            find_types(&s, scratch, i);
            s.reach = ARENA_ARRAY(scratch, uint64_t, ((size_t)s.n_types + 1) * s.words);
            s.n_picks = 0;
            s.left = bins->n;
            s.nodes = 0;
            answer = search_bins(&s, &last);
            *nodes += s.nodes;
            if (answer == BINS_YES)
                hand_out(&s, last, bin_of, scratch);
        }
    }
    arena_scratch_end(scratch);
    return answer;
}
