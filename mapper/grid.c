#include "mapper/grid_parts.h"

#include <string.h>

enum { MOST_BITS = 61 };   /* of a price, barred or not */
enum { BARRED_BITS = 55 }; /* all that is not barred stays below, twice that below 2^57 */
enum { HOT_RUNS = 2, MILD_RUNS = 3, MILD = 3 };

/* --- prices -------------------------------------------------------------------------------------
 */

static uint32_t bits_of(uint64_t x)
{
    return x ? 64 - (uint32_t)__builtin_clzll(x) : 0;
}

/* By how many bits a word stands above a wish, and a wish above a link to the host; how many bits
 * of wishes are left out; what is barred stands above all that is not. */
struct ranks {
    uint32_t word, wish, loss, barred;
};

static struct ranks rank_prices(const struct grid *g)
{
    uint64_t words = 0, wishes = 0, used = 0;
    uint64_t longest = g->width + g->n_chips / g->width;
    for (uint32_t i = 0; i < g->problem->ties.n; i++) {
        words += g->problem->ties.at[i].traffic;
        wishes += g->problem->ties.at[i].wish;
    }
    for (uint32_t a = 0; a < g->n_chips; a++)
        used += g->problem->chips[a].used;
    uint32_t barred = MOST_BITS - bits_of(g->problem->ties.n + used);
    barred = barred < BARRED_BITS ? barred : BARRED_BITS;
    uint32_t room = bits_of(words * longest), ways = bits_of(used * longest);
    room = room + 1 < barred ? barred - 1 - room : 0;
    ways = ways < room ? ways : 0;
    uint32_t wish = bits_of(wishes * longest);
    uint32_t loss = wish + ways > room ? wish + ways - room : 0;
    loss = loss < wish ? loss : wish;
    return (struct ranks){ways + wish - loss, ways, loss, barred};
}

/* --- ties ---------------------------------------------------------------------------------------
 */

struct met_vec VEC_OF(uint32_t);
/* Ties by one of their chips, each under both; links to the same chip become one. */
struct sorter {
    struct grid *g;
    uint32_t *first, *other, *tie; /* first: per chip + 1 */
    struct ranks ranks;
    uint64_t *words, *wishes; /* per chip: of the chip at hand */
    struct met_vec met;
};

static void sort_ties(struct sorter *s, struct arena *arena)
{
    const struct grid_tie_vec *ties = &s->g->problem->ties;
    uint32_t *fill = ARENA_ARRAY(arena, uint32_t, s->g->n_chips + 2);
    s->other = ARENA_ARRAY(arena, uint32_t, (size_t)ties->n * 2);
    s->tie = ARENA_ARRAY(arena, uint32_t, (size_t)ties->n * 2);
    for (uint32_t i = 0; i < ties->n; i++) {
        fill[ties->at[i].from + 2]++;
        fill[ties->at[i].to + 2]++;
    }
    for (uint32_t a = 0; a < s->g->n_chips; a++)
        fill[a + 2] += fill[a + 1];
    for (uint32_t i = 0; i < ties->n; i++) {
        uint32_t a = ties->at[i].from, b = ties->at[i].to;
        uint32_t at = fill[a + 1]++, bt = fill[b + 1]++;
        s->other[at] = b;
        s->other[bt] = a;
        s->tie[at] = s->tie[bt] = i;
    }
    s->first = fill;
}

static void link_chip(struct sorter *s, struct arena *arena, uint32_t chip, uint32_t *n)
{
    struct grid *g = s->g;
    s->met.n = 0;
    for (uint32_t i = s->first[chip]; i < s->first[chip + 1]; i++) {
        const struct grid_tie *tie = &g->problem->ties.at[s->tie[i]];
        uint32_t other = s->other[i];
        if (other == chip || (!tie->traffic && !tie->wish))
            continue;
        if (!s->words[other] && !s->wishes[other])
            VEC_PUSH(arena, &s->met, other);
        s->words[other] += tie->traffic;
        s->wishes[other] += tie->wish;
    }
    for (uint32_t i = 0; i < s->met.n; i++) {
        uint32_t other = s->met.at[i];
        uint64_t words = s->words[other] << s->ranks.word;
        uint64_t wishes = s->wishes[other] >> s->ranks.loss << s->ranks.wish;
        g->links[(*n)++] =
            (struct grid_link){other, s->words[other] > 0, (int64_t)(words + wishes)};
        s->words[other] = s->wishes[other] = 0;
    }
    g->first_link[chip + 1] = *n;
}

static void link_chips(struct grid *g, struct ranks ranks)
{
    struct arena *scratch = arena_scratch(g->arena);
    struct sorter s = {.g = g, .ranks = ranks};
    uint32_t n = 0;
    g->first_link = ARENA_ARRAY(g->arena, uint32_t, g->n_chips + 1);
    g->links = ARENA_ARRAY(g->arena, struct grid_link, (size_t)g->problem->ties.n * 2);
    s.words = ARENA_ARRAY(scratch, uint64_t, g->n_chips);
    s.wishes = ARENA_ARRAY(scratch, uint64_t, g->n_chips);
    sort_ties(&s, scratch);
    for (uint32_t a = 0; a < g->n_chips; a++)
        link_chip(&s, scratch, a, &n);
    arena_scratch_end(scratch);
}

