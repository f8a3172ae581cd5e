/* Which sources could share a tag: bundles and their classes.
 *
 * The bundle of a source s into a population P is the multiset of (target, attribute) of all edges
 * of s into P that allow sharing. Sources with equal bundles into P form a class; a class of two or
 * more may send one tag, one CAM word in place of many. The same set of sources may be a class of
 * several populations: together these classes are a group, and a group sends one tag. Bundles are
 * found equal by a hash and then compared exactly, so a class is a fact, not a guess.
 */
#ifndef DYNC_SHARING_H
#define DYNC_SHARING_H

#include "mapper/rows.h"

struct share_class {
    uint32_t population, group;
    uint32_t first_member, n_members; /* in sharing.members, ascending; at least two */
};
struct share_group {
    uint32_t first_member, n_members; /* of its first class */
    uint32_t first_term;              /* in text order, of the terms it serves */
};
/* Words of one neuron that one class accounts for: `words` if the class shares its tag, n_members
 * times as many if not. */
struct class_words {
    uint32_t class, words;
};
struct membership {
    uint32_t source, class;
};
struct share_class_vec VEC_OF(struct share_class);
struct share_group_vec VEC_OF(struct share_group);
struct class_words_vec VEC_OF(struct class_words);
struct membership_vec VEC_OF(struct membership);
struct member_vec VEC_OF(uint32_t);

struct sharing {
    struct share_class_vec classes; /* by population, then lowest source */
    struct share_group_vec groups;  /* by first class */
    struct member_vec members;
    uint32_t *first_membership;        /* per population + 1 */
    struct membership_vec memberships; /* by population, then source; classes of two or more */
    uint32_t *unshared;          /* per neuron: words if nothing is shared, edges with repeat */
    uint64_t *first_class_words; /* per neuron + 1 */
    struct class_words_vec class_words; /* of a neuron: in order of first occurrence */
};

struct sharing_options {
    uint64_t hash_mask; /* for tests that make hashes collide; 0: the whole hash counts */
    /* Suppositions, for checking remedies before they are proposed. */
    bool all_may_share;          /* as if every term had share = on */
    uint32_t only;               /* 1 + the one population that is looked at; 0: all */
    const uint32_t *most_repeat; /* per term: edges repeat so often at most, 0: not at all */
    const uint8_t *apart;        /* per source: not 0: it shares nothing */
};
void sharing_find(struct arena *arena, const struct net *net, const struct sharing_options *options,
                  struct sharing *sharing);

/* Class of every source of a population, where it has one, as a stamped map over sources. */
void sharing_classes_into(const struct sharing *sharing, uint32_t population,
                          struct stamped *class_of);
/* Least words of a neuron: every class shared. */
uint32_t sharing_least_words(const struct sharing *sharing, uint32_t neuron);

/* One CAM word of a neuron in the making. */
struct row_word {
    bool shared;
    uint32_t sender; /* group if shared, else source */
    uint32_t attr;
    uint32_t term; /* first in text order that the word serves */
};
struct row_word_vec VEC_OF(struct row_word);

/* The words of one row. `carried` says per group whether it shares its tag; NULL: all do. */
struct row_words;
struct row_words *row_words_new(struct arena *arena, const struct net *net,
                                const struct sharing *sharing);
void row_words_read(struct row_words *scratch, uint32_t neuron, const uint8_t *carried,
                    struct row_word_vec *words);

#endif
