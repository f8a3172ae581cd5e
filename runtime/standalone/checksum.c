#include "backend/checksum.h"

#include <string.h>

uint32_t checksum_crc32(const uint8_t *bytes, size_t n)
{
    uint32_t of_nibble[16];
    for (uint32_t i = 0; i < 16; i++) {
        of_nibble[i] = i;
        for (int bit = 0; bit < 4; bit++)
            of_nibble[i] = of_nibble[i] >> 1 ^ (of_nibble[i] & 1 ? 0xedb88320u : 0);
    }
    uint32_t crc = ~0u;
    for (size_t i = 0; i < n; i++) {
        crc = of_nibble[(crc ^ bytes[i]) & 15] ^ crc >> 4;
        crc = of_nibble[(crc ^ bytes[i] >> 4) & 15] ^ crc >> 4;
    }
    return ~crc;
}

/* --- SHA-256, FIPS 180-4 --- */

enum { BLOCK = 512 / 8, ROUNDS = BLOCK, LENGTH = 8 /* bytes */ };

/* The first 32 bits of the fractional parts of the cube roots of the first 64 primes. */
static const uint32_t round_constant[ROUNDS] = {
    0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
    0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
    0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
    0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
    0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
    0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
    0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
    0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2};

static uint32_t turned(uint32_t x, int right)
{
    return x >> right | x << (32 - right);
}

/* Message schedule: sixteen words of the block, the rest made from those before. */
static void spread(uint32_t w[ROUNDS], const uint8_t *block)
{
    for (int t = 0; t < 16; t++)
        w[t] = (uint32_t)block[4 * t] << 24 | (uint32_t)block[4 * t + 1] << 16
               | (uint32_t)block[4 * t + 2] << 8 | block[4 * t + 3];
    for (int t = 16; t < ROUNDS; t++) {
        uint32_t a = w[t - 15], b = w[t - 2];
        w[t] = w[t - 16] + (turned(a, 7) ^ turned(a, 18) ^ a >> 3) + w[t - 7]
               + (turned(b, 17) ^ turned(b, 19) ^ b >> 10);
    }
}

static void digest_block(uint32_t hash[8], const uint8_t *block)
{
    uint32_t w[ROUNDS], v[8]; /* v: a to h of the standard */
    spread(w, block);
    memcpy(v, hash, sizeof v);
    for (int t = 0; t < ROUNDS; t++) {
        uint32_t e = v[4], a = v[0];
        uint32_t t1 = v[7] + (turned(e, 6) ^ turned(e, 11) ^ turned(e, 25))
                      + ((e & v[5]) ^ (~e & v[6])) + round_constant[t] + w[t];
        uint32_t t2 = (turned(a, 2) ^ turned(a, 13) ^ turned(a, 22))
                      + ((a & v[1]) ^ (a & v[2]) ^ (v[1] & v[2]));
        memmove(v + 1, v, 7 * sizeof v[0]);
        v[4] += t1;
        v[0] = t1 + t2;
    }
    for (int i = 0; i < 8; i++)
        hash[i] += v[i];
}

void checksum_sha256(const uint8_t *bytes, size_t n, uint8_t digest[CHECKSUM_SHA256])
{
    uint32_t hash[8] = {0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a,
                        0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19};
    uint8_t last[2 * BLOCK] = {0}; /* the rest, one bit, zeros, the length in bits */
    size_t rest = n % BLOCK, whole = n - rest;
    for (size_t at = 0; at < whole; at += BLOCK)
        digest_block(hash, bytes + at);
    if (rest)
        memcpy(last, bytes + whole, rest);
    last[rest] = 0x80;
    size_t size = rest < BLOCK - LENGTH ? BLOCK : 2 * BLOCK;
    for (unsigned i = 0; i < LENGTH; i++)
        last[size - 1 - i] = (uint8_t)((uint64_t)n << 3 >> (8 * i));
    for (size_t at = 0; at < size; at += BLOCK)
        digest_block(hash, last + at);
    for (unsigned i = 0; i < CHECKSUM_SHA256; i++)
        digest[i] = (uint8_t)(hash[i / 4] >> (24 - 8 * (i % 4)));
}
