/* Bytes as an image file. Both readers may refuse, but what the decoder takes the verifier's reader
 * takes too, it is encoded to the same bytes and survives the listing. mutate_image.c repairs the
 * checksums of every other mutant, so that the inside is reached. */
#include "backend/verify/verify.h"
#include "tests/fuzz/image_trip.h"

static void image_phase(void *context)
{
    struct fuzz_run *run = context;
    struct image image;
    struct verify_meta meta;
    const char *why;
    fuzz_open(run, "fuzz.dynimg");
    bool read = verify_read_meta(&run->arena, run->data, run->size, &run->sink, &meta);
    FUZZ_REQUIRE(read != diag_has_errors(&run->sink));
    if (image_decode(&run->arena, &run->device, run->data, run->size, &image, &why)) {
        FUZZ_REQUIRE(read);
        trip_bytes(run, run->data, run->size);
    } else {
        FUZZ_REQUIRE(why && why[0]);
    }
    fuzz_check_sink(run);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    return fuzz_with(data, size, image_phase);
}
