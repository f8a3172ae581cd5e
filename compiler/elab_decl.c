/* Declarations: params, lets, fns, populations, inputs and the latches of their neurons. */
#include "compiler/elab_parts.h"

#include <string.h>

static struct symbol symbol_of(enum symbol_kind kind, const struct item *item)
{
    return (struct symbol){.name = item->name,
                           .kind = kind,
                           .span = item->name_span,
                           .value = value_poison(),
                           .item = item};
}

/* --- param and -D --- */

static bool find_define(struct elab *elab, const char *name, uint32_t *which)
{
    for (uint32_t i = 0; i < elab->options->n_defines; i++) {
        if (strcmp(elab->options->defines[i].name, name) != 0)
            continue;
        *which = i;
        return true;
    }
    return false;
}

/* The value given on the command line in place of the default. */
static void override_param(struct elab *elab, struct scope *scope, const struct item *item,
                           const char *type, uint32_t which, struct value *value)
{
    struct eval *eval = elab->eval;
    const struct define_text *define = &elab->options->defines[which];
    uint32_t errors = eval->sink->n_errors;
    struct value given = value_poison();
    struct expr *expr = parse_expr(eval->arena, eval->sources, define->file, eval->sink);
    elab->define_used[which] = true;
    bool ok = expr && eval_const(eval, scope, expr, &given);
    struct value fitted = given;
    if (ok && (!type || type_accepts(type, &fitted))) {
        *value = fitted;
        return;
    }
    *value = value_poison();
    if (ok) {
        struct diag *diag = eval_report(
            eval, DIAG_E0224, expr->span, "-D %s=%s: param `%s` takes %s, got %s", define->name,
            define->value, item->name, type_expected(type), value_kind_text(eval->arena, &given));
        diag_note(eval->sink, diag, item->name_span, "declared here");
    } else if (eval->sink->n_errors != errors) {
        eval_report(eval, DIAG_E0224, span_nowhere(), "-D %s=%s is not a constant expression",
                    define->name, define->value);
    }
}

void elab_param_item(struct elab *elab, struct scope *scope, const struct item *item)
{
    struct eval *eval = elab->eval;
    struct symbol symbol = symbol_of(SYMBOL_VALUE, item);
    const char *type = item->type;
    uint32_t which;
    bool ok = eval_const(eval, scope, item->value, &symbol.value);
    const char *subject = arena_printf(eval->arena, "param `%s`", item->name);
    if (ok && type
        && !conform(eval, type, item->type_span, item->value->span, subject, &symbol.value))
        symbol.value = value_poison();
    if (!type && symbol.value.kind != VALUE_POISON)
        type = type_of_value(&symbol.value);
    if (find_define(elab, item->name, &which) && (!type || type_expected(type)))
        override_param(elab, scope, item, type, which, &symbol.value);
    symbol.value.zero = false;
    VEC_PUSH(eval->arena, &elab->params, (struct formal){.name = item->name});
    scope_declare(eval, scope, &symbol);
}

void elab_check_defines(struct elab *elab)
{
    struct eval *eval = elab->eval;
    const char **names = ARENA_ARRAY(eval->arena, const char *, elab->params.n);
    for (uint32_t i = 0; i < elab->params.n; i++)
        names[i] = elab->params.at[i].name;
    for (uint32_t i = 0; i < elab->options->n_defines && !eval->private->stopped; i++) {
        const struct define_text *define = &elab->options->defines[i];
        if (elab->define_used[i])
            continue;
        struct diag *diag = eval_report(eval, DIAG_E0224, span_nowhere(),
                                        "-D %s=%s: the main file has no param `%s`", define->name,
                                        define->value, define->name);
        const char *near = diag_nearest(define->name, names, elab->params.n);
        if (near)
            diag_help(eval->sink, diag, span_nowhere(), NULL, "did you mean -D %s=%s?", near,
                      define->value);
    }
}

/* --- let, fn --- */

