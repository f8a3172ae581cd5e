/* Numbers, quantities, strings and names: from the bytes of a token to its value. */
#include "compiler/parse.h"

#include "compiler/base/elementary.h"
#include "compiler/base/text.h"
#include "compiler/units.h"

#include <math.h>
#include <string.h>

static uint32_t length(struct span span)
{
    return span.end - span.begin;
}

/* --- integers --- */

static int digit_value(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    return (c | 0x20) - 'a' + 10;
}

/* Digits with `_` between them; false if the value is above 2^63 - 1. */
static bool read_integer(const char *text, uint32_t n, int base, int64_t *value)
{
    *value = 0;
    for (uint32_t i = 0; i < n; i++) {
        if (text[i] == '_')
            continue;
        if (__builtin_mul_overflow(*value, (int64_t)base, value)
            || __builtin_add_overflow(*value, (int64_t)digit_value(text[i]), value))
            return false;
    }
    return true;
}

struct expr *literal_integer(struct parse_ctx *ctx, struct span span, unsigned base)
{
    struct expr *expr = build_leaf(ctx, EXPR_INT, span);
    uint32_t skip = base == 10 ? 0 : 2; /* 0x, 0b */
    if (!read_integer(ctx->text + span.begin + skip, length(span) - skip, (int)base,
                      &expr->integer)) {
        struct diag *diag =
            parse_fault(ctx, DIAG_E0105, span, "number out of range: %.*s",
                        (int)(length(span) > 80 ? 80 : length(span)), ctx->text + span.begin);
        if (diag)
            diag_note(ctx->sink, diag, span_nowhere(), "the largest integer is 2^63 - 1");
        expr->integer = 0;
    }
    return expr;
}

/* --- reals --- */

struct decimal { /* digits * 10^exponent, exact where `exact` */
    int64_t digits;
    int32_t exponent;
    bool exact;
};

/* Reads `text` (digits, '_', '.', exponent). */
static struct decimal read_decimal(const char *text, uint32_t n)
{
    struct decimal d = {0, 0, true};
    bool fraction = false;
    uint32_t i = 0;
    for (; i < n && text[i] != 'e' && text[i] != 'E'; i++) {
        if (text[i] == '.') {
            fraction = true;
        } else if (text[i] != '_') {
            d.exact = d.exact && !__builtin_mul_overflow(d.digits, (int64_t)10, &d.digits)
                      && !__builtin_add_overflow(d.digits, (int64_t)(text[i] - '0'), &d.digits);
            d.exponent -= fraction;
        }
    }
    if (i == n)
        return d;
    bool negative = text[i + 1] == '-';
    int64_t exponent = 0;
    i += text[i + 1] == '-' || text[i + 1] == '+' ? 2 : 1;
    const int64_t huge = 1000000;
    for (; i < n; i++)
        exponent = exponent < huge ? exponent * 10 + (text[i] - '0') : huge;
    d.exponent += (int32_t)(negative ? -exponent : exponent);
    return d;
}

/* One rounding: the digits and the power of ten are both exact doubles. */
static bool fast_value(struct decimal d, double *value)
{
    static const double power[] = {1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,
                                   1e8,  1e9,  1e10, 1e11, 1e12, 1e13, 1e14, 1e15,
                                   1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22};
    const int32_t n = sizeof power / sizeof power[0];
    if (!d.exact || d.digits > (1LL << 53) || d.exponent >= n || d.exponent <= -n)
        return false;
    *value = d.exponent < 0 ? (double)d.digits / power[-d.exponent]
                            : (double)d.digits * power[d.exponent];
    return true;
}

/* The digits of `text` without `_` and with the exponent changed by `shift`, correctly rounded. */
static double slow_value(struct parse_ctx *ctx, const char *text, uint32_t n, int shift)
{
    char *plain = arena_alloc(ctx->arena, (size_t)n + 24, 1);
    uint32_t used = 0, i = 0;
    int32_t fraction = 0;
    bool after_point = false;
    for (; i < n && text[i] != 'e' && text[i] != 'E'; i++) {
        if (text[i] == '.') {
            after_point = true;
        } else if (text[i] != '_') {
            plain[used++] = text[i];
            fraction += after_point;
        }
    }
    struct decimal tail = {0, 0, true};
    if (i < n) /* "0" stands for the digits, which are copied already */
        tail = read_decimal(arena_printf(ctx->arena, "0%.*s", (int)(n - i), text + i), n - i + 1);
    const char *exponent = arena_printf(ctx->arena, "e%d", tail.exponent - fraction + shift);
    size_t m = strlen(exponent);
    memcpy(plain + used, exponent, m);
    return elem_parse_real(plain, used + (unsigned)m);
}

static double real_value(struct parse_ctx *ctx, struct span span, uint32_t n, int shift)
{
    const char *text = ctx->text + span.begin;
    struct decimal d = read_decimal(text, n);
    double value;
    d.exponent += shift;
    if (!fast_value(d, &value))
        value = slow_value(ctx, text, n, shift);
    if (isfinite(value))
        return value;
    parse_fault(ctx, DIAG_E0105, span, "number out of range: %.*s", (int)(n > 80 ? 80 : n), text);
    return 0;
}

struct expr *literal_real(struct parse_ctx *ctx, struct span span)
{
    struct expr *expr = build_leaf(ctx, EXPR_REAL, span);
    expr->real = real_value(ctx, span, length(span), 0);
    return expr;
}

/* --- quantities --- */

static bool in_number(char c)
{
    return (c >= '0' && c <= '9') || c == '_' || c == '.';
}

