/* Image files: bytes and back, and damaged files.
 * links: backend compiler device base */
#include "tests/unit/hex_oracle.h"
#include "tests/unit/tiny_board.h"

#include <setjmp.h>
#include <sha2.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

static const char oracle_path[] = "tests/oracle/tiny.dynimg.hex";

/* --- the oracle --- */

static void bytes_are_those_typed_by_hand(void **state)
{
    (void)state;
    struct arena arena;
    struct board b;
    size_t n, n_oracle = 0;
    arena_init(&arena, NULL);
    board_tiny(&b, &arena);
    uint8_t *bytes = image_encode(&arena, &b.image, &n);
    uint8_t *oracle = hex_oracle(&arena, oracle_path, &n_oracle);
    assert_non_null(oracle);
    for (size_t i = 0; i < n && i < n_oracle; i++)
        if (bytes[i] != oracle[i])
            fail_msg("byte %zu is %02x, the oracle has %02x", i, bytes[i], oracle[i]);
    assert_int_equal(n, n_oracle);
    arena_release(&arena);
}

static void oracle_decodes_to_its_meaning(void **state)
{
    (void)state;
    struct arena arena;
    struct image image;
    struct device device = tiny_device();
    const char *why;
    size_t n, again_n;
    arena_init(&arena, NULL);
    uint8_t *oracle = hex_oracle(&arena, oracle_path, &n);
    assert_non_null(oracle);
    assert_true(image_decode(&arena, &device, oracle, n, &image, &why));
    assert_string_equal(image.meta.tool, "0.1.0");
    assert_int_equal(image.meta.seed, 42);
    assert_string_equal(image.meta.defines.at[0].value, "3");
    assert_string_equal(image.meta.files.at[1].path, "a.npy");
    assert_int_equal(image.meta.files.at[0].sha256[0], 0xBA);
    assert_int_equal(image.cam[11], 0x003FF8D4);
    assert_int_equal(image.bias[N_BIASES + BIAS_SOIF_LEAK_N].fine, 5);
    assert_int_equal(image.latch[5], 0x2000);
    assert_string_equal(image.populations.at[1].name, "b");
    assert_int_equal(image.populations.at[1].n_dims, 2);
    assert_int_equal(image.populations.at[1].pieces.at[0].neuron, 2);
    assert_int_equal(image.inputs.at[0].size, 2);
    assert_int_equal(image.inputs.at[0].dest[0], 0x000BB800);
    assert_int_equal(image.probes.at[0].n_units, 2);
    uint8_t *again = image_encode(&arena, &image, &again_n);
    assert_int_equal(n, again_n);
    assert_memory_equal(oracle, again, n);
    arena_release(&arena);
}

/* --- round trip --- */

static bool equal_shapes(uint32_t n, const uint32_t *dims, uint32_t m, const uint32_t *other)
{
    return n == m && memcmp(dims, other, n * sizeof *dims) == 0;
}

static bool equal_meta(const struct image_meta *a, const struct image_meta *b)
{
    bool same = !strcmp(a->tool, b->tool) && !strcmp(a->target, b->target) && a->chips == b->chips
                && a->grid_w == b->grid_w && a->grid_h == b->grid_h && a->seed == b->seed
                && a->defines.n == b->defines.n && a->files.n == b->files.n;
    for (uint32_t i = 0; same && i < a->defines.n; i++)
        same = !strcmp(a->defines.at[i].name, b->defines.at[i].name)
               && !strcmp(a->defines.at[i].value, b->defines.at[i].value);
    for (uint32_t i = 0; same && i < a->files.n; i++)
        same = !strcmp(a->files.at[i].path, b->files.at[i].path)
               && !memcmp(a->files.at[i].sha256, b->files.at[i].sha256, 32);
    return same;
}

static bool equal_arrays(const struct image *a, const struct image *b)
{
    size_t sites = image_sites(a), cores = image_cores(a);
    return !memcmp(a->cam, b->cam, sites * a->device->cam_words * sizeof *a->cam)
           && !memcmp(a->sram, b->sram, sites * a->device->sram_words * sizeof *a->sram)
           && !memcmp(a->latch, b->latch, sites * sizeof *a->latch)
           && !memcmp(a->bias, b->bias, cores * N_BIASES * sizeof *a->bias);
}

