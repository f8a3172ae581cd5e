/* NumPy's .npy, format 1.0: a header that names the columns, then rows of little-endian bytes. */
#ifndef DYNC_CMD_SIM_NPY_H
#define DYNC_CMD_SIM_NPY_H

#include "compiler/base/text.h"

#include <stdbool.h>
#include <stdint.h>

enum { NPY_MOST_HEADER = 10000 }; /* bytes that numpy.load reads of its own accord */

/* The header is begun, takes its columns in order, and is ended; all rows have `row` bytes. */
struct npy {
    struct text header;
    size_t row;      /* bytes */
    size_t shape_at; /* offset of the number of rows in the finished header */
};
void npy_begin(struct npy *npy, struct arena *arena);
/* NumPy's type: "<f8", "<u4", "<U12"; `n` values side by side if n > 1. */
void npy_column(struct npy *npy, const char *name, const char *type, size_t bytes, size_t n);
/* False: the header is too long for numpy.load; what it would take is npy->header.n. */
bool npy_end(struct npy *npy);
/* What stands at shape_at, of NPY_SHAPE bytes, for so many rows. */
enum { NPY_SHAPE = 32 };
void npy_shape(char shape[NPY_SHAPE + 1], uint64_t rows);

void npy_f8(struct text *row, double value);
void npy_u4(struct text *row, uint32_t value);
void npy_name(struct text *row, const char *name, size_t characters); /* ASCII, zeros behind it */

#endif
