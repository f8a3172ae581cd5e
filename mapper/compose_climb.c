/* Descent: every core, then every block, is offered to the chips that axons tie it to, in exchange
 * for what stands there, and goes where that lowers the cost. What it costs grows with the axons,
 * and it goes on from a good composition, where annealing would melt it first.
 *
 * Before an exchange is tried it is estimated: what either half would gain alone, since exchanging
 * two that are tied to each other or to the same gains less than that.
 */
#include "mapper/compose.h"

#include <string.h>

enum { ROUNDS = 12 };

struct climber {
    struct compose *c;
    struct index_vec chips; /* that axons tie the one at hand to */
    uint32_t *stamp, now;   /* per chip */
    int64_t *tie;           /* per chip: what it gains more than a chip without any tie */
    struct index_vec there; /* blocks on the core at hand */
    struct shift *shifts;
    uint32_t n_shifts;
    int64_t word; /* price of a forbidden word */
    uint32_t how;
    uint64_t heard;
    bool ended;
};

/* --- what a block is tied to --------------------------------------------------------------------
 */

static void tie_chip(struct climber *k, uint32_t chip, int64_t tie)
{
    if (k->stamp[chip] != k->now) {
        if (k->c->chip_cores[chip] == 0)
            return;
        k->stamp[chip] = k->now;
        k->tie[chip] = 0;
        VEC_PUSH(k->c->arena, &k->chips, chip);
    }
    k->tie[chip] += tie;
}

static void start_chips(struct climber *k, uint32_t own)
{
    k->chips.n = 0;
    k->now++;
    tie_chip(k, own, 0);
}

/* Blocks of an axon on a chip. */
static uint32_t targets_on(const struct compose *c, uint32_t axon, uint32_t chip)
{
    const struct reach *reach = &c->reach[c->first_reach[axon]];
    for (uint32_t i = 0; i < c->n_reach[axon]; i++)
        if (reach[i].chip == chip)
            return reach[i].blocks;
    return 0;
}

/* Words too many that one more chip would make, or one less would save, of an axon. */
static int64_t word_price(const struct climber *k, uint32_t axon, bool more)
{
    const struct axon *own = &k->c->blocks.axons.at[axon];
    uint32_t words = k->c->n_reach[axon] + own->taken;
    return words + more > k->c->device->sram_words ? k->word * own->weight : 0;
}

/* One axon of a block: adds what any chip gains, returned, and what those it reaches gain besides.
 */
static int64_t tie_axon(struct climber *k, const struct incidence *own, uint32_t from)
{
    const struct compose *c = k->c;
    const struct axon *axon = &c->blocks.axons.at[own->axon];
    uint32_t source = compose_chip(c, c->core_of[axon->source]), n = c->n_reach[own->axon];
    const struct reach *reach = &c->reach[c->first_reach[own->axon]];
    uint32_t here = targets_on(c, own->axon, from);
    int64_t w = (int64_t)axon->traffic, come = 0, any = 0;
    if (own->is_target) {
        come = word_price(k, own->axon, true);
        any = (here == 1 ? word_price(k, own->axon, false) : 0) - come;
    }
    if (own->is_source)
        any -= here > (own->is_target ? 1u : 0u) ? w : 0;
    else
        any += (here == 1 && source != from ? w : 0) - w;
    for (uint32_t i = 0; i < n; i++)
        tie_chip(k, reach[i].chip, w + come);
    if (!own->is_source && targets_on(c, own->axon, source) == 0)
        tie_chip(k, source, w);
    k->c->work += n + 1;
    return any;
}

/* Ties a block to chips; returns what it would gain on a chip with no tie at all. */
static int64_t find_chips(struct climber *k, uint32_t block)
{
    const struct blocks *b = &k->c->blocks;
    uint32_t from = compose_chip(k->c, k->c->core_of[block]);
    int64_t any = 0;
    for (uint32_t i = b->first_incidence[block]; i < b->first_incidence[block + 1]; i++)
        any += tie_axon(k, &b->incidences[i], from);
    return any;
}