/* Bytes of the number at the beginning of `text`, which goes on with blanks or letters. */
static uint32_t number_length(const char *text, uint32_t n)
{
    uint32_t i = 0;
    while (i < n && in_number(text[i]))
        i++;
    if (i + 1 < n && (text[i] == 'e' || text[i] == 'E')) {
        uint32_t at = i + 1 + (text[i + 1] == '+' || text[i + 1] == '-'), digits = at;
        while (digits < n && text[digits] >= '0' && text[digits] <= '9')
            digits++;
        if (digits > at)
            return digits;
    }
    while (i > 0 && text[i - 1] == '_')
        i--;
    return i;
}

static struct expr *quantity(struct parse_ctx *ctx, struct span span, uint32_t number,
                             const struct unit *unit)
{
    struct expr *expr = build_leaf(ctx, EXPR_QTY, span);
    expr->unit = unit->text;
    expr->real = real_value(ctx, span, number, unit->power);
    return expr;
}

struct expr *literal_quantity(struct parse_ctx *ctx, struct span span)
{
    const char *text = ctx->text + span.begin;
    uint32_t n = length(span), number = number_length(text, n), at = number;
    while (text[at] == ' ' || text[at] == '\t')
        at++;
    return quantity(ctx, span, number, unit_find(text + at, n - at));
}

struct expr *literal_bad_unit(struct parse_ctx *ctx, struct span span)
{
    const char *text = ctx->text + span.begin;
    uint32_t n = length(span), number = number_length(text, n);
    const char *unit = arena_strndup(ctx->arena, text + number, n - number);
    struct span unit_span = {span.begin + number, span.end, span.file};
    bool radix = number == 1 && text[0] == '0' && strchr("xXbB", text[1]);
    struct diag *diag =
        radix ? parse_fault(ctx, DIAG_E0104, span,
                            "`%.80s`: not a hexadecimal or binary number, and those take no unit",
                            arena_strndup(ctx->arena, text, n))
              : parse_fault(ctx, DIAG_E0104, unit_span, "`%.80s`: unknown unit `%.80s`",
                            arena_strndup(ctx->arena, text, n), unit);
    const char *nearest = unit_nearest(unit);
    if (diag && !radix) {
        diag_note(ctx->sink, diag, span_nowhere(), "units are %s", unit_list(ctx->arena));
        if (nearest)
            diag_help(ctx->sink, diag, unit_span, nearest, "did you mean `%s`?", nearest);
    }
    return build_leaf(ctx, EXPR_INT, span);
}

struct expr *literal_micro(struct parse_ctx *ctx, struct span span)
{
    const char *text = ctx->text + span.begin;
    uint32_t n = length(span);
    struct span sign = {span.end - 3, span.end - 1, span.file};
    char fixed[3] = {'u', text[n - 1], 0};
    bool greek = (unsigned char)text[n - 3] == 0xCE;
    struct diag *diag = parse_fault(ctx, DIAG_E0101, sign, "character U+%s is not allowed here",
                                    greek ? "03BC" : "00B5");
    if (diag)
        diag_help(ctx->sink, diag, sign, "u", "write `%s`", fixed);
    uint32_t number = number_length(text, n);
    return quantity(ctx, span, number, unit_find(fixed, 2));
}

/* --- text --- */

/* Comments and strings may hold any UTF-8 but NUL. */
static void check_utf8(struct parse_ctx *ctx, struct span span)
{
    for (uint32_t i = span.begin; i < span.end;) {
        const char *at = ctx->text + i;
        uint32_t size = *at ? (uint32_t)utf8_length(at, span.end - i) : 0;
        if (size == 0) {
            report_character(ctx, (struct span){i, i + 1, ctx->file});
            return;
        }
        i += size;
    }
}

void literal_check_comment(struct parse_ctx *ctx, struct span span)
{
    check_utf8(ctx, span);
}

const char *literal_string(struct parse_ctx *ctx, struct span span)
{
    check_utf8(ctx, span);
    const char *text = ctx->text + span.begin + 1;
    uint32_t n = length(span) - 2, used = 0;
    char *value = arena_alloc(ctx->arena, (size_t)n + 1, 1);
    for (uint32_t i = 0; i < n; i++) {
        if (text[i] != '\\') {
            value[used++] = text[i];
            continue;
        }
        static const char escapes[] = "nt\"\\", meant[] = "\n\t\"\\";
        const char *escape = text[++i] ? strchr(escapes, text[i]) : NULL;
        if (escape) {
            value[used++] = meant[escape - escapes];
            continue;
        }
        uint32_t at = span.begin + i; /* of the backslash */
        struct diag *diag = parse_fault(ctx, DIAG_E0111, (struct span){at, at + 2, ctx->file},
                                        "unknown escape `%.2s`", text + i - 1);
        if (diag)
            diag_help(ctx->sink, diag, span_nowhere(), NULL,
                      "a string knows \\n, \\t, \\\" and \\\\");
    }
    return value;
}

const char *literal_name(struct parse_ctx *ctx, struct span span)
{
    if (length(span) > PARSE_MAX_NAME) {
        struct diag *diag =
            parse_fault(ctx, DIAG_E0110, span, "this name has %u bytes, at most %d are allowed",
                        length(span), PARSE_MAX_NAME);
        if (diag)
            diag_caret(ctx->sink, diag, "begins `%.20s`", ctx->text + span.begin);
    }
    return arena_strndup(ctx->arena, ctx->text + span.begin, length(span));
}
