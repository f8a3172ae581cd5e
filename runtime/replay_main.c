/* replay PATH/CASE: runs a reference case and compares.
 *
 * Four-synapse cases go through the simulator's kernel in its compat form and in double, those of
 * the single-synapse model through the literal reference in tests/oracle. Prints
 * `CASE spikes N differ D trace_error E`. Exit 0: the raster is equal cell for cell and no trace is
 * further off than 1e-6; 1: it differs; 2: usage; 5: the case cannot be read.
 */
#include "tests/oracle/oracle_case.h"

#include <stdio.h>

static int replay(struct arena *arena, const char *path)
{
    const char *why;
    const struct oracle_case *of = case_read(arena, path, &why);
    if (!of) {
        fprintf(stderr, "replay: %s\n", why);
        return 5;
    }
    struct case_runner runner = of->model == CASE_FOUR_SYNAPSES ? four_synapses_new(arena, of, true)
                                                                : single_synapse_new(arena, of);
    struct case_result result = case_compare(of, &runner);
    printf("%s spikes %llu differ %llu trace_error %.2e\n", of->name,
           (unsigned long long)result.spikes, (unsigned long long)result.differ,
           result.trace_error);
    return result.differ == 0 && result.trace_error <= 1e-6 ? 0 : 1;
}

int main(int argc, char **argv)
{
    if (argc != 2) {
        fprintf(stderr, "usage: replay PATH/CASE   (without extension)\n");
        return 2;
    }
    struct arena arena;
    arena_init(&arena, NULL);
    int status = replay(&arena, argv[1]);
    arena_release(&arena);
    return status;
}
