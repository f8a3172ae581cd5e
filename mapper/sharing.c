#include "mapper/sharing.h"

#include "compiler/base/rng.h"

#include <stdlib.h>
#include <string.h>

struct bundle { /* of one source into the population at hand */
    uint64_t hash;
    uint32_t source, class;
};
struct bundle_vec VEC_OF(struct bundle);

struct part_edge { /* an entry of a row whose source is in a class, edges of one attribute summed */
    uint32_t class, source, attr;
    uint64_t count;
};
struct part_edge_vec VEC_OF(struct part_edge);

struct candidate { /* a class in the making */
    uint32_t size;
    uint32_t row, first_edge, seen; /* in the row with this number */
};
struct candidate_vec VEC_OF(struct candidate);

/* State of the search in one population. Classes are numbered from 0 while it lasts. */
struct finder {
    struct arena *arena;
    const struct net *net;
    const struct sharing_options *options;
    struct sharing *out;
    uint32_t population, first, end; /* neurons */
    struct edge_vec row;
    struct bundle_vec
        bundles;              /* per source with an edge that may be shared, by source at the end */
    struct stamped bundle_of; /* source -> bundles */
    struct candidate_vec candidates;
    uint32_t row_number;
    struct stamped in_row; /* source */
    struct part_edge_vec parts;
    struct member_vec attr_key; /* attributes that differ only in `share` have one key */
    struct stamped words_of;    /* group of the row -> class_words */
};

/* A biosignal front end gives every unit a tag of its own. */
static bool has_fixed_tag(const struct net *net, uint32_t source)
{
    return source >= net->n_neurons
           && net->inputs.at[net_input_of(net, source)].kind == INPUT_BIOAMP;
}

/* The row as supposed. */
static void read_row(struct finder *f, uint32_t neuron)
{
    const uint32_t *most = f->options->most_repeat;
    uint32_t kept = 0;
    row_read(f->arena, f->net, neuron, &f->row);
    for (uint32_t e = 0; most && e < f->row.n; e++) {
        struct edge edge = f->row.at[e];
        edge.repeat = edge.repeat < most[edge.term] ? edge.repeat : most[edge.term];
        if (edge.repeat > 0)
            f->row.at[kept++] = edge;
    }
    f->row.n = most ? kept : f->row.n;
}

static bool may_share(const struct finder *f, const struct edge *edge)
{
    if (has_fixed_tag(f->net, edge->source)
        || (f->options->apart && f->options->apart[edge->source]))
        return false;
    return f->options->all_may_share || f->net->attrs.at[edge->attr].share;
}

/* --- attributes --- */

static bool same_request(const struct syn_attr *a, const struct syn_attr *b)
{
    return a->dendrite == b->dendrite && a->weight_kind == b->weight_kind && a->slots == b->slots
           && a->delay_kind == b->delay_kind && a->delay_class == b->delay_class && a->stp == b->stp
           && a->weight_za == b->weight_za && a->delay_ps == b->delay_ps;
}

static void key_attrs(struct finder *f)
{
    const struct attr_table *attrs = &f->net->attrs;
    for (uint32_t a = 0; a < attrs->n; a++) {
        uint32_t key = f->options->all_may_share ? 0 : a;
        while (key < a && !same_request(&attrs->at[key], &attrs->at[a]))
            key++;
        VEC_PUSH(f->arena, &f->attr_key, key);
    }
}

/* --- candidates by hash --- */

static uint64_t edge_hash(const struct finder *f, const struct edge *edge)
{
    uint64_t place = ((uint64_t)edge->target << 32) | f->attr_key.at[edge->attr];
    return rng_mix(rng_mix(place)) * edge->repeat;
}

