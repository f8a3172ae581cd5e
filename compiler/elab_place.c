/* `place` and `probe`. */
#include "compiler/elab_parts.h"

#include <string.h>

/* --- place --- */

enum { N_CONSTRAINTS = 7 };
static const char *const constraint_names[N_CONSTRAINTS] = {"chip",  "core",   "at",  "together",
                                                            "apart", "spread", "near"};

struct constraint { /* one being read */
    struct eval *eval;
    struct scope *scope;
    const struct expr *call;
    const struct arg *arg[3];
    struct place *place;
};

static bool match(struct constraint *c, const struct arg_spec *specs, uint32_t n)
{
    return eval_match_args(c->eval, c->call->a->text, c->call->span, &c->call->args, specs, n, n,
                           c->arg);
}

static bool number(struct constraint *c, uint32_t arg, const char *what, uint32_t count,
                   uint32_t *out)
{
    int64_t x;
    if (!eval_int_in(c->eval, c->scope, c->arg[arg]->value, what, 0, (int64_t)count - 1, &x))
        return false;
    *out = (uint32_t)x;
    return true;
}

/* "a row of 1 chip, number 0": --chips and --grid may give another board than the file. */
static const char *board_text(struct constraint *c)
{
    const struct net *net = c->eval->net;
    struct arena *arena = c->eval->arena;
    const char *numbers =
        net->chips == 1 ? "number 0" : arena_printf(arena, "numbers 0 to %u", net->chips - 1);
    if (net->grid_stated)
        return arena_printf(arena, "a grid of %ux%u chips, %s", net->grid_w, net->grid_h, numbers);
    return arena_printf(arena, "a row of %u chip%s, %s", net->chips, net->chips == 1 ? "" : "s",
                        numbers);
}

static bool chip_number(struct constraint *c, uint32_t *out)
{
    int64_t chip;
    if (!eval_int(c->eval, c->scope, c->arg[0]->value, "the chip", &chip))
        return false;
    if (chip < 0 || chip >= c->eval->net->chips) {
        eval_report(c->eval, DIAG_E0205, c->arg[0]->value->span,
                    "there is no chip %lld: the board is %s", (long long)chip, board_text(c));
        return false;
    }
    *out = (uint32_t)chip;
    return true;
}

static bool read_chip(struct constraint *c)
{
    static const struct arg_spec specs[] = {{"chip", true}};
    c->place->kind = PLACE_CHIP;
    return match(c, specs, 1) && chip_number(c, &c->place->chip);
}

static bool read_core(struct constraint *c)
{
    static const struct arg_spec specs[] = {{"chip", true}, {"core", true}};
    c->place->kind = PLACE_CORE;
    if (!match(c, specs, 2))
        return false;
    bool ok = chip_number(c, &c->place->chip);
    return number(c, 1, "the core", c->eval->device->cores_per_chip, &c->place->core) && ok;
}

static bool read_at(struct constraint *c)
{
    static const struct arg_spec specs[] = {{"chip", true}, {"core", true}, {"first", true}};
    const struct device *device = c->eval->device;
    c->place->kind = PLACE_AT;
    if (!match(c, specs, 3))
        return false;
    bool ok = chip_number(c, &c->place->chip);
    ok = number(c, 1, "the core", device->cores_per_chip, &c->place->core) && ok;
    return number(c, 2, "the first neuron", device->neurons_per_core, &c->place->first) && ok;
}

static bool read_scope(struct constraint *c, enum place_kind core, enum place_kind chip)
{
    static const struct arg_spec specs[] = {{"where", true}};
    static const char *const words[] = {"core", "chip"};
    uint32_t which;
    const char *subject = arena_printf(c->eval->arena, "`%s`", c->call->a->text);
    if (!match(c, specs, 1) || !eval_enum(c->eval, c->arg[0]->value, subject, words, 2, &which))
        return false;
    c->place->kind = which ? chip : core;
    return true;
}

static bool read_spread(struct constraint *c)
{
    static const struct arg_spec specs[] = {{"cores", true}};
    int64_t cores, most = device_cores(c->eval->device, c->eval->net->chips);
    c->place->kind = PLACE_SPREAD;
    if (!match(c, specs, 1)
        || !eval_int_in(c->eval, c->scope, c->arg[0]->value, "`cores` of `spread`", 1, most,
                        &cores))
        return false;
    c->place->cores = (uint32_t)cores;
    return true;
}

static bool read_near(struct constraint *c)
{
    static const struct arg_spec specs[] = {{"view", true}, {"weight", false}};
    struct place *place = c->place;
    place->kind = PLACE_NEAR;
    place->weight = 1;
    if (!match(c, specs, 2)
        || !eval_view(c->eval, c->scope, c->arg[0]->value, "`near`", &place->near))
        return false;
    return !c->arg[1]
           || eval_real_in(c->eval, c->scope, c->arg[1]->value, "`weight` of `near`", 0, 1e9,
                           &place->weight);
}

