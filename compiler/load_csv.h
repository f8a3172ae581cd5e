/* The comma-separated part of load.c: lines into cells, cells into numbers. */
#ifndef DYNC_LOAD_CSV_H
#define DYNC_LOAD_CSV_H

#include "compiler/load.h"

/* Each reads file number `file`; NULL or false after an error, which is reported at `span`. */
const struct matrix *csv_matrix(struct eval *eval, const char *path, struct span span,
                                uint16_t file);
const struct pair_list *csv_pairs(struct eval *eval, const char *path, struct span span,
                                  uint16_t file);
bool csv_stimulus(struct eval *eval, const char *path, struct span span, uint16_t file,
                  const struct view *view, struct stimulus *of);

#endif
