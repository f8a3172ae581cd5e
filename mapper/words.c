#include "mapper/words.h"

#include <stdlib.h>
#include <string.h>

struct writer {
    struct arena *arena;
    const struct net *net;
    const struct sharing *sharing;
    const uint8_t *carried;
    struct mapping *mapping;
    struct row_words *rows;
    struct row_word_vec row;
    uint32_t neurons_per_core, cores_per_chip;
    uint32_t *own_mask, *group_mask; /* cores of the chip that hear a source's own tag, a group's */
    uint32_t *own_item, *group_item; /* item, NET_NONE: none */
    struct tag_item *items;
    uint32_t n_items;
};

/* --- items --- */

static void find_masks(struct writer *w)
{
    for (uint32_t n = 0; n < w->net->n_neurons; n++) {
        uint32_t core = w->mapping->site_of[n] / w->neurons_per_core % w->cores_per_chip;
        row_words_read(w->rows, n, w->carried, &w->row);
        for (uint32_t i = 0; i < w->row.n; i++) {
            const struct row_word *word = &w->row.at[i];
            (word->shared ? w->group_mask : w->own_mask)[word->sender] |= 1u << core;
        }
    }
}

static uint32_t add_item(struct writer *w, uint32_t mask)
{
    w->items[w->n_items] = (struct tag_item){mask, 0};
    return w->n_items++;
}

/* Groups in the order of their lowest member: lists linked by next. */
static uint32_t *groups_by_lowest(struct writer *w, uint32_t **next)
{
    uint32_t *head = ARENA_ARRAY(w->arena, uint32_t, net_n_sources(w->net));
    *next = ARENA_ARRAY(w->arena, uint32_t, w->sharing->groups.n);
    memset(head, 0xFF, net_n_sources(w->net) * sizeof *head);
    for (uint32_t g = w->sharing->groups.n; g-- > 0;) {
        uint32_t lowest = w->sharing->members.at[w->sharing->groups.at[g].first_member];
        (*next)[g] = head[lowest];
        head[lowest] = g;
    }
    return head;
}

/* In the order in which tags are numbered: by lowest sender; its own tag before those it shares. */
static void list_items(struct writer *w)
{
    uint32_t n_sources = net_n_sources(w->net), *next, *head = groups_by_lowest(w, &next);
    w->items = ARENA_ARRAY(w->arena, struct tag_item, (size_t)n_sources + w->sharing->groups.n);
    for (uint32_t s = 0; s < n_sources; s++) {
        w->own_item[s] = w->own_mask[s] ? add_item(w, w->own_mask[s]) : NET_NONE;
        for (uint32_t g = head[s]; g != NET_NONE; g = next[g])
            w->group_item[g] = w->group_mask[g] ? add_item(w, w->group_mask[g]) : NET_NONE;
    }
}

static void count_tags(struct writer *w)
{
    w->mapping->tags_on_core = ARENA_ARRAY(w->arena, uint32_t, w->mapping->n_cores);
    for (uint32_t i = 0; i < w->n_items; i++)
        for (uint32_t c = 0; c < w->cores_per_chip; c++)
            w->mapping->tags_on_core[c] += w->items[i].mask >> c & 1;
}

/* --- routes --- */

static int by_route(const void *x, const void *y)
{
    const struct route *a = x, *b = y;
    if (a->chip != b->chip)
        return a->chip < b->chip ? -1 : 1;
    return a->tag < b->tag ? -1 : a->tag > b->tag;
}

static void add_route(struct writer *w, uint64_t *fill, uint32_t source, uint32_t item)
{
    if (item == NET_NONE)
        return;
    struct route *route = w->mapping->routes ? &w->mapping->routes[fill[source]] : NULL;
    if (route)
        *route = (struct route){0, (uint8_t)w->items[item].mask, (uint16_t)w->items[item].number};
    fill[source]++;
}

static void add_routes(struct writer *w, uint64_t *fill)
{
    for (uint32_t s = 0; s < net_n_sources(w->net); s++)
        add_route(w, fill, s, w->own_item[s]);
    for (uint32_t g = 0; g < w->sharing->groups.n; g++) {
        const struct share_group *group = &w->sharing->groups.at[g];
        for (uint32_t i = 0; i < group->n_members; i++)
            add_route(w, fill, w->sharing->members.at[group->first_member + i], w->group_item[g]);
    }
}

/* Sorts the routes of every source. Where two of them got one tag, for cores that differ, one word
 * with both cores does the same and leaves the other word free. */
