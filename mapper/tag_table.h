/* How many blocks on each core hear each tag, chip by chip, and how far that is beyond what the
 * cores can tell apart.
 *
 * Two tags may have one number iff no core hears both, and up to four cores the least number of
 * numbers is the most tags of which every two meet on some core: the weight of the heaviest of the
 * maximal families of intersecting core masks, twelve for four cores. The strain of a chip is how
 * far these families together exceed the limit.
 */
#ifndef DYNC_TAG_TABLE_H
#define DYNC_TAG_TABLE_H

#include "compiler/base/arena.h"

enum { TAG_TABLE_CORES = 8, TAG_TABLE_FAMILIES = 12 };

struct tag_spot { /* one tag on one chip */
    uint64_t key; /* chip * tags + tag; UINT64_MAX: free */
    uint16_t hears[TAG_TABLE_CORES];
};
struct tag_table {
    struct arena *arena;
    uint32_t n_chips, n_cores, n_tags, limit; /* n_cores: of a chip */
    uint32_t n_families;
    uint8_t in_family[TAG_TABLE_FAMILIES][1 << TAG_TABLE_CORES];
    uint32_t *weight; /* [chip][family] */
    struct tag_spot *spots;
    bool direct;               /* a spot for every tag on every chip; else a hash table: */
    uint64_t n_slots, n_taken; /* n_slots: a power of two */
    uint64_t strain;           /* of all chips */
};
void tag_table_init(struct tag_table *table, struct arena *arena, uint32_t n_chips,
                    uint32_t n_cores, uint32_t n_tags, uint32_t limit);
/* One listener more, or one fewer, for a tag on a core of a chip. */
void tag_table_add(struct tag_table *table, uint32_t chip, uint32_t core, uint32_t tag);
void tag_table_drop(struct tag_table *table, uint32_t chip, uint32_t core, uint32_t tag);
uint64_t tag_table_strain_of(const struct tag_table *table, uint32_t chip);

#endif
