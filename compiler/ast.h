/* What was written: the syntax tree of .dyn files, names unresolved, nothing evaluated.
 *
 * Nodes live in the arena given to parse_file() and hold spans, never pointers into the text, so
 * the tree is valid as long as its arena. Grammar actions only build nodes; every meaning is given
 * by elaborate. Lists keep the order of the text. A statement with a syntax error is left out of
 * its list.
 */
#ifndef DYNC_AST_H
#define DYNC_AST_H

#include "compiler/base/diag.h"

enum __attribute__((packed)) expr_kind {
    EXPR_INT,    /* integer */
    EXPR_REAL,   /* real */
    EXPR_QTY,    /* real in the unit's base (A, s, V, Hz = 1/s), unit = as written */
    EXPR_STRING, /* text, escapes resolved */
    EXPR_BOOL,   /* on, off: integer 1, 0 */
    EXPR_PRE,
    EXPR_POST,
    EXPR_NAME,   /* text */
    EXPR_NEG,    /* a */
    EXPR_NOT,    /* a */
    EXPR_BINARY, /* op, a, b */
    EXPR_IN,     /* a in b .. c */
    EXPR_CALL,   /* a(args) */
    EXPR_INDEX,  /* a[subs] */
    EXPR_DOT,    /* a.text; name_span covers the name */
    EXPR_LIST,   /* [list] */
    EXPR_FOR,    /* [a for text in range] */
};

enum __attribute__((packed)) binary_op {
    OP_POW,
    OP_MUL,
    OP_DIV,
    OP_FLOORDIV,
    OP_MOD,
    OP_ADD,
    OP_SUB,
    OP_EQ,
    OP_NE,
    OP_LT,
    OP_GT,
    OP_LE,
    OP_GE,
    OP_AND,
    OP_OR,
    N_BINARY_OPS
};
const char *binary_op_text(enum binary_op op);

struct expr;
struct expr_vec VEC_OF(struct expr *);

struct range { /* lo : hi : step, half-open; an absent bound is NULL */
    struct expr *lo, *hi, *step;
    struct span span;
};
struct sub {            /* one subscript: an index or a range */
    struct expr *index; /* NULL: range */
    struct range range;
};
struct sub_vec VEC_OF(struct sub);
struct arg { /* name NULL: positional */
    const char *name;
    struct span name_span;
    struct expr *value;
};
struct arg_vec VEC_OF(struct arg);

struct expr { /* files have millions of these: narrow types first, what few kinds need by pointer */
    enum expr_kind kind;
    enum binary_op op;
    bool parens;     /* written in parentheses; span includes them */
    uint16_t height; /* longest path to a leaf, at most 256: recursion over an expression is safe */
    struct span span;
    struct span name_span; /* EXPR_DOT, EXPR_FOR: the name; EXPR_BINARY: the operator */
    union {
        int64_t integer;
        double real;
    };
    const char *text;
    const char *unit;
    struct expr *a, *b, *c;
    struct arg_vec args;
    struct sub_vec subs;
    struct expr_vec list;
    const struct range *range; /* EXPR_FOR, else NULL */
};

struct formal { /* of fn, net; type NULL where not stated, value NULL without default */
    const char *name, *type;
    struct span span, type_span;
    struct expr *value;
};
struct formal_vec VEC_OF(struct formal);

struct attr { /* path = value; the path "membrane.tau" as one text */
    const char *path;
    struct span path_span, span;
    struct expr *value;
};
struct attr_vec VEC_OF(struct attr);

enum item_kind {
    ITEM_IMPORT,
    ITEM_TARGET,
    ITEM_PARAM,
    ITEM_LET,
    ITEM_FN,
    ITEM_NET,
    ITEM_USE,
    ITEM_BIAS,
    ITEM_POPULATION,
    ITEM_INPUT,
    ITEM_SET,
    ITEM_PROJECTION,
    ITEM_PLACE,
    ITEM_PROBE,
    ITEM_FOR,
    ITEM_IF,
    ITEM_ASSERT,
    ITEM_TEST,
    /* steps of a test block */
    ITEM_DRIVE,
    ITEM_RUN,
    ITEM_EXPECT,
    N_ITEM_KINDS
};

struct item;
struct item_vec VEC_OF(struct item *);

/* One statement. Which members are set, by kind:
 *   IMPORT     text = path, type_span = its place, name, imported (import.h)
 *   TARGET     name = target's name, args
 *   PARAM      name, type, value              LET  name, value
 *   FN         name, formals, value           NET  name, formals, items
 *   USE        name, dims, view = the net, args
 *   BIAS       name, view = base or NULL, attrs
 *   POPULATION name, dims, view = bias set, attrs
 *   INPUT      name, dims, value = source or NULL
 *   SET        views, attrs
 *   PROJECTION name = label or NULL, view = pre, view2 = post, values = synapse terms
 *   PLACE      views, values                  PROBE views, values
 *   FOR        name, range, items             (in tests: steps)
 *   IF         value, items, orelse           (else if: orelse holds one IF)
 *   ASSERT     value, text = message or NULL
 *   TEST       text = title, args, items = steps
 *   DRIVE      view, value, during
 *   RUN        value
 *   EXPECT     value, during
 */
struct ast;
struct item {
    enum item_kind kind;
    struct span span, name_span, type_span;
    const char *name, *text, *type;
    struct formal_vec formals;
    struct arg_vec args;
    struct expr_vec dims, views, values;
    struct expr *view, *view2, *value;
    struct attr_vec attrs;
    const struct range *range;
    struct expr *during_lo, *during_hi; /* NULL without `during` */
    struct item_vec items, orelse;
    const struct ast *imported;
};

struct ast {
    struct item_vec items;
    uint16_t file;
};

/* Parses one file of `sources` into `ast` (arena `arena`). Syntax errors go to `sink`; the tree
 * then holds the statements that could be read. */
void parse_file(struct arena *arena, const struct source_set *sources, uint16_t file,
                struct diag_sink *sink, struct ast *ast);

struct token { /* bytes of the text; kind as in grammar/dyn.tab.h */
    uint32_t begin, end;
    int kind;
};
struct token_vec VEC_OF(struct token);
/* Parses like parse_file(), keeps no tree, and lists the tokens in `tokens` (arena `arena`). After
 * syntax errors, which go to `sink`, the list is of no use. */
void parse_tokens(struct arena *arena, const struct source_set *sources, uint16_t file,
                  struct diag_sink *sink, struct token_vec *tokens);

/* A constant expression on its own (the value of -D name=value), as a file of `sources`. NULL after
 * errors. */
struct expr *parse_expr(struct arena *arena, const struct source_set *sources, uint16_t file,
                        struct diag_sink *sink);

/* Writes the tree as one s-expression per statement (--dump=ast), spans left out. */
char *ast_dump(struct arena *arena, const struct ast *ast);

#endif
