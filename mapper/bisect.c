#include "mapper/bisect.h"

#include "mapper/board.h"

#include <stdlib.h>
#include <string.h>

enum { REFINED = 3 };     /* of the orders, those whose division is refined: the best ones */
enum { LOOK_AHEAD = 16 }; /* sites of a region that is cut in both ways to the end */

struct bisection {
    struct arena *arena;
    const struct hyper *hyper;
    struct graph graph;
    struct box_vec boxes;
    uint32_t grid_w, per_site;
    uint32_t *site_of;
    uint32_t *number;      /* per vertex: place in the list at hand */
    uint32_t *at_x, *at_y; /* per vertex: twice the mean of its region; NET_NONE: none yet */
    const struct observer *observer;
    uint64_t tried; /* vertices of divisions */
    bool ended;     /* by the observer */
};

static bool goes_on(struct bisection *b)
{
    b->ended = b->ended || !observer_lets(b->observer, "chips", -1, -1, b->tried);
    return !b->ended;
}

/* --- regions ------------------------------------------------------------------------------------
 */

static int by_column(const void *a, const void *b)
{
    const uint64_t *x = a, *y = b;
    return *x < *y ? -1 : *x > *y;
}

/* Sorts sites by column, then row, or the other way round. */
static void sort_sites(const struct bisection *b, uint32_t *sites, uint32_t n, bool rows)
{
    struct arena *scratch = arena_scratch(b->arena);
    uint64_t *key = ARENA_ARRAY(scratch, uint64_t, n);
    for (uint32_t i = 0; i < n; i++) {
        uint32_t x = sites[i] % b->grid_w, y = sites[i] / b->grid_w;
        key[i] = rows ? (uint64_t)y << 32 | x : (uint64_t)x << 32 | y;
    }
    qsort(key, n, sizeof *key, by_column);
    for (uint32_t i = 0; i < n; i++) {
        uint32_t major = (uint32_t)(key[i] >> 32), minor = (uint32_t)key[i];
        sites[i] = rows ? major * b->grid_w + minor : minor * b->grid_w + major;
    }
    arena_scratch_end(scratch);
}

static uint32_t line_of(const struct bisection *b, uint32_t site, bool rows)
{
    return rows ? site / b->grid_w : site % b->grid_w;
}

/* How many of the sorted sites come before the border between lines that is nearest to the middle;
 * 0: they are one line. */
static uint32_t border(const struct bisection *b, const uint32_t *sites, uint32_t n, bool rows)
{
    uint32_t best = 0;
    for (uint32_t i = 1; i < n; i++)
        if (line_of(b, sites[i], rows) != line_of(b, sites[i - 1], rows)
            && (best == 0 || board_distance(2 * i, n) < board_distance(2 * best, n)))
            best = i;
    return best;
}

/* --- one division -------------------------------------------------------------------------------
 */

static void divide(const uint32_t *order, uint32_t n, uint32_t n_low, bool from_end, uint8_t *side)
{
    for (uint32_t i = 0; i < n; i++)
        side[order[i]] = (from_end ? n - 1 - i : i) < n_low ? 0 : 1;
}

struct candidate {
    uint64_t cut;
    uint32_t order;
    bool from_end;
};
static int by_cut(const void *a, const void *b)
{
    const struct candidate *x = a, *y = b;
    if (x->cut != y->cut)
        return x->cut < y->cut ? -1 : 1;
    return x->order != y->order ? (x->order < y->order ? -1 : 1) : x->from_end - y->from_end;
}

