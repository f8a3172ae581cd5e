/* Blocks exchange places while that lowers what cores hear too much, forbidden SRAM words or the
 * cut, with a little heat that cools to none. Where no such move is left, the blocks that strained
 * cores could hold are cut in two, what hears the same first, and the search goes on with the
 * parts.
 *
 * Rounds that take little of much strain are borne a few times only.
 *
 * Work is counted in tags looked at; random numbers are hashes of a counter.
 */
#include "mapper/compose_tags.h"

#include "compiler/base/rng.h"
#include "mapper/tag_table.h"

#include <string.h>

enum {
    EXCESS_PRICE = 48,  /* of a forbidden SRAM word, in words of cut */
    STRAIN_PRICE = 16,  /* of a tag too many */
    WORK_PER_TAG = 400, /* looked at in a round, of those that blocks hear */
    LEAST_WORK = 2000000,
    MOST_WORK = 60000000,
    COOLINGS = 40,
    STALLED_IN = 8,       /* of the strain, less than one part taken by a round */
    STRAIN_PER_CHIP = 50, /* below that any round may be the one */
    PROBES = 100
};

/* --- who hears what -----------------------------------------------------------------------------
 */

struct hearing {
    const struct net *net;
    uint64_t *first; /* per neuron + 1 */
    uint32_t *tags;  /* of a neuron: each once; sources, then groups */
    uint32_t n_tags;
};

/* Calls for every tag that a neuron of the population hears: counts, or stores. */
static void hear_population(struct arena *arena, const struct net *net, const struct tag_load *load,
                            uint32_t population, struct stamped *class_of, struct stamped *seen,
                            struct edge_vec *row, struct hearing *h, bool store)
{
    const struct population *own = &net->populations.at[population];
    sharing_classes_into(load->sharing, population, class_of);
    for (uint32_t n = own->first; n < own->first + own->size; n++) {
        uint64_t next = h->first[n];
        stamped_clear(seen);
        row_read(arena, net, n, row);
        for (uint32_t e = 0; e < row->n; e++) {
            uint32_t tag = row->at[e].source;
            if (net->attrs.at[row->at[e].attr].share && stamped_has(class_of, tag)) {
                uint32_t group = load->sharing->classes.at[class_of->value[tag]].group;
                tag = load->shared[group] ? net_n_sources(net) + group : tag;
            }
            if (stamped_has(seen, tag))
                continue;
            stamped_set(seen, tag, 1);
            if (store)
                h->tags[next] = tag;
            next++;
        }
        if (!store)
            h->first[n + 1] = next;
    }
}

static void hear(struct arena *arena, const struct net *net, const struct tag_load *load,
                 struct hearing *h)
{
    struct stamped class_of, seen;
    struct edge_vec row = {NULL, 0, 0};
    *h = (struct hearing){.net = net, .n_tags = net_n_sources(net) + load->sharing->groups.n};
    h->first = ARENA_ARRAY(arena, uint64_t, (size_t)net->n_neurons + 1);
    stamped_init(&class_of, arena, net_n_sources(net));
    stamped_init(&seen, arena, h->n_tags);
    for (uint32_t p = 0; p < net->populations.n; p++)
        hear_population(arena, net, load, p, &class_of, &seen, &row, h, false);
    h->tags = ARENA_ARRAY(arena, uint32_t, h->first[net->n_neurons]);
    for (uint32_t p = 0; p < net->populations.n; p++)
        hear_population(arena, net, load, p, &class_of, &seen, &row, h, true);
}

/* --- blocks and their tags ----------------------------------------------------------------------
 */

struct relief {
    struct compose *c;
    struct arena *arena; /* of one granularity */
    const struct hearing *hearing;
    struct tag_table table;
    uint64_t *first_tag;            /* per block + 1 */
    uint32_t *tags;                 /* of a block: each once */
    uint64_t *first_block;          /* per tag + 1 */
    uint32_t *blocks;               /* that hear it */
    uint32_t *strained, n_strained; /* blocks on chips under strain */
    struct stamped heard;           /* by the neurons ordered so far */
    uint64_t work, told, die;       /* told: work the observer knows of */
    bool ended;                     /* by the observer */
    struct shift *shifts;
    uint32_t n_shifts;
};

