/* Mutations of .dyn text along its grammar: statements and expressions of one text, or of two, take
 * each other's places, words are exchanged for others of their kind, blanks and line breaks change,
 * statements go into blocks. One mutant in four is made byte by byte, so that nothing is out of
 * reach. */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

size_t LLVMFuzzerMutate(uint8_t *data, size_t size, size_t most);
size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t most, unsigned seed);
size_t LLVMFuzzerCustomCrossOver(const uint8_t *a, size_t n_a, const uint8_t *b, size_t n_b,
                                 uint8_t *out, size_t most, unsigned seed);

enum { MOST_WORDS = 4096, MOST_BYTES = 1 << 16 };

enum kind { NAME, KEYWORD, NUMBER, STRING, OPERATOR, PUNCTUATION, COMMENT };
struct word {
    uint32_t begin, end;
    enum kind kind;
};
struct words {
    const char *text;
    uint32_t size, n;
    struct word at[MOST_WORDS];
};
struct part { /* of a text, in bytes */
    uint32_t begin, end;
};

static const char *const keywords[] = {
#define KEYWORD(word, proposal) #word,
#include "grammar/keywords.def"
};
static const char *const units[] = {
#define UNIT(text, power, dimension) #text,
#include "grammar/units.def"
};
static const char *const operators[] = {"**", "*", "/",  "//", "%",  "+",   "-",  "==", "!=",
                                        "<",  ">", "<=", ">=", "..", "and", "or", "->", "="};
static const char *const numbers[] = {
    "0",
    "1",
    "2",
    "3",
    "15",
    "16",
    "17",
    "64",
    "0.5",
    "1.0",
    "1e-9",
    "1e300",
    "9223372036854775807",
};
static const char *const blanks[] = {" ",      "  ",     "\n",   "\n\n\n",     "\t",
                                     " # c\n", "\n    ", "\r\n", "          ", "\n        # d\n"};
static const char *const blocks[] = {"for i in 0:2 {", "if on {", "test \"t\" {", "net n() {",
                                     "if off { } else {"};
#define N(array) (uint32_t)(sizeof(array) / sizeof(array)[0])
#define ONE_OF(array, dice) (array)[roll((dice), N(array))]

static uint32_t roll(uint32_t *dice, uint32_t n)
{
    *dice ^= *dice << 13;
    *dice ^= *dice >> 17;
    *dice ^= *dice << 5;
    return n ? *dice % n : 0;
}

/* --- words --- */

