#include "mapper/remedies.h"

#include "compiler/base/text.h"
#include "mapper/fit.h"
#include "mapper/fit_parts.h"

#include <math.h>
#include <string.h>

enum {
    NEURONS_PLACED = 50000, /* in all trials together, if that is two or more */
    MOST_TRIALS = 12,
    MOST_HEARD = 2000,        /* units of OBSERVER_STRIDE that the search of a trial may take */
    MOST_HEARD_IN_ALL = 3000, /* after which no further trial begins */
    MOST_LINES = FIT_MOST_LISTED,
    MOST_BOARDS = 3
};

struct remedies {
    struct arena *arena, *scratch;
    const struct net *net;
    const struct device *device;
    const struct map_options *options;
    struct diag_sink *sink;
    struct diag *error;
    uint32_t trials_left, heard, heard_in_all;
    bool ended; /* by whoever observes */
    struct text fits, vain;
    uint32_t n_fits, n_lines; /* lines that it fits without; lines tried in vain */
};

/* --- a trial ------------------------------------------------------------------------------------
 */

static bool go_on(void *context, const struct progress *progress)
{
    struct remedies *r = context;
    const struct observer *outer = r->options->observer;
    if (outer && !outer->go_on(outer->context, progress))
        r->ended = true;
    r->heard_in_all++;
    return !r->ended && r->heard++ < MOST_HEARD;
}

static bool can_try(const struct remedies *r)
{
    return r->trials_left > 0 && r->heard_in_all < MOST_HEARD_IN_ALL && !r->ended;
}

/* Whether the network, changed, passes every stage from its biases to its words. */
static bool fits(struct remedies *r, const struct net *net)
{
    struct arena *scratch = arena_scratch(r->scratch);
    const struct observer observer = {.go_on = go_on, .context = r, .counted = true};
    struct map_options options = {
        .node_limit = r->options->node_limit, .shim = r->options->shim, .observer = &observer};
    struct diag_sink sink;
    struct bias_plan plan;
    struct fit_usage usage;
    struct mapping mapping;
    r->trials_left--;
    r->heard = 0;
    diag_sink_init(&sink, scratch);
    sink.max_errors = 1;
    bias_quantise(scratch, net, r->device, &sink, &plan);
    bool ok = !diag_has_errors(&sink) && fit_check(scratch, net, r->device, &plan, &sink, &usage);
    if (ok)
        bias_solve(scratch, net, r->device, &sink, &plan);
    ok = ok && !diag_has_errors(&sink)
         && map_network(scratch, net, r->device, &plan, &options, &sink, &mapping) == MAP_OK;
    arena_scratch_end(scratch);
    return ok;
}

/* Tries a change that `with` describes; true if it fits. */
static bool try_with(struct remedies *r, const struct net *net, const char *with)
{
    bool ok = fits(r, net);
    if (ok)
        text_add(&r->fits, "%swith %s", r->fits.n ? "\nor " : "placed again, it fits ", with);
    else
        text_add(&r->vain, "%s%s", r->vain.n ? ", " : "", with);
    return ok;
}

/* --- sharing and reserve ------------------------------------------------------------------------
 */

static void try_sharing(struct remedies *r)
{
    struct net net = *r->net;
    bool any = false;
    net.attrs.at = ARENA_ARRAY(r->scratch, struct syn_attr, net.attrs.n);
    for (uint32_t a = 0; a < net.attrs.n; a++) {
        net.attrs.at[a] = r->net->attrs.at[a];
        any = any || !net.attrs.at[a].share;
        net.attrs.at[a].share = true;
    }
    if (any && can_try(r))
        try_with(r, &net, "`share = on` throughout");
}

static void try_reserve(struct remedies *r)
{
    const double parts = 10000; /* what is printed is what was tried: so many digits and no more */
    struct net net = *r->net;
    for (double reserve = floor(r->net->reserve / 2 * parts) / parts;; reserve = 0) {
        net.reserve = reserve;
        if (r->net->reserve <= 0 || !can_try(r)
            || try_with(r, &net, arena_printf(r->arena, "`reserve = %.4g`", reserve))
            || reserve <= 0)
            return;
    }
}

/* --- lines --------------------------------------------------------------------------------------
 */

static bool same_line(struct span a, struct span b)
{
    return a.file == b.file && a.begin == b.begin;
}

static bool is_labelled(const struct diag *error, struct span span)
{
    for (uint32_t i = 0; i < error->labels.n; i++)
        if (same_line(error->labels.at[i].span, span))
            return true;
    return false;
}

static bool is_named(const struct diag *error, struct span span)
{
    for (uint32_t i = 0; i < error->notes.n; i++)
        if (same_line(error->notes.at[i].span, span))
            return true;
    return is_labelled(error, span);
}

static void mark_probed(struct net *net, const struct probe *probe)
{
    uint32_t first = net->populations.at[probe->view.object].first;
    for (uint32_t i = 0; i < probe->view.size; i++)
        net->probed[first + view_unit(&probe->view, i)] = 1;
}

/* The network without what a line says: all that its turns in a loop say. */
static struct net without(struct remedies *r, struct span line)
{
    struct net net = *r->net;
    net.places = (struct place_vec){NULL, 0, 0};
    net.probes = (struct probe_vec){NULL, 0, 0};
    net.probed = ARENA_ARRAY(r->scratch, uint8_t, net.n_neurons);
    for (uint32_t i = 0; i < r->net->places.n; i++)
        if (!same_line(r->net->places.at[i].span, line))
            VEC_PUSH(r->scratch, &net.places, r->net->places.at[i]);
    for (uint32_t i = 0; i < r->net->probes.n; i++) {
        const struct probe *probe = &r->net->probes.at[i];
        if (same_line(probe->span, line))
            continue;
        VEC_PUSH(r->scratch, &net.probes, *probe);
        if (probe->kind == PROBE_SPIKES && probe->view.kind == UNIT_NEURON)
            mark_probed(&net, probe);
    }
    return net;
}

