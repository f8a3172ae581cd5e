/* Stage two: free weight slots and delay currents, once per merged set.
 *
 * Weights. A merged set has four slot currents. A slot is *given* (stated, inherited, or named by a
 * projection and so at its default current) or *free*. The distinct ampere weights R of all edges
 * into all populations of the merged set are its requests. Each takes the nearest I of the 15 sums
 * over non-empty subsets of the slots, ties to the lowest mask (bit i = slot i); slots that are off
 * take part with the small current of (0, 0). With e = ceil(1000 |I - R| / R), in integers, the
 * codes of the free slots minimise, in this order:
 *   1. the largest e over the requests (0 without requests);
 *   2. the number of free slots whose code is not (0, 0);
 *   3. the sum of e^2 over the distinct requests;
 *   4. the codes of slots 0, 1, 2, 3, each as (coarse, fine), lexicographically.
 * Without requests all free slots are therefore (0, 0). The minimum is found and proved with one or
 * two free slots and up to 15 requests, and beyond that as far as a fixed amount of work reaches.
 * With three or four free slots all choices with at most two of them on are searched likewise; the
 * best of these is the minimum if its worst error is proved least of all, and else a choice with
 * more slots on, from covering and descent, may win, with a lower bound on the worst error.
 * In every case no change of the code of one free slot lowers the objective.
 *
 * Delays: bias_delay.c.
 */
#include "backend/bias_parts.h"

#include "backend/quantity.h"
#include "compiler/base/text.h"

#include <stdlib.h>
#include <string.h>

struct wanted { /* an ampere weight of some attribute */
    int64_t za;
    uint32_t attr;
};

struct solver {
    struct arena *arena;
    const struct net *net;
    const struct device *device;
    struct diag_sink *sink;
    struct bias_plan *plan;
};

/* --- what reaches a merged set ------------------------------------------------------------------
 */

static void count_edges(const struct solver *s, uint32_t number, struct class_use *use)
{
    const struct net *net = s->net;
    use->count = ARENA_ARRAY(s->arena, uint64_t, net->attrs.n);
    use->first_term = ARENA_ARRAY(s->arena, uint32_t, net->attrs.n);
    for (uint32_t p = 0; p < net->populations.n; p++) {
        const struct population *population = &net->populations.at[p];
        if (s->plan->class_of_set[population->bias_set] != number)
            continue;
        struct edge_iter iter;
        struct edge edge;
        net_edges_start(&iter, net, population->first, population->first + population->size);
        while (net_edges_next(&iter, &edge)) {
            if (use->count[edge.attr] == 0 || edge.term < use->first_term[edge.attr])
                use->first_term[edge.attr] = edge.term;
            use->count[edge.attr] += edge.repeat;
        }
    }
}

static int by_current(const void *a, const void *b)
{
    const struct wanted *x = a, *y = b;
    if (x->za != y->za)
        return x->za < y->za ? -1 : 1;
    return (x->attr > y->attr) - (x->attr < y->attr);
}

/* Ampere requests by current, then attribute. */
static struct wanted *collect(const struct solver *s, const struct class_use *use, uint32_t *n)
{
    struct wanted *wanted = ARENA_ARRAY(s->arena, struct wanted, s->net->attrs.n);
    *n = 0;
    for (uint32_t a = 0; a < s->net->attrs.n; a++)
        if (use->count[a] && s->net->attrs.at[a].weight_kind == WEIGHT_AMPERES
            && s->net->attrs.at[a].weight_za > 0)
            wanted[(*n)++] = (struct wanted){s->net->attrs.at[a].weight_za, a};
    qsort(wanted, *n, sizeof *wanted, by_current);
    return wanted;
}

/* --- weights ------------------------------------------------------------------------------------
 */

static void slot_currents(const struct solver *s, const struct bias_class *class,
                          int64_t za[NET_SLOTS])
{
    for (int i = 0; i < NET_SLOTS; i++)
        za[i] = device_bias_za(s->device, BIAS_SYAM_W0_P + i, class->code[BIAS_SYAM_W0_P + i]);
}

static void solve_slots(const struct solver *s, struct bias_class *class,
                        const struct wanted *wanted, uint32_t n)
{
    struct slot_problem problem = {.device = s->device};
    struct slot_result result;
    int64_t *za = ARENA_ARRAY(s->arena, int64_t, n);
    for (uint32_t i = 0; i < n; i++)
        if (i == 0 || wanted[i].za != wanted[i - 1].za)
            za[problem.n++] = wanted[i].za;
    problem.za = za;
    for (int i = 0; i < NET_SLOTS; i++) {
        problem.free[i] = class->slot[i] != SLOT_GIVEN;
        problem.code[i] = class->code[BIAS_SYAM_W0_P + i];
    }
    bias_solve_slots(s->arena, &problem, &result);
    for (int i = 0; i < NET_SLOTS; i++) {
        class->code[BIAS_SYAM_W0_P + i] = problem.code[i];
        bool off = problem.code[i].coarse == 0 && problem.code[i].fine == 0;
        if (problem.free[i])
            class->slot[i] = off ? SLOT_OFF : SLOT_SOLVED;
    }
    class->weights_optimal = result.optimal;
    class->worst_permille = result.worst < UINT32_MAX ? (uint32_t)result.worst : UINT32_MAX;
    class->bound_permille = result.bound < UINT32_MAX ? (uint32_t)result.bound : UINT32_MAX;
}

