/* The version of dync. It stands in every image, and equal versions give equal bytes. */
#ifndef DYNC_VERSION_H
#define DYNC_VERSION_H

#define DYNC_VERSION "0.1.0"

#endif
