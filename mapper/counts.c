/* A core is of one class, so the cores of the classes add up. Those of one class are at least those
 * that its parts need as bins, and those that the views of one apart(core) need one by one; a view
 * of an apart(chip) needs whole chips for its cores, or those that place lines name. Units that
 * lines keep apart two by two need cores, and chips, of their own.
 */
#include "mapper/counts.h"

#include "mapper/bins.h"

#include <stdlib.h>
#include <string.h>

enum { MOST_PARTED = 200 }; /* units among which sets are looked for */

/* --- parts that stay whole ----------------------------------------------------------------------
 */

/* Cores of every class. */
static uint32_t *class_cores(struct arena *arena, const struct problem *problem)
{
    uint32_t n = problem->n_classes, *loose = ARENA_ARRAY(arena, uint32_t, n);
    uint32_t *cores = ARENA_ARRAY(arena, uint32_t, n);
    struct index_vec *whole = ARENA_ARRAY(arena, struct index_vec, n);
    for (uint32_t u = 0; u < problem->units.n; u++) {
        const struct unit *unit = &problem->units.at[u];
        if (unit->splittable)
            loose[unit->class] += unit->size;
        else
            VEC_PUSH(arena, &whole[unit->class], unit->size);
    }
    for (uint32_t k = 0; k < n; k++)
        cores[k] = bins_least(whole[k].at, whole[k].n, loose[k], problem->capacity);
    return cores;
}

/* --- views kept apart ---------------------------------------------------------------------------
 */

struct share { /* of a side: the neurons of one class, or one chip that holds some of it */
    uint32_t exclusion, side, key, neurons;
};
struct share_vec VEC_OF(struct share);

static int by_place(const void *x, const void *y)
{
    struct share a, b;
    memcpy(&a, x, sizeof a);
    memcpy(&b, y, sizeof b);
    if (a.exclusion != b.exclusion)
        return a.exclusion < b.exclusion ? -1 : 1;
    if (a.side != b.side)
        return a.side < b.side ? -1 : 1;
    return a.key < b.key ? -1 : a.key > b.key;
}

/* Sorted, one entry per (exclusion, side, key). */
static void merge(struct share_vec *all)
{
    uint32_t n = 0;
    if (all->n)
        qsort(all->at, all->n, sizeof all->at[0], by_place);
    for (uint32_t i = 0; i < all->n; i++) {
        if (n && by_place(&all->at[n - 1], &all->at[i]) == 0)
            all->at[n - 1].neurons += all->at[i].neurons;
        else
            all->at[n++] = all->at[i];
    }
    all->n = n;
}

static uint32_t cores_of(const struct problem *problem, const struct share *share)
{
    return problem->capacity ? (share->neurons - 1) / problem->capacity + 1 : share->neurons;
}

/* Raises the cores of every class to what one exclusion asks for. */
static void raise_by_sides(struct arena *arena, const struct problem *problem, uint32_t *cores)
{
    struct share_vec all = {NULL, 0, 0};
    uint32_t *sum = ARENA_ARRAY(arena, uint32_t, problem->n_classes);
    for (uint32_t u = 0; u < problem->units.n; u++) {
        const struct unit *unit = &problem->units.at[u];
        for (uint32_t i = unit->first_side; i < unit->first_side + unit->n_sides; i++)
            VEC_PUSH(arena, &all,
                     (struct share){problem->sides.at[i].exclusion, problem->sides.at[i].side,
                                    unit->class, unit->size});
    }
    merge(&all);
    for (uint32_t i = 0; i < all.n; i++) {
        const struct share *own = &all.at[i];
        if (i == 0 || own->exclusion != all.at[i - 1].exclusion)
            memset(sum, 0, problem->n_classes * sizeof *sum);
        sum[own->key] += cores_of(problem, own);
        cores[own->key] = sum[own->key] > cores[own->key] ? sum[own->key] : cores[own->key];
    }
}

static void list_chip_sides(struct arena *arena, const struct compose *c, struct share_vec *classes,
                            struct share_vec *chips)
{
    for (uint32_t u = 0; u < c->problem->units.n; u++) {
        const struct unit *unit = &c->problem->units.at[u];
        const struct unit_rule *rule = &c->rules[u];
        for (uint32_t i = rule->first_side; i < rule->first_side + rule->n_sides; i++) {
            const struct chip_side *side = &c->sides.at[i];
            VEC_PUSH(arena, classes,
                     (struct share){side->exclusion, side->side, unit->class, unit->size});
            if (rule->chip != NET_NONE)
                VEC_PUSH(arena, chips,
                         (struct share){side->exclusion, side->side, rule->chip, unit->size});
        }
    }
    merge(classes);
    merge(chips);
}

/* Entries from i on that are of the same side. */
static uint32_t of_side(const struct share_vec *all, uint32_t i)
{
    uint32_t n = 1;
    while (i + n < all->n && all->at[i + n].exclusion == all->at[i].exclusion
           && all->at[i + n].side == all->at[i].side)
        n++;
    return n;
}

/* Most chips that one exclusion asks for. */
static uint32_t chips_by_sides(struct arena *arena, const struct compose *c)
{
    struct share_vec classes = {NULL, 0, 0}, chips = {NULL, 0, 0};
    uint32_t most = 0, sum = 0, per_chip = c->device->cores_per_chip;
    list_chip_sides(arena, c, &classes, &chips);
    for (uint32_t i = 0, h = 0, n; i < classes.n; i += n) {
        const struct share *own = &classes.at[i];
        uint32_t cores = 0, held = 0;
        n = of_side(&classes, i);
        for (uint32_t k = 0; k < n; k++)
            cores += cores_of(c->problem, &own[k]);
        if (h < chips.n && chips.at[h].exclusion == own->exclusion && chips.at[h].side == own->side)
            held = of_side(&chips, h);
        h += held;
        if (i == 0 || own->exclusion != own[-1].exclusion)
            sum = 0;
        uint32_t need = (cores + per_chip - 1) / per_chip;
        sum += need > held ? need : held;
        most = sum > most ? sum : most;
    }
    return most;
}

