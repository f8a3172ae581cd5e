/* The grammar of .dyn files. Actions build nodes and nothing else: no lookups, no device knowledge.
 *
 * `view` names hardware, `expr` computes; they are separate symbols, and a label is an alternative
 * of its own, which together keeps the grammar LALR(1) without conflicts. After an error the token
 * layer (compiler/parse_tokens.c) skips to the end of the statement and delivers SKIPPED, or
 * UNCLOSED where a `}` is missing.
 */
%require "3.8"
%expect 0
%locations
%define api.pure full
%define api.push-pull push
%define api.prefix {dyn_yy}
%define api.token.prefix {TOK_}
%define parse.error custom
%define parse.lac full
%define api.location.type {struct span}
%param {struct parse_ctx *ctx}

%code requires {
#include "compiler/parse.h"
}

%code {
/* The stack never grows: nesting is capped before it is full, and a stack that were allocated by
 * malloc would leak when an arena unwinds. It is part of the parser's state, which a push parser
 * allows to lie in an arena: the program's own stack may be small. */
#define YYINITDEPTH 6000
#define YYMAXDEPTH 6000

#define YYLLOC_DEFAULT(cur, rhs, n)                                                                \
    do {                                                                                           \
        if (n) {                                                                                   \
            (cur).begin = YYRHSLOC(rhs, 1).begin;                                                  \
            (cur).end = YYRHSLOC(rhs, n).end;                                                      \
        } else {                                                                                   \
            (cur).begin = (cur).end = YYRHSLOC(rhs, 0).end;                                        \
        }                                                                                          \
        (cur).file = ctx->file;                                                                    \
    } while (0)

static void dyn_yyerror(struct span *span, struct parse_ctx *ctx, const char *message);
}

%union {
    const char *text;
    struct expr *expr;
    struct range *range;
    struct item *item;
    struct if_chain *chain;
    uint32_t mark; /* where a list begins on its stack */
}

%token IMPORT "import" AS "as" TARGET "target" PARAM "param" LET "let" FN "fn" NET "net" USE "use"
%token BIAS "bias" POPULATION "population" INPUT "input" SET "set" PLACE "place" PROBE "probe"
%token FOR "for" IN "in" IF "if" ELSE "else" TEST "test" DRIVE "drive" RUN "run" EXPECT "expect"
%token DURING "during" ASSERT "assert" AND "and" OR "or" NOT "not" ON "on" OFF "off"
%token PRE "pre" POST "post"
%token ARROW "->" DOTS ".." POWER "**" FLOORDIV "//" EQ "==" NE "!=" LE "<=" GE ">=" LT "<" GT ">"
%token ASSIGN "=" COLON ":" SEMICOLON ";" COMMA "," DOT "." PLUS "+" MINUS "-" STAR "*" SLASH "/"
%token PERCENT "%" LPAREN "(" RPAREN ")" LBRACKET "[" RBRACKET "]" LBRACE "{" RBRACE "}"
%token SKIPPED "the rest of a bad statement" UNCLOSED "the end of an unclosed block"
%token WHOLE_FILE "a file" EXPRESSION "an expression on its own"
%token YYEOF 0 "end of file"
%token <text> IDENT "a name" STRING "a string"
%token <expr> INT "an integer" REAL "a number" QTY "a quantity"

%type <mark> items steps attrlist attrs pbody views subs formals formallist args args_opt
%type <mark> arglist exprs dims dims_opt
%type <item> item step projection cond
%type <chain> ifs
%type <expr> expr view base_opt source_opt opt
%type <range> range during_opt
%type <text> path type_opt msg_opt

/* Comparisons are left-associative here only so that a chain can be reported with its parts. */
%left "or"
%left "and"
%precedence "not"
%left "==" "!=" "<" ">" "<=" ">=" "in"
%left "+" "-"
%left "*" "/" "//" "%"
%precedence UMINUS
%right "**"
%precedence "(" "[" "."

