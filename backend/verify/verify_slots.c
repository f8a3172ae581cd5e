/* V8, weight slots that the compiler chose.
 *
 * With e = ceil(1000 |I - R| / R) of the nearest of the 15 sums for each distinct ampere
 * request R, the objective is, in this order: the worst e; the number of chosen slots that are not
 * (0,0); the sum of e^2; the codes, w0 first, coarse before fine. No change of one chosen code may
 * lower it.
 */
#include "backend/verify/checks.h"

#include <stdlib.h>
#include <string.h>

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

/* --- which requests a group has to serve --- */

static int by_value(const void *a, const void *b)
{
    int64_t x, y;
    memcpy(&x, a, sizeof x);
    memcpy(&y, b, sizeof y);
    return (x > y) - (x < y);
}

static void weight_tolerance(struct verify *v, const struct slots *slots, uint32_t attr)
{
    int64_t za = v->net->attrs.at[attr].weight_za;
    int64_t sum = slot_sum(slots, nearest_mask(slots, za));
    double error = (double)distance(sum, za) / (double)za, allowed = slots->group->asked[attr];
    const struct bias_set *owner = &v->net->bias_sets.at[slots->group->set];
    if (error > allowed)
        finding(v, V8, DIAG_E0901, owner->span,
                "a weight of %.6g nA on `%s` is %.1f %% off, %.1f %% are allowed",
                (double)za * 1e-12, owner->name, 100 * error, 100 * allowed);
}

static void weight_requests(struct verify *v, struct slots *slots)
{
    const struct net *net = v->net;
    uint32_t n = 0, distinct = 0;
    int64_t *request = ARENA_ARRAY(v->arena, int64_t, net->attrs.n);
    for (uint32_t i = 0; i < net->attrs.n; i++)
        if (slots->group->asked[i] >= 0 && net->attrs.at[i].weight_kind == WEIGHT_AMPERES) {
            weight_tolerance(v, slots, i);
            request[n++] = net->attrs.at[i].weight_za;
        }
    qsort(request, n, sizeof *request, by_value);
    for (uint32_t i = 0; i < n; i++)
        if (i == 0 || request[i] != request[i - 1])
            request[distinct++] = request[i];
    slots->request = request;
    slots->n = distinct;
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

void check_v8_slots(struct verify *v)
{
    for (uint32_t g = 0; g < v->n_groups; g++) {
        struct slots slots = slots_of(v, &v->groups[g]);
        weight_requests(v, &slots);
        for (uint32_t slot = 0; slot < NET_SLOTS; slot++)
            if (slots.solved[slot])
                best_alone(v, &slots, slot);
    }
}

void resolve_masks(const struct verify *v, const struct bias_group *group, uint8_t *mask)
{
    struct slots slots = slots_of(v, group);
    for (uint32_t i = 0; i < v->net->attrs.n; i++) {
        const struct syn_attr *attr = &v->net->attrs.at[i];
        mask[i] = attr->weight_kind == WEIGHT_SLOTS
                      ? attr->slots
                      : (uint8_t)nearest_mask(&slots, attr->weight_za);
    }
}
