/* Stage one: requested currents to codes, tolerances, merged sets. */
#include "backend/bias.h"

#include "backend/bias_parts.h"
#include "backend/quantity.h"

#include <string.h>

static struct bias_code request_code(const struct device *device, int bias,
                                     const struct bias_request *request)
{
    if (request->kind == REQUEST_CURRENT)
        return device_bias_nearest(device, bias, request->za);
    if (request->kind == REQUEST_SOLVED)
        return device->bias[bias].def;
    return (struct bias_code){request->coarse, request->fine};
}

/* --- findings about single biases --- */

const char *bias_attribute(const struct net *net, const struct bias_request *request, int bias)
{
    return request->attribute ? request->attribute : net->bias_name[bias];
}

bool bias_inherited(const struct net *net, const struct bias_set *set, int bias)
{
    if (set->parent == NET_NONE)
        return false;
    const struct bias_request *own = &set->request[bias];
    const struct bias_request *parent = &net->bias_sets.at[set->parent].request[bias];
    return own->kind == parent->kind && own->za == parent->za
           && own->span.begin == parent->span.begin && own->span.end == parent->span.end
           && own->span.file == parent->span.file;
}

static void report_range(struct arena *arena, const struct net *net, const struct device *device,
                         struct diag_sink *sink, const struct bias_set *set, int bias)
{
    const struct bias_request *request = &set->request[bias];
    int64_t least, most;
    device_bias_range(device, bias, &least, &most);
    bool low = request->za < least;
    const char *end = amperes_text(arena, low ? least : most);
    struct diag *diag =
        diag_add(sink, DIAG_E0502, request->span, "%s of `%s` needs %s, the %s current of %s is %s",
                 bias_attribute(net, request, bias), set->name, amperes_text(arena, request->za),
                 low ? "smallest" : "largest", net->bias_name[bias], end);
    diag_note(sink, diag, span_nowhere(), "%s reaches %s to %s", net->bias_name[bias],
              amperes_text(arena, least), amperes_text(arena, most));
    struct bias_code code = device_bias_nearest(device, bias, request->za);
    diag_help(sink, diag, span_nowhere(), NULL, "`dac(%u, %u)` is the nearest there is: %s",
              code.coarse, code.fine, end);
}

static void report_tolerance(struct arena *arena, const struct net *net,
                             const struct device *device, struct diag_sink *sink,
                             const struct bias_set *set, int bias)
{
    const struct bias_request *request = &set->request[bias];
    struct bias_code code = device_bias_nearest(device, bias, request->za);
    int64_t za = device_bias_za(device, bias, code);
    const char *name = bias_attribute(net, request, bias);
    struct diag *diag = diag_add(
        sink, DIAG_E0504, request->span, "%s of `%s`: %s rounds to %s (%s), allowed are %s", name,
        set->name, amperes_text(arena, request->za), amperes_text(arena, za),
        percent_text(arena, bias_error(za, request->za)), share_text(arena, set->tolerance));
    diag_note(sink, diag, span_nowhere(), "the nearest code of %s is dac(%u, %u)",
              net->bias_name[bias], code.coarse, code.fine);
    diag_help(sink, diag, span_nowhere(), NULL,
              "`%s = dac(%u, %u)` says this current outright; `tolerance` allows more", name,
              code.coarse, code.fine);
}

double bias_error(int64_t realised, int64_t requested)
{
    return (double)(realised - requested) / (double)requested;
}

bool bias_within(int64_t realised, int64_t requested, double tolerance)
{
    double error = bias_error(realised, requested);
    return error <= tolerance && -error <= tolerance;
}

static bool misses_tolerance(const struct device *device, const struct bias_set *set, int bias)
{
    const struct bias_request *request = &set->request[bias];
    if (request->kind != REQUEST_CURRENT)
        return false;
    int64_t za = device_bias_za(device, bias, device_bias_nearest(device, bias, request->za));
    return request->za <= 0 || !bias_within(za, request->za, set->tolerance);
}

/* A current beyond what the bias reaches is out of range only where the nearest end is also beyond
 * the tolerance of its set. What a parent already missed is not told again. */
static void check_bias(struct arena *arena, const struct net *net, const struct device *device,
                       struct diag_sink *sink, uint32_t number, int bias)
{
    const struct bias_set *set = &net->bias_sets.at[number];
    int64_t za = set->request[bias].za, least, most;
    if (!misses_tolerance(device, set, bias))
        return;
    if (bias_inherited(net, set, bias)
        && misses_tolerance(device, &net->bias_sets.at[set->parent], bias))
        return;
    device_bias_range(device, bias, &least, &most);
    if (za < least || za > most)
        report_range(arena, net, device, sink, set, bias);
    else
        report_tolerance(arena, net, device, sink, set, bias);
}

/* --- merging --- */

static bool equal_delays(const struct bias_set *a, const struct bias_set *b)
{
    for (int i = 0; i < NET_STATED_DELAYS; i++)
        if (a->delay[i].ps != b->delay[i].ps)
            return false;
    return true;
}

/* Equal stated and defaulted codes; what the compiler is to solve counts as such. Stated delays are
 * statements like any other, so sets that differ in them stay apart. */
static bool equal_sets(const struct net *net, const struct bias_class *class, uint32_t number,
                       const struct bias_code *code)
{
    const struct bias_set *a = &net->bias_sets.at[class->sets.at[0]];
    const struct bias_set *b = &net->bias_sets.at[number];
    for (uint32_t i = 0; i < net->n_biases; i++) {
        bool solved = a->request[i].kind == REQUEST_SOLVED;
        if (solved != (b->request[i].kind == REQUEST_SOLVED))
            return false;
        if (class->code[i].coarse != code[i].coarse || class->code[i].fine != code[i].fine)
            return false;
    }
    return equal_delays(a, b);
}

static void open_class(struct arena *arena, const struct net *net, uint32_t number,
                       const struct bias_code *code, struct bias_plan *plan)
{
    const struct bias_set *set = &net->bias_sets.at[number];
    struct bias_class class = {0};
    memcpy(class.code, code, sizeof class.code);
    for (int i = 0; i < NET_SLOTS; i++)
        class.slot[i] =
            set->request[BIAS_SYAM_W0_P + i].kind == REQUEST_SOLVED ? SLOT_OFF : SLOT_GIVEN;
    VEC_PUSH(arena, &plan->classes, class);
}

static void merge_set(struct arena *arena, const struct net *net, const struct device *device,
                      uint32_t number, struct bias_plan *plan)
{
    struct bias_code code[N_BIASES];
    for (int i = 0; i < N_BIASES; i++)
        code[i] = request_code(device, i, &net->bias_sets.at[number].request[i]);
    uint32_t c = 0;
    while (c < plan->classes.n && !equal_sets(net, &plan->classes.at[c], number, code))
        c++;
    if (c == plan->classes.n)
        open_class(arena, net, number, code, plan);
    VEC_PUSH(arena, &plan->classes.at[c].sets, number);
    plan->class_of_set[number] = c;
}

void bias_quantise(struct arena *arena, const struct net *net, const struct device *device,
                   struct diag_sink *sink, struct bias_plan *plan)
{
    memset(plan, 0, sizeof *plan);
    plan->class_of_set = ARENA_ARRAY(arena, uint32_t, net->bias_sets.n);
    for (uint32_t s = 0; s < net->bias_sets.n; s++) {
        for (int bias = 0; bias < N_BIASES; bias++)
            check_bias(arena, net, device, sink, s, bias);
        merge_set(arena, net, device, s, plan);
    }
    bias_warn(arena, net, device, sink);
}
