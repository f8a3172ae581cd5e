/* V8, second part: weight slots and delay currents that the compiler chose.
 *
 * Slots: with e = ceil(1000 |I - R| / R) of the nearest of the 15 sums for each distinct ampere
 * request R, the objective is, in this order: the worst e; the number of chosen slots that are not
 * (0,0); the sum of e^2; the codes, w0 first, coarse before fine. No change of one chosen code may
 * lower it.
 */
#include "backend/verify/checks.h"

#include <stdlib.h>
#include <string.h>

typedef unsigned __int128 wide;
enum { SUMS = (1 << NET_SLOTS) - 1 };

struct objective {
    uint64_t worst;
    uint32_t on;
    wide squares;
};

struct slots { /* of one group */
    const struct bias_group *group;
    const int64_t (*current)[LAYOUT_CODES]; /* of the four slots */
    uint32_t code[NET_SLOTS];               /* coarse * LAYOUT_FINE + fine */
    const bool *solved;
    int64_t *request; /* distinct, ascending */
    uint32_t n;
};

static uint64_t distance(int64_t a, int64_t b)
{
    return a > b ? (uint64_t)a - (uint64_t)b : (uint64_t)b - (uint64_t)a;
}

/* ceil(1000 |I - R| / R), up to a bound that keeps sums of squares in 128 bits. */
static uint64_t permille(uint64_t off, int64_t request)
{
    const uint64_t most = UINT64_C(1) << 40;
    uint64_t thousand;
    if (__builtin_mul_overflow(off, 1000, &thousand))
        return most;
    uint64_t e = thousand / (uint64_t)request + (thousand % (uint64_t)request != 0);
    return e < most ? e : most;
}

static int64_t slot_sum(const struct slots *slots, uint32_t mask)
{
    int64_t sum = 0;
    for (uint32_t slot = 0; slot < NET_SLOTS; slot++)
        if (mask >> slot & 1)
            sum += slots->current[slot][slots->code[slot]];
    return sum;
}

/* Nearest non-empty sum, ties to the lowest mask. */
static uint32_t nearest_mask(const struct slots *slots, int64_t request)
{
    uint32_t best = 1;
    for (uint32_t mask = 2; mask <= SUMS; mask++)
        if (distance(slot_sum(slots, mask), request) < distance(slot_sum(slots, best), request))
            best = mask;
    return best;
}

static void sorted_sums(const struct slots *slots, int64_t sum[SUMS])
{
    for (uint32_t i = 0; i < SUMS; i++) {
        int64_t value = slot_sum(slots, i + 1);
        uint32_t at = i;
        for (; at > 0 && sum[at - 1] > value; at--)
            sum[at] = sum[at - 1];
        sum[at] = value;
    }
}

/* Objective of the codes; stops early, with a worst above `most`, when that is exceeded. */
static struct objective evaluate(const struct slots *slots, uint64_t most)
{
    struct objective result = {0};
    int64_t sum[SUMS];
    uint32_t at = 0;
    for (uint32_t slot = 0; slot < NET_SLOTS; slot++)
        result.on += slots->solved[slot] && slots->code[slot] != 0;
    sorted_sums(slots, sum);
    for (uint32_t i = 0; i < slots->n && result.worst <= most; i++) {
        int64_t request = slots->request[i];
        while (at + 1 < SUMS && distance(sum[at + 1], request) <= distance(sum[at], request))
            at++;
        uint64_t e = permille(distance(sum[at], request), request);
        result.worst = e > result.worst ? e : result.worst;
        result.squares += (wide)e * e;
    }
    return result;
}

/* Less than zero: a is better; codes are left to the caller. */
static int compare(const struct objective *a, const struct objective *b)
{
    if (a->worst != b->worst)
        return a->worst < b->worst ? -1 : 1;
    if (a->on != b->on)
        return a->on < b->on ? -1 : 1;
    if (a->squares != b->squares)
        return a->squares < b->squares ? -1 : 1;
    return 0;
}

static void best_alone(struct verify *v, struct slots *slots, uint32_t slot)
{
    struct objective held = evaluate(slots, UINT64_MAX);
    uint32_t code = slots->code[slot];
    for (uint32_t other = 0; other < LAYOUT_CODES; other++) {
        slots->code[slot] = other;
        struct objective tried = evaluate(slots, held.worst);
        int better = compare(&tried, &held);
        if (other != code && (better < 0 || (better == 0 && other < code))) {
            const struct bias_set *set = &v->net->bias_sets.at[slots->group->set];
            finding(v, V8, DIAG_E0901, set->span,
                    "slot w%u of `%s` is (%u,%u), but (%u,%u) serves its weights better", slot,
                    set->name, code / LAYOUT_FINE, code % LAYOUT_FINE, other / LAYOUT_FINE,
                    other % LAYOUT_FINE);
            break;
        }
    }
    slots->code[slot] = code;
}

