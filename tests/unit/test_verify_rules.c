/* links: verify compiler base */
/* V11 against the scene's placement: exc[0], exc[1] on core 0, exc[2] on core 2, each from neuron
 * 0, inh on core 1 from neuron 10. Every rule is stated once so that it holds and once so that it
 * just does not. */
#include "tests/unit/verify_judge.h"
#include "tests/unit/verify_scene.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

enum { EXC, INH_POPULATION };

struct rule {
    enum place_kind kind;
    uint32_t n_views;
    struct {
        uint32_t population, first, size;
    } view[2];
    uint32_t chip, core, first, cores;
    const char *finding; /* NULL: it holds */
};
static const struct rule rules[] = {
    {PLACE_CHIP, 2, {{EXC, 0, 3}, {INH_POPULATION, 0, 4}}, 0, 0, 0, 0, NULL},
    {PLACE_CHIP,
     1,
     {{EXC, 1, 2}},
     1,
     0,
     0,
     0,
     "image check V11: exc[1] stands at chip 0 core 0 neuron 1, which `place` does not allow: chip "
     "1 "
     "is asked for"},
    {PLACE_CORE, 1, {{EXC, 0, 2}}, 0, 0, 0, 0, NULL},
    {PLACE_CORE,
     1,
     {{EXC, 0, 3}},
     0,
     0,
     0,
     0,
     "image check V11: exc[2] stands at chip 0 core 2 neuron 0, which `place` does not allow: chip "
     "0 "
     "core 0 is asked for"},
    {PLACE_AT, 1, {{INH_POPULATION, 0, 4}}, 0, 1, 10, 0, NULL},
    {PLACE_AT,
     1,
     {{INH_POPULATION, 1, 3}},
     0,
     1,
     10,
     0,
     "image check V11: inh[0, 1] stands at chip 0 core 1 neuron 11, which `place` does not allow: "
     "neuron 10 of the core is asked for"},
    {PLACE_TOGETHER_CORE, 1, {{EXC, 0, 2}}, 0, 0, 0, 0, NULL},
    {PLACE_TOGETHER_CORE,
     2,
     {{EXC, 0, 2}, {INH_POPULATION, 0, 1}},
     0,
     0,
     0,
     0,
     "image check V11: inh[0, 0] stands at chip 0 core 1 neuron 10, which `place` does not allow: "
     "exc[0] stands at chip 0 core 0 neuron 0"},
    {PLACE_TOGETHER_CHIP, 2, {{EXC, 0, 3}, {INH_POPULATION, 0, 4}}, 0, 0, 0, 0, NULL},
    {PLACE_APART_CORE, 2, {{EXC, 0, 2}, {EXC, 2, 1}}, 0, 0, 0, 0, NULL},
    {PLACE_APART_CORE,
     2,
     {{EXC, 0, 1}, {EXC, 1, 1}},
     0,
     0,
     0,
     0,
     "image check V11: exc[1] stands at chip 0 core 0 neuron 1, which `place` does not allow: "
     "neurons "
     "of exc[0] are there"},
    {PLACE_APART_CHIP, 1, {{EXC, 0, 3}}, 0, 0, 0, 0, NULL},
    {PLACE_APART_CHIP,
     2,
     {{EXC, 0, 1}, {INH_POPULATION, 3, 1}},
     0,
     0,
     0,
     0,
     "image check V11: inh[1, 1] stands at chip 0 core 1 neuron 13, which `place` does not allow: "
     "neurons of exc[0] are there"},
    {PLACE_SPREAD, 1, {{EXC, 0, 3}}, 0, 0, 0, 2, NULL},
    {PLACE_SPREAD,
     1,
     {{EXC, 0, 3}},
     0,
     0,
     0,
     3,
     "image check V11: exc stands on 2 cores with 1 to 2 neurons each, `place` asks for 3 even "
     "shares"},
    {PLACE_NEAR, 1, {{EXC, 0, 3}}, 0, 0, 0, 0, NULL},
};

static struct view part_of(const struct scene *s, uint32_t population, uint32_t first,
                           uint32_t size)
{
    const struct population *p = &s->net.populations.at[population];
    if (size == p->size)
        return view_whole(UNIT_NEURON, population, &p->dims);
    return (struct view){.kind = UNIT_NEURON,
                         .object = population,
                         .base = first,
                         .dims = {1, {size}},
                         .stride = {1},
                         .size = size};
}

