/* Statements: board, params, declarations, nets, latches, places, probes, and what may stand where.
 * links: compiler grammar backend device base */
#include "elab_case.h"

#define B "bias b { weight.s = 1 nA; } "
#define T "target dynapse2(chips = 1); "

static struct elab_case *good(const char *text)
{
    struct elab_case *c = case_of(text);
    case_clean(c, "N0812");
    return c;
}

/* --- target --- */

static void boards(void **state)
{
    (void)state;
    struct elab_case *c = good("target dynapse2(chips = 3, seed = 9, reserve = 0.25);");
    assert_int_equal(c->out.net.chips, 3);
    assert_int_equal(c->out.net.grid_w, 3);
    assert_int_equal(c->out.net.grid_h, 1);
    assert_false(c->out.net.grid_stated);
    assert_int_equal(c->out.net.seed, 9);
    assert_true(c->out.net.reserve == 0.25);
    case_free(c);
    c = good("target dynapse2(grid = [2, 3]);");
    assert_int_equal(c->out.net.chips, 6);
    assert_int_equal(c->out.net.grid_w, 2);
    assert_int_equal(c->out.net.grid_h, 3);
    assert_true(c->out.net.grid_stated);
    case_free(c);
    c = good("let n = 2; target dynapse2(chips = n);"); /* constants may stand before it */
    assert_int_equal(c->out.net.chips, 2);
    case_free(c);
    c = case_of("let a = 1;");
    assert_true(c->ok);
    assert_int_equal(case_count(c, "N0812"), 1);
    assert_int_equal(c->out.net.chips, 1);
    case_free(c);
}

static void board_errors(void **state)
{
    (void)state;
    check_error("target @dynapse3(chips = 1);", "E0201");
    check_error("target dynapse2(chips = @0);", "E0205");
    check_error("target dynapse2(chips = @256);", "E0205");
    check_error("target dynapse2(chips = @1.5);", "E0203");
    check_error("target dynapse2(@chip = 1);", "E0205");
    check_error("target dynapse2(@1);", "E0205");
    check_error("target dynapse2(chips = 1, @grid = [1, 1]);", "E0205");
    check_error("target dynapse2(grid = @[1]);", "E0203");
    check_error("target dynapse2(grid = @[1, 256]);", "E0205");
    check_error("target dynapse2(grid = @[0, 1]);", "E0205");
    check_error("target dynapse2(seed = @-1);", "E0205");
    check_error("target dynapse2(reserve = @1.5);", "E0205");
    check_error("target dynapse2(reserve = @1 ms);", "E0203");
    check_error("target dynapse2(profile = @\"x.json\");", "E0601");
    check_error("target dynapse2(); @target dynapse2();", "E0220");
    check_error(B "population p[1] : b; @target dynapse2();", "E0220");
    struct elab_case *c = good("target dynapse2(chips = 255);");
    assert_int_equal(c->out.net.chips, 255);
    case_free(c);
}

static void options_win(void **state)
{
    (void)state;
    const struct elaborate_options options = {.chips = 4, .seed_given = true, .seed = 77};
    struct elab_case *c = case_with("target dynapse2(grid = [2, 2], seed = 1);", &options);
    assert_int_equal(c->out.net.chips, 4);
    assert_false(c->out.net.grid_stated);
    assert_int_equal(c->out.net.seed, 77);
    case_free(c);
    const struct elaborate_options grid = {.grid_w = 3, .grid_h = 2};
    c = case_with("target dynapse2(chips = 1);", &grid);
    assert_int_equal(c->out.net.chips, 6);
    case_free(c);
}

/* --- params --- */

static struct elab_case *defined(const char *text, const char *const *defines, uint32_t n)
{
    const struct elaborate_options options = {0};
    return case_in(".", text, &options, device_dynapse2(), defines, n);
}

