#include "backend/checksum.h"

#include <sha2.h>
#include <zlib.h>

/* crc32() counts in unsigned int, a section of a large board may be longer. */
uint32_t checksum_crc32(const uint8_t *bytes, size_t n)
{
    return (uint32_t)crc32_z(crc32(0, NULL, 0), bytes, n);
}

void checksum_sha256(const uint8_t *bytes, size_t n, uint8_t digest[CHECKSUM_SHA256])
{
    SHA2_CTX hash;
    SHA256Init(&hash);
    SHA256Update(&hash, bytes, n);
    SHA256Final(digest, &hash);
}
