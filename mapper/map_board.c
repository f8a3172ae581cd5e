/* The composition puts every neuron on a chip; each chip is then packed by itself, exactly, which
 * changes neither cut nor hops.
 */
#include "mapper/map_board.h"

#include "mapper/compose_columns.h"
#include "mapper/grid.h"
#include "mapper/sites.h"

#include <string.h>

/* Axons visited per neuron and in all: what a search costs grows with the board, not with its
 * square. */
enum { WORK_PER_NEURON = 1000, LEAST_WORK = 50000, MOST_WORK = 60000000, SECOND_TRY = 4 };
enum { PATIENCE = 2 };         /* with rounds that relieve chips of few tags */
enum { NEAR_CHIPS = 1 << 10 }; /* beyond, what wishes near(..) make of pairs of chips is too much */

struct planner {
    struct arena *arena;
    const struct net *net;
    const struct device *device;
    const struct bias_plan *plan;
    const struct pack_options *options;
    const struct plan_limits *limits;
    const struct share_forced *forced;
    struct problem problem;
    struct compose c;
    struct board_plan *out;
};

/* --- the grid -----------------------------------------------------------------------------------
 */

/* SRAM words of the neurons on one chip for every other. */
struct tie_row {
    uint64_t *words; /* per chip */
    struct index_vec met;
};

static void read_block(const struct planner *p, struct arena *arena, uint32_t block,
                       struct tie_row *row)
{
    const struct blocks *blocks = &p->c.blocks;
    for (uint32_t i = blocks->first_incidence[block]; i < blocks->first_incidence[block + 1]; i++) {
        uint32_t e = blocks->incidences[i].axon;
        for (uint32_t k = 0; blocks->incidences[i].is_source && k < p->c.n_reach[e]; k++) {
            uint32_t chip = p->c.reach[p->c.first_reach[e] + k].chip;
            if (row->words[chip] == 0)
                VEC_PUSH(arena, &row->met, chip);
            row->words[chip] += blocks->axons.at[e].traffic;
        }
    }
}

static void count_traffic(const struct planner *p, struct arena *arena, struct grid_tie_vec *ties)
{
    const struct compose *c = &p->c;
    struct tie_row row = {.words = ARENA_ARRAY(arena, uint64_t, p->net->chips)};
    for (uint32_t core = 0; core < c->n_cores; core++) {
        uint32_t chip = compose_chip(c, core);
        for (uint32_t b = c->cores[core].first_block; b != NET_NONE; b = c->next_block[b])
            read_block(p, arena, b, &row);
        if ((core + 1) % p->device->cores_per_chip != 0)
            continue;
        for (uint32_t i = 0; i < row.met.n; i++) {
            uint32_t to = row.met.at[i];
            if (to != chip)
                VEC_PUSH(arena, ties, (struct grid_tie){chip, to, row.words[to], 0});
            row.words[to] = 0;
        }
        row.met.n = 0;
    }
}

static struct grid_chip *describe_chips(const struct planner *p, struct arena *arena)
{
    struct grid_chip *chips = ARENA_ARRAY(arena, struct grid_chip, p->net->chips);
    for (uint32_t b = 0; b < p->c.blocks.all.n; b++) {
        const struct block *block = &p->c.blocks.all.at[b];
        struct grid_chip *chip = &chips[compose_chip(&p->c, p->c.core_of[b])];
        chip->used = true;
        chip->held = chip->held || compose_rule(&p->c, b)->chip != NET_NONE;
        chip->sends_home = chip->sends_home || block->probed;
        chip->hears_host = chip->hears_host || block->hears_host;
    }
    return chips;
}

/* Neurons of a view on every chip. */
static uint32_t *count_view(const struct planner *p, struct arena *arena, const struct view *view)
{
    uint32_t *count = ARENA_ARRAY(arena, uint32_t, p->net->chips);
    for (uint32_t i = 0; i < view->size && view->kind == UNIT_NEURON; i++) {
        uint32_t neuron = p->net->populations.at[view->object].first + view_unit(view, i);
        count[compose_chip(&p->c, p->c.core_of[p->c.blocks.block_of[neuron]])]++;
    }
    return count;
}

