#include "compiler/base/render.h"

#include "compiler/base/snippet.h"

#include <string.h>

enum { LEAST_GUTTER = 2 };

static const char *const severity_name[] = {"note", "warning", "error"};

struct page { /* what the parts of one message share */
    struct text *out;
    const struct source_set *sources;
    struct snippet_style style;
};

static const struct source *source_of(const struct source_set *sources, struct span span)
{
    return span.file < sources->files.n ? sources->files.at[span.file] : NULL;
}

/* --- Gutter --- */

static uint32_t digits_of_line(const struct source_set *sources, struct span span)
{
    const struct source *source = source_of(sources, span);
    if (!source)
        return 0;
    uint32_t end = span.end < source->size ? span.end : source->size;
    uint32_t line = source_line_of(source, end) + 1, digits = 0;
    for (; line; line /= 10)
        digits++;
    return digits;
}

/* Wide enough for every line number of the message. */
static uint32_t gutter_of(const struct source_set *sources, const struct diag *diag)
{
    uint32_t width = LEAST_GUTTER;
    for (uint32_t i = 0; i < diag->labels.n; i++) {
        uint32_t digits = digits_of_line(sources, diag->labels.at[i].span);
        width = digits > width ? digits : width;
    }
    for (uint32_t i = 0; i < diag->notes.n; i++) {
        uint32_t digits = digits_of_line(sources, diag->notes.at[i].span);
        width = digits > width ? digits : width;
    }
    return width;
}

/* --- Parts --- */

static void put_escaped(struct text *out, const char *text)
{
    text_escaped(out, text, strlen(text));
}

static void put_place(const struct page *page, const char *arrow, struct span span)
{
    const struct source *source = source_of(page->sources, span);
    const struct palette *colors = page->style.palette;
    struct line_col at = source_line_col(source, span.begin);
    text_add(page->out, "%*s%s%s%s ", (int)page->style.gutter, "", colors->gutter, arrow,
             colors->off);
    put_escaped(page->out, source->shown);
    text_add(page->out, ":%u:%u\n", (unsigned)at.line, (unsigned)at.col);
}

/* The labels that lie in one file, under its place. The first label of the message is the primary
 * one. */
static void put_file(const struct page *page, const struct diag *diag, uint32_t first)
{
    const struct diag_label *labels = diag->labels.at;
    uint16_t file = labels[first].span.file;
    struct mark *marks = ARENA_ARRAY(page->out->arena, struct mark, diag->labels.n);
    uint32_t n = 0;
    for (uint32_t i = first; i < diag->labels.n; i++)
        if (labels[i].span.file == file)
            marks[n++] = (struct mark){labels[i].span, labels[i].text, i == 0};
    put_place(page, first == 0 ? "-->" : ":::", labels[first].span);
    snippet(page->out, source_of(page->sources, labels[first].span), marks, n, &page->style);
}

static bool file_seen(const struct diag *diag, uint32_t i)
{
    for (uint32_t j = 0; j < i; j++)
        if (diag->labels.at[j].span.file == diag->labels.at[i].span.file)
            return true;
    return false;
}

/* "   = note: text", further lines under the first. */
static void put_remark(const struct page *page, const char *color, const char *kind,
                       const char *text)
{
    const struct palette *colors = page->style.palette;
    text_add(page->out, "%*s %s=%s %s%s%s: ", (int)page->style.gutter, "", colors->gutter,
             colors->off, color, kind, colors->off);
    int indent = (int)(page->style.gutter + strlen(" = ") + strlen(kind) + strlen(": "));
    for (;;) {
        size_t n = strcspn(text, "\n");
        text_escaped(page->out, text, n);
        text_add(page->out, "\n");
        text += n;
        if (!*text || !*++text)
            return;
        text_add(page->out, "%*s", indent, "");
    }
}

