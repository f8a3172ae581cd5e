/* Text as a listing. What is refused has a message; what is assembled is an image that survives
 * bytes and listing. */
#include "tests/fuzz/image_trip.h"

static void listing_phase(void *context)
{
    struct fuzz_run *run = context;
    struct image image;
    size_t n;
    fuzz_open(run, "fuzz.dynasm");
    bool ok = image_assemble(&run->arena, &run->device, &run->sources, 0, &run->sink, &image);
    FUZZ_REQUIRE(ok != diag_has_errors(&run->sink));
    if (ok) {
        const uint8_t *bytes = image_encode(&run->arena, &image, &n);
        trip_bytes(run, bytes, n);
    }
    fuzz_check_sink(run);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    return fuzz_with(data, size, listing_phase);
}
