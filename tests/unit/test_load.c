/* Data files: npy of every type and order, CSV matrices, pair lists, spike lists, and damage.
 * links: compiler grammar backend device base */
#include "elab_case.h"

#include "compiler/load.h"

#include <sys/stat.h>
#include <unistd.h>

/* --- npy in memory --- */

enum { MAX_FILE = 4096 };
struct file {
    uint8_t bytes[MAX_FILE];
    size_t n;
};

static void put(struct file *file, const void *bytes, size_t n)
{
    assert_true(file->n + n <= MAX_FILE);
    memcpy(file->bytes + file->n, bytes, n);
    file->n += n;
}

static void npy_header(struct file *file, int version, const char *header)
{
    const uint8_t magic[] = {0x93, 'N', 'U', 'M', 'P', 'Y', (uint8_t)version, 0};
    size_t n = strlen(header);
    const uint8_t length[] = {(uint8_t)n, (uint8_t)(n >> 8), 0, 0};
    file->n = 0;
    put(file, magic, sizeof magic);
    put(file, length, version == 1 ? 2 : 4);
    put(file, header, n);
}

static void npy_of(struct file *file, const char *descr, bool fortran, const char *shape)
{
    char header[256];
    snprintf(header, sizeof header, "{'descr': %s, 'fortran_order': %s, 'shape': %s, }   \n", descr,
             fortran ? "True" : "False", shape);
    npy_header(file, 1, header);
}

static bool read_npy(struct arena *arena, const struct file *file, uint64_t most,
                     struct matrix *out, enum diag_code *code)
{
    const char *why = NULL;
    bool ok = npy_read(arena, file->bytes, file->n, most, out, code, &why);
    assert_true(ok == (why == NULL));
    return ok;
}

static double cell(const struct matrix *m, uint32_t i)
{
    if (m->kind == VALUE_INT)
        return (double)m->integer[i];
    return m->kind == VALUE_REAL ? m->real[i] : m->boolean[i];
}

/* One value, -3 or 3, in every type; big-endian by swapping. */
static void every_type(void **state)
{
    (void)state;
    static const struct {
        const char *descr;
        uint8_t bytes[8];
        uint32_t width;
        enum value_kind kind;
        double value;
    } cases[] = {
        {"'|b1'", {1}, 1, VALUE_BOOL, 1},
        {"'|b1'", {0}, 1, VALUE_BOOL, 0},
        {"'|i1'", {0xFD}, 1, VALUE_INT, -3},
        {"'|u1'", {0xFD}, 1, VALUE_INT, 253},
        {"'<i2'", {0xFD, 0xFF}, 2, VALUE_INT, -3},
        {"'>i2'", {0xFF, 0xFD}, 2, VALUE_INT, -3},
        {"'<u2'", {0xFD, 0xFF}, 2, VALUE_INT, 65533},
        {"'<i4'", {0xFD, 0xFF, 0xFF, 0xFF}, 4, VALUE_INT, -3},
        {"'>u4'", {0, 0, 1, 2}, 4, VALUE_INT, 258},
        {"'<i8'", {0xFD, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF}, 8, VALUE_INT, -3},
        {"'<u8'", {3}, 8, VALUE_INT, 3},
        {"'<f2'", {0x00, 0xC2}, 2, VALUE_REAL, -3},
        {"'<f2'", {0x01, 0x00}, 2, VALUE_REAL, 0x1p-24},
        {"'<f2'", {0xFF, 0x7B}, 2, VALUE_REAL, 65504},
        {"'<f4'", {0x00, 0x00, 0x40, 0xC0}, 4, VALUE_REAL, -3},
        {"'>f4'", {0xC0, 0x40, 0x00, 0x00}, 4, VALUE_REAL, -3},
        {"'<f8'", {0, 0, 0, 0, 0, 0, 0x08, 0xC0}, 8, VALUE_REAL, -3},
        {"'>f8'", {0xC0, 0x08, 0, 0, 0, 0, 0, 0}, 8, VALUE_REAL, -3},
    };
    struct arena arena;
    arena_init(&arena, NULL);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct file file;
        struct matrix m;
        enum diag_code code;
        npy_of(&file, cases[i].descr, false, "(1, 1)");
        put(&file, cases[i].bytes, cases[i].width);
        assert_true(read_npy(&arena, &file, 100, &m, &code));
        assert_int_equal(m.kind, cases[i].kind);
        assert_true(cell(&m, 0) == cases[i].value);
        npy_of(&file, cases[i].descr, true, "(1,)"); /* 1-D is one row */
        put(&file, cases[i].bytes, cases[i].width);
        assert_true(read_npy(&arena, &file, 100, &m, &code));
        assert_true(m.rows == 1 && m.cols == 1 && cell(&m, 0) == cases[i].value);
    }
    arena_release(&arena);
}

