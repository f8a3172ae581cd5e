/* Tokens of a listing (.dynasm). Comments run from # to the end of the line and are no tokens. */
#ifndef DYNC_TEXT_SCAN_H
#define DYNC_TEXT_SCAN_H

#include "compiler/base/source.h"

enum token_kind {
    TOKEN_FILE_END,
    TOKEN_LINE_END,
    TOKEN_WORD,
    TOKEN_NUMBER,
    TOKEN_STRING,
    TOKEN_RANGE, /* ".." */
    TOKEN_MARK,  /* one of [ ] ( ) , . = + - */
    TOKEN_BAD
};
struct token {
    enum token_kind kind;
    struct span span;
    const char *text; /* WORD: as it stands; STRING: escapes undone; BAD: what is wrong */
    uint64_t number;  /* NUMBER */
    char mark;        /* MARK */
};
struct scanner {
    struct arena *arena;
    const struct source *source;
    uint16_t file;
    uint32_t at;
};
struct token scan_token(struct scanner *scanner);

#endif