/* --- chips and positions ------------------------------------------------------------------------
 */

/* Where no chip is held, empty rows and columns between chips can be closed, which brings all
 * nearer to each other and to the host: so as many rows and columns as chips are enough. */
static void list_chips(struct grid *g)
{
    const struct grid_chip *chips = g->problem->chips;
    uint32_t used = 0;
    g->moving = ARENA_ARRAY(g->arena, uint32_t, g->n_chips);
    g->free = ARENA_ARRAY(g->arena, uint32_t, g->n_chips);
    memset(g->position, 0xFF, g->n_chips * sizeof *g->position);
    memset(g->chip_at, 0xFF, g->n_chips * sizeof *g->chip_at);
    g->loose = true;
    for (uint32_t a = 0; a < g->n_chips; a++) {
        used += chips[a].used;
        if (chips[a].used && !chips[a].held)
            g->moving[g->n_moving++] = a;
        if (!chips[a].used || !chips[a].held)
            continue;
        grid_put(g, a, a);
        g->loose = false;
    }
    for (uint32_t at = 0; at < g->n_chips; at++)
        if (g->chip_at[at] == NET_NONE && (!g->loose || (g->x[at] < used && g->y[at] < used)))
            g->free[g->n_free++] = at;
}

/* Chips keep their numbers as far as these are free positions. */
static void start_in_order(struct grid *g)
{
    uint32_t next = 0;
    for (uint32_t i = 0; i < g->n_free; i++)
        if (g->problem->chips[g->free[i]].used)
            grid_put(g, g->free[i], g->free[i]);
    for (uint32_t i = 0; i < g->n_moving; i++) {
        if (g->position[g->moving[i]] != NET_NONE)
            continue;
        while (g->chip_at[g->free[next]] != NET_NONE)
            next++;
        grid_put(g, g->moving[i], g->free[next]);
    }
}

static void price_positions(struct grid *g, bool ways)
{
    const struct grid_problem *p = g->problem;
    size_t n = g->n_chips;
    g->own = ARENA_ARRAY(g->arena, int64_t, 4 * n);
    for (uint32_t kind = 0; kind < 4; kind++)
        for (uint32_t at = 0; at < n; at++) {
            bool ok = (!(kind & 1) || board_sends_home(p->net, p->device, at))
                      && (!(kind & 2) || board_hears_host(p->net, p->device, at));
            g->own[kind * n + at] = (ways ? g->x[at] + g->y[at] : 0) + (ok ? 0 : g->barred);
        }
}

static void set_up(struct grid *g)
{
    const struct net *net = g->problem->net;
    struct ranks ranks = rank_prices(g);
    g->reach = g->problem->device->max_hop;
    g->near = board_in_reach(net, g->problem->device, 0, g->n_chips - 1);
    g->x = ARENA_ARRAY(g->arena, uint32_t, g->n_chips);
    g->y = ARENA_ARRAY(g->arena, uint32_t, g->n_chips);
    for (uint32_t at = 0; at < g->n_chips; at++) {
        g->x[at] = at % g->width;
        g->y[at] = at / g->width;
    }
    g->position = ARENA_ARRAY(g->arena, uint32_t, g->n_chips);
    g->chip_at = ARENA_ARRAY(g->arena, uint32_t, g->n_chips);
    list_chips(g);
    link_chips(g, ranks);
    g->barred = INT64_C(1) << ranks.barred;
    price_positions(g, ranks.wish > 0);
    start_in_order(g);
}

int64_t grid_price(const struct grid *g)
{
    int64_t ties = 0, own = 0;
    for (uint32_t a = 0; a < g->n_chips; a++) {
        if (g->position[a] == NET_NONE)
            continue;
        own += grid_own_price(g, a, g->position[a]);
        for (uint32_t i = g->first_link[a]; i < g->first_link[a + 1]; i++) {
            const struct grid_link *link = &g->links[i];
            if (link->chip < a && g->position[link->chip] != NET_NONE)
                ties += grid_link_price(g, link, g->position[a], g->position[link->chip]);
        }
    }
    return own + ties;
}

void grid_take_over(struct grid *g, const uint32_t *position)
{
    for (uint32_t i = 0; i < g->n_moving; i++)
        g->chip_at[g->position[g->moving[i]]] = NET_NONE;
    for (uint32_t i = 0; i < g->n_moving; i++)
        grid_put(g, g->moving[i], position[g->moving[i]]);
}

/* --- towards the host ---------------------------------------------------------------------------
 */

/* Per position of an axis: how many of those below hold a chip. */
static uint32_t *count_taken(const struct grid *g, const uint32_t *axis, uint32_t size)
{
    uint32_t *taken = ARENA_ARRAY(g->arena, uint32_t, size + 1);
    for (uint32_t i = 0; i < g->n_moving; i++)
        taken[axis[g->position[g->moving[i]]] + 1] = 1;
    for (uint32_t k = 0; k < size; k++)
        taken[k + 1] += taken[k];
    return taken;
}