static struct weight_choice ampere_choice(const int64_t slot_za[NET_SLOTS], int64_t za)
{
    struct weight_choice choice = {.requested_za = za};
    choice.mask = bias_nearest_mask(slot_za, za, &choice.realised_za);
    uint64_t e = bias_permille(choice.realised_za, za);
    choice.error_permille = e < UINT32_MAX ? (uint32_t)e : UINT32_MAX;
    choice.error = bias_error(choice.realised_za, za);
    return choice;
}

static void choose_masks(const struct solver *s, struct bias_class *class,
                         const struct class_use *use, const struct wanted *wanted, uint32_t n)
{
    int64_t za[NET_SLOTS];
    slot_currents(s, class, za);
    for (uint32_t i = 0; i < n; i++) {
        if (i == 0 || wanted[i].za != wanted[i - 1].za)
            VEC_PUSH(s->arena, &class->weights, ampere_choice(za, wanted[i].za));
        struct weight_choice *choice = &class->weights.at[class->weights.n - 1];
        choice->count += use->count[wanted[i].attr];
        class->mask[wanted[i].attr] = choice->mask;
    }
    uint64_t by_mask[1 << NET_SLOTS] = {0};
    for (uint32_t a = 0; a < s->net->attrs.n; a++) {
        const struct syn_attr *attr = &s->net->attrs.at[a];
        if (!use->count[a] || attr->weight_kind != WEIGHT_SLOTS)
            continue;
        class->mask[a] = attr->slots;
        by_mask[attr->slots & (sizeof by_mask / sizeof *by_mask - 1)] += use->count[a];
    }
    for (uint8_t mask = 1; mask < sizeof by_mask / sizeof *by_mask; mask++) {
        struct weight_choice choice = {.slots = true, .mask = mask, .count = by_mask[mask]};
        for (int i = 0; i < NET_SLOTS; i++)
            choice.realised_za += mask >> i & 1 ? za[i] : 0;
        if (choice.count)
            VEC_PUSH(s->arena, &class->weights, choice);
    }
}

/* --- E0501 --------------------------------------------------------------------------------------
 */

struct miss { /* of one synapse term */
    uint32_t term;
    uint64_t edges; /* over the tolerance, with repeat */
    int64_t za;
    double error; /* of the worst request */
    uint32_t population;
};

static const char *mask_text(const struct solver *s, const struct bias_class *class, uint8_t mask)
{
    struct text text;
    const struct bias_set *set = &s->net->bias_sets.at[class->sets.at[0]];
    text_init(&text, s->arena);
    for (int i = 0; i < NET_SLOTS; i++)
        if (mask >> i & 1)
            text_add(&text, "%s%s.%s", text.n ? " + " : "", set->name, set->slot_name[i]);
    return text.at;
}

/* The sum nearest from below and the one nearest from above. */
static void note_neighbours(const struct solver *s, const struct bias_class *class, int64_t za,
                            struct diag *diag)
{
    int64_t slot_za[NET_SLOTS], below = INT64_MIN, above = INT64_MAX;
    uint8_t mask_below = 0, mask_above = 0;
    slot_currents(s, class, slot_za);
    for (uint8_t mask = 1; mask < 1 << NET_SLOTS; mask++) {
        int64_t sum = 0;
        for (int i = 0; i < NET_SLOTS; i++)
            sum += mask >> i & 1 ? slot_za[i] : 0;
        if (sum <= za && sum > below) {
            below = sum;
            mask_below = mask;
        } else if (sum > za && sum < above) {
            above = sum;
            mask_above = mask;
        }
    }
    if (mask_below)
        diag_note(s->sink, diag, span_nowhere(), "the nearest sum below is %s = %s",
                  amperes_text(s->arena, below), mask_text(s, class, mask_below));
    if (mask_above)
        diag_note(s->sink, diag, span_nowhere(), "the nearest sum above is %s = %s",
                  amperes_text(s->arena, above), mask_text(s, class, mask_above));
}

