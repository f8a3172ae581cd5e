#include "compiler/base/snippet.h"

#include <stdio.h>
#include <string.h>

enum {
    TAB = 4,      /* columns between tab stops */
    WIDEST = 120, /* columns of source shown of one line */
    BEFORE = 40,  /* of them before the mark, when the line is longer */
    DOTS = 3,     /* "..." where text is left out */
    REACH = 1000  /* bytes looked at on either side of the mark: more than WIDEST columns */
};

const struct palette *palette(bool color)
{
    static const struct palette plain = {"", "", "", "", "", "", ""};
    static const struct palette ansi = {"\x1b[1;31m", "\x1b[1;33m", "\x1b[1;32m", "\x1b[1;36m",
                                        "\x1b[1m",    "\x1b[1;34m", "\x1b[0m"};
    return color ? &ansi : &plain;
}

/* --- Characters --- */

struct glyph {
    uint32_t bytes; /* of the source */
    uint32_t width; /* columns on the screen */
    char shown[16];
};

/* Characters without a picture that change what stands around them: line and paragraph separators,
 * zero width and direction marks, the byte order mark. */
static bool is_invisible(uint32_t code)
{
    return (code >= 0x200B && code <= 0x200F) || (code >= 0x2028 && code <= 0x202E)
           || (code >= 0x2060 && code <= 0x206F) || code == 0xFEFF;
}

/* The character at text[0..n), n > 0, as it appears in column `column`. */
static struct glyph glyph_at(const char *text, size_t n, uint32_t column)
{
    struct glyph glyph = {.bytes = (uint32_t)utf8_length(text, n), .width = 1};
    if (glyph.bytes == 0) {
        glyph.bytes = 1;
        glyph.width = 4;
        snprintf(glyph.shown, sizeof glyph.shown, "<%02X>", (unsigned)(unsigned char)text[0]);
        return glyph;
    }
    uint32_t code = utf8_code(text, glyph.bytes);
    if (code == '\t') {
        glyph.width = TAB - column % TAB;
        snprintf(glyph.shown, sizeof glyph.shown, "%*s", (int)glyph.width, "");
    } else if (code < 0x20 || (code >= 0x7F && code < 0xA0)) {
        glyph.width = 4;
        snprintf(glyph.shown, sizeof glyph.shown, "<%02X>", (unsigned)code);
    } else if (is_invisible(code)) {
        glyph.width = 8;
        snprintf(glyph.shown, sizeof glyph.shown, "<U+%04X>", (unsigned)code);
    } else {
        memcpy(glyph.shown, text, glyph.bytes);
    }
    return glyph;
}

void text_escaped(struct text *out, const char *text, size_t n)
{
    for (size_t i = 0; i < n;) {
        struct glyph glyph = glyph_at(text + i, n - i, 0);
        if (text[i] == '\t')
            text_bytes(out, " ", 1);
        else
            text_add(out, "%s", glyph.shown);
        i += glyph.bytes;
    }
}

/* --- Marks of one line --- */

struct line_mark {
    uint32_t line;        /* from 0 */
    uint32_t begin, end;  /* byte offsets in the source */
    uint32_t left, right; /* columns on the screen, right exclusive */
    const char *label;
    bool primary;
};
struct line_mark_vec VEC_OF(struct line_mark);

struct excerpt {          /* the part of one line that is shown */
    uint32_t begin, end;  /* byte offsets in the line, without its line break */
    uint32_t first, last; /* columns shown, last exclusive */
    uint32_t width;       /* of begin to end */
};

static uint32_t line_end(const struct source *source, uint32_t line)
{
    uint32_t end = line + 1 < source->n_lines ? source->line[line + 1] - 1 : source->size;
    if (end > source->line[line] && source->text[end - 1] == '\r')
        end--;
    return end;
}

