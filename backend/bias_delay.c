/* Delay currents of a merged set.
 *
 * Law (assumed; N0811): a synapse with the flags p (precise) and m (mismatched) delays by d with
 * 1/d = (I0 + p I1 + m I2) / Q, Q = c_delay * vth, I0, I1, I2 the currents of SYPD_DLY0_P, DLY1_P,
 * DLY2_P. So a core has four classes, numbered p + 2 m; class 0 is the slowest, class 3 the
 * fastest. Delays are integers: d = Q / I in ps, rounded half up.
 *
 * Requests R are the distinct times asked for by projections into the merged set and the stated
 * delay.none, .precise, .mismatched, which are tied to class 0, 1, 2. If DLY0 is free and the
 * longest request is not tied, it is tied to class 0; every other one takes the class whose delay
 * is nearest, ties to the lowest number. A delay current is *given* where the set states it under
 * its hardware name, else free.
 *
 * As few free currents as possible are solved: the others keep their default, which makes the
 * classes that use them as fast as they can be. Among the sets of that number that meet every
 * tolerance, and all codes, the solution minimises, in this order: the largest e = ceil(1000 |d -
 * R| / R) over the requests; the sum of e^2 over the distinct requests; the set of solved currents
 * (DLY0 = 1, DLY1 = 2, DLY2 = 4) as a number; the codes of DLY0, DLY1, DLY2, each as (coarse,
 * fine), lexicographically.
 *
 * An edge without a delay takes the fastest class of the final codes: the one with the least d in
 * ps, ties to the lowest number. That is no request: it never fails and changes no current.
 */
#include "backend/bias_delay.h"

#include "backend/quantity.h"
#include "compiler/base/text.h"

#include <math.h>
#include <stdlib.h>

static const char *const class_name[N_DELAY_CLASSES] = {"none", "precise", "mismatched", "both"};

struct delays {
    struct arena *arena;
    const struct net *net;
    const struct device *device;
    struct diag_sink *sink;
    struct bias_class *class;
    const struct class_use *use;
    struct span span; /* of the first request */
};

/* --- the requests --- */

static int by_delay(const void *a, const void *b)
{
    const struct delay_wish *x = a, *y = b;
    if (x->ps != y->ps)
        return x->ps < y->ps ? -1 : 1;
    if (x->class != y->class)
        return x->class < y->class ? -1 : 1;
    return (x->tolerance > y->tolerance) - (x->tolerance < y->tolerance);
}

static double least_tolerance(const struct delays *d)
{
    double least = INFINITY;
    for (uint32_t i = 0; i < d->class->sets.n; i++) {
        double tolerance = d->net->bias_sets.at[d->class->sets.at[i]].delay_tolerance;
        least = tolerance < least ? tolerance : least;
    }
    return least;
}

/* Sets with different stated delays are not merged, so those of the first set stand for all. */
static struct delay_wish *collect_wishes(struct delays *d, uint32_t *n)
{
    const struct net *net = d->net;
    const struct bias_set *set = &net->bias_sets.at[d->class->sets.at[0]];
    struct delay_wish *wish =
        ARENA_ARRAY(d->arena, struct delay_wish, (size_t)net->attrs.n + NET_STATED_DELAYS);
    double tolerance = least_tolerance(d);
    uint32_t all = 0, first_term = UINT32_MAX;
    for (int i = 0; i < NET_STATED_DELAYS; i++)
        if (set->delay[i].ps > 0) {
            wish[all++] = (struct delay_wish){set->delay[i].ps, i, tolerance};
            d->span = set->delay[i].span;
        }
    for (uint32_t a = 0; a < net->attrs.n; a++) {
        const struct syn_attr *attr = &net->attrs.at[a];
        if (!d->use->count[a] || attr->delay_kind != DELAY_TIME || attr->delay_ps <= 0)
            continue;
        wish[all++] = (struct delay_wish){attr->delay_ps, ANY_CLASS, tolerance};
        first_term = d->use->first_term[a] < first_term ? d->use->first_term[a] : first_term;
    }
    if (first_term != UINT32_MAX)
        d->span = net->terms.at[first_term].span;
    qsort(wish, all, sizeof *wish, by_delay);
    *n = 0;
    for (uint32_t i = 0; i < all; i++)
        if (i == 0 || by_delay(&wish[i], &wish[i - 1]) != 0)
            wish[(*n)++] = wish[i];
    return wish;
}

