/* Short-term depression: synapses whose events weaken the ones after them.
 *
 * Every such synapse has a state x of its own, the part of its weight that is left. An event acts
 * with x times the weight current and multiplies x by keep; between events 1 - x decays with the
 * time constant of recovery. Nothing is computed for a synapse without events. Events are counted
 * per synapse and turned into current in the order of the synapses, so that the order in which they
 * came cannot matter.
 */
#ifndef DYNC_RUNTIME_DEPRESSION_H
#define DYNC_RUNTIME_DEPRESSION_H

#include "compiler/base/arena.h"

struct depressed {
    uint32_t word; /* table_pack: where its current arrives */
    double pull;   /* current of the depression, A */
    double tau;    /* of recovery, s */
};

struct depression;

struct depression *depression_new(struct arena *arena, uint32_t n);
/* `cell` is handed back with the currents; `weight` in A; steps of dt seconds. */
void depression_set(struct depression *depression, uint32_t synapse, const struct depressed *of,
                    uint32_t cell, double weight, double dt);

/* Events of the coming step; more than 65,535 of a synapse count as that many. */
void depression_event(struct depression *depression, uint32_t synapse, uint32_t count);

/* Takes the next current of the coming step, A. False: no more; from then on the step after is the
 * coming one. */
bool depression_take(struct depression *depression, uint32_t *cell, double *current);

#endif
