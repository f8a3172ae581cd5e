/* Columns are patterns: sets of disjoint core masks that one number can serve, 51 for four cores.
 *
 *     minimise  sum x[p]   subject to   sum over patterns p that hold mask m of x[p] >= count[m]
 *
 * Its relaxation is enough: up to four cores the numbering reaches the bound rounded up. With duals
 * y >= 0 the bound is sum count[m] y[m] divided by the dearest pattern, evaluated in integers over
 * all patterns.
 */
#include "mapper/tags.h"

#include <string.h>

enum { MAX_CORES = 8, NUMBERS_PER_WORD = 64 };

/* --- the model --- */

struct pattern { /* disjoint masks, ascending */
    uint32_t n, mask[MAX_CORES];
};
struct pattern_vec VEC_OF(struct pattern);

/* Every way to extend `start` by masks above its last one. Depth is at most the number of cores. */
static void extend(struct arena *arena, const uint32_t *count, uint32_t all, struct pattern *start,
                   uint32_t used, struct pattern_vec *patterns)
{
    uint32_t from = start->n ? start->mask[start->n - 1] + 1 : 1;
    for (uint32_t mask = from; mask <= all; mask++) {
        if (mask & used || count[mask] == 0)
            continue;
        start->mask[start->n++] = mask;
        VEC_PUSH(arena, patterns, *start);
        extend(arena, count, all, start, used | mask, patterns);
        start->n--;
    }
}

static void build(const struct pattern_vec *patterns, const uint32_t *count, uint32_t all,
                  struct ilp_model *model)
{
    for (uint32_t mask = 1; mask <= all; mask++)
        ilp_add_row(model, ILP_AT_LEAST, count[mask]);
    for (uint32_t p = 0; p < patterns->n; p++) {
        ilp_add_column(model, 1, -1);
        for (uint32_t i = 0; i < patterns->at[p].n; i++)
            ilp_add_entry(model, patterns->at[p].mask[i] - 1, 1);
    }
}

static uint32_t proved_bound(const struct pattern_vec *patterns, const uint32_t *count,
                             uint32_t all, const double *dual)
{
    int64_t y[1 << MAX_CORES] = {0}, dearest = 1, total = 0;
    for (uint32_t mask = 1; mask <= all; mask++) {
        y[mask] = ilp_repaired_dual(dual[mask - 1], 0, ILP_DUAL_SCALE);
        total += (int64_t)count[mask] * y[mask];
    }
    for (uint32_t p = 0; p < patterns->n; p++) {
        int64_t price = 0;
        for (uint32_t i = 0; i < patterns->at[p].n; i++)
            price += y[patterns->at[p].mask[i]];
        dearest = price > dearest ? price : dearest;
    }
    return (uint32_t)(total / dearest + (total % dearest != 0));
}

uint32_t tags_bound(struct arena *arena, const uint32_t *count, uint32_t n_cores,
                    const struct ilp_options *options)
{
    struct ilp_options relaxed = *options;
    struct pattern_vec patterns = {NULL, 0, 0};
    struct pattern start = {0, {0}};
    struct ilp_model model;
    struct ilp_result result;
    uint32_t all = (1u << n_cores) - 1;
    if (n_cores > MAX_CORES)
        return 0;
    relaxed.relaxation = true;
    extend(arena, count, all, &start, 0, &patterns);
    ilp_model_init(&model, arena, "tags");
    build(&patterns, count, all, &model);
    ilp_solve(&model, &relaxed, arena, &result);
    return result.dual ? proved_bound(&patterns, count, all, result.dual) : 0;
}

/* --- numbering --- */

struct taken { /* [core][word]: numbers a core hears already, or cannot be sent */
    uint64_t *at;
    uint32_t n_cores, words;
};

