/* Where lines begin. Statements and blocks decide most; inside a statement the author's breaks at
 * commas, operators and brackets stay, and lines that are too long are broken behind commas.
 *
 * Columns here are those without alignment, so that nothing depends on blanks in the source and
 * formatting the result decides the same.
 */
#include "compiler/format_parts.h"

#include "compiler/parse.h"
#include "grammar/dyn.tab.h"

enum { MAX_PLACES = FORMAT_WIDTH + 1 };

struct block {
    bool in_line;
    bool attributes;
};

struct layout {
    struct format *format;
    struct block block[PARSE_MAX_NESTING];
    uint32_t depth;             /* of blocks */
    uint32_t token;             /* last token before the piece in question; FORMAT_NONE */
    uint32_t place[MAX_PLACES]; /* pieces of this line that could begin a line of their own */
    uint32_t n_places;
};

static struct block innermost(const struct layout *layout)
{
    return layout->depth ? layout->block[layout->depth - 1] : (struct block){false, false};
}

static struct piece *token_before(const struct layout *layout)
{
    return layout->token == FORMAT_NONE ? NULL : &layout->format->piece[layout->token];
}

/* Whether piece i stands between statements (or is a brace). */
static bool outside_statement(const struct layout *layout)
{
    const struct piece *before = token_before(layout);
    return !before || before->role == ROLE_END || before->role == ROLE_BEGIN_BLOCK
           || before->role == ROLE_END_BLOCK;
}

static uint32_t end_of(const struct piece *piece)
{
    return piece->at + piece->width;
}

/* The first token behind an opening bracket or operator. */
static uint32_t first_behind(const struct format *format, uint32_t opener)
{
    uint32_t i = opener + 1;
    while (i < format->n && format->piece[i].role == ROLE_COMMENT)
        i++;
    return i;
}

/* --- what begins a line --- */

/* Breaks of the author that stay inside a statement: behind commas and opening brackets, around
 * operators, and before the closing bracket of what begins on a line of its own. */
static bool stays(const struct layout *layout, uint32_t i)
{
    const struct format *format = layout->format;
    const struct piece *piece = &format->piece[i], *before = token_before(layout);
    if (piece->role == ROLE_BEGIN_BLOCK || piece->role == ROLE_COMMA || piece->role == ROLE_END)
        return false;
    if (piece->role == ROLE_CLOSE) {
        uint32_t first = first_behind(format, piece->opener);
        return first != i && format->piece[first].begins_line;
    }
    return before->role == ROLE_COMMA || before->role == ROLE_OPEN || before->role == ROLE_OPERATOR
           || piece->role == ROLE_OPERATOR;
}

/* What follows a bracket that takes several lines begins a line as well. */
static bool follows_lines(const struct layout *layout, const struct piece *piece)
{
    const struct format *format = layout->format;
    if (piece[-1].role != ROLE_COMMA || piece[-2].role != ROLE_CLOSE)
        return false;
    return format->piece[piece[-2].opener].line + 1 != format->lines.n;
}

static bool begins_line(const struct layout *layout, uint32_t i)
{
    const struct piece *piece = &layout->format->piece[i], *before = token_before(layout);
    struct block block = innermost(layout);
    if (i == 0 || piece[-1].role == ROLE_COMMENT)
        return true;
    if (piece->role == ROLE_COMMENT)
        return piece->newlines > 0;
    if (piece->role == ROLE_END_BLOCK)
        return !block.in_line && before->role != ROLE_BEGIN_BLOCK;
    if (before->role == ROLE_BEGIN_BLOCK)
        return !block.in_line;
    if (before->role == ROLE_END)
        return !block.in_line && (!block.attributes || piece->newlines > 0);
    if (before->role == ROLE_END_BLOCK)
        return piece->kind != TOK_ELSE ? !block.in_line
                                       : piece->newlines > 0 && !before->begins_line;
    return (piece->newlines > 0 && stays(layout, i)) || follows_lines(layout, piece);
}

/* --- where it begins --- */

static uint32_t indent(uint32_t depth)
{
    uint32_t columns = depth * FORMAT_INDENT;
    return columns < FORMAT_MAX_INDENT ? columns : FORMAT_MAX_INDENT;
}

/* A continuation: in line with what its bracket or operator holds, or one step further than the
 * line that has the bracket. */
static struct format_line continuation(const struct layout *layout, uint32_t i)
{
    const struct format *format = layout->format;
    const struct piece *piece = &format->piece[i];
    struct format_line line = {.base = FORMAT_NONE, .add = indent(layout->depth) + FORMAT_INDENT};
    if (piece->opener == FORMAT_NONE)
        return line;
    uint32_t first = first_behind(format, piece->opener);
    line.base = format->lines.at[format->piece[piece->opener].line].first;
    line.add = FORMAT_INDENT;
    if (first >= i)
        return line;
    if (piece->role == ROLE_CLOSE && format->piece[first].begins_line)
        line.add = 0;
    else if (format->piece[first].at <= FORMAT_MAX_ANCHOR)
        line = (struct format_line){.base = first};
    return line;
}

/* Where a line that begins with piece i begins. */
static struct format_line line_from(const struct layout *layout, uint32_t i)
{
    const struct piece *piece = &layout->format->piece[i];
    if (!outside_statement(layout))
        return continuation(layout, i);
    uint32_t depth = layout->depth - (piece->role == ROLE_END_BLOCK);
    return (struct format_line){.base = FORMAT_NONE, .add = indent(depth)};
}

