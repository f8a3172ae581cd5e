/* From text to a network that counting does not refuse: the part fuzz_front and fuzz_build share.
 */
#ifndef DYNC_FUZZ_PIPELINE_H
#define DYNC_FUZZ_PIPELINE_H

#include "compiler/front.h"
#include "mapper/fit.h"
#include "tests/fuzz/fuzz.h"

struct pipeline {
    struct ast ast;
    struct elaboration elaboration;
    struct bias_plan plan;
    struct fit_usage usage;
};

static inline struct elaborate_options pipeline_options(void)
{
    return (struct elaborate_options){.limits = {.data_bytes = 1 << 16,
                                                 .data_cells = 1 << 12,
                                                 .loop_turns = 2000,
                                                 .instances = 64,
                                                 .call_depth = 16,
                                                 .pairs = 20000,
                                                 .edges = 4000}};
}

static inline bool pipeline_front(struct fuzz_run *run, struct pipeline *p)
{
    const struct elaborate_options options = pipeline_options();
    fuzz_open(run, "fuzz.dyn");
    if (!front_parse(&run->arena, &run->sources, &options, &run->sink, &p->ast))
        return false;
    bool ok = front_elaborate(&run->arena, &run->sources, &p->ast, &run->device, &options, NULL, 0,
                              &run->sink, &p->elaboration);
    FUZZ_REQUIRE(ok != diag_has_errors(&run->sink));
    if (!ok)
        return false;
    bias_quantise(&run->arena, &p->elaboration.net, &run->device, &run->sink, &p->plan);
    if (diag_has_errors(&run->sink))
        return false;
    ok = fit_check(&run->arena, &p->elaboration.net, &run->device, &p->plan, &run->sink, &p->usage);
    FUZZ_REQUIRE(ok != diag_has_errors(&run->sink));
    return ok;
}

#endif
