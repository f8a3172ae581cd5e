#include "compiler/base/text.h"

#include <stdio.h>
#include <string.h>

enum { FIRST_CAPACITY = 256 };

void text_init(struct text *text, struct arena *arena)
{
    *text = (struct text){.arena = arena, .cap = FIRST_CAPACITY};
    text->at = arena_alloc(arena, FIRST_CAPACITY, 1);
}

static void reserve(struct text *text, size_t more)
{
    size_t cap = text->cap;
    if (more < cap - text->n)
        return;
    while (cap - text->n <= more) {
        if (cap > SIZE_MAX / 2)
            oom_trap_spring(text->arena->trap);
        cap *= 2;
    }
    char *bigger = arena_alloc(text->arena, cap, 1);
    memcpy(bigger, text->at, text->n);
    text->at = bigger;
    text->cap = cap;
}

void text_bytes(struct text *text, const char *bytes, size_t n)
{
    reserve(text, n);
    memcpy(text->at + text->n, bytes, n);
    text->n += n;
    text->at[text->n] = 0;
}

void text_add_v(struct text *text, const char *format, va_list args)
{
    va_list again;
    va_copy(again, args);
    int n = vsnprintf(text->at + text->n, text->cap - text->n, format, args);
    if (n >= 0 && (size_t)n >= text->cap - text->n) {
        reserve(text, (size_t)n);
        n = vsnprintf(text->at + text->n, text->cap - text->n, format, again);
    }
    va_end(again);
    text->n += n < 0 ? 0 : (size_t)n;
}

void text_add(struct text *text, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    text_add_v(text, format, args);
    va_end(args);
}

/* Length by lead byte and least and greatest second byte, which rules out overlong forms,
 * surrogates and numbers that are too large (Unicode standard, table 3-7). */
size_t utf8_length(const char *text, size_t n)
{
    const unsigned char *at = (const unsigned char *)text;
    unsigned char least = 0x80, most = 0xBF;
    if (n == 0 || (at[0] >= 0x80 && at[0] < 0xC2) || at[0] > 0xF4)
        return 0;
    if (at[0] < 0x80)
        return 1;
    size_t length = at[0] < 0xE0 ? 2 : at[0] < 0xF0 ? 3 : 4;
    if (at[0] == 0xE0)
        least = 0xA0;
    if (at[0] == 0xED)
        most = 0x9F;
    if (at[0] == 0xF0)
        least = 0x90;
    if (at[0] == 0xF4)
        most = 0x8F;
    if (n < length || at[1] < least || at[1] > most)
        return 0;
    for (size_t i = 2; i < length; i++)
        if ((at[i] & 0xC0) != 0x80)
            return 0;
    return length;
}

uint32_t utf8_code(const char *text, size_t n)
{
    static const unsigned char lead_mask[] = {0, 0x7F, 0x1F, 0x0F, 0x07};
    uint32_t code = (unsigned char)text[0] & lead_mask[n];
    for (size_t i = 1; i < n; i++)
        code = code << 6 | ((unsigned char)text[i] & 0x3F);
    return code;
}