/* Options keep to the reach of packets as the file does. */
static void board_options_have_limits(void **state)
{
    (void)state;
    struct device device = *device_dynapse2();
    device.max_chips_per_axis = 5;
    for (uint32_t n = 4; n <= 6; n++) {
        const struct elaborate_options row = {.chips = n}, wide = {.grid_w = n, .grid_h = 5};
        const struct elaborate_options high = {.grid_w = 1, .grid_h = n};
        const struct elaborate_options *const options[] = {&row, &wide, &high};
        for (size_t i = 0; i < 3; i++) {
            struct elab_case *c =
                case_in(".", T B "population p[4] : b;", options[i], &device, NULL, 0);
            assert_int_equal(c->ok, n <= 5);
            assert_int_equal(case_count(c, "E0205"), n > 5);
            if (n <= 5)
                assert_int_equal(c->out.net.chips, i == 0 ? n : i == 1 ? n * 5 : n);
            case_free(c);
        }
        char text[200];
        snprintf(text, sizeof text, "target dynapse2(chips = %u); " B "population p[4] : b;", n);
        const struct elaborate_options none = {0};
        struct elab_case *c = case_in(".", text, &none, &device, NULL, 0);
        assert_int_equal(case_count(c, "E0205"), n > 5);
        case_free(c);
    }
}

static void params(void **state)
{
    (void)state;
    const char *text = T "param n: int = 3; param w: current = 2 nA; param r = 0.5; "
                         "param t = 5 ms; param s = \"x\"; param f = on;";
    char whole[512];
    snprintf(whole, sizeof whole,
             "%s assert n == 7; assert w == 3 nA; assert r == 2.0; "
             "assert t == 1 s; assert s == \"y\"; assert not f;",
             text);
    const char *const all[] = {"n=3 + 4", "w=3 nA", "r=2", "t=1 s", "s=\"y\"", "f=off"};
    struct elab_case *c = defined(whole, all, 6);
    case_clean(c, "");
    assert_int_equal(c->out.net.defines.n, 6);
    assert_string_equal(c->out.net.defines.at[0].name, "f"); /* in the order of the names */
    case_free(c);
    const char *const bad[] = {"n=2.5", "w=3 ms", "f=1", "m=3", "s=4", "t=nothing"};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        c = defined(text, bad + i, 1);
        assert_false(c->ok);
        assert_int_equal(case_count(c, "E0224"), 1);
        assert_int_equal(diag_exit_code(&c->sink), 2);
        case_free(c);
    }
    const char *const seen[] = {"k=n * 2"}; /* what stands before the param is in scope */
    c = defined(T "param n = 4; param k = 1; assert k == 8;", seen, 1);
    case_clean(c, "");
    case_free(c);
    check_error(T "param n: int = @2.5;", "E0203");
    check_error(T "param n: @inte = 2;", "E0201");
    check_error(T "param n = @pre;", "E0208");
}

/* --- units --- */

static void populations(void **state)
{
    (void)state;
    struct elab_case *c = good(T B "let n = 3; population p[n] : b; population q[2, n, 4] : b { "
                                   "model = exponential; dc = on; } input i[5]; input j[2, 2];");
    const struct net *net = &c->out.net;
    assert_int_equal(net->populations.n, 2);
    assert_int_equal(net->populations.at[1].size, 24);
    assert_int_equal(net->populations.at[1].first, 3);
    assert_int_equal(net->n_neurons, 27);
    assert_int_equal(net->inputs.at[1].first, 5);
    assert_int_equal(net->n_inputs, 9);
    assert_int_equal(net->latches[2], 0);
    assert_int_equal(net->latches[3], 1u << LATCH_soif_type | 1u << LATCH_so_dc);
    assert_string_equal(net_source_name(&c->arena, net, 26), "q[1, 2, 3]");
    assert_string_equal(net_source_name(&c->arena, net, 27 + 8), "j[1, 1]");
    case_free(c);
    check_error(T B "population p[@0] : b;", "E0205");
    check_error(T B "population p[@-1] : b;", "E0205");
    check_error(T B "population p[@1.5] : b;", "E0203");
    check_error(T B "population p[@1, 1, 1, 1] : b;", "E0203");
    check_error(T B "population p[1] : @c;", "E0201");
    check_error(T B "population p[1] : b; population q[1] : @p;", "E0203");
    check_error(T B "population p[1] : b; population @p[1] : b;", "E0211");
    check_error(T "input i[1]; let @i = 3;", "E0211");
    check_error(T "input @i[4] = dvs(davis346);", "E0203");
    check_error(T "input @i[4] = bioamp(gain = 2);", "E0203");
    check_error(T "input i[4] = @3;", "E0203");
}

