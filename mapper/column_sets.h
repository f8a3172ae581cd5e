/* All columns that axons connect.
 *
 * Two nodes are neighbours if some axon has a target in both, or starts at one and has a target in
 * the other. The cost of a set is the sum of the costs of its connected parts, and so is what its
 * targets weigh in rows about the chips of an axon: what holds of the connected sets bounds all.
 */
#ifndef DYNC_COLUMN_SETS_H
#define DYNC_COLUMN_SETS_H

#include "mapper/columns.h"

struct node_list { /* per node: at[first[i] .. first[i + 1] - 1] */
    uint32_t *first, *at;
};
struct column_sets {
    const struct column_problem *problem;
    struct node_list near; /* neighbours */
    struct node_list from; /* axons that start there */
    struct node_list to;   /* axons with a target there */
    struct column *at;     /* connected sets that keep to sizes and exclusions */
    uint32_t n;
    bool complete; /* these are all; else weak ties do not count as neighbours */
};
/* At most that many sets; if that is not all, at most MOST_HINTS of them, which are good for prices
 * but prove nothing. */
enum { MOST_HINTS = 1000000 };
void column_sets_find(struct arena *arena, const struct column_problem *problem, uint32_t most,
                      struct column_sets *sets);

static inline uint32_t column_nodes(const struct column *column)
{
    uint32_t n = 0;
    while (n < COLUMN_NODES && column->node[n] != COLUMN_NONE)
        n++;
    return n;
}
static inline bool column_holds(const struct column *column, uint32_t node)
{
    bool held = false;
    for (uint32_t k = 0; k < COLUMN_NODES; k++)
        held = held || column->node[k] == node;
    return held;
}
uint32_t column_cores(const struct column_problem *problem, const struct column *column);
bool columns_are_near(const struct column_sets *sets, const struct column *a,
                      const struct column *b);
/* Whether exclusions let two nodes stand on one chip. */
bool column_admits(const struct column_problem *problem, uint32_t a, uint32_t b);
int64_t column_cost(const struct column_sets *sets, const struct column *column);
/* Sorts the nodes of a column. */
void column_order(struct column *column);

#endif