static void put_placed_note(const struct page *page, const struct diag_note *note)
{
    const struct palette *colors = page->style.palette;
    struct page aside = *page;
    aside.style.color = colors->note;
    text_add(page->out, "%snote%s: ", colors->note, colors->off);
    put_escaped(page->out, note->text);
    text_add(page->out, "\n");
    put_place(&aside, "-->", note->span);
    struct mark mark = {note->span, "", true};
    snippet(page->out, source_of(page->sources, note->span), &mark, 1, &aside.style);
}

const char *render_fix_text(struct arena *arena, const struct diag_fix *fix)
{
    if (*fix->text || !fix->replacement)
        return fix->text;
    return arena_printf(arena, "write `%s`", fix->replacement);
}

static void put_fix(const struct page *page, const struct diag_fix *fix)
{
    put_remark(page, page->style.palette->help, "help", render_fix_text(page->out->arena, fix));
}

static void put_headline(const struct page *page, const struct diag *diag)
{
    const struct palette *colors = page->style.palette;
    text_add(page->out, "%s%s[%s]%s%s: ", page->style.color, severity_name[diag->severity],
             diag_info(diag->code)->code, colors->off, colors->bold);
    put_escaped(page->out, diag->message);
    text_add(page->out, "%s\n", colors->off);
}

static void put_diag(struct text *out, const struct source_set *sources, const struct diag *diag,
                     bool color)
{
    const struct palette *colors = palette(color);
    const char *const severity_color[] = {colors->note, colors->warning, colors->error};
    struct page page = {
        out, sources, {colors, severity_color[diag->severity], gutter_of(sources, diag)}};
    put_headline(&page, diag);
    for (uint32_t i = 0; i < diag->labels.n; i++)
        if (source_of(sources, diag->labels.at[i].span) && !file_seen(diag, i))
            put_file(&page, diag, i);
    for (uint32_t i = 0; i < diag->notes.n; i++)
        if (!source_of(sources, diag->notes.at[i].span))
            put_remark(&page, colors->bold, "note", diag->notes.at[i].text);
    for (uint32_t i = 0; i < diag->notes.n; i++)
        if (source_of(sources, diag->notes.at[i].span))
            put_placed_note(&page, &diag->notes.at[i]);
    for (uint32_t i = 0; i < diag->fixes.n; i++)
        put_fix(&page, &diag->fixes.at[i]);
}

/* --- JSON --- */

struct record {
    struct json *json;
    const struct source_set *sources;
    bool whole;
};

static void put_bytes(const struct record *record, struct span span)
{
    struct json *json = record->json;
    json_key(json, "bytes");
    if (!source_of(record->sources, span)) {
        json_null(json);
        return;
    }
    json_array(json);
    json_uint(json, span.begin);
    json_uint(json, span.end < span.begin ? span.begin : span.end);
    json_end_array(json);
}

/* label: NULL for spans that have none. */
static void put_span(const struct record *record, struct span span, const char *label)
{
    struct json *json = record->json;
    const struct source *source = source_of(record->sources, span);
    struct line_col begin = source_line_col(source, span.begin);
    struct line_col end = source_line_col(source, span.end < span.begin ? span.begin : span.end);
    json_object(json);
    json_key(json, "file");
    json_string(json, record->whole ? source->shown : source->path);
    json_key(json, "line");
    json_uint(json, begin.line);
    json_key(json, "col");
    json_uint(json, begin.col);
    json_key(json, "end_line");
    json_uint(json, end.line);
    json_key(json, "end_col");
    json_uint(json, end.col);
    if (record->whole)
        put_bytes(record, span);
    if (record->whole && label) {
        json_key(json, "label");
        json_string(json, label);
    }
    json_end_object(json);
}

static void put_spans(const struct record *record, struct span span)
{
    json_key(record->json, "spans");
    json_array(record->json);
    if (source_of(record->sources, span))
        put_span(record, span, NULL);
    json_end_array(record->json);
}

static void put_json_notes(const struct record *record, const struct diag_note_vec *notes)
{
    struct json *json = record->json;
    json_key(json, "notes");
    json_array(json);
    for (uint32_t i = 0; i < notes->n; i++) {
        json_object(json);
        json_key(json, "message");
        json_string(json, notes->at[i].text);
        put_spans(record, notes->at[i].span);
        json_end_object(json);
    }
    json_end_array(json);
}

