/* Findings of the evaluator: one per code and place, with the pair where there is one. */
#include "compiler/eval_parts.h"

#include "compiler/base/text.h"

#include <stdarg.h>
#include <string.h>

enum { FIRST_REPORTED = 64, SOURCE_TEXT_WIDTH = 60, MAX_REPEATED = 10000 };

struct reported {
    struct span span;
    uint32_t code; /* + 1; 0: free */
};

static uint32_t report_hash(uint32_t code, struct span span)
{
    uint64_t h = (uint64_t)span.begin * 0x9E3779B97F4A7C15u + span.end;
    h = (h ^ span.file) * 0xBF58476D1CE4E5B9u + code;
    return (uint32_t)(h >> 32);
}

static struct reported *report_slot(struct reported *table, uint32_t cap, uint32_t code,
                                    struct span span)
{
    uint32_t i = report_hash(code, span) & (cap - 1);
    while (table[i].code != 0
           && !(table[i].code == code && table[i].span.begin == span.begin
                && table[i].span.end == span.end && table[i].span.file == span.file))
        i = (i + 1) & (cap - 1);
    return &table[i];
}

static void grow_reported(struct eval *eval)
{
    struct eval_private *private = eval->private;
    uint32_t cap = private->reported_cap ? private->reported_cap * 2 : FIRST_REPORTED;
    struct reported *table = ARENA_ARRAY(eval->arena, struct reported, cap);
    for (uint32_t i = 0; i < private->reported_cap; i++) {
        const struct reported *old = &private->reported[i];
        if (old->code)
            *report_slot(table, cap, old->code, old->span) = *old;
    }
    private->reported = table;
    private->reported_cap = cap;
}

/* Whether this is the first finding of the code at this place; remembers it. */
static bool first_report(struct eval *eval, enum diag_code code, struct span span)
{
    struct eval_private *private = eval->private;
    if (span.file == SPAN_NOWHERE)
        return true;
    if (2 * private->n_reported >= private->reported_cap)
        grow_reported(eval);
    struct reported *slot =
        report_slot(private->reported, private->reported_cap, (uint32_t)code + 1, span);
    if (slot->code)
        return false;
    *slot = (struct reported){span, (uint32_t)code + 1};
    private->n_reported++;
    return true;
}

void eval_hush(struct eval *eval, enum diag_code code, struct span span)
{
    first_report(eval, code, span);
}

/* A place for the notes of a finding that was given before. Whoever repeats errors without end is
 * stopped: they are follow-ups by now. */
static struct diag *repeated(struct eval *eval, enum diag_code code)
{
    struct eval_private *private = eval->private;
    if (!private->unread) {
        private->unread = ARENA_NEW(eval->arena, struct diag);
        VEC_PUSH(eval->arena, &private->unread->labels, (struct diag_label){span_nowhere(), ""});
    }
    private->unread->labels.n = 1; /* diag_caret() writes to the first */
    private->unread->notes.n = private->unread->fixes.n = 0;
    if (diag_info(code)->severity == SEVERITY_ERROR && ++private->n_repeated > MAX_REPEATED)
    private->stopped = true;
    return private->unread;
}

struct diag *eval_report(struct eval *eval, enum diag_code code, struct span span,
                         const char *format, ...)
{
    struct text text;
    va_list args;
    if (!first_report(eval, code, span))
        return repeated(eval, code);
    text_init(&text, eval->arena);
    va_start(args, format);
    text_add_v(&text, format, args);
    va_end(args);
    return diag_add(eval->sink, code, span, "%s", text.at);
}

void eval_value_error(struct eval *eval, enum diag_code code, struct span span, const char *format,
                      ...)
{
    struct text text;
    va_list args;
    if (eval->speculative)
        return;
    if (!first_report(eval, code, span)) {
        repeated(eval, code);
        return;
    }
    text_init(&text, eval->arena);
    va_start(args, format);
    text_add_v(&text, format, args);
    va_end(args);
    if (eval->pair && eval->pair->post_view)
        text_add(&text, ", at pre = %u, post = %u", eval->pair->pre, eval->pair->post);
    else if (eval->pair)
        text_add(&text, ", at pre = %u", eval->pair->pre);
    diag_add(eval->sink, code, span, "%s", text.at);
}

bool eval_wrong_type(struct eval *eval, struct span span, const char *subject, const char *expected,
                     const struct value *got)
{
    if (got->kind == VALUE_POISON)
        return false;
    struct diag *diag = eval_report(eval, DIAG_E0203, span, "%s takes %s, got %s", subject,
                                    expected, value_kind_text(eval->arena, got));
    diag_caret(eval->sink, diag, "%s", value_kind_text(eval->arena, got));
    return false;
}