static bool equal_names(const struct image *a, const struct image *b)
{
    bool same = a->populations.n == b->populations.n && a->inputs.n == b->inputs.n
                && a->probes.n == b->probes.n;
    for (uint32_t i = 0; same && i < a->populations.n; i++) {
        const struct image_population *x = &a->populations.at[i], *y = &b->populations.at[i];
        same = !strcmp(x->name, y->name) && equal_shapes(x->n_dims, x->dims, y->n_dims, y->dims)
               && x->pieces.n == y->pieces.n
               && !memcmp(x->pieces.at, y->pieces.at, x->pieces.n * sizeof *x->pieces.at);
    }
    for (uint32_t i = 0; same && i < a->inputs.n; i++) {
        const struct image_input *x = &a->inputs.at[i], *y = &b->inputs.at[i];
        same = !strcmp(x->name, y->name) && equal_shapes(x->n_dims, x->dims, y->n_dims, y->dims)
               && x->size == y->size
               && !memcmp(x->first_dest, y->first_dest, (x->size + 1) * sizeof *x->first_dest)
               && !memcmp(x->dest, y->dest, x->first_dest[x->size] * sizeof *x->dest);
    }
    for (uint32_t i = 0; same && i < a->probes.n; i++) {
        const struct image_probe *x = &a->probes.at[i], *y = &b->probes.at[i];
        same = x->kind == y->kind && x->unit_kind == y->unit_kind && x->object == y->object
               && equal_shapes(x->n_units, x->unit, y->n_units, y->unit);
    }
    return same;
}

static void random_images_survive_the_trip(void **state)
{
    (void)state;
    static const uint32_t grid[][2] = {{1, 1}, {2, 1}, {1, 2}, {3, 1}};
    for (uint64_t seed = 100; seed < 200; seed++) {
        struct arena arena;
        struct board b;
        struct image back;
        const char *why;
        size_t n, again_n;
        arena_init(&arena, NULL);
        board_random(&b, &arena, seed, grid[seed % 4][0], grid[seed % 4][1]);
        uint8_t *bytes = image_encode(&arena, &b.image, &n);
        if (!image_decode(&arena, &b.device, bytes, n, &back, &why))
            fail_msg("seed %llu: %s", (unsigned long long)seed, why);
        uint8_t *again = image_encode(&arena, &back, &again_n);
        bool same = equal_meta(&b.image.meta, &back.meta) && equal_arrays(&b.image, &back)
                    && equal_names(&b.image, &back) && n == again_n && !memcmp(bytes, again, n);
        if (!same)
            fail_msg("seed %llu: the image changed", (unsigned long long)seed);
        arena_release(&arena);
    }
}

/* --- damage --- */

struct fixture {
    struct arena arena;
    struct device device;
    uint8_t *bytes;
    size_t n;
};

static void open_fixture(struct fixture *f)
{
    struct board b;
    arena_init(&f->arena, NULL);
    f->device = tiny_device();
    board_tiny(&b, &f->arena);
    f->bytes = image_encode(&f->arena, &b.image, &f->n);
}

/* Refused, with a reason in words. */
static bool refused(const struct fixture *f, const uint8_t *bytes, size_t n)
{
    struct arena arena;
    struct image image;
    const char *why = NULL;
    arena_init(&arena, NULL);
    bool ok = image_decode(&arena, &f->device, bytes, n, &image, &why);
    bool said = why && strlen(why) > 8;
    arena_release(&arena);
    return !ok && said;
}

static void every_truncation_is_refused(void **state)
{
    (void)state;
    struct fixture f;
    open_fixture(&f);
    for (size_t n = 0; n < f.n; n++) {
        /* A copy of exactly this size lets the address sanitizer see a read beyond it. */
        uint8_t *copy = malloc(n ? n : 1);
        assert_non_null(copy);
        memcpy(copy, f.bytes, n);
        if (!refused(&f, copy, n))
            fail_msg("a file of %zu bytes was accepted", n);
        free(copy);
    }
    arena_release(&f.arena);
}

