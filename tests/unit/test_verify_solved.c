/* The verifier on weights and delays that the compiler solves: it accepts what an exhaustive search
 * finds best, and nothing next to it. links: verify compiler base */
#include "tests/unit/verify_judge.h"

enum { DLY0 = 41, MS_PS = 1000000000 };
enum { PV = 1 };

static double off_by(double realised, double asked)
{
    return (realised > asked ? realised - asked : asked - realised) / asked;
}

static uint64_t whole_permille(int64_t realised, int64_t asked)
{
    uint64_t off = (uint64_t)(realised > asked ? realised - asked : asked - realised) * 1000;
    return (off + (uint64_t)asked - 1) / (uint64_t)asked;
}

/* --- delays: edges exc[i] -> inh[i] ask for a time, a second projection for none --- */

static int64_t delay_current(uint32_t delay, uint32_t code)
{
    static int64_t table[3][LAYOUT_CODES];
    if (table[delay][0] == 0)
        layout_currents(DLY0 + delay, table[delay]);
    return table[delay][code];
}

static int64_t delay_with(const uint32_t code[3], unsigned class)
{
    int64_t za = delay_current(0, code[0]);
    for (uint32_t i = 1; i < 3; i++)
        if (class >> (i - 1) & 1)
            za += delay_current(i, code[i]);
    /* 0.5 pF * 0.7 V = 0.35 pC = 3.5e20 zA ps */
    unsigned __int128 charge = (unsigned __int128)35 * 10000000000 * 1000000000;
    return (int64_t)((2 * charge + (uint64_t)za) / (2 * (unsigned __int128)za));
}

enum { quiet_delay = 5 * LAYOUT_FINE + 255 };

/* The least delay in ps, of the lowest class that has it. */
static unsigned fastest_class(const uint32_t code[3])
{
    int64_t least = INT64_MAX;
    unsigned best = 0;
    for (unsigned class = 0; class < 4; class ++)
        if (delay_with(code, class) < least) {
            least = delay_with(code, class);
            best = class;
        }
    return best;
}

/* The code of DLY0 alone that is nearest to a delay of class 0, lowest first. */
static uint32_t best_base(int64_t ps)
{
    uint32_t code[3] = {0, quiet_delay, quiet_delay}, best = 0;
    uint64_t least = UINT64_MAX;
    for (code[0] = 0; code[0] < LAYOUT_CODES; code[0]++) {
        uint64_t e = whole_permille(delay_with(code, 0), ps);
        if (e < least) {
            least = e;
            best = code[0];
        }
    }
    return best;
}

struct delay_case {
    struct arena arena;
    struct scene s;
};

static void second_projection(struct scene *s, struct syn_attr attr)
{
    static const uint32_t pair[1][2] = {{0, 3}};
    scene_projection(s, "exc -> inh again", scene_view(UNIT_NEURON, 0, 3),
                     scene_view(UNIT_NEURON, 1, 4), attr);
    scene_edges(s, 1, pair, 1);
    net_finish(s->arena, &s->net);
}

/* exc[i] -> inh[i] after `ps`; exc[0] -> inh[3] as fast as can be. */
static void start_delays(struct delay_case *c, int64_t ps, unsigned class, unsigned fastest)
{
    arena_init(&c->arena, NULL);
    scene_start(&c->s, &c->arena);
    c->s.net.attrs.at[1].delay_kind = DELAY_TIME;
    c->s.net.attrs.at[1].delay_ps = ps;
    second_projection(&c->s, (struct syn_attr){.dendrite = DENDRITE_AMPA, .slots = 1});
    for (uint32_t i = 0; i < 3; i++)
        c->s.model->cam[INH + i][0] = w_cam(20 + i, DENDRITE_NMDA, class, false, 3);
    c->s.model->cam[INH + 3][0] = w_cam(20, DENDRITE_AMPA, fastest, false, 1);
    /* exc[0] sends tag 20 already; inh[3] may listen to it as inh[0] does */
    scene_code(c->s.model, INH_CORE, DLY0, best_base(ps));
}