/* The best of several orders, refined; h->side is an array of the caller. */
static void halve(struct bisection *b, struct halves *h, uint32_t *order[SPECTRAL_ORDERS])
{
    struct arena *scratch = arena_scratch(b->arena);
    struct candidate all[2 * SPECTRAL_ORDERS];
    uint8_t *best = ARENA_ARRAY(scratch, uint8_t, h->n);
    uint64_t least = UINT64_MAX, last = UINT64_MAX;
    uint32_t n_all = 0, refined = 0;
    for (uint32_t k = 0; k < SPECTRAL_ORDERS; k++)
        for (int end = 0; end < 2; end++) {
            divide(order[k], h->n, h->n_low, end, h->side);
            halves_count(h);
            all[n_all++] = (struct candidate){h->cut, k, end};
        }
    qsort(all, n_all, sizeof *all, by_cut);
    for (uint32_t i = 0; i < n_all && refined < REFINED; i++) {
        if (all[i].cut == last)
            continue; /* most likely the same division */
        if (refined > 0 && !goes_on(b))
            break;
        b->tried += h->n;
        last = all[i].cut;
        refined++;
        divide(order[all[i].order], h->n, h->n_low, all[i].from_end, h->side);
        halves_refine(scratch, h);
        if (h->cut < least) {
            least = h->cut;
            memcpy(best, h->side, h->n);
        }
    }
    memcpy(h->side, best, h->n);
    h->cut = least;
    arena_scratch_end(scratch);
}

/* --- where the sides go -------------------------------------------------------------------------
 */

static void middle(const struct bisection *b, const uint32_t *sites, uint32_t n, uint32_t *x,
                   uint32_t *y)
{
    uint64_t sx = 0, sy = 0;
    for (uint32_t i = 0; i < n; i++) {
        sx += sites[i] % b->grid_w;
        sy += sites[i] / b->grid_w;
    }
    *x = (uint32_t)(16 * sx / n);
    *y = (uint32_t)(16 * sy / n);
}

/* How far what lies outside the list pulls side 0 to one middle and side 1 to another. */
static uint64_t pull(const struct bisection *b, const struct halves *h, const uint32_t x[2],
                     const uint32_t y[2])
{
    uint64_t sum = 0;
    for (uint32_t i = 0; i < h->n; i++)
        for (uint64_t e = b->graph.first[h->list[i]]; e < b->graph.first[h->list[i] + 1]; e++) {
            uint32_t there = b->graph.to[e];
            if (h->number[there] != NET_NONE || b->at_x[there] == NET_NONE)
                continue;
            sum += graph_weight(&b->graph, e)
                   * (uint64_t)(board_distance(x[h->side[i]], b->at_x[there])
                                + board_distance(y[h->side[i]], b->at_y[there]));
        }
    return sum;
}

/* A way to cut a region across. */
struct cutting {
    struct halves halves;
    bool rows;
    uint32_t n_first; /* sites of the first part, to which side `first` goes */
    uint8_t first;
};

static void orient(const struct bisection *b, struct cutting *c, uint32_t *sites, uint32_t n)
{
    uint64_t least = UINT64_MAX;
    uint32_t n_low = c->halves.n_low / b->per_site;
    sort_sites(b, sites, n, c->rows);
    for (uint8_t first = 0; first < 2; first++) {
        uint32_t x[2], y[2], n_first = first == 0 ? n_low : n - n_low;
        middle(b, sites, n_first, &x[first], &y[first]);
        middle(b, sites + n_first, n - n_first, &x[1 - first], &y[1 - first]);
        uint64_t far = pull(b, &c->halves, x, y);
        if (far < least) {
            least = far;
            c->n_first = n_first;
            c->first = first;
        }
    }
}

/* --- recursion ----------------------------------------------------------------------------------
 */

/* A part of the board, and the vertices that go there. */
struct region {
    uint32_t *list, n;
    uint32_t *sites, n_sites;
};

static void settle(struct bisection *b, const struct region *r)
{
    uint32_t x, y;
    middle(b, r->sites, r->n_sites, &x, &y);
    for (uint32_t i = 0; i < r->n; i++) {
        b->site_of[r->list[i]] = r->sites[0];
        b->at_x[r->list[i]] = x;
        b->at_y[r->list[i]] = y;
    }
}

