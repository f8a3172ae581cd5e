/* The front end as one piece: a path and options in, a network out. Used by the driver and by
 * dync-verify. */
#ifndef DYNC_FRONT_H
#define DYNC_FRONT_H

#include "compiler/elaborate.h"

struct front_files {            /* what the command line says about files */
    const char *path;           /* the main file; "-" is standard input */
    const char *root;           /* project root; NULL: the folder of the main file */
    uint64_t max_bytes;         /* of a source text, 0: the default */
    struct folder_vec folders;  /* -I, as seen from here */
    struct folder_vec profiles; /* --profile, likewise */
};
enum { FRONT_SOURCE_MIB = 64 }; /* the largest source file read, unless --max-source is given */

/* Opens the main file as file 0 of `sources`, and sets the folders and profiles of `options`, as
 * seen from the root; E0602 for one that is not below it. False: reported. */
bool front_open(struct arena *arena, struct source_set *sources, const struct front_files *files,
                struct diag_sink *sink, struct elaborate_options *options);
/* Parses file 0 and the files it imports. */
bool front_parse(struct arena *arena, struct source_set *sources,
                 const struct elaborate_options *options, struct diag_sink *sink, struct ast *ast);
/* Elaborates with the -D list (NAME=VALUE texts; checked and sorted by name). */
bool front_elaborate(struct arena *arena, struct source_set *sources, const struct ast *ast,
                     const struct device *device, const struct elaborate_options *options,
                     const char *const *defines, uint32_t n_defines, struct diag_sink *sink,
                     struct elaboration *out);

#endif