/* near(view, weight): every pair of neurons wishes the same part of the weight. */
static void count_wishes(const struct planner *p, struct arena *arena, struct grid_tie_vec *ties)
{
    uint32_t n = p->net->chips <= NEAR_CHIPS ? p->net->chips : 0;
    double *sum = ARENA_ARRAY(arena, double, (size_t)n *n), all = 0;
    for (uint32_t i = 0; i < p->net->places.n && n > 0; i++) {
        const struct place *place = &p->net->places.at[i];
        if (place->kind != PLACE_NEAR || !(place->weight > 0) || place->near.size == 0)
            continue;
        const uint32_t *there = count_view(p, arena, &place->near);
        for (uint32_t v = 0; v < place->views.n; v++) {
            const uint32_t *here = count_view(p, arena, &place->views.at[v]);
            double each = place->weight / place->near.size / place->views.at[v].size;
            for (uint32_t a = 0; a < n; a++)
                for (uint32_t b = 0; b < n; b++)
                    sum[(size_t)a * n + b] += each * here[a] * there[b];
            all += place->weight;
        }
    }
    for (uint32_t i = 0; i < n * n && all > 0; i++) {
        uint32_t wish = (uint32_t)(sum[i] / all * GRID_WISHES);
        if (wish > 0 && i / n != i % n)
            VEC_PUSH(arena, ties, (struct grid_tie){i / n, i % n, 0, wish});
    }
}

/* False: some packet does not arrive. */
static bool place_chips(struct planner *p, struct arena *scratch, struct grid_result *result)
{
    struct grid_problem problem = {.net = p->net,
                                   .device = p->device,
                                   .chips = describe_chips(p, scratch),
                                   .observer = p->options->ilp.observer};
    count_traffic(p, scratch, &problem.ties);
    count_wishes(p, scratch, &problem.ties);
    grid_place(scratch, &problem, result);
    return result->fits;
}

/* What stands on a chip goes to its position. */
static void renumber_chips(struct planner *p, const uint32_t *position)
{
    struct compose *c = &p->c;
    uint32_t cores = p->device->cores_per_chip, n = c->blocks.all.n;
    uint32_t *core_of = ARENA_ARRAY(c->arena, uint32_t, n);
    memcpy(core_of, c->core_of, n * sizeof *core_of);
    for (uint32_t b = 0; b < n; b++)
        compose_take(c, b);
    for (uint32_t b = 0; b < n; b++)
        compose_put(c, b, position[core_of[b] / cores] * cores + core_of[b] % cores);
    compose_count(c);
}

/* Chips were composed without positions; where these leave packets that do not arrive, cores change
 * chips until all do, as far as can be. */
static void bring_together(struct planner *p, struct arena *scratch, struct grid_result *result)
{
    p->c.loose = false;
    renumber_chips(p, result->position);
    const struct cost before = p->c.cost;
    compose_climb(&p->c, CLIMB_CORES);
    p->out->canonical = false;
    p->out->excess = p->c.cost.excess;
    if (p->c.cost.excess < before.excess) {
        place_chips(p, scratch, result);
        return;
    }
    for (uint32_t chip = 0; chip < p->net->chips; chip++)
        result->position[chip] = chip; /* the grid would find no better ones */
}

static void place_on_grid(struct planner *p)
{
    struct arena *scratch = arena_scratch(p->arena);
    struct grid_result result;
    uint32_t cores = p->device->cores_per_chip;
    if (!place_chips(p, scratch, &result) && p->c.loose)
        bring_together(p, scratch, &result);
    for (uint32_t n = 0; n < p->net->n_neurons; n++) {
        uint32_t core = p->c.core_of[p->c.blocks.block_of[n]];
        p->out->core_of[n] = result.position[core / cores] * cores + core % cores;
    }
    if (!result.fits)
        p->out->excess++;
    arena_scratch_end(scratch);
}

/* --- every chip by itself -----------------------------------------------------------------------
 */