static uint32_t first_printed(const struct source *source, uint32_t line)
{
    uint32_t at = source->line[line], end = line_end(source, line);
    while (at < end && (source->text[at] == ' ' || source->text[at] == '\t'))
        at++;
    return at;
}

static uint32_t line_of(const struct source *source, uint32_t offset)
{
    return source_line_of(source, offset);
}

/* By line, then place; equal places keep their order. Few marks: insertion. */
static void add_sorted(struct arena *arena, struct line_mark_vec *all, struct line_mark mark)
{
    VEC_PUSH(arena, all, mark);
    uint32_t i = all->n - 1;
    for (; i > 0; i--) {
        const struct line_mark *other = &all->at[i - 1];
        if (other->line < mark.line || (other->line == mark.line && other->begin <= mark.begin))
            break;
        all->at[i] = *other;
    }
    all->at[i] = mark;
}

/* A span of several lines is marked on its first and on its last line; the label stands at its end.
 */
static void add_mark(struct arena *arena, struct line_mark_vec *all, const struct source *source,
                     const struct mark *mark)
{
    uint32_t begin = mark->span.begin, end = mark->span.end;
    if (begin > source->size)
        begin = source->size;
    if (end > source->size)
        end = source->size;
    if (end < begin)
        end = begin;
    uint32_t first = line_of(source, begin), last = end > begin ? line_of(source, end - 1) : first;
    struct line_mark part = {
        .line = first, .begin = begin, .end = end, .label = mark->label, .primary = mark->primary};
    if (last != first) {
        part.end = line_end(source, first);
        part.label = "";
        add_sorted(arena, all, part);
        part.line = last;
        part.begin = first_printed(source, last);
        part.end = end;
        part.label = mark->label;
    }
    add_sorted(arena, all, part);
}

static const struct line_mark *anchor_of(const struct line_mark *marks, uint32_t n)
{
    for (uint32_t i = 0; i < n; i++)
        if (marks[i].primary)
            return &marks[i];
    return &marks[0];
}

static bool inside_character(const struct source *source, uint32_t at)
{
    return ((unsigned char)source->text[at] & 0xC0) == 0x80;
}

/* Of a very long line only the surroundings of the byte `at` are looked at, so that a message costs
 * no more than it shows. What is left out on either side is wider than what choose_part() needs:
 * all that changes is where a tab ends. */
static void bound(const struct source *source, struct excerpt *view, uint32_t at)
{
    if (at - view->begin > REACH) {
        view->begin = at - REACH;
        for (int i = 0; i < 3 && inside_character(source, view->begin); i++)
            view->begin++;
    }
    if (view->end > at && view->end - at > REACH) {
        view->end = at + REACH;
        for (int i = 0; i < 3 && inside_character(source, view->end); i++)
            view->end--;
    }
}

/* Columns of the marks, and the width of the line. */
static void measure(const struct source *source, struct excerpt *view, struct line_mark *marks,
                    uint32_t n)
{
    uint32_t column = 0, at = view->begin;
    for (uint32_t i = 0; i < n; i++)
        marks[i].left = marks[i].right = UINT32_MAX;
    while (at < view->end) {
        struct glyph glyph = glyph_at(source->text + at, view->end - at, column);
        for (uint32_t i = 0; i < n; i++) {
            if (marks[i].left == UINT32_MAX && marks[i].begin < at + glyph.bytes)
                marks[i].left = column;
            if (marks[i].right == UINT32_MAX && marks[i].end <= at)
                marks[i].right = column;
        }
        column += glyph.width;
        at += glyph.bytes;
    }
    for (uint32_t i = 0; i < n; i++) {
        marks[i].left = marks[i].left == UINT32_MAX ? column : marks[i].left;
        marks[i].right = marks[i].right == UINT32_MAX ? column : marks[i].right;
    }
    view->width = column;
}

