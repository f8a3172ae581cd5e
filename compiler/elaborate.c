#include "compiler/elaborate.h"

#include "compiler/elab_parts.h"

#include <string.h>

static void set_limits(struct elab *elab)
{
    struct eval *eval = elab->eval;
    limits_for(&elab->options->limits, eval->net->chips, eval->device, &eval->limits);
}

/* --- statements --- */

static const char *const item_text[N_ITEM_KINDS] = {
    [ITEM_IMPORT] = "an import",   [ITEM_TARGET] = "a target",
    [ITEM_PARAM] = "a param",      [ITEM_LET] = "a let",
    [ITEM_FN] = "an fn",           [ITEM_NET] = "a net",
    [ITEM_USE] = "a net instance", [ITEM_BIAS] = "a bias set",
    [ITEM_INPUT] = "an input",     [ITEM_POPULATION] = "a population",
    [ITEM_SET] = "a `set`",        [ITEM_PROJECTION] = "a projection",
    [ITEM_PLACE] = "a `place`",    [ITEM_PROBE] = "a probe",
    [ITEM_FOR] = "a loop",         [ITEM_IF] = "a condition",
    [ITEM_TEST] = "a test"};

static bool is_hardware(enum item_kind kind)
{
    return kind == ITEM_POPULATION || kind == ITEM_INPUT || kind == ITEM_BIAS || kind == ITEM_USE;
}

static bool stands_in_block(enum item_kind kind)
{
    return kind == ITEM_PROJECTION || kind == ITEM_SET || kind == ITEM_PLACE || kind == ITEM_PROBE
           || kind == ITEM_ASSERT || kind == ITEM_LET || kind == ITEM_FOR || kind == ITEM_IF;
}

static bool stands_in_import(enum item_kind kind)
{
    return kind == ITEM_LET || kind == ITEM_FN || kind == ITEM_NET || kind == ITEM_BIAS
           || kind == ITEM_ASSERT || kind == ITEM_IMPORT;
}

static bool stands_in(enum item_kind kind, enum scope_kind where)
{
    if (where == SCOPE_FILE)
        return true;
    if (where == SCOPE_IMPORTED)
        return stands_in_import(kind);
    if (where == SCOPE_NET)
        return kind != ITEM_TARGET && kind != ITEM_PARAM && kind != ITEM_IMPORT
               && kind != ITEM_TEST;
    return stands_in_block(kind);
}

bool elab_may_stand(struct eval *eval, const struct item *item, enum scope_kind where)
{
    enum item_kind kind = item->kind;
    struct span span = item->name_span.end > item->name_span.begin ? item->name_span : item->span;
    if (stands_in(kind, where))
        return true;
    if (where == SCOPE_IMPORTED) {
        struct diag *diag =
            eval_report(eval, DIAG_E0220, span, "%s may not stand in the imported file \"%s\"",
                        item_text[kind], eval->sources->files.at[span.file]->path);
        diag_note(eval->sink, diag, span_nowhere(),
                  "an imported file holds let, fn, net, bias, assert and import");
        return false;
    }
    if (where == SCOPE_NET || !is_hardware(kind)) {
        eval_report(eval, DIAG_E0220, span, "%s may not stand in a %s", item_text[kind],
                    where == SCOPE_NET ? "net" : "loop or condition");
        return false;
    }
    struct diag *diag = eval_report(eval, DIAG_E0215, span,
                                    "%s cannot be declared inside `for` or `if`", item_text[kind]);
    if (kind == ITEM_POPULATION || kind == ITEM_INPUT)
        diag_help(eval->sink, diag, span_nowhere(), NULL,
                  "declare it once, outside, with a dimension more: `%s[n, ..]`", item->name);
    return false;
}

static void elab_for_item(struct elab *elab, struct scope *scope, const struct item *item)
{
    struct index_range range;
    if (!eval_for_range(elab->eval, scope, item->range, &range))
        return;
    for (uint64_t i = 0; i < range.n && !elab->eval->private->stopped; i++) {
        struct scope *turn =
            eval_for_turn(elab->eval, scope, item, range.lo + (int64_t)i * range.step);
        elab_items(elab, turn, &item->items);
        scope_release(elab->eval, turn);
    }
}

static void elab_if_item(struct elab *elab, struct scope *scope, const struct item *item)
{
    bool taken;
    if (!eval_bool(elab->eval, scope, item->value, "the condition of `if`", &taken))
        return;
    struct scope *block = scope_new(elab->eval, scope, SCOPE_BLOCK);
    elab_items(elab, block, taken ? &item->items : &item->orelse);
    scope_release(elab->eval, block);
}

