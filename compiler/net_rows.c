/* Rows of synapse terms: how edges are kept.
 *
 * A row holds the edges of one target position in ascending source position, as bytes:
 *
 *     varint  2 * (pre - previous pre) + changed    first edge: pre itself, not a difference
 *     if changed: varint attr, varint repeat        else both as in the edge before;
 *                                                   a row starts with none
 *
 * so that a term with one attribute costs one to two bytes an edge and a board with 16 million
 * synapses about 30 MB. A difference of 0 is legal: the same pair again, with another attribute.
 */
#include "compiler/net.h"

#include <string.h>

struct open_row {
    uint32_t post;
    uint64_t begin;
};
struct open_row_vec VEC_OF(struct open_row);

/* Rows and bytes grow in a scratch arena; the finished term holds exact copies. */
struct row_writer {
    struct arena *arena, *scratch;
    struct open_row_vec rows;
    uint8_t *code;
    uint64_t n, cap;
    uint64_t n_edges;
    uint32_t pre, attr, repeat; /* of the last edge of the open row */
};

struct row_writer *row_writer_new(struct arena *arena)
{
    struct arena *scratch = arena_scratch(arena);
    struct row_writer *writer = ARENA_NEW(scratch, struct row_writer);
    writer->arena = arena;
    writer->scratch = scratch;
    return writer;
}

static void put_byte(struct row_writer *writer, uint8_t byte)
{
    if (writer->n == writer->cap) {
        uint64_t cap = writer->cap ? writer->cap * 2 : 64;
        uint8_t *bigger = arena_alloc(writer->scratch, cap, 1);
        if (writer->n)
            memcpy(bigger, writer->code, writer->n);
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

void row_writer_edge(struct row_writer *writer, uint32_t post, uint32_t pre, uint32_t attr,
                     uint32_t repeat)
{
    bool same_row = writer->rows.n > 0 && writer->rows.at[writer->rows.n - 1].post == post;
    if (!same_row)
        VEC_PUSH(writer->scratch, &writer->rows, (struct open_row){post, writer->n});
    bool changed = !same_row || attr != writer->attr || repeat != writer->repeat;
    uint64_t step = same_row ? pre - writer->pre : pre;
    put_varint(writer, 2 * step + changed);
    if (changed) {
        put_varint(writer, attr);
        put_varint(writer, repeat);
    }
    writer->pre = pre;
    writer->attr = attr;
    writer->repeat = repeat;
    writer->n_edges += repeat;
}

void row_writer_finish(struct row_writer *writer, struct term *term)
{
    uint32_t n = writer->rows.n;
    uint32_t *row_post = ARENA_ARRAY(writer->arena, uint32_t, n);
    uint64_t *row = ARENA_ARRAY(writer->arena, uint64_t, (size_t)n + 1);
    uint8_t *code = ARENA_ARRAY(writer->arena, uint8_t, writer->n);
    for (uint32_t i = 0; i < n; i++) {
        row_post[i] = writer->rows.at[i].post;
        row[i] = writer->rows.at[i].begin;
    }
    row[n] = writer->n;
    if (writer->n)
        memcpy(code, writer->code, writer->n);
    term->all = false;
    term->n_rows = n;
    term->row_post = row_post;
    term->row = row;
    term->code = code;
    term->n_edges = writer->n_edges;
    arena_scratch_end(writer->scratch);
}

/* Number of the row of a target position; NET_NONE if it has no edges. */
static uint32_t find_row(const struct term *term, uint32_t position)
{
    uint32_t lo = 0, hi = term->n_rows;
    while (lo < hi) {
        uint32_t mid = lo + (hi - lo) / 2;
        if (term->row_post[mid] == position)
            return mid;
        if (term->row_post[mid] < position)
            lo = mid + 1;
        else
            hi = mid;
    }
    return NET_NONE;
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
            uint32_t row = term->all ? NET_NONE : find_row(term, position);
            if (!term->all && row == NET_NONE)
                continue;
            iter->term = term;
            iter->term_index = t;
            iter->position = position;
            iter->pre = 0;
            iter->left = term->all ? projection->pre.size : 0;
            iter->at = term->all ? NULL : term->code + term->row[row];
            iter->row_end = term->all ? NULL : term->code + term->row[row + 1];
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