static void orders_and_versions(void **state)
{
    (void)state;
    struct arena arena;
    struct file file;
    struct matrix m;
    enum diag_code code;
    arena_init(&arena, NULL);
    const uint8_t six[] = {1, 2, 3, 4, 5, 6};
    npy_of(&file, "'|u1'", false, "(2, 3)");
    put(&file, six, 6);
    assert_true(read_npy(&arena, &file, 6, &m, &code));
    assert_true(m.rows == 2 && m.cols == 3 && m.integer[1] == 2 && m.integer[3] == 4);
    npy_of(&file, "'|u1'", true, "(2, 3)");
    put(&file, six, 6);
    assert_true(read_npy(&arena, &file, 6, &m, &code));
    assert_true(m.integer[0] == 1 && m.integer[1] == 3 && m.integer[3] == 2 && m.integer[5] == 6);
    npy_header(&file, 2, "{'shape': (6,), 'fortran_order': False, 'descr': '|u1'}");
    put(&file, six, 6);
    assert_true(read_npy(&arena, &file, 6, &m, &code));
    assert_true(m.rows == 1 && m.cols == 6 && m.integer[5] == 6);
    arena_release(&arena);
}

static void damage(void **state)
{
    (void)state;
    static const struct {
        const char *descr, *shape;
        size_t bytes;
        enum diag_code code;
    } cases[] = {
        {"'|O'", "(1, 1)", 8, DIAG_E0606},
        {"'<U5'", "(1, 1)", 20, DIAG_E0606},
        {"'<c16'", "(1, 1)", 16, DIAG_E0606},
        {"[('a', '<f8')]", "(1,)", 8, DIAG_E0606},
        {"'<f16'", "(1, 1)", 16, DIAG_E0606},
        {"'<M8[s]'", "(1, 1)", 8, DIAG_E0606},
        {"'<f8'", "()", 8, DIAG_E0603},
        {"'<f8'", "(1, 1, 1)", 8, DIAG_E0603},
        {"'<f8'", "(0, 3)", 0, DIAG_E0603},
        {"'<f8'", "(1, 2)", 8, DIAG_E0604},
        {"'<f8'", "(1, 1)", 16, DIAG_E0604},
        {"'<f8'", "(1, 1)", 9, DIAG_E0604},
        {"'<f8'", "(1, x)", 8, DIAG_E0604},
        {"'<f8'", "1, 1", 8, DIAG_E0604},
        {"'<f8", "(1, 1)", 8, DIAG_E0606},
        {"", "(1, 1)", 8, DIAG_E0604},
        {"'|u1'", "(10, 11)", 110, DIAG_E0225},
        {"'|u1'", "(99999999999999999999, 1)", 1, DIAG_E0604},
        {"'|u1'", "(4294967296, 4294967296)", 1, DIAG_E0225},
    };
    struct arena arena;
    arena_init(&arena, NULL);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct file file;
        struct matrix m;
        enum diag_code code = N_DIAG_CODES;
        const uint8_t zeros[256] = {0};
        npy_of(&file, cases[i].descr, false, cases[i].shape);
        put(&file, zeros, cases[i].bytes);
        assert_false(read_npy(&arena, &file, 100, &m, &code));
        assert_string_equal(diag_info(code)->code, diag_info(cases[i].code)->code);
    }
    arena_release(&arena);
}

