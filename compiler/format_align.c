/* Columns. What the author aligned stays aligned, as tightly as it can be.
 *
 * Pieces of one kind that stand in one column on neighbouring lines form a group. A group with a
 * piece that has more blanks before it than it needs was aligned on purpose: its column becomes the
 * least that all its members can reach. A piece with such blanks that stands in no group joins the
 * one beside it if it has only slipped. Every other piece takes the blanks it needs, so the result
 * has the same groups again, in the same columns.
 *
 * Groups are met line by line from left to right; a line that reaches a group waits there until
 * all members are met. Lines that begin in a column of an earlier line wait for that too.
 */
#include "compiler/format_parts.h"

#include "grammar/dyn.tab.h"

struct group {
    uint32_t members, met;
    uint32_t column;
    uint32_t waiter; /* first of the lines that wait for it */
    bool aligned;    /* on purpose, and not given up */
};
struct group_vec VEC_OF(struct group);
struct line_stack VEC_OF(uint32_t);

struct align {
    struct format *format;
    struct arena *arena;
    struct group_vec groups;
    struct line_stack ready;
};

/* --- groups --- */

static bool padded(const struct piece *piece)
{
    return piece->blanks > piece->gap;
}

/* What may stand below what: values below values, comparisons below comparisons. */
static int kind_of(const struct piece *piece)
{
    if (piece->role == ROLE_WORD || piece->role == ROLE_STRING)
        return TOK_IDENT;
    if (piece->kind >= TOK_EQ && piece->kind <= TOK_GT)
        return TOK_EQ;
    return piece->kind;
}

/* What belongs tightly to the piece before it is not aligned; only operands may stand apart from
 * their sign or bracket, as in a matrix. */
static bool may_stand_apart(const struct piece *piece)
{
    return piece->gap > 0 || piece[-1].role == ROLE_SIGN || piece[-1].role == ROLE_OPEN;
}

/* What stands before: a sign belongs to its operand, a closed bracket is a value too. */
static int kind_before(const struct piece *piece)
{
    piece--;
    if (piece->role == ROLE_SIGN)
        piece--;
    return piece->role == ROLE_KEYWORD ? TOK_LET
           : piece->role == ROLE_CLOSE ? TOK_IDENT
                                       : kind_of(piece);
}

static bool alike(const struct piece *a, const struct piece *b)
{
    return a->depth == b->depth && kind_of(a) == kind_of(b) && may_stand_apart(a)
           && may_stand_apart(b) && kind_before(a) == kind_before(b);
}

/* One past the last piece of a line that may be aligned: those behind a joined line or a comment
 * have no place in the author's columns. */
static uint32_t end_of_stops(const struct format *format, const struct format_line *line)
{
    uint32_t i = line->first + 1;
    while (i < line->end && format->piece[i].newlines == 0 && format->piece[i].role != ROLE_COMMENT)
        i++;
    return i;
}

static void link_pieces(struct format *format, uint32_t above, uint32_t below)
{
    format->piece[above].below = below;
    format->piece[below].linked_up = true;
}

static bool slipped(const struct piece *a, const struct piece *b)
{
    uint32_t apart = a->column < b->column ? b->column - a->column : a->column - b->column;
    bool a_alone = padded(a) && !a->linked_up, b_alone = padded(b) && b->below == FORMAT_NONE;
    return apart <= FORMAT_SLIP && (a_alone || b_alone) && a->below == FORMAT_NONE && !b->linked_up
           && alike(a, b);
}

/* Goes through two neighbouring lines from left to right and links what stands in one column or,
 * in the second round, what has slipped. */
static void link_lines(struct format *format, const struct format_line *above,
                       const struct format_line *below, bool second_round)
{
    uint32_t i = above->first + 1, j = below->first + 1;
    uint32_t i_end = end_of_stops(format, above), j_end = end_of_stops(format, below);
    while (i < i_end && j < j_end) {
        const struct piece *a = &format->piece[i], *b = &format->piece[j];
        bool together = a->below == j;
        if (!together && (second_round ? slipped(a, b) : a->column == b->column && alike(a, b))) {
            link_pieces(format, i, j);
            together = true;
        }
        uint32_t left = a->column, right = b->column;
        i += together || left <= right;
        j += together || right <= left;
    }
}

static void link_all(struct format *format, bool second_round)
{
    for (uint32_t k = 1; k < format->lines.n; k++)
        if (!format->lines.at[k].blank_before)
            link_lines(format, &format->lines.at[k - 1], &format->lines.at[k], second_round);
}

/* Numbers the groups; `below` then holds the number. */
static void make_groups(struct align *align)
{
    struct format *format = align->format;
    for (uint32_t i = 0; i < format->n; i++) {
        if (format->piece[i].linked_up || format->piece[i].below == FORMAT_NONE)
            continue;
        struct group group = {.waiter = FORMAT_NONE};
        for (uint32_t k = i, next; k != FORMAT_NONE; k = next) {
            struct piece *piece = &format->piece[k];
            next = piece->below;
            piece->below = align->groups.n;
            group.members++;
            group.aligned = group.aligned || padded(piece);
        }
        VEC_PUSH(align->arena, &align->groups, group);
    }
}

