/* Imported files: each found, read and parsed once, before anything is evaluated.
 *
 * A path is looked for from the folder of the file that names it, then from the folders given with
 * -I in their order; the first file that exists is taken. Everything stays below the project root.
 */
#ifndef DYNC_IMPORT_H
#define DYNC_IMPORT_H

#include "compiler/elaborate.h"

/* Sets `imported` of every import statement of `main` (file 0 of `sources`) and of the files these
 * name. E0225, E0601, E0602, E0605 and what the parser finds; false after errors. */
bool import_files(struct arena *arena, struct source_set *sources, const struct ast *main,
                  const struct elaborate_options *options, struct diag_sink *sink);

#endif