/* Which columns to show: all, or those around the primary mark. */
static void choose_part(struct excerpt *view, const struct line_mark *marks, uint32_t n)
{
    uint32_t anchor = anchor_of(marks, n)->left;
    view->first = 0;
    view->last = view->width;
    if (view->width <= WIDEST)
        return;
    if (anchor > BEFORE)
        view->first = anchor - BEFORE;
    if (view->first > view->width - WIDEST)
        view->first = view->width - WIDEST;
    view->last = view->first + WIDEST;
}

static void put_gutter(struct text *out, const struct snippet_style *style, uint32_t line)
{
    const struct palette *colors = style->palette;
    if (line)
        text_add(out, "%s%*u |%s", colors->gutter, (int)style->gutter, (unsigned)line, colors->off);
    else
        text_add(out, "%s%*s |%s", colors->gutter, (int)style->gutter, "", colors->off);
}

/* The line itself. A character cut by the left edge is left out, so `first` may move right. */
static void put_line(struct text *out, const struct source *source, struct excerpt *view)
{
    uint32_t column = 0, at = view->begin;
    bool started = false;
    text_add(out, "%s", view->width ? " " : "");
    text_add(out, "%s", view->first ? "..." : "");
    while (at < view->end) {
        struct glyph glyph = glyph_at(source->text + at, view->end - at, column);
        if (column + glyph.width > view->last)
            break;
        if (column >= view->first) {
            if (!started)
                view->first = column;
            started = true;
            text_add(out, "%s", glyph.shown);
        }
        column += glyph.width;
        at += glyph.bytes;
    }
    text_add(out, "%s\n", at < view->end ? "..." : "");
}

/* Columns as printed: behind "..." where the line is cut, and every mark at least one wide. Marks
 * outside the part that is shown stand under the dots. */
static void place_marks(const struct excerpt *view, struct line_mark *marks, uint32_t n)
{
    uint32_t shift = view->first ? DOTS : 0;
    uint32_t edge = shift + view->last - view->first;
    for (uint32_t i = 0; i < n; i++) {
        uint32_t left = marks[i].left, right = marks[i].right;
        left = left < view->first ? 0 : left - view->first + shift;
        right = right < view->first ? 0 : right - view->first + shift;
        marks[i].left = left > edge ? edge : left;
        marks[i].right = right > edge ? edge : right;
        if (marks[i].right <= marks[i].left)
            marks[i].right = marks[i].left + 1;
    }
}

static const char *color_of(const struct snippet_style *style, const struct line_mark *mark)
{
    return mark->primary ? style->color : style->palette->gutter;
}

static const struct line_mark *topmost(const struct line_mark *marks, uint32_t n, uint32_t column)
{
    const struct line_mark *found = NULL;
    for (uint32_t i = 0; i < n; i++)
        if (marks[i].left <= column && column < marks[i].right && (!found || !found->primary))
            found = &marks[i];
    return found;
}

/* The row of ^^^ and ---; primary marks cover others. */
static uint32_t put_underlines(struct text *out, const struct line_mark *marks, uint32_t n,
                               const struct snippet_style *style)
{
    uint32_t right = 0;
    const char *now = "";
    for (uint32_t i = 0; i < n; i++)
        right = marks[i].right > right ? marks[i].right : right;
    text_add(out, " ");
    for (uint32_t column = 0; column < right; column++) {
        const struct line_mark *mark = topmost(marks, n, column);
        const char *color = mark ? color_of(style, mark) : "";
        if (color != now)
            text_add(out, "%s%s", *now ? style->palette->off : "", color);
        now = color;
        text_add(out, "%c", mark ? mark->primary ? '^' : '-' : ' ');
    }
    text_add(out, "%s", *now ? style->palette->off : "");
    return right;
}

static void put_label(struct text *out, const struct line_mark *mark,
                      const struct snippet_style *style)
{
    text_add(out, "%s", color_of(style, mark));
    text_escaped(out, mark->label, strlen(mark->label));
    text_add(out, "%s", *color_of(style, mark) ? style->palette->off : "");
}