static void elab_assert_item(struct elab *elab, struct scope *scope, const struct item *item)
{
    struct eval *eval = elab->eval;
    bool holds;
    if (!eval_bool(eval, scope, item->value, "`assert`", &holds) || holds)
        return;
    struct diag *diag = item->text
                            ? eval_report(eval, DIAG_E0227, item->value->span, "%s", item->text)
                            : eval_report(eval, DIAG_E0227, item->value->span, "`%s` does not hold",
                                          eval_source_text(eval, item->value->span));
    diag_caret(eval->sink, diag, "this is off");
}

static void elab_import_item(struct elab *elab, struct scope *scope, const struct item *item)
{
    struct eval *eval = elab->eval;
    struct scope *names = elab_find_import(&elab->imported, item);
    if (!names) {
        names = elab_add_import(eval, &elab->imported, scope, item);
        if (item->imported)
            elab_items(elab, names, &item->imported->items);
    }
    elab_declare_import(eval, scope, item, names);
}

static void elab_test(struct elab *elab, struct scope *scope, const struct item *item)
{
    elab->eval->in_test = true;
    elab_test_item(elab->eval, scope, item);
    elab->eval->in_test = false;
}

static void elab_item(struct elab *elab, struct scope *scope, const struct item *item)
{
    switch (item->kind) {
    case ITEM_IMPORT:
        elab_import_item(elab, scope, item);
        break;
    case ITEM_TARGET:
        elab_target_item(elab, scope, item);
        set_limits(elab);
        break;
    case ITEM_PARAM:
        elab_param_item(elab, scope, item);
        break;
    case ITEM_LET:
        elab_let_item(elab, scope, item);
        break;
    case ITEM_FN:
        elab_fn_item(elab, scope, item);
        break;
    case ITEM_NET:
        elab_net_item(elab, scope, item);
        break;
    case ITEM_USE:
        elab_use_item(elab, scope, item);
        break;
    case ITEM_BIAS:
        elab_bias_item(elab->eval, scope, item);
        break;
    case ITEM_POPULATION:
        elab_population_item(elab, scope, item);
        break;
    case ITEM_INPUT:
        elab_input_item(elab, scope, item);
        break;
    case ITEM_SET:
        elab_set_item(elab, scope, item);
        break;
    case ITEM_PROJECTION:
        elab_projection_item(elab, scope, item);
        break;
    case ITEM_PLACE:
        elab_place_item(elab, scope, item);
        break;
    case ITEM_PROBE:
        elab_probe_item(elab, scope, item);
        break;
    case ITEM_FOR:
        elab_for_item(elab, scope, item);
        break;
    case ITEM_IF:
        elab_if_item(elab, scope, item);
        break;
    case ITEM_ASSERT:
        elab_assert_item(elab, scope, item);
        break;
    case ITEM_TEST:
        elab_test(elab, scope, item);
        break;
    default:
        break; /* steps occur in tests only */
    }
}

void elab_items(struct elab *elab, struct scope *scope, const struct item_vec *items)
{
    struct eval *eval = elab->eval;
    for (uint32_t i = 0; i < items->n && !eval->private->stopped; i++)
        if (eval_spend_statement(eval, items->at[i]->span)
            && elab_may_stand(eval, items->at[i], scope->kind))
            elab_item(elab, scope, items->at[i]);
}

/* --- imported files --- */

struct scope *elab_find_import(const struct imported_scope_vec *imported, const struct item *item)
{
    for (uint32_t i = 0; item->imported && i < imported->n; i++)
        if (imported->at[i].ast == item->imported)
            return imported->at[i].scope;
    return NULL;
}

struct scope *elab_add_import(struct eval *eval, struct imported_scope_vec *imported,
                              const struct scope *scope, const struct item *item)
{
    const char *path = arena_printf(eval->arena, "%s%s", scope_prefix(scope), item->name);
    struct scope *names = scope_new_import(eval, path);
    if (!item->imported)
        eval_report(eval, DIAG_E0601, item->type_span, "\"%s\" was not read", item->text);
    VEC_PUSH(eval->arena, imported, (struct imported_scope){item->imported, names});
    return names;
}