static void capacity(void **state)
{
    (void)state;
    struct elab_case *c = good(T B "population p[1023] : b;");
    case_free(c);
    c = good(T B "population p[1000] : b; population q[24] : b;");
    case_free(c);
    check_error(T B "population @p[1025] : b;", "E0308");
    check_error(T B "population p[1000] : b; population @q[25] : b; q -> q : ampa(weight = b.s);",
                "E0308");
    check_error(T B "population @p[1000000000] : b; p -> p : ampa(weight = b.s);", "E0308");
    check_error(T B "population @p[9223372036854775807, 9223372036854775807, 9] : b;", "E0308");
    c = case_of(T B "population p[1000] : b; population q[1000] : b; population r[1000] : b;");
    assert_string_equal(case_error(c, "E0308", 0, 0)->message,
                        "declared 3000 neurons, the board has 1024");
    assert_int_equal(diag_exit_code(&c->sink), 3);
    case_free(c);
    check_error(T "input @i[1000000000];", "E0225");
    c = good(T "input i[8192];"); /* 2048 tags in each of 4 cores */
    case_free(c);
    check_error(T "input i[8192]; input @j[1];", "E0225");
}

static void shrunk_device(void **state)
{
    (void)state;
    struct device device = *device_dynapse2();
    device.cores_per_chip = 2;
    device.neurons_per_core = 3;
    const struct elaborate_options options = {0};
    struct elab_case *c = case_in(".", T B "population p[6] : b;", &options, &device, NULL, 0);
    case_clean(c, "");
    case_free(c);
    c = case_in(".", T B "population p[7] : b;", &options, &device, NULL, 0);
    case_error(c, "E0308", 0, 0);
    case_free(c);
}

/* --- latches --- */

static void latches(void **state)
{
    (void)state;
    struct elab_case *c =
        case_of(T B "population p[4] : b { model = exponential; homeostasis = soma; } "
                    "set p[1:3] { kill = on; model = threshold; } set p[3] { homeostasis = off; "
                    "latch.de_mux = on; } set p[2] { kill = on; }");
    case_clean(c, "N0814"); /* which side `soma` is, is assumed */
    assert_int_equal(case_count(c, "N0814"), 1);
    const uint16_t *l = c->out.net.latches;
    uint16_t base = 1u << LATCH_soif_type | 1u << LATCH_ho_enable | 1u << LATCH_ho_so_de;
    assert_int_equal(l[0], base);
    assert_int_equal(l[1], (base & ~(1u << LATCH_soif_type)) | 1u << LATCH_soif_kill);
    assert_int_equal(l[2], l[1]);
    assert_int_equal(l[3], 1u << LATCH_soif_type | 1u << LATCH_de_mux);
    case_free(c);
    check_error(T B "population p[1] : b { @modle = threshold; }", "E0202");
    check_error(T B "population p[1] : b { model = @treshold; }", "E0203");
    check_error(T B "population p[1] : b { dc = @1; }", "E0203");
    check_error(T B "population p[1] : b { dc = on; @latch.so_dc = off; }", "E0207");
    check_error(T B "population p[1] : b { homeostasis = soma; @latch.ho_enable = off; }", "E0207");
    check_error(T B "population p[4] : b; set p[0:2] { kill = on; } @set p[1] { kill = off; }",
                "E0207");
    check_error(T "input i[1]; set @i { kill = on; }", "E0203");
    check_error(T "set chip[0] { @PG_BUF = dac(1, 50); }", "E0202");
    check_error(T "set chip[0] { PG_BUF_N = @dac(1, 256); }", "E0503");
    check_error(T "set @chap[0] { kill = on; }", "E0201");
}

/* --- views --- */

