/* One line on standard error that is written over and over, for people at a terminal: how far a
 * placement is, or a simulation. */
#ifndef DYNC_STATUS_LINE_H
#define DYNC_STATUS_LINE_H

#include <stdbool.h>

struct status_line {
    double shown; /* s: when it was written last; 0: never */
    int width;    /* of what stands there */
};
/* Seconds since some time in the past; not set back by anybody. */
double seconds_now(void);
/* Whether the last one has stood long enough to be read. */
bool status_line_due(const struct status_line *line, double now);
/* Cut to the width of a terminal. */
void status_line_show(struct status_line *line, double now, const char *text);
void status_line_wipe(struct status_line *line);

#endif