/* --- columns --- */

static void wake(struct align *align, uint32_t *waiter)
{
    while (*waiter != FORMAT_NONE) {
        struct format_line *line = &align->format->lines.at[*waiter];
        VEC_PUSH(align->arena, &align->ready, *waiter);
        *waiter = line->next_waiter;
        line->next_waiter = FORMAT_NONE;
    }
}

static void wait_in(struct align *align, uint32_t *waiter, uint32_t line)
{
    align->format->lines.at[line].next_waiter = *waiter;
    *waiter = line;
}

/* The first piece of a line; false: it waits. */
static bool place_first(struct align *align, uint32_t number, struct piece *piece)
{
    struct format *format = align->format;
    const struct format_line *line = &format->lines.at[number];
    uint32_t at = line->add;
    if (line->base != FORMAT_NONE) {
        struct piece *base = &format->piece[line->base];
        if (!base->placed) {
            wait_in(align, &base->waiter, number);
            return false;
        }
        at += base->at;
    }
    piece->at = at < FORMAT_MAX_START ? at : FORMAT_MAX_START;
    return true;
}

/* A member of a group; false: it waits for the others. */
static bool place_member(struct align *align, uint32_t number, struct piece *piece, uint32_t at)
{
    struct group *group = &align->groups.at[piece->below];
    if (group->aligned && group->met < group->members) {
        group->column = at > group->column ? at : group->column;
        if (++group->met < group->members) {
            wait_in(align, &group->waiter, number);
            return false;
        }
        wake(align, &group->waiter);
    }
    piece->at = group->aligned ? group->column : at;
    return true;
}

/* Goes on with a line until its end or until it has to wait. */
static void place_line(struct align *align, uint32_t number)
{
    struct format *format = align->format;
    struct format_line *line = &format->lines.at[number];
    for (; line->next < line->end; line->next++) {
        struct piece *piece = &format->piece[line->next];
        if (line->next == line->first) {
            if (!place_first(align, number, piece))
                return;
        } else {
            uint32_t at = piece[-1].at + piece[-1].width + piece->gap;
            piece->at = at;
            if (piece->below != FORMAT_NONE && !place_member(align, number, piece, at))
                return;
        }
        piece->placed = true;
        wake(align, &piece->waiter);
    }
}

static void place_ready(struct align *align)
{
    while (align->ready.n)
        place_line(align, align->ready.at[--align->ready.n]);
}

/* Where the author's columns contradict each other, lines may wait for one another: the group that
 * the first of them waits for is given up. */
static void place_all(struct align *align)
{
    struct format *format = align->format;
    for (uint32_t k = 0; k < format->lines.n; k++) {
        place_line(align, k);
        place_ready(align);
    }
    for (uint32_t k = 0; k < format->lines.n; k++) {
        const struct format_line *line = &format->lines.at[k];
        while (line->next < line->end) {
            struct group *group = &align->groups.at[format->piece[line->next].below];
            group->aligned = false;
            wake(align, &group->waiter);
            place_ready(align);
        }
    }
}

/* --- comments behind statements --- */

/* Columns of the code on a line that ends with a comment; 0: the line has none of the two. */
static uint32_t code_before_comment(const struct format *format, const struct format_line *line)
{
    const struct piece *last = &format->piece[line->end - 1];
    if (last->role != ROLE_COMMENT || line->end - line->first < 2)
        return 0;
    return last[-1].at + last[-1].width;
}

static void place_comments(struct format *format)
{
    for (uint32_t k = 0, n; k<format->lines.n; k = n> k ? n : k + 1) {
        uint32_t column = FORMAT_COMMENT, code;
        for (n = k; n < format->lines.n; n++) {
            code = code_before_comment(format, &format->lines.at[n]);
            if (!code || (n > k && format->lines.at[n].blank_before))
                break;
            if (code <= FORMAT_LONG && code + 2 > column)
                column = code + 2;
        }
        for (uint32_t i = k; i < n; i++) {
            const struct format_line *line = &format->lines.at[i];
            code = code_before_comment(format, line);
            format->piece[line->end - 1].at = code <= FORMAT_LONG ? column : code + 2;
        }
    }
    for (uint32_t k = 1; k < format->lines.n; k++) {
        struct piece *first = &format->piece[format->lines.at[k].first];
        if (first->beside)
            first->at = first[-1].at;
    }
}

void format_align(struct format *format)
{
    struct align align = {.format = format, .arena = format->arena};
    link_all(format, false);
    link_all(format, true);
    make_groups(&align);
    place_all(&align);
    place_comments(format);
}
