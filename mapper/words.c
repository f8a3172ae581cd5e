#include "mapper/words.h"

#include <stdlib.h>
#include <string.h>

enum {
    BLOCKS_PER_WORD = 8 * sizeof(uint64_t)
}; /* blocks of tags that a chip could tell apart are fewer */

struct sent { /* a route of one source */
    uint32_t source;
    struct route route;
};
struct sent_vec VEC_OF(struct sent);
struct writer {
    struct arena *arena;
    const struct net *net;
    const struct sharing *sharing;
    const uint8_t *carried; /* [chip][group] */
    struct mapping *mapping;
    const struct cells *cells;
    struct row_words *rows;
    struct row_word_vec row;
    uint32_t neurons_per_core, cores_per_chip;
    uint32_t *own_mask, *group_mask; /* cores of a chip that hear a source's own tag, a group's */
    uint32_t *own_item, *group_item; /* item, NET_NONE: none */
    uint32_t *fixed_tag;             /* per input unit: of a biosignal front end */
    uint32_t *lowest, *next_lowest;  /* groups by their lowest member: lists */
    struct tag_item *items;
    uint32_t n_items;
    struct sent_vec sent;
};

static const uint8_t *carried_on(const struct writer *w, uint32_t chip)
{
    return w->carried + (size_t)chip * w->sharing->groups.n;
}

static uint32_t chip_sites(const struct writer *w)
{
    return w->cores_per_chip * w->neurons_per_core;
}

/* --- items of one chip --- */

static void find_masks(struct writer *w, uint32_t chip)
{
    memset(w->own_mask, 0, net_n_sources(w->net) * sizeof *w->own_mask);
    memset(w->group_mask, 0, w->sharing->groups.n * sizeof *w->group_mask);
    for (uint32_t i = 0; i < chip_sites(w); i++) {
        uint32_t n = w->mapping->neuron_at[chip * chip_sites(w) + i];
        if (n == NET_NONE)
            continue;
        row_words_read(w->rows, n, carried_on(w, chip), &w->row);
        for (uint32_t k = 0; k < w->row.n; k++) {
            const struct row_word *word = &w->row.at[k];
            (word->shared ? w->group_mask : w->own_mask)[word->sender] |=
                1u << (i / w->neurons_per_core);
        }
    }
}

/* A biosignal front end sends all its tags to every core that hears one of them: the lowest block
 * that no other one sends to these cores. `taken`: [core]: bit per block. */
static void take_block(struct writer *w, const struct input *input, uint64_t *taken)
{
    uint32_t first = w->net->n_neurons + input->first, mask = 0, block = 0;
    uint64_t busy = 0;
    for (uint32_t u = 0; u < input->size; u++)
        mask |= w->own_mask[first + u];
    for (uint32_t c = 0; c < w->cores_per_chip; c++)
        busy |= mask >> c & 1 ? taken[c] : 0;
    while (block + 1 < BLOCKS_PER_WORD && busy >> block & 1)
        block++;
    for (uint32_t c = 0; c < w->cores_per_chip; c++)
        taken[c] |= mask >> c & 1 ? UINT64_C(1) << block : 0;
    for (uint32_t u = 0; u < input->size; u++) {
        w->own_mask[first + u] = mask;
        w->fixed_tag[input->first + u] = block * input->size + u;
    }
}

/* Blocks of tags of which a core cannot be sent all. */
static uint64_t *spoiled_blocks(const struct writer *w, uint32_t chip)
{
    const struct defects *d = w->cells->defects;
    const uint32_t size = device_bioamp_tags(w->cells->device);
    uint64_t *spoiled = ARENA_ARRAY(w->arena, uint64_t, w->cores_per_chip);
    for (uint32_t c = 0; c < w->cores_per_chip && d; c++)
        for (uint32_t t = 0; t < d->tags && t / size < BLOCKS_PER_WORD; t++)
            if (!defects_tag_good(d, chip * w->cores_per_chip + c, t))
                spoiled[c] |= UINT64_C(1) << t / size;
    return spoiled;
}

