/* The placement as somebody at a terminal meets it: a line that says how far it is, a limit of
 * time, and Ctrl-C, which ends the search and keeps the best it has. */
#ifndef DYNC_DRIVER_PLACING_H
#define DYNC_DRIVER_PLACING_H

#include "compiler/driver.h"
#include "compiler/status_line.h"
#include "mapper/observer.h"

struct placing {
    struct driver *driver;
    struct observer observer;
    struct status_line line;
    double begin; /* s */
    bool ended;   /* by the limit or by Ctrl-C, before the search was over */
};

/* From here to placing_end() an interrupt is heard, not obeyed; a second one ends the program. */
void placing_begin(struct placing *placing, struct driver *driver);
/* `placed`: a placement came of it. Adds what there is to say of one that was ended early to the
 * sink; before: the sink as it was at placing_begin(), which is put back where an interrupt left
 * nothing to speak of. Returns placed. */
bool placing_end(struct placing *placing, bool placed, const struct diag_sink *before);

/* Where a network does not fit, or nothing was found: tries what would make it fit and adds that to
 * the first error. */
void driver_remedies(struct driver *driver);

#endif