/* The word of exc[0] -> inh[3], and of the others if they ask for no time, at these codes. */
static void omitted_words(struct delay_case *c, const uint32_t code[3])
{
    unsigned fastest = fastest_class(code);
    c->s.model->cam[INH + 3][0] = w_cam(20, DENDRITE_AMPA, fastest, false, 1);
    if (c->s.net.attrs.at[1].delay_kind == DELAY_OMITTED)
        for (uint32_t i = 0; i < 3; i++)
            c->s.model->cam[INH + i][0] = w_cam(20 + i, DENDRITE_NMDA, fastest, false, 3);
}

static const char *checks_of(struct delay_case *c)
{
    const char *checks = judge(&c->s).checks;
    char *copy = arena_printf(&c->arena, "%s", checks);
    return copy;
}

static void one_delay(void **state)
{
    (void)state;
    for (int64_t ms = 1; ms <= 50; ms += 7) {
        struct delay_case c;
        start_delays(&c, ms * MS_PS, 0, 3);
        assert_string_equal(checks_of(&c), "");
        uint32_t best = best_base(ms * MS_PS);
        scene_code(c.s.model, INH_CORE, DLY0, best + 1);
        assert_string_equal(checks_of(&c), "V8");
        scene_code(c.s.model, INH_CORE, DLY0, best - 1);
        assert_string_equal(checks_of(&c), "V8");
        scene_code(c.s.model, INH_CORE, DLY0, best);
        for (uint32_t i = 1; i < 3; i++) { /* one current is enough */
            scene_code(c.s.model, INH_CORE, DLY0 + i, 3);
            assert_string_equal(checks_of(&c), "V8");
            scene_code(c.s.model, INH_CORE, DLY0 + i, quiet_delay);
        }
        for (uint32_t i = 0; i < 3; i++)
            c.s.model->cam[INH + i][0] = w_cam(20 + i, DENDRITE_NMDA, 1, false, 3);
        assert_string_equal(checks_of(&c), "V2 V3");
        arena_release(&c.arena);
    }
}

/* Without any request the currents stay at their default, and both bits are the fastest. */
static void no_delay(void **state)
{
    (void)state;
    struct delay_case c;
    start_delays(&c, MS_PS, 3, 3);
    c.s.net.attrs.at[1].delay_kind = DELAY_OMITTED;
    scene_code(c.s.model, INH_CORE, DLY0, quiet_delay);
    assert_string_equal(checks_of(&c), "");
    for (unsigned class = 0; class < 3; class ++) {
        c.s.model->cam[INH + 3][0] = w_cam(20, DENDRITE_AMPA, class, false, 1);
        assert_string_equal(checks_of(&c), "V2 V3");
    }
    c.s.model->cam[INH + 3][0] = w_cam(20, DENDRITE_AMPA, 3, false, 1);
    scene_code(c.s.model, INH_CORE, DLY0, quiet_delay - 1);
    assert_string_equal(checks_of(&c), "V8");
    arena_release(&c.arena);
}

/* A class is taken as named; edges without one stay in the fastest. */
static void class_by_name(void **state)
{
    (void)state;
    for (unsigned class = 0; class < 4; class ++) {
        struct delay_case c;
        start_delays(&c, MS_PS, class, 3);
        c.s.net.attrs.at[1].delay_kind = DELAY_CLASS;
        c.s.net.attrs.at[1].delay_class = (uint8_t) class;
        scene_code(c.s.model, INH_CORE, DLY0, quiet_delay);
        assert_string_equal(checks_of(&c), "");
        c.s.model->cam[INH + 3][0] = w_cam(20, DENDRITE_AMPA, 0, false, 1);
        assert_string_equal(checks_of(&c), "V2 V3");
        arena_release(&c.arena);
    }
}

static void give_delays(struct delay_case *c, const uint32_t code[3])
{
    for (uint32_t i = 0; i < 3; i++) {
        c->s.net.bias_sets.at[PV].request[DLY0 + i] =
            (struct bias_request){.kind = REQUEST_CODE,
                                  .coarse = (uint8_t)(code[i] / LAYOUT_FINE),
                                  .fine = (uint8_t)(code[i] % LAYOUT_FINE)};
        scene_code(c->s.model, INH_CORE, DLY0 + i, code[i]);
    }
}

