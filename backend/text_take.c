/* The reader's small steps: take a word, a number, a place, or say what was expected. */
#include "backend/text_read.h"

#include "compiler/base/text.h"

#include <stdarg.h>
#include <string.h>

void reader_fault(struct reader *r, struct span span, const char *format, ...)
{
    struct text text;
    va_list args;
    if (r->bad)
        return;
    r->bad = r->any_bad = true;
    text_init(&text, r->arena);
    va_start(args, format);
    text_add_v(&text, format, args);
    va_end(args);
    diag_add(r->sink, DIAG_E0903, span, "%s", text.at);
}

static void advance(struct reader *r)
{
    r->statement.end = r->token.span.end;
    r->token = scan_token(&r->scanner);
}

/* "expected X, found Y" at the next token. */
static void expected(struct reader *r, const char *what)
{
    const struct token *token = &r->token;
    const char *at = r->scanner.source->text + token->span.begin;
    uint32_t n = token->span.end - token->span.begin;
    enum { LONGEST = 40 };
    if (token->kind == TOKEN_BAD)
        reader_fault(r, token->span, "%s", token->text);
    else if (token->kind == TOKEN_FILE_END && r->any_bad)
        r->bad = true; /* once is enough */
    else if (token->kind == TOKEN_FILE_END)
        reader_fault(r, token->span, "expected %s, found the end of the file", what);
    else if (token->kind == TOKEN_LINE_END)
        reader_fault(r, token->span, "expected %s, found the end of the line", what);
    else
        reader_fault(r, token->span, "expected %s, found `%.*s`", what,
                     (int)(n < LONGEST ? n : LONGEST), at);
}

bool took_word(struct reader *r, const char *word)
{
    if (r->bad || r->token.kind != TOKEN_WORD || strcmp(r->token.text, word) != 0)
        return false;
    advance(r);
    return true;
}

bool took_mark(struct reader *r, char mark)
{
    if (r->bad || r->token.kind != TOKEN_MARK || r->token.mark != mark)
        return false;
    advance(r);
    return true;
}

bool took_range(struct reader *r)
{
    if (r->bad || r->token.kind != TOKEN_RANGE)
        return false;
    advance(r);
    return true;
}

void take_word(struct reader *r, const char *word)
{
    if (!took_word(r, word))
        expected(r, arena_printf(r->arena, "`%s`", word));
}

void take_mark(struct reader *r, char mark)
{
    if (!took_mark(r, mark))
        expected(r, arena_printf(r->arena, "`%c`", mark));
}

uint64_t take_large_number(struct reader *r, const char *what)
{
    uint64_t number = r->token.number;
    if (r->token.kind != TOKEN_NUMBER)
        expected(r, what);
    if (r->bad)
        return 0;
    advance(r);
    return number;
}

uint32_t take_number(struct reader *r, const char *what, uint32_t most)
{
    struct span span = r->token.span;
    uint64_t number = take_large_number(r, what);
    if (number > most)
        reader_fault(r, span, "%llu is too large for %s, at most %u", (unsigned long long)number,
                     what, most);
    return r->bad ? 0 : (uint32_t)number;
}

const char *take_string(struct reader *r, const char *what)
{
    const char *text = r->token.text;
    if (r->token.kind != TOKEN_STRING)
        expected(r, what);
    if (r->bad)
        return "";
    advance(r);
    return text;
}

uint32_t take_choice(struct reader *r, const char *what, const char *const *names, uint32_t n)
{
    if (r->token.kind != TOKEN_WORD)
        expected(r, what);
    for (uint32_t i = 0; !r->bad && i < n; i++)
        if (took_word(r, names[i]))
            return i;
    const char *near = r->bad ? NULL : diag_nearest(r->token.text, names, n);
    if (near)
        reader_fault(r, r->token.span, "`%s` is not %s; `%s` is near", r->token.text, what, near);
    else if (!r->bad)
        reader_fault(r, r->token.span, "`%s` is not %s", r->token.text, what);
    return 0;
}

/* The number behind a prefix; UINT32_MAX: the word is no such thing. */
static uint32_t number_after(const char *word, const char *prefix)
{
    size_t n = strlen(prefix);
    uint32_t number = 0;
    if (strncmp(word, prefix, n) != 0 || !word[n] || (word[n] == '0' && word[n + 1]))
        return UINT32_MAX;
    for (const char *at = word + n; *at; at++) {
        if (*at < '0' || *at > '9' || __builtin_mul_overflow(number, 10u, &number)
            || __builtin_add_overflow(number, (uint32_t)(*at - '0'), &number))
            return UINT32_MAX;
    }
    return number;
}

uint32_t take_numbered(struct reader *r, const char *prefix, uint32_t n)
{
    uint32_t number =
        r->token.kind == TOKEN_WORD ? number_after(r->token.text, prefix) : UINT32_MAX;
    if (number >= n)
        expected(r, arena_printf(r->arena, "`%s0` to `%s%u`", prefix, prefix, n - 1));
    if (r->bad)
        return 0;
    advance(r);
    return number;
}

uint32_t take_core(struct reader *r)
{
    uint32_t chip = take_numbered(r, "chip", r->image->meta.chips);
    take_mark(r, '.');
    uint32_t core = take_numbered(r, "core", r->device->cores_per_chip);
    return chip * r->device->cores_per_chip + core;
}

size_t take_site(struct reader *r)
{
    uint32_t core = take_core(r);
    take_mark(r, '.');
    uint32_t neuron = take_numbered(r, "n", r->device->neurons_per_core);
    return (size_t)core * r->device->neurons_per_core + neuron;
}

void reader_say(struct reader *r, struct span *where, const char *what)
{
    if (r->bad)
        return;
    if (!where->end) {
        *where = r->statement;
        return;
    }
    r->bad = r->any_bad = true;
    struct diag *diag = diag_add(r->sink, DIAG_E0903, r->statement, "%s is given twice", what);
    diag_note(r->sink, diag, *where, "the first time here");
}