static void numbers_out_of_range(void **state)
{
    (void)state;
    static const struct {
        const char *descr;
        uint8_t bytes[8];
        uint32_t width;
    } cases[] = {
        {"'<f8'", {0, 0, 0, 0, 0, 0, 0xF0, 0x7F}, 8},
        {"'<f8'", {1, 0, 0, 0, 0, 0, 0xF0, 0x7F}, 8},
        {"'<f4'", {0, 0, 0x80, 0xFF}, 4},
        {"'<f2'", {0, 0x7C}, 2},
        {"'<f2'", {1, 0x7C}, 2},
        {"'<u8'", {0, 0, 0, 0, 0, 0, 0, 0x80}, 8},
    };
    struct arena arena;
    arena_init(&arena, NULL);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct file file;
        struct matrix m;
        enum diag_code code = N_DIAG_CODES;
        npy_of(&file, cases[i].descr, false, "(1, 1)");
        put(&file, cases[i].bytes, cases[i].width);
        assert_false(read_npy(&arena, &file, 100, &m, &code));
        assert_int_equal(code, DIAG_E0604);
    }
    arena_release(&arena);
}

/* Every prefix, and every byte changed, is read or refused, never out of bounds. */
static void every_prefix_and_flip(void **state)
{
    (void)state;
    struct file file, other;
    const uint8_t six[] = {1, 2, 3, 4, 5, 6};
    npy_of(&file, "'|u1'", false, "(2, 3)");
    put(&file, six, 6);
    for (size_t n = 0; n < file.n; n++) {
        struct arena arena;
        struct matrix m;
        enum diag_code code;
        const char *why;
        uint8_t *exact = malloc(n ? n : 1); /* so that a sanitizer sees the end */
        memcpy(exact, file.bytes, n);
        arena_init(&arena, NULL);
        assert_false(npy_read(&arena, exact, n, 100, &m, &code, &why));
        arena_release(&arena);
        free(exact);
    }
    for (size_t i = 0; i < file.n; i++) {
        for (unsigned x = 0; x < 256; x += 5) {
            struct arena arena;
            struct matrix m;
            enum diag_code code;
            const char *why;
            other = file;
            other.bytes[i] = (uint8_t)x;
            arena_init(&arena, NULL);
            npy_read(&arena, other.bytes, other.n, 100, &m, &code, &why);
            arena_release(&arena);
        }
    }
}

/* --- files --- */

static char folder[] = "/tmp/dync-load-XXXXXX";

static void write_file(const char *name, const void *bytes, size_t n)
{
    char path[256];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    FILE *file = fopen(path, "wb");
    assert_non_null(file);
    assert_int_equal(fwrite(bytes, 1, n, file), n);
    fclose(file);
}

static void write_text(const char *name, const char *text)
{
    write_file(name, text, strlen(text));
}

static struct elab_case *load_case(const char *text, const struct elaborate_limits *limits)
{
    struct elaborate_options options = {0};
    if (limits)
        options.limits = *limits;
    return case_in(folder, text, &options, device_dynapse2(), NULL, 0);
}

static void check_load_error(const char *text, const char *code, const char *words)
{
    struct elab_case *c = load_case(text, NULL);
    const struct diag *diag = case_error(c, code, 0, 0);
    if (!strstr(diag->message, words))
        case_fail(c, words);
    case_free(c);
}

#define T "target dynapse2(); "