void eval_mask_type(struct eval *eval, const struct expr *mask, const struct value *got)
{
    if (got->kind == VALUE_POISON)
        return;
    struct diag *diag = eval_report(eval, DIAG_E0214, mask->span, "mask must be a bool, got %s",
                                    value_kind_text(eval->arena, got));
    struct span end = {mask->span.end, mask->span.end, mask->span.file};
    if (got->kind == VALUE_INT || got->kind == VALUE_REAL)
        diag_help(eval->sink, diag, end, " != 0", "compare it: `%s != 0`",
                  eval_source_text(eval, mask->span));
}

void eval_unknown_name(struct eval *eval, const struct scope *scope, const char *name,
                       struct span span)
{
    eval_late_name(eval, scope, name, span, span_nowhere());
}

void eval_late_name(struct eval *eval, const struct scope *scope, const char *name,
                    struct span span, struct span declared)
{
    struct diag_match match = {.text = name};
    struct diag *diag = eval_report(eval, DIAG_E0201, span, "unknown name `%s`", name);
    if (!diag->kept)
        return;
    if (!strcmp(name, "true") || !strcmp(name, "false")) {
        const char *fix = name[0] == 't' ? "on" : "off";
        diag_help(eval->sink, diag, span, fix, "write `%s`", fix);
        return;
    }
    if (declared.file != SPAN_NOWHERE) {
        diag_note(eval->sink, diag, declared, "`%s` is declared here, after its use", name);
        return;
    }
    scope_offer_names(scope, span, &match);
    const struct symbol *symbol = match.name ? scope_find(scope, match.name, span) : NULL;
    diag_offer(&match, "off");
    diag_offer(&match, "on");
    if (!match.name)
        return;
    if (symbol && !strcmp(symbol->name, match.name))
        diag_note(eval->sink, diag, symbol->span, "`%s` is declared here", match.name);
    diag_help(eval->sink, diag, span, match.name, "did you mean `%s`?", match.name);
}

bool eval_limit(struct eval *eval, struct span span, const char *what, uint64_t limit,
                const char *option)
{
    if (!eval->private->stopped) {
        struct diag *diag = eval_report(eval, DIAG_E0225, span, "more than %llu %s",
                                        (unsigned long long)limit, what);
        if (option)
            diag_note(eval->sink, diag, span_nowhere(), "the limit is `--limit %s=%llu`", option,
                      (unsigned long long)limit);
    }
    eval->private->stopped = true;
    return false;
}

bool eval_spend_turns(struct eval *eval, struct span span, uint64_t turns)
{
    struct eval_private *private = eval->private;
    if (turns > eval->limits.loop_turns - private->turns)
        return eval_limit(eval, span, "loop turns in all", eval->limits.loop_turns, "loop-turns");
    private->turns += turns;
    return true;
}

bool eval_spend_statement(struct eval *eval, struct span span)
{
    if (eval->private->statements >= eval->limits.statements)
        return eval_limit(eval, span, "statements in all", eval->limits.statements, "statements");
    eval->private->statements++;
    return true;
}

bool eval_spend_call(struct eval *eval, struct span span)
{
    if (eval->private->calls >= eval->limits.calls)
        return eval_limit(eval, span, "calls in all", eval->limits.calls, "calls");
    eval->private->calls++;
    return true;
}

bool eval_spend_units(struct eval *eval, struct span span, unsigned __int128 n)
{
    struct eval_private *private = eval->private;
    if (n > eval->limits.named_units - private->named_units)
        return eval_limit(eval, span, "units named in all statements together",
                          eval->limits.named_units, "named-units");
    private->named_units += (uint64_t)n;
    return true;
}

bool eval_charge_pairs(struct eval *eval, struct span span, unsigned __int128 n)
{
    uint64_t limit = eval->limits.pairs;
    if (n <= limit - eval->private->pairs) {
        eval->private->pairs += (uint64_t)n;
        return true;
    }
    struct diag *diag =
        eval_report(eval, DIAG_E0225, span, "the masks evaluate more than %llu pairs in all",
                    (unsigned long long)limit);
    diag_note(eval->sink, diag, span_nowhere(), "the limit is `--limit pairs=%llu`",
              (unsigned long long)limit);
    diag_help(eval->sink, diag, span_nowhere(), NULL,
              "connect smaller views, or restrict the mask to what is near: `pre == post + 1`, "
              "`dist(pre, post) <= 3`: then only the pairs that can fulfil it are visited");
    eval->private->stopped = true;
    return false;
}

const char *eval_source_text(struct eval *eval, struct span span)
{
    if (span.file == SPAN_NOWHERE || span.file >= eval->sources->files.n)
        return "this expression";
    const struct source *source = eval->sources->files.at[span.file];
    uint32_t n = span.end - span.begin;
    if (span.end > source->size || n > SOURCE_TEXT_WIDTH)
        return "this expression";
    char *text = arena_strndup(eval->arena, source->text + span.begin, n);
    for (uint32_t i = 0; i < n; i++)
        if (text[i] == '\n' || text[i] == '\r' || text[i] == '\t')
            text[i] = ' ';
    return text;
}