static void take_blocks(struct writer *w, uint32_t chip)
{
    uint64_t *taken = spoiled_blocks(w, chip);
    for (uint32_t i = 0; i < w->net->inputs.n; i++)
        if (w->net->inputs.at[i].kind == INPUT_BIOAMP)
            take_block(w, &w->net->inputs.at[i], taken);
}

static bool has_fixed_tag(const struct writer *w, uint32_t source)
{
    return source >= w->net->n_neurons
           && w->net->inputs.at[net_input_of(w->net, source)].kind == INPUT_BIOAMP;
}

static uint32_t add_item(struct writer *w, uint32_t mask)
{
    w->items[w->n_items] = (struct tag_item){.mask = mask};
    return w->n_items++;
}

static void list_groups(struct writer *w)
{
    w->lowest = ARENA_ARRAY(w->arena, uint32_t, net_n_sources(w->net));
    w->next_lowest = ARENA_ARRAY(w->arena, uint32_t, w->sharing->groups.n);
    memset(w->lowest, 0xFF, net_n_sources(w->net) * sizeof *w->lowest);
    for (uint32_t g = w->sharing->groups.n; g-- > 0;) {
        uint32_t lowest = w->sharing->members.at[w->sharing->groups.at[g].first_member];
        w->next_lowest[g] = w->lowest[lowest];
        w->lowest[lowest] = g;
    }
}

/* In the order in which tags are numbered: by lowest sender; its own tag before those it shares.
 * Those of biosignal front ends are given. */
static void list_items(struct writer *w)
{
    w->n_items = 0;
    for (uint32_t s = 0; s < net_n_sources(w->net); s++) {
        w->own_item[s] = w->own_mask[s] ? add_item(w, w->own_mask[s]) : NET_NONE;
        if (w->own_item[s] != NET_NONE && has_fixed_tag(w, s)) {
            w->items[w->own_item[s]].fixed = true;
            w->items[w->own_item[s]].number = w->fixed_tag[s - w->net->n_neurons];
        }
        for (uint32_t g = w->lowest[s]; g != NET_NONE; g = w->next_lowest[g])
            w->group_item[g] = w->group_mask[g] ? add_item(w, w->group_mask[g]) : NET_NONE;
    }
}

static void count_tags(struct writer *w, uint32_t chip)
{
    for (uint32_t i = 0; i < w->n_items; i++)
        for (uint32_t c = 0; c < w->cores_per_chip; c++)
            w->mapping->tags_on_core[chip * w->cores_per_chip + c] += w->items[i].mask >> c & 1;
}

/* --- routes --- */

static void send(struct writer *w, uint32_t source, uint32_t chip, uint32_t item)
{
    if (item == NET_NONE)
        return;
    const struct route route = {chip, (uint8_t)w->items[item].mask,
                                (uint16_t)w->items[item].number};
    VEC_PUSH(w->arena, &w->sent, (struct sent){source, route});
}

static void send_items(struct writer *w, uint32_t chip)
{
    for (uint32_t s = 0; s < net_n_sources(w->net); s++)
        send(w, s, chip, w->own_item[s]);
    for (uint32_t g = 0; g < w->sharing->groups.n; g++) {
        const struct share_group *group = &w->sharing->groups.at[g];
        for (uint32_t i = 0; i < group->n_members && w->group_item[g] != NET_NONE; i++)
            send(w, w->sharing->members.at[group->first_member + i], chip, w->group_item[g]);
    }
}

