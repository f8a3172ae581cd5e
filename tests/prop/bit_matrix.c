/* Prints a hash over all spikes and states of a few networks, for every kernel the processor runs:
 * a line per network and precision, and all kernels must give the same. tests/prop/bit_matrix
 * compiles it in many ways. */
#include "tests/unit/table_net.h"

#include <stdio.h>

static const struct {
    const char *name;
    struct net_form form;
    unsigned circuits;
    bool uniform;
    struct net_run run;
} form[] = {
    {"plain", {0}, 0, false, {700, 1, false, 0.05, false}},
    {"uniform", {true, false, 0}, 0, true, {700, 1, false, 0.05, false}},
    {"all circuits", {false, true, 0}, ALL_CIRCUITS, false, {700, 1, true, 0.05, false}},
    {"blocks", {false, false, 6}, ALL_CIRCUITS, false, {700, 6, false, 0.1, false}},
};

static int run_form(size_t f, bool use_double)
{
    const struct kernel *found[3];
    size_t n = use_double ? kernels_double(found) : kernels_float(found);
    uint64_t first = 0, spikes = 0;
    for (size_t k = 0; k < n; k++) {
        struct table_config config = {.dt = 1e-4,
                                      .use_double = use_double,
                                      .circuits = form[f].circuits,
                                      .uniform = form[f].uniform,
                                      .n_tiles = NEURONS / STRIDE,
                                      .stride = STRIDE,
                                      .kernel = found[k],
                                      .threads = 1 + (uint32_t)k,
                                      .spread =
                                          form[f].form.all_delay ? SPREAD_ALWAYS : SPREAD_AUTO};
        struct net net;
        spikes = 0;
        if (!make_net(&net, &config, form[f].form))
            return 1;
        uint64_t hash = run_net(&net, form[f].run, &spikes);
        arena_release(&net.arena);
        if (k && hash != first) {
            printf("%s, %s: not the bits of %s\n", form[f].name, found[k]->name, found[0]->name);
            return 1;
        }
        first = hash;
        fprintf(stderr, "%s\n", found[k]->name);
    }
    printf("%-14s %-6s %5llu spikes %016llx\n", form[f].name, use_double ? "double" : "float",
           (unsigned long long)spikes, (unsigned long long)first);
    return spikes > 100 ? 0 : 1;
}

int main(void)
{
    int failed = 0;
    for (size_t f = 0; f < sizeof form / sizeof form[0]; f++)
        for (int use_double = 0; use_double < 2; use_double++)
            failed |= run_form(f, use_double);
    return failed;
}
