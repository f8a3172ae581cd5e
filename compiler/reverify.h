/* Proves an image file against its source: elaborates the source again as META says, then verifies.
 *
 * Shared by `dync verify` and dync-verify. Mapper and emitter take no part.
 */
#ifndef DYNC_REVERIFY_H
#define DYNC_REVERIFY_H

#include "backend/device/device.h"
#include "compiler/front.h"

/* `sources` is filled here. True if the image is exactly the network of the source and no listed
 * file has changed. An import that neither its own folder nor -I resolves is taken from the files
 * that the image lists, if the path fits one of them only. */
bool reverify(struct arena *arena, struct source_set *sources, const struct front_files *files,
              const uint8_t *bytes, size_t n, const char *tool_version, const struct device *device,
              struct diag_sink *sink);

#endif
