/* The units of the language: one table, grammar/units.def. */
#ifndef DYNC_UNITS_H
#define DYNC_UNITS_H

#include "compiler/value.h"

struct unit {
    const char *text; /* "ms" */
    int power;        /* of ten, against the base unit of its dimension */
    struct dimension dim;
};

/* The unit written text[0..n); NULL if there is none. */
const struct unit *unit_find(const char *text, size_t n);
/* The unit that was meant, by another case of letters or by likeness; NULL if none is near. */
const char *unit_nearest(const char *text);
/* All of them, for messages: "fA pA nA uA mA, ns us ms s, ..". */
const char *unit_list(struct arena *arena);

#endif
