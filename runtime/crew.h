/* Threads: the same function on several at once.
 *
 * With OpenMP; a program built without it, as libdynsim is, has one thread. Nobody counts on a
 * number of threads: it may be less than was asked for.
 */
#ifndef DYNC_RUNTIME_CREW_H
#define DYNC_RUNTIME_CREW_H

#include <stdbool.h>
#include <stdint.h>

/* The processors this process may use: what is asked for unless somebody says otherwise; 1 without
 * OpenMP. */
uint32_t crew_processors(void);
/* Most threads that can be had at once, on however few processors; 1 without OpenMP. */
uint32_t crew_most(void);

/* Which of two ways of doing the same work again and again is faster now: mostly the one that was
 * faster so far, now and then, for a few turns, the other one. On a machine that others use several
 * threads can be slower than one, and that may change. */
struct crew_pace {
    double time[2]; /* s per unit of work */
    uint32_t way, turn, period;
};
/* 0 or 1: what the next turn is to be done by; always 0 where there is no clock. */
uint32_t crew_pace_way(const struct crew_pace *pace);
/* The turn took so many seconds per unit of work. */
void crew_pace_note(struct crew_pace *pace, double seconds);
/* s since some time; 0 without OpenMP. */
double crew_clock(void);

/* `k` of `n`. */
typedef void crew_body(void *context, uint32_t k, uint32_t n);
/* Returns when all of at most n threads have returned from `body`. */
void crew_run(uint32_t n, crew_body *body, void *context);
/* In `body`: waits until all threads are here. */
void crew_meet(void);

#endif
