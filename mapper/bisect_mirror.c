/* Halving says which vertices stand on one chip, and which chips belong to one part of the board,
 * but not which way round a part lies before its neighbours are there. Parts are mirrored, large
 * ones first, and sites exchanged, as long as that brings together what is tied. */
#include "mapper/bisect.h"
#include "mapper/board.h"

#include <string.h>

enum { MIRROR_ROUNDS = 20 };

struct mirror {
    struct arena *arena;
    uint32_t grid_w, n_sites; /* of the board, in use or not */
    uint32_t *first, *to;     /* per group of vertices on one site: its ties to others */
    uint64_t *weight;
    uint32_t n;         /* groups */
    uint32_t *site;     /* per group */
    uint32_t *group_at; /* per site; NET_NONE: none */
    uint32_t *moved_to; /* per group, while it is tried */
    const struct observer *observer;
    uint64_t heard, work; /* ties looked at */
    bool ended;           /* by the observer */
};

static uint64_t distance(const struct mirror *m, uint32_t a, uint32_t b)
{
    uint64_t x = board_distance(a % m->grid_w, b % m->grid_w);
    uint64_t y = board_distance(a / m->grid_w, b / m->grid_w);
    return x * (x + 1) + y * (y + 1); /* far ones count more: packets reach so many chips only */
}

/* --- ties between sites ---
 */

static void count_ties(struct mirror *m, const struct graph *graph, const uint32_t *site_of)
{
    struct arena *scratch = arena_scratch(m->arena);
    uint32_t *group = ARENA_ARRAY(scratch, uint32_t, graph->n);
    struct graph coarse;
    m->group_at = ARENA_ARRAY(m->arena, uint32_t, m->n_sites);
    m->site = ARENA_ARRAY(m->arena, uint32_t, m->n_sites);
    memset(m->group_at, 0xFF, m->n_sites * sizeof *m->group_at);
    for (uint32_t v = 0; v < graph->n; v++) {
        if (m->group_at[site_of[v]] == NET_NONE) {
            m->site[m->n] = site_of[v];
            m->group_at[site_of[v]] = m->n++;
        }
        group[v] = m->group_at[site_of[v]];
    }
    graph_contract(scratch, graph, group, m->n, &coarse);
    m->first = ARENA_ARRAY(m->arena, uint32_t, (size_t)m->n + 1);
    m->to = ARENA_ARRAY(m->arena, uint32_t, coarse.first[m->n]);
    m->weight = ARENA_ARRAY(m->arena, uint64_t, coarse.first[m->n]);
    m->moved_to = ARENA_ARRAY(m->arena, uint32_t, m->n);
    memset(m->moved_to, 0xFF, m->n * sizeof *m->moved_to);
    for (uint32_t g = 0; g < m->n; g++) {
        m->first[g + 1] = (uint32_t)coarse.first[g + 1];
        for (uint32_t e = m->first[g]; e < m->first[g + 1]; e++) {
            m->to[e] = coarse.to[e];
            m->weight[e] = coarse.weight[e];
        }
    }
    arena_scratch_end(scratch);
}

/* --- changes ---
 */

static uint32_t new_site(const struct mirror *m, uint32_t group)
{
    return m->moved_to[group] != NET_NONE ? m->moved_to[group] : m->site[group];
}

static bool goes_on(struct mirror *m)
{
    if (m->work - m->heard < OBSERVER_STRIDE || m->ended)
        return !m->ended;
    m->heard = m->work;
    m->ended = !observer_lets(m->observer, "chips", -1, -1, m->work);
    return !m->ended;
}

/* What the moves of the groups at some sites save; what is tied inside counts twice on both sides,
 * or, where distances inside stay, not at all. */
static int64_t saved_by(const struct mirror *m, const uint32_t *groups, uint32_t n)
{
    int64_t saved = 0;
    for (uint32_t i = 0; i < n; i++)
        for (uint32_t e = m->first[groups[i]]; e < m->first[groups[i] + 1]; e++) {
            uint32_t other = m->to[e];
            if (m->moved_to[other] != NET_NONE && other < groups[i])
                continue; /* counted from there */
            saved += (int64_t)m->weight[e]
                     * ((int64_t)distance(m, m->site[groups[i]], m->site[other])
                        - (int64_t)distance(m, new_site(m, groups[i]), new_site(m, other)));
        }
    return saved;
}