static void each_tag(struct relief *r, uint64_t *of_tag, bool store)
{
    const struct compose *c = r->c;
    struct stamped seen;
    stamped_init(&seen, r->arena, r->hearing->n_tags);
    for (uint32_t b = 0; b < c->blocks.all.n; b++) {
        const struct block *own = &c->blocks.all.at[b];
        uint64_t next = r->first_tag[b];
        stamped_clear(&seen);
        for (uint32_t i = own->first; i < own->first + own->size; i++) {
            uint32_t n = c->blocks.neurons[i];
            for (uint64_t k = r->hearing->first[n]; k < r->hearing->first[n + 1]; k++) {
                uint32_t tag = r->hearing->tags[k];
                if (stamped_has(&seen, tag))
                    continue;
                stamped_set(&seen, tag, 1);
                if (store) {
                    r->tags[next] = tag;
                    r->blocks[of_tag[tag]] = b;
                }
                of_tag[tag]++;
                next++;
            }
        }
        r->first_tag[b + 1] = next;
    }
}

static void hear_block(struct relief *r, uint32_t block, uint32_t core, bool joins)
{
    uint32_t cores = r->c->device->cores_per_chip;
    r->work += r->first_tag[block + 1] - r->first_tag[block];
    for (uint64_t i = r->first_tag[block]; i < r->first_tag[block + 1]; i++) {
        if (joins)
            tag_table_add(&r->table, core / cores, core % cores, r->tags[i]);
        else
            tag_table_drop(&r->table, core / cores, core % cores, r->tags[i]);
    }
}

/* Tables for the blocks as they are. */
static void tabulate(struct relief *r, uint32_t limit)
{
    const struct compose *c = r->c;
    uint32_t n_tags = r->hearing->n_tags, n_blocks = c->blocks.all.n;
    uint64_t *of_tag = ARENA_ARRAY(r->arena, uint64_t, n_tags);
    r->first_tag = ARENA_ARRAY(r->arena, uint64_t, (size_t)n_blocks + 1);
    r->first_block = ARENA_ARRAY(r->arena, uint64_t, (size_t)n_tags + 1);
    each_tag(r, of_tag, false);
    for (uint32_t t = 0; t < n_tags; t++) {
        r->first_block[t + 1] = r->first_block[t] + of_tag[t];
        of_tag[t] = r->first_block[t];
    }
    r->tags = ARENA_ARRAY(r->arena, uint32_t, r->first_tag[n_blocks]);
    r->blocks = ARENA_ARRAY(r->arena, uint32_t, r->first_tag[n_blocks]);
    each_tag(r, of_tag, true);
    tag_table_init(&r->table, r->arena, c->net->chips, c->device->cores_per_chip, n_tags, limit);
    for (uint32_t b = 0; b < n_blocks; b++)
        hear_block(r, b, c->core_of[b], true);
    r->strained = ARENA_ARRAY(r->arena, uint32_t, n_blocks);
    stamped_init(&r->heard, r->arena, n_tags);
    r->shifts = ARENA_ARRAY(r->arena, struct shift, 2 * (size_t)c->device->neurons_per_core + 2);
}

static void list_strained(struct relief *r)
{
    const struct compose *c = r->c;
    r->n_strained = 0;
    for (uint32_t b = 0; b < c->blocks.all.n; b++)
        if (tag_table_strain_of(&r->table, compose_chip(c, c->core_of[b])) > 0)
            r->strained[r->n_strained++] = b;
}

/* --- moves --------------------------------------------------------------------------------------
 */

static uint32_t roll(struct relief *r, uint64_t sides)
{
    return (uint32_t)((rng_mix(r->die++) >> 16) % sides);
}

static int64_t price(const struct relief *r)
{
    int64_t word = r->c->net->rate_weight ? NET_RATE_SCALE : 1;
    return (r->c->cost.excess * EXCESS_PRICE + (int64_t)r->table.strain * STRAIN_PRICE) * word
           + r->c->cost.cut;
}

