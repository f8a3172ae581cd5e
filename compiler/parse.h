/* What the grammar needs: the state of one parse, builders of nodes, and the error reporter.
 *
 *     text -> scanner (grammar/dyn.l) -> tokens (parse_tokens.c) -> parser (grammar/dyn.y) -> nodes
 *
 * parse_tokens.c stands between the two generated machines: it follows brackets, caps their depth
 * and, after an error, skips the rest of the bad statement. The parser then meets one token,
 * SKIPPED, and goes on; so every bad statement gives one message. Lists are collected on stacks of
 * the state and moved into the arena at their exact size when they are complete.
 */
#ifndef DYNC_PARSE_H
#define DYNC_PARSE_H

#include "compiler/ast.h"

enum {
    PARSE_MAX_NESTING = 256, /* brackets and blocks together; also the height of an expression */
    PARSE_MAX_NAME = 128,    /* bytes */
    PARSE_MAX_PATH = 8 * PARSE_MAX_NAME /* bytes of a.b.c; attributes have three parts at most */
};

struct parse_token {
    int kind;
    struct span span;
};

struct parse_bracket {
    int kind; /* token of the opening bracket */
    struct span span;
};

struct parse_ctx {
    struct arena *arena;
    struct diag_sink *sink;
    const struct source *source;
    const char *text; /* of the source */
    uint32_t size;
    uint16_t file;
    char *scanned; /* a copy of the text that the scanner may write into */
    void *scanner;

    struct expr *expr;        /* result of parse_expr() */
    struct token_vec *tokens; /* what parse_tokens() lists; NULL for the others */
    struct arena *token_arena;

    struct expr_vec exprs; /* lists not yet complete */
    struct arg_vec args;
    struct sub_vec subs;
    struct formal_vec formals;
    struct attr_vec attrs;
    struct item_vec items;

    int first_token; /* delivered before the text, then 0 */
    struct parse_token last, previous;
    struct parse_token again; /* delivered before the next of the text; kind -1: none */
    struct parse_bracket open[PARSE_MAX_NESTING];
    uint32_t depth, depth_before; /* open brackets now, and before the last token */

    bool recovering; /* a message was given; the rest of the statement is skipped */
    bool unclosed;   /* the offending token shows that a block was not closed */
    bool quiet;      /* skipping: no messages from the scanner */
    bool deep;       /* E0107 was given for this statement's expressions */
    int cut;         /* character that an unclosed string swallowed at the end of its line */
    bool spoiled;    /* there is an error at spoiled_at that belongs to no statement yet */
    uint32_t spoiled_at;
};

/* --- expressions (parse_build.c). `span` is the whole expression. --- */

struct expr *build_leaf(struct parse_ctx *ctx, enum expr_kind kind, struct span span);
struct expr *build_text(struct parse_ctx *ctx, enum expr_kind kind, const char *text,
                        struct span span);
struct expr *build_unary(struct parse_ctx *ctx, enum expr_kind kind, struct expr *a,
                         struct span span);
struct expr *build_binary(struct parse_ctx *ctx, enum binary_op op, struct span op_span,
                          struct expr *a, struct expr *b);
struct expr *build_in(struct parse_ctx *ctx, struct span op_span, struct expr *a, struct expr *lo,
                      struct expr *hi);
struct expr *build_call(struct parse_ctx *ctx, struct expr *a, struct arg_vec args,
                        struct span span);
struct expr *build_index(struct parse_ctx *ctx, struct expr *a, struct sub_vec subs,
                         struct span span);
struct expr *build_dot(struct parse_ctx *ctx, struct expr *a, const char *name,
                       struct span name_span);
struct expr *build_list(struct parse_ctx *ctx, struct expr_vec list, struct span span);
struct expr *build_for(struct parse_ctx *ctx, struct expr *a, const char *name,
                       struct span name_span, const struct range *range, struct span span);
struct range *build_range(struct parse_ctx *ctx, struct expr *lo, struct expr *hi,
                          struct expr *step, struct span span);
/* `lo .. hi` where an index range belongs: E0109. */
struct range *build_interval_range(struct parse_ctx *ctx, struct expr *lo, struct expr *hi,
                                   struct span dots, struct span span);