static void merge_routes(struct mapping *mapping, uint32_t n_sources)
{
    uint64_t next = 0, first = 0;
    for (uint32_t s = 0; s < n_sources; s++) {
        uint64_t end = mapping->first_route[s + 1], start = next;
        if (end - first > 1)
            qsort(&mapping->routes[first], end - first, sizeof mapping->routes[0], by_route);
        for (uint64_t r = first; r < end; r++) {
            struct route *route = &mapping->routes[r];
            struct route *last = next > start ? &mapping->routes[next - 1] : NULL;
            if (last && last->chip == route->chip && last->tag == route->tag)
                last->cores |= route->cores;
            else
                mapping->routes[next++] = *route;
        }
        mapping->first_route[s] = start;
        first = end;
    }
    mapping->first_route[n_sources] = next;
}

static void write_routes(struct writer *w)
{
    struct mapping *mapping = w->mapping;
    uint32_t n = net_n_sources(w->net);
    uint64_t *fill = ARENA_ARRAY(w->arena, uint64_t, n), total = 0;
    mapping->routes = NULL;
    mapping->first_route = ARENA_ARRAY(w->arena, uint64_t, (size_t)n + 1);
    add_routes(w, fill); /* counts */
    for (uint32_t s = 0; s < n; s++) {
        mapping->first_route[s] = total;
        total += fill[s];
        fill[s] = mapping->first_route[s];
    }
    mapping->first_route[n] = total;
    mapping->routes = ARENA_ARRAY(w->arena, struct route, total);
    add_routes(w, fill);
    merge_routes(mapping, n);
}

/* --- words --- */

static int by_word(const void *x, const void *y)
{
    const struct map_word *a = x, *b = y;
    if (a->tag != b->tag)
        return a->tag < b->tag ? -1 : 1;
    if (a->attr != b->attr)
        return a->attr < b->attr ? -1 : 1;
    return a->term < b->term ? -1 : a->term > b->term;
}

static uint64_t total_words(const struct writer *w)
{
    uint64_t total = 0;
    for (uint32_t n = 0; n < w->net->n_neurons; n++) {
        total += w->sharing->unshared[n];
        for (uint64_t i = w->sharing->first_class_words[n];
             i < w->sharing->first_class_words[n + 1]; i++) {
            const struct class_words *own = &w->sharing->class_words.at[i];
            const struct share_class *class = &w->sharing->classes.at[own->class];
            if (w->carried[class->group])
                total -= (uint64_t)(class->n_members - 1) * own->words;
        }
    }
    return total;
}

static void write_neuron_words(struct writer *w, uint32_t neuron, uint64_t *next)
{
    struct mapping *mapping = w->mapping;
    uint64_t first = *next;
    row_words_read(w->rows, neuron, w->carried, &w->row);
    for (uint32_t i = 0; i < w->row.n; i++) {
        const struct row_word *word = &w->row.at[i];
        uint32_t item = (word->shared ? w->group_item : w->own_item)[word->sender];
        mapping->words[(*next)++] =
            (struct map_word){(uint16_t)w->items[item].number, word->attr, word->term};
        mapping->term_words[word->term]++;
    }
    if (*next - first > 1)
        qsort(&mapping->words[first], *next - first, sizeof mapping->words[0], by_word);
}

static void write_all_words(struct writer *w)
{
    struct mapping *mapping = w->mapping;
    uint64_t next = 0;
    mapping->first_word = ARENA_ARRAY(w->arena, uint64_t, (size_t)w->net->n_neurons + 1);
    mapping->words = ARENA_ARRAY(w->arena, struct map_word, total_words(w));
    mapping->term_words = ARENA_ARRAY(w->arena, uint64_t, w->net->terms.n);
    for (uint32_t n = 0; n < w->net->n_neurons; n++) {
        mapping->first_word[n] = next;
        write_neuron_words(w, n, &next);
    }
    mapping->first_word[w->net->n_neurons] = next;
}

void write_words(struct arena *arena, const struct net *net, const struct device *device,
                 const struct sharing *sharing, const uint8_t *carried,
                 const struct ilp_options *options, struct mapping *mapping,
                 struct tags_result *result)
{
    struct writer w = {.arena = arena,
                       .net = net,
                       .sharing = sharing,
                       .carried = carried,
                       .mapping = mapping,
                       .neurons_per_core = device->neurons_per_core,
                       .cores_per_chip = device->cores_per_chip};
    w.rows = row_words_new(arena, net, sharing);
    w.own_mask = ARENA_ARRAY(arena, uint32_t, net_n_sources(net));
    w.own_item = ARENA_ARRAY(arena, uint32_t, net_n_sources(net));
    w.group_mask = ARENA_ARRAY(arena, uint32_t, sharing->groups.n);
    w.group_item = ARENA_ARRAY(arena, uint32_t, sharing->groups.n);
    find_masks(&w);
    list_items(&w);
    count_tags(&w);
    number_tags(arena, w.items, w.n_items, device->cores_per_chip, device->tags, options, result);
    if (result->status != TAGS_FIT)
        return;
    write_routes(&w);
    write_all_words(&w);
}

/* --- who shares --- */