static void every_deletion_and_insertion_is_refused(void **state)
{
    (void)state;
    static const uint8_t inserted[] = {0x00, 0x01, 0xFF};
    struct fixture f;
    open_fixture(&f);
    uint8_t *copy = arena_alloc(&f.arena, f.n + 1, 1);
    for (size_t at = 0; at < f.n; at++) {
        memcpy(copy, f.bytes, at);
        memcpy(copy + at, f.bytes + at + 1, f.n - at - 1);
        if (!refused(&f, copy, f.n - 1))
            fail_msg("without byte %zu the file was accepted", at);
    }
    for (size_t at = 0; at <= f.n; at++)
        for (size_t i = 0; i < sizeof inserted; i++) {
            memcpy(copy, f.bytes, at);
            copy[at] = inserted[i];
            memcpy(copy + at + 1, f.bytes + at, f.n - at);
            if (!refused(&f, copy, f.n + 1))
                fail_msg("with %02x before byte %zu the file was accepted", inserted[i], at);
        }
    arena_release(&f.arena);
}

static void every_flipped_bit_is_refused(void **state)
{
    (void)state;
    struct fixture f;
    open_fixture(&f);
    for (size_t bit = 0; bit < f.n * 8; bit++) {
        f.bytes[bit / 8] ^= (uint8_t)(1u << bit % 8);
        if (!refused(&f, f.bytes, f.n))
            fail_msg("bit %zu of byte %zu flipped: accepted", bit % 8, bit / 8);
        f.bytes[bit / 8] ^= (uint8_t)(1u << bit % 8);
    }
    assert_false(refused(&f, f.bytes, f.n));
    arena_release(&f.arena);
}

static void sampled_flips_of_a_full_chip_are_refused(void **state)
{
    (void)state;
    struct fixture f;
    struct board b;
    arena_init(&f.arena, NULL);
    f.device = *device_dynapse2();
    board_random(&b, &f.arena, 11, 1, 1);
    f.bytes = image_encode(&f.arena, &b.image, &f.n);
    for (uint32_t i = 0; i < 300; i++) {
        size_t bit = ((size_t)board_below(&b, UINT32_MAX) << 3 | i % 8) % (f.n * 8);
        f.bytes[bit / 8] ^= (uint8_t)(1u << bit % 8);
        if (!refused(&f, f.bytes, f.n))
            fail_msg("seed 11: bit %zu of byte %zu flipped: accepted", bit % 8, bit / 8);
        f.bytes[bit / 8] ^= (uint8_t)(1u << bit % 8);
    }
    arena_release(&f.arena);
}

/* --- damage under correct checksums --- */

static uint32_t crc32_by_definition(const uint8_t *at, size_t n)
{
    uint32_t crc = UINT32_MAX;
    for (size_t i = 0; i < n; i++) {
        crc ^= at[i];
        for (int bit = 0; bit < 8; bit++)
            crc = crc >> 1 ^ (crc & 1 ? 0xEDB88320u : 0);
    }
    return ~crc;
}

static uint64_t number_at(const uint8_t *at, unsigned n)
{
    uint64_t value = 0;
    for (unsigned i = n; i-- > 0;)
        value = value << 8 | at[i];
    return value;
}

static void put_at(uint8_t *at, uint64_t value, unsigned n)
{
    for (unsigned i = 0; i < n; i++, value >>= 8)
        at[i] = (uint8_t)value;
}

/* Offsets in the tiny file, see its oracle. */
enum {
    META = 312,
    CAM = 464,
    LATCH = 768,
    INPUT = 784,
    PROBE = 824,
    SYMBOLS = 848,
    CHIP = 936,
    SYMBOLS_END = 890
};

/* Makes the checksums right again; rows that point outside the file are left alone. */
static void seal(uint8_t *bytes, size_t n)
{
    for (size_t row = 24; row < META; row += 32) {
        uint64_t offset = number_at(bytes + row + 8, 8), length = number_at(bytes + row + 16, 8);
        if (offset <= n && length <= n - offset)
            put_at(bytes + row + 24, crc32_by_definition(bytes + offset, (size_t)length), 4);
    }
    SHA2_CTX hash;
    SHA256Init(&hash);
    SHA256Update(&hash, bytes, n - 32);
    SHA256Final(bytes + n - 32, &hash);
}