/* --- views kept apart two by two ----------------------------------------------------------------
 */

/* Exclusions of cores and of chips are numbered one after the other. */
struct parted {                   /* a unit that some exclusion concerns */
    uint32_t class, chip, weight; /* weight: cores, or chips, that it needs by itself */
    const struct chip_side *sides;
    uint32_t n_sides;
};
struct parted_vec VEC_OF(struct parted);

static int by_exclusion(const void *x, const void *y)
{
    struct chip_side a, b;
    memcpy(&a, x, sizeof a);
    memcpy(&b, y, sizeof b);
    return a.exclusion < b.exclusion ? -1 : a.exclusion > b.exclusion;
}

/* Both lists ascend by exclusion. */
static bool sides_differ(const struct parted *a, const struct parted *b)
{
    uint32_t i = 0, j = 0;
    while (i < a->n_sides && j < b->n_sides) {
        const struct chip_side *x = &a->sides[i], *y = &b->sides[j];
        if (x->exclusion == y->exclusion && x->side != y->side)
            return true;
        i += x->exclusion <= y->exclusion;
        j += x->exclusion >= y->exclusion;
    }
    return false;
}

/* Whether two units share no chip, or no core. */
static bool kept_apart(const struct parted *a, const struct parted *b, bool chips)
{
    bool held = a->chip != NET_NONE && b->chip != NET_NONE && a->chip != b->chip;
    return held || (!chips && a->class != b->class) || sides_differ(a, b);
}

static void list_parted(struct arena *arena, const struct compose *c, bool chips,
                        struct parted_vec *all)
{
    for (uint32_t u = 0; u < c->problem->units.n && all->n < MOST_PARTED; u++) {
        const struct unit *unit = &c->problem->units.at[u];
        const struct unit_rule *rule = &c->rules[u];
        struct share own = {.neurons = unit->size};
        uint32_t n = 0, cores = cores_of(c->problem, &own), per_chip = c->device->cores_per_chip;
        struct chip_side *sides =
            ARENA_ARRAY(arena, struct chip_side, (size_t)rule->n_sides + unit->n_sides);
        for (uint32_t i = 0; i < rule->n_sides; i++)
            sides[n++] = c->sides.at[rule->first_side + i];
        for (uint32_t i = 0; i < unit->n_sides && !chips; i++) {
            const struct side *side = &c->problem->sides.at[unit->first_side + i];
            sides[n++] = (struct chip_side){c->n_chip_exclusions + side->exclusion, side->side};
        }
        if (n > 0)
            qsort(sides, n, sizeof *sides, by_exclusion);
        if (n > 0 || rule->chip != NET_NONE)
            VEC_PUSH(arena, all,
                     (struct parted){unit->class, rule->chip,
                                     chips ? (cores + per_chip - 1) / per_chip : cores, sides, n});
    }
}

/* Cores, or chips, that the heaviest of some sets of units asks for in which every two are kept
 * apart: one set is grown from every unit that a line keeps apart from another. */
static uint32_t need_of_pairs(struct arena *arena, const struct compose *c, bool chips)
{
    struct parted_vec all = {NULL, 0, 0};
    list_parted(arena, c, chips, &all);
    bool *apart = ARENA_ARRAY(arena, bool, (size_t)all.n *all.n);
    uint32_t *met = ARENA_ARRAY(arena, uint32_t, all.n), most = 0; /* members kept apart from it */
    for (uint32_t i = 0; i < all.n; i++)
        for (uint32_t j = 0; j < i; j++)
            apart[i * all.n + j] = apart[j * all.n + i] = kept_apart(&all.at[i], &all.at[j], chips);
    for (uint32_t first = 0; first < all.n; first++) {
        uint32_t members = 0, need = 0;
        memset(met, 0, all.n * sizeof *met);
        for (uint32_t k = 0; k <= all.n && all.at[first].n_sides; k++) {
            uint32_t i = k == 0 ? first : k - 1; /* itself first, then all in text order */
            if (met[i] < members || (k > 0 && i == first))
                continue;
            members++;
            need += all.at[i].weight;
            for (uint32_t j = 0; j < all.n; j++)
                met[j] += apart[i * all.n + j];
        }
        most = need > most ? need : most;
    }
    return most;
}

bool board_counts(struct arena *arena, const struct compose *c, struct board_proof *proof)
{
    struct arena *scratch = arena_scratch(arena);
    const struct problem *problem = c->problem;
    uint32_t *cores = class_cores(scratch, problem), total = 0;
    raise_by_sides(scratch, problem, cores);
    for (uint32_t k = 0; k < problem->n_classes; k++)
        total += cores[k];
    uint32_t chips = chips_by_sides(scratch, c), pairs = need_of_pairs(scratch, c, false);
    total = pairs > total ? pairs : total;
    pairs = need_of_pairs(scratch, c, true);
    chips = pairs > chips ? pairs : chips;
    arena_scratch_end(scratch);
    *proof = (struct board_proof){NULL, 0, 0};
    if (total > c->n_cores)
        *proof = (struct board_proof){"cores", total, c->n_cores};
    else if (chips > c->net->chips)
        *proof = (struct board_proof){"chips", chips, c->net->chips};
    return proof->of != NULL;
}