static uint32_t column_of(const struct format *format, const struct format_line *line)
{
    uint32_t at = line->add + (line->base == FORMAT_NONE ? 0 : format->piece[line->base].at);
    return at < FORMAT_MAX_START ? at : FORMAT_MAX_START;
}

static void begin_line(struct layout *layout, uint32_t i)
{
    struct format *format = layout->format;
    struct piece *piece = &format->piece[i];
    struct format_line line = line_from(layout, i);
    line.first = line.next = i;
    line.next_waiter = FORMAT_NONE;
    line.blank_before = outside_statement(layout) && i > 0 && piece->newlines > 1
                        && piece->role != ROLE_END_BLOCK && piece->kind != TOK_ELSE
                        && piece[-1].role != ROLE_BEGIN_BLOCK;
    if (format->lines.n)
        format->lines.at[format->lines.n - 1].end = i;
    VEC_PUSH(format->arena, &format->lines, line);
    piece->at = column_of(format, &line);
    piece->begins_line = true;
    layout->n_places = 0;
}

/* --- lines that are too long --- */

/* A place behind a comma, or behind a `;` between attributes, that moves text to the left. */
static void note_place(struct layout *layout, uint32_t i)
{
    const struct piece *piece = &layout->format->piece[i], *before = token_before(layout);
    struct block block = innermost(layout);
    if (block.in_line || layout->n_places == MAX_PLACES
        || (before->role != ROLE_COMMA && (before->role != ROLE_END || !block.attributes)))
        return;
    struct format_line line = line_from(layout, i);
    if (column_of(layout->format, &line) < piece->at)
        layout->place[layout->n_places++] = i;
}

/* The outermost place of this line, of equal ones the last; FORMAT_NONE if there is none. */
static uint32_t best_place(const struct layout *layout)
{
    const struct piece *piece = layout->format->piece;
    uint32_t best = FORMAT_NONE, best_rank = UINT32_MAX;
    for (uint32_t k = 0; k < layout->n_places; k++) {
        uint32_t i = layout->place[k];
        uint32_t rank = piece[i - 1].role == ROLE_END ? 0 : piece[i].depth + 1u;
        if (rank <= best_rank) {
            best = i;
            best_rank = rank;
        }
    }
    return best;
}

/* --- blocks on one line --- */

/* Whether the block that begins with piece i was written on one line and fits there. */
static bool fits_in_line(const struct layout *layout, uint32_t i)
{
    const struct format *format = layout->format;
    uint32_t end = end_of(&format->piece[i]), open = 1;
    if (innermost(layout).in_line)
        return true;
    while (open > 0) {
        const struct piece *piece = &format->piece[++i];
        if (piece->newlines > 0 || piece->role == ROLE_COMMENT)
            return false;
        open += piece->role == ROLE_BEGIN_BLOCK;
        open -= piece->role == ROLE_END_BLOCK;
        end += format_gap(piece - 1, piece, true) + piece->width;
        if (end > FORMAT_WIDTH)
            return false;
    }
    return true;
}

static void follow_blocks(struct layout *layout, uint32_t i)
{
    const struct piece *piece = &layout->format->piece[i];
    if (piece->role == ROLE_BEGIN_BLOCK) {
        struct block block = {fits_in_line(layout, i), piece->attributes};
        layout->block[layout->depth++] = block;
    } else if (piece->role == ROLE_END_BLOCK) {
        layout->depth--;
    }
    if (piece->role == ROLE_BEGIN_BLOCK || piece->role == ROLE_END_BLOCK)
        layout->n_places = 0;
}

/* --- all --- */

/* Puts piece i behind the one before it; FORMAT_NONE, or the piece that must begin a line instead
 * because the line has become too long. */
static uint32_t put_behind(struct layout *layout, uint32_t i)
{
    struct piece *piece = &layout->format->piece[i];
    piece->gap = format_gap(piece - 1, piece, innermost(layout).in_line);
    piece->at = end_of(piece - 1) + piece->gap;
    piece->begins_line = false;
    if (piece->role == ROLE_COMMENT)
        return FORMAT_NONE;
    note_place(layout, i);
    return end_of(piece) > FORMAT_WIDTH ? best_place(layout) : FORMAT_NONE;
}

/* The last token before piece i. */
static uint32_t look_back(const struct format *format, uint32_t i)
{
    while (i > 0)
        if (format->piece[--i].role != ROLE_COMMENT)
            return i;
    return FORMAT_NONE;
}

void format_lines(struct format *format)
{
    struct layout *layout = ARENA_NEW(format->arena, struct layout);
    layout->format = format;
    layout->token = FORMAT_NONE;
    for (uint32_t i = 0, forced = FORMAT_NONE; i < format->n; i++) {
        struct piece *piece = &format->piece[i];
        if (i == forced || begins_line(layout, i)) {
            begin_line(layout, i);
        } else {
            forced = put_behind(layout, i);
            if (forced != FORMAT_NONE) {
                i = forced - 1;
                layout->token = look_back(format, forced);
                continue;
            }
        }
        piece->line = format->lines.n - 1;
        follow_blocks(layout, i);
        if (piece->role != ROLE_COMMENT)
            layout->token = i;
    }
    if (format->lines.n)
        format->lines.at[format->lines.n - 1].end = format->n;
}