static void add_rule(struct scene *s, const struct rule *rule)
{
    struct place place = {.kind = rule->kind,
                          .chip = rule->chip,
                          .core = rule->core,
                          .first = rule->first,
                          .cores = rule->cores,
                          .span = span_nowhere()};
    for (uint32_t v = 0; v < rule->n_views; v++)
        VEC_PUSH(s->arena, &place.views,
                 part_of(s, rule->view[v].population, rule->view[v].first, rule->view[v].size));
    VEC_PUSH(s->arena, &s->net.places, place);
}

static void each_rule(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof rules / sizeof *rules; i++) {
        struct arena arena;
        struct scene s;
        arena_init(&arena, NULL);
        scene_start(&s, &arena);
        add_rule(&s, &rules[i]);
        struct verdict verdict = judge(&s);
        assert_string_equal(verdict.first, rules[i].finding ? rules[i].finding : "");
        assert_int_equal(verdict.accepted, rules[i].finding == NULL);
        arena_release(&arena);
    }
}

/* inh has four neurons on core 1: 252 of 256 may be kept free, not 253. */
static void reserve(void **state)
{
    (void)state;
    for (uint32_t kept = 252; kept <= 253; kept++) {
        struct arena arena;
        struct scene s;
        arena_init(&arena, NULL);
        scene_start(&s, &arena);
        s.net.reserve = kept / 256.0;
        assert_string_equal(judge(&s).first,
                            kept == 252 ? ""
                                        : "image check V11: chip 0 core 1 holds 4 neurons, "
                                          "`reserve` keeps 253 of 256 free");
        arena_release(&arena);
    }
}

enum { LOWER = 1, UPPER = 2 };

static struct defects *scene_defects(struct scene *s)
{
    struct defects *d = ARENA_NEW(s->arena, struct defects);
    *d = (struct defects){.profile = "chip.json",
                          .cores = layout.cores,
                          .neurons = layout.neurons,
                          .words = layout.cells,
                          .tags = layout.tags};
    d->bad_word =
        ARENA_ARRAY(s->arena, uint8_t, (size_t)layout.cores * layout.neurons * layout.cells);
    d->bad_tag = ARENA_ARRAY(s->arena, uint8_t, (size_t)layout.cores * layout.tags);
    s->net.defects = d;
    return d;
}

static void spoil_cells(struct defects *d, size_t site, uint32_t first, uint32_t end,
                        uint8_t halves)
{
    memset(d->bad_word + site * layout.cells + first, halves, end - first);
}

/* exc[0] holds tags 5, 5, 10, 11 in cells 0 to 3: one moves on to cell `to`. */
static void move_word(struct scene *s, uint32_t from, uint32_t to)
{
    s->model->cam[EXC0][to] = s->model->cam[EXC0][from];
    s->model->cam[EXC0][from] = 0;
}

struct worn_case {
    void (*make)(struct scene *, struct defects *);
    const char *finding; /* NULL: none */
};