/* Currents stated under their own names are kept. A current too small to be seen in ps next to the
 * others leaves a tie, which the lowest class takes. */
static void given_currents(void **state)
{
    enum { SOME = LAYOUT_FINE + 9, LESS = quiet_delay - 6 };
    static const struct {
        uint32_t code[3];
        unsigned fastest;
    } cases[] = {
        {{quiet_delay, LESS, quiet_delay}, 3}, {{quiet_delay, SOME, quiet_delay}, 2},
        {{quiet_delay, LESS, 0}, 1},           {{quiet_delay, 0, 0}, 3},
        {{quiet_delay, SOME, 0}, 3},           {{0, 0, 0}, 3},
    };
    (void)state;
    for (unsigned k = 0; k < sizeof cases / sizeof *cases; k++) {
        struct delay_case c;
        start_delays(&c, MS_PS, cases[k].fastest, cases[k].fastest);
        c.s.net.attrs.at[1].delay_kind = DELAY_OMITTED;
        give_delays(&c, cases[k].code);
        assert_int_equal(fastest_class(cases[k].code), cases[k].fastest);
        assert_string_equal(checks_of(&c), "");
        for (unsigned class = 0; class < 4; class ++) {
            c.s.model->cam[INH + 3][0] = w_cam(20, DENDRITE_AMPA, class, false, 1);
            assert_string_equal(checks_of(&c), class == cases[k].fastest ? "" : "V2 V3");
        }
        c.s.model->cam[INH + 3][0] = w_cam(20, DENDRITE_AMPA, cases[k].fastest, false, 1);
        scene_code(c.s.model, INH_CORE, DLY0 + 1, cases[k].code[1] ^ 1);
        assert_non_null(strstr(checks_of(&c), "V8"));
        arena_release(&c.arena);
    }
}

/* delay.none is tied to class 0, also without an edge that asks for it. */
static void stated_delay(void **state)
{
    (void)state;
    struct delay_case c;
    start_delays(&c, MS_PS, 3, 3);
    c.s.net.attrs.at[1].delay_kind = DELAY_OMITTED;
    c.s.net.bias_sets.at[PV].delay[NET_DELAY_NONE].ps = MS_PS;
    assert_string_equal(checks_of(&c), "");
    scene_code(c.s.model, INH_CORE, DLY0, quiet_delay);
    assert_string_equal(checks_of(&c), "V8");
    arena_release(&c.arena);
}

static void delay_tolerance(void **state)
{
    (void)state;
    struct delay_case c;
    start_delays(&c, 3 * (int64_t)MS_PS, 0, 3);
    uint32_t code[3] = {best_base(3 * (int64_t)MS_PS), quiet_delay, quiet_delay};
    double error = off_by((double)delay_with(code, 0), 3.0 * MS_PS);
    c.s.net.bias_sets.at[PV].delay_tolerance = error * 1.001 + 1e-12;
    assert_string_equal(checks_of(&c), "");
    c.s.net.bias_sets.at[PV].delay_tolerance = error * 0.999;
    assert_string_equal(checks_of(&c), "V8");
    arena_release(&c.arena);
}

/* Given currents are not changed for anybody: what they cannot serve is out of tolerance. */
static void given_too_fast(void **state)
{
    (void)state;
    struct delay_case c;
    start_delays(&c, MS_PS, 0, 3);
    for (uint32_t i = 0; i < 3; i++)
        c.s.net.bias_sets.at[PV].request[DLY0 + i] =
            (struct bias_request){.kind = REQUEST_CODE, .coarse = 5, .fine = 255};
    scene_code(c.s.model, INH_CORE, DLY0, quiet_delay);
    assert_string_equal(checks_of(&c), "V8");
    c.s.net.bias_sets.at[PV].delay_tolerance = 1;
    assert_string_equal(checks_of(&c), "");
    arena_release(&c.arena);
}

struct two_delays {
    int64_t ps[2];
    unsigned class[2];
};

