/* Text to verified image. A network that is placed must be emitted, decode, survive the listing and
 * be proved; whatever else happens to it is a finding.
 *
 * With DYNC_FUZZ_KEEP=DIR the image and the listing of each input that gets through are kept there:
 * seeds for fuzz_image and fuzz_listing. */
#include "backend/verify/verify.h"
#include "mapper/map.h"
#include "tests/fuzz/image_trip.h"
#include "tests/fuzz/pipeline.h"

enum { FUZZ_NODES = 200 };

static void keep_file(const char *folder, const char *name, const void *bytes, size_t n)
{
    char path[512];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    FILE *file = fopen(path, "wb");
    FUZZ_REQUIRE(file && fwrite(bytes, 1, n, file) == n && fclose(file) == 0);
}

static void keep(const uint8_t *bytes, size_t n, const char *listing)
{
    char name[64];
    const char *folder = getenv("DYNC_FUZZ_KEEP");
    if (!folder || !folder[0])
        return;
    uint32_t mark = 2166136261u; /* FNV-1a */
    for (size_t i = 0; i < n; i++)
        mark = (mark ^ bytes[i]) * 16777619u;
    snprintf(name, sizeof name, "%08x.dynimg", mark);
    keep_file(folder, name, bytes, n);
    snprintf(name, sizeof name, "%08x.dynasm", mark);
    keep_file(folder, name, listing, strlen(listing));
}

static bool map(struct fuzz_run *run, struct pipeline *p, struct mapping *mapping)
{
    const struct map_options options = {.node_limit = FUZZ_NODES};
    bias_solve(&run->arena, &p->elaboration.net, &run->device, &run->sink, &p->plan);
    if (diag_has_errors(&run->sink))
        return false;
    enum map_status status = map_network(&run->arena, &p->elaboration.net, &run->device, &p->plan,
                                         &options, &run->sink, mapping);
    FUZZ_REQUIRE((status == MAP_OK) != diag_has_errors(&run->sink));
    return status == MAP_OK;
}

static void build_phase(void *context)
{
    struct fuzz_run *run = context;
    struct pipeline p = {0};
    struct mapping mapping;
    struct image image;
    size_t n;
    if (pipeline_front(run, &p) && map(run, &p, &mapping)) {
        emit_image(&run->arena, &p.elaboration.net, &run->device, &p.plan, &mapping, &run->sources,
                   "0.1.0", &image);
        const uint8_t *bytes = image_encode(&run->arena, &image, &n);
        const char *listing = trip_bytes(run, bytes, n);
        bool proved = verify_image(&run->arena, &p.elaboration.net, "0.1.0", bytes, n, &run->sink);
        if (!proved)
            fprintf(stderr, "%s\n", run->sink.all.at[run->sink.all.n - 1]->message);
        FUZZ_REQUIRE(proved);
        keep(bytes, n, listing);
    }
    fuzz_check_sink(run);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    return fuzz_with(data, size, build_phase);
}