static void csv_matrices(void **state)
{
    (void)state;
    write_text("m.csv", "# a comment\n\na, b , c\n1, 2.5 ,-3e-1\r\n\n+4,.5,6.\n");
    write_text("plain.csv", "1,2\n3,4"); /* no header, no last line end */
    write_text("head.csv", "x,y\n");
    write_text("ragged.csv", "1,2\n3\n");
    write_text("bad.csv", "1,2\n3,n/a\n");
    write_text("nan.csv", "1,nan\n");
    write_text("late.csv", "1,2\na,b\n");
    write_text("huge.csv", "1,1e999\n");
    write_text("hole.csv", "1,,2\n");
    write_text("empty.csv", "");
    write_text("first_nan.csv", "-NaN,x\n1,2\n");
    write_text("first_hole.csv", ",a\n1,2\n");
    write_text("first_letter.csv", "O,1\n2,3\n");
    write_text("infant.csv", "infant,nanny\n1,2\n");
    write_text("file.txt", "1\n");
    struct elab_case *c = load_case(
        T "let m = load(\"m.csv\"); let p = load(\"plain.csv\"); assert rows(m) == 2 and "
          "cols(m) == 3; assert m[0, 1] == 2.5 and m[0, 2] == -0.3 and m[1, 0] == 4.0 and "
          "m[1, 1] == 0.5 and m[1, 2] == 6.0; assert rows(p) == 2 and p[1, 1] == 4.0; "
          "assert rows(load(\"infant.csv\")) == 1;",
        NULL);
    case_clean(c, "");
    assert_true(c->sources.files.at[1]->in_image);
    case_free(c);
    check_load_error(T "let m = load(\"head.csv\");", "E0604", "holds no numbers");
    check_load_error(T "let m = load(\"ragged.csv\");", "E0603", "\"ragged.csv\":2");
    check_load_error(T "let m = load(\"bad.csv\");", "E0604",
                     "\"bad.csv\":2: column 2 is not a number: `n/a`");
    check_load_error(T "let m = load(\"nan.csv\");", "E0604", ":1: column 2");
    check_load_error(T "let m = load(\"late.csv\");", "E0604", ":2: column 1");
    check_load_error(T "let m = load(\"huge.csv\");", "E0604", ":1: column 2");
    check_load_error(T "let m = load(\"hole.csv\");", "E0604", ":1: column 2");
    check_load_error(T "let m = load(\"empty.csv\");", "E0604", "holds no numbers");
    check_load_error(T "let m = load(\"first_nan.csv\");", "E0604",
                     ":1: neither a header nor numbers: column 1 is `-NaN`");
    check_load_error(T "let m = load(\"first_hole.csv\");", "E0604", ":1: neither a header");
    check_load_error(T "let m = load(\"first_letter.csv\");", "E0604", "column 1 is `O`");
    check_load_error(T "let m = load(\"file.txt\");", "E0604", ".npy and .csv");
    check_load_error(T "let m = load(3);", "E0203", "a string");
}

static void paths(void **state)
{
    (void)state;
    char path[256];
    write_text("there.csv", "1\n");
    snprintf(path, sizeof path, "%s/sub", folder);
    assert_int_equal(mkdir(path, 0700), 0);
    snprintf(path, sizeof path, "%s/link.csv", folder);
    assert_int_equal(symlink("there.csv", path), 0);
    snprintf(path, sizeof path, "%s/pipe.csv", folder);
    assert_int_equal(mkfifo(path, 0600), 0);
    check_load_error(T "let m = load(\"none.csv\");", "E0601", "cannot open \"none.csv\"");
    check_load_error(T "let m = load(\"../x.csv\");", "E0602", "leaves the project root");
    check_load_error(T "let m = load(\"/etc/x.csv\");", "E0602", "leaves the project root");
    check_load_error(T "let m = load(\"link.csv\");", "E0601", "symbolic link");
    check_load_error(T "let m = load(\"pipe.csv\");", "E0601", "cannot open");
    check_load_error(T "let m = load(\"sub/none.csv\");", "E0601", "cannot open");
    struct elab_case *c = load_case(T "let m = load(\"sub/../there.csv\");", NULL);
    case_clean(c, "");
    case_free(c);
    c = load_case(T "let m = load(\"none.csv\");", NULL);
    assert_int_equal(diag_exit_code(&c->sink), 5);
    case_free(c);
}

static void data_limits(void **state)
{
    (void)state;
    write_text("six.csv", "1,2,3\n4,5,6\n");
    for (uint64_t n = 5; n <= 7; n++) {
        const struct elaborate_limits cells = {.data_cells = n};
        struct elab_case *c = load_case(T "let m = load(\"six.csv\");", &cells);
        assert_int_equal(c->ok, n >= 6);
        assert_int_equal(case_count(c, "E0225"), n < 6);
        case_free(c);
    }
    for (uint64_t n = 11; n <= 13; n++) {
        const struct elaborate_limits bytes = {.data_bytes = n};
        struct elab_case *c = load_case(T "let m = load(\"six.csv\");", &bytes);
        assert_int_equal(c->ok, n >= 12);
        assert_int_equal(case_count(c, "E0225"), n < 12);
        case_free(c);
    }
}

#define NET                                                                                        \
    "target dynapse2(); bias b { weight.s = 1 nA; weight.unit = 1 nA; } population a[3] : b; "

