#include "compiler/base/diag.h"

#include <stdarg.h>
#include <string.h>
#include <strings.h>

enum { DEFAULT_MAX_ERRORS = 100 };

const struct diag_info *diag_info(enum diag_code code)
{
    static const struct diag_info info[N_DIAG_CODES] = {
#define ROW(code, name, exit_code, title, reserved)                                                \
    [DIAG_##code] = {#code,                                                                        \
                     #name,                                                                        \
                     exit_code,                                                                    \
                     title,                                                                        \
                     #code[0] == 'E'   ? SEVERITY_ERROR                                            \
                     : #code[0] == 'W' ? SEVERITY_WARNING                                          \
                                       : SEVERITY_NOTE,                                            \
                     reserved},
#define DIAG(code, name, exit_code, title) ROW(code, name, exit_code, title, false)
#define RESERVED(code, name, exit_code, title) ROW(code, name, exit_code, title, true)
#include "compiler/base/diag.def"
    };
#undef ROW
    return &info[code];
}

/* "e301" is E0301: zeros behind the letter may be left out. */
static bool is_code(const char *text, const char *code)
{
    size_t n = strlen(text), zeros = 0;
    while (code[1 + zeros] == '0' && n + zeros < strlen(code))
        zeros++;
    return n > 1 && !strncasecmp(text, code, 1) && !strcmp(text + 1, code + 1 + zeros);
}

int diag_named(const char *text)
{
    for (int i = 0; i < N_DIAG_CODES; i++)
        if (!strcasecmp(diag_info((enum diag_code)i)->name, text)
            || is_code(text, diag_info((enum diag_code)i)->code))
            return i;
    return -1;
}

void diag_sink_init(struct diag_sink *sink, struct arena *arena)
{
    memset(sink, 0, sizeof *sink);
    sink->arena = arena;
    sink->max_errors = DEFAULT_MAX_ERRORS;
}

static enum severity severity_in(const struct diag_sink *sink, enum diag_code code)
{
    enum severity severity = diag_info(code)->severity;
    if (sink->switches[code] == DIAG_AS_ERROR && severity != SEVERITY_NOTE)
        return SEVERITY_ERROR;
    if (sink->switches[code] == DIAG_AS_WARNING || sink->switches[code] == DIAG_OFF)
        return severity;
    if (severity == SEVERITY_WARNING && sink->warnings_are_errors)
        return SEVERITY_ERROR;
    return severity;
}

/* Whether a finding of this severity is kept; counts it. */
static bool admit(struct diag_sink *sink, enum diag_code code, enum severity severity)
{
    if (severity == SEVERITY_ERROR) {
        int own = diag_info(code)->exit_code;
        own = own ? own : 1; /* a warning made an error is an error in the source */
        sink->exit_code = own > sink->exit_code ? own : sink->exit_code;
        return sink->n_errors++ < sink->max_errors;
    }
    if (sink->switches[code] == DIAG_OFF)
        return false;
    uint32_t *n = severity == SEVERITY_WARNING ? &sink->n_warnings : &sink->n_notes;
    return (*n)++ < sink->max_errors;
}

struct diag *diag_add(struct diag_sink *sink, enum diag_code code, struct span span,
                      const char *format, ...)
{
    enum severity severity = severity_in(sink, code);
    bool kept = admit(sink, code, severity);
    if (!kept && sink->surplus)
        return sink->surplus; /* a million findings cost no more than those that are shown */
    struct diag *diag = ARENA_NEW(sink->arena, struct diag);
    va_list args;
    va_start(args, format);
    diag->message = arena_vprintf(sink->arena, format, args);
    va_end(args);
    diag->code = code;
    diag->severity = severity;
    diag->kept = kept;
    VEC_PUSH(sink->arena, &diag->labels, (struct diag_label){span, ""});
    if (kept)
        VEC_PUSH(sink->arena, &sink->all, diag);
    else
        sink->surplus = diag;
    return diag;
}

void diag_caret(struct diag_sink *sink, struct diag *diag, const char *format, ...)
{
    if (!diag->kept)
        return;
    va_list args;
    va_start(args, format);
    diag->labels.at[0].text = arena_vprintf(sink->arena, format, args);
    va_end(args);
}

void diag_label(struct diag_sink *sink, struct diag *diag, struct span span, const char *format,
                ...)
{
    if (!diag->kept)
        return;
    va_list args;
    va_start(args, format);
    const char *text = arena_vprintf(sink->arena, format, args);
    va_end(args);
    VEC_PUSH(sink->arena, &diag->labels, (struct diag_label){span, text});
}

