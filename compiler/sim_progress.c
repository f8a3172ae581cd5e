#include "compiler/sim_progress.h"

#include "compiler/program.h"

#include <stdio.h>

void sim_progress_begin(struct sim_progress *progress, bool on)
{
    *progress = (struct sim_progress){.on = on, .begin = seconds_now(), .points = "", .part = ""};
    progress->line.shown = progress->begin; /* what is over at once needs no line */
}

void sim_progress_part(struct sim_progress *progress, double seconds, const char *part)
{
    progress->whole = seconds;
    progress->part = part;
}

static double factor(const struct sim_progress *progress, double seconds, double now)
{
    double spent = now - progress->begin;
    return spent > 0 ? (progress->passed + seconds) / spent : 0;
}

void sim_progress_at(struct sim_progress *progress, double seconds)
{
    char text[240];
    if (!progress || !progress->on)
        return;
    double now = seconds_now();
    if (!status_line_due(&progress->line, now))
        return;
    snprintf(text, sizeof text, "simulate %.3g of %.6g s  %.3g x real time%s%s", seconds,
             progress->whole, factor(progress, seconds, now), *progress->part ? "  " : "",
             progress->part);
    status_line_show(&progress->line, now, text);
}

void sim_progress_done(struct sim_progress *progress, double seconds)
{
    progress->passed += seconds;
}

void sim_progress_end(struct sim_progress *progress)
{
    char text[128];
    if (!progress->on)
        return;
    double now = seconds_now();
    status_line_wipe(&progress->line);
    snprintf(text, sizeof text, "simulated %.6g s in %.3g s: %.3g times real time\n",
             progress->passed, now - progress->begin, factor(progress, 0, now));
    program_say(text);
    progress->on = false;
}
