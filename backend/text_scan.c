#include "backend/text_scan.h"

#include "compiler/base/text.h"

#include <string.h>

static char peek(const struct scanner *s)
{
    return s->at < s->source->size ? s->source->text[s->at] : '\0';
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool is_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

static int hex_value(char c)
{
    if (is_digit(c))
        return c - '0';
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static void skip_blanks(struct scanner *s)
{
    while (peek(s) == ' ' || peek(s) == '\t' || peek(s) == '\r')
        s->at++;
    if (peek(s) == '#')
        while (s->at < s->source->size && peek(s) != '\n')
            s->at++;
}

static void scan_number(struct scanner *s, struct token *token)
{
    token->kind = TOKEN_NUMBER;
    for (; is_digit(peek(s)); s->at++) {
        uint64_t digit = (uint64_t)(peek(s) - '0');
        if (__builtin_mul_overflow(token->number, 10u, &token->number)
            || __builtin_add_overflow(token->number, digit, &token->number)) {
            token->kind = TOKEN_BAD;
            token->text = "this number is too large";
        }
    }
}

static void scan_word(struct scanner *s, struct token *token)
{
    uint32_t begin = s->at;
    while (is_letter(peek(s)) || is_digit(peek(s)))
        s->at++;
    token->kind = TOKEN_WORD;
    token->text = arena_strndup(s->arena, s->source->text + begin, s->at - begin);
}

/* After a backslash: the character it stands for; 0 if there is none. */
static char scan_escape(struct scanner *s)
{
    char c = peek(s);
    s->at++;
    if (c == '"' || c == '\\')
        return c;
    if (c == 'n')
        return '\n';
    if (c != 'x')
        return 0;
    int high = hex_value(peek(s));
    int low = high < 0 ? -1 : hex_value(s->source->text[s->at + 1]);
    if (low < 0)
        return 0;
    s->at += 2;
    return (char)(high * 16 + low);
}

static void scan_string(struct scanner *s, struct token *token)
{
    struct text text;
    text_init(&text, s->arena);
    token->kind = TOKEN_STRING;
    s->at++;
    while (peek(s) != '"') {
        char c = peek(s);
        if (c == '\n' || c == '\0') {
            token->kind = TOKEN_BAD;
            token->text = c ? "this text is not closed on its line" : "this text is not closed";
            return;
        }
        s->at++;
        if (c == '\\')
            c = scan_escape(s);
        if (c == '\0') {
            token->kind = TOKEN_BAD;
            token->text = "unknown escape: \\\" \\\\ \\n and \\x01 .. \\xff are known";
            return;
        }
        text_bytes(&text, &c, 1);
    }
    s->at++;
    token->text = text.at;
}

static void scan_mark(struct scanner *s, struct token *token)
{
    char c = peek(s);
    s->at++;
    token->kind = TOKEN_MARK;
    token->mark = c;
    if (c == '.' && peek(s) == '.') {
        s->at++;
        token->kind = TOKEN_RANGE;
    } else if (c == '\0' || !strchr("[](),.=+-", c)) {
        token->kind = TOKEN_BAD;
        token->text = "this character is not allowed here";
    }
}

struct token scan_token(struct scanner *s)
{
    skip_blanks(s);
    struct token token = {.span = {.begin = s->at, .file = s->file}};
    if (s->at >= s->source->size) {
        token.kind = TOKEN_FILE_END;
    } else if (peek(s) == '\n') {
        token.kind = TOKEN_LINE_END;
        s->at++;
    } else if (is_digit(peek(s))) {
        scan_number(s, &token);
    } else if (is_letter(peek(s))) {
        scan_word(s, &token);
    } else if (peek(s) == '"') {
        scan_string(s, &token);
    } else {
        scan_mark(s, &token);
    }
    token.span.end = s->at;
    return token;
}
