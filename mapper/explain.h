/* Why no mapping came out: messages in the user's own names. */
#ifndef DYNC_EXPLAIN_H
#define DYNC_EXPLAIN_H

#include "mapper/map_board.h"
#include "mapper/settle.h"
#include "mapper/share_decide.h"
#include "mapper/tags.h"

/* E0403 with a smallest set of place lines that rule out every placement, found by leaving lines
 * out one by one, each time with a proof; E0404 where there is no proof. */
void explain_packing(struct arena *arena, const struct net *net, const struct device *device,
                     const struct bias_plan *plan, const struct pack_options *options,
                     const struct packing *packing, struct diag_sink *sink);
/* E0404 of a board: some part of a population found no core. */
void explain_no_room(struct arena *arena, const struct net *net, const struct no_room *no_room,
                     struct diag_sink *sink);
/* E0302, or E0404 where there is no proof. */
void explain_sharing(struct arena *arena, const struct net *net, const struct device *device,
                     const struct share_decision *decision, struct diag_sink *sink);
/* What does not arrive in a placement. */
struct beyond {
    uint32_t source, from, to; /* that has farthest to go, between chips; to: NET_NONE: the host */
    uint32_t distance;         /* along a row or a column */
    uint32_t words, sources;   /* in all: SRAM words, and who has them */
};
/* E0404: in the best placement some packets of a neuron or an input of the host do not arrive. */
void explain_reach(struct arena *arena, const struct net *net, const struct device *device,
                   const struct beyond *beyond, struct diag_sink *sink);
/* E0404: every placement that was tried needs more tags than there are. (What no placement can
 * avoid is E0304 and was counted before.) */
void explain_tags(const struct net *net, const struct device *device,
                  const struct tags_result *result, struct diag_sink *sink);
/* E0404: no attempt got around the defects; `tags`: the last one had sites (NULL: none ever had).
 */
void explain_defects(struct arena *arena, const struct net *net, const struct cells *cells,
                     const struct tags_result *tags, const struct shortfall *shortfall,
                     struct diag_sink *sink);

#endif
