/* The part of the text report about analog quantities. */
#include "backend/report_text.h"

#include "backend/quantity.h"

#include <math.h>

enum { QUANTITY = 12 }; /* width of a column of currents or times */

/* "ff+w2": the slots of a mask by their names. */
static char *mask_text(struct report_writer *w, uint32_t class, uint32_t mask)
{
    const struct bias_set *set =
        &w->in->net->bias_sets.at[w->in->plan->classes.at[class].sets.at[0]];
    struct text out;
    text_init(&out, w->arena);
    for (uint32_t i = 0; i < NET_SLOTS; i++)
        if (mask >> i & 1)
            text_add(&out, "%s%s", out.n ? "+" : "", set->slot_name[i] ? set->slot_name[i] : "?");
    return out.at;
}

static void put_title(struct report_writer *w, uint32_t class)
{
    const struct bias_class *merged = &w->in->plan->classes.at[class];
    text_add(&w->out, "bias set ");
    for (uint32_t s = 0; s < merged->sets.n; s++) {
        text_add(&w->out, "%s", s ? " = " : "");
        report_left(w, w->in->net->bias_sets.at[merged->sets.at[s]].name, 0);
    }
    uint32_t cores = 0;
    for (uint32_t core = 0; w->facts->cores && core < w->facts->n_cores; core++)
        cores += w->facts->cores[core].class == class;
    if (w->facts->cores)
        text_add(&w->out, ": %u core%s", cores, cores == 1 ? "" : "s");
    text_add(&w->out, "\n");
}

static void put_bias(struct report_writer *w, uint32_t class, int bias)
{
    const struct bias_class *merged = &w->in->plan->classes.at[class];
    const struct bias_request *request =
        &w->in->net->bias_sets.at[merged->sets.at[0]].request[bias];
    struct bias_code code = merged->code[bias];
    int64_t realised = device_bias_za(w->in->device, bias, code);
    bool stated = request->kind == REQUEST_CURRENT && request->za > 0;
    text_add(&w->out, "  %-16s", w->in->device->bias[bias].name);
    text_add(&w->out, "%-20s", request->attribute ? request->attribute : "");
    text_add(&w->out, "%*s%*s  (%u, %3u)", QUANTITY,
             stated ? amperes_text(w->arena, request->za) : "dac", QUANTITY,
             amperes_text(w->arena, realised), code.coarse, code.fine);
    if (stated)
        text_add(&w->out, "%12s",
                 percent_text(w->arena, (double)(realised - request->za) / (double)request->za));
    text_add(&w->out, "\n");
}

/* Slots and biases chosen by the compiler have tables of their own; defaults are counted. */
static void put_biases(struct report_writer *w, uint32_t class)
{
    const struct bias_set *set =
        &w->in->net->bias_sets.at[w->in->plan->classes.at[class].sets.at[0]];
    uint32_t defaults = 0;
    text_add(&w->out, "  %-16s%-20s%*s%*s  %-8s%12s\n", "parameter", "stated as", QUANTITY,
             "requested", QUANTITY, "realised", "code", "error");
    for (int bias = 0; bias < N_BIASES; bias++) {
        enum request_kind kind = set->request[bias].kind;
        if (kind == REQUEST_DEFAULT)
            defaults++;
        if (kind == REQUEST_CODE || kind == REQUEST_CURRENT)
            put_bias(w, class, bias);
    }
    text_add(&w->out, "  %u of %d parameters stand at their defaults\n", defaults, N_BIASES);
}

static void put_slots(struct report_writer *w, uint32_t class)
{
    static const char *const states[] = {"given", "solved", "off"};
    const struct bias_class *merged = &w->in->plan->classes.at[class];
    text_add(&w->out, "  slots:");
    for (uint32_t i = 0; i < NET_SLOTS; i++) {
        struct bias_code code = merged->code[BIAS_SYAM_W0_P + i];
        int64_t za = device_bias_za(w->in->device, (int)(BIAS_SYAM_W0_P + i), code);
        text_add(&w->out, "%s %s ", i ? ";" : "", mask_text(w, class, 1u << i));
        if (merged->slot[i] == SLOT_OFF)
            text_add(&w->out, "off");
        else
            text_add(&w->out, "%s (%u, %u) %s", amperes_text(w->arena, za), code.coarse, code.fine,
                     states[merged->slot[i]]);
    }
    text_add(&w->out, "\n");
}

/* What the errors of the ampere requests are worth: proved least, or how far that is open. */
static void put_worst(struct report_writer *w, const struct bias_class *class)
{
    bool asked = false, solved = false;
    for (uint32_t i = 0; i < class->weights.n; i++)
        asked |= !class->weights.at[i].slots;
    for (uint32_t i = 0; i < NET_SLOTS; i++)
        solved |= class->slot[i] == SLOT_SOLVED;
    if (!asked || !solved)
        return;
    text_add(&w->out, "  worst weight error %u per mille, ", class->worst_permille);
    if (class->weights_optimal)
        text_add(&w->out, "slots proved optimal\n");
    else
        text_add(&w->out, "at least %u with any slots\n", class->bound_permille);
}

