/* The verifier's reader: container, counts, META, list of files. links: verify compiler base */
#include "tests/unit/verify_judge.h"

/* --- the container, byte by byte --- */

struct file_of_scene {
    struct arena arena;
    struct scene scene;
    uint8_t *bytes;
    size_t n;
};

static void open_file(struct file_of_scene *f)
{
    arena_init(&f->arena, NULL);
    scene_start(&f->scene, &f->arena);
    f->bytes = w_write(&f->arena, f->scene.model, &f->n);
}

static void refused(const struct file_of_scene *f, const char *part)
{
    struct verdict verdict = judge_bytes(&f->scene, f->bytes, f->n);
    assert_false(verdict.accepted);
    assert_string_equal(verdict.checks, "V12");
    assert_int_equal(verdict.exit_code, 5);
    assert_non_null(strstr(verdict.first, part));
}

static void spoil(size_t at, uint8_t bits, bool sealed, const char *part)
{
    struct file_of_scene f;
    open_file(&f);
    f.bytes[at] ^= bits;
    if (sealed)
        w_seal(f.bytes, f.n);
    refused(&f, part);
    arena_release(&f.arena);
}

static void container_fields(void **state)
{
    (void)state;
    const size_t row = 24, meta = row, cam = row + 32, symbols = row + 7 * 32;
    spoil(0, 1, true, "first bytes");
    spoil(9, 1, true, "first bytes");
    spoil(10, 1, true, "format version 3");
    spoil(11, 1, true, "format version 258");
    spoil(12, 1, true, "8 sections");
    spoil(15, 1, true, "sections");
    spoil(16, 1, true, "file length");
    spoil(23, 1, true, "file length");
    spoil(meta, 1, true, "section 0 is not META");
    spoil(meta + 7, 1, true, "section 0 is not META");
    spoil(cam + 3, 1, true, "section 1 is not CAM");
    spoil(symbols, 1, true, "section 7 is not SYMBOLS");
    spoil(cam + 8, 1, true, "section CAM: offset");
    spoil(cam + 15, 0x80, true, "section CAM: offset");
    spoil(cam + 16, 8, true, "");
    spoil(cam + 23, 0x80, true, "section CAM: offset");
    spoil(cam + 28, 1, true, "section CAM: reserved");
    spoil(cam + 31, 1, true, "section CAM: reserved");
}

static void checksums(void **state)
{
    (void)state;
    struct file_of_scene f;
    spoil(W_HEADER + 100, 1, false, "SHA-256");
    open_file(&f);
    spoil(f.n - 1, 1, false, "SHA-256");
    /* SHA in order, CRC not */
    SHA2_CTX hash;
    f.bytes[24 + 24] ^= 1;
    SHA256Init(&hash);
    SHA256Update(&hash, f.bytes, f.n - 32);
    SHA256Final(f.bytes + f.n - 32, &hash);
    refused(&f, "section META: its CRC-32");
    arena_release(&f.arena);
}

static void padding_and_rest(void **state)
{
    (void)state;
    struct file_of_scene f;
    open_file(&f); /* META is padded: its length is 8 k + 4 or the like */
    uint64_t offset = w_get(f.bytes + 24 + 8, 8), length = w_get(f.bytes + 24 + 16, 8);
    assert_int_not_equal(length % 8, 0);
    f.bytes[offset + length] = 1;
    w_seal(f.bytes, f.n);
    refused(&f, "section META: the bytes behind it are not zero");
    arena_release(&f.arena);

    open_file(&f); /* eight bytes behind the last section */
    f.bytes = memcpy(arena_alloc(&f.arena, f.n + 8, 1), f.bytes, f.n);
    f.n += 8;
    w_put(f.bytes + 16, f.n, 8);
    memset(f.bytes + f.n - 40, 0, 8);
    w_seal(f.bytes, f.n);
    refused(&f, "8 bytes belong to no section");
    arena_release(&f.arena);
}

/* The last section, CHIP, cut short by `n` bytes, and the file with it. */
static void shorten_last(struct file_of_scene *f, uint64_t n, uint64_t file_n)
{
    uint8_t *row = f->bytes + 24 + 8 * 32;
    w_put(row + 16, w_get(row + 16, 8) - n, 8);
    f->n = file_n;
    w_put(f->bytes + 16, f->n, 8);
    w_seal(f->bytes, f->n);
}

static void section_ends(void **state)
{
    (void)state;
    struct file_of_scene f;
    open_file(&f); /* no padding behind a length of 8 k + 4 */
    uint64_t offset = w_get(f.bytes + 24 + 8 * 32 + 8, 8),
             length = w_get(f.bytes + 24 + 8 * 32 + 16, 8);
    uint64_t odd = (length + 4) % 8; /* cut to 8 k + 4 */
    shorten_last(&f, odd, offset + length - odd + 32);
    refused(&f, "section CHIP: its padding is cut off");
    arena_release(&f.arena);

    open_file(&f); /* nothing at all where a count of 0 would be the same */
    offset = w_get(f.bytes + 24 + 8 * 32 + 8, 8);
    length = w_get(f.bytes + 24 + 8 * 32 + 16, 8);
    shorten_last(&f, length, offset + 32);
    refused(&f, "section CHIP: its counts");
    arena_release(&f.arena);
}

