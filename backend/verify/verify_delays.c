/* V8, delay currents that the compiler chose.
 *
 * A synapse with the bits p (precise) and m (mismatched) is in class p + 2 m and delays by
 *
 *     d = Q / (I0 + p I1 + m I2), in ps, rounded half up.
 *
 * Requests are the times of edges into the set and the stated delays of classes 0 to 2; a stated
 * one has its class; the longest, if an edge asks for it and DLY0 is free, has class 0; all
 * others take the class whose delay is nearest, ties to the lowest. A current that the set does
 * not state is free; one at its default counts as not solved. With e = ceil(1000 |d - R| / R):
 * every request is within tolerance, and no change of one free code gives fewer solved currents
 * within tolerance, or as many and a lower worst e, then sum of e^2, then code. An edge without a
 * delay takes the class whose delay in ps is least at the codes of the image, ties to the lowest.
 */
#include "backend/verify/checks.h"

enum { MOST_DELAYS = 3, PRECISE = 1, MISMATCHED = 2, CLASSES = 4, ANY_CLASS = CLASSES };

struct wish {
    int64_t ps;
    uint32_t class;
};
struct delays { /* of one group */
    const struct bias_group *group;
    const int64_t (*current)[LAYOUT_CODES];
    const bool *free;
    uint32_t code[MOST_DELAYS], quiet[MOST_DELAYS];
    struct wish *wish;
    uint32_t n;
    double tolerance;
};
struct merit {
    bool outside; /* some request is beyond its tolerance */
    uint32_t solved;
    uint64_t worst;
    wide squares;
};

static int64_t delay_of(const struct delays *delays, uint32_t class)
{
    uint64_t za = (uint64_t)delays->current[0][delays->code[0]];
    if (class & PRECISE)
        za += (uint64_t)delays->current[1][delays->code[1]];
    if (class & MISMATCHED)
        za += (uint64_t)delays->current[2][delays->code[2]];
    return (int64_t)((2 * (wide)layout.delay_charge * 1000000 + za) / (2 * (wide)za));
}

static uint32_t class_of(const struct delays *delays, const struct wish *wish)
{
    uint32_t best = 0;
    if (wish->class != ANY_CLASS)
        return wish->class;
    for (uint32_t class = 1; class < CLASSES; class ++)
        if (distance(delay_of(delays, class), wish->ps)
            < distance(delay_of(delays, best), wish->ps))
            best = class;
    return best;
}

static struct merit merit_of(const struct delays *delays)
{
    struct merit merit = {0};
    for (uint32_t i = 0; i < MOST_DELAYS; i++)
        merit.solved += delays->free[i] && delays->code[i] != delays->quiet[i];
    for (uint32_t i = 0; i < delays->n; i++) {
        const struct wish *wish = &delays->wish[i];
        uint64_t off = distance(delay_of(delays, class_of(delays, wish)), wish->ps);
        uint64_t e = permille(off, wish->ps);
        merit.outside |= (double)off / (double)wish->ps > delays->tolerance;
        merit.worst = e > merit.worst ? e : merit.worst;
        merit.squares += (wide)e * e;
    }
    return merit;
}

static int compare(const struct merit *a, const struct merit *b)
{
    if (a->outside != b->outside)
        return a->outside ? 1 : -1;
    if (a->solved != b->solved)
        return a->solved < b->solved ? -1 : 1;
    if (a->worst != b->worst)
        return a->worst < b->worst ? -1 : 1;
    if (a->squares != b->squares)
        return a->squares < b->squares ? -1 : 1;
    return 0;
}

static void best_alone(struct verify *v, struct delays *delays, uint32_t i)
{
    const struct bias_set *set = &v->net->bias_sets.at[delays->group->set];
    struct merit held = merit_of(delays);
    uint32_t code = delays->code[i];
    for (uint32_t other = 0; other < LAYOUT_CODES; other++) {
        delays->code[i] = other;
        struct merit tried = merit_of(delays);
        int better = compare(&tried, &held);
        if (better > 0 || (better == 0 && other >= code))
            continue;
        finding(v, V8, DIAG_E0901, set->span,
                "%s of `%s` is (%u,%u), but (%u,%u) serves its delays better",
                layout_bias(layout.first_delay + i)->name, set->name, code / LAYOUT_FINE,
                code % LAYOUT_FINE, other / LAYOUT_FINE, other % LAYOUT_FINE);
        break;
    }
    delays->code[i] = code;
}

/* --- which requests a group has to serve --- */

static void add_wish(struct delays *delays, int64_t ps, uint32_t class)
{
    for (uint32_t i = 0; i < delays->n; i++)
        if (delays->wish[i].ps == ps && delays->wish[i].class == class)
            return;
    delays->wish[delays->n++] = (struct wish){ps, class};
}