static int by_route(const void *x, const void *y)
{
    const struct route *a = x, *b = y;
    if (a->chip != b->chip)
        return a->chip < b->chip ? -1 : 1;
    return a->tag < b->tag ? -1 : a->tag > b->tag;
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
    uint64_t *fill = ARENA_ARRAY(w->arena, uint64_t, (size_t)n + 2);
    for (uint32_t i = 0; i < w->sent.n; i++)
        fill[w->sent.at[i].source + 2]++;
    for (uint32_t s = 0; s < n; s++)
        fill[s + 2] += fill[s + 1];
    mapping->routes = ARENA_ARRAY(w->arena, struct route, w->sent.n);
    for (uint32_t i = 0; i < w->sent.n; i++)
        mapping->routes[fill[w->sent.at[i].source + 1]++] = w->sent.at[i].route;
    mapping->first_route = fill;
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

uint32_t words_of_neuron(const struct sharing *sharing, const uint8_t *carried_there,
                         uint32_t neuron)
{
    uint32_t words = sharing->unshared[neuron];
    for (uint64_t i = sharing->first_class_words[neuron];
         i < sharing->first_class_words[neuron + 1]; i++) {
        const struct class_words *own = &sharing->class_words.at[i];
        const struct share_class *class = &sharing->classes.at[own->class];
        if (carried_there[class->group])
            words -= (class->n_members - 1) * own->words;
    }
    return words;
}

static void make_room(struct writer *w)
{
    struct mapping *mapping = w->mapping;
    uint32_t n = w->net->n_neurons;
    mapping->first_word = ARENA_ARRAY(w->arena, uint64_t, (size_t)n + 1);
    for (uint32_t i = 0; i < n; i++)
        mapping->first_word[i + 1] =
            mapping->first_word[i]
            + words_of_neuron(w->sharing, carried_on(w, mapping->site_of[i] / chip_sites(w)), i);
    mapping->words = ARENA_ARRAY(w->arena, struct map_word, mapping->first_word[n]);
    mapping->cells = NULL;
    if (w->cells->defects)
        mapping->cells = ARENA_ARRAY(w->arena, uint16_t, mapping->first_word[n]);
    mapping->term_words = ARENA_ARRAY(w->arena, uint64_t, w->net->terms.n);
    mapping->tags_on_core = ARENA_ARRAY(w->arena, uint32_t, mapping->n_cores);
}

static uint32_t item_of(const struct writer *w, const struct row_word *word)
{
    return (word->shared ? w->group_item : w->own_item)[word->sender];
}

static void write_neuron_words(struct writer *w, uint32_t chip, uint32_t neuron)
{
    struct mapping *mapping = w->mapping;
    struct map_word *words = &mapping->words[mapping->first_word[neuron]];
    row_words_read(w->rows, neuron, carried_on(w, chip), &w->row);
    for (uint32_t i = 0; i < w->row.n; i++) {
        const struct row_word *word = &w->row.at[i];
        uint32_t item = item_of(w, word);
        words[i] = (struct map_word){(uint16_t)w->items[item].number, word->attr, word->term};
        mapping->term_words[word->term]++;
    }
    if (w->row.n > 1)
        qsort(words, w->row.n, sizeof words[0], by_word);
    if (!mapping->cells)
        return;
    uint32_t lower = 0;
    while (lower < w->row.n && device_tag_half(w->cells->device, words[lower].tag) == 0)
        lower++;
    cells_choose(w->cells, mapping->site_of[neuron], lower, w->row.n - lower,
                 &mapping->cells[mapping->first_word[neuron]]);
}

/* --- rules of a chip with defects --- */

/* Calls for every word on the chip: counts uses per item, or stores them. */
static void collect_uses(struct writer *w, uint32_t chip, struct tag_rules *rules, uint32_t *n_uses)
{
    for (uint32_t site = 0; site < chip_sites(w); site++) {
        uint32_t n = w->mapping->neuron_at[chip * chip_sites(w) + site];
        if (n == NET_NONE)
            continue;
        row_words_read(w->rows, n, carried_on(w, chip), &w->row);
        for (uint32_t k = 0; k < w->row.n; k++) {
            uint32_t item = item_of(w, &w->row.at[k]);
            struct tag_use *next = rules->uses ? &rules->uses[n_uses[item]] : NULL;
            if (next && n_uses[item] > rules->first_use[item] && next[-1].neuron == site) {
                next[-1].words++;
                continue;
            }
            if (next)
                *next = (struct tag_use){site, 1};
            n_uses[item]++;
        }
    }
}

/* Room is kept for a use per word; what an item does not need stays empty: no words. */
static void list_uses(struct writer *w, uint32_t chip, struct tag_rules *rules)
{
    uint32_t *fill = ARENA_ARRAY(w->arena, uint32_t, (size_t)w->n_items + 1), total = 0;
    rules->first_use = ARENA_ARRAY(w->arena, uint32_t, (size_t)w->n_items + 1);
    collect_uses(w, chip, rules, fill);
    for (uint32_t i = 0; i <= w->n_items; i++) {
        uint32_t n = fill[i];
        rules->first_use[i] = fill[i] = total;
        total += n;
    }
    struct tag_use *uses = ARENA_ARRAY(w->arena, struct tag_use, total);
    rules->uses = uses;
    collect_uses(w, chip, rules, fill);
}

static void number_around(struct writer *w, const struct words_input *in, uint32_t chip,
                          struct tags_result *result)
{
    uint32_t tags = in->device->tags;
    size_t first = (size_t)chip * chip_sites(w), core = (size_t)chip * w->cores_per_chip;
    struct tag_rules rules = {.bad = w->cells->defects->bad_tag + core * tags,
                              .halves = in->plans[chip].halves,
                              .ask_model = in->plans[chip].ask_model,
                              .n_neurons = chip_sites(w)};
    rules.room = arena_alloc(w->arena, rules.n_neurons, sizeof *rules.room);
    for (uint32_t site = 0; site < rules.n_neurons; site++)
        for (uint32_t half = 0; half < DEVICE_TAG_HALVES; half++)
            rules.room[site][half] = cells_of_half(w->cells, first + site, half);
    list_uses(w, chip, &rules);
    number_tags_around(w->arena, w->items, w->n_items, w->cores_per_chip, tags, &rules, in->ilp,
                       result);
}

/* One chip: chips are independent, since every SRAM word names one. */
static void write_chip(struct writer *w, const struct words_input *in, uint32_t chip,
                       struct tags_result *result)
{
    find_masks(w, chip);
    take_blocks(w, chip);
    list_items(w);
    count_tags(w, chip);
    if (w->cells->defects)
        number_around(w, in, chip, result);
    else
        number_tags(w->arena, w->items, w->n_items, w->cores_per_chip, in->device->tags, in->ilp,
                    result);
    result->chip = chip;
    if (result->status != TAGS_FIT)
        return;
    send_items(w, chip);
    for (uint32_t i = 0; i < chip_sites(w); i++) {
        uint32_t neuron = w->mapping->neuron_at[chip * chip_sites(w) + i];
        if (neuron != NET_NONE)
            write_neuron_words(w, chip, neuron);
    }
}

void write_words(struct arena *arena, const struct words_input *in, struct mapping *mapping,
                 struct tags_result *result)
{
    const struct net *net = in->net;
    const struct device *device = in->device;
    const struct sharing *sharing = in->sharing;
    struct writer w = {.arena = arena,
                       .net = net,
                       .sharing = sharing,
                       .carried = in->carried,
                       .mapping = mapping,
                       .cells = in->cells,
                       .neurons_per_core = device->neurons_per_core,
                       .cores_per_chip = device->cores_per_chip};
    w.rows = row_words_new(arena, net, sharing);
    w.own_mask = ARENA_ARRAY(arena, uint32_t, net_n_sources(net));
    w.own_item = ARENA_ARRAY(arena, uint32_t, net_n_sources(net));
    w.fixed_tag = ARENA_ARRAY(arena, uint32_t, net->n_inputs);
    w.group_mask = ARENA_ARRAY(arena, uint32_t, sharing->groups.n);
    w.group_item = ARENA_ARRAY(arena, uint32_t, sharing->groups.n);
    w.items = ARENA_ARRAY(arena, struct tag_item, (size_t)net_n_sources(net) + sharing->groups.n);
    list_groups(&w);
    make_room(&w);
    *result = (struct tags_result){TAGS_FIT, 0, 0, 0};
    for (uint32_t chip = 0; chip < net->chips; chip++) {
        write_chip(&w, in, chip, result);
        if (result->status != TAGS_FIT)
            return;
    }
    write_routes(&w);
}

/* --- who shares --- */

struct sharer { /* tables of one population and one chip: rows are its terms */
    uint32_t first_term, n_terms;
    uint32_t *first_source; /* [term][class]: a source seen, NET_NONE: none yet */
    uint8_t *several;       /* [term][class]: a second source was seen */
    uint8_t *counted;       /* bit [term][source]: on this chip or an earlier one */
    uint32_t first_class, n_classes;
    uint32_t chip, chip_sites;
    const uint8_t *carried; /* per group, on this chip */
    const uint32_t *site_of;
    struct stamped class_of;
    struct edge_vec row;
};

static uint32_t local_term(const struct net *net, const struct sharer *s, uint32_t term)
{
    uint32_t t = 0;
    while (net->terms_of[s->first_term + t] != term)
        t++;
    return t;
}

static bool is_shared(const struct net *net, const struct sharing *sharing, const struct sharer *s,
                      const struct edge *edge)
{
    if (!net->attrs.at[edge->attr].share || !stamped_has(&s->class_of, edge->source))
        return false;
    return s->carried[sharing->classes.at[s->class_of.value[edge->source]].group];
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
    s->counted = ARENA_ARRAY(arena, uint8_t, ((size_t)s->n_terms * net_n_sources(net) + 7) / 8);
}

/* Sources per term: every one is counted at the first neuron where it has an edge of the term. */
static void count_source(const struct net *net, struct sharer *s, const struct edge *edge,
                         uint32_t *sources)
{
    size_t term = local_term(net, s, edge->term);
    size_t bit = term * net_n_sources(net) + edge->source;
    uint32_t class = s->class_of.value[edge->source] - s->first_class;
    if (!s->several[term * s->n_classes + class] || s->counted[bit / 8] >> bit % 8 & 1)
        return;
    s->counted[bit / 8] = (uint8_t)(s->counted[bit / 8] | 1u << bit % 8);
    sources[edge->term]++;
}

/* First finds the tags that several sources share, then counts these sources. */
static void read_chip(struct arena *arena, const struct net *net, const struct sharing *sharing,
                      struct sharer *s, const struct population *population, uint32_t *sources)
{
    for (uint32_t n = population->first; n < population->first + population->size; n++) {
        if (s->site_of[n] / s->chip_sites != s->chip)
            continue;
        row_read(arena, net, n, &s->row);
        for (uint32_t e = 0; e < s->row.n; e++) {
            const struct edge *edge = &s->row.at[e];
            if (!is_shared(net, sharing, s, edge))
                continue;
            if (sources)
                count_source(net, s, edge, sources);
            else
                see_edge(net, s, edge, s->class_of.value[edge->source]);
        }
    }
}

static bool stands_on(const struct sharer *s, const struct population *population)
{
    for (uint32_t n = population->first; n < population->first + population->size; n++)
        if (s->site_of[n] / s->chip_sites == s->chip)
            return true;
    return false;
}

uint32_t *count_sharing_sources(struct arena *arena, const struct net *net,
                                const struct device *device, const struct sharing *sharing,
                                const uint8_t *carried, const struct mapping *mapping,
                                uint32_t *shared_tags)
{
    uint32_t *sources = ARENA_ARRAY(arena, uint32_t, net->terms.n);
    struct sharer s = {.site_of = mapping->site_of, .chip_sites = device_chip_neurons(device)};
    stamped_init(&s.class_of, arena, net_n_sources(net));
    for (uint32_t p = 0; p < net->populations.n; p++) {
        const struct population *population = &net->populations.at[p];
        classes_of_population(sharing, p, &s);
        if (s.n_classes == 0)
            continue;
        start_population(arena, net, p, &s);
        sharing_classes_into(sharing, p, &s.class_of);
        size_t cells = (size_t)s.n_terms * s.n_classes;
        for (s.chip = 0; s.chip < net->chips; s.chip++) {
            if (!stands_on(&s, population))
                continue;
            memset(s.first_source, 0xFF, cells * sizeof *s.first_source);
            memset(s.several, 0, cells);
            s.carried = carried + (size_t)s.chip * sharing->groups.n;
            read_chip(arena, net, sharing, &s, population, NULL);
            for (size_t i = 0; i < cells; i++)
                shared_tags[net->terms_of[s.first_term + i / s.n_classes]] += s.several[i];
            read_chip(arena, net, sharing, &s, population, sources);
        }
    }
    return sources;
}