static void put_weight(struct report_writer *w, uint32_t class, const struct weight_choice *weight)
{
    text_add(&w->out, "  %*s%*s  %-24s%12s%12llu\n", QUANTITY,
             weight->slots ? "slots" : amperes_text(w->arena, weight->requested_za), QUANTITY,
             amperes_text(w->arena, weight->realised_za), mask_text(w, class, weight->mask),
             weight->slots ? "" : percent_text(w->arena, weight->error),
             (unsigned long long)weight->count);
}

/* Distinct currents that share a sum, in one line. */
struct weight_group {
    uint32_t requests;
    int64_t least_za, most_za, realised_za;
    double worst; /* the error farthest from 0 */
    uint64_t count;
};

static void add_request(struct weight_group *group, const struct weight_choice *weight)
{
    if (group->requests == 0 || weight->requested_za < group->least_za)
        group->least_za = weight->requested_za;
    if (group->requests == 0 || weight->requested_za > group->most_za)
        group->most_za = weight->requested_za;
    if (fabs(weight->error) > fabs(group->worst))
        group->worst = weight->error;
    group->realised_za = weight->realised_za;
    group->count += weight->count;
    group->requests++;
}

/* Where many currents are asked for (a trained network), there are still no more sums than 15: the
 * JSON form lists each request, the text each sum. */
static void put_weight_groups(struct report_writer *w, uint32_t class, uint32_t requests)
{
    const struct weight_choice_vec *weights = &w->in->plan->classes.at[class].weights;
    struct weight_group groups[1 << NET_SLOTS] = {0};
    for (uint32_t i = 0; i < weights->n; i++)
        if (!weights->at[i].slots)
            add_request(&groups[weights->at[i].mask & ((1u << NET_SLOTS) - 1)], &weights->at[i]);
    text_add(&w->out, "  %u different weights by the sum that serves them:\n", requests);
    text_add(&w->out, "  %*s%*s%*s  %-24s%12s%12s\n", QUANTITY, "from", QUANTITY, "to", QUANTITY,
             "realised", "sum of", "worst error", "synapses");
    for (uint32_t mask = 1; mask < 1u << NET_SLOTS; mask++) {
        const struct weight_group *group = &groups[mask];
        if (group->requests == 0)
            continue;
        text_add(&w->out, "  %*s%*s%*s  %-24s%12s%12llu\n", QUANTITY,
                 amperes_text(w->arena, group->least_za), QUANTITY,
                 amperes_text(w->arena, group->most_za), QUANTITY,
                 amperes_text(w->arena, group->realised_za), mask_text(w, class, mask),
                 percent_text(w->arena, group->worst), (unsigned long long)group->count);
    }
}

static void put_weights(struct report_writer *w, uint32_t class)
{
    const struct bias_class *merged = &w->in->plan->classes.at[class];
    uint32_t currents = 0;
    if (merged->weights.n == 0)
        return;
    put_slots(w, class);
    for (uint32_t i = 0; i < merged->weights.n; i++)
        currents += !merged->weights.at[i].slots;
    bool grouped = currents >= 1u << NET_SLOTS;
    if (!grouped || currents < merged->weights.n)
        text_add(&w->out, "  %*s%*s  %-24s%12s%12s\n", QUANTITY, "weight", QUANTITY, "realised",
                 "sum of", "error", "synapses");
    for (uint32_t i = 0; i < merged->weights.n; i++)
        if (!grouped || merged->weights.at[i].slots)
            put_weight(w, class, &merged->weights.at[i]);
    if (grouped)
        put_weight_groups(w, class, currents);
    put_worst(w, merged);
}

static void put_delays(struct report_writer *w, uint32_t class)
{
    static const char *const classes[] = {"none", "precise", "mismatched", "both"};
    const struct delay_choice_vec *delays = &w->in->plan->classes.at[class].delays;
    if (delays->n == 0)
        return;
    text_add(&w->out, "  %*s%*s  %-24s%12s%12s\n", QUANTITY, "delay", QUANTITY, "realised", "class",
             "error", "synapses");
    for (uint32_t i = 0; i < delays->n; i++) {
        const struct delay_choice *delay = &delays->at[i];
        bool timed = !delay->omitted && !delay->named;
        const char *asked = delay->omitted ? "fastest" : "by class";
        text_add(&w->out, "  %*s%*s  %-24s%12s%12llu\n", QUANTITY,
                 timed ? seconds_text(w->arena, delay->requested_ps) : asked, QUANTITY,
                 seconds_text(w->arena, delay->realised_ps), classes[delay->bits & 3],
                 timed ? percent_text(w->arena, delay->error) : "",
                 (unsigned long long)delay->count);
    }
}

void report_put_biases(struct report_writer *w)
{
    if (!w->in->plan)
        return;
    for (uint32_t c = 0; c < w->in->plan->classes.n; c++) {
        put_title(w, c);
        put_biases(w, c);
        put_weights(w, c);
        put_delays(w, c);
        text_add(&w->out, "\n");
    }
}
