/* The outer layout of an image file, shared by its writer and its reader: header, section table,
 * sections, digest. backend/README.md draws it. */
#ifndef DYNC_CONTAINER_H
#define DYNC_CONTAINER_H

enum { /* bytes */
       CONTAINER_MAGIC = 10,
       CONTAINER_HEADER = 24,
       CONTAINER_NAME = 8,
       CONTAINER_ROW = 32, /* of the section table */
       CONTAINER_ALIGN = 8,
       CONTAINER_DIGEST = 32
};
#define CONTAINER_MAGIC_BYTES "DYNIMG\r\n\x1a\n"

enum section {
    SECTION_META,
    SECTION_CAM,
    SECTION_SRAM,
    SECTION_BIAS,
    SECTION_LATCH,
    SECTION_INPUT,
    SECTION_PROBE,
    SECTION_SYMBOLS,
    SECTION_CHIP,
    N_SECTIONS
};
#define SECTION_NAMES                                                                              \
    {                                                                                              \
        "META", "CAM", "SRAM", "BIAS", "LATCH", "INPUT", "PROBE", "SYMBOLS", "CHIP"                \
    }

#endif
