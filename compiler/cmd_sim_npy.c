#include "compiler/cmd_sim_npy.h"

#include <stdio.h>
#include <string.h>

enum { HEAD = 10, ALIGNMENT = 1 << 6 }; /* magic, version, length; where rows begin */

void npy_begin(struct npy *npy, struct arena *arena)
{
    static const char head[HEAD + 1] = "\x93NUMPY\x01\0\0\0";
    *npy = (struct npy){.row = 0};
    text_init(&npy->header, arena);
    text_bytes(&npy->header, head, HEAD);
    text_add(&npy->header, "{'descr': [");
}

/* Names of a .dyn file are plain; a listing may have brought others into an image. */
static char plain(char c)
{
    return c < ' ' || c > '~' || c == '\'' || c == '\\' ? '_' : c;
}

void npy_column(struct npy *npy, const char *name, const char *type, size_t bytes, size_t n)
{
    text_add(&npy->header, "('");
    for (; *name; name++)
        text_add(&npy->header, "%c", plain(*name));
    text_add(&npy->header, "', '%s'", type);
    if (n > 1)
        text_add(&npy->header, ", (%zu,)", n);
    text_add(&npy->header, "), ");
    npy->row += bytes * n;
}

void npy_shape(char shape[NPY_SHAPE + 1], uint64_t rows)
{
    int n = snprintf(shape, NPY_SHAPE + 1, "(%llu,), }", (unsigned long long)rows);
    memset(shape + n, ' ', (size_t)(NPY_SHAPE - n));
    shape[NPY_SHAPE] = 0;
}

bool npy_end(struct npy *npy)
{
    struct text *header = &npy->header;
    char shape[NPY_SHAPE + 1];
    text_add(header, "], 'fortran_order': False, 'shape': ");
    npy->shape_at = header->n;
    npy_shape(shape, 0);
    text_add(header, "%s", shape);
    while ((header->n + 1) % ALIGNMENT)
        text_add(header, " ");
    text_add(header, "\n");
    size_t length = header->n - HEAD;
    header->at[HEAD - 2] = (char)(length & 0xff);
    header->at[HEAD - 1] = (char)(length >> 8 & 0xff);
    return length <= NPY_MOST_HEADER;
}

static void put(struct text *row, uint64_t value, int bytes)
{
    char byte[8];
    for (int i = 0; i < bytes; i++)
        byte[i] = (char)(value >> 8 * i & 0xff);
    text_bytes(row, byte, (size_t)bytes);
}

void npy_f8(struct text *row, double value)
{
    uint64_t bits;
    memcpy(&bits, &value, sizeof bits);
    put(row, bits, 8);
}

void npy_u4(struct text *row, uint32_t value)
{
    put(row, value, 4);
}

void npy_name(struct text *row, const char *name, size_t characters)
{
    for (size_t i = 0; i < characters; i++) {
        put(row, *name ? (uint64_t)plain(*name) : 0, 4);
        name += *name != 0;
    }
}
