/* The front end as one piece: a path and options in, a network out. Used by the driver and by
 * dync-verify. */
#ifndef DYNC_FRONT_H
#define DYNC_FRONT_H

#include "compiler/elaborate.h"

/* Opens the main file as file 0 of `sources`; "-" is standard input. root NULL: the folder of the
 * file. max_bytes 0: the default. False: reported. */
bool front_open(struct arena *arena, struct source_set *sources, const char *path, const char *root,
                uint64_t max_bytes, struct diag_sink *sink);
/* Parses file 0 and the files it imports. */
bool front_parse(struct arena *arena, struct source_set *sources,
                 const struct elaborate_options *options, struct diag_sink *sink, struct ast *ast);
/* Elaborates with the -D list (NAME=VALUE texts; checked and sorted by name). */
bool front_elaborate(struct arena *arena, struct source_set *sources, const struct ast *ast,
                     const struct device *device, const struct elaborate_options *options,
                     const char *const *defines, uint32_t n_defines, struct diag_sink *sink,
                     struct elaboration *out);

#endif