struct coded {
    int64_t za;
    uint32_t code;
};

static int by_current(const void *a, const void *b)
{
    const struct coded *x = a, *y = b;
    if (x->za != y->za)
        return x->za < y->za ? -1 : 1;
    return (x->code > y->code) - (x->code < y->code);
}

static void tabulate(const struct delays *d, struct delay_problem *problem, int current)
{
    uint32_t fines = d->device->max_fine + 1, n = problem->n_codes;
    int64_t *za = ARENA_ARRAY(d->arena, int64_t, n);
    uint32_t *ascending = ARENA_ARRAY(d->arena, uint32_t, n);
    struct coded *all = ARENA_ARRAY(d->arena, struct coded, n);
    for (uint32_t c = 0; c < n; c++) {
        struct bias_code code = {(uint8_t)(c / fines), (uint8_t)(c % fines)};
        za[c] = device_bias_za(d->device, BIAS_SYPD_DLY0_P + current, code);
        all[c] = (struct coded){za[c], c};
    }
    qsort(all, n, sizeof *all, by_current);
    for (uint32_t i = 0; i < n; i++)
        ascending[i] = all[i].code;
    problem->current[current] = za;
    problem->ascending[current] = ascending;
}

/* A delay current that no set of the class states. */
static bool is_free(const struct delays *d, int current)
{
    for (uint32_t i = 0; i < d->class->sets.n; i++) {
        const struct bias_set *set = &d->net->bias_sets.at[d->class->sets.at[i]];
        enum request_kind kind = set->request[BIAS_SYPD_DLY0_P + current].kind;
        if (kind != REQUEST_DEFAULT && kind != REQUEST_SOLVED)
            return false;
    }
    return true;
}

static void set_up(struct delays *d, struct delay_problem *problem)
{
    const double zeptoampere_picoseconds = 1e33; /* 1 C in zA ps */
    const struct device *device = d->device;
    struct delay_wish *wish = collect_wishes(d, &problem->n);
    double charge = device->c_delay * device->vth * zeptoampere_picoseconds;
    problem->arena = d->arena;
    problem->charge = (unsigned __int128)(charge + 0.5);
    problem->n_codes = (device->max_coarse + 1) * (device->max_fine + 1);
    for (int i = 0; i < N_DELAYS; i++) {
        struct bias_code code = d->class->code[BIAS_SYPD_DLY0_P + i];
        tabulate(d, problem, i);
        problem->free[i] = is_free(d, i);
        problem->held[i] = code.coarse * (device->max_fine + 1) + code.fine;
    }
    if (problem->n && problem->free[0] && wish[problem->n - 1].class == ANY_CLASS)
        wish[problem->n - 1].class = 0;
    problem->wish = wish;
}

/* --- solving --- */

static int count_bits(unsigned mask)
{
    int n = 0;
    for (; mask; mask &= mask - 1)
        n++;
    return n;
}

static bool less_error(const struct delay_codes *a, const struct delay_codes *b)
{
    return a->worst != b->worst ? a->worst < b->worst : a->squares < b->squares;
}

/* The least number of distinct delays that are within tolerance of every wish: a counting proof
 * that needs no search. Wishes ascend; the margin keeps rounding to ps out of it. */
static uint32_t delays_needed(const struct delay_problem *problem)
{
    const double margin = 1 + 1e-9;
    uint32_t needed = 0;
    double most = -1; /* longest delay the open group allows */
    for (uint32_t i = 0; i < problem->n; i++) {
        const struct delay_wish *wish = &problem->wish[i];
        double least = (double)wish->ps * (1 - wish->tolerance) - 1;
        double longest = ((double)wish->ps * (1 + wish->tolerance) + 1) * margin;
        if (needed == 0 || least > most) {
            needed++;
            most = longest;
        } else if (longest < most) {
            most = longest;
        }
    }
    return needed;
}

