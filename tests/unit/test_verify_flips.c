/* Bit flips in images as built: as stored all are refused; with CRC and SHA recomputed all are
 * refused too, by a check that is named. */
/* links: runtime mapper backend verify compiler grammar device base */
#include "tests/unit/verify_built.h"

enum { STORED = 10000, SEALED = 2000, DECODED_ONE_IN = 10 };

struct network {
    const char *path, *define;
};
static const struct network networks[] = {{"tests/fault/verify_small.dyn", "copies=2"},
                                          {"tests/fault/verify_full.dyn", NULL}};
enum { NETWORKS = sizeof networks / sizeof *networks };

static void intact(void **state)
{
    (void)state;
    for (unsigned i = 0; i < NETWORKS; i++) {
        struct built b;
        build(&b, networks[i].path, networks[i].define);
        assert_int_equal(refused_by(&b, true), -1);
        assert_int_equal(refused_by(&b, false), -1);
        release(&b);
    }
}

/* Half of the flips anywhere, half spread evenly over the sections and the container. */
static uint64_t some_bit(const struct built *b, struct dice *dice)
{
    if (roll(dice, 2))
        return roll(dice, b->n * 8);
    unsigned part = (unsigned)roll(dice, W_SECTIONS + 1);
    if (part == W_SECTIONS)
        return roll(dice, W_HEADER * 8);
    return (section_at(b, part) + roll(dice, section_length(b, part))) * 8 + roll(dice, 8);
}

static void flip(struct built *b, uint64_t bit)
{
    b->bytes[bit / 8] ^= (uint8_t)(1u << bit % 8);
}

static void as_stored(void **state)
{
    struct dice dice = dice_of_run();
    (void)state;
    for (unsigned i = 0; i < NETWORKS; i++) {
        struct built b;
        build(&b, networks[i].path, networks[i].define);
        for (unsigned k = 0; k < STORED / NETWORKS; k++) {
            struct arena arena;
            struct image image;
            const char *why;
            uint64_t bit = some_bit(&b, &dice);
            flip(&b, bit);
            if (refused_by(&b, false) != 12)
                fail_msg("%s: flip of bit %llu accepted", b.path, (unsigned long long)bit);
            arena_init(&arena, NULL);
            if (k % DECODED_ONE_IN == 0)
                assert_false(image_decode(&arena, b.driver.device, b.bytes, b.n, &image, &why));
            arena_release(&arena);
            flip(&b, bit);
        }
        release(&b);
    }
}

/* Sealing puts checksums back whatever they were. */
static bool is_checksum(const struct built *b, uint64_t byte)
{
    return byte >= b->n - 32 || (byte >= 24 && byte < W_HEADER && (byte - 24) % 32 / 4 == 6);
}

static void sealed(void **state)
{
    struct dice dice = dice_of_run();
    unsigned fired[13] = {0};
    (void)state;
    for (unsigned i = 0; i < NETWORKS; i++) {
        struct built b;
        build(&b, networks[i].path, networks[i].define);
        uint64_t meta_end = section_at(&b, SECTION_CAM);
        for (unsigned k = 0; k < SEALED / NETWORKS; k++) {
            uint64_t bit = some_bit(&b, &dice);
            while (is_checksum(&b, bit / 8))
                bit = some_bit(&b, &dice);
            flip(&b, bit);
            w_seal(b.bytes, b.n);
            int check = refused_by(&b, bit / 8 < meta_end);
            if (check <= 0)
                fail_msg("%s: sealed flip of bit %llu %s", b.path, (unsigned long long)bit,
                         check ? "accepted" : "refused, but by no named check");
            fired[check]++;
            restore(&b);
        }
        release(&b);
    }
    for (int check = 1; check <= 12; check++)
        if (fired[check])
            print_message("V%d refused %u flips\n", check, fired[check]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(intact),
        cmocka_unit_test(as_stored),
        cmocka_unit_test(sealed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
