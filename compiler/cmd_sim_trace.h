/* Which states `dync sim --trace` writes: those of the image's probes, and those asked for. */
#ifndef DYNC_CMD_SIM_TRACE_H
#define DYNC_CMD_SIM_TRACE_H

#include "backend/image.h"
#include "compiler/base/diag.h"
#include "runtime/sim.h"

struct traced { /* a line of every step */
    const char *object;
    uint32_t unit;
    enum sim_state state;
    size_t site;
};
struct traced_vec VEC_OF(struct traced);
/* What is traced, each state of a unit once. */
struct traces {
    struct traced_vec traced;
    uint16_t *probed, *recorded; /* per site: a bit per state */
};
void traces_init(struct traces *traces, struct arena *arena, const struct image *image);

/* A membrane probe gives the current and the voltage that belongs to it. */
void traced_probes(struct arena *arena, const struct image *image, struct traces *traces);

/* Adds what a --record asks for and no probe has: "exc[3]:membrane,calcium", "grid[0:4, 2]:ampa",
 * "inh:gain". False: E0604, no such population, unit or state, or it was recorded before. */
bool traced_record(struct arena *arena, const struct image *image, const char *text,
                   struct diag_sink *sink, struct traces *traces);

/* Where a unit of a population is, SIZE_MAX: nowhere. */
size_t traced_site(const struct image *image, uint32_t population, uint32_t unit);

#endif
