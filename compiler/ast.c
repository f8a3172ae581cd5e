#include "compiler/ast.h"

#include "compiler/base/json.h"
#include "compiler/base/text.h"

#include <inttypes.h>
#include <string.h>

const char *binary_op_text(enum binary_op op)
{
    static const char *const text[N_BINARY_OPS] = {
        [OP_POW] = "**", [OP_MUL] = "*", [OP_DIV] = "/", [OP_FLOORDIV] = "//", [OP_MOD] = "%",
        [OP_ADD] = "+",  [OP_SUB] = "-", [OP_EQ] = "==", [OP_NE] = "!=",       [OP_LT] = "<",
        [OP_GT] = ">",   [OP_LE] = "<=", [OP_GE] = ">=", [OP_AND] = "and",     [OP_OR] = "or"};
    return text[op];
}

/* --- expressions. Their height is at most 256, so recursion is safe. --- */

static void dump_expr(struct text *out, const struct expr *expr);

static void dump_opt(struct text *out, const struct expr *expr)
{
    if (expr)
        dump_expr(out, expr);
    else
        text_add(out, "_");
}

static void dump_string(struct text *out, const char *string)
{
    text_add(out, "\"");
    for (; *string; string++) {
        const char *escape = *string == '\n'                     ? "\\n"
                             : *string == '\t'                   ? "\\t"
                             : *string == '"' || *string == '\\' ? "\\"
                                                                 : "";
        text_add(out, "%s", escape);
        if (*string != '\n' && *string != '\t')
            text_bytes(out, string, 1);
    }
    text_add(out, "\"");
}

static void dump_range(struct text *out, const struct range *range)
{
    text_add(out, "(: ");
    dump_opt(out, range->lo);
    text_add(out, " ");
    dump_opt(out, range->hi);
    if (range->step) {
        text_add(out, " ");
        dump_expr(out, range->step);
    }
    text_add(out, ")");
}

static void dump_args(struct text *out, const struct arg_vec *args)
{
    for (uint32_t i = 0; i < args->n; i++) {
        const struct arg *arg = &args->at[i];
        text_add(out, arg->name ? " (= %s " : " ", arg->name);
        dump_expr(out, arg->value);
        text_add(out, arg->name ? ")" : "");
    }
}

static void dump_subs(struct text *out, const struct sub_vec *subs)
{
    for (uint32_t i = 0; i < subs->n; i++) {
        text_add(out, " ");
        if (subs->at[i].index)
            dump_expr(out, subs->at[i].index);
        else
            dump_range(out, &subs->at[i].range);
    }
}

static void dump_exprs(struct text *out, const struct expr_vec *list)
{
    for (uint32_t i = 0; i < list->n; i++) {
        text_add(out, " ");
        dump_expr(out, list->at[i]);
    }
}

/* With a point or an exponent, to be told from an integer. */
static void dump_real(struct text *out, double value)
{
    const char *text = real_text(out->arena, value);
    text_add(out, strpbrk(text, ".e") ? "%s" : "%s.0", text);
}

static void dump_leaf(struct text *out, const struct expr *expr)
{
    switch (expr->kind) {
    case EXPR_INT:
        text_add(out, "%" PRId64, expr->integer);
        return;
    case EXPR_REAL:
        dump_real(out, expr->real);
        return;
    case EXPR_QTY:
        text_add(out, "(%s %s)", expr->unit, real_text(out->arena, expr->real));
        return;
    case EXPR_STRING:
        dump_string(out, expr->text);
        return;
    case EXPR_BOOL:
        text_add(out, expr->integer ? "on" : "off");
        return;
    case EXPR_PRE:
        text_add(out, "pre");
        return;
    case EXPR_POST:
        text_add(out, "post");
        return;
    default:
        text_add(out, "%s", expr->text);
    }
}

/* (HEAD a b c) with the children that are there. */
static void dump_node(struct text *out, const char *head, const struct expr *expr)
{
    text_add(out, "(%s", head);
    const struct expr *children[] = {expr->a, expr->b, expr->c};
    for (size_t i = 0; i < sizeof children / sizeof children[0]; i++) {
        if (children[i]) {
            text_add(out, " ");
            dump_expr(out, children[i]);
        }
    }
    dump_args(out, &expr->args);
    dump_subs(out, &expr->subs);
    dump_exprs(out, &expr->list);
    text_add(out, ")");
}

static void dump_expr(struct text *out, const struct expr *expr)
{
    switch (expr->kind) {
    case EXPR_NEG:
        dump_node(out, "neg", expr);
        return;
    case EXPR_NOT:
        dump_node(out, "not", expr);
        return;
    case EXPR_BINARY:
        dump_node(out, binary_op_text(expr->op), expr);
        return;
    case EXPR_IN:
        dump_node(out, "in", expr);
        return;
    case EXPR_CALL:
        dump_node(out, "call", expr);
        return;
    case EXPR_INDEX:
        dump_node(out, "at", expr);
        return;
    case EXPR_LIST:
        dump_node(out, "list", expr);
        return;
    case EXPR_DOT:
        text_add(out, "(. ");
        dump_expr(out, expr->a);
        text_add(out, " %s)", expr->text);
        return;
    case EXPR_FOR:
        text_add(out, "(for %s ", expr->text);
        dump_range(out, expr->range);
        text_add(out, " ");
        dump_expr(out, expr->a);
        text_add(out, ")");
        return;
    default:
        dump_leaf(out, expr);
    }
}