static void pack_chip(struct planner *p, uint32_t chip)
{
    struct arena *scratch = arena_scratch(p->arena);
    uint32_t cores = p->device->cores_per_chip, n = p->net->n_neurons;
    uint32_t *core_of = ARENA_ARRAY(scratch, uint32_t, n);
    const struct problem_options options = {
        .capacity = p->limits->capacity, .core_of = p->out->core_of, .chip = chip};
    struct problem problem;
    struct packing packing;
    problem_build(scratch, p->net, p->device, p->plan, &options, &problem);
    if (problem.atoms.n > 0) {
        pack(scratch, &problem, p->options, &packing);
        p->out->nodes += packing.nodes;
        p->out->canonical = p->out->canonical && packing.status == PACK_FITS && packing.canonical;
        memcpy(core_of, p->out->core_of, n * sizeof *core_of);
        if (packing.status == PACK_FITS) {
            cores_of_packing(scratch, &problem, &packing, chip * cores, core_of);
            memcpy(p->out->core_of, core_of, n * sizeof *core_of);
        }
    }
    arena_scratch_end(scratch);
}

static void count_use(struct planner *p)
{
    uint32_t cores = p->device->cores_per_chip;
    uint8_t *core_used = ARENA_ARRAY(p->arena, uint8_t, p->c.n_cores);
    uint8_t *chip_used = ARENA_ARRAY(p->arena, uint8_t, p->net->chips);
    for (uint32_t i = 0; i < p->net->populations.n; i++) {
        const struct population *population = &p->net->populations.at[i];
        bool split = false;
        for (uint32_t n = population->first; n < population->first + population->size; n++) {
            split = split || p->out->core_of[n] != p->out->core_of[population->first];
            core_used[p->out->core_of[n]] = chip_used[p->out->core_of[n] / cores] = 1;
        }
        p->out->splits += split;
    }
    for (uint32_t i = 0; i < p->c.n_cores; i++)
        p->out->cores += core_used[i];
    for (uint32_t i = 0; i < p->net->chips; i++)
        p->out->chips += chip_used[i];
}

static uint64_t work_for(const struct net *net)
{
    uint64_t work = (uint64_t)net->n_neurons * WORK_PER_NEURON;
    work = work > LEAST_WORK ? work : LEAST_WORK;
    return work < MOST_WORK ? work : MOST_WORK;
}

/* The bounds by columns, where they are better than counting. What the solver had a part in, found
 * or not found, may be otherwise with another. */
static void prove_cut(struct planner *p)
{
    struct bounds *bounds = &p->out->bounds;
    struct compose_proof proof;
    if (p->c.cost.cut == 0
        || !observer_lets(p->options->ilp.observer, "columns", p->c.cost.cut, bounds->weighted_cut,
                          0))
        return;
    compose_by_columns(&p->c, &p->options->ilp, &proof);
    bounds->hops_of_least_cut = proof.hops > 0 ? proof.hops : 0;
    p->out->canonical = p->out->canonical && !proof.improved && proof.unaided;
    if (proof.cut > bounds->weighted_cut)
        bounds->weighted_cut = proof.cut;
}

static uint32_t most_room(const struct compose *c, uint32_t block)
{
    uint32_t most = 0, class = compose_unit(c, block)->class;
    for (uint32_t core = 0; core < c->n_cores; core++) {
        const struct board_core *there = &c->cores[core];
        uint32_t room = there->blocks == 0 ? c->problem->capacity : there->room;
        if ((there->blocks == 0 || there->class == class) && room > most)
            most = room;
    }
    return most;
}

/* Keeps the attempt with fewest parts left over. */
static void note_no_room(struct planner *p)
{
    struct no_room now = {0};
    for (uint32_t b = 0; b < p->c.blocks.all.n && !p->c.impossible; b++) {
        const struct block *block = &p->c.blocks.all.at[b];
        if (p->c.core_of[b] != NET_NONE)
            continue;
        now.parts++;
        if (block->size <= now.size)
            continue;
        now.size = block->size;
        now.neuron = p->c.blocks.neurons[block->first];
        now.room = most_room(&p->c, b);
    }
    if (p->out->no_room.parts == 0 || now.parts < p->out->no_room.parts)
        p->out->no_room = now;
}