static void report_miss(const struct solver *s, const struct bias_class *class,
                        const struct miss *miss)
{
    const struct term *term = &s->net->terms.at[miss->term];
    const struct bias_set *set =
        &s->net->bias_sets.at[s->net->populations.at[miss->population].bias_set];
    int64_t slot_za[NET_SLOTS], sum = 0;
    slot_currents(s, class, slot_za);
    bias_nearest_mask(slot_za, miss->za, &sum);
    struct diag *diag =
        diag_add(s->sink, DIAG_E0501, term->span,
                 "%s: weight %s is %s from the nearest sum of `%s` (%s), `weight.tolerance` is %s",
                 s->net->projections.at[term->projection].text, amperes_text(s->arena, miss->za),
                 share_text(s->arena, miss->error), set->name, amperes_text(s->arena, sum),
                 share_text(s->arena, set->weight_tolerance));
    note_neighbours(s, class, miss->za, diag);
    if (miss->edges > 1)
        diag_note(s->sink, diag, span_nowhere(),
                  "%llu synapses of this projection are over the tolerance, this one is the "
                  "farthest off",
                  (unsigned long long)miss->edges);
    diag_note(s->sink, diag, set->span,
              "a core has four weight currents and so 15 sums; the free ones are chosen for %u "
              "distinct weight%s here",
              class->weights.n, class->weights.n == 1 ? "" : "s");
    diag_help(s->sink, diag, span_nowhere(), NULL,
              "ask for %s, state a slot for this weight, or set `weight.tolerance = %.2f` in `%s`",
              amperes_text(s->arena, sum), (miss->error < 0 ? -miss->error : miss->error) + 0.005,
              set->name);
}

static double error_of(const struct bias_class *class, int64_t za)
{
    uint32_t lo = 0, hi = class->weights.n;
    while (hi > 0 && class->weights.at[hi - 1].slots)
        hi--;
    while (lo + 1 < hi) {
        uint32_t mid = lo + (hi - lo) / 2;
        if (class->weights.at[mid].requested_za <= za)
            lo = mid;
        else
            hi = mid;
    }
    return class->weights.at[lo].error;
}

static double magnitude(double x)
{
    return x < 0 ? -x : x;
}

/* The worst miss of each term of a population. */
static void find_misses(const struct solver *s, const struct bias_class *class, uint32_t p,
                        struct miss *of_term)
{
    const struct population *population = &s->net->populations.at[p];
    double tolerance = s->net->bias_sets.at[population->bias_set].weight_tolerance;
    struct edge_iter iter;
    struct edge edge;
    net_edges_start(&iter, s->net, population->first, population->first + population->size);
    while (net_edges_next(&iter, &edge)) {
        const struct syn_attr *attr = &s->net->attrs.at[edge.attr];
        if (attr->weight_kind != WEIGHT_AMPERES)
            continue;
        double error = error_of(class, attr->weight_za);
        struct miss *miss = &of_term[edge.term];
        if (magnitude(error) <= tolerance)
            continue;
        if (miss->edges == 0 || magnitude(error) > magnitude(miss->error)
            || (magnitude(error) == magnitude(miss->error) && attr->weight_za < miss->za)) {
            miss->error = error;
            miss->za = attr->weight_za;
            miss->population = p;
        }
        miss->edges += edge.repeat;
    }
}

static void check_weights(const struct solver *s, uint32_t number)
{
    const struct bias_class *class = &s->plan->classes.at[number];
    const struct net *net = s->net;
    double least = 1e300, worst = 0;
    for (uint32_t i = 0; i < class->sets.n; i++) {
        double tolerance = net->bias_sets.at[class->sets.at[i]].weight_tolerance;
        least = tolerance < least ? tolerance : least;
    }
    for (uint32_t i = 0; i < class->weights.n; i++) {
        double error = magnitude(class->weights.at[i].error);
        worst = error > worst ? error : worst;
    }
    if (worst <= least)
        return;
    struct miss *of_term = ARENA_ARRAY(s->arena, struct miss, net->terms.n);
    for (uint32_t p = 0; p < net->populations.n; p++)
        if (s->plan->class_of_set[net->populations.at[p].bias_set] == number)
            find_misses(s, class, p, of_term);
    for (uint32_t t = 0; t < net->terms.n; t++) {
        of_term[t].term = t;
        if (of_term[t].edges)
            report_miss(s, class, &of_term[t]);
    }
}

void bias_solve(struct arena *arena, const struct net *net, const struct device *device,
                struct diag_sink *sink, struct bias_plan *plan)
{
    const struct solver s = {arena, net, device, sink, plan};
    for (uint32_t c = 0; c < plan->classes.n; c++) {
        struct bias_class *class = &plan->classes.at[c];
        struct class_use use;
        uint32_t n;
        class->mask = ARENA_ARRAY(arena, uint8_t, net->attrs.n);
        class->delay = ARENA_ARRAY(arena, uint8_t, net->attrs.n);
        count_edges(&s, c, &use);
        const struct wanted *wanted = collect(&s, &use, &n);
        solve_slots(&s, class, wanted, n);
        choose_masks(&s, class, &use, wanted, n);
        check_weights(&s, c);
        bias_solve_delays(arena, net, device, sink, class, &use);
    }
}
