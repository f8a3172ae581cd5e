#include "compiler/measure.h"

#include "compiler/base/text.h"

#include <math.h>
#include <string.h>

static const int64_t default_bin_ps = 5000000000; /* 5 ms */
static const int64_t most_bins = 1 << 20;         /* of synchrony */

/* The trains of the units asked for, cut to the window. */
struct sample {
    struct eval *eval;
    struct arena *arena; /* of the trial */
    const struct raster *raster;
    const char *subject; /* the views, for sentences */
    struct train *at;    /* not owned: parts of the raster */
    uint32_t n;
    int64_t from_ps, to_ps;
    uint32_t which; /* isi */
    int64_t bin_ps; /* synchrony */
};

enum which { WHICH_MEAN, WHICH_FIRST, WHICH_LAST, N_WHICH };
static const char *const which_name[N_WHICH] = {"mean", "first", "last"};

struct measure_info {
    const char *name, *subject; /* quoted: asks in messages */
    const char *second;         /* name of the second argument, NULL: none */
    enum value_kind kind;
    struct dimension dim;
    bool (*compute)(const struct sample *sample, double *out);
};

static bool fail(const struct sample *sample, const char *what)
{
    sample->eval->failure = arena_printf(sample->arena, "%s%s", what, sample->subject);
    return false;
}

/* --- formulas --- */

/* Sums run in the order of the views, so that results have the same bits everywhere. */

static bool measure_count(const struct sample *sample, double *out)
{
    uint64_t n = 0;
    for (uint32_t i = 0; i < sample->n; i++)
        n += sample->at[i].n;
    *out = (double)n;
    return true;
}

static bool measure_rate(const struct sample *sample, double *out)
{
    if (sample->n == 0)
        return fail(sample, "no living unit in ");
    measure_count(sample, out);
    *out /= (double)sample->n * ps_in_seconds(sample->to_ps - sample->from_ps);
    return true;
}

static bool measure_active(const struct sample *sample, double *out)
{
    uint32_t n = 0;
    if (sample->n == 0)
        return fail(sample, "no living unit in ");
    for (uint32_t i = 0; i < sample->n; i++)
        n += sample->at[i].n > 0;
    *out = (double)n / sample->n;
    return true;
}

static bool measure_first_spike(const struct sample *sample, double *out)
{
    const uint32_t none = UINT32_MAX;
    uint32_t first = none;
    for (uint32_t i = 0; i < sample->n; i++)
        if (sample->at[i].n > 0 && sample->at[i].at[0] < first)
            first = sample->at[i].at[0];
    if (first == none)
        return fail(sample, "no spike of ");
    *out = ps_in_seconds(((int64_t)first + 1) * sample->raster->dt_ps);
    return true;
}

static double interval(const struct sample *sample, const struct train *train, uint32_t i)
{
    return ps_in_seconds((int64_t)(train->at[i + 1] - train->at[i]) * sample->raster->dt_ps);
}

static bool measure_isi(const struct sample *sample, double *out)
{
    double sum = 0;
    uint32_t n = 0;
    for (uint32_t i = 0; i < sample->n; i++) {
        const struct train *train = &sample->at[i];
        if (train->n < 2)
            continue;
        int64_t steps = (int64_t)train->at[train->n - 1] - train->at[0];
        sum += sample->which == WHICH_FIRST ? interval(sample, train, 0)
               : sample->which == WHICH_LAST
                   ? interval(sample, train, train->n - 2)
                   : ps_in_seconds(steps * sample->raster->dt_ps) / (train->n - 1);
        n++;
    }
    if (n == 0)
        return fail(sample, "no two spikes of one unit in ");
    *out = sum / n;
    return true;
}

/* Standard deviation of the intervals over their mean. */
static double variation(const struct sample *sample, const struct train *train)
{
    uint32_t n = train->n - 1;
    double mean = 0, variance = 0;
    for (uint32_t i = 0; i < n; i++)
        mean += interval(sample, train, i);
    mean /= n;
    for (uint32_t i = 0; i < n; i++) {
        double d = interval(sample, train, i) - mean;
        variance += d * d;
    }
    return mean > 0 ? sqrt(variance / n) / mean : 0;
}