static void begin(struct planner *p, struct arena *scratch)
{
    compose_init(&p->c, scratch, p->net, p->device, &p->problem, NULL);
    p->c.observer = p->options->ilp.observer;
    p->c.blocks.taken = p->limits->taken ? p->limits->taken : p->net->probed;
    p->c.blocks.forced = p->forced;
}

static bool started(struct planner *p, struct arena *scratch)
{
    for (uint32_t variant = 0; variant < START_VARIANTS; variant++) {
        begin(p, scratch);
        if (!p->c.impossible && compose_start(&p->c, variant))
            return true;
        note_no_room(p);
    }
    return false;
}

static void count_used(const struct compose *c, uint32_t *cores, uint32_t *chips)
{
    *cores = *chips = 0;
    for (uint32_t chip = 0; chip < c->net->chips; chip++) {
        *cores += c->chip_cores[chip];
        *chips += c->chip_cores[chip] > 0;
    }
}

static bool is_better(const struct compose *a, const struct compose *b)
{
    uint32_t a_cores, a_chips, b_cores, b_chips;
    count_used(a, &a_cores, &a_chips);
    count_used(b, &b_cores, &b_chips);
    if (a->cost.excess != b->cost.excess)
        return a->cost.excess < b->cost.excess;
    if (a_cores != b_cores)
        return a_cores < b_cores;
    return a_chips != b_chips ? a_chips < b_chips : a->cost.cut < b->cost.cut;
}

/* A few chips that were grown may do better formed: a sheet is cut into squares then, not strips.
 */
static void search_formed(struct planner *p, struct arena *scratch)
{
    const struct compose grown = p->c;
    begin(p, scratch);
    if (compose_cores(&p->c, 1))
        compose_search(&p->c, work_for(p->net));
    else
        p->c = grown;
    if (!is_better(&p->c, &grown))
        p->c = grown;
}

/* With a limit of tags first as coarse as can be, then from a composition that had its cut in mind.
 * Blocks stay where they are put: the packing of a chip knows nothing of tags. */
static void search(struct planner *p, struct arena *scratch)
{
    const struct tag_load *tags = p->limits->tags;
    uint32_t patience = PATIENCE;
    if (tags) {
        p->out->canonical = false;
        compose_count(&p->c);
        uint64_t strain = compose_relieve(&p->c, tags, patience);
        if (strain == 0 && p->c.cost.excess == 0)
            return;
        if (strain > compose_much_strain(p->net))
            patience = 1;
        started(p, scratch);
    }
    bool formed = p->c.formed;
    compose_search(&p->c, work_for(p->net));
    if (!formed && !tags && observer_lets(p->c.observer, "chips", p->c.cost.cut, -1, p->c.work))
        search_formed(p, scratch);
    if (p->c.cost.excess > 0)
        compose_search(&p->c, SECOND_TRY * work_for(p->net));
    if (tags)
        compose_relieve(&p->c, tags, patience);
}

void plan_board(struct arena *arena, const struct net *net, const struct device *device,
                const struct bias_plan *plan, const struct pack_options *options,
                const struct plan_limits *limits, struct board_plan *out)
{
    struct planner p = {.arena = arena,
                        .net = net,
                        .device = device,
                        .plan = plan,
                        .options = options,
                        .limits = limits,
                        .out = out};
    const struct problem_options whole = {.capacity = limits->capacity};
    *out = (struct board_plan){.status = PACK_UNDECIDED, .canonical = true};
    struct board_proof proof;
    if (board_disproved(arena, net, device, plan, options, NULL, false, &proof)) {
        out->status = PACK_IMPOSSIBLE;
        return;
    }
    struct arena *scratch = arena_scratch(arena);
    out->core_of = ARENA_ARRAY(arena, uint32_t, net->n_neurons);
    problem_build(scratch, net, device, plan, &whole, &p.problem);
    if (limits->sharing)
        p.forced = share_forced_find(scratch, net, device, limits->sharing);
    if (!p.problem.impossible && started(&p, scratch)) {
        p.c.loose = !p.c.near && !limits->tags && compose_is_forced(&p.c, scratch);
        search(&p, scratch);
        bounds_count(arena, &p.c, &out->bounds);
        if (!limits->tags)
            prove_cut(&p);
        out->excess = p.c.cost.excess;
        place_on_grid(&p);
        for (uint32_t chip = 0; chip < net->chips && !limits->tags; chip++)
            pack_chip(&p, chip);
        count_use(&p);
        out->status = PACK_FITS;
    }
    arena_scratch_end(scratch);
}

