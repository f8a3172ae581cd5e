/* Mutations of image files: in half of the cases lengths and checksums are made right again. */
#include "backend/container.h"

#include <sha2.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <zlib.h>

size_t LLVMFuzzerMutate(uint8_t *data, size_t size, size_t most);
size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t most, unsigned seed);

static uint64_t get(const uint8_t *at, int bytes)
{
    uint64_t x = 0;
    for (int i = 0; i < bytes; i++)
        x |= (uint64_t)at[i] << (8 * i);
    return x;
}

static void put(uint8_t *at, uint64_t x, int bytes)
{
    for (int i = 0; i < bytes; i++)
        at[i] = (uint8_t)(x >> (8 * i));
}

/* The CRC of each section that lies in the file, its length, and the digest of the whole. */
static void repair(uint8_t *data, size_t size)
{
    if (size < CONTAINER_HEADER + N_SECTIONS * CONTAINER_ROW + CONTAINER_DIGEST)
        return;
    memcpy(data, CONTAINER_MAGIC_BYTES, CONTAINER_MAGIC);
    put(data + 16, size, 8);
    for (int s = 0; s < N_SECTIONS; s++) {
        uint8_t *row = data + CONTAINER_HEADER + s * CONTAINER_ROW;
        uint64_t offset = get(row + 8, 8), length = get(row + 16, 8);
        if (offset <= size && length <= size - offset)
            put(row + 24, crc32(0, data + offset, (uInt)length), 4);
    }
    SHA2_CTX context;
    SHA256Init(&context);
    SHA256Update(&context, data, size - CONTAINER_DIGEST);
    SHA256Final(data + size - CONTAINER_DIGEST, &context);
}

/* A byte somewhere in one section: in the whole file the small ones would never be hit. */
static void change_section(uint8_t *data, size_t size, unsigned seed)
{
    const uint8_t *row = data + CONTAINER_HEADER + seed % N_SECTIONS * CONTAINER_ROW;
    uint64_t offset = get(row + 8, 8), length = get(row + 16, 8);
    if (length == 0 || offset > size || length > size - offset)
        return;
    uint8_t *at = data + offset + (seed >> 5) % length;
    if (seed >> 4 & 1)
        *at ^= (uint8_t)(1u << (seed >> 29));
    else
        LLVMFuzzerMutate(at, (size_t)(data + offset + length - at),
                         (size_t)(data + offset + length - at));
}

size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t most, unsigned seed)
{
    const size_t least = CONTAINER_HEADER + N_SECTIONS * CONTAINER_ROW + CONTAINER_DIGEST;
    if (size >= least && seed >> 3 & 1)
        change_section(data, size, seed);
    else
        size = LLVMFuzzerMutate(data, size, most);
    if (seed & 1)
        repair(data, size);
    return size;
}
