/* Messages about text that is no program: what was met, what may stand there, and a way out. */
#include "compiler/parse.h"

#include "compiler/base/text.h"
#include "compiler/units.h"

#include <string.h>

enum { SHOWN = 40 }; /* bytes of a token shown in a message */

struct diag *parse_fault(struct parse_ctx *ctx, enum diag_code code, struct span span,
                         const char *format, ...)
{
    if (ctx->quiet)
        return NULL;
    struct text text;
    text_init(&text, ctx->sink->arena);
    va_list args;
    va_start(args, format);
    text_add_v(&text, format, args);
    va_end(args);
    ctx->spoiled = true;
    ctx->spoiled_at = span.begin;
    return diag_add(ctx->sink, code, span, "%s", text.at);
}

/* --- characters, strings, nesting --- */

/* An ASCII character that looks like this one: dashes, quotes and operators that editors insert. */
static const char *plain_form(uint32_t code)
{
    static const struct {
        uint32_t code;
        const char *plain;
    } forms[] = {{0x00B5, "u"},  {0x03BC, "u"},  {0x00A0, " "},  {0x2010, "-"},  {0x2011, "-"},
                 {0x2012, "-"},  {0x2013, "-"},  {0x2014, "-"},  {0x2212, "-"},  {0x2018, "\""},
                 {0x2019, "\""}, {0x201C, "\""}, {0x201D, "\""}, {0x2192, "->"}, {0x2026, ".."},
                 {0x00D7, "*"},  {0x2264, "<="}, {0x2265, ">="}, {0x2260, "!="}, {'\'', "\""},
                 {'&', "and"},   {'|', "or"},    {'!', "not"},   {'^', "**"}};
    for (size_t i = 0; i < sizeof forms / sizeof forms[0]; i++)
        if (forms[i].code == code)
            return forms[i].plain;
    return NULL;
}

void report_character(struct parse_ctx *ctx, struct span span)
{
    const char *at = ctx->text + span.begin;
    size_t n = utf8_length(at, span.end - span.begin);
    span.end = span.begin + (n ? (uint32_t)n : 1);
    if (n == 0) {
        parse_fault(ctx, DIAG_E0101, span, "byte 0x%02X is not UTF-8 text", (unsigned char)*at);
        return;
    }
    uint32_t code = utf8_code(at, n);
    struct diag *diag =
        parse_fault(ctx, DIAG_E0101, span, "character U+%04X is not allowed here", code);
    const char *plain = plain_form(code);
    if (diag && plain)
        diag_help(ctx->sink, diag, span, plain, "write `%s`", plain);
}

void report_open_string(struct parse_ctx *ctx, struct span span)
{
    uint32_t end = span.end;
    while (end > span.begin + 1 && strchr(" \t\r", ctx->text[end - 1]))
        end--;
    ctx->cut = end > span.begin + 1 ? ctx->text[end - 1] : 0;
    struct diag *diag = parse_fault(ctx, DIAG_E0102, (struct span){span.begin, end, span.file},
                                    "string is not closed before the end of the line");
    if (diag)
        diag_caret(ctx->sink, diag, "the string begins here");
}

void report_nesting(struct parse_ctx *ctx, struct span span, const char *what)
{
    struct diag *diag =
        parse_fault(ctx, DIAG_E0107, span, "%s nested deeper than %d", what, PARSE_MAX_NESTING);
    if (diag && !strcmp(what, "expression"))
        diag_help(ctx->sink, diag, span_nowhere(), NULL, "name parts of it with `let`");
}

/* --- syntax errors --- */

struct unexpected {
    struct parse_ctx *ctx;
    const char *found; /* as the grammar names it: "in", "a name" */
    const char *text;  /* as written, shortened */
    const char *const *expected;
    uint32_t n_expected;
};

static bool expects(const struct unexpected *u, const char *name)
{
    for (uint32_t i = 0; i < u->n_expected; i++)
        if (!strcmp(u->expected[i], name))
            return true;
    return false;
}

static const char *token_text(struct parse_ctx *ctx, struct span span)
{
    uint32_t n = span.end - span.begin;
    const char *text = ctx->text + span.begin;
    return n > SHOWN ? arena_printf(ctx->arena, "%.*s...", SHOWN, text)
                     : arena_strndup(ctx->arena, text, n);
}

static const char *keyword_proposal(const char *word)
{
    static const struct {
        const char *word, *proposal;
    } keywords[] = {
#define KEYWORD(word, proposal) {#word, #proposal},
#include "grammar/keywords.def"
    };
    for (size_t i = 0; i < sizeof keywords / sizeof keywords[0]; i++)
        if (!strcmp(keywords[i].word, word))
            return keywords[i].proposal;
    return NULL;
}

/* What a name would name after this token; NULL if no name is declared or selected there. */
static const char *named_after(const char *previous)
{
    static const struct {
        const char *before, *noun;
    } nouns[] = {{"as", "an imported file"}, {"target", "a target"}, {"param", "a param"},
                 {"let", "a value"},         {"fn", "a function"},   {"net", "a net"},
                 {"use", "an instance"},     {"bias", "a bias set"}, {"population", "a population"},
                 {"input", "an input"},      {"for", "an index"},    {".", "an attribute"}};
    for (size_t i = 0; i < sizeof nouns / sizeof nouns[0]; i++)
        if (!strcmp(nouns[i].before, previous))
            return nouns[i].noun;
    return NULL;
}