struct sharer { /* tables of one population: rows are its terms */
    uint32_t first_term, n_terms;
    uint32_t *first_source; /* [term][class]: a source seen, NET_NONE: none yet */
    uint8_t *several;       /* [term][class]: a second source was seen */
    uint32_t first_class, n_classes;
    struct edge_vec row;
};

static uint32_t local_term(const struct net *net, const struct sharer *s, uint32_t term)
{
    uint32_t t = 0;
    while (net->terms_of[s->first_term + t] != term)
        t++;
    return t;
}

static bool is_shared(const struct net *net, const struct sharing *sharing, const uint8_t *carried,
                      const struct stamped *class_of, const struct edge *edge)
{
    if (!net->attrs.at[edge->attr].share || !stamped_has(class_of, edge->source))
        return false;
    return carried[sharing->classes.at[class_of->value[edge->source]].group];
}

static void see_edge(const struct net *net, struct sharer *s, const struct edge *edge,
                     uint32_t class)
{
    size_t at = (size_t)local_term(net, s, edge->term) * s->n_classes + (class - s->first_class);
    if (s->first_source[at] == NET_NONE)
        s->first_source[at] = edge->source;
    else if (s->first_source[at] != edge->source)
        s->several[at] = 1;
}

static void classes_of_population(const struct sharing *sharing, uint32_t population,
                                  struct sharer *s)
{
    s->first_class = s->n_classes = 0;
    while (s->first_class < sharing->classes.n
           && sharing->classes.at[s->first_class].population < population)
        s->first_class++;
    while (s->first_class + s->n_classes < sharing->classes.n
           && sharing->classes.at[s->first_class + s->n_classes].population == population)
        s->n_classes++;
}

static void start_population(struct arena *arena, const struct net *net, uint32_t population,
                             struct sharer *s)
{
    s->first_term = net->first_term_of[population];
    s->n_terms = net->first_term_of[population + 1] - s->first_term;
    size_t cells = (size_t)s->n_terms * s->n_classes;
    s->first_source = ARENA_ARRAY(arena, uint32_t, cells);
    s->several = ARENA_ARRAY(arena, uint8_t, cells);
    memset(s->first_source, 0xFF, cells * sizeof *s->first_source);
}

/* Sources per term: every one is counted at the first neuron where it has an edge of the term. */
static void count_sources(struct arena *arena, const struct net *net, const struct sharing *sharing,
                          const struct sharer *s, const struct stamped *class_of,
                          const uint8_t *carried, const struct population *population,
                          uint32_t *sources)
{
    uint32_t n_sources = net_n_sources(net);
    uint8_t *seen = ARENA_ARRAY(arena, uint8_t, ((size_t)s->n_terms * n_sources + 7) / 8);
    struct edge_vec row = {NULL, 0, 0};
    for (uint32_t n = population->first; n < population->first + population->size; n++) {
        row_read(arena, net, n, &row);
        for (uint32_t e = 0; e < row.n; e++) {
            if (!is_shared(net, sharing, carried, class_of, &row.at[e]))
                continue;
            size_t term = local_term(net, s, row.at[e].term);
            size_t bit = term * n_sources + row.at[e].source;
            uint32_t class = class_of->value[row.at[e].source] - s->first_class;
            if (!s->several[term * s->n_classes + class] || seen[bit / 8] >> bit % 8 & 1)
                continue;
            seen[bit / 8] = (uint8_t)(seen[bit / 8] | 1u << bit % 8);
            sources[row.at[e].term]++;
        }
    }
}

uint32_t *count_sharing_sources(struct arena *arena, const struct net *net,
                                const struct sharing *sharing, const uint8_t *carried,
                                uint32_t *shared_tags)
{
    uint32_t *sources = ARENA_ARRAY(arena, uint32_t, net->terms.n);
    struct stamped class_of;
    struct sharer s = {0};
    stamped_init(&class_of, arena, net_n_sources(net));
    for (uint32_t p = 0; p < net->populations.n; p++) {
        const struct population *population = &net->populations.at[p];
        classes_of_population(sharing, p, &s);
        if (s.n_classes == 0)
            continue;
        start_population(arena, net, p, &s);
        sharing_classes_into(sharing, p, &class_of);
        for (uint32_t n = population->first; n < population->first + population->size; n++) {
            row_read(arena, net, n, &s.row);
            for (uint32_t e = 0; e < s.row.n; e++)
                if (is_shared(net, sharing, carried, &class_of, &s.row.at[e]))
                    see_edge(net, &s, &s.row.at[e], class_of.value[s.row.at[e].source]);
        }
        for (uint32_t t = 0; t < s.n_terms; t++)
            for (uint32_t c = 0; c < s.n_classes; c++)
                shared_tags[net->terms_of[s.first_term + t]] +=
                    s.several[(size_t)t * s.n_classes + c];
        count_sources(arena, net, sharing, &s, &class_of, carried, population, sources);
    }
    return sources;
}