static void views(void **state)
{
    (void)state;
    struct elab_case *c =
        good(T B "population p[3, 4] : b; net n(v: view) { probe v[1] : spikes; } "
                 "probe p[1] : spikes; probe p[:, 2] : spikes; probe p[0:3:2, 1:4:2] : spikes; "
                 "probe p[2, 3] : spikes; probe p[1:3][0, 1:3] : spikes; use u = n(p[:, 1]); "
                 "assert len(p[1:3, :]) == 8;");
    const struct probe *probe = c->out.net.probes.at;
    struct arena *arena = &c->arena;
    static const char *const text[] = {"p[1]",    "p[:, 2]",   "p[0:3:2, 1:4:2]",
                                       "p[2, 3]", "p[1, 1:3]", "p[1, 1]"};
    for (uint32_t i = 0; i < 6; i++)
        assert_string_equal(view_text(arena, &c->out.net, &probe[i].view), text[i]);
    assert_int_equal(probe[0].view.size, 4);
    assert_int_equal(probe[1].view.dims.n, 1);
    assert_int_equal(view_unit(&probe[1].view, 2), 10);
    assert_int_equal(view_unit(&probe[2].view, 3), 11);
    assert_int_equal(probe[3].view.dims.size[0], 1);
    assert_int_equal(probe[3].view.base, 11);
    case_free(c);
    static const struct {
        const char *view, *code;
    } bad[] = {{"p[@3]", "E0210"},       {"p[@-1]", "E0210"},  {"p[@0:4]", "E0210"},
               {"p[@2:1]", "E0210"},     {"p[@1:1]", "E0210"}, {"p[0:3:@0]", "E0210"},
               {"@p[0, 0, 0]", "E0203"}, {"p[@1.5]", "E0203"}, {"p[0, @4]", "E0210"},
               {"@q", "E0201"},          {"@p.x", "E0203"},    {"@b", "E0203"}};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        char program[256];
        snprintf(program, sizeof program, T B "population p[3, 4] : b; probe %s : spikes;",
                 bad[i].view);
        check_error(program, bad[i].code);
    }
}

static void view_messages(void **state)
{
    (void)state;
    struct elab_case *c = case_of(T B "population exc[64] : b; probe exc[64] : spikes;");
    assert_string_equal(case_error(c, "E0210", 0, 0)->message,
                        "index 64 outside `exc[64]` (valid: 0..63)");
    case_free(c);
    c = case_of(T B "population m[3, 4] : b; probe m[0, 2:5] : spikes;");
    assert_string_equal(case_error(c, "E0210", 0, 0)->message,
                        "range 2:5 outside `m[3, 4]` (valid: 0:4)");
    case_free(c);
}

/* --- nets --- */

static void nets(void **state)
{
    (void)state;
    struct elab_case *c = good(
        T "bias b { weight.s = 1 nA; } bias d : b { weight.s = 2 nA; }\n"
          "net cell(n: int = 2, kind, from: view, gain: real = 1) {\n"
          "  bias own : kind { membrane.gain = 3; } let m = n + 1; fn twice(x) = 2 * x;\n"
          "  population e[twice(m)] : own; population _h[1] : kind;\n"
          "  from -> e : ampa(pre == post, weight = own.s);\n"
          "  net part(k: int) { population x[k] : kind; } use sub[2] = part(k = n); }\n"
          "input i[6]; use a = cell(kind = d, from = i); use c[2] = cell(2, b, from = "
          "a.e);\n"
          "probe c[1].sub[0].x : spikes; probe a : spikes; assert a.m == 3; assert len(c[0].e) == "
          "6;");
    const struct net *net = &c->out.net;
    static const char *const names[] = {"a.e",    "a._h",    "a.sub[0].x",    "a.sub[1].x",
                                        "c[0].e", "c[0]._h", "c[0].sub[0].x", "c[0].sub[1].x",
                                        "c[1].e", "c[1]._h", "c[1].sub[0].x", "c[1].sub[1].x"};
    assert_int_equal(net->populations.n, 12);
    for (uint32_t i = 0; i < 12; i++)
        assert_string_equal(net->populations.at[i].name, names[i]);
    assert_int_equal(net->probes.n, 5); /* one, and the four populations of `a` */
    assert_string_equal(net->bias_sets.at[2].name, "a.own");
    assert_int_equal(net->bias_sets.at[2].parent, 1);
    assert_string_equal(net->projections.at[1].name, "a.e -> c[0].e");
    case_free(c);
}

