/* links: mapper compiler device base */
/* The strain of chips against its definition, counted from nothing after every change. */
#include "tests/unit/net_builder.h"

#include "mapper/tag_table.h"
#include "mapper/tags.h"

enum { CHIPS = 3, TAGS = 40, CHANGES = 4000 };

struct heard { /* [chip][core][tag]: listeners */
    uint32_t by[CHIPS][TAG_TABLE_CORES][TAGS];
};

/* How far the tags of which every two meet on some core exceed the limit, over all maximal sets of
 * masks that intersect pairwise, found by trying every set. */
static uint64_t strain_of(const struct heard *h, uint32_t chip, uint32_t n_cores, uint32_t limit)
{
    uint32_t count[16] = {0}, n_masks = 1u << n_cores;
    uint64_t strain = 0;
    for (uint32_t t = 0; t < TAGS; t++) {
        uint32_t mask = 0;
        for (uint32_t c = 0; c < n_cores; c++)
            mask |= h->by[chip][c][t] ? 1u << c : 0;
        count[mask]++;
    }
    for (uint32_t set = 0; set < 1u << (n_masks - 1); set++) { /* bit mask - 1 */
        bool clique = true, maximal = true;
        uint32_t weight = 0;
        for (uint32_t a = 1; a < n_masks && clique && maximal; a++) {
            bool fits = true;
            for (uint32_t b = 1; b < n_masks && fits; b++)
                fits = !(set >> (b - 1) & 1) || (a & b);
            bool in = set >> (a - 1) & 1;
            clique = !in || fits;
            maximal = in || !fits;
            weight += in ? count[a] : 0;
        }
        if (clique && maximal && weight > limit)
            strain += weight - limit;
    }
    return strain;
}

static void change_and_compare(uint32_t n_cores, bool direct)
{
    struct arena arena;
    struct tag_table table;
    static struct heard h;
    uint64_t strains = 0;
    uint32_t limit = 8 + n_cores, n_tags = direct ? TAGS : 1u << 23;
    memset(&h, 0, sizeof h);
    arena_init(&arena, NULL);
    tag_table_init(&table, &arena, CHIPS, n_cores, n_tags, limit);
    assert_int_equal(table.direct, direct);
    for (uint64_t i = 0; i < CHANGES; i++) {
        uint64_t die = rng_mix(i + 1000 * n_cores);
        uint32_t chip = (uint32_t)(die % CHIPS), core = (uint32_t)((die >> 8) % n_cores);
        uint32_t tag = (uint32_t)((die >> 16) % TAGS), scale = direct ? 1 : 100003;
        uint32_t *by = &h.by[chip][core][tag];
        bool joins = *by == 0 || (die >> 32) % 5 < 2;
        *by += joins ? 1u : UINT32_MAX;
        if (joins)
            tag_table_add(&table, chip, core, tag * scale);
        else
            tag_table_drop(&table, chip, core, tag * scale);
        if (i % 16)
            continue;
        uint64_t all = 0;
        for (uint32_t c = 0; c < CHIPS; c++) {
            uint64_t own = n_cores < 4 || i % 512 == 0 ? strain_of(&h, c, n_cores, limit)
                                                       : tag_table_strain_of(&table, c);
            assert_int_equal(tag_table_strain_of(&table, c), own);
            all += own;
        }
        assert_int_equal(table.strain, all);
        strains += all > 0;
    }
    assert_true(strains > 20);
    arena_release(&arena);
}

static void test_against_definition(void **state)
{
    (void)state;
    for (uint32_t n_cores = 1; n_cores <= 4; n_cores++) {
        change_and_compare(n_cores, true);
        change_and_compare(n_cores, false);
    }
}

/* No strain means numbers enough: the numbering reaches the heaviest family. */
static void test_strain_is_numbers(void **state)
{
    (void)state;
    enum { SETS = 500 };
    const struct ilp_options options = {0};
    uint32_t above_cores = 0;
    for (uint64_t seed = 1; seed <= SETS; seed++) {
        struct arena arena;
        struct tag_item items[TAGS];
        struct tags_result result;
        struct tag_table table;
        uint32_t heaviest = 0, widest = 0;
        arena_init(&arena, NULL);
        tag_table_init(&table, &arena, 1, 4, TAGS, 0);
        for (uint32_t t = 0; t < TAGS; t++) {
            items[t] = (struct tag_item){.mask = 1 + (uint32_t)(rng_bits(seed, t, 0) % 15)};
            for (uint32_t c = 0; c < 4; c++)
                if (items[t].mask >> c & 1)
                    tag_table_add(&table, 0, c, t);
        }
        for (uint32_t f = 0; f < table.n_families; f++)
            heaviest = table.weight[f] > heaviest ? table.weight[f] : heaviest;
        for (uint32_t c = 0; c < 4; c++) {
            uint32_t heard = 0;
            for (uint32_t t = 0; t < TAGS; t++)
                heard += items[t].mask >> c & 1;
            widest = heard > widest ? heard : widest;
        }
        number_tags(&arena, items, TAGS, 4, heaviest, &options, &result);
        assert_int_equal(result.status, TAGS_FIT);
        number_tags(&arena, items, TAGS, 4, heaviest - 1, &options, &result);
        assert_int_equal(result.status, TAGS_IMPOSSIBLE);
        above_cores += heaviest > widest;
        arena_release(&arena);
    }
    print_message("seeds 1..%d: %u need more numbers than any core hears\n", SETS, above_cores);
    assert_true(above_cores > 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_against_definition),
        cmocka_unit_test(test_strain_is_numbers),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