/* --- proofs that none exists --------------------------------------------------------------------
 */

/* What place lines hold on one chip, packed by itself with every line that the packing of a chip
 * knows; spreads are left out, since they may go on elsewhere. */
static bool chip_disproved(const struct planner *p, const uint32_t *core_of, uint32_t chip,
                           const bool *left_out)
{
    struct arena *scratch = arena_scratch(p->arena);
    const struct problem_options held = {.ignored = left_out, .core_of = core_of, .chip = chip};
    struct pack_options any = *p->options;
    struct problem problem;
    struct packing packing = {.status = PACK_FITS};
    any.feasibility = true;
    problem_build(scratch, p->net, p->device, p->plan, &held, &problem);
    if (problem.impossible)
        packing.status = PACK_IMPOSSIBLE;
    else if (problem.atoms.n > 0)
        pack(scratch, &problem, &any, &packing);
    arena_scratch_end(scratch);
    return packing.status == PACK_IMPOSSIBLE;
}

static const bool *without_spreads(const struct planner *p, const bool *ignored)
{
    bool *left_out = ARENA_ARRAY(p->arena, bool, p->net->places.n);
    for (uint32_t i = 0; i < p->net->places.n; i++) {
        const struct place *place = &p->net->places.at[i];
        left_out[i] = (ignored && ignored[i]) || (place->kind == PLACE_SPREAD && place->cores > 1);
    }
    return left_out;
}

/* On a chip beyond the board where nothing holds a neuron. */
static uint32_t *held_cores(const struct planner *p)
{
    uint32_t *core_of = ARENA_ARRAY(p->arena, uint32_t, p->net->n_neurons);
    for (uint32_t a = 0; a < p->problem.atoms.n; a++) {
        const struct atom *atom = &p->problem.atoms.at[a];
        uint32_t chip = p->c.rules[atom->unit].chip;
        chip = chip == NET_NONE ? p->net->chips : chip;
        for (uint32_t i = 0; i < atom->count; i++)
            core_of[p->problem.neurons[atom->first + i]] = chip * p->device->cores_per_chip;
    }
    return core_of;
}

bool board_disproved(struct arena *arena, const struct net *net, const struct device *device,
                     const struct bias_plan *plan, const struct pack_options *options,
                     const bool *ignored, bool only_counts, struct board_proof *proof)
{
    struct arena *scratch = arena_scratch(arena);
    struct planner p = {
        .arena = scratch, .net = net, .device = device, .plan = plan, .options = options};
    const bool *left_out = without_spreads(&p, ignored);
    const struct problem_options whole = {.ignored = left_out};
    struct bounds bounds;
    problem_build(scratch, net, device, plan, &whole, &p.problem);
    compose_init(&p.c, scratch, net, device, &p.problem, left_out);
    bool disproved = p.problem.impossible || p.c.impossible;
    *proof = (struct board_proof){NULL, 0, 0};
    if (!disproved)
        disproved = board_counts(scratch, &p.c, proof);
    if (!disproved && !only_counts) {
        bounds_count(scratch, &p.c, &bounds);
        disproved = bounds.cores > p.c.n_cores || bounds.chips > net->chips;
        const uint32_t *core_of = held_cores(&p);
        for (uint32_t chip = 0; chip < net->chips && !disproved; chip++)
            disproved = chip_disproved(&p, core_of, chip, left_out);
    }
    arena_scratch_end(scratch);
    return disproved;
}
