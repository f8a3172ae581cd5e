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
