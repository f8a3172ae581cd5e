/* Names: lexical scopes and what a name stands for.
 *
 * One namespace for all kinds; declare before use; no shadowing (E0211). A scope belongs to a file,
 * a net instance, a block (turn of a loop, branch, test) or a call of an fn. Labels of projections
 * have a namespace of their own in each block.
 */
#ifndef DYNC_SCOPE_H
#define DYNC_SCOPE_H

#include "compiler/ast.h"
#include "compiler/value.h"

struct eval;
struct scope;

enum symbol_kind {
    SYMBOL_VALUE, /* param, constant let, loop variable, formal */
    SYMBOL_ALIAS, /* a synaptic let or argument: a name for an expression in its scope */
    SYMBOL_FN,
    SYMBOL_NET,
    SYMBOL_BIAS,       /* value is VALUE_BIAS, or poison if the set failed */
    SYMBOL_POPULATION, /* value is a VALUE_VIEW of all units, or poison */
    SYMBOL_INPUT,
    SYMBOL_INSTANCE, /* value is VALUE_INSTANCE or VALUE_INSTANCES */
    SYMBOL_IMPORT,   /* scope holds the file's names */
    N_SYMBOL_KINDS
};

struct symbol {
    const char *name;
    enum symbol_kind kind;
    struct span span;        /* of the name in its declaration */
    uint32_t visible_from;   /* byte offset; 0: from span on */
    struct value value;      /* all but ALIAS, FN, NET */
    const struct expr *expr; /* ALIAS */
    const struct item *item; /* FN, NET, and the declaring statement of others */
    struct scope *scope;     /* ALIAS, FN, NET: where the expression or body is read; IMPORT */
    uint32_t id;             /* ALIAS, FN: dense number, for dice and caches */
    const char *type;        /* ALIAS: declared type of the formal, NULL if none */
    struct value memo;       /* ALIAS: its value for the pair `memo_serial` */
    uint32_t memo_serial;
    bool busy;           /* ALIAS: being evaluated */
    struct symbol *next; /* same bucket */
};

enum scope_kind { SCOPE_FILE, SCOPE_IMPORTED, SCOPE_NET, SCOPE_BLOCK, SCOPE_CALL };
struct scope {
    struct scope *parent;
    enum scope_kind kind;
    bool kept; /* something outlives the block: scope_release() leaves it alone */
    bool turn; /* a turn of a loop; index is the loop variable's value */
    int64_t index;
    const char *prefix; /* see scope_prefix() */
    struct symbol **bucket;
    uint32_t n_buckets, n_symbols;
    struct scope *labels; /* projection labels of this block, a namespace of their own */
    struct scope *next_free;
};

struct scope *scope_new(struct eval *eval, struct scope *parent, enum scope_kind kind);
/* An imported file: a bias set in it is named `path` + "." + name. */
struct scope *scope_new_import(struct eval *eval, const char *path);
/* A net instance: everything declared in it is named `path` + "." + name. */
struct scope *scope_new_instance(struct eval *eval, struct scope *parent, const char *path);
/* Marks a scope and all around it as referred to by something that stays. */
void scope_keep(struct scope *scope);
/* Gives a block or call scope back for reuse, unless it is kept. */
void scope_release(struct eval *eval, struct scope *scope);
/* Path of the net instance or imported file that a scope belongs to, with trailing dot
 * ("hand[2]."), "" in the main file: the full name of anything declared here is this prefix and its
 * own name. */
const char *scope_prefix(const struct scope *scope);

/* Declares a name. E0211 if it is already visible here (the symbol is then not entered); a builtin
 * function's name likewise. The symbol is copied. NULL after an error. */
struct symbol *scope_declare(struct eval *eval, struct scope *scope, const struct symbol *symbol);

/* Declares the label of a projection; E0211 if the block has it already. */
bool scope_declare_label(struct eval *eval, struct scope *scope, const char *name,
                         struct span span);

/* The symbol that `name`, used at `at`, stands for; NULL if none is declared before that place. */
const struct symbol *scope_find(const struct scope *scope, const char *name, struct span at);
/* The same for a name behind those of imported files, as `lib.ring`; NULL for any other expression.
 */
const struct symbol *scope_find_path(const struct scope *scope, const struct expr *expr);
/* The imported file whose member such an expression names; NULL if it is of none. */
const struct symbol *scope_find_import(const struct scope *scope, const struct expr *expr);
/* Only in this very scope (members of an instance or an imported file). */
const struct symbol *scope_member(const struct scope *scope, const char *name);
/* Offers the names visible at a place (or, of members, all of this very scope) as what was meant.
 */
void scope_offer_names(const struct scope *scope, struct span at, struct diag_match *match);
void scope_offer_members(const struct scope *scope, struct diag_match *match);

#endif
