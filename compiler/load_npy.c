/* The .npy format of NumPy, versions 1 and 2:
 *   "\x93NUMPY" major minor, length of the header (2 or 4 bytes, little-endian), the header: a
 *   Python dictionary with 'descr', 'fortran_order' and 'shape'; then the numbers.
 * (NumPy Enhancement Proposal 1.) */
#include "compiler/load.h"

#include <math.h>
#include <string.h>

enum { PREFIX = 8, MAX_NPY_DIMS = 8 };

struct npy {
    struct arena *arena;
    const uint8_t *data; /* the numbers */
    size_t size;
    char order, type; /* '<' or '>'; 'b', 'i', 'u', 'f' */
    uint32_t width;
    bool fortran;
    uint32_t rows, cols;
    enum diag_code *code;
    const char **why;
};

static bool fault(struct npy *npy, enum diag_code code, const char *why)
{
    *npy->code = code;
    *npy->why = why;
    return false;
}

/* --- header --- */

/* The text behind 'key': in the dictionary, NULL without. Keys occur in quotes once each. */
static const char *field(const char *header, const char *key)
{
    const char *at = strstr(header, key);
    if (!at)
        return NULL;
    at += strlen(key);
    while (*at == ' ')
        at++;
    if (*at++ != ':')
        return NULL;
    while (*at == ' ')
        at++;
    return at;
}

static bool read_type(struct npy *npy, const char *at)
{
    if (!at)
        return fault(npy, DIAG_E0604, "has a header without 'descr'");
    if (*at == '[' || *at == '(')
        return fault(npy, DIAG_E0606, "holds records; only numeric arrays are read");
    if (*at != '\'' || strlen(at) < 4)
        return fault(npy, DIAG_E0604, "has a header with a damaged 'descr'");
    npy->order = at[1];
    npy->type = at[2];
    if (npy->type == 'O')
        return fault(npy, DIAG_E0606, "holds Python objects; only numeric arrays are read");
    uint32_t width = 0;
    for (at += 3; *at >= '0' && *at <= '9' && width < 100; at++)
        width = width * 10 + (uint32_t)(*at - '0');
    npy->width = width;
    bool whole = npy->type == 'i' || npy->type == 'u';
    bool known = (npy->type == 'b' && width == 1)
                 || (whole && (width == 1 || width == 2 || width == 4 || width == 8))
                 || (npy->type == 'f' && (width == 2 || width == 4 || width == 8));
    if (*at != '\'' || !known || !strchr("<>|=", npy->order))
        return fault(npy, DIAG_E0606,
                     "holds another type than bool, int and float of up to 64 bits");
    return true;
}

/* (3, 4), (5,), (): at most MAX_NPY_DIMS numbers. */
static bool read_shape(struct npy *npy, const char *at, uint64_t *shape, uint32_t *n)
{
    *n = 0;
    if (!at || *at++ != '(')
        return fault(npy, DIAG_E0604, "has a header without 'shape'");
    while (*at != ')') {
        uint64_t x = 0;
        if (*at < '0' || *at > '9' || *n == MAX_NPY_DIMS)
            return fault(npy, DIAG_E0604, "has a header with a damaged 'shape'");
        for (; *at >= '0' && *at <= '9'; at++)
            if (__builtin_mul_overflow(x, 10, &x)
                || __builtin_add_overflow(x, (uint64_t)(*at - '0'), &x))
                return fault(npy, DIAG_E0604, "has a header with a damaged 'shape'");
        shape[(*n)++] = x;
        while (*at == ',' || *at == ' ')
            at++;
    }
    return true;
}

static const char *shape_text(struct arena *arena, const uint64_t *shape, uint32_t n)
{
    const char *text = "";
    for (uint32_t i = 0; i < n; i++)
        text = arena_printf(arena, "%s%s%llu", text, i ? " x " : "", (unsigned long long)shape[i]);
    return text;
}