static void board_of_meta(void **state)
{
    static const struct {
        uint32_t chips, w, h;
    } boards[] = {{0, 0, 1}, {0, 1, 0}, {256, 256, 1}, {256, 1, 256}, {2, 1, 1}, {0, 0, 0}};
    (void)state;
    for (size_t i = 0; i < sizeof boards / sizeof *boards; i++) {
        struct file_of_scene f;
        arena_init(&f.arena, NULL);
        scene_start(&f.scene, &f.arena);
        f.scene.model->chips = boards[i].chips;
        f.scene.model->w = boards[i].w;
        f.scene.model->h = boards[i].h;
        f.bytes = w_write(&f.arena, f.scene.model, &f.n);
        refused(&f, "chips on a grid of");
        arena_release(&f.arena);
    }
}

static void shape_overflows(void **state)
{
    (void)state;
    struct file_of_scene f;
    arena_init(&f.arena, NULL);
    scene_start(&f.scene, &f.arena);
    f.scene.model->population[0].n_dims = 2;
    f.scene.model->population[0].dims[0] = f.scene.model->population[0].dims[1] = 1u << 16;
    f.bytes = w_write(&f.arena, f.scene.model, &f.n);
    refused(&f, "section SYMBOLS: its counts");
    arena_release(&f.arena);
}

static void every_truncation(void **state)
{
    (void)state;
    struct file_of_scene f;
    open_file(&f);
    size_t whole = f.n;
    for (size_t n = 0; n < whole; n += n < 1200 ? 1 : 4099) {
        f.n = n;
        refused(&f, n < 10 ? "first bytes" : n < W_HEADER + 32 ? "cut off" : "file length");
        if (n < W_HEADER + 32)
            continue;
        uint8_t *cut = memcpy(arena_alloc(&f.arena, n, 1), f.bytes, n);
        w_put(cut + 16, n, 8);
        w_seal(cut, n);
        struct verdict verdict = judge_bytes(&f.scene, cut, n);
        assert_false(verdict.accepted);
        assert_string_equal(verdict.checks, "V12");
    }
    arena_release(&f.arena);
}

/* Counts that promise more than the section holds, in every place that has one. */
static void hostile_counts(void **state)
{
    (void)state;
    static const unsigned sections[] = {0, 5, 6, 7, 8};
    for (unsigned i = 0; i < 5; i++) {
        struct file_of_scene f;
        open_file(&f);
        uint64_t offset = w_get(f.bytes + 24 + 32 * sections[i] + 8, 8);
        uint64_t length = w_get(f.bytes + 24 + 32 * sections[i] + 16, 8);
        for (uint64_t at = offset; at + 4 <= offset + length; at++) {
            uint64_t was = w_get(f.bytes + at, 4);
            w_put(f.bytes + at, 0xFFFFFFFF, 4);
            w_seal(f.bytes, f.n);
            /* Hashes of files are not the network's business, all else is. */
            struct verdict verdict = judge_bytes(&f.scene, f.bytes, f.n);
            bool hash = i == 0 && at >= offset + length - 3 * 32 - 3 * 4 - 21;
            assert_true(hash || !verdict.accepted);
            w_put(f.bytes + at, was, 4);
        }
        arena_release(&f.arena);
    }
}

static void string_with_nul(void **state)
{
    (void)state;
    struct file_of_scene f;
    open_file(&f);
    f.bytes[W_HEADER + 4] = 0; /* first letter of the tool version */
    w_seal(f.bytes, f.n);
    refused(&f, "section META: its counts");
    arena_release(&f.arena);
}

/* --- flips of every bit of the small tables, and of the used words --- */

static void flips_in(struct file_of_scene *f, uint64_t from, uint64_t to)
{
    for (uint64_t bit = from * 8; bit < to * 8; bit++) {
        f->bytes[bit / 8] ^= (uint8_t)(1 << bit % 8);
        w_seal(f->bytes, f->n);
        struct verdict verdict = judge_bytes(&f->scene, f->bytes, f->n);
        if (verdict.accepted || !*verdict.checks)
            fail_msg("flip of bit %u of byte %u escaped", (unsigned)(bit % 8), (unsigned)(bit / 8));
        f->bytes[bit / 8] ^= (uint8_t)(1 << bit % 8);
    }
}