/* What follows the offending token, blanks left out. */
static const char *text_behind(const struct parse_ctx *ctx)
{
    const char *behind = ctx->text + ctx->last.span.end;
    return behind + strspn(behind, " \t");
}

static bool is_assigned(const struct parse_ctx *ctx)
{
    const char *behind = text_behind(ctx);
    return behind[0] == '=' && behind[1] != '=';
}

/* E0103: the offending token is a keyword in the place of a name. */
static bool report_keyword(const struct unexpected *u)
{
    struct parse_ctx *ctx = u->ctx;
    const char *proposal = keyword_proposal(u->found);
    if (!proposal || !expects(u, "a name"))
        return false;
    const char *noun = named_after(token_text(ctx, ctx->previous.span));
    bool begins = expects(u, "let") || expects(u, "drive") || expects(u, "}");
    bool computes = expects(u, "an integer");
    bool used = is_assigned(ctx) || strchr(".[", text_behind(ctx)[0])
                || !strncmp(text_behind(ctx), "->", 2);
    if (!noun && (begins || computes) && !used)
        return false;
    if (!noun)
        noun = expects(u, "}") && !expects(u, "let") ? "an attribute" : "anything";
    struct diag *diag = parse_fault(ctx, DIAG_E0103, ctx->last.span,
                                    "`%s` is a keyword and cannot name %s", u->found, noun);
    if (diag)
        diag_help(ctx->sink, diag, ctx->last.span, proposal, "another name, `%s` for example",
                  proposal);
    return true;
}

/* E0104 where a blank stands between number and unit: `50 Hx`. */
static bool report_unit(const struct unexpected *u)
{
    struct parse_ctx *ctx = u->ctx;
    struct span number = ctx->previous.span, name = ctx->last.span;
    char first = ctx->text[number.begin];
    if (strcmp(u->found, "a name") != 0 || first < '0' || first > '9' || number.end >= name.begin)
        return false;
    const char *nearest = unit_nearest(u->text);
    if (!nearest || memchr(ctx->text + number.end, '\n', name.begin - number.end))
        return false;
    struct diag *diag = parse_fault(ctx, DIAG_E0104, name, "`%s`: unknown unit `%s`",
                                    token_text(ctx, span_join(number, name)), u->text);
    if (diag) {
        diag_note(ctx->sink, diag, span_nowhere(), "units are %s", unit_list(ctx->arena));
        diag_help(ctx->sink, diag, name, nearest, "did you mean `%s`?", nearest);
    }
    return true;
}

/* Tokens that may follow nearly everything and would only hide what is missing. */
static bool is_operator(const char *name)
{
    static const char *const operators[] = {"and", "or", "in", "==", "!=", "<", ">",
                                            "<=",  ">=", "+",  "-",  "*",  "/", "//",
                                            "%",   "**", "(",  "[",  "."};
    for (size_t i = 0; i < sizeof operators / sizeof operators[0]; i++)
        if (!strcmp(operators[i], name))
            return true;
    return false;
}

static bool is_class(const char *name)
{
    return !strncmp(name, "a ", 2) || !strncmp(name, "an ", 3) || !strcmp(name, "end of file");
}

/* Everything that may stand here, operators left out where something else remains. */
static const char *list_expected(const struct unexpected *u)
{
    const char *shown[8];
    uint32_t n = 0, limit = sizeof shown / sizeof shown[0];
    bool all_operators = true;
    for (uint32_t i = 0; i < u->n_expected; i++)
        all_operators = all_operators && is_operator(u->expected[i]);
    for (uint32_t i = 0; i < u->n_expected && n < limit; i++)
        if (all_operators || !is_operator(u->expected[i]))
            shown[n++] = u->expected[i];
    struct text text;
    text_init(&text, u->ctx->arena);
    for (uint32_t i = 0; i < n; i++) {
        const char *between = i == 0 ? "" : i + 1 < n ? ", " : " or ";
        text_add(&text, is_class(shown[i]) ? "%s%s" : "%s`%s`", between, shown[i]);
    }
    return text.n ? text.at : "something else";
}

static const char *what_is_expected(const struct unexpected *u)
{
    if (expects(u, ";"))
        return "`;`";
    if (expects(u, "let"))
        return expects(u, "}") ? "a statement or `}`" : "a statement";
    if (expects(u, "drive"))
        return "`drive`, `set`, `run`, `expect`, `for` or `}`";
    if (expects(u, "}") && expects(u, "a name"))
        return "an attribute or `}`";
    if (expects(u, "an integer"))
        return expects(u, ")")   ? "an argument or `)`"
               : expects(u, "]") ? "an expression or `]`"
                                 : "an expression";
    return list_expected(u);
}