/* --- which requests a group has to serve */

static int by_value(const void *a, const void *b)
{
    int64_t x, y;
    memcpy(&x, a, sizeof x);
    memcpy(&y, b, sizeof y);
    return (x > y) - (x < y);
}

/* Marks the attributes of all edges into the populations of one set. */
static void mark_used(const struct verify *v, uint32_t set, uint8_t *used)
{
    struct edge_iter iter;
    struct edge edge;
    memset(used, 0, v->net->attrs.n);
    for (uint32_t p = 0; p < v->net->populations.n; p++) {
        const struct population *population = &v->net->populations.at[p];
        if (population->bias_set != set)
            continue;
        net_edges_start(&iter, v->net, population->first, population->first + population->size);
        while (net_edges_next(&iter, &edge))
            used[edge.attr] = 1;
    }
}

static void slot_tolerance(struct verify *v, const struct slots *slots, uint32_t set, int64_t za)
{
    const struct bias_set *owner = &v->net->bias_sets.at[set];
    int64_t sum = slot_sum(slots, nearest_mask(slots, za));
    double error = (double)distance(sum, za) / (double)za;
    if (error > owner->weight_tolerance)
        finding(v, V8, DIAG_E0901, owner->span,
                "a weight of %.6g nA on `%s` is %.1f %% off, %.1f %% are allowed",
                (double)za * 1e-12, owner->name, 100 * error, 100 * owner->weight_tolerance);
}

static struct slots slots_of(const struct verify *v, const struct bias_group *group)
{
    struct slots slots = {.group = group,
                          .current =
                              (const int64_t(*)[LAYOUT_CODES])(v->current + layout.first_slot),
                          .solved = group->solved + layout.first_slot};
    for (uint32_t slot = 0; slot < NET_SLOTS; slot++) {
        struct code code = read_bias(v->image, group->core, layout.first_slot + slot);
        slots.code[slot] = (uint32_t)code.coarse * LAYOUT_FINE + code.fine;
    }
    return slots;
}

/* Distinct requests of all sets of the group, each checked against its set's tolerance. */
static void requests(struct verify *v, struct slots *slots, uint32_t group, uint8_t *used)
{
    const struct net *net = v->net;
    uint8_t *wanted = arena_alloc(v->arena, net->attrs.n, 1);
    for (uint32_t set = 0; set < net->bias_sets.n; set++) {
        if (v->group_of_set[set] != group)
            continue;
        mark_used(v, set, used);
        for (uint32_t i = 0; i < net->attrs.n; i++) {
            if (!used[i] || net->attrs.at[i].weight_kind != WEIGHT_AMPERES)
                continue;
            slot_tolerance(v, slots, set, net->attrs.at[i].weight_za);
            wanted[i] = 1;
        }
    }
    slots->request = ARENA_ARRAY(v->arena, int64_t, net->attrs.n);
    for (uint32_t i = 0; i < net->attrs.n; i++)
        if (wanted[i])
            slots->request[slots->n++] = net->attrs.at[i].weight_za;
    qsort(slots->request, slots->n, sizeof *slots->request, by_value);
    uint32_t distinct = 0;
    for (uint32_t i = 0; i < slots->n; i++)
        if (i == 0 || slots->request[i] != slots->request[i - 1])
            slots->request[distinct++] = slots->request[i];
    slots->n = distinct;
}

void check_v8_solved(struct verify *v)
{
    uint8_t *used = arena_alloc(v->arena, v->net->attrs.n, 1);
    for (uint32_t g = 0; g < v->n_groups; g++) {
        struct slots slots = slots_of(v, &v->groups[g]);
        requests(v, &slots, g, used);
        for (uint32_t slot = 0; slot < NET_SLOTS; slot++)
            if (slots.solved[slot])
                best_alone(v, &slots, slot);
    }
}

/* --- attributes as CAM configurations */

void resolve_attributes(struct verify *v)
{
    for (uint32_t g = 0; g < v->n_groups; g++) {
        struct slots slots = slots_of(v, &v->groups[g]);
        uint16_t *config = ARENA_ARRAY(v->arena, uint16_t, v->net->attrs.n);
        for (uint32_t i = 0; i < v->net->attrs.n; i++) {
            const struct syn_attr *attr = &v->net->attrs.at[i];
            uint32_t mask = attr->weight_kind == WEIGHT_SLOTS
                                ? attr->slots
                                : nearest_mask(&slots, attr->weight_za);
            config[i] = (uint16_t)layout_config((enum dendrite)attr->dendrite, 0, attr->stp, mask);
        }
        v->groups[g].config = config;
    }
}
