/* `target dynapse2(...)`: the board, its seed and its reserve. */
#include "compiler/elab_parts.h"
#include "compiler/profile.h"

#include <string.h>

/* The share of failures from which the labs that measure profiles count a CAM word as bad. */
#define DEFAULT_PROFILE_THRESHOLD 0.1

enum target_arg {
    ARG_CHIPS,
    ARG_GRID,
    ARG_SEED,
    ARG_RESERVE,
    ARG_PROFILE,
    ARG_THRESHOLD,
    N_TARGET_ARGS
};

static void set_row(struct net *net, uint32_t chips)
{
    net->chips = net->grid_w = chips;
    net->grid_h = 1;
    net->grid_stated = false;
}

static void set_grid(struct net *net, uint32_t w, uint32_t h)
{
    net->grid_w = w;
    net->grid_h = h;
    net->chips = w * h;
    net->grid_stated = true;
}

/* Whether --chips and --grid name a board that packets can cross. */
static bool check_board_options(struct elab *elab)
{
    const struct elaborate_options *options = elab->options;
    struct eval *eval = elab->eval;
    uint32_t most = eval->device->max_chips_per_axis;
    if (options->grid_w > most || options->grid_h > most)
        eval_report(eval, DIAG_E0205, span_nowhere(), "`--grid` is %ux%u, each side is 1 to %u",
                    options->grid_w, options->grid_h, most);
    else if (options->chips > most)
        eval_report(eval, DIAG_E0205, span_nowhere(), "`--chips` is %u, allowed are 1 to %u",
                    options->chips, most);
    else
        return true;
    return false;
}

static void apply_options(struct elab *elab)
{
    const struct elaborate_options *options = elab->options;
    struct net *net = elab->eval->net;
    if (elab->board_options && options->grid_w && options->grid_h)
        set_grid(net, options->grid_w, options->grid_h);
    else if (elab->board_options && options->chips)
        set_row(net, options->chips);
    if (options->seed_given)
        net->seed = options->seed;
    if (options->reserve_given)
        net->reserve = options->reserve;
}

void elab_default_target(struct elab *elab)
{
    set_row(elab->eval->net, 1);
    elab->eval->net->seed = 0;
    elab->eval->net->reserve = 0;
    elab->profile_threshold = DEFAULT_PROFILE_THRESHOLD;
    elab->board_options = check_board_options(elab);
    apply_options(elab);
}

static void read_grid(struct elab *elab, struct scope *scope, const struct expr *expr)
{
    struct eval *eval = elab->eval;
    struct value value;
    int64_t side[2], most = eval->device->max_chips_per_axis;
    if (!eval_const(eval, scope, expr, &value))
        return;
    bool pair = value.kind == VALUE_LIST && value.list->n == 2
                && value.list->at[0].kind == VALUE_INT && value.list->at[1].kind == VALUE_INT;
    if (!pair) {
        eval_wrong_type(eval, expr->span, "`grid`", "two ints, `[columns, rows]`", &value);
        return;
    }
    for (uint32_t i = 0; i < 2; i++) {
        side[i] = value.list->at[i].integer;
        if (side[i] >= 1 && side[i] <= most)
            continue;
        eval_report(eval, DIAG_E0205, expr->span, "`grid` is [%lld, %lld], each side is 1 to %lld",
                    (long long)value.list->at[0].integer, (long long)value.list->at[1].integer,
                    (long long)most);
        return;
    }
    set_grid(eval->net, (uint32_t)side[0], (uint32_t)side[1]);
}

static void read_board(struct elab *elab, struct scope *scope, const struct arg **arg)
{
    struct eval *eval = elab->eval;
    int64_t chips;
    if (arg[ARG_CHIPS] && arg[ARG_GRID]) {
        struct diag *diag = eval_report(eval, DIAG_E0205, arg[ARG_GRID]->name_span,
                                        "`chips` and `grid` both give the size of the board");
        diag_note(eval->sink, diag, arg[ARG_CHIPS]->value->span, "`chips` stands here");
        return;
    }
    if (arg[ARG_CHIPS]
        && eval_int_in(eval, scope, arg[ARG_CHIPS]->value, "`chips`", 1,
                       eval->device->max_chips_per_axis, &chips))
        set_row(eval->net, (uint32_t)chips);
    if (arg[ARG_GRID])
        read_grid(elab, scope, arg[ARG_GRID]->value);
}

/* --- defect profiles --- */

/* One path, or a list with one for every chip. */
static void read_profile(struct elab *elab, struct scope *scope, const struct expr *expr)
{
    struct eval *eval = elab->eval;
    struct value value;
    if (!eval_const(eval, scope, expr, &value))
        return;
    const struct value *at = value.kind == VALUE_LIST ? value.list->at : &value;
    uint32_t n = value.kind == VALUE_LIST ? value.list->n : 1;
    for (uint32_t i = 0; i < n; i++) {
        struct span span = expr->kind == EXPR_LIST ? expr->list.at[i]->span : expr->span;
        if (at[i].kind != VALUE_STRING) {
            eval_wrong_type(eval, span, "`profile`", "the path of a file, or a list of paths",
                            &at[i]);
            elab->profiles.n = 0;
            return;
        }
        VEC_PUSH(eval->arena, &elab->profiles, (struct profile_name){at[i].string, span});
    }
}