static bool check_shape(struct npy *npy, const uint64_t *shape, uint32_t n, uint64_t max_cells)
{
    if (n == 0)
        return fault(npy, DIAG_E0603, "holds a single number, not a matrix");
    uint64_t rows = n == 1 ? 1 : shape[0], cols = shape[n - 1], cells;
    if (n > 2)
        return fault(npy, DIAG_E0603,
                     arena_printf(npy->arena, "has shape %s; a matrix has one or two dimensions",
                                  shape_text(npy->arena, shape, n)));
    if (rows == 0 || cols == 0)
        return fault(npy, DIAG_E0603,
                     arena_printf(npy->arena, "has shape %s and holds nothing",
                                  shape_text(npy->arena, shape, n)));
    if (__builtin_mul_overflow(rows, cols, &cells) || cells > max_cells || rows > UINT32_MAX
        || cols > UINT32_MAX)
        return fault(npy, DIAG_E0225,
                     arena_printf(npy->arena,
                                  "has shape %s, more than %llu numbers (the limit "
                                  "`--limit data-cells`)",
                                  shape_text(npy->arena, shape, n), (unsigned long long)max_cells));
    npy->rows = (uint32_t)rows;
    npy->cols = (uint32_t)cols;
    return true;
}

static bool read_header(struct npy *npy, const char *header, uint64_t max_cells)
{
    uint64_t shape[MAX_NPY_DIMS] = {0};
    uint32_t n = 0;
    const char *fortran = field(header, "'fortran_order'");
    if (!fortran || (strncmp(fortran, "True", 4) != 0 && strncmp(fortran, "False", 5) != 0))
        return fault(npy, DIAG_E0604, "has a header without 'fortran_order'");
    npy->fortran = fortran[0] == 'T';
    return read_type(npy, field(header, "'descr'"))
           && read_shape(npy, field(header, "'shape'"), shape, &n)
           && check_shape(npy, shape, n, max_cells);
}

/* --- numbers --- */

static uint64_t raw_bits(const struct npy *npy, uint64_t index)
{
    const uint8_t *at = npy->data + index * npy->width;
    uint64_t bits = 0;
    for (uint32_t i = 0; i < npy->width; i++) {
        uint32_t byte = npy->order == '>' ? npy->width - 1 - i : i;
        bits |= (uint64_t)at[byte] << (8 * i);
    }
    return bits;
}

/* IEEE binary16 has no C type: sign, 5 bits of exponent, 10 of fraction. */
static double half_value(uint64_t bits)
{
    uint32_t exponent = (uint32_t)(bits >> 10) & 31, fraction = (uint32_t)bits & 1023;
    double x;
    if (exponent == 31)
        x = fraction ? (double)NAN : (double)INFINITY;
    else if (exponent == 0)
        x = ldexp(fraction, -24);
    else
        x = ldexp(1024 + fraction, (int)exponent - 25);
    return bits & 0x8000 ? -x : x;
}

static double float_value(const struct npy *npy, uint64_t index)
{
    uint64_t bits = raw_bits(npy, index);
    if (npy->width == 2)
        return half_value(bits);
    if (npy->width == 4) {
        uint32_t low = (uint32_t)bits;
        float x;
        memcpy(&x, &low, sizeof x);
        return x;
    }
    double x;
    memcpy(&x, &bits, sizeof x);
    return x;
}

static int64_t int_value(const struct npy *npy, uint64_t index, bool *fits)
{
    uint64_t bits = raw_bits(npy, index);
    unsigned unused = 64 - 8 * npy->width;
    *fits = npy->type == 'i' || bits <= INT64_MAX;
    if (npy->type == 'u')
        return (int64_t)(bits & INT64_MAX);
    bits <<= unused;
    int64_t x;
    memcpy(&x, &bits, sizeof x);
    return x / ((int64_t)1 << unused); /* exact: the low bits are 0 */
}

