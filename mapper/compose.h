/* A composition: which block stands on which core of which chip, with the constraints that tie them
 * and the cut, kept while blocks and whole cores move.
 *
 * Cores are numbered board-wide. The cut counted here is the least there can be: one SRAM word per
 * neuron and foreign chip that it reaches. `excess` counts what must not be: SRAM words beyond
 * those of a neuron, and chips out of reach of each other.
 */
#ifndef DYNC_COMPOSE_H
#define DYNC_COMPOSE_H

#include "mapper/blocks.h"
#include "mapper/board.h"
#include "mapper/gathers.h"
#include "mapper/observer.h"

struct chip_side { /* at most one side of an exclusion on any chip: apart(chip) */
    uint32_t exclusion, side;
};
struct chip_side_vec VEC_OF(struct chip_side);
struct unit_rule {   /* what is asked of the chip of a unit */
    uint32_t chip;   /* NET_NONE: any */
    uint32_t family; /* units that stand on one chip: together(chip); NET_NONE: none */
    uint32_t first_side, n_sides;
};
struct cost {
    int64_t excess, cut;
};
struct board_core {
    uint32_t class, room, blocks; /* class: NET_NONE while empty; blocks: how many */
    uint32_t first_block;         /* NET_NONE: none */
};
struct shift { /* of a block from its core to another */
    uint32_t block, from, to;
};
struct reach { /* of an axon: targets of one kind on one chip, which take one word */
    uint32_t chip, kind, blocks;
};

struct compose {
    struct arena *arena;
    const struct net *net;
    const struct device *device;
    const struct problem *problem;
    const bool *ignored;
    struct unit_rule *rules; /* per unit */
    struct chip_side_vec sides;
    uint32_t n_chip_exclusions, n_families;
    bool impossible; /* what is asked of chips contradicts itself */
    bool formed;     /* started by compose_cores() */
    bool near;       /* every chip reaches every other and the host */
    bool loose;      /* positions come later: every chip counts as in reach of every other */

    struct blocks blocks;
    uint32_t *core_of;                     /* per block; NET_NONE: not placed */
    uint32_t *next_block, *previous_block; /* per block: of those on its core */
    uint32_t n_cores;
    struct board_core *cores;
    uint32_t *core_occupant, *core_occupants; /* [exclusion][core]: side + 1, 0: none; blocks */
    uint32_t *chip_occupant, *chip_occupants; /* [exclusion][chip] */
    uint32_t *family_chip, *family_blocks;    /* per family: its chip, if any block is placed */
    uint32_t *chip_cores;                     /* per chip: cores in use */

    uint32_t *first_reach, *n_reach; /* per axon */
    struct reach *reach;
    struct gathers gathers; /* sensors; their words too many count as excess */
    uint32_t *stamp, now;   /* per axon: stamp == now once the shift at hand has met it */
    struct cost cost;
    uint64_t work;                   /* axons visited */
    uint64_t pack_nodes;             /* visited by compose_pack() */
    const struct observer *observer; /* of the search; NULL: nobody */
};

/* ignored: per place line, true to leave it out, as the problem did; NULL: none is. */
void compose_init(struct compose *c, struct arena *arena, const struct net *net,
                  const struct device *device, const struct problem *problem, const bool *ignored);
/* After blocks were split: finds the axons anew and counts the cost. */
void compose_count(struct compose *c);

static inline uint32_t compose_chip(const struct compose *c, uint32_t core)
{
    return core / c->device->cores_per_chip;
}
static inline const struct unit *compose_unit(const struct compose *c, uint32_t block)
{
    return &c->problem->units.at[c->blocks.all.at[block].unit];
}
static inline const struct unit_rule *compose_rule(const struct compose *c, uint32_t block)
{
    return &c->rules[c->blocks.all.at[block].unit];
}
/* Whether a block, or some part of it, may join a core, as everything stands. */
bool compose_admits(const struct compose *c, uint32_t block, uint32_t core);
bool compose_can(const struct compose *c, uint32_t block, uint32_t core);
/* Puts a block that stands nowhere on a core, or takes it away; the cost is not counted. */
void compose_put(struct compose *c, uint32_t block, uint32_t core);
void compose_take(struct compose *c, uint32_t block);
/* Once the cost has been counted: moves blocks at one go and counts what changes. False: some rule
 * forbids it, and nothing has changed. */
bool compose_shift(struct compose *c, struct shift *shifts, uint32_t n);
/* Takes back moves just made. */
void compose_unshift(struct compose *c, struct shift *shifts, uint32_t n);
/* Whether no rule holds a block on its chip or core. */
bool compose_moves(const struct compose *c, uint32_t block);
/* Adds all that a core holds to *n shifts, to another core; false: some of it may not move. */
bool compose_list_core(const struct compose *c, uint32_t core, uint32_t to, struct shift *shifts,
                       uint32_t *n);
/* Lists a block and those of a core of its class that make room for it there and find room where it
 * stood, from its block `first` on. Returns how many; 0: they do not come out even. */
uint32_t compose_list_exchange(const struct compose *c, uint32_t block, uint32_t core,
                               uint32_t first, struct shift *shifts);
/* Cuts a placed block in two on the same core. The cost must be counted anew. */
uint32_t compose_split(struct compose *c, uint32_t block, uint32_t size);

static inline bool cost_less(const struct cost *a, const struct cost *b)
{
    return a->excess != b->excess ? a->excess < b->excess : a->cut < b->cut;
}

/* In words of cut: one of excess, and a cost as one number. */
int64_t compose_word_price(const struct compose *c);
int64_t compose_price(const struct compose *c, const struct cost *cost);

/* The first composition: least cores by counting where no constraint stands in the way. False if
 * some block found no place; that proves nothing, and another variant may do, on a composition made
 * anew: together(chip) may take chips of its own first, what is free may go by size, not ties, and
 * what stays whole may be packed by search.
 */
enum { START_FRESH_CHIPS = 1, START_BY_SIZE = 2, START_PACKED = 4, START_VARIANTS = 6 };
bool compose_start(struct compose *c, uint32_t variant);
/* The same for the blocks that no rule about chips concerns, once all others are placed: by what
 * axons tie together. */
bool compose_grow(struct compose *c);
/* The same where no rule concerns any block, none is placed, and more than `chips` are needed:
 * cores by clustering, chips by halving the board (compose_cores.c). False elsewhere: nothing has
 * changed. */
enum { FEW_CHIPS = 4 }; /* so few that growing does about as well */
bool compose_cores(struct compose *c, uint32_t chips);

/* Packs the blocks that stay whole and that no core, family or exclusion concerns into cores: those
 * held on a chip, or those that no chip is named for (NET_NONE), as far as they are not placed yet.
 * False if some found no place; that proves nothing. */
bool compose_pack(struct compose *c, uint32_t chip);

/* Improves a composition whose cost is counted until nothing that it tries does: blocks, and whole
 * cores and chips if asked for. What counts is the price of the cost, or, where excess has to go at
 * any price, first that. False: ended by the observer. */
enum { CLIMB_CORES = 1, CLIMB_EXCESS_FIRST = 2 };
bool compose_climb(struct compose *c, uint32_t how);

/* Improves a composition within an amount of work that depends on the network alone. */
void compose_search(struct compose *c, uint64_t work);

#endif
