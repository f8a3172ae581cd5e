/* From the bytes of an image file to the image. */
#ifndef DYNC_DECODE_H
#define DYNC_DECODE_H

#include "backend/image.h"

/* False: *why says what is wrong (E0903); nothing is taken on trust. */
bool image_decode(struct arena *arena, const struct device *device, const uint8_t *bytes, size_t n,
                  struct image *image, const char **why);

#endif
