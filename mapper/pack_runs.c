/* Dynamic programming over the atoms of a population: the least runs so far for every core that the
 * last neuron may stand on. A run goes on over the border of two atoms if the last core of the one
 * is the first core of the other. No atom needs two runs on one core: joining them in one of their
 * two places costs nothing.
 */
#include "mapper/pack_runs.h"

#include <string.h>

enum { NEVER = 1 << 30 };

struct tail {
    uint32_t *on;   /* per core: least runs that end there */
    uint32_t *next; /* room for the step */
    uint32_t best;  /* least of all */
    uint32_t n;
};

static void tail_step(struct tail *tail)
{
    uint32_t *on = tail->on;
    tail->on = tail->next;
    tail->next = on;
    tail->best = NEVER;
    for (uint32_t c = 0; c < tail->n; c++)
        tail->best = tail->on[c] < tail->best ? tail->on[c] : tail->best;
}

static uint32_t run_on(const struct tail *tail, uint32_t core)
{
    return tail->on[core] < tail->best + 1 ? tail->on[core] : tail->best + 1;
}

static void add_head(struct tail *tail, const struct head *head)
{
    uint32_t runs = run_on(tail, head->first) + head->n - 1;
    for (uint32_t c = 0; c < tail->n; c++)
        tail->next[c] = c == head->last ? runs : NEVER;
    tail_step(tail);
}

/* Neurons that may go anywhere: they may all join one run. */
static void add_open(struct tail *tail)
{
    for (uint32_t c = 0; c < tail->n; c++)
        tail->next[c] = run_on(tail, c);
    tail_step(tail);
}

/* One run on each core of the mask, in any order. */
static void add_runs(struct tail *tail, uint32_t mask)
{
    uint32_t n = (uint32_t)__builtin_popcount(mask);
    for (uint32_t last = 0; last < tail->n; last++) {
        uint32_t least = NEVER;
        for (uint32_t first = 0; first < tail->n && (mask >> last & 1); first++) {
            if (!(mask >> first & 1) || (first == last && n > 1))
                continue;
            uint32_t runs = run_on(tail, first) + n - 1;
            least = runs < least ? runs : least;
        }
        tail->next[last] = least;
    }
    tail_step(tail);
}

static void add_atom(struct tail *tail, const struct runs_view *view, uint32_t unit)
{
    uint32_t rest = view->mask[unit];
    bool headed = view->head && view->head[unit].n;
    if (headed) {
        add_head(tail, &view->head[unit]);
        rest &= ~view->head[unit].cores;
    }
    if (rest)
        add_runs(tail, rest);
    else if (!headed || (view->left && view->left[unit]))
        add_open(tail);
}

uint32_t least_runs(const struct runs_view *view, uint32_t population)
{
    const struct problem *problem = view->problem;
    uint32_t from = problem->first_atom[population], to = problem->first_atom[population + 1];
    if (to == from + 1)
        return (uint32_t)__builtin_popcount(view->mask[problem->atoms.at[from].unit]);
    struct tail tail = {view->scratch, view->scratch + view->n_cores, 0, view->n_cores};
    for (uint32_t c = 0; c < tail.n; c++)
        tail.on[c] = NEVER;
    for (uint32_t a = from; a < to; a++)
        add_atom(&tail, view, problem->atoms.at[a].unit);
    return tail.best;
}