/* cut / (n_low * n_high), compared. */
static bool is_thinner(const struct halves *a, const struct halves *b)
{
    uint64_t m = (uint64_t)a->n_low * (a->n - a->n_low), n = (uint64_t)b->n_low * (b->n - b->n_low);
    return (double)a->cut * (double)n < (double)b->cut * (double)m;
}

static void find_orders(struct bisection *b, struct arena *scratch, const struct region *r,
                        uint32_t *order[SPECTRAL_ORDERS])
{
    for (uint32_t k = 0; k < SPECTRAL_ORDERS; k++)
        order[k] = ARENA_ARRAY(scratch, uint32_t, r->n);
    spectral_orders(scratch, &b->graph, r->list, r->n, order);
}

/* The ways to cut a region across: columns, rows if that makes other sizes. Returns how many. */
static uint32_t cut_region(struct bisection *b, struct arena *scratch, const struct region *r,
                           struct cutting way[2])
{
    uint32_t *order[SPECTRAL_ORDERS], n = 0;
    find_orders(b, scratch, r, order);
    for (uint32_t i = 0; i < r->n; i++)
        b->number[r->list[i]] = i;
    for (int rows = 0; rows < 2; rows++) {
        struct cutting *own = &way[n];
        *own = (struct cutting){.halves = {b->hyper, r->list, r->n, 0, b->number, NULL, 0},
                                .rows = rows};
        sort_sites(b, r->sites, r->n_sites, rows);
        own->halves.n_low = border(b, r->sites, r->n_sites, rows) * b->per_site;
        if (own->halves.n_low == 0 || (n > 0 && own->halves.n_low == way[0].halves.n_low))
            continue;
        own->halves.side = ARENA_ARRAY(scratch, uint8_t, r->n);
        halve(b, &own->halves, order);
        orient(b, own, r->sites, r->n_sites);
        n++;
    }
    for (uint32_t i = 0; i < r->n; i++)
        b->number[r->list[i]] = NET_NONE;
    return n;
}

/* Across at the border, the vertices as they are listed. */
static uint32_t cut_in_order(struct bisection *b, struct arena *scratch, const struct region *r,
                             struct cutting *way)
{
    *way = (struct cutting){.rows = false};
    sort_sites(b, r->sites, r->n_sites, false);
    way->n_first = border(b, r->sites, r->n_sites, false);
    if (way->n_first == 0) {
        way->rows = true;
        sort_sites(b, r->sites, r->n_sites, true);
        way->n_first = border(b, r->sites, r->n_sites, true);
    }
    way->halves.side = ARENA_ARRAY(scratch, uint8_t, r->n);
    for (uint32_t i = way->n_first * b->per_site; i < r->n; i++)
        way->halves.side[i] = 1;
    return 1;
}

static uint64_t place(struct bisection *b, const struct region *r);

/* Cuts a region in one way and goes on with the parts. Returns what is cut in all. */
static uint64_t follow(struct bisection *b, const struct region *r, const struct cutting *way)
{
    struct arena *scratch = arena_scratch(b->arena);
    uint32_t *list = ARENA_ARRAY(scratch, uint32_t, r->n), m = 0;
    uint32_t *sites = ARENA_ARRAY(scratch, uint32_t, r->n_sites);
    memcpy(sites, r->sites, r->n_sites * sizeof *sites);
    sort_sites(b, sites, r->n_sites, way->rows);
    for (uint32_t pass = 0; pass < 2; pass++)
        for (uint32_t i = 0; i < r->n; i++)
            if ((way->halves.side[i] == way->first) == (pass == 0))
                list[m++] = r->list[i];
    uint32_t first = way->n_first * b->per_site;
    const struct region low = {list, first, sites, way->n_first};
    const struct region high = {list + first, r->n - first, sites + way->n_first,
                                r->n_sites - way->n_first};
    settle(b, &high);
    uint64_t cut = way->halves.cut + place(b, &low);
    cut += place(b, &high);
    arena_scratch_end(scratch);
    return cut;
}

/* Small regions are cut in both ways to the end: a good first cut may leave parts that no chips
 * fill evenly. What is cut after an end is not counted. */