static bool better_codes(const struct two_delays *want, const uint32_t code[3], uint64_t best[2])
{
    uint64_t worst = 0, squares = 0;
    for (unsigned i = 0; i < 2; i++) {
        uint64_t e = whole_permille(delay_with(code, want->class[i]), want->ps[i]);
        worst = e > worst ? e : worst;
        squares += e * e;
    }
    if (worst > best[0] || (worst == best[0] && squares >= best[1]))
        return false;
    best[0] = worst;
    best[1] = squares;
    return true;
}

/* Codes of DLY0 and one more that no change of one of them improves, the lowest among equals. */
static void descend(const struct two_delays *want, unsigned second, uint32_t code[3])
{
    for (unsigned round = 0; round < 6; round++)
        for (unsigned i = 0; i <= second; i += second) {
            uint64_t best[2] = {UINT64_MAX, UINT64_MAX};
            uint32_t held = code[i];
            for (uint32_t tried = 0; tried < LAYOUT_CODES; tried++) {
                code[i] = tried;
                if (better_codes(want, code, best))
                    held = tried;
            }
            code[i] = held;
        }
}

/* The longest delay has class 0, a shorter one what is nearest; stated ones have their class. */
static void two_delays(void **state)
{
    (void)state;
    for (unsigned stated = 0; stated < 2; stated++)
        for (int64_t ms = 2; ms < 14; ms += 1 + stated) {
            struct delay_case c;
            struct two_delays want = {{20 * (int64_t)MS_PS, ms * MS_PS}, {0, 1}};
            uint32_t code[3] = {quiet_delay, quiet_delay, quiet_delay};
            start_delays(&c, want.ps[0], 0, 3);
            descend(&want, 1, code);
            for (uint32_t i = 0; i < 3; i++)
                scene_code(c.s.model, INH_CORE, DLY0 + i, code[i]);
            omitted_words(&c, code);
            struct syn_attr *other = &c.s.net.attrs.at[c.s.net.attrs.n - 1];
            if (stated) {
                c.s.net.bias_sets.at[PV].delay[NET_DELAY_PRECISE].ps = want.ps[1];
            } else {
                other->delay_kind = DELAY_TIME;
                other->delay_ps = want.ps[1];
                c.s.model->cam[INH + 3][0] = w_cam(20, DENDRITE_AMPA, 1, false, 1);
            }
            assert_string_equal(checks_of(&c), "");
            for (uint32_t i = 0; i < 2; i++) {
                scene_code(c.s.model, INH_CORE, DLY0 + i, code[i] + 1);
                assert_string_equal(checks_of(&c), "V8");
                scene_code(c.s.model, INH_CORE, DLY0 + i, code[i]);
            }
            arena_release(&c.arena);
        }
}

static void put_codes(struct delay_case *c, const uint32_t code[3])
{
    for (uint32_t i = 0; i < 3; i++)
        scene_code(c->s.model, INH_CORE, DLY0 + i, code[i]);
    omitted_words(c, code);
}

static void words_of_class(struct delay_case *c, unsigned class)
{
    for (uint32_t i = 0; i < 3; i++)
        c->s.model->cam[INH + i][0] = w_cam(20 + i, DENDRITE_NMDA, class, false, 3);
}

/* The longest request is an edge's also where a stated delay is as long. */
static void as_long_as_stated(void **state)
{
    (void)state;
    for (unsigned class = 0; class < 2; class ++) {
        struct delay_case c;
        struct two_delays want = {{MS_PS, MS_PS}, {0, class}};
        uint32_t code[3] = {best_base(MS_PS), class ? 0 : quiet_delay, quiet_delay};
        start_delays(&c, MS_PS, 0, 3);
        if (class)
            descend(&want, 1, code);
        c.s.net.bias_sets.at[PV].delay[class].ps = MS_PS;
        put_codes(&c, code);
        assert_string_equal(checks_of(&c), "");
        arena_release(&c.arena);
    }
}

