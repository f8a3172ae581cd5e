#include "compiler/format.h"

#include "compiler/format_parts.h"
#include "grammar/dyn.tab.h"

#include <string.h>

/* --- writing --- */

static void put_blanks(struct text *out, uint32_t n)
{
    static const char blanks[] = "                                ";
    const uint32_t most = sizeof blanks - 1;
    for (; n > 0; n -= n < most ? n : most)
        text_bytes(out, blanks, n < most ? n : most);
}

/* A quantity keeps its spelling but for the number of blanks between number and unit. */
static void put_piece(struct text *out, const struct format *format, const struct piece *piece)
{
    const char *text = format->text + piece->begin;
    uint32_t n = piece->end - piece->begin;
    uint32_t number = (uint32_t)strcspn(text, " \t");
    if (piece->kind == TOK_QTY && piece->role != ROLE_COMMENT && number < n) {
        text_bytes(out, text, number);
        text_bytes(out, " ", 1);
        number += (uint32_t)strspn(text + number, " \t");
        text += number;
        n -= number;
    }
    text_bytes(out, text, n);
}

static void put_lines(struct text *out, const struct format *format)
{
    for (uint32_t k = 0; k < format->lines.n; k++) {
        const struct format_line *line = &format->lines.at[k];
        uint32_t column = 0;
        if (line->blank_before)
            text_bytes(out, "\n", 1);
        for (uint32_t i = line->first; i < line->end; i++) {
            const struct piece *piece = &format->piece[i];
            put_blanks(out, piece->at - column);
            put_piece(out, format, piece);
            column = piece->at + piece->width;
        }
        text_bytes(out, "\n", 1);
    }
}

/* --- the result says the same --- */

/* The next token's text at *at, blanks within it left out; false at the end of either. */
static bool same_piece(const struct format *a, uint32_t i, const struct format *b, uint32_t j)
{
    const struct piece *x = &a->piece[i], *y = &b->piece[j];
    if (x->role != y->role || x->kind != y->kind)
        return false;
    const char *s = a->text + x->begin, *t = b->text + y->begin;
    const char *s_end = a->text + x->end, *t_end = b->text + y->end;
    bool blanks = x->role != ROLE_COMMENT && x->role != ROLE_STRING;
    while (s < s_end && t < t_end && *s == *t) {
        s++;
        t++;
        if (blanks) {
            s += strspn(s, " \t");
            t += strspn(t, " \t");
        }
    }
    return s >= s_end && t >= t_end;
}

static bool read_pieces(struct arena *arena, const struct source_set *sources, uint16_t file,
                        struct diag_sink *sink, struct format *format)
{
    struct token_vec tokens;
    const struct source *source = sources->files.at[file];
    uint32_t errors = sink->n_errors;
    *format = (struct format){.arena = arena, .text = source->text, .size = source->size};
    parse_tokens(arena, sources, file, sink, &tokens);
    if (sink->n_errors > errors)
        return false;
    format_pieces(format, &tokens, source->n_lines);
    return true;
}

/* Tokens and comments decide what a text means and says. */
static bool says_the_same(struct arena *arena, const struct format *format, const struct text *out,
                          size_t begin)
{
    struct source_set sources;
    struct diag_sink sink;
    struct format again;
    source_set_init(&sources, arena, ".");
    diag_sink_init(&sink, arena);
    uint16_t file = source_add(&sources, "formatted", out->at + begin, out->n - begin);
    if (!read_pieces(arena, &sources, file, &sink, &again) || again.n != format->n)
        return false;
    for (uint32_t i = 0; i < format->n; i++)
        if (!same_piece(format, i, &again, i))
            return false;
    return true;
}

bool format_source(struct arena *arena, const struct source_set *sources, uint16_t file,
                   struct diag_sink *sink, struct text *out)
{
    struct format format;
    size_t begin = out->n;
    struct arena *scratch = arena_scratch(arena), *second = arena_scratch(arena);
    bool ok = read_pieces(scratch, sources, file, sink, &format);
    if (ok) {
        format_lines(&format);
        format_align(&format);
        put_lines(out, &format);
        ok = says_the_same(second, &format, out, begin);
        if (!ok) {
            out->n = begin;
            out->at[begin] = 0;
            diag_add(sink, DIAG_E0901, span_nowhere(),
                     "internal: \"%s\" would not say the same when formatted; please report this "
                     "file",
                     sources->files.at[file]->path);
        }
    }
    arena_scratch_end(second);
    arena_scratch_end(scratch);
    return ok;
}