/* The row below: a bar under each of the labels 0..n-1 that wait, then, if `last`, its text. */
static void put_bars(struct text *out, const struct line_mark *const *waiting, uint32_t n,
                     const struct line_mark *last, const struct snippet_style *style)
{
    uint32_t column = 0;
    put_gutter(out, style, 0);
    text_add(out, " ");
    for (uint32_t i = 0; i < n; i++) {
        uint32_t left = waiting[i]->left;
        if (left < column || (last && left >= last->left))
            continue;
        text_add(out, "%*s%s|%s", (int)(left - column), "", color_of(style, waiting[i]),
                 *color_of(style, waiting[i]) ? style->palette->off : "");
        column = left + 1;
    }
    if (last) {
        text_add(out, "%*s", (int)(last->left - column), "");
        put_label(out, last, style);
    }
    text_add(out, "\n");
}

/* The rightmost label follows the marks if nothing stands behind its own; the others hang below,
 * from right to left. */
static void put_labels(struct text *out, const struct line_mark *marks, uint32_t n, uint32_t right,
                       const struct snippet_style *style)
{
    const struct line_mark **waiting = ARENA_ARRAY(out->arena, const struct line_mark *, n);
    uint32_t n_waiting = 0;
    for (uint32_t i = 0; i < n; i++)
        if (*marks[i].label)
            waiting[n_waiting++] = &marks[i];
    if (n_waiting > 0 && waiting[n_waiting - 1] == &marks[n - 1] && marks[n - 1].right == right) {
        text_add(out, " ");
        put_label(out, waiting[--n_waiting], style);
    }
    text_add(out, "\n");
    if (n_waiting > 0)
        put_bars(out, waiting, n_waiting, NULL, style);
    for (uint32_t i = n_waiting; i-- > 0;)
        put_bars(out, waiting, i, waiting[i], style);
}

/* One line of the source with the n > 0 marks that lie in it. */
static void put_marked_line(struct text *out, const struct source *source, struct line_mark *marks,
                            uint32_t n, const struct snippet_style *style)
{
    uint32_t line = marks[0].line;
    struct excerpt view = {.begin = source->line[line], .end = line_end(source, line)};
    bound(source, &view, anchor_of(marks, n)->begin);
    measure(source, &view, marks, n);
    choose_part(&view, marks, n);
    put_gutter(out, style, line + 1);
    put_line(out, source, &view);
    place_marks(&view, marks, n);
    put_gutter(out, style, 0);
    put_labels(out, marks, n, put_underlines(out, marks, n, style), style);
}

/* A line without marks that stands alone between two that have some. */
static void put_plain_line(struct text *out, const struct source *source, uint32_t line,
                           const struct snippet_style *style)
{
    struct excerpt view = {.begin = source->line[line], .end = line_end(source, line)};
    bound(source, &view, view.begin);
    measure(source, &view, NULL, 0);
    view.last = view.width < WIDEST ? view.width : WIDEST;
    put_gutter(out, style, line + 1);
    put_line(out, source, &view);
}

void snippet(struct text *out, const struct source *source, const struct mark *marks, uint32_t n,
             const struct snippet_style *style)
{
    struct line_mark_vec all = {0};
    for (uint32_t i = 0; i < n; i++)
        add_mark(out->arena, &all, source, &marks[i]);
    put_gutter(out, style, 0);
    text_add(out, "\n");
    for (uint32_t i = 0, end; i < all.n; i = end) {
        uint32_t line = all.at[i].line;
        for (end = i; end < all.n && all.at[end].line == line;)
            end++;
        if (i > 0 && line == all.at[i - 1].line + 2)
            put_plain_line(out, source, line - 1, style);
        else if (i > 0 && line > all.at[i - 1].line + 2)
            text_add(out, "%s...%s\n", style->palette->gutter, style->palette->off);
        put_marked_line(out, source, all.at + i, end - i, style);
    }
}