void elab_let_item(struct elab *elab, struct scope *scope, const struct item *item)
{
    struct eval *eval = elab->eval;
    struct symbol symbol = symbol_of(SYMBOL_VALUE, item);
    if (eval_is_synaptic(eval, scope, item->value)) {
        symbol.kind = SYMBOL_ALIAS;
        symbol.expr = item->value;
        symbol.scope = scope;
    } else {
        evaluate(eval, scope, item->value, &symbol.value);
        symbol.value.zero = false;
    }
    scope_declare(eval, scope, &symbol);
}

void elab_fn_item(struct elab *elab, struct scope *scope, const struct item *item)
{
    struct symbol symbol = symbol_of(SYMBOL_FN, item);
    symbol.scope = scope;
    if (expr_calls(item->value, item->name))
        symbol.item = NULL; /* E0223 has been given */
    else
        symbol.value = value_bool(eval_is_synaptic(elab->eval, scope, item->value));
    scope_declare(elab->eval, scope, &symbol);
}

/* --- populations and inputs --- */

/* Shape and number of units, saturating; false if a dimension failed. */
static bool read_dims(struct eval *eval, struct scope *scope, const struct item *item,
                      struct dims *dims, unsigned __int128 *size)
{
    bool ok = true;
    *size = 1;
    dims->n = item->dims.n;
    if (item->dims.n > NET_MAX_DIMS) {
        dims->n = 0;
        eval_report(eval, DIAG_E0203,
                    span_join(item->dims.at[0]->span, item->dims.at[item->dims.n - 1]->span),
                    "`%s` has %u dimensions, at most %d are possible", item->name, item->dims.n,
                    NET_MAX_DIMS);
        return false;
    }
    for (uint32_t d = 0; d < dims->n; d++) {
        int64_t n;
        if (!eval_int_in(eval, scope, item->dims.at[d],
                         arena_printf(eval->arena, "a dimension of `%s`", item->name), 1, INT64_MAX,
                         &n)) {
            ok = false;
            continue;
        }
        *size = *size > UINT64_MAX ? *size : *size * (uint64_t)n;
        dims->size[d] = n > UINT32_MAX ? UINT32_MAX : (uint32_t)n;
    }
    return ok;
}

static uint64_t board_neurons(const struct eval *eval)
{
    return (uint64_t)device_chip_neurons(eval->device) * eval->net->chips;
}

/* Counts the neurons towards the board; false once they are more than it has. */
static bool count_neurons(struct elab *elab, const struct item *item, unsigned __int128 size)
{
    struct eval *eval = elab->eval;
    elab->n_declared += size;
    if (elab->n_declared <= eval->limits.neurons)
        return true;
    if (elab->n_declared <= board_neurons(eval))
        return eval_limit(eval, item->name_span, "neurons in all", eval->limits.neurons, "neurons");
    if (!elab->too_many)
        elab->over = item->name_span;
    elab->too_many = true;
    return false;
}

/* A row of chips as long as packets reach, then a grid. */
static void propose_board(struct eval *eval, struct diag *diag, uint64_t neurons)
{
    const struct device *device = eval->device;
    uint64_t chip = device_chip_neurons(device), axis = device->max_chips_per_axis;
    uint64_t chips = neurons / chip + (neurons % chip != 0), rows = (chips + axis - 1) / axis;
    if (chips <= axis)
        diag_help(eval->sink, diag, span_nowhere(), NULL, "%llu chips would hold them",
                  (unsigned long long)chips);
    else if (rows <= axis)
        diag_help(eval->sink, diag, span_nowhere(), NULL,
                  "%llu chips would hold them, as `grid = [%llu, %llu]` for example",
                  (unsigned long long)chips, (unsigned long long)((chips + rows - 1) / rows),
                  (unsigned long long)rows);
}

void elab_check_capacity(struct elab *elab)
{
    struct eval *eval = elab->eval;
    uint64_t n = elab->n_declared > UINT64_MAX ? UINT64_MAX : (uint64_t)elab->n_declared;
    const struct device *device = eval->device;
    if (!elab->too_many)
        return;
    struct diag *diag =
        eval_report(eval, DIAG_E0308, elab->over, "declared %s%llu neurons, the board has %llu",
                    elab->n_declared > UINT64_MAX ? "more than " : "", (unsigned long long)n,
                    (unsigned long long)board_neurons(eval));
    diag_note(eval->sink, diag, span_nowhere(), "%u chip%s of %u cores of %u neurons",
              eval->net->chips, eval->net->chips == 1 ? "" : "s", device->cores_per_chip,
              device->neurons_per_core);
    propose_board(eval, diag, n);
}