static bool measure_cv(const struct sample *sample, double *out)
{
    double sum = 0;
    uint32_t n = 0;
    for (uint32_t i = 0; i < sample->n; i++) {
        if (sample->at[i].n < 3)
            continue;
        sum += variation(sample, &sample->at[i]);
        n++;
    }
    if (n == 0)
        return fail(sample, "no three spikes of one unit in ");
    *out = sum / n;
    return true;
}

/* The bin of a step's spikes: bins are (from, from + bin], (from + bin, from + 2 bin], ... */
static int64_t bin_of(const struct sample *sample, uint32_t step)
{
    int64_t time = ((int64_t)step + 1) * sample->raster->dt_ps;
    return (time - sample->from_ps - 1) / sample->bin_ps;
}

/* Variance over `bins` of the spikes per bin of one train; its counts are added to `total`. */
static double bin_variance(const struct sample *sample, const struct train *train, int64_t bins,
                           uint32_t *total)
{
    double sum = 0, squares = 0;
    for (uint32_t i = 0; i < train->n;) {
        int64_t bin = bin_of(sample, train->at[i]);
        uint32_t count = 0;
        if (bin >= bins)
            break;
        for (; i < train->n && bin_of(sample, train->at[i]) == bin; i++)
            count++;
        total[bin] += count;
        sum += count;
        squares += (double)count * count;
    }
    double mean = sum / (double)bins;
    return squares / (double)bins - mean * mean;
}

static bool measure_synchrony(const struct sample *sample, double *out)
{
    int64_t bins = (sample->to_ps - sample->from_ps) / sample->bin_ps;
    if (sample->n < 2)
        return fail(sample, "fewer than two living units in ");
    if (bins < 2 || bins > most_bins)
        return fail(sample, bins < 2 ? "the window is shorter than two bins for "
                                     : "the window has more than 1048576 bins for ");
    uint32_t *total = ARENA_ARRAY(sample->arena, uint32_t, (size_t)bins);
    double each = 0, sum = 0, squares = 0;
    for (uint32_t i = 0; i < sample->n; i++)
        each += bin_variance(sample, &sample->at[i], bins, total);
    for (int64_t bin = 0; bin < bins; bin++) {
        double mean = (double)total[bin] / sample->n;
        sum += mean;
        squares += mean * mean;
    }
    double mean = sum / (double)bins, whole = squares / (double)bins - mean * mean;
    each /= sample->n;
    if (!(each > 0))
        return fail(sample, "nothing varies in ");
    *out = whole > 0 ? sqrt(whole / each) : 0;
    return true;
}

/* --- the table --- */

static const struct measure_info infos[] = {
    {"rate", "`rate`", NULL, VALUE_REAL, DIM_FREQUENCY_INIT, measure_rate},
    {"count", "`count`", NULL, VALUE_INT, {0, 0, 0}, measure_count},
    {"isi", "`isi`", "which", VALUE_REAL, DIM_TIME_INIT, measure_isi},
    {"cv", "`cv`", NULL, VALUE_REAL, {0, 0, 0}, measure_cv},
    {"active", "`active`", NULL, VALUE_REAL, {0, 0, 0}, measure_active},
    {"first_spike", "`first_spike`", NULL, VALUE_REAL, DIM_TIME_INIT, measure_first_spike},
    {"synchrony", "`synchrony`", "bin", VALUE_REAL, {0, 0, 0}, measure_synchrony},
};
enum { N_INFOS = sizeof infos / sizeof infos[0] };

static const char *const names[] = {"rate",   "count",       "isi",       "cv",
                                    "active", "first_spike", "synchrony", "order"};

static const struct measure_info *find(const char *name)
{
    for (uint32_t i = 0; i < N_INFOS; i++)
        if (!strcmp(infos[i].name, name))
            return &infos[i];
    return NULL;
}

bool measure_known(const char *name)
{
    return find(name) || !strcmp(name, "order");
}

/* --- taking a sample --- */