/* The first solution with the fewest currents solved; false: none within tolerance. */
static bool solve(struct delay_problem *problem, double tolerance, struct delay_codes *best)
{
    const double most = 1e6;
    uint64_t limit = (uint64_t)(tolerance * 1000 < most ? tolerance * 1000 + 1 : most);
    if (delays_needed(problem) > N_DELAY_CLASSES)
        return false;
    for (int size = 0; size <= N_DELAYS; size++) {
        bool found = false;
        for (unsigned mask = 0; mask < 1u << N_DELAYS; mask++) {
            struct delay_codes trial = {0};
            bool allowed = count_bits(mask) == size;
            for (int i = 0; i < N_DELAYS; i++)
                allowed = allowed && (problem->free[i] || !(mask >> i & 1));
            if (!allowed || !delay_search(problem, mask, limit, &trial) || !trial.within)
                continue;
            if (!found || less_error(&trial, best))
                *best = trial;
            found = true;
        }
        if (found)
            return true;
    }
    return false;
}

enum { MOST_LISTED = 5, MOST_SUGGESTED = 8 };

/* Each delay once, whatever classes it is tied to. */
static uint32_t distinct_delays(const struct delay_problem *problem)
{
    uint32_t n = 0;
    for (uint32_t i = 0; i < problem->n; i++)
        n += i == 0 || problem->wish[i].ps != problem->wish[i - 1].ps;
    return n;
}

static void list_wishes(struct text *text, const struct delays *d,
                        const struct delay_problem *problem, const struct delay_codes *codes,
                        uint32_t most)
{
    uint32_t n = 0, all = distinct_delays(problem);
    for (uint32_t i = 0; i < problem->n && n < most; i++) {
        const struct delay_wish *wish = &problem->wish[i];
        if (i > 0 && wish->ps == wish[-1].ps)
            continue;
        int64_t ps = codes ? delay_of(problem, codes->code, delay_class(problem, codes->code, wish))
                           : wish->ps;
        text_add(text, "%s%s", n++ ? ", " : "", seconds_text(d->arena, ps));
    }
    if (all > n)
        text_add(text, " and %u more", all - n);
}

/* The set's own statement of a delay; NULL: only terms ask for it. */
static const struct delay_request *stated(const struct delays *d, const struct delay_wish *wish)
{
    const struct bias_set *set = &d->net->bias_sets.at[d->class->sets.at[0]];
    if (wish->class >= NET_STATED_DELAYS || set->delay[wish->class].ps != wish->ps)
        return NULL;
    return &set->delay[wish->class];
}

/* The first term that asks for a delay; UINT32_MAX: the set itself does. */
static uint32_t term_asking(const struct delays *d, const struct delay_wish *wish)
{
    uint32_t term = UINT32_MAX;
    if (stated(d, wish))
        return term;
    for (uint32_t a = 0; a < d->net->attrs.n; a++)
        if (d->use->count[a] && d->net->attrs.at[a].delay_kind == DELAY_TIME
            && d->net->attrs.at[a].delay_ps == wish->ps && d->use->first_term[a] < term)
            term = d->use->first_term[a];
    return term;
}

/* Who asks for the first few delays, each term once. */
static void note_projections(const struct delays *d, const struct delay_problem *problem,
                             struct diag *diag)
{
    uint32_t shown = problem->n < MOST_LISTED ? problem->n : MOST_LISTED;
    uint32_t term[MOST_LISTED];
    for (uint32_t i = 0; i < shown; i++) {
        const struct delay_wish *wish = &problem->wish[i];
        uint32_t earlier = 0;
        struct text times;
        term[i] = term_asking(d, wish);
        while (earlier < i && (term[i] == UINT32_MAX || term[earlier] != term[i]))
            earlier++;
        if (earlier < i)
            continue;
        if (term[i] == UINT32_MAX) {
            diag_note(d->sink, diag, stated(d, wish)->span, "delay.%s asks for %s",
                      class_name[wish->class % N_DELAY_CLASSES], seconds_text(d->arena, wish->ps));
            continue;
        }
        text_init(&times, d->arena);
        for (uint32_t j = i; j < shown; j++)
            if (term_asking(d, &problem->wish[j]) == term[i])
                text_add(&times, "%s%s", j > i ? ", " : "",
                         seconds_text(d->arena, problem->wish[j].ps));
        diag_note(d->sink, diag, d->net->terms.at[term[i]].span, "%s asks for %s",
                  d->net->projections.at[d->net->terms.at[term[i]].projection].text, times.at);
    }
}