/* A core for a block: mostly one that hears a tag of it, else any of its class. */
static uint32_t choose_core(struct relief *r, uint32_t block)
{
    const struct compose *c = r->c;
    uint64_t n = r->first_tag[block + 1] - r->first_tag[block];
    if (n == 0 || roll(r, 4) == 0)
        return roll(r, c->n_cores);
    uint32_t tag = r->tags[r->first_tag[block] + roll(r, n)];
    uint64_t first = r->first_block[tag];
    return c->core_of[r->blocks[first + roll(r, r->first_block[tag + 1] - first)]];
}

/* Lists a block and those of the core that make room for it and find room where it stood. */
static bool list_exchange(struct relief *r, uint32_t block, uint32_t core)
{
    const struct compose *c = r->c;
    uint32_t own = c->core_of[block], size = c->blocks.all.at[block].size, taken = 0;
    uint32_t room = c->cores[core].room, most = c->cores[own].room + size;
    uint32_t other = c->cores[core].first_block;
    r->shifts[0] = (struct shift){block, 0, core};
    r->n_shifts = 1;
    for (uint32_t i = roll(r, c->cores[core].blocks); i > 0; i--)
        other = c->next_block[other];
    for (uint32_t i = 0; i < c->cores[core].blocks && room + taken < size; i++) {
        uint32_t part = c->blocks.all.at[other].size;
        if (taken + part <= most) {
            taken += part;
            r->shifts[r->n_shifts++] = (struct shift){other, 0, own};
        }
        other =
            c->next_block[other] == NET_NONE ? c->cores[core].first_block : c->next_block[other];
    }
    return room + taken >= size;
}

static bool shift(struct relief *r)
{
    if (!compose_shift(r->c, r->shifts, r->n_shifts))
        return false;
    for (uint32_t i = 0; i < r->n_shifts; i++)
        hear_block(r, r->shifts[i].block, r->shifts[i].from, false);
    for (uint32_t i = 0; i < r->n_shifts; i++)
        hear_block(r, r->shifts[i].block, r->shifts[i].to, true);
    return true;
}

static bool try_move(struct relief *r)
{
    const struct compose *c = r->c;
    uint32_t block = r->strained[roll(r, r->n_strained)], core = choose_core(r, block);
    r->work++;
    if (core == c->core_of[block] || c->cores[core].blocks == 0
        || c->cores[core].class != compose_unit(c, block)->class)
        return false;
    return list_exchange(r, block, core) && shift(r);
}

static void undo(struct relief *r)
{
    for (uint32_t i = 0; i < r->n_shifts; i++)
        r->shifts[i].to = r->shifts[i].from;
    shift(r);
}

/* --- the search ---------------------------------------------------------------------------------
 */

static int64_t mean_change(struct relief *r)
{
    int64_t sum = 0, n = 0;
    for (uint32_t i = 0; i < PROBES; i++) {
        int64_t before = price(r);
        if (!try_move(r))
            continue;
        int64_t delta = price(r) - before;
        undo(r);
        sum += delta < 0 ? -delta : delta;
        n += delta != 0;
    }
    return n ? sum / n : 0;
}

static bool relieved(const struct relief *r)
{
    return r->table.strain == 0 && r->c->cost.excess == 0;
}

static bool goes_on(struct relief *r)
{
    if (r->work - r->told < OBSERVER_STRIDE || r->ended)
        return !r->ended;
    r->told = r->work;
    r->ended = !observer_lets(r->c->observer, "chips", -1, -1, r->work);
    return !r->ended;
}

/* Cools from some heat to none, within the work; ends as soon as nothing is strained. */
static void cool(struct relief *r, uint64_t work)
{
    uint64_t begin = r->work;
    list_strained(r);
    int64_t start = mean_change(r) / 2;
    for (uint32_t i = 0; i < COOLINGS && !relieved(r) && goes_on(r); i++) {
        int64_t heat = start * (int64_t)(COOLINGS - 1 - i) / COOLINGS;
        list_strained(r);
        while (r->n_strained && !relieved(r) && r->work - begin < work * (i + 1) / COOLINGS
               && goes_on(r)) {
            int64_t before = price(r);
            if (try_move(r) && price(r) - before > (heat ? roll(r, (uint64_t)heat) : 0))
                undo(r);
        }
    }
}

