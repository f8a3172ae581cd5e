/* Prices of nodes, chips and words, and the bound they prove.
 *
 * With prices u of the nodes, m of a chip and v <= 0 of each chip that a limited axon reaches, the
 * reduced cost of a column S is r(S) = c(S) - u(S) - m - sum of v over the axons with a target in
 * S. For any prices a composition of K columns within the limits L of the axons costs
 *
 *     sum u + K m + sum L v + sum over its columns of r(S)
 *
 * or more. Every node takes its share of the least r(S) per core of the columns that may hold it:
 * repaired like that, no reduced cost is below 0 and sum u + K m + sum L v is a lower bound,
 * whatever the prices were. In a composition that costs less than `cost` no reduced cost exceeds
 * the room between that bound and cost - 1.
 *
 * Prices are multiples of 1 / ILP_DUAL_SCALE, so all sums here are integers.
 */
#ifndef DYNC_COLUMN_PRICES_H
#define DYNC_COLUMN_PRICES_H

#include "mapper/column_sets.h"

struct word_price {
    uint32_t axon;
    int64_t price;
};
struct column_prices {
    int64_t *node, chip;
    struct word_price *words; /* of the axons whose limit is in the model */
    uint32_t n_words;
    int64_t bound; /* once repaired */
};
struct pricer {
    const struct column_sets *sets;
    uint32_t least_cores; /* of a column, so that the composition fits the chips */
    /* of the prices seen last: */
    int64_t (*least)[COLUMN_NODES + 1]; /* per node and cores: of the connected sets that hold it */
    uint32_t (*least_at)[COLUMN_NODES + 1];
    int64_t of_rest[COLUMN_NODES + 1];     /* per cores: of connected sets that make them up */
    uint32_t rest_cores[COLUMN_NODES + 1]; /* cores of the last of these */
    uint32_t rest_at[COLUMN_NODES + 1];    /* and that set */
    uint32_t *share_cores;                 /* per node: of the connected set that set its share, */
    uint32_t *share_rest;                  /* and of the rest */
    struct node_list words;                /* per node: words with a target there */
    uint64_t *seen, now;                   /* per word */
};
void pricer_init(struct pricer *pricer, struct arena *arena, const struct column_sets *sets);
void prices_init(struct column_prices *prices, struct arena *arena,
                 const struct column_problem *problem);
void prices_copy(struct column_prices *to, const struct column_prices *from, uint32_t n_nodes);
/* Whenever the list of words has changed. */
void pricer_know_words(struct pricer *pricer, struct arena *arena,
                       const struct column_prices *prices);

/* Goes through all sets. */
void pricer_look(struct pricer *pricer, const struct column_prices *prices);
/* After that: repairs these prices; their bound is valid if the sets are complete. */
void pricer_repair(struct pricer *pricer, struct column_prices *prices);

/* The part of r(S) without the price of a chip: it adds up over connected parts. */
int64_t pricer_reduced(struct pricer *pricer, const struct column_prices *prices,
                       const struct column *column);
/* All columns with a reduced cost of at most `room` that are connected, that are not, or either.
 * False: there are more than `most`, or too many to go through. */
bool pricer_connected(struct pricer *pricer, struct arena *arena,
                      const struct column_prices *prices, int64_t room, uint32_t most,
                      struct column_vec *out);
bool pricer_joined(struct pricer *pricer, struct arena *arena, const struct column_prices *prices,
                   int64_t room, uint32_t most, struct column_vec *out);
bool pricer_within(struct pricer *pricer, struct arena *arena, const struct column_prices *prices,
                   int64_t room, uint32_t most, struct column_vec *out);

#endif
