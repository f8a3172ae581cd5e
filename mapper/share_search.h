/* Which deliveries share, searched exactly, one set of deliveries after the other that has nothing
 * to do with the rest.
 *
 * The more groups share, the fewer CAM words and the more SRAM words there are; so only deliveries
 * that serve a neuron with too many words need ever share. They are tied by such neurons, and by
 * sources that have not words enough for all of them.
 */
#ifndef DYNC_SHARE_SEARCH_H
#define DYNC_SHARE_SEARCH_H

#include "mapper/share_budget.h"
#include "mapper/share_decide.h"

enum share_state { SHARE_OPEN, SHARE_SEPARATE, SHARE_SHARED };

struct share_link { /* a delivery that may be needed, as a neuron or a source sees it */
    uint32_t delivery;
    uint32_t of; /* CAM words saved at the neuron; port of the source */
};
struct share_search {
    struct arena *arena;
    struct share_budget *budget;
    uint8_t *state;                       /* per delivery */
    uint32_t *first_of_neuron;            /* per neuron + 1 */
    uint32_t *first_of_source;            /* per source + 1 */
    struct share_link *of_neuron;         /* of neurons with too many words unless groups share */
    struct share_link *of_source;         /* of sources with a limit */
    uint32_t n_parts, *first_part, *part; /* deliveries by part, in the order they are tried */
    uint32_t *position;                   /* per delivery, in part */
    uint32_t *trail, n_trail, n_drawn;    /* decisions; of the first n_drawn all consequences */
    uint8_t *chosen;                      /* per entry of the trail: freely */
    uint64_t nodes, node_limit;           /* decisions made freely */
    uint64_t visits, visit_limit;         /* links looked at */
    const struct observer *observer;      /* NULL: nobody */
    struct stamped cam_row, sram_row, own_row; /* of the model: by neuron, source, port */
    struct stamped part_edges;                 /* per port: that the part at hand may carry */
};
/* All deliveries are open; those that no neuron needs are left so and stand in no part. */
void share_search_init(struct share_search *search, struct arena *arena,
                       struct share_budget *budget, uint8_t *state,
                       const struct share_options *options);
/* Decides one part; what it leaves open need not share. SHARE_IMPOSSIBLE: every choice was
 * excluded; SHARE_UNDECIDED: a limit came first, or the observer. Without SHARE_FITS the part is
 * open again. */
enum share_status share_search_part(struct share_search *search, uint32_t part);
/* The 0/1 model of one part that the search gave up, if it is small enough. `iterations`: simplex
 * iterations left, and then left over. SHARE_FITS or SHARE_UNDECIDED, likewise. */
enum share_status share_model_part(struct share_search *search, uint32_t part,
                                   const struct ilp_options *options, uint32_t *iterations);

void share_search_set(struct share_search *search, uint32_t delivery, enum share_state state);
void share_search_unset(struct share_search *search, uint32_t delivery);

#endif
