/* Stage 4: numbers for the tags that reach one chip.
 *
 * An item is what one sender says to the chip under one number: the source's own tag, or the common
 * tag of a group. Two items may have the same number iff no core hears both. Items whose number is
 * given take it before all others; they are the units of biosignal front ends.
 */
#ifndef DYNC_TAGS_H
#define DYNC_TAGS_H

#include "backend/device/device.h"
#include "mapper/ilp.h"

struct tag_item {
    uint32_t mask;   /* cores that hold a matching CAM word; not 0 */
    uint32_t number; /* result */
    bool fixed;      /* or given */
};
enum tags_status { TAGS_FIT, TAGS_IMPOSSIBLE, TAGS_UNDECIDED };
struct tags_result {
    enum tags_status status; /* TAGS_IMPOSSIBLE only with a bound evaluated in integers */
    uint32_t used;           /* numbers in use: highest + 1 */
    uint32_t bound;          /* proved: fewer do not do; 0 if it was not needed */
    uint32_t chip;           /* the one these are about */
};

/* What defects ask of numbers: cores are not sent every tag, and a neuron has only so many cells
 * for the words of either half. */
struct tag_use { /* words that a neuron has for an item */
    uint32_t neuron, words;
};
struct tag_rules {
    const uint8_t *bad;                  /* [core][tag]: 1 if the core is not to be sent it */
    unsigned halves;                     /* of the tags, as a mask: no others are given */
    bool ask_model;                      /* the 0/1 model chooses the half of every item */
    uint32_t *first_use;                 /* per item + 1 */
    struct tag_use *uses;                /* of an item: each neuron once */
    uint32_t n_neurons;                  /* that the uses speak of */
    uint32_t (*room)[DEVICE_TAG_HALVES]; /* per neuron: most words with tags of each half */
};

/* Numbers the items in the order given, each the lowest free one. Where that takes more than
 * `limit` numbers, the items are numbered anew, those with most cores first, which is optimal up to
 * four cores; the relaxed pattern model then proves that none exists if that runs past it too. */
void number_tags(struct arena *arena, struct tag_item *items, uint32_t n, uint32_t n_cores,
                 uint32_t limit, const struct ilp_options *options, struct tags_result *result);

/* Likewise under rules: each the lowest free number that every core of its mask can be sent and for
 * whose half all its neurons have cells left; then those with most cores first; else
 * TAGS_UNDECIDED, with as many numbers as found none in `used` - limit. */
void number_tags_around(struct arena *arena, struct tag_item *items, uint32_t n, uint32_t n_cores,
                        uint32_t limit, const struct tag_rules *rules,
                        const struct ilp_options *options, struct tags_result *result);
/* The half of every item by a 0/1 model of the cells of neurons and the tags of cores; false: the
 * solver gave none. What it says is checked when numbers are given. */
bool choose_tag_halves(struct arena *arena, const struct tag_item *items, uint32_t n,
                       uint32_t n_cores, uint32_t limit, const struct tag_rules *rules,
                       const struct ilp_options *options, uint8_t *half_of);

/* The model alone: a proved bound on the numbers that items take, count[mask] of each; 0: none. */
uint32_t tags_bound(struct arena *arena, const uint32_t *count, uint32_t n_cores,
                    const struct ilp_options *options);

#endif