static uint64_t follow_both(struct bisection *b, const struct region *r,
                            const struct cutting way[2])
{
    struct arena *scratch = arena_scratch(b->arena);
    uint32_t *site = ARENA_ARRAY(scratch, uint32_t, r->n);
    uint64_t cut = follow(b, r, &way[0]);
    for (uint32_t i = 0; i < r->n; i++)
        site[i] = b->site_of[r->list[i]];
    settle(b, r);
    uint64_t other = b->ended ? 0 : follow(b, r, &way[1]);
    if (b->ended)
        other = UINT64_MAX;
    for (uint32_t i = 0; i < r->n && cut <= other; i++) {
        const struct region own = {&r->list[i], 1, &site[i], 1};
        settle(b, &own);
    }
    arena_scratch_end(scratch);
    return cut <= other ? cut : other;
}

/* Notes a region if it is a rectangle. */
static void note_box(struct bisection *b, const struct region *r)
{
    struct box box = {UINT32_MAX, 0, UINT32_MAX, 0};
    for (uint32_t i = 0; i < r->n_sites; i++) {
        uint32_t x = r->sites[i] % b->grid_w, y = r->sites[i] / b->grid_w;
        box.x0 = x < box.x0 ? x : box.x0;
        box.x1 = x > box.x1 ? x : box.x1;
        box.y0 = y < box.y0 ? y : box.y0;
        box.y1 = y > box.y1 ? y : box.y1;
    }
    if ((box.x1 - box.x0 + 1) * (box.y1 - box.y0 + 1) == r->n_sites)
        VEC_PUSH(b->arena, &b->boxes, box);
}

/* The depth is logarithmic in the sites. */
static uint64_t place(struct bisection *b, const struct region *r)
{
    settle(b, r);
    if (r->n_sites == 1)
        return 0;
    note_box(b, r);
    struct arena *scratch = arena_scratch(b->arena);
    struct cutting way[2];
    uint32_t n = goes_on(b) ? cut_region(b, scratch, r, way) : cut_in_order(b, scratch, r, &way[0]);
    uint64_t cut;
    if (n == 2 && r->n_sites <= LOOK_AHEAD)
        cut = follow_both(b, r, way);
    else
        cut = follow(b, r, &way[n == 2 && is_thinner(&way[1].halves, &way[0].halves)]);
    arena_scratch_end(scratch);
    return cut;
}

void bisect_place(struct arena *arena, const struct hyper *hyper, const uint32_t *sites,
                  uint32_t n_sites, uint32_t grid_w, uint32_t per_site,
                  const struct observer *observer, uint32_t *site_of)
{
    struct arena *scratch = arena_scratch(arena);
    struct bisection b = {.arena = scratch,
                          .hyper = hyper,
                          .grid_w = grid_w,
                          .per_site = per_site,
                          .observer = observer,
                          .site_of = site_of};
    const struct region board = {ARENA_ARRAY(scratch, uint32_t, hyper->n), hyper->n,
                                 ARENA_ARRAY(scratch, uint32_t, n_sites), n_sites};
    b.number = ARENA_ARRAY(scratch, uint32_t, hyper->n);
    b.at_x = ARENA_ARRAY(scratch, uint32_t, hyper->n);
    b.at_y = ARENA_ARRAY(scratch, uint32_t, hyper->n);
    memset(b.number, 0xFF, hyper->n * sizeof *b.number);
    memcpy(board.sites, sites, n_sites * sizeof *sites);
    hyper_graph(scratch, hyper, &b.graph);
    for (uint32_t v = 0; v < hyper->n; v++)
        board.list[v] = v;
    place(&b, &board);
    uint32_t last = 0;
    for (uint32_t i = 0; i < n_sites; i++)
        last = sites[i] > last ? sites[i] : last;
    bisect_mirror(scratch, &b.graph, &b.boxes, grid_w, last + 1, observer, site_of);
    arena_scratch_end(scratch);
}