/* The least from `from` on; at least `end` if there is none. */
static uint32_t lowest_free(const struct taken *taken, uint32_t mask, uint32_t from, uint32_t end)
{
    for (uint32_t w = from / NUMBERS_PER_WORD; w < taken->words && w * NUMBERS_PER_WORD < end;
         w++) {
        uint64_t busy = w == from / NUMBERS_PER_WORD ? (1ull << from % NUMBERS_PER_WORD) - 1 : 0;
        for (uint32_t c = 0; c < taken->n_cores; c++)
            if (mask >> c & 1)
                busy |= taken->at[c * taken->words + w];
        if (~busy)
            return w * NUMBERS_PER_WORD + (uint32_t)__builtin_ctzll(~busy);
    }
    return end;
}

static void mark(struct taken *taken, uint32_t mask, uint32_t number)
{
    for (uint32_t c = 0; c < taken->n_cores; c++)
        if (mask >> c & 1)
            taken->at[c * taken->words + number / NUMBERS_PER_WORD] |=
                1ull << (number % NUMBERS_PER_WORD);
}

static void give(struct taken *taken, struct tag_item *item, uint32_t *used)
{
    if (!item->fixed)
        item->number = lowest_free(taken, item->mask, 0, UINT32_MAX);
    mark(taken, item->mask, item->number);
    *used = item->number + 1 > *used ? item->number + 1 : *used;
}

static void give_fixed(struct taken *taken, struct tag_item *items, uint32_t n, uint32_t *used)
{
    for (uint32_t i = 0; i < n; i++)
        if (items[i].fixed)
            give(taken, &items[i], used);
}

/* Numbers of room: every item that has none gets one below n, or below those that are given. */
static uint32_t room_for(const struct tag_item *items, uint32_t n)
{
    uint32_t room = n;
    for (uint32_t i = 0; i < n; i++)
        if (items[i].fixed && items[i].number > room)
            room = items[i].number;
    return room;
}

static uint32_t number_in_order(struct arena *arena, struct tag_item *items, uint32_t n,
                                uint32_t n_cores, bool widest_first)
{
    struct taken taken = {NULL, n_cores, room_for(items, n) / NUMBERS_PER_WORD + 1};
    uint32_t used = 0;
    taken.at = ARENA_ARRAY(arena, uint64_t, (size_t)n_cores * taken.words);
    give_fixed(&taken, items, n, &used);
    for (uint32_t width = n_cores; width > 0; width--) {
        for (uint32_t i = 0; i < n; i++)
            if (items[i].fixed)
                continue;
            else if (!widest_first || (uint32_t)__builtin_popcount(items[i].mask) == width)
                give(&taken, &items[i], &used);
        if (!widest_first)
            break;
    }
    return used;
}

void number_tags(struct arena *arena, struct tag_item *items, uint32_t n, uint32_t n_cores,
                 uint32_t limit, const struct ilp_options *options, struct tags_result *result)
{
    uint32_t count[1 << MAX_CORES] = {0};
    *result = (struct tags_result){TAGS_FIT, 0, 0, 0};
    result->used = number_in_order(arena, items, n, n_cores, false);
    if (result->used <= limit || n_cores > MAX_CORES) {
        result->status = result->used <= limit ? TAGS_FIT : TAGS_UNDECIDED;
        return;
    }
    for (uint32_t i = 0; i < n; i++)
        count[items[i].mask]++;
    result->bound = tags_bound(arena, count, n_cores, options);
    result->used = number_in_order(arena, items, n, n_cores, true);
    if (result->used <= limit)
        return;
    result->status = result->bound > limit ? TAGS_IMPOSSIBLE : TAGS_UNDECIDED;
}

/* --- around defects --- */

struct around {
    const struct tag_rules *rules;
    struct tag_item *items;
    uint32_t n, limit, missing;
    struct taken taken;
    uint32_t (*left)[DEVICE_TAG_HALVES]; /* per neuron: words it still has room for */
    const uint8_t *half_of;              /* per item; NULL: any */
};

static bool has_room(const struct around *a, uint32_t item, uint32_t half)
{
    for (uint32_t u = a->rules->first_use[item]; u < a->rules->first_use[item + 1]; u++)
        if (a->left[a->rules->uses[u].neuron][half] < a->rules->uses[u].words)
            return false;
    return true;
}

