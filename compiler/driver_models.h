/* --dump-lp DIR: every model of the mapper as a file of its own. */
#ifndef DYNC_DRIVER_MODELS_H
#define DYNC_DRIVER_MODELS_H

#include "compiler/driver.h"
#include "mapper/ilp.h"

struct model_dump {
    struct ilp_dump dump;
    struct driver *driver;
    const char *dir;
    bool failed; /* reported; nothing more is written */
};

/* Makes the directory unless it is there. One that holds *.lp files is refused, since models of two
 * runs would mix. False: reported. */
bool model_dump_open(struct model_dump *models, struct driver *driver, const char *dir);

#endif
