/* Value change dumps (IEEE 1364, section 18): traces for waveform viewers. */
#ifndef DYNC_CMD_SIM_VCD_H
#define DYNC_CMD_SIM_VCD_H

#include "compiler/cmd_sim_write.h"

/* A scope per part of a population's name and per unit, a real variable per state; the time scale
 * is the largest of 1, 10, 100 fs .. s that divides the step. */
void vcd_begin(struct trace_writer *writer, struct arena *arena, double dt);
/* The time and the values that are others than those before. */
void vcd_put(struct trace_writer *writer, double now, const double *value);

#endif
