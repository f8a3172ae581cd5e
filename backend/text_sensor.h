/* Sensors and settings in a listing. */
#ifndef DYNC_TEXT_SENSOR_H
#define DYNC_TEXT_SENSOR_H

#include "backend/text_read.h"

/* "davis346 at chip0 origin 45, 2 max 300, 257 shift 4, 4 on off": what follows `dvs`. */
void take_dvs(struct reader *r, struct image_input *input);

#endif
