/* How far a simulation is and how fast, on a terminal; and in one line at its end. */
#ifndef DYNC_SIM_PROGRESS_H
#define DYNC_SIM_PROGRESS_H

#include "compiler/base/arena.h"
#include "compiler/status_line.h"

struct sim_progress {
    struct status_line line;
    bool on;
    double begin;         /* s */
    double passed, whole; /* s of the network's time: over all parts, and in the current one */
    const char *points;   /* "point 3 of 8, ", "": whoever names parts says it first */
    const char *part;     /* "point 3 of 8", "\"it fires\", trial 2 of 10"; "" */
};
void sim_progress_begin(struct sim_progress *progress, bool on);
/* A run of `seconds` of the network's time begins. */
void sim_progress_part(struct sim_progress *progress, double seconds, const char *part);
/* It has come to `seconds` of it. Cheap enough for every step; NULL: nobody looks. */
void sim_progress_at(struct sim_progress *progress, double seconds);
/* It is over at `seconds`. */
void sim_progress_done(struct sim_progress *progress, double seconds);
/* Wipes the line and says what it came to. */
void sim_progress_end(struct sim_progress *progress);

#endif