/* What leaving its chip for another would save, all else in place. */
static int64_t gain(const struct climber *k, uint32_t block, uint32_t to)
{
    const struct compose *c = k->c;
    const struct blocks *b = &c->blocks;
    uint32_t from = compose_chip(c, c->core_of[block]);
    int64_t saved = 0;
    for (uint32_t i = b->first_incidence[block]; i < b->first_incidence[block + 1]; i++) {
        const struct incidence *own = &b->incidences[i];
        const struct axon *axon = &b->axons.at[own->axon];
        uint32_t here = targets_on(c, own->axon, from), there = targets_on(c, own->axon, to);
        uint32_t source = compose_chip(c, c->core_of[axon->source]);
        bool leaves = own->is_target && here == 1, comes = own->is_target && there == 0;
        int64_t foreign = own->is_source ? (there > 0) - (here > (own->is_target ? 1u : 0u))
                                         : (leaves && source != from) - (comes && source != to);
        saved += foreign * (int64_t)axon->traffic;
        saved += (leaves ? word_price(k, own->axon, false) : 0)
                 - (comes ? word_price(k, own->axon, true) : 0);
    }
    return saved;
}

/* --- trying -------------------------------------------------------------------------------------
 */

static bool try_shifts(struct climber *k)
{
    struct compose *c = k->c;
    struct cost before = c->cost;
    if (!compose_shift(c, k->shifts, k->n_shifts))
        return false;
    if (k->how & CLIMB_EXCESS_FIRST ? cost_less(&c->cost, &before)
                                    : compose_price(c, &c->cost) < compose_price(c, &before))
        return true;
    compose_unshift(c, k->shifts, k->n_shifts);
    return false;
}

/* --- cores --------------------------------------------------------------------------------------
 */

/* Of one chip with others; whichever of its cores gain from it. */
static bool climb_core(struct climber *k, uint32_t core)
{
    const struct compose *c = k->c;
    uint32_t cores = c->device->cores_per_chip;
    start_chips(k, compose_chip(c, core));
    for (uint32_t b = c->cores[core].first_block; b != NET_NONE; b = c->next_block[b])
        find_chips(k, b);
    for (uint32_t i = 1; i < k->chips.n; i++)
        for (uint32_t other = k->chips.at[i] * cores; other < (k->chips.at[i] + 1) * cores;
             other++) {
            k->n_shifts = 0;
            if (compose_list_core(c, core, other, k->shifts, &k->n_shifts)
                && compose_list_core(c, other, core, k->shifts, &k->n_shifts) && try_shifts(k))
                return true;
        }
    return false;
}

/* --- blocks -------------------------------------------------------------------------------------
 */

static bool is_hopeful(const struct climber *k, int64_t saved)
{
    uint32_t from = compose_chip(k->c, k->c->core_of[k->shifts[0].block]);
    for (uint32_t i = 1; i < k->n_shifts; i++)
        saved += gain(k, k->shifts[i].block, from);
    k->c->work += k->n_shifts;
    return saved > 0;
}

/* saved: by the block alone. */
static bool climb_to(struct climber *k, uint32_t block, uint32_t chip, int64_t saved)
{
    const struct compose *c = k->c;
    uint32_t cores = c->device->cores_per_chip, class = compose_unit(c, block)->class;
    for (uint32_t core = chip * cores; core < (chip + 1) * cores; core++) {
        if (c->cores[core].blocks == 0 || c->cores[core].class != class)
            continue;
        k->there.n = 0; /* an exchange taken back leaves the core's list in another order */
        for (uint32_t b = c->cores[core].first_block; b != NET_NONE; b = c->next_block[b])
            VEC_PUSH(c->arena, &k->there, b);
        for (uint32_t i = 0; i < k->there.n; i++) {
            k->n_shifts = compose_list_exchange(c, block, core, k->there.at[i], k->shifts);
            if (k->n_shifts && is_hopeful(k, saved) && try_shifts(k))
                return true;
        }
    }
    return false;
}