/* --- lists: elements from `mark` on leave the stack. --- */

struct expr_vec take_exprs(struct parse_ctx *ctx, uint32_t mark);
struct arg_vec take_args(struct parse_ctx *ctx, uint32_t mark);
struct sub_vec take_subs(struct parse_ctx *ctx, uint32_t mark);
struct formal_vec take_formals(struct parse_ctx *ctx, uint32_t mark);
struct attr_vec take_attrs(struct parse_ctx *ctx, uint32_t mark);
struct item_vec take_items(struct parse_ctx *ctx, uint32_t mark);

/* --- statements --- */

struct item *build_item(struct parse_ctx *ctx, enum item_kind kind, struct span span);
struct item *build_named(struct parse_ctx *ctx, enum item_kind kind, struct span span,
                         const char *name, struct span name_span);
/* Puts a complete statement on its list, unless there was an error in it. */
void push_item(struct parse_ctx *ctx, struct item *item);
/* "a" and "b" to "a.b"; E0110 where that grows too long, and then no further. */
const char *join_path(struct parse_ctx *ctx, const char *path, const char *name, struct span span);

struct if_chain { /* if .. else if .. else if ..: the last IF takes what follows */
    struct item *first, *last;
    uint32_t n;
};
struct if_chain *if_chain_new(struct parse_ctx *ctx, struct expr *condition, uint32_t items,
                              struct span span);
void if_chain_add(struct parse_ctx *ctx, struct if_chain *chain, struct expr *condition,
                  uint32_t items, struct span span);
struct item *if_chain_item(struct if_chain *chain, struct span span);

/* --- tokens (parse_tokens.c) and literals (parse_literal.c) --- */

union DYN_YYSTYPE;
int dyn_yylex(union DYN_YYSTYPE *value, struct span *span, struct parse_ctx *ctx);
/* A statement keyword that is the first word of its line and not indented deeper than the innermost
 * open block: that block was not closed. */
bool shows_unclosed_block(const struct parse_ctx *ctx);
/* The innermost bracket open before the last token, NULL if there is none. */
const struct parse_bracket *open_before(const struct parse_ctx *ctx);

struct expr *literal_integer(struct parse_ctx *ctx, struct span span, unsigned base);
struct expr *literal_real(struct parse_ctx *ctx, struct span span);
struct expr *literal_quantity(struct parse_ctx *ctx, struct span span);
const char *literal_string(struct parse_ctx *ctx, struct span span);
const char *literal_name(struct parse_ctx *ctx, struct span span);
/* Spans covering a number glued to letters (E0104), a number with a micro sign as prefix (E0101).
 */
struct expr *literal_bad_unit(struct parse_ctx *ctx, struct span span);
struct expr *literal_micro(struct parse_ctx *ctx, struct span span);
void literal_check_comment(struct parse_ctx *ctx, struct span span);

/* --- errors (parse_error.c) --- */

/* A finding inside a statement: NULL while the scanner is quiet. The statement is left out. */
struct diag *parse_fault(struct parse_ctx *ctx, enum diag_code code, struct span span,
                         const char *format, ...) __attribute__((format(printf, 4, 5)));
/* The parser met token `found` (its name in the grammar) where only `expected` may stand. */
void syntax_error(struct parse_ctx *ctx, const char *found, const char *const *expected,
                  uint32_t n_expected);
void report_character(struct parse_ctx *ctx, struct span span);
void report_open_string(struct parse_ctx *ctx, struct span span);
void report_nesting(struct parse_ctx *ctx, struct span span, const char *what);

/* --- the parser (grammar/dyn.y) --- */

/* Parses all of ctx->text; 0 unless it ended early. Its stack lies in an arena. */
int parse_run(struct parse_ctx *ctx);

/* --- the scanner (grammar/dyn.l) --- */

/* `text` has `size` bytes and two zero bytes after them; it lies in ctx->scanned. */
void *dyn_scanner_new(struct parse_ctx *ctx, char *text, uint32_t size);
int dyn_scan(union DYN_YYSTYPE *value, struct span *span, void *scanner);

#endif