%start start
%%

/* The first token says which; with it every list begins in a state that can take an error. */
start
  : "a file" items                    { (void)$2; }
  | "an expression on its own" expr   { ctx->expr = $2; }
  ;

/* --- statements --- */

items
  : %empty                            { $$ = ctx->items.n; }
  | items item                        { push_item(ctx, $2); }
  ;

item
  : "import" STRING "as" IDENT ";"
      { $$ = build_named(ctx, ITEM_IMPORT, @$, $4, @4); $$->text = $2; $$->type_span = @2; }
  | "target" IDENT args_opt ";"
      { $$ = build_named(ctx, ITEM_TARGET, @$, $2, @2); $$->args = take_args(ctx, $3); }
  | "param" IDENT type_opt "=" expr ";"
      { $$ = build_named(ctx, ITEM_PARAM, @$, $2, @2);
        $$->type = $3; $$->type_span = @3; $$->value = $5; }
  | "let" IDENT "=" expr ";"
      { $$ = build_named(ctx, ITEM_LET, @$, $2, @2); $$->value = $4; }
  | "fn" IDENT "(" formals ")" "=" expr ";"
      { $$ = build_named(ctx, ITEM_FN, @$, $2, @2);
        $$->formals = take_formals(ctx, $4); $$->value = $7; }
  | "net" IDENT "(" formals ")" "{" items "}"
      { $$ = build_named(ctx, ITEM_NET, @$, $2, @2);
        $$->items = take_items(ctx, $7); $$->formals = take_formals(ctx, $4); }
  | "use" IDENT dims_opt "=" view "(" args ")" ";"
      { $$ = build_named(ctx, ITEM_USE, @$, $2, @2); $$->view = $5;
        $$->args = take_args(ctx, $7); $$->dims = take_exprs(ctx, $3); }
  | "bias" IDENT base_opt attrs
      { $$ = build_named(ctx, ITEM_BIAS, @$, $2, @2); $$->view = $3;
        $$->attrs = take_attrs(ctx, $4); }
  | "population" IDENT dims ":" view pbody
      { $$ = build_named(ctx, ITEM_POPULATION, @$, $2, @2); $$->view = $5;
        $$->attrs = take_attrs(ctx, $6); $$->dims = take_exprs(ctx, $3); }
  | "input" IDENT dims source_opt ";"
      { $$ = build_named(ctx, ITEM_INPUT, @$, $2, @2); $$->value = $4;
        $$->dims = take_exprs(ctx, $3); }
  | "set" views attrs
      { $$ = build_item(ctx, ITEM_SET, @$);
        $$->attrs = take_attrs(ctx, $3); $$->views = take_exprs(ctx, $2); }
  | projection
  | IDENT ":" projection
      { $$ = $3; $$->name = $1; $$->name_span = @1; $$->span = @$; }
  | "place" views ":" exprs ";"
      { $$ = build_item(ctx, ITEM_PLACE, @$);
        $$->values = take_exprs(ctx, $4); $$->views = take_exprs(ctx, $2); }
  | "probe" views ":" exprs ";"
      { $$ = build_item(ctx, ITEM_PROBE, @$);
        $$->values = take_exprs(ctx, $4); $$->views = take_exprs(ctx, $2); }
  | "for" IDENT "in" range "{" items "}"
      { $$ = build_named(ctx, ITEM_FOR, @$, $2, @2); $$->range = $4;
        $$->items = take_items(ctx, $6); }
  | cond
  | "assert" expr msg_opt ";"
      { $$ = build_item(ctx, ITEM_ASSERT, @$); $$->value = $2; $$->text = $3; }
  | "test" STRING args_opt "{" steps "}"
      { $$ = build_item(ctx, ITEM_TEST, @$); $$->text = $2; $$->name_span = @2;
        $$->items = take_items(ctx, $5); $$->args = take_args(ctx, $3); }
  | "test" STRING args_opt "{" steps error "the end of an unclosed block"
      { yyerrok; take_items(ctx, $5); $$ = NULL; }
  | error "the rest of a bad statement"
      { yyerrok; $$ = NULL; }
  ;