/* A sum over edges does not depend on their order, nor on which terms they come from. */
static void hash_bundles(struct finder *f)
{
    f->bundles.n = 0;
    stamped_clear(&f->bundle_of);
    for (uint32_t n = f->first; n < f->end; n++) {
        read_row(f, n);
        for (uint32_t e = 0; e < f->row.n; e++) {
            const struct edge *edge = &f->row.at[e];
            if (!may_share(f, edge))
                continue;
            if (!stamped_has(&f->bundle_of, edge->source)) {
                stamped_set(&f->bundle_of, edge->source, f->bundles.n);
                VEC_PUSH(f->arena, &f->bundles, (struct bundle){0, edge->source, NET_NONE});
            }
            f->bundles.at[f->bundle_of.value[edge->source]].hash += edge_hash(f, edge);
        }
    }
}

static int by_hash(const void *x, const void *y)
{
    const struct bundle *a = x, *b = y;
    if (a->hash != b->hash)
        return a->hash < b->hash ? -1 : 1;
    return a->source < b->source ? -1 : a->source > b->source;
}

static int by_source(const void *x, const void *y)
{
    const struct bundle *a = x, *b = y;
    return a->source < b->source ? -1 : a->source > b->source;
}

static void group_by_hash(struct finder *f)
{
    struct bundle_vec *all = &f->bundles;
    f->candidates.n = 0;
    for (uint32_t i = 0; i < all->n && f->options->hash_mask; i++)
        all->at[i].hash &= f->options->hash_mask;
    if (all->n)
        qsort(all->at, all->n, sizeof all->at[0], by_hash);
    for (uint32_t i = 0; i < all->n; i++) {
        if (i == 0 || all->at[i].hash != all->at[i - 1].hash)
            VEC_PUSH(f->arena, &f->candidates, (struct candidate){0, 0, 0, 0});
        all->at[i].class = f->candidates.n - 1;
        f->candidates.at[f->candidates.n - 1].size++;
    }
    for (uint32_t i = 0; i < all->n; i++)
        f->bundle_of.value[all->at[i].source] = i;
}

/* --- exact comparison --- */

static int by_part(const void *x, const void *y)
{
    const struct part_edge *a = x, *b = y;
    if (a->class != b->class)
        return a->class < b->class ? -1 : 1;
    if (a->source != b->source)
        return a->source < b->source ? -1 : 1;
    return a->attr < b->attr ? -1 : a->attr > b->attr;
}

static struct bundle *bundle_at(const struct finder *f, uint32_t source)
{
    return &f->bundles.at[f->bundle_of.value[source]];
}

/* The entries of a row whose sources stand in classes of two or more, in order, equal ones summed.
 */
static void collect_parts(struct finder *f)
{
    f->parts.n = 0;
    for (uint32_t e = 0; e < f->row.n; e++) {
        const struct edge *edge = &f->row.at[e];
        if (!may_share(f, edge))
            continue;
        uint32_t class = bundle_at(f, edge->source)->class;
        if (f->candidates.at[class].size < 2)
            continue;
        VEC_PUSH(f->arena, &f->parts,
                 (struct part_edge){class, edge->source, f->attr_key.at[edge->attr], edge->repeat});
    }
    if (f->parts.n == 0)
        return;
    qsort(f->parts.at, f->parts.n, sizeof f->parts.at[0], by_part);
    uint32_t kept = 0;
    for (uint32_t i = 1; i < f->parts.n; i++) {
        if (by_part(&f->parts.at[i], &f->parts.at[kept]) == 0)
            f->parts.at[kept].count += f->parts.at[i].count;
        else
            f->parts.at[++kept] = f->parts.at[i];
    }
    f->parts.n = kept + 1;
}

static uint32_t end_of_source(const struct part_edge_vec *parts, uint32_t i)
{
    uint32_t end = i;
    while (end < parts->n && parts->at[end].class == parts->at[i].class
           && parts->at[end].source == parts->at[i].source)
        end++;
    return end;
}