static void npy_as_mask_and_weight(void **state)
{
    (void)state;
    struct file file;
    const uint8_t mask[] = {0, 1, 0, 1, 0, 0, 0, 0, 1};
    npy_of(&file, "'|b1'", false, "(3, 3)");
    put(&file, mask, 9);
    write_file("mask.npy", file.bytes, file.n);
    const double w[] = {0, 0.5, 0, -1, 0, 2, 0, 0, 0};
    npy_of(&file, "'<f8'", false, "(3, 3)");
    put(&file, w, sizeof w);
    write_file("w.npy", file.bytes, file.n);
    npy_of(&file, "'|O'", false, "(3, 3)");
    write_file("o.npy", file.bytes, file.n);
    struct elab_case *c = load_case(
        NET "let w = load(\"w.npy\")[pre, post]; a -> a : ampa(load(\"mask.npy\")[pre, post], "
            "weight = b.s); a -> a : ampa(w > 0, weight = w), gaba(w < 0, weight = -w);",
        NULL);
    case_clean(c, "");
    const struct net *net = &c->out.net;
    assert_int_equal(net->terms.at[0].n_edges, 3);
    assert_int_equal(net->terms.at[1].n_edges, 2);
    assert_int_equal(net->terms.at[2].n_edges, 1);
    struct edge_iter iter;
    struct edge edge;
    uint32_t n = 0;
    static const uint32_t expected[][3] = {{1, 0, 0}, {1, 0, 2}, {0, 1, 0},
                                           {0, 1, 1}, {2, 2, 0}, {1, 2, 1}};
    net_edges_start(&iter, net, 0, 3);
    for (; net_edges_next(&iter, &edge); n++) {
        assert_int_equal(edge.source, expected[n][0]);
        assert_int_equal(edge.target, expected[n][1]);
        assert_int_equal(edge.term, expected[n][2]);
    }
    assert_int_equal(n, 6);
    case_free(c);
    check_load_error(NET "let m = load(\"o.npy\");", "E0606", "holds Python objects");
    check_load_error(NET "population d[4] : b; d -> a : ampa(load(\"w.npy\")[pre, post] > 0, "
                         "weight = b.s);",
                     "E0603", "\"w.npy\" has shape 3 x 3, used as 4 x 3");
    check_load_error(NET "population d[4] : b; d -> a : ampa(load(\"w.npy\")[pre + 0, post] > 0, "
                         "weight = b.s);",
                     "E0210", "index 3 outside");
}

static void pair_lists(void **state)
{
    (void)state;
    write_text("pairs.csv", "pre,post\n2, 0\n0,1\n1,0\n");
    write_text("twice.csv", "2,0\n0,1\n2,0\n");
    write_text("out.csv", "3,0\n");
    write_text("minus.csv", "0,-1\n");
    write_text("three.csv", "0,1,2\n");
    write_text("real.csv", "0,1\n0.5,1\n");
    write_text("none.csv", "# nothing\n");
    write_text("letter.csv", "O,1\n2,0\n");
    struct elab_case *c = load_case(
        NET "a -> a : ampa(pairs(\"pairs.csv\"), weight = b.s);"
            "a -> a : ampa(pairs(\"pairs.csv\") and pre != 2 or pre == post, weight = b.s);"
            "a -> a : ampa(not pairs(\"pairs.csv\"), weight = b.s);",
        NULL);
    case_clean(c, "");
    assert_int_equal(c->out.net.terms.at[0].n_edges, 3);
    assert_int_equal(c->out.net.terms.at[1].n_edges, 5);
    assert_int_equal(c->out.net.terms.at[2].n_edges, 6);
    case_free(c);
    c = load_case(NET "a -> a : ampa(pairs(\"none.csv\"), weight = b.s);", NULL);
    case_clean(c, "W0715");
    case_free(c);
#define PAIRS(file) NET "a -> a : ampa(pairs(\"" file "\"), weight = b.s);"
    check_load_error(PAIRS("twice.csv"), "E0604", "\"twice.csv\":3: the pair 2, 0");
    check_load_error(PAIRS("out.csv"), "E0210", "\"out.csv\":1: pre 3 outside `a` (0..2)");
    check_load_error(PAIRS("minus.csv"), "E0210", "post -1");
    check_load_error(PAIRS("three.csv"), "E0604", "two columns");
    check_load_error(PAIRS("letter.csv"), "E0604", ":1: neither a header nor numbers");
    check_load_error(PAIRS("real.csv"), "E0604", ":2: column 1 is not an int");
}