/* --- finer blocks -------------------------------------------------------------------------------
 */

/* Orders the neurons of a block so that each hears as little as can be that none before it does. */
static void order_by_hearing(struct relief *r, uint32_t block)
{
    struct compose *c = r->c;
    const struct block *own = &c->blocks.all.at[block];
    uint32_t *neurons = &c->blocks.neurons[own->first];
    stamped_clear(&r->heard);
    for (uint32_t done = 0; done < own->size; done++) {
        uint64_t least = UINT64_MAX;
        uint32_t best = done;
        for (uint32_t i = done; i < own->size; i++) {
            uint64_t fresh = 0;
            for (uint64_t k = r->hearing->first[neurons[i]]; k < r->hearing->first[neurons[i] + 1];
                 k++)
                fresh += !stamped_has(&r->heard, r->hearing->tags[k]);
            r->work += r->hearing->first[neurons[i] + 1] - r->hearing->first[neurons[i]];
            if (fresh < least) {
                least = fresh;
                best = i;
            }
        }
        uint32_t next = neurons[best];
        memmove(&neurons[done + 1], &neurons[done], (best - done) * sizeof *neurons);
        neurons[done] = next;
        for (uint64_t k = r->hearing->first[next]; k < r->hearing->first[next + 1]; k++)
            stamped_set(&r->heard, r->hearing->tags[k], 1);
    }
}

static uint32_t part_of(uint32_t n)
{
    uint32_t part = 1;
    while (2 * part < n)
        part *= 2;
    return part;
}

/* Cuts in two what may be split of the classes that strained chips hold; false: nothing. */
static bool refine(struct relief *r)
{
    struct compose *c = r->c;
    uint32_t n = c->blocks.all.n;
    uint8_t *class_strained = ARENA_ARRAY(r->arena, uint8_t, c->problem->n_classes);
    bool any = false;
    list_strained(r);
    for (uint32_t i = 0; i < r->n_strained; i++)
        class_strained[compose_unit(c, r->strained[i])->class] = 1;
    for (uint32_t b = 0; b < n && goes_on(r); b++) {
        const struct block *block = &c->blocks.all.at[b];
        if (!block->splittable || block->size < 2 || !class_strained[compose_unit(c, b)->class])
            continue;
        order_by_hearing(r, b);
        compose_split(c, b, part_of(block->size));
        any = true;
    }
    if (any)
        compose_count(c);
    return any;
}

static uint64_t round_work(const struct relief *r)
{
    uint64_t work = r->first_tag[r->c->blocks.all.n] * WORK_PER_TAG;
    work = work > LEAST_WORK ? work : LEAST_WORK;
    return work < MOST_WORK ? work : MOST_WORK;
}

uint64_t compose_much_strain(const struct net *net)
{
    return (uint64_t)net->chips * STRAIN_PER_CHIP;
}

/* Whether finer blocks promise nothing: a round took little of much strain. */
static bool is_stalled(const struct relief *r, uint64_t before)
{
    return r->table.strain > compose_much_strain(r->c->net)
           && r->table.strain > before / STALLED_IN * (STALLED_IN - 1);
}

uint64_t compose_relieve(struct compose *c, const struct tag_load *load, uint32_t patience)
{
    struct arena *scratch = arena_scratch(c->arena);
    struct hearing hearing;
    struct relief r = {.c = c, .hearing = &hearing};
    hear(scratch, c->net, load, &hearing);
    for (bool finer = true; finer;) {
        r.arena = arena_scratch(scratch);
        tabulate(&r, load->limit);
        uint64_t before = r.table.strain;
        if (before > 0)
            cool(&r, round_work(&r));
        patience -= is_stalled(&r, before);
        finer = !r.ended && patience > 0 && r.table.strain > 0 && refine(&r);
        arena_scratch_end(r.arena);
    }
    arena_scratch_end(scratch);
    return r.table.strain;
}
