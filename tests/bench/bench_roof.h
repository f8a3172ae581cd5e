/* What the processor can do, measured on the spot: the roofs that the simulator is compared with.
 */
#ifndef DYNC_BENCH_ROOF_H
#define DYNC_BENCH_ROOF_H

#include <stdint.h>

double bench_cpu(void);  /* s of the process */
double bench_wall(void); /* s */

struct roof {
    double rest, charge; /* s per neuron and step: without events; with events of all four types */
    char text[200];
};
/* The operations of a step at the rate at which the widest vectors do them, without memory. */
struct roof bench_roof(void);

/* s per random cur[idx] += w in the four currents of n neurons, indices read from memory. */
double bench_scatter(uint32_t n);

#endif