static bool equal_lists(const struct part_edge_vec *parts, uint32_t a, uint32_t b)
{
    uint32_t end_a = end_of_source(parts, a), end_b = end_of_source(parts, b);
    if (end_a - a != end_b - b)
        return false;
    for (uint32_t i = 0; i < end_a - a; i++)
        if (parts->at[a + i].attr != parts->at[b + i].attr
            || parts->at[a + i].count != parts->at[b + i].count)
            return false;
    return true;
}

static void move_to(struct finder *f, uint32_t source, uint32_t class)
{
    struct bundle *bundle = bundle_at(f, source);
    f->candidates.at[bundle->class].size--;
    f->candidates.at[class].size++;
    bundle->class = class;
}

/* Of one class, parts[from .. end): members whose lists equal that of the first go to a class of
 * their own, and so on. Members absent from the row stay. */
static void split_class(struct finder *f, uint32_t from, uint32_t end)
{
    uint32_t old = f->parts.at[from].class;
    for (uint32_t i = from; i < end; i = end_of_source(&f->parts, i)) {
        if (bundle_at(f, f->parts.at[i].source)->class != old)
            continue;
        VEC_PUSH(f->arena, &f->candidates, (struct candidate){0, 0, 0, 0});
        uint32_t fresh = f->candidates.n - 1;
        for (uint32_t j = i; j < end; j = end_of_source(&f->parts, j))
            if (bundle_at(f, f->parts.at[j].source)->class == old && equal_lists(&f->parts, i, j))
                move_to(f, f->parts.at[j].source, fresh);
    }
}

/* Whether all members of the class at parts[from .. end) have equal lists, none missing. */
static bool class_agrees(const struct finder *f, uint32_t from, uint32_t end)
{
    uint32_t members = 0;
    for (uint32_t i = from; i < end; i = end_of_source(&f->parts, i), members++)
        if (!equal_lists(&f->parts, from, i))
            return false;
    return members == f->candidates.at[f->parts.at[from].class].size;
}

static void refine_by_row(struct finder *f)
{
    collect_parts(f);
    for (uint32_t from = 0, end; from < f->parts.n; from = end) {
        for (end = from; end < f->parts.n && f->parts.at[end].class == f->parts.at[from].class;)
            end++;
        if (!class_agrees(f, from, end))
            split_class(f, from, end);
    }
}

/* The usual row, without sorting: every source once, every class complete and in agreement. */
static bool row_agrees(struct finder *f)
{
    stamped_clear(&f->in_row);
    f->row_number++;
    for (uint32_t e = 0; e < f->row.n; e++) {
        const struct edge *edge = &f->row.at[e];
        if (!may_share(f, edge))
            continue;
        struct candidate *class = &f->candidates.at[bundle_at(f, edge->source)->class];
        if (class->size < 2)
            continue;
        if (stamped_has(&f->in_row, edge->source))
            return false;
        stamped_set(&f->in_row, edge->source, 1);
        if (class->row != f->row_number)
            *class = (struct candidate){class->size, f->row_number, e, 0};
        const struct edge *first = &f->row.at[class->first_edge];
        if (f->attr_key.at[edge->attr] != f->attr_key.at[first->attr]
            || edge->repeat != first->repeat)
            return false;
        class->seen++;
    }
    return true;
}

static bool row_complete(const struct finder *f)
{
    for (uint32_t e = 0; e < f->row.n; e++) {
        const struct edge *edge = &f->row.at[e];
        if (!may_share(f, edge))
            continue;
        const struct candidate *class = &f->candidates.at[bundle_at(f, edge->source)->class];
        if (class->size > 1 && class->seen != class->size)
            return false;
    }
    return true;
}

static void refine(struct finder *f)
{
    for (uint32_t n = f->first; n < f->end; n++) {
        read_row(f, n);
        if (!row_agrees(f) || !row_complete(f))
            refine_by_row(f);
    }
}

/* --- the result --- */