static bool read_constraint(struct constraint *c)
{
    const char *name =
        c->call->kind == EXPR_CALL && c->call->a->kind == EXPR_NAME ? c->call->a->text : NULL;
    uint32_t which = 0;
    while (name && which < N_CONSTRAINTS && strcmp(constraint_names[which], name) != 0)
        which++;
    switch (name ? which : N_CONSTRAINTS) {
    case 0:
        return read_chip(c);
    case 1:
        return read_core(c);
    case 2:
        return read_at(c);
    case 3:
        return read_scope(c, PLACE_TOGETHER_CORE, PLACE_TOGETHER_CHIP);
    case 4:
        return read_scope(c, PLACE_APART_CORE, PLACE_APART_CHIP);
    case 5:
        return read_spread(c);
    case 6:
        return read_near(c);
    default:
        break;
    }
    struct diag *diag = eval_report(c->eval, DIAG_E0201, c->call->span,
                                    "`%s` is not a placement; there are chip(k), core(k, c), "
                                    "at(chip, core, first), together(core | chip), apart(core | "
                                    "chip), spread(cores = n), near(view)",
                                    eval_source_text(c->eval, c->call->span));
    const char *near = name ? diag_nearest(name, constraint_names, N_CONSTRAINTS) : NULL;
    if (near)
        diag_help(c->eval->sink, diag, c->call->a->span, near, "did you mean `%s`?", near);
    return false;
}

/* Inputs come from outside: only `near` may name one, as what to be near to. */
static bool read_placed(struct eval *eval, struct scope *scope, const struct item *item,
                        struct view_vec *views)
{
    bool ok = true;
    for (uint32_t i = 0; i < item->views.n; i++) {
        uint32_t first = views->n;
        ok = eval_named_views(eval, scope, item->views.at[i], "`place`", item->values.n, views)
             && ok;
        for (uint32_t v = first; v < views->n; v++) {
            if (views->at[v].kind == UNIT_NEURON)
                continue;
            eval_report(eval, DIAG_E0203, item->views.at[i]->span,
                        "`place` takes populations; `%s` is an input, which stands on no core",
                        view_object_name(eval->net, &views->at[v]));
            ok = false;
        }
    }
    return ok;
}

static void warn_alone(struct eval *eval, const struct place *place)
{
    struct diag *diag = eval_report(eval, DIAG_W0719, place->span,
                                    "`apart` has one view, %s, and nothing to keep it from",
                                    view_text(eval->arena, eval->net, &place->views.at[0]));
    diag_help(eval->sink, diag, span_nowhere(), NULL,
              "name the others before the `:` too; `spread(cores = n)` distributes one view");
}

void elab_place_item(struct elab *elab, struct scope *scope, const struct item *item)
{
    struct eval *eval = elab->eval;
    struct view_vec views = {0};
    bool ok = read_placed(eval, scope, item, &views);
    for (uint32_t i = 0; i < item->values.n; i++) {
        struct place place = {
            .views = views, .span = item->values.at[i]->span, .statement = item->span};
        struct constraint constraint = {
            .eval = eval, .scope = scope, .call = item->values.at[i], .place = &place};
        if (!read_constraint(&constraint) || !ok)
            continue;
        if (views.n == 1 && (place.kind == PLACE_APART_CORE || place.kind == PLACE_APART_CHIP))
            warn_alone(eval, &place);
        VEC_PUSH(eval->arena, &eval->net->places, place);
    }
}

/* --- probe --- */

static bool probe_word(struct eval *eval, const struct expr *expr, enum probe_kind *kind)
{
    uint32_t which;
    if (expr_is_word(expr, probe_name, N_PROBE_KINDS, &which)) {
        *kind = (enum probe_kind)which;
        return true;
    }
    const char *near =
        expr->kind == EXPR_NAME ? diag_nearest(expr->text, probe_name, N_PROBE_KINDS) : NULL;
    struct diag *diag = eval_report(eval, DIAG_E0201, expr->span, "`%s` cannot be probed",
                                    eval_source_text(eval, expr->span));
    diag_note(eval->sink, diag, span_nowhere(),
              "probes are spikes, membrane, ampa_current, gaba_current, nmda_current, "
              "shunt_current, adaptation and calcium");
    if (near)
        diag_help(eval->sink, diag, expr->span, near, "did you mean `%s`?", near);
    return false;
}

static void add_probe(struct eval *eval, const struct item *item, const struct expr *expr,
                      const struct view *view, enum probe_kind kind)
{
    if (view->kind == UNIT_INPUT && kind != PROBE_SPIKES) {
        eval_report(eval, DIAG_E0203, expr->span, "`%s` is an input: only its spikes are probed",
                    view_object_name(eval->net, view));
        return;
    }
    VEC_PUSH(eval->arena, &eval->net->probes, (struct probe){*view, kind, item->span});
}

void elab_probe_item(struct elab *elab, struct scope *scope, const struct item *item)
{
    struct eval *eval = elab->eval;
    struct view_vec views = {0};
    for (uint32_t i = 0; i < item->views.n; i++)
        eval_named_views(eval, scope, item->views.at[i], "`probe`", item->values.n, &views);
    for (uint32_t k = 0; k < item->values.n && !eval->private->stopped; k++) {
        enum probe_kind kind;
        if (!probe_word(eval, item->values.at[k], &kind))
            continue;
        for (uint32_t v = 0; v < views.n; v++)
            add_probe(eval, item, item->values.at[k], &views.at[v], kind);
    }
}
