/* Source lines with marks under them: the part of a message that shows where.
 *
 *      3 | let a = 3 nA + 2 ms;
 *        |         ---- ^ ---- time (s)
 *        |         |
 *        |         current (A)
 *
 * Tabs become blanks, control characters, text direction marks and broken UTF-8 become <XX>, and of
 * a long line only the part around its marks is shown, so every line of the output is short and can
 * do no harm to a terminal.
 */
#ifndef DYNC_BASE_SNIPPET_H
#define DYNC_BASE_SNIPPET_H

#include "compiler/base/source.h"
#include "compiler/base/text.h"

/* ANSI colours, or empty strings. */
struct palette {
    const char *error, *warning, *note, *help, *bold, *gutter, *off;
};
const struct palette *palette(bool color);

struct mark {
    struct span span;
    const char *label; /* may be "" */
    bool primary;      /* ^^^ in `color`, else --- */
};

struct snippet_style {
    const struct palette *palette;
    const char *color; /* of primary marks and their labels */
    uint32_t gutter;   /* width of the line numbers */
};

/* The lines of `source` that hold marks, each with its marks; "..." where lines are left out. All
 * marks lie in this source; places behind its end count as its end. */
void snippet(struct text *out, const struct source *source, const struct mark *marks, uint32_t n,
             const struct snippet_style *style);

/* `text` with every character that is not plain printable text shown as <XX>. */
void text_escaped(struct text *out, const char *text, size_t n);

#endif
