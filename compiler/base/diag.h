/* Findings about the user's input. Phases add diagnostics to a sink and go on; render.h prints
 * them.
 *
 * Codes, severities and exit codes are rows of diag.def; a code's number and name are never reused.
 * A message names the object in the user's words and gives need and limit. All text is copied into
 * the sink's arena. Nothing here prints.
 */
#ifndef DYNC_BASE_DIAG_H
#define DYNC_BASE_DIAG_H

#include "compiler/base/source.h"

enum diag_code {
#define DIAG(code, name, exit_code, title) DIAG_##code,
#include "compiler/base/diag.def"
    N_DIAG_CODES
};

enum severity { SEVERITY_NOTE, SEVERITY_WARNING, SEVERITY_ERROR };

struct diag_info {
    const char *code; /* "E0301" */
    const char *name; /* "cam-words", for -W */
    int exit_code;
    const char *title; /* one line for lists */
    enum severity severity;
    bool reserved; /* named by the language, reported by nothing in this version */
};
const struct diag_info *diag_info(enum diag_code code);
/* The code with this number or kebab name, upper and lower case alike; -1 if there is none. */
int diag_named(const char *text);

struct diag_label { /* a span of the message itself; the first is the primary one */
    struct span span;
    const char *text; /* may be "" */
};
struct diag_note {
    struct span span; /* SPAN_NOWHERE: a note without a place */
    const char *text; /* may hold newlines: further lines are indented under the first */
};
struct diag_fix {
    struct span span;        /* SPAN_NOWHERE: advice without an edit */
    const char *replacement; /* NULL: advice only */
    const char *text;        /* "help: text" */
};
struct diag_label_vec VEC_OF(struct diag_label);
struct diag_note_vec VEC_OF(struct diag_note);
struct diag_fix_vec VEC_OF(struct diag_fix);

struct diag {
    enum diag_code code;
    enum severity severity; /* after -W and -Werror */
    bool kept;              /* false: nobody will see it, costly remarks may be spared */
    const char *message;
    struct diag_label_vec labels;
    struct diag_note_vec notes;
    struct diag_fix_vec fixes;
};
struct diag_vec VEC_OF(struct diag *);

enum diag_switch { DIAG_DEFAULT, DIAG_OFF, DIAG_AS_WARNING, DIAG_AS_ERROR };
struct diag_sink {
    struct arena *arena;
    struct diag *surplus; /* stands for every finding that is not kept */
    struct diag_vec all;  /* in the order found; diag_sort() puts them in source order */
    uint32_t n_errors, n_warnings, n_notes;
    uint32_t max_errors; /* errors kept, and warnings, and notes; further ones are only counted
                            (default 100) */
    int exit_code;       /* largest of all errors, surplus ones included */
    bool warnings_are_errors;
    uint8_t switches[N_DIAG_CODES]; /* enum diag_switch */
};

void diag_sink_init(struct diag_sink *sink, struct arena *arena);

/* Adds a finding; the first label is `span` (may be SPAN_NOWHERE). Never NULL: a suppressed or
 * surplus finding goes to a scratch object, so that callers may chain notes without checks. */
struct diag *diag_add(struct diag_sink *sink, enum diag_code code, struct span span,
                      const char *format, ...) __attribute__((format(printf, 4, 5)));
/* Text under the caret of the primary span. */
void diag_caret(struct diag_sink *sink, struct diag *diag, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
void diag_label(struct diag_sink *sink, struct diag *diag, struct span span, const char *format,
                ...) __attribute__((format(printf, 4, 5)));
void diag_note(struct diag_sink *sink, struct diag *diag, struct span span, const char *format, ...)
    __attribute__((format(printf, 4, 5)));
/* replacement may be NULL (advice only). */
void diag_help(struct diag_sink *sink, struct diag *diag, struct span span, const char *replacement,
               const char *format, ...) __attribute__((format(printf, 5, 6)));

/* Source order: by file, begin, then order found; findings without a place last. */
void diag_sort(struct diag_sink *sink);
/* Largest exit code of the errors found so far; 0 without errors. */
int diag_exit_code(const struct diag_sink *sink);
bool diag_has_errors(const struct diag_sink *sink);

/* Looks for the name that was meant by `text`: the nearest of those offered, at most two edits away
 * and fewer than the length of `text`. An edit inserts, deletes or replaces a byte or swaps two
 * neighbours; upper and lower case decide only between names that are equally near, and of those
 * alike in that too the first is taken. Start with {.text = text}; `name` is the one found, NULL
 * for none. */
struct diag_match {
    const char *text;
    const char *name;
    unsigned distance; /* rank of `name` among the offers */
};
void diag_offer(struct diag_match *match, const char *name);
/* The nearest of a list, or NULL. */
const char *diag_nearest(const char *text, const char *const *names, size_t n_names);

#endif
