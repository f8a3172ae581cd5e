/* Between the stages of the formatter. Nobody else includes this. */
#ifndef DYNC_FORMAT_PARTS_H
#define DYNC_FORMAT_PARTS_H

#include "compiler/ast.h"

enum {
    FORMAT_INDENT = 4,      /* columns per block, and of a continued statement */
    FORMAT_MAX_INDENT = 80, /* blocks within blocks go no further to the right */
    FORMAT_MAX_ANCHOR = 72, /* a continuation lines up with no column behind this one */
    FORMAT_MAX_START = 96,  /* and begins at no column behind this one */
    FORMAT_WIDTH = 120,     /* longer lines are broken behind commas */
    FORMAT_COMMENT = 43,    /* comments behind statements stand here, from 0 ... */
    FORMAT_LONG = 70,       /* ... or two blanks behind the longest of them, up to this length */
    FORMAT_SLIP = 2         /* an aligned column may be off by so much in the source */
};
#define FORMAT_NONE UINT32_MAX

enum __attribute__((packed)) piece_role {
    ROLE_WORD, /* names, numbers, and keywords that are values */
    ROLE_STRING,
    ROLE_KEYWORD,
    ROLE_OPERATOR, /* with a blank on both sides */
    ROLE_SIGN,     /* minus of one operand */
    ROLE_COLON,    /* of a type or label: a blank behind it only */
    ROLE_TIGHT,    /* `.`, and `:` of an index range: no blanks */
    ROLE_OPEN,     /* ( [ */
    ROLE_CLOSE,
    ROLE_COMMA,
    ROLE_END, /* ; */
    ROLE_BEGIN_BLOCK,
    ROLE_END_BLOCK,
    ROLE_COMMENT
};

struct piece {
    uint32_t begin, end; /* bytes of the text; comments without trailing blanks */
    uint32_t column;     /* in the source, from 0, counted in code points */
    uint32_t width;      /* as written out, in code points */
    uint32_t opener;     /* the piece before the first of those a continuation lines up with */
    uint32_t line;       /* of the result */
    uint32_t at;         /* column in the result */
    uint32_t below;      /* aligned with it, on the next line; then its group */
    uint32_t waiter;     /* line that begins where this piece stands */
    uint16_t kind;       /* token */
    uint16_t depth;      /* of ( and [ */
    enum piece_role role;
    uint8_t newlines;    /* before it in the source; 2 stands for more */
    uint8_t blanks;      /* before it in the source, behind another piece of the line */
    uint8_t gap;         /* blanks before it where nothing is aligned */
    bool attributes : 1; /* ROLE_BEGIN_BLOCK: of attributes, which may share lines */
    bool begins_line : 1;
    bool beside : 1;    /* comment on its own line that goes on with the one above */
    bool linked_up : 1; /* aligned with a piece of the line above */
    bool placed : 1;
};

struct format_line {
    uint32_t first, end;  /* pieces */
    uint32_t base;        /* piece whose column it begins at; FORMAT_NONE: column 0 */
    uint32_t add;         /* columns more than that */
    uint32_t next;        /* piece to be placed next */
    uint32_t next_waiter; /* line that waits for the same */
    bool blank_before;
};
struct format_line_vec VEC_OF(struct format_line);

struct format {
    struct arena *arena;
    const char *text;
    uint32_t size;
    struct piece *piece;
    uint32_t n;
    struct format_line_vec lines;
};

/* Tokens and comments of the text. */
void format_pieces(struct format *format, const struct token_vec *tokens, uint32_t n_lines);
/* Blanks between two neighbours on a line. in_line: of a block that stands on one line. */
uint8_t format_gap(const struct piece *a, const struct piece *b, bool in_line);
/* Where lines begin, and the columns of all pieces if nothing is aligned. */
void format_lines(struct format *format);
/* Columns of all pieces. */
void format_align(struct format *format);

#endif
