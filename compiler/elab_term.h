/* Synapse terms: what `ampa(mask, weight = .., ..)` says, checked and compiled, and its rows. */
#ifndef DYNC_ELAB_TERM_H
#define DYNC_ELAB_TERM_H

#include "compiler/code.h"
#include "compiler/elab_parts.h"

/* One term after type checking. Nodes are NODE_NONE where the argument is absent. */
struct synapse {
    const struct expr *call;
    enum dendrite dendrite;
    bool share;
    uint32_t mask, weight, repeat, stp, delay;
    const struct expr *mask_expr, *weight_expr, *repeat_expr, *delay_expr;
    bool delay_named;
    uint8_t delay_class;
    int64_t weight_unit_za; /* weight is a plain number times this; 0: it is a current or slots */
};

/* E0203, E0205, E0214, E0221 (missing), E0505 .. of one term. Warns W0219, W0716, W0718. */
bool term_check(struct elab *elab, struct code *code, const struct pending *pending,
                const struct expr *call, struct synapse *out);

/* elab_rows.c: appends the term to net->terms with its edges. False: reported. */
bool term_expand(struct elab *elab, struct code *code, const struct pending *pending,
                 uint32_t projection, const struct synapse *synapse);

/* elab_attr.c: number of the attribute in net->attrs, equal ones once. */
uint32_t attr_intern(struct elab *elab, const struct syn_attr *attr);

#endif