static void net_errors(void **state)
{
    (void)state;
    check_error(T "net n(a: int) { } use x = n(@2.5);", "E0203");
    check_error(T "net n(a: int) { } @use x = n();", "E0205");
    check_error(T "net n(a: int) { } use x = n(1, @b = 2);", "E0205");
    check_error(T "net wta(size: int) { } use x = wta(@siez = 2);", "E0205");
    check_error(T "net n() { use x = @n(); }", "E0213");
    check_error(T "use x = @n();", "E0201");
    check_error(T "let n = 3; use x = @n();", "E0203");
    check_error(T "net n() { } use x[@0] = n();", "E0205");
    check_error(T "net n() { } use x[2, @2] = n();", "E0203");
    check_error(T B "net n() { population _p[1] : b; } use x = n(); probe x.@_p : spikes;",
                "E0201");
    check_error(T B "net n() { population p[1] : b; } use x = n(); probe x.@q : spikes;", "E0201");
    check_error(T B "net n() { population p[1] : b; } use x[2] = n(); probe x[@2].p : spikes;",
                "E0210");
    check_error(T B "net n() { population p[1] : b; } use x[2] = n(); probe @x.p : spikes;",
                "E0203");
    check_error(T B "net n() { population p[1] : b; } use x = n(); @x -> x.p : ampa(weight = b.s);",
                "E0203");
    check_error(T B "let q = 1; net n(@q: int) { }", "E0211");
    /* names are resolved in nets that nobody uses */
    check_error(T "net n(a: int) { let x = a + @y; }", "E0201");
    check_error(T B "net n() { population p[1] : b; p -> p : ampa(pre == @k, weight = b.s); }",
                "E0201");
    check_error(T "fn f(a) = a + @c;", "E0201");
    check_error(T "if off { let x = @y; }", "E0201");
    check_error(T "for i in 0:0 { let x = @y; }", "E0201");
}

static void instance_limits(void **state)
{
    (void)state;
    for (uint64_t n = 2; n <= 4; n++) {
        const struct elaborate_options options = {.limits = {.instances = n}};
        struct elab_case *c = case_with(T "net n() { } use x[2] = n(); use y = n();", &options);
        assert_int_equal(c->ok, n >= 3);
        assert_int_equal(case_count(c, "E0225"), n < 3);
        case_free(c);
    }
    /* ten instances of ten instances of ..: ends at once */
    char text[2048], *at = text;
    at += sprintf(at, T "net n0() { } ");
    for (int i = 1; i < 12; i++)
        at += sprintf(at, "net n%d() { use x[10] = n%d(); } ", i, i - 1);
    sprintf(at, "use z = n11();");
    struct elab_case *c = case_of(text);
    case_error(c, "E0225", 0, 0);
    case_free(c);
    c = case_of(T "net n() { } use x[9000000000000000000] = n();");
    case_error(c, "E0225", 0, 0);
    case_free(c);
    for (int depth = 31; depth <= 33; depth++) {
        char *deep = malloc(4096);
        at = deep + sprintf(deep, T "net n0() { } ");
        for (int i = 1; i < depth; i++)
            at += sprintf(at, "net n%d() { use x = n%d(); } ", i, i - 1);
        sprintf(at, "use z = n%d();", depth - 1);
        c = case_of(deep);
        assert_int_equal(c->ok, depth <= 32);
        case_free(c);
        free(deep);
    }
}

/* --- where statements stand --- */

static void places_of_statements(void **state)
{
    (void)state;
    check_error(T B "for i in 0:2 { population @p[1] : b; }", "E0215");
    check_error(T "for i in 0:2 { input @p[1]; }", "E0215");
    check_error(T "if on { bias @x { } }", "E0215");
    check_error(T "net n() { } if on { use @x = n(); }", "E0215");
    check_error(T "if on { param @x = 1; }", "E0220");
    check_error(T "if on { fn @x() = 1; }", "E0220");
    check_error(T "for i in 0:1 { net @x() { } }", "E0220");
    check_error(T "net n() { param @x = 1; }", "E0220");
    check_error("net n() { target @dynapse2(); }" T, "E0220");
    check_error(T "net n() { test @\"x\" { run 1 s; } }", "E0220");
    check_error(T "import @\"x.dyn\" as lib;", "E0601"); /* only import_files() reads it */
    struct elab_case *c = good(
        T B "population p[4] : b; for i in 0:2 { let k = i + 1; p[i] -> p[k] : ampa(weight = "
            "b.s); set p[i] { dc = on; } place p[i] : chip(0); probe p[i] : spikes; assert k > "
            "0; if i == 1 { probe p[k] : spikes; } else { probe p[3] : spikes; } }");
    assert_int_equal(c->out.net.projections.n, 2);
    assert_int_equal(c->out.net.probes.n, 4);
    assert_int_equal(c->out.net.places.n, 2);
    case_free(c);
}

