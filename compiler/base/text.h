/* A growing text in an arena: the way every module builds output before one write. */
#ifndef DYNC_BASE_TEXT_H
#define DYNC_BASE_TEXT_H

#include "compiler/base/arena.h"

#include <stdarg.h>

struct text {
    struct arena *arena;
    char *at; /* n bytes and a terminating 0 */
    size_t n, cap;
};
void text_init(struct text *text, struct arena *arena);
void text_add(struct text *text, const char *format, ...) __attribute__((format(printf, 2, 3)));
void text_add_v(struct text *text, const char *format, va_list args);
void text_bytes(struct text *text, const char *bytes, size_t n);

/* Bytes of the UTF-8 character at text[0..n), 1 to 4; 0 if there is none: a stray or missing
 * continuation byte, an overlong form, a surrogate, a number above U+10FFFF. */
size_t utf8_length(const char *text, size_t n);
/* The code point of a character of n bytes that utf8_length() has found. */
uint32_t utf8_code(const char *text, size_t n);

#endif
