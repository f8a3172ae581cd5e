/* `net` and `use`: reusable parts and their instances. */
#include "compiler/elab_parts.h"

void elab_net_item(struct elab *elab, struct scope *scope, const struct item *item)
{
    struct symbol symbol = {.name = item->name,
                            .kind = SYMBOL_NET,
                            .span = item->name_span,
                            .item = item,
                            .scope = scope};
    scope_declare(elab->eval, scope, &symbol);
}

static const struct symbol *find_net(struct elab *elab, struct scope *scope,
                                     const struct expr *expr)
{
    struct eval *eval = elab->eval;
    const struct symbol *import = scope_find_import(scope, expr), *symbol = NULL;
    if (import) {
        symbol = import_member(eval, expr, import);
    } else if (expr->kind == EXPR_NAME) {
        symbol = scope_find(scope, expr->text, expr->span);
        if (!symbol)
            eval_unknown_name(eval, scope, expr->text, expr->span);
    } else {
        struct value value; /* for its messages */
        if (eval_const(eval, scope, expr, &value))
            eval_wrong_type(eval, expr->span, "`use`", "a net", &value);
    }
    if (!symbol || symbol->kind == SYMBOL_NET)
        return symbol;
    const char *text = eval_source_text(eval, expr->span);
    const char *what = symbol->kind == SYMBOL_FN       ? "an fn"
                       : symbol->kind == SYMBOL_ALIAS  ? "an expression"
                       : symbol->kind == SYMBOL_IMPORT ? "an imported file"
                                                       : NULL;
    if (what)
        eval_report(eval, DIAG_E0203, expr->span, "`use` takes a net, `%s` is %s", text, what);
    else
        eval_wrong_type(eval, expr->span, "`use`", "a net", &symbol->value);
    return NULL;
}

static bool enter_net(struct elab *elab, const struct item *net, const struct item *use)
{
    struct eval *eval = elab->eval;
    for (uint32_t i = 0; i < elab->n_nets; i++) {
        if (elab->nets[i] != net)
            continue;
        eval_report(eval, DIAG_E0213, use->view->span, "net `%s` uses itself", net->name);
        return false;
    }
    if (elab->n_nets >= eval->limits.instance_depth)
        return eval_limit(eval, use->span, "nets within each other", eval->limits.instance_depth,
                          "instance-depth");
    if (eval->private->instances >= eval->limits.instances)
        return eval_limit(eval, use->span, "net instances in all", eval->limits.instances,
                          "instances");
    eval->private->instances++;
    elab->nets[elab->n_nets++] = net;
    return true;
}

/* All populations declared since `first` belong to the instance. */
static void collect_populations(struct eval *eval, uint32_t first, struct view_vec *out)
{
    const struct net *net = eval->net;
    for (uint32_t p = first; p < net->populations.n; p++) {
        struct view view = view_whole(UNIT_NEURON, p, &net->populations.at[p].dims);
        VEC_PUSH(eval->arena, out, view);
    }
}

static bool instantiate(struct elab *elab, struct scope *scope, const struct item *use,
                        const struct symbol *net, const char *path, struct instance *out)
{
    struct eval *eval = elab->eval;
    uint32_t first = eval->net->populations.n;
    if (!enter_net(elab, net->item, use))
        return false;
    struct scope *inner = scope_new_instance(eval, net->scope, path);
    *out = (struct instance){.path = path, .scope = inner, .net = net->item};
    bool ok =
        bind_formals(eval, scope, net->name, use->span, &net->item->formals, &use->args, inner);
    if (ok)
        elab_items(elab, inner, &net->item->items);
    collect_populations(eval, first, &out->populations);
    elab->n_nets--;
    return ok;
}

static bool instance_count(struct elab *elab, struct scope *scope, const struct item *item,
                           int64_t *n)
{
    struct eval *eval = elab->eval;
    *n = 1;
    if (item->dims.n == 0)
        return true;
    if (item->dims.n > 1) {
        eval_report(eval, DIAG_E0203, item->dims.at[1]->span,
                    "an array of net instances has one dimension");
        return false;
    }
    if (!eval_int_in(eval, scope, item->dims.at[0],
                     arena_printf(eval->arena, "the number of instances `%s`", item->name), 1,
                     INT64_MAX, n))
        return false;
    if ((uint64_t)*n <= eval->limits.instances - eval->private->instances)
        return true;
    return eval_limit(eval, item->dims.at[0]->span, "net instances in all", eval->limits.instances,
                      "instances");
}

static void declare_instances(struct elab *elab, struct scope *scope, const struct item *item,
                              struct instance *all, uint32_t n, bool ok)
{
    struct eval *eval = elab->eval;
    struct symbol symbol = {.name = item->name,
                            .kind = SYMBOL_INSTANCE,
                            .span = item->name_span,
                            .value = value_poison(),
                            .item = item};
    if (ok && item->dims.n == 0) {
        symbol.value = (struct value){.kind = VALUE_INSTANCE, .instance = all};
    } else if (ok) {
        struct instances *instances = ARENA_NEW(eval->arena, struct instances);
        *instances = (struct instances){n, all};
        symbol.value = (struct value){.kind = VALUE_INSTANCES, .instances = instances};
    }
    scope_declare(eval, scope, &symbol);
}

void elab_use_item(struct elab *elab, struct scope *scope, const struct item *item)
{
    struct eval *eval = elab->eval;
    int64_t n = 0;
    const struct symbol *net = find_net(elab, scope, item->view);
    bool ok = instance_count(elab, scope, item, &n) && net;
    struct instance *all = ARENA_ARRAY(eval->arena, struct instance, ok ? (size_t)n : 0);
    const char *name = arena_printf(eval->arena, "%s%s", scope_prefix(scope), item->name);
    for (int64_t i = 0; ok && i < n && !eval->private->stopped; i++) {
        const char *path =
            item->dims.n == 0 ? name : arena_printf(eval->arena, "%s[%lld]", name, (long long)i);
        ok = instantiate(elab, scope, item, net, path, &all[i]);
    }
    declare_instances(elab, scope, item, all, (uint32_t)n, ok);
}
