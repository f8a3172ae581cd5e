/* links: mapper compiler device base */
/* Searches that somebody watches: hearing changes nothing, and whenever one is ended, what comes
 * out is a whole placement. */
#include "tests/unit/mapping_check.h"

struct ear {
    uint64_t heard, end_at; /* ends at this call, counted from 1; 0: never */
    uint64_t after;         /* calls after that */
    const char *stage;      /* that was ended */
};

static bool hear(void *context, const struct progress *progress)
{
    struct ear *ear = context;
    assert_true(progress->stage && *progress->stage);
    assert_true(progress->best >= -1 && progress->bound >= -1);
    ear->heard++;
    if (ear->end_at == 0 || ear->heard < ear->end_at)
        return true;
    ear->after += ear->heard > ear->end_at;
    ear->stage = ear->stage ? ear->stage : progress->stage;
    return false;
}

/* Four chips and somewhat more than one core each of two bias sets, tied to neighbours. */
static void make(struct net_builder *b, uint32_t populations, uint32_t size, uint32_t most)
{
    nb_init(b);
    b->net.chips = 4;
    b->net.grid_w = b->net.grid_h = 2;
    uint32_t sets[2] = {nb_set(b, "s"), nb_set(b, "t")};
    for (uint32_t p = 0; p < populations; p++)
        nb_population(b, arena_printf(&b->arena, "p%u", p), size, sets[p % 2]);
    for (uint32_t p = 0; p < populations; p++)
        for (uint32_t k = 1; k <= most; k++)
            nb_random(b, "x -> y", nb_neurons(b, p), nb_neurons(b, (p * 5 + k * k) % populations),
                      3, p * 8 + k, nb_attr(b, DENDRITE_AMPA, 1, true));
    nb_finish(b);
}

static uint64_t map_heard(struct net_builder *b, struct ear *ear, char **dump)
{
    const struct observer observer = {.go_on = hear, .context = ear, .counted = true};
    b->options.observer = ear ? &observer : NULL;
    assert_true(nb_fit(b));
    assert_int_equal(nb_map(b), MAP_OK);
    const char *fault = mapping_fault(b);
    if (fault)
        fail_msg("%s", fault);
    assert_true(b->mapping.cut_bound <= b->mapping.cut && b->mapping.hops_bound <= b->mapping.hops);
    *dump = mapping_dump(&b->arena, &b->net, &b->mapping);
    return ear ? ear->heard : 0;
}

static void test_hearing_changes_nothing(void **state)
{
    (void)state;
    struct net_builder b;
    struct ear ear = {0};
    char *alone, *heard;
    make(&b, 12, 120, 3);
    map_heard(&b, NULL, &alone);
    assert_true(map_heard(&b, &ear, &heard) > 100);
    assert_string_equal(alone, heard);
    nb_free(&b);
}

static void test_ended_anywhere(void **state)
{
    (void)state;
    struct net_builder b;
    struct ear all = {0};
    char *dump, *again;
    make(&b, 12, 120, 3);
    uint64_t calls = map_heard(&b, &all, &dump);
    int64_t best = b.mapping.cut;
    for (uint64_t at = 1; at <= calls; at += 1 + at / 2) {
        struct ear ear = {.end_at = at}, same = {.end_at = at};
        map_heard(&b, &ear, &dump);
        assert_true(b.mapping.cut >= best);
        assert_non_null(ear.stage);
        assert_true(ear.after < 2000); /* each of the stages that follow ends at once */
        map_heard(&b, &same, &again);
        assert_string_equal(dump, again);
        assert_int_equal(ear.after, same.after);
    }
    nb_free(&b);
}

static void make_chip(struct net_builder *b, uint32_t units, uint32_t least, uint32_t step)
{
    nb_init(b);
    uint32_t set = nb_set(b, "s");
    for (uint32_t p = 0; p < units; p++) {
        nb_population(b, arena_printf(&b->arena, "p%u", p), least + step * (p % 5), set);
        nb_place(b, PLACE_TOGETHER_CORE, 1, p);
    }
    nb_finish(b);
}

/* A packing is found soon, its order is searched for long. */
static void test_one_chip(void **state)
{
    (void)state;
    struct net_builder b;
    struct ear all = {0};
    char *dump, *first;
    make_chip(&b, 22, 28, 9);
    uint64_t calls = map_heard(&b, &all, &dump);
    assert_true(calls > 100);
    for (uint64_t at = 1; at <= calls; at += 1 + at / 4) {
        struct ear ear = {.end_at = at};
        map_heard(&b, &ear, &first);
        assert_string_equal(ear.stage, "cores");
        assert_true(ear.after < 2000);
    }
    nb_free(&b);
}

/* A packing that is searched for in vain: ended, it is not disproved. */
static void test_ended_before_there_is_one(void **state)
{
    (void)state;
    for (uint64_t at = 1; at < 300; at *= 4) {
        struct net_builder b;
        struct ear ear = {.end_at = at};
        const struct observer observer = {.go_on = hear, .context = &ear, .counted = true};
        make_chip(&b, 23, 30, 7);
        b.options.observer = &observer;
        assert_true(nb_fit(&b));
        assert_int_equal(nb_map(&b), MAP_UNDECIDED);
        assert_int_equal(b.sink.n_errors, 1);
        assert_non_null(nb_found(&b, DIAG_E0404));
        nb_free(&b);
    }
}

/* Cores that hear more than they can tell apart wherever neurons stand: finer blocks are given up
 * where little is gained. */
static void test_tags_in_vain(void **state)
{
    (void)state;
    struct net_builder b;
    struct ear ear = {0};
    const struct observer observer = {.go_on = hear, .context = &ear, .counted = true};
    nb_init(&b);
    b.net.chips = b.net.grid_w = 3;
    nb_population(&b, "p", 3072, nb_set(&b, "s"));
    nb_random(&b, "p -> p", nb_neurons(&b, 0), nb_neurons(&b, 0), 20, 1,
              nb_attr(&b, DENDRITE_AMPA, 1, true));
    nb_finish(&b);
    b.options.observer = &observer;
    assert_true(nb_fit(&b));
    assert_int_equal(nb_map(&b), MAP_UNDECIDED);
    assert_non_null(nb_found(&b, DIAG_E0404));
    assert_in_range(ear.heard, 1, 12000);
    nb_free(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_hearing_changes_nothing), cmocka_unit_test(test_ended_anywhere),
        cmocka_unit_test(test_one_chip), cmocka_unit_test(test_ended_before_there_is_one),
        cmocka_unit_test(test_tags_in_vain)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
