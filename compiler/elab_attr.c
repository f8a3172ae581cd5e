#include "compiler/base/rng.h"
#include "compiler/elab_term.h"

enum { FIRST_CAP = 64 };

struct attr_index { /* open hash table of numbers + 1 */
    uint32_t *at, cap;
};

static uint64_t attr_hash(const struct syn_attr *attr)
{
    uint64_t small = attr->dendrite | (uint64_t)attr->weight_kind << 8 | (uint64_t)attr->slots << 16
                     | (uint64_t)attr->delay_kind << 24 | (uint64_t)attr->delay_class << 32
                     | (uint64_t)attr->stp << 40 | (uint64_t)attr->share << 48;
    return rng_mix(rng_mix(rng_mix(small) ^ (uint64_t)attr->weight_za) ^ (uint64_t)attr->delay_ps);
}

static bool attr_equal(const struct syn_attr *a, const struct syn_attr *b)
{
    return a->dendrite == b->dendrite && a->weight_kind == b->weight_kind && a->slots == b->slots
           && a->delay_kind == b->delay_kind && a->delay_class == b->delay_class && a->stp == b->stp
           && a->share == b->share && a->weight_za == b->weight_za && a->delay_ps == b->delay_ps;
}

static uint32_t *slot_of(const struct attr_index *index, const struct attr_table *attrs,
                         const struct syn_attr *attr)
{
    uint32_t i = (uint32_t)attr_hash(attr) & (index->cap - 1);
    while (index->at[i] && !attr_equal(&attrs->at[index->at[i] - 1], attr))
        i = (i + 1) & (index->cap - 1);
    return &index->at[i];
}

static void grow(struct elab *elab, struct attr_index *index)
{
    const struct attr_table *attrs = &elab->eval->net->attrs;
    index->cap = index->cap ? index->cap * 2 : FIRST_CAP;
    index->at = ARENA_ARRAY(elab->eval->arena, uint32_t, index->cap);
    for (uint32_t i = 0; i < attrs->n; i++)
        *slot_of(index, attrs, &attrs->at[i]) = i + 1;
}

uint32_t attr_intern(struct elab *elab, const struct syn_attr *attr)
{
    struct attr_table *attrs = &elab->eval->net->attrs;
    if (!elab->attrs)
        elab->attrs = ARENA_NEW(elab->eval->arena, struct attr_index);
    if (2 * attrs->n >= elab->attrs->cap)
        grow(elab, elab->attrs);
    uint32_t *slot = slot_of(elab->attrs, attrs, attr);
    if (*slot == 0) {
        VEC_PUSH(elab->eval->arena, attrs, *attr);
        *slot = attrs->n;
    }
    return *slot - 1;
}
