/* The text report's parts, shared between its files. */
#ifndef DYNC_REPORT_TEXT_H
#define DYNC_REPORT_TEXT_H

#include "backend/report_facts.h"
#include "compiler/base/text.h"

struct report_writer {
    struct arena *arena;
    struct text out;
    const struct report_facts *facts;
    const struct report_input *in;
};

/* A cell flush left, control characters escaped; width 0: as wide as it is. */
void report_left(struct report_writer *w, const char *s, int width);
/* "net.dyn:12:3"; "" without a place. */
char *report_where(struct report_writer *w, struct span span);

/* Per merged set: its biases, weights and delays, requested and realised. */
void report_put_biases(struct report_writer *w);

#endif
