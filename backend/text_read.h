/* Reading a listing statement by statement: what its parts share. */
#ifndef DYNC_TEXT_READ_H
#define DYNC_TEXT_READ_H

#include "backend/image.h"
#include "backend/text_scan.h"
#include "compiler/base/diag.h"

struct span_vec VEC_OF(struct span);
struct word_vec VEC_OF(uint32_t);

/* Where each thing was said, so that a fault found later has its place; end 0: not said. */
struct said {
    struct span start; /* the first statement, for what has no place of its own */
    struct span *cam, *sram, *bias, *latch;
    struct span_vec populations, inputs, probes, settings;
};

struct reader {
    struct arena *arena;
    struct diag_sink *sink;
    const struct device *device;
    struct image *image;
    struct scanner scanner;
    struct token token;    /* the next one, not yet taken */
    struct span statement; /* from its first token to the last one taken */
    bool bad;              /* the open statement has a fault: nothing more is said about it */
    bool any_bad;
    bool skip_parts; /* the population or input could not be read: its lines are passed over */
    struct said said;
    struct word_vec dest; /* events of the last input, */
    uint32_t unit;        /* known to begin up to this unit's */
};

/* Reports a fault of the open statement, once. */
void reader_fault(struct reader *r, struct span span, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* Takes the next token if it is the one named; a fault otherwise. */
void take_word(struct reader *r, const char *word);
void take_mark(struct reader *r, char mark);
/* Takes it if it is there. */
bool took_word(struct reader *r, const char *word);
bool took_mark(struct reader *r, char mark);
bool took_range(struct reader *r);
/* `what` names the thing in messages: "a core"; 0 resp. "" after a fault. */
uint32_t take_number(struct reader *r, const char *what, uint32_t most);
uint64_t take_large_number(struct reader *r, const char *what);
const char *take_string(struct reader *r, const char *what);
/* One of n names (a fault proposes the nearest): its number. */
uint32_t take_choice(struct reader *r, const char *what, const char *const *names, uint32_t n);
/* Like "chip0", "w3": a word with this prefix and a number below n. */
uint32_t take_numbered(struct reader *r, const char *prefix, uint32_t n);
/* "chip0.core1" as a board-wide core, "chip0.core1.n17" as a site. */
uint32_t take_core(struct reader *r);
size_t take_site(struct reader *r);

/* Notes where a thing was said; a fault if it was said before. */
void reader_say(struct reader *r, struct span *where, const char *what);

/* "cores 0+2 x 1 y 0 tag 17" as an SRAM word; `what` and its bound in place of `tag`. */
uint32_t take_route(struct reader *r, const char *what, uint32_t most);
/* A hop, as its field holds it: hop + max_hop. */
uint32_t take_hop(struct reader *r);
/* No more events follow for the last input. */
void close_input(struct reader *r);

/* The statements, after their keyword. */
void read_population(struct reader *r);
void read_piece(struct reader *r);
void read_input(struct reader *r);
void read_send(struct reader *r);
void read_filter(struct reader *r);
void read_route(struct reader *r);
void read_set(struct reader *r);
void read_probe(struct reader *r);
void read_bias(struct reader *r);
void read_latch(struct reader *r);
void read_cam(struct reader *r);
void read_sram(struct reader *r);

#endif
