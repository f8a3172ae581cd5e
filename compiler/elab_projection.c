/* Projections: views and labels in the walk, edges in phase 6. */
#include "compiler/elab_term.h"

#include "compiler/base/rng.h"
#include "compiler/base/text.h"

#include <string.h>

/* --- in the walk --- */

/* "hand[2].rec[3]": instance path, label, and the loop variables around it within the instance. */
static const char *label_path(struct eval *eval, const struct scope *scope, const char *label)
{
    const char *turns = "";
    for (const struct scope *s = scope; s && s->kind == SCOPE_BLOCK; s = s->parent)
        if (s->turn)
            turns = arena_printf(eval->arena, "[%lld]%s", (long long)s->index, turns);
    return arena_printf(eval->arena, "%s%s%s", scope_prefix(scope), label, turns);
}

static const char *projection_name(struct eval *eval, const struct scope *scope,
                                   const struct item *item, const struct pending *pending)
{
    if (item->name)
        return label_path(eval, scope, item->name);
    return arena_printf(eval->arena, "%s -> %s",
                        view_identity(eval->arena, eval->net, &pending->pre),
                        view_identity(eval->arena, eval->net, &pending->post));
}

void elab_projection_item(struct elab *elab, struct scope *scope, const struct item *item)
{
    struct eval *eval = elab->eval;
    struct pending pending = {.item = item, .scope = scope};
    if (item->name)
        scope_declare_label(eval, scope, item->name, item->name_span);
    bool ok = eval_view(eval, scope, item->view, "a projection", &pending.pre);
    if (!eval_view(eval, scope, item->view2, "a projection", &pending.post))
        return;
    if (pending.post.kind == UNIT_INPUT) {
        struct diag *diag = eval_report(eval, DIAG_E0216, item->view2->span,
                                        "`%s` is an input and cannot be a target",
                                        eval_source_text(eval, item->view2->span));
        diag_note(eval->sink, diag, eval->net->inputs.at[pending.post.object].span,
                  "declared here");
        return;
    }
    if (!ok)
        return;
    pending.name = projection_name(eval, scope, item, &pending);
    scope_keep(scope);
    VEC_PUSH(eval->arena, &elab->pending, pending);
}

/* --- identities of dice --- */

struct rolled { /* open hash table of the projections that roll dice, by identity */
    const struct pending **at;
    uint32_t n, cap;
};

/* Two projections between the same views would roll the same dice. Views that differ can have one
 * identity too (a row and a column of a square): their dice fall alike by position, which is legal.
 */
static bool roll_alike(const struct pending *a, const struct pending *b)
{
    if (strcmp(a->name, b->name) != 0)
        return false;
    return a->item->name || (view_equal(&a->pre, &b->pre) && view_equal(&a->post, &b->post));
}

static const struct pending **rolled_slot(const struct rolled *rolled,
                                          const struct pending *pending)
{
    uint32_t i = (uint32_t)rng_fnv(pending->name) & (rolled->cap - 1);
    while (rolled->at[i] && !roll_alike(rolled->at[i], pending))
        i = (i + 1) & (rolled->cap - 1);
    return &rolled->at[i];
}

static void grow_rolled(struct arena *arena, struct rolled *rolled)
{
    struct rolled bigger = {.n = rolled->n, .cap = rolled->cap ? rolled->cap * 2 : 64};
    bigger.at = ARENA_ARRAY(arena, const struct pending *, bigger.cap);
    for (uint32_t i = 0; i < rolled->cap; i++)
        if (rolled->at[i])
            *rolled_slot(&bigger, rolled->at[i]) = rolled->at[i];
    *rolled = bigger;
}

static bool claim_identity(struct eval *eval, struct rolled *rolled, const struct pending *pending)
{
    if (2 * rolled->n >= rolled->cap)
        grow_rolled(eval->arena, rolled);
    const struct pending **slot = rolled_slot(rolled, pending);
    if (!*slot) {
        *slot = pending;
        rolled->n++;
        return true;
    }
    struct diag *diag =
        eval_report(eval, DIAG_E0226, pending->item->span,
                    "a second projection `%s` rolls dice; they would fall alike", pending->name);
    diag_note(eval->sink, diag, (*slot)->item->span, "the first");
    struct span start = {pending->item->span.begin, pending->item->span.begin,
                         pending->item->span.file};
    if (pending->item->name)
        diag_help(eval->sink, diag, pending->item->name_span, NULL, "give it another label");
    else
        diag_help(eval->sink, diag, start, "second: ", "give it a label: `second: ...`");
    return false;
}

/* --- phase 6 --- */

static const char *arrow_text(struct eval *eval, const struct pending *pending)
{
    return arena_printf(eval->arena, "%s -> %s", view_text(eval->arena, eval->net, &pending->pre),
                        view_text(eval->arena, eval->net, &pending->post));
}

static bool check_terms(struct elab *elab, struct code *code, const struct pending *pending,
                        struct synapse *synapses)
{
    const struct expr_vec *values = &pending->item->values;
    bool ok = true;
    for (uint32_t i = 0; i < values->n; i++)
        ok = term_check(elab, code, pending, values->at[i], &synapses[i]) && ok;
    return ok;
}

static void expand_terms(struct elab *elab, struct code *code, const struct pending *pending,
                         uint32_t projection, const struct synapse *synapses)
{
    struct eval *eval = elab->eval;
    struct projection *out = &eval->net->projections.at[projection];
    uint32_t n = pending->item->values.n;
    uint64_t before = elab->n_edges;
    for (uint32_t i = 0; i < n; i++)
        if (!term_expand(elab, code, pending, projection, &synapses[i]))
            return;
    out->n_terms = eval->net->terms.n - out->first_term;
    if (elab->n_edges == before)
        eval_report(eval, DIAG_W0715, pending->item->span, "`%s` connects nothing", out->text);
}

static void expand_with(struct elab *elab, struct code *code, const struct pending *pending,
                        struct rolled *rolled)
{
    struct eval *eval = elab->eval;
    struct synapse *synapses = ARENA_ARRAY(code->arena, struct synapse, pending->item->values.n);
    bool ok = check_terms(elab, code, pending, synapses);
    if (code->rolls)
        ok = claim_identity(eval, rolled, pending) && ok;
    if (!ok || !code_prepare(code))
        return;
    const char *text = arrow_text(eval, pending);
    VEC_PUSH(eval->arena, &eval->net->projections,
             (struct projection){.name = pending->item->name ? pending->name : text,
                                 .text = text,
                                 .pre = pending->pre,
                                 .post = pending->post,
                                 .first_term = eval->net->terms.n,
                                 .span = pending->item->span});
    expand_terms(elab, code, pending, eval->net->projections.n - 1, synapses);
}

/* Preparing counts too where it outweighs the pairs visited, so that many projections that visit
 * little do not take for ever. */
static void expand(struct elab *elab, const struct pending *pending, struct rolled *rolled)
{
    struct code code;
    struct eval *eval = elab->eval;
    uint64_t before = eval->private->pairs;
    code_init(&code, eval, &pending->pre, &pending->post, pending->name);
    expand_with(elab, &code, pending, rolled);
    uint64_t visited = eval->private->pairs - before, prepared = code.steps / CODE_STEPS_PER_PAIR;
    if (prepared > visited && !eval->private->stopped)
        eval_charge_pairs(eval, pending->item->span, prepared - visited);
    code_release(&code);
}

void elab_expand(struct elab *elab)
{
    struct rolled rolled = {0};
    for (uint32_t i = 0; i < elab->pending.n && !elab->eval->private->stopped; i++)
        expand(elab, &elab->pending.at[i], &rolled);
}
