#include "compiler/scope.h"

#include "compiler/base/rng.h"
#include "compiler/eval_parts.h"

#include <string.h>

enum { FIRST_BUCKETS = 8 };

struct scope *scope_new(struct eval *eval, struct scope *parent, enum scope_kind kind)
{
    struct eval_private *private = eval->private;
    struct scope *scope = private->free_scopes;
    if (scope) {
        private->free_scopes = scope->next_free;
        struct symbol **bucket = scope->bucket;
        uint32_t n = scope->n_buckets;
        *scope = (struct scope){.bucket = bucket, .n_buckets = n};
    } else {
        scope = ARENA_NEW(eval->arena, struct scope);
    }
    scope->parent = parent;
    scope->kind = kind;
    scope->prefix = parent ? parent->prefix : "";
    return scope;
}

struct scope *scope_new_import(struct eval *eval, const char *path)
{
    struct scope *scope = scope_new(eval, NULL, SCOPE_IMPORTED);
    scope->prefix = arena_printf(eval->arena, "%s.", path);
    scope->kept = true;
    return scope;
}

struct scope *scope_new_instance(struct eval *eval, struct scope *parent, const char *path)
{
    struct scope *scope = scope_new(eval, parent, SCOPE_NET);
    scope->prefix = arena_printf(eval->arena, "%s.", path);
    scope->kept = true;
    return scope;
}

void scope_keep(struct scope *scope)
{
    for (; scope && !scope->kept; scope = scope->parent)
        scope->kept = true;
}

void scope_release(struct eval *eval, struct scope *scope)
{
    struct eval_private *private = eval->private;
    if (!scope || scope->kept)
        return;
    scope_release(eval, scope->labels);
    for (uint32_t i = 0; scope->n_symbols > 0 && i < scope->n_buckets; i++) {
        while (scope->bucket[i]) {
            struct symbol *symbol = scope->bucket[i];
            scope->bucket[i] = symbol->next;
            symbol->next = private->free_symbols;
            private->free_symbols = symbol;
        }
    }
    scope->next_free = private->free_scopes;
    private->free_scopes = scope;
}

const char *scope_prefix(const struct scope *scope)
{
    return scope->prefix;
}

static struct symbol **bucket_of(const struct scope *scope, const char *name)
{
    return &scope->bucket[rng_fnv(name) & (scope->n_buckets - 1)];
}

const struct symbol *scope_member(const struct scope *scope, const char *name)
{
    if (scope->n_symbols == 0)
        return NULL;
    const struct symbol *symbol = *bucket_of(scope, name);
    while (symbol && strcmp(symbol->name, name))
        symbol = symbol->next;
    return symbol;
}

/* Declared before use: in one file, the text decides; a name given on the command line (span
 * nowhere) is read where its parameter stands. */
static bool declared_before(const struct symbol *symbol, struct span at)
{
    uint32_t from = symbol->visible_from ? symbol->visible_from : symbol->span.begin;
    return symbol->span.file != at.file || from < at.begin;
}

const struct symbol *scope_find(const struct scope *scope, const char *name, struct span at)
{
    for (; scope; scope = scope->parent) {
        const struct symbol *symbol = scope_member(scope, name);
        if (symbol && declared_before(symbol, at))
            return symbol;
    }
    return NULL;
}

const struct symbol *scope_find_import(const struct scope *scope, const struct expr *expr)
{
    const struct symbol *base = expr->kind == EXPR_DOT ? scope_find_path(scope, expr->a) : NULL;
    return base && base->kind == SYMBOL_IMPORT ? base : NULL;
}

const struct symbol *scope_find_path(const struct scope *scope, const struct expr *expr)
{
    if (expr->kind == EXPR_NAME)
        return scope_find(scope, expr->text, expr->span);
    const struct symbol *import = scope_find_import(scope, expr);
    return import && expr->text[0] != '_' ? scope_member(import->scope, expr->text) : NULL;
}

static void grow(struct eval *eval, struct scope *scope)
{
    uint32_t n = scope->n_buckets ? scope->n_buckets * 4 : FIRST_BUCKETS;
    struct symbol **old = scope->bucket;
    uint32_t n_old = scope->n_buckets;
    scope->bucket = ARENA_ARRAY(eval->arena, struct symbol *, n);
    scope->n_buckets = n;
    for (uint32_t i = 0; i < n_old; i++) {
        while (old[i]) {
            struct symbol *symbol = old[i];
            old[i] = symbol->next;
            struct symbol **bucket = bucket_of(scope, symbol->name);
            symbol->next = *bucket;
            *bucket = symbol;
        }
    }
}

static struct symbol *new_symbol(struct eval *eval)
{
    struct symbol *symbol = eval->private->free_symbols;
    if (!symbol)
        return ARENA_NEW(eval->arena, struct symbol);
    eval->private->free_symbols = symbol->next;
    return symbol;
}

static bool redeclared(struct eval *eval, const struct scope *scope, const struct symbol *symbol)
{
    const struct symbol *first = scope_find(scope, symbol->name, symbol->span);
    if (first) {
        struct diag *diag =
            eval_report(eval, DIAG_E0211, symbol->span, "`%s` is already declared", symbol->name);
        diag_note(eval->sink, diag, first->span, "first declared here");
        return true;
    }
    if (builtin_find(symbol->name) == N_BUILTINS)
        return false;
    eval_report(eval, DIAG_E0211, symbol->span,
                "`%s` is a builtin function and cannot be declared again", symbol->name);
    return true;
}

static struct symbol *enter(struct eval *eval, struct scope *scope, const struct symbol *symbol)
{
    if (scope->n_symbols >= scope->n_buckets)
        grow(eval, scope);
    struct symbol *copy = new_symbol(eval);
    struct symbol **bucket = bucket_of(scope, symbol->name);
    *copy = *symbol;
    copy->id = eval->private->n_symbols++;
    copy->memo_serial = 0;
    copy->next = *bucket;
    *bucket = copy;
    scope->n_symbols++;
    return copy;
}

struct symbol *scope_declare(struct eval *eval, struct scope *scope, const struct symbol *symbol)
{
    return redeclared(eval, scope, symbol) ? NULL : enter(eval, scope, symbol);
}

bool scope_declare_label(struct eval *eval, struct scope *scope, const char *name, struct span span)
{
    if (!scope->labels)
        scope->labels = scope_new(eval, NULL, SCOPE_BLOCK);
    const struct symbol *first = scope_member(scope->labels, name);
    if (first) {
        struct diag *diag =
            eval_report(eval, DIAG_E0211, span, "label `%s` is already given in this block", name);
        diag_note(eval->sink, diag, first->span, "first given here");
        return false;
    }
    const struct symbol label = {.name = name, .kind = SYMBOL_VALUE, .span = span};
    enter(eval, scope->labels, &label);
    return true;
}

void scope_offer_names(const struct scope *scope, struct span at, struct diag_match *match)
{
    for (; scope; scope = scope->parent)
        for (uint32_t i = 0; scope->n_symbols > 0 && i < scope->n_buckets; i++)
            for (const struct symbol *s = scope->bucket[i]; s; s = s->next)
                if (declared_before(s, at))
                    diag_offer(match, s->name);
}

void scope_offer_members(const struct scope *scope, struct diag_match *match)
{
    for (uint32_t i = 0; scope->n_symbols > 0 && i < scope->n_buckets; i++)
        for (const struct symbol *s = scope->bucket[i]; s; s = s->next)
            diag_offer(match, s->name);
}