static void other_half(struct scene *s, struct defects *d)
{
    (void)s;
    spoil_cells(d, EXC0, 4, 63, LOWER | UPPER);
    spoil_cells(d, EXC0 + 5, 0, 64, LOWER | UPPER);
}
static void bad_cell(struct scene *s, struct defects *d)
{
    (void)s;
    spoil_cells(d, EXC0, 3, 4, LOWER);
}
static void around_it(struct scene *s, struct defects *d)
{
    bad_cell(s, d);
    move_word(s, 3, 4);
}
static void too_far(struct scene *s, struct defects *d)
{
    bad_cell(s, d);
    move_word(s, 3, 5);
}
static void half_fit_first(struct scene *s, struct defects *d)
{
    spoil_cells(d, EXC0, 9, 10, UPPER);
    move_word(s, 3, 9);
}
static void half_fit_left_out(struct scene *s, struct defects *d)
{
    (void)s;
    spoil_cells(d, EXC0, 9, 10, UPPER);
}
static void bad_tag(struct scene *s, struct defects *d)
{
    (void)s;
    d->bad_tag[FAR_CORE * layout.tags + 7] = 1;
}
static void bad_tag_elsewhere(struct scene *s, struct defects *d)
{
    (void)s;
    d->bad_tag[EXC_CORE * layout.tags + 7] = d->bad_tag[FAR_CORE * layout.tags + 6] = 1;
}
static void bad_tag_of_input(struct scene *s, struct defects *d)
{
    (void)s;
    d->bad_tag[EXC_CORE * layout.tags + 11] = 1;
}
static void dead_neuron(struct scene *s, struct defects *d)
{
    for (uint32_t k = 0; k < layout.cells; k++)
        s->model->cam[INH + 3][k] = 0;
    spoil_cells(d, INH + 3, 0, layout.cells, LOWER | UPPER);
}
static void half_dead(struct scene *s, struct defects *d)
{
    (void)s;
    spoil_cells(d, INH + 3, 0, layout.cells, UPPER);
}
static void reserve_of_the_living(struct scene *s, struct defects *d)
{
    s->net.reserve = 252 / 256.0;
    spoil_cells(d, INH + 9, 0, layout.cells, LOWER | UPPER);
}
static const struct worn_case worn_cases[] = {
    {other_half, NULL},
    {bad_cell, "image check V11: CAM word 3 of exc[0] (chip 0 core 0 neuron 0) holds tag 11 and is "
               "defective for lower tags"},
    {around_it, NULL},
    {too_far, "image check V10: CAM words of exc[0] (chip 0 core 0 neuron 0) are out of order"},
    {half_fit_first, NULL},
    {half_fit_left_out,
     "image check V10: CAM words of exc[0] (chip 0 core 0 neuron 0) are out of order"},
    {bad_tag, "image check V11: exc[0] sends tag 7 to chip 0 core 2, for which it is not usable"},
    {bad_tag_elsewhere, NULL},
    {bad_tag_of_input,
     "image check V11: src[1] sends tag 11 to chip 0 core 0, for which it is not usable"},
    {dead_neuron, "image check V11: inh[1, 1] stands at chip 0 core 1 neuron 13, all of whose CAM "
                  "words are defective"},
    {half_dead, NULL},
    {reserve_of_the_living,
     "image check V11: chip 0 core 1 holds 4 neurons, `reserve` keeps 252 of "
     "its 255 without a defect free"},
};

/* Defects that the image avoids and defects that it does not. */
static void defects(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof worn_cases / sizeof *worn_cases; i++) {
        struct arena arena;
        struct scene s;
        arena_init(&arena, NULL);
        scene_start(&s, &arena);
        worn_cases[i].make(&s, scene_defects(&s));
        struct verdict verdict = judge(&s);
        assert_string_equal(verdict.first, worn_cases[i].finding ? worn_cases[i].finding : "");
        assert_int_equal(verdict.accepted, worn_cases[i].finding == NULL);
        arena_release(&arena);
    }
}

static void membranes(void **state)
{
    (void)state;
    for (uint32_t first = 0; first < 2; first++) {
        struct arena arena;
        struct scene s;
        arena_init(&arena, NULL);
        scene_start(&s, &arena);
        struct view two = part_of(&s, EXC, first, 2);
        VEC_PUSH(&arena, &s.net.probes, (struct probe){two, PROBE_MEMBRANE, span_nowhere()});
        s.model->n_probes = 3;
        s.model->probe[2] =
            (struct w_probe){.kind = PROBE_MEMBRANE, .n = 2, .unit = {first, first + 1}};
        scene_setting(s.model, "core0", "neuron_monitoring_on", 1, 0);
        scene_setting(s.model, "core0", "monitored_neuron", (uint8_t)first, 0);
        if (first) {
            scene_setting(s.model, "core2", "neuron_monitoring_on", 1, 0);
            scene_setting(s.model, "core2", "monitored_neuron", 0, 0);
        }
        assert_string_equal(judge(&s).first,
                            first ? ""
                                  : "image check V11: the membranes of exc[0] and exc[1] are both "
                                    "probed on chip 0 core 0");
        arena_release(&arena);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_rule),
        cmocka_unit_test(reserve),
        cmocka_unit_test(defects),
        cmocka_unit_test(membranes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
