/* Text to network: parse, elaborate, quantise, count. Beyond not crashing: what is refused has a
 * message at a place inside the text, what is accepted has none that is an error, and the network
 * can be dumped. */
#include "tests/fuzz/pipeline.h"

static void front_phase(void *context)
{
    struct fuzz_run *run = context;
    struct pipeline p = {0};
    if (pipeline_front(run, &p))
        net_dump(&run->arena, &p.elaboration.net, true);
    fuzz_check_sink(run);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    return fuzz_with(data, size, front_phase);
}