/* With its checksums right, a flipped bit is another image or none: never a second form of one. */
static void sealed_flips_stay_canonical(void **state)
{
    (void)state;
    struct fixture f;
    uint32_t accepted = 0, kept = 0;
    open_fixture(&f);
    uint8_t *copy = arena_alloc(&f.arena, f.n, 1);
    for (size_t bit = 0; bit < (f.n - 32) * 8; bit++) {
        struct arena arena;
        struct image image;
        const char *why;
        size_t n;
        memcpy(copy, f.bytes, f.n);
        copy[bit / 8] ^= (uint8_t)(1u << bit % 8);
        seal(copy, f.n);
        arena_init(&arena, NULL);
        if (image_decode(&arena, &f.device, copy, f.n, &image, &why)) {
            uint8_t *again = image_encode(&arena, &image, &n);
            accepted++;
            kept += n == f.n && !memcmp(again, copy, n);
            if (bit < 280 * 8 && !(bit / 8 >= 24 && (bit / 8 - 24) % 32 >= 24))
                fail_msg("bit %zu of byte %zu of the header is free", bit % 8, bit / 8);
        }
        arena_release(&arena);
    }
    assert_true(accepted > 1000); /* seeds, digests, codes: other images */
    assert_int_equal(kept, accepted);
    arena_release(&f.arena);
}

struct forgery {
    size_t at;
    uint64_t value;
    unsigned width;
    const char *says;
};
static const struct forgery forgeries[] = {
    {6, 0x0A0A1A0A, 4, "line ends were changed"},
    {0, 'd', 1, "no dync image"},
    {10, 1, 2, "format version 1 is not supported"},
    {12, 7, 4, "7 sections, 9 belong here"},
    {16, 977, 8, "the file has 976 bytes, its header says 977"},
    {24, 'N', 1, "META: row 0 of the section table"},
    {24 + 28, 1, 4, "META: reserved bytes of the section table"},
    {56 + 8, CAM + 8, 8, "CAM: begins at byte 472, 464 is its place"},
    {56 + 16, UINT64_MAX, 8, "CAM: 18446744073709551615 bytes long"},
    {56 + 16, 44, 8, "CAM: bytes after the section|CAM: 44 bytes"},
    {META, UINT32_MAX, 4, "META: 4294967295 bytes of text cannot fit"},
    {META + 4, 0, 1, "META: text at byte 4 holds a NUL"},
    {META + 9 + 4, 'D', 1, "META: the image is for target Dynapse2"},
    {META + 21, 2, 4, "META: device revision 2"},
    {META + 25, 2, 4, "CAM: 48 bytes, not the 48 per chip of 2 chips"},
    {META + 25, UINT32_MAX, 4, "CAM: 48 bytes"},
    {META + 29, 3, 4, "META: 1 chips on a grid of 3 x 1"},
    {META + 45, UINT32_MAX, 4, "META: 4294967295 defines cannot fit"},
    {META + 45, 0, 4, "META: "},
    {META + 147, 1, 1, "META: bytes after the section are not zero"},
    {LATCH, 1u << 14, 2, "chip0.core0.n0: no such latch"},
    {INPUT, UINT32_MAX, 4, "INPUT: 4294967295 inputs cannot fit"},
    {INPUT, 0, 4, "INPUT: 34 bytes too many"},
    {INPUT + 10, 4, 4, "INPUT: in has 4 dimensions"},
    {INPUT + 14, UINT32_MAX, 4, "INPUT: in has more units than the file could hold"},
    {INPUT + 14, 0, 4, "INPUT: in has more units than the file could hold, or none"},
    {INPUT + 18, 3, 4, "INPUT: in is an input of unknown kind 3"},
    {INPUT + 18, 2, 4, "INPUT: in has 2 units, a biosignal front end has 64"},
    {INPUT + 22, 1, 4, "input in: the host's events start at chip 0"},
    {INPUT + 26, 9, 4, "INPUT: 9 destinations cannot fit"},
    {PROBE + 6, 1, 2, "PROBE: reserved bytes of probe 0"},
    {PROBE + 12, UINT32_MAX, 4, "PROBE: 4294967295 units cannot fit"},
    {SYMBOLS, 3, 4, "SYMBOLS: "},
    {CHIP, UINT32_MAX, 4, "CHIP: 4294967295 settings cannot fit"},
    {CHIP, 1, 4, "CHIP: 1 settings cannot fit"},
    {SYMBOLS + 17, UINT32_MAX, 4, "SYMBOLS: 4294967295 pieces cannot fit"},
};

