/* An image there and back: bytes, listing, bytes. */
#ifndef DYNC_FUZZ_IMAGE_TRIP_H
#define DYNC_FUZZ_IMAGE_TRIP_H

#include "backend/emit.h"
#include "tests/fuzz/fuzz.h"

static inline bool same_bytes(const uint8_t *a, size_t n, const uint8_t *b, size_t m)
{
    return n == m && memcmp(a, b, n) == 0;
}

/* Image -> listing -> image -> bytes: unchanged. */
static inline char *trip_listing(struct fuzz_run *run, const struct image *image,
                                 const uint8_t *bytes, size_t n)
{
    struct diag_sink sink;
    struct source_set sources;
    struct image again;
    size_t m;
    char *listing = image_listing(&run->arena, image);
    source_set_init(&sources, &run->arena, ".");
    diag_sink_init(&sink, &run->arena);
    source_add(&sources, "fuzz.dynasm", listing, strlen(listing));
    bool ok = image_assemble(&run->arena, &run->device, &sources, 0, &sink, &again);
    FUZZ_REQUIRE(ok);
    const uint8_t *back = image_encode(&run->arena, &again, &m);
    FUZZ_REQUIRE(same_bytes(bytes, n, back, m));
    return listing;
}

/* Bytes that an encoder wrote or a decoder took: decoding and encoding gives them back. */
static inline char *trip_bytes(struct fuzz_run *run, const uint8_t *bytes, size_t n)
{
    struct image image;
    const char *why;
    size_t m;
    bool decoded = image_decode(&run->arena, &run->device, bytes, n, &image, &why);
    FUZZ_REQUIRE(decoded);
    const uint8_t *back = image_encode(&run->arena, &image, &m);
    FUZZ_REQUIRE(same_bytes(bytes, n, back, m));
    return trip_listing(run, &image, bytes, n);
}

#endif
