/* Comma-separated text: lines into cells, cells into numbers. Finds; the caller reports. */
#ifndef DYNC_CSV_H
#define DYNC_CSV_H

#include "compiler/base/source.h"

struct csv {
    const struct source *source;
    uint32_t at;            /* next byte of the source */
    uint32_t line;          /* number of the current line, from 1 */
    const char *text, *end; /* the current line, without blanks around it */
    const char *next;       /* rest of the line, NULL after its last cell */
    uint32_t column;        /* number of the current cell, from 1 */
};
struct csv_cell {
    const char *text; /* in the source, without blanks around it */
    uint32_t n;
};

void csv_start(struct csv *csv, const struct source *source);
/* The next line that is neither empty nor a comment (#). */
bool csv_next_line(struct csv *csv);
bool csv_next_cell(struct csv *csv, struct csv_cell *cell);

bool csv_cell_is(const struct csv_cell *cell, const char *text);
/* For a message: cut, and with anything unprintable replaced. */
const char *csv_shown(struct arena *arena, const struct csv_cell *cell);

/* [+-] digits [. digits] [e [+-] digits], with a digit before or behind the point. */
bool csv_is_number(const struct csv_cell *cell);
enum csv_status { CSV_GOOD, CSV_MALFORMED, CSV_OUT_OF_RANGE };
enum csv_status csv_real(const struct csv_cell *cell, double *value); /* the nearest double */
enum csv_status csv_int(const struct csv_cell *cell, int64_t *value); /* [+-] digits */

/* Columns of a list of spikes: `time_us`, `unit` or `index`, `input`; others are passed over. */
enum csv_spike_column { CSV_OTHER, CSV_TIME_US, CSV_UNIT, CSV_INPUT, N_CSV_SPIKE_COLUMNS };
enum csv_spike_column csv_spike_column(const struct csv_cell *cell);
enum { CSV_MOST_SPIKE_COLUMNS = 32 };

#endif