ifs
  : "if" expr "{" items "}"           { $$ = if_chain_new(ctx, $2, $4, @$); }
  | ifs "else" "if" expr "{" items "}"
      { if_chain_add(ctx, $1, $4, $6, span_join(@3, @7)); $$ = $1; }
  ;
cond
  : ifs                               { $$ = if_chain_item($1, @$); }
  | ifs "else" "{" items "}"
      { $1->last->orelse = take_items(ctx, $4); $$ = if_chain_item($1, @$); }
  ;

projection
  : view "->" view ":" exprs ";"
      { $$ = build_item(ctx, ITEM_PROJECTION, @$); $$->view = $1; $$->view2 = $3;
        $$->values = take_exprs(ctx, $5); }
  ;

pbody
  : ";"                               { $$ = ctx->attrs.n; }
  | attrs
  ;
attrs
  : "{" attrlist "}"                  { $$ = $2; }
  | "{" attrlist error "the end of an unclosed block" { yyerrok; $$ = $2; }
  ;
attrlist
  : %empty                            { $$ = ctx->attrs.n; }
  | attrlist attr
  ;
attr
  : path "=" expr ";"
      { VEC_PUSH(ctx->arena, &ctx->attrs, (struct attr){$1, @1, @$, $3}); }
  | error "the rest of a bad statement" { yyerrok; }
  ;
path
  : IDENT
  | path "." IDENT                    { $$ = join_path(ctx, $1, $3, @$); }
  ;

base_opt: %empty { $$ = NULL; } | ":" view { $$ = $2; } ;
type_opt: %empty { $$ = NULL; } | ":" IDENT { $$ = $2; @$ = @2; } | ":" "bias" { $$ = "bias"; @$ = @2; } ;
source_opt: %empty { $$ = NULL; } | "=" expr { $$ = $2; } ;
msg_opt: %empty { $$ = NULL; } | "," STRING { $$ = $2; } ;
dims_opt: %empty { $$ = ctx->exprs.n; } | dims ;
dims: "[" exprs "]" { $$ = $2; } ;

views
  : view        { $$ = ctx->exprs.n; VEC_PUSH(ctx->arena, &ctx->exprs, $1); }
  | views "," view { VEC_PUSH(ctx->arena, &ctx->exprs, $3); }
  ;
view
  : IDENT                             { $$ = build_text(ctx, EXPR_NAME, $1, @$); }
  | view "." IDENT                    { $$ = build_dot(ctx, $1, $3, @3); }
  | view "[" subs "]"                 { $$ = build_index(ctx, $1, take_subs(ctx, $3), @$); }
  ;
subs
  : sub                               { $$ = ctx->subs.n - 1; }
  | subs "," sub
  ;
sub
  : expr
      { VEC_PUSH(ctx->arena, &ctx->subs, (struct sub){$1, {NULL, NULL, NULL, @$}}); }
  | range
      { VEC_PUSH(ctx->arena, &ctx->subs, (struct sub){NULL, *$1}); }
  ;
range
  : opt ":" opt                       { $$ = build_range(ctx, $1, $3, NULL, @$); }
  | opt ":" opt ":" expr              { $$ = build_range(ctx, $1, $3, $5, @$); }
  | expr ".." expr                    { $$ = build_interval_range(ctx, $1, $3, @2, @$); }
  ;
opt: %empty { $$ = NULL; } | expr ;

formals
  : %empty                            { $$ = ctx->formals.n; }
  | formallist
  ;
formallist
  : formal                            { $$ = ctx->formals.n - 1; }
  | formallist "," formal
  ;