/* The longest request gets class 0 if an edge asks for it. */
static void tie_longest(struct delays *delays)
{
    struct wish *longest = NULL;
    for (uint32_t i = 0; i < delays->n; i++) {
        struct wish *wish = &delays->wish[i];
        if (!longest || wish->ps > longest->ps
            || (wish->ps == longest->ps && wish->class == ANY_CLASS))
            longest = wish;
    }
    if (longest && longest->class == ANY_CLASS && delays->free[0])
        longest->class = 0;
}

static void delay_requests(const struct verify *v, struct delays *delays)
{
    const struct net *net = v->net;
    const struct bias_set *set = &net->bias_sets.at[delays->group->set];
    delays->wish = ARENA_ARRAY(v->arena, struct wish, (size_t)net->attrs.n + NET_STATED_DELAYS);
    for (uint32_t class = 0; class < NET_STATED_DELAYS; class ++)
        if (set->delay[class].ps > 0)
            add_wish(delays, set->delay[class].ps, class);
    for (uint32_t i = 0; i < net->attrs.n; i++)
        if (delays->group->asked[i] >= 0 && net->attrs.at[i].delay_kind == DELAY_TIME)
            add_wish(delays, net->attrs.at[i].delay_ps, ANY_CLASS);
    tie_longest(delays);
}

static double least_tolerance(const struct verify *v, const struct bias_group *group)
{
    double least = v->net->bias_sets.at[group->set].delay_tolerance;
    for (uint32_t set = 0; set < v->net->bias_sets.n; set++)
        if (v->group_of_set[set] != NET_NONE && &v->groups[v->group_of_set[set]] == group
            && v->net->bias_sets.at[set].delay_tolerance < least)
            least = v->net->bias_sets.at[set].delay_tolerance;
    return least;
}

static struct delays delays_of(const struct verify *v, const struct bias_group *group)
{
    struct delays delays = {.group = group,
                            .current =
                                (const int64_t(*)[LAYOUT_CODES])(v->current + layout.first_delay),
                            .free = group->solved + layout.first_delay,
                            .tolerance = least_tolerance(v, group)};
    for (uint32_t i = 0; i < MOST_DELAYS; i++) {
        struct code code = read_bias(v->image, group->core, layout.first_delay + i);
        struct code quiet = layout_bias(layout.first_delay + i)->quiet;
        delays.code[i] = (uint32_t)code.coarse * LAYOUT_FINE + code.fine;
        delays.quiet[i] = (uint32_t)quiet.coarse * LAYOUT_FINE + quiet.fine;
    }
    delay_requests(v, &delays);
    return delays;
}

void check_v8_delays(struct verify *v)
{
    for (uint32_t g = 0; g < v->n_groups; g++) {
        struct delays delays = delays_of(v, &v->groups[g]);
        const struct bias_set *set = &v->net->bias_sets.at[v->groups[g].set];
        if (merit_of(&delays).outside)
            finding(v, V8, DIAG_E0901, set->span,
                    "a delay on `%s` is more than %.1f %% from what was asked for", set->name,
                    100 * delays.tolerance);
        for (uint32_t i = 0; i < MOST_DELAYS; i++)
            if (delays.free[i])
                best_alone(v, &delays, i);
    }
}

/* --- attributes as delay bits --- */

static uint32_t fastest_class(const struct delays *delays)
{
    uint32_t best = CLASSES - 1;
    for (uint32_t class = CLASSES - 1; class -- > 0;)
        if (delay_of(delays, class) <= delay_of(delays, best))
            best = class;
    return best;
}

/* The class of a time asked for by an edge: the one it is tied to, or the nearest. */
static uint32_t class_of_time(const struct delays *delays, int64_t ps)
{
    struct wish wish = {ps, ANY_CLASS};
    int64_t longest = 0;
    for (uint32_t i = 0; i < delays->n; i++)
        if (delays->wish[i].ps > longest)
            longest = delays->wish[i].ps;
    if (delays->free[0] && ps == longest)
        wish.class = 0;
    return class_of(delays, &wish);
}

void resolve_delays(const struct verify *v, const struct bias_group *group, uint8_t *bits)
{
    struct delays delays = delays_of(v, group);
    uint32_t omitted = fastest_class(&delays);
    for (uint32_t i = 0; i < v->net->attrs.n; i++) {
        const struct syn_attr *attr = &v->net->attrs.at[i];
        bits[i] =
            (uint8_t)(attr->delay_kind == DELAY_CLASS  ? attr->delay_class
                      : attr->delay_kind == DELAY_TIME ? class_of_time(&delays, attr->delay_ps)
                                                       : omitted);
    }
}