/* --- statements. Blocks nest at most 256 deep. --- */

static void dump_items(struct text *out, const struct item_vec *items, int depth);

static const char *const item_word[N_ITEM_KINDS] = {
    [ITEM_IMPORT] = "import", [ITEM_TARGET] = "target", [ITEM_PARAM] = "param",
    [ITEM_LET] = "let",       [ITEM_FN] = "fn",         [ITEM_NET] = "net",
    [ITEM_USE] = "use",       [ITEM_BIAS] = "bias",     [ITEM_POPULATION] = "population",
    [ITEM_INPUT] = "input",   [ITEM_SET] = "set",       [ITEM_PROJECTION] = "->",
    [ITEM_PLACE] = "place",   [ITEM_PROBE] = "probe",   [ITEM_FOR] = "for",
    [ITEM_IF] = "if",         [ITEM_ASSERT] = "assert", [ITEM_TEST] = "test",
    [ITEM_DRIVE] = "drive",   [ITEM_RUN] = "run",       [ITEM_EXPECT] = "expect"};

static void dump_formals(struct text *out, const struct formal_vec *formals)
{
    text_add(out, " (formals");
    for (uint32_t i = 0; i < formals->n; i++) {
        const struct formal *formal = &formals->at[i];
        text_add(out, " (%s %s", formal->name, formal->type ? formal->type : "_");
        if (formal->value) {
            text_add(out, " ");
            dump_expr(out, formal->value);
        }
        text_add(out, ")");
    }
    text_add(out, ")");
}

static void dump_attrs(struct text *out, const struct attr_vec *attrs, int depth)
{
    for (uint32_t i = 0; i < attrs->n; i++) {
        text_add(out, "\n%*s(= %s ", 2 * depth + 2, "", attrs->at[i].path);
        dump_expr(out, attrs->at[i].value);
        text_add(out, ")");
    }
}

/* (KEY item item ..) unless the list is empty. */
static void dump_named_list(struct text *out, const char *key, const struct expr_vec *list)
{
    if (list->n == 0)
        return;
    text_add(out, " (%s", key);
    dump_exprs(out, list);
    text_add(out, ")");
}

static void dump_words(struct text *out, const struct item *item)
{
    if (item->name)
        text_add(out, " %s", item->name);
    if (item->type)
        text_add(out, " (type %s)", item->type);
    if (item->text) {
        text_add(out, " ");
        dump_string(out, item->text);
    }
    if (item->args.n) {
        text_add(out, " (args");
        dump_args(out, &item->args);
        text_add(out, ")");
    }
    if (item->kind == ITEM_FN || item->kind == ITEM_NET)
        dump_formals(out, &item->formals);
    if (item->kind == ITEM_FOR) {
        text_add(out, " ");
        dump_range(out, item->range);
    }
}

static void dump_exprs_of(struct text *out, const struct item *item)
{
    const struct expr *parts[] = {item->view, item->view2, item->value};
    dump_named_list(out, "dims", &item->dims);
    dump_named_list(out, "views", &item->views);
    for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++) {
        if (parts[i]) {
            text_add(out, " ");
            dump_expr(out, parts[i]);
        }
    }
    dump_named_list(out, "values", &item->values);
    if (item->during_lo) {
        text_add(out, " (during ");
        dump_expr(out, item->during_lo);
        text_add(out, " ");
        dump_expr(out, item->during_hi);
        text_add(out, ")");
    }
}

static void dump_item(struct text *out, const struct item *item, int depth)
{
    text_add(out, "%*s(%s", 2 * depth, "", item_word[item->kind]);
    dump_words(out, item);
    dump_exprs_of(out, item);
    dump_attrs(out, &item->attrs, depth);
    if (item->items.n) {
        text_add(out, "\n");
        dump_items(out, &item->items, depth + 1);
    }
    if (item->orelse.n) {
        text_add(out, "\n%*s(else\n", 2 * depth + 2, "");
        dump_items(out, &item->orelse, depth + 2);
        text_add(out, ")");
    }
    text_add(out, ")");
}

static void dump_items(struct text *out, const struct item_vec *items, int depth)
{
    for (uint32_t i = 0; i < items->n; i++) {
        if (i)
            text_add(out, "\n");
        dump_item(out, items->at[i], depth);
    }
}

char *ast_dump(struct arena *arena, const struct ast *ast)
{
    struct text out;
    text_init(&out, arena);
    dump_items(&out, &ast->items, 0);
    if (ast->items.n)
        text_add(&out, "\n");
    return out.at ? out.at : arena_strdup(arena, "");
}