/* Numbers the classes of two or more by their lowest source and lists their members. */
static void publish_classes(struct finder *f)
{
    struct sharing *out = f->out;
    uint32_t next = out->members.n;
    if (f->bundles.n)
        qsort(f->bundles.at, f->bundles.n, sizeof f->bundles.at[0], by_source);
    for (uint32_t c = 0; c < f->candidates.n; c++)
        f->candidates.at[c].row = NET_NONE; /* from here on: its number in the result */
    for (uint32_t i = 0; i < f->bundles.n; i++) {
        struct candidate *class = &f->candidates.at[f->bundles.at[i].class];
        if (class->size < 2)
            continue;
        if (class->row == NET_NONE) {
            class->row = out->classes.n;
            VEC_PUSH(f->arena, &out->classes,
                     (struct share_class){f->population, NET_NONE, next, 0});
            next += class->size;
        }
        VEC_PUSH(f->arena, &out->memberships,
                 (struct membership){f->bundles.at[i].source, class->row});
        VEC_PUSH(f->arena, &out->members, 0);
    }
    uint32_t first = out->first_membership[f->population];
    for (uint32_t i = first; i < out->memberships.n; i++) {
        struct share_class *class = &out->classes.at[out->memberships.at[i].class];
        out->members.at[class->first_member + class->n_members++] = out->memberships.at[i].source;
    }
}

/* Words of one neuron: the total, and what each class accounts for. */
static void count_words(struct finder *f, struct stamped *class_of, uint32_t neuron)
{
    struct sharing *out = f->out;
    uint32_t first = out->class_words.n;
    out->first_class_words[neuron] = first;
    stamped_clear(&f->words_of);
    read_row(f, neuron);
    for (uint32_t e = 0; e < f->row.n; e++) {
        const struct edge *edge = &f->row.at[e];
        out->unshared[neuron] += edge->repeat;
        if (!may_share(f, edge) || !stamped_has(class_of, edge->source))
            continue;
        uint32_t class = class_of->value[edge->source];
        uint32_t lowest = out->members.at[out->classes.at[class].first_member];
        if (edge->source != lowest)
            continue;
        if (!stamped_has(&f->words_of, lowest)) {
            stamped_set(&f->words_of, lowest, out->class_words.n);
            VEC_PUSH(f->arena, &out->class_words, (struct class_words){class, 0});
        }
        out->class_words.at[f->words_of.value[lowest]].words += edge->repeat;
    }
}

static void find_in_population(struct finder *f, struct stamped *class_of)
{
    struct sharing *out = f->out;
    hash_bundles(f);
    group_by_hash(f);
    refine(f);
    out->first_membership[f->population] = out->memberships.n;
    publish_classes(f);
    out->first_membership[f->population + 1] = out->memberships.n;
    sharing_classes_into(out, f->population, class_of);
    for (uint32_t n = f->first; n < f->end; n++)
        count_words(f, class_of, n);
}

static void pass_over(struct finder *f)
{
    struct sharing *out = f->out;
    out->first_membership[f->population + 1] = out->memberships.n;
    for (uint32_t n = f->first; n < f->end; n++)
        out->first_class_words[n] = out->class_words.n;
}

/* --- groups: classes of several populations with the same members --- */

static uint64_t members_hash(const struct sharing *sharing, const struct share_class *class)
{
    uint64_t hash = class->n_members;
    for (uint32_t i = 0; i < class->n_members; i++)
        hash = rng_mix(hash ^ sharing->members.at[class->first_member + i]);
    return hash;
}

static bool same_members(const struct sharing *sharing, const struct share_class *class,
                         const struct share_group *group)
{
    return class->n_members == group->n_members
           && memcmp(&sharing->members.at[class->first_member],
                     &sharing->members.at[group->first_member],
                     class->n_members * sizeof sharing->members.at[0])
                  == 0;
}