formal
  : IDENT type_opt
      { VEC_PUSH(ctx->arena, &ctx->formals, (struct formal){$1, $2, @$, @2, NULL}); }
  | IDENT type_opt "=" expr
      { VEC_PUSH(ctx->arena, &ctx->formals, (struct formal){$1, $2, @$, @2, $4}); }
  ;

/* --- test blocks --- */

steps
  : %empty                            { $$ = ctx->items.n; }
  | steps step                        { push_item(ctx, $2); }
  ;
step
  : "drive" view "=" expr during_opt ";"
      { $$ = build_item(ctx, ITEM_DRIVE, @$); $$->view = $2; $$->value = $4;
        if ($5) { $$->during_lo = $5->lo; $$->during_hi = $5->hi; } }
  | "set" views attrs
      { $$ = build_item(ctx, ITEM_SET, @$);
        $$->attrs = take_attrs(ctx, $3); $$->views = take_exprs(ctx, $2); }
  | "run" expr ";"
      { $$ = build_item(ctx, ITEM_RUN, @$); $$->value = $2; }
  | "expect" expr during_opt ";"
      { $$ = build_item(ctx, ITEM_EXPECT, @$); $$->value = $2;
        if ($3) { $$->during_lo = $3->lo; $$->during_hi = $3->hi; } }
  | "for" IDENT "in" range "{" steps "}"
      { $$ = build_named(ctx, ITEM_FOR, @$, $2, @2); $$->range = $4;
        $$->items = take_items(ctx, $6); }
  | "for" IDENT "in" range "{" steps error "the end of an unclosed block"
      { yyerrok; take_items(ctx, $6); $$ = NULL; }
  | error "the rest of a bad statement"
      { yyerrok; $$ = NULL; }
  ;
during_opt
  : %empty                            { $$ = NULL; }
  | "during" expr ".." expr           { $$ = build_range(ctx, $2, $4, NULL, @$); }
  ;

/* --- expressions --- */

args_opt: %empty { $$ = ctx->args.n; } | "(" args ")" { $$ = $2; } ;
args: %empty { $$ = ctx->args.n; } | arglist ;
arglist
  : arg                               { $$ = ctx->args.n - 1; }
  | arglist "," arg
  ;
arg
  : expr
      { VEC_PUSH(ctx->arena, &ctx->args, (struct arg){NULL, @$, $1}); }
  | IDENT "=" expr
      { VEC_PUSH(ctx->arena, &ctx->args, (struct arg){$1, @1, $3}); }
  ;
exprs
  : expr        { $$ = ctx->exprs.n; VEC_PUSH(ctx->arena, &ctx->exprs, $1); }
  | exprs "," expr { VEC_PUSH(ctx->arena, &ctx->exprs, $3); }
  ;

