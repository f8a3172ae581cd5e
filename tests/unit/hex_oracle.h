/* Files of hex digits with # comments, typed by hand. */
#ifndef DYNC_HEX_ORACLE_H
#define DYNC_HEX_ORACLE_H

#include "compiler/base/outfile.h"
#include "compiler/base/text.h"

#include <ctype.h>

/* The bytes, or NULL if the file cannot be read. Tests run in the root of the project. */
static inline uint8_t *hex_oracle(struct arena *arena, const char *path, size_t *n)
{
    uint8_t *bytes;
    const char *why;
    struct text out;
    size_t size;
    if (!read_whole(arena, path, 1 << 20, &bytes, &size, &why))
        return NULL;
    text_init(&out, arena);
    for (size_t i = 0; i < size; i++) {
        if (bytes[i] == '#')
            while (i + 1 < size && bytes[i] != '\n')
                i++;
        if (i + 1 >= size || !isxdigit(bytes[i]))
            continue;
        int high = isdigit(bytes[i]) ? bytes[i] - '0' : bytes[i] - 'a' + 10;
        int low = isdigit(bytes[i + 1]) ? bytes[i + 1] - '0' : bytes[i + 1] - 'a' + 10;
        char byte = (char)(high * 16 + low);
        text_bytes(&out, &byte, 1);
        i++;
    }
    *n = out.n;
    return (uint8_t *)out.at;
}

#endif