/* Open addressing over group numbers + 1. */
static void group_classes(struct arena *arena, struct sharing *sharing)
{
    uint32_t slots = 16;
    while (slots < 2 * sharing->classes.n)
        slots *= 2;
    uint32_t *table = ARENA_ARRAY(arena, uint32_t, slots);
    for (uint32_t c = 0; c < sharing->classes.n; c++) {
        struct share_class *class = &sharing->classes.at[c];
        uint64_t at = members_hash(sharing, class) & (slots - 1);
        while (table[at] && !same_members(sharing, class, &sharing->groups.at[table[at] - 1]))
            at = (at + 1) & (slots - 1);
        if (!table[at]) {
            VEC_PUSH(arena, &sharing->groups,
                     (struct share_group){class->first_member, class->n_members, NET_NONE});
            table[at] = sharing->groups.n;
        }
        class->group = table[at] - 1;
    }
}

/* First term of every group: read off the edges of its lowest member. */
static void find_first_terms(struct finder *f, struct stamped *class_of)
{
    const struct net *net = f->net;
    struct sharing *out = f->out;
    for (uint32_t p = 0; p < net->populations.n; p++) {
        const struct population *population = &net->populations.at[p];
        if (out->first_membership[p] == out->first_membership[p + 1])
            continue;
        sharing_classes_into(out, p, class_of);
        for (uint32_t n = population->first; n < population->first + population->size; n++) {
            read_row(f, n);
            for (uint32_t e = 0; e < f->row.n; e++) {
                const struct edge *edge = &f->row.at[e];
                if (!may_share(f, edge) || !stamped_has(class_of, edge->source))
                    continue;
                struct share_group *group =
                    &out->groups.at[out->classes.at[class_of->value[edge->source]].group];
                group->first_term = edge->term < group->first_term ? edge->term : group->first_term;
            }
        }
    }
}

void sharing_find(struct arena *arena, const struct net *net, const struct sharing_options *options,
                  struct sharing *sharing)
{
    memset(sharing, 0, sizeof *sharing);
    struct finder f = {.arena = arena, .net = net, .options = options, .out = sharing};
    struct stamped class_of;
    uint32_t n_sources = net_n_sources(net);
    sharing->first_membership = ARENA_ARRAY(arena, uint32_t, (size_t)net->populations.n + 1);
    sharing->unshared = ARENA_ARRAY(arena, uint32_t, net->n_neurons);
    sharing->first_class_words = ARENA_ARRAY(arena, uint64_t, (size_t)net->n_neurons + 1);
    stamped_init(&class_of, arena, n_sources);
    stamped_init(&f.bundle_of, arena, n_sources);
    stamped_init(&f.in_row, arena, n_sources);
    stamped_init(&f.words_of, arena, n_sources);
    key_attrs(&f);
    for (uint32_t p = 0; p < net->populations.n; p++) {
        f.population = p;
        f.first = net->populations.at[p].first;
        f.end = f.first + net->populations.at[p].size;
        if (!options->only || options->only == p + 1)
            find_in_population(&f, &class_of);
        else
            pass_over(&f);
    }
    sharing->first_class_words[net->n_neurons] = sharing->class_words.n;
    group_classes(arena, sharing);
    find_first_terms(&f, &class_of);
}

void sharing_classes_into(const struct sharing *sharing, uint32_t population,
                          struct stamped *class_of)
{
    stamped_clear(class_of);
    for (uint32_t i = sharing->first_membership[population];
         i < sharing->first_membership[population + 1]; i++)
        stamped_set(class_of, sharing->memberships.at[i].source, sharing->memberships.at[i].class);
}

uint32_t sharing_least_words(const struct sharing *sharing, uint32_t neuron)
{
    uint32_t words = sharing->unshared[neuron];
    for (uint64_t i = sharing->first_class_words[neuron];
         i < sharing->first_class_words[neuron + 1]; i++) {
        const struct class_words *own = &sharing->class_words.at[i];
        words -= (sharing->classes.at[own->class].n_members - 1) * own->words;
    }
    return words;
}
