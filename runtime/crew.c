#include "runtime/crew.h"

#ifdef _OPENMP
#include <omp.h>

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

void crew_meet(void){
#pragma omp barrier
}

#else

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