expr
  : INT
  | REAL
  | QTY
  | STRING      { $$ = build_text(ctx, EXPR_STRING, $1, @$); }
  | IDENT       { $$ = build_text(ctx, EXPR_NAME, $1, @$); }
  | "on"        { $$ = build_leaf(ctx, EXPR_BOOL, @$); $$->integer = 1; }
  | "off"       { $$ = build_leaf(ctx, EXPR_BOOL, @$); }
  | "pre"       { $$ = build_leaf(ctx, EXPR_PRE, @$); }
  | "post"      { $$ = build_leaf(ctx, EXPR_POST, @$); }
  | "(" expr ")" { $$ = $2; $$->span = @$; $$->parens = true; }
  | "[" "]"     { $$ = build_list(ctx, (struct expr_vec){0}, @$); }
  | "[" exprs "]" { $$ = build_list(ctx, take_exprs(ctx, $2), @$); }
  | "[" expr "for" IDENT "in" range "]" { $$ = build_for(ctx, $2, $4, @4, $6, @$); }
  | expr "(" args ")" { $$ = build_call(ctx, $1, take_args(ctx, $3), @$); }
  | expr "[" subs "]" { $$ = build_index(ctx, $1, take_subs(ctx, $3), @$); }
  | expr "." IDENT { $$ = build_dot(ctx, $1, $3, @3); }
  | "-" expr %prec UMINUS { $$ = build_unary(ctx, EXPR_NEG, $2, @$); }
  | "not" expr  { $$ = build_unary(ctx, EXPR_NOT, $2, @$); }
  | expr "**" expr { $$ = build_binary(ctx, OP_POW, @2, $1, $3); }
  | expr "*" expr  { $$ = build_binary(ctx, OP_MUL, @2, $1, $3); }
  | expr "/" expr  { $$ = build_binary(ctx, OP_DIV, @2, $1, $3); }
  | expr "//" expr { $$ = build_binary(ctx, OP_FLOORDIV, @2, $1, $3); }
  | expr "%" expr  { $$ = build_binary(ctx, OP_MOD, @2, $1, $3); }
  | expr "+" expr  { $$ = build_binary(ctx, OP_ADD, @2, $1, $3); }
  | expr "-" expr  { $$ = build_binary(ctx, OP_SUB, @2, $1, $3); }
  | expr "==" expr { $$ = build_binary(ctx, OP_EQ, @2, $1, $3); }
  | expr "!=" expr { $$ = build_binary(ctx, OP_NE, @2, $1, $3); }
  | expr "<" expr  { $$ = build_binary(ctx, OP_LT, @2, $1, $3); }
  | expr ">" expr  { $$ = build_binary(ctx, OP_GT, @2, $1, $3); }
  | expr "<=" expr { $$ = build_binary(ctx, OP_LE, @2, $1, $3); }
  | expr ">=" expr { $$ = build_binary(ctx, OP_GE, @2, $1, $3); }
  | expr "in" expr ".." expr %prec "in" { $$ = build_in(ctx, @2, $1, $3, $5); }
  | expr "and" expr { $$ = build_binary(ctx, OP_AND, @2, $1, $3); }
  | expr "or" expr  { $$ = build_binary(ctx, OP_OR, @2, $1, $3); }
  ;

%%

static int yyreport_syntax_error(const yypcontext_t *where, struct parse_ctx *ctx)
{
    yysymbol_kind_t kinds[YYNTOKENS];
    const char *expected[YYNTOKENS];
    int n = yypcontext_expected_tokens(where, kinds, YYNTOKENS);
    uint32_t n_expected = 0;
    for (int i = 0; i < n; i++)
        if (kinds[i] != YYSYMBOL_SKIPPED && kinds[i] != YYSYMBOL_UNCLOSED)
            expected[n_expected++] = yysymbol_name(kinds[i]);
    syntax_error(ctx, yysymbol_name(yypcontext_token(where)), expected, n_expected);
    return 0;
}

/* Called only when the stack is full: long chains of operators nest without brackets. */
static void dyn_yyerror(struct span *span, struct parse_ctx *ctx, const char *message)
{
    (void)message;
    report_nesting(ctx, *span, "statement");
}

int parse_run(struct parse_ctx *ctx)
{
    struct arena *scratch = arena_scratch(ctx->arena);
    yypstate *state = ARENA_NEW(scratch, yypstate);
    int status;
    state->yystacksize = YYINITDEPTH;
    state->yyss = state->yyssa;
    state->yyvs = state->yyvsa;
    state->yyls = state->yylsa;
    state->yyes = state->yyesa;
    state->yyes_capacity = sizeof state->yyesa / sizeof state->yyesa[0];
    yypstate_clear(state);
    do {
        YYSTYPE value = {0};
        YYLTYPE span = {0, 0, ctx->file};
        int token = dyn_yylex(&value, &span, ctx);
        status = yypush_parse(state, token, &value, &span, ctx);
    } while (status == YYPUSH_MORE);
    if (state->yyes != state->yyesa)
        YYSTACK_FREE(state->yyes);
    arena_scratch_end(scratch);
    return status;
}