static void take_profile_options(struct elab *elab)
{
    const struct folder_vec *given = &elab->options->profiles;
    if (given->n > 0)
        elab->profiles.n = 0;
    for (uint32_t i = 0; i < given->n; i++)
        VEC_PUSH(elab->eval->arena, &elab->profiles,
                 (struct profile_name){given->at[i], span_nowhere()});
}

void elab_read_profiles(struct elab *elab)
{
    struct eval *eval = elab->eval;
    uint32_t chips = eval->net->chips;
    take_profile_options(elab);
    const struct profile_name_vec *names = &elab->profiles;
    if (names->n == 0 || eval->private->stopped)
        return;
    if (names->n != chips) {
        struct diag *diag = eval_report(eval, DIAG_E0205, names->at[0].span,
                                        "%u defect profile%s for a board of %u chip%s", names->n,
                                        names->n == 1 ? "" : "s", chips, chips == 1 ? "" : "s");
        diag_help(eval->sink, diag, span_nowhere(), NULL,
                  "one for each chip, \"\" for one without known defects: "
                  "`profile = [\"a.json\", \"\"]`");
        return;
    }
    struct defects *defects = defects_new(eval, chips, elab->profile_threshold);
    uint32_t *first_chip = ARENA_ARRAY(eval->arena, uint32_t, SPAN_NOWHERE);
    bool ok = true;
    for (uint32_t i = 0; i < names->n; i++) {
        const char *path = names->at[i].path;
        ok = (!*path || profile_read(eval, path, names->at[i].span, i, first_chip, defects)) && ok;
        defects->profile =
            arena_printf(eval->arena, "%s%s%s", defects->profile, i ? "," : "", path);
    }
    eval->net->defects = ok ? defects : NULL;
}

static void read_target_args(struct elab *elab, struct scope *scope, const struct arg **arg)
{
    struct eval *eval = elab->eval;
    int64_t seed;
    double reserve;
    read_board(elab, scope, arg);
    if (arg[ARG_SEED]
        && eval_int_in(eval, scope, arg[ARG_SEED]->value, "`seed`", 0, INT64_MAX, &seed))
        eval->net->seed = (uint64_t)seed;
    if (arg[ARG_RESERVE]
        && eval_real_in(eval, scope, arg[ARG_RESERVE]->value, "`reserve`", 0, 1, &reserve))
        eval->net->reserve = reserve;
    if (arg[ARG_PROFILE])
        read_profile(elab, scope, arg[ARG_PROFILE]->value);
    if (arg[ARG_THRESHOLD])
        eval_real_in(eval, scope, arg[ARG_THRESHOLD]->value, "`profile_threshold`", 0, 1,
                     &elab->profile_threshold);
}

static bool target_in_place(struct elab *elab, const struct item *item)
{
    struct eval *eval = elab->eval;
    const struct net *net = eval->net;
    if (elab->target_seen) {
        struct diag *diag = eval_report(eval, DIAG_E0220, item->span, "a second `target`");
        diag_note(eval->sink, diag, net->target_span, "the first stands here");
        return false;
    }
    if (net->populations.n + net->inputs.n + elab->settings.n == 0)
        return true;
    struct span first = net->populations.n ? net->populations.at[0].span
                        : net->inputs.n    ? net->inputs.at[0].span
                                           : elab->settings.at[0].span;
    struct diag *diag =
        eval_report(eval, DIAG_E0220, item->span,
                    "`target` stands before the first population, input or setting of a chip");
    diag_note(eval->sink, diag, first, "the first stands here");
    return false;
}

void elab_target_item(struct elab *elab, struct scope *scope, const struct item *item)
{
    static const struct arg_spec specs[N_TARGET_ARGS] = {
        [ARG_CHIPS] = {"chips", false},     [ARG_GRID] = {"grid", false},
        [ARG_SEED] = {"seed", false},       [ARG_RESERVE] = {"reserve", false},
        [ARG_PROFILE] = {"profile", false}, [ARG_THRESHOLD] = {"profile_threshold", false}};
    struct eval *eval = elab->eval;
    const struct arg *arg[N_TARGET_ARGS];
    if (!target_in_place(elab, item))
        return;
    elab->target_seen = true;
    eval->net->target_span = item->span;
    if (strcmp(item->name, eval->device->name) != 0) {
        struct diag *diag =
            eval_report(eval, DIAG_E0201, item->name_span, "unknown target `%s`", item->name);
        diag_help(eval->sink, diag, item->name_span, eval->device->name,
                  "targets of this version: `%s`", eval->device->name);
        return;
    }
    if (eval_match_args(eval, item->name, item->span, &item->args, specs, N_TARGET_ARGS, 0, arg))
        read_target_args(elab, scope, arg);
    apply_options(elab);
}
