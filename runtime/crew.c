#include "runtime/crew.h"

/* Turns of a trial, between the first trials, and between the last ones. */
enum { TRIAL = 4, FIRST_PERIOD = 16, LAST_PERIOD = 2000 };

static bool is_trial(const struct crew_pace *pace)
{
    return pace->turn < TRIAL;
}

uint32_t crew_pace_way(const struct crew_pace *pace)
{
    return is_trial(pace) ? 1 - pace->way : pace->way;
}

static void end_trial(struct crew_pace *pace)
{
    bool better = pace->time[1 - pace->way] < pace->time[pace->way];
    pace->way = better ? 1 - pace->way : pace->way;
    pace->period = better || pace->period < FIRST_PERIOD ? FIRST_PERIOD : 2 * pace->period;
    pace->period = pace->period < LAST_PERIOD ? pace->period : LAST_PERIOD;
}

/* The first turn of a trial, and the turn after it, count little: caches have to follow. */
void crew_pace_note(struct crew_pace *pace, double seconds)
{
    double *time = &pace->time[crew_pace_way(pace)];
    bool first = pace->turn == 0 || !(*time > 0);
    *time = first ? seconds : *time + (seconds - *time) / 2;
    pace->turn++;
    if (pace->turn == TRIAL)
        end_trial(pace);
    if (pace->turn >= TRIAL + pace->period)
        pace->turn = 0;
}

#ifdef _OPENMP
#include <omp.h>

double crew_clock(void)
{
    return omp_get_wtime();
}

uint32_t crew_processors(void)
{
    int n = omp_get_num_procs();
    return n > 1 ? (uint32_t)n : 1;
}

uint32_t crew_most(void)
{
    enum { MOST = 128 };
    int n = omp_get_thread_limit();
    return n < 1 ? 1 : n < MOST ? (uint32_t)n : MOST;
}

void crew_run(uint32_t n, crew_body *body, void *context)
{
    if (n < 2) {
        body(context, 0, 1);
        return;
    }
#pragma omp parallel num_threads(n)
    body(context, (uint32_t)omp_get_thread_num(), (uint32_t)omp_get_num_threads());
}

void crew_meet(void)
{
#pragma omp barrier
}

#else

double crew_clock(void)
{
    return 0;
}

uint32_t crew_processors(void)
{
    return 1;
}

uint32_t crew_most(void)
{
    return 1;
}

void crew_run(uint32_t n, crew_body *body, void *context)
{
    (void)n;
    body(context, 0, 1);
}

void crew_meet(void)
{
}
#endif
