#include "compiler/base/json.h"

#include "compiler/base/elementary.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { INDENT = 2 };

void json_init(struct json *json, struct arena *arena, bool compact)
{
    *json = (struct json){.first = true, .compact = compact};
    text_init(&json->text, arena);
}

static void new_line(struct json *json)
{
    if (!json->compact)
        text_add(&json->text, "\n%*s", json->depth * INDENT, "");
}

/* What stands before an item: nothing after its key, else a comma and a line break. */
static void separate(struct json *json)
{
    if (json->after_key) {
        json->after_key = false;
        return;
    }
    if (!json->first)
        text_bytes(&json->text, ",", 1);
    if (json->depth > 0)
        new_line(json);
    json->first = false;
}

static void open_group(struct json *json, const char *bracket)
{
    separate(json);
    text_bytes(&json->text, bracket, 1);
    json->depth++;
    json->first = true;
}

static void close_group(struct json *json, const char *bracket)
{
    json->depth--;
    if (!json->first)
        new_line(json);
    text_bytes(&json->text, bracket, 1);
    json->first = false;
}

void json_object(struct json *json)
{
    open_group(json, "{");
}

void json_end_object(struct json *json)
{
    close_group(json, "}");
}

void json_array(struct json *json)
{
    open_group(json, "[");
}

void json_end_array(struct json *json)
{
    close_group(json, "]");
}

static void quote(struct text *text, const char *at)
{
    const char *end = at + strlen(at);
    text_bytes(text, "\"", 1);
    while (at < end) {
        unsigned char c = (unsigned char)*at;
        size_t n = utf8_length(at, (size_t)(end - at));
        if (n == 0)
            text_add(text, "\\ufffd");
        else if (c == '"' || c == '\\')
            text_add(text, "\\%c", c);
        else if (c == '\n')
            text_add(text, "\\n");
        else if (c == '\t')
            text_add(text, "\\t");
        else if (c < ' ' || c == 0x7F)
            text_add(text, "\\u%04x", (unsigned)c);
        else
            text_bytes(text, at, n);
        at += n ? n : 1;
    }
    text_bytes(text, "\"", 1);
}

void json_key(struct json *json, const char *key)
{
    separate(json);
    quote(&json->text, key);
    text_add(&json->text, json->compact ? ":" : ": ");
    json->after_key = true;
}

void json_string(struct json *json, const char *text)
{
    if (!text) {
        json_null(json);
        return;
    }
    separate(json);
    quote(&json->text, text);
}

void json_int(struct json *json, int64_t value)
{
    separate(json);
    text_add(&json->text, "%lld", (long long)value);
}

void json_uint(struct json *json, uint64_t value)
{
    separate(json);
    text_add(&json->text, "%llu", (unsigned long long)value);
}

void json_real(struct json *json, double value)
{
    char buffer[REAL_TEXT_SIZE];
    separate(json);
    text_add(&json->text, "%s", isfinite(value) ? real_text_into(buffer, value) : "null");
}

void json_bool(struct json *json, bool value)
{
    separate(json);
    text_add(&json->text, value ? "true" : "false");
}

void json_null(struct json *json)
{
    separate(json);
    text_add(&json->text, "null");
}

const char *json_finish(struct json *json, size_t *n)
{
    text_bytes(&json->text, "\n", 1);
    *n = json->text.n;
    return json->text.at;
}

/* A positive number as 0.DIGITS * 10^exponent. */
enum { MOST_DIGITS = 17 };
struct digits {
    char digit[MOST_DIGITS + 1];
    int n, exponent;
};

/* The value rounded to n digits. The decimal point of the locale, whatever it is, is stepped over.
 */
static void round_to(double value, int n, struct digits *out)
{
    char buffer[64];
    const char *at = buffer;
    snprintf(buffer, sizeof buffer, "%.*e", n - 1, value);
    out->n = 0;
    for (; *at != 'e'; at++)
        if (*at >= '0' && *at <= '9' && out->n < n)
            out->digit[out->n++] = *at;
    out->exponent = (int)strtol(at + 1, NULL, 10) + 1;
    while (out->n > 1 && out->digit[out->n - 1] == '0')
        out->n--;
    out->digit[out->n] = 0;
}

static bool reads_back(const struct digits *digits, double value)
{
    char buffer[64];
    int n = snprintf(buffer, sizeof buffer, "%se%d", digits->digit, digits->exponent - digits->n);
    return elem_parse_real(buffer, (unsigned)n) == value;
}

/* At a power of two the doubles below lie closer than those above: there the next larger number of
 * 16 digits may read back where the nearest one does not. */
static bool next_up_reads_back(struct digits *digits, double value)
{
    if (digits->n < MOST_DIGITS - 1 || digits->digit[digits->n - 1] == '9')
        return false;
    digits->digit[digits->n - 1]++;
    return reads_back(digits, value);
}

/* Fifteen digits and less survive a trip through any normal double, so the shortest of them shows
 * as trailing zeros; subnormal numbers hold fewer and are searched from the shortest. */
static void shortest_digits(double value, struct digits *digits)
{
    const double least_normal = 0x1p-1022;
    for (int n = value < least_normal ? 1 : 15; n < MOST_DIGITS; n++) {
        round_to(value, n, digits);
        if (reads_back(digits, value))
            return;
        if (n == MOST_DIGITS - 1 && next_up_reads_back(digits, value))
            return;
    }
    round_to(value, MOST_DIGITS, digits);
}

static char *put_scientific(char *at, const struct digits *digits)
{
    *at++ = digits->digit[0];
    if (digits->n > 1) {
        *at++ = '.';
        for (int i = 1; i < digits->n; i++)
            *at++ = digits->digit[i];
    }
    return at + snprintf(at, 8, "e%+03d", digits->exponent - 1);
}

static char *put_plain(char *at, const struct digits *digits)
{
    int point = digits->exponent;
    if (point <= 0) {
        *at++ = '0';
        *at++ = '.';
        for (int i = point; i < 0; i++)
            *at++ = '0';
    }
    for (int i = 0; i < digits->n || i < point; i++) {
        if (i == point && i > 0)
            *at++ = '.';
        *at++ = '0';
        if (i < digits->n)
            at[-1] = digits->digit[i];
    }
    return at;
}

char *real_text_into(char *buffer, double value)
{
    char *at = buffer;
    struct digits digits;
    if (!isfinite(value)) {
        const char *name = isnan(value) ? "nan" : value < 0 ? "-inf" : "inf";
        return strcpy(buffer, name);
    }
    if (signbit(value))
        *at++ = '-';
    if (value == 0) {
        *at++ = '0';
    } else {
        shortest_digits(fabs(value), &digits);
        bool plain = digits.exponent > -4 && digits.exponent <= 16;
        at = plain ? put_plain(at, &digits) : put_scientific(at, &digits);
    }
    *at = 0;
    return buffer;
}

char *real_text(struct arena *arena, double value)
{
    char buffer[REAL_TEXT_SIZE];
    return arena_strdup(arena, real_text_into(buffer, value));
}