/* A stated delay keeps its class though it is the longest. */
static void stated_precise(void **state)
{
    (void)state;
    struct delay_case c;
    struct two_delays want = {{5 * (int64_t)MS_PS, 5 * (int64_t)MS_PS}, {1, 1}};
    uint32_t code[3] = {best_base(5 * (int64_t)MS_PS), 0, quiet_delay};
    start_delays(&c, MS_PS, 3, 3);
    c.s.net.attrs.at[1].delay_kind = DELAY_OMITTED;
    c.s.net.bias_sets.at[PV].delay[NET_DELAY_PRECISE].ps = want.ps[0];
    descend(&want, 1, code);
    put_codes(&c, code);
    assert_string_equal(checks_of(&c), "");
    arena_release(&c.arena);
}

/* Where DLY0 is given nothing is tied to class 0: the request takes what is nearest. */
static void base_given(void **state)
{
    (void)state;
    struct delay_case c;
    struct two_delays want = {{MS_PS, MS_PS}, {1, 1}};
    uint32_t base = best_base(4 * (int64_t)MS_PS), code[3] = {base, quiet_delay, quiet_delay};
    uint64_t best[2] = {UINT64_MAX, UINT64_MAX};
    start_delays(&c, MS_PS, 1, 3);
    words_of_class(&c, 1);
    c.s.net.bias_sets.at[PV].request[DLY0] =
        (struct bias_request){.kind = REQUEST_CODE,
                              .coarse = (uint8_t)(base / LAYOUT_FINE),
                              .fine = (uint8_t)(base % LAYOUT_FINE)};
    for (uint32_t tried = 0, held = 0; tried < LAYOUT_CODES; tried++) {
        code[1] = tried;
        if (better_codes(&want, code, best))
            held = tried;
        code[1] = held;
    }
    put_codes(&c, code);
    assert_string_equal(checks_of(&c), "");
    arena_release(&c.arena);
}

/* --- weights: pc has w0 = 1 nA, w1 = 2 nA given, w2 and w3 free --- */

static uint64_t error_of(const int64_t slot[4], int64_t asked, unsigned *best_mask)
{
    uint64_t least = UINT64_MAX;
    for (unsigned mask = 1; mask < 16; mask++) {
        int64_t sum = 0;
        for (unsigned i = 0; i < 4; i++)
            sum += mask >> i & 1 ? slot[i] : 0;
        uint64_t off = (uint64_t)(sum > asked ? sum - asked : asked - sum);
        if (off < least) {
            least = off;
            *best_mask = mask;
        }
    }
    return (least * 1000 + (uint64_t)asked - 1) / (uint64_t)asked;
}

/* Best single code of w2 with w3 off, by the whole objective. */
static uint32_t best_w2(const int64_t *asked, unsigned n, unsigned *mask)
{
    int64_t table[LAYOUT_CODES], slot[4];
    uint64_t least = UINT64_MAX, least_squares = UINT64_MAX;
    uint32_t best = 0;
    layout_currents(SLOT0, table);
    slot[0] = table[scene_nearest(SLOT0, NA)];
    slot[1] = table[scene_nearest(SLOT0 + 1, 2 * NA)];
    slot[3] = table[0];
    for (uint32_t code = 0; code < LAYOUT_CODES; code++) {
        uint64_t worst = 0, squares = 0;
        unsigned ignored;
        slot[2] = table[code];
        for (unsigned i = 0; i < n; i++) {
            uint64_t e = error_of(slot, asked[i], &ignored);
            worst = e > worst ? e : worst;
            squares += e * e;
        }
        if (worst < least || (worst == least && squares < least_squares)) {
            least = worst;
            least_squares = squares;
            best = code;
        }
    }
    slot[2] = table[best];
    for (unsigned i = 0; i < n; i++)
        error_of(slot, asked[i], &mask[i]);
    return best;
}

