#include "compiler/status_line.h"

#include "compiler/program.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

enum { LINE_LENGTH = 79 };
static const double seconds_between_lines = 0.1;

double seconds_now(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

bool status_line_due(const struct status_line *line, double now)
{
    return now - line->shown >= seconds_between_lines;
}

/* Written over the one before, so none of its columns may stay. */
void status_line_show(struct status_line *line, double now, const char *text)
{
    char out[2 * LINE_LENGTH + 2];
    int n = (int)strnlen(text, LINE_LENGTH), left = line->width > n ? line->width - n : 0;
    snprintf(out, sizeof out, "\r%.*s%*s", n, text, left, "");
    program_say(out);
    line->width = n;
    line->shown = now;
}

void status_line_wipe(struct status_line *line)
{
    char out[LINE_LENGTH + 3];
    if (line->width > 0) {
        snprintf(out, sizeof out, "\r%*s\r", line->width, "");
        program_say(out);
    }
    line->width = 0;
}
