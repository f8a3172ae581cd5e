/* Tokens and comments in order, and what their surroundings say about blanks. */
#include "compiler/format_parts.h"

#include "compiler/parse.h"
#include "grammar/dyn.tab.h"

#include <string.h>

enum { TAB = 8 };

struct scan {
    struct format *format;
    uint32_t at, column;      /* of the source; the column of `at` */
    uint32_t newlines;        /* since the last piece */
    uint32_t behind;          /* column behind the last piece */
    const struct piece *last; /* token, NULL before the first */
    uint32_t open[PARSE_MAX_NESTING];
    uint32_t depth;     /* brackets open in this statement */
    uint32_t operator_; /* `=` or `:` outside brackets that values follow; FORMAT_NONE */
    uint32_t words;     /* tokens of this statement so far */
    int statement;      /* its first token */
};

/* Follows the columns up to byte `to`. */
static void advance(struct scan *scan, uint32_t to)
{
    const char *text = scan->format->text;
    for (; scan->at < to; scan->at++) {
        char c = text[scan->at];
        if (c == '\n')
            scan->column = 0;
        else if (c == '\t')
            scan->column += TAB - scan->column % TAB;
        else if (((unsigned char)c & 0xC0) != 0x80)
            scan->column++;
    }
}

static uint32_t code_points(const char *text, uint32_t n)
{
    uint32_t points = 0;
    for (uint32_t i = 0; i < n; i++)
        points += ((unsigned char)text[i] & 0xC0) != 0x80;
    return points;
}

static struct piece *add_piece(struct scan *scan, uint32_t begin, uint32_t end)
{
    struct format *format = scan->format;
    struct piece *piece = &format->piece[format->n++];
    advance(scan, begin);
    *piece = (struct piece){.begin = begin,
                            .end = end,
                            .column = scan->column,
                            .opener = scan->depth ? scan->open[scan->depth - 1] : scan->operator_,
                            .below = FORMAT_NONE,
                            .waiter = FORMAT_NONE,
                            .depth = (uint16_t)scan->depth,
                            .newlines = (uint8_t)(scan->newlines > 2 ? 2 : scan->newlines)};
    piece->width = code_points(format->text + begin, end - begin);
    if (scan->newlines == 0) {
        uint32_t blanks = scan->column - scan->behind;
        piece->blanks = (uint8_t)(blanks > UINT8_MAX ? UINT8_MAX : blanks);
    }
    advance(scan, end);
    scan->behind = scan->column;
    scan->newlines = 0;
    return piece;
}

/* A comment on its own line that begins under the comment before it goes on with it. */
static bool goes_on(const struct format *format, const struct piece *comment)
{
    if (format->n < 2 || comment->newlines != 1)
        return false;
    const struct piece *before = comment - 1;
    return before->role == ROLE_COMMENT && (before->newlines == 0 || before->beside)
           && comment > format->piece + 1 && before->column == comment->column;
}

/* Blanks and comments up to the next token, or to the end. */
static void take_gap(struct scan *scan, uint32_t end)
{
    const char *text = scan->format->text;
    uint32_t i = scan->at;
    while (i < end) {
        if (text[i] != '#') {
            scan->newlines += text[i++] == '\n';
            continue;
        }
        uint32_t stop = i + (uint32_t)strcspn(text + i, "\n"), last = stop;
        while (strchr(" \t\r", text[last - 1]))
            last--;
        struct piece *comment = add_piece(scan, i, last);
        comment->role = ROLE_COMMENT;
        comment->beside = goes_on(scan->format, comment);
        i = stop;
    }
}

/* --- roles --- */

static enum piece_role colon_role(const struct scan *scan)
{
    if (scan->depth)
        return scan->format->text[scan->format->piece[scan->open[scan->depth - 1]].begin] == '['
                   ? ROLE_TIGHT
                   : ROLE_COLON;
    if (scan->statement == TOK_FOR)
        return ROLE_TIGHT;
    bool label = scan->statement == TOK_IDENT && scan->words == 1;
    return label || scan->statement == TOK_PARAM ? ROLE_COLON : ROLE_OPERATOR;
}

static bool ends_operand(const struct piece *piece)
{
    return piece
           && (piece->role == ROLE_WORD || piece->role == ROLE_STRING || piece->role == ROLE_CLOSE);
}

