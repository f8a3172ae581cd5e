/* Which pairs a mask can hold for: what is visited instead of the double loop.
 *
 * A superset of the pairs where the mask is on or fails, line by line: a line is one target with
 * all sources, or one source with all targets. Evaluating the mask for what is handed out gives the
 * double loop's result, errors included.
 */
#ifndef DYNC_CANDIDATES_H
#define DYNC_CANDIDATES_H

#include "compiler/code.h"

enum { CANDIDATE_PARTS = 64 };

struct key_lane { /* a position on a line and its key in the equation */
    int64_t key;
    uint32_t at;
};
struct boxes; /* candidates_box.c */

struct candidates {
    struct code *code;
    uint32_t mask;                       /* NODE_NONE: every pair */
    enum axis lines, along;              /* a line is a position on `lines` */
    bool none;                           /* a constant part is off */
    uint32_t line_part[CANDIDATE_PARTS]; /* depend on the line alone */
    uint32_t along_part[CANDIDATE_PARTS];
    uint32_t n_line_parts, n_along_parts;
    uint32_t equation;              /* node, NODE_NONE without */
    uint32_t key_node;              /* of the equation: the side of the line */
    struct key_lane *keys;          /* sorted */
    const struct pair_rows *listed; /* NULL without */
    uint32_t *all;                  /* positions that pass their parts, ascending */
    uint32_t *by_key;               /* the same in order of keys */
    uint32_t n_all;
    bool *passes;        /* per position; NULL: all do */
    struct boxes *boxes; /* NULL: not worth it */
    uint64_t cost;       /* charged per pair as it is handed out */
};

/* For a mask whose operands have their tables (code_prepare). */
void candidates_find(struct candidates *c, struct code *code, uint32_t mask, enum axis lines);

/* Calls `visit` for every line in order, with the ascending positions on it, until it returns false
 * (then false). */
typedef bool candidates_visit(void *context, uint32_t line, const uint32_t *at, uint32_t n);
bool candidates_each(struct candidates *c, candidates_visit *visit, void *context);

/* Pairs that candidates_each() hands out. */
uint64_t candidates_count(struct candidates *c);
/* Charges what candidates_each() will hand out, times what a pair costs, before anything is
 * evaluated; where even all pairs are within the limits, while it is handed out. False: E0225,
 * reported. */
bool candidates_charge(struct candidates *c, struct span span, uint64_t cost);

/* candidates_box.c: what is left of the line's positions after bounding the mask over boxes. */

/* NULL if boxes would spare little. */
struct boxes *boxes_find(struct candidates *c);
/* Calls `visit` for every line, as candidates_each(). */
bool boxes_each(struct boxes *boxes, candidates_visit *visit, void *context);

#endif
