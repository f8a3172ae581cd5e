/* The checksums of image files. backend/checksum.c takes them from zlib and libmd; the library
 * libdynsim, which must depend on neither, links runtime/standalone/checksum.c in its place. A
 * program holds one of the two. */
#ifndef DYNC_CHECKSUM_H
#define DYNC_CHECKSUM_H

#include <stddef.h>
#include <stdint.h>

enum { CHECKSUM_SHA256 = 32 /* bytes */ };

/* CRC-32 as in zlib, gzip, PNG: polynomial 0x04c11db7, reflected. */
uint32_t checksum_crc32(const uint8_t *bytes, size_t n);
void checksum_sha256(const uint8_t *bytes, size_t n, uint8_t digest[CHECKSUM_SHA256]);

#endif