/* Makes the moves that are noted if they save anything, and forgets them. */
static bool decide(struct mirror *m, const uint32_t *groups, uint32_t n)
{
    bool better = saved_by(m, groups, n) > 0;
    for (uint32_t i = 0; i < n; i++)
        m->work += m->first[groups[i] + 1] - m->first[groups[i]] + 1;
    for (uint32_t i = 0; i < n && better; i++)
        m->group_at[m->site[groups[i]]] = NET_NONE;
    for (uint32_t i = 0; i < n; i++) {
        if (better) {
            m->site[groups[i]] = m->moved_to[groups[i]];
            m->group_at[m->site[groups[i]]] = groups[i];
        }
        m->moved_to[groups[i]] = NET_NONE;
    }
    return better;
}

enum turn { MIRROR_X, MIRROR_Y, HALF_TURN, TRANSPOSE, N_TURNS };

static bool turn_box(struct mirror *m, const struct box *box, enum turn turn, uint32_t *groups)
{
    uint32_t n = 0;
    if (turn == TRANSPOSE && box->x1 - box->x0 != box->y1 - box->y0)
        return false;
    for (uint32_t y = box->y0; y <= box->y1; y++)
        for (uint32_t x = box->x0; x <= box->x1; x++) {
            uint32_t group = m->group_at[y * m->grid_w + x], to_x = x, to_y = y;
            if (group == NET_NONE)
                continue;
            if (turn == TRANSPOSE) {
                to_x = box->x0 + (y - box->y0);
                to_y = box->y0 + (x - box->x0);
            }
            if (turn == MIRROR_X || turn == HALF_TURN)
                to_x = box->x0 + box->x1 - x;
            if (turn == MIRROR_Y || turn == HALF_TURN)
                to_y = box->y0 + box->y1 - y;
            groups[n++] = group;
            m->moved_to[group] = to_y * m->grid_w + to_x;
        }
    return decide(m, groups, n);
}

static bool turn_all(struct mirror *m, const struct box_vec *boxes, uint32_t *groups)
{
    bool any = false;
    for (uint32_t i = 0; i < boxes->n && goes_on(m); i++)
        for (enum turn turn = MIRROR_X; turn < N_TURNS; turn++)
            any = turn_box(m, &boxes->at[i], turn, groups) || any;
    return any;
}

static bool exchange_all(struct mirror *m)
{
    bool any = false;
    for (uint32_t a = 0; a < m->n; a++)
        for (uint32_t b = 0; b < a && goes_on(m); b++) {
            const uint32_t both[2] = {a, b};
            m->moved_to[a] = m->site[b];
            m->moved_to[b] = m->site[a];
            any = decide(m, both, 2) || any;
        }
    return any;
}

void bisect_mirror(struct arena *arena, const struct graph *graph, const struct box_vec *boxes,
                   uint32_t grid_w, uint32_t n_sites, const struct observer *observer,
                   uint32_t *site_of)
{
    struct arena *scratch = arena_scratch(arena);
    struct mirror m = {
        .arena = scratch, .grid_w = grid_w, .n_sites = n_sites, .observer = observer};
    uint32_t *groups = ARENA_ARRAY(scratch, uint32_t, n_sites);
    uint32_t *group_of = ARENA_ARRAY(scratch, uint32_t, graph->n);
    count_ties(&m, graph, site_of);
    for (uint32_t v = 0; v < graph->n; v++)
        group_of[v] = m.group_at[site_of[v]];
    for (uint32_t i = 0; i < MIRROR_ROUNDS && !m.ended; i++) {
        bool turned = turn_all(&m, boxes, groups);
        if (!exchange_all(&m) && !turned)
            break;
    }
    for (uint32_t v = 0; v < graph->n; v++)
        site_of[v] = m.site[group_of[v]];
    arena_scratch_end(scratch);
}
