/* Parts of image_check() that stand in files of their own. Each returns what is wrong, or NULL. */
#ifndef DYNC_IMAGE_CHECK_H
#define DYNC_IMAGE_CHECK_H

#include "backend/image.h"

/* An input by itself: what it is, at which chip, with which window; not where its events go. */
const char *image_sensor_fault(struct arena *arena, const struct image *image, uint32_t input);
/* All settings; *index is the entry at fault. Populations and probes have been checked. */
const char *image_settings_fault(struct arena *arena, const struct image *image, size_t *index);

#endif
