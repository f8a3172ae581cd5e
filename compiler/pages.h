/* The pages of `dync explain`: for every code of diag.def what it means, why the chip or the
 * language has the rule, a small file that provokes it and one that does not.
 *
 * A page is the file compiler/pages/CODE.txt, compiled in by a generated table; nothing is looked
 * up at run time. Figures of the chip are written {cam_words}, {tags} and so on and filled in from
 * the device.
 */
#ifndef DYNC_PAGES_H
#define DYNC_PAGES_H

#include "backend/device/device.h"
#include "compiler/base/diag.h"

/* The page of a code, "" where there is none. */
const char *page_text(struct arena *arena, const struct device *device, enum diag_code code);
/* Headline and page, as `dync explain` prints it. */
char *page_explain(struct arena *arena, const struct device *device, enum diag_code code);
/* All codes with severity, exit code, name and title, one per line. */
char *page_list(struct arena *arena);

#endif