struct span_vec VEC_OF(struct span);

static void list_line(struct remedies *r, struct span span, bool named, struct span_vec *lines)
{
    if (is_named(r->error, span) != named || lines->n == MOST_LINES)
        return;
    for (uint32_t i = 0; i < lines->n; i++)
        if (same_line(lines->at[i], span))
            return;
    VEC_PUSH(r->scratch, lines, span);
}

static void list_lines(struct remedies *r, bool named, struct span_vec *lines)
{
    for (uint32_t i = 0; i < r->net->places.n; i++)
        if (r->net->places.at[i].kind != PLACE_NEAR)
            list_line(r, r->net->places.at[i].span, named, lines);
    for (uint32_t i = 0; i < r->net->probes.n; i++)
        list_line(r, r->net->probes.at[i].span, named, lines);
}

/* The one line that the message shows need not be shown again. */
static void say_lines(struct remedies *r, const struct span_vec *fit, bool all_shown)
{
    if (fit->n > 1 && all_shown) {
        diag_note(r->sink, r->error, span_nowhere(),
                  "placed again without any one of the constraints shown, it fits");
        return;
    }
    for (uint32_t i = 0; i < fit->n; i++)
        diag_note(r->sink, r->error,
                  is_labelled(r->error, fit->at[i]) && r->error->labels.n == 1 ? span_nowhere()
                                                                               : fit->at[i],
                  "placed again without this line, it fits");
}

static void try_lines(struct remedies *r)
{
    struct span_vec lines = {NULL, 0, 0}, fit = {NULL, 0, 0};
    list_lines(r, true, &lines);
    bool shown = lines.n > 0;
    if (!shown)
        list_lines(r, false, &lines);
    for (uint32_t i = 0; i < lines.n && can_try(r); i++) {
        const struct net net = without(r, lines.at[i]);
        if (fits(r, &net))
            VEC_PUSH(r->scratch, &fit, lines.at[i]);
        else
            r->n_lines++;
    }
    say_lines(r, &fit, shown && fit.n == lines.n);
    r->n_fits += fit.n;
}

/* --- the board ----------------------------------------------------------------------------------
 */

/* Larger boards, the one with fewest chips first; false: larger than a board can be. */
static bool larger_board(const struct remedies *r, uint32_t i, struct net *net)
{
    bool tall = net->grid_w <= net->grid_h; /* then a row is the smaller addition */
    uint32_t most = r->device->max_chips_per_axis;
    if (net->grid_stated) {
        net->grid_w += i == 2 || (i == 0) == !tall;
        net->grid_h += i == 2 || (i == 0) == tall;
    } else {
        net->grid_w += 1u << i;
    }
    net->chips = net->grid_w * net->grid_h;
    return net->grid_w <= most && net->grid_h <= most;
}

static void try_boards(struct remedies *r)
{
    for (uint32_t i = 0; i < MOST_BOARDS && can_try(r) && !r->net->defects; i++) {
        struct net net = *r->net;
        if (!larger_board(r, i, &net))
            continue; /* the other axis may have room */
        const char *with = net.grid_stated
                               ? arena_printf(r->arena, "`grid = [%u, %u]`", net.grid_w, net.grid_h)
                               : arena_printf(r->arena, "`chips = %u`", net.chips);
        if (try_with(r, &net, with))
            return;
    }
}

/* --- all ----------------------------------------------------------------------------------------
 */

static void say_vain(struct remedies *r)
{
    if (r->n_lines > 0)
        text_add(&r->vain, "%swithout one `place` line or probe (%u of them)",
                 r->vain.n ? ", " : "", r->n_lines);
    if (r->vain.n > 0)
        diag_note(r->sink, r->error, span_nowhere(), "placed again in vain: %s", r->vain.at);
}

/* Trials are few on large boards: first what is most likely to help. */
static bool blames_lines(enum diag_code code)
{
    return code == DIAG_E0303 || code == DIAG_E0305 || code == DIAG_E0306 || code == DIAG_E0401
           || code == DIAG_E0403;
}

void remedies_add(struct arena *arena, const struct net *net, const struct device *device,
                  const struct map_options *options, struct diag_sink *sink, struct diag *error)
{
    struct remedies r = {.arena = arena,
                         .scratch = arena_scratch(arena),
                         .net = net,
                         .device = device,
                         .options = options,
                         .sink = sink,
                         .error = error,
                         .trials_left = NEURONS_PLACED / (net->n_neurons + 1)};
    r.trials_left = r.trials_left < 2             ? 2
                    : r.trials_left > MOST_TRIALS ? MOST_TRIALS
                                                  : r.trials_left;
    text_init(&r.fits, arena);
    text_init(&r.vain, arena);
    if (blames_lines(error->code))
        try_lines(&r);
    try_boards(&r);
    try_reserve(&r);
    try_sharing(&r);
    if (!blames_lines(error->code))
        try_lines(&r);
    if (r.fits.n + r.n_fits == 0
        && diag_info(error->code)->exit_code == diag_info(DIAG_E0404)->exit_code)
        say_vain(&r);
    if (r.fits.n > 0 && error->code == DIAG_E0404)
        error->fixes.n = 0; /* what might help gives way to what does */
    if (r.fits.n > 0)
        diag_help(sink, error, span_nowhere(), NULL, "%s", r.fits.at);
    arena_scratch_end(r.scratch);
}