static bool is_word(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool is_one_of(const char *const *list, uint32_t n, const char *text, uint32_t length)
{
    for (uint32_t i = 0; i < n; i++)
        if (strlen(list[i]) == length && !strncmp(list[i], text, length))
            return true;
    return false;
}

static enum kind kind_of(const char *text, uint32_t n)
{
    if (*text == '"')
        return STRING;
    if (*text == '#')
        return COMMENT;
    if (is_digit(*text))
        return NUMBER;
    if (is_one_of(operators, N(operators), text, n))
        return OPERATOR;
    if (is_one_of(keywords, N(keywords), text, n))
        return KEYWORD;
    return is_word(*text) ? NAME : PUNCTUATION;
}

/* Bytes of the word at text[0..n), n > 0. */
static uint32_t word_length(const char *text, uint32_t n)
{
    uint32_t i = 1;
    if (*text == '#') {
        while (i < n && text[i] != '\n')
            i++;
    } else if (*text == '"') {
        while (i < n && text[i] != '"' && text[i] != '\n')
            i += text[i] == '\\' && i + 1 < n ? 2 : 1;
        i += i < n;
    } else if (is_word(*text)) {
        while (i < n && is_word(text[i]))
            i++;
    } else if (n > 1 && is_one_of(operators, N(operators), text, 2)) {
        i = 2;
    }
    return i < n ? i : n;
}

static void split(struct words *words, const uint8_t *data, size_t size)
{
    *words = (struct words){.text = (const char *)data, .size = (uint32_t)size};
    for (uint32_t i = 0; i < words->size && words->n < MOST_WORDS;) {
        if (strchr(" \t\r\n", words->text[i])) {
            i++;
            continue;
        }
        uint32_t n = word_length(words->text + i, words->size - i);
        words->at[words->n++] = (struct word){i, i + n, kind_of(words->text + i, n)};
        i += n;
    }
}

static char first_of(const struct words *words, uint32_t i)
{
    return words->text[words->at[i].begin];
}

/* --- parts --- */

/* Behind the bracket that closes word i, or behind word i if it opens none. */
static uint32_t behind_bracket(const struct words *words, uint32_t i)
{
    int open = 0;
    do {
        if (words->at[i].kind == PUNCTUATION) {
            open += strchr("([{", first_of(words, i)) != NULL;
            open -= strchr(")]}", first_of(words, i)) != NULL;
        }
        i++;
    } while (i < words->n && open > 0);
    return i;
}

static bool begins_statement(const struct words *words, uint32_t i)
{
    return i == 0 || strchr(";{}", first_of(words, i - 1));
}

/* A statement at or behind a word taken at random, with its `;` or block. */
static struct part statement(const struct words *words, uint32_t *dice)
{
    uint32_t i = roll(dice, words->n), end;
    while (i < words->n && !begins_statement(words, i))
        i++;
    if (i >= words->n)
        return (struct part){words->size, words->size};
    for (end = i; end < words->n; end++) {
        if (first_of(words, end) == '}' || first_of(words, end) == ';')
            break;
        if (first_of(words, end) == '{') {
            end = behind_bracket(words, end) - 1;
            break;
        }
    }
    end = end < words->n ? end : words->n - 1;
    return (struct part){words->at[i].begin, words->at[end].end};
}

/* A value: a word or bracket with what is called, subscripted or selected, and sometimes what it
 * is joined with by operators. */
static struct part expression(const struct words *words, uint32_t *dice)
{
    uint32_t i = roll(dice, words->n), end;
    while (i < words->n && words->at[i].kind != NAME && words->at[i].kind != NUMBER
           && !strchr("([", first_of(words, i)))
        i++;
    if (i >= words->n)
        return (struct part){words->size, words->size};
    for (end = behind_bracket(words, i); end < words->n; end++) {
        if (strchr("([", first_of(words, end)))
            end = behind_bracket(words, end) - 1;
        else if (first_of(words, end) != '.'
                 && (words->at[end].kind != OPERATOR || roll(dice, 3) > 0))
            break;
    }
    return (struct part){words->at[i].begin, words->at[end - 1].end};
}

/* --- putting together --- */

struct output {
    char *at;
    size_t n, most;
};

static void put(struct output *out, const char *text, size_t n)
{
    n = n < out->most - out->n ? n : out->most - out->n;
    memcpy(out->at + out->n, text, n);
    out->n += n;
}

static void put_text(struct output *out, const char *text)
{
    put(out, text, strlen(text));
}

static void put_part(struct output *out, const struct words *words, struct part part)
{
    put(out, words->text + part.begin, part.end - part.begin);
}

/* The text with `part` replaced by a part of another, or of the same. */
static void replace(struct output *out, const struct words *words, struct part part,
                    const struct words *other, struct part by)
{
    put_part(out, words, (struct part){0, part.begin});
    put_part(out, other, by);
    put_part(out, words, (struct part){part.end, words->size});
}

static void put_other_word(struct output *out, const struct words *words, enum kind kind,
                           uint32_t *dice)
{
    uint32_t i = roll(dice, words->n);
    if (kind == OPERATOR) {
        put_text(out, ONE_OF(operators, dice));
    } else if (kind == NUMBER && roll(dice, 2)) {
        put_text(out, ONE_OF(numbers, dice));
        put_text(out, roll(dice, 2) ? " " : "");
        put_text(out, roll(dice, 2) ? ONE_OF(units, dice) : "");
    } else if (kind == KEYWORD && roll(dice, 2)) {
        put_text(out, ONE_OF(keywords, dice));
    } else {
        for (uint32_t tries = 0; tries < words->n && words->at[i].kind != kind; tries++)
            i = (i + 1) % words->n;
        put_part(out, words, (struct part){words->at[i].begin, words->at[i].end});
    }
}

static void change_word(struct output *out, const struct words *words, uint32_t *dice)
{
    const struct word *word = &words->at[roll(dice, words->n)];
    put_part(out, words, (struct part){0, word->begin});
    put_other_word(out, words, word->kind, dice);
    put_part(out, words, (struct part){word->end, words->size});
}

/* Before every word in about eight, other blanks than there were. */
static void change_blanks(struct output *out, const struct words *words, uint32_t *dice)
{
    uint32_t behind = 0;
    for (uint32_t i = 0; i < words->n; i++) {
        const struct word *word = &words->at[i];
        if (roll(dice, 8))
            put_part(out, words, (struct part){behind, word->begin});
        else
            put_text(out, ONE_OF(blanks, dice));
        put_part(out, words, (struct part){word->begin, word->end});
        behind = word->end;
    }
    put_part(out, words, (struct part){behind, words->size});
}

static void wrap(struct output *out, const struct words *words, uint32_t *dice)
{
    struct part part = statement(words, dice);
    put_part(out, words, (struct part){0, part.begin});
    put_text(out, ONE_OF(blocks, dice));
    put_text(out, " ");
    put_part(out, words, part);
    put_text(out, " }");
    put_part(out, words, (struct part){part.end, words->size});
}

static void mutate(struct output *out, const struct words *words, uint32_t *dice)
{
    struct part from, to;
    switch (roll(dice, 7)) {
    case 0: /* away with a statement, or another of the text in its place */
        from = statement(words, dice);
        to = statement(words, dice);
        replace(out, words, to, words, roll(dice, 2) ? from : (struct part){0, 0});
        return;
    case 1: /* a statement once more */
        from = statement(words, dice);
        to = statement(words, dice);
        replace(out, words, (struct part){to.end, to.end}, words, from);
        return;
    case 2:
    case 3:
        from = expression(words, dice);
        to = expression(words, dice);
        replace(out, words, to, words, from);
        return;
    case 4:
        change_blanks(out, words, dice);
        return;
    case 5:
        wrap(out, words, dice);
        return;
    default:
        change_word(out, words, dice);
    }
}

size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t most, unsigned seed)
{
    static char room[MOST_BYTES];
    static struct words words;
    uint32_t dice = (seed * 2654435761u) | 1;
    struct output out = {room, 0, most < sizeof room ? most : sizeof room};
    if (roll(&dice, 4) == 0)
        return LLVMFuzzerMutate(data, size, most);
    split(&words, data, size);
    if (words.n == 0)
        return LLVMFuzzerMutate(data, size, most);
    mutate(&out, &words, &dice);
    memcpy(data, room, out.n);
    return out.n;
}

size_t LLVMFuzzerCustomCrossOver(const uint8_t *a, size_t n_a, const uint8_t *b, size_t n_b,
                                 uint8_t *out, size_t most, unsigned seed)
{
    static struct words words, others;
    uint32_t dice = (seed * 2654435761u) | 1;
    struct output output = {(char *)out, 0, most};
    split(&words, a, n_a);
    split(&others, b, n_b);
    if (words.n == 0 || others.n == 0)
        return 0;
    if (roll(&dice, 2)) {
        struct part to = statement(&words, &dice);
        to.begin = roll(&dice, 2) ? to.begin : to.end;
        replace(&output, &words, to, &others, statement(&others, &dice));
    } else {
        struct part to = expression(&words, &dice);
        replace(&output, &words, to, &others, expression(&others, &dice));
    }
    return output.n;
}