/* The request that `none` would have to be slower than, and is not; NULL: there is none. */
static const char *slower_than_none(const struct delays *d, const struct delay_problem *problem)
{
    const struct delay_wish *wish = problem->wish, *none = wish;
    const struct delay_wish *longest = &wish[problem->n - 1];
    while (none < longest && none->class != 0)
        none++;
    if ((double)none->ps * (1 + none->tolerance) >= (double)longest->ps * (1 - longest->tolerance))
        return NULL;
    return arena_printf(d->arena, "`none` is the slowest of its delays and cannot be %s beside %s",
                        seconds_text(d->arena, none->ps), seconds_text(d->arena, longest->ps));
}

/* The first request that its class, or every one, is too slow or too fast for; NULL: all can be met
 * one at a time. */
static const char *out_of_reach(const struct delays *d, const struct delay_problem *problem)
{
    uint32_t slow[N_DELAYS], fast[N_DELAYS];
    for (int i = 0; i < N_DELAYS; i++) {
        const uint32_t *ascending = problem->ascending[i];
        slow[i] = problem->free[i] ? ascending[0] : problem->held[i];
        fast[i] = problem->free[i] ? ascending[problem->n_codes - 1] : problem->held[i];
    }
    for (uint32_t i = 0; i < problem->n; i++) {
        const struct delay_wish *wish = &problem->wish[i];
        bool any = wish->class == ANY_CLASS;
        int64_t shortest = delay_of(problem, fast, any ? N_DELAY_CLASSES - 1 : wish->class);
        int64_t longest = delay_of(problem, slow, any ? 0 : wish->class);
        if ((double)wish->ps * (1 + wish->tolerance) < (double)shortest
            || (double)wish->ps * (1 - wish->tolerance) > (double)longest)
            return arena_printf(
                d->arena, "%s is out of reach: %s from %s to %s", seconds_text(d->arena, wish->ps),
                any ? "its delays go"
                    : arena_printf(d->arena, "`%s`, which it takes, goes", class_name[wish->class]),
                seconds_text(d->arena, shortest), seconds_text(d->arena, longest));
    }
    return NULL;
}

/* What the law cannot give: the first of its limits that the requests break. */
static const char *broken_law(const struct delays *d, const struct delay_problem *problem)
{
    uint32_t needed = delays_needed(problem);
    if (needed > N_DELAY_CLASSES)
        return arena_printf(d->arena, "that takes %u different ones, a core has at most %d", needed,
                            N_DELAY_CLASSES);
    const char *why = slower_than_none(d, problem);
    why = why ? why : out_of_reach(d, problem);
    return why ? why : "its three currents do not give these together";
}

static void report_delays(const struct delays *d, struct delay_problem *problem)
{
    struct text wishes, found;
    struct delay_codes codes;
    uint32_t n = distinct_delays(problem);
    text_init(&wishes, d->arena);
    list_wishes(&wishes, d, problem, NULL, MOST_LISTED);
    struct diag *diag =
        diag_add(d->sink, DIAG_E0506, d->span,
                 "core of `%s` needs %u delay%s (%s) within %s (`delay.tolerance`); %s",
                 d->net->bias_sets.at[d->class->sets.at[0]].name, n, n == 1 ? "" : "s", wishes.at,
                 share_text(d->arena, least_tolerance(d)), broken_law(d, problem));
    note_projections(d, problem, diag);
    diag_note(d->sink, diag, span_nowhere(),
              "1/none = I0/Q, 1/precise = (I0 + I1)/Q, 1/mismatched = (I0 + I2)/Q, "
              "1/both = (I0 + I1 + I2)/Q");
    if (problem->n > MOST_SUGGESTED)
        return; /* nobody would read what can be had in place of them */
    struct delay_wish *wish = ARENA_ARRAY(d->arena, struct delay_wish, problem->n);
    for (uint32_t i = 0; i < problem->n; i++)
        wish[i] = problem->wish[i];
    problem->wish = wish;
    for (double tolerance = 0.2; tolerance < 1; tolerance *= 1.5) {
        for (uint32_t i = 0; i < problem->n; i++)
            wish[i].tolerance = tolerance;
        if (!solve(problem, tolerance, &codes))
            continue;
        text_init(&found, d->arena);
        list_wishes(&found, d, problem, &codes, MOST_SUGGESTED);
        diag_help(d->sink, diag, span_nowhere(), NULL, "%s can be had", found.at);
        return;
    }
}

/* --- the result --- */

