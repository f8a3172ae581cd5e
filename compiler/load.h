/* Data files: matrices (.npy, .csv), pair lists and spike lists.
 *
 * Paths are relative to the file that names them and stay below the project root. A file is read
 * and turned into numbers once; sizes are checked against the limits before anything is allocated.
 * Faults are reported at `span`, the place that names the file: E0601 cannot be opened, E0602
 * leaves the root, E0603 shape, E0604 contents, E0606 not numeric, E0225 too large.
 */
#ifndef DYNC_LOAD_H
#define DYNC_LOAD_H

#include "compiler/eval.h"

/* The file as a source of the set, listed in the image unless a test asks. E0225 (`limit` is the
 * name of the limit), E0601, E0602. */
bool load_text(struct eval *eval, const char *path, struct span span, uint64_t max_bytes,
               const char *limit, uint16_t *file);

/* NULL after an error. CSV cells are reals; npy keeps bool, int and float; 1-D is one row. */
const struct matrix *load_matrix(struct eval *eval, const char *path, struct span span);

struct pair_list { /* two columns of a CSV file, in the order of the file */
    const char *path;
    uint32_t n;
    const int64_t *pre, *post;
    const uint32_t *line; /* of each pair, from 1 */
};
const struct pair_list *load_pairs(struct eval *eval, const char *path, struct span span);

/* Columns `time_us` and `unit` or `index`, named by the header: spike times per unit of the view.
 * `of` has view->size members, and must keep them: later calls copy from it. */
bool load_stimulus(struct eval *eval, const char *path, struct span span, const struct view *view,
                   struct stimulus *of);

/* A .npy file in memory: version 1 or 2, bool, int and float types of either byte order, C or
 * Fortran order. False: *why continues the sentence `"w.npy" ...` and *code says which finding it
 * is. */
bool npy_read(struct arena *arena, const uint8_t *data, size_t size, uint64_t max_cells,
              struct matrix *out, enum diag_code *code, const char **why);

#endif