/* What a board has more of may be described at more length. */
static void limits_grow_with_the_board(void **state)
{
    (void)state;
    const struct device *device = device_dynapse2();
    struct elaborate_limits one, four, five, stated = {.pairs = 7, .neurons = UINT64_MAX}, low;
    limits_for(&(struct elaborate_limits){0}, 1, device, &one);
    limits_for(&(struct elaborate_limits){0}, 4, device, &four);
    limits_for(&(struct elaborate_limits){0}, 5, device, &five);
    limits_for(&stated, 4, device, &low);
    assert_int_equal(one.neurons, device_chip_neurons(device));
    assert_int_equal(five.neurons, 5 * one.neurons);
    assert_int_equal(five.edges, 4 * (uint64_t)device->cam_words * five.neurons);
    assert_int_equal(five.input_units, 5 * one.input_units);
    assert_int_equal(five.pairs, 5 * one.pairs);
    assert_int_equal(four.loop_turns, one.loop_turns);
    assert_int_equal(five.loop_turns, 2 * one.loop_turns);
    assert_int_equal(five.import_files, one.import_files);
    assert_int_equal(low.pairs, 7);
    assert_int_equal(low.neurons, four.neurons); /* lowered, never raised */
    uint64_t *limit = limits_find(&stated, "pairs=3", strlen("pairs"));
    assert_ptr_equal(limit, &stated.pairs);
    assert_null(limits_find(&stated, "pair", strlen("pair")));
}

/* --- place, probe --- */

static void places(void **state)
{
    (void)state;
    struct elab_case *c = good(
        "target dynapse2(chips = 4); " B "net n() { population x[1] : b; population y[1] : b; } "
        "use w = n(); population p[3] : b;\n"
        "place w, p[0:2] : chip(3), core(1, 2), at(0, 3, 255), together(core), together(chip), "
        "apart(core), apart(chip), spread(cores = 2), near(p, weight = 2), near(w.x);");
    static const enum place_kind kinds[] = {
        PLACE_CHIP,       PLACE_CORE,       PLACE_AT,     PLACE_TOGETHER_CORE, PLACE_TOGETHER_CHIP,
        PLACE_APART_CORE, PLACE_APART_CHIP, PLACE_SPREAD, PLACE_NEAR,          PLACE_NEAR};
    const struct place_vec *all = &c->out.net.places;
    assert_int_equal(all->n, 10);
    for (uint32_t i = 0; i < 10; i++) {
        assert_int_equal(all->at[i].kind, kinds[i]);
        assert_int_equal(all->at[i].views.n, 3);
    }
    assert_int_equal(all->at[0].chip, 3);
    assert_int_equal(all->at[2].first, 255);
    assert_int_equal(all->at[7].cores, 2);
    assert_true(all->at[8].weight == 2 && all->at[9].weight == 1);
    assert_int_equal(all->at[8].near.object, 2);
    case_free(c);
    static const struct {
        const char *constraint, *code;
    } bad[] = {{"chip(@1)", "E0205"},
               {"core(0, @4)", "E0205"},
               {"at(0, 0, @256)", "E0205"},
               {"together(@board)", "E0203"},
               {"spread(cores = @0)", "E0205"},
               {"spread(cores = @5)", "E0205"},
               {"@chap(0)", "E0201"},
               {"@3", "E0201"},
               {"@chip()", "E0205"},
               {"near(@3)", "E0203"}};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        char text[256];
        snprintf(text, sizeof text, T B "population p[3] : b; place p : %s;", bad[i].constraint);
        check_error(text, bad[i].code);
    }
    check_error(T "input i[2]; place @i : chip(0);", "E0203");
}

static void probes(void **state)
{
    (void)state;
    struct elab_case *c = good(T B "population p[3] : b; input i[2]; probe p, i : spikes; "
                                   "probe p[1] : membrane, ampa_current, calcium;");
    assert_int_equal(c->out.net.probes.n, 5);
    assert_int_equal(c->out.net.probed[1], 1);
    assert_int_equal(c->out.net.probes.at[4].kind, PROBE_CALCIUM);
    case_free(c);
    check_error(T B "population p[3] : b; probe p : @spike;", "E0201");
    check_error(T B "population p[3] : b; probe p : @membrane(1);", "E0201");
    check_error(T "input i[2]; probe i : @membrane;", "E0203");
}

