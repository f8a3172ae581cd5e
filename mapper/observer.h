/* Who watches a search, and may end it early.
 *
 * A search speaks up after a fixed amount of work, and while the solver is at work also by the
 * clock unless that is unwanted. What an observer answers may depend on the clock or on Ctrl-C.
 * Told to end, a search hands over the best it has, at once; every later one is told so too, and
 * does the least that gives an answer. No bound that needs the rest of the search may be claimed
 * then.
 */
#ifndef DYNC_OBSERVER_H
#define DYNC_OBSERVER_H

#include <stdbool.h>
#include <stdint.h>

enum { OBSERVER_STRIDE = 1 << 14 }; /* units of work, of a fraction of a microsecond each */

struct progress {
    const char *stage;   /* "chips", "columns", .. */
    int64_t best, bound; /* of what the stage makes least; -1: none so far */
    uint64_t nodes;      /* or other units of work, so far */
};
struct observer {
    bool (*go_on)(void *context, const struct progress *progress);
    void *context;
    bool counted; /* hears only what comes by amounts of work, nothing that comes by the clock */
};

/* False: end. NULL stands for nobody, who never ends anything. */
static inline bool observer_lets(const struct observer *observer, const char *stage, int64_t best,
                                 int64_t bound, uint64_t nodes)
{
    const struct progress progress = {stage, best, bound, nodes};
    return !observer || observer->go_on(observer->context, &progress);
}

#endif