/* A block of attributes or of test steps was not closed before the next statement. */
static bool ends_unclosed(const struct unexpected *u)
{
    bool attributes = expects(u, "}") && expects(u, "a name") && !expects(u, "let");
    bool steps = expects(u, "drive") && !expects(u, "let");
    return (attributes || steps) && keyword_proposal(u->found) && !is_assigned(u->ctx)
           && shows_unclosed_block(u->ctx);
}

/* A token that would be no loss: a bracket that closes nothing, something before a `;`, a `;`
 * alone.
 */
static bool is_surplus(const struct unexpected *u)
{
    const struct parse_bracket *open = open_before(u->ctx);
    bool closes = !strcmp(u->found, ")") || !strcmp(u->found, "]");
    if (!strcmp(u->found, ";") || (closes && !open))
        return expects(u, "let") || expects(u, "drive") || expects(u, ";");
    if (!expects(u, ";") || !strcmp(u->found, "end of file") || !strcmp(u->found, "}"))
        return false;
    return (closes && (!open || !strchr("([", u->ctx->text[open->span.begin])))
           || text_behind(u->ctx)[0] == ';';
}

/* Whether a line break stands between the offending token and the one before. */
static bool begins_line(const struct unexpected *u)
{
    const struct parse_ctx *ctx = u->ctx;
    uint32_t from = ctx->previous.span.end, to = ctx->last.span.begin;
    return to > from && memchr(ctx->text + from, '\n', to - from);
}

/* The reserved word that was meant by this one; `among`: of those that may stand here. */
static const char *nearest_keyword(const struct unexpected *u, const char *word, bool among)
{
    static const char *const keywords[] = {
#define KEYWORD(keyword, proposal) #keyword,
#include "grammar/keywords.def"
    };
    struct diag_match match = {.text = word};
    for (size_t i = 0; i < sizeof keywords / sizeof keywords[0]; i++)
        if (!among || expects(u, keywords[i]))
            diag_offer(&match, keywords[i]);
    return match.name;
}

/* A misspelt word of the language: the offending name itself, or the one before it, which then
 * began the statement and was taken for a view or a label. */
static bool propose_keyword(const struct unexpected *u, struct diag *diag)
{
    struct parse_ctx *ctx = u->ctx;
    struct span at = ctx->last.span;
    bool named = !strcmp(u->found, "a name"), titled = !strcmp(u->found, "a string");
    const char *word = u->text, *near = named ? nearest_keyword(u, word, true) : NULL;
    if (!near && (named || titled) && expects(u, "->") && expects(u, ":")) {
        at = ctx->previous.span;
        word = token_text(ctx, at);
        near = titled ? diag_nearest(word, (const char *const[]){"test", "import"}, 2)
                      : nearest_keyword(u, word, false);
    }
    if (!near || !strcmp(near, word))
        return false;
    diag_help(ctx->sink, diag, at, near, "did you mean `%s`?", near);
    return true;
}

static void add_ways_out(const struct unexpected *u, struct diag *diag)
{
    struct parse_ctx *ctx = u->ctx;
    struct span gap = {ctx->previous.span.end, ctx->previous.span.end, ctx->file};
    const struct parse_bracket *open = open_before(ctx);
    bool step =
        !strcmp(u->found, "drive") || !strcmp(u->found, "run") || !strcmp(u->found, "expect");
    bool follows = begins_line(u) || keyword_proposal(u->found) || !strcmp(u->found, "}")
                   || !strcmp(u->found, "end of file");
    if (propose_keyword(u, diag))
        return;
    if (is_surplus(u))
        diag_help(ctx->sink, diag, ctx->last.span, "", "remove `%s`", u->text);
    else if (expects(u, ";") && follows)
        diag_help(ctx->sink, diag, gap, ";", "insert `;`");
    else if (ctx->unclosed)
        diag_help(ctx->sink, diag, gap, " }", "insert `}`");
    else if (step && expects(u, "let"))
        diag_help(ctx->sink, diag, span_nowhere(), NULL, "`%s` belongs in a `test` block",
                  u->found);
    bool closing = !strcmp(u->found, "end of file") || !strcmp(u->found, ")")
                   || !strcmp(u->found, "]") || !strcmp(u->found, "}");
    if (open && (ctx->unclosed || closing || expects(u, ")") || expects(u, "]")))
        diag_label(ctx->sink, diag, open->span, "opened here");
}

void syntax_error(struct parse_ctx *ctx, const char *found, const char *const *expected,
                  uint32_t n_expected)
{
    struct unexpected u = {ctx, found, token_text(ctx, ctx->last.span), expected, n_expected};
    ctx->recovering = true;
    ctx->unclosed = ends_unclosed(&u);
    if (!ctx->unclosed && (report_keyword(&u) || report_unit(&u)))
        return;
    const char *quote = strcmp(found, "end of file") ? "`" : "";
    if (!*quote)
        u.text = found;
    const char *wanted = ctx->unclosed ? "`}`" : what_is_expected(&u);
    struct diag *diag =
        parse_fault(ctx, DIAG_E0106, ctx->last.span, "unexpected %s%s%s, expecting %s", quote,
                    u.text, quote, wanted);
    if (diag)
        add_ways_out(&u, diag);
}