/* Only where it gains by itself: an exchange that its partner gains from is found by that one. */
static bool climb_block(struct climber *k, uint32_t block)
{
    uint32_t own = compose_chip(k->c, k->c->core_of[block]);
    start_chips(k, own);
    int64_t any = find_chips(k, block);
    for (uint32_t i = 1; i < k->chips.n; i++) {
        uint32_t chip = k->chips.at[i];
        if (any + k->tie[chip] > 0 && climb_to(k, block, chip, any + k->tie[chip]))
            return true;
    }
    return false;
}

/* --- rounds -------------------------------------------------------------------------------------
 */

static bool goes_on(struct climber *k)
{
    struct compose *c = k->c;
    if (!k->ended && c->work - k->heard >= OBSERVER_STRIDE) {
        k->heard = c->work;
        k->ended = !observer_lets(c->observer, "chips", c->cost.cut, -1, c->work);
    }
    return !k->ended;
}

/* Chips with an axon to or from one out of reach. */
static const bool *find_far(const struct climber *k, struct arena *arena)
{
    const struct compose *c = k->c;
    bool *far = ARENA_ARRAY(arena, bool, c->net->chips);
    for (uint32_t e = 0; e < c->blocks.axons.n; e++) {
        uint32_t chip = compose_chip(c, c->core_of[c->blocks.axons.at[e].source]);
        for (uint32_t i = 0; i < c->n_reach[e]; i++) {
            uint32_t there = c->reach[c->first_reach[e] + i].chip;
            if (!board_in_reach(c->net, c->device, chip, there))
                far[chip] = far[there] = true;
        }
    }
    return far;
}

/* Two chips exchange all they hold, which costs no cut. */
static bool climb_chips(struct climber *k, uint32_t chip, uint32_t other)
{
    const struct compose *c = k->c;
    uint32_t cores = c->device->cores_per_chip;
    k->n_shifts = 0;
    for (uint32_t i = 0; i < cores; i++)
        if (!compose_list_core(c, chip * cores + i, other * cores + i, k->shifts, &k->n_shifts)
            || !compose_list_core(c, other * cores + i, chip * cores + i, k->shifts, &k->n_shifts))
            return false;
    return try_shifts(k);
}

/* Before any cut is given up for what is out of reach: chips that it concerns change places. */
static bool climb_far(struct climber *k)
{
    struct arena *scratch = arena_scratch(k->c->arena);
    const bool *far = find_far(k, scratch);
    uint32_t chips = k->c->net->chips;
    bool any = false;
    for (uint32_t chip = 0; chip < chips; chip++)
        for (uint32_t other = 0; far[chip] && other < chips && goes_on(k); other++)
            any = (other != chip && climb_chips(k, chip, other)) || any;
    arena_scratch_end(scratch);
    return any;
}

static bool climb_round(struct climber *k)
{
    struct compose *c = k->c;
    bool any = false, cores = k->how & CLIMB_CORES;
    for (uint32_t core = 0; cores && core < c->n_cores && goes_on(k); core++)
        any = (c->cores[core].blocks && climb_core(k, core)) || any;
    for (uint32_t b = 0; b < c->blocks.all.n && goes_on(k); b++)
        any = (compose_moves(c, b) && climb_block(k, b)) || any;
    return any;
}

bool compose_climb(struct compose *c, uint32_t how)
{
    struct climber k = {.c = c, .heard = c->work, .how = how};
    k.stamp = ARENA_ARRAY(c->arena, uint32_t, c->net->chips);
    k.tie = ARENA_ARRAY(c->arena, int64_t, c->net->chips);
    k.shifts = ARENA_ARRAY(c->arena, struct shift, 2 * (size_t)device_chip_neurons(c->device));
    k.word = compose_word_price(c);
    for (uint32_t i = 0; i < ROUNDS && (how & CLIMB_CORES) && !c->near && climb_far(&k); i++)
        continue;
    for (uint32_t i = 0; i < ROUNDS && climb_round(&k); i++)
        continue;
    return !k.ended;
}