/* Every bit of a few used words, of the codes of a used and an empty core, of the small tables. */
static void sealed_flips(void **state)
{
    static const struct {
        unsigned section;
        uint32_t from, n; /* n 0: all of it */
    } parts[] = {{1, 0, 24}, {1, EXC2 * 256, 24}, {2, 0, 16}, {3, 0, 104}, {3, 3 * 104, 8},
                 {4, 0, 4},  {4, 2 * INH, 2},     {5, 0, 0},  {6, 0, 0},   {7, 0, 0}};
    (void)state;
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
        struct file_of_scene f;
        open_file(&f);
        const uint8_t *row = f.bytes + 24 + 32 * parts[i].section;
        uint64_t from = w_get(row + 8, 8) + parts[i].from;
        flips_in(&f, from, from + (parts[i].n ? parts[i].n : w_get(row + 16, 8)));
        arena_release(&f.arena);
    }
}

static void meta_alone(void **state)
{
    (void)state;
    struct file_of_scene f;
    struct verify_meta meta;
    struct diag_sink sink;
    open_file(&f);
    diag_sink_init(&sink, &f.arena);
    assert_true(verify_read_meta(&f.arena, f.bytes, f.n, &sink, &meta));
    assert_string_equal(meta.tool, "1.2.3");
    assert_string_equal(meta.target, "dynapse2");
    assert_int_equal(meta.chips, 1);
    assert_int_equal(meta.grid_w, 1);
    assert_int_equal(meta.grid_h, 1);
    assert_int_equal(meta.seed, 7);
    assert_int_equal(meta.n_defines, 1);
    assert_string_equal(meta.defines[0].name, "n");
    assert_string_equal(meta.defines[0].value, "3");
    assert_int_equal(meta.n_files, 3);
    assert_string_equal(meta.files[2].path, "b.npy");
    f.bytes[W_HEADER] ^= 1;
    assert_false(verify_read_meta(&f.arena, f.bytes, f.n, &sink, &meta));
    assert_int_equal(diag_exit_code(&sink), 5);
    arena_release(&f.arena);
}

static bool files_agree(const struct verify_meta *meta, const struct source_set *sources)
{
    struct diag_sink sink;
    diag_sink_init(&sink, sources->arena);
    bool agree = verify_files(meta, sources, true, &sink);
    assert_int_equal(diag_exit_code(&sink), agree ? 0 : 6);
    assert_int_equal(sink.n_errors, agree ? 0 : 1);
    return agree;
}

static bool main_agrees(const struct verify_meta *meta, const struct source_set *sources)
{
    struct diag_sink sink;
    diag_sink_init(&sink, sources->arena);
    bool agree = verify_main_file(meta, sources->files.at[0], &sink);
    assert_int_equal(diag_exit_code(&sink), agree ? 0 : 6);
    return agree;
}

static void files_of_meta(void **state)
{
    (void)state;
    struct arena arena;
    struct source_set sources;
    struct verify_file files[2] = {{.path = "net.dyn"}, {.path = "w.csv"}};
    struct verify_meta meta = {.n_files = 2, .files = files};
    arena_init(&arena, NULL);
    source_set_init(&sources, &arena, ".");
    source_add(&sources, "net.dyn", "target", 6);
    source_add(&sources, "w.csv", "1,2", 3);
    source_add(&sources, "stimulus.csv", "3,4", 3);
    for (uint32_t i = 0; i < 2; i++) {
        sources.files.at[i]->in_image = true;
        memcpy(files[i].sha256, sources.files.at[i]->sha256, 32);
    }
    assert_true(files_agree(&meta, &sources));
    assert_true(main_agrees(&meta, &sources));
    files[1].sha256[31] ^= 1; /* changed */
    assert_false(files_agree(&meta, &sources));
    files[1].sha256[31] ^= 1;
    files[0].sha256[0] ^= 1;
    assert_false(main_agrees(&meta, &sources));
    files[0].sha256[0] ^= 1;
    files[0].path = "other.dyn";
    assert_false(main_agrees(&meta, &sources));
    files[0].path = "net.dyn";
    sources.files.at[1]->path = "net.dyn"; /* named, not read */
    sources.files.at[1]->in_image = false;
    assert_false(files_agree(&meta, &sources));
    sources.files.at[1]->path = "w.csv";
    sources.files.at[1]->in_image = true;
    meta.n_files = 1; /* read, not named */
    assert_false(files_agree(&meta, &sources));
    meta.n_files = 0;
    assert_false(main_agrees(&meta, &sources));
    meta.n_files = 2;
    sources.files.at[1]->in_image = false; /* read by a test only */
    assert_false(files_agree(&meta, &sources));
    arena_release(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(container_fields), cmocka_unit_test(checksums),
        cmocka_unit_test(padding_and_rest), cmocka_unit_test(section_ends),
        cmocka_unit_test(board_of_meta),    cmocka_unit_test(shape_overflows),
        cmocka_unit_test(every_truncation), cmocka_unit_test(hostile_counts),
        cmocka_unit_test(string_with_nul),  cmocka_unit_test(sealed_flips),
        cmocka_unit_test(meta_alone),       cmocka_unit_test(files_of_meta),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