/* Slots that a weight names and nobody gives stand at the device's default currents. */
static void named_slots(void **state)
{
    (void)state;
    struct elab_case *c = good(T "bias b { weight.s = 3 nA; } bias d : b { } population p[2] : b; "
                                 "population q[2] : d; p -> q : ampa(weight = b.w2);");
    int w[4] = {BIAS_SYAM_W0_P, BIAS_SYAM_W1_P, BIAS_SYAM_W2_P, BIAS_SYAM_W3_P};
    const struct bias_set *b = &c->out.net.bias_sets.at[0], *d = &c->out.net.bias_sets.at[1];
    assert_int_equal(b->request[w[2]].kind, REQUEST_SOLVED); /* the target's set counts */
    assert_int_equal(d->request[w[2]].kind, REQUEST_CURRENT);
    assert_int_equal(d->request[w[2]].za, 4000000000000);
    assert_int_equal(d->request[w[1]].kind, REQUEST_SOLVED);
    assert_int_equal(d->request[w[0]].za, 3000000000000);
    case_free(c);
}

/* Phases 2 to 5 report all their errors; projections wait until there are none. */
static void all_errors_of_a_phase(void **state)
{
    (void)state;
    struct elab_case *c = case_of(T B "let a = 1 + nothing;\npopulation p[0] : b;\npopulation q[2] "
                                      ": none_such;\ninput i[1];\nq -> i : ampa(weight = 0 nA);\n"
                                      "assert off;\nplace q : chip(7);\n");
    assert_false(c->ok);
    assert_int_equal(c->sink.n_errors, 6);
    assert_int_equal(case_count(c, "E0221"), 0);
    case_free(c);
}

static void elaborate_case(void *arg)
{
    struct elab_case *c = arg;
    const struct elaborate_options options = {0};
    parse_file(&c->arena, &c->sources, 0, &c->sink, &c->ast);
    c->ok =
        elaborate(&c->arena, &c->sources, &c->ast, device_dynapse2(), &options, &c->sink, &c->out);
}

/* Whichever allocation fails, the phase unwinds and its arena frees all. */
static void every_allocation_may_fail(void **state)
{
    (void)state;
    const char *text = T "bias b { weight.s = 1 nA; weight.unit = 1 nA; } fn f(x) = x + 1; "
                         "net n(k: int) { population p[k] : b; p -> p : ampa(fan_in(2, pre != "
                         "post), weight = f(pre) * 0.5); } use w[2] = n(3); input i[3]; "
                         "for j in 0:2 { i -> w[j].p : nmda(pre == post, weight = b.s); } "
                         "set w[0].p { kill = on; } place w : spread(cores = 1);";
    bool done = false;
    uint64_t n = 0;
    for (; !done; n++) {
        struct oom_trap trap;
        struct elab_case *c = calloc(1, sizeof *c);
        oom_trap_init(&trap);
        arena_init(&c->arena, &trap);
        diag_sink_init(&c->sink, &c->arena);
        source_set_init(&c->sources, &c->arena, ".");
        source_add(&c->sources, "t.dyn", text, strlen(text));
        trap.allowed = n;
        done = phase_run(&trap, elaborate_case, c);
        assert_true(!done || c->ok);
        case_free(c);
    }
    assert_true(n > 100);
}

static void dumps(void **state)
{
    (void)state;
    struct elab_case *c = good(T B "population p[2] : b; input i[2]; i -> p : ampa(pre == post, "
                                   "weight = b.s, repeat = 2);");
    char *text = net_dump(&c->arena, &c->out.net, true);
    assert_non_null(strstr(text, "population p[2] first 0 bias b\n"));
    assert_non_null(strstr(text, "edge i[1] -> p[1] attr 0 term 0 x 2\n"));
    assert_null(strstr(net_dump(&c->arena, &c->out.net, false), "edge i"));
    case_free(c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(boards),
        cmocka_unit_test(board_errors),
        cmocka_unit_test(options_win),
        cmocka_unit_test(board_options_have_limits),
        cmocka_unit_test(params),
        cmocka_unit_test(populations),
        cmocka_unit_test(capacity),
        cmocka_unit_test(shrunk_device),
        cmocka_unit_test(latches),
        cmocka_unit_test(views),
        cmocka_unit_test(view_messages),
        cmocka_unit_test(nets),
        cmocka_unit_test(net_errors),
        cmocka_unit_test(instance_limits),
        cmocka_unit_test(places_of_statements),
        cmocka_unit_test(limits_grow_with_the_board),
        cmocka_unit_test(places),
        cmocka_unit_test(probes),
        cmocka_unit_test(named_slots),
        cmocka_unit_test(all_errors_of_a_phase),
        cmocka_unit_test(every_allocation_may_fail),
        cmocka_unit_test(dumps),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
