/* Quantities as people read them: four significant digits and a unit, from integers, so that the
 * text is the same everywhere. */
#ifndef DYNC_QUANTITY_H
#define DYNC_QUANTITY_H

#include "compiler/base/text.h"

/* "12.34 pA", "4.000 nA", "0 A" from a current in zA (1e-21 A). */
char *amperes_text(struct arena *arena, int64_t za);
/* "1.500 ms", "0 s" from a time in ps (1e-12 s). */
char *seconds_text(struct arena *arena, int64_t ps);
/* "+1.25 %", "0.00 %": a relative error, rounded half away from zero. */
char *percent_text(struct arena *arena, double error);
/* A fraction without sign: "5 %", "62.33 %". */
char *share_text(struct arena *arena, double fraction);

#endif
