/* Threads: the same function on several at once.
 *
 * With OpenMP; a program built without it, as libdynsim is, has one thread. Nobody counts on a
 * number of threads: it may be less than was asked for.
 */
#ifndef DYNC_RUNTIME_CREW_H
#define DYNC_RUNTIME_CREW_H

#include <stdint.h>

/* Most threads that can be had at once: the processors this process may use; 1 without OpenMP. */
uint32_t crew_processors(void);
/* Whether more than one thread can be had at all, on however few processors. */
uint32_t crew_most(void);

/* `k` of `n`. */
typedef void crew_body(void *context, uint32_t k, uint32_t n);
/* Returns when all of at most n threads have returned from `body`. */
void crew_run(uint32_t n, crew_body *body, void *context);
/* In `body`: waits until all threads are here. */
void crew_meet(void);

#endif
