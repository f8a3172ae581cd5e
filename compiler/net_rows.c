/* Rows of synapse terms: how edges are kept.
 *
 * A row holds the edges of one target position in ascending source position, as bytes:
 *   varint  2 * (pre - previous pre) + changed     (first edge: pre itself in place of the
 * difference) if changed: varint attr, varint repeat         (else both as in the edge before; a
 * row starts with none) so that a term with one attribute costs one to two bytes an edge and a
 * board with 16 million synapses about 30 MB. A difference of 0 is legal: the same pair again, with
 * another attribute.
 */
#include "compiler/base/vec.h"
#include "compiler/net.h"

struct byte_vec VEC_OF(uint8_t);

struct row_writer {
    struct arena *arena;
    uint32_t n_posts, post; /* rows closed so far: row[0 .. post] are set */
    uint64_t *row;
    uint8_t *code;
    size_t n, cap;
    uint64_t n_edges;
    uint32_t pre, attr, repeat; /* of the last edge of the open row */
    bool open;
};

struct row_writer *row_writer_new(struct arena *arena, uint32_t n_posts)
{
    struct row_writer *writer = ARENA_NEW(arena, struct row_writer);
    writer->arena = arena;
    writer->n_posts = n_posts;
    writer->row = ARENA_ARRAY(arena, uint64_t, (size_t)n_posts + 1);
    return writer;
}

static void put_byte(struct row_writer *writer, uint8_t byte)
{
    if (writer->n == writer->cap) {
        size_t cap = writer->cap ? writer->cap * 2 : 64;
        uint8_t *bigger = arena_alloc(writer->arena, cap, 1);
        for (size_t i = 0; i < writer->n; i++)
            bigger[i] = writer->code[i];
        writer->code = bigger;
        writer->cap = cap;
    }
    writer->code[writer->n++] = byte;
}

static void put_varint(struct row_writer *writer, uint64_t value)
{
    for (; value >= 0x80; value >>= 7)
        put_byte(writer, (uint8_t)(value | 0x80));
    put_byte(writer, (uint8_t)value);
}

static void close_rows_before(struct row_writer *writer, uint32_t post)
{
    if (writer->post != post)
        writer->open = false;
    while (writer->post < post)
        writer->row[++writer->post] = writer->n;
}

void row_writer_edge(struct row_writer *writer, uint32_t post, uint32_t pre, uint32_t attr,
                     uint32_t repeat)
{
    close_rows_before(writer, post);
    bool changed = !writer->open || attr != writer->attr || repeat != writer->repeat;
    uint64_t step = writer->open ? pre - writer->pre : pre;
    put_varint(writer, 2 * step + changed);
    if (changed) {
        put_varint(writer, attr);
        put_varint(writer, repeat);
    }
    writer->pre = pre;
    writer->attr = attr;
    writer->repeat = repeat;
    writer->open = true;
    writer->n_edges += repeat;
}

void row_writer_finish(struct row_writer *writer, struct term *term)
{
    close_rows_before(writer, writer->n_posts);
    term->all = false;
    term->row = writer->row;
    term->code = writer->code;
    term->n_edges = writer->n_edges;
}

static uint64_t get_varint(const uint8_t **at)
{
    uint64_t value = 0;
    for (unsigned shift = 0;; shift += 7) {
        uint8_t byte = *(*at)++;
        value |= (uint64_t)(byte & 0x7F) << shift;
        if (!(byte & 0x80))
            return value;
    }
}

void net_edges_start(struct edge_iter *iter, const struct net *net, uint32_t first, uint32_t end)
{
    *iter = (struct edge_iter){.net = net, .target = first, .end = end};
    if (first < end)
        iter->next_term = net->first_term_of[net->population_of[first]];
}

/* Opens the next row with a chance of edges; false when the range is done. */
static bool open_row(struct edge_iter *iter)
{
    const struct net *net = iter->net;
    while (iter->target < iter->end) {
        uint32_t population = net->population_of[iter->target];
        while (iter->next_term < net->first_term_of[population + 1]) {
            uint32_t t = net->terms_of[iter->next_term++];
            const struct term *term = &net->terms.at[t];
            const struct projection *projection = &net->projections.at[term->projection];
            uint32_t unit = iter->target - net->populations.at[population].first;
            uint32_t position = view_position(&projection->post, unit);
            if (position == NET_NONE)
                continue;
            iter->term = term;
            iter->term_index = t;
            iter->position = position;
            iter->pre = 0;
            iter->left = term->all ? projection->pre.size : 0;
            iter->at = term->all || !term->code ? NULL : term->code + term->row[position];
            iter->row_end = term->all || !term->code ? NULL : term->code + term->row[position + 1];
            return true;
        }
        iter->target++;
        if (iter->target < iter->end)
            iter->next_term = net->first_term_of[net->population_of[iter->target]];
    }
    return false;
}

/* Position of the next edge's source in the open row; false at its end. */
static bool next_in_row(struct edge_iter *iter, uint32_t *pre, uint32_t *repeat)
{
    if (iter->term->all) {
        if (iter->left == 0)
            return false;
        iter->left--;
        *pre = iter->pre++;
        *repeat = 1;
        iter->attr = iter->term->attr;
        return true;
    }
    if (iter->at == iter->row_end)
        return false;
    uint64_t step = get_varint(&iter->at);
    iter->pre += (uint32_t)(step >> 1);
    if (step & 1) {
        iter->attr = (uint32_t)get_varint(&iter->at);
        iter->left = (uint32_t)get_varint(&iter->at); /* `left` keeps the repeat count here */
    }
    *pre = iter->pre;
    *repeat = iter->left;
    return true;
}

bool net_edges_next(struct edge_iter *iter, struct edge *edge)
{
    uint32_t pre, repeat;
    while (!iter->term || !next_in_row(iter, &pre, &repeat)) {
        iter->term = NULL;
        if (!open_row(iter))
            return false;
    }
    const struct net *net = iter->net;
    const struct view *view = &net->projections.at[iter->term->projection].pre;
    uint32_t unit = view_unit(view, pre);
    edge->source = view->kind == UNIT_NEURON
                       ? net->populations.at[view->object].first + unit
                       : net->n_neurons + net->inputs.at[view->object].first + unit;
    edge->target = iter->target;
    edge->attr = iter->attr;
    edge->term = iter->term_index;
    edge->repeat = repeat;
    return true;
}