static bool says(const char *text, const char *alternatives)
{
    char part[128];
    while (*alternatives) {
        size_t n = strcspn(alternatives, "|");
        memcpy(part, alternatives, n);
        part[n] = 0;
        if (strstr(text, part))
            return true;
        alternatives += n + (alternatives[n] == '|');
    }
    return false;
}

struct decoding {
    struct arena *arena;
    const struct fixture *f;
    bool ok;
    const char *why;
};

static void decode_phase(void *arg)
{
    struct decoding *d = arg;
    struct image image;
    d->ok = image_decode(d->arena, &d->f->device, d->f->bytes, d->f->n, &image, &d->why);
}

/* Each fault is named, and no number of a file makes the reader ask for much memory. */
static void forgeries_are_named(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof forgeries / sizeof *forgeries; i++) {
        struct fixture f;
        struct arena arena;
        struct oom_trap trap;
        open_fixture(&f);
        oom_trap_init(&trap);
        trap.bytes_limit = 1 << 18;
        arena_init(&arena, &trap);
        put_at(f.bytes + forgeries[i].at, forgeries[i].value, forgeries[i].width);
        seal(f.bytes, f.n);
        struct decoding d = {.arena = &arena, .f = &f};
        if (!phase_run(&trap, decode_phase, &d))
            fail_msg("forgery %zu (%s): out of memory", i, forgeries[i].says);
        if (d.ok || !says(d.why, forgeries[i].says))
            fail_msg("forgery %zu: \"%s\" instead of \"%s\"", i, d.ok ? "accepted" : d.why,
                     forgeries[i].says);
        arena_release(&arena);
        arena_release(&f.arena);
    }
}

static void trailing_bytes_are_refused(void **state)
{
    (void)state;
    struct fixture f;
    struct image image;
    const char *why;
    open_fixture(&f);
    uint8_t *longer = arena_alloc(&f.arena, f.n + 8, 1);
    memcpy(longer, f.bytes, f.n - 32);
    put_at(longer + 16, f.n + 8, 8);
    seal(longer, f.n + 8);
    assert_false(image_decode(&f.arena, &f.device, longer, f.n + 8, &image, &why));
    assert_string_equal(why, "file: 8 bytes between the last section and the checksum");
    arena_release(&f.arena);
}

/* Every allocation may fail: the reader unwinds and nothing is lost. */
static void memory_may_run_out_anywhere(void **state)
{
    (void)state;
    struct fixture f;
    open_fixture(&f);
    bool done = false;
    for (uint64_t allowed = 0; !done; allowed++) {
        struct arena arena;
        struct oom_trap trap;
        oom_trap_init(&trap);
        trap.allowed = allowed;
        arena_init(&arena, &trap);
        struct decoding d = {.arena = &arena, .f = &f};
        done = phase_run(&trap, decode_phase, &d);
        assert_true(!done || d.ok);
        arena_release(&arena);
        assert_int_equal(trap.bytes, 0);
        assert_true(allowed < 10000);
    }
    arena_release(&f.arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(bytes_are_those_typed_by_hand),
        cmocka_unit_test(oracle_decodes_to_its_meaning),
        cmocka_unit_test(random_images_survive_the_trip),
        cmocka_unit_test(every_truncation_is_refused),
        cmocka_unit_test(every_deletion_and_insertion_is_refused),
        cmocka_unit_test(every_flipped_bit_is_refused),
        cmocka_unit_test(sampled_flips_of_a_full_chip_are_refused),
        cmocka_unit_test(sealed_flips_stay_canonical),
        cmocka_unit_test(forgeries_are_named),
        cmocka_unit_test(trailing_bytes_are_refused),
        cmocka_unit_test(memory_may_run_out_anywhere),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