static void one_free_slot(void **state)
{
    (void)state;
    for (int64_t tenth = 31; tenth < 100; tenth += 6) {
        struct arena arena;
        struct scene s;
        unsigned mask[1];
        int64_t asked[1] = {tenth * NA / 10};
        arena_init(&arena, NULL);
        scene_start(&s, &arena);
        /* w3 is given as off, so that w2 is the only one free */
        s.net.bias_sets.at[0].request[SLOT0 + 3] = (struct bias_request){.kind = REQUEST_CODE};
        s.net.attrs.at[3].weight_za = asked[0];
        uint32_t best = best_w2(asked, 1, mask);
        scene_code(s.model, EXC_CORE, SLOT0 + 2, best);
        scene_code(s.model, FAR_CORE, SLOT0 + 2, best);
        s.model->cam[EXC2][2] = w_cam(7, DENDRITE_SHUNT, 3, false, mask[0]);
        assert_string_equal(judge(&s).first, "");
        for (uint32_t other = best - 1; other <= best + 1; other += 2) {
            scene_code(s.model, EXC_CORE, SLOT0 + 2, other);
            scene_code(s.model, FAR_CORE, SLOT0 + 2, other);
            assert_string_equal(judge(&s).checks, "V8");
        }
        arena_release(&arena);
    }
}

/* Two requests, one code: the worst of both decides, then the sum of squares. */
static void two_requests(void **state)
{
    static const uint32_t pair[1][2] = {{0, 2}};
    (void)state;
    for (unsigned round = 0; round < 8; round++) {
        struct arena arena;
        struct scene s;
        unsigned mask[2];
        int64_t asked[2] = {(33 + round) * NA / 10, (52 + 3 * round) * NA / 10};
        arena_init(&arena, NULL);
        scene_start(&s, &arena);
        s.net.bias_sets.at[0].request[SLOT0 + 3] = (struct bias_request){.kind = REQUEST_CODE};
        s.net.bias_sets.at[0].weight_tolerance = 0.5;
        s.net.attrs.at[3].weight_za = asked[0];
        scene_projection(&s, "again", scene_view(UNIT_INPUT, 0, 2), scene_view(UNIT_NEURON, 0, 3),
                         (struct syn_attr){.dendrite = DENDRITE_AMPA,
                                           .weight_kind = WEIGHT_AMPERES,
                                           .weight_za = asked[1]});
        scene_edges(&s, 1, pair, 1);
        net_finish(&arena, &s.net);
        uint32_t best = best_w2(asked, 2, mask);
        scene_code(s.model, EXC_CORE, SLOT0 + 2, best);
        scene_code(s.model, FAR_CORE, SLOT0 + 2, best);
        s.model->cam[EXC2][2] = w_cam(7, DENDRITE_SHUNT, 3, false, mask[0]);
        s.model->cam[EXC2][5] = w_cam(12, DENDRITE_AMPA, 3, false, mask[1]);
        s.model->input[0].n_dests[0] = 2;
        s.model->input[0].dest[0][1] = w_sram(1 << FAR_CORE, 0, 0, 12);
        assert_string_equal(judge(&s).first, "");
        scene_code(s.model, EXC_CORE, SLOT0 + 2, best + 1);
        scene_code(s.model, FAR_CORE, SLOT0 + 2, best + 1);
        assert_string_equal(judge(&s).checks, "V8");
        arena_release(&arena);
    }
}

/* A free slot that nobody needs is off. */
static void nothing_to_solve(void **state)
{
    (void)state;
    struct arena arena;
    struct scene s;
    arena_init(&arena, NULL);
    scene_start(&s, &arena);
    s.net.attrs.at[3].weight_kind = WEIGHT_SLOTS;
    s.net.attrs.at[3].slots = 4;
    assert_string_equal(judge(&s).checks, "V8");
    scene_code(s.model, EXC_CORE, SLOT0 + 2, 0);
    scene_code(s.model, FAR_CORE, SLOT0 + 2, 0);
    assert_string_equal(judge(&s).first, "");
    arena_release(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_delay),         cmocka_unit_test(no_delay),
        cmocka_unit_test(class_by_name),     cmocka_unit_test(given_currents),
        cmocka_unit_test(stated_delay),      cmocka_unit_test(delay_tolerance),
        cmocka_unit_test(given_too_fast),    cmocka_unit_test(two_delays),
        cmocka_unit_test(as_long_as_stated), cmocka_unit_test(stated_precise),
        cmocka_unit_test(base_given),        cmocka_unit_test(one_free_slot),
        cmocka_unit_test(two_requests),      cmocka_unit_test(nothing_to_solve),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