/* Number of spikes up to a time. */
static uint32_t spikes_until(const struct train *train, int64_t dt_ps, int64_t time_ps)
{
    uint32_t lo = 0, hi = train->n;
    while (lo < hi) {
        uint32_t mid = lo + (hi - lo) / 2;
        if (((int64_t)train->at[mid] + 1) * dt_ps <= time_ps)
            lo = mid + 1;
        else
            hi = mid;
    }
    return lo;
}

static struct train cut(const struct train *train, const struct sample *sample)
{
    uint32_t lo = spikes_until(train, sample->raster->dt_ps, sample->from_ps);
    uint32_t hi = spikes_until(train, sample->raster->dt_ps, sample->to_ps);
    return (struct train){.at = lo < hi ? train->at + lo : NULL, .n = hi - lo};
}

static void add_view(struct sample *sample, const struct view *view)
{
    const struct net *net = sample->eval->net;
    for (uint32_t i = 0; i < view->size; i++) {
        uint32_t unit = view_unit(view, i);
        const struct train *train;
        if (view->kind == UNIT_INPUT) {
            train = &sample->raster->inputs[net->inputs.at[view->object].first + unit];
        } else {
            uint32_t neuron = net->populations.at[view->object].first + unit;
            if (!sample->raster->alive[neuron])
                continue;
            train = &sample->raster->neurons[neuron];
        }
        sample->at[sample->n++] = cut(train, sample);
    }
}

static void take_sample(struct sample *sample, const struct measuring *measuring,
                        const struct view_vec *views)
{
    uint64_t size = 0;
    for (uint32_t i = 0; i < views->n; i++)
        size += views->at[i].size;
    sample->raster = measuring->raster;
    sample->from_ps = measuring->from_ps;
    sample->to_ps =
        measuring->to_ps < sample->raster->run_ps ? measuring->to_ps : sample->raster->run_ps;
    sample->at = ARENA_ARRAY(sample->arena, struct train, size);
    for (uint32_t i = 0; i < views->n; i++)
        add_view(sample, &views->at[i]);
}

/* --- calls --- */

static const char *views_text(struct arena *arena, const struct net *net,
                              const struct view_vec *views)
{
    struct text text;
    text_init(&text, arena);
    for (uint32_t i = 0; i < views->n; i++)
        text_add(&text, "%s%s", i ? ", " : "", view_text(arena, net, &views->at[i]));
    return text.n ? text.at : "";
}

static const char *label_of(const struct measuring *measuring, const struct measure_info *info,
                            const struct sample *sample)
{
    struct arena *arena = sample->arena;
    const char *extra = "", *window = "";
    if (sample->which != WHICH_MEAN)
        extra = arena_printf(arena, ", %s", which_name[sample->which]);
    if (measuring->windowed)
        window = arena_printf(arena, " during %s .. %s", time_text(arena, measuring->from_ps),
                              time_text(arena, measuring->to_ps));
    return arena_printf(arena, "%s(%s%s)%s", info->name, sample->subject, extra, window);
}

static bool second_argument(struct scope *scope, const struct arg *arg,
                            const struct measure_info *info, struct sample *sample)
{
    sample->which = WHICH_MEAN;
    sample->bin_ps = default_bin_ps;
    if (!arg)
        return true;
    if (!strcmp(info->second, "which"))
        return eval_enum(sample->eval, arg->value, "`which` of `isi`", which_name, N_WHICH,
                         &sample->which);
    if (!eval_time_ps(sample->eval, scope, arg->value, "`bin` of `synchrony`", &sample->bin_ps))
        return false;
    if (sample->bin_ps > 0)
        return true;
    eval_report(sample->eval, DIAG_E0205, arg->value->span,
                "`bin` of `synchrony` must be longer than 0 s");
    return false;
}

static struct value result_of(const struct measure_info *info, double x)
{
    return info->kind == VALUE_INT ? value_int((int64_t)x) : value_real(x, info->dim);
}