static void read_latches(struct elab *elab, struct scope *scope, const struct item *item,
                         const struct view *view)
{
    uint16_t mask, value;
    if (!eval_latches(elab->eval, scope, &item->attrs, &mask, &value) || mask == 0)
        return;
    VEC_PUSH(elab->eval->arena, &elab->latch_sets,
             (struct latch_set){*view, mask, value, true, item->name_span});
}

/* Takes `rate` out of the attributes; what is left are latches. */
static bool read_rate(struct eval *eval, struct scope *scope, struct item *item,
                      struct population *population)
{
    const struct attr_vec all = item->attrs;
    const struct attr *rate = NULL;
    bool ok = true;
    item->attrs = (struct attr_vec){NULL, 0, 0};
    for (uint32_t i = 0; i < all.n; i++) {
        const struct attr *attr = &all.at[i];
        if (strcmp(attr->path, "rate") != 0) {
            VEC_PUSH(eval->arena, &item->attrs, *attr);
        } else if (rate) {
            struct diag *diag = eval_report(eval, DIAG_E0207, attr->path_span, "rate is set twice");
            diag_note(eval->sink, diag, rate->path_span, "first set here");
            ok = false;
        } else {
            rate = attr;
        }
    }
    if (!rate)
        return ok;
    population->has_rate = true;
    if (!eval_frequency(eval, scope, rate->value, "`rate`", &population->rate_hz))
        return false;
    if (population->rate_hz >= 0)
        return ok;
    eval_value_error(eval, DIAG_E0205, rate->value->span,
                     "`rate` is %.9g Hz; it cannot be negative", population->rate_hz);
    return false;
}

static const char *full_name(struct eval *eval, struct scope *scope, const struct item *item)
{
    return arena_printf(eval->arena, "%s%s", scope_prefix(scope), item->name);
}

void elab_population_item(struct elab *elab, struct scope *scope, const struct item *item)
{
    struct eval *eval = elab->eval;
    struct net *net = eval->net;
    struct symbol symbol = symbol_of(SYMBOL_POPULATION, item);
    struct population population = {.span = item->name_span};
    struct item latches = *item;
    unsigned __int128 size;
    bool ok = read_dims(eval, scope, item, &population.dims, &size);
    const char *subject = arena_printf(eval->arena, "population `%s`", item->name);
    ok = read_rate(eval, scope, &latches, &population) && ok;
    ok = eval_bias_set(eval, scope, item->view, subject, &population.bias_set) && ok;
    ok = ok && count_neurons(elab, item, size);
    struct view view = view_whole(UNIT_NEURON, net->populations.n, &population.dims);
    read_latches(elab, scope, &latches, &view);
    if (ok) {
        symbol.value = value_view(&view);
        population.name = full_name(eval, scope, item);
        population.size = view.size;
        population.first = net->n_neurons;
        net->n_neurons += view.size;
        VEC_PUSH(eval->arena, &net->populations, population);
    }
    scope_declare(eval, scope, &symbol);
}

/* No core can tell more inputs apart than it has tags. */
static bool count_inputs(struct elab *elab, const struct item *item, unsigned __int128 size)
{
    struct eval *eval = elab->eval;
    uint64_t most = eval->limits.input_units;
    if (size <= most - elab->n_input_units) {
        elab->n_input_units += (uint64_t)size;
        return true;
    }
    struct diag *diag = eval_report(eval, DIAG_E0225, item->name_span,
                                    "input `%s`: the inputs have more than %llu units in all",
                                    item->name, (unsigned long long)most);
    diag_note(eval->sink, diag, span_nowhere(),
              "the limit is `--limit input-units=%llu`; %u cores tell %u tags apart each",
              (unsigned long long)most, device_cores(eval->device, eval->net->chips),
              eval->device->tags);
    return false;
}