void diag_note(struct diag_sink *sink, struct diag *diag, struct span span, const char *format, ...)
{
    if (!diag->kept)
        return;
    va_list args;
    va_start(args, format);
    const char *text = arena_vprintf(sink->arena, format, args);
    va_end(args);
    VEC_PUSH(sink->arena, &diag->notes, (struct diag_note){span, text});
}

void diag_help(struct diag_sink *sink, struct diag *diag, struct span span, const char *replacement,
               const char *format, ...)
{
    if (!diag->kept)
        return;
    va_list args;
    va_start(args, format);
    const char *text = arena_vprintf(sink->arena, format, args);
    va_end(args);
    const char *edit = replacement ? arena_strdup(sink->arena, replacement) : NULL;
    VEC_PUSH(sink->arena, &diag->fixes, (struct diag_fix){span, edit, text});
}

/* Stable insertion by merge: equal places keep the order in which they were found. */
static bool before(const struct diag *a, const struct diag *b)
{
    struct span x = a->labels.at[0].span, y = b->labels.at[0].span;
    if (x.file != y.file)
        return x.file < y.file;
    if (x.file == SPAN_NOWHERE)
        return false;
    return x.begin < y.begin;
}

static void merge(struct diag **at, struct diag **scratch, uint32_t n)
{
    if (n < 2)
        return;
    uint32_t half = n / 2, i = 0, j = half, k = 0;
    merge(at, scratch, half);
    merge(at + half, scratch, n - half);
    while (i < half || j < n) {
        bool right = i == half || (j < n && before(at[j], at[i]));
        scratch[k++] = right ? at[j++] : at[i++];
    }
    memcpy(at, scratch, n * sizeof *at);
}

void diag_sort(struct diag_sink *sink)
{
    struct diag **scratch = ARENA_ARRAY(sink->arena, struct diag *, sink->all.n);
    merge(sink->all.at, scratch, sink->all.n);
}

int diag_exit_code(const struct diag_sink *sink)
{
    return sink->exit_code;
}

bool diag_has_errors(const struct diag_sink *sink)
{
    return sink->n_errors > 0;
}

enum { FARTHEST = 2, LONGEST = 128 }; /* edits, and bytes of a name */

static char fold(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

static bool same(char a, char b, bool any_case)
{
    return any_case ? fold(a) == fold(b) : a == b;
}

static unsigned least(unsigned a, unsigned b)
{
    return a < b ? a : b;
}

/* Insertions, deletions, replacements and swaps of neighbours that turn one name into the other;
 * names of m and n bytes, at most LONGEST. */
static unsigned edit_distance(const char *a, size_t m, const char *b, size_t n, bool any_case)
{
    unsigned rows[3][LONGEST + 1], *before = rows[0], *above = rows[1], *row = rows[2];
    for (size_t j = 0; j <= n; j++)
        row[j] = (unsigned)j;
    for (size_t i = 1; i <= m; i++) {
        unsigned *oldest = before;
        before = above;
        above = row;
        row = oldest;
        row[0] = (unsigned)i;
        for (size_t j = 1; j <= n; j++) {
            row[j] = least(least(above[j], row[j - 1]) + 1,
                           above[j - 1] + !same(a[i - 1], b[j - 1], any_case));
            if (i > 1 && j > 1 && same(a[i - 1], b[j - 2], any_case)
                && same(a[i - 2], b[j - 1], any_case))
                row[j] = least(row[j], before[j - 2] + 1);
        }
    }
    return row[n];
}

void diag_offer(struct diag_match *match, const char *name)
{
    size_t m = strlen(match->text), n = strlen(name);
    if (m > LONGEST || n > LONGEST || m > n + FARTHEST || n > m + FARTHEST)
        return;
    unsigned edits = edit_distance(match->text, m, name, n, true);
    if (edits > FARTHEST || edits >= m)
        return;
    unsigned distance = edits * LONGEST + edit_distance(match->text, m, name, n, false);
    if (match->name && distance >= match->distance)
        return;
    match->name = name;
    match->distance = distance;
}

const char *diag_nearest(const char *text, const char *const *names, size_t n_names)
{
    struct diag_match match = {.text = text};
    for (size_t i = 0; i < n_names; i++)
        diag_offer(&match, names[i]);
    return match.name;
}