/* What the measure says of the views in the trial; false: eval->failure is set. */
static bool measure_views(struct measuring *measuring, const struct measure_info *info,
                          const struct view_vec *views, struct sample *sample, struct value *out)
{
    double x;
    sample->arena = measuring->arena;
    sample->subject = views_text(measuring->arena, sample->eval->net, views);
    take_sample(sample, measuring, views);
    if (!info->compute(sample, &x))
        return false;
    *out = result_of(info, x);
    VEC_PUSH(measuring->arena, &measuring->seen,
             (struct measured){label_of(measuring, info, sample), *out});
    return true;
}

/* Room for the views of most calls, so that repeated trials take nothing from the evaluator. */
enum { FEW_VIEWS = 16 };

static bool call_of_views(struct measuring *measuring, const struct measure_info *info,
                          struct eval *eval, struct scope *scope, const struct expr *call,
                          struct value *out)
{
    const struct arg_spec specs[] = {{"of", true}, {info->second, false}};
    const struct arg *matched[2] = {NULL, NULL};
    uint32_t n_specs = info->second ? 2 : 1;
    struct sample sample = {.eval = eval};
    struct view few[FEW_VIEWS];
    struct view_vec views = {.at = few, .cap = FEW_VIEWS};
    if (!eval_match_args(eval, info->name, call->span, &call->args, specs, n_specs, n_specs,
                         matched))
        return false;
    if (!eval_views(eval, scope, matched[0]->value, info->subject, &views)
        || !second_argument(scope, matched[1], info, &sample))
        return false;
    if (measuring->raster)
        return measure_views(measuring, info, &views, &sample, out);
    *out = value_unknown(info->kind, info->dim);
    return true;
}

/* order(t1, t2, ...): on if each time is later than the one before. */
static bool call_order(struct measuring *measuring, struct eval *eval, struct scope *scope,
                       const struct expr *call, struct value *out)
{
    bool ok = true, ascending = true;
    double last = -INFINITY;
    if (call->args.n < 2) {
        eval_report(eval, DIAG_E0205, call->span, "`order` takes two or more times, got %u",
                    call->args.n);
        return false;
    }
    for (uint32_t i = 0; i < call->args.n; i++) {
        const struct arg *arg = &call->args.at[i];
        struct value time;
        if (arg->name) {
            eval_report(eval, DIAG_E0205, arg->name_span, "`order` has no parameter `%s`",
                        arg->name);
            ok = false;
        } else if (!eval_const(eval, scope, arg->value, &time)) {
            ok = false;
        } else if (!value_has_dim(&time, DIM_TIME)) {
            ok = eval_wrong_type(eval, arg->value->span, "`order`", "times", &time);
        } else if (!time.unknown) {
            ascending = ascending && value_as_real(&time) > last;
            last = value_as_real(&time);
        }
    }
    *out = measuring->raster ? value_bool(ascending) : value_unknown(VALUE_BOOL, DIM_NONE);
    return ok;
}

static bool call_measure(void *context, struct eval *eval, struct scope *scope,
                         const struct expr *call, struct value *out)
{
    const struct measure_info *info = find(call->a->text);
    return info ? call_of_views(context, info, eval, scope, call, out)
                : call_order(context, eval, scope, call, out);
}

struct measures measures_over(struct measuring *measuring)
{
    return (struct measures){.is_measure = measure_known,
                             .call = call_measure,
                             .context = measuring,
                             .names = names,
                             .n_names = sizeof names / sizeof names[0]};
}

/* --- text --- */

const char *measured_text(struct arena *arena, const struct value *value)
{
    if (value->kind == VALUE_BOOL)
        return value->boolean ? "on" : "off";
    if (value->kind == VALUE_INT)
        return arena_printf(arena, "%lld", (long long)value->integer);
    if (value->kind != VALUE_REAL)
        return "no number";
    if (dimension_equal(value->dim, DIM_TIME))
        return duration_text(arena, value->real, 4);
    if (dimension_equal(value->dim, DIM_FREQUENCY))
        return arena_printf(arena, "%.4g Hz", value->real);
    if (dimension_equal(value->dim, DIM_NONE))
        return arena_printf(arena, "%.4g", value->real);
    return arena_printf(arena, "%.4g %s", value->real, dimension_unit(arena, value->dim));
}