static enum piece_role role_of(const struct scan *scan, int kind)
{
    switch (kind) {
    case TOK_IDENT:
    case TOK_INT:
    case TOK_REAL:
    case TOK_QTY:
    case TOK_ON:
    case TOK_OFF:
    case TOK_PRE:
    case TOK_POST:
        return ROLE_WORD;
    case TOK_STRING:
        return ROLE_STRING;
    case TOK_MINUS:
        return ends_operand(scan->last) ? ROLE_OPERATOR : ROLE_SIGN;
    case TOK_COLON:
        return colon_role(scan);
    case TOK_DOT:
        return ROLE_TIGHT;
    case TOK_LPAREN:
    case TOK_LBRACKET:
        return ROLE_OPEN;
    case TOK_RPAREN:
    case TOK_RBRACKET:
        return ROLE_CLOSE;
    case TOK_COMMA:
        return ROLE_COMMA;
    case TOK_SEMICOLON:
        return ROLE_END;
    case TOK_LBRACE:
        return ROLE_BEGIN_BLOCK;
    case TOK_RBRACE:
        return ROLE_END_BLOCK;
    case TOK_FOR:
        return scan->depth ? ROLE_OPERATOR : ROLE_KEYWORD;
    case TOK_AND:
    case TOK_OR:
    case TOK_IN:
    case TOK_DURING:
        return ROLE_OPERATOR;
    default:
        return kind >= TOK_ARROW ? ROLE_OPERATOR : ROLE_KEYWORD;
    }
}

/* What the next tokens will need to know. */
static void follow(struct scan *scan, const struct piece *piece)
{
    uint32_t number = (uint32_t)(piece - scan->format->piece);
    scan->last = piece;
    scan->words++;
    if (piece->role == ROLE_OPEN) {
        scan->open[scan->depth++] = number;
    } else if (piece->role == ROLE_OPERATOR && scan->depth == 0
               && (piece->kind == TOK_ASSIGN || piece->kind == TOK_COLON)) {
        scan->operator_ = number;
    } else if (piece->role == ROLE_END || piece->role == ROLE_BEGIN_BLOCK
               || piece->role == ROLE_END_BLOCK) {
        scan->words = scan->depth = 0;
        scan->operator_ = FORMAT_NONE;
    }
}

/* The blanks inside a quantity are part of its token: written as one, or none. */
static uint32_t quantity_width(const struct format *format, const struct piece *piece)
{
    const char *text = format->text + piece->begin;
    uint32_t n = piece->end - piece->begin, number = (uint32_t)strcspn(text, " \t");
    if (number >= n)
        return n;
    return number + 1 + n - number - (uint32_t)strspn(text + number, " \t");
}

void format_pieces(struct format *format, const struct token_vec *tokens, uint32_t n_lines)
{
    struct scan scan = {.format = format, .operator_ = FORMAT_NONE};
    format->piece = ARENA_ARRAY(format->arena, struct piece, (size_t)tokens->n + n_lines + 1);
    if (format->size >= 3 && !memcmp(format->text, "\xEF\xBB\xBF", 3))
        scan.at = 3;
    for (uint32_t i = 0; i < tokens->n; i++) {
        const struct token *token = &tokens->at[i];
        take_gap(&scan, token->begin);
        if (scan.words == 0)
            scan.statement = token->kind;
        enum piece_role role = role_of(&scan, token->kind);
        if (role == ROLE_CLOSE && scan.depth > 0)
            scan.depth--; /* it lines up with what its bracket holds */
        struct piece *piece = add_piece(&scan, token->begin, token->end);
        if (role == ROLE_CLOSE)
            piece->opener = scan.open[scan.depth];
        piece->kind = (uint16_t)token->kind;
        piece->role = role;
        if (token->kind == TOK_QTY)
            piece->width = quantity_width(format, piece);
        piece->attributes = role == ROLE_BEGIN_BLOCK
                            && (scan.statement == TOK_BIAS || scan.statement == TOK_POPULATION
                                || scan.statement == TOK_SET);
        follow(&scan, piece);
    }
    take_gap(&scan, format->size);
}

uint8_t format_gap(const struct piece *a, const struct piece *b, bool in_line)
{
    if (a->role == ROLE_COMMA && b->role == ROLE_TIGHT)
        return 1; /* `map[0, :]` */
    if (b->role == ROLE_COMMA || b->role == ROLE_END || b->role == ROLE_CLOSE
        || b->role == ROLE_COLON || b->role == ROLE_TIGHT)
        return 0;
    if (a->role == ROLE_OPEN || a->role == ROLE_SIGN || a->role == ROLE_TIGHT)
        return 0;
    if (b->role == ROLE_OPEN && (a->role == ROLE_WORD || a->role == ROLE_CLOSE))
        return 0;
    if (a->role == ROLE_BEGIN_BLOCK && b->role == ROLE_END_BLOCK)
        return 0;
    return a->role == ROLE_END && !in_line ? 2 : 1;
}
