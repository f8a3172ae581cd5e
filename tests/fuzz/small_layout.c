/* The verifier's layout with the sizes of fuzz_device(). Linked in place of
 * backend/verify/layout.c, whose tables and functions it keeps: only the object `layout` is
 * another. */
#define layout chip_layout
#include "backend/verify/layout.c"
#undef layout

#include "tests/fuzz/fuzz.h"

extern const struct chip_layout layout;
const struct chip_layout layout = {
    .target = "dynapse2",
    .revision = 1,
    .format = 2,
    .sections = 9,
    .max_side = SMALL_SIDE,
    .cores = SMALL_CORES,
    .neurons = SMALL_NEURONS,
    .cells = SMALL_CELLS,
    .entries = 4,
    .tags = SMALL_TAGS,
    .configs = 2048,
    .max_hop = 7,
    .monitor_x = -7,
    .monitor_y = 0,
    .n_biases = 52,
    .n_latches = 14,
    .first_slot = 44,
    .first_delay = 41,
    .n_delays = 3,
    .window = 64,
    .pool = 128,
    .filter = 64,
    .pixel_words = 1,
    .channels = 8,
    .types = 8,
    .routes = 2,
    .delay_charge = 350000000000000,
};
