/* Chips that have no ties with each other are free to change places: what one costs at a position
 * does not depend on where the others stand, so the best way to do it is an assignment.
 */
#include "mapper/grid_parts.h"

#include "compiler/base/rng.h"
#include "mapper/assign.h"

#include <string.h>

/* Chips and empty positions of one assignment; sets in a row without gain; entries of matrices. */
enum { MOST_CHIPS = 128, MOST_EMPTY = 128, PATIENCE = 40, MOST_WORK = 100000000 };

struct matcher {
    struct grid *g;
    uint64_t die, work;
    uint32_t *order;         /* moving chips, shuffled */
    bool *tied;              /* per chip: to one of the set */
    uint32_t *chip, n_chips; /* the set */
    uint32_t *at, n_at;      /* its positions, then empty ones */
};

static void shuffle(struct matcher *m)
{
    for (uint32_t i = m->g->n_moving; i > 1; i--) {
        uint32_t k = (uint32_t)(((rng_mix(m->die++) >> 32) * i) >> 32), chip = m->order[k];
        m->order[k] = m->order[i - 1];
        m->order[i - 1] = chip;
    }
}

static void choose_set(struct matcher *m)
{
    const struct grid *g = m->g;
    shuffle(m);
    m->n_chips = m->n_at = 0;
    memset(m->tied, 0, g->n_chips * sizeof *m->tied);
    for (uint32_t i = 0; i < g->n_moving && m->n_chips < MOST_CHIPS; i++) {
        uint32_t chip = m->order[i];
        if (m->tied[chip])
            continue;
        m->chip[m->n_chips++] = chip;
        m->at[m->n_at++] = g->position[chip];
        for (uint32_t k = g->first_link[chip]; k < g->first_link[chip + 1]; k++)
            m->tied[g->links[k].chip] = true;
    }
    uint32_t from = (uint32_t)(((rng_mix(m->die++) >> 32) * g->n_free) >> 32);
    for (uint32_t i = 0; i < g->n_free && m->n_at < m->n_chips + MOST_EMPTY; i++) {
        uint32_t at = g->free[(from + i) % g->n_free];
        if (g->chip_at[at] == NET_NONE)
            m->at[m->n_at++] = at;
    }
}

/* True if the set as a whole got better. */
static bool match(struct matcher *m)
{
    struct grid *g = m->g;
    struct arena *scratch = arena_scratch(g->arena);
    int64_t *cost = ARENA_ARRAY(scratch, int64_t, (size_t)m->n_chips * m->n_at), before = 0;
    struct assigned best;
    for (uint32_t i = 0; i < m->n_chips; i++) {
        for (uint32_t j = 0; j < m->n_at; j++)
            cost[(size_t)i * m->n_at + j] = grid_price_at(g, m->chip[i], m->at[j]);
        before += cost[(size_t)i * m->n_at + i];
        m->work +=
            (uint64_t)m->n_at * (g->first_link[m->chip[i] + 1] - g->first_link[m->chip[i]] + 1);
    }
    const struct assign problem = {m->n_chips, m->n_at, cost};
    assign_rows(scratch, &problem, &best);
    m->work += best.work;
    if (best.cost < before) {
        for (uint32_t i = 0; i < m->n_chips; i++)
            grid_take(g, m->chip[i]);
        for (uint32_t i = 0; i < m->n_chips; i++)
            grid_put(g, m->chip[i], m->at[best.column[i]]);
    }
    arena_scratch_end(scratch);
    return best.cost < before;
}

void grid_match(struct grid *g)
{
    struct matcher m = {.g = g,
                        .order = ARENA_ARRAY(g->arena, uint32_t, g->n_moving),
                        .tied = ARENA_ARRAY(g->arena, bool, g->n_chips),
                        .chip = ARENA_ARRAY(g->arena, uint32_t, MOST_CHIPS),
                        .at = ARENA_ARRAY(g->arena, uint32_t, MOST_CHIPS + MOST_EMPTY)};
    memcpy(m.order, g->moving, g->n_moving * sizeof *m.order);
    for (uint32_t idle = 0; idle < PATIENCE && m.work < MOST_WORK && grid_goes_on(g, m.work);
         idle++) {
        choose_set(&m);
        if (match(&m))
            idle = 0;
    }
}
