/* The checksums of the library against those of zlib and libmd.
 * links: standalone base */
#include "backend/checksum.h"
#include "compiler/base/rng.h"

#include <setjmp.h>
#include <sha2.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include <cmocka.h>

static void same_as_the_libraries(const uint8_t *bytes, size_t n)
{
    uint8_t digest[CHECKSUM_SHA256], expected[CHECKSUM_SHA256];
    SHA2_CTX hash;
    SHA256Init(&hash);
    SHA256Update(&hash, bytes, n);
    SHA256Final(expected, &hash);
    checksum_sha256(bytes, n, digest);
    assert_memory_equal(digest, expected, sizeof digest);
    assert_int_equal(checksum_crc32(bytes, n), crc32(0, bytes, (uInt)n));
}

/* Every length up to four blocks, so that the padding takes each of its forms. */
static void short_texts(void **state)
{
    (void)state;
    uint8_t bytes[4 * 64 + 1];
    for (size_t n = 0; n < sizeof bytes; n++) {
        for (size_t i = 0; i < n; i++)
            bytes[i] = (uint8_t)rng_bits(1, n, i);
        same_as_the_libraries(bytes, n);
        memset(bytes, 0xff, n);
        same_as_the_libraries(bytes, n);
    }
}

static void a_long_text(void **state)
{
    (void)state;
    const size_t n = 3000001;
    uint8_t *bytes = malloc(n);
    assert_non_null(bytes);
    for (size_t i = 0; i < n; i++)
        bytes[i] = (uint8_t)rng_bits(7, 0, i);
    same_as_the_libraries(bytes, n);
    same_as_the_libraries(bytes + 1, n - 1);
    free(bytes);
}

/* The example of the standard's appendix, and the check value of the CRC. */
static void published_values(void **state)
{
    (void)state;
    const uint8_t begin[4] = {0xba, 0x78, 0x16, 0xbf};
    uint8_t digest[CHECKSUM_SHA256];
    checksum_sha256((const uint8_t *)"abc", 3, digest);
    assert_memory_equal(digest, begin, sizeof begin);
    assert_int_equal(checksum_crc32((const uint8_t *)"123456789", 9), 0xcbf43926);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(short_texts),
        cmocka_unit_test(a_long_text),
        cmocka_unit_test(published_values),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