void elab_input_item(struct elab *elab, struct scope *scope, const struct item *item)
{
    struct eval *eval = elab->eval;
    struct net *net = eval->net;
    struct symbol symbol = symbol_of(SYMBOL_INPUT, item);
    struct input input = {.span = item->name_span};
    unsigned __int128 size;
    bool ok = read_dims(eval, scope, item, &input.dims, &size);
    input.name = full_name(eval, scope, item);
    ok = ok && (!item->value || elab_sensor(elab, scope, item, &input));
    if (ok && count_inputs(elab, item, size)) {
        struct view view = view_whole(UNIT_INPUT, net->inputs.n, &input.dims);
        symbol.value = value_view(&view);
        input.size = view.size;
        input.first = net->n_inputs;
        net->n_inputs += view.size;
        VEC_PUSH(eval->arena, &net->inputs, input);
    }
    scope_declare(eval, scope, &symbol);
}

/* --- latches --- */

void elab_set_item(struct elab *elab, struct scope *scope, const struct item *item)
{
    struct eval *eval = elab->eval;
    struct view_vec views = {0};
    uint16_t mask, value;
    bool ok = true;
    if (elab_names_chips(scope, item->views.at[0])) {
        elab_chip_item(elab, scope, item);
        return;
    }
    for (uint32_t i = 0; i < item->views.n; i++) {
        const struct expr *expr = item->views.at[i];
        uint32_t first = views.n;
        ok = eval_named_views(eval, scope, expr, "`set`", 1, &views) && ok;
        for (uint32_t v = first; v < views.n; v++) {
            if (views.at[v].kind == UNIT_NEURON)
                continue;
            eval_report(eval, DIAG_E0203, expr->span,
                        "`set` takes populations; `%s` is an input, which has no latches",
                        view_object_name(eval->net, &views.at[v]));
            ok = false;
        }
    }
    if (!eval_latches(eval, scope, &item->attrs, &mask, &value) || !ok)
        return;
    for (uint32_t v = 0; v < views.n; v++)
        VEC_PUSH(eval->arena, &elab->latch_sets,
                 (struct latch_set){views.at[v], mask, value, false, item->span});
}

/* The `set` that decided each latch of each neuron, + 1. */
struct latch_owner {
    uint32_t by[N_LATCHES];
};

static void two_sets(struct elab *elab, const struct latch_set *first,
                     const struct latch_set *second, uint32_t unit, unsigned latch)
{
    struct eval *eval = elab->eval;
    struct diag *diag = eval_report(
        eval, DIAG_E0207, second->span, "latch %s of %s[%u] is set %s here and %s before",
        eval->device->latch[latch].name, view_object_name(eval->net, &second->view), unit,
        second->value & 1u << latch ? "on" : "off", first->value & 1u << latch ? "on" : "off");
    diag_note(eval->sink, diag, first->span, "the other `set`");
}

static void apply_set(struct elab *elab, uint32_t index, struct latch_owner *owners)
{
    struct net *net = elab->eval->net;
    const struct latch_set *set = &elab->latch_sets.at[index];
    uint32_t first = net->populations.at[set->view.object].first;
    for (uint32_t i = 0; i < set->view.size; i++) {
        uint32_t unit = view_unit(&set->view, i);
        uint16_t *latches = &net->latches[first + unit];
        for (unsigned l = 0; l < N_LATCHES && !set->declaration; l++) {
            uint32_t *owner = &owners[first + unit].by[l];
            if (!(set->mask & 1u << l))
                continue;
            if (*owner && (*latches ^ set->value) & 1u << l)
                two_sets(elab, &elab->latch_sets.at[*owner - 1], set, unit, l);
            *owner = index + 1;
        }
        *latches = (uint16_t)((*latches & ~set->mask) | set->value);
    }
}

void elab_apply_latches(struct elab *elab)
{
    struct eval *eval = elab->eval;
    struct net *net = eval->net;
    net->latches = ARENA_ARRAY(eval->arena, uint16_t, net->n_neurons);
    struct latch_owner *owners = NULL;
    for (uint32_t i = 0; i < elab->latch_sets.n; i++) {
        if (!owners && !elab->latch_sets.at[i].declaration)
            owners = ARENA_ARRAY(eval->arena, struct latch_owner, net->n_neurons);
        apply_set(elab, i, owners);
    }
}