static bool bad_number(struct npy *npy, uint64_t cell, const char *what)
{
    return fault(npy, DIAG_E0604,
                 arena_printf(npy->arena, "holds %s in row %llu, column %llu", what,
                              (unsigned long long)(cell / npy->cols),
                              (unsigned long long)(cell % npy->cols)));
}

/* Where cell (row-major) stands in the file. */
static uint64_t stored_at(const struct npy *npy, uint64_t cell)
{
    return npy->fortran ? cell % npy->cols * npy->rows + cell / npy->cols : cell;
}

static bool read_reals(struct npy *npy, uint64_t n, struct matrix *out)
{
    double *real = ARENA_ARRAY(npy->arena, double, n);
    for (uint64_t i = 0; i < n; i++) {
        real[i] = float_value(npy, stored_at(npy, i));
        if (!isfinite(real[i]))
            return bad_number(npy, i, isnan(real[i]) ? "NaN" : "infinity");
    }
    out->real = real;
    out->kind = VALUE_REAL;
    return true;
}

static bool read_ints(struct npy *npy, uint64_t n, struct matrix *out)
{
    int64_t *integer = ARENA_ARRAY(npy->arena, int64_t, n);
    for (uint64_t i = 0; i < n; i++) {
        bool fits;
        integer[i] = int_value(npy, stored_at(npy, i), &fits);
        if (!fits)
            return bad_number(npy, i, "a number beyond 2^63 - 1");
    }
    out->integer = integer;
    out->kind = VALUE_INT;
    return true;
}

static void read_bools(struct npy *npy, uint64_t n, struct matrix *out)
{
    uint8_t *boolean = ARENA_ARRAY(npy->arena, uint8_t, n);
    for (uint64_t i = 0; i < n; i++)
        boolean[i] = npy->data[stored_at(npy, i)] != 0;
    out->boolean = boolean;
    out->kind = VALUE_BOOL;
}

static bool read_numbers(struct npy *npy, struct matrix *out)
{
    uint64_t n = (uint64_t)npy->rows * npy->cols;
    if (npy->size / npy->width != n || npy->size % npy->width != 0)
        return fault(npy, DIAG_E0604,
                     arena_printf(npy->arena, "holds %llu bytes of numbers, its header says %llu",
                                  (unsigned long long)npy->size,
                                  (unsigned long long)n * npy->width));
    *out = (struct matrix){.rows = npy->rows, .cols = npy->cols};
    if (npy->type == 'f')
        return read_reals(npy, n, out);
    if (npy->type != 'b')
        return read_ints(npy, n, out);
    read_bools(npy, n, out);
    return true;
}

bool npy_read(struct arena *arena, const uint8_t *data, size_t size, uint64_t max_cells,
              struct matrix *out, enum diag_code *code, const char **why)
{
    struct npy npy = {.arena = arena, .code = code, .why = why};
    if (size < PREFIX + 4 || memcmp(data, "\x93NUMPY", 6) != 0)
        return fault(&npy, DIAG_E0604, "is not a .npy file");
    if (data[6] != 1 && data[6] != 2)
        return fault(
            &npy, DIAG_E0604,
            arena_printf(arena, "has format version %u; versions 1 and 2 are read", data[6]));
    size_t skip = data[6] == 1 ? PREFIX + 2 : PREFIX + 4;
    size_t length = (size_t)data[8] | (size_t)data[9] << 8;
    if (data[6] == 2)
        length |= (size_t)data[10] << 16 | (size_t)data[11] << 24;
    if (length > size - skip)
        return fault(&npy, DIAG_E0604, "ends within its header");
    const char *header = arena_strndup(arena, (const char *)data + skip, length);
    if (!read_header(&npy, header, max_cells))
        return false;
    npy.data = data + skip + length;
    npy.size = size - skip - length;
    return read_numbers(&npy, out);
}