static void put_json_fixes(const struct record *record, const struct diag_fix_vec *fixes)
{
    struct json *json = record->json;
    json_key(json, "fixes");
    json_array(json);
    for (uint32_t i = 0; i < fixes->n; i++) {
        json_object(json);
        json_key(json, "message");
        json_string(json, fixes->at[i].text);
        json_key(json, "replacement");
        json_string(json, fixes->at[i].replacement);
        put_spans(record, fixes->at[i].span);
        put_bytes(record, fixes->at[i].span);
        json_end_object(json);
    }
    json_end_array(json);
}

void render_diag_json(struct json *json, const struct source_set *sources, const struct diag *diag,
                      bool whole)
{
    const struct record record = {json, sources, whole};
    json_object(json);
    json_key(json, "code");
    json_string(json, diag_info(diag->code)->code);
    if (whole) {
        json_key(json, "name");
        json_string(json, diag_info(diag->code)->name);
    }
    json_key(json, "severity");
    json_string(json, severity_name[diag->severity]);
    json_key(json, "message");
    json_string(json, diag->message);
    json_key(json, "spans");
    json_array(json);
    for (uint32_t i = 0; i < diag->labels.n; i++)
        if (source_of(sources, diag->labels.at[i].span))
            put_span(&record, diag->labels.at[i].span, diag->labels.at[i].text);
    json_end_array(json);
    put_json_notes(&record, &diag->notes);
    put_json_fixes(&record, &diag->fixes);
    json_end_object(json);
}

/* --- All together --- */

static void put_one(struct text *out, const struct source_set *sources, const struct diag *diag,
                    const struct render_options *options)
{
    if (options->format == RENDER_TEXT) {
        put_diag(out, sources, diag, options->color);
        return;
    }
    struct json json;
    size_t n;
    json_init(&json, out->arena, true);
    render_diag_json(&json, sources, diag, true);
    const char *line = json_finish(&json, &n);
    text_bytes(out, line, n);
}

static void put_count(struct text *out, uint32_t n, const char *thing, const char *before)
{
    if (n > 0)
        text_add(out, "%s%u %s%s", before, (unsigned)n, thing, n == 1 ? "" : "s");
}

static void put_surplus(struct text *out, uint32_t n, uint32_t shown, const char *thing)
{
    if (n <= shown)
        return;
    put_count(out, n - shown, thing, "");
    text_add(out, " not shown (--max-errors %u)\n", (unsigned)shown);
}

static void put_totals(struct text *out, const struct diag_sink *sink, bool quiet)
{
    uint32_t warnings = quiet ? 0 : sink->n_warnings, notes = quiet ? 0 : sink->n_notes;
    if (sink->n_errors || warnings || notes > sink->max_errors)
        text_add(out, "\n");
    put_surplus(out, sink->n_errors, sink->max_errors, "more error");
    put_surplus(out, warnings, sink->max_errors, "more warning");
    put_surplus(out, notes, sink->max_errors, "more note");
    put_count(out, sink->n_errors, "error", "");
    put_count(out, warnings, "warning", sink->n_errors ? ", " : "");
    text_add(out, "%s", sink->n_errors || warnings ? "\n" : "");
}

char *render_all(struct arena *arena, const struct source_set *sources, struct diag_sink *sink,
                 const struct render_options *options)
{
    struct text out;
    text_init(&out, arena);
    diag_sort(sink);
    for (uint32_t i = 0; i < sink->all.n; i++) {
        const struct diag *diag = sink->all.at[i];
        if (options->quiet && diag->severity != SEVERITY_ERROR)
            continue;
        text_add(&out, options->format == RENDER_TEXT && out.n > 0 ? "\n" : "");
        put_one(&out, sources, diag, options);
    }
    if (options->format == RENDER_TEXT)
        put_totals(&out, sink, options->quiet);
    return out.at;
}