/* Closes empty rows and columns, and turns all round where that leaves the host nearer. */
static void draw_near(struct grid *g)
{
    uint32_t *column = count_taken(g, g->x, g->width);
    uint32_t *row = count_taken(g, g->y, g->n_chips / g->width);
    uint32_t w = column[g->width], h = row[g->n_chips / g->width];
    uint32_t *best = ARENA_ARRAY(g->arena, uint32_t, g->n_chips);
    uint32_t *old = ARENA_ARRAY(g->arena, uint32_t, g->n_chips);
    int64_t least = grid_price(g);
    memcpy(old, g->position, g->n_chips * sizeof *old);
    memcpy(best, old, g->n_chips * sizeof *best);
    for (uint32_t turn = 0; turn < 4; turn++) {
        uint32_t *next = ARENA_ARRAY(g->arena, uint32_t, g->n_chips);
        for (uint32_t i = 0; i < g->n_moving; i++) {
            uint32_t chip = g->moving[i], x = column[g->x[old[chip]]], y = row[g->y[old[chip]]];
            x = turn & 1 ? w - 1 - x : x;
            y = turn & 2 ? h - 1 - y : y;
            next[chip] = y * g->width + x;
        }
        grid_take_over(g, next);
        if (grid_price(g) >= least)
            continue;
        least = grid_price(g);
        best = next;
    }
    grid_take_over(g, best);
}

/* --- all ----------------------------------------------------------------------------------------
 */

static void count_hops(const struct grid *g, struct grid_result *result)
{
    const struct grid_problem *p = g->problem;
    for (uint32_t i = 0; i < p->ties.n; i++) {
        const struct grid_tie *tie = &p->ties.at[i];
        uint32_t from = g->position[tie->from], to = g->position[tie->to];
        result->hops += tie->traffic * board_hops(p->net, from, to);
        result->fits =
            result->fits && (!tie->traffic || board_in_reach(p->net, p->device, from, to));
    }
    for (uint32_t a = 0; a < g->n_chips; a++) {
        uint32_t at = g->position[a];
        if (at == NET_NONE)
            continue;
        bool ok = (!p->chips[a].sends_home || board_sends_home(p->net, p->device, at))
                  && (!p->chips[a].hears_host || board_hears_host(p->net, p->device, at));
        result->fits = result->fits && ok;
    }
}

/* The better of what is at hand and the best so far becomes the best so far. */
static void keep_best(struct grid *g, uint32_t *best, int64_t *price)
{
    if (g->loose)
        draw_near(g);
    if (grid_price(g) < *price) {
        *price = grid_price(g);
        memcpy(best, g->position, g->n_chips * sizeof *best);
        struct grid_result now = {.fits = true};
        count_hops(g, &now);
        g->hops = now.fits ? (int64_t)now.hops : -1;
    }
}

/* From a picture of the whole, from anywhere, and again from the best. */
static void search(struct grid *g)
{
    uint32_t *best = ARENA_ARRAY(g->arena, uint32_t, g->n_chips), seed = 0;
    int64_t price = INT64_MAX;
    keep_best(g, best, &price);
    if (grid_goes_on(g, 0) && grid_spread(g))
        keep_best(g, best, &price);
    for (uint32_t run = 0; run < HOT_RUNS + MILD_RUNS && !g->ended; run++) {
        bool hot = run > 0 && run <= HOT_RUNS;
        if (!hot)
            grid_take_over(g, best);
        grid_anneal(g, seed++, hot ? 0 : MILD);
        keep_best(g, best, &price);
    }
    grid_take_over(g, best);
    if (price >= g->barred && g->n_moving > GRID_EXACT_CHIPS && grid_gather(g)) {
        keep_best(g, best, &price);
        grid_anneal(g, seed, MILD);
        keep_best(g, best, &price);
    }
    grid_match(g);
    keep_best(g, best, &price);
    grid_take_over(g, best);
}

/* Chips that hold nothing take what positions are left, in order. */
static void fill_rest(struct grid *g, uint32_t *position)
{
    uint32_t next = 0;
    memcpy(position, g->position, g->n_chips * sizeof *position);
    for (uint32_t chip = 0; chip < g->n_chips; chip++) {
        if (position[chip] != NET_NONE)
            continue;
        while (g->chip_at[next] != NET_NONE)
            next++;
        position[chip] = next++;
    }
}

void grid_place(struct arena *arena, const struct grid_problem *problem, struct grid_result *result)
{
    struct arena *scratch = arena_scratch(arena);
    struct grid g = {.arena = scratch,
                     .problem = problem,
                     .n_chips = problem->net->chips,
                     .width = problem->net->grid_w,
                     .hops = -1};
    *result =
        (struct grid_result){.position = ARENA_ARRAY(arena, uint32_t, g.n_chips), .fits = true};
    set_up(&g);
    if (g.n_moving > 0)
        search(&g);
    if (g.n_moving <= GRID_EXACT_CHIPS)
        grid_exhaust(&g, &result->proved);
    count_hops(&g, result);
    fill_rest(&g, result->position);
    arena_scratch_end(scratch);
}