void elab_declare_import(struct eval *eval, struct scope *scope, const struct item *item,
                         struct scope *names)
{
    const struct symbol symbol = {.name = item->name,
                                  .kind = SYMBOL_IMPORT,
                                  .span = item->name_span,
                                  .value = value_poison(),
                                  .item = item,
                                  .scope = names};
    scope_declare(eval, scope, &symbol);
}

/* --- the whole --- */

static void start_net(struct elab *elab)
{
    struct net *net = elab->eval->net;
    net->target = elab->eval->device->name;
    net->target_span = span_nowhere();
    net->n_biases = N_BIASES;
    for (uint32_t i = 0; i < N_BIASES; i++)
        net->bias_name[i] = elab->eval->device->bias[i].name;
    for (uint32_t i = 0; i < elab->options->n_defines; i++)
        VEC_PUSH(elab->eval->arena, &net->defines,
                 (struct define){elab->options->defines[i].name, elab->options->defines[i].value});
    elab_default_target(elab);
    set_limits(elab);
}

/* What a limit is depends on the board, which is known only now. */
static void check_limits(struct elab *elab)
{
    const struct elaborate_options *options = elab->options;
    uint64_t given, most;
    const char *name = limits_raised(&options->limits, &elab->eval->limits, &given, &most);
    if (name)
        eval_report(elab->eval, DIAG_E0225, span_nowhere(),
                    "--limit %s=%llu: on this board it is %llu, and can be lowered only", name,
                    (unsigned long long)given, (unsigned long long)most);
}

static void note_missing_target(struct elab *elab)
{
    struct eval *eval = elab->eval;
    if (elab->target_seen)
        return;
    struct diag *diag =
        eval_report(eval, DIAG_N0812, span_nowhere(),
                    "no target named: building for `%s(chips = %u, seed = %llu)`",
                    eval->net->target, eval->net->chips, (unsigned long long)eval->net->seed);
    diag_help(eval->sink, diag, span_nowhere(), NULL, "start the file with `target %s(chips = 1);`",
              eval->net->target);
}

/* Slots that a weight names and nobody gives stand at the device's default currents. */
static void default_named_slots(struct eval *eval)
{
    struct net *net = eval->net;
    for (uint32_t s = 0; s < net->bias_sets.n && s < eval->private->named_slots_cap; s++) {
        for (uint32_t i = 0; i < NET_SLOTS; i++) {
            struct bias_request *request = &net->bias_sets.at[s].request[BIAS_SYAM_W0_P + i];
            if (!(eval->private->named_slots[s] & 1u << i) || request->kind != REQUEST_SOLVED)
                continue;
            *request = (struct bias_request){.kind = REQUEST_CURRENT,
                                             .za = eval->device->default_slot_za[i],
                                             .span = span_nowhere()};
        }
    }
}

/* What was declared is kept for the report of a network that does not fit; nothing that refers to
 * more than that is. Always false. */
static bool declared_only(struct elab *elab)
{
    struct net *net = elab->eval->net;
    uint64_t board = (uint64_t)net->chips * device_chip_neurons(elab->eval->device);
    net->projections.n = net->terms.n = net->probes.n = net->places.n = 0;
    if (net->n_neurons > board) {
        net->populations.n = net->inputs.n = 0;
        net->n_neurons = net->n_inputs = 0;
    }
    net_finish(elab->eval->arena, net);
    return false;
}

bool elaborate(struct arena *arena, struct source_set *sources, const struct ast *main,
               const struct device *device, const struct elaborate_options *options,
               struct diag_sink *sink, struct elaboration *out)
{
    struct eval *eval = ARENA_NEW(arena, struct eval);
    struct elab elab = {.eval = eval, .options = options};
    uint32_t errors = sink->n_errors;
    memset(out, 0, sizeof *out);
    eval_init(eval, arena, sources, sink, device, out);
    out->eval = eval;
    eval->dt_given = options->dt_given;
    elab.define_used = ARENA_ARRAY(arena, bool, options->n_defines);
    start_net(&elab);
    elab_names(eval, &main->items);
    elab_items(&elab, eval->file_scope, &main->items);
    check_limits(&elab);
    note_missing_target(&elab);
    elab_check_defines(&elab);
    elab_check_capacity(&elab);
    elab_apply_settings(&elab);
    elab_read_profiles(&elab);
    if (sink->n_errors != errors)
        return declared_only(&elab);
    elab_apply_latches(&elab);
    elab_expand(&elab);
    if (sink->n_errors != errors)
        return declared_only(&elab);
    default_named_slots(eval);
    net_finish(arena, &out->net);
    return true;
}