static void push_choice(const struct delays *d, const struct delay_problem *problem,
                        struct delay_choice choice)
{
    choice.realised_ps = delay_of(problem, problem->held, choice.bits);
    if (choice.requested_ps) {
        uint64_t e = bias_permille(choice.realised_ps, choice.requested_ps);
        choice.error_permille = e < UINT32_MAX ? (uint32_t)e : UINT32_MAX;
        choice.error = bias_error(choice.realised_ps, choice.requested_ps);
    }
    VEC_PUSH(d->arena, &d->class->delays, choice);
}

static uint8_t class_of_time(const struct delay_problem *problem, int64_t ps)
{
    for (uint32_t i = 0; i < problem->n; i++) {
        const struct delay_wish *wish = &problem->wish[i];
        bool longest = i == problem->n - 1 && problem->free[0] && wish->class == 0;
        if (wish->ps == ps && (wish->class == ANY_CLASS || longest))
            return (uint8_t)delay_class(problem, problem->held, wish);
    }
    return 0;
}

static uint8_t fastest_class(const struct delay_problem *problem)
{
    int best = 0;
    for (int c = 1; c < N_DELAY_CLASSES; c++)
        if (delay_of(problem, problem->held, c) < delay_of(problem, problem->held, best))
            best = c;
    return (uint8_t)best;
}

/* Class and count of every attribute; one row per distinct request, then per class name, then for
 * the edges that ask for none. */
static void assign(const struct delays *d, const struct delay_problem *problem)
{
    uint64_t named[N_DELAY_CLASSES] = {0}, omitted = 0;
    uint8_t fastest = fastest_class(problem);
    uint64_t *count = ARENA_ARRAY(d->arena, uint64_t, problem->n);
    for (uint32_t a = 0; a < d->net->attrs.n; a++) {
        const struct syn_attr *attr = &d->net->attrs.at[a];
        if (!d->use->count[a])
            continue;
        if (attr->delay_kind == DELAY_CLASS) {
            d->class->delay[a] = attr->delay_class;
            named[attr->delay_class % N_DELAY_CLASSES] += d->use->count[a];
        } else if (attr->delay_kind == DELAY_TIME && attr->delay_ps > 0) {
            d->class->delay[a] = class_of_time(problem, attr->delay_ps);
            for (uint32_t i = problem->n; i-- > 0;)
                if (problem->wish[i].ps == attr->delay_ps) {
                    count[i] += d->use->count[a];
                    break;
                }
        } else {
            d->class->delay[a] = fastest;
            omitted += d->use->count[a];
        }
    }
    for (uint32_t i = 0; i < problem->n; i++)
        push_choice(d, problem,
                    (struct delay_choice){
                        .requested_ps = problem->wish[i].ps,
                        .bits = (uint8_t)delay_class(problem, problem->held, &problem->wish[i]),
                        .count = count[i]});
    for (uint8_t c = 0; c < N_DELAY_CLASSES; c++)
        if (named[c])
            push_choice(d, problem,
                        (struct delay_choice){.named = true, .bits = c, .count = named[c]});
    if (omitted)
        push_choice(d, problem,
                    (struct delay_choice){.omitted = true, .bits = fastest, .count = omitted});
}

void bias_solve_delays(struct arena *arena, const struct net *net, const struct device *device,
                       struct diag_sink *sink, struct bias_class *class,
                       const struct class_use *use)
{
    struct delays d = {arena, net, device, sink, class, use, span_nowhere()};
    struct delay_problem problem = {0};
    struct delay_codes codes;
    set_up(&d, &problem);
    if (problem.n) {
        if (!solve(&problem, least_tolerance(&d), &codes)) {
            report_delays(&d, &problem);
            return;
        }
        for (int i = 0; i < N_DELAYS; i++) {
            class->delays_solved = class->delays_solved || codes.code[i] != problem.held[i];
            problem.held[i] = codes.code[i];
            class->code[BIAS_SYPD_DLY0_P + i] =
                (struct bias_code){(uint8_t)(codes.code[i] / (device->max_fine + 1)),
                                   (uint8_t)(codes.code[i] % (device->max_fine + 1))};
        }
        struct diag *note = diag_add(sink, DIAG_N0811, d.span,
                                     "delays of `%s` follow an assumed law and were not measured",
                                     net->bias_sets.at[class->sets.at[0]].name);
        diag_note(
            sink, note, span_nowhere(),
            "1/d = (I0 + p I1 + m I2)/Q with Q = %.2g pF * %.2g V; the report lists the delays",
            device->c_delay * 1e12, device->vth);
    }
    assign(&d, &problem);
}