static bool may_use(const struct around *a, uint32_t item, uint32_t half)
{
    return (a->rules->halves >> half & 1) && (!a->half_of || a->half_of[item] == half)
           && has_room(a, item, half);
}

/* The number of an item whose number is not given; `limit` if there is none. */
static uint32_t find_number(const struct around *a, uint32_t item)
{
    uint32_t per_half = a->limit / DEVICE_TAG_HALVES;
    for (uint32_t half = 0; half < DEVICE_TAG_HALVES; half++) {
        if (!may_use(a, item, half))
            continue;
        uint32_t end = half * per_half + per_half;
        uint32_t number = lowest_free(&a->taken, a->items[item].mask, half * per_half, end);
        if (number < end)
            return number;
    }
    return a->limit;
}

static void settle(struct around *a, uint32_t i)
{
    struct tag_item *item = &a->items[i];
    uint32_t number = item->fixed ? item->number : find_number(a, i);
    uint32_t half = number >= a->limit / DEVICE_TAG_HALVES;
    if (number >= a->limit || !has_room(a, i, half)) {
        a->missing++;
        return;
    }
    item->number = number;
    mark(&a->taken, item->mask, number);
    for (uint32_t u = a->rules->first_use[i]; u < a->rules->first_use[i + 1]; u++)
        a->left[a->rules->uses[u].neuron][half] -= a->rules->uses[u].words;
}

/* What cannot be sent counts as taken. */
static void start(struct around *a)
{
    memset(a->taken.at, 0, (size_t)a->taken.n_cores * a->taken.words * sizeof *a->taken.at);
    memcpy(a->left, a->rules->room, a->rules->n_neurons * sizeof *a->left);
    a->missing = 0;
    for (uint32_t c = 0; c < a->taken.n_cores; c++)
        for (uint32_t t = 0; t < a->limit; t++)
            if (a->rules->bad[(size_t)c * a->limit + t])
                mark(&a->taken, 1u << c, t);
}

/* Returns how many items found no number. */
static uint32_t number_around(struct around *a, bool widest_first)
{
    uint32_t widest = widest_first ? a->taken.n_cores : 1;
    start(a);
    for (uint32_t i = 0; i < a->n; i++)
        if (a->items[i].fixed)
            settle(a, i);
    for (uint32_t width = widest; width > 0; width--)
        for (uint32_t i = 0; i < a->n; i++)
            if (!a->items[i].fixed
                && (!widest_first || (uint32_t)__builtin_popcount(a->items[i].mask) == width))
                settle(a, i);
    return a->missing;
}

void number_tags_around(struct arena *arena, struct tag_item *items, uint32_t n, uint32_t n_cores,
                        uint32_t limit, const struct tag_rules *rules,
                        const struct ilp_options *options, struct tags_result *result)
{
    struct around a = {.rules = rules, .items = items, .n = n, .limit = limit};
    uint8_t *half_of = ARENA_ARRAY(arena, uint8_t, n);
    a.taken = (struct taken){NULL, n_cores, limit / NUMBERS_PER_WORD + 1};
    a.taken.at = ARENA_ARRAY(arena, uint64_t, (size_t)n_cores * a.taken.words);
    a.left = arena_alloc(arena, rules->n_neurons, sizeof *a.left);
    *result = (struct tags_result){.status = TAGS_UNDECIDED};
    if (rules->ask_model) {
        if (!choose_tag_halves(arena, items, n, n_cores, limit, rules, options, half_of)) {
            result->used = limit + 1;
            return;
        }
        a.half_of = half_of;
    }
    uint32_t missing = number_around(&a, false);
    if (missing > 0) {
        uint32_t wide = number_around(&a, true);
        missing = wide < missing ? wide : missing;
        if (wide > 0) {
            result->used = limit + missing;
            return;
        }
    }
    result->status = TAGS_FIT;
    for (uint32_t i = 0; i < n; i++)
        result->used = items[i].number + 1 > result->used ? items[i].number + 1 : result->used;
}