static struct elab_case *open_case; /* of the last stimulus: it lies in there */

static bool stimulus_of(const char *text, struct stimulus **of)
{
    if (open_case)
        case_free(open_case);
    struct elab_case *c = load_case("target dynapse2(); input i[3]; input j[2];", NULL);
    uint16_t file = source_add(&c->sources, "s", text, strlen(text));
    struct expr *expr = parse_expr(&c->arena, &c->sources, file, &c->sink);
    assert_non_null(expr);
    const struct symbol *symbol = scope_member(c->out.eval->file_scope, "i");
    bool ok = eval_stimulus(c->out.eval, c->out.eval->file_scope, expr, &symbol->value.view, of);
    assert_true(ok == (c->sink.n_errors == 0));
    open_case = c;
    return ok;
}

static void stimuli(void **state)
{
    (void)state;
    struct stimulus *of;
    write_text("spikes.csv", "time_us,unit\n300,2\n100,0\n50.5,2\n");
    write_text("inputs.csv", "index,input,time_us\n1,i,7\n1,j,9\n");
    assert_true(stimulus_of("load(\"spikes.csv\")", &of));
    assert_int_equal(of[0].n_times, 1);
    assert_int_equal(of[1].n_times, 0);
    assert_int_equal(of[2].n_times, 2);
    assert_int_equal(of[2].times_ps[0], 50500000);
    assert_int_equal(of[2].times_ps[1], 300000000);
    assert_true(stimulus_of("load(\"inputs.csv\")", &of));
    assert_int_equal(of[1].n_times, 1);
    assert_true(stimulus_of("poisson(10 Hz * (pre + 1))", &of));
    assert_int_equal(of[2].kind, STIMULUS_POISSON);
    assert_true(of[2].rate_hz == 30 && of[0].rate_hz == 10);
    assert_true(stimulus_of("regular(2 kHz)", &of));
    assert_true(of[1].kind == STIMULUS_REGULAR && of[1].rate_hz == 2000);
    assert_true(stimulus_of("spikes([3 ms, 1 ms, 0, 2 ms + pre * 1 us])", &of));
    assert_int_equal(of[2].n_times, 4);
    assert_int_equal(of[2].times_ps[0], 0);
    assert_int_equal(of[2].times_ps[2], 2002000000);
    static const char *const bad[] = {"poisson(-1 Hz)",
                                      "poisson(3 ms)",
                                      "poisson()",
                                      "spikes([-1 ms])",
                                      "spikes([1 nA])",
                                      "spikes(3 ms)",
                                      "3 Hz",
                                      "poisson(10 Hz / (pre - 1))",
                                      "poisson(10 Hz * post)",
                                      "load(\"m.csv\")",
                                      "load(\"nothing.csv\")"};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        assert_false(stimulus_of(bad[i], &of));
    write_text("unit.csv", "time_us,unit\n1,3\n");
    assert_false(stimulus_of("load(\"unit.csv\")", &of));
    write_text("wide.csv", "time_us,unit\n1,1,1\n");
    assert_false(stimulus_of("load(\"wide.csv\")", &of));
    write_text("short.csv", "time_us,unit\n1\n");
    assert_false(stimulus_of("load(\"short.csv\")", &of));
    write_text("past.csv", "time_us,unit\n-1,1\n");
    assert_false(stimulus_of("load(\"past.csv\")", &of));
    case_free(open_case);
}

static int make_folder(void **state)
{
    (void)state;
    return mkdtemp(folder) ? 0 : -1;
}

static int remove_folder(void **state)
{
    char command[512];
    (void)state;
    snprintf(command, sizeof command, "rm -rf '%s'", folder);
    return system(command);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_type),
        cmocka_unit_test(orders_and_versions),
        cmocka_unit_test(damage),
        cmocka_unit_test(numbers_out_of_range),
        cmocka_unit_test(every_prefix_and_flip),
        cmocka_unit_test(csv_matrices),
        cmocka_unit_test(paths),
        cmocka_unit_test(data_limits),
        cmocka_unit_test(npy_as_mask_and_weight),
        cmocka_unit_test(pair_lists),
        cmocka_unit_test(stimuli),
    };
    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
